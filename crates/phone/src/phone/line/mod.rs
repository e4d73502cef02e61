//! One call: what a person sees as a line of the phone.

mod actions;
mod bound;
mod capture;
mod changes;
mod dialog;
mod digits;
mod far;
mod hearing;
mod hold;
mod incoming;
mod introduction;
mod keypad;
mod media;
mod negotiation;
mod outcome;
mod outgoing;
mod path;
mod record;
mod session;
mod takeover;
mod view;
mod word;

pub(crate) use actions::{Pair, Surroundings, permits};
pub(crate) use bound::Tie;
pub(crate) use hearing::LineTone;
pub(crate) use incoming::Invitation;
pub(crate) use introduction::introduction;
pub(crate) use media::microphone_trouble;
#[cfg(test)]
pub(crate) use negotiation::Exchange;
pub(crate) use outgoing::Dialling;
pub(crate) use record::{Line, Stage};
pub(crate) use session::LineTimer;
pub(crate) use takeover::Successor;
pub(crate) use word::request_joins;
