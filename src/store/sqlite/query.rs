//! The statements of the store, and the one way from a row to a record.

use std::fmt::Write as _;

use jiff::Timestamp;
use rusqlite::types::{FromSql, ToSqlOutput, Value};
use rusqlite::{Connection, OptionalExtension as _, Row, ToSql, params, params_from_iter};

use super::error::database_error;
use crate::label::Labels;
use crate::network::Networks;
use crate::secret::{DigestKind, TokenDigest};
use crate::selector::{Listing, Selector, SortKey, StateFilter};
use crate::store::StoreError;
use crate::text::FreeText;
use crate::token::{Owner, StoredPolicy, Token};
use crate::token_id::TokenId;
use crate::user::{User, UserName};

/// A token with its place in the table.
#[derive(Clone, Debug)]
pub(super) struct TokenRow {
    pub(super) seq: i64,
    pub(super) token: Token,
}

/// A user with their place in the table.
#[derive(Clone, Debug)]
pub(super) struct UserRow {
    pub(super) seq: i64,
    pub(super) user: User,
}

/// The columns of a token, in the order in which [`token_from_row`] reads them. A macro, so that each statement is
/// one text that is there at build time.
macro_rules! token_columns {
    () => {
        "t.seq, t.id, u.name, ifnull(u.deleted_at, u.disabled_at), t.note, t.labels, t.generator, \
         t.created_at, t.created_by, t.updated_at, t.expires_at, g.at, t.suspended_at, t.revoked_at, \
         t.revoked_reason, t.policy, t.networks, t.family, t.rotated_to, t.revision"
    };
}

/// The first column behind those of a token.
pub(super) const BESIDE_TOKEN: usize = 20;

macro_rules! token_tables {
    () => {
        " FROM token AS t JOIN user AS u ON u.seq = t.user LEFT JOIN usage AS g ON g.token = t.seq "
    };
}

mod issue_order;
mod last_use;

pub(super) use self::issue_order::list_behind;

// Each finds the row by the index in a query of its own. In one query SQLite would take the column that was looked for
// from the index, and so hide that a damaged index leads to the row of another token.
pub(super) const BY_DIGEST: &str = concat!(
    "SELECT ",
    token_columns!(),
    ", t.digest",
    token_tables!(),
    "WHERE t.seq = (SELECT seq FROM token WHERE digest = ?1 AND digest_kind = ?2)"
);

const BY_ID: &str = concat!(
    "SELECT ",
    token_columns!(),
    token_tables!(),
    "WHERE t.seq = (SELECT seq FROM token WHERE id = ?1)"
);

const ALL: &str = concat!(
    "SELECT ",
    token_columns!(),
    token_tables!(),
    "ORDER BY t.seq"
);

const USER_COLUMNS: &str = "SELECT seq, name, created_at, updated_at, disabled_at FROM user ";

/// Returns the kind of digest that a number in the table stands for.
pub(super) fn digest_kind(number: i64) -> Option<DigestKind> {
    DigestKind::ALL
        .into_iter()
        .find(|kind| digest_kind_number(*kind) == number)
}

/// Returns the number that stands for a kind of digest in the table.
pub(super) const fn digest_kind_number(kind: DigestKind) -> i64 {
    match kind {
        DigestKind::Sha256 => 0,
        DigestKind::KnoxSha512 => 1,
        DigestKind::SanctumSha256 => 2,
    }
}

pub(super) fn find_by_digest(
    connection: &Connection,
    digest: &TokenDigest,
) -> Result<Option<Token>, StoreError> {
    let mut statement = connection
        .prepare_cached(BY_DIGEST)
        .map_err(database_error)?;
    let mut rows = statement
        .query(params![
            digest.as_bytes(),
            digest_kind_number(digest.kind())
        ])
        .map_err(database_error)?;
    let Some(row) = rows.next().map_err(database_error)? else {
        return Ok(None);
    };
    let stored = row
        .get_ref(BESIDE_TOKEN)
        .map_err(database_error)?
        .as_blob()
        .map_err(|_| damaged("the digest of a token"))?;
    if !digest.matches(stored) {
        return Err(damaged("the index of digests"));
    }
    token_of(row).map(Some)
}

