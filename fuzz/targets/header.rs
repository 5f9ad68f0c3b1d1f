//! The value of an `Authorization` header: never accepted but with the one good token, and each refusal the right one.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use tokenctl::auth::Authenticator;
use tokenctl::auth::request::RequestHead;
use tokenctl::auth::session::{MemorySession, Session as _};
use tokenctl::outcome::OutcomeCode;
use tokenctl_fuzz::{Scene, now};

static SCENE: LazyLock<Scene> = LazyLock::new(|| Scene::new("{}"));
static AUTHENTICATOR: LazyLock<Authenticator> =
    LazyLock::new(|| Authenticator::over(SCENE.store.clone()));

fuzz_target!(|header: &[u8]| {
    let head = RequestHead::new().authorization(header);
    let mut session = MemorySession::default();
    let outcome = AUTHENTICATOR
        .check_login(&head, &mut session, now())
        .unwrap();
    let (code, known) = (outcome.code(), carried_by(header));
    match known {
        Some(expected) => assert_eq!(code, expected),
        None => assert!(matches!(
            code,
            OutcomeCode::Unknown | OutcomeCode::NoCredentials | OutcomeCode::Malformed
        )),
    }
    assert_eq!(session.login().is_some(), code == OutcomeCode::Accepted);
    assert_eq!(
        AUTHENTICATOR.answer(&outcome).status == 200,
        code == OutcomeCode::Accepted
    );
    // What may be logged holds nothing of the header.
    assert!(!format!("{head:?} {outcome:?}").contains(&SCENE.good().secret));
});

/// Returns what has to be said of the token that `header` carries, by a reading of its own.
fn carried_by(header: &[u8]) -> Option<OutcomeCode> {
    let header = trim(header);
    let end = header.iter().position(|byte| *byte == b' ')?;
    let (scheme, credentials) = (header[..end].to_ascii_lowercase(), trim(&header[end..]));
    let known = SCENE.tokens.iter().find(|known| match &scheme[..] {
        b"token" | b"bearer" => known.secret.as_bytes() == credentials,
        b"basic" => known
            .basic()
            .iter()
            .any(|basic| basic.as_bytes() == credentials),
        _ => false,
    });
    known.map(|known| known.code)
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
