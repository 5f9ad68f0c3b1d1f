//! Sessions: what a login leaves in them, and how they end.

use std::sync::Arc;

use tokenctl::auth::Authenticator;
use tokenctl::auth::request::RequestHead;
use tokenctl::auth::session::{MemorySession, NoSession, Session, SessionLogin};
use tokenctl::change::Change;
use tokenctl::outcome::{Outcome, OutcomeCode};
use tokenctl::policy::Policy;

use crate::auth::{NOW, READ_ONLY, bearer, log_in, logged_in, over, over_stores, scratch};
use crate::fixture::{LONG_AGO, at, issue, name, new_token, text};

fn resume(authenticator: &Authenticator, session: &mut MemorySession) -> Outcome {
    authenticator
        .resume(&RequestHead::new(), session, at(NOW))
        .unwrap()
        .unwrap()
}

#[test]
fn session_is_resumed_from_the_store_that_knew_the_token() {
    let [first, second] = [scratch(), scratch()];
    first.apply(&[issue(2, "other", "any", new_token("carol"))], LONG_AGO);
    second.apply(
        &[issue(2, "in-second", "any", new_token("alice"))],
        LONG_AGO,
    );
    let stores = [
        ("first", Arc::clone(&first.store)),
        ("second", Arc::clone(&second.store)),
    ];
    let authenticator = over_stores(&stores);
    let mut session = logged_in(&authenticator, "Bearer in-second");
    // The first store has a token of that id too, of another user.
    assert_eq!(
        resume(&authenticator, &mut session).user(),
        Some(&name("alice"))
    );
    let without_it = over_stores(&stores[..1]);
    assert_eq!(
        resume(&without_it, &mut session).code(),
        OutcomeCode::Unknown
    );
    assert_eq!(session.login(), None);
}

#[test]
fn session_of_a_disabled_user_ends() {
    let scratch = scratch();
    let authenticator = over(&scratch);
    let mut session = logged_in(&authenticator, "token good");
    scratch.apply(
        &[Change::DisableUser {
            name: name("alice"),
        }],
        at(NOW),
    );
    assert_eq!(
        resume(&authenticator, &mut session).code(),
        OutcomeCode::UserDisabled
    );
    assert_eq!(session.login(), None);
    let after = authenticator
        .resume(&RequestHead::new(), &mut session, at(NOW))
        .unwrap();
    assert!(after.is_none(), "{after:?}");
}

#[test]
fn session_of_a_deleted_user_ends() {
    let scratch = scratch();
    let authenticator = over(&scratch);
    let mut session = logged_in(&authenticator, "token good");
    let delete = Change::DeleteUser {
        name: name("alice"),
        reason: text("left"),
    };
    scratch.apply(&[delete], at(NOW));
    assert_eq!(
        resume(&authenticator, &mut session).code(),
        OutcomeCode::Revoked
    );
    assert_eq!(session.login(), None);
}

#[test]
fn session_of_a_renamed_user_goes_on_under_the_new_name() {
    let scratch = scratch();
    let authenticator = over(&scratch);
    let mut session = logged_in(&authenticator, "token good");
    scratch.apply(
        &[Change::RenameUser {
            name: name("alice"),
            to: name("dora"),
        }],
        at(NOW),
    );
    let outcome = resume(&authenticator, &mut session);
    assert_eq!(
        (outcome.code(), outcome.user()),
        (OutcomeCode::Accepted, Some(&name("dora")))
    );
    assert_eq!(
        session.login().unwrap().webapi_token_id.as_deref(),
        Some("0000000001")
    );
}

#[test]
fn denied_login_leaves_the_session_as_it_is() {
    let scratch = scratch();
    let mut token = new_token("carol");
    token.policy = Policy::parse(READ_ONLY).unwrap();
    scratch.apply(&[issue(2, "reads", "any", token)], LONG_AGO);
    let authenticator = over(&scratch);
    let denied = bearer("token reads").method("POST");
    assert_eq!(
        log_in(&authenticator, &denied).code(),
        OutcomeCode::DeniedByRule
    );
    let mut session = logged_in(&authenticator, "token good");
    let before = session.login();
    let outcome = authenticator
        .check_login(&denied, &mut session, at(NOW))
        .unwrap();
    assert_eq!(
        (outcome.code(), session.login()),
        (OutcomeCode::DeniedByRule, before)
    );
}

#[test]
fn denied_request_does_not_end_its_session() {
    let scratch = scratch();
    let mut token = new_token("carol");
    token.policy = Policy::parse(READ_ONLY).unwrap();
    scratch.apply(&[issue(2, "reads", "any", token)], LONG_AGO);
    let authenticator = over(&scratch);
    let mut session = logged_in(&authenticator, "token reads");
    for (method, expected) in [
        ("POST", OutcomeCode::DeniedByRule),
        ("GET", OutcomeCode::Accepted),
    ] {
        let head = RequestHead::new().method(method);
        let outcome = authenticator
            .resume(&head, &mut session, at(NOW))
            .unwrap()
            .unwrap();
        assert_eq!(outcome.code(), expected);
    }
    assert!(session.login().is_some());
}

#[test]
fn token_of_another_user_takes_the_session_over() {
    let scratch = scratch();
    scratch.apply(&[issue(2, "carols", "any", new_token("carol"))], LONG_AGO);
    let authenticator = over(&scratch);
    let mut session = logged_in(&authenticator, "token good");
    authenticator
        .check_login(&bearer("token carols"), &mut session, at(NOW))
        .unwrap();
    assert_eq!(session.login().unwrap().user, "carol");
}

#[test]
fn token_of_a_disabled_user_ends_the_session_of_another() {
    let scratch = scratch();
    scratch.apply(&[issue(2, "carols", "any", new_token("carol"))], LONG_AGO);
    scratch.apply(
        &[Change::DisableUser {
            name: name("carol"),
        }],
        LONG_AGO,
    );
    let authenticator = over(&scratch);
    let mut session = logged_in(&authenticator, "token good");
    let outcome = authenticator
        .check_login(&bearer("token carols"), &mut session, at(NOW))
        .unwrap();
    assert_eq!(
        (outcome.code(), session.login()),
        (OutcomeCode::UserDisabled, None)
    );
}

#[test]
fn without_a_session_a_login_is_good_and_leaves_nothing() {
    /// What is not kept, and must not be told of logins.
    struct Deaf;

    impl Session for Deaf {
        fn login(&self) -> Option<SessionLogin> {
            None
        }

        fn start(&mut self, login: SessionLogin) {
            panic!("told of {login:?}");
        }

        fn end(&mut self) {}

        fn is_kept(&self) -> bool {
            false
        }
    }

    let scratch = scratch();
    let authenticator = over(&scratch);
    let head = bearer("Bearer good");
    let mut none = NoSession;
    for session in [&mut none as &mut dyn Session, &mut Deaf] {
        let outcome = authenticator.check_login(&head, session, at(NOW)).unwrap();
        assert_eq!(outcome.code(), OutcomeCode::Accepted);
        let resumed = authenticator.resume(&RequestHead::new(), session, at(NOW));
        assert!(resumed.unwrap().is_none());
    }
}
