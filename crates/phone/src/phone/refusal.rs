//! Why a command cannot be carried out.

use core::fmt;

use crate::language::CallId;

/// Why a command cannot be carried out now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Nobody is signed in.
    SignedOut,
    /// Calls are in progress; end them or sign out first.
    CallsInProgress,
    /// Extension and domain make no SIP address.
    NotAnAccount,
    /// The server cannot be reached at the moment.
    NotConnected,
    /// As many calls as the configuration allows are in progress.
    TooManyCalls,
    /// What is to be dialled is neither a number, nor an extension, nor a SIP URI.
    NotANumber,
    /// There is no such call.
    NoSuchCall(CallId),
    /// The call is in a state in which that cannot be done; its actions say what can.
    NotNow(CallId),
    /// More digits wait already than the configuration allows.
    TooManyDigits(CallId),
    /// A note for a transfer is longer than the configuration allows.
    NoteTooLong,
    /// There is no such transfer.
    NoSuchTransfer(u64),
    /// There is no such notice.
    NoSuchNotice(u64),
    /// The server keeps no working states, or not this one now (after-call work can only be extended).
    NoSuchWorkingState,
    /// A guest has no colleagues.
    NotForGuests,
    /// Nothing waits to be tried again.
    NothingToRetry,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Refusal::SignedOut => "nobody is signed in",
            Refusal::CallsInProgress => "calls are in progress",
            Refusal::NotAnAccount => "extension and domain make no SIP address",
            Refusal::NotConnected => "the server cannot be reached at the moment",
            Refusal::TooManyCalls => "too many calls are in progress",
            Refusal::NotANumber => "neither a number, nor an extension, nor a SIP URI",
            Refusal::NoSuchCall(_) => "there is no such call",
            Refusal::NotNow(_) => "the call is in a state in which that cannot be done",
            Refusal::TooManyDigits(_) => "too many digits wait already",
            Refusal::NoteTooLong => "the note is too long",
            Refusal::NoSuchTransfer(_) => "there is no such transfer",
            Refusal::NoSuchNotice(_) => "there is no such notice",
            Refusal::NoSuchWorkingState => "this working state cannot be chosen now",
            Refusal::NotForGuests => "a guest has no colleagues",
            Refusal::NothingToRetry => "nothing waits to be tried again",
        })
    }
}

impl std::error::Error for Refusal {}
