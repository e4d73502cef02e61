//! The machine of one subscription (RFC 6665 4.1).

use core::time::Duration;

use super::event::SubscriptionEvent;
use super::subscribe::Subscribe;
use crate::dialog::{Dialog, Draft, HeaderFields};
use crate::header::HeaderName;
use crate::message::{Request, Response};
use crate::method::Method;
use crate::retry::{longer_lifetime, refresh_after, retry_after};
use crate::rng::Rng;
use crate::status::StatusCode;
use crate::step::{Act, Step};
use crate::text::Text;
use crate::time::Instant;
use crate::uri::{NameAddr, Uri};

/// Why a subscription has to be woken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SubscriptionTimer {
    /// It is refreshed before it expires (RFC 6665 4.1.2.2).
    Refresh,
    /// It expired, and no refresh was taken.
    Expired,
    /// Timer N: no NOTIFY came (RFC 6665 4.1.2.4).
    NotHeard,
    /// What failed is tried again.
    Retry,
}

/// A step of a subscription.
pub(crate) type SubscriptionStep<'a> = Step<'a, SubscriptionTimer, SubscriptionEvent>;

/// A subscription of this user agent.
#[derive(Debug)]
pub(crate) struct Subscription {
    pub(super) subscribe: Subscribe,
    /// URI of the contact, which follows the flow.
    contact: Uri,
    call_id: Text,
    pub(super) local_tag: String,
    /// Sequence number of the last SUBSCRIBE, whichever dialog it was in.
    pub(super) cseq: u32,
    /// Asked-for lifetime; grows by 423.
    expires: u32,
    /// When the subscription expires, as far as it is known.
    pub(super) until: Instant,
    /// When the last dialog began.
    began: Instant,
    /// Failures in a row.
    failures: u32,
    pub(super) state: State,
}

#[derive(Debug)]
pub(super) enum State {
    /// Not begun or failed; the next try is scheduled, or waits for another flow.
    Waiting,
    /// Refused for good, until the application asks again.
    Refused,
    /// SUBSCRIBE sent, which is to make a dialog; nothing came.
    Starting,
    /// The same, and a NOTIFY came before the answer: it made the dialog (RFC 6665 4.4.1).
    Early(Box<Dialog>),
    /// The SUBSCRIBE was taken, and the first NOTIFY is awaited.
    Unheard(Box<Dialog>),
    /// It stands; the refresh is scheduled.
    Active(Box<Dialog>),
    /// SUBSCRIBE sent in the dialog.
    Refreshing(Box<Dialog>),
    /// SUBSCRIBE with lifetime 0 sent; the last NOTIFY is awaited, and nobody hears of it.
    Leaving(Box<Dialog>),
    Gone,
}

impl State {
    const fn name(&self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Refused => "refused",
            Self::Starting => "starting",
            Self::Early(_) => "early",
            Self::Unheard(_) => "unheard",
            Self::Active(_) => "active",
            Self::Refreshing(_) => "refreshing",
            Self::Leaving(_) => "leaving",
            Self::Gone => "gone",
        }
    }

    pub(super) const fn dialog_mut(&mut self) -> Option<&mut Dialog> {
        match self {
            Self::Early(dialog)
            | Self::Unheard(dialog)
            | Self::Active(dialog)
            | Self::Refreshing(dialog)
            | Self::Leaving(dialog) => Some(dialog),
            Self::Waiting | Self::Refused | Self::Starting | Self::Gone => None,
        }
    }
}

impl Subscription {
    /// A subscription that [`Subscription::go`] begins.
    pub(crate) fn new(subscribe: Subscribe, contact: Uri) -> Self {
        Self {
            expires: subscribe.expires,
            subscribe,
            contact,
            call_id: Text::default(),
            local_tag: String::new(),
            cseq: 0,
            until: Instant::ZERO,
            began: Instant::ZERO,
            failures: 0,
            state: State::Waiting,
        }
    }

    /// User part of the contact.
    pub(crate) fn contact_user(&self) -> &str {
        &self.subscribe.contact_user
    }

    /// Tag of this side; empty before it began. Each new dialog has another one.
    pub(crate) fn local_tag(&self) -> &str {
        &self.local_tag
    }

    /// `Call-ID` of the dialog.
    pub(crate) fn call_id(&self) -> &str {
        &self.call_id
    }

    pub(super) fn set_state(&mut self, new: State, why: &'static str) {
        let (old, new_name) = (self.state.name(), new.name());
        tracing::debug!(old, new = new_name, why, "subscription");
        self.state = new;
    }

