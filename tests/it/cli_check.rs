//! `tokenctl check`.

use std::fs;
use std::os::unix::fs::symlink;

use insta::assert_snapshot;

use crate::harness::{TestEnv, set_mode};

#[test]
fn whole_store_is_said_to_be_whole() {
    let env = TestEnv::new();
    env.issue("--read-only --label app=ci");
    assert_snapshot!(env.run("check"), @"
    ------- stderr -------
    Nothing is wrong with the store: 1 token and 2 events.
    [exit status: 0]
    ");
    assert_snapshot!(env.run("check --json"), @"
    []
    [exit status: 0]
    ");
    env.run("check --store gone.db").exits(21);
}

#[test]
fn check_changes_nothing() {
    let env = TestEnv::new();
    env.issue("--read-only");
    let names = || {
        let entries = fs::read_dir(env.path("")).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    for suffix in ["-wal", "-shm"] {
        let _ = fs::remove_file(env.path(&format!("tokens.db{suffix}")));
    }
    let (before, content) = (names(), fs::read(env.store()).unwrap());
    env.run("check").succeeds();
    assert_eq!(names(), before);
    assert_eq!(fs::read(env.store()).unwrap(), content);
}

#[test]
fn insecure_store_is_opened_in_order_to_report_it() {
    let env = TestEnv::new();
    set_mode(env.store(), 0o640);
    set_mode(&env.path("tokens.db.lock"), 0o666);
    assert_snapshot!(env.run("check --format csv"), @r#"
    severity,kind,count,subject,what
    insecure,mode,1,[dir]/tokens.db,"its mode is 0640, so that others can read or write it"
    insecure,mode,1,[dir]/tokens.db.lock,"its mode is 0666, so that others can read or write it"
    ------- stderr -------
    error: the store is not safe: 2 findings
    hint: take the rights of others away, and see who may have read or changed it
    [exit status: 25]
    "#);
    assert_snapshot!(env.run("check --json"), @r#"
    [
      {
        "severity": "insecure",
        "kind": "mode",
        "count": 1,
        "subject": "[dir]/tokens.db",
        "what": "its mode is 0640, so that others can read or write it"
      },
      {
        "severity": "insecure",
        "kind": "mode",
        "count": 1,
        "subject": "[dir]/tokens.db.lock",
        "what": "its mode is 0666, so that others can read or write it"
      }
    ]
    ------- stderr -------
    {"error":{"code":"insecure","exit":25,"message":"the store is not safe: 2 findings","hint":"take the rights of others away, and see who may have read or changed it"}}
    [exit status: 25]
    "#);
    set_mode(env.store(), 0o600);
    set_mode(&env.path("tokens.db.lock"), 0o600);
    set_mode(&env.path(""), 0o777);
    let told = env.run("check --format csv").exits(25);
    assert!(told.stdout.contains("insecure,directory,1,"), "{told}");
}

#[test]
fn links_are_not_opened() {
    let env = TestEnv::new();
    let canary = env.write("canary", "precious");
    set_mode(&canary, 0o600);
    for suffix in ["-shm", "-wal", ".lock"] {
        let path = env.path(&format!("tokens.db{suffix}"));
        let _ = fs::remove_file(&path);
        symlink(&canary, &path).unwrap();
        let told = env.run("check --json").exits(25);
        assert!(told.column("kind").contains(&"link".to_owned()), "{told}");
        fs::remove_file(&path).unwrap();
    }
    symlink(env.store(), env.path("link.db")).unwrap();
    env.run("check --store link.db").exits(25);
    assert_eq!(fs::read_to_string(&canary).unwrap(), "precious");
}

#[test]
fn what_is_no_store_is_told() {
    let env = TestEnv::new();
    for (name, content) in [("empty.db", &b""[..]), ("text.db", b"hello, I am text\n")] {
        let path = env.path(name);
        fs::write(&path, content).unwrap();
        set_mode(&path, 0o600);
        let told = env.run(&format!("check --json --store {name}")).exits(23);
        assert_eq!(told.column("severity"), ["damaged"], "{told}");
    }
    fs::create_dir(env.path("directory.db")).unwrap();
    env.run("check --store directory.db").exits(23);
    env.sql("PRAGMA application_id = 7");
    assert_snapshot!(env.run("check"), @"
    severity  kind         count  subject  what
    damaged   not_a_store  1      -        it is the database of another program
    ------- stderr -------
    error: the store is damaged: 1 finding
    hint: keep a copy of its files as they are, then go back to a backup: `tokenctl restore FILE`
    [exit status: 23]
    ");
}

#[test]
fn newer_schema_is_not_judged() {
    let env = TestEnv::new();
    env.sql("PRAGMA user_version = 99");
    env.run("check").exits(24);
}

/// Damages a store by `sql`, in which `ID` is its token, and returns the kinds of what is found.
fn found_after(sql: &str) -> Vec<String> {
    let env = TestEnv::new();
    let token = env.issue("--read-only --label app=ci");
    env.sql(&sql.replace("ID", &token.id));
    let told = env.run("check --json").exits(23);
    let kinds = told.column("kind");
    assert!(!told.all().contains(&token.secret));
    kinds
}

/// What is done to a store behind its back, and the kind of what is found then.
const DAMAGES: &[(&str, &str)] = &[
    (
        "CREATE TRIGGER t AFTER UPDATE ON token BEGIN SELECT 1; END",
        "schema",
    ),
    ("CREATE VIEW v AS SELECT * FROM token", "schema"),
    ("CREATE TABLE more (x)", "schema"),
    ("DROP INDEX token_user", "schema"),
    ("PRAGMA user_version = 0", "schema"),
    ("UPDATE event SET user = 'bob' WHERE seq = 1", "history"),
    ("DELETE FROM event WHERE seq = 1", "history"),
    ("UPDATE event SET seq = 7 WHERE seq = 2", "history"),
    (
        "PRAGMA foreign_keys = OFF; UPDATE token SET user = 99",
        "orphan",
    ),
    (
        "PRAGMA foreign_keys = OFF; INSERT INTO usage VALUES (99, 0)",
        "orphan",
    ),
    ("DELETE FROM user_name", "orphan"),
    ("UPDATE token SET family = '0000000000'", "orphan"),
    ("UPDATE token SET rotated_to = '0000000000'", "orphan"),
    ("DELETE FROM token_label", "labels"),
    (
        "INSERT INTO token_label SELECT 'a', 'b', seq FROM token",
        "labels",
    ),
    ("UPDATE token SET labels = 'none'", "record"),
    ("UPDATE token SET expires_at = 999999999999999", "record"),
    ("UPDATE user SET updated_at = -999999999999999", "record"),
    (
        "INSERT INTO tombstone VALUES (x'00', 0, '0000000009', 0)",
        "record",
    ),
    (
        "INSERT INTO tombstone SELECT digest, digest_kind, id, 0 FROM token",
        "revived",
    ),
    ("UPDATE user SET deleted_at = 1", "revived"),
    ("DELETE FROM token_label; DELETE FROM token", "lost"),
    (
        "UPDATE token SET id = '0000000000', family = '0000000000'",
        "unrecorded",
    ),
    (
        "PRAGMA ignore_check_constraints = ON; UPDATE token SET digest = x'00'",
        "digest",
    ),
    (
        "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'BETWEEN 0 AND 2', 'BETWEEN 0 AND 9') \
             WHERE name = 'token'",
        "schema",
    ),
];

#[test]
fn each_kind_of_damage_is_found() {
    for (sql, kind) in DAMAGES {
        let kinds = found_after(sql);
        assert!(kinds.iter().any(|found| found == kind), "{sql}: {kinds:?}");
    }
}

/// What is done to a store into which a live and a revoked token were brought, and the kind of what is found then.
const DAMAGES_AFTER_IMPORT: &[(&str, &str)] = &[
    ("DELETE FROM token_label; DELETE FROM token", "lost"),
    ("UPDATE token SET revoked_at = NULL", "revived"),
    (
        "UPDATE token SET id = '0000000000', family = '0000000000' WHERE revoked_at IS NULL",
        "unrecorded",
    ),
    (
        "UPDATE event SET details = 'none' WHERE token IS NOT NULL",
        "history",
    ),
];

#[test]
fn each_kind_of_damage_is_found_after_an_import() {
    let source = TestEnv::new();
    source.issue("--read-only --label app=ci");
    let revoked = source.issue("--read-only");
    source
        .run(&format!("revoke {} --yes", revoked.id))
        .succeeds();
    let export = source.run("export").succeeds().stdout;
    for (sql, kind) in DAMAGES_AFTER_IMPORT {
        let env = TestEnv::new();
        env.run_with_stdin("import tokenctl -", &export).succeeds();
        env.run("check").succeeds();
        env.sql(sql);
        let kinds = env.run("check --json").exits(23).column("kind");
        assert!(kinds.iter().any(|found| found == kind), "{sql}: {kinds:?}");
    }
}

#[test]
fn revocation_that_was_taken_back_behind_our_back_is_found() {
    let env = TestEnv::new();
    let token = env.issue("--read-only");
    env.run(&format!("revoke {} --yes", token.id)).succeeds();
    env.run("user add bob").succeeds();
    env.run("user delete bob --yes").succeeds();
    env.run("check").succeeds();
    env.sql("UPDATE token SET revoked_at = NULL; UPDATE user SET deleted_at = NULL");
    assert_snapshot!(env.run("check"), @"
    severity  kind     count  subject     what
    damaged   revived  1      [id]  tokens are not revoked that were, as the history tells
    damaged   revived  1      bob         users are there that were deleted, as the history tells
    ------- stderr -------
    error: the store is damaged: 2 findings
    hint: keep a copy of its files as they are, then go back to a backup: `tokenctl restore FILE`
    [exit status: 23]
    ");
}

#[test]
fn leftovers_are_worth_a_notice() {
    let env = TestEnv::new();
    env.write(".tokenctl-abc123", "");
    assert_snapshot!(env.run("check --format jsonl"), @r#"
    {"severity":"notice","kind":"leftover","count":1,"subject":"[dir]/.tokenctl-abc123","what":"a command that was broken off has left files here, or is at work: remove them when none is"}
    ------- stderr -------
    The store is whole, with 1 notice: 0 tokens and 1 event.
    [exit status: 0]
    "#);
}

#[test]
fn check_goes_on_without_a_reader() {
    let env = TestEnv::new();
    env.sql("DELETE FROM event WHERE seq = 1");
    env.shell("\"$TOKENCTL\" check --json 2> told | true; grep -c corrupt told")
        .succeeds();
}

/// 500 stores with one byte changed or the end cut off: no crash, no false yes, and codes of the contract.
#[test]
fn random_damage_is_never_a_crash_nor_a_false_yes() {
    let env = TestEnv::new();
    let (live, dead) = (env.issue("--read-only"), env.issue("--read-only"));
    env.run(&format!("revoke {} --yes", dead.id)).succeeds();
    for _ in 0..20 {
        env.issue("--full-access --label a=b");
    }
    env.sql("PRAGMA wal_checkpoint(TRUNCATE)");
    let good = fs::read(env.store()).unwrap();
    let mut word = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = move |below: usize| {
        word ^= word << 13;
        word ^= word >> 7;
        word ^= word << 17;
        usize::try_from(word >> 8).unwrap() % below
    };
    let mut found = 0;
    for round in 0..500 {
        let mut bad = good.clone();
        match round % 4 {
            0 => bad.truncate(random(good.len())),
            _ => bad[random(good.len())] ^= u8::try_from(1 + random(255)).unwrap(),
        }
        for suffix in ["-wal", "-shm"] {
            let _ = fs::remove_file(env.path(&format!("tokens.db{suffix}")));
        }
        fs::write(env.store(), &bad).unwrap();
        let check = env.run("check -q");
        assert!(matches!(check.exit, 0 | 20 | 23 | 24), "{round}: {check}");
        found += usize::from(check.exit != 0);
        let yes = env.run_with_stdin("verify -q", format!("token {}", live.secret));
        assert!(matches!(yes.exit, 0 | 10..=15 | 20..=24), "{round}: {yes}");
        let no = env.run_with_stdin("verify -q", format!("token {}", dead.secret));
        assert!(matches!(no.exit, 10..=15 | 20..=24), "{round}: {no}");
        let list = env.run("list -q");
        assert!(matches!(list.exit, 0 | 20..=24), "{round}: {list}");
    }
    // What lies in no page in use is no damage.
    assert!(found > 125, "{found} of 500 were found");
}
