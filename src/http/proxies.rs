//! Which peers are trusted proxies, and who the client behind them is.

use std::net::{IpAddr, SocketAddr};

use http::HeaderMap;

use super::profile::ADDRESS_HEADER;
use crate::network::{Networks, NetworksError};

/// The word that stands for the peers of a unix socket.
const UNIX: &str = "unix";

/// The most addresses of proxies that are looked at.
const MAX_HOPS: usize = 64;

/// Who is at the other end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
// Exhaustive: a server listens on one or the other.
pub enum Peer {
    /// A process at this address.
    Address(IpAddr),
    /// A process that may open the unix socket.
    Unix,
}

/// The peers that may ask about the requests of others, and whose word on the client's address counts.
#[derive(Clone, Debug)]
pub struct TrustedProxies {
    networks: Networks,
    unix: bool,
}

/// The proxies of this machine: its loopback addresses, and the peers of a unix socket.
pub const THIS_MACHINE: [&str; 3] = ["127.0.0.0/8", "::1/128", UNIX];

impl Default for TrustedProxies {
    /// Those of [`THIS_MACHINE`].
    fn default() -> Self {
        Self::parse(&THIS_MACHINE).expect("they are well-formed networks")
    }
}

impl TrustedProxies {
    /// Reads addresses, CIDR blocks, and the word `unix` for the peers of a unix socket.
    ///
    /// # Errors
    ///
    /// [`NetworksError`] for an item that is none of these.
    pub fn parse<T: AsRef<str>>(items: &[T]) -> Result<Self, NetworksError> {
        let items: Vec<&str> = items.iter().map(AsRef::as_ref).collect();
        let networks: Vec<&str> = items.iter().copied().filter(|item| *item != UNIX).collect();
        Ok(Self {
            unix: networks.len() < items.len(),
            networks: Networks::parse(&networks)?,
        })
    }

    /// Returns whether `peer` is one of them.
    #[must_use]
    pub fn trusts(&self, peer: Peer) -> bool {
        match peer {
            Peer::Address(address) => self.networks.allows(address),
            Peer::Unix => self.unix,
        }
    }

    /// Returns whether any peer with an address is one of them.
    #[must_use]
    pub fn trusts_addresses(&self) -> bool {
        !self.networks.is_empty()
    }

    /// Returns the address of the client; `None` when it cannot be known.
    ///
    /// A peer that is no proxy is the client. A proxy names its own peer last in `X-Forwarded-For`, behind what it was
    /// told itself; so the client is the last address there that is no proxy's. What stands before it is hearsay.
    #[must_use]
    pub fn client(&self, peer: Peer, headers: &HeaderMap) -> Option<IpAddr> {
        if !self.trusts(peer) {
            return match peer {
                Peer::Address(address) => Some(address),
                Peer::Unix => None,
            };
        }
        let mut client = None;
        let values: Vec<_> = headers.get_all(ADDRESS_HEADER).iter().collect();
        let hops = values
            .iter()
            .rev()
            .flat_map(|value| value.as_bytes().rsplit(|byte| *byte == b','));
        for hop in hops.take(MAX_HOPS) {
            let address = read_address(hop)?;
            client = Some(address);
            if !self.networks.allows(address) {
                break;
            }
        }
        client
    }
}

/// Reads one entry of `X-Forwarded-For`: an address, with a port where a proxy adds one.
fn read_address(hop: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(hop).ok()?.trim_matches([' ', '\t']);
    let address = text
        .parse::<IpAddr>()
        .or_else(|_| text.parse::<SocketAddr>().map(|address| address.ip()));
    address.ok().map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    use http::HeaderValue;

    const PROXY: Peer = Peer::Address(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST));

    fn client(peer: Peer, values: &[&'static str]) -> Option<String> {
        let trusted = TrustedProxies::parse(&["127.0.0.1", "10.0.0.0/8", "unix"]).unwrap();
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(ADDRESS_HEADER, HeaderValue::from_static(value));
        }
        let client = trusted.client(peer, &headers);
        client.map(|address| address.to_string())
    }

    #[test]
    fn client_is_the_last_address_that_is_no_proxy() {
        for (values, expected) in [
            (&["192.0.2.7"][..], "192.0.2.7"),
            (&["198.51.100.1, 192.0.2.7"], "192.0.2.7"),
            (&["198.51.100.1", "192.0.2.7"], "192.0.2.7"),
            (&["198.51.100.1, 192.0.2.7, 10.1.2.3"], "192.0.2.7"),
            (&["hunter2, 192.0.2.7"], "192.0.2.7"),
            (&["2001:db8::7"], "2001:db8::7"),
            (&["[2001:db8::7]:4711"], "2001:db8::7"),
            (&["192.0.2.7:4711"], "192.0.2.7"),
            (&["::ffff:192.0.2.7"], "192.0.2.7"),
            // The client is a proxy itself, or runs beside one.
            (&["10.1.2.3, 10.1.2.4"], "10.1.2.3"),
        ] {
            for peer in [PROXY, Peer::Unix] {
                assert_eq!(
                    client(peer, values).as_deref(),
                    Some(expected),
                    "{values:?}"
                );
            }
        }
    }

    #[test]
    fn what_cannot_be_read_is_nobody() {
        for values in [
            &[][..],
            &[""],
            &["unknown"],
            &["192.0.2.7, _hidden"],
            &["192.0.2.7,"],
            &["192.0.2.7", "hunter2, 10.0.0.1"],
            &["192.0.2.7/32"],
        ] {
            assert_eq!(client(PROXY, values), None, "{values:?}");
        }
    }

    #[test]
    fn strangers_are_clients_whatever_they_say() {
        let stranger = Peer::Address("203.0.113.5".parse().unwrap());
        let told = client(stranger, &["192.0.2.7"]);
        assert_eq!(told.as_deref(), Some("203.0.113.5"));
        let trusted = TrustedProxies::parse(&["10.0.0.0/8"]).unwrap();
        assert!(!trusted.trusts(stranger) && !trusted.trusts(PROXY) && !trusted.trusts(Peer::Unix));
        assert_eq!(trusted.client(Peer::Unix, &HeaderMap::new()), None);
    }

    #[test]
    fn long_chains_end() {
        let chain = vec!["10.0.0.1"; MAX_HOPS + 1].join(",");
        let value = HeaderValue::from_str(&format!("192.0.2.7,{chain}")).unwrap();
        let mut headers = HeaderMap::new();
        headers.append(ADDRESS_HEADER, value);
        let trusted = TrustedProxies::parse(&["10.0.0.0/8", "unix"]).unwrap();
        let client = trusted.client(Peer::Unix, &headers).unwrap();
        assert!(client.to_string().starts_with("10."));
    }
}
