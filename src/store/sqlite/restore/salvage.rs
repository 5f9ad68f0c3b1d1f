//! What a damaged store refuses, as far as it can still be read: it must not come back to life with its backup.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, ToSql, params};
use serde_json::json;

use super::super::apply::Writer;
use super::super::configure;
use super::super::error::database_error;
use super::super::files::StoreFiles;
use super::super::query::{self, TokenRow};
use super::common::Common;
use super::{TAKEN_AWAY, told};
use crate::clock::whole_second;
use crate::store::care::{Fate, RestoredToken, Salvage};
use crate::store::{OpenOptions, StoreError};
use crate::token::{Token, TokenState};
use crate::token_id::TokenId;
use crate::user::UserName;

/// Carries the refusals of the damaged store at `files` over into `into`; returns whether all could be read, and
/// which tokens live in the backup and stay dead.
pub(super) fn salvage(
    files: &StoreFiles,
    into: &Connection,
    writer: &mut Writer<'_>,
    now: Timestamp,
    options: &OpenOptions,
) -> Result<(Salvage, Vec<RestoredToken>), StoreError> {
    let mut salvaging = Salvaging {
        into,
        writer,
        now: whole_second(now),
        tokens: Vec::new(),
    };
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_NOFOLLOW
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let opened = Connection::open_with_flags(&files.store, flags).map_err(database_error);
    let opened = opened.and_then(|connection| {
        configure(&connection, options.reader_timeout)?;
        Ok(connection)
    });
    let Ok(damaged) = opened else {
        return Ok((Salvage::Partial, Vec::new()));
    };
    // Each part by itself: what one table has lost another may tell.
    let mut whole = Salvage::Whole;
    for part in [
        Salvaging::carry_users,
        Salvaging::carry_tombstones,
        Salvaging::carry_tokens,
        Salvaging::carry_revocations_of_history,
        Salvaging::heed_history_of_tokens,
        Salvaging::heed_history_of_users,
    ] {
        match part(&mut salvaging, &damaged) {
            Ok(Salvage::Whole) => {}
            Ok(Salvage::Partial) | Err(Lost::Read) => whole = Salvage::Partial,
            Err(Lost::Write(error)) => return Err(error),
        }
    }
    Ok((whole, salvaging.tokens))
}

/// Why a part was not carried over to its end.
enum Lost {
    /// The damaged store cannot be read on.
    Read,
    /// The new one cannot be written.
    Write(StoreError),
}

impl From<rusqlite::Error> for Lost {
    fn from(_: rusqlite::Error) -> Self {
        Self::Read
    }
}

impl From<StoreError> for Lost {
    fn from(error: StoreError) -> Self {
        Self::Write(error)
    }
}

struct Salvaging<'a, 'w> {
    into: &'a Connection,
    writer: &'a mut Writer<'w>,
    now: Timestamp,
    tokens: Vec<RestoredToken>,
}

/// Since when a user is refused, in seconds of Unix time.
#[derive(Clone, Copy, Default)]
struct Refused {
    disabled: Option<i64>,
    deleted: Option<i64>,
}

