//! Restores over damaged stores: what they refuse goes on to be refused, as far as it can be read.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokenctl::change::{Change, Mode, Target};
use tokenctl::network::Networks;
use tokenctl::policy::Policy;
use tokenctl::restriction::{PolicyRestriction, Restriction};
use tokenctl::store::care::{Fate, RestoreError, Restored, Salvage, Way};
use tokenctl::store::sqlite::SqliteStore;
use tokenctl::store::{OpenOptions, Store as _, StoreError};
use tokenctl::text::FreeText;
use tokenctl::token::TokenState;

use super::restoring::{NOW, USERS, accepted, assert_sound, backup, restore, restore_with};
use super::{open, place};
use crate::store::rotating::rotate;
use crate::store::{add, apply, at, events, id, issue, name, revoke, token, try_apply};

#[test]
fn damaged_store_gives_its_refusals_to_the_backup() {
    let (directory, path) = place();
    let store = super::create(&path);
    apply(&store, 1, &[add("alice"), add("bob")]);
    let issues: Vec<Change> = (0..40)
        .map(|number| issue(number, USERS[number as usize % 2]))
        .collect();
    apply(&store, 2, &issues);
    let copy = directory.path().join("backup.db");
    backup(&path, &copy);
    apply(&store, 3, &[revoke(&[0, 2, 4, 6], "leaked")]);
    apply(
        &store,
        4,
        &[Change::Prune {
            tokens: Target::Ids(vec![id(6)]),
            dead_by: at(4),
        }],
    );
    apply(
        &store,
        5,
        &[
            Change::DisableUser { name: name("bob") },
            issue(99, "alice"),
        ],
    );
    drop(store);
    // The history is damaged, the records are not.
    super::raw(&path)
        .execute_batch(
            "UPDATE event SET user = 'mallory' WHERE seq = 3; PRAGMA wal_checkpoint(TRUNCATE);",
        )
        .unwrap();
    let done = restore(&path, &copy, Mode::Commit).unwrap();
    let Way::Replaced { aside, salvage, .. } = &done.way else {
        panic!("{:?}", done.way);
    };
    assert_eq!(*salvage, Salvage::Whole);
    assert!(aside.exists());
    let store = open(&path).unwrap();
    for (number, is) in (0..).zip(accepted(&store, 40)) {
        let dead = number % 2 == 1 || matches!(number, 0 | 2 | 4 | 6);
        assert_eq!(is, !dead, "token {number}");
    }
    assert_eq!(store.find_token(&id(99)).unwrap(), None);
    assert_sound(&path);
    assert!(try_apply(&store, 9, &[issue(6, "alice")]).is_err());
}

#[test]
fn token_that_the_damaged_store_had_replaced_stays_replaced_by_one_that_is_gone() {
    let (directory, path) = place();
    let store = super::create(&path);
    apply(&store, 1, &[add("alice"), issue(1, "alice")]);
    let copy = directory.path().join("backup.db");
    backup(&path, &copy);
    apply(&store, 2, &[rotate(1, 2)]);
    drop(store);
    super::raw(&path)
        .execute_batch(
            "UPDATE event SET user = 'mallory' WHERE seq = 2; PRAGMA wal_checkpoint(TRUNCATE);",
        )
        .unwrap();
    restore(&path, &copy, Mode::Commit).unwrap();
    let store = open(&path).unwrap();
    assert_eq!(token(&store, 1).rotated_to, Some(id(2)));
    assert_eq!(store.find_token(&id(2)).unwrap(), None);
    assert_sound(&path);
}

/// A damaged store with a revocation in its log alone, and a backup in which that token lives. It is open all the time,
/// so that nobody folds the log in.
fn damaged_with_a_log() -> (tempfile::TempDir, PathBuf, PathBuf, SqliteStore) {
    let (directory, path) = place();
    let copy = directory.path().join("backup.db");
    let store = super::create(&path);
    apply(
        &store,
        1,
        &[add("alice"), issue(1, "alice"), issue(2, "alice")],
    );
    backup(&path, &copy);
    super::raw(&path)
        .execute_batch(
            "UPDATE event SET user = 'mallory' WHERE seq = 2; PRAGMA wal_checkpoint(TRUNCATE)",
        )
        .unwrap();
    apply(&store, 2, &[revoke(&[1], "leaked")]);
    (directory, path, copy, store)
}

