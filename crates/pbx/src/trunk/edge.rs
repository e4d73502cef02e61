//! The socket to the phone network: datagrams in and out, and where the peer's name leads.
//!
//! Only datagrams from the peer's addresses, and from those that the operator names, are taken; whatever
//! else reaches the port is counted and dropped, since scanners try every open SIP port to make calls
//! at somebody's cost. Answers go where a request came from (RFC 3261 section 18.2.2, RFC 3581), so each
//! address and port that is heard has a flow of its own; the one that the name leads to is the *main*
//! one, which calls and registrations go out over.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use alo_sip::ua::{FlowId, FlowInfo, Transport};
use bytes::Bytes;
use tokio::net::{UdpSocket, lookup_host};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::{Health, port};
use crate::control::{Control, is_power_of_ten};

/// Longest datagram.
const LONGEST: usize = 65_535;
/// Longer messages than this should not go over UDP (RFC 3261 section 18.1.1), for want of a path MTU.
const MTU: usize = 1300;
/// Addresses and ports of the peer that are known at the same time.
const MOST_FLOWS: usize = 64;
/// How long a name is not looked up again that led nowhere, or to a peer that does not answer.
const RESOLVE_AGAIN: Duration = Duration::from_secs(30);
/// After an error of the socket.
const REST: Duration = Duration::from_millis(100);

/// Where the peer is, and who else may speak for it.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Name or address of the peer.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Further addresses that requests of the peer may come from.
    pub peers: Vec<IpAddr>,
    /// The address of this side as the peer sees it, where that is not the socket's own (NAT).
    pub advertise: Option<IpAddr>,
}

/// Serves the socket until the call control has stopped.
pub async fn run(socket: UdpSocket, settings: Settings, control: Control) {
    let mut edge = Edge::new(socket, settings, control);
    edge.serve().await;
    // What the call control said last is still sent.
    while edge.writers.join_next().await.is_some() {}
}

/// A flow, and when something came over it last.
#[derive(Debug)]
struct Open {
    flow: FlowId,
    heard: Instant,
}

struct Edge {
    socket: Arc<UdpSocket>,
    settings: Settings,
    control: Control,
    health: watch::Receiver<Option<Health>>,
    /// The addresses that are listened to.
    allowed: BTreeSet<IpAddr>,
    /// Where the peer's name leads.
    main: Option<SocketAddr>,
    flows: BTreeMap<SocketAddr, Open>,
    /// Datagrams of others.
    strangers: u64,
    /// When the name is looked up (again).
    resolve_at: Option<Instant>,
    /// The look-up that is under way; resolvers take their time, in which the peer is heard all the same.
    lookup: JoinSet<io::Result<Vec<SocketAddr>>>,
    /// One for each flow; it ends when the call control closes the flow.
    writers: JoinSet<(SocketAddr, FlowId)>,
}

impl Edge {
    /// Knows nobody yet, but those whom the operator names.
    fn new(socket: UdpSocket, settings: Settings, control: Control) -> Self {
        Self {
            socket: Arc::new(socket),
            allowed: settings.peers.iter().map(IpAddr::to_canonical).collect(),
            health: control.trunk_health(),
            settings,
            control,
            main: None,
            flows: BTreeMap::new(),
            strangers: 0,
            resolve_at: Some(Instant::now()),
            lookup: JoinSet::new(),
            writers: JoinSet::new(),
        }
    }

