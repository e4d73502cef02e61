//! One agent: what he wants to do, and what his phone is doing.

use std::collections::BTreeMap;
use std::time::Duration;

use alo_api::working;
use alo_sip::time::Instant;

use super::io::{CallKey, Phone};
use super::queue::QueueId;
use crate::config::OwnState;

/// An agent, by his place in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct AgentId(pub(super) usize);

/// A working state that can be chosen, by its place in [`States`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct StateId(usize);

/// The only state in which calls are offered.
pub(super) const AVAILABLE: StateId = StateId(0);

/// All working states that can be chosen: id and name.
#[derive(Debug)]
pub(super) struct States(Vec<(String, String)>);

impl States {
    /// The built-in ones and these.
    pub(super) fn new(own: &[OwnState]) -> Self {
        let names = ["Available", "Lunch break", "Short break", "Not available"];
        let built_in = working::CHOICES.into_iter().zip(names);
        let mut states: Vec<_> = built_in
            .map(|(id, name)| (id.to_owned(), name.to_owned()))
            .collect();
        states.extend(own.iter().map(|own| (own.id.clone(), own.name.clone())));
        Self(states)
    }

    /// The state of this id.
    pub(super) fn find(&self, id: &str) -> Option<StateId> {
        self.0
            .iter()
            .position(|(known, _)| known == id)
            .map(StateId)
    }

    /// Id and name of a state.
    pub(super) fn named(&self, state: StateId) -> (String, String) {
        self.0.get(state.0).cloned().unwrap_or_default()
    }
}

/// What an agent is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Work {
    /// What he chose.
    Chosen { state: StateId, since: Instant },
    /// The work after a call of this queue; then it goes on with what was chosen before.
    AfterCall {
        queue: QueueId,
        since: Instant,
        until: Instant,
        then: StateId,
    },
}

/// What an agent has to do with the queues at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    /// Nothing.
    Free,
    /// His phone rings for this call.
    Offered(CallKey),
    /// He is in a call of a queue.
    Talking,
}

/// Whether an agent has a phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    Online,
    Offline { since: Instant },
}

/// What presence shows of an agent, to see whether it changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) work: Work,
    pub(super) next: Option<StateId>,
    pub(super) phone: Phone,
}

/// An agent.
#[derive(Debug)]
pub(super) struct Agent {
    pub(super) extension: String,
    /// His queues, and how many calls of each he has had.
    pub(super) taken: BTreeMap<QueueId, u32>,
    pub(super) reach: Reach,
    pub(super) work: Work,
    /// Chosen during a call, for when it ends.
    pub(super) next: Option<StateId>,
    pub(super) line: Line,
    /// Calls that are not of a queue, and whether the phone rings for one.
    pub(super) calls: u32,
    pub(super) ringing: bool,
    /// After-call work that begins when all calls are over.
    pub(super) owed: Option<QueueId>,
    /// He did not take a call a moment ago, and is offered nothing until then.
    pub(super) rests_until: Option<Instant>,
    /// Since when nothing has kept him from taking calls, offers and ringing left aside.
    pub(super) idle_since: Instant,
    /// Offers that he let ring, one after the other.
    pub(super) misses: u32,
    /// What presence was last told, and since when his phone does that, where it did anything yet.
    pub(super) shown: Shown,
    pub(super) phone_since: Option<Instant>,
}

impl Agent {
    /// Signed out, and Available once he signs in.
    pub(super) fn new(extension: &str, queues: impl IntoIterator<Item = QueueId>) -> Self {
        let work = Work::Chosen {
            state: AVAILABLE,
            since: Instant::ZERO,
        };
        Self {
            extension: extension.to_owned(),
            taken: queues.into_iter().map(|queue| (queue, 0)).collect(),
            reach: Reach::Offline {
                since: Instant::ZERO,
            },
            work,
            next: None,
            line: Line::Free,
            calls: 0,
            ringing: false,
            owed: None,
            rests_until: None,
            idle_since: Instant::ZERO,
            misses: 0,
            shown: Shown {
                work,
                next: None,
                phone: Phone::Offline,
            },
            phone_since: None,
        }
    }

    /// Whether he may be offered a call.
    pub(super) fn is_free(&self) -> bool {
        let available = matches!(self.work, Work::Chosen { state, .. } if state == AVAILABLE);
        let quiet = self.calls == 0 && !self.ringing && self.rests_until.is_none();
        let online = self.reach == Reach::Online;
        available && quiet && online && self.line == Line::Free && self.next.is_none()
    }

    /// Whether he is in no call; one that only rings is none.
    pub(super) fn is_out_of_calls(&self) -> bool {
        self.line == Line::Free && self.calls == 0
    }

    /// What his phone is doing.
    pub(super) fn phone(&self) -> Phone {
        match (self.line, self.reach) {
            (Line::Talking, _) => Phone::InCall,
            _ if self.calls > 0 => Phone::InCall,
            (_, Reach::Offline { .. }) => Phone::Offline,
            (Line::Offered(_), _) => Phone::Ringing,
            _ if self.ringing => Phone::Ringing,
            (Line::Free, _) => Phone::Idle,
        }
    }

    /// What he chose, or what after-call work goes back to.
    pub(super) fn chosen(&self) -> StateId {
        match self.work {
            Work::Chosen { state, .. } => state,
            Work::AfterCall { then, .. } => then,
        }
    }

    /// What follows the state that he is in: chosen during a call, or gone back to after the work
    /// after one.
    pub(super) fn follows(&self) -> Option<StateId> {
        let back = match self.work {
            Work::AfterCall { then, .. } if then != AVAILABLE => Some(then),
            _ => None,
        };
        self.next.or(back)
    }

    /// Begins the work after a call of this queue.
    pub(super) fn wrap_up(&mut self, now: Instant, queue: QueueId, for_: Duration) {
        let since = match self.work {
            Work::AfterCall {
                since, queue: same, ..
            } if same == queue => since,
            _ => now,
        };
        let work = Work::AfterCall {
            queue,
            since,
            until: now + for_,
            then: self.chosen(),
        };
        self.set_work(work, "after-call work");
    }

    /// Takes up a state.
    pub(super) fn take_up(&mut self, now: Instant, state: StateId, reason: &str) {
        self.next = None;
        if matches!(self.work, Work::Chosen { state: same, .. } if same == state) {
            return;
        }
        self.idle_since = now;
        self.set_work(Work::Chosen { state, since: now }, reason);
    }

    /// Changes what he has to do with the queues.
    pub(super) fn set_line(&mut self, new: Line, reason: &str) {
        tracing::debug!(agent = self.extension, old = ?self.line, ?new, reason);
        self.line = new;
    }

    fn set_work(&mut self, new: Work, reason: &str) {
        tracing::debug!(agent = self.extension, old = ?self.work, ?new, reason);
        self.work = new;
    }
}
