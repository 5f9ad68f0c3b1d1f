//! A secret is shown once, by `issue`, and is nowhere else.

use std::collections::HashSet;
use std::fs;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use insta::assert_snapshot;
use jiff::Timestamp;
use tokenctl::authority::{Authority, IssueRequest};
use tokenctl::change::Actor;
use tokenctl::entropy::OsEntropy;
use tokenctl::format::TokenFormats;
use tokenctl::policy::Policy;
use tokenctl::store::{Location, OpenOptions};
use tokenctl::token::NewToken;
use tokenctl::user::UserName;

use crate::harness::{CommandOutput, IssuedToken, TestEnv, set_mode};

/// How much of a secret is already too much: less would be found in any large file.
const WINDOW: usize = 16;

/// Where the secret part begins, behind `tkc_`, the id, which is public, and `_`.
const BODY: usize = 15;

/// Every sixteen bytes in a row of each secret, in every form that it could hide in.
#[derive(Default)]
struct Traces(HashSet<[u8; WINDOW]>);

impl Traces {
    fn add(&mut self, secret: &str) {
        let body = &secret[BODY..];
        let hex: String = body.bytes().map(|byte| format!("{byte:02x}")).collect();
        let mut forms: Vec<Vec<u8>> = vec![
            body.into(),
            body.bytes().rev().collect(),
            hex.clone().into_bytes(),
            hex.to_uppercase().into_bytes(),
            body.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            body.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        ];
        // Base64 looks different at each of three offsets, and its ends mix with what stands beside.
        for offset in 0..3 {
            let shifted = [&b"   "[..offset], body.as_bytes()].concat();
            for encoded in [STANDARD.encode(&shifted), URL_SAFE_NO_PAD.encode(&shifted)] {
                let whole = encoded.trim_end_matches('=');
                forms.push(whole[4..whole.len() - 4].into());
            }
        }
        for form in forms {
            for window in form.windows(WINDOW) {
                self.0.insert(window.try_into().unwrap());
            }
        }
    }

    fn are_in(&self, haystack: &[u8]) -> bool {
        haystack.windows(WINDOW).any(|window| {
            let window: [u8; WINDOW] = window.try_into().unwrap();
            self.0.contains(&window)
        })
    }
}

fn assert_no_trace_in_files(env: &TestEnv, traces: &Traces) -> usize {
    let mut searched = 0;
    let mut directories = vec![env.path("")];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                directories.push(path);
                continue;
            }
            let content = fs::read(&path).unwrap();
            assert!(
                !traces.are_in(&content),
                "{} holds a part of a secret",
                path.display()
            );
            assert!(!traces.are_in(path.as_os_str().as_encoded_bytes()));
            searched += content.len();
        }
    }
    searched
}

#[test]
fn traces_are_found_where_they_are() {
    let secret = "tkc_7gk2m9x4qd_0123456789ABCDEFGHIJabcdefghijklmnopqr";
    let mut traces = Traces::default();
    traces.add(secret);
    assert!(traces.are_in(format!("x{}", &secret[20..40]).as_bytes()));
    assert!(traces.are_in(STANDARD.encode(format!("alice:{secret}")).as_bytes()));
    assert!(
        traces.are_in(
            secret
                .bytes()
                .map(|byte| format!("{byte:02x}"))
                .collect::<String>()
                .as_bytes()
        )
    );
    assert!(!traces.are_in(b"tkc_7gk2m9x4qd_ is public, and so is a digest"));
}

