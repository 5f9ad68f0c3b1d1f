//! Web backends: credentials from the `Authorization` header of a request.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::backend::Credentials;
use super::request::{MalformedHeader, RequestHead};
use super::session::{Session, SessionLogin};
use crate::format::{first_fault, is_of_word};
use crate::secret::Secret;

/// Reads credentials from a request (the ancestor's `WebAPITokenAuthBackend` and its like).
pub trait WebAuthBackend: Send + Sync + fmt::Debug {
    /// Returns the scheme that it takes, as it stands in a challenge.
    fn scheme(&self) -> &str;

    /// Reads the credentials, `None` when the header is not of this scheme.
    ///
    /// # Errors
    ///
    /// [`MalformedHeader`] when it is of this scheme and cannot be parsed.
    fn credentials(&self, head: &RequestHead<'_>) -> Result<Option<Credentials>, MalformedHeader>;

    /// Makes the session remember a good login.
    fn login(&self, login: SessionLogin, session: &mut dyn Session) {
        session.start(login);
    }
}

/// `Authorization: token TOKEN`, the ancestor's scheme.
#[derive(Clone, Copy, Debug, Default)]
pub struct WebTokenBackend;

/// `Authorization: Bearer TOKEN` (RFC 6750, section 2.1).
#[derive(Clone, Copy, Debug, Default)]
pub struct WebBearerBackend;

/// `Authorization: Basic BASE64(USER:TOKEN)` (RFC 7617), for clients that know nothing else: the token stands in the
/// place of the password. The user may be empty, and must otherwise own the token.
#[derive(Clone, Copy, Debug, Default)]
pub struct WebBasicBackend;

impl WebAuthBackend for WebTokenBackend {
    fn scheme(&self) -> &'static str {
        "token"
    }

    fn credentials(&self, head: &RequestHead<'_>) -> Result<Option<Credentials>, MalformedHeader> {
        bare_token(head, self.scheme())
    }
}

impl WebAuthBackend for WebBearerBackend {
    fn scheme(&self) -> &'static str {
        "Bearer"
    }

    fn credentials(&self, head: &RequestHead<'_>) -> Result<Option<Credentials>, MalformedHeader> {
        bare_token(head, self.scheme())
    }
}

impl WebAuthBackend for WebBasicBackend {
    fn scheme(&self) -> &'static str {
        "Basic"
    }

    fn credentials(&self, head: &RequestHead<'_>) -> Result<Option<Credentials>, MalformedHeader> {
        let Some(encoded) = head.credentials_of(self.scheme())? else {
            return Ok(None);
        };
        let decoded = Zeroizing::new(STANDARD.decode(encoded).map_err(|_| MalformedHeader)?);
        let text = std::str::from_utf8(&decoded).map_err(|_| MalformedHeader)?;
        let (user, password) = text.split_once(':').ok_or(MalformedHeader)?;
        if password.is_empty() {
            return Err(MalformedHeader);
        }
        Ok(Some(Credentials::of_user(
            user,
            Secret::new(password.to_owned()),
        )))
    }
}

/// Reads one token of visible ASCII. A comma would begin a second one (RFC 9110, section 11.4).
fn bare_token(
    head: &RequestHead<'_>,
    scheme: &str,
) -> Result<Option<Credentials>, MalformedHeader> {
    let Some(token) = head.credentials_of(scheme)? else {
        return Ok(None);
    };
    if first_fault(token, is_of_word).is_some() {
        return Err(MalformedHeader);
    }
    let token = std::str::from_utf8(token).map_err(|_| MalformedHeader)?;
    Ok(Some(Credentials::of(Secret::new(token.to_owned()))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(
        backend: &dyn WebAuthBackend,
        value: &str,
    ) -> Result<Option<Credentials>, MalformedHeader> {
        backend.credentials(&RequestHead::new().authorization(value.as_bytes()))
    }

    #[test]
    fn bearer_takes_one_token() {
        let found = read(&WebBearerBackend, "Bearer abc.DEF-1~+/=")
            .unwrap()
            .unwrap();
        assert_eq!(found.secret.expose_secret(), "abc.DEF-1~+/=");
        assert!(found.user.is_none());
        for value in [
            "Bearer a b",
            "Bearer a,b",
            "Bearer é",
            "Bearer a\u{0}",
            "Bearer a\tb",
        ] {
            assert!(read(&WebBearerBackend, value).is_err(), "{value:?}");
        }
        assert!(read(&WebBearerBackend, "token abc").unwrap().is_none());
    }

    #[test]
    fn basic_carries_a_token_as_the_password() {
        let encoded = |text: &str| format!("Basic {}", STANDARD.encode(text));
        let found = read(&WebBasicBackend, &encoded("alice:tkc:x"))
            .unwrap()
            .unwrap();
        assert_eq!(found.user.unwrap().expose_secret(), "alice");
        assert_eq!(found.secret.expose_secret(), "tkc:x");
        let found = read(&WebBasicBackend, &encoded(":tkc")).unwrap().unwrap();
        assert_eq!(found.user.unwrap().expose_secret(), "");
        for text in ["", "alice", "alice:"] {
            assert!(read(&WebBasicBackend, &encoded(text)).is_err(), "{text:?}");
        }
    }

    #[test]
    fn basic_is_strict_base64() {
        for value in [
            "Basic YTpi YTpi",
            "Basic YTpi=",
            "Basic YTp",
            "Basic YT-i",
            "Basic /w==",
        ] {
            assert!(read(&WebBasicBackend, value).is_err(), "{value:?}");
        }
        assert!(read(&WebBasicBackend, "Basic YTpi").unwrap().is_some());
    }
}
