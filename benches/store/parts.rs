//! What a login is made of: parts of it, each by itself, beside the whole.

use std::fs;
use std::hint::black_box;

use sha2::{Digest as _, Sha256};
use tokenctl::format::{Shape, TokenFormats};
use tokenctl::outcome::OutcomeCode;

use crate::filled::Filled;
use crate::logins::{Cycle, Logins, time};
use crate::raw;
use crate::report;
use crate::rounds::Rounds;
use crate::sizes::Size;

/// Measures the parts that can be had by themselves; the rest is the statement's way out of the cache and back, the
/// record, and the answer.
pub(crate) fn measure(filled: &Filled, size: Size, rounds: usize) {
    let logins = Logins::of(filled.open(), filled.now);
    let connection = raw::open_guarded(&filled.path);
    let mut record = connection.prepare(raw::RECORD).expect("fits the schema");
    let formats = TokenFormats::default();
    let [mut whole, mut read, mut judged, mut hashed] = [(); 4].map(|()| Cycle::of(&filled.live));
    let rounds = Rounds::of(
        rounds,
        [
            &mut || time(|| assert_eq!(logins.check(whole.next()), OutcomeCode::Accepted)),
            &mut || time(|| assert!(raw::look_up(&mut record, read.next()))),
            &mut || time(|| _ = black_box(fs::symlink_metadata(&filled.path).expect("is there"))),
            &mut || {
                time(|| {
                    let shape = formats.judge(judged.next().token());
                    assert!(matches!(shape, Shape::WellFormed { .. }));
                })
            },
            &mut || time(|| _ = black_box(Sha256::digest(hashed.next().token()))),
        ],
    );
    for (side, part) in [(1, "record"), (2, "lstat"), (3, "format"), (4, "digest")] {
        let sides = format!(
            "{:.0} ns of {:.0} ns, {} rounds",
            rounds.median(side) * 1e3,
            rounds.median(0) * 1e3,
            rounds.count()
        );
        report::ratio(
            &format!("part-{part}/verify"),
            size,
            rounds.ratio(side, 0),
            &sides,
        );
    }
}
