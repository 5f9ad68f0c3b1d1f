//! What every store does with rotations.

use std::thread;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use tokenctl::change::{Actor, Change, IssuedToken, Mode, Target};
use tokenctl::network::Networks;
use tokenctl::policy::Policy;
use tokenctl::rotation::{Rotation, RotationError, RotationUndo, SuccessorEnd};
use tokenctl::store::{ChangeError, Store};
use tokenctl::token::TokenState;

use super::{
    Factory, add, apply, at, digest, events, id, issue, issue_shaped, reason, revoke, token,
    try_apply,
};

/// Returns the rotation of token `old`, at its first revision, to token `new`.
pub(crate) fn rotate_shaped(old: u32, new: u32, shape: impl FnOnce(&mut Rotation)) -> Change {
    let mut rotation = Rotation {
        token: id(old),
        revision: 1,
        successor: id(new),
        digest: digest(new),
        generator: "tokenctl_v1".into(),
        expires_at: SuccessorEnd::Kept,
        overlap: Duration::ZERO,
    };
    shape(&mut rotation);
    Change::Rotate(Box::new(rotation))
}

pub(crate) fn rotate(old: u32, new: u32) -> Change {
    rotate_shaped(old, new, |_| {})
}

fn undo(old: u32, new: u32, expires_at: Option<Timestamp>) -> Change {
    Change::UndoRotation(Box::new(RotationUndo {
        token: id(old),
        revision: 2,
        expires_at,
        successor: id(new),
        reason: reason("lost"),
    }))
}

fn rich(issued: &mut IssuedToken) {
    issued.token.expires_at = Some(at(5_000));
    issued.token.note = reason("nightly");
    issued.token.labels.insert("team=web").unwrap();
    issued.token.networks = Some(Networks::parse(&["10.0.0.0/8"]).unwrap());
    issued.token.policy = Policy::read_only();
    issued.generator = "legacy_sha1".into();
}

fn refusal(refused: Result<tokenctl::change::Applied, ChangeError>) -> RotationError {
    match refused {
        Err(ChangeError::Rotation { why, .. }) => why,
        other => panic!("{other:?}"),
    }
}

/// Everything that a failed change must leave as it was.
fn state(store: &dyn Store) -> impl PartialEq + std::fmt::Debug + use<> {
    (
        events(store),
        store.find_token(&id(1)).unwrap(),
        store.find_token(&id(2)).unwrap(),
        store.find_by_digest(&digest(2)).unwrap(),
    )
}

pub(crate) fn successor_has_the_rights_of_the_old_token_and_the_old_ends(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    apply(store, 100, &[add("alice"), issue_shaped(1, "alice", rich)]);
    let before = token(store, 1);
    let change = rotate_shaped(1, 2, |it| it.generator = "legacy_sha1".into());
    let applied = apply(store, 200, &[change]);
    let (old, new) = (token(store, 1), token(store, 2));
    assert_eq!(applied.tokens[0].record, new);
    assert_eq!(applied.tokens[1].record, old);
    assert_eq!(store.find_by_digest(&digest(2)).unwrap(), Some(new.clone()));

    assert_eq!(old.state(at(200)), TokenState::Rotated { since: at(200) });
    assert_eq!(old.rotated_to, Some(id(2)));
    assert_eq!((old.revision, old.updated_at), (2, at(200)));

    assert_eq!(new.state(at(4_999)), TokenState::Active);
    assert_eq!(new.owner, before.owner);
    assert_eq!(
        (&new.policy, &new.networks),
        (&before.policy, &before.networks)
    );
    assert_eq!((&new.note, &new.labels), (&before.note, &before.labels));
    assert_eq!(
        (new.expires_at, &new.generator),
        (Some(at(5_000)), &before.generator)
    );
    assert_eq!((new.family, new.rotated_to), (id(1), None));
    assert_eq!((new.created_at, new.revision), (at(200), 1));
    assert_eq!((new.last_used_at, new.suspended_at), (None, None));

    apply(store, 300, &[rotate(2, 3)]);
    assert_eq!(
        token(store, 3).family,
        id(1),
        "one family through all of it"
    );
}

