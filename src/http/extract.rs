//! Extractors of axum: handlers take the [`Login`] of a request as an argument.
//!
//! ```
//! use axum::{Router, routing::get};
//! use tokenctl::http::RequireToken;
//! use tokenctl::outcome::Login;
//! # use std::sync::Arc;
//! # use tokenctl::{auth::Authenticator, clock::SystemClock, store::{Location, OpenOptions}};
//!
//! async fn mine(login: Login) -> String {
//!     format!("the reviews of {}\n", login.user)
//! }
//!
//! async fn news(login: Option<Login>) -> String {
//!     let name = login.map_or("whoever you are".to_owned(), |login| login.user.to_string());
//!     format!("hello {name}\n")
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let directory = tempfile::tempdir()?;
//! # let path = directory.path().join("tokens.db");
//! # let location = Location::parse(path.to_str().unwrap_or_default())?;
//! # location.create(OpenOptions::default())?;
//! # let authenticator = Arc::new(Authenticator::over(location.open(OpenOptions::default())?));
//! # let layer = RequireToken::new(authenticator, Arc::new(SystemClock));
//! let mut router: Router = Router::new()
//!     .route("/mine", get(mine))
//!     .route("/news", get(news))
//!     .layer(layer.optional());
//! # use tower_service::Service as _;
//! # for (path, status) in [("/mine", 401), ("/news", 200)] {
//! #     let request = http::Request::get(path).body(axum::body::Body::empty())?;
//! #     assert_eq!(router.call(request).await?.status(), status);
//! # }
//! # Ok(())
//! # }
//! ```
//!
//! `Login` refuses the anonymous requests that an [optional](super::RequireToken::optional) layer lets go on, with the
//! answer that the layer would give. `Option<Login>` is `None` for them, and for nothing else. Where no layer has
//! decided about the request, both answer 500 and trace why: a route that was added outside of the layer is closed.

use axum_core::body::Body;
use axum_core::extract::{FromRequestParts, OptionalFromRequestParts};
use axum_core::response::{IntoResponse, Response};
use http::request::Parts;
#[cfg(feature = "session")]
use tower_sessions_core::Session;

use super::reply::Reply;
#[cfg(feature = "session")]
use super::session::{AuthSession, SessionStoreError};
use crate::outcome::{Answer, Login, OutcomeCode, Refusal};

/// Says that a layer let the request go on without a login, and what the client of a required one is told.
#[derive(Clone)]
pub(super) struct NotLoggedIn(pub(super) Answer);

/// The answer to a request from which something could not be extracted.
#[derive(Debug)]
pub struct AuthRejection(Box<Reply>);

impl AuthRejection {
    fn misconfigured(layer: &str) -> Self {
        tracing::error!(layer, "a route is not behind the layer that it needs");
        Self(Box::new(Reply::misconfigured()))
    }
}

impl IntoResponse for AuthRejection {
    fn into_response(self) -> Response {
        self.0.into_response::<Body>()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Login {
    type Rejection = AuthRejection;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, AuthRejection> {
        if let Some(login) = parts.extensions.get::<Self>() {
            return Ok(login.clone());
        }
        let Some(NotLoggedIn(answer)) = parts.extensions.get() else {
            return Err(AuthRejection::misconfigured("RequireToken"));
        };
        let refusal = Refusal::of(OutcomeCode::NoCredentials);
        Err(AuthRejection(Box::new(Reply::refusal(&refusal, answer))))
    }
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for Login {
    type Rejection = AuthRejection;

    async fn from_request_parts(
        parts: &mut Parts,
        _state: &S,
    ) -> Result<Option<Self>, AuthRejection> {
        let login = parts.extensions.get::<Self>().cloned();
        if login.is_none() && parts.extensions.get::<NotLoggedIn>().is_none() {
            return Err(AuthRejection::misconfigured("RequireToken"));
        }
        Ok(login)
    }
}

/// Needs the layer of tower-sessions alone, so that whoever may do little else can still log out.
#[cfg(feature = "session")]
impl<S: Send + Sync> FromRequestParts<S> for AuthSession {
    type Rejection = AuthRejection;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, AuthRejection> {
        let session = parts.extensions.get::<Session>().cloned();
        let session = session.map(Self::from);
        session.ok_or_else(|| AuthRejection::misconfigured("SessionManagerLayer"))
    }
}

/// Answers 503, so that handlers can pass it on with `?`.
#[cfg(feature = "session")]
impl IntoResponse for SessionStoreError {
    fn into_response(self) -> Response {
        tracing::error!(
            error = &self as &dyn std::error::Error,
            "a session could not be changed"
        );
        Reply::unavailable().into_response::<Body>()
    }
}
