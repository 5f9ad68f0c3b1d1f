//! Text that people write: notes and reasons.

use std::fmt;

use serde::Serialize;

/// A note or a reason: free text of at most [`FreeText::MAX_BYTES`] bytes, without NUL.
///
/// It may hold anything else, line breaks and control characters included: it is escaped where it is shown, never
/// where it is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct FreeText(String);

impl FreeText {
    /// The longest text, in bytes.
    pub const MAX_BYTES: usize = 4096;

    /// Takes `text` as it is.
    ///
    /// # Errors
    ///
    /// [`FreeTextError`] when it is too long or holds a NUL, which some databases cannot store.
    pub fn parse(text: impl Into<String>) -> Result<Self, FreeTextError> {
        let text = text.into();
        if text.len() > Self::MAX_BYTES {
            return Err(FreeTextError::TooLong { bytes: text.len() });
        }
        if text.contains('\0') {
            return Err(FreeTextError::Nul);
        }
        Ok(Self(text))
    }

    /// Takes what the store holds, which was parsed when it was written or came with an import.
    pub(crate) fn stored(text: String) -> Self {
        Self(text)
    }

    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns whether nothing was written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A note or reason that cannot be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FreeTextError {
    /// Longer than [`FreeText::MAX_BYTES`].
    #[error("text is {bytes} bytes long, at most {max} are kept", max = FreeText::MAX_BYTES)]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// Holds the character U+0000.
    #[error("text holds a NUL character")]
    Nul,
}

impl fmt::Display for FreeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_kept_up_to_its_limit_and_refused_beyond() {
        assert!(FreeText::parse("x".repeat(FreeText::MAX_BYTES)).is_ok());
        assert_eq!(
            FreeText::parse("x".repeat(FreeText::MAX_BYTES + 1)),
            Err(FreeTextError::TooLong { bytes: 4097 })
        );
        assert_eq!(FreeText::parse("a\0b"), Err(FreeTextError::Nul));
        assert_eq!(
            FreeText::parse("two\nlines").unwrap().as_str(),
            "two\nlines"
        );
    }
}
