//! Which call is offered to whom, and what becomes of a call that waits.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use alo_sip::time::Instant;

use super::agent::{AgentId, Line};
use super::io::{CallKey, Miss, Output, WithdrawReason};
use super::machine::Acd;
use super::queue::{Place, QueueId, Standing};
use super::timers::Timer;
use crate::config::Strategy;

impl Acd {
    /// Offers calls as long as there is one that no phone rings for and an agent who may take it.
    pub(super) fn distribute(&mut self, now: Instant, outputs: &mut Vec<Output>) {
        while let Some((queue, call)) = self.next_call() {
            let agents = self.whom(queue, call);
            if agents.is_empty() {
                break;
            }
            self.offer(now, queue, call, agents, outputs);
        }
        self.join(now, outputs);
    }

    /// The call that is next: of the queue with the highest priority, the one that has waited
    /// longest.
    fn next_call(&self) -> Option<(QueueId, CallKey)> {
        let heads = self.queues.iter().enumerate().filter_map(|(index, queue)| {
            let head = queue.waiting.first().filter(|_| !queue.free.is_empty())?;
            Some((Reverse(self.config.queues[index].priority), *head, index))
        });
        let (_, (_, call), index) = heads.min()?;
        Some((QueueId(index), call))
    }

    fn whom(&self, queue: QueueId, call: CallKey) -> BTreeSet<AgentId> {
        let strategy = self.config.queues[queue.0].strategy;
        let list = &self.queues[queue.0];
        if strategy == Strategy::RingAll {
            return list.free.clone();
        }
        let call = self.calls.get(&call);
        let chosen = call.and_then(|call| list.choose(queue, strategy, call, &self.agents));
        chosen.into_iter().collect()
    }

    /// Who becomes free while all are rung for a call is rung too, unless he has just not taken it.
    fn join(&mut self, now: Instant, outputs: &mut Vec<Output>) {
        let mut order: Vec<_> = (0..self.queues.len()).collect();
        order.retain(|index| {
            let all = self.config.queues[*index].strategy == Strategy::RingAll;
            all && !self.queues[*index].free.is_empty()
        });
        order.sort_by_key(|index| Reverse(self.config.queues[*index].priority));
        for index in order {
            let rung: Vec<Place> = self.queues[index].rung.iter().copied().collect();
            for (_, key) in rung {
                let Some(Standing::Rung {
                    passed,
                    overdue: false,
                    ..
                }) = self.calls.get(&key).map(|call| &call.standing)
                else {
                    continue;
                };
                let free = &self.queues[index].free;
                let joining: BTreeSet<_> = free.difference(passed).copied().collect();
                if !joining.is_empty() {
                    self.offer(now, QueueId(index), key, joining, outputs);
                }
            }
        }
    }

    fn offer(
        &mut self,
        now: Instant,
        queue: QueueId,
        key: CallKey,
        agents: BTreeSet<AgentId>,
        outputs: &mut Vec<Output>,
    ) {
        let ring = self.config.queues[queue.0].ring;
        let Some(call) = self.calls.get_mut(&key) else {
            return;
        };
        let place = call.place();
        match &mut call.standing {
            Standing::Rung { offers, .. } => offers.extend(&agents),
            Standing::Waiting => {
                let rung = Standing::Rung {
                    offers: agents.clone(),
                    passed: BTreeSet::new(),
                    overdue: false,
                    unsaid: false,
                };
                call.set_standing(rung, "offered");
            }
        }
        let list = &mut self.queues[queue.0];
        list.waiting.remove(&place);
        list.rung.insert(place);
        let mut extensions = Vec::new();
        for agent in agents {
            let list = &mut self.queues[queue.0];
            list.last = list.members.get(&agent).copied().or(list.last);
            self.timers.set(Timer::Ring(key, agent), now + ring);
            let who = self.touch(agent);
            who.set_line(Line::Offered(key), "offered");
            extensions.push(who.extension.clone());
            self.settle(now, agent);
        }
        outputs.push(Output::Offer {
            call: key,
            agents: extensions,
            ring,
        });
    }

    /// No phone rings for a call any more.
    pub(super) fn unrung(&mut self, now: Instant, key: CallKey, outputs: &mut Vec<Output>) {
        let Some(call) = self.calls.get_mut(&key) else {
            return;
        };
        let Standing::Rung {
            overdue, unsaid, ..
        } = call.standing
        else {
            return;
        };
        let place = call.place();
        call.set_standing(Standing::Waiting, "nobody took it");
        let list = &mut self.queues[call.queue.0];
        list.rung.remove(&place);
        list.waiting.insert(place);
        if overdue {
            self.overflow(now, key, outputs);
        } else if unsaid {
            self.announce(key, outputs);
        }
    }

    /// Something is due by itself.
    pub(super) fn expired(&mut self, now: Instant, timer: Timer, outputs: &mut Vec<Output>) {
        match timer {
            Timer::Ring(call, agent) => {
                outputs.push(Output::Withdraw {
                    call,
                    agent: self.touch(agent).extension.clone(),
                    why: WithdrawReason::NoAnswer,
                });
                self.missed(now, call, agent, Miss::NoAnswer, outputs);
            }
            Timer::MaxWait(key) => match self.calls.get_mut(&key).map(|call| &mut call.standing) {
                Some(Standing::Waiting) => self.overflow(now, key, outputs),
                // Whose phone rings may still answer: nobody is torn away from under a hand.
                Some(Standing::Rung { overdue, .. }) => *overdue = true,
                None => {}
            },
            Timer::Announce(key) => self.announcement_due(now, key, outputs),
            Timer::WrapUp(agent) | Timer::Rest(agent) => self.agent_expired(now, agent, timer),
        }
    }

    fn announcement_due(&mut self, now: Instant, key: CallKey, outputs: &mut Vec<Output>) {
        let Some(call) = self.calls.get_mut(&key) else {
            return;
        };
        let Some(announce) = &self.config.queues[call.queue.0].announce else {
            return;
        };
        self.timers.set(Timer::Announce(key), now + announce.every);
        match &mut call.standing {
            Standing::Waiting => self.announce(key, outputs),
            // An agent would answer into the middle of it.
            Standing::Rung { unsaid, .. } => *unsaid = true,
        }
    }

    fn announce(&self, key: CallKey, outputs: &mut Vec<Output>) {
        let Some(call) = self.calls.get(&key) else {
            return;
        };
        let Some(announce) = &self.config.queues[call.queue.0].announce else {
            return;
        };
        let before = self.queues[call.queue.0].before(call.place());
        let position = u32::try_from(before + 1).unwrap_or(u32::MAX);
        let prompts = announce.said_at(position);
        if !prompts.is_empty() {
            outputs.push(Output::Announce {
                call: key,
                prompts,
                position,
            });
        }
    }

    fn overflow(&mut self, now: Instant, key: CallKey, outputs: &mut Vec<Output>) {
        let Some(call) = self.remove(key) else {
            return;
        };
        outputs.push(Output::Overflow {
            call: key,
            to: self.config.queues[call.queue.0].overflow.clone(),
            waited: call.waited(now),
        });
    }
}
