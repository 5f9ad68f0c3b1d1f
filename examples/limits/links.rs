//! Links in the place of files, and files that others could reach.

mod modes;

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use tempfile::TempDir;

use crate::attempt::{Faults, end_within, ending, feed, is_in_contract, succeed};
use crate::claim::{Claim, Findings, Needs};
use crate::setting::Setting;

pub(crate) const CLAIM: Claim = Claim {
    name: "links",
    says: "nothing is written or read through a link, what is made is private whatever the umask, and what others can reach is refused",
    needs: Needs::Nothing,
    run,
};

const LIMIT: Duration = Duration::from_secs(10);

/// What stands where a file is about to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Plant {
    Symbolic,
    Hard,
    /// A symbolic link to a file that is not there, and must not be made.
    Dangling,
    /// Links to a file that is a good store.
    SymbolicToStore,
    HardToStore,
}

const PLANTS: [Plant; 5] = [
    Plant::Symbolic,
    Plant::Hard,
    Plant::Dangling,
    Plant::SymbolicToStore,
    Plant::HardToStore,
];

/// Whether a command may succeed all the same.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expected {
    Refusal,
    /// It reads what the operator names, or puts its own in the place of the link.
    Either,
}

/// Where links are planted, and what is run then in that directory. `ID` is a live token.
const PLACES: [(&str, Expected, &[&str]); 14] = [
    ("tokens.db", Expected::Refusal, STORE_LINES),
    ("tokens.db-wal", Expected::Refusal, STORE_LINES),
    ("tokens.db-shm", Expected::Refusal, STORE_LINES),
    ("tokens.db-journal", Expected::Refusal, STORE_LINES),
    ("tokens.db.lock", Expected::Refusal, STORE_LINES),
    ("backup.db", Expected::Refusal, &["backup backup.db"]),
    ("out.jsonl", Expected::Refusal, &["export --out out.jsonl"]),
    (
        "new.token",
        Expected::Refusal,
        &[
            "issue alice --full-access --out new.token",
            "rotate ID --yes --out new.token",
        ],
    ),
    (
        "config.toml",
        Expected::Refusal,
        &["list --config config.toml", "config --config config.toml"],
    ),
    (
        "source.db",
        Expected::Either,
        &[
            "restore source.db --yes",
            "import djblets source.db",
            "import tokenctl source.db",
        ],
    ),
    ("new.db", Expected::Refusal, &["init --store new.db"]),
    (
        "auth.sock",
        Expected::Refusal,
        &["serve --listen unix:WORK/auth.sock"],
    ),
    ("tokenctl.1", Expected::Either, &["man ."]),
    ("tokenctl-list.1", Expected::Either, &["man ."]),
];

const STORE_LINES: &[&str] = &[
    "list",
    "verify",
    "issue alice --full-access",
    "revoke ID --yes",
    "init",
    "migrate",
    "check",
    "backup fresh.db",
    "restore good.db --yes",
    "prune --yes",
];

/// What is run where a directory, which is that of temporary files too, is a link to that of the canary.
const THROUGH_DIRECTORY: [&str; 5] = [
    "list --store link/canary",
    "issue alice --full-access --store link/canary",
    "init --store link/fresh.db",
    "backup link/canary",
    "import djblets good.db",
];

fn run(setting: &Setting) -> anyhow::Result<Findings> {
    let mut findings = Findings::default();
    let scene = Scene::make(setting)?;
    let mut trial = Trial::default();
    for (place, expected, lines) in PLACES {
        for plant in PLANTS {
            for line in lines {
                trial.plant(setting, &scene, place, plant, line, expected)?;
            }
        }
    }
    for line in THROUGH_DIRECTORY {
        trial.link_directory(setting, &scene, line, Expected::Either)?;
    }
    findings.count("runs with a link in the way", trial.runs);
    for (name, faults) in [
        ("canaries that were changed, or made", &trial.canaries),
        ("links that were gone through", &trial.through),
        (
            "runs with a link that ended outside the contract",
            &trial.endings,
        ),
    ] {
        faults.tell(name, &mut findings);
    }
    modes::look(setting, &scene, &mut findings)?;
    Ok(findings)
}

/// A store with one live token, and a copy of it.
struct Scene {
    directory: TempDir,
    id: String,
    secret: String,
}

impl Scene {
    fn make(setting: &Setting) -> anyhow::Result<Self> {
        let directory = tempfile::tempdir()?;
        let store = directory.path().join("tokens.db");
        let tell = |words: &[&str]| succeed(setting.tokenctl(&store, words));
        tell(&["init"])?;
        tell(&["user", "add", "alice"])?;
        let issued = tell(&["issue", "alice", "--full-access", "--expires", "never"])?;
        let secret = String::from_utf8(issued.stdout)?.trim().to_owned();
        let id = secret
            .split('_')
            .nth(1)
            .context("a secret has an id")?
            .to_owned();
        let backup = directory.path().join("good.db");
        tell(&["backup", backup.to_str().context("it is UTF-8")?])?;
        Ok(Self {
            directory,
            id,
            secret,
        })
    }

