//! Headers that are nearly good, by the hundred thousand.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokenctl::auth::Authenticator;
use tokenctl::auth::backend::TokenAuthBackend;
use tokenctl::auth::request::RequestHead;
use tokenctl::auth::session::{MemorySession, Session as _};
use tokenctl::auth::web::{WebBasicBackend, WebBearerBackend, WebTokenBackend};
use tokenctl::format::{NewSecret, Prefix, TokenFormats, TokenctlV1, VendorType};
use tokenctl::outcome::OutcomeCode;

use crate::fixture::{Scratch, Seeded, at, id_of, issue, new_token};

const HEADERS: usize = 100_000;

#[test]
fn no_damaged_header_is_accepted() {
    let (scratch, formats, good) = good_headers();
    let authenticator = Authenticator::builder()
        .web_backend(WebTokenBackend)
        .web_backend(WebBearerBackend)
        .web_backend(WebBasicBackend)
        .auth_backend(TokenAuthBackend::new(Arc::clone(&scratch.store), formats))
        .build();
    let check = |header: &[u8]| {
        let mut session = MemorySession::default();
        let head = RequestHead::new().authorization(header);
        let outcome = authenticator
            .check_login(&head, &mut session, at(0))
            .unwrap();
        (outcome.code(), session.login().is_some())
    };
    for header in &good {
        assert_eq!(check(header), (OutcomeCode::Accepted, true), "{header:?}");
    }
    let mut random = Seeded(0x7061_7373);
    let mut codes = BTreeMap::new();
    let mut tried = 0;
    while tried < HEADERS {
        let header = damaged(&good, &mut random);
        if good.iter().any(|good| means(good) == means(&header)) {
            continue;
        }
        let (code, has_session) = check(&header);
        let is_refusal = matches!(
            code,
            OutcomeCode::Unknown | OutcomeCode::NoCredentials | OutcomeCode::Malformed
        );
        assert!(
            is_refusal && !has_session,
            "{code} for {:?}",
            header.escape_ascii().to_string()
        );
        *codes.entry(code.as_str()).or_insert(0) += 1;
        tried += 1;
    }
    // Each kind of refusal was reached often, so that the damage was of every kind too.
    assert!(
        codes.len() == 3 && codes.values().all(|count| *count > HEADERS / 20),
        "{codes:?}"
    );
}

/// Makes a token of each format and of none, and the headers that carry it.
fn good_headers() -> (Scratch, Arc<TokenFormats>, Vec<Vec<u8>>) {
    let scratch = Scratch::with_users(&["alice"]);
    let types = vec![VendorType::parse("rbp").unwrap()];
    let built_in = TokenFormats::built_in(vec![Prefix::default()], types);
    let formats = TokenFormats::new(built_in, TokenctlV1::ID, BTreeSet::new()).unwrap();
    let mut secrets = vec!["5|hand-made~token".to_owned()];
    for (number, id) in formats.ids().enumerate() {
        let id_of_token = id_of(number as u64 + 1);
        let request = NewSecret {
            id: id_of_token,
            prefix: None,
        };
        let format = formats.find(id).unwrap();
        let secret = format
            .generate(&request, &mut Seeded(number as u64))
            .unwrap();
        secrets.push(secret.expose_secret().to_owned());
    }
    let mut headers = Vec::new();
    for (number, secret) in secrets.iter().enumerate() {
        scratch.apply(
            &[issue(number as u64, secret, "any", new_token("alice"))],
            at(0),
        );
        let basic = STANDARD.encode(format!("alice:{secret}"));
        for header in [
            format!("token {secret}"),
            format!("Bearer {secret}"),
            format!("Basic {basic}"),
        ] {
            headers.push(header.into_bytes());
        }
    }
    (scratch, Arc::new(formats), headers)
}

/// Returns a header with one to four faults, or one of random bytes.
fn damaged(good: &[Vec<u8>], random: &mut Seeded) -> Vec<u8> {
    if random.below(20) == 0 {
        return (0..random.below(80)).map(|_| random.byte()).collect();
    }
    let mut header = good[random.below(good.len())].clone();
    for _ in 0..=random.below(4) {
        let place = random.below(header.len() + 1);
        let scheme_end = header
            .iter()
            .position(|byte| *byte == b' ')
            .unwrap_or_default();
        match random.below(8) {
            0 => header.insert(place, random.byte()),
            1 => header.insert(place, b" \t,=:\0\n\""[random.below(8)]),
            2 => header.truncate(place),
            3 => drop(header.splice(..scheme_end, [])),
            4 => header = [&header[..], &good[random.below(good.len())]].concat(),
            5 => header.rotate_left(place),
            _ if place == header.len() => header.push(random.byte()),
            6 => header[place] ^= 1 << random.below(8),
            _ => drop(header.remove(place)),
        }
    }
    header
}

/// Returns what a header says, by a reading of its own: the scheme without its case, and what follows the space.
fn means(header: &[u8]) -> (Vec<u8>, &[u8]) {
    let header = trim(header);
    let end = header
        .iter()
        .position(|byte| *byte == b' ')
        .unwrap_or(header.len());
    let scheme = match header[..end].to_ascii_lowercase() {
        // Both carry a bare token.
        scheme if scheme == b"bearer" => b"token".to_vec(),
        scheme => scheme,
    };
    (scheme, trim(&header[end..]))
}

fn trim(text: &[u8]) -> &[u8] {
    let is_white = |byte: &u8| b" \t".contains(byte);
    let Some(start) = text.iter().position(|byte| !is_white(byte)) else {
        return &[];
    };
    let end = text
        .iter()
        .rposition(|byte| !is_white(byte))
        .unwrap_or(start);
    &text[start..=end]
}
