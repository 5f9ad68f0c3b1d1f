//! Many processes on one store, and processes that are killed: nothing acknowledged is lost, nothing is half done.

#[cfg(feature = "cli")]
mod importing;
#[cfg(feature = "cli")]
mod restoring;
#[cfg(feature = "cli")]
mod rotating;

use std::collections::HashSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tokenctl::auth::Authenticator;
use tokenctl::auth::request::RequestHead;
use tokenctl::auth::session::MemorySession;
use tokenctl::authority::{Authority, IssueRequest};
use tokenctl::change::{Actor, ChainCheck, Change, Mode, Target};
use tokenctl::clock::{Clock as _, SystemClock};
use tokenctl::entropy::OsEntropy;
use tokenctl::format::TokenFormats;
use tokenctl::outcome::OutcomeCode;
use tokenctl::policy::Policy;
use tokenctl::store::{Location, OpenOptions, Store};
use tokenctl::text::FreeText;
use tokenctl::token::NewToken;
use tokenctl::user::UserName;

const WRITERS: usize = 8;
const READERS: usize = 4;
const CONTENTION: Duration = Duration::from_secs(20);

/// Tells a child of [`eight_writers_and_four_readers_share_a_store`] what to be.
const ROLE: &str = "TOKENCTL_TEST_ROLE";
const STORE: &str = "TOKENCTL_TEST_STORE";

fn new_store() -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("tokens.db");
    let store = location(&path).create(OpenOptions::default()).unwrap();
    let change = Change::AddUser { name: alice() };
    store
        .apply(
            &[change],
            &Actor::named("test"),
            SystemClock.now(),
            Mode::Commit,
        )
        .unwrap();
    (directory, path)
}

fn location(path: &Path) -> Location {
    Location::parse(path.to_str().unwrap()).unwrap()
}

fn open(path: &Path) -> Arc<dyn Store> {
    location(path).open(OpenOptions::default()).unwrap()
}

fn alice() -> UserName {
    UserName::parse("alice").unwrap()
}

fn request() -> IssueRequest {
    IssueRequest {
        token: NewToken::new(alice(), Policy::full_access()),
        generator: None,
        prefix: None,
        add_user: false,
    }
}

fn verify(authenticator: &Authenticator, secret: &str) -> OutcomeCode {
    let header = format!("token {secret}");
    let head = RequestHead::new().authorization(header.as_bytes());
    authenticator
        .check_login(&head, &mut MemorySession::default(), SystemClock.now())
        .unwrap()
        .code()
}

/// Checks the file, the chain, and that each change has its event and each event its change.
fn check_whole(path: &Path) {
    let events = {
        let store = open(path);
        let mut chain = ChainCheck::default();
        let mut events = Vec::new();
        loop {
            let page = store.events(chain.head().0, 1_000).unwrap();
            if page.is_empty() {
                break events;
            }
            for event in &page {
                chain.admit(event).unwrap();
            }
            events.extend(page);
        }
    };
    let raw = Connection::open(path).unwrap();
    let one = |sql: &str| {
        raw.query_row(sql, [], |row| row.get::<_, String>(0))
            .unwrap()
    };
    assert_eq!(one("PRAGMA integrity_check"), "ok");
    assert!(
        raw.prepare("PRAGMA foreign_key_check")
            .unwrap()
            .query([])
            .unwrap()
            .next()
            .unwrap()
            .is_none()
    );
    let count = |sql: &str| raw.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    let recorded = |action: &str| {
        let tokens: HashSet<_> = events
            .iter()
            .filter(|event| event.action == action)
            .map(|event| &event.token)
            .collect();
        i64::try_from(tokens.len()).unwrap()
    };
    assert_eq!(
        count("SELECT count(*) FROM token"),
        recorded("token.issued")
    );
    let revoked = count("SELECT count(*) FROM token WHERE revoked_at IS NOT NULL");
    assert_eq!(revoked, recorded("token.revoked"));
}

