//! Programs of others, and pieces of work that take turns.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, ensure};

/// Returns where the program `name` is installed.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let directories = std::env::split_paths(&path).chain(["/usr/sbin".into()]);
    let mut places = directories.map(|directory| directory.join(name));
    places.find(|place| place.is_file())
}

/// Runs a command to its end, and returns what it wrote.
pub(crate) fn output(command: &mut Command) -> anyhow::Result<String> {
    let output = command
        .stderr(Stdio::piped())
        .output()
        .with_context(|| format!("start {:?}", command.get_program()))?;
    ensure!(
        output.status.success(),
        "{:?} failed: {}",
        command.get_program(),
        String::from_utf8_lossy(&output.stderr)
    );
    // Digests are not text.
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text.trim_end().to_owned())
}

/// Runs a command that has to succeed, and returns the milliseconds from its start to its end.
pub(super) fn time(command: &mut Command) -> anyhow::Result<f64> {
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let started = Instant::now();
    let status = command.status()?;
    let milliseconds = started.elapsed().as_secs_f64() * 1e3;
    ensure!(status.success(), "{:?} failed", command.get_program());
    Ok(milliseconds)
}

/// What each of several pieces of work came to in rounds in which they took turns.
pub(super) struct Turns(Vec<Vec<f64>>);

impl Turns {
    /// Calls `work` with the number of each side in turn, `rounds` times, and once before that to warm up.
    pub(super) fn of(
        rounds: usize,
        sides: usize,
        mut work: impl FnMut(usize) -> anyhow::Result<f64>,
    ) -> anyhow::Result<Self> {
        let mut round = || {
            (0..sides)
                .map(&mut work)
                .collect::<anyhow::Result<Vec<_>>>()
        };
        round()?;
        let rounds = (0..rounds).map(|_| round());
        Ok(Self(rounds.collect::<anyhow::Result<_>>()?))
    }

    pub(super) fn median(&self, side: usize) -> f64 {
        median(self.0.iter().filter_map(|round| round.get(side)).copied())
    }

    /// Returns the ratio of the medians: of short pieces each has its outliers.
    pub(super) fn ratio(&self, side: usize, to: usize) -> f64 {
        self.median(side) / self.median(to)
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
