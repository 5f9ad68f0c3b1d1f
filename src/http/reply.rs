//! What is answered here, in the ancestor's shape.

use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue};
use http::{HeaderMap, Response, StatusCode};
use serde::Serialize;

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

impl Reply {
    /// Makes the answer to a request that was not judged.
    pub(super) fn of(why: Unjudged) -> Self {
        match why {
            Unjudged::Method => Self::bad_method(),
            Unjudged::Path(why) => Self::bad_path(why),
            Unjudged::Unavailable => Self::unavailable(),
        }
    }

    pub(super) fn refusal(refusal: &Refusal, answer: &Answer) -> Self {
        let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::UNAUTHORIZED);
        let error = refusal.code.api_error().unwrap_or(ApiError::LOGIN_FAILED);
        let message = answer.message.as_deref().unwrap_or_default();
        Self::new(
            status,
            headers_of(answer),
            Some(error.code),
            error.kind,
            message,
        )
    }

    fn bad_path(why: PathRefused) -> Self {
        let (status, headers) = (StatusCode::BAD_REQUEST, HeaderMap::new());
        let message = format!("The path of the request is refused: {why}.");
        Self::new(status, headers, None, "path-refused", &message)
    }

    fn bad_method() -> Self {
        // As the ancestor answers it (RFC 9110, section 15.5.6); no method can be named in `Allow` from here.
        let (status, headers) = (StatusCode::METHOD_NOT_ALLOWED, HeaderMap::new());
        let message = "Methods are written in upper case.";
        Self::new(status, headers, None, "method-refused", message)
    }

    pub(super) fn unavailable() -> Self {
        let (status, headers) = (StatusCode::SERVICE_UNAVAILABLE, HeaderMap::new());
        let message = "Authentication is not available now. Try again later.";
        Self::new(status, headers, None, "auth-unavailable", message)
    }

    /// Makes the answer of a server whose layers are put together wrongly: nobody is let through by that.
    #[cfg(any(feature = "axum", feature = "session"))]
    pub(super) fn misconfigured() -> Self {
        let (status, headers) = (StatusCode::INTERNAL_SERVER_ERROR, HeaderMap::new());
        let message = "The server is not set up to authenticate requests.";
        Self::new(status, headers, None, "auth-misconfigured", message)
    }

    fn new(
        status: StatusCode,
        mut headers: HeaderMap,
        code: Option<u16>,
        kind: &'static str,
        msg: &str,
    ) -> Self {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        let err = FailureError { code, msg, kind };
        let body = FailureBody { stat: "fail", err };
        Self {
            status,
            headers,
            body: serde_json::to_string(&body).expect("numbers and texts are always JSON"),
        }
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
