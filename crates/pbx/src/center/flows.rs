//! What is known of each connection besides its SIP, and when one has to go.

use alo_sip::message::{ParseError, Request};
use alo_sip::time::Instant;
use alo_sip::ua::FlowId;

use super::access::{Asker, Denied};
use super::{Center, Output};
use crate::peer::Peer;

/// So much that is no SIP message, and a connection is closed. What is broken once is a fault; what
/// is broken again and again is no phone.
const MOST_MALFORMED: u32 = 20;

/// So many wrong passwords, and a connection is closed.
const MOST_GUESSES: u32 = 30;

/// A connection.
#[derive(Debug)]
pub(super) struct Known {
    peer: Peer,
    /// Messages that could not be read.
    malformed: u32,
    /// Requests with wrong credentials.
    guesses: u32,
    /// Told to close: nothing that still comes is listened to.
    closing: bool,
}

impl Known {
    pub(super) fn new(peer: Peer) -> Self {
        Self {
            peer,
            malformed: 0,
            guesses: 0,
            closing: false,
        }
    }
}

impl Center {
    /// Where a connection comes from.
    pub(super) fn peer(&self, flow: FlowId) -> Peer {
        let known = self.flows.get(&flow);
        known.map_or_else(|| Peer::of(None), |known| known.peer)
    }

    /// Whether a connection was told to close.
    pub(super) fn is_closing(&self, flow: FlowId) -> bool {
        self.flows.get(&flow).is_some_and(|known| known.closing)
    }

    /// Something arrived that is no SIP message.
    pub(super) fn malformed(&mut self, flow: FlowId, error: &ParseError, answered: bool) {
        if self.is_trunk(flow) {
            return tracing::warn!(flow = flow.0, %error, answered, "not a SIP message");
        }
        let busy = self.legs_on(flow) > 0;
        let Some(known) = self.flows.get_mut(&flow) else {
            return;
        };
        known.malformed = known.malformed.saturating_add(1);
        if known.malformed == 1 {
            tracing::warn!(flow = flow.0, %error, answered, "not a SIP message");
        }
        // Somebody talks: a phone with a fault is better than none.
        if known.malformed >= MOST_MALFORMED && !busy {
            self.close_flow(flow, "it sends what is no SIP");
        }
    }

    /// Whether a request that came over a connection is of this account.
    ///
    /// # Errors
    /// Where that has not been shown, and what to answer.
    pub(super) fn prove(
        &mut self,
        now: Instant,
        flow: FlowId,
        request: &Request,
        account: &str,
    ) -> Result<(), Denied> {
        let asker = Asker {
            peer: self.peer(flow),
            account,
            proven: self.registrar.is_bound(account, flow),
        };
        let proved = self.access.check(now, request, asker);
        if proved.as_ref().is_err_and(Denied::is_guess)
            && let Some(known) = self.flows.get_mut(&flow)
        {
            known.guesses += 1;
            if known.guesses >= MOST_GUESSES {
                self.close_flow(flow, "it guesses passwords");
            }
        }
        proved
    }

    fn close_flow(&mut self, flow: FlowId, why: &str) {
        let Some(known) = self.flows.get_mut(&flow) else {
            return;
        };
        if !std::mem::replace(&mut known.closing, true) {
            tracing::warn!(flow = flow.0, peer = %known.peer, why, "closing a connection");
            self.outputs.push_back(Output::CloseFlow { flow });
        }
    }
}
