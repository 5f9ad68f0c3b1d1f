//! Listings in the order of issue.

use std::fmt::Write as _;

use jiff::Timestamp;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension as _, Row, params_from_iter};

use super::{TokenRow, choose, damaged, direction, narrow, write_sql};
use crate::selector::{Listing, Selector};
use crate::store::StoreError;
use crate::store::sqlite::error::database_error;

/// How many tokens are walked for each that is asked for, before an index is asked.
const WALKED_FOR_EACH: usize = 200;

/// The index of dates of issue is asked for one in so many tokens at most: to walk takes no longer than to sort more.
const ONE_IN: i64 = 8;

/// Returns the next tokens of `listing`, which is in the order of issue, behind the place `behind`.
pub(super) fn list(
    connection: &Connection,
    listing: &Listing,
    behind: Option<i64>,
    now: Timestamp,
    limit: usize,
) -> Result<Vec<TokenRow>, StoreError> {
    let search = Search {
        connection,
        columns: concat!("SELECT ", token_columns!()),
        selector: &listing.selector,
        descending: listing.descending,
        now,
    };
    search.find(behind, limit, |_, found| Ok(found))
}

/// Returns the next tokens that `selector` chooses, in the order of issue, behind the place `after`, each as `keep` makes
/// it of the row and the token in it. No token need stand there any more.
///
/// The kind of the digest, the digest and the extra data are the columns from [`super::BESIDE_TOKEN`] on.
pub(in crate::store::sqlite) fn list_behind<T>(
    connection: &Connection,
    selector: &Selector,
    after: Option<i64>,
    now: Timestamp,
    limit: usize,
    keep: impl FnMut(&Row<'_>, TokenRow) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    let search = Search {
        connection,
        columns: concat!(
            "SELECT ",
            token_columns!(),
            ", t.digest_kind, t.digest, t.extra"
        ),
        selector,
        descending: false,
        now,
    };
    search.find(after, limit, keep)
}

/// What is looked for.
struct Search<'a> {
    connection: &'a Connection,
    columns: &'static str,
    selector: &'a Selector,
    descending: bool,
    now: Timestamp,
}

/// How tokens are found that are chosen by a time.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    /// Looking at each.
    Walk,
    /// The index of that time, all that stand in it sorted by their place.
    Index,
}

