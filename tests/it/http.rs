//! The layer for services of tower: what reaches the service behind it, and what is answered in its place.

use std::future::Ready;
use std::net::IpAddr;
use std::path::PathBuf;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use http::{Method, Request, Response, StatusCode};
use tempfile::TempDir;
use tokenctl::auth::Authenticator;
use tokenctl::auth::backend::TokenAuthBackend;
use tokenctl::auth::throttle::{LoginThrottle, RateLimit};
use tokenctl::auth::usage::{DEFAULT_RESOLUTION, UsageLog};
use tokenctl::auth::web::WebBearerBackend;
use tokenctl::catalogue::{Catalogue, Entry, Mode};
use tokenctl::change::{Actor, Change};
use tokenctl::clock::ManualClock;
use tokenctl::format::{LegacySha1, TokenFormats};
use tokenctl::http::{ClientAddress, RequireToken, RequireTokenService};
use tokenctl::network::Networks;
use tokenctl::outcome::{DEPRECATED_TEXT, Login, Outcome};
use tokenctl::policy::Policy;
use tokenctl::store::{Location, OpenOptions, Store};
use tokenctl::token::NewToken;
use tower_layer::Layer as _;
use tower_service::Service;

use crate::auth::{NOW, READ_ONLY, bearer, log_in, over, scratch};
use crate::fixture::{
    LONG_AGO, Scratch, StubAnswer, StubStore, at, issue, name, new_token, revoke,
};

/// The service behind the layer: says who is logged in, and counts how often it is asked.
#[derive(Clone, Default)]
pub(crate) struct Greeter {
    pub(crate) asked: Arc<AtomicUsize>,
    /// How the `Authorization` headers that it saw look in a log.
    pub(crate) logged: Arc<Mutex<String>>,
}

impl Service<Request<()>> for Greeter {
    type Response = Response<String>;
    type Error = String;
    type Future = Ready<Result<Response<String>, String>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), String>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<()>) -> Self::Future {
        self.asked.fetch_add(1, Ordering::Relaxed);
        *self.logged.lock().unwrap() = format!("{:?}", request.headers());
        let greeting = match request.extensions().get::<Login>() {
            Some(login) => format!("hello {}", login.user),
            None => "hello whoever".to_owned(),
        };
        std::future::ready(Ok(Response::new(greeting)))
    }
}

pub(crate) fn layer(authenticator: Authenticator) -> RequireToken {
    let clock = ManualClock::new(at(NOW));
    RequireToken::new(Arc::new(authenticator), Arc::new(clock))
}

/// Polls until it is ready; nothing here ever waits for another thread.
pub(crate) fn wait<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
}

pub(crate) fn send(layer: &RequireToken, request: Request<()>) -> Response<String> {
    wait(layer.layer(Greeter::default()).call(request)).unwrap()
}

pub(crate) fn request(method: &str, target: &str, headers: &[&str]) -> Request<()> {
    let mut builder = Request::builder().method(method).uri(target);
    for header in headers {
        builder = builder.header(AUTHORIZATION, *header);
    }
    builder.body(()).unwrap()
}

pub(crate) fn get(headers: &[&str]) -> Request<()> {
    request("GET", "/api/reviews/42", headers)
}

/// Returns all that a client sees of a response.
pub(crate) fn shown(response: &Response<String>) -> String {
    format!(
        "{} {:?} {}",
        response.status(),
        response.headers(),
        response.body()
    )
}

fn challenge(response: &Response<String>) -> &str {
    response.headers()[WWW_AUTHENTICATE].to_str().unwrap()
}

fn assert_not_kept(response: &Response<String>) {
    assert_eq!(response.headers()["content-type"], "application/json");
    assert_eq!(response.headers()["cache-control"], "no-store");
}

/// Makes a store where alice's `good` has `policy`.
pub(crate) fn with_policy(policy: &str) -> Scratch {
    let scratch = Scratch::with_users(&["alice"]);
    let token = NewToken {
        policy: Policy::from_stored(policy).unwrap(),
        ..new_token("alice")
    };
    scratch.apply(&[issue(1, "good", "any", token)], LONG_AGO);
    scratch
}

fn reviews(mode: Mode) -> Arc<Catalogue> {
    let entry = Entry {
        resource: "review".to_owned(),
        paths: vec!["/api/reviews/{id:number}".to_owned()],
        methods: vec!["GET".to_owned(), "POST".to_owned()],
    };
    Arc::new(Catalogue::new(mode, [entry]).unwrap())
}

