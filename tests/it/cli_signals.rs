//! Interrupts before a commit: 130 and 143, and nothing done.

use std::fs::{self, File};
use std::process::Child;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::cli_import::database;
use crate::harness::{TOKENCTL, TestEnv};

/// Waits until `child` has begun to listen for signals, as the kernel tells, and sleeps.
fn wait_until_it_listens(child: &Child) {
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
        let listens = caught.is_some_and(|mask| mask & (1 << 14) != 0 && mask & (1 << 1) != 0);
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
fn exits_130_and_143_are_signals_while_it_waits_for_the_lock() {
    let env = TestEnv::new();
    let token = env.issue("--read-only");
    let lock = File::options()
        .write(true)
        .open(env.path("tokens.db.lock"))
        .unwrap();
    lock.lock().unwrap();
    for (sent, exit) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let child = env.start(&format!("revoke {} --yes", token.id));
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
fn exits_130_and_143_are_signals_while_it_reads() {
    let env = TestEnv::new();
    for line in [
        "verify",
        "identify -",
        "revoke --secret - --yes",
        "list --ids-from -",
        "issue alice --policy -",
    ] {
        for (sent, exit) in [(Signal::INT, 130), (Signal::TERM, 143)] {
            let mut child = env.start(line);
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
    for sent in [Signal::INT, Signal::TERM, Signal::KILL] {
        let child = env.start("import drf drf.db");
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
