//! A store file with bytes changed: it is refused or read, nothing panics, and nobody is let in who was not before, but
//! by a record of their own that the change has made a live one.
//!
//! Each five bytes of the input are one edit. One that turns the end of a token, or its id, into another is not found
//! out: records have no checksum.

#![no_main]

use std::collections::BTreeSet;
use std::fs::OpenOptions as FileOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;
use tokenctl::auth::Authenticator;
use tokenctl::auth::request::RequestHead;
use tokenctl::auth::session::MemorySession;
use tokenctl::change::{Actor, Change, Mode, Target};
use tokenctl::history::History;
use tokenctl::outcome::OutcomeCode;
use tokenctl::selector::Listing;
use tokenctl::store::{Location, OpenOptions, Store};
use tokenctl::text::FreeText;
use tokenctl::token::TokenState;
use tokenctl_fuzz::edit::edit;
use tokenctl_fuzz::{Known, Scene, never_issued, now};

static SCENE: LazyLock<(Vec<Known>, Vec<u8>)> = LazyLock::new(|| Scene::new("{}").into_file());
static UNKNOWN: LazyLock<String> = LazyLock::new(never_issued);
static DIRECTORY: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().unwrap());

fuzz_target!(|edits: &[u8]| {
    let (_, file) = &*SCENE;
    let mut file = file.clone();
    edits
        .chunks_exact(5)
        .take(32)
        .for_each(|one| edit(&mut file, one));
    let directory = tempfile::tempdir_in(DIRECTORY.path()).unwrap();
    let path = directory.path().join("tokens.db");
    let mut options = FileOptions::new();
    let mut written = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path)
        .unwrap();
    written.write_all(&file).unwrap();
    drop(written);
    let location = Location::parse(path.to_str().unwrap()).unwrap();
    if let Ok(store) = location.open(OpenOptions::default()) {
        verify(&store);
        use_all(&store);
        verify(&store);
    }
});

fn verify(store: &Arc<dyn Store>) {
    let authenticator = Authenticator::over(Arc::clone(store));
    let (tokens, _) = &*SCENE;
    let known = tokens
        .iter()
        .map(|known| (&known.secret, known.code, Some(known.id)));
    for (secret, code, id) in known.chain([(&*UNKNOWN, OutcomeCode::Unknown, None)]) {
        let header = format!("token {secret}");
        let head = RequestHead::new().authorization(header.as_bytes());
        let found = authenticator.check_login(&head, &mut MemorySession::default(), now());
        if let Ok(outcome) = found
            && outcome.code() == OutcomeCode::Accepted
        {
            assert!(id.is_some(), "a token that was never issued");
            let read = outcome.token().unwrap();
            let is_of_another = |known: &Known| Some(known.id) != id && known.id == read.id;
            assert!(!tokens.iter().any(is_of_another), "{id:?} by {}", read.id);
            if code != OutcomeCode::Accepted {
                assert_eq!(read.state(now()), TokenState::Active);
                assert_eq!(read.owner.disabled_at, None);
            }
        }
    }
}

/// Reads all that there is, and changes something. What fails, fails.
fn use_all(store: &Arc<dyn Store>) {
    let (tokens, _) = &*SCENE;
    let _ = store.readiness();
    let _ = store.users();
    let _ = store.list(&Listing::default(), now(), 100);
    let _ = store.statistics(now(), 3);
    let _ = History::new(Arc::clone(store)).verify(&BTreeSet::new());
    let revoke = Change::Revoke {
        tokens: Target::Ids(vec![tokens[0].id]),
        reason: FreeText::parse("damaged").unwrap(),
    };
    let actor = Actor::named("fuzz");
    let _ = store.apply(&[revoke], &actor, now(), Mode::Commit);
}
