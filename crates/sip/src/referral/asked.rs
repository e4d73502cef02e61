//! The machine of the REFER of somebody else: the notifier that comes with it (RFC 3515 2.4.4, RFC 6665 4.2).
//!
//! It differs from a subscription that was asked for by SUBSCRIBE in that it knows the state itself, and
//! tells it again whenever the far end may have missed it; and that it lives in somebody else's dialog.

use core::time::Duration;

use super::error::ReferError;
use super::name::event_of;
use crate::dialog::{HeaderFields, Place};
use crate::header::{HeaderName, Subscription as Standing, SubscriptionState};
use crate::ids::{ReferredId, SessionId, TxId};
use crate::message::{Request, Response};
use crate::method::Method;
use crate::notifier::notify_fields;
use crate::retry::retry_after;
use crate::sipfrag::{self, Fragment};
use crate::status::StatusCode;
use crate::step::{Act, Step};
use crate::time::Instant;

/// How long the subscription of a REFER lives without a refresh: longer than most calls ring or wait.
const LIFE: Duration = Duration::from_secs(900);

/// How often a NOTIFY is sent again that the far end could not take.
const MOST_FAILURES: u32 = 5;

/// Why the REFER of somebody else has to be woken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ReferredTimer {
    /// The subscription expires unless it is refreshed.
    Expire,
    /// What the far end could not take is told again.
    Again,
}

/// A step of the REFER of somebody else, of which nothing is told after it.
pub(crate) type ReferredStep<'a> = Step<'a, ReferredTimer, core::convert::Infallible>;

/// A REFER of somebody else.
#[derive(Debug)]
pub(crate) struct Referred {
    id: ReferredId,
    session: SessionId,
    /// Which dialog of the session.
    remote_tag: String,
    /// Sequence number of the REFER, by which NOTIFYs name it.
    refer_seq: u32,
    /// Whether the far end wants to know what becomes of it (RFC 4488).
    followed: bool,
    state: State,
}

#[derive(Debug)]
enum State {
    /// The application has to decide about the REFER.
    Asked {
        tx: TxId,
    },
    /// Accepted.
    Running(Running),
    Gone,
}

/// What is told to the far end.
#[derive(Debug)]
struct Running {
    until: Instant,
    /// The latest state.
    fragment: Fragment,
    /// Why the subscription ends with it.
    last: Option<&'static str>,
    /// Whether the far end does not have it yet, and no NOTIFY is under way with it.
    unsent: bool,
    wire: Wire,
    /// Sequence number of the last SUBSCRIBE.
    heard: Option<u32>,
    /// How often the far end could not take a NOTIFY, in a row.
    failures: u32,
}

/// What is on its way to the far end. Two at a time could pass each other, and the older state would count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wire {
    Idle,
    /// The NOTIFY of this sequence number is not answered.
    Sending(u32),
    /// The far end could not be told, and is told when it is heard of again, or later.
    Waiting,
}

impl State {
    const fn name(&self) -> &'static str {
        match self {
            Self::Asked { .. } => "asked",
            Self::Running(Running { last: None, .. }) => "running",
            Self::Running(_) => "ending",
            Self::Gone => "gone",
        }
    }
}

impl Referred {
    /// A REFER came in.
    pub(crate) fn asked(
        (id, session, tx): (ReferredId, SessionId, TxId),
        remote_tag: &str,
        request: &Request,
    ) -> Self {
        let headers = request.headers();
        Self {
            id,
            session,
            remote_tag: String::from(remote_tag),
            refer_seq: headers.cseq().ok().flatten().map_or(0, |cseq| cseq.seq),
            followed: headers.refer_sub() != Some(false),
            state: State::Asked { tx },
        }
    }

    pub(crate) const fn session(&self) -> SessionId {
        self.session
    }

    pub(crate) fn remote_tag(&self) -> &str {
        &self.remote_tag
    }

    /// Whether a SUBSCRIBE in the dialog is of this REFER.
    pub(crate) fn is_of(&self, remote_tag: &str, id: Option<&str>) -> bool {
        self.remote_tag == remote_tag && id.is_none_or(|id| id.parse() == Ok(self.refer_seq))
    }

    fn set_state(&mut self, new: State, why: &'static str) {
        let (old, new_name) = (self.state.name(), new.name());
        tracing::debug!(id = self.id.0, old, new = new_name, why, "referred");
        self.state = new;
    }

    pub(crate) fn forget(&mut self, why: &'static str, step: &mut ReferredStep<'_>) {
        self.set_state(State::Gone, why);
        step.push(Act::Forget);
    }

