//! What is asked of the media thread.

use tokio::sync::oneshot;

use super::api::{Allow, LegId, MediaError, Source};
use super::digits::Digits;

/// What is asked of the media server.
pub(super) enum Command {
    AcceptOffer {
        leg: LegId,
        sdp: String,
        allow: Allow,
        reply: oneshot::Sender<Result<String, MediaError>>,
    },
    CreateOffer {
        leg: LegId,
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
