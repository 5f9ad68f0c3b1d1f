//! One table of requests, asked through the command line, the layer, and the server behind each proxy: all give the
//! code that the table says.

use std::io::Write as _;
use std::net::IpAddr;
use std::process::Stdio;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{AUTHORIZATION, HeaderValue};
use http::{Method, Request};
use serde_json::Value;
use tokenctl::auth::Authenticator;
use tokenctl::catalogue::{Catalogue, Entry, Mode};
use tokenctl::clock::SystemClock;
use tokenctl::http::profile::{AUTH_PATH, Original, Profile};
use tokenctl::http::{ClientAddress, RequireToken};
use tokenctl::outcome::OutcomeCode;
use tokenctl::store::{Location, OpenOptions};

use crate::harness::{IssuedToken, TOKENCTL, TestEnv};
use crate::serving::Serving;

const YES: &str = "accepted";
const NO: &str = "denied_by_rule";
const NOBODY: &str = "no_credentials";
const MALFORMED: &str = "malformed";
const UNKNOWN: &str = "unknown";
const PATH: &str = "path_refused";
const METHOD: &str = "method_refused";

/// The catalogue, a closed one: resource, path, methods.
const RESOURCES: [(&str, &str, &[&str]); 2] = [
    (
        "review",
        "/api/reviews/{id:number}",
        &["GET", "POST", "DELETE"],
    ),
    ("repository", "/api/repositories/{id}", &["GET", "PUT"]),
];

/// Reviews may be read, the review 42 deleted too; of all else nothing.
const REVIEWER: &str = r#"{"resources": {
    "*": {"block": ["*"]},
    "review": {"*": {"allow": ["GET"], "block": ["*"]}, "42": {"allow": ["GET", "DELETE"], "block": ["*"]}}
}}"#;

/// Where the one token that is bound to a network may be used from.
const NETWORK: &str = "192.0.2.0/24";
const INSIDE: Option<&str> = Some("192.0.2.7");
const OUTSIDE: Option<&str> = Some("198.51.100.7");
const UNKNOWN_ADDRESS: Option<&str> = None;

/// What may be asked, and what each policy says to it.
struct Question {
    method: &'static str,
    path: &'static str,
    full: &'static str,
    read_only: &'static str,
    reviewer: &'static str,
}

const fn question(method: &'static str, path: &'static str, codes: [&'static str; 3]) -> Question {
    let [full, read_only, reviewer] = codes;
    Question {
        method,
        path,
        full,
        read_only,
        reviewer,
    }
}

/// In the order full access, read only, reviewer.
const QUESTIONS: [Question; 23] = [
    question("GET", "/api/reviews/42", [YES, YES, YES]),
    question("GET", "/api/reviews/7?token=hunter2", [YES, YES, YES]),
    question("GET", "/api/reviews/", [YES, YES, YES]),
    question("HEAD", "/api/reviews/42", [YES, YES, NO]),
    question("POST", "/api/reviews", [YES, NO, NO]),
    question("DELETE", "/api/reviews/42", [YES, NO, YES]),
    question("DELETE", "/api/reviews/42/", [YES, NO, YES]),
    question("DELETE", "/api/reviews/7", [YES, NO, NO]),
    question("GET", "/api/repositories/a%20b", [YES, YES, NO]),
    question("PUT", "/api/repositories/42", [YES, NO, NO]),
    question("GET", "/", [NO, NO, NO]),
    question("GET", "/api/users/", [NO, NO, NO]),
    question("GET", "/API/reviews/42", [NO, NO, NO]),
    question("DELETE", "/api/reviews/42/x", [NO, NO, NO]),
    question("GET", "/api/x/../reviews/42", [PATH, PATH, PATH]),
    question("GET", "/api/%2e%2E/reviews/42", [PATH, PATH, PATH]),
    question("GET", "//api/reviews/42", [PATH, PATH, PATH]),
    question("DELETE", "/api/reviews/042", [PATH, PATH, PATH]),
    question("GET", "/api/reviews/42;v=1", [PATH, PATH, PATH]),
    question("GET", "/api/repositories/a%2Fb", [PATH, PATH, PATH]),
    question("GET", "/api/repositories/%ff", [PATH, PATH, PATH]),
    question("get", "/api/reviews/42", [METHOD, METHOD, METHOD]),
    question("dELETE", "/api/reviews/42", [METHOD, METHOD, METHOD]),
];

/// What a header shows.
#[derive(Clone, Copy)]
enum Shows {
    /// Whatever is asked, this is the answer.
    Code(&'static str),
    /// An active token that may do anything.
    FullAccess,
    /// An active token that may read.
    ReadOnly,
    /// An active token with the policy [`REVIEWER`].
    Reviewer,
    /// An active token that may do anything, from [`NETWORK`].
    Bound,
}

/// What can send a header.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Senders {
    All,
    /// The command line reads one header: it cannot be told of none or of two.
    ServersAlone,
}

/// The `Authorization` headers of a request.
struct Credentials {
    name: &'static str,
    values: Vec<Vec<u8>>,
    shows: Shows,
    senders: Senders,
}

impl Credentials {
    fn new(name: &'static str, value: impl Into<Vec<u8>>, shows: Shows) -> Self {
        Self {
            name,
            values: vec![value.into()],
            shows,
            senders: Senders::All,
        }
    }

    /// Returns the addresses that make a difference.
    fn addresses(&self) -> &'static [Option<&'static str>] {
        match self.shows {
            Shows::Bound => &[INSIDE, OUTSIDE, UNKNOWN_ADDRESS],
            _ => &[OUTSIDE],
        }
    }
}

