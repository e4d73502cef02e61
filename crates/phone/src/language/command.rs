//! [`Command`]: what can be asked of the phone.

use serde::{Deserialize, Serialize};

use super::devices::DeviceKind;
use super::transfer::TransferTarget;
use super::values::{CallId, Digits, Secret};
use super::working::WorkingState;

/// Everything that can be asked of the phone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "command",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Command {
    /// Sign in: connect, register, and stay registered.
    SignIn(SignIn),
    /// Unregister and close the connection. Calls in progress are hung up first.
    SignOut,
    /// Try at once what would be tried again later (reconnect, register).
    RetryNow,
    /// Ask the person for the microphone again and unblock sound; the mend that the reachability
    /// light offers.
    EnableDevices,
    /// Place a call.
    Dial {
        /// A phone number, an extension or a SIP URI.
        target: String,
        /// The hotline that the call goes out from; `None` leaves it to the server.
        hotline: Option<String>,
        /// Offer video from the start.
        video: bool,
    },
    /// Answer a ringing call. Another call that is talking is held first.
    Answer {
        /// The ringing call.
        call: CallId,
        /// Answer with the own camera too.
        video: bool,
    },
    /// Decline a ringing call (603).
    Decline {
        /// The ringing call.
        call: CallId,
    },
    /// End a call, whatever its phase.
    HangUp {
        /// The call to end.
        call: CallId,
    },
    /// The far end no longer hears this side, or hears it again. Local: needs no answer.
    SetMute {
        /// The call.
        call: CallId,
        /// Whether the microphone is cut off.
        muted: bool,
    },
    /// Hold or take back. A request: confirmed by the answer to a re-INVITE.
    SetHold {
        /// The call.
        call: CallId,
        /// Whether the far end is to wait.
        held: bool,
    },
    /// Send DTMF digits: RFC 4733 events, SIP INFO where the far end has no telephone-event.
    SendDigits {
        /// The call.
        call: CallId,
        /// `0`-`9`, `*`, `#`, `A`-`D`; `,` is a pause of two seconds.
        digits: Digits,
    },
    /// Hold the call that is talking and talk to this one.
    SwapTo {
        /// The call to talk to.
        call: CallId,
    },
    /// Transfer a call without asking the target first. The call is followed in
    /// [`State::transfers`](super::State::transfers); where it comes to nothing, the customer comes back.
    Transfer {
        /// The customer's call.
        call: CallId,
        /// Where to.
        target: TransferTarget,
        /// For whoever takes it: at most [`Limits::note`](crate::phone::Limits::note) bytes of UTF-8.
        note: Option<String>,
    },
    /// Call somebody about a call, which is held: the first half of an attended transfer.
    Consult {
        /// The customer's call.
        call: CallId,
        /// An agent or a number.
        target: TransferTarget,
        /// For whoever is asked, as in [`Command::Transfer`].
        note: Option<String>,
    },
    /// The second half: the customer and whoever was asked talk, and this phone leaves.
    CompleteTransfer {
        /// The call with whoever was asked; it may still ring.
        call: CallId,
    },
    /// The customer, whoever was asked and this phone talk, all three.
    Merge {
        /// The call with whoever was asked.
        call: CallId,
    },
    /// Drop whoever was asked, and take the customer back.
    BackToCustomer {
        /// The call with whoever was asked.
        call: CallId,
    },
    /// Stop following a transfer.
    DismissTransfer {
        /// [`Transfer::id`](super::Transfer::id).
        transfer: u64,
    },
    /// Remove an ended call from the screen before its time.
    DismissCall {
        /// The ended call.
        call: CallId,
    },
    /// Remove a notice.
    DismissNotice {
        /// [`Notice::id`](super::Notice::id).
        notice: u64,
    },
    /// Be in this working state: at once, or when the call ends. A request: the server confirms.
    SetWorking {
        /// Which; `after-call-work` is asked for again to extend it.
        state: WorkingState,
    },
    /// Watch what these colleagues are doing, and nobody else: those that are on the screen. Ids of queues
    /// are taken too: how many wait, how many agents are free.
    WatchPeople {
        /// Their extensions; more than [`Limits::watched`](crate::phone::Limits::watched) are cut off.
        extensions: Vec<String>,
    },
    /// Choose a device; applies to the calls in progress, and never unmutes.
    ChooseDevice {
        /// Which kind.
        kind: DeviceKind,
        /// [`Device::id`](super::Device::id); `None` is the system's choice.
        id: Option<String>,
    },
}

/// Who signs in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignIn {
    /// Extension, or `user@domain`; empty for a guest.
    pub extension: String,
    /// Display name, where it is known.
    pub name: Option<String>,
    /// Digest password; `None` for a guest, who does not register and can only dial.
    pub password: Option<Secret>,
}
