//! `Via` (RFC 3261 20.42, 18.2; rport RFC 3581).

use core::fmt;
use core::net::{IpAddr, SocketAddr};
use std::borrow::Cow;

use crate::syntax::{
    self, Fault, MAX_TEXT, Params, Span, check_params, class, skip_class, skip_space,
    token_or_quoted, trim,
};
use crate::text::Text;
use crate::uri::{Host, is_host};

/// The magic cookie that begins every branch by RFC 3261 8.1.1.7.
pub const MAGIC_COOKIE: &str = "z9hG4bK";

/// One Via: where a response goes.
#[derive(Clone, PartialEq, Eq)]
pub struct Via {
    text: Text,
    transport: Span,
    host: Span,
    port: Option<u16>,
    /// With the leading `;`.
    params: Span,
}

impl Via {
    /// `SIP/2.0/transport sent_by;branch=branch`; `sent_by` is `host[:port]`.
    ///
    /// # Errors
    /// If one of the three is not what its grammar says.
    pub fn new(transport: &str, sent_by: &str, branch: &str) -> Result<Self, Fault> {
        if !syntax::is_token(branch) {
            return Err(Fault::Token);
        }
        Self::from_text(Text::from(format!(
            "SIP/2.0/{transport} {sent_by};branch={branch}"
        )))
    }

