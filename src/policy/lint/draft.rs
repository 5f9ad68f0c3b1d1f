//! A policy as it was meant: the safe form before it is written.

use std::collections::BTreeMap;

use super::super::Policy;
use super::super::narrow::{self, Lists, PolicyTooLarge};
use super::super::rules::{Access, GLOBAL, Rules, Section};

/// The sections of a policy, each method in upper case and once.
#[derive(Debug, Default)]
pub(super) struct Draft {
    /// By resource, then by object id or `*`. The section for all resources is `*` of `*`.
    sections: BTreeMap<(String, String), DraftSection>,
}

/// A section of a [`Draft`].
#[derive(Debug, Default)]
pub(super) struct DraftSection {
    pub(super) allow: Vec<String>,
    pub(super) block: Vec<String>,
    /// The JSON Pointer of the list of what is allowed, if there is one, be it empty.
    pub(super) allow_pointer: Option<String>,
}

impl Draft {
    /// Adds a section.
    pub(super) fn insert(&mut self, resource: &str, id: &str, section: DraftSection) {
        let key = (resource.to_owned(), id.to_owned());
        self.sections.insert(key, section);
    }

    /// Closes each section whose list of allowed methods restricts nothing, and returns the pointers of these lists.
    pub(super) fn close(&mut self) -> Vec<String> {
        let rules = self.rules();
        let mut closed = Vec::new();
        for ((resource, id), section) in &mut self.sections {
            if let Some(pointer) = &section.allow_pointer
                && section.is_open_allow(&rules, resource, id)
            {
                closed.push(pointer.clone());
                section.block.push(GLOBAL.to_owned());
            }
        }
        closed
    }

    fn rules(&self) -> Rules {
        let mut rules = Rules::default();
        for ((resource, id), section) in &self.sections {
            let items = |rule: &[String]| rule.iter().cloned().map(Some).collect();
            let section = Section::new(items(&section.allow), items(&section.block));
            if resource == GLOBAL {
                rules.global = Some(section);
            } else {
                let sections = rules.resources.entry(resource.clone()).or_default();
                sections.insert(id.clone(), section);
            }
        }
        rules
    }

    /// Writes the document, without what is empty.
    pub(super) fn written(&self) -> Result<Policy, PolicyTooLarge> {
        narrow::written(self.sections.iter().map(|((resource, id), section)| {
            let lists = Lists {
                allow: section.allow.iter().map(String::as_str).collect(),
                block: section.block.iter().map(String::as_str).collect(),
            };
            (resource.as_str(), id.as_str(), lists)
        }))
    }
}

impl DraftSection {
    /// A section that refuses everything.
    pub(super) fn closed() -> Self {
        Self {
            block: vec![GLOBAL.to_owned()],
            ..Self::default()
        }
    }

    /// Returns whether what is not in `allow` is allowed all the same, and what is in it would be without it.
    fn is_open_allow(&self, rules: &Rules, resource: &str, id: &str) -> bool {
        // To any section, `*` is a method that it does not name.
        let rest = Access::to_object(GLOBAL, resource, id);
        let has_star = self
            .allow
            .iter()
            .chain(&self.block)
            .any(|item| item == GLOBAL);
        if has_star || !rules.allows(&rest) {
            return false;
        }
        if self.allow.is_empty() {
            return self.block.is_empty();
        }
        self.allow.iter().all(|method| {
            let is_global = resource == GLOBAL;
            let parent = match id {
                GLOBAL => Access::to_unmapped(method),
                _ => Access::to_resource(method, resource),
            };
            is_global || rules.allows(&parent)
        })
    }
}
