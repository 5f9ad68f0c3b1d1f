//! Narrowing: the intersection of policies, and the proof that one allows no more than another.

use serde::Serialize;
use serde_json::{Map, Value};

use super::cells::{Cell, Locus, Names, Spot};
use super::rules::{Access, Decision, GLOBAL};
use super::{MAX_POLICY_BYTES, MAX_POLICY_ENTRIES, Policy};

/// A cell on which two policies differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CellChange {
    /// The accesses that one policy allows and the other refuses.
    pub cell: Cell,
    /// What the old policy says, and the entry that says it.
    pub before: Decision,
    /// What the new policy says, and the entry that says it.
    pub after: Decision,
}

/// A policy that was worked out is larger than what is stored.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the policy would have {entries} entries in {bytes} bytes, more than {MAX_POLICY_ENTRIES} or {MAX_POLICY_BYTES}"
)]
#[non_exhaustive]
pub struct PolicyTooLarge {
    /// The entries of all its lists together.
    pub entries: usize,
    /// The bytes of its text.
    pub bytes: usize,
}

impl Policy {
    /// Returns the policy that allows what both this one and `other` allow, and nothing else.
    ///
    /// If one of the two allows nothing that the other refuses, it is the answer itself, its text kept. Otherwise a
    /// new document is written: the rules for all resources first, and particular sections only where they differ.
    /// It is never longer than a listing of all cells. [`Policy::parse`] takes it if it takes both documents; if one
    /// was read by [`Policy::from_stored`], methods in lower case and the like stay as exact as they were.
    ///
    /// # Errors
    ///
    /// [`PolicyTooLarge`] if the answer may not be stored.
    ///
    /// ```
    /// use tokenctl::policy::Policy;
    ///
    /// let policy = Policy::parse(r#"{"resources":{"review":{"42":{"block":["GET"]}}}}"#).unwrap();
    /// let narrowed = policy.intersect(&Policy::read_only())?;
    /// assert_eq!(
    ///     narrowed.as_str(),
    ///     r#"{"resources":{"*":{"allow":["GET","HEAD","OPTIONS"],"block":["*"]},"review":{"42":{"block":["GET"]}}}}"#
    /// );
    /// # Ok::<(), tokenctl::policy::PolicyTooLarge>(())
    /// ```
    pub fn intersect(&self, other: &Self) -> Result<Self, PolicyTooLarge> {
        if other.widening(self).is_none() {
            return Ok(self.clone());
        }
        if self.widening(other).is_none() {
            let entries = other.rules.count();
            return within_limits(entries, other.text.len()).map(|()| other.clone());
        }
        let names = Names::of(&[self, other]);
        Self::of_cells(&names, |access| {
            self.rules.allows(access) && other.rules.allows(access)
        })
    }

    /// Returns the first cell that `new` allows and this policy refuses; `None` proves that `new` only narrows.
    ///
    /// ```
    /// use tokenctl::policy::Policy;
    ///
    /// let policy = Policy::read_only();
    /// assert_eq!(Policy::full_access().widening(&policy), None);
    /// let cell = policy.widening(&Policy::full_access()).unwrap();
    /// assert_eq!(cell.to_string(), "any other method on everything");
    /// ```
    #[must_use]
    pub fn widening(&self, new: &Self) -> Option<Cell> {
        let mut widened = Names::of(&[self, new]).map_spots(|names, spot| {
            let access = names.access(spot);
            let is_wider = new.rules.allows(&access) && !self.rules.allows(&access);
            is_wider.then(|| names.cell(spot))
        });
        widened.next()
    }

    /// Returns each cell that only one of this policy and `new` allows, with what both say of it.
    pub fn diff<'p>(&'p self, new: &'p Self) -> impl Iterator<Item = CellChange> {
        Names::of(&[self, new]).map_spots(|names, spot| {
            let access = names.access(spot);
            if self.rules.allows(&access) == new.rules.allows(&access) {
                return None;
            }
            Some(CellChange {
                cell: names.cell(spot),
                before: self.decide(&access),
                after: new.decide(&access),
            })
        })
    }

    /// Returns the policy that allows what `allows` does.
    ///
    /// `allows` must not tell apart what is one cell of `names`.
    pub(super) fn of_cells(
        names: &Names<'_>,
        allows: impl Fn(&Access<'_>) -> bool,
    ) -> Result<Self, PolicyTooLarge> {
        let sections = names.loci().into_iter().map(|locus| {
            let lists = Lists::of(names, locus, |spot| allows(&names.access(spot)));
            let resource = locus.resource.unwrap_or(GLOBAL);
            (resource, locus.object.unwrap_or(GLOBAL), lists)
        });
        written(sections)
    }
}

