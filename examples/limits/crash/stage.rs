//! One store, and what is done to it.

use std::fs;
use std::ops::ControlFlow;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;
use tempfile::TempDir;
use tokenctl::clock::{Clock as _, SystemClock};
use tokenctl::store::care::Severity;
use tokenctl::store::{Location, OpenOptions};

use super::base::{Base, Known, USER, location};
use super::examiner::{Examiner, Found, Standing};
use super::journal::Journal;
use super::migrating;
use super::tally::Tally;
use super::task::{Ended, Executioner, Task, Verb};
use crate::attempt::leftovers;
use crate::dice::Dice;
use crate::setting::Setting;

/// How many tokens an import brings in.
const IMPORTED: usize = 60;

/// How many tokens that a cycle has not touched are verified after it.
const SAMPLE: usize = 16;

/// What runs beside the commands of every day.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Scene {
    Everyday,
    /// A restore of a backup from which the store has parted.
    Restore,
    /// A migration, after which this build cannot write.
    Migrate,
}

impl Scene {
    fn verb(self) -> Option<Verb> {
        match self {
            Self::Everyday => None,
            Self::Restore => Some(Verb::Restore),
            Self::Migrate => Some(Verb::Migrate),
        }
    }
}

pub(super) struct Stage<'a> {
    setting: &'a Setting,
    base: &'a Base,
    scene: Scene,
    directory: TempDir,
    /// Lists to import, and temporary files of the commands.
    inputs: TempDir,
    journal: Journal,
    /// Tokens that nothing was done to yet.
    live: Vec<Known>,
    /// Groups that nobody has pruned yet, with their numbers.
    dead: Vec<(usize, Vec<Known>)>,
    /// How many tasks there were, so that each gets a name of its own.
    tasks: u32,
}

impl<'a> Stage<'a> {
    pub(super) fn new(setting: &'a Setting, base: &'a Base, scene: Scene) -> anyhow::Result<Self> {
        let (from, refused) = match scene {
            Scene::Restore => (base.parted(), Standing::Revoked),
            Scene::Everyday | Scene::Migrate => (base.store(), Standing::Full),
        };
        let stage = Self {
            setting,
            base,
            scene,
            directory: tempfile::tempdir()?,
            inputs: tempfile::tempdir()?,
            journal: Journal::new(base, refused),
            live: base.live.clone(),
            dead: base.dead.iter().cloned().enumerate().collect(),
            tasks: 0,
        };
        fs::copy(from, stage.store())?;
        Ok(stage)
    }

    fn store(&self) -> PathBuf {
        self.directory.path().join("tokens.db")
    }

    fn location(&self) -> anyhow::Result<Location> {
        location(&self.store())
    }

    /// Returns whether there may be too few tokens left for another cycle.
    pub(super) fn is_used_up(&self) -> bool {
        self.live.len() < 40 || self.dead.len() < 10
    }

    /// Kills `count` processes side by side, again at the first open where `compound` says so, and looks at what is
    /// left.
    pub(super) fn cycle(
        &mut self,
        count: usize,
        compound: Compound,
        dice: &mut Dice,
        executioner: &mut Executioner,
        tally: &mut Tally,
    ) -> anyhow::Result<()> {
        let mut verbs: Vec<Verb> = self.scene.verb().into_iter().collect();
        while verbs.len() < count {
            let chosen = Verb::EVERYDAY.get(dice.below(Verb::EVERYDAY.len()));
            verbs.extend(chosen);
        }
        let mut ended = self.kill(&verbs, executioner)?;
        if compound == Compound::Yes {
            let again = [self.scene.verb().unwrap_or(Verb::Issue), Verb::Revoke];
            let again = self.kill(&again, executioner)?;
            tally.compound += 1;
            let before = again.iter().filter(|it| !it.is_acknowledged()).count();
            tally.compound_before += u32::try_from(before)?;
            ended.extend(again);
        }
        match self.scene {
            Scene::Everyday | Scene::Restore => self.issue_next(tally)?,
            Scene::Migrate => self.migrate_next(&mut ended, tally)?,
        }
        let examiner = Examiner::open(&self.location()?)?;
        for ended in ended {
            self.judge(ended, &examiner, tally)?;
        }
        self.journal.verify_some(SAMPLE, dice, &examiner, tally)?;
        drop(examiner);
        tally.checks += 1;
        if let Some(damage) = damage(&self.location()?) {
            tally.checks_failed += 1;
            tally.tell(damage);
        }
        Ok(())
    }

