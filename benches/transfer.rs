//! How long it takes to bring tokens in, beside plain INSERTs of the same rows, and how much memory.
//!
//! `TOKENCTL_BENCH_TOKENS=1000000 cargo bench --bench transfer` for the size that counts; 20,000 unless set. Each line is
//! seconds, the ratio to the INSERTs, and the peak of resident memory over what was resident before.

use std::fs::{self, File};
use std::hint::black_box;
use std::io::{BufReader, BufWriter, Write as _};
use std::path::Path;
use std::time::Instant;

use jiff::Timestamp;
use rusqlite::{Connection, params};
use sha2::{Digest as _, Sha256};
use tokenctl::change::{Actor, Mode};
use tokenctl::clock::{Clock as _, SystemClock};
use tokenctl::entropy::OsEntropy;
use tokenctl::record::{Record, TokenRecord};
use tokenctl::secret::{DigestKind, TokenDigest};
use tokenctl::store::sqlite::SqliteStore;
use tokenctl::store::{OpenOptions, Store};
use tokenctl::token::Owner;
use tokenctl::token_id::TokenId;
use tokenctl::transfer::lines::{Lines, Writer};
use tokenctl::transfer::{Faults, ImportOptions, Odd, Summary, Watcher, foreign_token, import};
use tokenctl::user::UserName;

/// How many users own the tokens.
const USERS: u64 = 1_000;

struct Silent;

impl Watcher for Silent {
    fn odd(&mut self, odd: &Odd) {
        black_box(odd);
    }

    fn progress(&mut self, items: u64) {
        black_box(items);
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let tokens: u64 = std::env::var("TOKENCTL_BENCH_TOKENS")
        .ok()
        .map_or(Ok(20_000), |text| text.parse())?;
    let directory = tempfile::tempdir()?;
    let lines = directory.path().join("tokens.jsonl");
    write_lines(&lines, tokens)?;

    let rows = directory.path().join("rows.db");
    let only_tokens = measure(|| insert(&rows, tokens, Rows::Tokens))?;
    let both = directory.path().join("both.db");
    let with_events = measure(|| insert(&both, tokens, Rows::TokensAndEvents))?;
    let store = directory.path().join("store.db");
    let first = measure(|| bring_in(&lines, &store, tokens, 0))?;
    let again = measure(|| bring_in(&lines, &store, 0, tokens))?;

    let mut out = std::io::stdout().lock();
    writeln!(out, "{tokens} tokens")?;
    for (name, measured) in [
        ("INSERT of tokens", &only_tokens),
        ("INSERT of tokens and events", &with_events),
        ("import", &first),
        ("import again", &again),
    ] {
        writeln!(
            out,
            "{name:28} {:8.2} s  {:5.2} x tokens  {:5.2} x tokens and events  {:6.1} MiB",
            measured.seconds,
            measured.seconds / only_tokens.seconds,
            measured.seconds / with_events.seconds,
            measured.mebibytes,
        )?;
    }
    Ok(())
}

/// What a piece of work took.
struct Measured {
    seconds: f64,
    mebibytes: f64,
}

fn measure(
    work: impl FnOnce() -> Result<(), Box<dyn std::error::Error>>,
) -> Result<Measured, Box<dyn std::error::Error>> {
    // proc(5): 5 sets the peak of resident memory to what is resident now.
    fs::write("/proc/self/clear_refs", "5")?;
    let before = peak()?;
    let started = Instant::now();
    work()?;
    Ok(Measured {
        seconds: started.elapsed().as_secs_f64(),
        mebibytes: (peak()? - before) / 1024.0,
    })
}

/// Returns the peak of resident memory in KiB.
fn peak() -> Result<f64, Box<dyn std::error::Error>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    Ok(number.ok_or("no peak is known")?.parse()?)
}

fn now() -> Timestamp {
    Timestamp::from_second(SystemClock.now().as_second()).unwrap_or_default()
}

