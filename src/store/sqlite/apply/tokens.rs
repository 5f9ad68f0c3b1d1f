//! Changes to tokens: issue, revoke, restrict.

use std::collections::HashMap;

use jiff::Timestamp;
use rusqlite::params;
use serde_json::{Value, json};

use super::super::error::database_error;
use super::super::query::{TokenRow, digest_kind_number};
use super::{Writer, whole_second};
use crate::change::{Hit, IssuedToken};
use crate::label::Labels;
use crate::policy::Policy;
use crate::restriction::{Restricted, Restriction, RestrictionError};
use crate::store::{ChangeError, StoreError};
use crate::text::FreeText;
use crate::token::Token;

impl Writer<'_> {
    pub(super) fn issue(&mut self, issued: &IssuedToken) -> Result<(), ChangeError> {
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
        self.index_labels(seq, &new.labels)?;
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

    /// Writes the index of labels of a token that has none in it.
    pub(super) fn index_labels(&self, seq: i64, labels: &Labels) -> Result<(), StoreError> {
        for (key, value) in labels.iter() {
            self.execute(
                "INSERT INTO token_label (key, value, token) VALUES (?1, ?2, ?3)",
                params![key, value, seq],
            )?;
        }
        Ok(())
    }

    pub(super) fn revoke(&mut self, row: TokenRow, reason: &FreeText) -> Result<(), ChangeError> {
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

    pub(super) fn restrict(
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
}

/// The policies that a restriction has left, by the text of those before: of many tokens, most have one of a few.
pub(super) struct PoliciesLeft<'r> {
    restriction: &'r Restriction,
    known: HashMap<String, Option<Policy>>,
}

impl<'r> PoliciesLeft<'r> {
    /// How many are kept; each may take 64 KiB and more.
    const MOST: usize = 256;

    pub(super) fn of(restriction: &'r Restriction) -> Self {
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
