//! Copies of a store, made while others go on to use it.

use std::fs::File;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

use rusqlite::backup::StepResult;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::error::database_error;
use super::examine::{self, Findings};
use super::files::{self, StoreFiles};
use super::temporary::Temporary;
use super::{configure, open_checked, open_immutable};
use crate::store::care::{Backup, Content, Finding, Progress, Stage, Watch};
use crate::store::{OpenOptions, StoreError};

/// How many pages are copied between two looks at whoever wants to break it off: 2 MiB.
const STEP: i32 = 512;

/// Copies the store at `path` to the new file `to`, while others go on to read and write it.
///
/// The copy has all that was acknowledged before the call, and nothing half done. It is made under another name in the
/// directory of `to`, 0600 from the start; only when it has been read back and checked, and lies on the medium, is it
/// put in place, without overwriting. A call that fails leaves nothing.
///
/// # Errors
///
/// [`StoreError`]: as for opening, [`StoreError::Exists`] when something is at `to`, [`StoreError::Insecure`] when
/// others can replace what is in its directory, [`StoreError::Corrupt`] when the store is damaged.
pub fn backup(
    path: &Path,
    to: &Path,
    options: &OpenOptions,
    watch: &mut Watch<'_>,
) -> Result<Backup, StoreError> {
    let files = StoreFiles::at(path)?;
    let target = StoreFiles::at(to)?;
    if files::files_of(&files.store).contains(&target.store) {
        return Err(StoreError::Exists { path: target.store });
    }
    target.check_free()?;
    files::check_directories(target.directory())?;
    let (_, mut connection, _) = open_checked(&files, options)?;
    let temporary = copy_beside(&mut connection, &target, watch)?;
    let (content, findings) = check_copy(&temporary, watch)?;
    let bytes = std::fs::symlink_metadata(&*temporary)
        .map_err(|source| files::io_error("look at", &temporary, source))?
        .len();
    temporary.put_in_place(&target.store)?;
    Ok(Backup {
        path: to.to_owned(),
        bytes,
        content,
        findings,
    })
}

/// Copies the database to the new file `to`.
pub(super) fn copy_to(connection: &mut Connection, to: &Path) -> Result<(), StoreError> {
    let target = StoreFiles::at(to)?;
    let temporary = copy_beside(connection, &target, &mut |_| ControlFlow::Continue(()))?;
    temporary.put_in_place(to)
}

/// Copies the database to a synced file beside `target`.
fn copy_beside(
    connection: &mut Connection,
    target: &StoreFiles,
    watch: &mut Watch<'_>,
) -> Result<Temporary, StoreError> {
    let temporary = Temporary::make_in(target.directory())?;
    let mut copy = open_private(&temporary)?;
    copy_pages(connection, &mut copy, watch)?;
    // One file that needs nothing beside it to be read, also from a medium that cannot be written.
    copy.pragma_update(None, "journal_mode", "DELETE")
        .map_err(database_error)?;
    copy.close().map_err(|(_, error)| database_error(error))?;
    // SQLite has closed it: there are no locks left to lose.
    File::open(&*temporary)
        .and_then(|file| file.sync_all())
        .map_err(|source| files::io_error("sync", &temporary, source))?;
    Ok(temporary)
}

/// Opens a file that nobody else knows of.
pub(super) fn open_private(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(database_error)?;
    configure(&connection, Duration::ZERO)?;
    Ok(connection)
}

fn copy_pages(
    from: &mut Connection,
    to: &mut Connection,
    watch: &mut Watch<'_>,
) -> Result<(), StoreError> {
    // Synced once, at the end, by whoever keeps the file.
    to.pragma_update(None, "synchronous", "OFF")
        .map_err(database_error)?;
    // One read transaction around all steps: what others write meanwhile neither comes in nor begins it anew.
    let snapshot = from
        .transaction_with_behavior(TransactionBehavior::Deferred)
        .map_err(database_error)?;
    snapshot
        .pragma_query_value(None, "schema_version", |row| row.get::<_, i64>(0))
        .map_err(database_error)?;
    let copying = rusqlite::backup::Backup::new(&snapshot, to).map_err(database_error)?;
    loop {
        let step = copying.step(STEP).map_err(database_error)?;
        let pages = copying.progress();
        let number = |pages: i32| u64::try_from(pages).unwrap_or_default();
        tell(
            watch,
            Stage::Copying,
            number(pages.pagecount.saturating_sub(pages.remaining)),
            number(pages.pagecount),
        )?;
        match step {
            StepResult::Done => break,
            StepResult::More => {}
            _ => return Err(StoreError::Busy),
        }
    }
    drop(copying);
    snapshot.finish().map_err(database_error)
}

/// Reads a copy back that nobody else knows of.
pub(super) fn check_copy(
    path: &Path,
    watch: &mut Watch<'_>,
) -> Result<(Content, Vec<Finding>), StoreError> {
    let connection = open_immutable(&StoreFiles::at(path)?).map_err(database_error)?;
    configure(&connection, Duration::ZERO)?;
    let mut findings = Findings::default();
    let content = examine::content(&connection, &mut findings, watch)?;
    Ok((content, findings.unless_of_the_whole()?))
}

/// Tells `watch` how far it is.
pub(super) fn tell(
    watch: &mut Watch<'_>,
    stage: Stage,
    done: u64,
    total: u64,
) -> Result<(), StoreError> {
    match watch(Progress { stage, done, total }) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(StoreError::BrokenOff),
    }
}
