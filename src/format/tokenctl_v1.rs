//! Our own format: `tkc_<id>_<secret><checksum>`.

use std::fmt;

use crate::entropy::{self, Entropy};
use crate::format::checksum::{self, CHECKSUM_LENGTH};
use crate::format::{
    FormatError, GenerateError, Mark, NewSecret, TokenFormat, first_fault, without_repeats,
};
use crate::secret::Secret;
use crate::token_id::TokenId;

/// The number of secret characters: 190 bits.
const SECRET_LENGTH: usize = 32;

/// The number of characters after the prefix: `_`, the id, `_`, the secret and the checksum.
const AFTER_PREFIX: usize = 1 + TokenId::LENGTH + 1 + TokenctlV1::SECRET_RUN;

/// The format `<prefix>_<id>_<secret><checksum>` of tokens that are issued here unless another is asked for.
///
/// `id` is the public [`TokenId`], `secret` 32 random characters of base 62, `checksum` the CRC-32 of every byte
/// before it in six digits of base 62. With the prefix `tkc` that is 53 characters, one block of SHA-256. A double
/// click selects all of it, scanners find it by its prefix, and any single wrong character is found by the checksum.
#[derive(Clone, Debug)]
pub struct TokenctlV1 {
    prefixes: Vec<Prefix>,
}

impl TokenctlV1 {
    /// The id of the format.
    pub const ID: &'static str = "tokenctl_v1";

    /// The length of the run of letters and digits behind the id: secret and checksum.
    pub const SECRET_RUN: usize = SECRET_LENGTH + CHECKSUM_LENGTH;

    /// Registers `prefixes`, each once, the first of which is that of new tokens; with none, no token can be made.
    #[must_use]
    pub fn new(prefixes: Vec<Prefix>) -> Self {
        let prefixes = without_repeats(prefixes);
        Self { prefixes }
    }

    /// Takes `token` apart and checks each part: first the length, which every later step relies on.
    fn split<'t>(&self, token: &'t str) -> Result<Parts<'t>, FormatError> {
        let prefix = self.prefix_of(token).ok_or(FormatError::UnknownPrefix)?;
        let expected = prefix.0.len() + AFTER_PREFIX;
        let wrong_length = || FormatError::of_length(token, expected);
        if token.len() != expected {
            return Err(wrong_length());
        }
        let bytes = token.as_bytes();
        let (covered, checksum) = bytes.split_last_chunk().ok_or_else(wrong_length)?;
        let (head, secret) = covered
            .split_last_chunk::<SECRET_LENGTH>()
            .ok_or_else(wrong_length)?;
        let (separator, head) = head.split_last().ok_or_else(wrong_length)?;
        let (_, id) = head
            .split_last_chunk::<{ TokenId::LENGTH }>()
            .ok_or_else(wrong_length)?;
        Parts {
            covered,
            id,
            separator: *separator,
            secret,
            checksum,
        }
        .checked(prefix.0.len() + 1)
    }

    /// Returns the registered prefix with which `token` begins; only one can, as none holds a `_`.
    fn prefix_of(&self, token: &str) -> Option<&Prefix> {
        self.prefixes.iter().find(|prefix| {
            token
                .strip_prefix(prefix.as_str())
                .is_some_and(|rest| rest.starts_with('_'))
        })
    }
}

impl TokenFormat for TokenctlV1 {
    fn id(&self) -> &str {
        Self::ID
    }

    fn has_prefix(&self, token: &str) -> bool {
        self.prefix_of(token).is_some()
    }

    fn check(&self, token: &str) -> Result<(), FormatError> {
        self.split(token).map(|_| ())
    }

    fn marks(&self) -> Vec<Mark> {
        let mark = |prefix: &Prefix| Mark {
            start: format!("{prefix}_"),
            length: prefix.0.len() + AFTER_PREFIX,
        };
        self.prefixes.iter().map(mark).collect()
    }

    fn token_id_of(&self, token: &str) -> Option<TokenId> {
        let parts = self.split(token).ok()?;
        TokenId::parse(std::str::from_utf8(parts.id).ok()?).ok()
    }

    fn generate(
        &self,
        request: &NewSecret<'_>,
        entropy: &mut dyn Entropy,
    ) -> Result<Secret, GenerateError> {
        let prefix = match request.prefix {
            None => self.prefixes.first().ok_or(GenerateError::NoPrefix)?,
            Some(asked) => self
                .prefixes
                .iter()
                .find(|prefix| prefix.as_str() == asked)
                .ok_or(GenerateError::UnknownPrefix)?,
        };
        // At its full size at once: growing would leave copies of the secret behind.
        let mut token = String::with_capacity(prefix.0.len() + AFTER_PREFIX);
        token.push_str(prefix.as_str());
        token.push('_');
        token.push_str(request.id.as_str());
        token.push('_');
        entropy::draw_characters(entropy, checksum::ALPHABET, SECRET_LENGTH, &mut token)?;
        checksum::append(checksum::crc32(token.as_bytes()), &mut token);
        Ok(Secret::new(token))
    }
}

/// A token of the right length, taken apart.
struct Parts<'t> {
    /// All that the checksum covers.
    covered: &'t [u8],
    id: &'t [u8; TokenId::LENGTH],
    separator: u8,
    secret: &'t [u8; SECRET_LENGTH],
    checksum: &'t [u8; CHECKSUM_LENGTH],
}

