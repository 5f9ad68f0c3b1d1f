//! Little memory: address spaces between what a command needs and what the loader of the system needs.

use crate::claim::{Claim, Findings, Goal, Needs};
use crate::sample::Sample;
use crate::setting::{Scale, Setting};
use crate::trial::limit::{Limit, Resource};
use crate::trial::{Company, Ending, Hindrance, Known, Trial, try_all, verb};
use crate::trouble::Trouble;

pub(crate) const CLAIM: Claim = Claim {
    name: "memory",
    says: "however little memory there is, a command ends by its contract or as by kill -9, and nothing is lost",
    needs: Needs::Nothing,
    run,
};

const PAGE: u64 = 4_096;

/// So many pages are enough for each verb.
const ENOUGH: u64 = (1 << 30) / PAGE;

/// By how many pages what the loader needs is approached: fewer than those in which it says what it lacks.
const STEP: u64 = 64;

fn run(setting: &Setting) -> anyhow::Result<Findings> {
    let sample = Sample::make(setting)?;
    let others = match setting.scale {
        Scale::Quick => &[],
        Scale::Full | Scale::Soak => verb::OTHERS,
    };
    let known = verb::MAIN
        .iter()
        .chain(others)
        .map(|verb| Known::learn(setting, &sample, verb))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let sizes = setting.scale.of(3, 24, ENOUGH);
    let mut trials = Vec::new();
    let mut needs = Vec::new();
    for known in &known {
        let span = Span::find(known, setting, &sample)?;
        needs.push((span.enough * PAGE, known.verb.name));
        trials.extend(span.sizes(sizes).map(|pages| Trial {
            known,
            hindrance: Hindrance::Limit(address_space(pages)),
            company: Company::Alone,
        }));
    }
    let outcome = try_all(setting, &sample, &trials)?;
    let count = |ending| outcome.count(ending);
    let (met, aborted) = (count(Ending::Met), count(Ending::Aborted));
    let segfaults = count(Ending::Segfault);
    let mut findings = Findings::default();
    findings.count("verbs", known.len());
    findings.count("commands with less memory than they need", trials.len());
    findings.measure(
        "commands that such a limit stopped",
        met + aborted + segfaults,
        Goal::AtLeast((trials.len() / 2) as f64),
    );
    findings.measure(
        "of which said so and ended by their contract",
        met,
        Goal::AtLeast(known.len() as f64),
    );
    findings.count("of which Rust ended by SIGABRT", aborted);
    findings.count("of which the system ended by SIGSEGV", segfaults);
    findings.count("commands that it did not stop", count(Ending::NotMet));
    findings.count("commands that the loader ended", count(Ending::Loader));
    outcome.tally.report(&Trouble::ALL, &mut findings);
    tell_of_needs(&needs, &mut findings);
    Ok(findings)
}

fn tell_of_needs(needs: &[(u64, &str)], findings: &mut Findings) {
    if let (Some((least, easy)), Some((most, hard))) = (needs.iter().min(), needs.iter().max()) {
        findings.notes.push(format!(
            "`{easy}` needs an address space of {least} bytes to end as usual, `{hard}` one of {most}, the others something \
             between"
        ));
    }
    findings.notes.extend([
        "code that asks Rust for memory in vain does not go on: the process ends by SIGABRT, as by kill -9, and what it \
         leaves is judged all the same"
            .to_owned(),
        "SIGSEGV counts as outside the contract in a release build alone: without optimisation some verbs need more than \
         the 128 KiB of stack that a process begins with, and so the system ends one whose stack it cannot let grow"
            .to_owned(),
    ]);
}

/// Sizes of memory, in pages, at which the system can start a verb that cannot end as usual.
struct Span {
    /// The smallest with which the loader gets as far as our code.
    least: u64,
    /// The smallest with which the verb ends as usual.
    enough: u64,
}

impl Span {
    fn find(known: &Known<'_>, setting: &Setting, sample: &Sample) -> anyhow::Result<Self> {
        let ending = |pages| known.end_under(address_space(pages), setting, sample);
        let enough = smallest(0, ENOUGH, |pages| Ok(ending(pages)? == Ending::NotMet))?;
        // With much less the kernel does not start it, and the loader says nothing: so not by halves of all there is.
        let mut least = enough;
        while ending(least)? != Ending::Loader {
            anyhow::ensure!(least > STEP, "the loader never says that it lacks memory");
            least -= STEP;
        }
        let least = smallest(least, least + STEP, |pages| {
            Ok(ending(pages)? != Ending::Loader)
        })?;
        Ok(Self { least, enough })
    }

    /// Returns about `count` of them, the largest of all among them.
    fn sizes(&self, count: u64) -> impl Iterator<Item = u64> + use<> {
        let step = (self.enough - self.least) / count;
        let step = usize::try_from(step).unwrap_or(usize::MAX).max(1);
        (self.least..self.enough).rev().step_by(step)
    }
}

fn address_space(pages: u64) -> Limit {
    Limit {
        resource: Resource::AddressSpace,
        bytes: pages * PAGE,
    }
}

/// Returns the smallest number above `below` that `is_enough`; `enough` is.
fn smallest(
    mut below: u64,
    mut enough: u64,
    mut is_enough: impl FnMut(u64) -> anyhow::Result<bool>,
) -> anyhow::Result<u64> {
    while enough - below > 1 {
        let middle = below.midpoint(enough);
        match is_enough(middle)? {
            true => enough = middle,
            false => below = middle,
        }
    }
    Ok(enough)
}
