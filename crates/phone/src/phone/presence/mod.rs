//! Working states and colleagues: what the agent may be offered, and what the others are doing.
//!
//! | part | what it is about |
//! |---|---|
//! | `working` | the own state: wished for, published, confirmed |
//! | `people` | which colleagues are watched, and what is known of them |
//! | `news` | what a server can say, in the words of the phone |
//! | `reading` | presence documents, from and to the wire |
//! | `desk` | what ties the two machines to the SIP user agent |

mod desk;
mod news;
mod people;
mod reading;
mod working;

pub(crate) use desk::{Desk, DeskNews, Tools};
