//! One command, one hindrance, and what is true afterwards.

mod ending;
pub(crate) mod injection;
pub(crate) mod limit;
pub(crate) mod verb;
mod view;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Mutex;

use anyhow::{Context as _, anyhow};
use tempfile::TempDir;
use tokenctl::store::sqlite::SqliteStore;
use tokenctl::store::{OpenOptions, Store as _};

pub(crate) use self::ending::Ending;
use self::injection::{Injection, Traced};
use self::limit::{Limit, Resource};
use self::verb::{Kind, Verb};
use self::view::View;
use crate::attempt::{feed, leftovers, succeed};
use crate::sample::{self, Sample, SampleToken};
use crate::setting::Setting;
use crate::trouble::{Stderr, Tally, Trouble};

/// Whether somebody else has the store open meanwhile, so that its log stays when the command has ended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Company {
    Alone,
    Beside,
}

/// What stands in the way of a command.
#[derive(Clone, Copy)]
pub(crate) enum Hindrance {
    Fault(Injection),
    Limit(Limit),
}

/// A verb, and what it does when nothing is in its way.
pub(crate) struct Known<'a> {
    pub(crate) verb: &'a Verb,
    before: View,
    after: View,
    stdout: Vec<u8>,
}

impl<'a> Known<'a> {
    /// Runs the verb to find out.
    pub(crate) fn learn(
        setting: &Setting,
        sample: &Sample,
        verb: &'a Verb,
    ) -> anyhow::Result<Self> {
        let place = Place::make(sample)?;
        let before = View::of(setting, sample, &place.store)?;
        let command = verb.command(setting, sample, &place.here);
        let stdout = verb.run_unhindered(command, sample)?.stdout;
        Ok(Self {
            verb,
            before,
            after: View::of(setting, sample, &place.store)?,
            stdout,
        })
    }

    /// Runs the verb under `limit`, and returns how that ends.
    pub(crate) fn end_under(
        &self,
        limit: Limit,
        setting: &Setting,
        sample: &Sample,
    ) -> anyhow::Result<Ending> {
        let place = Place::make(sample)?;
        let command = self.verb.command(setting, sample, &place.here);
        let output = feed(limit.into_command(&command), &self.verb.header(sample))?;
        let is_usual = output.status.code() == Some(self.verb.usual_exit());
        Ok(Ending::without_choice(&output).unwrap_or(match is_usual {
            true => Ending::NotMet,
            false => Ending::Met,
        }))
    }

    /// Runs the verb to find out how often it makes each system call.
    pub(crate) fn count_calls(
        &self,
        setting: &Setting,
        sample: &Sample,
    ) -> anyhow::Result<BTreeMap<String, usize>> {
        let place = Place::make(sample)?;
        let trace = place.root.path().join("trace");
        let command = self.verb.command(setting, sample, &place.here);
        let command = injection::without_fault(&command, &trace);
        self.verb.run_unhindered(command, sample)?;
        injection::count_calls(&trace)
    }
}

/// A directory with a store of its own, and another around it.
struct Place {
    root: TempDir,
    here: PathBuf,
    store: PathBuf,
}

impl Place {
    fn make(sample: &Sample) -> anyhow::Result<Self> {
        let root = sample::workplace()?;
        let here = root.path().join("here");
        sample::private_directory(&here)?;
        let store = sample.place(&here)?;
        Ok(Self { root, here, store })
    }
}

/// A hindrance to be tried.
#[derive(Clone, Copy)]
pub(crate) struct Trial<'a> {
    pub(crate) known: &'a Known<'a>,
    pub(crate) hindrance: Hindrance,
    pub(crate) company: Company,
}

/// What a command has said.
struct Said {
    output: Output,
    stderr: String,
    can_tell: Stderr,
}

impl Said {
    fn is_done(&self) -> bool {
        self.output.status.success()
    }

    /// Whether the message leaves open what has become of the change, or there is none.
    fn is_in_doubt(&self) -> bool {
        let is_told = self.output.status.code() == Some(20) && self.stderr.contains("is not known");
        is_told || self.output.status.code().is_none()
    }
}

