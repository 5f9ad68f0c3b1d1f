//! `tokenctl import`: what other systems have, read from databases that their own libraries have written.
//!
//! How those are made is said in `tests/fixtures/make_fixtures.py`; that of Sanctum is made by hand.

mod csv;
mod files;

use std::fs;
use std::path::{Path, PathBuf};

use insta::assert_snapshot;
use serde_json::Value;

use crate::harness::{CommandOutput, TestEnv};

/// Makes the database of `system` in the surroundings of a test.
pub(crate) fn database(env: &TestEnv, system: &str) -> PathBuf {
    let path = env.path(&format!("{system}.db"));
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.execute_batch(&fixture(system, "sql")).unwrap();
    connection.close().unwrap();
    path
}

fn fixture(system: &str, kind: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    fs::read_to_string(path.join(format!("{system}.{kind}"))).unwrap()
}

/// Returns what is expected of each token of `system`.
pub(crate) fn expected(system: &str) -> Vec<Value> {
    serde_json::from_str(&fixture(system, "json")).unwrap()
}

/// Returns an empty store with what `system` has brought in.
fn imported(system: &str) -> TestEnv {
    let env = TestEnv::empty();
    database(&env, system);
    env.run(&format!("import {system} {system}.db")).succeeds();
    env
}

fn verify(env: &TestEnv, token: &Value) -> CommandOutput {
    let header = token["header"].as_str().unwrap();
    env.run_with_stdin("verify --json --method GET --resource review", header)
}

/// Checks that each old header is answered as the system itself answers it, with the same date and reason.
fn old_headers_are_good(system: &str) {
    let env = imported(system);
    for token in expected(system) {
        let told = verify(&env, &token).json();
        assert_eq!(told["code"], token["outcome"], "{token}: {told}");
        let record = &told["token"];
        assert_eq!(record["user"], token["user"], "{token}");
        let since = match token["outcome"].as_str().unwrap() {
            "revoked" => &record["revoked_at"],
            "expired" => &record["expires_at"],
            _ => &Value::Null,
        };
        if !token["since"].is_null() {
            assert_eq!(*since, token["since"], "{token}");
        }
        for (theirs, ours) in [
            ("reason", "revoked_reason"),
            ("note", "note"),
            ("expires_at", "expires_at"),
            ("last_used_at", "last_used_at"),
            ("generator", "generator"),
        ] {
            if let Some(theirs) = token.get(theirs) {
                assert_eq!(record[ours], *theirs, "{ours} of {token}");
            }
        }
    }
}

#[test]
fn old_headers_of_djblets_are_good() {
    old_headers_are_good("djblets");
}

#[test]
fn old_headers_of_django_rest_framework_are_good() {
    old_headers_are_good("drf");
}

#[test]
fn old_headers_of_knox_are_good() {
    old_headers_are_good("knox");
}

#[test]
fn old_headers_of_sanctum_are_good() {
    old_headers_are_good("sanctum");
}

#[test]
fn case_of_a_column_does_not_bring_the_dead_to_life() {
    for (system, table, columns) in [
        ("djblets", "webapi_webapitoken", &["expires", "valid"][..]),
        ("knox", "knox_authtoken", &["expiry"]),
        ("sanctum", "personal_access_tokens", &["expires_at"]),
        ("sanctum", "users", &["deleted_at"]),
    ] {
        let env = TestEnv::empty();
        let connection = rusqlite::Connection::open(database(&env, system)).unwrap();
        for column in columns {
            let shouted = column.to_uppercase();
            let sql = format!("ALTER TABLE {table} RENAME COLUMN {column} TO {shouted}");
            connection.execute_batch(&sql).unwrap();
        }
        connection.close().unwrap();
        env.run(&format!("import {system} {system}.db")).succeeds();
        for token in expected(system) {
            assert_eq!(
                verify(&env, &token).json()["code"],
                token["outcome"],
                "{token}"
            );
        }
    }
}