#[test]
fn secrets_of_a_thousand_tokens_are_nowhere() {
    let env = TestEnv::new();
    let mut traces = Traces::default();
    // Keeps the log from being written back, so that it is searched too.
    let keeper = rusqlite::Connection::open(env.store()).unwrap();
    keeper
        .query_row("SELECT count(*) FROM token", [], |row| row.get::<_, i64>(0))
        .unwrap();

    let mut issued = Vec::new();
    for number in 0..50 {
        let json = number % 2 == 0;
        let line = format!(
            "issue alice --full-access -vvv --note n{number}{}",
            if json { " --json" } else { "" }
        );
        let told = env.run(&line).succeeds();
        let secret = match json {
            true => told.json()["token"].as_str().unwrap().to_owned(),
            false => told.stdout.trim_end().to_owned(),
        };
        assert_eq!(told.stdout.matches(&secret).count(), 1);
        assert_eq!(told.stdout.matches(&secret[BODY..47]).count(), 1);
        let mut own = Traces::default();
        own.add(&secret);
        assert!(!own.are_in(told.stderr.as_bytes()), "{told}");
        traces.add(&secret);
        issued.push(IssuedToken {
            id: secret[4..14].to_owned(),
            secret,
        });
    }
    issue_in_process(&env, 950, &mut traces);

    let mut said = Vec::new();
    let mut hear = |told: CommandOutput| said.push(told.all());
    for format in ["table", "json", "jsonl", "csv"] {
        hear(env.run(&format!("list --format {format} -vvv")).succeeds());
        hear(
            env.run(&format!("show {} --format {format} -vvv", issued[0].id))
                .succeeds(),
        );
        hear(
            env.run_with_stdin(
                &format!("identify --format {format} -vvv"),
                &issued[1].secret,
            )
            .succeeds(),
        );
        hear(
            env.run_with_stdin(
                &format!("verify --format {format} -vvv --record-use"),
                issued[2].header(),
            )
            .succeeds(),
        );
    }
    for (token, header) in issued
        .iter()
        .zip(["token", "Bearer", "Basic", "bearer"].iter().cycle())
    {
        let value = match *header {
            "Basic" => STANDARD.encode(format!("alice:{}", token.secret)),
            _ => token.secret.clone(),
        };
        hear(
            env.run_with_stdin(
                "verify -vvv --address 192.0.2.1",
                format!("{header} {value}"),
            )
            .succeeds(),
        );
    }
    hear(
        env.run(&format!("verify -vvv token {}", issued[3].secret))
            .succeeds(),
    );
    hear(
        env.run_with_stdin(
            "revoke --secret - --yes -vvv --reason leaked",
            issued[4].header(),
        )
        .succeeds(),
    );
    hear(
        env.run_with_stdin("verify -vvv --json", issued[4].header())
            .exits(12),
    );
    hear(env.run("revoke --user alice --yes -vvv --json").succeeds());
    hear(env.run("config -vvv").succeeds());
    let said = said.concat();
    assert!(said.len() > 500_000, "{}", said.len());
    assert!(
        !traces.are_in(said.as_bytes()),
        "an output holds a part of a secret"
    );

    assert!(env.path("tokens.db-wal").exists() && env.path("tokens.db-shm").exists());
    assert!(assert_no_trace_in_files(&env, &traces) > 500_000);
    drop(keeper);
    env.run("user add bob").succeeds();
    assert_no_trace_in_files(&env, &traces);
}

fn issue_in_process(env: &TestEnv, count: usize, traces: &mut Traces) {
    let store = Location::parse(env.store().to_str().unwrap()).unwrap();
    let store = store.open(OpenOptions::default()).unwrap();
    let authority = Authority::new(store, Arc::new(TokenFormats::default()));
    let request = IssueRequest {
        prefix: Some("tkc".to_owned()),
        ..IssueRequest::new(NewToken::new(
            UserName::verbatim("alice"),
            Policy::read_only(),
        ))
    };
    let now = Timestamp::from_second(1_767_225_600).unwrap();
    for _ in 0..count {
        let issued = authority
            .issue(&request, &Actor::named("test"), &mut OsEntropy, now)
            .unwrap();
        let secret = issued.secret.expose_secret();
        assert!(!format!("{issued:?}").contains(&secret[BODY..]));
        traces.add(secret);
    }
}

