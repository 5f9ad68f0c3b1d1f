//! Backups that are made while many processes write.

use std::io::{BufRead as _, BufReader};
use std::ops::ControlFlow;
use std::process::Child;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use tokenctl::auth::Authenticator;
use tokenctl::clock::{Clock as _, SystemClock};
use tokenctl::outcome::OutcomeCode;
use tokenctl::store::OpenOptions;

use super::{WRITERS, check_whole, location, new_store, open, say, spawn_child, verify};

/// For how long is written.
pub(super) const CONTENTION: Duration = Duration::from_secs(10);

/// How often a backup begins.
const PERIOD: Duration = Duration::from_millis(200);

/// What a writer has acknowledged: the state, and the secret.
type Acknowledged = Mutex<Vec<(OutcomeCode, String)>>;

fn listen(child: &mut Child, acknowledged: &Acknowledged) {
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        let code = match line.strip_prefix('@').and_then(|line| line.split_once(' ')) {
            Some(("live", secret)) => (OutcomeCode::Accepted, secret.to_owned()),
            Some(("revoked", secret)) => (OutcomeCode::Revoked, secret.to_owned()),
            _ => continue,
        };
        acknowledged.lock().unwrap().push(code);
    }
}

#[test]
fn each_backup_under_load_has_all_that_was_acknowledged_before_it_began() {
    let (directory, path) = new_store();
    let acknowledged = Acknowledged::default();
    let mut children: Vec<Child> = (0..WRITERS)
        .map(|_| spawn_child("brief writer", &path))
        .collect();
    let mut backups = Vec::new();
    thread::scope(|scope| {
        let listeners: Vec<_> = children
            .iter_mut()
            .map(|child| scope.spawn(|| listen(child, &acknowledged)))
            .collect();
        while !listeners.iter().all(thread::ScopedJoinHandle::is_finished) {
            let began = Instant::now();
            let known = acknowledged.lock().unwrap().len();
            let to = directory
                .path()
                .join(format!("backup-{}.db", backups.len()));
            let options = OpenOptions::default();
            let made = location(&path).backup(&to, &options, &mut |_| ControlFlow::Continue(()));
            made.unwrap();
            backups.push((to, known));
            thread::sleep(PERIOD.saturating_sub(began.elapsed()));
        }
    });
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let acknowledged = acknowledged.into_inner().unwrap();
    say(&format!(
        "{} backups while {} changes were acknowledged",
        backups.len(),
        acknowledged.len()
    ));
    assert!(backups.len() > 5 && acknowledged.len() > 100);
    for (backup, known) in &backups {
        let found = location(backup)
            .check(&OpenOptions::default(), SystemClock.now(), &mut |_| {
                ControlFlow::Continue(())
            })
            .unwrap();
        assert_eq!(found.worst(), None, "{found:?}");
        let authenticator = Authenticator::over(open(backup));
        for (code, secret) in &acknowledged[..*known] {
            assert_eq!(
                verify(&authenticator, secret),
                *code,
                "{}",
                backup.display()
            );
        }
    }
    check_whole(&path);
}
