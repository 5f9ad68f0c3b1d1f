//! Policies as text: what the strict reading takes, it takes again and the lenient one too, and both as the same.

#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};
use serde_json::Value;
use tokenctl::policy::Policy;

fuzz_target!(|input: &[u8]| -> Corpus {
    let Ok(text) = std::str::from_utf8(input) else {
        return Corpus::Reject;
    };
    written(text);
    stored(text);
    Corpus::Keep
});

fn written(text: &str) {
    let policy = match Policy::parse(text) {
        Ok(policy) => policy,
        Err(faults) => {
            let lines = text.split('\n').count();
            for fault in faults.iter() {
                assert!((1..=lines).contains(&fault.line) && fault.column >= 1);
                assert!(fault.pointer.is_empty() || fault.pointer.starts_with('/'));
            }
            return;
        }
    };
    assert_eq!(policy.as_str(), text);
    let json = serde_json::to_string(&policy).unwrap();
    for again in [text, &json] {
        assert_eq!(Policy::parse(again).unwrap(), policy);
        assert_eq!(Policy::from_stored(again).unwrap(), policy);
    }
    // A policy only ever narrows itself, and what is mended needs no mending.
    assert!(policy.widening(&policy).is_none());
    if let Ok(fixed) = policy.fixed() {
        assert!(fixed.lint().iter().all(|lint| !lint.code.is_fixable()));
        assert!(Policy::parse(fixed.as_str()).is_ok());
    }
}

fn stored(text: &str) {
    let Ok(policy) = Policy::from_stored(text) else {
        assert!(Policy::parse(text).is_err());
        return;
    };
    assert_eq!(policy.as_str(), text);
    // Of equal keys both readings have the one that counts.
    let document: Value = serde_json::from_str(text).unwrap();
    assert_eq!(serde_json::to_value(&policy).unwrap(), document);
    let json = serde_json::to_string(&policy).unwrap();
    let again = Policy::from_stored(&json).unwrap();
    assert_eq!(again.is_full_access(), policy.is_full_access());
    assert_eq!(again.names_resources(), policy.names_resources());
}
