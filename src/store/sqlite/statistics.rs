//! The statements that count.
//!
//! None of them sorts or keeps the rows it reads: a store of a million tokens is counted in the memory of a small one.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, Row};

use super::error::database_error;
use super::export;
use super::history::first_second;
use super::query::{column, damaged, text, time, unreadable_id};
use crate::statistics::{
    AGE_BANDS, ActiveCounts, AgeBand, GeneratorCounts, OldestToken, OwnerCounts, StateCounts,
    Statistics, UserCounts, UserState,
};
use crate::store::StoreError;
use crate::token_id::TokenId;
use crate::user::UserName;

/// The state of a token of `t` at `?1`: what `Token::state` says, in its order.
macro_rules! state {
    () => {
        "CASE WHEN t.revoked_at IS NOT NULL THEN 'revoked' \
              WHEN t.rotated_to IS NOT NULL AND t.expires_at <= ?1 THEN 'rotated' \
              WHEN t.suspended_at IS NOT NULL THEN 'suspended' \
              WHEN t.expires_at <= ?1 THEN 'expired' \
              ELSE 'active' END"
    };
}

/// One pass over the tokens. The limit of the inner select keeps SQLite from working out the state once for each sum.
const TOTALS: &str = concat!(
    "SELECT count(*), \
         count(*) FILTER (WHERE state = 'active'), count(*) FILTER (WHERE state = 'expired'), count(*) FILTER (WHERE state = 'suspended'), \
         count(*) FILTER (WHERE state = 'rotated'), count(*) FILTER (WHERE state = 'revoked'), \
         count(*) FILTER (WHERE state = 'active' AND expires_at <= ?2), \
         count(*) FILTER (WHERE state = 'active' AND expires_at <= ?3), \
         count(*) FILTER (WHERE state = 'active' AND expires_at <= ?4), \
         count(*) FILTER (WHERE state = 'active' AND expires_at IS NULL), \
         count(*) FILTER (WHERE state = 'active' AND used_at IS NULL), \
         count(*) FILTER (WHERE state = 'active' AND ifnull(used_at, created_at) < ?5), \
         count(*) FILTER (WHERE state = 'active' AND disabled), \
         count(*) FILTER (WHERE state = 'active' AND created_at > ?6), count(*) FILTER (WHERE state = 'active' AND created_at > ?7), \
         count(*) FILTER (WHERE state = 'active' AND created_at > ?8), count(*) FILTER (WHERE state = 'active' AND created_at > ?9), \
         count(*) FILTER (WHERE state = 'active' AND created_at > ?10), count(*) FILTER (WHERE state = 'active' AND created_at > ?11) \
     FROM (SELECT ",
    state!(),
    " AS state, t.expires_at, t.created_at, g.at AS used_at, \
         ifnull(u.deleted_at, u.disabled_at) IS NOT NULL AS disabled \
         FROM token AS t JOIN user AS u ON u.seq = t.user LEFT JOIN usage AS g ON g.token = t.seq LIMIT -1)"
);

/// Rows come in the order of the index, so that nothing is sorted to be grouped.
const GENERATORS: &str = concat!(
    "SELECT t.generator, count(*), count(*) FILTER (WHERE ",
    state!(),
    " = 'active') AS active FROM token AS t INDEXED BY token_generator \
     GROUP BY t.generator ORDER BY active DESC, count(*) DESC, t.generator"
);

const OWNERS: &str = concat!(
    "SELECT u.name, CASE WHEN u.deleted_at IS NOT NULL THEN 2 ELSE u.disabled_at IS NOT NULL END, tokens, active \
     FROM (SELECT t.user AS owner, count(*) AS tokens, count(*) FILTER (WHERE ",
    state!(),
    " = 'active') AS active FROM token AS t INDEXED BY token_user GROUP BY t.user) \
     JOIN user AS u ON u.seq = owner ORDER BY active DESC, tokens DESC, u.name LIMIT ?2"
);

const OLDEST: &str = concat!(
    "SELECT t.id, u.name, t.created_at FROM token AS t JOIN user AS u ON u.seq = t.user \
     WHERE ",
    state!(),
    " = 'active' ORDER BY t.created_at, t.seq LIMIT 1"
);

