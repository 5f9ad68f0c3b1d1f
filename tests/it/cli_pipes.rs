//! Output that does not arrive.

use std::io::Read as _;
use std::process::Stdio;

use insta::assert_snapshot;

use crate::harness::{TOKENCTL, TestEnv};

fn active(env: &TestEnv) -> usize {
    env.run("list --json --state active")
        .succeeds()
        .column("id")
        .len()
}

/// Runs a verb whose reader has gone before it writes.
fn with_reader_gone(env: &TestEnv, line: &str, stdin: &str) -> (i32, String) {
    let (reader, writer) = std::io::pipe().unwrap();
    // Before it starts: on a busy machine it could be faster.
    drop(reader);
    let mut child = env
        .command(TOKENCTL)
        .args(line.split_whitespace())
        .stdin(Stdio::piped())
        .stdout(writer)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = child.stdin.take().unwrap();
    std::io::Write::write_all(&mut pipe, stdin.as_bytes()).unwrap();
    drop(pipe);
    let mut told = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut told)
        .unwrap();
    let exit = child.wait().unwrap().code().expect("no signal");
    (exit, told)
}

#[test]
fn secret_that_is_not_delivered_does_not_live() {
    let env = TestEnv::new();
    for (output, line) in [
        ("> /dev/full", "issue alice --full-access"),
        ("> /dev/full", "issue alice --full-access --json"),
        ("> /dev/full", "issue alice --full-access --format csv"),
        ("> /dev/full", "issue alice --full-access --header"),
        (">&-", "issue alice --full-access"),
        (">&-", "issue alice --full-access --json"),
    ] {
        let told = env
            .shell(&format!("\"$TOKENCTL\" {line} {output}"))
            .exits(28);
        assert_eq!(active(&env), 0, "{line} {output}: {told}");
        assert!(!told.all().contains("tkc_"), "{told}");
    }
    let revoked = env.run("list --json --state revoked").succeeds();
    let reasons = revoked.column("revoked_reason");
    assert_eq!(reasons, ["its secret could not be delivered"; 4]);
    assert_snapshot!(env.shell("\"$TOKENCTL\" issue alice --full-access > /dev/full"), @"
    ------- stderr -------
    error: the secret could not be delivered, so token [id] was revoked again: failed to write to stdout: No space left on device (os error 28)
    hint: mend the output and issue another
    [exit status: 28]
    ");
    assert_snapshot!(env.shell("\"$TOKENCTL\" issue alice --full-access --json > /dev/full"), @r#"
    ------- stderr -------
    {"error":{"code":"output","exit":28,"message":"the secret could not be delivered, so token [id] was revoked again: failed to write to stdout: No space left on device (os error 28)","hint":"mend the output and issue another"}}
    [exit status: 28]
    "#);
    assert_snapshot!(env.shell("\"$TOKENCTL\" issue alice --full-access >&-"), @"
    ------- stderr -------
    error: stdout is closed: nobody would see the secret
    hint: nothing was done; write it to a file with `--out FILE`
    [exit status: 28]
    ");
}

#[test]
fn secret_for_a_reader_that_has_gone_does_not_live() {
    let env = TestEnv::new();
    for line in [
        "issue alice --full-access",
        "issue alice --full-access --json",
    ] {
        let (exit, told) = with_reader_gone(&env, line, "");
        assert_eq!(exit, 28, "{told}");
        assert!(!told.contains("tkc_"), "{told}");
    }
    assert_eq!(active(&env), 0);
}

/// Returns the tokens by state, and whether `secret` is accepted.
fn states(env: &TestEnv, header: &str) -> (Vec<String>, i32) {
    let mut states = env.run("list --json").succeeds().column("state");
    states.sort();
    (states, env.run_with_stdin("verify", header).exit)
}

#[test]
fn rotation_whose_secret_is_not_delivered_has_not_happened() {
    for (output, flags) in [
        ("> /dev/full", "--yes"),
        ("> /dev/full", "--overlap 1h"),
        ("> /dev/full", "--yes --json"),
        ("> /dev/full", "--yes --format csv"),
        ("> /dev/full", "--yes --header"),
        ("> /dev/full", "--yes --out new.token --json"),
    ] {
        let env = TestEnv::new();
        let token = env.issue("--full-access --expires 30d");
        let line = format!("rotate {} {flags}", token.id);
        let told = env
            .shell(&format!("\"$TOKENCTL\" {line} {output}"))
            .exits(28);
        assert!(!told.all().contains("tkc_"), "{told}");
        assert!(!env.path("new.token").exists());
        let expected = (vec!["active".to_owned(), "revoked".to_owned()], 0);
        assert_eq!(states(&env, &token.header()), expected, "{line}: {told}");
        let record = env.run(&format!("show {} --json", token.id)).json();
        assert_eq!(record["rotated_to"], serde_json::Value::Null);
        env.run(&format!("rotate {} --yes", token.id)).succeeds();
    }
}

#[test]
fn rotation_for_nobody_is_not_begun_or_taken_back() {
    let env = TestEnv::new();
    let token = env.issue("--full-access");
    let line = format!("rotate {} --yes", token.id);
    assert_snapshot!(env.shell(&format!("\"$TOKENCTL\" {line} >&-")), @"
    ------- stderr -------
    error: stdout is closed: nobody would see the secret
    hint: nothing was done; write it to a file with `--out FILE`
    [exit status: 28]
    ");
    assert_eq!(states(&env, &token.header()).0, ["active"]);
    for more in ["", " --json"] {
        let (exit, told) = with_reader_gone(&env, &format!("{line}{more}"), "");
        assert_eq!(exit, 28, "{told}");
        assert!(!told.contains("tkc_"), "{told}");
    }
    let left = ["active", "revoked", "revoked"].map(str::to_owned);
    assert_eq!(states(&env, &token.header()), (left.to_vec(), 0));
    assert_snapshot!(env.shell(&format!("\"$TOKENCTL\" {line} > /dev/full")), @"
    ------- stderr -------
    error: the secret could not be delivered, so token [id] was not rotated: failed to write to stdout: No space left on device (os error 28)
    hint: mend the output and rotate it again
    [exit status: 28]
    ");
    env.shell(&format!("\"$TOKENCTL\" {line} --out new.token >&-"))
        .succeeds();
    assert_eq!(states(&env, &token.header()).1, 12);
}

#[test]
fn rotation_that_cannot_be_taken_back_names_what_lives() {
    let env = TestEnv::new();
    let token = env.issue("--full-access");
    let (reader, mut writer) = std::io::pipe().unwrap();
    // A full pipe: the secret waits to be written, and the rotation is committed.
    std::io::Write::write_all(&mut writer, &[b'x'; 64 * 1024]).unwrap();
    let rotating = env
        .command(TOKENCTL)
        .args(["rotate", &token.id, "--yes"])
        .stdout(writer)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let record = || env.run(&format!("show {} --json", token.id)).json();
    while record()["rotated_to"].is_null() {
        std::thread::yield_now();
    }
    let new = record()["rotated_to"].as_str().unwrap().to_owned();
    env.sql("INSERT INTO usage SELECT seq, 100 FROM token WHERE rotated_to IS NULL");
    drop(reader);
    let output = rotating.wait_with_output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(28), "{told}");
    let lives = format!("could not be undone: token {new} lives");
    assert!(told.contains(&lives), "{told}");
    assert!(
        told.contains("the token that has replaced it was used"),
        "{told}"
    );
    assert!(!told.contains("tkc_"), "{told}");
    assert_eq!(states(&env, &token.header()).0, ["active", "rotated"]);
}

#[test]
fn file_for_the_secret_makes_stdout_needless() {
    let env = TestEnv::new();
    env.shell("\"$TOKENCTL\" issue alice --full-access --out a.token >&-")
        .succeeds();
    env.shell("\"$TOKENCTL\" issue alice --full-access --out b.token > /dev/full")
        .succeeds();
    assert_eq!(active(&env), 2);
    // The record could not be delivered, and the file goes with the token.
    env.shell("\"$TOKENCTL\" issue alice --full-access --out c.token --json > /dev/full")
        .exits(28);
    assert!(!env.path("c.token").exists());
    assert_eq!(active(&env), 2);
}

#[test]
fn reading_verb_ends_quietly_when_its_reader_has_gone() {
    let env = TestEnv::new();
    let token = env.issue("--full-access");
    for line in [
        "list",
        "list --json",
        "list --format jsonl",
        "list --format csv",
        "audit list",
        "audit head",
        "audit verify",
        "stats",
        "user list",
        "config",
        "--help",
        "completions bash",
        "man",
    ] {
        assert_eq!(with_reader_gone(&env, line, "").0, 0, "{line}");
    }
    let (exit, told) = with_reader_gone(&env, &format!("show {}", token.id), "");
    assert_eq!((exit, told.as_str()), (0, ""));
    for _ in 0..40 {
        env.sql("INSERT INTO token SELECT NULL, substr(hex(randomblob(5)), 1, 10), randomblob(32), 0, user, note, labels, \
                 generator, created_at, created_by, updated_at, expires_at, NULL, NULL, '', policy, NULL, family, NULL, 1, NULL FROM token");
        if active(&env) > 500 {
            break;
        }
    }
    let head = env.shell("{ \"$TOKENCTL\" list --format jsonl; echo \"[$?]\" >&2; } | head -n 1");
    assert_eq!(head.stdout.lines().count(), 1);
    assert_eq!(head.stderr, "[0]\n");
}

#[test]
fn full_stdout_of_a_reading_verb_is_an_output_error() {
    let env = TestEnv::new();
    let token = env.issue("--full-access");
    for line in [
        "list",
        "list --json",
        "audit list",
        "audit verify",
        "stats --format csv",
        "user list",
        "config",
        "--help",
        "completions bash",
    ] {
        env.shell(&format!("\"$TOKENCTL\" {line} > /dev/full"))
            .exits(28);
    }
    env.shell(&format!(
        "\"$TOKENCTL\" verify -q {} > /dev/full",
        token.header()
    ))
    .exits(28);
    assert_snapshot!(env.shell("\"$TOKENCTL\" list > /dev/full"), @"
    ------- stderr -------
    error: failed to write to stdout: No space left on device (os error 28)
    hint: mend the output and run it again
    [exit status: 28]
    ");
}

#[test]
fn decision_keeps_its_code_when_its_reader_has_gone() {
    let env = TestEnv::new();
    let token = env.issue("--full-access");
    let header = token.header();
    for line in ["verify", "verify --json", "verify --format jsonl"] {
        assert_eq!(
            with_reader_gone(&env, line, &header),
            (0, String::new()),
            "{line}"
        );
        assert_eq!(with_reader_gone(&env, line, "token x").0, 10, "{line}");
        assert_eq!(with_reader_gone(&env, line, "").0, 11, "{line}");
    }
    env.run("revoke --all --yes").succeeds();
    assert_eq!(with_reader_gone(&env, "verify", &header).0, 12);
    assert_eq!(with_reader_gone(&env, "list --exit-code", "").0, 17);
}

#[test]
fn change_that_is_done_stays_and_says_so() {
    let env = TestEnv::new();
    let token = env.issue("--full-access");
    assert_snapshot!(env.shell("\"$TOKENCTL\" revoke --all --yes > /dev/full"), @"
    ------- stderr -------
    error: done, but the result could not be delivered: failed to write to stdout: No space left on device (os error 28)
    hint: it stays done: mend the output, and look at it instead of doing it again
    [exit status: 28]
    ");
    env.run_with_stdin("verify", token.header()).exits(12);
    let (exit, told) = with_reader_gone(&env, "user add bob", "");
    assert_eq!(exit, 28, "{told}");
    assert!(
        told.contains("done, but the result could not be delivered"),
        "{told}"
    );
    env.run("user show bob").succeeds();
    assert_snapshot!(env.shell("\"$TOKENCTL\" user disable bob --json > /dev/full"), @r#"
    ------- stderr -------
    {"error":{"code":"output","exit":28,"message":"done, but the result could not be delivered: failed to write to stdout: No space left on device (os error 28)","hint":"it stays done: mend the output, and look at it instead of doing it again"}}
    [exit status: 28]
    "#);
    assert_snapshot!(env.shell("\"$TOKENCTL\" user delete bob --yes > /dev/full"), @"
    ------- stderr -------
    Deleted user bob and revoked 0 tokens.
    error: done, but the result could not be delivered: failed to write to stdout: No space left on device (os error 28)
    hint: it stays done: mend the output, and look at it instead of doing it again
    [exit status: 28]
    ");
    env.run("user show bob").exits(3);
}

#[test]
fn dry_run_that_is_not_delivered_says_nothing_of_done() {
    let env = TestEnv::new();
    env.issue("--full-access");
    for line in ["revoke --all --dry-run", "user delete alice --dry-run"] {
        let told = env
            .shell(&format!("\"$TOKENCTL\" {line} > /dev/full"))
            .exits(28);
        assert!(!told.stderr.contains("error: done"), "{told}");
        assert_eq!(with_reader_gone(&env, line, "").0, 0, "{line}");
    }
    assert_eq!(active(&env), 1);
}

#[test]
fn stderr_that_is_full_or_closed_changes_nothing() {
    let env = TestEnv::new();
    for output in ["2> /dev/full", "2>&-"] {
        for (line, exit) in [
            ("list -vvv", 0),
            ("show 0000 -vvv", 3),
            ("verify -vvv token a,b", 11),
            ("list --nope", 2),
            ("user list --store missing.db", 21),
        ] {
            let script = format!("\"$TOKENCTL\" {line} {output} > /dev/null; echo $?");
            assert_eq!(
                env.shell(&script).stdout,
                format!("{exit}\n"),
                "{line} {output}"
            );
        }
        let issued = env
            .shell(&format!(
                "\"$TOKENCTL\" issue alice --read-only -vvv {output}"
            ))
            .succeeds();
        assert!(
            crate::harness::is_secret(issued.stdout.trim_end()),
            "{issued}"
        );
    }
}