#[test]
fn good_token_reaches_the_service_with_its_login() {
    let scratch = scratch();
    let layer = layer(over(&scratch));
    for header in ["token good", "Bearer good", "Basic YWxpY2U6Z29vZA=="] {
        let response = send(&layer, get(&[header]));
        assert_eq!(response.status(), StatusCode::OK, "{header}");
        assert_eq!(response.body(), "hello alice");
        assert!(response.headers().is_empty(), "{response:?}");
    }
}

#[test]
fn no_header_is_a_challenge_without_error() {
    let scratch = scratch();
    let greeter = Greeter::default();
    let mut service = layer(over(&scratch)).layer(greeter.clone());
    let response = wait(service.call(get(&[]))).unwrap();
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(
        challenge(&response),
        "token realm=\"Web API\", Bearer realm=\"Web API\", Basic realm=\"Web API\""
    );
    assert_eq!(
        response.body(),
        r#"{"stat":"fail","err":{"code":103,"msg":"You are not logged in","type":"auth-not-logged-in"}}"#
    );
    assert_not_kept(&response);
    assert_eq!(greeter.asked.load(Ordering::Relaxed), 0);
}

#[test]
fn unknown_malformed_and_disabled_are_the_same_bytes() {
    let scratch = scratch();
    scratch.apply(&[issue(2, "carols", "any", new_token("carol"))], LONG_AGO);
    let disable = Change::DisableUser {
        name: name("carol"),
    };
    scratch.apply(&[disable], at(1));
    let layer = layer(over(&scratch));
    let unknown = send(&layer, get(&["Bearer nobodys"]));
    assert_eq!(
        unknown.body(),
        r#"{"stat":"fail","err":{"code":104,"msg":"The username or password was not correct","type":"auth-login-failed"}}"#
    );
    assert!(challenge(&unknown).contains("error=\"invalid_token\""));
    assert_not_kept(&unknown);
    for headers in [
        &["Bearer carols"] as &[_],
        &["Bearer tkc_broken"],
        &["Bearer a b"],
        &["Bearer"],
        &["Basic !"],
        &["Bearer good", "Bearer good"],
        &["Bearer good", "Digest x"],
    ] {
        let response = send(&layer, get(headers));
        assert_eq!(shown(&response), shown(&unknown), "{headers:?}");
    }
}

#[test]
fn token_revoked_through_another_handle_is_refused_at_once() {
    let (_directory, path) = home();
    let ours = Location::parse(path.to_str().unwrap()).unwrap();
    let mut service = layer(Authenticator::over(
        ours.open(OpenOptions::default()).unwrap(),
    ))
    .layer(Greeter::default());
    let response = wait(service.call(get(&["Bearer good"]))).unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let other = ours.open(OpenOptions::default()).unwrap();
    commit(&*other, &[revoke(1, "left behind in a train")]);
    let response = wait(service.call(get(&["Bearer good"]))).unwrap();
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert!(
        response
            .body()
            .contains("became invalid on 1970-01-01T00:16:40Z.")
    );
    assert!(!shown(&response).contains("train"), "{response:?}");
}

/// Makes a store with alice's token `good` in a directory below a temporary one.
fn home() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let home = directory.path().join("home");
    std::fs::create_dir(&home).unwrap();
    let path = home.join("tokens.db");
    let location = Location::parse(path.to_str().unwrap()).unwrap();
    let store = location.create(OpenOptions::default()).unwrap();
    let add = Change::AddUser {
        name: name("alice"),
    };
    commit(&*store, &[add, issue(1, "good", "any", new_token("alice"))]);
    (directory, path)
}

fn commit(store: &dyn Store, changes: &[Change]) {
    let (actor, mode) = (Actor::named("test"), tokenctl::change::Mode::Commit);
    store.apply(changes, &actor, at(NOW), mode).unwrap();
}

