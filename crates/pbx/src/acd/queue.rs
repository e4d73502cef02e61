//! One queue, and one call that waits in it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use alo_sip::time::Instant;

use super::agent::{Agent, AgentId};
use super::io::CallKey;
use crate::config::Strategy;

/// A queue, by its place in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct QueueId(pub(super) usize);

/// A place in a queue: when the call would have come, had it waited here all the time. The number of
/// the call decides between two of the same instant.
pub(super) type Place = (Instant, CallKey);

/// A queue.
#[derive(Debug)]
pub(super) struct Queue {
    /// Its agents, with their places in its list.
    pub(super) members: BTreeMap<AgentId, usize>,
    /// Those of them who may be offered a call now.
    pub(super) free: BTreeSet<AgentId>,
    /// Calls that no phone rings for.
    pub(super) waiting: BTreeSet<Place>,
    /// Calls that some phone rings for.
    pub(super) rung: BTreeSet<Place>,
    /// Place in the list of who was offered the last call.
    pub(super) last: Option<usize>,
}

impl Queue {
    /// Without calls.
    pub(super) fn new(members: impl IntoIterator<Item = AgentId>) -> Self {
        let places = members.into_iter().enumerate();
        Self {
            members: places.map(|(place, agent)| (agent, place)).collect(),
            free: BTreeSet::new(),
            waiting: BTreeSet::new(),
            rung: BTreeSet::new(),
            last: None,
        }
    }

    /// How many calls there are.
    pub(super) fn len(&self) -> usize {
        self.waiting.len() + self.rung.len()
    }

    /// How many calls stand before this place.
    pub(super) fn before(&self, place: Place) -> usize {
        self.waiting.range(..place).count() + self.rung.range(..place).count()
    }

    /// Who of those who are free is to be offered this call; with [`Strategy::RingAll`] the first of
    /// all. Who has let it ring before comes after those who have not; between two who are the same
    /// by the strategy, the list decides.
    pub(super) fn choose(
        &self,
        id: QueueId,
        strategy: Strategy,
        call: &Call,
        agents: &[Agent],
    ) -> Option<AgentId> {
        let rank = |agent: &AgentId| {
            let known = agents.get(agent.0);
            let place = self.members.get(agent).copied().unwrap_or(usize::MAX);
            let idle = known.map_or(Instant::ZERO, |known| known.idle_since);
            let taken = || known.and_then(|known| known.taken.get(&id)).copied();
            let missed = call.missed.get(agent).copied().unwrap_or(0);
            let (first, second) = match strategy {
                Strategy::RingAll => (0, Instant::ZERO),
                Strategy::LongestIdle => (0, idle),
                Strategy::FewestCalls => (taken().unwrap_or(0) as usize, idle),
                Strategy::RoundRobin => (self.turn(place), Instant::ZERO),
            };
            (missed, first, second, place)
        };
        self.free.iter().copied().min_by_key(rank)
    }

    /// How many turns it takes until it is this place's.
    fn turn(&self, place: usize) -> usize {
        let count = self.members.len();
        match self.last {
            Some(last) if place <= last => place + count - last,
            Some(last) => place - last,
            None => place,
        }
    }
}

/// Where a call stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Standing {
    /// No phone rings for it.
    Waiting,
    /// These phones ring for it.
    Rung {
        /// Whose.
        offers: BTreeSet<AgentId>,
        /// Who did not take it since the first of them rang.
        passed: BTreeSet<AgentId>,
        /// It has waited long enough: when nobody answers, it goes.
        overdue: bool,
        /// It was to be told something meanwhile.
        unsaid: bool,
    },
}

/// A call that waits.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) key: CallKey,
    pub(super) queue: QueueId,
    pub(super) entered: Instant,
    /// How long it waited before this queue.
    pub(super) before: Duration,
    /// How often somebody did not take it.
    pub(super) missed: BTreeMap<AgentId, u32>,
    pub(super) standing: Standing,
}

impl Call {
    /// Its place in the queue.
    pub(super) fn place(&self) -> Place {
        (self.entered - self.before, self.key)
    }

    /// How long it has waited, in all queues.
    pub(super) fn waited(&self, now: Instant) -> Duration {
        self.before + (now - self.entered)
    }

    /// Whether it is offered to this agent.
    pub(super) fn is_offered(&self, agent: AgentId) -> bool {
        matches!(&self.standing, Standing::Rung { offers, .. } if offers.contains(&agent))
    }

    /// Changes where it stands.
    pub(super) fn set_standing(&mut self, new: Standing, reason: &str) {
        tracing::debug!(call = self.key.0, old = ?self.standing, ?new, reason);
        self.standing = new;
    }
}
