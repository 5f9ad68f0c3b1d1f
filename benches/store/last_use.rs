//! Recording last uses, as servers do, beside logins without.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use tokenctl::auth::usage::{DEFAULT_RESOLUTION, UsageLog};
use tokenctl::outcome::OutcomeCode;

use crate::filled::{Filled, Sample};
use crate::logins::{Cycle, Logins};
use crate::report;
use crate::rounds::Rounds;
use crate::sizes::Size;

const ROUNDS: usize = 7;
/// How long a round is: more than one flush.
const ROUND: Duration = Duration::from_millis(1_200);
const FLUSH: Duration = Duration::from_secs(1);
/// How many tokens are in use.
const TOKENS: usize = 10_000;

pub(crate) fn measure(filled: &Filled, size: Size) {
    let copied = filled.copy();
    let logins = Logins::of(Arc::clone(&copied.store), filled.now);
    let in_use = filled.live.get(..TOKENS).unwrap_or(&filled.live);
    let (mut recorded, mut plain) = (Cycle::of(in_use), Cycle::of(in_use));
    // Each token is due once a round, where it would be due once a minute.
    let mut now = filled.now;
    let rounds = Rounds::of(
        ROUNDS,
        [
            &mut || {
                now += SignedDuration::from_secs(DEFAULT_RESOLUTION + 1);
                let log = Arc::new(UsageLog::new(Arc::clone(&copied.store), DEFAULT_RESOLUTION));
                let _flusher = log.flush_every(FLUSH).expect("there are threads");
                time(|| {
                    let outcome = logins.check_at(recorded.next(), now);
                    log.note(&outcome, now);
                    outcome.code()
                })
            },
            &mut || time(|| logins.check(plain.next())),
        ],
    );
    let sides = format!(
        "recorded {:.2} us, verify {:.2} us, {} tokens in use, {ROUNDS} rounds",
        rounds.median(0),
        rounds.median(1),
        in_use.len(),
    );
    report::ratio("last-use/verify", size, rounds.ratio(0, 1), &sides);
    assert!(is_recorded(&logins, in_use, now), "all uses are on record");
}

fn is_recorded(logins: &Logins, in_use: &[Sample], now: Timestamp) -> bool {
    in_use.iter().all(|sample| {
        let outcome = logins.check_at(sample, now);
        outcome.token().and_then(|token| token.last_used_at) == Some(now)
    })
}

/// Returns the microseconds of one login.
fn time(mut login: impl FnMut() -> OutcomeCode) -> f64 {
    let (started, mut logins) = (Instant::now(), 0_u32);
    while started.elapsed() < ROUND {
        // Several, so that the clock is not what is measured.
        for _ in 0..64 {
            assert_eq!(login(), OutcomeCode::Accepted);
        }
        logins += 64;
    }
    started.elapsed().as_secs_f64() * 1e6 / f64::from(logins)
}
