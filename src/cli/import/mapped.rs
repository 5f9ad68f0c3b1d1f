//! Tables with a header, and plain lists: sources that say no more than they are asked.

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use tokenctl::clock::whole_second;
use tokenctl::policy::Policy;
use tokenctl::record::Record;
use tokenctl::secret::{DigestKind, TokenDigest};
use tokenctl::text::FreeText;
use tokenctl::token::{Owner, StoredPolicy};
use tokenctl::transfer::{
    IdOrigin, Item, Oddity, Place, Source, SourceError, foreign_token, parse_time, token_digests,
};
use tokenctl::user::UserName;
use zeroize::Zeroizing;

use super::super::exit::{CliError, Exit};

/// What tokens of a table are said to be made by.
const GENERATOR: &str = "csv";

/// The longest line of a plain list that is looked at; a longer one is no token.
const LONGEST_LINE: u64 = 8 * 1024;

/// The fields that a column can be read as.
const FIELDS: [&str; 8] = [
    "user",
    "token",
    "sha256",
    "expires",
    "note",
    "created",
    "last_used",
    "policy",
];

/// Columns that tell a table of our own, `export --format csv`.
const OURS: [&str; 3] = ["id", "digest", "generator"];

/// Those of them that say what a token may not do, and that no field is for.
const UNSAID: [&str; 4] = ["revoked_at", "suspended_at", "rotated_to", "networks"];

/// Which column is read as which field.
#[derive(Clone, Debug)]
pub(super) struct Map(Vec<(&'static str, String)>);

impl Map {
    fn column(&self, field: &str) -> Option<&str> {
        let found = self.0.iter().find(|(name, _)| *name == field);
        found.map(|(_, column)| column.as_str())
    }

    pub(super) fn has_user(&self) -> bool {
        self.column("user").is_some()
    }

    pub(super) fn has_policy(&self) -> bool {
        self.column("policy").is_some()
    }
}

impl FromStr for Map {
    type Err = CliError;

    fn from_str(text: &str) -> Result<Self, CliError> {
        let mut map = Self(Vec::new());
        for pair in text.split(',') {
            let (field, column) = pair.split_once('=').ok_or_else(|| {
                CliError::usage("FIELD=COLUMN pairs with commas between are expected")
            })?;
            let field = FIELDS
                .into_iter()
                .find(|known| *known == field.trim())
                .ok_or_else(|| CliError::usage(format!("the fields are {}", FIELDS.join(", "))))?;
            if map.column(field).is_some() {
                return Err(CliError::usage(format!("the field {field} is named twice")));
            }
            map.0.push((field, column.to_owned()));
        }
        if map.column("token").is_some() == map.column("sha256").is_some() {
            return Err(CliError::usage("one of `token` and `sha256` is expected"));
        }
        Ok(map)
    }
}

/// A table whose quotes are as RFC 4180 has them. The reader takes any: one too many, and it reads what follows, lines
/// and all, as one field, so that the rest of a line goes to the owner of another.
struct Quoted<R> {
    input: R,
    place: InField,
    /// The line, from 1 on, in which the field began.
    began: u64,
    line: u64,
    /// How much of a byte order mark may still come.
    mark: &'static [u8],
}

/// Where in a field of a table the next byte stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum InField {
    Begin,
    Plain,
    Quotes,
    /// Behind a quote inside quotes: their end, or the first of two.
    Quote,
}

/// A quote that is not where one may be.
#[derive(Debug)]
struct StrayQuote {
    line: u64,
}

impl fmt::Display for StrayQuote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a quote is not at the edge of a field, or is never closed")
    }
}

impl std::error::Error for StrayQuote {}

impl<R> Quoted<R> {
    fn new(input: R) -> Self {
        Self {
            input,
            place: InField::Begin,
            began: 1,
            line: 1,
            mark: "\u{feff}".as_bytes(),
        }
    }

