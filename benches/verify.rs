//! Verifying a token, beside a raw prepared lookup of the same row in the same run.
//!
//! `cargo bench --bench verify` prints criterion's figures, and then a ratio for each size and each raw statement from
//! the medians of alternating rounds: machines drift, ratios of one run do not.

use std::fmt::Write as _;
use std::hint::black_box;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput};
use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags, Statement, params};
use tokenctl::auth::Authenticator;
use tokenctl::auth::request::RequestHead;
use tokenctl::auth::session::MemorySession;
use tokenctl::change::{Actor, Change, Mode};
use tokenctl::clock::{Clock as _, SystemClock};
use tokenctl::entropy::{Entropy, EntropyError};
use tokenctl::format::{NewSecret, TokenFormats};
use tokenctl::outcome::OutcomeCode;
use tokenctl::secret::TokenDigest;
use tokenctl::store::sqlite::SqliteStore;
use tokenctl::store::{OpenOptions, Store};
use tokenctl::token_id::TokenId;
use tokenctl::user::UserName;

const SIZES: [(i64, &str); 2] = [(10_000, "10k"), (1_000_000, "1M")];
const USERS: i64 = 100;
/// One token in so many is revoked.
const REVOKED: i64 = 10;
/// The most tokens that are asked about.
const SAMPLES: i64 = 100_000;
const ROUNDS: usize = 9;
const ROUND: usize = 20_000;

/// The least that a verifier could read.
const RAW_ROW: &str = "SELECT id, user, expires_at, suspended_at, revoked_at, rotated_to, policy, networks, digest \
     FROM token WHERE digest = ?1 AND digest_kind = 0";

/// The whole record that a login is given: every column, with the owner and the last use.
const RAW_RECORD: &str = "SELECT t.id, u.name, u.disabled_at, u.deleted_at, t.note, t.labels, t.generator, t.created_at, \
     t.created_by, t.updated_at, t.expires_at, g.at, t.suspended_at, t.revoked_at, t.revoked_reason, t.policy, \
     t.networks, t.family, t.rotated_to, t.revision, t.digest \
     FROM token AS t JOIN user AS u ON u.seq = t.user LEFT JOIN usage AS g ON g.token = t.seq \
     WHERE t.digest = ?1 AND t.digest_kind = 0";

/// Repeatable, and good for nothing but a benchmark (SplitMix64).
struct Repeatable(u64);

impl Repeatable {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }
}

impl Entropy for Repeatable {
    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), EntropyError> {
        for chunk in buffer.chunks_mut(8) {
            for (target, byte) in chunk.iter_mut().zip(self.next().to_le_bytes()) {
                *target = byte;
            }
        }
        Ok(())
    }
}

/// A header and the digest of the token in it.
struct Sample {
    header: String,
    digest: [u8; 32],
}

/// Samples that are taken one after the other; they are in random order.
struct Cycle<'a> {
    samples: &'a [Sample],
    at: usize,
}

impl<'a> Cycle<'a> {
    fn of(samples: &'a [Sample]) -> Self {
        Self { samples, at: 0 }
    }

    fn next(&mut self) -> &'a Sample {
        self.at = (self.at + 1) % self.samples.len();
        self.samples.get(self.at).expect("reduced to the length")
    }
}

struct Filled {
    directory: tempfile::TempDir,
    authenticator: Authenticator,
    now: Timestamp,
    hits: Vec<Sample>,
    revoked: Vec<Sample>,
    misses: Vec<Sample>,
    malformed: Vec<Sample>,
}

impl Filled {
    fn check(&self, sample: &Sample) -> OutcomeCode {
        let head = RequestHead::new()
            .authorization(sample.header.as_bytes())
            .method("GET");
        self.authenticator
            .check_login(&head, &mut MemorySession::default(), self.now)
            .expect("the store can tell")
            .code()
    }
}

