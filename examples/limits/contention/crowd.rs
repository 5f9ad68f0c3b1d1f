//! The processes of a round: 8 that write and 4 that read, on a store of their own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use tempfile::TempDir;
use tokenctl::change::{Actor, Change, Mode};
use tokenctl::clock::{Clock as _, SystemClock};
use tokenctl::store::{Location, OpenOptions};
use tokenctl::user::UserName;

use super::log::Log;
use super::worker::{Order, READER, WRITER};
use crate::monotonic;
use crate::role::Role;

const WRITERS: u32 = 8;
const READERS: u32 = 4;

/// Who owns all the tokens.
pub(super) const USER: &str = "alice";

/// From the start of the processes to the start of their work.
const START: Duration = Duration::from_millis(500);

const MEBIBYTE: f64 = (1 << 20) as f64;

pub(super) struct Crowd {
    directory: TempDir,
    /// On the common clock.
    pub(super) begin: u64,
    pub(super) end: u64,
    children: Vec<Child>,
    writes: Vec<PathBuf>,
    reads: Vec<PathBuf>,
}

/// What each process of a crowd did.
pub(super) struct Logs {
    pub(super) writers: Vec<Log>,
    pub(super) readers: Vec<Log>,
}

impl Logs {
    pub(super) fn errors(&self) -> impl Iterator<Item = &String> {
        let logs = self.writers.iter().chain(&self.readers);
        logs.flat_map(|log| &log.errors)
    }
}

impl Crowd {
    /// Makes a store, and starts processes that will work on it for `length`.
    pub(super) fn start(length: Duration, seed: u64) -> anyhow::Result<Self> {
        let directory = tempfile::tempdir()?;
        let begin = monotonic::now() + nanoseconds(START)?;
        let mut crowd = Self {
            directory,
            begin,
            end: begin + nanoseconds(length)?,
            children: Vec::new(),
            writes: Vec::new(),
            reads: Vec::new(),
        };
        create(&crowd.store())?;
        crowd.writes = crowd.add(&WRITER, WRITERS, seed)?;
        crowd.reads = crowd.add(&READER, READERS, seed)?;
        Ok(crowd)
    }

    /// Starts `count` processes of a kind, and returns where their logs will be.
    fn add(&mut self, role: &Role, count: u32, seed: u64) -> anyhow::Result<Vec<PathBuf>> {
        let mut logs = Vec::new();
        for number in 0..count {
            let log = self.file(&format!("{}-{number}", role.name));
            let order = Order {
                store: self.store(),
                log: log.clone(),
                seed,
                number,
                writers: WRITERS,
                begin: self.begin,
                end: self.end,
            };
            self.children
                .push(role.command(order.arguments()?)?.spawn()?);
            logs.push(log);
        }
        Ok(logs)
    }

    pub(super) fn store(&self) -> PathBuf {
        self.file("tokens.db")
    }

    /// Returns the path of a file beside the store.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Returns the length of the write-ahead log in MiB.
    pub(super) fn log_length(&self) -> f64 {
        // By `lstat`: who opens and closes a file of a store that is in use drops locks.
        let log = fs::symlink_metadata(self.file("tokens.db-wal"));
        log.map_or(0.0, |log| log.len() as f64 / MEBIBYTE)
    }

    pub(super) fn wait_for_begin(&self) {
        let until_begin = self.begin.saturating_sub(monotonic::now());
        thread::sleep(Duration::from_nanos(until_begin));
    }

    pub(super) fn is_at_work(&mut self) -> anyhow::Result<bool> {
        let mut running = false;
        for child in &mut self.children {
            running |= child.try_wait()?.is_none();
        }
        Ok(running)
    }

    /// Waits for the end of all, and reads what they did.
    pub(super) fn finish(&mut self) -> anyhow::Result<Logs> {
        for child in self.children.drain(..) {
            let output = child.wait_with_output()?;
            let said = String::from_utf8_lossy(&output.stderr);
            ensure!(output.status.success(), "a process failed: {said}");
        }
        let read = |paths: &[PathBuf]| -> anyhow::Result<Vec<Log>> {
            paths.iter().map(|path| Log::read(path)).collect()
        };
        Ok(Logs {
            writers: read(&self.writes)?,
            readers: read(&self.reads)?,
        })
    }
}

fn nanoseconds(period: Duration) -> anyhow::Result<u64> {
    Ok(u64::try_from(period.as_nanos())?)
}

fn create(path: &Path) -> anyhow::Result<()> {
    let location = Location::parse(path.to_str().context("not UTF-8")?)?;
    let store = location.create(OpenOptions::default())?;
    let name = UserName::parse(USER)?;
    let actor = Actor::named("limits");
    store.apply(
        &[Change::AddUser { name }],
        &actor,
        SystemClock.now(),
        Mode::Commit,
    )?;
    Ok(())
}
