//! What every store does with the use of secrets that were rotated out.

use serde_json::{Value, json};
use tokenctl::change::{Applied, Change, Target};
use tokenctl::rotation::{OnReuse, Reuse};
use tokenctl::store::Store;

use super::rotating::rotate_shaped;
use super::{Factory, add, apply, at, events, id, issue, revoke, token};

fn reuse(store: &dyn Store, now: i64, uses: &[(u32, i64)], on_reuse: OnReuse) -> Applied {
    let reuse = Reuse {
        uses: uses
            .iter()
            .map(|(number, second)| (id(*number), at(*second)))
            .collect(),
        resolution: 60,
        on_reuse,
    };
    apply(store, now, &[Change::Reuse(Box::new(reuse))])
}

fn rotate(store: &dyn Store, now: i64, old: u32, new: u32) {
    let revision = token(store, old).revision;
    let change = rotate_shaped(old, new, |it| it.revision = revision);
    apply(store, now, &[change]);
}

/// Makes a store in which token 1 was replaced by 2, and that by 3; token 9 has nothing to do with them.
fn with_family(store: &dyn Store) {
    apply(
        store,
        100,
        &[add("alice"), issue(1, "alice"), issue(9, "alice")],
    );
    rotate(store, 200, 1, 2);
    rotate(store, 300, 2, 3);
}

fn state(store: &dyn Store, number: u32) -> &'static str {
    token(store, number).state(at(999)).as_str()
}

fn actions(store: &dyn Store, after: usize) -> Vec<(String, String)> {
    let written = events(store).split_off(after);
    written
        .into_iter()
        .map(|event| (event.action, event.token.unwrap()))
        .collect()
}

pub(crate) fn reuse_is_recorded_and_changes_no_token(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    with_family(store);
    let before = (events(store).len(), token(store, 1), token(store, 3));
    reuse(store, 400, &[(1, 390), (2, 400)], OnReuse::Log);
    let told = |number| ("token.reused".to_owned(), id(number).to_string());
    assert_eq!(actions(store, before.0), [told(1), told(2)]);
    let event = events(store).swap_remove(before.0);
    let details: Value = serde_json::from_str(&event.details).unwrap();
    assert_eq!(
        details,
        json!({ "at": "1970-01-01T00:06:30Z", "on_reuse": "log" })
    );
    assert_eq!((token(store, 1), token(store, 3)), (before.1, before.2));
}

pub(crate) fn reuse_is_recorded_once_per_token_and_resolution(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    with_family(store);
    let before = events(store).len();
    for (second, expected) in [(400, 1), (401, 1), (459, 1), (460, 2), (519, 2), (520, 3)] {
        let applied = reuse(store, second, &[(1, second)], OnReuse::Log);
        let written = events(store).len() - before;
        assert_eq!(written, expected, "at {second}");
        assert_eq!(applied.tokens.len(), 1);
    }
    reuse(store, 521, &[(2, 521)], OnReuse::Log);
    assert_eq!(events(store).len() - before, 4, "each token for itself");
}

pub(crate) fn reuse_revokes_the_family_where_that_is_wanted(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    with_family(store);
    reuse(store, 390, &[(1, 390)], OnReuse::Log);
    let before = events(store).len();
    // Within the resolution: what is alive is revoked all the same.
    reuse(store, 400, &[(1, 400)], OnReuse::RevokeFamily);
    let told = |action: &str, number| (action.to_owned(), id(number).to_string());
    assert_eq!(
        actions(store, before),
        [told("token.reused", 1), told("token.revoked", 3)]
    );
    assert_eq!(
        [1, 2, 3, 9].map(|number| state(store, number)),
        ["rotated", "rotated", "revoked", "active"]
    );
    let last = token(store, 3);
    assert_eq!(last.revoked_at, Some(at(400)));
    assert_eq!(
        last.revoked_reason.as_str(),
        "a secret of its family that was rotated out was used"
    );
    reuse(store, 410, &[(1, 410)], OnReuse::RevokeFamily);
    assert_eq!(events(store).len(), before + 2, "nothing is left to revoke");
}

pub(crate) fn family_that_could_live_again_is_revoked_too(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    with_family(store);
    let suspend = Change::Suspend {
        tokens: Target::Ids(vec![id(3)]),
    };
    apply(store, 310, &[suspend]);
    reuse(store, 400, &[(2, 400)], OnReuse::RevokeFamily);
    assert_eq!(state(store, 3), "revoked");
    assert_eq!(token(store, 3).suspended_at, Some(at(310)));
}

pub(crate) fn token_that_is_not_rotated_out_is_passed_over(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    with_family(store);
    apply(store, 310, &[revoke(&[1], "leaked")]);
    let before = events(store).len();
    for number in [1, 3, 9, 77] {
        let applied = reuse(store, 400, &[(number, 400)], OnReuse::RevokeFamily);
        assert!(applied.tokens.is_empty());
    }
    // Its secret was used before the rotation, and that is told late.
    reuse(store, 400, &[(2, 299)], OnReuse::RevokeFamily);
    assert_eq!(events(store).len(), before);
}
