//! Policies that are too large or too deep, from files and from stdin.

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use insta::assert_snapshot;

use crate::harness::TestEnv;

const HINT: &str = "hint: nothing was done: name a smaller file, or split it\n";

/// Documents that no policy should be, larger than any is.
fn hostile() -> [(&'static str, String); 3] {
    let levels = 100_000;
    let deep = format!("{}{}", "{\"resources\":".repeat(levels), "}".repeat(levels));
    let keys: Vec<String> = (0..1_000_000).map(|key| format!("\"{key}\":0")).collect();
    let keys = format!("{{\"resources\":{{{}}}}}", keys.join(","));
    let text = format!("{{\"resources\":\"{}\"}}", "x".repeat(10 << 20));
    [("levels", deep), ("keys", keys), ("text", text)]
}

#[test]
fn hostile_documents_are_refused_by_their_size() {
    let env = TestEnv::new();
    let token = env.issue("--full-access");
    for (name, content) in hostile() {
        env.write(name, &content);
        let told = env.run_with_stdin("policy check -", &content).exits(65);
        assert_eq!(
            told.stderr,
            format!("error: stdin is larger than the 64 KiB that are accepted\n{HINT}")
        );
    }
    let large = fs::File::create(env.path("large")).unwrap();
    large.set_len(100 << 20).unwrap();
    for name in ["levels", "keys", "text", "large"] {
        for line in [
            format!("policy check {name}"),
            format!("policy lint --fix {name}"),
            format!("policy explain {name}"),
            format!("policy diff {name} {name}"),
            format!("issue alice --policy {name}"),
            format!("restrict {} --policy {name}", token.id),
        ] {
            let told = env.run(&line).exits(65);
            let refused =
                format!("error: `{name}` is larger than the 64 KiB that are accepted\n{HINT}");
            assert_eq!(told.stderr, refused, "{line}");
        }
    }
    assert_snapshot!(env.run("policy test large"), @"
    ------- stderr -------
    error: `large` is larger than the 1024 KiB that are accepted
    hint: nothing was done: name a smaller file, or split it
    [exit status: 65]
    ");
}

#[test]
fn nesting_within_the_size_is_refused_too() {
    let env = TestEnv::without_store();
    let deep = format!("{}{}", "[".repeat(32_000), "]".repeat(32_000));
    let told = env.run_with_stdin("policy check -", deep).exits(65);
    assert!(told.stdout.len() < 1_000, "{}", told.stdout.len());
}

#[test]
fn file_is_not_read_beyond_the_limit() {
    let env = TestEnv::without_store();
    let made = Command::new("mkfifo").arg(env.path("pipe")).status();
    assert!(made.unwrap().success());
    let check = env
        .command(crate::harness::TOKENCTL)
        .args(["policy", "check", "pipe"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = fs::OpenOptions::new()
        .write(true)
        .open(env.path("pipe"))
        .unwrap();
    let mut taken = 0;
    // Ends when the reader has gone; the pipe itself holds some that nobody has read.
    while taken < 100 << 20 {
        match pipe.write(&[b' '; 4096]) {
            Ok(count) => taken += count,
            Err(error) => {
                assert_eq!(error.kind(), std::io::ErrorKind::BrokenPipe);
                break;
            }
        }
    }
    let output = check.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(65));
    assert!(taken < 1 << 20, "{taken} bytes were taken");
}
