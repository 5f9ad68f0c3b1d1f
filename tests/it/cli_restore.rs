//! `tokenctl restore`.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, symlink};

use insta::assert_snapshot;

use crate::harness::{IssuedToken, TestEnv, set_mode};

/// A store with two tokens, one of which was revoked after a backup.
fn after_a_backup() -> (TestEnv, IssuedToken, IssuedToken) {
    let env = TestEnv::new();
    let (kept, revoked) = (
        env.issue("--read-only --note kept"),
        env.issue("--read-only --note old"),
    );
    env.run("backup monday.db").succeeds();
    env.run(&format!("revoke {} --yes --reason leaked", revoked.id))
        .succeeds();
    (env, kept, revoked)
}

/// Two stores of one history into which the same secret was brought, under an id of its own in each; in the other one
/// it is revoked, and removed if it is `pruned`, before that is backed up to `other.db`.
fn secret_with_two_ids(pruned: bool) -> TestEnv {
    let env = TestEnv::new();
    env.run("user add bob").succeeds();
    env.run("backup begin.db").succeeds();
    env.write("plain.txt", "secret-of-elsewhere-0123456789\n");
    let import = "import csv plain.txt --user bob --full-access";
    env.run(import).succeeds();
    let other = |line: &str| env.run(&format!("{line} --store two.db")).succeeds();
    other("restore begin.db --yes");
    other(import);
    other("revoke --user bob --yes");
    if pruned {
        rusqlite::Connection::open(env.path("two.db"))
            .unwrap()
            .execute(
                "UPDATE token SET revoked_at = 5 WHERE revoked_at IS NOT NULL",
                [],
            )
            .unwrap();
        other("prune --yes");
    }
    other("backup other.db");
    env
}

#[test]
fn secret_that_is_dead_under_another_id_dies_too() {
    for pruned in [false, true] {
        let env = secret_with_two_ids(pruned);
        let header = "token secret-of-elsewhere-0123456789\n";
        env.run_with_stdin("verify", header).succeeds();
        env.run("restore other.db --yes").succeeds();
        env.run_with_stdin("verify", header).exits(12);
        env.run("check").succeeds();
        env.run("backup after.db").succeeds();
    }
}

