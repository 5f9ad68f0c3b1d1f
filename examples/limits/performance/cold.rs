//! Whole processes: `tokenctl verify -` beside the shell of SQLite, which does one SELECT of the same row.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};

use super::tools::{self, Turns};
use super::{Plan, hyperfine, kept};
use crate::claim::{Findings, Goal};
use crate::setting::{Scale, Setting};

const ROUNDS: usize = 501;

/// The flavours as they are called, and the most that each may take beside the shell of SQLite.
const FLAVOURS: [(&str, f64); 2] = [("dynamic", 0.95), ("static", 0.80)];

/// How the command is built for those who start it often.
#[derive(Clone, Copy)]
pub(super) enum Flavour {
    /// As `cargo build --release` does.
    Dynamic,
    /// Without any library of the system, as `docs/performance.md` says.
    Static,
}

impl Flavour {
    /// Builds the command, and returns a copy of it beside the stores, as deep below the target directory as it is.
    ///
    /// What the harnesses run otherwise will not do: for benchmarks cargo builds the command too, with what their
    /// dependencies add to its own, such as the tables of `regex`, and each start pays for it.
    pub(super) fn build(self, setting: &Setting, plan: &Plan) -> anyhow::Result<PathBuf> {
        const TARGET: &str = "x86_64-unknown-linux-gnu";
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--release", "--locked", "--quiet"]);
        cargo.args(["--bin", "tokenctl"]);
        let (name, built) = match self {
            Self::Dynamic => ("dynamic", "release"),
            Self::Static => {
                cargo.args(["--target", TARGET]);
                cargo.env("RUSTFLAGS", "-C target-feature=+crt-static");
                ("static", "x86_64-unknown-linux-gnu/release")
            }
        };
        let status = cargo.status().context("start cargo")?;
        ensure!(status.success(), "the {name} flavour does not build");
        let copy = plan.stores.join(format!("tokenctl-{name}"));
        fs::copy(setting.target()?.join(built).join("tokenctl"), &copy)
            .context("copy the command")?;
        Ok(copy)
    }
}

/// A store of its own, and a token in it.
pub(super) struct Login {
    directory: tempfile::TempDir,
    id: String,
    secret: String,
}

impl Login {
    pub(super) fn prepare(setting: &Setting, plan: &Plan) -> anyhow::Result<Self> {
        let directory = tempfile::tempdir_in(&plan.stores)?;
        let store = directory.path().join("tokens.db");
        fs::copy(kept::path_in(&plan.stores, plan.usual), &store)
            .context("copy the store that the benchmark has filled")?;
        let mut issue = setting.tokenctl(&store, &["issue", "user1", "--full-access"]);
        let secret = tools::output(&mut issue)?;
        let id = secret.split('_').nth(1).context("no secret was printed")?;
        let login = Self {
            directory,
            id: id.to_owned(),
            secret,
        };
        fs::write(login.header(), format!("Bearer {}", login.secret))?;
        Ok(login)
    }

    fn store(&self) -> PathBuf {
        self.directory.path().join("tokens.db")
    }

    fn header(&self) -> PathBuf {
        self.directory.path().join("header")
    }

    /// Returns the milliseconds that `program` takes to verify the token.
    pub(super) fn time(&self, program: &Path) -> anyhow::Result<f64> {
        let mut command = self.command(program);
        command
            .args(["verify", "-"])
            .stdin(File::open(self.header())?);
        tools::time(&mut command)
    }

    /// Returns a command that knows of the store, and of nothing else.
    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("TOKENCTL_STORE", self.store())
            .env("HOME", self.directory.path());
        command
    }
}

