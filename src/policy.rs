//! Policies: which methods a token may use on which resources.
//!
//! A policy is a JSON document of the shape that djblets gave it, and is decided exactly as djblets decides it:
//!
//! ```json
//! {"resources": {
//!     "*": {"allow": ["GET"], "block": ["*"]},
//!     "review": {"*": {"allow": ["POST"]}, "42": {"block": ["*"]}}
//! }}
//! ```
//!
//! Mind that what no rule speaks of is **allowed**: a list of allowed methods restricts nothing without a
//! `"block": ["*"]` beside it. So a document that we are about to store is read strictly ([`Policy::parse`]), and
//! one that is stored already is read as it was meant when it was written ([`Policy::from_stored`]).
//!
//! The documents are finite, so what they say can be listed ([`Cell`]) and compared to the last access: this is how
//! [`Policy::intersect`] narrows a policy and [`Policy::widening`] proves that another one only narrows it.
//! [`Policy::lint`] finds the rules that say nothing.

mod cells;
mod document;
mod expectation;
mod explain;
mod faults;
mod found;
mod lint;
mod mentions;
mod narrow;
mod place;
mod preset;
mod reading;
mod rule;
mod rules;
mod visibility;
mod words;

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::{Serialize, Serializer};

use self::document::{Json, Object};
use self::reading::{read_stored, read_written};
use self::rules::Rules;

pub use self::cells::{Cell, CellPart, Witness};
pub use self::expectation::{Expectation, ExpectationError, Mismatch};
pub use self::explain::{Consulted, Opinion};
pub use self::faults::{PolicyFault, PolicyFaults, PolicyUnreadable};
pub use self::lint::{Lint, LintCode};
pub(crate) use self::mentions::Mention;
pub use self::narrow::{CellChange, PolicyTooLarge};
pub use self::preset::Preset;
pub use self::rule::{FromRulesError, Rule, RuleParseError};
pub use self::rules::{Access, Decision};
pub use self::visibility::Visibility;

/// The most bytes of a policy text that is accepted for storing.
pub const MAX_POLICY_BYTES: usize = 65_536;

/// The most entries of all lists together in a policy that is accepted for storing.
pub const MAX_POLICY_ENTRIES: usize = 2_000;

/// What a token may do: a document of rules, and the text that it was read from.
///
/// Two policies are equal if their documents are, whatever the white space; the order of members counts.
#[derive(Clone, Debug)]
pub struct Policy {
    text: Cow<'static, str>,
    document: Json,
    rules: Rules,
}

impl Policy {
    /// Returns the policy that allows everything.
    #[must_use]
    pub fn full_access() -> Self {
        // Made and not parsed: most tokens have this policy, and each login reads it.
        let document = Json::Object(Object::default());
        Self {
            text: Cow::Borrowed("{}"),
            document,
            rules: Rules::default(),
        }
    }

    /// Returns the policy that allows what changes nothing: `GET`, `HEAD` and `OPTIONS`.
    #[must_use]
    pub fn read_only() -> Self {
        let text = r#"{"resources":{"*":{"allow":["GET","HEAD","OPTIONS"],"block":["*"]}}}"#;
        Self::parse(text).expect("the text is a valid policy")
    }

    /// Reads a policy that is about to be stored, strictly.
    ///
    /// Beyond what djblets checks, a text of more than [`MAX_POLICY_BYTES`], more than [`MAX_POLICY_ENTRIES`]
    /// entries, a key that comes twice, an unknown key, an empty list or resource, and an item that is no method in
    /// upper case or comes twice are refused: each of these is a typing error that would make a rule say nothing.
    ///
    /// # Errors
    ///
    /// [`PolicyFaults`], with every fault. A text that is too long or not JSON at all has that one fault; JSON
    /// nested more than 127 levels deep or with half of a surrogate pair is none for us.
    pub fn parse(text: &str) -> Result<Self, PolicyFaults> {
        let (document, rules) = read_written(text, None)?;
        Ok(Self::new(text, document, rules))
    }

    /// Reads a policy as [`Policy::parse`] does, and besides refuses a resource that is not in `known`.
    ///
    /// # Errors
    ///
    /// As for [`Policy::parse`].
    pub fn parse_known(text: &str, known: &BTreeSet<String>) -> Result<Self, PolicyFaults> {
        let (document, rules) = read_written(text, Some(known))?;
        Ok(Self::new(text, document, rules))
    }

    /// Reads a policy that was stored, by whomever.
    ///
    /// What only breaks the rules for writing is kept, and is decided as djblets does: the last of equal keys
    /// counts, unknown keys are passed over, an item that is no string matches nothing.
    ///
    /// # Errors
    ///
    /// [`PolicyUnreadable`] if the text is not JSON, or if the document, `resources`, a resource or a section is
    /// not an object, or a rule not a list. Whoever gets it must refuse: djblets would read some of these as full
    /// access.
    pub fn from_stored(text: &str) -> Result<Self, PolicyUnreadable> {
        let (document, rules) = read_stored(text)?;
        Ok(Self::new(text, document, rules))
    }

    fn new(text: &str, document: Json, rules: Rules) -> Self {
        Self {
            text: Cow::Owned(text.to_owned()),
            document,
            rules,
        }
    }