pub(crate) fn rotation_has_an_event_for_each_of_the_two(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    apply(store, 100, &[add("alice"), issue_shaped(1, "alice", rich)]);
    apply(store, 200, &[rotate(1, 2)]);
    let written = events(store).split_off(2);
    let told: Vec<_> = written
        .iter()
        .map(|event| (event.action.as_str(), event.token.clone().unwrap()))
        .collect();
    assert_eq!(
        told,
        [
            ("token.issued", id(2).to_string()),
            ("token.rotated", id(1).to_string())
        ]
    );
    let details = |at: usize| -> Value { serde_json::from_str(&written[at].details).unwrap() };
    assert_eq!(details(0)["rotated_from"], id(1).as_str());
    assert_eq!(details(0)["note"], "nightly");
    let expected = json!({
        "rotated_to": id(2).as_str(),
        "expires_at": { "from": "1970-01-01T01:23:20Z", "to": "1970-01-01T00:03:20Z" },
    });
    assert_eq!(details(1), expected);
}

pub(crate) fn old_token_lives_through_its_overlap_and_not_past_its_own_end(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    let overlap =
        |old, new, seconds| rotate_shaped(old, new, |it| it.overlap = Duration::from_secs(seconds));
    apply(
        store,
        100,
        &[
            add("alice"),
            issue_shaped(1, "alice", rich),
            issue(2, "alice"),
        ],
    );
    apply(store, 200, &[overlap(1, 11, 9_999), overlap(2, 12, 50)]);
    assert_eq!(token(store, 1).expires_at, Some(at(5_000)));
    let second = token(store, 2);
    assert_eq!(second.state(at(249)), TokenState::Active);
    assert_eq!(
        second.state(at(250)),
        TokenState::Rotated { since: at(250) }
    );
    assert_eq!(token(store, 12).expires_at, None, "as the old one before");
}

pub(crate) fn successor_may_have_an_end_of_its_own(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    apply(
        store,
        100,
        &[
            add("alice"),
            issue_shaped(1, "alice", rich),
            issue(2, "alice"),
        ],
    );
    let ending =
        |old, new, end| rotate_shaped(old, new, |it| it.expires_at = SuccessorEnd::At(end));
    let later = Timestamp::new(9_000, 999_999_999).unwrap();
    apply(
        store,
        200,
        &[ending(1, 11, None), ending(2, 12, Some(later))],
    );
    assert_eq!(token(store, 11).expires_at, None);
    assert_eq!(token(store, 12).expires_at, Some(at(9_000)));
    assert_eq!(token(store, 2).expires_at, Some(at(200)));
}

pub(crate) fn only_an_active_token_is_rotated_and_only_once(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    let ending = issue_shaped(4, "alice", |issued| issued.token.expires_at = Some(at(150)));
    apply(
        store,
        100,
        &[
            add("alice"),
            issue(1, "alice"),
            issue(3, "alice"),
            ending,
            issue(5, "alice"),
        ],
    );
    let suspend = Change::Suspend {
        tokens: Target::Ids(vec![id(5)]),
    };
    apply(store, 110, &[revoke(&[3], "leaked"), suspend]);
    for (number, revision, word) in [(3, 2, "revoked"), (4, 1, "expired"), (5, 2, "suspended")] {
        let before = state(store);
        let change = rotate_shaped(number, 2, |it| it.revision = revision);
        let why = refusal(try_apply(store, 200, &[change]));
        assert_eq!(why.to_string(), format!("it is {word}"));
        assert_eq!(state(store), before);
    }
    let overlapping = rotate_shaped(1, 7, |it| it.overlap = Duration::from_secs(1_000));
    apply(store, 200, &[overlapping]);
    for second in [300, 2_000] {
        let before = state(store);
        let change = rotate_shaped(1, 2, |it| it.revision = 2);
        let why = refusal(try_apply(store, second, &[change]));
        assert_eq!(why, RotationError::Rotated { successor: id(7) });
        assert_eq!(state(store), before);
    }
    let missing = try_apply(store, 200, &[rotate(99, 2)]);
    assert!(
        matches!(missing, Err(ChangeError::NoSuchToken { .. })),
        "{missing:?}"
    );
}

