//! Restores over random histories: nothing that was refused comes back to life, and nothing that was done is lost.

use std::fs;
use std::ops::ControlFlow;
#[cfg(target_os = "linux")]
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
#[cfg(target_os = "linux")]
use std::thread;
#[cfg(target_os = "linux")]
use std::time::{Duration, Instant};

use tokenctl::change::{Actor, Change, Mode, Target};
use tokenctl::restriction::Restriction;
use tokenctl::store::care::{Fate, Relation, Restoration, RestoreError, Restored, Severity, Way};
use tokenctl::store::sqlite::{self, SqliteStore};
use tokenctl::store::{OpenOptions, Store, StoreError};
use tokenctl::token::TokenState;

use super::{open, place};
use crate::store::rotating::rotate_shaped;
use crate::store::{add, apply, at, digest, events, id, issue, name, reason, revoke, try_apply};

pub(super) const NOW: i64 = 1_000;
pub(super) const USERS: [&str; 3] = ["alice", "bob", "carol"];

pub(super) fn backup(path: &Path, to: &Path) {
    sqlite::backup(path, to, &OpenOptions::default(), &mut |_| {
        ControlFlow::Continue(())
    })
    .unwrap();
}

pub(super) fn restore(path: &Path, from: &Path, mode: Mode) -> Result<Restored, RestoreError> {
    restore_with(path, from, mode, &OpenOptions::default())
}

pub(super) fn restore_with(
    path: &Path,
    from: &Path,
    mode: Mode,
    options: &OpenOptions,
) -> Result<Restored, RestoreError> {
    let actor = Actor::named("restorer");
    let restoration = Restoration {
        from,
        actor: &actor,
        now: at(NOW),
        mode,
    };
    sqlite::restore(path, &restoration, options, &mut |_| {
        ControlFlow::Continue(())
    })
}

/// Says which tokens are accepted.
pub(super) fn accepted(store: &dyn Store, numbers: u32) -> Vec<bool> {
    (0..numbers)
        .map(|number| {
            let found = store.find_by_digest(&digest(number)).unwrap();
            found.is_some_and(|token| {
                token.state(at(NOW)) == TokenState::Active && token.owner.disabled_at.is_none()
            })
        })
        .collect()
}

pub(super) fn assert_sound(path: &Path) {
    let found = sqlite::check(path, &OpenOptions::default(), at(NOW), &mut |_| {
        ControlFlow::Continue(())
    })
    .unwrap();
    assert!(found.worst() < Some(Severity::Insecure), "{found:?}");
}

struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        u32::try_from((self.0 >> 16) % u64::from(below)).unwrap()
    }
}

/// A store that grows by chance.
struct History {
    store: SqliteStore,
    dice: Dice,
    time: i64,
    tokens: u32,
}

impl History {
    fn new(path: &Path, seed: u64) -> Self {
        let store = super::create(path);
        apply(&store, 1, &USERS.map(add));
        Self {
            store,
            dice: Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1),
            time: 1,
            tokens: 0,
        }
    }

    /// Makes one change, or tries to: what does not fit the state of its token is refused, which is as good.
    fn step(&mut self) {
        self.time += 1 + i64::from(self.dice.roll(3));
        let new = self.tokens;
        let old = self.dice.roll(new.max(1));
        let user = USERS[self.dice.roll(3) as usize];
        let target = Target::Ids(vec![id(old)]);
        let change = match self.dice.roll(16) {
            0..=5 => {
                self.tokens += 1;
                issue(new, user)
            }
            6 | 7 => revoke(&[old], "leaked"),
            8 => Change::Suspend { tokens: target },
            9 => Change::Resume { tokens: target },
            10 => {
                self.tokens += 1;
                let revision = self.store.find_token(&id(old)).unwrap();
                let revision = revision.map_or(1, |token| token.revision);
                rotate_shaped(old, new, |rotation| rotation.revision = revision)
            }
            11 => {
                let mut restriction = Restriction::default();
                restriction.expires_at = Some(at(self.time));
                Change::Restrict {
                    tokens: target,
                    restriction: Box::new(restriction),
                }
            }
            12 | 13 => Change::Prune {
                tokens: target,
                dead_by: at(self.time),
            },
            14 => Change::DisableUser { name: name(user) },
            _ if self.dice.roll(4) == 0 => Change::DeleteUser {
                name: name(user),
                reason: reason("left"),
            },
            _ => Change::EnableUser { name: name(user) },
        };
        let _ = try_apply(&self.store, self.time, &[change]);
    }

    fn steps(&mut self, number: u32) {
        for _ in 0..number {
            self.step();
        }
    }
}

