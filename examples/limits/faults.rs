//! Each system call that can fail, failing.

use std::collections::BTreeMap;
use std::process::Command;
use std::slice;

use crate::claim::{Claim, Findings, Goal, Needs};
use crate::sample::Sample;
use crate::setting::{Scale, Setting};
use crate::trial::injection::{self, Calls};
use crate::trial::{Company, Ending, Hindrance, Known, Trial, try_all, verb};
use crate::trouble::Trouble;

pub(crate) const CLAIM: Claim = Claim {
    name: "faults",
    says: "whichever system call fails, a command ends by its contract, what it said is true, and the store is whole",
    needs: Needs::Nothing,
    run,
};

fn run(setting: &Setting) -> anyhow::Result<Findings> {
    let mut findings = Findings::default();
    let probe = Command::new("strace")
        .args(["-e", "trace=none", "true"])
        .output();
    match probe {
        Ok(output) if output.status.success() => {}
        Ok(_) => {
            findings
                .skipped
                .push("`strace` may not trace processes here".to_owned());
            return Ok(findings);
        }
        Err(_) => {
            findings
                .skipped
                .push("there is no `strace` to let system calls fail".to_owned());
            return Ok(findings);
        }
    }
    let sample = Sample::make(setting)?;
    let mut known = Vec::new();
    for verb in verb::MAIN.iter().chain(verb::OTHERS) {
        known.push(Known::learn(setting, &sample, verb)?);
    }
    let mut counted = Vec::new();
    for known in &known {
        counted.push((known, known.count_calls(setting, &sample)?));
    }
    let trials = plan(setting, &counted);
    let outcome = try_all(setting, &sample, &trials)?;
    findings.count("verbs", known.len());
    findings.count(
        "faults that a command did not come to",
        outcome.count(Ending::NotMet),
    );
    findings.count(
        "faults that the loader of the system met before any code of ours",
        outcome.count(Ending::Loader),
    );
    findings.count(
        "faults after which Rust had no memory and ended the process by SIGABRT",
        outcome.count(Ending::Aborted),
    );
    let least: u32 = setting.scale.of(30, 1_500, 10_000);
    findings.measure(
        "faults that were met",
        outcome.count(Ending::Met),
        Goal::AtLeast(least.into()),
    );
    outcome.tally.report(&Trouble::ALL, &mut findings);
    Ok(findings)
}

/// A verb, and how often it makes each system call.
type Counted<'a> = (&'a Known<'a>, BTreeMap<String, usize>);

/// Lists the faults to try: those that say most at each call, and a sample of the others that the seed chooses.
fn plan<'a>(setting: &Setting, known: &[Counted<'a>]) -> Vec<Trial<'a>> {
    let most = setting.scale.of(60, 60, 300);
    let with = |groups: &[Calls], known: &[Counted<'a>]| -> Vec<Trial<'a>> {
        let trials = known.iter().map(|known| with_calls(groups, known, most));
        trials.flatten().collect()
    };
    let (main, _) = known.split_at(verb::MAIN.len());
    let of_files = with(injection::OF_FILES, known);
    // Some are few among many.
    let strange: Vec<_> = injection::OTHERS
        .iter()
        .map(|calls| with(slice::from_ref(calls), known))
        .collect();
    let telling: Vec<_> = with(injection::OF_FILES, main)
        .into_iter()
        .filter(Trial::is_telling)
        .collect();
    let mut dice = setting.dice();
    let mut draw = |from: &[Trial<'a>], number: usize| -> Vec<Trial<'a>> {
        let chosen = (0..number).filter_map(|_| from.get(dice.below(from.len())));
        chosen.copied().collect()
    };
    match setting.scale {
        // The sync of a commit is the hardest case, and one of the few calls among many.
        Scale::Quick => {
            let syncs = telling.iter().copied().filter(Trial::is_of_sync);
            let of_sync = draw(&syncs.collect::<Vec<_>>(), 16);
            let strange = strange.iter().flat_map(|trials| draw(trials, 1)).collect();
            [of_sync, draw(&telling, 14), draw(&of_files, 20), strange].concat()
        }
        Scale::Full => {
            let strange = strange.iter().flat_map(|trials| draw(trials, 25)).collect();
            [telling, draw(&of_files, 600), strange].concat()
        }
        Scale::Soak => [of_files, strange.concat()].concat(),
    }
}

fn with_calls<'a>(groups: &[Calls], (known, counts): &Counted<'a>, most: usize) -> Vec<Trial<'a>> {
    let mut trials = Vec::new();
    for calls in groups {
        let made: usize = calls
            .names
            .split(',')
            .filter_map(|name| counts.get(name))
            .sum();
        for injection in calls.injections(made.min(most)) {
            for company in [Company::Alone, Company::Beside] {
                trials.push(Trial {
                    known,
                    hindrance: Hindrance::Fault(injection),
                    company,
                });
            }
        }
    }
    trials
}
