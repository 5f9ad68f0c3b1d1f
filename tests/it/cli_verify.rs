//! `tokenctl verify`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use insta::assert_snapshot;

use crate::harness::TestEnv;

#[test]
fn method_in_lower_case_is_no_question() {
    let env = TestEnv::new();
    let token = env.issue("--full-access");
    for method in ["delete", "Delete", "*", "GET,HEAD"] {
        let asked = env.run_with_stdin(&format!("verify --method {method}"), token.header());
        assert_eq!(asked.exits(2).stdout, "", "{method}");
        env.run(&format!("can {} {method}", token.id)).exits(2);
        env.run(&format!(
            "policy explain --token {} --method {method}",
            token.id
        ))
        .exits(2);
    }
}

#[test]
fn good_token_is_accepted_in_every_scheme() {
    let env = TestEnv::new();
    let token = env.issue("--full-access");
    let secret = &token.secret;
    for header in [
        format!("token {secret}"),
        format!("TOKEN {secret}\n"),
        format!("Bearer {secret}\r\n"),
        format!("bearer   {secret}"),
        format!("Authorization: token {secret}"),
        format!("authorization:Bearer {secret}\n"),
        format!("Basic {}", STANDARD.encode(format!("alice:{secret}"))),
        format!("Basic {}", STANDARD.encode(format!(":{secret}"))),
    ] {
        for line in ["verify", "verify -"] {
            let told = env.run_with_stdin(line, &header).succeeds();
            assert_eq!(
                told.stdout,
                format!("accepted alice {}\n", token.id),
                "{header}"
            );
            assert_eq!(told.stderr, "");
        }
    }
}

