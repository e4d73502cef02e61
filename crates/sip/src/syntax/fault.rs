//! What can be wrong with a value.

use core::fmt;

use crate::uri::UriError;

/// What is wrong with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// Nothing is there, or an element between commas or semicolons is empty.
    Empty,
    /// A quoted string does not end.
    Quote,
    /// `<` without `>`, or text between them and the parameters.
    Brackets,
    /// The URI.
    Uri(UriError),
    /// A parameter is no `name` or `name=value`.
    Parameter,
    /// A character that a token may not have.
    Token,
    /// No number, or one outside the range of this field.
    Number,
    /// The protocol of a Via is not SIP/2.0 or has no transport.
    Protocol,
    /// The host or port of a Via.
    Host,
    /// A part that has to be there is missing.
    Missing,
    /// The field may be there only once, and is there more often.
    Repeated,
    /// More text than a value may have.
    TooLong,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "empty element",
            Self::Quote => "quoted string does not end",
            Self::Brackets => "unbalanced angle brackets",
            Self::Uri(error) => return error.fmt(f),
            Self::Parameter => "malformed parameter",
            Self::Token => "not a token",
            Self::Number => "not a number of the allowed range",
            Self::Protocol => "not SIP/2.0 over a transport",
            Self::Host => "malformed host or port",
            Self::Missing => "a part is missing",
            Self::Repeated => "more than once",
            Self::TooLong => "too long",
        })
    }
}

impl core::error::Error for Fault {}

impl From<UriError> for Fault {
    fn from(error: UriError) -> Self {
        Self::Uri(error)
    }
}
