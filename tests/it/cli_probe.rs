//! `tokenctl probe`: every request is tried, nothing is left, and a server that lets the wrong ones through is found.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::thread;

use insta::assert_snapshot;
use serde_json::Value;

use crate::harness::TestEnv;
use crate::serving::Serving;

#[test]
fn server_passes_as_each_profile() {
    let env = TestEnv::new();
    for profile in ["nginx", "traefik", "caddy", "envoy"] {
        let serving = Serving::start(&env, &["--profile", profile]);
        let line = format!("probe --profile {profile} http://{}/", serving.address);
        env.run(&line).succeeds();
    }
}

#[test]
fn each_request_is_told_with_its_answer() {
    let env = TestEnv::new();
    let serving = Serving::start(&env, &[]);
    let line = format!("probe --profile nginx http://{}/x", serving.address);
    assert_snapshot!(env.run(&line), @"
    request                  expected              answer  passed
    good token               200                   200     true
    good token, bearer       200                   200     true
    no header                401 with a challenge  401     true
    wrong scheme             401                   401     true
    control characters       refused or failed     400     true
    garbage                  401                   401     true
    unknown token            401                   401     true
    broken checksum          401                   401     true
    expired token            401                   401     true
    revoked token            401                   401     true
    read-only token writes   403                   403     true
    two headers, good first  refused               401     true
    two headers, good last   refused               401     true
    header too long          refused or failed     431     true
    spoofed identity         401 with a challenge  401     true
    lower-case method        refused               403     true
    X-Original-Method        refused               403     true
    X-Forwarded-Method       refused               403     true
    X-HTTP-Method-Override   403                   403     true
    ------- stderr -------
    19 passed, 0 failed
    [exit status: 0]
    ");
}

#[test]
fn ambiguous_paths_are_tried_where_paths_are_mapped() {
    let env = TestEnv::new();
    env.configure("[catalogue.resources.x]\npath = '/x'\nmethods = ['GET', 'POST']\n");
    let serving = Serving::start(&env, &[]);
    let probe = |path: &str| {
        let url = format!("http://{}{path}", serving.address);
        env.run(&format!("probe --json --profile nginx {url}"))
    };
    let checks = probe("/x").succeeds().json();
    let names: Vec<_> = checks.as_array().unwrap().iter().collect();
    assert!(names.iter().any(|check| check["request"] == "path with .."));
    // To a path that is not mapped the good token is refused.
    probe("/elsewhere").exits(17);
}

#[test]
fn nothing_is_left_of_the_tokens() {
    let env = TestEnv::new();
    let serving = Serving::start(&env, &[]);
    let line = format!("probe --profile nginx http://{}/", serving.address);
    env.run(&line).succeeds();
    let left = env.run("list --json").succeeds().json();
    assert_eq!(left.as_array().unwrap().len(), 0);
    // Nor when nobody answers, or the answers are wrong.
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr();
    let line = format!("probe --wait 1s http://{}/", free.unwrap());
    env.run(&line).exits(66);
    let left = env.run("list --json").succeeds().json();
    assert_eq!(left.as_array().unwrap().len(), 0);
}

/// Answers each request with `answer`, forever.
fn careless(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut reader = BufReader::new(stream);
            let mut line = String::new();
            while reader.read_line(&mut line).is_ok_and(|length| length > 2) {
                line.clear();
            }
            let _ = reader.get_mut().write_all(answer.as_bytes());
        }
    });
    address
}

#[test]
fn server_that_lets_all_through_or_nobody_is_found() {
    let env = TestEnv::new();
    for (answer, passes) in [
        ("HTTP/1.1 200 OK\r\n\r\n", "good token"),
        (
            "HTTP/1.1 401 No\r\nWWW-Authenticate: Bearer\r\n\r\n",
            "no header",
        ),
        ("HTTP/1.1 403 No\r\n\r\n", "read-only token writes"),
    ] {
        let address = careless(answer);
        let output = env.run(&format!("probe --json http://{address}/"));
        let checks = output.exits(17).json();
        let passed = |name: &str| {
            let checks = checks.as_array().unwrap();
            let check = checks.iter().find(|check| check["request"] == name);
            check.unwrap()["passed"].as_bool().unwrap()
        };
        for name in ["good token", "no header", "read-only token writes"] {
            assert_eq!(passed(name), name == passes, "{answer} {name}");
        }
    }
    let address = careless("HTTP/1.1 500 Oops\r\n\r\n");
    let checks = env
        .run(&format!("probe --json http://{address}/"))
        .exits(17)
        .json();
    let passed = |check: &&Value| check["passed"] == true;
    let closed = checks.as_array().unwrap().iter().filter(passed);
    let expected = closed.map(|check| check["expected"].as_str().unwrap());
    assert_eq!(expected.collect::<Vec<_>>(), ["refused or failed"; 2]);
}

#[test]
fn silence_is_no_refusal() {
    let env = TestEnv::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let mut kept = Vec::new();
        for stream in listener.incoming().flatten() {
            let mut reader = BufReader::new(stream);
            let mut line = String::new();
            let _ = reader.read_line(&mut line);
            if line.starts_with("post ") {
                kept.push(reader);
            } else {
                let _ = reader.get_mut().write_all(b"HTTP/1.1 401 No\r\n\r\n");
            }
        }
    });
    let line = format!("probe --json --wait 1s http://{address}/");
    let checks = env.run(&line).exits(17).json();
    let mut checks = checks.as_array().unwrap().iter();
    let silent = checks.find(|check| check["request"] == "lower-case method");
    assert_eq!(silent.unwrap()["passed"], false);
}

#[test]
fn bad_targets_are_usage_errors_and_issue_nothing() {
    let env = TestEnv::new();
    assert_snapshot!(env.run("probe https://127.0.0.1/"), @"
    ------- stderr -------
    error: bad value for `URL`
    hint: the probe speaks HTTP in clear: run it where the proxy takes that, as on its own machine
    [exit status: 2]
    ");
    assert_snapshot!(env.run("probe 127.0.0.1:80"), @"
    ------- stderr -------
    error: bad value for `URL`
    hint: it is written like `http://127.0.0.1:8000/api/`
    [exit status: 2]
    ");
    env.run("probe http://127.0.0.1/ --user a/b").exits(2);
    assert!(!env.run("user list").all().contains("probe"));
}
