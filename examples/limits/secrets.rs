//! Where secrets are, and where they must not be.

mod calls;
mod memory;
mod process;
mod serving;
mod sources;
pub(crate) mod traces;

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use anyhow::{Context as _, ensure};
use tempfile::TempDir;

use self::calls::Call;
use self::traces::Traces;
use crate::attempt::{Faults, is_in_contract, succeed};
use crate::claim::{Claim, Findings, Goal, Needs};
use crate::setting::Setting;
use crate::strace::{STDERR, STDOUT};

pub(crate) const CLAIM: Claim = Claim {
    name: "secrets",
    says: "a secret leaves the process in one write of `issue` or `rotate`, and is neither in files nor in what else is said or logged, nor in memory afterwards",
    needs: Needs::Nothing,
    run,
};

/// What is run on a store with many tokens, as talkative as can be: the line, and its stdin. `ID` is a token, `SECRET`
/// its secret.
const LINES: [(&str, &str); 24] = [
    ("verify", "token SECRET"),
    ("verify --json", "Bearer SECRET"),
    ("verify --record-use", "token SECRET"),
    ("verify", "token SECRETx"),
    ("verify", "SECRET"),
    ("identify -", "SECRET"),
    ("identify - --json", "token SECRET"),
    ("can ID GET", ""),
    ("list --json", ""),
    ("show ID --json", ""),
    ("audit list --json", ""),
    ("audit verify", ""),
    ("stats", ""),
    ("check", ""),
    ("export --out export.jsonl", ""),
    ("backup backup.db", ""),
    ("restore backup.db --yes", ""),
    ("scan found.txt", ""),
    ("list SECRET", ""),
    ("show SECRET", ""),
    ("edit ID --note SECRET", ""),
    ("revoke --secret - --yes", "SECRET"),
    ("prune --yes --older-than 1s", ""),
    ("import tokenctl export.jsonl", ""),
];

/// By what a new secret is made, and printed or written to [`OUT`]. `ID` is a live token.
const MAKERS: [&str; 9] = [
    "issue alice --full-access",
    "issue alice --full-access --json",
    "issue alice --full-access --format csv",
    "issue alice --full-access --header",
    "rotate ID --yes",
    "rotate ID --yes --json",
    "issue alice --full-access --out new-secret",
    "issue alice --full-access --json --out new-secret",
    "rotate ID --yes --out new-secret",
];

/// Where a secret is written when it is not printed.
const OUT: &str = "new-secret";

const NOTES: [&str; 2] = [
    "a part is any sixteen bytes in a row of what follows the id: as they are, backwards, in hexadecimal digits, in base64 \
     and in UTF-16",
    "what is imported has its tokens in plain: of a database that is in use, a copy is made in the directory for temporary \
     files, and of what comes by a pipe one without a name; writes to these are not searched",
];

fn run(setting: &Setting) -> anyhow::Result<Findings> {
    let mut findings = Findings::default();
    if Command::new("strace").arg("-V").output().is_err() {
        findings.skipped.push("strace is not installed".to_owned());
        return Ok(findings);
    }
    let place = Place::make(setting)?;
    let tokens = setting.scale.of(30, 1_000, 5_000);
    let mut finding = Finding::default();
    let mut secrets = Vec::new();
    for maker in setting.watch(MAKERS.into_iter().cycle().take(tokens)) {
        let secret = finding.issue(setting, &place, maker, secrets.last())?;
        finding.traces.add(&secret);
        secrets.push(secret);
    }
    let secret = secrets.last().context("there are tokens")?;
    fs::write(place.path().join("found.txt"), format!("key = {secret}\n"))?;
    for (line, input) in LINES {
        finding.look_at(setting, &place, line, input, secret)?;
    }
    sources::bring_in(setting, &place, &mut finding)?;
    serving::serve(setting, &place, secret, &mut finding)?;
    fs::remove_file(place.path().join("found.txt"))?;
    finding.search_files(place.path())?;
    process::look_for_cores(setting, &place, secret, &mut finding)?;
    for maker in MAKERS
        .into_iter()
        .filter(|maker| maker.starts_with("issue") && !maker.contains(OUT))
    {
        process::search_memory_of_command(setting, &place, maker, &mut finding)?;
    }
    process::search_own_memory(&place, setting.scale.of(5, 50, 500), &mut finding)?;
    process::look_from_outside(setting, &place, &mut finding)?;
    Ok(finding.told(tokens))
}

