//! Logins that last across requests: what begins a session, what a session is good for, and what ends it.

use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use http::header::{AUTHORIZATION, COOKIE, SET_COOKIE};
use http::{Request, Response, StatusCode};
use jiff::Timestamp;
use serde_json::json;
use tokenctl::auth::Authenticator;
use tokenctl::auth::backend::{AuthBackend, Authentication, Credentials, Identity};
use tokenctl::auth::session::SessionLogin;
use tokenctl::auth::web::WebBearerBackend;
use tokenctl::change::Change;
use tokenctl::clock::ManualClock;
use tokenctl::http::RequireToken;
use tokenctl::http::session::{AuthSession, RequireLogin};
use tokenctl::outcome::Login;
use tokenctl::store::StoreError;
use tokenctl::token::NewToken;
use tower_layer::Layer as _;
use tower_service::Service;
use tower_sessions::session::Id;
use tower_sessions::{MemoryStore, Session, SessionManagerLayer};

use crate::auth::{NOW, READ_ONLY, over, scratch};
use crate::fixture::{
    LONG_AGO, Scratch, StubAnswer, StubStore, at, issue, name, new_token, revoke, text,
};
use crate::http::{Greeter, get, layer, request, shown, wait, with_policy};
use crate::spy_store::SpyStore;

/// The service behind: what it does with the session of a request is in the path.
#[derive(Clone, Default)]
struct Member {
    asked: Arc<AtomicUsize>,
}

impl Service<Request<()>> for Member {
    type Response = Response<String>;
    type Error = String;
    type Future = Pin<Box<dyn Future<Output = Result<Response<String>, String>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), String>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<()>) -> Self::Future {
        self.asked.fetch_add(1, Ordering::Relaxed);
        Box::pin(async move {
            let session: &AuthSession = request.extensions().get().unwrap();
            let values: &Session = request.extensions().get().unwrap();
            match request.uri().path() {
                "/logout" => session.logout().await.map_err(|error| error.to_string())?,
                "/password" => {
                    let identity = Identity::of_user(name("carol"), None);
                    let login = SessionLogin::of(&identity, "password");
                    session
                        .start(&login)
                        .await
                        .map_err(|error| error.to_string())?;
                }
                "/basket" => values.insert("basket", "tea").await.unwrap(),
                _ => {}
            }
            let basket: Option<String> = values.get("basket").await.unwrap();
            let login: Option<&Login> = request.extensions().get();
            let user = login.map_or("whoever", |login| login.user.as_str());
            let greeting = format!("hello {user}{}", basket.unwrap_or_default());
            Ok(Response::new(greeting))
        })
    }
}

/// A client that keeps its cookie, and the server it speaks with.
struct Browser {
    layer: RequireLogin,
    store: SpyStore,
    member: Member,
    cookie: Option<String>,
}

impl Browser {
    fn new(layer: RequireToken) -> Self {
        Self {
            layer: layer.sessions(),
            store: SpyStore::default(),
            member: Member::default(),
            cookie: None,
        }
    }

    fn over(scratch: &Scratch) -> Self {
        Self::new(layer(over(scratch)))
    }

    /// Returns a browser with a session of alice's token `good`.
    fn logged_in(scratch: &Scratch) -> Self {
        let mut browser = Self::over(scratch);
        assert_eq!(browser.send(get(&["Bearer good"])).body(), "hello alice");
        browser
    }

    fn send(&mut self, mut request: Request<()>) -> Response<String> {
        if let Some(cookie) = &self.cookie {
            request
                .headers_mut()
                .insert(COOKIE, cookie.parse().unwrap());
        }
        let cookies = SessionManagerLayer::new(self.store.clone()).with_secure(false);
        let service = self.layer.layer(self.member.clone());
        let response = wait(cookies.layer(service).call(request)).unwrap();
        if let Some(set) = response.headers().get(SET_COOKIE) {
            let set = set.to_str().unwrap();
            let cookie = set.split(';').next().unwrap();
            self.cookie = (cookie != "id=").then(|| cookie.to_owned());
        }
        response
    }

    fn visit(&mut self, path: &str) -> Response<String> {
        self.send(request("GET", path, &[]))
    }

