//! The files of a store: who can read them, what is planted beside them, and what is no store at all.

use std::fs;
use std::ops::ControlFlow;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, FileType, Mode as Bits, mknodat};
use tokenctl::store::sqlite::{APPLICATION_ID, SqliteStore, check};
use tokenctl::store::{ChangeError, Insecurity, OpenOptions, Store as _, StoreError};

use super::{assert_passed, beside, child_store, command, create, open, place, raw, write_private};
use crate::store::{add, apply, at, digest, issue, try_apply};

pub(super) fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn files_are_private_under_any_umask() {
    for umask in ["000", "022", "077"] {
        let (directory, _) = place();
        let path = directory.path().join("new/and deeper/tokens.db");
        let output = command(
            &format!("umask {umask}"),
            "files::child_makes_a_store",
            &path,
        )
        .output();
        assert_passed(&output.unwrap());
        assert_eq!(mode(&path), 0o600);
    }
}

#[test]
fn child_makes_a_store() {
    let Some(path) = child_store() else { return };
    let store = create(&path);
    apply(&store, 1, &[add("alice"), issue(1, "alice")]);
    assert!(store.find_by_digest(&digest(1)).unwrap().is_some());
    for suffix in ["", "-wal", "-shm", ".lock"] {
        assert_eq!(mode(&beside(&path, suffix)), 0o600, "{suffix}");
    }
    let directory = path.parent().unwrap();
    assert_eq!(mode(directory), 0o700);
    assert_eq!(mode(directory.parent().unwrap()), 0o700);
}

#[test]
fn planted_links_are_refused_and_not_followed() {
    for suffix in ["", "-wal", "-shm", "-journal", ".lock"] {
        for hard in [false, true] {
            let (directory, path) = place();
            drop(create(&path));
            let canary = directory.path().join("canary");
            write_private(&canary, b"precious");
            let planted = beside(&path, suffix);
            let _ = fs::remove_file(&planted);
            if hard {
                fs::hard_link(&canary, &planted).unwrap();
            } else {
                symlink(&canary, &planted).unwrap();
            }
            let refused = open(&path).map(|store| try_apply(&store, 1, &[add("alice")]));
            let is_refused = matches!(
                &refused,
                Err(StoreError::Insecure {
                    why: Insecurity::Link,
                    ..
                } | StoreError::NotAStore { .. })
            );
            assert!(is_refused, "{suffix} {hard}: {refused:?}");
            assert_eq!(fs::read(&canary).unwrap(), b"precious", "{suffix} {hard}");
        }
    }
}

#[test]
fn link_planted_while_the_store_is_open_is_refused() {
    let (directory, path) = place();
    let store = create(&path);
    let canary = directory.path().join("canary");
    write_private(&canary, b"precious");
    symlink(&canary, beside(&path, ".lock")).unwrap();
    let refused = try_apply(&store, 1, &[add("alice")]);
    assert!(
        matches!(
            refused,
            Err(ChangeError::Store(StoreError::Insecure { .. }))
        ),
        "{refused:?}"
    );
    assert_eq!(fs::read(&canary).unwrap(), b"precious");
}

#[test]
fn nothing_is_created_through_a_link() {
    let (directory, path) = place();
    let target = directory.path().join("target");
    symlink(&target, &path).unwrap();
    let refused = SqliteStore::create(&path, OpenOptions::default());
    assert!(
        matches!(refused, Err(StoreError::Exists { .. })),
        "{refused:?}"
    );
    assert!(!target.exists());

    let parent = directory.path().join("parent");
    symlink(&target, &parent).unwrap();
    let refused = SqliteStore::create(&parent.join("tokens.db"), OpenOptions::default());
    assert!(refused.is_err());
    assert!(!target.exists());
}

