//! What is answered here, in the ancestor's shape.

use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue};
use http::{HeaderMap, Response, StatusCode};
use serde::Serialize;

#[cfg(feature = "server")]
use super::forward_auth::Unclear;
use super::gate::Unjudged;
use crate::catalogue::PathRefused;
use crate::outcome::{Answer, ApiError, Refusal};

/// What is answered without asking the service behind.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
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

#[cfg(feature = "server")]
#[derive(Serialize)]
struct FormFault {
    error: &'static str,
    error_description: &'static str,
}

impl Reply {
    /// Makes the answer to a request that was not judged.
    pub(super) fn of(why: &Unjudged) -> Self {
        match why {
            Unjudged::Method => Self::bad_method(),
            Unjudged::Path(why) => Self::bad_path(*why),
            Unjudged::Unavailable => Self::unavailable(),
        }
    }

    pub(super) fn refusal(refusal: &Refusal, answer: &Answer) -> Self {
        let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::UNAUTHORIZED);
        let error = refusal.code.api_error().unwrap_or(ApiError::LOGIN_FAILED);
        let message = answer.message.as_deref().unwrap_or_default();
        let mut reply = Self::failure(status, Some(error.code), error.kind, message);
        reply.headers.extend(headers_of(answer));
        reply
    }

    fn bad_path(why: PathRefused) -> Self {
        let status = StatusCode::BAD_REQUEST;
        let message = format!("The path of the request is refused: {why}.");
        Self::failure(status, None, "path-refused", &message)
    }

    fn bad_method() -> Self {
        // As the ancestor answers it. RFC 9110, section 15.5.6, wants `Allow`; which methods there are is not known here.
        let status = StatusCode::METHOD_NOT_ALLOWED;
        let message = "Methods are written in upper case.";
        Self::failure(status, None, "method-refused", message).allowing("")
    }

    pub(super) fn unavailable() -> Self {
        let status = StatusCode::SERVICE_UNAVAILABLE;
        let message = "Authentication is not available now. Try again later.";
        Self::failure(status, None, "auth-unavailable", message)
    }

    #[cfg(feature = "server")]
    pub(super) fn stranger() -> Self {
        let status = StatusCode::FORBIDDEN;
        let message = "Only trusted proxies may ask here.";
        Self::failure(status, None, "peer-refused", message)
    }

    #[cfg(feature = "server")]
    pub(super) fn unclear(why: &Unclear) -> Self {
        let refused = |status| {
            let message = format!("The original request is not clear: {why}.");
            Self::failure(status, None, "original-refused", &message)
        };
        if *why == Unclear::NotGet {
            refused(StatusCode::METHOD_NOT_ALLOWED).allowing("GET, HEAD")
        } else {
            refused(StatusCode::BAD_REQUEST)
        }
    }

    #[cfg(feature = "server")]
    pub(super) fn caller_refused() -> Self {
        let status = StatusCode::FORBIDDEN;
        let message = "This token may not do that here.";
        Self::failure(status, None, "caller-refused", message)
    }

    #[cfg(feature = "server")]
    pub(super) fn not_found() -> Self {
        let status = StatusCode::NOT_FOUND;
        Self::failure(status, None, "not-found", "There is nothing here.")
    }

    /// As RFC 6749, section 5.2, has it, which RFC 7009 and RFC 7662 refer to.
    #[cfg(feature = "server")]
    pub(super) fn bad_form(fault: &'static str) -> Self {
        let body = FormFault {
            error: "invalid_request",
            error_description: fault,
        };
        Self::json(StatusCode::BAD_REQUEST, &body)
    }

    /// A form that was not read to its end.
    #[cfg(feature = "server")]
    pub(super) fn broken_form(status: StatusCode) -> Self {
        Self {
            status,
            ..Self::bad_form("the form is too long, took too long, or broke off")
        }
    }

    /// Makes the answer of a server whose layers are put together wrongly: nobody is let through by that.
    #[cfg(any(feature = "axum", feature = "session"))]
    pub(super) fn misconfigured() -> Self {
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        let message = "The server is not set up to authenticate requests.";
        Self::failure(status, None, "auth-misconfigured", message)
    }

    fn failure(status: StatusCode, code: Option<u16>, kind: &'static str, msg: &str) -> Self {
        let err = FailureError { code, msg, kind };
        Self::json(status, &FailureBody { stat: "fail", err })
    }

    pub(super) fn json(status: StatusCode, body: &impl Serialize) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        Self {
            status,
            headers,
            body: serde_json::to_string(body).expect("numbers, texts and JSON are always JSON"),
        }
    }

    /// Names the methods that there are.
    fn allowing(mut self, methods: &'static str) -> Self {
        self.headers
            .insert(ALLOW, HeaderValue::from_static(methods));
        self
    }

    pub(super) fn into_response<B: From<String>>(self) -> Response<B> {
        let mut response = Response::new(B::from(self.body));
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response
    }
}

pub(super) fn headers_of(answer: &Answer) -> HeaderMap {
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
