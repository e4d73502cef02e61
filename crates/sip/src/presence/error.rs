//! What is wrong with a document.

use core::fmt;

/// Why a document was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocumentError {
    /// It has more than 64 kB.
    TooLarge,
    /// It is not in UTF-8.
    NotUtf8,
    /// It is no well-formed XML, or has a document type declaration.
    Malformed {
        /// Where, counted from 1; 1 where no place is known.
        line: u32,
    },
    /// It is XML, and another kind of document.
    OtherDocument,
    /// Something that such a document has is missing in it, or broken.
    Missing(&'static str),
}

impl fmt::Display for DocumentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge => f.write_str("the document is too large"),
            Self::NotUtf8 => f.write_str("the document is not in UTF-8"),
            Self::Malformed { line } => write!(f, "malformed XML at line {line}"),
            Self::OtherDocument => f.write_str("another kind of document"),
            Self::Missing(what) => write!(f, "no usable {what}"),
        }
    }
}

impl core::error::Error for DocumentError {}
