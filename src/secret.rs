//! Secrets and their digests: what may never be shown, and what is stored instead.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256, Sha512};
use subtle::{Choice, ConstantTimeEq};

/// A whole token, or another text that must never be shown.
///
/// It is zeroized when dropped (best effort: the allocator and the kernel may have made copies before), its
/// `Debug` is redacted, and it has no `Display`, `Clone` or `Serialize`. [`Secret::expose_secret`] is the only
/// way to its text, so that a search for that word finds each place that reads one.
pub struct Secret(SecretString);

impl Secret {
    /// Takes ownership of `text`, which is zeroized when this value is dropped.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(SecretString::from(text))
    }

    /// Returns the text itself.
    #[must_use]
    pub fn expose_secret(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret([redacted])")
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

/// How a stored digest was made from the token.
///
/// Our own tokens are `Sha256`; the others come in with tokens imported from systems that hash differently, so that
/// the old headers of old clients stay good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum DigestKind {
    /// SHA-256 of the whole token.
    Sha256,
    /// SHA-512 of the whole token, as django-rest-knox stores it.
    KnoxSha512,
    /// SHA-256 of what follows the first `|` of the token, as Laravel Sanctum stores it.
    SanctumSha256,
}

impl DigestKind {
    /// Every kind, in the order in which they are probed.
    pub const ALL: [Self; 3] = [Self::Sha256, Self::KnoxSha512, Self::SanctumSha256];

    /// Returns the word for this kind, as it stands in an export.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::KnoxSha512 => "knox_sha512",
            Self::SanctumSha256 => "sanctum_sha256",
        }
    }

    /// Returns how many bytes such a digest has.
    #[must_use]
    pub fn length(self) -> usize {
        match self {
            Self::KnoxSha512 => 64,
            Self::Sha256 | Self::SanctumSha256 => 32,
        }
    }
}

/// The digest of a token: what the store keeps and looks up in its place.
///
/// A token of ours has 190 random bits, so that a plain fast hash is enough: there is nothing to guess (NIST SP
/// 800-63B 5.1.2.2 asks no more above 112 bits), and a slow one would be a way to keep a server busy.
#[derive(Clone)]
pub struct TokenDigest {
    kind: DigestKind,
    bytes: Bytes,
}

/// In place: each login makes one.
#[derive(Clone)]
enum Bytes {
    Short([u8; 32]),
    Long([u8; 64]),
}

impl TokenDigest {
    /// Returns the SHA-256 digest of the whole token, the kind used for every token issued here.
    #[must_use]
    pub fn of(secret: &Secret) -> Self {
        Self {
            kind: DigestKind::Sha256,
            bytes: Bytes::Short(Sha256::digest(secret.expose_secret()).into()),
        }
    }

    /// Returns the digest of `kind`, or `None` where a token of this shape cannot have one.
    #[must_use]
    pub fn of_kind(kind: DigestKind, secret: &Secret) -> Option<Self> {
        let token = secret.expose_secret();
        let bytes = match kind {
            DigestKind::Sha256 => return Some(Self::of(secret)),
            DigestKind::KnoxSha512 => Bytes::Long(Sha512::digest(token).into()),
            DigestKind::SanctumSha256 => {
                Bytes::Short(Sha256::digest(token.split_once('|')?.1).into())
            }
        };
        Some(Self { kind, bytes })
    }

    /// Takes a digest that another store has, `None` where its length is not that of its kind.
    #[must_use]
    pub fn stored(kind: DigestKind, bytes: &[u8]) -> Option<Self> {
        let bytes = match kind {
            DigestKind::KnoxSha512 => Bytes::Long(bytes.try_into().ok()?),
            DigestKind::Sha256 | DigestKind::SanctumSha256 => Bytes::Short(bytes.try_into().ok()?),
        };
        Some(Self { kind, bytes })
    }

