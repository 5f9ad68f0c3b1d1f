//! Commands under strace, and what the order of their calls says of them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};
use tempfile::TempDir;

use crate::medium::{Medium, Part, Unsynced, is_index, write_private};
use crate::server::Server;
use crate::setting::Setting;
use crate::strace::{self, Call, Descriptor, STDERR, STDOUT, Strace};

/// What was seen of all commands. A fault is a line that tells of it.
#[derive(Default)]
pub(super) struct Tally {
    /// The first words of the commands.
    pub(super) verbs: BTreeSet<String>,
    pub(super) changing: usize,
    pub(super) reading: usize,
    pub(super) syncs: usize,
    pub(super) early: BTreeSet<String>,
    pub(super) nameless: BTreeSet<String>,
    pub(super) idle: BTreeSet<String>,
    pub(super) meddling: BTreeSet<String>,
    pub(super) created: usize,
    pub(super) shared: usize,
    pub(super) followed: BTreeSet<String>,
    pub(super) open: BTreeSet<String>,
    pub(super) opened_up: BTreeSet<String>,
}

/// What a command is to do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Does {
    /// It changes something, and says so when that is on the medium.
    Change,
    /// It goes on answering, and an answer says what is on the medium.
    Serve,
    /// It writes something that may be lost with the power.
    Note,
    /// It writes nothing but what others can do without: an empty log, its index, a copy that is removed.
    Nothing,
    /// It writes files for all, which can be written again at any time.
    Publish,
}

/// A directory, the model of it, and the commands that run in it.
pub(super) struct Bench<'a> {
    setting: &'a Setting,
    strace: &'a Strace,
    directory: TempDir,
    log: TempDir,
    medium: Medium,
    /// The names that were found unsynced.
    nameless: BTreeSet<PathBuf>,
    pub(super) tally: Tally,
}

impl<'a> Bench<'a> {
    pub(super) fn prepare(
        setting: &'a Setting,
        strace: &'a Strace,
        tally: Tally,
    ) -> anyhow::Result<Self> {
        let directory = tempfile::tempdir()?;
        // For copies of databases that hold plain tokens.
        fs::create_dir(directory.path().join("tmp"))?;
        let medium = Medium::of(directory.path())?;
        Ok(Self {
            setting,
            strace,
            directory,
            log: tempfile::tempdir()?,
            medium,
            nameless: BTreeSet::new(),
            tally,
        })
    }

    /// Returns the absolute path of `name`.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Puts a private file there, as somebody would have before.
    pub(super) fn put(&mut self, name: &str, content: &[u8]) -> anyhow::Result<()> {
        let path = self.path(name);
        write_private(&path, content)?;
        self.medium.adopt(&path)
    }

    /// Runs the command with `words` on `store`, and returns its stdout.
    pub(super) fn on(&mut self, store: &str, does: Does, words: &[&str]) -> anyhow::Result<String> {
        self.with_input(Stdio::null(), store, does, words)
    }

    /// Runs the command with `words` on `store`, what it asks for being in `input`.
    pub(super) fn with_input(
        &mut self,
        input: Stdio,
        store: &str,
        does: Does,
        words: &[&str],
    ) -> anyhow::Result<String> {
        let command = self.command(store, words);
        let (output, calls) = self.strace.run(&command, input, &self.log())?;
        // 17 is an answer: something was found.
        ensure!(
            output.status.success() || output.status.code() == Some(17),
            "`{}` failed: {}",
            words.join(" "),
            String::from_utf8_lossy(&output.stderr)
        );
        self.follow(words, does, &calls)?;
        Ok(String::from_utf8(output.stdout)?)
    }

    /// Starts a server with `words` on `store`, has `visit` visit it at its address, and stops it.
    pub(super) fn serve(
        &mut self,
        store: &str,
        words: &[&str],
        visit: impl FnOnce(&str) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let command = self.command(store, words);
        let server = Server::start_traced(self.strace.wrap(&command, &self.log()))?;
        visit(&server.address)?;
        server.stop()?;
        let calls = strace::calls(&self.log())?;
        self.follow(words, Does::Serve, &calls)
    }

    fn log(&self) -> PathBuf {
        self.log.path().join("calls")
    }

    fn command(&self, store: &str, words: &[&str]) -> Command {
        let mut command = self.setting.tokenctl(&self.path(store), words);
        command
            .current_dir(self.directory.path())
            .env("HOME", self.directory.path())
            .env("TMPDIR", self.path("tmp"));
        if store.is_empty() {
            command.env_remove("TOKENCTL_STORE");
        }
        command
    }

    fn follow(&mut self, words: &[&str], does: Does, calls: &[Call]) -> anyhow::Result<()> {
        let verb = words.first().context("a command without words")?;
        self.tally.verbs.insert((*verb).to_owned());
        match does {
            Does::Change | Does::Serve => self.tally.changing += 1,
            Does::Nothing => self.tally.reading += 1,
            Does::Note | Does::Publish => {}
        }
        let name = words.join(" ");
        self.judge(&name, does, calls)
            .with_context(|| format!("follow `{name}`"))
    }