    /// 202 and NOTIFY 100 at once (RFC 3515 2.4.4); 200 where nobody wants to know (RFC 4488 4).
    pub(crate) fn accept(
        &mut self,
        place: &mut Place<'_>,
        step: &mut ReferredStep<'_>,
    ) -> Result<(), ReferError> {
        let State::Asked { tx } = self.state else {
            return Err(ReferError::Answered);
        };
        let mut fields = vec![(HeaderName::Contact, String::from(place.contact))];
        if !self.followed {
            fields.push((HeaderName::ReferSub, String::from("false")));
            step.push(Act::Answer(tx, StatusCode::OK, fields));
            self.forget("accepted, not followed", step);
            return Ok(());
        }
        step.push(Act::Answer(tx, StatusCode::ACCEPTED, fields));
        step.start(ReferredTimer::Expire, LIFE);
        let running = Running {
            until: step.now + LIFE,
            fragment: Fragment::new(StatusCode::TRYING),
            last: None,
            unsent: true,
            wire: Wire::Idle,
            heard: None,
            failures: 0,
        };
        self.set_state(State::Running(running), "accepted");
        self.pump(place, step);
        Ok(())
    }

    /// 300 to 699; it is as if it had never been.
    pub(crate) fn reject(
        &mut self,
        status: StatusCode,
        headers: HeaderFields,
        step: &mut ReferredStep<'_>,
    ) -> Result<(), ReferError> {
        let State::Asked { tx } = self.state else {
            return Err(ReferError::Answered);
        };
        if !status.is_failure() {
            return Err(ReferError::NotARefusal(status));
        }
        step.push(Act::Answer(tx, status, headers));
        self.forget("rejected", step);
        Ok(())
    }

    /// Another state: told now, or as soon as the far end can be told.
    pub(crate) fn progress(
        &mut self,
        fragment: Fragment,
        place: &mut Place<'_>,
        step: &mut ReferredStep<'_>,
    ) -> Result<(), ReferError> {
        let running = match &mut self.state {
            State::Running(running) if running.last.is_none() => running,
            State::Running(_) => return Err(ReferError::Answered),
            _ => return Err(ReferError::NotAccepted),
        };
        if fragment.is_final() {
            // RFC 3515 2.4.7
            running.last = Some("noresource");
        }
        running.fragment = fragment;
        running.unsent = true;
        self.pump(place, step);
        Ok(())
    }

    /// Sends what the far end does not have, if it can be told now.
    fn pump(&mut self, place: &mut Place<'_>, step: &mut ReferredStep<'_>) {
        let State::Running(running) = &mut self.state else {
            return;
        };
        if !running.unsent || running.wire != Wire::Idle || !step.reachable {
            return;
        }
        let mut draft = place.dialog.draft(Method::Notify);
        running.wire = Wire::Sending(draft.cseq);
        running.unsent = false;
        let left = running.until.saturating_duration_since(step.now).as_secs();
        let left = u32::try_from(left).unwrap_or(u32::MAX);
        let standing = SubscriptionState {
            state: match running.last {
                None => Standing::Active,
                Some(_) => Standing::Terminated,
            },
            reason: running.last.map(String::from),
            expires: running.last.is_none().then_some(left),
            retry_after: None,
        };
        let event = event_of(self.refer_seq);
        let fields = notify_fields(place.contact, &event, &standing);
        draft.headers.extend(fields);
        let body = running.fragment.to_bytes();
        draft.body = Some((String::from(sipfrag::CONTENT_TYPE), body));
        step.push(Act::Send(draft));
    }

    /// The far end is heard of again: what it did not confirm is told again.
    fn wake(&mut self, lost: bool, place: &mut Place<'_>, step: &mut ReferredStep<'_>) {
        if let State::Running(running) = &mut self.state {
            match running.wire {
                Wire::Sending(_) if lost => running.unsent = true,
                Wire::Sending(_) => return,
                Wire::Idle | Wire::Waiting => {}
            }
            running.wire = Wire::Idle;
            step.push(Act::Stop(ReferredTimer::Again));
        }
        self.pump(place, step);
    }

    /// The far end came over another flow: what was on its way over the old one is lost.
    pub(crate) fn came_back(&mut self, place: &mut Place<'_>, step: &mut ReferredStep<'_>) {
        self.wake(true, place, step);
    }

    /// The flow was replaced by another one of this side; what was on its way is sent again over it.
    pub(crate) fn moved(&mut self, place: &mut Place<'_>, step: &mut ReferredStep<'_>) {
        self.wake(false, place, step);
    }

