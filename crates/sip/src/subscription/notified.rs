//! NOTIFY at the subscriber (RFC 6665 4.1.3).

use core::time::Duration;

use super::event::SubscriptionEvent;
use super::machine::{State, Subscription, SubscriptionStep, SubscriptionTimer};
use crate::dialog::Dialog;
use crate::header::{Event, HeaderName, Subscription as Standing, SubscriptionState};
use crate::ids::TxId;
use crate::message::{Headers, Request};
use crate::status::StatusCode;
use crate::step::Act;

impl Subscription {
    /// A NOTIFY whose `To` tag and `Call-ID` are those of this subscription.
    pub(crate) fn on_notify(
        &mut self,
        tx: TxId,
        request: &Request,
        step: &mut SubscriptionStep<'_>,
    ) {
        let taken = self
            .read(request)
            .and_then(|state| self.take(request).map(|()| state));
        let state = match taken {
            Ok(state) => state,
            Err(status) => return step.answer(tx, status),
        };
        step.answer(tx, StatusCode::OK);
        if matches!(self.state, State::Leaving(_)) {
            if state.state == Standing::Terminated {
                self.forget("last NOTIFY", step);
            }
            return;
        }
        if matches!(self.state, State::Unheard(_)) {
            self.go_on(State::Active, "NOTIFY");
            step.push(Act::Stop(SubscriptionTimer::NotHeard));
        }
        let content_type = request.headers().get(&HeaderName::ContentType);
        step.tell(SubscriptionEvent::Notify {
            state: state.clone(),
            content_type: content_type.map(std::borrow::Cow::into_owned),
            body: request.body_bytes().clone(),
        });
        if state.state == Standing::Terminated {
            self.terminated(state, step);
        } else if let Some(seconds) = state.expires
            && !self.is_fetch()
        {
            self.shorten(seconds, step);
        }
    }

    /// Where this subscription stands, as a NOTIFY says.
    fn read(&self, request: &Request) -> Result<SubscriptionState, StatusCode> {
        let (event, state) = standing(request.headers())?;
        if event != self.subscribe.event {
            return Err(StatusCode::CALL_DOES_NOT_EXIST);
        }
        Ok(state)
    }

    /// Whether a NOTIFY belongs to the dialog and is in order.
    fn take(&mut self, request: &Request) -> Result<(), StatusCode> {
        let headers = request.headers();
        let from = headers.from().ok().flatten();
        let from_tag = from.as_ref().and_then(|from| from.tag());
        let from_tag = from_tag.unwrap_or_default();
        let unnamed = match &mut self.state {
            State::Starting => true,
            // A 200 of RFC 2543, without tag, named nobody.
            State::Unheard(dialog) => dialog.remote_tag().is_empty(),
            _ => false,
        };
        if unnamed {
            // RFC 6665 4.4.1: the dialog of a NOTIFY that came first, over the route that it came.
            let dialog = Dialog::of_callee(request, &self.local_tag);
            let mut dialog = Box::new(dialog.map_err(|_| StatusCode::BAD_REQUEST)?);
            dialog.advance_to(self.cseq);
            match self.state {
                State::Starting => self.set_state(State::Early(dialog), "NOTIFY"),
                _ => self.set_state(State::Unheard(dialog), "NOTIFY"),
            }
            return Ok(());
        }
        match self.state.dialog_mut() {
            // RFC 6665 4.1.4: the SUBSCRIBE forked, and one subscription is wanted. 481 ends the other.
            Some(dialog) if dialog.remote_tag() != from_tag => Err(StatusCode::CALL_DOES_NOT_EXIST),
            None => Err(StatusCode::CALL_DOES_NOT_EXIST),
            Some(dialog) => {
                let seq = headers.cseq().ok().flatten().map_or(0, |cseq| cseq.seq);
                if !dialog.take_seq(seq) {
                    // RFC 3261 12.2.2
                    return Err(StatusCode::SERVER_INTERNAL_ERROR);
                }
                dialog.refresh_target(headers);
                Ok(())
            }
        }
    }

    /// RFC 6665 4.1.3: what a NOTIFY says of the lifetime counts. Departs from it where it says more than is
    /// known: refreshing too early does no harm, and each NOTIFY would put the refresh off.
    fn shorten(&mut self, seconds: u32, step: &mut SubscriptionStep<'_>) {
        const ROUNDING: Duration = Duration::from_secs(2);
        let until = step.now + Duration::from_secs(seconds.into());
        if until + ROUNDING < self.until {
            self.live_for(seconds, step);
        }
    }

    /// The notifier ended the subscription (RFC 6665 4.1.3 says for each reason what follows).
    fn terminated(&mut self, state: SubscriptionState, step: &mut SubscriptionStep<'_>) {
        let asked = |state: &SubscriptionState| {
            let seconds = state.retry_after.unwrap_or_default();
            Some(Duration::from_secs(seconds.into()))
        };
        match state.reason.as_deref() {
            _ if self.is_fetch() => self.end(state.reason, "fetched", step),
            Some("rejected" | "noresource" | "invariant") => {
                self.end(state.reason, "terminated", step);
            }
            Some("deactivated" | "timeout") => self.again("terminated", None, step),
            // `probation`, `giveup`, none, or one that is not known.
            _ => self.again("terminated", asked(&state), step),
        }
    }
}

/// `Event` and `Subscription-State`, which every NOTIFY has (RFC 6665 8.1), or how it is refused.
pub(crate) fn standing(headers: &Headers) -> Result<(Event, SubscriptionState), StatusCode> {
    let event = headers.event().map_err(|_| StatusCode::BAD_REQUEST)?;
    let event = event.ok_or(StatusCode::BAD_EVENT)?;
    let state = headers.subscription_state();
    let state = state.ok().flatten().ok_or(StatusCode::BAD_REQUEST)?;
    Ok((event, state))
}
