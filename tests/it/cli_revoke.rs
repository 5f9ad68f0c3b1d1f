//! `tokenctl revoke`.

use insta::assert_snapshot;

use crate::harness::TestEnv;

#[test]
fn token_is_revoked_by_id_once() {
    let env = TestEnv::new();
    let token = env.issue("--read-only --note ci");
    assert_snapshot!(env.run(&format!("revoke {} --yes --reason leaked", token.id)), @"
    id          user   state    revoked_at            revoked_reason  last_used_at  note
    [id]  alice  revoked  [time]  leaked          -             ci
    ------- stderr -------
    Revoked 1 token.
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&format!("revoke {} --yes --reason again", token.id)), @"
    id          user   state    revoked_at            revoked_reason  last_used_at  note
    [id]  alice  revoked  [time]  leaked          -             ci
    ------- stderr -------
    Revoked 0 tokens (1 revoked before, first date and reason kept).
    [exit status: 0]
    ");
    let told = env
        .run(&format!("show {} --json", token.id))
        .succeeds()
        .json();
    assert_eq!(told["revoked_reason"], "leaked");
    assert_eq!(told["revision"], 2);
}

#[test]
fn without_a_terminal_it_has_to_be_confirmed_by_flag() {
    let env = TestEnv::new();
    let token = env.issue("--read-only");
    assert_snapshot!(env.run(&format!("revoke {}", token.id)), @"
    ------- stderr -------
    error: this has to be confirmed, and there is no terminal to ask on
    hint: pass `--yes` to go on without a question, or `--dry-run` to see what it would do
    [exit status: 2]
    ");
    env.run(&format!("revoke {} --json", token.id)).exits(2);
    env.run_with_stdin("verify", token.header()).succeeds();
}

#[test]
fn dry_run_changes_nothing() {
    let env = TestEnv::new();
    let token = env.issue("--read-only");
    assert_snapshot!(env.run(&format!("revoke {} --dry-run --reason why", token.id)), @"
    id          user   state    revoked_at            revoked_reason  last_used_at  note
    [id]  alice  revoked  [time]  why             -
    ------- stderr -------
    Would revoke 1 token; nothing was done.
    [exit status: 0]
    ");
    let planned = env.run("revoke --user alice --dry-run --json").succeeds();
    assert_eq!(planned.column("id"), [token.id.as_str()]);
    env.run_with_stdin("verify", token.header()).succeeds();
    let told = env
        .run(&format!("show {} --json", token.id))
        .succeeds()
        .json();
    assert_eq!(told["revision"], 1);
}

#[test]
fn several_ids_are_revoked_together_or_not_at_all() {
    let env = TestEnv::new();
    let (one, two) = (env.issue("--read-only"), env.issue("--full-access"));
    assert_snapshot!(env.run(&format!("revoke {} 0000 --yes", one.id)), @"
    ------- stderr -------
    error: no token has an id that begins with 0000
    hint: nothing was done; `tokenctl list` shows the tokens there are
    [exit status: 3]
    ");
    env.run_with_stdin("verify", one.header()).succeeds();
    let line = format!(
        "revoke {} {} {} --yes --json",
        one.id,
        two.id,
        one.id.to_uppercase()
    );
    let told = env.run(&line).succeeds();
    assert_eq!(told.column("id"), [one.id.as_str(), two.id.as_str()]);
    assert_eq!(told.column("state"), ["revoked", "revoked"]);
}

#[test]
fn ambiguous_id_revokes_nothing() {
    let env = TestEnv::new();
    for id in ["7gk2m9x4qd", "7gk2m9x4qe"] {
        let token = env.issue("--full-access");
        env.rename_token(&token.id, id);
    }
    assert_snapshot!(env.run("revoke 7gk2 --yes"), @"
    ------- stderr -------
    error: several tokens have an id that begins with 7gk2
    hint: type more of one of [id], [id]
    [exit status: 4]
    ");
    assert_eq!(
        env.run("list --json --state active")
            .succeeds()
            .column("id")
            .len(),
        2
    );
}

#[test]
fn token_is_revoked_by_its_secret() {
    let env = TestEnv::new();
    let token = env.issue("--read-only");
    let other = env.issue("--read-only");
    let told = env.run_with_stdin("revoke --secret - --yes --reason leaked", token.header());
    assert!(!told.all().contains(&token.secret));
    assert_snapshot!(told, @"
    id          user   state    revoked_at            revoked_reason  last_used_at  note
    [id]  alice  revoked  [time]  leaked          -
    ------- stderr -------
    Revoked 1 token.
    [exit status: 0]
    ");
    env.run_with_stdin("verify", token.header()).exits(12);
    env.run_with_stdin("verify", other.header()).succeeds();
    env.run_with_stdin("revoke --secret - --yes", "tkc_0000")
        .exits(65);
    let elsewhere = TestEnv::new().issue("--read-only");
    env.run_with_stdin("revoke --secret - --yes --json", &elsewhere.secret)
        .exits(3);
    env.run_with_stdin("revoke --secret -", &other.secret)
        .exits(2);
}

#[test]
fn tokens_are_chosen_by_flags_or_all_of_them_out_loud() {
    let env = TestEnv::new();
    env.run("user add bob").succeeds();
    let alices = env.issue("--read-only");
    let bobs = env.issue_to("bob", "--read-only");
    assert_snapshot!(env.run("revoke --yes"), @"
    ------- stderr -------
    error: no token is named
    hint: name ids, or `--secret -`, or choose tokens with flags such as `--user NAME`; all of them is `--all`
    [exit status: 2]
    ");
    assert_snapshot!(env.run(&format!("revoke --all {} --yes", alices.id)), @"
    ------- stderr -------
    error: ids or a secret cannot be used together with flags that choose tokens
    hint: name ids, or `--secret -`, or choose tokens with flags such as `--user NAME`; all of them is `--all`
    [exit status: 2]
    ");
    assert_snapshot!(env.run("revoke --user nobody --yes"), @"
    ------- stderr -------
    error: no user is named `nobody`
    hint: nothing was done; `tokenctl user list` shows the users there are
    [exit status: 3]
    ");
    assert_snapshot!(env.run("revoke --user bob --expiring-within 1d --yes"), @"
    ------- stderr -------
    Choosing tokens ending by [time].
    Revoked 0 tokens.
    [exit status: 0]
    ");
    let csv = env.run("revoke --user bob --yes --format csv").succeeds();
    let rows: Vec<&str> = csv.stdout.lines().collect();
    assert!(rows[0].starts_with("id,user,state,"), "{csv}");
    let bobs_row = format!("{},bob,revoked,", bobs.id);
    assert!(rows.len() == 2 && rows[1].starts_with(&bobs_row), "{csv}");
    assert_eq!(csv.stderr, "Revoked 1 token.\n");
    env.run_with_stdin("verify", bobs.header()).exits(12);
    env.run_with_stdin("verify", alices.header()).succeeds();
    env.run("revoke --all --yes -q").succeeds();
    env.run_with_stdin("verify", alices.header()).exits(12);
}

#[test]
fn ids_come_from_stdin() {
    let env = TestEnv::new();
    let (one, two) = (env.issue("--read-only"), env.issue("--read-only"));
    let kept = env.issue("--read-only");
    let ids = format!("{}\n\n  {}\r\n{}\n", one.id, two.id, one.id);
    let told = env
        .run_with_stdin("revoke --ids-from - --yes --json", ids)
        .succeeds();
    assert_eq!(told.column("id").len(), 2);
    env.run_with_stdin("verify", kept.header()).succeeds();
    assert_snapshot!(env.run_with_stdin("revoke --ids-from - --yes", "zzzz\nnot-an-id\n"), @"
    ------- stderr -------
    error: no token has an id that begins with zzzz
    hint: nothing was done; `tokenctl list` shows the tokens there are
    [exit status: 3]
    ");
    assert_snapshot!(env.run_with_stdin("revoke --ids-from - --yes", format!("{}\nnot-an-id\n", kept.id)), @"
    ------- stderr -------
    error: line 2 of stdin is no id: a token id is of `0-9` and `a-z` without `i`, `l`, `o` and `u`, not so at byte 1
    hint: one id a line is expected
    [exit status: 65]
    ");
    assert_snapshot!(env.run_with_stdin("revoke --ids-from - --yes", ""), @"
    ------- stderr -------
    Revoked 0 tokens.
    [exit status: 0]
    ");
    env.run_with_stdin("verify", kept.header()).succeeds();
    assert_snapshot!(env.run("revoke --ids-from ids.txt --yes"), @"
    ------- stderr -------
    error: bad value for `--ids-from <->`: `-` alone is expected, as stdin is read; an argument can be seen by other users of the machine
    hint: try 'tokenctl revoke --help'
    [exit status: 2]
    ");
}

#[test]
fn reason_has_its_limits() {
    let env = TestEnv::new();
    let token = env.issue("--read-only");
    let line = format!("revoke {} --yes --reason", token.id);
    assert_snapshot!(env.run_with(&line, &"x".repeat(5000)), @"
    ------- stderr -------
    error: bad value for `--reason`: text is 5000 bytes long, at most 4096 are kept
    [exit status: 2]
    ");
    env.run_with(&line, &"x".repeat(4096)).succeeds();
}

#[test]
fn token_that_is_named_twice_is_one() {
    let env = TestEnv::new();
    let token = env.issue("--read-only");
    let told = env.run(&format!("revoke {0} {0} --yes", token.id));
    assert_eq!(told.succeeds().stderr, "Revoked 1 token.\n");
}
