//! Authentication: from a request to a user, or to a refusal.
//!
//! Two ordered lists of backends do the work, as in the ancestor (djblets):
//!
//! | ancestor | here |
//! |---|---|
//! | `WEB_API_AUTH_BACKENDS` | [`AuthenticatorBuilder::web_backend`], in order |
//! | `WebAPITokenAuthBackend` | [`WebTokenBackend`] |
//! | its `get_credentials` | [`WebAuthBackend::credentials`] |
//! | its `login_with_credentials` | [`WebAuthBackend::login`] |
//! | `AUTHENTICATION_BACKENDS` | [`AuthenticatorBuilder::auth_backend`], in order |
//! | `TokenAuthBackendMixin` | [`TokenAuthBackend`] |
//! | its `api_token_model` | the [`Store`] it is made over |
//! | the session key `webapi_token_id` | [`SessionLogin::webapi_token_id`](session::SessionLogin) |
//!
//! A web backend reads credentials from a request; an auth backend says whose they are; one place, here, judges what
//! was found. The clock, the session and the throttle are handed in.

pub mod backend;
mod dead_uses;
pub mod request;
pub mod session;
pub mod throttle;
pub mod trace;
pub mod usage;
pub mod web;

use std::sync::Arc;

use jiff::Timestamp;

use self::backend::{AuthBackend, Authentication, Credentials, Identity, TokenAuthBackend};
use self::request::RequestHead;
use self::session::{Session, SessionLogin};
use self::throttle::LoginThrottle;
use self::trace::{Trace, TraceCheck};
use self::web::{WebAuthBackend, WebBasicBackend, WebBearerBackend, WebTokenBackend};
use crate::format::TokenFormats;
use crate::outcome::{Answer, Login, Outcome, OutcomeCode, Refusal};
use crate::policy::{Access, Decision, Policy};
use crate::store::{Store, StoreError};
use crate::token::Token;

/// What a web API guards unless another name is set: the ancestor's realm.
pub const DEFAULT_REALM: &str = "Web API";

/// Decides logins. Made once, shared between threads.
#[derive(Debug)]
pub struct Authenticator {
    web_backends: Vec<Box<dyn WebAuthBackend>>,
    auth_backends: Vec<Box<dyn AuthBackend>>,
    throttle: Option<LoginThrottle>,
    realm: String,
}

impl Authenticator {
    /// Makes one over a single store, with the default formats and the schemes `token`, `Bearer` and `Basic`.
    #[must_use]
    pub fn over(store: Arc<dyn Store>) -> Self {
        Self::builder()
            .web_backend(WebTokenBackend)
            .web_backend(WebBearerBackend)
            .web_backend(WebBasicBackend)
            .auth_backend(TokenAuthBackend::new(
                store,
                Arc::new(TokenFormats::default()),
            ))
            .build()
    }

    /// Begins to make one with backends of choice.
    pub fn builder() -> AuthenticatorBuilder {
        AuthenticatorBuilder {
            inner: Self {
                web_backends: Vec::new(),
                auth_backends: Vec::new(),
                throttle: None,
                realm: DEFAULT_REALM.to_owned(),
            },
        }
    }

    /// Decides whether the credentials in `head` are good at `now`, and fills `session` when they are.
    ///
    /// The answer is made anew each time: state, owner, network and policy are read from the store and judged in this
    /// order. A refused login leaves a session that there was as it is, except that of a user who is disabled, which
    /// ends.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when it could not be found out. That is neither yes nor no: a server answers 503.
    pub fn check_login(
        &self,
        head: &RequestHead<'_>,
        session: &mut dyn Session,
        now: Timestamp,
    ) -> Result<Outcome, StoreError> {
        self.check_login_traced(head, session, now, &mut Trace::off())
    }

