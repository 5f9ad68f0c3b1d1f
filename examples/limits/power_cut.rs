//! The power is cut at any moment of a day's work: what was acknowledged is there, the rest wholly or not at all.

mod content;
mod recording;
mod replay;
mod workload;

use self::recording::Recording;
use self::replay::{Replay, Tally};
use crate::claim::{Claim, Findings, Goal, Needs};
use crate::setting::{Scale, Setting};
use crate::strace::Strace;

pub(crate) const CLAIM: Claim = Claim {
    name: "power-cut",
    says: "after a power cut at any moment the store opens clean, with all that was acknowledged and nothing half done",
    needs: Needs::Nothing,
    run,
};

/// How many faults are told one by one.
const TOLD: usize = 10;

fn run(setting: &Setting) -> anyhow::Result<Findings> {
    let mut findings = Findings::default();
    let strace = match Strace::find() {
        Ok(strace) => strace,
        Err(why) => {
            findings.skipped.push(why);
            return Ok(findings);
        }
    };
    let (rounds, states) = setting.scale.of((1, 200), (1, 200), (20, 1_000));
    let mut dice = setting.dice();
    let mut tally = Tally::default();
    for round in setting.watch(1..=rounds) {
        let recording = Recording::make(setting, &strace, &mut dice)?;
        let replay = Replay::of(&recording, format!("round {round}"));
        replay.cut(states, &mut dice, &mut tally)?;
    }
    tell(&tally, setting.scale, &mut findings);
    Ok(findings)
}

fn tell(tally: &Tally, scale: Scale, findings: &mut Findings) {
    // What was not hit was not tried.
    let once = Goal::AtLeast(1.0);
    findings.count("commands recorded", tally.commands);
    let restarts = "times the log began anew in a store that stays open";
    match scale {
        // It takes some 150 commands.
        Scale::Quick => findings.count(restarts, tally.log_restarts),
        Scale::Full | Scale::Soak => findings.measure(restarts, tally.log_restarts, once),
    }
    findings.count("states", tally.states);
    findings.count("states with something unsynced", tally.unsettled);
    findings.measure("writes dropped", tally.dropped, once);
    findings.measure("writes torn", tally.torn, once);
    findings.measure("changes of names dropped", tally.names_dropped, once);
    findings.count("states without a store yet", tally.without_store);
    for (name, faults) in [
        (
            "states that did not open clean, or could not be written",
            &tally.unopened,
        ),
        ("states that had lost what was acknowledged", &tally.lost),
        ("states with something half done", &tally.half_done),
    ] {
        findings.measure(name, faults.len(), Goal::NONE);
        findings.notes.extend(faults.iter().take(TOLD).cloned());
    }
    findings.notes.push(
        "a state is made from the traced calls: all that was synced, and of the rest each write and each change of a name \
         there, not there, or there in some sectors of 512 bytes; the index of the log is missing, stale or garbage. \
         Secrets and times are new in each recording, so a seed repeats the choices and not the bytes"
            .into(),
    );
}
