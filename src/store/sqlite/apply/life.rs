//! Changes in the life of a token: other words, pauses, a later end.

use rusqlite::params;
use serde_json::json;

use super::super::query::TokenRow;
use super::Writer;
use crate::change::Hit;
use crate::edit::Edit;
use crate::store::ChangeError;

impl Writer<'_> {
    pub(super) fn suspend(&mut self, row: TokenRow) -> Result<(), ChangeError> {
        let TokenRow { seq, token } = row;
        if token.suspended_at.is_some() || token.state(self.now).is_final() {
            self.applied.tokens.push(Hit::new(token, false));
            return Ok(());
        }
        self.execute(
            "UPDATE token SET suspended_at = ?1, updated_at = ?1, revision = revision + 1 \
             WHERE seq = ?2",
            params![self.now.as_second(), seq],
        )?;
        self.hit_token(&token.id, "token.suspended", json!({}))
    }

    pub(super) fn resume(&mut self, row: TokenRow) -> Result<(), ChangeError> {
        let TokenRow { seq, token } = row;
        let since = match token.suspended_at {
            Some(since) if !token.state(self.now).is_final() => since,
            _ => {
                self.applied.tokens.push(Hit::new(token, false));
                return Ok(());
            }
        };
        self.execute(
            "UPDATE token SET suspended_at = NULL, updated_at = ?1, revision = revision + 1 \
             WHERE seq = ?2",
            params![self.now.as_second(), seq],
        )?;
        let details = json!({ "suspended_at": { "from": since.to_string(), "to": null } });
        self.hit_token(&token.id, "token.resumed", details)
    }

    pub(super) fn edit(&mut self, row: TokenRow, edit: &Edit) -> Result<(), ChangeError> {
        let TokenRow { seq, token } = row;
        let (note, labels) = edit
            .of(&token)
            .map_err(|why| ChangeError::Labels { id: token.id, why })?;
        if note == token.note && labels == token.labels {
            self.applied.tokens.push(Hit::new(token, false));
            return Ok(());
        }
        self.execute(
            "UPDATE token SET note = ?1, labels = ?2, updated_at = ?3, revision = revision + 1 \
             WHERE seq = ?4",
            params![
                note.as_str(),
                json!(labels).to_string(),
                self.now.as_second(),
                seq
            ],
        )?;
        self.execute("DELETE FROM token_label WHERE token = ?1", params![seq])?;
        self.index_labels(seq, &labels)?;
        let details = json!({
            "note": { "from": token.note, "to": note },
            "labels": { "from": token.labels, "to": labels },
        });
        self.hit_token(&token.id, "token.edited", details)
    }
}
