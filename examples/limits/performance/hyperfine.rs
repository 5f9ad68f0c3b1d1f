//! Whole processes, timed by hyperfine: a stop watch that is not ours, beside our own.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;
use serde::Deserialize;

use super::tools::{self, Turns};

const ROUNDS: usize = 7;
const RUNS: &str = "50";

/// Command lines that hyperfine starts without a shell, one after the other.
pub(super) struct Hyperfine {
    program: PathBuf,
    command_lines: Vec<String>,
}

impl Hyperfine {
    /// Returns nothing where it is not installed.
    pub(super) fn installed(command_lines: Vec<String>) -> Option<Self> {
        let program = tools::find("hyperfine")?;
        Some(Self {
            program,
            command_lines,
        })
    }

    /// Returns the milliseconds that each of them takes, in rounds in which they take turns.
    ///
    /// `starts` is told what environment they have; each reads `input`.
    pub(super) fn time(
        &self,
        input: &Path,
        mut starts: impl FnMut(&mut Command),
    ) -> anyhow::Result<Turns> {
        let directory = tempfile::tempdir()?;
        let report = directory.path().join("report.json");
        Turns::of(ROUNDS, self.command_lines.len(), |side| {
            let line = self.command_lines.get(side).context("as many sides")?;
            let mut hyperfine = Command::new(&self.program);
            hyperfine.args(["-N", "--style", "none", "--warmup", "5", "--runs", RUNS]);
            hyperfine.arg("--input").arg(input);
            hyperfine.arg("--export-json").arg(&report).arg(line);
            starts(&mut hyperfine);
            tools::output(&mut hyperfine)?;
            let report: Report = serde_json::from_slice(&std::fs::read(&report)?)?;
            let timed = report.results.first().context("nothing was timed")?;
            Ok(timed.median * 1e3)
        })
    }
}

/// What is asked of its report; times are seconds.
#[derive(Deserialize)]
struct Report {
    results: Vec<Timed>,
}

#[derive(Deserialize)]
struct Timed {
    median: f64,
}