#[test]
fn nothing_refused_comes_back_and_nothing_done_is_lost() {
    let mut stays_dead = 0;
    for seed in 1..=100 {
        let (directory, path) = place();
        let mut history = History::new(&path, seed);
        history.steps(25);
        let copy = directory.path().join("backup.db");
        backup(&path, &copy);
        history.steps(25);
        let before = accepted(&history.store, history.tokens);
        let told = events(&history.store);
        let planned = restore(&path, &copy, Mode::DryRun).unwrap();
        assert_eq!(events(&history.store), told, "seed {seed}: a dry run");
        let done = restore(&path, &copy, Mode::Commit).unwrap();
        assert_eq!(done, planned, "seed {seed}");
        assert_eq!(
            done.way,
            Way::Merged {
                relation: Relation::Older
            }
        );
        // The store that was open all the time sees it, and all is as it was.
        assert_eq!(
            accepted(&history.store, history.tokens),
            before,
            "seed {seed}"
        );
        let now = events(&history.store);
        assert_eq!(now[..told.len()], told, "seed {seed}");
        assert_eq!(now.last().unwrap().action, "store.restored");
        stays_dead += done.count(Fate::StaysDead);
        assert_sound(&path);
    }
    assert!(stays_dead > 50, "{stays_dead}");
}

#[test]
fn lost_rows_come_back_and_refusals_of_the_history_count() {
    let mut returned = 0;
    for seed in 1..=100 {
        let (directory, path) = place();
        let mut history = History::new(&path, seed);
        history.steps(25);
        let copy = directory.path().join("backup.db");
        backup(&path, &copy);
        history.steps(15);
        let before = accepted(&history.store, history.tokens);
        super::raw(&path)
            .execute_batch(
                "PRAGMA foreign_keys = OFF; DELETE FROM usage; DELETE FROM token_label; \
                 DELETE FROM token; DELETE FROM user_name; DELETE FROM user; DELETE FROM tombstone;",
            )
            .unwrap();
        let done = restore(&path, &copy, Mode::Commit).unwrap();
        for (number, (was, is)) in before
            .iter()
            .zip(accepted(&history.store, history.tokens))
            .enumerate()
        {
            assert!(*was || !is, "seed {seed}: token {number} came back to life");
        }
        returned += done.count(Fate::Returned);
    }
    assert!(returned > 250, "{returned}");
}

#[test]
fn store_that_fell_behind_catches_up() {
    for seed in 1..=50 {
        let (directory, path) = place();
        let mut history = History::new(&path, seed);
        history.steps(15);
        let (older, newer) = (
            directory.path().join("old.db"),
            directory.path().join("new.db"),
        );
        backup(&path, &older);
        history.steps(25);
        backup(&path, &newer);
        let (expected, told) = (
            accepted(&history.store, history.tokens),
            events(&history.store),
        );
        let done = restore(&older, &newer, Mode::Commit).unwrap();
        let relation = Relation::Newer;
        assert!(
            done.way == Way::Merged { relation }
                || told == events(&open(&older).unwrap())[..told.len()],
            "seed {seed}: {:?}",
            done.way
        );
        let caught_up = open(&older).unwrap();
        assert_eq!(
            accepted(&caught_up, history.tokens),
            expected,
            "seed {seed}"
        );
        assert_eq!(events(&caught_up)[..told.len()], told, "seed {seed}");
        assert_sound(&older);
    }
}

