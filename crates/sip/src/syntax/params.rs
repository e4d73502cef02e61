//! Parameters of header field values: `*( SEMI generic-param )`.

use core::fmt;
use core::ops::Range;
use std::borrow::Cow;

use super::{Fault, class, quoted_end, skip_class, skip_space, unquote};

/// Checks `*( SEMI generic-param )` from `at` to the end (RFC 3261 25.1).
pub(crate) fn check_params(text: &str, at: usize) -> Result<(), Fault> {
    let mut next = at;
    while let Some(param) = param_at(text.as_bytes(), next)? {
        next = param.next;
    }
    Ok(())
}

/// Where one parameter is.
struct Param {
    name: Range<usize>,
    /// A quoted string with its quotes.
    value: Option<Range<usize>>,
    next: usize,
}

/// `SEMI token [ EQUAL gen-value ]` at `at`; `None` at the end.
fn param_at(bytes: &[u8], at: usize) -> Result<Option<Param>, Fault> {
    let semicolon = skip_space(bytes, at);
    match bytes.get(semicolon) {
        None => return Ok(None),
        Some(b';') => {}
        Some(_) => return Err(Fault::Parameter),
    }
    let start = skip_space(bytes, semicolon + 1);
    let end = skip_class(bytes, start, class::TOKEN);
    if end == start {
        return Err(Fault::Parameter);
    }
    let name = start..end;
    let equals = skip_space(bytes, end);
    if bytes.get(equals) != Some(&b'=') {
        return Ok(Some(Param {
            name,
            value: None,
            next: equals,
        }));
    }
    let start = skip_space(bytes, equals + 1);
    let end = match bytes.get(start) {
        Some(b'"') => quoted_end(bytes, start)?,
        _ => skip_class(bytes, start, class::VALUE),
    };
    if end == start {
        return Err(Fault::Parameter);
    }
    Ok(Some(Param {
        name,
        value: Some(start..end),
        next: end,
    }))
}

/// The parameters of a header field value, `;name=value;name`: names with raw values (quoted strings
/// with their quotes).
#[derive(Clone)]
pub struct Params<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Params<'a> {
    /// Parameters of text that [`check_params`] went through.
    pub(crate) const fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// The raw value of the first parameter of this name (without case): `Some(None)` for a
    /// parameter without a value.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Option<&'a str>> {
        self.clone()
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// The value of the first parameter of this name, quotes and escapes resolved.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<Cow<'a, str>> {
        self.get(name).flatten().map(unquote)
    }

    /// Whether there is a parameter of this name.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }
}

impl<'a> Iterator for Params<'a> {
    type Item = (&'a str, Option<&'a str>);

    fn next(&mut self) -> Option<Self::Item> {
        let param = param_at(self.text.as_bytes(), self.at).ok().flatten()?;
        self.at = param.next;
        let value = param.value.map(|at| &self.text[at]);
        Some((&self.text[param.name], value))
    }
}

impl fmt::Debug for Params<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Names only: values may be secrets or numbers.
        f.debug_list()
            .entries(self.clone().map(|(name, _)| name))
            .finish()
    }
}