    fn step(&mut self, byte: u8) -> Result<(), StrayQuote> {
        if let Some((next, rest)) = self.mark.split_first() {
            self.mark = if *next == byte { rest } else { &[] };
            if *next == byte {
                return Ok(());
            }
        }
        self.place = match (self.place, byte) {
            (InField::Begin, b'"') => {
                self.began = self.line;
                InField::Quotes
            }
            (InField::Quote, b'"') => InField::Quotes,
            (InField::Quotes, b'"') => InField::Quote,
            (InField::Quotes, _) => InField::Quotes,
            (_, b',' | b'\n' | b'\r') => InField::Begin,
            (InField::Begin | InField::Plain, byte) if byte != b'"' => InField::Plain,
            _ => return Err(StrayQuote { line: self.line }),
        };
        if byte == b'\n' {
            self.line += 1;
        }
        Ok(())
    }
}

impl<R: io::Read> io::Read for Quoted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.input.read(buffer)?;
        let stray = if length == 0 && self.place == InField::Quotes {
            Some(StrayQuote { line: self.began })
        } else {
            let mut read = buffer.iter().take(length);
            read.find_map(|byte| self.step(*byte).err())
        };
        match stray {
            Some(stray) => Err(io::Error::new(io::ErrorKind::InvalidData, stray)),
            None => Ok(length),
        }
    }
}

