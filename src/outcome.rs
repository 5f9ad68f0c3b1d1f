//! Outcomes: the closed list of answers to "is this login good?", for library, command line, HTTP and log alike.

use std::fmt;

use jiff::Timestamp;

use crate::policy::Decision;
use crate::token::{Token, TokenState};
use crate::user::UserName;

/// Every answer there is. "Could not tell" is none of them: that is an `Err`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
// Exhaustive: the list is closed: a match over it should fail to build when it grows.
pub enum OutcomeCode {
    /// The login is good.
    Accepted,
    /// Well formed, not in the store.
    Unknown,
    /// No header, or one of a scheme that no backend takes.
    NoCredentials,
    /// A header that cannot be parsed, or a token that its own format refuses.
    Malformed,
    /// Revoked.
    Revoked,
    /// Suspended.
    Suspended,
    /// Replaced by rotation, its overlap over.
    Rotated,
    /// Past its end.
    Expired,
    /// The policy of the token says no.
    DeniedByRule,
    /// The address is not one the token may be used from.
    DeniedByNetwork,
    /// The stored policy is damaged.
    PolicyUnreadable,
    /// The owner of the token is disabled.
    UserDisabled,
    /// Too many failures from this address.
    Throttled,
}

impl OutcomeCode {
    /// Every code.
    pub const ALL: [Self; 13] = [
        Self::Accepted,
        Self::Unknown,
        Self::NoCredentials,
        Self::Malformed,
        Self::Revoked,
        Self::Suspended,
        Self::Rotated,
        Self::Expired,
        Self::DeniedByRule,
        Self::DeniedByNetwork,
        Self::PolicyUnreadable,
        Self::UserDisabled,
        Self::Throttled,
    ];

    /// Returns the code as it stands in output, JSON and logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Unknown => "unknown",
            Self::NoCredentials => "no_credentials",
            Self::Malformed => "malformed",
            Self::Revoked => "revoked",
            Self::Suspended => "suspended",
            Self::Rotated => "rotated",
            Self::Expired => "expired",
            Self::DeniedByRule => "denied_by_rule",
            Self::DeniedByNetwork => "denied_by_network",
            Self::PolicyUnreadable => "policy_unreadable",
            Self::UserDisabled => "user_disabled",
            Self::Throttled => "throttled",
        }
    }

    /// Returns the exit code of a command that ends with this answer.
    #[must_use]
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Accepted => 0,
            Self::Unknown => 10,
            Self::NoCredentials | Self::Malformed => 11,
            Self::Revoked | Self::Suspended | Self::Rotated => 12,
            Self::Expired => 13,
            Self::DeniedByRule | Self::DeniedByNetwork | Self::PolicyUnreadable => 14,
            Self::UserDisabled => 15,
            Self::Throttled => 16,
        }
    }

    /// Returns the HTTP status of this answer.
    #[must_use]
    pub const fn http_status(self) -> u16 {
        match self {
            Self::Accepted => 200,
            Self::DeniedByRule | Self::DeniedByNetwork | Self::PolicyUnreadable => 403,
            Self::Throttled => 429,
            Self::Unknown
            | Self::NoCredentials
            | Self::Malformed
            | Self::Revoked
            | Self::Suspended
            | Self::Rotated
            | Self::Expired
            | Self::UserDisabled => 401,
        }
    }

    /// Returns the `error` of a bearer challenge (RFC 6750, section 3.1), where there is one.
    ///
    /// None when no credentials were sent: the client may not know that it has to.
    #[must_use]
    pub const fn challenge_error(self) -> Option<&'static str> {
        match self.http_status() {
            401 if !matches!(self, Self::NoCredentials) => Some("invalid_token"),
            403 => Some("insufficient_scope"),
            _ => None,
        }
    }

    /// Returns the error that stands in the body of this answer; `None` when the login is good.
    #[must_use]
    pub const fn api_error(self) -> Option<ApiError> {
        match self {
            Self::Accepted => None,
            Self::NoCredentials => Some(ApiError::NOT_LOGGED_IN),
            Self::DeniedByRule | Self::DeniedByNetwork | Self::PolicyUnreadable => {
                Some(ApiError::PERMISSION_DENIED)
            }
            Self::Unknown
            | Self::Malformed
            | Self::Revoked
            | Self::Suspended
            | Self::Rotated
            | Self::Expired
            | Self::UserDisabled
            | Self::Throttled => Some(ApiError::LOGIN_FAILED),
        }
    }

    /// Returns whether this answer counts as a failed login of the client's address.
    #[must_use]
    pub const fn is_counted_as_failure(self) -> bool {
        self.http_status() == 401 && !matches!(self, Self::NoCredentials)
    }
}

