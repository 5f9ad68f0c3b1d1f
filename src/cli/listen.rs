//! Where a server listens: an address, or a unix socket.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use tokenctl::http::profile::DEFAULT_LISTEN;

/// An address with its port, or the path of a unix socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ListenAddress {
    /// `ADDRESS:PORT`.
    Tcp(SocketAddr),
    /// `unix:PATH`.
    Unix(PathBuf),
}

impl Default for ListenAddress {
    fn default() -> Self {
        Self::parse(DEFAULT_LISTEN).expect("the default is an address and a port")
    }
}

impl ListenAddress {
    /// Reads `ADDRESS:PORT` or `unix:/PATH`. Names are not looked up: where they lead to can change.
    pub(crate) fn parse(text: &str) -> Result<Self, BadListenAddress> {
        match text.strip_prefix("unix:") {
            Some(path) if path.starts_with('/') => Ok(Self::Unix(path.into())),
            Some(_) => Err(BadListenAddress),
            None => text.parse().map(Self::Tcp).map_err(|_| BadListenAddress),
        }
    }

    /// Returns whether only this machine can reach it.
    pub(crate) fn is_local(&self) -> bool {
        match self {
            Self::Tcp(address) => address.ip().to_canonical().is_loopback(),
            Self::Unix(_) => true,
        }
    }
}

impl FromStr for ListenAddress {
    type Err = BadListenAddress;

    fn from_str(text: &str) -> Result<Self, BadListenAddress> {
        Self::parse(text)
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// A text is no place to listen at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an address with its port, as 127.0.0.1:9180 or [::1]:9180, or unix:/PATH is expected")]
pub(crate) struct BadListenAddress;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_told_apart() {
        for (text, is_local) in [
            ("127.0.0.1:9180", true),
            ("127.8.8.8:0", true),
            ("[::1]:80", true),
            ("[::ffff:127.0.0.1]:80", true),
            ("unix:/run/tokenctl.sock", true),
            ("0.0.0.0:9180", false),
            ("[::]:9180", false),
            ("192.0.2.7:80", false),
        ] {
            let address = ListenAddress::parse(text).unwrap();
            assert_eq!(address.is_local(), is_local, "{text}");
            assert_eq!(address.to_string(), text);
        }
        for text in [
            "",
            "9180",
            ":9180",
            "localhost:9180",
            "127.0.0.1",
            "127.0.0.1:65536",
            "unix:",
            "unix:relative.sock",
            "http://127.0.0.1:9180",
        ] {
            assert_eq!(ListenAddress::parse(text), Err(BadListenAddress), "{text}");
        }
    }
}
