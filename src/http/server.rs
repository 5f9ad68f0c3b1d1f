//! The server: forward-auth, introspection, revocation, health and metrics, over HTTP/1.1.
//!
//! ```no_run
//! use std::num::NonZeroUsize;
//! use std::sync::Arc;
//! use tokenctl::auth::Authenticator;
//! use tokenctl::authority::Authority;
//! use tokenctl::clock::SystemClock;
//! use tokenctl::format::TokenFormats;
//! use tokenctl::http::profile::Profile;
//! use tokenctl::http::server::{Listener, Server};
//! use tokenctl::store::{Location, OpenOptions};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let store = Location::parse("/var/lib/tokenctl/tokens.db")?.open(OpenOptions::default())?;
//! let authority = Authority::new(Arc::clone(&store), Arc::new(TokenFormats::default()));
//! let authenticator = Arc::new(Authenticator::over(store));
//! let server = Server::new(Arc::new(authority), authenticator, Arc::new(SystemClock), Profile::Nginx);
//! let listener = Listener::Tcp(std::net::TcpListener::bind("127.0.0.1:9180")?);
//! let running = server.run(&listener, NonZeroUsize::MIN)?;
//! // … until somebody says that it shall end:
//! running.stop();
//! # Ok(())
//! # }
//! ```
//!
//! | path | answers |
//! |---|---|
//! | `/auth` | whether a request may go on, as the [`Profile`] of the proxy asks it |
//! | `/introspect` | what a token is (RFC 7662), to callers that are named |
//! | `/revoke` | revokes a token (RFC 7009): the caller's own, or any for callers that are named |
//! | `/healthz` | 200 while the process lives |
//! | `/readyz` | 200 while the store can be read and is of a schema that this build knows, 503 otherwise |
//! | `/metrics` | counts and times for Prometheus |
//!
//! The store is read inline: a lookup in SQLite takes microseconds, and handing it to another thread takes longer.
//! Revoking waits for the writers before it, on a thread of its own.

mod connection;

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::routing::{any, get, post};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use http::request::Parts;
use http::{Method, Response, StatusCode};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::Buf;
use zeroize::Zeroizing;

pub use self::connection::{Listener, Running};
use super::access::{AccessLog, AccessRecord};
use super::forward_auth::{Examined, Finding, ForwardAuth};
use super::gate::{Gate, Unjudged};
use super::metrics::{self, Metrics};
use super::profile::{AUTH_PATH, Original, Profile};
use super::proxies::{Peer, TrustedProxies};
use super::reply::Reply;
use super::token_endpoints::{TokenEndpoints, Told};
use crate::auth::Authenticator;
use crate::auth::usage::UsageLog;
use crate::authority::Authority;
use crate::catalogue::Catalogue;
use crate::change::Actor;
use crate::clock::Clock;
use crate::store::StoreError;
use crate::token_id::TokenId;

const INTROSPECT_PATH: &str = "/introspect";
const REVOKE_PATH: &str = "/revoke";

/// How much a client may send, and how long it may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The longest head of a request, in bytes; 16 KiB unless set, and never less than 8 KiB. More is 431.
    pub header_bytes: usize,
    /// The most headers; 100 unless set. More is 431.
    pub headers: usize,
    /// How long the head of a request may take, the wait for it included; 30 seconds unless set. Then the connection
    /// is closed.
    pub header_time: Duration,
    /// The longest form for `/introspect` and `/revoke`, in bytes; 16 KiB unless set. More is 413.
    pub body_bytes: usize,
    /// How long such a form may take; 10 seconds unless set. Then it is 408.
    pub body_time: Duration,
    /// How long an answer may wait for the client to take more of it; 10 seconds unless set. Then the connection is
    /// closed.
    pub write_time: Duration,
    /// The most connections at once; 1,024 unless set, and at least 1. Others wait to be accepted.
    pub connections: usize,
    /// How long requests under way may take when the server stops; 10 seconds unless set.
    pub stop_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            header_bytes: 16 * 1024,
            headers: 100,
            header_time: Duration::from_secs(30),
            body_bytes: 16 * 1024,
            body_time: Duration::from_secs(10),
            write_time: Duration::from_secs(10),
            connections: 1024,
            stop_time: Duration::from_secs(10),
        }
    }
}

/// A server, not yet listening.
#[must_use]
pub struct Server {
    auth: ForwardAuth,
    tokens: TokenEndpoints,
    metrics: Metrics,
    log: Option<Arc<dyn AccessLog>>,
    limits: Limits,
}

impl Server {
    /// Makes a server for one kind of proxy, on this machine, that maps no paths.
    ///
    /// `authority` is for introspection and revocation, and has to be over the store that `authenticator` asks.
    pub fn new(
        authority: Arc<Authority>,
        authenticator: Arc<Authenticator>,
        clock: Arc<dyn Clock>,
        profile: Profile,
    ) -> Self {
        Self {
            tokens: TokenEndpoints::new(authority, Arc::clone(&authenticator), Arc::clone(&clock)),
            auth: ForwardAuth {
                gate: Gate::new(authenticator, clock),
                profile,
                proxies: TrustedProxies::default(),
            },
            metrics: Metrics::new(),
            log: None,
            limits: Limits::default(),
        }
    }

