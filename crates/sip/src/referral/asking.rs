//! The machine of a REFER of this user agent: the subscriber that comes with it (RFC 3515 2.4, RFC 6665 4.1).
//!
//! It differs from a subscription that was asked for by SUBSCRIBE in that it lives once, and in somebody
//! else's dialog.

use core::time::Duration;

use super::event::ReferralEvent;
use super::name::event_of;
use super::refer::Refer;
use crate::dialog::Place;
use crate::header::{HeaderName, Subscription as Standing, SubscriptionState};
use crate::ids::{ReferralId, SessionId, TxId};
use crate::message::{Request, Response};
use crate::method::Method;
use crate::retry::refresh_after;
use crate::sipfrag::{self, Fragment};
use crate::status::StatusCode;
use crate::step::{Act, Step};
use crate::subscription::standing;

/// How long the subscription is asked to live at a refresh, and lives where nobody says how long.
const EXPIRES: u32 = 600;

/// Why a REFER of this user agent has to be woken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ReferralTimer {
    /// The subscription is refreshed before it expires (RFC 6665 4.1.2.2).
    Refresh,
    /// It expired, and no refresh was taken.
    Expired,
    /// Timer N: no NOTIFY came (RFC 6665 4.1.2.4).
    NotHeard,
}

/// A step of a REFER of this user agent.
pub(crate) type ReferralStep<'a> = Step<'a, ReferralTimer, ReferralEvent>;

/// A REFER of this user agent.
#[derive(Debug)]
pub(crate) struct Referral {
    id: ReferralId,
    session: SessionId,
    /// Which dialog of the session.
    remote_tag: String,
    /// Sequence number of the REFER, by which NOTIFYs name it.
    refer_seq: u32,
    /// Sequence number of its last request.
    cseq: u32,
    /// Sequence number of the last NOTIFY.
    heard: Option<u32>,
    /// What was told last.
    told: Option<Fragment>,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// REFER sent; nothing came.
    Asked,
    /// The REFER was not answered while its flow was closed: the far end may have taken it or not.
    Unsure,
    /// Taken, and the first NOTIFY is awaited.
    Unheard,
    /// It stands; the refresh is scheduled.
    Followed,
    /// SUBSCRIBE sent; without proof it asks whether the far end took the REFER.
    Refreshing {
        proven: bool,
    },
    /// Nothing is told any more; the last NOTIFY is awaited.
    Leaving,
    Gone,
}

impl State {
    const fn name(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Unsure => "unsure",
            Self::Unheard => "unheard",
            Self::Followed => "followed",
            Self::Refreshing { .. } => "refreshing",
            Self::Leaving => "leaving",
            Self::Gone => "gone",
        }
    }

    /// Whether the application was told that the far end took the REFER.
    const fn is_proven(self) -> bool {
        matches!(
            self,
            Self::Unheard | Self::Followed | Self::Refreshing { proven: true }
        )
    }
}

impl Referral {
    /// Sends the REFER (RFC 3515 2.4.1).
    pub(crate) fn ask(
        (id, session): (ReferralId, SessionId),
        refer: Refer,
        place: &mut Place<'_>,
        step: &mut ReferralStep<'_>,
    ) -> Self {
        let mut draft = place.draft(Method::Refer);
        draft.push(HeaderName::ReferTo, refer.to.to_string());
        if let Some(by) = refer.referred_by {
            draft.push(HeaderName::ReferredBy, by.as_text().to_string());
        }
        draft.headers.extend(refer.headers);
        let seq = draft.cseq;
        step.push(Act::Send(draft));
        Self {
            id,
            session,
            remote_tag: String::from(place.dialog.remote_tag()),
            refer_seq: seq,
            cseq: seq,
            heard: None,
            told: None,
            state: State::Asked,
        }
    }

    pub(crate) const fn session(&self) -> SessionId {
        self.session
    }

    pub(crate) fn remote_tag(&self) -> &str {
        &self.remote_tag
    }

