//! Walks a document, finds its traps, and drafts what it means.

use std::collections::BTreeSet;

use super::super::Policy;
use super::super::document::{Json, Member, Object};
use super::super::place::Place;
use super::super::reading::is_token;
use super::super::rules::GLOBAL;
use super::draft::{Draft, DraftSection};
use super::{Lint, LintCode};

/// The most lints that are kept: each may quote a long key.
const MAX_LINTS: usize = 100;

/// The methods of the IANA registry, and `*`.
const METHODS: [&str; 41] = [
    "*",
    "ACL",
    "BASELINE-CONTROL",
    "BIND",
    "CHECKIN",
    "CHECKOUT",
    "CONNECT",
    "COPY",
    "DELETE",
    "GET",
    "HEAD",
    "LABEL",
    "LINK",
    "LOCK",
    "MERGE",
    "MKACTIVITY",
    "MKCALENDAR",
    "MKCOL",
    "MKREDIRECTREF",
    "MKWORKSPACE",
    "MOVE",
    "OPTIONS",
    "ORDERPATCH",
    "PATCH",
    "POST",
    "PRI",
    "PROPFIND",
    "PROPPATCH",
    "PUT",
    "QUERY",
    "REBIND",
    "REPORT",
    "SEARCH",
    "TRACE",
    "UNBIND",
    "UNCHECKOUT",
    "UNLINK",
    "UNLOCK",
    "UPDATE",
    "UPDATEREDIRECTREF",
    "VERSION-CONTROL",
];

const REMOVE: &str = "Remove it.";
const TYPE: &str = "This is not of the type that is read here.";

/// What is found in a document.
#[derive(Debug, Default)]
pub(super) struct Linter {
    pub(super) lints: Vec<Lint>,
    /// Whether any trap was found that can be mended, be it kept or not.
    pub(super) has_fixable: bool,
    pub(super) draft: Draft,
}

/// Which list it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Allow,
    Block,
}

