//! The networks a token may be used from.

use std::fmt;
use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The CIDR blocks a token may be used from, sorted and without repetitions.
///
/// An IPv4-mapped IPv6 block or address (`::ffff:10.0.0.1`) is the IPv4 one that it maps, so that a dual-stack socket
/// makes no difference. It follows that `::/0` is all of IPv6 alone: anywhere is no list at all, not a list.
/// An empty list allows no address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Networks(Vec<IpNet>);

impl Networks {
    /// The longest list that is read from what somebody writes.
    pub const LIMIT: usize = 64;

    /// Reads a list, each item a CIDR block or a single address.
    ///
    /// # Errors
    ///
    /// [`NetworksError`] when an item is neither, when a block has bits set after its prefix, or when there are more
    /// than [`Networks::LIMIT`] items.
    pub fn parse<T: AsRef<str>>(items: &[T]) -> Result<Self, NetworksError> {
        if items.len() > Self::LIMIT {
            return Err(NetworksError::TooMany { found: items.len() });
        }
        Self::parse_all(items)
    }

    /// Returns whether a token with these networks may be used from `address`.
    #[must_use]
    pub fn allows(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|block| block.contains(&address))
    }

    /// Returns the networks that are in both lists: it allows an address just when both do.
    ///
    /// Two blocks are either disjoint or one holds the other, so that the result is exact. It may be empty, and it may
    /// be longer than [`Networks::LIMIT`], though never than both lists together.
    #[must_use]
    pub fn intersect(&self, other: &Self) -> Self {
        let common = self.0.iter().flat_map(|ours| {
            other.0.iter().filter_map(move |theirs| {
                if ours.contains(theirs) {
                    Some(*theirs)
                } else {
                    theirs.contains(ours).then_some(*ours)
                }
            })
        });
        Self::of(common.collect())
    }

    /// Returns the number of blocks.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns whether there is no block, so that no address is allowed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn parse_all<T: AsRef<str>>(items: &[T]) -> Result<Self, NetworksError> {
        let blocks = items
            .iter()
            .enumerate()
            .map(|(index, item)| parse_block(item.as_ref(), index + 1));
        Ok(Self::of(blocks.collect::<Result<_, _>>()?))
    }

    fn of(mut blocks: Vec<IpNet>) -> Self {
        blocks.sort_unstable();
        blocks.dedup();
        Self(blocks)
    }
}

impl fmt::Display for Networks {
    /// Writes the blocks with commas between them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, block) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            write!(f, "{separator}{block}")?;
        }
        Ok(())
    }
}

impl Serialize for Networks {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(ToString::to_string))
    }
}

impl<'de> Deserialize<'de> for Networks {
    /// Reads a list of strings. Its length has no limit, since a stored list may be an intersection.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let items = Vec::<String>::deserialize(deserializer)?;
        Self::parse_all(&items).map_err(D::Error::custom)
    }
}

/// A list is no list of networks.
///
/// An item that cannot be read is named by its place and not repeated: it may be anything, a token even.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NetworksError {
    /// An item is neither an address nor a block.
    #[error("network {position} of the list is neither an address nor a CIDR block")]
    Syntax {
        /// Its place in the list, from 1.
        position: usize,
    },
    /// A block has bits set after its prefix.
    #[error("{given} has host bits set; {meant} was meant?")]
    HostBits {
        /// The block as given.
        given: String,
        /// The block with this prefix that holds the address given.
        meant: String,
    },
    /// The list is too long.
    #[error("{found} networks are too many, the limit is {}", Networks::LIMIT)]
    TooMany {
        /// The number of items.
        found: usize,
    },
}

/// Reads the item at `position`, counted from 1.
fn parse_block(item: &str, position: usize) -> Result<IpNet, NetworksError> {
    let syntax = || NetworksError::Syntax { position };
    let (address, length) = match item.split_once('/') {
        Some((address, length)) => (address, Some(length)),
        None => (item, None),
    };
    let address: IpAddr = address.parse().map_err(|_| syntax())?;
    let Some(length) = length else {
        return Ok(IpNet::from(address.to_canonical()));
    };
    // `parse` alone would take `+8` and `08`.
    let is_plain = length.bytes().all(|byte| byte.is_ascii_digit())
        && (length == "0" || !length.starts_with('0'));
    let length = match length.parse() {
        Ok(length) if is_plain => length,
        _ => return Err(syntax()),
    };
    let block = IpNet::new(address, length).map_err(|_| syntax())?;
    let meant = block.trunc();
    if block != meant {
        return Err(NetworksError::HostBits {
            given: block.to_string(),
            meant: meant.to_string(),
        });
    }
    Ok(canonical(block))
}

