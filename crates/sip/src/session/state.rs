//! The states of a session.

use core::time::Duration;

use crate::dialog::{Dialog, HeaderFields};
use crate::header::Reason;
use crate::ids::TxId;

/// Where a session is between its first INVITE and its end (RFC 3261 13 to 15).
#[derive(Debug)]
pub(super) enum State {
    /// Caller: INVITE sent, no response.
    Calling,
    /// Caller: a provisional response came.
    Proceeding {
        early: Vec<Early>,
        /// Remote tag of the fork that the exchange is with, once the INVITE's own is complete or the far
        /// end made an offer in its place.
        exchanged_with: Option<String>,
    },
    /// Caller: hung up before any response; a CANCEL may not go out yet (9.1).
    CancelWanted { reason: Option<Reason> },
    /// Caller: CANCEL sent, the final response is awaited; where that is a 2xx, a BYE says why.
    Cancelling { reason: Option<Reason> },
    /// Caller: the 2xx brought an offer, the ACK waits for our answer.
    AnswerWanted { dialog: Dialog },
    /// Callee: not answered yet.
    Ringing {
        tx: TxId,
        dialog: Dialog,
        reliable: Reliable,
        /// The 2xx that has to wait for a PRACK.
        accept: Option<(String, HeaderFields)>,
    },
    /// Callee: 2xx sent, no ACK yet.
    Answered { dialog: Dialog },
    /// Callee: hung up before the ACK; BYE has to wait for it (15).
    ByeAfterAck {
        dialog: Dialog,
        reason: Option<Reason>,
    },
    /// The call stands.
    Confirmed { dialog: Dialog },
    /// BYE sent.
    Leaving { dialog: Dialog },
    /// Over; the user agent forgets the session, but not its dialog where something else lives in it (RFC
    /// 5057).
    Ended { dialog: Option<Dialog> },
    /// What was in this state is being moved into the next one, within one step.
    Moving { from: &'static str },
}

impl State {
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Calling => "calling",
            Self::Proceeding { .. } => "proceeding",
            Self::CancelWanted { .. } => "cancel wanted",
            Self::Cancelling { .. } => "cancelling",
            Self::AnswerWanted { .. } => "answer wanted",
            Self::Ringing { .. } => "ringing",
            Self::Answered { .. } => "answered",
            Self::ByeAfterAck { .. } => "bye after ack",
            Self::Confirmed { .. } => "confirmed",
            Self::Leaving { .. } => "leaving",
            Self::Ended { .. } => "ended",
            Self::Moving { from } => from,
        }
    }

    /// The dialog; the latest one where a call was forked and is not answered yet.
    pub(super) fn dialog(&self) -> Option<&Dialog> {
        match self {
            Self::Proceeding { early, .. } => early.last().map(|early| &early.dialog),
            Self::AnswerWanted { dialog }
            | Self::Ringing { dialog, .. }
            | Self::Answered { dialog }
            | Self::ByeAfterAck { dialog, .. }
            | Self::Confirmed { dialog }
            | Self::Leaving { dialog } => Some(dialog),
            Self::Calling
            | Self::CancelWanted { .. }
            | Self::Cancelling { .. }
            | Self::Ended { .. }
            | Self::Moving { .. } => None,
        }
    }

    /// As [`State::dialog`], for good.
    pub(super) fn into_dialog(self) -> Option<Dialog> {
        match self {
            Self::Proceeding { mut early, .. } => early.pop().map(|early| early.dialog),
            Self::AnswerWanted { dialog }
            | Self::Ringing { dialog, .. }
            | Self::Answered { dialog }
            | Self::ByeAfterAck { dialog, .. }
            | Self::Confirmed { dialog }
            | Self::Leaving { dialog } => Some(dialog),
            Self::Ended { dialog } => dialog,
            Self::Calling
            | Self::CancelWanted { .. }
            | Self::Cancelling { .. }
            | Self::Moving { .. } => None,
        }
    }

    /// As [`State::dialog`], to send in it.
    pub(super) fn dialog_mut(&mut self) -> Option<&mut Dialog> {
        match self {
            Self::Proceeding { early, .. } => early.last_mut().map(|early| &mut early.dialog),
            Self::AnswerWanted { dialog }
            | Self::Ringing { dialog, .. }
            | Self::Answered { dialog }
            | Self::ByeAfterAck { dialog, .. }
            | Self::Confirmed { dialog }
            | Self::Leaving { dialog } => Some(dialog),
            Self::Calling
            | Self::CancelWanted { .. }
            | Self::Cancelling { .. }
            | Self::Ended { .. }
            | Self::Moving { .. } => None,
        }
    }

    /// Whether there is a dialog with this remote tag.
    pub(super) fn has_dialog(&self, remote_tag: &str) -> bool {
        match self {
            Self::Proceeding { early, .. } => early
                .iter()
                .any(|early| early.dialog.remote_tag() == remote_tag),
            other => other
                .dialog()
                .is_some_and(|dialog| dialog.remote_tag() == remote_tag),
        }
    }

    /// The dialog with this remote tag.
    pub(super) fn dialog_of(&mut self, remote_tag: &str) -> Option<&mut Dialog> {
        match self {
            Self::Proceeding { early, .. } => early
                .iter_mut()
                .map(|early| &mut early.dialog)
                .find(|dialog| dialog.remote_tag() == remote_tag),
            other => other
                .dialog_mut()
                .filter(|dialog| dialog.remote_tag() == remote_tag),
        }
    }

    /// The dialog that offers go out in: where a call was forked, that of the fork that the exchange
    /// is with.
    pub(super) fn offer_dialog(&mut self) -> Option<&mut Dialog> {
        if let Self::Proceeding {
            early,
            exchanged_with: Some(tag),
        } = self
        {
            return early
                .iter_mut()
                .map(|early| &mut early.dialog)
                .find(|dialog| dialog.remote_tag() == tag);
        }
        self.dialog_mut()
    }

    /// Whether the far end with this tag can make an offer: where a call was forked, one fork can.
    pub(super) fn exchanges_with(&self, remote_tag: &str) -> bool {
        match self {
            Self::Proceeding { exchanged_with, .. } => {
                exchanged_with.as_deref() == Some(remote_tag)
            }
            _ => true,
        }
    }
}