    /// Copies the store to a directory of its own.
    fn copy(&self) -> anyhow::Result<TempDir> {
        let work = tempfile::tempdir()?;
        for name in ["tokens.db", "good.db"] {
            fs::copy(self.directory.path().join(name), work.path().join(name))?;
        }
        Ok(work)
    }
}

/// A private file elsewhere that nothing is to touch.
struct Canary {
    directory: TempDir,
    before: Option<Look>,
}

/// All that can be seen of a file but when it was read.
type Look = (Vec<u8>, u32, i64, i64, u64);

impl Canary {
    fn make(content: Option<Vec<u8>>) -> anyhow::Result<Self> {
        let mut canary = Self {
            directory: tempfile::tempdir()?,
            before: None,
        };
        if let Some(content) = content {
            fs::write(canary.path(), content)?;
            fs::set_permissions(canary.path(), fs::Permissions::from_mode(0o600))?;
            canary.before = canary.look()?;
            ensure!(canary.before.is_some(), "the canary is there");
        }
        Ok(canary)
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("canary")
    }

    fn look(&self) -> anyhow::Result<Option<Look>> {
        let path = self.path();
        if !path.exists() {
            return Ok(None);
        }
        let metadata = fs::metadata(&path)?;
        let content = fs::read(&path)?;
        let (second, nanosecond) = (metadata.mtime(), metadata.mtime_nsec());
        Ok(Some((
            content,
            metadata.mode(),
            second,
            nanosecond,
            metadata.ino(),
        )))
    }

    fn is_as_it_was(&self) -> anyhow::Result<bool> {
        Ok(self.look()? == self.before)
    }
}

#[derive(Default)]
struct Trial {
    runs: usize,
    canaries: Faults,
    through: Faults,
    endings: Faults,
}

impl Trial {
    fn plant(
        &mut self,
        setting: &Setting,
        scene: &Scene,
        place: &str,
        plant: Plant,
        line: &str,
        expected: Expected,
    ) -> anyhow::Result<()> {
        let work = scene.copy()?;
        let canary = Canary::make(match plant {
            Plant::Symbolic | Plant::Hard => Some(b"not to be touched\n".to_vec()),
            Plant::SymbolicToStore | Plant::HardToStore => {
                Some(fs::read(scene.directory.path().join("tokens.db"))?)
            }
            Plant::Dangling => None,
        })?;
        let path = work.path().join(place);
        if path.exists() {
            fs::remove_file(&path)?;
        }
        match plant {
            Plant::Hard | Plant::HardToStore => fs::hard_link(canary.path(), &path)?,
            _ => symlink(canary.path(), &path)?,
        }
        let what = format!("{plant:?} at {place}: {line}");
        self.run(setting, scene, work.path(), &canary, line, expected, &what)
    }

    fn link_directory(
        &mut self,
        setting: &Setting,
        scene: &Scene,
        line: &str,
        expected: Expected,
    ) -> anyhow::Result<()> {
        let work = scene.copy()?;
        let canary = Canary::make(Some(b"not to be touched\n".to_vec()))?;
        symlink(canary.directory.path(), work.path().join("link"))?;
        let what = format!("a directory that is a link: {line}");
        self.run(setting, scene, work.path(), &canary, line, expected, &what)
    }

    #[expect(clippy::too_many_arguments, reason = "all of it says what is tried")]
    fn run(
        &mut self,
        setting: &Setting,
        scene: &Scene,
        work: &Path,
        canary: &Canary,
        line: &str,
        expected: Expected,
        what: &str,
    ) -> anyhow::Result<()> {
        let line = line
            .replace("ID", &scene.id)
            .replace("WORK", work.to_str().context("it is UTF-8")?);
        let words: Vec<&str> = line.split(' ').collect();
        let mut command = setting.tokenctl(&work.join("tokens.db"), &words);
        let linked = work.join("link");
        let temporary = if linked.exists() { &linked } else { work };
        command.current_dir(work).env("TMPDIR", temporary);
        self.runs += 1;
        let output = if line == "verify" {
            Some(feed(command, &format!("token {}", scene.secret))?)
        } else {
            end_within(command.spawn()?, LIMIT)?
        };
        if !canary.is_as_it_was()? {
            self.canaries.add(|| what.to_owned());
        }
        let Some(output) = output else {
            self.through.add(|| format!("{what}: it goes on"));
            return Ok(());
        };
        if !is_in_contract(output.status) {
            self.endings
                .add(|| format!("{what}: {}", ending(output.status)));
        }
        if expected == Expected::Refusal && output.status.success() {
            self.through.add(|| what.to_owned());
        }
        Ok(())
    }
}
