//! What each proxy sends to a forward-auth server, and which answers it can pass on: one table, which the server and
//! the printed configurations read alike.

use std::fmt;
use std::str::FromStr;

/// The path of forward-auth.
pub const AUTH_PATH: &str = "/auth";

/// Where a server listens unless it is told otherwise: on this machine alone. Printed configurations look for it there.
pub const DEFAULT_LISTEN: &str = "127.0.0.1:9180";

/// The header that names the user, in every answer of forward-auth; empty when nobody is logged in.
///
/// A name that is not plain printable ASCII is percent-encoded, byte by byte of its UTF-8.
pub const USER_HEADER: &str = "X-Auth-User";

/// The header that names the token by its id, in every answer of forward-auth; empty when there is none.
pub const TOKEN_ID_HEADER: &str = "X-Auth-Token-Id";

/// Who the client is, and which proxies it came through; each appends the address of its own peer.
pub const ADDRESS_HEADER: &str = "X-Forwarded-For";

/// Headers by which some services take another method than that of the request line. Proxies clear them, as the policy
/// was asked about the other one.
pub const METHOD_OVERRIDES: [&str; 3] = [
    "X-HTTP-Method-Override",
    "X-HTTP-Method",
    "X-Method-Override",
];

/// Headers by which some services take another target than that of the request line. Proxies clear them likewise.
pub const TARGET_OVERRIDES: [&str; 2] = ["X-Original-URL", "X-Rewrite-URL"];

/// A kind of proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Profile {
    /// `auth_request` of nginx.
    Nginx,
    /// `ForwardAuth` of Traefik.
    Traefik,
    /// `forward_auth` of Caddy.
    Caddy,
    /// `ext_authz` of Envoy, over HTTP.
    Envoy,
}

/// Where a proxy puts the method and the target of the request that it asks about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
// Exhaustive: whoever reads the original request has to know each way.
pub enum Original {
    /// Into these headers of a GET.
    Headers {
        /// The header with the method.
        method: &'static str,
        /// The header with path and query.
        uri: &'static str,
    },
    /// It sends the request itself, without its body, with [`AUTH_PATH`] put before its path.
    Request,
}

impl Profile {
    /// Every profile.
    pub const ALL: [Self; 4] = [Self::Nginx, Self::Traefik, Self::Caddy, Self::Envoy];

    /// Returns its name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::Traefik => "traefik",
            Self::Caddy => "caddy",
            Self::Envoy => "envoy",
        }
    }

    /// Returns where the original request is.
    #[must_use]
    pub const fn original(self) -> Original {
        match self {
            // nginx sends nothing of its own accord: the configuration sets both.
            Self::Nginx => Original::Headers {
                method: "X-Original-Method",
                uri: "X-Original-URI",
            },
            Self::Traefik | Self::Caddy => Original::Headers {
                method: "X-Forwarded-Method",
                uri: "X-Forwarded-Uri",
            },
            Self::Envoy => Original::Request,
        }
    }

    /// Returns the status that stands for `status`: what the proxy passes on, never a yes for a no.
    ///
    /// nginx knows 200, 401 and 403 and makes 500 of all else, so a refusal of another kind is 403 there. Failures
    /// stay what they are: every proxy here refuses then.
    #[must_use]
    pub const fn status(self, status: u16) -> u16 {
        match (self, status) {
            (Self::Nginx, 402..=499) | (Self::Nginx, 400) => 403,
            _ => status,
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Profile {
    type Err = UnknownProfile;

    fn from_str(text: &str) -> Result<Self, UnknownProfile> {
        let found = Self::ALL.into_iter().find(|profile| profile.name() == text);
        found.ok_or(UnknownProfile)
    }
}

/// A text names no profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the profiles are nginx, traefik, caddy and envoy")]
pub struct UnknownProfile;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nginx_gets_only_what_it_passes_on() {
        let statuses = [200, 400, 401, 403, 405, 429, 431, 500, 503];
        let nginx = statuses.map(|status| Profile::Nginx.status(status));
        assert_eq!(nginx, [200, 403, 401, 403, 403, 403, 403, 500, 503]);
        for profile in [Profile::Traefik, Profile::Caddy, Profile::Envoy] {
            assert_eq!(statuses.map(|status| profile.status(status)), statuses);
        }
    }

    #[test]
    fn profiles_are_read_by_their_names() {
        for profile in Profile::ALL {
            assert_eq!(profile.name().parse(), Ok(profile));
        }
        assert_eq!("NGINX".parse::<Profile>(), Err(UnknownProfile));
    }
}
