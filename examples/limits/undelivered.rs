//! New secrets that do not arrive.

mod outlet;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::{Child, Command, Output};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

use self::outlet::{OUTLETS, Outlet};
use crate::attempt::{Faults, ending, succeed};
use crate::claim::{Claim, Findings, Needs};
use crate::dice::Dice;
use crate::setting::Setting;

pub(crate) const CLAIM: Claim = Claim {
    name: "undelivered",
    says: "no token lives whose secret could not be delivered, whatever becomes of the output and whichever signal comes",
    needs: Needs::Nothing,
    run,
};

const SIGNALS: [(Signal, i32); 3] = [(Signal::HUP, 129), (Signal::INT, 130), (Signal::TERM, 143)];

/// How many tokens a store gets before there is a new one: lists of all of them are read.
const TOKENS: usize = 100;

/// Longer than any run takes.
const PATIENCE: Duration = Duration::from_secs(10);

/// What makes a new secret.
const VERBS: [&str; 4] = [
    "issue alice --full-access",
    "issue alice --full-access --json",
    "rotate OLD --yes",
    "rotate OLD --yes --json",
];

/// When a signal is sent.
#[derive(Clone, Copy, Debug)]
enum Moment {
    /// At any time of a run.
    Random,
    /// Some time after the change has begun to be written.
    Commit,
}

fn run(setting: &Setting) -> anyhow::Result<Findings> {
    let mut dice = setting.dice();
    let mut trial = Trial::begin(setting)?;
    for outlet in OUTLETS {
        for line in VERBS {
            trial.through(outlet, line)?;
        }
        for (signal, _) in SIGNALS {
            if outlet.waits() {
                for line in VERBS {
                    trial.signalled_while_it_waits(outlet, line, signal)?;
                }
            }
        }
    }
    let usual = trial.duration()?;
    let kills: usize = setting.scale.of(60, 800, 20_000);
    for (number, signal) in SIGNALS.into_iter().cycle().take(kills).enumerate() {
        let line = dice.pick(&VERBS).context("there are verbs")?;
        let moment = if number % 2 == 0 {
            Moment::Random
        } else {
            Moment::Commit
        };
        trial.signalled(line, signal, moment, usual, &mut dice)?;
    }
    Ok(trial.findings(kills))
}

struct Trial<'a> {
    setting: &'a Setting,
    place: TempDir,
    /// How many tokens the store has had.
    tokens: usize,
    /// Those that live, and were delivered.
    live: BTreeSet<String>,
    undelivered: usize,
    delivered: usize,
    ended: usize,
    alive: Faults,
    died: Faults,
    untrue: Faults,
    endings: Faults,
}

impl<'a> Trial<'a> {
    fn begin(setting: &'a Setting) -> anyhow::Result<Self> {
        Ok(Self {
            setting,
            place: new_place(setting)?,
            tokens: 0,
            live: BTreeSet::new(),
            undelivered: 0,
            delivered: 0,
            ended: 0,
            alive: Faults::default(),
            died: Faults::default(),
            untrue: Faults::default(),
            endings: Faults::default(),
        })
    }

    /// Runs `line` with an output that does not work.
    fn through(&mut self, outlet: Outlet, line: &str) -> anyhow::Result<()> {
        let (words, old) = self.prepare(line)?;
        let output = outlet.run(self.command(&words), self.place.path())?;
        self.undelivered += 1;
        self.judge(
            &format!("{outlet:?}: {line}"),
            &output,
            old,
            &outlet.exits(),
        )
    }

    /// Sends a signal while the command waits for somebody to read its answer, who then goes away.
    fn signalled_while_it_waits(
        &mut self,
        outlet: Outlet,
        line: &str,
        signal: Signal,
    ) -> anyhow::Result<()> {
        let (words, old) = self.prepare(line)?;
        let (child, reader) = outlet::start_before_a_full_pipe(self.command(&words))?;
        let begun = Instant::now();
        while self.list()? == self.live {
            ensure!(begun.elapsed() < PATIENCE, "a command has changed nothing");
        }
        send(&child, signal)?;
        let output = outlet.end(child, reader)?;
        self.undelivered += 1;
        self.judge(
            &format!("{outlet:?}, {signal:?}: {line}"),
            &output,
            old,
            &outlet.exits(),
        )
    }

    /// Sends a signal to a command whose output works.
    fn signalled(
        &mut self,
        line: &str,
        (signal, code): (Signal, i32),
        moment: Moment,
        usual: Duration,
        dice: &mut Dice,
    ) -> anyhow::Result<()> {
        let (words, old) = self.prepare(line)?;
        let child = self.command(&words).spawn()?;
        let longest = match moment {
            Moment::Random => usual.as_micros(),
            Moment::Commit => {
                self.wait_for_the_commit(&child)?;
                usual.as_micros() / 4
            }
        };
        let delay = dice.below(usize::try_from(longest)?);
        wait(Duration::from_micros(u64::try_from(delay)?));
        send(&child, signal)?;
        let output = child.wait_with_output()?;
        match output.status.code() {
            Some(0) => self.delivered += 1,
            _ => self.ended += 1,
        }
        let what = format!("{signal:?} after {delay} us, {moment:?}: {line}");
        // Before it listens for them, the signal itself ends it.
        self.judge(&what, &output, old, &[Some(0), Some(code), None])
    }

