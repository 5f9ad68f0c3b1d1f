//! What every harness is given: how long to try, a seed, and the command under test.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};
use clap::ValueEnum;
use indicatif::ProgressBar;
use serde::{Deserialize, Serialize};

use crate::dice::Dice;

/// How long to try.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Scale {
    /// Seconds for each claim: part of each full run of the tests.
    Quick,
    /// Minutes for each: what is published.
    Full,
    /// Hours in all.
    Soak,
}

impl Scale {
    /// Returns the one of three values that is for this scale.
    pub(crate) fn of<T>(self, quick: T, full: T, soak: T) -> T {
        match self {
            Self::Quick => quick,
            Self::Full => full,
            Self::Soak => soak,
        }
    }
}

pub(crate) struct Setting {
    pub(crate) scale: Scale,
    pub(crate) seed: u64,
    /// The command, built with the profile of this harness.
    pub(crate) program: PathBuf,
}

impl Setting {
    /// Builds the command.
    pub(crate) fn prepare(scale: Scale, seed: u64) -> anyhow::Result<Self> {
        let mut build = Command::new(env!("CARGO"));
        build.args(["build", "--locked", "--quiet", "--bin", "tokenctl"]);
        if !cfg!(debug_assertions) {
            build.arg("--release");
        }
        ensure!(
            build.status().context("start cargo")?.success(),
            "the command does not build"
        );
        let example = std::env::current_exe()?;
        let profile = example
            .ancestors()
            .nth(2)
            .context("has no target directory")?;
        Ok(Self {
            scale,
            seed,
            program: profile.join("tokenctl"),
        })
    }

    /// Returns whether this harness, and so the command, is built as it is released.
    pub(crate) const fn is_of_release(&self) -> bool {
        !cfg!(debug_assertions)
    }

    /// Returns the directory of builds, for what is worth keeping until the next run.
    pub(crate) fn target(&self) -> anyhow::Result<&Path> {
        let target = self.program.ancestors().nth(2);
        target.context("has no target directory")
    }

    pub(crate) fn dice(&self) -> Dice {
        Dice::new(self.seed)
    }

    /// Goes through `rounds`, and shows on a terminal how far it is.
    pub(crate) fn watch<I: Iterator>(&self, rounds: I) -> impl Iterator<Item = I::Item> + use<I> {
        let number = u64::try_from(rounds.size_hint().0).unwrap_or(u64::MAX);
        // Where there is no terminal it draws nothing.
        ProgressBar::new(number).wrap_iter(rounds)
    }

    /// Returns the command with `arguments` on the store at `store`: no environment, no input, nothing on a terminal.
    pub(crate) fn tokenctl(&self, store: &Path, arguments: &[&str]) -> Command {
        let mut command = self.bare(arguments);
        command.env("TOKENCTL_STORE", store);
        command
    }

    /// Returns the command with `arguments` on the default store of `home`.
    pub(crate) fn at_home(&self, home: &Path, arguments: &[&str]) -> Command {
        let mut command = self.bare(arguments);
        command.env("HOME", home);
        command
    }

    fn bare(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command
            .env_clear()
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }
}
