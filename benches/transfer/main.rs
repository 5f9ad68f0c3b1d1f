//! How long it takes to bring tokens in and to write them out, beside plain INSERTs of the same rows and beside stepping
//! them, and how much memory.
//!
//! `TOKENCTL_BENCH_TOKENS=1000000 cargo bench --bench transfer` for the size that counts; 20,000 unless set. Memory is
//! that of a process that does one thing alone, beside one that does it with a tenth of the tokens.

#[path = "../common/report.rs"]
mod report;
mod yardstick;

use std::fs::{self, File};
use std::hint::black_box;
use std::io::{BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;
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
use tokenctl::transfer::store::{Extent, Records};
use tokenctl::transfer::{Faults, ImportOptions, Odd, Summary, Watcher, foreign_token, import};
use tokenctl::user::UserName;

use yardstick::{Rows, insert, step};

type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

/// How many users own the tokens.
const USERS: u64 = 1_000;
const ROUNDS: usize = 5;
/// Tells a process that does one thing alone what that is.
const PART: &str = "TOKENCTL_BENCH_PART";

struct Silent;

impl Watcher for Silent {
    fn odd(&mut self, odd: &Odd) {
        black_box(odd);
    }

    fn progress(&mut self, items: u64) {
        black_box(items);
    }
}

fn main() -> Fallible<()> {
    if let Ok(part) = std::env::var(PART) {
        return alone(&part);
    }
    let tokens: u64 = std::env::var("TOKENCTL_BENCH_TOKENS")
        .ok()
        .map_or(Ok(20_000), |text| text.parse())?;
    let directory = tempfile::tempdir()?;
    measure_time(directory.path(), tokens)?;
    measure_memory(directory.path(), tokens)
}

fn measure_time(directory: &Path, tokens: u64) -> Fallible<()> {
    let lines = directory.join("tokens.jsonl");
    write_lines(&lines, tokens)?;
    let [rows, both, store] = ["rows.db", "both.db", "store.db"].map(|name| directory.join(name));
    let only_tokens = time(|| insert(&rows, tokens, Rows::Tokens))?;
    let mut times = [const { Vec::new() }; 4];
    for _ in 0..ROUNDS {
        remove(&both)?;
        remove(&store)?;
        let of_round = [
            time(|| insert(&both, tokens, Rows::TokensAndEvents))?,
            time(|| bring_in(&lines, &store, tokens, 0))?,
            time(|| step(&store, tokens))?,
            time(|| write_out(&store))?,
        ];
        for (all, one) in times.iter_mut().zip(of_round) {
            all.push(one);
        }
    }
    let again = time(|| bring_in(&lines, &store, 0, tokens))?;
    let [inserts, imports, steps, exports] = &times;
    for (name, seconds) in [("insert-of-tokens", only_tokens), ("import-again", again)] {
        report::figure(name, tokens, seconds, "s");
    }
    for (name, work, yardstick, beside) in [
        ("import/insert", imports, inserts, "INSERT of the same rows"),
        ("export/step", exports, steps, "stepping the rows"),
    ] {
        let ratios = work
            .iter()
            .zip(yardstick)
            .map(|(work, yardstick)| work / yardstick);
        let sides = format!(
            "{:.2} s, {beside} {:.2} s, {ROUNDS} rounds",
            median(work.clone()),
            median(yardstick.clone())
        );
        report::ratio(name, tokens, median(ratios.collect()), &sides);
    }
    Ok(())
}

fn remove(store: &Path) -> Fallible<()> {
    for suffix in ["", "-wal", "-shm", ".lock"] {
        let mut name = store.as_os_str().to_owned();
        name.push(suffix);
        let path = PathBuf::from(name);
        if path.exists() {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

fn time(work: impl FnOnce() -> Fallible<()>) -> Fallible<f64> {
    let started = Instant::now();
    work()?;
    Ok(started.elapsed().as_secs_f64())
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn measure_memory(directory: &Path, tokens: u64) -> Fallible<()> {
    let mut peaks = [const { Vec::new() }; 2];
    for (size, name) in [(tokens / 10, "tenth"), (tokens, "whole")] {
        let lines = directory.join(format!("{name}.jsonl"));
        write_lines(&lines, size)?;
        for (part, peaks) in ["import", "export"].into_iter().zip(&mut peaks) {
            let output = Command::new(std::env::current_exe()?)
                .env(PART, part)
                .arg(&lines)
                .arg(directory.join(format!("{name}.db")))
                .arg(size.to_string())
                .stderr(Stdio::inherit())
                .output()?;
            let peak: f64 = String::from_utf8(output.stdout)?.trim().parse()?;
            peaks.push(peak / 1024.0);
        }
    }
    for (part, peaks) in ["import", "export"].into_iter().zip(&peaks) {
        let [tenth, whole] = peaks.as_slice() else {
            return Err("there are two sizes".into());
        };
        report::figure(&format!("{part}-memory"), tokens, *whole, "MiB");
        let sides =
            format!("peak {whole:.1} MiB, {tenth:.1} MiB with a tenth of the tokens, 1 run");
        report::ratio(
            &format!("{part}-memory/tenth"),
            tokens,
            whole / tenth,
            &sides,
        );
    }
    Ok(())
}

/// Does one thing in a process of its own, and tells the peak of its memory.
fn alone(part: &str) -> Fallible<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [lines, store, tokens] = arguments.as_slice() else {
        return Err("lines, a store and their number are expected".into());
    };
    match part {
        "import" => bring_in(Path::new(lines), Path::new(store), tokens.parse()?, 0)?,
        _ => write_out(Path::new(store))?,
    }
    writeln!(std::io::stdout(), "{}", peak()?)?;
    Ok(())
}

/// Returns the peak of resident memory in KiB.
fn peak() -> Fallible<u64> {
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
    let digest = TokenDigest::stored(DigestKind::Sha256, &digest)?;
    let mut record = foreign_token(owner, digest, "tokenctl_v1", Timestamp::UNIX_EPOCH);
    (record.token.id, record.token.family) = (id, id);
    record.token.expires_at = Timestamp::from_second(4_000_000_000).ok();
    Some(record)
}

fn write_lines(path: &Path, tokens: u64) -> Fallible<()> {
    let mut writer = Writer::begin(BufWriter::new(File::create(path)?), now())?;
    for number in 0..tokens {
        let record = record(number).ok_or("no token could be made")?;
        writer.push(Record::Token(record))?;
    }
    writer.finish()?.1.flush()?;
    Ok(())
}

fn bring_in(lines: &Path, path: &Path, added: u64, known: u64) -> Fallible<()> {
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

/// Writes the whole store out, to nowhere.
fn write_out(path: &Path) -> Fallible<()> {
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open(path, OpenOptions::default())?);
    let nowhere = BufWriter::new(File::create("/dev/null")?);
    let mut writer = Writer::begin(nowhere, now())?;
    for record in Records::of(store, Extent::Whole, now()) {
        writer.push(record?)?;
    }
    writer.finish()?.1.flush()?;
    Ok(())
}
