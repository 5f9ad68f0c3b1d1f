//! Finding tokens in streams of bytes.

use std::collections::BTreeSet;
use std::io::{self, Read};

use proptest::collection::vec;
use proptest::prelude::*;
use tokenctl::format::{NewSecret, Prefix, TokenFormats, TokenctlV1, VendorChecksum, VendorType};
use tokenctl::scan::{Evidence, Scanner};
use tokenctl::token_id::TokenId;

use crate::fixture::Seeded;

/// Prefixes and types that contain each other, or parts of each other.
const PREFIXES: [&str; 3] = ["tkc", "tk", "kc"];
const TYPES: [&str; 5] = ["rbp", "a", "a_b", "_", "tkc"];

fn formats() -> TokenFormats {
    let prefixes = PREFIXES.map(|text| Prefix::parse(text).unwrap());
    let types = TYPES.map(|text| VendorType::parse(text).unwrap());
    TokenFormats::new(
        TokenFormats::built_in(prefixes.to_vec(), types.to_vec()),
        TokenctlV1::ID,
        BTreeSet::new(),
    )
    .unwrap()
}

fn token(generator: &str, prefix: &str, seed: u64) -> String {
    let mut entropy = Seeded(seed);
    let id = TokenId::generate(&mut entropy).unwrap();
    let request = NewSecret {
        id,
        prefix: Some(prefix),
    };
    let formats = formats();
    let format = formats.find(generator).unwrap();
    let secret = format.generate(&request, &mut entropy).unwrap();
    secret.expose_secret().to_owned()
}

fn ours(seed: u64) -> String {
    token(TokenctlV1::ID, "tkc", seed)
}

/// Gives as many bytes at a time as it is told, again and again, with interruptions.
struct Pieces<'a> {
    rest: &'a [u8],
    sizes: Vec<usize>,
    next: usize,
}

impl<'a> Pieces<'a> {
    fn new(rest: &'a [u8], sizes: &[usize]) -> Self {
        Self {
            rest,
            sizes: sizes.to_vec(),
            next: 0,
        }
    }
}

impl Read for Pieces<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let size = self.sizes[self.next % self.sizes.len()];
        self.next += 1;
        if size == 0 {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let size = size.min(room.len());
        self.rest.read(&mut room[..size])
    }
}

/// What was found: offset, line, column, format (none for a word of digits) and text.
type Found = (u64, u64, u64, Option<String>, String);

fn scan(scanner: &Scanner, source: impl Read) -> Vec<Found> {
    let findings = scanner.scan(source).map(|finding| {
        let finding = finding.unwrap();
        let format = match finding.evidence {
            Evidence::WellFormed { format } => Some(format.to_owned()),
            _ => None,
        };
        let text = finding.secret.expose_secret().to_owned();
        (finding.offset, finding.line, finding.column, format, text)
    });
    findings.collect()
}

fn scanner() -> Scanner {
    Scanner::new(&formats())
}

/// Finds the same, place by place.
fn expected(bytes: &[u8]) -> Vec<Found> {
    let formats = formats();
    let mut found = Vec::new();
    for at in 0..bytes.len() {
        for length in [40, 52, 53, 255] {
            let Some(Ok(text)) = bytes.get(at..at + length).map(std::str::from_utf8) else {
                continue;
            };
            let is_hex = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_hexdigit);
            let ends = !is_hex(bytes[..at].last()) && !is_hex(bytes.get(at + length));
            let format = [TokenctlV1::ID, VendorChecksum::ID]
                .into_iter()
                .find(|id| formats.find(id).unwrap().check(text).is_ok());
            let is_word = length == 40 && ends && text.bytes().all(|b| b.is_ascii_hexdigit());
            if format.is_some() || is_word {
                let before = &bytes[..at];
                let line = before.iter().filter(|byte| **byte == b'\n').count();
                let begin = before.iter().rposition(|byte| *byte == b'\n');
                found.push((
                    at as u64,
                    line as u64 + 1,
                    (at - begin.map_or(0, |place| place + 1)) as u64 + 1,
                    format.map(str::to_owned),
                    text.to_owned(),
                ));
            }
        }
    }
    found
}

