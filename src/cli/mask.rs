//! Secrets that were typed where none belongs: kept off stderr, and out of what is kept.

use std::borrow::Cow;

use tokenctl::format::{TokenctlV1, find_token};

use super::exit::CliError;

/// The shortest run that is hidden wherever it stands; a digest of SHA-1 in hex is a little longer.
const SECRET_RUN: usize = TokenctlV1::SECRET_RUN;

/// The shortest run behind a `_` that is hidden: a token of ours that was not copied whole.
const PART_OF_A_SECRET: usize = 24;

/// What to do instead of writing a token down.
pub(crate) const NO_SECRET: &str = "name a token by its id: its secret is written down nowhere";

/// What is shown instead.
const HIDDEN: &str = "[hidden]";

/// Returns `text` for an error or a log, where a path, a name or a key may be a secret that was meant for stdin: runs
/// of letters and digits that are long enough for one are hidden. The id in front, which is public, stays.
pub(crate) fn mask(text: &str) -> Cow<'_, str> {
    if !runs(text).any(Run::may_be_secret) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(runs(text).fold(String::new(), |mut shown, run| {
        shown.push_str(if run.may_be_secret() {
            HIDDEN
        } else {
            run.text
        });
        shown.push_str(run.end);
        shown
    }))
}

/// Refuses `text`, which is about to be kept as `what`, when it holds a whole token.
pub(crate) fn refuse_token(what: &str, text: &str) -> Result<(), CliError> {
    if find_token(text).is_none() {
        return Ok(());
    }
    Err(CliError::usage(format!("{what} holds a token")).with_hint(NO_SECRET))
}

/// Letters and digits in a row, with what stands around them.
#[derive(Clone, Copy)]
struct Run<'a> {
    text: &'a str,
    /// The character behind it, or nothing at the end.
    end: &'a str,
    /// Whether a `_` stands before it.
    has_prefix: bool,
}

impl Run<'_> {
    fn may_be_secret(self) -> bool {
        let least = if self.has_prefix {
            PART_OF_A_SECRET
        } else {
            SECRET_RUN
        };
        self.text.len() >= least
    }
}

fn runs(text: &str) -> impl Iterator<Item = Run<'_>> {
    let is_between = |character: char| !character.is_ascii_alphanumeric();
    let mut has_prefix = false;
    text.split_inclusive(is_between).map(move |piece| {
        let run = piece.trim_end_matches(is_between);
        let end = piece.strip_prefix(run).unwrap_or_default();
        let found = Run {
            text: run,
            end,
            has_prefix,
        };
        has_prefix = end == "_";
        found
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "tkc_7gk2m9x4qd_0123456789ABCDEFGHIJabcdefghijklmnopqr";

    #[test]
    fn secrets_are_hidden_and_ids_stay() {
        for (text, shown) in [
            (TOKEN.to_owned(), "tkc_7gk2m9x4qd_[hidden]"),
            (
                format!("no user is named `{TOKEN}`"),
                "no user is named `tkc_7gk2m9x4qd_[hidden]`",
            ),
            (format!("/srv/{TOKEN}/x"), "/srv/tkc_7gk2m9x4qd_[hidden]/x"),
            (
                format!("{TOKEN}{TOKEN}"),
                "tkc_7gk2m9x4qd_[hidden]_7gk2m9x4qd_[hidden]",
            ),
            (TOKEN[..50].to_owned(), "tkc_7gk2m9x4qd_[hidden]"),
            (
                "da39a3ee5e6b4b0d3255bfef95601890afd80709".to_owned(),
                "[hidden]",
            ),
            (format!("é{}\n", "x".repeat(38)), "é[hidden]\n"),
        ] {
            assert_eq!(mask(&text), shown);
        }
    }

    #[test]
    fn ordinary_text_is_borrowed_as_it_is() {
        for text in [
            "",
            "_",
            "no token store at /var/lib/app/tokens.db",
            "6fa459ea-ee8a-3ca4-894e-db77e160355e and 6fa459eaee8a3ca4894edb77e160355e",
            "two  spaces, Grüße",
        ] {
            assert!(
                matches!(mask(text), Cow::Borrowed(shown) if shown == text),
                "{text}"
            );
        }
    }

    #[test]
    fn only_a_whole_token_is_refused() {
        for text in [
            TOKEN.to_owned(),
            format!("leaked: {TOKEN}."),
            format!("rbt_{}", "x".repeat(230)),
        ] {
            let error = refuse_token("the note", &text).unwrap_err();
            assert_eq!(error.message, "the note holds a token");
        }
        for text in [
            "",
            "tkc_7gk2m9x4qd",
            &TOKEN[..52],
            "commit_da39a3ee5e6b4b0d3255bfef95601890afd80709",
        ] {
            assert!(refuse_token("the note", text).is_ok(), "{text}");
        }
    }
}