pub(super) fn foreign_digest_kinds(connection: &Connection) -> Result<Vec<DigestKind>, StoreError> {
    let [_ours, knox, sanctum] = DigestKind::ALL;
    let foreign = [knox, sanctum];
    // In one statement: each reads under a lock of its own.
    let mut statement = connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM token WHERE digest_kind = ?1 AND digest_kind <> 0), \
             EXISTS (SELECT 1 FROM token WHERE digest_kind = ?2 AND digest_kind <> 0)",
        )
        .map_err(database_error)?;
    let are_there: [bool; 2] = statement
        .query_row(foreign.map(digest_kind_number), |row| {
            Ok([row.get(0)?, row.get(1)?])
        })
        .map_err(database_error)?;
    let kinds = foreign.into_iter().zip(are_there);
    Ok(kinds
        .filter_map(|(kind, is_there)| is_there.then_some(kind))
        .collect())
}

pub(super) fn find_token(
    connection: &Connection,
    id: &TokenId,
) -> Result<Option<TokenRow>, StoreError> {
    let mut statement = connection.prepare_cached(BY_ID).map_err(database_error)?;
    let mut rows = statement.query([id.as_str()]).map_err(database_error)?;
    let Some(row) = rows.next().map_err(database_error)? else {
        return Ok(None);
    };
    let found = token_from_row(row)?;
    if found.token.id != *id {
        return Err(damaged("the index of ids"));
    }
    Ok(Some(found))
}

/// Calls `each` with every token in the order of issue, one that cannot be read as the error it is.
pub(super) fn each_token(
    connection: &Connection,
    mut each: impl FnMut(Result<TokenRow, StoreError>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut statement = connection.prepare(ALL).map_err(database_error)?;
    let mut rows = statement.query([]).map_err(database_error)?;
    while let Some(row) = rows.next().map_err(database_error)? {
        each(token_from_row(row))?;
    }
    Ok(())
}

pub(super) fn find_ids(
    connection: &Connection,
    prefix: &str,
    limit: usize,
) -> Result<Vec<TokenId>, StoreError> {
    // `~` sorts after every character of an id.
    let mut statement = connection
        .prepare_cached(
            "SELECT id FROM token WHERE id >= ?1 AND id < ?1 || '~' ORDER BY id LIMIT ?2",
        )
        .map_err(database_error)?;
    let ids = statement
        .query_map(
            params![prefix, i64::try_from(limit).unwrap_or(i64::MAX)],
            |row| row.get::<_, String>(0),
        )
        .map_err(database_error)?;
    ids.map(|id| TokenId::parse(&id.map_err(database_error)?).map_err(|_| unreadable_id()))
        .collect()
}

/// How many ids are worth a look into the index each; more are found by walking the tokens, and would not fit into
/// what a connection takes for one value.
const MOST_IDS: usize = 100_000;

/// How many labels are looked up; a statement takes 100 values in all.
const MOST_LABELS: usize = 16;

/// Returns the next tokens of `listing`. SQL narrows the choice by its indexes; [`Selector::matches`] has the last
/// word, so that the rule stands in one place.
///
/// Some listings take more than one statement: `connection` is in a transaction, so that all see the same.
pub(super) fn list(
    connection: &Connection,
    listing: &Listing,
    last: Option<&(i64, Token)>,
    now: Timestamp,
    limit: usize,
) -> Result<Vec<TokenRow>, StoreError> {
    let behind = match (last, &listing.after) {
        (Some((seq, token)), _) => Some((*seq, place_of(token, *seq, listing.sort))),
        // It may be a token that the listing would not show.
        (None, Some(cursor)) => Some(cursor_position(connection, cursor, listing.sort)?),
        (None, None) => None,
    };
    let key = match listing.sort {
        SortKey::Created => {
            let behind = behind.map(|(seq, _)| seq);
            return issue_order::list(connection, listing, behind, now, limit);
        }
        SortKey::LastUsed => return last_use::list(connection, listing, behind, now, limit),
        // What is expiring has an end, so that the two expressions order alike.
        SortKey::Expires if listing.selector.expiring_until.is_some() => {
            end_expression(&listing.selector)
        }
        sort => place_expression(sort),
    };
    let mut sql = concat!("SELECT ", token_columns!(), token_tables!(), "WHERE 1").to_owned();
    let mut values = Vec::new();
    narrow(&mut sql, &mut values, &listing.selector, now);
    let (order, beyond) = direction(listing.descending);
    if let Some((seq, value)) = behind {
        let place = format!(" AND ({key}, t.seq) {beyond} (?, ");
        write_sql(&mut sql, &mut values, &place, value);
        write_sql(&mut sql, &mut values, "?)", seq);
    }
    _ = write!(sql, " ORDER BY {key} {order}, t.seq {order}");
    let keep = |_: &Row<'_>, found| Ok(found);
    choose(
        connection,
        &sql,
        values,
        &listing.selector,
        now,
        limit,
        keep,
    )
}

/// Returns the word for an order, and how the place of what comes next compares with that of what was last.
const fn direction(descending: bool) -> (&'static str, &'static str) {
    if descending {
        ("DESC", "<")
    } else {
        ("ASC", ">")
    }
}

/// For how many tokens room is made before they are read.
const MOST_AT_ONCE: usize = 128;

/// Returns the first rows of `sql` that `selector` chooses, as `keep` makes them of a row and the token in it.
fn choose<T>(
    connection: &Connection,
    sql: &str,
    values: Vec<Value>,
    selector: &Selector,
    now: Timestamp,
    limit: usize,
    mut keep: impl FnMut(&Row<'_>, TokenRow) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    let mut statement = connection.prepare_cached(sql).map_err(database_error)?;
    let mut rows = statement
        .query(params_from_iter(values))
        .map_err(database_error)?;
    let mut chosen = Vec::with_capacity(limit.min(MOST_AT_ONCE));
    while chosen.len() < limit
        && let Some(row) = rows.next().map_err(database_error)?
    {
        let found = token_from_row(row)?;
        if selector.matches(&found.token, now) {
            chosen.push(keep(row, found)?);
        }
    }
    Ok(chosen)
}

/// Stands for the end of a token that has none.
pub(super) const NO_END: i64 = 253_402_300_800;

/// The end of a token, as the index of all ends has it.
const ANY_END: &str = "ifnull(t.expires_at, 253402300800)";

/// Returns the end of a token that has one, as the best index for `selector` has it: there is one of the ends of each
/// user.
fn end_expression(selector: &Selector) -> &'static str {
    match selector.users.as_slice() {
        [_] => "t.expires_at",
        _ => ANY_END,
    }
}

/// Returns the expression that every token has a value of, in the order `sort`. It repeats the text of an index.
const fn place_expression(sort: SortKey) -> &'static str {
    match sort {
        SortKey::Created => "t.seq",
        SortKey::Expires => ANY_END,
        SortKey::LastUsed => "ifnull(g.at, -1)",
        SortKey::User => "u.name",
        SortKey::Id => "t.id",
    }
}

