//! Changes inside one transaction, each with its event.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};
use serde_json::{Value, json};

use super::error::database_error;
use super::query::{self, TokenRow, UserRow, digest_kind_number};
use crate::change::{Actor, Applied, CHAIN_START, Change, Event, Hit, IssuedToken, Target};
use crate::policy::Policy;
use crate::restriction::{Restricted, Restriction, RestrictionError};
use crate::selector::Listing;
use crate::store::{ChangeError, StoreError};
use crate::text::FreeText;
use crate::token::Token;
use crate::token_id::TokenId;
use crate::user::{User, UserName};

/// Makes all of `changes` in the transaction that `connection` is in.
pub(super) fn apply(
    connection: &Connection,
    changes: &[Change],
    actor: &Actor,
    now: Timestamp,
) -> Result<Applied, ChangeError> {
    let mut writer = Writer::begin(connection, actor, whole_second(now))?;
    for change in changes {
        match change {
            Change::AddUser { name } => writer.add_user(name)?,
            Change::RenameUser { name, to } => writer.rename_user(name, to)?,
            Change::DisableUser { name } => writer.set_disabled(name, true)?,
            Change::EnableUser { name } => writer.set_disabled(name, false)?,
            Change::DeleteUser { name, reason } => writer.delete_user(name, reason)?,
            Change::Issue(issued) => writer.issue(issued)?,
            Change::Revoke { tokens, reason } => {
                for row in writer.resolve(tokens)? {
                    writer.revoke(row, reason)?;
                }
            }
            Change::Restrict {
                tokens,
                restriction,
            } => {
                let mut policies = PoliciesLeft::of(restriction);
                for row in writer.resolve(tokens)? {
                    writer.restrict(row, &mut policies)?;
                }
            }
        }
    }
    Ok(writer.applied)
}

/// The store keeps whole seconds; rounding down makes an end come sooner, never later.
fn whole_second(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}

struct Writer<'a> {
    connection: &'a Connection,
    now: Timestamp,
    created_by: &'a str,
    /// The actor as it stands in each event.
    actor: String,
    /// Number and hash of the newest event.
    head: (u64, [u8; 32]),
    applied: Applied,
}

