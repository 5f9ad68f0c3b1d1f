//! `tokenctl scan`: which files are read, and which are not.

use std::fs;
use std::os::unix::fs::symlink;

use insta::{allow_duplicates, assert_snapshot};

use crate::cli_scan::STRANGE;
use crate::harness::{IssuedToken, TestEnv, is_installed};

/// Returns surroundings with a live token, and a directory `d` that is empty.
fn prepared() -> (TestEnv, IssuedToken) {
    let env = TestEnv::new();
    let token = env.issue("--read-only");
    fs::create_dir(env.path("d")).unwrap();
    (env, token)
}

fn files(env: &TestEnv, line: &str, exit: i32) -> Vec<String> {
    env.run(&format!("{line} --json"))
        .exits(exit)
        .column("file")
}

#[test]
fn ignored_and_hidden_files_are_read_on_request_or_by_name() {
    let (env, token) = prepared();
    fs::create_dir(env.path("d/.git")).unwrap();
    env.write("d/.gitignore", "*.log\n");
    env.write("d/.ignore", "other\n");
    for name in ["a.log", "b.txt", "other", ".env"] {
        env.write(&format!("d/{name}"), &token.secret);
    }
    assert_eq!(files(&env, "scan d", 17), ["d/b.txt"]);
    assert_eq!(files(&env, "scan d --hidden", 17), ["d/.env", "d/b.txt"]);
    assert_eq!(
        files(&env, "scan d --no-ignore", 17),
        ["d/a.log", "d/b.txt", "d/other"]
    );
    assert_eq!(
        files(&env, "scan d/a.log d/.env", 17),
        ["d/a.log", "d/.env"]
    );
}

#[test]
fn links_are_not_followed() {
    let (env, token) = prepared();
    env.write("outside", &token.secret);
    symlink("../outside", env.path("d/link")).unwrap();
    symlink("..", env.path("d/up")).unwrap();
    assert_snapshot!(env.run("scan d"), @"
    ------- stderr -------
    Scanned 0 files: 0 findings.
    [exit status: 0]
    ");
    assert_snapshot!(env.run("scan d/link"), @"
    ------- stderr -------
    error: failed to read `d/link`: it is a link, and links are not followed
    Scanned 0 files: 0 findings.
    error: 1 file could not be read; all else was scanned
    hint: see to its permissions, or name other files; `-` is stdin
    [exit status: 66]
    ");
}

#[test]
fn special_files_do_not_keep_it_waiting() {
    let (env, token) = prepared();
    env.shell("mkfifo d/fifo").succeeds();
    let _socket = std::os::unix::net::UnixListener::bind(env.path("d/socket")).unwrap();
    env.write("d/a", &token.secret);
    assert_eq!(files(&env, "scan d", 17), ["d/a"]);
    assert_snapshot!(env.run("scan d/fifo"), @"
    ------- stderr -------
    error: failed to read `d/fifo`: it is neither a file nor a directory
    Scanned 0 files: 0 findings.
    error: 1 file could not be read; all else was scanned
    hint: see to its permissions, or name other files; `-` is stdin
    [exit status: 66]
    ");
    env.run("scan d/socket").exits(66);
    env.run("scan /dev/zero").exits(66);
}

#[test]
fn files_of_the_store_are_never_opened() {
    let (env, token) = prepared();
    // Whatever is in them, it is not scanned.
    env.sql(&format!(
        "UPDATE token SET note = 'x {STRANGE}' WHERE id = '{}'",
        token.id
    ));
    env.write("d/z", "clean");
    assert_snapshot!(env.run("scan . --hidden --no-ignore"), @"
    ------- stderr -------
    Scanned 1 file: 0 findings.
    [exit status: 0]
    ");
    for name in [
        "tokens.db",
        "tokens.db-wal",
        "tokens.db.lock",
        "./d/../tokens.db",
    ] {
        env.run(&format!("scan d {name}")).exits(2);
    }
    assert_snapshot!(env.run("scan tokens.db"), @"
    ------- stderr -------
    error: `tokens.db` is a file of the store
    hint: name another file
    [exit status: 2]
    ");
    fs::copy(env.store(), env.path("d/copy")).unwrap();
    assert_eq!(files(&env, "scan .", 0), ["./d/copy"], "a copy is a dump");
}

#[test]
fn what_cannot_be_read_is_told_and_the_rest_is_scanned() {
    let (env, token) = prepared();
    env.write("d/a", STRANGE);
    assert_snapshot!(env.run("scan missing d other"), @"
    file  line  found    id          user  state  last_used_at
    d/a   1     unknown  [id]  -     -      -
    ------- stderr -------
    error: failed to read `missing`: No such file or directory (os error 2)
    error: failed to read `other`: No such file or directory (os error 2)
    Scanned 1 file: 1 finding, 0 live.
    error: 2 files could not be read; all else was scanned
    hint: see to its permissions, or name other files; `-` is stdin
    [exit status: 66]
    ");
    assert_snapshot!(env.run("scan missing d --json"), @r#"
    [
      {
        "file": "d/a",
        "line": 1,
        "column": 1,
        "offset": 0,
        "found": "unknown",
        "generator": "tokenctl_v1",
        "id": "[id]",
        "user": null,
        "state": null,
        "last_used_at": null
      }
    ]
    ------- stderr -------
    {"error":{"code":"input","exit":66,"message":"1 file could not be read; all else was scanned: failed to read `missing`: No such file or directory (os error 2)","hint":"see to its permissions, or name other files; `-` is stdin"}}
    [exit status: 66]
    "#);
    // Permissions do not stop root; at address 0 nobody has memory.
    env.run("scan /proc/self/mem").exits(66);
    env.run("scan missing d -q").exits(66);
    env.write("d/a", &token.secret);
    assert_snapshot!(env.run("scan missing d"), @"
    file  line  found  id          user   state   last_used_at
    d/a   1     live   [id]  alice  active  -
    ------- stderr -------
    error: failed to read `missing`: No such file or directory (os error 2)
    Scanned 1 file: 1 finding, 1 live.
    [exit status: 17]
    ");
    env.run("scan missing d --json").exits(17);
}

#[test]
fn scan_that_gets_no_thread_says_so() {
    if !is_installed("strace") {
        return;
    }
    let env = TestEnv::new();
    env.write("log", STRANGE);
    for nth in 1..=2 {
        let ended = env.run_without_thread(nth, "scan log");
        allow_duplicates! {
            assert_snapshot!(ended, @r"
            ------- stderr -------
            error: failed to start a thread: Resource temporarily unavailable (os error 11)
            hint: nothing was done: let it have more threads and memory
            [exit status: 20]
            ");
        }
    }
}

#[test]
fn what_could_not_be_read_is_told_beside_a_live_token() {
    let env = TestEnv::new();
    let token = env.issue("--read-only");
    env.write("live.log", &token.secret);
    let told = env.run("scan missing.log live.log --json").exits(17);
    assert_eq!(told.json()[0]["found"], "live");
    assert_eq!(told.error()["code"], "input", "{told}");
    let told = env.run("scan missing.log live.log").exits(17);
    assert!(
        told.stderr.contains("failed to read `missing.log`"),
        "{told}"
    );
}
