//! What the harness has seen, as figures.

use std::collections::BTreeMap;

use super::task::Verb;
use crate::claim::{Findings, Goal};
use crate::setting::Scale;

/// How often the kills of a verb came when.
#[derive(Clone, Copy, Default)]
pub(super) struct Hits {
    /// Before the answer.
    pub(super) before: u32,
    /// Before the answer, but the change was made.
    pub(super) between: u32,
    /// After the answer.
    pub(super) after: u32,
}

#[derive(Default)]
pub(super) struct Tally {
    pub(super) verbs: BTreeMap<Verb, Hits>,
    /// Prunes of more tokens than one transaction removes.
    pub(super) crowds: u32,
    /// Those that have removed some and not all.
    pub(super) crowds_in_part: u32,
    pub(super) compound: u32,
    pub(super) compound_before: u32,
    pub(super) lost: u32,
    pub(super) half_done: u32,
    pub(super) revived: u32,
    pub(super) failed: u32,
    pub(super) verified: usize,
    pub(super) checks: u32,
    pub(super) checks_failed: u32,
    pub(super) next_failed: u32,
    pub(super) left_behind: usize,
    pub(super) not_named: usize,
    pub(super) open_to_others: usize,
    /// The first things that went wrong, in words.
    wrongs: Vec<String>,
}

impl Tally {
    /// How many wrongs are told in words.
    const TOLD: usize = 8;

    pub(super) fn hits(&mut self, verb: Verb) -> &mut Hits {
        self.verbs.entry(verb).or_default()
    }

    pub(super) fn tell(&mut self, wrong: impl Into<String>) {
        if self.wrongs.len() < Self::TOLD {
            self.wrongs.push(wrong.into());
        }
    }

    pub(super) fn findings(self, cycles: u32, scale: Scale) -> Findings {
        let mut findings = Findings::default();
        findings.count("cycles", cycles);
        findings.measure(
            "of which killed again at the first open",
            self.compound,
            Goal::AtLeast(f64::from(cycles / 10)),
        );
        findings.count(
            "processes killed at the first open before they answered",
            self.compound_before,
        );
        self.tell_of_kills(&mut findings, scale);
        findings.count("prunes of several batches that were killed", self.crowds);
        findings.measure(
            "of which between two batches",
            self.crowds_in_part,
            Goal::AtLeast(1.0),
        );
        let acknowledged: u32 = self.verbs.values().map(|hits| hits.after).sum();
        findings.count("acknowledged changes", acknowledged);
        findings.measure("acknowledged changes that are lost", self.lost, Goal::NONE);
        findings.measure("changes that are half done", self.half_done, Goal::NONE);
        findings.measure("dead tokens that are accepted", self.revived, Goal::NONE);
        findings.measure(
            "commands that failed beside the killed",
            self.failed,
            Goal::NONE,
        );
        findings.count("tokens verified", self.verified);
        findings.measure(
            "checks of the whole store",
            self.checks,
            Goal::AtLeast(cycles.into()),
        );
        findings.measure("checks that found damage", self.checks_failed, Goal::NONE);
        findings.measure("next commands that failed", self.next_failed, Goal::NONE);
        findings.count("temporary files left behind", self.left_behind);
        findings.measure("of which `check` does not tell", self.not_named, Goal::NONE);
        findings.measure(
            "files that others can read",
            self.open_to_others,
            Goal::NONE,
        );
        findings.notes.extend(self.wrongs);
        findings
    }

    fn tell_of_kills(&self, findings: &mut Findings, scale: Scale) {
        for verb in Verb::ALL {
            let hits = self.verbs.get(&verb).copied().unwrap_or_default();
            for (when, count) in [
                ("before its answer", hits.before),
                ("after its answer", hits.after),
            ] {
                let name = format!("{verb}: kills {when}");
                // So few cycles as at the quick scale may miss what is in one of ten.
                match scale == Scale::Quick && !Verb::EVERYDAY.contains(&verb) {
                    true => findings.count(name, count),
                    false => findings.measure(name, count, Goal::AtLeast(1.0)),
                }
            }
            let name = format!("{verb}: kills between change and answer");
            findings.count(name, hits.between);
        }
    }
}
