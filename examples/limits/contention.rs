//! Many processes on one store: nobody is refused, nobody waits for long, and no revocation is seen late.

mod backups;
mod commands;
mod crowd;
mod log;
pub(crate) mod register;
mod stalled;
mod worker;

use std::collections::HashMap;
use std::thread;
use std::time::Duration;

use self::crowd::{Crowd, Logs};
use self::log::{Act, Log, Name};
use self::register::{History, PLANTED, planted_faults_found};
pub(crate) use self::stalled::STALLED_READER;
pub(crate) use self::worker::{READER, WRITER};
use crate::claim::{Claim, Findings, Goal, Needs};
use crate::setting::{Scale, Setting};
use crate::waits::Waits;

pub(crate) const CLAIM: Claim = Claim {
    name: "contention",
    says: "8 writers and 4 readers share a store: no error, no long wait, fair turns, and no revocation is seen late",
    needs: Needs::Nothing,
    run,
};

/// How often the write-ahead log is looked at.
const LOOK: Duration = Duration::from_millis(50);

fn run(setting: &Setting) -> anyhow::Result<Findings> {
    let (rounds, seconds): (u32, u64) = setting.scale.of((1, 6), (1, 60), (10, 60));
    let mut dice = setting.dice();
    let mut tally = Tally::default();
    for _ in 0..rounds {
        tally.round(Duration::from_secs(seconds), dice.roll())?;
    }
    let mut findings = tally.findings(setting.scale);
    findings.count("rounds", rounds);
    findings.count("seconds of each round", f64::from(u32::try_from(seconds)?));
    stalled::run(setting, dice.roll(), &mut findings)?;
    commands::run(setting, dice.roll(), &mut findings)?;
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
    /// How long each write took.
    waits: Waits,
    /// The most commits of a writer over the least of another, in the least fair round.
    unfairness: f64,
    /// The fewest commits of a writer in a round.
    least_writes: Option<usize>,
    /// The fewest verifies of a reader in a round.
    least_reads: Option<usize>,
    /// In MiB.
    largest_log: f64,
    log_after: f64,
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
        let mut crowd = Crowd::start(length, seed)?;
        while crowd.is_at_work()? {
            self.largest_log = self.largest_log.max(crowd.log_length());
            thread::sleep(LOOK);
        }
        self.log_after = self.log_after.max(crowd.log_length());
        let logs = crowd.finish()?;
        self.count(&logs);
        Ok(())
    }

    fn count(&mut self, logs: &Logs) {
        for error in logs.errors() {
            match error.contains("busy") {
                true => self.busy += 1,
                false => self.errors += 1,
            }
            if self.first_errors.len() < 5 {
                self.first_errors.push(error.clone());
            }
        }
        let commits = logs.writers.iter().map(|log| log.entries.len());
        let most = commits.clone().max().unwrap_or_default();
        let least = commits.min().unwrap_or_default();
        self.unfairness = self.unfairness.max(most as f64 / least.max(1) as f64);
        self.least_writes = Some(least).into_iter().chain(self.least_writes).min();
        let reads = logs.readers.iter().map(|log| log.entries.len());
        self.least_reads = reads.chain(self.least_reads).min();
        self.judge(&histories(&logs.writers), &logs.readers);
        for entry in logs.writers.iter().flat_map(|log| &log.entries) {
            let nanoseconds = entry.span.end - entry.span.start;
            self.waits.add(Duration::from_nanos(nanoseconds));
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

    fn findings(self, scale: Scale) -> Findings {
        let mut findings = Findings::default();
        self.tell_of_waits(scale, &mut findings);
        self.tell_of_history(&mut findings);
        let errors = self.first_errors.into_iter();
        findings
            .notes
            .extend(errors.map(|it| format!("error: {it}")));
        findings
    }

    fn tell_of_waits(&self, scale: Scale, findings: &mut Findings) {
        findings.count("writes", self.waits.count());
        for (name, count) in [
            ("writes and reads that found the store busy", self.busy),
            ("writes and reads with another error", self.errors),
        ] {
            findings.measure(name, count, Goal::NONE);
        }
        let half = "ms within which half of the writes were done";
        findings.count(half, self.waits.within(50));
        for (name, value, most) in [
            (
                "ms within which 99 % of the writes were done",
                self.waits.within(99),
                150.0,
            ),
            ("ms of the longest write", self.waits.longest(), 2_000.0),
            (
                "most commits of a writer over the least of another",
                self.unfairness,
                4.0,
            ),
        ] {
            findings.time(scale, name, value, most);
        }
        findings.measure(
            "commits of the slowest writer",
            self.least_writes.unwrap_or_default(),
            Goal::AtLeast(1.0),
        );
        findings.measure(
            "verifies of the slowest reader",
            self.least_reads.unwrap_or_default(),
            Goal::AtLeast(1.0),
        );
        for (name, mebibytes) in [
            (
                "MiB of the write-ahead log at its largest",
                self.largest_log,
            ),
            ("MiB of the write-ahead log after", self.log_after),
        ] {
            findings.measure(name, mebibytes, Goal::AtMost(64.0));
        }
    }

    fn tell_of_history(&self, findings: &mut Findings) {
        findings.count("operations checked", self.verifies + self.waits.count());
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
