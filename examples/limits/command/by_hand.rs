//! Headers that somebody has thought of. The tests of the command have this file too.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A text that is no secret of anybody, and must never come back all the same.
pub(crate) const MARK: &str = "h4ntr2";

/// Without the secret of a token.
const STRANGE: &[&str] = &[
    "",
    " ",
    "\t",
    "\n\n",
    ",",
    ":",
    "token",
    "token ",
    "token\t",
    "Bearer",
    "Bearer  ",
    "Basic",
    "Basic ",
    "tokenh4ntr2",
    "token:h4ntr2",
    "token=h4ntr2",
    "token\th4ntr2",
    "token\u{a0}h4ntr2",
    "token\u{2003}h4ntr2",
    "token h4ntr2 h4ntr2",
    "token h4ntr2,h4ntr2",
    "token h4ntr2, token h4ntr2",
    "token h4ntr2;",
    "token \"h4ntr2\"",
    "token 'h4ntr2'",
    "token token h4ntr2",
    "Bearer Bearer h4ntr2",
    "Bearer token=h4ntr2",
    "Token token=\"h4ntr2\"",
    "Digest username=\"h4ntr2\"",
    "Negotiate h4ntr2",
    "AWS4-HMAC-SHA256 Credential=h4ntr2",
    "h4ntr2",
    "h4ntr2 extra",
    "Authorization",
    "Authorization:",
    "Authorization: ",
    "Authorization token h4ntr2",
    "Authorization : token h4ntr2",
    "Authorization: Authorization: token h4ntr2",
    "Proxy-Authorization: token h4ntr2",
    "authorization:token",
    "token h4ntr2\r\nX-Injected: 1",
    "token h4ntr2\nAuthorization: token h4ntr2",
    "token \r\n h4ntr2",
    "token h4ntr2\0",
    "\0token h4ntr2",
    "token \0",
    "token h4\u{7f}ntr2",
    "token h4\u{1b}[31mntr2",
    "token h4\u{202e}ntr2",
    "token h4%6etr2",
    "token ../../h4ntr2",
    "token ' OR 1=1 --h4ntr2",
    "token h4ntr2'; DROP TABLE token;--",
    "token *",
    "token %",
    "token _",
    "token ${h4ntr2}",
    "token $(h4ntr2)",
    "token {{h4ntr2}}",
    "token null",
    "token undefined",
    "token [object Object]",
    "token tkc_",
    "token tkc__",
    "token tkc_h4ntr2",
    "token TKC_h4ntr2",
    "token tkc_0000000000_",
    "token tkc_0000000000_h4ntr2",
    "token t\u{131}c_h4ntr2",
    "t\u{f6}ken h4ntr2",
    "\u{feff}token h4ntr2",
    "tokenn h4ntr2",
    "oken h4ntr2",
    "Bearer,h4ntr2",
    "Basic h4ntr2",
    "Basic !!h4ntr2",
    "Basic h4ntr2==",
    "Basic aDRudHIy",
    "Basic OmFiYw",
    "Basic OmFi Yw==",
    "Basic =",
    "Basic aDRudHIyOg==",
    "Basic /////w==",
    "basic",
    "Basic \"OmFiYw==\"",
    "token \u{1f511}h4ntr2",
    "token -",
    "- -",
    "--",
];

/// What looks like a scheme, and is none.
const SCHEMES: &[&str] = &[
    "tokens",
    "toke",
    "oken",
    "t0ken",
    "t\u{f6}ken",
    "tok\u{435}n",
    "to-ken",
    "to ken",
    "token/1",
    "x-token",
    "\"token\"",
    "'token'",
    "token\0",
    "token:",
    "token=",
    "token;",
    "token,",
    "bearer:",
    "bearer=",
    "bearertoken",
    "bearers",
    "basic:",
    "basic=",
    "basics",
    "api-key",
    "apikey",
    "key",
    "secret",
    "password",
    "jwt",
    "oauth",
    "mac",
    "hoba",
    "digest",
    "negotiate",
    "ntlm",
    "vapid",
    "gnap",
    "dpop",
    "scram-sha-256",
    "Authorization",
    "Authorization=",
    "Cookie:",
    "X-Api-Key:",
    "\u{feff}token",
    "*",
    "-",
    "?",
    "\u{ff34}oken",
    "token\u{301}",
    "token\u{200d}",
    "tokentoken",
    "bear er",
    "ba sic",
    "http",
    "https://",
];

/// What does not part a scheme from what follows.
const SEPARATORS: &[&str] = &[
    "", "\t", "\n", "\r", "\r\n", "\u{b}", "\u{c}", "\0", "\u{a0}", "\u{2003}", "\u{3000}",
    "\u{200b}", "\u{feff}", "\u{85}", "=", ":", ",", ";", "/", "+", "%20", "&", "|", "_", "-", ".",
    "\\", "\"", " =", " :", " ,", " \"", " '", " token=", " \0", " \n", " \u{a0}",
];

