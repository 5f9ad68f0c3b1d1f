//! An answer is written only when what it says is on the medium, by the order of the system calls; and of
//! which mode the files are that are made meanwhile.

mod bench;
mod script;

use std::collections::BTreeSet;

use anyhow::Context as _;
use tokenctl::store::sqlite::SCHEMA_VERSION;

use self::bench::{Bench, Tally};
use crate::claim::{Claim, Findings, Goal, Needs};
use crate::setting::Setting;
use crate::strace::Strace;

pub(crate) const CLAIM: Claim = Claim {
    name: "synced",
    says: "a command answers only when what it says is on the medium, and makes no file that others can read",
    needs: Needs::Nothing,
    run,
};

/// How many faults are told one by one.
const TOLD: usize = 20;

/// The commands that are not traced.
const NOT_TRACED: [&str; 2] = ["probe, which has no store", "help"];

fn run(setting: &Setting) -> anyhow::Result<Findings> {
    let mut findings = Findings::default();
    let strace = match Strace::find() {
        Ok(strace) => strace,
        Err(why) => {
            findings.skipped.push(why);
            return Ok(findings);
        }
    };
    let rounds = setting.scale.of(1, 3, 20);
    let mut tally = Tally::default();
    for _ in 0..rounds {
        let mut bench = Bench::prepare(setting, &strace, tally)?;
        script::play(&mut bench)?;
        tally = bench.tally;
    }
    for verb in untraced(setting, &tally.verbs)? {
        findings.skipped.push(format!(
            "`tokenctl {verb}` is not in the script of this claim"
        ));
    }
    if SCHEMA_VERSION > 1 {
        findings
            .skipped
            .push("`tokenctl migrate` was not traced on a store of the schema before".into());
    } else {
        findings.notes.push(
            "migrate finds nothing to do as long as there is one schema, and is traced as a command that changes nothing"
                .into(),
        );
    }
    tell(&tally, &mut findings);
    Ok(findings)
}

/// Returns the commands that the help names and that were not traced.
fn untraced(setting: &Setting, traced: &BTreeSet<String>) -> anyhow::Result<Vec<String>> {
    let home = tempfile::tempdir()?;
    let help = setting.at_home(home.path(), &["--help"]).output()?;
    let help = String::from_utf8(help.stdout)?;
    let (_, commands) = help
        .split_once("Commands:\n")
        .context("the help has no commands")?;
    let verbs = commands
        .lines()
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.strip_prefix("  ")?.split(' ').next())
        .filter(|verb| !verb.is_empty());
    let is_known = |verb: &&str| {
        traced.contains(*verb)
            || NOT_TRACED
                .iter()
                .any(|left| left.split([',', ' ']).next() == Some(*verb))
    };
    Ok(verbs
        .filter(|verb| !is_known(verb))
        .map(str::to_owned)
        .collect())
}

fn tell(tally: &Tally, findings: &mut Findings) {
    findings.count("commands traced that change something", tally.changing);
    findings.count("commands traced that change nothing", tally.reading);
    findings.count("syncs before answers", tally.syncs);
    for (name, faults) in [
        (
            "commands that answered before the sync, or went on after the answer",
            &tally.early,
        ),
        (
            "new names that were not synced in their directory before an answer",
            &tally.nameless,
        ),
        ("commands that were not seen to write", &tally.idle),
        (
            "commands that left something although they change nothing",
            &tally.meddling,
        ),
    ] {
        findings.measure(name, faults.len(), Goal::NONE);
        findings.notes.extend(faults.iter().take(TOLD).cloned());
    }
    findings.count("files and directories created", tally.created);
    findings.count(
        "of these by whoever comes first (O_NOFOLLOW instead of O_EXCL): log, index, journal, lock",
        tally.shared,
    );
    for (name, faults) in [
        (
            "files created without O_EXCL or O_NOFOLLOW",
            &tally.followed,
        ),
        (
            "files created otherwise than 0600, directories than 0700",
            &tally.open,
        ),
        ("files opened to others later", &tally.opened_up),
    ] {
        findings.measure(name, faults.len(), Goal::NONE);
        findings.notes.extend(faults.iter().take(TOLD).cloned());
    }
    findings
        .notes
        .push(format!("not traced: {}", NOT_TRACED.join("; ")));
    findings.notes.push(
        "an empty file (lock, fresh log) and the index of the log may be lost without harm, and are not counted; \
         the last use of `verify --record-use` is not synced on purpose, and what a directory of `man` gets is 0644 on purpose"
            .into(),
    );
}
