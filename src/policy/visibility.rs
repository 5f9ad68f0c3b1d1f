//! Which objects of a resource may be seen, to filter a listing.

use std::collections::BTreeSet;

use super::Policy;
use super::rules::{Access, GLOBAL};

/// The objects of one resource that may be read: all but some, or some and no others.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Visibility {
    /// Whether an object that is not among the exceptions is visible.
    pub by_default: bool,
    /// The ids of the objects for which it is the other way round.
    pub exceptions: BTreeSet<String>,
}

impl Visibility {
    /// Returns whether the object `id` is visible.
    #[must_use]
    pub fn shows(&self, id: &str) -> bool {
        self.by_default != self.exceptions.contains(id)
    }
}

impl Policy {
    /// Returns which objects of `resource` may be read, so that a server can drop the others from a listing.
    ///
    /// A policy may refuse `GET` on one object and allow it on the resource: whoever asks for the list must not find
    /// the object there. The answer is that of [`Policy::decide`] for `GET` on each object. The listing itself is an
    /// access of its own, to be decided before.
    ///
    /// ```
    /// use tokenctl::policy::Policy;
    ///
    /// let text = r#"{"resources":{"review":{"42":{"block":["*"]}}}}"#;
    /// let visible = Policy::parse(text).unwrap().visibility("review");
    /// // A database can do it, too: `visible.by_default` and `WHERE id NOT IN (…)`, or else `WHERE id IN (…)`.
    /// assert!(visible.by_default);
    /// assert!(visible.exceptions.iter().eq(["42"]));
    /// let listing: Vec<_> = ["41", "42", "43"].into_iter().filter(|id| visible.shows(id)).collect();
    /// assert_eq!(listing, ["41", "43"]);
    /// ```
    #[must_use]
    pub fn visibility(&self, resource: &str) -> Visibility {
        let is_visible = |access| self.rules.allows(&access);
        let by_default = is_visible(Access::to_resource("GET", resource));
        let sections = self.rules.resources.get(resource);
        let ids = sections.into_iter().flat_map(|sections| sections.keys());
        let exceptions = ids.filter(|id| {
            *id != GLOBAL && is_visible(Access::to_object("GET", resource, id)) != by_default
        });
        Visibility {
            by_default,
            exceptions: exceptions.cloned().collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visibility(text: &str, resource: &str) -> (bool, Vec<String>) {
        let policy = Policy::from_stored(text).unwrap();
        let visibility = policy.visibility(resource);
        (
            visibility.by_default,
            visibility.exceptions.into_iter().collect(),
        )
    }

    #[test]
    fn exceptions_are_the_objects_decided_otherwise() {
        let text = r#"{"resources": {
            "*": {"allow": ["GET"], "block": ["*"]},
            "review": {"1": {"block": ["GET"]}, "2": {"allow": ["*"]}, "3": {"block": ["POST"]}},
            "diff": {"*": {"block": ["*"]}, "7": {"allow": ["GET"]}, "8": {"allow": ["HEAD"]}}
        }}"#;
        assert_eq!(visibility(text, "review"), (true, vec!["1".to_owned()]));
        assert_eq!(visibility(text, "diff"), (false, vec!["7".to_owned()]));
        assert_eq!(visibility(text, "user"), (true, vec![]));
        assert_eq!(visibility(text, "*"), (true, vec![]));
    }

    #[test]
    fn object_is_shown_where_it_may_be_read() {
        let text = r#"{"resources": {
            "review": {"1": {"block": ["GET"]}},
            "diff": {"*": {"block": ["*"]}, "7": {"allow": ["GET"]}}
        }}"#;
        let policy = Policy::from_stored(text).unwrap();
        for (resource, id) in [
            ("review", "1"),
            ("review", "2"),
            ("diff", "7"),
            ("diff", "8"),
        ] {
            let is_allowed = policy
                .decide(&Access::to_object("GET", resource, id))
                .allowed;
            let is_shown = policy.visibility(resource).shows(id);
            assert_eq!(is_shown, is_allowed, "{resource} {id}");
        }
        assert!(!policy.visibility("review").shows("1"));
    }

    #[test]
    fn nothing_is_shown_by_a_policy_that_refuses_all() {
        let text = r#"{"resources": {"*": {"block": ["*"]}}}"#;
        assert_eq!(visibility(text, "review"), (false, vec![]));
    }
}
