//! The end of a transaction: done, or certainly not done, or nobody knows and that is said.

use rusqlite::{Connection, Transaction};

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
    let failure = database_error(error);
    match take_back(&transaction) {
        Ok(()) => Err(failure),
        Err(_) => Err(StoreError::InDoubt {
            what: failure.to_string(),
        }),
    }
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
