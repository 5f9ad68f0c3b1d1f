//! Formats of tokens: how a token is made, and what can be told from its text alone.
//!
//! A format is what the ancestor calls a token generator. [`TokenFormats`] holds those of an installation, in order,
//! and judges a presented text before it is hashed or looked up: a typing error costs some nanoseconds and no I/O.
//! Nothing here knows whether a token was ever issued.

pub mod checksum;
mod legacy_sha1;
mod likeness;
mod tokenctl_v1;
mod vendor_checksum;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use crate::entropy::{Entropy, EntropyError};
use crate::secret::Secret;
use crate::token_id::TokenId;

pub use legacy_sha1::LegacySha1;
pub use likeness::find_token;
pub use tokenctl_v1::{Prefix, PrefixError, TokenctlV1};
pub use vendor_checksum::{VendorChecksum, VendorType, VendorTypeError};

/// The longest text that is taken for a token of a format that is not registered, in bytes.
pub const LONGEST_TOKEN: usize = 512;

/// A format of tokens.
///
/// An embedding server may add its own; ids are stored beside each token, so one is never given to another format.
pub trait TokenFormat: Send + Sync + fmt::Debug {
    /// Returns the id under which the format is stored and configured.
    fn id(&self) -> &str;

    /// Returns whether `token` begins with a prefix that is registered for this format.
    ///
    /// Such a text can be nothing else: it is refused when no format with that prefix accepts it. A format whose
    /// tokens have no prefix says false.
    fn has_prefix(&self, token: &str) -> bool;

    /// Checks the length, the alphabet and the checksum of `token`.
    ///
    /// It allocates nothing, hashes nothing and looks nothing up: `Ok` does not mean that the token exists.
    ///
    /// # Errors
    ///
    /// The first [`FormatError`] found.
    fn check(&self, token: &str) -> Result<(), FormatError>;

    /// Returns by what tokens of this format are found in a stream of bytes; nothing where only a look-up can tell them
    /// from other words.
    fn marks(&self) -> Vec<Mark> {
        Vec::new()
    }

    /// Returns the public id that is written in `token`, or `None` where [`TokenFormat::check`] refuses it, or where
    /// tokens of this format hold none.
    ///
    /// The token may still be unknown; only a look-up by its digest tells.
    fn token_id_of(&self, token: &str) -> Option<TokenId> {
        let _ = token;
        None
    }

    /// Makes a new token.
    ///
    /// # Errors
    ///
    /// [`GenerateError`] when the prefix asked for is not registered, or when there is no randomness.
    fn generate(
        &self,
        request: &NewSecret<'_>,
        entropy: &mut dyn Entropy,
    ) -> Result<Secret, GenerateError>;
}

/// What all tokens of a kind begin with, and how long they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The beginning, with the separator behind it.
    pub start: String,
    /// The number of bytes of the whole token, its beginning included.
    pub length: usize,
}

/// What a new token is made for.
#[derive(Clone, Copy, Debug)]
pub struct NewSecret<'a> {
    /// The public id that the token will have; a format may write it into the token.
    pub id: TokenId,
    /// The prefix or vendor type to begin with; without one, the first that is registered.
    pub prefix: Option<&'a str>,
}

/// A text is no token of a format.
///
/// It holds places and numbers and never any of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FormatError {
    /// It begins with no prefix registered for the format.
    #[error("token does not begin with a registered prefix")]
    UnknownPrefix,
    /// It is empty.
    #[error("token is empty")]
    Empty,
    /// It is longer than any token, whatever its format.
    #[error("token has {found} bytes, the limit is {LONGEST_TOKEN}")]
    TooLong {
        /// The number of its bytes.
        found: usize,
    },
    /// It has not the length that the format gives to tokens with its prefix.
    #[error("token has {found} characters, not {expected}")]
    Length {
        /// The number of its characters (code points).
        found: usize,
        /// The number of characters of the format's tokens.
        expected: usize,
    },
    /// A character stands where it cannot.
    #[error("token has a character at byte {offset} that cannot stand there")]
    Alphabet {
        /// Where the first such character begins, in bytes from 0.
        offset: usize,
    },
    /// Its checksum is that of another token: it was mistyped, or cut and joined.
    #[error("token has a wrong checksum")]
    Checksum,
}

impl FormatError {
    /// Returns what is wrong with `token`, which has not `expected` bytes, where all its characters should be ASCII.
    fn of_length(token: &str, expected: usize) -> Self {
        let found = token.chars().count();
        if found == expected {
            let offset = first_fault(token.as_bytes(), u8::is_ascii).unwrap_or_default();
            return Self::Alphabet { offset };
        }
        Self::Length { found, expected }
    }
}

