//! `tokenctl verify --explain` and `--path`: the way to an answer, and the resource behind a path.

use insta::assert_snapshot;

use crate::harness::TestEnv;

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
    ------- stderr -------
    hint: a header begins with its scheme, as in `token TOKEN`; a token alone is for `tokenctl identify -`
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
