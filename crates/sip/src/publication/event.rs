//! What a publication tells.

use core::time::Duration;

use crate::status::StatusCode;
use crate::time::Instant;

/// What became of a publication.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PublicationEvent {
    /// The server confirmed; the refresh is scheduled.
    Published {
        /// How long the publication lives.
        expires: Duration,
        /// Which body the server has now, counted as they were handed in: 1 is the first.
        body_of: u64,
    },
    /// The server refused, or did not answer (408).
    Refused {
        /// Status code; 408 where nothing came back.
        status: StatusCode,
        /// Reason phrase as it came.
        reason: String,
        /// When it is tried again; `None`: only with the next
        /// [`republish`](crate::ua::UserAgent::republish).
        retry_at: Option<Instant>,
        /// Which body was refused, counted as they were handed in. Where there is a newer one, that is sent next.
        body_of: u64,
    },
    /// The publication was removed, or nobody answered that; it no longer exists.
    Unpublished,
}
