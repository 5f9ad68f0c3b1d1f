//! The access log: one record a request, with nothing in it that a client wrote into a header.

use std::net::IpAddr;
use std::time::Duration;

use http::StatusCode;
use jiff::Timestamp;
use serde::{Serialize, Serializer};

use crate::auth::request::SchemeKind;
use crate::token_id::TokenId;
use crate::user::UserName;

/// What is written down of one request.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct AccessRecord {
    /// When it was answered; milliseconds are kept.
    #[serde(serialize_with = "as_text")]
    pub time: Timestamp,
    /// The path that was asked: `/auth`, `/introspect`, `/revoke`.
    pub endpoint: &'static str,
    /// The code of the outcome, or the kind of a request that was not judged.
    pub code: &'static str,
    /// The HTTP status that was sent.
    pub status: u16,
    /// The user, as far as they are known.
    pub user: Option<UserName>,
    /// The token, as far as it is known.
    pub token: Option<TokenId>,
    /// The address of the client, as far as it is known.
    pub address: Option<IpAddr>,
    /// The method of the original request; `other` for what does not look like one.
    pub method: Option<String>,
    /// The resource that its path is mapped to. Neither path nor object: both may hold secrets.
    pub resource: Option<String>,
    /// The rule of the policy that decided, as a JSON Pointer.
    pub rule: Option<String>,
    /// What of the scheme can be no secret: `token`, `bearer`, `basic`, `other` or `none`.
    pub scheme: &'static str,
    /// The length of the header, in bytes.
    pub header_length: usize,
    /// The time from the head of the request to its answer, in microseconds.
    pub duration_us: u64,
}

impl AccessRecord {
    /// Makes the record of an answer of which no more is known.
    pub(super) fn new(
        time: Timestamp,
        endpoint: &'static str,
        code: &'static str,
        status: StatusCode,
        took: Duration,
    ) -> Self {
        Self {
            time,
            endpoint,
            code,
            status: status.as_u16(),
            user: None,
            token: None,
            address: None,
            method: None,
            resource: None,
            rule: None,
            scheme: SchemeKind::None.as_str(),
            header_length: 0,
            duration_us: u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
        }
    }
}

fn as_text<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{time:.3}"))
}

/// Takes records. Called on the path of requests: it must not block.
pub trait AccessLog: Send + Sync {
    /// Writes `record` down, or drops it where that would block.
    fn record(&self, record: AccessRecord);
}
