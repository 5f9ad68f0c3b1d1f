//! Headers as an attacker would send them, through the real binary.

use crate::by_hand::{MARK, by_hand};
use crate::damaged::damaged;
use crate::fixture::Seeded;
use crate::harness::TestEnv;

#[test]
fn malformed_headers_are_refused_and_never_repeated() {
    let env = TestEnv::new();
    let token = env.issue("--full-access");
    let mut headers = by_hand(&token.secret);
    let mut random = Seeded(7);
    let good = [token.header().into_bytes()];
    headers.extend((0..180).map(|_| damaged(&good, &mut |bound| random.below(bound))));
    assert!(headers.len() >= 680, "{}", headers.len());
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
