//! Restrictions: what is taken away from a token, and the proof that nothing is added.

use jiff::Timestamp;

use crate::network::Networks;
use crate::policy::{Cell, Policy, PolicyTooLarge, PolicyUnreadable};
use crate::token::{StoredPolicy, Token};

/// What a token shall be narrowed to. Each part that is set takes something away; what is not set stays.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Restriction {
    /// What it may still do.
    pub policy: Option<PolicyRestriction>,
    /// From where it may still be used; what is left is what both lists have.
    pub networks: Option<Networks>,
    /// When it ends; the earlier of this and its own end counts.
    pub expires_at: Option<Timestamp>,
}

/// How the rights are narrowed.
#[derive(Clone, Debug)]
// Exhaustive: a document is taken with the old one, or in its place.
pub enum PolicyRestriction {
    /// To what both the old policy and this one allow.
    Intersect(Policy),
    /// To this document, whose text is kept.
    Replace {
        /// The new document.
        policy: Policy,
        /// Whether it may allow more than the old one.
        widening: Widening,
    },
}

/// Whether a replacement may allow what was not allowed before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
// Exhaustive: it may or it may not.
pub enum Widening {
    /// It is an error, with an access that shows it.
    Refused,
    /// It is what the operator wants.
    Allowed,
}

/// What is left of a token after a restriction.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Restricted {
    /// What it may do; `None` where that stays as it is, damaged or not.
    pub policy: Option<Policy>,
    /// From where it may be used.
    pub networks: Option<Networks>,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
}

impl Restriction {
    /// Returns what is left of `token`.
    ///
    /// # Errors
    ///
    /// [`RestrictionError`] when nothing sensible would be left, or more than there was.
    pub fn of(&self, token: &Token) -> Result<Restricted, RestrictionError> {
        self.with_policy(token, self.policy_left(&token.policy)?)
    }

    /// Returns the policy that is left of `held`; `None` where that stays as it is, damaged or not.
    pub(crate) fn policy_left(
        &self,
        held: &StoredPolicy,
    ) -> Result<Option<Policy>, RestrictionError> {
        match &self.policy {
            None => Ok(None),
            Some(PolicyRestriction::Intersect(policy)) => Ok(Some(held.read()?.intersect(policy)?)),
            Some(PolicyRestriction::Replace {
                policy,
                widening: Widening::Allowed,
            }) => Ok(Some(policy.clone())),
            Some(PolicyRestriction::Replace {
                policy,
                widening: Widening::Refused,
            }) => match held.read()?.widening(policy) {
                None => Ok(Some(policy.clone())),
                Some(cell) => Err(RestrictionError::Widens {
                    cell: Box::new(cell),
                }),
            },
        }
    }

    /// Returns what is left of `token`, of whose policy `policy` is left.
    pub(crate) fn with_policy(
        &self,
        token: &Token,
        policy: Option<Policy>,
    ) -> Result<Restricted, RestrictionError> {
        let networks = match (&token.networks, &self.networks) {
            (None, None) => None,
            (Some(held), None) => Some(held.clone()),
            (None, Some(asked)) => Some(asked.clone()),
            (Some(held), Some(asked)) => Some(held.intersect(asked)),
        };
        if self.networks.is_some() {
            let left = networks.as_ref().map_or(0, Networks::len);
            match left {
                0 => return Err(RestrictionError::NoNetworkLeft),
                left if left > Networks::LIMIT => {
                    return Err(RestrictionError::TooManyNetworks { left });
                }
                _ => {}
            }
        }
        let expires_at = match (token.expires_at, self.expires_at) {
            (Some(held), Some(asked)) => Some(held.min(asked)),
            (held, asked) => held.or(asked),
        };
        Ok(Restricted {
            policy,
            networks,
            expires_at,
        })
    }
}

