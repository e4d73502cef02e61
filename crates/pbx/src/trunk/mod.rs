//! The way to the phone network: SIP over UDP with one peer, by registration or by address.
//!
//! * [`edge`]: the socket, whose datagrams are taken, and where the peer's name leads; [`port`]: which port
//!   of the peer a message goes to;
//! * [`link`]: whether the peer can be reached;
//! * [`number`]: how the network writes numbers; [`messages`]: what it is sent; [`causes`]: why it does not
//!   connect a call.

pub mod causes;
pub mod edge;
pub mod link;
pub mod messages;
pub mod number;
pub mod port;

pub use link::Health;