    /// Says what came of a run: of the token that was to be replaced, and of a new one.
    fn judge(
        &mut self,
        what: &str,
        output: &Output,
        old: Option<String>,
        exits: &[Option<i32>],
    ) -> anyhow::Result<()> {
        let told = || format!("{what}: {}", ending(output.status));
        let live = self.list()?;
        let delivered = delivered_id(&output.stdout);
        for id in live.difference(&self.live) {
            if delivered.as_ref() != Some(id) {
                self.alive.add(told);
            }
        }
        let new_lives = delivered.as_ref().is_some_and(|id| live.contains(id));
        if output.status.success() && !new_lives {
            self.untrue.add(told);
        }
        if old.is_some_and(|old| !live.contains(&old)) && !new_lives {
            self.died.add(told);
        }
        if !exits.contains(&output.status.code()) {
            self.endings.add(told);
        }
        self.live = live;
        Ok(())
    }

    /// Returns the words of `line`, and the id of a new token that it is to replace.
    fn prepare(&mut self, line: &str) -> anyhow::Result<(Vec<String>, Option<String>)> {
        if self.tokens >= TOKENS {
            self.place = new_place(self.setting)?;
            self.tokens = 0;
            self.live.clear();
        }
        self.tokens += 1;
        let mut old = None;
        if line.contains("OLD") {
            let issued = succeed(self.command(&["issue", "alice", "--full-access"]))?;
            let id = delivered_id(&issued.stdout).context("it was delivered")?;
            self.live.insert(id.clone());
            old = Some(id);
        }
        let words = line.split(' ').map(|word| match &old {
            Some(old) if word == "OLD" => old.clone(),
            _ => word.to_owned(),
        });
        Ok((words.collect(), old))
    }

    fn command(&self, words: &[impl AsRef<str>]) -> Command {
        let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
        self.setting.tokenctl(&self.store(), &words)
    }

    fn store(&self) -> PathBuf {
        self.place.path().join("tokens.db")
    }

    /// Returns the ids of the tokens that live.
    fn list(&self) -> anyhow::Result<BTreeSet<String>> {
        let listed = succeed(self.command(&["list", "--state", "active", "--json"]))?;
        let records: Vec<Value> = serde_json::from_slice(&listed.stdout)?;
        let ids = records
            .iter()
            .map(|record| Some(record.get("id")?.as_str()?.to_owned()));
        ids.collect::<Option<_>>().context("each record has an id")
    }

    /// Waits until the log has grown, or the command has ended.
    fn wait_for_the_commit(&self, child: &Child) -> anyhow::Result<()> {
        let log = self.place.path().join("tokens.db-wal");
        let stat = format!("/proc/{}/stat", child.id());
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            let has_grown = log.metadata().is_ok_and(|log| log.len() > 0);
            // A process that has ended is a zombie until it is waited for.
            let has_ended =
                std::fs::read_to_string(&stat).map_or(true, |stat| stat.contains(") Z "));
            if has_grown || has_ended {
                return Ok(());
            }
        }
        bail!("a command neither changed anything nor ended")
    }

    /// Returns how long a run takes that nothing else on the machine holds up.
    fn duration(&mut self) -> anyhow::Result<Duration> {
        let mut shortest = Duration::MAX;
        for _ in 0..10 {
            let begun = Instant::now();
            succeed(self.command(&["issue", "alice", "--full-access"]))?;
            shortest = shortest.min(begun.elapsed());
        }
        self.live = self.list()?;
        Ok(shortest)
    }

    fn findings(&self, kills: usize) -> Findings {
        let mut findings = Findings::default();
        findings.count("runs whose output does not arrive", self.undelivered);
        findings.count("signals at random moments", kills);
        findings.count("of these, runs that delivered all the same", self.delivered);
        findings.count(
            "of these, runs that were ended before the commit",
            self.ended,
        );
        for (name, faults) in [
            ("tokens that live and were not delivered", &self.alive),
            (
                "old tokens that died although the new one was not delivered",
                &self.died,
            ),
            (
                "runs that told of success and did not deliver",
                &self.untrue,
            ),
            ("runs that ended otherwise than they should", &self.endings),
        ] {
            faults.tell(name, &mut findings);
        }
        findings.notes.push(
            "SIGKILL, SIGQUIT and a loss of power cannot be answered: a token that was committed in that moment lives until \
             somebody revokes it; `list` shows it as never used"
                .to_owned(),
        );
        findings
    }
}

fn new_place(setting: &Setting) -> anyhow::Result<TempDir> {
    let place = tempfile::tempdir()?;
    let store = place.path().join("tokens.db");
    succeed(setting.tokenctl(&store, &["init"]))?;
    succeed(setting.tokenctl(&store, &["user", "add", "alice"]))?;
    Ok(place)
}

/// Returns the id of the whole secret in `output`, where there is one.
fn delivered_id(output: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(output).ok()?;
    let (_, rest) = text.split_once("tkc_")?;
    let (id, body) = rest.split_once('_')?;
    let length = body.bytes().take_while(u8::is_ascii_alphanumeric).count();
    (length == 38).then(|| id.to_owned())
}

fn send(child: &Child, signal: Signal) -> anyhow::Result<()> {
    match kill_process(Pid::from_child(child), signal) {
        // It has ended already.
        Ok(()) | Err(rustix::io::Errno::SRCH) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Waits more exactly than a sleep does.
fn wait(period: Duration) {
    let begun = Instant::now();
    while begun.elapsed() < period {
        thread::yield_now();
    }
}
