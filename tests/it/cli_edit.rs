//! `tokenctl edit`.

use insta::assert_snapshot;

use crate::harness::TestEnv;

#[test]
fn note_and_labels_are_changed_without_a_question() {
    let env = TestEnv::new();
    let token = env.issue("--read-only --note old --label team=web --label env=test");
    let line = format!(
        "edit {} --note new --label team=infra --remove-label env",
        token.id
    );
    assert_snapshot!(env.run(&line), @r#"
    id          user   state   labels            note
    [id]  alice  active  {"team":"infra"}  new
    ------- stderr -------
    Edited 1 token.
    [exit status: 0]
    "#);
    assert_snapshot!(env.run(&line), @r#"
    id          user   state   labels            note
    [id]  alice  active  {"team":"infra"}  new
    ------- stderr -------
    Nothing was changed: it said so already.
    [exit status: 0]
    "#);
    let told = env.run(&format!("show {} --json", token.id)).succeeds();
    let told = told.json();
    assert_eq!(told["note"], "new");
    assert_eq!(told["labels"], serde_json::json!({ "team": "infra" }));
    assert_eq!(told["revision"], 2);
    env.run_with_stdin("verify", token.header()).succeeds();
}

#[test]
fn state_does_not_matter_and_an_empty_note_takes_it_away() {
    let env = TestEnv::new();
    let token = env.issue("--read-only --note old");
    env.run("revoke --all --yes").succeeds();
    let told = env
        .run_args(&["edit", &token.id[..4], "--note", "", "--json"])
        .succeeds();
    assert_eq!(told.column("note"), [""]);
    assert_eq!(told.column("state"), ["revoked"]);
}

#[test]
fn dry_run_changes_nothing() {
    let env = TestEnv::new();
    let token = env.issue("--read-only --note old");
    assert_snapshot!(env.run(&format!("edit {} --note new --dry-run", token.id)), @"
    id          user   state   labels  note
    [id]  alice  active  {}      new
    ------- stderr -------
    Would edit 1 token; nothing was done.
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&format!("edit {} --note old --dry-run", token.id)), @"
    id          user   state   labels  note
    [id]  alice  active  {}      old
    ------- stderr -------
    Would change nothing: it says so already.
    [exit status: 0]
    ");
    let told = env.run(&format!("show {} --json", token.id)).succeeds();
    assert_eq!(told.json()["note"], "old");
}

#[test]
fn what_cannot_be_kept_is_refused() {
    let env = TestEnv::new();
    let token = env.issue("--read-only");
    let edit = format!("edit {}", token.id);
    assert_snapshot!(env.run(&edit), @"
    ------- stderr -------
    error: nothing is named that shall be changed
    hint: pass `--note TEXT`, `--label KEY=VALUE` or `--remove-label KEY`
    [exit status: 2]
    ");
    assert_snapshot!(env.run(&format!("{edit} --label team")), @"
    ------- stderr -------
    error: bad value for `--label`: a label is written KEY=VALUE
    [exit status: 2]
    ");
    assert_snapshot!(env.run(&format!("{edit} --label a=1 --label a=2")), @"
    ------- stderr -------
    error: bad value for `--label`: label `a` is given twice
    [exit status: 2]
    ");
    assert_snapshot!(env.run(&format!("{edit} --remove-label team=web")), @"
    ------- stderr -------
    error: bad value for `--remove-label`: a label's key has 1 to 63 of A-Z a-z 0-9 . _ / - and begins with a letter or digit
    [exit status: 2]
    ");
    assert_snapshot!(env.run(&format!("{edit} --label a=1 --remove-label a")), @"
    ------- stderr -------
    error: label `a` cannot be both written and taken away
    [exit status: 2]
    ");
    assert_snapshot!(env.run("edit 0000 --note x"), @"
    ------- stderr -------
    error: no token has an id that begins with 0000
    hint: nothing was done; `tokenctl list` shows the tokens there are
    [exit status: 3]
    ");
    let secret = env.run_with(&format!("{edit} --note"), &token.secret);
    assert!(!secret.all().contains(&token.secret), "{secret}");
    secret.exits(2);
    env.run_with(&format!("{edit} --note"), &"x".repeat(5000))
        .exits(2);
    let told = env.run(&format!("show {} --json", token.id)).succeeds();
    assert_eq!(told.json()["revision"], 1);
}