impl Search<'_> {
    /// Returns the next tokens behind the place `behind`.
    ///
    /// Those that are chosen by a time stand in another order in its index. Where many are chosen, the first are found
    /// soonest by a walk; where few are, by the index. That is not known, so some tokens are walked, and then the index
    /// is asked for those behind them.
    fn find<T>(
        &self,
        mut behind: Option<i64>,
        limit: usize,
        mut keep: impl FnMut(&Row<'_>, TokenRow) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let mut last = behind;
        let mut keep = |row: &Row<'_>, found: TokenRow| {
            // A ring in the tree of pages would be walked for ever.
            let is_behind = last.is_none_or(|last| match self.descending {
                true => found.seq < last,
                false => found.seq > last,
            });
            if !is_behind {
                return Err(damaged("the order of tokens"));
            }
            last = Some(found.seq);
            keep(row, found)
        };
        let mut chosen = Vec::new();
        if self.is_by_time()
            && let Some(last) = self.end_of_walk(behind, limit)?
        {
            let (sql, values) = self.statement(By::Walk, behind, Some(last));
            chosen = self.choose(&sql, values, limit, &mut keep)?;
            behind = Some(last);
        }
        if chosen.len() < limit {
            let (sql, values) = self.statement(self.search()?, behind, None);
            chosen.extend(self.choose(&sql, values, limit - chosen.len(), &mut keep)?);
        }
        Ok(chosen)
    }

    fn choose<T>(
        &self,
        sql: &str,
        values: Vec<Value>,
        limit: usize,
        keep: impl FnMut(&Row<'_>, TokenRow) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        choose(
            self.connection,
            sql,
            values,
            self.selector,
            self.now,
            limit,
            keep,
        )
    }

    /// Returns whether a time is all that an index could be asked for.
    fn is_by_time(&self) -> bool {
        let selector = self.selector;
        (selector.expiring_until.is_some() || self.is_by_issue())
            && selector.users.is_empty()
            && selector.labels.is_empty()
            && selector.ids.is_none()
    }

    fn is_by_issue(&self) -> bool {
        self.selector.created_after.is_some() || self.selector.created_before.is_some()
    }

    /// The label whose index has the tokens in the order of issue.
    fn walked_label(&self) -> Option<&(String, String)> {
        let selector = self.selector;
        let is_free = selector.users.is_empty() && selector.ids.is_none();
        selector.labels.first().filter(|_| is_free)
    }

    /// Returns up to which place it is worth to walk, none where too many tokens are asked for, or there are none.
    fn end_of_walk(&self, behind: Option<i64>, limit: usize) -> Result<Option<i64>, StoreError> {
        let Some(length) = limit
            .checked_mul(WALKED_FOR_EACH)
            .and_then(|length| i64::try_from(length).ok())
        else {
            return Ok(None);
        };
        let mut sql = "SELECT t.seq FROM token AS t WHERE 1".to_owned();
        let mut values = Vec::new();
        self.write_behind(&mut sql, &mut values, "t.seq", behind);
        let (order, _) = direction(self.descending);
        _ = write!(sql, " ORDER BY t.seq {order} LIMIT 1");
        let first: Option<i64> = self
            .connection
            .query_row(&sql, params_from_iter(values), |row| row.get(0))
            .optional()
            .map_err(database_error)?;
        Ok(first.map(|first| match self.descending {
            true => first.saturating_sub(length),
            false => first.saturating_add(length),
        }))
    }

    /// Returns how the tokens behind those that were walked are found.
    fn search(&self) -> Result<By, StoreError> {
        let selector = self.selector;
        if selector.ids.is_some() || self.walked_label().is_some() {
            return Ok(By::Walk);
        }
        if selector.expiring_until.is_some() {
            return Ok(By::Index);
        }
        if !self.is_by_time() {
            return Ok(By::Walk);
        }
        let mut sql = "SELECT NOT EXISTS (SELECT 1 FROM token AS t WHERE 1".to_owned();
        let mut values = Vec::new();
        narrow(&mut sql, &mut values, &self.indexed(), self.now);
        sql.push_str(" LIMIT 1 OFFSET (SELECT ifnull(max(seq), 0) FROM token)");
        write_sql(&mut sql, &mut values, " / ?)", ONE_IN);
        let are_few = self
            .connection
            .query_row(&sql, params_from_iter(values), |row| row.get(0))
            .map_err(database_error)?;
        Ok(if are_few { By::Index } else { By::Walk })
    }

    /// Returns the part of the selector that one index answers.
    fn indexed(&self) -> Selector {
        let selector = self.selector;
        match selector.users.as_slice() {
            _ if selector.expiring_until.is_none() => Selector {
                created_after: selector.created_after,
                created_before: selector.created_before,
                ..Selector::default()
            },
            users => Selector {
                expiring_until: selector.expiring_until,
                users: users.iter().filter(|_| users.len() == 1).cloned().collect(),
                ..Selector::default()
            },
        }
    }

    /// Returns the statement that finds the tokens behind `behind`, up to `last` where there is such a place.
    fn statement(&self, by: By, behind: Option<i64>, last: Option<i64>) -> (String, Vec<Value>) {
        let (mut sql, mut values) = (self.columns.to_owned(), Vec::new());
        let mut rest = self.selector.clone();
        let place = match self.walked_label() {
            None => {
                sql.push_str(concat!(token_tables!(), "WHERE 1"));
                "t.seq"
            }
            Some((key, value)) => {
                sql.push_str(
                    " FROM token_label AS l CROSS JOIN token AS t ON t.seq = l.token \
                     JOIN user AS u ON u.seq = t.user LEFT JOIN usage AS g ON g.token = t.seq WHERE 1",
                );
                write_sql(&mut sql, &mut values, " AND l.key = ?", key.clone());
                write_sql(&mut sql, &mut values, " AND l.value = ?", value.clone());
                rest.labels.remove(0);
                // The same number, but SQLite would sort by the other.
                "l.token"
            }
        };
        if by == By::Index {
            sql.push_str(" AND t.seq IN (SELECT t.seq FROM token AS t WHERE 1");
            narrow(&mut sql, &mut values, &self.indexed(), self.now);
            self.write_behind(&mut sql, &mut values, "+t.seq", behind);
            sql.push(')');
        }
        self.write_times(&mut sql, &mut values);
        rest.expiring_until = None;
        (rest.created_after, rest.created_before) = (None, None);
        narrow(&mut sql, &mut values, &rest, self.now);
        self.write_behind(&mut sql, &mut values, place, behind);
        let (order, _) = direction(self.descending);
        let within = if self.descending { ">=" } else { "<=" };
        if let Some(last) = last {
            write_sql(
                &mut sql,
                &mut values,
                &format!(" AND {place} {within} ?"),
                last,
            );
        }
        _ = write!(sql, " ORDER BY {place} {order}");
        (sql, values)
    }

    fn write_behind(
        &self,
        sql: &mut String,
        values: &mut Vec<Value>,
        place: &str,
        behind: Option<i64>,
    ) {
        let (_, beyond) = direction(self.descending);
        if let Some(behind) = behind {
            write_sql(sql, values, &format!(" AND {place} {beyond} ?"), behind);
        }
    }

    /// Appends a look at the times of each token, by no index: what it finds would have to be sorted.
    fn write_times(&self, sql: &mut String, values: &mut Vec<Value>) {
        let selector = self.selector;
        let mut and = |fragment: &str, time: Option<Timestamp>| {
            if let Some(time) = time {
                write_sql(sql, values, fragment, time.as_second());
            }
        };
        and(" AND +t.expires_at <= ?", selector.expiring_until);
        let soon = selector.expiring_until.map(|_| self.now);
        and(" AND +t.expires_at > ?", soon);
        and(" AND +t.created_at >= ?", selector.created_after);
        // The stored second is the floor of the time asked about, or before it.
        and(" AND +t.created_at <= ?", selector.created_before);
    }
}