/// One line of the table.
struct Row<'a> {
    credentials: &'a Credentials,
    question: &'static Question,
    address: Option<&'static str>,
}

impl Row<'_> {
    /// Returns the code that everybody has to give: a path or method that is refused is nobody's, then the token is
    /// judged by itself, then by its network, then by its policy.
    fn expected(&self) -> &'static str {
        let question = self.question;
        if matches!(question.full, PATH | METHOD) {
            return question.full;
        }
        match self.credentials.shows {
            Shows::Code(code) => code,
            Shows::Bound if self.address != INSIDE => "denied_by_network",
            Shows::Bound | Shows::FullAccess => question.full,
            Shows::ReadOnly => question.read_only,
            Shows::Reviewer => question.reviewer,
        }
    }

    /// Returns the status of the answer where the proxy takes every one.
    fn status(&self) -> u16 {
        match self.expected() {
            PATH => 400,
            METHOD => 405,
            code => outcome_code(code).http_status(),
        }
    }

    fn name(&self) -> String {
        format!(
            "{} asks {} {} from {:?}",
            self.credentials.name, self.question.method, self.question.path, self.address
        )
    }
}

fn outcome_code(text: &str) -> OutcomeCode {
    let mut codes = OutcomeCode::ALL.into_iter();
    codes.find(|code| code.as_str() == text).unwrap()
}

/// Makes the tokens, and everything that a header can be.
fn credentials(env: &TestEnv) -> Vec<Credentials> {
    let full = env.issue("--full-access").secret;
    let mut table = refused_headers(&full);
    table.extend(repeated_headers(&full));
    table.extend(good_headers(&full));
    table.extend(tokens(env));
    table
}

/// Ways to write a header that shows no token, with a token that is good.
fn refused_headers(full: &str) -> Vec<Credentials> {
    let mut miswritten = full.to_owned();
    let last = miswritten.pop().unwrap();
    miswritten.push(if last == '0' { '1' } else { '0' });
    let text = |text: &str| text.as_bytes().to_vec();
    [
        ("an empty header", text(""), NOBODY),
        ("another scheme", text("Digest a=\"b\""), NOBODY),
        ("no scheme", text(full), NOBODY),
        ("a tab", format!("Bearer\t{full}").into(), NOBODY),
        ("a scheme alone", text("Bearer"), MALFORMED),
        (
            "two words",
            format!("Bearer {full} {full}").into(),
            MALFORMED,
        ),
        (
            "a list",
            format!("Bearer {full},Bearer {full}").into(),
            MALFORMED,
        ),
        ("bytes", b"Bearer \xff\xfe".to_vec(), MALFORMED),
        (
            "a bad checksum",
            format!("token {miswritten}").into(),
            MALFORMED,
        ),
        (
            "half a token",
            format!("Bearer {}", &full[..30]).into(),
            MALFORMED,
        ),
        (
            "a long header",
            format!("Bearer {}", "x".repeat(9_000)).into(),
            MALFORMED,
        ),
        ("no base64", text("Basic !"), MALFORMED),
        ("garbage", text("Bearer hunter2"), UNKNOWN),
        (
            "a foreign token",
            format!("token {}", "y".repeat(40)).into(),
            UNKNOWN,
        ),
    ]
    .map(|(name, value, code)| Credentials::new(name, value, Shows::Code(code)))
    .into()
}

/// No header at all, and more than one.
fn repeated_headers(full: &str) -> Vec<Credentials> {
    let good = format!("Bearer {full}").into_bytes();
    [
        ("no header", Vec::new(), NOBODY),
        (
            "a header twice",
            vec![good.clone(), good.clone()],
            MALFORMED,
        ),
        ("two headers", vec![b"Digest x".to_vec(), good], MALFORMED),
    ]
    .map(|(name, values, code)| Credentials {
        name,
        values,
        shows: Shows::Code(code),
        senders: Senders::ServersAlone,
    })
    .into()
}

