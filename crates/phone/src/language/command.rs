//! [`Command`]: what can be asked of the phone.

use serde::{Deserialize, Serialize};

use super::devices::DeviceKind;
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
    /// Watch what these colleagues are doing, and nobody else: those that are on the screen.
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