fn sample(entropy: &mut Repeatable, formats: &TokenFormats) -> (TokenId, Sample) {
    let id = TokenId::generate(entropy).expect("never fails");
    let request = NewSecret { id, prefix: None };
    let secret = formats
        .default_format()
        .generate(&request, entropy)
        .expect("has a prefix");
    let digest = TokenDigest::of(&secret);
    let sample = Sample {
        header: format!("Bearer {}", secret.expose_secret()),
        digest: digest.as_bytes().try_into().expect("is of SHA-256"),
    };
    (id, sample)
}

/// Makes a store with `size` tokens, filled by plain INSERTs of what the library would write.
fn fill(size: i64) -> Filled {
    let directory = tempfile::tempdir().expect("there is room");
    let path = directory.path().join("tokens.db");
    let store = SqliteStore::create(&path, OpenOptions::default()).expect("nothing is there");
    let now = SystemClock.now();
    let users: Vec<Change> = (0..USERS)
        .map(|number| Change::AddUser {
            name: UserName::parse(&format!("user{number}")).expect("follows the rule"),
        })
        .collect();
    store
        .apply(&users, &Actor::named("bench"), now, Mode::Commit)
        .expect("names are new");

    let formats = TokenFormats::default();
    let mut entropy = Repeatable(size.unsigned_abs());
    let (mut hits, mut revoked) = (Vec::new(), Vec::new());
    let connection = Connection::open(&path).expect("is a database");
    connection
        .execute_batch("PRAGMA synchronous = OFF; PRAGMA cache_size = -400000; BEGIN IMMEDIATE;")
        .expect("nobody else writes");
    {
        let mut insert = connection
            .prepare(
                "INSERT INTO token (id, digest, digest_kind, user, note, labels, generator, created_at, created_by, \
                 updated_at, expires_at, revoked_at, revoked_reason, policy, family, revision) \
                 VALUES (?1, ?2, 0, ?3, 'deploy key', '{}', 'tokenctl_v1', ?4, 'bench', ?4, ?5, ?6, '', '{}', ?1, 1)",
            )
            .expect("fits the schema");
        for number in 0..size {
            let (id, sample) = sample(&mut entropy, &formats);
            let is_revoked = number % REVOKED == 0;
            insert
                .execute(params![
                    id.as_str(),
                    sample.digest,
                    1 + number % USERS,
                    now.as_second(),
                    now.as_second() + 86_400,
                    is_revoked.then_some(now.as_second()),
                ])
                .expect("no two tokens collide");
            if number % (size / SAMPLES).max(1) < 2 {
                let kept = if is_revoked { &mut revoked } else { &mut hits };
                kept.push(sample);
            }
        }
    }
    connection
        .execute_batch("COMMIT; PRAGMA wal_checkpoint(TRUNCATE);")
        .expect("there is room");
    let misses: Vec<Sample> = (0..10_000)
        .map(|_| sample(&mut entropy, &formats).1)
        .collect();
    let malformed = misses
        .iter()
        .map(|miss| Sample {
            header: miss.header.replace("tkc_", "tkc_0"),
            digest: miss.digest,
        })
        .collect();
    let store: Arc<dyn Store> = Arc::new(store);
    let filled = Filled {
        directory,
        authenticator: Authenticator::over(store),
        now,
        hits,
        revoked,
        misses,
        malformed,
    };
    for (samples, code) in filled.kinds().map(|(_, samples, code)| (samples, code)) {
        assert!(
            samples
                .iter()
                .take(100)
                .all(|one| filled.check(one) == code)
        );
    }
    filled
}

impl Filled {
    fn kinds(&self) -> impl Iterator<Item = (&'static str, &[Sample], OutcomeCode)> {
        [
            ("hit", self.hits.as_slice(), OutcomeCode::Accepted),
            ("miss", self.misses.as_slice(), OutcomeCode::Unknown),
            (
                "malformed",
                self.malformed.as_slice(),
                OutcomeCode::Malformed,
            ),
            ("revoked", self.revoked.as_slice(), OutcomeCode::Revoked),
        ]
        .into_iter()
    }
}

