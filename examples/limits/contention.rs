//! Many processes on one store: nobody is refused, nobody waits for long, and no revocation is seen late.

mod log;
mod register;
mod worker;

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use tokenctl::change::{Actor, Change, Mode};
use tokenctl::clock::{Clock as _, SystemClock};
use tokenctl::store::{Location, OpenOptions};
use tokenctl::user::UserName;

use self::log::{Act, Log, Name};
use self::register::{History, PLANTED, planted_faults_found};
use self::worker::Order;
pub(crate) use self::worker::{READER, WRITER};
use crate::claim::{Claim, Findings, Goal, Needs};
use crate::monotonic;
use crate::setting::Setting;

pub(crate) const CLAIM: Claim = Claim {
    name: "contention",
    says: "8 writers and 4 readers share a store: no error, no long wait, fair turns, and no revocation is seen late",
    needs: Needs::Nothing,
    run,
};

const WRITERS: u32 = 8;
const READERS: u32 = 4;

/// Who owns all the tokens.
const USER: &str = "alice";

/// From the start of the processes to the start of their work.
const START: Duration = Duration::from_millis(500);

const MEBIBYTE: f64 = (1 << 20) as f64;

fn run(setting: &Setting) -> anyhow::Result<Findings> {
    let (rounds, seconds): (u32, u64) = setting.scale.of((1, 8), (1, 60), (10, 60));
    let mut dice = setting.dice();
    let mut tally = Tally::default();
    for _ in 0..rounds {
        tally.round(Duration::from_secs(seconds), dice.roll())?;
    }
    let mut findings = tally.findings();
    findings.count("rounds", rounds);
    findings.count("seconds of each round", f64::from(u32::try_from(seconds)?));
    findings.measure(
        "faults that are found of 4 planted into histories",
        planted_faults_found(),
        Goal::AtLeast(PLANTED as f64),
    );
    findings.notes.push(
        "each process logs when each operation began and ended on CLOCK_MONOTONIC; for each token these must have an \
         order in which it goes from unknown to accepted to refused, once"
            .to_owned(),
    );
    Ok(findings)
}

/// What came out of all rounds.
#[derive(Default)]
struct Tally {
    busy: usize,
    errors: usize,
    first_errors: Vec<String>,
    /// How long each write took, in milliseconds.
    waits: Vec<f64>,
    /// The most commits of a writer over the least of another, in the least fair round.
    unfairness: f64,
    /// The fewest verifies of a reader in a round.
    least_reads: Option<usize>,
    largest_log: u64,
    log_after: u64,
    verifies: usize,
    overlapping: usize,
    tokens: usize,
    ended: usize,
    accepted_after_the_end: usize,
    accepted_after_a_refusal: usize,
    wrongly_refused: usize,
    replaced_by_nothing: usize,
    impossible: usize,
}

impl Tally {
    fn round(&mut self, length: Duration, seed: u64) -> anyhow::Result<()> {
        let directory = tempfile::tempdir()?;
        let store = directory.path().join("tokens.db");
        create(&store)?;
        let begin = monotonic::now() + u64::try_from(START.as_nanos())?;
        let end = begin + u64::try_from(length.as_nanos())?;
        let order = |log: PathBuf, number| Order {
            store: store.clone(),
            log,
            seed,
            number,
            writers: WRITERS,
            begin,
            end,
        };
        let mut children = Vec::new();
        let (mut writes, mut reads) = (Vec::new(), Vec::new());
        for (role, count, logs) in [
            (&WRITER, WRITERS, &mut writes),
            (&READER, READERS, &mut reads),
        ] {
            for number in 0..count {
                let log = directory.path().join(format!("{}-{number}", role.name));
                let arguments = order(log.clone(), number).arguments()?;
                children.push(role.command(arguments)?.spawn()?);
                logs.push(log);
            }
        }
        self.watch(children, &store)?;
        let read = |paths: &[PathBuf]| -> anyhow::Result<Vec<Log>> {
            paths.iter().map(|path| Log::read(path)).collect()
        };
        self.count(&read(&writes)?, &read(&reads)?);
        Ok(())
    }

    /// Waits for the processes, and looks at the write-ahead log meanwhile.
    fn watch(&mut self, mut children: Vec<Child>, store: &Path) -> anyhow::Result<()> {
        let log = store.with_extension("db-wal");
        // By `lstat`: who opens and closes a file of a store that is in use drops locks.
        let length = || fs::symlink_metadata(&log).map_or(0, |metadata| metadata.len());
        loop {
            self.largest_log = self.largest_log.max(length());
            let mut running = false;
            for child in &mut children {
                running |= child.try_wait()?.is_none();
            }
            if !running {
                break;
            }
            thread::sleep(Duration::from_millis(50));
        }
        self.log_after = self.log_after.max(length());
        for child in children {
            let output = child.wait_with_output()?;
            let said = String::from_utf8_lossy(&output.stderr);
            ensure!(output.status.success(), "a process failed: {said}");
        }
        Ok(())
    }