/// Returns the value that [`place_expression`] had for `token` when it was read.
fn place_of(token: &Token, seq: i64, sort: SortKey) -> Value {
    let second = |time: Option<Timestamp>| time.map(Timestamp::as_second);
    match sort {
        SortKey::Created => seq.into(),
        SortKey::Expires => second(token.expires_at).unwrap_or(NO_END).into(),
        SortKey::LastUsed => second(token.last_used_at).unwrap_or(-1).into(),
        SortKey::User => token.owner.name.as_str().to_owned().into(),
        SortKey::Id => token.id.as_str().to_owned().into(),
    }
}

fn cursor_position(
    connection: &Connection,
    cursor: &TokenId,
    sort: SortKey,
) -> Result<(i64, Value), StoreError> {
    let sql = format!(
        concat!("SELECT t.seq, {}", token_tables!(), "WHERE t.id = ?1"),
        place_expression(sort)
    );
    connection
        .query_row(&sql, [cursor.as_str()], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()
        .map_err(database_error)?
        .ok_or(StoreError::NoSuchCursor)
}

fn write_sql(sql: &mut String, values: &mut Vec<Value>, fragment: &str, value: impl Into<Value>) {
    sql.push_str(fragment);
    values.push(value.into());
}

/// Appends what an index can answer of `selector`.
fn narrow(sql: &mut String, values: &mut Vec<Value>, selector: &Selector, now: Timestamp) {
    let mut and = |fragment: &str, value: Value| write_sql(sql, values, fragment, value);
    let second = |time: Timestamp| Value::from(time.as_second());
    match selector.users.as_slice() {
        [] => {}
        [name] => and(
            " AND t.user = (SELECT seq FROM user WHERE name = ?)",
            name.as_str().to_owned().into(),
        ),
        names => {
            let list: Vec<&str> = names.iter().map(UserName::as_str).collect();
            and(
                " AND t.user IN (SELECT seq FROM user WHERE name IN (SELECT value FROM json_each(?)))",
                json_list(&list),
            );
        }
    }
    if let Some(ids) = selector.ids.as_ref().filter(|ids| ids.len() <= MOST_IDS) {
        let list: Vec<&str> = ids.iter().map(TokenId::as_str).collect();
        and(
            " AND t.id IN (SELECT value FROM json_each(?))",
            json_list(&list),
        );
    }
    if let Some(until) = selector.expiring_until {
        let end = end_expression(selector);
        and(&format!(" AND {end} <= ?"), second(until));
        and(&format!(" AND {end} > ?"), second(now));
    }
    if let Some(time) = selector.created_before {
        // The stored second is the floor of the time asked about, or before it.
        and(" AND t.created_at <= ?", second(time));
    }
    if let Some(time) = selector.created_after {
        and(" AND t.created_at >= ?", second(time));
    }
    if let Some(time) = selector.dead_by {
        // By the walk and not by an index, whose order each page would have to sort anew.
        and(" AND (+t.revoked_at <= ?", second(time));
        and(" OR +t.expires_at <= ?)", second(time));
    }
    for (key, value) in selector.labels.iter().take(MOST_LABELS) {
        and(
            " AND t.seq IN (SELECT token FROM token_label WHERE key = ?",
            key.clone().into(),
        );
        and(" AND value = ?)", value.clone().into());
    }
    if let Some(generator) = &selector.generator {
        and(" AND t.generator = ?", generator.clone().into());
    }
    if let Some(generators) = &selector.deprecated {
        let list: Vec<&str> = generators.iter().map(String::as_str).collect();
        and(
            " AND t.generator IN (SELECT value FROM json_each(?))",
            json_list(&list),
        );
    }
    if let Some(since) = selector.unused_since {
        and(" AND (g.at IS NULL OR g.at <= ?)", second(since));
    }
    if selector.never_used {
        sql.push_str(" AND g.at IS NULL");
    }
    match selector.state {
        None | Some(StateFilter::Any) => {}
        Some(StateFilter::Revoked) => sql.push_str(" AND t.revoked_at IS NOT NULL"),
        Some(StateFilter::Suspended) => sql.push_str(" AND t.suspended_at IS NOT NULL"),
        Some(StateFilter::Rotated) => sql.push_str(" AND t.rotated_to IS NOT NULL"),
        Some(StateFilter::Active) => sql.push_str(" AND t.revoked_at IS NULL"),
        Some(StateFilter::Expired) => {
            write_sql(
                sql,
                values,
                &format!(" AND {ANY_END} <= ?"),
                now.as_second(),
            );
        }
    }
}

/// Binds a list of words as one value.
pub(super) fn json_list(words: &[&str]) -> Value {
    Value::from(serde_json::Value::from(words.to_vec()).to_string())
}

pub(super) fn knows_user(connection: &Connection, name: &UserName) -> Result<bool, StoreError> {
    connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM user WHERE name = ?1)")
        .and_then(|mut statement| statement.query_row([name.as_str()], |row| row.get(0)))
        .map_err(database_error)
}

