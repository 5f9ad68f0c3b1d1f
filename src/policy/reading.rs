//! Reads the rules out of a document, and finds its faults on the way.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::document::{Json, Member, Object};
use super::faults::{PolicyFaults, PolicyUnreadable, Whereabouts};
use super::found::{Class, Found, located, whole};
use super::place::{Place, Spot};
use super::rules::{GLOBAL, Rules, Section};
use super::{MAX_POLICY_BYTES, MAX_POLICY_ENTRIES};

/// The most faults that are kept: each may quote a key of many kilobytes.
const MAX_FAULTS: usize = 100;

/// Reads a policy that is about to be stored; no fault is let through.
///
/// With `known`, a resource that is not in it is a fault.
pub(super) fn read_written(
    text: &str,
    known: Option<&BTreeSet<String>>,
) -> Result<(Json, Rules), PolicyFaults> {
    let alone = |fault| PolicyFaults::new(fault, Vec::new());
    if text.len() > MAX_POLICY_BYTES {
        let message = format!("The policy must not be larger than {MAX_POLICY_BYTES} bytes.");
        return Err(alone(whole(message, (1, 1))));
    }
    let document = Json::parse(text)
        .map_err(|error| alone(whole(error.to_string(), error.line_and_column(text))))?;
    let mut reader = Reader::new(Reading::Written { known });
    let rules = reader.document(&document);
    match located(reader.found, text) {
        Some(faults) => Err(faults),
        None => Ok((document, rules)),
    }
}

/// Reads a stored policy: only what leaves its meaning open is refused.
pub(super) fn read_stored(text: &str) -> Result<(Json, Rules), PolicyUnreadable> {
    let document = Json::parse(text).map_err(|error| PolicyUnreadable {
        message: error.to_string(),
        pointer: String::new(),
        whereabouts: Whereabouts::Known(error.line_and_column(text)),
    })?;
    let mut reader = Reader::new(Reading::Stored);
    let rules = reader.document(&document);
    match reader.found.into_iter().next() {
        Some(found) => Err(found.into()),
        None => Ok((document, rules)),
    }
}

/// How strict a reading is.
#[derive(Clone, Copy, Debug)]
enum Reading<'k> {
    /// Refuses what breaks any rule.
    Written { known: Option<&'k BTreeSet<String>> },
    /// Refuses wrong JSON types only.
    Stored,
}

/// Walks a document in the ancestor's order, so that its first fault is found first.
struct Reader<'k> {
    reading: Reading<'k>,
    found: Vec<Found>,
    entries: usize,
}

impl<'k> Reader<'k> {
    fn new(reading: Reading<'k>) -> Self {
        Self {
            reading,
            found: Vec::new(),
            entries: 0,
        }
    }

    fn is_stored(&self) -> bool {
        matches!(self.reading, Reading::Stored)
    }

    fn document(&mut self, document: &Json) -> Rules {
        let root = Place::ROOT;
        let mut rules = Rules::default();
        let Json::Object(object) = document else {
            let message = format_args!("The policy must be a JSON object.");
            self.fault(Class::Shape, &root, Spot::Value, message);
            return rules;
        };
        self.repeated(object, &root, &"policy");
        let mut resources = None;
        for member in object.effective() {
            if member.key == "resources" {
                resources = Some(member);
            } else {
                let message = format_args!("\"{}\" is not a valid key of the policy.", member.key);
                let place = root.member(member.index, member.key);
                self.fault(Class::Strict, &place, Spot::Key, message);
            }
        }
        if let Some(member) = resources {
            self.resources(member, &mut rules);
        } else if !object.is_empty() {
            let message = format_args!("The policy is missing a \"resources\" section.");
            self.fault(Class::Ancestor, &root, Spot::Value, message);
        }
        if self.entries > MAX_POLICY_ENTRIES {
            let message =
                format_args!("The policy must not have more than {MAX_POLICY_ENTRIES} entries.");
            self.fault(Class::Strict, &root, Spot::Value, message);
        }
        rules
    }

