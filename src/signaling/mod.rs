//! The signaling client: SIP over a WebSocket (RFC 7118). When to connect again is the phone's
//! decision; how, stands here.

mod socket;
mod url;

pub(crate) use socket::Signaling;
pub(crate) use url::{is_secure, resolve};
