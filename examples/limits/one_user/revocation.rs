//! One command revokes all tokens, while others count and verify them.

use std::collections::BTreeMap;
use std::io::BufReader;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;
use tokenctl::outcome::OutcomeCode;
use tokenctl::secret::Secret;

use super::judge;
use super::store::{GreatStore, USER};
use crate::attempt::{ending, succeed};
use crate::claim::{Findings, Goal};
use crate::peak::Watched;
use crate::sample::verify;
use crate::setting::Setting;
use crate::threads::joined;
use crate::waits::Waits;

/// How long the readers look on before the command and after it.
const MARGIN: Duration = Duration::from_millis(500);

/// Within which time nearly each answer has to come, in milliseconds.
const PROMPT: f64 = 1_000.0;

/// How `verify` ends for a token that was revoked.
const REVOKED: i32 = 12;

pub(super) fn run(
    setting: &Setting,
    great: &GreatStore,
    findings: &mut Findings,
) -> anyhow::Result<()> {
    let is_over = AtomicBool::new(false);
    let readers = Readers {
        setting,
        great,
        is_over: &is_over,
    };
    let (revoked, seen) = thread::scope(|scope| {
        let counting = scope.spawn(|| readers.count());
        let verifying = scope.spawn(|| readers.verify());
        let asking = scope.spawn(|| readers.ask());
        thread::sleep(MARGIN);
        let revoked = revoke(setting, great);
        thread::sleep(MARGIN);
        is_over.store(true, Ordering::Relaxed);
        let seen = [joined(counting), joined(verifying), joined(asking)];
        anyhow::Ok((
            revoked?,
            seen.into_iter().collect::<anyhow::Result<Vec<_>>>()?,
        ))
    })?;
    let name = "seconds of `revoke --user --yes` of all tokens";
    findings.time(setting.scale, name, revoked.taken.as_secs_f64(), 30.0);
    let name = "MiB of memory that `revoke` took at the most";
    findings.count(name, revoked.mebibytes);
    for reader in seen {
        reader.tell(setting, findings);
    }
    Ok(())
}

/// What became of the command.
struct Revoked {
    taken: Duration,
    mebibytes: f64,
}

fn revoke(setting: &Setting, great: &GreatStore) -> anyhow::Result<Revoked> {
    let started = Instant::now();
    let mut child = setting
        .tokenctl(&great.path(), &["revoke", "--user", USER, "--yes"])
        .spawn()?;
    // stderr is short.
    let output = child.stdout.take().context("its stdout is a pipe")?;
    let mut watched = Watched::new(output, child.id());
    std::io::copy(&mut BufReader::new(&mut watched), &mut std::io::sink())?;
    let ended = child.wait_with_output()?;
    let said = String::from_utf8_lossy(&ended.stderr);
    ensure!(ended.status.success(), "{}: {said}", ending(ended.status));
    Ok(Revoked {
        taken: started.elapsed(),
        mebibytes: watched.mebibytes(),
    })
}

/// What one reader has seen of all the tokens at once.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Sight {
    AllLive,
    AllDead,
    /// Some of each, or a token that lives again.
    Part,
}

/// What a reader asked, how long that took, and what it was told.
struct Reader {
    asks: &'static str,
    /// Within which time it has to be answered, in milliseconds, if it does not read the whole store.
    most: Option<f64>,
    waits: Waits,
    sights: BTreeMap<Sight, usize>,
}

impl Reader {
    fn tell(&self, setting: &Setting, findings: &mut Findings) {
        let asks = self.asks;
        let seen = |sight| self.sights.get(&sight).copied().unwrap_or_default();
        for (sight, words) in [
            (Sight::AllLive, "before the change"),
            (Sight::AllDead, "after it"),
        ] {
            let name = format!("answers of {asks} that are as {words}");
            findings.measure(name, seen(sight), Goal::AtLeast(1.0));
        }
        let name = format!("answers of {asks} that show a part of the change");
        findings.measure(name, seen(Sight::Part), Goal::NONE);
        let name = format!("ms within which 99 % of the answers of {asks} came");
        match self.most {
            Some(most) => findings.time(setting.scale, name, self.waits.within(99), most),
            None => findings.count(name, self.waits.within(99)),
        }
        let name = format!("ms of the longest answer of {asks}");
        findings.count(name, self.waits.longest());
    }
}

#[derive(Clone, Copy)]
struct Readers<'a> {
    setting: &'a Setting,
    great: &'a GreatStore,
    is_over: &'a AtomicBool,
}

impl Readers<'_> {
    /// Counts the live tokens in one process after the other.
    fn count(self) -> anyhow::Result<Reader> {
        self.look("`stats`", None, |_| {
            let stats = self
                .setting
                .tokenctl(&self.great.path(), &["stats", "--json"]);
            let stats: Value = serde_json::from_slice(&succeed(stats)?.stdout)?;
            let live = stats.pointer("/states/active").and_then(Value::as_u64);
            let live = usize::try_from(live.context("`stats` counts no live tokens")?)?;
            Ok(match live {
                0 => Sight::AllDead,
                live if live == self.great.tokens => Sight::AllLive,
                _ => Sight::Part,
            })
        })
    }

    /// Verifies one token after the other, all over one connection.
    fn verify(self) -> anyhow::Result<Reader> {
        let authenticator = self.great.authenticator()?;
        self.look("an open store", Some(PROMPT), |secret| {
            // The command, and not this, is what is to have the processor.
            thread::sleep(Duration::from_millis(1));
            match judge(&authenticator, secret)? {
                OutcomeCode::Accepted => Ok(Sight::AllLive),
                OutcomeCode::Revoked => Ok(Sight::AllDead),
                other => bail!("a verify said {}", other.as_str()),
            }
        })
    }

    /// Verifies one token after the other, each in a process of its own.
    fn ask(self) -> anyhow::Result<Reader> {
        self.look("`verify -`", Some(PROMPT), |secret| {
            let output = verify(self.setting, &self.great.path(), secret.expose_secret())?;
            match output.status.code() {
                Some(0) => Ok(Sight::AllLive),
                Some(REVOKED) => Ok(Sight::AllDead),
                _ => bail!("`verify` ended with {}", ending(output.status)),
            }
        })
    }

    /// Looks again and again, with one secret after the other, until it is over. Whoever has once seen a dead token
    /// must not see a live one any more.
    fn look(
        self,
        asks: &'static str,
        most: Option<f64>,
        mut look: impl FnMut(&Secret) -> anyhow::Result<Sight>,
    ) -> anyhow::Result<Reader> {
        let mut reader = Reader {
            asks,
            most,
            waits: Waits::default(),
            sights: BTreeMap::new(),
        };
        let known = &self.great.known;
        // From both ends: a change that is made by parts has one of them before the other.
        let ends = known.iter().zip(known.iter().rev());
        for secret in ends.flat_map(|(first, last)| [first, last]).cycle() {
            if self.is_over.load(Ordering::Relaxed) {
                break;
            }
            let started = Instant::now();
            let mut sight = look(secret)?;
            reader.waits.add(started.elapsed());
            if sight == Sight::AllLive && reader.sights.contains_key(&Sight::AllDead) {
                sight = Sight::Part;
            }
            *reader.sights.entry(sight).or_default() += 1;
        }
        Ok(reader)
    }
}
