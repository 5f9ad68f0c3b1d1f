//! `tokenctl stats`.

use insta::assert_snapshot;

use crate::harness::TestEnv;

/// A store with tokens in every state, of users in every state.
fn env() -> TestEnv {
    let env = TestEnv::new();
    for name in ["bob", "carol", "dave"] {
        env.run(&format!("user add {name}")).succeeds();
    }
    let used = env.issue("--full-access --expires 5d");
    env.issue("--full-access --expires 20d --generator legacy_sha1");
    env.issue("--full-access --expires never");
    env.run_with_stdin("verify --record-use", used.header())
        .succeeds();
    let old = env.issue_to("bob", "--full-access --expires never");
    env.sql(&format!(
        "UPDATE token SET created_at = unixepoch() - 400 * 86400 WHERE id = '{}'",
        old.id
    ));
    let expired = env.issue("--full-access");
    env.sql(&format!(
        "UPDATE token SET expires_at = created_at WHERE id = '{}'",
        expired.id
    ));
    let suspended = env.issue("--full-access");
    env.run(&format!("suspend {}", suspended.id)).succeeds();
    let rotated = env.issue("--full-access --expires 60d");
    env.run(&format!("rotate {} --yes", rotated.id)).succeeds();
    env.issue_to("carol", "--full-access");
    env.run("user delete carol --yes").succeeds();
    env.run("user disable bob").succeeds();
    env
}

