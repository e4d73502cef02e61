//! The softphone without a browser: what a softphone *does*, sans-IO.
//!
//! [`Phone`] turns [`Command`](language::Command)s, SIP bytes and media events into
//! SIP bytes, media requests, a [`State`](language::State) and [`Event`](language::Event)s. It
//! opens no socket, reads no clock and draws no random number: all of it is handed in.
//!
//! The loop that drives it:
//!
//! 1. call [`Phone::handle_input`] with `now` and what happened (a command, socket or media input, or
//!    that the time asked for has come);
//! 2. call [`Phone::poll_output`] and carry out what it returns until it returns
//!    [`Output::Timeout`](io::Output::Timeout);
//! 3. publish [`Phone::state`] where an [`Output::StateChanged`](io::Output::StateChanged) was seen;
//! 4. wait for the next thing that happens, at most until that timeout; go to 1.

#[cfg(all(test, target_arch = "wasm32"))]
#[macro_use]
extern crate alo_wasm_test;

pub mod io;
pub mod language;
pub mod phone;

pub use phone::{Phone, PhoneConfig};
