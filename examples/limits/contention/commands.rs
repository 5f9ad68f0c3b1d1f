//! Commands that are started over and over beside a crowd: some issue, some verify, and one makes backups.

use std::path::PathBuf;
use std::process::Output;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use super::backups::{Backup, Histories, Tally};
use super::crowd::{Crowd, USER};
use super::register::Span;
use crate::attempt::{Faults, ending, succeed};
use crate::claim::{Findings, Goal};
use crate::monotonic;
use crate::sample::{SampleToken, verify};
use crate::setting::Setting;
use crate::threads::{held, joined};
use crate::waits::Waits;

/// How many loops issue, and how many verify.
const LOOPS: usize = 4;

const ISSUE: [&str; 3] = ["issue", USER, "--full-access"];

/// How often a backup begins.
const PERIOD: Duration = Duration::from_millis(200);

/// How `verify` ends for a token that was revoked.
const REVOKED: i32 = 12;

pub(super) fn run(setting: &Setting, seed: u64, findings: &mut Findings) -> anyhow::Result<()> {
    let (rounds, seconds): (u32, u64) = setting.scale.of((1, 3), (1, 60), (10, 60));
    let length = Duration::from_secs(seconds);
    let mut done = Done::default();
    let mut backups = Tally::default();
    for seed in (seed..).take(usize::try_from(rounds)?) {
        let mut crowd = Crowd::start(length, seed)?;
        let round = Round::prepare(setting, &crowd)?;
        crowd.wait_for_begin();
        let made = round.work(&mut done)?;
        let logs = crowd.finish()?;
        let mut histories = Histories::of(&logs.writers, seed)?;
        for (token, span) in held(&round.issued).iter() {
            histories.add(&token.id, *span)?;
        }
        backups.add(&made, histories)?;
        for error in logs.errors() {
            done.faults.add(|| error.clone());
        }
    }
    done.tell(findings);
    backups.tell(length * rounds, findings);
    Ok(())
}

/// What came of all rounds.
#[derive(Default)]
struct Done {
    issues: Waits,
    verifies: Waits,
    faults: Faults,
}

impl Done {
    fn tell(&self, findings: &mut Findings) {
        for (name, waits) in [("issue", &self.issues), ("verify", &self.verifies)] {
            let count = format!("`{name}` commands beside the writers and readers");
            findings.measure(count, waits.count(), Goal::AtLeast(1.0));
            for percent in [50, 99] {
                let name = format!("ms within which {percent} % of the `{name}` commands ended");
                findings.count(name, waits.within(percent));
            }
        }
        let name = "commands that ended otherwise than they should, and errors beside them";
        self.faults.tell(name, findings);
    }
}

/// The commands beside one crowd.
struct Round<'a> {
    setting: &'a Setting,
    store: PathBuf,
    end: u64,
    revoked: SampleToken,
    issued: Mutex<Vec<(SampleToken, Span)>>,
    faults: Mutex<Faults>,
}

impl<'a> Round<'a> {
    fn prepare(setting: &'a Setting, crowd: &Crowd) -> anyhow::Result<Self> {
        let store = crowd.store();
        let printed = succeed(setting.tokenctl(&store, &ISSUE))?;
        let revoked = SampleToken::of(&printed.stdout)?;
        succeed(setting.tokenctl(&store, &["revoke", &revoked.id, "--yes"]))?;
        Ok(Self {
            setting,
            store,
            end: crowd.end,
            revoked,
            issued: Mutex::default(),
            faults: Mutex::default(),
        })
    }

    /// Runs all loops to the end of the crowd, and returns the backups that were made.
    fn work(&self, done: &mut Done) -> anyhow::Result<Vec<Backup>> {
        thread::scope(|scope| {
            let issuing: Vec<_> = (0..LOOPS).map(|_| scope.spawn(|| self.issue())).collect();
            let verifying: Vec<_> = (0..LOOPS).map(|_| scope.spawn(|| self.verify())).collect();
            let backing_up = scope.spawn(|| self.back_up());
            for (loops, waits) in [(issuing, &mut done.issues), (verifying, &mut done.verifies)] {
                for one in loops {
                    waits.join(joined(one)?);
                }
            }
            joined(backing_up)
        })
    }

    fn issue(&self) -> anyhow::Result<Waits> {
        self.repeat(Duration::ZERO, |start| {
            let output = self.setting.tokenctl(&self.store, &ISSUE).output()?;
            let span = Span {
                start,
                end: monotonic::now(),
            };
            if output.status.success() {
                let token = SampleToken::of(&output.stdout)?;
                held(&self.issued).push((token, span));
            }
            Ok((output, 0))
        })
    }

    /// Verifies the token that was issued last and one that was revoked, in turn.
    fn verify(&self) -> anyhow::Result<Waits> {
        let mut number = 0_u32;
        self.repeat(Duration::ZERO, |_| {
            number += 1;
            let newest = held(&self.issued)
                .last()
                .map(|(token, _)| token.secret.clone());
            let (secret, expected) = match newest.filter(|_| number.is_multiple_of(2)) {
                Some(secret) => (secret, 0),
                None => (self.revoked.secret.clone(), REVOKED),
            };
            Ok((verify(self.setting, &self.store, &secret)?, expected))
        })
    }

    fn back_up(&self) -> anyhow::Result<Vec<Backup>> {
        let mut made = Vec::new();
        self.repeat(PERIOD, |start| {
            let path = self.store.with_file_name(format!("backup-{start}.db"));
            let arguments = ["backup", &path.to_string_lossy()];
            let output = self.setting.tokenctl(&self.store, &arguments).output()?;
            let end = monotonic::now();
            if output.status.success() {
                made.push(Backup {
                    path,
                    span: Span { start, end },
                });
            }
            Ok((output, 0))
        })?;
        Ok(made)
    }

    /// Runs a command each `period`, or as often as it goes, until the end. `command` is told when it starts, and
    /// returns how it has ended and how it should have.
    fn repeat(
        &self,
        period: Duration,
        mut command: impl FnMut(u64) -> anyhow::Result<(Output, i32)>,
    ) -> anyhow::Result<Waits> {
        let mut waits = Waits::default();
        loop {
            let start = monotonic::now();
            if start >= self.end {
                return Ok(waits);
            }
            let (output, expected) = command(start)?;
            let wait = Duration::from_nanos(monotonic::now() - start);
            waits.add(wait);
            if output.status.code() != Some(expected) {
                let said = String::from_utf8_lossy(&output.stderr);
                let how = || format!("{}: {}", ending(output.status), said.trim());
                held(&self.faults).add(how);
            }
            thread::sleep(period.saturating_sub(wait));
        }
    }
}