    /// A SUBSCRIBE in the dialog: a refresh, or the end (RFC 6665 4.2.1.1, 4.2.1.4).
    pub(crate) fn on_subscribe(
        &mut self,
        tx: TxId,
        request: &Request,
        place: &mut Place<'_>,
        step: &mut ReferredStep<'_>,
    ) {
        let State::Running(running) = &mut self.state else {
            return step.answer(tx, StatusCode::CALL_DOES_NOT_EXIST);
        };
        let headers = request.headers();
        let seq = headers.cseq().ok().flatten().map_or(0, |cseq| cseq.seq);
        if running.heard.is_some_and(|heard| seq <= heard) {
            // RFC 3261 12.2.2
            return step.answer(tx, StatusCode::SERVER_INTERNAL_ERROR);
        }
        // As for NOTIFY, the order of what belongs to this subscription counts.
        running.heard = Some(seq);
        place.dialog.refresh_target(headers);
        let asked = headers
            .expires()
            .map_or(LIFE, |seconds| Duration::from_secs(seconds.into()));
        let expires = asked.min(LIFE);
        let fields = vec![
            (HeaderName::Expires, expires.as_secs().to_string()),
            (HeaderName::Contact, String::from(place.contact)),
        ];
        step.push(Act::Answer(tx, StatusCode::OK, fields));
        running.unsent = true;
        if expires.is_zero() {
            running.last = running.last.or(Some("timeout"));
            step.start(ReferredTimer::Expire, step.give_up);
        } else {
            running.until = step.now + expires;
            step.start(ReferredTimer::Expire, expires);
        }
        self.wake(false, place, step);
    }

    /// The sequence number of another try with credentials.
    pub(crate) fn next_seq(&mut self, tried: u32, place: &mut Place<'_>) -> Option<u32> {
        let State::Running(running) = &mut self.state else {
            return None;
        };
        if running.wire != Wire::Sending(tried) {
            return None;
        }
        let seq = place.dialog.next_seq();
        running.wire = Wire::Sending(seq);
        Some(seq)
    }

    /// The NOTIFY that is under way, if it is the one of this sequence number.
    fn sending(&mut self, seq: u32) -> Option<&mut Running> {
        match &mut self.state {
            State::Running(running) if running.wire == Wire::Sending(seq) => Some(running),
            _ => None,
        }
    }

    /// A response to the NOTIFY of this sequence number.
    pub(crate) fn on_response(
        &mut self,
        seq: u32,
        response: &Response,
        place: &mut Place<'_>,
        step: &mut ReferredStep<'_>,
    ) {
        let status = response.status();
        let Some(running) = self.sending(seq).filter(|_| status.is_final()) else {
            return;
        };
        let later = retry_after(response.headers());
        if status.is_success() {
            running.wire = Wire::Idle;
            running.failures = 0;
            if running.last.is_some() && !running.unsent {
                return self.forget("last NOTIFY", step);
            }
            return self.pump(place, step);
        }
        // RFC 5057 5.1: a failure of the far end, or a NOTIFY that came out of order, ends nothing, nor does
        // one with `Retry-After` (RFC 6665 4.2.2). 481 says that there is no subscription.
        let hopeful = later.is_some() || matches!(status.code(), 408 | 491 | 500 | 503 | 504);
        running.failures += 1;
        if !hopeful || status == StatusCode::CALL_DOES_NOT_EXIST || running.failures > MOST_FAILURES
        {
            return self.forget("NOTIFY refused", step);
        }
        let failures = running.failures - 1;
        running.wire = Wire::Waiting;
        running.unsent = true;
        let later = later.unwrap_or_default();
        let wait = step.back_off.not_before(later, failures, step.rng);
        step.start(ReferredTimer::Again, wait);
    }

    /// No answer to the NOTIFY of this sequence number.
    ///
    /// Departs from RFC 6665 4.2.2, which ends the subscription: the far end may be on its way to another
    /// flow, and is told when it is heard of again, as long as the subscription lives.
    pub(crate) fn on_timeout(&mut self, seq: u32) {
        if let Some(running) = self.sending(seq) {
            running.wire = Wire::Waiting;
            running.unsent = true;
        }
    }

    /// One of the timers fired.
    pub(crate) fn on_timer(
        &mut self,
        timer: ReferredTimer,
        place: &mut Place<'_>,
        step: &mut ReferredStep<'_>,
    ) {
        let State::Running(running) = &mut self.state else {
            return;
        };
        match timer {
            ReferredTimer::Again => self.wake(false, place, step),
            // RFC 6665 4.2.2: the far end is told.
            ReferredTimer::Expire
                if running.last.is_none() && step.reachable && running.wire != Wire::Waiting =>
            {
                running.last = Some("timeout");
                running.unsent = true;
                step.start(ReferredTimer::Expire, step.give_up);
                self.pump(place, step);
            }
            ReferredTimer::Expire => self.forget("expired", step),
        }
    }
}