/// An early dialog of a caller, and what its provisional responses brought.
#[derive(Debug)]
pub(super) struct Early {
    pub(super) dialog: Dialog,
    /// `RSeq` of the last reliable provisional response (RFC 3262 4).
    pub(super) rseq: Option<u32>,
    /// Description of the last provisional response that had one.
    pub(super) sdp: Option<String>,
}

/// What became of the reliable provisional responses of a callee (RFC 3262 3).
#[derive(Debug)]
pub(super) enum Reliable {
    /// None is open; `RSeq` of the last one.
    Idle { rseq: Option<u32> },
    /// One waits for its PRACK.
    Open {
        rseq: u32,
        /// Interval of its repetition.
        interval: Duration,
    },
}

/// The offer/answer exchange (RFC 3264, RFC 6337).
#[derive(Debug)]
pub(super) enum Exchange {
    /// Nothing is open.
    Stable,
    /// Our first INVITE has no description: the far end is to offer.
    NotOffered,
    /// Our offer is out, in this request of ours.
    Offered { by: By, sdp: String },
    /// Our re-INVITE with the unchanged description is out: not seen by the application.
    Refreshing,
    /// The far end's offer waits for our answer.
    Received { tx: TxId, by: By, sdp: String },
    /// The far end's INVITE without description waits for our offer.
    Wanted { tx: TxId, by: By },
    /// A response of ours carries an offer: ACK or PRACK brings the answer.
    OfferedInResponse { sdp: String },
    /// The far end's 2xx carries an offer: our ACK brings the answer.
    AnswerInAck { sdp: String },
    /// The far end's reliable provisional response carries an offer: our PRACK brings the answer.
    AnswerInPrack {
        remote_tag: String,
        rack: String,
        sdp: String,
    },
}

/// Which request carries an offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// The INVITE that made the session; the far end's is answered by `accept`.
    FirstInvite,
    /// A later INVITE.
    Reinvite,
    /// UPDATE or PRACK.
    Other,
}

/// The descriptions of the last exchange that was completed.
#[derive(Debug, Default)]
pub(super) struct Agreed {
    pub(super) local: Option<String>,
    pub(super) remote: Option<String>,
}

/// A 2xx of ours that is not acknowledged.
#[derive(Debug)]
pub(super) struct Unacked {
    pub(super) tx: TxId,
    pub(super) cseq: u32,
    /// Interval of its repetition.
    pub(super) interval: Duration,
}

/// What the far end said that it can.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Peer {
    /// UPDATE (RFC 3311); `None` where it said nothing of what it can.
    pub(super) update: Option<bool>,
    /// Reliable provisional responses (RFC 3262).
    pub(super) rel: bool,
    /// Session timers (RFC 4028).
    pub(super) timer: bool,
}

impl Peer {
    /// Whether it said that it knows UPDATE.
    pub(super) fn updates(self) -> bool {
        self.update == Some(true)
    }
}
