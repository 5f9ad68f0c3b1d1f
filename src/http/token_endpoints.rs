//! Introspection (RFC 7662) and revocation (RFC 7009) for callers that show a token of their own.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

use http::header::{CONTENT_TYPE, HeaderValue};
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::gate::{Unjudged, head_of};
use super::reply::Reply;
use crate::auth::Authenticator;
use crate::auth::backend::TokenAuthBackend;
use crate::auth::request::RequestHead;
use crate::auth::session::NoSession;
use crate::auth::usage::UsageLog;
use crate::auth::web::WebBearerBackend;
use crate::authority::{Authority, IdentifyError};
use crate::change::{Actor, Mode, Target};
use crate::clock::Clock;
use crate::outcome::{Login, Outcome};
use crate::secret::Secret;
use crate::store::{ChangeError, StoreError};
use crate::text::FreeText;
use crate::token::Token;
use crate::token_id::TokenId;

/// The whole answer about a token that is not good, whatever the reason (RFC 7662, section 2.2).
const INACTIVE: &str = r#"{"active": false}"#;

/// What both endpoints need.
pub(super) struct TokenEndpoints {
    authority: Arc<Authority>,
    /// Judges the callers.
    authenticator: Arc<Authenticator>,
    /// Judges the token in a body, just as if it came in a header.
    bearer: Authenticator,
    clock: Arc<dyn Clock>,
    /// Where uses are noted: those by callers, and those that they ask about.
    pub(super) usage: Option<Arc<UsageLog>>,
    /// Who revokes, for the events.
    pub(super) actor: Actor,
    /// The tokens that may introspect; without any there is no such endpoint.
    pub(super) introspectors: BTreeSet<TokenId>,
    /// The tokens that may revoke others; any may revoke itself.
    pub(super) revokers: BTreeSet<TokenId>,
}

/// An answer, and what is to be written down of it.
pub(super) struct Told {
    pub(super) reply: Reply,
    pub(super) code: &'static str,
    pub(super) caller: Option<Box<Token>>,
}

impl Told {
    pub(super) fn new(reply: Reply, code: &'static str) -> Self {
        Self {
            reply,
            code,
            caller: None,
        }
    }

    fn unavailable() -> Self {
        Self::new(
            Reply::of(&Unjudged::Unavailable),
            super::metrics::UNAVAILABLE,
        )
    }

    fn by(self, caller: Box<Token>) -> Self {
        Self {
            caller: Some(caller),
            ..self
        }
    }
}

impl TokenEndpoints {
    pub(super) fn new(
        authority: Arc<Authority>,
        authenticator: Arc<Authenticator>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let backend = TokenAuthBackend::new(
            Arc::clone(authority.store()),
            Arc::clone(authority.formats()),
        );
        Self {
            authority,
            authenticator,
            bearer: Authenticator::builder()
                .web_backend(WebBearerBackend)
                .auth_backend(backend)
                .build(),
            clock,
            usage: None,
            actor: Actor::named("server"),
            introspectors: BTreeSet::new(),
            revokers: BTreeSet::new(),
        }
    }

    /// Returns the authority whose store is asked.
    pub(super) fn authority(&self) -> &Authority {
        &self.authority
    }

    /// Says whether the token in `body` is good.
    pub(super) fn introspect(
        &self,
        headers: &HeaderMap,
        client: Option<IpAddr>,
        body: &[u8],
    ) -> Told {
        if self.introspectors.is_empty() {
            return Told::new(Reply::not_found(), "off");
        }
        let caller = match self.caller(headers, client) {
            Ok(caller) => caller,
            Err(told) => return *told,
        };
        if !self.introspectors.contains(&caller.id) {
            return Told::new(Reply::caller_refused(), "caller_refused").by(caller);
        }
        let told = match read_token(headers, body) {
            Ok(secret) => self.describe(&secret),
            Err(fault) => Told::new(Reply::bad_form(fault), "bad_request"),
        };
        told.by(caller)
    }

