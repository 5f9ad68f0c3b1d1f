//! What every store does with restrictions.

use jiff::Timestamp;
use serde_json::Value;
use tokenctl::change::{Actor, ChainCheck, Change, Mode, Target};
use tokenctl::network::Networks;
use tokenctl::policy::{Access, Policy};
use tokenctl::restriction::{PolicyRestriction, Restriction, RestrictionError, Widening};
use tokenctl::selector::Selector;
use tokenctl::store::{ChangeError, Store};

use super::{
    Factory, add, apply, at, events, id, issue, issue_shaped, name, revoke, selector, token,
    try_apply,
};

fn restriction(shape: impl FnOnce(&mut Restriction)) -> Box<Restriction> {
    let mut restriction = Restriction::default();
    shape(&mut restriction);
    Box::new(restriction)
}

fn to_read_only() -> Box<Restriction> {
    restriction(|it| it.policy = Some(PolicyRestriction::Intersect(Policy::read_only())))
}

fn restrict(ids: &[u32], restriction: Box<Restriction>) -> Change {
    Change::Restrict {
        tokens: Target::Ids(ids.iter().copied().map(id).collect()),
        restriction,
    }
}

fn restrict_matching(selector: Selector) -> Change {
    Change::Restrict {
        tokens: Target::Matching(selector),
        restriction: to_read_only(),
    }
}

fn may_delete(store: &dyn Store, number: u32) -> bool {
    let policy = token(store, number).policy.read().unwrap();
    let access = Access {
        method: "DELETE",
        resource: None,
        id: None,
    };
    policy.decide(&access).allowed
}

fn assert_chain_holds(store: &dyn Store) {
    let mut check = ChainCheck::default();
    for event in &events(store) {
        check.admit(event).unwrap();
    }
}

pub(crate) fn restriction_is_kept_as_asked_for(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    let networks = |blocks: &[&str]| Some(Networks::parse(blocks).unwrap());
    let held = issue_shaped(1, "alice", |issued| {
        issued.token.networks = networks(&["10.0.0.0/8", "192.0.2.0/24"]);
        issued.token.expires_at = Some(at(9_000));
    });
    apply(store, 1, &[add("alice"), held]);
    let asked = restriction(|it| {
        it.policy = Some(PolicyRestriction::Intersect(Policy::read_only()));
        it.networks = networks(&["10.1.0.0/16"]);
        it.expires_at = Some(Timestamp::new(5_000, 999_999_999).unwrap());
    });
    let applied = apply(store, 2, &[restrict(&[1], asked)]);
    let found = token(store, 1);
    assert!(applied.tokens[0].changed);
    assert_eq!(applied.tokens[0].record, found);
    assert_eq!(found.policy.read().unwrap(), Policy::read_only());
    assert_eq!(found.networks, networks(&["10.1.0.0/16"]));
    assert_eq!(found.expires_at, Some(at(5_000)), "an end is never put off");
    assert_eq!((found.revision, found.updated_at), (2, at(2)));
    assert_eq!((found.created_at, found.revoked_at), (at(1), None));
}

pub(crate) fn restricted_tokens_have_one_event_each(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    apply(
        store,
        1,
        &[add("alice"), issue(1, "alice"), issue(2, "alice")],
    );
    let applied = apply(store, 2, &[restrict(&[2, 1, 2], to_read_only())]);
    assert_eq!(applied.tokens.len(), 2, "one that is named twice is one");
    let written = events(store).split_off(3);
    let told: Vec<_> = written
        .iter()
        .map(|event| (event.action.as_str(), event.token.as_deref().unwrap()))
        .collect();
    let (one, two) = (id(1), id(2));
    assert_eq!(
        told,
        [
            ("token.restricted", two.as_str()),
            ("token.restricted", one.as_str())
        ]
    );
    let details: Value = serde_json::from_str(&written[0].details).unwrap();
    assert_eq!(details["policy"]["from"], "{}");
    assert_eq!(details["policy"]["to"], Policy::read_only().as_str());
    assert_chain_holds(store);
}

pub(crate) fn restriction_that_takes_nothing_makes_no_event(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    apply(store, 1, &[add("alice"), issue(1, "alice")]);
    apply(store, 2, &[restrict(&[1], to_read_only())]);
    let before = (events(store), token(store, 1));
    let applied = apply(store, 3, &[restrict(&[1], to_read_only())]);
    assert!(!applied.tokens[0].changed);
    assert_eq!((events(store), token(store, 1)), before);
}

pub(crate) fn dry_run_of_a_restriction_changes_nothing(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    apply(store, 1, &[add("alice"), issue(1, "alice")]);
    let before = (events(store), token(store, 1));
    let told = store
        .apply(
            &[restrict(&[1], to_read_only())],
            &Actor::named("tester"),
            at(2),
            Mode::DryRun,
        )
        .unwrap();
    let planned = &told.tokens[0];
    assert!(planned.changed);
    assert_eq!(planned.record.policy.read().unwrap(), Policy::read_only());
    assert_eq!((events(store), token(store, 1)), before);
}

