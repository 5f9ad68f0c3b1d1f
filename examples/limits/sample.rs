//! A store to try things on, and what has to be true of it.

use std::fs;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::Duration;

use anyhow::Context as _;
use tempfile::TempDir;

use crate::attempt::{feed, succeed};
use crate::setting::Setting;

/// A token, and its secret.
pub(crate) struct SampleToken {
    pub(crate) id: String,
    pub(crate) secret: String,
}

/// A store that nobody has open, to be copied, and files to bring into it.
pub(crate) struct Sample {
    directory: TempDir,
    /// Accepted, and never changed by anything that is tried.
    pub(crate) good: SampleToken,
    /// Revoked.
    pub(crate) dead: SampleToken,
    /// Accepted; what is tried is tried on it.
    pub(crate) subject: SampleToken,
    /// Accepted, and in the backup alone.
    pub(crate) later: SampleToken,
    /// Accepted, and in the export of another store alone.
    pub(crate) foreign: SampleToken,
}

impl Sample {
    pub(crate) fn make(setting: &Setting) -> anyhow::Result<Self> {
        let directory = workplace()?;
        let at = |name: &str| directory.path().join(name);
        let run = |name: &str, arguments: &[&str]| succeed(setting.tokenctl(&at(name), arguments));
        for (store, user) in [("live.db", "alice"), ("other.db", "bob")] {
            run(store, &["init"])?;
            run(store, &["user", "add", user])?;
        }
        let issue = |name: &str, user: &str| -> anyhow::Result<SampleToken> {
            let printed = run(name, &["issue", user, "--full-access"])?;
            SampleToken::of(&printed.stdout)
        };
        let good = issue("live.db", "alice")?;
        let dead = issue("live.db", "alice")?;
        let subject = issue("live.db", "alice")?;
        run("live.db", &["revoke", &dead.id, "--yes"])?;
        fs::copy(at("live.db"), at("tokens.db"))?;
        let later = issue("live.db", "alice")?;
        run("live.db", &["backup", &at("backup.db").to_string_lossy()])?;
        let foreign = issue("other.db", "bob")?;
        fs::write(at("other.jsonl"), run("other.db", &["export"])?.stdout)?;
        // What is dead has to be so for a second before it can be pruned.
        std::thread::sleep(Duration::from_secs(2));
        Ok(Self {
            good,
            dead,
            subject,
            later,
            foreign,
            directory,
        })
    }

    /// Puts a copy of the store into `directory`, and returns its path.
    pub(crate) fn place(&self, directory: &Path) -> anyhow::Result<PathBuf> {
        let store = directory.join("tokens.db");
        fs::copy(self.file("tokens.db"), &store)?;
        Ok(store)
    }

    /// Returns the path of one of its files: `backup.db`, `other.db`, `other.jsonl`.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn secrets(&self) -> [&str; 5] {
        self.tokens().map(|token| token.secret.as_str())
    }

    pub(crate) fn ids(&self) -> [&str; 5] {
        self.tokens().map(|token| token.id.as_str())
    }

    fn tokens(&self) -> [&SampleToken; 5] {
        [
            &self.good,
            &self.dead,
            &self.subject,
            &self.later,
            &self.foreign,
        ]
    }
}

impl SampleToken {
    /// Reads what `issue` and `rotate` print.
    pub(crate) fn of(printed: &[u8]) -> anyhow::Result<Self> {
        let secret = std::str::from_utf8(printed)?.trim().to_owned();
        let id = secret.split('_').nth(1).context("no secret was printed")?;
        Ok(Self {
            id: id.to_owned(),
            secret,
        })
    }
}

/// Makes a directory for what need not be on a disk: in memory where there is such a place, so that syncing takes no time.
pub(crate) fn workplace() -> anyhow::Result<TempDir> {
    let memory = Path::new("/dev/shm");
    match tempfile::tempdir_in(memory) {
        Ok(directory) => Ok(directory),
        Err(_) => Ok(tempfile::tempdir()?),
    }
}

/// Makes a directory that is the caller's alone.
pub(crate) fn private_directory(path: &Path) -> anyhow::Result<()> {
    fs::DirBuilder::new().mode(0o700).create(path)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o700))?;
    Ok(())
}

/// Returns how `verify` ends for `secret`.
pub(crate) fn verify(setting: &Setting, store: &Path, secret: &str) -> anyhow::Result<Output> {
    let command = setting.tokenctl(store, &["verify", "-"]);
    feed(command, &format!("token {secret}\n"))
}