    fn resources(&mut self, member: Member<'_>, rules: &mut Rules) {
        let root = Place::ROOT;
        let place = root.member(member.index, member.key);
        let Json::Object(object) = member.value else {
            let message = format_args!("The policy's \"resources\" section must be a JSON object.");
            return self.fault(Class::Shape, &place, Spot::Value, message);
        };
        if object.is_empty() {
            let message = format_args!("The policy's \"resources\" section must not be empty.");
            self.fault(Class::Ancestor, &place, Spot::Value, message);
        }
        self.repeated(object, &place, &"\"resources\" section");
        let members = object.effective();
        for member in members.iter().filter(|member| member.key == GLOBAL) {
            let place = place.member(member.index, member.key);
            rules.global = Some(self.section(member.value, &place));
        }
        for member in members.iter().filter(|member| member.key != GLOBAL) {
            let place = place.member(member.index, member.key);
            let sections = self.resource(*member, &place);
            rules.resources.insert(member.key.to_owned(), sections);
        }
    }

    fn resource(&mut self, member: Member<'_>, place: &Place<'_>) -> BTreeMap<String, Section> {
        if let Reading::Written { known: Some(known) } = self.reading
            && !known.contains(member.key)
        {
            let message = format_args!("\"{}\" is not a valid resource policy ID.", member.key);
            self.fault(Class::Ancestor, place, Spot::Key, message);
        }
        let Json::Object(object) = member.value else {
            // The ancestor crashes here.
            let message = format_args!("The \"{place}\" section must be a JSON object.");
            self.fault(Class::Shape, place, Spot::Value, message);
            return BTreeMap::new();
        };
        if object.is_empty() {
            let message = format_args!("The \"{place}\" section must not be empty.");
            self.fault(Class::Strict, place, Spot::Value, message);
        }
        self.repeated(object, place, &format_args!("\"{place}\" section"));
        let mut sections = BTreeMap::new();
        for member in object.effective() {
            let place = place.member(member.index, member.key);
            sections.insert(member.key.to_owned(), self.section(member.value, &place));
        }
        sections
    }

    fn section(&mut self, value: &Json, place: &Place<'_>) -> Section {
        let Json::Object(object) = value else {
            let message = format_args!("The \"{place}\" section must be a JSON object.");
            self.fault(Class::Shape, place, Spot::Value, message);
            return Section::default();
        };
        let members = object.effective();
        let find = |key| members.iter().find(|member| member.key == key).copied();
        let (allow, block) = (find("allow"), find("block"));
        if allow.is_none() && block.is_none() {
            let message =
                format_args!("The \"{place}\" section must have \"allow\" and/or \"block\" rules.");
            self.fault(Class::Ancestor, place, Spot::Value, message);
        }
        let allow = allow.map_or_else(Vec::new, |member| self.rule(member, place));
        let block = block.map_or_else(Vec::new, |member| self.rule(member, place));
        self.repeated(object, place, &format_args!("\"{place}\" section"));
        for member in &members {
            if !matches!(member.key, "allow" | "block") {
                let message = format_args!(
                    "\"{}\" is not a valid key of the \"{place}\" section.",
                    member.key
                );
                let place = place.member(member.index, member.key);
                self.fault(Class::Strict, &place, Spot::Key, message);
            }
        }
        Section::new(allow, block)
    }

    /// Reads `allow` or `block`; an item that is no text keeps its place in the list, and matches nothing.
    fn rule(&mut self, member: Member<'_>, section: &Place<'_>) -> Vec<Option<String>> {
        let place = section.member(member.index, member.key);
        let Json::List(items) = member.value else {
            let message = format_args!(
                "The \"{section}\" section's \"{}\" rule must be a list.",
                member.key
            );
            self.fault(Class::Shape, &place, Spot::Value, message);
            return Vec::new();
        };
        if !self.is_stored() {
            self.entries += items.len();
            self.items(items, &place, section);
        }
        items
            .iter()
            .map(|item| match item {
                Json::Text(method) => Some(method.clone()),
                _ => None,
            })
            .collect()
    }

