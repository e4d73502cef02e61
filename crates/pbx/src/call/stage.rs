//! The stages of a call.

use std::time::Duration;

use alo_sip::time::Instant;

use super::Meanwhile;
use crate::hunt::{Hunt, Verdict};
use crate::ivr::Walk;
use crate::leg::Refusal;
use crate::media::{LegId, PromptId, Source};

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
        says: Option<Spoken>,
    },
    /// The caller waits, and hears music.
    Queue {
        /// Who is offered the call.
        offers: Hunt,
        /// What is said over the music, which then begins anew.
        says: Option<Spoken>,
    },
    /// Somebody is rung.
    Hunt {
        hunt: Hunt,
        /// What whoever stays hears until then.
        meanwhile: Meanwhile,
    },
    /// Somebody answered; the media is being joined.
    Joining { other: LegId },
    /// Two talk.
    Talking { other: LegId },
    /// All who are in the call talk.
    Meeting,
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
            Self::Hunt { .. } => "hunt",
            Self::Joining { .. } => "joining",
            Self::Talking { .. } => "talking",
            Self::Meeting => "meeting",
            Self::Apology(_) => "apology",
            Self::Over => "over",
        }
    }

    /// Whoever rings in it.
    pub(super) fn hunt(&mut self) -> Option<&mut Hunt> {
        match self {
            Self::Hunt { hunt, .. } | Self::Queue { offers: hunt, .. } => Some(hunt),
            _ => None,
        }
    }

    /// Whom whoever stays is joined with, where it is one.
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
            Self::Ivr { says, .. } | Self::Queue { says, .. } => says.as_ref(),
            _ => None,
        }
    }

    /// When it wants to be woken.
    pub(super) fn next_timeout(&self) -> Option<Instant> {
        let own = match self {
            Self::Hunt { hunt, .. } | Self::Queue { offers: hunt, .. } => hunt.next_timeout(),
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

    /// To somebody who is known to have heard them already.
    pub(super) fn heard(now: Instant, prompts: Vec<PromptId>) -> Self {
        Self {
            prompts,
            until: now,
        }
    }

    pub(super) fn is_late(&self, now: Instant) -> bool {
        now >= self.until
    }

    pub(super) fn source(&self) -> Source {
        Source::Prompts(self.prompts.clone())
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
