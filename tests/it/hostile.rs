//! What no client would send: the server stays up, small and quick, and says yes to nothing that is not clear.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::fixture::Seeded;
use crate::harness::TestEnv;
use crate::hostile::requests::{Hostile, OF_AUTH, OF_HTTP, made_by_chance, made_by_hand, plain};
use crate::serving::Serving;
use crate::wire::Connection;

mod requests;

const REQUESTS: usize = 10_000;
const CLIENTS: usize = 4;
const SLOW_SENDERS: usize = 200;

/// How much the server may grow at the most.
const GROWTH_KIB: u64 = 64 * 1024;

/// How long a good request may wait at the most; machines that run tests are busy.
const WAIT: Duration = Duration::from_secs(2);

fn answers(serving: &Serving, request: &Hostile) -> Vec<u16> {
    let answers = requests::answers(serving.connect(), request);
    answers.unwrap_or_else(|error| panic!("{error}: {request:?}"))
}

/// Sends all hostile requests, and returns how often each status was answered.
fn attack(serving: &Serving, requests: &[Hostile]) -> BTreeMap<u16, usize> {
    let next = AtomicUsize::new(0);
    let take = || requests.get(next.fetch_add(1, Ordering::Relaxed));
    let client = || {
        let mut seen = BTreeMap::<u16, usize>::new();
        while let Some(request) = take() {
            let statuses = answers(serving, request);
            let accepted = statuses.iter().filter(|status| **status == 200).count();
            assert!(
                accepted <= request.most_accepted,
                "{statuses:?}: {request:?}"
            );
            for status in statuses {
                let is_known = OF_AUTH.contains(&status) || OF_HTTP.contains(&status);
                assert!(is_known, "{status}: {request:?}");
                *seen.entry(status).or_default() += 1;
            }
        }
        seen
    };
    thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(client)).collect();
        let mut seen = BTreeMap::<u16, usize>::new();
        for (status, count) in clients.into_iter().flat_map(|it| it.join().unwrap()) {
            *seen.entry(status).or_default() += count;
        }
        seen
    })
}

/// Asks the same good question over and over; returns how often, and the longest wait.
fn ask_until(is_over: &AtomicBool, serving: &Serving, good: &[u8]) -> (usize, Duration) {
    let mut connection = serving.connect();
    let (mut asked, mut longest) = (0, Duration::ZERO);
    while !is_over.load(Ordering::Relaxed) {
        let started = Instant::now();
        connection.send(good).unwrap();
        assert_eq!(connection.receive().unwrap().status, 200);
        longest = longest.max(started.elapsed());
        asked += 1;
    }
    (asked, longest)
}

/// Sends a good request over many connections, a byte at a time, and what is left of it in the end.
fn send_slowly_until(is_over: &AtomicBool, connections: &mut [Connection], good: &[u8]) {
    let (last, slow) = good.split_last().unwrap();
    let mut sent = 0;
    while !is_over.load(Ordering::Relaxed) && sent < slow.len() {
        for connection in &mut *connections {
            connection.send(&slow[sent..=sent]).unwrap();
        }
        sent += 1;
        // Slowness is what is tried here.
        thread::sleep(Duration::from_millis(50));
    }
    for connection in connections {
        connection.send(&slow[sent..]).unwrap();
        connection.send(&[*last]).unwrap();
        assert_eq!(connection.receive().unwrap().status, 200);
    }
}

/// Returns a number of `/proc/PID/status`, in KiB.
fn memory(serving: &Serving, name: &str) -> u64 {
    let pid = serving.pid().as_raw_nonzero();
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let number = line.unwrap().trim_start_matches(':').trim();
    number.strip_suffix(" kB").unwrap().parse().unwrap()
}

fn hostile_requests(secret: &str) -> Vec<Hostile> {
    let mut requests = made_by_hand(secret);
    let mut random = Seeded(4);
    while requests.len() < REQUESTS {
        requests.push(made_by_chance(secret, |end| random.below(end)));
    }
    requests
}

#[test]
fn hostile_requests_get_no_yes_and_do_no_harm() {
    let env = TestEnv::new();
    let secret = env.issue("--full-access").secret;
    let serving = Serving::start(&env, &[]);
    let good = plain(&secret);
    let requests = hostile_requests(&secret);
    let mut slow: Vec<_> = (0..SLOW_SENDERS).map(|_| serving.connect()).collect();
    let before = memory(&serving, "VmRSS");

    let is_over = AtomicBool::new(false);
    let (seen, asked, longest) = thread::scope(|scope| {
        let asking = scope.spawn(|| ask_until(&is_over, &serving, &good));
        let slow_sending = scope.spawn(|| send_slowly_until(&is_over, &mut slow, &good));
        let attacking = scope.spawn(|| attack(&serving, &requests));
        let seen = attacking.join();
        is_over.store(true, Ordering::Relaxed);
        slow_sending.join().unwrap();
        let (asked, longest) = asking.join().unwrap();
        (seen.unwrap(), asked, longest)
    });

    let growth = memory(&serving, "VmHWM").saturating_sub(before);
    let report = format!(
        "{REQUESTS} hostile requests: {seen:?}; {asked} good ones waited {longest:?} at most; grew by {growth} KiB\n"
    );
    std::io::stderr().write_all(report.as_bytes()).unwrap();
    assert!(growth < GROWTH_KIB, "{growth}");
    assert!(longest < WAIT && asked > 100, "{longest:?} {asked}");
    for status in OF_AUTH.iter().chain(&OF_HTTP) {
        assert!(seen.contains_key(status), "{status} was never answered");
    }
    let (status, stderr, records) = serving.stop();
    assert!(status.success(), "{stderr}");
    let log = format!("{records:?}{stderr}");
    assert!(!log.contains(&secret) && !log.contains("panicked"));
}

/// RFC 9112, section 6.1: whoever sends both length and coding may see other requests in these bytes than we do.
#[test]
fn nothing_is_read_behind_a_request_that_may_be_framed_in_two_ways() {
    let env = TestEnv::new();
    let secret = env.issue("--full-access").secret;
    let serving = Serving::start(&env, &[]);
    let good = String::from_utf8(plain(&secret)).unwrap();
    // A form is read to its end, so the connection could go on.
    for (line, status) in [("GET /auth", 200), ("POST /introspect", 404)] {
        for framing in [
            "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
            "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        ] {
            let first = good.replacen("GET /auth", line, 1);
            let first = first.replacen("Host: localhost\r\n", framing, 1);
            let request = Hostile {
                bytes: format!("{first}0\r\n\r\n{good}").into(),
                most_accepted: 1,
            };
            assert_eq!(answers(&serving, &request), [status], "{request:?}");
        }
    }
}
