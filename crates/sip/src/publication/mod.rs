//! Publication of one's own state (RFC 3903).

mod event;
mod machine;
mod publish;

pub use event::PublicationEvent;
pub(crate) use machine::{Publication, PublicationStep, PublicationTimer};
pub use publish::Publish;