/// A table.
pub(super) struct Mapped {
    rows: csv::Reader<Quoted<File>>,
    row: csv::StringRecord,
    columns: Vec<(&'static str, usize)>,
    /// Where in a table of our own something stands that cannot be brought in.
    unsaid: Vec<(&'static str, usize)>,
    user: Option<UserName>,
    policy: Policy,
    now: Timestamp,
}

impl Mapped {
    /// Reads the header.
    pub(super) fn new(
        input: File,
        map: &Map,
        user: Option<UserName>,
        policy: Policy,
        now: Timestamp,
    ) -> Result<Self, CliError> {
        let mut rows = csv::Reader::from_reader(Quoted::new(input));
        let header = rows.headers().map_err(|error| match stray_quote(&error) {
            Some(stray) => CliError::new(Exit::Data, format!("line {}: {stray}", stray.line))
                .with_hint("nothing was brought in: mend the quotes"),
            None => CliError::new(
                Exit::Data,
                "line 1: the header cannot be read as UTF-8 text",
            ),
        })?;
        let names: Vec<&str> = header
            .iter()
            .map(|name| name.trim_start_matches('\u{feff}'))
            .collect();
        let place_of = |column| names.iter().position(|name| *name == column);
        let is_ours = OURS.iter().all(|column| place_of(*column).is_some());
        let unsaid = UNSAID
            .iter()
            .filter_map(|column| Some((*column, place_of(*column).filter(|_| is_ours)?)))
            .collect();
        let mut columns = Vec::new();
        for (field, column) in &map.0 {
            let mut places = names.iter().zip(0..).filter(|(name, _)| *name == column);
            let (Some((_, place)), None) = (places.next(), places.next()) else {
                return Err(CliError::new(
                    Exit::Data,
                    format!("line 1: there is not one column `{column}`"),
                )
                .with_hint(
                    "nothing was brought in: `--map` names columns as the header has them",
                ));
            };
            columns.push((*field, place));
        }
        Ok(Self {
            rows,
            row: csv::StringRecord::new(),
            columns,
            unsaid,
            user,
            policy,
            now: whole_second(now),
        })
    }

    fn cell(&self, field: &str) -> &str {
        self.cell_as_written(field).trim()
    }

    fn cell_as_written(&self, field: &str) -> &str {
        let column = self.columns.iter().find(|(name, _)| *name == field);
        let cell = column.and_then(|(_, place)| self.row.get(*place));
        cell.unwrap_or_default()
    }

    fn time(&self, field: &'static str, alone: DateAlone) -> Result<Option<Timestamp>, Oddity> {
        match self.cell(field) {
            "" => Ok(None),
            text => {
                let time = read_time(text, alone).ok_or(Oddity::Malformed { field })?;
                Ok(Some(time))
            }
        }
    }

    fn record(&self) -> Result<Record, Oddity> {
        for (field, place) in &self.unsaid {
            if self.row.get(*place).is_some_and(|cell| !cell.is_empty()) {
                return Err(Oddity::Unsaid { field });
            }
        }
        let owner = match &self.user {
            Some(user) => user.clone(),
            None => UserName::verbatim(self.cell_as_written("user")),
        };
        if owner.as_str().is_empty() {
            return Err(Oddity::UnknownUser);
        }
        let digests = match self.cell("sha256") {
            "" => token_digests(self.cell("token")).ok_or(Oddity::Malformed { field: "token" })?,
            hex => {
                let hex = hex.strip_prefix("sha256:").unwrap_or(hex);
                TokenDigest::from_hex(DigestKind::Sha256, hex)
                    .ok_or(Oddity::Malformed { field: "sha256" })?
                    .into()
            }
        };
        let created_at = self.time("created", DateAlone::Begins)?.unwrap_or(self.now);
        let mut record = foreign_token(Owner::new(owner, None), digests, GENERATOR, created_at);
        let token = &mut record.token;
        token.expires_at = self.time("expires", DateAlone::Ends)?;
        token.last_used_at = self.time("last_used", DateAlone::Begins)?;
        token.note =
            FreeText::parse(self.cell("note")).map_err(|_| Oddity::Malformed { field: "note" })?;
        token.policy = match self.columns.iter().any(|(field, _)| *field == "policy") {
            // One that is damaged is kept, and refuses everything.
            true => StoredPolicy::new(self.cell("policy").to_owned()),
            false => StoredPolicy::from(&self.policy),
        };
        Ok(Record::Token(record))
    }
}

impl Source for Mapped {
    fn name(&self) -> &'static str {
        GENERATOR
    }

    fn next(&mut self) -> Result<Option<Item>, SourceError> {
        let line = self.rows.position().line();
        match self.rows.read_record(&mut self.row) {
            Ok(false) => Ok(None),
            Ok(true) => {
                let line = self.row.position().map_or(line, csv::Position::line);
                Ok(Some(item(line, self.record())))
            }
            Err(error) => {
                let line = error.position().map_or(line, csv::Position::line);
                let oddity = match error.kind() {
                    csv::ErrorKind::UnequalLengths { .. } => Oddity::FieldCount,
                    csv::ErrorKind::Utf8 { .. } => Oddity::NotText,
                    // The reader's own words may hold what the line says.
                    _ => {
                        let (line, what) = match stray_quote(&error) {
                            Some(stray) => (stray.line, stray.to_string()),
                            None => (line, "it cannot be read".to_owned()),
                        };
                        return Err(SourceError::Content {
                            place: Place::line(line),
                            what,
                        });
                    }
                };
                Ok(Some(item(line, Err(oddity))))
            }
        }
    }
}

fn stray_quote(error: &csv::Error) -> Option<&StrayQuote> {
    match error.kind() {
        csv::ErrorKind::Io(error) => error.get_ref()?.downcast_ref(),
        _ => None,
    }
}

/// One token a line, all of one user.
pub(super) struct PlainList {
    input: BufReader<File>,
    line: Zeroizing<Vec<u8>>,
    number: u64,
    user: UserName,
    policy: Policy,
    now: Timestamp,
}

impl PlainList {
    pub(super) fn new(input: File, user: UserName, policy: Policy, now: Timestamp) -> Self {
        Self {
            input: BufReader::new(input),
            line: Zeroizing::new(Vec::new()),
            number: 0,
            user,
            policy,
            now: whole_second(now),
        }
    }

    /// Reads the next line, of one that is too long no more than its beginning.
    fn read_line(&mut self) -> io::Result<Line> {
        self.line.clear();
        let mut limited = (&mut self.input).take(LONGEST_LINE);
        let length = limited.read_until(b'\n', &mut self.line)?;
        if length == 0 {
            return Ok(Line::None);
        }
        if self.line.last() == Some(&b'\n')
            || u64::try_from(length).is_ok_and(|length| length < LONGEST_LINE)
        {
            return Ok(Line::Whole);
        }
        self.input.skip_until(b'\n')?;
        Ok(Line::Overlong)
    }
}

/// What a line of a plain list is.
#[derive(Clone, Copy)]
enum Line {
    /// It has been read.
    Whole,
    /// It is too long for a token.
    Overlong,
    /// There is none any more.
    None,
}

impl Source for PlainList {
    fn name(&self) -> &'static str {
        GENERATOR
    }

