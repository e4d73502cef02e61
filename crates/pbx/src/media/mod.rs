//! The media server: WebRTC legs, and what each of them hears.
//!
//! A leg is one peer connection, named by its [`LegId`]. What a leg hears is one [`Source`]; whom it
//! is heard by is the business of the other legs' sources. Nothing here knows SIP: the caller brings
//! offers and answers and says who hears what.
//!
//! [`Media`] is a handle; the work is done by one thread of the operating system, with real-time
//! priority where the system grants it, which owns the one UDP socket of all legs.
//!
//! From the ground up; each uses only what stands before it:
//!
//! * plain values: `api`, `digits`;
//! * pure machines, in virtual time: [`rtp`] (numbers of a stream, relay), `codec`, `dtmf_in`,
//!   `dtmf_out`, `clip`, `tone`, `library`, `player`, and `outlet`, which feeds one stream;
//! * the edge: `sdp`, `stun`, `net` (the socket), `webrtc` (one peer connection), `leg`, `command`,
//!   `server` (all legs), `thread`, `handle`.
//!
//! What comes later has its place: a leg by plain RTP is another `leg::Transport`; a conference
//! is another [`Source`] and `outlet::Feed`, mixed per listener from decoded legs; video is a second
//! outlet of a leg.

mod api;
mod clip;
mod codec;
mod command;
mod digits;
mod dtmf_in;
mod dtmf_out;
mod handle;
mod leg;
mod library;
mod net;
mod outlet;
mod player;
pub mod rtp;
mod sdp;
mod server;
mod stun;
mod thread;
mod tone;
mod webrtc;

pub use api::{
    Allow, LegId, MediaConfig, MediaError, MediaEvent, MediaStartError, MusicId, PromptId, Repeat,
    Source, Tone,
};
pub use codec::AudioCodec;
pub use digits::{Digit, Digits, KeyRate, NotADigit};
pub use handle::Media;
