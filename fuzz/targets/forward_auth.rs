//! Bytes sent to the server over a socket: `/auth` says yes to none that do not hold the one good token.
//!
//! The first byte chooses the profile of the proxy. `/revoke` is left out: what a run does must not outlast it.

#![no_main]

use std::io::{Read as _, Write as _};
use std::net::Shutdown;
use std::num::NonZeroUsize;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use libfuzzer_sys::{Corpus, fuzz_target};
use tokenctl::auth::Authenticator;
use tokenctl::authority::Authority;
use tokenctl::clock::ManualClock;
use tokenctl::format::TokenFormats;
use tokenctl::http::profile::Profile;
use tokenctl::http::server::{Listener, Running, Server};
use tokenctl_fuzz::{Scene, now};

static SCENE: LazyLock<Scene> = LazyLock::new(|| Scene::new("{}"));
static SERVERS: LazyLock<Vec<(Running, PathBuf)>> =
    LazyLock::new(|| Profile::ALL.into_iter().map(serve).collect());

fn serve(profile: Profile) -> (Running, PathBuf) {
    let authority = Authority::new(SCENE.store.clone(), Arc::new(TokenFormats::default()));
    let authenticator = Arc::new(Authenticator::over(SCENE.store.clone()));
    let clock = Arc::new(ManualClock::new(now()));
    let server = Server::new(Arc::new(authority), authenticator, clock, profile);
    let path = SCENE.path.with_file_name(profile.name());
    let listener = Listener::Unix(UnixListener::bind(&path).unwrap());
    (server.run(&listener, NonZeroUsize::MIN).unwrap(), path)
}

fuzz_target!(|input: &[u8]| -> Corpus {
    let Some((choice, request)) = input.split_first() else {
        return Corpus::Reject;
    };
    let text = String::from_utf8_lossy(request);
    if text.contains("/revoke") {
        return Corpus::Reject;
    }
    let (_, path) = &SERVERS[usize::from(*choice) % SERVERS.len()];
    let mut stream = UnixStream::connect(path).unwrap();
    // It may hang up before it has read all.
    let _ = stream.write_all(request);
    let _ = stream.shutdown(Shutdown::Write);
    let mut answered = Vec::new();
    let _ = stream.read_to_end(&mut answered);
    let answers = String::from_utf8_lossy(&answered);
    assert!(answers.is_empty() || answers.starts_with("HTTP/1."));
    for answer in answers.split("HTTP/1.").skip(1) {
        check(answer, request);
    }
    Corpus::Keep
});

fn check(answer: &str, request: &[u8]) {
    let status = &answer[2..5];
    let is_known = matches!(
        status,
        "200" | "400" | "401" | "403" | "404" | "405" | "408" | "413" | "431" | "503"
    );
    assert!(is_known, "{status}");
    // Answers of `/auth` always name a user, an empty one in a refusal.
    let named = answer
        .lines()
        .find_map(|line| line.strip_prefix("x-auth-user: "));
    if let Some(user) = named.map(str::trim).filter(|user| !user.is_empty()) {
        assert_eq!((status, user), ("200", "alice"));
        assert!(SCENE.good().is_in(request));
    } else if status == "200" {
        assert!(!answer.contains("x-auth-token-id"));
    }
    assert!(
        SCENE
            .tokens
            .iter()
            .all(|known| !answer.contains(&known.secret))
    );
}
