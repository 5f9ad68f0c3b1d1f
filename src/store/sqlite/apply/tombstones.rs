//! What was removed for good: no secret and no id of it comes back.

use rusqlite::{Connection, params};

use super::super::error::database_error;
use super::super::query::digest_kind_number;
use crate::secret::TokenDigest;
use crate::store::StoreError;
use crate::token_id::TokenId;

pub(super) fn buried_digest(
    connection: &Connection,
    digest: &TokenDigest,
) -> Result<bool, StoreError> {
    connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM tombstone WHERE digest = ?1 AND digest_kind = ?2)",
        )
        .and_then(|mut statement| {
            let key = params![digest.as_bytes(), digest_kind_number(digest.kind())];
            statement.query_row(key, |row| row.get(0))
        })
        .map_err(database_error)
}

pub(super) fn buried_id(connection: &Connection, id: &TokenId) -> Result<bool, StoreError> {
    connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM tombstone WHERE id = ?1)")
        .and_then(|mut statement| statement.query_row([id], |row| row.get(0)))
        .map_err(database_error)
}
