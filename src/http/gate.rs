//! The one way from a request to an outcome, whichever server asks: the layer, or forward-auth.

use std::net::IpAddr;
use std::sync::Arc;

use http::HeaderMap;
use http::header::AUTHORIZATION;

use crate::auth::Authenticator;
use crate::auth::request::RequestHead;
use crate::auth::session::Session;
use crate::auth::usage::UsageLog;
use crate::catalogue::{Catalogue, PathRefused};
use crate::clock::Clock;
use crate::outcome::{Answer, Outcome, OutcomeCode};

/// What is judged of a request, wherever its parts were read from.
pub(super) struct Asked<'a> {
    pub(super) method: &'a str,
    /// Path and query.
    pub(super) target: &'a str,
    pub(super) headers: &'a HeaderMap,
    pub(super) address: Option<IpAddr>,
}

/// Why a request was not judged.
#[derive(Debug)]
pub(super) enum Unjudged {
    /// Its method is not in upper case.
    Method,
    /// Its path may be read in more than one way.
    Path(PathRefused),
    /// The store cannot tell.
    Unavailable,
}

/// An outcome, and what a client is told of it.
pub(super) struct Judged {
    pub(super) outcome: Outcome,
    pub(super) answer: Answer,
    /// Whether the path is of no resource and the catalogue is closed: then nobody goes on.
    pub(super) is_off_catalogue: bool,
    /// All that may be logged of the header: its scheme, as far as it cannot be a secret, and its length in bytes.
    #[cfg(feature = "server")]
    pub(super) header: (crate::auth::request::SchemeKind, usize),
    /// The resource that the path is mapped to.
    #[cfg(feature = "server")]
    pub(super) resource: Option<String>,
}

/// Judges requests.
#[derive(Clone)]
pub(super) struct Gate {
    pub(super) authenticator: Arc<Authenticator>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) catalogue: Option<Arc<Catalogue>>,
    pub(super) usage: Option<Arc<UsageLog>>,
}

impl Gate {
    pub(super) fn new(authenticator: Arc<Authenticator>, clock: Arc<dyn Clock>) -> Self {
        Self {
            authenticator,
            clock,
            catalogue: None,
            usage: None,
        }
    }

    /// Judges what is asked. Credentials in the request count; where it has none, the login of the session does.
    pub(super) fn rule(
        &self,
        asked: &Asked<'_>,
        session: &mut dyn Session,
    ) -> Result<Judged, Unjudged> {
        // Policies compare methods byte by byte; a service behind that folds their case would do what they refuse.
        if asked.method.bytes().any(|byte| byte.is_ascii_lowercase()) {
            return Err(Unjudged::Method);
        }
        let mapped = self
            .catalogue
            .as_ref()
            .map(|catalogue| catalogue.map(asked.target))
            .transpose()
            .map_err(|refused| {
                tracing::debug!(why = %refused, "a path was refused");
                Unjudged::Path(refused)
            })?;
        let head = head_of(asked.headers, asked.address).method(asked.method);
        let head = match &mapped {
            Some(mapped) => head.mapped(mapped),
            None => head.without_catalogue(),
        };
        let now = self.clock.now();
        let mut outcome = self.authenticator.check_login(&head, session, now);
        if matches!(&outcome, Ok(outcome) if outcome.code() == OutcomeCode::NoCredentials)
            && let Some(resumed) = self.authenticator.resume(&head, session, now).transpose()
        {
            outcome = resumed;
        }
        let outcome = outcome.map_err(|error| {
            tracing::error!(%error, "a request could not be authenticated");
            Unjudged::Unavailable
        })?;
        if let Some(usage) = &self.usage {
            usage.note(&outcome, now);
        }
        Ok(Judged {
            answer: self.authenticator.answer(&outcome),
            is_off_catalogue: head.is_off_catalogue,
            #[cfg(feature = "server")]
            header: (head.scheme_kind(), head.authorization_length()),
            #[cfg(feature = "server")]
            resource: head.resource.map(str::to_owned),
            outcome,
        })
    }
}

/// Returns the credentials of a request, and where it comes from.
pub(super) fn head_of(headers: &HeaderMap, address: Option<IpAddr>) -> RequestHead<'_> {
    let mut head = RequestHead::new();
    head.address = address;
    headers
        .get_all(AUTHORIZATION)
        .iter()
        .fold(head, |head, value| head.authorization(value.as_bytes()))
}
