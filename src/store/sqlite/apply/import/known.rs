//! Records whose secret or id is or was here already.

use jiff::Timestamp;
use rusqlite::{Connection, params};
use serde_json::json;

use super::super::super::error::database_error;
use super::super::super::query::{self, digest_kind_number};
use super::super::tombstones::{buried_digest, buried_id};
use super::{Intake, Owner};
use crate::record::{Landing, TokenRecord};
use crate::secret::{DigestKind, TokenDigest};
use crate::store::{ChangeError, StoreError};
use crate::token::{Token, TokenState};

impl Intake<'_> {
    /// Returns whether a record may not be added whatever its own digest says: it was removed here, or its secret is or
    /// was here under a digest of another kind.
    pub(super) fn is_kept_out(&self, record: &TokenRecord) -> Result<bool, StoreError> {
        let connection = self.writer.connection;
        if self.has_tombstones
            && (buried_digest(connection, &record.digest)?
                || buried_id(connection, &record.token.id)?)
        {
            return Ok(true);
        }
        if !self.has_foreign {
            return Ok(false);
        }
        for digest in &record.other_digests {
            if query::find_by_digest(connection, digest)?.is_some()
                || buried_digest(connection, digest)?
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Returns what became of a record whose digest or id is or was here already; `None` where neither is.
    pub(super) fn obstacle(
        &mut self,
        record: &TokenRecord,
    ) -> Result<Option<Landing>, ChangeError> {
        let connection = self.writer.connection;
        let others = record.other_digests.iter().filter(|_| self.has_foreign);
        let digests: Vec<&TokenDigest> = std::iter::once(&record.digest).chain(others).collect();
        for digest in &digests {
            if let Some(here) = query::find_by_digest(connection, digest)? {
                return self.meet(&here, record).map(Some);
            }
        }
        for digest in &digests {
            if buried_digest(connection, digest)? {
                return Ok(Some(Landing::RemovedHere));
            }
        }
        let taken = query::find_token(connection, &record.token.id)?.is_some()
            || buried_id(connection, &record.token.id)?;
        Ok(taken.then_some(Landing::IdTaken))
    }

    /// Brings a record together with the token here that has the same secret.
    fn meet(&mut self, here: &Token, record: &TokenRecord) -> Result<Landing, ChangeError> {
        let there = &record.token;
        // Whoever has the digest may end what it is good for, whatever else is odd about them.
        if let (None, Some(since)) = (here.revoked_at, there.revoked_at) {
            self.revoke(here, since, record)?;
            self.record_use(self.seq_of(here)?, there)?;
            return Ok(Landing::RevokedNow);
        }
        if !self.is_of_one_owner(here, there)? {
            return Ok(match there.revoked_at {
                Some(_) => Landing::Kept,
                None => Landing::OwnerDiffers {
                    here: here.owner.name.clone(),
                },
            });
        }
        let seq = self.seq_of(here)?;
        self.record_use(seq, there)?;
        let is_dead = here.revoked_at.is_some();
        Ok(match () {
            () if is_dead && there.revoked_at.is_none() => Landing::DeadHere,
            () if seq >= self.first_new => Landing::Duplicate,
            () if !is_dead && self.follows(here, there)? => Landing::SuspendedNow,
            () if is_same(here, there, self.writer.now) => Landing::Same,
            () => Landing::Kept,
        })
    }

    /// Returns whether the owner there goes here by the name of the owner here, or did.
    fn is_of_one_owner(&mut self, here: &Token, there: &Token) -> Result<bool, StoreError> {
        if here.owner.name == there.owner.name {
            return Ok(true);
        }
        let ours = self.owner(&here.owner.name)?;
        let theirs = self.owner(&there.owner.name)?;
        let seq = |owner: Option<Owner>| owner.map(|owner| owner.seq);
        Ok(seq(ours).is_some() && seq(ours) == seq(theirs))
    }

    /// Suspends a token that was suspended or replaced there, or whose owner was disabled, and returns whether it had to
    /// be.
    fn follows(&mut self, here: &Token, there: &Token) -> Result<bool, StoreError> {
        let now = self.writer.now;
        let is_replaced =
            matches!(there.state(now), TokenState::Rotated { .. }) && here.rotated_to.is_none();
        let is_disabled = there.owner.disabled_at.is_some() && here.owner.disabled_at.is_none();
        let is_refused_there = is_replaced || is_disabled || there.suspended_at.is_some();
        let suspends =
            is_refused_there && here.suspended_at.is_none() && !here.state(now).is_final();
        if suspends {
            self.writer.execute(
                "UPDATE token SET suspended_at = ?1, updated_at = ?1, revision = revision + 1 \
                 WHERE id = ?2",
                params![now.as_second(), here.id],
            )?;
            let details = json!({ "source": self.source });
            let owner = &here.owner.name;
            self.writer
                .record("token.suspended", owner, Some(&here.id), details)?;
        }
        Ok(suspends)
    }

    fn seq_of(&self, token: &Token) -> Result<i64, StoreError> {
        self.writer
            .connection
            .prepare_cached("SELECT seq FROM token WHERE id = ?1")
            .and_then(|mut statement| statement.query_row([token.id], |row| row.get(0)))
            .map_err(database_error)
    }

    fn revoke(
        &mut self,
        here: &Token,
        since: Timestamp,
        record: &TokenRecord,
    ) -> Result<(), ChangeError> {
        let reason = &record.token.revoked_reason;
        let now = self.writer.now;
        self.writer.execute(
            "UPDATE token SET revoked_at = ?1, revoked_reason = ?2, updated_at = ?3, \
             revision = revision + 1 WHERE id = ?4 AND revoked_at IS NULL",
            params![since.as_second(), reason.as_str(), now.as_second(), here.id],
        )?;
        let details = json!({
            "reason": reason,
            "source": self.source,
            "since": since.to_string(),
        });
        self.writer
            .record("token.revoked", &here.owner.name, Some(&here.id), details)?;
        Ok(())
    }
}

/// Returns whether two tokens with one secret and one owner say the same. Ids are given here to what comes from other
/// systems; uses and revisions are counted on both sides; of two that are dead, the one here has the date that counts. A
/// source that does not know when a token was issued gives `now` each time.
fn is_same(here: &Token, there: &Token, now: Timestamp) -> bool {
    here.note == there.note
        && here.labels == there.labels
        && here.generator == there.generator
        && (here.created_at == there.created_at || there.created_at == now)
        && here.expires_at == there.expires_at
        && here.policy == there.policy
        && here.networks == there.networks
        && here.rotated_to == there.rotated_to
        && here.revoked_at.is_some() == there.revoked_at.is_some()
        // One whose owner is disabled there may have been suspended when it came.
        && (here.suspended_at.is_some() || there.suspended_at.is_none())
}

/// Returns whether a digest of another system's kind is or was here: mostly none is, and then there is nothing to look for.
pub(super) fn has_foreign(connection: &Connection) -> Result<bool, StoreError> {
    connection
        .query_row(
            "SELECT EXISTS (SELECT 1 FROM token WHERE digest_kind <> ?1) \
             OR EXISTS (SELECT 1 FROM tombstone WHERE digest_kind <> ?1)",
            [digest_kind_number(DigestKind::Sha256)],
            |row| row.get(0),
        )
        .map_err(database_error)
}
