//! Records of other stores, taken in one by one.

mod known;

use std::collections::HashMap;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};
use serde::Serialize;
use serde_json::json;

use self::known::has_foreign;
use super::super::error::database_error;
use super::super::query::{self, digest_kind_number};
use super::Writer;
use super::cache::with_room;
use super::tombstones::{buried_digest, buried_id};
use crate::change::Actor;
use crate::clock::whole_second;
use crate::record::{
    Imported, Landed, Landing, Record, RecordSource, TokenRecord, Tombstone, UserLanding,
    UserRecord,
};
use crate::secret::DigestKind;
use crate::store::{ChangeError, StoreError};
use crate::text::FreeText;
use crate::token::Token;
use crate::user::UserName;

/// How many users are remembered, so that the owner of each token need not be looked up.
const MOST_USERS: usize = 50_000;

/// Takes in what `source` gives, in the transaction that `connection` is in.
pub(in super::super) fn import(
    connection: &Connection,
    source: &mut dyn RecordSource,
    actor: &Actor,
    now: Timestamp,
) -> Result<Imported, ChangeError> {
    with_room(connection, || take_all(connection, source, actor, now))
}

fn take_all(
    connection: &Connection,
    source: &mut dyn RecordSource,
    actor: &Actor,
    now: Timestamp,
) -> Result<Imported, ChangeError> {
    let mut intake = Intake {
        writer: Writer::begin(connection, actor, whole_second(now))?,
        source: source.name().to_owned(),
        users: HashMap::new(),
        first_new: first_new(connection)?,
        has_tombstones: has_tombstones(connection)?,
        has_foreign: has_foreign(connection)?,
    };
    while let Some(record) = source.next()? {
        let landed = match record {
            Record::User(user) => intake.user(user)?,
            Record::Token(token) => intake.token(token)?,
            Record::Tombstone(tombstone) => intake.tombstone(tombstone)?,
        };
        source.landed(landed)?;
    }
    Ok(Imported {
        clock_behind: intake.writer.applied.clock_behind,
    })
}

/// Returns the place in the table that the next token gets: rows only ever grow upwards.
fn first_new(connection: &Connection) -> Result<i64, StoreError> {
    connection
        .query_row("SELECT ifnull(max(seq), 0) + 1 FROM token", [], |row| {
            row.get(0)
        })
        .map_err(database_error)
}

fn has_tombstones(connection: &Connection) -> Result<bool, StoreError> {
    connection
        .query_row("SELECT EXISTS (SELECT 1 FROM tombstone)", [], |row| {
            row.get(0)
        })
        .map_err(database_error)
}

/// An import that is under way.
struct Intake<'a> {
    writer: Writer<'a>,
    /// Where the records come from, for the events.
    source: String,
    users: HashMap<UserName, Owner>,
    /// The place of the first token that this import adds.
    first_new: i64,
    /// Whether a token was ever removed here: mostly none was, and then there is nothing to look for.
    has_tombstones: bool,
    /// Whether a digest of another system's kind is or was here: mostly none is.
    has_foreign: bool,
}

/// Whom a name stands for here.
#[derive(Clone, Copy)]
struct Owner {
    seq: i64,
    state: OwnerState,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum OwnerState {
    Active,
    Disabled,
    Deleted,
    /// They go by another name now.
    Renamed,
}

/// What the event of a token says.
#[derive(Serialize)]
struct Details<'a> {
    source: &'a str,
    digest_kind: &'static str,
    generator: &'a str,
    expires_at: Option<Timestamp>,
    suspended_at: Option<Timestamp>,
    revoked_at: Option<Timestamp>,
    note: &'a FreeText,
    /// It may be damaged, so it is kept as text.
    policy: &'a str,
}

