//! What a program would do that has SQLite and nothing of ours.

use std::hint::black_box;
use std::path::Path;

use rusqlite::{Connection, OpenFlags, params};
use tokenctl::store::OpenOptions;
use tokenctl::store::sqlite::SqliteStore;

use crate::{Fallible, USERS, record};

/// What is inserted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rows {
    Tokens,
    TokensAndEvents,
}

/// Inserts what an import writes, in one transaction and with the settings of the store.
pub(crate) fn insert(path: &Path, tokens: u64, rows: Rows) -> Fallible<()> {
    drop(SqliteStore::create(path, OpenOptions::default())?);
    let mut connection = Connection::open(path)?;
    connection.execute_batch(
        "PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA cell_size_check = ON; \
         PRAGMA cache_size = -65536; PRAGMA foreign_keys = ON;",
    )?;
    let transaction =
        connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    {
        let mut user = transaction.prepare(
            "INSERT INTO user (seq, name, created_at, updated_at) VALUES (?1, ?2, 0, 0)",
        )?;
        for number in 0..USERS.min(tokens) {
            user.execute(params![i64::try_from(number)? + 1, format!("user{number}")])?;
        }
        let mut token = transaction.prepare(
            "INSERT INTO token (id, digest, digest_kind, user, note, labels, generator, created_at, \
             created_by, updated_at, expires_at, revoked_reason, policy, family, revision) \
             VALUES (?1, ?2, 0, ?3, '', '{}', 'tokenctl_v1', 0, '', 0, 4000000000, '', '{}', ?1, 1)",
        )?;
        let mut event = transaction.prepare(
            "INSERT INTO event (seq, at, actor, action, user, token, details, previous_hash, hash) \
             VALUES (?1, 0, '{\"name\":\"bench\"}', 'token.imported', ?2, ?3, ?4, ?5, ?5)",
        )?;
        // As long as the one that an import writes.
        let details = "x".repeat(190);
        for number in 0..tokens {
            let record = record(number).ok_or("no token could be made")?;
            let owner = i64::try_from(number % USERS)? + 1;
            let id = record.token.id.as_str();
            token.execute(params![id, record.digest.as_bytes(), owner])?;
            if rows == Rows::TokensAndEvents {
                let place = i64::try_from(number)? + 1;
                let user = record.token.owner.name.as_str();
                let hash = record.digest.as_bytes();
                event.execute(params![place, user, id, details, hash])?;
            }
        }
    }
    transaction.commit()?;
    Ok(())
}

/// Reads every column of what an export writes, copying nothing.
pub(crate) fn step(path: &Path, tokens: u64) -> Fallible<()> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    let mut statement = connection.prepare(
        "SELECT t.id, u.name, u.disabled_at, u.deleted_at, t.note, t.labels, t.generator, t.created_at, \
         t.created_by, t.updated_at, t.expires_at, g.at, t.suspended_at, t.revoked_at, t.revoked_reason, t.policy, \
         t.networks, t.family, t.rotated_to, t.revision, t.digest_kind, t.digest, t.extra \
         FROM token AS t JOIN user AS u ON u.seq = t.user LEFT JOIN usage AS g ON g.token = t.seq ORDER BY t.seq",
    )?;
    let columns = statement.column_count();
    let (mut rows, mut count) = (statement.query([])?, 0);
    while let Some(row) = rows.next()? {
        for column in 0..columns {
            black_box(row.get_ref(column)?);
        }
        count += 1;
    }
    assert_eq!(count, tokens);
    Ok(())
}
