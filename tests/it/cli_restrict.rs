//! `tokenctl restrict`.

use insta::assert_snapshot;
use jiff::Timestamp;
use serde_json::{Value, json};
use tokenctl::auth::Authenticator;
use tokenctl::auth::request::RequestHead;
use tokenctl::auth::session::MemorySession;
use tokenctl::outcome::OutcomeCode;
use tokenctl::policy::Policy;
use tokenctl::store::{Location, OpenOptions};

use crate::harness::{IssuedToken, TestEnv};

/// Returns what the store holds of a token.
pub(crate) fn record(env: &TestEnv, token: &IssuedToken) -> Value {
    env.run(&format!("show {} --json", token.id))
        .succeeds()
        .json()
}

/// Returns whether the policy of the token allows the access.
#[track_caller]
pub(crate) fn can(env: &TestEnv, token: &IssuedToken, access: &str) -> bool {
    let told = env.run(&format!("can {} {access}", token.id));
    assert!(matches!(told.exit, 0 | 14), "{told}");
    told.exit == 0
}

pub(crate) fn events(env: &TestEnv) -> i64 {
    let connection = rusqlite::Connection::open(env.store()).unwrap();
    let count = "SELECT count(*) FROM event";
    connection.query_row(count, [], |row| row.get(0)).unwrap()
}

