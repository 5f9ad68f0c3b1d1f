//! Two threads that share a store, beside one: with logins, and with nothing but SQLite.

use std::thread;
use std::time::Instant;

use tokenctl::outcome::OutcomeCode;

use crate::filled::{Filled, Sample};
use crate::logins::{Cycle, Logins, ROUND};
use crate::raw;
use crate::report;
use crate::rounds::Rounds;
use crate::sizes::Size;

pub(crate) fn measure(filled: &Filled, size: Size, rounds: usize) {
    let logins = Logins::of(filled.open(), filled.now);
    let log_in = |samples: &[Sample]| {
        let mut samples = Cycle::of(samples);
        for _ in 0..ROUND {
            assert_eq!(logins.check(samples.next()), OutcomeCode::Accepted);
        }
    };
    let look_up = |samples: &[Sample]| {
        let connection = raw::open(&filled.path);
        let mut row = connection.prepare(raw::ROW).expect("fits the schema");
        let mut samples = Cycle::of(samples);
        for _ in 0..ROUND {
            assert!(raw::look_up(&mut row, samples.next()));
        }
    };
    let (front, back) = filled.live.split_at(filled.live.len() / 2);
    let (both, one) = ([front, back], [front]);
    let rounds = Rounds::of(
        rounds,
        [
            &mut || rate(&both, &log_in),
            &mut || rate(&one, &log_in),
            &mut || rate(&both, &look_up),
            &mut || rate(&one, &look_up),
        ],
    );
    report::figure("rate", size, rounds.median(1), "logins/s of one thread");
    for (name, two, one) in [("threads/thread", 0, 1), ("raw-threads/thread", 2, 3)] {
        let sides = format!(
            "2 threads {:.0}/s together, 1 thread {:.0}/s, {} rounds",
            rounds.median(two),
            rounds.median(one),
            rounds.count()
        );
        report::ratio(name, size, rounds.ratio(two, one), &sides);
    }
}

/// Returns how often a round of `work` does what it does in a second, with a thread for each of `parts`.
fn rate(parts: &[&[Sample]], work: &(impl Fn(&[Sample]) + Sync)) -> f64 {
    let started = Instant::now();
    thread::scope(|scope| {
        for part in parts {
            scope.spawn(|| work(part));
        }
    });
    (ROUND * parts.len()) as f64 / started.elapsed().as_secs_f64()
}
