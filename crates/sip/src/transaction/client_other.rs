//! Client transaction of every request but INVITE and ACK (RFC 3261 17.1.2).

use core::time::Duration;

use super::{ClientInput, Effect, Effects, Timing, TxTimer, log_edge};
use crate::message::Request;

/// A request that waits for its final response.
#[derive(Debug)]
pub struct OtherClient {
    request: Request,
    timing: Timing,
    state: State,
}

#[derive(Debug)]
enum State {
    /// No response yet; the next retransmission comes after this interval.
    Trying {
        interval: Duration,
    },
    /// A provisional response came.
    Proceeding,
    /// The final response came.
    Completed,
    Terminated,
}

impl State {
    fn name(&self) -> &'static str {
        match self {
            Self::Trying { .. } => "trying",
            Self::Proceeding => "proceeding",
            Self::Completed => "completed",
            Self::Terminated => "terminated",
        }
    }
}

impl OtherClient {
    /// Sends the request (RFC 3261 17.1.2.2).
    pub fn start(request: Request, timing: Timing, effects: &mut Effects) -> Self {
        effects.push(Effect::Send(request.as_bytes().clone()));
        if !timing.reliable {
            effects.push(Effect::Start(TxTimer::E, timing.t1));
        }
        effects.push(Effect::Start(TxTimer::F, timing.give_up()));
        Self {
            request,
            timing,
            state: State::Trying {
                interval: timing.t1,
            },
        }
    }

    /// The request.
    #[must_use]
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// Whether a final response came, or the machine gave up.
    #[must_use]
    pub fn is_answered(&self) -> bool {
        matches!(self.state, State::Completed | State::Terminated)
    }

    fn set_state(&mut self, new: State, why: &'static str) {
        log_edge("client", self.state.name(), new.name(), why);
        self.state = new;
    }

    /// One step.
    pub fn step(&mut self, input: ClientInput<'_>, effects: &mut Effects) {
        match (&self.state, input) {
            // 17.1.2.2: timer E doubles up to T2.
            (State::Trying { interval }, ClientInput::Timer(TxTimer::E)) => {
                let interval = (*interval * 2).min(self.timing.t2);
                effects.push(Effect::Send(self.request.as_bytes().clone()));
                effects.push(Effect::Start(TxTimer::E, interval));
                self.state = State::Trying { interval };
            }
            // 17.1.2.2: after a provisional response at T2.
            (State::Proceeding, ClientInput::Timer(TxTimer::E)) => {
                effects.push(Effect::Send(self.request.as_bytes().clone()));
                effects.push(Effect::Start(TxTimer::E, self.timing.t2));
            }
            // 17.1.2.2: no final response in time.
            (State::Trying { .. } | State::Proceeding, ClientInput::Timer(TxTimer::F)) => {
                effects.push(Effect::GaveUp);
                self.finish("timer F", effects);
            }
            (State::Trying { .. } | State::Proceeding, ClientInput::Response(response)) => {
                effects.push(Effect::Deliver);
                if response.status().is_provisional() {
                    if matches!(self.state, State::Trying { .. }) {
                        self.set_state(State::Proceeding, "1xx");
                    }
                } else {
                    self.complete(effects);
                }
            }
            (State::Completed, ClientInput::Timer(TxTimer::K)) => self.finish("timer K", effects),
            // A new flow takes over: the server recognises the same branch.
            (State::Trying { .. } | State::Proceeding, ClientInput::Resend) => {
                effects.push(Effect::Send(self.request.as_bytes().clone()));
                effects.push(Effect::Start(TxTimer::F, self.timing.give_up()));
            }
            _ => {}
        }
    }

    /// The final response came: repetitions of it are absorbed during T4 (17.1.2.2).
    fn complete(&mut self, effects: &mut Effects) {
        effects.extend([Effect::Stop(TxTimer::E), Effect::Stop(TxTimer::F)]);
        let absorb = self.timing.absorb(self.timing.t4);
        if absorb.is_zero() {
            self.finish("final response", effects);
        } else {
            effects.push(Effect::Start(TxTimer::K, absorb));
            self.set_state(State::Completed, "final response");
        }
    }

    fn finish(&mut self, why: &'static str, effects: &mut Effects) {
        self.set_state(State::Terminated, why);
        effects.push(Effect::Done);
    }
}
