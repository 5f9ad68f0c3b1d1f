//! The layer of tower around an empty service, beside the login that it asks for alone.
//!
//! `cargo bench --bench http` prints medians of alternating rounds: machines drift, ratios do not. The server under load
//! is measured by `cargo run --release --example limits -- performance`.

#[path = "common/report.rs"]
mod report;

use std::convert::Infallible;
use std::error::Error;
use std::future::Ready;
use std::hint::black_box;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use http::header::AUTHORIZATION;
use http::{HeaderMap, Request, Response};
use tokenctl::auth::Authenticator;
use tokenctl::auth::request::RequestHead;
use tokenctl::auth::session::NoSession;
use tokenctl::change::{Actor, Change, IssuedToken, Mode};
use tokenctl::clock::{Clock as _, SystemClock};
use tokenctl::entropy::OsEntropy;
use tokenctl::format::{NewSecret, TokenFormats};
use tokenctl::http::RequireToken;
use tokenctl::outcome::OutcomeCode;
use tokenctl::policy::Policy;
use tokenctl::secret::TokenDigest;
use tokenctl::store::{Location, OpenOptions, Store};
use tokenctl::token::NewToken;
use tokenctl::token_id::TokenId;
use tokenctl::user::UserName;
use tower_layer::Layer as _;
use tower_service::Service;

type Fallible<T> = Result<T, Box<dyn Error + Send + Sync>>;

const TOKENS: usize = 1_000;
const ROUNDS: usize = 9;
/// How often a service is called in a round.
const CALLS: usize = 20_000;

/// A store, and the secrets of its tokens.
struct Filled {
    _directory: tempfile::TempDir,
    store: Arc<dyn Store>,
    secrets: Vec<String>,
}

fn fill() -> Fallible<Filled> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("tokens.db");
    let location = Location::parse(path.to_str().ok_or("a path in UTF-8")?)?;
    let store = location.create(OpenOptions::default())?;
    let user = UserName::parse("alice")?;
    let formats = TokenFormats::default();
    let format = formats.default_format();
    let mut changes = vec![Change::AddUser { name: user.clone() }];
    let mut secrets = Vec::new();
    for _ in 0..TOKENS {
        let id = TokenId::generate(&mut OsEntropy)?;
        let secret = format.generate(&NewSecret { id, prefix: None }, &mut OsEntropy)?;
        changes.push(Change::Issue(Box::new(IssuedToken {
            id,
            digest: TokenDigest::of(&secret),
            generator: format.id().to_owned(),
            token: NewToken::new(user.clone(), Policy::full_access()),
        })));
        secrets.push(secret.expose_secret().to_owned());
    }
    let actor = Actor::named("bench");
    store.apply(&changes, &actor, SystemClock.now(), Mode::Commit)?;
    Ok(Filled {
        _directory: directory,
        store,
        secrets,
    })
}

fn is_good(authenticator: &Authenticator, headers: &HeaderMap) -> bool {
    let value = headers.get(AUTHORIZATION);
    let head = RequestHead::new()
        .authorization(value.map_or(b"", |value| value.as_bytes()))
        .method("GET");
    let outcome = authenticator.check_login(&head, &mut NoSession, SystemClock.now());
    matches!(outcome, Ok(outcome) if outcome.code() == OutcomeCode::Accepted)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// The service behind the layer.
#[derive(Clone)]
struct Nothing;

impl Service<Request<()>> for Nothing {
    type Response = Response<String>;
    type Error = Infallible;
    type Future = Ready<Result<Response<String>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<()>) -> Self::Future {
        black_box(&request);
        std::future::ready(Ok(Response::new(String::new())))
    }
}

/// Calls a service as a server does, and returns whether it answered 200.
fn call<S>(service: &mut S, request: Request<()>) -> bool
where
    S: Service<Request<()>, Response = Response<String>, Error = Infallible>,
{
    let mut context = Context::from_waker(Waker::noop());
    let answer = pin!(service.call(request)).poll(&mut context);
    matches!(answer, Poll::Ready(Ok(response)) if response.status() == 200)
}

/// Returns the microseconds that one call takes in a round of many.
fn time(requests: &[Request<()>], mut call: impl FnMut(&Request<()>) -> bool) -> f64 {
    let started = Instant::now();
    for request in requests.iter().cycle().take(CALLS) {
        assert!(call(request), "the login is good");
    }
    started.elapsed().as_secs_f64() * 1e6 / CALLS as f64
}

fn measure_layer(filled: &Filled, rounds: usize) -> Fallible<()> {
    let authenticator = Arc::new(Authenticator::over(Arc::clone(&filled.store)));
    let layer = RequireToken::new(Arc::clone(&authenticator), Arc::new(SystemClock));
    let (mut guarded, mut nothing) = (layer.layer(Nothing), Nothing);
    let requests: Vec<Request<()>> = filled
        .secrets
        .iter()
        .map(|secret| {
            let builder = Request::builder().uri("/api/reviews/42");
            builder
                .header(AUTHORIZATION, format!("Bearer {secret}"))
                .body(())
        })
        .collect::<Result<_, _>>()?;
    let check = |request: &Request<()>| is_good(&authenticator, request.headers());
    let mut times = [const { Vec::new() }; 3];
    for round in 0..=rounds {
        let of_round = [
            time(&requests, |request| call(&mut nothing, request.clone())),
            time(&requests, check),
            time(&requests, |request| call(&mut guarded, request.clone())),
        ];
        // The first round warms up.
        if round > 0 {
            for (all, one) in times.iter_mut().zip(of_round) {
                all.push(one);
            }
        }
    }
    let [empty, bare, guarded] = times.map(median);
    report::figure("layer", TOKENS, guarded - empty, "us");
    let sides = format!(
        "{:.2} us a request ({guarded:.2} us around a service of {empty:.2} us), bare check_login {bare:.2} us, \
         {rounds} rounds",
        guarded - empty
    );
    report::ratio(
        "layer/check_login",
        TOKENS,
        (guarded - empty) / bare,
        &sides,
    );
    Ok(())
}

fn main() -> Fallible<()> {
    let is_measured =
        !std::env::args().any(|argument| argument == "--test" || argument == "--list");
    let rounds = if is_measured { ROUNDS } else { 1 };
    let filled = fill()?;
    measure_layer(&filled, rounds)
}
