//! Subscriptions to the state of somebody else: the subscriber of RFC 6665.

mod event;
mod machine;
mod notified;
mod subscribe;

pub use event::SubscriptionEvent;
pub(crate) use machine::{Subscription, SubscriptionStep, SubscriptionTimer};
pub(crate) use notified::standing;
pub use subscribe::Subscribe;
