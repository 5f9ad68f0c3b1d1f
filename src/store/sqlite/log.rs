//! Whose log it is that stands beside a store.
//!
//! SQLite takes any log for that of the file it stands beside: one that was left by another store, or that is older or
//! newer than a file which was copied back, makes a mixture of both, with tokens that were never issued here. A history
//! only grows. So what the file alone tells last has to be told with its log too, in the same place.

use rusqlite::Connection;
use rusqlite::config::DbConfig;

use super::error::database_error;
use super::files::StoreFiles;
use super::history;
use super::opening::open_immutable;
use crate::change::{ChainHead, EventQuery};
use crate::store::StoreError;

/// The newest event that the file of a store tells of without its log; `None` where there is no log, or none can be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Anchor(Option<ChainHead>);

impl Anchor {
    /// Looks into the file alone.
    pub(super) fn of(files: &StoreFiles) -> Result<Self, StoreError> {
        match open_immutable(files) {
            Ok(connection) => Self::read(files, &connection),
            Err(_) => Ok(Self::default()),
        }
    }

    /// Looks into the file alone, which `connection` has open as one that does not change.
    pub(super) fn read(files: &StoreFiles, connection: &Connection) -> Result<Self, StoreError> {
        if !files.has_wal()? {
            return Ok(Self::default());
        }
        // A checkpoint may be at work, or have been broken off, and so the file be torn: its log makes it whole. Only
        // an event that is whole by its own hash says something.
        let newest = history::newest_event(connection).unwrap_or_default();
        let whole = newest.filter(|event| event.hash == event.expected_hash());
        Ok(Self(whole.as_ref().map(ChainHead::of)))
    }

    /// Checks that `connection`, which reads the log too, tells the same event.
    pub(super) fn check(&self, connection: &Connection) -> Result<(), StoreError> {
        let Some(newest) = self.0 else {
            return Ok(());
        };
        let from_there = EventQuery::after(newest.seq.saturating_sub(1));
        let found = history::find_events(connection, &from_there, 1)?;
        if found.first().map(ChainHead::of) == Some(newest) {
            return Ok(());
        }
        // Closing must not bring into the file what does not belong there.
        connection
            .set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)
            .map_err(database_error)?;
        Err(StoreError::Corrupt {
            what: "the log beside it is of another store, or of another time of this one".into(),
        })
    }
}
