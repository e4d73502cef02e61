//! How sessions end (RFC 3261 15, 9).

use super::act::{Act, Asked, Reply, SessionTimer, Step};
use super::event::EndedBy;
use super::machine::{Session, read};
use super::state::{By, Exchange, State};
use crate::header::{HeaderName, Reason};
use crate::ids::TxId;
use crate::message::Request;
use crate::method::Method;
use crate::status::StatusCode;

impl Session {
    /// Ends the session whatever its state. Returns false where it is over already.
    pub(crate) fn hang_up(&mut self, reason: Option<Reason>, step: &mut Step<'_>) -> bool {
        if self.is_over() {
            return false;
        }
        step.end(EndedBy::Local, reason.clone());
        match &self.state {
            // 9.1: a CANCEL may only go out after a provisional response.
            State::Calling => self.set_state(State::CancelWanted { reason }, "hung up"),
            State::Proceeding { .. } => {
                let kept = reason.clone();
                self.set_state(State::Cancelling { reason: kept }, "hung up");
                self.cancel(reason, step);
            }
            // 15.1.1: the 2xx has to be acknowledged before the BYE.
            State::AnswerWanted { .. } => {
                if let State::AnswerWanted { mut dialog } = self.take_state() {
                    let ack = super::caller::ack_draft(&mut dialog, &self.invite);
                    step.push(Act::Ack(Asked::Invite, ack));
                    self.state = State::Confirmed { dialog };
                }
                self.leave(reason, "hung up", step);
            }
            State::Ringing { tx, .. } => {
                step.reply(*tx, Reply::new(StatusCode::TEMPORARILY_UNAVAILABLE));
                self.finish("hung up", step);
            }
            // 15: the callee waits for the ACK.
            State::Answered { .. } => {
                if let State::Answered { dialog } = self.take_state() {
                    self.set_state(State::ByeAfterAck { dialog, reason }, "hung up");
                    // Also where nothing was awaited because the flow is closed.
                    step.push(Act::Start(SessionTimer::AckMissing, step.profile.give_up()));
                }
            }
            _ => self.leave(reason, "hung up", step),
        }
        true
    }

    /// Sends BYE (15.1.1).
    pub(super) fn leave(&mut self, reason: Option<Reason>, why: &'static str, step: &mut Step<'_>) {
        self.refuse_open_offer(step);
        self.unacked = None;
        self.stop_timers(step);
        let mut dialog = match self.take_state() {
            State::Answered { dialog }
            | State::ByeAfterAck { dialog, .. }
            | State::Confirmed { dialog } => dialog,
            other => return self.state = other,
        };
        let mut bye = dialog.draft(Method::Bye);
        if let Some(reason) = reason {
            bye.push(HeaderName::Reason, reason.to_string());
        }
        self.set_state(State::Leaving { dialog }, why);
        step.push(Act::Send(Asked::Bye, bye));
    }

    fn stop_timers(&self, step: &mut Step<'_>) {
        step.push(Act::Stop(SessionTimer::Repeat2xx));
        step.push(Act::Stop(SessionTimer::AckMissing));
        step.push(Act::Stop(SessionTimer::Refresh));
        step.push(Act::Stop(SessionTimer::NotRefreshed));
        step.push(Act::Stop(SessionTimer::ChangeUnanswered));
        step.push(Act::Stop(SessionTimer::CancelUnanswered));
    }

    /// A re-INVITE, UPDATE or PRACK whose offer is not answered, and will not be, gets 487 (15.1.2).
    pub(super) fn refuse_open_offer(&mut self, step: &mut Step<'_>) {
        if let Exchange::Received { tx, by, .. } | Exchange::Wanted { tx, by } = &self.exchange
            && *by != By::FirstInvite
        {
            step.reply(*tx, Reply::new(StatusCode::REQUEST_TERMINATED));
            self.exchange = Exchange::Stable;
            self.open_request = None;
        }
    }

    /// BYE came (15.1.2).
    pub(super) fn on_bye(&mut self, tx: TxId, request: &Request, step: &mut Step<'_>) {
        step.reply(tx, Reply::new(StatusCode::OK));
        if matches!(self.state, State::Leaving { .. }) {
            // Both hung up at once: our own BYE is still to be answered.
            return;
        }
        let told = self.is_over();
        // 15.1.2: also answers the first INVITE, where that is still open.
        if let State::Ringing { tx, .. } = &self.state {
            step.reply(*tx, Reply::new(StatusCode::REQUEST_TERMINATED));
        }
        if !told {
            step.end(
                EndedBy::Remote,
                read(request.headers(), &HeaderName::Reason),
            );
        }
        self.finish("BYE", step);
    }
}