#[test]
fn damaged_store_refuses_what_its_log_refuses_until_it_is_replaced() {
    let (directory, path, copy, store) = damaged_with_a_log();
    let killed = directory.path().join("killed.db");
    let mut options = OpenOptions::default();
    // Whoever is killed while files are moved aside leaves the store without its log, at worst.
    let (from, to) = (path.clone(), killed.clone());
    options.before_commit = Some(Arc::new(move || {
        fs::copy(&from, &to).unwrap();
    }));
    let done = restore_with(&path, &copy, Mode::Commit, &options).unwrap();
    assert_eq!(done.count(Fate::StaysDead), 1);
    assert_eq!(accepted(&store, 3), [false, false, true]);
    assert_eq!(accepted(&open(&killed).unwrap(), 3), [false, false, true]);

    let again = restore(&killed, &copy, Mode::Commit).unwrap();
    assert_eq!(again.count(Fate::StaysDead), 1, "{again:?}");
    assert_eq!(accepted(&open(&killed).unwrap(), 3), [false, false, true]);
    assert_sound(&killed);
}

#[test]
fn damaged_store_that_is_read_all_the_time_is_not_taken_from_its_log() {
    let (_directory, path, copy, store) = damaged_with_a_log();
    let reader = super::raw(&path);
    reader
        .execute_batch("BEGIN; SELECT count(*) FROM token")
        .unwrap();
    apply(&store, 3, &[revoke(&[2], "leaked")]);
    let options = super::with_writer_timeout(Duration::from_millis(50));
    let refused = restore_with(&path, &copy, Mode::Commit, &options);
    assert!(
        matches!(refused, Err(RestoreError::Store(StoreError::Busy))),
        "{refused:?}"
    );
    assert_eq!(accepted(&store, 3), [false; 3]);
    reader.execute_batch("COMMIT").unwrap();
    restore(&path, &copy, Mode::Commit).unwrap();
    assert_eq!(accepted(&store, 3), [false; 3]);
    assert_sound(&path);
}

#[test]
fn log_that_cannot_be_folded_in_goes_aside_with_its_store() {
    let (_directory, path, copy, store) = damaged_with_a_log();
    let many: Vec<Change> = (100..700).map(|number| issue(number, "alice")).collect();
    apply(&store, 3, &many);
    super::raw(&path)
        .execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")
        .unwrap();
    apply(&store, 4, &[revoke(&[2], "leaked")]);
    // A log is not folded into a file that has lost more than the log could give back.
    let file = fs::File::options().write(true).open(&path).unwrap();
    file.set_len(8 * 4096).unwrap();
    let done = restore(&path, &copy, Mode::Commit).unwrap();
    assert!(matches!(&done.way, Way::Replaced { .. }), "{:?}", done.way);
    let aside = super::beside(&path, ".corrupt-1");
    assert!(fs::metadata(super::beside(&aside, "-wal")).unwrap().len() > 0);
    assert!(!super::beside(&path, "-wal").exists());
    drop(store);
    assert_sound(&path);
}

fn restrict(number: u32, shape: impl FnOnce(&mut Restriction)) -> Change {
    let mut restriction = Restriction::default();
    shape(&mut restriction);
    Change::Restrict {
        tokens: Target::Ids(vec![id(number)]),
        restriction: Box::new(restriction),
    }
}

fn read_only(restriction: &mut Restriction) {
    restriction.policy = Some(PolicyRestriction::Intersect(Policy::read_only()));
}

