//! The connection machine: one WebSocket, brought back whenever it goes.

use alo_sip::ua::FlowId;

use super::Times;
use super::rng::Rng;
use crate::language::Millis;

/// An open connection that lasted this long was a good one: the next attempt is made soon.
const STABLE: Millis = 10_000;

/// State of the WebSocket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Link {
    /// None is wanted.
    Off,
    /// Being opened.
    Opening { deadline: Millis },
    /// Open, as far as the browser knows.
    Up {
        flow: FlowId,
        since: Millis,
        proof: Proof,
    },
    /// Tried again then.
    Waiting { retry_at: Millis },
    /// Signing out: closed when the server confirmed, at the latest then.
    Leaving { flow: FlowId, until: Millis },
}

/// Whether an open WebSocket carries anything: one that died with its network looks open for minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Proof {
    /// Nothing speaks against it.
    Fine,
    /// A request went out and nothing has come since; it is tried out then.
    Awaited { until: Millis },
    /// It is being tried out; given up then.
    TryingOut { until: Millis },
}

/// The connection to the server.
#[derive(Debug)]
pub(crate) struct Connection {
    link: Link,
    /// Failed attempts in a row.
    failures: u32,
    flows: u64,
    /// The flow that sessions and registration are bound to, open or not.
    bound: Option<FlowId>,
    /// The flow over which what had waited for one went out.
    caught_up: Option<FlowId>,
    /// Since when it is away, or being opened for the first time.
    away_since: Option<Millis>,
}

impl Connection {
    pub(crate) fn new() -> Self {
        Self {
            link: Link::Off,
            failures: 0,
            flows: 0,
            bound: None,
            caught_up: None,
            away_since: None,
        }
    }

    fn set_link(&mut self, link: Link, reason: &'static str) {
        tracing::debug!(old = ?self.link, new = ?link, reason, "connection");
        self.link = link;
    }

    pub(crate) fn link(&self) -> Link {
        self.link
    }

    /// The WebSocket, while it is open.
    pub(crate) fn flow(&self) -> Option<FlowId> {
        match self.link {
            Link::Up { flow, .. } | Link::Leaving { flow, .. } => Some(flow),
            Link::Off | Link::Opening { .. } | Link::Waiting { .. } => None,
        }
    }

    /// An open WebSocket was asked for.
    pub(crate) fn opening(&mut self, now: Millis, times: &Times, reason: &'static str) {
        self.away_since.get_or_insert(now);
        let deadline = now + times.socket_open;
        self.set_link(Link::Opening { deadline }, reason);
    }

    /// It is open. The new flow, and the one whose sessions and registration move to it.
    pub(crate) fn opened(&mut self, now: Millis) -> Option<(FlowId, Option<FlowId>)> {
        if !matches!(self.link, Link::Opening { .. }) {
            return None;
        }
        self.flows += 1;
        let flow = FlowId(self.flows);
        let old = self.bound.replace(flow);
        let up = Link::Up {
            flow,
            since: now,
            proof: Proof::Fine,
        };
        self.set_link(up, "opened");
        Some((flow, old))
    }

    /// A request went out that has to be answered.
    pub(crate) fn awaits_answer(&mut self, now: Millis, times: &Times) {
        if let Link::Up { proof, .. } = &mut self.link
            && *proof == Proof::Fine
        {
            let until = now + times.socket_proof;
            *proof = Proof::Awaited { until };
        }
    }

    /// Something came.
    pub(crate) fn heard(&mut self) {
        if let Link::Up { proof, .. } = &mut self.link {
            *proof = Proof::Fine;
        }
    }

    /// It is to be tried out; whether that has to be begun.
    pub(crate) fn try_out(&mut self, now: Millis, times: &Times, reason: &'static str) -> bool {
        let Link::Up { proof, .. } = &mut self.link else {
            return false;
        };
        if matches!(proof, Proof::TryingOut { .. }) {
            return false;
        }
        tracing::debug!(reason, "WebSocket tried out");
        let until = now + times.socket_proof;
        *proof = Proof::TryingOut { until };
        true
    }

    /// Requests are answered over the present connection; whether that is new.
    pub(crate) fn catch_up(&mut self) -> bool {
        let flow = self.flow();
        let new = self.caught_up != flow;
        self.caught_up = flow;
        new
    }

    /// It is gone, or did not open. The flow that was open, if one was. It is tried again after
    /// `longest` at the latest.
    pub(crate) fn lost(
        &mut self,
        now: Millis,
        times: &Times,
        longest: Millis,
        rng: &mut Rng,
        reason: &'static str,
    ) -> Option<FlowId> {
        let flow = match self.link {
            Link::Up { flow, since, .. } => {
                if now.saturating_sub(since) >= STABLE {
                    self.failures = 0;
                }
                Some(flow)
            }
            Link::Opening { .. } => None,
            Link::Off | Link::Waiting { .. } | Link::Leaving { .. } => return None,
        };
        self.away_since.get_or_insert(now);
        let pause = times
            .reconnect_first
            .saturating_mul(1 << self.failures.min(16))
            .min(longest);
        self.failures = self.failures.saturating_add(1);
        let retry_at = now + rng.jitter(pause);
        self.set_link(Link::Waiting { retry_at }, reason);
        flow
    }

