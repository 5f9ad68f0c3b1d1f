//! Forward-auth: a proxy asks whether a request of somebody else may go on.

use std::borrow::Cow;
use std::net::IpAddr;

use http::header::{CACHE_CONTROL, HeaderValue};
use http::request::Parts;
use http::{HeaderMap, Method, StatusCode};

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use super::gate::{Asked, Gate, Judged, Unjudged};
use super::profile::{AUTH_PATH, Original, Profile, TOKEN_ID_HEADER, USER_HEADER};
use super::proxies::{Peer, TrustedProxies};
use super::reply::{Reply, headers_of};
use crate::auth::session::NoSession;
use crate::outcome::{Login, Outcome};

/// What is percent-encoded in a name, besides all that is not ASCII.
const NOT_PLAIN: &AsciiSet = &CONTROLS.add(b' ').add(b'%');

/// Answers one kind of proxy.
#[derive(Clone)]
pub(super) struct ForwardAuth {
    pub(super) gate: Gate,
    pub(super) profile: Profile,
    pub(super) proxies: TrustedProxies,
}

/// An answer, and what is to be written down of it.
pub(super) struct Examined {
    pub(super) reply: Reply,
    pub(super) finding: Finding,
    /// The method of the original request, where it was told.
    pub(super) method: Option<Method>,
    pub(super) client: Option<IpAddr>,
}

/// How it ended.
pub(super) enum Finding {
    Judged(Box<Judged>),
    Unjudged(Unjudged),
    /// The peer is no proxy that may ask.
    Stranger,
    /// What is asked about is not told clearly.
    Unclear(Unclear),
}

/// Why it is not clear which request is asked about. It holds nothing of what was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unclear {
    #[error("the proxy does not say which request it asks about: `{0}` is missing")]
    Absent(&'static str),
    #[error("`{0}` is there more than once")]
    Repeated(&'static str),
    #[error("`{0}` is not what a proxy writes")]
    Malformed(&'static str),
    #[error("`{0}` tells of another request")]
    Conflicting(&'static str),
    #[error("the path does not begin with the one of forward-auth")]
    Elsewhere,
    #[error("this kind of proxy asks with GET, and tells the method in a header")]
    NotGet,
}

/// The original request, as told by the proxy.
struct Told<'r> {
    method: Cow<'r, Method>,
    target: &'r str,
}

impl ForwardAuth {
    /// Answers whether the request that `request` asks about may go on.
    pub(super) fn examine(&self, request: &Parts, peer: Peer) -> Examined {
        let client = self.proxies.client(peer, &request.headers);
        let ended = |finding, method| Examined {
            reply: self.reply(&finding),
            finding,
            method,
            client,
        };
        if !self.proxies.trusts(peer) {
            return ended(Finding::Stranger, None);
        }
        let told = match self.told(request) {
            Ok(told) => told,
            Err(why) => return ended(Finding::Unclear(why), None),
        };
        let asked = Asked {
            method: told.method.as_str(),
            target: told.target,
            headers: &request.headers,
            address: client,
        };
        let finding = match self.gate.rule(&asked, &mut NoSession) {
            Ok(judged) => Finding::Judged(Box::new(judged)),
            Err(why) => Finding::Unjudged(why),
        };
        ended(finding, Some(told.method.into_owned()))
    }

    /// Reads which request is asked about.
    fn told<'r>(&self, request: &'r Parts) -> Result<Told<'r>, Unclear> {
        match self.profile.original() {
            Original::Headers { .. } if !matches!(request.method, Method::GET | Method::HEAD) => {
                Err(Unclear::NotGet)
            }
            Original::Headers { method, uri } => {
                let told = Told {
                    method: Cow::Owned(
                        Method::from_bytes(only(&request.headers, method)?.as_bytes())
                            .map_err(|_| Unclear::Malformed(method))?,
                    ),
                    target: only(&request.headers, uri)?,
                };
                refuse_conflicts(&request.headers, method, uri, &told)?;
                Ok(told)
            }
            Original::Request => {
                let target = request.uri.path_and_query().map_or("", |all| all.as_str());
                let target = target
                    .strip_prefix(AUTH_PATH)
                    .filter(|rest| rest.starts_with('/'))
                    .ok_or(Unclear::Elsewhere)?;
                Ok(Told {
                    method: Cow::Borrowed(&request.method),
                    target,
                })
            }
        }
    }

    fn reply(&self, finding: &Finding) -> Reply {
        let mut reply = match finding {
            Finding::Judged(judged) => match &judged.outcome {
                Outcome::Accepted(login) => accepted(login, headers_of(&judged.answer)),
                Outcome::Refused(refusal) => Reply::refusal(refusal, &judged.answer),
            },
            Finding::Unjudged(why) => Reply::of(why),
            Finding::Stranger => Reply::stranger(),
            Finding::Unclear(why) => Reply::unclear(why),
        };
        let status = self.profile.status(reply.status.as_u16());
        reply.status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        // In every answer: a proxy that copies them overwrites what a client made up.
        for header in [USER_HEADER, TOKEN_ID_HEADER] {
            let entry = reply.headers.entry(header);
            entry.or_insert(HeaderValue::from_static(""));
        }
        reply
    }
}

