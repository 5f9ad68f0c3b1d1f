//! Introspection (RFC 7662) and revocation (RFC 7009) over HTTP.

use serde_json::{Value, json};

use crate::harness::{IssuedToken, TestEnv};
use crate::serving::Serving;

/// A service that may introspect, one that may revoke, and a token of a client.
struct Parties {
    env: TestEnv,
    resource_server: IssuedToken,
    operator: IssuedToken,
    client: IssuedToken,
}

impl Parties {
    fn new() -> Self {
        let env = TestEnv::new();
        let (resource_server, operator, client) = (
            env.issue("--read-only"),
            env.issue("--read-only"),
            env.issue("--read-only --expires 2099-01-01T00:00:00Z"),
        );
        env.configure(&format!(
            "[serve]\nintrospect = ['{}']\nrevoke = ['{}']\n",
            resource_server.id, operator.id
        ));
        Self {
            env,
            resource_server,
            operator,
            client,
        }
    }

    fn introspect(&self, serving: &Serving, token: &str) -> (u16, String) {
        let header = self.resource_server.header();
        let answer = serving.post(
            "/introspect",
            &[("Authorization", &header)],
            &format!("token={token}"),
        );
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        (answer.status, answer.text().to_owned())
    }
}

#[test]
fn active_token_is_described_and_its_policy_told() {
    let parties = Parties::new();
    let serving = Serving::start(&parties.env, &[]);
    let (status, text) = parties.introspect(&serving, &parties.client.secret);
    assert_eq!(status, 200);
    let mut told: Value = serde_json::from_str(&text).unwrap();
    assert!(told["iat"].is_i64());
    told["iat"].take();
    let policy = parties
        .env
        .run_args(&["show", &parties.client.id, "--json"])
        .json()["policy"]
        .clone();
    let expected = json!({
        "active": true, "username": "alice", "sub": "alice", "token_type": "Bearer",
        "jti": parties.client.id, "iat": null, "exp": 4_070_908_800_i64, "policy": policy,
    });
    assert_eq!(told, expected);
}

