//! Every case of the ancestor's policy vectors.

use std::collections::BTreeSet;

use tokenctl::policy::{Access, Policy, PolicyFaults};

use crate::vectors::{Case, Comparison, Vectors};

const ACCEPTED: &str = "accepted";

fn known_resources(vectors: &Vectors) -> BTreeSet<String> {
    serde_json::from_value(vectors.beside["valid_resources"].clone()).unwrap()
}

/// Returns our answer in a form to compare: the first message where the ancestor has one, or else all of them.
fn answer(result: Result<Policy, PolicyFaults>, theirs: &str) -> String {
    match result {
        Ok(_) => ACCEPTED.to_owned(),
        Err(faults) if theirs == ACCEPTED => format!("refused: {faults}"),
        Err(faults) => faults.first().message.clone(),
    }
}

#[test]
fn decisions_are_the_ancestors() {
    let vectors = Vectors::read("policy_decide.json");
    let mut comparison = Comparison::of(&vectors);
    let word = |allowed| if allowed { "allowed" } else { "refused" };
    for case in &vectors.cases {
        let access = Access {
            method: case.string("method").unwrap(),
            resource: case.string("resource"),
            id: case.string("resource_id"),
        };
        let ours = match Policy::from_stored(case.text("policy")) {
            Ok(policy) => word(policy.decide(&access).allowed),
            Err(_) => "unreadable",
        };
        let theirs = case.field("allowed").as_bool().map_or("crash", word);
        comparison.check(case, ours, theirs);
    }
    comparison.finish(2_881, 110);
}

#[test]
fn first_fault_is_the_ancestors() {
    let vectors = Vectors::read("policy_validate.json");
    let known = known_resources(&vectors);
    let mut comparison = Comparison::of(&vectors);
    for case in &vectors.cases {
        let natural = natural_message(case);
        let theirs = case
            .string("error")
            .or(natural.as_deref())
            .unwrap_or(ACCEPTED);
        let ours = answer(Policy::parse_known(case.text("policy"), &known), theirs);
        comparison.check(case, &ours, theirs);
    }
    comparison.finish(213, 67);
}

/// Returns what the ancestor would say where it crashes: behaviour.md 2.1 row 8.
fn natural_message(case: &Case) -> Option<String> {
    if !case.has("crash") {
        return None;
    }
    let resources = case.field("policy")["resources"].as_object()?;
    let place = |key: &str| case.text("policy").find(&format!("\"{key}\":"));
    let (resource, _) = resources
        .iter()
        .filter(|(_, value)| !value.is_object())
        .min_by_key(|(key, _)| place(key))?;
    Some(format!(
        "The \"resources.{resource}\" section must be a JSON object."
    ))
}

#[test]
fn texts_are_read_as_the_ancestor_reads_them() {
    const NOT_JSON: &str = "The policy is not valid JSON";
    let vectors = Vectors::read("policy_text.json");
    let known = known_resources(&vectors);
    let mut comparison = Comparison::of(&vectors);
    for case in &vectors.cases {
        let text = case.string("text").unwrap();
        let is_json = case.field("json_error") == false;
        let theirs = match case.string("error") {
            Some(error) => error,
            None if is_json => ACCEPTED,
            None => NOT_JSON,
        };
        let mut ours = answer(Policy::parse_known(text, &known), theirs);
        if ours.starts_with(NOT_JSON) {
            NOT_JSON.clone_into(&mut ours);
        }
        comparison.check(case, &ours, theirs);
    }
    comparison.finish(23, 5);
}

#[test]
fn what_may_be_written_can_be_read_back() {
    for file in ["policy_decide.json", "policy_validate.json"] {
        for case in &Vectors::read(file).cases {
            if let Ok(written) = Policy::parse(case.text("policy")) {
                let read = Policy::from_stored(written.as_str()).unwrap();
                assert_eq!(read, written, "{}", case.id());
            }
        }
    }
}
