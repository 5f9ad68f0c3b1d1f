//! Looking after a store: copies of it, the way back from a copy, and what is wrong with it.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::change::{Actor, ChainHead, Mode};
use crate::store::StoreError;
use crate::token::Token;

/// Hears how far a long work is, and may break it off, which leaves nothing behind.
pub type Watch<'a> = dyn FnMut(Progress) -> ControlFlow<()> + 'a;

/// How far a long work is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// What is being done.
    pub stage: Stage,
    /// How much of it has been done.
    pub done: u64,
    /// How much there is to do; 0 where that is not known.
    pub total: u64,
}

/// A part of a long work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stage {
    /// Pages are copied.
    Copying,
    /// The pages of the file and its indexes are compared with each other.
    Pages,
    /// The events are hashed again.
    Events,
    /// The records are read.
    Records,
}

/// A copy of a store that [`sqlite::backup`](super::sqlite::backup) has made.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Backup {
    /// Where it is.
    pub path: PathBuf,
    /// Its length.
    pub bytes: u64,
    /// What is in it.
    pub content: Content,
    /// What contradicts itself in the store, and so in the copy, which is whole all the same.
    pub findings: Vec<Finding>,
}

/// What a store holds, as far as counting goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Content {
    /// How many tokens.
    pub tokens: u64,
    /// How many events, which is the number of the newest.
    pub events: u64,
    /// The hash of the newest event; all zero where there is none.
    pub head: [u8; 32],
}

impl Content {
    /// Returns the end of the history, as it is kept elsewhere to find a cut by.
    #[must_use]
    pub fn chain_head(&self) -> ChainHead {
        ChainHead {
            seq: self.events,
            hash: self.head,
        }
    }
}

/// What [`sqlite::check`](super::sqlite::check) has found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Examination {
    /// What is wrong or worth knowing, in the order in which it was found.
    pub findings: Vec<Finding>,
    /// What is in the store, as far as it could be read.
    pub content: Content,
}

impl Examination {
    /// Returns the worst that was found.
    #[must_use]
    pub fn worst(&self) -> Option<Severity> {
        self.findings
            .iter()
            .map(|finding| finding.kind.severity())
            .max()
    }
}

/// One thing that was found about a store.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// What kind of thing it is, and so how bad.
    pub kind: FindingKind,
    /// How many things it is about.
    pub count: u64,
    /// What it is about: a file, a token, a table; the first of several.
    pub subject: Option<String>,
    /// What it is, in words.
    pub what: String,
}

impl Finding {
    pub(super) fn new(kind: FindingKind, what: impl Into<String>) -> Self {
        Self {
            kind,
            count: 1,
            subject: None,
            what: what.into(),
        }
    }

    #[must_use]
    pub(super) fn about(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// Returns it as one line.
    pub(super) fn told(&self) -> String {
        match &self.subject {
            Some(subject) => format!("{subject}: {}", self.what),
            None => self.what.clone(),
        }
    }

    #[must_use]
    pub(super) fn times(mut self, count: u64) -> Self {
        self.count = count;
        self
    }
}

/// What kind of thing was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FindingKind {
    /// The clock is behind the newest event.
    Clock,
    /// Commands that were broken off have left files.
    Leftover,
    /// The write-ahead log is long.
    LargeLog,
    /// A policy cannot be read: its token is denied.
    Policy,
    /// The content was not looked at.
    NotRead,
    /// A file has a mode by which others reach it.
    Mode,
    /// A file is owned by somebody else.
    Owner,
    /// A file is a link.
    Link,
    /// A directory lets others replace files.
    Directory,
    /// It is no store.
    NotAStore,
    /// Pages contradict each other, or cannot be read.
    Pages,
    /// The schema is not that of its version.
    Schema,
    /// The chain of events is broken.
    History,
    /// A record cannot be read.
    Record,
    /// A record refers to what is not there.
    Orphan,
    /// A digest cannot be one.
    Digest,
    /// The index of labels is not that of the labels.
    Labels,
    /// What the history tells of is not there.
    Lost,
    /// What the history calls removed, revoked or deleted is alive.
    Revived,
    /// What is there is not in the history.
    Unrecorded,
}

impl FindingKind {
    /// Returns the word for it, the same in each build.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Clock => "clock",
            Self::Leftover => "leftover",
            Self::LargeLog => "large_log",
            Self::Policy => "policy",
            Self::NotRead => "not_read",
            Self::Mode => "mode",
            Self::Owner => "owner",
            Self::Link => "link",
            Self::Directory => "directory",
            Self::NotAStore => "not_a_store",
            Self::Pages => "pages",
            Self::Schema => "schema",
            Self::History => "history",
            Self::Record => "record",
            Self::Orphan => "orphan",
            Self::Digest => "digest",
            Self::Labels => "labels",
            Self::Lost => "lost",
            Self::Revived => "revived",
            Self::Unrecorded => "unrecorded",
        }
    }

    /// Returns how bad it is.
    #[must_use]
    pub const fn severity(self) -> Severity {
        match self {
            Self::Clock | Self::Leftover | Self::LargeLog | Self::Policy | Self::NotRead => {
                Severity::Notice
            }
            Self::Mode | Self::Owner | Self::Link | Self::Directory => Severity::Insecure,
            Self::NotAStore
            | Self::Pages
            | Self::Schema
            | Self::History
            | Self::Record
            | Self::Orphan
            | Self::Digest
            | Self::Labels
            | Self::Lost
            | Self::Revived
            | Self::Unrecorded => Severity::Damaged,
        }
    }

    /// Returns whether the file, its schema or its history cannot be relied on, and not only single records.
    pub(super) const fn is_of_the_whole(self) -> bool {
        matches!(
            self,
            Self::NotAStore | Self::Pages | Self::Schema | Self::History | Self::Record
        )
    }

    /// Returns whether records say what their history does not, or the contrary, to the good of whoever has a token.
    pub(super) const fn is_of_forgery(self) -> bool {
        matches!(self, Self::Revived | Self::Unrecorded)
    }
}

