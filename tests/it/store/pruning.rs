//! What every store does when dead tokens are removed.

use std::sync::Arc;

use serde_json::{Value, json};
use tokenctl::authority::{Authority, PRUNE_BATCH};
use tokenctl::change::{Actor, ChainCheck, Change, Mode, Target};
use tokenctl::format::TokenFormats;
use tokenctl::selector::{Listing, Selector};
use tokenctl::store::{ChangeError, Store};

use super::rotating::rotate_shaped;
use super::{
    Factory, add, apply, at, digest, events, id, issue, issue_shaped, name, revoke, selector,
    token, try_apply,
};

const DEAD_BY: i64 = 500;

fn prune(tokens: Target) -> Change {
    Change::Prune {
        tokens,
        dead_by: at(DEAD_BY),
    }
}

fn ids(numbers: &[u32]) -> Target {
    Target::Ids(numbers.iter().copied().map(id).collect())
}

fn all() -> Target {
    Target::Matching(selector(|s| s.all = true))
}

fn ending(number: u32, second: i64) -> Change {
    issue_shaped(number, "alice", |issued| {
        issued.token.expires_at = Some(at(second));
        issued.token.labels.insert("team=web").unwrap();
    })
}

/// Makes a store in which the tokens 1 to 3 are dead for long in each of the three ways, and the others are not.
fn varied(store: &dyn Store) {
    let issues = [
        add("alice"),
        ending(1, 400),
        issue(2, "alice"),
        issue(3, "alice"),
        issue(4, "alice"),
        ending(5, 501),
        ending(6, 400),
        ending(7, 2_000),
    ];
    apply(store, 100, &issues);
    let suspend = Change::Suspend { tokens: ids(&[6]) };
    apply(
        store,
        300,
        &[
            revoke(&[2], "leaked"),
            rotate_shaped(3, 13, |_| {}),
            suspend,
        ],
    );
    let overlapping = rotate_shaped(7, 17, |it| {
        it.overlap = std::time::Duration::from_secs(10_000);
    });
    apply(store, 310, &[overlapping, revoke(&[5], "late")]);
    // A revocation is what counts for 5, whose end came later.
    store.touch(&[(id(1), at(350))]).unwrap();
}

fn left(store: &dyn Store) -> Vec<String> {
    let tokens = store.list(&Listing::default(), at(1_000), usize::MAX);
    let ids = tokens
        .unwrap()
        .into_iter()
        .map(|token| token.id.to_string());
    ids.collect()
}

fn names(numbers: &[u32]) -> Vec<String> {
    numbers
        .iter()
        .map(|number| id(*number).to_string())
        .collect()
}

pub(crate) fn tokens_that_are_dead_for_long_are_removed_and_no_others(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    varied(store);
    let before = events(store).len();
    let applied = apply(store, 1_000, &[prune(all())]);
    let removed: Vec<String> = applied
        .tokens
        .iter()
        .map(|hit| hit.record.id.to_string())
        .collect();
    assert_eq!(removed, names(&[1, 2, 3, 5]));
    assert_eq!(left(store), names(&[4, 6, 7, 13, 17]));
    assert_eq!(store.find_by_digest(&digest(1)).unwrap(), None);
    let written = events(store).split_off(before);
    assert!(
        written
            .iter()
            .all(|event| event.action == "token.pruned" && event.user == "alice")
    );
    let details: Vec<Value> = written
        .iter()
        .map(|event| serde_json::from_str(&event.details).unwrap())
        .collect();
    assert_eq!(
        details[0],
        json!({ "state": "expired", "since": "1970-01-01T00:06:40Z" })
    );
    assert_eq!(details[1]["state"], "revoked");
    assert_eq!(details[2]["state"], "rotated");
    assert!(apply(store, 1_000, &[prune(all())]).tokens.is_empty());
    let labelled = selector(|s| s.labels = vec![("team".into(), "web".into())]);
    let listed = store.list(&Listing::of(labelled), at(1_000), usize::MAX);
    assert_eq!(listed.unwrap().len(), 3, "6, 7 and the successor of 7");
}

pub(crate) fn removed_token_can_never_come_back(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    varied(store);
    apply(store, 1_000, &[prune(all())]);
    let before = events(store);
    for change in [
        issue_shaped(50, "alice", |issued| issued.id = id(2)),
        issue_shaped(50, "alice", |issued| issued.digest = digest(2)),
        rotate_shaped(4, 1, |_| {}),
    ] {
        let refused = try_apply(store, 1_001, &[change]);
        assert!(
            matches!(refused, Err(ChangeError::Collision)),
            "{refused:?}"
        );
    }
    for change in [revoke(&[1], "again"), prune(ids(&[1]))] {
        let refused = try_apply(store, 1_001, &[change]);
        assert!(
            matches!(refused, Err(ChangeError::NoSuchToken { .. })),
            "{refused:?}"
        );
    }
    assert_eq!(events(store), before);
    // A successor outlives the first of its family.
    let successor = store.find_by_digest(&digest(13)).unwrap().unwrap();
    assert_eq!(successor.family, id(3));
    assert_eq!(successor.state(at(1_000)).as_str(), "active");
}

