//! Dialogs (RFC 3261 12) and the requests that are written in them.

mod draft;
mod place;
mod state;

pub(crate) use draft::Names;
pub use draft::{Body, Draft, HeaderFields};
pub(crate) use place::Place;
pub use state::{Dialog, DialogError};
