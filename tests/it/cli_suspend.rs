//! `tokenctl suspend` and `tokenctl resume`.

use insta::assert_snapshot;

use crate::harness::TestEnv;

#[test]
fn token_is_refused_until_it_is_resumed() {
    let env = TestEnv::new();
    let token = env.issue("--read-only --note ci");
    assert_snapshot!(env.run(&format!("suspend {}", token.id)), @"
    id          user   state      suspended_at          last_used_at  note
    [id]  alice  suspended  [time]  -             ci
    ------- stderr -------
    Suspended 1 token.
    [exit status: 0]
    ");
    assert_snapshot!(env.run_with_stdin("verify", token.header()), @"
    suspended since [time] alice [id]
    [exit status: 12]
    ");
    assert_snapshot!(env.run(&format!("suspend {}", token.id)), @"
    id          user   state      suspended_at          last_used_at  note
    [id]  alice  suspended  [time]  -             ci
    ------- stderr -------
    Suspended 0 tokens (1 suspended before, first date kept).
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&format!("resume {}", token.id)), @"
    id          user   state   expires_at            last_used_at  note
    [id]  alice  active  [time]  -             ci
    ------- stderr -------
    Resumed 1 token.
    [exit status: 0]
    ");
    env.run_with_stdin("verify", token.header()).succeeds();
    assert_snapshot!(env.run(&format!("resume {}", token.id)), @"
    id          user   state   expires_at            last_used_at  note
    [id]  alice  active  [time]  -             ci
    ------- stderr -------
    Resumed 0 tokens (1 not suspended).
    [exit status: 0]
    ");
}

#[test]
fn revoked_token_stays_revoked_and_that_is_told() {
    let env = TestEnv::new();
    let dead = env.issue("--read-only");
    let live = env.issue("--read-only");
    env.run(&format!("revoke {} --yes --reason leaked", dead.id))
        .succeeds();
    let told = env.run(&format!("suspend {} {}", dead.id, live.id));
    assert_eq!(
        told.succeeds().stderr,
        "Suspended 1 token (1 revoked or rotated out, and left so).\n"
    );
    let told = env.run(&format!("resume {} {}", dead.id, live.id));
    assert_eq!(
        told.succeeds().stderr,
        "Resumed 1 token (1 revoked or rotated out, and left so).\n"
    );
    env.run_with_stdin("verify", dead.header()).exits(12);
    env.run_with_stdin("verify", live.header()).succeeds();
}

#[test]
fn chosen_tokens_have_to_be_confirmed() {
    let env = TestEnv::new();
    env.run("user add bob").succeeds();
    let alices = env.issue("--read-only");
    let bobs = env.issue_to("bob", "--read-only");
    for verb in ["suspend", "resume"] {
        if verb == "resume" {
            env.run("suspend --user alice --yes").succeeds();
        }
        env.run(&format!("{verb} --user alice")).exits(2);
        env.run(&format!("{verb} --user alice --json")).exits(2);
        env.run(&format!("{verb} --all {} --yes", bobs.id)).exits(2);
        env.run(&format!("{verb} --yes")).exits(2);
        env.run(&format!("{verb} {} 0000", bobs.id)).exits(3);
    }
    env.run_with_stdin("verify", alices.header()).exits(12);
    env.run("resume --user alice --yes").succeeds();
    env.run_with_stdin("verify", alices.header()).succeeds();
    assert_snapshot!(env.run("suspend"), @"
    ------- stderr -------
    error: no token is named
    hint: name ids, or choose tokens with flags such as `--user NAME`; all of them is `--all`
    [exit status: 2]
    ");
    assert_snapshot!(env.run("suspend --user alice --dry-run"), @"
    id          user   state      suspended_at          last_used_at  note
    [id]  alice  suspended  [time]  -
    ------- stderr -------
    Would suspend 1 token; nothing was done.
    [exit status: 0]
    ");
    env.run_with_stdin("verify", alices.header()).succeeds();
    let done = env.run("suspend --user alice --yes --json").succeeds();
    assert_eq!(done.column("state"), ["suspended"]);
    env.run_with_stdin("verify", alices.header()).exits(12);
    env.run_with_stdin("verify", bobs.header()).succeeds();
    assert_snapshot!(env.run("suspend --user bob --never-used --expiring-within 1d --yes"), @"
    ------- stderr -------
    Choosing tokens ending by [time].
    Suspended 0 tokens.
    [exit status: 0]
    ");
    env.run_with_stdin("resume --ids-from - --yes -q", format!("{}\n", alices.id))
        .succeeds();
    env.run_with_stdin("verify", alices.header()).succeeds();
}

#[test]
fn question_on_a_terminal_is_asked_for_chosen_tokens_alone() {
    let env = TestEnv::new();
    let token = env.issue("--read-only");
    let Some((exit, shown)) = env.on_terminal("$TOKENCTL suspend --all", "n\\n") else {
        return;
    };
    assert_eq!(exit, 5, "{shown}");
    assert!(shown.contains("About to suspend 1 token."), "{shown}");
    assert!(shown.contains("Suspend these tokens?"), "{shown}");
    env.run_with_stdin("verify", token.header()).succeeds();
    let line = format!("$TOKENCTL suspend {}", token.id);
    let (exit, shown) = env.on_terminal(&line, "n\\n").unwrap();
    assert_eq!(exit, 0, "{shown}");
    env.run_with_stdin("verify", token.header()).exits(12);
}