impl Salvaging<'_, '_> {
    fn carry_users(&mut self, damaged: &Connection) -> Result<Salvage, Lost> {
        // A user who is younger than the backup is in none of its records.
        let known_until: i64 = self
            .into
            .query_row("SELECT ifnull(max(at), 0) FROM event", [], |row| row.get(0))
            .map_err(database_error)?;
        let mut whole = Salvage::Whole;
        let mut statement = damaged.prepare(
            "SELECT seq, name, created_at, disabled_at, deleted_at FROM user \
             WHERE disabled_at IS NOT NULL OR deleted_at IS NOT NULL",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (seq, name, created): (i64, String, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let (names, read) = names_of(damaged, seq, name);
            let users = self.find_users(&names)?;
            if read == Salvage::Partial || users.is_empty() && created <= known_until {
                whole = Salvage::Partial;
            }
            let refused = self.refusal(row.get(3)?, row.get(4)?);
            for (user, name) in users {
                self.carry_user(user, name, refused)?;
            }
        }
        Ok(whole)
    }

    /// Finds the users of the backup who have or had one of `names`, which nobody else can have been given.
    fn find_users(&self, names: &[String]) -> Result<Vec<(i64, String)>, StoreError> {
        let mut statement = self
            .into
            .prepare_cached(
                "SELECT seq, name FROM user WHERE seq IN \
                 (SELECT user FROM user_name WHERE name IN (SELECT value FROM json_each(?1)))",
            )
            .map_err(database_error)?;
        let users = statement
            .query_map([json!(names).to_string()], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .map_err(database_error)?;
        users.collect::<Result<_, _>>().map_err(database_error)
    }

    fn carry_user(&mut self, user: i64, name: String, refused: Refused) -> Result<(), StoreError> {
        let Refused { disabled, deleted } = refused;
        let changed = self.writer.execute(
            "UPDATE user SET disabled_at = ifnull(disabled_at, ?2), deleted_at = ifnull(deleted_at, ?3) \
             WHERE seq = ?1 \
             AND ((disabled_at IS NULL AND ?2 IS NOT NULL) OR (deleted_at IS NULL AND ?3 IS NOT NULL))",
            params![user, disabled, deleted],
        )?;
        if changed == 0 {
            return Ok(());
        }
        let details = json!({ "disabled_at": told(disabled), "deleted_at": told(deleted) });
        let name = UserName::verbatim(name);
        self.writer.record("user.salvaged", &name, None, details)
    }

    fn carry_tombstones(&mut self, damaged: &Connection) -> Result<Salvage, Lost> {
        let mut statement = damaged.prepare("SELECT digest, digest_kind, id, at FROM tombstone")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let digest: Vec<u8> = row.get(0)?;
            let (kind, id, at): (i64, String, i64) = (row.get(1)?, row.get(2)?, row.get(3)?);
            self.writer.execute(
                "INSERT INTO tombstone (digest, digest_kind, id, at) VALUES (?1, ?2, ?3, ?4) \
                 ON CONFLICT DO NOTHING",
                params![digest, kind, id, self.readable(at)],
            )?;
            let Some(found) = self.find(&id)? else {
                continue;
            };
            self.writer.delete_token(found.seq)?;
            self.record(found.token, Fate::StaysDead, json!({ "state": "removed" }))?;
        }
        Ok(Salvage::Whole)
    }

    fn carry_tokens(&mut self, damaged: &Connection) -> Result<Salvage, Lost> {
        let mut whole = Salvage::Whole;
        let mut failed = None;
        let read = query::each_token(damaged, |row| {
            match row {
                Ok(row) => {
                    if let Err(error) = self.carry_token(&row.token) {
                        failed = Some(error);
                        return Err(StoreError::BrokenOff);
                    }
                }
                Err(_) => whole = Salvage::Partial,
            }
            Ok(())
        });
        match (failed, read) {
            (Some(error), _) => Err(Lost::Write(error)),
            (None, Ok(())) => Ok(whole),
            (None, Err(_)) => Err(Lost::Read),
        }
    }

    /// Lets a token be no more alive than it was in the damaged store, and allow no more.
    fn carry_token(&mut self, was: &Token) -> Result<(), StoreError> {
        let Some(found) = self.find(was.id.as_str())? else {
            return Ok(());
        };
        let common = Common::of(&found.token, was);
        let unclear_since = common.is_unclear.then_some(self.now);
        let suspended_at = was.suspended_at.or(unclear_since);
        self.leave(
            &found.token.id,
            "UPDATE token SET revoked_at = ifnull(revoked_at, ?2), \
             revoked_reason = CASE WHEN revoked_at IS NULL THEN ?3 ELSE revoked_reason END, \
             suspended_at = ifnull(suspended_at, ?4), rotated_to = ifnull(rotated_to, ?5), \
             expires_at = min(ifnull(expires_at, ?6), ifnull(?6, expires_at)), \
             policy = ?7, networks = iif(?9, ?8, networks), revision = revision + 1 \
             WHERE seq = ?1 AND ((revoked_at IS NULL AND ?2 IS NOT NULL) \
             OR (suspended_at IS NULL AND ?4 IS NOT NULL) OR (rotated_to IS NULL AND ?5 IS NOT NULL) \
             OR ifnull(?6, ?10) < ifnull(expires_at, ?10) OR ?9)",
            params![
                found.seq,
                was.revoked_at.map(Timestamp::as_second),
                was.revoked_reason.as_str(),
                suspended_at.map(Timestamp::as_second),
                was.rotated_to,
                was.expires_at.map(Timestamp::as_second),
                common.policy.as_str(),
                common.networks_text(),
                common.differs_from(&found.token),
                query::NO_END,
            ],
        )
    }

    /// Where the record of a token is lost, the history may still tell that it was revoked.
    fn carry_revocations_of_history(&mut self, damaged: &Connection) -> Result<Salvage, Lost> {
        let mut statement = damaged.prepare(
            "SELECT token, min(at) FROM event WHERE action = 'token.revoked' AND token IS NOT NULL GROUP BY token",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (id, at): (String, i64) = (row.get(0)?, row.get(1)?);
            let Some(found) = self.find(&id)? else {
                continue;
            };
            self.leave(
                &found.token.id,
                "UPDATE token SET revoked_at = ?2, revoked_reason = 'revoked in the store that was damaged', \
                 revision = revision + 1 WHERE seq = ?1 AND revoked_at IS NULL",
                params![found.seq, self.readable(at)],
            )?;
        }
        Ok(Salvage::Whole)
    }

    /// Suspends the tokens that may do less since the backup was made, as the history tells, and whose records do not
    /// tell what.
    fn heed_history_of_tokens(&mut self, damaged: &Connection) -> Result<Salvage, Lost> {
        let mut statement = damaged.prepare(&format!(
            "SELECT seq, hash, token, at FROM event \
             WHERE action IN ('token.pruned', {TAKEN_AWAY}) AND token IS NOT NULL ORDER BY seq"
        ))?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            if self.is_in_backup(row.get(0)?, &row.get::<_, Vec<u8>>(1)?)? {
                continue;
            }
            let (id, at): (String, i64) = (row.get(2)?, row.get(3)?);
            let Some(found) = self.find(&id)? else {
                continue;
            };
            if let Ok(Some(was)) = query::find_token(damaged, &found.token.id) {
                // Also where the walk through all tokens did not come to it.
                self.carry_token(&was.token)?;
                continue;
            }
            self.leave(
                &found.token.id,
                "UPDATE token SET suspended_at = ?2, revision = revision + 1 \
                 WHERE seq = ?1 AND suspended_at IS NULL",
                params![found.seq, self.readable(at)],
            )?;
        }
        Ok(Salvage::Whole)
    }

