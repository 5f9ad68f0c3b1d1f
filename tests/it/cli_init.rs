//! `tokenctl init` and `tokenctl migrate`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use insta::assert_snapshot;

use crate::harness::{TestEnv, set_mode};

fn mode(path: &std::path::Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[test]
fn store_is_made_private_whatever_the_umask() {
    let env = TestEnv::without_store();
    for umask in ["000", "022", "077"] {
        let store = format!("made-{umask}/deep/tokens.db");
        env.shell(&format!(
            "umask {umask}; \"$TOKENCTL\" init --store {store} && \"$TOKENCTL\" user add alice --store {store}"
        ))
        .succeeds();
        for (name, expected) in [("tokens.db", 0o600), ("tokens.db.lock", 0o600), ("", 0o700)] {
            let path = env.path(&format!("made-{umask}/deep")).join(name);
            assert_eq!(mode(&path), expected, "umask {umask}: {name}");
        }
    }
}

#[test]
fn init_says_where_and_leaves_what_is_there() {
    let env = TestEnv::without_store();
    assert_snapshot!(env.run("init --store tokens.db"), @"
    ------- stderr -------
    Created the store tokens.db
    [exit status: 0]
    ");
    assert_snapshot!(env.run("init --store tokens.db"), @"
    ------- stderr -------
    error: [dir]/tokens.db exists already
    hint: it was left as it is; name another path
    [exit status: 4]
    ");
    assert_snapshot!(env.run("init --store other.db --json"), @r#"
    {
      "store": "other.db"
    }
    [exit status: 0]
    "#);
    assert_snapshot!(env.run("init --store lines.db --format jsonl -q"), @r#"
    {"store":"lines.db"}
    [exit status: 0]
    "#);
    assert_snapshot!(env.run("init --store cells.db --format csv -q"), @"
    store
    cells.db
    [exit status: 0]
    ");
    assert_snapshot!(env.run("init --store quiet.db -q"), @"[exit status: 0]");
}

#[test]
fn init_without_a_name_makes_the_default_store() {
    let env = TestEnv::without_store();
    env.run("init").succeeds();
    env.run("user list").succeeds();
    env.run("init").exits(4);
}

#[test]
fn init_refuses_a_directory_open_to_others() {
    let env = TestEnv::without_store();
    fs::create_dir(env.path("open")).unwrap();
    set_mode(&env.path("open"), 0o777);
    assert_snapshot!(env.run("init --store open/tokens.db"), @"
    ------- stderr -------
    error: [dir]/open is not safe: others can replace what is in this directory (mode 0777, no sticky bit)
    hint: `chmod o-w [dir]/open`, or keep the store in a directory of your own
    [exit status: 25]
    ");
    assert!(!env.path("open/tokens.db").exists());
}

#[test]
fn init_takes_no_url_of_a_store_that_is_not_in_this_build() {
    let env = TestEnv::without_store();
    assert_snapshot!(env.run("init --store postgres://localhost/tokens"), @"
    ------- stderr -------
    error: a store is a path; stores of that kind of URL are not in this build
    hint: pass `--store PATH`
    [exit status: 2]
    ");
}

#[test]
fn migrate_of_a_present_store_does_nothing() {
    let env = TestEnv::empty();
    assert_snapshot!(env.run("migrate"), @"
    ------- stderr -------
    The store has schema 1 already; nothing was done.
    [exit status: 0]
    ");
    assert_snapshot!(env.run("migrate --json"), @r#"
    {
      "from": 1,
      "to": 1,
      "backup": null
    }
    [exit status: 0]
    "#);
}

#[test]
fn migrate_without_a_store_is_store_missing() {
    let env = TestEnv::without_store();
    assert_snapshot!(env.run("migrate --store missing.db"), @"
    ------- stderr -------
    error: no token store at [dir]/missing.db
    hint: create one with `tokenctl init`, or name another with `--store`
    [exit status: 21]
    ");
}
