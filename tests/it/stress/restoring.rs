//! Restores that are killed: the store as it was, or the restored one, never something between.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tokenctl::clock::{Clock as _, SystemClock};
use tokenctl::store::care::Severity;
use tokenctl::store::{OpenOptions, StoreError};

use super::killed::{KILLS, delay, tokenctl};
use super::{location, new_store, open, say};

const TOKENS: usize = 200;

/// What is restored over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Before {
    /// A store that has lost half of its tokens.
    Lossy,
    /// Nothing.
    Missing,
    /// A store whose history was tampered with.
    Damaged,
}

/// The files of one store, as a place where it can be made to be in any of these states.
struct Place {
    path: PathBuf,
    backup: PathBuf,
    lossy: Vec<u8>,
    damaged: Vec<u8>,
}

fn content_after(path: &Path, sql: &str) -> Vec<u8> {
    let connection = Connection::open(path).unwrap();
    connection.execute_batch(sql).unwrap();
    connection
        .execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")
        .unwrap();
    connection.close().unwrap();
    fs::read(path).unwrap()
}

impl Place {
    fn new(directory: &Path, path: PathBuf) -> Self {
        for _ in 0..TOKENS {
            let issued = tokenctl(&path, &["issue", "alice", "--read-only", "--label", "a=b"]);
            assert!(run(issued));
        }
        let backup = directory.join("backup.db");
        assert!(run(tokenctl(&path, &["backup", backup.to_str().unwrap()])));
        let lossy = content_after(
            &path,
            "PRAGMA foreign_keys = OFF; DELETE FROM token_label WHERE token % 2; DELETE FROM token WHERE seq % 2",
        );
        let damaged = content_after(&path, "UPDATE event SET user = 'mallory' WHERE seq = 2");
        Self {
            path,
            backup,
            lossy,
            damaged,
        }
    }

    fn set(&self, before: Before) {
        let directory = self.path.parent().unwrap();
        for entry in fs::read_dir(directory).unwrap() {
            let entry = entry.unwrap().path();
            if entry != self.backup && entry != self.path {
                fs::remove_file(entry).unwrap();
            }
        }
        match before {
            Before::Lossy => write(&self.path, &self.lossy),
            Before::Damaged => write(&self.path, &self.damaged),
            Before::Missing => drop(fs::remove_file(&self.path)),
        }
    }

    fn restore(&self) -> std::process::Command {
        tokenctl(
            &self.path,
            &["restore", self.backup.to_str().unwrap(), "--yes"],
        )
    }

    /// Returns whether the restore was done; panics where it was half done.
    fn is_restored(&self, before: Before) -> bool {
        if before == Before::Missing && !self.path.exists() {
            return false;
        }
        // Opening it folds in what the killed has left in the log.
        let events = match location(&self.path).open(OpenOptions::default()) {
            Ok(store) => store.events(0, 10_000).unwrap(),
            Err(StoreError::Missing { .. }) if before == Before::Missing => return false,
            Err(error) => panic!("{before:?}: {error}"),
        };
        let restored = events.last().unwrap().action == "store.restored";
        let found = location(&self.path)
            .check(&OpenOptions::default(), SystemClock.now(), &mut |_| {
                std::ops::ControlFlow::Continue(())
            })
            .unwrap();
        let tokens = usize::try_from(found.content.tokens).unwrap();
        let is_damaged = found.worst() == Some(Severity::Damaged);
        let expected = match (restored, before) {
            (true, _) => (TOKENS, false),
            (false, Before::Missing) => panic!("a store without the event of its restore"),
            (false, _) => (TOKENS / 2, true),
        };
        assert_eq!((tokens, is_damaged), expected, "{before:?}: {found:?}");
        restored
    }
}

fn write(path: &Path, content: &[u8]) {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = fs::OpenOptions::new();
    let options = options.write(true).create(true).truncate(true).mode(0o600);
    options.open(path).unwrap().write_all(content).unwrap();
}

fn run(mut command: std::process::Command) -> bool {
    command.status().unwrap().success()
}

#[test]
fn killed_restore_leaves_the_old_store_or_the_restored_one() {
    let (directory, path) = new_store();
    let place = Place::new(directory.path(), path);
    for before in [Before::Lossy, Before::Missing, Before::Damaged] {
        place.set(before);
        let started = Instant::now();
        assert!(run(place.restore()), "{before:?}");
        let life: Duration = started.elapsed();
        assert!(place.is_restored(before));
        let (mut done, mut not_done) = (0, 0);
        let kills = if before == Before::Lossy {
            KILLS
        } else {
            KILLS / 3
        };
        for number in 0..kills {
            place.set(before);
            let mut child = place.restore().spawn().unwrap();
            thread::sleep(delay(number, life).mul_f64(0.75));
            child.kill().unwrap();
            child.wait().unwrap();
            if place.is_restored(before) {
                done += 1;
            } else {
                not_done += 1;
            }
        }
        say(&format!(
            "restores over {before:?}: {done} done, {not_done} killed before"
        ));
        assert!(done > 0 && not_done > 0);
        // Whatever is left beside, the next restore works.
        assert!(run(place.restore()));
        assert!(place.is_restored(before));
    }
    drop(open(&place.path));
}
