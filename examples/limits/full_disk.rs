//! No room: a full medium, and a limit on the size of files.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;

use crate::claim::{Claim, Findings, Goal, Needs};
use crate::mount::{Mount, NotMounted};
use crate::sample::{self, Sample, SampleToken};
use crate::setting::{Scale, Setting};
use crate::trial::limit::{Limit, Resource};
use crate::trial::{Company, Ending, Hindrance, Known, Trial, try_all, verb};
use crate::trouble::{Stderr, Tally, Trouble};

pub(crate) const CLAIM: Claim = Claim {
    name: "full-disk",
    says: "without room on the medium or in a file, a command ends by its contract and nothing is lost",
    needs: Needs::Nothing,
    run,
};

fn run(setting: &Setting) -> anyhow::Result<Findings> {
    let sample = Sample::make(setting)?;
    let mut findings = Findings::default();
    let mut tally = Tally::default();
    for kibibytes in [64, 1_024, 2_048] {
        let root = tempfile::tempdir()?;
        match Mount::memory(root.path(), kibibytes) {
            Ok(medium) if kibibytes < 128 => too_small(setting, &medium, &mut tally)?,
            Ok(medium) => {
                let filling = Filling {
                    setting,
                    sample: &sample,
                    medium: &medium,
                };
                filling.run(kibibytes, &mut findings, &mut tally)?;
            }
            Err(NotMounted(why)) => findings
                .skipped
                .push(format!("a medium of {kibibytes} KiB: {why}")),
        }
    }
    under_limits(setting, &sample, &mut findings, &mut tally)?;
    tally.report(&Trouble::ALL, &mut findings);
    Ok(findings)
}

/// On a medium that not even an empty store fits on, none is made.
fn too_small(setting: &Setting, medium: &Mount, tally: &mut Tally) -> anyhow::Result<()> {
    let output = setting
        .tokenctl(&medium.path().join("tokens.db"), &["init"])
        .output()?;
    tally.judge("init where it does not fit", &output, &[], Stderr::Works);
    if output.status.code() != Some(26) {
        tally.add(
            Trouble::BadEnding,
            format!("init where it does not fit: {}", output.status),
        );
    }
    for entry in fs::read_dir(medium.path())? {
        tally.add(Trouble::Litter, entry?.path().display());
    }
    Ok(())
}

/// A medium that is filled with tokens.
struct Filling<'a> {
    setting: &'a Setting,
    sample: &'a Sample,
    medium: &'a Mount,
}