    /// The dialog goes on in another state.
    pub(super) fn go_on(&mut self, new: fn(Box<Dialog>) -> State, why: &'static str) {
        let old = self.state.name();
        self.state = match core::mem::replace(&mut self.state, State::Gone) {
            State::Early(dialog)
            | State::Unheard(dialog)
            | State::Active(dialog)
            | State::Refreshing(dialog)
            | State::Leaving(dialog) => new(dialog),
            other => other,
        };
        tracing::debug!(old, new = self.state.name(), why, "subscription");
    }

    /// Subscribes at once what waits, or was refused.
    pub(crate) fn go(&mut self, why: &'static str, step: &mut SubscriptionStep<'_>) {
        if matches!(self.state, State::Waiting | State::Refused) {
            self.begin(why, step);
        }
    }

    /// The flow was replaced: the notifier has to know the new contact, which a SUBSCRIBE in the dialog
    /// tells it (RFC 6665 4.1.2.2: a target refresh). What has no dialog yet begins anew.
    pub(crate) fn moved(&mut self, contact: Uri, step: &mut SubscriptionStep<'_>) {
        self.contact = contact;
        match self.state {
            State::Waiting | State::Starting => self.begin("new flow", step),
            State::Early(_) | State::Unheard(_) | State::Active(_) | State::Refreshing(_) => {
                self.refresh("new flow", step);
            }
            State::Leaving(_) => self.send_in_dialog(0, step),
            State::Refused | State::Gone => {}
        }
    }

    /// Ends it. The application hears of nothing that comes after.
    pub(crate) fn leave(&mut self, step: &mut SubscriptionStep<'_>) {
        let why = "unsubscribe";
        match self.state {
            State::Leaving(_) | State::Gone => {}
            // RFC 6665 4.1.2.3; the last NOTIFY is awaited as long as timer N.
            State::Early(_) | State::Unheard(_) | State::Active(_) | State::Refreshing(_)
                if step.reachable =>
            {
                self.go_on(State::Leaving, why);
                step.push(Act::StopAll);
                step.start(SubscriptionTimer::NotHeard, step.give_up);
                step.tell(SubscriptionEvent::Ended { reason: None });
                self.send_in_dialog(0, step);
            }
            // RFC 6665 4.1.3: a NOTIFY that comes now meets no subscription, and its 481 ends what the
            // SUBSCRIBE on its way may have made.
            _ => self.end(None, why, step),
        }
    }

    /// It is over, and the application hears of it.
    pub(super) fn end(
        &mut self,
        reason: Option<String>,
        why: &'static str,
        step: &mut SubscriptionStep<'_>,
    ) {
        step.tell(SubscriptionEvent::Ended { reason });
        self.forget(why, step);
    }

    pub(super) fn forget(&mut self, why: &'static str, step: &mut SubscriptionStep<'_>) {
        self.set_state(State::Gone, why);
        step.push(Act::Forget);
    }

    /// A SUBSCRIBE that makes a new dialog (RFC 6665 4.1.2.1). Over a closed flow it waits for the next.
    fn begin(&mut self, why: &'static str, step: &mut SubscriptionStep<'_>) {
        step.push(Act::StopAll);
        if !step.reachable {
            return self.set_state(State::Waiting, "no flow");
        }
        self.set_state(State::Starting, why);
        self.began = step.now;
        self.call_id = new_call_id(step.rng);
        self.local_tag = step.rng.token();
        self.cseq += 1;
        let from = self.subscribe.from.with_tag(&self.local_tag);
        let draft = Draft {
            method: Method::Subscribe,
            target: self.subscribe.target.clone(),
            routes: Vec::new(),
            from: from.as_text().clone(),
            to: self.subscribe.to.without_tag().as_text().clone(),
            call_id: self.call_id.clone(),
            cseq: self.cseq,
            headers: self.fields(self.expires),
            body: None,
        };
        step.push(Act::Send(draft));
    }

    /// RFC 6665 4.1.2.2. Over a closed flow nothing is sent; the one that takes over makes good for it.
    fn refresh(&mut self, why: &'static str, step: &mut SubscriptionStep<'_>) {
        if step.reachable {
            self.go_on(State::Refreshing, why);
            step.push(Act::Stop(SubscriptionTimer::Refresh));
            step.push(Act::Stop(SubscriptionTimer::NotHeard));
            self.send_in_dialog(self.expires, step);
        }
    }

    fn send_in_dialog(&mut self, expires: u32, step: &mut SubscriptionStep<'_>) {
        let headers = self.fields(expires);
        if let Some(dialog) = self.state.dialog_mut() {
            dialog.advance_to(self.cseq);
            let mut draft = dialog.draft(Method::Subscribe);
            self.cseq = draft.cseq;
            draft.headers = headers;
            step.push(Act::Send(draft));
        }
    }

