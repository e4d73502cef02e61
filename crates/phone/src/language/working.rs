//! Working states: whether a queue may offer a call to this agent, and why not.

use serde::{Deserialize, Serialize};

use super::values::Millis;

/// The agent's working state, as the server confirmed it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Working {
    /// Whether the server keeps working states.
    pub support: WorkingSupport,
    /// What the server confirmed last; `None` until it said so.
    pub now: Option<WorkingNow>,
    /// Asked for, and not confirmed yet.
    pub requested: Option<WorkingState>,
    /// Confirmed by the server to follow when the call ends.
    pub next: Option<WorkingState>,
}

/// Whether the server keeps working states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum WorkingSupport {
    /// It did not answer yet.
    #[default]
    Unknown,
    /// It takes them.
    Yes,
    /// It refuses PUBLISH for good (404, 405, 489, 501): the control is not offered.
    No,
}

/// A confirmed working state with its times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WorkingNow {
    /// Which.
    pub state: WorkingState,
    /// Since when.
    pub since: Millis,
    /// When it ends by itself, as after-call work does.
    pub until: Option<Millis>,
}

/// One working state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WorkingState {
    /// Id: one of [`alo_api::working`], or that of a state of the call centre's own.
    pub id: String,
    /// Name of a state of the call centre's own: text. Those of `alo_api::working` have their names in the
    /// catalogue.
    pub name: Option<String>,
}

/// What a colleague is doing, as the server says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PersonPresence {
    /// Whose.
    pub extension: String,
    /// What.
    pub status: PersonStatus,
    /// Since when, where the server says so.
    pub since: Option<Millis>,
    /// Where this is a queue and no person: its load.
    pub queue: Option<QueueLoad>,
}

/// How busy a queue is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct QueueLoad {
    /// Customers who wait.
    pub waiting: u32,
    /// Agents of the queue who could take a call now.
    pub free: u32,
}

/// What a colleague is doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "status",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum PersonStatus {
    /// Can take a call.
    Available,
    /// The phone rings.
    Ringing,
    /// In a call.
    InCall,
    /// Signed in, and in a working state that is not available.
    Away {
        /// Which.
        state: WorkingState,
    },
    /// Not signed in.
    Offline,
}
