//! The user agent: bytes and instants in, bytes and events out.
//!
//! The loop that drives a [`UserAgent`]:
//!
//! 1. tell it what happened: [`flow_opened`](UserAgent::flow_opened), [`handle_input`](UserAgent::handle_input),
//!    [`handle_timeout`](UserAgent::handle_timeout), or one of the verbs ([`register`](UserAgent::register),
//!    [`invite`](UserAgent::invite), [`accept`](UserAgent::accept), ...), each with the present instant, which
//!    never goes backwards: no `now` is earlier than one before it;
//! 2. call [`poll_output`](UserAgent::poll_output) and carry out what it returns, until it returns
//!    [`Output::Timeout`];
//! 3. wait for the next thing that happens, at most until that timeout; go to 1.

mod agent;
mod checks;
mod config;
mod error;
mod event;
mod incoming;
mod outgoing;
mod proof;
mod rebind;
mod run;
mod servers;
mod tables;
mod timers;

pub use agent::UserAgent;
pub use config::{Config, FlowInfo, OutOfDialog, Role, TransactionLimits, Transport};
pub use error::{RequestError, RespondError};
pub use event::{Event, Output};

pub use crate::dialog::{Body, HeaderFields};
pub use crate::ids::{FlowId, RegistrationId, RequestId, ServerTxId, SessionId};
pub use crate::registration::{Register, RegistrationEvent};
pub use crate::session::{
    EndedBy, Invite, RequestTimeout, Session, SessionError, SessionEvent, SessionTrouble,
};
