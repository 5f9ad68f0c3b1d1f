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
fn menu_is_left_by_the_end_of_input() {
    let env = TestEnv::new();
    for typed in ["\\004", "q", "\\033"] {
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
