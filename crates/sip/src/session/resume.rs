//! A session whose flow was closed goes on over another one.

use super::act::{Act, SessionTimer, Step};
use super::machine::Session;
use super::state::{By, Exchange, Reliable, State};
use crate::method::Method;

impl Session {
    /// The far end is reached over another flow: what it did not acknowledge may never have reached
    /// it. It is sent again at once, and its acknowledgement awaited anew.
    ///
    /// Departs from RFC 3261 13.3.1.4 and RFC 3262 3, which know no time that does not count.
    pub(crate) fn resume(&mut self, step: &mut Step<'_>) {
        if let Some(unacked) = &self.unacked {
            let (tx, cseq) = (unacked.tx, unacked.cseq);
            step.push(Act::Repeat(tx));
            self.await_ack(tx, cseq, step);
        }
        if let State::Ringing {
            tx,
            reliable: Reliable::Open { interval, .. },
            ..
        } = &mut self.state
        {
            *interval = step.profile.t1;
            step.push(Act::Repeat(*tx));
            Self::await_prack(step);
        }
        let reinvited = matches!(
            self.exchange,
            Exchange::Offered {
                by: By::Reinvite,
                ..
            } | Exchange::Refreshing
        );
        if reinvited && !self.is_over() {
            step.push(Act::Start(
                SessionTimer::ChangeUnanswered,
                step.profile.give_up(),
            ));
        }
    }

    /// A new flow took over. Where `announce` says so, an UPDATE lets the far end learn it, if it can
    /// UPDATE.
    pub(crate) fn on_new_flow(&mut self, announce: bool, step: &mut Step<'_>) {
        self.resume(step);
        if let Some((_, ack)) = self.ack.as_ref().filter(|_| !self.is_over()) {
            // It may have been lost with the old flow, and the transaction that repeats it may be over.
            step.push(Act::Again(ack.clone()));
        }
        match self.state {
            State::Confirmed { .. } if announce && self.peer.updates() => {
                self.send_refresh(&Method::Update, step);
            }
            State::CancelWanted { .. } => self.cancel_on_new_flow(step),
            _ => {}
        }
    }
}
