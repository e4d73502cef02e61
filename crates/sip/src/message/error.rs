//! Why a message was not taken in.

use core::fmt;

use super::reject::Rejection;
use crate::header::{HeaderError, HeaderName};
use crate::uri::UriError;

/// What is wrong with a line of the head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineFault {
    /// The start line is neither that of a request nor that of a response.
    Start,
    /// The status is not between 100 and 699.
    Status,
    /// A field has no colon, or its name is no token.
    Name,
    /// A carriage return or line feed that does not end a line.
    LineEnd,
    /// A continuation line with nothing before it.
    Fold,
}

/// What is wrong with a message.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParseErrorKind {
    /// Only line ends: a keep-alive, no message (RFC 5626 4.4.1).
    Empty,
    /// More bytes than [`Limits::message`](crate::bounds::Limits::message).
    TooLarge {
        /// Bytes received.
        size: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// A field (or the start line) longer than [`Limits::line`](crate::bounds::Limits::line).
    LineTooLong {
        /// Where the line begins.
        at: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// More fields than [`Limits::headers`](crate::bounds::Limits::headers).
    TooManyHeaders {
        /// Fields allowed.
        limit: usize,
    },
    /// The head does not end with an empty line.
    HeadUnfinished,
    /// The head is not UTF-8.
    NotUtf8,
    /// A line of the head.
    Line {
        /// Where the line begins.
        at: usize,
        /// What is wrong with it.
        fault: LineFault,
    },
    /// The version is not SIP/2.0.
    Version,
    /// The Request-URI.
    RequestUri(UriError),
    /// Headers in the Request-URI (RFC 3261 19.1.1).
    RequestUriHeaders,
    /// Content-Length is no number, differs from another one, or exceeds what was received.
    ContentLength,
    /// A field that has to be there is not.
    Missing(HeaderName),
    /// A field that may be there once is there more often.
    Repeated(HeaderName),
    /// A field whose value is not what its grammar says.
    Header(HeaderError),
    /// The method of CSeq is not that of the request.
    MethodMismatch,
}

/// A message that was not taken in, with what can be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError {
    /// What is wrong.
    pub kind: ParseErrorKind,
    /// What to answer; `None` for a response, an ACK, and what cannot be answered.
    pub rejection: Option<Box<Rejection>>,
}

impl From<ParseErrorKind> for ParseError {
    fn from(kind: ParseErrorKind) -> Self {
        Self {
            kind,
            rejection: None,
        }
    }
}

impl fmt::Display for ParseErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("no message, only line ends"),
            Self::TooLarge { size, limit } => write!(f, "message of {size} bytes, {limit} allowed"),
            Self::LineTooLong { at, limit } => {
                write!(f, "field at byte {at} is longer than {limit} bytes")
            }
            Self::TooManyHeaders { limit } => write!(f, "more than {limit} header fields"),
            Self::HeadUnfinished => f.write_str("no empty line after the header fields"),
            Self::NotUtf8 => f.write_str("head is not UTF-8"),
            Self::Line { at, fault } => {
                let what = match fault {
                    LineFault::Start => "no start line",
                    LineFault::Status => "status outside 100 to 699",
                    LineFault::Name => "no header field name",
                    LineFault::LineEnd => "stray carriage return or line feed",
                    LineFault::Fold => "continuation of nothing",
                };
                write!(f, "line at byte {at}: {what}")
            }
            Self::Version => f.write_str("version is not SIP/2.0"),
            Self::RequestUri(error) => write!(f, "Request-URI: {error}"),
            Self::RequestUriHeaders => f.write_str("Request-URI with headers"),
            Self::ContentLength => f.write_str("Content-Length does not fit"),
            Self::Missing(name) => write!(f, "{name} is missing"),
            Self::Repeated(name) => write!(f, "{name} is repeated"),
            Self::Header(error) => error.fmt(f),
            Self::MethodMismatch => f.write_str("CSeq has another method than the request"),
        }
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)
    }
}

impl core::error::Error for ParseError {}
