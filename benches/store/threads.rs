//! Two threads that share a store, beside one.

use std::thread;
use std::time::Instant;

use tokenctl::outcome::OutcomeCode;

use crate::filled::{Filled, Sample};
use crate::logins::{Cycle, Logins, ROUND};
use crate::report;
use crate::rounds::Rounds;
use crate::sizes::Size;

pub(crate) fn measure(filled: &Filled, size: Size, rounds: usize) {
    let logins = Logins::of(filled.open(), filled.now);
    let (front, back) = filled.live.split_at(filled.live.len() / 2);
    let rounds = Rounds::of(
        rounds,
        [&mut || rate(&logins, &[front, back]), &mut || {
            rate(&logins, &[front])
        }],
    );
    let sides = format!(
        "2 threads {:.0}/s together, 1 thread {:.0}/s, {} rounds",
        rounds.median(0),
        rounds.median(1),
        rounds.count()
    );
    report::figure("rate", size, rounds.median(1), "logins/s of one thread");
    report::ratio("threads/thread", size, rounds.ratio(0, 1), &sides);
}

/// Returns how many logins there are in a second with a thread for each of `parts`.
fn rate(logins: &Logins, parts: &[&[Sample]]) -> f64 {
    let started = Instant::now();
    thread::scope(|scope| {
        for part in parts {
            scope.spawn(|| {
                let mut samples = Cycle::of(part);
                for _ in 0..ROUND {
                    assert_eq!(logins.check(samples.next()), OutcomeCode::Accepted);
                }
            });
        }
    });
    (ROUND * parts.len()) as f64 / started.elapsed().as_secs_f64()
}
