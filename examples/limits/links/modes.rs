//! Modes: those of what is made, and those of what is refused.

use std::fs;
use std::io::{PipeReader, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::bail;

use super::Scene;
use crate::attempt::{Faults, ending};
use crate::claim::Findings;
use crate::setting::Setting;

const UMASKS: [&str; 3] = ["000", "022", "077"];

/// Every verb that makes a file, one after the other in one directory. `ID` is a live token.
const MAKERS: [&str; 9] = [
    "init --store other.db",
    "issue alice --create-user --full-access --store other.db --out issued.token",
    "rotate ID --overlap 1h --out rotated.token",
    "backup copy.db",
    "export --out export.jsonl",
    "export --format csv --out export.csv",
    "import tokenctl export.jsonl --store other.db --dry-run",
    "restore copy.db --store restored.db --yes",
    "check",
];

/// An account that is not ours.
const STRANGER: u32 = 61_234;

/// What makes a file of the store, its directory or the configuration unsafe.
#[derive(Clone, Copy, Debug)]
enum Unsafe {
    Mode(u32),
    Owner,
}

const UNSAFE: [(&str, &[Unsafe]); 5] = [
    ("tokens.db", FILE),
    ("tokens.db.lock", FILE),
    ("tokens.db-wal", FILE),
    // Which settings are in force is no secret.
    ("config.toml", WRITABLE),
    (
        ".",
        &[Unsafe::Mode(0o777), Unsafe::Mode(0o702), Unsafe::Owner],
    ),
];

const FILE: &[Unsafe] = &[
    Unsafe::Mode(0o640),
    Unsafe::Mode(0o604),
    Unsafe::Mode(0o620),
    Unsafe::Mode(0o602),
    Unsafe::Mode(0o666),
    Unsafe::Owner,
];

const WRITABLE: &[Unsafe] = &[
    Unsafe::Mode(0o620),
    Unsafe::Mode(0o602),
    Unsafe::Mode(0o666),
    Unsafe::Owner,
];

const REFUSED: [&str; 5] = [
    "list --config config.toml",
    "issue alice --full-access --config config.toml",
    "revoke ID --yes --config config.toml",
    "export --config config.toml",
    "backup copy.db --config config.toml",
];

/// How many bytes a pipe holds.
const PIPE: usize = 65_536;

pub(super) fn look(
    setting: &Setting,
    scene: &Scene,
    findings: &mut Findings,
) -> anyhow::Result<()> {
    let (made, open) = look_at_what_is_made(setting, scene)?;
    findings.count("files that were made", made);
    measure(
        findings,
        "files that were made and that others can read or write",
        &open,
    );
    let refusals = look_at_what_is_refused(setting, scene, findings)?;
    findings.count("runs with files that others can reach", refusals.runs);
    measure(
        findings,
        "runs that did not end with 25",
        &refusals.accepted,
    );
    let read = "runs that read from the unsafe file first, but for the first page of a store";
    measure(findings, read, &refusals.read);
    Ok(())
}

fn measure(findings: &mut Findings, name: &str, faults: &Faults) {
    faults.tell(name, findings);
}

fn look_at_what_is_made(setting: &Setting, scene: &Scene) -> anyhow::Result<(usize, Faults)> {
    let (mut made, mut open) = (0, Faults::default());
    for umask in UMASKS {
        let work = scene.copy()?;
        for line in MAKERS {
            let line = line.replace("ID", &scene.id);
            let words: Vec<&str> = line.split(' ').collect();
            let output = under_umask(setting, umask, work.path(), &words).output()?;
            if !output.status.success() {
                bail!("{line}: {}", String::from_utf8_lossy(&output.stderr));
            }
            made += look_into(work.path(), umask, &line, &mut open)?;
        }
        // While the store is open there are more.
        let (mut child, reader) = stop_before_output(setting, umask, work.path())?;
        made += look_into(work.path(), umask, "list, at work", &mut open)?;
        drop(reader);
        child.wait()?;
        let socket = work.path().join("auth.sock");
        let listen = format!("unix:{}", socket.display());
        let mut server = under_umask(setting, umask, work.path(), &["serve", "--listen", &listen])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        wait_until(|| Ok(socket.exists()))?;
        made += look_into(work.path(), umask, "serve", &mut open)?;
        server.kill()?;
        server.wait()?;
    }
    Ok((made, open))
}

fn under_umask(setting: &Setting, umask: &str, work: &Path, words: &[&str]) -> Command {
    let mut command = Command::new("sh");
    command
        .env_clear()
        .env("TOKENCTL_STORE", work.join("tokens.db"))
        .env("TMPDIR", work)
        .args(["-c", "umask $0; exec \"$@\"", umask])
        .arg(&setting.program)
        .args(words)
        .current_dir(work)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Starts a command that waits, with the store open, for somebody to read its answer.
fn stop_before_output(
    setting: &Setting,
    umask: &str,
    work: &Path,
) -> anyhow::Result<(Child, PipeReader)> {
    let (reader, mut writer) = std::io::pipe()?;
    writer.write_all(&[b'.'; PIPE])?;
    let child = under_umask(setting, umask, work, &["list"])
        .stdout(writer)
        .spawn()?;
    wait_until(|| Ok(work.join("tokens.db-shm").exists()))?;
    Ok((child, reader))
}

fn wait_until(is_so: impl Fn() -> anyhow::Result<bool>) -> anyhow::Result<()> {
    let begun = Instant::now();
    while !is_so()? {
        if begun.elapsed() > Duration::from_secs(10) {
            bail!("it never came to that");
        }
        thread::sleep(Duration::from_millis(2));
    }
    Ok(())
}

/// Returns how many files there are, and notes those that are not private.
fn look_into(
    directory: &Path,
    umask: &str,
    line: &str,
    open: &mut Faults,
) -> anyhow::Result<usize> {
    let mut count = 0;
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        // A file that is there for a moment only may have gone.
        let Ok(metadata) = entry.metadata() else {
            continue;
        };
        let mode = metadata.mode() & 0o7777;
        if metadata.is_dir() {
            continue;
        }
        count += 1;
        if mode != 0o600 {
            let name = entry.file_name();
            open.add(|| format!("umask {umask}: {line}: {}: {mode:o}", name.display()));
        }
    }
    Ok(count)
}

/// What came of files that others can reach.
#[derive(Default)]
struct Refusals {
    runs: usize,
    accepted: Faults,
    read: Faults,
}

fn look_at_what_is_refused(
    setting: &Setting,
    scene: &Scene,
    findings: &mut Findings,
) -> anyhow::Result<Refusals> {
    let mut refusals = Refusals::default();
    let is_root = rustix::process::geteuid().is_root();
    if !is_root {
        let reason = "files of another owner: only root can make them";
        findings.skipped.push(reason.to_owned());
    }
    let has_strace = Command::new("strace").arg("-V").output().is_ok();
    if !has_strace {
        let reason = "that nothing is read: strace is not installed";
        findings.skipped.push(reason.to_owned());
    }
    let trace = if has_strace {
        Trace::Reads
    } else {
        Trace::Nothing
    };
    for (name, all) in UNSAFE {
        for how in all {
            if matches!(how, Unsafe::Owner) && !is_root {
                continue;
            }
            for line in REFUSED {
                refusals.look_at(setting, scene, name, *how, line, trace)?;
            }
        }
    }
    Ok(refusals)
}

impl Refusals {
    fn look_at(
        &mut self,
        setting: &Setting,
        scene: &Scene,
        name: &str,
        how: Unsafe,
        line: &str,
        trace: Trace,
    ) -> anyhow::Result<()> {
        let work = scene.copy()?;
        let path = work.path().join(name);
        for file in [&path, &work.path().join("config.toml")] {
            if !file.exists() {
                fs::write(file, "")?;
                fs::set_permissions(file, fs::Permissions::from_mode(0o600))?;
            }
        }
        match how {
            Unsafe::Mode(mode) => fs::set_permissions(&path, fs::Permissions::from_mode(mode))?,
            Unsafe::Owner => chown(&path, Some(STRANGER), None)?,
        }
        let what = format!("{how:?} of {name}: {line}");
        let target = if name == "." {
            work.path().join("tokens.db")
        } else {
            path
        };
        let log = tempfile::NamedTempFile::new()?;
        let line = line.replace("ID", &scene.id);
        let output = traced(setting, work.path(), &line, &target, log.path(), trace).output()?;
        self.runs += 1;
        if output.status.code() != Some(25) || !output.stdout.is_empty() {
            self.accepted
                .add(|| format!("{what}: {}", ending(output.status)));
        }
        let calls = fs::read_to_string(log.path())?;
        let is_store = target.ends_with("tokens.db");
        if let Some(call) = calls.lines().find(|call| reads(call, is_store)) {
            self.read.add(|| format!("{what}: {call}"));
        }
        Ok(())
    }
}

/// Returns whether a traced call reads. By the first page of the store alone it is known for a store, whatever its mode.
fn reads(call: &str, is_store: bool) -> bool {
    let is_first_page = call.contains("pread64(") && call.contains(", 0) = ");
    call.contains("(") && !call.contains("+++") && !(is_store && is_first_page)
}

/// What is written down of a run.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Trace {
    Reads,
    Nothing,
}

/// Returns the command, all reads of `target` by which are written to `log` where that can be done.
fn traced(
    setting: &Setting,
    work: &Path,
    line: &str,
    target: &Path,
    log: &Path,
    trace: Trace,
) -> Command {
    let words: Vec<&str> = line.split(' ').collect();
    let plain = setting.tokenctl(&work.join("tokens.db"), &words);
    let mut command = if trace == Trace::Reads {
        let mut command = Command::new("strace");
        command
            .args([
                "-f",
                "-qq",
                "-e",
                "trace=read,pread64,readv,preadv,mmap",
                "-P",
            ])
            .arg(target)
            .arg("-o")
            .arg(log)
            .arg(plain.get_program())
            .args(plain.get_args())
            .env_clear()
            .env("TOKENCTL_STORE", work.join("tokens.db"));
        command
    } else {
        plain
    };
    command.current_dir(work).stdin(Stdio::null());
    command
}
