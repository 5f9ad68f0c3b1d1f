//! Properties of policies, for documents that nobody thought of.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Map, Value, json};
use tokenctl::policy::{Decision, Policy};

use crate::policies::{Asked, METHODS, access, asked, oracle, readable};

/// Any JSON, with the keys that mean something often enough.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        select(&METHODS[..]).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    let key = prop_oneof![
        6 => select(&["resources", "*", "review", "42", "allow", "block"][..]).prop_map(str::to_owned),
        1 => any::<String>(),
    ];
    leaf.prop_recursive(6, 64, 4, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec((key.clone(), inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn stored(document: &Value) -> Policy {
    Policy::from_stored(&document.to_string()).unwrap()
}

fn decide(document: &Value, asked: Asked<'_>) -> Decision {
    stored(document).decide(&access(asked))
}

/// Writes `value` with the members of each object turned by `turn` places, and backwards if asked.
fn reordered(value: &Value, turn: usize, is_backwards: bool) -> String {
    match value {
        Value::Object(map) => {
            let mut members: Vec<_> = map
                .iter()
                .map(|(key, value)| {
                    let value = reordered(value, turn, is_backwards);
                    format!("{}:{value}", Value::from(key.as_str()))
                })
                .collect();
            if is_backwards {
                members.reverse();
            }
            let middle = turn.checked_rem(members.len()).unwrap_or(0);
            members.rotate_left(middle);
            format!("{{{}}}", members.join(","))
        }
        other => other.to_string(),
    }
}

/// Returns the lists under `rule` in a document; an empty one is made where a section has none.
fn rules<'d>(document: &'d mut Value, rule: &str) -> Vec<&'d mut Vec<Value>> {
    let mut sections = Vec::new();
    let resources = document.get_mut("resources").and_then(Value::as_object_mut);
    for (key, value) in resources.into_iter().flatten() {
        if key == "*" {
            sections.push(value);
        } else {
            sections.extend(value.as_object_mut().into_iter().flat_map(Map::values_mut));
        }
    }
    sections
        .into_iter()
        .filter_map(|section| {
            let section = section.as_object_mut()?;
            section
                .entry(rule)
                .or_insert_with(|| json!([]))
                .as_array_mut()
        })
        .collect()
}

proptest! {
    #[test]
    fn reading_and_deciding_never_panic(document in any_json(), asked in asked()) {
        let text = document.to_string();
        let _ = Policy::parse(&text);
        if let Ok(policy) = Policy::from_stored(&text) {
            let decision = policy.decide(&access(asked));
            prop_assert!(decision.allowed || decision.rule.is_some());
            prop_assert!(!policy.in_words().is_empty());
        }
    }

    #[test]
    fn reading_any_text_never_panics(text in any::<String>()) {
        let _ = Policy::from_stored(&text);
        if let Err(faults) = Policy::parse(&text) {
            prop_assert!(faults.iter().all(|fault| fault.line > 0 && fault.column > 0));
        }
    }

    #[test]
    fn what_may_be_written_may_be_read(document in readable()) {
        let text = document.to_string();
        if let Ok(policy) = Policy::parse(&text) {
            prop_assert_eq!(Policy::from_stored(&text).unwrap(), policy);
        }
    }

    #[test]
    fn each_fault_points_into_the_document(document in any_json()) {
        if let Err(faults) = Policy::parse(&document.to_string()) {
            for fault in faults.iter() {
                prop_assert!(document.pointer(&fault.pointer).is_some(), "{fault:?}");
            }
        }
    }

    #[test]
    fn decision_agrees_with_the_oracle(document in readable(), asked in asked()) {
        prop_assert_eq!(decide(&document, asked).allowed, oracle(&document, asked));
    }

    #[test]
    fn deciding_entry_is_the_method_or_star(document in readable(), asked in asked()) {
        let decision = decide(&document, asked);
        if let Some(rule) = decision.rule {
            let entry = document.pointer(&rule).and_then(Value::as_str).unwrap();
            prop_assert!(entry == asked.0 || entry == "*");
            prop_assert_eq!(rule.contains("/allow/"), decision.allowed);
        }
    }

    #[test]
    fn order_of_members_does_not_matter(
        document in readable(),
        asked in asked(),
        turn in 0_usize..4,
        is_backwards: bool,
    ) {
        let text = reordered(&document, turn, is_backwards);
        let policy = Policy::from_stored(&text).unwrap();
        prop_assert_eq!(policy.decide(&access(asked)), decide(&document, asked));
    }

    #[test]
    fn stored_text_and_written_document_read_back_the_same(document in readable()) {
        let policy = stored(&document);
        prop_assert_eq!(&Policy::from_stored(policy.as_str()).unwrap(), &policy);
        let written = serde_json::to_string(&policy).unwrap();
        prop_assert_eq!(&Policy::from_stored(&written).unwrap(), &policy);
    }

    #[test]
    fn full_access_allows_everything(document in readable(), asked in asked()) {
        let policy = stored(&document);
        if policy.is_full_access() {
            prop_assert_eq!(policy.decide(&access(asked)), Decision { allowed: true, rule: None });
            prop_assert_eq!(policy.in_words(), ["everything"]);
        }
    }

    /// Holds for every policy and any method, `*` included: what the section decided before, it now refuses or
    /// decides as before, and no other section is asked about anything that it was not asked before.
    #[test]
    fn adding_a_block_never_widens(
        document in readable(),
        asked in asked(),
        which: Index,
        method in select(&METHODS[..]),
    ) {
        let mut narrowed = document.clone();
        let mut blocks = rules(&mut narrowed, "block");
        let count = blocks.len();
        if count > 0 {
            blocks[which.index(count)].push(method.into());
        }
        prop_assert!(!decide(&narrowed, asked).allowed || decide(&document, asked).allowed);
    }

    /// Holds for every policy, closed or not: only accesses that the removed entry decided can change, and all of
    /// those were allowed. They need not become refused: see the next property.
    #[test]
    fn removing_an_allow_never_widens(
        document in readable(),
        asked in asked(),
        which: Index,
        item: Index,
    ) {
        let mut narrowed = document.clone();
        let mut allows = rules(&mut narrowed, "allow");
        allows.retain(|items| !items.is_empty());
        let count = allows.len();
        if count > 0 {
            let items = &mut allows[which.index(count)];
            items.remove(item.index(items.len()));
        }
        prop_assert!(!decide(&narrowed, asked).allowed || decide(&document, asked).allowed);
    }

    /// Holds where the section that allowed the method has `*` in its own `block`: nothing falls through to a more
    /// general section or to the default then, so that without its entries the method is refused.
    #[test]
    fn removing_an_allow_from_a_closed_section_refuses(document in readable(), asked in asked()) {
        let Some(rule) = decide(&document, asked).rule else {
            return Ok(());
        };
        let Some((section, _)) = rule.rsplit_once("/allow/") else {
            return Ok(());
        };
        let mut narrowed = document.clone();
        let section = narrowed.pointer_mut(section).unwrap();
        let is_closed = section["block"].as_array().is_some_and(|items| items.contains(&json!("*")));
        let allow = section["allow"].as_array_mut().unwrap();
        allow.retain(|item| item != asked.0);
        if is_closed {
            prop_assert!(!decide(&narrowed, asked).allowed);
        }
    }
}
