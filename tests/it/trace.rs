//! What an operator is told of the way to an answer.

use std::net::IpAddr;

use insta::assert_snapshot;
use tokenctl::auth::Authenticator;
use tokenctl::auth::request::RequestHead;
use tokenctl::auth::session::MemorySession;
use tokenctl::auth::throttle::{LoginThrottle, RateLimit};
use tokenctl::auth::trace::Trace;
use tokenctl::catalogue::Mapped;
use tokenctl::network::Networks;
use tokenctl::token::{StoredPolicy, Token};

use crate::auth::{NOW, READ_ONLY, bearer, over, over_token, scratch};
use crate::fixture::{at, id_of};

/// Returns the answer to `head`, and a line for each step on the way to it.
fn told(authenticator: &Authenticator, head: &RequestHead<'_>) -> String {
    let mut trace = Trace::on();
    let mut session = MemorySession::default();
    let outcome = authenticator
        .check_login_traced(head, &mut session, at(NOW), &mut trace)
        .unwrap();
    let steps = trace.steps().iter().map(|step| {
        let check = step.check.as_str();
        format!("\n{check} {}: {}", step.subject, step.finding)
    });
    format!("{}{}", outcome.code().as_str(), steps.collect::<String>())
}

/// Returns alice's token, good for reading from 10.0.0.0/8.
fn narrow() -> Token {
    let mut token = scratch().token(1);
    token.networks = Some(Networks::parse(&["10.0.0.0/8"]).unwrap());
    token.policy = StoredPolicy::new(READ_ONLY.into());
    token
}

fn from(address: &str) -> RequestHead<'static> {
    let address: IpAddr = address.parse().unwrap();
    bearer("token good").address(address)
}