/// Damages the history of the store at `path`, and its records by `sql`.
fn damage(path: &Path, sql: &str) {
    super::raw(path)
        .execute_batch(&format!(
            "PRAGMA foreign_keys = OFF; UPDATE event SET user = 'mallory' WHERE seq = 2; {sql}"
        ))
        .unwrap();
}

/// Restores over a damaged store; returns how much could be read of it.
fn salvaged(path: &Path, copy: &Path) -> (Restored, Salvage) {
    let done = restore(path, copy, Mode::Commit).unwrap();
    match done.way {
        Way::Replaced { salvage, .. } => (done, salvage),
        way => panic!("{way:?}"),
    }
}

#[test]
fn rights_that_were_taken_away_stay_so_when_the_store_is_damaged() {
    let (directory, path) = place();
    let copy = directory.path().join("backup.db");
    let store = super::create(&path);
    let issues: Vec<Change> = (1..=5).map(|number| issue(number, "alice")).collect();
    apply(&store, 1, &[&[add("alice")], &issues[..]].concat());
    backup(&path, &copy);
    let here = Networks::parse(&["10.0.0.0/8"]).unwrap();
    let changes = [
        restrict(1, read_only),
        restrict(2, |it| it.networks = Some(here.clone())),
        restrict(3, |it| it.expires_at = Some(at(NOW + 5))),
        restrict(4, read_only),
    ];
    apply(&store, 2, &changes);
    damage(
        &path,
        "UPDATE token SET policy = '{' WHERE id = '0000000004'",
    );
    let (done, salvage) = salvaged(&path, &copy);
    assert_eq!(salvage, Salvage::Whole);
    assert_eq!(
        (done.count(Fate::Updated), done.count(Fate::StaysDead)),
        (3, 1)
    );
    let [one, two, three, four, five] = [1, 2, 3, 4, 5].map(|number| token(&store, number));
    assert_eq!(one.policy.as_str(), Policy::read_only().as_str());
    assert_eq!(two.networks, Some(here));
    assert_eq!(three.expires_at, Some(at(NOW + 5)));
    // What its rights were can no more be told.
    assert_eq!(
        four.state(at(NOW)),
        TokenState::Suspended { since: at(NOW) }
    );
    assert_eq!(
        (five.revision, five.state(at(NOW))),
        (1, TokenState::Active)
    );
    let told = events(&store);
    let salvaged = told.iter().filter(|event| event.action == "token.salvaged");
    assert_eq!(salvaged.count(), 4);
    assert_sound(&path);
}

#[test]
fn rights_of_a_backup_are_not_widened_by_a_damaged_store() {
    let (directory, path) = place();
    let copy = directory.path().join("backup.db");
    let store = super::create(&path);
    apply(&store, 1, &[add("alice"), issue(1, "alice")]);
    apply(&store, 2, &[restrict(1, read_only)]);
    backup(&path, &copy);
    damage(&path, "UPDATE token SET policy = '{}', networks = NULL");
    let (done, _) = salvaged(&path, &copy);
    assert_eq!(done.tokens, []);
    assert_eq!(
        token(&store, 1).policy.as_str(),
        Policy::read_only().as_str()
    );
}

#[test]
fn user_who_was_renamed_and_disabled_stays_so_when_the_store_is_damaged() {
    let (directory, path) = place();
    let copy = directory.path().join("backup.db");
    let store = super::create(&path);
    apply(
        &store,
        1,
        &[add("alice"), issue(1, "alice"), add("bob"), issue(2, "bob")],
    );
    backup(&path, &copy);
    let rename = Change::RenameUser {
        name: name("alice"),
        to: name("alicia"),
    };
    apply(&store, 2, &[rename, add("carol")]);
    let disable = |user| Change::DisableUser { name: name(user) };
    apply(&store, 3, &[disable("alicia"), disable("carol")]);
    damage(&path, "");
    let (_, salvage) = salvaged(&path, &copy);
    // The backup is older than carol, which is no loss.
    assert_eq!(salvage, Salvage::Whole);
    assert_eq!(accepted(&store, 3), [false, false, true]);
    let told = events(&store);
    let salvaged = told
        .iter()
        .find(|event| event.action == "user.salvaged")
        .unwrap();
    assert_eq!(salvaged.user, "alice");
    assert_eq!(
        salvaged.details,
        r#"{"deleted_at":null,"disabled_at":"1970-01-01T00:00:03Z"}"#
    );
}

