//! Forward-auth beside an empty handler of the same server, and the layer beside an empty service.
//!
//! `cargo bench --bench http` prints medians of alternating rounds, and ratios within each round: machines drift, ratios
//! do not. The clients are threads of the same process and take their share of the processors, from each server alike.

#[path = "common/report.rs"]
mod report;

use std::convert::Infallible;
use std::error::Error;
use std::future::Ready;
use std::hint::black_box;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::num::NonZeroUsize;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use http::header::AUTHORIZATION;
use http::{HeaderMap, Request, Response};
use tokenctl::auth::Authenticator;
use tokenctl::auth::request::RequestHead;
use tokenctl::auth::session::NoSession;
use tokenctl::auth::usage::{DEFAULT_RESOLUTION, UsageLog};
use tokenctl::authority::Authority;
use tokenctl::catalogue::{Catalogue, Entry, Mode};
use tokenctl::change::{Actor, Change, IssuedToken, Mode as Commit};
use tokenctl::clock::{Clock as _, SystemClock};
use tokenctl::entropy::OsEntropy;
use tokenctl::format::{NewSecret, TokenFormats};
use tokenctl::http::RequireToken;
use tokenctl::http::access::{AccessLog, AccessRecord};
use tokenctl::http::profile::Profile;
use tokenctl::http::server::{Listener, Server};
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
const CONNECTIONS: usize = 32;
/// How many threads ask, each by its share of the connections.
const CLIENTS: usize = 2;
const ROUNDS: usize = 9;
/// How long one server is asked in a round.
const ROUND: Duration = Duration::from_millis(1_500);
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
    store.apply(&changes, &actor, SystemClock.now(), Commit::Commit)?;
    Ok(Filled {
        _directory: directory,
        store,
        secrets,
    })
}

impl Filled {
    fn authenticator(&self) -> Arc<Authenticator> {
        Arc::new(Authenticator::over(Arc::clone(&self.store)))
    }

    fn server(&self) -> Server {
        let store = Arc::clone(&self.store);
        let authority = Authority::new(store, Arc::new(TokenFormats::default()));
        Server::new(
            Arc::new(authority),
            self.authenticator(),
            Arc::new(SystemClock),
            Profile::Nginx,
        )
    }

    /// Returns the same server with all that may be asked of it.
    fn full_server(&self) -> Fallible<Server> {
        let usage = UsageLog::new(Arc::clone(&self.store), DEFAULT_RESOLUTION);
        let review = Entry {
            resource: "review".to_owned(),
            paths: vec!["/api/reviews/{id}".to_owned()],
            methods: vec!["GET".to_owned()],
        };
        let catalogue = Catalogue::new(Mode::Closed, [review])?;
        Ok(self
            .server()
            .usage(Arc::new(usage))
            .catalogue(Arc::new(catalogue))
            .access_log(Arc::new(Unwritten)))
    }

    /// Returns what nginx sends about a request with each of the tokens, to `path`.
    fn requests(&self, path: &str) -> Vec<Vec<u8>> {
        let request = |secret: &String| {
            format!(
                "GET {path} HTTP/1.1\r\nHost: localhost\r\nX-Original-Method: GET\r\n\
                 X-Original-URI: /api/reviews/42\r\nX-Forwarded-For: 192.0.2.7\r\n\
                 Authorization: Bearer {secret}\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n"
            )
            .into_bytes()
        };
        self.secrets.iter().map(request).collect()
    }
}

/// Takes records, as the one of `tokenctl serve` does for another thread, and drops them.
struct Unwritten;

impl AccessLog for Unwritten {
    fn record(&self, record: AccessRecord) {
        black_box(record);
    }
}

fn is_good(authenticator: &Authenticator, headers: &HeaderMap) -> bool {
    let value = headers.get(AUTHORIZATION);
    let head = RequestHead::new()
        .authorization(value.map_or(b"", |value| value.as_bytes()))
        .method("GET");
    let outcome = authenticator.check_login(&head, &mut NoSession, SystemClock.now());
    matches!(outcome, Ok(outcome) if outcome.code() == OutcomeCode::Accepted)
}

/// Connections to a server, with a thread of their own that asks by each of them and then reads what each answers.
///
/// With a thread for each connection, changing from one to the next would take longer than what is measured.
struct Client {
    streams: Vec<TcpStream>,
    /// The last answer; all are equally long.
    answer: Vec<u8>,
    at: usize,
}

