//! Connections: how a file is looked at, opened, and set up.

use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{Connection, OpenFlags};

use super::error::database_error;
use super::files::{self, FileIdentity, StoreFiles};
use super::{LONGEST_WAIT, Medium, Opened, schema};
use crate::store::{OpenOptions, StoreError};

/// Looks at the files, opens the store for reading, and makes sure that what was looked at is what was opened.
pub(super) fn open_checked(
    files: &StoreFiles,
    options: &OpenOptions,
) -> Result<(FileIdentity, Connection, Medium), StoreError> {
    let anchor = schema::identify(files)?;
    let identity = files.check()?;
    let (connection, medium) = open_for_reading(files, options)?;
    check_unmoved(files, identity)?;
    anchor.check(&connection)?;
    tracing::debug!(?medium, "opened a connection that reads");
    Ok((identity, connection, medium))
}

/// Looks again once the file is open: whether it is the one that was looked at, and what now stands beside it.
pub(super) fn check_unmoved(files: &StoreFiles, identity: FileIdentity) -> Result<(), StoreError> {
    if files.check()? == identity {
        Ok(())
    } else {
        // It was replaced meanwhile: a restore, say. The next attempt finds it whole.
        Err(StoreError::Busy)
    }
}

pub(super) fn open_for_reading(
    files: &StoreFiles,
    options: &OpenOptions,
) -> Result<(Connection, Medium), StoreError> {
    // Reading a write-ahead log takes a shared-memory file, which cannot be made here; with a log there are changes
    // that cannot be read safely without one.
    if files::is_read_only_medium(files.directory()) {
        if !options.read_only_medium || files.has_wal()? {
            return Err(StoreError::ReadOnly);
        }
        let connection = open_immutable(files).map_err(database_error)?;
        configure(&connection, options.reader_timeout)?;
        schema::check_application(files, &connection)?;
        schema::check_readable(&connection)?;
        return Ok((connection, Medium::Immutable));
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_NOFOLLOW
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(&files.store, flags).map_err(database_error)?;
    configure(&connection, options.reader_timeout)?;
    match schema::check_application(files, &connection) {
        Err(StoreError::ReadOnly) => {
            roll_back(files, options.reader_timeout)?;
            schema::check_application(files, &connection)?;
        }
        checked => checked?,
    }
    schema::check_readable(&connection)?;
    Ok((connection, Medium::Writable))
}

/// Takes back what a killed writer has left half done in a store that had no write-ahead log yet, such as a plain copy
/// of a backup: a connection that only reads may not.
pub(super) fn roll_back(files: &StoreFiles, timeout: Duration) -> Result<(), StoreError> {
    open_read_write(files, timeout).map(drop)
}

/// Opens the file as one that may be changed, and makes sure that it is ours, which rolls back what was left half done.
fn open_read_write(files: &StoreFiles, timeout: Duration) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_NOFOLLOW
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(&files.store, flags).map_err(database_error)?;
    configure(&connection, timeout)?;
    schema::check_application(files, &connection)?;
    Ok(connection)
}

pub(super) fn open_for_writing(
    files: &StoreFiles,
    timeout: Duration,
) -> Result<Opened, StoreError> {
    let anchor = schema::identify(files)?;
    let identity = files.check()?;
    let connection = open_read_write(files, timeout)?;
    use_log(&connection)?;
    connection
        .pragma_update(None, "journal_size_limit", 16 << 20)
        .map_err(database_error)?;
    check_unmoved(files, identity)?;
    anchor.check(&connection)?;
    tracing::debug!("opened a connection that writes");
    Ok(Opened {
        identity,
        connection,
    })
}

/// Makes SQLite write to a log from now on, as it does to each store.
pub(super) fn use_log(connection: &Connection) -> Result<(), StoreError> {
    let journal: String = connection
        .pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))
        .map_err(database_error)?;
    if journal != "wal" {
        return Err(StoreError::Corrupt {
            what: "the store has no write-ahead log".into(),
        });
    }
    Ok(())
}

/// Opens the file as one that nobody changes: no locks, no log, nothing made beside it.
pub(super) fn open_immutable(files: &StoreFiles) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_NOFOLLOW
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_URI;
    Connection::open_with_flags(files::immutable_uri(&files.store), flags)
}

/// Sets what every connection needs, whoever wrote the file (SQLite, "Defense Against The Dark Arts").
pub(super) fn configure(connection: &Connection, busy_timeout: Duration) -> Result<(), StoreError> {
    connection
        .busy_timeout(busy_timeout.min(LONGEST_WAIT))
        .map_err(database_error)?;
    for (setting, on) in [
        (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
        (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
        (DbConfig::SQLITE_DBCONFIG_DQS_DML, false),
        (DbConfig::SQLITE_DBCONFIG_DQS_DDL, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, true),
        // Without it, clearing the bindings of a cached statement makes SQLite prepare it anew at each use.
        (DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true),
    ] {
        connection
            .set_db_config(setting, on)
            .map_err(database_error)?;
    }
    connection
        .execute_batch(
            "PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY; \
             PRAGMA secure_delete = ON;",
        )
        .map_err(database_error)?;
    for (limit, value) in [
        (Limit::SQLITE_LIMIT_LENGTH, 4 << 20),
        (Limit::SQLITE_LIMIT_SQL_LENGTH, 100_000),
        (Limit::SQLITE_LIMIT_ATTACHED, 0),
        (Limit::SQLITE_LIMIT_VARIABLE_NUMBER, 100),
    ] {
        connection.set_limit(limit, value).map_err(database_error)?;
    }
    connection.set_prepared_statement_cache_capacity(32);
    Ok(())
}