pub(super) fn measure(
    setting: &Setting,
    plan: &Plan,
    findings: &mut Findings,
) -> anyhow::Result<()> {
    let Some(sqlite) = tools::find("sqlite3") else {
        findings
            .skipped
            .push("P1: the shell of SQLite is not installed".into());
        return Ok(());
    };
    let login = Login::prepare(setting, plan)?;
    let programs = if setting.scale == Scale::Quick {
        findings
            .skipped
            .push("P1: the flavours are built at the full scale".into());
        vec![setting.program.clone()]
    } else {
        vec![
            setting.program.clone(),
            Flavour::Static.build(setting, plan)?,
        ]
    };
    let store = login.store();
    let select = |query: &str| {
        let mut command = Command::new(&sqlite);
        command
            .env_clear()
            .env("HOME", login.directory.path())
            .arg("-readonly")
            .arg(&store)
            .arg(query)
            .stdin(Stdio::null());
        command
    };
    let digest = format!("SELECT hex(digest) FROM token WHERE id = '{}'", login.id);
    let digest = tools::output(&mut select(&digest))?;
    let query = format!(
        "SELECT id, user, expires_at, suspended_at, revoked_at, rotated_to, policy, networks, digest \
         FROM token WHERE digest = x'{digest}' AND digest_kind = 0"
    );
    ensure!(
        !tools::output(&mut select(&query))?.is_empty(),
        "the shell finds the row"
    );
    let mut sides: Vec<Box<dyn Fn() -> anyhow::Result<f64>>> =
        vec![Box::new(|| tools::time(&mut select(&query)))];
    for program in &programs {
        sides.push(Box::new(|| login.time(program)));
    }
    for program in [&setting.program, &sqlite] {
        sides.push(Box::new(move || {
            tools::time(Command::new(program).env_clear().arg("--version"))
        }));
    }
    let turns = Turns::of(ROUNDS, sides.len(), |side| {
        sides.get(side).context("there are as many sides")?()
    })?;
    let [ours, theirs] = [1, 2].map(|behind| programs.len() + behind);
    findings.compare(
        "cold `tokenctl --version` / `sqlite3 --version`, without a store",
        turns.ratio(ours, theirs),
        None,
        format!(
            "tokenctl {:.2} ms, sqlite3 {:.2} ms, {ROUNDS} rounds",
            turns.median(ours),
            turns.median(theirs)
        ),
    );
    for (side, (flavour, most)) in (1..=programs.len()).zip(FLAVOURS) {
        let name = format!(
            "P1 cold verify ({flavour}) / `sqlite3 -readonly`, {}",
            plan.usual
        );
        let goal = Some(Goal::AtMost(most));
        findings.compare(
            name,
            turns.ratio(side, 0),
            goal,
            sides_of(&turns, side, ROUNDS),
        );
    }
    compare_by_hyperfine(&login, &programs, &sqlite, &query, findings)
}

/// The same once more, without a goal of its own.
fn compare_by_hyperfine(
    login: &Login,
    programs: &[PathBuf],
    sqlite: &Path,
    query: &str,
    findings: &mut Findings,
) -> anyhow::Result<()> {
    const ROUNDS: usize = 7;
    let Some(hyperfine) = tools::find("hyperfine") else {
        let skipped = "a cold verify by hyperfine: it is not installed";
        findings.skipped.push(skipped.into());
        return Ok(());
    };
    let mut lines = vec![format!(
        "'{}' -readonly '{}' \"{query}\"",
        sqlite.display(),
        login.store().display()
    )];
    let ours = programs.iter().map(|program| program.display());
    // The store is a copy that is thrown away, so that its token may stand among the arguments.
    lines.extend(ours.map(|program| format!("'{program}' verify -q 'Bearer {}'", login.secret)));
    let turns = Turns::of(ROUNDS, lines.len(), |side| {
        let line = lines.get(side).context("there are as many lines")?;
        hyperfine::time(&mut login.command(&hyperfine), line)
    })?;
    for (side, (flavour, _)) in (1..=programs.len()).zip(FLAVOURS) {
        let name = format!("cold verify ({flavour}) / `sqlite3 -readonly`, by hyperfine");
        findings.compare(
            name,
            turns.ratio(side, 0),
            None,
            sides_of(&turns, side, ROUNDS),
        );
    }
    Ok(())
}

/// Returns what one of the flavours and the shell of SQLite, the first of all sides, took.
fn sides_of(turns: &Turns, side: usize, rounds: usize) -> String {
    format!(
        "verify {:.2} ms, sqlite3 {:.2} ms, {rounds} rounds",
        turns.median(side),
        turns.median(0)
    )
}
