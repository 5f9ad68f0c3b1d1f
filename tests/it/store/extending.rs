//! What every store does with extensions.

use jiff::Timestamp;
use serde_json::{Value, json};
use tokenctl::change::{Change, Target};
use tokenctl::extension::{Extension, ExtensionError};
use tokenctl::selector::Selector;
use tokenctl::store::{ChangeError, Store};
use tokenctl::token::TokenState;

use super::{
    Factory, add, apply, at, events, id, issue, issue_shaped, revoke, selector, token, try_apply,
};

fn extend(ids: &[u32], extension: Extension) -> Change {
    Change::Extend {
        tokens: Target::Ids(ids.iter().copied().map(id).collect()),
        extension,
    }
}

fn to(second: i64) -> Extension {
    Extension::to(Some(at(second)))
}

fn ending(number: u32, second: i64) -> Change {
    issue_shaped(number, "alice", |issued| {
        issued.token.expires_at = Some(at(second));
    })
}

fn last_details(store: &dyn Store) -> Value {
    let event = events(store).pop().unwrap();
    assert_eq!(event.action, "token.extended");
    serde_json::from_str(&event.details).unwrap()
}

pub(crate) fn end_moves_to_later_and_is_recorded(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    apply(store, 1, &[add("alice"), ending(1, 50)]);
    let asked = Extension::to(Some(Timestamp::new(70, 999_999_999).unwrap()));
    let applied = apply(store, 2, &[extend(&[1], asked)]);
    let found = token(store, 1);
    assert!(applied.tokens[0].changed);
    assert_eq!(applied.tokens[0].record, found);
    assert_eq!(found.expires_at, Some(at(70)), "never later than asked for");
    assert_eq!((found.revision, found.updated_at), (2, at(2)));
    let expected = json!({
        "expires_at": { "from": "1970-01-01T00:00:50Z", "to": "1970-01-01T00:01:10Z" },
        "was_expired": false,
    });
    assert_eq!(last_details(store), expected);
    apply(store, 3, &[extend(&[1], Extension::to(None))]);
    assert_eq!(token(store, 1).expires_at, None);
    assert_eq!(last_details(store)["expires_at"]["to"], Value::Null);
}

pub(crate) fn expired_token_is_revived_when_asked_for_and_recorded_as_such(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    apply(store, 1, &[add("alice"), ending(1, 50)]);
    let refused = try_apply(store, 50, &[extend(&[1], to(90))]);
    assert!(
        matches!(
            &refused,
            Err(ChangeError::Extension { why: ExtensionError::Expired { since }, .. }) if *since == at(50)
        ),
        "{refused:?}"
    );
    assert_eq!(token(store, 1).state(at(60)).as_str(), "expired");
    apply(store, 60, &[extend(&[1], to(90).reviving())]);
    assert_eq!(token(store, 1).state(at(60)), TokenState::Active);
    assert_eq!(last_details(store)["was_expired"], true);
}

pub(crate) fn named_token_that_may_not_be_extended_stops_the_whole_change(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    apply(store, 1, &[add("alice"), ending(1, 50), ending(2, 50)]);
    apply(store, 2, &[revoke(&[2], "leaked")]);
    let before = (events(store), token(store, 1), token(store, 2));
    for extension in [to(90), to(90).reviving()] {
        let refused = try_apply(store, 3, &[extend(&[1, 2], extension)]);
        assert!(
            matches!(
                &refused,
                Err(ChangeError::Extension { id: dead, why: ExtensionError::Revoked { .. } }) if *dead == id(2)
            ),
            "{refused:?}"
        );
    }
    let refused = try_apply(store, 3, &[extend(&[1], to(49))]);
    assert!(
        matches!(
            refused,
            Err(ChangeError::Extension {
                why: ExtensionError::Earlier { .. },
                ..
            })
        ),
        "{refused:?}"
    );
    assert_eq!((events(store), token(store, 1), token(store, 2)), before);
}

pub(crate) fn described_tokens_that_may_not_be_extended_are_left(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    let issues = [
        add("alice"),
        ending(1, 50),
        ending(2, 50),
        ending(3, 5),
        ending(4, 95),
        issue(5, "alice"),
    ];
    apply(store, 1, &issues);
    apply(store, 2, &[revoke(&[2], "leaked")]);
    let before = events(store).len();
    let all = |extension| Change::Extend {
        tokens: Target::Matching(selector(|s: &mut Selector| s.all = true)),
        extension,
    };
    let changed = |change| {
        let applied = apply(store, 10, &[change]);
        let changed = applied.tokens.iter().map(|hit| hit.changed);
        changed.collect::<Vec<_>>()
    };
    assert_eq!(changed(all(to(90))), [true, false, false, false, false]);
    assert_eq!(
        changed(all(to(92).reviving())),
        [true, false, true, false, false]
    );
    assert_eq!(events(store).len(), before + 3);
    assert_eq!(token(store, 2).state(at(10)).as_str(), "revoked");
    assert_eq!(token(store, 4).expires_at, Some(at(95)));
    assert_eq!(token(store, 5).expires_at, None);
}

pub(crate) fn extension_that_changes_nothing_makes_no_event(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    apply(store, 1, &[add("alice"), ending(1, 50), issue(2, "alice")]);
    let before = (events(store), token(store, 1));
    assert!(!apply(store, 2, &[extend(&[1], to(50))]).tokens[0].changed);
    let never = extend(&[2], Extension::to(None));
    assert!(!apply(store, 2, &[never]).tokens[0].changed);
    assert_eq!((events(store), token(store, 1)), before);
}
