//! What the SIP user agent tells.

use alo_sip::header::HeaderName;
use alo_sip::message::Request;
use alo_sip::method::Method;
use alo_sip::status::StatusCode;
use alo_sip::time::Instant;
use alo_sip::ua::{Event, Output, ServerTxId, SessionId};

use super::invitation;
use super::line::Line;
use super::machine::Phone;
use crate::io::SocketRequest;
use crate::language::{CallId, Millis};

impl Phone {
    /// Carries out what the user agent wants; whether there was anything.
    pub(super) fn drain_wire(&mut self, now: Millis) -> bool {
        let mut any = false;
        loop {
            match self.ua.poll_output() {
                Output::Transmit { flow, bytes } => {
                    any = true;
                    if self.connection.flow() == Some(flow) {
                        // An ended call is shown for some seconds: its BYE matters too.
                        if !self.lines.is_empty() && is_answered(&bytes) {
                            self.connection.awaits_answer(now, &self.config.times);
                        }
                        self.out.socket(SocketRequest::Send(bytes));
                    }
                }
                Output::Event(event) => {
                    any = true;
                    self.on_sip(now, event);
                }
                Output::Timeout(at) => {
                    self.ua_wakes_at = at.map(Instant::as_millis);
                    return any;
                }
            }
        }
    }

    fn on_sip(&mut self, now: Millis, event: Event) {
        match event {
            Event::Registration { event, .. } => self.on_registration(now, event),
            Event::Invited {
                session,
                request,
                offer,
                ..
            } => self.on_invited(now, session, &request, offer),
            Event::Session { id, event } => {
                let (mut cx, lines) = self.parts(now);
                match lines
                    .iter_mut()
                    .find(|line| line.session == Some(id) || line.successor() == Some(id))
                {
                    Some(line) if line.successor() == Some(id) => {
                        line.on_successor_session(&mut cx, &event);
                    }
                    Some(line) => line.on_session(&mut cx, event),
                    None => tracing::debug!(session = id.0, "event of a call that is over"),
                }
            }
            Event::Subscription { id, event } => {
                self.at_desk(now, |desk, tools| desk.on_subscription(tools, id, event));
            }
            Event::Subscribed { id, .. } => {
                // Nobody is told anything by a phone itself; its server tells.
                let instant = Instant::from_millis(now);
                let refused = StatusCode::BAD_EVENT;
                let _ = self.ua.reject_subscription(instant, id, refused, vec![]);
            }
            Event::Notifier { .. } => tracing::debug!("nobody is notified by a phone"),
            Event::Referral { id, event } => self.on_referral(now, id, event),
            Event::Referred {
                id,
                session,
                request,
                refer,
                ..
            } => self.on_referred(now, id, session, &request, &refer),
            Event::Publication { id, event } => self.on_publication(now, id, event),
            Event::Request { tx, request, .. } => self.on_request(now, tx, &request),
            Event::Response { id, response, .. } => {
                let status = response.ok().map(|response| response.status());
                let (mut cx, lines) = self.parts(now);
                for line in lines.iter_mut().filter(|line| line.is_live()) {
                    line.on_response(&mut cx, id, status);
                }
            }
            Event::FlowFailed { flow } => {
                if self.connection.flow() == Some(flow) {
                    self.on_dead_flow(now, "keep-alive not answered");
                }
            }
            Event::Malformed { error, .. } => tracing::debug!(%error, "malformed message"),
        }
    }

    fn on_invited(
        &mut self,
        now: Millis,
        session: SessionId,
        request: &Request,
        offer: Option<String>,
    ) {
        if self.replaces(now, session, request, offer.as_ref()) {
            return;
        }
        let live = self.lines.iter().filter(|line| line.is_live()).count();
        let agent = self
            .account
            .as_ref()
            .is_some_and(|account| !account.shown.guest);
        let refused = if !agent {
            Some(StatusCode::TEMPORARILY_UNAVAILABLE)
        } else if live >= self.config.limits.calls {
            Some(StatusCode::BUSY_HERE)
        } else {
            None
        };
        if let Some(status) = refused {
            tracing::debug!(status = status.code(), "call not taken");
            let _ = self
                .ua
                .reject(Instant::from_millis(now), session, status, vec![]);
            return;
        }
        let invitation = invitation::read(session, request, offer, &self.config.limits);
        let id = self.new_call_id();
        let (mut cx, lines) = self.parts(now);
        let line = Line::ring(&mut cx, id, invitation);
        lines.push(line);
    }

    pub(super) fn new_call_id(&mut self) -> CallId {
        CallId(self.rng.token())
    }

    /// Requests that the user agent leaves to the application.
    fn on_request(&mut self, now: Millis, tx: ServerTxId, request: &Request) {
        // RFC 6086, section 4.2.2: an INFO without body asks only whether the dialog is there.
        let (status, headers) = match request.method() {
            Method::Info if request.body().is_empty() => (StatusCode::OK, vec![]),
            Method::Info => (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                vec![(HeaderName::Accept, String::new())],
            ),
            _ => (StatusCode::NOT_IMPLEMENTED, vec![]),
        };
        if let Err(error) = self
            .ua
            .respond(Instant::from_millis(now), tx, status, headers, None)
        {
            tracing::debug!(%error, "request not answered");
        }
    }
}

/// Whether the far end answers this message at once, if it gets it: a request, but not ACK. (A
/// keep-alive need not be answered by everybody.)
fn is_answered(message: &[u8]) -> bool {
    let nothing_comes: [&[u8]; 3] = [b"SIP/2.0 ", b"ACK ", b"\r\n"];
    !nothing_comes.iter().any(|start| message.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::is_answered;

    #[test]
    fn requests_are_answered_and_nothing_else_is() {
        assert!(is_answered(b"INVITE sip:102@alo.test SIP/2.0\r\n"));
        assert!(is_answered(b"BYE sip:102@alo.test SIP/2.0\r\n"));
        assert!(!is_answered(b"ACK sip:102@alo.test SIP/2.0\r\n"));
        assert!(!is_answered(b"SIP/2.0 200 OK\r\n"));
        assert!(!is_answered(b"\r\n\r\n"));
    }
}