/// Returns the IPv4 block that `block` maps, or `block` itself.
fn canonical(block: IpNet) -> IpNet {
    const MAPPED_BITS: u8 = 96;
    let mapped = match block {
        IpNet::V6(v6) => v6.addr().to_ipv4_mapped(),
        IpNet::V4(_) => None,
    };
    let length = block.prefix_len().checked_sub(MAPPED_BITS);
    mapped
        .zip(length)
        .and_then(|(address, length)| Ipv4Net::new(address, length).ok())
        .map_or(block, IpNet::V4)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn networks(items: &[&str]) -> Networks {
        Networks::parse(items).unwrap()
    }

    fn allows(items: &[&str], address: &str) -> bool {
        networks(items).allows(address.parse().unwrap())
    }

    #[test]
    fn address_is_allowed_within_a_block_alone() {
        for (address, allowed) in [
            ("10.0.0.0", true),
            ("10.255.255.255", true),
            ("9.255.255.255", false),
            ("11.0.0.0", false),
            ("192.0.2.7", true),
            ("192.0.2.8", false),
            ("2001:db8::1", true),
            ("2001:db9::1", false),
            ("::1", false),
        ] {
            let items = ["10.0.0.0/8", "192.0.2.7", "2001:db8::/32"];
            assert_eq!(allows(&items, address), allowed, "{address}");
        }
    }

    #[test]
    fn mapped_address_is_the_address_it_maps() {
        assert!(allows(&["10.0.0.0/8"], "::ffff:10.1.2.3"));
        assert!(allows(&["::ffff:10.0.0.0/104"], "10.1.2.3"));
        assert!(allows(&["::ffff:10.1.2.3"], "10.1.2.3"));
        assert!(!allows(&["::ffff:10.0.0.0/104"], "11.1.2.3"));
        assert_eq!(networks(&["::ffff:10.0.0.0/104"]).to_string(), "10.0.0.0/8");
        assert_eq!(networks(&["::ffff:0:0/96"]).to_string(), "0.0.0.0/0");
    }

    #[test]
    fn all_of_one_family_is_nothing_of_the_other() {
        assert!(allows(&["0.0.0.0/0"], "203.0.113.9") && allows(&["::/0"], "2001:db8::1"));
        assert!(!allows(&["0.0.0.0/0"], "2001:db8::1"));
        assert!(!allows(&["::/0"], "203.0.113.9") && !allows(&["::/0"], "::ffff:203.0.113.9"));
        // Holds the mapped range without being in it: still a block of IPv6.
        assert!(!allows(&["::/64"], "::ffff:203.0.113.9"));
    }

    #[test]
    fn empty_list_allows_nothing() {
        let empty = networks(&[]);
        assert!(empty.is_empty() && !empty.allows("127.0.0.1".parse().unwrap()));
    }

    #[test]
    fn host_bits_are_refused_with_the_block_meant() {
        for (given, message) in [
            (
                "10.0.0.1/8",
                "10.0.0.1/8 has host bits set; 10.0.0.0/8 was meant?",
            ),
            (
                "1.2.3.4/0",
                "1.2.3.4/0 has host bits set; 0.0.0.0/0 was meant?",
            ),
            (
                "2001:db8::1/64",
                "2001:db8::1/64 has host bits set; 2001:db8::/64 was meant?",
            ),
        ] {
            assert_eq!(Networks::parse(&[given]).unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn what_is_no_block_is_named_by_its_place() {
        for bad in [
            "",
            "/",
            "10.0.0.0/",
            "/8",
            "10.0.0.0/33",
            "10.0.0.0/+8",
            "10.0.0.0/08",
            "10.0.0.0/8/8",
            "10.0.0/8",
            "010.0.0.0/8",
            "10.0.0.0/255.0.0.0",
            "10.0.0.0 /8",
            " 10.0.0.0",
            "::/129",
            "fe80::1%eth0",
            "localhost",
            "*",
            "10.0.0.0/-1",
            "::ffff:10.0.0.0/256",
            "10.0.0.0/٨",
        ] {
            let refused = Networks::parse(&["::1", bad]);
            assert_eq!(refused, Err(NetworksError::Syntax { position: 2 }), "{bad}");
        }
    }

    #[test]
    fn list_is_sorted_without_repetitions_and_bounded() {
        let list = networks(&["::1", "10.0.0.0/8", "::ffff:10.0.0.0/104", "10.0.0.0/8"]);
        assert_eq!(list.to_string(), "10.0.0.0/8, ::1/128");
        assert_eq!(list.len(), 2);
        assert!(Networks::parse(&["::1"; 64]).is_ok());
        let refused = Networks::parse(&["::1"; 65]);
        assert_eq!(refused, Err(NetworksError::TooMany { found: 65 }));
    }

    #[test]
    fn json_is_a_list_of_strings() {
        let list = networks(&["192.0.2.7", "10.0.0.0/8"]);
        let json = serde_json::to_string(&list).unwrap();
        assert_eq!(json, r#"["10.0.0.0/8","192.0.2.7/32"]"#);
        assert_eq!(serde_json::from_str::<Networks>(&json).unwrap(), list);
        for bad in ["{}", "null", "[1]", r#"["x"]"#, r#"["10.0.0.1/8"]"#] {
            assert!(serde_json::from_str::<Networks>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn intersection_keeps_the_narrower_block() {
        let ours = networks(&["10.0.0.0/8", "192.0.2.7", "2001:db8::/32"]);
        let theirs = networks(&["10.1.0.0/16", "192.0.2.0/24", "2001:db9::/32"]);
        let both = ours.intersect(&theirs);
        assert_eq!(both.to_string(), "10.1.0.0/16, 192.0.2.7/32");
        assert!(both.intersect(&networks(&["::/0"])).is_empty());
    }
}