impl Trial<'_> {
    /// Whether it is one of those that each verb has to stand at each call: a medium that fails once while others have
    /// the store open, and one that fails for good.
    pub(crate) fn is_telling(&self) -> bool {
        let Hindrance::Fault(injection) = self.hindrance else {
            return false;
        };
        match self.company {
            Company::Alone => injection.is_lasting_failure(),
            Company::Beside => injection.is_single_failure(),
        }
    }

    /// Whether it is a sync that fails.
    pub(crate) fn is_of_sync(&self) -> bool {
        self.is_fault(Injection::is_of_sync)
    }

    /// Whether it is a fault, and one that is `of` some kind.
    fn is_fault(&self, of: impl Fn(&Injection) -> bool) -> bool {
        matches!(self.hindrance, Hindrance::Fault(injection) if of(&injection))
    }

    pub(crate) fn run(
        &self,
        setting: &Setting,
        sample: &Sample,
        tally: &mut Tally,
    ) -> anyhow::Result<Ending> {
        let Place { root, here, store } = Place::make(sample)?;
        let trace = root.path().join("trace");
        let other = match self.company {
            Company::Alone => None,
            Company::Beside => Some(open_beside(&store)?),
        };
        let verb = self.known.verb;
        let plain = verb.command(setting, sample, &here);
        let command = match self.hindrance {
            Hindrance::Fault(injection) => injection.into_command(&plain, &trace),
            Hindrance::Limit(limit) => limit.into_command(&plain),
        };
        let output = feed(command, &verb.header(sample))?;
        let forced = Ending::without_choice(&output);
        if forced == Some(Ending::Loader)
            || forced == Some(Ending::Segfault) && self.is_fault(Injection::is_of_loader)
        {
            return Ok(Ending::Loader);
        }
        let traced = match self.hindrance {
            Hindrance::Fault(_) => Traced::read(&trace)?,
            Hindrance::Limit(_) => Traced {
                is_reached: output.status.code() != Some(verb.usual_exit()),
                stderr: Stderr::Works,
            },
        };
        let ending = forced.unwrap_or(match traced.is_reached {
            true => Ending::Met,
            false => Ending::NotMet,
        });
        let secrets = sample.secrets();
        match self.may_end_by(ending, setting) {
            true => tally.judge_told(&self.to_string(), &output, &secrets),
            false => tally.judge(&self.to_string(), &output, &secrets, traced.stderr),
        }
        let said = Said {
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            output,
            can_tell: traced.stderr,
        };
        self.judge_answer(&said, tally);
        self.judge_store(setting, sample, &store, &said, tally)?;
        self.judge_files(setting, &here, &store, &said, tally)?;
        if other.is_some() {
            let crashed = crash(root.path(), &store)?;
            self.judge_store(setting, sample, &crashed, &said, tally)?;
        }
        drop(other);
        Ok(ending)
    }

    /// Whether a signal may have ended the command, so that it could not say what it has done.
    fn may_end_by(&self, ending: Ending, setting: &Setting) -> bool {
        let has_little_memory = match self.hindrance {
            Hindrance::Fault(injection) => injection.is_of_memory(),
            Hindrance::Limit(limit) => limit.resource == Resource::AddressSpace,
        };
        has_little_memory
            && match ending {
                Ending::Aborted => true,
                // Without optimisation the stack of some verbs is larger than what a process begins with.
                Ending::Segfault => !setting.is_of_release(),
                Ending::Met | Ending::NotMet | Ending::Loader => false,
            }
    }

    /// An answer is the one that it is without a fault, or none.
    fn judge_answer(&self, said: &Said, tally: &mut Tally) {
        let verb = self.known.verb;
        if verb.kind != Kind::Answers {
            return;
        }
        let code = said.output.status.code();
        let usual = Some(verb.usual_exit());
        let is_answer = matches!(code, Some(0 | 3 | 10..=17));
        let differs = steady(&said.output.stdout) != steady(&self.known.stdout);
        if is_answer && (code != usual || differs) {
            tally.add(
                Trouble::WrongAnswer,
                format!("{self}: {} {}", said.output.status, said.stderr),
            );
        }
    }

    fn judge_store(
        &self,
        setting: &Setting,
        sample: &Sample,
        store: &Path,
        said: &Said,
        tally: &mut Tally,
    ) -> anyhow::Result<()> {
        let example = || format!("{self}: {} {}", said.output.status, said.stderr.trim());
        let check = setting.tokenctl(store, &["check"]).output()?;
        if !check.status.success() {
            let told = String::from_utf8_lossy(&check.stderr).into_owned();
            tally.add(Trouble::Unsound, format!("{}; check: {told}", example()));
            return Ok(());
        }
        let view = View::of(setting, sample, store)?;
        let is_before = view.is_like(&self.known.before);
        let is_after = view.is_like(&self.known.after);
        let is_change = !self.known.after.is_like(&self.known.before);
        let is_named = view.new.iter().all(|id| said.stderr.contains(id));
        if !is_before && !is_after {
            tally.add(Trouble::Half, example());
        } else if is_change && is_before && self.is_told_as_done(said) {
            tally.add(Trouble::Lost, example());
        } else if is_change && is_after && !self.is_told_as_done(said) && !said.is_in_doubt() {
            // Where issue and rotate cannot undo themselves, they name what lives.
            if !(said.output.status.code() == Some(28) && is_named) {
                tally.add(Trouble::Unsaid, example());
            }
        }
        let secret = self.printed(said, store)?;
        let is_unseen = match &secret {
            Some(token) if said.is_done() => view.new != [token.id.clone()],
            _ => !is_named && said.can_tell == Stderr::Works,
        };
        if is_unseen && self.known.after.new.len() > self.known.before.new.len() {
            tally.add(Trouble::Unseen, example());
        }
        let dead = match view.lacks(&sample.dead.id) {
            true => 10,
            false => 12,
        };
        let mut tokens = vec![(&sample.good, 0), (&sample.dead, dead)];
        if let Some(token) = secret.as_ref().filter(|_| said.is_done()) {
            tokens.push((token, 0));
        }
        for (token, code) in tokens {
            let answer = sample::verify(setting, store, &token.secret)?;
            if answer.status.code() != Some(code) {
                let what = format!("{}; then {} {}", example(), token.id, answer.status);
                tally.add(Trouble::WrongAnswer, what);
            }
        }
        Ok(())
    }

    /// Whether the command has said that the change is made.
    fn is_told_as_done(&self, said: &Said) -> bool {
        match self.known.verb.kind {
            // These undo what they could not deliver.
            Kind::Prints | Kind::Writes(_) => said.is_done(),
            Kind::Answers | Kind::Changes | Kind::Makes(_) => {
                matches!(said.output.status.code(), Some(0 | 28))
            }
        }
    }

    /// Returns the token whose secret was handed over.
    fn printed(&self, said: &Said, store: &Path) -> anyhow::Result<Option<SampleToken>> {
        match self.known.verb.kind {
            Kind::Prints if !said.output.stdout.is_empty() => {
                SampleToken::of(&said.output.stdout).map(Some)
            }
            // A crash is a matter of the store; the file is where it was.
            Kind::Writes(name) if said.is_done() => {
                let directory = store.with_file_name("..").join("here");
                SampleToken::of(&std::fs::read(directory.join(name))?).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// Returns how many temporary files `check` names beside the store.
    fn named_by_check(&self, setting: &Setting, store: &Path) -> anyhow::Result<usize> {
        let check = setting
            .tokenctl(store, &["check", "--format", "jsonl"])
            .output()?;
        leftovers(&check.stdout)
    }

    /// A file that the command makes is there wholly when it is told, and not at all otherwise.
    fn judge_files(
        &self,
        setting: &Setting,
        here: &Path,
        store: &Path,
        said: &Said,
        tally: &mut Tally,
    ) -> anyhow::Result<()> {
        let mut left = 0;
        for entry in std::fs::read_dir(here)? {
            left += usize::from(entry?.file_name().to_string_lossy().starts_with('.'));
        }
        // What the fault keeps from being removed has to be named by `check`.
        if left > 0
            && !(self.is_fault(Injection::is_of_removal)
                && self.named_by_check(setting, store)? == left)
        {
            tally.add(Trouble::Litter, self);
        }
        let verb = self.known.verb;
        let Some(name) = verb.file() else {
            return Ok(());
        };
        let path = here.join(name);
        match (path.exists(), self.is_told_as_done(said)) {
            (false, true) => tally.add(Trouble::Lost, self),
            (true, false) if !said.is_in_doubt() => {
                tally.add(Trouble::Unsaid, format!("{self}: {}", said.stderr.trim()));
            }
            _ => {}
        }
        if path.exists() && matches!(verb.kind, Kind::Makes(_)) {
            let check = setting.tokenctl(&path, &["check"]).output()?;
            if !check.status.success() {
                let told = String::from_utf8_lossy(&check.stderr).into_owned();
                tally.add(Trouble::Unsound, format!("{self}: {name}: {told}"));
            }
        }
        Ok(())
    }
}

impl fmt::Display for Hindrance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fault(injection) => injection.fmt(f),
            Self::Limit(limit) => limit.fmt(f),
        }
    }
}

