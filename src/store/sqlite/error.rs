//! SQLite's errors in the words of the store. Its own texts can hold SQL, and so values: they are not passed on.

use rusqlite::ffi::{self, ErrorCode};

use crate::store::StoreError;

/// Makes an error of the store from one of SQLite.
pub(super) fn database_error(error: rusqlite::Error) -> StoreError {
    let failure = match error {
        rusqlite::Error::SqliteFailure(failure, _) => failure,
        rusqlite::Error::SqlInputError { error, .. } => error,
        rusqlite::Error::FromSqlConversionFailure(column, kind, _) => {
            let what = format!("column {column} holds an unfit {kind}");
            return StoreError::Corrupt { what };
        }
        rusqlite::Error::InvalidColumnType(column, _, kind) => {
            let what = format!("column {column} holds an unfit {kind}");
            return StoreError::Corrupt { what };
        }
        rusqlite::Error::Utf8Error(column, _) => {
            let what = format!("column {column} holds a text that is not UTF-8");
            return StoreError::Corrupt { what };
        }
        rusqlite::Error::IntegralValueOutOfRange(column, _) => {
            return StoreError::Corrupt {
                what: format!("column {column} is out of range"),
            };
        }
        _ => {
            let what = "the database library was misused".into();
            return StoreError::Database {
                code: ffi::SQLITE_MISUSE,
                what,
            };
        }
    };
    match failure.code {
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => StoreError::Busy,
        ErrorCode::FileLockingProtocolFailed => StoreError::Busy,
        ErrorCode::DiskFull => StoreError::NoSpace,
        ErrorCode::SystemIoFailure if is_for_want_of_space(failure.extended_code) => {
            StoreError::NoSpace
        }
        ErrorCode::ReadOnly => StoreError::ReadOnly,
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => StoreError::Corrupt {
            what: ffi::code_to_str(failure.extended_code).to_owned(),
        },
        _ => StoreError::Database {
            code: failure.extended_code,
            what: ffi::code_to_str(failure.extended_code).to_owned(),
        },
    }
}

/// Returns whether the medium refused to let a file grow.
fn is_for_want_of_space(code: i32) -> bool {
    match code {
        // The shared memory of the log could not be made larger, which is all that SQLite says of it.
        ffi::SQLITE_IOERR_SHMSIZE => true,
        // SQLite tells a full disk from other failures, but not a limit on the size of files (EFBIG).
        ffi::SQLITE_IOERR_WRITE | ffi::SQLITE_IOERR_TRUNCATE | ffi::SQLITE_IOERR_SHMOPEN => {
            let limit = rustix::process::getrlimit(rustix::process::Resource::Fsize);
            limit.current.is_some()
        }
        _ => false,
    }
}
