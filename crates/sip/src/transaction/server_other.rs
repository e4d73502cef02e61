//! Server transaction of every request but INVITE and ACK (RFC 3261 17.2.2).

use bytes::Bytes;

use super::{Effect, Effects, ServerInput, Timing, TxTimer, log_edge};

/// A request that was received.
#[derive(Debug)]
pub struct OtherServer {
    timing: Timing,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Nothing was sent.
    Trying,
    /// A provisional response was sent.
    Proceeding {
        last: Bytes,
    },
    /// The final response was sent, and answers the repeated request.
    Completed {
        last: Bytes,
    },
    Terminated,
}

impl State {
    fn name(&self) -> &'static str {
        match self {
            Self::Trying => "trying",
            Self::Proceeding { .. } => "proceeding",
            Self::Completed { .. } => "completed",
            Self::Terminated => "terminated",
        }
    }
}

impl OtherServer {
    /// A transaction whose request just came.
    #[must_use]
    pub fn new(timing: Timing) -> Self {
        Self {
            timing,
            state: State::Trying,
        }
    }

    /// Whether a final response was sent.
    #[must_use]
    pub fn is_answered(&self) -> bool {
        matches!(self.state, State::Completed { .. } | State::Terminated)
    }

    fn set_state(&mut self, new: State, why: &'static str) {
        log_edge("server", self.state.name(), new.name(), why);
        self.state = new;
    }

    /// One step.
    pub fn step(&mut self, input: ServerInput, effects: &mut Effects) {
        match (&self.state, input) {
            // 17.2.2: a repeated request is answered by what was said last.
            (State::Proceeding { last } | State::Completed { last }, ServerInput::Repeated) => {
                effects.push(Effect::Send(last.clone()));
            }
            (State::Trying | State::Proceeding { .. }, ServerInput::Respond(status, bytes)) => {
                effects.push(Effect::Send(bytes.clone()));
                if status.is_provisional() {
                    self.set_state(State::Proceeding { last: bytes }, "1xx");
                    return;
                }
                // 17.2.2: timer J is 64*T1 over datagrams and zero over reliable transports.
                // Departs from RFC: it runs over reliable transports too, because a client whose
                // flow broke sends the same request again over its next one. As long as nobody wants
                // its room (`Server::is_spent`), and only in a session once the flow is known to be gone.
                effects.push(Effect::Start(TxTimer::J, self.timing.give_up()));
                self.set_state(State::Completed { last: bytes }, "final response");
            }
            (State::Completed { .. }, ServerInput::Timer(TxTimer::J)) => {
                self.set_state(State::Terminated, "timer J");
                effects.push(Effect::Done);
            }
            _ => {}
        }
    }
}
