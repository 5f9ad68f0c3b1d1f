//! `tokenctl export` and `tokenctl copy`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::cli_import::{database, expected};
use crate::harness::TestEnv;

/// A store with tokens of ours and of others, in every state.
fn full() -> TestEnv {
    let env = TestEnv::new();
    for system in ["knox", "sanctum"] {
        database(&env, system);
        env.run(&format!("import {system} {system}.db --skip-bad"))
            .succeeds();
    }
    env.run("user rename bob bert").succeeds();
    let pruned = env.issue("--read-only --expires 1d");
    env.run(&format!("revoke {} --yes --reason leaked", pruned.id))
        .succeeds();
    env.sql("UPDATE token SET revoked_at = 5 WHERE revoked_at IS NOT NULL");
    env.run("prune --yes").succeeds();
    env
}

/// Returns all records of a store, without what is counted anew elsewhere.
fn records(env: &TestEnv) -> Value {
    env.run("list --json --sort id").succeeds().json()
}

#[test]
fn export_brought_into_another_store_is_the_same() {
    let env = full();
    let ours = env.issue("--read-only --note mine --label team=ops --network 10.0.0.0/8");
    let export = env.run("export").succeeds();
    assert!(!export.all().contains(&ours.secret));
    let other = TestEnv::empty();
    other
        .run_with_stdin("import tokenctl -", &export.stdout)
        .succeeds();
    assert_eq!(records(&other), records(&env));
    let header = ours.header();
    let line = "verify --address 10.0.0.1";
    other.run_with_stdin(line, &header).succeeds();
    for system in ["knox", "sanctum"] {
        for token in expected(system) {
            let header = token["header"].as_str().unwrap();
            let here = env.run_with_stdin("verify", header);
            let there = other.run_with_stdin("verify", header);
            assert_eq!((here.exit, here.stdout), (there.exit, there.stdout));
        }
    }
    // Names and tombstones too.
    other.run("user add bob").exits(4);
    let again = other.run_with_stdin("import tokenctl - --json", &export.stdout);
    let again = again.succeeds().json();
    assert_eq!(
        (&again["tokens_added"], &again["odd"]),
        (&json!(0), &json!([]))
    );
    let back = other.run("export").succeeds().stdout;
    let body = |text: &str| text.lines().skip(1).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(body(&back), body(&export.stdout));
}

#[test]
fn removed_token_does_not_come_back_by_an_old_export() {
    let env = TestEnv::new();
    let token = env.issue("--read-only");
    let export = env.run("export").stdout;
    env.run(&format!("revoke {} --yes", token.id)).succeeds();
    let told = env
        .run_with_stdin("import tokenctl - --json", &export)
        .succeeds()
        .json();
    assert_eq!(told["odd"][0]["code"], "dead_here");
    env.run_with_stdin("verify", token.header()).exits(12);
    env.sql("UPDATE token SET revoked_at = 5");
    env.run("prune --yes").succeeds();
    let told = env
        .run_with_stdin("import tokenctl - --json", &export)
        .succeeds()
        .json();
    assert_eq!(told["odd"][0]["code"], "removed_here");
    env.run_with_stdin("verify", token.header()).exits(10);
}

