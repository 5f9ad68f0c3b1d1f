//! What an observer is told, and when.

use std::sync::{Arc, Mutex, OnceLock, Weak};
use std::time::Duration;

use tokenctl::auth::usage::UsageLog;
use tokenctl::change::{Actor, Change, Event, Mode};
use tokenctl::observer::{DeadUse, Observer};
use tokenctl::outcome::{Outcome, OutcomeCode, Refusal};
use tokenctl::store::sqlite::SqliteStore;
use tokenctl::store::{OpenOptions, Store};

use crate::store::{add, at, events, id, issue, name, reason, revoke, token};

/// Keeps all that it is told, and looks into the store meanwhile.
#[derive(Default)]
struct Witness {
    store: OnceLock<Weak<SqliteStore>>,
    told: Mutex<Vec<Vec<Event>>>,
    uses: Mutex<Vec<DeadUse>>,
}

impl Witness {
    fn told(&self) -> Vec<Vec<Event>> {
        std::mem::take(&mut *self.told.lock().unwrap())
    }

    fn uses(&self) -> Vec<(u32, OutcomeCode, i64)> {
        let uses = std::mem::take(&mut *self.uses.lock().unwrap());
        let number = |used: &DeadUse| used.token.as_str().parse().unwrap();
        uses.iter()
            .map(|used| (number(used), used.code, used.at.as_second()))
            .collect()
    }
}

impl Observer for Witness {
    fn recorded(&self, events: &[Event]) {
        let store = self.store.get().unwrap().upgrade().unwrap();
        let last = events.last().unwrap();
        assert_eq!(
            store.readiness().unwrap().newest_event.as_ref(),
            Some(last),
            "it is there already, for everybody"
        );
        self.told.lock().unwrap().push(events.to_vec());
    }

    fn dead_token_used(&self, used: &DeadUse) {
        self.uses.lock().unwrap().push(used.clone());
    }
}

struct Scene {
    _directory: tempfile::TempDir,
    store: Arc<SqliteStore>,
    witness: Arc<Witness>,
}

fn observed(observer: Arc<dyn Observer>) -> (tempfile::TempDir, Arc<SqliteStore>) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("tokens.db");
    let mut options = OpenOptions::default();
    options.observer = Some(observer);
    options.writer_timeout = Duration::from_secs(5);
    let store = Arc::new(SqliteStore::create(&path, options).unwrap());
    (directory, store)
}

impl Scene {
    fn new() -> Self {
        let witness = Arc::new(Witness::default());
        let (directory, store) = observed(witness.clone());
        witness.store.set(Arc::downgrade(&store)).unwrap();
        Self {
            _directory: directory,
            store,
            witness,
        }
    }

    fn change(&self, mode: Mode, changes: &[Change]) -> bool {
        self.store
            .apply(changes, &Actor::named("tester"), at(10), mode)
            .is_ok()
    }
}

#[test]
fn observer_is_told_of_the_events_of_each_change_once_they_are_there() {
    let scene = Scene::new();
    assert!(scene.change(Mode::Commit, &[add("alice"), issue(1, "alice")]));
    assert!(scene.change(Mode::Commit, &[issue(2, "alice")]));
    assert!(scene.change(
        Mode::Commit,
        &[
            revoke(&[1], "leaked"),
            Change::DeleteUser {
                name: name("alice"),
                reason: reason("left"),
            },
        ]
    ));
    let told = scene.witness.told();
    let lengths: Vec<usize> = told.iter().map(Vec::len).collect();
    assert_eq!(lengths, [2, 1, 3]);
    assert_eq!(told.concat(), events(scene.store.as_ref()));
}

#[test]
fn observer_is_not_told_of_what_did_not_happen() {
    let scene = Scene::new();
    assert!(scene.change(
        Mode::Commit,
        &[add("alice"), issue(1, "alice"), revoke(&[1], "x")]
    ));
    scene.witness.told();
    assert!(scene.change(Mode::DryRun, &[add("bob"), issue(2, "bob")]));
    assert!(!scene.change(Mode::Commit, &[add("bob"), revoke(&[9], "no such token")]));
    assert!(scene.change(Mode::Commit, &[revoke(&[1], "revoked already")]));
    assert!(scene.change(Mode::Commit, &[]));
    scene.store.touch(&[(id(1), at(20))]).unwrap();
    assert_eq!(scene.witness.told(), [[]; 0]);
}

/// Panics at whatever it is told.
struct Faulty;

impl Observer for Faulty {
    fn recorded(&self, _: &[Event]) {
        panic!("an observer of a test panics");
    }

