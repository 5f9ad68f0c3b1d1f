//! What is read and what is refused, and that nothing of it is altered.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::time::{Duration, SystemTime};

use insta::assert_snapshot;

use super::{database, imported};
use crate::damaged_tree::repeat_first_page;
use crate::harness::TestEnv;

/// Returns the names, sizes and times of the files in `directory` that begin with `prefix`.
fn look(directory: &Path, prefix: &str) -> Vec<(String, u64, SystemTime)> {
    let mut files: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_name().to_str().unwrap().starts_with(prefix))
        .map(|entry| {
            let metadata = entry.metadata().unwrap();
            let name = entry.file_name().into_string().unwrap();
            (name, metadata.len(), metadata.modified().unwrap())
        })
        .collect();
    files.sort();
    files
}

#[test]
fn database_is_left_as_it_is_with_a_log_and_without() {
    let env = TestEnv::empty();
    let path = database(&env, "drf");
    let directory = path.parent().unwrap();
    let before = look(directory, "drf");
    env.run("import drf drf.db --dry-run").succeeds();
    assert_eq!(look(directory, "drf"), before);

    // A system that runs has its newest tokens in the log.
    let running = rusqlite::Connection::open(&path).unwrap();
    running
        .execute_batch(
            "PRAGMA journal_mode = WAL; \
             INSERT INTO auth_user SELECT 9, password, last_login, 0, 'dave', '', '', 0, 1, date_joined, '' \
             FROM auth_user WHERE id = 1; \
             INSERT INTO authtoken_token VALUES ('00000000000000000000000000000000000000aa', '2026-01-01 00:00:00', 9);",
        )
        .unwrap();
    let before = look(directory, "drf");
    assert!(
        before
            .iter()
            .any(|(name, length, _)| name == "drf.db-wal" && *length > 0)
    );
    let told = env.run("import drf drf.db --json").succeeds().json();
    assert_eq!(told["tokens_added"], 5);
    assert_eq!(look(directory, "drf"), before);
    assert_eq!(
        fs::read_dir(env.path("tmp")).unwrap().count(),
        0,
        "the copy is gone"
    );
    drop(running);
}