    /// Whether a NOTIFY in the dialog is of this REFER. One that names none is of the first (RFC 3515
    /// 2.4.6), which the caller asks first.
    pub(crate) fn is_of(&self, remote_tag: &str, id: Option<&str>) -> bool {
        self.remote_tag == remote_tag && id.is_none_or(|id| id.parse() == Ok(self.refer_seq))
    }

    fn set_state(&mut self, new: State, why: &'static str) {
        let (old, new_name) = (self.state.name(), new.name());
        tracing::debug!(id = self.id.0, old, new = new_name, why, "referral");
        self.state = new;
    }

    fn forget(&mut self, why: &'static str, step: &mut ReferralStep<'_>) {
        self.set_state(State::Gone, why);
        step.push(Act::Forget);
    }

    /// No more will come: of a REFER that was taken, its outcome is not known.
    fn end(&mut self, reason: Option<String>, why: &'static str, step: &mut ReferralStep<'_>) {
        if self.state.is_proven() {
            step.tell(ReferralEvent::Ended { reason });
        } else if !matches!(self.state, State::Leaving | State::Gone) {
            let status = StatusCode::REQUEST_TIMEOUT;
            let reason = String::from(status.reason());
            step.tell(ReferralEvent::Refused { status, reason });
        }
        self.forget(why, step);
    }

    /// The dialog is gone with an early call that came to nothing.
    pub(crate) fn lose_place(&mut self, step: &mut ReferralStep<'_>) {
        self.end(None, "no dialog", step);
    }

    /// Nobody wants to know any more.
    pub(crate) fn leave(&mut self, place: &mut Place<'_>, step: &mut ReferralStep<'_>) {
        if matches!(self.state, State::Leaving | State::Gone) {
            return;
        }
        if self.state.is_proven() && step.reachable {
            // RFC 6665 4.1.2.3; the last NOTIFY is awaited as long as timer N.
            self.close("not followed any more", step);
            return self.subscribe(0, place, step);
        }
        // RFC 6665 4.1.3: a NOTIFY that comes now meets no subscription, and its 481 ends it.
        self.forget("not followed any more", step);
    }

    fn close(&mut self, why: &'static str, step: &mut ReferralStep<'_>) {
        self.set_state(State::Leaving, why);
        step.push(Act::StopAll);
        step.start(ReferralTimer::NotHeard, step.give_up);
    }

    /// RFC 6665 4.1.2.2
    fn refresh(&mut self, why: &'static str, place: &mut Place<'_>, step: &mut ReferralStep<'_>) {
        let proven = self.state.is_proven();
        self.set_state(State::Refreshing { proven }, why);
        step.push(Act::Stop(ReferralTimer::Refresh));
        step.push(Act::Stop(ReferralTimer::NotHeard));
        self.subscribe(EXPIRES, place, step);
    }

    fn subscribe(&mut self, expires: u32, place: &mut Place<'_>, step: &mut ReferralStep<'_>) {
        let mut draft = place.draft(Method::Subscribe);
        draft.push(HeaderName::Event, event_of(self.refer_seq).to_string());
        draft.push(HeaderName::Accept, "message/sipfrag");
        draft.push(HeaderName::Expires, expires.to_string());
        self.cseq = draft.cseq;
        step.push(Act::Send(draft));
    }

    /// The subscription lives so many seconds more.
    fn live_for(&self, seconds: u32, step: &mut ReferralStep<'_>) {
        let lives = Duration::from_secs(u64::from(seconds).max(1));
        step.start(ReferralTimer::Expired, lives);
        if self.state == State::Followed {
            let after = refresh_after(seconds, step.rng);
            step.start(ReferralTimer::Refresh, after);
        }
    }

    /// The flow was replaced. Where the session is over, a SUBSCRIBE lets the far end know (RFC 6665 4.1.2.2:
    /// a target refresh), and what was told meanwhile comes as its answer.
    pub(crate) fn moved(&mut self, place: &mut Place<'_>, step: &mut ReferralStep<'_>) {
        match self.state {
            State::Unsure => self.refresh("new flow", place, step),
            _ if self.state.is_proven() && place.alone => self.refresh("new flow", place, step),
            State::Unheard => step.start(ReferralTimer::NotHeard, step.give_up),
            _ => {}
        }
    }

