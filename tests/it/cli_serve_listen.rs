//! Where `tokenctl serve` listens, whom it throttles, and what it refuses to start with.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::os::unix::net::UnixStream;
use std::process::Stdio;

use insta::assert_snapshot;
use rustix::process::{Pid, Signal, kill_process};

use crate::harness::{TOKENCTL, TestEnv};
use crate::serving::Serving;

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
    error: bad value for `--listen <ADDR|unix:PATH>`
    hint: try 'tokenctl serve --help'
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
    error: no peer of the unix socket would be trusted
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
    let found = std::fs::symlink_metadata(&path).unwrap();
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
