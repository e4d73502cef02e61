//! A read-only look at session descriptions (RFC 8866; RFC 3264; RFC 8839, RFC 8842 for ICE and DTLS).
//!
//! Who writes descriptions (a browser, the media engine of the server) also reads them for good; here
//! is only what signalling has to know: which media there are, which way they flow, whether digits
//! can be sent as events. Nothing here edits a description.

mod media;
mod parse;

pub use media::{Codec, Direction, Fingerprint, Media, MediaKind};
pub use parse::{Origin, Sdp, SdpError};
