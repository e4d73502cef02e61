//! Offers and answers of one call: what the media engine owes, and the one change that is open.

use std::collections::VecDeque;

use super::far::FarMedia;
use crate::io::Ask;
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
    BackingOff {
        until: Millis,
        /// Both ends wait for a time of their own (RFC 3261, section 14.1), or the far end does not
        /// even answer offers: not even a new network path is asked for earlier.
        firm: bool,
    },
}

/// What the media engine is to answer, with what is done then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owed {
    /// The offer of our INVITE, or of our 200 to an INVITE without one.
    FirstOffer,
    /// The answer for our 200.
    FirstAnswer,
    /// The description for the 200 to an INVITE that takes the place of this call's dialog.
    Successor,
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

#[derive(Debug)]
struct Debt {
    ask: Ask,
    owed: Owed,
    /// Nobody wants it any more, but it still comes.
    stale: bool,
    /// `None` while a person is being asked.
    due: Option<Millis>,
}

/// Offers and answers of one call.
#[derive(Debug)]
pub(crate) struct Negotiation {
    debts: VecDeque<Debt>,
    asks: u64,
    /// The browser asks the person something: no deadline runs meanwhile.
    awaits_person: bool,
    /// The far end took back an offer whose answer is in force here: it takes another exchange for
    /// the two ends to think the same of the media.
    pub(crate) out_of_step: bool,
    pub(crate) exchange: Exchange,
    /// Refusals in a row, for the back-off.
    pub(crate) refusals: u32,
}

impl Negotiation {
    pub(crate) fn new() -> Self {
        Self {
            debts: VecDeque::new(),
            asks: 0,
            awaits_person: false,
            out_of_step: false,
            exchange: Exchange::Idle,
            refusals: 0,
        }
    }

    /// The media engine is asked for something; the name of that request.
    pub(crate) fn asked(&mut self, owed: Owed, due: Millis) -> Ask {
        self.asks += 1;
        let ask = Ask(self.asks);
        self.debts.push_back(Debt {
            ask,
            owed,
            stale: false,
            due: (!self.awaits_person).then_some(due),
        });
        ask
    }

    /// A request was carried out, or failed. What it was for; `None` where nobody wants it any more.
    pub(crate) fn paid(&mut self, ask: Ask) -> Option<Owed> {
        self.take(|debt| debt.ask == ask)
            .filter(|debt| !debt.stale)
            .map(|debt| debt.owed)
    }

    /// A request that was not answered in time, and that somebody still waits for. Its answer means
    /// nothing any more.
    pub(crate) fn late(&mut self, now: Millis) -> Option<Owed> {
        loop {
            let debt = self.take(|debt| debt.due.is_some_and(|due| now >= due))?;
            if !debt.stale {
                return Some(debt.owed);
            }
        }
    }

    fn take(&mut self, fits: impl Fn(&Debt) -> bool) -> Option<Debt> {
        let at = self.debts.iter().position(fits)?;
        self.debts.remove(at)
    }

    /// The browser asks the person: the media engine is not late for as long as that takes.
    pub(crate) fn await_person(&mut self) {
        self.awaits_person = true;
        for debt in &mut self.debts {
            debt.due = None;
        }
    }

    /// The person has answered: the deadlines run anew.
    pub(crate) fn person_answered(&mut self, due: Millis) {
        if std::mem::take(&mut self.awaits_person) {
            for debt in &mut self.debts {
                debt.due = Some(due);
            }
        }
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

    /// The far end took its offer back, or its wish for one of ours; whether that is in the making.
    pub(crate) fn withdrawn(&mut self) -> bool {
        let mut any = false;
        for debt in &mut self.debts {
            let answer = matches!(debt.owed, Owed::Answer(_));
            if answer || debt.owed == Owed::OfferOnDemand {
                debt.stale = true;
                self.out_of_step |= answer;
                any = true;
            }
        }
        any
    }

    /// Nothing of what is still owed is wanted: the peer connection was closed.
    pub(crate) fn forget(&mut self) {
        self.debts.clear();
        self.awaits_person = false;
        self.out_of_step = false;
        self.exchange = Exchange::Idle;
    }

    /// When the media engine is late.
    pub(crate) fn due(&self) -> Option<Millis> {
        self.debts.iter().filter_map(|debt| debt.due).min()
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
        let offer = negotiation.asked(Owed::Offer, 1);
        negotiation.abandon_offer();
        let answer = negotiation.asked(Owed::Answer(FarMedia::default()), 2);
        assert_eq!(negotiation.paid(offer), None);
        assert_eq!(
            negotiation.paid(answer),
            Some(Owed::Answer(FarMedia::default()))
        );
        assert!(negotiation.is_settled());
    }

    #[test]
    fn an_answer_is_never_taken_for_another_ones() {
        let mut negotiation = Negotiation::new();
        let first = negotiation.asked(Owed::FirstOffer, 1);
        negotiation.forget();
        let second = negotiation.asked(Owed::FirstOffer, 2);
        assert_eq!(negotiation.paid(first), None);
        assert_eq!(negotiation.paid(second), Some(Owed::FirstOffer));
        assert_eq!(negotiation.paid(second), None, "only once");
    }

    #[test]
    fn what_is_late_is_told_once_and_its_answer_means_nothing() {
        let mut negotiation = Negotiation::new();
        let offer = negotiation.asked(Owed::Offer, 10);
        assert_eq!(negotiation.late(9), None);
        assert_eq!(negotiation.late(10), Some(Owed::Offer));
        assert_eq!(negotiation.late(10), None);
        assert_eq!(negotiation.paid(offer), None);
    }

    #[test]
    fn nothing_is_late_while_a_person_is_asked() {
        let mut negotiation = Negotiation::new();
        negotiation.asked(Owed::FirstOffer, 10);
        negotiation.await_person();
        negotiation.asked(Owed::Early, 20);
        assert_eq!(negotiation.due(), None);
        assert_eq!(negotiation.late(1_000_000), None);
        negotiation.person_answered(1_000_010);
        assert_eq!(negotiation.due(), Some(1_000_010));
    }
}