/// Where the store is, and what is made beside it; and where a command may put what it removes again.
struct Place(TempDir, TempDir);

impl Place {
    fn make(setting: &Setting) -> anyhow::Result<Self> {
        let place = Self(tempfile::tempdir()?, tempfile::tempdir()?);
        for line in [&["init"][..], &["user", "add", "alice"]] {
            succeed(setting.tokenctl(&place.store(), line))?;
        }
        Ok(place)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn scratch(&self) -> &Path {
        self.1.path()
    }

    fn store(&self) -> PathBuf {
        self.path().join("tokens.db")
    }
}

#[derive(Default)]
struct Finding {
    traces: Traces,
    runs: usize,
    requests: usize,
    calls: usize,
    copies: usize,
    open_copies: Faults,
    left_copies: Faults,
    searched: usize,
    shown: Faults,
    elsewhere: Faults,
    files: Faults,
    endings: Faults,
    cores: Faults,
    own_memory: Faults,
    command_memory: Faults,
    open: Faults,
    skipped: Vec<String>,
}

impl Finding {
    /// Makes a token, and sees to it that its secret is in one write, and nowhere else.
    fn issue(
        &mut self,
        setting: &Setting,
        place: &Place,
        maker: &str,
        last: Option<&String>,
    ) -> anyhow::Result<String> {
        let id = last
            .and_then(|secret| secret.split('_').nth(1))
            .unwrap_or_default();
        let line = format!("{} -vvv", maker.replace("ID", id));
        let words: Vec<&str> = line.split(' ').collect();
        let mut command = setting.tokenctl(&place.store(), &words);
        command.current_dir(place.path());
        let (output, calls) = calls::trace(&command, "")?;
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        ensure!(output.status.success(), "{line}: {stderr}");
        let is_printed = !maker.contains(OUT);
        let told = match is_printed {
            true => String::from_utf8(output.stdout)?,
            false => self.take_out(&place.path().join(OUT))?,
        };
        let secret = secret_in(&told).context("no secret was told")?.to_owned();
        let mut traces = Traces::default();
        traces.add(&secret);
        let holding: Vec<_> = calls
            .iter()
            .filter(|call| traces.are_in(&call.bytes))
            .collect();
        let whole = |bytes: &[u8]| {
            bytes
                .windows(secret.len())
                .any(|window| window == secret.as_bytes())
        };
        let is_right = |call: &Call| match is_printed {
            true => call.is_to(STDOUT),
            false => call.file.is_some() && !call.is_to(STDOUT) && !call.is_to(STDERR),
        };
        let is_one_write = matches!(holding[..], [one] if is_right(one) && whole(&one.bytes));
        if !is_one_write {
            self.shown
                .add(|| format!("{line}: in {} calls", holding.len()));
        }
        if calls.iter().any(|call| self.traces.are_in(&call.bytes)) {
            self.elsewhere
                .add(|| format!("{line}: the secret of an older token"));
        }
        self.runs += 1;
        self.calls += calls.len();
        Ok(secret)
    }

    /// Runs `line`, which must not say or write any secret.
    fn look_at(
        &mut self,
        setting: &Setting,
        place: &Place,
        line: &str,
        input: &str,
        secret: &str,
    ) -> anyhow::Result<ExitStatus> {
        let id = secret.split('_').nth(1).unwrap_or_default();
        let told = format!("{line} -vvv")
            .replace("ID", id)
            .replace("SECRET", secret);
        let words: Vec<&str> = told.split(' ').collect();
        let mut command = setting.tokenctl(&place.store(), &words);
        command
            .current_dir(place.path())
            .env("TMPDIR", place.scratch());
        let (output, calls) = calls::trace(&command, &input.replace("SECRET", secret))?;
        self.search(&calls, place.scratch(), line);
        if self.traces.are_in(&output.stdout) || self.traces.are_in(&output.stderr) {
            self.elsewhere.add(|| format!("{line}: what it says"));
        }
        if !is_in_contract(output.status) {
            self.endings.add(|| line.to_owned());
        }
        Ok(output.status)
    }

