//! Addresses that are pasted into configurations, so that nothing but an address fits.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use crate::cli::exit::CliError;

/// The longest path of a socket, in bytes: what fits into `sun_path`, with the NUL behind it.
const MAX_SOCKET_PATH_BYTES: usize = 107;

/// Where `tokenctl serve` listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum AuthServer {
    /// On a port.
    Tcp(HostPort),
    /// On a Unix socket, by its absolute path.
    Unix(String),
}

impl AuthServer {
    /// Reads `HOST:PORT` or `unix:PATH`.
    pub(super) fn parse(text: &str) -> Result<Self, CliError> {
        let Some(path) = text.strip_prefix("unix:") else {
            let expected = || CliError::usage("`HOST:PORT` or `unix:PATH` is expected");
            return HostPort::parse(text).map(Self::Tcp).ok_or_else(expected);
        };
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte);
        if !path.starts_with('/') || path.ends_with('/') || !path.bytes().all(is_plain) {
            return Err(CliError::usage(
                "the path of a socket begins with `/` and has letters, digits, `.`, `_` and `-` alone",
            ));
        }
        if path.len() > MAX_SOCKET_PATH_BYTES {
            let message = format!("the path of a socket has at most {MAX_SOCKET_PATH_BYTES} bytes");
            return Err(CliError::usage(message));
        }
        Ok(Self::Unix(path.to_owned()))
    }

    /// Returns whether the way there may leave this machine.
    pub(super) fn is_remote(&self) -> bool {
        match self {
            Self::Unix(_) => false,
            Self::Tcp(address) => match &address.host {
                Host::Ip(ip) => !ip.to_canonical().is_loopback(),
                Host::Name(name) => name != "localhost",
            },
        }
    }
}

/// The service behind the proxy: `http://HOST[:PORT]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Upstream(pub(super) HostPort);

impl Upstream {
    /// Reads a URL that has no path, as the service gets each path as it was judged.
    pub(super) fn parse(text: &str) -> Result<Self, CliError> {
        let expected = || CliError::usage("`http://HOST:PORT` without a path is expected");
        let rest = text.strip_prefix("http://").ok_or_else(expected)?;
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let found = HostPort::parse(rest).or_else(|| HostPort::parse(&format!("{rest}:80")));
        found.map(Self).ok_or_else(expected)
    }
}

/// Where the proxy listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Listen(pub(super) SocketAddr);

impl Listen {
    /// Reads `PORT` or `IP:PORT`.
    pub(super) fn parse(text: &str) -> Result<Self, CliError> {
        let address = match port(text) {
            Some(port) => Some(SocketAddr::from((Ipv4Addr::LOCALHOST, port))),
            None => HostPort::parse(text).and_then(|address| address.socket()),
        };
        let expected = || CliError::usage("`PORT` or `IP:PORT` is expected");
        address.map(Self).ok_or_else(expected)
    }
}

/// A host and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct HostPort {
    /// The host.
    pub(super) host: Host,
    /// The port, which is not 0.
    pub(super) port: u16,
}

impl HostPort {
    fn parse(text: &str) -> Option<Self> {
        let (host, digits) = text.rsplit_once(':')?;
        Some(Self {
            host: Host::parse(host)?,
            port: port(digits)?,
        })
    }

    fn socket(&self) -> Option<SocketAddr> {
        match self.host {
            Host::Ip(ip) => Some(SocketAddr::from((ip, self.port))),
            Host::Name(_) => None,
        }
    }
}

impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            Host::Ip(IpAddr::V6(ip)) => write!(f, "[{ip}]:{}", self.port),
            host => write!(f, "{host}:{}", self.port),
        }
    }
}

/// An address, or a name that the proxy looks up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Host {
    /// An address.
    Ip(IpAddr),
    /// A name of letters, digits, hyphens and dots.
    Name(String),
}

impl Host {
    fn parse(text: &str) -> Option<Self> {
        if let Some(inner) = text.strip_prefix('[') {
            let ip = inner.strip_suffix(']')?.parse().ok()?;
            return Some(Self::Ip(IpAddr::V6(ip)));
        }
        if let Ok(ip) = text.parse() {
            return Some(Self::Ip(IpAddr::V4(ip)));
        }
        let is_label = |label: &str| {
            let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
            let has_hyphen_outside = label.starts_with('-') || label.ends_with('-');
            !label.is_empty() && !has_hyphen_outside && label.bytes().all(is_plain)
        };
        // Some resolvers read `127.1` or `0x7f.1` as an address.
        let last = text.rsplit('.').next().unwrap_or_default();
        let is_number = last.starts_with(|first: char| first.is_ascii_digit());
        let is_name = text.len() <= 253 && text.split('.').all(is_label) && !is_number;
        is_name.then(|| Self::Name(text.to_ascii_lowercase()))
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(ip) => ip.fmt(f),
            Self::Name(name) => f.write_str(name),
        }
    }
}

