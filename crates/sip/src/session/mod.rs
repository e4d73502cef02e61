//! INVITE sessions (RFC 3261 13 to 15, RFC 3262, RFC 3311, RFC 4028).
//!
//! A [`Session`] is one state machine; it knows neither transactions nor the clock, and asks for what
//! it wants done as `Act`s.

mod act;
mod callee;
mod caller;
mod change;
mod end;
mod error;
mod event;
mod interval;
mod invite;
mod machine;
mod refresh;
mod reliable;
mod resume;
mod state;
mod usage;

pub(crate) use act::{Act, Asked, Profile, Reply, SessionTimer, Step};
pub(crate) use caller::{MOST_FORKS, ack_draft, first_invite};
pub use error::SessionError;
pub use event::{EndedBy, RequestTimeout, SessionEvent, SessionTrouble};
pub(crate) use interval::too_short;
pub use invite::Invite;
pub use machine::Session;
