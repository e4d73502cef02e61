//! The small pieces of RFC 3261 25.1 that every value is made of: tokens, quoted strings, escapes,
//! parameters, lists.

pub(crate) mod class;
mod fault;
mod list;
mod params;
mod text;

pub(crate) use class::is;
pub use fault::Fault;
pub use list::Elements;
pub use params::Params;
pub(crate) use params::check_params;
pub(crate) use text::{
    escape, escapes_are_whole, number, quote, quoted_end, token_or_quoted, unescape, unquote,
};

/// Bytes `start..end` of a text. Texts are shorter than [`MAX_TEXT`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) struct Span {
    pub(crate) start: u32,
    pub(crate) end: u32,
}

/// The longest text that is parsed as one value; keeps every offset within 32 bits.
pub(crate) const MAX_TEXT: usize = 1 << 24;

impl Span {
    /// Offsets stay below [`MAX_TEXT`]: what is longer was refused before.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "texts above MAX_TEXT are refused before spans are made"
    )]
    pub(crate) const fn new(start: usize, end: usize) -> Self {
        Self {
            start: start as u32,
            end: end as u32,
        }
    }

    /// The same bytes where what began at `from` begins at `to`.
    pub(crate) const fn moved(self, from: usize, to: usize) -> Self {
        let start = (self.start as usize).saturating_sub(from) + to;
        let end = (self.end as usize).saturating_sub(from) + to;
        Self::new(start, end)
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.start == self.end
    }

    #[inline]
    pub(crate) fn of(self, text: &str) -> &str {
        text.get(self.start as usize..self.end as usize)
            .unwrap_or_default()
    }

    /// The text, or `None` for the empty span.
    pub(crate) fn some_of(self, text: &str) -> Option<&str> {
        if self.is_empty() {
            None
        } else {
            Some(self.of(text))
        }
    }
}

/// The first position from `at` on whose byte is not of the class.
#[inline]
pub(crate) fn skip_class(bytes: &[u8], at: usize, class: u8) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest
        .iter()
        .position(|b| !is(*b, class))
        .unwrap_or(rest.len())
}

/// The first position from `at` on that is no space or tab.
#[inline]
pub(crate) fn skip_space(bytes: &[u8], at: usize) -> usize {
    let mut i = at;
    while let Some(b' ' | b'\t') = bytes.get(i) {
        i += 1;
    }
    i
}

/// Space or tab; folds were undone before.
pub(crate) const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// Without spaces and tabs at both ends.
#[inline]
pub(crate) fn trim(text: &str) -> &str {
    let bytes = text.as_bytes();
    match (bytes.first(), bytes.last()) {
        (Some(b' ' | b'\t'), _) | (_, Some(b' ' | b'\t')) => text.trim_matches([' ', '\t']),
        _ => text,
    }
}

/// Whether the text is a token (RFC 3261 25.1).
pub(crate) fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| is(b, class::TOKEN))
}
