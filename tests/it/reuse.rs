//! What servers do about secrets that were rotated out and are used again.

use std::sync::Arc;
use std::time::Duration;

use tokenctl::auth::session::MemorySession;
use tokenctl::auth::usage::UsageLog;
use tokenctl::change::{Actor, Change};
use tokenctl::outcome::OutcomeCode;
use tokenctl::rotation::{OnReuse, Rotation, SuccessorEnd};
use tokenctl::secret::{Secret, TokenDigest};
use tokenctl::store::Store;

use crate::auth::{NOW, bearer, code, log_in, over, over_token, scratch};
use crate::fixture::{Scratch, StubAnswer, StubStore, at, id_of};

/// Makes a store in which token 1, whose secret is `good`, was replaced by token 2 at [`NOW`].
fn rotated() -> Scratch {
    let scratch = scratch();
    let rotation = Rotation {
        token: id_of(1),
        revision: 1,
        successor: id_of(2),
        digest: TokenDigest::of(&Secret::new("new".into())),
        generator: "any".into(),
        expires_at: SuccessorEnd::Kept,
        overlap: Duration::ZERO,
    };
    scratch.apply(&[Change::Rotate(Box::new(rotation))], at(NOW));
    scratch
}

fn reuses(scratch: &Scratch) -> Vec<Actor> {
    let events = scratch.store.events(0, usize::MAX).unwrap();
    let reuses = events.iter().filter(|event| event.action == "token.reused");
    reuses
        .map(|event| serde_json::from_str(&event.actor).unwrap())
        .collect()
}

#[test]
fn secret_that_was_rotated_out_is_recorded_off_the_path_and_seldom() {
    let scratch = rotated();
    let authenticator = over(&scratch);
    let log = UsageLog::new(Arc::clone(&scratch.store), 60).as_actor(Actor::named("gate"));
    let used_at = |second: i64| {
        let mut session = MemorySession::default();
        let outcome = authenticator
            .check_login(&bearer("token good"), &mut session, at(second))
            .unwrap();
        assert_eq!(outcome.code(), OutcomeCode::Rotated);
        log.note(&outcome, at(second));
    };
    used_at(NOW);
    used_at(NOW + 1);
    assert!(
        reuses(&scratch).is_empty(),
        "written on the path of the request"
    );
    log.flush().unwrap();
    log.flush().unwrap();
    used_at(NOW + 59);
    log.flush().unwrap();
    assert_eq!(reuses(&scratch), [Actor::named("gate")]);
    used_at(NOW + 60);
    log.flush().unwrap();
    assert_eq!(reuses(&scratch).len(), 2);
    assert_eq!(scratch.token(1).last_used_at, None, "it was refused");
    assert_eq!(code(&authenticator, "token new"), OutcomeCode::Accepted);
}

#[test]
fn secret_that_was_rotated_out_revokes_its_family_where_that_is_wanted() {
    let scratch = rotated();
    let authenticator = over(&scratch);
    let log = UsageLog::new(Arc::clone(&scratch.store), 60).on_reuse(OnReuse::RevokeFamily);
    let outcome = log_in(&authenticator, &bearer("token good"));
    assert_eq!(outcome.code(), OutcomeCode::Rotated);
    log.note(&outcome, at(NOW + 5));
    assert_eq!(
        code(&authenticator, "token new"),
        OutcomeCode::Accepted,
        "a login itself never revokes"
    );
    log.flush().unwrap();
    assert_eq!(code(&authenticator, "token new"), OutcomeCode::Revoked);
    assert_eq!(scratch.token(2).revoked_at, Some(at(NOW + 5)));
}

#[test]
fn reuse_that_could_not_be_written_is_kept_for_the_next_time() {
    let scratch = rotated();
    let authenticator = over(&scratch);
    let outcome = log_in(&authenticator, &bearer("token good"));
    let failing = StubStore::new(StubAnswer::Failure);
    let log = UsageLog::new(failing, 60);
    log.note(&outcome, at(NOW));
    assert!(log.flush().is_err());
    assert!(log.flush().is_err(), "it was forgotten");
}

#[test]
fn reuse_that_is_on_record_is_not_written_again_because_of_another() {
    let outcome = |number: u64| {
        let mut token = scratch().token(1);
        token.id = id_of(number);
        token.rotated_to = Some(id_of(9));
        token.expires_at = Some(at(NOW));
        log_in(&over_token(token), &bearer("token good"))
    };
    let store = StubStore::new(StubAnswer::Nothing);
    let log = UsageLog::new(Arc::clone(&store) as Arc<dyn Store>, 60);
    for (number, second, written) in [
        (1, NOW, 1),
        (3, NOW + 1, 2),
        (1, NOW + 2, 2),
        (3, NOW + 60, 2),
        (1, NOW + 60, 3),
    ] {
        log.note(&outcome(number), at(second));
        log.flush().unwrap();
        assert_eq!(store.asked(), written, "{number} at {second}");
    }
}
