//! What of a request authentication looks at.

use std::fmt;
use std::net::IpAddr;

use crate::catalogue::Mapped;

/// The head of a request: its `Authorization` header, what it wants, and where it comes from.
///
/// Servers and the command line build the same value, and the same code decides about it.
#[derive(Clone, Copy, Default)]
#[non_exhaustive]
pub struct RequestHead<'a> {
    authorization: Authorization<'a>,
    /// The HTTP method; `None` when nothing but the login is asked about.
    ///
    /// Policies compare it as it is, and what no rule speaks of is allowed: to a rule that blocks `DELETE`, `delete` is
    /// another method. A server behind which the case of methods does not matter must give it in upper case.
    pub method: Option<&'a str>,
    /// The resource of the policy language that the request is for.
    pub resource: Option<&'a str>,
    /// The object of that resource.
    pub resource_id: Option<&'a str>,
    /// Whether the path is of no resource and the catalogue is closed: then the answer is no, whatever the policy.
    pub is_off_catalogue: bool,
    /// Whether there is no catalogue to map the path by: then a token whose policy names particular resources is
    /// refused, as what it may do here cannot be known.
    pub is_without_catalogue: bool,
    /// The address of the client: the peer's, or what a trusted proxy says it is.
    pub address: Option<IpAddr>,
}

#[derive(Clone, Copy, Default)]
enum Authorization<'a> {
    #[default]
    Absent,
    Once(&'a [u8]),
    Repeated,
}

/// The longest header that is looked at, in bytes.
pub const MAX_HEADER_BYTES: usize = 8 * 1024;

impl<'a> RequestHead<'a> {
    /// Makes a head with nothing in it.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the value of an `Authorization` header. A second one makes the request malformed: proxies and servers
    /// do not agree on which of two counts.
    #[must_use]
    pub fn authorization(mut self, value: &'a [u8]) -> Self {
        self.authorization = match self.authorization {
            Authorization::Absent => Authorization::Once(value),
            _ => Authorization::Repeated,
        };
        self
    }

    /// Sets the method.
    #[must_use]
    pub fn method(mut self, method: &'a str) -> Self {
        self.method = Some(method);
        self
    }

    /// Sets the resource, and the object of it where one is asked for.
    #[must_use]
    pub fn resource(mut self, resource: &'a str, id: Option<&'a str>) -> Self {
        self.resource = Some(resource);
        self.resource_id = id;
        self
    }

    /// Sets the resource and object that a catalogue has mapped the path of the request to.
    #[must_use]
    pub fn mapped(mut self, mapped: &'a Mapped<'a>) -> Self {
        (self.resource, self.resource_id) = match mapped {
            Mapped::Resource { name, id } => (Some(*name), id.as_deref()),
            Mapped::Unmapped | Mapped::Denied => (None, None),
        };
        self.is_off_catalogue = matches!(mapped, Mapped::Denied);
        self.is_without_catalogue = false;
        self
    }

    /// Says that the request has a path, and that no catalogue tells of which resource it is.
    ///
    /// Only the rules for all resources are asked then, and a token whose policy names particular ones is refused.
    #[must_use]
    pub fn without_catalogue(mut self) -> Self {
        (self.resource, self.resource_id) = (None, None);
        self.is_off_catalogue = false;
        self.is_without_catalogue = true;
        self
    }

    /// Sets the address of the client.
    #[must_use]
    pub fn address(mut self, address: IpAddr) -> Self {
        self.address = Some(address);
        self
    }

    /// Returns whether there is no `Authorization` header.
    #[must_use]
    pub fn authorization_is_absent(&self) -> bool {
        matches!(self.authorization, Authorization::Absent)
    }

    /// Returns the length of the header, in bytes.
    #[must_use]
    pub fn authorization_length(&self) -> usize {
        match self.authorization {
            Authorization::Once(value) => value.len(),
            Authorization::Absent | Authorization::Repeated => 0,
        }
    }

    /// Returns what may be told of the scheme.
    #[must_use]
    pub fn scheme_kind(&self) -> SchemeKind {
        let Authorization::Once(value) = self.authorization else {
            return SchemeKind::None;
        };
        let value = value.trim_ascii();
        let scheme = value.split(|byte| *byte == b' ').next().unwrap_or_default();
        [
            (SchemeKind::Token, "token"),
            (SchemeKind::Bearer, "bearer"),
            (SchemeKind::Basic, "basic"),
        ]
        .into_iter()
        .find(|(_, name)| scheme.eq_ignore_ascii_case(name.as_bytes()))
        .map_or(SchemeKind::Other, |(kind, _)| kind)
    }

