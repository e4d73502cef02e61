//! Ids of the working states that every call centre has.
//!
//! They stand in `directory.json`, in the configuration, and in the presence documents that phone and
//! server exchange.

/// May be offered calls.
pub const AVAILABLE: &str = "available";
/// At lunch.
pub const LUNCH_BREAK: &str = "lunch-break";
/// A short break.
pub const SHORT_BREAK: &str = "short-break";
/// Not available, for whatever reason; where the server puts an agent who lets calls ring.
pub const NOT_AVAILABLE: &str = "not-available";
/// Finishes the work of the last call; set by the server, for the wrap-up time of the call's queue.
pub const AFTER_CALL_WORK: &str = "after-call-work";

/// Those that an agent may choose, in the order in which they are offered.
pub const CHOICES: [&str; 4] = [AVAILABLE, LUNCH_BREAK, SHORT_BREAK, NOT_AVAILABLE];
