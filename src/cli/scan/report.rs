//! Tells what is found, and counts.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use tokenctl::format::{LegacySha1, TokenFormats};
use tokenctl::scan::{Evidence, Finding, Scanner};
use tokenctl::token::{Token, TokenState};
use tokenctl::token_id::TokenId;

use super::super::cell::Cell;
use super::super::context::Context;
use super::super::exit::{CliError, Exit};
use super::super::mask::mask;
use super::super::output::{Format, OrGone as _, Undelivered};
use super::super::records::{Columns, RecordWriter};
use super::super::user::count;
use super::files::{Event, Place};
use super::lookup::{Lookup, Verdict};

const FINDING: Columns = Columns {
    all: &[
        "file",
        "line",
        "column",
        "offset",
        "found",
        "generator",
        "id",
        "user",
        "state",
        "last_used_at",
    ],
    table: &[
        "file",
        "line",
        "found",
        "id",
        "user",
        "state",
        "last_used_at",
    ],
};

/// What is to be feared of a token that was found.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Found {
    /// It works, or would work again when it is resumed or its user is enabled.
    Live,
    /// It will never work again, unless somebody extends it on purpose.
    Dead,
    /// Another store may know it.
    Unknown,
    /// Nobody could be asked.
    WellFormed,
}

impl Found {
    fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Dead => "dead",
            Self::Unknown => "unknown",
            Self::WellFormed => "well_formed",
        }
    }
}

/// What came of a scan.
#[derive(Default)]
pub(super) struct Summary {
    /// The live tokens.
    pub(super) live: BTreeSet<TokenId>,
    /// How many findings are live, or may be.
    pub(super) feared: usize,
    /// How many bytes were read.
    pub(super) bytes: u64,
    /// What could not be read.
    pub(super) unread: Option<Unread>,
    findings: usize,
    files: usize,
}

/// Files that could not be read.
pub(super) struct Unread {
    first: anyhow::Error,
    number: usize,
}

impl Unread {
    /// Returns the error that ends the program; as JSON it is the only one, and tells the first cause.
    pub(super) fn into_error(self, format: Format) -> anyhow::Error {
        let told = CliError::new(
            Exit::Input,
            format!(
                "{} could not be read; all else was scanned",
                count(self.number, "file")
            ),
        )
        .with_hint("see to its permissions, or name other files; `-` is stdin");
        match format {
            Format::Json => self.first.context(told),
            _ => told.into(),
        }
    }
}

/// Prints findings as they come.
pub(super) struct Report<'a> {
    context: &'a Context,
    lookup: Lookup<'a>,
    /// Nothing any more once the reader has gone: the decision is still to be made.
    records: Option<RecordWriter<'a>>,
    /// Finds what must not be shown of the name of a file.
    names: Scanner,
    /// The file that was told of last, and its name as it is shown.
    named: Option<(PathBuf, String)>,
    summary: Summary,
}

impl<'a> Report<'a> {
    /// Begins to print.
    pub(super) fn new(
        context: &'a Context,
        lookup: Lookup<'a>,
        formats: &TokenFormats,
    ) -> Result<Self, CliError> {
        let selection = FINDING.choose(None, context.output.format())?;
        Ok(Self {
            context,
            lookup,
            records: Some(context.output.records(selection)),
            names: Scanner::new(formats).with_hex_words(),
            named: None,
            summary: Summary::default(),
        })
    }

    /// Takes what happens at `place`.
    pub(super) fn take(&mut self, place: &Place, event: Event<'_>) -> anyhow::Result<()> {
        match event {
            Event::Found(finding) => self.tell(place, &finding),
            Event::Read { bytes } => {
                self.summary.files += 1;
                self.summary.bytes = self.summary.bytes.saturating_add(bytes);
                Ok(())
            }
            Event::Unread(error) => {
                self.count_unread(place, error);
                Ok(())
            }
        }
    }

    /// Says on stderr how much was found.
    pub(super) fn tell_counts(&self) {
        let Summary {
            files,
            findings,
            feared,
            ..
        } = self.summary;
        let which = match findings {
            0 => String::new(),
            _ if self.lookup.has_store() => format!(", {feared} live"),
            _ => ", which may be live".to_owned(),
        };
        self.context.output.status(&format!(
            "Scanned {}: {}{which}.",
            count(files, "file"),
            count(findings, "finding")
        ));
    }