    /// Does what [`Authenticator::check_login`] does, and keeps in `trace` what was looked at on the way.
    ///
    /// # Errors
    ///
    /// As for [`Authenticator::check_login`].
    pub fn check_login_traced(
        &self,
        head: &RequestHead<'_>,
        session: &mut dyn Session,
        now: Timestamp,
        trace: &mut Trace,
    ) -> Result<Outcome, StoreError> {
        if head.authorization_is_absent() {
            trace.note(TraceCheck::WebBackend, || {
                ("any".into(), "there is no header".into())
            });
            return Ok(refuse(OutcomeCode::NoCredentials));
        }
        // Before the credentials are looked at: a throttled address gets no answer about a good token either.
        if let Some(throttle) = &self.throttle
            && let Err(throttled) = throttle.check(head.address, now)
        {
            trace.note(TraceCheck::Throttle, || {
                ("address".into(), "too many failures".into())
            });
            let retry_after = Some(throttled.retry_after_seconds);
            let refusal = Refusal {
                retry_after,
                ..Refusal::of(OutcomeCode::Throttled)
            };
            return Ok(Outcome::Refused(Box::new(refusal)));
        }
        let outcome = self.login(head, session, now, trace)?;
        if let Some(throttle) = &self.throttle
            && outcome.code().is_counted_as_failure()
        {
            throttle.record_failure(head.address, now);
        }
        Ok(outcome)
    }

    /// Judges the login that `session` remembers anew at `now`; `None` when it remembers none.
    ///
    /// The session says who and which token; whether that is still good is read from the store. A session whose token
    /// or user is no longer good ends.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when it could not be found out. The session is left as it is.
    pub fn resume(
        &self,
        head: &RequestHead<'_>,
        session: &mut dyn Session,
        now: Timestamp,
    ) -> Result<Option<Outcome>, StoreError> {
        let Some(login) = session.login() else {
            return Ok(None);
        };
        let mut found = None;
        for backend in &self.auth_backends {
            if let Authentication::Known(identity) = backend.resume(&login)? {
                found = Some(identity);
                break;
            }
        }
        let outcome = match found {
            // The token says who: a user who was renamed since is still the same.
            Some(identity) => judge(*identity, head, now, &mut Trace::off()),
            None => refuse(OutcomeCode::Unknown),
        };
        if outcome.code().http_status() == 401 {
            session.end();
        }
        Ok(Some(outcome))
    }

    /// Returns the throttle, so that other means of login in the same server count by it too.
    #[must_use]
    pub fn throttle(&self) -> Option<&LoginThrottle> {
        self.throttle.as_ref()
    }

    /// Returns what a server sends for `outcome`.
    #[must_use]
    pub fn answer(&self, outcome: &Outcome) -> Answer {
        let schemes: Vec<&str> = self
            .web_backends
            .iter()
            .map(|backend| backend.scheme())
            .collect();
        Answer::to(outcome, &schemes, &self.realm)
    }

    fn login(
        &self,
        head: &RequestHead<'_>,
        session: &mut dyn Session,
        now: Timestamp,
        trace: &mut Trace,
    ) -> Result<Outcome, StoreError> {
        for web_backend in &self.web_backends {
            let mut found = |finding: &str| {
                trace.note(TraceCheck::WebBackend, || {
                    (web_backend.scheme().to_owned(), finding.to_owned())
                });
            };
            match web_backend.credentials(head) {
                Ok(Some(credentials)) => {
                    found("the header is of this scheme");
                    return self.authenticate(
                        &credentials,
                        &**web_backend,
                        head,
                        session,
                        now,
                        trace,
                    );
                }
                Ok(None) => found("the header is not of this scheme"),
                Err(_) => {
                    found("the header is of this scheme and cannot be parsed, or is there twice");
                    log_malformed(head);
                    return Ok(refuse(OutcomeCode::Malformed));
                }
            }
        }
        Ok(refuse(OutcomeCode::NoCredentials))
    }