#[test]
fn revoked_token_stays_so_and_is_listed() {
    let (env, kept, revoked) = after_a_backup();
    let later = env.issue("--read-only");
    assert_snapshot!(env.run("restore monday.db --dry-run"), @"
    fate        id          user   state    expires_at            note
    stays_dead  [id]  alice  revoked  [time]  old
    ------- stderr -------
    The store has gone on since this backup.
    0 returned, 0 updated, 1 dead and kept so.
    This was a dry run; nothing was done.
    [exit status: 0]
    ");
    let events = env.run("backup before.db --json").json()["events"].clone();
    assert_eq!(events, 5, "a dry run changes nothing");
    assert_snapshot!(env.run("restore monday.db --yes"), @"
    fate        id          user   state    expires_at            note
    stays_dead  [id]  alice  revoked  [time]  old
    ------- stderr -------
    The store has gone on since this backup.
    0 returned, 0 updated, 1 dead and kept so.
    [exit status: 0]
    ");
    env.run_with_stdin("verify", revoked.header()).exits(12);
    env.run_with_stdin("verify", kept.header()).succeeds();
    env.run_with_stdin("verify", later.header()).succeeds();
    env.run("check").succeeds();
    assert_snapshot!(env.run("restore monday.db --yes --format csv"), @"
    fate,id,user,state,note,expires_at,last_used_at,revoked_at,revoked_reason
    stays_dead,[id],alice,revoked,old,[time],,[time],leaked
    ------- stderr -------
    The store has gone on since this backup.
    0 returned, 0 updated, 1 dead and kept so.
    [exit status: 0]
    ");
}

#[test]
fn lost_record_comes_back() {
    let (env, kept, _) = after_a_backup();
    env.sql(&format!("DELETE FROM token WHERE id = '{}'", kept.id));
    env.run_with_stdin("verify", kept.header()).exits(10);
    let told = env.run("restore monday.db --yes --json").succeeds();
    assert_eq!(told.column("fate"), ["returned", "stays_dead"]);
    env.run_with_stdin("verify", kept.header()).succeeds();
    env.run("check").succeeds();
}

#[test]
fn revocation_that_was_taken_back_behind_our_back_is_made_again() {
    let (env, _, revoked) = after_a_backup();
    env.sql("UPDATE token SET revoked_at = NULL, revoked_reason = ''");
    env.run_with_stdin("verify", revoked.header()).succeeds();
    env.run("restore monday.db --yes").succeeds();
    env.run_with_stdin("verify", revoked.header()).exits(12);
    env.run("check").succeeds();
}

#[test]
fn backup_becomes_the_store_where_there_is_none() {
    let (env, _, revoked) = after_a_backup();
    for suffix in ["", "-wal", "-shm", ".lock"] {
        let _ = fs::remove_file(env.path(&format!("tokens.db{suffix}")));
    }
    assert_snapshot!(env.run("restore monday.db --dry-run"), @"
    ------- stderr -------
    There was no store: the backup of 2 tokens becomes it.
    warning: what was revoked since the backup is not known: look through `list --state active`
    0 returned, 0 updated, 0 dead and kept so.
    This was a dry run; nothing was done.
    [exit status: 0]
    ");
    env.run("check").exits(21);
    assert_snapshot!(env.run("restore monday.db --yes"), @"
    ------- stderr -------
    There was no store: the backup of 2 tokens becomes it.
    warning: what was revoked since the backup is not known: look through `list --state active`
    0 returned, 0 updated, 0 dead and kept so.
    [exit status: 0]
    ");
    env.run("check").succeeds();
    // Nothing is left that could tell of its end.
    env.run_with_stdin("verify", revoked.header()).succeeds();
    env.run("restore monday.db --yes --store new/deep/tokens.db")
        .succeeds();
    env.run("check --store new/deep/tokens.db").succeeds();
}

#[test]
fn damaged_store_is_moved_aside() {
    let (env, kept, revoked) = after_a_backup();
    env.sql("PRAGMA wal_checkpoint(TRUNCATE); UPDATE event SET user = 'bob' WHERE seq = 2");
    assert_snapshot!(env.run("restore monday.db --yes"), @"
    fate        id          user   state    expires_at            note
    stays_dead  [id]  alice  revoked  [time]  old
    ------- stderr -------
    The store was damaged (event 2 was changed: what it says does not match its hash): the backup of 2 tokens takes its place.
    The damaged one is moved to [dir]/tokens.db.corrupt-1
    0 returned, 0 updated, 1 dead and kept so.
    [exit status: 0]
    ");
    env.run_with_stdin("verify", kept.header()).succeeds();
    env.run_with_stdin("verify", revoked.header()).exits(12);
    assert!(env.path("tokens.db.corrupt-1").exists());
    env.run("check").succeeds();

    fs::write(env.store(), "not a store any more").unwrap();
    assert_snapshot!(env.run("restore monday.db --yes"), @"
    ------- stderr -------
    The store was damaged (it is not an SQLite database): the backup of 2 tokens takes its place.
    The damaged one is moved to [dir]/tokens.db.corrupt-2
    warning: not all that was revoked since the backup could be read from it: look through `list --state active`
    0 returned, 0 updated, 0 dead and kept so.
    [exit status: 0]
    ");
    assert_eq!(
        fs::read_to_string(env.path("tokens.db.corrupt-2")).unwrap(),
        "not a store any more"
    );
    env.run("check").succeeds();
}

#[test]
fn database_of_another_program_is_left_alone() {
    let (env, _, _) = after_a_backup();
    env.sql("PRAGMA application_id = 7; PRAGMA wal_checkpoint(TRUNCATE)");
    let before = fs::read(env.store()).unwrap();
    env.run("restore monday.db --yes").exits(23);
    assert_eq!(fs::read(env.store()).unwrap(), before);
}

#[test]
fn question_is_asked() {
    let (env, kept, _) = after_a_backup();
    assert_snapshot!(env.run("restore monday.db"), @"
    ------- stderr -------
    error: this has to be confirmed, and there is no terminal to ask on
    hint: pass `--yes` to go on without a question, or `--dry-run` to see what it would do
    [exit status: 2]
    ");
    env.sql(&format!("DELETE FROM token WHERE id = '{}'", kept.id));
    let Some((exit, shown)) = env.on_terminal("$TOKENCTL restore monday.db", "n\\r") else {
        return;
    };
    assert_eq!(exit, 5, "{shown}");
    assert!(shown.contains(&kept.id), "{shown}");
    env.run_with_stdin("verify", kept.header()).exits(10);
    let (exit, shown) = env
        .on_terminal("$TOKENCTL restore monday.db", "y\\r")
        .unwrap();
    assert_eq!(exit, 0, "{shown}");
    env.run_with_stdin("verify", kept.header()).succeeds();
}

#[test]
fn backup_that_others_could_have_written_is_refused() {
    let (env, _, _) = after_a_backup();
    let before = env.run("backup before.db --json").json()["events"].clone();
    set_mode(&env.path("monday.db"), 0o644);
    assert_snapshot!(env.run("restore monday.db --yes"), @"
    ------- stderr -------
    error: the backup cannot be used: [dir]/monday.db is not safe: its mode is 0644, so that others can read or write it
    hint: `chmod 600 [dir]/monday.db`, and see who may have read it
    [exit status: 25]
    ");
    set_mode(&env.path("monday.db"), 0o600);
    symlink(env.path("monday.db"), env.path("link.db")).unwrap();
    env.run("restore link.db --yes").exits(25);
    fs::hard_link(env.path("monday.db"), env.path("second.db")).unwrap();
    env.run("restore second.db --yes").exits(25);
    fs::remove_file(env.path("second.db")).unwrap();
    fs::create_dir(env.path("open")).unwrap();
    fs::copy(env.path("monday.db"), env.path("open/monday.db")).unwrap();
    set_mode(&env.path("open"), 0o777);
    env.run("restore open/monday.db --yes").exits(25);
    assert_eq!(env.run("backup after.db --json").json()["events"], before);
}

#[test]
fn what_is_no_backup_is_refused() {
    let (env, _, _) = after_a_backup();
    let before = fs::read(env.path("monday.db")).unwrap();
    env.shell("mkfifo -m 600 fifo.db").succeeds();
    env.run("restore fifo.db --yes").exits(23);
    env.run("restore home --yes").exits(23);
    env.run("restore gone.db --yes").exits(66);
    env.run("restore gone/gone.db --yes").exits(66);
    for name in ["tokens.db", "tokens.db-wal", "tokens.db.lock", "-"] {
        env.run_args(&["restore", name, "--yes"]).exits(2);
    }
    for content in [&b""[..], b"text", &before[..before.len() / 2]] {
        fs::write(env.path("bad.db"), content).unwrap();
        set_mode(&env.path("bad.db"), 0o600);
        env.run("restore bad.db --yes").exits(23);
    }
    fs::write(env.path("bad.db-wal"), "changes").unwrap();
    set_mode(&env.path("bad.db-wal"), 0o600);
    fs::write(env.path("bad.db"), &before).unwrap();
    assert_snapshot!(env.run("restore bad.db --yes"), @"
    ------- stderr -------
    error: bad.db has a write-ahead log beside it, so that the file alone is not the whole
    hint: nothing was done: copy it first, with `tokenctl backup --store bad.db FILE`
    [exit status: 65]
    ");
    assert_snapshot!(env.run("restore gone.db --yes --json"), @r#"
    ------- stderr -------
    {"error":{"code":"input","exit":66,"message":"the backup cannot be used: no token store at [dir]/gone.db","hint":"nothing was done: name a file that can be read"}}
    [exit status: 66]
    "#);
    let left = fs::read_dir(env.path("")).unwrap();
    let mut names = left.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(names.find(|name| name.starts_with(".tokenctl")), None);
}

#[test]
fn backup_that_was_tampered_with_is_refused() {
    let (env, _, _) = after_a_backup();
    let tampered = |sql: &str, exit| {
        fs::copy(env.path("monday.db"), env.path("evil.db")).unwrap();
        let evil = rusqlite::Connection::open(env.path("evil.db")).unwrap();
        evil.execute_batch(sql).unwrap();
        evil.close().unwrap();
        env.run("restore evil.db --yes").exits(exit)
    };
    assert_snapshot!(
        tampered("CREATE TRIGGER evil AFTER UPDATE ON token BEGIN DELETE FROM event; END", 23),
        @"
    ------- stderr -------
    error: the backup cannot be used: the store is damaged: evil: this trigger does not belong in the schema, or is another
    hint: nothing was done: use another backup
    [exit status: 23]
    "
    );
    tampered("UPDATE event SET user = 'bob' WHERE seq = 1", 23);
    tampered("DELETE FROM event WHERE seq = 2", 23);
    tampered("PRAGMA user_version = 2", 24);
    tampered("PRAGMA application_id = 7", 23);
    // Its tokens and users would be there without anybody having made them.
    assert_snapshot!(tampered("DELETE FROM event", 23), @"
    ------- stderr -------
    error: the backup cannot be used: the store is damaged: [id]: tokens are there of which the history does not tell
    hint: nothing was done: use another backup
    [exit status: 23]
    ");
    let forged = "INSERT INTO token SELECT 99, '0000000000', zeroblob(32), 0, user, note, labels, generator, created_at, \
                  created_by, updated_at, expires_at, NULL, NULL, '', '{}', NULL, '0000000000', NULL, 1, NULL \
                  FROM token LIMIT 1";
    tampered(forged, 23);
}

#[test]
fn backup_in_which_a_revocation_was_taken_back_is_refused() {
    let (env, _, revoked) = after_a_backup();
    env.run("backup tuesday.db").succeeds();
    let forged = rusqlite::Connection::open(env.path("tuesday.db")).unwrap();
    forged
        .execute_batch("UPDATE token SET revoked_at = NULL, revoked_reason = ''")
        .unwrap();
    forged.close().unwrap();
    env.run("restore tuesday.db --yes --store new.db").exits(23);
    env.run("check --store new.db").exits(21);
    env.run("restore tuesday.db --yes").exits(23);
    env.run_with_stdin("verify", revoked.header()).exits(12);
}

#[test]
fn backup_of_another_store_is_refused() {
    let (env, _, _) = after_a_backup();
    env.run("issue alice --create-user --full-access --store other.db")
        .exits(21);
    env.run("init --store other.db").succeeds();
    env.run("user add alice --store other.db").succeeds();
    env.run("backup other-backup.db --store other.db")
        .succeeds();
    assert_snapshot!(env.run("restore other-backup.db --yes"), @"
    ------- stderr -------
    error: the backup is of another store: their histories have nothing in common
    hint: nothing was done: name the store it was made of with `--store`, or a path where there is none
    [exit status: 4]
    ");
}

#[test]
fn restored_store_is_private_whatever_the_umask() {
    let (env, _, _) = after_a_backup();
    for umask in ["000", "022", "077"] {
        let store = format!("new-{umask}/tokens.db");
        env.shell(&format!(
            "umask {umask}; \"$TOKENCTL\" restore monday.db --yes --store {store}"
        ))
        .succeeds();
        let mode = |name: &str| fs::metadata(env.path(name)).unwrap().mode() & 0o7777;
        assert_eq!(mode(&store), 0o600, "umask {umask}");
        assert_eq!(mode(&format!("{store}.lock")), 0o600, "umask {umask}");
        assert_eq!(mode(&format!("new-{umask}")), 0o700, "umask {umask}");
    }
}

#[test]
fn links_in_the_place_of_the_store_are_not_followed() {
    let (env, _, _) = after_a_backup();
    let canary = env.write("canary", "precious");
    set_mode(&canary, 0o600);
    for suffix in ["", "-wal", "-shm", ".lock"] {
        let planted = env.path(&format!("planted.db{suffix}"));
        for target in [canary.clone(), env.path("nowhere")] {
            symlink(&target, &planted).unwrap();
            let told = env.run("restore monday.db --yes --store planted.db");
            // Where there is no store, a log is moved aside as it is.
            let is_moved = told.exit == 0 && matches!(suffix, "-wal" | "-shm");
            assert!(told.exit == 25 || is_moved, "{suffix}: {told}");
            for name in ["", "-wal", "-shm", ".lock"] {
                let _ = fs::remove_file(env.path(&format!("planted.db{name}")));
            }
        }
    }
    assert_eq!(fs::read_to_string(&canary).unwrap(), "precious");
    assert!(!env.path("nowhere").exists());
}

#[test]
fn store_in_a_directory_of_others_is_not_restored() {
    let (env, _, _) = after_a_backup();
    fs::create_dir(env.path("open")).unwrap();
    set_mode(&env.path("open"), 0o777);
    env.run("restore monday.db --yes --store open/tokens.db")
        .exits(25);
    assert_eq!(fs::read_dir(env.path("open")).unwrap().count(), 0);
}

/// On a medium without room for a second store, which takes root to mount.
#[test]
fn full_medium_leaves_the_store_as_it_was() {
    let (env, _, _) = after_a_backup();
    let script = "unshare --mount sh -c 'mkdir small && chmod 700 small && \
        mount -t tmpfs -o size=240k,mode=700 tokenctl small || exit 77
        cp tokens.db small/tokens.db && \"$TOKENCTL\" restore monday.db --yes --store small/tokens.db; code=$?
        ls -A small | grep -v tokens.db; \"$TOKENCTL\" check --store small/tokens.db >&2 || exit 1; exit $code'";
    env.sql("PRAGMA wal_checkpoint(TRUNCATE)");
    let output = env.command("sh").args(["-c", script]).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    if output.status.code() == Some(77) || stderr.contains("unshare") {
        let line = format!("NOT CHECKED: a full medium cannot be made: {stderr}\n");
        std::io::stderr().write_all(line.as_bytes()).unwrap();
        assert!(std::env::var("CI").as_deref() != Ok("true"), "{stderr}");
        return;
    }
    assert_eq!(output.status.code(), Some(26), "{stderr}");
    assert_snapshot!(stderr, @"
    error: no space is left for the store
    hint: nothing was done: make room and try again
    Nothing is wrong with the store: 2 tokens and 4 events.
    ");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "");
}

#[test]
fn restore_into_a_directory_that_is_not_there_is_planned_first() {
    let env = TestEnv::new();
    let token = env.issue("--read-only");
    env.run("backup backup.db").succeeds();
    let plan = env.run("--store new/dir/tokens.db restore backup.db --dry-run");
    assert_snapshot!(plan, @"
    ------- stderr -------
    There was no store: the backup of 1 token becomes it.
    warning: what was revoked since the backup is not known: look through `list --state active`
    0 returned, 0 updated, 0 dead and kept so.
    This was a dry run; nothing was done.
    [exit status: 0]
    ");
    assert!(!env.path("new").exists());
    let left = std::fs::read_dir(env.path("")).unwrap();
    let left = left.filter(|entry| {
        let name = entry.as_ref().unwrap().file_name();
        name.to_string_lossy().starts_with(".tokenctl-")
    });
    assert_eq!(left.count(), 0);
    env.run("--store new/dir/tokens.db restore backup.db --yes")
        .succeeds();
    env.run_with_stdin("--store new/dir/tokens.db verify", token.header())
        .succeeds();
}
