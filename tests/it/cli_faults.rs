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
        "strace -f -o trace -e trace=fsync,fdatasync -e inject=fsync,fdatasync:{fault} \"$TOKENCTL\" rotate {} --yes",
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

#[test]
fn restore_is_told_as_it_is_whichever_lock_fails() {
    if !is_installed("strace") {
        return;
    }
    let mut endings = [0, 0];
    for number in 40..70 {
        let env = TestEnv::new();
        env.issue("--full-access");
        env.run("backup backup.db").succeeds();
        let token = env.issue("--read-only");
        env.run(&format!("revoke {} --yes", token.id)).succeeds();
        let other = SqliteStore::open(env.store(), OpenOptions::default()).unwrap();
        let before = other.events(0, 100).unwrap().len();
        let told = env.shell(&format!(
            "strace -f -o trace -e trace=fcntl,flock -e inject=fcntl,flock:error=EIO:when={number} \
             \"$TOKENCTL\" restore backup.db --yes"
        ));
        let is_done = other.events(0, 100).unwrap().len() > before;
        let is_told = told.to_string().contains("[exit status: 0]");
        assert_eq!(is_told, is_done, "{number}: {told}");
        endings[usize::from(is_done)] += 1;
    }
    assert!(endings[0] > 0 && endings[1] > 0, "{endings:?}");
}

#[test]
fn store_that_could_not_be_made_is_whole_or_not_there() {
    if !is_installed("strace") {
        return;
    }
    let env = TestEnv::without_store();
    let mut failed = 0;
    for (call, times) in [("pread64", 16), ("pwrite64", 40), ("fsync,fdatasync", 10)] {
        for nth in 1..=times {
            // The loader of the system reads too, and ends with 127.
            let made = env.shell(&format!(
                "rm -f new.db*; strace -f -o trace -e trace={call} -e inject={call}:error=EIO:when={nth} \
                 \"$TOKENCTL\" init --store new.db; code=$?; [ $code != 127 ] || exit 20; exit $code"
            ));
            if env.path("new.db").exists() {
                env.run("check --store new.db").succeeds();
                let is_told = made.exit == 0 || made.stderr.contains("is not known");
                assert!(is_told, "{call} {nth}: {made}");
            } else {
                failed += 1;
                assert!(matches!(made.exit, 20 | 23), "{call} {nth}: {made}");
            }
        }
    }
    assert!(failed > 10, "{failed} faults were met");
}