    /// Asks each auth backend whose the credentials are; the first that knows them answers.
    fn authenticate(
        &self,
        credentials: &Credentials,
        web_backend: &dyn WebAuthBackend,
        head: &RequestHead<'_>,
        session: &mut dyn Session,
        now: Timestamp,
        trace: &mut Trace,
    ) -> Result<Outcome, StoreError> {
        let mut best = OutcomeCode::Unknown;
        for backend in &self.auth_backends {
            trace.note(TraceCheck::Format, || {
                (backend.id().to_owned(), backend.describe(credentials))
            });
            let authentication = backend.authenticate(credentials, now)?;
            trace.note(TraceCheck::AuthBackend, || {
                let finding = match &authentication {
                    Authentication::Unknown => "these credentials are not known here".to_owned(),
                    Authentication::Malformed => {
                        "refused by its format, without looking it up".to_owned()
                    }
                    Authentication::Known(identity) => match &identity.token {
                        Some(token) => format!("token {} of {}", token.id, identity.user),
                        None => format!("user {}", identity.user),
                    },
                };
                (backend.id().to_owned(), finding)
            });
            match authentication {
                Authentication::Known(identity) => {
                    let login = session
                        .is_kept()
                        .then(|| SessionLogin::of(&identity, backend.id()));
                    let outcome = judge(*identity, head, now, trace);
                    match (outcome.code(), login) {
                        (OutcomeCode::Accepted, Some(login)) => web_backend.login(login, session),
                        (OutcomeCode::UserDisabled, _) => session.end(),
                        _ => {}
                    }
                    return Ok(outcome);
                }
                Authentication::Malformed => best = OutcomeCode::Malformed,
                Authentication::Unknown => {}
            }
        }
        Ok(refuse(best))
    }
}

/// Makes an [`Authenticator`].
#[derive(Debug)]
#[must_use]
pub struct AuthenticatorBuilder {
    inner: Authenticator,
}

impl AuthenticatorBuilder {
    /// Appends a reader of credentials; they are asked in the order in which they were appended.
    pub fn web_backend(mut self, backend: impl WebAuthBackend + 'static) -> Self {
        self.inner.web_backends.push(Box::new(backend));
        self
    }

    /// Appends a judge of credentials; the first that knows them answers.
    pub fn auth_backend(mut self, backend: impl AuthBackend + 'static) -> Self {
        self.inner.auth_backends.push(Box::new(backend));
        self
    }

    /// Refuses addresses with too many failures. Off unless set.
    pub fn throttle(mut self, throttle: LoginThrottle) -> Self {
        self.inner.throttle = Some(throttle);
        self
    }

    /// Names what is guarded, in challenges; [`DEFAULT_REALM`] unless set.
    pub fn realm(mut self, realm: impl Into<String>) -> Self {
        self.inner.realm = realm.into();
        self
    }

    /// Ends the making.
    #[must_use]
    pub fn build(self) -> Authenticator {
        self.inner
    }
}

/// Judges what a backend found: state, owner, network, policy, in this order.
fn judge(identity: Identity, head: &RequestHead<'_>, now: Timestamp, trace: &mut Trace) -> Outcome {
    let Identity {
        user,
        user_disabled_at,
        token,
        deprecated,
    } = identity;
    let refused = |refusal: Refusal, token| {
        Outcome::Refused(Box::new(Refusal {
            user: Some(user.clone()),
            token,
            ..refusal
        }))
    };
    if let Some(held) = &token {
        let state = held.state(now);
        trace.note(TraceCheck::State, || {
            (
                held.id.to_string(),
                told_since(state.as_str(), state.since()),
            )
        });
        if let Some(refusal) = Refusal::by_state(state) {
            return refused(refusal, token);
        }
    }
    trace.note(TraceCheck::User, || {
        let state = if user_disabled_at.is_some() {
            "disabled"
        } else {
            "active"
        };
        (user.to_string(), told_since(state, user_disabled_at))
    });
    if user_disabled_at.is_some() {
        let refusal = Refusal {
            since: user_disabled_at,
            ..Refusal::of(OutcomeCode::UserDisabled)
        };
        return refused(refusal, token);
    }
    let mut policy = None;
    if let Some(held) = &token {
        if !is_allowed_here(held, head, trace) {
            return refused(Refusal::of(OutcomeCode::DeniedByNetwork), token);
        }
        // Read also when nothing is asked of it: a damaged policy denies, whatever the request.
        match held.policy.read() {
            Ok(read) => policy = Some(read),
            Err(error) => {
                trace.note(TraceCheck::Policy, || {
                    ("document".into(), format!("damaged: {error}"))
                });
                return refused(Refusal::of(OutcomeCode::PolicyUnreadable), token);
            }
        }
    }
    // Of a login without a token too: a path that is closed is closed to everybody.
    let names_resources = policy.as_ref().is_some_and(Policy::names_resources);
    let closed = if head.is_off_catalogue {
        Some("of no resource, and the catalogue is closed")
    } else if head.is_without_catalogue && names_resources {
        Some("not mapped to the resources that the policy names, as there is no catalogue")
    } else {
        None
    };
    if let Some(finding) = closed {
        trace.note(TraceCheck::Policy, || ("path".into(), finding.into()));
        return refused(Refusal::of(OutcomeCode::DeniedByRule), token);
    }
    let decision = policy.and_then(|policy| decide(&policy, head, trace));
    if decision.as_ref().is_some_and(|decision| !decision.allowed) {
        let refusal = Refusal {
            decision,
            ..Refusal::of(OutcomeCode::DeniedByRule)
        };
        return refused(refusal, token);
    }
    Outcome::Accepted(Box::new(Login {
        user,
        token,
        deprecated,
        decision,
    }))
}