pub(crate) fn token_changed_after_a_look_is_not_rotated(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    apply(store, 100, &[add("alice"), issue(1, "alice")]);
    let before = state(store);
    let refused = try_apply(store, 200, &[rotate_shaped(1, 2, |it| it.revision = 2)]);
    assert!(
        matches!(refused, Err(ChangeError::ChangedMeanwhile { .. })),
        "{refused:?}"
    );
    let taken = rotate_shaped(1, 2, |it| it.digest = digest(1));
    let refused = try_apply(store, 200, &[taken]);
    assert!(
        matches!(refused, Err(ChangeError::Collision)),
        "{refused:?}"
    );
    let planned = store
        .apply(
            &[rotate(1, 2)],
            &Actor::named("tester"),
            at(200),
            Mode::DryRun,
        )
        .unwrap();
    assert_eq!(planned.tokens.len(), 2);
    assert_eq!(state(store), before);
}

pub(crate) fn of_two_rotations_at_once_one_wins(make: Factory) {
    const ROUNDS: u32 = 20;
    let fresh = make();
    let store = fresh.store.as_ref();
    apply(store, 100, &[add("alice")]);
    for round in 0..ROUNDS {
        let old = round * 10;
        apply(store, 100, &[issue(old, "alice")]);
        let outcomes: Vec<_> = thread::scope(|scope| {
            let rivals: Vec<_> = [old + 1, old + 2]
                .map(|new| scope.spawn(move || try_apply(store, 200, &[rotate(old, new)])))
                .into();
            rivals
                .into_iter()
                .map(|rival| rival.join().unwrap())
                .collect()
        });
        let winner = token(store, old).rotated_to.unwrap();
        let won: Vec<_> = outcomes.iter().flatten().collect();
        assert_eq!(won.len(), 1);
        assert_eq!(won[0].tokens[0].record.id, winner);
        for outcome in outcomes {
            if let Err(error) = outcome {
                let why = refusal(Err(error));
                assert_eq!(why, RotationError::Rotated { successor: winner });
            }
        }
        let both = [old + 1, old + 2].map(|new| store.find_token(&id(new)).unwrap());
        assert_eq!(both.iter().flatten().count(), 1);
    }
}

pub(crate) fn rotation_whose_secret_was_lost_is_taken_back(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    apply(store, 100, &[add("alice"), issue_shaped(1, "alice", rich)]);
    let before = token(store, 1);
    apply(store, 200, &[rotate(1, 2)]);
    apply(store, 201, &[undo(1, 2, before.expires_at)]);
    let (old, lost) = (token(store, 1), token(store, 2));
    assert_eq!(old.state(at(201)), TokenState::Active);
    assert_eq!((old.rotated_to, old.expires_at), (None, before.expires_at));
    assert_eq!((old.revision, old.updated_at), (3, at(201)));
    assert_eq!(lost.state(at(201)), TokenState::Revoked { since: at(201) });
    assert_eq!(lost.revoked_reason.as_str(), "lost");
    let written = events(store).split_off(4);
    let told: Vec<_> = written.iter().map(|event| event.action.as_str()).collect();
    assert_eq!(told, ["token.revoked", "token.rotation_undone"]);
    apply(store, 300, &[rotate_shaped(1, 3, |it| it.revision = 3)]);
    assert_eq!(token(store, 1).rotated_to, Some(id(3)));
}

pub(crate) fn rotation_is_not_taken_back_once_somebody_has_the_secret(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    apply(store, 100, &[add("alice"), issue(1, "alice")]);
    apply(store, 200, &[rotate(1, 2)]);
    store.touch(&[(id(2), at(210))]).unwrap();
    let before = state(store);
    let why = refusal(try_apply(store, 220, &[undo(1, 2, None)]));
    assert_eq!(why, RotationError::SuccessorUsed);
    assert_eq!(state(store), before);
}

pub(crate) fn rotation_is_not_taken_back_over_a_later_change(make: Factory) {
    let fresh = make();
    let store = fresh.store.as_ref();
    apply(
        store,
        100,
        &[add("alice"), issue(1, "alice"), issue(5, "alice")],
    );
    apply(store, 200, &[rotate(1, 2), rotate(5, 6)]);
    apply(store, 210, &[revoke(&[1], "leaked"), rotate(6, 7)]);
    for (old, new) in [(1, 2), (5, 6), (5, 7), (2, 1)] {
        let before = state(store);
        let refused = try_apply(store, 220, &[undo(old, new, None)]);
        assert!(
            matches!(refused, Err(ChangeError::ChangedMeanwhile { .. })),
            "{refused:?}"
        );
        assert_eq!(state(store), before);
    }
    assert_eq!(token(store, 1).state(at(220)).as_str(), "revoked");
}
