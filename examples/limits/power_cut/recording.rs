//! Commands that were run one after the other on one store: their calls, and what was there after each.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use tempfile::TempDir;
use tokenctl::store::{Location, OpenOptions, Store};

use super::content::{Content, STORE};
use super::workload;
use crate::dice::Dice;
use crate::medium::{Medium, is_index};
use crate::setting::Setting;
use crate::strace::{self, Call, Strace};

pub(super) struct Recording {
    /// What was there before the first command.
    pub(super) medium: Medium,
    pub(super) content: Content,
    pub(super) steps: Vec<Step>,
    /// The commands that began the log anew over the one before.
    pub(super) log_restarts: Vec<usize>,
    /// What the shared memory of the store was at some time.
    pub(super) indexes: Vec<Vec<u8>>,
}

/// One command.
pub(super) struct Step {
    pub(super) words: String,
    pub(super) calls: Vec<Call>,
    /// Which of the calls is the answer.
    pub(super) answer: usize,
    /// What is there when it is done.
    pub(super) content: Content,
}

impl Recording {
    /// Records a workload.
    pub(super) fn make(
        setting: &Setting,
        strace: &Strace,
        dice: &mut Dice,
    ) -> anyhow::Result<Self> {
        let directory = tempfile::tempdir()?;
        workload::prepare(directory.path(), dice)?;
        let medium = Medium::of(directory.path())?;
        let mut recorder = Recorder {
            setting,
            strace,
            log: tempfile::tempdir()?,
            live: medium.clone(),
            holder: None,
            recording: Self {
                medium,
                content: Content::of(directory.path())?,
                steps: Vec::new(),
                log_restarts: Vec::new(),
                indexes: Vec::new(),
            },
            directory,
        };
        // Some 150 fill it to the thousand pages at which it is folded into the store.
        let most = setting.scale.of(20, 300, 300);
        workload::play(&mut recorder, most, dice)?;
        Ok(recorder.recording)
    }
}

/// Runs commands, and keeps the model beside the truth.
pub(super) struct Recorder<'a> {
    setting: &'a Setting,
    strace: &'a Strace,
    directory: TempDir,
    log: TempDir,
    live: Medium,
    /// A server that has the store open: as long as it does, no command is the last to close it, and the log stays.
    holder: Option<Arc<dyn Store>>,
    recording: Recording,
}

impl Recorder<'_> {
    /// Runs the command with `words`, and returns its stdout.
    pub(super) fn run(&mut self, words: &[&str]) -> anyhow::Result<String> {
        let root = self.directory.path();
        let mut command = self.setting.tokenctl(&root.join(STORE), words);
        command.current_dir(root).env("HOME", root);
        let log = self.log.path().join("calls");
        let (output, calls) = self.strace.run(&command, Stdio::null(), &log)?;
        let words = words.join(" ");
        ensure!(
            output.status.success(),
            "`{words}` failed: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        self.follow(&calls)
            .with_context(|| format!("follow `{words}`"))?;
        let content = self
            .look()
            .with_context(|| format!("look behind `{words}`"))?;
        self.recording.steps.push(Step {
            words,
            answer: strace::answer(&calls),
            calls,
            content,
        });
        Ok(String::from_utf8(output.stdout)?)
    }

    /// Opens the store in this process, as a server has it open.
    pub(super) fn hold(&mut self) -> anyhow::Result<()> {
        let store = self.directory.path().join(STORE);
        let store = Location::Sqlite(store).open(OpenOptions::default())?;
        store.readiness()?;
        self.holder = Some(store);
        Ok(())
    }

    /// Lets go of the store again.
    pub(super) fn release(&mut self) {
        self.holder = None;
    }

    /// Returns whether a log was begun anew over the one before.
    pub(super) fn has_restarted_log(&self) -> bool {
        !self.recording.log_restarts.is_empty()
    }

    fn follow(&mut self, calls: &[Call]) -> anyhow::Result<()> {
        self.live.begin_process();
        for call in calls {
            if restarts_log(&self.live, call) {
                self.recording.log_restarts.push(self.recording.steps.len());
            }
            self.live.apply(call)?;
        }
        Ok(())
    }

    /// Returns what is there now, by a copy: the files of the store must not be opened and closed in a process that
    /// has it open. What is there must be what the model says.
    fn look(&mut self) -> anyhow::Result<Content> {
        let copy = tempfile::tempdir()?;
        let copied = Command::new("cp")
            .arg("-rpT")
            .arg(self.directory.path())
            .arg(copy.path())
            .status()?;
        ensure!(copied.success(), "cp failed");
        self.compare(copy.path(), copy.path())?;
        Content::of(copy.path())
    }

    fn compare(&mut self, directory: &Path, root: &Path) -> anyhow::Result<()> {
        for entry in fs::read_dir(directory)? {
            let path = entry?.path();
            if path.is_dir() {
                self.compare(&path, root)?;
                continue;
            }
            let truth = fs::read(&path)?;
            if is_index(&path) {
                self.recording.indexes.push(truth);
                fs::remove_file(&path)?;
                continue;
            }
            // An empty file may be of the server that has the store open.
            let model = self.live.read(path.strip_prefix(root)?);
            ensure!(
                model.unwrap_or_default() == truth,
                "the model is wrong about {}",
                path.display()
            );
        }
        Ok(())
    }
}

/// Returns whether `call` begins a log anew over the one before.
fn restarts_log(medium: &Medium, call: &Call) -> bool {
    const HEADER: usize = 32;
    let Call::Write {
        file,
        at: Some(0),
        bytes,
    } = call
    else {
        return false;
    };
    let Some(path) = medium.path_of(*file) else {
        return false;
    };
    bytes.len() == HEADER
        && path.to_string_lossy().ends_with("-wal")
        && medium.read(path).is_some_and(|log| log.len() > HEADER)
}
