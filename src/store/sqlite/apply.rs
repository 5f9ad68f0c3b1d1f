//! Changes inside one transaction, each with its event.

mod cache;
mod import;
mod life;
mod rotation;
mod tokens;
mod tombstones;
mod users;

use std::collections::BTreeSet;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};
use serde_json::Value;

use self::cache::with_room;
pub(super) use self::import::import;
use self::life::Unfit;
use self::tokens::PoliciesLeft;
use super::error::database_error;
use super::query::{self, TokenRow};
use crate::change::{Actor, Applied, CHAIN_START, Change, Event, Hit, Target};
use crate::clock::whole_second;
use crate::selector::Listing;
use crate::store::{ChangeError, StoreError};
use crate::token_id::TokenId;
use crate::user::{User, UserName};

/// Beyond how many tokens a change is a large piece of work.
const MANY: usize = 1_000;

/// Makes all of `changes` in the transaction that `connection` is in, and keeps their events in `recorded`.
pub(super) fn apply(
    connection: &Connection,
    changes: &[Change],
    actor: &Actor,
    now: Timestamp,
    recorded: Option<&mut Vec<Event>>,
) -> Result<Applied, ChangeError> {
    let mut writer = Writer::begin(connection, actor, whole_second(now))?;
    writer.recorded = recorded;
    for change in changes {
        writer.make(change)?;
    }
    Ok(writer.applied)
}

/// Makes changes, and appends an event for each.
pub(super) struct Writer<'a> {
    connection: &'a Connection,
    now: Timestamp,
    created_by: &'a str,
    /// The actor as it stands in each event.
    actor: String,
    /// Number and hash of the newest event.
    head: (u64, [u8; 32]),
    applied: Applied,
    /// Where the events go besides, if somebody wants to know.
    recorded: Option<&'a mut Vec<Event>>,
}

impl<'a> Writer<'a> {
    pub(super) fn begin(
        connection: &'a Connection,
        actor: &'a Actor,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let newest = connection
            .prepare_cached("SELECT seq, hash, at FROM event ORDER BY seq DESC LIMIT 1")
            .and_then(|mut statement| {
                statement.query_row([], |row| {
                    Ok((row.get::<_, i64>(0)?, row.get(1)?, row.get::<_, i64>(2)?))
                })
            })
            .optional()
            .map_err(|error| audit_error(database_error(error)))?;
        let mut applied = Applied::default();
        let head = match newest {
            None => (0, CHAIN_START),
            Some((seq, hash, at)) => {
                if at > now.as_second() {
                    applied.clock_behind = Timestamp::from_second(at).ok();
                }
                (u64::try_from(seq).unwrap_or_default(), hash)
            }
        };
        let actor_text = serde_json::to_string(actor).map_err(|error| StoreError::Audit {
            why: error.to_string(),
        })?;
        Ok(Self {
            connection,
            now,
            created_by: &actor.name,
            actor: actor_text,
            head,
            applied,
            recorded: None,
        })
    }

    fn make(&mut self, change: &Change) -> Result<(), ChangeError> {
        match change {
            Change::AddUser { name } => self.add_user(name),
            Change::RenameUser { name, to } => self.rename_user(name, to),
            Change::DisableUser { name } => self.set_disabled(name, true),
            Change::EnableUser { name } => self.set_disabled(name, false),
            Change::DeleteUser { name, reason } => self.delete_user(name, reason),
            Change::Issue(issued) => self.issue(issued),
            Change::Revoke { tokens, reason } => {
                self.each(tokens, |writer, row| writer.revoke(row, reason))
            }
            Change::Suspend { tokens } => self.each(tokens, Self::suspend),
            Change::Resume { tokens } => self.each(tokens, Self::resume),
            Change::Extend { tokens, extension } => {
                let unfit = Unfit::of(tokens);
                self.each(tokens, |writer, row| writer.extend(row, extension, unfit))
            }
            Change::Rotate(rotation) => self.rotate(rotation),
            Change::UndoRotation(undo) => self.undo_rotation(undo),
            Change::Reuse(reuse) => self.reuse(reuse),
            Change::Prune { tokens, dead_by } => self.prune(tokens, *dead_by),
            Change::Edit { tokens, edit } => {
                self.each(tokens, |writer, row| writer.edit(row, edit))
            }
            Change::Restrict {
                tokens,
                restriction,
            } => {
                let mut policies = PoliciesLeft::of(restriction);
                self.each(tokens, |writer, row| writer.restrict(row, &mut policies))
            }
        }
    }