/// Not a test of its own: it is what a child process of the next test runs. Without a role it does nothing.
#[test]
fn child() {
    let Ok(role) = std::env::var(ROLE) else {
        return;
    };
    let path = PathBuf::from(std::env::var_os(STORE).unwrap());
    let end = Instant::now() + CONTENTION;
    match role.as_str() {
        "writer" => write_until(end, &path),
        _ => read_until(end, &path),
    }
}

/// Issues tokens and revokes every other one; a line for each that is acknowledged.
fn write_until(end: Instant, path: &Path) {
    let authority = Authority::new(open(path), Arc::new(TokenFormats::default()));
    let actor = Actor::named("test");
    let mut longest = Duration::ZERO;
    let mut written = 0_u32;
    while Instant::now() < end {
        let started = Instant::now();
        let now = SystemClock.now();
        let issued = authority
            .issue(&request(), &actor, &mut OsEntropy, now)
            .unwrap();
        longest = longest.max(started.elapsed());
        let mut state = "live";
        if written.is_multiple_of(2) {
            let target = Target::Ids(vec![issued.token.id]);
            authority
                .revoke(target, FreeText::default(), &actor, now, Mode::Commit)
                .unwrap();
            state = "revoked";
        }
        written += 1;
        say(&format!("{state} {}", issued.secret.expose_secret()));
    }
    say(&format!("longest {}", longest.as_millis()));
}

/// Authenticates a token that is live and one that is revoked, over and over.
fn read_until(end: Instant, path: &Path) {
    let authority = Authority::new(open(path), Arc::new(TokenFormats::default()));
    let actor = Actor::named("test");
    let now = SystemClock.now();
    let live = authority
        .issue(&request(), &actor, &mut OsEntropy, now)
        .unwrap();
    let dead = authority
        .issue(&request(), &actor, &mut OsEntropy, now)
        .unwrap();
    let target = Target::Ids(vec![dead.token.id]);
    authority
        .revoke(target, FreeText::default(), &actor, now, Mode::Commit)
        .unwrap();
    let authenticator = Authenticator::over(open(path));
    let mut answers = 0_u64;
    while Instant::now() < end {
        assert_eq!(
            verify(&authenticator, live.secret.expose_secret()),
            OutcomeCode::Accepted
        );
        assert_eq!(
            verify(&authenticator, dead.secret.expose_secret()),
            OutcomeCode::Revoked
        );
        answers += 2;
    }
    say(&format!("answers {answers}"));
}

/// Past the capture of the test runner, to the parent.
fn say(line: &str) {
    std::io::stdout()
        .lock()
        .write_all(format!("\n@{line}\n").as_bytes())
        .unwrap();
}

fn spawn_child(role: &str, path: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "stress::child", "--nocapture"])
        .env(ROLE, role)
        .env(STORE, path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

fn lines_of(child: &mut Child) -> Vec<String> {
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    lines
        .map(Result::unwrap)
        .filter_map(|line| Some(line.strip_prefix('@')?.to_owned()))
        .collect()
}

#[test]
fn eight_writers_and_four_readers_share_a_store() {
    let (_directory, path) = new_store();
    let mut children: Vec<Child> = (0..WRITERS + READERS)
        .map(|number| spawn_child(if number < WRITERS { "writer" } else { "reader" }, &path))
        .collect();
    let spoken: Vec<Vec<String>> = thread::scope(|scope| {
        let readers: Vec<_> = children
            .iter_mut()
            .map(|child| scope.spawn(|| lines_of(child)))
            .collect();
        readers
            .into_iter()
            .map(|reader| reader.join().unwrap())
            .collect()
    });
    // A busy error, or any other, panics in the child.
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }

    let authenticator = Authenticator::over(open(&path));
    let mut per_writer = Vec::new();
    for lines in spoken.iter().take(WRITERS) {
        let mut acknowledged = 0;
        for line in lines {
            let (state, secret) = line.split_once(' ').unwrap();
            let expected = match state {
                "live" => OutcomeCode::Accepted,
                "revoked" => OutcomeCode::Revoked,
                _ => continue,
            };
            assert_eq!(verify(&authenticator, secret), expected);
            acknowledged += 1;
        }
        per_writer.push(acknowledged);
    }
    say(&format!("changes acknowledged per writer: {per_writer:?}"));
    assert!(
        per_writer.iter().all(|acknowledged| *acknowledged > 0),
        "{per_writer:?}"
    );
    for lines in spoken.iter().skip(WRITERS) {
        assert!(
            lines.iter().any(|line| line.starts_with("answers ")),
            "a reader gave none"
        );
    }
    check_whole(&path);
}