    fn cookie(&self) -> String {
        self.cookie.clone().unwrap()
    }

    /// Asserts that the next visit is refused, and that nothing is left of the session then.
    #[track_caller]
    fn loses_its_session(&mut self) {
        let (cookie, asked) = (self.cookie(), self.member.asked.load(Ordering::Relaxed));
        let response = self.visit("/");
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{response:?}");
        assert!(response.body().contains("\"code\":104"), "{response:?}");
        assert_eq!(self.cookie, None);
        assert!(!self.store.has(&cookie));
        self.cookie = Some(cookie);
        let response = self.visit("/");
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{response:?}");
        assert!(response.body().contains("\"code\":103"), "{response:?}");
        assert_eq!(self.member.asked.load(Ordering::Relaxed), asked);
    }
}

#[test]
fn cookie_of_a_login_is_enough_for_the_next_request() {
    let scratch = scratch();
    let mut browser = Browser::logged_in(&scratch);
    for _ in 0..2 {
        let response = browser.visit("/");
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.body(), "hello alice");
    }
}

#[test]
fn session_without_a_login_is_no_login() {
    let scratch = scratch();
    let mut browser = Browser::over(&scratch);
    let stranger = format!("id={}", Id::default());
    let basket = browser.store.plant(&[("basket", json!("tea"))]);
    for cookie in [None, Some("id=x".to_owned()), Some(stranger), Some(basket)] {
        browser.cookie = cookie;
        let response = browser.visit("/");
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        assert!(response.body().contains("\"code\":103"), "{response:?}");
    }
    assert_eq!(browser.member.asked.load(Ordering::Relaxed), 0);
}

#[test]
fn session_dies_with_its_token_or_user() {
    let delete = Change::DeleteUser {
        name: name("alice"),
        reason: text("left"),
    };
    let disable = Change::DisableUser {
        name: name("alice"),
    };
    for change in [revoke(1, "lost"), delete, disable] {
        let scratch = scratch();
        let mut browser = Browser::logged_in(&scratch);
        scratch.apply(&[change], at(NOW));
        browser.loses_its_session();
    }
}

#[test]
fn session_dies_when_its_token_expires() {
    let scratch = Scratch::with_users(&["alice"]);
    let token = NewToken {
        expires_at: Some(at(NOW + 10)),
        ..new_token("alice")
    };
    scratch.apply(&[issue(1, "good", "any", token)], LONG_AGO);
    let mut browser = Browser::logged_in(&scratch);
    let later = |second| {
        let clock = Arc::new(ManualClock::new(at(second)));
        RequireToken::new(Arc::new(over(&scratch)), clock).sessions()
    };
    browser.layer = later(NOW + 9);
    assert_eq!(browser.visit("/").status(), StatusCode::OK);
    browser.layer = later(NOW + 10);
    browser.loses_its_session();
}

#[test]
fn login_that_nobody_knows_ends_its_session() {
    let login =
        |backend, token| json!({"user": "alice", "backend": backend, "webapi_token_id": token});
    let scratch = scratch();
    for value in [
        login("token", json!("0000000002")),
        login("token", json!("1")),
        login("token", json!(null)),
        login("password", json!("0000000001")),
        login("token", json!(1)),
        json!({"user": "alice", "backend": "token", "webapi_token_id": "0000000001", "scope": "read"}),
        json!({"webapi_token_id": "0000000001"}),
        json!("alice"),
        json!(null),
    ] {
        for layer in [layer(over(&scratch)), layer(over(&scratch)).optional()] {
            let mut browser = Browser::new(layer);
            let cookie = browser.store.plant(&[("tokenctl.login", value.clone())]);
            browser.cookie = Some(cookie.clone());
            let response = browser.visit("/");
            assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{value}");
            assert!(!browser.store.has(&cookie), "{value}");
            assert_eq!(browser.cookie, None, "{value}");
        }
    }
}

#[test]
fn policy_binds_the_session_and_does_not_end_it() {
    let scratch = with_policy(READ_ONLY);
    let mut browser = Browser::logged_in(&scratch);
    let cookie = browser.cookie();
    let response = browser.send(request("POST", "/", &[]));
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    assert!(response.headers().get(SET_COOKIE).is_none(), "{response:?}");
    assert_eq!(browser.visit("/").status(), StatusCode::OK);
    assert_eq!(browser.cookie(), cookie);
}

