//! Fields of other systems' tables, as SQLite has them: any column may hold any type.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use rusqlite::Row;
use rusqlite::types::ValueRef;
use serde_json::Value;

use super::Oddity;
use crate::clock::whole_second;
use crate::format::is_of_word;
use crate::secret::{DigestKind, Secret, TokenDigest};
use crate::token::Owner;
use crate::user::UserName;

/// The longest token that a header can carry.
const LONGEST: usize = crate::format::LONGEST_TOKEN;

/// The shortest plain token that is taken in: anything shorter can be guessed, and may be a name in the wrong column.
const SHORTEST: usize = 16;

/// One row, and what is odd about it so far.
pub(super) struct Fields<'r, 's> {
    row: &'r Row<'s>,
    /// The time of the import.
    pub(super) now: Timestamp,
    pub(super) notes: Vec<Oddity>,
}

impl<'r, 's> Fields<'r, 's> {
    pub(super) fn new(row: &'r Row<'s>, now: Timestamp) -> Self {
        Self {
            row,
            now: whole_second(now),
            notes: Vec::new(),
        }
    }

    /// Returns what stands in a column. One that is not there is no NULL, which may mean "never" or "good".
    fn value(&self, column: &'static str) -> Result<ValueRef<'r>, Oddity> {
        self.row.get_ref(column).map_err(|_| bad(column))
    }

    /// Returns a text, `None` for NULL.
    pub(super) fn text(&self, column: &'static str) -> Result<Option<&'r str>, Oddity> {
        match self.value(column)? {
            ValueRef::Null => Ok(None),
            ValueRef::Text(text) => std::str::from_utf8(text).map(Some).map_err(|_| bad(column)),
            _ => Err(bad(column)),
        }
    }

    /// Returns a text that is shown, and never decides: left empty where it cannot be read.
    pub(super) fn words(&mut self, column: &'static str) -> String {
        match self.text(column) {
            Ok(text) => text.unwrap_or_default().to_owned(),
            Err(_) => {
                self.notes.push(Oddity::Unreadable { field: column });
                String::new()
            }
        }
    }

    /// Returns a whole number.
    pub(super) fn number(&self, column: &'static str) -> Option<i64> {
        match self.value(column) {
            Ok(ValueRef::Integer(number)) => Some(number),
            _ => None,
        }
    }

    /// Returns yes or no.
    pub(super) fn flag(&self, column: &'static str) -> Result<bool, Oddity> {
        match self.value(column)? {
            ValueRef::Integer(0) => Ok(false),
            ValueRef::Integer(1) => Ok(true),
            _ => Err(bad(column)),
        }
    }

    /// Returns a time on which it depends whether the token is good.
    pub(super) fn time(&self, column: &'static str) -> Result<Option<Timestamp>, Oddity> {
        self.text(column)?
            .map(|text| parse_time(text).ok_or_else(|| bad(column)))
            .transpose()
    }

    /// Returns a time that is told, and decides nothing.
    pub(super) fn told_time(&mut self, column: &'static str) -> Option<Timestamp> {
        self.time(column).unwrap_or_else(|oddity| {
            if let Oddity::Malformed { field } = oddity {
                self.notes.push(Oddity::Unreadable { field });
            }
            None
        })
    }

    /// Returns when a token was revoked that is; where that cannot be told, now.
    pub(super) fn revocation(&mut self, column: &'static str) -> Timestamp {
        self.told_time(column).unwrap_or_else(|| {
            self.notes.push(Oddity::NoDate);
            self.now
        })
    }

    /// Returns JSON for what is kept beside a token: the document, or the damaged text.
    pub(super) fn json(&self, column: &'static str) -> Value {
        match self.text(column) {
            Ok(Some(text)) => serde_json::from_str(text).unwrap_or_else(|_| text.into()),
            _ => Value::Null,
        }
    }

    /// Returns the owner as Django has them: one who is inactive may not log in.
    pub(super) fn django_owner(&self) -> Result<Owner, Oddity> {
        let mut owner = self.owner(true)?;
        owner.disabled_at = (!self.flag("is_active")?).then_some(self.now);
        Ok(owner)
    }

    /// Returns the owner whose name stands in the column `username`.
    pub(super) fn owner(&self, is_active: bool) -> Result<Owner, Oddity> {
        let name = self
            .text("username")?
            .filter(|name| !name.is_empty())
            .ok_or(Oddity::UnknownUser)?;
        Ok(Owner::new(
            UserName::verbatim(name),
            (!is_active).then_some(self.now),
        ))
    }

    /// Returns the digests of a token that is kept as it is.
    pub(super) fn plain_token(&self, column: &'static str) -> Result<Digests, Oddity> {
        token_digests(self.text(column)?.unwrap_or_default()).ok_or_else(|| bad(column))
    }
}

fn bad(field: &'static str) -> Oddity {
    Oddity::Malformed { field }
}

/// What a token of another system is known by here.
#[derive(Clone, Debug, PartialEq, Eq)]
// Exhaustive: one that is kept, and the rest.
pub struct Digests {
    /// The digest under which it is taken in.
    pub digest: TokenDigest,
    /// As [`TokenRecord::other_digests`](crate::record::TokenRecord::other_digests).
    pub others: Vec<TokenDigest>,
}

impl From<TokenDigest> for Digests {
    fn from(digest: TokenDigest) -> Self {
        Self {
            digest,
            others: Vec::new(),
        }
    }
}

/// Returns the digests of the plain token `token`, `None` where no header can carry it, or it is shorter than 16
/// characters.
#[must_use]
pub fn token_digests(token: &str) -> Option<Digests> {
    let fits =
        (SHORTEST..=LONGEST).contains(&token.len()) && token.bytes().all(|byte| is_of_word(&byte));
    if !fits {
        return None;
    }
    let secret = Secret::new(token.to_owned());
    let digest = TokenDigest::of(&secret);
    let others = DigestKind::ALL
        .into_iter()
        .filter(|kind| *kind != digest.kind())
        .filter_map(|kind| TokenDigest::of_kind(kind, &secret))
        .collect();
    Some(Digests { digest, others })
}

/// Reads a time as frameworks write it to SQLite: `2026-01-31 12:00:00.123456`, in UTC unless it says otherwise. The
/// second is rounded down, so that an end comes sooner and never later; one with a time zone in brackets, which would
/// move it, is refused.
#[must_use]
pub fn parse_time(text: &str) -> Option<Timestamp> {
    if text.contains('[') {
        return None;
    }
    let time = match text.parse::<Timestamp>() {
        Ok(time) => time,
        Err(_) => {
            let civil: DateTime = text.parse().ok()?;
            civil.to_zoned(TimeZone::UTC).ok()?.timestamp()
        }
    };
    Some(whole_second(time))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_frameworks_write_them() {
        let read = |text| parse_time(text).map(|time| time.to_string());
        let noon = Some("2026-01-31T12:00:00Z".to_owned());
        for text in [
            "2026-01-31 12:00:00",
            "2026-01-31 12:00:00.999999",
            "2026-01-31T12:00:00Z",
            "2026-01-31 12:00:00+00:00",
            "2026-01-31 13:00:00+01:00",
        ] {
            assert_eq!(read(text), noon, "{text}");
        }
        assert_eq!(
            read("1969-12-31 23:59:59.5"),
            Some("1969-12-31T23:59:59Z".to_owned())
        );
        for text in [
            "",
            "soon",
            "2026-02-30 12:00:00",
            "31.01.2026",
            "2026-01-31 12:00:00[Asia/Tokyo]",
            "2026-01-31T12:00:00[+09:00]",
            "0",
            "12:00",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn token_that_is_short_or_that_no_header_can_carry_is_none() {
        assert!(token_digests("1|abcdefghijklmn").is_some());
        for token in [
            "",
            "1|abcdefghijklm",
            "abcdefgh abcdefgh",
            "abcdefgh,abcdefgh",
            "\u{e9}bcdefghijklmnopq",
            "abcdefghijklmnopq\n",
            &"x".repeat(LONGEST + 1),
        ] {
            assert!(token_digests(token).is_none(), "{token:?}");
        }
    }
}