#[test]
fn read_only_leaves_get_head_and_options() {
    let env = TestEnv::new();
    let token = env.issue("--full-access --expires never");
    assert_snapshot!(env.run(&format!("restrict {} --read-only", token.id)), @r#"
    id          user   state   expires_at  networks  policy
    [id]  alice  active  -           -         {"resources":{"*":{"allow":["GET","HEAD","OPTIONS"],"block":["*"]}}}
    ------- stderr -------
    Token [id] of alice:
      any other method on everything: allowed -> refused
    Restricted 1 token.
    [exit status: 0]
    "#);
    for (method, allowed) in [
        ("GET", true),
        ("HEAD", true),
        ("OPTIONS", true),
        ("POST", false),
        ("DELETE", false),
        ("PROPFIND", false),
    ] {
        assert_eq!(can(&env, &token, method), allowed, "{method}");
    }
    let header = token.header();
    env.run_with_stdin("verify --method GET", &header)
        .succeeds();
    env.run_with_stdin("verify --method PUT", &header).exits(14);
}

#[test]
fn rules_leave_what_is_allowed_and_not_blocked() {
    let env = TestEnv::new();
    let allowed = env.issue("--full-access");
    let blocked = env.issue("--full-access");
    let both = env.issue("--full-access");
    env.run(&format!(
        "restrict {} --allow review:GET,HEAD --allow POST",
        allowed.id
    ))
    .succeeds();
    assert!(can(&env, &allowed, "GET review/42"));
    assert!(can(&env, &allowed, "POST user"));
    assert!(!can(&env, &allowed, "GET user"));
    assert!(!can(&env, &allowed, "DELETE review/42"));
    env.run(&format!(
        "restrict {} --block review/42:* --block DELETE",
        blocked.id
    ))
    .succeeds();
    assert!(can(&env, &blocked, "POST review/43"));
    assert!(!can(&env, &blocked, "GET review/42"));
    assert!(!can(&env, &blocked, "DELETE user"));
    env.run(&format!(
        "restrict {} --allow review:* --block review:DELETE",
        both.id
    ))
    .succeeds();
    assert!(can(&env, &both, "PUT review/1"));
    assert!(!can(&env, &both, "DELETE review/1"));
    assert!(!can(&env, &both, "GET user"));
}

#[test]
fn rule_takes_nothing_back() {
    let env = TestEnv::new();
    let token = env.issue("--read-only");
    assert_snapshot!(env.run(&format!("restrict {} --allow GET,POST", token.id)), @r#"
    id          user   state   expires_at            networks  policy
    [id]  alice  active  [time]  -         {"resources":{"*":{"allow":["GET"],"block":["*"]}}}
    ------- stderr -------
    Token [id] of alice:
      HEAD on everything: allowed -> refused
      OPTIONS on everything: allowed -> refused
    Restricted 1 token.
    [exit status: 0]
    "#);
    assert!(can(&env, &token, "GET"));
    assert!(!can(&env, &token, "POST"));
    assert!(!can(&env, &token, "HEAD"));
}

#[test]
fn rule_that_is_none_is_a_usage_error() {
    let env = TestEnv::new();
    let token = env.issue("--full-access");
    let line = format!("restrict {}", token.id);
    assert_snapshot!(env.run(&format!("{line} --allow review:")), @"
    ------- stderr -------
    error: bad value for `--allow`: method 1 is empty
    hint: a rule is `[RESOURCE[/ID]:]METHOD[,METHOD...]`, such as `GET,HEAD` or `review/42:*`
    [exit status: 2]
    ");
    assert_snapshot!(env.run(&format!("{line} --allow get")), @"
    ------- stderr -------
    error: bad value for `--allow`: method 1 is not in upper case
    hint: a rule is `[RESOURCE[/ID]:]METHOD[,METHOD...]`, such as `GET,HEAD` or `review/42:*`
    [exit status: 2]
    ");
    assert_snapshot!(env.run(&format!("{line} --block :GET")), @"
    ------- stderr -------
    error: bad value for `--block`: no resource stands before the `:`
    hint: a rule is `[RESOURCE[/ID]:]METHOD[,METHOD...]`, such as `GET,HEAD` or `review/42:*`
    [exit status: 2]
    ");
    assert_snapshot!(env.run(&format!("{line} --block review/:GET")), @"
    ------- stderr -------
    error: bad value for `--block`: no object id stands behind the `/`
    hint: a rule is `[RESOURCE[/ID]:]METHOD[,METHOD...]`, such as `GET,HEAD` or `review/42:*`
    [exit status: 2]
    ");
    for rule in ["", ":", "GET,", "re view:G T", "*/42:GET"] {
        env.run_with(&format!("{line} --allow"), rule).exits(2);
        env.run_with(&format!("{line} --json --block"), rule)
            .exits(2);
    }
    assert_eq!(record(&env, &token)["revision"], 1);
}

#[test]
fn document_that_narrows_becomes_the_policy() {
    let env = TestEnv::new();
    let token = env.issue("--full-access --expires never");
    let text = r#"{"resources": {"review": {"*": {"allow": ["GET"], "block": ["*"]}}}}"#;
    env.write("narrow.json", &format!("{text}\n"));
    assert_snapshot!(env.run(&format!("restrict {} --policy narrow.json", token.id)), @r#"
    id          user   state   expires_at  networks  policy
    [id]  alice  active  -           -         {"resources":{"review":{"*":{"allow":["GET"],"block":["*"]}}}}
    ------- stderr -------
    Token [id] of alice:
      any other method on review: allowed -> refused
    Restricted 1 token.
    [exit status: 0]
    "#);
    assert_eq!(
        record(&env, &token)["policy"],
        serde_json::from_str::<Value>(text).unwrap()
    );
    let other = env.issue("--full-access");
    env.run_with_stdin(&format!("restrict {} --policy -", other.id), text)
        .succeeds();
    assert!(!can(&env, &other, "DELETE review/1"));
}

#[test]
fn document_that_widens_is_refused_with_a_true_counterexample() {
    let env = TestEnv::new();
    let old = r#"{"resources": {"review": {"42": {"block": ["DELETE"]}}}}"#;
    let new = r#"{"resources": {"*": {"block": ["PUT"]}}}"#;
    env.write("old.json", old);
    env.write("new.json", new);
    let token = env.issue("--policy old.json");
    let told = env.run(&format!("restrict {} --policy new.json", token.id));
    assert_snapshot!(told, @"
    ------- stderr -------
    error: token [id] is not restricted: this would newly allow DELETE on review 42
    hint: nothing was done: `--intersect` leaves what both allow, `--allow-widening` takes the file as it is
    [exit status: 4]
    ");
    // What is told is what the library finds, and that is true.
    let (old, new) = (Policy::parse(old).unwrap(), Policy::parse(new).unwrap());
    let cell = old.widening(&new).unwrap();
    assert!(
        told.stderr.contains(&format!("newly allow {cell}\n")),
        "{told}"
    );
    let witness = cell.witness(&[&old, &new]);
    assert!(!old.decide(&witness.access()).allowed);
    assert!(new.decide(&witness.access()).allowed);
    env.run("policy explain old.json --method DELETE --resource review --id 42")
        .exits(14);
    env.run("policy explain new.json --method DELETE --resource review --id 42")
        .succeeds();
    assert_eq!(record(&env, &token)["revision"], 1);
    let error = env
        .run(&format!("restrict {} --policy new.json --json", token.id))
        .exits(4)
        .error();
    assert_eq!(error["code"], "conflict");
}

#[test]
fn document_that_widens_is_intersected_or_taken_when_asked() {
    let env = TestEnv::new();
    env.write(
        "old.json",
        r#"{"resources": {"review": {"42": {"block": ["DELETE"]}}}}"#,
    );
    env.write("new.json", r#"{"resources": {"*": {"block": ["PUT"]}}}"#);
    let (one, two) = (
        env.issue("--policy old.json"),
        env.issue("--policy old.json"),
    );
    env.run(&format!(
        "restrict {} --policy new.json --intersect",
        one.id
    ))
    .succeeds();
    assert!(!can(&env, &one, "DELETE review/42"));
    assert!(!can(&env, &one, "PUT user"));
    assert!(can(&env, &one, "DELETE review/43"));
    assert_snapshot!(env.run(&format!("restrict {} --policy new.json --allow-widening --dry-run", two.id)), @r#"
    id          user   state   expires_at            networks  policy
    [id]  alice  active  [time]  -         {"resources":{"*":{"block":["PUT"]}}}
    ------- stderr -------
    Token [id] of alice:
      DELETE on review 42: refused -> allowed
      PUT on review 42: allowed -> refused
      PUT on review, any other object: allowed -> refused
      PUT on any other resource: allowed -> refused
    Dry run: nothing was done.
    [exit status: 0]
    "#);
    env.run(&format!(
        "restrict {} --policy new.json --allow-widening",
        two.id
    ))
    .succeeds();
    assert!(can(&env, &two, "DELETE review/42"));
    assert!(!can(&env, &two, "PUT user"));
    for flags in [
        "--policy new.json --intersect --allow-widening",
        "--read-only --policy new.json",
        "--read-only --intersect",
        "--read-only --allow-widening",
        "--allow GET --intersect",
        "--block GET --allow-widening",
        "--network 10.0.0.0/8 --intersect",
        "--read-only --allow GET",
        "--policy new.json --block GET",
    ] {
        env.run(&format!("restrict {} {flags}", one.id)).exits(2);
    }
}

#[test]
fn networks_intersect_and_one_has_to_be_left() {
    let env = TestEnv::new();
    let token = env.issue("--full-access --network 10.0.0.0/8 --network 2001:db8::/32");
    assert_snapshot!(env.run(&format!("restrict {} --network 10.1.0.0/16 --network 192.0.2.0/24 --dry-run", token.id)), @r#"
    id          user   state   expires_at            networks         policy
    [id]  alice  active  [time]  ["10.1.0.0/16"]  {}
    ------- stderr -------
    Token [id] of alice:
      networks: 10.0.0.0/8, 2001:db8::/32 -> 10.1.0.0/16
    Dry run: nothing was done.
    [exit status: 0]
    "#);
    env.run(&format!(
        "restrict {} --network 10.1.0.0/16 --network 192.0.2.0/24",
        token.id
    ))
    .succeeds();
    assert_eq!(record(&env, &token)["networks"], json!(["10.1.0.0/16"]));
    let header = token.header();
    env.run_with_stdin("verify --address 10.1.2.3", &header)
        .succeeds();
    env.run_with_stdin("verify --address 10.2.2.3", &header)
        .exits(14);
    env.run_with_stdin("verify --address 192.0.2.1", &header)
        .exits(14);
    assert_snapshot!(env.run(&format!("restrict {} --network 172.16.0.0/12", token.id)), @"
    ------- stderr -------
    error: token [id] is not restricted: no network would be left from which the token may be used
    hint: nothing was done: name a network that it has, or suspend the token
    [exit status: 4]
    ");
    assert_snapshot!(env.run(&format!("restrict {} --network 10.1.0.1/16", token.id)), @"
    ------- stderr -------
    error: bad value for `--network`: 10.1.0.1/16 has host bits set; 10.1.0.0/16 was meant?
    [exit status: 2]
    ");
    assert_eq!(record(&env, &token)["revision"], 2);
}

#[test]
fn earlier_end_counts() {
    let env = TestEnv::new();
    let token = env.issue("--full-access --expires never");
    let end = |when: &str| {
        env.run(&format!("restrict {} --expires {when}", token.id))
            .succeeds();
        record(&env, &token)["expires_at"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(end("2998-12-31T00:00:00Z"), "2998-12-31T00:00:00Z");
    assert_eq!(end("2999-12-31T00:00:00Z"), "2998-12-31T00:00:00Z");
    assert_eq!(end("2997-01-01"), "2997-01-02T00:00:00Z");
    assert_eq!(record(&env, &token)["revision"], 3);
    assert_snapshot!(env.run(&format!("restrict {} --expires never", token.id)), @"
    ------- stderr -------
    error: bad value for `--expires`: a restriction needs an end
    hint: leave `--expires` out to keep the end as it is
    [exit status: 2]
    ");
    assert_snapshot!(env.run(&format!("restrict {} --expires 2000-01-01", token.id)), @"
    ------- stderr -------
    error: bad value for `--expires`: a time in the future is expected
    [exit status: 2]
    ");
    env.run(&format!("restrict {} --expires 0d", token.id))
        .exits(2);
}

#[test]
fn token_that_has_no_such_right_is_left_as_it_is() {
    let env = TestEnv::new();
    let token = env.issue("--read-only --expires never");
    let before = (record(&env, &token), events(&env));
    assert_snapshot!(env.run(&format!("restrict {} --read-only", token.id)), @r#"
    id          user   state   expires_at  networks  policy
    [id]  alice  active  -           -         {"resources":{"*":{"allow":["GET","HEAD","OPTIONS"],"block":["*"]}}}
    ------- stderr -------
    Token [id] of alice:
      nothing changes
    Restricted 0 tokens (1 unchanged: nothing to take away).
    [exit status: 0]
    "#);
    assert_eq!((record(&env, &token), events(&env)), before);
}

#[test]
fn dry_run_of_one_token_changes_nothing() {
    let env = TestEnv::new();
    let token = env.issue("--full-access --expires never");
    let before = (record(&env, &token), events(&env));
    assert_snapshot!(env.run(&format!("restrict {} --block DELETE --dry-run", token.id)), @r#"
    id          user   state   expires_at  networks  policy
    [id]  alice  active  -           -         {"resources":{"*":{"block":["DELETE"]}}}
    ------- stderr -------
    Token [id] of alice:
      DELETE on everything: allowed -> refused
    Dry run: nothing was done.
    [exit status: 0]
    "#);
    let planned = env
        .run(&format!(
            "restrict {} --block DELETE --dry-run --json",
            token.id
        ))
        .succeeds();
    assert_eq!(planned.column("id"), [token.id.as_str()]);
    assert_eq!((record(&env, &token), events(&env)), before);
}

#[test]
fn something_has_to_be_named_and_something_to_be_taken() {
    let env = TestEnv::new();
    let token = env.issue("--full-access");
    assert_snapshot!(env.run("restrict --read-only"), @"
    ------- stderr -------
    error: no token is named
    hint: name an id, or choose tokens with flags such as `--user NAME`; all of them is `--all`
    [exit status: 2]
    ");
    assert_snapshot!(env.run(&format!("restrict {} --user alice --read-only", token.id)), @"
    ------- stderr -------
    error: an id cannot be used together with flags that choose tokens
    hint: name an id, or choose tokens with flags such as `--user NAME`; all of them is `--all`
    [exit status: 2]
    ");
    assert_snapshot!(env.run(&format!("restrict {}", token.id)), @"
    ------- stderr -------
    error: no restriction is named
    hint: pass `--read-only`, `--allow RULE`, `--block RULE`, `--policy FILE`, `--network CIDR` or `--expires WHEN`
    [exit status: 2]
    ");
    env.run(&format!("restrict {} --all --read-only --yes", token.id))
        .exits(2);
    env.run("restrict --all --yes").exits(2);
    env.run(&format!("restrict {} --json", token.id)).exits(2);
    assert_snapshot!(env.run("restrict 0000 --read-only"), @"
    ------- stderr -------
    error: no token has an id that begins with 0000
    hint: nothing was done; `tokenctl list` shows the tokens there are
    [exit status: 3]
    ");
    assert_snapshot!(env.run(&format!("restrict {} --policy gone.json", token.id)), @"
    ------- stderr -------
    error: failed to read `gone.json`: No such file or directory (os error 2)
    hint: nothing was done: name a file that can be read
    [exit status: 66]
    ");
    env.write("bad.json", "{\"resources\": {\"*\": {\"allow\": \"GET\"}}}");
    assert_snapshot!(env.run(&format!("restrict {} --policy bad.json", token.id)), @r#"
    ------- stderr -------
    error: bad.json:1:31 (/resources/*/allow): The "resources.*" section's "allow" rule must be a list.
    hint: nothing was done: mend the policy
    [exit status: 65]
    "#);
    assert_eq!(record(&env, &token)["revision"], 1);
}

#[test]
fn damaged_policy_is_replaced_by_force_alone() {
    let env = TestEnv::new();
    let token = env.issue("--read-only --expires never");
    env.sql(r#"UPDATE token SET policy = '{"resources": []}'"#);
    env.write("narrow.json", r#"{"resources": {"*": {"block": ["*"]}}}"#);
    let line = format!("restrict {}", token.id);
    assert_snapshot!(env.run(&format!("{line} --read-only")), @r#"
    ------- stderr -------
    error: token [id] is not restricted: its stored policy is damaged: The policy's "resources" section must be a JSON object.
    hint: nothing was done, and it is refused as it is: replace it with `--policy FILE --allow-widening`
    [exit status: 4]
    "#);
    env.run(&format!("{line} --policy narrow.json")).exits(4);
    // Time and networks can be taken all the same.
    env.run(&format!("{line} --network 10.0.0.0/8")).succeeds();
    env.run_with_stdin("verify --address 10.0.0.1", token.header())
        .exits(14);
    assert_snapshot!(env.run(&format!("{line} --policy narrow.json --allow-widening")), @r#"
    id          user   state   expires_at  networks        policy
    [id]  alice  active  -           ["10.0.0.0/8"]  {"resources":{"*":{"block":["*"]}}}
    ------- stderr -------
    Token [id] of alice:
      the policy is written anew, and allows the same as before
    Restricted 1 token.
    [exit status: 0]
    "#);
    assert!(!can(&env, &token, "GET"));
    env.sql("UPDATE token SET policy = '[]'");
    env.write(
        "wide.json",
        r#"{"resources": {"*": {"block": ["DELETE"]}}}"#,
    );
    assert_snapshot!(env.run(&format!("{line} --policy wide.json --allow-widening")), @r#"
    id          user   state   expires_at  networks        policy
    [id]  alice  active  -           ["10.0.0.0/8"]  {"resources":{"*":{"block":["DELETE"]}}}
    ------- stderr -------
    Token [id] of alice:
      any other method on everything: refused -> allowed
    Restricted 1 token.
    [exit status: 0]
    "#);
}

#[test]
fn store_that_is_open_elsewhere_answers_by_the_restriction_at_once() {
    let env = TestEnv::new();
    let token = env.issue("--full-access");
    let location = Location::parse(env.store().to_str().unwrap()).unwrap();
    let store = location.open(OpenOptions::default()).unwrap();
    let authenticator = Authenticator::over(store);
    let header = token.header();
    let issued_at = record(&env, &token)["created_at"].clone();
    let now: Timestamp = issued_at.as_str().unwrap().parse().unwrap();
    let code = || {
        let mut head = RequestHead::new().authorization(header.as_bytes());
        head.method = Some("DELETE");
        head.address = Some("192.0.2.7".parse().unwrap());
        let mut session = MemorySession::default();
        authenticator
            .check_login(&head, &mut session, now)
            .unwrap()
            .code()
    };
    assert_eq!(code(), OutcomeCode::Accepted);
    env.run(&format!("restrict {} --block PATCH", token.id))
        .succeeds();
    assert_eq!(code(), OutcomeCode::Accepted);
    env.run(&format!("restrict {} --read-only", token.id))
        .succeeds();
    assert_eq!(code(), OutcomeCode::DeniedByRule);
    env.run(&format!("restrict {} --network 10.0.0.0/8", token.id))
        .succeeds();
    assert_eq!(code(), OutcomeCode::DeniedByNetwork);
}

#[test]
fn terminal_is_offered_the_presets() {
    let env = TestEnv::new();
    let token = env.issue("--full-access");
    let command = format!("$TOKENCTL restrict {}", token.id);
    let Some((exit, shown)) = env.on_terminal(&command, "\\rn\\r") else {
        return;
    };
    assert_eq!(exit, 5, "{shown}");
    for part in ["read-only", "allowed -> refused", "Restrict the token?"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert!(can(&env, &token, "DELETE"));
    let (exit, shown) = env.on_terminal(&command, "\\ry\\r").unwrap();
    assert_eq!(exit, 0, "{shown}");
    assert!(!can(&env, &token, "DELETE"));
}

#[test]
fn stdin_is_read_for_one_thing() {
    let env = TestEnv::new();
    env.issue("--full-access");
    let told = env.run_with_stdin("restrict --ids-from - --policy - --yes", "{}");
    assert_snapshot!(told, @"
    ------- stderr -------
    error: stdin cannot be both the ids of `--ids-from` and the document of `--policy`
    hint: name a file with `--policy`
    [exit status: 2]
    ");
}

#[test]
fn names_in_policies_are_shown_escaped() {
    let env = TestEnv::new();
    let text =
        "{\"resources\": {\"\\u001b[31mre\u{202e}d\": {\"a b\\n\": {\"block\": [\"GET\"]}}}}";
    env.write("odd.json", text);
    let token = env.issue("--full-access");
    let restricted = env.run(&format!("restrict {} --policy odd.json", token.id));
    assert_snapshot!(restricted, @r#"
    id          user   state   expires_at            networks  policy
    [id]  alice  active  [time]  -         {"resources":{"\u001b[31mre\u202ed":{"a b\n":{"block":["GET"]}}}}
    ------- stderr -------
    Token [id] of alice:
      GET on "\u{1b}[31mre\u{202e}d" "a b\u{a}": allowed -> refused
    Restricted 1 token.
    [exit status: 0]
    "#);
    let header = token.header();
    env.write(
        "odd.toml",
        "policy = \"odd.json\"\n[expect]\n\"GET \\u001b[31mre\u{202e}d x\" = \"deny\"\n",
    );
    let mut all = vec![
        restricted,
        env.run(&format!("can {} --list", token.id)),
        env.run(&format!("can {} --list --format csv", token.id)),
        env.run("policy explain odd.json"),
        env.run("policy lint odd.json"),
        env.run("policy test odd.toml"),
        env.run_with_stdin("policy diff odd.json -", "{}"),
        env.run_with_stdin("policy check -", text.replace("GET", "get\\u001b")),
        env.run_with(
            "policy explain odd.json --method GET --id x --resource",
            "\u{1b}[31mre\u{202e}d",
        ),
    ];
    let mut verify = env.command(crate::harness::TOKENCTL);
    verify.args([
        "verify",
        "--explain",
        "--resource",
        "\u{1b}[31mre\u{202e}d",
        "--id",
        "a b\n",
    ]);
    verify.args(["-q", "token", &token.secret]);
    let output = verify.output().unwrap();
    let verified = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(verified.contains("denied_by_rule"), "{verified}");
    all.push(env.run_with_stdin("verify --explain --method GET", header));
    for text in all.iter().map(|told| told.all()).chain([verified]) {
        assert!(!text.contains(['\u{1b}', '\u{202e}']), "{text:?}");
    }
}
