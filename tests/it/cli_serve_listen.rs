//! Where `tokenctl serve` listens, whom it throttles, and what it refuses to start with.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
use std::process::Stdio;
use std::time::Duration;

use insta::assert_snapshot;
use rustix::process::{Pid, Signal, kill_process};

use crate::harness::{TOKENCTL, TestEnv};
use crate::serving::Serving;
use crate::wire::Connection;

/// Longer than a start takes; who waits as long waits for nothing.
const PATIENCE: Duration = Duration::from_secs(10);

#[test]
fn what_others_can_reach_takes_a_flag() {
    let env = TestEnv::new();
    assert_snapshot!(env.run("serve --listen 0.0.0.0:0"), @"
    ------- stderr -------
    error: other machines could reach 0.0.0.0:0, where this server speaks HTTP in clear
    hint: listen at 127.0.0.1 or on a unix socket, or pass `--allow-remote`
    [exit status: 2]
    ");
    assert_snapshot!(env.run("serve --listen localhost:1"), @"
    ------- stderr -------
    error: bad value for `--listen <ADDR|unix:PATH>`: an address with its port, as 127.0.0.1:9180 or [::1]:9180, or unix:/PATH is expected
    hint: try 'tokenctl serve --help'
    [exit status: 2]
    ");
    let unix = env.run("serve --listen unix:tokenctl.sock");
    assert!(unix.stderr.contains("unix:/PATH is expected"), "{unix}");
    unix.exits(2);
    assert_snapshot!(env.run("serve --throttle hunter2"), @"
    ------- stderr -------
    error: bad value for `--throttle <RATE>`: a rate limit is written like `5/m` or `10/2h`, its unit one of `s`, `m`, `h` and `d`
    hint: try 'tokenctl serve --help'
    [exit status: 2]
    ");
    assert_snapshot!(env.run("serve --profile hunter2"), @"
    ------- stderr -------
    error: bad value for `--profile <PROFILE>`: the profiles are nginx, traefik, caddy and envoy
    hint: try 'tokenctl serve --help'
    [exit status: 2]
    ");
}

#[test]
fn throttle_that_refuses_everybody_is_warned_of() {
    let env = TestEnv::new();
    let line = "serve --throttle 0/m --trusted-proxy 127.0.0.1 --listen unix:/nowhere/socket";
    assert_snapshot!(env.run(line), @"
    ------- stderr -------
    warning: a throttle of 0 failures refuses everybody, good tokens too
    error: failed to listen at `/nowhere/socket`: No such file or directory (os error 2)
    hint: name a path in a directory that is there, with `--listen`
    [exit status: 2]
    ");
}

#[test]
fn throttle_needs_to_know_the_proxies() {
    let env = TestEnv::new();
    assert_snapshot!(env.run("serve --throttle 5/m"), @"
    ------- stderr -------
    error: a throttle needs to know which proxies say who the client is
    hint: name them with `--trusted-proxy`, as in `--trusted-proxy 127.0.0.1`
    [exit status: 2]
    ");
    let listen = format!("unix:{}", env.path("s").display());
    assert_snapshot!(
        env.run(&format!("serve --trusted-proxy 192.0.2.1 --listen {listen}")),
        @"
    ------- stderr -------
    error: nobody who can connect would be trusted
    hint: pass `--trusted-proxy unix` besides
    [exit status: 2]
    "
    );
    assert_snapshot!(env.run("serve --trusted-proxy nobody"), @"
    ------- stderr -------
    error: bad value for `--trusted-proxy`: network 1 of the list is neither an address nor a CIDR block
    hint: name addresses, blocks as 10.0.0.0/8, or `unix`
    [exit status: 2]
    ");
}

#[test]
fn missing_store_is_said_at_the_start() {
    let env = TestEnv::without_store();
    let store = env.path("none.db");
    env.run_args(&["serve", "--store", store.to_str().unwrap()])
        .exits(21);
    let env = TestEnv::new();
    env.run("serve --listen unix:/nowhere/s").exits(2);
}

#[test]
fn taken_address_is_a_conflict() {
    let env = TestEnv::new();
    let serving = Serving::start(&env, &[]);
    env.run(&format!("serve --listen {}", serving.address))
        .exits(4);
}

#[test]
fn address_with_too_many_failures_is_throttled_alone() {
    let env = TestEnv::new();
    let header = env.issue("--full-access").header();
    let arguments = ["--throttle", "2/d", "--trusted-proxy", "127.0.0.1"];
    for (profile, throttled) in [("nginx", 403), ("caddy", 429)] {
        let serving = Serving::start(&env, &[&arguments[..], &["--profile", profile]].concat());
        let ask = |credentials: &str, client: &str| {
            let (method, uri) = match profile {
                "nginx" => ("X-Original-Method", "X-Original-URI"),
                _ => ("X-Forwarded-Method", "X-Forwarded-Uri"),
            };
            let headers = [
                ("Authorization", credentials),
                (method, "GET"),
                (uri, "/"),
                ("X-Forwarded-For", client),
            ];
            serving.ask("GET", "/auth", &headers)
        };
        for _ in 0..2 {
            assert_eq!(ask("token unknown", "192.0.2.7").status, 401);
        }
        let refused = ask(&header, "192.0.2.7");
        assert_eq!(refused.status, throttled, "{profile}");
        assert!(refused.header("retry-after").is_some());
        assert_eq!(ask(&header, "192.0.2.8").status, 200);
        // What the client puts before the proxy's word does not count.
        assert_eq!(ask(&header, "192.0.2.8, 192.0.2.7").status, throttled);
        let metrics = serving.ask("GET", "/metrics", &[]);
        assert!(metrics.text().contains("tokenctl_throttled_total 2"));
    }
}

#[test]
fn network_of_a_token_is_that_of_the_client() {
    let env = TestEnv::new();
    let header = env.issue("--full-access --network 192.0.2.0/24").header();
    let serving = Serving::start(&env, &[]);
    for (client, expected) in [
        (Some("192.0.2.7"), 200),
        (Some("198.51.100.1, 192.0.2.7"), 200),
        (Some("192.0.2.7, 198.51.100.1"), 403),
        (Some("nonsense"), 403),
        (None, 403),
    ] {
        let mut headers = vec![
            ("Authorization", header.as_str()),
            ("X-Original-Method", "GET"),
            ("X-Original-URI", "/"),
        ];
        headers.extend(client.map(|client| ("X-Forwarded-For", client)));
        let status = serving.ask("GET", "/auth", &headers).status;
        assert_eq!(status, expected, "{client:?}");
    }
}

#[test]
fn unix_socket_is_private_and_gone_at_the_end() {
    let env = TestEnv::new();
    let header = env.issue("--full-access").header();
    let path = env.path("auth.sock");
    let listen = format!("unix:{}", path.display());
    let mut child = env
        .command(TOKENCTL)
        .args(["serve", "--listen", &listen])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap()).lines();
    assert!(stderr.any(|line| line.unwrap().contains("Listening at unix:")));
    let found = fs::symlink_metadata(&path).unwrap();
    assert!(found.file_type().is_socket());
    assert_eq!(found.mode() & 0o777, 0o600);
    let mut stream = UnixStream::connect(&path).unwrap();
    let request = format!(
        "GET /auth HTTP/1.1\r\nHost: x\r\nAuthorization: {header}\r\nX-Original-Method: GET\r\n\
         X-Original-URI: /\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    assert!(child.wait().unwrap().success());
    assert!(!path.exists());
}

#[test]
fn server_whose_terminal_goes_ends_in_good_order() {
    let env = TestEnv::new();
    let path = env.path("auth.sock");
    // It would not hear of it if these tests ran under `nohup`.
    let mut child = env
        .command("env")
        .args(["--default-signal=HUP", TOKENCTL, "serve", "--listen"])
        .arg(format!("unix:{}", path.display()))
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap()).lines();
    assert!(stderr.any(|line| line.unwrap().contains("Listening at unix:")));
    kill_process(Pid::from_child(&child), Signal::HUP).unwrap();
    assert!(child.wait().unwrap().success());
    assert!(!path.exists());
}

#[test]
fn flags_that_would_do_nothing_are_refused() {
    let env = TestEnv::new();
    env.run("serve --listen 127.0.0.1:0 --socket-group")
        .exits(2);
    env.run("serve --listen 127.0.0.1:0 --trusted-proxy unix")
        .exits(2);
}

#[test]
fn stop_does_not_wait_for_who_reads_no_log() {
    let env = TestEnv::new();
    let mut child = env
        .command(TOKENCTL)
        .args(["serve", "--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap()).lines();
    let line = stderr.find_map(|line| {
        line.unwrap()
            .split_once("http://")
            .map(|(_, it)| it.to_owned())
    });
    let address = line.unwrap().split(',').next().unwrap().to_owned();
    let mut connection = Connection::open(&address);
    // More than a pipe holds.
    for _ in 0..1_000 {
        connection.ask("GET", "/auth", &[]);
    }
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    assert!(child.wait().unwrap().success());
}

/// Runs `serve` as systemd starts it: with `socket` as its descriptor 3, and somebody to tell that it is ready.
fn activated(env: &TestEnv, socket: OwnedFd, check: impl FnOnce()) {
    let ready = env.path("notify.sock");
    let notified = UnixDatagram::bind(&ready).unwrap();
    notified.set_read_timeout(Some(PATIENCE)).unwrap();
    let script = "exec env LISTEN_PID=$$ LISTEN_FDS=1 $TOKENCTL serve -q 3<&0 </dev/null";
    let mut child = env
        .command("sh")
        .args(["-c", script])
        .env("NOTIFY_SOCKET", &ready)
        .stdin(Stdio::from(socket))
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let told = |expected: &[u8]| {
        let mut message = [0; 64];
        let length = notified.recv(&mut message).unwrap();
        assert!(message[..length].starts_with(expected));
    };
    told(b"READY=1");
    check();
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    told(b"STOPPING=1");
    assert!(child.wait().unwrap().success());
    fs::remove_file(&ready).unwrap();
}

#[test]
fn socket_that_systemd_hands_over_is_served() {
    let env = TestEnv::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    activated(&env, listener.into(), || {
        let answer = Connection::open(&address).ask("GET", "/readyz", &[]);
        assert_eq!(answer.status, 200);
    });
    let path = env.path("handed.sock");
    let listener = UnixListener::bind(&path).unwrap();
    activated(&env, listener.into(), || {
        let mut stream = UnixStream::connect(&path).unwrap();
        let request = "GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    });
    // Whoever made it removes it.
    assert!(path.exists());
}