    fn fields(&self, expires: u32) -> HeaderFields {
        let contact = NameAddr::new(self.contact.clone());
        let mut fields = vec![
            (HeaderName::Contact, contact.as_text().to_string()),
            (HeaderName::Event, self.subscribe.event.to_string()),
            (HeaderName::Expires, expires.to_string()),
        ];
        if !self.subscribe.accept.is_empty() {
            fields.push((HeaderName::Accept, self.subscribe.accept.join(", ")));
        }
        fields.extend(self.subscribe.headers.iter().cloned());
        fields
    }

    /// The sequence number of another try with credentials; `None` where the SUBSCRIBE of this number is
    /// not the last one, or nobody waits for its answer.
    pub(crate) fn next_seq(&mut self, tried: u32) -> Option<u32> {
        let wanted = matches!(
            self.state,
            State::Starting | State::Early(_) | State::Refreshing(_) | State::Leaving(_)
        );
        (wanted && tried == self.cseq).then(|| {
            self.cseq += 1;
            self.cseq
        })
    }

    /// A final response to the last SUBSCRIBE, which was this; one to an earlier SUBSCRIBE counts no more.
    pub(crate) fn on_response(
        &mut self,
        request: &Request,
        response: &Response,
        step: &mut SubscriptionStep<'_>,
    ) {
        let seq = response.headers().cseq().ok().flatten();
        let status = response.status();
        if seq.map(|cseq| cseq.seq) != Some(self.cseq) || status.is_provisional() {
            return;
        }
        match (&self.state, status.is_success()) {
            // RFC 6665 4.1.2.1: whichever of this and the first NOTIFY comes first makes the dialog.
            (State::Starting, true) => match Dialog::of_caller(request, response) {
                Ok(dialog) => {
                    self.set_state(State::Unheard(Box::new(dialog)), "taken");
                    // RFC 6665 4.1.2.4
                    step.start(SubscriptionTimer::NotHeard, step.give_up);
                    self.taken(response, step);
                }
                Err(_) => self.refused(response, step),
            },
            (State::Early(_), true) => {
                self.go_on(State::Active, "taken");
                self.taken(response, step);
            }
            // RFC 6665 4.1.2.2. Departs from 4.1.2.4: where the NOTIFY that belongs to a refresh does not
            // come, the subscription stands all the same.
            (State::Refreshing(_), true) => {
                self.failures = 0;
                self.go_on(State::Active, "refreshed");
                self.taken(response, step);
            }
            (State::Starting | State::Early(_), false) => self.refused(response, step),
            (State::Refreshing(_), false) => self.not_refreshed(response, step),
            (State::Leaving(_), true) => {
                step.start(SubscriptionTimer::NotHeard, step.give_up);
            }
            (State::Leaving(_), false) => self.forget("answered", step),
            _ => {}
        }
    }

    /// No answer to the SUBSCRIBE of this sequence number. While the flow is closed that says nothing of the
    /// notifier: the flow that takes over asks it again.
    pub(crate) fn on_timeout(&mut self, seq: u32, step: &mut SubscriptionStep<'_>) {
        match self.state {
            _ if seq != self.cseq => {}
            State::Starting | State::Early(_) if !step.reachable => {
                self.set_state(State::Waiting, "no flow");
            }
            State::Refreshing(_) if !step.reachable => self.go_on(State::Active, "no flow"),
            State::Starting | State::Early(_) => self.unanswered(step),
            // The notifier may have been started anew: what it does not know is not refreshed.
            State::Refreshing(_) => self.again("refresh not answered", None, step),
            State::Leaving(_) => self.forget("not answered", step),
            _ => {}
        }
    }

    /// One of the timers fired.
    pub(crate) fn on_timer(&mut self, timer: SubscriptionTimer, step: &mut SubscriptionStep<'_>) {
        match (&self.state, timer) {
            (State::Waiting, SubscriptionTimer::Retry) => self.begin("another try", step),
            (State::Active(_), SubscriptionTimer::Refresh) => self.refresh("refresh", step),
            (
                State::Active(_) | State::Refreshing(_) | State::Unheard(_),
                SubscriptionTimer::Expired,
            ) => self.again("expired", None, step),
            // RFC 6665 4.1.2.4: without a NOTIFY there is no subscription, whatever the 2xx said.
            (State::Unheard(_), SubscriptionTimer::NotHeard) => self.unanswered(step),
            (State::Leaving(_), SubscriptionTimer::NotHeard) => self.forget("timer N", step),
            _ => {}
        }
    }

