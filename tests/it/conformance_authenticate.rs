//! The ancestor's logins, case by case.
//!
//! Its signals are not compared, as there are none here, nor the challenges that its HTTP layer adds by itself.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;
use tokenctl::auth::backend::{
    AuthBackend, Authentication, Credentials, Identity, TokenAuthBackend,
};
use tokenctl::auth::request::RequestHead;
use tokenctl::auth::session::{MemorySession, Session as _, SessionLogin};
use tokenctl::auth::throttle::{LoginThrottle, RateLimit};
use tokenctl::auth::usage::{DEFAULT_RESOLUTION, UsageLog};
use tokenctl::auth::web::{WebBasicBackend, WebTokenBackend};
use tokenctl::auth::{Authenticator, AuthenticatorBuilder};
use tokenctl::change::Change;
use tokenctl::format::{TokenFormats, TokenctlV1};
use tokenctl::outcome::{DEPRECATED_HEADER, Outcome, OutcomeCode};
use tokenctl::secret::Secret;
use tokenctl::store::StoreError;
use tokenctl::token_id::TokenId;

use crate::fixture::{LONG_AGO, Scratch, at, id_of, issue, name, new_token, number_of, revoke};
use crate::vectors::{Aspect, Case, Comparison, Vectors};

/// Stands for the date of a token that the ancestor holds for invalid without one; here each has a date.
const UNDATED: i64 = 1;

#[test]
fn logins_are_equal_or_listed() {
    let vectors = Vectors::read("authenticate.json");
    let users = &vectors.beside["users"];
    Comparison::run(&vectors, |case| aspects(case, users)).finish(1_033, 236);
}

fn aspects(case: &Case, users: &Value) -> Vec<Aspect> {
    let tables = Tables::of(case, users);
    let Some(builder) = with_throttle(case) else {
        return vec![Aspect::new(
            "result",
            "no such rate limit",
            their_result(case),
        )];
    };
    let authenticator = with_backends(builder, case, &tables, users);
    let header = case.string("authorization");
    let head = header.map_or(RequestHead::new(), |header| {
        RequestHead::new().authorization(header.as_bytes())
    });
    let now = time(case.field("now")).unwrap();
    let mut session = tables.session_before(case, users);
    let before = tables.tokens();
    let outcome = authenticator.check_login(&head, &mut session, now).unwrap();
    tables.record_use(&outcome, now);
    let compared = vec![
        Aspect::new(
            "result",
            result(&authenticator, &outcome),
            their_result(case),
        ),
        Aspect::new("told", told(&outcome), their_told(case)),
        Aspect::new(
            "headers",
            headers(&authenticator, &outcome),
            their_headers(case),
        ),
        Aspect::new(
            "failures",
            failures(&authenticator, now),
            case.at("/expect/failures_counted").to_string(),
        ),
        Aspect::new("session", shown_session(&session), their_session(case)),
        Aspect::new(
            "request token",
            request_token(&outcome),
            case.at("/expect/request_token").to_string(),
        ),
        Aspect::new("tokens", tables.shown(&before), their_tokens(case)),
    ];
    if matches!(outcome, Outcome::Accepted(_)) {
        check_resume(&authenticator, &outcome, &tables, &mut session, now);
    }
    compared
}

/// A session is judged anew at each request: behaviour.md 8.3, where the ancestor's lives on.
fn check_resume(
    authenticator: &Authenticator,
    outcome: &Outcome,
    tables: &Tables,
    session: &mut MemorySession,
    now: Timestamp,
) {
    let mut resume = || {
        let resumed = authenticator.resume(&RequestHead::new(), session, now);
        (resumed.unwrap().unwrap(), session.login())
    };
    let (again, login) = resume();
    assert_eq!(again.code(), OutcomeCode::Accepted);
    assert_eq!(again.user(), outcome.user());
    assert_eq!(
        again.token().map(|token| token.id),
        outcome.token().map(|token| token.id)
    );
    assert!(login.is_some());
    let Some(token) = outcome.token() else { return };
    let number = number_of(&token.id);
    tables.of_token[&number].apply(&[revoke(number, "")], now);
    let (refused, login) = resume();
    assert_eq!((refused.code(), login), (OutcomeCode::Revoked, None));
}

/// The stores that stand for the ancestor's two tables of tokens.
struct Tables {
    by_name: BTreeMap<String, Arc<Scratch>>,
    of_token: BTreeMap<u64, Arc<Scratch>>,
}

