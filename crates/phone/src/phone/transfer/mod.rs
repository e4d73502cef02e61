//! What a transfer is, apart from the calls that it is about: these stand below a call.
//!
//! | part | what it is about |
//! |---|---|
//! | `journey` | the machine of one transfer, from the click to what became of the customer |
//! | `failure` | words for status codes, and status codes for words |

mod failure;
mod journey;

pub(crate) use failure::{returned, status_of};
pub(crate) use journey::{Input, Journey, Output, Told};

#[cfg(test)]
mod stories;