#[test]
fn user_of_sanctum_without_a_name_is_still_looked_up() {
    let env = TestEnv::empty();
    let connection = rusqlite::Connection::open(database(&env, "sanctum")).unwrap();
    connection
        .execute_batch(
            "ALTER TABLE users RENAME COLUMN email TO address; DELETE FROM users WHERE id = 2",
        )
        .unwrap();
    connection.close().unwrap();
    let told = env.run("import sanctum sanctum.db --skip-bad --json");
    let told = told.succeeds().json();
    let odd = told["odd"].as_array().unwrap();
    let unknown = odd
        .iter()
        .filter(|odd| odd["code"] == "unknown_user")
        .count();
    assert_eq!(unknown, 3, "{told}");
    for token in expected("sanctum") {
        let told = verify(&env, &token).json();
        match token["user"].as_str().unwrap() {
            "bob@example.com" => assert_eq!(told["code"], "unknown", "{token}"),
            name => {
                assert_eq!(told["code"], token["outcome"], "{token}");
                let number = match name {
                    "alice@example.com" => "User-1",
                    "gone@example.com" => "User-3",
                    other => other,
                };
                assert_eq!(told["user"], number, "{token}");
            }
        }
    }
}

#[test]
fn policies_of_djblets_decide_as_they_did() {
    let env = imported("djblets");
    let tokens = expected("djblets");
    let asks = |token: &Value, method: &str| {
        let header = token["header"].as_str().unwrap();
        let line = format!("verify --json --method {method} --resource review");
        env.run_with_stdin(&line, header).json()["code"].clone()
    };
    assert_eq!(asks(&tokens[1], "DELETE"), "accepted");
    assert_eq!(asks(&tokens[2], "GET"), "accepted");
    assert_eq!(asks(&tokens[2], "DELETE"), "denied_by_rule");
}

#[test]
fn tokens_that_are_not_there_stay_unknown() {
    for (system, header) in [
        ("djblets", "token 0000000000000000000000000000000000000000"),
        ("knox", "Token 0000000000000000000000000000000000000000"),
        (
            "sanctum",
            "Bearer 1|0000000000000000000000000000000000000000",
        ),
    ] {
        imported(system).run_with_stdin("verify", header).exits(10);
    }
    // What stands in their database is no token.
    let env = imported("knox");
    let path = env.path("knox.db");
    let digest: String = rusqlite::Connection::open(path)
        .unwrap()
        .query_row("SELECT digest FROM knox_authtoken", [], |row| row.get(0))
        .unwrap();
    env.run_with_stdin("verify", format!("Token {digest}"))
        .exits(10);
}

#[test]
fn knox_token_of_the_length_of_a_sha1_is_known() {
    let env = TestEnv::empty();
    let path = database(&env, "knox");
    let token = "0123456789abcdef0123456789abcdef01234567";
    let digest = <sha2::Sha512 as sha2::Digest>::digest(token);
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    rusqlite::Connection::open(path)
        .unwrap()
        .execute(
            "UPDATE knox_authtoken SET digest = ?1 WHERE user_id = 2",
            [hex],
        )
        .unwrap();
    env.run("import knox knox.db").succeeds();
    env.run_with_stdin("verify", format!("Token {token}"))
        .succeeds();
}

