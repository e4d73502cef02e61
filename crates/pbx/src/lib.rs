//! The embedded call centre: one binary, one TOML file.
//!
//! The parts, from the ground up; each uses only what stands before it:
//!
//! * [`media`]: WebRTC legs and what each of them hears, on a thread of its own; [`media_io`]: what is
//!   asked of it, as data;
//! * [`config`]: the file;
//! * [`logging`]: the log; [`peer`]: where somebody comes from;
//! * [`records`]: what is kept of every call;
//! * [`acd`]: which agent is offered which waiting call; [`ivr`]: a caller's way through the menus;
//! * [`registrar`]: who is reachable; [`routing`]: what a dialled name means; [`hunt`]: who rings and
//!   who gets the call; [`leg`]: a SIP session and its media joined; [`simulated`]: a phone that is
//!   not there; [`call`]: those put together;
//! * [`center`]: all calls and the SIP user agent, still without I/O;
//! * [`control`]: the task that owns the centre, with the sockets and the clock around it;
//! * [`http`]: the web server; [`server`]: everything, started and stopped.

pub mod acd;
pub mod call;
pub mod center;
pub mod config;
pub mod control;
pub mod http;
pub mod hunt;
pub mod ivr;
pub mod leg;
pub mod logging;
pub mod media;
pub mod media_io;
pub mod peer;
pub mod presence;
pub mod records;
pub mod registrar;
pub mod routing;
pub mod server;
pub mod simulated;
pub mod trunk;
