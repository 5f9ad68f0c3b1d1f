//! What the SQLite store does besides: its files, its locks, and what it makes of files that are not as it left them.

mod files;
mod parting;
mod restoring;
mod salvaging;

use std::fs::{self, File, OpenOptions as FileOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::ops::ControlFlow;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use rustix::fs::{FlockOperation, fcntl_lock};
use tokenctl::change::{Actor, Change, Mode};
use tokenctl::selector::Listing;
use tokenctl::store::sqlite::{SqliteStore, check};
use tokenctl::store::{ChangeError, OpenOptions, Store, StoreError};
use tokenctl::token::TokenState;

use crate::damaged_tree::repeat_first_page;
use crate::store::{add, apply, at, digest, events, id, issue, revoke, token, try_apply};

/// A directory of our own, and the path of a store in it.
fn place() -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("tokens.db");
    (directory, path)
}

fn create(path: &Path) -> SqliteStore {
    SqliteStore::create(path, OpenOptions::default()).unwrap()
}

fn open(path: &Path) -> Result<SqliteStore, StoreError> {
    SqliteStore::open(path, OpenOptions::default())
}

fn with_writer_timeout(timeout: Duration) -> OpenOptions {
    let mut options = OpenOptions::default();
    options.writer_timeout = timeout;
    options
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn write_private(path: &Path, content: &[u8]) {
    let mut options = FileOptions::new();
    let mut file = options
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .unwrap();
    file.write_all(content).unwrap();
}

fn raw(path: &Path) -> Connection {
    Connection::open(path).unwrap()
}

const CHILD_STORE: &str = "TOKENCTL_TEST_STORE";

/// Prepares a shell by `setup` and runs the test `name` of this file in it, as a process of its own.
fn command(setup: &str, name: &str, store: &Path) -> Command {
    let mut command = Command::new("sh");
    command
        .args([
            "-c",
            &format!("{setup}\nexec \"$0\" --exact \"sqlite::{name}\" --nocapture"),
        ])
        .arg(std::env::current_exe().unwrap())
        .env(CHILD_STORE, store);
    command
}

fn assert_passed(output: &Output) {
    let text = String::from_utf8_lossy(&output.stdout);
    let passed = output.status.success() && text.contains("1 passed");
    assert!(passed, "{text}{}", String::from_utf8_lossy(&output.stderr));
}

/// Returns the store that a child is to work on; the tests that are children do nothing otherwise.
fn child_store() -> Option<PathBuf> {
    std::env::var_os(CHILD_STORE).map(PathBuf::from)
}

/// Says plainly that a property was not checked, which a build server must not overlook.
fn not_checked(what: &str, why: &str) {
    let line = format!("NOT CHECKED: {what}: {why}\n");
    // Past the capture of the test harness.
    std::io::stderr().write_all(line.as_bytes()).unwrap();
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{line}");
}

#[test]
fn replaced_store_is_opened_anew_and_a_removed_one_missed() {
    let (directory, path) = place();
    let store = create(&path);
    apply(&store, 1, &[add("alice"), issue(1, "alice")]);
    assert_eq!(token(&store, 1).revoked_at, None);

    let other = directory.path().join("other.db");
    let second = create(&other);
    apply(
        &second,
        1,
        &[add("bob"), issue(1, "bob"), revoke(&[1], "leaked")],
    );
    drop(second);
    // What is in the old store's log belongs to no file of that name any more.
    raw(&path)
        .execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")
        .unwrap();
    fs::rename(&other, &path).unwrap();
    for _ in 0..3 {
        let found = store.find_by_digest(&digest(1)).unwrap().unwrap();
        assert_eq!(found.state(at(9)), TokenState::Revoked { since: at(1) });
    }
    apply(&store, 2, &[issue(2, "bob")]);
    assert_eq!(
        open(&path).unwrap().find_token(&id(2)).unwrap(),
        store.find_token(&id(2)).unwrap()
    );

    drop(open(&path).unwrap());
    raw(&path)
        .execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")
        .unwrap();
    fs::rename(&path, &other).unwrap();
    let _ = fs::remove_file(beside(&path, ".lock"));
    let gone = store.find_by_digest(&digest(1));
    assert!(matches!(gone, Err(StoreError::Missing { .. })), "{gone:?}");
    let gone = try_apply(&store, 3, &[add("carol")]);
    assert!(
        matches!(gone, Err(ChangeError::Store(StoreError::Missing { .. }))),
        "{gone:?}"
    );
    assert!(!beside(&path, ".lock").exists(), "a lock beside no store");
    fs::rename(&other, &path).unwrap();
    assert!(store.find_token(&id(2)).unwrap().is_some());
    apply(&store, 3, &[add("carol")]);
}

#[test]
fn foreign_writer_is_waited_for_until_the_timeout() {
    let (_directory, path) = place();
    drop(create(&path));
    let store = SqliteStore::open(&path, with_writer_timeout(Duration::from_millis(200))).unwrap();
    apply(&store, 1, &[add("alice")]);
    let foreign = raw(&path);
    foreign.execute_batch("BEGIN IMMEDIATE").unwrap();
    let start = Instant::now();
    let refused = try_apply(&store, 2, &[add("bob")]);
    assert!(
        matches!(refused, Err(ChangeError::Store(StoreError::Busy))),
        "{refused:?}"
    );
    assert!(
        start.elapsed() >= Duration::from_millis(190),
        "gave up early"
    );
    assert_eq!(store.users().unwrap().len(), 1, "readers do not wait");
    assert_eq!(events(&store).len(), 1);
    foreign.execute_batch("ROLLBACK").unwrap();
    apply(&store, 3, &[add("bob")]);

    let store = SqliteStore::open(&path, with_writer_timeout(Duration::from_secs(30))).unwrap();
    foreign.execute_batch("BEGIN IMMEDIATE").unwrap();
    thread::scope(|scope| {
        let waiting = scope.spawn(|| apply(&store, 4, &[add("carol")]));
        let early = Instant::now();
        while early.elapsed() < Duration::from_millis(100) {
            assert!(!waiting.is_finished(), "did not wait");
            thread::yield_now();
        }
        foreign.execute_batch("COMMIT").unwrap();
    });
    assert_eq!(store.users().unwrap().len(), 3);
}

#[test]
fn writer_who_gave_up_leaves_the_turn_to_others() {
    let (_directory, path) = place();
    drop(create(&path));
    let store = SqliteStore::open(&path, with_writer_timeout(Duration::from_millis(50))).unwrap();
    apply(&store, 1, &[add("alice")]);
    let turn = File::open(beside(&path, ".lock")).unwrap();
    turn.lock().unwrap();
    for _ in 0..3 {
        let refused = try_apply(&store, 2, &[add("bob")]);
        assert!(
            matches!(refused, Err(ChangeError::Store(StoreError::Busy))),
            "{refused:?}"
        );
    }
    drop(turn);
    let patient = SqliteStore::open(&path, OpenOptions::default()).unwrap();
    apply(&patient, 3, &[add("bob")]);
    assert_eq!(events(&patient).len(), 2);
}

#[test]
fn writer_that_is_next_and_never_goes_holds_nobody_up() {
    let (_directory, path) = place();
    apply(&create(&path), 1, &[add("alice")]);
    let mut next = command("", "child_is_next_and_never_goes", &path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(next.stdout.take().unwrap()).lines();
    assert!(said.any(|line| line.unwrap().contains("I am next")));
    let store = SqliteStore::open(&path, with_writer_timeout(Duration::from_secs(2))).unwrap();
    apply(&store, 2, &[add("bob")]);
    drop(next.stdin.take());
    assert!(next.wait().unwrap().success());
}

#[test]
fn child_is_next_and_never_goes() {
    let Some(path) = child_store() else { return };
    let mut options = FileOptions::new();
    let lock = options.read(true).write(true).open(beside(&path, ".lock"));
    let lock = lock.unwrap();
    fcntl_lock(&lock, FlockOperation::LockExclusive).unwrap();
    writeln!(std::io::stdout(), "I am next").unwrap();
    std::io::stdin().read_line(&mut String::new()).unwrap();
    drop(lock);
}

#[test]
fn one_of_many_creators_wins() {
    const CREATORS: usize = 32;
    for _ in 0..5 {
        let (directory, path) = place();
        let start = Barrier::new(CREATORS);
        let made: Vec<_> = thread::scope(|scope| {
            let race = || {
                start.wait();
                SqliteStore::create(&path, OpenOptions::default())
            };
            let threads: Vec<_> = (0..CREATORS).map(|_| scope.spawn(race)).collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .collect()
        });
        assert_eq!(made.iter().filter(|made| made.is_ok()).count(), 1);
        let lost =
            |made: &Result<SqliteStore, StoreError>| matches!(made, Err(StoreError::Exists { .. }));
        assert_eq!(made.iter().filter(|made| lost(made)).count(), CREATORS - 1);
        drop(made);
        apply(&open(&path).unwrap(), 1, &[add("alice")]);
        assert_eq!(files::mode(&path), 0o600);
        let left = fs::read_dir(directory.path()).unwrap();
        let names: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
        assert!(
            names
                .iter()
                .all(|name| name.to_string_lossy().starts_with("tokens.db")),
            "{names:?}"
        );
    }
}

/// Processes that open, use and close the store at once: the last to close folds the log into the file and removes it.
#[test]
fn processes_come_and_go_without_errors() {
    let (_directory, path) = place();
    let store = create(&path);
    apply(&store, 1, &[add("alice"), issue(1, "alice")]);
    drop(store);
    let roles = [
        "child_writes_again_and_again",
        "child_reads_again_and_again",
    ];
    let children: Vec<_> = roles
        .iter()
        .cycle()
        .take(6)
        .map(|role| {
            let mut command = command("", role, &path);
            command
                .stdout(std::process::Stdio::piped())
                .stderr(std::process::Stdio::piped());
            command.spawn().unwrap()
        })
        .collect();
    for child in children {
        assert_passed(&child.wait_with_output().unwrap());
    }
    let store = open(&path).unwrap();
    assert_eq!(
        store
            .list(&Listing::default(), at(9), usize::MAX)
            .unwrap()
            .len(),
        1 + 3 * 40
    );
    assert_eq!(events(&store).len(), 2 + 3 * 40);
}

/// Waits long for others, as a one-shot command does.
fn patient() -> OpenOptions {
    let mut options = OpenOptions::default();
    options.reader_timeout = Duration::from_secs(30);
    options
}

#[test]
fn child_writes_again_and_again() {
    let Some(path) = child_store() else { return };
    for step in 0..40 {
        let store = SqliteStore::open(&path, patient()).unwrap();
        apply(
            &store,
            2,
            &[issue(
                1_000 + std::process::id() % 1_000_000 * 100 + step,
                "alice",
            )],
        );
    }
}

#[test]
fn child_reads_again_and_again() {
    let Some(path) = child_store() else { return };
    for _ in 0..80 {
        let store = SqliteStore::open(&path, patient()).unwrap();
        assert!(store.find_by_digest(&digest(1)).unwrap().is_some());
    }
}

#[test]
fn read_only_medium_is_read_when_asked_for_and_never_written() {
    let (directory, path) = place();
    let store = create(&path);
    apply(&store, 1, &[add("alice"), issue(1, "alice")]);
    drop(store);
    let mount = "mount --bind \"$0\" \"$0\" && mount -o remount,ro,bind \"$0\"";
    let check = |name: &str| {
        let mut command = Command::new("unshare");
        command
            .args(["-m", "sh", "-c"])
            .arg(format!(
                "{mount} || exit 77; exec \"$1\" --exact \"sqlite::{name}\" --nocapture"
            ))
            .arg(directory.path())
            .arg(std::env::current_exe().unwrap())
            .env(CHILD_STORE, &path);
        match command.output() {
            Ok(output) if output.stdout.is_empty() => {
                not_checked(
                    "a store on a read-only medium",
                    &String::from_utf8_lossy(&output.stderr),
                );
            }
            Ok(output) => assert_passed(&output),
            Err(error) => not_checked("a store on a read-only medium", &error.to_string()),
        }
    };
    let before = fs::read(&path).unwrap();
    check("child_reads_a_read_only_medium");
    assert_eq!(fs::read(&path).unwrap(), before);

    // One who looked at the store and left has no change to hide from a reader.
    open(&path).unwrap().users().unwrap();
    check("child_reads_a_read_only_medium");

    let open_elsewhere = open(&path).unwrap();
    apply(&open_elsewhere, 2, &[revoke(&[1], "leaked")]);
    check("child_refuses_a_log_on_a_read_only_medium");
}

#[test]
fn child_reads_a_read_only_medium() {
    let Some(path) = child_store() else { return };
    let refused = open(&path).unwrap_err();
    assert!(matches!(refused, StoreError::ReadOnly), "{refused:?}");
    let mut options = OpenOptions::default();
    options.read_only_medium = true;
    let store = SqliteStore::open(&path, options).unwrap();
    assert!(store.is_on_read_only_medium());
    assert!(store.find_by_digest(&digest(1)).unwrap().is_some());
    let refused = try_apply(&store, 2, &[revoke(&[1], "leaked")]);
    assert!(
        matches!(refused, Err(ChangeError::Store(StoreError::ReadOnly))),
        "{refused:?}"
    );
    let refused = store.touch(&[(id(1), at(2))]);
    assert!(matches!(refused, Err(StoreError::ReadOnly)), "{refused:?}");
}

#[test]
fn child_refuses_a_log_on_a_read_only_medium() {
    let Some(path) = child_store() else { return };
    let mut options = OpenOptions::default();
    options.read_only_medium = true;
    let refused = SqliteStore::open(&path, options.clone()).unwrap_err();
    assert!(matches!(refused, StoreError::ReadOnly), "{refused:?}");
    let refused = check(&path, &options, at(2), &mut |_| ControlFlow::Continue(()));
    assert!(matches!(refused, Err(StoreError::ReadOnly)), "{refused:?}");
}

#[test]
fn buried_token_never_comes_back() {
    let (_directory, path) = place();
    let store = create(&path);
    apply(&store, 1, &[add("alice")]);
    let bury = "INSERT INTO tombstone (digest, digest_kind, id, at) VALUES (?1, 0, ?2, 1)";
    let connection = raw(&path);
    connection
        .execute(bury, (digest(1).as_bytes(), "zzzzzzzzzz"))
        .unwrap();
    connection
        .execute(bury, (digest(9).as_bytes(), id(2).as_str()))
        .unwrap();
    for number in [1, 2] {
        let refused = try_apply(&store, 2, &[issue(number, "alice")]);
        assert!(
            matches!(refused, Err(ChangeError::Collision)),
            "{refused:?}"
        );
    }
    assert_eq!(events(&store).len(), 1);
}

#[test]
fn no_change_without_its_event() {
    let (_directory, path) = place();
    let store = create(&path);
    apply(&store, 1, &[add("alice"), issue(1, "alice")]);
    let sabotage = [
        "CREATE TRIGGER no BEFORE INSERT ON event BEGIN SELECT RAISE(ABORT, 'no'); END",
        "DROP TABLE event",
    ];
    // Triggers are not run on our connections: one in the file cannot keep us from recording either.
    raw(&path).execute_batch(sabotage[0]).unwrap();
    apply(&store, 2, &[issue(2, "alice")]);
    raw(&path).execute_batch(sabotage[1]).unwrap();
    for (change, mode) in [
        (revoke(&[1], "leaked"), Mode::Commit),
        (add("bob"), Mode::Commit),
        (issue(3, "alice"), Mode::DryRun),
    ] {
        let refused = store.apply(&[change], &Actor::named("tester"), at(3), mode);
        assert!(
            matches!(refused, Err(ChangeError::Store(StoreError::Audit { .. }))),
            "{refused:?}"
        );
    }
    assert_eq!(token(&store, 1).revoked_at, None);
    assert_eq!(store.users().unwrap().len(), 1);
    assert_eq!(store.find_token(&id(3)).unwrap(), None);
}

#[test]
fn text_that_is_none_is_damage() {
    let (_directory, path) = place();
    let store = create(&path);
    apply(&store, 1, &[add("alice")]);
    let damage = raw(&path);
    for (number, column) in (1..).zip([
        "note",
        "labels",
        "generator",
        "created_by",
        "policy",
        "networks",
        "family",
        "rotated_to",
    ]) {
        apply(&store, 1, &[issue(number, "alice")]);
        let sql = format!("UPDATE token SET {column} = CAST(x'ff' AS TEXT) WHERE id = ?1");
        damage.execute(&sql, [id(number).as_str()]).unwrap();
        let refused = store.find_by_digest(&digest(number));
        assert!(
            matches!(refused, Err(StoreError::Corrupt { .. })),
            "{column}: {refused:?}"
        );
    }
    damage
        .execute("UPDATE event SET details = CAST(x'ff' AS TEXT)", [])
        .unwrap();
    let refused = store.events(0, 9);
    assert!(
        matches!(refused, Err(StoreError::Corrupt { .. })),
        "{refused:?}"
    );
}

/// One wrong byte in an index, and a revoked token would be as good as the one beside it.
#[test]
fn index_that_leads_to_another_token_is_damage() {
    let (_directory, path) = place();
    let store = create(&path);
    let issues = [add("alice"), issue(1, "alice"), issue(2, "alice")];
    apply(&store, 1, &issues);
    apply(&store, 2, &[revoke(&[2], "leaked")]);
    drop(store);
    let mut file = fs::read(&path).unwrap();
    for key in [digest(2).as_bytes(), id(2).as_str().as_bytes()] {
        // In an index the key stands before the number of the row. The id does before the revision of the row, too.
        let entry = [key, &[2]].concat();
        let mut places = Vec::new();
        for (place, found) in file.windows(entry.len()).enumerate() {
            if found == entry {
                places.push(place + key.len());
            }
        }
        assert!((1..=2).contains(&places.len()));
        for place in places {
            file[place] = 1;
        }
    }
    write_private(&path, &file);

    let store = open(&path).unwrap();
    for found in [store.find_by_digest(&digest(2)), store.find_token(&id(2))] {
        assert!(
            matches!(&found, Err(StoreError::Corrupt { what }) if what.contains("the index of")),
            "{found:?}"
        );
    }
    assert!(store.find_by_digest(&digest(1)).unwrap().is_some());
}

/// A walk through a ring in the tree of pages would have no end.
#[test]
fn walk_on_which_tokens_come_again_is_damage() {
    let (_directory, path) = place();
    let store = create(&path);
    let mut changes = vec![add("alice")];
    changes.extend((0..100).map(|number| issue(number, "alice")));
    apply(&store, 1, &changes);
    drop(store);
    repeat_first_page(&path, "token");

    let store = open(&path).unwrap();
    for descending in [false, true] {
        let mut listing = Listing::default();
        listing.descending = descending;
        let found = store.list(&listing, at(2), 1_000);
        assert!(
            matches!(&found, Err(StoreError::Corrupt { what }) if what.contains("order")),
            "{found:?}"
        );
    }
    assert!(store.find_by_digest(&digest(1)).unwrap().is_some());
}

#[test]
fn damage_never_panics_nor_lets_anybody_in() {
    let (_directory, path) = place();
    let store = create(&path);
    apply(&store, 1, &[add("alice"), add("bob")]);
    let issues: Vec<Change> = (0..50)
        .map(|number| issue(number, ["alice", "bob"][number as usize % 2]))
        .collect();
    apply(&store, 2, &issues);
    let even: Vec<u32> = (0..50).step_by(2).collect();
    apply(&store, 3, &[revoke(&even, "leaked")]);
    drop(store);
    raw(&path)
        .execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")
        .unwrap();
    let good = fs::read(&path).unwrap();

    let mut word = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = || {
        word ^= word << 13;
        word ^= word >> 7;
        word ^= word << 17;
        usize::try_from(word >> 8).unwrap()
    };
    let mut errors = 0;
    for _ in 0..300 {
        let (_directory, path) = place();
        let mut bad = good.clone();
        let length = bad.len();
        let (place, flip) = (random() % length, 1 + random() % 255);
        bad[place] ^= u8::try_from(flip).unwrap();
        write_private(&path, &bad);
        let Ok(store) = open(&path) else {
            errors += 1;
            continue;
        };
        for number in 0..60 {
            let found = store.find_by_digest(&digest(number));
            errors += usize::from(found.is_err());
            let is_let_in =
                matches!(&found, Ok(Some(token)) if token.state(at(9)) == TokenState::Active);
            assert!(
                !is_let_in || (number < 50 && number % 2 == 1),
                "byte {place} ^ {flip}: {found:?}"
            );
        }
        errors += usize::from(store.list(&Listing::default(), at(9), 100).is_err());
        errors += usize::from(store.events(0, 100).is_err());
        errors += usize::from(store.users().is_err());
        errors += usize::from(try_apply(&store, 9, &[revoke(&[1], "late")]).is_err());
    }
    assert!(errors > 0, "nothing was damaged");
}