/// No token could be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GenerateError {
    /// The prefix asked for is not registered: the token would not be known for one of ours.
    #[error("prefix is not registered for this token format")]
    UnknownPrefix,
    /// The format's tokens need a prefix, and none is registered.
    #[error("this token format needs a prefix, and none is registered")]
    NoPrefix,
    /// The format's tokens have no prefix, and one was asked for.
    #[error("this token format has no prefixes")]
    Unprefixed,
    /// There was no randomness.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
}

/// What can be told of a presented text without looking it up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Shape<'a> {
    /// A format accepts it.
    WellFormed {
        /// The id of the first such format.
        format: &'a str,
    },
    /// It cannot be a token: it begins with a registered prefix and no format with that prefix accepts it, or it
    /// cannot stand in a header as one word.
    Malformed(FormatError),
    /// It begins with no registered prefix, and may be a token imported from elsewhere.
    Foreign,
}

/// The formats of an installation, in the order in which they are asked.
#[derive(Clone, Debug)]
pub struct TokenFormats {
    formats: Vec<Arc<dyn TokenFormat>>,
    default: Arc<dyn TokenFormat>,
    deprecated: BTreeSet<String>,
}

impl TokenFormats {
    /// Registers `formats`, of which new tokens are in `default_id` unless another is asked for.
    ///
    /// An empty `deprecated` means that none is. It may name formats that are not registered, since stored tokens
    /// may be of such.
    ///
    /// # Errors
    ///
    /// [`TokenFormatsError`] when no format has the id `default_id`, or two have the same id. The ancestor falls back
    /// to another format there, and so issues tokens that nobody asked for.
    pub fn new(
        formats: Vec<Arc<dyn TokenFormat>>,
        default_id: &str,
        deprecated: BTreeSet<String>,
    ) -> Result<Self, TokenFormatsError> {
        let mut seen = BTreeSet::new();
        for format in &formats {
            if !seen.insert(format.id()) {
                return Err(TokenFormatsError::DuplicateId {
                    id: format.id().to_owned(),
                });
            }
        }
        let Some(default) = formats.iter().find(|format| format.id() == default_id) else {
            return Err(TokenFormatsError::UnknownDefault {
                id: default_id.to_owned(),
                known: formats
                    .iter()
                    .map(|format| format.id().to_owned())
                    .collect(),
            });
        };
        Ok(Self {
            default: Arc::clone(default),
            formats,
            deprecated,
        })
    }

    /// Returns the formats that come with this crate: `tokenctl_v1` with `prefixes`, `vendor_checksum` with
    /// `vendor_types`, and `legacy_sha1`.
    #[must_use]
    pub fn built_in(
        prefixes: Vec<Prefix>,
        vendor_types: Vec<VendorType>,
    ) -> Vec<Arc<dyn TokenFormat>> {
        vec![
            Arc::new(TokenctlV1::new(prefixes)),
            Arc::new(VendorChecksum::new(vendor_types)),
            Arc::new(LegacySha1),
        ]
    }

    /// Returns the ids deprecated unless configured otherwise: `legacy_sha1`.
    #[must_use]
    pub fn deprecated_by_default() -> BTreeSet<String> {
        BTreeSet::from([LegacySha1::ID.to_owned()])
    }

    /// Returns the format with this id.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<&dyn TokenFormat> {
        self.formats
            .iter()
            .find(|format| format.id() == id)
            .map(AsRef::as_ref)
    }

    /// Returns the format of new tokens for which no other is asked.
    #[must_use]
    pub fn default_format(&self) -> &dyn TokenFormat {
        self.default.as_ref()
    }

    /// Returns whether tokens of the format with this id are still good but should be replaced.
    #[must_use]
    pub fn is_deprecated(&self, id: &str) -> bool {
        self.deprecated.contains(id)
    }

    /// Returns the ids of all formats, in order.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.formats.iter().map(|format| format.id())
    }

    /// Returns all formats, in order.
    pub(crate) fn all(&self) -> &[Arc<dyn TokenFormat>] {
        &self.formats
    }

    /// Tells what `token` looks like, without allocating, hashing or looking anything up.
    ///
    /// A text with a registered prefix is for the formats with that prefix alone to accept. Any other may be a token
    /// from elsewhere when it is of 1 to [`LONGEST_TOKEN`] visible ASCII characters without a comma.
    #[must_use]
    pub fn judge(&self, token: &str) -> Shape<'_> {
        if token.len() > LONGEST_TOKEN {
            return Shape::Malformed(FormatError::TooLong { found: token.len() });
        }
        let mut refusal = None;
        for format in self.formats.iter().filter(|f| f.has_prefix(token)) {
            match format.check(token) {
                Ok(()) => {
                    return Shape::WellFormed {
                        format: format.id(),
                    };
                }
                Err(error) => refusal = refusal.or(Some(error)),
            }
        }
        if let Some(error) = refusal.or_else(|| word_fault(token)) {
            return Shape::Malformed(error);
        }
        match self.formats.iter().find(|f| f.check(token).is_ok()) {
            Some(format) => Shape::WellFormed {
                format: format.id(),
            },
            None => Shape::Foreign,
        }
    }
}

