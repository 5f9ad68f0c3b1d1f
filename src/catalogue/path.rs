//! The path of a request, read in one way or not at all.

/// The longest path that is read, in bytes, without its query.
pub const MAX_PATH_BYTES: usize = 8 * 1024;

/// A path that might be read in more than one way, or is none.
///
/// Proxies, frameworks and applications differ in what they make of such a path, so that we might judge one resource
/// and they serve another. None of the messages repeats the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PathRefused {
    /// Longer than [`MAX_PATH_BYTES`].
    #[error("the path is longer than {MAX_PATH_BYTES} bytes")]
    TooLong,
    /// It does not begin with a slash: nothing, `*`, or a whole URL.
    #[error("the path does not begin with `/`")]
    NotFromRoot,
    /// Two slashes follow each other, which some take for one.
    #[error("the path has an empty segment")]
    EmptySegment,
    /// A segment of dots alone, encoded or not.
    #[error("the path has a segment of dots alone")]
    DotSegment,
    /// A character that has to be percent-encoded (RFC 3986 section 3.3), a backslash and a `#` among them.
    #[error("the path has a character that must not stand in a path")]
    Character,
    /// `;`, from which on some drop the segment.
    #[error("the path has a `;`")]
    PathParameter,
    /// `%` without two hexadecimal digits behind it.
    #[error("the path has a malformed percent-encoding")]
    Escape,
    /// `/`, `\`, `%`, `;`, `?` or `#`, percent-encoded: another path for whoever decodes sooner, or twice.
    #[error("the path has a percent-encoded delimiter")]
    EncodedDelimiter,
    /// A control character, NUL among them, percent-encoded.
    #[error("the path has a percent-encoded control character")]
    EncodedControl,
    /// A segment that is not UTF-8 once it is decoded.
    #[error("the path is not UTF-8")]
    NotUtf8,
    /// The id of an object that is known by numbers is not written as one: it has a sign, leading zeros or the like.
    #[error("the object id is not a decimal number")]
    Number,
}

/// Returns the segments of the path of `target`, decoded; one slash at the end counts as absent.
pub(super) fn segments(target: &str) -> Result<Vec<String>, PathRefused> {
    let path = target.split('?').next().unwrap_or_default();
    if path.len() > MAX_PATH_BYTES {
        return Err(PathRefused::TooLong);
    }
    let inner = path.strip_prefix('/').ok_or(PathRefused::NotFromRoot)?;
    if inner.is_empty() {
        return Ok(Vec::new());
    }
    let inner = inner.strip_suffix('/').unwrap_or(inner);
    inner.split('/').map(decode).collect()
}

/// Returns whether `byte` may stand for itself in a segment: a `pchar` of RFC 3986 section 3.3, but for `;`.
pub(super) fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,=:@".contains(&byte)
}

fn decode(segment: &str) -> Result<String, PathRefused> {
    let mut decoded = Vec::with_capacity(segment.len());
    let mut bytes = segment.bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => match unescape(bytes.next(), bytes.next()) {
                None => return Err(PathRefused::Escape),
                Some(byte) if b"/\\%;?#".contains(&byte) => {
                    return Err(PathRefused::EncodedDelimiter);
                }
                Some(byte) => byte,
            },
            b';' => return Err(PathRefused::PathParameter),
            byte if is_plain(byte) => byte,
            _ => return Err(PathRefused::Character),
        });
    }
    let decoded = String::from_utf8(decoded).map_err(|_| PathRefused::NotUtf8)?;
    if decoded.is_empty() {
        return Err(PathRefused::EmptySegment);
    }
    if decoded.chars().any(char::is_control) {
        return Err(PathRefused::EncodedControl);
    }
    if decoded.bytes().all(|byte| byte == b'.') {
        return Err(PathRefused::DotSegment);
    }
    Ok(decoded)
}

