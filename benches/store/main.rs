//! What a store of many tokens costs: verifying one beside a raw prepared lookup of the same row, and what else there is
//! to compare with in the same run.
//!
//! `cargo bench --bench store` prints criterion's figures of logins for each size, and then ratios from alternating
//! rounds: machines drift, ratios of one run do not. `-- --ratios` prints the ratios alone,
//! `TOKENCTL_BENCH_SIZES=10k,10M` asks for other sizes, and `TOKENCTL_BENCH_STORES` names a directory in which filled
//! stores are kept for the next run.

mod filled;
mod issue;
mod junk;
mod kept;
mod last_use;
mod listings;
mod logins;
mod parts;
mod raw;
#[path = "../common/repeatable.rs"]
mod repeatable;
#[path = "../common/report.rs"]
mod report;
mod rounds;
mod sizes;
mod threads;

use std::time::Duration;

use criterion::{Criterion, Throughput};
use tokenctl::outcome::OutcomeCode;

use filled::{Filled, Sample};
use logins::{Cycle, Logins, time};
use rounds::Rounds;
use sizes::Size;

const ROUNDS: usize = 9;
/// The largest store that is also measured with what writes to it.
const LARGEST_COPY: u64 = 1_000_000;

fn kinds(filled: &Filled) -> [(&'static str, &[Sample], OutcomeCode); 3] {
    [
        ("verify", &filled.live, OutcomeCode::Accepted),
        ("unknown", &filled.unknown, OutcomeCode::Unknown),
        ("revoked", &filled.revoked, OutcomeCode::Revoked),
    ]
}

/// Measures verify and the raw statements in turn.
fn beside_raw(filled: &Filled, size: Size) {
    let logins = Logins::of(filled.open(), filled.now);
    let (plain, guarded) = (raw::open(&filled.path), raw::open_guarded(&filled.path));
    let mut row = plain.prepare(raw::ROW).expect("fits the schema");
    let mut record = guarded.prepare(raw::RECORD).expect("fits the schema");
    for (kind, samples, code) in kinds(filled) {
        let is_there = code != OutcomeCode::Unknown;
        let (mut ours, mut theirs) = (Cycle::of(samples), Cycle::of(samples));
        let mut records = Cycle::of(samples);
        let rounds = Rounds::of(
            ROUNDS,
            [
                &mut || time(|| assert_eq!(logins.check(ours.next()), code)),
                &mut || time(|| assert_eq!(raw::look_up(&mut row, theirs.next()), is_there)),
                &mut || time(|| assert_eq!(raw::look_up(&mut record, records.next()), is_there)),
            ],
        );
        let verify = rounds.median(0);
        report::figure(kind, size, verify, "us");
        for (side, name) in [(1, "row"), (2, "record")] {
            let raw = rounds.median(side);
            report::figure(&format!("{kind}-raw-{name}"), size, raw, "us");
            let sides = format!("{kind} {verify:.2} us, raw {name} {raw:.2} us, {ROUNDS} rounds");
            report::ratio(
                &format!("{kind}/{name}"),
                size,
                rounds.ratio(0, side),
                &sides,
            );
        }
    }
}

fn by_criterion(criterion: &mut Criterion, filled: &Filled, size: Size) {
    let logins = Logins::of(filled.open(), filled.now);
    let mut group = criterion.benchmark_group(format!("verify {size}"));
    group.throughput(Throughput::Elements(1));
    for (kind, samples, _) in kinds(filled) {
        let mut samples = Cycle::of(samples);
        group.bench_function(kind, |bencher| {
            bencher.iter(|| logins.check(samples.next()));
        });
    }
    let connection = raw::open(&filled.path);
    for (kind, sql) in [("raw row", raw::ROW), ("raw record", raw::RECORD)] {
        let mut statement = connection.prepare(sql).expect("fits the schema");
        let mut samples = Cycle::of(&filled.live);
        group.bench_function(kind, |bencher| {
            bencher.iter(|| raw::look_up(&mut statement, samples.next()));
        });
    }
    group.finish();
}

fn main() {
    let asks_for = |flag| std::env::args().any(|argument| argument == flag);
    let mut criterion = (!asks_for("--ratios")).then(|| {
        Criterion::default()
            .sample_size(20)
            .warm_up_time(Duration::from_millis(300))
            .measurement_time(Duration::from_secs(1))
            .configure_from_args()
    });
    let is_measured = !asks_for("--test") && !asks_for("--list");
    let sizes = Size::asked("10k,1M");
    let changed = sizes.iter().rfind(|size| size.0 <= LARGEST_COPY).copied();
    let mut smaller = None;
    for size in sizes {
        let filled = Filled::with(size);
        filled.warm();
        if let Some(criterion) = &mut criterion {
            by_criterion(criterion, &filled, size);
        }
        if is_measured {
            beside_raw(&filled, size);
            parts::measure(&filled, size, ROUNDS);
            threads::measure(&filled, size, ROUNDS);
            if Some(size) == changed {
                junk::measure(&filled, size, ROUNDS);
                last_use::measure(&filled, size);
                issue::measure(&filled, size);
            }
            let here = (size, filled);
            if let Some(smaller) = &smaller {
                listings::measure(smaller, &here);
            }
            smaller = Some(here);
        }
    }
    if let Some(criterion) = criterion {
        criterion.final_summary();
    }
}