#[test]
fn export_that_was_cut_off_or_changed_brings_in_nothing() {
    let env = full();
    let export = env.run("export").stdout;
    let other = TestEnv::empty();
    let lines: Vec<&str> = export.split_inclusive('\n').collect();
    let cut = lines[..lines.len() - 1].concat();
    assert_snapshot!(other.run_with_stdin("import tokenctl -", &cut), @"
    ------- stderr -------
    error: line 24: the file was cut off: its end is missing
    hint: nothing was brought in: mend the file
    [exit status: 65]
    ");
    for bad in [
        export.replacen("\"version\":1", "\"version\":2", 1),
        export.replacen("\"note\":", "\"hunter2\":", 1),
        export.replacen("\"digest\":\"", "\"digest\":\"x", 1),
        export.replacen("\"user\":\"", "\"user\":\"\u{0}", 1),
        lines[1..].concat(),
        format!("{export}{export}"),
        "{}\n".to_owned(),
        "hunter2\n".to_owned(),
    ] {
        let told = other.run_with_stdin("import tokenctl -", &bad);
        assert!(!told.all().contains("hunter2"), "{told}");
        told.exits(65);
    }
    assert_eq!(records(&other), json!([]));
    assert_eq!(other.run("user list --json").json(), json!([]));
}

#[test]
fn revision_that_could_not_go_on_counting_is_refused() {
    let env = TestEnv::new();
    env.issue("--read-only");
    let export = env.run("export").stdout;
    let highest = 1_u64 << 53;
    for revision in [
        (highest + 1).to_string(),
        i64::MAX.to_string(),
        u64::MAX.to_string(),
    ] {
        let line = export.replace("\"revision\":1,", &format!("\"revision\":{revision},"));
        assert_ne!(line, export);
        let told = TestEnv::empty().run_with_stdin("import tokenctl -", line);
        assert!(told.stderr.contains("revision cannot be read"), "{told}");
        told.exits(65);
    }
    let negative = export.replace("\"revision\":1,", "\"revision\":-1,");
    TestEnv::empty()
        .run_with_stdin("import tokenctl -", negative)
        .exits(65);
    let last = export.replace("\"revision\":1,", &format!("\"revision\":{highest},"));
    let other = TestEnv::empty();
    other.run_with_stdin("import tokenctl -", last).succeeds();
    other.run("revoke --user alice --yes").succeeds();
}

#[test]
fn labels_that_break_their_rules_are_refused() {
    let env = TestEnv::new();
    env.issue("--read-only --label team=ops");
    let export = env.run("export").stdout;
    let many: serde_json::Map<String, Value> = (0..33)
        .map(|number| (format!("k{number}"), json!("v")))
        .collect();
    for labels in [
        json!({"": "ops"}),
        json!({"te\0am": "ops"}),
        json!({"team\n": "ops"}),
        json!({"team": "o\0ps"}),
        json!({"team": "x".repeat(257)}),
        json!({"team": "x".repeat(2 << 20)}),
        json!({"k".repeat(64): "ops"}),
        Value::Object(many),
    ] {
        let line = export.replace(r#"{"team":"ops"}"#, &labels.to_string());
        assert_ne!(line, export);
        let told = TestEnv::empty().run_with_stdin("import tokenctl -", line);
        assert!(told.stderr.contains("labels cannot be read"), "{told}");
        told.exits(65);
    }
}

#[test]
fn chosen_tokens_are_exported_alone() {
    let env = full();
    let export = env.run("export --user alice").succeeds();
    let kinds: Vec<String> = export
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Map<String, Value>>(line).unwrap())
        .map(|line| line.keys().next().unwrap().clone())
        .collect();
    assert_eq!(kinds, ["export", "token", "token", "end"]);
    assert_eq!(export.stderr, "Wrote 2 tokens.\n");
    env.run("export --user nobody").exits(3);
}

#[test]
fn part_of_a_family_makes_a_whole_store_elsewhere() {
    for state in ["active", "rotated"] {
        let env = TestEnv::new();
        let token = env.issue("--read-only");
        env.run(&format!("rotate {} --yes", token.id)).succeeds();
        env.run(&format!("export --state {state} --out part.jsonl"))
            .succeeds();
        env.run("init --store new.db").succeeds();
        env.run("import tokenctl part.jsonl --store new.db")
            .succeeds();
        env.run("check --store new.db").succeeds();
    }
}

#[test]
fn table_is_safe_in_a_spreadsheet_and_holds_no_secret() {
    let env = TestEnv::empty();
    database(&env, "djblets");
    env.run("import djblets djblets.db").succeeds();
    let table = env.run("export --format csv").succeeds();
    let header = table.stdout.lines().next().unwrap();
    assert!(header.starts_with("id,user,state,note,"), "{header}");
    assert!(header.ends_with(",revision,digest"), "{header}");
    assert!(
        table.stdout.contains(r#","'=HYPERLINK(""http://x"")","#),
        "{table}"
    );
    assert_eq!(table.stdout.matches("sha256:").count(), 12);
    // It is none of ours, but it can be mapped, but for tokens that are dead.
    let other = TestEnv::empty();
    other
        .run_with_stdin("import tokenctl -", &table.stdout)
        .exits(65);
    let line = "import csv - --map user=user,sha256=digest,expires=expires_at --read-only";
    other.run_with_stdin(line, &table.stdout).exits(65);
    let told = other.run_with_stdin(&format!("{line} --skip-bad"), &table.stdout);
    assert!(told.stderr.starts_with("Brought in 10 tokens"), "{told}");
}

#[test]
fn file_is_new_and_private() {
    let env = TestEnv::new();
    env.issue("--read-only");
    assert_snapshot!(env.run("export --out out.jsonl"), @"
    ------- stderr -------
    Wrote 1 token.
    [exit status: 0]
    ");
    let path = env.path("out.jsonl");
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o7777,
        0o600
    );
    let written = fs::read_to_string(&path).unwrap();
    assert!(written.lines().last().unwrap().starts_with(r#"{"end":"#));
    assert_snapshot!(env.run("export --out out.jsonl"), @"
    ------- stderr -------
    error: `out.jsonl` exists already
    hint: nothing was done: name a file that is not there yet
    [exit status: 4]
    ");
    assert_eq!(fs::read_to_string(&path).unwrap(), written);
    env.run("export --out tokens.db").exits(2);
    env.run("export --out missing/out.jsonl").exits(28);
    env.run("export --json").exits(2);
    env.run("export --store missing.db --out other.jsonl")
        .exits(21);
    assert!(!env.path("other.jsonl").exists());
}

#[test]
fn copy_is_the_same_store_elsewhere() {
    let env = full();
    let told = env.shell("unset TOKENCTL_STORE; $TOKENCTL copy tokens.db new.db");
    assert_snapshot!(told, @"
    place   code        user   message
    item 8  odd_name    аlice  the name does not follow the rule for new names; it is kept as it is
    item 8  look_alike  аlice  the name looks like `alice`; it is kept as it is
    ------- stderr -------
    Created the store new.db
    Brought in 11 tokens and 8 users.
    [exit status: 0]
    ");
    let path = env.path("new.db");
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o7777,
        0o600
    );
    let here = records(&env);
    let there = env.run("list --json --sort id --store new.db").json();
    assert_eq!(here, there);
    assert_snapshot!(env.run("copy tokens.db new.db"), @"
    ------- stderr -------
    Brought in 0 tokens and 0 users (11 tokens known already).
    [exit status: 0]
    ");
}

#[test]
fn copy_brings_nothing_to_life_and_needs_two_stores() {
    let env = TestEnv::new();
    let token = env.issue("--read-only");
    env.run("copy tokens.db new.db").succeeds();
    env.run(&format!("revoke {} --yes", token.id)).succeeds();
    // A revocation goes along, and does not come back.
    env.run("copy tokens.db new.db").succeeds();
    env.run_with_stdin("verify --store new.db", token.header())
        .exits(12);
    env.sql("UPDATE token SET revoked_at = NULL, revoked_reason = ''");
    env.run("copy tokens.db new.db").succeeds();
    env.run_with_stdin("verify --store new.db", token.header())
        .exits(12);

    env.run("copy tokens.db tokens.db").exits(2);
    env.run("copy tokens.db ./tokens.db").exits(2);
    env.run("copy tokens.db").exits(2);
    env.run("copy tokens.db other.db --store third.db").exits(2);
    env.run("copy missing.db other.db").exits(21);
    assert!(!env.path("other.db").exists());
    env.write("text", "not a store");
    env.run("copy tokens.db text").exits(23);
    assert_eq!(fs::read_to_string(env.path("text")).unwrap(), "not a store");
}

#[test]
fn store_is_not_copied_into_a_file_of_its_own() {
    let env = TestEnv::new();
    let token = env.issue("--read-only");
    for file in [
        "tokens.db",
        "tokens.db-journal",
        "tokens.db.lock",
        "tokens.db-wal",
    ] {
        env.run(&format!("copy tokens.db {file}")).exits(2);
        env.run(&format!("copy {file} tokens.db")).exits(2);
    }
    env.run_with_stdin("verify", token.header()).succeeds();
}

#[test]
fn out_names_a_file_and_an_export_is_no_table() {
    let env = TestEnv::new();
    assert_snapshot!(env.run("export --out -"), @"
    ------- stderr -------
    error: `--out` names a file
    hint: leave it out: the export goes to stdout
    [exit status: 2]
    ");
    assert!(!env.path("-").exists());
    assert_snapshot!(env.run("export --format table"), @"
    ------- stderr -------
    error: an export is JSON Lines, or CSV
    hint: leave the format out, or pass `--format csv`
    [exit status: 2]
    ");
    env.run("export --format json").exits(2);
    let lines = env.run("export --format jsonl").succeeds().stdout;
    assert!(lines.starts_with('{'), "{lines}");
}