    /// The far end came over another flow.
    pub(crate) fn came_back(&mut self, place: &mut Place<'_>, step: &mut ReferralStep<'_>) {
        if self.state == State::Unsure {
            self.refresh("the far end is back", place, step);
        }
    }

    /// The sequence number of another try with credentials; `None` where the request of this number is not
    /// the last one, or nobody waits for its answer.
    pub(crate) fn next_seq(&mut self, tried: u32, place: &mut Place<'_>) -> Option<u32> {
        if self.state == State::Gone || tried != self.cseq {
            return None;
        }
        let seq = place.dialog.next_seq();
        if self.cseq == self.refer_seq {
            self.refer_seq = seq;
        }
        self.cseq = seq;
        Some(seq)
    }

    /// A response to the last request, which has this sequence number.
    pub(crate) fn on_response(
        &mut self,
        seq: u32,
        response: &Response,
        place: &mut Place<'_>,
        step: &mut ReferralStep<'_>,
    ) {
        let status = response.status();
        if seq != self.cseq || status.is_provisional() {
            return;
        }
        match (self.state, status.is_success()) {
            (State::Asked | State::Unsure, true) => {
                place.dialog.refresh_target(response.headers());
                self.taken(response, step);
            }
            (State::Asked | State::Unsure, false) => {
                let reason = String::from(response.reason());
                step.tell(ReferralEvent::Refused { status, reason });
                self.forget("refused", step);
            }
            (State::Refreshing { .. }, true) => {
                place.dialog.refresh_target(response.headers());
                self.proven(step);
                self.set_state(State::Followed, "refreshed");
                self.live_for(response.headers().expires().unwrap_or(EXPIRES), step);
            }
            // RFC 6665 4.1.2.2: the far end knows nothing of it.
            (State::Refreshing { .. }, false) if status == StatusCode::CALL_DOES_NOT_EXIST => {
                self.end(None, "the far end lost it", step);
            }
            // RFC 6665 4.1.2.2: it lives as long as it would without this refresh; many a far end that
            // notifies a REFER knows no SUBSCRIBE.
            (State::Refreshing { proven: true }, false) => {
                self.set_state(State::Followed, "not refreshed");
            }
            (State::Refreshing { proven: false }, false) => self.end(None, "not known", step),
            (State::Leaving, false) => self.forget("answered", step),
            _ => {}
        }
    }

    /// 2xx to the REFER (RFC 3515 2.4.2).
    fn taken(&mut self, response: &Response, step: &mut ReferralStep<'_>) {
        // RFC 4488 4: without a subscription.
        let followed = response.headers().refer_sub() != Some(false);
        step.tell(ReferralEvent::Accepted { followed });
        if followed {
            self.set_state(State::Unheard, "taken");
            step.push(Act::StopAll);
            step.start(ReferralTimer::NotHeard, step.give_up);
            step.start(ReferralTimer::Expired, Duration::from_secs(EXPIRES.into()));
        } else {
            self.forget("not followed", step);
        }
    }

    /// The far end shows that it took the REFER.
    fn proven(&self, step: &mut ReferralStep<'_>) {
        if !self.state.is_proven() {
            step.tell(ReferralEvent::Accepted { followed: true });
        }
    }

    /// No answer to the request of this sequence number. While the flow is closed that says nothing of the
    /// far end: the flow that takes over asks it again.
    pub(crate) fn on_timeout(&mut self, seq: u32, step: &mut ReferralStep<'_>) {
        if seq != self.cseq {
            return;
        }
        match self.state {
            State::Asked if !step.reachable => {
                self.set_state(State::Unsure, "no flow");
                let longest = Duration::from_secs(EXPIRES.into());
                step.start(ReferralTimer::Expired, longest);
            }
            State::Refreshing { proven: true } if !step.reachable => {
                self.set_state(State::Followed, "no flow");
            }
            State::Refreshing { .. } if !step.reachable => self.set_state(State::Unsure, "no flow"),
            State::Asked | State::Refreshing { .. } => self.end(None, "not answered", step),
            State::Leaving => self.forget("not answered", step),
            _ => {}
        }
    }

