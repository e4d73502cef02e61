//! People who leave a call, and who come to it from another.

use std::collections::BTreeMap;
use std::time::Duration;

use alo_sip::time::Instant;

use super::stage::Stage;
use super::{Call, Caller, Endpoint, Meanwhile, Outcome, Output, Party, Person};
use crate::hunt::Hunt;
use crate::leg::{self, HangUp, Refusal};
use crate::media::LegId;

/// What one call gives another: whom somebody talked with, or the phones that ring for him.
#[derive(Debug)]
pub struct Given {
    parties: BTreeMap<LegId, Party>,
    how: How,
}

#[derive(Debug)]
enum How {
    /// It has answered.
    Talks(LegId),
    /// Nobody has answered yet.
    Rings(Box<Hunt>),
}

impl Given {
    /// The legs that go from one call to the other.
    pub fn legs(&self) -> impl Iterator<Item = LegId> {
        self.parties.keys().copied()
    }

    /// Who it is.
    #[must_use]
    pub fn person(&self) -> Option<&Person> {
        match self.how {
            How::Talks(leg) => self.parties.get(&leg)?.person.as_ref(),
            How::Rings(_) => self.parties.values().next()?.person.as_ref(),
        }
    }
}

impl Call {
    /// One of two who talk leaves for good; the other stays, and hears nothing new until it is told what
    /// comes [next](Self::enter).
    pub fn release(&mut self, now: Instant, leaver: LegId, why: HangUp) -> Vec<Output> {
        let mut outputs = Vec::new();
        if let Some(rest) = self.opposite(leaver) {
            self.stays = rest;
            self.set_stage(Stage::Open, "released");
            self.drop_leg(now, leaver, why, &mut outputs);
            // He was about to go on at another phone.
            if let Some(new) = self.replacement_of(leaver) {
                self.drop_leg(now, new, why, &mut outputs);
            }
        }
        outputs
    }

    /// Whether [`Self::give`] can: somebody has been called here, or calls, and `leaver` is one side.
    #[must_use]
    pub fn can_give(&self, leaver: LegId) -> bool {
        match &self.stage {
            Stage::Talking { other } | Stage::Joining { other } => {
                leaver == self.stays || leaver == *other
            }
            Stage::Hunt { hunt, .. } => leaver == self.stays && !hunt.is_over(),
            _ => false,
        }
    }

    /// One side leaves, the other goes into another call, and this one is over. Nothing where it
    /// cannot be ([`Self::can_give`]).
    pub fn give(
        &mut self,
        now: Instant,
        leaver: LegId,
        why: HangUp,
    ) -> Option<(Given, Vec<Output>)> {
        if !self.can_give(leaver) {
            return None;
        }
        let how = match std::mem::replace(&mut self.stage, Stage::Open) {
            Stage::Talking { other } | Stage::Joining { other } => {
                How::Talks(if leaver == other { self.stays } else { other })
            }
            Stage::Hunt { hunt, .. } => How::Rings(Box::new(hunt)),
            stage => {
                self.stage = stage;
                return None;
            }
        };
        let mut parties = std::mem::take(&mut self.parties);
        let own = parties.remove(&leaver).map(|party| (leaver, party));
        let replacements = parties.extract_if(.., |_, party| party.replaces.is_some());
        self.parties = replacements.chain(own).collect();
        let mut outputs = Vec::new();
        if self.has_answered(leaver) {
            self.drop_leg(now, leaver, why, &mut outputs);
        } else {
            // RFC 5589 section 7.6: a call that was never answered is taken back.
            let refusal = Refusal {
                status: 487,
                text: "The call goes to somebody else".into(),
            };
            self.drive(now, leaver, leg::Input::Reject(refusal), &mut outputs);
            self.leave(leaver, &mut outputs);
        }
        self.over(now, Outcome::Joined, &mut outputs);
        Some((Given { parties, how }, outputs))
    }

    /// Whether somebody is rung in it for whoever calls.
    #[must_use]
    pub fn is_calling(&self) -> bool {
        matches!(self.stage, Stage::Hunt { .. })
    }

