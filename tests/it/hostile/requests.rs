//! Requests that are hostile: a list made by hand, and as many as are wanted put together by chance.

use std::fmt;
use std::io::{self, ErrorKind};

use self::Is::{Clear, Unclear};
use crate::wire::Connection;

/// Stands for the good secret in the tables below.
const GOOD: &str = "{good}";

/// What a proxy tells of the original request.
const ORIGINAL: &str = "X-Original-Method: GET\r\nX-Original-URI: /\r\n";

/// Some bytes, and how often the server may say yes to them.
pub(crate) struct Hostile {
    pub(crate) bytes: Vec<u8>,
    /// How many requests in it carry the good token alone and are clear.
    pub(crate) most_accepted: usize,
}

/// Shows the beginning: the rest is more of the same.
impl fmt::Debug for Hostile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = &self.bytes[..self.bytes.len().min(1_000)];
        write!(f, "{} bytes: {}", self.bytes.len(), head.escape_ascii())
    }
}

/// Whether a request with this part can still be clear.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Is {
    Clear,
    Unclear,
}

/// The ways to write one part of a request, the usual one first.
type Part = &'static [(Is, &'static str)];

const METHODS: Part = &[
    (Clear, "GET"),
    (Unclear, "POST"),
    (Unclear, "CONNECT"),
    (Unclear, "OPTIONS"),
    (Unclear, "get"),
    (Unclear, "G\0T"),
    (Unclear, "GET GET"),
    (Unclear, "\r\nPOST"),
    (Unclear, ""),
    (Unclear, "G\u{c9}T"),
];

const TARGETS: Part = &[
    (Clear, "/auth"),
    (Clear, "/auth?token={good}"),
    (Clear, "http://localhost/auth"),
    (Clear, "http://elsewhere.example/auth"),
    (Unclear, "localhost:9180"),
    (Unclear, "*"),
    (Unclear, "/auth/"),
    (Unclear, "//auth"),
    (Unclear, "/x/../auth"),
    (Unclear, "/%61uth"),
    (Unclear, "/AUTH"),
    (Unclear, "/auth;v=1"),
    (Unclear, "/auth\0"),
    (Unclear, "/auth /auth"),
    (Unclear, "/\u{e4}uth"),
    (Unclear, "/introspect"),
    (Unclear, "/revoke"),
    (Unclear, ""),
];

const VERSIONS: Part = &[
    (Clear, " HTTP/1.1\r\n"),
    (Clear, " HTTP/1.0\r\n"),
    (Clear, " HTTP/1.1\n"),
    (Unclear, " HTTP/0.9\r\n"),
    (Unclear, " HTTP/1.2\r\n"),
    (Unclear, " HTTP/2.0\r\n"),
    (Unclear, " http/1.1\r\n"),
    (Unclear, " HTTP/1.1\r"),
    (Unclear, "\r\n"),
];

const HOSTS: Part = &[
    (Clear, "Host: localhost\r\n"),
    (Clear, ""),
    (Clear, "Host: a\r\nHost: b\r\n"),
    (Clear, "Host: a b/c\r\n"),
];

const ORIGINALS: Part = &[
    (Clear, ORIGINAL),
    (Unclear, ""),
    (Unclear, "X-Original-URI: /\r\n"),
    (
        Unclear,
        "X-Original-Method: GET\r\nX-Original-URI: /\r\nX-Original-URI: /\r\n",
    ),
    (
        Unclear,
        "X-Original-Method: GET\r\nX-Original-URI: /\r\nX-Forwarded-Uri: /x\r\n",
    ),
    (
        Unclear,
        "X-Original-Method: GET\r\nX-Original-URI: /a b\r\n",
    ),
    (
        Unclear,
        "X-Original-Method: GET\r\nX-Original-URI: /\u{e4}\r\n",
    ),
    (Unclear, "X-Original-Method: get\r\nX-Original-URI: /\r\n"),
    (Unclear, "X-Original-Method: GET\r\n X-Original-URI: /\r\n"),
    (Unclear, "X-Forwarded-Method: GET\r\nX-Forwarded-Uri: /\r\n"),
];

