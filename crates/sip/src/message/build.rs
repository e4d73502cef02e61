//! Writing messages: bytes go straight into the buffer that is sent.
//!
//! A line end in a value cannot get out: it becomes a space, so nothing can be smuggled into a message
//! through a name, a number or a reason that somebody else chose.

use core::borrow::Borrow;
use core::fmt::{self, Display, Write};
use core::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;

use super::index::{Entry, Headers};
use super::types::{Parts, Request, RequestParts, Response, ResponseParts};
use crate::header::HeaderName;
use crate::header::Via;
use crate::method::Method;
use crate::status::StatusCode;
use crate::syntax::{Span, is_space};
use crate::text::Text;
use crate::uri::{NameAddr, Uri};

/// Room for the head of a usual message.
const USUAL_HEAD: usize = 768;

/// The buffer of a message that is being written, with the index of what was written.
struct Writer {
    buf: Vec<u8>,
    entries: Vec<Entry>,
    body: Bytes,
}

/// Takes text in, with line ends and zero bytes made spaces.
struct OneLine<'a>(&'a mut Vec<u8>);

impl Write for OneLine<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let start = self.0.len();
        self.0.extend_from_slice(text.as_bytes());
        if memchr::memchr3(b'\r', b'\n', 0, text.as_bytes()).is_some() {
            for byte in &mut self.0[start..] {
                if matches!(byte, b'\r' | b'\n' | 0) {
                    *byte = b' ';
                }
            }
        }
        Ok(())
    }
}

impl Writer {
    fn new() -> Self {
        Self {
            buf: Vec::with_capacity(USUAL_HEAD),
            entries: Vec::with_capacity(16),
            body: Bytes::new(),
        }
    }

    /// Writes a value on one line. Writing into memory does not fail; a `Display` that says it does
    /// ends the value where it stands.
    fn put(&mut self, value: impl Display) {
        let _ = write!(OneLine(&mut self.buf), "{value}");
    }

    fn field(&mut self, name: &HeaderName, value: impl Display) {
        if *name == HeaderName::ContentLength {
            return;
        }
        self.raw_field(name, value);
    }

    fn raw_field(&mut self, name: &HeaderName, value: impl Display) {
        let name_at = self.buf.len();
        self.buf.extend_from_slice(name.as_str().as_bytes());
        let name_end = self.buf.len();
        self.buf.extend_from_slice(b": ");
        let (mut start, _) = (self.buf.len(), self.put(value));
        let mut end = self.buf.len();
        while start < end && is_space(self.buf[start]) {
            start += 1;
        }
        while end > start && is_space(self.buf[end - 1]) {
            end -= 1;
        }
        self.buf.truncate(end.max(start));
        self.buf.extend_from_slice(b"\r\n");
        let (name_span, value) = (Span::new(name_at, name_end), Span::new(start, end));
        self.entries.push(Entry {
            name: name_span,
            value,
            code: name.code(),
            folded: false,
        });
    }

    fn finish(mut self) -> Parts {
        let length = self.body.len();
        self.raw_field(&HeaderName::ContentLength, length);
        self.buf.extend_from_slice(b"\r\n");
        let head_end = self.buf.len();
        self.buf.extend_from_slice(&self.body);
        let bytes = Bytes::from(self.buf);
        let body = bytes.slice(head_end..);
        // Only `str`s were written, and bytes of them replaced by ASCII where they were ASCII.
        let head = Text::try_from(bytes.slice(..head_end)).unwrap_or_default();
        Parts {
            bytes,
            headers: Headers {
                head,
                entries: self.entries,
            },
            body,
        }
    }
}

/// Writes a request.
pub struct RequestBuilder {
    method: Method,
    uri: Span,
    writer: Writer,
}

impl RequestBuilder {
    /// A request line. Headers of the URI may not be in it (RFC 3261 19.1.1) and are left out.
    #[must_use]
    pub fn new(method: Method, target: &Uri) -> Self {
        let mut writer = Writer::new();
        writer.put(&method);
        writer.buf.push(b' ');
        let start = writer.buf.len();
        writer.put(target.without_headers());
        let uri = Span::new(start, writer.buf.len());
        writer.buf.extend_from_slice(b" SIP/2.0\r\n");
        Self {
            method,
            uri,
            writer,
        }
    }

    pub(super) fn from_request(request: &Request, left_out: &[HeaderName]) -> Self {
        let mut writer = Writer::new();
        writer.put(request.method());
        writer.buf.push(b' ');
        let start = writer.buf.len();
        writer.put(request.uri());
        let uri = Span::new(start, writer.buf.len());
        writer.buf.extend_from_slice(b" SIP/2.0\r\n");
        for (name, value) in request
            .headers()
            .iter()
            .filter(|(name, _)| !left_out.contains(name))
        {
            writer.field(&name, value);
        }
        writer.body = request.body_bytes().clone();
        Self {
            method: request.method().clone(),
            uri,
            writer,
        }
    }

    /// Appends a field. Line ends in the value become spaces. Content-Length is not taken:
    /// [`build`](Self::build) writes it.
    #[must_use]
    pub fn header(mut self, name: impl Borrow<HeaderName>, value: impl Display) -> Self {
        self.writer.field(name.borrow(), value);
        self
    }

    /// Appends several fields.
    #[must_use]
    pub fn headers<V: Display>(
        mut self,
        fields: impl IntoIterator<Item = (HeaderName, V)>,
    ) -> Self {
        for (name, value) in fields {
            self.writer.field(&name, value);
        }
        self
    }

    /// Sets the body, and appends Content-Type.
    #[must_use]
    pub fn body(mut self, content_type: &str, body: impl Into<Bytes>) -> Self {
        self.writer.field(&HeaderName::ContentType, content_type);
        self.writer.body = body.into();
        self
    }

