//! `tokenctl scan --revoke`.

use insta::assert_snapshot;

use crate::cli_scan::STRANGE;
use crate::harness::TestEnv;

#[test]
fn live_ones_are_revoked_together_and_the_rest_is_left() {
    let env = TestEnv::new();
    let (one, two, dead) = (
        env.issue("--read-only --note ci"),
        env.issue("--full-access"),
        env.issue("--read-only"),
    );
    let other = env.issue("--read-only");
    env.run(&format!("revoke {} --yes --reason before", dead.id))
        .succeeds();
    let text = format!(
        "{}\n{}\n{}\n{STRANGE}\n{}\n",
        one.secret, two.secret, dead.secret, one.secret
    );
    assert_snapshot!(env.run_with_stdin("scan - --revoke --reason leaked --yes", &text), @"
    file  line  found    id          user   state    last_used_at
    -     1     live     [id]  alice  active   -
    -     2     live     [id]  alice  active   -
    -     3     dead     [id]  alice  revoked  -
    -     4     unknown  [id]  -      -        -
    -     5     live     [id]  alice  active   -
    ------- stderr -------
    Scanned 1 file: 5 findings, 3 live.
    Revoked 2 tokens.
    [exit status: 17]
    ");
    for token in [&one, &two] {
        let record = env
            .run(&format!("show {} --json", token.id))
            .succeeds()
            .json();
        assert_eq!(record["revoked_reason"], "leaked");
        env.run_with_stdin("verify", token.header()).exits(12);
    }
    let record = env
        .run(&format!("show {} --json", dead.id))
        .succeeds()
        .json();
    assert_eq!(record["revoked_reason"], "before");
    env.run_with_stdin("verify", other.header()).succeeds();
    let again = env
        .run_with_stdin("scan - --revoke --yes --json", &text)
        .succeeds();
    assert_eq!(
        again.column("found"),
        ["dead", "dead", "dead", "unknown", "dead"]
    );
}

#[test]
fn reason_says_that_it_was_found() {
    let env = TestEnv::new();
    let token = env.issue("--read-only");
    let told = env
        .run_with_stdin("scan - --revoke --yes --json", &token.secret)
        .exits(17);
    assert_eq!(told.column("state"), ["active"], "as it was found");
    let record = env
        .run(&format!("show {} --json", token.id))
        .succeeds()
        .json();
    assert_eq!(record["revoked_reason"], "found by scan");
}

#[test]
fn dry_run_changes_nothing() {
    let env = TestEnv::new();
    let token = env.issue("--read-only --note ci");
    assert_snapshot!(env.run_with_stdin("scan - --revoke --dry-run", &token.secret), @r#"
    file  line  found  id          user   state   last_used_at
    -     1     live   [id]  alice  active  -
    ------- stderr -------
    Scanned 1 file: 1 finding, 1 live.
      [id] of alice, never used, "ci"
    Would revoke 1 token; nothing was done.
    [exit status: 17]
    "#);
    env.run_with_stdin("verify", token.header()).succeeds();
    env.run_with_stdin("scan - --revoke --dry-run", "clean")
        .succeeds();
}

#[test]
fn without_a_terminal_it_has_to_be_confirmed_by_flag_even_when_nothing_is_there() {
    let env = TestEnv::new();
    let token = env.issue("--read-only");
    env.write("leak", &token.secret);
    assert_snapshot!(env.run("scan leak --revoke"), @"
    ------- stderr -------
    error: this has to be confirmed, and there is no terminal to ask on
    hint: pass `--yes` to go on without a question, or `--dry-run` to see what it would do
    [exit status: 2]
    ");
    env.run_with_stdin("scan - --revoke", "clean").exits(2);
    env.run_with_stdin("verify", token.header()).succeeds();
}

#[test]
fn store_that_is_busy_leaves_stdout_empty() {
    let env = TestEnv::new();
    let token = env.issue("--read-only");
    {
        let connection = rusqlite::Connection::open(env.store()).unwrap();
        connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        let told = env
            .run_with_stdin("scan - --revoke --yes --timeout 1s", &token.secret)
            .exits(22);
        assert_eq!(told.stdout, "");
        env.run_with_stdin("scan -", &token.secret).exits(17);
    }
    env.run_with_stdin("verify", token.header()).succeeds();
}

#[test]
fn revocation_stays_though_the_answer_is_lost() {
    let env = TestEnv::new();
    let token = env.issue("--read-only");
    env.write("leak", &token.secret);
    env.shell("\"$TOKENCTL\" scan leak --revoke --yes > /dev/full")
        .exits(28);
    env.run_with_stdin("verify", token.header()).exits(12);
}

#[test]
fn flags_of_revoking_mean_nothing_alone() {
    let env = TestEnv::new();
    for flags in ["--yes", "--dry-run", "--reason x"] {
        env.run_with_stdin(&format!("scan - {flags}"), "").exits(2);
    }
    let line = format!("scan - --revoke --yes --reason {STRANGE}");
    let told = env.run_with_stdin(&line, "").exits(2);
    assert!(!told.all().contains(&STRANGE[15..]), "{told}");
}

#[test]
fn operator_is_asked_on_a_terminal() {
    let env = TestEnv::new();
    let token = env.issue("--read-only --note ci");
    env.write("leak", &token.secret);
    let command = "$TOKENCTL scan leak --revoke";
    let Some((exit, shown)) = env.on_terminal(command, "n\\r") else {
        return;
    };
    assert_eq!(exit, 5, "{shown}");
    assert!(shown.contains("About to revoke 1 token."), "{shown}");
    assert!(
        shown.contains(&format!("{} of alice, never used, \"ci\"", token.id)),
        "{shown}"
    );
    env.run_with_stdin("verify", token.header()).succeeds();
    let (exit, shown) = env.on_terminal(command, "y\\r").unwrap();
    assert_eq!(exit, 17, "{shown}");
    env.run_with_stdin("verify", token.header()).exits(12);
}

#[test]
fn terminal_without_a_path_scans_the_directory() {
    let env = TestEnv::new();
    let token = env.issue("--read-only");
    env.write("leak", &token.secret);
    let Some((exit, shown)) = env.on_terminal("$TOKENCTL scan", "\\r") else {
        return;
    };
    assert_eq!(exit, 17, "{shown}");
    assert!(shown.contains("./leak"), "{shown}");
}