/// A token cannot be restricted in this way.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RestrictionError {
    /// The new document would allow something that the old one does not.
    #[error("this would newly allow {cell}")]
    Widens {
        /// One access, or group of accesses, that shows it.
        cell: Box<Cell>,
    },
    /// The networks have none in common.
    #[error("no network would be left from which the token may be used")]
    NoNetworkLeft,
    /// More blocks would be left than are kept.
    #[error("{left} networks would be left, at most {} are kept", Networks::LIMIT)]
    TooManyNetworks {
        /// How many.
        left: usize,
    },
    /// What is left cannot be written as a policy of the size that is kept.
    #[error(transparent)]
    TooLarge(#[from] PolicyTooLarge),
    /// The present policy is damaged, so that nothing can be compared with it.
    #[error("its stored policy is damaged: {0}")]
    Unreadable(#[from] PolicyUnreadable),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::tests::{at, sample};

    fn networks(blocks: &[&str]) -> Option<Networks> {
        Some(Networks::parse(blocks).unwrap())
    }

    #[test]
    fn a_policy_is_narrowed_to_what_both_allow() {
        let restriction = Restriction {
            policy: Some(PolicyRestriction::Intersect(Policy::read_only())),
            ..Restriction::default()
        };
        let left = restriction.of(&sample()).unwrap();
        assert_eq!(left.policy, Some(Policy::read_only()));
        assert_eq!((left.networks, left.expires_at), (None, None));
    }

    #[test]
    fn a_wider_document_is_refused_with_an_access_that_shows_it() {
        let token = Token {
            policy: StoredPolicy::from(&Policy::read_only()),
            ..sample()
        };
        let replace = |widening| Restriction {
            policy: Some(PolicyRestriction::Replace {
                policy: Policy::full_access(),
                widening,
            }),
            ..Restriction::default()
        };
        let Err(RestrictionError::Widens { cell }) = replace(Widening::Refused).of(&token) else {
            panic!("it was not refused");
        };
        let witness = cell.witness(&[&Policy::read_only(), &Policy::full_access()]);
        assert!(!Policy::read_only().decide(&witness.access()).allowed);
        assert!(Policy::full_access().decide(&witness.access()).allowed);
        assert!(replace(Widening::Allowed).of(&token).is_ok());
    }

    #[test]
    fn networks_are_narrowed_and_one_has_to_be_left() {
        let token = Token {
            networks: networks(&["10.0.0.0/8", "192.0.2.0/24"]),
            ..sample()
        };
        let asked = |blocks| Restriction {
            networks: networks(blocks),
            ..Restriction::default()
        };
        assert_eq!(
            asked(&["10.1.0.0/16"]).of(&token).unwrap().networks,
            networks(&["10.1.0.0/16"])
        );
        assert_eq!(
            asked(&["10.1.0.0/16"]).of(&sample()).unwrap().networks,
            networks(&["10.1.0.0/16"])
        );
        assert_eq!(
            asked(&["172.16.0.0/12"]).of(&token),
            Err(RestrictionError::NoNetworkLeft)
        );
    }

    #[test]
    fn the_earlier_end_counts() {
        let token = Token {
            expires_at: Some(at(200)),
            ..sample()
        };
        let end = |second| Restriction {
            expires_at: Some(at(second)),
            ..Restriction::default()
        };
        assert_eq!(end(100).of(&token).unwrap().expires_at, Some(at(100)));
        assert_eq!(end(300).of(&token).unwrap().expires_at, Some(at(200)));
        assert_eq!(end(300).of(&sample()).unwrap().expires_at, Some(at(300)));
    }

    #[test]
    fn a_damaged_policy_can_only_be_replaced_by_force() {
        let token = Token {
            policy: StoredPolicy::new("not json".into()),
            ..sample()
        };
        let with = |policy| {
            Restriction {
                policy: Some(policy),
                ..Restriction::default()
            }
            .of(&token)
        };
        let unreadable = |result| matches!(result, Err(RestrictionError::Unreadable(_)));
        assert!(unreadable(with(PolicyRestriction::Intersect(
            Policy::read_only()
        ))));
        let replace = |widening| PolicyRestriction::Replace {
            policy: Policy::read_only(),
            widening,
        };
        assert!(unreadable(with(replace(Widening::Refused))));
        assert!(with(replace(Widening::Allowed)).is_ok());
    }
}
