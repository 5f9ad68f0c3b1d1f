//! `tokenctl extend`.

use insta::assert_snapshot;
use jiff::Timestamp;

use crate::harness::{IssuedToken, TestEnv};

/// Puts the end of a token into the past.
fn expire(env: &TestEnv, token: &IssuedToken) {
    env.sql(&format!(
        "UPDATE token SET created_at = 100, expires_at = 200 WHERE id = '{}'",
        token.id
    ));
}

/// Returns what is said below the time that was understood.
fn below_the_end(stderr: &str) -> &str {
    let (end, rest) = stderr.split_once('\n').unwrap();
    let end = end.strip_prefix("The new end is ").unwrap();
    assert!(end.parse::<Timestamp>().is_ok(), "{end}");
    rest
}

#[test]
fn end_is_moved_to_later_without_a_question() {
    let env = TestEnv::new();
    let token = env.issue("--read-only --expires 30d");
    let line = format!("extend {} --expires 2099-12-31", token.id);
    assert_snapshot!(env.run(&line), @"
    id          user   state   expires_at            last_used_at  note
    [id]  alice  active  [time]  -
    ------- stderr -------
    The new end is [time]
    Extended 1 token.
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&line), @"
    id          user   state   expires_at            last_used_at  note
    [id]  alice  active  [time]  -
    ------- stderr -------
    The new end is [time]
    Extended 0 tokens (1 having that end already).
    [exit status: 0]
    ");
    let told = env.run(&format!("show {} --json", token.id)).succeeds();
    assert_eq!(told.json()["expires_at"], "2100-01-01T00:00:00Z");
    assert_eq!(told.json()["revision"], 2);
    assert_snapshot!(env.run(&format!("extend {} --expires 2098-12-31", token.id)), @"
    ------- stderr -------
    The new end is [time]
    error: token [id] is not extended: it ends later already, [time]
    hint: nothing was done: an earlier end is set by `tokenctl restrict ID --expires WHEN`
    [exit status: 4]
    ");
    let told = env.run(&format!("extend {} --expires never --json", token.id));
    assert_eq!(
        told.succeeds().json()[0]["expires_at"],
        serde_json::Value::Null
    );
}

#[test]
fn dead_tokens_stay_dead() {
    let env = TestEnv::new();
    let expired = env.issue("--read-only");
    let revoked = env.issue("--read-only");
    expire(&env, &expired);
    expire(&env, &revoked);
    env.run(&format!("revoke {} --yes", revoked.id)).succeeds();
    assert_snapshot!(env.run(&format!("extend {} --expires 90d", expired.id)), @"
    ------- stderr -------
    The new end is [time]
    error: token [id] is not extended: it is expired since [time]
    hint: nothing was done: `--expired-too` brings it back
    [exit status: 4]
    ");
    assert_snapshot!(env.run(&format!("extend {} --expires 90d --expired-too", revoked.id)), @"
    ------- stderr -------
    The new end is [time]
    error: token [id] is not extended: it is revoked since [time]
    hint: nothing was done: it stays so; issue another
    [exit status: 4]
    ");
    env.run_with_stdin("verify", expired.header()).exits(13);
    env.run(&format!(
        "extend {} --expires 90d --expired-too",
        expired.id
    ))
    .succeeds();
    env.run_with_stdin("verify", expired.header()).succeeds();
    env.run_with_stdin("verify", revoked.header()).exits(12);
}

#[test]
fn chosen_tokens_that_may_not_be_extended_are_counted() {
    let env = TestEnv::new();
    let soon = env.issue("--read-only --expires 1d");
    let expired = env.issue("--read-only");
    let late = env.issue("--read-only --expires never");
    let revoked = env.issue("--read-only");
    expire(&env, &expired);
    env.run(&format!("revoke {} --yes", revoked.id)).succeeds();
    env.run("extend --all --expires 30d").exits(2);
    env.run("extend --expires 30d --yes").exits(2);
    let planned = env.run("extend --all --expires 30d --dry-run").succeeds();
    assert_eq!(
        below_the_end(&planned.stderr),
        "Would extend 1 token (1 expired, and left so without `--expired-too`; 1 ending later already; \
         1 revoked, and left so); nothing was done.\n"
    );
    let told = env.run("extend --all --expires 30d --yes").succeeds();
    assert_eq!(
        below_the_end(&told.stderr),
        "Extended 1 token (1 expired, and left so without `--expired-too`; 1 ending later already; \
         1 revoked, and left so).\n"
    );
    env.run_with_stdin("verify", expired.header()).exits(13);
    for token in [&soon, &late] {
        env.run_with_stdin("verify", token.header()).succeeds();
    }
    let ids = format!("{}\n", expired.id);
    let line = "extend --ids-from - --expires 30d --expired-too --yes";
    let told = env.run_with_stdin(line, ids).succeeds();
    assert_eq!(below_the_end(&told.stderr), "Extended 1 token.\n");
}

#[test]
fn longest_lifetime_is_never_exceeded() {
    let env = TestEnv::new();
    let token = env.issue("--read-only --expires 10d");
    env.configure("[issue]\nmax_lifetime = '30d'\n");
    assert_snapshot!(env.run(&format!("extend {} --expires 31d", token.id)), @"
    ------- stderr -------
    The new end is [time]
    error: the token would live longer than is allowed, until [time] at most
    hint: choose an earlier end with `--expires`: `issue.max_lifetime` allows no more
    [exit status: 2]
    ");
    env.run(&format!("extend {} --expires never", token.id))
        .exits(2);
    env.run("extend --all --expires 31d --yes --json").exits(2);
    env.run(&format!("extend {} --expires 30d", token.id))
        .succeeds();
}

#[test]
fn end_has_to_be_named_and_lie_ahead() {
    let env = TestEnv::new();
    let token = env.issue("--read-only");
    for line in [
        "",
        "--expires 0d",
        "--expires -1d",
        "--expires 2020-01-01",
        "--expires soon",
    ] {
        env.run(&format!("extend {} {line}", token.id)).exits(2);
    }
    env.run("extend 0000 --expires 90d").exits(3);
    assert_snapshot!(env.run(&format!("extend {} --expires 2020-01-01", token.id)), @"
    ------- stderr -------
    error: bad value for `--expires`: a time in the future is expected
    [exit status: 2]
    ");
}