pub(super) fn find_user(
    connection: &Connection,
    name: &UserName,
) -> Result<Option<UserRow>, StoreError> {
    let sql = format!("{USER_COLUMNS} WHERE name = ?1 AND deleted_at IS NULL");
    let mut statement = connection.prepare_cached(&sql).map_err(database_error)?;
    let mut rows = statement.query([name.as_str()]).map_err(database_error)?;
    rows.next()
        .map_err(database_error)?
        .map(user_from_row)
        .transpose()
}

pub(super) fn users(connection: &Connection) -> Result<Vec<User>, StoreError> {
    let sql = format!("{USER_COLUMNS} WHERE deleted_at IS NULL ORDER BY name");
    let mut statement = connection.prepare_cached(&sql).map_err(database_error)?;
    let mut rows = statement.query([]).map_err(database_error)?;
    let mut users = Vec::new();
    while let Some(row) = rows.next().map_err(database_error)? {
        users.push(user_from_row(row)?.user);
    }
    Ok(users)
}

pub(super) fn touch(
    connection: &Connection,
    uses: &[(TokenId, Timestamp)],
) -> Result<(), StoreError> {
    let mut statement = connection
        .prepare_cached(
            "INSERT INTO usage (token, at) SELECT seq, ?2 FROM token WHERE id = ?1 \
             ON CONFLICT (token) DO UPDATE SET at = excluded.at WHERE excluded.at > usage.at",
        )
        .map_err(database_error)?;
    for (id, at) in uses {
        statement
            .execute(params![id.as_str(), at.as_second()])
            .map_err(database_error)?;
    }
    Ok(())
}

