//! A SIP user agent without I/O: no sockets, no clock, no threads, no randomness of its own.
//!
//! Floors, each using only what stands above it in this list:
//! [`time`], [`bounds`], [`redact`], [`text`]; [`method`], [`status`], [`uri`]; [`header`];
//! [`message`]; [`auth`], [`sdp`].

#[cfg(all(test, target_arch = "wasm32"))]
#[macro_use]
extern crate alo_wasm_test;

pub mod auth;
pub mod bounds;
pub mod header;
pub mod message;
pub mod method;
pub mod redact;
pub mod sdp;
pub mod status;
mod syntax;
pub mod text;
pub mod time;
pub mod uri;
pub mod dialog;
pub mod ids;
mod rng;
pub mod registration;
pub mod session;
pub mod transaction;
pub mod ua;
