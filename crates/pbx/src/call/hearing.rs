//! What each leg of a call hears, and with whom it talks.

use super::stage::{Spoken, Stage};
use super::{Call, Endpoint, Meanwhile, Person, Ready};
use crate::leg::Leg;
use crate::media::{LegId, Source, Tone};

/// What somebody hears, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plays {
    /// People.
    Voice,
    /// Music.
    Music,
    /// What is said to whoever waits or chooses.
    Announcement,
    /// A ringing tone.
    Ringing,
    /// Nothing.
    Nothing,
}

/// How a leg is in its call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Situation {
    /// What it hears.
    pub plays: Plays,
    /// Everybody who talks with it, those included who hold the call.
    pub with: Vec<LegId>,
}

impl Call {
    /// How this leg is in the call; `None` where it is not, or not connected.
    #[must_use]
    pub fn situation(&self, leg: LegId) -> Option<Situation> {
        if !self.is_up(leg) {
            return None;
        }
        let plays = match self.hearing(leg) {
            Source::Silence => Plays::Nothing,
            Source::Music(_) => Plays::Music,
            Source::Tone(_) => Plays::Ringing,
            Source::Prompts(_) => Plays::Announcement,
            // A simulated phone speaks in prompts.
            Source::Leg(_) | Source::Mix(_) | Source::Prompt(..) | Source::Echo => Plays::Voice,
        };
        let with = self.partners(leg);
        Some(Situation { plays, with })
    }

    /// What this leg hears now.
    #[must_use]
    pub fn hearing(&self, leg: LegId) -> Source {
        let stays = leg == self.stays;
        match &self.stage {
            Stage::Talking { other } if stays => self.voice(*other),
            Stage::Talking { other } if leg == *other => self.voice(self.stays),
            Stage::Meeting if !self.is_replacement(leg) => self.voices(leg),
            Stage::Ivr { says, .. } if stays => {
                says.as_ref().map_or(Source::Silence, Spoken::source)
            }
            Stage::Queue { says: None, .. } if stays => self.music(),
            Stage::Queue {
                says: Some(spoken), ..
            }
            | Stage::Apology(spoken)
                if stays =>
            {
                spoken.source()
            }
            Stage::Hunt {
                meanwhile: Meanwhile::Music,
                ..
            } if stays => self.music(),
            Stage::Hunt { .. } if stays && self.is_audible(leg) => match self.heard_early() {
                Some(early) => Source::Leg(early),
                None => Source::Tone(Tone::Ringback),
            },
            Stage::Joining { other } if stays && self.is_audible(*other) => Source::Leg(*other),
            _ => Source::Silence,
        }
    }

    /// What is heard of a leg that is talked with.
    fn voice(&self, of: LegId) -> Source {
        let Some(party) = self.parties.get(&of) else {
            return Source::Silence;
        };
        match &party.endpoint {
            Endpoint::Sip(_) if self.is_away(of) => self.music(),
            Endpoint::Sip(_) => Source::Leg(of),
            Endpoint::Phone(phone) => phone.voice(),
        }
    }

    /// Whether somebody is not to be heard who is waited for: he holds, or is an agent whose phone is lost. Who
    /// waits for that one is not to think that the call is.
    fn is_away(&self, leg: LegId) -> bool {
        let lost = |leg: &Leg| leg.is_lost();
        self.holds(leg)
            || self.parties.get(&leg).is_some_and(|party| {
                let agent = matches!(party.person, Some(Person::Agent(_)));
                agent && matches!(&party.endpoint, Endpoint::Sip(leg) if lost(leg))
            })
    }

    /// What one of a meeting hears: the others who are not away, and music only where they all are. Who
    /// holds hears nothing.
    fn voices(&self, listener: LegId) -> Source {
        if self.holds(listener) {
            return Source::Silence;
        }
        let partners = self.partners(listener);
        let speak = partners.iter().filter(|leg| !self.is_away(**leg));
        let mut voices: Vec<_> = speak.map(|leg| self.speech(*leg)).collect();
        voices.retain(|voice| *voice != Source::Silence);
        match (voices.pop(), voices.is_empty()) {
            (None, _) if partners.iter().any(|leg| self.is_away(*leg)) => self.music(),
            (None, _) => Source::Silence,
            (Some(one), true) => one,
            (Some(last), false) => {
                voices.push(last);
                Source::Mix(voices)
            }
        }
    }

    fn speech(&self, of: LegId) -> Source {
        match self.parties.get(&of).map(|party| &party.endpoint) {
            Some(Endpoint::Phone(phone)) => phone.voice(),
            Some(Endpoint::Sip(_)) => Source::Leg(of),
            None => Source::Silence,
        }
    }

    fn music(&self) -> Source {
        Source::Music(self.music.clone())
    }

    fn holds(&self, leg: LegId) -> bool {
        let party = self.parties.get(&leg);
        matches!(party.map(|party| &party.endpoint), Some(Endpoint::Sip(leg)) if leg.holds())
    }

    /// Whether whoever this leg talks with holds it.
    pub(super) fn is_held(&self, leg: LegId) -> bool {
        self.opposite(leg).is_some_and(|far| self.holds(far))
    }

    /// Whom this leg talks with, where it is one.
    #[must_use]
    pub fn opposite(&self, leg: LegId) -> Option<LegId> {
        match self.stage {
            Stage::Talking { other } if leg == self.stays => Some(other),
            Stage::Talking { other } if leg == other => Some(self.stays),
            _ => None,
        }
    }

    /// Whether more than two talk.
    #[must_use]
    pub fn is_meeting(&self) -> bool {
        matches!(self.stage, Stage::Meeting)
    }

    /// All its legs.
    pub fn legs(&self) -> impl Iterator<Item = LegId> {
        self.parties.keys().copied()
    }

    /// All whom this leg talks with.
    #[must_use]
    pub fn partners(&self, leg: LegId) -> Vec<LegId> {
        if self.is_meeting() && self.parties.contains_key(&leg) {
            let legs = self.parties.keys().copied();
            let legs = legs.filter(|other| *other != leg && !self.is_replacement(*other));
            return legs.collect();
        }
        self.opposite(leg).into_iter().collect()
    }

    /// Who rings and can be heard already.
    pub(super) fn heard_early(&self) -> Option<LegId> {
        let mut legs = self.others();
        legs.find(|leg| self.is_audible(*leg))
    }

    /// Whether audio flows on it.
    fn is_audible(&self, leg: LegId) -> bool {
        let party = self.parties.get(&leg);
        party.is_some_and(|party| party.ready != Ready::No)
    }
}
