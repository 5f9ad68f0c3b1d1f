//! A medium that fails while a change is made durable, as `strace` makes it fail.

use insta::assert_snapshot;
use tokenctl::store::sqlite::SqliteStore;
use tokenctl::store::{OpenOptions, Store as _};

use crate::harness::{TestEnv, is_installed};

/// Rotates a token while the medium has the `fault`, and shows how that ends. Another process has the store open, so
/// that its log stays. Then returns the states of the tokens as the files tell them after a crash of all processes.
fn rotate_with(fault: &str) -> Option<(String, Vec<String>)> {
    if !is_installed("strace") {
        return None;
    }
    let env = TestEnv::new();
    let token = env.issue("--full-access");
    let other = SqliteStore::open(env.store(), OpenOptions::default()).unwrap();
    other.users().unwrap();
    let told = env.shell(&format!(
        "strace -f -o trace -e trace=fsync -e inject=fsync:{fault} \"$TOKENCTL\" rotate {} --yes",
        token.id
    ));
    // The shared memory is gone with the power, and so is all that was known besides the log.
    env.shell("mkdir -m 700 crashed && cp -p tokens.db tokens.db-wal crashed/")
        .succeeds();
    drop(other);
    env.run("check --store crashed/tokens.db").succeeds();
    let found = env.run("list --json --store crashed/tokens.db").succeeds();
    Some((told.to_string(), found.column("state")))
}

#[test]
fn change_that_could_not_be_synced_is_taken_back() {
    // The first two are for the head of a new log.
    let Some((told, found)) = rotate_with("error=EIO:when=3") else {
        return;
    };
    assert_snapshot!(told, @"
    ------- stderr -------
    error: database error 1034: disk I/O error
    hint: nothing was done: see to the cause and try again
    [exit status: 20]
    ");
    assert_eq!(found, ["active"]);
}

#[test]
fn change_that_cannot_be_taken_back_is_in_doubt() {
    let Some((told, found)) = rotate_with("error=EIO:when=3+") else {
        return;
    };
    assert_snapshot!(told, @"
    ------- stderr -------
    error: the medium failed, and whether token [id] was made is not known: database error 1034: disk I/O error
    hint: nobody has its secret: mend the medium, then see whether it is there with `tokenctl show [id]`, and revoke it
    [exit status: 20]
    ");
    assert!(
        found == ["active"] || found == ["rotated", "active"],
        "{found:?}"
    );
}