impl Linter {
    pub(super) fn of(policy: &Policy) -> Self {
        let mut linter = Self::default();
        let Json::Object(object) = &policy.document else {
            // No policy is made of anything else.
            return linter;
        };
        linter.document(object);
        for pointer in linter.draft.close() {
            let message = "Only these methods seem to be meant, but all others are allowed too.";
            let fix = r#"Add `"block": ["*"]` beside it."#;
            linter.push(LintCode::AllowWithoutBlock, pointer, message, fix);
        }
        let nothing = Policy::parse(r#"{"resources":{"*":{"block":["*"]}}}"#)
            .expect("the text is a valid policy");
        if !object.is_empty() && policy.widening(&Policy::full_access()).is_none() {
            let fix = "Write `{}` if that is meant, or block something.";
            let message = "This allows everything.";
            linter.push(LintCode::FullAccess, String::new(), message, fix);
        }
        if nothing.widening(policy).is_none() {
            let fix = "Suspend or revoke the token instead, or allow something.";
            let message = "This allows nothing at all.";
            linter.push(LintCode::NothingAllowed, String::new(), message, fix);
        }
        linter
    }

    fn push(&mut self, code: LintCode, pointer: String, message: &str, fix: &str) {
        self.has_fixable |= code.is_fixable();
        if self.lints.len() < MAX_LINTS {
            self.lints.push(Lint {
                code,
                message: message.to_owned(),
                pointer,
                fix: fix.to_owned(),
            });
        }
    }

    fn document(&mut self, object: &Object) {
        let root = Place::ROOT;
        for member in self.members(object, &root, &["resources"]) {
            let place = root.member(member.index, member.key);
            match member.value {
                Json::Object(object) if means("resources", member.key) => {
                    self.resources(object, &place);
                }
                // Told already, and nothing of it can be kept.
                _ if means("resources", member.key) => {}
                _ => self.unused(&place, member.key),
            }
        }
    }

    fn resources(&mut self, object: &Object, place: &Place<'_>) {
        if object.is_empty() {
            self.empty(place);
        }
        for member in self.members(object, place, &[]) {
            let place = place.member(member.index, member.key);
            if member.key == GLOBAL {
                let section = self.global(member.value, &place);
                self.draft.insert(GLOBAL, GLOBAL, section);
            } else {
                self.resource(member, &place);
            }
        }
    }

    /// Reads the section for all resources, or the one for all objects where somebody wrote it as of a resource.
    fn global(&mut self, value: &Json, place: &Place<'_>) -> DraftSection {
        if let Json::Object(object) = value
            && let [inner] = object.effective().as_slice()
            && inner.key == GLOBAL
        {
            self.members(object, place, &[]);
            let place = place.member(inner.index, inner.key);
            let message = "All resources together have no objects, so this is not read.";
            let fix = "Move its rules up by one level.";
            self.push(LintCode::UnusedKey, place.pointer(), message, fix);
            return self.section(inner.value, &place);
        }
        self.section(value, place)
    }

    fn resource(&mut self, member: Member<'_>, place: &Place<'_>) {
        let Json::Object(object) = member.value else {
            self.unreadable(place);
            let section = DraftSection::closed();
            return self.draft.insert(member.key, GLOBAL, section);
        };
        if object.is_empty() {
            self.empty(place);
        }
        for inner in self.members(object, place, &[]) {
            let place = place.member(inner.index, inner.key);
            let section = self.section(inner.value, &place);
            self.draft.insert(member.key, inner.key, section);
        }
    }

    fn section(&mut self, value: &Json, place: &Place<'_>) -> DraftSection {
        let Json::Object(object) = value else {
            self.unreadable(place);
            return DraftSection::closed();
        };
        let mut section = DraftSection::default();
        let mut allow_places = Vec::new();
        let mut has_rules = false;
        for member in self.members(object, place, &["allow", "block"]) {
            let place = place.member(member.index, member.key);
            if means("allow", member.key) {
                section.allow_pointer = Some(place.pointer());
                let items = self.rule(member.value, &place, Side::Allow);
                (section.allow, allow_places) = items.into_iter().unzip();
                has_rules = true;
            } else if means("block", member.key) {
                let items = self.rule(member.value, &place, Side::Block);
                section.block = items.into_iter().map(|(method, _)| method).collect();
                has_rules = true;
            } else {
                self.unused(&place, member.key);
            }
        }
        if !has_rules {
            self.empty(place);
        }
        for (method, pointer) in section.allow.iter().zip(allow_places) {
            if section.block.contains(method) {
                let message = format!("\"{method}\" is blocked in the same section, which counts.");
                self.push(LintCode::Unreachable, pointer, &message, REMOVE);
            }
        }
        let DraftSection { allow, block, .. } = &mut section;
        allow.retain(|method| !block.contains(method));
        section
    }

    /// Reads a list, and returns each method once as it is meant, with its pointer.
    fn rule(&mut self, value: &Json, place: &Place<'_>, side: Side) -> Vec<(String, String)> {
        let closing = || vec![(GLOBAL.to_owned(), place.pointer())];
        let Json::List(items) = value else {
            self.unreadable(place);
            return if side == Side::Block {
                closing()
            } else {
                Vec::new()
            };
        };
        if items.is_empty() {
            let message = "An empty list says nothing.";
            self.push(LintCode::EmptyList, place.pointer(), message, REMOVE);
        }
        let mut methods = Vec::new();
        let (mut written, mut meant) = (BTreeSet::new(), BTreeSet::new());
        for (index, item) in items.iter().enumerate() {
            let pointer = place.item(index).pointer();
            let text = match item {
                Json::Text(text) => Some(text.as_str()),
                _ => None,
            };
            if text.is_some_and(|text| !written.insert(text)) {
                let message = "This method comes more than once.";
                self.push(LintCode::DuplicateMethod, pointer, message, REMOVE);
                continue;
            }
            if let Some(method) = self.method(text, &pointer, side)
                && meant.insert(method.clone())
            {
                methods.push((method, pointer));
            }
        }
        methods
    }

    /// Returns the method that is meant by an item of a list.
    fn method(&mut self, text: Option<&str>, pointer: &str, side: Side) -> Option<String> {
        let method = text.unwrap_or_default().trim().to_ascii_uppercase();
        let text = text.filter(|_| is_token(&method));
        let Some(text) = text else {
            let (fix, method) = match side {
                Side::Allow => (REMOVE, None),
                Side::Block => (
                    "Write the method that is meant, or `*` to be safe.",
                    Some(GLOBAL.to_owned()),
                ),
            };
            let message = "This is not a method, and matches nothing.";
            self.push(LintCode::NotAMethod, pointer.to_owned(), message, fix);
            return method;
        };
        if text != method {
            let (code, what) = if is_token(text) {
                (LintCode::WrongCase, "is not in upper case")
            } else {
                (LintCode::NotAMethod, "has white space around it")
            };
            let message = format!("\"{text}\" {what}, and matches nothing.");
            let fix = format!("Write `{method}`.");
            self.push(code, pointer.to_owned(), &message, &fix);
        }
        if !METHODS.contains(&method.as_str()) {
            let message = format!("\"{method}\" is not a method of any standard.");
            let fix = "Check the spelling.";
            self.push(LintCode::UnknownMethod, pointer.to_owned(), &message, fix);
        }
        Some(method)
    }

    /// Returns the members that count. One whose key is misspelt for one of `keys` is kept if there is no other for
    /// that key.
    fn members<'j>(
        &mut self,
        object: &'j Object,
        place: &Place<'_>,
        keys: &[&str],
    ) -> Vec<Member<'j>> {
        for member in object.repeated() {
            let pointer = place.member(member.index, member.key).pointer();
            let message = format!(
                "\"{}\" comes more than once, and the last counts.",
                member.key
            );
            let fix = "Remove the others.";
            self.push(LintCode::DuplicateKey, pointer, &message, fix);
        }
        let mut members = object.effective();
        for key in keys {
            let mut has_key = members.iter().any(|member| member.key == *key);
            members.retain(|member| {
                if member.key == *key || !means(key, member.key) {
                    return true;
                }
                let is_kept = !has_key;
                has_key = true;
                let pointer = place.member(member.index, member.key).pointer();
                let message = format!("\"{}\" means nothing here.", member.key);
                let rename = format!("Write `{key}`.");
                let fix = if is_kept { &rename } else { REMOVE };
                self.push(LintCode::UnusedKey, pointer, &message, fix);
                is_kept
            });
        }
        members
    }

    fn unused(&mut self, place: &Place<'_>, key: &str) {
        let message = format!("\"{key}\" means nothing here.");
        self.push(LintCode::UnusedKey, place.pointer(), &message, REMOVE);
    }

    fn empty(&mut self, place: &Place<'_>) {
        let message = "There are no rules here, so it restricts nothing.";
        self.push(LintCode::EmptySection, place.pointer(), message, REMOVE);
    }

    fn unreadable(&mut self, place: &Place<'_>) {
        let fix = r#"Write what is meant; `"block": ["*"]` is safe."#;
        self.push(LintCode::Unreadable, place.pointer(), TYPE, fix);
    }
}

/// Returns whether somebody who wrote `written` meant `key`.
fn means(key: &str, written: &str) -> bool {
    written.eq_ignore_ascii_case(key)
}
