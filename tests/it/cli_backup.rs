//! `tokenctl backup`.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use insta::assert_snapshot;

use crate::harness::{TestEnv, set_mode};

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7777
}

/// Returns what stands in the directory of the test and belongs neither to it nor to its store.
fn left(env: &TestEnv) -> Vec<String> {
    let names = fs::read_dir(env.path("")).unwrap();
    let mut names: Vec<String> = names
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.starts_with("tokens.db") && name != "home" && name != "tmp")
        .collect();
    names.sort();
    names
}

/// Returns the record without the length of the file and the hash, which differ from run to run.
fn steady(text: &str) -> String {
    let hash = text
        .split(|c: char| !c.is_ascii_hexdigit())
        .find(|word| word.len() == 64);
    text.replace(hash.expect("a head is printed"), "[head]")
}

#[test]
fn backup_is_a_store_of_its_own() {
    let env = TestEnv::new();
    let token = env.issue("--read-only --label app=ci");
    assert_snapshot!(steady(&env.run("backup monday.db").to_string()), @"
    path    monday.db
    bytes   122880
    tokens  1
    events  2
    head    2:[head]
    ------- stderr -------
    Backed up 1 token and 2 events to monday.db
    [exit status: 0]
    ");
    assert_eq!(left(&env), ["monday.db"]);
    env.run("check --store monday.db").succeeds();
    env.run_with_stdin(
        "verify --store monday.db",
        format!("token {}", token.secret),
    )
    .succeeds();
}

#[test]
fn backup_is_a_record_in_every_format() {
    let env = TestEnv::new();
    assert_snapshot!(steady(&env.run("backup --json a.db").to_string()), @r#"
    {
      "path": "a.db",
      "bytes": 122880,
      "tokens": 0,
      "events": 1,
      "head": "1:[head]"
    }
    [exit status: 0]
    "#);
    assert_snapshot!(steady(&env.run("backup --format csv b.db -q").to_string()), @"
    path,bytes,tokens,events,head
    b.db,122880,0,1,1:[head]
    [exit status: 0]
    ");
    let audit = env.run("backup --format jsonl c.db").succeeds().json();
    assert_eq!((&audit["events"], &audit["tokens"]), (&1.into(), &0.into()));
    let head = audit["head"].as_str().unwrap();
    env.run(&format!("audit verify --head {head}")).succeeds();
}

#[test]
fn backup_is_private_whatever_the_umask() {
    let env = TestEnv::new();
    for umask in ["000", "022", "077"] {
        let file = format!("made-{umask}.db");
        env.shell(&format!("umask {umask}; \"$TOKENCTL\" backup {file}"))
            .succeeds();
        assert_eq!(mode(&env.path(&file)), 0o600, "umask {umask}");
    }
}

#[test]
fn nothing_is_overwritten_nor_followed() {
    let env = TestEnv::new();
    let canary = env.write("canary", "precious");
    symlink(&canary, env.path("link.db")).unwrap();
    symlink(env.path("nowhere"), env.path("dangling.db")).unwrap();
    fs::hard_link(&canary, env.path("second.db")).unwrap();
    fs::create_dir(env.path("directory.db")).unwrap();
    env.shell("mkfifo fifo.db").succeeds();
    let before = left(&env);
    for name in [
        "canary",
        "link.db",
        "dangling.db",
        "second.db",
        "directory.db",
        "fifo.db",
    ] {
        env.run_with("backup", name).exits(4);
    }
    assert_eq!(left(&env), before);
    assert_eq!(fs::read_to_string(&canary).unwrap(), "precious");
    assert_snapshot!(env.run("backup canary"), @"
    ------- stderr -------
    error: [dir]/canary exists already
    hint: it was left as it is; name another path
    [exit status: 4]
    ");
}

#[test]
fn files_of_the_store_and_pipes_are_refused() {
    let env = TestEnv::new();
    let before = fs::read(env.store()).unwrap();
    for name in [
        "tokens.db",
        "./tokens.db",
        "tokens.db-wal",
        "tokens.db-shm",
        "tokens.db.lock",
        "-",
    ] {
        env.run_with("backup", name).exits(2);
    }
    assert_eq!(fs::read(env.store()).unwrap(), before);
    assert_snapshot!(env.run("backup -"), @"
    ------- stderr -------
    error: a store cannot be written to or read from a pipe
    hint: name a file
    [exit status: 2]
    ");
}

#[test]
fn directory_that_others_can_write_is_refused() {
    let env = TestEnv::new();
    fs::create_dir(env.path("open")).unwrap();
    set_mode(&env.path("open"), 0o777);
    assert_snapshot!(env.run("backup open/a.db"), @"
    ------- stderr -------
    error: [dir]/open is not safe: others can replace what is in this directory (mode 0777, no sticky bit)
    hint: `chmod o-w [dir]/open`, or keep the store in a directory of your own
    [exit status: 25]
    ");
    assert_eq!(fs::read_dir(env.path("open")).unwrap().count(), 0);
    // As in /tmp: there nobody can replace the file of another.
    set_mode(&env.path("open"), 0o1777);
    env.run("backup open/a.db").succeeds();
    assert_snapshot!(env.run("backup missing/a.db"), @"
    ------- stderr -------
    error: failed to create `missing/a.db`: No such file or directory (os error 2)
    hint: nothing was done: name a file that can be written
    [exit status: 28]
    ");
    env.run("backup tokens.db/a.db").exits(28);
    env.run("backup a.db --store missing/tokens.db").exits(21);
}

#[test]
fn backup_does_not_stand_beside_what_was_left_of_another() {
    let env = TestEnv::new();
    env.issue("--read-only");
    for left_over in ["b.db-wal", "b.db-journal"] {
        env.write(left_over, "left");
        let told = env.run("backup b.db").exits(4);
        assert!(told.stderr.contains(left_over), "{told}");
        assert!(!env.path("b.db").exists());
        std::fs::remove_file(env.path(left_over)).unwrap();
    }
    env.run("backup b.db").succeeds();
}

#[test]
fn damaged_or_missing_store_leaves_no_backup() {
    let env = TestEnv::new();
    env.issue("--read-only");
    env.sql("UPDATE event SET actor = '{}' WHERE seq = 1");
    assert_snapshot!(env.run("backup a.db"), @"
    ------- stderr -------
    error: the store is damaged: event 1 was changed: what it says does not match its hash
    hint: keep a copy of the file as it is, and go back to a backup
    [exit status: 23]
    ");
    env.run("backup a.db --store gone.db").exits(21);
    set_mode(env.store(), 0o644);
    env.run("backup a.db").exits(25);
    assert!(left(&env).is_empty(), "{:?}", left(&env));
}

#[test]
fn contradictions_are_copied_and_told() {
    let env = TestEnv::new();
    let token = env.issue("--read-only");
    env.sql(&format!("DELETE FROM token WHERE id = '{}'", token.id));
    assert_snapshot!(steady(&env.run("backup a.db").to_string()), @"
    path    a.db
    bytes   122880
    tokens  0
    events  2
    head    2:[head]
    ------- stderr -------
    Backed up 0 tokens and 2 events to a.db
    warning: the store contradicts itself, and so does the copy: tokens are missing that came in and were never removed, as the history tells; `tokenctl check` tells more
    [exit status: 0]
    ");
}

#[test]
fn undelivered_record_leaves_the_backup() {
    let env = TestEnv::new();
    env.shell("\"$TOKENCTL\" backup a.db > /dev/full").exits(28);
    env.run("check --store a.db").succeeds();
}

/// On a medium that is smaller than the store, which takes root to mount.
#[test]
fn full_medium_leaves_nothing() {
    let env = TestEnv::new();
    let script = "unshare --mount sh -c 'mkdir small && mount -t tmpfs -o size=64k,mode=700 tokenctl small || exit 77
        \"$TOKENCTL\" backup small/a.db; code=$?; ls -A small >&2; exit $code'";
    let output = env.command("sh").args(["-c", script]).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    if output.status.code() == Some(77) || stderr.contains("unshare") {
        std::io::stderr()
            .write_all(format!("NOT CHECKED: a full medium cannot be made: {stderr}\n").as_bytes())
            .unwrap();
        assert!(std::env::var("CI").as_deref() != Ok("true"), "{stderr}");
        return;
    }
    assert_eq!(output.status.code(), Some(26), "{stderr}");
    assert_snapshot!(stderr, @"
    error: no space is left for the store
    hint: nothing was done: make room and try again
    ");
}

#[test]
fn interrupted_backup_leaves_nothing() {
    let env = TestEnv::new();
    for delay in [0, 1, 2, 4, 8] {
        let mut child = env.start("backup a.db");
        std::thread::sleep(std::time::Duration::from_millis(delay));
        let pid = rustix::process::Pid::from_child(&child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        let code = child.wait().unwrap().code();
        let left = left(&env);
        match code {
            // Before it listens, the signal ends it as it does any program; then nothing has been made yet.
            Some(143) | None => assert!(left.is_empty(), "{left:?}"),
            Some(0) => {
                assert_eq!(left, ["a.db"]);
                fs::remove_file(env.path("a.db")).unwrap();
            }
            other => panic!("{other:?}"),
        }
    }
}