    /// Revokes the token in `body`. It writes, so it belongs on a thread that may wait.
    pub(super) fn revoke(&self, headers: &HeaderMap, client: Option<IpAddr>, body: &[u8]) -> Told {
        let caller = match self.caller(headers, client) {
            Ok(caller) => caller,
            // To strangers it is not there. Who could not be judged is told so: the token may be to be revoked.
            Err(told)
                if self.revokers.is_empty() && told.reply.status == StatusCode::UNAUTHORIZED =>
            {
                return Told::new(Reply::not_found(), "off");
            }
            Err(told) => return *told,
        };
        let secret = match read_token(headers, body) {
            Ok(secret) => secret,
            Err(fault) => return Told::new(Reply::bad_form(fault), "bad_request").by(caller),
        };
        let found = match self.authority.identify(&Secret::new(secret.to_string())) {
            Ok(found) => Some(found.id),
            Err(IdentifyError::Unknown | IdentifyError::Malformed) => None,
            Err(IdentifyError::Store(error)) => {
                tracing::error!(%error, "a token could not be revoked");
                return Told::unavailable().by(caller);
            }
        };
        let told = if found != Some(caller.id) && !self.revokers.contains(&caller.id) {
            if self.revokers.is_empty() {
                Told::new(Reply::not_found(), "off")
            } else {
                Told::new(Reply::caller_refused(), "caller_refused")
            }
        } else {
            // RFC 7009, section 2.2: what was never good is not good afterwards either.
            found.map_or_else(done, |id| self.revoke_by_id(id, &caller))
        };
        told.by(caller)
    }

    fn revoke_by_id(&self, id: TokenId, caller: &Token) -> Told {
        let reason = FreeText::parse(format!("revoked over HTTP by token {}", caller.id))
            .unwrap_or_default();
        let revoked = self.authority.revoke(
            Target::Ids(vec![id]),
            reason,
            &self.actor,
            self.clock.now(),
            Mode::Commit,
        );
        match revoked {
            Ok(_) | Err(ChangeError::NoSuchToken { .. }) => done(),
            Err(error) => {
                tracing::error!(%error, "a token could not be revoked");
                Told::unavailable()
            }
        }
    }

    /// Returns the token that the caller shows, if it is good. Its policy speaks of the service, not of these endpoints,
    /// and is not asked.
    fn caller(&self, headers: &HeaderMap, client: Option<IpAddr>) -> Result<Box<Token>, Box<Told>> {
        let head = head_of(headers, client);
        let outcome = self.judge(&self.authenticator, &head).map_err(|error| {
            tracing::error!(%error, "a caller could not be authenticated");
            Box::new(Told::unavailable())
        })?;
        let answer = self.authenticator.answer(&outcome);
        let code = outcome.code().as_str();
        match outcome {
            Outcome::Refused(refusal) => {
                Err(Box::new(Told::new(Reply::refusal(&refusal, &answer), code)))
            }
            Outcome::Accepted(login) => match login.token {
                Some(token) => Ok(token),
                None => Err(Box::new(Told::new(
                    Reply::caller_refused(),
                    "caller_refused",
                ))),
            },
        }
    }

    /// Judges a login, and notes the use that it is: of a token that was rotated out, too.
    fn judge(&self, by: &Authenticator, head: &RequestHead<'_>) -> Result<Outcome, StoreError> {
        let now = self.clock.now();
        let outcome = by.check_login(head, &mut NoSession, now)?;
        if let Some(usage) = &self.usage {
            usage.note(&outcome, now);
        }
        Ok(outcome)
    }

    fn describe(&self, secret: &str) -> Told {
        let header = Zeroizing::new(format!("Bearer {secret}"));
        let head = RequestHead::new().authorization(header.as_bytes());
        match self.judge(&self.bearer, &head) {
            Ok(Outcome::Accepted(login)) => active(&login),
            Ok(Outcome::Refused(_)) => inactive(),
            Err(error) => {
                tracing::error!(%error, "a token could not be introspected");
                Told::unavailable()
            }
        }
    }
}