    async fn serve(&mut self) {
        let socket = Arc::clone(&self.socket);
        let mut buffer = vec![0; LONGEST];
        let mut healths = self.health.clone();
        while self.control.is_alive() {
            tokio::select! {
                received = socket.recv_from(&mut buffer) => match received {
                    Ok((length, from)) => {
                        let bytes = Bytes::copy_from_slice(&buffer[..length]);
                        self.received(canonical(from), bytes).await;
                    }
                    Err(error) => {
                        // An ICMP message about something sent before, on some systems.
                        tracing::debug!(%error, "nothing received from the phone network");
                        tokio::time::sleep(REST).await;
                    }
                },
                Some(Ok((address, flow))) = self.writers.join_next() => {
                    self.writer_ended(address, flow).await;
                }
                () = self.control.stopped() => return,
                changed = healths.changed() => if changed.is_err() { return } else {
                    let down = matches!(*healths.borrow_and_update(), Some(Health::Down(_)));
                    if down && !self.is_literal() {
                        self.resolve_at.get_or_insert_with(Instant::now);
                    }
                },
                () = until(self.resolve_at), if self.lookup.is_empty() => self.resolve(),
                Some(found) = self.lookup.join_next() => {
                    let found = found.unwrap_or_else(|error| Err(io::Error::other(error)));
                    self.resolved(found).await;
                }
            }
        }
    }

    async fn received(&mut self, from: SocketAddr, bytes: Bytes) {
        if !self.allowed.contains(&from.ip()) {
            self.strangers += 1;
            if is_power_of_ten(self.strangers) {
                tracing::warn!(%from, dropped = self.strangers, "not the peer of the trunk: dropped");
            }
            return;
        }
        if !self.flows.contains_key(&from) {
            self.open(from, false).await;
        }
        if let Some(open) = self.flows.get_mut(&from) {
            open.heard = Instant::now();
            self.control.received(open.flow, bytes).await;
        }
    }

    /// Opens a flow to an address of the peer.
    async fn open(&mut self, address: SocketAddr, main: bool) {
        if self.flows.len() >= MOST_FLOWS {
            self.make_room().await;
        }
        let info = FlowInfo {
            transport: Transport::Udp,
            sent_by: self.sent_by(address),
            remote: Some(address),
            keep_alive: None,
        };
        tracing::debug!(%address, sent_by = info.sent_by, main, "trunk flow");
        let Some(flow) = self.control.open_trunk(info, main).await else {
            return;
        };
        let opened = Open {
            flow: flow.id,
            heard: Instant::now(),
        };
        self.flows.insert(address, opened);
        let socket = Arc::clone(&self.socket);
        self.writers.spawn(async move {
            write(&socket, address, flow.outgoing).await;
            (address, flow.id)
        });
    }

    /// Whoever was not heard for longest makes room, but nobody in a call: then there is one flow more.
    async fn make_room(&mut self) {
        let others = self
            .flows
            .iter()
            .filter(|(address, _)| Some(**address) != self.main);
        let mut others: Vec<_> = others.map(|(_, open)| (open.heard, open.flow)).collect();
        others.sort_unstable_by_key(|(heard, _)| *heard);
        let others = others.into_iter().map(|(_, flow)| flow).collect();
        if let Some(closed) = self.control.close_idle(others).await {
            self.flows.retain(|_, open| open.flow != closed);
        }
    }

    /// The call control has closed a flow. It is to know that it is closed, and to have a main one.
    async fn writer_ended(&mut self, address: SocketAddr, flow: FlowId) {
        if self
            .flows
            .get(&address)
            .is_none_or(|open| open.flow != flow)
        {
            return;
        }
        self.flows.remove(&address);
        self.control.close(flow).await;
        if self.main == Some(address) && self.control.is_alive() {
            tracing::warn!(%address, "the way to the phone network was closed: opened anew");
            self.become_main(address).await;
        }
    }

    /// Begins to look up where the peer's name leads.
    fn resolve(&mut self) {
        self.resolve_at = None;
        let name = (self.settings.host.clone(), self.settings.port);
        self.lookup
            .spawn(async move { Ok(lookup_host(name).await?.collect()) });
    }

