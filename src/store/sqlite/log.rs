//! Whose log it is that stands beside a store.
//!
//! SQLite takes any log for that of the file it stands beside: one that was left by another store, or that is older or
//! newer than a file which was copied back, makes a mixture of both, with tokens that were never issued here. A history
//! only grows. So what the file alone tells last has to be told with its log too, in the same place.

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OptionalExtension as _};

use super::error::database_error;
use super::files::StoreFiles;
use super::opening::open_immutable;
use crate::store::StoreError;

/// The newest event that the file of a store tells of without its log; `None` where there is no log, or none can be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Anchor(Option<(i64, [u8; 32])>);

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
        let newest = connection.query_row(
            "SELECT seq, hash FROM event ORDER BY seq DESC LIMIT 1",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        );
        // A checkpoint may be at work, which keeps no order: opening the store for good tells what is wrong with it.
        Ok(Self(newest.ok()))
    }

    /// Checks that `connection`, which reads the log too, tells the same event.
    pub(super) fn check(&self, connection: &Connection) -> Result<(), StoreError> {
        let Some((seq, hash)) = &self.0 else {
            return Ok(());
        };
        let found = connection
            .query_row("SELECT hash FROM event WHERE seq = ?1", [seq], |row| {
                row.get::<_, [u8; 32]>(0)
            })
            .optional()
            .map_err(database_error)?;
        if found.as_ref() == Some(hash) {
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