    /// Maps paths to the resources of policies.
    pub fn catalogue(mut self, catalogue: Arc<Catalogue>) -> Self {
        self.auth.gate.catalogue = Some(catalogue);
        self
    }

    /// Notes each use of a token in `usage`, which the embedder flushes; introspection of one is a use, too.
    pub fn usage(mut self, usage: Arc<UsageLog>) -> Self {
        self.auth.gate.usage = Some(Arc::clone(&usage));
        self.tokens.usage = Some(usage);
        self
    }

    /// Says which peers may ask; [`TrustedProxies::default`] unless set.
    pub fn proxies(mut self, proxies: TrustedProxies) -> Self {
        self.auth.proxies = proxies;
        self
    }

    /// Says which tokens may introspect, and which may revoke others. Without any there is no introspection, and a
    /// token may revoke itself alone.
    ///
    /// `actor` stands in the events of what is revoked.
    pub fn callers(
        mut self,
        introspectors: BTreeSet<TokenId>,
        revokers: BTreeSet<TokenId>,
        actor: Actor,
    ) -> Self {
        self.tokens.introspectors = introspectors;
        self.tokens.revokers = revokers;
        self.tokens.actor = actor;
        self
    }

    /// Writes each request down.
    pub fn access_log(mut self, log: Arc<dyn AccessLog>) -> Self {
        self.log = Some(log);
        self
    }

    /// Sets how much a client may send.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    fn router(self: &Arc<Self>) -> Router {
        let mut router = Router::new()
            .route(AUTH_PATH, any(auth))
            .route(INTROSPECT_PATH, post(introspect))
            .route(REVOKE_PATH, post(revoke))
            .route("/healthz", get(healthz))
            .route("/readyz", get(readyz))
            .route("/metrics", get(metrics_text));
        if self.auth.profile.original() == Original::Request {
            router = router
                .route(&format!("{AUTH_PATH}/"), any(auth))
                .route(&format!("{AUTH_PATH}/{{*target}}"), any(auth));
        }
        router.fallback(nothing).with_state(Arc::clone(self))
    }

    /// Counts an answer of forward-auth, and writes it down.
    fn note(&self, examined: &Examined, started: Instant) {
        let took = started.elapsed();
        let code = code_of(&examined.finding);
        self.metrics.record(AUTH_PATH, code, took);
        let Some(log) = &self.log else { return };
        let (now, status) = (self.auth.gate.clock.now(), examined.reply.status);
        let mut record = AccessRecord::new(now, AUTH_PATH, code, status, took);
        record.address = examined.client;
        record.method = examined.method.as_ref().map(loggable);
        if let Finding::Judged(judged) = &examined.finding {
            let outcome = &judged.outcome;
            record.user = outcome.user().cloned();
            record.token = outcome.token().map(|token| token.id);
            record.resource.clone_from(&judged.resource);
            record.rule = outcome.decision().and_then(|found| found.rule.clone());
            record.scheme = judged.header.0.as_str();
            record.header_length = judged.header.1;
        }
        log.record(record);
    }

    /// Counts an answer to a caller, and writes it down.
    fn note_told(&self, endpoint: &'static str, told: &Told, call: &Call) {
        let took = call.started.elapsed();
        self.metrics.record(endpoint, told.code, took);
        let Some(log) = &self.log else { return };
        let (now, status) = (self.auth.gate.clock.now(), told.reply.status);
        let mut record = AccessRecord::new(now, endpoint, told.code, status, took);
        record.address = call.client;
        record.method = Some(loggable(&call.parts.method));
        record.user = told.caller.as_ref().map(|caller| caller.owner.name.clone());
        record.token = told.caller.as_ref().map(|caller| caller.id);
        log.record(record);
    }

    /// Reads anew whether the store can be read, and notes how far the clock is behind its newest event.
    fn look_at_store(&self) -> Result<(), StoreError> {
        let readiness = self.tokens.authority().store().readiness()?;
        let now = self.auth.gate.clock.now().as_second();
        let newest = readiness.newest_event.map(|event| event.at.as_second());
        let behind = newest.map_or(0, |newest| newest.saturating_sub(now).max(0));
        self.metrics.set_clock_behind(behind);
        Ok(())
    }
}

/// Returns the method where it looks like one: whoever may name any could have the log say anything.
fn loggable(method: &Method) -> String {
    let text = method.as_str();
    let is_plain = |byte: u8| byte.is_ascii_uppercase() || byte == b'-';
    if text.len() <= 16 && text.bytes().all(is_plain) {
        text.to_owned()
    } else {
        "other".to_owned()
    }
}

fn code_of(finding: &Finding) -> &'static str {
    match finding {
        Finding::Judged(judged) => judged.outcome.code().as_str(),
        Finding::Unjudged(Unjudged::Method) => "method_refused",
        Finding::Unjudged(Unjudged::Path(_)) => "path_refused",
        Finding::Unjudged(Unjudged::Unavailable) => metrics::UNAVAILABLE,
        Finding::Stranger => "peer_refused",
        Finding::Unclear(_) => "original_refused",
    }
}