    /// Checks the items of a list, which the ancestor never does.
    fn items(&mut self, items: &[Json], place: &Place<'_>, section: &Place<'_>) {
        let rule = place.key().unwrap_or_default();
        let of_rule =
            std::fmt::from_fn(|f| write!(f, "the \"{section}\" section's \"{rule}\" rule"));
        if items.is_empty() {
            let message =
                format_args!("The \"{section}\" section's \"{rule}\" rule must not be empty.");
            self.fault(Class::Strict, place, Spot::Value, message);
        }
        let mut seen = BTreeSet::new();
        for (index, item) in items.iter().enumerate() {
            let place = place.item(index);
            let Json::Text(method) = item else {
                let message = format_args!("Each item of {of_rule} must be a string.");
                self.fault(Class::Strict, &place, Spot::Value, message);
                continue;
            };
            let message = if !seen.insert(method) {
                format_args!("\"{method}\" is in {of_rule} more than once.")
            } else if !is_token(method) {
                format_args!("\"{method}\" in {of_rule} is not a valid method.")
            } else if method.bytes().any(|byte| byte.is_ascii_lowercase()) {
                format_args!("\"{method}\" in {of_rule} must be in upper case.")
            } else {
                continue;
            };
            self.fault(Class::Strict, &place, Spot::Value, message);
        }
    }

    fn repeated(&mut self, object: &Object, place: &Place<'_>, what: &dyn fmt::Display) {
        if self.is_stored() {
            return;
        }
        for member in object.repeated() {
            let message = format_args!("The {what} has the \"{}\" key more than once.", member.key);
            let place = place.member(member.index, member.key);
            self.fault(Class::Strict, &place, Spot::Key, message);
        }
    }

    fn fault(&mut self, class: Class, place: &Place<'_>, spot: Spot, message: fmt::Arguments<'_>) {
        let is_kept = match (self.reading, class) {
            // The first alone is told, and each request may come here.
            (Reading::Stored, Class::Shape) => self.found.is_empty(),
            (Reading::Stored, _) => false,
            (Reading::Written { .. }, _) if self.found.len() < MAX_FAULTS => true,
            (Reading::Written { .. }, Class::Strict) => false,
            // However many there are, the ancestor's first fault is kept.
            (Reading::Written { .. }, _) => {
                let is_first = self.found.iter().all(|found| found.class == Class::Strict);
                is_first && self.found.pop().is_some()
            }
        };
        if !is_kept {
            return;
        }
        self.found.push(Found {
            class,
            message: message.to_string(),
            pointer: place.pointer(),
            steps: place.steps(),
            spot,
        });
    }
}