    /// Signing out over an open WebSocket; whether there is one.
    pub(crate) fn leaving(&mut self, until: Millis) -> bool {
        let Some(flow) = self.flow() else {
            return false;
        };
        self.set_link(Link::Leaving { flow, until }, "signing out");
        true
    }

    /// Nobody is signed in.
    pub(crate) fn off(&mut self) {
        self.set_link(Link::Off, "signed out");
        self.failures = 0;
        self.bound = None;
        self.caught_up = None;
        self.away_since = None;
    }

    /// Everything works again.
    pub(crate) fn back(&mut self) {
        self.away_since = None;
    }

    /// Since when calls cannot be signalled.
    pub(crate) fn away_since(&self) -> Option<Millis> {
        self.away_since
    }

    /// When it is tried again.
    pub(crate) fn retry_at(&self) -> Option<Millis> {
        match self.link {
            Link::Waiting { retry_at } => Some(retry_at),
            _ => None,
        }
    }

    /// An attempt failed, and none has succeeded since.
    pub(crate) fn is_failing(&self) -> bool {
        self.failures > 0
    }

    /// When this machine wakes up.
    pub(crate) fn wakes_at(&self) -> Option<Millis> {
        match self.link {
            Link::Off => None,
            Link::Up { proof, .. } => match proof {
                Proof::Fine => None,
                Proof::Awaited { until } | Proof::TryingOut { until } => Some(until),
            },
            Link::Opening { deadline } => Some(deadline),
            Link::Waiting { retry_at } => Some(retry_at),
            Link::Leaving { until, .. } => Some(until),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONGEST: Millis = 30_000;

    fn pauses(connection: &mut Connection, now: &mut Millis, count: usize) -> Vec<Millis> {
        let (times, mut rng) = (Times::default(), Rng::new(3));
        (0..count)
            .map(|_| {
                connection.opening(*now, &times, "test");
                connection.lost(*now, &times, LONGEST, &mut rng, "test");
                let pause = connection.retry_at().unwrap() - *now;
                *now += pause;
                pause
            })
            .collect()
    }

    #[test]
    fn attempts_are_fast_first_and_back_off_to_half_a_minute() {
        let pauses = pauses(&mut Connection::new(), &mut 0, 10);
        assert!((400..=600).contains(&pauses[0]), "{pauses:?}");
        assert!((800..=1200).contains(&pauses[1]), "{pauses:?}");
        assert!(pauses[6..].iter().all(|ms| (24_000..=36_000).contains(ms)));
    }

    #[test]
    fn a_connection_that_lasted_starts_over_and_one_that_flaps_does_not() {
        let (times, mut rng) = (Times::default(), Rng::new(3));
        let (mut connection, mut now) = (Connection::new(), 0);
        pauses(&mut connection, &mut now, 6);
        connection.opening(now, &times, "test");
        let (flow, _) = connection.opened(now).unwrap();
        assert_eq!(
            connection.lost(now + 100, &times, LONGEST, &mut rng, "test"),
            Some(flow)
        );
        assert!(connection.retry_at().unwrap() > now + 20_000);
        connection.opening(now, &times, "test");
        assert!(connection.opened(now).is_some());
        connection.lost(now + STABLE, &times, LONGEST, &mut rng, "test");
        assert!(connection.retry_at().unwrap() <= now + STABLE + 600);
    }

    #[test]
    fn the_new_flow_takes_over_from_the_old_one() {
        let (times, mut rng) = (Times::default(), Rng::new(3));
        let mut connection = Connection::new();
        connection.opening(0, &times, "test");
        let (first, none) = connection.opened(0).unwrap();
        assert_eq!(none, None);
        assert_eq!(connection.opened(0), None);
        connection.lost(1, &times, LONGEST, &mut rng, "test");
        connection.opening(2, &times, "test");
        assert_eq!(connection.opened(3), Some((FlowId(2), Some(first))));
    }

    #[test]
    fn a_websocket_over_which_nothing_comes_is_tried_out_once() {
        let (times, mut connection) = (Times::default(), Connection::new());
        connection.opening(0, &times, "test");
        connection.opened(0);
        assert_eq!(connection.wakes_at(), None);
        connection.awaits_answer(10, &times);
        connection.awaits_answer(500, &times);
        assert_eq!(connection.wakes_at(), Some(10 + times.socket_proof));
        assert!(connection.try_out(3010, &times, "test"));
        assert!(!connection.try_out(3020, &times, "test"));
        assert_eq!(connection.wakes_at(), Some(3010 + times.socket_proof));
        connection.heard();
        assert_eq!(connection.wakes_at(), None);
    }
}