    /// Somebody comes from another call to whoever stays here, and was [left](Self::release). Phones that
    /// still ring do so for `ring` more, while he hears music.
    pub fn take(&mut self, now: Instant, given: Given, ring: Duration) -> Vec<Output> {
        let mut outputs = Vec::new();
        self.parties.extend(given.parties);
        match given.how {
            How::Talks(other) => {
                self.brought = Some((other, now));
                outputs.push(Output::Answered(other));
                if self.is_up(other) && self.is_up(self.stays) {
                    self.set_stage(Stage::Talking { other }, "came from another call");
                    outputs.push(Output::Talking);
                } else {
                    self.set_stage(Stage::Joining { other }, "came from another call");
                }
            }
            How::Rings(hunt) => {
                let hunt = hunt.carried_over(now + ring);
                let meanwhile = Meanwhile::Music;
                self.set_stage(Stage::Hunt { hunt, meanwhile }, "rings for another call");
            }
        }
        self.hear(now, &mut outputs);
        outputs
    }

    /// Somebody comes from another call to all who talk here.
    pub fn admit(&mut self, now: Instant, given: Given) -> Vec<Output> {
        let mut outputs = Vec::new();
        self.parties.extend(given.parties);
        self.set_stage(Stage::Meeting, "one more");
        self.hear(now, &mut outputs);
        outputs
    }

    /// Somebody who talks goes on at another phone, that has called for it: the place is its own once it
    /// is up (RFC 3891).
    pub fn replace(&mut self, now: Instant, old: LegId, new: Caller) -> Vec<Output> {
        let mut outputs = Vec::new();
        if self.partners(old).is_empty() {
            return outputs;
        }
        let mut party = Party::new(new.person, Endpoint::Sip(new.leg));
        party.replaces = Some(old);
        self.parties.insert(new.id, party);
        self.drive(now, new.id, leg::Input::Answer, &mut outputs);
        outputs
    }

    pub(super) fn is_replacement(&self, leg: LegId) -> bool {
        let party = self.parties.get(&leg);
        party.is_some_and(|party| party.replaces.is_some())
    }

    /// The leg that is to take the place of this one.
    #[must_use]
    pub fn replacement_of(&self, leg: LegId) -> Option<LegId> {
        let mut parties = self.parties.iter();
        let found = parties.find(|(_, party)| party.replaces == Some(leg));
        found.map(|(new, _)| *new)
    }

    /// A leg is up that takes the place of another.
    pub(super) fn replaced(
        &mut self,
        now: Instant,
        (old, new): (LegId, LegId),
        outputs: &mut Vec<Output>,
    ) {
        let is_there = self.parties.contains_key(&old);
        if !is_there || !self.has_place_of(old, new) {
            return self.drop_leg(now, new, HangUp::OtherSide, outputs);
        }
        outputs.push(Output::Replaced { old, new });
        self.drop_leg(now, old, HangUp::Replaced, outputs);
        self.hear(now, outputs);
    }

    /// A leg ended by itself: whoever is about to take its place has it at once, though he is not up yet. Says
    /// whether there is one.
    pub(super) fn succeeded(
        &mut self,
        now: Instant,
        old: LegId,
        outputs: &mut Vec<Output>,
    ) -> bool {
        let Some(new) = self.replacement_of(old) else {
            return false;
        };
        if let Some(party) = self.parties.get_mut(&new) {
            party.replaces = None;
        }
        if !self.has_place_of(old, new) {
            return false;
        }
        tracing::info!(old = old.0, new = new.0, "left for another phone");
        outputs.push(Output::Replaced { old, new });
        self.hear(now, outputs);
        true
    }

    /// One leg has the place of another from now on, where that had one.
    fn has_place_of(&mut self, old: LegId, new: LegId) -> bool {
        if self.stays == old {
            self.stays = new;
            return true;
        }
        if let Stage::Talking { other } = &mut self.stage
            && *other == old
        {
            *other = new;
            return true;
        }
        self.is_meeting()
    }
}