    fn count(&mut self, writers: &[Log], readers: &[Log]) {
        for error in writers.iter().chain(readers).flat_map(|log| &log.errors) {
            match error.contains("busy") {
                true => self.busy += 1,
                false => self.errors += 1,
            }
            if self.first_errors.len() < 5 {
                self.first_errors.push(error.clone());
            }
        }
        let commits = writers.iter().map(|log| log.entries.len() as f64);
        let most = commits.clone().fold(0.0, f64::max);
        let least = commits.fold(f64::INFINITY, f64::min);
        self.unfairness = self.unfairness.max(most / least.max(1.0));
        let reads = readers.iter().map(|log| log.entries.len());
        self.least_reads = reads.chain(self.least_reads).min();
        self.judge(&histories(writers), readers);
        for entry in writers.iter().flat_map(|log| &log.entries) {
            let nanoseconds = entry.span.end - entry.span.start;
            self.waits.push(nanoseconds as f64 / 1e6);
        }
    }

    fn judge(&mut self, written: &HashMap<Name, History>, readers: &[Log]) {
        let mut histories = written.clone();
        for entry in readers.iter().flat_map(|log| &log.entries) {
            if let Act::Verify(seen) = entry.act {
                let history = histories.entry(entry.token).or_default();
                self.overlapping += usize::from(history.verified(entry.span, seen));
                self.verifies += 1;
            }
        }
        for (name, history) in &histories {
            let wrongs = history.judge();
            self.accepted_after_the_end += usize::from(wrongs.accepted_after_the_end);
            self.accepted_after_a_refusal += usize::from(wrongs.accepted_after_a_refusal);
            self.wrongly_refused += wrongs.wrongly_refused;
            self.impossible += usize::from(wrongs.impossible);
            let successor = histories.get(&name.successor());
            if let Some(successor) = successor.filter(|_| !name.is_successor) {
                let nothing = history.was_replaced_by_nothing(successor);
                self.replaced_by_nothing += usize::from(nothing);
            }
        }
        self.tokens += histories.len();
        self.ended += written.values().filter(|it| it.has_ended()).count();
    }

    fn findings(mut self) -> Findings {
        let mut findings = Findings::default();
        self.waits.sort_by(f64::total_cmp);
        self.tell_of_waits(&mut findings);
        self.tell_of_history(&mut findings);
        let errors = self.first_errors.into_iter();
        findings
            .notes
            .extend(errors.map(|it| format!("error: {it}")));
        findings
    }

    fn tell_of_waits(&self, findings: &mut Findings) {
        let writes = self.waits.len();
        let share = |percent: usize| {
            let wait = self.waits.get(writes * percent / 100);
            wait.copied().unwrap_or(f64::MAX)
        };
        findings.count("writes", writes);
        for (name, count) in [
            ("writes and reads that found the store busy", self.busy),
            ("writes and reads with another error", self.errors),
        ] {
            findings.measure(name, count, Goal::NONE);
        }
        findings.count("ms within which half of the writes were done", share(50));
        findings.count("ms within which 99 % of the writes were done", share(99));
        let longest = self.waits.last().copied().unwrap_or(f64::MAX);
        findings.measure("ms of the longest write", longest, Goal::AtMost(2_000.0));
        findings.measure(
            "most commits of a writer over the least of another",
            self.unfairness,
            Goal::AtMost(4.0),
        );
        findings.measure(
            "verifies of the slowest reader",
            self.least_reads.unwrap_or_default(),
            Goal::AtLeast(1.0),
        );
        for (name, bytes) in [
            (
                "MiB of the write-ahead log at its largest",
                self.largest_log,
            ),
            ("MiB of the write-ahead log after", self.log_after),
        ] {
            findings.measure(name, bytes as f64 / MEBIBYTE, Goal::AtMost(64.0));
        }
    }

    fn tell_of_history(&self, findings: &mut Findings) {
        findings.count("operations checked", self.verifies + self.waits.len());
        findings.count("tokens checked", self.tokens);
        findings.measure(
            "tokens revoked or rotated out",
            self.ended,
            Goal::AtLeast(1.0),
        );
        findings.measure(
            "verifies beside the issue or the end of their token",
            self.overlapping,
            Goal::AtLeast(100.0),
        );
        for (name, count) in [
            (
                "tokens accepted after their revocation had ended",
                self.accepted_after_the_end,
            ),
            (
                "tokens accepted after they had been refused for good",
                self.accepted_after_a_refusal,
            ),
            (
                "refusals between the issue and the revocation",
                self.wrongly_refused,
            ),
            (
                "tokens rotated out before their successor was there",
                self.replaced_by_nothing,
            ),
            ("tokens whose history no order explains", self.impossible),
        ] {
            findings.measure(name, count, Goal::NONE);
        }
    }
}

fn create(path: &Path) -> anyhow::Result<()> {
    let location = Location::parse(path.to_str().context("not UTF-8")?)?;
    let store = location.create(OpenOptions::default())?;
    let name = UserName::parse(USER)?;
    let actor = Actor::named("limits");
    store.apply(
        &[Change::AddUser { name }],
        &actor,
        SystemClock.now(),
        Mode::Commit,
    )?;
    Ok(())
}

/// Returns when each token was issued and ended.
fn histories(writers: &[Log]) -> HashMap<Name, History> {
    let mut histories: HashMap<Name, History> = HashMap::new();
    for entry in writers.iter().flat_map(|log| &log.entries) {
        let history = histories.entry(entry.token).or_default();
        match entry.act {
            Act::Issue => history.issued(entry.span),
            Act::Revoke => history.ended(entry.span),
            Act::Rotate => {
                history.ended(entry.span);
                let successor = histories.entry(entry.token.successor()).or_default();
                successor.issued(entry.span);
            }
            Act::Verify(_) => {}
        }
    }
    histories
}
