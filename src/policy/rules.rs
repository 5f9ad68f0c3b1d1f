//! The rules of a policy, and how they decide.

use std::collections::BTreeMap;

use serde::Serialize;

use super::place::push_token;

/// The key of what holds for every resource, or for every object of one; in a list, every method.
pub(super) const GLOBAL: &str = "*";

/// What somebody wants to do: the question put to [`Policy::decide`](super::Policy::decide).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access<'a> {
    /// The HTTP method, as it was sent.
    pub method: &'a str,
    /// The resource; without one, only the rules for all resources are asked.
    pub resource: Option<&'a str>,
    /// The object of the resource; none for the resource as a list. Nothing without a resource.
    pub id: Option<&'a str>,
}

impl<'a> Access<'a> {
    /// Returns the access to something that is not mapped to any resource.
    #[must_use]
    pub fn to_unmapped(method: &'a str) -> Self {
        Self {
            method,
            resource: None,
            id: None,
        }
    }

    /// Returns the access to a resource as a whole, such as its list.
    #[must_use]
    pub fn to_resource(method: &'a str, resource: &'a str) -> Self {
        Self {
            method,
            resource: Some(resource),
            id: None,
        }
    }

    /// Returns the access to one object of a resource.
    #[must_use]
    pub fn to_object(method: &'a str, resource: &'a str, id: &'a str) -> Self {
        Self {
            method,
            resource: Some(resource),
            id: Some(id),
        }
    }
}

/// The answer of a policy, and the entry that gave it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Decision {
    /// Whether the access is allowed.
    pub allowed: bool,
    /// The RFC 6901 JSON Pointer of the entry that decided, such as `/resources/review/42/block/0`; none if no rule
    /// speaks of the access, which is allowed then.
    pub rule: Option<String>,
}

/// The rules of a document; of two equal keys the last counts.
#[derive(Clone, Debug, Default)]
pub(super) struct Rules {
    pub(super) global: Section,
    /// By resource, then by object id or `*`.
    pub(super) resources: BTreeMap<String, BTreeMap<String, Section>>,
}

/// The lists of one section. An item that is no string is `None`: it matches nothing, but has an index.
#[derive(Clone, Debug, Default)]
pub(super) struct Section {
    pub(super) allow: Vec<Option<String>>,
    pub(super) block: Vec<Option<String>>,
}

impl Rules {
    /// Returns whether there is no rule at all.
    pub(super) fn is_empty(&self) -> bool {
        let sections = self.resources.values().flat_map(BTreeMap::values);
        sections
            .chain([&self.global])
            .all(|section| section.allow.is_empty() && section.block.is_empty())
    }

    /// Decides as [`Policy::decide`](super::Policy::decide) says.
    pub(super) fn decide(&self, access: &Access<'_>) -> Decision {
        // `resources["*"]` is a section, not a resource: asked for by name, it is what holds for all.
        let resource = access.resource.filter(|resource| *resource != GLOBAL);
        if let Some(resource) = resource
            && let Some(sections) = self.resources.get(resource)
        {
            for id in access.id.into_iter().chain([GLOBAL]) {
                if let Some(section) = sections.get(id)
                    && let Some(verdict) = section.verdict(access.method)
                {
                    return verdict.decision(&["resources", resource, id]);
                }
            }
        }
        match self.global.verdict(access.method) {
            Some(verdict) => verdict.decision(&["resources", GLOBAL]),
            None => Decision {
                allowed: true,
                rule: None,
            },
        }
    }
}

/// The entry of a section that decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Allow(usize),
    Block(usize),
}

impl Section {
    fn verdict(&self, method: &str) -> Option<Verdict> {
        let find = |rule: &[Option<String>], method| {
            rule.iter().position(|item| item.as_deref() == Some(method))
        };
        let opinion = |method| {
            let block = find(&self.block, method).map(Verdict::Block);
            block.or_else(|| find(&self.allow, method).map(Verdict::Allow))
        };
        opinion(method).or_else(|| opinion(GLOBAL))
    }
}

