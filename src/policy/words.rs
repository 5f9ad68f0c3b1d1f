//! A policy in words, for the operator who reads it.

use std::fmt;

use super::Policy;
use super::rules::{Entry, GLOBAL, Section};

/// What becomes of the methods that a section does not name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rest {
    Allowed,
    Refused,
    /// The section has no opinion on them.
    Open,
}

/// A section, resolved: each method stands in one list at most.
struct Opinion<'s> {
    allowed: Vec<&'s str>,
    refused: Vec<&'s str>,
    rest: Rest,
}

impl<'s> Opinion<'s> {
    fn of(section: &'s Section) -> Self {
        let mut entries: Vec<_> = section.methods().collect();
        entries.sort_by_key(|(_, entry)| *entry);
        let (mut allowed, mut refused) = (Vec::new(), Vec::new());
        for (method, entry) in entries {
            match entry {
                Entry::Allow(_) => allowed.push(method),
                Entry::Block(_) => refused.push(method),
            }
        }
        let rest = match section.rest() {
            Some(Entry::Allow(_)) => Rest::Allowed,
            Some(Entry::Block(_)) => Rest::Refused,
            None => Rest::Open,
        };
        Self {
            allowed,
            refused,
            rest,
        }
    }

    fn is_none(&self) -> bool {
        self.allowed.is_empty() && self.refused.is_empty() && self.rest == Rest::Open
    }

    /// Returns what a section of one resource says.
    fn of_resource(&self) -> String {
        if self.allowed.is_empty() && self.refused.is_empty() {
            return match self.rest {
                Rest::Allowed => "everything is allowed".to_owned(),
                Rest::Refused => "everything is refused".to_owned(),
                Rest::Open => "as the rules below say".to_owned(),
            };
        }
        let mut clauses = Vec::new();
        for (methods, participle) in [(&self.allowed, "allowed"), (&self.refused, "refused")] {
            match methods.as_slice() {
                [] => {}
                [one] => clauses.push(format!("{} is {participle}", quoted(one))),
                many => clauses.push(format!("{} are {participle}", listed(many))),
            }
        }
        clauses.push(match self.rest {
            Rest::Allowed => "anything else is allowed".to_owned(),
            Rest::Refused => "anything else is refused".to_owned(),
            Rest::Open => "anything else as the rules below say".to_owned(),
        });
        clauses.join(", ")
    }

    /// Returns what the section for all resources says, and so the default too: what it leaves open is allowed.
    fn of_everything(&self, place: &str) -> String {
        if self.rest == Rest::Refused {
            return match self.allowed.as_slice() {
                [] => "nothing".to_owned(),
                methods => format!("{}{place}, nothing else", listed(methods)),
            };
        }
        let mut words = "everything".to_owned();
        if !self.refused.is_empty() {
            words.push_str(" except ");
            words.push_str(&listed(&self.refused));
        }
        // The trap of the default: a list of what is allowed restricts nothing by itself.
        if self.rest == Rest::Open && !self.allowed.is_empty() {
            words.push_str(", not only ");
            words.push_str(&listed(&self.allowed));
            words.push_str(": no rule blocks the rest");
        }
        words
    }
}

impl Policy {
    /// Returns what this policy allows, in lines of plain English, the most particular rules first.
    ///
    /// A line settles what it says of the resource it begins with; the lines below speak of what is left, and the
    /// last one of everything else. Names that are not plain words are quoted, but control characters in them stay.
    #[must_use]
    pub fn in_words(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (resource, sections) in &self.rules.resources {
            let particular = sections.iter().filter(|(id, _)| *id != GLOBAL);
            let general = sections.iter().filter(|(id, _)| *id == GLOBAL);
            for (id, section) in particular.chain(general) {
                let opinion = Opinion::of(section);
                if opinion.is_none() {
                    continue;
                }
                let resource = quoted(resource);
                let words = opinion.of_resource();
                lines.push(if id == GLOBAL {
                    format!("{resource}: {words}")
                } else {
                    format!("{resource} {}: {words}", quoted(id))
                });
            }
        }
        let silent = Section::default();
        let global = Opinion::of(self.rules.global.as_ref().unwrap_or(&silent));
        lines.push(if lines.is_empty() {
            global.of_everything(" on everything")
        } else {
            format!("otherwise: {}", global.of_everything(""))
        });
        lines
    }
}

