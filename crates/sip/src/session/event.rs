//! What a session tells.

use core::time::Duration;

use crate::header::Reason;
use crate::message::{Request, Response};
use crate::status::StatusCode;

/// No final answer came within 64*T1 (RFC 3261 17.1.2.2, timer F).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestTimeout;

/// What became of a session.
#[derive(Debug, Clone)]
pub enum SessionEvent {
    /// A provisional answer above 100 to our INVITE.
    Provisional {
        /// 180, 183, ...
        status: StatusCode,
        /// Its SDP, when it answers our offer (early media).
        sdp: Option<String>,
        /// The whole response.
        response: Response,
    },
    /// The first 200 to our INVITE; it was acknowledged. (An INVITE without offer: `sdp` is the far
    /// end's offer, [`answer`](crate::ua::UserAgent::answer) must follow, and goes out in the ACK.)
    Answered {
        /// SDP of the 200, or the answer that a reliable provisional response carried before.
        sdp: Option<String>,
        /// The whole response.
        response: Response,
    },
    /// The call stands, and the far end knows it.
    ///
    /// Callee, once: the ACK came; or it did not within 64*T1, and [`Uncertain`](SessionEvent::Uncertain)
    /// follows. Either side, after each [`Uncertain`](SessionEvent::Uncertain): the doubt is over, because
    /// the far end took a refresh or an offer, or sent a request in the dialog.
    Established,
    /// The far end sent an UPDATE or a re-INVITE that was taken (RFC 3311, RFC 3261 14.2): its header fields
    /// may tell something, as who is there now (`P-Asserted-Identity`). Where it offers a change,
    /// [`Offer`](SessionEvent::Offer) or [`OfferWanted`](SessionEvent::OfferWanted) follows.
    Refreshed {
        /// The whole request.
        request: Request,
    },
    /// The far end offers a change: [`answer`](crate::ua::UserAgent::answer) or [`reject_offer`](crate::ua::UserAgent::reject_offer) must follow.
    Offer {
        /// SDP.
        sdp: String,
    },
    /// The far end sent a re-INVITE without SDP, and wants an offer: [`answer`](crate::ua::UserAgent::answer) gives it (its answer
    /// comes as [`OfferAnswered`](SessionEvent::OfferAnswered)), or [`reject_offer`](crate::ua::UserAgent::reject_offer).
    OfferWanted,
    /// The answer to our offer.
    OfferAnswered {
        /// SDP.
        sdp: String,
    },
    /// An offer came to nothing; the session goes on as it was. Either ours was refused; or the far end
    /// took its own back (CANCEL, 487) before it was answered, and there is nothing to answer any more.
    OfferRefused {
        /// Status code; 408 where nothing came back, 487 where the offer was taken back.
        status: StatusCode,
        /// How long to wait before trying again: the draw of RFC 3261 14.1 after a 491 (glare), or
        /// `Retry-After`.
        retry_after: Option<Duration>,
    },
    /// Something is wrong, but the session is not over: the application decides.
    /// [`Established`](SessionEvent::Established) takes it back.
    Uncertain {
        /// What is wrong.
        why: SessionTrouble,
    },
    /// The session is over. The last event of a session.
    Ended {
        /// Who or what ended it.
        by: EndedBy,
        /// `Reason` of the BYE, CANCEL or refusal (RFC 3326).
        reason: Option<Reason>,
    },
}

/// Why it is uncertain whether a session still exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionTrouble {
    /// The far end answered 481 to a request in the dialog: it does not know it (any more).
    Gone481,
    /// The session was not refreshed in time (RFC 4028).
    RefreshFailed,
    /// A request in the dialog was not answered, or with 408; or a 200 of ours was not acknowledged.
    TimedOut408,
}

/// Who or what ended a session.
#[derive(Debug, Clone)]
pub enum EndedBy {
    /// This side hung up, or rejected.
    Local,
    /// The far end sent BYE.
    Remote,
    /// The INVITE was refused.
    Refused {
        /// Status code.
        status: StatusCode,
        /// Reason phrase as it came.
        reason: String,
        /// The whole response.
        response: Response,
    },
    /// The caller took the INVITE back (CANCEL) before it was answered.
    Cancelled,
    /// The first INVITE was never answered though its flow was open; or the caller never acknowledged
    /// (PRACK) a reliable provisional response to it, and nobody had accepted. A 200 that is not
    /// acknowledged ends nothing: that is [`Uncertain`](SessionEvent::Uncertain).
    Timeout,
}