#[test]
fn each_step_to_a_yes_is_told() {
    let authenticator = over_token(narrow());
    assert_snapshot!(told(&authenticator, &from("10.1.2.3").method("GET")), @"
    accepted
    web backend token: the header is of this scheme
    format token: no registered format: it is looked up by its digest
    auth backend token: token 0000000001 of alice
    state 0000000001: active
    user alice: active
    network 10.1.2.3: is one of 10.0.0.0/8
    policy rules: /resources/*: allowed by /resources/*/allow/0
    ");
    assert_snapshot!(told(&authenticator, &from("10.1.2.3")), @"
    accepted
    web backend token: the header is of this scheme
    format token: no registered format: it is looked up by its digest
    auth backend token: token 0000000001 of alice
    state 0000000001: active
    user alice: active
    network 10.1.2.3: is one of 10.0.0.0/8
    policy document: can be read; no request is asked about
    ");
}

#[test]
fn step_that_refuses_is_the_last() {
    let mut token = narrow();
    assert_snapshot!(told(&over_token(token.clone()), &from("10.1.2.3").method("POST")), @"
    denied_by_rule
    web backend token: the header is of this scheme
    format token: no registered format: it is looked up by its digest
    auth backend token: token 0000000001 of alice
    state 0000000001: active
    user alice: active
    network 10.1.2.3: is one of 10.0.0.0/8
    policy rules: /resources/*: refused by /resources/*/block/0
    ");
    assert_snapshot!(told(&over_token(token.clone()), &from("192.0.2.7")), @"
    denied_by_network
    web backend token: the header is of this scheme
    format token: no registered format: it is looked up by its digest
    auth backend token: token 0000000001 of alice
    state 0000000001: active
    user alice: active
    network 192.0.2.7: is none of 10.0.0.0/8
    ");
    assert_snapshot!(told(&over_token(token.clone()), &bearer("token good")), @"
    denied_by_network
    web backend token: the header is of this scheme
    format token: no registered format: it is looked up by its digest
    auth backend token: token 0000000001 of alice
    state 0000000001: active
    user alice: active
    network no address: is none of 10.0.0.0/8
    ");
    token.networks = None;
    token.policy = StoredPolicy::new("damaged".into());
    assert_snapshot!(told(&over_token(token.clone()), &bearer("token good")), @"
    policy_unreadable
    web backend token: the header is of this scheme
    format token: no registered format: it is looked up by its digest
    auth backend token: token 0000000001 of alice
    state 0000000001: active
    user alice: active
    network no address: may be used from anywhere
    policy document: damaged: The policy is not valid JSON: expected value.
    ");
    token.owner.disabled_at = Some(at(4));
    assert_snapshot!(told(&over_token(token.clone()), &bearer("token good")), @"
    user_disabled
    web backend token: the header is of this scheme
    format token: no registered format: it is looked up by its digest
    auth backend token: token 0000000001 of alice
    state 0000000001: active
    user alice: disabled since 1970-01-01T00:00:04Z
    ");
    token.rotated_to = Some(id_of(2));
    token.expires_at = Some(at(3));
    assert_snapshot!(told(&over_token(token), &bearer("token good")), @"
    rotated
    web backend token: the header is of this scheme
    format token: no registered format: it is looked up by its digest
    auth backend token: token 0000000001 of alice
    state 0000000001: rotated since 1970-01-01T00:00:03Z
    ");
}

#[test]
fn credentials_that_are_nobodys_are_told_without_being_named() {
    let scratch = scratch();
    let authenticator = over(&scratch);
    assert_snapshot!(told(&authenticator, &bearer("token stranger")), @"
    unknown
    web backend token: the header is of this scheme
    format token: no registered format: it is looked up by its digest
    auth backend token: these credentials are not known here
    ");
    assert_snapshot!(told(&authenticator, &bearer("token tkc_short")), @"
    malformed
    web backend token: the header is of this scheme
    format token: token has 9 characters, not 53
    auth backend token: refused by its format, without looking it up
    ");
    assert_snapshot!(told(&authenticator, &bearer("Basic stranger")), @"
    malformed
    web backend token: the header is not of this scheme
    web backend Bearer: the header is not of this scheme
    web backend Basic: the header is of this scheme and cannot be parsed, or is there twice
    ");
    assert_snapshot!(told(&authenticator, &bearer("stranger here")), @"
    no_credentials
    web backend token: the header is not of this scheme
    web backend Bearer: the header is not of this scheme
    web backend Basic: the header is not of this scheme
    ");
    assert_snapshot!(told(&authenticator, &RequestHead::new()), @"
    no_credentials
    web backend any: there is no header
    ");
}

#[test]
fn path_that_is_closed_is_told_of() {
    let mut token = scratch().token(1);
    let head = bearer("token good").method("GET");
    let closed = head.mapped(&Mapped::Denied);
    assert_snapshot!(told(&over_token(token.clone()), &closed), @"
    denied_by_rule
    web backend token: the header is of this scheme
    format token: no registered format: it is looked up by its digest
    auth backend token: token 0000000001 of alice
    state 0000000001: active
    user alice: active
    network no address: may be used from anywhere
    policy path: of no resource, and the catalogue is closed
    ");
    token.policy = StoredPolicy::new(r#"{"resources": {"review": {}}}"#.into());
    assert_snapshot!(told(&over_token(token), &head.without_catalogue()), @"
    denied_by_rule
    web backend token: the header is of this scheme
    format token: no registered format: it is looked up by its digest
    auth backend token: token 0000000001 of alice
    state 0000000001: active
    user alice: active
    network no address: may be used from anywhere
    policy path: not mapped to the resources that the policy names, as there is no catalogue
    ");
}

#[test]
fn throttled_address_is_told_of_nothing_else() {
    let authenticator = Authenticator::builder()
        .throttle(LoginThrottle::new(RateLimit::parse("1/m").unwrap()))
        .build();
    let head = from("192.0.2.7");
    told(&authenticator, &head);
    assert_snapshot!(told(&authenticator, &head), @"no_credentials");
}

#[test]
fn trace_that_is_off_keeps_nothing() {
    let mut trace = Trace::off();
    let authenticator = over_token(narrow());
    let mut session = MemorySession::default();
    authenticator
        .check_login_traced(&from("10.1.2.3"), &mut session, at(NOW), &mut trace)
        .unwrap();
    assert!(!trace.is_on() && trace.steps().is_empty());
    assert!(Trace::on().is_on());
}
