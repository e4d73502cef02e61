//! Random numbers of the browser's cryptographic generator.

use super::page::window;

/// 256 unguessable bits, from which the phone draws all its randomness.
pub(crate) fn seed() -> [u8; 32] {
    bytes()
}

/// A random UUID (RFC 9562, section 5.4).
///
/// `crypto.randomUUID` is not there on a page that was not loaded securely; this is.
pub(crate) fn uuid() -> String {
    use std::fmt::Write;

    let mut raw: [u8; 16] = bytes();
    raw[6] = (raw[6] & 0x0f) | 0x40;
    raw[8] = (raw[8] & 0x3f) | 0x80;
    let mut text = String::with_capacity(36);
    for (at, byte) in raw.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        // Writing to a String does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Bytes of `crypto.getRandomValues`, and never a zero in their place: whoever could guess them could take
/// over calls.
fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    let drawn = window()
        .crypto()
        .and_then(|crypto| crypto.get_random_values_with_u8_array(&mut bytes));
    // Every browser that has WebRTC has it, on pages that were not loaded securely too (Web Cryptography,
    // section 10), and it refuses more than 65,536 bytes only.
    drawn.expect("a browser with WebRTC draws random bytes");
    bytes
}
