//! What comes out of a user agent.

use bytes::Bytes;

use crate::header::ReferTo;
use crate::ids::{
    FlowId, NotifierId, PublicationId, ReferralId, ReferredId, RegistrationId, RequestId,
    ServerTxId, SessionId, SubscriptionId,
};
use crate::message::{ParseError, Request, Response};
use crate::notifier::NotifierEvent;
use crate::publication::PublicationEvent;
use crate::referral::ReferralEvent;
use crate::registration::RegistrationEvent;
use crate::session::{RequestTimeout, SessionEvent};
use crate::subscription::SubscriptionEvent;
use crate::time::Instant;

/// Something to carry out; see [`UserAgent::poll_output`](super::UserAgent::poll_output).
#[derive(Debug, Clone)]
#[cfg_attr(
    target_pointer_width = "64",
    expect(clippy::large_enum_variant, reason = "lives until it is carried out")
)]
pub enum Output {
    /// Send these bytes: one datagram, or one WebSocket message.
    Transmit {
        /// Over which flow.
        flow: FlowId,
        /// One SIP message, or a keep-alive.
        bytes: Bytes,
    },
    /// Something happened.
    Event(Event),
    /// Nothing more to do; call [`UserAgent::handle_timeout`](super::UserAgent::handle_timeout) then (`None`: only when
    /// something else happens).
    Timeout(Option<Instant>),
}

/// Something that happened.
#[derive(Debug, Clone)]
#[cfg_attr(
    target_pointer_width = "64",
    expect(clippy::large_enum_variant, reason = "lives until it is looked at")
)]
pub enum Event {
    /// A registration of this user agent.
    Registration {
        /// Which.
        id: RegistrationId,
        /// What happened.
        event: RegistrationEvent,
    },
    /// Somebody calls. 100 (Trying) was sent; the application answers by
    /// [`progress`](super::UserAgent::progress), [`accept`](super::UserAgent::accept) or [`reject`](super::UserAgent::reject).
    Invited {
        /// The new session.
        session: SessionId,
        /// Where it came from.
        flow: FlowId,
        /// The whole INVITE.
        request: Request,
        /// Its SDP; `None`: the far end wants an offer, which [`accept`](super::UserAgent::accept) gives.
        offer: Option<String>,
    },
    /// A session.
    Session {
        /// Which.
        id: SessionId,
        /// What happened.
        event: SessionEvent,
    },
    /// A subscription of this user agent.
    Subscription {
        /// Which.
        id: SubscriptionId,
        /// What happened.
        event: SubscriptionEvent,
    },
    /// Somebody subscribes. The application answers by
    /// [`accept_subscription`](super::UserAgent::accept_subscription), and then notifies at once, or by
    /// [`reject_subscription`](super::UserAgent::reject_subscription). A phone is told of the packages in
    /// [`Config::events`](super::Config::events) only.
    Subscribed {
        /// The new subscription.
        id: NotifierId,
        /// Where it came from.
        flow: FlowId,
        /// The whole SUBSCRIBE, which has an `Event` that can be read.
        request: Request,
    },
    /// A subscription of somebody else that was accepted.
    Notifier {
        /// Which.
        id: NotifierId,
        /// What happened.
        event: NotifierEvent,
    },
    /// A REFER of this user agent.
    Referral {
        /// Which.
        id: ReferralId,
        /// What happened.
        event: ReferralEvent,
    },
    /// Somebody asks this side to call somebody else (REFER, RFC 3515). The application answers by
    /// [`accept_refer`](super::UserAgent::accept_refer), and then tells what becomes of it by
    /// [`refer_progress`](super::UserAgent::refer_progress), or by
    /// [`reject_refer`](super::UserAgent::reject_refer). One whose `Refer-To` is not there once and legal was
    /// answered by 400 and is not told.
    Referred {
        /// Its name.
        id: ReferredId,
        /// The session in whose dialog it came; `None` outside of any.
        session: Option<SessionId>,
        /// Where it came from.
        flow: FlowId,
        /// The whole REFER.
        request: Request,
        /// Whom to call.
        refer: ReferTo,
    },
    /// A publication of this user agent.
    Publication {
        /// Which.
        id: PublicationId,
        /// What happened.
        event: PublicationEvent,
    },
    /// A request that the user agent does not handle itself. To be answered by
    /// [`respond`](super::UserAgent::respond).
    Request {
        /// For the answer.
        tx: ServerTxId,
        /// The session whose dialog it belongs to.
        session: Option<SessionId>,
        /// Where it came from.
        flow: FlowId,
        /// The whole request.
        request: Request,
    },
    /// The final answer to a request of the application, or that none came.
    Response {
        /// Which request.
        id: RequestId,
        /// The session whose dialog it belongs to.
        session: Option<SessionId>,
        /// The answer.
        response: Result<Response, RequestTimeout>,
    },
    /// A keep-alive was not answered: the application closes the flow and opens a new one.
    FlowFailed {
        /// Which.
        flow: FlowId,
    },
    /// Something arrived that is no SIP message, or a broken one.
    Malformed {
        /// Where it came from.
        flow: FlowId,
        /// What is wrong with it.
        error: ParseError,
        /// Whether a refusal (400, 505, ...) was sent.
        answered: bool,
    },
}