    /// 2xx: says how long the subscription lives (RFC 6665 4.1.2.1).
    fn taken(&mut self, response: &Response, step: &mut SubscriptionStep<'_>) {
        let seconds = response.headers().expires().unwrap_or(self.expires);
        // A fetch (RFC 6665 4.4.3) lives until its NOTIFY.
        if !self.is_fetch() {
            self.live_for(seconds, step);
        }
        step.tell(SubscriptionEvent::Active {
            expires: Duration::from_secs(seconds.into()),
        });
    }

    /// Whether only the present state is asked for (RFC 6665 4.4.3).
    pub(super) const fn is_fetch(&self) -> bool {
        self.subscribe.expires == 0
    }

    /// The subscription lives so many seconds more.
    pub(super) fn live_for(&mut self, seconds: u32, step: &mut SubscriptionStep<'_>) {
        let lives = Duration::from_secs(u64::from(seconds).max(1));
        self.until = step.now + lives;
        step.start(SubscriptionTimer::Expired, lives);
        if !matches!(self.state, State::Refreshing(_)) {
            let after = refresh_after(seconds, step.rng);
            step.start(SubscriptionTimer::Refresh, after);
        }
    }

    /// 423 with a longer lifetime than was asked for (RFC 6665 4.1.2.1, RFC 3261 10.2.8).
    fn wants_longer(&mut self, response: &Response) -> bool {
        let longer = longer_lifetime(response, self.expires);
        self.expires = longer.unwrap_or(self.expires);
        longer.is_some()
    }

    /// 300 to 699 to a SUBSCRIBE that was to make a dialog.
    fn refused(&mut self, response: &Response, step: &mut SubscriptionStep<'_>) {
        if self.wants_longer(response) {
            return self.begin("longer lifetime", step);
        }
        let asked = retry_after(response.headers());
        let reason = String::from(response.reason());
        self.failed(response.status(), reason, asked, step);
    }

    /// 300 to 699 to a refresh.
    fn not_refreshed(&mut self, response: &Response, step: &mut SubscriptionStep<'_>) {
        if self.wants_longer(response) {
            return self.refresh("longer lifetime", step);
        }
        let asked = retry_after(response.headers());
        match response.status().code() {
            408 | 481 => self.again("the notifier lost it", None, step),
            // RFC 6665 4.1.2.2: these end the subscription, and so do those that tell this side to keep out.
            401 | 403 | 404 | 405 | 407 | 410 | 416 | 480..=485 | 489 | 501 | 604 => {
                let reason = String::from(response.reason());
                self.failed(response.status(), reason, asked, step);
            }
            // RFC 6665 4.1.2.2: with any other it lives as long as it would without this refresh.
            _ => {
                let asked = asked.unwrap_or_default();
                let wait = step.back_off.not_before(asked, self.failures, step.rng);
                self.failures += 1;
                self.go_on(State::Active, "not refreshed");
                step.start(SubscriptionTimer::Refresh, wait);
            }
        }
    }

    fn unanswered(&mut self, step: &mut SubscriptionStep<'_>) {
        let status = StatusCode::REQUEST_TIMEOUT;
        self.failed(status, String::from(status.reason()), None, step);
    }

    /// A failure: tried again where trying again can help.
    fn failed(
        &mut self,
        status: StatusCode,
        reason: String,
        asked: Option<Duration>,
        step: &mut SubscriptionStep<'_>,
    ) {
        let wait = step.back_off.after(status, asked, self.failures, step.rng);
        self.failures += 1;
        step.push(Act::StopAll);
        match wait {
            Some(wait) => {
                self.set_state(State::Waiting, "failed");
                step.start(SubscriptionTimer::Retry, wait);
            }
            None => self.set_state(State::Refused, "refused"),
        }
        step.tell(SubscriptionEvent::Failed {
            status,
            reason,
            retry_at: wait.map(|wait| step.now + wait),
        });
    }

    /// A new subscription takes the place of this one: at once, or when the notifier wants it. What comes to
    /// that again soon after it began waits longer each time, so that a notifier that ends each new
    /// subscription makes no storm.
    pub(super) fn again(
        &mut self,
        why: &'static str,
        asked: Option<Duration>,
        step: &mut SubscriptionStep<'_>,
    ) {
        if step.now - self.began >= step.back_off.max {
            self.failures = 0;
        }
        let failures = self.failures;
        self.failures += 1;
        if asked.is_none() && failures == 0 {
            return self.begin(why, step);
        }
        let asked = asked.unwrap_or_default();
        let wait = step.back_off.not_before(asked, failures, step.rng);
        step.push(Act::StopAll);
        self.set_state(State::Waiting, why);
        step.start(SubscriptionTimer::Retry, wait);
    }
}

fn new_call_id(rng: &mut Rng) -> Text {
    Text::from(rng.token() + &rng.token())
}
