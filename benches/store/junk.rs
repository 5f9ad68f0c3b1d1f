//! Refusing what is no token, beside one hash of the same bytes.

use std::fs;
use std::hint::black_box;

use sha2::{Digest as _, Sha256};
use tokenctl::auth::Authenticator;
use tokenctl::auth::request::RequestHead;
use tokenctl::auth::session::NoSession;
use tokenctl::format::{Shape, TokenFormats};
use tokenctl::outcome::OutcomeCode;

use crate::filled::{Filled, Sample};
use crate::logins::{Cycle, Logins, time};
use crate::report;
use crate::rounds::Rounds;
use crate::sizes::Size;

pub(crate) fn measure(filled: &Filled, size: Size, rounds: usize) {
    let bad_checksum = spoiled(filled, |header| {
        let last = if header.pop() == Some('0') { '1' } else { '0' };
        format!("{header}{last}")
    });
    let wrong_prefix = spoiled(filled, |header| header.replace("tkc_", "tkd_"));
    need_no_store(filled, &bad_checksum);
    let logins = Logins::of(filled.open(), filled.now);
    let formats = TokenFormats::default();
    for (name, junk, code) in [
        ("bad-checksum", bad_checksum, OutcomeCode::Malformed),
        // Tokens of other systems may have any prefix, or none: a login looks it up.
        ("wrong-prefix", wrong_prefix, OutcomeCode::Unknown),
    ] {
        let (mut judged, mut refused) = (Cycle::of(&junk), Cycle::of(&junk));
        let mut hashed = Cycle::of(&junk);
        let is_ours =
            |sample: &Sample| matches!(formats.judge(sample.token()), Shape::WellFormed { .. });
        let rounds = Rounds::of(
            rounds,
            [
                &mut || time(|| assert!(!is_ours(judged.next()))),
                &mut || time(|| assert_eq!(logins.check(refused.next()), code)),
                &mut || time(|| _ = black_box(Sha256::digest(hashed.next().token()))),
            ],
        );
        for (side, way) in [(0, "judge"), (1, "login")] {
            let sides = format!(
                "{:.0} ns, SHA-256 {:.0} ns, {} rounds",
                rounds.median(side) * 1e3,
                rounds.median(2) * 1e3,
                rounds.count()
            );
            let name = format!("{way}-{name}/sha256");
            report::ratio(&name, size, rounds.ratio(side, 2), &sides);
        }
    }
}

/// Returns the headers of unknown tokens, spoiled.
fn spoiled(filled: &Filled, mut spoil: impl FnMut(&mut String) -> String) -> Vec<Sample> {
    let spoiled = filled.unknown.iter().map(|sample| Sample {
        header: spoil(&mut sample.header.clone()),
        digest: sample.digest,
    });
    spoiled.collect()
}

/// Makes sure that such junk is refused where there is no store to ask any more.
fn need_no_store(filled: &Filled, junk: &[Sample]) {
    let copied = filled.copy();
    fs::remove_file(copied.directory.path().join("tokens.db")).expect("is ours");
    let authenticator = Authenticator::over(copied.store);
    let check = |sample: &Sample| {
        let head = RequestHead::new().authorization(sample.header.as_bytes());
        authenticator.check_login(&head, &mut NoSession, filled.now)
    };
    let token = filled.live.first().expect("there are samples");
    assert!(check(token).is_err(), "a token needs the store");
    for sample in junk {
        let code = check(sample).expect("junk needs none").code();
        assert_eq!(code, OutcomeCode::Malformed);
    }
}
