//! The middleware for services of tower: a request reaches the service behind it with a [`Login`], or is answered here.
//!
//! It fits every server of tower whose bodies can be made from a `String`, as those of axum can; none is needed to
//! build it.
//!
//! ```
//! use std::sync::Arc;
//! use http::{Request, Response};
//! use tokenctl::auth::Authenticator;
//! use tokenctl::clock::SystemClock;
//! use tokenctl::http::RequireToken;
//! use tokenctl::outcome::Login;
//! use tokenctl::store::Store;
//!
//! # fn wrapped(store: Arc<dyn Store>) {
//! let authenticator = Arc::new(Authenticator::over(store));
//! let layer = RequireToken::new(authenticator, Arc::new(SystemClock));
//! // `Router::new().route(…).layer(layer)`, `ServiceBuilder::new().layer(layer)`, and inside of it:
//! fn greet<B>(request: &Request<B>) -> Response<String> {
//!     let login = request.extensions().get::<Login>();
//!     Response::new(login.map(|login| login.user.to_string()).unwrap_or_default())
//! }
//! # drop(layer);
//! # }
//! ```
//!
//! What the layer judges by is what it sees, so:
//!
//! - It stands outside of routers that take a prefix off the path, or its catalogue has the paths without it.
//! - The method is that of the request line. A service behind it that takes another one from a header or a body
//!   would do what the policy was not asked about.
//! - The address of the client is [`ClientAddress`], which the server puts into the extensions of the request. It is
//!   never read from a header.
//!
//! The store is read inline, in [`Service::call`]: a lookup in SQLite takes microseconds. Authenticators over stores
//! that block for longer belong on a thread of their own.
//!
//! With the feature `axum`, handlers take the [`Login`] as an argument (`http::extract`). With the feature `session`,
//! logins last across requests (`http::session`).

#[cfg(feature = "server")]
pub mod access;
#[cfg(feature = "axum")]
pub mod extract;
#[cfg(feature = "server")]
mod forward_auth;
mod gate;
#[cfg(feature = "server")]
mod metrics;
#[cfg(feature = "server")]
pub mod profile;
#[cfg(feature = "server")]
pub mod proxies;
mod reply;
#[cfg(feature = "server")]
pub mod server;
#[cfg(feature = "session")]
pub mod session;
#[cfg(feature = "server")]
mod token_endpoints;

use std::fmt;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http::header::{AUTHORIZATION, Entry, HeaderName};
use http::{HeaderMap, Request, Response};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use self::gate::{Asked, Gate};
use self::reply::{Reply, headers_of};
use crate::auth::Authenticator;
use crate::auth::session::{NoSession, Session};
use crate::auth::usage::UsageLog;
use crate::catalogue::Catalogue;
use crate::clock::Clock;
use crate::outcome::{Login, Outcome, OutcomeCode, Refusal};

/// The address of the client of a request, in its extensions: the peer's, or what a trusted proxy says it is.
///
/// Without it the address is unknown: a token that may only be used from some networks is refused then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
// Exhaustive: an address is all it is.
pub struct ClientAddress(pub IpAddr);

/// The layer that lets requests with a good token through, each with its [`Login`] in the extensions.
///
/// A refusal is answered here: with the status and headers of [`Answer`](crate::outcome::Answer) and a body of the
/// ancestor's shape, as in `{"stat":"fail","err":{"code":104,"msg":"…","type":"auth-login-failed"}}`. When the store
/// cannot tell, the answer is 503, never a yes or a no.
#[derive(Clone)]
#[must_use]
pub struct RequireToken {
    gate: Gate,
    anonymous: Anonymous,
}

/// What becomes of a request without credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Anonymous {
    Refused,
    GoesOn,
}

impl RequireToken {
    /// Makes a layer that refuses requests without credentials too, and maps no paths.
    ///
    /// Without a [catalogue](Self::catalogue) a policy is asked about the method alone, and a token whose policy names
    /// particular resources is refused.
    pub fn new(authenticator: Arc<Authenticator>, clock: Arc<dyn Clock>) -> Self {
        Self {
            gate: Gate::new(authenticator, clock),
            anonymous: Anonymous::Refused,
        }
    }

    /// Lets a request without credentials go on, without a [`Login`]. Bad credentials are still refused.
    ///
    /// No credentials are no header, or one of a scheme that no web backend takes. To a path that a closed catalogue
    /// does not know, nobody goes on.
    pub fn optional(mut self) -> Self {
        self.anonymous = Anonymous::GoesOn;
        self
    }

    /// Maps paths to the resources of policies. A path that might be read in more than one way is answered with 400.
    pub fn catalogue(mut self, catalogue: Arc<Catalogue>) -> Self {
        self.gate.catalogue = Some(catalogue);
        self
    }

