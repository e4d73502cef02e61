//! Character classes of RFC 3261 25.1 as bits of a table over bytes.

/// `token` of RFC 3261 25.1.
pub(crate) const TOKEN: u8 = 1;
/// Unescaped in a user part: `unreserved` and `user-unreserved`.
pub(crate) const USER: u8 = 2;
/// Unescaped in a password.
pub(crate) const PASSWORD: u8 = 4;
/// Unescaped in a URI parameter.
pub(crate) const PARAM: u8 = 8;
/// Unescaped in a URI header.
pub(crate) const HEADER: u8 = 16;
/// In a host name; `_` is no part of the grammar but of names in use.
pub(crate) const HOST: u8 = 32;
/// An unquoted parameter value: `token`, `host`, and what is seen in use.
pub(crate) const VALUE: u8 = 64;
/// A word of `Call-ID`.
pub(crate) const WORD: u8 = 128;

const CLASSES: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let b = byte as u8;
        let mut bits = 0;
        if b.is_ascii_alphanumeric() {
            bits = 0xff;
        }
        if is_in(b, b"-.!%*_+`'~") {
            bits |= TOKEN;
        }
        if is_in(b, b"-_.!~*'()") {
            bits |= USER | PASSWORD | PARAM | HEADER;
        }
        if is_in(b, b"&=+$,;?/") {
            bits |= USER;
        }
        if is_in(b, b"&=+$,") {
            bits |= PASSWORD;
        }
        if is_in(b, b"[]/:&+$") {
            bits |= PARAM;
        }
        if is_in(b, b"[]/?:+$") {
            bits |= HEADER;
        }
        if is_in(b, b"-._") {
            bits |= HOST;
        }
        if is_in(b, b"-.!%*_+`'~[]:/@&$#{}|^()?=") || b >= 0x80 {
            bits |= VALUE;
        }
        if is_in(b, b"-.!%*_+`'~()<>:\\\"/[]?{}") {
            bits |= WORD;
        }
        table[byte] = bits;
        byte += 1;
    }
    table
};

const fn is_in(byte: u8, set: &[u8]) -> bool {
    let mut i = 0;
    while i < set.len() {
        if set[i] == byte {
            return true;
        }
        i += 1;
    }
    false
}

/// Whether the byte is of the class.
#[inline]
pub(crate) const fn is(byte: u8, class: u8) -> bool {
    CLASSES[byte as usize] & class != 0
}