#[test]
fn header_as_arguments_warns_and_is_not_repeated() {
    let env = TestEnv::new();
    let token = env.issue("--full-access");
    let told = env.run(&format!("verify token {}", token.secret));
    assert_snapshot!(told, @"
    accepted alice [id]
    ------- stderr -------
    warning: arguments are visible in the process list; `tokenctl verify -` reads the header from stdin
    [exit status: 0]
    ");
    assert_snapshot!(env.run_with("verify -q", &token.header()), @"
    accepted alice [id]
    [exit status: 0]
    ");
    env.run(&format!("verify Authorization: token {}", token.secret))
        .succeeds();
}

#[test]
fn refusals_are_answers_on_stdout() {
    let env = TestEnv::new();
    let token = env.issue("--full-access --expires 2d");
    let elsewhere = TestEnv::new().issue("--full-access");
    assert_snapshot!(env.run_with_stdin("verify", elsewhere.header()), @"
    unknown
    [exit status: 10]
    ");
    assert_snapshot!(env.run_with_stdin("verify", ""), @"
    no_credentials
    [exit status: 11]
    ");
    assert_snapshot!(env.run_with_stdin("verify", "Digest x"), @"
    no_credentials
    [exit status: 11]
    ");
    assert_snapshot!(env.run_with_stdin("verify", &token.header()[..40]), @"
    malformed
    [exit status: 11]
    ");
    assert_snapshot!(env.run_with_stdin("verify --at 2999-01-01T00:00:00Z", token.header()), @"
    expired since [time] alice [id]
    [exit status: 13]
    ");
    env.run("user disable alice").succeeds();
    assert_snapshot!(env.run_with_stdin("verify", token.header()), @"
    user_disabled since [time] alice [id]
    [exit status: 15]
    ");
    env.run("user enable alice").succeeds();
    env.run(&format!("revoke {} --yes --reason leaked", token.id))
        .succeeds();
    assert_snapshot!(env.run_with_stdin("verify", token.header()), @"
    revoked since [time] alice [id]
    ------- stderr -------
    Reason: leaked
    [exit status: 12]
    ");
    assert_snapshot!(env.run_with_stdin("verify -q", token.header()), @"
    revoked since [time] alice [id]
    [exit status: 12]
    ");
}

#[test]
fn refusals_are_answers_in_json_too() {
    let env = TestEnv::new();
    let token = env.issue("--full-access");
    assert_snapshot!(env.run_with_stdin("verify --json", token.header()), @r#"
    {
      "accepted": true,
      "code": "accepted",
      "message": null,
      "status": 200,
      "headers": {},
      "user": "alice",
      "token": {
        "id": "[id]",
        "user": "alice",
        "state": "active",
        "note": "",
        "labels": {},
        "generator": "tokenctl_v1",
        "deprecated": false,
        "created_at": "[time]",
        "created_by": "[caller]",
        "updated_at": "[time]",
        "expires_at": "[time]",
        "last_used_at": null,
        "suspended_at": null,
        "revoked_at": null,
        "revoked_reason": null,
        "policy": {},
        "networks": null,
        "family": "[id]",
        "rotated_to": null,
        "revision": 1
      },
      "session": {
        "user": "alice",
        "backend": "token",
        "webapi_token_id": "[id]"
      },
      "decision": null,
      "trace": [
        {
          "check": "web_backend",
          "subject": "token",
          "finding": "the header is of this scheme"
        },
        {
          "check": "format",
          "subject": "token",
          "finding": "tokenctl_v1: length, alphabet and checksum are right"
        },
        {
          "check": "auth_backend",
          "subject": "token",
          "finding": "token [id] of alice"
        },
        {
          "check": "state",
          "subject": "[id]",
          "finding": "active"
        },
        {
          "check": "user",
          "subject": "alice",
          "finding": "active"
        },
        {
          "check": "network",
          "subject": "no address",
          "finding": "may be used from anywhere"
        },
        {
          "check": "policy",
          "subject": "document",
          "finding": "can be read; no request is asked about"
        }
      ]
    }
    [exit status: 0]
    "#);
    assert_snapshot!(env.run_with_stdin("verify --json", "token x,y"), @r#"
    {
      "accepted": false,
      "code": "malformed",
      "message": "The username or password was not correct",
      "status": 401,
      "headers": {
        "WWW-Authenticate": "token realm=\"Web API\", Bearer realm=\"Web API\", error=\"invalid_token\", error_description=\"The username or password was not correct\", Basic realm=\"Web API\""
      },
      "user": null,
      "token": null,
      "session": null,
      "decision": null,
      "trace": [
        {
          "check": "web_backend",
          "subject": "token",
          "finding": "the header is of this scheme and cannot be parsed, or is there twice"
        }
      ]
    }
    [exit status: 11]
    "#);
    env.run(&format!("revoke {} --yes --reason leaked", token.id))
        .succeeds();
    let told = env
        .run_with_stdin("verify --json", token.header())
        .exits(12)
        .json();
    assert_eq!(told["code"], "revoked");
    assert_eq!(told["status"], 401);
    assert_eq!(told["token"]["revoked_reason"], "leaked");
    let message = told["message"].as_str().unwrap();
    assert!(
        message.starts_with("This API token became invalid on ") && !message.contains("leaked")
    );
    assert!(
        told["headers"]["WWW-Authenticate"]
            .as_str()
            .unwrap()
            .contains("Bearer")
    );
    let line = env
        .run_with_stdin("verify --format jsonl", token.header())
        .exits(12);
    assert_eq!(line.stdout.lines().count(), 1);
}

#[test]
fn unknown_malformed_and_disabled_look_alike_to_a_client() {
    let env = TestEnv::new();
    let token = env.issue("--full-access");
    env.run("user disable alice").succeeds();
    let answer = |header: &str| {
        let told = env.run_with_stdin("verify --json", header).json();
        (
            told["status"].clone(),
            told["message"].clone(),
            told["headers"].clone(),
        )
    };
    let disabled = answer(&token.header());
    assert_eq!(answer("token tkc_broken"), disabled);
    assert_eq!(answer("token unknown"), disabled);
}

#[test]
fn policy_and_network_are_asked() {
    let env = TestEnv::new();
    let reader = env.issue("--read-only");
    assert_snapshot!(env.run_with_stdin("verify --method DELETE --resource review --id 42", reader.header()), @"
    denied_by_rule alice [id]
    ------- stderr -------
    Decided by /resources/*/block/0
    [exit status: 14]
    ");
    assert_snapshot!(env.run_with_stdin("verify --resource review", reader.header()), @"
    accepted alice [id]
    [exit status: 0]
    ");
    env.run_with_stdin("verify --method POST", reader.header())
        .exits(14);
    let told = env.run_with_stdin(
        "verify --json --method DELETE --resource review",
        reader.header(),
    );
    let told = told.exits(14).json();
    assert_eq!(
        (&told["code"], &told["status"]),
        (&"denied_by_rule".into(), &403.into())
    );
    assert!(told["decision"].is_object());

    let local = env.issue("--full-access --network 192.0.2.0/24");
    env.run_with_stdin("verify --address 192.0.2.7", local.header())
        .succeeds();
    assert_snapshot!(env.run_with_stdin("verify", local.header()), @"
    denied_by_network alice [id]
    ------- stderr -------
    It may be used from 192.0.2.0/24
    hint: name the address of the client with `--address`
    [exit status: 14]
    ");
    assert_snapshot!(env.run_with_stdin("verify --address 198.51.100.1", local.header()), @"
    denied_by_network alice [id]
    ------- stderr -------
    It may be used from 192.0.2.0/24
    [exit status: 14]
    ");
    env.sql("UPDATE token SET policy = '[]'");
    assert_snapshot!(env.run_with_stdin("verify", reader.header()), @"
    policy_unreadable alice [id]
    ------- stderr -------
    The stored policy is damaged: The policy must be a JSON object.
    [exit status: 14]
    ");
}

#[test]
fn use_is_recorded_only_when_asked() {
    let env = TestEnv::new();
    let token = env.issue("--full-access");
    let last_used = || {
        env.run(&format!("show {} --json", token.id))
            .succeeds()
            .json()["last_used_at"]
            .clone()
    };
    env.run_with_stdin("verify", token.header()).succeeds();
    assert!(last_used().is_null());
    env.run_with_stdin("verify --record-use --json", token.header())
        .succeeds();
    assert!(last_used().is_string());
}

#[test]
fn schemes_are_chosen() {
    let env = TestEnv::new();
    let token = env.issue("--full-access");
    assert_snapshot!(env.run_with_stdin("verify --header-from bearer", token.header()), @"
    no_credentials
    [exit status: 11]
    ");
    env.run_with_stdin(
        "verify --header-from bearer --header-from token",
        token.header(),
    )
    .succeeds();
    env.configure("[auth]\nweb_backends = ['basic']\n");
    env.run_with_stdin("verify", token.header()).exits(11);
}

#[test]
fn faults_of_flags_are_usage_errors() {
    let env = TestEnv::new();
    assert_snapshot!(env.run("verify --address nowhere x"), @"
    ------- stderr -------
    error: bad value for `--address`: an IPv4 or IPv6 address is expected
    hint: such as `192.0.2.7` or `2001:db8::1`
    [exit status: 2]
    ");
    assert_snapshot!(env.run("verify --at 2026-01-01 x"), @"
    ------- stderr -------
    error: bad value for `--at`: a time with its offset, such as `[time]`, is expected
    [exit status: 2]
    ");
    assert_snapshot!(env.run("verify --at 2026-01-01T00:00:00Z --record-use x"), @"
    ------- stderr -------
    error: `--at <TIME>` cannot be used with `--record-use`
    hint: try 'tokenctl verify --help'
    [exit status: 2]
    ");
    assert_snapshot!(env.run("verify --id 4 x"), @"
    ------- stderr -------
    error: `--resource <RESOURCE>` is required
    hint: try 'tokenctl verify --help'
    [exit status: 2]
    ");
    assert_snapshot!(env.run("verify --header-from cookie x"), @"
    ------- stderr -------
    error: bad value for `--header-from <SCHEME>`: one of `token`, `bearer`, `basic` is expected
    hint: perhaps `token` was meant; try 'tokenctl verify --help'
    [exit status: 2]
    ");
}

#[test]
fn past_moment_does_not_revive_a_revoked_token() {
    let env = TestEnv::new();
    let token = env.issue("--full-access");
    env.run(&format!("revoke {} --yes", token.id)).succeeds();
    env.run_with_stdin("verify --at 2020-01-01T00:00:00Z", token.header())
        .exits(12);
}

#[test]
fn store_that_cannot_tell_leaves_stdout_empty() {
    let mut env = TestEnv::new();
    let token = env.issue("--full-access");
    env.use_store(env.path("missing.db"));
    assert_snapshot!(env.run_with_stdin("verify", token.header()), @"
    ------- stderr -------
    error: no token store at [dir]/missing.db
    hint: create one with `tokenctl init`, or name another with `--store`
    [exit status: 21]
    ");
    assert_snapshot!(env.run_with_stdin("verify --json", token.header()), @r#"
    ------- stderr -------
    {"error":{"code":"store_missing","exit":21,"message":"no token store at [dir]/missing.db","hint":"create one with `tokenctl init`, or name another with `--store`"}}
    [exit status: 21]
    "#);
}

/// A policy that decides on two levels.
const NARROW: &str = r#"{"resources": {
    "*": {"allow": ["GET"], "block": ["*"]},
    "review": {"42": {"block": ["GET"]}}
}}"#;

const CATALOGUE: &str = r#"
[catalogue.resources.review]
path = "/api/review-requests/{parent}/reviews/{id:number}"
methods = ["GET", "DELETE"]
"#;

#[test]
fn accepted_answer_is_explained() {
    let env = TestEnv::new();
    env.write("narrow.json", NARROW);
    let token = env.issue("--policy narrow.json --network 10.0.0.0/8");
    let header = format!("Bearer {}", token.secret);
    let line = "verify --explain --address 10.0.0.1 --resource review --id 7";
    let told = env.run_with_stdin(line, &header);
    assert!(!told.all().contains(&token.secret));
    assert_snapshot!(told, @"
    accepted alice [id]
    web backend token: the header is not of this scheme
    web backend Bearer: the header is of this scheme
    format token: tokenctl_v1: length, alphabet and checksum are right
    auth backend token: token [id] of alice
    state [id]: active
    user alice: active
    network 10.0.0.1: is one of 10.0.0.0/8
    policy rules: /resources/review/7: no such section
    policy rules: /resources/review/*: no such section
    policy rules: /resources/*: allowed by /resources/*/allow/0
    [exit status: 0]
    ");
    let plain = env.run_with_stdin("verify --explain --address 10.0.0.1", &header);
    assert_snapshot!(plain, @"
    accepted alice [id]
    web backend token: the header is not of this scheme
    web backend Bearer: the header is of this scheme
    format token: tokenctl_v1: length, alphabet and checksum are right
    auth backend token: token [id] of alice
    state [id]: active
    user alice: active
    network 10.0.0.1: is one of 10.0.0.0/8
    policy document: can be read; no request is asked about
    [exit status: 0]
    ");
}

#[test]
fn refused_answer_is_explained() {
    let env = TestEnv::new();
    env.write("narrow.json", NARROW);
    let token = env.issue("--policy narrow.json --network 10.0.0.0/8");
    let header = token.header();
    let explain = |flags: &str, header: &str| {
        let told = env.run_with_stdin(&format!("verify --explain {flags}"), header);
        assert!(!told.all().contains(&token.secret[15..]), "{flags}");
        told
    };
    assert_snapshot!(explain("--address 10.0.0.1 --resource review --id 42", &header), @"
    denied_by_rule alice [id]
    web backend token: the header is of this scheme
    format token: tokenctl_v1: length, alphabet and checksum are right
    auth backend token: token [id] of alice
    state [id]: active
    user alice: active
    network 10.0.0.1: is one of 10.0.0.0/8
    policy rules: /resources/review/42: refused by /resources/review/42/block/0
    ------- stderr -------
    Decided by /resources/review/42/block/0
    [exit status: 14]
    ");
    assert_snapshot!(explain("--address 192.0.2.7", &header), @"
    denied_by_network alice [id]
    web backend token: the header is of this scheme
    format token: tokenctl_v1: length, alphabet and checksum are right
    auth backend token: token [id] of alice
    state [id]: active
    user alice: active
    network 192.0.2.7: is none of 10.0.0.0/8
    ------- stderr -------
    It may be used from 10.0.0.0/8
    [exit status: 14]
    ");
    assert_snapshot!(explain("", &header), @"
    denied_by_network alice [id]
    web backend token: the header is of this scheme
    format token: tokenctl_v1: length, alphabet and checksum are right
    auth backend token: token [id] of alice
    state [id]: active
    user alice: active
    network no address: is none of 10.0.0.0/8
    ------- stderr -------
    It may be used from 10.0.0.0/8
    hint: name the address of the client with `--address`
    [exit status: 14]
    ");
    let elsewhere = TestEnv::new().issue("--full-access");
    let told = explain("", &elsewhere.header());
    assert!(!told.all().contains(&elsewhere.secret));
    assert_snapshot!(told, @"
    unknown
    web backend token: the header is of this scheme
    format token: tokenctl_v1: length, alphabet and checksum are right
    auth backend token: these credentials are not known here
    [exit status: 10]
    ");
    let broken = format!("token {}x", &token.secret[..52]);
    let told = explain("", &broken);
    assert!(!told.all().contains(&token.secret[..52]));
    assert_snapshot!(told, @"
    malformed
    web backend token: the header is of this scheme
    format token: token has a wrong checksum
    auth backend token: refused by its format, without looking it up
    [exit status: 11]
    ");
    assert_snapshot!(explain("", ""), @"
    no_credentials
    web backend token: the header is not of this scheme
    web backend Bearer: the header is not of this scheme
    web backend Basic: the header is not of this scheme
    [exit status: 11]
    ");
    let told = explain("", &format!("{} x", token.secret));
    assert!(
        !told.all().contains(&token.secret),
        "the scheme may be the secret"
    );
    assert_snapshot!(told, @"
    no_credentials
    web backend token: the header is not of this scheme
    web backend Bearer: the header is not of this scheme
    web backend Basic: the header is not of this scheme
    [exit status: 11]
    ");
    env.sql("UPDATE token SET policy = '[]', networks = NULL");
    assert_snapshot!(explain("", &header), @"
    policy_unreadable alice [id]
    web backend token: the header is of this scheme
    format token: tokenctl_v1: length, alphabet and checksum are right
    auth backend token: token [id] of alice
    state [id]: active
    user alice: active
    network no address: may be used from anywhere
    policy document: damaged: The policy must be a JSON object.
    ------- stderr -------
    The stored policy is damaged: The policy must be a JSON object.
    [exit status: 14]
    ");
    env.run("user disable alice").succeeds();
    assert_snapshot!(explain("", &header), @"
    user_disabled since [time] alice [id]
    web backend token: the header is of this scheme
    format token: tokenctl_v1: length, alphabet and checksum are right
    auth backend token: token [id] of alice
    state [id]: active
    user alice: disabled since [time]
    [exit status: 15]
    ");
    env.run(&format!("revoke {} --yes", token.id)).succeeds();
    assert_snapshot!(explain("", &header), @"
    revoked since [time] alice [id]
    web backend token: the header is of this scheme
    format token: tokenctl_v1: length, alphabet and checksum are right
    auth backend token: token [id] of alice
    state [id]: revoked since [time]
    [exit status: 12]
    ");
}

#[test]
fn trace_and_decision_are_in_json() {
    let env = TestEnv::new();
    env.write("narrow.json", NARROW);
    let token = env.issue("--policy narrow.json");
    let line = "verify --json --resource review --id 42";
    let told = env.run_with_stdin(line, token.header()).exits(14);
    assert!(!told.all().contains(&token.secret));
    let answer = told.json();
    assert_snapshot!(serde_json::to_string_pretty(&answer["trace"]).unwrap().replace(&token.id, "[id]"), @r#"
    [
      {
        "check": "web_backend",
        "finding": "the header is of this scheme",
        "subject": "token"
      },
      {
        "check": "format",
        "finding": "tokenctl_v1: length, alphabet and checksum are right",
        "subject": "token"
      },
      {
        "check": "auth_backend",
        "finding": "token [id] of alice",
        "subject": "token"
      },
      {
        "check": "state",
        "finding": "active",
        "subject": "[id]"
      },
      {
        "check": "user",
        "finding": "active",
        "subject": "alice"
      },
      {
        "check": "network",
        "finding": "may be used from anywhere",
        "subject": "no address"
      },
      {
        "check": "policy",
        "finding": "/resources/review/42: refused by /resources/review/42/block/0",
        "subject": "rules"
      }
    ]
    "#);
    assert_snapshot!(answer["decision"], @r#"{"allowed":false,"rule":"/resources/review/42/block/0"}"#);
    // What is traced is the same with and without the words for people.
    let same = env.run_with_stdin(&format!("{line} --explain"), token.header());
    assert_eq!(same.json()["trace"], answer["trace"]);
    let other = TestEnv::new().issue("--full-access");
    let unknown = env
        .run_with_stdin("verify --json", other.header())
        .exits(10);
    assert!(!unknown.all().contains(&other.secret));
    assert!(!unknown.json()["trace"].as_array().unwrap().is_empty());
    assert!(unknown.json()["decision"].is_null());
}

#[test]
fn path_is_mapped_by_the_catalogue() {
    let env = TestEnv::new();
    env.write("narrow.json", NARROW);
    let narrow = env.issue("--policy narrow.json").header();
    let full = env.issue("--full-access").header();
    let path =
        |path: &str, header: &str| env.run_with_stdin(&format!("verify --path {path}"), header);
    assert_snapshot!(path("/api/review-requests/7/reviews/42", &narrow), @"
    ------- stderr -------
    error: `--path` needs a resource catalogue
    hint: write `[catalogue.resources]` into the configuration, or pass `--resource`
    [exit status: 2]
    ");

    env.configure(CATALOGUE);
    for (named, exit) in [
        ("/api/review-requests/7/reviews/42", 14),
        ("/api/review-requests/7/reviews/42/?full=1", 14),
        ("/api/review-requests/7/reviews/4%32", 14),
        ("/api/review-requests/7/reviews/43", 0),
        ("/api/review-requests/7/reviews/", 0),
        ("/api/users/", 14),
    ] {
        assert_eq!(path(named, &narrow).exit, exit, "{named}");
    }
    let told = env.run_with_stdin("verify --explain --path /api/users/", &full);
    assert_snapshot!(told, @"
    denied_by_rule alice [id]
    web backend token: the header is of this scheme
    format token: tokenctl_v1: length, alphabet and checksum are right
    auth backend token: token [id] of alice
    state [id]: active
    user alice: active
    network no address: may be used from anywhere
    policy path: of no resource, and the catalogue is closed
    ------- stderr -------
    The path is of no resource, and the catalogue is closed
    [exit status: 14]
    ");
    let told = env.run_with_stdin(
        "verify --explain --method DELETE --path /api/review-requests/7/reviews/43",
        &narrow,
    );
    assert_snapshot!(told, @"
    denied_by_rule alice [id]
    web backend token: the header is of this scheme
    format token: tokenctl_v1: length, alphabet and checksum are right
    auth backend token: token [id] of alice
    state [id]: active
    user alice: active
    network no address: may be used from anywhere
    policy rules: /resources/review/43: no such section
    policy rules: /resources/review/*: no such section
    policy rules: /resources/*: refused by /resources/*/block/0
    ------- stderr -------
    Decided by /resources/*/block/0
    [exit status: 14]
    ");

    env.configure(&format!("catalogue.mode = \"open\"\n{CATALOGUE}"));
    assert_eq!(path("/api/users/", &full).exit, 0);
    let told = env.run_with_stdin("verify --explain --method PUT --path /api/users/", &narrow);
    assert_snapshot!(told, @"
    denied_by_rule alice [id]
    web backend token: the header is of this scheme
    format token: tokenctl_v1: length, alphabet and checksum are right
    auth backend token: token [id] of alice
    state [id]: active
    user alice: active
    network no address: may be used from anywhere
    policy rules: /resources/*: refused by /resources/*/block/0
    ------- stderr -------
    Decided by /resources/*/block/0
    [exit status: 14]
    ");
}

#[test]
fn hostile_path_is_refused_before_it_is_mapped() {
    let env = TestEnv::new();
    let header = env.issue("--full-access").header();
    env.configure(&format!("catalogue.mode = \"open\"\n{CATALOGUE}"));
    let mut told = String::new();
    for path in [
        "/api//users",
        "/api/../users",
        "/api/./users",
        "/api/%2e%2e/users",
        "/api%2fusers",
        "/api/users;x=1",
        "/api\\users",
        "/api/%00",
        "/api/%zz",
        "api/users",
        "/api/users#x",
        "/%ff",
    ] {
        let output = env.run_with_stdin(&format!("verify --path {path}"), &header);
        assert_eq!(output.stdout, "", "{path}");
        assert_eq!(output.exit, 2, "{path}: {output}");
        told.push_str(output.stderr.lines().next().unwrap());
        told.push('\n');
    }
    assert_snapshot!(told, @"
    error: bad value for `--path`: the path has an empty segment
    error: bad value for `--path`: the path has a segment of dots alone
    error: bad value for `--path`: the path has a segment of dots alone
    error: bad value for `--path`: the path has a segment of dots alone
    error: bad value for `--path`: the path has a percent-encoded delimiter
    error: bad value for `--path`: the path has a `;`
    error: bad value for `--path`: the path has a character that must not stand in a path
    error: bad value for `--path`: the path has a percent-encoded control character
    error: bad value for `--path`: the path has a malformed percent-encoding
    error: bad value for `--path`: the path does not begin with `/`
    error: bad value for `--path`: the path has a character that must not stand in a path
    error: bad value for `--path`: the path is not UTF-8
    ");
    env.run("verify --path /api/users --resource user").exits(2);
    env.run("verify --path /api/users --id 42").exits(2);
}
