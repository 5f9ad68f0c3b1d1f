//! Texts that hold what looks like a whole token of ours, without asking a format or a store.

use super::TokenctlV1;
use crate::token_id::TokenId;

/// The shortest run behind a `_` that `vendor_checksum` makes is longer than this.
const VENDOR_RUN: usize = 200;

/// Returns where in `text`, in bytes, a word begins that holds what is a whole token of ours by its form, whatever its
/// prefix: it must not be kept as a name, a note or a reason.
#[must_use]
pub fn find_token(text: &str) -> Option<usize> {
    let is_between = |character: char| !(character.is_ascii_alphanumeric() || character == '_');
    let is_token = |word: &str| {
        let lengths: Vec<usize> = word.split('_').map(str::len).collect();
        lengths.windows(2).any(|pair| match *pair {
            [TokenId::LENGTH, run] => run == TokenctlV1::SECRET_RUN,
            [_, run] => run > VENDOR_RUN,
            _ => false,
        })
    };
    let mut end = 0;
    text.split_inclusive(is_between).find_map(|piece| {
        let start = end;
        end += piece.len();
        is_token(piece.trim_end_matches(is_between)).then_some(start)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "tkc_7gk2m9x4qd_0123456789ABCDEFGHIJabcdefghijklmnopqr";

    #[test]
    fn only_whole_tokens_are_seen() {
        for (text, start) in [
            (TOKEN.to_owned(), 0),
            (format!("leaked: {TOKEN}."), 8),
            (format!("d\u{e9}j\u{e0} {TOKEN} {TOKEN}"), 7),
            (format!("{TOKEN}_x"), 0),
            (format!("rbt_{}", "x".repeat(230)), 0),
            (format!("_{}", "x".repeat(201)), 0),
        ] {
            assert_eq!(find_token(&text), Some(start), "{text}");
        }
        for text in [
            "",
            "_",
            "tkc_7gk2m9x4qd",
            &TOKEN[..52],
            &TOKEN[15..],
            "commit_da39a3ee5e6b4b0d3255bfef95601890afd80709",
            &"x".repeat(300),
            &format!("rbt_{}", "x".repeat(200)),
        ] {
            assert_eq!(find_token(text), None, "{text}");
        }
    }
}
