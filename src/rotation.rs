//! Rotations: a token replaced by another of the same rights, and when that may be done.

use std::time::Duration;

use jiff::Timestamp;

use crate::secret::TokenDigest;
use crate::text::FreeText;
use crate::token::{Token, TokenState};
use crate::token_id::TokenId;

/// The replacement of a token by a new one. The old one ends when its overlap does, and never later than it would have.
#[derive(Clone, Debug)]
pub struct Rotation {
    /// The token that is replaced.
    pub token: TokenId,
    /// The revision at which it was looked at.
    pub revision: u64,
    /// The id of the new one.
    pub successor: TokenId,
    /// The digest of the new secret.
    pub digest: TokenDigest,
    /// The id of the format that made the new secret.
    pub generator: String,
    /// When the new one ends.
    pub expires_at: SuccessorEnd,
    /// How long the old one is still accepted.
    pub overlap: Duration,
}

/// When a successor ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
// Exhaustive: as the old one would have, or otherwise.
pub enum SuccessorEnd {
    /// When the old one would have.
    Kept,
    /// Then; `None` is never.
    At(Option<Timestamp>),
}

impl SuccessorEnd {
    /// Returns the end of the successor of `token`.
    #[must_use]
    pub fn of(self, token: &Token) -> Option<Timestamp> {
        match self {
            Self::Kept => token.expires_at,
            Self::At(end) => end,
        }
    }
}

impl Rotation {
    /// Returns when `token`, which this replaces at `now`, is refused.
    ///
    /// # Errors
    ///
    /// [`RotationError`] when it may not be replaced.
    pub fn end_of(&self, token: &Token, now: Timestamp) -> Result<Timestamp, RotationError> {
        // In its overlap it is still active.
        if let Some(successor) = token.rotated_to {
            return Err(RotationError::Rotated { successor });
        }
        match token.state(now) {
            TokenState::Active => {}
            state => return Err(RotationError::NotActive { state }),
        }
        let end = now.checked_add(self.overlap).unwrap_or(Timestamp::MAX);
        Ok(token.expires_at.map_or(end, |held| held.min(end)))
    }
}

/// A rotation that shall not have been: its secret has reached nobody.
#[derive(Clone, Debug)]
pub struct RotationUndo {
    /// The token that was replaced.
    pub token: TokenId,
    /// Its revision since.
    pub revision: u64,
    /// When it ended before; `None` is never.
    pub expires_at: Option<Timestamp>,
    /// The token that has replaced it, and is revoked.
    pub successor: TokenId,
    /// The reason that is written to it.
    pub reason: FreeText,
}

/// Uses of secrets that were rotated out, after their end: somebody has a copy who should not.
#[derive(Clone, Debug)]
pub struct Reuse {
    /// Which tokens, and when. One that is there no more, or not rotated out, is passed over.
    pub uses: Vec<(TokenId, Timestamp)>,
    /// For how many seconds further uses of the same token are not recorded.
    pub resolution: i64,
    /// What is done besides recording.
    pub on_reuse: OnReuse,
}

/// What is done when a secret that was rotated out is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnReuse {
    /// It is recorded.
    #[default]
    Log,
    /// All tokens of its family that could be used, now or again, are revoked besides.
    RevokeFamily,
}

impl OnReuse {
    /// Each of them.
    pub const ALL: [Self; 2] = [Self::Log, Self::RevokeFamily];

    /// Returns the word that stands for it in configurations.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::RevokeFamily => "revoke_family",
        }
    }
}

/// A token may not be replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RotationError {
    /// It cannot be used now.
    #[error("it is {state}")]
    NotActive {
        /// What it is.
        state: TokenState,
    },
    /// Another has replaced it already.
    #[error("token {successor} has replaced it already")]
    Rotated {
        /// Which.
        successor: TokenId,
    },
    /// The rotation cannot be taken back: somebody has the new secret.
    #[error("the token that has replaced it was used")]
    SuccessorUsed,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;
    use crate::token::tests::{at, sample};

    fn end(token: &Token, overlap: u64) -> Result<Timestamp, RotationError> {
        let rotation = Rotation {
            token: token.id,
            revision: token.revision,
            successor: TokenId::parse("0000000001").unwrap(),
            digest: TokenDigest::of(&Secret::new("new".into())),
            generator: "tokenctl_v1".into(),
            expires_at: SuccessorEnd::Kept,
            overlap: Duration::from_secs(overlap),
        };
        rotation.end_of(token, at(1_000))
    }

    #[test]
    fn old_token_ends_with_its_overlap_and_never_later_than_it_would_have() {
        let ending = Token {
            expires_at: Some(at(1_500)),
            ..sample()
        };
        assert_eq!(end(&ending, 0), Ok(at(1_000)));
        assert_eq!(end(&ending, 499), Ok(at(1_499)));
        assert_eq!(end(&ending, 501), Ok(at(1_500)));
        assert_eq!(end(&sample(), 501), Ok(at(1_501)));
        assert_eq!(end(&sample(), u64::MAX), Ok(Timestamp::MAX));
    }

    #[test]
    fn only_an_active_token_is_replaced_and_once() {
        let successor = TokenId::parse("0000000000").unwrap();
        let in_overlap = Token {
            rotated_to: Some(successor),
            expires_at: Some(at(2_000)),
            ..sample()
        };
        assert_eq!(
            end(&in_overlap, 0),
            Err(RotationError::Rotated { successor })
        );
        for (dead, word) in [
            (
                Token {
                    revoked_at: Some(at(5)),
                    ..sample()
                },
                "revoked",
            ),
            (
                Token {
                    suspended_at: Some(at(5)),
                    ..sample()
                },
                "suspended",
            ),
            (
                Token {
                    expires_at: Some(at(1_000)),
                    ..sample()
                },
                "expired",
            ),
        ] {
            let why = end(&dead, 60).unwrap_err();
            assert_eq!(why.to_string(), format!("it is {word}"));
        }
    }

    #[test]
    fn successor_ends_as_the_old_one_would_have_unless_told() {
        let ending = Token {
            expires_at: Some(at(1_500)),
            ..sample()
        };
        assert_eq!(SuccessorEnd::Kept.of(&ending), Some(at(1_500)));
        assert_eq!(SuccessorEnd::Kept.of(&sample()), None);
        assert_eq!(SuccessorEnd::At(None).of(&ending), None);
        assert_eq!(SuccessorEnd::At(Some(at(9))).of(&sample()), Some(at(9)));
    }
}