/// Writes a document of these sections but for the empty ones, each with its resource and its object.
///
/// The section for all resources is `*` of `*`.
pub(super) fn written<'l>(
    sections: impl Iterator<Item = (&'l str, &'l str, Lists<'l>)>,
) -> Result<Policy, PolicyTooLarge> {
    let mut entries = 0;
    let mut resources = Map::new();
    for (resource, id, lists) in sections.filter(|(.., lists)| !lists.is_empty()) {
        entries += lists.allow.len() + lists.block.len();
        if resource == GLOBAL {
            resources.insert(GLOBAL.to_owned(), lists.into());
            continue;
        }
        let sections = resources
            .entry(resource)
            .or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(sections) = sections {
            sections.insert(id.to_owned(), lists.into());
        }
    }
    let mut document = Map::new();
    if !resources.is_empty() {
        document.insert("resources".to_owned(), resources.into());
    }
    let text = Value::Object(document).to_string();
    within_limits(entries, text.len())?;
    Ok(Policy::from_stored(&text).expect("each part was written in the type it is read in"))
}

/// Refuses what may not be stored.
pub(super) fn within_limits(entries: usize, bytes: usize) -> Result<(), PolicyTooLarge> {
    if entries > MAX_POLICY_ENTRIES || bytes > MAX_POLICY_BYTES {
        return Err(PolicyTooLarge { entries, bytes });
    }
    Ok(())
}

/// The two lists of a section to write.
#[derive(Debug, Default)]
pub(super) struct Lists<'l> {
    pub(super) allow: Vec<&'l str>,
    pub(super) block: Vec<&'l str>,
}

impl<'n> Lists<'n> {
    /// Returns the shortest lists that make of `locus` what `allows` does, where its parent says so already.
    fn of(names: &Names<'n>, locus: Locus<'n>, allows: impl Fn(Spot<'n>) -> bool) -> Self {
        // What no rule speaks of is allowed.
        let inherited =
            |spot: Spot<'n>| locus.parent().is_none_or(|parent| allows(spot.at(parent)));
        let rest = Spot {
            locus,
            method: None,
        };
        let allows_rest = allows(rest);
        let methods = names.methods(locus);
        let methods = methods.into_iter().map(|method| {
            let spot = Spot {
                method: Some(method),
                ..rest
            };
            (method, allows(spot), inherited(spot))
        });
        let methods: Vec<_> = methods.collect();
        let exceptions = methods
            .iter()
            .filter(|(_, is, _)| *is != allows_rest)
            .count();
        let changes = methods.iter().filter(|(_, is, was)| is != was).count();
        // Where both are as long, `*` is taken if it closes.
        let has_star = allows_rest != inherited(rest)
            || exceptions + 1 < changes
            || exceptions + 1 == changes && !allows_rest;
        let mut lists = Self::default();
        for (method, is, was) in methods {
            if is != if has_star { allows_rest } else { was } {
                lists.list(is).push(method);
            }
        }
        if has_star {
            lists.list(allows_rest).push(GLOBAL);
        }
        lists
    }

    fn is_empty(&self) -> bool {
        self.allow.is_empty() && self.block.is_empty()
    }

    fn list(&mut self, is_allow: bool) -> &mut Vec<&'n str> {
        if is_allow {
            &mut self.allow
        } else {
            &mut self.block
        }
    }
}

