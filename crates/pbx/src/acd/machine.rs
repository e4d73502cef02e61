//! What happens to agents and calls.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use alo_api::working;
use alo_sip::time::Instant;

use super::agent::{AVAILABLE, Agent, AgentId, Line, Reach, Shown, StateId, States, Work};
use super::io::{CallKey, Input, Miss, Output, WithdrawReason};
use super::queue::{Call, Queue, QueueId, Standing};
use super::timers::{Timer, Timers};
use crate::config::{self, Config, Overflow};

/// An agent who did not take a call is offered none for so long: the next one would ring into the
/// hand that has just declined, or at a desk that is empty.
pub const REST: Duration = Duration::from_secs(5);

/// Who is back within this time has not lost the place of the longest idle agent: a phone changed
/// networks.
const BLINK: Duration = Duration::from_secs(60);

/// For so long the state of somebody who signed out is remembered: longer than any break, and shorter
/// than a night.
const REMEMBERED: Duration = Duration::from_secs(4 * 3600);

/// All queues and all agents.
#[derive(Debug)]
pub struct Acd {
    pub(super) config: Arc<Config>,
    pub(super) states: States,
    pub(super) agents: Vec<Agent>,
    pub(super) queues: Vec<Queue>,
    pub(super) calls: BTreeMap<CallKey, Call>,
    pub(super) timers: Timers,
    names: BTreeMap<String, AgentId>,
    /// Agents whom something happened to in this step.
    touched: BTreeSet<AgentId>,
}

impl Acd {
    /// With the queues and agents of this configuration; nobody is reachable, everybody Available.
    #[must_use]
    pub fn new(config: Arc<Config>) -> Self {
        let extensions = config.agents.iter().map(|agent| agent.extension.clone());
        let names: BTreeMap<_, _> = extensions
            .enumerate()
            .map(|(place, extension)| (extension, AgentId(place)))
            .collect();
        let members = |queue: &config::Queue| {
            let ids = queue.agents.iter().filter_map(|agent| names.get(agent));
            Queue::new(ids.copied())
        };
        let queues: Vec<_> = config.queues.iter().map(members).collect();
        let agents = config.agents.iter().enumerate().map(|(place, agent)| {
            let own = queues.iter().enumerate();
            let own = own.filter(|(_, queue)| queue.members.contains_key(&AgentId(place)));
            Agent::new(&agent.extension, own.map(|(queue, _)| QueueId(queue)))
        });
        Self {
            states: States::new(&config.working_states),
            agents: agents.collect(),
            queues,
            calls: BTreeMap::new(),
            timers: Timers::default(),
            names,
            touched: BTreeSet::new(),
            config,
        }
    }

    /// Something happened. What was done wins over what is due by itself in the same instant, so that
    /// an answer in the last moment counts.
    pub fn step(&mut self, now: Instant, input: Input) -> Vec<Output> {
        let mut outputs = Vec::new();
        self.take(now, input, &mut outputs);
        while let Some(timer) = self.timers.due(now) {
            self.expired(now, timer, &mut outputs);
        }
        self.distribute(now, &mut outputs);
        self.tell_changes(now, &mut outputs);
        outputs
    }

    /// When it wants to be woken.
    #[must_use]
    pub fn next_timeout(&self) -> Option<Instant> {
        self.timers.next()
    }

    pub(super) fn find(&self, extension: &str) -> Option<AgentId> {
        self.names.get(extension).copied()
    }

    /// An agent, of whom something is to be noted. `AgentId`s come from `names` alone, so this panics
    /// never.
    pub(super) fn touch(&mut self, agent: AgentId) -> &mut Agent {
        self.touched.insert(agent);
        &mut self.agents[agent.0]
    }

    fn take(&mut self, now: Instant, input: Input, outputs: &mut Vec<Output>) {
        match input {
            Input::Enter {
                call,
                queue,
                waited,
            } => self.enter(now, call, &queue, waited, outputs),
            Input::Leave { call } => self.gone(now, call, outputs),
            Input::Answered { call, agent } => {
                if let Some(agent) = self.find(&agent) {
                    self.answered(now, call, agent, outputs);
                }
            }
            Input::Refused { call, agent, how } => {
                if let Some(agent) = self.find(&agent) {
                    self.missed(now, call, agent, how, outputs);
                }
            }
            Input::Reachable { agent, reachable } => {
                if let Some(agent) = self.find(&agent) {
                    self.reachable(now, agent, reachable, outputs);
                }
            }
            Input::Choose { agent, state } => {
                if let Some(agent) = self.find(&agent) {
                    self.choose(now, agent, &state);
                }
            }
            Input::Busy {
                agent,
                calls,
                ringing,
            } => {
                if let Some(agent) = self.find(&agent) {
                    self.busy(now, agent, calls, ringing);
                }
            }
            Input::Ended { agent, queue } => {
                if let Some(agent) = self.find(&agent) {
                    self.ended(now, agent, queue.as_deref());
                }
            }
            Input::Timeout => {}
        }
    }

