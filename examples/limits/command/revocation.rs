//! Revocations by the command beside loops of the command that verify the same tokens, and what the system shows
//! of these processes meanwhile.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::{Context as _, anyhow, bail};
use rustix::process::geteuid;
use tempfile::TempDir;
use tokenctl::authority::{Authority, IssueRequest};
use tokenctl::change::Actor;
use tokenctl::clock::{Clock as _, SystemClock};
use tokenctl::entropy::OsEntropy;
use tokenctl::format::TokenFormats;
use tokenctl::policy::Policy;
use tokenctl::store::{Location, OpenOptions};
use tokenctl::token::NewToken;
use tokenctl::user::UserName;

use crate::attempt::{Faults, ending, succeed};
use crate::claim::{Findings, Goal};
use crate::contention::register::{History, Seen, Span, Wrongs};
use crate::dice::Dice;
use crate::monotonic;
use crate::sample::SampleToken;
use crate::secrets::traces::Traces;
use crate::setting::Setting;

/// How many loops verify.
const LOOPS: usize = 8;

/// How often something has to be seen to mean anything.
const ENOUGH: Goal = Goal::AtLeast(100.0);

/// What a process shows of itself to others, and how it is called here.
const SHOWN: [(&str, &str); 2] = [("cmdline", "command lines"), ("environ", "environments")];

pub(super) fn run(
    setting: &Setting,
    dice: &mut Dice,
    findings: &mut Findings,
) -> anyhow::Result<()> {
    let race = Race::prepare(setting, setting.scale.of(200, 10_000, 100_000))?;
    let mut seen = Observed::default();
    let revoked = thread::scope(|scope| {
        let dice: Vec<Dice> = (0..LOOPS).map(|_| Dice::new(dice.roll())).collect();
        let race = &race;
        let verifiers: Vec<_> = dice
            .into_iter()
            .map(|dice| scope.spawn(move || race.verify(dice)))
            .collect();
        let revoked = race.revoke(&mut seen);
        race.at.store(race.tokens.len(), Ordering::SeqCst);
        for verifier in verifiers {
            let verified = verifier.join();
            seen.merge(verified.map_err(|_| anyhow!("a loop panicked"))??);
        }
        revoked
    })?;
    findings.count("revocations by the command", revoked.len());
    race.judge(&revoked, &seen.verifies, findings);
    seen.tell(findings);
    Ok(())
}

/// Tokens that are revoked one after the other, and verified meanwhile.
struct Race<'a> {
    setting: &'a Setting,
    /// Holds the store.
    _directory: TempDir,
    store: PathBuf,
    tokens: Vec<SampleToken>,
    issued: Span,
    /// Which of them is being revoked; there is none when all are.
    at: AtomicUsize,
}

impl<'a> Race<'a> {
    fn prepare(setting: &'a Setting, tokens: usize) -> anyhow::Result<Self> {
        let directory = tempfile::tempdir()?;
        let store = directory.path().join("tokens.db");
        succeed(setting.tokenctl(&store, &["init"]))?;
        succeed(setting.tokenctl(&store, &["user", "add", "alice"]))?;
        let opened = Location::parse(&store.to_string_lossy())?.open(OpenOptions::default())?;
        let (name, actor) = (UserName::parse("alice")?, Actor::named("limits"));
        let authority = Authority::new(opened, Arc::new(TokenFormats::default()));
        let request = IssueRequest::new(NewToken::new(name, Policy::full_access()));
        let start = monotonic::now();
        let tokens = (0..tokens).map(|_| {
            let issued = authority.issue(&request, &actor, &mut OsEntropy, SystemClock.now())?;
            SampleToken::of(issued.secret.expose_secret().as_bytes())
        });
        let tokens = tokens.collect::<anyhow::Result<_>>()?;
        let end = monotonic::now();
        Ok(Self {
            setting,
            _directory: directory,
            store,
            tokens,
            issued: Span { start, end },
            at: AtomicUsize::new(0),
        })
    }

    /// Revokes all tokens in order, and returns when each revocation began and ended.
    fn revoke(&self, seen: &mut Observed) -> anyhow::Result<Vec<Span>> {
        let mut spans = Vec::with_capacity(self.tokens.len());
        for (at, token) in self.setting.watch(self.tokens.iter().enumerate()) {
            self.at.store(at, Ordering::SeqCst);
            let (span, output) = self.time(&["revoke", &token.id, "--yes"], "", token, seen)?;
            if !output.status.success() {
                let said = String::from_utf8_lossy(&output.stderr).into_owned();
                bail!("a revocation failed, {}: {said}", ending(output.status));
            }
            spans.push(span);
        }
        Ok(spans)
    }

