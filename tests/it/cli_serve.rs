//! `tokenctl serve`: forward-auth as each proxy asks, introspection, revocation, health, and its end.

use std::fs;

use crate::harness::TestEnv;
use crate::serving::Serving;

/// The headers by which nginx asks about `GET /`.
const NGINX: [(&str, &str); 2] = [("X-Original-Method", "GET"), ("X-Original-URI", "/")];

fn asked<'a>(header: &'a str, of: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    [&[("Authorization", header)], of].concat()
}

#[test]
fn good_token_goes_on_with_identity_headers() {
    let env = TestEnv::new();
    let token = env.issue("--full-access");
    let serving = Serving::start(&env, &[]);
    let header = token.header();
    let answer = serving.ask("GET", "/auth", &asked(&header, &NGINX));
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("x-auth-user"), Some("alice"));
    assert_eq!(answer.header("x-auth-token-id"), Some(token.id.as_str()));
    assert_eq!(answer.header("content-length"), Some("0"));
}

#[test]
fn refusals_name_nobody_and_challenge() {
    let env = TestEnv::new();
    let token = env.issue("--read-only");
    let serving = Serving::start(&env, &[]);
    let header = token.header();
    let post = [("X-Original-Method", "POST"), ("X-Original-URI", "/")];
    let denied = serving.ask("GET", "/auth", &asked(&header, &post));
    assert_eq!(denied.status, 403);
    let challenge = denied.header("www-authenticate").unwrap();
    assert!(
        challenge.contains("error=\"insufficient_scope\""),
        "{challenge}"
    );
    env.run(&format!("revoke {} --yes", token.id)).succeeds();
    let revoked = serving.ask("GET", "/auth", &asked(&header, &NGINX));
    assert_eq!(revoked.status, 401);
    assert!(revoked.text().contains("became invalid on 20"));
    let nobody = serving.ask("GET", "/auth", &NGINX);
    assert_eq!(nobody.status, 401);
    let challenge = nobody.header("www-authenticate").unwrap();
    assert!(!challenge.contains("error"), "{challenge}");
    for answer in [denied, revoked, nobody] {
        assert_eq!(answer.header("x-auth-user"), Some(""));
        assert_eq!(answer.header("x-auth-token-id"), Some(""));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
}

#[test]
fn unknown_malformed_and_disabled_are_one_answer() {
    let env = TestEnv::new();
    let token = env.issue("--full-access");
    let unknown = "token ".to_owned() + &"x".repeat(token.secret.len());
    let mut broken = token.header();
    broken.replace_range(broken.len() - 1.., "!");
    env.run("user disable alice").succeeds();
    let serving = Serving::start(&env, &[]);
    let answers: Vec<_> = [&unknown, &broken, &token.header()]
        .map(|header| serving.ask("GET", "/auth", &asked(header, &NGINX)))
        .into_iter()
        .map(|mut answer| {
            answer.headers.retain(|(name, _)| name != "date");
            (answer.status, answer.headers, answer.body)
        })
        .collect();
    assert_eq!(answers[0].0, 401);
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0], answers[2]);
}

#[test]
fn original_request_has_to_be_told_once_and_clearly() {
    let env = TestEnv::new();
    let token = env.issue("--full-access");
    let header = token.header();
    let refused: &[(&str, &[(&str, &str)])] = &[
        ("nginx", &[]),
        ("nginx", &[("X-Original-Method", "GET")]),
        ("nginx", &[("X-Original-URI", "/")]),
        ("nginx", &[NGINX[0], NGINX[1], NGINX[1]]),
        (
            "nginx",
            &[NGINX[0], NGINX[1], ("X-Original-Method", "POST")],
        ),
        (
            "nginx",
            &[NGINX[0], NGINX[1], ("X-Forwarded-Uri", "/other")],
        ),
        ("nginx", &[NGINX[0], ("X-Original-URI", "/a b")]),
        ("nginx", &[NGINX[0], ("X-Original-URI", "")]),
        ("nginx", &[NGINX[1], ("X-Original-Method", "get")]),
        ("nginx", &[NGINX[1], ("X-Original-Method", "GET,POST")]),
        ("traefik", &NGINX),
        ("caddy", &[("X-Forwarded-Method", "GET"), NGINX[1]]),
        (
            "caddy",
            &[
                ("X-Forwarded-Method", "GET"),
                ("X-Forwarded-Uri", "/"),
                ("X-Original-Method", "DELETE"),
            ],
        ),
    ];
    for profile in ["nginx", "traefik", "caddy"] {
        let serving = Serving::start(&env, &["--profile", profile]);
        for (_, headers) in refused.iter().filter(|(of, _)| *of == profile) {
            let answer = serving.ask("GET", "/auth", &asked(&header, headers));
            let expected: &[u16] = if profile == "nginx" { &[403] } else { &[400] };
            assert!(
                expected.contains(&answer.status),
                "{profile} {headers:?}: {answer:?}"
            );
            assert_eq!(answer.header("x-auth-user"), Some(""));
        }
    }
}