#[test]
fn disabled_user_whom_the_backup_does_not_know_by_any_name_is_told() {
    let (directory, path) = place();
    let copy = directory.path().join("backup.db");
    let store = super::create(&path);
    apply(&store, 1, &[add("alice"), issue(1, "alice")]);
    backup(&path, &copy);
    let rename = Change::RenameUser {
        name: name("alice"),
        to: name("alicia"),
    };
    apply(&store, 2, &[rename]);
    apply(
        &store,
        3,
        &[Change::DisableUser {
            name: name("alicia"),
        }],
    );
    damage(&path, "DELETE FROM user_name WHERE name = 'alice'");
    let (_, salvage) = salvaged(&path, &copy);
    assert_eq!(salvage, Salvage::Partial);
}

#[test]
fn first_revocation_that_the_history_tells_counts() {
    let (directory, path) = place();
    let copy = directory.path().join("backup.db");
    let store = super::create(&path);
    apply(
        &store,
        1,
        &[add("alice"), issue(1, "alice"), issue(2, "alice")],
    );
    backup(&path, &copy);
    apply(&store, 3, &[revoke(&[1], "leaked")]);
    apply(&store, 7, &[revoke(&[2], "leaked")]);
    damage(
        &path,
        "UPDATE event SET token = '0000000001' WHERE at = 7; DELETE FROM token WHERE id = '0000000001'",
    );
    salvaged(&path, &copy);
    assert_eq!(token(&store, 1).revoked_at, Some(at(3)));
}

/// Makes a store with ten tokens, each with a user of its own, and a backup of it.
fn with_backup() -> (tempfile::TempDir, PathBuf, PathBuf, SqliteStore) {
    let (directory, path) = place();
    let copy = directory.path().join("backup.db");
    let store = super::create(&path);
    let changes = (0..10).flat_map(|number| {
        let user = format!("user-{number}");
        [add(&user), issue(number, &user)]
    });
    apply(&store, 1, &changes.collect::<Vec<_>>());
    backup(&path, &copy);
    (directory, path, copy, store)
}

/// Takes away what the first tokens and users may do, each in a way of its own.
fn take_away(store: &SqliteStore) {
    let suspend = Change::Suspend {
        tokens: Target::Ids(vec![id(0)]),
    };
    let disable = |user| Change::DisableUser { name: name(user) };
    let changes = [
        suspend,
        rotate(1, 91),
        restrict(2, read_only),
        revoke(&[3], "leaked"),
        disable("user-4"),
        Change::RenameUser {
            name: name("user-5"),
            to: name("renamed"),
        },
        disable("renamed"),
        Change::DeleteUser {
            name: name("user-6"),
            reason: FreeText::parse("left").unwrap(),
        },
        disable("user-7"),
        Change::EnableUser {
            name: name("user-7"),
        },
    ];
    apply(store, 3, &changes);
}

#[test]
fn history_tells_what_was_taken_away_where_the_records_are_lost() {
    for lost in [
        "DELETE FROM token; DELETE FROM user",
        "UPDATE token SET expires_at = 1 << 60; \
         UPDATE user SET disabled_at = 1 << 60 WHERE disabled_at IS NOT NULL",
    ] {
        let (_directory, path, copy, store) = with_backup();
        take_away(&store);
        drop(store);
        damage(&path, lost);
        salvaged(&path, &copy);
        let store = open(&path).unwrap();
        let lives = [7, 8, 9];
        for (number, is) in (0..).zip(accepted(&store, 10)) {
            assert_eq!(is, lives.contains(&number), "{lost}: token {number}");
        }
        assert_sound(&path);
    }
}