    /// The peer's name leads there.
    async fn resolved(&mut self, found: io::Result<Vec<SocketAddr>>) {
        let found: Vec<_> = match found {
            Ok(found) => found
                .into_iter()
                .map(canonical)
                .filter(|found| self.reaches(*found))
                .collect(),
            Err(error) => {
                tracing::warn!(host = self.settings.host, %error, "the trunk's name leads nowhere");
                Vec::new()
            }
        };
        self.allowed.extend(found.iter().map(SocketAddr::ip));
        let down = matches!(*self.health.borrow(), Some(Health::Down(_)));
        if !self.is_literal() && (found.is_empty() || down) {
            self.resolve_at = Some(Instant::now() + RESOLVE_AGAIN);
        }
        // What still stands in the name's list, and answers, is kept.
        let keep =
            self.main.is_some_and(|main| found.contains(&main)) && !(down && found.len() > 1);
        if keep || found.is_empty() {
            return;
        }
        let next = self.next_of(&found);
        if self.main == Some(next) {
            return;
        }
        tracing::info!(host = self.settings.host, address = %next, "the phone network is at");
        let old = self.main.replace(next);
        self.become_main(next).await;
        if let Some(open) = old.and_then(|old| self.flows.remove(&old)) {
            self.control.close(open.flow).await;
        }
    }

    /// One address of several: the next after the one that did not answer.
    fn next_of(&self, found: &[SocketAddr]) -> SocketAddr {
        let at = found.iter().position(|address| Some(*address) == self.main);
        found[at.map_or(0, |at| (at + 1) % found.len())]
    }

    /// Opens the main flow to an address, anew where it is known as another one.
    async fn become_main(&mut self, address: SocketAddr) {
        let other = self.flows.remove(&address);
        self.open(address, true).await;
        if let Some(other) = other {
            self.control.close(other.flow).await;
        }
    }

    fn is_literal(&self) -> bool {
        self.settings.host.parse::<IpAddr>().is_ok()
    }

    /// Whether a socket of this family can send there.
    fn reaches(&self, address: SocketAddr) -> bool {
        let local = self.socket.local_addr().map(|local| local.ip());
        local.is_ok_and(|local| {
            local.is_ipv4() == address.is_ipv4() || local.is_unspecified() && local.is_ipv6()
        })
    }

    /// This side, as `Via` and `Contact` name it.
    fn sent_by(&self, peer: SocketAddr) -> String {
        let local = self.socket.local_addr();
        let port = local.as_ref().map_or(5060, SocketAddr::port);
        let bound = local
            .map(|local| local.ip())
            .ok()
            .filter(|ip| !ip.is_unspecified());
        let ip = self.settings.advertise.or(bound).or_else(|| way_to(peer));
        let ip = ip.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
        SocketAddr::new(ip.to_canonical(), port).to_string()
    }
}

/// The address of this side that the peer of a trunk is told, for its media: as [`Settings::advertise`]
/// has it, else that of the socket, else the one that packets to the peer leave from. Where its name
/// leads nowhere now, the one that packets to anywhere leave from.
pub async fn own_address(settings: &Settings, bind: IpAddr) -> IpAddr {
    let bound = Some(bind).filter(|ip| !ip.is_unspecified());
    if let Some(ip) = settings.advertise.or(bound) {
        return ip;
    }
    let name = (settings.host.as_str(), settings.port);
    let found = lookup_host(name).await.ok();
    let found = found.and_then(|mut found| found.find(|at| at.is_ipv4() == bind.is_ipv4()));
    // Of RFC 5737: somewhere on the Internet, and nobody's.
    let anywhere = SocketAddr::from(([192, 0, 2, 1], 9));
    let way = found.and_then(way_to).or_else(|| way_to(anywhere));
    way.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST))
}

/// The address of this machine that packets to the peer leave from.
fn way_to(peer: SocketAddr) -> Option<IpAddr> {
    let any = match peer {
        SocketAddr::V4(_) => IpAddr::from(Ipv4Addr::UNSPECIFIED),
        SocketAddr::V6(_) => IpAddr::from(Ipv6Addr::UNSPECIFIED),
    };
    // Connecting a datagram socket sends nothing.
    let socket = std::net::UdpSocket::bind((any, 0)).ok()?;
    socket.connect(peer).ok()?;
    socket.local_addr().ok().map(|local| local.ip())
}

/// An address as it is compared.
fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

