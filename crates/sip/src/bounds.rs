//! How much of a message is taken in before it is refused.

/// Bounds on a received message. What exceeds them is refused with a typed error
/// ([`ParseErrorKind`](crate::message::ParseErrorKind)) and, where it can be, answered with 513.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a whole message.
    pub message: usize,
    /// Header field lines.
    pub headers: usize,
    /// Bytes of one header field, folded lines together; the start line too.
    pub line: usize,
}

impl Limits {
    /// Large enough for every message that is met with, small enough that a peer cannot fill memory.
    pub const DEFAULT: Self = Self {
        message: 256 * 1024,
        headers: 256,
        line: 16 * 1024,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}
