//! Ports that nobody has, for programs that have to be told theirs.

use std::net::{Ipv4Addr, TcpListener, UdpSocket};

use anyhow::{Result, bail};

/// A port of 127.0.0.1 that is free for UDP and TCP, and whose successor is free too: a SIP program
/// may take that one for TLS.
///
/// It may be taken by somebody else until it is used, which a program that does not start shows.
///
/// # Errors
/// When none is found.
pub fn free() -> Result<u16> {
    for _ in 0..50 {
        let port = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?
            .local_addr()?
            .port();
        let Some(next) = port.checked_add(1) else {
            continue;
        };
        let is_free = |port| {
            let address = (Ipv4Addr::LOCALHOST, port);
            TcpListener::bind(address).is_ok() && UdpSocket::bind(address).is_ok()
        };
        if is_free(port) && is_free(next) {
            return Ok(port);
        }
    }
    bail!("no two free ports in a row")
}
