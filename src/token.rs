//! Tokens: the stored record, and the one judge of its state.

use std::fmt;

use jiff::Timestamp;

use crate::label::Labels;
use crate::network::Networks;
use crate::policy::{Policy, PolicyUnreadable};
use crate::text::FreeText;
use crate::token_id::TokenId;
use crate::user::UserName;

/// A token as the store keeps it: everything but the secret, of which only a digest is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Token {
    /// The public name of the token; a prefix of it is what operators type.
    pub id: TokenId,
    /// Who owns it.
    pub owner: Owner,
    /// What it is for, in words.
    pub note: FreeText,
    /// Labels by which it is found.
    pub labels: Labels,
    /// The id of the format it was made by (the ancestor's "token generator").
    pub generator: String,
    /// When it was issued.
    pub created_at: Timestamp,
    /// Who issued it, as the issuing system named them.
    pub created_by: String,
    /// When anything but its last use was last changed.
    pub updated_at: Timestamp,
    /// From when on it is refused as expired; `None` is never.
    pub expires_at: Option<Timestamp>,
    /// When it was last used, to the resolution at which that is recorded.
    pub last_used_at: Option<Timestamp>,
    /// Since when it is suspended.
    pub suspended_at: Option<Timestamp>,
    /// Since when it is revoked. There is no way back.
    pub revoked_at: Option<Timestamp>,
    /// Why it was revoked.
    pub revoked_reason: FreeText,
    /// What it may do.
    pub policy: StoredPolicy,
    /// From where it may be used; `None` is from anywhere, an empty list from nowhere.
    pub networks: Option<Networks>,
    /// The first token of the chain of rotations that this one belongs to.
    pub family: TokenId,
    /// The token that has replaced it.
    pub rotated_to: Option<TokenId>,
    /// Counts its changes, so that one made on an old reading can be refused.
    pub revision: u64,
}

impl Token {
    /// Returns the state of this token at `now`.
    ///
    /// Revocation wins over rotation, rotation over suspension, and all over expiry. A token that has been rotated
    /// stays active until its `expires_at`, which rotation set to the end of the overlap. At the very second of
    /// `expires_at` it has expired.
    #[must_use]
    pub fn state(&self, now: Timestamp) -> TokenState {
        if let Some(since) = self.revoked_at {
            return TokenState::Revoked { since };
        }
        let ended = self.expires_at.filter(|end| now >= *end);
        if let (Some(_), Some(since)) = (&self.rotated_to, ended) {
            return TokenState::Rotated { since };
        }
        if let Some(since) = self.suspended_at {
            return TokenState::Suspended { since };
        }
        ended.map_or(TokenState::Active, |since| TokenState::Expired { since })
    }
}

/// The owner of a token, as far as judging the token needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Owner {
    /// The present name.
    pub name: UserName,
    /// Since when all tokens of this user are refused.
    pub disabled_at: Option<Timestamp>,
}

impl Owner {
    /// Makes an owner, disabled since `disabled_at`.
    #[must_use]
    pub fn new(name: UserName, disabled_at: Option<Timestamp>) -> Self {
        Self { name, disabled_at }
    }
}

/// What a token can be in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenState {
    /// It can be used.
    Active,
    /// It was revoked, for good.
    Revoked {
        /// When.
        since: Timestamp,
    },
    /// It was replaced, and its overlap has passed.
    Rotated {
        /// When the overlap ended.
        since: Timestamp,
    },
    /// It is refused until it is resumed.
    Suspended {
        /// When it was suspended.
        since: Timestamp,
    },
    /// Its time is over.
    Expired {
        /// When it ended.
        since: Timestamp,
    },
}

impl TokenState {
    /// Returns the word for this state, as it stands in records and selectors.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Revoked { .. } => "revoked",
            Self::Rotated { .. } => "rotated",
            Self::Suspended { .. } => "suspended",
            Self::Expired { .. } => "expired",
        }
    }

    /// Returns whether there is no way back from it: revoked, or replaced by another.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(self, Self::Revoked { .. } | Self::Rotated { .. })
    }

    /// Returns since when it is over: revoked, replaced or expired; `None` while it is active or suspended.
    #[must_use]
    pub fn dead_since(self) -> Option<Timestamp> {
        match self {
            Self::Revoked { since } | Self::Rotated { since } | Self::Expired { since } => {
                Some(since)
            }
            Self::Active | Self::Suspended { .. } => None,
        }
    }

    /// Returns since when it is so; `None` while active.
    #[must_use]
    pub fn since(self) -> Option<Timestamp> {
        match self {
            Self::Active => None,
            Self::Revoked { since }
            | Self::Rotated { since }
            | Self::Suspended { since }
            | Self::Expired { since } => Some(since),
        }
    }
}

