//! Tokens of two stores that have gone on apart: neither knows what the other has taken away since.

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::super::error::database_error;
use super::super::query;
use super::common::Common;
use crate::store::StoreError;
use crate::token::Token;
use crate::token_id::TokenId;

/// What a token may be at most, as both records of it have it.
pub(super) struct Bound {
    id: TokenId,
    common: Common,
    /// The earlier end, unless the later one was given since by somebody who may.
    expires_at: Option<Timestamp>,
}

/// Finds the tokens to which the two give different rights or ends.
pub(super) fn find_bounds(
    connection: &Connection,
    backup: &Connection,
) -> Result<Vec<Bound>, StoreError> {
    let fork: i64 = connection
        .query_row(FORK, [], |row| row.get(0))
        .map_err(database_error)?;
    let mut statement = connection.prepare(UNLIKE).map_err(database_error)?;
    let ids = statement
        .query_map([], |row| row.get::<_, String>(0))
        .map_err(database_error)?;
    let mut bounds = Vec::new();
    for id in ids {
        let id =
            TokenId::parse(&id.map_err(database_error)?).map_err(|_| query::unreadable_id())?;
        let (Some(ours), Some(theirs)) = (
            query::find_token(connection, &id)?,
            query::find_token(backup, &id)?,
        ) else {
            continue;
        };
        let (ours, theirs) = (ours.token, theirs.token);
        bounds.push(Bound {
            common: Common::of(&ours, &theirs),
            expires_at: end_of(connection, fork, &ours, &theirs)?,
            id,
        });
    }
    Ok(bounds)
}

fn end_of(
    connection: &Connection,
    fork: i64,
    ours: &Token,
    theirs: &Token,
) -> Result<Option<Timestamp>, StoreError> {
    let is_earlier = |one: Option<Timestamp>, other: Option<Timestamp>| match (one, other) {
        (Some(one), Some(other)) => one < other,
        (one, None) => one.is_some(),
        (None, Some(_)) => false,
    };
    let (earlier, later, late_side, other_side) = if is_earlier(ours.expires_at, theirs.expires_at)
    {
        (ours.expires_at, theirs.expires_at, "backup", "main")
    } else {
        (theirs.expires_at, ours.expires_at, "main", "backup")
    };
    if earlier == later {
        return Ok(later);
    }
    let sql = format!(
        "SELECT EXISTS (SELECT 1 FROM {late_side}.event
                        WHERE token = ?1 AND seq > ?2 AND action = 'token.extended')
         AND NOT EXISTS (SELECT 1 FROM {other_side}.event WHERE token = ?1 AND seq > ?2)"
    );
    let is_explained: bool = connection
        .query_row(&sql, params![ours.id, fork], |row| row.get(0))
        .map_err(database_error)?;
    Ok(if is_explained { later } else { earlier })
}

/// Holds the merged records of these tokens to their bounds.
pub(super) fn hold(
    connection: &Connection,
    bounds: &[Bound],
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut update = connection.prepare(HOLD).map_err(database_error)?;
    let mut note = connection
        .prepare("INSERT OR IGNORE INTO temp.came (id, fate) VALUES (?1, 1)")
        .map_err(database_error)?;
    for bound in bounds {
        let Some(merged) = query::find_token(connection, &bound.id)? else {
            continue;
        };
        let expires_at = [merged.token.expires_at, bound.expires_at]
            .into_iter()
            .flatten()
            .min();
        let unclear_since = bound.common.is_unclear.then_some(now);
        if !bound.common.differs_from(&merged.token)
            && expires_at == merged.token.expires_at
            && (unclear_since.is_none() || merged.token.suspended_at.is_some())
        {
            continue;
        }
        update
            .execute(params![
                merged.seq,
                bound.common.policy.as_str(),
                bound.common.networks_text(),
                expires_at.map(Timestamp::as_second),
                unclear_since.map(Timestamp::as_second),
            ])
            .map_err(database_error)?;
        note.execute([&bound.id]).map_err(database_error)?;
    }
    Ok(())
}

/// The last event that both histories have.
const FORK: &str = "
SELECT ifnull(max(e.seq), 0)
FROM main.event AS e JOIN backup.event AS b ON b.seq = e.seq AND b.hash = e.hash";

const UNLIKE: &str = "
SELECT t.id
FROM main.token AS t
JOIN temp.pair AS p ON p.ours = t.seq
JOIN backup.token AS b ON b.seq = p.theirs
WHERE b.policy <> t.policy OR b.networks IS NOT t.networks OR b.expires_at IS NOT t.expires_at
ORDER BY t.seq";

const HOLD: &str = "
UPDATE main.token
SET policy = ?2, networks = ?3, expires_at = ?4, suspended_at = ifnull(suspended_at, ?5),
    revision = revision + 1
WHERE seq = ?1";
