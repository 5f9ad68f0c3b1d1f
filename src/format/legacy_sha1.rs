//! The ancestor's first format: 40 hexadecimal digits.

use crate::entropy::{self, Entropy};
use crate::format::{FormatError, GenerateError, NewSecret, TokenFormat, first_fault};
use crate::secret::Secret;

const LENGTH: usize = 40;

/// The deprecated format of 40 hexadecimal digits, in either case.
///
/// The ancestor's were the SHA-1 of a server secret, the user and the time. Those made here are 160 random bits, so
/// that nothing about them can be predicted. It has neither prefix nor checksum: no scanner finds such a token, and
/// no typing error is seen before the look-up.
#[derive(Clone, Copy, Debug, Default)]
pub struct LegacySha1;

impl LegacySha1 {
    /// The id of the format.
    pub const ID: &'static str = "legacy_sha1";
}

impl TokenFormat for LegacySha1 {
    fn id(&self) -> &str {
        Self::ID
    }

    fn has_prefix(&self, _token: &str) -> bool {
        false
    }

    fn check(&self, token: &str) -> Result<(), FormatError> {
        if token.len() != LENGTH {
            return Err(FormatError::of_length(token, LENGTH));
        }
        match first_fault(token.as_bytes(), u8::is_ascii_hexdigit) {
            Some(offset) => Err(FormatError::Alphabet { offset }),
            None => Ok(()),
        }
    }

    fn generate(
        &self,
        request: &NewSecret<'_>,
        entropy: &mut dyn Entropy,
    ) -> Result<Secret, GenerateError> {
        if request.prefix.is_some() {
            return Err(GenerateError::Unprefixed);
        }
        let mut token = String::with_capacity(LENGTH);
        entropy::draw_characters(entropy, b"0123456789abcdef", LENGTH, &mut token)?;
        Ok(Secret::new(token))
    }
}
