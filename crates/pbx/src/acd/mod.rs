//! Automatic call distribution: which agent is offered which waiting call.
//!
//! One machine for all queues and all agents, without a clock and without I/O. The call centre tells
//! it what happens by [`Acd::step`], does what comes back, and calls it again at
//! [`Acd::next_timeout`]. What it promises:
//!
//! 1. A call that entered a queue ends in one way: answered, gone, or overflowed.
//! 2. An agent's phone rings for one call at a time, and for none while he is in a call, is not
//!    Available, is in after-call work, or has not taken a call within the last [`REST`].
//! 3. No call waits without ringing while somebody is free who may take it. Between queues the higher
//!    priority goes first, then who has waited longest, time in queues before included.
//! 4. An offer goes by the queue's strategy; who has passed on the call already comes after those who
//!    have not. With [`RingAll`](crate::config::Strategy::RingAll) who becomes free meanwhile is rung
//!    too.
//! 5. A state that is chosen during a call, or while a queue's call rings, holds from the end of the
//!    call, in place of after-call work: who asks for lunch goes to lunch. One that is chosen in
//!    after-call work ends it. After-call work goes back to the state before the call.
//! 6. Announcements are not begun while a phone rings for the call; one that was due is made up for
//!    when the ringing ends, even where the next phone begins to ring at once.
//! 7. A call whose time is up goes when no phone rings for it; until then it may still be answered,
//!    but no other phone is rung.

mod agent;
mod distribute;
mod io;
mod machine;
mod queue;
mod timers;
mod view;

pub use io::{AgentView, CallKey, Facts, Input, Miss, Output, Phone, QueueView, WithdrawReason};
pub use machine::{Acd, REST};

#[cfg(test)]
mod tests;
