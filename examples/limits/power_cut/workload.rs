//! The work of a day: each kind of change once, then many of them in random order on a store that a server has open.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::Context as _;

use super::recording::Recorder;
use crate::dice::Dice;

const LISTS: [&str; 3] = ["first.csv", "second.csv", "third.csv"];
const TOKENS_IN_LIST: usize = 60;

/// How many commands are run after the log has begun anew, and when nobody has the store open any more.
const AFTER: usize = 8;

/// Puts the lists there that will be imported: a third of their tokens is long expired.
pub(super) fn prepare(directory: &Path, dice: &mut Dice) -> anyhow::Result<()> {
    for list in LISTS {
        let mut text = String::from("user,sha256,expires\n");
        for number in 0..TOKENS_IN_LIST {
            let digest: String = (0..4).map(|_| format!("{:016x}", dice.roll())).collect();
            let end = if number % 3 == 0 { "2020" } else { "2099" };
            writeln!(text, "dave,{digest},{end}-01-01")?;
        }
        fs::write(directory.join(list), text)?;
    }
    Ok(())
}

/// Runs it. On the open store at most `most` commands are run until the log is so long that it begins anew.
pub(super) fn play(
    recorder: &mut Recorder<'_>,
    most: usize,
    dice: &mut Dice,
) -> anyhow::Result<()> {
    let mut day = Day {
        recorder,
        active: Vec::new(),
        files: 0,
    };
    day.each_once()?;
    day.recorder.hold()?;
    for _ in 0..most {
        day.something(dice)?;
        if day.recorder.has_restarted_log() {
            break;
        }
    }
    for _ in 0..AFTER {
        day.something(dice)?;
    }
    day.recorder.release();
    day.issue(&["--full-access"])?;
    for _ in 0..AFTER {
        day.something(dice)?;
    }
    Ok(())
}

struct Day<'a, 'b> {
    recorder: &'a mut Recorder<'b>,
    /// The ids of tokens that are accepted.
    active: Vec<String>,
    files: usize,
}

impl Day<'_, '_> {
    fn each_once(&mut self) -> anyhow::Result<()> {
        self.recorder.run(&["init"])?;
        self.recorder.run(&["user", "add", "alice"])?;
        let one = self.issue(&["--full-access"])?;
        let other = self.issue(&["--read-only", "--note", "ci"])?;
        for words in [
            &["issue", "alice", "--full-access", "--out", "secret"] as &[&str],
            &["issue", "bob", "--full-access", "--create-user"],
            &["restrict", &one, "--read-only"],
            &["extend", &one, "--expires", "100d"],
            &["edit", &one, "--note", "nightly"],
            &["suspend", &one, &other],
            &["resume", &one, &other],
            &["rotate", &other, "--overlap", "1h"],
            &["backup", "monday.backup"],
            &["revoke", &one, "--yes"],
            &["revoke", "--user", "bob", "--yes"],
        ] {
            self.recorder.run(words)?;
        }
        self.active.clear();
        self.import(LISTS[0])?;
        for words in [
            &["prune", "--older-than", "30d", "--yes"] as &[&str],
            &["export", "--out", "tokens.jsonl"],
            &["restore", "monday.backup", "--yes"],
            &["user", "rename", "bob", "robert"],
            &["user", "disable", "robert"],
            &["user", "enable", "robert"],
            &["user", "delete", "robert", "--yes"],
        ] {
            self.recorder.run(words)?;
        }
        self.issue(&["--full-access"])?;
        Ok(())
    }

    fn issue(&mut self, words: &[&str]) -> anyhow::Result<String> {
        let words = [&["issue", "alice"], words].concat();
        let secret = self.recorder.run(&words)?;
        let id = secret.split('_').nth(1).context("no secret was printed")?;
        self.active.push(id.to_owned());
        Ok(id.to_owned())
    }

    fn import(&mut self, list: &str) -> anyhow::Result<()> {
        let map = "user=user,sha256=sha256,expires=expires";
        self.recorder
            .run(&["import", "csv", list, "--map", map, "--full-access"])?;
        Ok(())
    }

    fn something(&mut self, dice: &mut Dice) -> anyhow::Result<()> {
        if self.active.len() < 3 {
            self.issue(&["--full-access"])?;
        }
        let place = dice.below(self.active.len());
        let id = self.active.get(place).cloned().unwrap_or_default();
        let note = format!("{:x}", dice.roll());
        match dice.below(12) {
            0 | 1 => drop(self.issue(&["--full-access", "--note", &note])?),
            2 => {
                self.active.swap_remove(place);
                self.recorder.run(&["revoke", &id, "--yes"])?;
            }
            3 => {
                self.active.swap_remove(place);
                let secret = self.recorder.run(&["rotate", &id, "--yes"])?;
                let id = secret.split('_').nth(1).context("no secret was printed")?;
                self.active.push(id.to_owned());
            }
            4 => {
                self.recorder.run(&["suspend", &id])?;
                self.recorder.run(&["resume", &id])?;
            }
            5 => {
                // Two changes, which happen together.
                let user = format!("u{note}");
                let words = ["issue", &user, "--full-access", "--create-user"];
                self.recorder.run(&words)?;
            }
            6 => {
                self.files += 1;
                let file = format!("{}.backup", self.files);
                self.recorder.run(&["backup", &file])?;
            }
            7 => drop(self.recorder.run(&["restrict", &id, "--block", "DELETE"])?),
            8 => self.import(LISTS.get(dice.below(LISTS.len())).unwrap_or(&LISTS[0]))?,
            9 => {
                let words = ["prune", "--older-than", "30d", "--yes"];
                self.recorder.run(&words)?;
            }
            _ => drop(self.recorder.run(&["edit", &id, "--note", &note])?),
        }
        Ok(())
    }
}