impl Parts<'_> {
    /// Checks the alphabets and then the checksum; the id begins at byte `id_offset`.
    fn checked(self, id_offset: usize) -> Result<Self, FormatError> {
        let separator_offset = id_offset + TokenId::LENGTH;
        let secret_offset = separator_offset + 1;
        let id_fault = first_fault(self.id, |byte| TokenId::has_in_alphabet(*byte));
        let fault = id_fault
            .map(|offset| id_offset + offset)
            .or_else(|| (self.separator != b'_').then_some(separator_offset))
            .or_else(|| {
                first_fault(self.secret, u8::is_ascii_alphanumeric).map(|at| secret_offset + at)
            })
            .or_else(|| {
                first_fault(self.checksum, u8::is_ascii_alphanumeric)
                    .map(|at| secret_offset + SECRET_LENGTH + at)
            });
        match fault {
            Some(offset) => Err(FormatError::Alphabet { offset }),
            None if checksum::base62(checksum::crc32(self.covered)) != *self.checksum => {
                Err(FormatError::Checksum)
            }
            None => Ok(self),
        }
    }
}

/// What tokens of an installation begin with: 2 to 10 of `a-z` and `0-9`, beginning with a letter.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Prefix(String);

impl Prefix {
    /// Reads a prefix, which is given without the `_` that follows it in a token.
    ///
    /// # Errors
    ///
    /// [`PrefixError`] when `text` breaks the rule above.
    pub fn parse(text: &str) -> Result<Self, PrefixError> {
        let has_letter_first = text.starts_with(|first: char| first.is_ascii_lowercase());
        let is_of_alphabet = text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        if has_letter_first && is_of_alphabet && (2..=10).contains(&text.len()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(PrefixError)
        }
    }

    /// Returns the prefix without the `_`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Prefix {
    /// Returns `tkc`.
    fn default() -> Self {
        Self("tkc".to_owned())
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A text is no prefix for tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a token prefix is 2 to 10 of `a-z` and `0-9` and begins with a letter")]
pub struct PrefixError;

#[cfg(test)]
mod tests {
    use super::*;

    // Known answers: never change them, tokens like them are in the hands of users. The checksum is that of zlib.
    const TOKEN: &str = "tkc_7k3m9qx2ab_0123456789ABCDEFGHIJKLMNOPQRSTUV1uxfuw";

    fn format() -> TokenctlV1 {
        TokenctlV1::new(vec![Prefix::default(), Prefix::parse("acme2").unwrap()])
    }

    #[test]
    fn known_token_is_accepted_and_names_its_id() {
        assert_eq!(TOKEN.len(), 53);
        assert_eq!(format().check(TOKEN), Ok(()));
        let id = format().token_id_of(TOKEN).unwrap();
        assert_eq!(id.as_str(), "7k3m9qx2ab");
    }

    #[test]
    fn prefix_that_is_registered_twice_is_searched_once() {
        let prefixes = ["acme2", "tkc", "acme2"].map(|text| Prefix::parse(text).unwrap());
        let starts = TokenctlV1::new(prefixes.to_vec()).marks();
        assert!(starts.iter().map(|mark| &mark.start).eq(["acme2_", "tkc_"]));
    }

    #[test]
    fn wrong_length_is_told_before_all_else() {
        for (token, found, expected) in [
            ("tkc_", 4, 53),
            (&TOKEN[..52], 52, 53),
            (&format!("{TOKEN}0"), 54, 53),
            (&TOKEN.replacen("tkc", "acme2", 1)[..54], 54, 55),
        ] {
            let refused = Err(FormatError::Length { found, expected });
            assert_eq!(format().check(token), refused, "{token}");
        }
    }

    #[test]
    fn character_out_of_place_is_told_with_its_offset() {
        for (offset, taken) in [
            (4, 'o'),
            (13, 'B'),
            (14, '-'),
            (15, '_'),
            (46, 'é'),
            (52, ' '),
        ] {
            let token: String = TOKEN
                .chars()
                .enumerate()
                .map(|(at, kept)| if at == offset { taken } else { kept })
                .collect();
            let refused = Err(FormatError::Alphabet { offset });
            assert_eq!(format().check(&token), refused, "{token}");
        }
    }

    #[test]
    fn wrong_checksum_is_refused_and_names_no_id() {
        let token = TOKEN.replacen("7k3", "7k4", 1);
        assert_eq!(format().check(&token), Err(FormatError::Checksum));
        assert_eq!(format().token_id_of(&token), None);
    }

    #[test]
    fn prefix_counts_only_with_its_separator() {
        assert!(format().has_prefix("tkc_") && format().has_prefix("acme2_x"));
        for token in [
            "",
            "tkc",
            "tkc-7k3m",
            "tkcx_7k3m",
            "TKC_7k3m",
            "acme_7k3m",
            "_tkc_",
        ] {
            assert!(!format().has_prefix(token), "{token}");
            assert_eq!(format().check(token), Err(FormatError::UnknownPrefix));
        }
    }

    #[test]
    fn prefix_is_short_lower_case_and_begins_with_a_letter() {
        for good in ["tk", "t1", "acme2", "abcdefghij"] {
            assert_eq!(Prefix::parse(good).unwrap().to_string(), good);
        }
        for bad in [
            "",
            "t",
            "1tk",
            "Tkc",
            "tk_c",
            "tk-c",
            "tkç",
            "abcdefghijk",
            " tk",
            "tk\n",
        ] {
            assert_eq!(Prefix::parse(bad), Err(PrefixError), "{bad}");
        }
    }
}