impl Verdict {
    fn decision(self, section: &[&str]) -> Decision {
        let (allowed, rule, index) = match self {
            Self::Allow(index) => (true, "allow", index),
            Self::Block(index) => (false, "block", index),
        };
        let mut pointer = String::new();
        for token in section.iter().chain([&rule, &index.to_string().as_str()]) {
            push_token(&mut pointer, token);
        }
        Decision {
            allowed,
            rule: Some(pointer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Policy;
    use super::*;

    fn rule(policy: &Policy, access: &Access<'_>) -> (bool, Option<String>) {
        let Decision { allowed, rule } = policy.decide(access);
        (allowed, rule)
    }

    /// Rows of an access, whether it is allowed, and the entry that decides.
    type Row<'a> = (Access<'a>, bool, Option<&'a str>);

    fn check(text: &str, rows: &[Row<'_>]) {
        let policy = Policy::from_stored(text).unwrap();
        for (access, allowed, entry) in rows {
            let expected = (*allowed, entry.map(str::to_owned));
            assert_eq!(rule(&policy, access), expected, "{access:?} in {text}");
        }
    }

    #[test]
    fn what_no_rule_speaks_of_is_allowed() {
        let get = Access::to_object("GET", "review", "42");
        for text in [
            "{}",
            r#"{"perms": 1}"#,
            r#"{"resources": {}}"#,
            r#"{"resources": {"*": {}, "review": {}}}"#,
            r#"{"resources": {"review": {"42": {"allow": [], "block": []}}}}"#,
            r#"{"resources": {"*": {"allow": ["POST"], "block": ["get", "GET ", ""]}}}"#,
            r#"{"resources": {"Review": {"*": {"block": ["*"]}}}}"#,
            r#"{"resources": {"review": {"042": {"block": ["*"]}}}}"#,
        ] {
            check(text, &[(get, true, None)]);
        }
    }

    #[test]
    fn method_itself_comes_before_star_and_block_before_allow() {
        let to = Access::to_unmapped;
        check(
            r#"{"resources": {"*": {"allow": ["PUT", "GET"], "block": ["*", "PUT"]}}}"#,
            &[
                (to("GET"), true, Some("/resources/*/allow/1")),
                (to("PUT"), false, Some("/resources/*/block/1")),
                (to("get"), false, Some("/resources/*/block/0")),
                (to("*"), false, Some("/resources/*/block/0")),
                (to(""), false, Some("/resources/*/block/0")),
            ],
        );
        check(
            r#"{"resources": {"*": {"allow": ["*"], "block": ["*"]}}}"#,
            &[(to("GET"), false, Some("/resources/*/block/0"))],
        );
        check(
            r#"{"resources": {"*": {"allow": ["*"], "block": ["PUT"]}}}"#,
            &[
                (to("GET"), true, Some("/resources/*/allow/0")),
                (to("PUT"), false, Some("/resources/*/block/0")),
            ],
        );
    }

    #[test]
    fn particular_section_comes_before_general_one() {
        let text = r#"{"resources": {
            "*": {"block": ["*"]},
            "review": {"*": {"allow": ["GET"], "block": ["POST"]}, "42": {"allow": ["POST"]}}
        }}"#;
        let object = |method, id| Access::to_object(method, "review", id);
        check(
            text,
            &[
                (
                    object("POST", "42"),
                    true,
                    Some("/resources/review/42/allow/0"),
                ),
                (
                    object("GET", "42"),
                    true,
                    Some("/resources/review/*/allow/0"),
                ),
                (object("PUT", "42"), false, Some("/resources/*/block/0")),
                (
                    object("POST", "43"),
                    false,
                    Some("/resources/review/*/block/0"),
                ),
                (
                    object("POST", ""),
                    false,
                    Some("/resources/review/*/block/0"),
                ),
                (
                    object("POST", "*"),
                    false,
                    Some("/resources/review/*/block/0"),
                ),
                (
                    Access::to_resource("POST", "review"),
                    false,
                    Some("/resources/review/*/block/0"),
                ),
                (
                    Access::to_resource("GET", "user"),
                    false,
                    Some("/resources/*/block/0"),
                ),
            ],
        );
    }

    #[test]
    fn without_a_resource_only_the_rules_for_all_are_asked() {
        let text = r#"{"resources": {
            "*": {"allow": ["GET"], "*": {"block": ["*"]}, "1": {"block": ["*"]}},
            "review": {"*": {"block": ["*"]}}
        }}"#;
        let entry = Some("/resources/*/allow/0");
        let no_resource = Access {
            id: Some("1"),
            ..Access::to_unmapped("GET")
        };
        check(
            text,
            &[
                (Access::to_unmapped("GET"), true, entry),
                (Access::to_unmapped("PUT"), true, None),
                (no_resource, true, entry),
                (Access::to_object("GET", "*", "1"), true, entry),
                (Access::to_resource("PUT", "*"), true, None),
            ],
        );
    }

    #[test]
    fn names_in_the_deciding_entry_are_escaped() {
        let text = r#"{"resources": {"a/b": {"c~d": {"block": [1, null, "GET", "GET"]}}}}"#;
        let access = Access::to_object("GET", "a/b", "c~d");
        check(
            text,
            &[(access, false, Some("/resources/a~1b/c~0d/block/2"))],
        );
    }

    #[test]
    fn last_of_equal_keys_counts() {
        let text = r#"{"resources": 5, "resources": {
            "review": 1,
            "review": {"*": {"block": "x", "block": ["GET"], "block": ["PUT"]}}
        }}"#;
        check(
            text,
            &[
                (Access::to_resource("GET", "review"), true, None),
                (
                    Access::to_resource("PUT", "review"),
                    false,
                    Some("/resources/review/*/block/0"),
                ),
            ],
        );
    }

    #[test]
    fn decision_says_in_json_that_no_rule_decided() {
        let decision = Policy::full_access().decide(&Access::to_unmapped("GET"));
        assert_eq!(
            serde_json::to_string(&decision).unwrap(),
            r#"{"allowed":true,"rule":null}"#
        );
    }
}
