//! The harness of the browser tests.
//!
//! A test is a story: people open pages of the real app, served by the real `alo-pbx`, in a real
//! Chromium; they find controls by role and accessible name, as a screen reader does, and press
//! them with a real mouse or keyboard. Whether a call works is *heard*: every page's microphone
//! plays a tone of its own, and every page tells which tones arrive ([`hearing`]).
//!
//! Floors, each standing on those above it in this list:
//! [`devtools`] (the wire to Chromium), [`chromium`], [`page`] (and how it is left), [`control`]; [`sound`] and [`wave`],
//! [`baresip`] (a real telephone), [`sipp`] (many), [`kamailio`] (somebody else's server), [`hearing`],
//! [`music`]; [`config`], [`server`], [`detour`] and [`scene`] (the far side), [`story`] (all of it, for
//! one test), [`desk`] (what an agent does there), [`transfer`] (and with a call).
//!
//! Whatever is awaited is polled for until it is true, and a failure says what was seen instead.
//! Time itself is let pass only where something must stay as it is for a while.

pub mod accessibility;
pub mod baresip;
pub mod chromium;
pub mod config;
pub mod control;
pub mod desk;
pub mod detour;
pub mod devtools;
pub mod hearing;
pub mod kamailio;
mod leaving;
pub mod music;
pub mod page;
pub mod ports;
pub mod scene;
pub mod scratch;
pub mod server;
pub mod sipp;
pub mod sound;
pub mod story;
pub mod transfer;
pub mod until;
pub mod wave;