    fn kill(
        &mut self,
        verbs: &[Verb],
        executioner: &mut Executioner,
    ) -> anyhow::Result<Vec<Ended>> {
        // Beside many others each takes longer.
        let most = 1.0 + verbs.len() as f64 / 4.0;
        let mut running = Vec::new();
        for verb in verbs {
            let (task, command) = self.plan(*verb)?;
            running.push(executioner.start(task, command, most)?);
        }
        executioner.kill(running)
    }

    fn plan(&mut self, verb: Verb) -> anyhow::Result<(Task, Command)> {
        self.tasks += 1;
        let number = self.tasks;
        let live = |stage: &mut Self| stage.live.pop().context("no token is left");
        Ok(match verb {
            Verb::Backup => {
                let to = self.directory.path().join(format!("backup-{number}.db"));
                let command = self.back_up(&to)?;
                (Task::Backup(to), command)
            }
            Verb::Import => self.plan_import(number)?,
            Verb::Issue => {
                let mark = number.to_string();
                let command = self.issue(&mark);
                (Task::Issue { mark }, command)
            }
            Verb::Migrate => (Task::Migrate, migrating::command(&self.store())?),
            Verb::Prune => {
                let (group, tokens) = self.dead.pop().context("no group is left")?;
                let label = format!("group={group}");
                let words = [
                    "prune",
                    "--older-than",
                    "30d",
                    "--label",
                    &label,
                    "--yes",
                    "--json",
                ];
                (Task::Prune(tokens), self.command(&words))
            }
            Verb::Restore => {
                let backup = self.base.backup();
                let backup = backup.to_str().context("not UTF-8")?;
                let command = self.command(&["restore", backup, "--yes", "--json"]);
                (Task::Restore, command)
            }
            Verb::Restrict => {
                let known = live(self)?;
                let words = ["restrict", known.id.as_str(), "--read-only", "--json"];
                let command = self.command(&words);
                (Task::Restrict(known), command)
            }
            Verb::Revoke => {
                let known = live(self)?;
                let command = self.command(&["revoke", known.id.as_str(), "--yes", "--json"]);
                (Task::Revoke(known), command)
            }
            Verb::Rotate => {
                let known = live(self)?;
                let command = self.command(&["rotate", known.id.as_str(), "--yes"]);
                (Task::Rotate(known), command)
            }
        })
    }

    fn plan_import(&self, number: u32) -> anyhow::Result<(Task, Command)> {
        let user = format!("user{number}");
        let secrets: Vec<String> = (0..IMPORTED)
            .map(|token| format!("import-{number}-token-{token:04}"))
            .collect();
        let list = self.inputs.path().join(&user);
        fs::write(&list, secrets.join("\n") + "\n")?;
        let list = list.to_str().context("not UTF-8")?;
        let words = [
            "import",
            "csv",
            list,
            "--full-access",
            "--user",
            &user,
            "--json",
        ];
        let command = self.command(&words);
        Ok((Task::Import { user, secrets }, command))
    }

    fn issue(&self, mark: &str) -> Command {
        let label = format!("job={mark}");
        self.command(&["issue", USER, "--full-access", "--label", &label])
    }

    fn back_up(&self, to: &Path) -> anyhow::Result<Command> {
        let to = to.to_str().context("not UTF-8")?;
        Ok(self.command(&["backup", to, "--json"]))
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.setting.tokenctl(&self.store(), arguments);
        command.env("TMPDIR", self.inputs.path());
        command
    }

    /// Issues a token, as whoever comes next may.
    fn issue_next(&mut self, tally: &mut Tally) -> anyhow::Result<()> {
        let output = self.issue("next").output()?;
        if !output.status.success() {
            tally.next_failed += 1;
            let talk = String::from_utf8_lossy(&output.stderr);
            tally.tell(format!("the next command: {}", talk.trim()));
            return Ok(());
        }
        let secret = String::from_utf8(output.stdout)?;
        self.journal
            .keep(secret.trim_end().to_owned(), Standing::Full);
        Ok(())
    }

    /// Makes the backup that a killed one has not made.
    fn back_up_next(&self, to: &Path, tally: &mut Tally) -> anyhow::Result<()> {
        let output = self.back_up(to)?.output()?;
        if !output.status.success() {
            tally.next_failed += 1;
            let talk = String::from_utf8_lossy(&output.stderr);
            tally.tell(format!("the next backup: {}", talk.trim()));
        } else if let Some(damage) = damage(&location(to)?) {
            tally.checks_failed += 1;
            tally.tell(damage);
        }
        Ok(())
    }

