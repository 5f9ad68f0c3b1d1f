//! Claims, and what was found when one was tried.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::setting::{Scale, Setting};
use crate::{
    binary, clock, command, contention, crash, damage, faults, first_open, full_disk, hostile,
    links, memory, one_user, performance, power_cut, read_only, secrets, synced, undelivered,
};

/// Something that is promised, and the harness that tries it.
pub(crate) struct Claim {
    /// Names the claim on the command line, and its file.
    pub(crate) name: &'static str,
    /// The promise, as a sentence without a full stop.
    pub(crate) says: &'static str,
    pub(crate) needs: Needs,
    pub(crate) run: fn(&Setting) -> anyhow::Result<Findings>,
}

/// What a harness needs of the machine that it runs on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    /// To be a machine.
    Nothing,
    /// To do nothing else meanwhile: it measures time. It is tried at the quick scale only when it is named.
    Quiet,
}

/// All of them.
pub(crate) const CLAIMS: &[Claim] = &[
    binary::CLAIM,
    clock::CLAIM,
    command::CLAIM,
    contention::CLAIM,
    crash::CLAIM,
    damage::CLAIM,
    faults::CLAIM,
    first_open::CLAIM,
    full_disk::CLAIM,
    hostile::CLAIM,
    links::CLAIM,
    memory::CLAIM,
    one_user::CLAIM,
    performance::CLAIM,
    power_cut::CLAIM,
    read_only::CLAIM,
    secrets::CLAIM,
    synced::CLAIM,
    undelivered::CLAIM,
];

/// What came out of one run of a harness.
#[derive(Default)]
pub(crate) struct Findings {
    pub(crate) figures: Vec<Figure>,
    /// What could not be tried here, and why: such a claim does not hold.
    pub(crate) skipped: Vec<String>,
    /// What a reader has to know to understand the figures.
    pub(crate) notes: Vec<String>,
}

impl Findings {
    /// Adds a figure that has no goal, such as how often something was tried.
    pub(crate) fn count(&mut self, name: impl Into<String>, value: impl Into<Number>) {
        self.figure(name, value, None);
    }

    /// Adds a figure that has to reach `goal`.
    pub(crate) fn measure(
        &mut self,
        name: impl Into<String>,
        value: impl Into<Number>,
        goal: Goal,
    ) {
        self.figure(name, value, Some(goal));
    }

    /// Adds a figure that depends on what else the machine does. Where that may be much it has no goal.
    pub(crate) fn time(
        &mut self,
        scale: Scale,
        name: impl Into<String>,
        value: impl Into<Number>,
        most: f64,
    ) {
        match scale {
            Scale::Quick => self.count(name, value),
            Scale::Full | Scale::Soak => self.measure(name, value, Goal::AtMost(most)),
        }
    }

    /// Adds a figure without a goal that had better be 0, and why it is accepted that it is not.
    pub(crate) fn concede(
        &mut self,
        name: impl Into<String>,
        value: impl Into<Number>,
        why: impl Into<String>,
    ) {
        self.count(name, value);
        if let Some(figure) = self.figures.last_mut() {
            figure.conceded = why.into();
        }
    }

    /// Adds a figure that compares `sides`, with or without a goal.
    pub(crate) fn compare(
        &mut self,
        name: impl Into<String>,
        value: f64,
        goal: Option<Goal>,
        sides: impl Into<String>,
    ) {
        self.figures.push(Figure {
            name: name.into(),
            value,
            goal,
            sides: sides.into(),
            conceded: String::new(),
        });
    }

    fn figure(&mut self, name: impl Into<String>, value: impl Into<Number>, goal: Option<Goal>) {
        let Number(value) = value.into();
        self.compare(name, value, goal, "");
    }

    pub(crate) fn verdict(&self) -> Verdict {
        if !self.skipped.is_empty() {
            Verdict::Skipped
        } else if self.figures.iter().all(Figure::holds) {
            Verdict::Holds
        } else {
            Verdict::FallsShort
        }
    }
}

/// One number, its unit in its name.
#[derive(Serialize, Deserialize)]
pub(crate) struct Figure {
    pub(crate) name: String,
    pub(crate) value: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) goal: Option<Goal>,
    /// What was compared, and how often.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) sides: String,
    /// Why it is accepted that this is not 0.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) conceded: String,
}

impl Figure {
    /// Returns whether this is not as one would wish, and accepted all the same.
    pub(crate) fn is_conceded(&self) -> bool {
        !self.conceded.is_empty() && self.value != 0.0
    }

    pub(crate) fn holds(&self) -> bool {
        match self.goal {
            None => true,
            Some(Goal::AtMost(most)) => self.value <= most,
            Some(Goal::AtLeast(least)) => self.value >= least,
        }
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, rounded(self.value))?;
        if self.is_conceded() {
            write!(f, " (accepted: {})", self.conceded)?;
        }
        let Some(goal) = self.goal else { return Ok(()) };
        write!(f, " (goal: {goal})")?;
        if !self.holds() {
            write!(f, " SHORT")?;
        }
        Ok(())
    }
}

/// What a figure has to reach.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Goal {
    AtMost(f64),
    AtLeast(f64),
}

impl Goal {
    /// The goal of everything that must never happen.
    pub(crate) const NONE: Self = Self::AtMost(0.0);
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtMost(most) => write!(f, "at most {}", rounded(*most)),
            Self::AtLeast(least) => write!(f, "at least {}", rounded(*least)),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verdict {
    Holds,
    FallsShort,
    Skipped,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Holds => "holds",
            Self::FallsShort => "falls short",
            Self::Skipped => "not wholly tried",
        })
    }
}

/// What figures are made of: counts and measures.
pub(crate) struct Number(f64);

impl From<f64> for Number {
    fn from(value: f64) -> Self {
        Self(value)
    }
}

impl From<u32> for Number {
    fn from(value: u32) -> Self {
        Self(value.into())
    }
}

impl From<usize> for Number {
    fn from(value: usize) -> Self {
        // Counts of what a harness did: far below the 2^53 up to which this is exact.
        Self(value as f64)
    }
}

/// Returns `value` with no more digits than a measurement has.
pub(crate) fn rounded(value: f64) -> String {
    if value.fract() == 0.0 || value.abs() >= 1_000.0 {
        format!("{value:.0}")
    } else if value.abs() >= 10.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.2}")
    }
}
