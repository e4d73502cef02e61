//! From bytes to an indexed message (RFC 3261 7, 18.3).

use std::sync::Arc;

use bytes::Bytes;
use memchr::memchr;

use super::error::{LineFault, ParseError, ParseErrorKind};
use super::index::{Entry, Headers};
use super::reject::Rejection;
use super::types::{Message, Parts, Request, RequestParts, Response, ResponseParts};
use crate::bounds::Limits;
use crate::header::HeaderName;
use crate::header::name::{OTHER, code_of};
use crate::method::Method;
use crate::status::StatusCode;
use crate::syntax::{MAX_TEXT, Span, class, is_space, number, skip_class, skip_space};
use crate::text::Text;

/// Fields that most messages stay below: room for them is made at once.
const USUAL_FIELDS: usize = 24;

/// Reads a whole message: a UDP datagram (RFC 3261 18.3) or a WebSocket message (RFC 7118 5).
///
/// Bytes after the body that Content-Length names are ignored; without Content-Length the body goes to
/// the end. Empty lines before the message are skipped (RFC 3261 7.5).
///
/// # Errors
/// What is wrong with it and, where it is a request that names its sender, what to answer.
#[expect(clippy::needless_pass_by_value, reason = "the message keeps the bytes")]
pub fn parse_datagram(bytes: Bytes, limits: &Limits) -> Result<Message, ParseError> {
    split(&bytes, limits).map_err(|kind| {
        let rejection = Rejection::salvage(&bytes, limits, &kind).map(Box::new);
        ParseError { kind, rejection }
    })
}

fn split(whole: &Bytes, limits: &Limits) -> Result<Message, ParseErrorKind> {
    let limit = limits.message.min(MAX_TEXT);
    if whole.len() > limit {
        return Err(ParseErrorKind::TooLarge {
            size: whole.len(),
            limit,
        });
    }
    let bytes = skip_line_ends(whole);
    let Some(line_end) = memchr(b'\n', bytes.get(..limits.line).unwrap_or(bytes)) else {
        return Err(match bytes {
            [] => ParseErrorKind::Empty,
            _ if bytes.len() > limits.line => ParseErrorKind::LineTooLong {
                at: 0,
                limit: limits.line,
            },
            _ => ParseErrorKind::HeadUnfinished,
        });
    };
    let start = start_line(bytes, line_end)?;
    let (entries, head_end, length) = fields(bytes, line_end + 1, limits)?;
    let body = body(bytes, head_end, length)?;
    let whole = whole.slice_ref(&bytes[..body.end]);
    let head = Text::try_from(whole.slice(..head_end)).map_err(|_| ParseErrorKind::NotUtf8)?;
    let body = whole.slice(body);
    let parts = Parts {
        bytes: whole,
        headers: Headers { head, entries },
        body,
    };
    Ok(match start {
        Start::Request { method, uri } => {
            Message::Request(Request(Arc::new(RequestParts { method, uri, parts })))
        }
        Start::Response { status, reason } => {
            Message::Response(Response(Arc::new(ResponseParts {
                status,
                reason,
                parts,
            })))
        }
    })
}

/// RFC 3261 7.5: line ends before the start line are ignored.
pub(super) fn skip_line_ends(bytes: &[u8]) -> &[u8] {
    let mut rest = bytes;
    while let [b'\r', b'\n', after @ ..] = rest {
        rest = after;
    }
    rest
}

enum Start {
    Request { method: Method, uri: Span },
    Response { status: StatusCode, reason: Span },
}

const fn start_fault(fault: LineFault) -> ParseErrorKind {
    ParseErrorKind::Line { at: 0, fault }
}

/// `Request-Line` or `Status-Line` (RFC 3261 7.1, 7.2); `end` is where its line feed is.
fn start_line(bytes: &[u8], end: usize) -> Result<Start, ParseErrorKind> {
    let Some(line) = bytes[..end].strip_suffix(b"\r") else {
        return Err(start_fault(LineFault::LineEnd));
    };
    if memchr(b'\r', line).is_some() {
        return Err(start_fault(LineFault::LineEnd));
    }
    if line.len() > 4 && line[..4].eq_ignore_ascii_case(b"SIP/") {
        status_line(line)
    } else {
        request_line(line)
    }
}

