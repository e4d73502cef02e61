//! `name-addr` and `addr-spec` with the parameters behind them: From, To, Contact, Route and others
//! (RFC 3261 20.10, 25.1).

use core::fmt;
use core::str::FromStr;
use std::borrow::Cow;

use super::value::Uri;
use crate::redact::Masked;
use crate::syntax::{
    self, Fault, MAX_TEXT, Params, Span, check_params, class, is, is_space, quoted_end, skip_space,
    token_or_quoted, trim, unquote,
};
use crate::text::Text;

/// An address: an optional display name, a URI, and parameters of the header field.
///
/// `Debug` masks name and user.
#[derive(Clone)]
pub struct NameAddr {
    /// With its quotes, if it has them.
    display: Span,
    /// Its text is that of the whole address.
    uri: Uri,
    /// With the leading `;`.
    params: Span,
}

impl NameAddr {
    /// The address of a URI, without display name and parameters.
    #[must_use]
    #[expect(
        clippy::needless_pass_by_value,
        reason = "what is made of a URI takes it"
    )]
    pub fn new(uri: Uri) -> Self {
        Self::made("", &uri, "")
    }

    /// Reads one address (no list).
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        Self::from_text(Text::from(text))
    }

    /// Reads one address without copying it.
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
        let (display, uri_at, end) = match opening(bytes)? {
            Some((display, open)) => {
                let close = memchr::memchr(b'>', &bytes[open..]).ok_or(Fault::Brackets)? + open;
                (display, open + 1..close, close + 1)
            }
            None => {
                let end = bare_uri_end(bytes)?;
                (Span::default(), 0..end, end)
            }
        };
        check_params(&text, end)?;
        let params = Span::new(end, text.len());
        let uri = Uri::part_of(text, uri_at)?;
        Ok(Self {
            display,
            uri,
            params,
        })
    }

    /// The URI.
    #[must_use]
    pub const fn uri(&self) -> &Uri {
        &self.uri
    }

    /// The display name, quotes and escapes resolved; `None` where there is none or it is empty.
    #[must_use]
    pub fn display(&self) -> Option<Cow<'_, str>> {
        self.display
            .some_of(self.as_text())
            .map(unquote)
            .filter(|name| !name.is_empty())
    }

    /// The parameters of the header field (not those of the URI).
    #[must_use]
    pub fn params(&self) -> Params<'_> {
        Params::new(self.params.of(self.as_text()))
    }

    /// The value of a parameter, quotes resolved; `Some("")` where it has none.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<Cow<'_, str>> {
        self.params()
            .get(name)
            .map(|value| unquote(value.unwrap_or_default()))
    }

    /// The tag (RFC 3261 19.3).
    #[must_use]
    pub fn tag(&self) -> Option<&str> {
        self.params().get("tag").flatten()
    }

    /// The text as it was read or built.
    #[must_use]
    pub const fn as_text(&self) -> &Text {
        &self.uri.text
    }

    /// With this display name; without one if it is empty.
    #[must_use]
    pub fn with_display(&self, name: &str) -> Self {
        let name = if name.is_empty() {
            String::new()
        } else {
            syntax::quote(name)
        };
        self.rebuilt(&name, self.params.of(self.as_text()))
    }

    /// With this tag instead of any other.
    #[must_use]
    pub fn with_tag(&self, tag: &str) -> Self {
        self.with_param("tag", Some(tag))
    }

    /// Without a tag.
    #[must_use]
    pub fn without_tag(&self) -> Self {
        self.without_param("tag")
    }

    /// With this parameter instead of any other of its name; the value is quoted where it is no token.
    ///
    /// # Panics
    /// If the name is no token: a fault of the program.
    #[must_use]
    pub fn with_param(&self, name: &'static str, value: Option<&str>) -> Self {
        assert!(syntax::is_token(name), "a parameter name is a token");
        let mut params = self.params_without(name);
        params.push(';');
        params.push_str(name);
        if let Some(value) = value {
            params.push('=');
            params.push_str(&token_or_quoted(value));
        }
        self.rebuilt(self.display.of(self.as_text()), &params)
    }

    /// Without this parameter.
    #[must_use]
    pub fn without_param(&self, name: &str) -> Self {
        self.rebuilt(self.display.of(self.as_text()), &self.params_without(name))
    }

    fn params_without(&self, name: &str) -> String {
        let mut out = String::new();
        for (found, value) in self
            .params()
            .filter(|(found, _)| !found.eq_ignore_ascii_case(name))
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

    fn rebuilt(&self, display: &str, params: &str) -> Self {
        Self::made(display, &self.uri, params)
    }

    /// An address of parts that are legal text; the URI is copied into the text of the address.
    fn made(display: &str, uri: &Uri, params: &str) -> Self {
        let space = if display.is_empty() { "" } else { " " };
        let text = Text::from(format!("{display}{space}<{uri}>{params}"));
        let params = Span::new(text.len() - params.len(), text.len());
        let uri_at = display.len() + space.len() + 1;
        Self {
            display: Span::new(0, display.len()),
            uri: uri.placed(text, uri_at),
            params,
        }
    }
}

impl PartialEq for NameAddr {
    fn eq(&self, other: &Self) -> bool {
        self.as_text() == other.as_text()
    }
}

impl Eq for NameAddr {}

/// The display name and the position of `<`; `None` for an `addr-spec`.
fn opening(bytes: &[u8]) -> Result<Option<(Span, usize)>, Fault> {
    match bytes.first() {
        None => Err(Fault::Empty),
        Some(b'<') => Ok(Some((Span::default(), 0))),
        Some(b'"') => {
            let end = quoted_end(bytes, 0)?;
            let open = skip_space(bytes, end);
            if bytes.get(open) != Some(&b'<') {
                return Err(Fault::Brackets);
            }
            Ok(Some((Span::new(0, end), open)))
        }
        Some(_) => {
            // `*(token LWS)`; text beyond ASCII without quotes is no legal display name but common.
            let mut i = 0;
            while i < bytes.len()
                && (is(bytes[i], class::TOKEN) || is_space(bytes[i]) || bytes[i] >= 0x80)
            {
                i += 1;
            }
            if bytes.get(i) != Some(&b'<') {
                return Ok(None);
            }
            let mut end = i;
            while end > 0 && is_space(bytes[end - 1]) {
                end -= 1;
            }
            Ok(Some((Span::new(0, end), i)))
        }
    }
}

/// Where a URI without brackets ends: at the first `;`, which then belongs to the header field. A
/// comma or question mark may not be in it (RFC 3261 20).
fn bare_uri_end(bytes: &[u8]) -> Result<usize, Fault> {
    let mut end = 0;
    while end < bytes.len() && !matches!(bytes[end], b';' | b' ' | b'\t') {
        if matches!(bytes[end], b',' | b'?' | b'<' | b'>' | b'"') {
            return Err(Fault::Brackets);
        }
        end += 1;
    }
    Ok(end)
}

impl FromStr for NameAddr {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        Self::parse(text)
    }
}

impl From<Uri> for NameAddr {
    fn from(uri: Uri) -> Self {
        Self::new(uri)
    }
}

impl fmt::Display for NameAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_text())
    }
}

impl fmt::Debug for NameAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(name) = self.display() {
            write!(f, "\"{}\" ", Masked(&name))?;
        }
        write!(f, "<{:?}>", self.uri)?;
        self.tag().map_or(Ok(()), |tag| write!(f, ";tag={tag}"))
    }
}
