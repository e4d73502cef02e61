//! The URI type: a checked text and where its parts are.

use core::fmt;
use core::hash::{Hash, Hasher};
use core::ops::Range;
use core::str::FromStr;
use std::borrow::Cow;

use super::host::Host;
use super::parse::{self, UriError};
use crate::redact::Masked;
use crate::syntax::{Span, class, escape, unescape};
use crate::text::Text;

/// What a URI begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// `sip:`
    Sip,
    /// `sips:`
    Sips,
    /// `tel:` (RFC 3966)
    Tel,
    /// Any other; the URI is opaque.
    Other,
}

impl Scheme {
    pub(super) fn of(name: &str) -> Self {
        match name.len() {
            3 if name.eq_ignore_ascii_case("sip") => Self::Sip,
            4 if name.eq_ignore_ascii_case("sips") => Self::Sips,
            3 if name.eq_ignore_ascii_case("tel") => Self::Tel,
            _ => Self::Other,
        }
    }
}

/// A URI: legal text with its parts known. Printing hands out the text as it was read.
///
/// `==` compares the text; [`Uri::equivalent`] compares as RFC 3261 19.1.4 says. `Debug` masks the
/// user part (it may be a phone number) and leaves the password out.
#[derive(Clone)]
pub struct Uri {
    /// The text that the URI stands in: that of a whole address, perhaps.
    pub(super) text: Text,
    /// Where in the text the URI is. The spans below are within the text too.
    pub(super) at: Span,
    pub(super) scheme: Scheme,
    pub(super) user: Span,
    pub(super) password: Span,
    pub(super) host: Span,
    pub(super) port: Option<u16>,
    /// With the leading `;`.
    pub(super) params: Span,
    /// With the leading `?`.
    pub(super) headers: Span,
}

impl Uri {
    /// Reads a URI.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, UriError> {
        parse::parse(Text::from(text))
    }

    /// Reads a URI without copying it.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn from_text(text: Text) -> Result<Self, UriError> {
        parse::parse(text)
    }

    /// Reads a part of a text as a URI.
    pub(super) fn part_of(text: Text, at: Range<usize>) -> Result<Self, UriError> {
        parse::parse_at(text, at)
    }

    /// The same URI as a part of another text, in which it begins at `start`.
    pub(super) fn placed(&self, text: Text, start: usize) -> Self {
        let moved = |span: Span| span.moved(self.at.start as usize, start);
        Self {
            text,
            at: moved(self.at),
            user: moved(self.user),
            password: moved(self.password),
            host: moved(self.host),
            params: moved(self.params),
            headers: moved(self.headers),
            ..*self
        }
    }

    /// `sip:user@host_port`; the user part is escaped where it has to be, `host_port` is
    /// `host[:port]` with brackets around an IPv6 address.
    ///
    /// # Errors
    /// If the host or port is none.
    pub fn sip(user: Option<&str>, host_port: &str) -> Result<Self, UriError> {
        let text = match user {
            Some(user) => format!("sip:{}@{host_port}", escape(user, class::USER)),
            None => format!("sip:{host_port}"),
        };
        parse::parse(Text::from(text))
    }

    pub(super) fn bare(text: Text, at: Range<usize>, scheme: Scheme) -> Self {
        const NONE: Span = Span { start: 0, end: 0 };
        Self {
            text,
            at: Span::new(at.start, at.end),
            scheme,
            user: NONE,
            password: NONE,
            host: NONE,
            port: None,
            params: NONE,
            headers: NONE,
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.at.of(&self.text)
    }

    /// The text, shared.
    #[must_use]
    pub fn to_text(&self) -> Text {
        self.text.slice_ref(self.as_str())
    }

    /// The scheme.
    #[must_use]
    pub const fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// Whether it is `sip:` or `sips:`.
    #[must_use]
    pub const fn is_sip(&self) -> bool {
        matches!(self.scheme, Scheme::Sip | Scheme::Sips)
    }

    /// The user part (or the number of a `tel:` URI) with escapes resolved.
    #[must_use]
    pub fn user(&self) -> Option<Cow<'_, str>> {
        self.user_raw().map(unescape)
    }

    /// The user part as written.
    #[must_use]
    pub fn user_raw(&self) -> Option<&str> {
        self.user.some_of(&self.text)
    }

    /// The password, as written. RFC 3261 19.1.1 recommends against it.
    #[must_use]
    pub fn password_raw(&self) -> Option<&str> {
        self.password.some_of(&self.text)
    }

    /// The host; `None` if the scheme is neither `sip` nor `sips`.
    #[must_use]
    pub fn host(&self) -> Option<Host<'_>> {
        Host::parse(self.host_str())
    }

    /// The host as written, IPv6 addresses in brackets; empty if the scheme is neither `sip` nor `sips`.
    #[must_use]
    pub fn host_str(&self) -> &str {
        self.host.of(&self.text)
    }

    /// The port, if it is written.
    #[must_use]
    pub const fn port(&self) -> Option<u16> {
        self.port
    }

    /// The parameters in order.
    #[must_use]
    pub fn params(&self) -> UriParams<'_> {
        UriParams {
            rest: self.params.of(&self.text),
        }
    }

    /// The raw value of a parameter: `Some("")` where it has none.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params()
            .find(|(found, _)| same_unescaped(found, name))
            .map(|(_, value)| value.unwrap_or_default())
    }

    /// Whether `;lr` is there: a loose router (RFC 3261 19.1.1).
    #[must_use]
    pub fn is_loose_router(&self) -> bool {
        self.param("lr").is_some()
    }

    /// The headers after `?`, in order, with raw values.
    #[must_use]
    pub fn headers(&self) -> UriHeaders<'_> {
        let text = self.headers.of(&self.text);
        UriHeaders {
            rest: text.strip_prefix('?').unwrap_or_default(),
        }
    }

    /// The value of a header after `?`, escapes resolved.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<Cow<'_, str>> {
        self.headers()
            .find(|(found, _)| same_unescaped(found, name))
            .map(|(_, value)| unescape(value))
    }

    /// With this parameter instead of one of the same name, if there was one. What has to be
    /// escaped is. An opaque URI stays as it is.
    #[must_use]
    pub fn with_param(&self, name: &str, value: Option<&str>) -> Self {
        if self.scheme == Scheme::Other || name.is_empty() {
            return self.clone();
        }
        let mut params = self.params_without(name);
        params.push(';');
        params.push_str(&escape(name, class::PARAM));
        if let Some(value) = value {
            params.push('=');
            params.push_str(&escape(value, class::PARAM));
        }
        self.rebuilt(&params, self.headers.of(&self.text))
    }

    /// Without this parameter.
    #[must_use]
    pub fn without_param(&self, name: &str) -> Self {
        self.rebuilt(&self.params_without(name), self.headers.of(&self.text))
    }

    /// Without headers: what may stand in a Request-URI (RFC 3261 19.1.5).
    #[must_use]
    pub fn without_headers(&self) -> Self {
        self.rebuilt(self.params.of(&self.text), "")
    }

    /// Without parameters and headers: an address of record as a key (RFC 3261 10.3 step 5).
    #[must_use]
    pub fn without_params(&self) -> Self {
        self.rebuilt("", "")
    }

    fn params_without(&self, name: &str) -> String {
        let mut out = String::with_capacity(self.as_str().len() + 16);
        for (found, value) in self
            .params()
            .filter(|(found, _)| !same_unescaped(found, name))
        {
            out.push(';');
            out.push_str(found);
            if let Some(value) = value {
                out.push('=');
                out.push_str(value);
            }
        }
        out
    }

    /// With these parameters and headers. Of an opaque URI neither is known, and it stays as it is.
    fn rebuilt(&self, params: &str, headers: &str) -> Self {
        let old = &self.text[self.params.start as usize..self.at.end as usize];
        if self.scheme == Scheme::Other
            || old.len() == params.len() + headers.len() && old.starts_with(params)
        {
            return self.clone();
        }
        let text = format!(
            "{}{params}{headers}",
            &self.text[self.at.start as usize..self.params.start as usize]
        );
        let end = text.len() - params.len() - headers.len();
        Self {
            at: Span::new(0, text.len()),
            params: Span::new(end, end + params.len()),
            headers: Span::new(end + params.len(), text.len()),
            ..self.placed(Text::from(text), 0)
        }
    }
}