impl Default for TokenFormats {
    /// Registers the built-in formats with the prefix `tkc` and no vendor type; new tokens are `tokenctl_v1`.
    ///
    /// The ancestor's default is `vendor_checksum`: 255 characters, without a public id.
    fn default() -> Self {
        let default: Arc<dyn TokenFormat> = Arc::new(TokenctlV1::new(vec![Prefix::default()]));
        Self {
            formats: vec![
                Arc::clone(&default),
                Arc::new(VendorChecksum::new(Vec::new())),
                Arc::new(LegacySha1),
            ],
            default,
            deprecated: Self::deprecated_by_default(),
        }
    }
}

/// The formats of an installation contradict each other.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenFormatsError {
    /// New tokens should be of a format that is not registered.
    #[error("no token format has the id `{id}`; known: {}", .known.join(", "))]
    UnknownDefault {
        /// The id asked for.
        id: String,
        /// The ids that are registered.
        known: Vec<String>,
    },
    /// Two formats have the same id.
    #[error("two token formats have the id `{id}`")]
    DuplicateId {
        /// The id that both have.
        id: String,
    },
}

/// Returns why `token` cannot stand in a header as one word, whatever its format.
fn word_fault(token: &str) -> Option<FormatError> {
    if token.is_empty() {
        return Some(FormatError::Empty);
    }
    first_fault(token.as_bytes(), is_of_word).map(|offset| FormatError::Alphabet { offset })
}

/// Returns whether `byte` may stand in a word of a header. A comma would begin the next one.
pub(crate) fn is_of_word(byte: &u8) -> bool {
    byte.is_ascii_graphic() && *byte != b','
}

/// Returns where the first byte stands that does not belong.
pub(crate) fn first_fault(bytes: &[u8], belongs: impl Fn(&u8) -> bool) -> Option<usize> {
    // First without an early exit, which is done many bytes at a time: in nearly every token all bytes belong.
    if bytes.iter().fold(true, |all, byte| all & belongs(byte)) {
        return None;
    }
    bytes.iter().position(|byte| !belongs(byte))
}

