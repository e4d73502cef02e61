//! What a session asks of the user agent that runs it, and what it is run with.

use core::time::Duration;

use bytes::Bytes;

use super::event::{EndedBy, SessionEvent};
use crate::dialog::{Body, Draft, HeaderFields};
use crate::header::{HeaderName, Reason};
use crate::ids::{RequestId, TxId};
use crate::message::Response;
use crate::method::Method;
use crate::rng::Rng;
use crate::status::StatusCode;

/// Which request of a session a response belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// The first INVITE.
    Invite,
    /// A re-INVITE with an offer of the application.
    Reinvite,
    /// An UPDATE with an offer of the application.
    Update,
    /// A re-INVITE with the unchanged description (RFC 4028 7.4).
    RefreshInvite,
    /// An UPDATE without description (RFC 4028 7.4, RFC 3311).
    RefreshUpdate,
    /// An UPDATE without description that tells something (RFC 3311).
    Inform,
    /// RFC 3262.
    Prack,
    /// RFC 3261 15.
    Bye,
    /// A request of the application.
    App(RequestId, Usage),
}

/// Which usage of its dialog a request belongs to (RFC 5057 5.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Usage {
    /// The session, or the dialog itself.
    Session,
    /// A subscription, which the far end can lose or refuse without anything being said of the session.
    Subscription,
}

impl Usage {
    pub(super) const fn of(method: &Method) -> Self {
        match method {
            Method::Subscribe | Method::Notify | Method::Refer => Self::Subscription,
            _ => Self::Session,
        }
    }
}

/// Why a session has to be woken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SessionTimer {
    /// Repeat the 2xx that is not acknowledged (RFC 3261 13.3.1.4).
    Repeat2xx,
    /// The ACK did not come within 64*T1 (RFC 3261 13.3.1.4).
    AckMissing,
    /// Repeat the reliable provisional response (RFC 3262 3).
    RepeatReliable,
    /// The PRACK did not come within 64*T1 (RFC 3262 3).
    PrackMissing,
    /// Refresh the session (RFC 4028 7.2).
    Refresh,
    /// The far end did not refresh the session (RFC 4028 10).
    NotRefreshed,
    /// A re-INVITE was answered provisionally only, and by nothing else within 64*T1.
    ChangeUnanswered,
    /// The INVITE was not answered within 64*T1 after the CANCEL (RFC 3261 9.1).
    CancelUnanswered,
}

impl SessionTimer {
    /// Those that wait for what the far end of a ringing or standing call sends, and repeat what it did
    /// not acknowledge: they stand still while the flow is closed, for nothing can come over it.
    pub(crate) const PAUSED_WITH_FLOW: [Self; 4] = [
        Self::Repeat2xx,
        Self::AckMissing,
        Self::RepeatReliable,
        Self::PrackMissing,
    ];
}

/// A response before it is sent: everything but what is copied from the request.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    /// Status.
    pub(crate) status: StatusCode,
    /// Further header fields.
    pub(crate) headers: HeaderFields,
    /// Body.
    pub(crate) body: Option<Body>,
}

impl Reply {
    /// A response of a status and nothing else.
    pub(crate) const fn new(status: StatusCode) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: None,
        }
    }

    /// With a header field.
    pub(crate) fn with(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// With a session description.
    pub(crate) fn with_sdp(mut self, sdp: &str) -> Self {
        self.body = Some(sdp_body(sdp));
        self
    }
}

/// A session description as a body.
pub(super) fn sdp_body(sdp: &str) -> Body {
    (String::from("application/sdp"), sdp.as_bytes().to_vec())
}

/// Something that a session wants done, in order.
#[derive(Debug)]
pub(crate) enum Act {
    /// Send a request in a client transaction.
    Send(Asked, Draft),
    /// Send the CANCEL of the last INVITE (RFC 3261 9.1).
    Cancel(Option<Reason>),
    /// Give up the transaction of the last INVITE (RFC 3261 9.1).
    Abandon,
    /// Send an ACK of a 2xx, with the credentials of its INVITE, and hand it back by
    /// [`Session::acked`](super::Session::acked).
    Ack(Asked, Draft),
    /// Send these bytes again.
    Again(Bytes),
    /// Acknowledge a 2xx that nobody wants, and send BYE with this reason (RFC 3261 13.2.2.4, RFC 3326).
    Stray(Response, Option<Reason>),
    /// Answer a request.
    Reply(TxId, Reply),
    /// Send the last response of this INVITE again: the reliable provisional one, or the 2xx.
    Repeat(TxId),
    /// Start (or restart) a timer.
    Start(SessionTimer, Duration),
    /// Stop a timer.
    Stop(SessionTimer),
    /// Tell the application.
    Tell(SessionEvent),
    /// The session can be forgotten, its timers with it.
    Forget,
}

/// Settings that all sessions share.
#[derive(Debug, Clone)]
pub(crate) struct Profile {
    /// T1.
    pub(crate) t1: Duration,
    /// T2.
    pub(crate) t2: Duration,
    /// `Allow`.
    pub(crate) allow: String,
    /// `Supported`.
    pub(crate) supported: String,
    /// Asked-for session interval.
    pub(crate) session_expires: Option<Duration>,
    /// Smallest accepted session interval.
    pub(crate) min_session_expires: Duration,
}

impl Profile {
    /// 64*T1.
    pub(super) fn give_up(&self) -> Duration {
        self.t1 * 64
    }
}

/// One step of a session: what it is run with, and what it asks for.
#[derive(Debug)]
pub(crate) struct Step<'a> {
    pub(crate) profile: &'a Profile,
    pub(crate) rng: &'a mut Rng,
    pub(crate) acts: Vec<Act>,
}

impl<'a> Step<'a> {
    pub(crate) const fn new(profile: &'a Profile, rng: &'a mut Rng) -> Self {
        Self {
            profile,
            rng,
            acts: Vec::new(),
        }
    }

    pub(super) fn push(&mut self, act: Act) {
        self.acts.push(act);
    }

    pub(super) fn tell(&mut self, event: SessionEvent) {
        self.push(Act::Tell(event));
    }

    pub(super) fn reply(&mut self, tx: TxId, reply: Reply) {
        self.push(Act::Reply(tx, reply));
    }

    pub(super) fn end(&mut self, by: EndedBy, reason: Option<Reason>) {
        self.tell(SessionEvent::Ended { by, reason });
    }
}
