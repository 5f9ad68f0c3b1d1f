//! `tokenctl user`.

use insta::assert_snapshot;

use crate::harness::TestEnv;

#[test]
fn user_is_added_listed_and_shown() {
    let env = TestEnv::empty();
    assert_snapshot!(env.run("user add alice"), @"
    name         alice
    state        active
    created_at   [time]
    disabled_at  -
    ------- stderr -------
    Added user alice
    [exit status: 0]
    ");
    assert_snapshot!(env.run("user add svc-1@example.com --json"), @r#"
    {
      "name": "svc-1@example.com",
      "state": "active",
      "created_at": "[time]",
      "updated_at": "[time]",
      "disabled_at": null
    }
    [exit status: 0]
    "#);
    assert_snapshot!(env.run("user list"), @"
    name               state   created_at            disabled_at
    alice              active  [time]  -
    svc-1@example.com  active  [time]  -
    ------- stderr -------
    2 users
    [exit status: 0]
    ");
    assert_snapshot!(env.run("user show alice --format jsonl"), @r#"
    {"name":"alice","state":"active","created_at":"[time]","updated_at":"[time]","disabled_at":null}
    [exit status: 0]
    "#);
    assert_snapshot!(env.run("user list --format csv --columns name,state"), @"
    name,state
    alice,active
    svc-1@example.com,active
    ------- stderr -------
    2 users
    [exit status: 0]
    ");
    assert_snapshot!(env.run("user list --columns name,nope"), @"
    ------- stderr -------
    error: `--columns` names a column that there is not
    hint: the columns are name, state, created_at, updated_at, disabled_at
    [exit status: 2]
    ");
}

#[test]
fn names_that_exist_or_look_alike_are_conflicts() {
    let env = TestEnv::new();
    assert_snapshot!(env.run("user add alice"), @"
    ------- stderr -------
    error: the name `alice` is taken
    hint: choose another name
    [exit status: 4]
    ");
    assert_snapshot!(env.run("user add ALICE"), @"
    ------- stderr -------
    error: the name `ALICE` looks like `alice`
    hint: choose a name that cannot be taken for another
    [exit status: 4]
    ");
    assert_snapshot!(env.run("user add a1ice --json"), @r#"
    ------- stderr -------
    {"error":{"code":"conflict","exit":4,"message":"the name `a1ice` looks like `alice`","hint":"choose a name that cannot be taken for another"}}
    [exit status: 4]
    "#);
}

#[test]
fn names_are_plain() {
    let env = TestEnv::empty();
    assert_snapshot!(env.run_with("user add", "two words"), @"
    ------- stderr -------
    error: a user name has only A-Z a-z 0-9 . _ @ + - (byte 3 is another)
    hint: such as `alice` or `svc-1@example.com`
    [exit status: 2]
    ");
    assert_snapshot!(env.run_with("user add", ""), @"
    ------- stderr -------
    error: a user name is not empty
    hint: such as `alice` or `svc-1@example.com`
    [exit status: 2]
    ");
    assert_snapshot!(env.run_with("user add", &"x".repeat(200)), @"
    ------- stderr -------
    error: a user name has at most 128 characters
    hint: such as `alice` or `svc-1@example.com`
    [exit status: 2]
    ");
    assert_snapshot!(env.run("user add .hidden"), @"
    ------- stderr -------
    error: a user name begins with a letter or digit
    hint: such as `alice` or `svc-1@example.com`
    [exit status: 2]
    ");
}

#[test]
fn disabled_user_is_enabled_again() {
    let env = TestEnv::new();
    assert_snapshot!(env.run("user disable alice"), @"
    name         alice
    state        disabled
    created_at   [time]
    disabled_at  [time]
    ------- stderr -------
    Disabled user alice
    [exit status: 0]
    ");
    assert_snapshot!(env.run("user disable alice"), @"
    name         alice
    state        disabled
    created_at   [time]
    disabled_at  [time]
    ------- stderr -------
    User alice was disabled already; nothing was done.
    [exit status: 0]
    ");
    assert_snapshot!(env.run("user enable alice"), @"
    name         alice
    state        active
    created_at   [time]
    disabled_at  -
    ------- stderr -------
    Enabled user alice
    [exit status: 0]
    ");
    assert_snapshot!(env.run("user enable alice --json"), @r#"
    {
      "name": "alice",
      "state": "active",
      "created_at": "[time]",
      "updated_at": "[time]",
      "disabled_at": null
    }
    [exit status: 0]
    "#);
}

#[test]
fn renamed_user_leaves_the_old_name_reserved() {
    let env = TestEnv::new();
    let token = env.issue("--full-access");
    assert_snapshot!(env.run("user rename alice bob"), @"
    name         bob
    state        active
    created_at   [time]
    disabled_at  -
    ------- stderr -------
    Renamed user alice to bob
    [exit status: 0]
    ");
    assert_snapshot!(env.run("user add alice"), @"
    ------- stderr -------
    error: the name `alice` was used before and stays reserved
    hint: choose another name: old tokens must not come back to life under a new user
    [exit status: 4]
    ");
    let verified = env.run_with_stdin("verify", token.header()).succeeds();
    assert_eq!(verified.stdout, format!("accepted bob {}\n", token.id));
}

#[test]
fn deleting_a_user_asks_revokes_and_reserves_the_name() {
    let env = TestEnv::new();
    let token = env.issue("--full-access");
    env.issue("--read-only");
    assert_snapshot!(env.run("user delete alice"), @"
    ------- stderr -------
    error: this has to be confirmed, and there is no terminal to ask on
    hint: pass `--yes` to go on without a question, or `--dry-run` to see what it would do
    [exit status: 2]
    ");
    assert_snapshot!(env.run("user delete alice --dry-run"), @"
    name         alice
    state        deleted
    created_at   [time]
    disabled_at  -
    ------- stderr -------
      [id] of alice, never used
      [id] of alice, never used
    Would delete user alice for good and revoke 2 tokens; nothing was done.
    [exit status: 0]
    ");
    env.run_with_stdin("verify", token.header()).succeeds();
    assert_snapshot!(env.run("user delete alice --yes"), @"
    name         alice
    state        deleted
    created_at   [time]
    disabled_at  -
    ------- stderr -------
    Deleted user alice and revoked 2 tokens.
    [exit status: 0]
    ");
    let verified = env.run_with_stdin("verify", token.header());
    assert_snapshot!(verified, @"
    revoked since [time] alice [id]
    ------- stderr -------
    Reason: user deleted
    [exit status: 12]
    ");
    assert_snapshot!(env.run("user show alice"), @"
    ------- stderr -------
    error: no user is named `alice`
    hint: nothing was done; `tokenctl user list` shows the users there are
    [exit status: 3]
    ");
    assert_snapshot!(env.run("user add alice"), @"
    ------- stderr -------
    error: the name `alice` was used before and stays reserved
    hint: choose another name: old tokens must not come back to life under a new user
    [exit status: 4]
    ");
    assert_eq!(env.run("user list --json").succeeds().stdout, "[]\n");
}

#[test]
fn deleting_tells_machines_too() {
    let env = TestEnv::new();
    env.issue("--full-access");
    assert_snapshot!(env.run("user delete alice --yes --json --reason left"), @r#"
    {
      "name": "alice",
      "state": "deleted",
      "created_at": "[time]",
      "updated_at": "[time]",
      "disabled_at": null
    }
    [exit status: 0]
    "#);
    let reasons = env.run("list --json").succeeds().column("revoked_reason");
    assert_eq!(reasons, ["left"]);
}

#[test]
fn unknown_user_is_not_found() {
    let env = TestEnv::empty();
    assert_snapshot!(env.run("user show nobody"), @"
    ------- stderr -------
    error: no user is named `nobody`
    hint: nothing was done; `tokenctl user list` shows the users there are
    [exit status: 3]
    ");
    for line in [
        "rename nobody bob",
        "disable nobody",
        "enable nobody",
        "delete nobody --yes",
    ] {
        env.run(&format!("user {line}")).exits(3);
        env.run(&format!("user {line} --json")).exits(3);
    }
}

#[test]
fn first_user_makes_the_default_store_and_no_other() {
    let mut env = TestEnv::without_store();
    assert_snapshot!(env.run("user add alice"), @"
    name         alice
    state        active
    created_at   [time]
    disabled_at  -
    ------- stderr -------
    Created the default store [dir]/home/.local/share/tokenctl/tokens.db
    Added user alice
    [exit status: 0]
    ");
    env.use_store(env.path("other.db"));
    assert_snapshot!(env.run("user add alice"), @"
    ------- stderr -------
    error: no token store at [dir]/other.db
    hint: create one with `tokenctl init`, or name another with `--store`
    [exit status: 21]
    ");
    assert!(!env.path("other.db").exists());
}
