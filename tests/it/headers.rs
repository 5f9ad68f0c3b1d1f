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

use crate::damaged::damaged;
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
    for _ in 0..HEADERS {
        let header = damaged(&good, &mut |bound| random.below(bound));
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