impl fmt::Display for TokenState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The policy text of a stored token, read when it is asked about.
///
/// The text was checked when it was written here; one that came with an import, or was edited in the database, may be
/// damaged. Then reading it fails and the token is denied: the ancestor takes such a text for full access.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredPolicy(String);

impl StoredPolicy {
    /// Takes the text as stored.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Reads the policy.
    ///
    /// # Errors
    ///
    /// [`PolicyUnreadable`] when the text is damaged.
    pub fn read(&self) -> Result<Policy, PolicyUnreadable> {
        if self.0 == "{}" {
            return Ok(Policy::full_access());
        }
        Policy::from_stored(&self.0)
    }
}

impl From<&Policy> for StoredPolicy {
    fn from(policy: &Policy) -> Self {
        Self(policy.as_str().to_owned())
    }
}

/// What a new token shall be: its issue is asked for with this.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// Who shall own it.
    pub user: UserName,
    /// What it may do.
    pub policy: Policy,
    /// When it ends; `None` is never.
    pub expires_at: Option<Timestamp>,
    /// What it is for.
    pub note: FreeText,
    /// Labels to find it by.
    pub labels: Labels,
    /// From where it may be used; `None` is from anywhere.
    pub networks: Option<Networks>,
}

impl NewToken {
    /// Makes a token of `user` that may do what `policy` allows: without an end, a note and labels, from anywhere.
    #[must_use]
    pub fn new(user: UserName, policy: Policy) -> Self {
        Self {
            user,
            policy,
            expires_at: None,
            note: FreeText::default(),
            labels: Labels::default(),
            networks: None,
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Returns an active token of alice's, to be changed as a test needs.
    pub(crate) fn sample() -> Token {
        let id = TokenId::parse("7gk2m9x4qd").unwrap();
        Token {
            owner: Owner::new(UserName::parse("alice").unwrap(), None),
            note: FreeText::default(),
            labels: Labels::default(),
            generator: "tokenctl_v1".into(),
            created_at: at(100),
            created_by: "root".into(),
            updated_at: at(100),
            expires_at: None,
            last_used_at: None,
            suspended_at: None,
            revoked_at: None,
            revoked_reason: FreeText::default(),
            policy: StoredPolicy::new("{}".into()),
            networks: None,
            family: id,
            rotated_to: None,
            revision: 1,
            id,
        }
    }

    pub(crate) fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn expiry_counts_from_its_very_second() {
        let token = Token {
            expires_at: Some(at(200)),
            ..sample()
        };
        assert_eq!(token.state(at(199)), TokenState::Active);
        assert_eq!(token.state(at(200)), TokenState::Expired { since: at(200) });
    }

    #[test]
    fn states_win_in_their_order() {
        let other = TokenId::parse("0000000000").unwrap();
        let mut token = Token {
            expires_at: Some(at(200)),
            ..sample()
        };
        assert_eq!(token.state(at(300)).as_str(), "expired");
        token.suspended_at = Some(at(150));
        assert_eq!(
            token.state(at(300)),
            TokenState::Suspended { since: at(150) }
        );
        token.rotated_to = Some(other);
        assert_eq!(token.state(at(199)).as_str(), "suspended");
        assert_eq!(token.state(at(300)), TokenState::Rotated { since: at(200) });
        token.revoked_at = Some(at(160));
        assert_eq!(token.state(at(300)), TokenState::Revoked { since: at(160) });
        assert_eq!(token.state(at(0)), TokenState::Revoked { since: at(160) });
    }

    #[test]
    fn rotated_token_lives_through_its_overlap() {
        let other = TokenId::parse("0000000000").unwrap();
        let token = Token {
            rotated_to: Some(other),
            expires_at: Some(at(200)),
            ..sample()
        };
        assert_eq!(token.state(at(199)), TokenState::Active);
        assert_eq!(token.state(at(200)).since(), Some(at(200)));
    }

    #[test]
    fn damaged_policy_is_an_error_not_full_access() {
        for text in ["", "not json", "null", "[]", "\"x\"", "{'a': 1}"] {
            assert!(StoredPolicy::new(text.into()).read().is_err(), "{text:?}");
        }
        assert!(
            StoredPolicy::new("{}".into())
                .read()
                .unwrap()
                .is_full_access()
        );
    }
}
