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

use std::fmt;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, Entry, HeaderName, HeaderValue};
use http::{HeaderMap, Request, Response, StatusCode};
use pin_project_lite::pin_project;
use serde::Serialize;
use tower_layer::Layer;
use tower_service::Service;

use crate::auth::Authenticator;
use crate::auth::request::RequestHead;
use crate::auth::session::MemorySession;
use crate::auth::usage::UsageLog;
use crate::catalogue::{Catalogue, Mapped, PathRefused};
use crate::clock::Clock;
use crate::outcome::{Answer, ApiError, Login, Outcome, OutcomeCode, Refusal};

/// The address of the client of a request, in its extensions: the peer's, or what a trusted proxy says it is.
///
/// Without it the address is unknown: a token that may only be used from some networks is refused then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
// Exhaustive: an address is all it is.
pub struct ClientAddress(pub IpAddr);

/// The layer that lets requests with a good token through, each with its [`Login`] in the extensions.
///
/// A refusal is answered here: with the status and headers of [`Answer`] and a body of the ancestor's shape, as in
/// `{"stat":"fail","err":{"code":104,"msg":"…","type":"auth-login-failed"}}`. When the store cannot tell, the answer
/// is 503, never a yes or a no.
#[derive(Clone)]
#[must_use]
pub struct RequireToken {
    authenticator: Arc<Authenticator>,
    clock: Arc<dyn Clock>,
    catalogue: Option<Arc<Catalogue>>,
    usage: Option<Arc<UsageLog>>,
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
            authenticator,
            clock,
            catalogue: None,
            usage: None,
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
        self.catalogue = Some(catalogue);
        self
    }

    /// Notes each use of a token in `usage`, which the embedder flushes.
    pub fn usage(mut self, usage: Arc<UsageLog>) -> Self {
        self.usage = Some(usage);
        self
    }

    /// Decides about a request.
    fn verdict<B>(&self, request: &Request<B>) -> Verdict {
        // Policies compare methods byte by byte; a service behind that folds their case would do what they refuse.
        if request
            .method()
            .as_str()
            .bytes()
            .any(|byte| byte.is_ascii_lowercase())
        {
            return Verdict::Answered(Reply::bad_method());
        }
        let mapped = match self.map(request) {
            Ok(mapped) => mapped,
            Err(refused) => {
                tracing::debug!(why = %refused, "a path was refused");
                return Verdict::Answered(Reply::bad_path(refused));
            }
        };
        let now = self.clock.now();
        let head = head(request, mapped.as_ref());
        let checked = self
            .authenticator
            .check_login(&head, &mut MemorySession::default(), now);
        let outcome = match checked {
            Ok(outcome) => outcome,
            Err(error) => {
                tracing::error!(%error, "a request could not be authenticated");
                return Verdict::Answered(Reply::unavailable());
            }
        };
        if let Some(usage) = &self.usage {
            usage.note(&outcome, now);
        }
        let answer = self.authenticator.answer(&outcome);
        match outcome {
            Outcome::Accepted(login) => Verdict::LoggedIn(login, headers_of(&answer)),
            Outcome::Refused(refusal) => {
                if refusal.code == OutcomeCode::NoCredentials
                    && self.anonymous == Anonymous::GoesOn
                    && !head.is_off_catalogue
                {
                    return Verdict::Anonymous;
                }
                log_refusal(&refusal);
                Verdict::Answered(Reply::refusal(&refusal, &answer))
            }
        }
    }

    /// Maps the path of `request`; `None` without a catalogue.
    fn map<B>(&self, request: &Request<B>) -> Result<Option<Mapped<'_>>, PathRefused> {
        let Some(catalogue) = &self.catalogue else {
            return Ok(None);
        };
        // In HTTP/2, and where a proxy is spoken to, the target has scheme and host before its path.
        let target = request
            .uri()
            .path_and_query()
            .map_or("", |target| target.as_str());
        catalogue.map(target).map(Some)
    }
}

/// Says what the layer does; neither stores nor clocks have more to show.
impl fmt::Debug for RequireToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequireToken")
            .field("anonymous", &self.anonymous)
            .field("has_catalogue", &self.catalogue.is_some())
            .field("has_usage", &self.usage.is_some())
            .finish_non_exhaustive()
    }
}

/// What becomes of a request.
enum Verdict {
    /// It goes on; the headers belong to the response.
    LoggedIn(Box<Login>, HeaderMap),
    /// It goes on without a login.
    Anonymous,
    /// It ends here.
    Answered(Reply),
}