    /// Returns the text that this policy was read from, unchanged.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns whether everything is allowed for want of any rule.
    ///
    /// A policy with rules may allow everything too; this does not look into what they say.
    #[must_use]
    pub fn is_full_access(&self) -> bool {
        self.rules.is_empty()
    }

    /// Returns whether the document names any particular resource, with rules or without.
    #[must_use]
    pub fn names_resources(&self) -> bool {
        !self.rules.resources.is_empty()
    }

    /// Decides whether `access` is allowed, and by which entry.
    ///
    /// Asked in this order, the first section with an opinion wins: that of the object, that of its resource, that
    /// of all resources. If none has one, the access is allowed. In a section, the method itself comes before `*`,
    /// and then `block` before `allow`. All names are compared byte by byte.
    #[must_use]
    pub fn decide(&self, access: &Access<'_>) -> Decision {
        self.rules.ruling(access).into()
    }
}

impl PartialEq for Policy {
    fn eq(&self, other: &Self) -> bool {
        self.document == other.document
    }
}

/// Writes the document itself, its members in order; of equal keys only the one that counts.
impl Serialize for Policy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.document.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(text: &str) -> Policy {
        Policy::from_stored(text).unwrap()
    }

    #[test]
    fn damaged_stored_text_is_unreadable() {
        let deep = format!("{{\"a\": {}", "[".repeat(100_000));
        for text in [
            "",
            " ",
            "not json",
            "{",
            "{}}",
            "{} {}",
            "{'resources': {}}",
            "\u{feff}{}",
            "{\"a\": NaN}",
            r#"{"a": "\ud800"}"#,
            &deep,
        ] {
            let error = Policy::from_stored(text).unwrap_err();
            assert!(
                error.message.starts_with("The policy is not valid JSON: "),
                "{error}"
            );
            assert_eq!(error.pointer, "");
        }
    }

    #[test]
    fn wrong_json_type_is_unreadable_wherever_it_stands() {
        let wrong = [
            ("null", "", "The policy must be a JSON object."),
            ("[]", "", "The policy must be a JSON object."),
            (
                r#"{"resources": null}"#,
                "/resources",
                r#"The policy's "resources" section must be a JSON object."#,
            ),
            (
                r#"{"resources": {"review": false}}"#,
                "/resources/review",
                r#"The "resources.review" section must be a JSON object."#,
            ),
            (
                r#"{"resources": {"a/b": {"42": ""}}}"#,
                "/resources/a~1b/42",
                r#"The "resources.a/b.42" section must be a JSON object."#,
            ),
            (
                r#"{"resources": {"*": {"allow": "GET"}}}"#,
                "/resources/*/allow",
                r#"The "resources.*" section's "allow" rule must be a list."#,
            ),
            (
                r#"{"resources": {"review": {"1": {"block": {"GET": 1}}}}}"#,
                "/resources/review/1/block",
                r#"The "resources.review.1" section's "block" rule must be a list."#,
            ),
            // What a rule would be elsewhere is an object's section here.
            (
                r#"{"resources": {"review": {"allow": ["GET"]}}}"#,
                "/resources/review/allow",
                r#"The "resources.review.allow" section must be a JSON object."#,
            ),
        ];
        for (text, pointer, message) in wrong {
            let error = Policy::from_stored(text).unwrap_err();
            assert_eq!(
                (error.pointer.as_str(), error.message.as_str()),
                (pointer, message)
            );
            assert_eq!(error.to_string(), message);
        }
    }

    #[test]
    fn full_access_is_the_lack_of_any_rule() {
        for text in [
            "{}",
            r#"{"resources": {}}"#,
            r#"{"resources": {"review": {"*": {}}}}"#,
        ] {
            assert!(stored(text).is_full_access(), "{text}");
        }
        assert!(Policy::full_access().is_full_access());
        for text in [
            r#"{"resources": {"*": {"allow": ["*"]}}}"#,
            r#"{"resources": {"review": {"1": {"block": ["GET"]}}}}"#,
        ] {
            assert!(!stored(text).is_full_access(), "{text}");
        }
        assert!(!Policy::read_only().is_full_access());
    }

    #[test]
    fn only_particular_resources_count_as_named() {
        assert!(!Policy::full_access().names_resources());
        assert!(!Policy::read_only().names_resources());
        assert!(stored(r#"{"resources": {"review": {}}}"#).names_resources());
    }

    #[test]
    fn read_only_refuses_what_changes_something() {
        let policy = Policy::read_only();
        for method in ["GET", "HEAD", "OPTIONS"] {
            assert!(
                policy
                    .decide(&Access::to_resource(method, "review"))
                    .allowed
            );
        }
        for method in ["POST", "PUT", "PATCH", "DELETE", "get", "TRACE", ""] {
            assert!(
                !policy.decide(&Access::to_unmapped(method)).allowed,
                "{method}"
            );
        }
    }

    #[test]
    fn text_is_kept_and_document_is_what_is_compared() {
        let text =
            " {\"resources\" : {\"review\": {\"1\": {\"note\": 1e2, \"allow\": [\"GET\"]}}}}\n";
        let policy = stored(text);
        assert_eq!(policy.as_str(), text);
        let written = serde_json::to_string(&policy).unwrap();
        assert_eq!(
            written,
            r#"{"resources":{"review":{"1":{"note":100.0,"allow":["GET"]}}}}"#
        );
        assert_eq!(stored(&written), policy);
        assert_ne!(Policy::full_access(), policy);
    }
}