impl<'a> Writer<'a> {
    fn begin(
        connection: &'a Connection,
        actor: &'a Actor,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let newest = connection
            .query_row(
                "SELECT seq, hash, at FROM event ORDER BY seq DESC LIMIT 1",
                [],
                |row| Ok((row.get::<_, i64>(0)?, row.get(1)?, row.get::<_, i64>(2)?)),
            )
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
        })
    }

    fn add_user(&mut self, name: &UserName) -> Result<(), ChangeError> {
        self.execute(
            "INSERT INTO user (name, created_at, updated_at) \
             SELECT ?1, ?2, ?2 WHERE NOT EXISTS (SELECT 1 FROM user_name WHERE name = ?1)",
            params![name.as_str(), self.now.as_second()],
        )?;
        let seq = self.connection.last_insert_rowid();
        self.claim_name(name, seq)?;
        let user = User {
            name: name.clone(),
            created_at: self.now,
            updated_at: self.now,
            disabled_at: None,
        };
        self.hit_user(user, "user.added", json!({}))
    }

    fn rename_user(&mut self, name: &UserName, to: &UserName) -> Result<(), ChangeError> {
        let UserRow { seq, mut user } = self.user(name)?;
        self.claim_name(to, seq)?;
        self.execute(
            "UPDATE user SET name = ?1, updated_at = ?2 WHERE seq = ?3",
            params![to.as_str(), self.now.as_second(), seq],
        )?;
        user.name = to.clone();
        user.updated_at = self.now;
        self.hit_user(user, "user.renamed", json!({ "from": name.as_str() }))
    }

    fn set_disabled(&mut self, name: &UserName, disabled: bool) -> Result<(), ChangeError> {
        let UserRow { seq, mut user } = self.user(name)?;
        if user.disabled_at.is_some() == disabled {
            self.applied.users.push(Hit::new(user, false));
            return Ok(());
        }
        user.disabled_at = disabled.then_some(self.now);
        user.updated_at = self.now;
        self.execute(
            "UPDATE user SET disabled_at = ?1, updated_at = ?2 WHERE seq = ?3",
            params![
                user.disabled_at.map(Timestamp::as_second),
                self.now.as_second(),
                seq
            ],
        )?;
        let action = if disabled {
            "user.disabled"
        } else {
            "user.enabled"
        };
        self.hit_user(user, action, json!({}))
    }

    fn delete_user(&mut self, name: &UserName, reason: &FreeText) -> Result<(), ChangeError> {
        let UserRow { seq, user } = self.user(name)?;
        let mut listing = Listing::default();
        listing.selector.users = vec![name.clone()];
        for row in query::list(self.connection, &listing, self.now, usize::MAX)? {
            self.revoke(row, reason)?;
        }
        self.execute(
            "UPDATE user SET deleted_at = ?1, updated_at = ?1 WHERE seq = ?2",
            params![self.now.as_second(), seq],
        )?;
        self.hit_user(user, "user.deleted", json!({}))
    }

    fn issue(&mut self, issued: &IssuedToken) -> Result<(), ChangeError> {
        let new = &issued.token;
        let user = self.user(&new.user)?;
        let buried: bool = self
            .connection
            .query_row(
                "SELECT EXISTS (SELECT 1 FROM tombstone WHERE digest = ?1 AND digest_kind = ?2) \
                 OR EXISTS (SELECT 1 FROM tombstone WHERE id = ?3)",
                params![
                    issued.digest.as_bytes(),
                    digest_kind_number(issued.digest.kind()),
                    issued.id.as_str()
                ],
                |row| row.get(0),
            )
            .map_err(database_error)?;
        let networks = new.networks.as_ref().map(|networks| json!(networks));
        let labels = json!(new.labels).to_string();
        let expires_at = new.expires_at.map(Timestamp::as_second);
        // A collision is no error of the database: nothing is inserted, and the caller draws another token.
        let inserted = !buried
            && self.execute(
                "INSERT INTO token (id, digest, digest_kind, user, note, labels, generator, \
                 created_at, created_by, updated_at, expires_at, revoked_reason, policy, networks, \
                 family, revision) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?8, ?10, '', ?11, ?12, ?1, 1) \
                 ON CONFLICT DO NOTHING",
                params![
                    issued.id.as_str(),
                    issued.digest.as_bytes(),
                    digest_kind_number(issued.digest.kind()),
                    user.seq,
                    new.note.as_str(),
                    labels,
                    issued.generator,
                    self.now.as_second(),
                    self.created_by,
                    expires_at,
                    new.policy.as_str(),
                    networks.as_ref().map(Value::to_string),
                ],
            )? == 1;
        if !inserted {
            return Err(ChangeError::Collision);
        }
        let seq = self.connection.last_insert_rowid();
        for (key, value) in new.labels.iter() {
            self.execute(
                "INSERT INTO token_label (key, value, token) VALUES (?1, ?2, ?3)",
                params![key, value, seq],
            )?;
        }
        let details = json!({
            "generator": issued.generator,
            "expires_at": new.expires_at.map(|end| whole_second(end).to_string()),
            "note": new.note,
            "labels": new.labels,
            "networks": networks,
            "policy": new.policy,
        });
        self.hit_token(&issued.id, "token.issued", details)
    }

    fn revoke(&mut self, row: TokenRow, reason: &FreeText) -> Result<(), ChangeError> {
        if row.token.revoked_at.is_some() {
            self.applied.tokens.push(Hit::new(row.token, false));
            return Ok(());
        }
        // One conditional statement: whatever was read before, a first date and reason are never overwritten.
        let changed = self.execute(
            "UPDATE token SET revoked_at = ?1, revoked_reason = ?2, updated_at = ?1, \
             revision = revision + 1 WHERE seq = ?3 AND revoked_at IS NULL",
            params![self.now.as_second(), reason.as_str(), row.seq],
        )?;
        if changed != 1 {
            return Err(StoreError::Corrupt {
                what: "a token changed inside a transaction".into(),
            }
            .into());
        }
        self.hit_token(&row.token.id, "token.revoked", json!({ "reason": reason }))
    }

    fn restrict(
        &mut self,
        row: TokenRow,
        policies: &mut PoliciesLeft<'_>,
    ) -> Result<(), ChangeError> {
        let TokenRow { seq, token } = row;
        let left = policies
            .restrict(&token)
            .map_err(|why| ChangeError::Restriction { id: token.id, why })?;
        let policy = left
            .policy
            .as_ref()
            .map_or(token.policy.as_str(), Policy::as_str);
        let expires_at = left.expires_at.map(whole_second);
        if policy == token.policy.as_str()
            && left.networks == token.networks
            && expires_at == token.expires_at
        {
            self.applied.tokens.push(Hit::new(token, false));
            return Ok(());
        }
        self.execute(
            "UPDATE token SET policy = ?1, networks = ?2, expires_at = ?3, updated_at = ?4, \
             revision = revision + 1 WHERE seq = ?5",
            params![
                policy,
                left.networks
                    .as_ref()
                    .map(|networks| json!(networks).to_string()),
                expires_at.map(Timestamp::as_second),
                self.now.as_second(),
                seq,
            ],
        )?;
        // The document before may be damaged, so both are kept as text.
        let details = json!({
            "policy": { "from": token.policy.as_str(), "to": policy },
            "networks": { "from": token.networks, "to": left.networks },
            "expires_at": {
                "from": token.expires_at.map(|end| end.to_string()),
                "to": expires_at.map(|end| end.to_string()),
            },
        });
        self.hit_token(&token.id, "token.restricted", details)
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
                    self.now,
                    usize::MAX,
                )?)
            }
        }
    }

    fn token(&self, id: &TokenId) -> Result<TokenRow, ChangeError> {
        query::find_token(self.connection, id)?.ok_or(ChangeError::NoSuchToken { id: *id })
    }

    fn user(&self, name: &UserName) -> Result<UserRow, ChangeError> {
        query::find_user(self.connection, name)?
            .ok_or_else(|| ChangeError::NoSuchUser { name: name.clone() })
    }

    /// Gives `name` to the user `seq` for good, unless somebody has or had it or one that looks like it.
    fn claim_name(&self, name: &UserName, seq: i64) -> Result<(), ChangeError> {
        let (folded, skeleton) = name.look_alike_keys();
        let taken = self
            .connection
            .query_row(
                "SELECT n.name, u.name = n.name AND u.deleted_at IS NULL, n.name = ?1 \
                 FROM user_name AS n JOIN user AS u ON u.seq = n.user \
                 WHERE n.name = ?1 OR n.folded = ?2 OR n.skeleton = ?3 \
                 ORDER BY n.name = ?1 DESC LIMIT 1",
                params![name.as_str(), folded, skeleton],
                |row| Ok((row.get::<_, String>(0)?, row.get(1)?, row.get(2)?)),
            )
            .optional()
            .map_err(database_error)?;
        match taken {
            None => {}
            Some((_, true, true)) => return Err(ChangeError::NameTaken { name: name.clone() }),
            Some((_, false, true)) => return Err(ChangeError::NameReserved { name: name.clone() }),
            Some((existing, _, false)) => {
                let existing = UserName::verbatim(existing);
                return Err(ChangeError::LookAlike {
                    name: name.clone(),
                    existing,
                });
            }
        }
        self.execute(
            "INSERT INTO user_name (name, folded, skeleton, user) VALUES (?1, ?2, ?3, ?4)",
            params![name.as_str(), folded, skeleton, seq],
        )?;
        Ok(())
    }

    fn execute(&self, sql: &str, parameters: &[&dyn rusqlite::ToSql]) -> Result<usize, StoreError> {
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
    fn record(
        &mut self,
        action: &str,
        user: &UserName,
        token: Option<&TokenId>,
        details: Value,
    ) -> Result<(), StoreError> {
        let (newest, previous_hash) = self.head;
        let mut event = Event {
            seq: newest + 1,
            at: self.now,
            actor: self.actor.clone(),
            action: action.to_owned(),
            user: user.as_str().to_owned(),
            token: token.map(|id| id.as_str().to_owned()),
            details: details.to_string(),
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
        Ok(())
    }
}

/// The policies that a restriction has left, by the text of those before: of many tokens, most have one of a few.
struct PoliciesLeft<'r> {
    restriction: &'r Restriction,
    known: HashMap<String, Option<Policy>>,
}

impl<'r> PoliciesLeft<'r> {
    /// How many are kept; each may take 64 KiB and more.
    const MOST: usize = 256;

    fn of(restriction: &'r Restriction) -> Self {
        Self {
            restriction,
            known: HashMap::new(),
        }
    }

    fn restrict(&mut self, token: &Token) -> Result<Restricted, RestrictionError> {
        let text = token.policy.as_str();
        let policy = if let Some(policy) = self.known.get(text) {
            policy.clone()
        } else {
            let policy = self.restriction.policy_left(&token.policy)?;
            if self.known.len() >= Self::MOST {
                self.known.clear();
            }
            self.known.insert(text.to_owned(), policy.clone());
            policy
        };
        self.restriction.with_policy(token, policy)
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
