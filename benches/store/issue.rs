//! Issuing a token so that it is still there after a power cut, beside the least that such a write can be.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;
use std::time::Instant;

use tokenctl::authority::{Authority, IssueRequest};
use tokenctl::change::Actor;
use tokenctl::entropy::OsEntropy;
use tokenctl::format::TokenFormats;
use tokenctl::policy::Policy;
use tokenctl::token::NewToken;
use tokenctl::user::UserName;

use crate::filled::Filled;
use crate::report;
use crate::rounds::Rounds;
use crate::sizes::Size;

/// Many short rounds, as what a medium takes for a sync varies much.
const ROUNDS: usize = 400;
const OVERWRITTEN: usize = 16 << 10;

pub(crate) fn measure(filled: &Filled, size: Size) {
    let copied = filled.copy();
    let authority = Authority::new(Arc::clone(&copied.store), Arc::new(TokenFormats::default()));
    let request = IssueRequest::new(NewToken::new(
        UserName::parse("user1").expect("follows the rule"),
        Policy::full_access(),
    ));
    let file =
        File::create_new(copied.directory.path().join("overwritten")).expect("there is room");
    let bytes = [0x5a; OVERWRITTEN];
    let overwrite = || {
        file.write_all_at(&bytes, 0).expect("there is room");
        file.sync_data().expect("the medium takes it");
    };
    let issue = || {
        authority
            .issue(&request, &Actor::named("bench"), &mut OsEntropy, filled.now)
            .expect("the user is there");
    };
    let rounds = Rounds::of(ROUNDS, [&mut || time(issue), &mut || time(overwrite)]);
    let sides = format!(
        "issue {:.0} us, 16 KiB overwritten and synced {:.0} us, {} rounds",
        rounds.median(0),
        rounds.median(1),
        rounds.count()
    );
    report::ratio("issue/overwrite", size, rounds.ratio(0, 1), &sides);
}

fn time(work: impl FnOnce()) -> f64 {
    let started = Instant::now();
    work();
    started.elapsed().as_secs_f64() * 1e6
}
