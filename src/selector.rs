//! Selectors: which tokens a listing or a bulk change is about.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::token::{Token, TokenState};
use crate::token_id::TokenId;
use crate::user::UserName;

/// Chooses tokens. Its parts combine with AND; within `users` and `ids` any one will do.
///
/// Times are absolute: the edge turns "within 7 days" into them, once, so that what is shown and what is done agree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Selector {
    /// Every token, said out loud: a change with no other part must carry it.
    pub all: bool,
    /// Owned by one of these; empty is anybody.
    pub users: Vec<UserName>,
    /// In this state at the time of asking.
    pub state: Option<StateFilter>,
    /// Active now, and ending at this time or before.
    pub expiring_until: Option<Timestamp>,
    /// Not used since this time; one never used counts from its issue.
    pub unused_since: Option<Timestamp>,
    /// Never used at all.
    pub never_used: bool,
    /// Issued before this time.
    pub created_before: Option<Timestamp>,
    /// Issued at this time or later.
    pub created_after: Option<Timestamp>,
    /// Over since this time or longer: revoked, replaced or expired, and not suspended.
    pub dead_by: Option<Timestamp>,
    /// Having each of these labels with that value.
    pub labels: Vec<(String, String)>,
    /// Made by this format.
    pub generator: Option<String>,
    /// Made by one of these formats (the deprecated ones).
    pub deprecated: Option<Vec<String>>,
    /// One of these; `None` is any.
    pub ids: Option<BTreeSet<TokenId>>,
}

impl Selector {
    /// Returns whether nothing was chosen by: it would match every token without saying so.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Returns whether `token` is chosen at `now`.
    #[must_use]
    pub fn matches(&self, token: &Token, now: Timestamp) -> bool {
        let state = token.state(now);
        let ends_by =
            |until| state == TokenState::Active && token.expires_at.is_some_and(|end| end <= until);
        let last_sign = token.last_used_at.unwrap_or(token.created_at);
        (self.users.is_empty() || self.users.contains(&token.owner.name))
            && self.state.is_none_or(|filter| filter.admits(state))
            && self.expiring_until.is_none_or(ends_by)
            && self.unused_since.is_none_or(|since| last_sign < since)
            && (!self.never_used || token.last_used_at.is_none())
            && self
                .created_before
                .is_none_or(|time| token.created_at < time)
            && self
                .created_after
                .is_none_or(|time| token.created_at >= time)
            && self
                .dead_by
                .is_none_or(|time| state.dead_since().is_some_and(|since| since <= time))
            && self
                .labels
                .iter()
                .all(|(key, value)| token.labels.value(key) == Some(value))
            && self
                .generator
                .as_ref()
                .is_none_or(|id| *id == token.generator)
            && self
                .deprecated
                .as_ref()
                .is_none_or(|ids| ids.contains(&token.generator))
            && self.ids.as_ref().is_none_or(|ids| ids.contains(&token.id))
    }
}

/// The states that a selector can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
// Exhaustive: a store that did not know one would choose wrongly.
pub enum StateFilter {
    /// Usable now, as far as the token itself goes.
    Active,
    /// Past its end.
    Expired,
    /// Revoked.
    Revoked,
    /// Suspended.
    Suspended,
    /// Replaced, its overlap over.
    Rotated,
    /// Any.
    Any,
}

impl StateFilter {
    /// Returns whether a token in `state` is admitted.
    #[must_use]
    pub fn admits(self, state: TokenState) -> bool {
        match self {
            Self::Active => matches!(state, TokenState::Active),
            Self::Expired => matches!(state, TokenState::Expired { .. }),
            Self::Revoked => matches!(state, TokenState::Revoked { .. }),
            Self::Suspended => matches!(state, TokenState::Suspended { .. }),
            Self::Rotated => matches!(state, TokenState::Rotated { .. }),
            Self::Any => true,
        }
    }
}

/// One page of a listing.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Listing {
    /// Which tokens.
    pub selector: Selector,
    /// In which order.
    pub sort: SortKey,
    /// Whether that order is turned round.
    pub descending: bool,
    /// Where to go on: behind this token, the last one of the page before.
    pub after: Option<TokenId>,
}

impl Listing {
    /// Makes the listing of what `selector` chooses, oldest first, from the start.
    #[must_use]
    pub fn of(selector: Selector) -> Self {
        Self {
            selector,
            ..Self::default()
        }
    }
}

