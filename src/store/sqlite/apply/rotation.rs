//! One token in the place of another.

use jiff::Timestamp;
use rusqlite::params;
use serde_json::json;

use super::super::error::database_error;
use super::super::query::{self, TokenRow};
use super::Writer;
use super::tokens::NewRow;
use crate::change::Hit;
use crate::clock::whole_second;
use crate::rotation::{OnReuse, Reuse, Rotation, RotationError, RotationUndo};
use crate::store::{ChangeError, StoreError};
use crate::text::FreeText;
use crate::token::{Token, TokenState};
use crate::token_id::TokenId;

impl Writer<'_> {
    pub(super) fn rotate(&mut self, rotation: &Rotation) -> Result<(), ChangeError> {
        let TokenRow { seq, token: old } = self.token(&rotation.token)?;
        let end = rotation
            .end_of(&old, self.now)
            .map_err(|why| ChangeError::Rotation { id: old.id, why })?;
        if old.revision != rotation.revision {
            return Err(ChangeError::ChangedMeanwhile { id: old.id });
        }
        let owner = "SELECT user FROM token WHERE seq = ?1";
        let user = self
            .connection
            .query_row(owner, [seq], |row| row.get(0))
            .map_err(database_error)?;
        self.insert_token(&NewRow {
            id: &rotation.successor,
            digest: &rotation.digest,
            user,
            note: &old.note,
            labels: &old.labels,
            generator: &rotation.generator,
            expires_at: rotation.expires_at.of(&old).map(whole_second),
            policy: old.policy.as_str(),
            networks: old.networks.as_ref(),
            family: &old.family,
            rotated_from: Some(&old.id),
        })?;
        let end = whole_second(end);
        self.execute(
            "UPDATE token SET rotated_to = ?1, expires_at = ?2, updated_at = ?3, \
             revision = revision + 1 WHERE seq = ?4 AND rotated_to IS NULL",
            params![
                rotation.successor,
                end.as_second(),
                self.now.as_second(),
                seq
            ],
        )?;
        let details = json!({
            "rotated_to": rotation.successor.as_str(),
            "expires_at": { "from": told(old.expires_at), "to": told(Some(end)) },
        });
        self.hit_token(&old.id, "token.rotated", details)
    }

    /// Revokes the successor and takes the old token back to what it was, while nobody can have the new secret.
    pub(super) fn undo_rotation(&mut self, undo: &RotationUndo) -> Result<(), ChangeError> {
        let TokenRow { seq, token: old } = self.token(&undo.token)?;
        let successor = self.token(&undo.successor)?;
        let is_as_left = old.revision == undo.revision
            && old.rotated_to == Some(undo.successor)
            && successor.token.rotated_to.is_none();
        if !is_as_left {
            return Err(ChangeError::ChangedMeanwhile { id: old.id });
        }
        if successor.token.last_used_at.is_some() {
            let why = RotationError::SuccessorUsed;
            return Err(ChangeError::Rotation { id: old.id, why });
        }
        self.revoke(successor, &undo.reason)?;
        self.execute(
            "UPDATE token SET rotated_to = NULL, expires_at = ?1, updated_at = ?2, \
             revision = revision + 1 WHERE seq = ?3",
            params![
                undo.expires_at.map(Timestamp::as_second),
                self.now.as_second(),
                seq
            ],
        )?;
        let details = json!({
            "rotated_to": { "from": undo.successor.as_str(), "to": null },
            "expires_at": { "from": told(old.expires_at), "to": told(undo.expires_at) },
        });
        self.hit_token(&old.id, "token.rotation_undone", details)
    }

    pub(super) fn reuse(&mut self, reuse: &Reuse) -> Result<(), ChangeError> {
        for (id, at) in &reuse.uses {
            // Removed or revoked since: then there is nothing left to tell or to do.
            let Some(row) = query::find_token(self.connection, id)? else {
                continue;
            };
            if !matches!(row.token.state(*at), TokenState::Rotated { .. }) {
                continue;
            }
            let family = match reuse.on_reuse {
                OnReuse::Log => Vec::new(),
                OnReuse::RevokeFamily => self.living_family(&row.token)?,
            };
            let is_new = match self.last_reuse(id)? {
                None => true,
                Some(last) => at.as_second() >= last.saturating_add(reuse.resolution),
            };
            if is_new || !family.is_empty() {
                let details = json!({ "at": at.to_string(), "on_reuse": reuse.on_reuse.name() });
                self.hit_token(id, "token.reused", details)?;
            } else {
                self.applied.tokens.push(Hit::new(row.token, false));
            }
            for row in family {
                self.revoke(row, &FreeText::stored(FAMILY_REASON.to_owned()))?;
            }
        }
        Ok(())
    }

    /// Returns the second at which a use of token `id` after its end was last recorded.
    fn last_reuse(&self, id: &TokenId) -> Result<Option<i64>, StoreError> {
        self.connection
            .prepare_cached(
                "SELECT max(at) FROM event WHERE token = ?1 AND action = 'token.reused'",
            )
            .and_then(|mut statement| statement.query_row([id], |row| row.get(0)))
            .map_err(database_error)
    }

    /// Returns the tokens of the family of `token` that can be used, or could be again.
    fn living_family(&self, token: &Token) -> Result<Vec<TokenRow>, ChangeError> {
        let ids: Vec<String> = self
            .connection
            .prepare_cached(
                "SELECT id FROM token WHERE id = ?1 \
                 UNION ALL \
                 SELECT id FROM token WHERE family = ?1 AND family <> id",
            )
            .and_then(|mut statement| {
                let ids = statement.query_map([token.family], |row| row.get(0))?;
                ids.collect()
            })
            .map_err(database_error)?;
        let mut living = Vec::new();
        for id in ids {
            let id = TokenId::parse(&id).map_err(|_| query::unreadable_id())?;
            let row = self.token(&id)?;
            if !row.token.state(self.now).is_final() {
                living.push(row);
            }
        }
        Ok(living)
    }
}

/// Why the tokens of a family are revoked.
const FAMILY_REASON: &str = "a secret of its family that was rotated out was used";

fn told(end: Option<Timestamp>) -> Option<String> {
    end.map(|end| end.to_string())
}