    /// Looks for secrets in the calls of `line`. In files that it makes in `scratch` they may be, if nobody else can read
    /// those.
    fn search(&mut self, calls: &[Call], scratch: &Path, line: &str) {
        // The first is the start of the program, with what the caller has typed.
        for call in calls.iter().skip(1) {
            if let Some(others) = call.makes_in(scratch) {
                self.copies += 1;
                if others != 0 {
                    self.open_copies.add(|| line.to_owned());
                }
            }
            if !call.is_in(scratch) && self.traces.are_in(&call.bytes) {
                self.elsewhere.add(|| line.to_owned());
            }
        }
        self.runs += 1;
        self.calls += calls.len();
    }

    /// Returns what was written to `path`, which has to be private, and removes it.
    fn take_out(&mut self, path: &Path) -> anyhow::Result<String> {
        if fs::metadata(path)?.mode() & 0o077 != 0 {
            self.open.add(|| path.display().to_string());
        }
        let written = fs::read_to_string(path)?;
        fs::remove_file(path)?;
        Ok(written)
    }

    /// Looks for what `line` has left in the directory for temporary files.
    fn look_for_copies(&mut self, scratch: &Path, line: &str) -> anyhow::Result<()> {
        for left in fs::read_dir(scratch)? {
            let left = left?.file_name();
            self.left_copies.add(|| format!("{line}: {left:?}"));
        }
        Ok(())
    }

    fn search_files(&mut self, directory: &Path) -> anyhow::Result<()> {
        for entry in fs::read_dir(directory)? {
            let path = entry?.path();
            if path.is_dir() {
                self.search_files(&path)?;
                continue;
            }
            let content = fs::read(&path)?;
            self.searched += 1;
            if self.traces.are_in(&content)
                || self.traces.are_in(path.as_os_str().as_encoded_bytes())
            {
                self.files.add(|| path.display().to_string());
            }
        }
        Ok(())
    }

    fn told(self, tokens: usize) -> Findings {
        let mut findings = Findings {
            skipped: self.skipped,
            ..Findings::default()
        };
        findings.count("tokens", tokens);
        findings.count("runs under strace", self.runs);
        findings.measure("requests to `serve`", self.requests, Goal::AtLeast(50.0));
        findings.count("calls searched", self.calls);
        findings.count("files searched", self.searched);
        findings.measure(
            "files and directories made for copies of what is imported",
            self.copies,
            Goal::AtLeast(6.0),
        );
        for (name, faults) in [
            ("of these, what others can open", &self.open_copies),
            ("of these, what was left", &self.left_copies),
            (
                "new secrets that were not in one write to stdout, or to the file of `--out`, alone",
                &self.shown,
            ),
            (
                "calls and outputs with a part of a secret besides",
                &self.elsewhere,
            ),
            ("files with a part of a secret", &self.files),
            ("runs that ended outside the contract", &self.endings),
            ("cores", &self.cores),
            (
                "secrets in the memory of a command that has printed them and is about to end",
                &self.command_memory,
            ),
            (
                "secrets in the memory of a program that has issued and checked them by the library",
                &self.own_memory,
            ),
            (
                "what others can open of a process, or of a file that a secret was written to",
                &self.open,
            ),
        ] {
            faults.tell(name, &mut findings);
        }
        findings.notes.extend(NOTES.map(str::to_owned));
        findings
    }
}

/// Returns the secret in what `issue` has printed.
fn secret_in(printed: &str) -> Option<&str> {
    let start = printed.find("tkc_")?;
    printed.get(start..start + 53)
}