    /// Reads what [`TokenDigest::to_text`] writes.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let (word, hex) = text.split_once(':')?;
        let kind = DigestKind::ALL
            .into_iter()
            .find(|kind| kind.as_str() == word)?;
        Self::from_hex(kind, hex)
    }

    /// Reads a digest of `kind` in hexadecimal digits.
    #[must_use]
    pub fn from_hex(kind: DigestKind, hex: &str) -> Option<Self> {
        let digit = |byte: u8| char::from(byte).to_digit(16);
        let (pairs, []) = hex.as_bytes().as_chunks::<2>() else {
            return None;
        };
        let bytes = pairs
            .iter()
            .map(|&[high, low]| u8::try_from(digit(high)? * 16 + digit(low)?).ok());
        Self::stored(kind, &bytes.collect::<Option<Vec<_>>>()?)
    }

    /// Returns the kind and the digest in hexadecimal digits, as they stand in an export.
    #[must_use]
    pub fn to_text(&self) -> String {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let word = self.kind.as_str();
        let mut text = String::with_capacity(word.len() + 1 + 2 * self.as_bytes().len());
        text.push_str(word);
        text.push(':');
        for byte in self.as_bytes() {
            for half in [byte >> 4, byte & 15] {
                // Not `extend`: an export of many tokens would spend a tenth of its time here.
                if let Some(digit) = DIGITS.get(usize::from(half)) {
                    text.push(char::from(*digit));
                }
            }
        }
        text
    }

    /// Returns how this digest was made.
    #[must_use]
    pub fn kind(&self) -> DigestKind {
        self.kind
    }

    /// Returns the raw digest: 64 bytes for SHA-512, 32 for the others.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        match &self.bytes {
            Bytes::Short(bytes) => bytes,
            Bytes::Long(bytes) => bytes,
        }
    }

    /// Returns whether `stored` is this digest, in a time that does not depend on where they differ.
    #[must_use]
    pub fn matches(&self, stored: &[u8]) -> bool {
        let own = self.as_bytes();
        let is_as_long = Choice::from(u8::from(own.len() == stored.len()));
        // By words: byte by byte takes as long as the hash. Nothing is left over of 32 or 64 bytes.
        let ((own, _), (stored, _)) = (own.as_chunks(), stored.as_chunks());
        let same = own
            .iter()
            .zip(stored)
            .fold(is_as_long, |same, (own, stored)| {
                same & u64::from_ne_bytes(*own).ct_eq(&u64::from_ne_bytes(*stored))
            });
        same.into()
    }
}

impl PartialEq for TokenDigest {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind && self.matches(other.as_bytes())
    }
}

impl Eq for TokenDigest {}

impl fmt::Debug for TokenDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenDigest({:?}, [redacted])", self.kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing_of_a_secret() {
        let secret = Secret::new("hunter2-hunter2".into());
        assert_eq!(format!("{secret:?}"), "Secret([redacted])");
        assert_eq!(
            format!("{:?}", TokenDigest::of(&secret)),
            "TokenDigest(Sha256, [redacted])"
        );
    }

    #[test]
    fn digest_is_plain_sha256_of_the_whole_token() {
        let digest = TokenDigest::of(&Secret::new("abc".into()));
        // FIPS 180-2, appendix B.1.
        let expected = [
            0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40, 0xde, 0x5d, 0xae,
            0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61,
            0xf2, 0x00, 0x15, 0xad,
        ];
        assert!(digest.matches(&expected));
        assert!(!digest.matches(&expected[..31]));
    }

    #[test]
    fn digests_are_equal_only_of_the_same_secret_and_kind() {
        let of = |kind, text: &str| TokenDigest::of_kind(kind, &Secret::new(text.to_owned()));
        let digest = of(DigestKind::Sha256, "abc");
        assert_eq!(digest, of(DigestKind::Sha256, "abc"));
        assert_ne!(digest, of(DigestKind::Sha256, "abd"));
        // The same bytes, as only what stands behind the `|` is hashed.
        assert_ne!(digest, of(DigestKind::SanctumSha256, "1|abc"));
    }

    #[test]
    fn digest_with_any_byte_changed_is_another() {
        for kind in DigestKind::ALL {
            let digest = TokenDigest::of_kind(kind, &Secret::new("1|abc".into())).unwrap();
            assert!(digest.matches(digest.as_bytes()));
            for at in 0..kind.length() {
                let mut changed = digest.as_bytes().to_vec();
                changed[at] ^= 1;
                assert!(!digest.matches(&changed), "{kind:?} {at}");
            }
            let longer = [digest.as_bytes(), &[0]].concat();
            let twice = digest.as_bytes().repeat(2);
            for other in [&longer[1..], &longer[..], &twice[..], &[]] {
                assert!(!digest.matches(other), "{kind:?}");
            }
        }
    }

    #[test]
    fn digest_as_text_is_read_back_and_nothing_else_is() {
        for kind in DigestKind::ALL {
            let digest = TokenDigest::of_kind(kind, &Secret::new("1|abc".into())).unwrap();
            let text = digest.to_text();
            assert_eq!(TokenDigest::from_text(&text), Some(digest));
            for bad in [
                text.replace(':', ""),
                text.replace("sha", "md"),
                format!("{text}0"),
                format!("{text}00"),
                text.replace(':', ":+"),
                text[..text.len() - 2].to_owned(),
                format!("{}g", &text[..text.len() - 1]),
                format!("{}\u{e9}", &text[..text.len() - 2]),
            ] {
                assert_eq!(TokenDigest::from_text(&bad), None, "{bad}");
            }
        }
    }

    #[test]
    fn sanctum_digest_covers_what_follows_the_bar() {
        let whole = Secret::new("5|abc".into());
        let tail = TokenDigest::of(&Secret::new("abc".into()));
        let sanctum = TokenDigest::of_kind(DigestKind::SanctumSha256, &whole).unwrap();
        assert_eq!(sanctum.as_bytes(), tail.as_bytes());
        assert!(
            TokenDigest::of_kind(DigestKind::SanctumSha256, &Secret::new("abc".into())).is_none()
        );
    }
}
