//! What one process is to change, and how it was ended.

use std::fmt;
use std::path::PathBuf;
use std::process::{Child, Command, Output};
use std::thread;
use std::time::{Duration, Instant};

use super::base::Known;
use crate::dice::Dice;

/// A command that is killed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Verb {
    Backup,
    Import,
    Issue,
    Migrate,
    Prune,
    Restore,
    Restrict,
    Revoke,
    Rotate,
}

impl Verb {
    pub(super) const ALL: [Self; 9] = [
        Self::Backup,
        Self::Import,
        Self::Issue,
        Self::Migrate,
        Self::Prune,
        Self::Restore,
        Self::Restrict,
        Self::Revoke,
        Self::Rotate,
    ];

    /// Those that run side by side on one store, over and over.
    pub(super) const EVERYDAY: [Self; 7] = [
        Self::Backup,
        Self::Import,
        Self::Issue,
        Self::Prune,
        Self::Restrict,
        Self::Revoke,
        Self::Rotate,
    ];
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Backup => "backup",
            Self::Import => "import",
            Self::Issue => "issue",
            Self::Migrate => "migrate",
            Self::Prune => "prune",
            Self::Restore => "restore",
            Self::Restrict => "restrict",
            Self::Revoke => "revoke",
            Self::Rotate => "rotate",
        })
    }
}

/// The change that a process is to make.
pub(super) enum Task {
    /// The copy is put there.
    Backup(PathBuf),
    Import {
        user: String,
        secrets: Vec<String>,
    },
    /// The token gets the label `job=MARK`.
    Issue {
        mark: String,
    },
    Migrate,
    Prune(Vec<Known>),
    Restore,
    Restrict(Known),
    Revoke(Known),
    Rotate(Known),
}

impl Task {
    pub(super) fn verb(&self) -> Verb {
        match self {
            Self::Backup(_) => Verb::Backup,
            Self::Import { .. } => Verb::Import,
            Self::Issue { .. } => Verb::Issue,
            Self::Migrate => Verb::Migrate,
            Self::Prune(_) => Verb::Prune,
            Self::Restore => Verb::Restore,
            Self::Restrict(_) => Verb::Restrict,
            Self::Revoke(_) => Verb::Revoke,
            Self::Rotate(_) => Verb::Rotate,
        }
    }
}

/// How a process was ended.
pub(super) struct Ended {
    pub(super) task: Task,
    /// What it has said on stdout, where it says nothing before the change is made.
    pub(super) answer: String,
    /// What it has said on stderr.
    pub(super) talk: String,
    /// How it ended by itself, before it was killed.
    pub(super) exit: Option<i32>,
}

impl Ended {
    /// Whoever has seen the answer, or the exit, relies on the change.
    pub(super) fn is_acknowledged(&self) -> bool {
        !self.answer.is_empty() || self.exit == Some(0)
    }
}

/// A process that is going to be killed.
pub(super) struct Running {
    task: Task,
    child: Child,
    dies_at: Instant,
}

/// When processes are killed: around the moment at which they answer on this machine under this load, so that about
/// half of them have answered.
pub(super) struct Executioner {
    dice: Dice,
    aims: [Duration; Verb::ALL.len()],
}

impl Executioner {
    pub(super) fn new(dice: Dice) -> Self {
        Self {
            dice,
            aims: [Duration::from_millis(30); Verb::ALL.len()],
        }
    }

    fn aim(&mut self, verb: Verb) -> Option<&mut Duration> {
        let mut aims = Verb::ALL.iter().zip(&mut self.aims);
        aims.find(|(other, _)| **other == verb).map(|(_, aim)| aim)
    }

    /// Starts a process, which is killed after a part of `most` of what it is expected to take.
    pub(super) fn start(
        &mut self,
        task: Task,
        mut command: Command,
        most: f64,
    ) -> anyhow::Result<Running> {
        let aim = self.aim(task.verb()).map_or(Duration::ZERO, |aim| *aim);
        let share = self.dice.below(1_000) as f64 / 1_000.0;
        Ok(Running {
            task,
            child: command.spawn()?,
            dies_at: Instant::now() + aim.mul_f64(share * most),
        })
    }

    /// Kills the processes, each at its moment, and returns what they had said until then.
    pub(super) fn kill(&mut self, mut running: Vec<Running>) -> anyhow::Result<Vec<Ended>> {
        running.sort_by_key(|it| it.dies_at);
        for it in &mut running {
            thread::sleep(it.dies_at.saturating_duration_since(Instant::now()));
            it.child.kill()?;
        }
        running.into_iter().map(|it| self.take_in(it)).collect()
    }

    fn take_in(&mut self, running: Running) -> anyhow::Result<Ended> {
        let Output {
            status,
            stdout,
            stderr,
        } = running.child.wait_with_output()?;
        let ended = Ended {
            task: running.task,
            answer: String::from_utf8(stdout)?,
            talk: String::from_utf8_lossy(&stderr).trim().to_owned(),
            exit: status.code(),
        };
        let factor = if ended.is_acknowledged() {
            1.0 / 1.3
        } else {
            1.3
        };
        if let Some(aim) = self.aim(ended.task.verb()) {
            *aim = aim
                .mul_f64(factor)
                .clamp(Duration::from_millis(1), Duration::from_secs(2));
        }
        Ok(ended)
    }
}
