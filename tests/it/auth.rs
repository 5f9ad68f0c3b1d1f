//! What the ancestor's vectors do not cover of logins: the order of judgement, several stores, and stores that cannot
//! tell.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use tokenctl::auth::Authenticator;
use tokenctl::auth::backend::TokenAuthBackend;
use tokenctl::auth::request::RequestHead;
use tokenctl::auth::session::{MemorySession, Session as _};
use tokenctl::auth::throttle::{LoginThrottle, RateLimit};
use tokenctl::auth::usage::UsageLog;
use tokenctl::auth::web::WebBearerBackend;
use tokenctl::format::{Prefix, TokenFormats, TokenctlV1};
use tokenctl::network::Networks;
use tokenctl::outcome::{Outcome, OutcomeCode};
use tokenctl::store::{Store, StoreError};
use tokenctl::token::{StoredPolicy, Token};

use crate::fixture::{
    LONG_AGO, Scratch, StubAnswer, StubStore, at, id_of, issue, name, new_token, number_of, revoke,
};

pub(crate) const NOW: i64 = 1_000;
pub(crate) const READ_ONLY: &str = r#"{"resources": {"*": {"allow": ["GET"], "block": ["*"]}}}"#;

pub(crate) fn bearer(header: &str) -> RequestHead<'_> {
    RequestHead::new().authorization(header.as_bytes())
}

pub(crate) fn log_in(authenticator: &Authenticator, head: &RequestHead<'_>) -> Outcome {
    let mut session = MemorySession::default();
    let outcome = authenticator
        .check_login(head, &mut session, at(NOW))
        .unwrap();
    let is_accepted = outcome.code() == OutcomeCode::Accepted;
    assert_eq!(session.login().is_some(), is_accepted, "{outcome:?}");
    outcome
}

pub(crate) fn code(authenticator: &Authenticator, header: &str) -> OutcomeCode {
    log_in(authenticator, &bearer(header)).code()
}

/// Makes a store with the users alice and carol and alice's token number 1, `good`.
pub(crate) fn scratch() -> Scratch {
    let scratch = Scratch::with_users(&["alice", "carol"]);
    scratch.apply(&[issue(1, "good", "any", new_token("alice"))], LONG_AGO);
    scratch
}

pub(crate) fn over(scratch: &Scratch) -> Authenticator {
    Authenticator::over(Arc::clone(&scratch.store))
}

pub(crate) fn over_token(token: Token) -> Authenticator {
    Authenticator::over(StubStore::new(StubAnswer::Token(Box::new(token))))
}

pub(crate) fn over_stores(stores: &[(&str, Arc<dyn Store>)]) -> Authenticator {
    let formats = Arc::new(TokenFormats::default());
    let mut builder = Authenticator::builder().web_backend(WebBearerBackend);
    for (id, store) in stores {
        let (store, formats) = (Arc::clone(store), Arc::clone(&formats));
        builder = builder.auth_backend(TokenAuthBackend::with_id(*id, store, formats));
    }
    builder.build()
}

pub(crate) fn logged_in(authenticator: &Authenticator, header: &str) -> MemorySession {
    let mut session = MemorySession::default();
    let outcome = authenticator
        .check_login(&bearer(header), &mut session, at(NOW))
        .unwrap();
    assert_eq!(outcome.code(), OutcomeCode::Accepted);
    session
}

#[test]
fn judgement_goes_from_state_to_owner_to_network_to_policy() {
    // All that can be wrong with a token at once; then the fault that was named is taken away.
    let mut token = scratch().token(1);
    token.revoked_at = Some(at(1));
    token.rotated_to = Some(id_of(2));
    token.suspended_at = Some(at(2));
    token.expires_at = Some(at(3));
    token.owner.disabled_at = Some(at(4));
    token.networks = Some(Networks::parse(&["10.0.0.0/8"]).unwrap());
    token.policy = StoredPolicy::new("damaged".into());
    assert_eq!(refusal(&token), (OutcomeCode::Revoked, Some(at(1))));
    token.revoked_at = None;
    assert_eq!(refusal(&token), (OutcomeCode::Rotated, Some(at(3))));
    token.rotated_to = None;
    assert_eq!(refusal(&token), (OutcomeCode::Suspended, Some(at(2))));
    token.suspended_at = None;
    assert_eq!(refusal(&token), (OutcomeCode::Expired, Some(at(3))));
    token.expires_at = None;
    assert_eq!(refusal(&token), (OutcomeCode::UserDisabled, Some(at(4))));
    token.owner.disabled_at = None;
    assert_eq!(refusal(&token), (OutcomeCode::DeniedByNetwork, None));
    token.networks = None;
    assert_eq!(refusal(&token), (OutcomeCode::PolicyUnreadable, None));
    token.policy = StoredPolicy::new(READ_ONLY.into());
    assert_eq!(refusal(&token), (OutcomeCode::DeniedByRule, None));
    token.policy = StoredPolicy::new("{}".into());
    assert_eq!(
        code(&over_token(token), "token good"),
        OutcomeCode::Accepted
    );
}

