//! Logins by the samples of a store.

use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;
use tokenctl::auth::Authenticator;
use tokenctl::auth::request::RequestHead;
use tokenctl::auth::session::NoSession;
use tokenctl::outcome::{Outcome, OutcomeCode};
use tokenctl::store::Store;

use crate::filled::Sample;

/// How often a piece of work is done in a round.
pub(crate) const ROUND: usize = 20_000;

/// Samples that are taken one after the other.
pub(crate) struct Cycle<'a> {
    samples: &'a [Sample],
    at: usize,
}

impl<'a> Cycle<'a> {
    pub(crate) fn of(samples: &'a [Sample]) -> Self {
        Self { samples, at: 0 }
    }

    pub(crate) fn next(&mut self) -> &'a Sample {
        self.at = (self.at + 1) % self.samples.len();
        self.samples.get(self.at).expect("reduced to the length")
    }
}

pub(crate) struct Logins {
    authenticator: Authenticator,
    now: Timestamp,
}

impl Logins {
    pub(crate) fn of(store: Arc<dyn Store>, now: Timestamp) -> Self {
        Self {
            authenticator: Authenticator::over(store),
            now,
        }
    }

    pub(crate) fn check(&self, sample: &Sample) -> OutcomeCode {
        self.check_at(sample, self.now).code()
    }

    pub(crate) fn check_at(&self, sample: &Sample, now: Timestamp) -> Outcome {
        let head = RequestHead::new()
            .authorization(sample.header.as_bytes())
            .method("GET");
        self.authenticator
            .check_login(&head, &mut NoSession, now)
            .expect("the store can tell")
    }
}

/// Returns the microseconds of one call in a round of many.
pub(crate) fn time(mut call: impl FnMut()) -> f64 {
    let start = Instant::now();
    for _ in 0..ROUND {
        call();
    }
    start.elapsed().as_secs_f64() * 1e6 / ROUND as f64
}
