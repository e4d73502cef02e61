//! NOTIFY at the notifier: one under way, and the newest state after it (RFC 6665 4.2.2).

use super::error::SubscriptionError;
use super::event::NotifierEvent;
use super::machine::{Notifier, NotifierStep, NotifierTimer, State};
use crate::dialog::{Body, Dialog, Draft, HeaderFields};
use crate::header::{Event, HeaderName, Subscription as Standing, SubscriptionState};
use crate::message::Response;
use crate::method::Method;
use crate::retry::retry_after;
use crate::status::StatusCode;
use crate::step::Act;

/// What is on its way to the subscriber. Two at a time could pass each other, and the older state would
/// count.
#[derive(Debug)]
pub(super) enum Wire {
    Idle,
    /// The NOTIFY of this sequence number is not answered.
    Sending(u32),
    /// The same, and this state is told after it.
    SendingThen(u32, Body),
}

impl Notifier {
    /// Tells the state: now, or after the NOTIFY that is under way. Over a closed flow nobody is told: the
    /// subscriber that comes back is told the state of then.
    pub(crate) fn notify(
        &mut self,
        body: Body,
        step: &mut NotifierStep<'_>,
    ) -> Result<(), SubscriptionError> {
        let State::Running { until, wire, .. } = &mut self.state else {
            return Err(SubscriptionError::NotAccepted);
        };
        if *until <= step.now {
            // RFC 6665 4.4.3: a fetch has one NOTIFY, which ends it.
            self.finish("timeout", Some(body), "fetched", step);
            return Ok(());
        }
        match wire {
            Wire::Sending(seq) | Wire::SendingThen(seq, _) => *wire = Wire::SendingThen(*seq, body),
            Wire::Idle if step.reachable => self.send(body, step),
            Wire::Idle => {}
        }
        Ok(())
    }

    /// Ends it: the subscriber is told why, and the last state.
    pub(crate) fn finish(
        &mut self,
        reason: &str,
        body: Option<Body>,
        why: &'static str,
        step: &mut NotifierStep<'_>,
    ) {
        let old = core::mem::replace(&mut self.state, State::Gone);
        let State::Running {
            mut dialog, wire, ..
        } = old
        else {
            self.state = old;
            return;
        };
        step.push(Act::StopAll);
        step.tell(NotifierEvent::Ended);
        let reason = String::from(reason);
        match wire {
            _ if !step.reachable => self.forget(why, step),
            Wire::Idle => self.send_last(&mut dialog, reason, body, why, step),
            Wire::Sending(seq) => self.close(dialog, seq, (reason, body), why),
            Wire::SendingThen(seq, waiting) => {
                self.close(dialog, seq, (reason, body.or(Some(waiting))), why);
            }
        }
    }

    fn close(
        &mut self,
        dialog: Box<Dialog>,
        seq: u32,
        (reason, body): (String, Option<Body>),
        why: &'static str,
    ) {
        let closing = State::Closing {
            dialog,
            seq,
            reason,
            body,
        };
        self.set_state(closing, why);
    }

    fn send(&mut self, body: Body, step: &mut NotifierStep<'_>) {
        let State::Running {
            dialog,
            until,
            wire,
            ..
        } = &mut self.state
        else {
            return;
        };
        let draft = dialog.draft(Method::Notify);
        *wire = Wire::Sending(draft.cseq);
        let left = (*until - step.now).as_secs();
        let standing = SubscriptionState {
            state: Standing::Active,
            reason: None,
            expires: Some(u32::try_from(left).unwrap_or(u32::MAX)),
            retry_after: None,
        };
        let draft = self.note(draft, &standing, Some(body));
        step.push(Act::Send(draft));
    }

    fn send_last(
        &mut self,
        dialog: &mut Dialog,
        reason: String,
        body: Option<Body>,
        why: &'static str,
        step: &mut NotifierStep<'_>,
    ) {
        let draft = dialog.draft(Method::Notify);
        self.set_state(State::Ending { seq: draft.cseq }, why);
        let standing = SubscriptionState {
            state: Standing::Terminated,
            reason: Some(reason),
            expires: None,
            retry_after: None,
        };
        let draft = self.note(draft, &standing, body);
        step.push(Act::Send(draft));
    }

    fn note(&self, mut draft: Draft, standing: &SubscriptionState, body: Option<Body>) -> Draft {
        let fields = notify_fields(&self.contact, &self.event, standing);
        draft.headers.extend(fields);
        draft.body = body;
        draft
    }

