//! `tokenctl restrict` on tokens that were chosen by flags, and its records.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::cli_restrict::{can, events, record};
use crate::harness::TestEnv;

#[test]
fn chosen_tokens_are_restricted_together() {
    let env = TestEnv::new();
    env.run("user add bob").succeeds();
    let wide = env.issue("--full-access --expires never");
    let narrow = env.issue("--read-only --expires never");
    let bobs = env.issue_to("bob", "--full-access --expires never");
    assert_snapshot!(env.run("restrict --user alice --read-only"), @"
    ------- stderr -------
    error: this has to be confirmed, and there is no terminal to ask on
    hint: pass `--yes` to go on without a question, or `--dry-run` to see what it would do
    [exit status: 2]
    ");
    env.run("restrict --user alice --read-only --json").exits(2);
    let before = events(&env);
    let planned = env
        .run("restrict --user alice --read-only --dry-run")
        .succeeds();
    assert!(planned.stdout.contains(&wide.id), "{planned}");
    assert!(planned.stdout.contains(&narrow.id), "{planned}");
    assert!(
        planned.stderr.ends_with(
            "Would restrict 1 token (1 unchanged: nothing to take away); nothing was done.\n"
        ),
        "{planned}"
    );
    assert_eq!(events(&env), before);
    assert!(can(&env, &wide, "DELETE"));

    let done = env
        .run("restrict --user alice --read-only --yes --json")
        .succeeds();
    assert_eq!(done.column("user"), ["alice", "alice"]);
    assert_eq!(
        events(&env),
        before + 1,
        "one event for the one that changed"
    );
    assert!(!can(&env, &wide, "DELETE"));
    assert!(can(&env, &bobs, "DELETE"));
    assert_snapshot!(env.run("restrict --label team=none --read-only --yes"), @"
    ------- stderr -------
    Restricted 0 tokens.
    [exit status: 0]
    ");
    env.run("restrict --user nobody --read-only --yes").exits(3);
    env.run("restrict --all --read-only --yes -q").succeeds();
    assert!(!can(&env, &bobs, "DELETE"));
}

#[test]
fn one_token_that_cannot_be_restricted_stops_all() {
    let env = TestEnv::new();
    let one = env.issue("--full-access");
    let other = env.issue("--full-access --network 192.0.2.0/24");
    let told = env.run("restrict --user alice --network 10.0.0.0/8 --yes");
    assert!(told.stderr.contains(&other.id), "{told}");
    assert_snapshot!(told, @"
    ------- stderr -------
    error: token [id] is not restricted: no network would be left from which the token may be used
    hint: nothing was done: name a network that it has, or suspend the token
    [exit status: 4]
    ");
    assert_eq!(record(&env, &one)["networks"], Value::Null);
    let ids = format!("{}\n", one.id);
    env.run_with_stdin("restrict --ids-from - --network 10.0.0.0/8 --yes", ids)
        .succeeds();
    assert_eq!(record(&env, &one)["networks"], json!(["10.0.0.0/8"]));
}

#[test]
fn question_names_the_tokens_that_were_chosen() {
    let env = TestEnv::new();
    let token = env.issue("--full-access --note nightly");
    let same = env.issue("--read-only --note daily");
    let command = "$TOKENCTL restrict --user alice --read-only";
    let Some((exit, shown)) = env.on_terminal(command, "n\\r") else {
        return;
    };
    assert_eq!(exit, 5, "{shown}");
    let named = format!("{} of alice, never used, \"nightly\"", token.id);
    for part in [
        named.as_str(),
        "About to restrict 1 token (1 unchanged: nothing to take away).",
        "Restrict these tokens?",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert!(!shown.contains(&same.id), "{shown}");
    assert!(can(&env, &token, "DELETE"));
}

#[test]
fn records_come_in_every_format() {
    let env = TestEnv::new();
    let token = env.issue("--full-access --expires never");
    let csv = env
        .run(&format!("restrict {} --read-only --format csv", token.id))
        .succeeds();
    assert!(csv.stdout.starts_with("id,user,state,"), "{csv}");
    assert_eq!(csv.stdout.lines().count(), 2, "{csv}");
    let line = env
        .run(&format!(
            "restrict {} --allow GET --format jsonl -q",
            token.id
        ))
        .succeeds();
    assert_eq!(line.json()["revision"], 3);
    assert_eq!(line.stderr, "");
    let told = env
        .run(&format!(
            "restrict {} --expires 2999-01-01 --json",
            token.id
        ))
        .succeeds();
    assert_eq!(told.json()[0], record(&env, &token));
}

#[test]
fn other_words_for_the_same_rights_are_told() {
    let env = TestEnv::new();
    let token = env.issue("--read-only --expires never");
    env.write(
        "same.json",
        r#"{"resources": {"*": {"allow": ["HEAD", "GET", "OPTIONS"], "block": ["*"]}}}"#,
    );
    assert_snapshot!(env.run(&format!("restrict {} --policy same.json", token.id)), @r#"
    id          user   state   expires_at  networks  policy
    [id]  alice  active  -           -         {"resources":{"*":{"allow":["HEAD","GET","OPTIONS"],"block":["*"]}}}
    ------- stderr -------
    Token [id] of alice:
      the policy is written anew, and allows the same as before
    Restricted 1 token.
    [exit status: 0]
    "#);
}

#[test]
fn end_before_now_is_told_in_our_words() {
    let env = TestEnv::new();
    let token = env.issue("--read-only");
    assert_snapshot!(env.run(&format!("restrict {} --expires -1d", token.id)), @"
    ------- stderr -------
    error: bad value for `--expires`: a time such as `[time]`, a date such as `2026-12-31`, or a duration such as `90d`, `12h`, `1w`, `6mo` or `1y` is expected
    [exit status: 2]
    ");
}
