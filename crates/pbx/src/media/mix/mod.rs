//! What several say together: the sum that each listener hears.
//!
//! Pure: packets and instants in, packets out; it knows neither sockets nor a clock. From the ground
//! up:
//!
//! * `frame`: 20 ms of PCM at 48 kHz, mono;
//! * `resample`: from the 8 kHz of G.711 and to them, and a little faster or slower;
//! * `limit`: keeps a sum below full scale;
//! * `ear`: packets of one codec become PCM, also those that were lost;
//! * `buffer`: packets in their order, and how long before their time they come;
//! * `voice`: what one leg says, and `recording`, what is played;
//! * `bus`: a sum and its encodings;
//! * `mixer`: who hears what, 50 times a second.
//!
//! # What it costs
//!
//! Who is silent is not decoded: a far end that tells its level in each packet (RFC 6464), as browsers
//! do, sends nothing (DTX), digital silence, or G.711 of no level, sleeps until it is heard again. Only
//! Opus that is quiet and does not tell so is decoded all the time. What is decoded is decoded once, and added
//! up and encoded once for all those who hear the same of who speaks: with three who speak to fifty it is
//! three decodings and four encodings, one for all who are silent and one for each who speaks.

mod buffer;
mod bus;
mod ear;
mod frame;
mod limit;
mod mixer;
mod recording;
mod resample;
#[cfg(test)]
mod tests;
mod voice;

pub(super) use mixer::{Mixed, Mixer, Part};
