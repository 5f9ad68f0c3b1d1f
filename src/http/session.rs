//! Logins that last across requests, in the sessions of [tower-sessions](tower_sessions_core).
//!
//! The first request has a token in its header. The session then remembers who, and which token restricts them, so
//! that the next request needs its cookie alone. The embedder chooses the store of sessions and the layer of cookies,
//! which stands outside:
//!
//! ```
//! use axum::{Router, routing::{get, post}};
//! use tokenctl::http::{RequireToken, session::{AuthSession, SessionStoreError}};
//! use tower_sessions::{MemoryStore, SessionManagerLayer};
//! # use std::sync::Arc;
//! # use tokenctl::{auth::Authenticator, clock::SystemClock, store::{Location, OpenOptions}};
//!
//! # #[cfg(feature = "axum")]
//! async fn logout(session: AuthSession) -> Result<&'static str, SessionStoreError> {
//!     session.logout().await?;
//!     Ok("bye\n")
//! }
//! # #[cfg(not(feature = "axum"))]
//! # async fn logout() -> &'static str { "" }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let directory = tempfile::tempdir()?;
//! # let path = directory.path().join("tokens.db");
//! # let location = Location::parse(path.to_str().unwrap_or_default())?;
//! # location.create(OpenOptions::default())?;
//! # let authenticator = Arc::new(Authenticator::over(location.open(OpenOptions::default())?));
//! let layer = RequireToken::new(authenticator, Arc::new(SystemClock)).sessions();
//! let mut router: Router = Router::new()
//!     .route("/", get("hello\n"))
//!     .layer(layer)
//!     .route("/logout", post(logout))
//!     .layer(SessionManagerLayer::new(MemoryStore::default()));
//! # use tower_service::Service as _;
//! # let request = http::Request::get("/").body(axum::body::Body::empty())?;
//! # assert_eq!(router.call(request).await?.status(), 401);
//! # Ok(())
//! # }
//! ```
//!
//! A session is no permission. Each request has its login judged anew, by what the store of tokens says now:
//!
//! - A token that is no longer active, or gone, or a user who is disabled, ends the session: 401, and nothing is left in
//!   it. What the policy denies is 403, and the session stays.
//! - Credentials in the header count before the session, and bad ones never fall back on it. Good ones of another user
//!   or token begin a new session, with a new id and nothing of what was in it before.
//! - Where the store of sessions fails, the answer is 503; where no [`Session`] is in the extensions of the request, it
//!   is 500. Neither request reaches the service behind.
//!
//! What the embedder has to see to:
//!
//! - **Logout** stands beside the layer, as above: behind it, a token that may only read could not `POST`.
//! - **Cross-site requests.** A browser sends a cookie by itself, where it would not send a header. The cookies of
//!   tower-sessions are `SameSite=Strict` unless set otherwise; with less than that, or where browsers of old count,
//!   requests that change something need a token of their own against forgery. None is checked here.
//! - **Clients that keep no cookies** begin a session with each request, so stores need to drop the expired ones; for
//!   routes that only such clients call, [`RequireToken`](super::RequireToken) alone is right.
//! - **Responses in shared caches** must vary by the cookie, as they must by the header.

mod layer;

use std::fmt;

use tower_sessions_core::Session;

pub use self::layer::{RequireLogin, RequireLoginService};
use crate::auth;
use crate::auth::session::SessionLogin;

/// The key in the session under which the login is.
const LOGIN_KEY: &str = "tokenctl.login";

/// The session of a request, as far as its login goes.
///
/// It is in the extensions of each request that [`RequireLogin`] lets through, can be made from any [`Session`], and is
/// an extractor with the feature `axum`.
#[derive(Clone)]
pub struct AuthSession {
    session: Session,
}