/// Returns why a POST with this token is refused, and since when that is so.
fn refusal(token: &Token) -> (OutcomeCode, Option<Timestamp>) {
    let head = bearer("token good").method("POST");
    let Outcome::Refused(refusal) = log_in(&over_token(token.clone()), &head) else {
        panic!("accepted");
    };
    assert_eq!(refusal.user, Some(name("alice")));
    assert_eq!(refusal.token.as_deref(), Some(token));
    (refusal.code, refusal.since)
}

#[test]
fn rule_that_decided_is_in_the_answer() {
    let mut token = scratch().token(1);
    token.policy = StoredPolicy::new(READ_ONLY.into());
    let authenticator = over_token(token);
    for (method, is_allowed) in [("GET", true), ("POST", false)] {
        let outcome = log_in(&authenticator, &bearer("token good").method(method));
        let decision = outcome.decision().map(|decision| decision.allowed);
        assert_eq!(decision, Some(is_allowed), "{method}");
    }
    let login_only = log_in(&authenticator, &bearer("token good"));
    assert_eq!(login_only.decision(), None);
}

#[test]
fn rotated_token_is_good_until_its_overlap_ends() {
    let mut token = scratch().token(1);
    token.rotated_to = Some(id_of(2));
    token.expires_at = Some(at(NOW + 1));
    assert_eq!(
        code(&over_token(token), "token good"),
        OutcomeCode::Accepted
    );
}

#[test]
fn throttled_address_is_refused_even_with_a_good_token() {
    let throttle = || LoginThrottle::new(RateLimit::parse("2/m").unwrap());
    let held = StubStore::new(StubAnswer::Token(Box::new(scratch().token(1))));
    let authenticator = Authenticator::builder()
        .web_backend(WebBearerBackend)
        .auth_backend(TokenAuthBackend::new(
            Arc::clone(&held) as Arc<dyn Store>,
            Arc::default(),
        ))
        .throttle(throttle())
        .build();
    let [peer, other]: [IpAddr; 2] = ["192.0.2.1", "192.0.2.2"].map(|ip| ip.parse().unwrap());
    let try_from = |address, header, second| {
        let head = bearer(header).address(address);
        authenticator
            .check_login(&head, &mut MemorySession::default(), at(second))
            .unwrap()
    };
    for _ in 0..2 {
        assert_eq!(
            try_from(peer, "Bearer a b", 61).code(),
            OutcomeCode::Malformed
        );
    }
    let asked = held.asked();
    let refused = try_from(peer, "Bearer good", 80);
    let Outcome::Refused(refusal) = &refused else {
        panic!("{refused:?}");
    };
    assert_eq!(
        (refusal.code, refusal.retry_after),
        (OutcomeCode::Throttled, Some(40))
    );
    let answer = authenticator.answer(&refused);
    assert_eq!(
        (answer.status, answer.headers),
        (429, vec![("Retry-After", "40".to_owned())])
    );
    assert_eq!(
        held.asked(),
        asked,
        "the store was asked about a throttled login"
    );
    assert_eq!(
        authenticator
            .throttle()
            .unwrap()
            .failures(Some(peer), at(80)),
        2
    );
    assert_eq!(
        try_from(other, "Bearer good", 80).code(),
        OutcomeCode::Accepted
    );
    assert_eq!(
        try_from(peer, "Bearer good", 120).code(),
        OutcomeCode::Accepted
    );
    let no_header = RequestHead::new().address(peer);
    let outcome = authenticator.check_login(&no_header, &mut MemorySession::default(), at(80));
    assert_eq!(outcome.unwrap().code(), OutcomeCode::NoCredentials);
}