    /// Refuses the users who were disabled or deleted, as the history tells, and whose records do not tell it.
    fn heed_history_of_users(&mut self, damaged: &Connection) -> Result<Salvage, Lost> {
        let mut told: BTreeMap<i64, (String, Refused)> = BTreeMap::new();
        let mut statement = damaged.prepare(
            "SELECT user, action, at FROM event \
             WHERE action IN ('user.disabled', 'user.enabled', 'user.deleted') ORDER BY seq",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (name, action, at): (String, String, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let seq = damaged
                .query_row(
                    "SELECT user FROM user_name WHERE name = ?1",
                    [&name],
                    |row| row.get(0),
                )
                .ok();
            let names = match seq {
                Some(seq) => names_of(damaged, seq, name).0,
                None => vec![name],
            };
            let record = seq.and_then(|seq| self.find_refusal(damaged, seq).ok());
            for (user, name) in self.find_users(&names)? {
                // Also where the walk through all users did not come to it.
                if let Some(refused) = record {
                    self.carry_user(user, name, refused)?;
                    continue;
                }
                let (_, refused) = told.entry(user).or_insert((name, Refused::default()));
                match action.as_str() {
                    "user.enabled" => refused.disabled = None,
                    "user.disabled" => refused.disabled = Some(self.readable(at)),
                    _ => refused.deleted = Some(self.readable(at)),
                }
            }
        }
        for (user, (name, refused)) in told {
            self.carry_user(user, name, refused)?;
        }
        Ok(Salvage::Whole)
    }

    fn find_refusal(&self, damaged: &Connection, user: i64) -> rusqlite::Result<Refused> {
        damaged.query_row(
            "SELECT disabled_at, deleted_at FROM user WHERE seq = ?1",
            [user],
            |row| Ok(self.refusal(row.get(0)?, row.get(1)?)),
        )
    }

    fn refusal(&self, disabled: Option<i64>, deleted: Option<i64>) -> Refused {
        Refused {
            disabled: disabled.map(|at| self.readable(at)),
            deleted: deleted.map(|at| self.readable(at)),
        }
    }

    /// Returns the time `second` of the damaged store; for one that is none, now.
    fn readable(&self, second: i64) -> i64 {
        Timestamp::from_second(second)
            .unwrap_or(self.now)
            .as_second()
    }

    /// Returns whether the backup has this event of the damaged store.
    fn is_in_backup(&self, seq: i64, hash: &[u8]) -> Result<bool, StoreError> {
        let found: Option<Vec<u8>> = self
            .into
            .prepare_cached("SELECT hash FROM event WHERE seq = ?1")
            .and_then(|mut statement| statement.query_row([seq], |row| row.get(0)).optional())
            .map_err(database_error)?;
        Ok(found.is_some_and(|found| found == hash))
    }

    fn find(&self, id: &str) -> Result<Option<TokenRow>, StoreError> {
        match TokenId::parse(id) {
            Ok(id) => query::find_token(self.into, &id),
            Err(_) => Ok(None),
        }
    }

    /// Changes the token `id` by `sql`, and records what is left of it where that changed anything.
    fn leave(
        &mut self,
        id: &TokenId,
        sql: &str,
        parameters: &[&dyn ToSql],
    ) -> Result<(), StoreError> {
        if self.writer.execute(sql, parameters)? == 0 {
            return Ok(());
        }
        match query::find_token(self.into, id)? {
            Some(left) => self.record_left(left.token),
            None => Ok(()),
        }
    }

    /// Records a token of which something is left, alive or not.
    fn record_left(&mut self, token: Token) -> Result<(), StoreError> {
        let lives =
            token.state(self.now) == TokenState::Active && token.owner.disabled_at.is_none();
        let fate = if lives {
            Fate::Updated
        } else {
            Fate::StaysDead
        };
        let details = details_of(&token);
        self.record(token, fate, details)
    }

    fn record(
        &mut self,
        token: Token,
        fate: Fate,
        details: serde_json::Value,
    ) -> Result<(), StoreError> {
        self.writer.record(
            "token.salvaged",
            &token.owner.name,
            Some(&token.id),
            details,
        )?;
        self.tokens.push(RestoredToken { token, fate });
        Ok(())
    }
}

/// Returns all names that a user of the damaged store has or had, and whether they could be read.
fn names_of(damaged: &Connection, user: i64, name: String) -> (Vec<String>, Salvage) {
    let mut names = vec![name];
    let mut read = || -> rusqlite::Result<()> {
        let mut statement = damaged.prepare_cached("SELECT name FROM user_name WHERE user = ?1")?;
        for name in statement.query_map([user], |row| row.get(0))? {
            names.push(name?);
        }
        Ok(())
    };
    match read() {
        Ok(()) => (names, Salvage::Whole),
        Err(_) => (names, Salvage::Partial),
    }
}

/// What an event tells of a token as it is left.
fn details_of(token: &Token) -> serde_json::Value {
    json!({
        "revoked_at": token.revoked_at.map(|at| at.to_string()),
        "suspended_at": token.suspended_at.map(|at| at.to_string()),
        "rotated_to": token.rotated_to.as_ref().map(TokenId::as_str),
        "expires_at": token.expires_at.map(|at| at.to_string()),
        "policy": token.policy.as_str(),
        "networks": token.networks,
    })
}