/// How bad a finding is, the worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Severity {
    /// Worth knowing; nothing is wrong.
    Notice,
    /// Others could read or replace a file of the store.
    Insecure,
    /// What the store says cannot be relied on.
    Damaged,
}

impl Severity {
    /// Returns the word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::Insecure => "insecure",
            Self::Damaged => "damaged",
        }
    }
}

/// Which backup is restored, by whom, and whether it is meant.
#[derive(Clone, Copy, Debug)]
pub struct Restoration<'a> {
    /// The file.
    pub from: &'a Path,
    /// Who does it.
    pub actor: &'a Actor,
    /// When.
    pub now: Timestamp,
    /// Whether it is done, or only worked out.
    pub mode: Mode,
}

/// What [`sqlite::restore`](super::sqlite::restore) has done, or in a dry run would have done.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Restored {
    /// What was in the backup.
    pub backup: Content,
    /// What stood in its way, and what has become of that.
    pub way: Way,
    /// Tokens that have come back, were changed, or stay dead although they live in the backup. None is listed where
    /// the backup became the store and nothing else was known.
    pub tokens: Vec<RestoredToken>,
}

impl Restored {
    /// Returns how many tokens have this fate.
    #[must_use]
    pub fn count(&self, fate: Fate) -> usize {
        self.tokens
            .iter()
            .filter(|token| token.fate == fate)
            .count()
    }
}

/// How a backup came into the store.
#[derive(Clone, Debug, PartialEq, Eq)]
// Exhaustive: no store, a damaged one, or a good one.
pub enum Way {
    /// There was no store: the backup became it.
    Became,
    /// There was a damaged store: the backup became the store, and the damaged one was moved aside.
    Replaced {
        /// Where the damaged one is now.
        aside: PathBuf,
        /// What was wrong with it.
        why: String,
        /// Whether all that has been refused since could be read from it, and is refused still.
        salvage: Salvage,
    },
    /// There was a store: what it had lost came back into it.
    Merged {
        /// How its history and that of the backup belong together.
        relation: Relation,
    },
}

/// How much could be read of what a damaged store refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
// Exhaustive: all, or not.
pub enum Salvage {
    /// All of it.
    Whole,
    /// Not all, or nothing.
    Partial,
}

/// How the histories of a store and of a backup belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
// Exhaustive: one goes on from the other, or neither does.
pub enum Relation {
    /// The store has gone on since the backup was made.
    Older,
    /// The backup has gone on from where the store stands.
    Newer,
    /// They have a beginning in common.
    Parted,
}

impl Relation {
    /// Returns the word for what the backup is to the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Older => "older",
            Self::Newer => "newer",
            Self::Parted => "parted",
        }
    }
}

/// A token of a backup, and what has become of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RestoredToken {
    /// The token: as it is in the store now, or, where it is there no more, as it is in the backup.
    pub token: Token,
    /// What has become of it.
    pub fate: Fate,
}

/// What becomes of a token of a backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fate {
    /// The store had lost it; it is there again.
    Returned,
    /// The backup had the newer record of it, or what is left of it is what the records of both allow.
    Updated,
    /// It lives in the backup, but the store has refused or removed it since, and goes on to do so.
    StaysDead,
}

impl Fate {
    /// Returns the word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Returned => "returned",
            Self::Updated => "updated",
            Self::StaysDead => "stays_dead",
        }
    }
}

/// A store was not restored; it is as it was, unless that is [`StoreError::InDoubt`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RestoreError {
    /// The store could not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The backup cannot be used.
    #[error("the backup cannot be used: {0}")]
    Backup(#[source] StoreError),
    /// Somebody has the file open as a store, or left a log beside it.
    #[error("{} has a write-ahead log beside it, so that the file alone is not the whole", path.display())]
    NotAlone {
        /// The file.
        path: PathBuf,
    },
    /// The file is the store itself.
    #[error("the backup is the store itself")]
    SameFile,
    /// The backup was made of another store.
    #[error("the backup is of another store: their histories have nothing in common")]
    OtherStore,
    /// A name stands for one user in the store, and for another in the backup.
    #[error("a user's name stands for different users in the store and in the backup")]
    NamesContradict,
}