#[test]
fn token_that_died_under_another_digest_does_not_come_back_in_plain() {
    for system in ["knox", "sanctum"] {
        let env = imported(system);
        let token = &expected(system)[0];
        let header = token["header"].as_str().unwrap();
        let plain = header.split_once(' ').unwrap().1;
        let id = verify(&env, token).json()["token"]["id"].clone();
        let id = id.as_str().unwrap();
        let user = token["user"].as_str().unwrap();
        let list = &format!("import csv - --user {user} --full-access --json");

        let alive = env.run_with_stdin(list, plain).succeeds().json();
        assert_eq!(alive["tokens_added"], 0, "{system}: it is known alive, too");

        env.run(&format!("revoke {id} --yes")).succeeds();
        let told = env.run_with_stdin(list, plain).succeeds().json();
        assert_eq!(told["odd"][0]["code"], "dead_here", "{system}: {told}");
        env.run_with_stdin("verify", header).exits(12);

        env.sql("UPDATE token SET revoked_at = 5 WHERE revoked_at IS NOT NULL");
        env.run("prune --yes").succeeds();
        env.run(&format!("show {id}")).exits(3);
        let told = env.run_with_stdin(list, plain).succeeds().json();
        assert_eq!(told["odd"][0]["code"], "removed_here", "{system}: {told}");
        env.run_with_stdin("verify", header).exits(10);
    }
}