impl fmt::Display for OutcomeCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An error of the ancestor's web API: what its clients tell refusals apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ApiError {
    /// The number, `err.code` in a body.
    pub code: u16,
    /// The name of it, `err.type` in a body.
    pub kind: &'static str,
}

impl ApiError {
    /// Logged in, and not allowed to do this.
    pub const PERMISSION_DENIED: Self = Self {
        code: 101,
        kind: "resource-permission-denied",
    };
    /// No credentials were sent.
    pub const NOT_LOGGED_IN: Self = Self {
        code: 103,
        kind: "auth-not-logged-in",
    };
    /// Credentials were sent, and are not good.
    pub const LOGIN_FAILED: Self = Self {
        code: 104,
        kind: "auth-login-failed",
    };
}

/// The answer to a login.
#[derive(Clone, Debug)]
// Exhaustive: yes or no: there is no third.
pub enum Outcome {
    /// Yes.
    Accepted(Box<Login>),
    /// No.
    Refused(Box<Refusal>),
}

impl Outcome {
    /// Returns the code of this answer.
    #[must_use]
    pub fn code(&self) -> OutcomeCode {
        match self {
            Self::Accepted(_) => OutcomeCode::Accepted,
            Self::Refused(refusal) => refusal.code,
        }
    }

    /// Returns the name of the user whose login this is, as far as it is known.
    #[must_use]
    pub fn user(&self) -> Option<&UserName> {
        match self {
            Self::Accepted(login) => Some(&login.user),
            Self::Refused(refusal) => refusal.user.as_ref(),
        }
    }

    /// Returns the token that this answer is about, as far as it is known.
    #[must_use]
    pub fn token(&self) -> Option<&Token> {
        match self {
            Self::Accepted(login) => login.token.as_deref(),
            Self::Refused(refusal) => refusal.token.as_deref(),
        }
    }

    /// Returns what the token's policy decided, when it was asked.
    #[must_use]
    pub fn decision(&self) -> Option<&Decision> {
        match self {
            Self::Accepted(login) => login.decision.as_ref(),
            Self::Refused(refusal) => refusal.decision.as_ref(),
        }
    }
}

/// A good login: who, by which token.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Login {
    /// The user who is logged in.
    pub user: UserName,
    /// The token that logged them in and restricts what they may do; `None` for a login by other means.
    pub token: Option<Box<Token>>,
    /// Whether the token's format is deprecated.
    pub deprecated: bool,
    /// What the policy decided about this request, when a method was named.
    pub decision: Option<Decision>,
}

/// A refused login. All but `code` is for the operator; a client gets an [`Answer`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Refusal {
    /// Why.
    pub code: OutcomeCode,
    /// Since when it is so, for a token that was good once.
    pub since: Option<Timestamp>,
    /// The user, as far as they are known.
    pub user: Option<UserName>,
    /// The token, as far as it is known.
    pub token: Option<Box<Token>>,
    /// What the policy decided, when it was asked.
    pub decision: Option<Decision>,
    /// After how many seconds to try again, when throttled.
    pub retry_after: Option<u64>,
}

impl Refusal {
    /// Makes a refusal of which nothing but `code` is known.
    #[must_use]
    pub fn of(code: OutcomeCode) -> Self {
        Self {
            code,
            since: None,
            user: None,
            token: None,
            decision: None,
            retry_after: None,
        }
    }

    /// Makes the refusal of a token that is in `state`; `None` for one that is active.
    #[must_use]
    pub fn by_state(state: TokenState) -> Option<Self> {
        let code = match state {
            TokenState::Active => return None,
            TokenState::Revoked { .. } => OutcomeCode::Revoked,
            TokenState::Rotated { .. } => OutcomeCode::Rotated,
            TokenState::Suspended { .. } => OutcomeCode::Suspended,
            TokenState::Expired { .. } => OutcomeCode::Expired,
        };
        Some(Self {
            since: state.since(),
            ..Self::of(code)
        })
    }

