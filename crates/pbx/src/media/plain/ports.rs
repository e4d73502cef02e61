//! Ports of the legs to the telephone network: an even one for RTP and the odd one above it for
//! RTCP (RFC 3550 section 11).

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};

use mio::net::UdpSocket;
use mio::{Interest, Registry, Token};

use crate::media::api::{LegId, MediaError, MediaStartError, RtpConfig};
use crate::media::net::Port;

/// Ports that something else on this machine has are passed over, but not more of them for one leg.
const MOST_TRIES: usize = 64;

/// The tokens below are those of the media thread's own things.
const FIRST_TOKEN: usize = 16;

/// The sockets of one leg.
pub(super) struct Sockets {
    pub(super) rtp: Port,
    /// What comes here is read and thrown away.
    pub(super) rtcp: Port,
}

/// All ports, and whose they are.
pub(in crate::media) struct Ports {
    config: RtpConfig,
    registry: Registry,
    /// By the even port.
    taken: HashMap<u16, LegId>,
    /// The pair to try next: one that was given back rests as long as it can, so that late packets
    /// of one call do not get into another.
    next: u16,
}

impl Ports {
    /// Looks whether these ports can be had at all; `random` says with which of them to begin.
    pub(in crate::media) fn new(
        config: RtpConfig,
        registry: Registry,
        random: u16,
    ) -> Result<Self, MediaStartError> {
        if config.codecs.is_empty() {
            return Err(MediaStartError::NoCodec);
        }
        if config.address.is_ipv4() != config.advertise.is_ipv4() {
            return Err(MediaStartError::Families(config.address, config.advertise));
        }
        let mut ports = Self {
            config,
            registry,
            taken: HashMap::new(),
            next: 0,
        };
        let pairs = ports.pairs();
        if pairs == 0 {
            return Err(MediaStartError::NoPorts(ports.config.ports));
        }
        ports.next = random % pairs;
        // An address that is not of this machine is better told now than at the first call.
        let probe = SocketAddr::new(ports.config.address, 0);
        std::net::UdpSocket::bind(probe).map_err(|error| MediaStartError::Bind(probe, error))?;
        Ok(ports)
    }

    pub(in crate::media) fn config(&self) -> &RtpConfig {
        &self.config
    }

    /// The lowest even port; port 0 is none.
    fn first(&self) -> u32 {
        u32::from(*self.config.ports.start())
            .max(1)
            .next_multiple_of(2)
    }

    /// How many pairs there are.
    fn pairs(&self) -> u16 {
        let end = u32::from(*self.config.ports.end()) + 1;
        (end.saturating_sub(self.first()) / 2) as u16
    }

    /// Opens the sockets of a leg; says which port they are known by.
    pub(super) fn open(&mut self, leg: LegId) -> Result<(u16, Sockets), MediaError> {
        let (pairs, mut tries) = (self.pairs(), 0);
        for _ in 0..pairs {
            // Below the end of the range, so it is a port.
            let port = (self.first() + u32::from(self.next) * 2) as u16;
            self.next = (self.next + 1) % pairs;
            if self.taken.contains_key(&port) {
                continue;
            }
            match self.bind(port) {
                Ok(sockets) => {
                    self.taken.insert(port, leg);
                    return Ok((port, sockets));
                }
                Err(error) => {
                    tracing::warn!(port, %error, "RTP port cannot be opened");
                    tries += 1;
                }
            }
            if tries == MOST_TRIES {
                break;
            }
        }
        Err(MediaError::NoPort(leg))
    }

    fn bind(&self, port: u16) -> io::Result<Sockets> {
        Ok(Sockets {
            rtp: self.socket(port)?,
            rtcp: self.socket(port + 1)?,
        })
    }

    fn socket(&self, port: u16) -> io::Result<Port> {
        let address: IpAddr = self.config.address;
        let mut socket = UdpSocket::bind(SocketAddr::new(address, port))?;
        let token = Token(FIRST_TOKEN + usize::from(port));
        // It is deregistered by being closed.
        self.registry
            .register(&mut socket, token, Interest::READABLE)?;
        Port::new(socket)
    }

    /// Gives the ports of a leg back; its sockets are closed.
    pub(in crate::media) fn close(&mut self, port: u16) {
        self.taken.remove(&port);
    }

    /// Which leg has the socket with this token, and whether it is that of RTCP.
    pub(in crate::media) fn owner(&self, token: Token) -> Option<(LegId, bool)> {
        let port = u16::try_from(token.0.checked_sub(FIRST_TOKEN)?).ok()?;
        let leg = self.taken.get(&(port & !1))?;
        Some((*leg, port & 1 == 1))
    }
}
