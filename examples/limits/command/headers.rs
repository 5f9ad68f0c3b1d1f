//! Malformed headers.

use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use memchr::memmem;

use super::by_hand::{MARK, by_hand};
use super::damaged::damaged;
use crate::attempt::{Exits, Faults, ending, feed_within};
use crate::claim::{Findings, Goal};
use crate::dice::Dice;
use crate::sample::Sample;
use crate::secrets::traces::Traces;
use crate::setting::{Scale, Setting};

/// What is run with each header in turn, as terse and as talkative as can be.
const LINES: [&[&str]; 4] = [
    &["verify", "-"],
    &["verify", "-", "--json"],
    &["verify", "-", "-vvv"],
    &["verify", "-", "--json", "-vvv"],
];

/// The exit codes of `unknown`, and of `no_credentials` and `malformed`.
const REFUSALS: [i32; 2] = [10, 11];

/// Longer than any header takes.
const LIMIT: Duration = Duration::from_secs(10);

pub(super) fn run(
    setting: &Setting,
    dice: &mut Dice,
    findings: &mut Findings,
) -> anyhow::Result<()> {
    let sample = Sample::make(setting)?;
    let store = sample.file("tokens.db");
    let secret = &sample.good.secret;
    let basic = STANDARD.encode(format!("alice:{secret}"));
    let good = [
        format!("token {secret}"),
        format!("Bearer {secret}"),
        format!("Basic {basic}"),
        format!("token {}", sample.subject.secret),
    ]
    .map(String::into_bytes);
    let mut tally = Tally::default();
    for secret in sample.secrets() {
        tally.traces.add(secret);
    }
    for header in &good {
        tally.try_good(setting, &store, header)?;
    }
    let written = match setting.scale {
        // A test tries all of them.
        Scale::Quick => by_hand(secret).into_iter().step_by(2).collect(),
        Scale::Full | Scale::Soak => by_hand(secret),
    };
    let generated: usize = setting.scale.of(240, 10_000, 100_000);
    findings.count("malformed headers that were generated", generated);
    let goal = Goal::AtLeast(setting.scale.of(250.0, 500.0, 500.0));
    findings.measure("malformed headers by hand", written.len(), goal);
    let below = &mut |bound| dice.below(bound);
    let drawn: Vec<_> = (0..generated).map(|_| damaged(&good, below)).collect();
    let headers = written.into_iter().chain(drawn);
    for (number, header) in setting.watch(headers.enumerate()) {
        if let Some(line) = LINES.get(number % LINES.len()) {
            tally.try_bad(setting, &store, line, &header)?;
        }
    }
    tally.tell(findings);
    Ok(())
}

#[derive(Default)]
struct Tally {
    traces: Traces,
    good: Faults,
    accepted: Faults,
    endings: Faults,
    told: Faults,
    exits: Exits,
}

impl Tally {
    /// Sees to it that a header is accepted, so that one like it could be by mistake.
    fn try_good(&mut self, setting: &Setting, store: &Path, header: &[u8]) -> anyhow::Result<()> {
        let verify = setting.tokenctl(store, &["verify", "-"]);
        let output = feed_within(verify, header, LIMIT)?;
        if !output.is_some_and(|output| output.status.success()) {
            self.good.add(|| escaped(header));
        }
        Ok(())
    }

    fn try_bad(
        &mut self,
        setting: &Setting,
        store: &Path,
        line: &[&str],
        header: &[u8],
    ) -> anyhow::Result<()> {
        let told = || format!("`{}` of \"{}\"", line.join(" "), escaped(header));
        let Some(output) = feed_within(setting.tokenctl(store, line), header, LIMIT)? else {
            self.endings.add(|| format!("{}: hung", told()));
            return Ok(());
        };
        self.exits.add(output.status);
        if output.status.success() {
            self.accepted.add(told);
        }
        if !REFUSALS.map(Some).contains(&output.status.code()) {
            self.endings
                .add(|| format!("{}: {}", told(), ending(output.status)));
        }
        for said in [&output.stdout, &output.stderr] {
            if self.traces.are_in(said) || memmem::find(said, MARK.as_bytes()).is_some() {
                self.told.add(told);
            }
        }
        Ok(())
    }

    fn tell(self, findings: &mut Findings) {
        for (name, faults) in [
            ("good headers that are refused", &self.good),
            ("malformed headers that are accepted", &self.accepted),
            (
                "malformed headers that end otherwise than with 10 or 11",
                &self.endings,
            ),
            (
                "outputs with a part of a secret, or of what stood in its place",
                &self.told,
            ),
        ] {
            faults.tell(name, findings);
        }
        findings
            .notes
            .push(format!("exit codes of malformed headers: {}", self.exits));
    }
}

/// Returns the begin of `header`, the secret of a token of this run and all, to be tried again.
fn escaped(header: &[u8]) -> String {
    let shown = header.get(..200).unwrap_or(header);
    shown.escape_ascii().to_string()
}
