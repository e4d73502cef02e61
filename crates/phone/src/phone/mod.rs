//! The softphone: [`Phone`] and the machines that it is made of.
//!
//! | part | what it is about |
//! |---|---|
//! | `machine` | [`Phone`]: inputs in, outputs out, and the order in which things are done |
//! | `command`, `refusal` | what a person asks for |
//! | `connection`, `registration`, `account`, `signing` | the way to the server |
//! | `wire` | what the SIP user agent tells |
//! | `line` | one call |
//! | `transfer`, `handover` | what a transfer is, and calls that go somewhere else |
//! | `presence`, `signed_in` | working states and colleagues |
//! | `tones`, `devices`, `notices` | what is heard and shown besides calls |
//! | `view` | the state that follows from all of it |
//!
//! # When a call ends
//!
//! Only a BYE (or CANCEL), a final refusal of the first INVITE, or the person ends a call. A lost
//! WebSocket, a refused or unanswered change, an interrupted media path, and a dialog that the
//! server says it does not know (481) are recovery states. There are two exceptions, both where
//! nobody could be heard any more:
//!
//! * the media of a new call cannot be set up at all ([`Outcome::MediaFailed`],
//!   [`Outcome::NoMicrophone`]);
//! * the server does not know the dialog any more *and* the media path has been gone for
//!   [`Times::lost_session`].
//!
//! Who transfers a call ends it: what is left of it here is hung up when the far end says that the customer is
//! with the target, and never because it says anything else. A call that sends this phone elsewhere ends when
//! the new one is answered.
//!
//! [`Outcome::MediaFailed`]: crate::language::Outcome::MediaFailed
//! [`Outcome::NoMicrophone`]: crate::language::Outcome::NoMicrophone

mod account;
mod command;
mod config;
mod connection;
mod context;
mod devices;
mod handover;
mod invitation;
mod line;
mod machine;
mod notices;
mod outbox;
mod party;
mod presence;
mod refusal;
mod registration;
mod rng;
mod signed_in;
mod signing;
mod text;
mod tones;
mod transfer;
mod view;
mod wire;

pub use config::{Limits, PhoneConfig, Times};
pub use machine::Phone;
pub use refusal::Refusal;

#[cfg(test)]
mod tests;
