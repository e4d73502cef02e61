//! Documents of presence and of dialogs, as they are published and notified.
//!
//! [`Presence`] is a PIDF document (RFC 3863) with RPID activities (RFC 4480) in the person of the data model
//! (RFC 4479); [`DialogInfo`] is that of the dialog event package (RFC 4235). Documents of others are read as
//! far as they say what is asked here; those of more than 64 kB, and those with a document type declaration,
//! are refused.

mod activity;
mod dialog_info;
mod error;
mod pidf;
mod read;
mod write;

pub use activity::Activity;
pub use dialog_info::{DIALOG_INFO, DialogEntry, DialogInfo, DialogState, Direction};
pub use error::DocumentError;
pub use pidf::{PIDF, Presence, QueueLoad};
