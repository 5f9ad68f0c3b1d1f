//! Stores with many tokens, filled by plain INSERTs of what the library would write.
//!
//! Which token has what is made from its number alone, so that a store that is there already can be used again: they
//! are kept in the directory that `TOKENCTL_BENCH_STORES` names, where it names one.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use rusqlite::{Connection, Statement, params};
use tokenctl::change::{Actor, Change, Mode};
use tokenctl::format::{NewSecret, TokenFormats};
use tokenctl::secret::TokenDigest;
use tokenctl::store::sqlite::SqliteStore;
use tokenctl::store::{OpenOptions, Store};
use tokenctl::token_id::TokenId;
use tokenctl::user::UserName;

use crate::kept;
use crate::repeatable::Repeatable;
use crate::sizes::Size;

/// The time at which the tokens are looked at, in Unix seconds. It is past, so that changes by the real clock are later.
const NOW: i64 = 1_750_000_000;
const YEAR: i64 = 365 * 86_400;
const USERS: u64 = 100;
/// The most tokens that are asked about.
const SAMPLES: u64 = 100_000;
const MISSES: u64 = 10_000;

/// What became of a token.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Life {
    Live,
    Expired,
    Suspended,
    Revoked,
    Rotated,
}

impl Life {
    const fn of(number: u64) -> Self {
        match number % 100 {
            0..10 => Self::Revoked,
            10..20 => Self::Expired,
            20 => Self::Suspended,
            21 => Self::Rotated,
            _ => Self::Live,
        }
    }
}

/// A header and the digest of the token in it.
pub(crate) struct Sample {
    pub(crate) header: String,
    pub(crate) digest: [u8; 32],
}

impl Sample {
    /// Returns the token in the header.
    pub(crate) fn token(&self) -> &str {
        self.header.trim_start_matches("Bearer ")
    }
}

/// Makes token `number`. Numbers that no store has are those of tokens that are unknown.
fn token(number: u64, formats: &TokenFormats) -> (TokenId, Sample) {
    let mut entropy = Repeatable(Repeatable(number).next());
    let id = TokenId::generate(&mut entropy).expect("never fails");
    let request = NewSecret { id, prefix: None };
    let secret = formats
        .default_format()
        .generate(&request, &mut entropy)
        .expect("has a prefix");
    let digest = TokenDigest::of(&secret);
    let sample = Sample {
        header: format!("Bearer {}", secret.expose_secret()),
        digest: digest.as_bytes().try_into().expect("is of SHA-256"),
    };
    (id, sample)
}

/// A store, and samples of its tokens in random order.
pub(crate) struct Filled {
    pub(crate) path: PathBuf,
    pub(crate) now: Timestamp,
    pub(crate) live: Vec<Sample>,
    pub(crate) revoked: Vec<Sample>,
    pub(crate) unknown: Vec<Sample>,
    /// Removed at the end, where the store is not kept.
    _directory: Option<tempfile::TempDir>,
}

impl Filled {
    /// Returns a store with `size` tokens, one that was kept if there is one.
    pub(crate) fn with(size: Size) -> Self {
        let kept = std::env::var_os("TOKENCTL_BENCH_STORES").map(PathBuf::from);
        let (directory, path) = match kept {
            None => {
                let directory = tempfile::tempdir().expect("there is room");
                let path = directory.path().join("tokens.db");
                (Some(directory), path)
            }
            Some(kept) => (None, kept::path_in(&kept, size)),
        };
        if !path.exists() {
            fill(&path, size);
        }
        let formats = TokenFormats::default();
        let step = (size.0 / SAMPLES).max(1);
        let is_sample = |number: u64| {
            Repeatable(number.rotate_left(32))
                .next()
                .is_multiple_of(step)
        };
        let samples = |life: Life| {
            (0..size.0)
                .filter(|number| Life::of(*number) == life && is_sample(*number))
                .map(|number| token(number, &formats).1)
                .collect()
        };
        Self {
            path,
            now: Timestamp::from_second(NOW).expect("is a time"),
            live: samples(Life::Live),
            revoked: samples(Life::Revoked),
            unknown: (size.0..size.0 + MISSES)
                .map(|number| token(number, &formats).1)
                .collect(),
            _directory: directory,
        }
    }

    /// Opens the store.
    /// Has the system hold the whole store in memory: the side that comes first would read each page for the others.
    pub(crate) fn warm(&self) {
        let mut store = File::open(&self.path).expect("is there");
        io::copy(&mut store, &mut io::sink()).expect("can be read");
    }

    pub(crate) fn open(&self) -> Arc<dyn Store> {
        open(&self.path)
    }

    /// Copies the store, to be changed.
    pub(crate) fn copy(&self) -> Copied {
        let beside = self.path.parent().expect("is a file");
        let directory = tempfile::tempdir_in(beside).expect("there is room");
        let path = directory.path().join("tokens.db");
        fs::copy(&self.path, &path).expect("there is room");
        settle(&path);
        Copied {
            store: open(&path),
            directory,
        }
    }
}