/// What a listing is ordered by; tokens that are equal in it come in the order of their issue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
// Exhaustive: a store that did not know one would order wrongly.
pub enum SortKey {
    /// The order of issue.
    #[default]
    Created,
    /// The end; tokens that never end come last.
    Expires,
    /// The last use; tokens never used come first.
    LastUsed,
    /// The name of the owner.
    User,
    /// The id.
    Id,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::label::Labels;
    use crate::token::tests::{at, sample};

    fn selects(change: impl FnOnce(&mut Selector), token: &Token) -> bool {
        let mut selector = Selector::default();
        change(&mut selector);
        selector.matches(token, at(1_000))
    }

    #[test]
    fn only_the_empty_selector_is_empty() {
        assert!(Selector::default().is_empty());
        assert!(
            !Selector {
                all: true,
                ..Selector::default()
            }
            .is_empty()
        );
        assert!(
            !Selector {
                never_used: true,
                ..Selector::default()
            }
            .is_empty()
        );
        assert!(
            !Selector {
                ids: Some(BTreeSet::new()),
                ..Selector::default()
            }
            .is_empty()
        );
    }

    #[test]
    fn no_ids_choose_nothing() {
        assert!(!selects(|s| s.ids = Some(BTreeSet::new()), &sample()));
    }

    #[test]
    fn expiring_means_active_with_an_end_in_time() {
        let ends = |second| Token {
            expires_at: Some(at(second)),
            ..sample()
        };
        let within = |s: &mut Selector| s.expiring_until = Some(at(2_000));
        assert!(selects(within, &ends(2_000)));
        assert!(!selects(within, &ends(2_001)));
        assert!(!selects(within, &ends(1_000)), "ended already");
        assert!(!selects(within, &sample()), "never ends");
        let revoked = Token {
            revoked_at: Some(at(1)),
            ..ends(1_500)
        };
        assert!(!selects(within, &revoked));
    }

    #[test]
    fn unused_counts_from_issue_when_never_used() {
        let since = |s: &mut Selector| s.unused_since = Some(at(500));
        assert!(selects(since, &sample()));
        assert!(!selects(
            since,
            &Token {
                created_at: at(600),
                ..sample()
            }
        ));
        assert!(!selects(
            since,
            &Token {
                last_used_at: Some(at(500)),
                ..sample()
            }
        ));
        assert!(selects(
            since,
            &Token {
                last_used_at: Some(at(499)),
                ..sample()
            }
        ));
        assert!(!selects(
            |s| s.never_used = true,
            &Token {
                last_used_at: Some(at(1)),
                ..sample()
            }
        ));
    }

    #[test]
    fn dead_is_what_was_revoked_replaced_or_has_ended() {
        let by = |s: &mut Selector| s.dead_by = Some(at(500));
        let ended = |second| Token {
            expires_at: Some(at(second)),
            ..sample()
        };
        let revoked = |second| Token {
            revoked_at: Some(at(second)),
            ..sample()
        };
        let rotated = |second| Token {
            rotated_to: Some(sample().id),
            ..ended(second)
        };
        for second in [499, 500] {
            assert!(selects(by, &ended(second)));
            assert!(selects(by, &revoked(second)));
            assert!(selects(by, &rotated(second)));
        }
        assert!(!selects(by, &ended(501)));
        assert!(!selects(by, &revoked(501)));
        assert!(!selects(by, &rotated(501)));
        assert!(!selects(by, &rotated(2_000)), "in its overlap");
        assert!(!selects(by, &sample()));
        let suspended = Token {
            suspended_at: Some(at(1)),
            ..ended(400)
        };
        assert!(!selects(by, &suspended));
        let late = Token {
            revoked_at: Some(at(900)),
            ..ended(400)
        };
        assert!(
            !selects(by, &late),
            "it is shown as revoked, and since then"
        );
    }

    #[test]
    fn parts_combine_with_and() {
        let mut labels = Labels::default();
        labels.insert("team=web").unwrap();
        let token = Token { labels, ..sample() };
        let both = |value: &'static str| {
            move |s: &mut Selector| {
                s.users = vec![UserName::verbatim("bob"), UserName::verbatim("alice")];
                s.labels = vec![("team".into(), value.into())];
            }
        };
        assert!(selects(both("web"), &token));
        assert!(!selects(both("infra"), &token));
        assert!(!selects(|s| s.created_before = Some(at(100)), &token));
        assert!(selects(|s| s.created_after = Some(at(100)), &token));
    }
}
