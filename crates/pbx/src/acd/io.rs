//! What the distribution of calls is told, what it wants done, and what can be asked of it.

use std::time::Duration;

use alo_sip::time::Instant;

use crate::config::Overflow;

/// A call, as the call centre counts them; each waits in one queue at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallKey(pub u64);

/// Why an agent did not take a call that was offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Miss {
    /// He let it ring. Counts for `misses` of the queue; the ring time is kept here too, so that this
    /// need not be told.
    NoAnswer,
    /// He declined.
    Declined,
    /// His phone cannot be reached.
    Unreachable,
    /// His phone says that it is busy.
    Busy,
}

/// What happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// A call comes to a queue, answered already and hearing music.
    Enter {
        /// The call.
        call: CallKey,
        /// Id of the queue.
        queue: String,
        /// How long it has waited in queues before this one. It keeps its place by all it waited.
        waited: Duration,
    },
    /// A call is gone: the caller hung up, or it was taken elsewhere. No answer of an agent is needed
    /// for it any more.
    Leave {
        /// The call.
        call: CallKey,
    },
    /// An agent's phones came or went; he is reachable while one is there.
    Reachable {
        /// Extension.
        agent: String,
        /// Whether one is there.
        reachable: bool,
    },
    /// An agent chose a working state.
    Choose {
        /// Extension.
        agent: String,
        /// Id of the state.
        state: String,
    },
    /// The calls of an agent that this machine does not know by itself, all of them anew: direct calls,
    /// outgoing calls. To count the answered call of a queue here too does no harm.
    Busy {
        /// Extension.
        agent: String,
        /// In how many calls he is.
        calls: u32,
        /// Whether his phone rings for one.
        ringing: bool,
    },
    /// An agent answered an offer. Without an offer that still stands it is nothing: he has been told
    /// why by [`Output::Withdraw`], which crossed his answer. [`Acd::offered`](super::Acd::offered)
    /// knows whether it stands.
    Answered {
        /// The call.
        call: CallKey,
        /// Extension.
        agent: String,
    },
    /// An agent does not take an offer.
    Refused {
        /// The call.
        call: CallKey,
        /// Extension.
        agent: String,
        /// How.
        how: Miss,
    },
    /// A call of an agent ended, or he left it.
    Ended {
        /// Extension.
        agent: String,
        /// Id of the queue that it came from, whose after-call work begins; `None` for other calls,
        /// which [`Input::Busy`] tells of.
        queue: Option<String>,
    },
    /// Time passed.
    Timeout,
}

/// Why an offer ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WithdrawReason {
    /// Another agent has the call.
    AnsweredElsewhere {
        /// His extension.
        by: String,
    },
    /// The caller hung up, or the call went elsewhere.
    CallerGone,
    /// It rang long enough.
    NoAnswer,
    /// His phone can no longer be reached.
    Unreachable,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// A call is to ring at these agents, all at the same time. Others may ring for it already.
    Offer {
        /// The call.
        call: CallKey,
        /// Extensions; not empty.
        agents: Vec<String>,
        /// For how long; [`Output::Withdraw`] comes when it is over.
        ring: Duration,
    },
    /// An offer is over; the phone is to stop ringing.
    Withdraw {
        /// The call.
        call: CallKey,
        /// Extension.
        agent: String,
        /// Why.
        why: WithdrawReason,
    },
    /// A call waited too long, and is in no queue any more.
    Overflow {
        /// The call.
        call: CallKey,
        /// Where it goes.
        to: Overflow,
        /// How long it has waited, in all queues: what the next [`Input::Enter`] takes.
        waited: Duration,
    },
    /// Who waits is to be told something, and then hears music again.
    Announce {
        /// The call.
        call: CallKey,
        /// Prompts, one after the other.
        prompts: Vec<String>,
        /// Place in the queue; 1 is the next.
        position: u32,
    },
    /// What [`Acd::agent`](super::Acd::agent) says about this agent is different now.
    Changed {
        /// Extension.
        agent: String,
    },
}

/// What an agent's phone is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phone {
    /// Signed out, or lost.
    Offline,
    /// Signed in, and in no call.
    Idle,
    /// Rings, for a queue or for another call.
    Ringing,
    /// In a call.
    InCall,
}

/// An agent, as presence shows him.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentView {
    /// Id of the working state.
    pub state: String,
    /// Its name.
    pub name: String,
    /// Since when he is in this state.
    pub since: Instant,
    /// When the state ends by itself (after-call work).
    pub until: Option<Instant>,
    /// Id and name of the state that follows: chosen during a call, or what after-call work goes back
    /// to where that is not Available.
    pub next: Option<(String, String)>,
    /// What his phone is doing.
    pub phone: Phone,
    /// Since when it does so; `None` for a phone that has not been there yet: nobody knows since when.
    pub phone_since: Option<Instant>,
}

/// What is to be said about a waiting call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// How many others wait in its queue.
    pub waiting: u32,
    /// How long it has waited, in all queues.
    pub waited: Duration,
}

/// A queue, as it is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueView {
    /// Calls that wait, those included for which a phone rings.
    pub waiting: u32,
    /// Agents who would be offered a call that came now.
    pub free_agents: u32,
}
