//! The history of a store, tampered with behind its back in every way: each is found, and told for what it is.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use rusqlite::{Connection, TransactionBehavior, params};
use tokenctl::change::{CHAIN_START, ChainHead, Event};
use tokenctl::history::{History, Verdict};
use tokenctl::store::sqlite::SqliteStore;
use tokenctl::store::{OpenOptions, Store};

use crate::fixture::{StubAnswer, StubStore};
use crate::store::{add, apply, events, issue, revoke};

/// A store with six events.
struct Victim {
    _directory: tempfile::TempDir,
    path: PathBuf,
    store: Arc<SqliteStore>,
}

impl Victim {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("tokens.db");
        let store = SqliteStore::create(&path, OpenOptions::default()).unwrap();
        apply(&store, 10, &[add("alice"), add("bob")]);
        apply(&store, 20, &[issue(1, "alice"), issue(2, "bob")]);
        apply(&store, 30, &[revoke(&[1], "leaked"), revoke(&[2], "gone")]);
        Self {
            _directory: directory,
            path,
            store: Arc::new(store),
        }
    }

    fn raw(&self) -> Connection {
        Connection::open(&self.path).unwrap()
    }

    fn events(&self) -> Vec<Event> {
        events(self.store.as_ref())
    }

    /// Writes `events` in the place of all that are there.
    fn rewrite(&self, events: &[Event]) {
        let mut connection = self.raw();
        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .unwrap();
        transaction.execute("DELETE FROM event", []).unwrap();
        for event in events {
            transaction
                .execute(
                    "INSERT INTO event (seq, at, actor, action, user, token, details, previous_hash, hash) \
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                    params![
                        i64::try_from(event.seq).unwrap(),
                        event.at.as_second(),
                        event.actor,
                        event.action,
                        event.user,
                        event.token,
                        event.details,
                        event.previous_hash,
                        event.hash,
                    ],
                )
                .unwrap();
        }
        transaction.commit().unwrap();
    }

    /// Says what is found.
    fn verdict(&self, kept: &[ChainHead]) -> String {
        let kept: BTreeSet<_> = kept.iter().copied().collect();
        let store: Arc<dyn Store> = self.store.clone();
        match History::new(store).verify(&kept).unwrap() {
            Verdict::Whole(head) => format!("whole up to {}", head.seq),
            Verdict::Broken(broken) => {
                assert!(broken.after <= broken.seq, "{broken:?}");
                broken.to_string()
            }
        }
    }

    fn head(&self) -> ChainHead {
        ChainHead::of(self.events().last().unwrap())
    }
}

/// Runs `sql` on a store and says what is found then.
fn after(sql: &str) -> String {
    let victim = Victim::new();
    assert_eq!(victim.verdict(&[]), "whole up to 6");
    victim.raw().execute_batch(sql).unwrap();
    victim.verdict(&[])
}

/// Makes the hashes of `events` fit again from the one at `first` on, as somebody would who knows how.
fn rehash(events: &mut [Event], first: usize) {
    for place in first..events.len() {
        if place > 0 {
            events[place].previous_hash = events[place - 1].hash;
        }
        events[place].seq = u64::try_from(place).unwrap() + 1;
        events[place].hash = events[place].expected_hash();
    }
}

#[test]
fn edit_of_each_column_is_found() {
    for (column, value) in [
        ("at", "at + 1"),
        ("at", "-1"),
        ("actor", "'{\"name\":\"mallory\"}'"),
        ("actor", "''"),
        ("action", "'token.issued '"),
        ("user", "'bob'"),
        ("token", "'0000000002'"),
        ("token", "NULL"),
        ("token", "''"),
        ("details", "'{}'"),
        ("previous_hash", "zeroblob(32)"),
        ("hash", "zeroblob(32)"),
        ("hash", "previous_hash"),
    ] {
        let found = after(&format!(
            "UPDATE event SET {column} = {value} WHERE seq = 3"
        ));
        assert_eq!(
            found, "event 3 was changed: what it says does not match its hash",
            "{column} = {value}"
        );
    }
    // An absent token is not an empty one.
    let found = after("UPDATE event SET token = '' WHERE seq = 1");
    assert_eq!(
        found,
        "event 1 was changed: what it says does not match its hash"
    );
}

