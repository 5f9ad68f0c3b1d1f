//! Hostile text that users can set, through every verb and format.

use std::fs;

use serde_json::Value;

use crate::harness::{CommandOutput, TestEnv, set_mode};

const HOSTILE: &[&str] = &[
    "\u{1b}[31mred\u{1b}[0m",
    "\u{1b}]0;owned\u{7}",
    "\u{1b}]52;c;aGFja2Vk\u{7}",
    "\u{1b}]8;;http://evil\u{1b}\\click\u{1b}]8;;\u{1b}\\",
    "\u{9b}31mc1",
    "\u{90}dcs\u{9c}",
    "line\nbreak",
    "carriage\rreturn",
    "tab\tbed",
    "back\u{8}\u{8}space",
    "bell\u{7}delete\u{7f}",
    "user\u{202e}nimda",
    "iso\u{2066}late\u{2069}",
    "zero\u{200b}width\u{200d}\u{feff}",
    "soft\u{ad}hyphen",
    "tag\u{e0041}\u{e007f}",
    "private\u{e000}use",
    "line\u{2028}separator\u{2029}",
    "back\\slash \\u{1b}",
    "e\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}zalgo",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(A1:A9)",
    "\t=1+1",
    "\r=1+1",
    "\u{ff1d}1+1",
    "\" , =1+1",
    " =1+1",
    "'=1+1",
    "a,b\"c",
    "{\"json\":true}",
    "| table | row |",
];

/// Checks that nothing but printable text leaves, apart from line breaks that the program made.
#[track_caller]
fn assert_harmless(output: &CommandOutput, what: &str) {
    for character in output.all().chars() {
        let code = u32::from(character);
        let is_bad = (character.is_control() && character != '\n')
            || matches!(code, 0xad | 0x61c | 0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f | 0xfeff)
            || matches!(code, 0xe000..=0xf8ff | 0xe_0000..=0xe_0fff);
        assert!(!is_bad, "{what:?}: U+{code:04X} in {:?}", output.all());
    }
}

fn cells(record: &str) -> Vec<String> {
    let mut reader = Vec::new();
    let (mut cell, mut quoted) = (String::new(), false);
    let mut characters = record.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                cell.push('"');
                characters.next();
            }
            '"' => quoted = !quoted,
            ',' if !quoted => reader.push(std::mem::take(&mut cell)),
            other => cell.push(other),
        }
    }
    reader.push(cell);
    reader
}

#[test]
fn hostile_notes_labels_and_reasons_are_shown_and_never_run() {
    let env = TestEnv::new();
    for text in HOSTILE {
        let note = format!("--note={text}");
        let flags = ["issue", "alice", "--full-access", "--json", &note];
        let label = format!("--label=k={text}");
        let labelled = env.run_args(&[&flags[..], &[&label]].concat());
        assert_harmless(&labelled, text);
        // A label may be refused; a note is kept as it is.
        let has_label = labelled.exit == 0;
        let issued = if has_label {
            labelled
        } else {
            env.run_args(&flags).succeeds()
        };
        let record = issued.json();
        assert_eq!(record["note"], *text, "JSON brings it back");
        if has_label {
            assert_eq!(record["labels"]["k"], *text);
        }
        let id = record["id"].as_str().unwrap().to_owned();
        let revoked = env
            .run_args(&["revoke", &id, "--yes", &format!("--reason={text}")])
            .succeeds();
        assert_harmless(&revoked, text);
        assert_eq!(revoked.stdout.lines().count(), 2, "{text:?}: one row");
        let header = format!("token {}", record["token"].as_str().unwrap());
        let verified = env.run_with_stdin("verify", header).exits(12);
        assert_harmless(&verified, text);
        assert_eq!(verified.all().lines().count(), 2, "{text:?}");
        for format in ["table", "json", "jsonl", "csv"] {
            let shown = env.run(&format!("show {id} --format {format}")).succeeds();
            assert_harmless(&shown, text);
        }
    }
    let count = HOSTILE.len();
    let table = env
        .run("list --columns id,note,revoked_reason,labels -q")
        .succeeds();
    assert_harmless(&table, "list");
    assert_eq!(table.stdout.lines().count(), count + 1, "one row a token");
    let lines = env.run("list --format jsonl").succeeds();
    assert_harmless(&lines, "jsonl");
    let notes: Vec<Value> = lines
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    for (record, text) in notes.iter().zip(HOSTILE) {
        assert_eq!(record["note"], *text);
        assert_eq!(record["revoked_reason"], *text);
    }
    assert_harmless(&env.run("list --json").succeeds(), "json");
}

