//! Interrupts before a commit: 129, 130 and 143, and nothing done; after it, what was done is also told.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::cli_import::database;
use crate::harness::{TOKENCTL, TestEnv};

/// What ends a verb before its commit, and the exit code.
const ENDS: [(Signal, i32); 3] = [(Signal::HUP, 129), (Signal::INT, 130), (Signal::TERM, 143)];

/// Starts the binary with its stdin open. It would not hear of a hang-up if these tests ran under `nohup`.
fn start(env: &TestEnv, line: &str) -> Child {
    env.command("env")
        .args(["--default-signal=HUP", TOKENCTL])
        .args(line.split_whitespace())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Waits until `child` listens for all of [`ENDS`], and sleeps.
fn wait_until_it_listens(child: &Child) {
    wait_until_it_catches(child, &ENDS.map(|(signal, _)| signal));
}

/// Waits until `child` has begun to listen for `signals`, as the kernel tells, and sleeps.
fn wait_until_it_catches(child: &Child, signals: &[Signal]) {
    let wanted = signals
        .iter()
        .fold(0, |mask, signal| mask | 1_u64 << (signal.as_raw() - 1));
    let status = format!("/proc/{}/status", child.id());
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(20) {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let field = |name: &str| {
            text.lines()
                .find_map(|line| line.strip_prefix(name))
                .map(str::trim)
        };
        let caught = field("SigCgt:").and_then(|mask| u64::from_str_radix(mask, 16).ok());
        let listens = caught.is_some_and(|mask| mask & wanted == wanted);
        let sleeps = field("State:").is_some_and(|state| state.starts_with('S'));
        if listens && sleeps {
            // Long enough to come from the last handler to the wait itself.
            std::thread::sleep(Duration::from_millis(100));
            return;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("it never listened");
}

fn signal(child: &Child, signal: Signal) {
    let pid = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    kill_process(pid, signal).unwrap();
}

#[test]
fn exits_129_130_and_143_are_signals_while_it_waits_for_the_lock() {
    let env = TestEnv::new();
    let token = env.issue("--read-only");
    let lock = File::options()
        .write(true)
        .open(env.path("tokens.db.lock"))
        .unwrap();
    lock.lock().unwrap();
    for (sent, exit) in ENDS {
        let child = start(&env, &format!("revoke {} --yes", token.id));
        wait_until_it_listens(&child);
        signal(&child, sent);
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(exit));
        assert_eq!(output.stdout, b"");
    }
    lock.unlock().unwrap();
    env.run_with_stdin("verify", token.header()).succeeds();
}

#[test]
fn exits_129_130_and_143_are_signals_while_it_reads() {
    let env = TestEnv::new();
    for line in [
        "verify",
        "identify -",
        "revoke --secret - --yes",
        "list --ids-from -",
        "issue alice --policy -",
    ] {
        for (sent, exit) in ENDS {
            let mut child = start(&env, line);
            let stdin = child.stdin.take();
            wait_until_it_listens(&child);
            signal(&child, sent);
            assert_eq!(child.wait().unwrap().code(), Some(exit), "{line}");
            drop(stdin);
        }
    }
}

#[test]
fn import_that_is_ended_leaves_no_copy_of_the_source() {
    let env = TestEnv::new();
    let running = rusqlite::Connection::open(database(&env, "drf")).unwrap();
    running
        .execute_batch("PRAGMA journal_mode = WAL; DELETE FROM authtoken_token WHERE user_id = 2")
        .unwrap();
    let lock = File::options()
        .write(true)
        .open(env.path("tokens.db.lock"))
        .unwrap();
    lock.lock().unwrap();
    for sent in [Signal::HUP, Signal::INT, Signal::TERM, Signal::KILL] {
        let child = start(&env, "import drf drf.db");
        wait_until_it_listens(&child);
        signal(&child, sent);
        assert!(!child.wait_with_output().unwrap().status.success());
        let left = fs::read_dir(env.path("tmp")).unwrap().count();
        assert_eq!(left, 0, "{sent:?}");
    }
    drop(running);
}

#[test]
fn exit_130_is_an_interrupt_at_a_question() {
    let env = TestEnv::new();
    let token = env.issue("--read-only");
    for line in ["user delete alice", "issue alice", "verify"] {
        let Some((exit, shown)) = env.on_terminal(&format!("$TOKENCTL {line}"), "\\003") else {
            return;
        };
        assert_eq!(exit, 130, "{line}: {shown}");
    }
    env.run_with_stdin("verify", token.header()).succeeds();
    assert_eq!(env.run("list --json").succeeds().column("id").len(), 1);
}

#[test]
fn signal_before_the_binary_listens_is_still_no_success() {
    let env = TestEnv::new();
    let child = env
        .command(TOKENCTL)
        .args(["revoke", "--all", "--yes"])
        .spawn()
        .unwrap();
    signal(&child, Signal::TERM);
    let output = child.wait_with_output().unwrap();
    assert_ne!(output.status.code(), Some(1));
    assert_ne!(output.status.code(), Some(101));
}

/// Starts `line`, whose stdout is a pipe that is full, and waits until its change is there: it is about to tell of it.
fn start_before_a_full_pipe(
    env: &TestEnv,
    line: &str,
    is_done: impl Fn() -> bool,
) -> (Child, std::io::PipeReader) {
    let (reader, mut writer) = std::io::pipe().unwrap();
    writer.write_all(&[b'.'; PIPE]).unwrap();
    let child = env
        .command("env")
        .args(["--default-signal=HUP", TOKENCTL])
        .args(line.split_whitespace())
        .stdout(writer)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    while !is_done() {
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "{line} was never done"
        );
    }
    (child, reader)
}

/// What a pipe of Linux holds unless it is told otherwise.
#[cfg(target_os = "linux")]
const PIPE: usize = 65_536;

#[cfg(target_os = "linux")]
#[test]
fn secret_that_a_signal_meets_on_its_way_out_is_delivered_or_does_not_live() {
    let env = TestEnv::new();
    let states = || env.run("list --json").succeeds().column("state");
    for (sent, _) in ENDS {
        let before = states().len();
        let line = "issue alice --full-access";
        let is_done = || states().len() > before;
        let (child, mut reader) = start_before_a_full_pipe(&env, line, is_done);
        signal(&child, sent);
        let mut told = String::new();
        reader.read_to_string(&mut told).unwrap();
        assert_eq!(
            child.wait_with_output().unwrap().status.code(),
            Some(0),
            "{sent:?}"
        );
        let secret = told.trim_start_matches('.');
        env.run_with_stdin("verify", format!("token {secret}"))
            .succeeds();

        let before = states().len();
        let is_done = || states().len() > before;
        let (child, reader) = start_before_a_full_pipe(&env, line, is_done);
        signal(&child, sent);
        drop(reader);
        assert_eq!(
            child.wait_with_output().unwrap().status.code(),
            Some(28),
            "{sent:?}"
        );
        let live = states().iter().filter(|state| *state == "active").count();
        env.run("revoke --all --yes").succeeds();
        assert_eq!(live, 1, "{sent:?}: the one that was delivered");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn rotation_that_a_signal_meets_on_its_way_out_is_told_or_has_not_happened() {
    for (sent, _) in ENDS {
        let env = TestEnv::new();
        let token = env.issue("--full-access");
        let line = format!("rotate {} --yes", token.id);
        let is_done = || env.run("list --json").succeeds().column("id").len() > 1;
        let (child, reader) = start_before_a_full_pipe(&env, &line, is_done);
        signal(&child, sent);
        drop(reader);
        assert_eq!(
            child.wait_with_output().unwrap().status.code(),
            Some(28),
            "{sent:?}"
        );
        env.run_with_stdin("verify", token.header()).succeeds();
        let states = env.run("list --json").succeeds().column("state");
        assert_eq!(states.iter().filter(|state| *state == "active").count(), 1);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn hang_up_that_was_ignored_stays_ignored() {
    let env = TestEnv::new();
    let token = env.issue("--read-only");
    let mut child = env
        .command("env")
        .args(["--ignore-signal=HUP", TOKENCTL, "verify"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    wait_until_it_catches(&child, &[Signal::INT, Signal::TERM]);
    signal(&child, Signal::HUP);
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(token.header().as_bytes()).unwrap();
    drop(stdin);
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(0));
}
