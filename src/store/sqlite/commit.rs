//! The end of a transaction: done, or certainly not done, or nobody knows and that is said.

use rusqlite::{Connection, Transaction, ffi};

use super::error::database_error;
use super::schema;
use crate::store::StoreError;

/// Commits `transaction`.
///
/// A commit that fails may have come to its last record in the log, which is whole but not acknowledged: the sync after
/// it is what failed, say. Readers are not told of it, but whoever reads the log after a crash would take it for done.
/// So another record is put in its place, of a change that changes nothing, before the failure is told.
///
/// # Errors
///
/// [`StoreError::InDoubt`] when that fails too; with any other nothing has been changed, whatever happens next.
pub(super) fn commit(transaction: Transaction<'_>) -> Result<(), StoreError> {
    let Err(error) = transaction.execute_batch("COMMIT") else {
        return Ok(());
    };
    let is_unwritten = is_unwritten(&error);
    let failure = database_error(error);
    if is_unwritten {
        return Err(failure);
    }
    match take_back(&transaction) {
        Ok(()) => Err(failure),
        Err(_) => Err(StoreError::InDoubt {
            what: failure.to_string(),
        }),
    }
}

/// Returns whether a record could not be written, so that the last one, by which the others count, is not there.
fn is_unwritten(error: &rusqlite::Error) -> bool {
    let failure = error.sqlite_error();
    failure.is_some_and(|failure| {
        matches!(
            failure.extended_code,
            ffi::SQLITE_FULL | ffi::SQLITE_IOERR_WRITE
        )
    })
}

fn take_back(connection: &Connection) -> Result<(), StoreError> {
    if !connection.is_autocommit() {
        connection
            .execute_batch("ROLLBACK")
            .map_err(database_error)?;
    }
    let version = schema::version(connection)?;
    connection
        .pragma_update(None, "user_version", version)
        .map_err(database_error)
}