    /// The request, with its Content-Length.
    #[must_use]
    pub fn build(self) -> Request {
        Request(Arc::new(RequestParts {
            method: self.method,
            uri: self.uri,
            parts: self.writer.finish(),
        }))
    }
}

/// What a response adds to what it copies from the request.
#[derive(Debug, Clone, Copy, Default)]
pub struct Reply<'a> {
    /// Put into To, where the request has no tag there (RFC 3261 8.2.6.2).
    pub to_tag: Option<&'a str>,
    /// Where the request came from: for `received` and `rport` of the topmost Via (RFC 3261 18.2.1,
    /// RFC 3581 4).
    pub source: Option<SocketAddr>,
    /// Reason phrase; the usual one of the status if `None`.
    pub reason: Option<&'a str>,
}

/// Writes a response.
pub struct ResponseBuilder {
    status: StatusCode,
    reason: Span,
    writer: Writer,
}

impl ResponseBuilder {
    /// A status line with the usual reason phrase.
    #[must_use]
    pub fn new(status: StatusCode) -> Self {
        Self::with_reason(status, status.reason())
    }

    /// A status line with this reason phrase.
    #[must_use]
    pub fn with_reason(status: StatusCode, reason: &str) -> Self {
        let mut writer = Writer::new();
        writer.put(format_args!("SIP/2.0 {status} "));
        let start = writer.buf.len();
        writer.put(reason);
        let reason = Span::new(start, writer.buf.len());
        writer.buf.extend_from_slice(b"\r\n");
        Self {
            status,
            reason,
            writer,
        }
    }

    /// A response to this request: Via, From, To, Call-ID and CSeq are copied (RFC 3261 8.2.6.2).
    #[must_use]
    pub fn reply_to(request: &Request, status: StatusCode) -> Self {
        Self::reply(request, status, &Reply::default())
    }

    /// As [`reply_to`](Self::reply_to), with a tag and where the request came from.
    #[must_use]
    pub fn reply(request: &Request, status: StatusCode, reply: &Reply<'_>) -> Self {
        let headers = request.headers();
        let copied = [
            HeaderName::Via,
            HeaderName::From,
            HeaderName::To,
            HeaderName::CallId,
            HeaderName::CSeq,
        ];
        let fields = copied
            .iter()
            .flat_map(|name| headers.all(name).map(move |value| (name, value)));
        let mut builder = Self::answer(status, fields, reply);
        if status == StatusCode::TRYING {
            // RFC 3261 8.2.6.1
            builder = builder.copy(request, &HeaderName::Timestamp);
        }
        builder
    }

    /// Writes the copied fields with what [`Reply`] adds to them.
    pub(super) fn answer<'f, V: AsRef<str>>(
        status: StatusCode,
        fields: impl Iterator<Item = (&'f HeaderName, V)>,
        reply: &Reply<'_>,
    ) -> Self {
        let mut builder = Self::with_reason(status, reply.reason.unwrap_or(status.reason()));
        let mut source = reply.source;
        for (name, value) in fields {
            let value = value.as_ref();
            match name {
                HeaderName::Via => match source.take() {
                    Some(source) => builder.writer.field(name, top_via(value, source)),
                    None => builder.writer.field(name, value),
                },
                HeaderName::To => match reply.to_tag.filter(|_| !has_tag(value)) {
                    Some(tag) => builder
                        .writer
                        .field(name, format_args!("{value};tag={tag}")),
                    None => builder.writer.field(name, value),
                },
                _ => builder.writer.field(name, value),
            }
        }
        builder
    }

    /// Copies every field of this name from the request: Record-Route of a dialog (RFC 3261 12.1.1).
    #[must_use]
    pub fn copy(mut self, request: &Request, name: &HeaderName) -> Self {
        for value in request.headers().all(name) {
            self.writer.field(name, value);
        }
        self
    }

    /// Appends a field. Line ends in the value become spaces. Content-Length is not taken:
    /// [`build`](Self::build) writes it.
    #[must_use]
    pub fn header(mut self, name: impl Borrow<HeaderName>, value: impl Display) -> Self {
        self.writer.field(name.borrow(), value);
        self
    }

    /// Appends several fields.
    #[must_use]
    pub fn headers<V: Display>(
        mut self,
        fields: impl IntoIterator<Item = (HeaderName, V)>,
    ) -> Self {
        for (name, value) in fields {
            self.writer.field(&name, value);
        }
        self
    }

    /// Sets the body, and appends Content-Type.
    #[must_use]
    pub fn body(mut self, content_type: &str, body: impl Into<Bytes>) -> Self {
        self.writer.field(&HeaderName::ContentType, content_type);
        self.writer.body = body.into();
        self
    }

    /// The response, with its Content-Length.
    #[must_use]
    pub fn build(self) -> Response {
        Response(Arc::new(ResponseParts {
            status: self.status,
            reason: self.reason,
            parts: self.writer.finish(),
        }))
    }
}

/// The first field of Vias with `received` and `rport` in its first element. What cannot be read goes
/// back as it came.
fn top_via(value: &str, source: SocketAddr) -> String {
    let mut elements = crate::syntax::Elements::new(value);
    let first = elements.next().unwrap_or_default();
    let Ok(via) = Via::parse(first) else {
        return value.to_owned();
    };
    let mut out = via.with_source(source).to_string();
    if let Some(rest) = elements.remaining() {
        out.push(',');
        out.push_str(rest);
    }
    out
}

fn has_tag(value: &str) -> bool {
    NameAddr::parse(value).is_ok_and(|to| to.tag().is_some())
}
