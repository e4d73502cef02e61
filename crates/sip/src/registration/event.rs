//! What a registration tells.

use core::time::Duration;

use crate::status::StatusCode;
use crate::time::Instant;

/// What became of a registration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RegistrationEvent {
    /// The registrar confirmed; the refresh is scheduled.
    Registered {
        /// How long the binding lives.
        expires: Duration,
        /// For the first time since [`register`](crate::ua::UserAgent::register).
        first: bool,
    },
    /// The registrar refused, or did not answer (408).
    Refused {
        /// Status code; 408 where nothing came back.
        status: StatusCode,
        /// Reason phrase as it came.
        reason: String,
        /// When it is tried again; `None`: only by [`register_now`](crate::ua::UserAgent::register_now). A wrong password (a second
        /// challenge that is not stale) is never tried again by itself.
        retry_at: Option<Instant>,
    },
    /// The binding was removed, or nobody answered that; the registration no longer exists.
    Unregistered,
}
