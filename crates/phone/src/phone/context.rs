//! What a call works with while it handles one input.

use alo_sip::header::Reason;
use alo_sip::time::Instant;
use alo_sip::ua::{FlowId, SessionId, UserAgent};

use super::PhoneConfig;
use super::notices::Notices;
use super::outbox::Outbox;
use crate::io::MediaRequest;
use crate::language::{CallId, Event, Millis, Trouble};

/// A BYE or CANCEL that waits for the WebSocket to come back.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LateBye {
    pub(crate) session: SessionId,
    /// It is no use any more after this.
    pub(crate) until: Millis,
}

/// What a call works with: the present instant, and the parts of the phone that calls share.
pub(crate) struct Context<'a> {
    pub(crate) now: Millis,
    pub(crate) config: &'a PhoneConfig,
    pub(crate) ua: &'a mut UserAgent,
    pub(crate) out: &'a mut Outbox,
    pub(crate) notices: &'a mut Notices,
    pub(crate) late: &'a mut Vec<LateBye>,
    /// The WebSocket, while it is open.
    pub(crate) flow: Option<FlowId>,
    /// Something makes it doubtful whether the WebSocket still carries anything.
    pub(crate) doubtful: &'a mut bool,
    /// It is open, and the registration (if one is needed) was confirmed over it: requests can be
    /// expected to reach the far end.
    pub(crate) ready: bool,
}

impl Context<'_> {
    /// The present instant, as `alo_sip` has it.
    pub(crate) fn instant(&self) -> Instant {
        Instant::from_millis(self.now)
    }

    /// When the media engine is to have answered what it is asked now.
    pub(crate) fn media_due(&self) -> Millis {
        self.now + self.config.times.media_request
    }

    /// Has the WebSocket tried out.
    pub(crate) fn doubt_socket(&mut self) {
        *self.doubtful = true;
    }

    pub(crate) fn media(&mut self, request: MediaRequest) {
        self.out.media(request);
    }

    pub(crate) fn event(&mut self, event: Event) {
        self.out.event(event);
    }

    /// Tells the person.
    pub(crate) fn trouble(&mut self, call: &CallId, trouble: Trouble) {
        let most = self.config.limits.notices;
        self.notices
            .add(self.out, self.now, most, Some(call), trouble);
    }

    /// Ends a session on the wire: at once, or when the WebSocket is back.
    pub(crate) fn bye(&mut self, session: SessionId) {
        self.bye_because(session, None);
    }

    /// The same with a reason (RFC 3326).
    pub(crate) fn bye_because(&mut self, session: SessionId, reason: Option<Reason>) {
        if self.flow.is_some() {
            if let Err(error) = self.ua.hang_up(self.instant(), session, reason) {
                tracing::debug!(%error, "nothing to hang up");
            }
        } else {
            let until = self.now + self.config.times.late_bye;
            self.late.push(LateBye { session, until });
        }
    }
}
