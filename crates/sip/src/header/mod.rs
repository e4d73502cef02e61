//! Header fields: their names and their typed values.
//!
//! A typed value is legal text whose parts are known: reading it copies nothing out of the message,
//! printing it hands the text out. Small values of numbers and words are plain structs.

mod auth;
mod contact;
mod cseq;
mod dialogs;
mod event;
mod media_type;
mod misc;
pub(crate) mod name;
mod refer;
mod session;
mod user_to_user;
mod via;

pub use auth::{Algorithm, Authorization, Challenge};
pub use contact::{Contact, Contacts};
pub use cseq::{CSeq, RAck};
pub use dialogs::{DialogId, Join, Replaces, TargetDialog};
pub use event::{Event, Subscription, SubscriptionState};
pub use media_type::MediaType;
pub use misc::{Reason, RetryAfter};
pub use name::{BadName, HeaderName, OtherName};
pub use refer::ReferTo;
pub use session::{Refresher, SessionExpires};
pub use user_to_user::UserToUser;
pub use via::{MAGIC_COOKIE, Via};

pub use crate::syntax::{Elements, Fault, Params};
use core::fmt;

/// A header field whose value is not what its grammar says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderError {
    /// Which field.
    pub name: HeaderName,
    /// What is wrong.
    pub fault: Fault,
}

impl fmt::Display for HeaderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.fault)
    }
}

impl core::error::Error for HeaderError {}
