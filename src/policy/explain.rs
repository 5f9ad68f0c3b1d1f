//! Why a policy decides as it does.

use std::fmt;

use serde::Serialize;

use super::Policy;
use super::rules::Access;

/// A section that was asked about an access, and what it said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Consulted {
    /// The RFC 6901 JSON Pointer of the section, such as `/resources/review/42`; empty for the default.
    pub pointer: String,
    /// What the section says.
    pub opinion: Opinion,
    /// The JSON Pointer of the entry that decided.
    pub rule: Option<String>,
}

/// What a section says of an access.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(
    clippy::exhaustive_enums,
    reason = "the evaluator knows these outcomes and no others"
)]
pub enum Opinion {
    /// The document has no such section.
    Missing,
    /// The section has no entry for the method, nor for `*`.
    Silent,
    /// An entry allows it.
    Allowed,
    /// An entry refuses it.
    Refused,
    /// No section has an opinion, so it is allowed.
    AllowedByDefault,
}

/// One line, as in "/resources/review/42: no such section".
impl fmt::Display for Consulted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rule = self.rule.as_deref().unwrap_or_default();
        match self.opinion {
            Opinion::Missing => write!(f, "{}: no such section", self.pointer),
            Opinion::Silent => write!(f, "{}: has no opinion", self.pointer),
            Opinion::Allowed => write!(f, "{}: allowed by {rule}", self.pointer),
            Opinion::Refused => write!(f, "{}: refused by {rule}", self.pointer),
            Opinion::AllowedByDefault => f.write_str("no rule: allowed by default"),
        }
    }
}

impl Policy {
    /// Returns the sections that [`Policy::decide`] asks about `access`, in order; the last one decides.
    ///
    /// ```
    /// use tokenctl::policy::{Access, Policy};
    ///
    /// let text = r#"{"resources":{"review":{"*":{"block":["PUT"]},"42":{"block":["POST"]}}}}"#;
    /// let policy = Policy::parse(text).unwrap();
    /// let explain = |access| -> Vec<String> {
    ///     policy.explain(&access).iter().map(ToString::to_string).collect()
    /// };
    /// assert_eq!(
    ///     explain(Access::to_object("PUT", "review", "42")),
    ///     [
    ///         "/resources/review/42: has no opinion",
    ///         "/resources/review/*: refused by /resources/review/*/block/0",
    ///     ]
    /// );
    /// assert_eq!(
    ///     explain(Access::to_unmapped("PUT")),
    ///     ["/resources/*: no such section", "no rule: allowed by default"]
    /// );
    /// ```
    #[must_use]
    pub fn explain(&self, access: &Access<'_>) -> Vec<Consulted> {
        let mut consulted = Vec::new();
        for level in self.rules.levels(access) {
            let ruling = level.ruling(access.method);
            consulted.push(Consulted {
                pointer: level.pointer(),
                opinion: match &ruling {
                    Some(ruling) if ruling.is_allow() => Opinion::Allowed,
                    Some(_) => Opinion::Refused,
                    None if level.section.is_some() => Opinion::Silent,
                    None => Opinion::Missing,
                },
                rule: ruling.map(|ruling| ruling.pointer()),
            });
            if ruling.is_some() {
                return consulted;
            }
        }
        consulted.push(Consulted {
            pointer: String::new(),
            opinion: Opinion::AllowedByDefault,
            rule: None,
        });
        consulted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opinions(text: &str, access: &Access<'_>) -> Vec<(String, Opinion)> {
        let policy = Policy::from_stored(text).unwrap();
        let consulted = policy.explain(access).into_iter();
        consulted
            .map(|level| (level.pointer, level.opinion))
            .collect()
    }

    #[test]
    fn explanation_ends_with_the_section_that_decides() {
        let text = r#"{"resources": {"*": {"block": ["*"]}, "a/b": {"1": {"allow": ["GET"]}}}}"#;
        let object = |method| opinions(text, &Access::to_object(method, "a/b", "1"));
        let particular = "/resources/a~1b/1".to_owned();
        assert_eq!(object("GET"), [(particular.clone(), Opinion::Allowed)]);
        assert_eq!(
            object("PUT"),
            [
                (particular, Opinion::Silent),
                ("/resources/a~1b/*".to_owned(), Opinion::Missing),
                ("/resources/*".to_owned(), Opinion::Refused),
            ]
        );
    }

    #[test]
    fn star_as_an_id_is_asked_once_and_as_a_resource_not_at_all() {
        let text = r#"{"resources": {"*": {}, "review": {"*": {"allow": ["GET"]}}}}"#;
        let pointers = |access| -> Vec<String> {
            opinions(text, &access)
                .into_iter()
                .map(|(pointer, _)| pointer)
                .collect()
        };
        assert_eq!(
            pointers(Access::to_object("PUT", "review", "*")),
            ["/resources/review/*", "/resources/*", ""]
        );
        assert_eq!(
            pointers(Access::to_object("PUT", "*", "*")),
            ["/resources/*", ""]
        );
    }

    #[test]
    fn explanation_in_json_names_the_rule() {
        let consulted = Policy::read_only().explain(&Access::to_unmapped("POST"));
        assert_eq!(
            serde_json::to_string(&consulted).unwrap(),
            r#"[{"pointer":"/resources/*","opinion":"refused","rule":"/resources/*/block/0"}]"#
        );
    }
}