pub(crate) fn named_token_that_is_not_dead_stops_the_whole_removal(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    varied(store);
    let before = (events(store), left(store));
    for alive in [4, 6, 7, 13] {
        let refused = try_apply(store, 1_000, &[prune(ids(&[1, alive]))]);
        assert!(
            matches!(&refused, Err(ChangeError::NotDead { id: named }) if *named == id(alive)),
            "{refused:?}"
        );
    }
    let nothing = prune(Target::Matching(Selector::default()));
    let refused = try_apply(store, 1_000, &[nothing]);
    assert!(
        matches!(refused, Err(ChangeError::NothingChosen)),
        "{refused:?}"
    );
    let planned = store
        .apply(
            &[prune(all())],
            &Actor::named("tester"),
            at(1_000),
            Mode::DryRun,
        )
        .unwrap();
    assert_eq!(planned.tokens.len(), 4);
    assert_eq!((events(store), left(store)), before);
}

pub(crate) fn token_can_be_revoked_and_removed_in_one_change(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    apply(
        store,
        100,
        &[add("alice"), issue(1, "alice"), issue(2, "alice")],
    );
    let changes = [
        revoke(&[1], "was for a test"),
        Change::Prune {
            tokens: ids(&[1]),
            dead_by: at(200),
        },
    ];
    apply(store, 200, &changes);
    assert_eq!(left(store), names(&[2]));
    let authority = Authority::new(Arc::clone(&fresh.store), Arc::new(TokenFormats::default()));
    let actor = Actor::named("tester");
    let remove = |ids| authority.prune_ids(ids, at(300), &actor, at(300), Mode::Commit);
    let refused = remove(vec![id(2)]);
    assert!(
        matches!(refused, Err(ChangeError::NotDead { .. })),
        "{refused:?}"
    );
    let told: Vec<_> = events(store).split_off(3);
    let told: Vec<_> = told.iter().map(|event| event.action.as_str()).collect();
    assert_eq!(told, ["token.revoked", "token.pruned"]);
}

pub(crate) fn many_are_removed_in_batches_while_others_read(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    let total = u32::try_from(PRUNE_BATCH).unwrap() * 2 + 500;
    apply(store, 100, &[add("alice"), add("bob")]);
    let issues: Vec<Change> = (0..total)
        .flat_map(|number| [ending(2 * number, 400), issue(2 * number + 1, "bob")])
        .collect();
    apply(store, 100, &issues);
    let before = events(store).len();
    let authority = Authority::new(Arc::clone(&fresh.store), Arc::new(TokenFormats::default()));
    let actor = Actor::named("tester");
    let batches = |mode| authority.prune(Selector::default(), at(DEAD_BY), &actor, at(1_000), mode);
    let sizes = |mode| -> Vec<usize> {
        batches(mode)
            .map(|batch| batch.unwrap().tokens.len())
            .collect()
    };
    assert_eq!(sizes(Mode::DryRun), [PRUNE_BATCH, PRUNE_BATCH, 500]);
    assert_eq!(events(store).len(), before);

    let bobs = selector(|s| s.users = vec![name("bob")]);
    let mut reading = authority.list(Listing::of(bobs), at(1_000));
    let mut read = 0;
    for batch in batches(Mode::Commit) {
        batch.unwrap();
        read += reading.by_ref().take(900).map(Result::unwrap).count();
    }
    read += reading.map(Result::unwrap).count();
    assert_eq!(read, total as usize);
    assert_eq!(left(store).len(), total as usize);
    assert_eq!(token(store, 1).owner.name, name("bob"));
    assert_eq!(sizes(Mode::Commit), [0; 0]);
    let mut chain = ChainCheck::default();
    for event in &events(store) {
        chain.admit(event).unwrap();
    }
    assert_eq!(events(store).len(), before + total as usize);
}

pub(crate) fn what_somebody_else_removes_meanwhile_stops_no_walk(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    let total = u32::try_from(PRUNE_BATCH).unwrap() * 3;
    apply(store, 100, &[add("alice")]);
    let issues: Vec<Change> = (0..total).map(|number| ending(number, 400)).collect();
    apply(store, 100, &issues);
    let authority = Authority::new(Arc::clone(&fresh.store), Arc::new(TokenFormats::default()));
    let actor = Actor::named("tester");
    let batches = || {
        let removed = authority.prune(
            Selector::default(),
            at(DEAD_BY),
            &actor,
            at(1_000),
            Mode::Commit,
        );
        removed.map(|batch| batch.unwrap().tokens.len())
    };
    let mut reading = authority.list(Listing::default(), at(1_000));
    assert!(reading.next().unwrap().is_ok());
    let mut slow = batches();
    assert_eq!(slow.next(), Some(PRUNE_BATCH));
    let mut fast = batches();
    assert_eq!(fast.next(), Some(PRUNE_BATCH));
    assert_eq!(slow.next(), Some(PRUNE_BATCH));
    assert_eq!((fast.next(), slow.next()), (None, None));
    let read = reading.map(Result::unwrap).count();
    assert_eq!(read + 1, PRUNE_BATCH, "the page that was read before");
}
