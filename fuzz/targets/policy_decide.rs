//! Decisions of policies, against a naive reading of the same text by `serde_json` and the rules in words.

#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};
use serde_json::Value;
use tokenctl::policy::{Access, Opinion, Policy};
use tokenctl_fuzz::oracle::allows;

/// How many methods, resources and ids of a document are asked about at the most.
const MOST: usize = 8;

fuzz_target!(|input: &[u8]| -> Corpus {
    let Ok(text) = std::str::from_utf8(input) else {
        return Corpus::Reject;
    };
    let Ok(policy) = Policy::from_stored(text) else {
        return Corpus::Reject;
    };
    let document: Value = serde_json::from_str(text).unwrap();
    let mut words = Words::default();
    words.find(&document);
    for method in words.methods.iter().map(String::as_str).chain(["GET", "*"]) {
        ask(&policy, &document, Access::to_unmapped(method));
        for resource in words.resources.iter().map(String::as_str).chain(["other"]) {
            ask(&policy, &document, Access::to_resource(method, resource));
            for id in words.ids.iter().map(String::as_str).chain(["7"]) {
                ask(&policy, &document, Access::to_object(method, resource, id));
            }
        }
    }
    Corpus::Keep
});

fn ask(policy: &Policy, document: &Value, access: Access<'_>) {
    let decision = policy.decide(&access);
    assert_eq!(decision.allowed, allows(document, &access), "{access:?}");
    let explained = policy.explain(&access).pop().unwrap();
    let allowing = [Opinion::Allowed, Opinion::AllowedByDefault];
    assert_eq!(allowing.contains(&explained.opinion), decision.allowed);
    assert_eq!(explained.rule, decision.rule);
}

/// What a document speaks of, each list cut short.
#[derive(Default)]
struct Words {
    methods: Vec<String>,
    resources: Vec<String>,
    ids: Vec<String>,
}

impl Words {
    fn find(&mut self, document: &Value) {
        for (resource, sections) in members(document.get("resources")) {
            keep(&mut self.resources, resource);
            self.find_methods(Some(sections));
            for (id, section) in members(Some(sections)) {
                keep(&mut self.ids, id);
                self.find_methods(Some(section));
            }
        }
    }

    fn find_methods(&mut self, section: Option<&Value>) {
        for rule in ["allow", "block"] {
            let items = section.and_then(|section| section.get(rule)?.as_array());
            for method in items.into_iter().flatten().filter_map(Value::as_str) {
                keep(&mut self.methods, method);
            }
        }
    }
}

fn members(value: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    value.and_then(Value::as_object).into_iter().flatten()
}

fn keep(words: &mut Vec<String>, word: &str) {
    if words.len() < MOST && !words.iter().any(|kept| kept == word) {
        words.push(word.to_owned());
    }
}