impl Intake<'_> {
    fn token(&mut self, record: &TokenRecord) -> Result<Landed, ChangeError> {
        let name = &record.token.owner.name;
        let known = self.owner(name)?;
        if let Some(owner) = known {
            return Ok(Landed::new(self.token_of(owner, record)?));
        }
        // Nobody is added for a token that is not.
        if let Some(landing) = self.obstacle(record)? {
            return Ok(Landed::new(landing));
        }
        let user = UserRecord {
            name: name.clone(),
            created_at: self.writer.now,
            updated_at: self.writer.now,
            disabled_at: record.token.owner.disabled_at,
            deleted_at: None,
            former_names: Vec::new(),
        };
        let (owner, looks_like) = self.add_user(&user)?;
        Ok(Landed {
            outcome: self.token_of(owner, record)?,
            user: UserLanding::Added { looks_like },
        })
    }

    fn token_of(&mut self, owner: Owner, record: &TokenRecord) -> Result<Landing, ChangeError> {
        let token = &record.token;
        let is_dead = token.revoked_at.is_some();
        // Under a name that is only reserved nothing comes to life, but what is dead anyway may rest.
        if matches!(owner.state, OwnerState::Deleted | OwnerState::Renamed) && !is_dead {
            return Ok(self.obstacle(record)?.unwrap_or(Landing::NameReserved));
        }
        if self.is_kept_out(record)? {
            return Ok(self.obstacle(record)?.unwrap_or(Landing::RemovedHere));
        }
        let suspends =
            token.owner.disabled_at.is_some() && owner.state == OwnerState::Active && !is_dead;
        let suspended_at = match token.suspended_at {
            None if suspends => Some(self.writer.now),
            held => held,
        };
        if !self.insert(owner, record, suspended_at)? {
            return match self.obstacle(record)? {
                Some(landing) => Ok(landing),
                None => Err(ChangeError::Collision),
            };
        }
        self.has_foreign |= record.digest.kind() != DigestKind::Sha256;
        let seq = self.writer.connection.last_insert_rowid();
        self.writer.index_labels(seq, &token.labels)?;
        self.record_use(seq, token)?;
        let details = self.details(record, suspended_at);
        let name = &token.owner.name;
        self.writer
            .record_text("token.imported", name, Some(&token.id), details)?;
        Ok(if suspends && token.suspended_at.is_none() {
            Landing::AddedSuspended
        } else {
            Landing::Added
        })
    }

    fn insert(
        &self,
        owner: Owner,
        record: &TokenRecord,
        suspended_at: Option<Timestamp>,
    ) -> Result<bool, StoreError> {
        let token = &record.token;
        let second = |time: Option<Timestamp>| time.map(Timestamp::as_second);
        let networks = token.networks.as_ref();
        let inserted = self.writer.execute(
            "INSERT INTO token (id, digest, digest_kind, user, note, labels, generator, created_at, \
             created_by, updated_at, expires_at, suspended_at, revoked_at, revoked_reason, policy, \
             networks, family, rotated_to, revision, extra) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, \
             ?19, ?20) ON CONFLICT DO NOTHING",
            params![
                token.id,
                record.digest.as_bytes(),
                digest_kind_number(record.digest.kind()),
                owner.seq,
                token.note.as_str(),
                match token.labels.is_empty() {
                    true => "{}".to_owned(),
                    false => json!(token.labels).to_string(),
                },
                token.generator,
                token.created_at.as_second(),
                token.created_by,
                token.updated_at.as_second(),
                second(token.expires_at),
                second(suspended_at),
                second(token.revoked_at),
                token.revoked_reason.as_str(),
                token.policy.as_str(),
                networks.map(|networks| json!(networks).to_string()),
                token.family,
                token.rotated_to,
                i64::try_from(token.revision).unwrap_or(i64::MAX),
                record.extra,
            ],
        )?;
        Ok(inserted == 1)
    }

    /// Returns what the event of a token says.
    fn details(&self, record: &TokenRecord, suspended_at: Option<Timestamp>) -> String {
        let token = &record.token;
        let details = Details {
            source: &self.source,
            digest_kind: record.digest.kind().as_str(),
            generator: &token.generator,
            expires_at: token.expires_at,
            suspended_at,
            revoked_at: token.revoked_at,
            note: &token.note,
            policy: token.policy.as_str(),
        };
        serde_json::to_string(&details).expect("a record of texts and times is JSON")
    }

    fn record_use(&self, seq: i64, token: &Token) -> Result<(), StoreError> {
        if let Some(at) = token.last_used_at {
            self.writer.execute(
                "INSERT INTO usage (token, at) VALUES (?1, ?2) \
                 ON CONFLICT (token) DO UPDATE SET at = excluded.at WHERE excluded.at > usage.at",
                params![seq, at.as_second()],
            )?;
        }
        Ok(())
    }

    fn user(&mut self, record: &UserRecord) -> Result<Landed, ChangeError> {
        let Some(owner) = self.owner(&record.name)? else {
            let (_, looks_like) = self.add_user(record)?;
            return Ok(Landed {
                outcome: Landing::Added,
                user: UserLanding::Added { looks_like },
            });
        };
        let is_live = |state| matches!(state, OwnerState::Active | OwnerState::Disabled);
        Ok(Landed::new(match record.deleted_at {
            None if !is_live(owner.state) => Landing::NameReserved,
            Some(_) if is_live(owner.state) => Landing::Kept,
            None if record.disabled_at.is_some() != (owner.state == OwnerState::Disabled) => {
                Landing::Kept
            }
            _ => Landing::Same,
        }))
    }

    /// Adds a user under a name that nobody has or had. One that looks like another is added too: the name is that of
    /// the system that they come from.
    fn add_user(&mut self, record: &UserRecord) -> Result<(Owner, Option<UserName>), ChangeError> {
        let second = |time: Option<Timestamp>| time.map(Timestamp::as_second);
        self.writer.execute(
            "INSERT INTO user (name, created_at, updated_at, disabled_at, deleted_at) \
             VALUES (?1, ?2, ?3, ?4, ?5)",
            params![
                record.name.as_str(),
                record.created_at.as_second(),
                record.updated_at.as_second(),
                second(record.disabled_at),
                second(record.deleted_at),
            ],
        )?;
        let seq = self.writer.connection.last_insert_rowid();
        let looks_like = self.reserve(&record.name, seq)?;
        for name in &record.former_names {
            self.reserve(name, seq)?;
        }
        let text = |time: Option<Timestamp>| time.map(|time| time.to_string());
        let details = json!({
            "source": self.source,
            "disabled_at": text(record.disabled_at),
            "deleted_at": text(record.deleted_at),
            "former_names": record.former_names,
        });
        self.writer
            .record("user.imported", &record.name, None, details)?;
        let state = match (record.deleted_at, record.disabled_at) {
            (Some(_), _) => OwnerState::Deleted,
            (None, Some(_)) => OwnerState::Disabled,
            (None, None) => OwnerState::Active,
        };
        let owner = Owner { seq, state };
        self.remember(&record.name, owner);
        Ok((owner, looks_like))
    }

    /// Reserves `name` for a user and returns one that looks like it. One that is taken stays with whom it is.
    fn reserve(&self, name: &UserName, seq: i64) -> Result<Option<UserName>, StoreError> {
        let (folded, skeleton) = name.look_alike_keys();
        let existing: Option<String> = self
            .writer
            .connection
            .prepare_cached(
                "SELECT name FROM user_name WHERE (folded = ?1 OR skeleton = ?2) AND user <> ?3 LIMIT 1",
            )
            .and_then(|mut statement| {
                statement
                    .query_row(params![folded, skeleton, seq], |row| row.get(0))
                    .optional()
            })
            .map_err(database_error)?;
        self.writer.execute(
            "INSERT INTO user_name (name, folded, skeleton, user) VALUES (?1, ?2, ?3, ?4) \
             ON CONFLICT DO NOTHING",
            params![name.as_str(), folded, skeleton, seq],
        )?;
        Ok(existing.map(UserName::verbatim))
    }

    /// Returns whom `name` stands or stood for.
    fn owner(&mut self, name: &UserName) -> Result<Option<Owner>, StoreError> {
        if let Some(owner) = self.users.get(name) {
            return Ok(Some(*owner));
        }
        let found = self
            .writer
            .connection
            .prepare_cached(
                "SELECT u.seq, u.name = n.name, u.disabled_at IS NOT NULL, u.deleted_at IS NOT NULL \
                 FROM user_name AS n JOIN user AS u ON u.seq = n.user WHERE n.name = ?1",
            )
            .and_then(|mut statement| {
                statement
                    .query_row([name.as_str()], |row| {
                        let state = match (row.get(1)?, row.get(2)?, row.get(3)?) {
                            (false, _, _) => OwnerState::Renamed,
                            (true, _, true) => OwnerState::Deleted,
                            (true, true, false) => OwnerState::Disabled,
                            (true, false, false) => OwnerState::Active,
                        };
                        Ok(Owner {
                            seq: row.get(0)?,
                            state,
                        })
                    })
                    .optional()
            })
            .map_err(database_error)?;
        if let Some(owner) = found {
            self.remember(name, owner);
        }
        Ok(found)
    }

    fn remember(&mut self, name: &UserName, owner: Owner) {
        if self.users.len() >= MOST_USERS {
            self.users.clear();
        }
        self.users.insert(name.clone(), owner);
    }

    fn tombstone(&mut self, record: &Tombstone) -> Result<Landed, ChangeError> {
        let connection = self.writer.connection;
        if let Some(here) = query::find_by_digest(connection, &record.digest)? {
            if here.revoked_at.is_some() {
                return Ok(Landed::new(Landing::Same));
            }
            return self.kill(&here, record);
        }
        if buried_digest(connection, &record.digest)? {
            return Ok(Landed::new(Landing::Same));
        }
        if buried_id(connection, &record.id)?
            || query::find_token(connection, &record.id)?.is_some()
        {
            return Ok(Landed::new(Landing::IdTaken));
        }
        self.writer.execute(
            "INSERT INTO tombstone (digest, digest_kind, id, at) VALUES (?1, ?2, ?3, ?4)",
            params![
                record.digest.as_bytes(),
                digest_kind_number(record.digest.kind()),
                record.id,
                record.at.as_second(),
            ],
        )?;
        self.has_tombstones = true;
        self.has_foreign |= record.digest.kind() != DigestKind::Sha256;
        // Whose it was is no longer known.
        let nobody = UserName::verbatim("");
        let details = json!({ "source": self.source, "removed_at": record.at.to_string() });
        self.writer
            .record("tombstone.imported", &nobody, Some(&record.id), details)?;
        Ok(Landed::new(Landing::Added))
    }

    /// Revokes a token that was removed where it comes from.
    fn kill(&mut self, here: &Token, record: &Tombstone) -> Result<Landed, ChangeError> {
        self.writer.execute(
            "UPDATE token SET revoked_at = ?1, updated_at = ?2, revision = revision + 1 \
             WHERE id = ?3 AND revoked_at IS NULL",
            params![record.at.as_second(), self.writer.now.as_second(), here.id],
        )?;
        let details = json!({
            "reason": "",
            "source": self.source,
            "since": record.at.to_string(),
            "removed": true,
        });
        self.writer
            .record("token.revoked", &here.owner.name, Some(&here.id), details)?;
        Ok(Landed::new(Landing::RevokedNow))
    }
}
