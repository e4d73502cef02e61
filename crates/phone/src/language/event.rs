//! [`Event`]: what happened.

use serde::{Deserialize, Serialize};

use super::call::{Outcome, Party};
use super::trouble::Notice;
use super::values::{CallId, Millis};

/// Everything that happened, for whoever keeps a record: history, CRM page, log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "event",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Event {
    /// The registration was confirmed for the first time after signing in.
    SignedIn {
        /// Extension.
        extension: String,
    },
    /// Signed out, by the person.
    SignedOut,
    /// The connection was lost; it is being brought back.
    ConnectionLost,
    /// Connected and registered again.
    ConnectionBack,
    /// A call rings here.
    CallIncoming {
        /// The call.
        call: CallId,
        /// Who calls.
        remote: Party,
    },
    /// A call was placed here.
    CallPlaced {
        /// The call.
        call: CallId,
        /// Who is called.
        remote: Party,
    },
    /// Both ends are joined.
    CallAnswered {
        /// The call.
        call: CallId,
    },
    /// Hold was confirmed, or taken back.
    CallHeld {
        /// The call.
        call: CallId,
        /// Whether it is held.
        held: bool,
    },
    /// The microphone was cut off or put back.
    CallMuted {
        /// The call.
        call: CallId,
        /// Whether it is muted.
        muted: bool,
    },
    /// The call is over.
    CallEnded {
        /// The call.
        call: CallId,
        /// Why.
        outcome: Outcome,
        /// Talk time in milliseconds; `None` if it was never answered.
        talked: Option<Millis>,
    },
    /// Something went wrong; the notice is in the state too.
    Trouble {
        /// What.
        notice: Notice,
    },
}
