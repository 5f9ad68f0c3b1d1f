//! Methods that are asked about.

use super::exit::CliError;

/// Reads the method of an access.
///
/// Methods are compared as they are written. In a policy one that is not in upper case is an error; in a question it
/// would be the name of a method that no rule speaks of, and what no rule speaks of is allowed.
///
/// # Errors
///
/// One that is not in upper case, or of which a request has none: empty, with spaces or commas, or `*`.
pub(crate) fn parse(text: &str) -> Result<String, CliError> {
    let belongs = |byte: u8| byte.is_ascii_graphic() && !byte.is_ascii_lowercase() && byte != b',';
    if text.is_empty() || text == "*" || !text.bytes().all(belongs) {
        return Err(CliError::usage("a method in upper case is expected"));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn method_is_one_word_in_upper_case() {
        for text in ["GET", "DELETE", "VERSION-CONTROL", "M-SEARCH"] {
            assert_eq!(parse(text).as_deref(), Ok(text));
        }
        for text in [
            "", "*", "delete", "Get", " GET", "GET ", "GET,HEAD", "GET\n", "GÉT",
        ] {
            assert!(parse(text).is_err(), "{text:?}");
        }
    }
}