    /// Migrates the store, whether the killed migration has done so or not, and judges that one by it.
    fn migrate_next(&mut self, ended: &mut Vec<Ended>, tally: &mut Tally) -> anyhow::Result<()> {
        let output = migrating::command(&self.store())?.output()?;
        if !output.status.success() {
            tally.next_failed += 1;
            let talk = String::from_utf8_lossy(&output.stderr);
            tally.tell(format!("the next migration: {}", talk.trim()));
            return Ok(());
        }
        let was_done = migrating::was_done_before(&String::from_utf8(output.stdout)?)?;
        let (migrations, others) = ended
            .drain(..)
            .partition(|it| matches!(it.task, Task::Migrate));
        *ended = others;
        let migrations: Vec<Ended> = migrations;
        for migration in migrations {
            let found = match was_done {
                true => Found::Done(Vec::new()),
                false => Found::Undone,
            };
            self.enter(migration, found, tally);
        }
        if let Some(wrong) = migrating::take_back(&self.store())? {
            tally.half_done += 1;
            tally.tell(wrong);
        }
        tally.checks_failed += migrating::damaged_copies(&self.store())?;
        Ok(())
    }

    fn judge(
        &mut self,
        ended: Ended,
        examiner: &Examiner,
        tally: &mut Tally,
    ) -> anyhow::Result<()> {
        // The next build has changed the schema: this one says so, and does nothing.
        let is_outdated = self.scene == Scene::Migrate && ended.exit == Some(24);
        if ended.exit.is_some_and(|exit| exit != 0) && !is_outdated {
            tally.failed += 1;
            tally.tell(format!("{}: {}", ended.task.verb(), ended.talk));
        }
        let found = examiner.look(&ended, self.base)?;
        if let (Task::Backup(to), Found::Undone) = (&ended.task, &found) {
            self.back_up_next(to, tally)?;
        }
        self.enter(ended, found, tally);
        Ok(())
    }

    /// Compares what was acknowledged with what was found.
    fn enter(&mut self, ended: Ended, found: Found, tally: &mut Tally) {
        let verb = ended.task.verb();
        let is_acknowledged = ended.is_acknowledged();
        let hits = tally.hits(verb);
        match is_acknowledged {
            true => hits.after += 1,
            false => hits.before += 1,
        }
        match found {
            Found::Done(secrets) => {
                hits.between += u32::from(!is_acknowledged);
                for (secret, standing) in secrets {
                    self.journal.keep(secret, standing);
                }
            }
            Found::Undone if is_acknowledged => {
                tally.lost += 1;
                tally.tell(format!("{verb}: acknowledged, and not there"));
            }
            Found::Undone => {}
            Found::Half(what) => {
                tally.half_done += 1;
                tally.lost += u32::from(is_acknowledged);
                tally.tell(what);
            }
        }
    }

    /// Verifies every secret that is known, has the command check the store, and looks at what lies about.
    pub(super) fn finish(self, tally: &mut Tally) -> anyhow::Result<()> {
        let examiner = Examiner::open(&self.location()?)?;
        self.journal.verify_all(&examiner, tally)?;
        drop(examiner);
        let output = self.command(&["check", "--format", "jsonl"]).output()?;
        tally.checks += 1;
        if !output.status.success() {
            tally.checks_failed += 1;
            tally.tell(format!(
                "check: {}",
                String::from_utf8_lossy(&output.stdout)
            ));
        }
        let mut left_behind = 0;
        for entry in fs::read_dir(self.directory.path())? {
            let entry = entry?;
            let name = entry.file_name();
            left_behind += usize::from(name.to_string_lossy().starts_with(".tokenctl-"));
            let mode = entry.metadata()?.permissions().mode();
            tally.open_to_others += usize::from(mode & 0o077 != 0);
        }
        tally.left_behind += left_behind;
        tally.not_named += left_behind.abs_diff(leftovers(&output.stdout)?);
        Ok(())
    }
}

/// Whether processes are killed again while they are the first to open the store.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Compound {
    Yes,
    No,
}

/// Returns what is wrong with the store, as `tokenctl check` would find it.
pub(super) fn damage(location: &Location) -> Option<String> {
    let checked = location.check(&OpenOptions::default(), SystemClock.now(), &mut |_| {
        ControlFlow::Continue(())
    });
    match checked {
        Err(error) => Some(format!("check: {error}")),
        Ok(found) => {
            let mut findings = found.findings.iter();
            let worse = findings.find(|finding| finding.kind.severity() > Severity::Notice)?;
            Some(format!("check: {}", worse.what))
        }
    }
}