#[test]
fn what_is_no_store_is_refused() {
    let (directory, path) = place();
    let refused = |what: &str| {
        let error = open(&path).unwrap_err();
        assert!(
            matches!(error, StoreError::NotAStore { .. }),
            "{what}: {error:?}"
        );
        let error = SqliteStore::create(&path, OpenOptions::default()).unwrap_err();
        assert!(
            matches!(error, StoreError::Exists { .. }),
            "{what}: {error:?}"
        );
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "{what}");
    };
    let missing = open(&path).unwrap_err();
    assert!(matches!(missing, StoreError::Missing { .. }), "{missing:?}");
    let nowhere = open(Path::new("/nonexistent/tokens.db")).unwrap_err();
    assert!(matches!(nowhere, StoreError::Missing { .. }), "{nowhere:?}");

    fs::create_dir(&path).unwrap();
    refused("directory");
    fs::remove_dir(&path).unwrap();
    mknodat(CWD, &path, FileType::Fifo, Bits::RUSR | Bits::WUSR, 0).unwrap();
    refused("fifo");
    fs::remove_file(&path).unwrap();
    let socket = UnixListener::bind(&path).unwrap();
    refused("socket");
    drop(socket);
    fs::remove_file(&path).unwrap();
    for (what, content) in [
        ("empty", &b""[..]),
        ("text", b"hello\n"),
        ("noise", &[0xa5; 8192]),
    ] {
        write_private(&path, content);
        refused(what);
        fs::remove_file(&path).unwrap();
    }
    for application in [0, 1, !APPLICATION_ID] {
        write_private(&path, b"");
        let foreign = raw(&path);
        foreign
            .pragma_update(None, "application_id", application)
            .unwrap();
        foreign
            .execute_batch("CREATE TABLE token (seq INTEGER)")
            .unwrap();
        drop(foreign);
        refused("another program's");
        fs::remove_file(&path).unwrap();
    }
}

#[test]
fn schema_of_another_time_is_refused() {
    let (_directory, path) = place();
    drop(create(&path));
    for version in [0, -1, i32::MIN, 2, i32::MAX] {
        raw(&path)
            .pragma_update(None, "user_version", version)
            .unwrap();
        let refused = open(&path).unwrap_err();
        assert!(
            matches!(refused, StoreError::Schema { found, known: 1 } if found == i64::from(version)),
            "{refused:?}"
        );
    }
}

#[test]
fn schema_that_changed_under_an_open_store_is_not_written() {
    let (_directory, path) = place();
    let store = create(&path);
    apply(&store, 1, &[add("alice")]);
    raw(&path).pragma_update(None, "user_version", 7).unwrap();
    let refused = try_apply(&store, 2, &[add("bob")]);
    assert!(
        matches!(
            refused,
            Err(ChangeError::Store(StoreError::Schema { found: 7, .. }))
        ),
        "{refused:?}"
    );
}

#[test]
fn store_that_others_can_reach_is_refused() {
    let (directory, path) = place();
    let store = create(&path);
    apply(&store, 1, &[add("alice")]);
    for suffix in ["", "-wal", "-shm", ".lock"] {
        let file = beside(&path, suffix);
        for loose in [0o640, 0o604, 0o620, 0o602] {
            set_mode(&file, loose);
            let refused = open(&path).unwrap_err();
            let why = Insecurity::Mode { mode: loose };
            assert!(
                matches!(&refused, StoreError::Insecure { path, why: found } if *path == file && *found == why),
                "{suffix} {refused:?}"
            );
            let refused = try_apply(&store, 2, &[add("bob")]);
            assert!(
                matches!(
                    refused,
                    Err(ChangeError::Store(StoreError::Insecure { .. }))
                ),
                "{suffix} {refused:?}"
            );
        }
        set_mode(&file, 0o600);
    }
    set_mode(directory.path(), 0o777);
    let refused = open(&path).unwrap_err();
    assert!(
        matches!(
            refused,
            StoreError::Insecure {
                why: Insecurity::Directory { .. },
                ..
            }
        ),
        "{refused:?}"
    );
    let beside = SqliteStore::create(&directory.path().join("other.db"), OpenOptions::default());
    assert!(
        matches!(beside, Err(StoreError::Insecure { .. })),
        "{beside:?}"
    );
    set_mode(directory.path(), 0o700);
    open(&path).unwrap();
}

/// Makes a store of the user alice as a kill leaves it that has no write-ahead log, such as a plain copy of a backup:
/// half of a change is in the file, and what was there before is in a journal beside it.
fn killed_without_a_log() -> (tempfile::TempDir, PathBuf) {
    let (directory, path) = place();
    apply(&create(&path), 1, &[add("alice")]);
    let writer = raw(&path);
    writer
        .execute_batch(
            "PRAGMA journal_mode = DELETE; PRAGMA cache_size = 5; BEGIN IMMEDIATE; \
             WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 5000) \
             INSERT INTO user (name, created_at, updated_at) SELECT 'user' || x, 0, 0 FROM n;",
        )
        .unwrap();
    let killed = directory.path().join("killed.db");
    write_private(&killed, &fs::read(&path).unwrap());
    let journal = fs::read(beside(&path, "-journal")).unwrap();
    write_private(&beside(&killed, "-journal"), &journal);
    (directory, killed)
}