    fn enter(
        &mut self,
        now: Instant,
        key: CallKey,
        queue: &str,
        before: Duration,
        outputs: &mut Vec<Output>,
    ) {
        self.gone(now, key, outputs);
        let Some(index) = self
            .config
            .queues
            .iter()
            .position(|known| known.id == queue)
        else {
            // Nobody is left in a queue that is not there.
            let to = Overflow::Apology(Vec::new());
            outputs.push(Output::Overflow {
                call: key,
                to,
                waited: before,
            });
            return;
        };
        let wanted = &self.config.queues[index];
        if let Some(max_wait) = wanted.max_wait {
            self.timers.set(Timer::MaxWait(key), now + max_wait);
        }
        if let Some(announce) = &wanted.announce {
            self.timers.set(Timer::Announce(key), now + announce.every);
        }
        let call = Call {
            key,
            queue: QueueId(index),
            entered: now,
            before,
            missed: BTreeMap::new(),
            standing: Standing::Waiting,
        };
        self.queues[index].waiting.insert(call.place());
        self.calls.insert(key, call);
    }

    /// A call waits no more.
    pub(super) fn remove(&mut self, key: CallKey) -> Option<Call> {
        let call = self.calls.remove(&key)?;
        let queue = &mut self.queues[call.queue.0];
        queue.waiting.remove(&call.place());
        queue.rung.remove(&call.place());
        self.timers.clear(Timer::MaxWait(key));
        self.timers.clear(Timer::Announce(key));
        Some(call)
    }

    fn gone(&mut self, now: Instant, key: CallKey, outputs: &mut Vec<Output>) {
        if let Some(call) = self.remove(key) {
            self.withdraw(now, &call, None, outputs);
        }
    }

    fn answered(&mut self, now: Instant, key: CallKey, agent: AgentId, outputs: &mut Vec<Output>) {
        if !self
            .calls
            .get(&key)
            .is_some_and(|call| call.is_offered(agent))
        {
            tracing::debug!(call = key.0, "an answer came when the offer was over");
            return;
        }
        let Some(call) = self.remove(key) else {
            return;
        };
        self.withdraw(now, &call, Some(agent), outputs);
        self.timers.clear(Timer::Ring(key, agent));
        let winner = self.touch(agent);
        winner.misses = 0;
        *winner.taken.entry(call.queue).or_default() += 1;
        winner.set_line(Line::Talking, "answered");
    }

    /// Ends the offers of a call that waits no more: all, or all but that of the winner.
    fn withdraw(
        &mut self,
        now: Instant,
        call: &Call,
        winner: Option<AgentId>,
        outputs: &mut Vec<Output>,
    ) {
        let Standing::Rung { offers, .. } = &call.standing else {
            return;
        };
        for loser in offers
            .iter()
            .copied()
            .filter(|loser| Some(*loser) != winner)
        {
            let by = winner.map(|winner| self.agents[winner.0].extension.clone());
            let why = by.map_or(WithdrawReason::CallerGone, |by| {
                WithdrawReason::AnsweredElsewhere { by }
            });
            self.timers.clear(Timer::Ring(call.key, loser));
            let agent = self.touch(loser);
            agent.set_line(Line::Free, "the call is gone");
            outputs.push(Output::Withdraw {
                call: call.key,
                agent: agent.extension.clone(),
                why,
            });
            self.settle(now, loser);
        }
    }

    /// An agent does not take an offer.
    pub(super) fn missed(
        &mut self,
        now: Instant,
        key: CallKey,
        agent: AgentId,
        how: Miss,
        outputs: &mut Vec<Output>,
    ) {
        let Some(call) = self.calls.get_mut(&key) else {
            return;
        };
        let Standing::Rung { offers, passed, .. } = &mut call.standing else {
            return;
        };
        if !offers.remove(&agent) {
            return;
        }
        passed.insert(agent);
        let over = offers.is_empty();
        *call.missed.entry(agent).or_default() += 1;
        let limit = self.config.queues[call.queue.0].misses;
        self.timers.clear(Timer::Ring(key, agent));
        self.timers.set(Timer::Rest(agent), now + REST);
        let not_available = self.states.find(working::NOT_AVAILABLE);
        let who = self.touch(agent);
        who.set_line(Line::Free, "did not take it");
        who.rests_until = Some(now + REST);
        who.idle_since = now + REST;
        who.misses += u32::from(how == Miss::NoAnswer);
        if limit > 0 && who.misses >= limit {
            who.misses = 0;
            if let (Some(state), None) = (not_available, who.next) {
                who.take_up(now, state, "let too many calls ring");
            }
        }
        self.settle(now, agent);
        if over {
            self.unrung(now, key, outputs);
        }
    }

