//! Randomness as an argument.

use std::fmt;

/// A source of random bytes.
///
/// [`OsEntropy`] is the only one fit for secrets; tests hand in one of their own.
pub trait Entropy {
    /// Fills `buffer` with random bytes.
    ///
    /// # Errors
    ///
    /// [`EntropyError`] when the source has none to give; nothing may be made from the buffer then.
    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), EntropyError>;
}

/// The operating system's random number generator.
#[derive(Clone, Copy, Debug, Default)]
pub struct OsEntropy;

impl Entropy for OsEntropy {
    #[expect(clippy::disallowed_methods, reason = "the one source of randomness")]
    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), EntropyError> {
        getrandom::fill(buffer).map_err(|_| EntropyError)
    }
}

/// The source of randomness gave none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntropyError;

impl fmt::Display for EntropyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the operating system gave no random bytes")
    }
}

impl std::error::Error for EntropyError {}

/// Draws `count` characters of `alphabet`, each equally likely, and appends them to `text`.
///
/// Rejection sampling: a byte at or above the largest multiple of the alphabet's length is drawn again, as a plain
/// remainder would favour the first characters. An empty alphabet appends nothing.
pub(crate) fn draw_characters(
    entropy: &mut dyn Entropy,
    alphabet: &[u8],
    count: usize,
    text: &mut String,
) -> Result<(), EntropyError> {
    let Ok(size) = u8::try_from(alphabet.len()) else {
        return Err(EntropyError);
    };
    if size == 0 {
        return Ok(());
    }
    let limit = u8::MAX - (u8::MAX % size);
    // Not a `Secret`: the buffer holds more bytes than become characters, and is cleared all the same.
    let mut buffer = zeroize::Zeroizing::new([0_u8; 64]);
    let mut drawn = 0;
    while drawn < count {
        entropy.fill(buffer.as_mut_slice())?;
        for byte in buffer.iter().filter(|byte| **byte < limit) {
            if drawn == count {
                break;
            }
            let Some(character) = alphabet.get(usize::from(byte % size)) else {
                continue;
            };
            text.push(char::from(*character));
            drawn += 1;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Counting(u8);

    impl Entropy for Counting {
        fn fill(&mut self, buffer: &mut [u8]) -> Result<(), EntropyError> {
            for byte in buffer {
                *byte = self.0;
                self.0 = self.0.wrapping_add(1);
            }
            Ok(())
        }
    }

    #[test]
    fn every_character_is_equally_likely() {
        let mut text = String::new();
        draw_characters(&mut Counting(0), b"abcdefg", 252, &mut text).unwrap();
        for character in "abcdefg".chars() {
            assert_eq!(
                text.chars().filter(|c| *c == character).count(),
                36,
                "{character}"
            );
        }
    }
}
