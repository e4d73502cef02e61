//! [`State`]: what the phone shows.

use serde::{Deserialize, Serialize};

use super::call::Call;
use super::command::Command;
use super::devices::Devices;
use super::transfer::Transfer;
use super::trouble::{Notice, Trouble};
use super::values::{CallId, Millis};
use super::working::{PersonPresence, Working};

/// Everything the phone shows.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct State {
    /// Whose phone this is; `None` when signed out.
    pub account: Option<AccountState>,
    /// The honest answer to "can I be reached?".
    pub reachability: Reachability,
    /// The four things that reachability is made of.
    pub checks: Checks,
    /// Calls in the order in which they began; ended ones stay for some seconds, with the reason.
    pub calls: Vec<Call>,
    /// The call that the panel shows large: ringing ones first, then the one that talks.
    pub focus: Option<CallId>,
    /// Calls that were sent elsewhere and are still followed, oldest first; those that are done or failed
    /// stay for some seconds.
    pub transfers: Vec<Transfer>,
    /// Place a call: `Some` is a template whose target and hotline the view fills in.
    pub dial: Option<Command>,
    /// What went wrong and what is being done, newest last.
    pub notices: Vec<Notice>,
    /// The agent's working state.
    pub working: Working,
    /// Colleagues that are watched ([`Command::WatchPeople`]) and what they are doing, as far as the
    /// server said so; sorted by extension.
    pub people: Vec<PersonPresence>,
    /// Devices that can be chosen, and which are.
    pub devices: Devices,
    /// Actions of the phone as a whole.
    pub actions: PhoneActions,
}

/// What can be done with the phone as a whole now.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PhoneActions {
    /// Sign out.
    pub sign_out: Option<Command>,
    /// Try again at once; `Some` while a retry is pending.
    pub retry: Option<Command>,
    /// Choose a working state: a template whose state the view fills in. `Some` while somebody is
    /// signed in whose server keeps working states; what is chosen while the connection is away is
    /// asked for when it is back.
    pub set_working: Option<Command>,
    /// End after-call work now; `Some` during it.
    pub end_wrap_up: Option<Command>,
    /// Another wrap-up time of after-call work, from now; `Some` during it.
    pub extend_wrap_up: Option<Command>,
    /// Ask for microphone and sound; `Some` while one of them is missing.
    pub enable_devices: Option<Command>,
}

/// Whose phone this is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccountState {
    /// Extension as it was signed in with; empty for a guest.
    pub extension: String,
    /// Display name, where known.
    pub name: Option<String>,
    /// A guest dials without registering.
    pub guest: bool,
}

/// Can this phone be reached?
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(
    tag = "state",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Reachability {
    /// Nobody is signed in.
    #[default]
    SignedOut,
    /// The first connection or registration is under way.
    Connecting {
        /// Since when.
        since: Millis,
    },
    /// Socket up, registration confirmed, microphone works, sound may play.
    Ready,
    /// It was up and is being brought back.
    Reconnecting {
        /// Since when it is away.
        since: Millis,
        /// When the next attempt is made.
        retry_at: Option<Millis>,
    },
    /// It does not come back by itself, or something is missing.
    NotReachable {
        /// What is missing.
        why: Trouble,
        /// When the next attempt is made, where one is.
        retry_at: Option<Millis>,
    },
}

/// What reachability is made of.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Checks {
    /// The WebSocket.
    pub socket: Check,
    /// The registration (not needed by a guest).
    pub registration: Check,
    /// The microphone.
    pub microphone: Check,
    /// Whether the page may play sound.
    pub sound: Check,
}

/// One check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Check {
    /// Not tried yet.
    #[default]
    Unknown,
    /// Under way.
    Pending,
    /// Confirmed.
    Good,
    /// Missing; [`Reachability`] or a notice says why.
    Bad,
}
