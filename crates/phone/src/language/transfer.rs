//! Transfers: where a call is to go, how that stands, and what came with a call that was brought here.

use serde::{Deserialize, Serialize};

use super::call::Party;
use super::command::Command;
use super::values::{CallId, Millis};

/// What a call can be transferred to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TargetKind {
    /// A colleague.
    Agent,
    /// A telephone number; also any extension that is typed.
    Number,
    /// A queue.
    Queue,
    /// An IVR tree.
    Ivr,
}

/// Where a call is to go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TransferTarget {
    /// What it is. On the wire all are the same: the user part of a SIP URI.
    pub kind: TargetKind,
    /// Extension, number, or id of a queue or IVR tree.
    pub address: String,
    /// Name, where the asker knows it.
    pub name: Option<String>,
}

/// A call that was sent elsewhere, for as long as its way is followed. The call itself may be over
/// here long before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Transfer {
    /// Stable id, for [`Command::DismissTransfer`].
    pub id: u64,
    /// The customer's call.
    pub call: CallId,
    /// Who is transferred.
    pub customer: Party,
    /// Where to.
    pub target: TransferTarget,
    /// The target was talked to, or at least rung, before.
    pub attended: bool,
    /// When it was asked for.
    pub began: Millis,
    /// How it stands, as far as the server said so.
    pub stage: TransferStage,
    /// Stop following it and take it off the screen; `None` while the call is still here and hangs on
    /// the answer.
    pub dismiss: Option<Command>,
}

/// How a transfer stands. What the server says (NOTIFY with `message/sipfrag`, RFC 3515) decides;
/// that it took the request does not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "stage",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum TransferStage {
    /// Asked for, not answered yet.
    Asked,
    /// The server took it, and tries to reach the target.
    Trying,
    /// The target rings.
    Ringing {
        /// Since when.
        since: Millis,
    },
    /// The customer waits in the queue.
    Waiting {
        /// Since when.
        since: Millis,
    },
    /// The customer is with the target.
    Done {
        /// Who answered, where the server says so.
        by: Option<Party>,
        /// When.
        at: Millis,
    },
    /// It came to nothing.
    Failed {
        /// Why.
        why: TransferFailure,
        /// What becomes of the customer.
        then: AfterFailure,
        /// When.
        at: Millis,
    },
    /// The server says no more about it.
    Unfollowed {
        /// Since when.
        at: Millis,
    },
}

/// Why a transfer came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "failure",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum TransferFailure {
    /// The target is busy.
    Busy,
    /// The target did not answer.
    NoAnswer,
    /// The target declined.
    Declined,
    /// There is no such number, queue or tree.
    UnknownTarget,
    /// The target is not signed in, or cannot be reached.
    Unreachable,
    /// The customer hung up meanwhile.
    CustomerHungUp,
    /// Anything else that the server says.
    Refused {
        /// SIP status code; 408 where nothing came back.
        status: u16,
        /// Reason phrase: text.
        reason: String,
    },
}

/// What becomes of the customer whose transfer came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "then",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum AfterFailure {
    /// Never left: the call is still here.
    StillHere,
    /// Never left, and is held here, because this phone talks to somebody else.
    Waits,
    /// Comes back: the call rings here again.
    Returns,
    /// Was sent on, because this agent is busy or gone.
    Elsewhere {
        /// Where to, where the server says so.
        place: Option<Party>,
    },
    /// Hung up, or the server does not say.
    Unknown,
}

/// How two calls of this phone belong together while somebody is consulted about a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "role",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Consultation {
    /// This is the customer's call; somebody is asked about it in that one.
    Customer {
        /// The call with whoever is asked.
        consulted: CallId,
    },
    /// This is the call with whoever is asked; it is about that one.
    Consulted {
        /// The customer's call.
        customer: CallId,
    },
}

/// How a call came here that somebody brought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Introduction {
    /// In what way.
    pub how: Introduced,
    /// What the colleague wrote about it (User-to-User, RFC 7433): text.
    pub note: Option<String>,
}

/// In what way a call was brought here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "introduced",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Introduced {
    /// This colleague transferred it (Referred-By, RFC 3892).
    Transferred {
        /// Who.
        by: Party,
    },
    /// A transfer from here came to nothing, and the customer is back.
    Returned {
        /// Who did not take it.
        from: Party,
        /// Why not.
        why: TransferFailure,
    },
    /// The colleague who calls wants to talk about a customer.
    Consults {
        /// The customer, who waits.
        about: Party,
        /// The customer hung up meanwhile.
        gone: bool,
    },
}