#[test]
fn bad_credentials_never_fall_back_on_the_session() {
    let scratch = scratch();
    let mut browser = Browser::logged_in(&scratch);
    for headers in [
        &["Bearer nobodys"] as &[_],
        &["Bearer"],
        &["Bearer tkc_broken"],
        &["Basic !"],
        &["Bearer good", "Bearer good"],
    ] {
        let response = browser.send(get(headers));
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{headers:?}");
    }
    assert_eq!(browser.member.asked.load(Ordering::Relaxed), 1);
    // Whoever sent them is still who they were.
    assert_eq!(browser.visit("/").body(), "hello alice");
    // A scheme that is none of ours is for others behind.
    assert_eq!(browser.send(get(&["Digest x"])).body(), "hello alice");
}

#[test]
fn token_of_a_disabled_user_ends_the_session_of_another() {
    let scratch = scratch();
    scratch.apply(&[issue(2, "carols", "any", new_token("carol"))], LONG_AGO);
    let mut browser = Browser::logged_in(&scratch);
    let disable = Change::DisableUser {
        name: name("carol"),
    };
    scratch.apply(&[disable], at(NOW));
    let cookie = browser.cookie();
    let response = browser.send(get(&["Bearer carols"]));
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert!(!browser.store.has(&cookie));
}

#[test]
fn login_begins_a_session_under_another_id_and_with_nothing_in_it() {
    let scratch = scratch();
    let mut browser = Browser::over(&scratch);
    // Somebody gave the client a session that they know the id of.
    let given = browser.store.plant(&[("basket", json!("poison"))]);
    browser.cookie = Some(given.clone());
    assert_eq!(browser.send(get(&["Bearer good"])).body(), "hello alice");
    assert_ne!(browser.cookie(), given);
    assert!(!browser.store.has(&given));
    browser.cookie = Some(given);
    assert_eq!(browser.visit("/").status(), StatusCode::UNAUTHORIZED);
}

#[test]
fn token_of_another_user_takes_the_session_over() {
    let scratch = scratch();
    scratch.apply(&[issue(2, "carols", "any", new_token("carol"))], LONG_AGO);
    let mut browser = Browser::logged_in(&scratch);
    assert_eq!(browser.visit("/basket").body(), "hello alicetea");
    let alices = browser.cookie();
    assert_eq!(browser.send(get(&["Bearer carols"])).body(), "hello carol");
    assert_ne!(browser.cookie(), alices);
    assert!(!browser.store.has(&alices));
    assert_eq!(browser.visit("/").body(), "hello carol");
}

#[test]
fn session_that_has_the_login_already_is_not_written() {
    let scratch = scratch();
    let mut browser = Browser::logged_in(&scratch);
    let written = browser.store.writes();
    for headers in [&["Bearer good"] as &[_], &[], &["token good"]] {
        let response = browser.send(get(headers));
        assert_eq!(response.body(), "hello alice");
        assert!(response.headers().get(SET_COOKIE).is_none(), "{response:?}");
    }
    assert_eq!(browser.store.writes(), written);
}

#[test]
fn anonymous_request_of_an_optional_layer_makes_no_session() {
    let scratch = scratch();
    let mut browser = Browser::new(layer(over(&scratch)).optional());
    let response = browser.visit("/");
    assert_eq!(response.body(), "hello whoever");
    assert!(response.headers().get(SET_COOKIE).is_none(), "{response:?}");
    assert_eq!(browser.store.writes(), 0);
}

#[test]
fn dead_session_is_not_anonymous_in_an_optional_layer() {
    let scratch = scratch();
    let mut browser = Browser::new(layer(over(&scratch)).optional());
    browser.send(get(&["Bearer good"]));
    scratch.apply(&[revoke(1, "lost")], at(NOW));
    assert_eq!(browser.visit("/").status(), StatusCode::UNAUTHORIZED);
    assert_eq!(browser.visit("/").body(), "hello whoever");
}

