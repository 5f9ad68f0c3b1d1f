//! Changes in the life of a token: other words, pauses, a later end.

use jiff::Timestamp;
use rusqlite::params;
use serde_json::json;

use super::super::query::TokenRow;
use super::Writer;
use crate::change::{Hit, Target};
use crate::clock::whole_second;
use crate::edit::Edit;
use crate::extension::{Extended, Extension};
use crate::store::{ChangeError, StoreError};

/// What becomes of a change when one of its tokens is not fit for it.
#[derive(Clone, Copy)]
pub(super) enum Unfit {
    /// Nothing is changed.
    Stops,
    /// That token is left as it is.
    IsLeft,
}

impl Unfit {
    /// A token that somebody has named has to be fit; one that a description happens to hit does not.
    pub(super) fn of(target: &Target) -> Self {
        match target {
            Target::Ids(_) | Target::Revisions(_) => Self::Stops,
            Target::Matching(_) => Self::IsLeft,
        }
    }
}

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

    pub(super) fn extend(
        &mut self,
        row: TokenRow,
        extension: &Extension,
        unfit: Unfit,
    ) -> Result<(), ChangeError> {
        let TokenRow { seq, token } = row;
        let extension = Extension {
            expires_at: extension.expires_at.map(whole_second),
            ..*extension
        };
        let extended = match (extension.of(&token, self.now), unfit) {
            (Ok(extended), _) => extended,
            (Err(why), Unfit::Stops) => return Err(ChangeError::Extension { id: token.id, why }),
            (Err(_), Unfit::IsLeft) => Extended::Same,
        };
        if extended == Extended::Same {
            self.applied.tokens.push(Hit::new(token, false));
            return Ok(());
        }
        self.execute(
            "UPDATE token SET expires_at = ?1, updated_at = ?2, revision = revision + 1 \
             WHERE seq = ?3",
            params![
                extension.expires_at.map(Timestamp::as_second),
                self.now.as_second(),
                seq,
            ],
        )?;
        let details = json!({
            "expires_at": {
                "from": token.expires_at.map(|end| end.to_string()),
                "to": extension.expires_at.map(|end| end.to_string()),
            },
            "was_expired": extended == Extended::Revived,
        });
        self.hit_token(&token.id, "token.extended", details)
    }

    pub(super) fn prune(&mut self, tokens: &Target, dead_by: Timestamp) -> Result<(), ChangeError> {
        let bury = |writer: &mut Self, row| writer.bury(row, dead_by);
        match tokens {
            // What is empty without this is empty with it: "all" has to be said.
            Target::Matching(selector) if selector.is_empty() => Err(ChangeError::NothingChosen),
            Target::Matching(selector) => {
                let mut selector = selector.clone();
                selector.dead_by = Some(selector.dead_by.map_or(dead_by, |by| by.min(dead_by)));
                self.each(&Target::Matching(selector), bury)
            }
            named => self.each(named, bury),
        }
    }

    /// Removes a token; digest and id stay taken for good.
    fn bury(&mut self, row: TokenRow, dead_by: Timestamp) -> Result<(), ChangeError> {
        let TokenRow { seq, token } = row;
        let state = token.state(self.now);
        let Some(since) = state.dead_since().filter(|since| *since <= dead_by) else {
            return Err(ChangeError::NotDead { id: token.id });
        };
        self.execute(
            "INSERT INTO tombstone (digest, digest_kind, id, at) \
             SELECT digest, digest_kind, id, ?1 FROM token WHERE seq = ?2",
            params![self.now.as_second(), seq],
        )?;
        self.delete_token(seq)?;
        let details = json!({ "state": state.as_str(), "since": since.to_string() });
        self.record("token.pruned", &token.owner.name, Some(&token.id), details)?;
        self.applied.tokens.push(Hit::new(token, true));
        Ok(())
    }

    /// Removes the row of a token and all that hangs on it.
    pub(in super::super) fn delete_token(&self, seq: i64) -> Result<(), StoreError> {
        for sql in [
            "DELETE FROM token_label WHERE token = ?1",
            "DELETE FROM usage WHERE token = ?1",
            "DELETE FROM token WHERE seq = ?1",
        ] {
            self.execute(sql, params![seq])?;
        }
        Ok(())
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