fn port(digits: &str) -> Option<u16> {
    let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
    digits.parse().ok().filter(|_| is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What must not get into a configuration, each in the place of a host, a port or a path.
    const HOSTILE: [&str; 15] = [
        "", " ", "a b", "a;b", "a{b", "a}b", "a\"b", "a'b", "a\nb", "a\tb", "a#b", "a$b", "a\\b",
        "a`b", "é",
    ];

    #[test]
    fn addresses_are_read_and_shown_alike() {
        for text in [
            "127.0.0.1:9180",
            "[::1]:1",
            "auth.example.com:65535",
            "a:80",
            "a-1.b2:8",
        ] {
            assert_eq!(HostPort::parse(text).unwrap().to_string(), text);
        }
        let shown = HostPort::parse("Auth.Example:80").unwrap().to_string();
        assert_eq!(shown, "auth.example:80");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "127.0.0.1",
            ":80",
            "a:",
            "a:0",
            "a:080",
            "a:65536",
            "a:+1",
            "a:-1",
            "::1:80",
            "[::1]",
            "[127.0.0.1]:1",
            "[::1:80",
            "-a:80",
            "a-:80",
            "a..b:80",
            ".a:80",
            "a.:80",
            "127.1:80",
            "1.2.3.4.5:80",
            "0x7f.0x1:80",
            "a/b:80",
            "user@a:80",
            "a:80:80",
            "a_b:80",
            "*:80",
            "[fe80::1%eth0]:80",
        ] {
            assert_eq!(HostPort::parse(text), None, "{text}");
        }
        for text in HOSTILE {
            assert_eq!(HostPort::parse(&format!("{text}:80")), None, "{text:?}");
            assert_eq!(HostPort::parse(&format!("a:{text}")), None, "{text:?}");
        }
    }

    #[test]
    fn sockets_are_absolute_paths_of_plain_characters() {
        let unix = AuthServer::parse("unix:/run/tokenctl/auth-1_a.sock");
        assert_eq!(
            unix,
            Ok(AuthServer::Unix("/run/tokenctl/auth-1_a.sock".to_owned()))
        );
        for path in [
            "auth.sock",
            "/",
            "/run/",
            "//run/a b",
            "/run/a:b",
            "@abstract",
        ] {
            assert!(
                AuthServer::parse(&format!("unix:{path}")).is_err(),
                "{path}"
            );
        }
        for text in HOSTILE {
            assert!(
                AuthServer::parse(&format!("unix:{text}")).is_err(),
                "{text:?}"
            );
            if !text.is_empty() {
                assert!(
                    AuthServer::parse(&format!("unix:/run/{text}")).is_err(),
                    "{text:?}"
                );
            }
        }
        let longest = "a".repeat(MAX_SOCKET_PATH_BYTES - 1);
        assert!(AuthServer::parse(&format!("unix:/{longest}")).is_ok());
        assert!(AuthServer::parse(&format!("unix:/{longest}a")).is_err());
    }

    #[test]
    fn only_loopback_and_sockets_stay_on_this_machine() {
        let is_remote = |text: &str| AuthServer::parse(text).unwrap().is_remote();
        for text in [
            "127.0.0.1:1",
            "127.8.0.1:1",
            "[::1]:1",
            "localhost:1",
            "unix:/a",
        ] {
            assert!(!is_remote(text), "{text}");
        }
        for text in [
            "10.0.0.1:1",
            "[fd00::1]:1",
            "auth.example:1",
            "localhost.example:1",
        ] {
            assert!(is_remote(text), "{text}");
        }
    }

    #[test]
    fn upstream_is_a_url_without_a_path() {
        for (text, expected) in [
            ("http://127.0.0.1:8080", "127.0.0.1:8080"),
            ("http://app.example/", "app.example:80"),
            ("http://[::1]:3000", "[::1]:3000"),
            ("http://[::1]", "[::1]:80"),
        ] {
            assert_eq!(Upstream::parse(text).unwrap().0.to_string(), expected);
        }
        for text in [
            "",
            "127.0.0.1:8080",
            "https://a",
            "http://",
            "http:///",
            "http://a/b",
            "http://a//",
            "http://a?b",
            "http://a:",
            "http://u@a",
            "HTTP://a",
            "http://a:0",
            "http:// a",
        ] {
            assert!(Upstream::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn proxy_listens_on_an_address_of_a_machine() {
        let listen = |text: &str| Listen::parse(text).map(|listen| listen.0.to_string());
        assert_eq!(listen("8000").unwrap(), "127.0.0.1:8000");
        assert_eq!(listen("0.0.0.0:80").unwrap(), "0.0.0.0:80");
        assert_eq!(listen("[::]:80").unwrap(), "[::]:80");
        for text in [
            "",
            "0",
            "65536",
            "localhost:80",
            ":80",
            "*:80",
            "8000;",
            "127.0.0.1",
        ] {
            assert!(listen(text).is_err(), "{text}");
        }
    }
}