#[test]
fn store_that_is_gone_is_503_until_it_is_back() {
    let (directory, path) = home();
    let location = Location::parse(path.to_str().unwrap()).unwrap();
    let layer = layer(Authenticator::over(
        location.open(OpenOptions::default()).unwrap(),
    ));
    let status = |header| send(&layer, get(&[header])).status();
    assert_eq!(status("Bearer good"), StatusCode::OK);
    let [home, away] = ["home", "away"].map(|name| directory.path().join(name));
    std::fs::rename(&home, &away).unwrap();
    for header in ["Bearer good", "Bearer nobodys"] {
        let response = send(&layer, get(&[header]));
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(
            response.body(),
            r#"{"stat":"fail","err":{"msg":"Authentication is not available now. Try again later.","type":"auth-unavailable"}}"#
        );
        assert_not_kept(&response);
        assert!(!response.headers().contains_key(WWW_AUTHENTICATE));
    }
    // In the optional mode, what cannot be told is no anonymous request either.
    let optional = layer.clone().optional();
    let response = send(&optional, get(&["Bearer good"]));
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    std::fs::rename(&away, &home).unwrap();
    assert_eq!(status("Bearer good"), StatusCode::OK);
    assert_eq!(status("Bearer nobodys"), StatusCode::UNAUTHORIZED);
}

#[test]
fn policy_that_denies_is_403_with_insufficient_scope() {
    let scratch = with_policy(READ_ONLY);
    let layer = layer(over(&scratch));
    let response = send(&layer, get(&["Bearer good"]));
    assert_eq!(response.status(), StatusCode::OK);
    for method in ["POST", "DELETE", "PROPFIND"] {
        let response = send(&layer, request(method, "/api/reviews/42", &["Bearer good"]));
        assert_eq!(response.status(), StatusCode::FORBIDDEN, "{method}");
        assert!(
            challenge(&response)
                .starts_with("Bearer realm=\"Web API\", error=\"insufficient_scope\""),
            "{response:?}"
        );
        assert_eq!(
            response.body(),
            r#"{"stat":"fail","err":{"code":101,"msg":"You don't have permission for this","type":"resource-permission-denied"}}"#
        );
        assert_not_kept(&response);
    }
}

#[test]
fn catalogue_maps_the_path_to_what_the_policy_speaks_of() {
    let scratch = with_policy(
        r#"{"resources": {"*": {"block": ["*"]}, "review": {"*": {"allow": ["GET"]}, "7": {"block": ["*"]}}}}"#,
    );
    let status = |layer: &RequireToken, target| {
        send(layer, request("GET", target, &["Bearer good"])).status()
    };
    for mode in Mode::ALL {
        let layer = layer(over(&scratch)).catalogue(reviews(mode));
        for (target, expected) in [
            ("/api/reviews/42", StatusCode::OK),
            ("/api/reviews/42/?full=1", StatusCode::OK),
            ("http://host/api/reviews/42", StatusCode::OK),
            ("/api/reviews/7", StatusCode::FORBIDDEN),
            ("/api/reviews/%37", StatusCode::FORBIDDEN),
            ("/api/users", StatusCode::FORBIDDEN),
            ("/api/reviews/07", StatusCode::BAD_REQUEST),
            ("/api/x/../reviews/42", StatusCode::BAD_REQUEST),
            ("/api/reviews%2f42", StatusCode::BAD_REQUEST),
            ("//api/reviews/42", StatusCode::BAD_REQUEST),
            ("/api/reviews/42;x", StatusCode::BAD_REQUEST),
            ("*", StatusCode::BAD_REQUEST),
        ] {
            assert_eq!(status(&layer, target), expected, "{mode:?} {target}");
        }
    }
    let without = layer(over(&scratch));
    assert_eq!(status(&without, "/api/reviews/42"), StatusCode::FORBIDDEN);
}

#[test]
fn path_beyond_a_closed_catalogue_is_for_nobody() {
    let scratch = scratch();
    let answers = |mode, headers: &[&str]| {
        let layer = layer(over(&scratch)).catalogue(reviews(mode)).optional();
        send(&layer, request("GET", "/admin", headers)).status()
    };
    assert_eq!(
        answers(Mode::Closed, &["Bearer good"]),
        StatusCode::FORBIDDEN
    );
    assert_eq!(answers(Mode::Closed, &[]), StatusCode::UNAUTHORIZED);
    assert_eq!(answers(Mode::Open, &["Bearer good"]), StatusCode::OK);
    assert_eq!(answers(Mode::Open, &[]), StatusCode::OK);
}