#[test]
fn secret_typed_in_the_wrong_place_is_not_repeated() {
    let env = TestEnv::new();
    let secrets = [
        env.issue("--full-access").secret,
        env.issue("--full-access --generator legacy_sha1").secret,
        env.issue("--full-access --generator vendor_checksum --prefix rbt")
            .secret,
    ];
    let mut told = 0;
    for secret in &secrets {
        for line in [
            "SECRET",
            "SECRET list",
            "--SECRET",
            "-SECRET",
            "help SECRET",
            "init SECRET",
            "migrate SECRET",
            "config SECRET",
            "completions SECRET",
            "list SECRET",
            "list --SECRET",
            "list --user SECRET",
            "list --user=SECRET",
            "list --after SECRET",
            "list --columns SECRET",
            "list --label SECRET",
            "list --state SECRET",
            "list --sort SECRET",
            "list --limit SECRET",
            "list --generator SECRET",
            "list --created-after SECRET",
            "list --expiring-within SECRET",
            "list --unused-for SECRET",
            "list --ids-from SECRET",
            "list --format SECRET",
            "list --color SECRET",
            "list --timeout SECRET",
            "list --store SECRET",
            "list --store=SECRET",
            "list --store sub/SECRET",
            "list --store SECRET://x",
            "list --config SECRET",
            "list -SECRET",
            "show SECRET",
            "show --SECRET",
            "show token SECRET",
            "scan SECRET",
            "scan - --reason SECRET --revoke --yes",
            "revoke SECRET",
            "revoke --yes SECRET",
            "revoke --secret SECRET --yes",
            "revoke --user SECRET --yes",
            "revoke --all SECRET",
            "revoke --reason x SECRET --yes",
            "identify SECRET",
            "identify - SECRET",
            "identify --secret SECRET",
            "verify --address SECRET x",
            "verify --at SECRET x",
            "verify --header-from SECRET x",
            "verify --resource SECRET --method SECRET --id SECRET x",
            "verify token SECRET",
            "verify SECRET",
            "verify Authorization: SECRET",
            "verify Digest SECRET",
            "verify token SECRET SECRET",
            "issue SECRET",
            "issue SECRET --read-only",
            "issue alice SECRET --read-only",
            "issue alice --SECRET",
            "issue alice --read-only=SECRET",
            "issue alice --read-only --expires SECRET",
            "issue alice --read-only --label SECRET",
            "issue alice --read-only --network SECRET",
            "issue alice --read-only --prefix SECRET",
            "issue alice --read-only --generator SECRET",
            "issue alice --policy SECRET",
            "issue SECRET --create-user --read-only",
            "issue alice --read-only --out SECRET/x",
            "issue alice --read-only --note SECRET",
            "issue alice --read-only --label k=SECRET",
            "issue alice --read-only --note leaked:SECRET",
            "revoke --all --yes --reason SECRET",
            "revoke --dry-run --all --reason (SECRET)",
            "user SECRET",
            "user add SECRET",
            "user add alice SECRET",
            "user show SECRET",
            "user rename alice SECRET",
            "user rename SECRET bob",
            "user disable SECRET",
            "user enable SECRET",
            "user delete SECRET",
            "user delete SECRET --yes",
            "user delete alice --yes --reason SECRET",
            "user list --columns SECRET",
        ] {
            // Forty digits of hex alone may be a commit: they may stand in a note, and what is kept is shown.
            let is_kept = [
                "note",
                "label",
                "reason",
                "create-user",
                "add",
                "rename alice",
            ]
            .iter()
            .any(|word| line.contains(word));
            if secret.len() == 40 && is_kept {
                continue;
            }
            for extra in ["", "--json", "-vvv"] {
                let line = format!("{} {extra}", line.replace("SECRET", secret));
                let output = env.run(&line);
                let part = &secret[secret.len() - 38..];
                for window in [part, &part[..20], &part[18..]] {
                    assert!(!output.all().contains(window), "{line}: {output}");
                }
                told += 1;
            }
        }
    }
    assert!(told > 700, "{told}");
    // Nor was any of them kept, but for the digest.
    let mut traces = Traces::default();
    traces.add(&secrets[0]);
    assert_no_trace_in_files(&env, &traces);
    assert_eq!(
        env.run("user list --json").succeeds().column("name"),
        ["alice"]
    );
    env.run_with_stdin("verify", format!("token {}", secrets[0]))
        .succeeds();
}