impl Client {
    fn open(address: SocketAddr, request: &[u8], at: usize) -> Fallible<Self> {
        let mut streams = Vec::new();
        let mut answer = Vec::new();
        for _ in 0..CONNECTIONS / CLIENTS {
            let mut stream = TcpStream::connect(address)?;
            stream.set_nodelay(true)?;
            stream.write_all(request)?;
            answer.resize(4096, 0);
            let length = stream.read(&mut answer)?;
            answer.truncate(length);
            streams.push(stream);
        }
        Ok(Self {
            streams,
            answer,
            at,
        })
    }

    /// Asks until `end`, and returns how many answers there were.
    fn ask_until(&mut self, end: Instant, requests: &[Vec<u8>]) -> Fallible<usize> {
        let mut answers = 0;
        while Instant::now() < end {
            for stream in &mut self.streams {
                self.at = (self.at + 1) % requests.len();
                let request = requests.get(self.at).expect("reduced to the length");
                stream.write_all(request)?;
            }
            for stream in &mut self.streams {
                stream.read_exact(&mut self.answer)?;
                if !self.answer.starts_with(b"HTTP/1.1 200 OK\r\n") {
                    return Err("an answer is not 200, or not as long as the first".into());
                }
                answers += 1;
            }
        }
        Ok(answers)
    }
}

/// One handler of a server that is measured.
struct Measured {
    name: &'static str,
    requests: Vec<Vec<u8>>,
    clients: Vec<Client>,
    /// Answers in a second, of each round.
    rates: Vec<f64>,
}

impl Measured {
    fn connect(name: &'static str, address: SocketAddr, requests: Vec<Vec<u8>>) -> Fallible<Self> {
        let first = requests.first().ok_or("there are tokens")?;
        let clients =
            (0..CLIENTS).map(|number| Client::open(address, first, number * TOKENS / CLIENTS));
        Ok(Self {
            name,
            clients: clients.collect::<Fallible<_>>()?,
            requests,
            rates: Vec::new(),
        })
    }

    fn round(&mut self) -> Fallible<()> {
        let requests = &self.requests;
        let started = Instant::now();
        let end = started + ROUND;
        let answers = thread::scope(|scope| {
            let asking: Vec<_> = self
                .clients
                .iter_mut()
                .map(|client| scope.spawn(move || client.ask_until(end, requests)))
                .collect();
            let mut answers = 0;
            for client in asking {
                answers += client.join().map_err(|_| "a client panicked")??;
            }
            Ok::<_, Box<dyn Error + Send + Sync>>(answers)
        })?;
        self.rates
            .push(answers as f64 / started.elapsed().as_secs_f64());
        Ok(())
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

fn measure_servers(filled: &Filled, rounds: usize) -> Fallible<()> {
    let bind = || TcpListener::bind("127.0.0.1:0");
    let (plain, full) = (bind()?, bind()?);
    let handlers = [
        // All that an answer takes but for the question.
        ("empty", plain.local_addr()?, "/healthz"),
        ("auth", plain.local_addr()?, "/auth"),
        // With catalogue, last use and log.
        ("full-auth", full.local_addr()?, "/auth"),
    ];
    let workers = thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let running = [(filled.server(), plain), (filled.full_server()?, full)]
        .map(|(server, listener)| server.run(&Listener::Tcp(listener), workers));
    let mut measured = Vec::new();
    for (name, address, path) in handlers {
        measured.push(Measured::connect(name, address, filled.requests(path))?);
    }
    for _ in 0..=rounds {
        for handler in &mut measured {
            handler.round()?;
        }
    }
    let empty = measured.first().map(|server| server.rates.clone());
    let empty = empty.unwrap_or_default();
    let fastest = median(empty.iter().copied().skip(1).collect());
    for server in measured {
        // Of each round: the machine may be slower in the next one. The first warms up.
        let pairs = server.rates.iter().zip(&empty).skip(1);
        let ratio = median(pairs.map(|(rate, empty)| rate / empty).collect());
        let rate = median(server.rates.into_iter().skip(1).collect());
        report::figure(server.name, TOKENS, rate, "answers/s");
        if server.name != "empty" {
            let sides = format!(
                "{rate:.0}/s, empty handler {fastest:.0}/s, {CONNECTIONS} connections, {rounds} rounds"
            );
            report::ratio(&format!("{}/empty", server.name), TOKENS, ratio, &sides);
        }
    }
    for running in running {
        running?.stop();
    }
    Ok(())
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
    let authenticator = filled.authenticator();
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
    measure_servers(&filled, rounds)?;
    measure_layer(&filled, rounds)
}