#[test]
fn empty_store_is_counted_in_every_form() {
    let env = TestEnv::empty();
    assert_snapshot!(env.run("stats"), @"
    Store
      tokens          0
      removed tokens  0
      events          0

    Tokens by state
      active     0
      expired    0
      suspended  0
      rotated    0
      revoked    0

    Active tokens
      end within 7 days     0
      end within 30 days    0
      end within 90 days    0
      never end             0
      never used            0
      not used for 90 days  0
      of disabled users     0

    Active tokens by age
      under 7 days      0
      7 to 30 days      0
      30 to 90 days     0
      90 to 180 days    0
      180 to 365 days   0
      365 to 730 days   0
      730 days or more  0

    Users
      active    0
      disabled  0
      deleted   0
    [exit status: 0]
    ");
    assert_snapshot!(env.run("stats --json"), @r#"
    {
      "at": "[time]",
      "tokens": 0,
      "states": {
        "active": 0,
        "expired": 0,
        "suspended": 0,
        "rotated": 0,
        "revoked": 0
      },
      "active": {
        "expiring_in_7_days": 0,
        "expiring_in_30_days": 0,
        "expiring_in_90_days": 0,
        "never_expiring": 0,
        "never_used": 0,
        "unused_for_90_days": 0,
        "of_disabled_users": 0
      },
      "ages": [
        {
          "from_days": 0,
          "to_days": 7,
          "active": 0
        },
        {
          "from_days": 7,
          "to_days": 30,
          "active": 0
        },
        {
          "from_days": 30,
          "to_days": 90,
          "active": 0
        },
        {
          "from_days": 90,
          "to_days": 180,
          "active": 0
        },
        {
          "from_days": 180,
          "to_days": 365,
          "active": 0
        },
        {
          "from_days": 365,
          "to_days": 730,
          "active": 0
        },
        {
          "from_days": 730,
          "to_days": null,
          "active": 0
        }
      ],
      "oldest_active": null,
      "generators": [],
      "owners": [],
      "users": {
        "active": 0,
        "disabled": 0,
        "deleted": 0
      },
      "removed": 0,
      "events": 0
    }
    [exit status: 0]
    "#);
}

#[test]
fn store_is_shown_in_numbers() {
    let env = env();
    assert_snapshot!(env.run("stats"), @"
    Store
      tokens           9
      removed tokens   0
      events          18

    Tokens by state
      active     5
      expired    1
      suspended  1
      rotated    1
      revoked    1

    Active tokens
      end within 7 days     1
      end within 30 days    2
      end within 90 days    3
      never end             2
      never used            4
      not used for 90 days  1
      of disabled users     1
      oldest                [id] of bob, [time]

    Active tokens by age
      under 7 days      4
      7 to 30 days      0
      30 to 90 days     0
      90 to 180 days    0
      180 to 365 days   0
      365 to 730 days   1
      730 days or more  0

    Active tokens by format (of all)
      tokenctl_v1  4 of 8
      legacy_sha1  1 of 1

    Active tokens by owner (of all)
      alice            4 of 7
      bob (disabled)   1 of 1
      carol (deleted)  0 of 1

    Users
      active    2
      disabled  1
      deleted   1
    [exit status: 0]
    ");
    assert_snapshot!(env.run("stats --format csv --owners 2"), @"
    group,name,count
    tokens,all,9
    states,active,5
    states,expired,1
    states,suspended,1
    states,rotated,1
    states,revoked,1
    active,expiring_in_7_days,1
    active,expiring_in_30_days,2
    active,expiring_in_90_days,3
    active,never_expiring,2
    active,never_used,4
    active,unused_for_90_days,1
    active,of_disabled_users,1
    ages,0_to_7_days,4
    ages,7_to_30_days,0
    ages,30_to_90_days,0
    ages,90_to_180_days,0
    ages,180_to_365_days,0
    ages,365_to_730_days,1
    ages,730_days_and_more,0
    generators,tokenctl_v1,8
    active_by_generator,tokenctl_v1,4
    generators,legacy_sha1,1
    active_by_generator,legacy_sha1,1
    owners,alice,7
    active_by_owner,alice,4
    owners,bob,1
    active_by_owner,bob,1
    users,active,2
    users,disabled,1
    users,deleted,1
    tokens,removed,0
    events,all,18
    [exit status: 0]
    ");
    let told = env.run("stats --format jsonl --owners 1").succeeds();
    assert_eq!(told.stdout.lines().count(), 1);
    assert_eq!(told.json()["owners"].as_array().unwrap().len(), 1);
}

#[test]
fn json_has_the_same_numbers() {
    let env = env();
    let told = env.run("stats --json").succeeds().json();
    assert_snapshot!(told["states"], @r#"{"active":5,"expired":1,"revoked":1,"rotated":1,"suspended":1}"#);
    assert_snapshot!(told["active"], @r#"{"expiring_in_30_days":2,"expiring_in_7_days":1,"expiring_in_90_days":3,"never_expiring":2,"never_used":4,"of_disabled_users":1,"unused_for_90_days":1}"#);
    assert_snapshot!(told["users"], @r#"{"active":2,"deleted":1,"disabled":1}"#);
    assert_snapshot!(told["owners"], @r#"[{"active":4,"state":"active","tokens":7,"user":"alice"},{"active":1,"state":"disabled","tokens":1,"user":"bob"},{"active":0,"state":"deleted","tokens":1,"user":"carol"}]"#);
    assert_snapshot!(told["ages"], @r#"[{"active":4,"from_days":0,"to_days":7},{"active":0,"from_days":7,"to_days":30},{"active":0,"from_days":30,"to_days":90},{"active":0,"from_days":90,"to_days":180},{"active":0,"from_days":180,"to_days":365},{"active":1,"from_days":365,"to_days":730},{"active":0,"from_days":730,"to_days":null}]"#);
    assert_eq!(told["oldest_active"]["user"], "bob");
    assert!(told["at"].is_string());
}

#[test]
fn numbers_are_those_of_lists() {
    let env = env();
    let told = env.run("stats --json").succeeds().json();
    let listed = |flags: &str| {
        let listed = env.run(&format!("list --json {flags}")).succeeds();
        listed.column("id").len()
    };
    for state in ["active", "expired", "suspended", "rotated", "revoked"] {
        let count = listed(&format!("--state {state}"));
        assert_eq!(told["states"][state], count, "{state}");
        assert!(count > 0, "{state}");
    }
    for (name, flags) in [
        ("expiring_in_7_days", "--expiring-within 7d"),
        ("expiring_in_30_days", "--expiring-within 30d"),
        ("expiring_in_90_days", "--expiring-within 90d"),
        ("never_used", "--state active --never-used"),
        ("unused_for_90_days", "--state active --unused-for 90d"),
    ] {
        let count = listed(flags);
        assert_eq!(told["active"][name], count, "{name}");
        assert!(count > 0, "{name}");
    }
    for of in told["owners"].as_array().unwrap() {
        let user = of["user"].as_str().unwrap();
        if of["state"] != "deleted" {
            assert_eq!(of["tokens"], listed(&format!("--user {user}")), "{user}");
        }
    }
    assert_eq!(told["tokens"], listed(""));
}

#[test]
fn terminal_shows_bars() {
    let env = env();
    let Some((exit, shown)) = env.on_terminal("$TOKENCTL stats", "") else {
        return;
    };
    assert_eq!(exit, 0);
    assert!(shown.contains("████████"), "{shown}");
    let narrow = env.on_terminal("COLUMNS=40 $TOKENCTL stats", "").unwrap().1;
    assert!(!narrow.contains('█'), "{narrow}");
    let ascii = env.on_terminal("LC_ALL=C $TOKENCTL stats", "").unwrap().1;
    assert!(
        ascii.contains("########") && !ascii.contains('█'),
        "{ascii}"
    );
}

#[test]
fn faults_of_arguments_are_told() {
    let env = TestEnv::new();
    env.run("stats --owners -1").exits(2);
    env.run("stats --owners x").exits(2);
    env.run("stats --store missing.db").exits(21);
}
