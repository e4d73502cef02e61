//! Refusals of the verbs of a user agent that belong to no session.

use core::fmt;

use crate::ids::ServerTxId;

/// Why a request could not be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RespondError {
    /// It was answered already, or is too old.
    Unknown(ServerTxId),
}

impl fmt::Display for RespondError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RespondError::Unknown(id) => write!(f, "no open request {}", id.0),
        }
    }
}

impl core::error::Error for RespondError {}