#[test]
fn each_profile_asks_in_its_own_way() {
    let env = TestEnv::new();
    let header = env.issue("--read-only").header();
    let forwarded = |method| {
        [
            ("X-Forwarded-Method", method),
            ("X-Forwarded-Uri", "/x?y=z"),
        ]
    };
    for profile in ["traefik", "caddy"] {
        let serving = Serving::start(&env, &["--profile", profile]);
        for (method, expected) in [("GET", 200), ("POST", 403)] {
            let answer = serving.ask("GET", "/auth", &asked(&header, &forwarded(method)));
            assert_eq!(answer.status, expected, "{profile} {method}");
        }
        let posted = serving.ask("POST", "/auth", &asked(&header, &forwarded("GET")));
        assert_eq!(posted.status, 405, "{profile}");
    }
    let serving = Serving::start(&env, &["--profile", "envoy"]);
    for (method, target, expected) in [
        ("GET", "/auth/x?y=z", 200),
        ("GET", "/auth/", 200),
        ("GET", "/auth//x", 200),
        ("POST", "/auth/x", 403),
        ("GET", "/auth", 400),
        ("GET", "/authx", 404),
    ] {
        let answer = serving.ask(method, target, &asked(&header, &[]));
        assert_eq!(answer.status, expected, "{method} {target}");
    }
}

#[test]
fn strangers_may_not_ask() {
    let env = TestEnv::new();
    let header = env.issue("--full-access").header();
    let serving = Serving::start(&env, &["--trusted-proxy", "192.0.2.1"]);
    let answer = serving.ask("GET", "/auth", &asked(&header, &NGINX));
    assert_eq!(answer.status, 403);
    assert!(answer.text().contains("peer-refused"));
}

#[test]
fn store_that_goes_is_503_and_comes_back() {
    let env = TestEnv::new();
    let header = env.issue("--full-access").header();
    let serving = Serving::start(&env, &[]);
    let mut connection = serving.connect();
    let mut status = || {
        connection
            .ask("GET", "/auth", &asked(&header, &NGINX))
            .status
    };
    assert_eq!(status(), 200);
    let away = env.path("away.db");
    fs::rename(env.store(), &away).unwrap();
    assert_eq!(status(), 503);
    assert_eq!(serving.ask("GET", "/readyz", &[]).status, 503);
    assert_eq!(serving.ask("GET", "/healthz", &[]).status, 200);
    fs::write(env.store(), "not a store").unwrap();
    crate::harness::set_mode(env.store(), 0o600);
    assert_eq!(status(), 503);
    fs::rename(&away, env.store()).unwrap();
    assert_eq!(status(), 200);
    assert_eq!(serving.ask("GET", "/readyz", &[]).status, 200);
}

#[test]
fn access_log_has_a_line_a_request_and_no_header() {
    let env = TestEnv::new();
    let token = env.issue("--full-access");
    let header = token.header();
    let serving = Serving::start(&env, &[]);
    serving.ask("GET", "/auth", &asked(&header, &NGINX));
    serving.ask("GET", "/auth", &asked("hunter2 hunter2", &NGINX));
    serving.ask(
        "GET",
        "/auth",
        &asked(&header, &[("X-Original-URI", "/hunter2")]),
    );
    let method = [("X-Original-Method", "HUNTER2HUNTER2HUNTER2"), NGINX[1]];
    serving.ask("GET", "/auth", &asked(&header, &method));
    let (status, stderr, records) = serving.stop();
    assert!(status.success(), "{stderr}");
    let codes: Vec<_> = records.iter().map(|record| &record["code"]).collect();
    let expected = ["accepted", "no_credentials", "original_refused", "accepted"];
    assert_eq!(codes, expected);
    assert_eq!(records[3]["method"], "other");
    assert_eq!(records[0]["token"], token.id.as_str());
    assert_eq!(records[0]["scheme"], "token");
    assert_eq!(records[1]["scheme"], "other");
    let log = fs::read_to_string(env.path("access.jsonl")).unwrap();
    for part in ["hunter2", "HUNTER2", &token.secret, &token.secret[20..]] {
        assert!(!log.contains(part) && !stderr.contains(part));
    }
}
