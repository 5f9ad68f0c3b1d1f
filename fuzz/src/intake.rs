//! Imports into a store that holds something already, and what has to hold after each of them.

use std::collections::BTreeSet;
use std::fs::OpenOptions as FileOptions;
use std::io::Write as _;
use std::ops::ControlFlow;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use jiff::Timestamp;
use tempfile::TempDir;
use tokenctl::change::{Actor, Change, Mode, Target};
use tokenctl::record::{TokenRecord, Tombstone, UserRecord};
use tokenctl::selector::Selector;
use tokenctl::store::care::Severity;
use tokenctl::store::{Location, OpenOptions, Store};
use tokenctl::text::FreeText;
use tokenctl::transfer::database::Database;
use tokenctl::transfer::{
    self, Faults, ImportError, ImportOptions, Odd, Source, Summary, Watcher, drf,
};

use crate::{Scene, Seeded};

/// When imports happen, in seconds: between the ends of the tokens in the databases of the tests.
const LATER: i64 = 1_767_225_600;

/// More than there is in any store here.
const ALL: usize = 1_000_000;

/// Returns when imports happen.
pub fn later() -> Timestamp {
    Timestamp::from_second(LATER).unwrap()
}

/// What an import goes into: the store of a [`Scene`], into which the tokens of the tests' drf have come before. The
/// first of them has been revoked since, and the last removed.
#[derive(Debug)]
pub struct Destination {
    file: Vec<u8>,
    directory: TempDir,
}

impl Default for Destination {
    fn default() -> Self {
        let scene = Scene::new("{}");
        let source = scene.path.with_file_name("drf.db");
        make_database("drf", &source);
        let database = Database::open(&source, &std::env::temp_dir()).unwrap();
        let mut source = drf::read(database, later()).unwrap();
        import(
            scene.store.as_ref(),
            source.as_mut(),
            Faults::Stop,
            Mode::Commit,
        )
        .unwrap();
        let tokens = Content::of(scene.store.as_ref()).tokens;
        let ids: Vec<_> = tokens[tokens.len() - 4..]
            .iter()
            .map(|record| record.token.id)
            .collect();
        let changes = [
            Change::Revoke {
                tokens: Target::Ids(vec![ids[0], ids[3]]),
                reason: FreeText::parse("leaked").unwrap(),
            },
            Change::Prune {
                tokens: Target::Ids(vec![ids[3]]),
                dead_by: later(),
            },
        ];
        let applied = scene.store.apply(&changes, &actor(), later(), Mode::Commit);
        applied.unwrap();
        Self {
            file: scene.into_file().1,
            directory: tempfile::tempdir().unwrap(),
        }
    }
}

impl Destination {
    /// Imports what `open` opens: as a dry run, with nothing left out, with what is bad left out, and once more.
    ///
    /// A dry run and an import that fails change nothing; what the dry run tells is what happens; a second import adds
    /// nothing. What is dead stays so, what was removed stays away, and no other token is good than those that were
    /// before, and those of which `may_live` says that the source has them so.
    pub fn take_in(
        &self,
        open: &dyn Fn() -> Option<Box<dyn Source>>,
        may_live: &dyn Fn(&Content, &TokenRecord) -> bool,
    ) {
        let Some(mut source) = open() else {
            return;
        };
        let directory = tempfile::tempdir_in(self.directory.path()).unwrap();
        let path = directory.path().join("tokens.db");
        write(&path, &self.file);
        let location = Location::parse(path.to_str().unwrap()).unwrap();
        let store = location.open(OpenOptions::default()).unwrap();
        let before = Content::of(store.as_ref());

        let told = import(
            store.as_ref(),
            source.as_mut(),
            Faults::LeaveOut,
            Mode::DryRun,
        );
        assert_eq!(Content::of(store.as_ref()), before);
        let again = |faults| {
            let mut source = open().unwrap();
            import(store.as_ref(), source.as_mut(), faults, Mode::Commit)
        };
        let mut done = again(Faults::Stop);
        if done.is_err() {
            assert_eq!(Content::of(store.as_ref()), before);
            done = again(Faults::LeaveOut);
        }
        assert_eq!(told.as_ref().ok(), done.as_ref().ok());
        let after = Content::of(store.as_ref());
        match done {
            Err(_) => assert_eq!(after, before),
            Ok(_) => {
                before.check_dead(&after, may_live);
                let summary = again(Faults::LeaveOut).unwrap();
                assert_eq!((summary.users_added, summary.tokens_added), (0, 0));
                before.check_dead(&Content::of(store.as_ref()), may_live);
            }
        }
        drop(store);
        check_whole(&location);
    }
}

