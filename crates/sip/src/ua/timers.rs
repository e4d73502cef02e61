//! Every wake-up of a user agent, in one table, each with its reason.

use std::collections::{BTreeMap, BTreeSet};

use crate::ids::{
    FlowId, NotifierId, PublicationId, ReferralId, ReferredId, RegistrationId, SessionId,
    SubscriptionId, TxId,
};
use crate::notifier::NotifierTimer;
use crate::publication::PublicationTimer;
use crate::referral::{ReferralTimer, ReferredTimer};
use crate::registration::RegistrationTimer;
use crate::session::SessionTimer;
use crate::subscription::SubscriptionTimer;
use crate::time::Instant;
use crate::transaction::TxTimer;

/// Why a user agent wakes up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Timer {
    Client(TxId, TxTimer),
    Server(TxId, TxTimer),
    Session(SessionId, SessionTimer),
    Registration(RegistrationId, RegistrationTimer),
    Subscription(SubscriptionId, SubscriptionTimer),
    Notifier(NotifierId, NotifierTimer),
    Publication(PublicationId, PublicationTimer),
    Referral(ReferralId, ReferralTimer),
    Referred(ReferredId, ReferredTimer),
    /// Send a keep-alive.
    Ping(FlowId),
    /// The keep-alive was not answered.
    Pong(FlowId),
}

/// Timers by reason and by instant.
#[derive(Debug, Default)]
pub(super) struct Timers {
    by_reason: BTreeMap<Timer, Instant>,
    by_instant: BTreeSet<(Instant, Timer)>,
}

impl Timers {
    /// Starts a timer, or starts it anew.
    pub(super) fn start(&mut self, timer: Timer, at: Instant) {
        if let Some(old) = self.by_reason.insert(timer, at) {
            self.by_instant.remove(&(old, timer));
        }
        self.by_instant.insert((at, timer));
    }

    /// Stops a timer, if it runs.
    pub(super) fn stop(&mut self, timer: Timer) {
        if let Some(at) = self.by_reason.remove(&timer) {
            self.by_instant.remove(&(at, timer));
        }
    }

    /// Stops all timers from `first` to `last`.
    pub(super) fn stop_range(&mut self, first: Timer, last: Timer) {
        let found: Vec<Timer> = self
            .by_reason
            .range(first..=last)
            .map(|(timer, _)| *timer)
            .collect();
        for timer in found {
            self.stop(timer);
        }
    }

    /// Whether a timer runs.
    pub(super) fn is_running(&self, timer: Timer) -> bool {
        self.by_reason.contains_key(&timer)
    }

    /// When the next one is due.
    pub(super) fn next(&self) -> Option<Instant> {
        self.by_instant.first().map(|(at, _)| *at)
    }

    /// Takes out one that is due.
    pub(super) fn due(&mut self, now: Instant) -> Option<Timer> {
        let (at, timer) = *self.by_instant.first()?;
        if at > now {
            return None;
        }
        self.stop(timer);
        Some(timer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timers_are_due_in_order_and_once() {
        let (a, b) = (Timer::Ping(FlowId(1)), Timer::Pong(FlowId(1)));
        let mut timers = Timers::default();
        timers.start(a, Instant::from_millis(10));
        timers.start(b, Instant::from_millis(5));
        timers.start(a, Instant::from_millis(3));
        assert_eq!(timers.next(), Some(Instant::from_millis(3)));
        assert_eq!(timers.due(Instant::from_millis(2)), None);
        assert_eq!(timers.due(Instant::from_millis(7)), Some(a));
        assert_eq!(timers.due(Instant::from_millis(7)), Some(b));
        assert_eq!(timers.due(Instant::from_millis(7)), None);
        assert_eq!(timers.next(), None);
    }
}