#[test]
fn denials_of_a_good_token_are_not_failed_logins() {
    let mut token = scratch().token(1);
    token.policy = StoredPolicy::new(READ_ONLY.into());
    let authenticator = Authenticator::builder()
        .web_backend(WebBearerBackend)
        .auth_backend(TokenAuthBackend::new(
            StubStore::new(StubAnswer::Token(Box::new(token))),
            Arc::default(),
        ))
        .throttle(LoginThrottle::new(RateLimit::parse("5/m").unwrap()))
        .build();
    let outcome = log_in(&authenticator, &bearer("Bearer good").method("POST"));
    assert_eq!(outcome.code(), OutcomeCode::DeniedByRule);
    assert_eq!(
        log_in(&authenticator, &bearer("Digest x")).code(),
        OutcomeCode::NoCredentials
    );
    assert_eq!(authenticator.throttle().unwrap().failures(None, at(NOW)), 0);
}

#[test]
fn first_store_that_knows_the_token_answers() {
    let [first, second] = [scratch(), scratch()];
    second.apply(
        &[issue(2, "in-second", "any", new_token("carol"))],
        LONG_AGO,
    );
    let stores = [
        ("first", Arc::clone(&first.store)),
        ("second", Arc::clone(&second.store)),
    ];
    let authenticator = over_stores(&stores);
    assert_eq!(code(&authenticator, "Bearer good"), OutcomeCode::Accepted);
    let outcome = log_in(&authenticator, &bearer("Bearer in-second"));
    assert_eq!(outcome.user(), Some(&name("carol")));
    assert_eq!(code(&authenticator, "Bearer in-none"), OutcomeCode::Unknown);
    first.apply(&[revoke(1, "")], at(NOW));
    assert_eq!(code(&authenticator, "Bearer good"), OutcomeCode::Revoked);
}

#[test]
fn token_malformed_to_one_backend_may_be_known_to_the_next() {
    let foreign = scratch();
    foreign.apply(
        &[issue(2, "tkc_hand-made", "any", new_token("carol"))],
        LONG_AGO,
    );
    let prefixes = vec![Prefix::parse("other").unwrap()];
    let formats = TokenFormats::new(
        TokenFormats::built_in(prefixes, Vec::new()),
        TokenctlV1::ID,
        BTreeSet::new(),
    );
    let authenticator = Authenticator::builder()
        .web_backend(WebBearerBackend)
        .auth_backend(TokenAuthBackend::new(
            Arc::clone(&scratch().store),
            Arc::default(),
        ))
        .auth_backend(TokenAuthBackend::with_id(
            "foreign",
            Arc::clone(&foreign.store),
            Arc::new(formats.unwrap()),
        ))
        .build();
    assert_eq!(
        code(&authenticator, "Bearer tkc_hand-made"),
        OutcomeCode::Accepted
    );
    assert_eq!(
        code(&authenticator, "Bearer tkc_nobodys"),
        OutcomeCode::Malformed
    );
}

#[test]
fn store_that_cannot_tell_is_an_error_and_never_an_answer() {
    let good = scratch();
    let failing: Arc<dyn Store> = StubStore::new(StubAnswer::Failure);
    let before = logged_in(&over(&good), "token good").login();
    let alone = over_stores(&[("token", Arc::clone(&failing))]);
    let after_it = over_stores(&[("failing", failing), ("token", Arc::clone(&good.store))]);
    for authenticator in [alone, after_it] {
        let mut session = MemorySession::default();
        session.start(before.clone().unwrap());
        let outcome = authenticator.check_login(&bearer("Bearer good"), &mut session, at(NOW));
        assert!(matches!(outcome, Err(StoreError::Busy)), "{outcome:?}");
        assert_eq!(session.login(), before);
    }
    let alone = over_stores(&[("token", StubStore::new(StubAnswer::Failure))]);
    let mut session = MemorySession::default();
    session.start(before.clone().unwrap());
    let outcome = alone.resume(&RequestHead::new(), &mut session, at(NOW));
    assert!(matches!(outcome, Err(StoreError::Busy)), "{outcome:?}");
    assert_eq!(session.login(), before);
}

