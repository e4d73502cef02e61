//! Whether a message can be processed at all.

use super::error::{ParseError, ParseErrorKind};
use super::index::Headers;
use super::reject::{Rejection, reason_of, status_of};
use super::types::{Request, Response};
use crate::header::{CSeq, Fault, HeaderError, HeaderName};
use crate::method::Method;

/// Fields that every message has (RFC 3261 8.1.1). Max-Forwards is one of them, but messages of
/// RFC 2543 have none (RFC 4475 3.4.1).
const MANDATORY: [HeaderName; 5] = [
    HeaderName::Via,
    HeaderName::To,
    HeaderName::From,
    HeaderName::CallId,
    HeaderName::CSeq,
];

/// Fields that may be there once (RFC 3261 7.3.1: those that are no list).
const SINGLE: [HeaderName; 14] = [
    HeaderName::To,
    HeaderName::From,
    HeaderName::CallId,
    HeaderName::CSeq,
    HeaderName::MaxForwards,
    HeaderName::ContentType,
    HeaderName::Expires,
    HeaderName::MinExpires,
    HeaderName::SessionExpires,
    HeaderName::MinSe,
    HeaderName::RSeq,
    HeaderName::RAck,
    HeaderName::Event,
    HeaderName::SubscriptionState,
];

pub(super) fn request(request: &Request) -> Result<(), ParseError> {
    request_faults(request).map_err(|kind| {
        let answerable =
            *request.method() != Method::Ack && request.headers().has(&HeaderName::Via);
        let rejection = answerable
            .then(|| Box::new(Rejection::of(request, status_of(&kind), &reason_of(&kind))));
        ParseError { kind, rejection }
    })
}

pub(super) fn response(response: &Response) -> Result<(), ParseError> {
    let headers = response.headers();
    common(headers)?;
    headers.rseq().map_err(ParseErrorKind::from)?;
    Ok(())
}

fn request_faults(request: &Request) -> Result<(), ParseErrorKind> {
    let headers = request.headers();
    let cseq = common(headers)?;
    if cseq.method != *request.method() {
        return Err(ParseErrorKind::MethodMismatch);
    }
    let target = request.target().map_err(ParseErrorKind::RequestUri)?;
    if target.headers().next().is_some() {
        // RFC 3261 19.1.1: not in a Request-URI.
        return Err(ParseErrorKind::RequestUriHeaders);
    }
    headers.max_forwards()?;
    headers.route()?;
    headers.require()?;
    headers.rack()?;
    Ok(())
}

/// What holds for requests and responses. Fields that this crate does not rely on (Date, Expires,
/// Warning, ...) are not looked at: a fault in them is no reason to refuse a call (RFC 3261 8.2.2).
fn common(headers: &Headers) -> Result<CSeq, ParseErrorKind> {
    if let Some(missing) = MANDATORY.iter().find(|name| !headers.has(name)) {
        return Err(ParseErrorKind::Missing(missing.clone()));
    }
    if let Some(repeated) = headers.repeated_of(&SINGLE) {
        return Err(ParseErrorKind::Repeated(repeated.clone()));
    }
    headers.vias()?;
    headers.to()?;
    headers.from()?;
    headers.call_id()?;
    headers.contacts()?;
    headers.record_route()?;
    headers.content_type()?;
    headers.supported()?;
    let missing = || ParseErrorKind::Missing(HeaderName::CSeq);
    headers.cseq()?.ok_or_else(missing)
}

impl From<HeaderError> for ParseErrorKind {
    fn from(error: HeaderError) -> Self {
        match error.fault {
            Fault::Repeated => Self::Repeated(error.name),
            _ => Self::Header(error),
        }
    }
}