/// Returns who is at the other end, as the connection has noted it.
fn peer_of(parts: &Parts) -> Peer {
    // Every connection notes it; without, nobody is trusted.
    let unknown = Peer::Address(std::net::Ipv4Addr::UNSPECIFIED.into());
    parts.extensions.get().copied().unwrap_or(unknown)
}

async fn auth(State(server): State<Arc<Server>>, request: Request) -> Response<Body> {
    let started = Instant::now();
    let (parts, _) = request.into_parts();
    let examined = server.auth.examine(&parts, peer_of(&parts));
    server.note(&examined, started);
    examined.reply.into_response()
}

async fn introspect(State(server): State<Arc<Server>>, request: Request) -> Response<Body> {
    let call = match Call::receive(&server, INTROSPECT_PATH, request).await {
        Ok(call) => call,
        Err(reply) => return reply.into_response(),
    };
    let headers = &call.parts.headers;
    let told = server.tokens.introspect(headers, call.client, &call.form);
    server.note_told(INTROSPECT_PATH, &told, &call);
    told.reply.into_response()
}

async fn revoke(State(server): State<Arc<Server>>, request: Request) -> Response<Body> {
    let call = match Call::receive(&server, REVOKE_PATH, request).await {
        Ok(call) => call,
        Err(reply) => return reply.into_response(),
    };
    let revoking = tokio::task::spawn_blocking(move || {
        let headers = &call.parts.headers;
        let told = server.tokens.revoke(headers, call.client, &call.form);
        server.note_told(REVOKE_PATH, &told, &call);
        told.reply
    });
    // Where it panicked it is not known whether anything was done.
    let reply = revoking.await;
    reply
        .unwrap_or_else(|_| Reply::of(&Unjudged::Unavailable))
        .into_response()
}

/// A form and who sent it.
struct Call {
    parts: Parts,
    client: Option<IpAddr>,
    form: Zeroizing<Vec<u8>>,
    started: Instant,
}

impl Call {
    /// Reads a call. One that cannot be read is written down, and its answer returned.
    async fn receive(
        server: &Server,
        endpoint: &'static str,
        request: Request,
    ) -> Result<Self, Reply> {
        let started = Instant::now();
        let (parts, body) = request.into_parts();
        let client = server.auth.proxies.client(peer_of(&parts), &parts.headers);
        let mut call = Self {
            parts,
            client,
            form: Zeroizing::default(),
            started,
        };
        match read_form(&server.limits, body).await {
            Ok(form) => {
                call.form = form;
                Ok(call)
            }
            Err(reply) => {
                let told = Told::new(reply, "bad_request");
                server.note_told(endpoint, &told, &call);
                Err(told.reply)
            }
        }
    }
}

/// Reads a form, which holds a token, or tells what is wrong with it.
async fn read_form(limits: &Limits, body: Body) -> Result<Zeroizing<Vec<u8>>, Reply> {
    let reading = Limited::new(body, limits.body_bytes).collect();
    let Ok(read) = tokio::time::timeout(limits.body_time, reading).await else {
        return Err(Reply::broken_form(StatusCode::REQUEST_TIMEOUT));
    };
    match read {
        Ok(read) => Ok(in_one_piece(read.aggregate())),
        Err(error) if error.is::<LengthLimitError>() => {
            Err(Reply::broken_form(StatusCode::PAYLOAD_TOO_LARGE))
        }
        Err(_) => Err(Reply::broken_form(StatusCode::BAD_REQUEST)),
    }
}

/// Copies `read` to where it is cleared, at its full size at once: growing would leave copies behind.
fn in_one_piece(mut read: impl Buf) -> Zeroizing<Vec<u8>> {
    let mut whole = Zeroizing::new(vec![0; read.remaining()]);
    read.copy_to_slice(&mut whole);
    whole
}

async fn healthz() -> Response<Body> {
    text(StatusCode::OK, "text/plain", "alive\n".to_owned())
}

async fn readyz(State(server): State<Arc<Server>>) -> Response<Body> {
    match server.look_at_store() {
        Ok(()) => text(StatusCode::OK, "text/plain", "ready\n".to_owned()),
        Err(error) => {
            tracing::error!(%error, "the store is not ready");
            let status = StatusCode::SERVICE_UNAVAILABLE;
            text(status, "text/plain", "the store is not ready\n".to_owned())
        }
    }
}

async fn metrics_text(State(server): State<Arc<Server>>) -> Response<Body> {
    // A store that cannot be read is counted where it is asked about tokens; the numbers are there all the same.
    let _ = server.look_at_store();
    text(StatusCode::OK, metrics::CONTENT_TYPE, server.metrics.text())
}

async fn nothing() -> Response<Body> {
    Reply::not_found().into_response()
}

fn text(status: StatusCode, kind: &'static str, text: String) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
