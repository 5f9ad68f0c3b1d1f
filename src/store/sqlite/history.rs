//! The statements about events.

use std::fmt::Write as _;

use jiff::Timestamp;
use rusqlite::types::Value;
use rusqlite::{Connection, Row, params, params_from_iter};

use super::error::database_error;
use super::query::{column, damaged, json_list, time};
use crate::change::{Event, EventOrder, EventQuery};
use crate::store::StoreError;
use crate::token_id::TokenId;

const EVENT_COLUMNS: &str =
    "SELECT seq, at, actor, action, user, token, details, previous_hash, hash FROM event";

/// Whose name an actor has, or who was behind `sudo`. An actor that is no JSON, as only tampering makes, has none.
const BY_ACTOR: &str = " AND CASE WHEN json_valid(actor) \
    THEN ? IN (json_extract(actor, '$.name'), json_extract(actor, '$.sudo_user')) ELSE 0 END";

pub(super) fn find_events(
    connection: &Connection,
    query: &EventQuery,
    limit: usize,
) -> Result<Vec<Event>, StoreError> {
    let (sql, values) = statement(query, limit);
    let mut statement = connection.prepare_cached(&sql).map_err(database_error)?;
    let mut rows = statement
        .query(params_from_iter(values))
        .map_err(database_error)?;
    let mut events = Vec::new();
    while let Some(row) = rows.next().map_err(database_error)? {
        events.push(event_from_row(row)?);
    }
    Ok(events)
}

pub(super) fn newest_event(connection: &Connection) -> Result<Option<Event>, StoreError> {
    Ok(find_events(connection, &EventQuery::newest_first(), 1)?.pop())
}

pub(super) fn newest_change(connection: &Connection) -> Result<Option<Timestamp>, StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT at FROM event ORDER BY seq DESC LIMIT 1")
        .map_err(database_error)?;
    let mut rows = statement.query([]).map_err(database_error)?;
    match rows.next().map_err(database_error)? {
        Some(row) => time(row, 0).map(Some),
        None => Ok(None),
    }
}

/// Returns the ids that begin with `prefix` of tokens that are, or of which there is an event.
pub(super) fn find_known_ids(
    connection: &Connection,
    prefix: &str,
    limit: usize,
) -> Result<Vec<TokenId>, StoreError> {
    // `~` sorts after every character of an id.
    let mut statement = connection
        .prepare_cached(
            "SELECT id FROM token WHERE id >= ?1 AND id < ?1 || '~' \
             UNION SELECT token FROM event WHERE token >= ?1 AND token < ?1 || '~' \
             ORDER BY 1 LIMIT ?2",
        )
        .map_err(database_error)?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut rows = statement
        .query(params![prefix, limit])
        .map_err(database_error)?;
    let mut ids = Vec::new();
    while let Some(row) = rows.next().map_err(database_error)? {
        let id: String = column(row, 0)?;
        // What is no id was written by nobody of ours, and must not hide the events of others.
        ids.extend(TokenId::parse(&id));
    }
    Ok(ids)
}

/// Returns the statement for `query`, and what is bound to it.
fn statement(query: &EventQuery, limit: usize) -> (String, Vec<Value>) {
    let mut sql = format!("{EVENT_COLUMNS} WHERE TRUE");
    let mut values = Vec::new();
    let mut and = |fragment: &str, value: Value| {
        sql.push_str(fragment);
        values.push(value);
    };
    let number = |seq: u64| Value::from(i64::try_from(seq).unwrap_or(i64::MAX));
    if let Some(seq) = query.after {
        and(" AND seq > ?", number(seq));
    }
    if let Some(seq) = query.before {
        and(" AND seq < ?", number(seq));
    }
    if let Some(id) = query.token {
        and(" AND token = ?", id.as_str().to_owned().into());
    }
    if let Some(name) = &query.user {
        and(" AND user = ?", name.clone().into());
    }
    if let Some(name) = &query.actor {
        and(BY_ACTOR, name.clone().into());
    }
    if !query.actions.is_empty() {
        let actions: Vec<&str> = query.actions.iter().map(String::as_str).collect();
        and(
            " AND action IN (SELECT value FROM json_each(?))",
            json_list(&actions),
        );
    }
    if let Some(time) = query.since {
        and(" AND at >= ?", first_second(time).into());
    }
    if let Some(time) = query.until {
        and(" AND at < ?", first_second(time).into());
    }
    let order = match query.order {
        EventOrder::OldestFirst => "ASC",
        EventOrder::NewestFirst => "DESC",
    };
    // Writing to a `String` cannot fail.
    _ = write!(sql, " ORDER BY seq {order} LIMIT ?");
    values.push(i64::try_from(limit).unwrap_or(i64::MAX).into());
    (sql, values)
}

/// Returns the first whole second that is not before `time`: events are kept by the second.
pub(super) fn first_second(time: Timestamp) -> i64 {
    let floor = time.as_second();
    let is_later = Timestamp::from_second(floor).is_ok_and(|second| time > second);
    floor + i64::from(is_later)
}

fn event_from_row(row: &Row<'_>) -> Result<Event, StoreError> {
    let seq: i64 = column(row, 0)?;
    Ok(Event {
        seq: u64::try_from(seq).map_err(|_| damaged("the number of an event"))?,
        at: time(row, 1)?,
        actor: column(row, 2)?,
        action: column(row, 3)?,
        user: column(row, 4)?,
        token: column(row, 5)?,
        details: column(row, 6)?,
        previous_hash: column(row, 7)?,
        hash: column(row, 8)?,
    })
}

#[cfg(test)]
mod tests {
    use super::super::plan;
    use super::super::schema::tests::empty_store;
    use super::*;
    use crate::token::tests::at;

    /// Returns how SQLite goes about `query`.
    fn steps(query: &EventQuery) -> String {
        let (_directory, connection) = empty_store();
        let (sql, _) = statement(query, 10);
        plan::steps(&connection, &sql)
    }

    #[test]
    fn no_query_sorts_and_each_begins_with_an_index() {
        let token = Some(TokenId::parse("7gk2m9x4qd").unwrap());
        let user = Some("alice".to_owned());
        for (query, expected) in [
            (EventQuery::default(), "SCAN event"),
            (
                EventQuery::after(7),
                "SEARCH event USING INTEGER PRIMARY KEY (rowid>?)",
            ),
            (
                EventQuery {
                    token,
                    ..EventQuery::after(7)
                },
                "SEARCH event USING INDEX event_token (token=? AND rowid>?)",
            ),
            (
                EventQuery {
                    user,
                    before: Some(9),
                    order: EventOrder::NewestFirst,
                    ..EventQuery::default()
                },
                "SEARCH event USING INDEX event_user (user=? AND rowid<?)",
            ),
        ] {
            assert_eq!(steps(&query), expected);
        }
    }

    #[test]
    fn times_between_seconds_are_after_the_second() {
        assert_eq!(first_second(at(5)), 5);
        let between: Timestamp = "1970-01-01T00:00:05.5Z".parse().unwrap();
        assert_eq!(first_second(between), 6);
        let early: Timestamp = "1969-12-31T23:59:58.5Z".parse().unwrap();
        assert_eq!(first_second(early), -1);
    }
}