/// Returns whether `method` is a token of RFC 9110 §5.6.2, which `*` is too.
pub(super) fn is_token(method: &str) -> bool {
    !method.is_empty()
        && method
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::super::Policy;
    use super::*;

    fn faults(text: &str) -> Vec<(String, String, (usize, usize))> {
        let faults = Policy::parse(text).unwrap_err();
        faults
            .iter()
            .map(|fault| {
                let place = (fault.line, fault.column);
                (fault.message.clone(), fault.pointer.clone(), place)
            })
            .collect()
    }

    /// Asserts that `text` has one fault, which djblets would not see.
    fn strict(text: &str, message: &str, pointer: &str, column: usize) {
        let expected = vec![(message.to_owned(), pointer.to_owned(), (1, column))];
        assert_eq!(faults(text), expected, "{text}");
        assert!(Policy::from_stored(text).is_ok(), "{text}");
    }

    #[test]
    fn well_formed_policies_are_accepted() {
        for text in [
            "{}",
            " {} \n",
            r#"{"resources": {"*": {"allow": ["GET"], "block": ["*"]}}}"#,
            r#"{"resources": {"review": {"*": {"allow": ["PROPFIND", "M-SEARCH", "X!#$%&'+.^`|~0_"]}}}}"#,
            r#"{"resources": {"": {"": {"block": ["GET"], "allow": ["GET"]}}}}"#,
            r#"{"r\u0065sources": {"é": {"a/b": {"block": ["*"]}}}}"#,
        ] {
            assert_eq!(Policy::parse(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn unknown_keys_are_refused() {
        strict(
            r#"{"resources": {"*": {"block": ["*"]}}, "note": {"a": [null]}}"#,
            r#""note" is not a valid key of the policy."#,
            "/note",
            40,
        );
        strict(
            r#"{"resources": {"*": {"Allow": ["*"], "block": ["*"]}}}"#,
            r#""Allow" is not a valid key of the "resources.*" section."#,
            "/resources/*/Allow",
            22,
        );
        strict(
            r#"{"resources": {"review": {"1": {"block": ["*"], "deny": 1}}}}"#,
            r#""deny" is not a valid key of the "resources.review.1" section."#,
            "/resources/review/1/deny",
            49,
        );
    }

    #[test]
    fn repeated_keys_are_refused_at_every_level() {
        let valid = r#"{"*": {"block": ["*"]}}"#;
        strict(
            &format!(r#"{{"resources": 1, "resources": {valid}}}"#),
            r#"The policy has the "resources" key more than once."#,
            "/resources",
            18,
        );
        strict(
            &format!(r#"{{"resources": {{"review": [], "review": {valid}}}}}"#),
            r#"The "resources" section has the "review" key more than once."#,
            "/resources/review",
            30,
        );
        strict(
            r#"{"resources": {"review": {"1": 5, "\u0031": {"block": ["*"]}}}}"#,
            r#"The "resources.review" section has the "1" key more than once."#,
            "/resources/review/1",
            35,
        );
        strict(
            r#"{"resources": {"*": {"block": ["GET"], "block": ["*"]}}}"#,
            r#"The "resources.*" section has the "block" key more than once."#,
            "/resources/*/block",
            40,
        );
    }

    #[test]
    fn items_that_match_no_method_are_refused() {
        let cases = [
            (
                "",
                r#"The "resources.*" section's "block" rule must not be empty."#,
                "",
                31,
            ),
            (
                "5",
                r#"Each item of the "resources.*" section's "block" rule must be a string."#,
                "/0",
                32,
            ),
            (
                r#""GET", ["PUT"]"#,
                r#"Each item of the "resources.*" section's "block" rule must be a string."#,
                "/1",
                39,
            ),
            (
                r#""post""#,
                r#""post" in the "resources.*" section's "block" rule must be in upper case."#,
                "/0",
                32,
            ),
            (
                r#""GET ""#,
                r#""GET " in the "resources.*" section's "block" rule is not a valid method."#,
                "/0",
                32,
            ),
            (
                r#""""#,
                r#""" in the "resources.*" section's "block" rule is not a valid method."#,
                "/0",
                32,
            ),
            (
                r#""ＧＥＴ""#,
                r#""ＧＥＴ" in the "resources.*" section's "block" rule is not a valid method."#,
                "/0",
                32,
            ),
            (
                r#""GET", "*", "G\u0045T""#,
                r#""GET" is in the "resources.*" section's "block" rule more than once."#,
                "/2",
                44,
            ),
        ];
        for (items, message, item, column) in cases {
            let text = format!(r#"{{"resources": {{"*": {{"block": [{items}]}}}}}}"#);
            strict(&text, message, &format!("/resources/*/block{item}"), column);
        }
    }

    #[test]
    fn resource_without_sections_is_refused() {
        strict(
            r#"{"resources": {"review": {}}}"#,
            r#"The "resources.review" section must not be empty."#,
            "/resources/review",
            26,
        );
    }

    #[test]
    fn size_and_number_of_entries_are_limited() {
        let with_space = |bytes: usize| format!("{{}}{}", " ".repeat(bytes - 2));
        assert!(Policy::parse(&with_space(MAX_POLICY_BYTES)).is_ok());
        strict(
            &with_space(MAX_POLICY_BYTES + 1),
            "The policy must not be larger than 65536 bytes.",
            "",
            1,
        );
        let with_entries = |count: usize| {
            let items: Vec<_> = (0..count - 1).map(|n| format!("\"M{n}\"")).collect();
            let allow = items.join(",");
            format!(r#"{{"resources":{{"*":{{"allow":[{allow}],"block":["*"]}}}}}}"#)
        };
        assert!(Policy::parse(&with_entries(MAX_POLICY_ENTRIES)).is_ok());
        strict(
            &with_entries(MAX_POLICY_ENTRIES + 1),
            "The policy must not have more than 2000 entries.",
            "",
            1,
        );
    }

    #[test]
    fn text_that_is_not_json_has_that_one_fault() {
        let message = "The policy is not valid JSON: expected value.".to_owned();
        let text = "{\"note\": 1,\n  \"é\": hunter2";
        assert_eq!(faults(text), [(message, String::new(), (2, 8))]);
    }

    #[test]
    fn first_fault_is_the_ancestors_and_the_others_stand_in_order() {
        let text = "{\n \"note\": 1,\n \"resources\": {\n  \"nope\": {\"1\": {\"allow\": [\"get\"]}},\n  \
                    \"review\": {\"1\": {}},\n  \"*\": {\"block\": 5, \"allow\": \"x\"}}}";
        let known = ["review".to_owned()].into();
        let faults = Policy::parse_known(text, &known).unwrap_err();
        let found: Vec<_> = faults.iter().map(ToString::to_string).collect();
        assert_eq!(
            found,
            [
                r#"6:30: The "resources.*" section's "allow" rule must be a list."#,
                r#"2:2: "note" is not a valid key of the policy."#,
                r#"4:3: "nope" is not a valid resource policy ID."#,
                r#"4:28: "get" in the "resources.nope.1" section's "allow" rule must be in upper case."#,
                r#"5:19: The "resources.review.1" section must have "allow" and/or "block" rules."#,
                r#"6:18: The "resources.*" section's "block" rule must be a list."#,
            ]
        );
        assert_eq!(faults.first().pointer, "/resources/*/allow");
        assert_eq!(faults.to_string(), found.join(" "));
    }

    #[test]
    fn key_that_comes_again_is_judged_where_it_came_first() {
        // Python's dict: "a" keeps its place, and has the last value.
        let text = r#"{"resources": {"a": {"1": {"block": ["*"]}}, "b": 1, "a": 2}}"#;
        let found = faults(text);
        assert_eq!(
            found[0].0,
            r#"The "resources.a" section must be a JSON object."#
        );
        assert_eq!(found[0].2, (1, 59));
    }

    #[test]
    fn known_resources_are_matched_exactly() {
        let known = ["review".to_owned(), "user".to_owned()].into();
        let with =
            |id: &str| format!(r#"{{"resources": {{"{id}": {{"*": {{"block": ["*"]}}}}}}}}"#);
        assert!(Policy::parse_known(&with("review"), &known).is_ok());
        assert!(Policy::parse_known(&Policy::read_only().text, &known).is_ok());
        for id in ["Review", "review ", "", "reviews", "resources"] {
            let faults = Policy::parse_known(&with(id), &known).unwrap_err();
            assert_eq!(
                faults.first().message,
                format!("\"{id}\" is not a valid resource policy ID.")
            );
            assert!(Policy::parse(&with(id)).is_ok());
        }
    }

    #[test]
    fn number_of_faults_is_bounded_but_keeps_the_ancestors() {
        let members: Vec<_> = (0..500).map(|n| format!("\"k{n}\": {n}")).collect();
        let text = format!(r#"{{{}, "resources": 5}}"#, members.join(", "));
        let faults = Policy::parse(&text).unwrap_err();
        assert_eq!(faults.iter().count(), MAX_FAULTS);
        assert_eq!(faults.first().pointer, "/resources");
    }
}
