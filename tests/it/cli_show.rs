//! `tokenctl show`.

use insta::assert_snapshot;

use crate::harness::TestEnv;

#[test]
fn token_is_shown_in_full_and_in_words() {
    let env = TestEnv::new();
    let token = env.issue("--read-only --note nightly --label team=web --network 10.0.0.0/8");
    assert_snapshot!(env.run(&format!("show {}", token.id)), @r#"
    id              [id]
    user            alice
    state           active
    note            nightly
    labels          {"team":"web"}
    generator       tokenctl_v1
    deprecated      false
    created_at      [time]
    created_by      [caller]
    updated_at      [time]
    expires_at      [time]
    last_used_at    -
    suspended_at    -
    revoked_at      -
    revoked_reason  -
    policy          {"resources":{"*":{"allow":["GET","HEAD","OPTIONS"],"block":["*"]}}}
    networks        ["10.0.0.0/8"]
    family          [id]
    rotated_to      -
    revision        1
    rights          GET, HEAD and OPTIONS on everything, nothing else
    [exit status: 0]
    "#);
}

#[test]
fn machine_forms_hold_the_record() {
    let env = TestEnv::new();
    let token = env.issue("--full-access");
    let line = format!("show {} --format", token.id);
    assert_snapshot!(env.run(&format!("{line} json")), @r#"
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
      "revision": 1
    }
    [exit status: 0]
    "#);
    assert_snapshot!(env.run(&format!("{line} jsonl")), @r#"
    {"id":"[id]","user":"alice","state":"active","note":"","labels":{},"generator":"tokenctl_v1","deprecated":false,"created_at":"[time]","created_by":"[caller]","updated_at":"[time]","expires_at":"[time]","last_used_at":null,"suspended_at":null,"revoked_at":null,"revoked_reason":null,"policy":{},"networks":null,"family":"[id]","rotated_to":null,"revision":1}
    [exit status: 0]
    "#);
    let csv = env.run(&format!("{line} csv")).succeeds();
    assert_eq!(csv.stdout.lines().count(), 2);
    assert!(csv.stdout.starts_with("id,user,state,"), "{csv}");
}

#[test]
fn four_characters_of_an_id_are_enough() {
    let env = TestEnv::new();
    let token = env.issue("--full-access");
    env.rename_token(&token.id, "7gk2m9x4qd");
    for text in ["7gk2", "7GK2M", "7gk2m9x4q", "7gk2m9x4qd"] {
        let shown = env.run(&format!("show --json {text}")).succeeds();
        assert_eq!(shown.json()["id"], "7gk2m9x4qd", "{text}");
    }
    assert_snapshot!(env.run("show 7gk"), @"
    ------- stderr -------
    error: a token is named by its id of 10 characters or the first 4 of them or more, this has 3
    hint: `tokenctl list` shows the ids; a whole token is read by `tokenctl identify -`
    [exit status: 2]
    ");
    assert_snapshot!(env.run("show 7gk3"), @"
    ------- stderr -------
    error: no token has an id that begins with 7gk3
    hint: nothing was done; `tokenctl list` shows the tokens there are
    [exit status: 3]
    ");
    assert_snapshot!(env.run("show 7gkl"), @"
    ------- stderr -------
    error: a token id is of `0-9` and `a-z` without `i`, `l`, `o` and `u`, not so at byte 3
    hint: `tokenctl list` shows the ids; a whole token is read by `tokenctl identify -`
    [exit status: 2]
    ");
    assert_snapshot!(env.run("show 7gk2m9x4qd0"), @"
    ------- stderr -------
    error: a token is named by its id of 10 characters or the first 4 of them or more, this has 11
    hint: `tokenctl list` shows the ids; a whole token is read by `tokenctl identify -`
    [exit status: 2]
    ");
}

#[test]
fn ambiguous_beginning_lists_the_matches() {
    let env = TestEnv::new();
    for id in ["7gk2m9x4qd", "7gk2m9x4qe"] {
        let token = env.issue("--full-access");
        env.rename_token(&token.id, id);
    }
    let output = env.run("show 7gk2").exits(4);
    for id in ["7gk2m9x4qd", "7gk2m9x4qe"] {
        assert!(output.stderr.contains(id), "{output}");
    }
    assert_snapshot!(output, @"
    ------- stderr -------
    error: several tokens have an id that begins with 7gk2
    hint: type more of one of [id], [id]
    [exit status: 4]
    ");
    for last in "0123456789abc".chars() {
        let token = env.issue("--full-access");
        env.rename_token(&token.id, &format!("7gk2m9x4q{last}"));
    }
    assert!(
        env.run("show 7gk2")
            .exits(4)
            .stderr
            .trim_end()
            .ends_with(", …")
    );
    env.run("show 7gk2m9x4qd").succeeds();
}

#[test]
fn damaged_policy_is_shown_as_text_and_grants_nothing() {
    let env = TestEnv::new();
    let token = env.issue("--full-access");
    env.sql("UPDATE token SET policy = '{\"resources\": 5}'");
    let shown = env.run(&format!("show {} --json", token.id)).succeeds();
    assert_eq!(shown.json()["policy"], "{\"resources\": 5}");
    let shown = env.run(&format!("show {}", token.id)).succeeds();
    let rights = shown.stdout.lines().last().unwrap();
    assert_snapshot!(rights, @r#"rights          nothing: its stored policy is damaged (The policy's "resources" section must be a JSON object.)"#);
}
