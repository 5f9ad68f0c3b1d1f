//! A medium that cannot be written, and files beside the store that are missing or belong to another.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};

use tokenctl::store::sqlite::SqliteStore;
use tokenctl::store::{OpenOptions, Store as _};

use crate::attempt::{feed, succeed};
use crate::claim::{Claim, Findings, Goal, Needs};
use crate::mount::{Mount, NotMounted};
use crate::sample::{self, Sample, SampleToken};
use crate::setting::Setting;
use crate::trouble::{Stderr, Tally, Trouble};

pub(crate) const CLAIM: Claim = Claim {
    name: "read-only",
    says: "a store on a read-only medium answers and says so, and is never written; a strange log beside it misleads nobody",
    needs: Needs::Nothing,
    run,
};

/// What only reads, with `SUBJECT` for the id of a token.
const READING: &[&str] = &[
    "list",
    "show SUBJECT",
    "user list",
    "audit list",
    "audit verify",
    "audit head",
    "check",
    "stats",
    "export",
    "can SUBJECT GET review",
    "backup ELSEWHERE/COPY",
];

/// What writes, with `ELSEWHERE` for a directory that can be written.
const WRITING: &[&str] = &[
    "issue alice --read-only",
    "issue alice --read-only --out ELSEWHERE/secret",
    "user add carol",
    "user disable alice",
    "edit SUBJECT --note x",
    "restrict SUBJECT --read-only",
    "extend SUBJECT --expires never",
    "suspend SUBJECT",
    "revoke SUBJECT --yes",
    "rotate SUBJECT --yes",
    "prune --older-than 1s --yes",
    "import tokenctl SAMPLE/other.jsonl",
    "restore SAMPLE/backup.db --yes",
    "migrate",
];

fn run(setting: &Setting) -> anyhow::Result<Findings> {
    let sample = Sample::make(setting)?;
    let mut findings = Findings::default();
    let mut tally = Tally::default();
    let root = tempfile::tempdir()?;
    let bench = Bench {
        setting,
        sample: &sample,
        root: root.path(),
        copies: AtomicUsize::new(0),
    };
    match bench.on_a_read_only_medium(&mut tally) {
        Ok(Medium::Tried { unsaid, written }) => {
            findings.measure(
                "answers that do not say how they were read",
                unsaid,
                Goal::NONE,
            );
            findings.measure("files of the medium that changed", written, Goal::NONE);
        }
        Ok(Medium::NotMounted(why)) => findings.skipped.push(format!("a read-only medium: {why}")),
        Err(error) => return Err(error),
    }
    bench.without_shared_memory(&mut tally)?;
    let accepted = bench.with_a_strange_log(&mut tally)?;
    findings.measure(
        "tokens of another store that were accepted with its log beside ours",
        accepted,
        Goal::NONE,
    );
    tally.report(&Trouble::ALL, &mut findings);
    Ok(findings)
}

struct Bench<'a> {
    setting: &'a Setting,
    sample: &'a Sample,
    root: &'a Path,
    copies: AtomicUsize,
}

enum Medium {
    Tried { unsaid: usize, written: usize },
    NotMounted(String),
}

