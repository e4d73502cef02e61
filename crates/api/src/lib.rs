//! The plain types that the app and the embedded call centre exchange as JSON and in headers.
//!
//! Nothing else stands here. `tests/snapshots` holds what each looks like on the wire, so that
//! neither side drifts.

mod config;
mod directory;
mod queue_facts;
pub mod working;

pub use config::{AppConfig, DemoAccount, IceServer};
pub use directory::{
    Directory, DirectoryAgent, DirectoryIvr, DirectoryQueue, Hotline, OwnWorkingState,
};
pub use queue_facts::{QueueFacts, header, plays};
