//! Scanning a file with planted tokens, beside `grep -c` of their prefix over the same file in the same run.
//!
//! `cargo bench --bench scan` makes a file of 64 MiB; `TOKENCTL_SCAN_MIB=1024` asks for another size. One thread scans
//! it, everything planted must be found and nothing else, and the ratio of the medians of alternating rounds is
//! printed: machines drift, ratios of one run do not.

#[path = "common/repeatable.rs"]
mod repeatable;
#[path = "common/report.rs"]
mod report;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use tokenctl::format::{NewSecret, TokenFormats};
use tokenctl::scan::Scanner;
use tokenctl::token_id::TokenId;

use repeatable::Repeatable;

const PLANTED: u64 = 1_000;
const ROUNDS: usize = 5;
const MIB: u64 = 1024 * 1024;

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

    // The first round warms up.
    let (mut ours, mut greps, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let (lines, grep) = time(|| grep(&path));
        assert!(lines >= PLANTED, "grep finds each line with a token");
        let (found, scan) = time(|| scan(&path));
        assert!(
            found == planted,
            "all that was planted is found, and nothing else"
        );
        if round > 0 {
            ours.push(scan);
            greps.push(grep);
            ratios.push(scan / grep);
        }
    }
    let (ours, greps) = (median(ours), median(greps));
    let size = format!("{}MiB", size / MIB);
    let sides = format!(
        "scan on one thread {ours:.2} s, grep -c {greps:.2} s, {ROUNDS} rounds; {PLANTED} tokens planted, all found \
         and nothing else"
    );
    report::figure("scan", &size, ours, "s");
    report::ratio("scan/grep", &size, median(ratios), &sides);
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

/// Returns what `call` does, and the seconds that it takes.
fn time<T>(call: impl FnOnce() -> T) -> (T, f64) {
    let begun = Instant::now();
    let result = call();
    (result, begun.elapsed().as_secs_f64())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
