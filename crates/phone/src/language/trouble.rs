//! What can be wrong, as data.

use serde::{Deserialize, Serialize};

use super::call::{Outcome, Party};
use super::transfer::{AfterFailure, TransferFailure, TransferTarget};
use super::values::{CallId, Millis};
use super::working::WorkingState;

/// What can be wrong, as a catalogue key with its facts; the view puts it into words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "trouble",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Trouble {
    /// The server does not accept the extension or password.
    WrongPassword,
    /// The server does not know or does not allow this account.
    NotAllowed {
        /// SIP status code.
        status: u16,
        /// Reason phrase as the server gave it: text.
        reason: String,
    },
    /// The server cannot be reached.
    ServerDown,
    /// The server answers, but refuses to register the phone.
    RegistrationFailed {
        /// SIP status code; 408 where nothing came back.
        status: u16,
        /// Reason phrase as the server gave it: text.
        reason: String,
    },
    /// The person or a policy denied the microphone.
    MicrophoneDenied,
    /// There is no microphone.
    MicrophoneMissing,
    /// The microphone is in use elsewhere or failed.
    MicrophoneBroken,
    /// The browser blocks sound until the person clicks.
    SoundBlocked,
    /// The same account signed in elsewhere took the registration over.
    Replaced,
    /// A hold, resume or other change was refused; the call goes on as it was.
    ChangeRefused {
        /// What was asked for.
        what: ChangeKind,
        /// SIP status code; 408 where nothing came back.
        status: u16,
    },
    /// The server did not take a working state; the one of before stands.
    WorkingRefused {
        /// What was asked for.
        state: WorkingState,
        /// SIP status code; 408 where nothing came back.
        status: u16,
        /// Reason phrase as the server gave it: text.
        reason: String,
    },
    /// A transfer came to nothing.
    TransferFailed {
        /// [`Transfer::id`](super::Transfer::id).
        transfer: u64,
        /// Where to.
        target: TransferTarget,
        /// Why.
        why: TransferFailure,
        /// What becomes of the customer.
        then: AfterFailure,
    },
    /// Whoever was consulted is gone.
    ConsultationEnded {
        /// Who was asked.
        party: Party,
        /// How that call ended.
        outcome: Outcome,
        /// This phone is back with the customer; else it talks to somebody else, and the customer is held.
        back: bool,
    },
    /// The customer hung up while somebody was consulted; the call with the latter goes on, and is taken back
    /// unless the person had put both on hold.
    CustomerHungUp {
        /// The customer.
        customer: Party,
        /// Who was consulted, and is still there.
        with: Party,
        /// They talk; else that call is still on its way.
        answered: bool,
    },
    /// The far end asked this phone to call somebody else (REFER), and it does: only an agent's phone, out of a
    /// call that talks, within the own domain, and not too often. Behind a plain proxy that may be any far end.
    SentElsewhere {
        /// Who asked.
        by: Party,
        /// Whom this phone calls now.
        to: Party,
    },
    /// The far end has neither telephone-event nor INFO.
    DigitsNotSent,
    /// The browser or the far end could not agree on media.
    MediaFailed {
        /// For the log: the browser's or the server's own words.
        detail: String,
    },
}

/// Which change of a call was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ChangeKind {
    /// Hold.
    Hold,
    /// Take back from hold.
    Resume,
    /// Audio to video.
    Video,
    /// New network path for the media.
    IceRestart,
    /// Two calls to one.
    Merge,
}

/// Something to tell the person, shown as an `alert`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Notice {
    /// For [`Command::DismissNotice`](super::Command::DismissNotice).
    pub id: u64,
    /// When it happened.
    pub at: Millis,
    /// The call that it is about.
    pub call: Option<CallId>,
    /// What happened.
    pub trouble: Trouble,
}