    /// Returns what came of it so far.
    pub(super) fn summary(&self) -> &Summary {
        &self.summary
    }

    /// Delivers what is left of the records.
    pub(super) fn finish(self) -> Result<Summary, Undelivered> {
        if let Some(records) = self.records {
            records.finish().or_gone()?;
        }
        Ok(self.summary)
    }

    fn tell(&mut self, place: &Place, finding: &Finding<'_>) -> anyhow::Result<()> {
        let verdict = self.lookup.verdict(finding)?;
        let (found, token) = match &verdict {
            Verdict::Word => return Ok(()),
            Verdict::WellFormed => (Found::WellFormed, None),
            Verdict::Unknown => (Found::Unknown, None),
            Verdict::Known(token) => (self.judge(token), Some(token)),
        };
        self.summary.findings += 1;
        if matches!(found, Found::Live | Found::WellFormed) {
            self.summary.feared += 1;
        }
        if let (Found::Live, Some(token)) = (found, token) {
            self.summary.live.insert(token.id);
        }
        let id = token.map(|token| token.id).or(finding.id);
        let generator = match (token, finding.evidence) {
            (Some(token), _) => token.generator.as_str(),
            (None, Evidence::WellFormed { format }) => format,
            (None, _) => LegacySha1::ID,
        };
        let state = token.map(|token| token.state(self.context.now()).as_str());
        let row: [Cell; 10] = [
            self.name(place).into(),
            finding.line.into(),
            finding.column.into(),
            finding.offset.into(),
            found.as_str().into(),
            generator.into(),
            id.as_ref().map(|id| id.as_str()).into(),
            token.map(|token| token.owner.name.as_str()).into(),
            state.into(),
            token.and_then(|token| token.last_used_at).into(),
        ];
        self.push(&row)?;
        Ok(())
    }

    fn judge(&self, token: &Token) -> Found {
        match token.state(self.context.now()) {
            TokenState::Revoked { .. }
            | TokenState::Rotated { .. }
            | TokenState::Expired { .. } => Found::Dead,
            // Suspended too, and whatever else there may be one day.
            _ => Found::Live,
        }
    }

    fn push(&mut self, row: &[Cell]) -> Result<(), Undelivered> {
        let Some(records) = &mut self.records else {
            return Ok(());
        };
        match records.push(row) {
            Err(Undelivered::ReaderGone) => {
                self.records = None;
                Ok(())
            }
            other => other,
        }
    }

    fn count_unread(&mut self, place: &Place, error: io::Error) {
        let name = self.name(place);
        let error = anyhow::Error::from(error).context(CliError::new(
            Exit::Input,
            format!("failed to read `{name}`"),
        ));
        let output = &self.context.output;
        if output.format() != Format::Json {
            output.report(&error);
        }
        match &mut self.summary.unread {
            Some(unread) => unread.number += 1,
            none => {
                *none = Some(Unread {
                    first: error,
                    number: 1,
                });
            }
        }
    }

    /// Returns the name of `place`, in which what may be a token is hidden.
    fn name(&mut self, place: &Place) -> String {
        let Place::File(path) = place else {
            return "-".to_owned();
        };
        if let Some((named, name)) = &self.named
            && named == path
        {
            return name.clone();
        }
        let mut name = text_of(path);
        let has_token = self.names.scan(name.as_bytes()).next().is_some();
        if has_token {
            name = mask(&name).into_owned();
        }
        self.named = Some((path.clone(), name.clone()));
        name
    }
}

/// Returns `path` as text, in which `\xff` stands for a byte that is none: which file it is has to be told.
fn text_of(path: &Path) -> String {
    let mut text = String::new();
    for chunk in path.as_os_str().as_bytes().utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            // Writing to a `String` cannot fail.
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use super::*;

    #[test]
    fn name_that_is_no_text_is_told_byte_by_byte() {
        for (name, text) in [
            (&b"a/b.log"[..], "a/b.log"),
            ("é".as_bytes(), "é"),
            (b"a\xff\xfe.log\xc3", r"a\xff\xfe.log\xc3"),
            (b"", ""),
        ] {
            assert_eq!(text_of(Path::new(OsStr::from_bytes(name))), text);
        }
    }
}