/// What is told of a good token (RFC 7662, section 2.2). Times are seconds since the epoch.
#[derive(Serialize)]
struct Active<'a> {
    active: bool,
    username: &'a str,
    sub: &'a str,
    token_type: &'static str,
    jti: &'a str,
    iat: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<i64>,
    /// An extension: what the token may do. Who asks has to enforce it.
    policy: &'a RawValue,
}

fn active(login: &Login) -> Told {
    let Some(token) = &login.token else {
        return inactive();
    };
    let Ok(policy) = serde_json::from_str(token.policy.as_str()) else {
        // One that was just read and judged is JSON.
        return Told::unavailable();
    };
    let body = Active {
        active: true,
        username: login.user.as_str(),
        sub: login.user.as_str(),
        token_type: "Bearer",
        jti: token.id.as_str(),
        iat: token.created_at.as_second(),
        exp: token.expires_at.map(Timestamp::as_second),
        policy,
    };
    Told::new(ok(&body), "accepted")
}

/// Says that a token is not good, in the very bytes of RFC 7662, section 2.2.
fn inactive() -> Told {
    let mut reply = ok(&());
    reply.body = INACTIVE.to_owned();
    Told::new(reply, "accepted")
}

fn done() -> Told {
    Told::new(ok(&serde_json::Map::new()), "accepted")
}

fn ok(body: &impl Serialize) -> Reply {
    Reply::json(StatusCode::OK, body)
}

/// Reads the one `token` of a form (RFC 7009, section 2.1; RFC 7662, section 2.1). Other fields do not matter.
fn read_token(headers: &HeaderMap, body: &[u8]) -> Result<Zeroizing<String>, &'static str> {
    let kind = headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    let kind = kind.and_then(|kind| kind.split(|byte| *byte == b';').next());
    let is_form = kind.is_some_and(|kind| {
        kind.trim_ascii()
            .eq_ignore_ascii_case(b"application/x-www-form-urlencoded")
    });
    if !is_form {
        return Err("a form of type application/x-www-form-urlencoded is expected");
    }
    let mut tokens = form_urlencoded::parse(body)
        .filter(|(name, _)| name == "token")
        .map(|(_, value)| Zeroizing::new(Cow::into_owned(value)));
    match (tokens.next(), tokens.next()) {
        (Some(token), None) if !token.is_empty() => Ok(token),
        (Some(_), Some(_)) => Err("`token` is there more than once"),
        _ => Err("`token` is missing"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token_of(kind: Option<&'static str>, body: &str) -> Result<String, &'static str> {
        let mut headers = HeaderMap::new();
        if let Some(kind) = kind {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        }
        read_token(&headers, body.as_bytes()).map(|token| token.to_string())
    }

    #[test]
    fn form_has_one_token() {
        let form = Some("application/x-www-form-urlencoded");
        let with_charset = Some("Application/X-WWW-Form-Urlencoded; charset=UTF-8");
        assert_eq!(token_of(form, "token=a%7Cb+c").unwrap(), "a|b c");
        assert_eq!(
            token_of(with_charset, "token_type_hint=x&token=t").unwrap(),
            "t"
        );
        for body in ["", "token", "token=", "Token=t", "other=t"] {
            assert_eq!(token_of(form, body), Err("`token` is missing"), "{body}");
        }
        for body in ["token=t&token=t", "token=&token=t", "token=t&t%6Fken=u"] {
            assert_eq!(
                token_of(form, body),
                Err("`token` is there more than once"),
                "{body}"
            );
        }
        for kind in [None, Some("application/json"), Some("text/plain")] {
            assert!(token_of(kind, "token=t").is_err(), "{kind:?}");
        }
    }
}
