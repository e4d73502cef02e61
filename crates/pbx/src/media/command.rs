//! What is asked of the media thread.

use tokio::sync::oneshot;

use super::api::{Allow, LegId, LegKind, MediaError, Source, Turn};
use super::digits::Digits;

/// What is asked of the media server.
pub(super) enum Command {
    AcceptOffer {
        leg: LegId,
        kind: LegKind,
        sdp: String,
        allow: Allow,
        reply: oneshot::Sender<Result<String, MediaError>>,
    },
    CreateOffer {
        leg: LegId,
        kind: LegKind,
        allow: Allow,
        reply: oneshot::Sender<Result<String, MediaError>>,
    },
    SetAnswer {
        leg: LegId,
        sdp: String,
        reply: oneshot::Sender<Result<(), MediaError>>,
    },
    CancelOffer {
        leg: LegId,
    },
    Hear {
        leg: LegId,
        source: Source,
        turn: Turn,
    },
    SendDigits {
        leg: LegId,
        digits: Digits,
        duration_ms: u16,
    },
    Close {
        leg: LegId,
    },
}