    /// Reads one Via (no list).
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        Self::from_text(Text::from(text))
    }

    /// Reads one Via without copying it.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn from_text(text: Text) -> Result<Self, Fault> {
        if text.len() > MAX_TEXT {
            return Err(Fault::TooLong);
        }
        let trimmed = trim(&text);
        let text = if trimmed.len() == text.len() {
            text
        } else {
            text.slice_ref(trimmed)
        };
        let bytes: &[u8] = text.as_bytes();
        if bytes.is_empty() {
            return Err(Fault::Empty);
        }
        let transport = protocol(bytes)?;
        let host_at = skip_space(bytes, transport.end as usize);
        if host_at == transport.end as usize {
            return Err(Fault::Host);
        }
        let (host, port, end) = sent_by(&text, host_at)?;
        check_params(&text, end)?;
        let params = Span::new(end, text.len());
        Ok(Self {
            transport,
            host,
            port,
            params,
            text,
        })
    }

    /// The transport as written: `UDP`, `WSS`, ...
    #[must_use]
    pub fn transport(&self) -> &str {
        self.transport.of(&self.text)
    }

    /// The host as written.
    #[must_use]
    pub fn host_str(&self) -> &str {
        self.host.of(&self.text)
    }

    /// The host. A Via that was read always has one.
    #[must_use]
    pub fn host(&self) -> Option<Host<'_>> {
        Host::parse(self.host_str())
    }

    /// The port, if written.
    #[must_use]
    pub const fn port(&self) -> Option<u16> {
        self.port
    }

    /// Whether both were sent by the same host and port, names without case: one of the three parts
    /// of the key of a server transaction (RFC 3261 17.2.3).
    #[must_use]
    pub fn same_sent_by(&self, other: &Self) -> bool {
        self.port == other.port && self.host_str().eq_ignore_ascii_case(other.host_str())
    }

    /// The parameters.
    #[must_use]
    pub fn params(&self) -> Params<'_> {
        Params::new(self.params.of(&self.text))
    }

    /// The branch, if there is one.
    #[must_use]
    pub fn branch(&self) -> Option<&str> {
        self.params().get("branch").flatten()
    }

    /// Whether the branch names the transaction by itself: cookie and something after it
    /// (RFC 3261 17.2.3; the bare cookie is RFC 4475 3.2.1).
    #[must_use]
    pub fn has_rfc3261_branch(&self) -> bool {
        self.branch().is_some_and(|branch| {
            branch.len() > MAGIC_COOKIE.len()
                && branch.as_bytes()[..MAGIC_COOKIE.len()]
                    .eq_ignore_ascii_case(MAGIC_COOKIE.as_bytes())
        })
    }

    /// `received`, with or without brackets around an IPv6 address (RFC 5118 4.5).
    #[must_use]
    pub fn received(&self) -> Option<IpAddr> {
        let text = self.params().get("received").flatten()?;
        text.trim_start_matches('[')
            .trim_end_matches(']')
            .parse()
            .ok()
    }

    /// `rport`: `Some(None)` where the sender asks for it, `Some(Some(port))` where it was filled in.
    #[must_use]
    pub fn rport(&self) -> Option<Option<u16>> {
        self.params()
            .get("rport")
            .map(|value| value.and_then(|port| port.parse().ok()))
    }

    /// `maddr`, as written.
    #[must_use]
    pub fn maddr(&self) -> Option<&str> {
        self.params().get("maddr").flatten()
    }

    /// As a server fills it in: `received` where the host is not the address that the request came
    /// from (RFC 3261 18.2.1) or `rport` was asked for, and `rport` (RFC 3581 4).
    #[must_use]
    pub fn with_source(&self, source: SocketAddr) -> Self {
        let wants_port = self.rport().is_some();
        let same = self.host().and_then(|host| host.ip()) == Some(source.ip());
        let mut via = self.clone();
        if !same || wants_port {
            // `IP6` of a received parameter has no brackets (RFC 3261 25.1 `via-received`).
            via = via.with_raw_param("received", &source.ip().to_string());
        }
        if wants_port {
            via = via.with_raw_param("rport", &source.port().to_string());
        }
        via
    }

    /// With this parameter instead of any other of its name; the value is quoted where it is no token.
    ///
    /// # Panics
    /// If the name is no token: a fault of the program.
    #[must_use]
    pub fn with_param(&self, name: &'static str, value: Option<&str>) -> Self {
        assert!(syntax::is_token(name), "a parameter name is a token");
        match value {
            Some(value) => self.with_raw_param(name, &token_or_quoted(value)),
            None => self.rebuilt(name, &Cow::Owned(format!(";{name}"))),
        }
    }

    fn with_raw_param(&self, name: &str, value: &str) -> Self {
        self.rebuilt(name, &Cow::Owned(format!(";{name}={value}")))
    }

    /// The parameter takes the place of the one before it, or goes to the end.
    fn rebuilt(&self, name: &str, param: &str) -> Self {
        let start = self.params.start as usize;
        let mut text = String::with_capacity(self.text.len() + param.len());
        text.push_str(&self.text[..start]);
        let mut placed = false;
        for (found, value) in self.params() {
            if found.eq_ignore_ascii_case(name) {
                if !placed {
                    text.push_str(param);
                }
                placed = true;
                continue;
            }
            text.push(';');
            text.push_str(found);
            if let Some(value) = value {
                text.push('=');
                text.push_str(value);
            }
        }
        if !placed {
            text.push_str(param);
        }
        let params = Span::new(start, text.len());
        Self {
            text: Text::from(text),
            params,
            ..self.clone()
        }
    }
}

/// `"SIP" SLASH "2.0" SLASH transport`: where the transport is.
fn protocol(bytes: &[u8]) -> Result<Span, Fault> {
    // Nearly always without spaces around the slashes.
    let after = if bytes.len() > 8 && bytes[..8].eq_ignore_ascii_case(b"SIP/2.0/") {
        skip_space(bytes, 8)
    } else {
        let after_name = word(bytes, 0, b"SIP")?;
        let after_slash = slash(bytes, after_name)?;
        let after_version = word(bytes, after_slash, b"2.0")?;
        slash(bytes, after_version)?
    };
    let end = skip_class(bytes, after, class::TOKEN);
    if end == after {
        return Err(Fault::Protocol);
    }
    Ok(Span::new(after, end))
}

fn word(bytes: &[u8], at: usize, expected: &[u8]) -> Result<usize, Fault> {
    let end = at + expected.len();
    match bytes.get(at..end) {
        Some(found) if found.eq_ignore_ascii_case(expected) => Ok(end),
        _ => Err(Fault::Protocol),
    }
}