impl Tables {
    fn of(case: &Case, users: &Value) -> Self {
        let mut tables = Self {
            by_name: BTreeMap::new(),
            of_token: BTreeMap::new(),
        };
        tables.add("token", users);
        for row in case.list("tokens") {
            let table = tables.add(row["table"].as_str().unwrap(), users);
            store_row(&table, row, users);
            tables.of_token.insert(row["id"].as_u64().unwrap(), table);
        }
        tables
    }

    fn add(&mut self, table: &str, users: &Value) -> Arc<Scratch> {
        let made = self.by_name.entry(table.to_owned()).or_insert_with(|| {
            let scratch = Scratch::new();
            let names = |is_chosen: fn(&Value) -> bool| {
                let users = users.as_array().unwrap().iter();
                users
                    .filter(move |user| is_chosen(user))
                    .map(|user| name(user["username"].as_str().unwrap()))
            };
            let add = names(|_| true).map(|name| Change::AddUser { name });
            let disable =
                names(|user| user["active"] == false).map(|name| Change::DisableUser { name });
            scratch.apply(&add.chain(disable).collect::<Vec<_>>(), LONG_AGO);
            Arc::new(scratch)
        });
        Arc::clone(made)
    }

    fn session_before(&self, case: &Case, users: &Value) -> MemorySession {
        let mut session = MemorySession::default();
        if let Some(user) = case.field("session_user").as_u64() {
            let mut identity = Identity::of_user(name(name_of(users, user)), None);
            if let Some(number) = case.field("session_token").as_u64() {
                identity.token = Some(Box::new(self.of_token[&number].token(number)));
            }
            session.start(SessionLogin::of(&identity, "token"));
        }
        session
    }

    /// Records a use as a server does: noted at once, written afterwards.
    fn record_use(&self, outcome: &Outcome, now: Timestamp) {
        for scratch in self.by_name.values() {
            let log = UsageLog::new(Arc::clone(&scratch.store), DEFAULT_RESOLUTION);
            log.note(outcome, now);
            log.flush().unwrap();
        }
    }

    fn tokens(&self) -> Vec<tokenctl::token::Token> {
        let tokens = self.of_token.iter();
        tokens
            .map(|(number, scratch)| scratch.token(*number))
            .collect()
    }

    /// Returns what has become of the tokens that were `before`.
    fn shown(&self, before: &[tokenctl::token::Token]) -> String {
        let pairs = self.tokens().into_iter().zip(before);
        let lines = pairs.map(|(token, before)| {
            shown_token(
                number_of(&token.id),
                token.last_used_at,
                token.updated_at != before.updated_at || token.revision != before.revision,
                token.revoked_at.is_none(),
            )
        });
        lines.collect()
    }
}

/// Stores a row of the ancestor's table. A date and reason of one that is still valid have no place here.
fn store_row(scratch: &Scratch, row: &Value, users: &Value) {
    let number = row["id"].as_u64().unwrap();
    let mut token = new_token(name_of(users, row["user"].as_u64().unwrap()));
    token.expires_at = time(&row["expires"]);
    let [secret, generator, reason] =
        ["token", "generator", "invalid_reason"].map(|field| row[field].as_str().unwrap());
    scratch.apply(&[issue(number, secret, generator, token)], LONG_AGO);
    if row["valid"] == false {
        let since = time(&row["invalid_date"]).unwrap_or(at(UNDATED));
        scratch.apply(&[revoke(number, reason)], since);
    }
    if let Some(used) = time(&row["last_used"]) {
        scratch.store.touch(&[(id_of(number), used)]).unwrap();
    }
}

/// Begins an authenticator with the throttle of a case; `None` when its limit is none.
fn with_throttle(case: &Case) -> Option<AuthenticatorBuilder> {
    let builder = Authenticator::builder();
    match case.at("/settings/login_limit_rate").as_str() {
        None => Some(builder),
        Some(limit) => {
            let limit = RateLimit::parse(limit).ok()?;
            Some(builder.throttle(LoginThrottle::new(limit)))
        }
    }
}

