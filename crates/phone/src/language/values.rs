//! Small values that commands, states and events share.

use serde::{Deserialize, Serialize};

/// A point in time: milliseconds since the Unix epoch by the host's (monotonic) clock.
pub type Millis = u64;

/// One call of this phone, stable from the first ring to the history entry.
///
/// Opaque text; the same id reaches the CRM page, the history and the log.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CallId(pub String);

/// Digits that a person pressed; never shown in a log.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digits(pub String);

impl std::fmt::Debug for Digits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Digits({} of them)", self.0.len())
    }
}

/// A password or token; never shown in a log, and serialised only towards the engine.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(...)")
    }
}
