//! Whole processes, timed by hyperfine: a stop watch that is not ours, beside our own.

use std::fs;
use std::process::Command;

use anyhow::Context as _;
use serde::Deserialize;

use super::tools;

const RUNS: &str = "50";

/// Returns the milliseconds that `command_line` takes, started without a shell. Its stdin is empty: Debian's hyperfine
/// knows of no other.
///
/// `hyperfine` is a command that starts it with the environment which the other is to have.
pub(super) fn time(hyperfine: &mut Command, command_line: &str) -> anyhow::Result<f64> {
    let directory = tempfile::tempdir()?;
    let report = directory.path().join("report.json");
    hyperfine.args(["-N", "--style", "none", "--warmup", "5", "--runs", RUNS]);
    hyperfine.arg("--export-json").arg(&report);
    tools::output(hyperfine.arg(command_line))?;
    let report: Report = serde_json::from_slice(&fs::read(&report)?)?;
    let timed = report.results.first().context("nothing was timed")?;
    Ok(timed.median * 1e3)
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
