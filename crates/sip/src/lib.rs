//! A SIP user agent without I/O: no sockets, no clock, no threads, no randomness of its own.
//!
//! [`ua::UserAgent`] takes bytes, instants and verbs in, and hands bytes and events out; [`ua`] says
//! how to drive it. The floors, each using only what stands above it in this list:
//!
//! * [`time`], [`rng`], [`bounds`], [`redact`], [`text`], [`ids`];
//! * [`method`], [`status`], [`uri`]; [`header`]; [`message`]: bytes in, typed values out, and back;
//! * [`auth`], [`sdp`], [`presence`]: what bodies hold;
//! * [`transaction`]: the four machines of RFC 3261 17;
//! * [`dialog`]; [`sipfrag`]; [`session`], [`registration`], `subscription`, `notifier`, `referral` and
//!   `publication`: the machines of a call, of a binding, of event subscriptions on both sides, of REFER on
//!   both sides, and of one's own state, which know neither transactions nor flows;
//! * [`ua`]: flows, timers, and who gets what.

#[cfg(all(test, target_arch = "wasm32"))]
#[macro_use]
extern crate alo_wasm_test;

pub mod auth;
pub mod bounds;
pub mod dialog;
pub mod header;
pub mod ids;
pub mod message;
pub mod method;
mod notifier;
pub mod presence;
mod publication;
pub mod redact;
mod referral;
pub mod registration;
mod retry;
pub mod rng;
pub mod sdp;
pub mod session;
pub mod sipfrag;
pub mod status;
mod step;
mod subscription;
mod syntax;
pub mod text;
pub mod time;
pub mod transaction;
pub mod ua;
pub mod uri;
