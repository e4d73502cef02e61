//! Text that is shared with the message it came from.

/// Immutable UTF-8 text, cheap to clone and to slice: a piece of a received message costs no copy.
pub type Text = bytestring::ByteString;
