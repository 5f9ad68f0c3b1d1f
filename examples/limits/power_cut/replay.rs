//! Cuts in a recording, and what is found after each.

use std::fs;
use std::ops::ControlFlow;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;

use anyhow::Context as _;
use jiff::Timestamp;
use tokenctl::change::{Actor, Change, Mode};
use tokenctl::clock::{Clock as _, SystemClock};
use tokenctl::store::care::Severity;
use tokenctl::store::{Location, OpenOptions};
use tokenctl::user::UserName;

use super::content::{Content, STORE};
use super::recording::{Recording, Step};
use crate::dice::Dice;
use crate::medium::{Chance, Medium, Remains, write_private};
use crate::strace::Call;

/// How likely it is that something unsynced is there after all, of 100: one for each state.
const CHANCES: [usize; 5] = [0, 20, 50, 80, 100];

/// The length of a new shared memory, in words of 8 bytes.
const INDEX_WORDS: usize = 4_096;

/// What came of all cuts. A fault is a line that tells of it.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) commands: usize,
    pub(super) log_restarts: usize,
    pub(super) states: usize,
    pub(super) unsettled: usize,
    pub(super) dropped: usize,
    pub(super) torn: usize,
    pub(super) names_dropped: usize,
    pub(super) without_store: usize,
    pub(super) unopened: Vec<String>,
    pub(super) lost: Vec<String>,
    pub(super) half_done: Vec<String>,
}

/// Why a state is not as it should be.
enum Fault {
    Unopened(String),
    Lost(String),
    HalfDone(String),
}

pub(super) struct Replay<'a> {
    recording: &'a Recording,
    name: String,
}

/// A moment: in which command, before which of its calls.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Moment {
    step: usize,
    call: usize,
}

impl<'a> Replay<'a> {
    pub(super) fn of(recording: &'a Recording, name: String) -> Self {
        Self { recording, name }
    }

    /// Cuts the power `times` times, each in the same past, and looks at what is left.
    pub(super) fn cut(
        &self,
        times: usize,
        dice: &mut Dice,
        tally: &mut Tally,
    ) -> anyhow::Result<()> {
        let mut moments = self.moments(times, dice);
        moments.sort_unstable();
        let mut moments = moments.into_iter().peekable();
        let mut medium = self.recording.medium.clone();
        tally.commands += self.recording.steps.len();
        tally.log_restarts += self.recording.log_restarts.len();
        for (number, step) in self.recording.steps.iter().enumerate() {
            medium.begin_process();
            for (call_number, call) in step.calls.iter().enumerate() {
                let now = Moment {
                    step: number,
                    call: call_number,
                };
                while moments.next_if_eq(&now).is_some() {
                    self.look_after_cut(&medium, now, dice, tally)?;
                }
                medium.apply(call)?;
            }
        }
        Ok(())
    }

    /// Chooses moments. Each command is as likely as any other, but for those around the one that began the log anew:
    /// before it the log was folded into a store that others have open.
    fn moments(&self, times: usize, dice: &mut Dice) -> Vec<Moment> {
        let Recording {
            steps,
            log_restarts,
            ..
        } = self.recording;
        let mut moments = Vec::new();
        while moments.len() < times {
            let step = match log_restarts.get(dice.below(4 * log_restarts.len())) {
                Some(restart) => restart.saturating_sub(dice.below(3)),
                None => dice.below(steps.len()),
            };
            let calls = steps.get(step).map_or(&[] as &[Call], |step| &step.calls);
            let call = dice.below(calls.len());
            if calls.get(call).is_some_and(matters) {
                moments.push(Moment { step, call });
            }
        }
        moments
    }

    fn look_after_cut(
        &self,
        medium: &Medium,
        moment: Moment,
        dice: &mut Dice,
        tally: &mut Tally,
    ) -> anyhow::Result<()> {
        let Some(step) = self.recording.steps.get(moment.step) else {
            return Ok(());
        };
        let chance = CHANCES.get(dice.below(CHANCES.len())).copied();
        let remains = medium.cut(dice, &Chance(chance.unwrap_or_default()));
        let index = self.index(dice);
        let directory = tempfile::tempdir()?;
        write(&remains, directory.path())?;
        if let (Some(index), true) = (&index, directory.path().join(STORE).exists()) {
            write_private(&directory.path().join(format!("{STORE}-shm")), index)?;
        }
        tally.states += 1;
        tally.unsettled += usize::from(!medium.unsynced().is_empty());
        tally.dropped += remains.dropped;
        tally.torn += remains.torn;
        tally.names_dropped += remains.names_dropped;
        tally.without_store += usize::from(!directory.path().join(STORE).exists());
        let Err(fault) = self.judge(directory.path(), moment, step) else {
            return Ok(());
        };
        let told = |why| {
            let (name, call, words) = (&self.name, moment.call, &step.words);
            format!("{name}: `{words}` before its call {call}: {why}")
        };
        match fault {
            Fault::Unopened(why) => tally.unopened.push(told(why)),
            Fault::Lost(why) => tally.lost.push(told(why)),
            Fault::HalfDone(why) => tally.half_done.push(told(why)),
        }
        Ok(())
    }