#[test]
fn session_store_that_cannot_read_is_503_for_everybody_with_a_session() {
    let scratch = scratch();
    for layer in [layer(over(&scratch)), layer(over(&scratch)).optional()] {
        let mut browser = Browser::new(layer);
        browser.send(get(&["Bearer good"]));
        browser.store.fail(&["load"]);
        for headers in [&[] as &[_], &["Bearer good"], &["Bearer nobodys"]] {
            let response = browser.send(get(headers));
            assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
            assert!(!response.body().contains("order"), "{response:?}");
        }
        assert_eq!(browser.member.asked.load(Ordering::Relaxed), 1);
        browser.store.fail(&[]);
        assert_eq!(browser.visit("/").body(), "hello alice");
    }
}

#[test]
fn login_that_cannot_be_kept_is_503_before_the_service_acts() {
    let scratch = scratch();
    for operation in [&["create"] as &[_], &["delete"]] {
        let mut browser = Browser::over(&scratch);
        browser.cookie = Some(browser.store.plant(&[("basket", json!("tea"))]));
        browser.store.fail(operation);
        let response = browser.send(get(&["Bearer good"]));
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(browser.member.asked.load(Ordering::Relaxed), 0);
    }
}

#[test]
fn session_that_cannot_be_ended_is_503_until_it_can() {
    let scratch = scratch();
    let mut browser = Browser::logged_in(&scratch);
    scratch.apply(&[revoke(1, "lost")], at(NOW));
    browser.store.fail(&["delete"]);
    assert_eq!(browser.visit("/").status(), StatusCode::SERVICE_UNAVAILABLE);
    browser.store.fail(&[]);
    browser.loses_its_session();
}

#[test]
fn token_store_that_cannot_tell_is_503_and_leaves_the_session() {
    let scratch = scratch();
    let mut browser = Browser::logged_in(&scratch);
    let working = browser.layer.clone();
    let failing = Authenticator::over(StubStore::new(StubAnswer::Failure));
    browser.layer = layer(failing).optional().sessions();
    assert_eq!(browser.visit("/").status(), StatusCode::SERVICE_UNAVAILABLE);
    browser.layer = working;
    assert_eq!(browser.visit("/").body(), "hello alice");
}

#[test]
fn layer_without_sessions_around_it_lets_nobody_through() {
    let scratch = scratch();
    for layer in [layer(over(&scratch)), layer(over(&scratch)).optional()] {
        let greeter = Greeter::default();
        let mut service = layer.sessions().layer(greeter.clone());
        for headers in [&[] as &[_], &["Bearer good"]] {
            let response = wait(service.call(get(headers))).unwrap();
            assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
            assert_eq!(
                response.body(),
                r#"{"stat":"fail","err":{"msg":"The server is not set up to authenticate requests.","type":"auth-misconfigured"}}"#
            );
        }
        assert_eq!(greeter.asked.load(Ordering::Relaxed), 0);
    }
}

#[test]
fn logout_ends_the_session() {
    let scratch = scratch();
    let mut browser = Browser::logged_in(&scratch);
    let cookie = browser.cookie();
    assert_eq!(browser.visit("/logout").status(), StatusCode::OK);
    assert_eq!(browser.cookie, None);
    assert!(!browser.store.has(&cookie));
    browser.cookie = Some(cookie);
    assert_eq!(browser.visit("/").status(), StatusCode::UNAUTHORIZED);
}

#[test]
fn logout_of_the_request_that_logs_in_leaves_no_session() {
    let scratch = scratch();
    let mut browser = Browser::over(&scratch);
    let response = browser.send(request("GET", "/logout", &["Bearer good"]));
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(browser.cookie, None);
    assert!(response.headers().get(SET_COOKIE).is_none(), "{response:?}");
}

/// Knows carol by other means than a token, as long as she is not disabled.
#[derive(Debug)]
struct Passwords {
    disabled_at: Arc<Mutex<Option<Timestamp>>>,
}

