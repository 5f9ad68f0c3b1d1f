//! Properties of narrowing: each is held against an oracle that reads the documents and knows nothing of cells.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};
use tokenctl::policy::{Access, Cell, CellPart, Expectation, LintCode, Opinion, Policy, Rule};

use crate::policies::{
    Asked, METHODS, RESOURCES, access, all_asked, asked, oracle, readable, writable,
};

fn stored(document: &Value) -> Policy {
    Policy::from_stored(&document.to_string()).unwrap()
}

fn document(policy: &Policy) -> Value {
    serde_json::from_str(policy.as_str()).unwrap()
}

fn by_oracle(document: &Value, access: &Access<'_>) -> bool {
    oracle(document, (access.method, access.resource, access.id))
}

/// The entries of all lists of a document.
fn entries(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.len(),
        Value::Object(members) => members.values().map(entries).sum(),
        _ => 0,
    }
}

/// Returns the document that has an entry for each cell.
fn listing(one: &Policy, other: &Policy) -> Value {
    let both = [one, other];
    let mut resources = Map::new();
    for cell in Cell::all(&both) {
        let witness = cell.witness(&both);
        let access = witness.access();
        let is_allowed = one.decide(&access).allowed && other.decide(&access).allowed;
        let name = |part: CellPart| match part {
            CellPart::Named(name) => name,
            CellPart::AnyOther | CellPart::Any => "*".to_owned(),
        };
        let resource = name(cell.resource);
        let mut section = resources.entry(&resource).or_insert_with(|| json!({}));
        if resource != "*" {
            let sections = section.as_object_mut().unwrap();
            section = sections
                .entry(name(cell.object))
                .or_insert_with(|| json!({}));
        }
        let rule = if is_allowed { "allow" } else { "block" };
        let section = section.as_object_mut().unwrap();
        let items = section.entry(rule).or_insert_with(|| json!([]));
        items.as_array_mut().unwrap().push(name(cell.method).into());
    }
    json!({ "resources": resources })
}

