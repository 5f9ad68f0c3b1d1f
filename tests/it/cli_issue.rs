//! `tokenctl issue`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use insta::assert_snapshot;

use crate::harness::{TestEnv, is_secret};

#[test]
fn secret_is_all_that_stdout_holds() {
    let env = TestEnv::new();
    assert_snapshot!(env.run("issue alice --read-only"), @"
    [token]
    ------- stderr -------
    Issued token [id] of alice, which ends [time]
    It may do: GET, HEAD and OPTIONS on everything, nothing else.
    [exit status: 0]
    ");
    assert_snapshot!(env.run("issue alice --full-access -q"), @"
    [token]
    [exit status: 0]
    ");
    assert_snapshot!(env.run("issue alice --full-access --expires never --note x --label a=b --label c=d --network 10.0.0.0/8 --network 2001:db8::/32"), @"
    [token]
    ------- stderr -------
    Issued token [id] of alice, which never ends
    It may do: everything.
    It may be used from 10.0.0.0/8, 2001:db8::/32
    [exit status: 0]
    ");
}

#[test]
fn record_of_a_deprecated_format_says_so() {
    let env = TestEnv::new();
    let issued = env.run("issue alice --full-access --generator legacy_sha1 --json");
    assert_eq!(issued.succeeds().json()["deprecated"], true);
}

#[test]
fn machine_forms_hold_the_record_and_the_secret() {
    let env = TestEnv::new();
    assert_snapshot!(env.run("issue alice --full-access --json"), @r#"
    {
      "id": "[id]",
      "user": "alice",
      "state": "active",
      "note": "",
      "labels": {},
      "generator": "tokenctl_v1",
      "deprecated": false,
      "created_at": "[time]",
      "created_by": "[caller]",
      "updated_at": "[time]",
      "expires_at": "[time]",
      "last_used_at": null,
      "suspended_at": null,
      "revoked_at": null,
      "revoked_reason": null,
      "policy": {},
      "networks": null,
      "family": "[id]",
      "rotated_to": null,
      "revision": 1,
      "token": "[token]"
    }
    [exit status: 0]
    "#);
    assert_snapshot!(env.run("issue alice --full-access --format jsonl"), @r#"
    {"id":"[id]","user":"alice","state":"active","note":"","labels":{},"generator":"tokenctl_v1","deprecated":false,"created_at":"[time]","created_by":"[caller]","updated_at":"[time]","expires_at":"[time]","last_used_at":null,"suspended_at":null,"revoked_at":null,"revoked_reason":null,"policy":{},"networks":null,"family":"[id]","rotated_to":null,"revision":1,"token":"[token]"}
    ------- stderr -------
    Issued token [id] of alice, which ends [time]
    It may do: everything.
    [exit status: 0]
    "#);
    let csv = env.run("issue alice --full-access --format csv").succeeds();
    let rows: Vec<&str> = csv.stdout.lines().collect();
    assert!(rows[0].ends_with(",revision,token"), "{csv}");
    assert!(is_secret(rows[1].rsplit(',').next().unwrap()), "{csv}");
}

#[test]
fn header_is_ready_for_a_pipe() {
    let env = TestEnv::new();
    assert_snapshot!(env.run("issue alice --read-only --header"), @"
    Authorization: token [token]
    ------- stderr -------
    Issued token [id] of alice, which ends [time]
    It may do: GET, HEAD and OPTIONS on everything, nothing else.
    [exit status: 0]
    ");
    assert_snapshot!(env.run("issue alice --read-only --header --json"), @r#"
    ------- stderr -------
    {"error":{"code":"usage","exit":2,"message":"`--header` prints text and cannot be used with another format","hint":null}}
    [exit status: 2]
    "#);
    let piped =
        env.shell("\"$TOKENCTL\" issue alice --read-only --header -q | \"$TOKENCTL\" verify");
    assert_snapshot!(piped, @"
    accepted alice [id]
    [exit status: 0]
    ");
}

#[test]
fn secret_is_written_to_a_new_file() {
    let env = TestEnv::new();
    assert_snapshot!(env.run("issue alice --read-only --out new.token"), @"
    ------- stderr -------
    Issued token [id] of alice, which ends [time]
    It may do: GET, HEAD and OPTIONS on everything, nothing else.
    [exit status: 0]
    ");
    let path = env.path("new.token");
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o7777,
        0o600
    );
    let secret = fs::read_to_string(&path).unwrap();
    assert!(is_secret(secret.trim_end()));
    env.run_with_stdin("verify", format!("token {secret}"))
        .succeeds();

    assert_snapshot!(env.run("issue alice --read-only --out new.token"), @"
    ------- stderr -------
    error: `new.token` exists already
    hint: nothing was done: name a file that is not there yet
    [exit status: 4]
    ");
    assert_eq!(fs::read_to_string(&path).unwrap(), secret);
    assert_snapshot!(env.run("issue alice --read-only --out tokens.db"), @"
    ------- stderr -------
    error: `tokens.db` is a file of the store
    hint: name another file
    [exit status: 2]
    ");
    assert_snapshot!(env.run("issue alice --read-only --out tokens.db.lock"), @"
    ------- stderr -------
    error: `tokens.db.lock` is a file of the store
    hint: name another file
    [exit status: 2]
    ");
    assert_snapshot!(env.run("issue alice --read-only --out missing/new.token"), @"
    ------- stderr -------
    error: failed to create `missing/new.token`: No such file or directory (os error 2)
    hint: nothing was done: name a file that can be written
    [exit status: 28]
    ");
    assert_snapshot!(env.run("issue alice --read-only --out -"), @"
    ------- stderr -------
    error: `--out` names a file
    hint: leave it out: the secret goes to stdout
    [exit status: 2]
    ");
    assert_snapshot!(env.run("issue alice --read-only --out other.token --header"), @"
    ------- stderr -------
    error: `--out <FILE>` cannot be used with `--header`
    hint: try 'tokenctl issue --help'
    [exit status: 2]
    ");
    assert_eq!(env.run("list --json").succeeds().column("id").len(), 1);

    let record = env
        .run("issue alice --read-only --out json.token --json")
        .succeeds()
        .json();
    assert_eq!(record.get("token"), None);
    let secret = fs::read_to_string(env.path("json.token")).unwrap();
    assert!(secret.contains(record["id"].as_str().unwrap()));
}

#[test]
fn many_at_once_do_not_get_in_each_others_way() {
    let env = TestEnv::without_store();
    // Neither the store nor the user is there yet.
    let children: Vec<_> = (0..12)
        .map(|_| env.start("issue alice --read-only --create-user -q"))
        .collect();
    let mut secrets = std::collections::BTreeSet::new();
    for child in children {
        let output = child.wait_with_output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{told}");
        secrets.insert(output.stdout);
    }
    assert_eq!(secrets.len(), 12);
    assert_eq!(env.run("list --json").succeeds().column("id").len(), 12);
    assert_eq!(
        env.run("user list --json").succeeds().column("name"),
        ["alice"]
    );
}

#[test]
fn failed_issue_leaves_no_file() {
    let env = TestEnv::new();
    env.run("issue nobody --read-only --out new.token").exits(3);
    assert!(!env.path("new.token").exists());
}

#[test]
fn rights_are_a_choice() {
    let env = TestEnv::new();
    assert_snapshot!(env.run("issue alice"), @"
    ------- stderr -------
    error: what the token may do is not said
    hint: pass `--read-only`, `--full-access` or `--policy FILE`
    [exit status: 2]
    ");
    assert_snapshot!(env.run("issue alice --read-only --full-access"), @"
    ------- stderr -------
    error: `--read-only` cannot be used with `--full-access`
    hint: try 'tokenctl issue --help'
    [exit status: 2]
    ");
    env.configure("[issue]\ndefault_policy = 'read-only'\n");
    let issued = env.run("issue alice --json").succeeds().json();
    assert!(issued["policy"]["resources"].is_object());
}

#[test]
fn policy_is_read_from_a_file_or_stdin() {
    let env = TestEnv::new();
    let policy = r#"{"resources": {"review": {"*": {"allow": ["GET"], "block": ["*"]}}}}"#;
    env.write("policy.json", policy);
    assert_snapshot!(env.run("issue alice --policy policy.json"), @"
    [token]
    ------- stderr -------
    Issued token [id] of alice, which ends [time]
    It may do: review: GET is allowed, anything else is refused; otherwise: everything.
    [exit status: 0]
    ");
    let issued = env
        .run_with_stdin("issue alice --policy - --json", policy)
        .succeeds();
    let told = issued.json();
    assert_eq!(
        told["policy"],
        serde_json::from_str::<serde_json::Value>(policy).unwrap()
    );
}

#[test]
fn bad_policy_is_told_with_its_places() {
    let env = TestEnv::new();
    env.write(
        "policy.json",
        "{\"resources\": {\n  \"*\": {\"alow\": [\"GET\"], \"block\": [\"delete\"]}\n}}",
    );
    assert_snapshot!(env.run("issue alice --policy policy.json"), @r#"
    ------- stderr -------
    error: policy.json:2:9 (/resources/*/alow): "alow" is not a valid key of the "resources.*" section.; policy.json:2:36 (/resources/*/block/0): "delete" in the "resources.*" section's "block" rule must be in upper case.
    hint: nothing was done: mend the policy
    [exit status: 65]
    "#);
    assert_snapshot!(env.run("issue alice --policy policy.json --json"), @r#"
    ------- stderr -------
    {"error":{"code":"data","exit":65,"message":"policy.json:2:9 (/resources/*/alow): \"alow\" is not a valid key of the \"resources.*\" section.; policy.json:2:36 (/resources/*/block/0): \"delete\" in the \"resources.*\" section's \"block\" rule must be in upper case.","hint":"nothing was done: mend the policy"}}
    [exit status: 65]
    "#);
    assert_snapshot!(env.run_with_stdin("issue alice --policy -", "not json"), @"
    ------- stderr -------
    error: stdin:1:2: The policy is not valid JSON: expected ident.
    hint: nothing was done: mend the policy
    [exit status: 65]
    ");
    assert_snapshot!(env.run_with_stdin("issue alice --policy -", ""), @"
    ------- stderr -------
    error: stdin:1:1: The policy is not valid JSON: it ends too early.
    hint: nothing was done: mend the policy
    [exit status: 65]
    ");
    assert_snapshot!(env.run_with_stdin("issue alice --policy -", b"\xff"), @"
    ------- stderr -------
    error: stdin: the policy is not UTF-8 text
    [exit status: 65]
    ");
    assert_snapshot!(env.run_with_stdin("issue alice --policy -", " ".repeat(70_000)), @"
    ------- stderr -------
    error: stdin is larger than the 64 KiB that are accepted
    hint: nothing was done: name a smaller file, or split it
    [exit status: 65]
    ");
    assert_snapshot!(env.run("issue alice --policy missing.json"), @"
    ------- stderr -------
    error: failed to read `missing.json`: No such file or directory (os error 2)
    hint: nothing was done: name a file that can be read
    [exit status: 66]
    ");
    assert_snapshot!(env.run("issue alice --policy tokens.db"), @"
    ------- stderr -------
    error: `tokens.db` is a file of the store
    hint: name another file
    [exit status: 2]
    ");
    assert_eq!(env.run("list --json").succeeds().stdout, "[]\n");
}

#[test]
fn expiry_is_understood_and_echoed() {
    let env = TestEnv::new();
    for (text, end) in [
        ("2999-12-31", "3000-01-01T00:00:00Z"),
        ("2999-12-31T12:00:00Z", "2999-12-31T12:00:00Z"),
        ("2999-12-31T12:00:00+02:00", "2999-12-31T10:00:00Z"),
    ] {
        let told = env
            .run(&format!("issue alice --read-only --expires {text}"))
            .succeeds();
        assert!(
            told.stderr.contains(&format!("which ends {end}\n")),
            "{told}"
        );
    }
    let told = env
        .run("issue alice --read-only --expires never")
        .succeeds();
    assert!(told.stderr.contains("which never ends\n"), "{told}");
}

#[test]
fn nonsense_of_an_expiry_is_refused_with_what_is_accepted() {
    let env = TestEnv::new();
    for text in [
        "0",
        "0d",
        "-1d",
        "-90d",
        "1.5d",
        "NaN",
        "inf",
        "99999999999999999999d",
        "",
        " ",
        "tomorrow",
        "Never",
        "90",
        "2026-02-30",
        "P0D",
    ] {
        let refused = env
            .run_with("issue alice --read-only --expires", text)
            .exits(2);
        assert!(refused.stderr.contains("`90d`"), "{text:?}: {refused}");
        assert_eq!(refused.stdout, "");
    }
    assert_snapshot!(env.run("issue alice --read-only --expires 0d"), @"
    ------- stderr -------
    error: bad value for `--expires`: a time such as `[time]`, a date such as `2026-12-31`, or a duration such as `90d`, `12h`, `1w`, `6mo` or `1y` is expected
    hint: `never` is without an end
    [exit status: 2]
    ");
    assert_snapshot!(env.run("issue alice --read-only --expires -90d"), @"
    ------- stderr -------
    error: bad value for `--expires`: a time such as `[time]`, a date such as `2026-12-31`, or a duration such as `90d`, `12h`, `1w`, `6mo` or `1y` is expected
    hint: `never` is without an end
    [exit status: 2]
    ");
    assert_snapshot!(env.run("issue alice --read-only --expires 2020-01-01"), @"
    ------- stderr -------
    error: bad value for `--expires`: a time in the future is expected
    [exit status: 2]
    ");
    assert_snapshot!(env.run("issue alice --read-only --expires 9000y"), @"
    ------- stderr -------
    error: bad value for `--expires`: a time from the year 0 up to [time] is expected
    hint: `never` is without an end
    [exit status: 2]
    ");
    assert_eq!(env.run("list --json").succeeds().stdout, "[]\n");
}

#[test]
fn lifetime_is_capped() {
    let env = TestEnv::new();
    env.configure("[issue]\nmax_lifetime = '30d'\n");
    let refused = env.run("issue alice --read-only --expires never");
    assert_snapshot!(refused, @"
    ------- stderr -------
    error: the token would live longer than is allowed, until [time] at most
    hint: choose an earlier end with `--expires`: `issue.max_lifetime` allows no more
    [exit status: 2]
    ");
    env.run("issue alice --read-only --expires 31d").exits(2);
    env.run("issue alice --read-only --expires 30d").succeeds();
    // The default of 90 days asks for no more than is allowed.
    env.run("issue alice --read-only").succeeds();
    assert_eq!(
        env.run("list --json --expiring-within 31d")
            .succeeds()
            .column("id")
            .len(),
        2
    );
}

#[test]
fn faults_of_flags_are_told_before_anything_is_done() {
    let env = TestEnv::new();
    assert_snapshot!(env.run("issue alice --read-only --label a"), @"
    ------- stderr -------
    error: bad value for `--label`: a label is written KEY=VALUE
    [exit status: 2]
    ");
    assert_snapshot!(env.run("issue alice --read-only --label a=1 --label a=2"), @"
    ------- stderr -------
    error: bad value for `--label`: label `a` is given twice
    [exit status: 2]
    ");
    assert_snapshot!(env.run("issue alice --read-only --network 10.0.0.0/40"), @"
    ------- stderr -------
    error: bad value for `--network`: network 1 of the list is neither an address nor a CIDR block
    [exit status: 2]
    ");
    assert_snapshot!(env.run("issue alice --read-only --network 10.0.0.1/8"), @"
    ------- stderr -------
    error: bad value for `--network`: 10.0.0.1/8 has host bits set; 10.0.0.0/8 was meant?
    [exit status: 2]
    ");
    assert_snapshot!(env.run("issue alice --read-only --prefix A-B"), @"
    ------- stderr -------
    error: bad value for `--prefix`: a token prefix is 2 to 10 of `a-z` and `0-9` and begins with a letter
    [exit status: 2]
    ");
    assert_snapshot!(env.run("issue alice --read-only --generator nope"), @"
    ------- stderr -------
    error: no token format has that id
    hint: there are `tokenctl_v1`, `vendor_checksum` and `legacy_sha1`
    [exit status: 2]
    ");
    assert_snapshot!(env.run("issue alice --read-only --generator legacy_sha1 --prefix x"), @"
    ------- stderr -------
    error: this token format has no prefixes
    hint: leave `--prefix` out
    [exit status: 2]
    ");
    assert_snapshot!(env.run("issue alice --read-only --generator vendor_checksum"), @"
    ------- stderr -------
    error: this token format needs a prefix, and none is registered
    hint: name a prefix with `--prefix`, or another format with `--generator`
    [exit status: 2]
    ");
    assert_snapshot!(env.run_with("issue alice --read-only --note", &"x".repeat(5000)), @"
    ------- stderr -------
    error: bad value for `--note`: text is 5000 bytes long, at most 4096 are kept
    [exit status: 2]
    ");
    assert_eq!(env.run("list --json").succeeds().stdout, "[]\n");
}

#[test]
fn formats_and_prefixes_are_chosen() {
    let env = TestEnv::new();
    let legacy = env.issue("--read-only --generator legacy_sha1");
    assert_eq!(legacy.secret.len(), 40);
    let told = env.run_with_stdin("verify", legacy.header()).succeeds();
    assert!(told.stderr.contains("deprecated"), "{told}");
    let acme = env.issue("--read-only --prefix acme");
    assert!(acme.secret.starts_with("acme_"));
    env.run_with_stdin("verify", acme.header()).succeeds();
    let vendor = env.issue("--read-only --generator vendor_checksum --prefix rbt");
    assert!(vendor.secret.starts_with("rbt_"));
    env.run_with_stdin("verify", vendor.header()).succeeds();
}

#[test]
fn prefix_that_nothing_else_knows_is_told_of() {
    let env = TestEnv::new();
    let unregistered = ["--prefix ab", "--generator vendor_checksum --prefix vnd"].map(|flags| {
        env.run(&format!(
            "issue alice --read-only --out {}.token {flags}",
            flags.len()
        ))
    });
    let [ours, vendor] = unregistered;
    assert_snapshot!(ours, @r#"
    ------- stderr -------
    Issued token [id] of alice, which ends [time]
    It may do: GET, HEAD and OPTIONS on everything, nothing else.
    warning: the prefix `ab` is not registered: `scan` does not find such tokens, and a mistyped one counts as unknown
    hint: put it into the configuration: `auth.prefixes = ["tkc","ab"]`
    [exit status: 0]
    "#);
    assert_snapshot!(vendor, @r#"
    ------- stderr -------
    Issued token [id] of alice, which ends [time]
    It may do: GET, HEAD and OPTIONS on everything, nothing else.
    warning: the prefix `vnd` is not registered: `scan` does not find such tokens, and a mistyped one counts as unknown
    hint: put it into the configuration: `auth.vendor_types = ["vnd"]`
    [exit status: 0]
    "#);
    for flags in ["", "--prefix tkc", "--generator legacy_sha1"] {
        let told = env.run(&format!("issue alice --read-only {flags}"));
        assert!(!told.stderr.contains("registered"), "{told}");
    }
    env.configure(
        "[issue]\nprefix = \"own\"\n[auth]\nprefixes = [\"ab\"]\nvendor_types = [\"vnd\"]\n",
    );
    for flags in [
        "--prefix ab",
        "--prefix own",
        "--generator vendor_checksum --prefix vnd",
    ] {
        let told = env.run(&format!("issue alice --read-only {flags}"));
        assert!(!told.stderr.contains("registered"), "{told}");
    }
}

#[test]
fn unknown_user_is_not_found_and_makes_no_store() {
    let mut env = TestEnv::without_store();
    assert_snapshot!(env.run("issue alice --read-only"), @"
    ------- stderr -------
    error: no user is named `alice`
    hint: `--create-user` adds the user, and makes the default store
    [exit status: 3]
    ");
    assert!(!env.path("home/.local").exists());
    assert_snapshot!(env.run("issue alice --read-only --create-user --note first"), @"
    [token]
    ------- stderr -------
    Created the default store [dir]/home/.local/share/tokenctl/tokens.db
    Added user alice
    Issued token [id] of alice, which ends [time]
    It may do: GET, HEAD and OPTIONS on everything, nothing else.
    [exit status: 0]
    ");
    assert_snapshot!(env.run("issue bob --read-only"), @"
    ------- stderr -------
    error: no user is named `bob`
    hint: nothing was done; `tokenctl user list` shows the users there are
    [exit status: 3]
    ");
    assert_snapshot!(env.run_with("issue --read-only --create-user", "b b"), @"
    ------- stderr -------
    error: a user name has only A-Z a-z 0-9 . _ @ + - (byte 1 is another)
    hint: such as `alice` or `svc-1@example.com`
    [exit status: 2]
    ");
    assert_snapshot!(env.run("issue a1ice --read-only --create-user"), @"
    ------- stderr -------
    error: the name `a1ice` looks like `alice`
    hint: choose a name that cannot be taken for another
    [exit status: 4]
    ");
    env.use_store(env.path("other.db"));
    assert_snapshot!(env.run("issue alice --read-only --create-user"), @"
    ------- stderr -------
    error: no token store at [dir]/other.db
    hint: create one with `tokenctl init`, or name another with `--store`
    [exit status: 21]
    ");
    assert!(!env.path("other.db").exists());
}

#[test]
fn token_of_a_disabled_user_is_issued_with_a_warning() {
    let env = TestEnv::new();
    env.run("user disable alice").succeeds();
    assert_snapshot!(env.run("issue alice --read-only"), @"
    [token]
    ------- stderr -------
    Issued token [id] of alice, which ends [time]
    It may do: GET, HEAD and OPTIONS on everything, nothing else.
    warning: user alice is disabled: the token is refused until the user is enabled
    [exit status: 0]
    ");
}

#[test]
fn file_that_is_there_already_leaves_no_new_store() {
    let env = TestEnv::without_store();
    env.write("t1", "mine");
    let issued = "issue alice --create-user --read-only --out";
    assert_snapshot!(env.run(&format!("{issued} t1")), @"
    ------- stderr -------
    error: `t1` exists already
    hint: nothing was done: name a file that is not there yet
    [exit status: 4]
    ");
    env.run(&format!("{issued} missing/t2")).exits(28);
    env.run("list").exits(21);
    env.run(&format!("{issued} t2")).succeeds();
    env.run("list").succeeds();
}
