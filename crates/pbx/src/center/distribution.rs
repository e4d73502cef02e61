//! The queues: what the distribution of calls is told, and what it wants done.
//!
//! It is told what happened in the order in which it happened, and never in the midst of carrying out
//! what it said: its inputs wait in a row, which [`Center::distribute`] works off.

use std::sync::Arc;
use std::time::Duration;

use alo_sip::time::Instant;

use super::active::CallId;
use super::ringing::Ringer;
use super::{Center, going, records};
use crate::acd::{self, AgentView, CallKey, Miss, WithdrawReason};
use crate::call::Engagement;
use crate::hunt::Why;
use crate::media::PromptId;
use crate::records::OfferEnd;

/// In how many calls an agent is, and how many he is rung for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Engaged {
    calls: u32,
    rings: u32,
}

impl Engaged {
    #[cfg(test)]
    pub(super) fn add(&mut self, engagement: Engagement) {
        if let Some(count) = self.count(engagement) {
            *count += 1;
        }
    }

    fn count(&mut self, engagement: Engagement) -> Option<&mut u32> {
        match engagement {
            // Known to the distribution: it was its doing.
            Engagement::Offered => None,
            Engagement::Rings => Some(&mut self.rings),
            Engagement::Talks => Some(&mut self.calls),
        }
    }
}

impl Center {
    /// An agent's working state, and what his phone is doing.
    #[must_use]
    pub fn agent_view(&self, extension: &str) -> Option<AgentView> {
        self.acd.agent(extension)
    }

    /// Tells the distribution something; what comes of it is done before the centre waits again.
    pub(super) fn tell_acd(&mut self, input: acd::Input) {
        self.acd_inputs.push_back(input);
    }

    /// Lets the distribution take what it was told. Says whether there was anything.
    pub(super) fn distribute(&mut self, now: Instant) -> bool {
        let Some(input) = self.acd_inputs.pop_front() else {
            return false;
        };
        let outputs = self.acd.step(now, input);
        self.queue_watchers.changed();
        for output in outputs {
            match output {
                acd::Output::Changed { agent } => self.presence_changed(now, &agent),
                acd::Output::Withdraw { call, agent, why } => {
                    self.withdraw(now, call, &agent, &why);
                }
                // Nobody is rung, or sent elsewhere, by a call centre that stops.
                _ if self.stopping => {}
                acd::Output::Offer { call, agents, ring } => self.offer(now, call, &agents, ring),
                acd::Output::Overflow { call, to, waited } => {
                    self.overflow(now, CallId(call.0), to, waited);
                }
                acd::Output::Announce { call, prompts, .. } => self.announce(now, call, prompts),
            }
        }
        true
    }

    /// Rings all phones of these agents for a call.
    fn offer(&mut self, now: Instant, call: CallKey, agents: &[String], ring: Duration) {
        let id = CallId(call.0);
        let Some(active) = self.calls.get(&id) else {
            return self.tell_acd(acd::Input::Leave { call });
        };
        let span = active.span.clone();
        let _entered = span.enter();
        let origin = active.origin.clone();
        if let Err(refusal) = self.caller_uri(&origin) {
            // A fault of the call: the agents are not to stand as those who cannot be reached.
            tracing::warn!(why = refusal.text, "cannot be offered to anybody");
            return self.refuse(now, id, refusal);
        }
        let config = Arc::clone(&self.config);
        let queue = active.queue.as_deref().and_then(|id| config.queue(id));
        let name = queue.map_or("", |queue| &queue.name);
        let facts = self.acd.facts(call, now);
        let mut fields = going::offered(name, ring, origin.called.as_deref(), facts);
        fields.extend(active.introduction.iter().cloned());
        let mut branches = Vec::new();
        for agent in agents {
            let phones: Vec<Ringer> = self.phones_of(agent);
            let rung = self
                .branches(id, &origin, phones, &fields)
                .unwrap_or_default();
            tracing::info!(agent, phones = rung.len(), "offered");
            self.track(id, |track| track.offered(now, agent));
            if rung.is_empty() {
                self.track(id, |track| {
                    track.offer_over(now, agent, OfferEnd::Unreachable);
                });
                self.tell_acd(acd::Input::Refused {
                    call,
                    agent: agent.clone(),
                    how: Miss::Unreachable,
                });
            }
            branches.extend(rung);
        }
        if let Some(active) = self.calls.get_mut(&id) {
            let outputs = active.call.offer(now, branches);
            self.carry_out(now, id, outputs);
        }
    }

