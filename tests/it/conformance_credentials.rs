//! What the ancestor's web backends read from a header, case by case, and what is logged of it.

use std::cell::RefCell;
use std::fmt;
use std::fmt::Write as _;
use std::sync::{Arc, Once};

use serde_json::Value;
use tokenctl::auth::Authenticator;
use tokenctl::auth::request::RequestHead;
use tokenctl::auth::session::MemorySession;
use tokenctl::auth::web::{WebAuthBackend, WebBasicBackend, WebBearerBackend, WebTokenBackend};
use tokenctl::outcome::OutcomeCode;
use tokenctl::secret::Secret;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Event, Metadata, Subscriber};

use crate::fixture::{Scratch, at};
use crate::vectors::{Aspect, Case, Comparison, Vectors};

const FILE: &str = "credentials.json";

#[test]
fn credentials_are_equal_or_listed() {
    let vectors = Vectors::read(FILE);
    let mut comparison = Comparison::of(&vectors);
    for case in &vectors.cases {
        let header = case.string("authorization").unwrap();
        let head = RequestHead::new().authorization(header.as_bytes());
        comparison.check_aspects(
            case,
            &[
                Aspect::new(
                    "token",
                    ours(&WebTokenBackend, &head),
                    theirs(case, "token"),
                ),
                Aspect::new(
                    "basic",
                    ours(&WebBasicBackend, &head),
                    theirs(case, "basic"),
                ),
            ],
        );
    }
    comparison.finish(233, 143);
}

fn ours(backend: &dyn WebAuthBackend, head: &RequestHead<'_>) -> String {
    match backend.credentials(head) {
        Err(_) => "malformed".to_owned(),
        Ok(None) => "not mine".to_owned(),
        Ok(Some(found)) => shown(
            found.user.as_ref().map(Secret::expose_secret),
            found.secret.expose_secret(),
        ),
    }
}

fn theirs(case: &Case, backend: &str) -> String {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    match &case.field(backend)["credentials"] {
        Value::Null => "not mine".to_owned(),
        found => {
            let secret = text(&found["token"]).or(text(&found["password"])).unwrap();
            shown(text(&found["username"]).as_deref(), &secret)
        }
    }
}

fn shown(user: Option<&str>, secret: &str) -> String {
    format!("user {user:?} secret {secret:?}")
}

#[test]
fn nothing_of_a_header_is_logged_but_scheme_and_length() {
    let scratch = Scratch::new();
    let authenticator = Authenticator::over(Arc::clone(&scratch.store));
    let backends: [&dyn WebAuthBackend; 3] =
        [&WebTokenBackend, &WebBearerBackend, &WebBasicBackend];
    let mut malformed = 0;
    for case in &Vectors::read(FILE).cases {
        let header = case.string("authorization").unwrap();
        let head = RequestHead::new().authorization(header.as_bytes());
        let (outcome, lines) =
            traced(|| authenticator.check_login(&head, &mut MemorySession::default(), at(0)));
        // The whole of what was written, so that no part of a header hides in it.
        let is_malformed = |backend: &&dyn WebAuthBackend| backend.credentials(&head).is_err();
        let expected = if backends.iter().any(is_malformed) {
            assert_eq!(
                outcome.unwrap().code(),
                OutcomeCode::Malformed,
                "{}",
                case.id()
            );
            malformed += 1;
            vec![closed_form(&head, header.len())]
        } else {
            Vec::new()
        };
        assert_eq!(lines, expected, "{}", case.id());
    }
    assert_eq!(malformed, 135);
}

/// Returns all that may be written about a header.
fn closed_form(head: &RequestHead<'_>, length: usize) -> String {
    let kind = head.scheme_kind().as_str();
    assert!(["token", "bearer", "basic"].contains(&kind));
    format!("DEBUG tokenctl::auth message=malformed credentials scheme={kind:?} length={length}")
}

thread_local! {
    /// What this thread traces, while it is of interest.
    static LINES: RefCell<Option<Vec<String>>> = const { RefCell::new(None) };
}

/// Does `work`, and returns what it traces at any level.
///
/// The subscriber is that of the whole process: of one that is set for a thread alone, tracing forgets what another
/// thread has reached first.
fn traced<T>(work: impl FnOnce() -> T) -> (T, Vec<String>) {
    static SUBSCRIBED: Once = Once::new();
    SUBSCRIBED.call_once(|| tracing::subscriber::set_global_default(Lines).unwrap());
    LINES.set(Some(Vec::new()));
    let done = work();
    (done, LINES.take().unwrap())
}

/// A subscriber that keeps what the threads trace that want it.
struct Lines;

impl Lines {
    fn keep(start: String, record: impl FnOnce(&mut Line)) {
        let mut line = Line(start);
        record(&mut line);
        LINES.with_borrow_mut(|lines| lines.as_mut().map(|lines| lines.push(line.0)));
    }
}

impl Subscriber for Lines {
    fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
        Interest::sometimes()
    }

    fn enabled(&self, _: &Metadata<'_>) -> bool {
        LINES.with_borrow(Option::is_some)
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let metadata = span.metadata();
        Self::keep(
            format!("{} {}", metadata.level(), metadata.target()),
            |line| span.record(line),
        );
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        Self::keep("span".to_owned(), |line| values.record(line));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let metadata = event.metadata();
        Self::keep(
            format!("{} {}", metadata.level(), metadata.target()),
            |line| event.record(line),
        );
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        write!(self.0, " {field}={value:?}").unwrap();
    }
}
