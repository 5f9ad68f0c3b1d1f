//! Requests to the middleware: none reaches the service behind but with the one good token and as its policy has it.
//!
//! The first line of the input is method, target and address, each other line a header, name and value divided by `:`.

#![no_main]

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::pin::pin;
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll, Waker};

use http::header::AUTHORIZATION;
use http::{Request, Response};
use libfuzzer_sys::{Corpus, fuzz_target};
use tokenctl::auth::Authenticator;
use tokenctl::catalogue::{Catalogue, Entry, Mapped, Mode};
use tokenctl::clock::ManualClock;
use tokenctl::http::{RequireToken, RequireTokenService};
use tokenctl::outcome::Login;
use tokenctl_fuzz::{Scene, now};
use tower_layer::Layer as _;
use tower_service::Service;

const POLICY: &str = r#"{"resources": {
    "*": {"block": ["*"]}, "review": {"*": {"allow": ["GET"]}, "42": {"block": ["*"]}}
}}"#;

static SCENE: LazyLock<Scene> = LazyLock::new(|| Scene::new(POLICY));
static CATALOGUE: LazyLock<Arc<Catalogue>> = LazyLock::new(|| {
    let review = Entry {
        resource: "review".to_owned(),
        paths: vec!["/api/reviews/{id}".to_owned()],
        methods: vec!["GET".to_owned(), "DELETE".to_owned()],
    };
    Arc::new(Catalogue::new(Mode::Open, [review]).unwrap())
});
static SERVICE: LazyLock<RequireTokenService<Behind>> = LazyLock::new(|| {
    let authenticator = Arc::new(Authenticator::over(SCENE.store.clone()));
    let clock = Arc::new(ManualClock::new(now()));
    let layer = RequireToken::new(authenticator, clock).catalogue(CATALOGUE.clone());
    layer.layer(Behind)
});

fuzz_target!(|input: &[u8]| -> Corpus {
    let Some(request) = request(input) else {
        return Corpus::Reject;
    };
    let mut service = SERVICE.clone();
    let future = pin!(service.call(request));
    let Poll::Ready(Ok(response)) = future.poll(&mut Context::from_waker(Waker::noop())) else {
        panic!("the service behind is always ready");
    };
    let status = response.status().as_u16();
    assert!(matches!(status, 200 | 400 | 401 | 403 | 405), "{status}");
    assert_eq!(status == 200, response.body() == "behind");
    Corpus::Keep
});

fn request(input: &[u8]) -> Option<Request<()>> {
    let mut lines = input.split(|byte| *byte == b'\n');
    let mut words = lines.next()?.split(|byte| *byte == b' ');
    let mut builder = Request::builder().method(words.next()?).uri(words.next()?);
    for line in lines {
        let colon = line.iter().position(|byte| *byte == b':')?;
        builder = builder.header(&line[..colon], &line[colon + 1..]);
    }
    builder.body(()).ok()
}

/// The service behind, which sees no request that it should not.
#[derive(Clone)]
struct Behind;

impl Service<Request<()>> for Behind {
    type Response = Response<String>;
    type Error = Infallible;
    type Future = Ready<Result<Response<String>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<()>) -> Self::Future {
        let credentials: Vec<_> = request.headers().get_all(AUTHORIZATION).iter().collect();
        assert_eq!(credentials.len(), 1);
        assert!(SCENE.good().is_in(credentials[0].as_bytes()));
        assert_eq!(
            request.extensions().get::<Login>().unwrap().user.as_str(),
            "alice"
        );
        assert_eq!(request.method(), "GET");
        let target = request.uri().path_and_query().unwrap().as_str();
        let Ok(Mapped::Resource { name: "review", id }) = CATALOGUE.map(target) else {
            panic!("the policy allows reviews alone");
        };
        assert_ne!(id.as_deref(), Some("42"));
        ready(Ok(Response::new("behind".to_owned())))
    }
}
