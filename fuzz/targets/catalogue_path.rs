//! Paths and patterns of a catalogue: a path has one reading, which it keeps however often it is read, or none.
//!
//! The last line of the input is the target of a request, those before are patterns of one resource each.

#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};
use tokenctl::catalogue::{Catalogue, Entry, Mapped, Mode};

const PATTERNS: [&str; 4] = [
    "/api/reviews/{id:number}",
    "/api/reviews/{parent}/replies/{id}",
    "/api/users/{id}",
    "/",
];

fuzz_target!(|input: &[u8]| -> Corpus {
    let Ok(text) = std::str::from_utf8(input) else {
        return Corpus::Reject;
    };
    let mut lines: Vec<&str> = text.split('\n').collect();
    let target = lines.pop().unwrap_or_default();
    let given = catalogue(&lines);
    for mode in Mode::ALL {
        check(&catalogue(&PATTERNS)(mode).unwrap(), target);
        if let Ok(given) = given(mode) {
            check(&given, target);
        }
    }
    Corpus::Keep
});

fn catalogue<'l>(
    patterns: &'l [&'l str],
) -> impl Fn(Mode) -> Result<Catalogue, tokenctl::catalogue::CatalogueError> {
    move |mode| {
        let entries = patterns.iter().enumerate().map(|(number, pattern)| Entry {
            resource: format!("r{number}"),
            paths: vec![(*pattern).to_owned()],
            methods: vec!["GET".to_owned()],
        });
        Catalogue::new(mode, entries)
    }
}

fn check(catalogue: &Catalogue, target: &str) {
    let Ok(mapped) = catalogue.map(target) else {
        return;
    };
    let path = target.split('?').next().unwrap();
    let segments: Vec<String> = path.split('/').map(decoded).collect();
    // What another program may make of a path is what it is already: no dots to resolve, no slashes to merge, and
    // nothing that changes when it is decoded once more.
    assert_eq!(segments[0], "");
    let (last, inner) = segments[1..].split_last().unwrap();
    assert!(inner.iter().all(|segment| !segment.is_empty()));
    for segment in &segments {
        assert!(segment.is_empty() || !segment.bytes().all(|byte| byte == b'.'));
        assert!(!segment.contains(['/', '\\', '%', ';', '?', '#']));
        assert!(!segment.chars().any(char::is_control));
    }
    if let Mapped::Resource { id: Some(id), .. } = &mapped {
        assert!(segments.contains(id) && !id.is_empty());
    }
    // Other spellings of the same path are the same resource.
    let encoded: String = segments[1..].iter().map(|one| encoded(one)).collect();
    assert_eq!(catalogue.map(&encoded).as_ref(), Ok(&mapped));
    assert_eq!(catalogue.map(path).as_ref(), Ok(&mapped));
    if !last.is_empty() && path.len() < tokenctl::catalogue::MAX_PATH_BYTES {
        assert_eq!(catalogue.map(&format!("{path}/")).as_ref(), Ok(&mapped));
    }
}

fn decoded(segment: &str) -> String {
    let mut pieces = segment.split('%');
    let mut bytes = pieces.next().unwrap_or_default().as_bytes().to_vec();
    for piece in pieces {
        bytes.push(u8::from_str_radix(&piece[..2], 16).unwrap());
        bytes.extend_from_slice(&piece.as_bytes()[2..]);
    }
    String::from_utf8(bytes).unwrap()
}

/// Encodes all but letters and digits.
fn encoded(segment: &str) -> String {
    let bytes = segment.bytes().map(|byte| match byte {
        byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    });
    std::iter::once("/".to_owned()).chain(bytes).collect()
}
