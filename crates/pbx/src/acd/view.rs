//! What can be asked about agents, queues and waiting calls.

use alo_api::working;
use alo_sip::time::Instant;

use super::agent::Work;
use super::io::{AgentView, CallKey, Facts, QueueView};
use super::machine::Acd;

impl Acd {
    /// An agent, as presence shows him.
    #[must_use]
    pub fn agent(&self, extension: &str) -> Option<AgentView> {
        let agent = self.agents.get(self.find(extension)?.0)?;
        let (state, name, since, until) = match agent.work {
            Work::Chosen { state, since } => {
                let (id, name) = self.states.named(state);
                (id, name, since, None)
            }
            Work::AfterCall { since, until, .. } => {
                let id = working::AFTER_CALL_WORK.to_owned();
                (id, "After-call work".to_owned(), since, Some(until))
            }
        };
        Some(AgentView {
            state,
            name,
            since,
            until,
            next: agent.follows().map(|next| self.states.named(next)),
            phone: agent.phone(),
            phone_since: agent.phone_since,
        })
    }

    /// Whether this call is offered to this agent now: whether his answer would win it.
    #[must_use]
    pub fn offered(&self, call: CallKey, agent: &str) -> bool {
        let call = self.calls.get(&call).zip(self.find(agent));
        call.is_some_and(|(call, agent)| call.is_offered(agent))
    }

    /// What is to be said about a waiting call; `None` where it waits in no queue.
    #[must_use]
    pub fn facts(&self, call: CallKey, now: Instant) -> Option<Facts> {
        let call = self.calls.get(&call)?;
        let others = self.queues.get(call.queue.0)?.len().saturating_sub(1);
        Some(Facts {
            waiting: u32::try_from(others).unwrap_or(u32::MAX),
            waited: call.waited(now),
        })
    }

    /// A queue, as it is now; `None` where there is no such queue.
    #[must_use]
    pub fn queue(&self, id: &str) -> Option<QueueView> {
        let index = self.config.queues.iter().position(|queue| queue.id == id)?;
        let queue = self.queues.get(index)?;
        let count = |count| u32::try_from(count).unwrap_or(u32::MAX);
        Some(QueueView {
            waiting: count(queue.len()),
            free_agents: count(queue.free.len()),
        })
    }

    /// Whether a working state of this id may be chosen at all.
    #[must_use]
    pub fn knows_state(&self, id: &str) -> bool {
        id == working::AFTER_CALL_WORK || self.states.find(id).is_some()
    }
}
