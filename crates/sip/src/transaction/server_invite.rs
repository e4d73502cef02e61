//! INVITE server transaction (RFC 3261 17.2.1 with RFC 6026 8.5).

use core::time::Duration;

use bytes::Bytes;

use super::{Effect, Effects, ServerInput, Timing, TxTimer, log_edge};

/// An INVITE that was received.
#[derive(Debug)]
pub struct InviteServer {
    timing: Timing,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Nothing final was sent; the last provisional response answers a repeated INVITE.
    Proceeding {
        last: Option<Bytes>,
    },
    /// A refusal was sent, and is repeated until the ACK comes.
    Completed {
        refusal: Bytes,
        interval: Duration,
    },
    /// The ACK of the refusal came; further ones are absorbed.
    Confirmed,
    /// A 2xx was sent; the user of the transaction repeats it until the ACK comes.
    Accepted,
    Terminated,
}

impl State {
    fn name(&self) -> &'static str {
        match self {
            Self::Proceeding { .. } => "proceeding",
            Self::Completed { .. } => "completed",
            Self::Confirmed => "confirmed",
            Self::Accepted => "accepted",
            Self::Terminated => "terminated",
        }
    }
}

impl InviteServer {
    /// A transaction whose INVITE just came. Its user sends the 100.
    #[must_use]
    pub fn new(timing: Timing) -> Self {
        Self {
            timing,
            state: State::Proceeding { last: None },
        }
    }

    /// Whether a final response was sent.
    #[must_use]
    pub fn is_answered(&self) -> bool {
        !matches!(self.state, State::Proceeding { .. })
    }

    /// Whether it was refused over a transport that repeats by itself.
    pub(super) fn is_spent(&self) -> bool {
        self.timing.reliable && matches!(self.state, State::Completed { .. })
    }

    fn set_state(&mut self, new: State, why: &'static str) {
        log_edge("invite server", self.state.name(), new.name(), why);
        self.state = new;
    }

    /// One step.
    pub fn step(&mut self, input: ServerInput, effects: &mut Effects) {
        match (&self.state, input) {
            // 17.2.1: a repeated INVITE is answered by what was said last.
            (State::Proceeding { last }, ServerInput::Repeated) => {
                effects.extend(last.clone().map(Effect::Send));
            }
            (State::Completed { refusal, .. }, ServerInput::Repeated) => {
                effects.push(Effect::Send(refusal.clone()));
            }
            (State::Proceeding { .. }, ServerInput::Respond(status, bytes)) => {
                effects.push(Effect::Send(bytes.clone()));
                if status.is_provisional() {
                    self.state = State::Proceeding { last: Some(bytes) };
                } else if status.is_success() {
                    // RFC 6026 7.1: timer L.
                    effects.push(Effect::Start(TxTimer::L, self.timing.give_up()));
                    self.set_state(State::Accepted, "2xx");
                } else {
                    self.refuse(bytes, effects);
                }
            }
            // RFC 6026 7.1: the user of the transaction repeats its 2xx.
            (State::Accepted, ServerInput::Respond(status, bytes)) if status.is_success() => {
                effects.push(Effect::Send(bytes));
            }
            // RFC 6026 7.1: the ACK of a 2xx belongs to the user of the transaction.
            (State::Accepted, ServerInput::Ack) => effects.push(Effect::Deliver),
            // 17.2.1: timer G doubles up to T2.
            (State::Completed { refusal, interval }, ServerInput::Timer(TxTimer::G)) => {
                let (refusal, interval) = (refusal.clone(), (*interval * 2).min(self.timing.t2));
                effects.push(Effect::Send(refusal.clone()));
                effects.push(Effect::Start(TxTimer::G, interval));
                self.state = State::Completed { refusal, interval };
            }
            // 17.2.1: the ACK never came; nobody can do anything about it.
            (State::Completed { .. }, ServerInput::Timer(TxTimer::H)) => {
                self.finish("timer H", effects);
            }
            (State::Completed { .. }, ServerInput::Ack) => {
                effects.extend([Effect::Stop(TxTimer::G), Effect::Stop(TxTimer::H)]);
                let absorb = self.timing.absorb(self.timing.t4);
                if absorb.is_zero() {
                    self.finish("ACK", effects);
                } else {
                    effects.push(Effect::Start(TxTimer::I, absorb));
                    self.set_state(State::Confirmed, "ACK");
                }
            }
            (State::Confirmed, ServerInput::Timer(TxTimer::I)) => self.finish("timer I", effects),
            (State::Accepted, ServerInput::Timer(TxTimer::L)) => self.finish("timer L", effects),
            _ => {}
        }
    }

    fn refuse(&mut self, refusal: Bytes, effects: &mut Effects) {
        if !self.timing.reliable {
            effects.push(Effect::Start(TxTimer::G, self.timing.t1));
        }
        effects.push(Effect::Start(TxTimer::H, self.timing.give_up()));
        self.set_state(
            State::Completed {
                refusal,
                interval: self.timing.t1,
            },
            "refused",
        );
    }

    fn finish(&mut self, why: &'static str, effects: &mut Effects) {
        self.set_state(State::Terminated, why);
        effects.push(Effect::Done);
    }
}
