//! Records on their way out: tokens with their digests, users with their names, what is left of removed tokens.

use jiff::Timestamp;
use rusqlite::{Connection, Row, Transaction, params};

use super::error::database_error;
use super::query::{self, BESIDE_TOKEN, column, damaged, optional_time, text, time};
use crate::record::{TokenRecord, Tombstone, UserRecord};
use crate::secret::TokenDigest;
use crate::selector::Selector;
use crate::store::StoreError;
use crate::token_id::TokenId;
use crate::user::UserName;

pub(super) fn tokens(
    connection: &Connection,
    selector: &Selector,
    after: Option<i64>,
    now: Timestamp,
    limit: usize,
) -> Result<Vec<(i64, TokenRecord)>, StoreError> {
    let snapshot = snapshot(connection)?;
    query::list_behind(&snapshot, selector, after, now, limit, |row, found| {
        let record = TokenRecord {
            token: found.token,
            digest: digest(row, BESIDE_TOKEN)?,
            other_digests: Vec::new(),
            extra: column(row, BESIDE_TOKEN + 2)?,
        };
        Ok((found.seq, record))
    })
}

/// Begins to read, so that several statements see the same.
#[expect(
    clippy::disallowed_methods,
    reason = "it writes nothing, and ends with the page"
)]
pub(super) fn snapshot(connection: &Connection) -> Result<Transaction<'_>, StoreError> {
    connection.unchecked_transaction().map_err(database_error)
}

/// Reads a digest whose kind stands in the column `first`, and its bytes in the next.
pub(super) fn digest(row: &Row<'_>, first: usize) -> Result<TokenDigest, StoreError> {
    query::digest_kind(column(row, first)?)
        .and_then(|kind| TokenDigest::stored(kind, row.get_ref(first + 1).ok()?.as_blob().ok()?))
        .ok_or_else(|| damaged("the digest of a token"))
}

pub(super) fn users(
    connection: &Connection,
    after: Option<&UserName>,
    limit: usize,
) -> Result<Vec<UserRecord>, StoreError> {
    let snapshot = snapshot(connection)?;
    let mut statement = snapshot
        .prepare_cached(&page_of_users(after.is_none()))
        .map_err(database_error)?;
    let mut rows = statement
        .query(params![after.map(UserName::as_str), bounded(limit)])
        .map_err(database_error)?;
    let mut users = Vec::new();
    while let Some(row) = rows.next().map_err(database_error)? {
        let name = UserName::verbatim(text(row, 1)?);
        users.push(UserRecord {
            former_names: former_names(&snapshot, column(row, 0)?, &name)?,
            name,
            created_at: time(row, 2)?,
            updated_at: time(row, 3)?,
            disabled_at: optional_time(row, 4)?,
            deleted_at: optional_time(row, 5)?,
        });
    }
    Ok(users)
}

/// Returns the names that a user had before.
fn former_names(
    connection: &Connection,
    user: i64,
    name: &UserName,
) -> Result<Vec<UserName>, StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT name FROM user_name WHERE user = ?1 AND name <> ?2 ORDER BY name")
        .map_err(database_error)?;
    let mut rows = statement
        .query(params![user, name.as_str()])
        .map_err(database_error)?;
    let mut names = Vec::new();
    while let Some(row) = rows.next().map_err(database_error)? {
        names.push(UserName::verbatim(text(row, 0)?));
    }
    Ok(names)
}

pub(super) fn tombstones(
    connection: &Connection,
    after: Option<&TokenId>,
    limit: usize,
) -> Result<Vec<Tombstone>, StoreError> {
    let mut statement = connection
        .prepare_cached(&page_of_tombstones(after.is_none()))
        .map_err(database_error)?;
    let mut rows = statement
        .query(params![after.map(TokenId::as_str), bounded(limit)])
        .map_err(database_error)?;
    let mut tombstones = Vec::new();
    while let Some(row) = rows.next().map_err(database_error)? {
        tombstones.push(Tombstone {
            digest: digest(row, 0)?,
            id: TokenId::parse(text(row, 2)?).map_err(|_| damaged("the id of a removed token"))?,
            at: time(row, 3)?,
        });
    }
    Ok(tombstones)
}

fn page_of_users(is_first: bool) -> String {
    format!(
        "SELECT seq, name, created_at, updated_at, disabled_at, deleted_at FROM user \
         WHERE {} ORDER BY name LIMIT ?2",
        behind("name", is_first)
    )
}

fn page_of_tombstones(is_first: bool) -> String {
    format!(
        "SELECT digest_kind, digest, id, at FROM tombstone WHERE {} ORDER BY id LIMIT ?2",
        behind("id", is_first)
    )
}

/// Returns the condition of a page: with both cases in one, SQLite would walk to each page from the beginning.
fn behind(column: &str, is_first: bool) -> String {
    match is_first {
        true => "?1 IS NULL".to_owned(),
        false => format!("{column} > ?1"),
    }
}

fn bounded(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::plan;
    use super::super::schema::tests::empty_store;
    use super::*;

    #[test]
    fn later_pages_begin_where_the_last_one_ended() {
        let (_directory, connection) = empty_store();
        for (sql, expected) in [
            (
                page_of_users(false),
                "SEARCH user USING INDEX sqlite_autoindex_user_1 (name>?)",
            ),
            (
                page_of_tombstones(false),
                "SEARCH tombstone USING INDEX sqlite_autoindex_tombstone_1 (id>?)",
            ),
        ] {
            assert_eq!(plan::steps(&connection, &sql), expected);
        }
        for sql in [page_of_users(true), page_of_tombstones(true)] {
            let steps = plan::steps(&connection, &sql);
            assert!(
                steps.contains("USING INDEX") && !steps.contains("B-TREE"),
                "{steps}"
            );
        }
    }
}