#[test]
fn store_that_cannot_tell_counts_no_failure() {
    let failing = StubStore::new(StubAnswer::Failure);
    let authenticator = Authenticator::builder()
        .web_backend(WebBearerBackend)
        .auth_backend(TokenAuthBackend::new(failing, Arc::default()))
        .throttle(LoginThrottle::new(RateLimit::parse("5/m").unwrap()))
        .build();
    let outcome = authenticator.check_login(
        &bearer("Bearer good"),
        &mut MemorySession::default(),
        at(NOW),
    );
    assert!(outcome.is_err(), "{outcome:?}");
    assert_eq!(authenticator.throttle().unwrap().failures(None, at(NOW)), 0);
}

#[test]
fn basic_names_the_owner_of_the_token_or_nobody() {
    let scratch = scratch();
    let authenticator = over(&scratch);
    let basic = |text: &str| code(&authenticator, &format!("Basic {}", STANDARD.encode(text)));
    assert_eq!(basic("alice:good"), OutcomeCode::Accepted);
    assert_eq!(basic(":good"), OutcomeCode::Accepted);
    for text in ["carol:good", "Alice:good", "alice :good", "nobody:good"] {
        assert_eq!(basic(text), OutcomeCode::Unknown, "{text}");
    }
    scratch.apply(&[revoke(1, "")], at(NOW));
    assert_eq!(
        basic("carol:good"),
        OutcomeCode::Unknown,
        "says nothing of a token of another"
    );
    assert_eq!(basic("alice:good"), OutcomeCode::Revoked);
}

#[test]
fn damaged_policy_denies_whatever_is_asked() {
    for damaged in ["", "not json", "null", "[]", r#"{"resources": []}"#] {
        let mut token = scratch().token(1);
        token.policy = StoredPolicy::new(damaged.into());
        let authenticator = over_token(token);
        let head = bearer("token good");
        for head in [
            head,
            head.method("GET"),
            head.method("GET").resource("user", None),
        ] {
            assert_eq!(
                log_in(&authenticator, &head).code(),
                OutcomeCode::PolicyUnreadable,
                "{damaged:?}"
            );
        }
    }
}

#[test]
fn network_of_a_token_holds_for_mapped_addresses_too() {
    let scratch = scratch();
    let mut token = new_token("alice");
    token.networks = Some(Networks::parse(&["10.0.0.0/8", "2001:db8::/32"]).unwrap());
    scratch.apply(&[issue(2, "inside", "any", token)], LONG_AGO);
    let authenticator = over(&scratch);
    let from = |address: &str| {
        let head = bearer("token inside").address(address.parse().unwrap());
        log_in(&authenticator, &head).code()
    };
    for address in ["10.1.2.3", "::ffff:10.1.2.3", "2001:db8::1"] {
        assert_eq!(from(address), OutcomeCode::Accepted, "{address}");
    }
    for address in ["11.1.2.3", "::ffff:11.1.2.3", "::10.1.2.3", "2001:db9::1"] {
        assert_eq!(from(address), OutcomeCode::DeniedByNetwork, "{address}");
    }
    assert_eq!(
        code(&authenticator, "token inside"),
        OutcomeCode::DeniedByNetwork
    );
}

#[test]
fn malformed_token_of_our_prefix_is_refused_without_the_store() {
    let store = StubStore::new(StubAnswer::Failure);
    let authenticator = Authenticator::over(Arc::clone(&store) as Arc<dyn Store>);
    for token in [
        "tkc_",
        "tkc_7gk2m9x4qd_short",
        "tkc_7gk2m9x4qd_0123456789ABCDEFGHIJKLMNOPQRSTUV000000",
    ] {
        for header in [
            format!("token {token}"),
            format!("Basic {}", STANDARD.encode(format!("alice:{token}"))),
        ] {
            assert_eq!(
                code(&authenticator, &header),
                OutcomeCode::Malformed,
                "{header}"
            );
        }
    }
    assert_eq!(
        code(&authenticator, &format!("token {}", "x".repeat(513))),
        OutcomeCode::Malformed
    );
    assert_eq!(store.asked(), 0);
}