/// What stands before a header, and makes it another.
const HEADS: &[&str] = &[
    "\0",
    "x",
    ",",
    "\"",
    "\u{feff}",
    "\u{a0}",
    "\u{b}",
    "Authorization",
    "Authorization ",
    "Authorization; ",
    "Authorization=",
    "Authorization : ",
    "Proxy-Authorization: ",
    "X-Authorization: ",
    "GET / HTTP/1.1\r\nAuthorization: ",
    "Authorization: Authorization: ",
    "Authorization: : ",
    "=",
    ":",
    "-",
    "--",
    "token ",
    "Bearer ",
    "Basic ",
    "Digest ",
];

/// What stands behind a header, and makes it another.
const TAILS: &[&str] = &[
    "x",
    "0",
    "=",
    "==",
    ",",
    ";",
    ":",
    ".",
    "/",
    "\\",
    "\"",
    "'",
    "\0",
    "\r",
    "\n\n",
    "\n\0",
    "\r\r\n",
    "\u{b}",
    "\u{c}",
    "\u{7f}",
    "\u{85}",
    "\u{a0}",
    "\u{200b}",
    "\u{202e}",
    "\u{feff}",
    "\u{1b}[0m",
    "%00",
    "%20",
    "%0a",
    "+",
    "*",
    " x",
    " ,",
    ", token",
    ", Bearer",
    " token",
    "\nX-User: root",
    "\r\nX-User: root",
    "#",
    "?a=b",
    "\u{2028}",
    "\u{3000}",
    "&",
    "|",
    ">",
];

/// Returns headers that are wrong, most of them around the `secret` of a live token of `alice`.
pub(crate) fn by_hand(secret: &str) -> Vec<Vec<u8>> {
    let mut headers: Vec<Vec<u8>> = STRANGE
        .iter()
        .map(|header| header.as_bytes().to_vec())
        .collect();
    headers.extend([
        b"token \xff\xfe".to_vec(),
        b"\xff\xfetoken h4ntr2".to_vec(),
        b"token \xc0\xafh4ntr2".to_vec(),
        "token h4ntr2"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect(),
        [b"token ".as_slice(), &b"h4ntr2".repeat(2_000)].concat(),
        [b"token ".as_slice(), &b"x".repeat(513)].concat(),
        [b"token".as_slice(), &b" ".repeat(9_000), b"h4ntr2"].concat(),
        b"Bearer ".repeat(1_000),
        b"h4ntr2".repeat(40_000),
        STANDARD.encode(format!("h4ntr2:{secret}")).into_bytes(),
    ]);
    headers.extend(nearly(secret).into_iter().map(String::into_bytes));
    headers.extend(combined(secret).into_iter().map(String::into_bytes));
    headers
}

/// Returns what is not quite a header, and has the whole secret in it.
fn nearly(secret: &str) -> Vec<String> {
    vec![
        secret.to_owned(),
        format!("token{secret}"),
        format!("token {secret}x"),
        format!("token x{secret}"),
        format!("token {secret}{secret}"),
        format!("token {secret} {secret}"),
        format!("token {secret},"),
        format!("token {secret}, Bearer {secret}"),
        format!("token \"{secret}\""),
        format!("token {}", secret.get(..52).unwrap_or_default()),
        format!("token {}", secret.get(1..).unwrap_or_default()),
        format!("token {}", secret.to_uppercase()),
        format!("token {}", secret.replace('_', "-")),
        format!("token {}", secret.replacen("tkc", "tkd", 1)),
        format!("token {secret}\0"),
        format!("token {secret}\n\n"),
        format!("token {secret}\r"),
        format!("token\n{secret}"),
        format!("token {secret}\nx"),
        format!("Basic {secret}"),
        format!("Basic {}", STANDARD.encode(secret)),
        format!("Basic {}", STANDARD.encode(format!("mallory:{secret}"))),
        format!("Basic {}", STANDARD.encode(format!("alice:{secret} "))),
        format!("Basic {}", STANDARD.encode(format!("Alice:{secret}"))),
        format!("Basic {}=", STANDARD.encode(format!(":{secret}"))),
        format!("Authorization: Authorization: token {secret}"),
        format!("Proxy-Authorization: token {secret}"),
        format!("?access_token={secret}"),
        format!("secret-token:{secret}"),
    ]
}

/// Returns each good header of `secret` with each fault in its scheme, behind that, before and behind it all.
fn combined(secret: &str) -> Vec<String> {
    let mut headers = Vec::new();
    headers.extend(SCHEMES.iter().map(|scheme| format!("{scheme} {secret}")));
    let basic = STANDARD.encode(format!("alice:{secret}"));
    for (scheme, credentials) in [("token", secret), ("Bearer", secret), ("Basic", &basic)] {
        let good = format!("{scheme} {credentials}");
        headers.extend(HEADS.iter().map(|head| format!("{head}{good}")));
        headers.extend(TAILS.iter().map(|tail| format!("{good}{tail}")));
        let apart = |separator: &&str| format!("{scheme}{separator}{credentials}");
        headers.extend(SEPARATORS.iter().map(apart));
    }
    headers
}
