//! What every store does with suspensions.

use tokenctl::change::{Actor, Change, Mode, Target};
use tokenctl::store::{ChangeError, Store};
use tokenctl::token::TokenState;

use super::{
    Factory, add, apply, at, events, id, issue, issue_shaped, name, revoke, selector, token,
    try_apply,
};

fn ids(ids: &[u32]) -> Target {
    Target::Ids(ids.iter().copied().map(id).collect())
}

fn suspend(tokens: &[u32]) -> Change {
    Change::Suspend {
        tokens: ids(tokens),
    }
}

fn resume(tokens: &[u32]) -> Change {
    Change::Resume {
        tokens: ids(tokens),
    }
}

fn last_event(store: &dyn Store) -> (String, String) {
    let event = events(store).pop().unwrap();
    (event.action, event.details)
}

pub(crate) fn suspended_token_is_refused_until_it_is_resumed(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    let ending = issue_shaped(1, "alice", |issued| {
        issued.token.expires_at = Some(at(50));
    });
    apply(store, 1, &[add("alice"), ending, issue(2, "alice")]);
    let alices = Target::Matching(selector(|s| s.users = vec![name("alice")]));
    let applied = apply(store, 5, &[Change::Suspend { tokens: alices }]);
    assert_eq!(applied.tokens.len(), 2);
    let held = token(store, 1);
    assert_eq!(held.state(at(6)), TokenState::Suspended { since: at(5) });
    assert_eq!((held.revision, held.updated_at), (2, at(5)));
    assert_eq!(last_event(store), ("token.suspended".into(), "{}".into()));

    assert!(apply(store, 9, &[resume(&[1])]).tokens[0].changed);
    let told = r#"{"suspended_at":{"from":"1970-01-01T00:00:05Z","to":null}}"#;
    assert_eq!(last_event(store), ("token.resumed".into(), told.into()));
    let freed = token(store, 1);
    assert_eq!(freed.state(at(9)), TokenState::Active);
    assert_eq!((freed.revision, freed.updated_at), (3, at(9)));
    assert_eq!(freed.expires_at, Some(at(50)), "a pause moves no end");
    assert_eq!(token(store, 2).state(at(9)).as_str(), "suspended");
}

pub(crate) fn suspending_again_keeps_the_first_date(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    apply(store, 1, &[add("alice"), issue(1, "alice")]);
    let before = events(store).len();
    assert!(!apply(store, 2, &[resume(&[1])]).tokens[0].changed);
    assert!(apply(store, 3, &[suspend(&[1])]).tokens[0].changed);
    assert!(!apply(store, 4, &[suspend(&[1])]).tokens[0].changed);
    assert_eq!(token(store, 1).suspended_at, Some(at(3)));
    assert_eq!(events(store).len(), before + 1);
}

pub(crate) fn token_that_is_dead_for_good_is_neither_suspended_nor_resumed(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    apply(
        store,
        1,
        &[add("alice"), issue(1, "alice"), issue(2, "alice")],
    );
    apply(store, 2, &[suspend(&[2]), revoke(&[1, 2], "leaked")]);
    let before = (events(store), token(store, 1), token(store, 2));
    for change in [suspend(&[1, 2]), resume(&[1, 2])] {
        let applied = apply(store, 3, &[change]);
        assert!(applied.tokens.iter().all(|hit| !hit.changed));
    }
    assert_eq!((events(store), token(store, 1), token(store, 2)), before);
    assert_eq!(before.2.state(at(3)), TokenState::Revoked { since: at(2) });
}

pub(crate) fn dry_run_of_a_suspension_changes_nothing(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    apply(store, 1, &[add("alice"), issue(1, "alice")]);
    let before = (events(store), token(store, 1));
    let planned = store
        .apply(
            &[suspend(&[1])],
            &Actor::named("tester"),
            at(2),
            Mode::DryRun,
        )
        .unwrap();
    assert_eq!(planned.tokens[0].record.suspended_at, Some(at(2)));
    assert_eq!((events(store), token(store, 1)), before);
}

pub(crate) fn missing_token_stops_the_whole_suspension(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    apply(store, 1, &[add("alice"), issue(1, "alice")]);
    let refused = try_apply(store, 2, &[suspend(&[1, 7])]);
    assert!(
        matches!(&refused, Err(ChangeError::NoSuchToken { id: missing }) if *missing == id(7)),
        "{refused:?}"
    );
    let nothing = Target::Matching(selector(|_| {}));
    let refused = try_apply(store, 2, &[Change::Resume { tokens: nothing }]);
    assert!(
        matches!(refused, Err(ChangeError::NothingChosen)),
        "{refused:?}"
    );
    assert_eq!(token(store, 1).suspended_at, None);
}
