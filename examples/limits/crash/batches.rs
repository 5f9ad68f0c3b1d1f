//! Prunes of more tokens than one transaction removes: wherever they are killed, whole batches are gone.

use std::fs::{self, File};
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use tokenctl::authority::PRUNE_BATCH;
use tokenctl::clock::{Clock as _, SystemClock};
use tokenctl::selector::{Listing, Selector};
use tokenctl::store::OpenOptions;

use super::base::{Base, CROWD, USER, location};
use super::stage::damage;
use super::tally::Tally;
use crate::attempt::succeed;
use crate::dice::Dice;
use crate::setting::Setting;

/// Kills prunes of all dead tokens at random moments, until enough of them were at work.
pub(super) fn kill_prunes(
    setting: &Setting,
    base: &Base,
    dice: &mut Dice,
    tally: &mut Tally,
) -> anyhow::Result<()> {
    let directory = tempfile::tempdir()?;
    let store = directory.path().join("tokens.db");
    fs::copy(base.crowd(), &store)?;
    let begun = Instant::now();
    succeed(prune(setting, &store))?;
    let usual = begun.elapsed();
    let enough = setting.scale.of(3, 50, 500);
    for _ in setting.watch(0..enough * 6) {
        if tally.crowds_in_part >= enough {
            break;
        }
        let share = dice.below(1_000) as f64 / 1_000.0;
        kill_prune(setting, base, usual.mul_f64(share), tally)?;
    }
    Ok(())
}

fn kill_prune(
    setting: &Setting,
    base: &Base,
    after: Duration,
    tally: &mut Tally,
) -> anyhow::Result<()> {
    let directory = tempfile::tempdir()?;
    let store = directory.path().join("tokens.db");
    fs::copy(base.crowd(), &store)?;
    let answer = directory.path().join("answer");
    let mut child = prune(setting, &store)
        .stdout(File::create(&answer)?)
        .spawn()?;
    thread::sleep(after);
    child.kill()?;
    let is_done = child.wait()?.success();
    let told = fs::read_to_string(&answer)?.matches('\n').count();
    let removed = CROWD - count_tokens(&store)?;
    tally.crowds += 1;
    tally.crowds_in_part += u32::from(0 < removed && removed < CROWD);
    if removed < told || (is_done && removed < CROWD) {
        tally.lost += 1;
        tally.tell(format!("prune: {told} told as removed, {removed} are"));
    }
    if removed < CROWD && !removed.is_multiple_of(PRUNE_BATCH) {
        tally.half_done += 1;
        tally.tell(format!("prune: {removed} of {CROWD} removed"));
    }
    tally.checks += 1;
    if let Some(damage) = damage(&location(&store)?) {
        tally.checks_failed += 1;
        tally.tell(damage);
    }
    let next = prune(setting, &store).output()?;
    if !next.status.success() || count_tokens(&store)? > 0 {
        tally.next_failed += 1;
        let talk = String::from_utf8_lossy(&next.stderr);
        tally.tell(format!("the next prune: {}", talk.trim()));
    }
    Ok(())
}

fn prune(setting: &Setting, store: &Path) -> Command {
    let words = ["prune", "--older-than", "30d", "--user", USER, "--yes"];
    setting.tokenctl(store, &[&words[..], &["--format", "jsonl"]].concat())
}

fn count_tokens(store: &Path) -> anyhow::Result<usize> {
    let store = location(store)?.open(OpenOptions::default())?;
    let all = Listing::of(Selector::default());
    Ok(store.list(&all, SystemClock.now(), CROWD)?.len())
}