#[test]
fn values_that_nobody_writes_are_found() {
    for (seq, change) in [
        (3, "hash = x'00'"),
        (4, "previous_hash = zeroblob(33)"),
        (5, "at = 9223372036854775807"),
        (6, "details = CAST(x'ff' AS TEXT)"),
    ] {
        let found = after(&format!(
            "PRAGMA ignore_check_constraints = ON; UPDATE event SET {change} WHERE seq = {seq}"
        ));
        assert_eq!(found, format!("event {seq} cannot be read"), "{change}");
    }
}

#[test]
fn deletion_is_found() {
    for (sql, found) in [
        ("seq = 1", "event 1 is missing"),
        ("seq = 3", "event 3 is missing"),
        ("seq IN (2, 3, 4)", "events 2 to 4 are missing"),
        ("seq < 6", "events 1 to 5 are missing"),
    ] {
        assert_eq!(after(&format!("DELETE FROM event WHERE {sql}")), found);
    }
}

#[test]
fn insertion_is_found() {
    let copy = |seq: &str| {
        after(&format!(
            "INSERT INTO event SELECT {seq}, at, actor, action, user, token, details, previous_hash, hash \
             FROM event WHERE seq = 2"
        ))
    };
    assert_eq!(copy("0"), "an event of number 0 was put in after event 0");
    assert_eq!(copy("-7"), "event 1 cannot be read");
    assert_eq!(
        copy("7"),
        "event 7 was changed: what it says does not match its hash"
    );
    assert_eq!(copy("9"), "events 7 to 8 are missing");

    // Put in between, with the hashes it needs itself: those behind it do not fit any more.
    let victim = Victim::new();
    let mut forged = victim.events();
    let mut extra = forged[1].clone();
    extra.seq = 3;
    extra.previous_hash = forged[1].hash;
    extra.hash = extra.expected_hash();
    forged.insert(2, extra);
    for (place, event) in forged.iter_mut().enumerate().skip(3) {
        event.seq = u64::try_from(place).unwrap() + 1;
    }
    victim.rewrite(&forged);
    assert_eq!(
        victim.verdict(&[]),
        "event 4 was changed: what it says does not match its hash"
    );
    for event in &mut forged[3..] {
        event.hash = event.expected_hash();
    }
    victim.rewrite(&forged);
    assert_eq!(
        victim.verdict(&[]),
        "event 4 does not follow from event 3: one of the two was replaced"
    );
}

#[test]
fn swap_and_new_numbers_are_found() {
    let swapped = after(
        "UPDATE event SET seq = 100 WHERE seq = 2; UPDATE event SET seq = 2 WHERE seq = 3; \
         UPDATE event SET seq = 3 WHERE seq = 100",
    );
    assert_eq!(
        swapped,
        "event 2 was changed: what it says does not match its hash"
    );
    assert_eq!(
        after("UPDATE event SET seq = seq + 1000"),
        "events 1 to 1000 are missing"
    );
    assert_eq!(
        after("DELETE FROM event WHERE seq = 1; UPDATE event SET seq = seq - 1"),
        "event 1 was changed: what it says does not match its hash"
    );
    // Hashed anew one by one, each fits its number and not its neighbour.
    let victim = Victim::new();
    let mut forged = victim.events();
    forged.swap(1, 2);
    for (place, event) in forged.iter_mut().enumerate() {
        event.seq = u64::try_from(place).unwrap() + 1;
        event.hash = event.expected_hash();
    }
    victim.rewrite(&forged);
    assert_eq!(
        victim.verdict(&[]),
        "event 2 does not follow from event 1: one of the two was replaced"
    );
}

