//! Requests and responses.

use core::fmt;
use std::sync::Arc;

use bytes::Bytes;

use super::build::RequestBuilder;
use super::check;
use super::error::ParseError;
use super::index::Headers;
use crate::header::HeaderName;
use crate::method::Method;
use crate::status::StatusCode;
use crate::syntax::Span;
use crate::uri::{Uri, UriError};

/// What requests and responses have in common.
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) bytes: Bytes,
    pub(super) headers: Headers,
    pub(super) body: Bytes,
}

#[derive(Debug)]
pub(super) struct RequestParts {
    pub(super) method: Method,
    pub(super) uri: Span,
    pub(super) parts: Parts,
}

#[derive(Debug)]
pub(super) struct ResponseParts {
    pub(super) status: StatusCode,
    pub(super) reason: Span,
    pub(super) parts: Parts,
}

/// A request: its bytes, and where everything is in them. Cheap to clone.
///
/// `Debug` shows method, Call-ID and CSeq only.
#[derive(Clone)]
pub struct Request(pub(super) Arc<RequestParts>);

/// A response: its bytes, and where everything is in them. Cheap to clone.
///
/// `Debug` shows status, Call-ID and CSeq only.
#[derive(Clone)]
pub struct Response(pub(super) Arc<ResponseParts>);

/// A message.
#[derive(Debug, Clone)]
pub enum Message {
    /// A request.
    Request(Request),
    /// A response.
    Response(Response),
}

impl Request {
    /// The method.
    #[must_use]
    pub fn method(&self) -> &Method {
        &self.0.method
    }

    /// The Request-URI as written.
    #[must_use]
    pub fn uri(&self) -> &str {
        self.0.uri.of(&self.0.parts.headers.head)
    }

    /// The Request-URI.
    ///
    /// # Errors
    /// If it is none. A scheme that is not known is no error.
    pub fn target(&self) -> Result<Uri, UriError> {
        Uri::from_text(self.0.parts.headers.head.slice_ref(self.uri()))
    }

    /// The header fields.
    #[must_use]
    pub fn headers(&self) -> &Headers {
        &self.0.parts.headers
    }

    /// The body; empty if there is none.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.0.parts.body
    }

    /// The body, shared.
    #[must_use]
    pub fn body_bytes(&self) -> &Bytes {
        &self.0.parts.body
    }

    /// The whole message as it goes on the wire.
    #[must_use]
    pub fn as_bytes(&self) -> &Bytes {
        &self.0.parts.bytes
    }

    /// A builder with everything of this request.
    #[must_use]
    pub fn to_builder(&self) -> RequestBuilder {
        RequestBuilder::from_request(self, &[])
    }

    /// A builder with everything of this request but the fields of these names.
    #[must_use]
    pub fn to_builder_without(&self, left_out: &[HeaderName]) -> RequestBuilder {
        RequestBuilder::from_request(self, left_out)
    }

    /// Whether the request is one that can be processed (see [`Message::check`]).
    ///
    /// # Errors
    /// What is wrong with it, and what to answer.
    pub fn check(&self) -> Result<(), ParseError> {
        check::request(self)
    }
}

impl Response {
    /// The status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// The reason phrase as written.
    #[must_use]
    pub fn reason(&self) -> &str {
        self.0.reason.of(&self.0.parts.headers.head)
    }

    /// The header fields.
    #[must_use]
    pub fn headers(&self) -> &Headers {
        &self.0.parts.headers
    }

    /// The body; empty if there is none.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.0.parts.body
    }

    /// The body, shared.
    #[must_use]
    pub fn body_bytes(&self) -> &Bytes {
        &self.0.parts.body
    }

    /// The whole message as it goes on the wire.
    #[must_use]
    pub fn as_bytes(&self) -> &Bytes {
        &self.0.parts.bytes
    }

    /// Whether the response is one that can be processed (see [`Message::check`]).
    ///
    /// # Errors
    /// What is wrong with it; a response is never answered.
    pub fn check(&self) -> Result<(), ParseError> {
        check::response(self)
    }
}

impl Message {
    /// The header fields.
    #[must_use]
    pub fn headers(&self) -> &Headers {
        match self {
            Self::Request(request) => request.headers(),
            Self::Response(response) => response.headers(),
        }
    }

    /// The whole message as it goes on the wire.
    #[must_use]
    pub fn as_bytes(&self) -> &Bytes {
        match self {
            Self::Request(request) => request.as_bytes(),
            Self::Response(response) => response.as_bytes(),
        }
    }

    /// The body; empty if there is none.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        match self {
            Self::Request(request) => request.body(),
            Self::Response(response) => response.body(),
        }
    }

    /// Whether the message is one that can be processed at all: mandatory fields are there
    /// (RFC 3261 8.1.1), single fields once (7.3.1), and the fields that a user agent relies on are
    /// what their grammar says (8.2.1, 16.3).
    ///
    /// # Errors
    /// What is wrong with it and, for a request, what to answer.
    pub fn check(&self) -> Result<(), ParseError> {
        match self {
            Self::Request(request) => request.check(),
            Self::Response(response) => response.check(),
        }
    }
}

fn debug_common(headers: &Headers, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for name in [HeaderName::CallId, HeaderName::CSeq] {
        if let Some(value) = headers.get(&name) {
            write!(f, " {name}={value:?}")?;
        }
    }
    Ok(())
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Request {}", self.method())?;
        debug_common(self.headers(), f)
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Response {}", self.status())?;
        debug_common(self.headers(), f)
    }
}
