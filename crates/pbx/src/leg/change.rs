//! Changes of the media of a leg that is up: offers and answers, one at a time.

use alo_sip::time::Instant;

use super::{Event, Leg, Output, SipAction, SipEvent, State};
use crate::media_io::{MediaDone, MediaRequest};

/// A change of the media under way in a leg that is up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    None,
    /// The media server answers the far end's offer.
    Answering {
        /// Whether the offer holds.
        holds: bool,
        /// What the answer tells of the other side's hold.
        told: bool,
    },
    /// The media server makes an offer.
    Offering(Why),
    /// That offer is out.
    Offered(Why),
    /// The media server takes the answer to it.
    Applying(Why),
}

/// Why an offer is made in a leg that is up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// The far end asked for one (a re-INVITE without an offer).
    Asked,
    /// The other side of the call holds, or does no more.
    Hold(bool),
}

impl Leg {
    /// Offers and answers of the far end in a leg that is up.
    pub(super) fn offered(&mut self, now: Instant, change: Change, event: SipEvent) -> Vec<Output> {
        let (change, why, output) = match (change, event) {
            (Change::None, SipEvent::Offer { sdp, holds }) => {
                let told = self.other_side.is_holding();
                let change = Change::Answering { holds, told };
                (change, "offer of the far end", self.accept_offer(sdp))
            }
            (Change::None, SipEvent::OfferWanted) => (
                Change::Offering(Why::Asked),
                "the far end wants an offer",
                self.create_offer(),
            ),
            (Change::Offered(why), SipEvent::OfferAnswered(sdp)) => {
                let leg = self.id;
                let set = Output::Media(MediaRequest::SetAnswer { leg, sdp });
                (Change::Applying(why), "answer of the far end", set)
            }
            (Change::Offered(why), SipEvent::OfferRefused { retry_after }) => {
                return self.offer_refused(now, why, retry_after);
            }
            // The far end took its offer back (RFC 3261 section 9): what it offered is not so.
            (Change::Answering { .. }, SipEvent::OfferRefused { .. }) => {
                let change = Change::Answering {
                    holds: self.holds,
                    told: self.other_side.is_told(),
                };
                self.set_state(State::Up { change }, "offer taken back");
                return Vec::new();
            }
            (_, SipEvent::OfferAnswered(_) | SipEvent::OfferRefused { .. }) => return Vec::new(),
            // RFC 3261 section 14.2: one change at a time; the far end tries again.
            _ => return vec![Output::Sip(SipAction::PostponeOffer)],
        };
        self.set_state(State::Up { change }, why);
        vec![output]
    }

    /// A result of the media server in a leg that is up.
    pub(super) fn changed(&mut self, change: Change, done: MediaDone) -> Vec<Output> {
        let (next, mut outputs) = match (change, done) {
            (
                Change::Answering { holds, told },
                MediaDone::Answer {
                    result: Ok(sdp), ..
                },
            ) => {
                let mut outputs = vec![Output::Sip(SipAction::Answer(sdp))];
                self.other_side.was_told(told);
                if self.holds != holds {
                    self.holds = holds;
                    outputs.push(Output::Event(Event::HoldChanged));
                }
                (Change::None, outputs)
            }
            (
                Change::Offering(why),
                MediaDone::Offer {
                    result: Ok(sdp), ..
                },
            ) => {
                let action = match why {
                    Why::Asked => SipAction::Answer(sdp),
                    Why::Hold(_) => SipAction::Offer(sdp),
                };
                (Change::Offered(why), vec![Output::Sip(action)])
            }
            (
                Change::Offering(Why::Hold(holds)),
                MediaDone::Offer {
                    result: Err(error), ..
                },
            ) => {
                tracing::warn!(leg = self.id.0, %error, "no offer for a hold");
                self.other_side.was_told(holds);
                (Change::None, Vec::new())
            }
            (
                Change::Answering { .. } | Change::Offering(Why::Asked),
                MediaDone::Answer {
                    result: Err(error), ..
                }
                | MediaDone::Offer {
                    result: Err(error), ..
                },
            ) => {
                tracing::warn!(leg = self.id.0, %error, "offer not taken");
                (Change::None, vec![Output::Sip(SipAction::RefuseOffer)])
            }
            (Change::Applying(why), MediaDone::AnswerSet { .. }) => {
                if let Why::Hold(holds) = why {
                    self.other_side.was_told(holds);
                }
                (Change::None, Vec::new())
            }
            (change, _) => (change, Vec::new()),
        };
        self.set_state(State::Up { change: next }, "media changed");
        outputs.extend(self.tell_hold());
        outputs
    }
}