#[test]
fn secret_is_no_name_in_a_policy() {
    let env = TestEnv::new();
    let token = env.issue("--full-access");
    let rule = format!("restrict {} --block {}:GET", token.id, token.secret);
    assert_snapshot!(env.run(&rule), @"
    ------- stderr -------
    error: a rule holds a token
    hint: name a token by its id: its secret is written down nowhere
    [exit status: 2]
    ");
    let text = format!(
        "{{\"resources\": {{\n  \"{}\": {{\"*\": {{\"block\": [\"*\"]}}}}}}}}",
        token.secret
    );
    env.write("p.json", &text);
    assert_snapshot!(env.run("issue alice --policy p.json"), @"
    ------- stderr -------
    error: p.json:2: the policy holds a token
    hint: name a token by its id: its secret is written down nowhere
    [exit status: 65]
    ");
    for line in [
        "policy check p.json",
        "policy lint p.json",
        "policy explain p.json",
        "policy diff p.json p.json",
    ] {
        let told = env.run(line).exits(65);
        assert!(!told.to_string().contains(&token.secret), "{line}");
    }
    env.run(&format!("show {}", token.id)).succeeds();
    assert_eq!(
        env.run("list --json").succeeds().json()[0]["policy"],
        serde_json::json!({})
    );
}

#[test]
fn file_is_not_named_after_a_secret() {
    let env = TestEnv::new();
    let token = env.issue("--full-access");
    for line in [
        "issue alice --read-only --out SECRET",
        "init --store SECRET",
        "init --store sub/SECRET",
        "man SECRET",
    ] {
        let output = env.run(&line.replace("SECRET", &token.secret)).exits(2);
        assert!(!output.all().contains(&token.secret[BODY..]), "{output}");
    }
    let mut traces = Traces::default();
    traces.add(&token.secret);
    assert_no_trace_in_files(&env, &traces);
}

#[test]
fn bad_configuration_is_not_repeated() {
    let env = TestEnv::new();
    let secret = env.issue("--full-access").secret;
    for text in [
        "timeout = 'SECRET'",
        "store = 'SECRET'",
        "store = SECRET",
        "SECRET = 1",
        "SECRET",
        "[SECRET]\na = 1",
        "[issue]\nSECRET = 1",
        "[issue]\nprefix = 'SECRET'",
        "[issue]\ngenerator = 'SECRET'",
        "[issue]\ndefault_policy = 'SECRET'",
        "[issue]\ndefault_expiry = 'SECRET'",
        "[issue]\nmax_lifetime = 'SECRET'",
        "[auth]\nprefixes = ['SECRET']",
        "[auth]\nvendor_types = ['SECRET-']",
        "[auth]\nrealm = '\"SECRET'",
        "[auth]\nweb_backends = ['SECRET']",
        "[auth]\ndeprecated_generators = 'SECRET'",
        "[usage]\nresolution = 'SECRET'",
        "issue = 'SECRET'",
    ] {
        env.configure(&text.replace("SECRET", &secret));
        for line in ["list -vvv", "list --json", "issue alice --read-only"] {
            let output = env.run(line).exits(65);
            for part in [&secret[BODY..], &secret[BODY..40]] {
                assert!(!output.all().contains(part), "{text}: {output}");
            }
        }
    }
}

#[test]
fn bad_stdin_is_not_repeated() {
    let env = TestEnv::new();
    let secret = env.issue("--full-access").secret;
    for line in [
        "issue alice --policy -",
        "revoke --ids-from - --yes",
        "list --ids-from -",
        "identify",
        "revoke --secret - --yes",
    ] {
        for text in [
            "SECRET,",
            "{\"SECRET\": 1}",
            "{\"resources\": {\"*\": {\"SECRET\": []}}}",
            "\"SECRET",
            "x SECRET",
            "SECRETSECRET",
        ] {
            for extra in ["-vvv", "--json"] {
                let output =
                    env.run_with_stdin(&format!("{line} {extra}"), text.replace("SECRET", &secret));
                assert!(
                    !output.all().contains(&secret[BODY..]),
                    "{line} {text}: {output}"
                );
            }
        }
    }
    let path = env.write(
        "policy.json",
        &format!("{{\"resources\": {{\"{secret}\": 5}}}}"),
    );
    set_mode(&path, 0o600);
    let output = env.run("issue alice --policy policy.json").exits(65);
    assert!(!output.all().contains(&secret[BODY..]), "{output}");
}