const USERS: &str = "SELECT count(*) FILTER (WHERE deleted_at IS NULL AND disabled_at IS NULL), \
    count(*) FILTER (WHERE deleted_at IS NULL AND disabled_at IS NOT NULL), count(*) FILTER (WHERE deleted_at IS NOT NULL) FROM user";

/// Counts at `now` what the store holds, with at most `owners` owners, all of it as it is at one moment.
pub(super) fn statistics(
    connection: &Connection,
    now: Timestamp,
    owners: usize,
) -> Result<Statistics, StoreError> {
    let moment = export::snapshot(connection)?;
    let mut statistics = totals(&moment, now)?;
    statistics.oldest_active = oldest(&moment, now)?;
    statistics.generators = generators(&moment, now)?;
    statistics.owners = owners_of(&moment, now, owners)?;
    statistics.users = one(&moment, USERS, |row| {
        Ok(UserCounts {
            active: count(row, 0)?,
            disabled: count(row, 1)?,
            deleted: count(row, 2)?,
        })
    })?;
    statistics.removed = one(&moment, "SELECT count(*) FROM tombstone", |row| {
        count(row, 0)
    })?;
    let newest = "SELECT ifnull(max(seq), 0) FROM event";
    statistics.events = one(&moment, newest, |row| count(row, 0))?;
    Ok(statistics)
}

fn totals(connection: &Connection, now: Timestamp) -> Result<Statistics, StoreError> {
    let day = |days: i64| SignedDuration::from_hours(24 * days);
    let within = |days| {
        now.checked_add(day(days))
            .unwrap_or(Timestamp::MAX)
            .as_second()
    };
    let ago = |days: i64| now.checked_sub(day(days)).unwrap_or(Timestamp::MIN);
    let mut bounds = vec![now.as_second(), within(7), within(30), within(90)];
    bounds.push(first_second(ago(90)));
    let ends = AGE_BANDS.iter().flatten();
    bounds.extend(ends.map(|days| ago(i64::from(*days)).as_second()));
    let mut statement = connection.prepare_cached(TOTALS).map_err(database_error)?;
    let mut rows = statement
        .query(rusqlite::params_from_iter(bounds))
        .map_err(database_error)?;
    let Some(row) = rows.next().map_err(database_error)? else {
        return Err(damaged("the count of tokens"));
    };
    let states = StateCounts {
        active: count(row, 1)?,
        expired: count(row, 2)?,
        suspended: count(row, 3)?,
        rotated: count(row, 4)?,
        revoked: count(row, 5)?,
    };
    let active = ActiveCounts {
        expiring_in_7_days: count(row, 6)?,
        expiring_in_30_days: count(row, 7)?,
        expiring_in_90_days: count(row, 8)?,
        never_expiring: count(row, 9)?,
        never_used: count(row, 10)?,
        unused_for_90_days: count(row, 11)?,
        of_disabled_users: count(row, 12)?,
    };
    let mut younger = (13..19)
        .map(|index| count(row, index))
        .collect::<Result<Vec<_>, _>>()?;
    younger.push(states.active);
    Ok(Statistics {
        tokens: count(row, 0)?,
        states,
        active,
        ages: AgeBand::of_cumulated(&younger),
        ..Statistics::default()
    })
}

fn oldest(connection: &Connection, now: Timestamp) -> Result<Option<OldestToken>, StoreError> {
    let mut statement = connection.prepare_cached(OLDEST).map_err(database_error)?;
    let mut rows = statement.query([now.as_second()]).map_err(database_error)?;
    let Some(row) = rows.next().map_err(database_error)? else {
        return Ok(None);
    };
    let id = TokenId::parse(text(row, 0)?).map_err(|_| unreadable_id())?;
    let user = UserName::verbatim(text(row, 1)?);
    Ok(Some(OldestToken::new(id, user, time(row, 2)?)))
}

