//! `tokenctl scan`: what is found, where, and how it is told.

use std::fs;
use std::os::unix::ffi::OsStrExt as _;

use insta::assert_snapshot;

use crate::harness::TestEnv;

/// A token of ours that no store knows.
pub(crate) const STRANGE: &str = "tkc_7k3m9qx2ab_0123456789ABCDEFGHIJKLMNOPQRSTUV1uxfuw";

/// Returns `text` with a NUL between, before and behind.
fn binary(text: &str) -> Vec<u8> {
    [b"\x7fELF\0\xff\xfe\n\0", text.as_bytes(), b"\0\xff\n"].concat()
}

#[test]
fn diff_log_and_dump_are_searched_in_order() {
    let env = TestEnv::new();
    let (live, dead) = (env.issue("--read-only"), env.issue("--read-only"));
    env.run(&format!("revoke {} --yes", dead.id)).succeeds();
    fs::create_dir(env.path("src")).unwrap();
    let diff = format!(
        "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-T=\"\"\n+T=\"{}\"\n",
        live.secret
    );
    env.write("src/a.diff", &diff);
    fs::write(env.path("src/core"), binary(&dead.secret)).unwrap();
    let log = format!("GET /\nGET /?t={}&u={STRANGE}\\n\n", live.secret);
    env.write("src/z.log", &log);
    assert_snapshot!(env.run("scan src"), @"
    file        line  found    id          user   state    last_used_at
    src/a.diff  5     live     [id]  alice  active   -
    src/core    2     dead     [id]  alice  revoked  -
    src/z.log   2     live     [id]  alice  active   -
    src/z.log   2     unknown  [id]  -      -        -
    ------- stderr -------
    Scanned 3 files: 4 findings, 2 live.
    [exit status: 17]
    ");
    assert_snapshot!(env.run("scan src/z.log --format csv"), @"
    file,line,column,offset,found,generator,id,user,state,last_used_at
    src/z.log,2,9,14,live,tokenctl_v1,[id],alice,active,
    src/z.log,2,65,70,unknown,tokenctl_v1,[id],,,
    ------- stderr -------
    Scanned 1 file: 2 findings, 1 live.
    [exit status: 17]
    ");
    assert_snapshot!(env.run("scan src/a.diff --json"), @r#"
    [
      {
        "file": "src/a.diff",
        "line": 5,
        "column": 5,
        "offset": 38,
        "found": "live",
        "generator": "tokenctl_v1",
        "id": "[id]",
        "user": "alice",
        "state": "active",
        "last_used_at": null
      }
    ]
    [exit status: 17]
    "#);
}

#[test]
fn pre_commit_hook_reads_stdin() {
    let env = TestEnv::new();
    let token = env.issue("--read-only");
    assert_snapshot!(env.run_with_stdin("scan -", &token.secret), @"
    file  line  found  id          user   state   last_used_at
    -     1     live   [id]  alice  active  -
    ------- stderr -------
    Scanned 1 file: 1 finding, 1 live.
    [exit status: 17]
    ");
    env.run_with_stdin("scan", &token.secret).exits(17);
    assert_snapshot!(env.run_with_stdin("scan -", "nothing here"), @"
    ------- stderr -------
    Scanned 1 file: 0 findings.
    [exit status: 0]
    ");
    assert_snapshot!(env.run("scan"), @"
    ------- stderr -------
    Scanned 1 file: 0 findings.
    hint: nothing was read: name files, or `.` for this directory
    [exit status: 0]
    ");
    assert_snapshot!(env.run("scan - -"), @"
    ------- stderr -------
    error: stdin is named twice
    [exit status: 2]
    ");
}

#[test]
fn what_is_not_live_is_told_and_is_no_failure() {
    let env = TestEnv::new();
    let (revoked, expired) = (env.issue("--read-only"), env.issue("--read-only"));
    env.run(&format!("revoke {} --yes", revoked.id)).succeeds();
    env.sql(&format!(
        "UPDATE token SET expires_at = created_at WHERE id = '{}'",
        expired.id
    ));
    let text = format!("{} {} {STRANGE}", revoked.secret, expired.secret);
    let told = env.run_with_stdin("scan - --json", text).succeeds();
    assert_eq!(told.column("found"), ["dead", "dead", "unknown"]);
    let told = told.json();
    assert_eq!(told[0]["state"], "revoked");
    assert_eq!(told[1]["state"], "expired");
    assert_eq!(told[2]["id"], "7k3m9qx2ab");
    assert_eq!(told[2]["user"], serde_json::Value::Null);
}

#[test]
fn what_can_come_back_to_life_is_live() {
    let env = TestEnv::new();
    let (suspended, of_disabled) = (env.issue("--read-only"), env.issue("--read-only"));
    env.sql(&format!(
        "UPDATE token SET suspended_at = created_at WHERE id = '{}'",
        suspended.id
    ));
    let told = env
        .run_with_stdin("scan - --json", suspended.secret)
        .exits(17);
    assert_eq!(told.column("found"), ["live"]);
    assert_eq!(told.column("state"), ["suspended"]);
    env.run("user disable alice").succeeds();
    let told = env
        .run_with_stdin("scan - --json", of_disabled.secret)
        .exits(17);
    assert_eq!(told.column("found"), ["live"]);
}

#[test]
fn bare_words_are_looked_up_on_request() {
    let env = TestEnv::new();
    let old = env.issue("--read-only --generator legacy_sha1");
    let vendor = env.issue("--read-only");
    let commit = "da39a3ee5e6b4b0d3255bfef95601890afd80709";
    let text = format!("commit {commit}\ntoken={}\n{}\n", old.secret, vendor.secret);
    let told = env.run_with_stdin("scan - --json", &text).exits(17);
    assert_eq!(told.column("id"), [vendor.id.as_str()]);
    let told = env.run_with_stdin("scan - --hex40 --json", &text).exits(17);
    assert_eq!(told.column("id"), [old.id.as_str(), vendor.id.as_str()]);
    assert_eq!(told.column("generator"), ["legacy_sha1", "tokenctl_v1"]);
    assert!(!told.all().contains(commit));
    let told = env
        .run_with_stdin("scan - --hex40 --json", commit)
        .succeeds();
    assert_eq!(told.json(), serde_json::json!([]));
}

#[test]
fn prefixes_and_types_are_those_of_the_configuration() {
    let env = TestEnv::new();
    env.configure("[auth]\nprefixes = [\"acme\"]\nvendor_types = [\"rbp\"]\n");
    let ours = env.issue("--read-only --prefix acme");
    let vendor = env.issue("--read-only --generator vendor_checksum --prefix rbp");
    let text = format!("{}\n{}\n", ours.secret, vendor.secret);
    let told = env.run_with_stdin("scan - --json", &text).exits(17);
    assert_eq!(told.column("id"), [ours.id.as_str(), vendor.id.as_str()]);
    env.configure("");
    let told = env.run_with_stdin("scan - --json", &text).succeeds();
    assert_eq!(told.json(), serde_json::json!([]));
}

#[test]
fn without_a_store_form_alone_is_told() {
    let env = TestEnv::without_store();
    let text = format!("{STRANGE}\n{}x", &STRANGE[..52]);
    assert_snapshot!(env.run_with_stdin("scan -", &text), @"
    file  line  found        id          user  state  last_used_at
    -     1     well_formed  [id]  -     -      -
    ------- stderr -------
    warning: no token store at [dir]/home/.local/share/tokenctl/tokens.db: tokens are told by their form alone, and each may be live
    hint: name the store with `--store`
    Scanned 1 file: 1 finding, which may be live.
    [exit status: 17]
    ");
    let told = env.run_with_stdin("scan - --json", &text).exits(17);
    assert_eq!(told.column("found"), ["well_formed"]);
    env.run_with_stdin("scan -", "clean").succeeds();
    assert!(!env.path("home/.local").exists(), "no store is made");
    for flags in ["--hex40", "--revoke --yes", "--store missing.db"] {
        env.run_with_stdin(&format!("scan - {flags}"), &text)
            .exits(21);
    }
}

#[test]
fn store_that_cannot_tell_is_no_clean_scan() {
    let env = TestEnv::new();
    let token = env.issue("--read-only");
    env.sql("PRAGMA user_version = 99");
    env.run_with_stdin("scan -", &token.secret).exits(24);
    fs::write(
        env.store(),
        "not a database, though long enough to be taken for one",
    )
    .unwrap();
    env.run_with_stdin("scan -", &token.secret).exits(23);
}

#[test]
fn hostile_names_are_escaped_and_tokens_in_names_hidden() {
    let env = TestEnv::new();
    let token = env.issue("--read-only");
    fs::create_dir(env.path("d")).unwrap();
    let names: [&[u8]; 4] = [
        b"a\x1b[2J\n.log",
        b"b\xff.log",
        "c\u{202e}.log".as_bytes(),
        token.secret.as_bytes(),
    ];
    for name in names {
        let path = env.path("d").join(std::ffi::OsStr::from_bytes(name));
        fs::write(path, &token.secret).unwrap();
    }
    let told = |line| env.run(line).to_string().replace(&token.id, "[id]");
    assert_snapshot!(told("scan d"), @r"
    file                       line  found  id          user   state   last_used_at
    d/a\u{1b}[2J\u{a}.log      1     live   [id]  alice  active  -
    d/b\\xff.log               1     live   [id]  alice  active  -
    d/c\u{202e}.log            1     live   [id]  alice  active  -
    d/tkc_[id]_[hidden]  1     live   [id]  alice  active  -
    ------- stderr -------
    Scanned 4 files: 4 findings, 4 live.
    [exit status: 17]
    ");
    assert_snapshot!(told("scan d --format jsonl"), @r#"
    {"file":"d/a\u001b[2J\n.log","line":1,"column":1,"offset":0,"found":"live","generator":"tokenctl_v1","id":"[id]","user":"alice","state":"active","last_used_at":null}
    {"file":"d/b\\xff.log","line":1,"column":1,"offset":0,"found":"live","generator":"tokenctl_v1","id":"[id]","user":"alice","state":"active","last_used_at":null}
    {"file":"d/c\u202e.log","line":1,"column":1,"offset":0,"found":"live","generator":"tokenctl_v1","id":"[id]","user":"alice","state":"active","last_used_at":null}
    {"file":"d/tkc_[id]_[hidden]","line":1,"column":1,"offset":0,"found":"live","generator":"tokenctl_v1","id":"[id]","user":"alice","state":"active","last_used_at":null}
    ------- stderr -------
    Scanned 4 files: 4 findings, 4 live.
    [exit status: 17]
    "#);
    assert_snapshot!(told("scan d --format csv"), @r"
    file,line,column,offset,found,generator,id,user,state,last_used_at
    d/a\u{1b}[2J\u{a}.log,1,1,0,live,tokenctl_v1,[id],alice,active,
    d/b\\xff.log,1,1,0,live,tokenctl_v1,[id],alice,active,
    d/c\u{202e}.log,1,1,0,live,tokenctl_v1,[id],alice,active,
    d/tkc_[id]_[hidden],1,1,0,live,tokenctl_v1,[id],alice,active,
    ------- stderr -------
    Scanned 4 files: 4 findings, 4 live.
    [exit status: 17]
    ");
}

#[test]
fn no_format_shows_a_secret() {
    let env = TestEnv::new();
    let (live, old) = (
        env.issue("--read-only"),
        env.issue("--read-only --generator legacy_sha1"),
    );
    let text = format!("{} {} {STRANGE}", live.secret, old.secret);
    let path = env.write(&format!("{}.log", old.secret), &text);
    let path = path.to_str().unwrap();
    for format in ["table", "json", "jsonl", "csv"] {
        for flags in ["", "-vvv", "--revoke --dry-run"] {
            let line = format!("scan --hex40 --format {format} {flags}");
            let told = env.run_with(&line, path).exits(17).all();
            for secret in [&live.secret[15..], &old.secret, &STRANGE[15..]] {
                assert!(!told.contains(secret), "{line}: {told}");
            }
            assert!(told.contains(&live.id), "{line}: {told}");
        }
    }
}

#[test]
fn live_token_is_found_though_nobody_reads_the_answer() {
    let env = TestEnv::new();
    let token = env.issue("--read-only");
    let many = format!("{STRANGE}\n").repeat(20_000);
    env.write("big.log", &format!("{many}{}\n", token.secret));
    let told = env
        .shell("{ \"$TOKENCTL\" scan big.log --format jsonl; echo \"exit $?\" >&2; } | head -n 1");
    assert!(told.stderr.ends_with("exit 17\n"), "{told}");
}

#[test]
fn many_files_are_told_in_the_order_of_their_names() {
    let env = TestEnv::new();
    let token = env.issue("--read-only");
    let mut expected = Vec::new();
    for directory in 0..20 {
        fs::create_dir_all(env.path(&format!("tree/{directory:02}"))).unwrap();
        for file in 0..30 {
            let name = format!("tree/{directory:02}/{file:02}.log");
            // The first are the longest, and would be the last to be done.
            let text = format!("{}\n", "x".repeat(70)).repeat((30 - file) * 40);
            env.write(&name, &format!("{text}{}\n{STRANGE}\n", token.secret));
            expected.extend([name.clone(), name]);
        }
    }
    let told = env.run("scan tree --json").exits(17);
    assert_eq!(told.column("file"), expected);
}
