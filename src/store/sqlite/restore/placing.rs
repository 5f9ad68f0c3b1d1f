//! The place of a store that a backup becomes: what stands there is moved aside, and at no moment is it half a store.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use rusqlite::{Connection, OpenFlags};
use rustix::fs::{CWD, RenameFlags};

use super::super::configure;
use super::super::error::database_error;
use super::super::files::{self, Kind, StoreFiles};
use super::super::opening::use_log;
use super::super::temporary::{Temporary, in_doubt};
use crate::store::{OpenOptions, StoreError};

/// What the new store finds in its place.
pub(super) enum Place {
    /// No store.
    Empty,
    /// A damaged store that is all in one file.
    Whole,
    /// A damaged store whose log cannot be folded into it.
    InParts,
}

impl Place {
    /// Makes one file of the damaged store, if there is one and it can be done.
    ///
    /// A damaged store may still answer. What was refused last may stand in its log alone, so that it must not be
    /// there without it, not even until the next rename.
    pub(super) fn prepare(
        files: &StoreFiles,
        is_missing: bool,
        options: &OpenOptions,
    ) -> Result<Self, StoreError> {
        if is_missing {
            return Ok(Self::Empty);
        }
        if !files.has_log()? {
            return Ok(Self::Whole);
        }
        match fold_log(files, options) {
            Ok(()) if !files.has_log()? => Ok(Self::Whole),
            Err(error @ (StoreError::Busy | StoreError::NoSpace | StoreError::ReadOnly)) => {
                Err(error)
            }
            Ok(()) | Err(_) => Ok(Self::InParts),
        }
    }

    /// Puts the new store there, and what stood there aside.
    pub(super) fn take(
        self,
        files: &StoreFiles,
        aside: &StoreFiles,
        new: Temporary,
    ) -> Result<(), StoreError> {
        match self {
            Self::Empty => put_where_nothing_is(files, aside, new),
            Self::Whole => {
                move_side_files(files, aside)?;
                exchange(files, aside, new)
            }
            // Without its log it would accept what it refuses with it: rather there is no store for a moment.
            Self::InParts => {
                move_store(files, aside)?;
                files::sync_directory(files.directory())
                    .and_then(|()| move_side_files(files, aside))
                    .and_then(|()| new.put_in_place(&files.store))
                    .map_err(|error| take_back(files, aside, error))
            }
        }
    }
}

fn fold_log(files: &StoreFiles, options: &OpenOptions) -> Result<(), StoreError> {
    // SQLite removes the log of an empty file.
    if matches!(files.kind()?, Kind::File { length: 0 }) {
        return Ok(());
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_NOFOLLOW
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(&files.store, flags).map_err(database_error)?;
    configure(&connection, options.writer_timeout)?;
    // Reading rolls back what a journal tells to be half done, and makes SQLite find the log.
    connection
        .pragma_query_value(None, "schema_version", |row| row.get::<_, i64>(0))
        .map_err(database_error)?;
    let is_busy: bool = connection
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))
        .map_err(database_error)?;
    if is_busy {
        return Err(StoreError::Busy);
    }
    connection
        .close()
        .map_err(|(_, error)| database_error(error))
}

/// Puts the new store where there is none; whoever makes one in the meantime keeps it.
fn put_where_nothing_is(
    files: &StoreFiles,
    aside: &StoreFiles,
    new: Temporary,
) -> Result<(), StoreError> {
    // No store is created beside a log. So one that is found while there is no store is of a store that was lost, not
    // of one that somebody creates now, and theirs is not touched.
    let left = files.has_side_files()?;
    if files.exists()? {
        return Err(StoreError::Busy);
    }
    if left {
        move_side_files(files, aside)?;
    }
    match new.put_in_place(&files.store) {
        Err(StoreError::Exists { .. }) => Err(StoreError::Busy),
        done => done,
    }
}

/// Moves aside what stands beside the store: a log that stayed would be taken for changes to the new one.
fn move_side_files(files: &StoreFiles, aside: &StoreFiles) -> Result<(), StoreError> {
    for (from, to) in files.side_files().iter().zip(aside.side_files()) {
        match fs::rename(from, to) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(files::io_error("move aside", from, error));
            }
            _ => {}
        }
    }
    files::sync_directory(files.directory())
}

/// Puts the new store in the place of the damaged one by one rename.
fn exchange(files: &StoreFiles, aside: &StoreFiles, new: Temporary) -> Result<(), StoreError> {
    // At no moment is there nothing at the path of the store, nor a store with two names, which nobody would open.
    match rustix::fs::renameat_with(CWD, &*new, CWD, &files.store, RenameFlags::EXCHANGE) {
        Ok(()) => {
            // From here on the new one is there, whatever fails.
            let old = new.keep().map_err(in_doubt)?;
            fs::rename(&old, &aside.store)
                .map_err(|error| in_doubt(files::io_error("move aside", &old, error)))?;
            files::sync_directory(files.directory()).map_err(in_doubt)
        }
        // Not every file system can exchange two names.
        Err(_) => {
            move_store(files, aside)?;
            new.put_in_place(&files.store)
                .map_err(|error| take_back(files, aside, error))
        }
    }
}

/// Puts the damaged store back in its place, its log before it, as the new one could not be put there for `error`: who
/// restores again must find what it refuses.
fn take_back(files: &StoreFiles, aside: &StoreFiles, error: StoreError) -> StoreError {
    // The new one is there, or may be.
    if matches!(error, StoreError::InDoubt { .. }) {
        return error;
    }
    let mut back = aside.side_files().into_iter().zip(files.side_files());
    let is_back = back.all(|(from, to)| match fs::rename(from, to) {
        Err(error) => error.kind() == io::ErrorKind::NotFound,
        Ok(()) => true,
    }) && rustix::fs::renameat_with(
        CWD,
        &aside.store,
        CWD,
        &files.store,
        RenameFlags::NOREPLACE,
    )
    .is_ok();
    if is_back {
        return error;
    }
    let what = match in_doubt(error) {
        StoreError::InDoubt { what } => what,
        other => other.to_string(),
    };
    StoreError::InDoubt {
        what: format!(
            "what stood there is now {}, and has to be put back before another restore: {what}",
            aside.store.display()
        ),
    }
}

fn move_store(files: &StoreFiles, aside: &StoreFiles) -> Result<(), StoreError> {
    fs::rename(&files.store, &aside.store)
        .map_err(|error| files::io_error("move aside", &files.store, error))
}

/// Makes one synced file of the new store.
pub(super) fn make_whole(connection: Connection, path: &Path) -> Result<(), StoreError> {
    // A store has a write-ahead log from its first opening on; the last to close it leaves one whole file.
    use_log(&connection)?;
    connection
        .close()
        .map_err(|(_, error)| database_error(error))?;
    File::open(path)
        .and_then(|file| file.sync_all())
        .map_err(|source| files::io_error("sync", path, source))
}
