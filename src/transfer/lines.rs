//! Our own export: JSON Lines, with digests and never a secret.
//!
//! The first line says what it is and in which version, the last how much there was, so that a file that was cut off is
//! seen to be. Between them stands one user, token or tombstone a line. Times are RFC 3339 in UTC. A policy is the text
//! that the store has, as it may be damaged.

mod line;

use std::fmt;
use std::io::{self, BufRead, Write};

use jiff::Timestamp;

pub use self::line::Counts;
use self::line::{Header, Line};
use super::{IdOrigin, Item, Oddity, Place, Source, SourceError};
use crate::record::{Record, TokenRecord, Tombstone};

/// The version of the format that this build writes and reads.
pub const VERSION: u32 = 1;

/// The longest line that is read: four texts may have 64 KiB each, and each byte may take six.
const LONGEST_LINE: u64 = 4 << 20;

/// Writes an export.
#[derive(Debug)]
pub struct Writer<W> {
    out: W,
    /// The line in hand.
    line: Vec<u8>,
    counts: Counts,
}

impl<W: Write> Writer<W> {
    /// Begins an export to `out` at `now`.
    ///
    /// # Errors
    ///
    /// What `out` says.
    pub fn begin(out: W, now: Timestamp) -> io::Result<Self> {
        let mut this = Self {
            out,
            line: Vec::new(),
            counts: Counts::default(),
        };
        this.line(&Line::Export(Header {
            version: VERSION,
            exported_at: now,
        }))?;
        Ok(this)
    }

    /// Writes one record.
    ///
    /// # Errors
    ///
    /// What `out` says.
    pub fn push(&mut self, record: Record) -> io::Result<()> {
        match record {
            Record::User(user) => {
                self.counts.users += 1;
                self.line(&Line::User(user.into()))
            }
            Record::Token(token) => {
                self.counts.tokens += 1;
                self.line(&Line::Token(Box::new(token.into())))
            }
            Record::Tombstone(tombstone) => {
                self.counts.tombstones += 1;
                self.line(&Line::Tombstone(tombstone.into()))
            }
        }
    }

    /// Ends the export, and returns how much there was and where it went.
    ///
    /// # Errors
    ///
    /// What `out` says.
    pub fn finish(mut self) -> io::Result<(Counts, W)> {
        self.line(&Line::End(self.counts))?;
        Ok((self.counts, self.out))
    }

    /// Writes a line, whole: what takes it need not look at each word.
    fn line(&mut self, line: &Line) -> io::Result<()> {
        self.line.clear();
        serde_json::to_writer(&mut self.line, line)?;
        self.line.push(b'\n');
        self.out.write_all(&self.line)
    }
}

/// Reads an export.
pub struct Lines<R> {
    input: R,
    line: Vec<u8>,
    number: u64,
    counts: Counts,
    state: State,
}

#[derive(PartialEq, Eq)]
enum State {
    Begin,
    Within,
    Ended,
}

impl<R: BufRead> Lines<R> {
    /// Begins to read.
    #[must_use]
    pub fn new(input: R) -> Self {
        Self {
            input,
            line: Vec::new(),
            number: 0,
            counts: Counts::default(),
            state: State::Begin,
        }
    }

    fn bad(&self, what: impl Into<String>) -> SourceError {
        SourceError::Content {
            place: Place::line(self.number),
            what: what.into(),
        }
    }

    fn read_line(&mut self) -> Result<Option<Line>, SourceError> {
        self.number += 1;
        self.line.clear();
        let mut limited = io::Read::take(&mut self.input, LONGEST_LINE);
        let read = limited.read_until(b'\n', &mut self.line);
        let length =
            read.map_err(|error| self.bad(format!("it cannot be read: {}", error.kind())))?;
        if length == 0 {
            return Ok(None);
        }
        if self.line.last() != Some(&b'\n') {
            return Err(self.bad("the line is too long, or the file was cut off"));
        }
        // The parser's own words may repeat what the line says.
        serde_json::from_slice(&self.line)
            .map(Some)
            .map_err(|error| {
                let column = error.column();
                self.bad(match error.classify() {
                    serde_json::error::Category::Data => {
                        format!(
                            "column {column}: a field is missing, unknown, or of the wrong kind"
                        )
                    }
                    _ => format!("column {column}: it is not JSON"),
                })
            })
    }