const CREDENTIALS: Part = &[
    (Clear, "Authorization: Bearer {good}\r\n"),
    (Clear, "authorization:token   {good}\r\n"),
    (Unclear, ""),
    (Unclear, "Authorization: Bearer {good}x\r\n"),
    (
        Unclear,
        "Authorization: Bearer {good}\r\nAuthorization: Bearer {good}\r\n",
    ),
    (
        Unclear,
        "Authorization: Bearer {good}\r\nAUTHORIZATION: Digest x\r\n",
    ),
    (Unclear, "Authorization: Bearer {good}, Bearer {good}\r\n"),
    (Unclear, "Authorization:\r\n Bearer {good}\r\n"),
    (Unclear, "Authorization: Bearer\r\n\t{good}\r\n"),
    (Unclear, "Authorization : Bearer {good}\r\n"),
    (Unclear, " Authorization: Bearer {good}\r\n"),
    (Unclear, "Authorization\0: Bearer {good}\r\n"),
    (Unclear, "Authorization: Bearer {good}\0\r\n"),
    (Unclear, "Authorization: Bearer \u{1}{good}\r\n"),
    (Unclear, "Authorization: Bearer\t{good}\r\n"),
    (Unclear, "Authorization: Basic {good}\r\n"),
    (Unclear, "Authorization: {good}\r\n"),
    (Unclear, "Authorization Bearer {good}\r\n"),
    (Unclear, "Proxy-Authorization: Bearer {good}\r\n"),
    (Unclear, "Cookie: Authorization=Bearer {good}\r\n"),
];

