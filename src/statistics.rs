//! Statistics: a store in numbers.

use jiff::Timestamp;
use serde::Serialize;

use crate::token_id::TokenId;
use crate::user::UserName;

/// What a store holds, counted at one moment.
///
/// "Active" is what [`Token::state`](crate::token::Token::state) says of the token alone: those of a disabled user are
/// counted, and told apart in [`ActiveCounts::of_disabled_users`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Statistics {
    /// How many tokens there are.
    pub tokens: u64,
    /// How many in each state.
    pub states: StateCounts,
    /// What is worth knowing of the active ones.
    pub active: ActiveCounts,
    /// How old the active ones are: for each of [`AGE_BANDS`] how many.
    pub ages: Vec<AgeBand>,
    /// The active token that was issued first.
    pub oldest_active: Option<OldestToken>,
    /// Tokens by their format, the most active first.
    pub generators: Vec<GeneratorCounts>,
    /// Tokens by their owner, the most active first, as many owners as were asked for.
    pub owners: Vec<OwnerCounts>,
    /// How many users there are.
    pub users: UserCounts,
    /// How many tokens were removed and have left a tombstone.
    pub removed: u64,
    /// The number of the newest event.
    pub events: u64,
}

/// Tokens by state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct StateCounts {
    /// Usable now, as far as the token itself goes.
    pub active: u64,
    /// Past their end.
    pub expired: u64,
    /// Suspended.
    pub suspended: u64,
    /// Replaced, their overlap over.
    pub rotated: u64,
    /// Revoked.
    pub revoked: u64,
}

/// Active tokens by what may have to be done about them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ActiveCounts {
    /// They end within 7 days.
    pub expiring_in_7_days: u64,
    /// They end within 30 days.
    pub expiring_in_30_days: u64,
    /// They end within 90 days.
    pub expiring_in_90_days: u64,
    /// They have no end.
    pub never_expiring: u64,
    /// They were never used.
    pub never_used: u64,
    /// They were not used for 90 days; one never used counts from its issue.
    pub unused_for_90_days: u64,
    /// They are refused all the same, as their owner is disabled.
    pub of_disabled_users: u64,
}

/// The ages by which active tokens are counted: each band ends before so many days, the last one never.
pub const AGE_BANDS: [Option<u32>; 7] = [
    Some(7),
    Some(30),
    Some(90),
    Some(180),
    Some(365),
    Some(730),
    None,
];

/// Active tokens of some age.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct AgeBand {
    /// At least so many days.
    pub from_days: u32,
    /// Less than so many days; `None` is any number.
    pub to_days: Option<u32>,
    /// How many.
    pub active: u64,
}

impl AgeBand {
    /// Makes the bands from how many active tokens are younger than the end of each of [`AGE_BANDS`].
    pub(crate) fn of_cumulated(younger: &[u64]) -> Vec<Self> {
        let (mut from_days, mut before) = (0, 0);
        AGE_BANDS
            .iter()
            .zip(younger)
            .map(|(&to_days, &younger)| {
                let band = Self {
                    from_days,
                    to_days,
                    active: younger.saturating_sub(before),
                };
                (from_days, before) = (to_days.unwrap_or(from_days), younger);
                band
            })
            .collect()
    }
}

/// The oldest active token.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OldestToken {
    /// Its id.
    pub id: TokenId,
    /// Its owner.
    pub user: UserName,
    /// When it was issued.
    pub created_at: Timestamp,
}

impl OldestToken {
    pub(crate) fn new(id: TokenId, user: UserName, created_at: Timestamp) -> Self {
        Self {
            id,
            user,
            created_at,
        }
    }
}

/// Tokens of one format.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct GeneratorCounts {
    /// The id of the format.
    pub generator: String,
    /// How many tokens.
    pub tokens: u64,
    /// How many of them are active.
    pub active: u64,
}

impl GeneratorCounts {
    pub(crate) fn new(generator: String, tokens: u64, active: u64) -> Self {
        Self {
            generator,
            tokens,
            active,
        }
    }
}

/// Tokens of one owner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct OwnerCounts {
    /// Their present name, or the last one.
    pub user: UserName,
    /// What the user is in.
    pub state: UserState,
    /// How many tokens.
    pub tokens: u64,
    /// How many of them are active.
    pub active: u64,
}

impl OwnerCounts {
    pub(crate) fn new(user: UserName, state: UserState, tokens: u64, active: u64) -> Self {
        Self {
            user,
            state,
            tokens,
            active,
        }
    }
}

/// Users by state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct UserCounts {
    /// Neither disabled nor deleted.
    pub active: u64,
    /// Disabled.
    pub disabled: u64,
    /// Deleted; their names stay reserved.
    pub deleted: u64,
}

/// What a user can be in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
// Exhaustive: there is no other.
pub enum UserState {
    /// Neither of the others.
    Active,
    /// All their tokens are refused.
    Disabled,
    /// They are no more, and their tokens are revoked.
    Deleted,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_follow_each_other_without_a_gap() {
        let bands = AgeBand::of_cumulated(&[1, 1, 3, 6, 6, 10, 15]);
        let counts: Vec<u64> = bands.iter().map(|band| band.active).collect();
        assert_eq!(counts, [1, 0, 2, 3, 0, 4, 5]);
        let bounds: Vec<_> = bands
            .iter()
            .map(|band| (band.from_days, band.to_days))
            .collect();
        assert_eq!(bounds[0], (0, Some(7)));
        assert_eq!(bounds[6], (730, None));
        assert!(
            bounds.windows(2).all(|pair| pair[0].1 == Some(pair[1].0)),
            "{bounds:?}"
        );
    }
}
