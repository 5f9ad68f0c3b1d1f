//! `tokenctl list`.

use insta::assert_snapshot;

use crate::harness::{IssuedToken, TestEnv};

fn ids(env: &TestEnv, flags: &str) -> Vec<String> {
    env.run(&format!("list --json {flags}"))
        .succeeds()
        .column("id")
}

fn named<const N: usize>(tokens: [&IssuedToken; N]) -> Vec<String> {
    tokens.iter().map(|token| token.id.clone()).collect()
}

#[test]
fn empty_store_lists_nothing_in_every_form() {
    let env = TestEnv::empty();
    assert_snapshot!(env.run("list"), @"
    ------- stderr -------
    0 tokens
    [exit status: 0]
    ");
    assert_eq!(env.run("list --json").succeeds().stdout, "[]\n");
    assert_eq!(env.run("list --format jsonl").succeeds().stdout, "");
    assert_snapshot!(env.run("list --format csv"), @"
    id,user,state,note,labels,generator,deprecated,created_at,created_by,updated_at,expires_at,last_used_at,suspended_at,revoked_at,revoked_reason,policy,networks,family,rotated_to,revision
    ------- stderr -------
    0 tokens
    [exit status: 0]
    ");
    assert_eq!(env.run("list --exit-code --json").succeeds().stdout, "[]\n");
}

#[test]
fn tokens_are_listed_in_every_form() {
    let env = TestEnv::new();
    env.issue("--full-access --note first");
    env.issue("--full-access --expires never");
    assert_snapshot!(env.run("list"), @"
    id          user   state   expires_at            last_used_at  note
    [id]  alice  active  [time]  -             first
    [id]  alice  active  -                     -
    ------- stderr -------
    2 tokens
    [exit status: 0]
    ");
    assert_snapshot!(env.run("list --format jsonl"), @r#"
    {"id":"[id]","user":"alice","state":"active","note":"first","labels":{},"generator":"tokenctl_v1","deprecated":false,"created_at":"[time]","created_by":"[caller]","updated_at":"[time]","expires_at":"[time]","last_used_at":null,"suspended_at":null,"revoked_at":null,"revoked_reason":null,"policy":{},"networks":null,"family":"[id]","rotated_to":null,"revision":1}
    {"id":"[id]","user":"alice","state":"active","note":"","labels":{},"generator":"tokenctl_v1","deprecated":false,"created_at":"[time]","created_by":"[caller]","updated_at":"[time]","expires_at":null,"last_used_at":null,"suspended_at":null,"revoked_at":null,"revoked_reason":null,"policy":{},"networks":null,"family":"[id]","rotated_to":null,"revision":1}
    ------- stderr -------
    2 tokens
    [exit status: 0]
    "#);
    assert_snapshot!(env.run("list --format csv --columns id,user,note,expires_at,revoked_at,policy"), @"
    id,user,note,expires_at,revoked_at,policy
    [id],alice,first,[time],,{}
    [id],alice,,,,{}
    ------- stderr -------
    2 tokens
    [exit status: 0]
    ");
    assert_snapshot!(env.run("list --columns note,state --json"), @r#"
    [
      {
        "note": "first",
        "state": "active"
      },
      {
        "note": "",
        "state": "active"
      }
    ]
    [exit status: 0]
    "#);
    assert_snapshot!(env.run("list --columns state,id"), @"
    state   id
    active  [id]
    active  [id]
    ------- stderr -------
    2 tokens
    [exit status: 0]
    ");
}

#[test]
fn columns_are_checked() {
    let env = TestEnv::empty();
    assert_snapshot!(env.run("list --columns id,nope"), @"
    ------- stderr -------
    error: `--columns` names a column that there is not
    hint: the columns are id, user, state, note, labels, generator, deprecated, created_at, created_by, updated_at, expires_at, last_used_at, suspended_at, revoked_at, revoked_reason, policy, networks, family, rotated_to, revision
    [exit status: 2]
    ");
    assert_snapshot!(env.run("list --columns id,id"), @"
    ------- stderr -------
    error: `--columns` names `id` twice
    [exit status: 2]
    ");
    env.run_with("list --columns", "").exits(2);
}

#[test]
fn pages_follow_each_other() {
    let env = TestEnv::new();
    let tokens: Vec<_> = (0..3).map(|_| env.issue("--full-access")).collect();
    assert_snapshot!(env.run("list --limit 2 --columns user"), @"
    user
    alice
    alice
    ------- stderr -------
    2 tokens
    hint: more follow with `--after [id]`
    [exit status: 0]
    ");
    assert_eq!(ids(&env, "--limit 2"), named([&tokens[0], &tokens[1]]));
    assert_eq!(
        ids(&env, &format!("--limit 2 --after {}", tokens[1].id)),
        named([&tokens[2]])
    );
    assert_eq!(ids(&env, &format!("--after {}", tokens[2].id)), [""; 0]);
    let page = env.run("list --limit 1 --format jsonl --cursor").succeeds();
    assert_eq!(
        page.stdout.lines().last().unwrap(),
        format!("{{\"cursor\":\"{}\"}}", tokens[0].id)
    );
    let page = env.run("list --limit 3 --format jsonl --cursor").succeeds();
    assert_eq!(page.stdout.lines().last().unwrap(), "{\"cursor\":null}");
    assert_snapshot!(env.run("list --after zzzzzzzzzz"), @"
    ------- stderr -------
    error: the token that the page should follow is not there
    hint: begin the listing anew, without `--after`
    [exit status: 3]
    ");
    assert_snapshot!(env.run("list --after zzzz"), @"
    ------- stderr -------
    error: bad value for `--after`: a token id has 10 characters, this has 4
    [exit status: 2]
    ");
    assert_snapshot!(env.run("list --limit 0"), @"
    ------- stderr -------
    error: bad value for `--limit <N>`: a whole number from 1 on is expected
    hint: try 'tokenctl list --help'
    [exit status: 2]
    ");
    assert_snapshot!(env.run("list --cursor"), @"
    ------- stderr -------
    error: `--cursor` needs `--format jsonl`
    [exit status: 2]
    ");
}

#[test]
fn list_is_sorted() {
    let env = TestEnv::new();
    env.run("user add bob").succeeds();
    let late = env.issue_to("bob", "--full-access --expires 9d");
    let never = env.issue("--full-access --expires never");
    let soon = env.issue("--full-access --expires 2d");
    assert_eq!(ids(&env, ""), named([&late, &never, &soon]));
    assert_eq!(
        ids(&env, "--sort created --reverse"),
        named([&soon, &never, &late])
    );
    assert_eq!(ids(&env, "--sort expires"), named([&soon, &late, &never]));
    assert_eq!(ids(&env, "--sort user"), named([&never, &soon, &late]));
    let mut sorted = ids(&env, "");
    sorted.sort();
    assert_eq!(ids(&env, "--sort id"), sorted);
    env.run_with_stdin("verify --record-use", late.header())
        .succeeds();
    assert_eq!(ids(&env, "--sort last-used"), named([&never, &soon, &late]));
}

#[test]
fn deprecated_formats_need_not_be_registered() {
    let env = TestEnv::new();
    let ours = env.issue("--full-access");
    let foreign = env.issue("--full-access");
    env.sql(&format!(
        "UPDATE token SET generator = 'knox' WHERE id = '{}'",
        foreign.id
    ));
    env.configure("[auth]\ndeprecated_generators = ['knox']\n");
    assert_eq!(ids(&env, "--deprecated"), named([&foreign]));
    assert_eq!(ids(&env, ""), named([&ours, &foreign]));
}

#[test]
fn selectors_combine() {
    let env = TestEnv::new();
    env.run("user add bob").succeeds();
    let soon = env.issue("--full-access --expires 2d --label team=web");
    let never = env.issue("--full-access --expires never --label team=db");
    let bobs = env.issue_to("bob", "--full-access --label team=web");
    let old = env.issue("--full-access --generator legacy_sha1");
    env.run(&format!("revoke {} --yes", bobs.id)).succeeds();
    env.run_with_stdin("verify --record-use", never.header())
        .succeeds();
    for (flags, expected) in [
        ("--user alice", named([&soon, &never, &old])),
        (
            "--user bob --user alice",
            named([&soon, &never, &bobs, &old]),
        ),
        ("--state active", named([&soon, &never, &old])),
        ("--state revoked", named([&bobs])),
        ("--state expired", named([])),
        ("--state any", named([&soon, &never, &bobs, &old])),
        ("--expiring-within 7d", named([&soon])),
        ("--unused-for 1d", named([])),
        ("--never-used", named([&soon, &bobs, &old])),
        ("--created-after 1d", named([&soon, &never, &bobs, &old])),
        ("--created-before 1d", named([])),
        (
            "--created-before 2999-01-01",
            named([&soon, &never, &bobs, &old]),
        ),
        ("--label team=web", named([&soon, &bobs])),
        ("--label team=web --user alice", named([&soon])),
        ("--generator legacy_sha1", named([&old])),
        ("--deprecated", named([&old])),
    ] {
        assert_eq!(ids(&env, flags), expected, "{flags}");
    }
    let listed = env.run_with_stdin("list --json --ids-from -", format!("{}\n", &old.id[..6]));
    assert_eq!(listed.succeeds().column("id"), named([&old]));
    env.sql(&format!(
        "UPDATE token SET expires_at = created_at WHERE id = '{}'",
        soon.id
    ));
    assert_eq!(ids(&env, "--state expired"), named([&soon]));
}

#[test]
fn times_are_told_as_they_were_understood() {
    let env = TestEnv::new();
    for (line, told) in [
        (
            "list --created-after 2020-02-29 --created-before 2999-01-01",
            "Choosing tokens issued before 2999-01-01T00:00:00Z, issued at or after 2020-03-01T00:00:00Z.\n0 tokens\n",
        ),
        (
            "list --created-before 2020-01-01T02:00:00+02:00",
            "Choosing tokens issued before 2020-01-01T00:00:00Z.\n0 tokens\n",
        ),
        (
            "audit list --since 2020-02-28 --until 2020-02-29",
            "Choosing events from 2020-02-28T00:00:00Z, before 2020-03-01T00:00:00Z.\n0 events\n",
        ),
        ("list -q --created-before 2020-01-01", ""),
        ("list --json --created-before 2020-01-01", ""),
    ] {
        let output = env.run(line).succeeds();
        assert_eq!(output.stderr, told, "{line}");
    }
    let relative = env.run("list --expiring-within 1d --unused-for 90d");
    let told = &relative.succeeds().stderr;
    let [end, unused] = ["ending by ", ", unused since "].map(|words| {
        let rest = told.split(words).nth(1).unwrap();
        rest[.."2020-01-01T00:00:00Z".len()]
            .parse::<jiff::Timestamp>()
            .unwrap()
    });
    assert_eq!(end.duration_since(unused).as_hours(), 91 * 24);
}

#[test]
fn faults_of_selectors_are_told() {
    let env = TestEnv::new();
    assert_snapshot!(env.run("list --user nobody"), @"
    ------- stderr -------
    error: no user is named `nobody`
    hint: nothing was done; `tokenctl user list` shows the users there are
    [exit status: 3]
    ");
    assert_snapshot!(env.run("list --user nobody --json"), @r#"
    ------- stderr -------
    {"error":{"code":"not_found","exit":3,"message":"no user is named `nobody`","hint":"nothing was done; `tokenctl user list` shows the users there are"}}
    [exit status: 3]
    "#);
    assert_snapshot!(env.run("list --state dead"), @"
    ------- stderr -------
    error: bad value for `--state <STATE>`: one of `active`, `expired`, `revoked`, `suspended`, `rotated`, `any` is expected
    hint: try 'tokenctl list --help'
    [exit status: 2]
    ");
    assert_snapshot!(env.run("list --expiring-within soon"), @"
    ------- stderr -------
    error: bad value for `--expiring-within`: a duration in whole units above zero, such as `90d`, `12h`, `1w`, `6mo`, `1y` or `P90D`, is expected
    [exit status: 2]
    ");
    assert_snapshot!(env.run("list --unused-for -3d"), @"
    ------- stderr -------
    error: bad value for `--unused-for`: a duration in whole units above zero, such as `90d`, `12h`, `1w`, `6mo`, `1y` or `P90D`, is expected
    [exit status: 2]
    ");
    assert_snapshot!(env.run("list --created-after yesterday"), @"
    ------- stderr -------
    error: bad value for `--created-after`: a time such as `[time]`, a date such as `2026-12-31`, or a duration such as `90d`, `12h`, `1w`, `6mo` or `1y` is expected
    [exit status: 2]
    ");
    assert_snapshot!(env.run("list --label team"), @"
    ------- stderr -------
    error: bad value for `--label`: a label is written KEY=VALUE
    [exit status: 2]
    ");
    assert_snapshot!(env.run("list --generator nope"), @"
    ------- stderr -------
    0 tokens
    [exit status: 0]
    ");
}

#[test]
fn exit_code_says_whether_anything_was_found() {
    let env = TestEnv::new();
    env.run("list --exit-code").succeeds();
    env.issue("--full-access --note x");
    assert_snapshot!(env.run("list --exit-code --columns user,note"), @"
    user   note
    alice  x
    ------- stderr -------
    1 token
    [exit status: 17]
    ");
    env.run("list --exit-code --expiring-within 1d").succeeds();
}

#[test]
fn tokens_of_a_deleted_user_are_found_by_the_name() {
    let env = TestEnv::new();
    env.run("user add bob").succeeds();
    env.run("user add carol").succeeds();
    let token = env.issue_to("bob", "--read-only");
    env.issue("--read-only");
    env.run("user delete bob --yes").succeeds();
    env.run("user delete carol --yes").succeeds();

    let listed = env.run("list --user bob --json").succeeds();
    assert_eq!(listed.column("id"), [token.id.as_str()]);
    let exported = env.run("export --user bob").succeeds().stdout;
    assert!(exported.contains(&token.id), "{exported}");
    let planned = env.run("prune --user bob --older-than 1y --dry-run");
    assert_eq!(planned.succeeds().stdout, "");
    let both = env.run("list --user alice --user bob --json").succeeds();
    assert_eq!(both.column("id").len(), 2);
    assert_eq!(env.run("list --user carol").succeeds().stderr, "0 tokens\n");
    env.run("list --user bo").exits(3);
    env.run("list --user dave").exits(3);
    env.run("issue bob --read-only").exits(3);
}

#[test]
fn former_name_of_a_user_chooses_nothing() {
    let env = TestEnv::new();
    env.issue("--read-only");
    env.run("user rename alice alina").succeeds();
    env.run("list --user alice").exits(3);
}
