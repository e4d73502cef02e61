//! A call centre of a few people, with a clock that is set by hand.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use alo_sip::time::Instant;

use crate::acd::{Acd, AgentView, CallKey, Input, Miss, Output, QueueView, WithdrawReason};
use crate::config::{Config, Overflow};

/// A call centre.
pub(super) struct World {
    pub(super) acd: Acd,
    pub(super) now: Instant,
}

/// A point in time.
pub(super) fn at(seconds: u64) -> Instant {
    Instant::from_millis(seconds * 1000)
}

/// What came out, one word a thing, so that a story can be read.
pub(super) fn words(outputs: &[Output]) -> Vec<String> {
    let told = outputs.iter().filter_map(|output| {
        Some(match output {
            Output::Offer { call, agents, .. } => format!("{} rings {}", call.0, agents.join("+")),
            Output::Withdraw { call, agent, why } => {
                let why = match why {
                    WithdrawReason::AnsweredElsewhere { by } => format!("answered by {by}"),
                    WithdrawReason::CallerGone => "caller gone".into(),
                    WithdrawReason::NoAnswer => "no answer".into(),
                    WithdrawReason::Unreachable => "unreachable".into(),
                };
                format!("{} off {agent}: {why}", call.0)
            }
            Output::Overflow { call, to, waited } => {
                let to = match to {
                    Overflow::To(to) => format!("{to:?}"),
                    Overflow::Apology(prompts) => prompts.join("+"),
                };
                format!("{} overflows to {to} after {}", call.0, waited.as_secs())
            }
            Output::Announce {
                call,
                prompts,
                position,
            } => format!("{} hears {} as {position}", call.0, prompts.join("+")),
            Output::Changed { .. } => return None,
        })
    });
    told.collect()
}

impl World {
    /// With agents 101 to 105, all signed in at second 100, and this queue named `q`.
    pub(super) fn new(queue: &str) -> Self {
        let mut world = Self::empty(&format!("[[queue]]\nid = \"q\"\n{queue}"));
        for extension in 101..=105 {
            world.reachable(&extension.to_string(), true);
        }
        world
    }

    /// With agents 101 to 105, none signed in, and what this says.
    pub(super) fn empty(rest: &str) -> Self {
        let mut file = String::new();
        for extension in 101..=105 {
            let lines = format!("[[agent]]\nextension = \"{extension}\"\nname = \"x\"\n");
            let _ = writeln!(file, "{lines}password = \"x\"");
        }
        file.push_str(rest);
        let config = Config::parse("pbx.toml", &file).unwrap_or_else(|error| panic!("{error}"));
        Self {
            acd: Acd::new(Arc::new(config)),
            now: at(100),
        }
    }

    /// Something happens.
    pub(super) fn step(&mut self, input: Input) -> Vec<String> {
        words(&self.acd.step(self.now, input))
    }

    /// Time passes, and everything that is due on the way happens when it is due.
    pub(super) fn until(&mut self, seconds: u64) -> Vec<String> {
        let mut said = Vec::new();
        while let Some(due) = self.acd.next_timeout().filter(|due| *due <= at(seconds)) {
            assert!(due > self.now, "the machine is late, or stands still");
            self.now = due;
            said.extend(self.step(Input::Timeout));
        }
        self.now = at(seconds);
        said
    }

    /// A call comes to the queue `q`.
    pub(super) fn enter(&mut self, call: u64) -> Vec<String> {
        self.enter_to(call, "q", 0)
    }

    /// A call comes to a queue, after so many seconds in others.
    pub(super) fn enter_to(&mut self, call: u64, queue: &str, waited: u64) -> Vec<String> {
        self.step(Input::Enter {
            call: CallKey(call),
            queue: queue.into(),
            waited: Duration::from_secs(waited),
        })
    }

    /// A caller hangs up.
    pub(super) fn leave(&mut self, call: u64) -> Vec<String> {
        self.step(Input::Leave {
            call: CallKey(call),
        })
    }

    /// An agent answers.
    pub(super) fn answer(&mut self, call: u64, agent: &str) -> Vec<String> {
        self.step(Input::Answered {
            call: CallKey(call),
            agent: agent.into(),
        })
    }

    /// An agent does not take a call.
    pub(super) fn refuse(&mut self, call: u64, agent: &str, how: Miss) -> Vec<String> {
        self.step(Input::Refused {
            call: CallKey(call),
            agent: agent.into(),
            how,
        })
    }

    /// An agent's call of the queue `q` ends.
    pub(super) fn end(&mut self, agent: &str) -> Vec<String> {
        self.step(Input::Ended {
            agent: agent.into(),
            queue: Some("q".into()),
        })
    }

    /// An agent chooses a state.
    pub(super) fn choose(&mut self, agent: &str, state: &str) -> Vec<String> {
        self.step(Input::Choose {
            agent: agent.into(),
            state: state.into(),
        })
    }

    /// An agent's other calls.
    pub(super) fn busy(&mut self, agent: &str, calls: u32, ringing: bool) -> Vec<String> {
        self.step(Input::Busy {
            agent: agent.into(),
            calls,
            ringing,
        })
    }

    /// An agent's phones come or go.
    pub(super) fn reachable(&mut self, agent: &str, reachable: bool) -> Vec<String> {
        self.step(Input::Reachable {
            agent: agent.into(),
            reachable,
        })
    }

    /// An agent, as presence shows him.
    pub(super) fn agent(&self, extension: &str) -> AgentView {
        self.acd.agent(extension).unwrap()
    }

    /// The queue `q`.
    pub(super) fn queue(&self) -> QueueView {
        self.acd.queue("q").unwrap()
    }
}
