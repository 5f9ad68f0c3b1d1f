//! One field of a record, in the words of each format.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use tokenctl::secret::Secret;

use super::escape::escape;
use super::json;

/// One field of a record.
#[derive(Debug)]
pub(crate) enum Cell {
    /// Absent: `null`, an empty CSV cell, `-` in a table.
    Null,
    /// Yes or no.
    Bool(bool),
    /// A count.
    Number(u64),
    /// Any text.
    Text(String),
    /// A new secret: letters, digits and `_`, of which no format makes a copy that stays.
    Secret(Secret),
    /// A moment, RFC 3339 in UTC.
    Time(Timestamp),
    /// A nested value; a document keeps the order of its members.
    Json(Box<RawValue>),
}

impl Cell {
    /// Makes a nested cell.
    pub(crate) fn json(value: &impl Serialize) -> serde_json::Result<Self> {
        serde_json::value::to_raw_value(value).map(Self::Json)
    }

    pub(crate) fn in_csv(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) => guarded(text),
            Self::Secret(secret) => secret.expose_secret().into(),
            other => other.plain().into(),
        }
    }

    pub(crate) fn in_table(&self) -> String {
        match self {
            Self::Null => "-".to_owned(),
            other => other.plain(),
        }
    }

    fn plain(&self) -> String {
        match self {
            Self::Null => String::new(),
            Self::Bool(value) => value.to_string(),
            Self::Number(value) => value.to_string(),
            Self::Text(text) => escape(text).into_owned(),
            // What is for people prints the secret alone, and not as a cell.
            Self::Secret(_) => "[redacted]".to_owned(),
            Self::Time(time) => time.to_string(),
            // A raw value has been checked to be JSON; it cannot fail to be written as such.
            Self::Json(value) => json::to_line(value).unwrap_or_default(),
        }
    }
}

impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(value) => serializer.serialize_u64(*value),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Secret(secret) => serializer.serialize_str(secret.expose_secret()),
            Self::Time(time) => serializer.collect_str(time),
            Self::Json(value) => value.serialize(serializer),
        }
    }
}

impl From<bool> for Cell {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<u64> for Cell {
    fn from(value: u64) -> Self {
        Self::Number(value)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Timestamp> for Cell {
    fn from(time: Timestamp) -> Self {
        Self::Time(time)
    }
}

impl<T: Into<Self>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// Returns `text` for a CSV cell: escaped, and behind a `'` where a spreadsheet would run it as a formula.
///
/// A formula begins with one of `= + - @ TAB CR`, in full width too; quotes and spaces before it do not save us, as
/// some programs drop them.
fn guarded(text: &str) -> Cow<'_, str> {
    let shown = escape(text);
    let start = text.trim_start_matches([' ', '\'', '"']);
    let is_formula = start.starts_with([
        '=', '+', '-', '@', '\t', '\r', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}',
    ]);
    if is_formula {
        format!("'{shown}").into()
    } else {
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_disarmed() {
        for text in [
            "=1", "+1", "-1", "@a", "＝1", "＋1", "－1", "＠a", "\"=1", "'=1", " =1",
        ] {
            assert_eq!(guarded(text), format!("'{text}"));
        }
        assert_eq!(guarded("\t=1"), r"'\u{9}=1");
        assert_eq!(guarded("\r=1"), r"'\u{d}=1");
        for text in ["", "a=1", "1-2", "'", "alice"] {
            assert_eq!(guarded(text), text);
        }
    }
}