fn generators(connection: &Connection, now: Timestamp) -> Result<Vec<GeneratorCounts>, StoreError> {
    let mut statement = connection
        .prepare_cached(GENERATORS)
        .map_err(database_error)?;
    let mut rows = statement.query([now.as_second()]).map_err(database_error)?;
    let mut generators = Vec::new();
    while let Some(row) = rows.next().map_err(database_error)? {
        let id = text(row, 0)?.to_owned();
        generators.push(GeneratorCounts::new(id, count(row, 1)?, count(row, 2)?));
    }
    Ok(generators)
}

fn owners_of(
    connection: &Connection,
    now: Timestamp,
    most: usize,
) -> Result<Vec<OwnerCounts>, StoreError> {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let mut statement = connection.prepare_cached(OWNERS).map_err(database_error)?;
    let mut rows = statement
        .query([now.as_second(), most])
        .map_err(database_error)?;
    let mut owners = Vec::new();
    while let Some(row) = rows.next().map_err(database_error)? {
        let state = match column::<i64>(row, 1)? {
            0 => UserState::Active,
            1 => UserState::Disabled,
            _ => UserState::Deleted,
        };
        let name = UserName::verbatim(text(row, 0)?);
        owners.push(OwnerCounts::new(
            name,
            state,
            count(row, 2)?,
            count(row, 3)?,
        ));
    }
    Ok(owners)
}

fn one<T>(
    connection: &Connection,
    sql: &str,
    read: impl FnOnce(&Row<'_>) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let mut statement = connection.prepare_cached(sql).map_err(database_error)?;
    let mut rows = statement.query([]).map_err(database_error)?;
    match rows.next().map_err(database_error)? {
        Some(row) => read(row),
        None => Err(damaged("a count")),
    }
}

/// Reads a count.
fn count(row: &Row<'_>, index: usize) -> Result<u64, StoreError> {
    let number: i64 = column(row, index)?;
    u64::try_from(number).map_err(|_| damaged("a count"))
}

#[cfg(test)]
mod tests {
    use super::super::plan;
    use super::super::schema::tests::empty_store;
    use super::*;
    use crate::token::Token;
    use crate::token::tests::{at, sample};

    #[test]
    fn nothing_is_sorted_but_the_few_rows_of_the_answer() {
        let (_directory, connection) = empty_store();
        for (sql, grouped) in [
            (TOTALS, false),
            (GENERATORS, true),
            (OWNERS, true),
            (OLDEST, false),
        ] {
            let plan = plan::steps(&connection, sql);
            assert!(!plan.contains("FOR GROUP BY"), "{plan}");
            assert!(!plan.contains("MATERIALIZE"), "{plan}");
            assert_eq!(plan.contains("FOR ORDER BY"), grouped, "{plan}");
        }
    }

    #[test]
    fn state_is_the_one_of_the_token_in_every_case() {
        let (_directory, connection) = empty_store();
        let other = TokenId::parse("0000000000").unwrap();
        let sql = concat!(
            "SELECT ",
            state!(),
            " FROM (SELECT ?2 AS revoked_at, ?3 AS rotated_to, \
            ?4 AS suspended_at, ?5 AS expires_at) AS t"
        );
        for case in 0..24_u8 {
            let end =
                [None, Some(at(99)), Some(at(100)), Some(at(101))][usize::from(case / 8).min(2)];
            for expires_at in [end, Some(at(101))] {
                let token = Token {
                    revoked_at: (case & 1 != 0).then(|| at(50)),
                    rotated_to: (case & 2 != 0).then_some(other),
                    suspended_at: (case & 4 != 0).then(|| at(60)),
                    expires_at,
                    ..sample()
                };
                let second = |time: Option<Timestamp>| time.map(Timestamp::as_second);
                let state: String = connection
                    .query_row(
                        sql,
                        rusqlite::params![
                            100,
                            second(token.revoked_at),
                            token.rotated_to,
                            second(token.suspended_at),
                            second(token.expires_at)
                        ],
                        |row| row.get(0),
                    )
                    .unwrap();
                assert_eq!(state, token.state(at(100)).as_str(), "{token:?}");
            }
        }
    }
}
