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
    pub(super) global: Option<Section>,
    /// By resource, then by object id or `*`.
    pub(super) resources: BTreeMap<String, BTreeMap<String, Section>>,
}

/// The entries of one section, each found by its method.
#[derive(Clone, Debug, Default)]
pub(super) struct Section {
    /// Each method, or `*`, once and sorted, with the one entry that speaks of it.
    entries: Vec<(String, Entry)>,
    items: usize,
}

/// An entry that can decide: in which list it stands, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Entry {
    Allow(usize),
    Block(usize),
}

/// A section that is asked about an access, if the document has it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Level<'r> {
    resource: &'r str,
    id: Option<&'r str>,
    pub(super) section: Option<&'r Section>,
}

/// The entry that decides, and its section.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ruling<'r> {
    level: Level<'r>,
    entry: Entry,
}

impl Rules {
    /// Returns whether there is no rule at all.
    pub(super) fn is_empty(&self) -> bool {
        self.count() == 0
    }

    /// Returns the entries of all lists together.
    pub(super) fn count(&self) -> usize {
        let sections = self.resources.values().flat_map(BTreeMap::values);
        let sections = sections.chain(&self.global);
        sections.map(|section| section.items).sum()
    }

    /// Returns the sections that are asked about `access`, in this order.
    pub(super) fn levels<'r>(&'r self, access: &Access<'r>) -> impl Iterator<Item = Level<'r>> {
        // `resources["*"]` is a section, not a resource: asked for by name, it is what holds for all.
        let resource = access.resource.filter(|resource| *resource != GLOBAL);
        let sections = resource.and_then(|resource| self.resources.get(resource));
        let of_resource = move |id| {
            resource.map(|resource| Level {
                resource,
                id: Some(id),
                section: sections.and_then(|sections| sections.get(id)),
            })
        };
        let object = access.id.filter(|id| *id != GLOBAL).and_then(of_resource);
        let global = Level {
            resource: GLOBAL,
            id: None,
            section: self.global.as_ref(),
        };
        [object, of_resource(GLOBAL), Some(global)]
            .into_iter()
            .flatten()
    }

    /// Returns the ruling on `access`, if any section has an opinion on it.
    pub(super) fn ruling<'r>(&'r self, access: &Access<'r>) -> Option<Ruling<'r>> {
        self.levels(access)
            .find_map(|level| level.ruling(access.method))
    }

    /// Returns whether `access` is allowed, as [`Policy::decide`](super::Policy::decide) says.
    pub(super) fn allows(&self, access: &Access<'_>) -> bool {
        self.ruling(access).is_none_or(|ruling| ruling.is_allow())
    }
}

impl Section {
    /// Returns the section of these two lists. An item that is no string is `None`: it matches nothing, but takes an
    /// index.
    pub(super) fn new(allow: Vec<Option<String>>, block: Vec<Option<String>>) -> Self {
        let items = allow.len() + block.len();
        let indexed = |rule: Vec<Option<String>>, entry: fn(usize) -> Entry| {
            let items = rule.into_iter().enumerate();
            items.filter_map(move |(index, item)| Some((item?, entry(index))))
        };
        let mut entries = Vec::with_capacity(items);
        entries.extend(indexed(block, Entry::Block));
        entries.extend(indexed(allow, Entry::Allow));
        // The sort is stable: `block` comes before `allow`, and the first of equal items before the others.
        entries.sort_by(|(one, _), (other, _)| one.cmp(other));
        entries.dedup_by(|(later, _), (first, _)| later == first);
        Self { entries, items }
    }

    fn find(&self, method: &str) -> Option<Entry> {
        let entries = &self.entries;
        let index = entries.binary_search_by(|(name, _)| name.as_str().cmp(method));
        entries.get(index.ok()?).map(|(_, entry)| *entry)
    }

    /// Returns the entry that decides about `method`.
    fn entry(&self, method: &str) -> Option<Entry> {
        self.find(method).or_else(|| self.find(GLOBAL))
    }

    /// Returns what becomes of the methods that no entry names, if there is a `*`.
    pub(super) fn rest(&self) -> Option<Entry> {
        self.find(GLOBAL)
    }

    /// Returns each method that is named, sorted, with the entry that decides about it.
    pub(super) fn methods(&self) -> impl Iterator<Item = (&str, Entry)> {
        let entries = self.entries.iter();
        entries
            .map(|(method, entry)| (method.as_str(), *entry))
            .filter(|(method, _)| *method != GLOBAL)
    }

    /// Returns whether no entry can ever decide.
    pub(super) fn is_silent(&self) -> bool {
        self.entries.is_empty()
    }
}

impl<'r> Level<'r> {
    /// Returns the JSON Pointer of the section, whether the document has it or not.
    pub(super) fn pointer(&self) -> String {
        let mut pointer = String::from("/resources");
        push_token(&mut pointer, self.resource);
        if let Some(id) = self.id {
            push_token(&mut pointer, id);
        }
        pointer
    }

    /// Returns what the section says of `method`.
    pub(super) fn ruling(self, method: &str) -> Option<Ruling<'r>> {
        let entry = self.section?.entry(method)?;
        Some(Ruling { level: self, entry })
    }
}

impl Ruling<'_> {
    /// Returns whether the access is allowed.
    pub(super) fn is_allow(&self) -> bool {
        matches!(self.entry, Entry::Allow(_))
    }

    /// Returns the JSON Pointer of the entry.
    pub(super) fn pointer(&self) -> String {
        let (rule, index) = match self.entry {
            Entry::Allow(index) => ("allow", index),
            Entry::Block(index) => ("block", index),
        };
        format!("{}/{rule}/{index}", self.level.pointer())
    }
}

impl From<Option<Ruling<'_>>> for Decision {
    fn from(ruling: Option<Ruling<'_>>) -> Self {
        Self {
            allowed: ruling.is_none_or(|ruling| ruling.is_allow()),
            rule: ruling.map(|ruling| ruling.pointer()),
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