/// Whether a raw name is this name, without case and with escapes resolved.
pub(super) fn same_unescaped(raw: &str, name: &str) -> bool {
    raw.eq_ignore_ascii_case(name)
        || (raw.contains('%') && unescape(raw).eq_ignore_ascii_case(name))
}

/// The parameters of a URI: raw names and values.
#[derive(Clone)]
pub struct UriParams<'a> {
    rest: &'a str,
}

impl<'a> Iterator for UriParams<'a> {
    type Item = (&'a str, Option<&'a str>);

    fn next(&mut self) -> Option<Self::Item> {
        let text = self.rest.strip_prefix(';')?;
        let end = text.find(';').unwrap_or(text.len());
        self.rest = &text[end..];
        let one = &text[..end];
        Some(
            one.split_once('=')
                .map_or((one, None), |(name, value)| (name, Some(value))),
        )
    }
}

/// The headers of a URI: raw names and values.
#[derive(Clone)]
pub struct UriHeaders<'a> {
    rest: &'a str,
}

impl<'a> Iterator for UriHeaders<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let (one, rest) = self.rest.split_once('&').unwrap_or((self.rest, ""));
        self.rest = rest;
        Some(one.split_once('=').unwrap_or((one, "")))
    }
}

impl PartialEq for Uri {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Uri {}

impl Hash for Uri {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl FromStr for Uri {
    type Err = UriError;

    fn from_str(text: &str) -> Result<Self, UriError> {
        Self::parse(text)
    }
}

impl fmt::Display for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = self.as_str().split(':').next().unwrap_or_default();
        match (self.user_raw(), self.host_str()) {
            (Some(user), "") => return write!(f, "{scheme}:{}", Masked(user)),
            (Some(user), host) => write!(f, "{scheme}:{}@{host}", Masked(user))?,
            (None, "") => return write!(f, "{scheme}:.."),
            (None, host) => write!(f, "{scheme}:{host}")?,
        }
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}