    /// Notes each use of a token in `usage`, which the embedder flushes.
    pub fn usage(mut self, usage: Arc<UsageLog>) -> Self {
        self.gate.usage = Some(usage);
        self
    }

    /// Decides about a request. One that goes on is made ready for the service behind; the headers belong to its
    /// response.
    fn admit<B>(
        &self,
        request: &mut Request<B>,
        session: &mut dyn Session,
    ) -> Result<HeaderMap, Box<Reply>> {
        // In HTTP/2, and where a proxy is spoken to, the target has scheme and host before its path.
        let target = request.uri().path_and_query();
        let asked = Asked {
            method: request.method().as_str(),
            target: target.map_or("", |target| target.as_str()),
            headers: request.headers(),
            address: request
                .extensions()
                .get()
                .map(|ClientAddress(address)| *address),
        };
        let judged = self
            .gate
            .rule(&asked, session)
            .map_err(|why| Box::new(Reply::of(&why)))?;
        let headers = match judged.outcome {
            Outcome::Accepted(login) => {
                request.extensions_mut().insert(*login);
                headers_of(&judged.answer)
            }
            Outcome::Refused(refusal) => {
                let goes_on = refusal.code == OutcomeCode::NoCredentials
                    && self.anonymous == Anonymous::GoesOn
                    && !judged.is_off_catalogue;
                if !goes_on {
                    log_refusal(&refusal);
                    return Err(Box::new(Reply::refusal(&refusal, &judged.answer)));
                }
                request.extensions_mut().remove::<Login>();
                #[cfg(feature = "axum")]
                request
                    .extensions_mut()
                    .insert(extract::NotLoggedIn(judged.answer));
                HeaderMap::new()
            }
        };
        hide(request.headers_mut(), AUTHORIZATION);
        Ok(headers)
    }
}

/// Says what the layer does; neither stores nor clocks have more to show.
impl fmt::Debug for RequireToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequireToken")
            .field("anonymous", &self.anonymous)
            .field("has_catalogue", &self.gate.catalogue.is_some())
            .field("has_usage", &self.gate.usage.is_some())
            .finish_non_exhaustive()
    }
}

/// Tells the operator why; the client learns less.
fn log_refusal(refusal: &Refusal) {
    let token = refusal.token.as_ref().map(|token| token.id.to_string());
    tracing::debug!(code = %refusal.code, token, "a request was refused");
}

impl<S> Layer<S> for RequireToken {
    type Service = RequireTokenService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        RequireTokenService {
            inner,
            layer: self.clone(),
        }
    }
}

/// The service that [`RequireToken`] makes of another one.
#[derive(Clone, Debug)]
pub struct RequireTokenService<S> {
    inner: S,
    layer: RequireToken,
}

impl<S, B, R> Service<Request<B>> for RequireTokenService<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    R: From<String>,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future, R>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    /// Decides at once, so the very service that was polled ready is called, and no clone of it.
    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let headers = match self.layer.admit(&mut request, &mut NoSession) {
            Ok(headers) => headers,
            Err(reply) => {
                let response = Some(reply.into_response());
                return ResponseFuture {
                    state: State::Answered { response },
                };
            }
        };
        ResponseFuture {
            state: State::Inner {
                future: self.inner.call(request),
                headers,
            },
        }
    }
}

/// Marks credentials as sensitive: whoever behind this layer logs the headers does not show them.
fn hide(headers: &mut HeaderMap, name: HeaderName) {
    if let Entry::Occupied(mut entry) = headers.entry(name) {
        for value in entry.iter_mut() {
            value.set_sensitive(true);
        }
    }
}

/// Gives the response of the service behind what the login has to say to the client.
fn add_headers<R>(response: &mut Response<R>, headers: &HeaderMap) {
    for (name, value) in headers {
        response.headers_mut().insert(name, value.clone());
    }
}

pin_project! {
    /// The response of the service behind, or the refusal.
    #[must_use = "futures do nothing unless polled"]
    pub struct ResponseFuture<F, R> {
        #[pin]
        state: State<F, R>,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<F, R> {
        Inner {
            #[pin]
            future: F,
            headers: HeaderMap,
        },
        Answered {
            response: Option<Response<R>>,
        },
    }
}

impl<F, R, E> Future for ResponseFuture<F, R>
where
    F: Future<Output = Result<Response<R>, E>>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        match self.project().state.project() {
            StateProjection::Inner { future, headers } => {
                let mut response = ready!(future.poll(cx))?;
                add_headers(&mut response, headers);
                Poll::Ready(Ok(response))
            }
            StateProjection::Answered { response } => {
                let response = response.take();
                Poll::Ready(Ok(
                    response.expect("a future that is ready is not polled again")
                ))
            }
        }
    }
}

impl<F, R> fmt::Debug for ResponseFuture<F, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