fn request_line(line: &[u8]) -> Result<Start, ParseErrorKind> {
    let method_end = skip_class(line, 0, class::TOKEN);
    if method_end == 0 || line.get(method_end) != Some(&b' ') {
        return Err(start_fault(LineFault::Start));
    }
    let uri_at = method_end + 1;
    let uri_len = memchr(b' ', &line[uri_at..]).ok_or_else(|| start_fault(LineFault::Start))?;
    let uri = Span::new(uri_at, uri_at + uri_len);
    let version = &line[uri_at + uri_len + 1..];
    let is_control = |b: &u8| b.is_ascii_control();
    if uri.is_empty() || line[uri_at..uri_at + uri_len].iter().any(is_control) {
        return Err(start_fault(LineFault::Start));
    }
    if version.len() < 5 || !version[..4].eq_ignore_ascii_case(b"SIP/") {
        return Err(start_fault(LineFault::Start));
    }
    if !version.eq_ignore_ascii_case(b"SIP/2.0") {
        let is_version = version[4..]
            .iter()
            .all(|b| b.is_ascii_digit() || *b == b'.');
        return Err(if is_version {
            ParseErrorKind::Version
        } else {
            start_fault(LineFault::Start)
        });
    }
    // A token is ASCII.
    let name = core::str::from_utf8(&line[..method_end]).map_err(|_| ParseErrorKind::NotUtf8)?;
    let method = name.parse().map_err(|_| start_fault(LineFault::Start))?;
    Ok(Start::Request { method, uri })
}

fn status_line(line: &[u8]) -> Result<Start, ParseErrorKind> {
    let space = memchr(b' ', line).ok_or_else(|| start_fault(LineFault::Start))?;
    if !line[..space].eq_ignore_ascii_case(b"SIP/2.0") {
        return Err(ParseErrorKind::Version);
    }
    let digits_end = skip_class(line, space + 1, class::TOKEN);
    let digits = &line[space + 1..digits_end];
    let status = match digits {
        [a, b, c] if digits.iter().all(u8::is_ascii_digit) => StatusCode::new(
            u16::from(a - b'0') * 100 + u16::from(b - b'0') * 10 + u16::from(c - b'0'),
        ),
        _ => None,
    };
    let status = status.ok_or_else(|| start_fault(LineFault::Status))?;
    // The space before an empty reason phrase is missing in some messages.
    let reason_at = match line.get(digits_end) {
        None => digits_end,
        Some(b' ') => digits_end + 1,
        Some(_) => return Err(start_fault(LineFault::Status)),
    };
    Ok(Start::Response {
        status,
        reason: Span::new(reason_at, line.len()),
    })
}

/// The entries, where the head ends, and Content-Length.
type Split = (Vec<Entry>, usize, Option<usize>);

/// Goes through the header fields up to the empty line (RFC 3261 7.3).
fn fields(bytes: &[u8], start: usize, limits: &Limits) -> Result<Split, ParseErrorKind> {
    let mut entries: Vec<Entry> = Vec::with_capacity(USUAL_FIELDS);
    let mut length = None;
    let mut at = start;
    loop {
        if bytes[at..].starts_with(b"\r\n") {
            return Ok((entries, at + 2, length));
        }
        if entries.len() == limits.headers {
            return Err(ParseErrorKind::TooManyHeaders {
                limit: limits.headers,
            });
        }
        let (entry, next) = field(bytes, at, limits.line)?;
        if entry.code == HeaderName::ContentLength.code() {
            let value = content_length(bytes, &entry)?;
            if length.is_some_and(|before| before != value) {
                return Err(ParseErrorKind::ContentLength);
            }
            length = Some(value);
        }
        entries.push(entry);
        at = next;
    }
}

