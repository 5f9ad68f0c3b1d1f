//! Scanning a file with planted tokens, beside `grep -c` of their prefix over the same file in the same run.
//!
//! `cargo bench --bench scan` makes a file of 64 MiB; `TOKENCTL_SCAN_MIB=1024` asks for another size. One thread scans
//! it, everything planted must be found and nothing else, and the ratio of the medians of alternating rounds is
//! printed: machines drift, ratios of one run do not.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tokenctl::entropy::{Entropy, EntropyError};
use tokenctl::format::{NewSecret, TokenFormats};
use tokenctl::scan::Scanner;
use tokenctl::token_id::TokenId;

const PLANTED: u64 = 1_000;
const ROUNDS: usize = 5;
const MIB: u64 = 1024 * 1024;

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

/// The tokens in the file, by their offset.
type Planted = BTreeMap<u64, String>;

fn main() {
    // `cargo test --benches` asks only whether it runs.
    let is_trial = std::env::args().any(|argument| argument == "--test");
    let asked = std::env::var("TOKENCTL_SCAN_MIB").ok();
    let asked = asked.map_or(64, |text| {
        text.parse().expect("TOKENCTL_SCAN_MIB is a number")
    });
    let size = if is_trial { MIB } else { asked * MIB };
    let directory = tempfile::tempdir().expect("a directory for the file");
    let path = directory.path().join("app.log");
    let planted = write_log(&path, size).expect("room for the file");
    assert_eq!(
        u64::try_from(planted.len()),
        Ok(PLANTED),
        "room for all tokens"
    );

    let (mut ours, mut greps) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let (lines, took) = time(|| grep(&path));
        assert!(lines >= PLANTED, "grep finds each line with a token");
        greps.push(took);
        let (found, took) = time(|| scan(&path));
        assert!(
            found == planted,
            "all that was planted is found, and nothing else"
        );
        ours.push(took);
    }
    let (ours, greps) = (median(ours), median(greps));
    let ratio = ours.as_secs_f64() / greps.as_secs_f64();
    let told = format!(
        "{} MiB, {PLANTED} tokens planted, all found and nothing else\n\
         scan, one thread {ours:>12.1?}\ngrep -c          {greps:>12.1?}\nratio            {ratio:>12.2}\n",
        size / MIB
    );
    io::stdout().write_all(told.as_bytes()).expect("stdout");
}

/// Writes a log of requests with ids, digests and near misses, and a token every now and then.
fn write_log(path: &Path, size: u64) -> io::Result<Planted> {
    let mut random = Repeatable(5);
    let mut planted = Planted::new();
    let mut file = BufWriter::with_capacity(1 << 20, File::create(path)?);
    let mut offset = 0;
    let mut number = 0_u64;
    while offset < size {
        let (one, two, three) = (random.next(), random.next(), random.next());
        let mut line = format!(
            "2031-05-04T03:02:01Z INFO request{{method=GET path=/api/review-requests/{}/ id={one:016x}}} \
             status=200 etag=\"{one:016x}{two:016x}{three:08x}\" took={}us",
            two % 10_000,
            three % 100_000
        );
        number += 1;
        if number.is_multiple_of(997) {
            line.push_str(" prefix=tkc_ masked=tkc_7gk2m9x4qd_[hidden]");
        }
        let count = u64::try_from(planted.len()).unwrap_or(u64::MAX);
        if count < PLANTED && offset >= size / PLANTED * count {
            line.push_str(" authorization=\"Bearer ");
            let token = token(&mut random);
            let before = u64::try_from(line.len()).unwrap_or(u64::MAX);
            line.push_str(&token);
            line.push('"');
            planted.insert(offset + before, token);
        }
        line.push('\n');
        file.write_all(line.as_bytes())?;
        offset += u64::try_from(line.len()).unwrap_or(u64::MAX);
    }
    file.flush()?;
    Ok(planted)
}

fn token(random: &mut Repeatable) -> String {
    let id = TokenId::generate(random).expect("it never fails");
    let secret = TokenFormats::default()
        .default_format()
        .generate(&NewSecret { id, prefix: None }, random)
        .expect("it never fails");
    secret.expose_secret().to_owned()
}

fn scan(path: &Path) -> Planted {
    let scanner = Scanner::new(&TokenFormats::default());
    let file = File::open(path).expect("the file that was written");
    let findings = scanner.scan(file).map(|finding| {
        let finding = finding.expect("the file can be read");
        (finding.offset, finding.secret.expose_secret().to_owned())
    });
    findings.collect()
}

fn grep(path: &Path) -> u64 {
    let output = Command::new("grep")
        .args(["-c", "tkc_"])
        .arg(path)
        .stdin(Stdio::null())
        .output()
        .expect("grep is installed");
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim().parse().expect("a count")
}

fn time<T>(call: impl FnOnce() -> T) -> (T, Duration) {
    let begun = Instant::now();
    let result = call();
    (result, begun.elapsed())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
