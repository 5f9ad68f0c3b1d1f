//! `tokenctl identify`.

use insta::assert_snapshot;

use crate::harness::TestEnv;

#[test]
fn secret_is_identified_bare_or_in_a_header() {
    let env = TestEnv::new();
    let token = env.issue("--read-only --note found");
    assert_snapshot!(env.run_with_stdin("identify -", &token.secret), @"
    id            [id]
    user          alice
    state         active
    expires_at    [time]
    last_used_at  -
    note          found
    [exit status: 0]
    ");
    for text in [
        token.secret.clone(),
        format!("{}\n", token.secret),
        token.header(),
        format!("Authorization: Bearer {}\r\n", token.secret),
    ] {
        let told = env.run_with_stdin("identify --json", text).succeeds();
        assert_eq!(told.json()["id"], token.id.as_str());
        assert!(!told.stdout.contains(&token.secret));
    }
    let csv = env
        .run_with_stdin("identify --format csv", &token.secret)
        .succeeds();
    assert!(
        csv.stdout.lines().nth(1).unwrap().starts_with(&token.id),
        "{csv}"
    );
}

#[test]
fn dead_token_is_identified_and_no_use_is_recorded() {
    let env = TestEnv::new();
    let token = env.issue("--read-only");
    env.run(&format!("revoke {} --yes", token.id)).succeeds();
    let told = env
        .run_with_stdin("identify --json", &token.secret)
        .succeeds()
        .json();
    assert_eq!(told["state"], "revoked");
    assert_eq!(told["last_used_at"], serde_json::Value::Null);
}

#[test]
fn unknown_secret_is_not_found_and_a_broken_one_is_bad_data() {
    let env = TestEnv::new();
    let elsewhere = TestEnv::new().issue("--read-only");
    assert_snapshot!(env.run_with_stdin("identify -", &elsewhere.secret), @"
    ------- stderr -------
    error: no token here has this secret
    hint: it may belong to another store, or have been removed
    [exit status: 3]
    ");
    assert_snapshot!(env.run_with_stdin("identify - --json", &elsewhere.secret), @r#"
    ------- stderr -------
    {"error":{"code":"not_found","exit":3,"message":"no token here has this secret","hint":"it may belong to another store, or have been removed"}}
    [exit status: 3]
    "#);
    let mut broken = elsewhere.secret.clone();
    broken.pop();
    assert_snapshot!(env.run_with_stdin("identify -", &broken), @"
    ------- stderr -------
    error: this is not a whole token: its length, alphabet or checksum is wrong
    hint: look for a character that was lost or added when it was copied
    [exit status: 65]
    ");
    assert_snapshot!(env.run_with_stdin("identify -", "two words"), @"
    ------- stderr -------
    error: this is neither a token nor a header that can be parsed
    hint: a header reads `token SECRET` or `Bearer SECRET`
    [exit status: 65]
    ");
    assert_snapshot!(env.run_with_stdin("identify", ""), @"
    ------- stderr -------
    error: this is neither a token nor a header that can be parsed
    hint: a header reads `token SECRET` or `Bearer SECRET`
    [exit status: 65]
    ");
    env.run_with_stdin("identify", "x".repeat(9000)).exits(65);
    env.run_with_stdin("identify", b"tkc_\xff").exits(65);
}

#[test]
fn secret_is_no_argument() {
    let env = TestEnv::new();
    let token = env.issue("--read-only");
    let refused = env.run(&format!("identify {}", token.secret));
    assert!(!refused.all().contains(&token.secret));
    assert_snapshot!(refused, @"
    ------- stderr -------
    error: bad value for `[-]`: `-` alone is expected, as stdin is read; an argument can be seen by other users of the machine
    hint: try 'tokenctl identify --help'
    [exit status: 2]
    ");
}
