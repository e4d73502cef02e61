//! What is asked of the media server, as plain data, and its results.

use crate::media::{Allow, Digits, LegId, LegKind, MediaError, Source, Turn};

/// Something for the media server to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MediaRequest {
    /// Make an offer; [`MediaDone::Offer`] follows.
    CreateOffer {
        /// The leg.
        leg: LegId,
        /// What it is where this opens it.
        kind: LegKind,
        /// Which ways audio may flow.
        allow: Allow,
    },
    /// Answer an offer; [`MediaDone::Answer`] follows.
    AcceptOffer {
        /// The leg.
        leg: LegId,
        /// What it is where this opens it.
        kind: LegKind,
        /// The offer.
        sdp: String,
        /// Which ways audio may flow.
        allow: Allow,
    },
    /// Take the answer to the last offer; [`MediaDone::AnswerSet`] follows.
    SetAnswer {
        /// The leg.
        leg: LegId,
        /// The answer.
        sdp: String,
    },
    /// Take the last offer back: it was refused.
    CancelOffer {
        /// The leg.
        leg: LegId,
    },
    /// What the leg hears from now on.
    Hear {
        /// The leg.
        leg: LegId,
        /// What it hears.
        source: Source,
        /// Which of what it was told to hear this is; comes back with its end.
        turn: Turn,
    },
    /// Send digits as RFC 4733 events.
    SendDigits {
        /// The leg.
        leg: LegId,
        /// The digits.
        digits: Digits,
        /// How long each is held.
        duration_ms: u16,
    },
    /// Close the leg.
    Close {
        /// The leg.
        leg: LegId,
    },
}

/// The result of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MediaDone {
    /// An offer was made.
    Offer {
        /// The leg.
        leg: LegId,
        /// The SDP.
        result: Result<String, MediaError>,
    },
    /// An offer was answered.
    Answer {
        /// The leg.
        leg: LegId,
        /// The SDP.
        result: Result<String, MediaError>,
    },
    /// An answer was taken.
    AnswerSet {
        /// The leg.
        leg: LegId,
        /// Whether it was.
        result: Result<(), MediaError>,
    },
}

impl MediaDone {
    /// The leg that it is about.
    #[must_use]
    pub fn leg(&self) -> LegId {
        match self {
            Self::Offer { leg, .. } | Self::Answer { leg, .. } | Self::AnswerSet { leg, .. } => {
                *leg
            }
        }
    }
}
