//! Dialogs (RFC 3261 12) and the requests that are written in them.

mod draft;
mod state;

pub use draft::{Body, Draft, HeaderFields};
pub use state::{Dialog, DialogError};
