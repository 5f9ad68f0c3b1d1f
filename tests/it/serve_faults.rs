//! `tokenctl serve` when it is stopped, and when its store is locked, damaged or another one.

use std::fs;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use insta::{allow_duplicates, assert_snapshot};
use rusqlite::Connection as Database;

use crate::harness::{IssuedToken, TestEnv, is_installed, set_mode};
use crate::serving::{Serving, posted};
use crate::wire::Connection;

/// Longer than a request under way is waited for.
const STOP_TIME: Duration = Duration::from_secs(15);

fn headers(header: &str) -> [(&str, &str); 3] {
    [
        ("Authorization", header),
        ("X-Original-Method", "GET"),
        ("X-Original-URI", "/"),
    ]
}

fn status(connection: &mut Connection, token: &IssuedToken) -> u16 {
    let header = token.header();
    connection.ask("GET", "/auth", &headers(&header)).status
}

/// Starts a server where alice's token may introspect.
fn introspecting() -> (TestEnv, IssuedToken, Serving) {
    let env = TestEnv::new();
    let token = env.issue("--full-access");
    env.configure(&format!("[serve]\nintrospect = [\"{}\"]\n", token.id));
    let serving = Serving::start(&env, &[]);
    (env, token, serving)
}

/// Sends the head of an introspection and half of its form, and waits until the server reads the form; returns the
/// other half too.
fn half_sent(serving: &Serving, token: &IssuedToken) -> (Connection, String) {
    let header = token.header();
    let form = format!("token={}", token.secret);
    let asked = [
        ("Authorization", header.as_str()),
        ("Expect", "100-continue"),
    ];
    let (head, body) = posted("/introspect", &asked, &form);
    let (first, rest) = body.split_at(body.len() / 2);
    let mut connection = serving.connect();
    connection.send(head.as_bytes()).unwrap();
    assert_eq!(connection.receive().unwrap().status, 100);
    connection.send(first.as_bytes()).unwrap();
    (connection, rest.to_owned())
}

fn is_ended(connection: &mut Connection) -> bool {
    let error = connection.receive().unwrap_err();
    assert_ne!(error.kind(), ErrorKind::WouldBlock, "it is open still");
    true
}

#[test]
fn stop_finishes_what_is_under_way_and_ends_what_is_idle() {
    let (_env, token, serving) = introspecting();
    let (mut busy, rest) = half_sent(&serving, &token);
    let (mut idle, mut unused) = (serving.connect(), serving.connect());
    assert_eq!(status(&mut idle, &token), 200);
    serving.terminate();
    assert!(is_ended(&mut idle) && is_ended(&mut unused));
    busy.send(rest.as_bytes()).unwrap();
    let answer = busy.receive().unwrap();
    assert_eq!(answer.status, 200);
    assert!(answer.text().contains("\"active\":true"), "{answer:?}");
    assert!(is_ended(&mut busy));
    let (status, stderr, records) = serving.wait();
    assert!(status.success(), "{stderr}");
    assert_eq!(records.len(), 2);
}

#[test]
fn stop_cuts_off_what_does_not_end() {
    let (_env, token, serving) = introspecting();
    let (mut busy, _rest) = half_sent(&serving, &token);
    let mut half_a_head = serving.connect();
    half_a_head.send(b"GET /auth HT").unwrap();
    let started = Instant::now();
    let (status, stderr, _) = serving.stop();
    assert!(status.success(), "{stderr}");
    assert!(started.elapsed() < STOP_TIME, "{:?}", started.elapsed());
    let answer = busy.receive();
    assert!(answer.is_err() || answer.is_ok_and(|answer| answer.status != 200));
    assert!(is_ended(&mut half_a_head));
}

#[test]
fn second_signal_does_not_cut_a_stop_short() {
    let (_env, token, serving) = introspecting();
    let (mut busy, rest) = half_sent(&serving, &token);
    let mut idle = serving.connect();
    assert_eq!(status(&mut idle, &token), 200);
    serving.terminate();
    assert!(is_ended(&mut idle));
    serving.terminate();
    busy.send(rest.as_bytes()).unwrap();
    assert_eq!(busy.receive().unwrap().status, 200);
    let (status, stderr, _) = serving.wait();
    assert!(status.success(), "{stderr}");
}