    fn item(&mut self, record: Result<Record, Oddity>) -> Item {
        let user = match &record {
            Ok(Record::User(user)) => Some(user.name.clone()),
            Ok(Record::Token(record)) => Some(record.token.owner.name.clone()),
            _ => None,
        };
        Item {
            place: Place::line(self.number),
            user,
            record,
            id: IdOrigin::Kept,
            notes: Vec::new(),
        }
    }
}

impl<R: BufRead> Source for Lines<R> {
    fn name(&self) -> &'static str {
        "tokenctl"
    }

    fn next(&mut self) -> Result<Option<Item>, SourceError> {
        loop {
            let line = self.read_line()?;
            return match (&self.state, line) {
                (State::Begin, Some(Line::Export(header))) if header.version == VERSION => {
                    self.state = State::Within;
                    continue;
                }
                (State::Begin, Some(Line::Export(header))) => Err(self.bad(format!(
                    "the export has version {}, this build knows {VERSION}",
                    header.version
                ))),
                (State::Begin, _) => Err(self.bad("an export of tokenctl begins otherwise")),
                (State::Within, Some(Line::User(user))) => {
                    self.counts.users += 1;
                    let record = match user.name.is_empty() {
                        true => Err(Oddity::Malformed { field: "name" }),
                        false => Ok(Record::User(user.into())),
                    };
                    Ok(Some(self.item(record)))
                }
                (State::Within, Some(Line::Token(token))) => {
                    self.counts.tokens += 1;
                    let record = TokenRecord::try_from(*token).map(Record::Token);
                    Ok(Some(self.item(record)))
                }
                (State::Within, Some(Line::Tombstone(tombstone))) => {
                    self.counts.tombstones += 1;
                    let record = Tombstone::try_from(tombstone).map(Record::Tombstone);
                    Ok(Some(self.item(record)))
                }
                (State::Within, Some(Line::End(counts))) if counts == self.counts => {
                    self.state = State::Ended;
                    continue;
                }
                (State::Within, Some(Line::End(_))) => Err(self.bad("lines are missing")),
                (State::Within, Some(Line::Export(_))) => Err(self.bad("another export begins")),
                (State::Within, None) => Err(self.bad("the file was cut off: its end is missing")),
                (State::Ended, None) => Ok(None),
                (State::Ended, Some(_)) => Err(self.bad("something follows the end")),
            };
        }
    }
}

