//! What a login leaves behind: who, and which token restricts them.

use serde::{Deserialize, Serialize};

use super::backend::Identity;

/// What a session remembers of a login. It is no permission: each request has it judged anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct SessionLogin {
    /// The name of the user at the time of the login.
    pub user: String,
    /// The id of the auth backend that knew the credentials.
    pub backend: String,
    /// The id of the token whose policy restricts the session (the ancestor's session key of that name); `None`
    /// after a login by other means.
    pub webapi_token_id: Option<String>,
}

impl SessionLogin {
    /// Remembers `identity`, which the auth backend `backend` knew.
    #[must_use]
    pub fn of(identity: &Identity, backend: &str) -> Self {
        Self {
            user: identity.user.as_str().to_owned(),
            backend: backend.to_owned(),
            webapi_token_id: identity.token.as_ref().map(|token| token.id.to_string()),
        }
    }
}

/// A session, as far as authentication needs one.
pub trait Session {
    /// Returns the login it remembers.
    fn login(&self) -> Option<SessionLogin>;

    /// Begins a new session for `login`: a new key, and nothing of what was in it before. A session that is given
    /// to a client before it logs in must not become that of the user (session fixation).
    fn start(&mut self, login: SessionLogin);

    /// Forgets everything.
    fn end(&mut self);

    /// Returns whether it remembers logins at all; one that does not is told of none.
    fn is_kept(&self) -> bool {
        true
    }
}

/// No session: each request has to bring its own credentials.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoSession;

impl Session for NoSession {
    fn login(&self) -> Option<SessionLogin> {
        None
    }

    fn start(&mut self, _login: SessionLogin) {}

    fn end(&mut self) {}

    fn is_kept(&self) -> bool {
        false
    }
}

/// A session that lives as long as this value.
#[derive(Clone, Debug, Default)]
pub struct MemorySession {
    login: Option<SessionLogin>,
}

impl Session for MemorySession {
    fn login(&self) -> Option<SessionLogin> {
        self.login.clone()
    }

    fn start(&mut self, login: SessionLogin) {
        self.login = Some(login);
    }

    fn end(&mut self) {
        self.login = None;
    }
}