impl fmt::Display for Trial<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let company = match self.company {
            Company::Alone => "",
            Company::Beside => ", store open elsewhere",
        };
        write!(f, "{} ({}{company})", self.known.verb.name, self.hindrance)
    }
}

/// Returns the lines that are the same each time.
fn steady(stdout: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(stdout);
    let lines = text.lines().filter(|line| !line.contains("exported_at"));
    lines.map(str::to_owned).collect()
}

fn open_beside(store: &Path) -> anyhow::Result<SqliteStore> {
    let other = SqliteStore::open(store, OpenOptions::default()).context("open the store")?;
    other.users()?;
    Ok(other)
}

/// Returns the store as it is found when all processes have ended at once: without their shared memory.
fn crash(root: &Path, store: &Path) -> anyhow::Result<PathBuf> {
    let directory = root.join("crashed");
    sample::private_directory(&directory)?;
    let copy = directory.join("tokens.db");
    for suffix in ["", "-wal"] {
        let name = |path: &Path| format!("{}{suffix}", path.display());
        // By a process of its own: this one would drop its locks on the store by closing it.
        let mut cp = Command::new("cp");
        cp.arg("-p").arg(name(store)).arg(name(&copy));
        succeed(cp)?;
    }
    Ok(copy)
}

/// What became of many trials.
#[derive(Default)]
pub(crate) struct Outcome {
    endings: BTreeMap<Ending, usize>,
    pub(crate) tally: Tally,
}

