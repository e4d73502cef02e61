//! Where somebody comes from, as far as limits count.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The far end of a connection: an IPv4 address, or an IPv6 network of 64 bits, within which one
/// subscriber has all addresses to choose from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Peer(IpAddr);

impl Peer {
    /// The peer of this address. Those whose address is not known are one.
    #[must_use]
    pub fn of(address: Option<SocketAddr>) -> Self {
        let ip = address.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |address| address.ip());
        Self(match ip.to_canonical() {
            IpAddr::V6(ip) => {
                let [a, b, c, d, ..] = ip.segments();
                Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
            }
            ip => ip,
        })
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            IpAddr::V4(ip) => ip.fmt(f),
            IpAddr::V6(ip) => write!(f, "{ip}/64"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(address: &str) -> String {
        Peer::of(Some(address.parse().unwrap())).to_string()
    }

    #[test]
    fn all_addresses_of_one_subscriber_are_one_peer() {
        assert_eq!(peer("192.0.2.7:5000"), peer("192.0.2.7:5001"));
        assert_ne!(peer("192.0.2.7:5000"), peer("192.0.2.8:5000"));
        assert_eq!(peer("[::ffff:192.0.2.7]:1"), "192.0.2.7");
        assert_eq!(peer("[2001:db8:1:2::3]:1"), "2001:db8:1:2::/64");
        assert_eq!(peer("[2001:db8:1:2:ffff::]:1"), "2001:db8:1:2::/64");
        assert_ne!(peer("[2001:db8:1:3::3]:1"), "2001:db8:1:2::/64");
    }
}