impl Filling<'_> {
    fn run(
        &self,
        kibibytes: u64,
        findings: &mut Findings,
        tally: &mut Tally,
    ) -> anyhow::Result<()> {
        let store = self.sample.place(self.medium.path())?;
        if self.setting.scale == Scale::Quick {
            // Nobody waits for a thousand tokens: most of the room is taken by something else.
            let taken = usize::try_from((kibibytes - 448) * 1_024)?;
            fs::write(self.medium.path().join("filler"), vec![0; taken])?;
        }
        let tokens = self.issue_until_full(&store, tally)?;
        let size = format!("{kibibytes} KiB full of tokens");
        findings.count(format!("{size}: tokens that were issued"), tokens.len());
        let unread = self.unread(&store, &tokens, &size, tally)?;
        findings.measure(
            format!("{size}: tokens that could not be verified then"),
            unread,
            Goal::NONE,
        );
        let revoked = self.revoke(&store, &tokens, 0, &size, tally)?;
        findings.count(
            format!("{size}: revocations of 3 that were done then"),
            revoked,
        );
        self.take_the_rest()?;
        let size = format!("{kibibytes} KiB without a free byte");
        let unread = self.unread(&store, &tokens, &size, tally)?;
        findings.count(
            format!("{size}: tokens that could not be verified then"),
            unread,
        );
        let more = self.revoke(&store, &tokens, 3, &size, tally)?;
        findings.count(
            format!("{size}: revocations of 3 that were done then"),
            more,
        );
        self.with_room_again(&store, &tokens, kibibytes, tally)
    }

    /// Issues tokens, until that is refused for want of space.
    fn issue_until_full(
        &self,
        store: &Path,
        tally: &mut Tally,
    ) -> anyhow::Result<Vec<SampleToken>> {
        let mut tokens = Vec::new();
        loop {
            let output = self
                .setting
                .tokenctl(store, &["issue", "alice", "--full-access"])
                .output()?;
            let secrets = self.sample.secrets();
            tally.judge("issue until full", &output, &secrets, Stderr::Works);
            match output.status.code() {
                Some(0) => tokens.push(SampleToken::of(&output.stdout)?),
                Some(26) => return Ok(tokens),
                _ => {
                    let told = String::from_utf8_lossy(&output.stderr).replace('\n', " / ");
                    let what = format!("issue on a full medium: {} {told}", output.status);
                    tally.add(Trouble::BadEnding, what);
                    return Ok(tokens);
                }
            }
        }
    }

    /// Verifies good tokens and a dead one, and returns how many got no answer. A wrong one is worse.
    fn unread(
        &self,
        store: &Path,
        tokens: &[SampleToken],
        size: &str,
        tally: &mut Tally,
    ) -> anyhow::Result<usize> {
        let good = tokens.iter().rev().take(5).chain([&self.sample.good]);
        let asked = good
            .map(|token| (token, 0))
            .chain([(&self.sample.dead, 12)]);
        let mut unread = 0;
        for (token, expected) in asked {
            let output = sample::verify(self.setting, store, &token.secret)?;
            tally.judge(size, &output, &[&token.secret], Stderr::Works);
            match output.status.code() {
                Some(code) if code == expected => {}
                Some(20..=29) => unread += 1,
                _ => tally.add(Trouble::WrongAnswer, format!("{size}: {}", output.status)),
            }
        }
        Ok(unread)
    }

    /// Revokes three tokens after the first `skipped`, and returns how many could be.
    fn revoke(
        &self,
        store: &Path,
        tokens: &[SampleToken],
        skipped: usize,
        size: &str,
        tally: &mut Tally,
    ) -> anyhow::Result<usize> {
        let mut done = 0;
        for token in tokens.iter().skip(skipped).take(3) {
            let output = self
                .setting
                .tokenctl(store, &["revoke", &token.id, "--yes"])
                .output()?;
            tally.judge(size, &output, &[&token.secret], Stderr::Works);
            if output.status.success() {
                done += 1;
                let answer = sample::verify(self.setting, store, &token.secret)?;
                if !matches!(answer.status.code(), Some(12 | 20..=29)) {
                    tally.add(Trouble::Lost, format!("{size}: revoke {}", token.id));
                }
            }
        }
        Ok(done)
    }

    /// Takes every byte that is free.
    fn take_the_rest(&self) -> anyhow::Result<()> {
        let mut file = File::create(self.medium.path().join("rest"))?;
        let page = [0; 4_096];
        while file.write_all(&page).is_ok() {}
        Ok(())
    }

    /// Once there is room again, all that was acknowledged is there, and the store can be written.
    fn with_room_again(
        &self,
        store: &Path,
        tokens: &[SampleToken],
        kibibytes: u64,
        tally: &mut Tally,
    ) -> anyhow::Result<()> {
        if let Err(NotMounted(why)) = self.medium.grow(kibibytes * 4) {
            anyhow::bail!("{why}");
        }
        let ends = |arguments: &[&str]| -> anyhow::Result<std::process::Output> {
            Ok(self.setting.tokenctl(store, arguments).output()?)
        };
        let check = ends(&["check"])?;
        if !check.status.success() {
            let told = String::from_utf8_lossy(&check.stderr).into_owned();
            tally.add(Trouble::Unsound, format!("{kibibytes} KiB: {told}"));
        }
        let listed = ends(&["list", "--json", "--state", "any"])?;
        let records: Vec<serde_json::Value> =
            serde_json::from_slice(&listed.stdout).context("list after there was room again")?;
        for token in tokens {
            let is_there = records
                .iter()
                .any(|record| record.get("id").is_some_and(|id| *id == token.id.as_str()));
            if !is_there {
                tally.add(Trouble::Lost, format!("{kibibytes} KiB: {}", token.id));
            }
        }
        // Those of the sample, two of which nobody has issued here.
        if records.len() != tokens.len() + 3 {
            let what = format!("{kibibytes} KiB: {} tokens in all", records.len());
            tally.add(Trouble::Unseen, what);
        }
        let issued = ends(&["issue", "alice", "--read-only"])?;
        if !issued.status.success() {
            tally.add(Trouble::BadEnding, "issue when there was room again");
        }
        Ok(())
    }
}

/// Runs verbs under limits on the size of files.
fn under_limits(
    setting: &Setting,
    sample: &Sample,
    findings: &mut Findings,
    tally: &mut Tally,
) -> anyhow::Result<()> {
    let known = verb::MAIN
        .iter()
        .chain(verb::OTHERS)
        .map(|verb| Known::learn(setting, sample, verb))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let mut trials = Vec::new();
    for bytes in [0, 4_096, 65_536, 1 << 20] {
        let limit = Limit {
            resource: Resource::FileSize,
            bytes,
        };
        trials.extend(known.iter().map(|known| Trial {
            known,
            hindrance: Hindrance::Limit(limit),
            company: Company::Alone,
        }));
    }
    let outcome = try_all(setting, sample, &trials)?;
    findings.count("commands under a limit on the size of files", trials.len());
    findings.measure(
        "commands that such a limit stopped",
        outcome.count(Ending::Met),
        // Nothing can be changed where a file may have no more than its first page.
        Goal::AtLeast(30.0),
    );
    tally.join(outcome.tally);
    Ok(())
}
