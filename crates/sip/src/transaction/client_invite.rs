//! INVITE client transaction (RFC 3261 17.1.1 with RFC 6026 8.4).

use core::time::Duration;

use bytes::Bytes;

use super::{ClientInput, Effect, Effects, Timing, TxTimer, log_edge};
use crate::header::HeaderName;
use crate::message::{Request, RequestBuilder, Response};
use crate::method::Method;

/// An INVITE that waits for its responses.
#[derive(Debug)]
pub struct InviteClient {
    request: Request,
    timing: Timing,
    state: State,
}

#[derive(Debug)]
enum State {
    /// No response yet; the next retransmission comes after this interval.
    Calling {
        interval: Duration,
    },
    /// A provisional response came.
    Proceeding,
    /// Nobody waits for the final response; if it comes in time, it is acknowledged.
    Unwanted,
    /// A refusal came; the ACK is repeated for each repetition of it.
    Completed {
        ack: Option<Bytes>,
    },
    /// A 2xx came; repeated ones and those of other forks go to the user.
    Accepted,
    Terminated,
}

impl State {
    fn name(&self) -> &'static str {
        match self {
            Self::Calling { .. } => "calling",
            Self::Proceeding => "proceeding",
            Self::Unwanted => "unwanted",
            Self::Completed { .. } => "completed",
            Self::Accepted => "accepted",
            Self::Terminated => "terminated",
        }
    }
}

impl InviteClient {
    /// Sends the INVITE (RFC 3261 17.1.1.2).
    pub fn start(request: Request, timing: Timing, effects: &mut Effects) -> Self {
        effects.push(Effect::Send(request.as_bytes().clone()));
        if !timing.reliable {
            effects.push(Effect::Start(TxTimer::A, timing.t1));
        }
        effects.push(Effect::Start(TxTimer::B, timing.give_up()));
        Self {
            request,
            timing,
            state: State::Calling {
                interval: timing.t1,
            },
        }
    }

    /// The INVITE.
    #[must_use]
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// Whether a final response came, or the machine gave up.
    #[must_use]
    pub fn is_answered(&self) -> bool {
        !matches!(
            self.state,
            State::Calling { .. } | State::Proceeding | State::Unwanted
        )
    }

    /// Whether no response came yet: a CANCEL may not go out (RFC 3261 9.1).
    #[must_use]
    pub fn is_calling(&self) -> bool {
        matches!(self.state, State::Calling { .. })
    }

    fn set_state(&mut self, new: State, why: &'static str) {
        log_edge("invite client", self.state.name(), new.name(), why);
        self.state = new;
    }

    /// One step.
    pub fn step(&mut self, input: ClientInput<'_>, effects: &mut Effects) {
        match (&self.state, input) {
            // 17.1.1.2: timer A doubles without bound until timer B.
            (State::Calling { interval }, ClientInput::Timer(TxTimer::A)) => {
                let interval = *interval * 2;
                effects.push(Effect::Send(self.request.as_bytes().clone()));
                effects.push(Effect::Start(TxTimer::A, interval));
                self.state = State::Calling { interval };
            }
            // 17.1.1.2: nobody answered.
            (State::Calling { .. }, ClientInput::Timer(TxTimer::B)) => {
                effects.push(Effect::GaveUp);
                self.finish("timer B", effects);
            }
            // Further provisional responses do not put off the end.
            (State::Unwanted, ClientInput::Response(response))
                if response.status().is_provisional() => {}
            (
                State::Calling { .. } | State::Proceeding | State::Unwanted,
                ClientInput::Response(response),
            ) => {
                self.first_responses(response, effects);
            }
            // 9.1: as after a CANCEL, 64*T1 are enough.
            (State::Calling { .. } | State::Proceeding, ClientInput::Unwanted) => {
                effects.extend([
                    Effect::Stop(TxTimer::A),
                    Effect::Start(TxTimer::B, self.timing.give_up()),
                ]);
                self.set_state(State::Unwanted, "nobody waits");
            }
            (State::Unwanted, ClientInput::Timer(TxTimer::B)) => self.finish("timer B", effects),
            // 17.1.1.2: a repeated refusal is acknowledged again and not shown.
            (State::Completed { ack }, ClientInput::Response(response))
                if response.status().is_failure() =>
            {
                effects.extend(ack.clone().map(Effect::Send));
            }
            // RFC 6026 7.2: every 2xx goes to the user, which acknowledges it.
            (State::Accepted, ClientInput::Response(response))
                if response.status().is_success() =>
            {
                effects.push(Effect::Deliver);
            }
            (State::Completed { .. }, ClientInput::Timer(TxTimer::D)) => {
                self.finish("timer D", effects);
            }
            (State::Accepted, ClientInput::Timer(TxTimer::M)) => self.finish("timer M", effects),
            // A new flow takes over: the server recognises the same branch.
            (State::Calling { .. } | State::Proceeding, ClientInput::Resend) => {
                effects.push(Effect::Send(self.request.as_bytes().clone()));
                if matches!(self.state, State::Calling { .. }) {
                    effects.push(Effect::Start(TxTimer::B, self.timing.give_up()));
                }
            }
            _ => {}
        }
    }

    /// A response while none of the final ones has come (RFC 3261 17.1.1.2, RFC 6026 8.4).
    fn first_responses(&mut self, response: &Response, effects: &mut Effects) {
        effects.extend([
            Effect::Stop(TxTimer::A),
            Effect::Stop(TxTimer::B),
            Effect::Deliver,
        ]);
        let status = response.status();
        if status.is_provisional() {
            self.set_state(State::Proceeding, "1xx");
        } else if status.is_success() {
            effects.push(Effect::Start(TxTimer::M, self.timing.give_up()));
            self.set_state(State::Accepted, "2xx");
        } else {
            let ack = ack_of_refusal(&self.request, response);
            effects.extend(ack.clone().map(Effect::Send));
            // Timer D: at least 32 s over datagrams, zero over reliable transports.
            let absorb = self
                .timing
                .absorb(self.timing.give_up().max(Duration::from_secs(32)));
            if absorb.is_zero() {
                self.finish("refused", effects);
            } else {
                effects.push(Effect::Start(TxTimer::D, absorb));
                self.set_state(State::Completed { ack }, "refused");
            }
        }
    }

    fn finish(&mut self, why: &'static str, effects: &mut Effects) {
        self.set_state(State::Terminated, why);
        effects.push(Effect::Done);
    }
}

/// The ACK of a refusal (RFC 3261 17.1.1.3): Request-URI, top `Via`, `From`, `Call-ID`, `Route` and
/// the sequence number of the INVITE, and the `To` of the response.
fn ack_of_refusal(invite: &Request, response: &Response) -> Option<Bytes> {
    let target = invite.target().ok()?;
    let headers = invite.headers();
    let cseq = headers.cseq().ok().flatten()?.seq;
    let mut ack = RequestBuilder::new(Method::Ack, &target)
        .header(HeaderName::Via, headers.get(&HeaderName::Via)?)
        .header(HeaderName::MaxForwards, 70);
    for route in headers.all(&HeaderName::Route) {
        ack = ack.header(HeaderName::Route, route);
    }
    let ack = ack
        .header(HeaderName::From, headers.get(&HeaderName::From)?)
        .header(HeaderName::To, response.headers().get(&HeaderName::To)?)
        .header(HeaderName::CallId, headers.get(&HeaderName::CallId)?)
        .header(HeaderName::CSeq, format_args!("{cseq} ACK"))
        .build();
    Some(ack.as_bytes().clone())
}