fn open_raw(path: &Path) -> Connection {
    Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )
    .expect("is a database")
}

/// Looks a row up and reads each column of it, copying nothing.
fn look_up(statement: &mut Statement<'_>, sample: &Sample) -> bool {
    let columns = statement.column_count();
    let mut rows = statement.query([&sample.digest]).expect("can be read");
    let Some(row) = rows.next().expect("can be read") else {
        return false;
    };
    for column in 0..columns {
        black_box(row.get_ref(column).expect("is a column"));
    }
    true
}

/// Returns the time of one call in a round of many.
fn time(mut call: impl FnMut()) -> f64 {
    let start = Instant::now();
    for _ in 0..ROUND {
        call();
    }
    start.elapsed().as_secs_f64() * 1e6 / ROUND as f64
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// Measures verify and the raw statements in turn, so that a drift of the machine hits all of them.
fn ratios(filled: &Filled, size: &str, report: &mut String) {
    let connection = open_raw(&filled.directory.path().join("tokens.db"));
    // The store's own connections check each page that they load.
    let guarded = open_raw(&filled.directory.path().join("tokens.db"));
    guarded
        .pragma_update(None, "cell_size_check", true)
        .expect("is a setting");
    let mut row = connection.prepare(RAW_ROW).expect("fits the schema");
    let mut record = guarded.prepare(RAW_RECORD).expect("fits the schema");
    for (kind, samples, code) in filled.kinds().filter(|(kind, ..)| *kind != "malformed") {
        let (mut verify_times, mut row_times, mut record_times) =
            (Vec::new(), Vec::new(), Vec::new());
        let mut samples = Cycle::of(samples);
        for round in 0..=ROUNDS {
            let verify = time(|| assert_eq!(filled.check(samples.next()), code));
            let found = code != OutcomeCode::Unknown;
            let raw_row = time(|| assert_eq!(look_up(&mut row, samples.next()), found));
            let raw_record = time(|| assert_eq!(look_up(&mut record, samples.next()), found));
            // The first round warms up.
            if round > 0 {
                verify_times.push(verify);
                row_times.push(raw_row);
                record_times.push(raw_record);
            }
        }
        let verify = median(verify_times);
        for (name, times) in [("row", row_times), ("record", record_times)] {
            let raw = median(times);
            let ratio = verify / raw;
            writeln!(
                report,
                "ratio {kind} {size}: {ratio:.2} (verify {verify:.2} us, raw {name} {raw:.2} us, {ROUNDS} rounds)"
            )
            .expect("a string takes it");
        }
    }
}

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .configure_from_args();
    let is_measured =
        !std::env::args().any(|argument| argument == "--test" || argument == "--list");
    let mut report = String::new();
    for (size, name) in SIZES {
        let filled = fill(size);
        let mut group = criterion.benchmark_group(format!("verify {name}"));
        group.throughput(Throughput::Elements(1));
        for (kind, samples, _) in filled.kinds() {
            let mut samples = Cycle::of(samples);
            group.bench_function(kind, |bencher| {
                bencher.iter(|| filled.check(samples.next()));
            });
        }
        let connection = open_raw(&filled.directory.path().join("tokens.db"));
        for (kind, sql) in [("raw row", RAW_ROW), ("raw record", RAW_RECORD)] {
            let mut statement = connection.prepare(sql).expect("fits the schema");
            let mut samples = Cycle::of(&filled.hits);
            group.bench_function(kind, |bencher| {
                bencher.iter(|| look_up(&mut statement, samples.next()));
            });
        }
        group.finish();
        if is_measured {
            ratios(&filled, name, &mut report);
        }
    }
    criterion.final_summary();
    std::io::stdout()
        .write_all(report.as_bytes())
        .expect("standard output takes it");
}