/// Returns `methods` as in "GET, HEAD and OPTIONS".
fn listed(methods: &[&str]) -> String {
    let Some((last, others)) = methods.split_last() else {
        return String::new();
    };
    if others.is_empty() {
        return quoted(last).to_string();
    }
    let others: Vec<_> = others.iter().map(|one| quoted(one).to_string()).collect();
    format!("{} and {}", others.join(", "), quoted(last))
}

/// Words of ours that a name could be taken for.
const OUR_WORDS: [&str; 6] = [
    "any",
    "anything",
    "everything",
    "nothing",
    "on",
    "otherwise",
];

/// Shows a name as it is, or in quotes if it could be taken for words of ours.
pub(super) fn quoted(name: &str) -> impl fmt::Display {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    fmt::from_fn(move |f| {
        if !name.is_empty() && name.bytes().all(is_word) && !OUR_WORDS.contains(&name) {
            return f.write_str(name);
        }
        f.write_str("\"")?;
        for character in name.chars() {
            if matches!(character, '"' | '\\') {
                f.write_str("\\")?;
            }
            write!(f, "{character}")?;
        }
        f.write_str("\"")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        Policy::from_stored(text).unwrap().in_words()
    }

    #[test]
    fn rules_for_all_resources_take_one_line() {
        let lines = [
            ("{}", "everything"),
            (r#"{"resources": {}}"#, "everything"),
            (
                r#"{"resources": {"review": {"42": {"allow": []}}}}"#,
                "everything",
            ),
            (r#"{"resources": {"*": {"allow": ["*"]}}}"#, "everything"),
            (
                r#"{"resources": {"*": {"allow": ["*"], "block": ["*"]}}}"#,
                "nothing",
            ),
            (
                r#"{"resources": {"*": {"block": ["*", "GET"]}}}"#,
                "nothing",
            ),
            (
                r#"{"resources": {"*": {"allow": ["GET", "GET"], "block": ["*"]}}}"#,
                "GET on everything, nothing else",
            ),
            (
                r#"{"resources": {"*": {"block": ["PUT", "POST"]}}}"#,
                "everything except PUT and POST",
            ),
            (
                r#"{"resources": {"*": {"allow": ["*", "PUT"], "block": ["PUT"]}}}"#,
                "everything except PUT",
            ),
        ];
        for (text, line) in lines {
            assert_eq!(words(text), [line], "{text}");
        }
        assert_eq!(
            Policy::read_only().in_words(),
            ["GET, HEAD and OPTIONS on everything, nothing else"]
        );
    }

    #[test]
    fn list_of_allowed_methods_alone_is_called_what_it_is() {
        assert_eq!(
            words(r#"{"resources": {"*": {"allow": ["GET"]}}}"#),
            ["everything, not only GET: no rule blocks the rest"]
        );
        assert_eq!(
            words(r#"{"resources": {"*": {"allow": ["GET", "PUT"], "block": ["PUT"]}}}"#),
            ["everything except PUT, not only GET: no rule blocks the rest"]
        );
    }

    #[test]
    fn particular_rules_come_before_general_ones() {
        let text = r#"{"resources": {
            "*": {"allow": ["GET"], "block": ["*"]},
            "review": {"*": {"allow": ["PUT"]}, "42": {"block": ["DELETE"]}, "7": {"block": ["*"]}},
            "diff": {"*": {"allow": ["GET", "HEAD", "PUT"], "block": ["*", "PUT"]}},
            "user": {"*": {"allow": ["*"]}}
        }}"#;
        assert_eq!(
            words(text),
            [
                "diff: GET and HEAD are allowed, PUT is refused, anything else is refused",
                "review 42: DELETE is refused, anything else as the rules below say",
                "review 7: everything is refused",
                "review: PUT is allowed, anything else as the rules below say",
                "user: everything is allowed",
                "otherwise: GET, nothing else",
            ]
        );
    }

    #[test]
    fn default_is_named_after_particular_rules() {
        assert_eq!(
            words(r#"{"resources": {"review": {"*": {"block": ["*"]}}}}"#),
            ["review: everything is refused", "otherwise: everything"]
        );
    }

    #[test]
    fn names_cannot_pass_for_words_of_ours() {
        let text = r#"{"resources": {
            "otherwise": {"a b": {"block": ["x, POST", "every\"thing"]}, "": {"block": ["*"]}},
            "*": {"allow": ["everything"], "block": ["*"]}
        }}"#;
        assert_eq!(
            words(text),
            [
                r#""otherwise" "": everything is refused"#,
                r#""otherwise" "a b": "x, POST" and "every\"thing" are refused, anything else as the rules below say"#,
                r#"otherwise: "everything", nothing else"#,
            ]
        );
    }
}
