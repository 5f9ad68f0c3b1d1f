//! What must never happen to whoever runs a command, and how often it did.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::process::Output;

use crate::attempt::is_in_contract;
use crate::claim::{Findings, Goal};

/// How many examples of each trouble are kept for the reader.
const EXAMPLES: usize = 3;

/// Something that must never happen, whatever the medium does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Trouble {
    BadEnding,
    NoHint,
    Leak,
    Lost,
    Half,
    Unsaid,
    WrongAnswer,
    Unseen,
    Unsound,
    Litter,
}

impl Trouble {
    pub(crate) const ALL: [Self; 10] = [
        Self::BadEnding,
        Self::NoHint,
        Self::Leak,
        Self::Lost,
        Self::Half,
        Self::Unsaid,
        Self::WrongAnswer,
        Self::Unseen,
        Self::Unsound,
        Self::Litter,
    ];

    pub(crate) fn says(self) -> &'static str {
        match self {
            Self::BadEnding => "ends outside the contract: bugs, signals, hangs",
            Self::NoHint => "errors without a message or a hint",
            Self::Leak => "secrets in a message",
            Self::Lost => "changes that were acknowledged and lost",
            Self::Half => "changes that are there by half",
            Self::Unsaid => "changes that are there although the command said otherwise",
            Self::WrongAnswer => "tokens that were answered wrongly",
            Self::Unseen => "live tokens whose secret nobody has and nobody was told of",
            Self::Unsound => "stores that `check` finds damaged afterwards",
            Self::Litter => "temporary files that stay behind",
        }
    }
}

/// Whether the command could say what it had to say.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stderr {
    Works,
    Failed,
}

/// How often each trouble was met.
#[derive(Default)]
pub(crate) struct Tally {
    met: BTreeMap<Trouble, Vec<String>>,
}

impl Tally {
    pub(crate) fn add(&mut self, trouble: Trouble, example: impl Display) {
        self.met
            .entry(trouble)
            .or_default()
            .push(example.to_string());
    }

    pub(crate) fn join(&mut self, other: Self) {
        for (trouble, mut examples) in other.met {
            self.met.entry(trouble).or_default().append(&mut examples);
        }
    }

    /// Adds what is wrong with the way in which a command has ended, whatever it was asked to do.
    pub(crate) fn judge(&mut self, what: &str, output: &Output, secrets: &[&str], stderr: Stderr) {
        let told = String::from_utf8_lossy(&output.stderr);
        let code = output.status.code();
        let example = || {
            format!(
                "{what}: {} {}",
                output.status,
                told.trim().replace('\n', " / ")
            )
        };
        if !is_in_contract(output.status) {
            self.add(Trouble::BadEnding, example());
        } else if !matches!(code, Some(0 | 10..=17))
            && stderr == Stderr::Works
            && !(told.contains("error: ") && told.contains("hint: "))
        {
            self.add(Trouble::NoHint, example());
        }
        self.judge_told(what, output, secrets);
    }

    /// Adds what is wrong with what a command has told, however it has ended.
    pub(crate) fn judge_told(&mut self, what: &str, output: &Output, secrets: &[&str]) {
        let told = String::from_utf8_lossy(&output.stderr);
        if secrets.iter().any(|secret| told.contains(secret)) {
            self.add(Trouble::Leak, what);
        }
    }

    /// Adds a figure for each of `troubles`, and examples of those that were met.
    pub(crate) fn report(&self, troubles: &[Trouble], findings: &mut Findings) {
        for trouble in troubles {
            let examples = self.met.get(trouble).map_or(&[][..], Vec::as_slice);
            findings.measure(trouble.says(), examples.len(), Goal::NONE);
            for example in examples.iter().take(EXAMPLES) {
                findings
                    .notes
                    .push(format!("{}: {example}", trouble.says()));
            }
        }
    }
}