    fn judge(&mut self, name: &str, does: Does, calls: &[Call]) -> anyhow::Result<()> {
        self.medium.begin_process();
        let answer = strace::answer(calls);
        let mut written = BTreeSet::new();
        let mut touched = BTreeSet::new();
        let mut told = BTreeSet::from([STDOUT, STDERR]);
        for (index, call) in calls.iter().enumerate() {
            if let Call::Accept(client) = call {
                told.insert(*client);
            }
            if is_telling(call, &told) && matches!(does, Does::Change | Does::Serve) {
                self.look_for_unsynced(name, &touched);
            }
            if let Some(path) = self.written_by(call) {
                if index > answer && does == Does::Change {
                    let line = format!("{name}: {} changed after the answer", path.display());
                    self.tally.early.insert(line);
                }
                touched.insert(path.clone());
                written.insert(path);
            }
            touched.extend(self.touched_by(call).map(Path::to_owned));
            if matches!(call, Call::Sync(_)) && index < answer {
                self.tally.syncs += 1;
            }
            if does != Does::Publish {
                self.look_at_modes(name, call)?;
            }
            self.medium.apply(call)?;
        }
        let has_left_something = written.iter().any(|path| self.medium.read(path).is_some());
        match does {
            Does::Change | Does::Serve if written.is_empty() => {
                self.tally.idle.insert(name.to_owned())
            }
            Does::Nothing if has_left_something => self.tally.meddling.insert(name.to_owned()),
            _ => false,
        };
        Ok(())
    }

    /// Looks for what is not on the medium of the files that this command has touched. A name is told of once: what one
    /// command has left so is not the fault of the next.
    fn look_for_unsynced(&mut self, name: &str, touched: &BTreeSet<PathBuf>) {
        for Unsynced { path, what } in self.medium.unsynced() {
            let line = format!("{name}: {} was not synced", path.display());
            match what {
                Part::Bytes if touched.contains(&path) => self.tally.early.insert(line),
                Part::Name if self.nameless.insert(path) => self.tally.nameless.insert(line),
                _ => false,
            };
        }
    }

    fn touched_by(&self, call: &Call) -> Option<&Path> {
        match call {
            Call::Write { file, .. } | Call::WriteUnseen(file) | Call::Truncate { file, .. } => {
                self.medium.path_of(*file)
            }
            _ => None,
        }
    }

    /// Returns what `call` changes the content of. Folding a log into its store changes nothing that it says, and what
    /// lies in the directory for temporary files is removed again.
    fn written_by(&self, call: &Call) -> Option<PathBuf> {
        if let Call::Rename { to, .. } = call {
            return self.medium.below(to).ok()?;
        }
        let path = self.touched_by(call)?;
        let mut log = path.as_os_str().to_owned();
        log.push("-wal");
        let is_folding = self.medium.read(Path::new(&log)).is_some();
        let is_kept = !is_index(path) && !path.starts_with("tmp") && !is_folding;
        is_kept.then(|| path.to_owned())
    }

    fn look_at_modes(&mut self, name: &str, call: &Call) -> anyhow::Result<()> {
        match call {
            Call::Open {
                place, flags, mode, ..
            } => {
                let has = |wanted: &str| flags.iter().any(|flag| flag == wanted);
                let Some(path) = self.medium.below(place)? else {
                    return Ok(());
                };
                if !has("O_CREAT") || self.medium.has(place)? {
                    return Ok(());
                }
                self.tally.created += 1;
                let path = path.display();
                if has("O_NOFOLLOW") && !has("O_EXCL") {
                    self.tally.shared += 1;
                }
                if !has("O_NOFOLLOW") && !has("O_EXCL") {
                    let line = format!("{name}: {path} was created with {}", flags.join("|"));
                    self.tally.followed.insert(line);
                }
                let mode = mode & 0o7777;
                if mode != 0o600 {
                    let line = format!("{name}: {path} was created {mode:04o}");
                    self.tally.open.insert(line);
                }
            }
            Call::MakeDirectory { place, mode } => {
                self.tally.created += 1;
                if *mode != 0o700 {
                    let line = format!("{name}: {} was made {mode:04o}", place.path.display());
                    self.tally.open.insert(line);
                }
            }
            Call::ChangeMode(mode) if mode & 0o077 != 0 => {
                self.tally
                    .opened_up
                    .insert(format!("{name}: to {mode:04o}"));
            }
            _ => {}
        }
        Ok(())
    }
}

/// Returns whether somebody who is `told` by one of these descriptors learns from `call` how it went.
fn is_telling(call: &Call, told: &BTreeSet<Descriptor>) -> bool {
    match call {
        Call::Write { file, .. } | Call::WriteUnseen(file) => told.contains(file),
        Call::Exit => true,
        _ => false,
    }
}
