//! Refusals of the verbs of a user agent that belong to no session.

use core::fmt;

use crate::ids::ServerTxId;
use crate::method::Method;

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

/// Why a request outside dialogs was not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestError {
    /// INVITE, ACK, CANCEL and BYE belong to sessions: there are verbs for them.
    WrongMethod(Method),
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RequestError::WrongMethod(method) => write!(f, "{method} belongs to a session"),
        }
    }
}

impl core::error::Error for RequestError {}
