//! One test for each exit code that today's verbs can reach.

use std::fs::{self, File};
use std::time::{Duration, Instant};

use insta::assert_snapshot;

use crate::harness::{TestEnv, set_mode};

#[test]
fn exit_0_is_done_and_accepted() {
    let env = TestEnv::new();
    let token = env.issue("--read-only");
    env.run_with_stdin("verify", token.header()).exits(0);
    env.run("list").exits(0);
    env.run("revoke --all --yes").exits(0);
    // Nothing matches: that is no error.
    assert_snapshot!(env.run("revoke --never-used --state active --yes"), @"
    ------- stderr -------
    Revoked 0 tokens.
    [exit status: 0]
    ");
}

#[test]
fn exit_2_is_usage() {
    let env = TestEnv::new();
    for line in [
        "",
        "nope",
        "list --nope",
        "show",
        "show abc",
        "revoke --yes",
        "issue alice",
        "list --json --format csv",
        "stats --owners x",
        "audit list --after x",
        "audit verify --head 7",
    ] {
        env.run(line).exits(2);
    }
}

#[test]
fn exit_3_is_not_found() {
    let env = TestEnv::new();
    for line in [
        "show 0000",
        "revoke 0000 --yes",
        "user show bob",
        "issue bob --read-only",
        "list --user bob",
        "list --after 0000000000",
        "audit list --token 0000",
    ] {
        env.run(line).exits(3);
        let line = format!("{line} --json");
        assert_eq!(
            env.run(&line).exits(3).error()["code"],
            "not_found",
            "{line}"
        );
    }
}

#[test]
fn exit_4_is_a_conflict() {
    let env = TestEnv::new();
    for id in ["7gk2m9x4qd", "7gk2m9x4qe"] {
        let token = env.issue("--read-only");
        env.rename_token(&token.id, id);
    }
    env.write("there", "");
    for line in [
        "user add alice",
        "user add Alice",
        "init",
        "show 7gk2",
        "revoke 7gk2 --yes",
        "issue alice --read-only --out there",
    ] {
        env.run(line).exits(4);
        let line = format!("{line} --json");
        assert_eq!(
            env.run(&line).exits(4).error()["code"],
            "conflict",
            "{line}"
        );
    }
}

#[test]
fn exit_5_is_cancelled() {
    let env = TestEnv::new();
    let token = env.issue("--read-only --note nightly");
    let Some((exit, shown)) = env.on_terminal(&format!("$TOKENCTL revoke {}", token.id), "n\\r")
    else {
        return;
    };
    assert_eq!(exit, 5, "{shown}");
    for part in [
        &token.id,
        "alice",
        "nightly",
        "never used",
        "Revoke for good?",
        "cancelled, nothing was done",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    env.run_with_stdin("verify", token.header()).succeeds();
    let (exit, shown) = env
        .on_terminal("$TOKENCTL user delete alice", "\\r")
        .unwrap();
    assert_eq!(exit, 5, "no is the default: {shown}");
    let (exit, shown) = env
        .on_terminal(&format!("$TOKENCTL revoke {}", token.id), "y\\r")
        .unwrap();
    assert_eq!(exit, 0, "{shown}");
    env.run_with_stdin("verify", token.header()).exits(12);
}

#[test]
fn terminal_is_asked_for_rights_and_secrets() {
    let env = TestEnv::new();
    let Some((exit, shown)) = env.on_terminal("$TOKENCTL issue alice", "\\r") else {
        return;
    };
    assert_eq!(exit, 0, "{shown}");
    assert!(shown.contains("--read-only"), "{shown}");
    let token = env.issue("--full-access");
    let (exit, shown) = env
        .on_terminal("$TOKENCTL verify", &format!("{}\\n", token.header()))
        .unwrap();
    assert_eq!(exit, 0, "{shown}");
    assert!(
        shown.contains(&format!("accepted alice {}", token.id)),
        "{shown}"
    );
}

#[test]
fn exits_10_to_15_are_a_clean_no() {
    let env = TestEnv::new();
    let token = env.issue("--read-only");
    let header = token.header();
    let cases = [
        ("verify", "token unknown", 10, "unknown"),
        ("verify", "", 11, "no_credentials"),
        ("verify", "token a,b", 11, "malformed"),
        ("verify --at 2999-01-01T00:00:00Z", &header, 13, "expired"),
        ("verify --method POST", &header, 14, "denied_by_rule"),
    ];
    for (line, header, exit, code) in cases {
        let told = env.run_with_stdin(line, header).exits(exit);
        assert_eq!(told.stdout.split_whitespace().next(), Some(code), "{line}");
        let told = env
            .run_with_stdin(&format!("{line} --json"), header)
            .exits(exit);
        assert_eq!(told.json()["code"], code, "{line}");
    }
    for (sql, exit, code) in [
        ("UPDATE token SET policy = '7'", 14, "policy_unreadable"),
        ("UPDATE token SET networks = '[]'", 14, "denied_by_network"),
        ("UPDATE user SET disabled_at = 1", 15, "user_disabled"),
        ("UPDATE token SET expires_at = 1", 13, "expired"),
        ("UPDATE token SET suspended_at = 1", 12, "suspended"),
        ("UPDATE token SET revoked_at = 1", 12, "revoked"),
    ] {
        // Each fault is judged before those that are there already.
        env.sql(sql);
        let told = env.run_with_stdin("verify", &header).exits(exit);
        assert_eq!(told.stdout.split_whitespace().next(), Some(code), "{sql}");
    }
}

#[test]
fn exit_17_is_found() {
    let env = TestEnv::new();
    env.run("list --exit-code").exits(0);
    env.issue("--read-only");
    env.run("list --exit-code").exits(17);
    env.run("list --exit-code --json").exits(17);
}

#[test]
fn exit_20_is_another_error_of_the_store() {
    let env = TestEnv::new();
    env.write("file", "");
    let told = env.run("init --store file/below/tokens.db");
    assert_snapshot!(told, @"
    ------- stderr -------
    error: failed to create file/below: Not a directory (os error 20)
    hint: nothing was done: see to the path and its permissions
    [exit status: 20]
    ");
    env.run("init --store file/below/tokens.db --json")
        .exits(20);
}

#[test]
fn exit_21_is_a_missing_store() {
    let mut env = TestEnv::without_store();
    env.run("list").exits(21);
    env.use_store(env.path("missing.db"));
    assert_snapshot!(env.run("list"), @"
    ------- stderr -------
    error: no token store at [dir]/missing.db
    hint: create one with `tokenctl init`, or name another with `--store`
    [exit status: 21]
    ");
    for line in [
        "list",
        "show 0000",
        "revoke 0000 --yes",
        "user list",
        "user add bob",
        "migrate",
        "issue bob --read-only",
        "issue bob --read-only --create-user",
    ] {
        let line = format!("{line} --json");
        assert_eq!(
            env.run(&line).exits(21).error()["code"],
            "store_missing",
            "{line}"
        );
    }
    env.run_with_stdin("verify --json", "token x").exits(21);
    env.run_with_stdin("identify --json", "x").exits(21);
    assert!(!env.path("missing.db").exists());
}

#[test]
fn exit_22_is_busy() {
    let env = TestEnv::new();
    let token = env.issue("--read-only");
    let line = format!("revoke {} --yes --timeout 1s", token.id);
    {
        let connection = rusqlite::Connection::open(env.store()).unwrap();
        connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        assert_snapshot!(env.run(&line), @"
        ------- stderr -------
        error: the store is busy: another writer did not finish in time
        hint: nothing was done: try again, or wait longer with `--timeout`
        [exit status: 22]
        ");
        env.run(&format!("{line} --json")).exits(22);
        // Readers do not wait.
        env.run_with_stdin("verify", token.header()).succeeds();
    }
    let lock = File::options()
        .write(true)
        .open(env.path("tokens.db.lock"))
        .unwrap();
    lock.lock().unwrap();
    let begun = Instant::now();
    env.run(&line).exits(22);
    assert!(begun.elapsed() >= Duration::from_millis(900));
    lock.unlock().unwrap();
    env.run_with_stdin("verify", token.header()).succeeds();
    env.run(&line).succeeds();
}

#[test]
fn exit_23_is_corrupt_or_not_ours() {
    let env = TestEnv::new();
    let text = env.write("text.db", &"not a database ".repeat(400));
    let empty = env.write("empty.db", "");
    fs::create_dir(env.path("directory.db")).unwrap();
    let foreign = rusqlite::Connection::open(env.path("foreign.db")).unwrap();
    foreign
        .execute_batch("CREATE TABLE a (b); PRAGMA user_version = 1")
        .unwrap();
    foreign.close().unwrap();
    for path in [
        &text,
        &empty,
        &env.path("foreign.db"),
        &env.path("directory.db"),
    ] {
        set_mode(path, if path.is_dir() { 0o700 } else { 0o600 });
    }
    for name in [
        "text.db",
        "empty.db",
        "foreign.db",
        "directory.db",
        "/dev/null",
    ] {
        env.run(&format!("list --store {name}")).exits(23);
        env.run(&format!("user add bob --json --store {name}"))
            .exits(23);
    }
    assert_snapshot!(env.run("list --store text.db"), @"
    ------- stderr -------
    error: [dir]/text.db is not a token store: it is not an SQLite database
    hint: it was left as it is; name the store with `--store`, or create one with `tokenctl init`
    [exit status: 23]
    ");
    assert_snapshot!(env.run("list --store empty.db"), @"
    ------- stderr -------
    error: [dir]/empty.db is not a token store: it is empty
    hint: it was left as it is; remove it and run `tokenctl init`, or name the store with `--store`
    [exit status: 23]
    ");
    assert_snapshot!(env.run("list --store foreign.db"), @"
    ------- stderr -------
    error: [dir]/foreign.db is not a token store: it is the database of another program
    hint: it was left as it is; name the store with `--store`, or create one with `tokenctl init`
    [exit status: 23]
    ");
    assert_snapshot!(env.run("list --store directory.db"), @"
    ------- stderr -------
    error: [dir]/directory.db is not a token store: it is a directory
    hint: it was left as it is; name the store with `--store`, or create one with `tokenctl init`
    [exit status: 23]
    ");
    assert_eq!(fs::read_to_string(&text).unwrap().len(), 6000);

    let token = env.issue("--read-only");
    env.sql("UPDATE token SET labels = 'nonsense'");
    assert_snapshot!(env.run(&format!("show {}", token.id)), @"
    ------- stderr -------
    error: the store is damaged: the labels of a token cannot be read
    hint: keep a copy of the file as it is, and go back to a backup
    [exit status: 23]
    ");
}

#[test]
fn exit_23_is_a_file_that_was_cut() {
    let env = TestEnv::new();
    for _ in 0..20 {
        env.issue("--read-only");
    }
    let store = File::options().write(true).open(env.store()).unwrap();
    store.set_len(8192).unwrap();
    let told = env.run("list");
    assert_eq!(told.exit, 23, "{told}");
}

#[test]
fn exit_23_is_a_history_that_was_changed() {
    let env = TestEnv::new();
    env.sql("UPDATE event SET user = 'bob'");
    for line in ["audit verify --json", "audit head --json"] {
        assert_eq!(env.run(line).exits(23).error()["code"], "corrupt", "{line}");
    }
}

#[test]
fn exit_24_is_a_newer_schema() {
    let env = TestEnv::new();
    env.sql("PRAGMA user_version = 99");
    assert_snapshot!(env.run("list"), @"
    ------- stderr -------
    error: the store has schema 99, this build knows 1
    hint: use the build of tokenctl that made it, or a newer one
    [exit status: 24]
    ");
    for line in [
        "user add bob --json",
        "migrate --json",
        "revoke --all --yes --json",
    ] {
        assert_eq!(env.run(line).exits(24).error()["code"], "schema", "{line}");
    }
    env.sql("PRAGMA user_version = 0");
    assert_snapshot!(env.run("list"), @"
    ------- stderr -------
    error: the store has schema 0, this build knows 1
    hint: no build makes such a store: go back to a backup
    [exit status: 24]
    ");
}

#[test]
fn exit_25_is_insecure() {
    let env = TestEnv::new();
    let store = env.store().to_owned();
    set_mode(&store, 0o644);
    assert_snapshot!(env.run("list"), @"
    ------- stderr -------
    error: [dir]/tokens.db is not safe: its mode is 0644, so that others can read or write it
    hint: `chmod 600 [dir]/tokens.db`, and see who may have read it
    [exit status: 25]
    ");
    env.run("user add bob --json").exits(25);
    set_mode(&store, 0o600);
    set_mode(&env.path("tokens.db.lock"), 0o666);
    env.run("list").exits(25);
    set_mode(&env.path("tokens.db.lock"), 0o600);
    set_mode(&env.path(""), 0o777);
    assert_snapshot!(env.run("list"), @"
    ------- stderr -------
    error: [dir] is not safe: others can replace what is in this directory (mode 0777, no sticky bit)
    hint: `chmod o-w [dir]`, or keep the store in a directory of your own
    [exit status: 25]
    ");
    set_mode(&env.path(""), 0o1777);
    env.run("list").succeeds();
    set_mode(&env.path(""), 0o700);
    std::os::unix::fs::symlink(&store, env.path("link.db")).unwrap();
    assert_snapshot!(env.run("list --store link.db"), @"
    ------- stderr -------
    error: [dir]/link.db is not safe: it is a link, or has a second name
    hint: name the file itself
    [exit status: 25]
    ");
}

#[test]
fn links_in_the_place_of_files_of_the_store_are_not_followed() {
    for suffix in [".lock", "-wal"] {
        let env = TestEnv::new();
        let canary = env.write("canary", "precious");
        set_mode(&canary, 0o600);
        let planted = env.path(&format!("tokens.db{suffix}"));
        let _ = fs::remove_file(&planted);
        std::os::unix::fs::symlink(&canary, &planted).unwrap();
        env.run("user add bob").exits(25);
        assert_eq!(fs::read_to_string(&canary).unwrap(), "precious");
    }
    let env = TestEnv::new();
    let canary = env.write("canary", "precious");
    std::os::unix::fs::symlink(&canary, env.path("out")).unwrap();
    env.run("issue alice --read-only --out out").exits(4);
    assert_eq!(fs::read_to_string(&canary).unwrap(), "precious");
}

#[test]
fn exit_26_is_no_space() {
    let env = TestEnv::new();
    let token = env.issue("--read-only");
    for blocks in [0, 1, 8, 16] {
        let told = env.shell(&format!(
            "ulimit -f {blocks}; \"$TOKENCTL\" revoke {} --yes",
            token.id
        ));
        assert!(matches!(told.exit, 0 | 26), "{blocks}: {told}");
        if blocks == 1 {
            assert_eq!(told.exit, 26);
            assert_snapshot!(told, @"
            ------- stderr -------
            error: no space is left for the store
            hint: nothing was done: make room and try again
            [exit status: 26]
            ");
        }
    }
    env.shell("ulimit -f 1; \"$TOKENCTL\" init --store new.db --json")
        .exits(26);
    assert!(!env.path("new.db").exists());
    env.run("list").succeeds();
    env.run("revoke --all --yes").succeeds();
}

#[test]
fn exit_27_is_a_history_that_cannot_be_written() {
    let env = TestEnv::new();
    let token = env.issue("--read-only");
    env.sql("DROP TABLE event");
    assert_snapshot!(env.run("revoke --all --yes"), @"
    ------- stderr -------
    error: the event could not be recorded, so nothing was changed: SQL logic error
    hint: the history of the store is damaged: go back to a backup
    [exit status: 27]
    ");
    assert_eq!(
        env.run("user add bob --json").exits(27).error()["code"],
        "audit"
    );
    env.run("issue alice --read-only").exits(27);
    env.run_with_stdin("verify", token.header()).succeeds();
    assert_eq!(env.run("list --json").succeeds().column("id").len(), 1);
}

#[test]
fn exit_28_is_an_output_that_failed() {
    let env = TestEnv::new();
    env.shell("\"$TOKENCTL\" issue alice --read-only > /dev/full")
        .exits(28);
    let told = env
        .run("issue alice --read-only --out missing/file --json")
        .exits(28);
    assert_eq!(told.error()["code"], "output");
    env.run("man tokens.db --json").exits(28);
}

#[test]
fn exit_65_is_bad_data() {
    let env = TestEnv::new();
    env.write("policy.json", "{\"nope\": 1}");
    env.run("issue alice --policy policy.json").exits(65);
    for (line, stdin) in [
        ("identify", "a b"),
        ("revoke --secret - --yes", "a b"),
        ("list --ids-from -", "??"),
        ("audit verify --head -", "7"),
        ("issue alice --policy -", "[]"),
    ] {
        let told = env
            .run_with_stdin(&format!("{line} --json"), stdin)
            .exits(65);
        assert_eq!(told.error()["code"], "data", "{line}");
    }
    env.configure("nope = 1\n");
    env.run("list --json").exits(65);
}

#[test]
fn exit_66_is_a_file_that_cannot_be_read() {
    let env = TestEnv::new();
    for line in [
        "issue alice --policy missing.json",
        "issue alice --policy .",
        "list --config missing.toml",
    ] {
        let line = format!("{line} --json");
        assert_eq!(env.run(&line).exits(66).error()["code"], "input", "{line}");
    }
}
