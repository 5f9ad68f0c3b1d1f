//! The server in process: limits that would take long with those of the command.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use tokenctl::auth::Authenticator;
use tokenctl::authority::Authority;
use tokenctl::clock::SystemClock;
use tokenctl::format::TokenFormats;
use tokenctl::http::profile::Profile;
use tokenctl::http::server::{Limits, Listener, Server};
use tokenctl::store::Store;

use crate::fixture::{StubAnswer, StubStore};

/// Far longer than the limits of the test.
const PATIENCE: Duration = Duration::from_secs(10);

#[test]
fn client_that_reads_no_answer_loses_its_place() {
    let store: Arc<dyn Store> = StubStore::new(StubAnswer::Nothing);
    let authority = Authority::new(Arc::clone(&store), Arc::new(TokenFormats::default()));
    let authenticator = Arc::new(Authenticator::over(store));
    let mut limits = Limits::default();
    limits.connections = 1;
    limits.write_time = Duration::from_millis(200);
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    let listener = Listener::Tcp(socket);
    let running = Server::new(
        Arc::new(authority),
        authenticator,
        Arc::new(SystemClock),
        Profile::Nginx,
    )
    .limits(limits)
    .run(&listener, NonZeroUsize::MIN)
    .unwrap();
    let mut deaf = TcpStream::connect(address).unwrap();
    deaf.set_write_timeout(Some(Duration::from_millis(100)))
        .unwrap();
    // Until no more answers fit on the way.
    while deaf
        .write_all(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
        .is_ok()
    {}
    let mut next = TcpStream::connect(address).unwrap();
    next.set_read_timeout(Some(PATIENCE)).unwrap();
    next.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        .unwrap();
    let mut answer = String::new();
    next.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    running.stop();
    drop(deaf);
}
