//! Parameters of header field values: `*( SEMI generic-param )`.

use core::fmt;
use std::borrow::Cow;

use super::{Fault, class, quoted_end, skip_class, skip_space, unquote};

/// Checks `*( SEMI generic-param )` from `at` to the end (RFC 3261 25.1).
pub(crate) fn check_params(text: &str, at: usize) -> Result<(), Fault> {
    let mut walk = ParamWalk { text, at };
    while walk.step()?.is_some() {}
    Ok(())
}

/// A step through `;name=value;name` which tells what is wrong.
struct ParamWalk<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> ParamWalk<'a> {
    fn step(&mut self) -> Result<Option<(&'a str, Option<&'a str>)>, Fault> {
        let bytes = self.text.as_bytes();
        let mut i = skip_space(bytes, self.at);
        match bytes.get(i) {
            None => return Ok(None),
            Some(b';') => {}
            Some(_) => return Err(Fault::Parameter),
        }
        i = skip_space(bytes, i + 1);
        let name_end = skip_class(bytes, i, class::TOKEN);
        if name_end == i {
            return Err(Fault::Parameter);
        }
        let name = &self.text[i..name_end];
        i = skip_space(bytes, name_end);
        if bytes.get(i) != Some(&b'=') {
            self.at = i;
            return Ok(Some((name, None)));
        }
        i = skip_space(bytes, i + 1);
        let end = if bytes.get(i) == Some(&b'"') {
            quoted_end(bytes, i)?
        } else {
            skip_class(bytes, i, class::VALUE)
        };
        if end == i {
            return Err(Fault::Parameter);
        }
        self.at = end;
        Ok(Some((name, Some(&self.text[i..end]))))
    }
}

/// The parameters of a header field value, `;name=value;name`: names with raw values (quoted strings
/// with their quotes).
#[derive(Clone)]
pub struct Params<'a> {
    walk: &'a str,
    at: usize,
}

impl<'a> Params<'a> {
    /// Parameters of text that [`check_params`] went through.
    pub(crate) const fn new(text: &'a str) -> Self {
        Self { walk: text, at: 0 }
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
        let mut walk = ParamWalk {
            text: self.walk,
            at: self.at,
        };
        let item = walk.step().ok().flatten();
        self.at = walk.at;
        item
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