impl AuthSession {
    /// Returns the login that the session remembers.
    ///
    /// # Errors
    ///
    /// [`SessionStoreError`] when the session could not be read.
    pub async fn login(&self) -> Result<Option<SessionLogin>, SessionStoreError> {
        let stored = self.session.get_value(LOGIN_KEY).await;
        let Some(stored) = stored.map_err(SessionStoreError)? else {
            return Ok(None);
        };
        let login = serde_json::from_value(stored).unwrap_or_else(|error| {
            tracing::warn!(%error, "the login in a session cannot be read");
            // A login of nobody, whom no backend knows: the session ends, and does not become an anonymous one.
            SessionLogin {
                user: String::new(),
                backend: String::new(),
                webapi_token_id: None,
            }
        });
        Ok(Some(login))
    }

    /// Begins a new session for `login`, with a new id and nothing of what was in it before.
    ///
    /// A login by a token has begun one already. This is for other means of login, as a form with a password: later
    /// requests ask the backend that `login` names by
    /// [`AuthBackend::resume`](crate::auth::backend::AuthBackend::resume).
    ///
    /// # Errors
    ///
    /// [`SessionStoreError`] when it could not be kept. Nobody is logged in by it then.
    pub async fn start(&self, login: &SessionLogin) -> Result<(), SessionStoreError> {
        self.replace(login).await.map_err(SessionStoreError)
    }

    /// Ends the session: nothing is left in it, and its id is of no use any more.
    ///
    /// A client that also sends a token in its header is logged in again by the next request. A request of the same
    /// session that is under way now can bring it back if it changes something else in it, as the stores of
    /// tower-sessions save whole sessions.
    ///
    /// # Errors
    ///
    /// [`SessionStoreError`] when the store may still have it.
    pub async fn logout(&self) -> Result<(), SessionStoreError> {
        if self.session.id().is_some() {
            return self.session.flush().await.map_err(SessionStoreError);
        }
        self.session.clear().await;
        Ok(())
    }

    async fn replace(
        &self,
        login: &SessionLogin,
    ) -> Result<(), tower_sessions_core::session::Error> {
        if self.session.id().is_some() {
            self.session.cycle_id().await?;
        }
        self.session.clear().await;
        self.session.insert(LOGIN_KEY, login).await?;
        // The layer of cookies saves too, but after the service behind has acted, when it is too late to say no.
        self.session.save().await
    }
}

impl From<Session> for AuthSession {
    fn from(session: Session) -> Self {
        Self { session }
    }
}

/// Shows nothing of the session: its id is as good as a password.
impl fmt::Debug for AuthSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthSession").finish_non_exhaustive()
    }
}

/// The store of sessions failed; what it holds is not known.
#[derive(Debug, thiserror::Error)]
#[error("the session store failed")]
pub struct SessionStoreError(#[source] tower_sessions_core::session::Error);

/// What a session remembered when the request came, and what authentication makes of it.
///
/// Stores of sessions are asked by async functions, authentication is none: it works on this.
#[derive(Debug)]
struct Remembered {
    login: Option<SessionLogin>,
    change: Option<SessionChange>,
}

/// What is to be done to a session after the request is judged.
#[derive(Debug)]
enum SessionChange {
    Start,
    End,
}

impl Remembered {
    async fn read(session: &AuthSession) -> Result<Self, SessionStoreError> {
        Ok(Self {
            login: session.login().await?,
            change: None,
        })
    }

    /// Does to `session` what was done to this, if anything was.
    async fn write(self, session: &AuthSession) -> Result<(), SessionStoreError> {
        match (self.change, self.login) {
            (Some(SessionChange::Start), Some(login)) => session.start(&login).await,
            (Some(_), _) => session.logout().await,
            (None, _) => Ok(()),
        }
    }
}

impl auth::session::Session for Remembered {
    fn login(&self) -> Option<SessionLogin> {
        self.login.clone()
    }

    fn start(&mut self, login: SessionLogin) {
        // A session that is this login's already is not written for each request that has the token in its header.
        if self.login.as_ref() != Some(&login) {
            self.change = Some(SessionChange::Start);
            self.login = Some(login);
        }
    }

    fn end(&mut self) {
        self.change = Some(SessionChange::End);
        self.login = None;
    }
}