pub(crate) fn selected_tokens_are_restricted_together(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    let narrow = issue_shaped(3, "alice", |issued| {
        issued.token.policy = Policy::read_only();
    });
    apply(
        store,
        1,
        &[
            add("alice"),
            add("bob"),
            issue(1, "alice"),
            issue(2, "alice"),
            narrow,
            issue(4, "bob"),
        ],
    );
    let before = events(store).len();
    let alices = selector(|it| it.users = vec![name("alice")]);
    let applied = apply(store, 2, &[restrict_matching(alices)]);
    let mut told: Vec<_> = applied
        .tokens
        .iter()
        .map(|hit| (hit.record.id, hit.changed))
        .collect();
    told.sort();
    assert_eq!(told, [(id(1), true), (id(2), true), (id(3), false)]);
    assert_eq!(events(store).len(), before + 2);
    assert_chain_holds(store);
    assert!(!may_delete(store, 1) && !may_delete(store, 2));
    assert!(may_delete(store, 4));
    let refused = try_apply(store, 3, &[restrict_matching(Selector::default())]);
    assert!(
        matches!(refused, Err(ChangeError::NothingChosen)),
        "{refused:?}"
    );
    assert!(may_delete(store, 4));
}

pub(crate) fn one_refused_restriction_stops_the_whole_change(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    let elsewhere = issue_shaped(2, "alice", |issued| {
        issued.token.networks = Some(Networks::parse(&["192.0.2.0/24"]).unwrap());
    });
    apply(store, 1, &[add("alice"), issue(1, "alice"), elsewhere]);
    let before = (events(store), token(store, 1), token(store, 2));
    let asked = restriction(|it| {
        it.networks = Some(Networks::parse(&["10.0.0.0/8"]).unwrap());
    });
    let refused = try_apply(store, 2, &[restrict(&[1, 2], asked)]);
    assert!(
        matches!(
            &refused,
            Err(ChangeError::Restriction { id: refused, why: RestrictionError::NoNetworkLeft }) if *refused == id(2)
        ),
        "{refused:?}"
    );
    let refused = try_apply(store, 2, &[restrict(&[1, 7], to_read_only())]);
    assert!(
        matches!(&refused, Err(ChangeError::NoSuchToken { id: missing }) if *missing == id(7)),
        "{refused:?}"
    );
    assert_eq!((events(store), token(store, 1), token(store, 2)), before);
}

pub(crate) fn token_changed_after_a_look_is_not_restricted(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    apply(
        store,
        1,
        &[add("alice"), issue(1, "alice"), issue(2, "alice")],
    );
    let seen = |number| (id(number), token(store, number).revision);
    let restrict_seen = |revisions| Change::Restrict {
        tokens: Target::Revisions(revisions),
        restriction: to_read_only(),
    };
    let looked_at = vec![seen(1), seen(2)];
    apply(store, 2, &[revoke(&[2], "leaked")]);
    let before = (events(store), token(store, 1), token(store, 2));
    let refused = try_apply(store, 3, &[restrict_seen(looked_at)]);
    assert!(
        matches!(&refused, Err(ChangeError::ChangedMeanwhile { id: changed }) if *changed == id(2)),
        "{refused:?}"
    );
    assert_eq!((events(store), token(store, 1), token(store, 2)), before);
    apply(store, 4, &[restrict_seen(vec![seen(1), seen(2)])]);
    assert!(!may_delete(store, 1) && !may_delete(store, 2));
    assert_eq!(token(store, 2).revoked_at, Some(at(2)));
    // A use is no change of the token.
    let looked_at = vec![seen(1)];
    store.touch(&[(id(1), at(5))]).unwrap();
    assert_eq!(apply(store, 6, &[restrict_seen(looked_at)]).tokens.len(), 1);
}

pub(crate) fn widening_is_refused_unless_it_is_wanted(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    let replace = |policy: &Policy, widening| {
        restrict(
            &[1],
            restriction(|it| {
                it.policy = Some(PolicyRestriction::Replace {
                    policy: policy.clone(),
                    widening,
                });
            }),
        )
    };
    apply(store, 1, &[add("alice"), issue(1, "alice")]);
    apply(store, 2, &[restrict(&[1], to_read_only())]);
    let refused = try_apply(
        store,
        3,
        &[replace(&Policy::full_access(), Widening::Refused)],
    );
    let Err(ChangeError::Restriction {
        why: RestrictionError::Widens { cell },
        ..
    }) = refused
    else {
        panic!("{refused:?}");
    };
    let witness = cell.witness(&[&Policy::read_only(), &Policy::full_access()]);
    assert!(!Policy::read_only().decide(&witness.access()).allowed);
    assert!(!may_delete(store, 1));
    apply(
        store,
        4,
        &[replace(&Policy::full_access(), Widening::Allowed)],
    );
    assert!(may_delete(store, 1));
    assert_chain_holds(store);
}
