//! `message/sipfrag` (RFC 3420): pieces of SIP messages, as the notifier of a REFER tells what became of
//! it (RFC 3515 2.4.5).

use core::fmt;

use bytes::Bytes;

use crate::bounds::Limits;
use crate::dialog::HeaderFields;
use crate::header::HeaderName;
use crate::message::{Message, ResponseBuilder, parse_datagram};
use crate::status::StatusCode;
use crate::uri::NameAddr;

/// The content type, as it is sent.
pub const CONTENT_TYPE: &str = "message/sipfrag;version=2.0";

/// More of a fragment than a status line and a few fields is not read.
const LIMITS: Limits = Limits {
    message: 8 * 1024,
    headers: 64,
    line: 2 * 1024,
};

/// A status line and the header fields after it.
///
/// `Debug` shows the status and which fields there are, not what they say.
#[derive(Clone, PartialEq, Eq)]
pub struct Fragment {
    /// What the referred request came to.
    pub status: StatusCode,
    /// Reason phrase.
    pub reason: String,
    /// Header fields, in order.
    pub headers: HeaderFields,
}

impl Fragment {
    /// A status with its usual reason phrase and nothing else.
    #[must_use]
    pub fn new(status: StatusCode) -> Self {
        Self {
            status,
            reason: String::from(status.reason()),
            headers: HeaderFields::new(),
        }
    }

    /// With this reason phrase.
    #[must_use]
    pub fn with_reason(mut self, reason: impl Into<String>) -> Self {
        self.reason = reason.into();
        self
    }

    /// With a header field.
    #[must_use]
    pub fn with(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The value of the first header field of this name.
    #[must_use]
    pub fn get(&self, name: &HeaderName) -> Option<String> {
        let mut found = self.headers.iter().filter(|(other, _)| other == name);
        found.next().map(|(_, value)| value.clone())
    }

    /// `To`: who answered, where it can be read.
    #[must_use]
    pub fn to(&self) -> Option<NameAddr> {
        NameAddr::parse(&self.get(&HeaderName::To)?).ok()
    }

    /// Whether nothing comes after it: the referred request has its final response.
    #[must_use]
    pub fn is_final(&self) -> bool {
        self.status.is_final()
    }

    /// The fragment as a body. Line ends in what it says become spaces.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let fields = self.headers.iter().cloned();
        let response = ResponseBuilder::with_reason(self.status, &self.reason)
            .headers(fields)
            .build();
        // The builder ends the head with `Content-Length` and an empty line, which a fragment has not.
        let (line, rest) = line_of(response.as_bytes());
        let mut out = line.to_vec();
        let mut rest = rest;
        while let (line @ [first, ..], after) = line_of(rest) {
            if *first != b'\r' && !line.starts_with(b"Content-Length:") {
                out.extend_from_slice(line);
            }
            rest = after;
        }
        out
    }
}

/// A line with its end, and what comes after it.
fn line_of(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = memchr::memchr(b'\n', bytes).map_or(bytes.len(), |at| at + 1);
    bytes.split_at(end)
}

/// Reads a body: a status line, header fields if there are any, and nothing that has to end them (RFC 3420
/// 2.2). `None` where it begins with anything else, a request included.
#[must_use]
pub fn parse(body: &[u8]) -> Option<Fragment> {
    let mut whole = Vec::with_capacity(body.len() + 4);
    // Not every telephone ends its lines as RFC 3261 7 wants it.
    for line in body.split(|byte| *byte == b'\n') {
        whole.extend_from_slice(line.strip_suffix(b"\r").unwrap_or(line));
        whole.extend_from_slice(b"\r\n");
    }
    whole.extend_from_slice(b"\r\n");
    match parse_datagram(Bytes::from(whole), &LIMITS).ok()? {
        Message::Request(_) => None,
        Message::Response(response) => Some(Fragment {
            status: response.status(),
            reason: String::from(response.reason()),
            headers: response
                .headers()
                .iter()
                .filter(|(name, _)| *name != HeaderName::ContentLength)
                .map(|(name, value)| (name, value.into_owned()))
                .collect(),
        }),
    }
}

impl fmt::Debug for Fragment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.headers.iter().map(|(name, _)| name);
        write!(f, "Fragment {} ", self.status)?;
        f.debug_list().entries(names).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_goes_there_and_back() {
        let answered =
            Fragment::new(StatusCode::OK).with(HeaderName::To, "\"Bình Trần\" <sip:102@alo.test>");
        let text = String::from_utf8(answered.to_bytes()).unwrap();
        let wanted = "SIP/2.0 200 OK\r\nTo: \"Bình Trần\" <sip:102@alo.test>\r\n";
        assert_eq!(text, wanted);
        let read = parse(text.as_bytes()).unwrap();
        assert_eq!(read, answered);
        assert_eq!(read.to().unwrap().display().as_deref(), Some("Bình Trần"));
        assert_eq!(read.get(&HeaderName::From), None);
    }

    /// RFC 3515 4.1, RFC 3420 2.2: a status line alone, with and without its end.
    #[test]
    fn what_others_send_is_read() {
        for text in [
            "SIP/2.0 100 Trying",
            "SIP/2.0 100 Trying\r\n",
            "SIP/2.0 100 Trying\n",
            "SIP/2.0 100 Trying\r\n\r\n",
            "\r\nSIP/2.0 100 Trying\r\n",
            "SIP/2.0 100 Trying\r\nContent-Length: 0\r\n",
        ] {
            assert_eq!(
                parse(text.as_bytes()),
                Some(Fragment::new(StatusCode::TRYING)),
                "{text:?}"
            );
        }
        let no_phrase = parse(b"SIP/2.0 486 \r\nTo: <sip:a@b>\r\n").unwrap();
        assert_eq!(
            (no_phrase.status, no_phrase.reason.as_str()),
            (StatusCode::BUSY_HERE, "")
        );
    }

    #[test]
    fn what_tells_no_status_is_nothing() {
        for text in [
            &b""[..],
            b"\r\n",
            b"200 OK",
            b"SIP/2.0 2000 OK",
            b"SIP/3.0 200 OK",
            b"INVITE sip:a@b SIP/2.0\r\n",
            b"To: <sip:a@b>\r\n",
            b"\xff\xfe",
        ] {
            assert_eq!(parse(text), None, "{text:?}");
        }
        let long = [b"SIP/2.0 200 ".to_vec(), vec![b'a'; 9000]].concat();
        assert_eq!(parse(&long), None);
    }

    #[test]
    fn nothing_is_smuggled_into_it() {
        let odd = Fragment::new(StatusCode::DECLINE)
            .with_reason("no\r\nTo: <sip:x@y>")
            .with(HeaderName::Subject, "a\r\n\r\nb");
        let read = parse(&odd.to_bytes()).unwrap();
        assert_eq!(read.headers.len(), 1);
        assert_eq!(format!("{read:?}"), "Fragment 603 [Subject]");
    }
}
