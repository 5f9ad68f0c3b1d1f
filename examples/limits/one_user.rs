//! All tokens of a great store are of one user.

mod revocation;
mod store;

use std::io::BufReader;
use std::time::Instant;

use anyhow::{Context as _, ensure};
use serde::de::IgnoredAny;
use serde_json::Deserializer;
use tokenctl::auth::Authenticator;
use tokenctl::auth::request::RequestHead;
use tokenctl::auth::session::MemorySession;
use tokenctl::clock::{Clock as _, SystemClock};
use tokenctl::outcome::OutcomeCode;
use tokenctl::secret::Secret;

use self::store::{GreatStore, USER};
use crate::attempt::succeed;
use crate::claim::{Claim, Findings, Goal, Needs};
use crate::peak::Watched;
use crate::sample::verify;
use crate::setting::Setting;
use crate::waits::Waits;

pub(crate) const CLAIM: Claim = Claim {
    name: "one-user",
    says: "a user may own all of a great store: verifying and listing stay quick and small, and one command revokes all or none",
    needs: Needs::Nothing,
    run,
};

/// How often is verified in one process.
const VERIFIES: usize = 10_000;

/// How much memory a list of any length may take, in MiB.
const MEMORY: f64 = 64.0;

fn run(setting: &Setting) -> anyhow::Result<Findings> {
    let tokens = setting.scale.of(20_000, 1_000_000, 10_000_000);
    let mut findings = Findings::default();
    findings.count("tokens of one user", tokens);
    let started = Instant::now();
    let great = GreatStore::make(setting, tokens)?;
    let taken = started.elapsed().as_secs_f64();
    findings.count("seconds until all of them were imported", taken);
    verify_in_process(setting, &great, &mut findings)?;
    verify_cold(setting, &great, &mut findings)?;
    list_a_page(setting, &great, &mut findings)?;
    for format in ["json", "jsonl"] {
        list_all(setting, &great, format, &mut findings)?;
    }
    revocation::run(setting, &great, &mut findings)?;
    Ok(findings)
}

fn verify_in_process(
    setting: &Setting,
    great: &GreatStore,
    findings: &mut Findings,
) -> anyhow::Result<()> {
    let authenticator = great.authenticator()?;
    let mut waits = Waits::default();
    for _ in 0..VERIFIES.div_ceil(great.known.len()) {
        for known in &great.known {
            let started = Instant::now();
            let outcome = judge(&authenticator, known)?;
            waits.add(started.elapsed());
            ensure!(outcome == OutcomeCode::Accepted, "a token was refused");
        }
    }
    findings.count("verifies in one process", waits.count());
    let name = "ms within which 99 % of them were done";
    findings.time(setting.scale, name, waits.within(99), 1.0);
    Ok(())
}

fn verify_cold(
    setting: &Setting,
    great: &GreatStore,
    findings: &mut Findings,
) -> anyhow::Result<()> {
    let mut waits = Waits::default();
    let times = setting.scale.of(20, 1_000, 1_000);
    for known in great.known.iter().cycle().take(times) {
        let started = Instant::now();
        let output = verify(setting, &great.path(), known.expose_secret())?;
        waits.add(started.elapsed());
        ensure!(output.status.success(), "a token was refused");
    }
    findings.count("`verify -` commands", waits.count());
    let name = "ms within which 99 % of the `verify -` commands ended";
    findings.time(setting.scale, name, waits.within(99), 10.0);
    Ok(())
}

fn list_a_page(
    setting: &Setting,
    great: &GreatStore,
    findings: &mut Findings,
) -> anyhow::Result<()> {
    let mut waits = Waits::default();
    let page = ["list", "--user", USER, "--limit", "50", "--json"];
    for _ in 0..setting.scale.of(5, 100, 100) {
        let command = setting.tokenctl(&great.path(), &page);
        let started = Instant::now();
        let output = succeed(command)?;
        waits.add(started.elapsed());
        let listed: Vec<IgnoredAny> = serde_json::from_slice(&output.stdout)?;
        ensure!(listed.len() == 50, "a page has {} tokens", listed.len());
    }
    let name = "ms of the longest `list --user --limit 50`";
    findings.time(setting.scale, name, waits.longest(), 100.0);
    Ok(())
}

fn list_all(
    setting: &Setting,
    great: &GreatStore,
    format: &str,
    findings: &mut Findings,
) -> anyhow::Result<()> {
    let arguments = ["list", "--user", USER, "--format", format];
    let started = Instant::now();
    let mut child = setting.tokenctl(&great.path(), &arguments).spawn()?;
    let output = child.stdout.take().context("its stdout is a pipe")?;
    let mut watched = Watched::new(output, child.id());
    let reader = BufReader::new(&mut watched);
    let listed = match format {
        "json" => serde_json::from_reader::<_, Vec<IgnoredAny>>(reader)?.len(),
        _ => Deserializer::from_reader(reader)
            .into_iter::<IgnoredAny>()
            .try_fold(0, |listed, token| token.map(|_| listed + 1))?,
    };
    let ended = child.wait_with_output()?;
    let taken = started.elapsed().as_secs_f64();
    ensure!(ended.status.success(), "`list` ended with {}", ended.status);
    findings.measure(
        format!("tokens that `list --user --format {format}` left out"),
        great.tokens.abs_diff(listed),
        Goal::NONE,
    );
    findings.count(format!("seconds of that list as {format}"), taken);
    let name = format!("MiB of memory that the list as {format} took at the most");
    findings.measure(name, watched.mebibytes(), Goal::AtMost(MEMORY));
    Ok(())
}

/// Returns what a login with `secret` comes to.
fn judge(authenticator: &Authenticator, secret: &Secret) -> anyhow::Result<OutcomeCode> {
    let header = format!("token {}", secret.expose_secret());
    let head = RequestHead::new().authorization(header.as_bytes());
    let now = SystemClock.now();
    let outcome = authenticator.check_login(&head, &mut MemorySession::default(), now)?;
    Ok(outcome.code())
}