fn with_backends(
    mut builder: AuthenticatorBuilder,
    case: &Case,
    tables: &Tables,
    users: &Value,
) -> Authenticator {
    let enabled = strings(case.at("/settings/web_api_auth_backends")).unwrap();
    let web_backends = match case.string("via").unwrap() {
        "check_login" => enabled.iter().map(String::as_str).collect(),
        "token.authenticate" => vec!["token"],
        "basic.authenticate" => vec!["basic"],
        other => panic!("a way to log in that nobody knows: {other}"),
    };
    for backend in web_backends {
        builder = match backend {
            "token" => builder.web_backend(WebTokenBackend),
            _ => builder.web_backend(WebBasicBackend),
        };
    }
    let deprecated = strings(case.at("/settings/deprecated_generators"))
        .map_or_else(TokenFormats::deprecated_by_default, BTreeSet::from_iter);
    let built_in = TokenFormats::built_in(Vec::new(), Vec::new());
    let formats = Arc::new(TokenFormats::new(built_in, TokenctlV1::ID, deprecated).unwrap());
    for backend in strings(case.at("/settings/auth_backends")).unwrap() {
        let token_backend = |table: &str| {
            let store = Arc::clone(&tables.by_name[table].store);
            TokenAuthBackend::with_id(backend.clone(), store, Arc::clone(&formats))
        };
        builder = match backend.as_str() {
            "password" => builder.auth_backend(PasswordBackend(users.clone())),
            "token" => builder.auth_backend(token_backend("token")),
            _ => builder.auth_backend(token_backend("other")),
        };
    }
    builder.build()
}

/// Knows the users of the vectors by their passwords: a backend that is not of this crate.
#[derive(Debug)]
struct PasswordBackend(Value);

impl PasswordBackend {
    fn identity(&self, is_they: impl Fn(&Value) -> bool) -> Authentication {
        let found = self.0.as_array().unwrap().iter().find(|user| is_they(user));
        found.map_or(Authentication::Unknown, |user| {
            let disabled_at = (user["active"] == false).then_some(LONG_AGO);
            let identity = Identity::of_user(name(user["username"].as_str().unwrap()), disabled_at);
            Authentication::Known(Box::new(identity))
        })
    }
}

impl AuthBackend for PasswordBackend {
    fn id(&self) -> &'static str {
        "password"
    }

    fn authenticate(
        &self,
        credentials: &Credentials,
        _: Timestamp,
    ) -> Result<Authentication, StoreError> {
        let Some(name) = credentials.user.as_ref().map(Secret::expose_secret) else {
            return Ok(Authentication::Unknown);
        };
        let password = credentials.secret.expose_secret();
        Ok(self.identity(|user| user["username"] == name && user["password"] == password))
    }

    fn resume(&self, login: &SessionLogin) -> Result<Authentication, StoreError> {
        if login.backend != self.id() {
            return Ok(Authentication::Unknown);
        }
        Ok(self.identity(|user| user["username"] == login.user.as_str()))
    }
}

fn result(authenticator: &Authenticator, outcome: &Outcome) -> String {
    match authenticator.answer(outcome).message {
        None => "accepted".to_owned(),
        Some(_) if outcome.code() == OutcomeCode::NoCredentials => "anonymous".to_owned(),
        Some(message) => format!("refused: {message}"),
    }
}

fn their_result(case: &Case) -> String {
    let result = case.at("/expect/result");
    match result["success"].as_bool() {
        _ if case.at("/expect/crash").is_string() => "crash".to_owned(),
        None => "anonymous".to_owned(),
        Some(true) => "accepted".to_owned(),
        // What the HTTP layer says where there is no message: behaviour.md 4.
        Some(false) => format!(
            "refused: {}",
            result["message"]
                .as_str()
                .unwrap_or("The username or password was not correct")
        ),
    }
}

/// Returns what the operator is told of a dead token, in the ancestor's words: the same instant and reason?
fn told(outcome: &Outcome) -> String {
    let Outcome::Refused(refusal) = outcome else {
        return String::new();
    };
    let Some(date) = refusal.since.map(django_date) else {
        return String::new();
    };
    let reason = refusal
        .token
        .as_ref()
        .map_or("", |token| token.revoked_reason.as_str());
    match (refusal.code, reason) {
        (OutcomeCode::Revoked, "") => format!("This API token became invalid on {date}."),
        (OutcomeCode::Revoked, reason) => {
            format!("This API token became invalid on {date}: {reason}")
        }
        (OutcomeCode::Expired, _) => format!("This API token expired on {date}."),
        _ => String::new(),
    }
}

