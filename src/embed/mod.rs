//! The messages that the phone exchanges with a host page, when it runs in an iframe.
//!
//! The seam only: the messages are `alo_phone::language` itself, carried over a message port. The
//! handshake (version, allow-list of origins) comes with the widget.