    fn dead_token_used(&self, _: &DeadUse) {
        panic!("an observer of a test panics");
    }
}

#[test]
fn panic_of_an_observer_takes_nothing_back() {
    let (_directory, store) = observed(Arc::new(Faulty));
    let change = |changes: &[Change]| {
        store
            .apply(changes, &Actor::named("tester"), at(10), Mode::Commit)
            .unwrap()
    };
    assert_eq!(change(&[add("alice"), issue(1, "alice")]).tokens.len(), 1);
    assert_eq!(change(&[revoke(&[1], "leaked")]).tokens.len(), 1);
    assert_eq!(token(store.as_ref(), 1).revoked_at, Some(at(10)));
    let log = UsageLog::new(store.clone(), 60).observed_by(Arc::new(Faulty));
    log.note(&refused(&store, 1, OutcomeCode::Revoked), at(11));
    log.flush().unwrap();
    log.flush().unwrap();
}

/// Makes a change of its own for each it is told of, once.
#[derive(Default)]
struct Meddler {
    store: OnceLock<Weak<SqliteStore>>,
}

impl Observer for Meddler {
    fn recorded(&self, events: &[Event]) {
        if events.iter().all(|event| event.action == "user.added") {
            return;
        }
        let store = self.store.get().unwrap().upgrade().unwrap();
        store
            .apply(
                &[add("audit")],
                &Actor::named("observer"),
                at(11),
                Mode::Commit,
            )
            .unwrap();
    }
}

#[test]
fn observer_may_change_the_store_itself() {
    let meddler = Arc::new(Meddler::default());
    let (_directory, store) = observed(meddler.clone());
    meddler.store.set(Arc::downgrade(&store)).unwrap();
    let changes = [add("alice"), issue(1, "alice")];
    store
        .apply(&changes, &Actor::named("tester"), at(10), Mode::Commit)
        .unwrap();
    assert_eq!(events(store.as_ref()).len(), 3);
}

/// Returns the refusal of token `number`.
fn refused(store: &SqliteStore, number: u32, code: OutcomeCode) -> Outcome {
    let mut refusal = Refusal::of(code);
    refusal.token = Some(Box::new(token(store, number)));
    Outcome::Refused(Box::new(refusal))
}

#[test]
fn uses_of_dead_tokens_are_told_once_within_the_resolution() {
    let scene = Scene::new();
    scene.change(
        Mode::Commit,
        &[add("alice"), issue(1, "alice"), issue(2, "alice")],
    );
    let log = UsageLog::new(scene.store.clone(), 60).observed_by(scene.witness.clone());
    let noted = |number, code, second| {
        log.note(&refused(&scene.store, number, code), at(second));
    };
    for second in [100, 101, 159] {
        noted(1, OutcomeCode::Expired, second);
    }
    noted(2, OutcomeCode::Rotated, 102);
    assert_eq!(scene.witness.uses(), [], "nothing before a flush");
    log.flush().unwrap();
    let first = [
        (1, OutcomeCode::Expired, 100),
        (2, OutcomeCode::Rotated, 102),
    ];
    assert_eq!(scene.witness.uses(), first);
    noted(1, OutcomeCode::Expired, 159);
    noted(2, OutcomeCode::Rotated, 161);
    log.flush().unwrap();
    assert_eq!(scene.witness.uses(), []);
    noted(1, OutcomeCode::Expired, 160);
    noted(1, OutcomeCode::Revoked, 161);
    noted(2, OutcomeCode::Rotated, 161);
    log.flush().unwrap();
    log.flush().unwrap();
    let again = [
        (1, OutcomeCode::Expired, 160),
        (1, OutcomeCode::Revoked, 161),
    ];
    assert_eq!(scene.witness.uses(), again);
}

#[test]
fn only_uses_of_dead_tokens_are_told() {
    let scene = Scene::new();
    scene.change(Mode::Commit, &[add("alice"), issue(1, "alice")]);
    let log = UsageLog::new(scene.store.clone(), 60).observed_by(scene.witness.clone());
    for code in OutcomeCode::ALL {
        log.note(&refused(&scene.store, 1, code), at(100));
        log.note(&Outcome::Refused(Box::new(Refusal::of(code))), at(100));
    }
    log.flush().unwrap();
    let mut told: Vec<_> = scene.witness.uses();
    told.sort_by_key(|(_, code, _)| code.as_str());
    let codes: Vec<&str> = told.iter().map(|(_, code, _)| code.as_str()).collect();
    assert_eq!(codes, ["expired", "revoked", "rotated", "suspended"]);
}
