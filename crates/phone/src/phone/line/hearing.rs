//! Who hears whom in one call.

use super::path::Path;
use super::record::{Line, Progress, Stage};
use crate::language::{Hearing, Millis, Outcome, Sound};

/// What a call asks for of the tones of the phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LineTone {
    /// It rings here.
    Rings,
    /// It rings there, and the far end sends no sound of its own.
    Ringback,
    /// Somebody is heard.
    Talks,
    /// It is held, or nothing is heard of it yet.
    Waits,
    /// It was refused a moment ago.
    Refused,
    /// It is over.
    Over,
}

/// The beeps after a refused call.
const BEEPS: Millis = 3_000;

impl Line {
    /// What this call asks for of the tones.
    pub(crate) fn tone(&self, now: Millis) -> LineTone {
        match &self.stage {
            Stage::Ringing { .. } => LineTone::Rings,
            _ if self.is_live() && self.bound.is_leaving() => LineTone::Waits,
            Stage::Inviting(Progress::Ringing) => LineTone::Ringback,
            Stage::Inviting(Progress::EarlyMedia { .. }) | Stage::Answering(_) => LineTone::Talks,
            Stage::Talking { .. } if self.hold.is_off() => LineTone::Talks,
            Stage::Talking { .. } | Stage::Preparing { .. } | Stage::Inviting(_) => LineTone::Waits,
            Stage::Ended { .. } if self.beeps_until().is_some_and(|at| now < at) => {
                LineTone::Refused
            }
            Stage::Ended { .. } => LineTone::Over,
        }
    }

    /// When the beeps after a refusal are over.
    pub(crate) fn beeps_until(&self) -> Option<Millis> {
        match &self.stage {
            Stage::Ended { outcome, at, .. } if is_refusal(outcome) => Some(at + BEEPS),
            _ => None,
        }
    }

    /// The hearing line: for every state, what is known to be true.
    pub(crate) fn hearing(&self) -> Hearing {
        let (to_remote, from_remote) = match &self.stage {
            Stage::Preparing { .. } | Stage::Inviting(Progress::Nothing) | Stage::Ended { .. } => {
                (Sound::Nothing, Sound::Nothing)
            }
            Stage::Inviting(Progress::Ringing) => (Sound::Nothing, Sound::Ringback),
            Stage::Inviting(Progress::EarlyMedia { .. }) if self.switches.speaker => {
                (Sound::Nothing, Sound::EarlyMedia)
            }
            Stage::Inviting(Progress::EarlyMedia { .. }) => (Sound::Nothing, Sound::Nothing),
            Stage::Ringing { .. } => (Sound::Ringback, Sound::Nothing),
            Stage::Answering(_) | Stage::Talking { .. } if self.is_joined() => {
                (self.heard_there(), self.heard_here())
            }
            Stage::Answering(_) | Stage::Talking { .. } => (Sound::Nothing, Sound::Nothing),
        };
        Hearing {
            to_remote,
            from_remote,
        }
    }

    fn heard_there(&self) -> Sound {
        match self.path {
            Path::Closed | Path::Opening { .. } => Sound::Nothing,
            // The music comes from the server, whatever becomes of the path from here to it.
            _ if self.hold.confirmed() => Sound::Music,
            _ if self.held_by_remote => Sound::Nothing,
            Path::Interrupted { .. } | Path::Broken { .. } => Sound::Interrupted,
            // Nobody is there.
            Path::Up if self.word.is_played() => Sound::Nothing,
            Path::Up if !self.is_speaking() => Sound::Muted,
            Path::Up if self.is_captured() => Sound::Voice,
            // Unmuted, and without a microphone.
            Path::Up => Sound::Nothing,
        }
    }

    fn heard_here(&self) -> Sound {
        match self.path {
            Path::Closed | Path::Opening { .. } => Sound::Nothing,
            _ if self.hold.confirmed() || !self.switches.speaker => Sound::Nothing,
            Path::Interrupted { .. } | Path::Broken { .. } => Sound::Interrupted,
            Path::Up if self.held_by_remote && !self.word.is_played() => Sound::Music,
            Path::Up => self.word.heard(),
        }
    }
}

/// Outcomes of an outgoing call that the far end, or the network, refused.
fn is_refusal(outcome: &Outcome) -> bool {
    matches!(
        outcome,
        Outcome::Busy
            | Outcome::NoAnswer
            | Outcome::DeclinedThere
            | Outcome::UnknownNumber
            | Outcome::Unavailable
            | Outcome::Refused { .. }
    )
}