#[test]
fn change_that_was_broken_off_without_a_log_is_taken_back() {
    let (_directory, path) = killed_without_a_log();
    let store = open(&path).unwrap();
    assert_eq!(store.users().unwrap().len(), 1);
    apply(&store, 2, &[issue(1, "alice")]);
    assert!(store.find_by_digest(&digest(1)).unwrap().is_some());
}

#[test]
fn check_takes_back_what_was_broken_off_without_a_log() {
    let (_directory, path) = killed_without_a_log();
    let go_on = &mut |_| ControlFlow::Continue(());
    let found = check(&path, &OpenOptions::default(), at(2), go_on).unwrap();
    assert_eq!(found.worst(), None, "{found:?}");
    assert_eq!(found.content.events, 1);
}

/// Puts the log that `theirs` has just now beside the store at `ours`.
fn plant_log(theirs: &Path, ours: &Path) {
    // By a process of its own: this one would drop its locks on the log by closing it.
    let status = std::process::Command::new("cp")
        .arg("-p")
        .arg(beside(theirs, "-wal"))
        .arg(beside(ours, "-wal"))
        .status();
    assert!(status.unwrap().success());
}

fn assert_log_is_refused(path: &Path) {
    let before = fs::read(path).unwrap();
    for _ in 0..2 {
        let refused = open(path);
        assert!(
            matches!(&refused, Err(StoreError::Corrupt { what }) if what.contains("log")),
            "{refused:?}"
        );
        let refused = tokenctl::store::sqlite::migrate(path, &OpenOptions::default());
        assert!(
            matches!(refused, Err(StoreError::Corrupt { .. })),
            "{refused:?}"
        );
    }
    assert_eq!(fs::read(path).unwrap(), before);
}

#[test]
fn log_of_another_store_is_refused_and_not_taken_in() {
    let (_directory, ours) = place();
    apply(&create(&ours), 1, &[add("alice"), issue(1, "alice")]);
    let (_other_directory, theirs) = place();
    let other = create(&theirs);
    apply(&other, 1, &[add("mallory"), issue(2, "mallory")]);
    plant_log(&theirs, &ours);
    assert_log_is_refused(&ours);
    fs::remove_file(beside(&ours, "-wal")).unwrap();
    let store = open(&ours).unwrap();
    assert!(store.find_by_digest(&digest(1)).unwrap().is_some());
    assert!(store.find_by_digest(&digest(2)).unwrap().is_none());
}

#[test]
fn log_of_another_time_of_the_same_store_is_refused() {
    let (_directory, path) = place();
    apply(&create(&path), 1, &[add("alice"), issue(1, "alice")]);
    let (_kept_directory, kept) = place();
    fs::copy(&path, &kept).unwrap();
    // Both go on from there, each in its own way.
    apply(&open(&kept).unwrap(), 2, &[add("carol")]);
    let store = open(&path).unwrap();
    apply(&store, 2, &[add("bob"), issue(2, "bob")]);
    plant_log(&path, &kept);
    assert_log_is_refused(&kept);
}

#[test]
fn log_makes_a_file_whole_that_was_torn_when_the_power_went() {
    let (_directory, path) = place();
    let store = create(&path);
    apply(&store, 1, &[add("alice"), issue(1, "alice")]);
    drop(store);
    let store = open(&path).unwrap();
    let newest = store.events(1, 1).unwrap().remove(0).hash;
    apply(&store, 2, &[issue(2, "alice")]);

    let (_crashed_directory, crashed) = place();
    let mut torn = fs::read(&path).unwrap();
    let at = torn.windows(32).position(|bytes| bytes == newest).unwrap();
    torn[at] ^= 1;
    write_private(&crashed, &torn);
    plant_log(&path, &crashed);
    let found = open(&crashed).unwrap();
    assert!(found.find_by_digest(&digest(1)).unwrap().is_some());
    assert!(found.find_by_digest(&digest(2)).unwrap().is_some());
}

#[test]
fn log_of_the_store_itself_is_read_whoever_has_crashed() {
    let (_directory, path) = place();
    let store = create(&path);
    apply(&store, 1, &[add("alice"), issue(1, "alice")]);
    let (_crashed_directory, crashed) = place();
    fs::copy(&path, &crashed).unwrap();
    plant_log(&path, &crashed);
    let found = open(&crashed).unwrap();
    assert!(found.find_by_digest(&digest(1)).unwrap().is_some());
}