    /// The subscriber came over another flow: what was on its way over the old one is lost.
    pub(crate) fn came_back(&mut self) {
        if let State::Running { wire, .. } = &mut self.state {
            *wire = Wire::Idle;
        }
    }

    /// The flow was replaced by another one of this side: the subscriber learns the new contact.
    pub(crate) fn moved(&mut self, step: &mut NotifierStep<'_>) {
        if matches!(self.state, State::Running { .. }) {
            step.tell(NotifierEvent::Refreshed);
        }
    }

    /// A final response to the NOTIFY of this sequence number.
    pub(crate) fn on_response(
        &mut self,
        seq: u32,
        response: &Response,
        step: &mut NotifierStep<'_>,
    ) {
        let later = retry_after(response.headers());
        match (response.status(), later) {
            (status, _) if status.is_provisional() => {}
            (status, _) if status.is_success() => self.told(seq, step),
            // RFC 6665 4.2.2: a failure with `Retry-After` does not count as one. 481 says that there is no
            // subscription, whatever else it says.
            (status, Some(later)) if status != StatusCode::CALL_DOES_NOT_EXIST => {
                self.not_now(seq, later, step);
            }
            _ => self.lost(seq, "NOTIFY refused", step),
        }
    }

    /// No answer to the NOTIFY of this sequence number. While the flow is closed that says nothing of the
    /// subscriber, which may come back before it expires.
    pub(crate) fn on_timeout(&mut self, seq: u32, step: &mut NotifierStep<'_>) {
        if step.reachable {
            return self.lost(seq, "NOTIFY not answered", step);
        }
        match &mut self.state {
            State::Running { wire, .. } if wire.is(seq) => *wire = Wire::Idle,
            State::Running { .. } => {}
            _ => self.lost(seq, "NOTIFY not answered", step),
        }
    }

    fn told(&mut self, seq: u32, step: &mut NotifierStep<'_>) {
        match &mut self.state {
            State::Running { wire, .. } if wire.is(seq) => {
                if let Wire::SendingThen(_, body) = core::mem::replace(wire, Wire::Idle) {
                    self.send(body, step);
                }
            }
            State::Closing { seq: sent, .. } if *sent == seq => self.send_waiting(step),
            State::Ending { seq: sent } if *sent == seq => self.forget("last NOTIFY", step),
            _ => {}
        }
    }

    fn not_now(&mut self, seq: u32, later: core::time::Duration, step: &mut NotifierStep<'_>) {
        match &mut self.state {
            State::Running { wire, .. } if wire.is(seq) => {
                *wire = Wire::Idle;
                let wait = step.back_off.not_before(later, 0, step.rng);
                step.start(NotifierTimer::Again, wait);
            }
            _ => self.told(seq, step),
        }
    }

    /// What waited for the answer to another NOTIFY is the last one.
    fn send_waiting(&mut self, step: &mut NotifierStep<'_>) {
        let old = core::mem::replace(&mut self.state, State::Gone);
        if let State::Closing {
            mut dialog,
            reason,
            body,
            ..
        } = old
        {
            self.send_last(&mut dialog, reason, body, "last NOTIFY", step);
        }
    }

    /// RFC 6665 4.2.2: the subscriber is gone, and the subscription with it.
    fn lost(&mut self, seq: u32, why: &'static str, step: &mut NotifierStep<'_>) {
        match &self.state {
            State::Running { wire, .. } if wire.is(seq) => {
                step.tell(NotifierEvent::Ended);
                self.forget(why, step);
            }
            State::Closing { seq: sent, .. } | State::Ending { seq: sent } if *sent == seq => {
                self.forget(why, step);
            }
            _ => {}
        }
    }
}

/// RFC 6665 4.2.2: `Event` and `Subscription-State` are always there.
pub(crate) fn notify_fields(
    contact: &str,
    event: &Event,
    standing: &SubscriptionState,
) -> HeaderFields {
    vec![
        (HeaderName::Contact, String::from(contact)),
        (HeaderName::Event, event.to_string()),
        (HeaderName::SubscriptionState, standing.to_string()),
    ]
}

impl Wire {
    /// Whether the NOTIFY of this sequence number is the one that is under way.
    const fn is(&self, seq: u32) -> bool {
        match self {
            Self::Idle => false,
            Self::Sending(sent) | Self::SendingThen(sent, _) => *sent == seq,
        }
    }
}
