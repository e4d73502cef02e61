//! The media engine: one `RTCPeerConnection` per call, devices, tones and statistics.
//!
//! [`MediaEngine`] takes `MediaRequest`s and answers with `MediaEvent`s. What it holds for a call
//! is released with the call, and everything when the engine is dropped: peer connections, tracks,
//! audio elements, listeners.
//!
//! | module | what |
//! |---|---|
//! | `engine` | hands each request to the part that carries it out |
//! | `call` | one peer connection, its requests in order |
//! | `spare` | a peer connection that is ready before the call |
//! | `negotiation` | offers and answers (JSEP, RFC 8829) |
//! | `candidate` | waiting for the first usable ICE candidate |
//! | `microphone` | one microphone shared by all calls |
//! | `player`, `sound` | what is heard, and whether it may be |
//! | `tone`, `wave` | ringing, ringback and busy, made here |
//! | `devices` | which devices there are, and which are chosen |
//! | `digits` | RFC 4733 |
//! | `quality` | statistics, as bars |

mod call;
mod candidate;
mod devices;
mod digits;
mod engine;
mod microphone;
mod negotiation;
mod player;
mod quality;
mod sound;
mod spare;
mod tone;
mod wave;

pub(crate) use engine::{MediaConfig, MediaEngine};
