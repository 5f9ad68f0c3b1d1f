//! Headers as an attacker would send them, through the real binary.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::harness::TestEnv;

/// A text that must never come back.
const MARK: &str = "h4ntr2";

/// SplitMix64: the same headers in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) % 1_000_003).unwrap() % bound
    }
}

fn hand_made(secret: &str) -> Vec<Vec<u8>> {
    let mut headers: Vec<Vec<u8>> = [
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
    ]
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
    // The whole secret of a live token, in every way that is not quite a header.
    for broken in [
        secret.to_owned(),
        format!("token{secret}"),
        format!("token {secret}x"),
        format!("token x{secret}"),
        format!("token {secret}{secret}"),
        format!("token {secret} {secret}"),
        format!("token {secret},"),
        format!("token {secret}, Bearer {secret}"),
        format!("token \"{secret}\""),
        format!("token {}", &secret[..52]),
        format!("token {}", &secret[1..]),
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
    ] {
        headers.push(broken.into_bytes());
    }
    headers
}

/// Changes one byte, doubles it or drops it, in a good header; what is good after all is left out.
fn mutated(good: &str, count: usize) -> Vec<Vec<u8>> {
    let mut random = Random(7);
    let mut headers = Vec::with_capacity(count);
    while headers.len() < count {
        let mut header = good.as_bytes().to_vec();
        for _ in 0..=random.below(3) {
            let at = random.below(header.len());
            match random.below(4) {
                0 => header[at] = u8::try_from(random.below(256)).unwrap(),
                1 => header.insert(at, b" \t,:;\0\xff\"="[random.below(9)]),
                2 => drop(header.remove(at)),
                _ => header.truncate(at.max(1)),
            }
        }
        let text = String::from_utf8_lossy(&header);
        let words: Vec<&str> = text
            .trim_matches([' ', '\t'])
            .split(' ')
            .filter(|word| !word.is_empty())
            .collect();
        let is_good = matches!(words[..], [scheme, secret] if good.ends_with(secret)
            && secret.len() == 53 && (scheme.eq_ignore_ascii_case("token")));
        if !is_good {
            headers.push(header);
        }
    }
    headers
}

#[test]
fn malformed_headers_are_refused_and_never_repeated() {
    let env = TestEnv::new();
    let token = env.issue("--full-access");
    let mut headers = hand_made(&token.secret);
    headers.extend(mutated(&token.header(), 180));
    assert!(headers.len() >= 300, "{}", headers.len());
    let body = &token.secret[15..47];
    for (number, header) in headers.iter().enumerate() {
        let line = match number % 3 {
            0 => "verify",
            1 => "verify - -vvv",
            _ => "verify --json",
        };
        let told = env.run_with_stdin(line, header);
        let shown = String::from_utf8_lossy(&header[..header.len().min(120)]).into_owned();
        assert!(matches!(told.exit, 10 | 11), "{shown:?}: {told}");
        for part in [MARK, body, &body[..16], &body[16..]] {
            assert!(!told.all().contains(part), "{shown:?}: {told}");
        }
        if !line.contains("json") {
            assert!(
                matches!(
                    told.stdout.as_str(),
                    "unknown\n" | "malformed\n" | "no_credentials\n"
                ),
                "{shown:?}: {told}"
            );
        }
    }
}

#[test]
fn header_at_the_limit_is_read_and_one_byte_more_is_malformed() {
    let env = TestEnv::new();
    let token = env.issue("--full-access");
    let header = |length: usize| {
        format!(
            "token {}{}",
            " ".repeat(length - 6 - token.secret.len()),
            token.secret
        )
    };
    for end in ["", "\n", "\r\n"] {
        env.run_with_stdin("verify", format!("{}{end}", header(8192)))
            .succeeds();
        env.run_with_stdin("verify", format!("{}{end}", header(8193)))
            .exits(11);
    }
}
