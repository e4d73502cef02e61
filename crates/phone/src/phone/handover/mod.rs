//! Calls that go somewhere else: transfers, consultations, two calls that become one, and what other user
//! agents ask of this one in that way. These tie calls together, and stand above a call.
//!
//! | part | what it is about |
//! |---|---|
//! | `following` | the transfers that are followed, and what else is under way |
//! | `asking` | commands: transfer, consult, complete, back to the customer |
//! | `progress` | what the wire tells of a transfer, and what is done with the calls then |
//! | `consultation` | the two calls of a consultation, and what becomes of one when the other ends |
//! | `merging` | two calls that become one |
//! | `errand` | a REFER of somebody else, which is followed within a policy |
//! | `replacing` | an INVITE that takes the place of a call |

mod asking;
mod consultation;
mod errand;
mod following;
mod merging;
mod progress;
mod replacing;

pub(crate) use following::Transfers;