    /// Returns what the client is told.
    ///
    /// Unknown, malformed and disabled are one and the same text: a guesser learns nothing. Who presents the whole
    /// secret of a dead token is told since when it is dead, never why.
    #[must_use]
    pub fn message(&self) -> String {
        let since = |text: &str| match self.since {
            Some(time) => format!("{text} on {time}."),
            None => format!("{text}."),
        };
        match self.code {
            OutcomeCode::Accepted => String::new(),
            OutcomeCode::Unknown | OutcomeCode::Malformed | OutcomeCode::UserDisabled => {
                "The username or password was not correct".into()
            }
            OutcomeCode::NoCredentials => "You are not logged in".into(),
            OutcomeCode::Revoked => since("This API token became invalid"),
            OutcomeCode::Suspended => since("This API token was suspended"),
            OutcomeCode::Rotated => since("This API token was replaced"),
            OutcomeCode::Expired => since("This API token expired"),
            OutcomeCode::DeniedByRule => "You don't have permission for this".into(),
            OutcomeCode::DeniedByNetwork => {
                "This API token may not be used from this address.".into()
            }
            OutcomeCode::PolicyUnreadable => "The policy of this API token cannot be read.".into(),
            OutcomeCode::Throttled => "Maximum number of login attempts exceeded.".into(),
        }
    }
}

/// What a server sends: status, headers and text, with nothing in it that the client must not learn.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Header names and values, in order.
    pub headers: Vec<(&'static str, String)>,
    /// The text for the client; `None` when accepted.
    pub message: Option<String>,
}

/// The header that tells a client to replace a token of a deprecated format.
pub const DEPRECATED_HEADER: &str = "X-API-Token-Deprecated";

/// The ancestor's text of [`DEPRECATED_HEADER`].
pub const DEPRECATED_TEXT: &str = "This token uses a deprecated format. The token can still be used, but you \
     should remove it and generate a new one to take advantage of security improvements.";

impl Answer {
    /// Makes the answer for `outcome`; `schemes` are the schemes on offer, in order, and `realm` is what they guard.
    ///
    /// A 401 carries one challenge for each scheme (RFC 9110, section 11.6.1), a 403 only the bearer one, with the
    /// `error` of RFC 6750. Codes that must look alike from outside give equal answers.
    #[must_use]
    pub fn to(outcome: &Outcome, schemes: &[&str], realm: &str) -> Self {
        let refusal = match outcome {
            Outcome::Accepted(login) => {
                let note = login
                    .deprecated
                    .then(|| (DEPRECATED_HEADER, DEPRECATED_TEXT.to_owned()));
                return Self {
                    status: 200,
                    headers: note.into_iter().collect(),
                    message: None,
                };
            }
            Outcome::Refused(refusal) => refusal,
        };
        let status = refusal.code.http_status();
        let message = refusal.message();
        let mut headers = Vec::new();
        let challenges: Vec<String> = schemes
            .iter()
            .filter(|scheme| {
                status == 401 || (status == 403 && scheme.eq_ignore_ascii_case("bearer"))
            })
            .map(|scheme| challenge(scheme, realm, refusal.code, &message))
            .collect();
        if !challenges.is_empty() {
            headers.push(("WWW-Authenticate", challenges.join(", ")));
        }
        if let Some(seconds) = refusal.retry_after {
            headers.push(("Retry-After", seconds.to_string()));
        }
        Self {
            status,
            headers,
            message: Some(message),
        }
    }
}

fn challenge(scheme: &str, realm: &str, code: OutcomeCode, message: &str) -> String {
    let realm = quotable(realm);
    match code.challenge_error() {
        Some(error) if scheme.eq_ignore_ascii_case("bearer") => format!(
            "{scheme} realm=\"{realm}\", error=\"{error}\", error_description=\"{}\"",
            quotable(message)
        ),
        _ => format!("{scheme} realm=\"{realm}\""),
    }
}

