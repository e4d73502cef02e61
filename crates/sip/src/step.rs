//! What the machines of registrations, subscriptions, notifiers and publications ask of the user agent that runs them.

use core::time::Duration;

use crate::dialog::{Draft, HeaderFields};
use crate::ids::TxId;
use crate::retry::BackOff;
use crate::rng::Rng;
use crate::status::StatusCode;
use crate::time::Instant;

/// Something that a machine with timers `T` and events `E` wants done, in order.
#[derive(Debug)]
#[cfg_attr(
    target_pointer_width = "64",
    expect(clippy::large_enum_variant, reason = "lives for one step")
)]
pub(crate) enum Act<T, E> {
    /// Send a request in a client transaction.
    Send(Draft),
    /// Answer a request.
    Answer(TxId, StatusCode, HeaderFields),
    /// Start (or restart) a timer.
    Start(T, Duration),
    /// Stop a timer.
    Stop(T),
    /// Stop all timers.
    StopAll,
    /// The far end wants keep-alives at this interval (RFC 5626 4.4, `Flow-Timer`).
    KeepAlive(Duration),
    /// Tell the application.
    Tell(E),
    /// The machine can be forgotten, its timers with it.
    Forget,
}

/// One step: what it is run with, and what it asks for.
#[derive(Debug)]
pub(crate) struct Step<'a, T, E> {
    /// The present instant.
    pub(crate) now: Instant,
    /// Whether the flow is open: what is sent over a closed one reaches nobody.
    pub(crate) reachable: bool,
    /// 64*T1.
    pub(crate) give_up: Duration,
    pub(crate) back_off: BackOff,
    pub(crate) rng: &'a mut Rng,
    pub(crate) acts: Vec<Act<T, E>>,
}

impl<T, E> Step<'_, T, E> {
    pub(crate) fn push(&mut self, act: Act<T, E>) {
        self.acts.push(act);
    }

    pub(crate) fn tell(&mut self, event: E) {
        self.push(Act::Tell(event));
    }

    pub(crate) fn start(&mut self, timer: T, after: Duration) {
        self.push(Act::Start(timer, after));
    }

    pub(crate) fn answer(&mut self, tx: TxId, status: StatusCode) {
        self.push(Act::Answer(tx, status, HeaderFields::new()));
    }
}
