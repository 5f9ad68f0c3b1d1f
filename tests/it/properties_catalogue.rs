//! Properties of the catalogue, for paths that nobody thought of.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use tokenctl::catalogue::{Catalogue, Entry, Mapped, Mode};

/// Resource, pattern, and the same pattern in pieces around what stands for a parameter.
const PATTERNS: [(&str, &str, &[&str]); 5] = [
    ("review", "/api/reviews/{id:number}", &["/api/reviews/", ""]),
    (
        "reply",
        "/api/reviews/{parent}/replies/{id}",
        &["/api/reviews/", "/replies/", ""],
    ),
    ("user", "/api/users/{id}", &["/api/users/", ""]),
    (
        "avatar",
        "/api/users/{id}/avatar",
        &["/api/users/", "/avatar"],
    ),
    (
        "file",
        "/{site}/files/{folder}/{id}/",
        &["/", "/files/", "/", "/"],
    ),
];

fn catalogue(mode: Mode) -> Catalogue {
    let entries = PATTERNS.map(|(resource, pattern, _)| Entry {
        resource: resource.to_owned(),
        paths: vec![pattern.to_owned()],
        methods: vec!["GET".to_owned()],
    });
    Catalogue::new(mode, entries).unwrap()
}

/// An object: its resource, its id, and the path that leads there.
fn object() -> impl Strategy<Value = (&'static str, String, String)> {
    (
        0..PATTERNS.len(),
        vec("[1-9][0-9]{0,8}", 3),
        vec("[a-z0-9][A-Za-z0-9._~!$&'()*+,=:@-]{0,8}", 3),
    )
        .prop_map(|(index, numbers, words)| {
            let (resource, pattern, pieces) = PATTERNS[index];
            let values = if pattern.contains(":number") {
                numbers
            } else {
                words
            };
            let mut path = pieces[0].to_owned();
            for (value, piece) in values.iter().zip(&pieces[1..]) {
                path = path + value + piece;
            }
            // The id is the last parameter of each.
            (resource, values[pieces.len() - 2].clone(), path)
        })
}

fn to(name: &str, id: String) -> Mapped<'_> {
    Mapped::Resource { name, id: Some(id) }
}

/// Encodes the bytes of `path` that `is_chosen` says, again and again in turn, but for its slashes.
fn encoded(path: &str, is_chosen: &[bool]) -> String {
    let mut chosen = is_chosen.iter().cycle();
    let encode = |byte: u8| match chosen.next() {
        Some(true) if byte != b'/' => format!("%{byte:02x}"),
        Some(false) if byte != b'/' && byte.is_multiple_of(2) => format!("%{byte:02X}"),
        _ => char::from(byte).to_string(),
    };
    path.bytes().map(encode).collect()
}

/// Paths of what proxies and servers have been fooled with.
fn hostile() -> impl Strategy<Value = String> {
    let piece = select(
        &[
            "/",
            "/",
            "/",
            "api",
            "reviews",
            "users",
            "replies",
            "42",
            "ada",
            ".",
            "..",
            "%2e",
            "%2E%2e",
            "%252e",
            "%2f",
            "%252f",
            "%5c",
            "\\",
            ";",
            ";x=1",
            "%3b",
            "?",
            "%3f",
            "#",
            "%23",
            "%00",
            "\0",
            "%",
            "%25",
            "%c0%ae",
            "%34",
            "%2534",
            "x",
            "\u{ff0e}",
            "%EF%BC%8E",
            " ",
            "%20",
            "+",
        ][..],
    );
    let whole = select(&["/api/reviews/42", "/api/users/ada", "/api/reviews/7/../42"][..]);
    (
        vec(piece.clone(), 0..4),
        whole,
        vec(piece, 0..8),
        any::<prop::sample::Index>(),
    )
        .prop_map(|(before, whole, inside, place)| {
            let at = place.index(whole.len() + 1);
            before.concat() + &whole[..at] + &inside.concat() + &whole[at..]
        })
}

/// What stands for a slash, if the reader is careless enough.
const SLASHES: [&str; 11] = [
    "//", "/./", "/%2e/", "/x/../", "/x/%2E./", "/;x/", ";x/", "\\", "%2f", "%5C", "%252F",
];

/// What stands for nothing at the end of a path.
const ENDS: [&str; 14] = [
    "", "/", "//", "/.", "/x/..", "?x", "%3fx", "#x", "%23", ";x", "%3B", "\0x", "%00x", "%2500",
];

/// Paths of the two objects that a policy protects, in disguise.
fn disguised() -> impl Strategy<Value = String> {
    let whole = select(&["/api/reviews/42", "/api/users/ada"][..]);
    let disguise = prop_oneof![9 => Just(None), 1 => (0..SLASHES.len()).prop_map(Some)];
    (whole, vec(disguise, 16), select(&ENDS[..])).prop_map(|(whole, disguises, end)| {
        let disguised = |(character, disguise)| match (character, disguise) {
            ('/', Some(index)) => SLASHES[index].to_owned(),
            (_, Some(0)) => format!("%25{:x}", u32::from(character)),
            (_, Some(_)) => format!("%{:x}", u32::from(character)),
            (_, None) => character.to_string(),
        };
        let path: String = whole.chars().zip(disguises).map(disguised).collect();
        path + end
    })
}