/// All that is in a store.
#[derive(Debug, PartialEq, Eq)]
pub struct Content {
    pub users: Vec<UserRecord>,
    pub tokens: Vec<TokenRecord>,
    pub tombstones: Vec<Tombstone>,
}

impl Content {
    fn of(store: &dyn Store) -> Self {
        let tokens = store.export_tokens(&Selector::default(), None, later(), ALL);
        Self {
            users: store.export_users(None, ALL).unwrap(),
            tokens: tokens
                .unwrap()
                .into_iter()
                .map(|(_, record)| record)
                .collect(),
            tombstones: store.export_tombstones(None, ALL).unwrap(),
        }
    }

    fn check_dead(&self, after: &Self, may_live: &dyn Fn(&Self, &TokenRecord) -> bool) {
        let removed: BTreeSet<_> = self
            .tombstones
            .iter()
            .map(|left| left.digest.to_text())
            .collect();
        for record in &after.tokens {
            assert!(!removed.contains(&record.digest.to_text()), "{record:?}");
            if !is_live(record) {
                continue;
            }
            let known = self
                .tokens
                .iter()
                .find(|known| known.token.id == record.token.id);
            match known {
                Some(known) => assert!(is_live(known), "{record:?}"),
                None => assert!(may_live(self, record), "{record:?}"),
            }
        }
    }
}

/// Says whether a token is good, in the plainest way.
fn is_live(record: &TokenRecord) -> bool {
    let token = &record.token;
    token.revoked_at.is_none()
        && token.suspended_at.is_none()
        && token.owner.disabled_at.is_none()
        && token.expires_at.is_none_or(|end| end > later())
}

/// Makes a database as the tests have it of `system`.
pub fn make_database(system: &str, path: &Path) {
    let root = env!("CARGO_MANIFEST_DIR");
    let sql = std::fs::read_to_string(format!("{root}/../tests/fixtures/{system}.sql")).unwrap();
    let connection = rusqlite::Connection::open(path).unwrap();
    connection.execute_batch(&sql).unwrap();
    connection.close().unwrap();
}

/// Makes the file of a store or of another database, which nobody else may read.
pub fn write(path: &Path, bytes: &[u8]) {
    let mut options = FileOptions::new();
    let options = options.write(true).create_new(true).mode(0o600);
    options.open(path).unwrap().write_all(bytes).unwrap();
}

fn import(
    store: &dyn Store,
    source: &mut dyn Source,
    faults: Faults,
    mode: Mode,
) -> Result<Summary, ImportError> {
    let options = ImportOptions {
        faults,
        latest_end: Some(later()),
    };
    let mut entropy = Seeded(2);
    transfer::import(
        store,
        source,
        options,
        &mut Telling,
        &actor(),
        &mut entropy,
        later(),
        mode,
    )
}

/// Says in words what is odd, as the command does.
struct Telling;

impl Watcher for Telling {
    fn odd(&mut self, odd: &Odd) {
        assert!(!odd.to_string().is_empty());
    }

    fn progress(&mut self, _: u64) {}
}

fn check_whole(location: &Location) {
    let options = OpenOptions::default();
    let found = location
        .check(&options, later(), &mut |_| ControlFlow::Continue(()))
        .unwrap();
    assert!(found.worst() < Some(Severity::Damaged), "{found:?}");
}

fn actor() -> Actor {
    Actor::named("fuzz")
}