    fn reachable(
        &mut self,
        now: Instant,
        agent: AgentId,
        reachable: bool,
        outputs: &mut Vec<Output>,
    ) {
        let who = self.touch(agent);
        match (who.reach, reachable) {
            (Reach::Offline { since }, true) => {
                who.reach = Reach::Online;
                let away = now - since;
                if away >= BLINK {
                    who.idle_since = now;
                }
                if away >= REMEMBERED && who.is_out_of_calls() {
                    who.take_up(now, AVAILABLE, "signed in");
                }
                // The first time: nobody has been anything before.
                if let (Work::Chosen { since: begun, .. }, Instant::ZERO) = (&mut who.work, since) {
                    *begun = now;
                }
            }
            (Reach::Online, false) => {
                who.reach = Reach::Offline { since: now };
                if let Line::Offered(call) = who.line {
                    let extension = who.extension.clone();
                    outputs.push(Output::Withdraw {
                        call,
                        agent: extension,
                        why: WithdrawReason::Unreachable,
                    });
                    self.missed(now, call, agent, Miss::Unreachable, outputs);
                }
            }
            (Reach::Online, true) | (Reach::Offline { .. }, false) => {}
        }
        self.settle(now, agent);
    }

    /// A working state is chosen. It holds at once; during a call, and while a queue's call rings, it
    /// is what follows. In after-call work it ends that; after-call work itself is had once more.
    fn choose(&mut self, now: Instant, agent: AgentId, state: &str) {
        let chosen = self.states.find(state);
        let who = self.touch(agent);
        match (chosen, who.work) {
            (Some(state), Work::Chosen { state: same, .. }) if state == same => who.next = None,
            (Some(state), _) if who.is_out_of_calls() => who.take_up(now, state, "chosen"),
            (Some(state), _) => who.next = Some(state),
            (None, Work::AfterCall { queue, .. }) if state == working::AFTER_CALL_WORK => {
                self.wrap_up(now, agent, queue);
            }
            (None, _) => tracing::debug!(agent = who.extension, "a state that cannot be chosen"),
        }
        if chosen.is_some() {
            self.touch(agent).misses = 0;
        }
        self.settle(now, agent);
    }

    fn busy(&mut self, now: Instant, agent: AgentId, calls: u32, ringing: bool) {
        let who = self.touch(agent);
        if who.calls > 0 && calls == 0 {
            who.idle_since = now;
        }
        who.calls = calls;
        who.ringing = ringing;
        self.settle(now, agent);
    }

    fn ended(&mut self, now: Instant, agent: AgentId, queue: Option<&str>) {
        let Some(queue) = queue else {
            return;
        };
        let known = self
            .config
            .queues
            .iter()
            .position(|known| known.id == queue);
        let who = self.touch(agent);
        if who.line == Line::Talking {
            who.set_line(Line::Free, "the call ended");
        }
        who.idle_since = now;
        who.owed = known.map(QueueId);
        self.settle(now, agent);
    }

    /// After-call work of this queue begins, or is had once more.
    fn wrap_up(&mut self, now: Instant, agent: AgentId, queue: QueueId) {
        let for_ = self.config.queues[queue.0].wrap_up;
        if for_.is_zero() {
            return;
        }
        self.timers.set(Timer::WrapUp(agent), now + for_);
        self.touch(agent).wrap_up(now, queue, for_);
    }

    /// Takes up what was put off until an agent is out of calls, and keeps the lists of free agents.
    pub(super) fn settle(&mut self, now: Instant, agent: AgentId) {
        let who = self.touch(agent);
        if who.is_out_of_calls() {
            let (next, owed) = (who.next, who.owed.take());
            match (next, owed) {
                (Some(state), _) => who.take_up(now, state, "chosen during the call"),
                (None, Some(queue)) => self.wrap_up(now, agent, queue),
                (None, None) => {}
            }
        }
        let who = self.touch(agent);
        if !matches!(who.work, Work::AfterCall { .. }) {
            self.timers.clear(Timer::WrapUp(agent));
        }
        let who = &self.agents[agent.0];
        let free = who.is_free();
        for queue in who.taken.keys() {
            let list = &mut self.queues[queue.0].free;
            if free {
                list.insert(agent);
            } else {
                list.remove(&agent);
            }
        }
    }

    /// The work after a call, or a rest, is over.
    pub(super) fn agent_expired(&mut self, now: Instant, agent: AgentId, timer: Timer) {
        let who = self.touch(agent);
        match (timer, who.work) {
            (Timer::WrapUp(_), Work::AfterCall { then, .. }) => {
                let next: Option<StateId> = who.next;
                who.take_up(now, then, "after-call work is over");
                who.next = next;
            }
            (Timer::Rest(_), _) => who.rests_until = None,
            _ => {}
        }
        self.settle(now, agent);
    }

    fn tell_changes(&mut self, now: Instant, outputs: &mut Vec<Output>) {
        for agent in std::mem::take(&mut self.touched) {
            let who = &mut self.agents[agent.0];
            let shown = Shown {
                work: who.work,
                next: who.follows(),
                phone: who.phone(),
            };
            if shown == who.shown {
                continue;
            }
            if shown.phone != who.shown.phone {
                who.phone_since = Some(now);
            }
            who.shown = shown;
            outputs.push(Output::Changed {
                agent: who.extension.clone(),
            });
        }
    }
}
