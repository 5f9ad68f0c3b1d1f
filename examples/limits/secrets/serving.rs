//! `serve`, as talkative as can be, and clients that put secrets wherever a request has room for one.

use anyhow::{Context as _, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Finding, Place, calls};
use crate::medium::write_private;
use crate::server::{Server, post, send};
use crate::setting::Setting;
use crate::strace::STDOUT;

/// What is sent with `SECRET` in it, or `BASIC`, which is the same as credentials of `Basic`: the first line, and one
/// header.
const REQUESTS: [(&str, &str); 14] = [
    ("GET /auth", "Authorization: token SECRET"),
    ("GET /auth", "Authorization: Bearer SECRET"),
    ("GET /auth", "Authorization: Basic BASIC"),
    ("GET /auth", "Authorization: SECRET"),
    ("GET /auth", "Authorization: Bearer SECRET, Bearer SECRET"),
    ("GET /auth", "Cookie: sessionid=SECRET"),
    ("GET /auth", "X-Original-URI: /?access_token=SECRET"),
    ("GET /auth", "X-Original-Method: SECRET"),
    ("GET /auth", "X-Forwarded-For: SECRET"),
    ("GET /auth", "User-Agent: SECRET"),
    ("GET /auth?access_token=SECRET", "Accept: */*"),
    ("GET /SECRET", "Accept: */*"),
    ("SECRET /auth", "Accept: */*"),
    (
        "GET /introspect?token=SECRET",
        "Authorization: Bearer SECRET",
    ),
];

/// Asks a server about a token that is good, one that is `dead`, and one that never was.
pub(super) fn serve(
    setting: &Setting,
    place: &Place,
    dead: &str,
    finding: &mut Finding,
) -> anyhow::Result<()> {
    let mut issue = || finding.issue(setting, place, "issue alice --full-access", None);
    let (operator, good) = (issue()?, issue()?);
    let damaged = format!("{good}x");
    for secret in [&operator, &good] {
        finding.traces.add(secret);
    }
    let id = operator.split('_').nth(1).context("a secret has an id")?;
    let configuration = place.path().join("serve.toml");
    let names = format!("[serve]\nintrospect = ['{id}']\nrevoke = ['{id}']\n");
    write_private(&configuration, names.as_bytes())?;
    let configuration = configuration.to_string_lossy();
    let words = [
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--config",
        &configuration,
        "-vvv",
    ];
    let mut command = setting.tokenctl(&place.store(), &words);
    command.env("TMPDIR", place.scratch());

    let log = tempfile::NamedTempFile::new()?;
    let server = Server::start_traced(calls::strace(&command, log.path()))?;
    let mut requests = 0;
    for secret in [&good, dead, &damaged] {
        requests += ask_about(&server.address, &operator, secret, &good)?;
    }
    let revoked = post(
        &server.address,
        "/revoke",
        &operator,
        &format!("token={good}"),
    )?;
    ensure!(
        revoked.starts_with("HTTP/1.1 200"),
        "not revoked: {revoked}"
    );
    server.stop()?;

    let calls = calls::calls(log.path())?;
    let log = calls.iter().filter(|call| call.is_to(STDOUT));
    let lines: usize = log
        .map(|call| call.bytes.iter().filter(|byte| **byte == b'\n').count())
        .sum();
    // Those that are no HTTP have none.
    ensure!(
        lines > requests / 2,
        "the server told of {lines} requests of {requests}"
    );
    finding.requests += requests;
    finding.search(&calls, place.scratch(), "serve");
    Ok(())
}

/// Sends all requests with `secret`, and returns how many.
fn ask_about(address: &str, operator: &str, secret: &str, good: &str) -> anyhow::Result<usize> {
    let basic = STANDARD.encode(format!("alice:{secret}"));
    for (line, header) in REQUESTS {
        // What a proxy says of the request that it asks about.
        let original = ["X-Original-Method: GET", "X-Original-URI: /"];
        let name = |header: &str| header.split(':').next().map(str::to_owned);
        let other = original.into_iter().filter(|it| name(it) != name(header));
        let headers: Vec<&str> = other.chain([header]).collect();
        let headers = headers.join("\r\n");
        let request =
            format!("{line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n\r\n");
        let request = request.replace("SECRET", secret).replace("BASIC", &basic);
        let answer = send(address, &request)?;
        let is_login = header.starts_with("Authorization: token");
        let is_accepted = answer.starts_with("HTTP/1.1 200");
        ensure!(
            !is_login || is_accepted == (secret == good),
            "{line}: {answer}"
        );
    }
    let forms = [
        ("/introspect", operator, format!("token={secret}")),
        (
            "/introspect",
            operator,
            format!("token=a&token_type_hint={secret}&{secret}=b"),
        ),
        ("/introspect", secret, format!("token={secret}")),
        // The operator alone may revoke the tokens of others.
        ("/revoke", secret, format!("token={operator}")),
    ];
    for (target, by, form) in &forms {
        let answer = post(address, target, by, form)?;
        let is_told = *by == operator && form.starts_with("token=tkc");
        let is_active = answer.contains("\"active\":true");
        ensure!(
            is_active == (is_told && secret == good),
            "{target}: {answer}"
        );
    }
    Ok(REQUESTS.len() + forms.len())
}