fn token_from_row(row: &Row<'_>) -> Result<TokenRow, StoreError> {
    Ok(TokenRow {
        seq: column(row, 0)?,
        token: token_of(row)?,
    })
}

/// Reads each column in place: of a login's time, copying and parsing the row is a good part.
fn token_of(row: &Row<'_>) -> Result<Token, StoreError> {
    let id_of = |text: &str| TokenId::parse(text).map_err(|_| unreadable_id());
    let id_text = text(row, 1)?;
    let id = id_of(id_text)?;
    let family = match text(row, 17)? {
        same if same == id_text => id,
        other => id_of(other)?,
    };
    let revision: i64 = column(row, 19)?;
    Ok(Token {
        id,
        owner: Owner::new(UserName::verbatim(text(row, 2)?), optional_time(row, 3)?),
        note: FreeText::stored(text(row, 4)?.to_owned()),
        labels: parse_labels(text(row, 5)?)?,
        generator: text(row, 6)?.to_owned(),
        created_at: time(row, 7)?,
        created_by: text(row, 8)?.to_owned(),
        updated_at: time(row, 9)?,
        expires_at: optional_time(row, 10)?,
        last_used_at: optional_time(row, 11)?,
        suspended_at: optional_time(row, 12)?,
        revoked_at: optional_time(row, 13)?,
        revoked_reason: FreeText::stored(text(row, 14)?.to_owned()),
        policy: StoredPolicy::new(text(row, 15)?.to_owned()),
        networks: optional_text(row, 16)?
            .map(serde_json::from_str::<Networks>)
            .transpose()
            .map_err(|_| damaged("the networks of a token"))?,
        family,
        rotated_to: optional_text(row, 18)?.map(id_of).transpose()?,
        revision: u64::try_from(revision).map_err(|_| damaged("the revision of a token"))?,
    })
}

fn parse_labels(text: &str) -> Result<Labels, StoreError> {
    if text == "{}" {
        return Ok(Labels::default());
    }
    serde_json::from_str(text).map_err(|_| damaged("the labels of a token"))
}

fn user_from_row(row: &Row<'_>) -> Result<UserRow, StoreError> {
    let user = User {
        name: UserName::verbatim(text(row, 1)?),
        created_at: time(row, 2)?,
        updated_at: time(row, 3)?,
        disabled_at: optional_time(row, 4)?,
    };
    Ok(UserRow {
        seq: column(row, 0)?,
        user,
    })
}

pub(super) fn column<T: FromSql>(row: &Row<'_>, index: usize) -> Result<T, StoreError> {
    row.get(index).map_err(database_error)
}

pub(super) fn text<'row>(row: &'row Row<'_>, index: usize) -> Result<&'row str, StoreError> {
    optional_text(row, index)?.ok_or_else(|| damaged("a text"))
}

fn optional_text<'row>(row: &'row Row<'_>, index: usize) -> Result<Option<&'row str>, StoreError> {
    let value = row.get_ref(index).map_err(database_error)?;
    value.as_str_or_null().map_err(|_| damaged("a text"))
}

pub(super) fn time(row: &Row<'_>, index: usize) -> Result<Timestamp, StoreError> {
    optional_time(row, index)?.ok_or_else(|| damaged("a time"))
}

pub(super) fn optional_time(row: &Row<'_>, index: usize) -> Result<Option<Timestamp>, StoreError> {
    let second: Option<i64> = column(row, index)?;
    second
        .map(|second| Timestamp::from_second(second).map_err(|_| damaged("a time")))
        .transpose()
}

/// A value that this program never writes.
pub(super) fn damaged(what: &str) -> StoreError {
    StoreError::Corrupt {
        what: format!("{what} cannot be read"),
    }
}

/// What is said of an id that is none.
pub(super) fn unreadable_id() -> StoreError {
    damaged("the id of a token")
}

impl ToSql for TokenId {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        self.as_str().to_sql()
    }
}