/// Returns token `number`, the same each time.
fn record(number: u64) -> Option<TokenRecord> {
    let digest = Sha256::digest(number.to_be_bytes());
    let id: String = digest
        .iter()
        .take(TokenId::LENGTH)
        .filter_map(|byte| b"0123456789abcdefghjkmnpqrstvwxyz".get(usize::from(byte % 32)))
        .map(|byte| char::from(*byte))
        .collect();
    let id = TokenId::parse(&id).ok()?;
    let owner = Owner::new(UserName::verbatim(format!("user{}", number % USERS)), None);
    let digest = TokenDigest::stored(DigestKind::Sha256, digest.to_vec())?;
    let mut record = foreign_token(owner, digest, "tokenctl_v1", Timestamp::UNIX_EPOCH);
    (record.token.id, record.token.family) = (id, id);
    record.token.expires_at = Timestamp::from_second(4_000_000_000).ok();
    Some(record)
}

fn write_lines(path: &Path, tokens: u64) -> Result<(), Box<dyn std::error::Error>> {
    let mut writer = Writer::begin(BufWriter::new(File::create(path)?), now())?;
    for number in 0..tokens {
        let record = record(number).ok_or("no token could be made")?;
        writer.push(Record::Token(record))?;
    }
    writer.finish()?.1.flush()?;
    Ok(())
}

fn bring_in(
    lines: &Path,
    path: &Path,
    added: u64,
    known: u64,
) -> Result<(), Box<dyn std::error::Error>> {
    let options = OpenOptions::default();
    let store: Box<dyn Store> = Box::new(match path.exists() {
        true => SqliteStore::open(path, options)?,
        false => SqliteStore::create(path, options)?,
    });
    let summary: Summary = import(
        store.as_ref(),
        &mut Lines::new(BufReader::new(File::open(lines)?)),
        ImportOptions {
            faults: Faults::Stop,
            latest_end: None,
        },
        &mut Silent,
        &Actor::named("bench"),
        &mut OsEntropy,
        now(),
        Mode::Commit,
    )?;
    assert_eq!((summary.tokens_added, summary.tokens_known), (added, known));
    Ok(())
}

/// What is inserted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rows {
    Tokens,
    TokensAndEvents,
}

/// Inserts what an import writes, in one transaction and with the settings of the store.
fn insert(path: &Path, tokens: u64, rows: Rows) -> Result<(), Box<dyn std::error::Error>> {
    drop(SqliteStore::create(path, OpenOptions::default())?);
    let mut connection = Connection::open(path)?;
    connection.execute_batch(
        "PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA cell_size_check = ON; \
         PRAGMA cache_size = -65536; PRAGMA foreign_keys = ON;",
    )?;
    let transaction =
        connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    {
        let mut user = transaction.prepare(
            "INSERT INTO user (seq, name, created_at, updated_at) VALUES (?1, ?2, 0, 0)",
        )?;
        for number in 0..USERS.min(tokens) {
            user.execute(params![i64::try_from(number)? + 1, format!("user{number}")])?;
        }
        let mut token = transaction.prepare(
            "INSERT INTO token (id, digest, digest_kind, user, note, labels, generator, created_at, \
             created_by, updated_at, expires_at, revoked_reason, policy, family, revision) \
             VALUES (?1, ?2, 0, ?3, '', '{}', 'tokenctl_v1', 0, '', 0, 4000000000, '', '{}', ?1, 1)",
        )?;
        let mut event = transaction.prepare(
            "INSERT INTO event (seq, at, actor, action, user, token, details, previous_hash, hash) \
             VALUES (?1, 0, '{\"name\":\"bench\"}', 'token.imported', ?2, ?3, ?4, ?5, ?5)",
        )?;
        // As long as the one that an import writes.
        let details = "x".repeat(190);
        for number in 0..tokens {
            let record = record(number).ok_or("no token could be made")?;
            let owner = i64::try_from(number % USERS)? + 1;
            let id = record.token.id.as_str();
            token.execute(params![id, record.digest.as_bytes(), owner])?;
            if rows == Rows::TokensAndEvents {
                let place = i64::try_from(number)? + 1;
                let user = record.token.owner.name.as_str();
                let hash = record.digest.as_bytes();
                event.execute(params![place, user, id, details, hash])?;
            }
        }
    }
    transaction.commit()?;
    Ok(())
}