fn unescape(high: Option<u8>, low: Option<u8>) -> Option<u8> {
    let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
    let value = digit(high)?.checked_mul(16)?.checked_add(digit(low)?)?;
    u8::try_from(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_decoded_once() {
        for (target, expected) in [
            ("/", &[] as &[&str]),
            ("/?/x", &[]),
            ("/a/b", &["a", "b"]),
            ("/a/b/", &["a", "b"]),
            ("/a/b/?c/d#e%", &["a", "b"]),
            ("/%61/%2Ab%2a", &["a", "*b*"]),
            ("/a+b/%20", &["a+b", " "]),
            ("/a-._~!$&'()*+,=:@", &["a-._~!$&'()*+,=:@"]),
            ("/%E2%82%AC/.a/..a/a..", &["\u{20ac}", ".a", "..a", "a.."]),
        ] {
            assert_eq!(segments(target).unwrap(), expected, "{target}");
        }
    }

    /// Paths that somebody might take for review 42 or the user `ada`.
    #[test]
    fn hostile_paths_are_refused() {
        use PathRefused as No;
        for (target, refused) in [
            ("", No::NotFromRoot),
            ("*", No::NotFromRoot),
            ("api/reviews/42", No::NotFromRoot),
            (" /api/reviews/42", No::NotFromRoot),
            ("\\api/reviews/42", No::NotFromRoot),
            ("%2fapi/reviews/42", No::NotFromRoot),
            ("http://host/api/reviews/42", No::NotFromRoot),
            ("?/api/reviews/42", No::NotFromRoot),
            ("#/api/reviews/42", No::NotFromRoot),
            ("//", No::EmptySegment),
            ("//host/api/reviews/42", No::EmptySegment),
            ("//api/reviews/42", No::EmptySegment),
            ("/api//reviews/42", No::EmptySegment),
            ("/api/reviews//42", No::EmptySegment),
            ("/api/reviews/42//", No::EmptySegment),
            ("/api/reviews//", No::EmptySegment),
            ("/./api/reviews/42", No::DotSegment),
            ("/api/./reviews/42", No::DotSegment),
            ("/api/reviews/./42", No::DotSegment),
            ("/api/reviews/42/.", No::DotSegment),
            ("/api/reviews/42/./", No::DotSegment),
            ("/api/reviews/7/../42", No::DotSegment),
            ("/api/reviews/42/..", No::DotSegment),
            ("/../api/reviews/42", No::DotSegment),
            ("/api/users/.../42", No::DotSegment),
            ("/api/%2e/reviews/42", No::DotSegment),
            ("/api/reviews/7/%2e%2e/42", No::DotSegment),
            ("/api/reviews/7/%2E%2e/42", No::DotSegment),
            ("/api/reviews/7/.%2e/42", No::DotSegment),
            ("/api/reviews/7/%2e./42", No::DotSegment),
            ("/api/reviews/7/%252e%252e/42", No::EncodedDelimiter),
            ("/api/reviews/%2534%2532", No::EncodedDelimiter),
            ("/api/reviews%2f42", No::EncodedDelimiter),
            ("/api/reviews%2F42", No::EncodedDelimiter),
            ("/api/reviews%252f42", No::EncodedDelimiter),
            ("/api%2freviews/42", No::EncodedDelimiter),
            ("/api/users/x%2f..%2fada", No::EncodedDelimiter),
            ("/api/reviews%5c42", No::EncodedDelimiter),
            ("/api/reviews/7/..%5c42", No::EncodedDelimiter),
            ("/api/reviews/42%3fx", No::EncodedDelimiter),
            ("/api/users/ada%3f", No::EncodedDelimiter),
            ("/api/users/ada%23", No::EncodedDelimiter),
            ("/api/users/ada%3bx", No::EncodedDelimiter),
            ("/api/users/100%25", No::EncodedDelimiter),
            ("/api/reviews/42;x", No::PathParameter),
            ("/api/reviews/42;", No::PathParameter),
            ("/api/reviews;x=1/42", No::PathParameter),
            ("/api/reviews/7/..;/42", No::PathParameter),
            ("/;/api/reviews/42", No::PathParameter),
            ("/api\\reviews\\42", No::Character),
            ("/api/reviews\\42", No::Character),
            ("/api/reviews/7/..\\42", No::Character),
            ("/api/reviews/42#x", No::Character),
            ("/api/users/x#/../ada", No::Character),
            ("/api/reviews/42\0", No::Character),
            ("/api/reviews/42\n", No::Character),
            ("/api/reviews/42\t", No::Character),
            ("/api/reviews/42 ", No::Character),
            ("/api/reviews/42\u{7f}", No::Character),
            ("/api/reviews/42\r\nX: y", No::Character),
            ("/api/users/\"ada\"", No::Character),
            ("/api/users/{id}", No::Character),
            ("/api/users/<ada>", No::Character),
            ("/api/users/a|b", No::Character),
            ("/api/users/a^b", No::Character),
            ("/api/users/[ada]", No::Character),
            ("/api/users/`ada`", No::Character),
            ("/api/reviews/\u{ff14}\u{ff12}", No::Character),
            ("/api/users/\u{430}d\u{430}", No::Character),
            ("/api\u{ff0f}reviews/42", No::Character),
            ("/api/reviews/7/\u{ff0e}\u{ff0e}/42", No::Character),
            ("/api/users/ada\u{200b}", No::Character),
            ("/api/users/ada\u{202e}", No::Character),
            ("/api/reviews/42%00", No::EncodedControl),
            ("/api/reviews/42%00.png", No::EncodedControl),
            ("/%00/api/reviews/42", No::EncodedControl),
            ("/api/users/ada%0a", No::EncodedControl),
            ("/api/users/ada%0D%0AX:y", No::EncodedControl),
            ("/api/users/ada%7f", No::EncodedControl),
            ("/api/users/ada%C2%85", No::EncodedControl),
            ("/api/reviews/42%", No::Escape),
            ("/api/reviews/42%4", No::Escape),
            ("/api/reviews/%4g", No::Escape),
            ("/api/reviews/%+4", No::Escape),
            ("/api/reviews/%-1", No::Escape),
            ("/api/reviews/% 4", No::Escape),
            ("/api/reviews/%u0034", No::Escape),
            ("/api/reviews/%4/2", No::Escape),
            ("/api/reviews/%4?2", No::Escape),
            ("/api/reviews/%%34%32", No::Escape),
            ("/api/reviews/%\u{ff11}4", No::Escape),
            // Overlong forms of `.`, `/` and NUL, half a surrogate pair, and beyond the last character.
            ("/api/reviews/7/%c0%ae%c0%ae/42", No::NotUtf8),
            ("/api/reviews%c0%af42", No::NotUtf8),
            ("/api/reviews%e0%80%af42", No::NotUtf8),
            ("/api/reviews/42%c0%80", No::NotUtf8),
            ("/api/users/%ed%a0%80", No::NotUtf8),
            ("/api/users/%f4%90%80%80", No::NotUtf8),
            ("/api/users/%ff", No::NotUtf8),
            ("/api/users/Ren%e9", No::NotUtf8),
            ("/api/users/%C3/%A9", No::NotUtf8),
        ] {
            assert_eq!(segments(target), Err(refused), "{target:?}");
        }
    }
}