/// Returns the first of each of `all`: they are few.
pub(crate) fn without_repeats<T: PartialEq>(all: Vec<T>) -> Vec<T> {
    let mut kept = Vec::with_capacity(all.len());
    for one in all {
        if !kept.contains(&one) {
            kept.push(one);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_types(types: &[&str]) -> TokenFormats {
        let types = types.iter().map(|text| VendorType::parse(text).unwrap());
        let formats = TokenFormats::built_in(vec![Prefix::default()], types.collect());
        TokenFormats::new(formats, TokenctlV1::ID, BTreeSet::new()).unwrap()
    }

    fn malformed(token: &str) -> FormatError {
        match TokenFormats::default().judge(token) {
            Shape::Malformed(error) => error,
            other => panic!("{token} is {other:?}"),
        }
    }

    #[test]
    fn default_is_our_format_and_deprecates_the_oldest() {
        let formats = TokenFormats::default();
        let ids: Vec<&str> = formats.ids().collect();
        assert_eq!(ids, ["tokenctl_v1", "vendor_checksum", "legacy_sha1"]);
        assert_eq!(formats.default_format().id(), "tokenctl_v1");
        assert!(formats.is_deprecated("legacy_sha1"));
        assert!(!formats.is_deprecated("tokenctl_v1") && !formats.is_deprecated("other"));
        assert!(formats.find("vendor_checksum").is_some());
        assert!(formats.find("Vendor_Checksum").is_none());
    }

    #[test]
    fn empty_set_deprecates_nothing() {
        assert!(!with_types(&[]).is_deprecated("legacy_sha1"));
    }

    #[test]
    fn unknown_default_is_an_error_that_names_the_known() {
        let formats = TokenFormats::built_in(vec![Prefix::default()], Vec::new());
        let refused = TokenFormats::new(formats, "vendor", BTreeSet::new()).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "no token format has the id `vendor`; known: tokenctl_v1, vendor_checksum, legacy_sha1"
        );
    }

    #[test]
    fn two_formats_with_one_id_are_refused() {
        let formats: Vec<Arc<dyn TokenFormat>> = vec![Arc::new(LegacySha1), Arc::new(LegacySha1)];
        let refused = TokenFormats::new(formats, "legacy_sha1", BTreeSet::new()).unwrap_err();
        assert!(matches!(refused, TokenFormatsError::DuplicateId { .. }));
    }

    #[test]
    fn registered_prefix_must_be_followed_by_a_whole_token() {
        assert!(matches!(
            malformed("tkc_"),
            FormatError::Length { found: 4, .. }
        ));
        assert!(matches!(malformed("tkc_,"), FormatError::Length { .. }));
        let formats = with_types(&["rbp"]);
        let shape = formats.judge("rbp_000000");
        assert!(matches!(
            shape,
            Shape::Malformed(FormatError::Length { expected: 255, .. })
        ));
        assert_eq!(TokenFormats::default().judge("rbp_000000"), Shape::Foreign);
    }

    #[test]
    fn prefix_of_two_formats_is_good_for_either() {
        let formats = with_types(&["tkc"]);
        let vendor = formats.find("vendor_checksum").unwrap();
        let token = generate(vendor, Some("tkc"));
        let shape = formats.judge(token.expose_secret());
        assert_eq!(
            shape,
            Shape::WellFormed {
                format: "vendor_checksum"
            }
        );
    }

    #[test]
    fn text_without_a_prefix_goes_on_when_it_is_one_plain_word() {
        let formats = TokenFormats::default();
        for token in ["x", "tkc", "5|abcdef", "a.b-c~d+e/f==", &"~".repeat(512)] {
            assert_eq!(formats.judge(token), Shape::Foreign, "{token}");
        }
        let digits = "395df8f7c51f007019cb30201c49e884b46b92FA";
        assert_eq!(
            formats.judge(digits),
            Shape::WellFormed {
                format: "legacy_sha1"
            }
        );
    }

    #[test]
    fn text_that_cannot_be_one_word_of_a_header_is_malformed() {
        assert_eq!(malformed(""), FormatError::Empty);
        assert_eq!(
            malformed(&"x".repeat(513)),
            FormatError::TooLong { found: 513 }
        );
        for token in ["ab c", "ab,c", "ab\0c", "ab\tc", "ab\n", "abé", "ab\u{7f}"] {
            assert_eq!(
                malformed(token),
                FormatError::Alphabet { offset: 2 },
                "{token:?}"
            );
        }
    }

    #[test]
    fn fault_is_the_first_byte_that_does_not_belong() {
        assert_eq!(first_fault(b"", u8::is_ascii_digit), None);
        assert_eq!(first_fault(b"0123456789", u8::is_ascii_digit), None);
        assert_eq!(first_fault(b"01_3456_89", u8::is_ascii_digit), Some(2));
    }

    #[test]
    fn prefix_must_be_registered_to_be_issued() {
        let formats = TokenFormats::default();
        let refuse = |id: &str, prefix| {
            let request = NewSecret {
                id: TokenId::parse("0123456789").unwrap(),
                prefix,
            };
            let format = formats.find(id).unwrap();
            format.generate(&request, &mut Counting(0)).unwrap_err()
        };
        assert_eq!(
            refuse("tokenctl_v1", Some("other")),
            GenerateError::UnknownPrefix
        );
        assert_eq!(refuse("vendor_checksum", None), GenerateError::NoPrefix);
        assert_eq!(
            refuse("vendor_checksum", Some("rbp")),
            GenerateError::UnknownPrefix
        );
        assert_eq!(
            refuse("legacy_sha1", Some("tkc")),
            GenerateError::Unprefixed
        );
    }

    #[test]
    fn no_format_issues_without_randomness() {
        struct Dry;
        impl Entropy for Dry {
            fn fill(&mut self, _: &mut [u8]) -> Result<(), EntropyError> {
                Err(EntropyError)
            }
        }
        let formats = with_types(&["rbp"]);
        let request = NewSecret {
            id: TokenId::parse("0123456789").unwrap(),
            prefix: None,
        };
        for id in formats.ids() {
            let refused = formats
                .find(id)
                .unwrap()
                .generate(&request, &mut Dry)
                .unwrap_err();
            assert_eq!(refused, GenerateError::Entropy(EntropyError), "{id}");
        }
    }

    struct Counting(u8);

    impl Entropy for Counting {
        fn fill(&mut self, buffer: &mut [u8]) -> Result<(), EntropyError> {
            buffer.fill_with(|| {
                self.0 = self.0.wrapping_add(1);
                self.0
            });
            Ok(())
        }
    }

    fn generate(format: &dyn TokenFormat, prefix: Option<&str>) -> Secret {
        let id = TokenId::parse("0123456789").unwrap();
        format
            .generate(&NewSecret { id, prefix }, &mut Counting(0))
            .unwrap()
    }
}