#[test]
fn cut_end_is_found_by_a_kept_head_alone() {
    let victim = Victim::new();
    let kept = victim.head();
    assert_eq!(victim.verdict(&[kept]), "whole up to 6");
    victim
        .raw()
        .execute_batch("DELETE FROM event WHERE seq > 4")
        .unwrap();
    assert_eq!(victim.verdict(&[]), "whole up to 4");
    assert_eq!(
        victim.verdict(&[kept]),
        "the chain ends with event 4, and a head of event 6 was kept: its end was cut off"
    );
    // What is recorded afterwards takes the numbers, and not the hashes.
    apply(
        &*victim.store,
        40,
        &[add("carol"), add("dave"), add("erin")],
    );
    assert_eq!(victim.verdict(&[]), "whole up to 7");
    assert_eq!(
        victim.verdict(&[kept]),
        "event 6 is not the one whose head was kept: the chain was replaced up to it or before"
    );
    victim.raw().execute_batch("DELETE FROM event").unwrap();
    assert_eq!(victim.verdict(&[]), "whole up to 0");
    assert_eq!(
        victim.verdict(&[kept]),
        "the chain ends with event 0, and a head of event 6 was kept: its end was cut off"
    );
}

#[test]
fn chain_made_anew_is_found_by_a_kept_head_alone() {
    for edited in 0..6 {
        let victim = Victim::new();
        let kept: Vec<ChainHead> = victim.events().iter().map(ChainHead::of).collect();
        let mut forged = victim.events();
        forged[edited].user = "mallory".into();
        rehash(&mut forged, edited);
        victim.rewrite(&forged);
        assert_eq!(victim.verdict(&[]), "whole up to 6");
        let number = edited + 1;
        assert_eq!(
            victim.verdict(&kept),
            format!(
                "event {number} is not the one whose head was kept: the chain was replaced up to it or before"
            )
        );
        assert_eq!(
            victim.verdict(&kept[..edited]),
            "whole up to 6",
            "an earlier head tells nothing of later events"
        );
    }
}

#[test]
fn long_chain_is_read_once_and_a_thousand_events_at_a_time() {
    const LENGTH: u64 = 20_000;
    let mut start = Victim::new().events().remove(0);
    (start.seq, start.hash) = (0, CHAIN_START);
    let store = StubStore::new(StubAnswer::Chain(LENGTH, Box::new(Mutex::new(start))));
    let verdict = History::new(store.clone()).verify(&BTreeSet::new());
    assert!(
        matches!(verdict, Ok(Verdict::Whole(head)) if head.seq == LENGTH),
        "{verdict:?}"
    );
    assert_eq!(store.asked(), 21, "the last page is empty");
}

#[test]
fn older_copy_of_the_store_is_found_by_a_kept_head() {
    let victim = Victim::new();
    let checkpoint = "PRAGMA wal_checkpoint(TRUNCATE)";
    victim.raw().execute_batch(checkpoint).unwrap();
    let older = fs::read(&victim.path).unwrap();
    let first = victim.head();
    apply(&*victim.store, 40, &[add("carol")]);
    let second = victim.head();
    assert_eq!(victim.verdict(&[first, second]), "whole up to 7");
    put_in_place(&victim.path, &older);
    assert_eq!(victim.verdict(&[first]), "whole up to 6");
    assert_eq!(
        victim.verdict(&[first, second]),
        "the chain ends with event 6, and a head of event 7 was kept: its end was cut off"
    );
}

/// Replaces the store at `path` by one with `content`.
fn put_in_place(path: &Path, content: &[u8]) {
    let wal = path.with_extension("db-wal");
    let other = path.with_extension("other");
    fs::write(&other, content).unwrap();
    let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    fs::set_permissions(&other, private).unwrap();
    raw_checkpoint(path);
    fs::rename(&other, path).unwrap();
    assert_eq!(fs::metadata(wal).map_or(0, |wal| wal.len()), 0);
}

fn raw_checkpoint(path: &Path) {
    let connection = Connection::open(path).unwrap();
    connection
        .execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")
        .unwrap();
}
