//! Working states on the wire: what phones publish, and who is told of it (RFC 3903, RFC 3856).
//!
//! Two plain machines, which know neither SIP nor who may be offered a call: [`publications`] keeps
//! the entity tags of what phones published; [`watchers`] knows who watches whom, and what each of
//! them was told last. What an agent *is* comes from the distribution of calls as a [`Snapshot`].

pub mod documents;
pub mod publications;
pub mod watchers;

pub use documents::Snapshot;
