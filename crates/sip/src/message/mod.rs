//! SIP messages: received bytes with an index of where everything is, and builders that write bytes.
//!
//! * [`parse_datagram`] splits a message into start line, header fields and body. It looks at what
//!   framing needs and nothing else.
//! * [`Message::check`] then says whether a message is one that can be processed at all
//!   (RFC 3261 8.2, 8.1.1, 20): mandatory fields, single fields, syntax of the fields that this user
//!   agent relies on.
//! * [`Headers`] reads single fields, raw or typed, when they are asked for.
//! * What cannot be processed is a [`ParseError`], with a [`Rejection`] where it can be answered.

mod build;
mod check;
mod error;
mod index;
mod parse;
mod refer;
mod reject;
mod typed;
mod types;

pub use build::{Reply, RequestBuilder, ResponseBuilder};
pub use error::{LineFault, ParseError, ParseErrorKind};
pub use index::{Fields, Headers, List};
pub use parse::parse_datagram;
pub use reject::Rejection;
pub use types::{Message, Request, Response};