#[cfg(feature = "cli")]
mod killed {
    use super::*;

    /// How many processes are killed.
    pub(super) const KILLS: usize = 300;

    /// Returns the command with `arguments` on the store at `path`.
    pub(super) fn tokenctl(path: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tokenctl"));
        command.env_clear().arg("--store").arg(path).args(arguments);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        command
    }

    /// Returns how long an issue takes here and now, as the kills have to come before and after its end.
    pub(super) fn life(path: &Path) -> Duration {
        const TRIES: u32 = 5;
        let started = Instant::now();
        for _ in 0..TRIES {
            let output = tokenctl(path, &["issue", "alice", "--full-access"]).output();
            assert!(output.unwrap().status.success());
        }
        started.elapsed() / TRIES
    }

    /// Spreads the kills over twice the life of a process; the same each run.
    pub(super) fn delay(number: usize, life: Duration) -> Duration {
        life * u32::try_from(number * 79 % 200).unwrap() / 100
    }

    #[test]
    fn what_was_acknowledged_survives_kill_9() {
        let (_directory, path) = new_store();
        let (mut live, mut dead) = (Vec::<String>::new(), Vec::<String>::new());
        let (mut finished, mut killed) = (0, 0);
        let life = life(&path);
        for number in 0..KILLS {
            let mut issues: Vec<Child> = (0..2)
                .map(|_| {
                    tokenctl(&path, &["issue", "alice", "--full-access"])
                        .spawn()
                        .unwrap()
                })
                .collect();
            let victim = if number % 2 == 0 { live.pop() } else { None };
            let mut revoke = victim.as_deref().map(|secret| {
                let id = secret.split('_').nth(1).unwrap();
                tokenctl(&path, &["revoke", id, "--yes"]).spawn().unwrap()
            });
            thread::sleep(delay(number, life));
            for child in issues.iter_mut().chain(revoke.as_mut()) {
                child.kill().unwrap();
            }
            for child in issues {
                let output = child.wait_with_output().unwrap();
                let secret = String::from_utf8(output.stdout).unwrap();
                // Whoever has seen the secret may use it, whatever became of the process.
                if secret.is_empty() {
                    killed += 1;
                } else {
                    finished += 1;
                    assert!(secret.ends_with('\n'), "half a secret was printed");
                    live.push(secret.trim_end().to_owned());
                }
            }
            if let (Some(secret), Some(child)) = (victim, revoke) {
                // The record is printed after the commit: any of it means that it is done.
                let output = child.wait_with_output().unwrap();
                let authenticator = Authenticator::over(open(&path));
                let code = verify(&authenticator, &secret);
                match (output.stdout.is_empty(), code) {
                    (_, OutcomeCode::Revoked) => dead.push(secret),
                    (true, OutcomeCode::Accepted) => live.push(secret),
                    other => panic!("after a killed revoke: {other:?}"),
                }
            }
        }
        say(&format!(
            "issues: {finished} answered, {killed} were killed before"
        ));
        assert!(finished > 0 && killed > 0);
        let authenticator = Authenticator::over(open(&path));
        for secret in &live {
            assert_eq!(verify(&authenticator, secret), OutcomeCode::Accepted);
        }
        for secret in &dead {
            assert_eq!(verify(&authenticator, secret), OutcomeCode::Revoked);
        }
        check_whole(&path);
        // The next command works.
        let output = tokenctl(&path, &["issue", "alice", "--read-only"])
            .output()
            .unwrap();
        assert!(output.status.success());
        let secret = String::from_utf8(output.stdout).unwrap();
        assert_eq!(
            verify(&authenticator, secret.trim_end()),
            OutcomeCode::Accepted
        );
    }
}