#[test]
fn dry_run_lists_what_is_odd_and_makes_nothing() {
    let env = TestEnv::without_store();
    database(&env, "djblets");
    assert_snapshot!(env.run("import djblets djblets.db --dry-run"), @"
    place   code            user   message
    row 8   no_date         bob    it is revoked without a date; the time of the import is its date
    row 10  odd_name        аlice  the name does not follow the rule for new names; it is kept as it is
    row 10  look_alike      аlice  the name looks like `alice`; it is kept as it is
    row 12  damaged_policy  bob    the policy is damaged; it is kept, and everything is refused
    ------- stderr -------
    Would bring in 12 tokens and 4 users; nothing was done.
    [exit status: 0]
    ");
    assert!(!env.path("home/.local").exists());
    env.run("list").exits(21);
}

#[test]
fn import_makes_the_default_store_and_no_other() {
    let env = TestEnv::without_store();
    database(&env, "drf");
    assert_snapshot!(env.run("import drf drf.db"), @"
    place  code        user   message
    row 4  odd_name    аlice  the name does not follow the rule for new names; it is kept as it is
    row 4  look_alike  аlice  the name looks like `alice`; it is kept as it is
    ------- stderr -------
    Created the default store [dir]/home/.local/share/tokenctl/tokens.db
    Brought in 4 tokens and 4 users.
    [exit status: 0]
    ");
    assert_snapshot!(env.run("import drf drf.db"), @"
    ------- stderr -------
    Brought in 0 tokens and 0 users (4 tokens known already).
    [exit status: 0]
    ");
    env.run("import drf drf.db --store other.db").exits(21);
    assert!(!env.path("other.db").exists());
}

#[test]
fn answer_for_machines_is_one_object() {
    let env = TestEnv::empty();
    database(&env, "sanctum");
    let told = env
        .run("import sanctum sanctum.db --json")
        .succeeds()
        .json();
    assert_eq!(told["done"], true);
    assert_eq!(told["tokens_added"], 7);
    let codes: Vec<&str> = told["odd"]
        .as_array()
        .unwrap()
        .iter()
        .map(|odd| odd["code"].as_str().unwrap())
        .collect();
    assert_eq!(codes, ["abilities", "no_user", "abilities"]);
    let again = env
        .run("import sanctum sanctum.db --json")
        .succeeds()
        .json();
    assert_eq!(again["tokens_added"], 0);
    assert_eq!(again["tokens_known"], 7);
}

#[test]
fn no_secret_is_in_the_store_or_the_answer() {
    let env = TestEnv::empty();
    database(&env, "djblets");
    let output = env.run("import djblets djblets.db -vvv").succeeds();
    let store = fs::read(env.store()).unwrap();
    for token in expected("djblets") {
        let secret = token["header"].as_str().unwrap().split_once(' ').unwrap().1;
        assert!(!output.all().contains(secret));
        assert!(
            !store
                .windows(secret.len())
                .any(|bytes| bytes == secret.as_bytes())
        );
    }
}

#[test]
fn revocation_at_the_source_is_brought_along() {
    let env = imported("djblets");
    let tokens = expected("djblets");
    verify(&env, &tokens[0]).succeeds();
    rusqlite::Connection::open(env.path("djblets.db"))
        .unwrap()
        .execute_batch(
            "UPDATE webapi_webapitoken SET valid = 0, invalid_date = '2026-01-02 03:04:05', \
             invalid_reason = 'leaked' WHERE id = 1",
        )
        .unwrap();
    let told = env
        .run("import djblets djblets.db --json")
        .succeeds()
        .json();
    assert_eq!(
        (&told["tokens_added"], &told["tokens_revoked"]),
        (&0.into(), &1.into())
    );
    let record = verify(&env, &tokens[0]).exits(12).json()["token"].clone();
    assert_eq!(record["revoked_at"], "2026-01-02T03:04:05Z");
    assert_eq!(record["revoked_reason"], "leaked");
}

#[test]
fn owner_who_was_disabled_at_the_source_is_followed() {
    for system in ["djblets", "drf", "knox"] {
        let env = imported(system);
        let token = &expected(system)[0];
        verify(&env, token).succeeds();
        rusqlite::Connection::open(env.path(&format!("{system}.db")))
            .unwrap()
            .execute_batch("UPDATE auth_user SET is_active = 0 WHERE username = 'alice'")
            .unwrap();
        let line = format!("import {system} {system}.db --json");
        let told = env.run(&line).succeeds().json();
        assert!(told.to_string().contains("suspended_now"), "{told}");
        let told = verify(&env, token).json();
        assert_eq!(told["code"], "suspended", "{system}");
        let again = env.run(&line).succeeds().json();
        assert!(!again.to_string().contains("suspended_now"), "{again}");
    }
}

#[test]
fn user_who_was_renamed_here_is_the_same_user() {
    let env = imported("drf");
    let token = &expected("drf")[0];
    env.run("user rename alice anna").succeeds();
    let told = env.run("import drf drf.db --json").succeeds().json();
    assert_eq!(
        (&told["tokens_known"], &told["users_added"]),
        (&4.into(), &0.into())
    );
    assert_eq!(verify(&env, token).json()["token"]["user"], "anna");
}

#[test]
fn end_beyond_the_longest_lifetime_is_kept_and_told() {
    let env = TestEnv::empty();
    database(&env, "drf");
    env.configure("[issue]\nmax_lifetime = \"90d\"\n");
    let told = env.run("import drf drf.db --json").succeeds().json();
    let long = told["odd"].as_array().unwrap().iter();
    let long: Vec<&Value> = long.filter(|odd| odd["code"] == "lives_long").collect();
    assert_eq!(long.len(), 4, "{told}");
    verify(&env, &expected("drf")[0]).succeeds();
}

#[test]
fn rows_that_cannot_be_brought_in_stop_it_or_are_left_out() {
    let env = TestEnv::empty();
    let path = database(&env, "djblets");
    rusqlite::Connection::open(path)
        .unwrap()
        .execute_batch(
            "PRAGMA foreign_keys = OFF; \
             UPDATE webapi_webapitoken SET token = '' WHERE id = 2; \
             UPDATE webapi_webapitoken SET user_id = 99 WHERE id = 3; \
             UPDATE webapi_webapitoken SET expires = 'soon' WHERE id = 5; \
             UPDATE webapi_webapitoken SET time_added = 'once' WHERE id = 4;",
        )
        .unwrap();
    assert_snapshot!(env.run("import djblets djblets.db"), @"
    ------- stderr -------
    error: row 2, user `alice`: token cannot be read
    hint: nothing was brought in: `--dry-run` lists all of them, `--skip-bad` leaves them out
    [exit status: 65]
    ");
    env.run("import djblets djblets.db --json").exits(65);
    assert_eq!(env.run("list --json").json(), Value::Array(Vec::new()));
    assert_eq!(env.run("user list --json").json(), Value::Array(Vec::new()));
    assert_snapshot!(env.run("import djblets djblets.db --dry-run"), @"
    place   code              user   message
    row 2   malformed         alice  token cannot be read
    row 3   unknown_user      -      the token belongs to nobody
    row 4   unreadable_field  alice  time_added cannot be read, and is left empty
    row 5   malformed         bob    expires cannot be read
    row 8   no_date           bob    it is revoked without a date; the time of the import is its date
    row 10  odd_name          аlice  the name does not follow the rule for new names; it is kept as it is
    row 10  look_alike        аlice  the name looks like `alice`; it is kept as it is
    row 12  damaged_policy    bob    the policy is damaged; it is kept, and everything is refused
    ------- stderr -------
    Would bring in 9 tokens and 4 users (3 items left out); nothing was done.
    hint: only with `--skip-bad` are they left out; without it nothing is brought in
    [exit status: 0]
    ");
    let told = env
        .run("import djblets djblets.db --skip-bad --json")
        .succeeds()
        .json();
    assert_eq!(
        (&told["tokens_added"], &told["left_out"]),
        (&9.into(), &3.into())
    );
}

#[test]
fn token_of_somebody_else_here_is_a_conflict() {
    let env = imported("drf");
    rusqlite::Connection::open(env.path("drf.db"))
        .unwrap()
        .execute_batch("UPDATE auth_user SET username = 'mallory' WHERE username = 'alice'")
        .unwrap();
    assert_snapshot!(env.run("import drf drf.db"), @"
    ------- stderr -------
    error: row 1, user `mallory`: the token is here already, and belongs to `alice`
    hint: nothing was brought in: `--dry-run` lists all of them, `--skip-bad` leaves them out
    [exit status: 4]
    ");
    env.run("user show mallory").exits(3);
}

#[test]
fn texts_that_cannot_be_kept_are_refused() {
    let env = TestEnv::empty();
    let path = database(&env, "djblets");
    let other = rusqlite::Connection::open(path).unwrap();
    other
        .execute_batch(
            "UPDATE webapi_webapitoken SET policy = printf('%070000d', 0) WHERE id = 1; \
             UPDATE webapi_webapitoken SET note = 'a' || char(0) WHERE id = 2; \
             UPDATE webapi_webapitoken SET extra_data = printf('%070000d', 0) WHERE id = 3; \
             UPDATE webapi_webapitoken SET note = x'00ff' WHERE id = 4; \
             UPDATE auth_user SET username = printf('%02000d', 0) WHERE username = 'carol'",
        )
        .unwrap();
    let told = env.run("import djblets djblets.db --dry-run --json").json();
    let odd = told["odd"].as_array().unwrap().iter();
    let odd: Vec<String> = odd
        .map(|odd| format!("{} {} {}", odd["place"], odd["code"], odd["message"]))
        .filter(|odd| !odd.contains("name") && !odd.contains("no_date"))
        .collect();
    assert_snapshot!(odd.join("\n"), @r#"
    "row 1" "malformed" "policy cannot be read"
    "row 2" "malformed" "note cannot be read"
    "row 3" "malformed" "extra cannot be read"
    "row 4" "unreadable_field" "note cannot be read, and is left empty"
    "row 9" "malformed" "user cannot be read"
    "row 12" "damaged_policy" "the policy is damaged; it is kept, and everything is refused"
    "#);
    other
        .execute_batch("UPDATE webapi_webapitoken SET note = printf('%05000000d', 0) WHERE id = 5")
        .unwrap();
    env.run("import djblets djblets.db --skip-bad").exits(65);
    assert_eq!(env.run("list --json").json(), Value::Array(Vec::new()));
}

#[test]
fn django_table_of_users_that_was_replaced_gives_nobody_a_token() {
    let env = TestEnv::empty();
    let path = env.path("moved.db");
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection
        .execute_batch(
            "CREATE TABLE auth_user (id INTEGER PRIMARY KEY, username TEXT, is_active BOOL);
             INSERT INTO auth_user VALUES (1, 'admin', 1);
             CREATE TABLE accounts_user (id INTEGER PRIMARY KEY, username TEXT, is_active BOOL);
             INSERT INTO accounts_user VALUES (1, 'mallory', 0);
             CREATE TABLE authtoken_token (key TEXT PRIMARY KEY, created TEXT,
                 user_id INTEGER REFERENCES accounts_user (id));
             INSERT INTO authtoken_token
             VALUES ('0123456789abcdef0123456789abcdef01234567', '2026-01-01 00:00:00', 1);",
        )
        .unwrap();
    drop(connection);
    assert_snapshot!(env.run("import drf moved.db"), @"
    ------- stderr -------
    error: this is not the database of that system: the users of `authtoken_token` are in another table than `auth_user`
    hint: nothing was brought in: name the system's own SQLite file; of a dump or another database make CSV
    [exit status: 65]
    ");
}

#[test]
fn generated_columns_count_as_any() {
    let env = TestEnv::empty();
    let path = database(&env, "sanctum");
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection
        .execute_batch(
            "ALTER TABLE personal_access_tokens RENAME COLUMN expires_at TO ends;
             ALTER TABLE personal_access_tokens
             ADD COLUMN expires_at TEXT AS ('2020-01-01 00:00:00') VIRTUAL;",
        )
        .unwrap();
    drop(connection);
    env.run("import sanctum sanctum.db").succeeds();
    for token in expected("sanctum") {
        assert_ne!(verify(&env, &token).json()["code"], "accepted", "{token}");
    }
}

#[test]
fn users_whose_index_is_damaged_are_not_looked_up() {
    let env = TestEnv::empty();
    let path = database(&env, "sanctum");
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection
        .execute_batch(
            "CREATE INDEX by_id ON users (id, email);
             PRAGMA writable_schema = ON;
             UPDATE sqlite_schema SET sql = 'CREATE INDEX by_id ON users (email, id)'
             WHERE name = 'by_id';",
        )
        .unwrap();
    drop(connection);
    assert_snapshot!(env.run("import sanctum sanctum.db"), @"
    ------- stderr -------
    error: this is not the database of that system: the database is damaged
    hint: nothing was brought in: name the system's own SQLite file; of a dump or another database make CSV
    [exit status: 65]
    ");
}

/// A database of Sanctum with one token of each owner: the type, the number, and when the token was deleted.
fn sanctum_with(env: &TestEnv, users: &str, owners: &[(&str, i64, Option<&str>)]) {
    let connection = rusqlite::Connection::open(env.path("made.db")).unwrap();
    connection
        .execute_batch(&format!(
            "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT, deleted_at TEXT); {users}
             CREATE TABLE personal_access_tokens (id INTEGER PRIMARY KEY, tokenable_type TEXT,
                 tokenable_id INTEGER, name TEXT, token TEXT, abilities TEXT, last_used_at TEXT,
                 created_at TEXT, updated_at TEXT, deleted_at TEXT);"
        ))
        .unwrap();
    for (number, (kind, owner, deleted)) in (1_i64..).zip(owners) {
        connection
            .execute(
                "INSERT INTO personal_access_tokens
                 VALUES (?1, ?2, ?3, 'x', printf('%064x', ?1), '[\"*\"]', NULL, NULL, NULL, ?4)",
                rusqlite::params![number, kind, owner, deleted],
            )
            .unwrap();
    }
}

#[test]
fn owner_in_sanctum_is_the_user_only_where_the_type_is_the_class_of_users() {
    let env = TestEnv::empty();
    sanctum_with(
        &env,
        "INSERT INTO users VALUES (1, 'alice@x', NULL), (2, 'bob@x', '2026-01-01 00:00:00');",
        &[
            (r"App\Models\User", 1, None),
            (r"App\User", 2, None),
            ("users", 2, None),
            (r"App\Models\Admin\User", 1, None),
            (r"App\Models\Admin", 1, None),
            (r"Other\Admin", 1, None),
            (r"App\Models\User", 1, Some("2026-02-01 00:00:00")),
        ],
    );
    assert_snapshot!(env.run("import sanctum made.db"), @r"
    place  code      user            message
    row 4  no_user   Admin\\User-1   its owner is no user, and may be gone: see whether it should live, and revoke it if not
    row 4  odd_name  Admin\\User-1   the name does not follow the rule for new names; it is kept as it is
    row 5  no_user   Admin-1         its owner is no user, and may be gone: see whether it should live, and revoke it if not
    row 6  no_user   Other\\Admin-1  its owner is no user, and may be gone: see whether it should live, and revoke it if not
    row 6  odd_name  Other\\Admin-1  the name does not follow the rule for new names; it is kept as it is
    ------- stderr -------
    Brought in 7 tokens and 5 users.
    [exit status: 0]
    ");
    assert_snapshot!(env.run("list --columns user,state,revoked_at,revoked_reason"), @r"
    user            state    revoked_at            revoked_reason
    alice@x         active   -                     -
    bob@x           active   -                     -
    bob@x           active   -                     -
    Admin\\User-1   active   -                     -
    Admin-1         active   -                     -
    Other\\Admin-1  active   -                     -
    alice@x         revoked  [time]
    ------- stderr -------
    7 tokens
    [exit status: 0]
    ");
    assert_snapshot!(env.run("user list --columns name,state"), @r"
    name            state
    Admin-1         active
    Admin\\User-1   active
    Other\\Admin-1  active
    alice@x         active
    bob@x           disabled
    ------- stderr -------
    5 users
    [exit status: 0]
    ");
}

#[test]
fn name_that_two_users_of_sanctum_share_is_nobodys() {
    let env = TestEnv::empty();
    sanctum_with(
        &env,
        "INSERT INTO users VALUES (1, 'alice@x', '2026-01-01 00:00:00'), (2, 'alice@x', NULL);",
        &[(r"App\Models\User", 2, None)],
    );
    assert_snapshot!(env.run("import sanctum made.db"), @"
    ------- stderr -------
    error: row 1, user `alice@x`: more than one user has the name of its user
    hint: nothing was brought in: `--dry-run` lists all of them, `--skip-bad` leaves them out
    [exit status: 65]
    ");
}

#[test]
fn salted_digests_are_refused() {
    let env = TestEnv::empty();
    let path = database(&env, "knox");
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection
        .execute_batch("ALTER TABLE knox_authtoken ADD COLUMN salt TEXT")
        .unwrap();
    drop(connection);
    assert_snapshot!(env.run("import knox knox.db"), @"
    ------- stderr -------
    error: this is not the database of that system: its digests are salted, as those of knox before 4.2: they cannot be looked up
    hint: nothing was brought in: name the system's own SQLite file; of a dump or another database make CSV
    [exit status: 65]
    ");
}

#[test]
fn rows_with_the_lowest_and_the_highest_number_are_brought_in() {
    let env = TestEnv::empty();
    sanctum_with(
        &env,
        "INSERT INTO users VALUES (1, 'alice@x', NULL);",
        &[(r"App\Models\User", 1, None); 3],
    );
    rusqlite::Connection::open(env.path("made.db"))
        .unwrap()
        .execute_batch(
            "UPDATE personal_access_tokens SET id = -9223372036854775808 WHERE id = 1;
             UPDATE personal_access_tokens SET id = 9223372036854775807 WHERE id = 3;",
        )
        .unwrap();
    let told = env.run("import sanctum made.db").succeeds();
    assert!(told.stderr.starts_with("Brought in 3 tokens"), "{told}");
}