    /// One of the timers fired.
    pub(crate) fn on_timer(
        &mut self,
        timer: ReferralTimer,
        place: &mut Place<'_>,
        step: &mut ReferralStep<'_>,
    ) {
        match (self.state, timer) {
            (State::Leaving, ReferralTimer::NotHeard) => self.forget("timer N", step),
            // The flow that takes over may be there in time.
            (_, ReferralTimer::Refresh | ReferralTimer::NotHeard) if !step.reachable => {
                step.start(timer, step.give_up);
            }
            (State::Followed, ReferralTimer::Refresh) => self.refresh("refresh", place, step),
            // RFC 6665 4.1.2.4: without a NOTIFY there is no subscription, whatever the 2xx said.
            (State::Unheard, ReferralTimer::NotHeard) => self.end(None, "timer N", step),
            (_, ReferralTimer::Expired) => self.end(None, "expired", step),
            _ => {}
        }
    }

    /// A NOTIFY of this REFER (RFC 3515 2.4.4, RFC 6665 4.1.3).
    pub(crate) fn on_notify(
        &mut self,
        tx: TxId,
        request: &Request,
        place: &mut Place<'_>,
        step: &mut ReferralStep<'_>,
    ) {
        let headers = request.headers();
        let state = match standing(headers) {
            Ok((_, state)) => state,
            Err(status) => return step.answer(tx, status),
        };
        let seq = headers.cseq().ok().flatten().map_or(0, |cseq| cseq.seq);
        if self.heard.is_some_and(|heard| seq <= heard) {
            // RFC 3261 12.2.2
            return step.answer(tx, StatusCode::SERVER_INTERNAL_ERROR);
        }
        self.heard = Some(seq);
        // Departs from RFC 3261 12.2.2, which knows one order of all that comes in a dialog: a BYE often
        // comes right before or after a NOTIFY, and refused for having been overtaken it would end nothing.
        place.dialog.refresh_target(headers);
        step.answer(tx, StatusCode::OK);
        if self.state == State::Leaving {
            if state.state == Standing::Terminated {
                self.forget("last NOTIFY", step);
            }
            return;
        }
        self.proven(step);
        if !matches!(self.state, State::Refreshing { proven: true }) {
            self.set_state(State::Followed, "NOTIFY");
            step.push(Act::Stop(ReferralTimer::NotHeard));
        }
        self.told(fragment_of(request), state, step);
    }

    /// Tells what a NOTIFY says, and what follows from it.
    fn told(
        &mut self,
        fragment: Option<Fragment>,
        state: SubscriptionState,
        step: &mut ReferralStep<'_>,
    ) {
        let last = state.state == Standing::Terminated;
        let over = fragment.as_ref().is_some_and(Fragment::is_final);
        if let Some(fragment) = fragment
            && self.told.as_ref() != Some(&fragment)
        {
            self.told = Some(fragment.clone());
            step.tell(ReferralEvent::Progress { fragment });
        }
        match (over, last) {
            (true, true) => self.forget("over", step),
            // The far end still has to end the subscription.
            (true, false) => self.close("over", step),
            (false, true) => self.end(state.reason, "terminated", step),
            (false, false) => self.live_for(state.expires.unwrap_or(EXPIRES), step),
        }
    }
}

/// What a NOTIFY tells; `None` where its body is none that tells a status.
fn fragment_of(request: &Request) -> Option<Fragment> {
    let content_type = request.headers().content_type().ok().flatten()?;
    content_type
        .is("message/sipfrag")
        .then(|| sipfrag::parse(request.body()))
        .flatten()
}
