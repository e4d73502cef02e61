//! Who hears whom in a call, how well, and what is being mended.

use serde::{Deserialize, Serialize};

use super::values::Millis;

/// Who hears whom in this call, as data; the view draws it and says it in one sentence.
///
/// Every link is what the wire confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Hearing {
    /// What the far end hears of this side.
    pub to_remote: Sound,
    /// What this side hears of the far end.
    pub from_remote: Sound,
}

/// What one side hears.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Sound {
    /// Nothing: not connected yet, or no more, or there is no microphone to speak into.
    Nothing,
    /// The ringing tone.
    Ringback,
    /// The network's own sound before the answer.
    EarlyMedia,
    /// The other person.
    Voice,
    /// Silence because the other person is muted.
    Muted,
    /// Hold music (or silence where the server plays none).
    Music,
    /// What the server says: a greeting, a menu, a place in the queue.
    Announcement,
    /// The voices of several people.
    Everybody,
    /// It should be heard, but the media path is broken at the moment.
    Interrupted,
}

/// Something is being mended; the call is *not* over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Recovery {
    /// What is broken.
    pub kind: RecoveryKind,
    /// Since when.
    pub since: Millis,
    /// When the next attempt is made, where one is scheduled.
    pub retry_at: Option<Millis>,
}

/// What can be broken without the call being over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RecoveryKind {
    /// The WebSocket is away; the audio goes on.
    Signalling,
    /// The media path is interrupted (ICE disconnected or failed); a restart is under way.
    Media,
    /// The server no longer knows the dialog (481), or a session refresh failed; the audio may go on.
    Session,
}

/// Quality of the received audio.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Quality {
    /// 1 (bad) to 4 (clear).
    pub bars: u8,
    /// Round trip in milliseconds, where known.
    pub round_trip: Option<u32>,
    /// Packets lost in the last interval, per mille.
    pub lost_per_mille: u16,
    /// Jitter in milliseconds.
    pub jitter: u32,
}
