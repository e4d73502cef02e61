//! Refusals of the verbs of a session.

use core::fmt;

use crate::ids::SessionId;
use crate::method::Method;

/// Why a session verb was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SessionError {
    /// There is no such session (any more).
    Unknown(SessionId),
    /// The verb does not fit the state that the session is in.
    WrongState {
        /// Which session.
        id: SessionId,
        /// Its state, as [`Session::state_name`](super::Session::state_name) says it.
        state: &'static str,
    },
    /// Another offer is open: wait for its answer, then try again.
    Pending(SessionId),
    /// So many requests of this kind are open in the session that no other one is sent.
    TooMany(SessionId),
    /// The far end said in its `Allow` that it does not know this method.
    NotAllowed(Method),
    /// The status code does not fit the verb (a provisional one to reject with, ...).
    WrongStatus(u16),
}

impl fmt::Display for SessionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SessionError::Unknown(id) => write!(f, "no session {}", id.0),
            SessionError::WrongState { id, state } => write!(f, "session {} is {state}", id.0),
            SessionError::Pending(id) => write!(f, "session {} has an open offer", id.0),
            SessionError::TooMany(id) => write!(f, "session {} has too many of these open", id.0),
            SessionError::NotAllowed(method) => write!(f, "the far end does not know {method}"),
            SessionError::WrongStatus(code) => write!(f, "status {code} does not fit"),
        }
    }
}

impl core::error::Error for SessionError {}
