//! What others do for a login, by their own code: Django REST framework, knox, djblets, and a management command.

use std::process::Command;

use anyhow::Context as _;

use super::Plan;
use super::benches::{self, Printed};
use super::cold::Login;
use super::tools::{self, Turns};
use crate::claim::{Findings, Goal};
use crate::setting::Setting;

const PROJECT: &str = "benches/peers";
const TOKENS: &str = "10000";
/// The size of our store that has as many.
const SIZE: &str = "10k";
const ROUNDS: usize = 31;

pub(super) fn measure(
    setting: &Setting,
    plan: &Plan,
    store: &[Printed],
    findings: &mut Findings,
) -> anyhow::Result<()> {
    let environment = setting.target()?.join("limits/peers");
    if let Err(error) = install(&environment) {
        findings
            .skipped
            .push(format!("P13: the peers cannot be installed: {error:#}"));
        return Ok(());
    }
    let directory = tempfile::tempdir()?;
    let python = |script: &str| {
        let mut command = Command::new(environment.join("bin/python"));
        command
            .arg(script)
            .current_dir(PROJECT)
            .env("PEERS_DATABASE", directory.path().join("peers.db"))
            .env("PYTHONDONTWRITEBYTECODE", "1");
        command
    };
    let text = tools::output(python("measure.py").arg(TOKENS))?;
    let theirs: Vec<Printed> = text.lines().filter_map(Printed::parse).collect();
    let ours = benches::figure(store, "rate", SIZE)?;
    for (name, says, goal) in [
        ("drf", "P13 verify / Django REST framework", Some(100.0)),
        (
            "djblets",
            "P13 verify / the two reads of djblets",
            Some(250.0),
        ),
        ("knox", "verify / knox", None),
    ] {
        let rate = benches::figure(&theirs, name, TOKENS)?;
        let sides =
            format!("{ours:.0}/s, {rate:.0}/s, of one thread each, medians of 7 rounds or more");
        let says = format!("{says}, {SIZE}");
        findings.compare(says, ours / rate, goal.map(Goal::AtLeast), sides);
    }
    let key = text.lines().find_map(|line| line.strip_prefix("key "));
    let key = key.context("no key was printed")?;
    let login = Login::prepare(setting, plan)?;
    let start = |side| match side {
        0 => login.time(&setting.program),
        _ => tools::time(python("manage.py").args(["verify_token", key])),
    };
    // Twice, of which the second counts: the first finds the caches as the other program has left them, which is a
    // quarter of a second of work for the one, and next to nothing for the other.
    let turns = Turns::of(ROUNDS, 2, |side| start(side).and_then(|_| start(side)))?;
    let sides = format!(
        "management command {:.0} ms, `tokenctl verify -` {:.2} ms, {ROUNDS} rounds",
        turns.median(1),
        turns.median(0)
    );
    findings.compare(
        "P13 a cold management command / cold verify",
        turns.ratio(1, 0),
        Some(Goal::AtLeast(130.0)),
        sides,
    );
    Ok(())
}

/// Installs the peers, where they are not there already.
fn install(environment: &std::path::Path) -> anyhow::Result<()> {
    let python = tools::find("python3").context("there is no python3")?;
    if !environment.join("bin/python").exists() {
        tools::output(Command::new(python).args(["-m", "venv"]).arg(environment))?;
    }
    let requirements = ["install", "--quiet", "--disable-pip-version-check", "-r"];
    let mut pip = Command::new(environment.join("bin/pip"));
    pip.args(requirements)
        .arg(format!("{PROJECT}/requirements.txt"));
    tools::output(&mut pip).map(drop)
}