#[test]
fn copies_that_killed_runs_have_left_are_removed() {
    let env = TestEnv::empty();
    let running = rusqlite::Connection::open(database(&env, "drf")).unwrap();
    running
        .execute_batch("PRAGMA journal_mode = WAL; DELETE FROM authtoken_token WHERE user_id = 2")
        .unwrap();
    let now = fs::metadata(env.path("tmp")).unwrap().modified().unwrap();
    let old = now - Duration::from_secs(2 * 60 * 60);
    for (name, is_old) in [
        ("tokenctl-import-killed", true),
        ("tokenctl-import-at-work", false),
        ("other", true),
    ] {
        let path = env.path("tmp").join(name);
        fs::create_dir(&path).unwrap();
        fs::write(path.join("database"), "hunter2").unwrap();
        if is_old {
            fs::File::open(&path).unwrap().set_modified(old).unwrap();
        }
    }
    symlink(env.path("tmp/other"), env.path("tmp/tokenctl-import-link")).unwrap();
    env.run("import drf drf.db").succeeds();
    let mut left: Vec<_> = fs::read_dir(env.path("tmp"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    left.sort();
    assert_eq!(
        left,
        ["other", "tokenctl-import-at-work", "tokenctl-import-link"]
    );
    assert!(env.path("tmp/other/database").exists());
    drop(running);
}

#[test]
fn read_only_file_is_enough() {
    let env = TestEnv::empty();
    let path = database(&env, "drf");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
    symlink(&path, env.path("link.db")).unwrap();
    env.run("import drf link.db").succeeds();
}

#[test]
fn database_in_the_middle_of_a_change_is_refused() {
    let env = TestEnv::empty();
    let path = database(&env, "drf");
    let journal = path.with_file_name("drf.db-journal");
    fs::write(&journal, b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7 and so on").unwrap();
    assert_snapshot!(env.run("import drf drf.db"), @"
    ------- stderr -------
    error: `drf.db` is being written to
    hint: nothing was brought in: stop the system, or make a backup of its database and name that
    [exit status: 66]
    ");
    assert_eq!(env.run("list --json").json(), serde_json::json!([]));
    // One that is done with may be left there.
    fs::write(&journal, [0; 512]).unwrap();
    env.run("import drf drf.db").succeeds();
}

#[test]
fn store_is_no_source_under_any_name() {
    let env = imported("drf");
    let store = env.store().to_owned();
    for file in [
        "tokens.db",
        "./tokens.db",
        "tokens.db.lock",
        "tokens.db-wal",
    ] {
        env.run(&format!("import djblets {file}")).exits(2);
        env.run(&format!("import tokenctl {file}")).exits(2);
    }
    symlink(&store, env.path("link.db")).unwrap();
    fs::copy(&store, env.path("copy.db")).unwrap();
    assert_snapshot!(env.run("import djblets copy.db"), @"
    ------- stderr -------
    error: `copy.db` is a store of tokenctl
    hint: nothing was brought in: `tokenctl copy FROM TO` brings one store into another
    [exit status: 65]
    ");
    env.run("import djblets link.db").exits(65);
    assert_snapshot!(env.run("import tokenctl link.db"), @"
    ------- stderr -------
    error: `link.db` is a database, not a text
    hint: nothing was brought in: name the system that it is of, such as `djblets`; a store of ours is read by `tokenctl copy`
    [exit status: 65]
    ");
}

#[test]
fn what_is_not_that_system_is_refused() {
    let env = TestEnv::empty();
    database(&env, "drf");
    env.write("dump.sql", "CREATE TABLE authtoken_token (key TEXT);\n");
    env.write("empty", "");
    fs::create_dir(env.path("directory")).unwrap();
    assert_snapshot!(env.run("import djblets drf.db"), @"
    ------- stderr -------
    error: this is not the database of that system: there is no table `webapi_webapitoken`
    hint: nothing was brought in: name the system's own SQLite file; of a dump or another database make CSV
    [exit status: 65]
    ");
    assert_snapshot!(env.run("import drf dump.sql"), @"
    ------- stderr -------
    error: this is not the database of that system: it is not an SQLite database
    hint: nothing was brought in: name the system's own SQLite file; of a dump or another database make CSV
    [exit status: 65]
    ");
    env.run("import sanctum drf.db").exits(65);
    env.run("import knox drf.db").exits(65);
    env.run("import drf empty").exits(65);
    env.run("import tokenctl drf.db").exits(65);
    env.run("import tokenctl empty").exits(65);
    assert_snapshot!(env.run("import drf missing.db"), @"
    ------- stderr -------
    error: failed to read `missing.db`: No such file or directory (os error 2)
    hint: nothing was brought in: see to the path and its permissions
    [exit status: 66]
    ");
    env.run("import drf directory").exits(66);
    env.run("import tokenctl directory").exits(66);
    assert_snapshot!(env.run("import tokenctl missing"), @"
    ------- stderr -------
    error: failed to read `missing`: No such file or directory (os error 2)
    hint: nothing was brought in: name a file that can be read
    [exit status: 66]
    ");
    env.run("import drf /dev/null").exits(66);
}

#[test]
fn database_with_other_columns_or_damage_is_refused() {
    let env = TestEnv::empty();
    let path = database(&env, "drf");
    let other = rusqlite::Connection::open(&path).unwrap();
    other
        .execute_batch("ALTER TABLE authtoken_token RENAME COLUMN key TO token")
        .unwrap();
    env.run("import drf drf.db").exits(65);
    other
        .execute_batch(
            "PRAGMA foreign_keys = OFF; ALTER TABLE authtoken_token RENAME COLUMN token TO key; DROP TABLE auth_user; \
             CREATE VIEW auth_user AS SELECT 1 AS id, 'alice' AS username, 1 AS is_active",
        )
        .unwrap();
    drop(other);
    // A view is a program of somebody else's.
    env.run("import drf drf.db").exits(65);
    let mut bytes = fs::read(&path).unwrap();
    bytes[4096..].fill(0x55);
    fs::write(&path, bytes).unwrap();
    env.run("import drf drf.db").exits(65);
}

/// A ring in the tree of pages would be read for ever.
#[test]
fn database_whose_rows_come_again_is_refused() {
    let env = TestEnv::empty();
    let path = database(&env, "drf");
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection
        .execute_batch(
            "PRAGMA foreign_keys = OFF; \
             WITH RECURSIVE n (number) AS (VALUES (100) UNION ALL SELECT number + 1 FROM n WHERE number < 600) \
             INSERT INTO authtoken_token SELECT printf('%040x', number), '2026-01-01 00:00:00', number FROM n",
        )
        .unwrap();
    connection.close().unwrap();
    repeat_first_page(&path, "authtoken_token");
    let refused = env.run("import drf drf.db --skip-bad").exits(65);
    assert!(refused.stderr.contains("the database is damaged"));
}

#[test]
fn flags_of_csv_are_for_csv() {
    let env = TestEnv::empty();
    database(&env, "drf");
    for line in [
        "import drf drf.db --user alice",
        "import drf drf.db --read-only",
        "import drf drf.db --map token=key",
        "import tokenctl - --full-access",
        "import drf -",
        "import mysql drf.db",
        "import drf",
        "import",
    ] {
        env.run(line).exits(2);
    }
}