/// Returns whether `held` may be used from the address of the request; one that is not known is none of its networks.
fn is_allowed_here(held: &Token, head: &RequestHead<'_>, trace: &mut Trace) -> bool {
    let is_allowed = held
        .networks
        .as_ref()
        .is_none_or(|networks| head.address.is_some_and(|address| networks.allows(address)));
    trace.note(TraceCheck::Network, || {
        let address = head
            .address
            .map_or("no address".to_owned(), |address| address.to_string());
        let finding = match &held.networks {
            None => "may be used from anywhere".to_owned(),
            Some(networks) if is_allowed => format!("is one of {networks}"),
            Some(networks) => format!("is none of {networks}"),
        };
        (address, finding)
    });
    is_allowed
}

/// Asks `policy` about the request; `None` when nothing but the login is asked about.
fn decide(policy: &Policy, head: &RequestHead<'_>, trace: &mut Trace) -> Option<Decision> {
    let Some(method) = head.method else {
        trace.note(TraceCheck::Policy, || {
            (
                "document".into(),
                "can be read; no request is asked about".into(),
            )
        });
        return None;
    };
    let access = Access {
        method,
        resource: head.resource,
        id: head.resource_id,
    };
    trace_policy(policy, &access, trace);
    Some(policy.decide(&access))
}

/// Keeps each level of the policy that is consulted, and what decides.
fn trace_policy(policy: &Policy, access: &Access<'_>, trace: &mut Trace) {
    if !trace.is_on() {
        return;
    }
    for consulted in policy.explain(access) {
        trace.note(TraceCheck::Policy, || {
            ("rules".into(), consulted.to_string())
        });
    }
}

fn told_since(state: &str, since: Option<Timestamp>) -> String {
    match since {
        Some(since) => format!("{state} since {since}"),
        None => state.to_owned(),
    }
}

fn refuse(code: OutcomeCode) -> Outcome {
    Outcome::Refused(Box::new(Refusal::of(code)))
}

/// Says that a header could not be parsed, and nothing of it but the kind of its scheme and its length: a scheme may
/// be the secret.
fn log_malformed(head: &RequestHead<'_>) {
    tracing::debug!(
        scheme = head.scheme_kind().as_str(),
        length = head.authorization_length(),
        "malformed credentials"
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Mapped;
    use crate::token::tests::{at, sample};
    use crate::user::UserName;

    fn code(token: Option<Box<Token>>, mapped: &Mapped<'_>) -> OutcomeCode {
        let user = UserName::parse("alice").unwrap();
        let identity = Identity {
            token,
            ..Identity::of_user(user, None)
        };
        let head = RequestHead::new().mapped(mapped);
        judge(identity, &head, at(1), &mut Trace::off()).code()
    }

    #[test]
    fn closed_path_is_closed_to_every_kind_of_login() {
        for token in [None, Some(Box::new(sample()))] {
            assert_eq!(
                code(token.clone(), &Mapped::Denied),
                OutcomeCode::DeniedByRule
            );
            assert_eq!(code(token, &Mapped::Unmapped), OutcomeCode::Accepted);
        }
    }
}
