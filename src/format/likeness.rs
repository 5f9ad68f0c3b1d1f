//! Texts that hold what looks like a whole token of ours, without asking a format or a store.

use super::TokenctlV1;
use crate::token_id::TokenId;

/// The shortest run behind a `_` that `vendor_checksum` makes is longer than this.
const VENDOR_RUN: usize = 200;

/// Returns whether `text` holds what is a whole token of ours by its form, whatever its prefix: it must not be kept as a
/// name, a note or a reason.
#[must_use]
pub fn holds_token(text: &str) -> bool {
    let is_word = |character: char| character.is_ascii_alphanumeric() || character == '_';
    let is_token = |word: &str| {
        let lengths: Vec<usize> = word.split('_').map(str::len).collect();
        lengths.windows(2).any(|pair| match *pair {
            [TokenId::LENGTH, run] => run == TokenctlV1::SECRET_RUN,
            [_, run] => run > VENDOR_RUN,
            _ => false,
        })
    };
    text.split(|character| !is_word(character)).any(is_token)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "tkc_7gk2m9x4qd_0123456789ABCDEFGHIJabcdefghijklmnopqr";

    #[test]
    fn only_whole_tokens_are_seen() {
        for text in [
            TOKEN.to_owned(),
            format!("leaked: {TOKEN}."),
            format!("{TOKEN}_x"),
            format!("rbt_{}", "x".repeat(230)),
            format!("_{}", "x".repeat(201)),
        ] {
            assert!(holds_token(&text), "{text}");
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
            assert!(!holds_token(text), "{text}");
        }
    }
}
