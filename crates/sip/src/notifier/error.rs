//! Refusals of the verbs of a notifier.

use core::fmt;

use crate::ids::NotifierId;
use crate::status::StatusCode;

/// Why something could not be done with a subscription of somebody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubscriptionError {
    /// There is none of this name, or it ended.
    Unknown(NotifierId),
    /// It was accepted already.
    Answered,
    /// It was not accepted yet.
    NotAccepted,
    /// A status that refuses nothing.
    NotARefusal(StatusCode),
}

impl fmt::Display for SubscriptionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(id) => write!(f, "no subscription {} of anybody", id.0),
            Self::Answered => f.write_str("the subscription was accepted already"),
            Self::NotAccepted => f.write_str("the subscription was not accepted yet"),
            Self::NotARefusal(status) => write!(f, "{status} refuses nothing"),
        }
    }
}

impl core::error::Error for SubscriptionError {}