#[test]
fn of_two_that_went_apart_every_refusal_counts() {
    for seed in 1..=50 {
        let (directory, path) = place();
        let mut history = History::new(&path, seed);
        history.steps(20);
        let left = directory.path().join("left.db");
        let right = directory.path().join("right.db");
        backup(&path, &left);
        let known = history.tokens;
        history.steps(12);
        backup(&path, &right);
        let theirs = accepted(&history.store, known);
        let mut other = History {
            store: open(&left).unwrap(),
            dice: Dice(seed * 77 + 5),
            time: history.time + 1,
            tokens: known,
        };
        // Numbers that the other branch has not used.
        other.tokens = 1_000;
        for _ in 0..12 {
            let old = other.dice.roll(known.max(1));
            other.time += 1;
            let change = match other.dice.roll(3) {
                0 => revoke(&[old], "here"),
                1 => Change::Suspend {
                    tokens: Target::Ids(vec![id(old)]),
                },
                _ => add(&format!("new{}", other.time)),
            };
            let _ = try_apply(&other.store, other.time, &[change]);
        }
        let ours = accepted(&other.store, known);
        let told = events(&other.store);
        restore(&left, &right, Mode::Commit).unwrap();
        for (number, is) in accepted(&other.store, known).into_iter().enumerate() {
            let may = ours[number] && theirs[number];
            assert!(may || !is, "seed {seed}: token {number} came back to life");
        }
        assert_eq!(events(&other.store)[..told.len()], told, "seed {seed}");
        assert_sound(&left);
    }
}

/// Puts a store with a revoked token at `path`, as somebody else does who does not wait for their turn.
fn make_another(path: &Path) {
    let elsewhere = path.with_file_name("elsewhere.db");
    let store = super::create(&elsewhere);
    apply(&store, 1, &[add("alice"), issue(1, "alice")]);
    apply(&store, 2, &[revoke(&[1], "leaked")]);
    drop(store);
    fs::rename(&elsewhere, path).unwrap();
}

/// Asserts that what [`make_another`] has made is all that there is.
fn assert_is_the_other(path: &Path) {
    assert_eq!(accepted(&open(path).unwrap(), 2), [false, false]);
    let aside = super::beside(path, ".corrupt-1");
    for file in sqlite::files_of(&aside) {
        assert!(!file.exists(), "{}", file.display());
    }
}

/// A directory with a backup in which token 1 lives, and the path of a store that is not there.
fn backup_without_a_store() -> (tempfile::TempDir, PathBuf, PathBuf) {
    let (directory, path) = place();
    let (source, copy) = (
        directory.path().join("source.db"),
        directory.path().join("backup.db"),
    );
    let store = super::create(&source);
    apply(&store, 1, &[add("alice"), issue(1, "alice")]);
    backup(&source, &copy);
    (directory, path, copy)
}

#[test]
fn store_that_is_made_while_a_backup_becomes_one_is_kept() {
    let (_directory, path, copy) = backup_without_a_store();
    let mut options = OpenOptions::default();
    let made = path.clone();
    options.before_commit = Some(Arc::new(move || make_another(&made)));
    let refused = restore_with(&path, &copy, Mode::Commit, &options);
    assert!(
        matches!(refused, Err(RestoreError::Store(StoreError::Busy))),
        "{refused:?}"
    );
    assert_is_the_other(&path);
}

