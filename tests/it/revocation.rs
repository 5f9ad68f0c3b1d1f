//! Revocation under load: once `revoke` has returned, no request that begins is let through.

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use tokenctl::authority::Authority;
use tokenctl::change::{Actor, Change, Mode, Target};
use tokenctl::clock::{Clock as _, SystemClock};
use tokenctl::format::TokenFormats;
use tokenctl::store::{Location, OpenOptions, Store};
use tokenctl::text::FreeText;

use crate::fixture::{Seeded, id_of, issue, new_token};
use crate::harness::TestEnv;
use crate::serving::Serving;
use crate::wire::Connection;

const TOKENS: usize = 10_000;
const CLIENTS: usize = 8;

/// How far around the token that is being revoked the clients ask.
const NEIGHBOURS: usize = 3;

/// How many tokens are revoked, the first ones first: it grows when `revoke` has returned.
#[derive(Default)]
struct Frontier(AtomicUsize);

impl Frontier {
    fn revoked(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

/// Lets the clients end, also where revoking panics.
struct End<'f>(&'f Frontier);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.0.store(TOKENS, Ordering::SeqCst);
    }
}

/// What one client has seen.
#[derive(Debug, Default)]
struct Seen {
    accepted: usize,
    /// Of tokens whose revocation had returned when the request began.
    refused: usize,
    /// Of tokens that were being revoked at that time.
    refused_meanwhile: usize,
}

fn secret(token: usize) -> String {
    format!("secret-number-{token}")
}

/// Asks about a token as nginx does; returns whether the request may go on.
fn is_accepted(connection: &mut Connection, token: usize) -> bool {
    let header = format!("Bearer {}", secret(token));
    let headers = [
        ("Authorization", header.as_str()),
        ("X-Original-Method", "GET"),
        ("X-Original-URI", "/"),
    ];
    match connection.ask("GET", "/auth", &headers).status {
        200 => true,
        401 => false,
        status => panic!("{status}"),
    }
}

/// Asks about tokens at either side of the frontier until all are revoked.
fn hammer(connection: &mut Connection, frontier: &Frontier, mut random: Seeded) -> Seen {
    let mut seen = Seen::default();
    loop {
        let revoked = frontier.revoked();
        if revoked == TOKENS {
            return seen;
        }
        let token = (revoked + random.below(2 * NEIGHBOURS))
            .saturating_sub(NEIGHBOURS)
            .min(TOKENS - 1);
        let is_accepted = is_accepted(connection, token);
        match (is_accepted, token < revoked) {
            (true, false) => seen.accepted += 1,
            (false, true) => seen.refused += 1,
            (true, true) => panic!("token {token} was accepted after it had been revoked"),
            (false, false) => {
                // The one at the frontier may be refused a little before `revoke` returns, and no other.
                let now = frontier.revoked();
                assert!(
                    token <= now,
                    "token {token} was refused, {now} were revoked"
                );
                seen.refused_meanwhile += 1;
            }
        }
    }
}

/// Issues all tokens in one change.
fn fill(store: &dyn Store) {
    let issues: Vec<Change> = (0..TOKENS)
        .map(|token| issue(token as u64, &secret(token), "any", new_token("alice")))
        .collect();
    let (actor, now) = (Actor::named("test"), SystemClock.now());
    store.apply(&issues, &actor, now, Mode::Commit).unwrap();
}

/// Revokes one token after the other, each of which is accepted until then.
fn revoke_all(authority: &Authority, connection: &mut Connection, frontier: &Frontier) {
    let _end = End(frontier);
    let actor = Actor::named("test");
    for token in 0..TOKENS {
        assert!(is_accepted(connection, token), "token {token}");
        let target = Target::Ids(vec![id_of(token as u64)]);
        let now = SystemClock.now();
        authority
            .revoke(target, FreeText::default(), &actor, now, Mode::Commit)
            .unwrap();
        frontier.0.store(token + 1, Ordering::SeqCst);
    }
}

/// The server is a process of its own, and learns of the revocations from the store alone.
#[test]
fn no_request_that_begins_after_revoke_has_returned_is_let_through() {
    let env = TestEnv::new();
    let location = Location::parse(env.store().to_str().unwrap()).unwrap();
    let store = location.open(OpenOptions::default()).unwrap();
    fill(&*store);
    let authority = Authority::new(store, Arc::new(TokenFormats::default()));
    let serving = Serving::start(&env, &["--no-access-log"]);
    let frontier = Frontier::default();
    let started = Instant::now();
    let seen: Vec<Seen> = thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|client| {
                let mut connection = serving.connect();
                let random = Seeded(client as u64);
                let frontier = &frontier;
                scope.spawn(move || hammer(&mut connection, frontier, random))
            })
            .collect();
        revoke_all(&authority, &mut serving.connect(), &frontier);
        clients
            .into_iter()
            .map(|client| client.join().unwrap())
            .collect()
    });
    let took = started.elapsed();
    let report = format!("{TOKENS} revocations in {took:?}: {seen:?}\n");
    std::io::stderr().write_all(report.as_bytes()).unwrap();
    assert!(
        seen.iter()
            .all(|seen| seen.accepted > 0 && seen.refused > 0),
        "{seen:?}"
    );
    let mut connection = serving.connect();
    assert!((0..TOKENS).all(|token| !is_accepted(&mut connection, token)));
}
