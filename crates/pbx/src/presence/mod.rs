//! Working states on the wire: what phones publish, and who is told of it (RFC 3903, RFC 3856).
//!
//! Plain machines, which know neither SIP nor who may be offered a call: [`publications`] keeps the
//! entity tags of what phones published; [`watchers`] knows who watches whom, and what each of them
//! was told last; [`queues`] the same of those who watch queues. What an agent *is* comes from the
//! distribution of calls as a [`Snapshot`], and so does the load of a queue.

pub mod documents;
pub mod publications;
pub mod queues;
pub mod watchers;

pub use documents::Snapshot;
