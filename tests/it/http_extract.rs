//! The extractors of axum: what a handler is asked, and what it is never asked.

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use http::{Request, StatusCode};
use tokenctl::http::RequireToken;
use tokenctl::outcome::Login;
use tower_service::Service as _;

use crate::auth::{over, scratch};
use crate::fixture::Scratch;
use crate::http::{layer, wait};

async fn mine(login: Login) -> String {
    format!("hello {}", login.user)
}

async fn news(login: Option<Login>) -> String {
    let name = login.map_or("whoever".to_owned(), |login| login.user.to_string());
    format!("hello {name}")
}

fn routes() -> Router {
    Router::new()
        .route("/mine", get(mine))
        .route("/news", get(news))
}

fn optional(scratch: &Scratch) -> RequireToken {
    layer(over(scratch)).optional()
}

/// What a client sees of a response.
#[derive(Debug, PartialEq)]
struct Seen {
    status: StatusCode,
    challenge: Option<String>,
    body: String,
}

fn ask(router: &Router, path: &str, header: Option<&str>) -> Seen {
    let mut request = Request::get(path);
    if let Some(header) = header {
        request = request.header(AUTHORIZATION, header);
    }
    let request = request.body(Body::empty()).unwrap();
    let response = wait(router.clone().call(request)).unwrap();
    let challenge = response.headers().get(WWW_AUTHENTICATE);
    Seen {
        status: response.status(),
        challenge: challenge.map(|value| value.to_str().unwrap().to_owned()),
        body: {
            let body = wait(axum::body::to_bytes(response.into_body(), 10_000)).unwrap();
            String::from_utf8(body.to_vec()).unwrap()
        },
    }
}

const BROKEN: &str = r#"{"stat":"fail","err":{"msg":"The server is not set up to authenticate requests.","type":"auth-misconfigured"}}"#;

#[test]
fn handlers_are_given_the_login() {
    let scratch = scratch();
    for layer in [layer(over(&scratch)), optional(&scratch)] {
        let router = routes().layer(layer);
        for path in ["/mine", "/news"] {
            let seen = ask(&router, path, Some("Bearer good"));
            assert_eq!(
                (seen.status, seen.body.as_str()),
                (StatusCode::OK, "hello alice")
            );
        }
    }
}

#[test]
fn anonymous_request_is_refused_where_a_login_is_required_as_the_layer_would() {
    let scratch = scratch();
    let router = routes().layer(optional(&scratch));
    assert_eq!(ask(&router, "/news", None).body, "hello whoever");
    let by_layer = ask(&routes().layer(layer(over(&scratch))), "/mine", None);
    assert_eq!(by_layer.status, StatusCode::UNAUTHORIZED);
    assert!(by_layer.body.contains("\"code\":103"), "{by_layer:?}");
    for header in [None, Some("Digest x")] {
        assert_eq!(ask(&router, "/mine", header), by_layer);
    }
}

#[test]
fn bad_credentials_reach_no_handler() {
    let scratch = scratch();
    for layer in [layer(over(&scratch)), optional(&scratch)] {
        let router = routes().layer(layer);
        for path in ["/mine", "/news"] {
            let seen = ask(&router, path, Some("Bearer nobodys"));
            assert_eq!(seen.status, StatusCode::UNAUTHORIZED);
        }
    }
}

#[test]
fn route_outside_of_the_layer_is_closed() {
    let scratch = scratch();
    let router = Router::new().route("/", get(mine));
    let router = router.layer(optional(&scratch)).merge(routes());
    for path in ["/mine", "/news"] {
        for header in [None, Some("Bearer good"), Some("Bearer nobodys")] {
            let seen = ask(&router, path, header);
            assert_eq!(seen.status, StatusCode::INTERNAL_SERVER_ERROR, "{path}");
            assert_eq!((seen.challenge, seen.body.as_str()), (None, BROKEN));
        }
    }
}

#[cfg(feature = "session")]
mod session {
    use http::header::COOKIE;
    use serde_json::json;
    use tokenctl::http::session::{AuthSession, SessionStoreError};
    use tower_sessions::SessionManagerLayer;

    use super::*;
    use crate::spy_store::SpyStore;

    async fn logout(session: AuthSession) -> Result<&'static str, SessionStoreError> {
        session.logout().await?;
        Ok("bye")
    }

    /// Logs out beside the layer, and returns the status.
    fn log_out(store: &SpyStore, cookie: &str) -> StatusCode {
        let request = Request::get("/logout").header(COOKIE, cookie);
        let request = request.body(Body::empty()).unwrap();
        let cookies = SessionManagerLayer::new(store.clone());
        let routes = Router::new().route("/logout", get(logout));
        wait(routes.layer(cookies).call(request)).unwrap().status()
    }

    #[test]
    fn logout_is_closed_where_there_are_no_sessions() {
        let scratch = scratch();
        let router = Router::new().route("/logout", get(logout));
        let without = router.layer(layer(over(&scratch)));
        let seen = ask(&without, "/logout", Some("Bearer good"));
        assert_eq!(seen.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(seen.body, BROKEN);
    }

    #[test]
    fn logout_needs_no_permission_beside_the_layer() {
        let store = SpyStore::default();
        let cookie = store.plant(&[("tokenctl.login", json!("anybody"))]);
        assert_eq!(log_out(&store, &cookie), StatusCode::OK);
        assert!(!store.has(&cookie));
    }

    #[test]
    fn logout_that_fails_is_503() {
        let store = SpyStore::default();
        let cookie = store.plant(&[("tokenctl.login", json!("anybody"))]);
        store.fail(&["delete"]);
        assert_eq!(log_out(&store, &cookie), StatusCode::SERVICE_UNAVAILABLE);
        assert!(store.has(&cookie));
    }

    #[test]
    fn anonymous_request_is_refused_behind_sessions_too() {
        let scratch = scratch();
        let cookies = SessionManagerLayer::new(SpyStore::default());
        let router = routes().layer(optional(&scratch).sessions()).layer(cookies);
        assert_eq!(ask(&router, "/news", None).body, "hello whoever");
        let seen = ask(&router, "/mine", None);
        assert_eq!(seen.status, StatusCode::UNAUTHORIZED);
        assert!(seen.body.contains("\"code\":103"), "{seen:?}");
    }
}
