//! Everything that happens by itself, in one table.

use std::collections::{BTreeMap, BTreeSet};

use alo_sip::time::Instant;

use super::agent::AgentId;
use super::io::CallKey;

/// Something that happens by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Timer {
    /// A phone has rung long enough for a call.
    Ring(CallKey, AgentId),
    /// A call has waited long enough.
    MaxWait(CallKey),
    /// A call is to be told something.
    Announce(CallKey),
    /// After-call work is over.
    WrapUp(AgentId),
    /// An agent who did not take a call may be offered one again.
    Rest(AgentId),
}

/// All timers that run.
#[derive(Debug, Default)]
pub(super) struct Timers {
    by_time: BTreeSet<(Instant, Timer)>,
    at: BTreeMap<Timer, Instant>,
}

impl Timers {
    /// Starts a timer, anew where it runs.
    pub(super) fn set(&mut self, timer: Timer, at: Instant) {
        self.clear(timer);
        self.by_time.insert((at, timer));
        self.at.insert(timer, at);
    }

    /// Stops a timer.
    pub(super) fn clear(&mut self, timer: Timer) {
        if let Some(at) = self.at.remove(&timer) {
            self.by_time.remove(&(at, timer));
        }
    }

    /// The next timer that is due; it no longer runs.
    pub(super) fn due(&mut self, now: Instant) -> Option<Timer> {
        let (_, timer) = *self.by_time.first().filter(|(at, _)| *at <= now)?;
        self.clear(timer);
        Some(timer)
    }

    /// When the next timer is due.
    pub(super) fn next(&self) -> Option<Instant> {
        self.by_time.first().map(|(at, _)| *at)
    }

    /// Whether a timer runs.
    #[cfg(test)]
    pub(super) fn runs(&self, timer: Timer) -> bool {
        self.at.contains_key(&timer)
    }

    /// How many timers run.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.at.len()
    }
}