    /// Verifies the token that is being revoked, the one before it or the one behind it, until all are revoked.
    fn verify(&self, mut dice: Dice) -> anyhow::Result<Observed> {
        let mut seen = Observed::default();
        loop {
            let at = self.at.load(Ordering::SeqCst);
            if at >= self.tokens.len() {
                return Ok(seen);
            }
            let number = (at + dice.below(3)).saturating_sub(1);
            let number = number.min(self.tokens.len() - 1);
            let token = self.tokens.get(number).context("it is one of them")?;
            let header = format!("token {}", token.secret);
            let (span, output) = self.time(&["verify", "-"], &header, token, &mut seen)?;
            match output.status.code() {
                Some(0) => seen.verifies.push((number, span, Seen::Live)),
                Some(10) => seen.verifies.push((number, span, Seen::Absent)),
                Some(12) => seen.verifies.push((number, span, Seen::Dead)),
                _ => seen.strange.add(|| ending(output.status)),
            }
        }
    }

    /// Says whether each token went from accepted to refused, once, and when it was to.
    fn judge(&self, revoked: &[Span], verifies: &[(usize, Span, Seen)], findings: &mut Findings) {
        let mut histories: Vec<History> = Vec::with_capacity(revoked.len());
        for span in revoked {
            let mut history = History::default();
            history.issued(self.issued);
            history.ended(*span);
            histories.push(history);
        }
        let (mut beside, mut behind) = (0_usize, 0_usize);
        for (number, span, seen) in verifies {
            let Some((history, end)) = histories.get_mut(*number).zip(revoked.get(*number)) else {
                continue;
            };
            beside += usize::from(history.verified(*span, *seen));
            behind += usize::from(span.start > end.end);
        }
        let wrongs: Vec<_> = histories.iter().map(History::judge).collect();
        let count = |is_wrong: fn(&Wrongs) -> bool| wrongs.iter().filter(|it| is_wrong(it)).count();
        findings.count("verifies by the command", verifies.len());
        findings.measure(
            "verifies beside the revocation of their token",
            beside,
            ENOUGH,
        );
        findings.measure(
            "verifies that began after the exit of the revocation",
            behind,
            ENOUGH,
        );
        for (name, count) in [
            (
                "tokens accepted after the exit of their revocation",
                count(|it| it.accepted_after_the_end),
            ),
            (
                "tokens accepted after they had been refused",
                count(|it| it.accepted_after_a_refusal),
            ),
            (
                "tokens refused before their revocation",
                count(|it| it.wrongly_refused > 0),
            ),
            (
                "tokens whose history no order explains",
                count(|it| it.impossible),
            ),
        ] {
            findings.measure(name, count, Goal::NONE);
        }
    }

    /// Runs the command, looks at its process meanwhile, and returns when it began and ended.
    fn time(
        &self,
        arguments: &[&str],
        input: &str,
        token: &SampleToken,
        seen: &mut Observed,
    ) -> anyhow::Result<(Span, Output)> {
        let mut command = self.setting.tokenctl(&self.store, arguments);
        command.stdin(Stdio::piped());
        let mut traces = Traces::default();
        traces.add(&token.secret);
        let start = monotonic::now();
        let mut child = command.spawn()?;
        let mut stdin = child.stdin.take().context("its stdin is a pipe")?;
        // One that fails early leaves it unread.
        let _ = stdin.write_all(input.as_bytes());
        drop(stdin);
        seen.look_at(&child, &traces);
        let output = child.wait_with_output()?;
        let end = monotonic::now();
        if traces.are_in(&output.stdout) || traces.are_in(&output.stderr) {
            seen.told.add(|| arguments.join(" "));
        }
        Ok((Span { start, end }, output))
    }
}

/// What loops have seen.
#[derive(Default)]
struct Observed {
    /// Of which token, when, and what `verify` said.
    verifies: Vec<(usize, Span, Seen)>,
    strange: Faults,
    told: Faults,
    /// How often each of [`SHOWN`] was read, and how often there was a part of a secret in it.
    shown: [(usize, Faults); 2],
}

impl Observed {
    fn look_at(&mut self, child: &Child, traces: &Traces) {
        let process = Path::new("/proc").join(child.id().to_string());
        for ((name, _), (read, faults)) in SHOWN.iter().zip(&mut self.shown) {
            // Of a process that has ended nothing is shown, and of one of ours its environment to root alone.
            let shown = fs::read(process.join(name)).unwrap_or_default();
            *read += usize::from(!shown.is_empty());
            if traces.are_in(&shown) {
                faults.add(|| (*name).to_owned());
            }
        }
    }

    fn merge(&mut self, other: Self) {
        self.verifies.extend(other.verifies);
        self.strange.merge(other.strange);
        self.told.merge(other.told);
        for ((read, faults), (more, further)) in self.shown.iter_mut().zip(other.shown) {
            *read += more;
            faults.merge(further);
        }
    }

    fn tell(self, findings: &mut Findings) {
        self.strange.tell("verifies that could not tell", findings);
        self.told
            .tell("outputs of these with a part of a secret", findings);
        for ((_, plural), (read, faults)) in SHOWN.iter().zip(self.shown) {
            if read == 0 && !geteuid().is_root() {
                let why = format!("{plural} of processes: root alone can read them");
                findings.skipped.push(why);
                continue;
            }
            findings.measure(format!("{plural} of processes read"), read, ENOUGH);
            let name = format!("{plural} of processes with a part of a secret");
            faults.tell(&name, findings);
        }
    }
}
