//! Auth backends: whose credentials are these?

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

use super::session::SessionLogin;
use crate::format::{Shape, TokenFormats};
use crate::secret::{Secret, TokenDigest};
use crate::store::{Store, StoreError};
use crate::token::Token;
use crate::token_id::TokenId;
use crate::user::UserName;

/// Credentials as a web backend read them from a request. `Debug` shows neither part: clients put a token in the place
/// of the name, too.
#[non_exhaustive]
pub struct Credentials {
    /// The user name that came with them; the owner of a token must have it. `None` where the scheme has none. It may be
    /// a token that stands in the wrong place.
    pub user: Option<Secret>,
    /// The token, or the password in whose place it stands.
    pub secret: Secret,
}

impl Credentials {
    /// Makes credentials of a secret alone.
    #[must_use]
    pub fn of(secret: Secret) -> Self {
        Self { user: None, secret }
    }

    /// Makes credentials of a user name and a secret.
    #[must_use]
    pub fn of_user(user: impl Into<String>, secret: Secret) -> Self {
        Self {
            user: Some(Secret::new(user.into())),
            secret,
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("has_user", &self.user.is_some())
            .finish_non_exhaustive()
    }
}

/// Whom credentials belong to. Whether they are good is not said by this: that is judged afterwards, in one place.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Identity {
    /// The user.
    pub user: UserName,
    /// Since when the user is disabled.
    pub user_disabled_at: Option<Timestamp>,
    /// The token that stands for them; `None` for other means of login.
    pub token: Option<Box<Token>>,
    /// Whether the token is of a deprecated format.
    pub deprecated: bool,
}

impl Identity {
    /// Makes the identity of a user who is known by other means than a token.
    #[must_use]
    pub fn of_user(user: UserName, disabled_at: Option<Timestamp>) -> Self {
        Self {
            user,
            user_disabled_at: disabled_at,
            token: None,
            deprecated: false,
        }
    }
}

/// What a backend makes of credentials.
#[derive(Clone, Debug)]
// Exhaustive: backends of others make it, and a fourth answer would need another judge.
pub enum Authentication {
    /// They are not in its store.
    Unknown,
    /// They cannot be in any store: their own format refuses them.
    Malformed,
    /// It knows whose they are.
    Known(Box<Identity>),
}

/// Says whose credentials are (the ancestor's `TokenAuthBackendMixin`).
pub trait AuthBackend: Send + Sync + fmt::Debug {
    /// Returns the name by which a session remembers this backend.
    fn id(&self) -> &str;

    /// Says whose `credentials` are.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when it could not be found out.
    fn authenticate(
        &self,
        credentials: &Credentials,
        now: Timestamp,
    ) -> Result<Authentication, StoreError>;

    /// Says what can be told of `credentials` without looking them up, for a trace: their format, and whether they
    /// have it. Nothing of the secret may be in it.
    fn describe(&self, credentials: &Credentials) -> String {
        let _ = credentials;
        "nothing to be seen without looking them up".to_owned()
    }

    /// Says whose login a session remembers, from what is stored now. Another backend's login is unknown.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when it could not be found out.
    fn resume(&self, login: &SessionLogin) -> Result<Authentication, StoreError>;
}

/// Knows the tokens of a store.
#[derive(Debug)]
pub struct TokenAuthBackend {
    id: String,
    store: Arc<dyn Store>,
    formats: Arc<TokenFormats>,
}

impl TokenAuthBackend {
    /// Makes the backend `token` over `store`.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, formats: Arc<TokenFormats>) -> Self {
        Self::with_id("token", store, formats)
    }

    /// Makes a backend of another name, for a second store beside the first.
    #[must_use]
    pub fn with_id(
        id: impl Into<String>,
        store: Arc<dyn Store>,
        formats: Arc<TokenFormats>,
    ) -> Self {
        Self {
            id: id.into(),
            store,
            formats,
        }
    }

    /// Finds the token that `secret` is. See [`find_by_secret`].
    fn find(&self, secret: &Secret) -> Result<Found, StoreError> {
        find_by_secret(self.store.as_ref(), &self.formats, secret)
    }

    fn known(&self, token: Box<Token>) -> Authentication {
        Authentication::Known(Box::new(Identity {
            user: token.owner.name.clone(),
            user_disabled_at: token.owner.disabled_at,
            deprecated: self.formats.is_deprecated(&token.generator),
            token: Some(token),
        }))
    }
}

impl AuthBackend for TokenAuthBackend {
    fn id(&self) -> &str {
        &self.id
    }

    fn authenticate(
        &self,
        credentials: &Credentials,
        _now: Timestamp,
    ) -> Result<Authentication, StoreError> {
        let token = match self.find(&credentials.secret)? {
            Found::Malformed => return Ok(Authentication::Malformed),
            Found::Unknown => return Ok(Authentication::Unknown),
            Found::Token(token) => token,
        };
        // A name given beside the token must be its owner's: a token of another user is not known under this name.
        let named = credentials.user.as_ref().map(Secret::expose_secret);
        let named = named.filter(|name| !name.is_empty());
        if named.is_some_and(|name| name != token.owner.name.as_str()) {
            return Ok(Authentication::Unknown);
        }
        Ok(self.known(token))
    }

    fn describe(&self, credentials: &Credentials) -> String {
        match self.formats.judge(credentials.secret.expose_secret()) {
            Shape::WellFormed { format } => {
                format!("{format}: length, alphabet and checksum are right")
            }
            Shape::Malformed(error) => error.to_string(),
            Shape::Foreign => "no registered format: it is looked up by its digest".to_owned(),
        }
    }

    fn resume(&self, login: &SessionLogin) -> Result<Authentication, StoreError> {
        let id = login
            .webapi_token_id
            .as_deref()
            .and_then(|id| TokenId::parse(id).ok());
        let Some(id) = id.filter(|_| login.backend == self.id) else {
            return Ok(Authentication::Unknown);
        };
        let token = self.store.find_token(&id)?.map(Box::new);
        Ok(token.map_or(Authentication::Unknown, |token| self.known(token)))
    }
}

/// What a secret is to a store.
#[derive(Debug)]
pub(crate) enum Found {
    /// Its own format refuses it.
    Malformed,
    /// It is not there.
    Unknown,
    /// It is this token's.
    Token(Box<Token>),
}

/// Finds the token that `secret` is: its shape first, without hash or I/O, then by digest.
///
/// Tokens of other systems are hashed in other ways; those kinds are tried last, and only where the store has some. A
/// secret of theirs may look like one of ours: 40 hexadecimal digits are `legacy_sha1`, and a length that knox can have.
pub(crate) fn find_by_secret(
    store: &dyn Store,
    formats: &TokenFormats,
    secret: &Secret,
) -> Result<Found, StoreError> {
    let shape = formats.judge(secret.expose_secret());
    if matches!(shape, Shape::Malformed(_)) {
        return Ok(Found::Malformed);
    }
    let find = |digest| Ok(store.find_by_digest(&digest)?.map(Box::new));
    if let Some(token) = find(TokenDigest::of(secret))? {
        return Ok(Found::Token(token));
    }
    for kind in store.foreign_digest_kinds()? {
        if let Some(digest) = TokenDigest::of_kind(kind, secret)
            && let Some(token) = find(digest)?
        {
            return Ok(Found::Token(token));
        }
    }
    Ok(Found::Unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing_of_credentials() {
        let credentials = Credentials::of_user("hunter2", Secret::new("hunter2".into()));
        let shown = format!("{credentials:?}");
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}
