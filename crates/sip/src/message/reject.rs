//! What to answer to a request that cannot be processed.

use core::fmt;

use super::build::{Reply, ResponseBuilder};
use super::error::ParseErrorKind;
use super::index::unfold;
use super::parse::skip_line_ends;
use super::types::{Request, Response};
use crate::bounds::Limits;
use crate::header::HeaderName;
use crate::header::name::code_of;
use crate::status::StatusCode;
use crate::syntax::{class, skip_class, skip_space};

/// The fields that a response copies (RFC 3261 8.2.6.2).
const COPIED: [HeaderName; 5] = [
    HeaderName::Via,
    HeaderName::From,
    HeaderName::To,
    HeaderName::CallId,
    HeaderName::CSeq,
];

/// Vias beyond this are no route of a request but an attack.
const MOST_FIELDS: usize = 96;

/// A refusal that can be sent: status, reason phrase, and the fields that a response copies.
///
/// It needs no transaction: it is sent once for each time that the request comes (RFC 3261 8.2.7).
#[derive(Clone, PartialEq, Eq)]
pub struct Rejection {
    status: StatusCode,
    reason: String,
    fields: Vec<(HeaderName, String)>,
}

impl Rejection {
    /// A refusal of a request that was split into fields.
    #[must_use]
    pub fn of(request: &Request, status: StatusCode, reason: &str) -> Self {
        let headers = request.headers();
        let mut fields = Vec::new();
        for name in &COPIED {
            // A repeated field that may be there once goes back once.
            let most = if *name == HeaderName::Via {
                MOST_FIELDS
            } else {
                1
            };
            fields.extend(
                headers
                    .all(name)
                    .take(most)
                    .map(|value| (name.clone(), value.into_owned())),
            );
        }
        Self {
            status,
            reason: reason.to_owned(),
            fields,
        }
    }

    /// Finds in a message that could not be split what an answer needs. `None` if it is no request
    /// that can be answered: a response, an ACK, or without Via.
    pub(super) fn salvage(bytes: &[u8], limits: &Limits, kind: &ParseErrorKind) -> Option<Self> {
        let bytes = skip_line_ends(bytes);
        let line_end = memchr::memchr(b'\n', &bytes[..bytes.len().min(limits.line)])?;
        let line = bytes[..line_end]
            .strip_suffix(b"\r")
            .unwrap_or(&bytes[..line_end]);
        if !is_request_line(line) {
            return None;
        }
        let fields = salvage_fields(&bytes[line_end + 1..], limits.line);
        let has_via = fields.iter().any(|(name, _)| *name == HeaderName::Via);
        has_via.then(|| Self {
            status: status_of(kind),
            reason: reason_of(kind),
            fields,
        })
    }

    /// The status.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// The reason phrase: what is wrong, for the person who looks for the fault.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// The value of the first copied field of this name, if the message has it.
    #[must_use]
    pub fn get(&self, name: &HeaderName) -> Option<&str> {
        self.fields
            .iter()
            .find(|(found, _)| found == name)
            .map(|(_, value)| value.as_str())
    }

    /// The response to be sent.
    #[must_use]
    pub fn response(&self, reply: &Reply<'_>) -> Response {
        let reply = Reply {
            reason: Some(reply.reason.unwrap_or(&self.reason)),
            ..*reply
        };
        ResponseBuilder::answer(
            self.status,
            self.fields.iter().map(|(name, value)| (name, value)),
            &reply,
        )
        .build()
    }
}

impl fmt::Debug for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rejection {} {:?}", self.status, self.reason)
    }
}

/// The status that tells what is wrong.
pub(super) fn status_of(kind: &ParseErrorKind) -> StatusCode {
    match kind {
        ParseErrorKind::Version => StatusCode::VERSION_NOT_SUPPORTED,
        ParseErrorKind::TooLarge { .. }
        | ParseErrorKind::LineTooLong { .. }
        | ParseErrorKind::TooManyHeaders { .. } => StatusCode::MESSAGE_TOO_LARGE,
        _ => StatusCode::BAD_REQUEST,
    }
}

/// The usual phrase, and in parentheses what is wrong (RFC 3261 21.4.1 asks for it).
pub(super) fn reason_of(kind: &ParseErrorKind) -> String {
    format!("{} ({kind})", status_of(kind).reason())
}

/// Whether a line is so much of a request line that an answer makes sense: a word that is no
/// version and not ACK first, a version last.
fn is_request_line(line: &[u8]) -> bool {
    let method_end = skip_class(line, 0, class::TOKEN);
    let method = &line[..method_end];
    let last = line
        .trim_ascii_end()
        .rsplit(|b| *b == b' ')
        .next()
        .unwrap_or_default();
    let is_version = |word: &[u8]| word.len() >= 4 && word[..4].eq_ignore_ascii_case(b"SIP/");
    !method.is_empty()
        && method != b"ACK"
        && line.get(method_end) == Some(&b' ')
        && is_version(last)
}

/// Goes through lines up to the empty one and keeps those that a response copies. Lines that are
/// too long, are not UTF-8 or are no fields are passed over.
fn salvage_fields(head: &[u8], limit: usize) -> Vec<(HeaderName, String)> {
    let mut fields: Vec<(HeaderName, String)> = Vec::new();
    let mut rest = head;
    while !rest.is_empty()
        && !rest.starts_with(b"\r\n")
        && !rest.starts_with(b"\n")
        && fields.len() < MOST_FIELDS
    {
        let end = logical_line(rest);
        if let Some((name, value)) = rest[..end]
            .len()
            .le(&limit)
            .then(|| copied_field(&rest[..end]))
            .flatten()
        {
            let repeated =
                name != HeaderName::Via && fields.iter().any(|(found, _)| *found == name);
            if !repeated {
                fields.push((name, value));
            }
        }
        rest = &rest[end..];
    }
    // The order of a response is that of the table, so that Via comes first.
    fields.sort_by_key(|(name, _)| COPIED.iter().position(|copied| copied == name));
    fields
}

/// Length of a field with its continuation lines and line ends.
fn logical_line(bytes: &[u8]) -> usize {
    let mut at = 0;
    while let Some(found) = memchr::memchr(b'\n', &bytes[at..]) {
        at += found + 1;
        if !matches!(bytes.get(at), Some(b' ' | b'\t')) {
            return at;
        }
    }
    bytes.len()
}

fn copied_field(line: &[u8]) -> Option<(HeaderName, String)> {
    let name_end = skip_class(line, 0, class::TOKEN);
    let name =
        HeaderName::from_code(code_of(&line[..name_end])).filter(|name| COPIED.contains(name))?;
    let colon = skip_space(line, name_end);
    let value = line.get(colon + 1..).filter(|_| line[colon] == b':')?;
    Some((name, unfold(core::str::from_utf8(value).ok()?.trim())))
}
