//! The events, chosen and walked.

use std::collections::BTreeSet;

use tokenctl::change::{Actor, ChainFault, ChainHead, Change, Event, EventOrder, EventQuery, Mode};
use tokenctl::history::{History, Verdict};
use tokenctl::store::Store;

use super::*;

fn query(shape: impl FnOnce(&mut EventQuery)) -> EventQuery {
    let mut query = EventQuery::default();
    shape(&mut query);
    query
}

fn numbers(store: &dyn Store, query: &EventQuery) -> Vec<u64> {
    let events = store.find_events(query, usize::MAX).unwrap();
    events.iter().map(|event| event.seq).collect()
}

pub(crate) fn newest_change_is_when_the_newest_event_was(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    let created = events(store).last().map(|event| event.at);
    assert_eq!(store.newest_change().unwrap(), created);
    apply(store, 20, &[add("alice")]);
    // The clock was set back meanwhile.
    apply(store, 10, &[add("bob")]);
    assert_eq!(store.newest_change().unwrap(), Some(at(10)));
}

pub(crate) fn events_are_chosen_by_each_part_of_a_query(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    let mut root = Actor::named("root");
    root.sudo_user = Some("carol".into());
    let change = |now, actor: &Actor, changes: &[Change]| {
        store.apply(changes, actor, at(now), Mode::Commit).unwrap();
    };
    let tester = Actor::named("tester");
    change(10, &tester, &[add("alice"), add("bob")]);
    change(20, &root, &[issue(1, "alice"), issue(2, "bob")]);
    change(30, &tester, &[revoke(&[1], "leaked")]);
    for (shape, expected) in [
        (query(|_| ()), vec![1, 2, 3, 4, 5]),
        (query(|q| q.after = Some(3)), vec![4, 5]),
        (query(|q| q.after = Some(u64::MAX)), vec![]),
        (query(|q| q.before = Some(3)), vec![1, 2]),
        (query(|q| q.token = Some(id(1))), vec![3, 5]),
        (query(|q| q.token = Some(id(9))), vec![]),
        (query(|q| q.user = Some("bob".into())), vec![2, 4]),
        (query(|q| q.user = Some("Bob".into())), vec![]),
        (query(|q| q.actor = Some("tester".into())), vec![1, 2, 5]),
        (query(|q| q.actor = Some("root".into())), vec![3, 4]),
        (query(|q| q.actor = Some("carol".into())), vec![3, 4]),
        (query(|q| q.actor = Some("car".into())), vec![]),
        (
            query(|q| q.actions = vec!["user.added".into(), "token.revoked".into()]),
            vec![1, 2, 5],
        ),
        (query(|q| q.actions = vec!["token".into()]), vec![]),
        (query(|q| q.since = Some(at(20))), vec![3, 4, 5]),
        (query(|q| q.until = Some(at(20))), vec![1, 2]),
        (
            query(|q| {
                q.since = Some(at(11));
                q.until = Some(at(30));
                q.user = Some("alice".into());
            }),
            vec![3],
        ),
        (
            query(|q| q.order = EventOrder::NewestFirst),
            vec![5, 4, 3, 2, 1],
        ),
    ] {
        assert_eq!(numbers(store, &shape), expected, "{shape:?}");
    }
    let newest = query(|q| q.order = EventOrder::NewestFirst);
    let newest = store.find_events(&newest, 2).unwrap();
    let seqs: Vec<u64> = newest.iter().map(|event| event.seq).collect();
    assert_eq!(seqs, [5, 4]);
}

pub(crate) fn events_are_walked_in_both_orders_across_pages(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    apply(store, 1, &[add("alice")]);
    let issues: Vec<Change> = (0..2_400).map(|number| issue(number, "alice")).collect();
    apply(store, 2, &issues);
    let history = History::new(Arc::clone(&fresh.store));
    let walked =
        |shape: EventQuery| -> Vec<Event> { history.events(shape).map(Result::unwrap).collect() };
    let mut all = walked(EventQuery::default());
    assert_eq!(all, events(store));
    assert_eq!(all.len(), 2_401);
    assert_eq!(walked(EventQuery::after(2_399)), all[2_399..]);
    all.reverse();
    assert_eq!(walked(query(|q| q.order = EventOrder::NewestFirst)), all);
}

pub(crate) fn ids_of_tokens_that_are_no_more_are_known_from_their_events(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    apply(
        store,
        1,
        &[add("alice"), issue(11, "alice"), issue(12, "alice")],
    );
    let both = vec![id(11), id(12)];
    assert_eq!(store.find_known_ids("00000000", 9).unwrap(), both);
    assert_eq!(store.find_known_ids("00000000", 1).unwrap(), both[..1]);
    assert_eq!(store.find_known_ids("0000000012", 9).unwrap(), both[1..]);
    assert_eq!(store.find_known_ids("0001", 9).unwrap(), []);
    let history = History::new(Arc::clone(&fresh.store));
    assert_eq!(history.resolve("0000000012").unwrap(), id(12));
    assert!(history.resolve("0000000").is_err(), "two begin with it");
    assert!(history.resolve("0001").is_err(), "none begins with it");
    assert!(history.resolve("000").is_err(), "too short");
}

pub(crate) fn chain_is_verified_with_and_without_kept_heads(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    let history = History::new(Arc::clone(&fresh.store));
    let verify = |kept: &[ChainHead]| {
        let kept: BTreeSet<_> = kept.iter().copied().collect();
        history.verify(&kept).unwrap()
    };
    let empty = ChainHead::default();
    assert_eq!(verify(&[empty]), Verdict::Whole(empty));
    assert_eq!(history.newest().unwrap(), None);
    apply(store, 1, &[add("alice")]);
    let issues: Vec<Change> = (0..1_500).map(|number| issue(number, "alice")).collect();
    apply(store, 2, &issues);
    let heads: Vec<ChainHead> = events(store).iter().map(ChainHead::of).collect();
    let last = heads[1_500];
    assert_eq!(
        history.newest().unwrap().as_ref().map(ChainHead::of),
        Some(last)
    );
    assert_eq!(verify(&[]), Verdict::Whole(last));
    let kept = [empty, heads[0], heads[999], heads[1_000], last];
    assert_eq!(verify(&kept), Verdict::Whole(last));

    let mut other = heads[1_200];
    other.hash = heads[3].hash;
    let Verdict::Broken(broken) = verify(&[heads[0], other, last]) else {
        panic!("another head of the same number");
    };
    assert_eq!((broken.seq, broken.fault), (1_201, ChainFault::Replaced));
    let mut later = last;
    later.seq = 1_502;
    let Verdict::Broken(broken) = verify(&[last, later]) else {
        panic!("a head that is not reached");
    };
    assert_eq!(broken.fault, ChainFault::Cut { kept: 1_502 });
    assert_eq!(broken.after, 1_501);
}
