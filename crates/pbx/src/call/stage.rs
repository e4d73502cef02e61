//! The stages of a call, and what each leg hears in them.

use std::time::Duration;

use alo_sip::time::Instant;

use super::{Call, Endpoint, Person, Ready};
use crate::hunt::{Hunt, Verdict};
use crate::ivr::Walk;
use crate::leg::{Leg, Refusal};
use crate::media::{LegId, PromptId, Source, Tone};

/// Prompts are taken as spoken after so long, whatever the media server says: a caller whose media
/// does not come up must not stand in a stage for ever.
const SPOKEN_AT_MOST: Duration = Duration::from_secs(120);

/// Where a call stands.
#[derive(Debug)]
pub(super) enum Stage {
    /// What comes next is being decided.
    Open,
    /// The caller walks through IVR trees.
    Ivr {
        walk: Walk,
        /// What is said; silence when that is over, and a key is waited for.
        says: Option<Vec<PromptId>>,
    },
    /// The caller waits, and hears music.
    Queue {
        /// Who is offered the call.
        offers: Hunt,
        /// What is said over the music, which then begins anew.
        says: Option<Spoken>,
    },
    /// Somebody is rung.
    Hunt(Hunt),
    /// Somebody answered; the media is being joined.
    Joining { other: LegId },
    /// Two talk.
    Talking { other: LegId },
    /// The caller hears that nothing comes of it.
    Apology(Spoken),
    /// Over.
    Over,
}

impl Stage {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Ivr { .. } => "ivr",
            Self::Queue { .. } => "queue",
            Self::Hunt(_) => "hunt",
            Self::Joining { .. } => "joining",
            Self::Talking { .. } => "talking",
            Self::Apology(_) => "apology",
            Self::Over => "over",
        }
    }

    /// Whoever rings in it.
    pub(super) fn hunt(&mut self) -> Option<&mut Hunt> {
        match self {
            Self::Hunt(hunt) | Self::Queue { offers: hunt, .. } => Some(hunt),
            _ => None,
        }
    }

    /// Whom the caller is joined with.
    pub(super) fn other(&self) -> Option<LegId> {
        match self {
            Self::Joining { other } | Self::Talking { other } => Some(*other),
            _ => None,
        }
    }

    /// What is being said in it.
    pub(super) fn spoken(&self) -> Option<&Spoken> {
        match self {
            Self::Apology(spoken) => Some(spoken),
            Self::Queue { says, .. } => says.as_ref(),
            _ => None,
        }
    }

    /// When it wants to be woken.
    pub(super) fn next_timeout(&self) -> Option<Instant> {
        let own = match self {
            Self::Hunt(hunt) | Self::Queue { offers: hunt, .. } => hunt.next_timeout(),
            Self::Ivr { walk, .. } => walk.next_timeout(),
            _ => None,
        };
        let spoken = self.spoken().map(|spoken| spoken.until);
        own.into_iter().chain(spoken).min()
    }
}

/// Prompts that are being spoken.
#[derive(Debug)]
pub(super) struct Spoken {
    prompts: Vec<PromptId>,
    until: Instant,
}

impl Spoken {
    pub(super) fn new(now: Instant, prompts: Vec<PromptId>) -> Self {
        Self {
            prompts,
            until: now + SPOKEN_AT_MOST,
        }
    }

    pub(super) fn is_late(&self, now: Instant) -> bool {
        now >= self.until
    }

    fn source(&self) -> Source {
        Source::Prompts(self.prompts.clone())
    }
}

impl Call {
    /// What this leg hears now.
    #[must_use]
    pub fn hearing(&self, leg: LegId) -> Source {
        let by_caller = leg == self.caller;
        match &self.stage {
            Stage::Talking { other } if by_caller => self.voice(*other),
            Stage::Talking { other } if leg == *other => self.voice(self.caller),
            Stage::Ivr { says, .. } if by_caller => {
                says.clone().map_or(Source::Silence, Source::Prompts)
            }
            Stage::Queue { says: None, .. } if by_caller => Source::Music(self.music.clone()),
            Stage::Queue {
                says: Some(spoken), ..
            }
            | Stage::Apology(spoken)
                if by_caller =>
            {
                spoken.source()
            }
            Stage::Hunt(_) if by_caller && self.is_audible(leg) => match self.heard_early() {
                Some(early) => Source::Leg(early),
                None => Source::Tone(Tone::Ringback),
            },
            Stage::Joining { other } if by_caller && self.is_audible(*other) => Source::Leg(*other),
            _ => Source::Silence,
        }
    }

    /// What is heard of a leg that is talked with.
    fn voice(&self, of: LegId) -> Source {
        let Some(party) = self.parties.get(&of) else {
            return Source::Silence;
        };
        // Who waits for an agent whose phone is lost is not to think that the call is.
        let agent = matches!(party.person, Some(Person::Agent(_)));
        let waits_for = |far: &Leg| far.is_lost() && agent;
        match &party.endpoint {
            Endpoint::Sip(far) if far.holds() || waits_for(far) => {
                Source::Music(self.music.clone())
            }
            Endpoint::Sip(_) => Source::Leg(of),
            Endpoint::Phone(phone) => phone.voice(),
        }
    }

    /// Whether whoever this leg talks with holds it.
    pub(super) fn is_held(&self, leg: LegId) -> bool {
        let from = self.opposite(leg).and_then(|from| self.parties.get(&from));
        matches!(from.map(|party| &party.endpoint), Some(Endpoint::Sip(far)) if far.holds())
    }

    /// Who hears this leg.
    pub(super) fn opposite(&self, leg: LegId) -> Option<LegId> {
        match self.stage {
            Stage::Talking { other } if leg == self.caller => Some(other),
            Stage::Talking { other } if leg == other => Some(self.caller),
            _ => None,
        }
    }

    /// Who rings and can be heard already.
    pub(super) fn heard_early(&self) -> Option<LegId> {
        let mut legs = self.parties.keys().copied();
        legs.find(|leg| *leg != self.caller && self.is_audible(*leg))
    }

    /// Whether audio flows on it.
    fn is_audible(&self, leg: LegId) -> bool {
        let party = self.parties.get(&leg);
        party.is_some_and(|party| party.ready != Ready::No)
    }
}

/// What a caller is told whose call nobody took.
pub(super) fn refusal(verdict: Verdict) -> Refusal {
    let (status, text) = match verdict {
        Verdict::NoAnswer => (480, "Nobody answered"),
        Verdict::Refused(486) => (486, "Busy"),
        Verdict::Refused(status @ 600..700) => (status, "The call was declined"),
        Verdict::Refused(408 | 480 | 487) => (480, "Nobody answered"),
        // A phone that wants the call elsewhere, or a password of us: nothing that the caller
        // could do anything about (RFC 3261 section 16.7, step 6 for 401 and 407).
        Verdict::Refused(300..=399 | 401 | 407) => (480, "The call was not taken"),
        Verdict::Refused(status) => (status, "The call was refused"),
    };
    Refusal {
        status,
        text: text.into(),
    }
}
