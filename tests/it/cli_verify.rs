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
    ------- stderr -------
    hint: a header begins with its scheme, as in `token TOKEN`; a token alone is for `tokenctl identify -`
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

#[test]
fn yes_under_a_clock_that_may_have_been_set_back_comes_with_a_warning() {
    let env = TestEnv::new();
    let token = env.issue("--read-only");
    env.sql("UPDATE event SET at = 4102444800 WHERE seq = (SELECT max(seq) FROM event)");
    assert_snapshot!(env.run_with_stdin("verify", token.header()), @"
    accepted alice [id]
    ------- stderr -------
    warning: the clock is behind the newest event of the store, of [time]: it may have been set back
    [exit status: 0]
    ");
    let told = env.run_with_stdin("verify --json", token.header());
    assert_eq!(told.succeeds().stderr, "");
    let told = env.run_with_stdin("verify", "token unknown").exits(10);
    assert_eq!(told.stderr, "");
}