    /// Returns what the shared memory of the store may be after a cut: missing, stale, or garbage.
    fn index(&self, dice: &mut Dice) -> Option<Vec<u8>> {
        match dice.below(3) {
            0 => None,
            1 => {
                let stale = &self.recording.indexes;
                stale.get(dice.below(stale.len())).cloned()
            }
            _ => Some(
                (0..INDEX_WORDS)
                    .flat_map(|_| dice.roll().to_le_bytes())
                    .collect(),
            ),
        }
    }

    fn judge(&self, directory: &Path, moment: Moment, step: &Step) -> Result<(), Fault> {
        let before = match moment.step.checked_sub(1) {
            None => &self.recording.content,
            Some(before) => &self.recording.steps.get(before).unwrap_or(step).content,
        };
        let is_acknowledged = step.answer < moment.call;
        check(directory)?;
        let found =
            Content::of(directory).map_err(|error| Fault::Unopened(format!("{error:#}")))?;
        if found.store != step.content.store && (is_acknowledged || found.store != before.store) {
            return Err(self.of_store(&found, moment));
        }
        let due = if is_acknowledged {
            &step.content
        } else {
            before
        };
        for (path, print) in &due.files {
            if found.files.get(path) != Some(print) {
                return Err(Fault::Lost(format!("{} is not whole", path.display())));
            }
        }
        // A copy is put in place when it is whole.
        for (path, print) in found.files.iter().filter(|(path, _)| is_copy(path)) {
            if step.content.files.get(path) != Some(print) {
                return Err(Fault::HalfDone(format!("{} is not whole", path.display())));
            }
        }
        go_on(directory).map_err(|error| Fault::Unopened(format!("{error:#}")))
    }

    /// Tells what is wrong with a store that says neither what it should say before nor after the command.
    fn of_store(&self, found: &Content, moment: Moment) -> Fault {
        let past = &self.recording.steps;
        let is_of = |step: &Step| step.content.store == found.store;
        match past.iter().take(moment.step + 1).rposition(is_of) {
            _ if found.store.is_none() => Fault::Lost("the store".to_owned()),
            Some(step) => {
                let words = past.get(step).map_or("", |step| &step.words);
                Fault::Lost(format!("all after `{words}`"))
            }
            None => Fault::HalfDone("the store is as it was at no time".to_owned()),
        }
    }
}

/// Returns whether a cut before `call` and one after it can differ.
fn matters(call: &Call) -> bool {
    match call {
        Call::Open { flags, .. } => flags.iter().any(|flag| flag == "O_CREAT"),
        Call::Accept(_)
        | Call::Close(_)
        | Call::Duplicate { .. }
        | Call::Seek { .. }
        | Call::Map(_) => false,
        _ => true,
    }
}

fn is_copy(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension == "backup")
}

fn write(remains: &Remains, directory: &Path) -> anyhow::Result<()> {
    for (path, content) in &remains.files {
        let path = directory.join(path);
        match content {
            None => fs::DirBuilder::new().mode(0o700).create(&path)?,
            Some(bytes) => write_private(&path, bytes)?,
        }
    }
    Ok(())
}

/// Has the library check the store, if there is one.
fn check(directory: &Path) -> Result<(), Fault> {
    let store = directory.join(STORE);
    if !store.exists() {
        return Ok(());
    }
    let now = SystemClock.now();
    let options = OpenOptions::default();
    let found = Location::Sqlite(store).check(&options, now, &mut |_| ControlFlow::Continue(()));
    let found = found.map_err(|error| Fault::Unopened(error.to_string()))?;
    match found
        .findings
        .iter()
        .find(|finding| finding.kind.severity() > Severity::Notice)
    {
        None => Ok(()),
        Some(finding) => Err(Fault::Unopened(format!(
            "{}: {}",
            finding.kind.as_str(),
            finding.what
        ))),
    }
}

/// Makes sure that the next command works: it makes the store where there is none, and changes it.
fn go_on(directory: &Path) -> anyhow::Result<()> {
    let location = Location::Sqlite(directory.join(STORE));
    let store = match directory.join(STORE).exists() {
        true => location.open(OpenOptions::default()),
        false => location.create(OpenOptions::default()),
    }?;
    let name = UserName::parse("after-the-cut")?;
    let change = Change::AddUser { name: name.clone() };
    let actor = Actor::named("limits");
    let now: Timestamp = SystemClock.now();
    store.apply(&[change], &actor, now, Mode::Commit)?;
    store
        .find_user(&name)?
        .context("what was written is not there")?;
    Ok(())
}
