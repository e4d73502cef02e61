//! SIP and other URIs, and name-addr (RFC 3261 19.1, 20.10, 25.1).

mod compare;
mod host;
mod name_addr;
mod parse;
mod value;

pub use host::Host;
pub(crate) use host::is_host;
pub use name_addr::NameAddr;
pub use parse::UriError;
pub use value::{Scheme, Uri, UriHeaders, UriParams};