/// A section, without the lists that are empty.
impl From<Lists<'_>> for Value {
    fn from(lists: Lists<'_>) -> Self {
        let rules = [("allow", lists.allow), ("block", lists.block)];
        let rules = rules.into_iter().filter(|(_, items)| !items.is_empty());
        Self::Object(
            rules
                .map(|(rule, items)| (rule.to_owned(), items.into()))
                .collect(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const READ_ONLY: &str =
        r#"{"resources":{"*":{"allow":["GET","HEAD","OPTIONS"],"block":["*"]}}}"#;

    fn stored(text: &str) -> Policy {
        Policy::from_stored(text).unwrap()
    }

    fn intersect(one: &str, other: &str) -> String {
        let policy = stored(one).intersect(&stored(other)).unwrap();
        policy.as_str().to_owned()
    }

    #[test]
    fn policy_that_is_narrower_already_keeps_its_text() {
        let spaced = READ_ONLY.replace(',', ", ");
        assert_eq!(intersect(&spaced, "{}"), spaced);
        assert_eq!(intersect("{}", &spaced), spaced);
        assert_eq!(intersect(&spaced, READ_ONLY), spaced);
        assert_eq!(intersect("{}", " {} "), "{}");
    }

    #[test]
    fn limits_themselves_may_be_stored() {
        assert!(within_limits(MAX_POLICY_ENTRIES, MAX_POLICY_BYTES).is_ok());
        assert!(within_limits(MAX_POLICY_ENTRIES + 1, 2).is_err());
        assert!(within_limits(0, MAX_POLICY_BYTES + 1).is_err());
    }

    #[test]
    fn intersection_is_written_readably() {
        let some = r#"{"resources": {"*": {"allow": ["GET", "PUT"], "block": ["*"]}}}"#;
        assert_eq!(
            intersect(some, READ_ONLY),
            r#"{"resources":{"*":{"allow":["GET"],"block":["*"]}}}"#
        );
        assert_eq!(
            intersect(
                some,
                r#"{"resources": {"review": {"42": {"block": ["PUT"]}}}}"#
            ),
            r#"{"resources":{"*":{"allow":["GET","PUT"],"block":["*"]},"review":{"42":{"block":["PUT"]}}}}"#
        );
        // A resource that is opened in one and an object that is closed in the other.
        let opened = r#"{"resources": {"*": {"block": ["*"]}, "review": {"*": {"allow": ["*"]}}}}"#;
        assert_eq!(
            intersect(
                opened,
                r#"{"resources": {"review": {"7": {"block": ["*"]}}}}"#
            ),
            r#"{"resources":{"*":{"block":["*"]},"review":{"*":{"allow":["*"]},"7":{"block":["*"]}}}}"#
        );
        let reviews =
            r#"{"resources": {"*": {"block": ["*"]}, "review": {"*": {"allow": ["*"]}}}}"#;
        let users = r#"{"resources": {"*": {"block": ["*"]}, "user": {"*": {"allow": ["*"]}}}}"#;
        assert_eq!(
            intersect(reviews, users),
            r#"{"resources":{"*":{"block":["*"]}}}"#
        );
    }

    #[test]
    fn methods_of_a_stored_policy_stay_exact() {
        let lower = r#"{"resources": {"*": {"allow": ["get", "PUT"], "block": ["*"]}}}"#;
        let other = r#"{"resources": {"*": {"allow": ["get", "GET"], "block": ["*"]}}}"#;
        assert_eq!(
            intersect(lower, other),
            r#"{"resources":{"*":{"allow":["get"],"block":["*"]}}}"#
        );
    }

    #[test]
    fn widening_names_what_would_be_newly_allowed() {
        let old = stored(r#"{"resources": {"review": {"42": {"block": ["DELETE"]}}}}"#);
        let cell = old.widening(&Policy::full_access()).unwrap();
        assert_eq!(cell.to_string(), "DELETE on review 42");
        assert_eq!(Policy::full_access().widening(&old), None);
        assert_eq!(old.widening(&old), None);
    }

    #[test]
    fn diff_says_why() {
        let old = stored(r#"{"resources": {"review": {"42": {"block": ["DELETE"]}}}}"#);
        let new = stored(r#"{"resources": {"*": {"block": ["PUT"]}}}"#);
        let changes: Vec<_> = old
            .diff(&new)
            .map(|change| {
                let rule = |decision: &Decision| decision.rule.clone().unwrap_or_default();
                let rules = (rule(&change.before), rule(&change.after));
                (change.cell.to_string(), change.after.allowed, rules)
            })
            .collect();
        let put = "/resources/*/block/0".to_owned();
        let expected = [
            (
                "DELETE on review 42",
                true,
                ("/resources/review/42/block/0".to_owned(), String::new()),
            ),
            ("PUT on review 42", false, (String::new(), put.clone())),
            (
                "PUT on review, any other object",
                false,
                (String::new(), put.clone()),
            ),
            ("PUT on any other resource", false, (String::new(), put)),
        ];
        let expected = expected.map(|(cell, allowed, rules)| (cell.to_owned(), allowed, rules));
        assert_eq!(changes, expected);
        assert_eq!(new.diff(&new).count(), 0);
    }

    #[test]
    fn intersection_that_may_not_be_stored_is_an_error() {
        let with = |prefix: &str| {
            let resources: Vec<_> = (0..1_500)
                .map(|n| format!(r#""{prefix}{n}":{{"*":{{"block":["PUT"]}}}}"#))
                .collect();
            stored(&format!(r#"{{"resources":{{{}}}}}"#, resources.join(",")))
        };
        let error = with("a").intersect(&with("b")).unwrap_err();
        assert_eq!(error.entries, 3_000);
        assert!(
            error
                .to_string()
                .starts_with("the policy would have 3000 entries in ")
        );
    }
}