/// A rule as its resource, its id and its methods; a `*` is all.
type Words = (&'static str, &'static str, Vec<&'static str>);

fn words() -> impl Strategy<Value = Words> {
    let place = prop_oneof![
        2 => Just(("*", "*")),
        2 => select(&["review", "user"][..]).prop_map(|resource| (resource, "*")),
        3 => (select(&["review", "user"][..]), select(&["42", "042", "~/"][..])),
    ];
    let methods = select(&["GET", "HEAD", "POST", "PUT", "*"][..]);
    (place, vec(methods, 1..4)).prop_map(|((resource, id), methods)| (resource, id, methods))
}

fn rule((resource, id, methods): &Words) -> Rule {
    Rule::parse(&format!("{resource}/{id}:{}", methods.join(","))).unwrap()
}

/// Returns whether a rule speaks of an access, from its words.
fn speaks((resource, id, methods): &Words, asked: Asked<'_>) -> bool {
    // Asked for literally, a star is not the name of anything.
    let is = |name: &str, asked: Option<&str>| name == "*" || asked == Some(name);
    is(resource, asked.1)
        && is(id, asked.2)
        && methods.iter().any(|method| is(method, Some(asked.0)))
}

/// Returns `document` with its methods in upper case.
fn upper(document: &Value) -> Value {
    match document {
        Value::Array(items) => items.iter().map(upper).collect(),
        Value::Object(members) => {
            let members = members.iter();
            Value::Object(
                members
                    .map(|(key, value)| (key.clone(), upper(value)))
                    .collect(),
            )
        }
        Value::String(text) => text.to_ascii_uppercase().into(),
        other => other.clone(),
    }
}

/// Two policies of which neither is within the other, so that their intersection must be written.
fn unrelated() -> impl Strategy<Value = (Policy, Policy)> {
    let policy = || writable().prop_map(|document| stored(&document));
    (policy(), policy()).prop_filter("one is within the other", |(one, other)| {
        one.widening(other).is_some() && other.widening(one).is_some()
    })
}

fn many() -> ProptestConfig {
    ProptestConfig::with_cases(10_000)
}

proptest! {
    #![proptest_config(many())]

    #[test]
    fn intersection_allows_what_both_allow(one in writable(), other in writable()) {
        let narrowed = stored(&one).intersect(&stored(&other)).unwrap();
        let result = document(&narrowed);
        for asked in all_asked() {
            let is_both = oracle(&one, asked) && oracle(&other, asked);
            prop_assert_eq!(oracle(&result, asked), is_both, "{:?} in {}", asked, result);
        }
        prop_assert_eq!(Policy::parse(narrowed.as_str()).unwrap(), narrowed);
    }

    #[test]
    fn intersection_is_not_longer_than_a_listing((one, other) in unrelated()) {
        let narrowed = one.intersect(&other).unwrap();
        let listing = listing(&one, &other);
        prop_assert!(entries(&document(&narrowed)) <= entries(&listing));
        prop_assert!(narrowed.as_str().len() <= listing.to_string().len());
    }

    #[test]
    fn counterexample_of_a_widening_is_true(old in readable(), new in readable()) {
        let (before, after) = (stored(&old), stored(&new));
        let Some(cell) = before.widening(&after) else {
            for asked in all_asked() {
                prop_assert!(oracle(&old, asked) || !oracle(&new, asked), "{:?}", asked);
            }
            return Ok(());
        };
        let witness = cell.witness(&[&before, &after]);
        prop_assert!(!by_oracle(&old, &witness.access()), "{}", cell);
        prop_assert!(by_oracle(&new, &witness.access()), "{}", cell);
    }

    #[test]
    fn rules_mean_what_the_sets_mean(allow in vec(words(), 0..4), block in vec(words(), 0..4)) {
        let rules = |words: &[Words]| -> Vec<Rule> { words.iter().map(rule).collect() };
        let Ok(policy) = Policy::from_rules(&rules(&allow), &rules(&block)) else {
            prop_assert!(allow.is_empty() && block.is_empty());
            return Ok(());
        };
        let result = document(&policy);
        for asked in all_asked() {
            let any = |rules: &[Words]| rules.iter().any(|rule| speaks(rule, asked));
            let expected = (allow.is_empty() || any(&allow)) && !any(&block);
            prop_assert_eq!(oracle(&result, asked), expected, "{:?} in {}", asked, result);
        }
        prop_assert_eq!(Policy::parse(policy.as_str()).unwrap(), policy.clone());
        let lints = policy.lint();
        prop_assert!(lints.iter().all(|lint| !lint.code.is_fixable()), "{:?}", lints);
    }
}

proptest! {
    #[test]
    fn intersection_of_stored_policies_is_exact(one in readable(), other in readable()) {
        let narrowed = stored(&one).intersect(&stored(&other)).unwrap();
        let result = document(&narrowed);
        for asked in all_asked() {
            let is_both = oracle(&one, asked) && oracle(&other, asked);
            prop_assert_eq!(oracle(&result, asked), is_both, "{:?} in {}", asked, result);
        }
    }

    #[test]
    fn intersection_narrows_both_and_has_no_order(one in readable(), other in readable()) {
        let (one, other) = (stored(&one), stored(&other));
        let narrowed = one.intersect(&other).unwrap();
        prop_assert_eq!(one.widening(&narrowed), None);
        prop_assert_eq!(other.widening(&narrowed), None);
        prop_assert_eq!(narrowed.diff(&other.intersect(&one).unwrap()).count(), 0);
        let again = narrowed.intersect(&other).unwrap();
        prop_assert_eq!(again.as_str(), narrowed.as_str());
    }

    #[test]
    fn cells_are_decided_by_the_oracle(document in readable()) {
        let policy = stored(&document);
        let mut texts = Vec::new();
        for (cell, decision) in policy.cells() {
            let witness = cell.witness(&[&policy]);
            prop_assert_eq!(decision.allowed, by_oracle(&document, &witness.access()));
            texts.push(cell.to_string());
        }
        let count = texts.len();
        texts.sort();
        texts.dedup();
        prop_assert_eq!(texts.len(), count, "two cells look alike");
    }

    /// A cell has many accesses: each that its words cover is decided as its witness is.
    #[test]
    fn each_access_is_in_a_cell_that_answers_for_it(document in readable(), asked in asked()) {
        let policy = stored(&document);
        let is_part = |part: &CellPart, asked: Option<&str>| match part {
            CellPart::Named(name) => asked == Some(name),
            CellPart::AnyOther | CellPart::Any => true,
        };
        // The most particular cells come first, and the named methods before the others.
        let found = policy.cells().find(|(cell, _)| {
            is_part(&cell.resource, asked.1)
                && is_part(&cell.object, asked.2)
                && is_part(&cell.method, Some(asked.0))
        });
        let (cell, decision) = found.unwrap();
        prop_assert_eq!(decision.allowed, oracle(&document, asked), "{}", cell);
    }

    #[test]
    fn diff_is_what_the_oracle_finds_different(old in readable(), new in readable()) {
        let (before, after) = (stored(&old), stored(&new));
        let mut is_same = true;
        for change in before.diff(&after) {
            is_same = false;
            let witness = change.cell.witness(&[&before, &after]);
            prop_assert_eq!(change.before.allowed, by_oracle(&old, &witness.access()));
            prop_assert_eq!(change.after.allowed, by_oracle(&new, &witness.access()));
            prop_assert_ne!(change.before.allowed, change.after.allowed);
        }
        let asked = all_asked();
        let is_different = asked.into_iter().any(|asked| oracle(&old, asked) != oracle(&new, asked));
        prop_assert_eq!(is_same, !is_different);
    }

    #[test]
    fn explanation_ends_as_the_decision_does(document in readable(), asked in asked()) {
        let policy = stored(&document);
        let (decision, consulted) = (policy.decide(&access(asked)), policy.explain(&access(asked)));
        let last = consulted.last().unwrap();
        prop_assert_eq!(last.opinion != Opinion::Refused, decision.allowed);
        prop_assert_eq!(&last.rule, &decision.rule);
        let before = &consulted[..consulted.len() - 1];
        prop_assert!(before.iter().all(|level| level.rule.is_none()));
        for level in &consulted {
            let is_there = document.pointer(&level.pointer).is_some();
            prop_assert_eq!(is_there, level.opinion != Opinion::Missing);
        }
    }

    #[test]
    fn visibility_is_what_get_is_decided(document in readable(), resource in select(&RESOURCES[..])) {
        let visibility = stored(&document).visibility(resource);
        for id in ["42", "042", "~/", "", "7"] {
            let expected = oracle(&document, ("GET", Some(resource), Some(id)));
            prop_assert_eq!(visibility.shows(id), expected);
        }
    }

    #[test]
    fn safe_form_is_strict_and_only_narrows_what_is_meant(document in readable()) {
        let policy = stored(&document);
        let fixed = policy.fixed().unwrap();
        prop_assert_eq!(&Policy::parse(fixed.as_str()).unwrap(), &fixed);
        let (meant, result) = (upper(&document), serde_json::from_str(fixed.as_str()).unwrap());
        // Nobody sends a method in lower case, and the safe form does not know any.
        for asked in all_asked().into_iter().filter(|(method, ..)| *method != "get") {
            prop_assert!(!oracle(&result, asked) || oracle(&meant, asked), "{:?} in {}", asked, result);
        }
        prop_assert!(fixed.lint().iter().all(|lint| !lint.code.is_fixable()));
        let again = fixed.fixed().unwrap();
        prop_assert_eq!(again.as_str(), fixed.as_str());
    }

    #[test]
    fn open_list_of_allowed_methods_is_closed(document in readable()) {
        let policy = stored(&document);
        let fixed = policy.fixed().unwrap();
        let result: Value = serde_json::from_str(fixed.as_str()).unwrap();
        for lint in policy.lint() {
            if lint.code == LintCode::AllowWithoutBlock {
                let section = lint.pointer.strip_suffix("/allow").unwrap();
                let block = &result.pointer(section).unwrap()["block"];
                prop_assert!(block.as_array().unwrap().contains(&json!("*")), "{}", result);
            }
        }
    }

    #[test]
    fn expectation_of_what_is_decided_is_met(
        document in readable(),
        method in select(&METHODS[..4]),
        allowed: bool,
    ) {
        let policy = stored(&document);
        let answer = if allowed { "allow" } else { "deny" };
        let expectation = Expectation::parse(&format!("{method} review 42 = {answer}")).unwrap();
        let decided = oracle(&document, (method, Some("review"), Some("42")));
        prop_assert_eq!(expectation.check(&policy).is_none(), decided == allowed);
    }

    #[test]
    fn reading_rules_and_expectations_never_panics(text in "[a-zGETPU*/:,= ]{0,24}|.{0,24}") {
        let _ = Expectation::parse(&text);
        if let Ok(rule) = Rule::parse(&text) {
            prop_assert!(Policy::from_rules(&[rule], &[]).is_ok());
        }
    }
}