impl AuthBackend for Passwords {
    fn id(&self) -> &'static str {
        "password"
    }

    fn authenticate(&self, _: &Credentials, _: Timestamp) -> Result<Authentication, StoreError> {
        Ok(Authentication::Unknown)
    }

    fn resume(&self, login: &SessionLogin) -> Result<Authentication, StoreError> {
        if (login.backend.as_str(), login.user.as_str()) != ("password", "carol") {
            return Ok(Authentication::Unknown);
        }
        let disabled_at = *self.disabled_at.lock().unwrap();
        let identity = Identity::of_user(name(&login.user), disabled_at);
        Ok(Authentication::Known(Box::new(identity)))
    }
}

#[test]
fn login_by_other_means_is_judged_anew_too() {
    let disabled_at = Arc::new(Mutex::new(None));
    let passwords = Passwords {
        disabled_at: Arc::clone(&disabled_at),
    };
    let authenticator = Authenticator::builder()
        .web_backend(WebBearerBackend)
        .auth_backend(passwords)
        .build();
    let mut browser = Browser::new(layer(authenticator).optional());
    assert_eq!(browser.visit("/password").body(), "hello whoever");
    assert_eq!(browser.visit("/").body(), "hello carol");
    *disabled_at.lock().unwrap() = Some(at(NOW));
    let response = browser.visit("/");
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(browser.cookie, None);
}

/// A service whose clones are not ready, and that answers with what it sees of the request.
#[derive(Default)]
struct Reluctant {
    is_ready: bool,
}

impl Clone for Reluctant {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Service<Request<()>> for Reluctant {
    type Response = Response<String>;
    type Error = String;
    type Future = std::future::Ready<Result<Response<String>, String>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), String>> {
        self.is_ready = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<()>) -> Self::Future {
        assert!(std::mem::take(&mut self.is_ready), "called unready");
        let session: Option<&AuthSession> = request.extensions().get();
        let seen = format!("{:?} {session:?}", request.headers());
        std::future::ready(Ok(Response::new(seen)))
    }
}

#[test]
fn the_service_that_was_polled_ready_is_the_one_that_is_called() {
    let scratch = scratch();
    let mut service = layer(over(&scratch)).sessions().layer(Reluctant::default());
    let store = Arc::new(MemoryStore::default());
    for status in [StatusCode::OK, StatusCode::UNAUTHORIZED, StatusCode::OK] {
        let headers: &[&str] = match status {
            StatusCode::OK => &["Bearer good"],
            _ => &[],
        };
        let mut request = get(headers);
        let session = Session::new(None, Arc::clone(&store), None);
        request.extensions_mut().insert(session);
        let mut context = Context::from_waker(Waker::noop());
        assert!(service.poll_ready(&mut context).is_ready());
        assert_eq!(wait(service.call(request)).unwrap().status(), status);
    }
}

#[test]
fn id_of_the_session_is_hidden_from_the_logs_of_the_service() {
    let store = SpyStore::default();
    let cookie = store.plant(&[("basket", json!("tea"))]);
    let id = cookie.strip_prefix("id=").unwrap();
    let session = Session::new(Some(id.parse().unwrap()), Arc::new(store.clone()), None);
    let shown_id = format!("{:?}", session.id().unwrap().0);
    let mut request = get(&["Bearer good"]);
    request
        .headers_mut()
        .insert(COOKIE, cookie.parse().unwrap());
    request.extensions_mut().insert(session);
    let scratch = scratch();
    let mut service = layer(over(&scratch))
        .sessions()
        .layer(Reluctant { is_ready: true });
    let seen = shown(&wait(service.call(request)).unwrap());
    assert!(seen.contains("\"cookie\": Sensitive"), "{seen}");
    assert!(seen.contains("AuthSession"), "{seen}");
    assert!(!seen.contains(id) && !seen.contains(&shown_id), "{seen}");
}

/// What `Router::layer` of axum and the servers of hyper ask for.
#[test]
fn layer_service_and_future_can_go_to_other_threads() {
    fn shared<T: Clone + Send + Sync + 'static>(_: &T) {}
    fn sent<T: Send + 'static>(_: &T) {}
    let scratch = scratch();
    let layer = layer(over(&scratch)).sessions();
    let mut service = layer.layer(Greeter::default());
    shared(&layer);
    shared(&service);
    let request = Request::get("/").header(AUTHORIZATION, "Bearer good");
    sent(&service.call(request.body(()).unwrap()));
}
