//! Extensions: a later end for a token, and when it may have one.

use jiff::Timestamp;

use crate::token::{Token, TokenState};
use crate::token_id::TokenId;

/// A later end. It never brings to life what is dead for good, and never takes time away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Extension {
    /// The new end; `None` is never.
    pub expires_at: Option<Timestamp>,
    /// Whether tokens whose end has come are brought back.
    pub expired: Expired,
}

/// What becomes of tokens whose end has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
// Exhaustive: they are brought back or they are not.
pub enum Expired {
    /// They stay as they are.
    Refused,
    /// They live again until the new end.
    Revived,
}

/// What an extension does to a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Extended {
    /// It has that end already.
    Same,
    /// It ends later.
    Later,
    /// Its end had come, and it lives again.
    Revived,
}

impl Extension {
    /// Makes an extension to `expires_at`, `None` for never, of tokens that live.
    #[must_use]
    pub fn to(expires_at: Option<Timestamp>) -> Self {
        Self {
            expires_at,
            expired: Expired::Refused,
        }
    }

    /// Returns this extension, which now brings expired tokens back too.
    #[must_use]
    pub fn reviving(self) -> Self {
        Self {
            expired: Expired::Revived,
            ..self
        }
    }

    /// Returns what this does to `token` at `now`.
    ///
    /// # Errors
    ///
    /// [`ExtensionError`] when the token may not have that end.
    pub fn of(&self, token: &Token, now: Timestamp) -> Result<Extended, ExtensionError> {
        if let TokenState::Revoked { since } = token.state(now) {
            return Err(ExtensionError::Revoked { since });
        }
        // Also in its overlap, the end of which is what its rotation was about.
        if let Some(successor) = token.rotated_to {
            return Err(ExtensionError::Rotated { successor });
        }
        let expired = token.expires_at.filter(|end| now >= *end);
        if let (Some(since), Expired::Refused) = (expired, self.expired) {
            return Err(ExtensionError::Expired { since });
        }
        match (token.expires_at, self.expires_at) {
            (held, asked) if held == asked => Ok(Extended::Same),
            (None, Some(_)) => Err(ExtensionError::Earlier { held: None }),
            (Some(held), Some(asked)) if asked < held => {
                Err(ExtensionError::Earlier { held: Some(held) })
            }
            _ if expired.is_some() => Ok(Extended::Revived),
            _ => Ok(Extended::Later),
        }
    }
}

/// A token may not have a later end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExtensionError {
    /// It is revoked, for good.
    #[error("it is revoked since {since}")]
    Revoked {
        /// When it was.
        since: Timestamp,
    },
    /// Another token has replaced it.
    #[error("token {successor} has replaced it")]
    Rotated {
        /// Which.
        successor: TokenId,
    },
    /// Its end has come.
    #[error("it is expired since {since}")]
    Expired {
        /// When it ended.
        since: Timestamp,
    },
    /// The end that was asked for is before the one it has.
    #[error("{}", earlier(*held))]
    Earlier {
        /// The end it has; `None` is never.
        held: Option<Timestamp>,
    },
}

fn earlier(held: Option<Timestamp>) -> String {
    match held {
        Some(held) => format!("it ends later already, {held}"),
        None => "it never ends".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::tests::{at, sample};

    fn ending(second: i64) -> Token {
        Token {
            expires_at: Some(at(second)),
            ..sample()
        }
    }

    fn extend(token: &Token, to: Option<i64>) -> Result<Extended, ExtensionError> {
        Extension::to(to.map(at)).of(token, at(1_000))
    }

    #[test]
    fn end_moves_to_later_alone() {
        let token = ending(2_000);
        assert_eq!(extend(&token, Some(3_000)), Ok(Extended::Later));
        assert_eq!(extend(&token, None), Ok(Extended::Later));
        assert_eq!(extend(&token, Some(2_000)), Ok(Extended::Same));
        let held = Some(at(2_000));
        assert_eq!(
            extend(&token, Some(1_999)),
            Err(ExtensionError::Earlier { held })
        );
        assert_eq!(extend(&sample(), None), Ok(Extended::Same));
        assert_eq!(
            extend(&sample(), Some(9_000)),
            Err(ExtensionError::Earlier { held: None })
        );
    }

    #[test]
    fn expired_token_is_revived_only_when_that_is_asked_for() {
        let token = ending(1_000);
        let since = at(1_000);
        assert_eq!(
            extend(&token, Some(3_000)),
            Err(ExtensionError::Expired { since })
        );
        let reviving = Extension::to(Some(at(3_000))).reviving();
        assert_eq!(reviving.of(&token, at(1_000)), Ok(Extended::Revived));
        assert_eq!(reviving.of(&token, at(999)), Ok(Extended::Later));
        let suspended = Token {
            suspended_at: Some(at(5)),
            ..token
        };
        assert_eq!(
            extend(&suspended, Some(3_000)),
            Err(ExtensionError::Expired { since }),
            "a suspension does not hide that it is"
        );
    }

    #[test]
    fn what_is_dead_for_good_stays_so() {
        let revoked = Token {
            revoked_at: Some(at(7)),
            ..ending(2_000)
        };
        let successor = TokenId::parse("0000000000").unwrap();
        let rotated = |end| Token {
            rotated_to: Some(successor),
            ..ending(end)
        };
        for asked in [Some(at(9_000)), Some(at(1)), None] {
            for extension in [Extension::to(asked), Extension::to(asked).reviving()] {
                assert_eq!(
                    extension.of(&revoked, at(1_000)),
                    Err(ExtensionError::Revoked { since: at(7) })
                );
                for end in [500, 2_000] {
                    assert_eq!(
                        extension.of(&rotated(end), at(1_000)),
                        Err(ExtensionError::Rotated { successor }),
                        "in its overlap and after"
                    );
                }
            }
        }
    }
}
