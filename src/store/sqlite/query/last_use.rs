//! Listings by last use.

use std::fmt::Write as _;

use jiff::Timestamp;
use rusqlite::Connection;
use rusqlite::types::Value;

use super::{TokenRow, choose, direction, narrow, write_sql};
use crate::selector::Listing;
use crate::store::StoreError;

/// Tokens that stand together in the order of last use.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    NeverUsed,
    Used,
}

/// Returns the next tokens of `listing` by their last use, behind the place `behind`.
///
/// Each part is walked in the order of an index. In one statement all tokens would have to be read, and sorted in
/// memory.
pub(super) fn list(
    connection: &Connection,
    listing: &Listing,
    behind: Option<(i64, Value)>,
    now: Timestamp,
    limit: usize,
) -> Result<Vec<TokenRow>, StoreError> {
    let cursor = behind.map(|(seq, at)| match at {
        Value::Integer(-1) => (Part::NeverUsed, seq, at),
        _ => (Part::Used, seq, at),
    });
    let parts = if listing.descending {
        [Part::Used, Part::NeverUsed]
    } else {
        [Part::NeverUsed, Part::Used]
    };
    let begin = cursor.as_ref().map(|(of, ..)| *of);
    let parts = parts
        .into_iter()
        .skip_while(|part| begin.is_some_and(|begin| begin != *part));
    let mut chosen = Vec::new();
    for part in parts {
        let behind = cursor.as_ref().filter(|(of, ..)| *of == part);
        let place = behind.map(|(_, seq, at)| (*seq, at.clone()));
        let (sql, values) = statement(part, listing, place, now);
        let rest = limit - chosen.len();
        chosen.extend(choose(
            connection,
            &sql,
            values,
            &listing.selector,
            now,
            rest,
            |_, found| Ok(found),
        )?);
        if chosen.len() == limit {
            break;
        }
    }
    Ok(chosen)
}

fn statement(
    part: Part,
    listing: &Listing,
    behind: Option<(i64, Value)>,
    now: Timestamp,
) -> (String, Vec<Value>) {
    let from = match part {
        Part::NeverUsed => concat!(
            "SELECT ",
            token_columns!(),
            token_tables!(),
            "WHERE g.token IS NULL"
        ),
        Part::Used => concat!(
            "SELECT ",
            token_columns!(),
            " FROM usage AS g JOIN token AS t ON t.seq = g.token JOIN user AS u ON u.seq = t.user WHERE 1"
        ),
    };
    let (mut sql, mut values) = (from.to_owned(), Vec::new());
    narrow(&mut sql, &mut values, &listing.selector, now);
    let (order, beyond) = direction(listing.descending);
    if let Some((seq, at)) = behind {
        match part {
            Part::NeverUsed => write_sql(
                &mut sql,
                &mut values,
                &format!(" AND t.seq {beyond} ?"),
                seq,
            ),
            Part::Used => {
                let place = format!(" AND (g.at, g.token) {beyond} (?, ");
                write_sql(&mut sql, &mut values, &place, at);
                write_sql(&mut sql, &mut values, "?)", seq);
            }
        }
    }
    _ = match part {
        Part::NeverUsed => write!(sql, " ORDER BY t.seq {order}"),
        Part::Used => write!(sql, " ORDER BY g.at {order}, g.token {order}"),
    };
    (sql, values)
}