/// A store that may be changed, removed at the end.
pub(crate) struct Copied {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) directory: tempfile::TempDir,
}

fn open(path: &Path) -> Arc<dyn Store> {
    Arc::new(SqliteStore::open(path, OpenOptions::default()).expect("is a store"))
}

/// Makes a store at `path`, elsewhere until it is whole.
fn fill(path: &Path, size: Size) {
    let beside = path.parent().expect("is a file");
    let directory = tempfile::tempdir_in(beside).expect("there is room");
    let unfinished = directory.path().join("tokens.db");
    let store = SqliteStore::create(&unfinished, OpenOptions::default()).expect("nothing is there");
    let users: Vec<Change> = (0..USERS)
        .map(|number| Change::AddUser {
            name: UserName::parse(&format!("user{number}")).expect("follows the rule"),
        })
        .collect();
    let now = Timestamp::from_second(NOW).expect("is a time");
    store
        .apply(&users, &Actor::named("bench"), now, Mode::Commit)
        .expect("names are new");
    drop(store);

    let connection = Connection::open(&unfinished).expect("is a database");
    connection
        .execute_batch(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -6000000; BEGIN IMMEDIATE;",
        )
        .expect("nobody else writes");
    let mut rows = Rows::of(&connection);
    let formats = TokenFormats::default();
    for number in 0..size.0 {
        rows.insert(number, size, &formats);
    }
    drop(rows);
    connection
        .execute_batch("COMMIT; PRAGMA journal_mode = WAL;")
        .expect("there is room");
    // The last connection to close removes the log: one whole file is left.
    connection.close().expect("nothing is left to do");
    settle(&unfinished);
    fs::rename(&unfinished, path).expect("is on the same medium");
}

/// Waits until the medium has it, so that nothing is still written while others are measured.
fn settle(path: &Path) {
    let file = File::open(path).expect("is there");
    file.sync_all().expect("the medium takes it");
}

/// The statements that insert a token.
struct Rows<'c> {
    token: Statement<'c>,
    usage: Statement<'c>,
    label: Statement<'c>,
}

impl<'c> Rows<'c> {
    fn of(connection: &'c Connection) -> Self {
        let prepare = |sql| connection.prepare(sql).expect("fits the schema");
        Self {
            token: prepare(
                "INSERT INTO token (seq, id, digest, digest_kind, user, note, labels, generator, created_at, \
                 created_by, updated_at, expires_at, suspended_at, revoked_at, revoked_reason, policy, family, \
                 rotated_to, revision) \
                 VALUES (?1, ?2, ?3, 0, ?4, 'deploy key', ?5, ?6, ?7, 'bench', ?7, ?8, ?9, ?10, '', '{}', ?2, ?11, 1)",
            ),
            usage: prepare("INSERT INTO usage (token, at) VALUES (?1, ?2)"),
            label: prepare(
                "INSERT INTO token_label (key, value, token) VALUES ('env', 'prod', ?1)",
            ),
        }
    }

    fn insert(&mut self, number: u64, size: Size, formats: &TokenFormats) {
        let (id, sample) = token(number, formats);
        let random = Repeatable(!number).next();
        let within_a_year = i64::try_from(random % YEAR.unsigned_abs()).expect("is below a year");
        let life = Life::of(number);
        // Issued one after the other, within two years.
        let place = number as f64 / size.0 as f64;
        let created_at = NOW - 2 * YEAR + (place * 1.9 * YEAR as f64) as i64;
        let expires_at = match life {
            Life::Expired | Life::Rotated => Some(NOW - within_a_year / 100),
            _ if number.is_multiple_of(4) => None,
            _ => Some(NOW + 86_400 + within_a_year),
        };
        let at = |is_so: bool| is_so.then_some(NOW - within_a_year / 20);
        let is_labelled = number % 1_000 == 55;
        let is_of_old_format = number % 1_000 == 77;
        let seq = i64::try_from(number).expect("is far below") + 1;
        self.token
            .execute(params![
                seq,
                id.as_str(),
                sample.digest,
                i64::try_from(1 + random % USERS).expect("is small"),
                if is_labelled {
                    r#"{"env":"prod"}"#
                } else {
                    "{}"
                },
                if is_of_old_format {
                    "legacy_sha1"
                } else {
                    "tokenctl_v1"
                },
                created_at,
                expires_at,
                at(life == Life::Suspended),
                at(life == Life::Revoked),
                (life == Life::Rotated).then_some(id.as_str()),
            ])
            .expect("no two tokens collide");
        if random.is_multiple_of(2) {
            let used_at = NOW - within_a_year / 10;
            self.usage.execute([seq, used_at]).expect("is new");
        }
        if is_labelled {
            self.label.execute([seq]).expect("is new");
        }
    }
}
