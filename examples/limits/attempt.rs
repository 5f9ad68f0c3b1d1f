//! One run of the command, and whether it ended as it may.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{Seek as _, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::claim::{Findings, Goal};

/// Returns whether a command of ours may end like this: neither by a signal, nor by a bug, nor by a code that is not in
/// the table of its help.
pub(crate) fn is_in_contract(status: ExitStatus) -> bool {
    matches!(
        status.code(),
        Some(0 | 2..=5 | 10..=17 | 20..=28 | 65 | 66 | 129 | 130 | 143)
    )
}

/// Returns how it ended, in words.
pub(crate) fn ending(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit {code}"),
        (None, signal) => format!("signal {}", signal.unwrap_or_default()),
    }
}

/// Runs `command`, which has to succeed.
pub(crate) fn succeed(mut command: Command) -> anyhow::Result<Output> {
    let output = command
        .output()
        .with_context(|| format!("start {:?}", command.get_program()))?;
    ensure!(
        output.status.success(),
        "{:?} ended with {}: {}",
        command.get_args().collect::<Vec<_>>(),
        ending(output.status),
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(output)
}

/// Runs `command` with `input` on its stdin.
pub(crate) fn feed(mut command: Command, input: &str) -> anyhow::Result<Output> {
    let mut child = command.stdin(Stdio::piped()).spawn()?;
    let mut stdin = child.stdin.take().context("its stdin is a pipe")?;
    // A command that fails early leaves the rest unread.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    Ok(child.wait_with_output()?)
}

/// Runs `command` with `input` on its stdin, and ends it where that takes longer than `limit`: `None`.
pub(crate) fn feed_within(
    mut command: Command,
    input: &[u8],
    limit: Duration,
) -> anyhow::Result<Option<Output>> {
    let mut stdin = tempfile::tempfile()?;
    stdin.write_all(input)?;
    stdin.rewind()?;
    end_within(command.stdin(stdin).spawn()?, limit)
}

/// Returns `tool`, which runs a command that [`run_by`] adds. One that hangs is killed, which no contract allows.
pub(crate) fn tool(tool: &str) -> Command {
    let mut command = Command::new("timeout");
    command.args(["--signal=KILL", "40", tool]);
    command
}

/// Returns `tool` with `command` and what that has in its environment behind its own arguments.
pub(crate) fn run_by(mut tool: Command, command: &Command) -> Command {
    let variables = command.get_envs();
    tool.arg(command.get_program())
        .args(command.get_args())
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .envs(variables.filter_map(|(name, value)| Some((name, value?))))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    tool
}

/// Waits for the end of `child`, and ends it where that takes longer than `limit`: `None`.
pub(crate) fn end_within(child: Child, limit: Duration) -> anyhow::Result<Option<Output>> {
    let process = Pid::from_child(&child);
    let (ended, waiting) = mpsc::channel();
    let waiter = thread::spawn(move || {
        let output = child.wait_with_output();
        // The other end has given up when nobody hears it.
        let _ = ended.send(());
        output
    });
    let in_time = waiting.recv_timeout(limit).is_ok();
    if !in_time {
        // It may have ended in this moment.
        let _ = kill_process(process, Signal::KILL);
    }
    let output = waiter
        .join()
        .map_err(|_| anyhow::anyhow!("waiting for a command panicked"))??;
    Ok(in_time.then_some(output))
}

/// What went wrong, and the first of each kind in words.
#[derive(Default)]
pub(crate) struct Faults {
    pub(crate) count: usize,
    first: Option<String>,
}

impl Faults {
    /// Counts one; `what` tells how to find it again.
    pub(crate) fn add(&mut self, what: impl FnOnce() -> String) {
        self.count += 1;
        self.first.get_or_insert_with(what);
    }

    /// Adds those that were found elsewhere.
    pub(crate) fn merge(&mut self, other: Self) {
        self.count += other.count;
        self.first = self.first.take().or(other.first);
    }

    /// Adds how many there are, of which there may be none, and a note about the first.
    pub(crate) fn tell(&self, name: &str, findings: &mut Findings) {
        findings.measure(name, self.count, Goal::NONE);
        findings.notes.extend(self.note(name));
    }

    /// Returns a note about the first, where there was one.
    pub(crate) fn note(&self, name: &str) -> Option<String> {
        let first = self.first.as_ref()?;
        Some(format!("{name}, the first: {first}"))
    }
}

/// How often commands have ended with each exit code.
#[derive(Default)]
pub(crate) struct Exits(BTreeMap<i32, usize>);

impl Exits {
    pub(crate) fn add(&mut self, status: ExitStatus) {
        *self.0.entry(status.code().unwrap_or(-1)).or_default() += 1;
    }
}

impl fmt::Display for Exits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exits = self.0.iter();
        let exits: Vec<String> = exits
            .map(|(exit, times)| format!("{exit} ({times} times)"))
            .collect();
        f.write_str(&exits.join(", "))
    }
}

/// Returns of how many temporary files the JSON lines of `check` tell.
pub(crate) fn leftovers(findings: &[u8]) -> anyhow::Result<usize> {
    let mut told = 0;
    for finding in serde_json::Deserializer::from_slice(findings).into_iter::<Value>() {
        let finding = finding?;
        if finding.get("kind").is_some_and(|kind| kind == "leftover") {
            let count = finding.get("count").and_then(Value::as_u64);
            told += usize::try_from(count.context("a finding lacks its count")?)?;
        }
    }
    Ok(told)
}
