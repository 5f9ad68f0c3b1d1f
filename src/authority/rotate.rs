//! Rotation: a new secret in the place of an old one.

use std::time::Duration;

use jiff::Timestamp;

use super::{Authority, IssueError, draw};
use crate::change::{Actor, Applied, Change, Hit, Mode};
use crate::entropy::Entropy;
use crate::rotation::{Rotation, RotationUndo, SuccessorEnd};
use crate::secret::Secret;
use crate::store::{ChangeError, StoreError};
use crate::text::FreeText;
use crate::token::Token;

/// What [`Authority::rotate`] is asked for.
#[derive(Clone, Debug)]
pub struct RotationRequest {
    /// The token, as it was looked at; one that was changed since is left alone.
    pub token: Token,
    /// The prefix or type of the new secret; `None` is the default one of its format.
    pub prefix: Option<String>,
    /// When the successor ends.
    pub expires_at: SuccessorEnd,
    /// How long the old secret is still accepted.
    pub overlap: Duration,
}

/// A token that was replaced, and the secret of its successor.
#[derive(Debug)]
#[non_exhaustive]
pub struct Rotated {
    /// The new secret, to be handed over once.
    pub secret: Secret,
    /// The successor as stored.
    pub token: Token,
    /// The old token as stored.
    pub old: Token,
    /// When the old token ended before.
    pub old_expires_at: Option<Timestamp>,
    /// As in [`Applied::clock_behind`].
    pub clock_behind: Option<Timestamp>,
}

impl Authority {
    /// Replaces an active token by a new one of the same owner, rights, note, labels, format and family, and returns the
    /// new secret, which exists nowhere else.
    ///
    /// Both happen in one transaction. The old token ends with its overlap, or when it would have; from then on it is
    /// refused as rotated. A token of a format that is not registered gets a successor in the default one.
    ///
    /// # Errors
    ///
    /// [`IssueError`]; nothing was changed then, unless it is [`IssueError::InDoubt`].
    pub fn rotate(
        &self,
        request: &RotationRequest,
        actor: &Actor,
        entropy: &mut dyn Entropy,
        now: Timestamp,
        mode: Mode,
    ) -> Result<Rotated, IssueError> {
        let old = &request.token;
        self.check_lifetime(request.expires_at.of(old), now)?;
        let format = self
            .formats
            .find(&old.generator)
            .unwrap_or_else(|| self.formats.default_format());
        let (secret, applied) = draw(format, request.prefix.as_deref(), entropy, |id, digest| {
            let rotation = Rotation {
                token: old.id,
                revision: old.revision,
                successor: id,
                digest,
                generator: format.id().to_owned(),
                expires_at: request.expires_at,
                overlap: request.overlap,
            };
            let change = Change::Rotate(Box::new(rotation));
            self.store.apply(&[change], actor, now, mode)
        })?;
        Rotated::of(applied, secret, old.expires_at)
    }

    /// Takes a rotation back whose secret has reached nobody: the successor is revoked, and the old token is what it
    /// was before.
    ///
    /// # Errors
    ///
    /// [`ChangeError`] when either was changed meanwhile or the successor was used: both stay as they are then.
    pub fn undo_rotation(
        &self,
        rotated: &Rotated,
        reason: FreeText,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Applied, ChangeError> {
        let undo = RotationUndo {
            token: rotated.old.id,
            revision: rotated.old.revision,
            expires_at: rotated.old_expires_at,
            successor: rotated.token.id,
            reason,
        };
        let change = Change::UndoRotation(Box::new(undo));
        self.store.apply(&[change], actor, now, Mode::Commit)
    }
}

impl Rotated {
    fn of(
        applied: Applied,
        secret: Secret,
        old_expires_at: Option<Timestamp>,
    ) -> Result<Self, IssueError> {
        let clock_behind = applied.clock_behind;
        match <[Hit<Token>; 2]>::try_from(applied.tokens) {
            Ok([successor, old]) => Ok(Self {
                secret,
                token: successor.record,
                old: old.record,
                old_expires_at,
                clock_behind,
            }),
            Err(_) => Err(StoreError::Corrupt {
                what: "a successor was not stored".into(),
            }
            .into()),
        }
    }
}
