//! How legs end, and calls with them.

use std::time::Duration;

use alo_sip::time::Instant;

use super::stage::Stage;
use super::{Call, Outcome, Output, Person};
use crate::hunt;
use crate::leg::{End, HangUp};
use crate::media::LegId;

/// Whoever hangs up so soon after a transfer had not been told of it: he hung up on the colleague whom he talked
/// with until then, and not on the customer.
const UNAWARE: Duration = Duration::from_millis(500);

impl Call {
    /// A leg ended by itself.
    pub(super) fn ended(&mut self, now: Instant, ended: Ended, outputs: &mut Vec<Output>) {
        let Ended { leg, end, person } = ended;
        if matches!(self.stage, Stage::Meeting) {
            return self.left_meeting(now, person, outputs);
        }
        let stays = leg == self.stays;
        // A caller who was refused here has not given up.
        let no_media = end.refusal().filter(|_| stays).map(Outcome::NoMedia);
        if let Some(other) = self.stage.other() {
            let rest = if stays { other } else { self.stays };
            let unaware = self.is_unaware(now, leg);
            if let Some(person) = person
                && self.is_stranded((&person, stays), rest, (end, unaware))
            {
                tracing::warn!("a phone is lost, and a customer is left");
                self.stays = rest;
                self.set_stage(Stage::Open, "the other side is lost");
                outputs.push(Output::Stranded(person));
                return;
            }
            let why = if matches!(end, End::HungUp | End::Left) {
                HangUp::OtherSide
            } else {
                HangUp::Failure
            };
            self.drop_leg(now, rest, why, outputs);
            let outcome = if stays {
                Outcome::EndedByCaller(end)
            } else {
                Outcome::EndedByOther(end)
            };
            return self.over(now, no_media.unwrap_or(outcome), outputs);
        }
        match self.stage {
            Stage::Over => {}
            _ if !stays => self.hunt(now, hunt::Input::Refused(leg, 480), outputs),
            Stage::Apology(_) => self.over(now, no_media.unwrap_or(Outcome::Apologised), outputs),
            _ => {
                self.hunt(now, hunt::Input::Cancel, outputs);
                self.over(now, no_media.unwrap_or(Outcome::Abandoned(end)), outputs);
            }
        }
    }

    /// Whether somebody is left who is to be taken care of, where this one's leg ended so: a customer who is
    /// connected, and whom nobody hung up on.
    fn is_stranded(
        &self,
        (person, stays): (&Person, bool),
        rest: LegId,
        (end, unaware): (End, bool),
    ) -> bool {
        let failed = match person {
            Person::Agent(_) => end != End::HungUp || unaware,
            // A number that stays is the customer.
            Person::Number(_) => !matches!(end, End::HungUp | End::Left) && !stays,
        };
        let colleague = matches!(self.person(rest), Some(Person::Agent(_)));
        failed && !colleague && self.has_answered(rest)
    }

    /// Whether who is at this leg may not know yet with whom he is.
    fn is_unaware(&self, now: Instant, leg: LegId) -> bool {
        let brought = self.brought.filter(|(who, _)| *who == leg);
        brought.is_some_and(|(_, at)| now - at < UNAWARE)
    }

    /// Somebody is no more in a meeting: of two who are left it is none any more.
    pub(super) fn left_meeting(
        &mut self,
        now: Instant,
        person: Option<Person>,
        outputs: &mut Vec<Output>,
    ) {
        if !self.parties.contains_key(&self.stays) {
            // The customer, where he is one of them.
            let mut legs = self.parties.keys().copied();
            let customer = legs.find(|leg| !matches!(self.person(*leg), Some(Person::Agent(_))));
            if let Some(first) = customer.or_else(|| self.parties.keys().next().copied()) {
                self.stays = first;
            }
        }
        let others: Vec<_> = self
            .others()
            .filter(|leg| !self.is_replacement(*leg))
            .collect();
        if let [other] = others[..] {
            self.set_stage(Stage::Talking { other }, "two are left");
        }
        outputs.push(Output::Parted(person));
        self.hear(now, outputs);
    }

    /// Everybody but whoever stays leaves: he goes elsewhere.
    pub(super) fn leave_others(&mut self, now: Instant, outputs: &mut Vec<Output>) {
        let why = match self.stage {
            Stage::Talking { .. } | Stage::Joining { .. } | Stage::Meeting => HangUp::OtherSide,
            _ => HangUp::CallerGone,
        };
        for leg in self.others().collect::<Vec<_>>() {
            self.drop_leg(now, leg, why, outputs);
        }
    }

    /// All legs but the one that stays.
    pub(super) fn others(&self) -> impl Iterator<Item = LegId> {
        let stays = self.stays;
        self.parties
            .keys()
            .copied()
            .filter(move |leg| *leg != stays)
    }

    pub(super) fn over(&mut self, now: Instant, outcome: Outcome, outputs: &mut Vec<Output>) {
        for leg in self.parties.keys().copied().collect::<Vec<_>>() {
            self.drop_leg(now, leg, HangUp::OtherSide, outputs);
        }
        self.set_stage(Stage::Over, "over");
        outputs.push(Output::Over(outcome));
    }
}

/// A leg that ended by itself.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) leg: LegId,
    pub(super) end: End,
    /// Who was at it.
    pub(super) person: Option<Person>,
}
