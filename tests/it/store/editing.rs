//! What every store does with notes and labels.

use serde_json::{Value, json};
use tokenctl::change::{Actor, Change, Mode, Target};
use tokenctl::edit::Edit;
use tokenctl::label::{LabelError, Labels};
use tokenctl::selector::Listing;
use tokenctl::store::{ChangeError, Store};

use super::{
    Factory, add, apply, at, events, id, issue, issue_shaped, reason, revoke, selector, token,
    try_apply,
};

fn edit(ids: &[u32], shape: impl FnOnce(&mut Edit)) -> Change {
    let mut edit = Edit::default();
    shape(&mut edit);
    Change::Edit {
        tokens: Target::Ids(ids.iter().copied().map(id).collect()),
        edit: Box::new(edit),
    }
}

fn labels(pairs: &[&str]) -> Labels {
    let mut labels = Labels::default();
    for pair in pairs {
        labels.insert(pair).unwrap();
    }
    labels
}

fn labelled(pairs: &[&str]) -> Change {
    let labels = labels(pairs);
    issue_shaped(1, "alice", |issued| issued.token.labels = labels)
}

pub(crate) fn note_and_labels_are_written_and_recorded(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    apply(
        store,
        1,
        &[add("alice"), labelled(&["team=web", "env=test"])],
    );
    let change = edit(&[1], |edit| {
        edit.note = Some(reason("nightly"));
        edit.labels = labels(&["team=infra"]);
        edit.remove_labels = ["env".to_owned()].into();
    });
    let applied = apply(store, 2, &[change]);
    let found = token(store, 1);
    assert!(applied.tokens[0].changed);
    assert_eq!(applied.tokens[0].record, found);
    assert_eq!(found.note.as_str(), "nightly");
    assert_eq!(found.labels, labels(&["team=infra"]));
    assert_eq!((found.revision, found.updated_at), (2, at(2)));
    let event = events(store).pop().unwrap();
    assert_eq!(event.action, "token.edited");
    let details: Value = serde_json::from_str(&event.details).unwrap();
    let expected = json!({
        "note": { "from": "", "to": "nightly" },
        "labels": { "from": { "env": "test", "team": "web" }, "to": { "team": "infra" } },
    });
    assert_eq!(details, expected);
}

pub(crate) fn edit_that_changes_nothing_makes_no_event(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    apply(store, 1, &[add("alice"), labelled(&["team=web"])]);
    let before = (events(store), token(store, 1));
    let same = edit(&[1], |edit| {
        edit.note = Some(reason(""));
        edit.labels = labels(&["team=web"]);
        edit.remove_labels = ["none".to_owned()].into();
    });
    assert!(!apply(store, 2, &[same]).tokens[0].changed);
    let other = edit(&[1], |edit| edit.note = Some(reason("x")));
    let planned = store
        .apply(&[other], &Actor::named("tester"), at(2), Mode::DryRun)
        .unwrap();
    assert_eq!(planned.tokens[0].record.note.as_str(), "x");
    assert_eq!((events(store), token(store, 1)), before);
}

pub(crate) fn dead_token_can_be_edited(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    apply(store, 1, &[add("alice"), issue(1, "alice")]);
    apply(store, 2, &[revoke(&[1], "leaked")]);
    let change = edit(&[1], |edit| edit.note = Some(reason("was in a log")));
    assert!(apply(store, 3, &[change]).tokens[0].changed);
    let found = token(store, 1);
    assert_eq!(found.note.as_str(), "was in a log");
    assert_eq!(
        (found.revoked_at, found.revoked_reason.as_str()),
        (Some(at(2)), "leaked")
    );
}

pub(crate) fn too_many_labels_stop_the_whole_change(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    let full: Vec<String> = (0..Labels::MAX_COUNT).map(|n| format!("k{n}=v")).collect();
    let full: Vec<&str> = full.iter().map(String::as_str).collect();
    apply(
        store,
        1,
        &[add("alice"), labelled(&full), issue(2, "alice")],
    );
    let before = events(store);
    let change = edit(&[2, 1], |edit| edit.labels = labels(&["more=v"]));
    let refused = try_apply(store, 2, &[change]);
    assert!(
        matches!(&refused, Err(ChangeError::Labels { id: full, why: LabelError::TooMany }) if *full == id(1)),
        "{refused:?}"
    );
    assert_eq!(events(store), before);
    assert!(token(store, 2).labels.is_empty());
}

pub(crate) fn edited_labels_are_found_and_the_old_are_not(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    apply(store, 1, &[add("alice"), labelled(&["team=web"])]);
    let new = labels(&["team=infra", "env=test"]);
    let change = edit(&[1], |edit| edit.labels = new);
    apply(store, 2, &[change]);
    for (pair, expected) in [
        (("team", "web"), 0),
        (("team", "infra"), 1),
        (("env", "test"), 1),
    ] {
        assert_eq!(found(store, pair), expected, "{pair:?}");
    }
}

fn found(store: &dyn Store, (key, value): (&str, &str)) -> usize {
    let by_label = selector(|s| s.labels = vec![(key.into(), value.into())]);
    let listing = Listing::of(by_label);
    store.list(&listing, at(9), usize::MAX).unwrap().len()
}
