//! Documents of policies for properties, and an oracle that decides by them without the evaluator.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Map, Value, json};
use tokenctl::policy::Access;

pub(crate) const METHODS: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "get", "*"];
pub(crate) const RESOURCES: [&str; 4] = ["review", "user", "a/b~c", ""];
pub(crate) const IDS: [&str; 5] = ["42", "042", "~/", "", "*"];

fn object(members: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    let members = members
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value));
    Value::Object(members.collect::<Map<_, _>>())
}

fn rule() -> impl Strategy<Value = Value> {
    let item = prop_oneof![
        18 => select(&METHODS[..]).prop_map(Value::from),
        1 => Just(Value::Null),
        1 => Just(json!(["GET"])),
    ];
    vec(item, 0..4).prop_map(Value::from)
}

fn section() -> impl Strategy<Value = Value> {
    (
        option::of(rule()),
        option::of(rule()),
        prop::bool::weighted(0.1),
    )
        .prop_map(|(allow, block, has_note)| {
            let note = has_note.then(|| ("note", json!({"allow": ["*"]})));
            let rules = [
                allow.map(|rule| ("allow", rule)),
                block.map(|rule| ("block", rule)),
            ];
            object(rules.into_iter().flatten().chain(note))
        })
}

/// Documents that [`Policy::from_stored`] takes.
pub(crate) fn readable() -> impl Strategy<Value = Value> {
    let resource = vec((select(&IDS[..]), section()), 0..4).prop_map(object);
    let resources = vec((select(&RESOURCES[..]), resource), 0..4);
    let resources = option::weighted(0.9, resources);
    (option::weighted(0.7, section()), resources).prop_map(|(global, resources)| {
        let resources = resources.map(|named| {
            let global = global.map(|section| ("*", section));
            ("resources", object(named.into_iter().chain(global)))
        });
        object(resources)
    })
}

/// Documents that [`Policy::parse`](tokenctl::policy::Policy::parse) takes, few of them within one another.
pub(crate) fn writable() -> impl Strategy<Value = Value> {
    let methods = || subsequence(vec!["GET", "HEAD", "POST", "PUT", "*"], 0..=3);
    let section = move || {
        (methods(), methods())
            .prop_filter("a section has a rule", |(allow, block)| {
                !(allow.is_empty() && block.is_empty())
            })
            .prop_map(|(allow, block)| {
                let rules = [("allow", allow), ("block", block)];
                let rules = rules.into_iter().filter(|(_, items)| !items.is_empty());
                object(rules.map(|(rule, items)| (rule, Value::from(items))))
            })
    };
    let resource = vec((select(&IDS[..]), section()), 1..4).prop_map(object);
    let resources = vec((select(&RESOURCES[..]), resource), 0..4);
    (option::weighted(0.7, section()), resources).prop_map(|(global, resources)| {
        if global.is_none() && resources.is_empty() {
            return json!({});
        }
        let global = global.map(|section| ("*", section));
        json!({ "resources": object(resources.into_iter().chain(global)) })
    })
}

/// Every access that the generated documents can tell apart, and some that they cannot.
pub(crate) fn all_asked() -> Vec<Asked<'static>> {
    let mut asked = Vec::new();
    for method in METHODS.into_iter().chain(["PATCH"]) {
        for resource in RESOURCES.into_iter().chain(["diff"]) {
            asked.push((method, Some(resource), None));
            for id in IDS.into_iter().chain(["7"]) {
                asked.push((method, Some(resource), Some(id)));
            }
        }
        asked.push((method, None, None));
    }
    asked
}

/// A method, a resource and an id, to borrow an [`Access`] from.
pub(crate) type Asked<'a> = (&'a str, Option<&'a str>, Option<&'a str>);

pub(crate) fn asked() -> impl Strategy<Value = Asked<'static>> {
    (
        select(&METHODS[..]),
        option::weighted(0.8, select(&RESOURCES[..])),
        option::of(select(&IDS[..])),
    )
}

pub(crate) fn access((method, resource, id): Asked<'_>) -> Access<'_> {
    Access {
        method,
        resource,
        id,
    }
}

/// Decides as `behaviour.md` 2.2 has it, from the document itself.
pub(crate) fn oracle(document: &Value, (method, resource, id): Asked<'_>) -> bool {
    let opinion = |section: Option<&Value>| {
        let section = section?;
        let has = |rule: &str, method: &str| {
            let items = section.get(rule).and_then(Value::as_array);
            items.is_some_and(|items| items.iter().any(|item| item == method))
        };
        if has("block", method) {
            Some(false)
        } else if has("allow", method) {
            Some(true)
        } else if has("block", "*") {
            Some(false)
        } else if has("allow", "*") {
            Some(true)
        } else {
            None
        }
    };
    let Some(resources) = document.get("resources") else {
        return true;
    };
    let sections = resource.and_then(|resource| resources.get(resource));
    let particular = sections.zip(id).and_then(|(sections, id)| sections.get(id));
    let general = sections.and_then(|sections| sections.get("*"));
    opinion(particular)
        .or_else(|| opinion(general))
        .or_else(|| opinion(resources.get("*")))
        .unwrap_or(true)
}