/// What a careless server does to a path before it looks for a resource.
type Habit = fn(String) -> String;

const HABITS: [Habit; 11] = [
    |path| before(&path, '#'),
    |path| path.replace('\\', "/"),
    without_parameters,
    decoded,
    decoded,
    |path| before(&path, '?'),
    |path| before(&path, '#'),
    |path| before(&path, '\0'),
    without_parameters,
    |path| path.replace('\\', "/"),
    |path| {
        let mut kept = Vec::new();
        for segment in path.split('/') {
            match segment {
                "" | "." => {}
                ".." => drop(kept.pop()),
                segment => kept.push(segment),
            }
        }
        format!("/{}", kept.join("/"))
    },
];

fn before(path: &str, end: char) -> String {
    path.split(end).next().unwrap().to_owned()
}

fn without_parameters(path: String) -> String {
    let segments: Vec<_> = path.split('/').map(|it| before(it, ';')).collect();
    segments.join("/")
}

fn decoded(path: String) -> String {
    let mut decoded = Vec::new();
    let mut rest = path.as_bytes();
    while let [first, tail @ ..] = rest {
        let digits = tail.get(..2).and_then(|it| std::str::from_utf8(it).ok());
        match digits.map(|digits| u8::from_str_radix(digits, 16)) {
            Some(Ok(value)) if *first == b'%' => {
                decoded.push(value);
                rest = &tail[2..];
            }
            _ => {
                decoded.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

/// What a server with those habits serves for `target`, of the two objects that a policy protects.
fn served(target: &str, habits: &[bool]) -> Option<(&'static str, &'static str)> {
    let mut path = before(target, '?');
    for (habit, has) in HABITS.iter().zip(habits) {
        if *has {
            path = habit(path);
        }
    }
    match path.strip_suffix('/').unwrap_or(&path) {
        "/api/reviews/42" => Some(("review", "42")),
        "/api/users/ada" => Some(("user", "ada")),
        _ => None,
    }
}

proptest! {
    #[test]
    fn any_text_is_mapped_or_refused(target in any::<String>(), tail in "[/%.;a-z0-9\\\\]{0,40}") {
        for mode in Mode::ALL {
            let _ = catalogue(mode).map(&target);
            let _ = catalogue(mode).map(&format!("/{target}"));
            let _ = catalogue(mode).map(&format!("/api/users/{tail}"));
        }
    }

    #[test]
    fn path_of_an_object_maps_to_it_however_it_is_encoded(
        (resource, id, path) in object(),
        is_chosen in vec(any::<bool>(), 1..8),
    ) {
        let catalogue = catalogue(Mode::Closed);
        prop_assert_eq!(catalogue.map(&path), Ok(to(resource, id.clone())), "{}", path);
        let encoded = encoded(&path, &is_chosen);
        prop_assert_eq!(catalogue.map(&encoded), Ok(to(resource, id)), "{}", encoded);
    }

    #[test]
    fn any_id_that_may_be_encoded_comes_back(id in "[^\\pC/\\\\%;?#]{1,12}") {
        prop_assume!(id.bytes().any(|byte| byte != b'.'));
        let path: String = id.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let catalogue = catalogue(Mode::Closed);
        let mapped = catalogue.map(&format!("/api/users/{path}/avatar"));
        prop_assert_eq!(mapped, Ok(to("avatar", id)));
    }

    #[test]
    fn query_never_matters(path in prop_oneof![hostile(), object().prop_map(|(_, _, path)| path)], query in any::<String>()) {
        let path = path.split('?').next().unwrap();
        let catalogue = catalogue(Mode::Open);
        prop_assert_eq!(catalogue.map(&format!("{path}?{query}")), catalogue.map(path));
    }

    #[test]
    fn one_slash_at_the_end_never_matters((_, _, path) in object()) {
        let path = path.trim_end_matches('/');
        let catalogue = catalogue(Mode::Open);
        prop_assert_eq!(catalogue.map(path), catalogue.map(&format!("{path}/")));
    }
}

proptest! {
    // Most of these paths are refused at the first thing that is wrong with them.
    #![proptest_config(ProptestConfig::with_cases(4_096))]

    #[test]
    fn id_has_nothing_that_could_be_taken_for_more(target in prop_oneof![hostile(), disguised()]) {
        if let Ok(Mapped::Resource { id: Some(id), .. }) = catalogue(Mode::Open).map(&target) {
            prop_assert!(!id.is_empty() && !id.bytes().all(|byte| byte == b'.'), "{}", target);
            prop_assert!(!id.contains(|c: char| c.is_control() || "/\\%;?#".contains(c)), "{}", target);
        }
    }

    #[test]
    fn what_a_careless_server_serves_is_judged_as_that_or_refused(
        target in prop_oneof![hostile(), disguised()],
        habits in vec(any::<bool>(), HABITS.len()),
    ) {
        if let Some((resource, id)) = served(&target, &habits) {
            let catalogue = catalogue(Mode::Open);
            if let Ok(mapped) = catalogue.map(&target) {
                prop_assert_eq!(mapped, to(resource, id.to_owned()), "{}", target);
            }
        }
    }
}