    /// Returns what follows `scheme` in the header, `None` when the header is not of that scheme.
    ///
    /// The scheme's case does not matter, and one or more spaces follow it (RFC 9110, sections 11.1 and 11.4); white
    /// space around the whole value is not part of it (section 5.5).
    ///
    /// # Errors
    ///
    /// [`MalformedHeader`] when there is more than one header, or this one is too long or of this scheme and has
    /// nothing after it.
    pub fn credentials_of(&self, scheme: &str) -> Result<Option<&'a [u8]>, MalformedHeader> {
        let value = match self.authorization {
            Authorization::Absent => return Ok(None),
            Authorization::Repeated => return Err(MalformedHeader),
            Authorization::Once(value) if value.len() > MAX_HEADER_BYTES => {
                return Err(MalformedHeader);
            }
            Authorization::Once(value) => trim_spaces(value),
        };
        let end = value
            .iter()
            .position(|byte| *byte == b' ')
            .unwrap_or(value.len());
        let (found, rest) = value.split_at_checked(end).unwrap_or_default();
        if !found.eq_ignore_ascii_case(scheme.as_bytes()) {
            return Ok(None);
        }
        let rest = trim_spaces(rest);
        if rest.is_empty() {
            Err(MalformedHeader)
        } else {
            Ok(Some(rest))
        }
    }
}

/// Cuts spaces and tabs off both ends.
fn trim_spaces(mut value: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = value {
        value = rest;
    }
    value
}

impl fmt::Debug for RequestHead<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestHead")
            .field("authorization", &self.scheme_kind())
            .field("method", &self.method)
            .field("resource", &self.resource)
            .field("resource_id", &self.resource_id)
            .field("address", &self.address)
            .finish()
    }
}

/// All that may be logged of a header's scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SchemeKind {
    /// `token`.
    Token,
    /// `Bearer`.
    Bearer,
    /// `Basic`.
    Basic,
    /// Another, which may be the secret itself.
    Other,
    /// No header, or more than one.
    None,
}

impl SchemeKind {
    /// Returns the word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Bearer => "bearer",
            Self::Basic => "basic",
            Self::Other => "other",
            Self::None => "none",
        }
    }
}

/// The header is of a scheme that a backend takes, and cannot be parsed. It says nothing of what was in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the authorization header cannot be parsed")]
pub struct MalformedHeader;

#[cfg(test)]
mod tests {
    use super::*;

    fn bearer(value: &[u8]) -> Result<Option<&[u8]>, MalformedHeader> {
        RequestHead::new()
            .authorization(value)
            .credentials_of("Bearer")
    }

    #[test]
    fn scheme_is_case_insensitive_and_spaces_do_not_count() {
        for value in [
            "Bearer x",
            "bearer x",
            "BEARER   x",
            "  Bearer x \t",
            "\tBearer x",
        ] {
            assert_eq!(bearer(value.as_bytes()), Ok(Some(&b"x"[..])), "{value:?}");
        }
    }

    #[test]
    fn other_schemes_are_somebody_elses() {
        for value in [
            "",
            " ",
            "x",
            "token x",
            "Bearerx",
            "Bearer\tx",
            "Digest a=b",
            "Béarer x",
        ] {
            assert_eq!(bearer(value.as_bytes()), Ok(None), "{value:?}");
        }
    }

    #[test]
    fn a_scheme_without_credentials_is_malformed() {
        for value in ["Bearer", "Bearer ", " bearer\t"] {
            assert_eq!(bearer(value.as_bytes()), Err(MalformedHeader), "{value:?}");
        }
    }

    #[test]
    fn two_headers_or_a_huge_one_are_malformed() {
        let twice = RequestHead::new()
            .authorization(b"Bearer x")
            .authorization(b"Bearer x");
        assert_eq!(twice.credentials_of("Bearer"), Err(MalformedHeader));
        let longest = [b"Bearer ".as_slice(), &vec![b'x'; MAX_HEADER_BYTES - 7]].concat();
        assert!(bearer(&longest).unwrap().is_some());
        let too_long = [longest.as_slice(), b"x"].concat();
        assert_eq!(bearer(&too_long), Err(MalformedHeader));
    }

    #[test]
    fn scheme_is_told_by_a_word_of_ours() {
        for (header, word) in [
            ("TOKEN x", "token"),
            ("Bearer x", "bearer"),
            ("Basic x", "basic"),
            ("hunter2 x", "other"),
        ] {
            let head = RequestHead::new().authorization(header.as_bytes());
            assert_eq!(head.scheme_kind().as_str(), word);
        }
        assert_eq!(RequestHead::new().scheme_kind().as_str(), "none");
    }

    #[test]
    fn debug_shows_nothing_of_the_header() {
        let head = RequestHead::new().authorization(b"hunter2 hunter2");
        assert!(!format!("{head:?}").contains("hunter2"), "{head:?}");
        assert_eq!(head.scheme_kind(), SchemeKind::Other);
        assert_eq!(
            RequestHead::new().authorization(b"bEARER x").scheme_kind(),
            SchemeKind::Bearer
        );
    }
}
