//! What a process did, as a file of lines: one for each operation, with its times.

use std::fmt;
use std::fs::File;
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::path::Path;
use std::str::FromStr;

use anyhow::{Context as _, bail};

use super::register::{Seen, Span};
use crate::monotonic;

/// A token of a run. Its secret follows from its name, so that processes need not tell each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Name {
    pub(super) writer: u32,
    pub(super) number: u32,
    /// Whether it is the one that took the place of the token of this number.
    pub(super) is_successor: bool,
}

impl Name {
    pub(super) fn successor(self) -> Self {
        Self {
            is_successor: true,
            ..self
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    Issue,
    Revoke,
    Rotate,
    Verify(Seen),
}

impl Act {
    const ALL: [(Self, &str); 6] = [
        (Self::Issue, "issue"),
        (Self::Revoke, "revoke"),
        (Self::Rotate, "rotate"),
        (Self::Verify(Seen::Absent), "absent"),
        (Self::Verify(Seen::Live), "live"),
        (Self::Verify(Seen::Dead), "dead"),
    ];
}

/// One operation that has ended.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    pub(super) act: Act,
    pub(super) token: Name,
    pub(super) span: Span,
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = Act::ALL.iter().find(|(act, _)| *act == self.act);
        write!(
            f,
            "{} {} {} {} {} {}",
            word.map_or("", |(_, word)| word),
            self.token.writer,
            self.token.number,
            u8::from(self.token.is_successor),
            self.span.start,
            self.span.end,
        )
    }
}

impl FromStr for Entry {
    type Err = anyhow::Error;

    fn from_str(line: &str) -> anyhow::Result<Self> {
        let mut words = line.split(' ');
        let word = words.next().unwrap_or_default();
        let act = Act::ALL.iter().find(|(_, it)| *it == word);
        let (act, _) = act.context("a line of a log has no such word")?;
        let mut number = || -> anyhow::Result<u64> {
            let word = words.next().context("a line of a log is too short")?;
            Ok(word.parse()?)
        };
        let token = Name {
            writer: u32::try_from(number()?)?,
            number: u32::try_from(number()?)?,
            is_successor: number()? == 1,
        };
        let span = Span {
            start: number()?,
            end: number()?,
        };
        let act = *act;
        Ok(Self { act, token, span })
    }
}

/// What one process did.
#[derive(Default)]
pub(super) struct Log {
    pub(super) entries: Vec<Entry>,
    /// What failed, in words.
    pub(super) errors: Vec<String>,
}

impl Log {
    /// Does `work` on `token` and keeps when that began and ended.
    pub(super) fn keep<T>(
        &mut self,
        token: Name,
        work: impl FnOnce() -> anyhow::Result<(Act, T)>,
    ) -> Option<T> {
        let start = monotonic::now();
        let done = work();
        let end = monotonic::now();
        match done {
            Ok((act, value)) => {
                let span = Span { start, end };
                self.entries.push(Entry { act, token, span });
                Some(value)
            }
            Err(error) => {
                self.errors.push(format!("{error:#}").replace('\n', " "));
                None
            }
        }
    }

    pub(super) fn write(&self, path: &Path) -> anyhow::Result<()> {
        let mut file = BufWriter::new(File::create(path)?);
        for error in &self.errors {
            writeln!(file, "error {error}")?;
        }
        for entry in &self.entries {
            writeln!(file, "{entry}")?;
        }
        writeln!(file, "end")?;
        Ok(file.flush()?)
    }

    pub(super) fn read(path: &Path) -> anyhow::Result<Self> {
        let mut log = Self::default();
        for line in BufReader::new(File::open(path)?).lines() {
            let line = line?;
            if line == "end" {
                return Ok(log);
            }
            match line.strip_prefix("error ") {
                Some(error) => log.errors.push(error.to_owned()),
                None => log.entries.push(line.parse()?),
            }
        }
        bail!("the log of a process is not whole");
    }
}
