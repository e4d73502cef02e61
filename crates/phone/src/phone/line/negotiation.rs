//! Offers and answers of one call: what the media engine owes, and the one change that is open.

use std::collections::VecDeque;

use super::far::FarMedia;
use crate::language::Millis;

/// What one re-INVITE of ours is to change or renew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Delta {
    /// The value of hold that its answer confirms.
    pub(crate) hold: bool,
    /// With an ICE restart.
    pub(crate) restart: bool,
}

/// The exchange of offer and answer that is open in the dialog: at most one (RFC 3264, section 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exchange {
    /// None.
    Idle,
    /// The media engine makes our offer; the far end knows nothing yet.
    Making(Delta),
    /// Our offer is at the far end.
    Sent {
        delta: Delta,
        /// The WebSocket went away meanwhile, so no answer says nothing about the far end.
        disturbed: bool,
        /// When an answer is late; `None`: it is, and that was told.
        late_at: Option<Millis>,
    },
    /// The far end asked for an offer and has it in our 200.
    Given {
        /// The 200 to the INVITE that began the call.
        first: bool,
    },
    /// The media engine applies the far end's answer.
    Applying,
    /// Refused for now; the next attempt is made then.
    BackingOff { until: Millis },
}

/// What the media engine is to answer, with what is done then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Owed {
    /// The offer of our INVITE, or of our 200 to an INVITE without one.
    FirstOffer,
    /// The answer for our 200.
    FirstAnswer,
    /// The offer of a re-INVITE.
    Offer,
    /// The answer to a re-INVITE of the far end.
    Answer(FarMedia),
    /// The offer that the far end's re-INVITE without SDP asks for.
    OfferOnDemand,
    /// That a provisional answer is in force.
    Early,
    /// That the final answer to the first offer is in force.
    First,
    /// That the answer to a re-INVITE is in force.
    Change,
}

impl Owed {
    fn is_description(&self) -> bool {
        !matches!(self, Owed::Early | Owed::First | Owed::Change)
    }
}

#[derive(Debug)]
struct Debt {
    owed: Owed,
    /// Nobody wants it any more, but it still comes.
    stale: bool,
    due: Millis,
}

/// Offers and answers of one call.
#[derive(Debug)]
pub(crate) struct Negotiation {
    debts: VecDeque<Debt>,
    pub(crate) exchange: Exchange,
    /// Refusals in a row, for the back-off.
    pub(crate) refusals: u32,
}

impl Negotiation {
    pub(crate) fn new() -> Self {
        Self {
            debts: VecDeque::new(),
            exchange: Exchange::Idle,
            refusals: 0,
        }
    }

    /// The media engine was asked for something.
    pub(crate) fn asked(&mut self, owed: Owed, due: Millis) {
        self.debts.push_back(Debt {
            owed,
            stale: false,
            due,
        });
    }

    /// A description came; what it is for, or `None` where nobody wants it any more.
    pub(crate) fn description(&mut self) -> Option<Owed> {
        self.paid(Owed::is_description)
    }

    /// An answer is in force.
    pub(crate) fn applied(&mut self) -> Option<Owed> {
        self.paid(|owed| !owed.is_description())
    }

    /// The oldest request failed.
    pub(crate) fn failed(&mut self) -> Option<Owed> {
        self.paid(|_| true)
    }

    /// Requests of one call are answered in order, so only the oldest can be meant.
    fn paid(&mut self, fits: impl Fn(&Owed) -> bool) -> Option<Owed> {
        if !fits(&self.debts.front()?.owed) {
            return None;
        }
        let debt = self.debts.pop_front()?;
        (!debt.stale).then_some(debt.owed)
    }

    /// Whether the media engine owes nothing.
    pub(crate) fn is_settled(&self) -> bool {
        self.debts.is_empty()
    }

    /// Our offer in the making is given up; its description still comes.
    pub(crate) fn abandon_offer(&mut self) {
        for debt in &mut self.debts {
            debt.stale |= debt.owed == Owed::Offer;
        }
        self.exchange = Exchange::Idle;
    }

    /// Nothing of what is still owed is wanted: the peer connection was closed.
    pub(crate) fn forget(&mut self) {
        self.debts.clear();
        self.exchange = Exchange::Idle;
    }

    /// When the media engine is late.
    pub(crate) fn due(&self) -> Option<Millis> {
        self.debts.front().map(|debt| debt.due)
    }

    /// When the far end's answer is late.
    pub(crate) fn answer_due(&self) -> Option<Millis> {
        match self.exchange {
            Exchange::Sent { late_at, .. } => late_at,
            _ => None,
        }
    }

    /// The far end's answer is late: said once.
    pub(crate) fn answer_is_late(&mut self, now: Millis) -> bool {
        match &mut self.exchange {
            Exchange::Sent { late_at, .. } if late_at.is_some_and(|at| now >= at) => {
                *late_at = None;
                true
            }
            _ => false,
        }
    }

    /// The value of hold that the open exchange would confirm.
    pub(crate) fn hold_in_flight(&self) -> Option<bool> {
        match self.exchange {
            Exchange::Making(delta) | Exchange::Sent { delta, .. } => Some(delta.hold),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_abandoned_offer_still_comes_and_is_dropped() {
        let mut negotiation = Negotiation::new();
        negotiation.asked(Owed::Offer, 1);
        negotiation.abandon_offer();
        negotiation.asked(Owed::Answer(FarMedia::default()), 2);
        assert_eq!(negotiation.applied(), None);
        assert_eq!(negotiation.description(), None);
        assert_eq!(
            negotiation.description(),
            Some(Owed::Answer(FarMedia::default()))
        );
        assert!(negotiation.is_settled());
    }
}