/// Ways to show a good token.
fn good_headers(full: &str) -> Vec<Credentials> {
    let basic = STANDARD.encode(format!("alice:{full}"));
    [
        ("token", format!("token {full}")),
        ("bearer", format!("bearer {full}")),
        ("BEARER", format!("BEARER {full}")),
        ("spaces", format!("Bearer   {full}")),
        ("Basic", format!("Basic {basic}")),
    ]
    .map(|(name, value)| Credentials::new(name, value, Shows::FullAccess))
    .into()
}

/// Tokens of each policy and each state, all written in the same way.
fn tokens(env: &TestEnv) -> Vec<Credentials> {
    let policy = env.write("reviewer.json", REVIEWER);
    env.run("user add carol").succeeds();
    let shown = |name, token: &IssuedToken, shows| {
        Credentials::new(name, format!("Bearer {}", token.secret), shows)
    };
    let bound = format!("--full-access --network {NETWORK}");
    let reviewer = format!("--policy {}", policy.display());
    let mut table = vec![
        shown("read only", &env.issue("--read-only"), Shows::ReadOnly),
        shown("reviewer", &env.issue(&reviewer), Shows::Reviewer),
        shown("bound", &env.issue(&bound), Shows::Bound),
    ];
    let revoked = env.issue("--full-access");
    env.run(&format!("revoke {} --yes", revoked.id)).succeeds();
    table.push(shown("revoked", &revoked, Shows::Code("revoked")));
    let disabled = env.issue_to("carol", "--full-access");
    env.run("user disable carol").succeeds();
    table.push(shown("disabled", &disabled, Shows::Code("user_disabled")));
    // What no command of today brings about at once.
    for (set, code) in [
        ("created_at = 1, expires_at = 2", "expired"),
        ("suspended_at = created_at", "suspended"),
        ("policy = '{\"resources\": 3}'", "policy_unreadable"),
    ] {
        let token = env.issue("--full-access");
        env.sql(&format!("UPDATE token SET {set} WHERE id = '{}'", token.id));
        table.push(shown(code, &token, Shows::Code(code)));
    }
    table
}

fn rows(credentials: &[Credentials]) -> Vec<Row<'_>> {
    let mut rows = Vec::new();
    for credentials in credentials {
        for question in &QUESTIONS {
            rows.extend(credentials.addresses().iter().map(|address| Row {
                credentials,
                question,
                address: *address,
            }));
        }
    }
    rows
}

/// Returns the section of the configuration that says what [`RESOURCES`] says.
fn configuration() -> String {
    let resources = RESOURCES.map(|(name, path, methods)| {
        format!("[catalogue.resources.{name}]\npath = \"{path}\"\nmethods = {methods:?}\n")
    });
    format!("[catalogue]\nmode = \"closed\"\n{}", resources.concat())
}

fn catalogue() -> Catalogue {
    let entries = RESOURCES.map(|(resource, path, methods)| Entry {
        resource: resource.to_owned(),
        paths: vec![path.to_owned()],
        methods: methods.iter().map(ToString::to_string).collect(),
    });
    Catalogue::new(Mode::Closed, entries).unwrap()
}

/// Returns the code that `tokenctl verify` gives.
fn by_command(env: &TestEnv, row: &Row<'_>) -> String {
    let mut command = env.command(TOKENCTL);
    command.args(["verify", "--json", "--method", row.question.method]);
    command.args(["--path", row.question.path]);
    command.args(row.address.into_iter().flat_map(|it| ["--address", it]));
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let header = row.credentials.values.concat();
    // What is refused by its flags is not read.
    let _ = child.stdin.take().unwrap().write_all(&header);
    let output = child.wait_with_output().unwrap();
    if output.status.code() == Some(2) {
        let error: Value = serde_json::from_slice(&output.stderr).unwrap();
        let message = error["error"]["message"].as_str().unwrap();
        let refused = [("`--path`", PATH), ("`--method <METHOD>`", METHOD)];
        let code = refused.iter().find(|(flag, _)| message.contains(flag));
        return code.expect(message).1.to_owned();
    }
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let code = report["code"].as_str().unwrap();
    let outcome = outcome_code(code);
    assert_eq!(output.status.code(), Some(outcome.exit_code().into()));
    assert_eq!(report["status"], outcome.http_status());
    code.to_owned()
}

/// Returns status, number and type of the error that the layer answers; 200 when the service behind was asked.
fn by_layer(layer: &RequireToken, row: &Row<'_>) -> (u16, Value, Value) {
    let mut request = Request::builder()
        .method(Method::from_bytes(row.question.method.as_bytes()).unwrap())
        .uri(row.question.path);
    for value in &row.credentials.values {
        request = request.header(AUTHORIZATION, HeaderValue::from_bytes(value).unwrap());
    }
    if let Some(address) = row.address {
        request = request.extension(ClientAddress(address.parse::<IpAddr>().unwrap()));
    }
    let response = crate::http::send(layer, request.body(()).unwrap());
    let body: Value = serde_json::from_str(response.body()).unwrap_or_default();
    let error = |name: &str| body["err"][name].clone();
    (response.status().as_u16(), error("code"), error("type"))
}

