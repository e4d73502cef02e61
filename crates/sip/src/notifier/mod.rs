//! Subscriptions of others to what this side knows: the notifier of RFC 6665.

mod error;
mod event;
mod machine;
mod notes;

pub use error::SubscriptionError;
pub use event::NotifierEvent;
pub use machine::Notifier;
pub(crate) use machine::{NotifierStep, NotifierTimer};
pub(crate) use notes::notify_fields;
