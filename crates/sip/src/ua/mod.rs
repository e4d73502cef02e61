//! The user agent: bytes and instants in, bytes and events out.
//!
//! The loop that drives a [`UserAgent`]:
//!
//! 1. tell it what happened: [`flow_opened`](UserAgent::flow_opened), [`handle_input`](UserAgent::handle_input),
//!    [`handle_timeout`](UserAgent::handle_timeout), or one of the verbs ([`register`](UserAgent::register),
//!    [`invite`](UserAgent::invite), [`accept`](UserAgent::accept), [`subscribe`](UserAgent::subscribe), ...), each with the present instant, which
//!    never goes backwards: no `now` is earlier than one before it;
//! 2. call [`poll_output`](UserAgent::poll_output) and carry out what it returns, until it returns
//!    [`Output::Timeout`];
//! 3. wait for the next thing that happens, at most until that timeout; go to 1.
//!
//! What it keeps alive by itself, until it is told otherwise, over flows that come and go:
//!
//! | what | begins with | tells | ends with |
//! |---|---|---|---|
//! | a binding at a registrar (RFC 3261 10, RFC 5626) | [`register`](UserAgent::register) | [`RegistrationEvent`] | [`unregister`](UserAgent::unregister) |
//! | a call (RFC 3261 13) | [`invite`](UserAgent::invite), [`Event::Invited`] | [`SessionEvent`] | [`hang_up`](UserAgent::hang_up) |
//! | a subscription to the state of somebody else (RFC 6665 4.1) | [`subscribe`](UserAgent::subscribe) | [`SubscriptionEvent`] | [`unsubscribe`](UserAgent::unsubscribe) |
//! | the subscription of somebody else (RFC 6665 4.2) | [`Event::Subscribed`] | [`NotifierEvent`] | [`end_subscription`](UserAgent::end_subscription) |
//! | a REFER in a call (RFC 3515) | [`refer`](UserAgent::refer) | [`ReferralEvent`] | its last event, [`stop_following`](UserAgent::stop_following) |
//! | the REFER of somebody else | [`Event::Referred`] | | a final [`refer_progress`](UserAgent::refer_progress) |
//! | a publication of one's own state (RFC 3903) | [`publish`](UserAgent::publish) | [`PublicationEvent`] | [`unpublish`](UserAgent::unpublish) |
//!
//! What a REFER began lives in the dialog of its call, and outlives the call (RFC 5057).
//!
//! The documents that are published and notified are in [`presence`](crate::presence).

mod acts;
mod agent;
mod checks;
mod config;
mod dialogs;
mod error;
mod event;
mod incoming;
mod notifiers;
mod notifying;
mod outgoing;
mod proof;
mod publishing;
mod rebind;
mod referred;
mod referring;
mod run;
mod servers;
mod subscribing;
mod tables;
mod timers;
mod usages;

pub use agent::UserAgent;
pub use config::{Config, FlowInfo, OutOfDialog, ReferLimits, Role, TransactionLimits, Transport};
pub use error::{RequestError, RespondError};
pub use event::{Event, Output};

pub use crate::dialog::{Body, HeaderFields};
pub use crate::ids::{
    FlowId, NotifierId, PublicationId, ReferralId, ReferredId, RegistrationId, RequestId,
    ServerTxId, SessionId, SubscriptionId,
};
pub use crate::notifier::{Notifier, NotifierEvent, SubscriptionError};
pub use crate::publication::{PublicationEvent, Publish};
pub use crate::referral::{Refer, ReferError, ReferralEvent};
pub use crate::registration::{Register, RegistrationEvent};
pub use crate::session::{
    EndedBy, Invite, RequestTimeout, Session, SessionError, SessionEvent, SessionTrouble,
};
pub use crate::subscription::{Subscribe, SubscriptionEvent};
