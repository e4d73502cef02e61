//! Which tone the phone itself makes: worked out from the calls, never switched by hand.

use super::line::{Line, LineTone};
use super::outbox::Outbox;
use crate::io::{MediaRequest, Tone};
use crate::language::Millis;

/// The tone that sounds.
#[derive(Debug, Default)]
pub(crate) struct Tones {
    sounding: Option<Tone>,
}

impl Tones {
    /// Sounds what the calls ask for, where that changed.
    pub(crate) fn update(&mut self, out: &mut Outbox, now: Millis, lines: &[Line]) {
        let has = |tone| lines.iter().any(|line| line.tone(now) == tone);
        let talks = has(LineTone::Talks);
        let wanted = if has(LineTone::Rings) {
            let engaged = talks || has(LineTone::Ringback) || has(LineTone::Waits);
            Some(if engaged {
                Tone::CallWaiting
            } else {
                Tone::Ringing
            })
        } else if talks {
            None
        } else if has(LineTone::Ringback) {
            Some(Tone::Ringback)
        } else {
            has(LineTone::Refused).then_some(Tone::Busy)
        };
        if wanted != self.sounding {
            self.sounding = wanted;
            out.media(MediaRequest::Tone(wanted));
        }
    }

    /// When the beeps after a refused call are over.
    pub(crate) fn wakes_at(&self, lines: &[Line]) -> Option<Millis> {
        let beeps = self.sounding == Some(Tone::Busy);
        let until = || lines.iter().filter_map(Line::beeps_until).max();
        beeps.then(until).flatten()
    }

    /// What sounds now.
    #[cfg(test)]
    pub(crate) fn sounding(&self) -> Option<Tone> {
        self.sounding
    }
}
