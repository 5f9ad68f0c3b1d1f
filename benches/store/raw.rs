//! What a program would do that has SQLite and nothing of ours.

use std::hint::black_box;
use std::path::Path;

use rusqlite::{Connection, OpenFlags, Statement};

use crate::filled::Sample;

/// The least that a verifier could read.
pub(crate) const ROW: &str = "SELECT id, user, expires_at, suspended_at, revoked_at, rotated_to, policy, networks, digest \
     FROM token WHERE digest = ?1 AND digest_kind = 0";

/// The whole record that a login is given: every column, with the owner and the last use.
pub(crate) const RECORD: &str = "SELECT t.id, u.name, u.disabled_at, u.deleted_at, t.note, t.labels, t.generator, \
     t.created_at, t.created_by, t.updated_at, t.expires_at, g.at, t.suspended_at, t.revoked_at, t.revoked_reason, \
     t.policy, t.networks, t.family, t.rotated_to, t.revision, t.digest \
     FROM token AS t JOIN user AS u ON u.seq = t.user LEFT JOIN usage AS g ON g.token = t.seq \
     WHERE t.digest = ?1 AND t.digest_kind = 0";

pub(crate) fn open(path: &Path) -> Connection {
    Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )
    .expect("is a database")
}

/// Opens a connection that checks each page that it loads, as the store's own do.
pub(crate) fn open_guarded(path: &Path) -> Connection {
    let connection = open(path);
    connection
        .pragma_update(None, "cell_size_check", true)
        .expect("is a setting");
    connection
}

/// Looks a row up and reads each column of it, copying nothing.
pub(crate) fn look_up(statement: &mut Statement<'_>, sample: &Sample) -> bool {
    let columns = statement.column_count();
    let mut rows = statement.query([&sample.digest]).expect("can be read");
    let Some(row) = rows.next().expect("can be read") else {
        return false;
    };
    for column in 0..columns {
        black_box(row.get_ref(column).expect("is a column"));
    }
    true
}
