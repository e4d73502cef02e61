//! [`Event`]: what happened.

use serde::{Deserialize, Serialize};

use super::call::{Outcome, Party};
use super::transfer::Transfer;
use super::trouble::Notice;
use super::values::{CallId, Millis};
use super::working::WorkingNow;

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
        /// The hotline that it came in by, where the server says so.
        hotline: Option<String>,
        /// What the server says about the queue that it came from.
        queue: Option<alo_api::QueueFacts>,
    },
    /// A call was placed here.
    CallPlaced {
        /// The call.
        call: CallId,
        /// Who is called.
        remote: Party,
        /// The hotline that it goes out from, where one was chosen.
        hotline: Option<String>,
    },
    /// Both ends are joined.
    CallAnswered {
        /// The call.
        call: CallId,
        /// Milliseconds since it began (rang here, or was dialled). What a customer waited in a queue
        /// before is in [`CallIncoming`](Event::CallIncoming).
        rang: Millis,
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
    /// A transfer was asked for, or goes on: told at each of its stages.
    TransferChanged {
        /// The transfer.
        transfer: Box<Transfer>,
    },
    /// The call is over.
    CallEnded {
        /// The call.
        call: CallId,
        /// Why.
        outcome: Outcome,
        /// Milliseconds from its beginning to the answer, or to its end where there was none.
        rang: Millis,
        /// Talk time in milliseconds; `None` if it was never answered.
        talked: Option<Millis>,
    },
    /// The server confirmed a working state: another one than before, or the same with other times (as
    /// when after-call work is extended). The first one after signing in is told too.
    WorkingChanged {
        /// The state and its times.
        working: WorkingNow,
    },
    /// Something went wrong; the notice is in the state too.
    Trouble {
        /// What.
        notice: Notice,
    },
}