#[test]
fn method_in_lower_case_is_refused_before_a_policy_reads_it() {
    let scratch = with_policy(r#"{"resources":{"*":{"block":["DELETE"]}}}"#);
    let layer = layer(over(&scratch));
    for (method, status) in [
        ("GET", StatusCode::OK),
        ("DELETE", StatusCode::FORBIDDEN),
        ("delete", StatusCode::METHOD_NOT_ALLOWED),
        ("Delete", StatusCode::METHOD_NOT_ALLOWED),
    ] {
        let response = send(&layer, request(method, "/", &["Bearer good"]));
        assert_eq!(response.status(), status, "{method}");
    }
}

#[test]
fn refused_path_is_told_without_asking_the_store() {
    let store = StubStore::new(StubAnswer::Failure);
    let authenticator = Authenticator::over(Arc::clone(&store) as Arc<dyn Store>);
    let layer = layer(authenticator).catalogue(reviews(Mode::Open));
    let hostile = request("GET", "/api/../admin/hunter2", &["Bearer hunter2"]);
    let response = send(&layer, hostile);
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    let body: serde_json::Value = serde_json::from_str(response.body()).unwrap();
    assert_eq!(body["stat"], "fail");
    assert_eq!(body["err"]["type"], "path-refused");
    assert_not_kept(&response);
    assert!(!shown(&response).contains("hunter2"), "{response:?}");
    assert_eq!(store.asked(), 0);
}

#[test]
fn optional_login_lets_go_on_only_who_sent_no_credentials() {
    let scratch = scratch();
    let layer = layer(over(&scratch)).optional();
    for headers in [&[] as &[_], &["Digest x"]] {
        let mut request = get(headers);
        // What another layer found out about other credentials does not count here.
        request.extensions_mut().insert(login_of(&scratch));
        let response = send(&layer, request);
        assert_eq!(response.status(), StatusCode::OK, "{headers:?}");
        assert_eq!(response.body(), "hello whoever");
    }
    assert_eq!(send(&layer, get(&["Bearer good"])).body(), "hello alice");
    for headers in [
        &["Bearer nobodys"] as &[_],
        &["Bearer"],
        &["Bearer good", "Bearer good"],
        &["Digest x", "Digest x"],
    ] {
        let response = send(&layer, get(headers));
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{headers:?}");
    }
}

fn login_of(scratch: &Scratch) -> Login {
    let head = bearer("Bearer good");
    match log_in(&over(scratch), &head) {
        Outcome::Accepted(login) => *login,
        refused => panic!("{refused:?}"),
    }
}

#[test]
fn address_is_that_of_the_extension_and_never_of_a_header() {
    let scratch = Scratch::with_users(&["alice"]);
    let token = NewToken {
        networks: Some(Networks::parse(&["10.0.0.0/8"]).unwrap()),
        ..new_token("alice")
    };
    scratch.apply(&[issue(1, "good", "any", token)], LONG_AGO);
    let layer = layer(over(&scratch));
    let from = |address: Option<&str>| {
        let mut request = get(&["Bearer good"]);
        let header = "10.0.0.1".parse().unwrap();
        request.headers_mut().insert("X-Forwarded-For", header);
        if let Some(address) = address {
            let address: IpAddr = address.parse().unwrap();
            request.extensions_mut().insert(ClientAddress(address));
        }
        send(&layer, request).status()
    };
    assert_eq!(from(Some("10.1.2.3")), StatusCode::OK);
    assert_eq!(from(Some("::ffff:10.1.2.3")), StatusCode::OK);
    assert_eq!(from(Some("192.0.2.1")), StatusCode::FORBIDDEN);
    assert_eq!(from(None), StatusCode::FORBIDDEN);
}

#[test]
fn deprecated_token_is_told_so_in_the_response_of_the_service() {
    let scratch = Scratch::with_users(&["alice"]);
    let token = new_token("alice");
    scratch.apply(&[issue(1, "good", LegacySha1::ID, token)], LONG_AGO);
    let response = send(&layer(over(&scratch)), get(&["Bearer good"]));
    assert_eq!(response.body(), "hello alice");
    assert_eq!(
        response.headers()["X-API-Token-Deprecated"],
        DEPRECATED_TEXT
    );
}

#[test]
fn throttled_client_is_told_when_to_come_back() {
    let scratch = scratch();
    let backend = TokenAuthBackend::new(
        Arc::clone(&scratch.store),
        Arc::new(TokenFormats::default()),
    );
    let authenticator = Authenticator::builder()
        .web_backend(WebBearerBackend)
        .auth_backend(backend)
        .throttle(LoginThrottle::new(RateLimit::parse("1/m").unwrap()))
        .build();
    let layer = layer(authenticator);
    send(&layer, get(&["Bearer nobodys"]));
    let response = send(&layer, get(&["Bearer nobodys"]));
    assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(response.headers()["Retry-After"], "20");
    assert!(response.body().contains("\"code\":104"), "{response:?}");
}

#[test]
fn use_is_noted_only_when_accepted() {
    let scratch = scratch();
    let log = Arc::new(UsageLog::new(
        Arc::clone(&scratch.store),
        DEFAULT_RESOLUTION,
    ));
    let layer = layer(over(&scratch)).usage(Arc::clone(&log));
    send(&layer, get(&["Bearer nobodys"]));
    log.flush().unwrap();
    assert_eq!(scratch.token(1).last_used_at, None);
    send(&layer, get(&["Bearer good"]));
    assert_eq!(scratch.token(1).last_used_at, None);
    log.flush().unwrap();
    assert_eq!(scratch.token(1).last_used_at, Some(at(NOW)));
}

#[test]
fn secret_is_in_no_response_and_hidden_from_the_logs_of_the_service() {
    let scratch = Scratch::with_users(&["alice"]);
    let secret = "hunter2-hunter2";
    let token = new_token("alice");
    scratch.apply(&[issue(1, secret, "any", token)], LONG_AGO);
    let layer = layer(over(&scratch));
    let header = format!("Bearer {secret}");
    let greeter = Greeter::default();
    wait(layer.layer(greeter.clone()).call(get(&[&header]))).unwrap();
    let logged = greeter.logged.lock().unwrap();
    assert!(
        logged.contains("Sensitive") && !logged.contains("hunter2"),
        "{logged}"
    );
    for headers in [
        vec![header.clone()],
        vec![header.clone(), header.clone()],
        vec![format!("{header} x")],
        vec![format!("{header}x")],
        vec![secret.to_owned()],
        vec![format!("Basic {secret}")],
    ] {
        let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
        let response = shown(&send(&layer, get(&headers)));
        assert!(!response.contains("hunter2"), "{response}");
    }
    assert!(!format!("{layer:?}").contains("hunter2"));
}

/// A service that is ready only once, must have been asked whether it is, and answers at the second poll.
#[derive(Default)]
struct Reluctant {
    is_ready: bool,
}

impl Service<Request<()>> for Reluctant {
    type Response = Response<String>;
    type Error = String;
    type Future = Pin<Box<dyn Future<Output = Result<Response<String>, String>>>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), String>> {
        self.is_ready = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<()>) -> Self::Future {
        assert!(std::mem::take(&mut self.is_ready), "called unready");
        Box::pin(async move {
            let mut polls = 0;
            std::future::poll_fn(|_| {
                polls += 1;
                if polls > 1 {
                    Poll::Ready(())
                } else {
                    Poll::Pending
                }
            })
            .await;
            match *request.method() {
                Method::DELETE => Err("the service failed".to_owned()),
                _ => Ok(Response::new("done".to_owned())),
            }
        })
    }
}

#[test]
fn the_service_that_was_polled_ready_is_the_one_that_is_called() {
    let scratch = scratch();
    let mut service: RequireTokenService<Reluctant> =
        layer(over(&scratch)).layer(Reluctant::default());
    let mut ask = |request| {
        let mut context = Context::from_waker(Waker::noop());
        assert!(service.poll_ready(&mut context).is_ready());
        wait(service.call(request))
    };
    assert_eq!(ask(get(&["Bearer good"])).unwrap().body(), "done");
    assert_eq!(ask(get(&[])).unwrap().status(), StatusCode::UNAUTHORIZED);
    let delete = request("DELETE", "/api/reviews/42", &["Bearer good"]);
    assert_eq!(ask(delete).unwrap_err(), "the service failed");
}

/// What `Router::layer` of axum and the servers of hyper ask for.
#[test]
fn layer_service_and_future_can_go_to_other_threads() {
    fn shared<T: Clone + Send + Sync + 'static>(_: &T) {}
    fn sent<T: Send + 'static>(_: &T) {}
    let scratch = scratch();
    let layer = layer(over(&scratch));
    let mut service = layer.layer(Greeter::default());
    shared(&layer);
    shared(&service);
    sent(&service.call(get(&["Bearer good"])));
}
