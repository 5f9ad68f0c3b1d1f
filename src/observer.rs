//! Observers: code of an embedding program that is told what happened to tokens and users.
//!
//! They take the place of the ancestor's signals:
//!
//! | signal of djblets | here |
//! |---|---|
//! | token created | [`Observer::recorded`], an event with the action `token.issued` |
//! | token updated | [`Observer::recorded`], `token.edited`, `token.restricted`, `token.extended` and so on |
//! | token expired, on every try | [`Observer::dead_token_used`], [`OutcomeCode::Expired`], once in a while |
//! | none when tokens are invalidated | [`Observer::recorded`], `token.revoked`, `token.suspended` |
//! | no rotation there | [`Observer::recorded`], `token.rotated`; a use of the old secret is [`Observer::dead_token_used`] with [`OutcomeCode::Rotated`], and `token.reused` where a `UsageLog` records it |
//!
//! Telling is a courtesy, and the history is the record: a process that dies between a commit and the telling tells
//! nobody. What must miss nothing reads [`Store::find_events`](crate::store::Store::find_events) after the last number
//! it has seen.

use std::panic::{AssertUnwindSafe, catch_unwind};

use jiff::Timestamp;

use crate::change::Event;
use crate::outcome::{OutcomeCode, Refusal};
use crate::token_id::TokenId;
use crate::user::UserName;

/// Is told what happened, after it has. It can refuse nothing.
///
/// It runs on the thread that made the change, or that flushes the uses: what takes long belongs on another. It may use
/// the store. A panic in it is traced and goes no further.
pub trait Observer: Send + Sync {
    /// Is told of the events of one change, in their order, once they have been synced to the medium; never of a dry
    /// run, nor of a change that changed nothing.
    ///
    /// Of two changes that are made at once the later may be told first: `seq` has the order.
    fn recorded(&self, events: &[Event]);

    /// Is told that somebody presented the secret of a token that is dead: of each token and kind of death at most once
    /// within the resolution of the [`UsageLog`](crate::auth::usage::UsageLog) that was given this observer, and when
    /// that is flushed, so that no request waits for it.
    fn dead_token_used(&self, used: &DeadUse) {
        let _ = used;
    }
}

/// A try to log in with a token that is expired, revoked, suspended or rotated out.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeadUse {
    /// Which token.
    pub token: TokenId,
    /// Whose.
    pub user: UserName,
    /// How it was refused.
    pub code: OutcomeCode,
    /// Since when it is dead.
    pub since: Option<Timestamp>,
    /// When it was tried, for the first time since the last telling.
    pub at: Timestamp,
}

impl DeadUse {
    /// Returns the use that `refusal` is, if the token is dead.
    #[must_use]
    pub fn of(refusal: &Refusal, at: Timestamp) -> Option<Self> {
        let is_dead = matches!(
            refusal.code,
            OutcomeCode::Expired
                | OutcomeCode::Revoked
                | OutcomeCode::Suspended
                | OutcomeCode::Rotated
        );
        let token = refusal.token.as_ref().filter(|_| is_dead)?;
        Some(Self {
            token: token.id,
            user: token.owner.name.clone(),
            code: refusal.code,
            since: refusal.since,
            at,
        })
    }
}

/// Tells `observer` something. What it does, what was done stays done.
pub(crate) fn tell(observer: &dyn Observer, telling: impl FnOnce(&dyn Observer)) {
    // Nothing of ours is borrowed by it that a panic could leave half-made.
    if catch_unwind(AssertUnwindSafe(|| telling(observer))).is_err() {
        tracing::error!("an observer panicked; what it was told of has happened all the same");
    }
}
