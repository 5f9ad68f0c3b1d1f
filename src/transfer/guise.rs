//! Secrets in the place of names and notes: a column that was named wrongly must not lay tokens open.

use crate::format;
use crate::record::{Record, TokenRecord};

/// The shortest run at the end of a text of one word that is a token: that of GitHub. Ids of users are shorter.
const FOREIGN_RUN: usize = 36;

/// Returns the field of `record` that holds a token where a name or a note belongs.
pub(super) fn field_with_token(record: &Record) -> Option<&'static str> {
    let Record::Token(TokenRecord { token, .. }) = record else {
        return None;
    };
    [
        ("user", token.owner.name.as_str()),
        ("note", token.note.as_str()),
    ]
    .into_iter()
    .find_map(|(field, text)| holds_token(text).then_some(field))
}

/// Returns whether `text` holds a token of ours, or is as a whole what tokens of other systems look like: many letters
/// and digits in a row, alone or behind a prefix.
pub(super) fn holds_token(text: &str) -> bool {
    format::find_token(text).is_some() || is_foreign(text.trim())
}

fn is_foreign(text: &str) -> bool {
    let (prefix, run) = text.rsplit_once(['_', '|']).unwrap_or(("", text));
    run.len() >= FOREIGN_RUN
        && run.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && run.bytes().any(|byte| byte.is_ascii_digit())
        && run.bytes().any(|byte| byte.is_ascii_alphabetic())
        && prefix
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = "tkc_7gk2m9x4qd_0123456789ABCDEFGHIJabcdefghijklmnopqr";
    const HEX: &str = "da39a3ee5e6b4b0d3255bfef95601890afd80709";

    #[test]
    fn tokens_are_seen() {
        for text in [
            OURS.to_owned(),
            format!("leaked: {OURS}."),
            format!("mine is rbt_{} since", "x".repeat(230)),
            HEX.to_owned(),
            format!(" {HEX}\n"),
            format!("12|{HEX}"),
            format!("ghp_{}", &HEX[..36]),
            format!("github_pat_{HEX}"),
        ] {
            assert!(holds_token(&text), "{text}");
        }
    }

    #[test]
    fn names_and_notes_are_let_through() {
        for text in [
            String::new(),
            "alice".to_owned(),
            "tkc_7gk2m9x4qd".to_owned(),
            OURS[..52 - 20].to_owned(),
            format!("fixed by {HEX}"),
            format!("https://git.example/commit/{HEX}"),
            "user_2NNEqL2nrIRdJ194ndJqAHwEfxC".to_owned(),
            "auth0|507f1f77bcf86cd799439011".to_owned(),
            "6fa459eaee8a3ca4894edb77e160355e".to_owned(),
            "x".repeat(300),
            "1".repeat(50),
            "\u{e9}".repeat(50),
        ] {
            assert!(!holds_token(&text), "{text}");
        }
    }
}