/// Sends what is for one address, until the call control closes the flow.
async fn write(socket: &UdpSocket, address: SocketAddr, mut outgoing: mpsc::Receiver<Bytes>) {
    while let Some(bytes) = outgoing.recv().await {
        if bytes.len() > MTU {
            // RFC 3261 section 18.1.1 wants TCP for it, which this trunk does not have.
            tracing::warn!(
                bytes = bytes.len(),
                "a message for the phone network is long for UDP"
            );
        }
        let to = port::of_message(&bytes, address);
        if let Err(error) = send(socket, to, &bytes).await {
            tracing::warn!(%to, %error, "not sent to the phone network");
        }
    }
}

/// A socket of IPv6 reaches IPv4 by mapped addresses.
async fn send(socket: &UdpSocket, address: SocketAddr, bytes: &[u8]) -> io::Result<usize> {
    let mapped = match (socket.local_addr()?.is_ipv6(), address) {
        (true, SocketAddr::V4(v4)) => SocketAddr::new(v4.ip().to_ipv6_mapped().into(), v4.port()),
        _ => address,
    };
    socket.send_to(bytes, mapped).await
}

/// Sleeps until then; for ever where it does not say when.
async fn until(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::ControlInput;

    struct World {
        inputs: mpsc::Receiver<ControlInput>,
        control: Control,
        peer: UdpSocket,
        trunk: SocketAddr,
    }

    async fn world(host: &str) -> World {
        let peer = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let trunk = socket.local_addr().unwrap();
        let (control, inputs) = Control::channel();
        let settings = Settings {
            host: host.into(),
            port: peer.local_addr().unwrap().port(),
            peers: Vec::new(),
            advertise: None,
        };
        tokio::spawn(run(socket, settings, control.clone()));
        World {
            inputs,
            control,
            peer,
            trunk,
        }
    }

    impl World {
        async fn opened(&mut self) -> (FlowId, FlowInfo, mpsc::Sender<Bytes>, bool) {
            match self.inputs.recv().await {
                Some(ControlInput::TrunkOpened {
                    flow,
                    info,
                    outgoing,
                    main,
                    ..
                }) => (flow, info, outgoing, main),
                other => panic!("{other:?}"),
            }
        }
    }

    #[tokio::test]
    async fn messages_go_to_the_peer_and_come_from_it() {
        let mut world = world("127.0.0.1").await;
        let (flow, info, outgoing, main) = world.opened().await;
        assert!(main);
        assert_eq!(info.remote, Some(world.peer.local_addr().unwrap()));
        assert_eq!(info.sent_by, world.trunk.to_string());
        outgoing
            .send(Bytes::from_static(b"to the peer"))
            .await
            .unwrap();
        let mut buffer = [0; 100];
        let (length, from) = world.peer.recv_from(&mut buffer).await.unwrap();
        assert_eq!(
            (&buffer[..length], from),
            (&b"to the peer"[..], world.trunk)
        );
        world.peer.send_to(b"to us", world.trunk).await.unwrap();
        let Some(ControlInput::Received { flow: over, bytes }) = world.inputs.recv().await else {
            panic!("a datagram is a message");
        };
        assert_eq!((over, &bytes[..]), (flow, &b"to us"[..]));
    }

    #[tokio::test]
    async fn another_port_of_the_peer_has_a_flow_of_its_own_and_strangers_none() {
        let mut world = world("127.0.0.1").await;
        let (main, _, _open, _) = world.opened().await;
        let stranger = UdpSocket::bind("127.0.0.2:0").await.unwrap();
        stranger.send_to(b"hello", world.trunk).await.unwrap();
        let other = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        other.send_to(b"hello", world.trunk).await.unwrap();
        let (second, info, outgoing, is_main) = world.opened().await;
        assert!(!is_main && second != main);
        assert_eq!(info.remote, Some(other.local_addr().unwrap()));
        let received = world.inputs.recv().await;
        assert!(matches!(received, Some(ControlInput::Received { flow, .. }) if flow == second));
        outgoing.send(Bytes::from_static(b"back")).await.unwrap();
        let mut buffer = [0; 100];
        let (length, _) = other.recv_from(&mut buffer).await.unwrap();
        assert_eq!(&buffer[..length], b"back");
        world.control.close(main).await;
    }

    #[tokio::test]
    async fn a_main_flow_that_was_closed_is_opened_anew() {
        let mut world = world("127.0.0.1").await;
        let (first, _, outgoing, _) = world.opened().await;
        drop(outgoing);
        let closed = world.inputs.recv().await;
        assert!(matches!(closed, Some(ControlInput::Closed { flow }) if flow == first));
        let (second, _, outgoing, main) = world.opened().await;
        assert!(main && second != first);
        outgoing.send(Bytes::from_static(b"again")).await.unwrap();
        let mut buffer = [0; 100];
        let (length, _) = world.peer.recv_from(&mut buffer).await.unwrap();
        assert_eq!(&buffer[..length], b"again");
    }

    #[tokio::test]
    async fn an_idle_flow_makes_room_for_another_and_none_where_all_are_busy() {
        let mut world = world("127.0.0.1").await;
        let mut open = vec![world.opened().await];
        let (mut ports, mut kept) = (Vec::new(), Vec::new());
        let call = async |ports: &mut Vec<UdpSocket>| {
            let port = UdpSocket::bind("127.0.0.1:0").await.unwrap();
            port.send_to(b"hello", world.trunk).await.unwrap();
            ports.push(port);
        };
        while open.len() < MOST_FLOWS {
            call(&mut ports).await;
            match world.inputs.recv().await {
                Some(ControlInput::TrunkOpened {
                    flow,
                    info,
                    outgoing,
                    main,
                    ..
                }) => open.push((flow, info, outgoing, main)),
                other => panic!("{other:?}"),
            }
            let received = world.inputs.recv().await;
            assert!(matches!(received, Some(ControlInput::Received { .. })));
        }
        // The first one that may go is in a call; then all are.
        for idle in [Some(open[2].0), None] {
            call(&mut ports).await;
            let Some(ControlInput::CloseIdle { flows, closed }) = world.inputs.recv().await else {
                panic!("it is full");
            };
            assert_eq!((flows.len(), flows[0]), (MOST_FLOWS - 1, open[1].0));
            closed.send(idle).unwrap();
            let opened = world.inputs.recv().await;
            assert!(matches!(
                opened,
                Some(ControlInput::TrunkOpened { main: false, .. })
            ));
            kept.push(opened);
            let received = world.inputs.recv().await;
            assert!(matches!(received, Some(ControlInput::Received { .. })));
        }
    }

    #[tokio::test]
    async fn the_peer_is_heard_while_its_name_is_looked_up() {
        let peer = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let at = peer.local_addr().unwrap();
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let trunk = socket.local_addr().unwrap();
        let (control, mut inputs) = Control::channel();
        let settings = Settings {
            host: "slow.invalid".into(),
            port: at.port(),
            peers: vec![at.ip()],
            advertise: None,
        };
        let mut edge = Edge::new(socket, settings, control);
        let (found, lookup) = tokio::sync::oneshot::channel();
        edge.lookup
            .spawn(async move { lookup.await.map_err(io::Error::other) });
        tokio::spawn(async move { edge.serve().await });
        peer.send_to(b"hello", trunk).await.unwrap();
        let opened = inputs.recv().await;
        assert!(matches!(
            opened,
            Some(ControlInput::TrunkOpened { main: false, .. })
        ));
        let received = inputs.recv().await;
        assert!(matches!(received, Some(ControlInput::Received { .. })));
        found.send(vec![at]).unwrap();
        let opened = inputs.recv().await;
        assert!(matches!(
            opened,
            Some(ControlInput::TrunkOpened { main: true, .. })
        ));
    }

    #[tokio::test]
    async fn a_name_is_looked_up() {
        let mut world = world("localhost").await;
        let (_, info, ..) = world.opened().await;
        assert_eq!(info.remote, Some(world.peer.local_addr().unwrap()));
    }
}
