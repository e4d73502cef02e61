//! Reading a URI: one pass, no copy.

use core::fmt;
use core::ops::Range;

use super::host::host_port;
use super::value::{Scheme, Uri};
use crate::syntax::{MAX_TEXT, Span, class, escapes_are_whole, is, skip_class};
use crate::text::Text;

/// Why a text is no URI.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum UriError {
    /// No scheme before a colon.
    Scheme,
    /// The user part or password has a character that has to be escaped, or is empty before `@`.
    User,
    /// The host is no name, IPv4 address or IPv6 address in brackets.
    Host,
    /// The parameters.
    Params,
    /// The headers after `?`.
    Headers,
    /// A `%` without two hexadecimal digits.
    Escape,
    /// A space, control character, quote or angle bracket.
    Character,
    /// Longer than any URI should be.
    TooLong,
}

impl fmt::Display for UriError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Scheme => "URI without scheme",
            Self::User => "malformed user part of URI",
            Self::Host => "malformed host or port of URI",
            Self::Params => "malformed URI parameters",
            Self::Headers => "malformed URI headers",
            Self::Escape => "malformed escape in URI",
            Self::Character => "character that a URI cannot have",
            Self::TooLong => "URI too long",
        })
    }
}

impl core::error::Error for UriError {}

/// Reads a whole text as a URI.
pub(super) fn parse(text: Text) -> Result<Uri, UriError> {
    let whole = 0..text.len();
    parse_at(text, whole)
}

/// Reads a part of a text as a URI. Positions in the URI are those in the text.
pub(super) fn parse_at(text: Text, at: Range<usize>) -> Result<Uri, UriError> {
    if text.len() > MAX_TEXT {
        return Err(UriError::TooLong);
    }
    let bytes = text.as_bytes().get(at.clone()).unwrap_or_default();
    if bytes.starts_with(b"sip:") {
        return parse_sip(text, Scheme::Sip, at.start + 4, at);
    }
    let colon = scheme_end(bytes).ok_or(UriError::Scheme)? + at.start;
    let scheme = Scheme::of(&text[at.start..colon]);
    match scheme {
        Scheme::Sip | Scheme::Sips => parse_sip(text, scheme, colon + 1, at),
        Scheme::Tel => parse_tel(text, colon + 1, at),
        Scheme::Other => parse_opaque(text, colon + 1, at),
    }
}

/// `scheme = ALPHA *( ALPHA / DIGIT / "+" / "-" / "." )`: the position of the colon.
fn scheme_end(bytes: &[u8]) -> Option<usize> {
    let colon = memchr::memchr(b':', bytes)?;
    let (first, rest) = bytes[..colon].split_first()?;
    let rest_fits = rest
        .iter()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
    (first.is_ascii_alphabetic() && rest_fits).then_some(colon)
}

/// `SIP-URI` and `SIPS-URI` (RFC 3261 25.1), after the scheme.
fn parse_sip(text: Text, scheme: Scheme, start: usize, at: Range<usize>) -> Result<Uri, UriError> {
    let bytes: &[u8] = &text.as_bytes()[..at.end];
    let (user, password, host_at) = userinfo(bytes, start)?;
    let (host_end, port, end) = host_port(&text[..at.end], host_at).ok_or(UriError::Host)?;
    let params_end = params(bytes, end)?;
    headers(bytes, params_end)?;
    if !escapes_are_whole(&bytes[start..]) {
        return Err(UriError::Escape);
    }
    let (params, headers) = (
        Span::new(end, params_end),
        Span::new(params_end, bytes.len()),
    );
    Ok(Uri {
        at: Span::new(at.start, at.end),
        scheme,
        user,
        password,
        host: Span::new(host_at, host_end),
        port,
        params,
        headers,
        text,
    })
}

