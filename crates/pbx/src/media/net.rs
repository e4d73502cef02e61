//! UDP sockets: the one of all WebRTC legs, and how each is read and written.
//!
//! The one of all is bound to a wildcard address as a rule, so every datagram says which of this machine's
//! addresses it came to (`IP_PKTINFO`), and the answer leaves from there: ICE pairs addresses.

use std::io::{self, IoSliceMut};
use std::net::{IpAddr, SocketAddr};

use mio::net::UdpSocket;
use quinn_udp::{BATCH_SIZE, RecvMeta, Transmit, UdpSockRef, UdpSocketState};

use super::api::{MediaConfig, MediaStartError};

/// Largest datagram that is read; media and DTLS stay below the usual MTU of 1500.
const LARGEST: usize = 2048;

/// Wanted size of the kernel's buffers: a second of 300 legs.
const KERNEL_BUFFER: usize = 4 << 20;

/// A socket.
pub(super) struct Port {
    pub(super) socket: UdpSocket,
    state: UdpSocketState,
}

/// The socket of all WebRTC legs, and what it is known as.
pub(super) struct Net {
    pub(super) port: Port,
    local: SocketAddr,
    /// Addresses that are offered as host candidates; never empty.
    candidates: Vec<SocketAddr>,
    /// Addresses of this machine that can be sent from; empty where the socket is bound to one.
    own: Vec<IpAddr>,
}

/// Room for the datagrams of one system call.
pub(super) struct Inbox {
    buffers: Vec<Vec<u8>>,
    meta: Vec<RecvMeta>,
}

impl Inbox {
    pub(super) fn new(net: &Net) -> Self {
        let size = LARGEST * net.port.state.gro_segments();
        Self {
            buffers: vec![vec![0; size]; BATCH_SIZE],
            meta: vec![RecvMeta::default(); BATCH_SIZE],
        }
    }
}

/// A datagram.
pub(super) struct Datagram<'a> {
    pub(super) source: SocketAddr,
    /// Which of the candidates it came to.
    pub(super) destination: SocketAddr,
    pub(super) bytes: &'a [u8],
}

/// What one buffer holds: datagrams that came together from the same far end.
pub(super) struct Read<'a> {
    pub(super) from: SocketAddr,
    /// The address of this machine that it came to.
    pub(super) to: Option<IpAddr>,
    bytes: &'a [u8],
    stride: usize,
}

impl Inbox {
    /// Whether a call that filled so many buffers may have left something. None full is the report
    /// of an error, behind which there may be anything.
    pub(super) fn may_be_more(count: usize) -> bool {
        count == 0 || count == BATCH_SIZE
    }

    /// The buffers that the last call filled.
    pub(super) fn read(&self, count: usize) -> impl Iterator<Item = Read<'_>> {
        self.buffers
            .iter()
            .zip(&self.meta)
            .take(count)
            .map(|(buffer, meta)| Read {
                from: meta.addr,
                to: meta.dst_ip,
                bytes: &buffer[..meta.len.min(buffer.len())],
                stride: meta.stride.max(1),
            })
    }
}

impl<'a> Read<'a> {
    /// The datagrams (several where the kernel joined them, UDP_GRO).
    pub(super) fn datagrams(&self) -> impl Iterator<Item = &'a [u8]> {
        self.bytes.chunks(self.stride)
    }
}

impl Port {
    /// Makes an open socket ready.
    pub(super) fn new(socket: UdpSocket) -> io::Result<Self> {
        let state = UdpSocketState::new(UdpSockRef::from(&socket))?;
        Ok(Self { socket, state })
    }

