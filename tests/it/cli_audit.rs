//! `tokenctl audit`.

use insta::assert_snapshot;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::harness::TestEnv;

/// A store with five events: two users, two tokens, one of them revoked.
fn env() -> (TestEnv, String) {
    let env = TestEnv::new();
    env.run("user add bob").succeeds();
    let token = env.issue("--full-access --note first");
    env.issue_to("bob", "--full-access");
    env.run(&format!("revoke {} --yes --reason leaked", token.id))
        .succeeds();
    (env, token.id)
}

fn numbers(env: &TestEnv, flags: &str) -> Vec<u64> {
    let listed = env.run(&format!("audit list --json {flags}")).succeeds();
    let events = listed.json();
    let events = events.as_array().unwrap().iter();
    events.map(|event| event["seq"].as_u64().unwrap()).collect()
}

fn head(env: &TestEnv) -> String {
    let told = env.run("audit head").succeeds().stdout;
    told.strip_suffix('\n').unwrap().to_owned()
}

#[test]
fn empty_history_is_listed_and_whole() {
    let env = TestEnv::empty();
    assert_snapshot!(env.run("audit list"), @"
    ------- stderr -------
    0 events
    [exit status: 0]
    ");
    assert_eq!(env.run("audit list --json").succeeds().stdout, "[]\n");
    assert_snapshot!(env.run("audit head"), @"
    0:0000000000000000000000000000000000000000000000000000000000000000
    [exit status: 0]
    ");
    assert_snapshot!(env.run("audit head --json"), @r#"
    {
      "head": "0:0000000000000000000000000000000000000000000000000000000000000000",
      "seq": 0,
      "hash": "0000000000000000000000000000000000000000000000000000000000000000",
      "time": null
    }
    [exit status: 0]
    "#);
    assert_snapshot!(env.run("audit verify"), @"
    events  0
    head    0:0000000000000000000000000000000000000000000000000000000000000000
    ------- stderr -------
    hint: keep the head elsewhere: with `--head` it shows later that the end was not cut off
    [exit status: 0]
    ");
    let empty = head(&env);
    env.run(&format!("audit verify --head {empty}")).succeeds();
}

#[test]
fn events_are_listed_in_every_form() {
    let (env, _) = env();
    assert_snapshot!(env.run("audit list --columns seq,time,action,user,token"), @"
    seq  time                  action         user   token
    1    [time]  user.added     alice  -
    2    [time]  user.added     bob    -
    3    [time]  token.issued   alice  [id]
    4    [time]  token.issued   bob    [id]
    5    [time]  token.revoked  alice  [id]
    ------- stderr -------
    5 events
    [exit status: 0]
    ");
    let table = env.run("audit list --limit 1").succeeds();
    let first = table.stdout.lines().next().unwrap();
    assert_eq!(
        first.split_whitespace().collect::<Vec<_>>(),
        ["seq", "time", "actor", "action", "user", "token"]
    );
    assert_snapshot!(env.run("audit list --action token.revoked --format csv --columns seq,action,token,details"), @r#"
    seq,action,token,details
    5,token.revoked,[id],"{""reason"":""leaked""}"
    ------- stderr -------
    1 event
    [exit status: 0]
    "#);
    assert_snapshot!(env.run("audit list --limit 2 --format jsonl --columns seq,user,token"), @r#"
    {"seq":1,"user":"alice","token":null}
    {"seq":2,"user":"bob","token":null}
    ------- stderr -------
    2 events
    hint: more follow with `--after 2`
    [exit status: 0]
    "#);
}

#[test]
fn event_has_who_and_what() {
    let (env, id) = env();
    let listed = env
        .run("audit list --action token.revoked --json")
        .succeeds();
    let event = &listed.json()[0];
    let fields: Vec<&String> = event.as_object().unwrap().keys().collect();
    assert_eq!(
        fields,
        [
            "action",
            "actor",
            "actor_text",
            "details",
            "details_text",
            "hash",
            "previous_hash",
            "seq",
            "time",
            "token",
            "user"
        ]
    );
    assert_eq!(event["token"], id.as_str());
    assert_eq!(event["user"], "alice");
    assert_eq!(event["details"]["reason"], "leaked");
    let actor = &event["actor"];
    assert_eq!(actor["command"], "revoke");
    assert!(actor["uid"].is_number() && actor["pid"].is_number());
    assert!(!actor["name"].as_str().unwrap().is_empty());
    assert!(!actor["host"].as_str().unwrap().is_empty());
    assert_eq!(actor.get("sudo_user"), None);
}

#[test]
fn selectors_combine() {
    let (env, id) = env();
    for (flags, expected) in [
        ("", vec![1, 2, 3, 4, 5]),
        (&*format!("--token {}", &id[..5]), vec![3, 5]),
        ("--user bob", vec![2, 4]),
        ("--user nobody", vec![]),
        ("--action user.added --action token.revoked", vec![1, 2, 5]),
        ("--action token", vec![]),
        ("--since 1h", vec![1, 2, 3, 4, 5]),
        ("--until 1h", vec![]),
        ("--until 2999-12-31", vec![1, 2, 3, 4, 5]),
        ("--since 2999-12-31", vec![]),
        ("--after 3", vec![4, 5]),
        ("--after 3 --user bob", vec![4]),
        ("--limit 2", vec![1, 2]),
        ("--newest --limit 2", vec![5, 4]),
        ("--newest --after 4", vec![5]),
        ("--actor nobody-of-that-name", vec![]),
    ] {
        assert_eq!(numbers(&env, flags), expected, "{flags}");
    }
    let page = env.run("audit list --limit 4 --columns seq").succeeds();
    assert!(
        page.stderr.contains("more follow with `--after 4`"),
        "{page}"
    );
    let page = env.run("audit list --limit 5 --columns seq").succeeds();
    assert!(!page.stderr.contains("more follow"), "{page}");
    let page = env
        .run("audit list --newest --limit 4 --columns seq")
        .succeeds();
    let hint = "hint: older ones follow with a larger `--limit`";
    assert!(page.stderr.contains(hint), "{page}");
    let page = env
        .run("audit list --newest --limit 5 --columns seq")
        .succeeds();
    assert!(!page.stderr.contains("hint"), "{page}");
}

#[test]
fn date_counts_from_its_beginning_to_its_end() {
    let (env, _) = env();
    env.sql("UPDATE event SET at = unixepoch('2026-03-01T00:00:00Z') WHERE seq <= 2");
    env.sql("UPDATE event SET at = unixepoch('2026-03-01T23:59:59Z') WHERE seq > 2");
    assert_eq!(
        numbers(&env, "--since 2026-03-01 --until 2026-03-01"),
        [1, 2, 3, 4, 5]
    );
    assert_eq!(numbers(&env, "--since 2026-03-02"), [0; 0]);
    assert_eq!(numbers(&env, "--until 2026-02-28"), [0; 0]);
    assert_eq!(numbers(&env, "--since 2026-03-01T00:00:01Z"), [3, 4, 5]);
    assert_eq!(numbers(&env, "--until 2026-03-01T23:59:59Z"), [1, 2]);
}

#[test]
fn removed_token_is_still_found() {
    let (env, id) = env();
    env.sql(&format!("DELETE FROM token WHERE id = '{id}'"));
    env.run(&format!("show {id}")).exits(3);
    assert_eq!(numbers(&env, &format!("--token {id}")), [3, 5]);
    assert_eq!(numbers(&env, &format!("--token {}", &id[..6])), [3, 5]);
}

#[test]
fn faults_of_arguments_are_told() {
    let (env, _) = env();
    assert_snapshot!(env.run("audit list --token zzzz"), @"
    ------- stderr -------
    error: no token has an id that begins with zzzz
    hint: nothing was done; `tokenctl list` shows the tokens there are
    [exit status: 3]
    ");
    assert_snapshot!(env.run("audit list --token zz"), @"
    ------- stderr -------
    error: a token is named by its id of 10 characters or the first 4 of them or more, this has 2
    hint: `tokenctl list` shows the ids; a whole token is read by `tokenctl identify -`
    [exit status: 2]
    ");
    assert_snapshot!(env.run("audit list --since yesterday"), @"
    ------- stderr -------
    error: bad value for `--since`: a time such as `[time]`, a date such as `2026-12-31`, or a duration such as `90d`, `12h`, `1w`, `6mo` or `1y` is expected
    [exit status: 2]
    ");
    assert_snapshot!(env.run("audit list --after -1"), @"
    ------- stderr -------
    error: bad value for `--after <SEQ>`: the number of an event is expected
    hint: try 'tokenctl audit list --help'
    [exit status: 2]
    ");
    env.run("audit list --limit 0").exits(2);
    env.run("audit list --columns nope").exits(2);
    env.run("audit").exits(2);
    assert_snapshot!(env.run("audit verify --head 12"), @"
    ------- stderr -------
    error: bad value for `--head`: `SEQ:HASH` is expected, as `tokenctl audit head` prints it
    [exit status: 2]
    ");
    assert_snapshot!(env.run_with_stdin("audit verify --head -", "0:1\n"), @"
    ------- stderr -------
    error: line 1 of stdin is no head
    hint: `SEQ:HASH` is expected, as `tokenctl audit head` prints it
    [exit status: 65]
    ");
    assert_snapshot!(env.run_with_stdin("audit verify --head -", "\n"), @"
    ------- stderr -------
    error: there is no head on stdin
    hint: `SEQ:HASH` is expected, as `tokenctl audit head` prints it
    [exit status: 65]
    ");
}

#[test]
fn shipped_events_carry_all_that_their_hashes_are_made_of() {
    let env = TestEnv::new();
    env.run_with("user rename alice", "alice.b").succeeds();
    let note = "na\u{ef}ve \u{202e} \u{7f} \"quoted\" \\ \u{1f600}";
    env.run_args(&["issue", "alice.b", "--full-access", "--note", note])
        .succeeds();
    let shipped = env.run("audit list --format jsonl").succeeds().stdout;
    let mut previous = "0".repeat(64);
    let mut count = 0;
    for line in shipped.lines() {
        let event: Value = serde_json::from_str(line).unwrap();
        assert_eq!(event["previous_hash"], previous.as_str());
        previous = documented_hash(&event);
        assert_eq!(event["hash"], previous.as_str());
        count += 1;
        let actor: Value = serde_json::from_str(event["actor_text"].as_str().unwrap()).unwrap();
        assert_eq!(event["actor"], actor);
    }
    assert_eq!(count, 3);
    assert_eq!(head(&env), format!("3:{previous}"));
}

/// Computes the hash of a shipped event from the documentation alone.
fn documented_hash(event: &Value) -> String {
    let text = |name: &str| event[name].as_str().unwrap().as_bytes().to_vec();
    let previous: Vec<u8> = text("previous_hash")
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect();
    let at: jiff::Timestamp = event["time"].as_str().unwrap().parse().unwrap();
    let token = event["token"].as_str();
    let fields = [
        b"tokenctl event 1".to_vec(),
        previous,
        event["seq"].as_u64().unwrap().to_be_bytes().to_vec(),
        at.as_second().to_be_bytes().to_vec(),
        text("actor_text"),
        text("action"),
        text("user"),
        vec![u8::from(token.is_some())],
        token.unwrap_or_default().as_bytes().to_vec(),
        text("details_text"),
    ];
    let mut bytes = Vec::new();
    for field in fields {
        bytes.extend((field.len() as u64).to_be_bytes());
        bytes.extend(field);
    }
    let hash = Sha256::digest(&bytes);
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn whole_chain_is_told_with_its_head() {
    let (env, _) = env();
    let head = head(&env);
    assert!(head.starts_with("5:") && head.len() == 66, "{head}");
    let told = env.run("audit verify").succeeds();
    assert_eq!(told.stdout, format!("events  5\nhead    {head}\n"));
    assert!(told.stderr.contains("keep the head elsewhere"), "{told}");
    let told = env.run("audit verify --json").succeeds().json();
    assert_eq!(told, serde_json::json!({ "events": 5, "head": head }));
    let told = env.run("audit head --json").succeeds().json();
    assert_eq!(told["head"], head.as_str());
    assert_eq!(
        format!("{}:{}", told["seq"], told["hash"].as_str().unwrap()),
        head
    );
    assert!(told["time"].is_string());
    env.run("user add carol").succeeds();
    let told = env.run(&format!("audit verify --head {head}")).succeeds();
    assert_eq!(told.stderr, "");
    let later = env.run("audit head").succeeds().stdout;
    env.run_with_stdin("audit verify --head -", format!("{head}\n\n{later}"))
        .succeeds();
}

#[test]
fn broken_chain_is_told_with_its_first_fault() {
    let (env, _) = env();
    let kept = head(&env);
    env.sql(
        "CREATE TABLE keep AS SELECT * FROM event; UPDATE event SET user = 'bob' WHERE seq = 3",
    );
    assert_snapshot!(env.run("audit verify"), @"
    ------- stderr -------
    error: the chain of events is broken: event 3 was changed: what it says does not match its hash
    hint: the events up to number 2 hold: keep a copy of the file as it is, and compare it with a backup
    [exit status: 23]
    ");
    assert_snapshot!(env.run("audit verify --json"), @r#"
    ------- stderr -------
    {"error":{"code":"corrupt","exit":23,"message":"the chain of events is broken: event 3 was changed: what it says does not match its hash","hint":"the events up to number 2 hold: keep a copy of the file as it is, and compare it with a backup"}}
    [exit status: 23]
    "#);
    assert_eq!(numbers(&env, ""), [1, 2, 3, 4, 5], "it can still be read");
    env.sql("DELETE FROM event; INSERT INTO event SELECT * FROM keep WHERE seq < 5");
    env.run("audit verify").succeeds();
    assert_snapshot!(env.run(&format!("audit verify --head {kept}")), @"
    ------- stderr -------
    error: the chain of events is broken: the chain ends with event 4, and a head of event 5 was kept: its end was cut off
    hint: keep a copy of the file as it is, and compare it with the events that were shipped elsewhere or are in a backup
    [exit status: 23]
    ");
    env.run("user add carol").succeeds();
    assert_snapshot!(env.run_with_stdin("audit verify --head -", &kept), @"
    ------- stderr -------
    error: the chain of events is broken: event 5 is not the one whose head was kept: the chain was replaced up to it or before
    hint: keep a copy of the file as it is, and compare it with the events that were shipped elsewhere or are in a backup
    [exit status: 23]
    ");
    env.sql("UPDATE event SET details = '{\"by\":1}' WHERE seq = 5");
    assert_snapshot!(env.run("audit head"), @"
    ------- stderr -------
    error: the newest event was changed: what it says does not match its hash
    hint: `tokenctl audit verify` finds the first event that does not hold
    [exit status: 23]
    ");
}

#[test]
fn forged_texts_are_shown_as_they_are() {
    let (env, _) = env();
    env.sql(
        "UPDATE event SET actor = '=cmd' || char(27), details = 'nope', token = '\"' WHERE seq = 3",
    );
    assert_snapshot!(env.run("audit list --after 2 --limit 1 --columns seq,actor,token,details"), @r#"
    seq  actor       token  details
    3    =cmd\u{1b}  "      nope
    ------- stderr -------
    1 event
    hint: more follow with `--after 3`
    [exit status: 0]
    "#);
    assert_snapshot!(env.run("audit list --after 2 --limit 1 --format csv --columns seq,actor,token"), @r#"
    seq,actor,token
    3,'=cmd\u{1b},""""
    ------- stderr -------
    1 event
    hint: more follow with `--after 3`
    [exit status: 0]
    "#);
    assert_eq!(numbers(&env, "--actor =cmd"), [0; 0]);
}

#[test]
fn claim_of_sudo_is_kept_and_bounded() {
    let env = TestEnv::new();
    for (claim, name) in [("carol", "bob"), (&*"x".repeat(100_000), "dave")] {
        let output = env
            .command(crate::harness::TOKENCTL)
            .args(["user", "add", name])
            .env("SUDO_USER", claim)
            .output()
            .unwrap();
        assert!(output.status.success());
    }
    assert_eq!(numbers(&env, "--actor carol"), [2]);
    let event = &env.run("audit list --after 2 --json").succeeds().json()[0];
    let kept = event["actor"]["sudo_user"].as_str().unwrap();
    assert_eq!(kept, format!("{}…", "x".repeat(256)));
    let table = env
        .run("audit list --after 1 --limit 1 --columns actor")
        .succeeds();
    assert!(table.stdout.contains("(sudo: carol)"), "{table}");
}

#[test]
fn long_table_has_one_header_and_a_gone_reader_ends_it_quietly() {
    let env = TestEnv::new();
    env.sql(
        "WITH RECURSIVE n (x) AS (SELECT 2 UNION ALL SELECT x + 1 FROM n WHERE x < 2500) \
         INSERT INTO event SELECT x, 0, '{\"name\":\"a\"}', 'user.added', 'u' || x, NULL, '{}', \
         zeroblob(32), zeroblob(32) FROM n",
    );
    let table = env.run("audit list --columns seq,user").succeeds();
    assert_eq!(table.stdout.lines().count(), 2_500 + 1);
    assert!(table.stdout.starts_with("seq   user\n"), "{table}");
    for format in ["table", "json", "jsonl", "csv"] {
        let told = env.shell(&format!(
            "{{ \"$TOKENCTL\" audit list --format {format}; echo $? >&2; }} | head -n 1 > /dev/null"
        ));
        assert_eq!(told.stderr, "0\n", "{format}");
    }
}
