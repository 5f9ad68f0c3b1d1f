//! A store in numbers.

use jiff::SignedDuration;
use tokenctl::selector::{Listing, Selector, StateFilter};
use tokenctl::statistics::{Statistics, UserState};

use super::*;

const DAY: i64 = 86_400;

fn count(store: &dyn Store, now: i64, shape: impl FnOnce(&mut Selector)) -> u64 {
    let listing = Listing::of(selector(shape));
    let listed = store.list(&listing, at(now), usize::MAX).unwrap();
    u64::try_from(listed.len()).unwrap()
}

fn statistics(store: &dyn Store, now: i64) -> Statistics {
    store.statistics(at(now), 10).unwrap()
}

pub(crate) fn states_agree_with_the_tokens_themselves(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    assert_eq!(statistics(store, 1).tokens, 0);
    assert_eq!(statistics(store, 1).oldest_active, None);
    listing::varied(store);
    for now in [0, 5, 50, 100, 150, 1_000, 100_000] {
        let told = statistics(store, now);
        for (state, number) in [
            (StateFilter::Active, told.states.active),
            (StateFilter::Expired, told.states.expired),
            (StateFilter::Suspended, told.states.suspended),
            (StateFilter::Rotated, told.states.rotated),
            (StateFilter::Revoked, told.states.revoked),
            (StateFilter::Any, told.tokens),
        ] {
            let listed = count(store, now, |s| s.state = Some(state));
            assert_eq!(number, listed, "{state:?} at {now}");
        }
        let ages: u64 = told.ages.iter().map(|band| band.active).sum();
        assert_eq!(ages, told.states.active);
        let owners: u64 = told.owners.iter().map(|of| of.active).sum();
        assert_eq!(owners, told.states.active);
    }
}

pub(crate) fn bounds_of_time_are_those_of_selectors(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    let now = 1_000 * DAY;
    let ending = |number: u32, end: i64| {
        issue_shaped(number, "alice", |issued| {
            issued.token.expires_at = Some(at(end));
        })
    };
    apply(store, 0, &[add("alice")]);
    let mut number = 0;
    for days in [7, 30, 90, 180, 365, 730] {
        for second in [-1, 0, 1] {
            let then = now - days * DAY + second;
            apply(store, then, &[ending(number, now + days * DAY + second)]);
            number += 1;
        }
    }
    store.touch(&[(id(0), at(now - 90 * DAY))]).unwrap();
    store.touch(&[(id(1), at(now - 90 * DAY - 1))]).unwrap();
    for now in [at(now), at(now) + SignedDuration::from_millis(500)] {
        let told = store.statistics(now, 10).unwrap();
        let days = |days: i64| SignedDuration::from_hours(24 * days);
        let listed = |shape: &dyn Fn(&mut Selector)| {
            let mut selector = Selector::default();
            shape(&mut selector);
            selector.state = Some(StateFilter::Active);
            let found = store.list(&Listing::of(selector), now, usize::MAX);
            u64::try_from(found.unwrap().len()).unwrap()
        };
        let expiring = |within: i64| listed(&|s| s.expiring_until = Some(now + days(within)));
        assert_eq!(told.active.expiring_in_7_days, expiring(7));
        assert_eq!(told.active.expiring_in_30_days, expiring(30));
        assert_eq!(told.active.expiring_in_90_days, expiring(90));
        assert_eq!(
            told.active.unused_for_90_days,
            listed(&|s| s.unused_since = Some(now - days(90)))
        );
        assert_eq!(told.active.never_used, 16);
    }
    let told = statistics(store, now);
    let ages: Vec<u64> = told.ages.iter().map(|band| band.active).collect();
    // Of each three one is younger than so many days, and two are as old or older.
    assert_eq!(ages, [1, 3, 3, 3, 3, 3, 2]);
    assert_eq!(told.oldest_active.unwrap().id, id(15));
    assert_eq!(told.events, 19);
}

pub(crate) fn owners_and_formats_are_counted_the_most_active_first(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    apply(
        store,
        1,
        &[
            add("alice"),
            add("bob"),
            add("carol"),
            add("dave"),
            add("erin"),
        ],
    );
    let of = |number, user: &str, format: &str| {
        issue_shaped(number, user, |issued| issued.generator = format.to_owned())
    };
    apply(
        store,
        2,
        &[
            of(1, "alice", "one"),
            of(2, "bob", "two"),
            of(3, "bob", "two"),
            of(4, "carol", "one"),
            of(5, "carol", "one"),
            of(6, "carol", "one"),
            of(7, "dave", "two"),
            revoke(&[7], "gone"),
            Change::DisableUser { name: name("bob") },
            Change::DeleteUser {
                name: name("carol"),
                reason: reason("left"),
            },
        ],
    );
    let told = statistics(store, 3);
    let owners: Vec<_> = told
        .owners
        .iter()
        .map(|of| (of.user.as_str(), of.state, of.active, of.tokens))
        .collect();
    let expected = [
        ("bob", UserState::Disabled, 2, 2),
        ("alice", UserState::Active, 1, 1),
        ("carol", UserState::Deleted, 0, 3),
        ("dave", UserState::Active, 0, 1),
    ];
    assert_eq!(owners, expected);
    let formats: Vec<_> = told
        .generators
        .iter()
        .map(|of| (of.generator.as_str(), of.active, of.tokens))
        .collect();
    assert_eq!(formats, [("two", 2, 3), ("one", 1, 4)]);
    let users = told.users;
    assert_eq!((users.active, users.disabled, users.deleted), (3, 1, 1));
    assert_eq!(told.active.of_disabled_users, 2);
    let few = store.statistics(at(3), 1).unwrap();
    assert_eq!(few.owners, told.owners[..1]);
    assert_eq!(store.statistics(at(3), 0).unwrap().owners, []);
}
