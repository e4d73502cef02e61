//! Telling a phone that the other side of its call holds.

use std::time::Duration;

use alo_sip::time::Instant;

use super::change::{Change, Why};
use super::{Leg, Output, State};
use crate::media::Allow;
use crate::media_io::MediaRequest;

/// Whether the other side of the call holds, and what this leg's phone knows of it.
#[derive(Debug, Default)]
pub(super) struct OtherSide {
    holding: bool,
    told: bool,
    /// After glare: not before then.
    retry_at: Option<Instant>,
}

impl OtherSide {
    pub(super) fn holds(&mut self, holds: bool) {
        self.holding = holds;
    }

    pub(super) fn is_holding(&self) -> bool {
        self.holding
    }

    /// What the phone knows.
    pub(super) fn is_told(&self) -> bool {
        self.told
    }

    /// The phone confirmed it, or is never going to.
    pub(super) fn was_told(&mut self, holds: bool) {
        self.told = holds;
        self.retry_at = None;
    }

    /// Which ways audio may flow: whoever is held hears music and is not heard (RFC 3264 section 8.4).
    pub(super) fn allow(&self) -> Allow {
        Allow {
            send: true,
            recv: !self.holding,
        }
    }

    /// The phone is heard again: what it did not answer is told at once.
    pub(super) fn retry_now(&mut self, now: Instant) {
        self.retry_at = self.retry_at.map(|at| at.min(now));
    }

    pub(super) fn retry_at(&self) -> Option<Instant> {
        self.retry_at
    }

    /// Whether the wait after glare is over, which is then forgotten.
    pub(super) fn retry_is_due(&mut self, now: Instant) -> bool {
        let due = self.retry_at.is_some_and(|at| at <= now);
        if due {
            self.retry_at = None;
        }
        due
    }
}

impl Leg {
    /// Begins to tell the phone what it does not know yet, unless another change is under way: then
    /// its end comes back here.
    pub(super) fn tell_hold(&mut self) -> Vec<Output> {
        let idle = matches!(
            self.state,
            State::Up {
                change: Change::None
            }
        );
        let other = &self.other_side;
        if !idle || other.told == other.holding || other.retry_at.is_some() {
            return Vec::new();
        }
        let change = Change::Offering(Why::Hold(other.holding));
        self.set_state(State::Up { change }, "the other side's hold changed");
        vec![self.create_offer()]
    }

    /// The far end did not take an offer; the leg goes on as it was.
    pub(super) fn offer_refused(
        &mut self,
        now: Instant,
        why: Why,
        retry_after: Option<Duration>,
    ) -> Vec<Output> {
        if let Why::Hold(holds) = why {
            match retry_after {
                // RFC 3261 section 14.1.
                Some(delay) => self.other_side.retry_at = Some(now + delay),
                None => self.other_side.was_told(holds),
            }
        }
        let change = Change::None;
        self.set_state(State::Up { change }, "offer refused");
        let leg = self.id;
        let mut outputs = vec![Output::Media(MediaRequest::CancelOffer { leg })];
        outputs.extend(self.tell_hold());
        outputs
    }
}
