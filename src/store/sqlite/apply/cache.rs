//! How much of the file a writer keeps in memory.

use rusqlite::Connection;

use super::super::error::database_error;
use crate::store::{ChangeError, StoreError};

/// How much a large piece of work keeps, in KiB: it writes at random places of several indexes, and what has no room
/// is written to the log, read again and written once more.
const LARGE_KIB: i64 = 64 * 1024;

/// Does `work`, which writes much, with room for it.
pub(super) fn with_room<T>(
    connection: &Connection,
    work: impl FnOnce() -> Result<T, ChangeError>,
) -> Result<T, ChangeError> {
    let usual = size(connection)?;
    set_size(connection, -LARGE_KIB)?;
    let done = work();
    set_size(connection, usual)?;
    done
}

/// Returns the size as SQLite has it: of a negative one the amount is in KiB, of another in pages.
fn size(connection: &Connection) -> Result<i64, StoreError> {
    connection
        .pragma_query_value(None, "cache_size", |row| row.get(0))
        .map_err(database_error)
}

fn set_size(connection: &Connection, size: i64) -> Result<(), StoreError> {
    connection
        .pragma_update(None, "cache_size", size)
        .map_err(database_error)
}