    fn next(&mut self) -> Result<Option<Item>, SourceError> {
        loop {
            self.number += 1;
            let text = match self.read_line().map_err(|error| SourceError::Content {
                place: Place::line(self.number),
                what: format!("it cannot be read: {}", error.kind()),
            })? {
                Line::Whole => self.line.trim_ascii(),
                Line::Overlong => return Ok(Some(item(self.number, Err(Oddity::Overlong)))),
                Line::None => return Ok(None),
            };
            if text.is_empty() {
                continue;
            }
            let digests = std::str::from_utf8(text).ok().and_then(token_digests);
            let record = digests
                .ok_or(Oddity::Malformed { field: "token" })
                .map(|digests| {
                    let owner = Owner::new(self.user.clone(), None);
                    let mut record = foreign_token(owner, digests, GENERATOR, self.now);
                    record.token.policy = StoredPolicy::from(&self.policy);
                    Record::Token(record)
                });
            return Ok(Some(item(self.number, record)));
        }
    }
}

fn item(line: u64, record: Result<Record, Oddity>) -> Item {
    let user = match &record {
        Ok(Record::Token(record)) => Some(record.token.owner.name.clone()),
        _ => None,
    };
    Item {
        place: Place::line(line),
        user,
        record,
        id: IdOrigin::Drawn,
        notes: Vec::new(),
    }
}

/// Which moment of its day a date without a time stands for.
#[derive(Clone, Copy)]
enum DateAlone {
    /// The first: what has happened is not in the future.
    Begins,
    /// The one behind the last: what is good until a day is good on it.
    Ends,
}

/// Reads a time, or a date alone.
fn read_time(text: &str, alone: DateAlone) -> Option<Timestamp> {
    if text.len() != "2026-12-31".len() {
        return parse_time(text);
    }
    let day: Date = text.parse().ok()?;
    let day = match alone {
        DateAlone::Begins => day,
        DateAlone::Ends => day.tomorrow().ok()?,
    };
    Some(day.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn map_names_fields_that_there_are_once() {
        assert!("user=who,token=key".parse::<Map>().is_ok());
        assert!("sha256=hash".parse::<Map>().is_ok());
        for bad in [
            "",
            "user",
            "user=who",
            "token=a,token=b",
            "token=a,sha256=b",
            "token=a,secret=b",
            "token=a,,",
        ] {
            assert!(bad.parse::<Map>().is_err(), "{bad}");
        }
    }

    #[test]
    fn quotes_stand_around_whole_fields() {
        let fault = |text: &str| {
            let read = io::Read::read_to_end(&mut Quoted::new(text.as_bytes()), &mut Vec::new());
            let error = read.err()?;
            let stray: &StrayQuote = error.get_ref()?.downcast_ref()?;
            Some(stray.line)
        };
        for good in [
            "",
            "a,b\n",
            "\"a\",\"b, \"\"c\"\"\"\r\n\"\",\"line\nline\"\n",
            "\"a\"",
            "\u{feff}\"a\",b\n",
        ] {
            assert_eq!(fault(good), None, "{good:?}");
        }
        for (bad, line) in [
            ("a,\"b", 1),
            ("a,b\nc,\"d\ne,f\n", 2),
            ("a\"b,c\n", 1),
            ("a,b\n\"c\"d,e\n", 2),
            ("alice,\"laptop,1\nbob,\"x\",2\n", 2),
        ] {
            assert_eq!(fault(bad), Some(line), "{bad:?}");
        }
    }

    #[test]
    fn date_alone_is_an_edge_of_its_day() {
        let read = |text, alone| read_time(text, alone).map(|time| time.to_string());
        for (alone, midnight) in [
            (DateAlone::Begins, "2026-12-31T00:00:00Z"),
            (DateAlone::Ends, "2027-01-01T00:00:00Z"),
        ] {
            assert_eq!(read("2026-12-31", alone), Some(midnight.into()));
            let evening = "2026-12-31T18:00:00Z";
            assert_eq!(read(evening, alone), Some(evening.into()));
            for bad in ["31.12.2026", "2026-13-01", "soon", "1767225600"] {
                assert_eq!(read(bad, alone), None, "{bad}");
            }
        }
    }
}
