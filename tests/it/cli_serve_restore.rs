//! A restore under a server at work: no wrong answer meanwhile, and the right ones after it without a restart.

use std::fs;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use crate::harness::{IssuedToken, TestEnv};
use crate::serving::Serving;

/// Returns what a proxy sends to ask about a request with `header`.
fn asked(header: &str) -> [(&str, &str); 3] {
    [
        ("X-Original-Method", "GET"),
        ("X-Original-URI", "/"),
        ("Authorization", header),
    ]
}

fn status(serving: &Serving, token: &IssuedToken) -> u16 {
    serving.ask("GET", "/auth", &asked(&token.header())).status
}

#[test]
fn servers_answer_rightly_before_during_and_after_a_restore() {
    let env = TestEnv::new();
    let (live, revoked, lost) = (
        env.issue("--full-access"),
        env.issue("--full-access"),
        env.issue("--full-access"),
    );
    env.run("backup backup.db").succeeds();
    env.run(&format!("revoke {} --yes", revoked.id)).succeeds();
    let serving = Serving::start(&env, &[]);
    let (end, answers) = (AtomicBool::new(false), AtomicU64::new(0));
    thread::scope(|scope| {
        for (token, expected) in [(&live, 200), (&live, 200), (&revoked, 401), (&revoked, 401)] {
            let (end, answers, serving) = (&end, &answers, &serving);
            scope.spawn(move || {
                let header = token.header();
                let mut connection = serving.connect();
                while !end.load(Ordering::Relaxed) {
                    let answer = connection.ask("GET", "/auth", &asked(&header));
                    assert_eq!(answer.status, expected);
                    answers.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        for _ in 0..5 {
            env.sql(&format!("DELETE FROM token WHERE id = '{}'", lost.id));
            assert_eq!(status(&serving, &lost), 401);
            env.run("restore backup.db --yes").succeeds();
            assert_eq!(status(&serving, &lost), 200);
        }
        end.store(true, Ordering::Relaxed);
    });
    assert!(answers.into_inner() > 100);
    env.run("check").succeeds();
}

#[test]
fn server_finds_a_store_that_was_lost_and_restored() {
    let env = TestEnv::new();
    let live = env.issue("--full-access");
    env.run("backup backup.db").succeeds();
    let serving = Serving::start(&env, &[]);
    assert_eq!(status(&serving, &live), 200);
    for suffix in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(env.path(&format!("tokens.db{suffix}")));
    }
    assert_eq!(status(&serving, &live), 503);
    env.run("restore backup.db --yes").succeeds();
    assert_eq!(status(&serving, &live), 200);

    // A damaged one is replaced under the server, whose connections to it must not touch the new one.
    env.sql("UPDATE event SET user = 'bob' WHERE seq = 1");
    env.run("restore backup.db --yes").succeeds();
    assert_eq!(status(&serving, &live), 200);
    let later = env.issue("--full-access");
    assert_eq!(status(&serving, &later), 200);
    env.run(&format!("revoke {} --yes", live.id)).succeeds();
    assert_eq!(status(&serving, &live), 401);
    drop(serving.stop());
    env.run("check").succeeds();
    env.run_with_stdin("verify", later.header()).succeeds();
    env.run_with_stdin("verify", live.header()).exits(12);
}