impl Outcome {
    /// Returns how many trials had this ending.
    pub(crate) fn count(&self, ending: Ending) -> usize {
        self.endings.get(&ending).copied().unwrap_or_default()
    }
}

/// Tries all of `trials`, as many at once as there are processors.
pub(crate) fn try_all(
    setting: &Setting,
    sample: &Sample,
    trials: &[Trial<'_>],
) -> anyhow::Result<Outcome> {
    let left = Mutex::new(setting.watch(trials.iter()));
    let outcome = Mutex::new(Outcome::default());
    let next = || -> anyhow::Result<_> {
        let mut left = left.lock().map_err(|_| anyhow!("a trial panicked"))?;
        Ok(left.next())
    };
    let work = || -> anyhow::Result<()> {
        while let Some(trial) = next()? {
            let mut tally = Tally::default();
            let ending = trial
                .run(setting, sample, &mut tally)
                .with_context(|| format!("try {trial}"))?;
            let mut outcome = outcome.lock().map_err(|_| anyhow!("a trial panicked"))?;
            outcome.tally.join(tally);
            *outcome.endings.entry(ending).or_default() += 1;
        }
        Ok(())
    };
    let workers = std::thread::available_parallelism()?.get();
    std::thread::scope(|scope| {
        let handles: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        handles
            .into_iter()
            .try_for_each(|handle| handle.join().map_err(|_| anyhow!("a trial panicked"))?)
    })?;
    outcome
        .into_inner()
        .map_err(|_| anyhow!("a trial panicked"))
}
