//! Last use: recorded coarsely, and never on the path of a request.

use std::collections::HashMap;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use jiff::Timestamp;

use crate::change::{Actor, Change, Mode};
use crate::outcome::{Outcome, OutcomeCode};
use crate::rotation::{OnReuse, Reuse};
use crate::store::{ChangeError, Store, StoreError};
use crate::token_id::TokenId;

/// The resolution of `last_used_at` unless set otherwise, in seconds.
pub const DEFAULT_RESOLUTION: i64 = 60;

/// Remembers which tokens were used, and writes that down from time to time.
///
/// A use is noted only when the one on record is older than the resolution; of several uses of one token the newest is
/// kept. What could not be written is traced and tried again with the next: bookkeeping never fails a request.
///
/// A secret that was rotated out, and is used after its end, was copied by somebody, or forgotten somewhere. That is
/// noted too, once per token and resolution, and becomes an event; the request is refused already, and waits for nothing.
#[derive(Debug)]
pub struct UsageLog {
    store: Arc<dyn Store>,
    resolution: i64,
    on_reuse: OnReuse,
    actor: Actor,
    uses: Mutex<HashMap<TokenId, Timestamp>>,
    reuses: Mutex<Reuses>,
}

/// The uses of secrets that were rotated out.
#[derive(Debug, Default)]
struct Reuses {
    /// The first that is not yet written down, of each token.
    waiting: HashMap<TokenId, Timestamp>,
    /// The last that was, of each token.
    written: HashMap<TokenId, Timestamp>,
}

impl UsageLog {
    /// Makes a log for the tokens of `store` with a resolution in seconds.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, resolution: i64) -> Self {
        Self {
            store,
            resolution,
            on_reuse: OnReuse::default(),
            actor: Actor::named("tokenctl"),
            uses: Mutex::default(),
            reuses: Mutex::default(),
        }
    }

    /// Sets what is done when a secret that was rotated out is used: recorded unless set.
    #[must_use]
    pub fn on_reuse(mut self, on_reuse: OnReuse) -> Self {
        self.on_reuse = on_reuse;
        self
    }

    /// Names who records such a use: `tokenctl` unless set.
    #[must_use]
    pub fn as_actor(mut self, actor: Actor) -> Self {
        self.actor = actor;
        self
    }

    /// Notes the use that an accepted login is, or that of a secret that was rotated out. It only touches memory.
    pub fn note(&self, outcome: &Outcome, now: Timestamp) {
        let login = match outcome {
            Outcome::Accepted(login) => login,
            Outcome::Refused(refusal) => {
                if let (OutcomeCode::Rotated, Some(token)) = (refusal.code, &refusal.token) {
                    self.note_reuse(token.id, now);
                }
                return;
            }
        };
        let Some(token) = &login.token else { return };
        let on_record = token.last_used_at.map(Timestamp::as_second);
        if on_record.is_some_and(|last| now.as_second() < last.saturating_add(self.resolution)) {
            return;
        }
        let mut uses = self.uses.lock().unwrap_or_else(PoisonError::into_inner);
        let newest = uses.entry(token.id).or_insert(now);
        *newest = now.max(*newest);
    }

    fn note_reuse(&self, id: TokenId, now: Timestamp) {
        let mut reuses = self.reuses.lock().unwrap_or_else(PoisonError::into_inner);
        if reuses.is_due(&id, now, self.resolution) {
            reuses.waiting.entry(id).or_insert(now);
        }
    }

    /// Writes down what was noted since the last time: uses in one transaction, secrets that were rotated out in another.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when it could not be written; it is kept for the next time.
    pub fn flush(&self) -> Result<(), StoreError> {
        self.flush_uses().and(self.flush_reuses())
    }

    fn flush_reuses(&self) -> Result<(), StoreError> {
        let mut uses: Vec<_> = {
            let mut reuses = self.reuses.lock().unwrap_or_else(PoisonError::into_inner);
            reuses.waiting.drain().collect()
        };
        // The change is made at the time of the newest of them: there is no clock here.
        let Some(now) = uses.iter().map(|(_, at)| *at).max() else {
            return Ok(());
        };
        uses.sort_unstable();
        let change = Change::Reuse(Box::new(Reuse {
            uses: uses.clone(),
            resolution: self.resolution,
            on_reuse: self.on_reuse,
        }));
        let applied = self.store.apply(&[change], &self.actor, now, Mode::Commit);
        let mut reuses = self.reuses.lock().unwrap_or_else(PoisonError::into_inner);
        let resolution = self.resolution;
        match applied {
            Ok(_) => {
                reuses
                    .written
                    .retain(|_, at| now.as_second() < at.as_second().saturating_add(resolution));
                reuses.written.extend(uses);
                Ok(())
            }
            Err(error) => {
                for (id, at) in uses {
                    reuses.waiting.insert(id, at);
                }
                Err(match error {
                    ChangeError::Store(error) => error,
                    // What is recorded of tokens that are refused already changes nothing that could be refused.
                    other => StoreError::Corrupt {
                        what: other.to_string(),
                    },
                })
            }
        }
    }

    fn flush_uses(&self) -> Result<(), StoreError> {
        let noted = std::mem::take(&mut *self.uses.lock().unwrap_or_else(PoisonError::into_inner));
        if noted.is_empty() {
            return Ok(());
        }
        let mut uses: Vec<_> = noted.into_iter().collect();
        uses.sort_unstable();
        let written = self.store.touch(&uses);
        if written.is_err() {
            let mut waiting = self.uses.lock().unwrap_or_else(PoisonError::into_inner);
            for (id, at) in uses {
                let newest = waiting.entry(id).or_insert(at);
                *newest = at.max(*newest);
            }
        }
        written
    }

    /// Starts a thread that flushes this log every `interval`, and once more when the returned value is dropped.
    ///
    /// # Errors
    ///
    /// The system's error when it starts no thread.
    pub fn flush_every(self: &Arc<Self>, interval: Duration) -> std::io::Result<UsageFlusher> {
        let log = Arc::clone(self);
        let (stop, stopped) = mpsc::channel::<()>();
        let thread = thread::Builder::new()
            .name("tokenctl-usage".into())
            .spawn(move || {
                loop {
                    let goes_on = stopped.recv_timeout(interval) == Err(RecvTimeoutError::Timeout);
                    if let Err(error) = log.flush() {
                        tracing::warn!(%error, "last uses could not be recorded");
                    }
                    if !goes_on {
                        return;
                    }
                }
            })?;
        Ok(UsageFlusher {
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

impl Reuses {
    /// Returns whether a use of token `id` at `now` is to be written down.
    fn is_due(&self, id: &TokenId, now: Timestamp, resolution: i64) -> bool {
        let last = self.written.get(id).map(|at| at.as_second());
        last.is_none_or(|last| now.as_second() >= last.saturating_add(resolution))
    }
}

/// Keeps a [`UsageLog`] flushed until it is dropped.
#[derive(Debug)]
pub struct UsageFlusher {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for UsageFlusher {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // It ends by itself after its last flush; a panic in it has been reported already.
            drop(thread.join());
        }
    }
}
