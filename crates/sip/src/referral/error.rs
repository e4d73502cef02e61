//! Refusals of the verbs of a REFER of somebody else.

use core::fmt;

use crate::ids::ReferredId;
use crate::status::StatusCode;

/// Why something could not be done with the REFER of somebody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReferError {
    /// There is none of this name, or nobody wants to know of it any more.
    Unknown(ReferredId),
    /// It was accepted already, or its end was told.
    Answered,
    /// It was not accepted yet.
    NotAccepted,
    /// A status that refuses nothing.
    NotARefusal(StatusCode),
}

impl fmt::Display for ReferError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(id) => write!(f, "no REFER {} of anybody", id.0),
            Self::Answered => f.write_str("the REFER was answered already"),
            Self::NotAccepted => f.write_str("the REFER was not accepted yet"),
            Self::NotARefusal(status) => write!(f, "{status} refuses nothing"),
        }
    }
}

impl core::error::Error for ReferError {}