/// Returns what [`by_layer`] has to return.
fn expected_of_layer(row: &Row<'_>) -> (u16, Value, Value) {
    let (number, kind) = match row.expected() {
        PATH => (Value::Null, Value::from("path-refused")),
        METHOD => (Value::Null, Value::from("method-refused")),
        code => match outcome_code(code).api_error() {
            Some(error) => (error.code.into(), error.kind.into()),
            None => (Value::Null, Value::Null),
        },
    };
    (row.status(), number, kind)
}

/// Returns the bytes of a request by which a proxy asks.
fn by_proxy(profile: Profile, row: &Row<'_>) -> Vec<u8> {
    let Question { method, path, .. } = row.question;
    let mut request = match profile.original() {
        Original::Headers {
            method: method_header,
            uri,
        } => format!(
            "GET {AUTH_PATH} HTTP/1.1\r\n{method_header}: {method}\r\n{uri}: {path}\r\nHost: localhost\r\n"
        ),
        Original::Request => format!("{method} {AUTH_PATH}{path} HTTP/1.1\r\nHost: localhost\r\n"),
    }
    .into_bytes();
    if let Some(address) = row.address {
        request.extend(format!("X-Forwarded-For: {address}\r\n").bytes());
    }
    for value in &row.credentials.values {
        request.extend([b"Authorization: ", value.as_slice(), b"\r\n"].concat());
    }
    request.extend(b"Content-Length: 0\r\n\r\n");
    request
}

/// Asks `tokenctl serve` as this proxy does; returns the status of each answer, and the code in the access log.
fn by_server(env: &TestEnv, profile: Profile, rows: &[Row<'_>]) -> Vec<(u16, String)> {
    let serving = Serving::start(env, &["--profile", profile.name()]);
    let mut connection = serving.connect();
    let statuses: Vec<u16> = rows
        .iter()
        .map(|row| {
            connection.send(&by_proxy(profile, row)).unwrap();
            let is_head = profile.original() == Original::Request && row.question.method == "HEAD";
            if is_head {
                connection.receive_head().unwrap().status
            } else {
                connection.receive().unwrap().status
            }
        })
        .collect();
    let (status, stderr, records) = serving.stop();
    assert!(status.success(), "{stderr}");
    assert_eq!(records.len(), rows.len());
    let codes = records
        .iter()
        .map(|record| record["code"].as_str().unwrap().to_owned());
    statuses.into_iter().zip(codes).collect()
}

/// The environment, and what is asked in it.
fn asked() -> (TestEnv, Vec<Credentials>) {
    let env = TestEnv::new();
    env.configure(&configuration());
    let credentials = credentials(&env);
    (env, credentials)
}

#[test]
fn command_line_layer_and_servers_give_one_answer() {
    let (env, credentials) = asked();
    let rows = rows(&credentials);
    assert!(rows.len() >= 200, "{}", rows.len());

    let of_command = |row: &&Row<'_>| row.credentials.senders == Senders::All;
    for row in rows.iter().filter(of_command) {
        assert_eq!(by_command(&env, row), row.expected(), "{}", row.name());
    }
    let location = Location::parse(env.store().to_str().unwrap()).unwrap();
    let store = location.open(OpenOptions::default()).unwrap();
    let layer = RequireToken::new(Arc::new(Authenticator::over(store)), Arc::new(SystemClock))
        .catalogue(Arc::new(catalogue()));
    for row in &rows {
        assert_eq!(
            by_layer(&layer, row),
            expected_of_layer(row),
            "{}",
            row.name()
        );
    }
    for profile in Profile::ALL {
        for (row, found) in rows.iter().zip(by_server(&env, profile, &rows)) {
            let expected = (profile.status(row.status()), row.expected().to_owned());
            assert_eq!(found, expected, "behind {profile}, {}", row.name());
        }
    }
}

/// The table would prove little if most of it were one answer.
#[test]
fn table_has_every_code_that_a_request_can_bring_about() {
    let (_env, credentials) = asked();
    let found: std::collections::BTreeSet<_> =
        rows(&credentials).iter().map(Row::expected).collect();
    let expected = OutcomeCode::ALL
        .into_iter()
        // A rotated token needs a successor, and a throttle has to be asked for.
        .filter(|code| !matches!(code, OutcomeCode::Rotated | OutcomeCode::Throttled))
        .map(OutcomeCode::as_str)
        .chain([PATH, METHOD])
        .collect();
    assert_eq!(found, expected);
}
