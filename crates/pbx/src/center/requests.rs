//! Requests that the user agent leaves to us: REGISTER, PUBLISH, and INFO with digits.

use alo_sip::header::HeaderName;
use alo_sip::message::Request;
use alo_sip::method::Method;
use alo_sip::status::StatusCode;
use alo_sip::time::Instant;
use alo_sip::ua::{FlowId, ServerTxId, SessionId};

use super::Center;
use crate::leg;
use crate::media::Digit;

/// `Signal=5`, `Duration=160`, a line each.
pub(super) const DTMF_RELAY: &str = "application/dtmf-relay";
/// The digit and nothing else.
pub(super) const DTMF: &str = "application/dtmf";

impl Center {
    /// A request that the user agent does not answer itself.
    pub(super) fn request(
        &mut self,
        now: Instant,
        tx: ServerTxId,
        session: Option<SessionId>,
        flow: FlowId,
        request: &Request,
    ) {
        match request.method() {
            // Accounts are those of agents, and the phone network is none.
            Method::Register | Method::Publish if self.is_trunk(flow) => {
                self.respond(now, tx, StatusCode::FORBIDDEN, Vec::new());
            }
            Method::Register => self.register(now, tx, flow, request),
            Method::Publish => self.publish(now, tx, flow, request),
            Method::Info => self.info(now, tx, session, request),
            _ => self.respond(now, tx, StatusCode::NOT_IMPLEMENTED, Vec::new()),
        }
    }

    pub(super) fn respond(
        &mut self,
        now: Instant,
        tx: ServerTxId,
        status: StatusCode,
        headers: Vec<(HeaderName, String)>,
    ) {
        if let Err(error) = self.ua.respond(now, tx, status, headers, None) {
            tracing::debug!(%error, "too late for an answer");
        }
    }

    fn info(
        &mut self,
        now: Instant,
        tx: ServerTxId,
        session: Option<SessionId>,
        request: &Request,
    ) {
        let leg = session.and_then(|session| self.sessions.get(&session).copied());
        let Some(leg) = leg else {
            return self.respond(now, tx, StatusCode::CALL_DOES_NOT_EXIST, Vec::new());
        };
        let Some((digit, duration)) = digit(request) else {
            // RFC 6086 section 4.2.2: an INFO whose body is not understood.
            return self.respond(now, tx, StatusCode::UNSUPPORTED_MEDIA_TYPE, Vec::new());
        };
        self.respond(now, tx, StatusCode::OK, Vec::new());
        self.feed(now, leg, leg::Input::Pressed(digit, duration));
    }
}

/// The digit of an INFO, and its length in milliseconds (0 where it does not say).
fn digit(request: &Request) -> Option<(Digit, u16)> {
    let kind = request.headers().get(&HeaderName::ContentType)?;
    let kind = kind.split(';').next()?.trim().to_ascii_lowercase();
    let body = std::str::from_utf8(request.body()).ok()?;
    match kind.as_str() {
        DTMF_RELAY => relayed_digit(body),
        DTMF => Some((one_digit(body)?, 0)),
        _ => None,
    }
}

fn relayed_digit(body: &str) -> Option<(Digit, u16)> {
    let value = |name: &str| {
        body.lines().find_map(|line| {
            let (key, value) = line.split_once('=')?;
            key.trim().eq_ignore_ascii_case(name).then(|| value.trim())
        })
    };
    let digit = one_digit(value("signal")?)?;
    let duration = value("duration").and_then(|value| value.parse().ok());
    Some((digit, duration.unwrap_or(0)))
}

fn one_digit(text: &str) -> Option<Digit> {
    let mut characters = text.trim().chars();
    let digit = Digit::from_char(characters.next()?)?;
    characters.next().is_none().then_some(digit)
}

/// A text as a header of `alo_api::header` carries it.
pub(super) fn percent_encode(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~ ".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_of_both_kinds_of_info() {
        let five = Digit::from_char('5').unwrap();
        assert_eq!(
            relayed_digit("Signal=5\r\nDuration=250\r\n"),
            Some((five, 250))
        );
        assert_eq!(relayed_digit("signal = 5\n"), Some((five, 0)));
        assert_eq!(relayed_digit("Signal=55\r\n"), None);
        assert_eq!(relayed_digit("Duration=250\r\n"), None);
        assert_eq!(one_digit(" # \r\n"), Digit::from_char('#'));
        assert_eq!(one_digit(""), None);
    }

    #[test]
    fn names_survive_a_header() {
        assert_eq!(percent_encode("Sales"), "Sales");
        assert_eq!(percent_encode("Hỗ trợ 50%"), "H%E1%BB%97 tr%E1%BB%A3 50%25");
    }
}
