//! What others can get out of a process of ours: its memory, its environment, its core.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use rustix::process::{Pid, Signal, geteuid, kill_process};
use tokenctl::auth::Authenticator;
use tokenctl::auth::request::RequestHead;
use tokenctl::auth::session::MemorySession;
use tokenctl::authority::{Authority, IssueRequest, Issued};
use tokenctl::change::Actor;
use tokenctl::clock::{Clock as _, SystemClock};
use tokenctl::entropy::OsEntropy;
use tokenctl::format::TokenFormats;
use tokenctl::outcome::OutcomeCode;
use tokenctl::policy::Policy;
use tokenctl::store::{Location, OpenOptions};
use tokenctl::token::NewToken;
use tokenctl::user::UserName;
use zeroize::Zeroizing;

use super::memory::Needle;
use super::{Finding, Place};
use crate::setting::Setting;

/// An account that is not root's.
const NOBODY: u32 = 65_534;

/// Longer than anything takes that is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long a process is held that is about to end, in microseconds.
const HELD: &str = "1500000";

/// Looks for the secrets of tokens that this process has issued and checked, and has dropped.
pub(super) fn search_own_memory(
    place: &Place,
    tokens: usize,
    finding: &mut Finding,
) -> anyhow::Result<()> {
    let store = Location::parse(&place.store().to_string_lossy())?.open(OpenOptions::default())?;
    let authority = Authority::new(Arc::clone(&store), Arc::new(TokenFormats::default()));
    let mut needles = Vec::new();
    for _ in 0..tokens {
        let issued = issue(&authority)?;
        needles.push(Needle::of(issued.secret.expose_secret())?);
        let header = Zeroizing::new([b"token ", issued.secret.expose_secret().as_bytes()].concat());
        let head = RequestHead::new().authorization(&header);
        let outcome = Authenticator::over(Arc::clone(&store)).check_login(
            &head,
            &mut MemorySession::default(),
            SystemClock.now(),
        )?;
        if outcome.code() != OutcomeCode::Accepted {
            bail!("a new token was not accepted");
        }
    }
    for needle in needles {
        if needle.is_in_memory_of(Path::new("/proc/self"))? {
            finding
                .own_memory
                .add(|| "after issue and check_login".to_owned());
        }
    }
    // To know that it would be found: one that is not dropped.
    let kept = issue(&authority)?;
    if !Needle::of(kept.secret.expose_secret())?.is_in_memory_of(Path::new("/proc/self"))? {
        bail!("the search through memory does not find what is there");
    }
    Ok(())
}

fn issue(authority: &Authority) -> anyhow::Result<Issued> {
    let request = IssueRequest::new(NewToken::new(
        UserName::parse("alice")?,
        Policy::full_access(),
    ));
    let actor = Actor::named("limits");
    Ok(authority.issue(&request, &actor, &mut OsEntropy, SystemClock.now())?)
}

/// Looks for a new secret in the memory of the command that has printed it and is about to end.
pub(super) fn search_memory_of_command(
    setting: &Setting,
    place: &Place,
    line: &str,
    finding: &mut Finding,
) -> anyhow::Result<()> {
    let words: Vec<&str> = line.split(' ').collect();
    let plain = setting.tokenctl(&place.store(), &words);
    let (log, printed) = (
        tempfile::NamedTempFile::new()?,
        tempfile::NamedTempFile::new()?,
    );
    let mut child = Command::new("strace")
        .args(["-f", "-qq", "-e", "trace=exit_group", "-e"])
        .arg(format!("inject=exit_group:delay_enter={HELD}"))
        .arg("-o")
        .arg(log.path())
        .arg(plain.get_program())
        .args(plain.get_args())
        .env_clear()
        .env("TOKENCTL_STORE", place.store())
        .stdin(Stdio::null())
        .stdout(printed.reopen()?)
        .stderr(Stdio::null())
        .spawn()?;
    let held = wait_for(|| {
        let calls = fs::read_to_string(log.path())?;
        let (process, _) = calls.split_once(" exit_group(").unzip();
        Ok(process.map(str::to_owned))
    })?;
    let printed = fs::read_to_string(printed.path())?;
    let needle = Needle::of(super::secret_in(&printed).context("no secret was printed")?)?;
    if needle.is_in_memory_of(&Path::new("/proc").join(held.trim()))? {
        finding.command_memory.add(|| line.to_owned());
    }
    child.wait()?;
    Ok(())
}

