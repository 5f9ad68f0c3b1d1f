//! The example service as a process, and the command beside it: what one does, the other knows at the next request.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::harness::TestEnv;
use crate::wire::{Connection, WireResponse};

/// The service, until it is dropped.
struct Service {
    child: Child,
    address: String,
}

impl Service {
    fn start(env: &TestEnv) -> Self {
        let mut child = env
            .command(example().to_str().unwrap())
            .arg(env.store())
            .arg("127.0.0.1:0")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let stdout = child.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut line).unwrap();
        let address = line.trim_end().strip_prefix("listening on http://");
        let address = address.unwrap_or_else(|| panic!("it does not listen: {line:?}"));
        Self {
            address: address.to_owned(),
            child,
        }
    }

    fn connect(&self) -> Connection {
        Connection::open(&self.address)
    }

    /// Asks it to stop, as service managers do, and waits until it has.
    fn stop(mut self) {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, Signal::TERM).unwrap();
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It has stopped already where it was asked to.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns the path of the example, which cargo builds beside the tests.
fn example() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let profile = test.parent().and_then(|deps| deps.parent()).unwrap();
    let example = profile.join("examples/axum_service");
    assert!(
        example.exists(),
        "{} is missing: `cargo build --all-features --example axum_service` makes it, and so does \
         `cargo test --all-features` if it names no targets",
        example.display()
    );
    example
}

/// Returns the cookie that a response sets.
#[track_caller]
fn cookie(response: &WireResponse) -> String {
    let set = response.header("set-cookie");
    let set = set.unwrap_or_else(|| panic!("no cookie: {response:?}"));
    for attribute in ["HttpOnly", "SameSite=Strict", "Secure"] {
        assert!(set.contains(attribute), "{set}");
    }
    set.split(';').next().unwrap().to_owned()
}

#[track_caller]
fn assert_refused(response: &WireResponse, code: u16) {
    assert_eq!(response.status, 401, "{response:?}");
    let body: serde_json::Value = serde_json::from_slice(&response.body).unwrap();
    assert_eq!(body["err"]["code"], code, "{response:?}");
    assert!(response.header("www-authenticate").is_some());
}

#[test]
fn header_logs_in_and_its_cookie_goes_on() {
    let env = TestEnv::new();
    let token = env.issue("--full-access");
    let service = Service::start(&env);
    let mut connection = service.connect();
    assert_refused(&connection.ask("GET", "/whoami", &[]), 103);
    let header = token.header();
    let response = connection.ask("GET", "/whoami", &[("Authorization", &header)]);
    assert_eq!(response.status, 200, "{response:?}");
    assert_eq!(response.text(), format!("alice by token {}\n", token.id));
    let cookie = cookie(&response);
    let response = connection.ask("GET", "/whoami", &[("Cookie", &cookie)]);
    assert_eq!(response.status, 200, "{response:?}");
    assert_eq!(response.text(), format!("alice by token {}\n", token.id));
    assert_eq!(response.header("set-cookie"), None);
}

#[test]
fn policy_opens_one_resource_and_closes_the_other() {
    let env = TestEnv::new();
    let policy =
        r#"{"resources": {"review-request": {"*": {"allow": ["*"]}}, "*": {"block": ["*"]}}}"#;
    let path = env.write("policy.json", policy);
    let token = env.issue(&format!("--policy {}", path.display()));
    let service = Service::start(&env);
    let mut connection = service.connect();
    let header = token.header();
    let response = connection.ask(
        "POST",
        "/api/review-requests",
        &[("Authorization", &header)],
    );
    assert_eq!((response.status, response.text()), (201, "1\n"));
    let cookie = cookie(&response);
    for login in [("Authorization", header.as_str()), ("Cookie", &cookie)] {
        for (target, status) in [
            ("/api/review-requests", 200),
            ("/api/review-requests/1", 200),
            ("/api/review-requests/01", 400),
            ("/api/users/alice", 403),
            ("/whoami", 403),
            ("/admin", 403),
        ] {
            let response = connection.ask("GET", target, &[login]);
            assert_eq!(response.status, status, "{target}: {response:?}");
        }
    }
    // The session is still there after it was denied something, and ends when it is told to.
    let response = connection.ask("POST", "/logout", &[("Cookie", &cookie)]);
    assert_eq!(response.status, 200, "{response:?}");
    let after = connection.ask("GET", "/api/review-requests", &[("Cookie", &cookie)]);
    assert_refused(&after, 103);
}

#[test]
fn token_revoked_by_another_process_is_refused_on_the_next_request() {
    let env = TestEnv::new();
    let token = env.issue("--full-access");
    let service = Service::start(&env);
    let header = token.header();
    let login = [("Authorization", header.as_str())];
    let (mut by_header, mut by_cookie) = (service.connect(), service.connect());
    let response = by_header.ask("GET", "/api/users/alice", &login);
    assert_eq!((response.status, response.text()), (200, "alice\n"));
    let cookie = cookie(&response);
    let session = [("Cookie", cookie.as_str())];
    assert_eq!(by_cookie.ask("GET", "/whoami", &session).status, 200);

    env.run(&format!("revoke {} --yes", token.id)).succeeds();

    assert_refused(&by_header.ask("GET", "/api/users/alice", &login), 104);
    let response = by_cookie.ask("GET", "/whoami", &session);
    assert_refused(&response, 104);
    let removal = response.header("set-cookie").unwrap();
    assert!(removal.contains("Max-Age=0"), "{removal}");
    // The client that keeps it all the same is nobody from now on.
    assert_refused(&by_cookie.ask("GET", "/whoami", &session), 103);
    assert_refused(&service.connect().ask("GET", "/whoami", &session), 103);
}

#[test]
fn disabled_user_is_refused_on_the_next_request_of_every_session() {
    let env = TestEnv::new();
    let service = Service::start(&env);
    let mut connection = service.connect();
    let cookies = [(); 2].map(|()| {
        let header = env.issue("--full-access").header();
        cookie(&connection.ask("GET", "/whoami", &[("Authorization", &header)]))
    });
    env.run("user disable alice").succeeds();
    for cookie in cookies {
        let response = connection.ask("GET", "/whoami", &[("Cookie", &cookie)]);
        assert_refused(&response, 104);
    }
}

#[test]
fn token_is_good_from_its_networks_alone() {
    let env = TestEnv::new();
    let here = env.issue("--full-access --network 127.0.0.0/8").header();
    let elsewhere = env.issue("--full-access --network 10.0.0.0/8").header();
    let service = Service::start(&env);
    let mut connection = service.connect();
    for (header, status) in [(here, 200), (elsewhere, 403)] {
        let headers = [
            ("Authorization", header.as_str()),
            ("X-Forwarded-For", "10.0.0.1"),
        ];
        let response = connection.ask("GET", "/whoami", &headers);
        assert_eq!(response.status, status, "{response:?}");
    }
}

#[test]
fn use_of_a_token_is_on_record_when_the_service_has_stopped() {
    let env = TestEnv::new();
    let tokens = [(); 2].map(|()| env.issue("--full-access"));
    let service = Service::start(&env);
    let header = tokens[0].header();
    let login = [("Authorization", header.as_str())];
    assert_eq!(service.connect().ask("GET", "/whoami", &login).status, 200);
    service.stop();
    let last_used = |id| {
        let record = env.run(&format!("show {id} --json")).succeeds().json();
        record["last_used_at"].clone()
    };
    assert!(last_used(&tokens[0].id).is_string());
    assert!(last_used(&tokens[1].id).is_null());
}
