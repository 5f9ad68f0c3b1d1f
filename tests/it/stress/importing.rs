//! Imports that are killed: all of it is there, or nothing.

use std::fmt::Write as _;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tokenctl::change::ChainCheck;

use super::killed::{KILLS, delay, tokenctl};
use super::{new_store, open, say};

/// How many tokens one import brings in: enough that its transaction spills into the log before it ends.
const TOKENS: usize = 400;

/// Writes a list of new tokens, of a new user.
fn list(path: &Path, number: usize) {
    let mut text = String::new();
    for token in 0..TOKENS {
        writeln!(text, "import-{number}-token-{token}").unwrap();
    }
    std::fs::write(path, text).unwrap();
}

fn count(path: &Path, sql: &str) -> usize {
    let raw = Connection::open(path).unwrap();
    let count: i64 = raw.query_row(sql, [], |row| row.get(0)).unwrap();
    usize::try_from(count).unwrap()
}

/// Checks the file and the chain, and that each imported token has its event and each event its token.
fn check_whole(path: &Path) {
    let store = open(path);
    let mut chain = ChainCheck::default();
    let mut recorded = 0;
    loop {
        let page = store.events(chain.head().0, 10_000).unwrap();
        if page.is_empty() {
            break;
        }
        for event in &page {
            chain.admit(event).unwrap();
            recorded += usize::from(event.action == "token.imported");
        }
    }
    assert_eq!(count(path, "SELECT count(*) FROM token"), recorded);
    let raw = Connection::open(path).unwrap();
    let check: String = raw
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(check, "ok");
}

#[test]
fn killed_import_leaves_all_of_it_or_nothing() {
    let (directory, path) = new_store();
    let file = directory.path().join("list");
    let import = |user: &str| {
        let list = file.to_str().unwrap();
        let mut command = tokenctl(
            &path,
            &["import", "csv", list, "--full-access", "--user", user],
        );
        command.env("TMPDIR", directory.path());
        command
    };
    list(&file, KILLS);
    let started = Instant::now();
    assert!(import("first").output().unwrap().status.success());
    let life: Duration = started.elapsed();

    let (mut whole, mut nothing) = (0, 0);
    let mut there = TOKENS;
    for number in 0..KILLS {
        list(&file, number);
        let user = format!("user{number}");
        let mut child = import(&user).spawn().unwrap();
        thread::sleep(delay(number, life));
        child.kill().unwrap();
        let output = child.wait_with_output().unwrap();
        let now = count(&path, "SELECT count(*) FROM token");
        let users = count(
            &path,
            &format!("SELECT count(*) FROM user WHERE name = '{user}'"),
        );
        match now - there {
            0 => {
                nothing += 1;
                assert_eq!(users, 0, "a user without the tokens");
                assert!(!output.status.success(), "it was acknowledged");
            }
            TOKENS => {
                whole += 1;
                assert_eq!(users, 1);
            }
            some => panic!("{some} of {TOKENS} tokens were brought in"),
        }
        there = now;
    }
    say(&format!("imports killed: {whole} whole, {nothing} nothing"));
    assert!(whole > 0 && nothing > 0, "{whole} whole, {nothing} nothing");
    check_whole(&path);
}
