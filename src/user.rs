//! Users: who owns tokens, and the names they go by.

use std::fmt;

use jiff::Timestamp;
use serde::Serialize;

/// An owner of tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct User {
    /// The present name.
    pub name: UserName,
    /// When the user was added.
    pub created_at: Timestamp,
    /// When the user was last changed.
    pub updated_at: Timestamp,
    /// Since when the user's tokens are refused; `None` while the user is active.
    pub disabled_at: Option<Timestamp>,
}

/// The name of a user.
///
/// A new name is ASCII: 1 to 128 characters of `A-Z a-z 0-9 . _ @ + -`, the first a letter or digit. Names are
/// compared byte by byte and never normalised; a new name that looks like one there is, or was, is refused instead
/// (see [`UserName::look_alike_keys`]). Names that came with an import are kept as they are.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct UserName(String);

impl UserName {
    /// The longest new name, in characters.
    pub const MAX_CHARACTERS: usize = 128;

    /// Takes `name` when it follows the rule for new names.
    ///
    /// # Errors
    ///
    /// [`UserNameError`] says which part of the rule it breaks, and repeats nothing of the name.
    pub fn parse(name: &str) -> Result<Self, UserNameError> {
        let Some(first) = name.bytes().next() else {
            return Err(UserNameError::Empty);
        };
        if name.len() > Self::MAX_CHARACTERS {
            return Err(UserNameError::TooLong);
        }
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._@+-".contains(&byte);
        if let Some(at) = name.bytes().position(|byte| !allowed(byte)) {
            return Err(UserNameError::Character { at });
        }
        if !first.is_ascii_alphanumeric() {
            return Err(UserNameError::First);
        }
        Ok(Self(name.to_owned()))
    }

    /// Takes a name as another system, or the store, has it.
    #[must_use]
    pub fn verbatim(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// Returns the name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the two keys by which look-alikes are found: two names that share either are taken for each other.
    ///
    /// The first is the name in lower case. The second is its skeleton (Unicode Technical Standard 39, section 4),
    /// in lower case: `a1ice`, `aIice` and `alice` share it.
    #[must_use]
    pub fn look_alike_keys(&self) -> (String, String) {
        let skeleton: String = unicode_security::skeleton(&self.0).collect();
        (self.0.to_lowercase(), skeleton.to_lowercase())
    }
}

impl fmt::Display for UserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text that cannot be the name of a new user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UserNameError {
    /// There is nothing.
    #[error("a user name is not empty")]
    Empty,
    /// Longer than [`UserName::MAX_CHARACTERS`].
    #[error("a user name has at most {} characters", UserName::MAX_CHARACTERS)]
    TooLong,
    /// A character outside the alphabet.
    #[error("a user name has only A-Z a-z 0-9 . _ @ + - (byte {at} is another)")]
    Character {
        /// Offset of the first such byte.
        at: usize,
    },
    /// It begins with one of `. _ @ + -`.
    #[error("a user name begins with a letter or digit")]
    First,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_ascii_rule() {
        for name in ["alice", "A", "svc-1", "a.b_c@example.com+x", "0day"] {
            assert!(UserName::parse(name).is_ok(), "{name}");
        }
        for (name, error) in [
            ("", UserNameError::Empty),
            ("-a", UserNameError::First),
            (".a", UserNameError::First),
            ("a b", UserNameError::Character { at: 1 }),
            ("a\n", UserNameError::Character { at: 1 }),
            ("аlice", UserNameError::Character { at: 0 }),
            ("a/b", UserNameError::Character { at: 1 }),
        ] {
            assert_eq!(UserName::parse(name), Err(error), "{name:?}");
        }
        assert_eq!(
            UserName::parse(&"a".repeat(129)),
            Err(UserNameError::TooLong)
        );
    }

    #[test]
    fn look_alikes_share_a_key() {
        let alike = |left: &str, right: &str| {
            let (left, right) = (UserName::verbatim(left), UserName::verbatim(right));
            let ((a, b), (c, d)) = (left.look_alike_keys(), right.look_alike_keys());
            a == c || b == d
        };
        for (left, right) in [
            ("alice", "Alice"),
            ("alice", "a1ice"),
            ("alice", "aIice"),
            ("root", "r00t"),
            ("modern", "rnodern"),
            ("alice", "аlice"),
            ("alice", "ali\u{200b}ce"),
        ] {
            assert!(alike(left, right), "{left} {right}");
        }
        for (left, right) in [("alice", "bob"), ("svc-1", "svc-2"), ("ab", "a.b")] {
            assert!(!alike(left, right), "{left} {right}");
        }
    }
}
