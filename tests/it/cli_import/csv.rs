//! Tables and plain lists.

use insta::assert_snapshot;
use serde_json::json;

use crate::harness::TestEnv;

const TABLE: &str = "\u{feff}who,key,until,why,rights\n\
    alice,first-token-0123456789,2124-01-31,\"laptop, old\",{}\n\
    alice,second-token-0123456789,2024-01-31T12:00:00Z,,\"{\"\"resources\"\":{\"\"*\"\":{\"\"allow\"\":[\"\"GET\"\"],\"\"block\"\":[\"\"*\"\"]}}}\"\n\
    bob,third-token-0123456789,,,broken\n";

#[test]
fn table_is_read_by_its_map() {
    let env = TestEnv::empty();
    env.write("tokens.csv", TABLE);
    let map = "user=who,token=key,expires=until,note=why,policy=rights";
    assert_snapshot!(env.run(&format!("import csv tokens.csv --map {map}")), @"
    place   code            user  message
    line 4  damaged_policy  bob   the policy is damaged; it is kept, and everything is refused
    ------- stderr -------
    Brought in 3 tokens and 2 users.
    [exit status: 0]
    ");
    let record = env
        .run_with_stdin("verify --json", "Bearer first-token-0123456789")
        .succeeds()
        .json();
    assert_eq!(record["token"]["expires_at"], "2124-02-01T00:00:00Z");
    assert_eq!(record["token"]["note"], "laptop, old");
    env.run_with_stdin("verify", "Bearer second-token-0123456789")
        .exits(13);
    env.run_with_stdin("verify", "Bearer third-token-0123456789")
        .exits(14);
    env.run_with_stdin("verify", "Bearer key").exits(10);
}

#[test]
fn date_alone_is_the_end_of_a_life_and_the_beginning_of_the_rest() {
    let env = TestEnv::empty();
    let table = "token,until,made,seen\none-0123456789abcdef,2124-01-31,2024-01-31,2024-02-01\n";
    let map = "token=token,expires=until,created=made,last_used=seen";
    let line = format!("import csv - --map {map} --user alice --read-only");
    env.run_with_stdin(&line, table).succeeds();
    let token = &env.run("list --json").json()[0];
    assert_eq!(token["expires_at"], "2124-02-01T00:00:00Z");
    assert_eq!(token["created_at"], "2024-01-31T00:00:00Z");
    assert_eq!(token["last_used_at"], "2024-02-01T00:00:00Z");
}

#[test]
fn digests_come_in_as_they_are() {
    let env = TestEnv::empty();
    let hex = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    env.write("tokens.csv", &format!("hash\n{hex}\n"));
    env.run("import csv tokens.csv --map sha256=hash --user alice --read-only")
        .succeeds();
    env.run_with_stdin("verify", "token abc").succeeds();
    let denied = env.run_with_stdin("verify --method POST --resource review", "token abc");
    denied.exits(14);
}

#[test]
fn plain_list_is_read_line_by_line() {
    let env = TestEnv::empty();
    let list =
        "ghp_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n\n  spaced-0123456789 \r\nlast-0123456789ab";
    let told = env.run_with_stdin("import csv - --user alice --read-only --json", list);
    assert_eq!(told.succeeds().json()["tokens_added"], json!(3));
    for token in [
        "ghp_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "spaced-0123456789",
        "last-0123456789ab",
    ] {
        env.run_with_stdin("verify", format!("token {token}"))
            .succeeds();
    }
}

#[test]
fn duplicates_count_once_and_two_owners_are_a_conflict() {
    let env = TestEnv::empty();
    let told = env.run_with_stdin(
        "import csv - --user alice --read-only",
        "one-0123456789abc\ntwo-0123456789abc\none-0123456789abc\n",
    );
    assert_snapshot!(told, @"
    place   code       user   message
    line 3  duplicate  alice  the token came before; the first counts
    ------- stderr -------
    Brought in 2 tokens and 1 user (1 token known already).
    [exit status: 0]
    ");
    let table = "user,token\nalice,three-0123456789\nbob,three-0123456789\n";
    let line = "import csv - --map user=user,token=token --read-only";
    env.run_with_stdin(line, table).exits(4);
    env.run_with_stdin("verify", "token three-0123456789")
        .exits(10);
}

#[test]
fn bad_lines_stop_it_with_their_place_and_without_the_token() {
    let env = TestEnv::empty();
    let list = "good-0123456789ab\nnot good hunter2\n";
    let told = env.run_with_stdin("import csv - --user alice --read-only", list);
    assert!(!told.all().contains("hunter2"));
    assert_snapshot!(told, @"
    ------- stderr -------
    error: line 2: token cannot be read
    hint: nothing was brought in: `--dry-run` lists all of them, `--skip-bad` leaves them out
    [exit status: 65]
    ");
    for (list, place) in [
        (
            "good-0123456789ab\nbad-0123456,hunter2\n".to_owned(),
            "line 2",
        ),
        (
            "good-0123456789ab\n\nh\u{fc}nter2-0123456789\n".to_owned(),
            "line 3",
        ),
        ("x".repeat(600), "line 1"),
        ("x".repeat(100_000), "line 1"),
    ] {
        let told = env.run_with_stdin("import csv - --user alice --read-only", list);
        assert!(told.stderr.contains(place), "{told}");
        told.exits(65);
    }
    for (table, place) in [
        ("user,token\nalice,a b0123456789abcdef\n", "line 2"),
        ("user,token\n,hunter2-0123456789\n", "line 2"),
        ("user,token\nalice,x-0123456789abcdef\nalice\n", "line 3"),
        ("user,token\nalice,x-0123456789abcdef,hunter2\n", "line 2"),
        ("user,key\nalice,x-0123456789abcdef\n", "line 1"),
        ("user,token,token\nalice,x-0123456789abcdef,y\n", "line 1"),
        ("", "line 1"),
    ] {
        let line = "import csv - --map user=user,token=token --read-only";
        let told = env.run_with_stdin(line, table);
        assert!(told.stderr.contains(place), "{table:?}: {told}");
        assert!(!told.all().contains("hunter2"), "{told}");
        told.exits(65);
    }
    assert_eq!(env.run("list --json").json(), json!([]));
}

#[test]
fn bad_rows_are_left_out_where_that_is_asked_for() {
    let env = TestEnv::empty();
    let table = b"user,token\n\
        alice,one-0123456789abcdef\n\
        alice\n\
        alice,hunter2,x\n\
        b\xf6b,hunter2-0123456789\n\
        bob,two-0123456789abcdef\n";
    let line = "import csv - --map user=user,token=token --read-only --skip-bad";
    let told = env.run_with_stdin(line, table);
    assert!(!told.all().contains("hunter2"));
    assert_snapshot!(told, @"
    place   code       user  message
    line 3  malformed  -     it has more or fewer fields than the header
    line 4  malformed  -     it has more or fewer fields than the header
    line 5  malformed  -     it is not UTF-8 text
    ------- stderr -------
    Brought in 2 tokens and 2 users (3 items left out).
    [exit status: 0]
    ");
    let list = format!("{}\nthree-0123456789abc\n", "x".repeat(100_000));
    let told = env.run_with_stdin("import csv - --user alice --read-only --skip-bad", list);
    assert_snapshot!(told, @"
    place   code       user  message
    line 1  malformed  -     the line is too long for a token
    ------- stderr -------
    Brought in 1 token and 0 users (1 item left out).
    [exit status: 0]
    ");
}

#[test]
fn columns_that_were_mixed_up_make_no_credentials_and_show_none() {
    let env = TestEnv::empty();
    for secret in [
        "0123456789abcdef0123456789abcdef01234567",
        "ghp_0123456789abcdefABCDEF0123456789abcd",
        "7|u8jzPde0IgxLd6GncfBAepfJBd0Kh8oOOL8dKLzd69838e04",
        "tkc_7gk2m9x4qd_0123456789ABCDEFGHIJabcdefghijklmnopqr",
    ] {
        env.write(
            "tokens.csv",
            &format!(
                "owner,key,what\nsomebody-with-a-long-name,{secret},x\nbob,{secret},{secret}\n"
            ),
        );
        for (map, message) in [
            ("user=key,token=owner", "line 2: user cannot be read"),
            ("user=owner,token=owner", "line 3: token cannot be read"),
            (
                "user=owner,token=key,note=what",
                "line 3, user `bob`: note cannot be read",
            ),
            ("user=what,token=key", "line 3: user cannot be read"),
        ] {
            let line = format!("import csv tokens.csv --map {map} --full-access");
            let told = env.run(&line);
            assert!(told.stderr.contains(message), "{map}: {told}");
            assert!(!told.all().contains(secret), "{told}");
            told.exits(65);
            let told = env.run(&format!("{line} --dry-run -vv"));
            assert!(!told.all().contains(secret), "{told}");
        }
    }
    let short = env.run_with_stdin("import csv - --user alice --read-only", "x23456789012345");
    short.exits(65);
    env.run_with_stdin("import csv - --user alice --read-only", "x234567890123456")
        .succeeds();
}

#[test]
fn names_and_notes_of_numbers_and_addresses_are_no_tokens() {
    let env = TestEnv::empty();
    let names = [
        "6fa459ea-ee8a-3ca4-894e-db77e160355e",
        "6fa459eaee8a3ca4894edb77e160355e",
        "user_2NNEqL2nrIRdJ194ndJqAHwEfxC",
        "somebody.with.a.long.name.2024@department.example.com",
    ];
    let rows: String = (names.iter().zip(0..))
        .map(|(name, number)| {
            format!("{name},token-0123456789-{number},https://git.example/da39a3ee5e6b4b0d3255bfef95601890afd80709\n")
        })
        .collect();
    let line = "import csv - --map user=user,token=token,note=note --read-only --json";
    let told = env.run_with_stdin(line, format!("user,token,note\n{rows}"));
    assert_eq!(told.succeeds().json()["tokens_added"], json!(names.len()));
}

#[test]
fn owners_and_rights_are_said_once() {
    let env = TestEnv::empty();
    env.write("tokens.csv", TABLE);
    for flags in [
        "",
        "--user alice",
        "--read-only",
        "--user alice --read-only --full-access",
        "--map user=who,token=key",
        "--map user=who,token=key --user alice --read-only",
        "--map token=key --read-only",
        "--map user=who,token=key,policy=rights --read-only",
        "--map user=who --read-only",
        "--map secret=key --user alice --read-only",
        "--user b\u{f6}b --read-only",
    ] {
        env.run(&format!("import csv tokens.csv {flags}")).exits(2);
    }
    env.run("import csv tokens.csv --map user=who,token=key --policy missing.json")
        .exits(66);
}

#[test]
fn stray_quote_does_not_give_a_token_to_the_owner_of_another() {
    let env = TestEnv::empty();
    let key = "0123456789abcdef";
    let table =
        format!("owner,comment,key,until\nalice,\"laptop,{key}0,2020-01-01\nbob,\"x\",{key}1,\n");
    let map = "user=owner,token=key,expires=until";
    assert_snapshot!(env.run_with_stdin(&format!("import csv - --map {map} --read-only"), &table), @"
    ------- stderr -------
    error: line 3: a quote is not at the edge of a field, or is never closed
    hint: nothing was brought in: mend the quotes
    [exit status: 65]
    ");
}

#[test]
fn table_of_our_own_is_no_way_back_for_what_is_revoked() {
    let env = TestEnv::new();
    let token = env.issue("--read-only");
    let export = || env.run("export --format csv").stdout;
    let map = "user=user,sha256=digest,expires=expires_at,policy=policy";
    let line = format!("import csv - --map {map}");
    env.run_with_stdin(&line, export()).succeeds();
    env.run(&format!("revoke {} --yes", token.id)).succeeds();
    assert_snapshot!(env.run_with_stdin(&line, export()), @"
    ------- stderr -------
    error: line 2: revoked_at cannot be brought in from a table; export without `--format csv`
    hint: nothing was brought in: `--dry-run` lists all of them, `--skip-bad` leaves them out
    [exit status: 65]
    ");
    // As a spreadsheet writes it.
    env.run_with_stdin(&line, format!("\u{feff}{}", export()))
        .exits(65);
}