/// Makes what authentication looks at from a request.
fn head<'a, B>(request: &'a Request<B>, mapped: Option<&'a Mapped<'a>>) -> RequestHead<'a> {
    let mut head = RequestHead::new().method(request.method().as_str());
    for value in request.headers().get_all(AUTHORIZATION) {
        head = head.authorization(value.as_bytes());
    }
    if let Some(ClientAddress(address)) = request.extensions().get() {
        head = head.address(*address);
    }
    match mapped {
        Some(mapped) => head.mapped(mapped),
        None => head.without_catalogue(),
    }
}

/// Tells the operator why; the client learns less.
fn log_refusal(refusal: &Refusal) {
    let token = refusal.token.as_ref().map(|token| token.id.to_string());
    tracing::debug!(code = %refusal.code, token, "a request was refused");
}

/// What is answered without asking the service behind.
struct Reply {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

/// The body of a failure, in the shape of the ancestor's web API.
#[derive(Serialize)]
struct FailureBody<'a> {
    stat: &'static str,
    err: FailureError<'a>,
}

#[derive(Serialize)]
struct FailureError<'a> {
    /// None for what the ancestor has no number for.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<u16>,
    msg: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
}

impl Reply {
    fn refusal(refusal: &Refusal, answer: &Answer) -> Self {
        let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::UNAUTHORIZED);
        let error = refusal.code.api_error().unwrap_or(ApiError::LOGIN_FAILED);
        let message = answer.message.as_deref().unwrap_or_default();
        Self::new(
            status,
            headers_of(answer),
            Some(error.code),
            error.kind,
            message,
        )
    }

    fn bad_path(why: PathRefused) -> Self {
        let (status, headers) = (StatusCode::BAD_REQUEST, HeaderMap::new());
        let message = format!("The path of the request is refused: {why}.");
        Self::new(status, headers, None, "path-refused", &message)
    }

    fn bad_method() -> Self {
        // As the ancestor answers it (RFC 9110, section 15.5.6); no method can be named in `Allow` from here.
        let (status, headers) = (StatusCode::METHOD_NOT_ALLOWED, HeaderMap::new());
        let message = "Methods are written in upper case.";
        Self::new(status, headers, None, "method-refused", message)
    }

    fn unavailable() -> Self {
        let (status, headers) = (StatusCode::SERVICE_UNAVAILABLE, HeaderMap::new());
        let message = "Authentication is not available now. Try again later.";
        Self::new(status, headers, None, "auth-unavailable", message)
    }

    fn new(
        status: StatusCode,
        mut headers: HeaderMap,
        code: Option<u16>,
        kind: &'static str,
        msg: &str,
    ) -> Self {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        let err = FailureError { code, msg, kind };
        let body = FailureBody { stat: "fail", err };
        Self {
            status,
            headers,
            body: serde_json::to_string(&body).expect("numbers and texts are always JSON"),
        }
    }

    fn into_response<B: From<String>>(self) -> Response<B> {
        let mut response = Response::new(B::from(self.body));
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response
    }
}

fn headers_of(answer: &Answer) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in &answer.headers {
        let parsed = (HeaderName::try_from(*name), HeaderValue::try_from(value));
        let (Ok(header), Ok(value)) = parsed else {
            // Only a web backend whose scheme is no token of HTTP makes such a challenge.
            tracing::error!(name, "a header of the answer cannot be sent");
            continue;
        };
        headers.append(header, value);
    }
    headers
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
        let headers = match self.layer.verdict(&request) {
            Verdict::Answered(reply) => {
                let response = Some(reply.into_response());
                return ResponseFuture {
                    state: State::Answered { response },
                };
            }
            Verdict::LoggedIn(login, headers) => {
                request.extensions_mut().insert(*login);
                headers
            }
            Verdict::Anonymous => {
                request.extensions_mut().remove::<Login>();
                HeaderMap::new()
            }
        };
        hide_credentials(request.headers_mut());
        ResponseFuture {
            state: State::Inner {
                future: self.inner.call(request),
                headers,
            },
        }
    }
}

/// Marks credentials as sensitive: whoever behind this layer logs the headers does not show them.
fn hide_credentials(headers: &mut HeaderMap) {
    if let Entry::Occupied(mut entry) = headers.entry(AUTHORIZATION) {
        for value in entry.iter_mut() {
            value.set_sensitive(true);
        }
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
                for (name, value) in &*headers {
                    response.headers_mut().insert(name, value.clone());
                }
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
