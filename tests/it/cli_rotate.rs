//! `tokenctl rotate`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::harness::{IssuedToken, TestEnv, is_secret};

/// Rotates a token with the words of `flags`, and returns its successor.
fn rotate(env: &TestEnv, token: &IssuedToken, flags: &str) -> IssuedToken {
    let record = env
        .run(&format!("rotate {} --json {flags}", token.id))
        .succeeds()
        .json();
    let field = |name: &str| record[name].as_str().unwrap().to_owned();
    IssuedToken {
        id: field("id"),
        secret: field("token"),
    }
}

fn record(env: &TestEnv, token: &IssuedToken) -> Value {
    env.run(&format!("show {} --json", token.id))
        .succeeds()
        .json()
}

fn code(env: &TestEnv, token: &IssuedToken) -> i32 {
    env.run_with_stdin("verify", token.header()).exit
}

#[test]
fn successor_takes_the_place_of_the_old_token() {
    let env = TestEnv::new();
    let old = env.issue("--read-only --note ci --label team=web --expires 30d");
    let told = env.run(&format!("rotate {} --yes", old.id));
    let secret = told.stdout.trim_end().to_owned();
    assert!(is_secret(&secret), "{told}");
    assert_snapshot!(told, @"
    [token]
    ------- stderr -------
    Rotated token [id] of alice: token [id] takes its place, and ends [time]
    Token [id] is refused from now on.
    [exit status: 0]
    ");
    assert_snapshot!(env.run_with_stdin("verify", old.header()), @"
    rotated since [time] alice [id]
    ------- stderr -------
    Token [id] has replaced it
    [exit status: 12]
    ");
    let id = secret.split('_').nth(1).unwrap().to_owned();
    let new = IssuedToken { id, secret };
    assert_eq!(code(&env, &new), 0);
    let (before, after) = (record(&env, &old), record(&env, &new));
    for same in [
        "user",
        "note",
        "labels",
        "policy",
        "networks",
        "generator",
        "family",
    ] {
        assert_eq!(before[same], after[same], "{same}");
    }
    assert_eq!(before["rotated_to"], new.id.as_str());
    assert_eq!(after["family"], old.id.as_str());
    assert_eq!(before["state"], "rotated");
}

#[test]
fn old_secret_is_accepted_through_its_overlap() {
    let env = TestEnv::new();
    let old = env.issue("--read-only --expires 30d");
    assert_snapshot!(env.run(&format!("rotate {} --overlap 24h", old.id)), @"
    [token]
    ------- stderr -------
    Rotated token [id] of alice: token [id] takes its place, and ends [time]
    Token [id] is accepted until [time]
    [exit status: 0]
    ");
    assert_eq!(code(&env, &old), 0);
    assert_eq!(record(&env, &old)["state"], "active");
    env.sql("UPDATE token SET expires_at = 200 WHERE rotated_to IS NOT NULL");
    assert_eq!(code(&env, &old), 12);
    let short = env.issue("--read-only --expires 1d");
    let end = record(&env, &short)["expires_at"].clone();
    rotate(&env, &short, "--overlap 7d");
    assert_eq!(
        record(&env, &short)["expires_at"],
        end,
        "never past its own end"
    );
}

#[test]
fn new_end_is_the_old_one_unless_asked_for_and_allowed() {
    let env = TestEnv::new();
    let old = env.issue("--read-only --expires 30d");
    let end = record(&env, &old)["expires_at"].clone();
    let second = rotate(&env, &old, "--yes");
    assert_eq!(record(&env, &second)["expires_at"], end);
    let third = rotate(&env, &second, "--yes --expires never");
    assert_eq!(record(&env, &third)["expires_at"], Value::Null);
    env.configure("[issue]\nmax_lifetime = '90d'\n");
    assert_snapshot!(env.run(&format!("rotate {} --yes", third.id)), @"
    ------- stderr -------
    error: the token would live longer than is allowed, until [time] at most
    hint: choose an earlier end with `--expires`: `issue.max_lifetime` allows no more
    [exit status: 2]
    ");
    env.run(&format!("rotate {} --yes --expires 91d", third.id))
        .exits(2);
    assert_eq!(code(&env, &third), 0);
    rotate(&env, &third, "--yes --expires 90d");
}

#[test]
fn only_an_active_token_is_rotated_and_only_once() {
    let env = TestEnv::new();
    let token = env.issue("--read-only");
    rotate(&env, &token, "--overlap 1h");
    let told = env.run(&format!("rotate {} --overlap 1h", token.id));
    assert_snapshot!(told, @"
    ------- stderr -------
    error: token [id] is not rotated: token [id] has replaced it already
    hint: nothing was done: rotate the one that has replaced it; `rotate --status ID` tells more
    [exit status: 4]
    ");
    let revoked = env.issue("--read-only");
    env.run(&format!("revoke {} --yes", revoked.id)).succeeds();
    assert_snapshot!(env.run(&format!("rotate {} --yes", revoked.id)), @"
    ------- stderr -------
    error: token [id] is not rotated: it is revoked
    hint: nothing was done: it stays so; issue another
    [exit status: 4]
    ");
    let suspended = env.issue("--read-only");
    env.run(&format!("suspend {}", suspended.id)).succeeds();
    assert_snapshot!(env.run(&format!("rotate {} --yes", suspended.id)), @"
    ------- stderr -------
    error: token [id] is not rotated: it is suspended
    hint: nothing was done: `tokenctl resume ID` first, or issue another
    [exit status: 4]
    ");
    let expired = env.issue("--read-only");
    env.sql(&format!(
        "UPDATE token SET expires_at = 200 WHERE id = '{}'",
        expired.id
    ));
    assert_snapshot!(env.run(&format!("rotate {} --yes", expired.id)), @"
    ------- stderr -------
    error: token [id] is not rotated: it is expired
    hint: nothing was done: `tokenctl extend ID --expired-too --expires WHEN` first, or issue another
    [exit status: 4]
    ");
    env.run("rotate 0000 --yes").exits(3);
    assert_eq!(env.run("list --json").succeeds().column("id").len(), 5);
}

#[test]
fn without_an_overlap_it_has_to_be_confirmed() {
    let env = TestEnv::new();
    let token = env.issue("--read-only");
    assert_snapshot!(env.run(&format!("rotate {}", token.id)), @"
    ------- stderr -------
    error: this has to be confirmed, and there is no terminal to ask on
    hint: pass `--yes` to go on without a question, or `--dry-run` to see what it would do
    [exit status: 2]
    ");
    env.run(&format!("rotate {} --json --out x.token", token.id))
        .exits(2);
    assert!(!env.path("x.token").exists());
    assert_eq!(code(&env, &token), 0);
    let line = format!("$TOKENCTL rotate {}", token.id);
    let Some((exit, shown)) = env.on_terminal(&line, "n\\n") else {
        return;
    };
    assert_eq!(exit, 5, "{shown}");
    assert!(shown.contains("which is refused from then on"), "{shown}");
    assert_eq!(code(&env, &token), 0);
}

#[test]
fn dry_run_changes_nothing_and_shows_no_secret() {
    let env = TestEnv::new();
    let token = env.issue("--read-only");
    let told = env.run(&format!("rotate {} --dry-run", token.id));
    assert_snapshot!(told, @"
    id          user   state    expires_at            last_used_at  note
    [id]  alice  rotated  [time]  -
    ------- stderr -------
    Would rotate 1 token; nothing was done.
    [exit status: 0]
    ");
    let told = env.run(&format!(
        "rotate {} --dry-run --overlap 1h --json --out x.token",
        token.id
    ));
    let plan = &told.succeeds().json()[0];
    assert_eq!(plan["id"], token.id.as_str());
    assert_eq!(plan["rotated_to"], Value::Null);
    assert!(!env.path("x.token").exists());
    assert_eq!(record(&env, &token)["revision"], 1);
    env.run("revoke --all --yes").succeeds();
    env.run(&format!("rotate {} --dry-run", token.id)).exits(4);
}

#[test]
fn secret_goes_where_issue_puts_it() {
    let env = TestEnv::new();
    let first = env.issue("--read-only");
    let told = env
        .run(&format!("rotate {} --yes --out new.token", first.id))
        .succeeds();
    assert_eq!(told.stdout, "");
    let path = env.path("new.token");
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let secret = fs::read_to_string(&path).unwrap();
    assert!(is_secret(secret.trim_end()));
    env.run_with_stdin("verify", format!("token {secret}"))
        .succeeds();

    let second = secret.split('_').nth(1).unwrap();
    let told = env.run(&format!("rotate {second} --yes --out new.token"));
    assert_snapshot!(told, @"
    ------- stderr -------
    error: `new.token` exists already
    hint: nothing was done: name a file that is not there yet
    [exit status: 4]
    ");
    let told = env
        .run(&format!("rotate {second} --yes --header -q"))
        .succeeds();
    assert_eq!(told.stderr, "");
    env.run_with_stdin("verify", &told.stdout).succeeds();
    assert!(told.stdout.starts_with("Authorization: token tkc_"));
    env.run(&format!("rotate {second} --header --json"))
        .exits(2);
    env.run(&format!("rotate {second} --out -")).exits(2);
    env.run(&format!("rotate {second} --header --out x"))
        .exits(2);
    env.run(&format!("rotate {second} --yes --out tokens.db"))
        .exits(2);
}

#[test]
fn prefix_can_be_chosen_and_the_format_stays() {
    let env = TestEnv::new();
    env.configure("[auth]\nvendor_types = ['acmet']\n");
    let old = env.issue("--read-only --prefix acme");
    let new = rotate(&env, &old, "--yes --prefix acme");
    assert!(new.secret.starts_with("acme_"), "{}", new.secret);
    let vendor = env.issue("--read-only --generator vendor_checksum");
    let new = rotate(&env, &vendor, "--yes");
    assert!(new.secret.starts_with("acmet_"), "{}", new.secret);
    assert_eq!(code(&env, &new), 0);
    env.run(&format!("rotate {} --yes --prefix ACME!", old.id))
        .exits(2);
}

#[test]
fn format_that_is_old_or_not_of_this_build_is_told_or_replaced() {
    let env = TestEnv::new();
    let legacy = env.issue("--read-only --generator legacy_sha1");
    let told = env.run(&format!("rotate {} --yes", legacy.id)).succeeds();
    let warning = "warning: its format `legacy_sha1` is deprecated: issue a token in another, and revoke this one\n";
    assert!(told.stderr.ends_with(warning), "{told}");
    assert_eq!(told.stdout.trim_end().len(), 40);
    let imported = env.issue("--read-only");
    env.sql(&format!(
        "UPDATE token SET generator = 'drf' WHERE id = '{}'",
        imported.id
    ));
    let new = rotate(&env, &imported, "--yes");
    assert!(is_secret(&new.secret), "{}", new.secret);
    assert_eq!(record(&env, &new)["generator"], "tokenctl_v1");
    assert_eq!(code(&env, &new), 0);
}

#[test]
fn status_tells_whether_the_old_token_is_still_used() {
    let env = TestEnv::new();
    let old = env.issue("--read-only");
    assert_snapshot!(env.run(&format!("rotate --status {}", old.id)), @"
    ------- stderr -------
    error: token [id] was not rotated
    hint: `tokenctl rotate [id]` does that
    [exit status: 4]
    ");
    let new = rotate(&env, &old, "--overlap 1h");
    assert_snapshot!(env.run(&format!("rotate --status {}", old.id)), @"
    id                      [id]
    user                    alice
    state                   active
    ends_at                 [time]
    last_used_at            -
    rotated_at              [time]
    used_since_rotation     false
    rotated_to              [id]
    successor_state         active
    successor_last_used_at  -
    ------- stderr -------
    The old token was not used since.
    [exit status: 0]
    ");
    env.run_with_stdin("verify --record-use", old.header())
        .succeeds();
    env.run_with_stdin("verify --record-use", new.header())
        .succeeds();
    let told = env.run(&format!("rotate --status {} --json", old.id));
    let told = told.succeeds().json();
    assert_eq!(told["used_since_rotation"], json!(true));
    assert_eq!(told["rotated_to"], new.id.as_str());
    assert_eq!(told["last_used_at"], record(&env, &old)["last_used_at"]);
    assert_eq!(
        told["successor_last_used_at"],
        record(&env, &new)["last_used_at"]
    );
    env.sql("UPDATE usage SET at = 100");
    let told = env.run(&format!("rotate --status {}", old.id)).succeeds();
    assert_eq!(told.stderr, "The old token was not used since.\n");
    env.run(&format!("rotate --status {} --yes", old.id))
        .exits(2);
    env.run(&format!("rotate --status {}", new.id)).exits(4);
}

fn actions(env: &TestEnv) -> Vec<String> {
    let connection = rusqlite::Connection::open(env.store()).unwrap();
    let mut statement = connection
        .prepare("SELECT action FROM event ORDER BY seq")
        .unwrap();
    let actions = statement.query_map([], |row| row.get(0)).unwrap();
    actions.map(Result::unwrap).collect()
}

#[test]
fn reuse_of_an_old_secret_is_recorded_when_asked_for() {
    let env = TestEnv::new();
    let old = env.issue("--read-only");
    let new = rotate(&env, &old, "--yes");
    let before = actions(&env).len();
    assert_snapshot!(env.run_with_stdin("verify", old.header()), @"
    rotated since [time] alice [id]
    ------- stderr -------
    Token [id] has replaced it
    [exit status: 12]
    ");
    assert_eq!(actions(&env).len(), before, "verify alone changes nothing");
    for _ in 0..2 {
        env.run_with_stdin("verify --record-use", old.header())
            .exits(12);
    }
    assert_eq!(actions(&env)[before..], ["token.reused"]);
    assert_eq!(code(&env, &new), 0);

    env.configure("[rotation]\non_reuse = 'revoke_family'\n");
    env.run_with_stdin("verify", old.header()).exits(12);
    assert_eq!(code(&env, &new), 0, "verify never revokes");
    env.run_with_stdin("verify --record-use", old.header())
        .exits(12);
    assert_eq!(
        actions(&env)[before..],
        ["token.reused", "token.reused", "token.revoked"]
    );
    assert_snapshot!(env.run_with_stdin("verify", new.header()), @"
    revoked since [time] alice [id]
    ------- stderr -------
    Reason: a secret of its family that was rotated out was used
    [exit status: 12]
    ");
}

#[test]
fn overlap_may_be_months_of_the_calendar() {
    let env = TestEnv::new();
    let token = env.issue("--read-only --expires never");
    env.run(&format!("rotate {} --overlap 6mo", token.id))
        .succeeds();
    let record = env.run(&format!("show {} --json", token.id)).json();
    assert_eq!(record["state"], "active");
    assert!(record["expires_at"].is_string(), "{record}");
    insta::assert_snapshot!(env.run(&format!("rotate {} --overlap never", token.id)), @"
    ------- stderr -------
    error: bad value for `--overlap`: a duration in whole units above zero, such as `90d`, `12h`, `1w`, `6mo`, `1y` or `P90D`, is expected
    [exit status: 2]
    ");
}