#[test]
fn store_that_another_program_locks_is_never_answered_wrongly() {
    let env = TestEnv::new();
    let [good, dead] = ["--full-access", "--full-access"].map(|flags| env.issue(flags));
    env.run(&format!("revoke {} --yes", dead.id)).succeeds();
    let serving = Serving::start(&env, &["--timeout", "1s"]);
    let mut connection = serving.connect();
    let revoke = || {
        let header = good.header();
        let form = format!("token={}", good.secret);
        let asked = [("Authorization", header.as_str())];
        serving.post("/revoke", &asked, &form).status
    };

    let foreign = Database::open(env.store()).unwrap();
    foreign.execute_batch("BEGIN EXCLUSIVE").unwrap();
    for _ in 0..100 {
        assert!(matches!(status(&mut connection, &good), 200 | 503));
        assert!(matches!(status(&mut connection, &dead), 401 | 503));
    }
    assert_eq!(revoke(), 503);
    foreign.execute_batch("ROLLBACK").unwrap();

    assert_eq!(status(&mut connection, &good), 200);
    assert_eq!(status(&mut connection, &dead), 401);
    assert_eq!(revoke(), 200);
    assert_eq!(status(&mut connection, &good), 401);
}

/// Puts another file in the place of the store while nobody writes to it; returns where the store is now.
fn replace(store: &Path, by: &Path) -> PathBuf {
    let away = store.with_extension("away");
    let guard = Database::open(store).unwrap();
    // Uses are written down every second: what stands in the log then would be read as part of the other file.
    guard
        .execute_batch("PRAGMA wal_checkpoint(TRUNCATE); BEGIN IMMEDIATE")
        .unwrap();
    fs::rename(store, &away).unwrap();
    fs::rename(by, store).unwrap();
    away
}

/// Returns a database that is whole, and not ours.
fn foreign_database(env: &TestEnv) -> Vec<u8> {
    let path = env.path("foreign.db");
    let database = Database::open(&path).unwrap();
    database.execute_batch("CREATE TABLE token (x)").unwrap();
    database.close().unwrap();
    fs::read(path).unwrap()
}

#[test]
fn damaged_store_is_503_until_it_is_whole_again() {
    const PAGE: usize = 4096;
    let env = TestEnv::new();
    let good = env.issue("--full-access");
    let mut whole = Vec::new();
    let mut file = fs::File::open(env.store()).unwrap();
    file.read_to_end(&mut whole).unwrap();
    let mut overwritten = whole.clone();
    overwritten[PAGE..].fill(0xA5);
    let damaged = [
        ("overwritten", overwritten),
        ("cut off", whole[..PAGE].to_vec()),
        ("empty", Vec::new()),
        ("text", b"hunter2\n".repeat(2_000)),
        ("foreign", foreign_database(&env)),
    ];
    let serving = Serving::start(&env, &[]);
    let mut connection = serving.connect();
    for (what, bytes) in damaged {
        assert_eq!(status(&mut connection, &good), 200, "before it is {what}");
        let other = env.path("damaged.db");
        fs::write(&other, bytes).unwrap();
        set_mode(&other, 0o600);
        let away = replace(env.store(), &other);
        // Not even a no: nobody knows.
        for secret in [good.secret.as_str(), "hunter2"] {
            let header = format!("Bearer {secret}");
            let answer = connection.ask("GET", "/auth", &headers(&header));
            assert_eq!(answer.status, 503, "{what}");
        }
        assert_eq!(serving.ask("GET", "/readyz", &[]).status, 503, "{what}");
        assert_eq!(serving.ask("GET", "/healthz", &[]).status, 200, "{what}");
        fs::rename(away, env.store()).unwrap();
    }
    assert_eq!(status(&mut connection, &good), 200);
    assert_eq!(serving.ask("GET", "/readyz", &[]).status, 200);
}

#[test]
fn store_in_the_place_of_another_is_the_one_that_counts() {
    let [env, other] = [TestEnv::new(), TestEnv::new()];
    let (old, new) = (env.issue("--full-access"), other.issue("--full-access"));
    let serving = Serving::start(&env, &[]);
    let mut connection = serving.connect();
    assert_eq!(status(&mut connection, &old), 200);
    assert_eq!(status(&mut connection, &new), 401);
    let away = replace(env.store(), other.store());
    assert_eq!(status(&mut connection, &old), 401);
    assert_eq!(status(&mut connection, &new), 200);
    // What is changed from now on is changed in the new one.
    env.run(&format!("revoke {} --yes", new.id)).succeeds();
    assert_eq!(status(&mut connection, &new), 401);
    assert!(away.exists());
}

#[test]
fn server_that_gets_no_thread_says_so() {
    if !is_installed("strace") {
        return;
    }
    let env = TestEnv::new();
    // One writes the access log, one records the last uses, and the others answer requests.
    for nth in 1..=3 {
        let ended = env.run_without_thread(nth, "serve --listen 127.0.0.1:0");
        allow_duplicates! {
            assert_snapshot!(ended, @r"
            ------- stderr -------
            error: failed to start the server: Resource temporarily unavailable (os error 11)
            hint: let it have more threads, memory and open files
            [exit status: 20]
            ");
        }
    }
}
