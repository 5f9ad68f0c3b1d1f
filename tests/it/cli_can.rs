//! `tokenctl can`.

use insta::assert_snapshot;
use serde_json::Value;

use crate::harness::TestEnv;

const POLICY: &str = r#"{"resources": {
    "*": {"allow": ["GET", "HEAD"], "block": ["*"]},
    "review": {"42": {"allow": ["DELETE"]}}
}}"#;

#[test]
fn answer_is_yes_or_no_and_names_the_rule() {
    let env = TestEnv::new();
    env.write("policy.json", POLICY);
    let token = env.issue("--policy policy.json");
    let line = format!("can {}", token.id);
    assert_snapshot!(env.run(&format!("{line} GET review")), @"
    yes
    ------- stderr -------
    Decided by /resources/*/allow/0
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&format!("{line} DELETE review/43")), @"
    no
    ------- stderr -------
    Decided by /resources/*/block/0
    [exit status: 14]
    ");
    assert_snapshot!(env.run(&format!("{line} DELETE review/42 -q")), @"
    yes
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&format!("{line} PUT --json")), @r#"
    {
      "allowed": false,
      "rule": "/resources/*/block/0",
      "why": "/resources/*/block/0"
    }
    [exit status: 14]
    "#);
    let full = env.issue("--full-access");
    assert_snapshot!(env.run(&format!("can {} DELETE user", full.id)), @"
    yes
    ------- stderr -------
    No rule speaks of it: allowed by default
    [exit status: 0]
    ");
    env.run(&format!("can {} GET", &full.id[..6])).succeeds();
    env.run("can zzzz GET").exits(3);
}

#[test]
fn dead_token_may_nothing() {
    let env = TestEnv::new();
    let token = env.issue("--full-access");
    let line = format!("can {} GET", token.id);
    env.run("user disable alice").succeeds();
    assert_snapshot!(env.run(&line), @"
    no
    ------- stderr -------
    The token may do nothing: user_disabled
    [exit status: 15]
    ");
    env.sql("UPDATE token SET expires_at = 1");
    env.run(&line).exits(13);
    env.run(&format!("revoke {} --yes", token.id)).succeeds();
    assert_snapshot!(env.run(&line), @"
    no
    ------- stderr -------
    The token may do nothing: revoked
    [exit status: 12]
    ");
    let told = env.run(&format!("{line} --json")).exits(12).json();
    assert_eq!(told["allowed"], false);
    assert_eq!(told["why"], "revoked");
    assert_eq!(told["rule"], Value::Null);
}

#[test]
fn whole_matrix_is_listed() {
    let env = TestEnv::new();
    env.write("policy.json", POLICY);
    let token = env.issue("--policy policy.json");
    assert_snapshot!(env.run(&format!("can {} --list", token.id)), @"
    access                                        allowed  rule
    DELETE on review 42                           true     /resources/review/42/allow/0
    GET on review 42                              true     /resources/*/allow/0
    HEAD on review 42                             true     /resources/*/allow/1
    any other method on review 42                 false    /resources/*/block/0
    GET on review, any other object               true     /resources/*/allow/0
    HEAD on review, any other object              true     /resources/*/allow/1
    any other method on review, any other object  false    /resources/*/block/0
    GET on any other resource                     true     /resources/*/allow/0
    HEAD on any other resource                    true     /resources/*/allow/1
    any other method on any other resource        false    /resources/*/block/0
    [exit status: 0]
    ");
    let listed = env
        .run(&format!("can {} --list --json", token.id))
        .succeeds();
    // Each line says what the same question asked alone says.
    for row in listed.json().as_array().unwrap() {
        let access = row["access"].as_str().unwrap();
        let Some(("DELETE", object)) = access.split_once(" on ") else {
            continue;
        };
        let Some((resource, id)) = object.split_once(' ').filter(|_| !object.contains("any"))
        else {
            continue;
        };
        let told = env.run(&format!("can {} DELETE {resource}/{id}", token.id));
        assert_eq!(told.exit == 0, row["allowed"] == true, "{access}");
    }
    let full = env.issue("--full-access");
    assert_snapshot!(env.run(&format!("can {} --list", full.id)), @"
    access                    allowed  rule
    any method on everything  true     -
    [exit status: 0]
    ");
    env.run(&format!("revoke {} --yes", token.id)).succeeds();
    let dead = env.run(&format!("can {} --list", token.id)).exits(12);
    assert_eq!(dead.stderr, "warning: the token may do nothing: revoked\n");
}

#[test]
fn network_is_not_forgotten() {
    let env = TestEnv::new();
    let token = env.issue("--full-access --network 10.0.0.0/8");
    assert_snapshot!(env.run(&format!("can {} GET", token.id)), @"
    yes
    ------- stderr -------
    hint: only from its networks; `tokenctl show` names them
    No rule speaks of it: allowed by default
    [exit status: 0]
    ");
}

#[test]
fn damaged_policy_allows_nothing() {
    let env = TestEnv::new();
    let token = env.issue("--full-access");
    env.sql("UPDATE token SET policy = '{\"resources\": []}'");
    assert_snapshot!(env.run(&format!("can {} GET", token.id)), @r#"
    no
    ------- stderr -------
    The stored policy is damaged: The policy's "resources" section must be a JSON object.
    [exit status: 14]
    "#);
    assert_snapshot!(env.run(&format!("can {} --list", token.id)), @r#"
    ------- stderr -------
    warning: the stored policy is damaged: The policy's "resources" section must be a JSON object.
    hint: such a token may do nothing; replace its policy or revoke it
    [exit status: 14]
    "#);
    let listed = env.run(&format!("can {} --list --json", token.id));
    assert_eq!(listed.exits(14).json(), serde_json::json!([]));
    env.run(&format!("revoke {} --yes", token.id)).succeeds();
    env.run(&format!("can {} --list", token.id)).exits(12);
}

#[test]
fn question_has_to_be_whole() {
    let env = TestEnv::new();
    let token = env.issue("--full-access");
    env.run(&format!("can {}", token.id)).exits(2);
    env.run(&format!("can {} GET --list", token.id)).exits(2);
    env.run("can").exits(2);
}

#[test]
fn empty_names_are_not_asked_about() {
    let env = TestEnv::new();
    let token = env.issue("--full-access");
    for object in ["/42", "review/", "/", ""] {
        env.run_with(&format!("can {} GET", token.id), object)
            .exits(2);
    }
    assert_snapshot!(env.run(&format!("can {} GET review/", token.id)), @"
    ------- stderr -------
    error: bad value for `[RESOURCE[/OBJECT]]`: a name is expected, and this one is empty
    hint: try 'tokenctl can --help'
    [exit status: 2]
    ");
    env.run_with("verify --resource review --id", "").exits(2);
    assert_snapshot!(env.run_with("verify --resource", ""), @"
    ------- stderr -------
    error: bad value for `--resource <RESOURCE>`: a name is expected, and this one is empty
    hint: try 'tokenctl verify --help'
    [exit status: 2]
    ");
    env.run_with(
        &format!("policy explain --token {} --resource", token.id),
        "",
    )
    .exits(2);
}