impl Bench<'_> {
    fn on_a_read_only_medium(&self, tally: &mut Tally) -> anyhow::Result<Medium> {
        let (source, place) = (self.directory("source")?, self.directory("medium")?);
        self.sample.place(&source)?;
        let log = self.directory("source/with-log")?;
        self.place_with_log(&log)?;
        let before = contents(&source)?;
        let medium = match Mount::read_only(&source, &place) {
            Ok(medium) => medium,
            Err(NotMounted(why)) => return Ok(Medium::NotMounted(why)),
        };
        let store = medium.path().join("tokens.db");
        let mut unsaid = 0;
        for line in READING {
            let output = self.run(&store, line)?;
            self.expect(line, &output, 0, tally);
            unsaid += usize::from(!says_how(&output));
        }
        for (token, code) in [(&self.sample.good, 0), (&self.sample.dead, 12)] {
            let output = sample::verify(self.setting, &store, &token.secret)?;
            self.expect("verify", &output, code, tally);
            unsaid += usize::from(!says_how(&output));
        }
        let identify = self.setting.tokenctl(&store, &["identify", "-"]);
        let output = feed(identify, &self.sample.good.secret)?;
        self.expect("identify", &output, 0, tally);
        unsaid += usize::from(!says_how(&output));
        for line in WRITING {
            let output = self.run(&store, line)?;
            self.expect(line, &output, 26, tally);
        }
        // With a log there are changes that cannot be read without writing.
        let store = medium.path().join("with-log/tokens.db");
        for line in READING.iter().chain(WRITING) {
            let output = self.run(&store, line)?;
            self.expect(&format!("{line}, with a log"), &output, 26, tally);
        }
        let output = sample::verify(self.setting, &store, &self.sample.good.secret)?;
        self.expect("verify, with a log", &output, 26, tally);
        drop(medium);
        let after = contents(&source)?;
        let names = before.keys().chain(after.keys());
        let mut changed: Vec<_> = names
            .filter(|name| before.get(*name) != after.get(*name))
            .collect();
        changed.dedup();
        Ok(Medium::Tried {
            unsaid,
            written: changed.len(),
        })
    }

    /// Without its shared memory a store is read from its log; without both it is what it was before.
    fn without_shared_memory(&self, tally: &mut Tally) -> anyhow::Result<()> {
        let here = self.directory("crashed")?;
        self.place_with_log(&here)?;
        let store = here.join("tokens.db");
        self.judge(&store, 12, "no -shm", tally)?;
        let here = self.directory("log-lost")?;
        let log = self.place_with_log(&here)?;
        fs::remove_file(log)?;
        self.judge(&here.join("tokens.db"), 0, "no -wal", tally)
    }

    /// Puts the log of another store beside ours, and returns how many tokens of that were accepted.
    fn with_a_strange_log(&self, tally: &mut Tally) -> anyhow::Result<usize> {
        let other = self.directory("other")?;
        let theirs = other.join("tokens.db");
        fs::copy(self.sample.file("other.db"), &theirs)?;
        let token = {
            let _open = keep_open(&theirs)?;
            let issue = ["issue", "bob", "--full-access"];
            let printed = succeed(self.setting.tokenctl(&theirs, &issue))?;
            copy_log(&theirs, &other.join("kept-wal"))?;
            SampleToken::of(&printed.stdout)?
        };
        let mut accepted = 0;
        for (number, length) in [(0, None), (1, Some(32)), (2, Some(4_152))] {
            let here = self.directory(&format!("strange-{number}"))?;
            let store = self.sample.place(&here)?;
            let mut log = fs::read(other.join("kept-wal"))?;
            log.truncate(length.unwrap_or(log.len()));
            let path = here.join("tokens.db-wal");
            fs::write(&path, log)?;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
            for token in [&token, &self.sample.foreign] {
                let output = sample::verify(self.setting, &store, &token.secret)?;
                self.contract("verify with a strange log", &output, tally);
                accepted += usize::from(output.status.success());
            }
            for line in READING {
                let output = self.run(&store, line)?;
                self.contract(&format!("{line}, with a strange log"), &output, tally);
            }
            let output = sample::verify(self.setting, &store, &self.sample.dead.secret)?;
            if output.status.success() {
                tally.add(Trouble::WrongAnswer, "dead token with a strange log");
            }
        }
        Ok(accepted)
    }

    /// Puts a store into `directory` in whose log alone the subject is revoked, as a crash leaves it.
    fn place_with_log(&self, directory: &Path) -> anyhow::Result<PathBuf> {
        let work = self.directory(&format!(
            "work-{}",
            directory.file_name().unwrap_or_default().to_string_lossy()
        ))?;
        let live = self.sample.place(&work)?;
        let _open = keep_open(&live)?;
        let revoke = ["revoke", &self.sample.subject.id, "--yes"];
        succeed(self.setting.tokenctl(&live, &revoke))?;
        let store = directory.join("tokens.db");
        // By a process of its own: this one would drop its locks on the store by closing it.
        let mut cp = Command::new("cp");
        cp.arg("-p").arg(&live).arg(&store);
        succeed(cp)?;
        let log = directory.join("tokens.db-wal");
        copy_log(&live, &log)?;
        Ok(log)
    }

    /// Checks that the store is sound, and that the subject is answered with `subject`.
    fn judge(
        &self,
        store: &Path,
        subject: i32,
        what: &str,
        tally: &mut Tally,
    ) -> anyhow::Result<()> {
        for (token, code) in [
            (&self.sample.good, 0),
            (&self.sample.dead, 12),
            (&self.sample.subject, subject),
            (&self.sample.foreign, 10),
        ] {
            let output = sample::verify(self.setting, store, &token.secret)?;
            self.expect(what, &output, code, tally);
        }
        let check = self.run(store, "check")?;
        if !check.status.success() {
            tally.add(Trouble::Unsound, what);
        }
        Ok(())
    }

    fn run(&self, store: &Path, line: &str) -> anyhow::Result<Output> {
        let words: Vec<String> = line
            .split(' ')
            .map(|word| {
                word.replace("SUBJECT", &self.sample.subject.id)
                    // A new file each time.
                    .replace(
                        "COPY",
                        &format!("copy-{}", self.copies.fetch_add(1, Ordering::Relaxed)),
                    )
                    .replace("ELSEWHERE", &self.root.to_string_lossy())
                    .replace("SAMPLE/", &self.sample.file("").to_string_lossy())
            })
            .collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        Ok(self.setting.tokenctl(store, &words).output()?)
    }

    fn expect(&self, what: &str, output: &Output, code: i32, tally: &mut Tally) {
        self.contract(what, output, tally);
        if output.status.code() != Some(code) {
            let told = String::from_utf8_lossy(&output.stderr).replace('\n', " / ");
            let example = format!("{what}: {} instead of {code}: {told}", output.status);
            tally.add(Trouble::WrongAnswer, example);
        }
    }

    fn contract(&self, what: &str, output: &Output, tally: &mut Tally) {
        tally.judge(what, output, &self.sample.secrets(), Stderr::Works);
    }

    fn directory(&self, name: &str) -> anyhow::Result<PathBuf> {
        let path = self.root.join(name);
        sample::private_directory(&path)?;
        Ok(path)
    }
}

fn says_how(output: &Output) -> bool {
    String::from_utf8_lossy(&output.stderr).contains("read-only")
}

/// Keeps the log of a store where it is.
fn keep_open(store: &Path) -> anyhow::Result<SqliteStore> {
    let open = SqliteStore::open(store, OpenOptions::default())?;
    open.users()?;
    Ok(open)
}

fn copy_log(store: &Path, to: &Path) -> anyhow::Result<()> {
    let mut cp = Command::new("cp");
    cp.arg("-p").arg(format!("{}-wal", store.display())).arg(to);
    succeed(cp)?;
    Ok(())
}

/// Returns what every file below `directory` holds.
fn contents(directory: &Path) -> anyhow::Result<BTreeMap<PathBuf, Vec<u8>>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(contents(&path)?);
        } else {
            let content = fs::read(&path)?;
            found.insert(path, content);
        }
    }
    Ok(found)
}
