//! What goes into a leg and what comes out.

use std::time::Duration;

use crate::media::{Digit, MediaError, Source, Turn};
use crate::media_io::{MediaDone, MediaRequest};

/// How long a leg waits for what is lost.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// A leg that is up: without media, and without connection or in doubt.
    pub media: Duration,
    /// A leg that is not up: without connection.
    pub signalling: Duration,
}

/// What happens to a leg.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// Call it (outgoing).
    Dial,
    /// Tell it that the far end rings (incoming).
    Ring,
    /// Let it hear something before it is connected (incoming).
    Early,
    /// Connect it (incoming).
    Answer,
    /// Refuse it (incoming).
    Reject(Refusal),
    /// End it, whatever its state.
    HangUp(HangUp),
    /// What it is to hear.
    Hear(Source),
    /// Whether the other side of the call holds.
    OtherSideHolds(bool),
    /// Send it a digit.
    Digit(Digit, u16),
    /// From SIP.
    Sip(SipEvent),
    /// From the media server.
    Media(MediaDone),
    /// The media path came up, or is interrupted.
    MediaPath(bool),
    /// The far end pressed a key.
    Pressed(Digit, u16),
    /// So many digits are out.
    DigitsSent(usize),
    /// The far end takes no telephone-event.
    DigitsRefused,
    /// What it was told to hear at this turn came to its end.
    PromptEnded(Turn),
    /// The connection is open again, or gone.
    Connection(bool),
    /// Time passed.
    Timeout,
}

/// What SIP tells of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SipEvent {
    /// Outgoing: 180 or the like.
    Ringing,
    /// Outgoing: a provisional answer with SDP: the far end can be heard before it answers.
    EarlyMedia {
        /// SDP.
        sdp: String,
        /// It is a 180: the far end rings, too.
        rings: bool,
    },
    /// Outgoing: 200, with its SDP.
    Answered(Option<String>),
    /// Outgoing: a final refusal.
    Refused(u16),
    /// An offer in the session, and whether it puts this side on hold.
    Offer {
        /// SDP.
        sdp: String,
        /// Whether the far end wants to hear nothing (`sendonly`, `inactive`).
        holds: bool,
    },
    /// A re-INVITE without an offer.
    OfferWanted,
    /// The answer to an offer made here.
    OfferAnswered(String),
    /// An offer made here was refused, or the far end took its own back; the session goes on.
    OfferRefused {
        /// When to try again (glare, RFC 3261 section 14.1); `None`: not at all.
        retry_after: Option<Duration>,
    },
    /// It is over, and why.
    Ended(End),
    /// The far end says that it does not know the session (481).
    Forgotten,
    /// Something that the far end had to say did not come: an ACK, an answer, a refresh.
    Unheard,
    /// The far end showed that it knows the session.
    Heard,
}

impl SipEvent {
    /// Whether only a far end that knows the session could have made it happen.
    pub(super) fn is_sign_of_life(&self) -> bool {
        matches!(
            self,
            Self::Offer { .. } | Self::OfferWanted | Self::OfferAnswered(_) | Self::Heard
        )
    }
}

/// What a session is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SipAction {
    /// Send the INVITE with this offer.
    Invite(String),
    /// 180.
    Ring,
    /// 183 with this answer, which the 200 will have too.
    Progress(String),
    /// 200 with this answer.
    Accept(String),
    /// A final refusal.
    Reject(Refusal),
    /// CANCEL or BYE, as the state wants it.
    HangUp(HangUp),
    /// Answer the open offer.
    Answer(String),
    /// Make an offer in the session (re-INVITE).
    Offer(String),
    /// Refuse the open offer with 488; the session goes on.
    RefuseOffer,
    /// Refuse the open offer with 491, as another change is under way; the far end tries again.
    PostponeOffer,
    /// A digit in an INFO.
    Info(Digit, u16),
}

/// A refusal: the status and what it means here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Status code.
    pub status: u16,
    /// For people.
    pub text: String,
}

/// Why a leg is told to end, as its far end learns it (RFC 3326).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HangUp {
    /// The other side of the call hung up.
    OtherSide,
    /// Somebody else answered.
    AnsweredElsewhere,
    /// The same person declined in another tab.
    DeclinedElsewhere,
    /// The caller gave up.
    CallerGone,
    /// It rang long enough.
    NoAnswer,
    /// Its person transferred the call.
    Transferred,
    /// Its call and another of its person are one now.
    Merged,
    /// Another leg took its place.
    Replaced,
    /// The call cannot go on.
    Failure,
    /// There is nobody who could take the call, as it was told.
    Nobody,
    /// The call centre stops.
    Stopping,
}

/// What a leg tells its call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// Outgoing: it rings.
    Ringing,
    /// Audio can flow to a caller, or from somebody called, though nobody has answered.
    Early,
    /// Outgoing: somebody took it.
    Answered,
    /// Audio can flow.
    Up,
    /// The far end holds the call, or took it back ([`Leg::holds`](super::Leg::holds) says which).
    HoldChanged,
    /// The far end is gone, for now, or back ([`Leg::is_lost`](super::Leg::is_lost) says which).
    LossChanged,
    /// The far end pressed a key.
    Pressed(Digit, u16),
    /// The prompts that it heard came to their end.
    PromptEnded,
    /// Outgoing: it was refused with this status. The last event.
    Refused(u16),
    /// It ended. The last event.
    Ended(End),
}

/// Why a leg ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The far end hung up, or took its call back.
    HungUp,
    /// The far end signed out in the middle of a call, or its page was closed: nobody meant to hang up.
    Left,
    /// The far end never answered, or does not know a session that was not up yet.
    Gone,
    /// Media were lost for too long, and so was the connection, or the far end's memory.
    Lost,
    /// Offer and answer do not fit.
    Media,
    /// The media server has no room, or no port, for one more.
    NoRoom,
}

impl End {
    /// What a caller is told who cannot be connected for want of media; `None` where that is not why.
    #[must_use]
    pub fn refusal(self) -> Option<Refusal> {
        let (status, text) = match self {
            Self::Media => (488, "No audio codec or transport in common"),
            // RFC 3261 section 21.5.4: nothing is wrong with the offer, and later there may be room.
            Self::NoRoom => (503, "No room for the audio of one more call"),
            Self::HungUp | Self::Left | Self::Gone | Self::Lost => return None,
        };
        Some(Refusal {
            status,
            text: text.into(),
        })
    }
}

impl From<&MediaError> for End {
    fn from(error: &MediaError) -> Self {
        match error {
            MediaError::TooManyLegs(_) | MediaError::NoPort(_) | MediaError::Stopped => {
                Self::NoRoom
            }
            MediaError::UnknownLeg(_)
            | MediaError::Sdp { .. }
            | MediaError::NoCommonCodec(_)
            | MediaError::NoOffer(_)
            | MediaError::OfferPending(_)
            | MediaError::NoRtp(_) => Self::Media,
        }
    }
}

/// What a leg wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// From SIP.
    Sip(SipAction),
    /// From the media server.
    Media(MediaRequest),
    /// To tell its call.
    Event(Event),
}