/// Ends the command, which knows a secret, in the ways that leave a core.
pub(super) fn look_for_cores(
    setting: &Setting,
    place: &Place,
    secret: &str,
    finding: &mut Finding,
) -> anyhow::Result<()> {
    let pattern = fs::read_to_string("/proc/sys/kernel/core_pattern")?;
    if pattern.starts_with('|') || pattern.contains('/') {
        finding
            .skipped
            .push("cores: they go to another place here".to_owned());
        return Ok(());
    }
    let other = end_with(Command::new("cat"), place, b"", Signal::SEGV)?;
    if !other {
        finding
            .skipped
            .push("cores: no program leaves one here".to_owned());
        return Ok(());
    }
    for signal in [
        Signal::SEGV,
        Signal::ABORT,
        Signal::QUIT,
        Signal::BUS,
        Signal::ILL,
    ] {
        let verify = setting.tokenctl(&place.store(), &["verify"]);
        let header = format!("token {secret}");
        if end_with(verify, place, header.as_bytes(), signal)? {
            finding.cores.add(|| format!("{signal:?}"));
        }
    }
    Ok(())
}

/// Ends `command` with `signal` while it reads its stdin, and returns whether there is a core.
fn end_with(command: Command, place: &Place, input: &[u8], signal: Signal) -> anyhow::Result<bool> {
    let directory = tempfile::tempdir_in(place.path())?;
    let mut unlimited = Command::new("sh");
    unlimited
        .args(["-c", "ulimit -c unlimited; exec \"$0\" \"$@\""])
        .arg(command.get_program())
        .args(command.get_args())
        .env("TOKENCTL_STORE", place.store())
        .current_dir(directory.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let mut child = unlimited.spawn()?;
    let mut stdin = child.stdin.take().context("its stdin is a pipe")?;
    stdin.write_all(input)?;
    wait_until_it_reads(&child)?;
    // The first SIGSEGV or SIGBUS from outside is taken for a stack that has overflowed, and only the next one ends it.
    let status = wait_for(|| {
        kill_process(Pid::from_child(&child), signal)?;
        Ok(child.try_wait()?)
    })?;
    let left = fs::read_dir(directory.path())?.count();
    Ok(status.core_dumped() || left > 0)
}

/// Waits until `child` is itself, and asleep in a read.
fn wait_until_it_reads(child: &Child) -> anyhow::Result<()> {
    let process = format!("/proc/{}", child.id());
    wait_for(|| {
        let status = fs::read_to_string(format!("{process}/status"))?;
        let is_shell = status.starts_with("Name:\tsh\n") || status.starts_with("Name:\tlimits\n");
        let sleeps = status.contains("State:\tS");
        Ok((sleeps && !is_shell).then_some(()))
    })?;
    // From the wait for the input to the read itself.
    thread::sleep(Duration::from_millis(50));
    Ok(())
}

/// Opens what the kernel shows of a process, by an account that is the same and not root.
pub(super) fn look_from_outside(
    setting: &Setting,
    place: &Place,
    finding: &mut Finding,
) -> anyhow::Result<()> {
    let program = place.path().join("tokenctl");
    fs::copy(&setting.program, &program)?;
    fs::set_permissions(place.path(), fs::Permissions::from_mode(0o755))?;
    let others = by_nobody(Path::new("cat")).stdin(Stdio::piped()).spawn()?;
    let ours = by_nobody(&program)
        .arg("verify")
        .stdin(Stdio::piped())
        .spawn()?;
    for (child, is_ours) in [(others, false), (ours, true)] {
        wait_until_it_reads(&child)?;
        for (name, script) in [
            ("environ", "exec 3< \"$0\""),
            ("mem", "exec 3< \"$0\""),
            ("maps", "exec 3< \"$0\""),
            ("fd", "ls \"$0\""),
        ] {
            let shown = format!("/proc/{}/{name}", child.id());
            let looked = by_nobody(Path::new("sh"))
                .args(["-c", script, &shown])
                .status()?;
            match (looked.success(), is_ours) {
                (true, true) => finding.open.add(|| name.to_owned()),
                (false, false) => finding.skipped.push(format!(
                    "/proc/PID/{name}: it is closed for every process here"
                )),
                _ => {}
            }
        }
        end(child)?;
    }
    Ok(())
}

/// Returns `program`, to be run by an account that is not root.
fn by_nobody(program: &Path) -> Command {
    let mut command = Command::new(program);
    if geteuid().is_root() {
        command.uid(NOBODY);
    }
    command
        .env_clear()
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

fn end(mut child: Child) -> anyhow::Result<()> {
    child.kill()?;
    child.wait()?;
    Ok(())
}

fn wait_for<T>(mut look: impl FnMut() -> anyhow::Result<Option<T>>) -> anyhow::Result<T> {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        if let Some(found) = look()? {
            return Ok(found);
        }
        thread::sleep(Duration::from_millis(5));
    }
    bail!("it never came to that")
}
