//! [`Call`]: one call of the state.

use serde::{Deserialize, Serialize};

use super::command::Command;
use super::hearing::{Hearing, Quality, Recovery};
use super::transfer::{Consultation, Introduction, TransferTarget};
use super::values::{CallId, Millis};

/// Who is at the other end.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Party {
    /// Display name, from the network or the directory: text, never HTML.
    pub name: Option<String>,
    /// Number or extension as dialled or received, without formatting.
    pub number: String,
}

/// Which way a call was placed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CallDirection {
    /// Somebody calls this phone.
    Incoming,
    /// This phone calls.
    Outgoing,
}

/// One call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Call {
    /// Stable id.
    pub id: CallId,
    /// Who called whom.
    pub direction: CallDirection,
    /// The other end.
    pub remote: Party,
    /// The hotline that the call goes out from or came in by.
    pub hotline: Option<String>,
    /// What the server says about the queue the call came from.
    pub queue: Option<alo_api::QueueFacts>,
    /// Everybody else in the conversation, where there are more than two.
    pub others: Vec<Party>,
    /// How the call came here, where somebody brought it.
    pub introduction: Option<Introduction>,
    /// How it belongs together with another call, while somebody is consulted.
    pub consultation: Option<Consultation>,
    /// When the call began (dialled, or first rang).
    pub began: Millis,
    /// Where the call stands.
    pub phase: Phase,
    /// Whether this side holds the far end.
    pub hold: Change,
    /// Whether the far end holds this side.
    pub held_by_remote: bool,
    /// Whether the microphone is cut off from this call.
    pub muted: bool,
    /// Who hears whom: the hearing line.
    pub hearing: Hearing,
    /// What is being mended, if anything.
    pub recovery: Option<Recovery>,
    /// Quality of the received audio; `None` until measured.
    pub quality: Option<Quality>,
    /// Whether video could be used with the far end, and is.
    pub video: VideoState,
    /// Digits sent so far in this call are not kept; how many were, and how many wait.
    pub digits_pending: u32,
    /// What can be done now.
    pub actions: CallActions,
}

/// Where a call stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "phase",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Phase {
    /// Outgoing: being set up, nothing heard of the far end yet.
    Dialing,
    /// Outgoing: the far end rings.
    RemoteRinging {
        /// Whether the far end or network plays its own sound (early media, 183 with SDP).
        early_media: bool,
    },
    /// Incoming: rings here.
    Ringing {
        /// When it stops being offered here, where the server says so.
        answer_by: Option<Millis>,
    },
    /// Incoming: answered here, not yet confirmed by the caller's ACK and media.
    Answering,
    /// Both ends are joined.
    Talking {
        /// Since when.
        since: Millis,
    },
    /// Hung up here; the far end has not confirmed yet. Kept for hosts that show it: this phone
    /// ends a call at once when the person does, and finishes the BYE behind the scenes.
    Ending,
    /// Over.
    Ended {
        /// Why.
        outcome: Outcome,
        /// When.
        at: Millis,
        /// Talk time in milliseconds; `None` if it was never answered.
        talked: Option<Millis>,
    },
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "outcome",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Outcome {
    /// This side hung up after talking.
    HungUpHere,
    /// The far end hung up after talking.
    HungUpThere,
    /// Sent on: the customer's call, and the one with whoever was asked, after a transfer from here.
    Transferred {
        /// Where to.
        target: TransferTarget,
    },
    /// The conversation goes on in another call of this phone: two became one.
    Merged,
    /// Outgoing, cancelled here before an answer.
    Cancelled,
    /// Incoming, declined here.
    Declined,
    /// Incoming, the caller gave up or nobody answered in time.
    Missed,
    /// Incoming, somebody else took it (RFC 3326 Reason): no missed call.
    AnsweredElsewhere {
        /// Who, where the server says so.
        by: Option<String>,
    },
    /// Outgoing: the far end is busy (486, 600).
    Busy,
    /// Outgoing: nobody answered (408, 480 after ringing, 487, Q.850 causes 18 and 19, or the server's
    /// timer).
    NoAnswer,
    /// Outgoing: the far end declined (603, 607, Q.850 cause 21).
    DeclinedThere,
    /// Outgoing: no such number, or an incomplete or former one (404, 410, 484, 604, Q.850 causes 1, 22 and
    /// 28).
    UnknownNumber,
    /// Outgoing: known, but not reachable now (480, Q.850 causes 20 and 27).
    Unavailable,
    /// Outgoing: the server or the telephone network is out of order or overloaded, whoever is called (500,
    /// 502, 503, 504, Q.850 causes 34, 38, 41 and 42): the same call may get through later.
    NetworkFailed {
        /// SIP status code.
        status: u16,
    },
    /// Outgoing: the server refused (403 and other final refusals).
    Refused {
        /// SIP status code.
        status: u16,
        /// Reason phrase: text.
        reason: String,
    },
    /// The media could not be set up, or the far end has no media that this side could use (488, 606).
    MediaFailed,
    /// The microphone was not to be had, so the call was not made or answered.
    NoMicrophone,
}

/// A property that the far end has to agree to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "change",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Change {
    /// The wire confirmed this value.
    Confirmed {
        /// Whether it is on.
        on: bool,
        /// Since when; the beginning of the call if it never changed.
        since: Millis,
    },
    /// Asked for `on`; until confirmed, `!on` holds.
    Requested {
        /// What was asked for.
        on: bool,
        /// Since when.
        since: Millis,
    },
}

impl Change {
    /// What the wire confirmed last.
    pub fn is_on(self) -> bool {
        match self {
            Change::Confirmed { on, .. } => on,
            Change::Requested { on, .. } => !on,
        }
    }

    /// Whether an answer is awaited.
    pub fn is_pending(self) -> bool {
        matches!(self, Change::Requested { .. })
    }
}

/// Video in a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VideoState {
    /// The far end offered or answered with a video line.
    pub possible: bool,
    /// The own camera is sent.
    pub sending: bool,
    /// The far end's video arrives.
    pub receiving: bool,
}

/// What can be done with a call now. A control is disabled because its action is `None`.
///
/// `add_people` and `video` are `None` until those features come.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CallActions {
    /// Answer.
    pub answer: Option<Command>,
    /// Answer with the camera on.
    pub answer_with_video: Option<Command>,
    /// Decline.
    pub decline: Option<Command>,
    /// Hang up (or cancel).
    pub hang_up: Option<Command>,
    /// Mute or unmute, whichever is the other one now.
    pub toggle_mute: Option<Command>,
    /// Hold or take back, whichever is the other one now.
    pub toggle_hold: Option<Command>,
    /// Template: the view fills in the digits.
    pub send_digits: Option<Command>,
    /// Talk to this call, holding the other one.
    pub swap_to: Option<Command>,
    /// Remove the ended call from the screen.
    pub dismiss: Option<Command>,
    /// Transfer without asking first: a template whose target and note the view fills in.
    pub transfer: Option<Command>,
    /// Ask somebody first: a template like [`transfer`](CallActions::transfer).
    pub consult: Option<Command>,
    /// While somebody is consulted, in both calls: leave the two together.
    pub complete_transfer: Option<Command>,
    /// While somebody is consulted, in both calls: all three talk. `None` where the server cannot do it.
    pub merge: Option<Command>,
    /// While somebody is consulted, in both calls: drop whoever was asked and go back to the customer.
    pub back_to_customer: Option<Command>,
    /// Open the dialog for adding people.
    pub add_people: Option<Command>,
    /// Ask for video, or stop it.
    pub toggle_video: Option<Command>,
}
