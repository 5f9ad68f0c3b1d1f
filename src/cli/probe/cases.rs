//! The requests of the probe, and what each has to come to.

use zeroize::Zeroizing;

use tokenctl::http::profile::{METHOD_OVERRIDES, Original, Profile, TOKEN_ID_HEADER, USER_HEADER};
use tokenctl::secret::Secret;

use super::target::{Answer, Ask};

/// What has to come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expected {
    /// 200, by which `tokenctl serve` says yes.
    Accepted,
    /// The request goes on: whatever the service behind makes of it, it is no refusal of ours.
    LetThrough,
    /// 401 with a challenge that holds no error, as nothing was sent.
    Challenged,
    /// 401.
    Unauthorized,
    /// 403.
    Forbidden,
    /// Any refusal by the server or proxy.
    Refused,
    /// No yes: a refusal, or a failure, as of a proxy that cannot pass on such a header, or what was answered to
    /// it.
    Closed,
}

impl Expected {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "200",
            Self::LetThrough => "let through",
            Self::Challenged => "401 with a challenge",
            Self::Unauthorized => "401",
            Self::Forbidden => "403",
            Self::Refused => "refused",
            Self::Closed => "refused or failed",
        }
    }

    /// Returns whether `answer` is that.
    pub(super) fn is_met_by(self, answer: &Answer) -> bool {
        match self {
            Self::Accepted => answer.status == 200,
            Self::LetThrough => !matches!(answer.status, 400 | 401 | 403 | 407 | 429 | 500..),
            Self::Challenged => {
                answer.status == 401
                    && !answer.challenges.is_empty()
                    && answer
                        .challenges
                        .iter()
                        .all(|challenge| !challenge.contains("error="))
            }
            Self::Unauthorized => answer.status == 401 && !answer.challenges.is_empty(),
            Self::Forbidden => answer.status == 403,
            Self::Refused => (400..500).contains(&answer.status) && answer.status != 404,
            Self::Closed => (400..600).contains(&answer.status) && answer.status != 404,
        }
    }
}

/// One request.
pub(super) struct Case {
    /// What is tried; the name of a header is one that a client makes up.
    pub(super) name: &'static str,
    pub(super) expected: Expected,
    pub(super) ask: Ask,
}

/// The secrets of the throw-away tokens.
pub(super) struct Secrets<'a> {
    /// Good, for reading only.
    pub(super) live: &'a Secret,
    pub(super) expired: &'a Secret,
    pub(super) revoked: &'a Secret,
}

/// Returns every case, with `yes` for what becomes of a good token. Only requests that must be refused have a method that
/// could change something.
pub(super) fn cases(secrets: &Secrets<'_>, yes: Expected) -> Vec<Case> {
    let live = scheme("token ", secrets.live);
    let good = || vec![("Authorization", live.clone())];
    let with = |name, value: &str| {
        let mut headers = good();
        headers.push((name, text(value)));
        headers
    };
    let get = |name, expected, headers| case(name, expected, "GET", "", headers);
    let header = |value| vec![("Authorization", value)];
    let mut cases = vec![
        get("good token", yes, good()),
        get(
            "good token, bearer",
            yes,
            header(scheme("bearer ", secrets.live)),
        ),
        get("no header", Expected::Challenged, Vec::new()),
        get(
            "wrong scheme",
            Expected::Unauthorized,
            header(text("Negotiate abc")),
        ),
        get(
            "control characters",
            Expected::Closed,
            header(text("token \u{1}\u{7f}")),
        ),
        get(
            "garbage",
            Expected::Unauthorized,
            header(text("token !!,!!")),
        ),
        get(
            "unknown token",
            Expected::Unauthorized,
            header(text("token unknown")),
        ),
        get(
            "broken checksum",
            Expected::Unauthorized,
            header(text(&broken(&live))),
        ),
        get(
            "expired token",
            Expected::Unauthorized,
            header(scheme("token ", secrets.expired)),
        ),
        get(
            "revoked token",
            Expected::Unauthorized,
            header(scheme("token ", secrets.revoked)),
        ),
        case(
            "read-only token writes",
            Expected::Forbidden,
            "POST",
            "",
            good(),
        ),
        get(
            "two headers, good first",
            Expected::Refused,
            with("Authorization", "token unknown"),
        ),
        get(
            "two headers, good last",
            Expected::Refused,
            [header(text("token unknown")), good()].concat(),
        ),
        get(
            "header too long",
            Expected::Closed,
            vec![(
                "Authorization",
                text(&format!("token {}", "x".repeat(64 * 1024))),
            )],
        ),
        get(
            "spoofed identity",
            Expected::Challenged,
            vec![
                (USER_HEADER, text("admin")),
                (TOKEN_ID_HEADER, text("0000000000")),
            ],
        ),
        case("lower-case method", Expected::Refused, "post", "", good()),
    ];
    for profile in Profile::ALL {
        if let Original::Headers { method, .. } = profile.original() {
            let headers = with(method, "GET");
            cases.push(case(method, Expected::Refused, "POST", "", headers));
        }
    }
    cases.dedup_by_key(|case| case.name);
    cases.push(case(
        METHOD_OVERRIDES[0],
        Expected::Forbidden,
        "POST",
        "",
        with(METHOD_OVERRIDES[0], "GET"),
    ));
    cases
}

/// Returns what only says something where paths are mapped to resources, and to the server itself: a proxy may put such a
/// path into one form before it asks.
pub(super) fn ambiguous_paths(secrets: &Secrets<'_>) -> Vec<Case> {
    let suffixes = [
        ("path with ..", "/a/../b"),
        ("path with encoded ..", "/a/%2e%2e/b"),
        ("path with //", "//a"),
        ("path with an encoded slash", "/a%2fb"),
        ("path with a backslash", "/a%5cb"),
        ("path with NUL", "/a%00b"),
    ];
    suffixes
        .into_iter()
        .map(|(name, suffix)| {
            let headers = vec![("Authorization", scheme("token ", secrets.live))];
            case(name, Expected::Refused, "GET", suffix, headers)
        })
        .collect()
}

fn case(
    name: &'static str,
    expected: Expected,
    method: &'static str,
    suffix: &'static str,
    headers: Vec<(&'static str, Zeroizing<String>)>,
) -> Case {
    let ask = Ask {
        method,
        suffix,
        headers,
    };
    Case {
        name,
        expected,
        ask,
    }
}

fn text(value: &str) -> Zeroizing<String> {
    Zeroizing::new(value.to_owned())
}

fn scheme(scheme: &str, secret: &Secret) -> Zeroizing<String> {
    Zeroizing::new([scheme, secret.expose_secret()].concat())
}

/// Returns the header with its last character, which is part of the checksum, changed.
fn broken(header: &str) -> String {
    let mut broken = header.to_owned();
    let last = if broken.pop() == Some('0') { '1' } else { '0' };
    broken.push(last);
    broken
}
