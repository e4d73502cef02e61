//! The host of a URI or Via.

use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::syntax::{class, is};

/// A host as RFC 3261 25.1 has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Host<'a> {
    /// A domain name, as written.
    Name(&'a str),
    /// An IPv4 address.
    V4(Ipv4Addr),
    /// An IPv6 address; brackets stand around it in text.
    V6(Ipv6Addr),
}

impl<'a> Host<'a> {
    /// Reads a host without port; IPv6 addresses in brackets.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        if let Some(inner) = text.strip_prefix('[') {
            return parse_v6(inner.strip_suffix(']')?).map(Self::V6);
        }
        let bytes = text.as_bytes();
        let (first, last) = (*bytes.first()?, *bytes.last()?);
        if !bytes.iter().all(|b| is(*b, class::HOST)) || first == b'.' || first == b'-' {
            return None;
        }
        // A top label begins with a letter (RFC 3261 25.1), so what ends in a digit can be an address.
        if last.is_ascii_digit()
            && bytes.iter().all(|b| b.is_ascii_digit() || *b == b'.')
            && bytes.contains(&b'.')
        {
            return text.parse().ok().map(Self::V4);
        }
        Some(Self::Name(text))
    }

    /// The address, if it is one.
    #[must_use]
    pub const fn ip(&self) -> Option<IpAddr> {
        match self {
            Self::Name(_) => None,
            Self::V4(address) => Some(IpAddr::V4(*address)),
            Self::V6(address) => Some(IpAddr::V6(*address)),
        }
    }

    /// Whether both are the same host: names without case, addresses by value.
    #[must_use]
    pub fn same(&self, other: &Host<'_>) -> bool {
        match (self, other) {
            (Self::Name(a), Host::Name(b)) => a.eq_ignore_ascii_case(b),
            _ => self.ip().is_some() && self.ip() == other.ip(),
        }
    }
}

/// An IPv6 address without brackets. `:::` is read as `::`: the grammar of RFC 3261 allowed it by
/// mistake (RFC 5118 4.10).
pub(crate) fn parse_v6(text: &str) -> Option<Ipv6Addr> {
    match text.parse() {
        Ok(address) => Some(address),
        Err(_) if text.contains(":::") => text.replacen(":::", "::", 1).parse().ok(),
        Err(_) => None,
    }
}

impl fmt::Display for Host<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::V4(address) => address.fmt(f),
            Self::V6(address) => write!(f, "[{address}]"),
        }
    }
}

/// Whether this is a host, told without taking it apart: `text` is in brackets or has only bytes of
/// [`class::HOST`].
#[inline]
pub(crate) fn is_host(text: &str) -> bool {
    match text.as_bytes() {
        // A name that begins with a letter or digit and ends with a letter.
        [first, .., last] if first.is_ascii_alphanumeric() && last.is_ascii_alphabetic() => true,
        _ => Host::parse(text).is_some(),
    }
}

/// Reads `host [":" port]` at `at`: the end of the host, the port, and the end of both.
pub(crate) fn host_port(text: &str, at: usize) -> Option<(usize, Option<u16>, usize)> {
    let bytes = text.as_bytes();
    let host_end = if bytes.get(at) == Some(&b'[') {
        at + memchr::memchr(b']', &bytes[at..])? + 1
    } else {
        crate::syntax::skip_class(bytes, at, class::HOST)
    };
    if !is_host(&text[at..host_end]) {
        return None;
    }
    if bytes.get(host_end) != Some(&b':') {
        return Some((host_end, None, host_end));
    }
    let mut end = host_end + 1;
    let mut port: u32 = 0;
    while let Some(digit) = bytes.get(end).filter(|b| b.is_ascii_digit()) {
        port = port
            .saturating_mul(10)
            .saturating_add(u32::from(digit - b'0'));
        end += 1;
    }
    if end == host_end + 1 {
        return None;
    }
    Some((host_end, Some(u16::try_from(port).ok()?), end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_addresses() {
        assert_eq!(Host::parse("example.com"), Some(Host::Name("example.com")));
        assert_eq!(
            Host::parse("a1b2.invalid"),
            Some(Host::Name("a1b2.invalid"))
        );
        assert_eq!(
            Host::parse("192.0.2.1"),
            Some(Host::V4(Ipv4Addr::new(192, 0, 2, 1)))
        );
        assert_eq!(
            Host::parse("[2001:db8::1]").unwrap().to_string(),
            "[2001:db8::1]"
        );
        for bad in [
            "",
            "300.0.2.1",
            "[2001:db8::1",
            "2001:db8::1",
            "a b",
            ".a",
            "[::g]",
        ] {
            assert_eq!(Host::parse(bad), None, "{bad:?}");
        }
    }

    /// RFC 5118 4.10
    #[test]
    fn three_colons_are_read_as_two() {
        assert_eq!(
            Host::parse("[2001:db8:::192.0.2.1]"),
            Host::parse("[2001:db8::192.0.2.1]")
        );
        assert!(Host::parse("[2001:db8::192.0.2.1]").is_some());
    }
}