/// `[ userinfo ]`: user, password, and where the host begins.
fn userinfo(bytes: &[u8], start: usize) -> Result<(Span, Span, usize), UriError> {
    let user_end = skip_escaped(bytes, start, class::USER);
    if user_end > start && bytes.get(user_end) == Some(&b'@') {
        return Ok((Span::new(start, user_end), Span::default(), user_end + 1));
    }
    let Some(at) = memchr::memchr(b'@', &bytes[start..]).map(|at| at + start) else {
        return Ok((Span::default(), Span::default(), start));
    };
    if user_end == start {
        return Err(UriError::User);
    }
    let user = Span::new(start, user_end);
    if bytes[user_end] != b':' || skip_escaped(bytes, user_end + 1, class::PASSWORD) != at {
        return Err(UriError::User);
    }
    Ok((user, Span::new(user_end + 1, at), at + 1))
}

/// Skips bytes of the class and `%`; whether the escapes are whole is looked at once for the URI.
fn skip_escaped(bytes: &[u8], at: usize, class: u8) -> usize {
    let mut i = skip_class(bytes, at, class);
    while bytes.get(i) == Some(&b'%') {
        i = skip_class(bytes, i + 1, class);
    }
    i
}

/// `uri-parameters`: where they end. An empty value is let pass: proxies write it (`ftag=`).
fn params(bytes: &[u8], at: usize) -> Result<usize, UriError> {
    let mut i = at;
    while bytes.get(i) == Some(&b';') {
        let name_end = skip_escaped(bytes, i + 1, class::PARAM);
        if name_end == i + 1 {
            return Err(UriError::Params);
        }
        i = name_end;
        if bytes.get(i) == Some(&b'=') {
            i = skip_escaped(bytes, i + 1, class::PARAM);
        }
    }
    match bytes.get(i) {
        None | Some(b'?') => Ok(i),
        Some(_) if i == at => Err(UriError::Host),
        Some(_) => Err(UriError::Params),
    }
}

/// `headers = "?" header *( "&" header )`, `header = hname "=" hvalue`, to the end.
fn headers(bytes: &[u8], at: usize) -> Result<(), UriError> {
    let mut i = at;
    while i < bytes.len() {
        let name_end = skip_escaped(bytes, i + 1, class::HEADER);
        if name_end == i + 1 || bytes.get(name_end) != Some(&b'=') {
            return Err(UriError::Headers);
        }
        i = skip_escaped(bytes, name_end + 1, class::HEADER);
        if i < bytes.len() && bytes[i] != b'&' {
            return Err(UriError::Headers);
        }
        if i + 1 == bytes.len() {
            return Err(UriError::Headers);
        }
    }
    Ok(())
}

/// `tel:` (RFC 3966): the number stands where a SIP URI has its user.
fn parse_tel(text: Text, start: usize, at: Range<usize>) -> Result<Uri, UriError> {
    let bytes: &[u8] = &text.as_bytes()[..at.end];
    let end = memchr::memchr(b';', &bytes[start..]).map_or(bytes.len(), |found| start + found);
    let number = &bytes[start..end];
    let fits = |b: &u8| {
        b.is_ascii_hexdigit() || matches!(b, b'+' | b'*' | b'#' | b'-' | b'.' | b'(' | b')')
    };
    if number.is_empty() || !number.iter().all(fits) {
        return Err(UriError::User);
    }
    let params_end = params(bytes, end)?;
    if params_end != bytes.len() {
        return Err(UriError::Params);
    }
    if !escapes_are_whole(&bytes[start..]) {
        return Err(UriError::Escape);
    }
    let (user, params) = (Span::new(start, end), Span::new(end, params_end));
    Ok(Uri {
        user,
        params,
        ..Uri::bare(text, at, Scheme::Tel)
    })
}

/// Any other scheme (`absoluteURI`): only what cannot be in any URI is refused.
fn parse_opaque(text: Text, start: usize, at: Range<usize>) -> Result<Uri, UriError> {
    let rest = &text.as_bytes()[start..at.end];
    if rest.is_empty() {
        return Err(UriError::Host);
    }
    let fits = |b: &u8| {
        is(*b, class::USER | class::PARAM | class::HEADER) || matches!(b, b'@' | b'#' | b'%')
    };
    if !rest.iter().all(fits) {
        return Err(UriError::Character);
    }
    if !escapes_are_whole(rest) {
        return Err(UriError::Escape);
    }
    Ok(Uri::bare(text, at, Scheme::Other))
}