const FRAMINGS: Part = &[
    (Clear, ""),
    (Clear, "Content-Length: 0\r\n"),
    (Clear, "Content-Length: 5\r\n"),
    (Clear, "Content-Length: 99999999999\r\n"),
    (Clear, "Transfer-Encoding: chunked\r\n"),
    // The length does not count (RFC 9112, section 6.3).
    (Clear, "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
    (Clear, "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"),
    (Unclear, "Content-Length: 5\r\nContent-Length: 6\r\n"),
    (Unclear, "Content-Length: -1\r\n"),
    (Unclear, "Content-Length: +5\r\n"),
    (Unclear, "Content-Length: 5, 6\r\n"),
    (Unclear, "Content-Length: 99999999999999999999999999\r\n"),
    (Unclear, "Transfer-Encoding: chunked, gzip\r\n"),
    (Unclear, "Transfer-Encoding: xchunked\r\n"),
];

const NOISE: Part = &[
    (Clear, ""),
    (Clear, "Expect: 100-continue\r\n"),
    (Clear, "Expect: the unexpected\r\n"),
    (
        Clear,
        "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n",
    ),
    (Clear, "Connection: Upgrade\r\nUpgrade: websocket\r\n"),
    (Clear, "Connection: close\r\n"),
    (Clear, "Connection: authorization, x-original-uri\r\n"),
    (Clear, "X-Auth-User: root\r\nX-Auth-Token-Id: 0\r\n"),
    (
        Clear,
        "X-Forwarded-For: ::1, hunter2,,,\r\nX-Forwarded-For: \u{e4}\r\n",
    ),
    (Clear, "X-HTTP-Method-Override: DELETE\r\n"),
    (Clear, "X-Noise: \u{e4}\u{f6}\r\n"),
    (Clear, "X-Noise:\r\n"),
    (Unclear, "X-Noise: a\r\n folded\r\n"),
    (Unclear, "X-Noise: \0\r\n"),
    (Unclear, "X-Noise: \u{7f}\r\n"),
    (Unclear, "X-No\u{1}ise: a\r\n"),
    (Unclear, "X-N\u{f6}ise: a\r\n"),
    (Unclear, ": a\r\n"),
    (Unclear, "a\r\n"),
    (Unclear, "a: b\rc: d\r\n"),
];

const BODIES: Part = &[
    (Clear, "\r\n"),
    (Clear, "\n"),
    (Clear, "\r\nhello"),
    (Clear, "\r\n5\r\nhello\r\n0\r\n\r\n"),
    (Clear, "\r\nzz\r\nhello\r\n"),
    (Clear, "\r\nffffffffffffffffff\r\n"),
    (Clear, "\r\n5;\0\r\nhello"),
    (Clear, "\r\n\0\0\0\0\u{16}\u{3}\u{1}"),
    (Unclear, ""),
    (Unclear, "\r"),
];

/// Returns the request that is good.
pub(crate) fn plain(secret: &str) -> Vec<u8> {
    let parts = [
        METHODS,
        TARGETS,
        VERSIONS,
        HOSTS,
        ORIGINALS,
        CREDENTIALS,
        FRAMINGS,
        NOISE,
        BODIES,
    ];
    let [method, target, rest @ ..] = parts.map(|part| part.first().unwrap().1);
    let text = format!("{method} {target}{}", rest.concat());
    text.replace(GOOD, secret).into_bytes()
}

/// Puts a request together by chance: one part at least is not as usual. `below` returns a random number below another.
pub(crate) fn made_by_chance(secret: &str, mut below: impl FnMut(usize) -> usize) -> Hostile {
    let parts = [
        METHODS,
        TARGETS,
        VERSIONS,
        HOSTS,
        ORIGINALS,
        NOISE,
        CREDENTIALS,
        FRAMINGS,
        BODIES,
    ];
    let unusual = below(parts.len());
    let rarely = 1 + below(8);
    let mut state = Clear;
    let mut number = 0;
    let [method, target, rest @ ..] = parts.map(|part| {
        let at = match number {
            _ if number == unusual => 1 + below(part.len() - 1),
            _ if below(rarely) == 0 => below(part.len()),
            _ => 0,
        };
        number += 1;
        let (is, text) = part[at];
        if is == Unclear {
            state = Unclear;
        }
        text
    });
    let text = format!("{method} {target}{}", rest.concat());
    let mut bytes = text.replace(GOOD, secret).into_bytes();
    let mut most_accepted = usize::from(state == Clear);
    if below(8) == 0 {
        bytes.extend(plain(secret));
        most_accepted += 1;
    }
    if below(8) == 0 {
        let (at, byte) = (below(bytes.len()), below(256));
        bytes[at] = u8::try_from(byte).unwrap();
        // It may have struck what was unclear.
        most_accepted += 1;
    }
    if below(16) == 0 {
        bytes.truncate(below(bytes.len()));
    }
    Hostile {
        bytes,
        most_accepted,
    }
}

/// What chance does not come upon.
pub(crate) fn made_by_hand(secret: &str) -> Vec<Hostile> {
    let good = String::from_utf8(plain(secret)).unwrap();
    let hostile = |most_accepted, bytes: Vec<u8>| Hostile {
        bytes,
        most_accepted,
    };
    let mut requests: Vec<_> = too_much(&good)
        .into_iter()
        .chain(no_requests(&good))
        .map(|text| hostile(0, text.into_bytes()))
        .collect();
    requests.push(hostile(0, (0..=u8::MAX).cycle().take(50_000).collect()));
    requests.push(hostile(1, format!("{good}\0\0\0{good}").into_bytes()));
    requests.push(hostile(1_000, good.repeat(1_000).into_bytes()));
    requests
}

/// Requests with great lengths and numbers.
fn too_much(good: &str) -> Vec<String> {
    let with = |headers: String| good.replacen("Host: localhost\r\n", &headers, 1);
    let many = |count: usize| (0..count).map(|number| format!("X-{number}: x\r\n"));
    vec![
        with(format!("X-Long: {}\r\n", "x".repeat(64 * 1024))),
        with(format!("X-Long: {}\r\n", "x".repeat(17 * 1024))),
        with(format!("X-Long: {}\r\n", " ".repeat(64 * 1024))),
        with(format!("{}: x\r\n", "X".repeat(64 * 1024))),
        with(many(101).collect()),
        with(many(10_000).collect()),
        with("X: x\r\n".repeat(10_000)),
        with("Authorization: Bearer x\r\n".repeat(10_000)),
        with(format!("X-Forwarded-Uri: /{}\r\n", "a/".repeat(7_000))),
        good.replacen("/auth", &format!("/auth?{}", "x".repeat(70 * 1024)), 1),
        good.replacen("/auth", &format!("/{}", "x".repeat(15 * 1024)), 1),
    ]
}

/// Other protocols, and requests that do not end.
fn no_requests(good: &str) -> Vec<String> {
    let (most, half) = (&good[..good.len() - 1], &good[..good.len() / 2]);
    [
        "",
        "GET\r\n\r\n",
        "GET /auth\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u{4}\0\0\0\0\0",
        "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0",
        "SSH-2.0-x\r\n",
        &"\r\n".repeat(20_000),
        &"\0".repeat(20_000),
        &"A".repeat(100_000),
        most,
        half,
    ]
    .map(str::to_owned)
    .into()
}

/// Sends a hostile request, and returns the status of each answer to it. What is no HTTP, and a server that neither
/// answers nor hangs up, is an error.
pub(crate) fn answers(mut connection: Connection, request: &Hostile) -> io::Result<Vec<u16>> {
    // It may be told off and hung up on before it is all sent.
    let _ = connection.send(&request.bytes);
    let _ = connection.hang_up();
    let mut statuses = Vec::new();
    loop {
        match connection.receive() {
            Ok(answer) => statuses.push(answer.status),
            Err(error) => match error.kind() {
                ErrorKind::InvalidData | ErrorKind::WouldBlock => return Err(error),
                _ => return Ok(statuses),
            },
        }
    }
}

/// What `/auth` answers nginx: it makes a failure of all else.
pub(crate) const OF_AUTH: [u16; 3] = [200, 401, 403];

/// What is answered to other paths and methods (404, 405), and before there is a request at all: to what is no HTTP
/// (400), and to one whose target and headers are too long or too many (431).
pub(crate) const OF_HTTP: [u16; 4] = [400, 404, 405, 431];
