//! The store is taken away from a server at work, and comes back.

use std::collections::BTreeMap;
use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use super::requests::plain;
use super::{Place, Statuses};
use crate::claim::{Findings, Goal};
use crate::server::Server;
use crate::threads::joined;
use crate::wire::Connection;

const CLIENTS: usize = 4;

/// For how long the store is there, away, and there again.
const WHILE: Duration = Duration::from_secs(1);

/// Where the store is, and the status of a good request then.
const TIMES: [(&str, Option<u16>); 5] = [
    ("while the store was there", Some(200)),
    ("", None),
    ("while the store was away", Some(503)),
    ("", None),
    ("when the store was back", Some(200)),
];

pub(super) fn run(place: &Place, server: &Server, findings: &mut Findings) -> anyhow::Result<()> {
    let time = AtomicUsize::new(0);
    let clients = Clients {
        address: &server.address,
        good: plain(&place.secret),
        time: &time,
    };
    let seen = thread::scope(|scope| {
        let asking: Vec<_> = (0..CLIENTS)
            .map(|_| scope.spawn(|| clients.ask()))
            .collect();
        let pass = || time.fetch_add(1, Ordering::SeqCst);
        let away = place.directory.path().join("away");
        thread::sleep(WHILE);
        pass();
        let moved = fs::rename(place.home(), &away);
        pass();
        thread::sleep(WHILE);
        pass();
        let moved = moved.and_then(|()| fs::rename(&away, place.home()));
        pass();
        thread::sleep(WHILE);
        pass();
        let seen = asking
            .into_iter()
            .map(joined)
            .collect::<anyhow::Result<Vec<_>>>()?;
        moved?;
        anyhow::Ok(seen)
    })?;
    for (number, (when, expected)) in TIMES.into_iter().enumerate() {
        let Some(expected) = expected else { continue };
        let (mut right, mut wrong) = (0, 0);
        for (status, count) in seen.iter().filter_map(|seen| seen.get(&number)).flatten() {
            match *status == expected {
                true => right += count,
                false => wrong += count,
            }
        }
        let name = format!("good requests that were answered with {expected} {when}");
        findings.measure(name, right, Goal::AtLeast(10.0));
        findings.measure(
            format!("of them, with something else {when}"),
            wrong,
            Goal::NONE,
        );
    }
    Ok(())
}

struct Clients<'a> {
    address: &'a str,
    good: Vec<u8>,
    /// Which of the times it is.
    time: &'a AtomicUsize,
}

impl Clients<'_> {
    /// Asks the same good question over and over, each time over a connection of its own; returns how often each status
    /// was answered to what was asked and answered in the same one of the times.
    fn ask(&self) -> anyhow::Result<BTreeMap<usize, Statuses>> {
        let mut seen = BTreeMap::<usize, Statuses>::new();
        loop {
            let time = self.time.load(Ordering::SeqCst);
            if time >= TIMES.len() {
                return Ok(seen);
            }
            let mut connection = Connection::open(self.address);
            connection.send(&self.good)?;
            let status = connection.receive()?.status;
            if self.time.load(Ordering::SeqCst) == time {
                *seen.entry(time).or_default().entry(status).or_default() += 1;
            }
        }
    }
}
