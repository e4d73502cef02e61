//! Comma-separated lists (RFC 3261 7.3.1).

use super::{quoted_end, trim};

/// Goes through the elements of a comma-separated list; commas in quoted strings and between
/// angle brackets do not separate. Elements are trimmed, and may be empty.
#[derive(Debug, Clone)]
pub struct Elements<'a> {
    rest: Option<&'a str>,
}

impl<'a> Elements<'a> {
    pub(crate) const fn new(value: &'a str) -> Self {
        Self { rest: Some(value) }
    }

    /// What is left after the elements so far; `None` after the last one.
    pub(crate) const fn remaining(&self) -> Option<&'a str> {
        self.rest
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let text = self.rest?;
        match separator(text.as_bytes()) {
            Some(at) => {
                self.rest = Some(&text[at + 1..]);
                Some(trim(&text[..at]))
            }
            None => {
                self.rest = None;
                Some(trim(text))
            }
        }
    }
}

/// The first comma that separates. A quote or bracket that does not end runs to the end.
fn separator(bytes: &[u8]) -> Option<usize> {
    let first = memchr::memchr(b',', bytes)?;
    // Most commas separate: nothing before them opened a quote or bracket.
    if memchr::memchr2(b'"', b'<', &bytes[..first]).is_none() {
        return Some(first);
    }
    let mut i = 0;
    let mut open = false;
    while i < bytes.len() {
        match bytes[i] {
            b'"' if !open => {
                i = quoted_end(bytes, i).unwrap_or(bytes.len());
                continue;
            }
            b'<' => open = true,
            b'>' => open = false,
            b',' if !open => return Some(i),
            _ => {}
        }
        i += 1;
    }
    None
}