/// Waits until somebody waits for the lock on `file`, as the kernel tells.
#[cfg(target_os = "linux")]
fn wait_until_somebody_queues_on(file: &fs::File) {
    let inode = format!(":{}", file.metadata().unwrap().ino());
    let begun = Instant::now();
    let queues = |lock: &str| {
        lock.contains("-> FLOCK") && lock.split_whitespace().any(|field| field.ends_with(&inode))
    };
    while !fs::read_to_string("/proc/locks")
        .unwrap()
        .lines()
        .any(queues)
    {
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "nobody ever queued"
        );
        thread::sleep(Duration::from_millis(5));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn store_that_is_made_while_a_restore_waits_for_its_turn_is_kept() {
    let (_directory, path, copy) = backup_without_a_store();
    super::write_private(&super::beside(&path, ".lock"), b"");
    let turn = fs::File::open(super::beside(&path, ".lock")).unwrap();
    turn.lock().unwrap();
    let refused = thread::scope(|scope| {
        let restoring = scope.spawn(|| restore(&path, &copy, Mode::Commit));
        // By then it has looked, and found no store.
        wait_until_somebody_queues_on(&turn);
        make_another(&path);
        drop(turn);
        restoring.join().unwrap()
    });
    assert!(
        matches!(refused, Err(RestoreError::Store(StoreError::Busy))),
        "{refused:?}"
    );
    assert_is_the_other(&path);
}

#[test]
fn backup_of_another_store_is_refused() {
    let (directory, path) = place();
    let store = super::create(&path);
    apply(&store, 1, &[add("alice"), issue(1, "alice")]);
    let other = directory.path().join("other.db");
    apply(
        &super::create(&other),
        2,
        &[add("alice"), issue(2, "alice")],
    );
    let copy = directory.path().join("backup.db");
    backup(&other, &copy);
    let refused = restore(&path, &copy, Mode::Commit);
    assert!(
        matches!(refused, Err(RestoreError::OtherStore)),
        "{refused:?}"
    );
    assert_eq!(events(&store).len(), 2);
    assert_eq!(store.find_token(&id(2)).unwrap(), None);
}

#[test]
fn store_is_no_backup_of_itself_nor_one_of_its_files() {
    let (_directory, path) = place();
    let store = super::create(&path);
    apply(&store, 1, &[add("alice")]);
    let refused = restore(&path, &path, Mode::Commit);
    assert!(
        matches!(
            refused,
            Err(RestoreError::SameFile | RestoreError::NotAlone { .. })
        ),
        "{refused:?}"
    );
    drop(store);
    for file in sqlite::files_of(&path) {
        let stop = &mut |_| ControlFlow::Continue(());
        let refused = sqlite::backup(&path, &file, &OpenOptions::default(), stop);
        assert!(
            matches!(refused, Err(StoreError::Exists { .. })),
            "{refused:?}"
        );
    }
    let refused = restore(&path, &path, Mode::Commit);
    assert!(
        matches!(
            refused,
            Err(RestoreError::SameFile | RestoreError::NotAlone { .. })
        ),
        "{refused:?}"
    );
    assert_eq!(events(&open(&path).unwrap()).len(), 1);
}

#[test]
fn backup_comes_whole_into_an_empty_store() {
    let (directory, path) = place();
    let store = super::create(&path);
    apply(
        &store,
        1,
        &[
            add("alice"),
            issue(1, "alice"),
            revoke(&[1], "leaked"),
            issue(2, "alice"),
        ],
    );
    let copy = directory.path().join("backup.db");
    backup(&path, &copy);
    let empty = directory.path().join("empty.db");
    let empty_store = super::create(&empty);
    let done = restore(&empty, &copy, Mode::Commit).unwrap();
    assert_eq!(done.count(Fate::Returned), 2);
    assert_eq!(accepted(&empty_store, 3), [false, false, true]);
    assert_sound(&empty);
}

#[test]
fn broken_off_restore_and_backup_leave_nothing() {
    let (directory, path) = place();
    let store = super::create(&path);
    apply(&store, 1, &[add("alice"), issue(1, "alice")]);
    let copy = directory.path().join("backup.db");
    let stop = &mut |_| ControlFlow::Break(());
    let refused = sqlite::backup(&path, &copy, &OpenOptions::default(), stop);
    assert!(matches!(refused, Err(StoreError::BrokenOff)), "{refused:?}");
    backup(&path, &copy);
    let actor = Actor::named("restorer");
    let restoration = Restoration {
        from: &copy,
        actor: &actor,
        now: at(NOW),
        mode: Mode::Commit,
    };
    let refused = sqlite::restore(&path, &restoration, &OpenOptions::default(), stop);
    assert!(
        matches!(refused, Err(RestoreError::Store(StoreError::BrokenOff))),
        "{refused:?}"
    );
    let names = fs::read_dir(directory.path()).unwrap();
    let left = names
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .find(|name| name.starts_with(".tokenctl"));
    assert_eq!(left, None);
    assert_eq!(events(&store).len(), 2);
}
