//! The media server: legs to browsers and to telephones, and what each of them hears.
//!
//! A leg is one peer connection, or one call of the telephone network by plain RTP, named by its [`LegId`]. What a leg hears is one [`Source`]; whom it
//! is heard by is the business of the other legs' sources. Nothing here knows SIP: the caller brings
//! offers and answers and says who hears what.
//!
//! [`Media`] is a handle; the work is done by one thread of the operating system, with real-time
//! priority where the system grants it, which owns the sockets: one of all WebRTC legs, and two of
//! each leg by RTP.
//!
//! From the ground up; each uses only what stands before it:
//!
//! * plain values: `api`, `digits`;
//! * pure machines, in virtual time: [`rtp`] (numbers of a stream, relay), `codec`, `dtmf_in`,
//!   `dtmf_out`, `clip`, `tone`, `library`, `player`, `mix` (what several say together), and `outlet`,
//!   which feeds one stream;
//! * the edge: `sdp`, `stun`, `net` (sockets), `webrtc` (one peer connection), `plain` (one leg of
//!   the telephone network), `transport` (either of them), `leg`, `command`, `server` (all legs),
//!   `thread`, `handle`.
//!
//! What comes later has its place: a conference is a [`Source::Mix`] for each who is in it; video is a
//! second outlet of a leg.

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
mod mix;
mod net;
mod outlet;
mod plain;
mod player;
pub mod rtp;
mod sdp;
mod server;
mod stun;
mod thread;
mod tone;
mod transport;
mod webrtc;

pub use api::{
    Allow, LegId, LegKind, MediaConfig, MediaError, MediaEvent, MediaStartError, MusicId, PromptId,
    Repeat, RtpConfig, Source, Tone, Turn,
};
pub use codec::AudioCodec;
pub use digits::{Digit, Digits, KeyRate, NotADigit};
pub use handle::Media;
pub use library::built_in_prompts;