/// Makes the answer that lets a request go on: 200 and no body, as Envoy takes no other for a yes.
fn accepted(login: &Login, mut headers: HeaderMap) -> Reply {
    let user = HeaderValue::try_from(encoded(login.user.as_str()));
    headers.insert(USER_HEADER, user.expect("what is encoded is printable"));
    if let Some(token) = &login.token {
        let id = HeaderValue::try_from(token.id.as_str());
        headers.insert(TOKEN_ID_HEADER, id.expect("an id is letters and digits"));
    }
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Reply {
        status: StatusCode::OK,
        headers,
        body: String::new(),
    }
}

/// Returns the value of a header that must be there once, in printable ASCII without spaces.
fn only<'r>(headers: &'r HeaderMap, name: &'static str) -> Result<&'r str, Unclear> {
    let mut values = headers.get_all(name).iter();
    let value = values.next().ok_or(Unclear::Absent(name))?;
    if values.next().is_some() {
        return Err(Unclear::Repeated(name));
    }
    let text = value.to_str().map_err(|_| Unclear::Malformed(name))?;
    if text.is_empty() {
        return Err(Unclear::Absent(name));
    }
    let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic());
    is_plain.then_some(text).ok_or(Unclear::Malformed(name))
}

/// Refuses when a header by which another kind of proxy tells of the request is there and says something else: one of
/// the two is the client's, and it is not certain which.
fn refuse_conflicts(
    headers: &HeaderMap,
    method: &str,
    uri: &str,
    told: &Told<'_>,
) -> Result<(), Unclear> {
    for profile in Profile::ALL {
        let Original::Headers {
            method: other_method,
            uri: other_uri,
        } = profile.original()
        else {
            continue;
        };
        let pairs = [
            (other_method, method, told.method.as_str()),
            (other_uri, uri, told.target),
        ];
        for (other, own, value) in pairs {
            let differs = |found: &HeaderValue| found.as_bytes() != value.as_bytes();
            if other != own && headers.get_all(other).iter().any(differs) {
                return Err(Unclear::Conflicting(other));
            }
        }
    }
    Ok(())
}

fn encoded(name: &str) -> String {
    utf8_percent_encode(name, NOT_PLAIN).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe_in_a_header() {
        for (name, expected) in [
            ("alice", "alice"),
            ("a.b+c@d-e_f", "a.b+c@d-e_f"),
            ("50%", "50%25"),
            ("a b", "a%20b"),
            ("a\r\nX-Evil: 1", "a%0D%0AX-Evil:%201"),
            ("zo\u{eb}", "zo%C3%AB"),
            ("", ""),
        ] {
            assert_eq!(encoded(name), expected);
            assert!(HeaderValue::try_from(expected).is_ok());
        }
    }
}
