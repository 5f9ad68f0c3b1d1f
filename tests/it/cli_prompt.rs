//! Questions on a terminal: what is shown before them, and what counts as an answer.

use crate::harness::TestEnv;

#[test]
fn refusal_in_other_words_is_no_yes() {
    let env = TestEnv::new();
    let token = env.issue("--read-only");
    let line = format!("$TOKENCTL revoke {}", token.id);
    for typed in ["not yet\\n", "yy\\n", "\\004"] {
        let Some((exit, shown)) = env.on_terminal(&line, typed) else {
            return;
        };
        assert_eq!(exit, 5, "{typed}: {shown}");
        assert!(shown.contains("cancelled, nothing was done"), "{shown}");
    }
    env.run_with_stdin("verify", token.header()).succeeds();
    let (exit, shown) = env.on_terminal(&line, " YES \\n").unwrap();
    assert_eq!(exit, 0, "{shown}");
    env.run_with_stdin("verify", token.header()).exits(12);
}

#[test]
fn menu_is_left_without_a_choice() {
    let env = TestEnv::new();
    for typed in ["q", "\\033"] {
        let Some((exit, shown)) = env.on_terminal("$TOKENCTL issue alice", typed) else {
            return;
        };
        assert_eq!(exit, 5, "{typed}: {shown}");
        assert!(shown.contains("cancelled, nothing was done"), "{shown}");
    }
    assert_eq!(
        env.run("list --format csv")
            .succeeds()
            .stdout
            .lines()
            .count(),
        1
    );
}

#[test]
fn keys_move_the_mark_of_a_menu() {
    let env = TestEnv::new();
    for (typed, is_read_only) in [
        ("j\\r", false),
        ("\\033[B\\r", false),
        ("\\033[Bk\\r", true),
    ] {
        let Some((exit, shown)) = env.on_terminal("$TOKENCTL issue alice", typed) else {
            return;
        };
        assert_eq!(exit, 0, "{typed}: {shown}");
        let told = env.run("list --state active --json").succeeds();
        assert_eq!(
            told.stdout.contains("OPTIONS"),
            is_read_only,
            "{}",
            told.stdout
        );
        env.run("revoke --all --yes").succeeds();
    }
}

#[test]
fn what_is_hit_is_shown_before_any_question() {
    let env = TestEnv::new();
    let token = env.issue("--read-only --note nightly");
    let other = env.issue("--read-only");
    env.sql(&format!(
        "UPDATE token SET expires_at = 1000000000 WHERE id = '{}'",
        other.id
    ));
    let named = format!("{} of alice, never used, \"nightly\"", token.id);
    for (line, shown_before) in [
        (format!("revoke {}", token.id), &named),
        ("suspend --user alice".to_owned(), &named),
        (format!("rotate {}", token.id), &named),
        (
            "restrict --user alice --network 10.0.0.0/8".to_owned(),
            &named,
        ),
        ("user delete alice".to_owned(), &named),
        ("prune".to_owned(), &format!("{} of alice", other.id)),
    ] {
        for flags in ["", " -q", " --json"] {
            let Some((exit, shown)) = env.on_terminal(&format!("$TOKENCTL {line}{flags}"), "n\\n")
            else {
                return;
            };
            assert_eq!(exit, 5, "{line}{flags}: {shown}");
            let (before, _) = shown.split_once("[y/N]").unwrap();
            assert!(before.contains(shown_before), "{line}{flags}: {shown}");
        }
    }
}

#[test]
fn nothing_to_change_is_not_asked_about() {
    let env = TestEnv::new();
    let token = env.issue("--read-only");
    env.run(&format!("revoke {} --yes --reason first", token.id))
        .succeeds();
    for (line, told) in [
        (
            format!("revoke {}", token.id),
            "Revoked 0 tokens (1 revoked before, first date and reason kept).\n",
        ),
        ("revoke --state active".to_owned(), "Revoked 0 tokens.\n"),
        ("suspend --state active".to_owned(), "Suspended 0 tokens.\n"),
        ("resume --state suspended".to_owned(), "Resumed 0 tokens.\n"),
        (
            "restrict --state active --read-only".to_owned(),
            "Restricted 0 tokens.\n",
        ),
        (
            "prune --user alice".to_owned(),
            "Choosing tokens dead by [time].\nRemoved 0 tokens.\n",
        ),
    ] {
        let output = env.run(&line).succeeds();
        assert_eq!(output.told(), told, "{line}");
        assert_eq!(env.run(&format!("{line} --json")).succeeds().stderr, "");
        let Some((exit, shown)) = env.on_terminal(&format!("$TOKENCTL {line}"), "n\\n") else {
            continue;
        };
        assert_eq!(exit, 0, "{line}: {shown}");
        assert!(!shown.contains("[y/N]"), "{line}: {shown}");
    }
    let narrowed = env.issue("--read-only");
    let menu = format!("$TOKENCTL restrict {}", narrowed.id);
    if let Some((exit, shown)) = env.on_terminal(&menu, "\\r") {
        assert_eq!(exit, 0, "{shown}");
        assert!(!shown.contains("[y/N]"), "{shown}");
    }
    env.run("revoke 0000").exits(3);
    env.run(&format!("revoke {} 0000", token.id)).exits(3);
    let told = env.run(&format!("show {} --json", token.id)).succeeds();
    assert_eq!(told.json()["revoked_reason"], "first");
}
