//! Digest authentication (RFC 7616, RFC 8760, RFC 3261 22), client and server.

mod client;
mod digest;
mod server;

pub use client::{AuthError, Credentials, DigestClient, Target};
pub use digest::{Key, Qop};
pub use server::{BadAuth, Verdict, Verifier};