    /// Reads what is there, one system call's worth, and says how many buffers are full; `None`
    /// when there is nothing.
    pub(super) fn receive(&self, inbox: &mut Inbox) -> Option<usize> {
        let Inbox { buffers, meta } = inbox;
        let mut slices: [IoSliceMut<'_>; BATCH_SIZE] =
            std::array::from_fn(|_| IoSliceMut::new(&mut []));
        for (slice, buffer) in slices.iter_mut().zip(buffers) {
            *slice = IoSliceMut::new(buffer);
        }
        let socket = UdpSockRef::from(&self.socket);
        match self.state.recv(socket, &mut slices, meta) {
            Ok(count) => Some(count),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => None,
            // As a rule the ICMP error of an earlier datagram: the next call has the next.
            Err(error) => {
                tracing::debug!(%error, "receiving failed");
                Some(0)
            }
        }
    }

    /// Sends, from this address where it matters; a datagram that the system does not take is a lost
    /// one.
    pub(super) fn send(&self, source: Option<IpAddr>, destination: SocketAddr, contents: &[u8]) {
        let transmit = Transmit {
            destination,
            ecn: None,
            contents,
            segment_size: None,
            src_ip: source,
        };
        if let Err(error) = self
            .state
            .try_send(UdpSockRef::from(&self.socket), &transmit)
        {
            tracing::debug!(%error, "sending failed");
        }
    }
}

impl Net {
    /// Opens the socket.
    pub(super) fn open(config: MediaConfig) -> Result<Self, MediaStartError> {
        let bind = |error| MediaStartError::Bind(config.bind, error);
        let socket = UdpSocket::bind(config.bind).map_err(bind)?;
        let local = socket.local_addr().map_err(bind)?;
        let port = Port::new(socket).map_err(bind)?;
        // What the system does not grant is no error.
        let reference = UdpSockRef::from(&port.socket);
        let _ = port.state.set_recv_buffer_size(reference, KERNEL_BUFFER);
        let reference = UdpSockRef::from(&port.socket);
        let _ = port.state.set_send_buffer_size(reference, KERNEL_BUFFER);
        let own = if local.ip().is_unspecified() {
            own_addresses(local)
        } else {
            Vec::new()
        };
        let candidates = candidates(config.advertise, local, &own)?;
        Ok(Self {
            port,
            local,
            candidates,
            own,
        })
    }

    pub(super) fn local(&self) -> SocketAddr {
        self.local
    }

    pub(super) fn candidates(&self) -> &[SocketAddr] {
        &self.candidates
    }

    /// Sends as one of the candidates; a datagram that the system does not take is a lost one.
    pub(super) fn send(&self, source: SocketAddr, destination: SocketAddr, contents: &[u8]) {
        // An address that is only known outside (1:1 NAT) is none that can be sent from.
        let source = self.own.contains(&source.ip()).then(|| source.ip());
        self.port.send(source, destination, contents);
    }

    /// The candidate that stands for an address of this machine.
    pub(super) fn known_as(&self, address: Option<IpAddr>) -> SocketAddr {
        address
            .and_then(|ip| self.candidates.iter().find(|c| c.ip() == ip))
            .or_else(|| {
                let loopback = address.is_some_and(|ip| ip.is_loopback());
                self.candidates
                    .iter()
                    .find(|c| c.ip().is_loopback() == loopback)
            })
            .copied()
            .unwrap_or(self.local)
    }
}

/// Addresses of the interfaces, of the same family; those come first that a far end on another
/// machine can reach.
fn own_addresses(local: SocketAddr) -> Vec<IpAddr> {
    let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
    let mut found: Vec<_> = interfaces
        .iter()
        .map(if_addrs::Interface::ip)
        .filter(|ip| ip.is_ipv4() == local.is_ipv4() && !is_link_local(*ip))
        .collect();
    found.sort_by_key(|ip| (ip.is_loopback(), *ip));
    found.dedup();
    found
}

/// An IPv6 address that means nothing without its interface.
fn is_link_local(ip: IpAddr) -> bool {
    matches!(ip, IpAddr::V6(ip) if ip.is_unicast_link_local())
}

/// The addresses to offer.
fn candidates(
    advertise: Vec<IpAddr>,
    local: SocketAddr,
    own: &[IpAddr],
) -> Result<Vec<SocketAddr>, MediaStartError> {
    let with_port = |ip: IpAddr| SocketAddr::new(ip, local.port());
    let found: Vec<_> = if !advertise.is_empty() {
        advertise.into_iter().map(with_port).collect()
    } else if !local.ip().is_unspecified() {
        vec![local]
    } else {
        own.iter().copied().map(with_port).collect()
    };
    if found.is_empty() {
        return Err(MediaStartError::NoAddress);
    }
    Ok(found)
}
