//! The machine of one subscription of somebody else (RFC 6665 4.2).

use core::time::Duration;

use super::error::SubscriptionError;
use super::event::NotifierEvent;
use super::notes::Wire;
use crate::dialog::{Body, Dialog, HeaderFields};
use crate::header::{Event, HeaderName};
use crate::ids::{FlowId, NotifierId, TxId};
use crate::message::Request;
use crate::status::StatusCode;
use crate::step::{Act, Step};
use crate::time::Instant;
use crate::uri::{NameAddr, Uri};

/// What a SUBSCRIBE without `Expires` asks for, in seconds (RFC 3856 6.4, RFC 4235 3.4).
const DEFAULT_EXPIRES: u32 = 3600;

/// A subscription for no time (a fetch, RFC 6665 4.4.3) waits so long for the state that it asked for.
const FETCH_WAIT: Duration = Duration::from_secs(1);

/// Why the subscription of somebody else has to be woken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum NotifierTimer {
    /// It expires unless it is refreshed.
    Expire,
    /// The subscriber wanted to be notified later (`Retry-After`).
    Again,
}

/// A step of the subscription of somebody else.
pub(crate) type NotifierStep<'a> = Step<'a, NotifierTimer, NotifierEvent>;

/// A subscription of somebody else.
#[derive(Debug)]
pub struct Notifier {
    id: NotifierId,
    pub(super) event: Event,
    flow: FlowId,
    pub(super) contact: String,
    call_id: String,
    local_tag: String,
    remote_tag: String,
    pub(super) state: State,
}

#[derive(Debug)]
pub(super) enum State {
    /// The application has to decide about the SUBSCRIBE.
    Asked {
        tx: TxId,
        dialog: Box<Dialog>,
        /// Asked-for lifetime.
        expires: Duration,
    },
    /// Accepted.
    Running {
        dialog: Box<Dialog>,
        until: Instant,
        /// The longest lifetime that a refresh is granted.
        longest: Duration,
        wire: Wire,
    },
    /// The end was told; a NOTIFY is under way, and the last one goes out after it.
    Closing {
        dialog: Box<Dialog>,
        seq: u32,
        reason: String,
        body: Option<Body>,
    },
    /// The last NOTIFY is under way.
    Ending {
        seq: u32,
    },
    Gone,
}

impl State {
    const fn name(&self) -> &'static str {
        match self {
            Self::Asked { .. } => "asked",
            Self::Running { .. } => "running",
            Self::Closing { .. } => "closing",
            Self::Ending { .. } => "ending",
            Self::Gone => "gone",
        }
    }
}

impl Notifier {
    /// A SUBSCRIBE of this event came in, and its dialog is this.
    pub(crate) fn asked(
        (id, flow, tx): (NotifierId, FlowId, TxId),
        event: Event,
        request: &Request,
        dialog: Dialog,
        contact: &Uri,
    ) -> Self {
        let mut new = Self {
            id,
            event,
            flow,
            contact: String::new(),
            // Copies: a piece of the message would keep the whole of it.
            call_id: String::from(dialog.call_id()),
            local_tag: String::from(dialog.local_tag()),
            remote_tag: String::from(dialog.remote_tag()),
            state: State::Asked {
                tx,
                dialog: Box::new(dialog),
                expires: asked_for(request),
            },
        };
        new.set_contact(contact);
        new
    }

    /// The event package, and the `id` of the subscription.
    #[must_use]
    pub const fn event(&self) -> &Event {
        &self.event
    }

    /// When it expires unless it is refreshed; `None` where it was not accepted yet, or ended.
    #[must_use]
    pub const fn expires_at(&self) -> Option<Instant> {
        match self.state {
            State::Running { until, .. } => Some(until),
            _ => None,
        }
    }

    /// The flow that the subscriber came over last.
    #[must_use]
    pub const fn flow(&self) -> FlowId {
        self.flow
    }

    /// Whether the application knows it still.
    pub(crate) const fn is_open(&self) -> bool {
        matches!(self.state, State::Asked { .. } | State::Running { .. })
    }

    /// Whether a request with this `Call-ID` and `From` tag, whose `To` tag is ours, is in the dialog.
    pub(crate) fn is_in_dialog(&self, call_id: &str, from_tag: &str) -> bool {
        self.call_id == call_id && self.remote_tag == from_tag
    }

    pub(crate) fn local_tag(&self) -> &str {
        &self.local_tag
    }

    /// User part of the contact, which the flow gives its host.
    pub(crate) fn contact_user(&self) -> Option<String> {
        let contact = NameAddr::parse(&self.contact).ok()?;
        contact.uri().user().map(std::borrow::Cow::into_owned)
    }

    pub(crate) fn set_flow(&mut self, flow: FlowId, contact: &Uri) {
        self.flow = flow;
        self.set_contact(contact);
    }