#[test]
fn no_cell_of_csv_is_a_formula() {
    let env = TestEnv::new();
    for text in HOSTILE {
        env.run_args(&[
            "issue",
            "alice",
            "--full-access",
            "-q",
            &format!("--note={text}"),
        ])
        .succeeds();
    }
    let csv = env
        .run("list --format csv --columns note,id,user")
        .succeeds();
    assert_harmless(&csv, "csv");
    let rows: Vec<Vec<String>> = csv.stdout.lines().skip(1).map(cells).collect();
    assert_eq!(rows.len(), HOSTILE.len());
    for (row, text) in rows.iter().zip(HOSTILE) {
        assert_eq!(row.len(), 3, "{text:?}: {row:?}");
        let first = row[0].chars().next().unwrap();
        assert!(
            !"=+-@\t\r\u{ff1d}\u{ff0b}\u{ff0d}\u{ff20}".contains(first),
            "{text:?}: {row:?}"
        );
        let bare = text.trim_start_matches([' ', '"', '\'']);
        if bare.starts_with(['=', '+', '-', '@', '\t', '\r', '\u{ff1d}']) {
            assert!(row[0].starts_with('\''), "{text:?}: {row:?}");
        }
    }
}

#[test]
fn hostile_names_are_refused_and_escaped_in_the_error() {
    let env = TestEnv::new();
    for text in HOSTILE.iter().chain(&[
        "", " ", "аlice", "al ice", "../alice", "alice/x", "a\u{301}",
    ]) {
        for arguments in [
            ["user", "add", "--", text].as_slice(),
            &["issue", "--full-access", "--create-user", "--", text],
            &["user", "rename", "--", "alice", text],
        ] {
            let refused = env.run_args(arguments);
            assert_harmless(&refused, text);
            assert_eq!(refused.exit, 2, "{text:?}: {refused}");
        }
        for arguments in [
            ["user", "show", "--", text].as_slice(),
            &["issue", "--full-access", "--", text],
            &["list", &format!("--user={text}")],
            &["user", "delete", "--yes", "--", text],
            &["user", "disable", "--json", "--", text],
        ] {
            let unknown = env.run_args(arguments);
            assert_harmless(&unknown, text);
            assert_eq!(unknown.exit, 3, "{text:?}: {unknown}");
        }
    }
    assert_eq!(
        env.run("user list --json").succeeds().column("name"),
        ["alice"]
    );
}

#[test]
fn hostile_paths_are_escaped() {
    let env = TestEnv::new();
    for text in HOSTILE.iter().filter(|text| !text.contains('/')) {
        for flag in ["--store", "--config", "--policy", "--out"] {
            let mut arguments = vec!["issue", "alice", "--json"];
            let joined = format!("{flag}={text}");
            arguments.push(&joined);
            if flag != "--policy" {
                arguments.push("--read-only");
            }
            let output = env.run_args(&arguments);
            assert_harmless(&output, text);
            arguments.retain(|argument| *argument != "--json");
            assert_harmless(&env.run_args(&arguments), text);
        }
    }
}

#[test]
fn what_the_library_says_is_one_line_whatever_it_holds() {
    let env = TestEnv::empty();
    let directory = env.path("a\n WARN forged\u{1b}[31m\u{202e}");
    fs::create_dir(&directory).unwrap();
    set_mode(&directory, 0o770);
    let store = directory.join("tokens.db");
    let told = env
        .run_args(&["init", "-vvv", "--store", store.to_str().unwrap()])
        .succeeds();
    assert_harmless(&told, "a directory");
    for line in told.stderr.lines() {
        let known = [
            " WARN the group",
            " INFO there is no configuration",
            " INFO created the store",
            "DEBUG opened a connection",
            "Created",
        ];
        assert!(known.iter().any(|words| line.starts_with(words)), "{told}");
    }
    assert!(
        told.stderr.contains(" WARN the group can replace"),
        "{told}"
    );
    let json = env.run_args(&["list", "--json", "-vvv", "--store", store.to_str().unwrap()]);
    assert_eq!(json.succeeds().stderr, "");
}

#[test]
fn hostile_words_of_every_verb_are_escaped() {
    let env = TestEnv::new();
    for text in HOSTILE {
        for arguments in [
            ["show", "--", text].as_slice(),
            &["revoke", "--yes", "--", text],
            &["list", &format!("--after={text}")],
            &["list", &format!("--columns={text}")],
            &["list", &format!("--label={text}")],
            &["list", &format!("--state={text}")],
            &["list", &format!("--generator={text}")],
            &["audit", "list", &format!("--token={text}")],
            &["audit", "list", &format!("--since={text}")],
            &["audit", "list", &format!("--actor={text}")],
            &["audit", "list", &format!("--columns={text}")],
            &["audit", "list", &format!("--after={text}")],
            &["audit", "verify", &format!("--head={text}")],
            &["stats", &format!("--owners={text}")],
            &["verify", "--", text],
            &["verify", &format!("--address={text}"), "x"],
            &["verify", &format!("--resource={text}"), "x"],
            &["identify", "--", text],
            &[
                "issue",
                "alice",
                "--read-only",
                &format!("--expires={text}"),
            ],
            &["issue", "alice", "--read-only", &format!("--prefix={text}")],
            &[
                "issue",
                "alice",
                "--read-only",
                &format!("--generator={text}"),
            ],
            &[
                "issue",
                "alice",
                "--read-only",
                &format!("--network={text}"),
            ],
            &["completions", "--", text],
            &[text],
        ] {
            let output = env.run_args(arguments);
            assert_harmless(&output, text);
            assert_ne!(output.exit, 1);
        }
    }
}