fn their_told(case: &Case) -> String {
    let message = case
        .at("/expect/result/message")
        .as_str()
        .unwrap_or_default();
    let is_of_a_token = message.starts_with("This API token");
    String::from(if is_of_a_token { message } else { "" })
}

/// Writes a time as Django's `N j, Y, P` does.
fn django_date(time: Timestamp) -> String {
    const MONTHS: [&str; 12] = [
        "Jan.", "Feb.", "March", "April", "May", "June", "July", "Aug.", "Sept.", "Oct.", "Nov.",
        "Dec.",
    ];
    if time == at(UNDATED) {
        return "None".to_owned();
    }
    let time = time.to_zoned(TimeZone::UTC);
    let month = MONTHS[usize::try_from(time.month()).unwrap() - 1];
    let half = if time.hour() < 12 { "a.m." } else { "p.m." };
    let hour = (time.hour() + 11) % 12 + 1;
    let clock = match (time.hour(), time.minute()) {
        (0, 0) => "midnight".to_owned(),
        (12, 0) => "noon".to_owned(),
        (_, 0) => format!("{hour} {half}"),
        (_, minute) => format!("{hour}:{minute:02} {half}"),
    };
    format!("{month} {}, {}, {clock}", time.day(), time.year())
}

/// Returns the headers that the ancestor's backends set themselves: about a deprecated and about a dead token.
fn headers(authenticator: &Authenticator, outcome: &Outcome) -> String {
    let is_dead = matches!(outcome.code(), OutcomeCode::Revoked | OutcomeCode::Expired);
    let headers = authenticator.answer(outcome).headers.into_iter();
    let lines = headers
        .filter(|(name, _)| *name == DEPRECATED_HEADER || is_dead)
        .map(|(name, value)| format!("{name}: {value}\n"));
    lines.collect()
}

fn their_headers(case: &Case) -> String {
    let headers = case
        .at("/expect/result/headers")
        .as_object()
        .into_iter()
        .flatten();
    let lines = headers.map(|(name, value)| format!("{name}: {}\n", value.as_str().unwrap()));
    lines.collect()
}

fn failures(authenticator: &Authenticator, now: Timestamp) -> String {
    let counted = authenticator
        .throttle()
        .map_or(0, |throttle| throttle.failures(None, now));
    counted.to_string()
}

fn shown_session(session: &MemorySession) -> String {
    let Some(login) = session.login() else {
        return "none".to_owned();
    };
    let token = login
        .webapi_token_id
        .map(|id| number_of(&TokenId::parse(&id).unwrap()));
    format!("{}, token {}", login.user, Value::from(token))
}

fn their_session(case: &Case) -> String {
    let token = case.at("/expect/webapi_token_id");
    let has_key = case
        .at("/expect/session_keys")
        .as_array()
        .unwrap()
        .contains(&"webapi_token_id".into());
    assert_eq!(has_key, token.is_u64(), "{}", case.id());
    match case.at("/expect/user").as_str() {
        None => "none".to_owned(),
        Some(user) => format!("{user}, token {token}"),
    }
}

fn request_token(outcome: &Outcome) -> String {
    let token = match outcome {
        Outcome::Accepted(login) => login.token.as_deref(),
        Outcome::Refused(_) => None,
    };
    Value::from(token.map(|token| number_of(&token.id))).to_string()
}

fn their_tokens(case: &Case) -> String {
    let tokens = case.at("/expect/tokens_after").as_array().unwrap().iter();
    let lines = tokens.map(|token| {
        shown_token(
            token["id"].as_u64().unwrap(),
            time(&token["last_used"]),
            token["last_updated_changed"] == true,
            token["valid"] == true,
        )
    });
    lines.collect()
}

fn shown_token(number: u64, used: Option<Timestamp>, is_updated: bool, is_valid: bool) -> String {
    format!("{number}: used {used:?}, updated {is_updated}, valid {is_valid}\n")
}

fn name_of(users: &Value, id: u64) -> &str {
    let mut users = users.as_array().unwrap().iter();
    users.find(|user| user["id"] == id).unwrap()["username"]
        .as_str()
        .unwrap()
}

fn strings(value: &Value) -> Option<Vec<String>> {
    serde_json::from_value(value.clone()).unwrap()
}

fn time(value: &Value) -> Option<Timestamp> {
    Some(value.as_str()?.parse().unwrap())
}