/// Parts of a stream: tokens, what is left of tokens, and what looks like them.
fn part() -> impl Strategy<Value = Vec<u8>> {
    let prefixed = (0..PREFIXES.len(), any::<u64>())
        .prop_map(|(at, seed)| token(TokenctlV1::ID, PREFIXES[at], seed).into_bytes());
    let vendor = (0..TYPES.len(), any::<u64>())
        .prop_map(|(at, seed)| token(VendorChecksum::ID, TYPES[at], seed).into_bytes());
    let whole = prop_oneof![prefixed, vendor];
    let whole = whole.boxed();
    prop_oneof![
        4 => whole.clone(),
        1 => (whole.clone(), 0_usize..60).prop_map(|(token, cut)| token[..token.len() - cut.min(token.len())].to_vec()),
        1 => (whole, any::<prop::sample::Index>(), any::<u8>()).prop_map(|(mut token, at, byte)| {
            let at = at.index(token.len());
            token[at] = byte;
            token
        }),
        2 => vec(prop::sample::select(&b"0123456789abcdefABCDEF"[..]), 37..44),
        1 => vec(prop::sample::select(&b"0123456789abcdef"[..]), 80..200),
        2 => prop::sample::select(&["tkc_", "tk_", "a_b_", "___", "\n", "\\n", "%0A", "\"", "\0\n\n"][..])
            .prop_map(|text| text.as_bytes().to_vec()),
        2 => vec(any::<u8>(), 0..20),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn findings_are_those_of_a_search_place_by_place(
        parts in vec(part(), 0..12),
        sizes in vec(0_usize..300, 1..8),
    ) {
        let stream = parts.concat();
        let expected = expected(&stream);
        let scanner = scanner().with_hex_words();
        prop_assert_eq!(&scan(&scanner, &stream[..]), &expected);
        let sizes = [sizes, vec![1]].concat();
        prop_assert_eq!(&scan(&scanner, Pieces::new(&stream, &sizes)), &expected);
        prop_assert_eq!(&scan(&scanner, Pieces::new(&stream, &[1])), &expected);
        let well_formed: Vec<Found> = expected.into_iter().filter(|found| found.3.is_some()).collect();
        prop_assert_eq!(&scan(&self::scanner(), Pieces::new(&stream, &sizes)), &well_formed);
    }
}

#[test]
fn token_is_found_whatever_stands_around_it() {
    let token = ours(1);
    for (before, after) in [
        ("", ""),
        ("\"token\":\"", "\"}"),
        ("'", "\\n'"),
        ("Authorization: Bearer ", "\r\n"),
        ("?token=", "&x=1"),
        ("%20", "%0A"),
        ("+TOKEN=", ""),
        ("xyz", "xyz0"),
        ("_tkc_tkc_", "_"),
        ("\0\u{1}é", "é\0"),
    ] {
        let stream = format!("{before}{token}{after}");
        let found = scan(&scanner(), stream.as_bytes());
        let at = before.len() as u64;
        let found: Vec<_> = found.iter().map(|found| (found.0, &found.4)).collect();
        assert_eq!(found, [(at, &token)], "{before:?} {after:?}");
    }
}

#[test]
fn token_that_would_not_be_accepted_is_not_found() {
    let token = ours(2);
    let wrapped = format!("{}\n{}", &token[..30], &token[30..]);
    let id = token[4..14].to_uppercase();
    for stream in [
        token[..52].to_owned(),
        token[1..].to_owned().replacen("kc_", "xx_", 1),
        wrapped,
        token.replacen("tkc_", "TKC_", 1),
        token.replacen(&token[4..14], &id, 1),
        token.chars().flat_map(|c| [c, '\0']).collect(),
        token.chars().rev().collect(),
    ] {
        assert_eq!(scan(&scanner(), stream.as_bytes()), [], "{stream:?}");
    }
}

#[test]
fn word_of_digits_has_exactly_forty() {
    let word = "da39a3ee5e6b4b0d3255bfef95601890afd80709";
    let scanner = scanner().with_hex_words();
    for (stream, at) in [
        (word.to_owned(), 0),
        (word.to_uppercase(), 0),
        (format!("token {word},"), 6),
        (format!("\\n{word}\\n"), 2),
        (format!("g{word}g"), 1),
    ] {
        let found = scan(&scanner, stream.as_bytes());
        let found: Vec<_> = found.iter().map(|f| (f.0, f.3.is_none())).collect();
        assert_eq!(found, [(at, true)], "{stream}");
        assert_eq!(scan(&self::scanner(), stream.as_bytes()), [], "{stream}");
    }
    for stream in [
        word[1..].to_owned(),
        format!("{word}0"),
        format!("0{word}"),
        format!("{word}{word}"),
        word.replacen('a', "g", 1),
    ] {
        assert_eq!(scan(&scanner, stream.as_bytes()), [], "{stream}");
    }
}

#[test]
fn findings_beyond_one_read_have_their_place_in_the_whole_stream() {
    let tokens: Vec<String> = (0..5_000).map(ours).collect();
    // Lengths that share no divisor with that of a read, so that tokens lie across many borders.
    let stream: String = (0_usize..)
        .zip(&tokens)
        .map(|(number, token)| format!("{}{token}\n", "x".repeat(number % 211)))
        .collect();
    let found = scan(&scanner(), stream.as_bytes());
    assert_eq!(found.len(), tokens.len());
    for (number, (found, token)) in found.iter().zip(&tokens).enumerate() {
        assert_eq!(found.4, *token);
        assert_eq!(
            (found.1, found.2),
            (number as u64 + 1, number as u64 % 211 + 1)
        );
        let at = usize::try_from(found.0).unwrap();
        assert!(stream[at..].starts_with(token));
    }
}

#[test]
fn id_is_that_in_the_token() {
    let scanner = scanner();
    let token = ours(3);
    let finding = scanner.scan(token.as_bytes()).next().unwrap().unwrap();
    assert_eq!(finding.id.unwrap().as_str(), &token[4..14]);
    let vendor = self::token(VendorChecksum::ID, "rbp", 3);
    let finding = scanner.scan(vendor.as_bytes()).next().unwrap().unwrap();
    assert_eq!(finding.id, None);
}

#[test]
fn what_was_read_before_an_error_is_told_before_it() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _room: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("disk on fire"))
        }
    }
    let token = ours(4);
    let scanner = scanner();
    let mut findings = scanner.scan(token.as_bytes().chain(Broken));
    assert_eq!(
        findings.next().unwrap().unwrap().secret.expose_secret(),
        token
    );
    assert_eq!(
        findings.next().unwrap().unwrap_err().to_string(),
        "disk on fire"
    );
    assert!(findings.next().is_none());
    assert_eq!(findings.bytes_read(), 53);
}

#[test]
fn memory_of_one_stream_serves_the_next() {
    let (one, two) = (ours(6), ours(7));
    let scanner = scanner();
    let stream = format!("\n\n {one}");
    let mut findings = scanner.scan(stream.as_bytes());
    // Not to its end: nothing of it is left over.
    findings.next().unwrap().unwrap();
    let mut findings = findings.rescan(&two.as_bytes()[1..]);
    assert!(findings.next().is_none());
    let finding = findings.rescan(two.as_bytes()).next().unwrap().unwrap();
    assert_eq!((finding.offset, finding.line, finding.column), (0, 1, 1));
    assert_eq!(finding.secret.expose_secret(), two);
}

#[test]
fn debug_shows_nothing_of_what_was_read() {
    let token = ours(5);
    let scanner = scanner();
    let mut findings = scanner.scan(token.as_bytes());
    let finding = findings.next().unwrap().unwrap();
    let shown = format!("{scanner:?} {findings:?} {finding:?}");
    assert!(!shown.contains(&token[15..]), "{shown}");
}
