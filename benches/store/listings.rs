//! The first page of each listing, beside the same of a smaller store.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use tokenctl::selector::{Listing, Selector, SortKey, StateFilter};
use tokenctl::store::Store;
use tokenctl::user::UserName;

use crate::filled::Filled;
use crate::report;
use crate::rounds::Rounds;
use crate::sizes::Size;

const ROUNDS: usize = 9;
/// How many pages are read in a round, at most.
const PAGES: u32 = 20;
/// How long a round goes on, so that what is slow is measured all the same.
const ROUND: Duration = Duration::from_millis(50);
const PAGE: usize = 50;

pub(crate) fn measure(smaller: &(Size, Filled), larger: &(Size, Filled)) {
    let now = larger.1.now;
    let stores = [smaller, larger].map(|(_, filled)| filled.open());
    let [small, large] = &stores;
    for (name, listing) in listings(now) {
        let rounds = Rounds::of(
            ROUNDS,
            [&mut || time(large, &listing, now), &mut || {
                time(small, &listing, now)
            }],
        );
        let (here, there) = (rounds.median(0), rounds.median(1));
        let sides = format!(
            "{here:.0} us, {there:.0} us with {}, {} rounds",
            smaller.0,
            rounds.count()
        );
        for (size, page) in [(smaller.0, there), (larger.0, here)] {
            report::figure(&format!("page-of-{name}"), size, page, "us");
        }
        report::ratio(
            &format!("page-of-{name}/smaller"),
            larger.0,
            rounds.ratio(0, 1),
            &sides,
        );
    }
}

/// Returns the microseconds of one page.
fn time(store: &Arc<dyn Store>, listing: &Listing, now: Timestamp) -> f64 {
    let (started, mut pages) = (Instant::now(), 0);
    while pages < PAGES && started.elapsed() < ROUND {
        let page = store.list(listing, now, PAGE).expect("can be read");
        assert!(!page.is_empty(), "there is something to list");
        pages += 1;
    }
    started.elapsed().as_secs_f64() * 1e6 / f64::from(pages)
}

/// Returns what each flag of `tokenctl list` chooses by, each order, and two that are often together.
fn listings(now: Timestamp) -> Vec<(&'static str, Listing)> {
    let ago = |days: i64| now - SignedDuration::from_hours(24 * days);
    let choosing = |choose: &dyn Fn(&mut Selector)| {
        let mut selector = Selector::default();
        choose(&mut selector);
        Listing::of(selector)
    };
    let in_state = |state| choosing(&|selector| selector.state = Some(state));
    let user = UserName::parse("user7").expect("follows the rule");
    let by = |sort, choose: &dyn Fn(&mut Selector)| {
        let mut listing = choosing(choose);
        listing.sort = sort;
        listing
    };
    let sorted = |sort| by(sort, &|_| {});
    vec![
        ("all", Listing::default()),
        (
            "user",
            choosing(&|selector| selector.users = vec![user.clone()]),
        ),
        (
            "user-and-expiring",
            choosing(&|selector| {
                selector.users = vec![user.clone()];
                selector.expiring_until = Some(ago(-7));
            }),
        ),
        (
            "user-and-expiring-by-end",
            by(SortKey::Expires, &|selector| {
                selector.users = vec![user.clone()];
                selector.expiring_until = Some(ago(-7));
            }),
        ),
        (
            "expiring-by-end",
            by(SortKey::Expires, &|selector| {
                selector.expiring_until = Some(ago(-7));
            }),
        ),
        (
            "expiring",
            choosing(&|selector| selector.expiring_until = Some(ago(-7))),
        ),
        ("active", in_state(StateFilter::Active)),
        ("expired", in_state(StateFilter::Expired)),
        ("revoked", in_state(StateFilter::Revoked)),
        ("suspended", in_state(StateFilter::Suspended)),
        ("rotated", in_state(StateFilter::Rotated)),
        (
            "unused",
            choosing(&|selector| selector.unused_since = Some(ago(30))),
        ),
        (
            "never-used",
            choosing(&|selector| selector.never_used = true),
        ),
        (
            "created-before",
            choosing(&|selector| selector.created_before = Some(ago(600))),
        ),
        (
            "created-after",
            choosing(&|selector| selector.created_after = Some(ago(60))),
        ),
        (
            "label",
            choosing(&|selector| selector.labels = vec![("env".to_owned(), "prod".to_owned())]),
        ),
        (
            "generator",
            choosing(&|selector| selector.generator = Some("legacy_sha1".to_owned())),
        ),
        ("by-end", sorted(SortKey::Expires)),
        ("by-last-use", sorted(SortKey::LastUsed)),
        ("by-user", sorted(SortKey::User)),
        ("by-id", sorted(SortKey::Id)),
    ]
}
