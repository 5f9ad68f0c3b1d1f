//! The public name of a token.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use crate::entropy::{self, Entropy, EntropyError};

/// Crockford's base 32 in lower case: no `i`, `l`, `o` and `u`.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Whether each byte is of the alphabet. Comparing with letters and digits would be a branch for each random character,
/// and no processor can foresee those: they took longer than the hash of the token.
static IN_ALPHABET: [bool; 256] = in_alphabet();

/// The public id of a token: ten characters of Crockford's base 32 in lower case, 50 random bits.
///
/// It is no secret: logs, lists and commands name a token by it, and `tokenctl_v1` writes it into the token, so that
/// a holder can say which token fails without showing it. Upper case is folded when it is read; Crockford's other
/// folds (`o` to `0`, `i` and `l` to `1`) are not made, as an id is copied and not dictated.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenId([u8; Self::LENGTH]);

impl TokenId {
    /// The number of characters.
    pub const LENGTH: usize = 10;

    /// The fewest characters by which a token can be named.
    pub const SHORTEST_PREFIX: usize = 4;

    /// Draws a new id.
    ///
    /// With a million tokens in a store the chance that it is taken is below one in 10^9; the store tells.
    ///
    /// # Errors
    ///
    /// [`EntropyError`] when the source of randomness has none to give.
    pub fn generate(entropy: &mut dyn Entropy) -> Result<Self, EntropyError> {
        let mut text = String::with_capacity(Self::LENGTH);
        entropy::draw_characters(entropy, ALPHABET, Self::LENGTH, &mut text)?;
        Self::parse(&text).map_err(|_| EntropyError)
    }

    /// Reads an id, folding upper case to lower.
    ///
    /// # Errors
    ///
    /// [`TokenIdError`] when `text` is not ten characters of the alphabet; it never holds any of `text`, which may
    /// be a secret that was pasted in the wrong place.
    pub fn parse(text: &str) -> Result<Self, TokenIdError> {
        let mut id: [u8; Self::LENGTH] =
            text.as_bytes()
                .try_into()
                .map_err(|_| TokenIdError::Length {
                    found: text.chars().count(),
                })?;
        id.make_ascii_lowercase();
        match id.iter().position(|byte| !Self::has_in_alphabet(*byte)) {
            Some(offset) => Err(TokenIdError::Alphabet { offset }),
            None => Ok(Self(id)),
        }
    }

    /// Reads the beginning of an id, at least [`TokenId::SHORTEST_PREFIX`] characters of it.
    ///
    /// # Errors
    ///
    /// [`TokenIdError`] when no id can begin with `text`; as with [`TokenId::parse`] it holds none of it.
    pub fn parse_prefix(text: &str) -> Result<String, TokenIdError> {
        let found = text.chars().count();
        if !(Self::SHORTEST_PREFIX..=Self::LENGTH).contains(&found) {
            return Err(TokenIdError::PrefixLength { found });
        }
        let prefix = text.to_ascii_lowercase();
        match prefix.bytes().position(|byte| !Self::has_in_alphabet(byte)) {
            Some(offset) => Err(TokenIdError::Alphabet { offset }),
            None => Ok(prefix),
        }
    }

    /// Returns what stands in the place of an id until one is drawn: ten zeros.
    pub(crate) fn unset() -> Self {
        Self([b'0'; Self::LENGTH])
    }

    /// Returns the ten characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("every byte is of the alphabet, which is ASCII")
    }

    /// Returns whether `byte` may stand in an id as it is written.
    #[expect(clippy::indexing_slicing, reason = "a byte indexes 256 entries")]
    pub(crate) fn has_in_alphabet(byte: u8) -> bool {
        IN_ALPHABET[usize::from(byte)]
    }
}

#[expect(
    clippy::indexing_slicing,
    reason = "run by the compiler, which refuses an index out of bounds"
)]
const fn in_alphabet() -> [bool; 256] {
    let mut table = [false; 256];
    let mut at = 0;
    while at < ALPHABET.len() {
        table[ALPHABET[at] as usize] = true;
        at += 1;
    }
    table
}

impl fmt::Debug for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenId({})", self.as_str())
    }
}

impl fmt::Display for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for TokenId {
    type Err = TokenIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl Serialize for TokenId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// A text is no token id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenIdError {
    /// It has not ten characters.
    #[error("a token id has 10 characters, this has {found}")]
    Length {
        /// The number of its characters.
        found: usize,
    },
    /// It is too short or too long for the beginning of an id.
    #[error(
        "a token is named by its id of {length} characters or the first {shortest} of them or more, this has {found}",
        length = TokenId::LENGTH, shortest = TokenId::SHORTEST_PREFIX
    )]
    PrefixLength {
        /// The number of its characters.
        found: usize,
    },
    /// One of its characters cannot stand in an id.
    #[error(
        "a token id is of `0-9` and `a-z` without `i`, `l`, `o` and `u`, not so at byte {offset}"
    )]
    Alphabet {
        /// Where the first such character begins, in bytes from 0.
        offset: usize,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed(u8);

    impl Entropy for Fixed {
        fn fill(&mut self, buffer: &mut [u8]) -> Result<(), EntropyError> {
            buffer.fill(self.0);
            Ok(())
        }
    }

    struct Empty;

    impl Entropy for Empty {
        fn fill(&mut self, _: &mut [u8]) -> Result<(), EntropyError> {
            Err(EntropyError)
        }
    }

    #[test]
    fn upper_case_is_folded_and_nothing_else() {
        let id = TokenId::parse("7K3M9QX2AB").unwrap();
        assert_eq!(id.as_str(), "7k3m9qx2ab");
        assert_eq!(id, "7k3m9qx2ab".parse().unwrap());
        for (offset, taken) in [(0, "o123456789"), (1, "0l23456789"), (9, "012345678I")] {
            let refused = TokenId::parse(taken);
            assert_eq!(refused, Err(TokenIdError::Alphabet { offset }), "{taken}");
        }
    }

    #[test]
    fn only_ten_characters_of_the_alphabet_are_an_id() {
        for (text, found) in [
            ("", 0),
            ("012345678", 9),
            ("0123456789a", 11),
            ("ééééé0", 6),
        ] {
            assert_eq!(TokenId::parse(text), Err(TokenIdError::Length { found }));
        }
        for text in [
            "ééééé",
            "01234 6789",
            "01234-6789",
            "012345678\n",
            "u123456789",
        ] {
            let refused = TokenId::parse(text);
            assert!(
                matches!(refused, Err(TokenIdError::Alphabet { .. })),
                "{text}"
            );
        }
    }

    #[test]
    fn alphabet_and_its_test_agree() {
        let by_test: Vec<u8> = (0..=u8::MAX)
            .filter(|byte| TokenId::has_in_alphabet(*byte))
            .collect();
        assert_eq!(by_test, ALPHABET);
    }

    #[test]
    fn errors_show_nothing_of_the_text() {
        let message = TokenId::parse("hunter2-my-secret").unwrap_err().to_string();
        assert_eq!(message, "a token id has 10 characters, this has 17");
    }

    #[test]
    fn generated_id_is_read_back_and_written_as_a_string() {
        let id = TokenId::generate(&mut Fixed(33)).unwrap();
        assert_eq!(id.to_string(), "1111111111");
        assert_eq!(TokenId::parse(id.as_str()), Ok(id));
        assert_eq!(serde_json::to_string(&id).unwrap(), "\"1111111111\"");
        assert_eq!(TokenId::generate(&mut Empty), Err(EntropyError));
    }
}