fn slash(bytes: &[u8], at: usize) -> Result<usize, Fault> {
    let i = skip_space(bytes, at);
    if bytes.get(i) == Some(&b'/') {
        Ok(skip_space(bytes, i + 1))
    } else {
        Err(Fault::Protocol)
    }
}

/// `host [ COLON port ]` with spaces allowed around the colon.
fn sent_by(text: &str, at: usize) -> Result<(Span, Option<u16>, usize), Fault> {
    let bytes = text.as_bytes();
    let host_end = if bytes.get(at) == Some(&b'[') {
        at + memchr::memchr(b']', &bytes[at..]).ok_or(Fault::Host)? + 1
    } else {
        skip_class(bytes, at, class::HOST)
    };
    if !is_host(&text[at..host_end]) {
        return Err(Fault::Host);
    }
    let host = Span::new(at, host_end);
    let colon = skip_space(bytes, host_end);
    if bytes.get(colon) != Some(&b':') {
        return Ok((host, None, host_end));
    }
    let port_at = skip_space(bytes, colon + 1);
    let mut end = port_at;
    while bytes.get(end).is_some_and(u8::is_ascii_digit) {
        end += 1;
    }
    let port = text[port_at..end].parse().map_err(|_| Fault::Host)?;
    Ok((host, Some(port), end))
}

impl fmt::Display for Via {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Via {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaces_are_allowed_everywhere() {
        let via = Via::parse(
            "SIP  / 2.0  / TCP     spindle.example.com   : 5061 ;  branch  =   z9hG4bK9ikj8  ",
        )
        .unwrap();
        assert_eq!(via.transport(), "TCP");
        assert_eq!(
            (via.host_str(), via.port()),
            ("spindle.example.com", Some(5061))
        );
        assert_eq!(via.branch(), Some("z9hG4bK9ikj8"));
        assert!(via.has_rfc3261_branch());
    }

    #[test]
    fn empty_parameters_and_other_protocols_are_refused() {
        for bad in [
            "",
            "SIP/2.0/UDP",
            "SIP/2.0/UDP 192.0.2.15;;,;,,",
            "SIP/7.0/UDP a.example.com",
            "SIP/2.0 a.example.com",
            "SIP/2.0/UDP a.example.com:port",
            "SIP/2.0/UDP [2001:db8::9",
            "SIP/2.0/UDP a.example.com:99999",
            "SIP/2.0/UDP a.example.com;branch=",
        ] {
            assert!(Via::parse(bad).is_err(), "{bad:?}");
        }
    }

    /// RFC 5118 4.5
    #[test]
    fn received_with_and_without_brackets() {
        let expected: IpAddr = "2001:db8::9:255".parse().unwrap();
        for received in ["2001:db8::9:255", "[2001:db8::9:255]"] {
            let via = Via::parse(&format!(
                "SIP/2.0/UDP [2001:db8::9:1];received={received};branch=z9hG4bKas3"
            ))
            .unwrap();
            assert_eq!(via.received(), Some(expected));
        }
    }

    /// RFC 3581 4
    #[test]
    fn a_server_fills_in_received_and_rport() {
        let via = Via::new("UDP", "10.1.1.1:4540", "z9hG4bKkjshdyff")
            .unwrap()
            .with_param("rport", None);
        assert_eq!(via.rport(), Some(None));
        let filled = via.with_source("192.0.2.1:9988".parse().unwrap());
        assert_eq!(
            filled.to_string(),
            "SIP/2.0/UDP 10.1.1.1:4540;branch=z9hG4bKkjshdyff;rport=9988;received=192.0.2.1"
        );
        assert_eq!(Via::parse(&filled.to_string()).unwrap(), filled);
        let same = Via::new("TCP", "192.0.2.1", "z9hG4bK1").unwrap();
        assert_eq!(same.with_source("192.0.2.1:9988".parse().unwrap()), same);
    }
}
