//! `tokenctl prune`.

use std::time::{Duration, Instant};

use insta::assert_snapshot;
use rusqlite::Connection;
use rustix::process::{Pid, Signal, kill_process};

use crate::harness::{IssuedToken, TestEnv};

/// Puts the end of a token into the past.
fn expire(env: &TestEnv, token: &IssuedToken) {
    env.sql(&format!(
        "UPDATE token SET created_at = 100, expires_at = 200 WHERE id = '{}'",
        token.id
    ));
}

fn count(env: &TestEnv, sql: &str) -> i64 {
    let connection = Connection::open(env.store()).unwrap();
    connection.query_row(sql, [], |row| row.get(0)).unwrap()
}

#[test]
fn dead_tokens_are_removed_for_good() {
    let env = TestEnv::new();
    let live = env.issue("--read-only");
    let old = env.issue("--read-only --note old");
    let recent = env.issue("--read-only");
    expire(&env, &old);
    env.run(&format!("revoke {} --yes", recent.id)).succeeds();
    assert_snapshot!(env.run("prune --dry-run"), @"
    id          user   state    expires_at            revoked_at  last_used_at  note
    [id]  alice  expired  [time]  -           -             old
    ------- stderr -------
    Choosing tokens dead by [time].
    Would remove 1 token; nothing was done.
    [exit status: 0]
    ");
    env.run_with_stdin("verify", old.header()).exits(13);
    assert_snapshot!(env.run("prune --yes"), @"
    id          user   state    expires_at            revoked_at  last_used_at  note
    [id]  alice  expired  [time]  -           -             old
    ------- stderr -------
    Choosing tokens dead by [time].
    Removed 1 token.
    [exit status: 0]
    ");
    assert_snapshot!(env.run("prune --yes"), @"
    ------- stderr -------
    Choosing tokens dead by [time].
    Removed 0 tokens.
    [exit status: 0]
    ");
    env.run_with_stdin("verify", old.header()).exits(10);
    env.run(&format!("show {}", old.id)).exits(3);
    env.run_with_stdin("verify", recent.header()).exits(12);
    env.run_with_stdin("verify", live.header()).succeeds();
    assert_eq!(count(&env, "SELECT count(*) FROM tombstone"), 1);
}

#[test]
fn it_has_to_be_confirmed() {
    let env = TestEnv::new();
    let old = env.issue("--read-only");
    expire(&env, &old);
    assert_snapshot!(env.run("prune"), @"
    ------- stderr -------
    Choosing tokens dead by [time].
    error: this has to be confirmed, and there is no terminal to ask on
    hint: pass `--yes` to go on without a question, or `--dry-run` to see what it would do
    [exit status: 2]
    ");
    env.run("prune --json").exits(2);
    if let Some((exit, shown)) = env.on_terminal("$TOKENCTL prune", "n\\n") {
        assert_eq!(exit, 5, "{shown}");
        assert!(shown.contains("About to remove 1 token."), "{shown}");
    }
    env.run_with_stdin("verify", old.header()).exits(13);
}

#[test]
fn flags_choose_among_the_dead() {
    let env = TestEnv::new();
    env.run("user add bob").succeeds();
    let alices = env.issue("--read-only");
    let bobs = env.issue_to("bob", "--read-only");
    let suspended = env.issue_to("bob", "--read-only");
    for token in [&alices, &bobs, &suspended] {
        expire(&env, token);
    }
    env.run(&format!("suspend {}", suspended.id)).succeeds();
    env.run("prune --user bob --state revoked --yes").succeeds();
    assert_eq!(count(&env, "SELECT count(*) FROM token"), 3);
    let told = env.run("prune --user bob --yes --json").succeeds();
    assert_eq!(told.column("id"), [bobs.id.as_str()]);
    env.run_with_stdin("verify", suspended.header()).exits(12);
    let ids = format!("{}\n{}\n", alices.id, suspended.id);
    let told = env.run_with_stdin("prune --ids-from - --yes", ids);
    assert_eq!(
        told.succeeds().told(),
        "Choosing tokens dead by [time].\nRemoved 1 token.\n"
    );
    env.run("prune --user nobody --yes").exits(3);
}

#[test]
fn age_has_to_be_a_duration() {
    let env = TestEnv::new();
    let old = env.issue("--read-only");
    expire(&env, &old);
    for age in ["0d", "-1d", "soon", "99999999y", "2020-01-01"] {
        env.run(&format!("prune --yes --older-than {age}")).exits(2);
    }
    assert_snapshot!(env.run("prune --yes --older-than soon"), @"
    ------- stderr -------
    error: bad value for `--older-than`: a duration in whole units above zero, such as `90d`, `12h`, `1w`, `6mo`, `1y` or `P90D`, is expected
    [exit status: 2]
    ");
    env.run("prune --yes --older-than 200y").succeeds();
    assert_eq!(count(&env, "SELECT count(*) FROM token"), 1);
}

#[test]
fn successor_that_was_removed_is_told_of() {
    let env = TestEnv::new();
    let old = env.issue("--read-only");
    let line = format!("rotate {} --overlap 1d --json", old.id);
    let new = env.run(&line).succeeds().json()["id"].clone();
    env.sql("UPDATE token SET expires_at = 200 WHERE rotated_to IS NULL");
    env.run("prune --yes").succeeds();
    let told = env.run(&format!("rotate --status {} --json", old.id));
    let told = told.succeeds().json();
    assert_eq!(told["rotated_to"], new);
    for unknown in ["rotated_at", "successor_state", "used_since_rotation"] {
        assert_eq!(told[unknown], serde_json::Value::Null, "{unknown}");
    }
}

#[test]
fn removal_that_is_done_stays_and_says_so() {
    let env = TestEnv::new();
    let old = env.issue("--read-only");
    expire(&env, &old);
    env.shell("\"$TOKENCTL\" prune --dry-run > /dev/full")
        .exits(28);
    assert_eq!(count(&env, "SELECT count(*) FROM token"), 1);
    assert_snapshot!(env.shell("\"$TOKENCTL\" prune --yes > /dev/full"), @"
    ------- stderr -------
    Choosing tokens dead by [time].
    error: done, but the result could not be delivered: failed to write to stdout: No space left on device (os error 28)
    hint: it stays done: mend the output, and look at it instead of doing it again
    [exit status: 28]
    ");
    assert_eq!(count(&env, "SELECT count(*) FROM token"), 0);
}

#[test]
fn interrupt_ends_it_behind_a_whole_batch() {
    let env = TestEnv::new();
    let old = env.issue("--read-only");
    expire(&env, &old);
    while count(&env, "SELECT count(*) FROM token") < 8_000 {
        env.sql(
            "INSERT INTO token SELECT NULL, substr(hex(randomblob(5)), 1, 10), randomblob(32), 0, user, note, labels, \
             generator, created_at, created_by, updated_at, expires_at, NULL, NULL, '', policy, NULL, family, NULL, 1, \
             NULL FROM token",
        );
    }
    // Ids of ours are of lower case and have no `i`, `l`, `o`, `u`; hexadecimal ones in lower case are such.
    env.sql("UPDATE token SET id = lower(id), family = lower(id)");
    let total = count(&env, "SELECT count(*) FROM token");
    let pruning = env.start("prune --yes -q");
    let begun = Instant::now();
    while count(&env, "SELECT count(*) FROM tombstone") == 0 {
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "nothing was ever removed"
        );
        std::thread::yield_now();
    }
    let pid = Pid::from_raw(i32::try_from(pruning.id()).unwrap()).unwrap();
    kill_process(pid, Signal::TERM).unwrap();
    let exit = pruning.wait_with_output().unwrap().status.code();
    let removed = count(&env, "SELECT count(*) FROM tombstone");
    let whole = exit == Some(143) && removed % 1_000 == 0 && removed < total;
    assert!(
        whole || (exit == Some(0) && removed == total),
        "{exit:?} after {removed} of {total}"
    );
    assert_eq!(count(&env, "SELECT count(*) FROM token"), total - removed);
    let recorded = "SELECT count(*) FROM event WHERE action = 'token.pruned'";
    assert_eq!(count(&env, recorded), removed);
    env.run("prune --yes -q --format jsonl").succeeds();
    assert_eq!(count(&env, "SELECT count(*) FROM token"), 0);
}