#[test]
fn inactive_is_exactly_that_whatever_the_reason() {
    let parties = Parties::new();
    let env = &parties.env;
    let serving = Serving::start(env, &[]);
    let revoked = env.issue("--read-only");
    env.run(&format!("revoke {} --yes", revoked.id)).succeeds();
    let elsewhere = env.issue("--read-only --network 192.0.2.0/24");
    let unknown = "x".repeat(53);
    for token in [
        revoked.secret.as_str(),
        &elsewhere.secret,
        &unknown,
        "tkc_broken",
        "a,b",
        "%00",
    ] {
        let told = parties.introspect(&serving, token);
        assert_eq!(told, (200, r#"{"active": false}"#.to_owned()), "{token}");
    }
}

#[test]
fn introspection_is_a_use_of_the_caller_and_of_the_token() {
    let parties = Parties::new();
    let env = &parties.env;
    let old = env.issue("--read-only");
    env.run(&format!("rotate {} --yes", old.id)).succeeds();
    let serving = Serving::start(env, &[]);
    parties.introspect(&serving, &parties.client.secret);
    parties.introspect(&serving, &old.secret);
    serving.stop();
    for (token, is_used) in [
        (&parties.resource_server, true),
        (&parties.client, true),
        (&parties.operator, false),
    ] {
        let record = env.run(&format!("show {} --json", token.id)).json();
        assert_eq!(!record["last_used_at"].is_null(), is_used, "{record}");
    }
    let reused = env.run(&format!(
        "audit list --token {} --action token.reused --json",
        old.id
    ));
    assert_eq!(reused.json().as_array().map(Vec::len), Some(1), "{reused}");
}

#[test]
fn only_named_callers_introspect() {
    let parties = Parties::new();
    let serving = Serving::start(&parties.env, &[]);
    let form = format!("token={}", parties.client.secret);
    let status_of = |headers: &[(&str, &str)]| serving.post("/introspect", headers, &form).status;
    assert_eq!(status_of(&[]), 401);
    assert_eq!(status_of(&[("Authorization", "token x")]), 401);
    for caller in [&parties.operator, &parties.client] {
        assert_eq!(status_of(&[("Authorization", &caller.header())]), 403);
    }
    // Whoever loses the token loses the right.
    let caller = &parties.resource_server;
    assert_eq!(status_of(&[("Authorization", &caller.header())]), 200);
    parties
        .env
        .run(&format!("revoke {} --yes", caller.id))
        .succeeds();
    assert_eq!(status_of(&[("Authorization", &caller.header())]), 401);
}

#[test]
fn forms_that_are_none_are_refused() {
    let parties = Parties::new();
    let serving = Serving::start(&parties.env, &[]);
    let header = parties.resource_server.header();
    let secret = &parties.client.secret;
    let post = |target: &str, form: &str| {
        let answer = serving.post(target, &[("Authorization", &header)], form);
        (answer.status, answer.text().to_owned())
    };
    for form in ["", "token=", &format!("token={secret}&token={secret}")] {
        let (status, text) = post("/introspect", form);
        assert_eq!(status, 400, "{form}");
        assert!(text.contains(r#""error":"invalid_request""#), "{text}");
        assert!(!text.contains(secret.as_str()));
    }
    // In a query it is no token.
    assert_eq!(post(&format!("/introspect?token={secret}"), "").0, 400);
    assert_eq!(post("/introspect", &"x".repeat(17 * 1024)).0, 413);
    let read = serving.ask("GET", "/introspect", &[("Authorization", &header)]);
    assert_eq!(read.status, 405);
}

#[test]
fn named_caller_revokes_any_token_and_unknown_is_success() {
    let parties = Parties::new();
    let serving = Serving::start(&parties.env, &[]);
    let header = parties.operator.header();
    let revoke = |token: &str| {
        let form = format!("token={token}&token_type_hint=access_token");
        serving
            .post("/revoke", &[("Authorization", &header)], &form)
            .status
    };
    for _ in 0..2 {
        assert_eq!(revoke(&parties.client.secret), 200);
    }
    assert_eq!(revoke("unknown"), 200);
    assert_eq!(revoke("tkc_malformed"), 200);
    let record = parties
        .env
        .run_args(&["show", &parties.client.id, "--json"])
        .json();
    assert_eq!(record["state"], "revoked");
    let reason = format!("revoked over HTTP by token {}", parties.operator.id);
    assert_eq!(record["revoked_reason"], reason.as_str());
}

#[test]
fn others_revoke_themselves_alone() {
    let parties = Parties::new();
    let serving = Serving::start(&parties.env, &[]);
    let (client, other) = (&parties.client, &parties.resource_server);
    let revoke = |caller: &IssuedToken, token: &IssuedToken| {
        let form = format!("token={}", token.secret);
        serving
            .post("/revoke", &[("Authorization", &caller.header())], &form)
            .status
    };
    assert_eq!(revoke(client, other), 403);
    assert_eq!(revoke(client, client), 200);
    assert_eq!(revoke(client, client), 401);
    assert_eq!(revoke(other, other), 200);
}

#[test]
fn revocation_that_cannot_be_judged_is_no_missing_endpoint() {
    let env = TestEnv::new();
    let token = env.issue("--read-only");
    let arguments = [
        "--throttle",
        "1/d",
        "--trusted-proxy",
        "127.0.0.1",
        "--profile",
        "caddy",
    ];
    let serving = Serving::start(&env, &arguments);
    let revoke = |header: &str| {
        let headers = [("Authorization", header), ("X-Forwarded-For", "192.0.2.7")];
        let form = format!("token={}", token.secret);
        serving.post("/revoke", &headers, &form).status
    };
    let away = env.path("away.db");
    std::fs::rename(env.store(), &away).unwrap();
    assert_eq!(revoke(&token.header()), 503);
    std::fs::rename(&away, env.store()).unwrap();
    assert_eq!(revoke("token unknown"), 404);
    assert_eq!(revoke(&token.header()), 429);
}

#[test]
fn calls_that_cannot_be_read_are_written_down() {
    let parties = Parties::new();
    let serving = Serving::start(&parties.env, &[]);
    let header = parties.resource_server.header();
    let form = "x".repeat(17 * 1024);
    let answer = serving.post("/introspect", &[("Authorization", &header)], &form);
    assert_eq!(answer.status, 413);
    let (_, _, records) = serving.stop();
    assert_eq!(records[0]["code"], "bad_request");
    assert_eq!(records[0]["status"], 413);
}

#[test]
fn without_names_both_are_off_but_for_oneself() {
    let env = TestEnv::new();
    let (one, other) = (env.issue("--read-only"), env.issue("--full-access"));
    let serving = Serving::start(&env, &[]);
    let post = |target: &str, caller: &str, token: &IssuedToken| {
        let form = format!("token={}", token.secret);
        serving
            .post(target, &[("Authorization", caller)], &form)
            .status
    };
    for caller in ["", "token x", &one.header(), &other.header()] {
        assert_eq!(post("/introspect", caller, &one), 404, "{caller}");
    }
    for caller in ["", "token x", &other.header()] {
        assert_eq!(post("/revoke", caller, &one), 404, "{caller}");
    }
    assert_eq!(post("/revoke", &one.header(), &one), 200);
}