    fn withdraw(&mut self, now: Instant, call: CallKey, agent: &str, why: &WithdrawReason) {
        let id = CallId(call.0);
        let Some(active) = self.calls.get_mut(&id) else {
            return;
        };
        let span = active.span.clone();
        let _entered = span.enter();
        tracing::info!(agent, ?why, "no longer offered");
        let (why, how) = match why {
            WithdrawReason::AnsweredElsewhere { .. } => {
                (Why::AnsweredElsewhere, OfferEnd::AnsweredElsewhere)
            }
            WithdrawReason::CallerGone => (Why::CallerGone, OfferEnd::CallerGone),
            WithdrawReason::NoAnswer => (Why::NoAnswer, OfferEnd::NoAnswer),
            WithdrawReason::Unreachable => (Why::NoAnswer, OfferEnd::Unreachable),
        };
        active.track.offer_over(now, agent, how);
        let outputs = active.call.withdraw(now, agent, why);
        self.carry_out(now, id, outputs);
    }

    fn announce(&mut self, now: Instant, call: CallKey, prompts: Vec<String>) {
        let id = CallId(call.0);
        if let Some(active) = self.calls.get_mut(&id) {
            let span = active.span.clone();
            let _entered = span.enter();
            let prompts = prompts.into_iter().map(PromptId).collect();
            let outputs = active.call.announce(now, prompts);
            self.carry_out(now, id, outputs);
        }
    }

    /// Who was offered a call does not take it.
    pub(super) fn missed(&mut self, now: Instant, id: CallId, agent: String, status: u16) {
        let end = records::offer_end(status);
        self.track(id, |track| track.offer_over(now, &agent, end));
        let how = match end {
            OfferEnd::Busy => Miss::Busy,
            OfferEnd::Declined => Miss::Declined,
            OfferEnd::Unreachable => Miss::Unreachable,
            _ => Miss::NoAnswer,
        };
        tracing::info!(agent, status, "not taken");
        let call = CallKey(id.0);
        self.tell_acd(acd::Input::Refused { call, agent, how });
    }

    /// Counts the calls of the agents of a call anew, and tells where something changed.
    pub(super) fn count(&mut self, id: CallId) {
        let Some(active) = self.calls.get_mut(&id) else {
            return;
        };
        let engaged = active.call.engaged();
        let now: Vec<_> = engaged.map(|(who, how)| (who.to_owned(), how)).collect();
        if active.counted == now {
            return;
        }
        let before = std::mem::replace(&mut active.counted, now.clone());
        self.recount(&before, &now);
    }

    /// A call had these agents, and has those.
    pub(super) fn recount(
        &mut self,
        before: &[(String, Engagement)],
        now: &[(String, Engagement)],
    ) {
        let mut changed = Vec::new();
        let passed = before.iter().map(|entry| (entry, false));
        let present = now.iter().map(|entry| (entry, true));
        for ((agent, engagement), is_present) in passed.chain(present) {
            let engaged = self.engaged.entry(agent.clone()).or_default();
            changed.push((agent, *engaged));
            if let Some(count) = engaged.count(*engagement) {
                *count = if is_present {
                    *count + 1
                } else {
                    count.saturating_sub(1)
                };
            }
        }
        // What it was before the first change.
        changed.sort_by_key(|(agent, _)| *agent);
        changed.dedup_by_key(|(agent, _)| *agent);
        for (agent, was) in changed {
            let engaged = self.engaged.get(agent).copied().unwrap_or_default();
            if engaged == Engaged::default() {
                self.engaged.remove(agent);
            }
            if engaged != was {
                self.tell_acd(acd::Input::Busy {
                    agent: agent.clone(),
                    calls: engaged.calls,
                    ringing: engaged.rings > 0,
                });
            }
        }
    }

    /// Tells whether an account has a phone, where that changed.
    pub(super) fn check_reachable(&mut self, extension: &str) {
        let reachable = self.registrar.reachable(extension).next().is_some();
        if reachable == self.reachable.contains(extension) {
            return;
        }
        if reachable {
            self.reachable.insert(extension.to_owned());
        } else {
            self.reachable.remove(extension);
        }
        self.tell_acd(acd::Input::Reachable {
            agent: extension.to_owned(),
            reachable,
        });
    }

    /// As [`Self::check_reachable`], of everybody who had one.
    pub(super) fn check_all_reachable(&mut self) {
        for extension in self.reachable.clone() {
            self.check_reachable(&extension);
        }
    }
}
