//! A request before it is sent: everything but `Via` and credentials, which each try has anew.

use core::fmt;

use crate::header::HeaderName;
use crate::message::{Request, RequestBuilder};
use crate::method::Method;
use crate::text::Text;
use crate::uri::Uri;

/// Extra header fields of a request or response, in order.
pub type HeaderFields = Vec<(HeaderName, String)>;

/// Shows which header fields there are, and not what they say: a note (`User-to-User`) or a number may be
/// among them.
pub(crate) struct Names<'a>(pub(crate) &'a HeaderFields);

impl fmt::Debug for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.0.iter().map(|(name, _)| name);
        f.debug_list().entries(names).finish()
    }
}

/// A body: its content type and its bytes.
pub type Body = (String, Vec<u8>);

/// A request that can be sent more than once: with credentials, or with a larger interval.
///
/// `Debug` shows its method and which header fields it has.
#[derive(Clone)]
pub struct Draft {
    /// Method.
    pub method: Method,
    /// Request-URI.
    pub target: Uri,
    /// `Route` values.
    pub routes: Vec<Text>,
    /// `From` with its tag.
    pub from: Text,
    /// `To`, with its tag in a dialog.
    pub to: Text,
    /// `Call-ID`.
    pub call_id: Text,
    /// Sequence number of `CSeq`.
    pub cseq: u32,
    /// Further header fields.
    pub headers: HeaderFields,
    /// Body.
    pub body: Option<Body>,
}

impl Draft {
    /// Adds a header field.
    pub fn push(&mut self, name: HeaderName, value: impl Into<String>) {
        self.headers.push((name, value.into()));
    }

    /// Replaces a header field, or adds it.
    pub fn set(&mut self, name: HeaderName, value: impl Into<String>) {
        self.headers.retain(|(other, _)| *other != name);
        self.push(name, value);
    }

    /// The message.
    #[must_use]
    pub fn build(&self, via: &str, user_agent: &str, credentials: &HeaderFields) -> Request {
        let mut builder = RequestBuilder::new(self.method.clone(), &self.target)
            .header(HeaderName::Via, via)
            .header(HeaderName::MaxForwards, 70);
        for route in &self.routes {
            builder = builder.header(HeaderName::Route, route);
        }
        builder = builder
            .header(HeaderName::From, &self.from)
            .header(HeaderName::To, &self.to)
            .header(HeaderName::CallId, &self.call_id)
            .header(
                HeaderName::CSeq,
                format_args!("{} {}", self.cseq, self.method),
            );
        for (name, value) in self.headers.iter().chain(credentials) {
            builder = builder.header(name, value);
        }
        if !user_agent.is_empty() {
            builder = builder.header(HeaderName::UserAgent, user_agent);
        }
        if let Some((content_type, bytes)) = &self.body {
            builder = builder.body(content_type, bytes.clone());
        }
        builder.build()
    }
}

impl fmt::Debug for Draft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Draft")
            .field("method", &self.method)
            .field("cseq", &self.cseq)
            .field("headers", &Names(&self.headers))
            .finish_non_exhaustive()
    }
}