/// Keeps the characters that RFC 6750, section 3, allows inside the quotes.
fn quotable(text: &str) -> String {
    text.chars()
        .filter(|c| matches!(c, ' '..='~') && !matches!(c, '"' | '\\'))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::tests::at;

    fn refused(refusal: Refusal) -> Answer {
        let outcome = Outcome::Refused(Box::new(refusal));
        Answer::to(&outcome, &["token", "Bearer", "Basic"], "Web API")
    }

    #[test]
    fn codes_have_the_exit_and_status_of_the_contract() {
        let table: Vec<_> = OutcomeCode::ALL
            .iter()
            .map(|code| (code.as_str(), code.exit_code(), code.http_status()))
            .collect();
        assert_eq!(
            table,
            [
                ("accepted", 0, 200),
                ("unknown", 10, 401),
                ("no_credentials", 11, 401),
                ("malformed", 11, 401),
                ("revoked", 12, 401),
                ("suspended", 12, 401),
                ("rotated", 12, 401),
                ("expired", 13, 401),
                ("denied_by_rule", 14, 403),
                ("denied_by_network", 14, 403),
                ("policy_unreadable", 14, 403),
                ("user_disabled", 15, 401),
                ("throttled", 16, 429),
            ]
        );
    }

    #[test]
    fn each_status_has_its_error_of_the_ancestors_api() {
        for code in OutcomeCode::ALL {
            let number = code.api_error().map(|error| error.code);
            let expected = match (code, code.http_status()) {
                (_, 200) => None,
                (_, 403) => Some(101),
                (OutcomeCode::NoCredentials, _) => Some(103),
                _ => Some(104),
            };
            assert_eq!(number, expected, "{code}");
        }
    }

    #[test]
    fn unknown_malformed_and_disabled_look_alike() {
        let unknown = refused(Refusal::of(OutcomeCode::Unknown));
        let disabled = Refusal {
            since: Some(at(1)),
            ..Refusal::of(OutcomeCode::UserDisabled)
        };
        assert_eq!(refused(Refusal::of(OutcomeCode::Malformed)), unknown);
        assert_eq!(refused(disabled), unknown);
    }

    #[test]
    fn revoked_tells_the_date_and_never_the_reason() {
        let mut token = crate::token::tests::sample();
        token.revoked_reason = crate::text::FreeText::parse("leaked").unwrap();
        token.revoked_at = Some(at(0));
        let refusal = Refusal {
            token: Some(Box::new(token.clone())),
            ..Refusal::by_state(token.state(at(5))).unwrap()
        };
        let answer = refused(refusal);
        assert_eq!(
            answer.message.as_deref(),
            Some("This API token became invalid on 1970-01-01T00:00:00Z.")
        );
        assert_eq!(
            answer.headers,
            [(
                "WWW-Authenticate",
                "token realm=\"Web API\", Bearer realm=\"Web API\", error=\"invalid_token\", \
                 error_description=\"This API token became invalid on 1970-01-01T00:00:00Z.\", \
                 Basic realm=\"Web API\""
                    .to_owned()
            )]
        );
    }

    #[test]
    fn no_credentials_is_a_challenge_without_error() {
        let answer = refused(Refusal::of(OutcomeCode::NoCredentials));
        assert_eq!(answer.status, 401);
        assert!(!answer.headers[0].1.contains("error"), "{answer:?}");
    }

    #[test]
    fn denial_names_insufficient_scope_and_throttling_when_to_come_back() {
        let denied = refused(Refusal::of(OutcomeCode::DeniedByRule));
        assert_eq!(denied.status, 403);
        assert!(denied.headers[0].1.starts_with("Bearer "), "{denied:?}");
        assert!(
            denied.headers[0].1.contains("error=\"insufficient_scope\""),
            "{denied:?}"
        );
        let throttled = refused(Refusal {
            retry_after: Some(42),
            ..Refusal::of(OutcomeCode::Throttled)
        });
        assert_eq!(throttled.headers, [("Retry-After", "42".to_owned())]);
    }

    #[test]
    fn a_realm_cannot_break_out_of_its_quotes() {
        let outcome = Outcome::Refused(Box::new(Refusal::of(OutcomeCode::NoCredentials)));
        let answer = Answer::to(&outcome, &["Bearer"], "a\"b\\c\r\nd");
        assert_eq!(answer.headers[0].1, "Bearer realm=\"abcd\"");
    }
}
