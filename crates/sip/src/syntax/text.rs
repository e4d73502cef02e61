//! Quoted strings, escapes and numbers (RFC 3261 25.1, 7.3.1).

use std::borrow::Cow;

use super::{Fault, is, is_token};

/// The position after the quote that closes the quoted string which opens at `at`.
pub(crate) fn quoted_end(bytes: &[u8], at: usize) -> Result<usize, Fault> {
    let mut i = at + 1;
    while let Some(found) = memchr::memchr2(b'"', b'\\', bytes.get(i..).unwrap_or_default()) {
        if bytes[i + found] == b'"' {
            return Ok(i + found + 1);
        }
        i += found + 2;
    }
    Err(Fault::Quote)
}

/// The content of a quoted string, escapes resolved; other text as it is.
pub(crate) fn unquote(text: &str) -> Cow<'_, str> {
    let Some(inner) = text.strip_prefix('"').and_then(|t| t.strip_suffix('"')) else {
        return Cow::Borrowed(text);
    };
    if !inner.contains('\\') {
        return Cow::Borrowed(inner);
    }
    let mut out = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        out.push(if c == '\\' {
            chars.next().unwrap_or('\\')
        } else {
            c
        });
    }
    Cow::Owned(out)
}

/// The text as a quoted string. Line ends cannot be quoted (RFC 3261 25.1 `quoted-pair`) and become
/// spaces, other control characters are escaped.
pub(crate) fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '\r' | '\n' => out.push(' '),
            '"' | '\\' | '\0'..='\u{1f}' | '\u{7f}' => {
                out.push('\\');
                out.push(c);
            }
            _ => out.push(c),
        }
    }
    out.push('"');
    out
}

/// The text as a parameter value: as it is if it is a token, else quoted.
pub(crate) fn token_or_quoted(text: &str) -> Cow<'_, str> {
    if is_token(text) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(quote(text))
    }
}

/// Whether every `%` begins an escape of two hexadecimal digits.
pub(crate) fn escapes_are_whole(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let Some(at) = memchr::memchr(b'%', rest) {
        match rest.get(at + 1..at + 3) {
            Some([a, b]) if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => {
                rest = &rest[at + 3..];
            }
            _ => return false,
        }
    }
    true
}

fn hex_value(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => byte - b'0',
        b'a'..=b'f' => byte - b'a' + 10,
        b'A'..=b'F' => byte - b'A' + 10,
        _ => 0,
    }
}

/// Resolves `%HH` escapes, once. What is no UTF-8 afterwards is left escaped.
pub(crate) fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while i < bytes.len() {
        match bytes.get(i..i + 3) {
            Some([b'%', a, b]) if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => {
                out.push(hex_value(*a) << 4 | hex_value(*b));
                i += 3;
            }
            _ => {
                out.push(bytes[i]);
                i += 1;
            }
        }
    }
    String::from_utf8(out).map_or(Cow::Borrowed(text), Cow::Owned)
}

/// Escapes every byte that is not of the class.
pub(crate) fn escape(text: &str, class: u8) -> Cow<'_, str> {
    if text.bytes().all(|b| is(b, class)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for byte in text.bytes() {
        if is(byte, class) {
            out.push(char::from(byte));
        } else {
            const HEX: &[u8; 16] = b"0123456789ABCDEF";
            out.push('%');
            out.push(char::from(HEX[usize::from(byte >> 4)]));
            out.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
    Cow::Owned(out)
}

/// A number of digits only, up to the largest `u32`.
pub(crate) fn number(text: &str) -> Result<u32, Fault> {
    if text.is_empty() {
        return Err(Fault::Empty);
    }
    let mut value: u32 = 0;
    for byte in text.bytes() {
        if !byte.is_ascii_digit() {
            return Err(Fault::Number);
        }
        value = value
            .checked_mul(10)
            .and_then(|v| v.checked_add(u32::from(byte - b'0')))
            .ok_or(Fault::Number)?;
    }
    Ok(value)
}