    fn set_contact(&mut self, contact: &Uri) {
        self.contact = NameAddr::new(contact.clone()).as_text().to_string();
    }

    pub(super) fn set_state(&mut self, new: State, why: &'static str) {
        tracing::debug!(
            id = self.id.0,
            old = self.state.name(),
            new = new.name(),
            why,
            "notifier"
        );
        self.state = new;
    }

    /// 200 (RFC 6665 4.2.1.2), for as long as was asked for, and for at most `longest`.
    pub(crate) fn accept(
        &mut self,
        longest: Duration,
        step: &mut NotifierStep<'_>,
    ) -> Result<(), SubscriptionError> {
        let old = core::mem::replace(&mut self.state, State::Gone);
        let State::Asked {
            tx,
            dialog,
            expires,
        } = old
        else {
            self.state = old;
            return Err(SubscriptionError::Answered);
        };
        let expires = expires.min(longest);
        step.push(Act::Answer(tx, StatusCode::OK, self.granted(expires)));
        step.start(NotifierTimer::Expire, expires.max(FETCH_WAIT));
        let running = State::Running {
            dialog,
            until: step.now + expires,
            longest,
            wire: Wire::Idle,
        };
        self.set_state(running, "accepted");
        Ok(())
    }

    /// 300 to 699; it is as if it had never been.
    pub(crate) fn reject(
        &mut self,
        status: StatusCode,
        headers: HeaderFields,
        step: &mut NotifierStep<'_>,
    ) -> Result<(), SubscriptionError> {
        let State::Asked { tx, .. } = self.state else {
            return Err(SubscriptionError::Answered);
        };
        if !status.is_failure() {
            return Err(SubscriptionError::NotARefusal(status));
        }
        step.push(Act::Answer(tx, status, headers));
        self.forget("rejected", step);
        Ok(())
    }

    /// Fields of a 200 to SUBSCRIBE: the lifetime is always said (RFC 6665 4.2.1.1).
    fn granted(&self, expires: Duration) -> HeaderFields {
        vec![
            (HeaderName::Expires, expires.as_secs().to_string()),
            (HeaderName::Contact, self.contact.clone()),
        ]
    }

    /// A SUBSCRIBE in the dialog, which came over the flow that is set (RFC 6665 4.2.1.1, 4.2.1.4).
    pub(crate) fn on_subscribe(
        &mut self,
        tx: TxId,
        request: &Request,
        step: &mut NotifierStep<'_>,
    ) {
        let headers = request.headers();
        let event = match headers.event() {
            Ok(Some(event)) => event,
            Ok(None) => return step.answer(tx, StatusCode::BAD_EVENT),
            Err(_) => return step.answer(tx, StatusCode::BAD_REQUEST),
        };
        let State::Running {
            dialog,
            until,
            longest,
            ..
        } = &mut self.state
        else {
            return step.answer(tx, StatusCode::CALL_DOES_NOT_EXIST);
        };
        if event != self.event {
            // RFC 6665 4.5.2: a dialog with more than one subscription is not made any more.
            return step.answer(tx, StatusCode::CALL_DOES_NOT_EXIST);
        }
        let seq = headers.cseq().ok().flatten().map_or(0, |cseq| cseq.seq);
        if !dialog.take_seq(seq) {
            // RFC 3261 12.2.2
            return step.answer(tx, StatusCode::SERVER_INTERNAL_ERROR);
        }
        dialog.refresh_target(headers);
        let expires = asked_for(request).min(*longest);
        *until = step.now + expires;
        step.push(Act::Answer(tx, StatusCode::OK, self.granted(expires)));
        if expires.is_zero() {
            // RFC 6665 4.2.1.4
            return self.finish("timeout", None, "unsubscribed", step);
        }
        step.start(NotifierTimer::Expire, expires);
        step.tell(NotifierEvent::Refreshed);
    }

    /// One of the timers fired.
    pub(crate) fn on_timer(&mut self, timer: NotifierTimer, step: &mut NotifierStep<'_>) {
        match (&self.state, timer) {
            // RFC 6665 4.2.2: the subscriber is told.
            (State::Running { .. }, NotifierTimer::Expire) => {
                self.finish("timeout", None, "expired", step);
            }
            (State::Running { .. }, NotifierTimer::Again) => step.tell(NotifierEvent::Refreshed),
            _ => {}
        }
    }

    pub(super) fn forget(&mut self, why: &'static str, step: &mut NotifierStep<'_>) {
        self.set_state(State::Gone, why);
        step.push(Act::Forget);
    }
}

/// The lifetime that a SUBSCRIBE asks for (RFC 6665 3.1.1).
fn asked_for(request: &Request) -> Duration {
    let seconds = request.headers().expires().unwrap_or(DEFAULT_EXPIRES);
    Duration::from_secs(seconds.into())
}