impl<R> fmt::Debug for Lines<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lines")
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::record::UserRecord;
    use crate::secret::{Secret, TokenDigest};
    use crate::token::tests::{at, sample};
    use crate::token::{StoredPolicy, Token};
    use crate::token_id::TokenId;
    use crate::user::UserName;

    fn records() -> Vec<Record> {
        vec![
            Record::User(UserRecord {
                name: UserName::verbatim("\u{e4}lice \"x\""),
                created_at: at(1),
                updated_at: at(2),
                disabled_at: Some(at(3)),
                deleted_at: None,
                former_names: vec![UserName::verbatim("al")],
            }),
            Record::Token(TokenRecord {
                token: Token {
                    last_used_at: Some(at(5)),
                    policy: StoredPolicy::new("not json\n".into()),
                    ..sample()
                },
                digest: TokenDigest::of(&Secret::new("x".into())),
                other_digests: Vec::new(),
                extra: Some("{\"id\":1}".into()),
            }),
            Record::Tombstone(Tombstone {
                digest: TokenDigest::of(&Secret::new("y".into())),
                id: TokenId::parse("0000000001").unwrap(),
                at: at(9),
            }),
        ]
    }

    fn export() -> String {
        let mut writer = Writer::begin(Vec::new(), at(100)).unwrap();
        for record in records() {
            writer.push(record).unwrap();
        }
        String::from_utf8(writer.finish().unwrap().1).unwrap()
    }

    fn read(text: &str) -> Result<Vec<Item>, String> {
        let mut lines = Lines::new(text.as_bytes());
        let mut items = Vec::new();
        while let Some(item) = lines.next().map_err(|error| error.to_string())? {
            items.push(item);
        }
        Ok(items)
    }

    #[test]
    fn what_is_written_is_read_back() {
        let items = read(&export()).unwrap();
        for (item, record) in items.iter().zip(records()) {
            let (Ok(read), written) = (&item.record, record) else {
                panic!("{item:?}");
            };
            assert_eq!(format!("{read:?}"), format!("{written:?}"));
        }
        assert_eq!(items.len(), 3);
    }

    #[test]
    fn a_file_that_was_cut_off_or_lengthened_is_refused() {
        let whole = export();
        let lines: Vec<&str> = whole.split_inclusive('\n').collect();
        for end in 1..lines.len() {
            let error = read(&lines[..end].concat()).unwrap_err();
            assert!(error.contains("cut off"), "{error}");
        }
        for gone in 1..lines.len() - 1 {
            let mut lines = lines.clone();
            lines.remove(gone);
            let error = read(&lines.concat()).unwrap_err();
            assert!(error.contains("lines are missing"), "{error}");
        }
        assert!(read(whole.trim_end()).is_err());
        assert!(read(&format!("{whole}{whole}")).is_err());
        assert!(read("").unwrap_err().contains("begins otherwise"));
    }

    #[test]
    fn bad_lines_are_named_and_never_repeated() {
        let whole = export();
        for (from, to) in [
            ("\"version\":1", "\"version\":2"),
            ("\"version\":1", "\"version\":1,\"hunter2\":3"),
            ("\"note\":", "\"hunter2\":"),
            ("\"revision\":1", "\"revision\":\"hunter2\""),
            ("\"revision\":1", "\"revision\":-1"),
            ("{\"token\":", "{\"hunter2\":"),
            ("{\"end\":", "hunter2{\"end\":"),
        ] {
            assert!(whole.contains(from), "{from}");
            let error = read(&whole.replacen(from, to, 1)).unwrap_err();
            assert!(error.starts_with("line "), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn field_that_is_missing_is_not_null() {
        let whole = export();
        let lines: Vec<&str> = whole.lines().collect();
        for (number, line) in lines.iter().enumerate() {
            let Value::Object(outer) = serde_json::from_str(line).unwrap() else {
                panic!("{line}");
            };
            let (kind, inner) = outer.iter().next().unwrap();
            for field in inner.as_object().unwrap().keys() {
                let mut less = inner.clone();
                less.as_object_mut().unwrap().remove(field);
                let mut lines = lines.clone();
                let shorter = json!({ kind.as_str(): less }).to_string();
                lines[number] = &shorter;
                assert!(read(&(lines.join("\n") + "\n")).is_err(), "{kind}: {field}");
            }
        }
    }

    #[test]
    fn bad_ids_digests_and_names_are_items_that_cannot_be_taken_in() {
        let whole = export();
        for (from, to, field) in [
            ("\"id\":\"7gk2m9x4qd\"", "\"id\":\"ilou000000\"", "id"),
            ("\"digest\":\"sha256:2d", "\"digest\":\"sha256:zz", "digest"),
            ("\"digest\":\"sha256:2d", "\"digest\":\"md5:2d", "digest"),
            ("\"family\":\"7gk2m9x4qd\"", "\"family\":\"\"", "family"),
        ] {
            assert!(whole.contains(from), "{from} {whole}");
            let items = read(&whole.replacen(from, to, 1)).unwrap();
            assert_eq!(
                items[1].record.as_ref().err(),
                Some(&Oddity::Malformed { field })
            );
        }
    }
}