/// One field with its continuation lines, and where the next begins.
fn field(bytes: &[u8], at: usize, limit: usize) -> Result<(Entry, usize), ParseErrorKind> {
    let fault = |fault| ParseErrorKind::Line { at, fault };
    // As much of the message as the field may take up, the name and the spaces after it too.
    let window = &bytes[..bytes.len().min(at.saturating_add(limit))];
    let name_end = skip_class(window, at, class::TOKEN);
    if name_end == at {
        return Err(match bytes.get(at) {
            None => ParseErrorKind::HeadUnfinished,
            Some(b' ' | b'\t') => fault(LineFault::Fold),
            Some(_) => fault(LineFault::Name),
        });
    }
    let colon = skip_space(window, name_end);
    match window.get(colon) {
        Some(b':') => {}
        None if window.len() < bytes.len() => {
            return Err(ParseErrorKind::LineTooLong { at, limit });
        }
        _ => return Err(fault(LineFault::Name)),
    }
    let (line_end, next, folded) = value_end(bytes, window, (at, limit), colon + 1)?;
    let value = trimmed(bytes, colon + 1, line_end, folded);
    let name = Span::new(at, name_end);
    let code = code_of(&bytes[at..name_end]);
    debug_assert!(code == OTHER || HeaderName::from_code(code).is_some());
    Ok((
        Entry {
            name,
            value,
            code,
            folded,
        },
        next,
    ))
}

/// Where a value ends (before its line end), where the next field begins, and whether it is folded.
/// `from` is at most the end of `window`, which is what the field at `line` may take up.
fn value_end(
    bytes: &[u8],
    window: &[u8],
    (line, limit): (usize, usize),
    from: usize,
) -> Result<(usize, usize, bool), ParseErrorKind> {
    let too_long = ParseErrorKind::LineTooLong { at: line, limit };
    let mut at = from;
    let mut folded = false;
    loop {
        let Some(found) = memchr::memchr2(b'\r', b'\n', &window[at..]) else {
            return Err(if window.len() < bytes.len() {
                too_long
            } else {
                ParseErrorKind::HeadUnfinished
            });
        };
        let end = at + found;
        if !bytes[end..].starts_with(b"\r\n") {
            return Err(ParseErrorKind::Line {
                at: line,
                fault: LineFault::LineEnd,
            });
        }
        at = end + 2;
        match bytes.get(at) {
            Some(b' ' | b'\t') if at < window.len() => folded = true,
            Some(b' ' | b'\t') => return Err(too_long),
            _ => return Ok((end, at, folded)),
        }
    }
}

/// Without spaces at both ends; line ends too where the value is folded.
fn trimmed(bytes: &[u8], start: usize, end: usize, folded: bool) -> Span {
    let blank = |b: u8| is_space(b) || (folded && matches!(b, b'\r' | b'\n'));
    let (mut start, mut end) = (start, end);
    while start < end && blank(bytes[start]) {
        start += 1;
    }
    while end > start && blank(bytes[end - 1]) {
        end -= 1;
    }
    Span::new(start, end)
}

fn content_length(bytes: &[u8], entry: &Entry) -> Result<usize, ParseErrorKind> {
    let value = &bytes[entry.value.start as usize..entry.value.end as usize];
    let text = core::str::from_utf8(value).map_err(|_| ParseErrorKind::ContentLength)?;
    number(text)
        .map(|length| length as usize)
        .map_err(|_| ParseErrorKind::ContentLength)
}

/// Where the body is (RFC 3261 18.3).
fn body(
    bytes: &[u8],
    head_end: usize,
    length: Option<usize>,
) -> Result<core::ops::Range<usize>, ParseErrorKind> {
    let available = bytes.len() - head_end;
    match length {
        None => Ok(head_end..bytes.len()),
        Some(length) if length <= available => Ok(head_end..head_end + length),
        Some(_) => Err(ParseErrorKind::ContentLength),
    }
}
