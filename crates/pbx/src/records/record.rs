//! What a record says.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A call that is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CallRecord {
    /// Unique among all records of all runs: the start in milliseconds, hexadecimal, and the number of
    /// the call in this run.
    pub id: String,
    /// When the call came: RFC 3339, UTC.
    pub start: Timestamp,
    /// When it was over.
    pub end: Timestamp,
    /// Between whom.
    pub direction: Direction,
    /// Extension or number of who called; "anonymous" where it is hidden.
    pub caller: String,
    /// Name of the caller, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller_name: Option<String>,
    /// What was called, as it was dialled.
    pub called: String,
    /// The hotline that was called, or that was called from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hotline: Option<String>,
    /// What the call went through, in order.
    pub path: Vec<Step>,
    /// Who answered last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_by: Option<String>,
    /// How long the caller waited for somebody, in queues and while phones rang; menus do not count.
    pub wait_s: Seconds,
    /// How long the caller and somebody were joined.
    pub talk_s: Seconds,
    /// Whose doing the end was.
    pub ended_by: EndedBy,
    /// Why it ended, for people.
    pub reason: String,
    /// The SIP status of a call that was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
}

/// Between whom a call was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Direction {
    /// A customer called.
    In,
    /// An agent called a number.
    Out,
    /// An agent called within the call centre.
    Internal,
}

/// Whose doing the end of a call was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum EndedBy {
    /// Who called, or has come in his place.
    Caller,
    /// Who was called, or has come in his place.
    Called,
    /// The call centre: an apology, an overflow without a way on, a stop; or a call that went on in another.
    Server,
}

/// One thing on the way of a call. `atS` is the time since the start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "step",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Step {
    /// It was in an IVR tree. Keys are not recorded.
    Ivr {
        /// Id of the tree.
        tree: String,
        /// When it came there.
        at_s: Seconds,
        /// For how long it was there.
        for_s: Seconds,
    },
    /// It waited in a queue.
    Queue {
        /// Id of the queue.
        queue: String,
        /// When it came there.
        at_s: Seconds,
        /// For how long it was there.
        for_s: Seconds,
    },
    /// A phone rang for it.
    Offer {
        /// Extension or number.
        who: String,
        /// What became of it.
        how: OfferEnd,
        /// When it began to ring.
        at_s: Seconds,
        /// For how long it rang.
        for_s: Seconds,
    },
    /// Somebody talked with the caller.
    Talk {
        /// Extension or number.
        with: String,
        /// When it began.
        at_s: Seconds,
        /// For how long.
        for_s: Seconds,
    },
    /// Somebody transferred it. What came of that are the steps behind this one, too.
    Transfer {
        /// Extension of who did.
        by: String,
        /// Extension or number, or id of a queue or tree.
        to: String,
        /// In what way.
        kind: TransferKind,
        /// What became of it.
        how: TransferEnd,
        /// When it was asked for.
        at_s: Seconds,
        /// How long it took until somebody had the caller, or it had come to nothing.
        for_s: Seconds,
        /// It came back: how that ended.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        recall: Option<OfferEnd>,
        /// Extension or number, or id of the queue or tree, where it went in the end.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fallback: Option<String>,
    },
    /// An apology was spoken.
    Apology {
        /// When it began.
        at_s: Seconds,
        /// For how long it was heard.
        for_s: Seconds,
    },
}

/// What became of an offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OfferEnd {
    /// It was answered.
    Answered,
    /// Somebody else answered.
    AnsweredElsewhere,
    /// It rang long enough.
    NoAnswer,
    /// It was declined.
    Declined,
    /// The phone was busy.
    Busy,
    /// The phone could not be reached.
    Unreachable,
    /// The caller gave up, or the call went elsewhere.
    CallerGone,
}

/// In what way a call is transferred.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TransferKind {
    /// Without asking there before.
    Blind,
    /// While the phone there still rang.
    Ringing,
    /// After talking with whoever has it then.
    Attended,
    /// Both calls became one: who transferred it stays in it.
    Merged,
}

/// What became of a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TransferEnd {
    /// Somebody there has the caller, or the menu has.
    Done,
    /// Nobody answered.
    NoAnswer,
    /// It was declined.
    Declined,
    /// The phone was busy.
    Busy,
    /// The phone could not be reached.
    Unreachable,
    /// The caller gave up.
    CallerGone,
}

/// A time in seconds, written with three decimals at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Seconds(pub Duration);

impl Serialize for Seconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Exact for hundreds of years: a f64 has 53 bits, and whole milliseconds are printed short.
        serializer.serialize_f64(self.0.as_millis() as f64 / 1000.0)
    }
}

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let seconds = f64::deserialize(deserializer)?;
        let millis = Duration::try_from_secs_f64(seconds).map_err(serde::de::Error::custom)?;
        // To whole milliseconds: what was written is what is read.
        let rounded = (millis.as_secs_f64() * 1000.0).round() as u64;
        Ok(Self(Duration::from_millis(rounded)))
    }
}
