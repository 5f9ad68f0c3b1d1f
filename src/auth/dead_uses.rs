//! Uses of dead tokens, until an observer is told of them.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use crate::observer::{self, DeadUse, Observer};
use crate::outcome::{OutcomeCode, Refusal};
use crate::token_id::TokenId;

/// Gathers uses of dead tokens: of each token and code one within the resolution, however often it is tried.
pub(super) struct DeadUses {
    observer: Arc<dyn Observer>,
    resolution: i64,
    uses: Mutex<HashMap<(TokenId, OutcomeCode), Use>>,
}

/// What is known of the tries with one token.
enum Use {
    /// The observer is to be told of this.
    Waiting(DeadUse),
    /// It was told of a try in this second.
    Told(i64),
}

impl DeadUses {
    pub(super) fn new(observer: Arc<dyn Observer>, resolution: i64) -> Self {
        Self {
            observer,
            resolution,
            uses: Mutex::default(),
        }
    }

    /// Notes the use that `refusal` may be. It only touches memory.
    pub(super) fn note(&self, refusal: &Refusal, now: Timestamp) {
        let Some(used) = DeadUse::of(refusal, now) else {
            return;
        };
        let mut uses = self.lock();
        let known = uses.get(&(used.token, used.code));
        if known.is_none_or(|known| self.is_over(known, now)) {
            uses.insert((used.token, used.code), Use::Waiting(used));
        }
    }

    /// Tells the observer what was noted since the last time.
    pub(super) fn tell(&self) {
        let mut waiting = Vec::new();
        {
            let mut uses = self.lock();
            for known in uses.values_mut() {
                if let Use::Waiting(used) = known {
                    let told = Use::Told(used.at.as_second());
                    if let Use::Waiting(used) = std::mem::replace(known, told) {
                        waiting.push(used);
                    }
                }
            }
            // The newest try stands for the present; what is over would be told anew anyway.
            if let Some(now) = waiting.iter().map(|used| used.at).max() {
                uses.retain(|_, known| !self.is_over(known, now));
            }
        }
        waiting.sort_by_key(|used| (used.at, used.token));
        for used in waiting {
            observer::tell(&*self.observer, |observer| observer.dead_token_used(&used));
        }
    }

    fn is_over(&self, known: &Use, now: Timestamp) -> bool {
        match known {
            Use::Waiting(_) => false,
            Use::Told(second) => now.as_second() >= second.saturating_add(self.resolution),
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(TokenId, OutcomeCode), Use>> {
        // Entries go in and out whole.
        self.uses.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for DeadUses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeadUses")
            .field("resolution", &self.resolution)
            .finish_non_exhaustive()
    }
}
