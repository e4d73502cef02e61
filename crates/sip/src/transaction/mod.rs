//! The four transaction machines (RFC 3261 17, corrected by RFC 6026).
//!
//! Each machine is a state enum with one `match (state, input)`; it knows neither clock nor socket
//! and says what is to be done as [`Effect`]s: bytes to send, timers to start, and what the user
//! of the transaction has to hear.

mod client_invite;
mod client_other;
mod server_invite;
mod server_other;

use core::time::Duration;

use bytes::Bytes;

pub use client_invite::InviteClient;
pub use client_other::OtherClient;
pub use server_invite::InviteServer;
pub use server_other::OtherServer;

use crate::message::{Request, Response};
use crate::status::StatusCode;

/// The three estimates that all timers derive from (RFC 3261 17.1.1.1, 17.1.2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// Round trip; 500 ms.
    pub t1: Duration,
    /// Longest interval between retransmissions; 4 s.
    pub t2: Duration,
    /// Longest life of a message in the network; 5 s.
    pub t4: Duration,
    /// Whether the transport repeats what is lost: nothing is retransmitted then, and nothing has
    /// to be absorbed afterwards.
    pub reliable: bool,
}

impl Timing {
    /// 64*T1: how long an answer is awaited.
    #[must_use]
    pub fn give_up(&self) -> Duration {
        self.t1 * 64
    }

    /// How long retransmissions of the peer are absorbed: `on_datagrams`, or zero on a reliable transport.
    fn absorb(&self, on_datagrams: Duration) -> Duration {
        if self.reliable {
            Duration::ZERO
        } else {
            on_datagrams
        }
    }
}

/// The timers of RFC 3261 table 4 and of RFC 6026 that a user agent has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TxTimer {
    /// INVITE request retransmission.
    A,
    /// INVITE client gives up.
    B,
    /// INVITE client absorbs repeated refusals.
    D,
    /// Other request retransmission.
    E,
    /// Other client gives up.
    F,
    /// INVITE refusal retransmission.
    G,
    /// INVITE server gives up waiting for the ACK of a refusal.
    H,
    /// INVITE server absorbs repeated ACKs.
    I,
    /// Other server absorbs repeated requests.
    J,
    /// Other client absorbs repeated responses.
    K,
    /// INVITE server absorbs repeated INVITEs after a 2xx (RFC 6026 7.1).
    L,
    /// INVITE client takes repeated and forked 2xx (RFC 6026 7.2).
    M,
}

/// What a transaction asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Send these bytes.
    Send(Bytes),
    /// Start (or restart) this timer.
    Start(TxTimer, Duration),
    /// Stop this timer.
    Stop(TxTimer),
    /// Hand the message that was just put in to the user of the transaction.
    Deliver,
    /// Tell the user of the transaction that nothing came in time.
    GaveUp,
    /// The transaction is over and can be forgotten, its timers with it.
    Done,
}

/// Collects what a machine asks for during one step.
pub type Effects = Vec<Effect>;

/// What happens to a client transaction.
#[derive(Debug, Clone, Copy)]
pub enum ClientInput<'a> {
    /// A response matched it.
    Response(&'a Response),
    /// One of its timers fired.
    Timer(TxTimer),
    /// Its flow was replaced by a new one: what is not answered yet is sent again.
    Resend,
    /// Its user is gone: the final response is not waited for without end.
    Unwanted,
}

/// What happens to a server transaction.
#[derive(Debug, Clone)]
pub enum ServerInput {
    /// The same request came again.
    Repeated,
    /// The ACK of an INVITE came.
    Ack,
    /// The user of the transaction responds.
    Respond(StatusCode, Bytes),
    /// One of its timers fired.
    Timer(TxTimer),
}

/// A client transaction of either kind.
#[derive(Debug)]
pub enum Client {
    /// Of an INVITE (RFC 3261 17.1.1).
    Invite(InviteClient),
    /// Of any other request (RFC 3261 17.1.2).
    Other(OtherClient),
}

impl Client {
    /// Starts the transaction that fits the method of the request, by sending it.
    pub fn start(request: Request, timing: Timing, effects: &mut Effects) -> Self {
        if *request.method() == crate::method::Method::Invite {
            Self::Invite(InviteClient::start(request, timing, effects))
        } else {
            Self::Other(OtherClient::start(request, timing, effects))
        }
    }

    /// The request.
    #[must_use]
    pub fn request(&self) -> &Request {
        match self {
            Self::Invite(machine) => machine.request(),
            Self::Other(machine) => machine.request(),
        }
    }

    /// One step.
    pub fn step(&mut self, input: ClientInput<'_>, effects: &mut Effects) {
        match self {
            Self::Invite(machine) => machine.step(input, effects),
            Self::Other(machine) => machine.step(input, effects),
        }
    }

    /// Whether a final response came, or the machine gave up.
    #[must_use]
    pub fn is_answered(&self) -> bool {
        match self {
            Self::Invite(machine) => machine.is_answered(),
            Self::Other(machine) => machine.is_answered(),
        }
    }

    /// Whether it is an INVITE without any response yet.
    #[must_use]
    pub fn is_calling(&self) -> bool {
        matches!(self, Self::Invite(machine) if machine.is_calling())
    }
}

/// A server transaction of either kind.
#[derive(Debug)]
pub enum Server {
    /// Of an INVITE (RFC 3261 17.2.1).
    Invite(InviteServer),
    /// Of any other request (RFC 3261 17.2.2).
    Other(OtherServer),
}

impl Server {
    /// Whether nothing is left to do but to repeat the answer, should the request come again: it can be
    /// forgotten where room is wanted. A refused INVITE over datagrams is not, until its ACK came; nor is
    /// one that was accepted.
    ///
    /// Departs from RFC 3261 17.2.1 and 17.2.2, which keep every answer for 64*T1: a peer could make as
    /// many of them as it likes.
    #[must_use]
    pub fn is_spent(&self) -> bool {
        match self {
            Self::Invite(machine) => machine.is_spent(),
            Self::Other(machine) => machine.is_answered(),
        }
    }

    /// A transaction for a request that just came, of an INVITE or of another method.
    #[must_use]
    pub fn new(invite: bool, timing: Timing) -> Self {
        if invite {
            Self::Invite(InviteServer::new(timing))
        } else {
            Self::Other(OtherServer::new(timing))
        }
    }

    /// One step.
    pub fn step(&mut self, input: ServerInput, effects: &mut Effects) {
        match self {
            Self::Invite(machine) => machine.step(input, effects),
            Self::Other(machine) => machine.step(input, effects),
        }
    }

    /// Whether a final response was sent.
    #[must_use]
    pub fn is_answered(&self) -> bool {
        match self {
            Self::Invite(machine) => machine.is_answered(),
            Self::Other(machine) => machine.is_answered(),
        }
    }
}

/// Logs an edge of a machine.
fn log_edge(machine: &'static str, old: &'static str, new: &'static str, why: &'static str) {
    tracing::trace!(machine, old, new, why, "transaction");
}
