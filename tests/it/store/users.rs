//! What every store does with users.

use tokenctl::change::Change;
use tokenctl::store::ChangeError;

use super::{
    Factory, add, apply, at, digest, events, issue, name, reason, revoke, token, try_apply,
};

pub(crate) fn user_is_found_by_the_present_name(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    let applied = apply(store, 100, &[add("alice")]);
    assert_eq!(applied.users.len(), 1);
    let alice = store.find_user(&name("alice")).unwrap().unwrap();
    assert_eq!((alice.created_at, alice.disabled_at), (at(100), None));

    let rename = Change::RenameUser {
        name: name("alice"),
        to: name("carol"),
    };
    apply(store, 200, &[issue(1, "alice"), rename]);
    assert_eq!(store.find_user(&name("alice")).unwrap(), None);
    let carol = store.find_user(&name("carol")).unwrap().unwrap();
    assert_eq!((carol.created_at, carol.updated_at), (at(100), at(200)));
    assert_eq!(token(store, 1).owner.name, name("carol"));

    apply(store, 300, &[add("bob")]);
    let names: Vec<_> = store.users().unwrap().into_iter().map(|u| u.name).collect();
    assert_eq!(names, [name("bob"), name("carol")]);
}

pub(crate) fn user_is_known_by_the_last_name_also_when_deleted(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    let rename = Change::RenameUser {
        name: name("alice"),
        to: name("carol"),
    };
    let delete = Change::DeleteUser {
        name: name("carol"),
        reason: reason("left"),
    };
    apply(store, 1, &[add("alice"), rename]);
    let known = || ["alice", "carol", "dave"].map(|who| store.knows_user(&name(who)).unwrap());
    assert_eq!(known(), [false, true, false]);
    apply(store, 2, &[delete]);
    assert_eq!(known(), [false, true, false]);
}

pub(crate) fn name_once_used_is_never_given_again(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    let rename = Change::RenameUser {
        name: name("alice"),
        to: name("carol"),
    };
    apply(store, 1, &[add("alice"), add("bob"), rename]);
    let delete = Change::DeleteUser {
        name: name("bob"),
        reason: reason("left"),
    };
    apply(store, 2, &[delete]);
    let before = events(store);
    for reserved in ["alice", "bob"] {
        let refused = try_apply(store, 3, &[add(reserved)]);
        assert!(
            matches!(&refused, Err(ChangeError::NameReserved { name }) if name.as_str() == reserved),
            "{refused:?}"
        );
    }
    let refused = try_apply(store, 3, &[add("carol")]);
    assert!(
        matches!(refused, Err(ChangeError::NameTaken { .. })),
        "{refused:?}"
    );
    assert_eq!(events(store), before);
}

pub(crate) fn name_that_looks_like_another_is_refused(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    apply(store, 1, &[add("alice"), add("dave")]);
    let rename = Change::RenameUser {
        name: name("dave"),
        to: name("ALICE"),
    };
    for change in [add("Alice"), add("a1ice"), rename] {
        let refused = try_apply(store, 2, &[change]);
        assert!(
            matches!(&refused, Err(ChangeError::LookAlike { existing, .. }) if existing.as_str() == "alice"),
            "{refused:?}"
        );
    }
    assert_eq!(store.users().unwrap().len(), 2);
}

pub(crate) fn disabled_user_keeps_the_first_date_until_enabled(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    let disable = Change::DisableUser {
        name: name("alice"),
    };
    let enable = Change::EnableUser {
        name: name("alice"),
    };
    apply(store, 1, &[add("alice"), issue(1, "alice")]);
    assert!(apply(store, 2, std::slice::from_ref(&disable)).users[0].changed);
    assert!(!apply(store, 3, &[disable]).users[0].changed);
    assert_eq!(token(store, 1).owner.disabled_at, Some(at(2)));
    assert!(apply(store, 4, std::slice::from_ref(&enable)).users[0].changed);
    assert!(!apply(store, 5, &[enable]).users[0].changed);
    assert_eq!(token(store, 1).owner.disabled_at, None);
    assert_eq!(events(store).len(), 4, "no event for what was so already");
}

pub(crate) fn deleted_user_leaves_revoked_tokens(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    apply(
        store,
        1,
        &[
            add("alice"),
            add("bob"),
            issue(1, "alice"),
            issue(2, "alice"),
            issue(3, "bob"),
        ],
    );
    apply(store, 2, &[revoke(&[1], "first")]);
    let delete = Change::DeleteUser {
        name: name("alice"),
        reason: reason("left"),
    };
    let applied = apply(store, 3, std::slice::from_ref(&delete));
    let changed: Vec<bool> = applied.tokens.iter().map(|hit| hit.changed).collect();
    assert_eq!(changed, [false, true]);
    assert_eq!(token(store, 1).revoked_at, Some(at(2)));
    let second = store.find_by_digest(&digest(2)).unwrap().unwrap();
    assert_eq!(
        (second.revoked_at, second.revoked_reason.as_str()),
        (Some(at(3)), "left")
    );
    assert_eq!(second.owner.disabled_at, Some(at(3)));
    assert_eq!(token(store, 3).revoked_at, None);
    assert_eq!(store.find_user(&name("alice")).unwrap(), None);
    for change in [
        delete,
        issue(4, "alice"),
        Change::EnableUser {
            name: name("alice"),
        },
    ] {
        let refused = try_apply(store, 4, &[change]);
        assert!(
            matches!(refused, Err(ChangeError::NoSuchUser { .. })),
            "{refused:?}"
        );
    }
}
