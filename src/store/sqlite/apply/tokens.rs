//! Changes to tokens: issue, revoke, restrict.

use std::collections::HashMap;

use jiff::Timestamp;
use rusqlite::params;
use serde_json::{Value, json};

use super::super::query::{TokenRow, digest_kind_number};
use super::Writer;
use super::tombstones::{buried_digest, buried_id};
use crate::change::{Hit, IssuedToken};
use crate::clock::whole_second;
use crate::label::Labels;
use crate::network::Networks;
use crate::policy::Policy;
use crate::restriction::{Restricted, Restriction, RestrictionError};
use crate::secret::TokenDigest;
use crate::store::{ChangeError, StoreError};
use crate::text::FreeText;
use crate::token::Token;
use crate::token_id::TokenId;

/// A new token as it is stored.
pub(super) struct NewRow<'a> {
    pub(super) id: &'a TokenId,
    pub(super) digest: &'a TokenDigest,
    /// The place of its owner in the table.
    pub(super) user: i64,
    pub(super) note: &'a FreeText,
    pub(super) labels: &'a Labels,
    pub(super) generator: &'a str,
    /// In whole seconds.
    pub(super) expires_at: Option<Timestamp>,
    pub(super) policy: &'a str,
    pub(super) networks: Option<&'a Networks>,
    pub(super) family: &'a TokenId,
    /// The token that it replaces.
    pub(super) rotated_from: Option<&'a TokenId>,
}

impl NewRow<'_> {
    /// Returns what the event of its issue says.
    fn details(&self, networks: Option<Value>) -> Value {
        // A policy that came with an import may be damaged; then its text is kept.
        let policy: Value =
            serde_json::from_str(self.policy).unwrap_or_else(|_| json!(self.policy));
        let mut details = json!({
            "generator": self.generator,
            "expires_at": self.expires_at.map(|end| end.to_string()),
            "note": self.note,
            "labels": self.labels,
            "networks": networks,
            "policy": policy,
        });
        if let (Some(old), Some(members)) = (self.rotated_from, details.as_object_mut()) {
            members.insert("rotated_from".to_owned(), json!(old.as_str()));
        }
        details
    }
}

impl Writer<'_> {
    pub(super) fn issue(&mut self, issued: &IssuedToken) -> Result<(), ChangeError> {
        let new = &issued.token;
        let user = self.user(&new.user)?;
        self.insert_token(&NewRow {
            id: &issued.id,
            digest: &issued.digest,
            user: user.seq,
            note: &new.note,
            labels: &new.labels,
            generator: &issued.generator,
            expires_at: new.expires_at.map(whole_second),
            policy: new.policy.as_str(),
            networks: new.networks.as_ref(),
            family: &issued.id,
            rotated_from: None,
        })
    }

    /// Stores a token whose id and digest nobody has or had.
    pub(super) fn insert_token(&mut self, new: &NewRow<'_>) -> Result<(), ChangeError> {
        let networks = new.networks.map(|networks| json!(networks));
        // A collision is no error of the database: nothing is inserted, and the caller draws another token.
        let inserted = !buried_digest(self.connection, new.digest)?
            && !buried_id(self.connection, new.id)?
            && self.execute(
                "INSERT INTO token (id, digest, digest_kind, user, note, labels, generator, \
                 created_at, created_by, updated_at, expires_at, revoked_reason, policy, networks, \
                 family, revision) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?8, ?10, '', ?11, ?12, ?13, 1) \
                 ON CONFLICT DO NOTHING",
                params![
                    new.id,
                    new.digest.as_bytes(),
                    digest_kind_number(new.digest.kind()),
                    new.user,
                    new.note.as_str(),
                    json!(new.labels).to_string(),
                    new.generator,
                    self.now.as_second(),
                    self.created_by,
                    new.expires_at.map(Timestamp::as_second),
                    new.policy,
                    networks.as_ref().map(Value::to_string),
                    new.family,
                ],
            )? == 1;
        if !inserted {
            return Err(ChangeError::Collision);
        }
        self.index_labels(self.connection.last_insert_rowid(), new.labels)?;
        self.hit_token(new.id, "token.issued", new.details(networks))
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