#[test]
fn unknown_token_is_looked_up_and_not_found() {
    let store = StubStore::new(StubAnswer::Nothing);
    let authenticator = Authenticator::over(Arc::clone(&store) as Arc<dyn Store>);
    assert_eq!(code(&authenticator, "token x"), OutcomeCode::Unknown);
    assert!(store.asked() > 0);
}

#[test]
fn two_headers_are_malformed_though_either_is_good() {
    let scratch = scratch();
    let head = bearer("token good").authorization(b"token good");
    assert_eq!(
        log_in(&over(&scratch), &head).code(),
        OutcomeCode::Malformed
    );
}

#[test]
fn last_use_is_written_at_most_once_per_resolution() {
    let scratch = scratch();
    let authenticator = over(&scratch);
    let log = UsageLog::new(Arc::clone(&scratch.store), 60);
    let used_at = |second: i64| -> Option<Timestamp> {
        let mut session = MemorySession::default();
        let outcome = authenticator
            .check_login(&bearer("token good"), &mut session, at(second))
            .unwrap();
        log.note(&outcome, at(second));
        let before = scratch.token(1).last_used_at;
        log.flush().unwrap();
        assert_eq!(number_of(&outcome.token().unwrap().id), 1);
        assert!(
            before != Some(at(second)),
            "written on the path of the request"
        );
        scratch.token(1).last_used_at
    };
    assert_eq!(used_at(NOW), Some(at(NOW)));
    assert_eq!(used_at(NOW + 59), Some(at(NOW)));
    assert_eq!(used_at(NOW + 60), Some(at(NOW + 60)));
    assert_eq!(
        used_at(NOW - 500),
        Some(at(NOW + 60)),
        "a clock set back records nothing older"
    );
}

#[test]
fn use_that_could_not_be_written_is_kept_for_the_next_time() {
    let scratch = scratch();
    let outcome = log_in(&over(&scratch), &bearer("token good"));
    let log = UsageLog::new(StubStore::new(StubAnswer::Failure), 60);
    log.note(&outcome, at(NOW));
    assert!(log.flush().is_err());
    assert!(log.flush().is_err(), "it was forgotten");
}

#[test]
fn uses_are_written_at_each_interval_and_at_the_end() {
    let scratch = scratch();
    let authenticator = over(&scratch);
    let log = Arc::new(UsageLog::new(Arc::clone(&scratch.store), 60));
    let note = |second: i64| log.note(&log_in(&authenticator, &bearer("token good")), at(second));
    let flusher = log.flush_every(Duration::from_millis(1)).unwrap();
    for second in [NOW, NOW + 60] {
        note(second);
        let began = Instant::now();
        while scratch.token(1).last_used_at != Some(at(second)) {
            assert!(began.elapsed() < Duration::from_secs(10), "{second}");
            thread::yield_now();
        }
    }
    drop(flusher);
    let flusher = log.flush_every(Duration::from_secs(3_600)).unwrap();
    note(NOW + 120);
    assert_eq!(scratch.token(1).last_used_at, Some(at(NOW + 60)));
    drop(flusher);
    assert_eq!(scratch.token(1).last_used_at, Some(at(NOW + 120)));
}

#[test]
fn without_catalogue_a_policy_that_names_resources_denies_everything() {
    let mut token = scratch().token(1);
    let judged = |token: &Token, method| {
        let head = bearer("token good").method(method).without_catalogue();
        log_in(&over_token(token.clone()), &head).code()
    };
    token.policy = StoredPolicy::new(READ_ONLY.into());
    assert_eq!(judged(&token, "GET"), OutcomeCode::Accepted);
    assert_eq!(judged(&token, "POST"), OutcomeCode::DeniedByRule);
    for named in [
        r#"{"resources": {"*": {"allow": ["*"]}, "review": {"*": {"allow": ["*"]}}}}"#,
        r#"{"resources": {"review": {}}}"#,
    ] {
        token.policy = StoredPolicy::new(named.into());
        assert_eq!(judged(&token, "GET"), OutcomeCode::DeniedByRule, "{named}");
        // Where nothing but the login is asked about, there is no path to map.
        let login_only = code(&over_token(token.clone()), "token good");
        assert_eq!(login_only, OutcomeCode::Accepted, "{named}");
    }
    token.policy = StoredPolicy::new("{}".into());
    assert_eq!(judged(&token, "POST"), OutcomeCode::Accepted);
}
