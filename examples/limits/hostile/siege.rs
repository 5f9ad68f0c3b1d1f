//! Slow connections, hostile requests and good ones, all at once.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::ensure;

use super::requests::{Hostile, OF_AUTH, OF_HTTP, answers, made_by_chance, made_by_hand, plain};
use super::{Place, Statuses};
use crate::attempt::Faults;
use crate::claim::{Findings, Goal};
use crate::server::Server;
use crate::setting::Setting;
use crate::threads::{held, joined};
use crate::waits::Waits;
use crate::wire::Connection;

const SLOW_CONNECTIONS: usize = 200;
const HOSTILE_CLIENTS: usize = 2;
const GOOD_CLIENTS: usize = 2;

/// How often each slow connection sends a byte.
const BYTE: Duration = Duration::from_millis(250);

/// Between two good requests of a client: they are not what the server is to be busy with.
const PAUSE: Duration = Duration::from_millis(1);

pub(super) fn run(
    setting: &Setting,
    place: &Place,
    server: &Server,
    findings: &mut Findings,
) -> anyhow::Result<()> {
    let (seconds, number) = setting.scale.of((5, 1_000), (60, 10_000), (60, 1_000_000));
    let clients = Clients {
        address: &server.address,
        good: plain(&place.secret),
        requests: hostile_requests(setting, &place.secret, number),
        next: AtomicUsize::new(0),
        end: Instant::now() + Duration::from_secs(seconds),
        untoward: Mutex::default(),
    };
    let (waits, statuses, hung_up) = clients.work()?;
    findings.count("hostile requests", clients.requests.len());
    for (status, count) in statuses {
        findings.count(format!("answers with the status {status}"), count);
    }
    let name = "hostile requests with an answer that there should not be";
    let untoward = held(&clients.untoward);
    untoward.tell(name, findings);
    findings.count("slow connections at once", SLOW_CONNECTIONS);
    findings.count(
        "seconds for which they sent",
        f64::from(u32::try_from(seconds)?),
    );
    findings.count(
        "of them, times that one was hung up on, and opened anew",
        hung_up,
    );
    findings.measure(
        "good requests meanwhile",
        waits.count(),
        Goal::AtLeast(100.0),
    );
    let name = "ms within which 99 % of the good requests were answered";
    findings.time(setting.scale, name, waits.within(99), 50.0);
    findings.count("ms of the longest good request", waits.longest());
    Ok(())
}

fn hostile_requests(setting: &Setting, secret: &str, number: usize) -> Vec<Hostile> {
    let mut dice = setting.dice();
    let mut requests = made_by_hand(secret);
    while requests.len() < number {
        requests.push(made_by_chance(secret, |end| dice.below(end)));
    }
    requests
}

struct Clients<'a> {
    address: &'a str,
    good: Vec<u8>,
    requests: Vec<Hostile>,
    /// Which of the hostile requests is sent next.
    next: AtomicUsize,
    /// The earliest end.
    end: Instant,
    /// Answers to hostile requests that there should not be.
    untoward: Mutex<Faults>,
}

impl Clients<'_> {
    /// Lets all of them loose. Returns how long the good requests took, the answers to the hostile ones, and how often a
    /// slow connection was hung up on.
    fn work(&self) -> anyhow::Result<(Waits, Statuses, usize)> {
        thread::scope(|scope| {
            let slow = scope.spawn(|| self.send_slowly());
            let good: Vec<_> = (0..GOOD_CLIENTS)
                .map(|_| scope.spawn(|| self.ask()))
                .collect();
            let hostile: Vec<_> = (0..HOSTILE_CLIENTS)
                .map(|_| scope.spawn(|| self.attack()))
                .collect();
            let (mut waits, mut statuses) = (Waits::default(), Statuses::new());
            for client in hostile {
                for (status, count) in joined(client)? {
                    *statuses.entry(status).or_default() += count;
                }
            }
            for client in good {
                waits.join(joined(client)?);
            }
            Ok((waits, statuses, joined(slow)?))
        })
    }

    fn is_over(&self) -> bool {
        Instant::now() >= self.end && self.next.load(Ordering::Relaxed) >= self.requests.len()
    }

    /// Sends hostile requests, each over a connection of its own.
    fn attack(&self) -> anyhow::Result<Statuses> {
        let mut seen = Statuses::new();
        while let Some(request) = self.requests.get(self.next.fetch_add(1, Ordering::Relaxed)) {
            let statuses = match answers(Connection::open(self.address), request) {
                Ok(statuses) => statuses,
                Err(error) => {
                    held(&self.untoward).add(|| format!("{error}: {request:?}"));
                    continue;
                }
            };
            let accepted = statuses.iter().filter(|status| **status == 200).count();
            let is_known = |status: &u16| OF_AUTH.contains(status) || OF_HTTP.contains(status);
            if accepted > request.most_accepted || !statuses.iter().all(is_known) {
                held(&self.untoward).add(|| format!("{statuses:?}: {request:?}"));
            }
            for status in statuses {
                *seen.entry(status).or_default() += 1;
            }
        }
        Ok(seen)
    }

    /// Asks the same good question over and over.
    fn ask(&self) -> anyhow::Result<Waits> {
        let mut connection = Connection::open(self.address);
        let mut waits = Waits::default();
        while !self.is_over() {
            let started = Instant::now();
            connection.send(&self.good)?;
            let status = connection.receive()?.status;
            waits.add(started.elapsed());
            ensure!(status == 200, "a good request was answered with {status}");
            thread::sleep(PAUSE);
        }
        Ok(waits)
    }

    /// Sends a header without an end over many connections, a byte at a time. Returns how often one had to be opened
    /// anew.
    fn send_slowly(&self) -> anyhow::Result<usize> {
        let open = || -> anyhow::Result<Connection> {
            let mut connection = Connection::open(self.address);
            connection.send(b"GET /auth HTTP/1.1\r\nX-Slow: ")?;
            Ok(connection)
        };
        let slow = (0..SLOW_CONNECTIONS).map(|_| open());
        let mut slow = slow.collect::<anyhow::Result<Vec<_>>>()?;
        let mut hung_up = 0;
        while !self.is_over() {
            for connection in &mut slow {
                if connection.send(b"a").is_err() {
                    *connection = open()?;
                    hung_up += 1;
                }
            }
            thread::sleep(BYTE);
        }
        Ok(hung_up)
    }
}
