//! The ancestor's format: a vendor's type, many random characters and their checksum.

use std::fmt;

use crate::entropy::{self, Entropy};
use crate::format::checksum::{self, CHECKSUM_LENGTH};
use crate::format::{
    FormatError, GenerateError, Mark, NewSecret, TokenFormat, first_fault, without_repeats,
};
use crate::secret::Secret;

/// The number of characters of every token, counted in code points.
const LENGTH: usize = 255;

/// The format `TYPE_` + random characters + their checksum, 255 characters in all, as the ancestor makes it.
///
/// The checksum is the CRC-32 of the random part alone, so that a changed type is not found by it. Old releases of
/// the ancestor wrote it with the case of each letter swapped, and such tokens are accepted too.
#[derive(Clone, Debug)]
pub struct VendorChecksum {
    types: Vec<VendorType>,
}

impl VendorChecksum {
    /// The id of the format.
    pub const ID: &'static str = "vendor_checksum";

    /// Registers `types`, each once, the first of which is that of new tokens; with none, no token can be made.
    #[must_use]
    pub fn new(types: Vec<VendorType>) -> Self {
        let types = without_repeats(types);
        Self { types }
    }

    /// Checks `token` against `token_type`, which may be any text, as the ancestor lets it be.
    ///
    /// # Errors
    ///
    /// The first [`FormatError`] found.
    pub fn check_for_type(token: &str, token_type: &str) -> Result<(), FormatError> {
        let rest = after_type(token, token_type).ok_or(FormatError::UnknownPrefix)?;
        let found = token.chars().count();
        if found != LENGTH {
            return Err(FormatError::Length {
                found,
                expected: LENGTH,
            });
        }
        if let Some(offset) = first_fault(rest.as_bytes(), u8::is_ascii_alphanumeric) {
            return Err(FormatError::Alphabet {
                offset: token.len() - rest.len() + offset,
            });
        }
        let Some((random, found)) = rest.as_bytes().split_last_chunk::<CHECKSUM_LENGTH>() else {
            return Err(FormatError::Checksum);
        };
        let expected = checksum::base62(checksum::crc32(random));
        if *found == expected || *found == expected.map(swap_case) {
            Ok(())
        } else {
            Err(FormatError::Checksum)
        }
    }
}

impl TokenFormat for VendorChecksum {
    fn id(&self) -> &str {
        Self::ID
    }

    fn has_prefix(&self, token: &str) -> bool {
        self.types
            .iter()
            .any(|known| after_type(token, known.as_str()).is_some())
    }

    fn check(&self, token: &str) -> Result<(), FormatError> {
        // Two types may both fit, `a` and `a_b`: the token is good when it is good for one.
        let mut refusal = FormatError::UnknownPrefix;
        for known in &self.types {
            match Self::check_for_type(token, known.as_str()) {
                Ok(()) => return Ok(()),
                Err(FormatError::UnknownPrefix) => {}
                Err(error) => refusal = error,
            }
        }
        Err(refusal)
    }

    fn marks(&self) -> Vec<Mark> {
        let mark = |known: &VendorType| Mark {
            start: format!("{known}_"),
            length: LENGTH,
        };
        self.types.iter().map(mark).collect()
    }

    fn generate(
        &self,
        request: &NewSecret<'_>,
        entropy: &mut dyn Entropy,
    ) -> Result<Secret, GenerateError> {
        let known = match request.prefix {
            None => self.types.first().ok_or(GenerateError::NoPrefix)?,
            Some(asked) => self
                .types
                .iter()
                .find(|known| known.as_str() == asked)
                .ok_or(GenerateError::UnknownPrefix)?,
        };
        let before = known.0.len() + 1;
        // At its full size at once: growing would leave copies of the secret behind.
        let mut token = String::with_capacity(LENGTH);
        token.push_str(known.as_str());
        token.push('_');
        let count = LENGTH - CHECKSUM_LENGTH - before;
        entropy::draw_characters(entropy, checksum::ALPHABET, count, &mut token)?;
        let random = token.get(before..).unwrap_or_default();
        checksum::append(checksum::crc32(random.as_bytes()), &mut token);
        Ok(Secret::new(token))
    }
}

/// Returns what follows `token_type` and its `_`.
fn after_type<'t>(token: &'t str, token_type: &str) -> Option<&'t str> {
    token.strip_prefix(token_type)?.strip_prefix('_')
}

fn swap_case(byte: u8) -> u8 {
    if byte.is_ascii_lowercase() {
        byte.to_ascii_uppercase()
    } else {
        byte.to_ascii_lowercase()
    }
}

/// What a vendor's tokens begin with: 1 to 32 of `A-Z`, `a-z`, `0-9`, `_` and `-`.
///
/// The ancestor takes any text at creation, even one that leaves no room for random characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VendorType(String);

impl VendorType {
    /// Reads a type, which is given without the `_` that follows it in a token.
    ///
    /// # Errors
    ///
    /// [`VendorTypeError`] when `text` breaks the rule above.
    pub fn parse(text: &str) -> Result<Self, VendorTypeError> {
        let is_of_alphabet = text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
        if is_of_alphabet && (1..=32).contains(&text.len()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(VendorTypeError)
        }
    }

    /// Returns the type without the `_` that follows it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for VendorType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A text is no vendor type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a vendor type is 1 to 32 of `A-Z`, `a-z`, `0-9`, `_` and `-`")]
pub struct VendorTypeError;

#[cfg(test)]
mod tests {
    use super::*;

    fn token(token_type: &str, random: &str) -> String {
        let mut token = format!("{token_type}_{random}");
        checksum::append(checksum::crc32(random.as_bytes()), &mut token);
        token
    }

    #[test]
    fn type_that_is_the_start_of_another_does_not_shadow_it() {
        let types = ["my", "my_vendor"].map(|text| VendorType::parse(text).unwrap());
        let format = VendorChecksum::new(types.to_vec());
        assert_eq!(format.check(&token("my_vendor", &"x".repeat(239))), Ok(()));
        assert_eq!(format.check(&token("my", &"x".repeat(246))), Ok(()));
    }

    #[test]
    fn type_that_is_registered_twice_is_searched_once() {
        let types = ["my", "vnd", "my"].map(|text| VendorType::parse(text).unwrap());
        let starts = VendorChecksum::new(types.to_vec()).marks();
        assert!(starts.iter().map(|mark| &mark.start).eq(["my_", "vnd_"]));
    }

    #[test]
    fn what_has_no_room_for_a_checksum_is_refused() {
        for room in 0..CHECKSUM_LENGTH {
            let token_type = "t".repeat(254 - room);
            let token = format!("{token_type}_{}", "0".repeat(room));
            let refused = VendorChecksum::check_for_type(&token, &token_type);
            assert_eq!(refused, Err(FormatError::Checksum), "{room}");
        }
    }

    #[test]
    fn fault_is_told_by_its_byte() {
        let token = token("rbp", &"x".repeat(245)).replacen("_xx", "_x-", 1);
        let refused = VendorChecksum::check_for_type(&token, "rbp");
        assert_eq!(refused, Err(FormatError::Alphabet { offset: 5 }));
    }

    #[test]
    fn type_at_creation_is_short_and_plain() {
        for good in ["r", "rbp", "my_vendor", "A-1", &"x".repeat(32)] {
            assert_eq!(VendorType::parse(good).unwrap().to_string(), good);
        }
        for bad in ["", "é", "a b", "a.b", "rbp\n", &"x".repeat(33)] {
            assert_eq!(VendorType::parse(bad), Err(VendorTypeError), "{bad}");
        }
    }
}