    /// Makes a change to each of the tokens that it is about.
    fn each(
        &mut self,
        tokens: &Target,
        mut make: impl FnMut(&mut Self, TokenRow) -> Result<(), ChangeError>,
    ) -> Result<(), ChangeError> {
        let rows = self.resolve(tokens)?;
        let are_many = rows.len() > MANY;
        let connection = self.connection;
        let make_all = || rows.into_iter().try_for_each(|row| make(self, row));
        match are_many {
            true => with_room(connection, make_all),
            false => make_all(),
        }
    }

    /// Finds the tokens that a change is about.
    fn resolve(&self, target: &Target) -> Result<Vec<TokenRow>, ChangeError> {
        match target {
            Target::Ids(ids) => {
                // One that is named twice is still one token.
                let mut seen = BTreeSet::new();
                ids.iter()
                    .filter(|id| seen.insert(**id))
                    .map(|id| self.token(id))
                    .collect()
            }
            Target::Revisions(revisions) => revisions
                .iter()
                .map(|(id, revision)| {
                    let row = self.token(id)?;
                    if row.token.revision == *revision {
                        Ok(row)
                    } else {
                        Err(ChangeError::ChangedMeanwhile { id: *id })
                    }
                })
                .collect(),
            Target::Matching(selector) if selector.is_empty() => Err(ChangeError::NothingChosen),
            Target::Matching(selector) => {
                let listing = Listing::of(selector.clone());
                Ok(query::list(
                    self.connection,
                    &listing,
                    None,
                    self.now,
                    usize::MAX,
                )?)
            }
        }
    }

    fn token(&self, id: &TokenId) -> Result<TokenRow, ChangeError> {
        query::find_token(self.connection, id)?.ok_or(ChangeError::NoSuchToken { id: *id })
    }

    pub(super) fn execute(
        &self,
        sql: &str,
        parameters: &[&dyn rusqlite::ToSql],
    ) -> Result<usize, StoreError> {
        self.connection
            .prepare_cached(sql)
            .and_then(|mut statement| statement.execute(parameters))
            .map_err(database_error)
    }

    fn hit_user(&mut self, user: User, action: &str, details: Value) -> Result<(), ChangeError> {
        self.record(action, &user.name, None, details)?;
        self.applied.users.push(Hit::new(user, true));
        Ok(())
    }

    /// Records what happened to a token and reports it as it is now in the store.
    fn hit_token(&mut self, id: &TokenId, action: &str, details: Value) -> Result<(), ChangeError> {
        let row = self.token(id)?;
        self.record(action, &row.token.owner.name, Some(id), details)?;
        self.applied.tokens.push(Hit::new(row.token, true));
        Ok(())
    }

    /// Appends an event to the chain.
    pub(super) fn record(
        &mut self,
        action: &str,
        user: &UserName,
        token: Option<&TokenId>,
        details: Value,
    ) -> Result<(), StoreError> {
        self.record_text(action, user, token, details.to_string())
    }

    /// Appends an event whose details are JSON already.
    fn record_text(
        &mut self,
        action: &str,
        user: &UserName,
        token: Option<&TokenId>,
        details: String,
    ) -> Result<(), StoreError> {
        let (newest, previous_hash) = self.head;
        let mut event = Event {
            seq: newest + 1,
            at: self.now,
            actor: self.actor.clone(),
            action: action.to_owned(),
            user: user.as_str().to_owned(),
            token: token.map(|id| id.as_str().to_owned()),
            details,
            previous_hash,
            hash: CHAIN_START,
        };
        event.hash = event.expected_hash();
        self.execute(
            "INSERT INTO event (seq, at, actor, action, user, token, details, previous_hash, hash) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            params![
                i64::try_from(event.seq).unwrap_or(i64::MAX),
                event.at.as_second(),
                event.actor,
                event.action,
                event.user,
                event.token,
                event.details,
                event.previous_hash,
                event.hash,
            ],
        )
        .map_err(audit_error)?;
        self.head = (event.seq, event.hash);
        if let Some(recorded) = &mut self.recorded {
            recorded.push(event);
        }
        Ok(())
    }
}

/// Tells a record that cannot be written from a store that cannot be written at all.
fn audit_error(error: StoreError) -> StoreError {
    match error {
        StoreError::Database { what, .. } | StoreError::Corrupt { what } => {
            StoreError::Audit { why: what }
        }
        other => other,
    }
}
