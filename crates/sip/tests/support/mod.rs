//! Two user agents, a network between them, and a clock that only the test moves.
//!
//! `alice` is a phone, `bob` a server role user agent: so every method reaches somebody. The
//! network delays, loses, repeats and reorders datagrams, and cuts connections, all from a seed.

#![allow(dead_code, reason = "each test binary uses its part")]
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "a module of the tests"
)]

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use alo_sip::auth::{Credentials, Key, Verdict, Verifier};
use alo_sip::bounds::Limits;
use alo_sip::header::{Event as Package, HeaderName, ReferTo, Subscription};
use alo_sip::message::{Message, Reply, Request, Response, ResponseBuilder, parse_datagram};
use alo_sip::method::Method;
use alo_sip::sipfrag::Fragment;
use alo_sip::status::StatusCode;
use alo_sip::time::Instant;
use alo_sip::ua::{
    Config, EndedBy, Event, FlowId, FlowInfo, Invite, NotifierEvent, NotifierId, Output,
    PublicationEvent, Publish, Refer, ReferralEvent, ReferralId, ReferredId, Register,
    RegistrationEvent, Role, ServerTxId, SessionEvent, SessionId, Subscribe, SubscriptionEvent,
    SubscriptionId, Transport, UserAgent,
};
use alo_sip::uri::{NameAddr, Uri};
use bytes::Bytes;

pub const OFFER: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\nc=IN IP4 127.0.0.1\r\n";

/// A session description that differs by `name`.
pub fn sdp(name: &str) -> String {
    OFFER.replace("s=-", &format!("s={name}"))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Alice,
    Bob,
}

impl Side {
    pub fn other(self) -> Side {
        if self == Side::Alice {
            Side::Bob
        } else {
            Side::Alice
        }
    }
}

/// How the network treats what is sent.
#[derive(Debug, Clone, Copy)]
pub struct Network {
    pub transport: Transport,
    pub latency: u64,
    /// Extra delay drawn from `0..jitter`: reorders datagrams.
    pub jitter: u64,
    pub loss_percent: u64,
    pub repeat_percent: u64,
}

impl Network {
    pub fn websocket() -> Self {
        Network {
            transport: Transport::Wss,
            latency: 20,
            jitter: 0,
            loss_percent: 0,
            repeat_percent: 0,
        }
    }

    pub fn udp() -> Self {
        Network {
            transport: Transport::Udp,
            ..Network::websocket()
        }
    }

    pub fn bad_udp() -> Self {
        Network {
            transport: Transport::Udp,
            latency: 30,
            jitter: 60,
            loss_percent: 20,
            repeat_percent: 10,
        }
    }
}

pub struct Peer {
    pub ua: UserAgent,
    /// What it was told and no test has taken yet.
    pub events: Vec<Event>,
    /// Everything it sent, in order.
    pub sent: Vec<Bytes>,
    pub wake: Option<Instant>,
}

struct Packet {
    to: Side,
    connection: u64,
    bytes: Bytes,
}

pub struct Pair {
    pub now: Instant,
    pub alice: Peer,
    pub bob: Peer,
    pub network: Network,
    /// The connection that is up.
    pub connection: Option<u64>,
    last_connection: u64,
    wire: BTreeMap<(u64, u64), Packet>,
    sequence: u64,
    rng: u64,
    pub verifier: Verifier,
    pub password: String,
    /// Bob answers REGISTER by itself.
    pub registrar: bool,
    /// Whether tests are told of UPDATEs and re-INVITEs besides what they offer.
    pub refreshes: bool,
}

pub fn uri(text: &str) -> Uri {
    Uri::parse(text).unwrap()
}

/// A seed from a small number.
pub fn padded(seed: u64) -> [u8; 32] {
    let mut padded = [0; 32];
    padded[..8].copy_from_slice(&seed.to_le_bytes());
    padded
}

fn config(role: Role) -> Config {
    Config {
        role,
        user_agent: String::new(),
        ..Config::default()
    }
}

impl Pair {
    pub fn new(network: Network, seed: u64) -> Self {
        Self::with_configs(network, seed, config(Role::Phone), config(Role::Server))
    }

    pub fn with_configs(network: Network, seed: u64, alice: Config, bob: Config) -> Self {
        let peer = |config, seed| Peer {
            ua: UserAgent::new(config, padded(seed)),
            events: Vec::new(),
            sent: Vec::new(),
            wake: None,
        };
        let mut pair = Pair {
            now: Instant::from_millis(1000),
            alice: peer(alice, seed.wrapping_mul(2)),
            bob: peer(bob, seed.wrapping_mul(2) + 1),
            network,
            connection: None,
            last_connection: 0,
            wire: BTreeMap::new(),
            sequence: 0,
            rng: seed | 1,
            verifier: Verifier::new("alo.test", "a secret"),
            password: "open sesame".into(),
            registrar: true,
            refreshes: false,
        };
        pair.connect();
        pair
    }

    pub fn random(&mut self, below: u64) -> u64 {
        // xorshift64*
        self.rng ^= self.rng >> 12;
        self.rng ^= self.rng << 25;
        self.rng ^= self.rng >> 27;
        (self.rng.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % below.max(1)
    }

    pub fn peer(&mut self, side: Side) -> &mut Peer {
        if side == Side::Alice {
            &mut self.alice
        } else {
            &mut self.bob
        }
    }

    /// Opens a connection; a phone that had one before moves to it.
    pub fn connect(&mut self) {
        let old = self.last_connection;
        self.last_connection += 1;
        let flow = FlowId(self.last_connection);
        self.connection = Some(flow.0);
        let remote: SocketAddr = "192.0.2.7:40000".parse().unwrap();
        let (transport, now) = (self.network.transport, self.now);
        let reliable = transport.is_reliable();
        self.alice.ua.flow_opened(
            now,
            flow,
            FlowInfo {
                transport,
                sent_by: format!("alice{}.invalid", flow.0),
                remote: None,
                keep_alive: reliable.then_some(Duration::from_secs(30)),
            },
        );
        let info = FlowInfo {
            transport,
            sent_by: "bob.test:5060".into(),
            remote: Some(remote),
            keep_alive: None,
        };
        self.bob.ua.flow_opened(now, flow, info);
        if old > 0 {
            self.alice.ua.rebind(now, FlowId(old), flow);
        }
    }

    /// The connection breaks; what is on its way is lost.
    pub fn disconnect(&mut self) {
        if self.connection.take().is_some() {
            let (now, flow) = (self.now, self.flow());
            self.wire.clear();
            self.alice.ua.flow_closed(now, flow);
            self.bob.ua.flow_closed(now, flow);
        }
    }

    /// The connection stays up, but nothing gets through any more.
    pub fn black_hole(&mut self) {
        self.connection = Some(u64::MAX);
        self.wire.clear();
    }

    /// A response to a request of Alice's that no user agent made: from the fork of this tag, with these
    /// fields, and the description of this name.
    pub fn answer_alice(
        &mut self,
        request: &Request,
        status: u16,
        tag: &str,
        fields: &[(HeaderName, &str)],
        name: Option<&str>,
    ) {
        let reply = Reply {
            to_tag: Some(tag),
            ..Reply::default()
        };
        let status = StatusCode::new(status).unwrap();
        let mut builder = ResponseBuilder::reply(request, status, &reply)
            .header(HeaderName::Contact, format!("<sip:{tag}@bob.test>"));
        for (name, value) in fields {
            builder = builder.header(name, value);
        }
        if let Some(name) = name {
            builder = builder.body("application/sdp", sdp(name));
        }
        let (now, flow) = (self.now, self.flow());
        let bytes = builder.build().as_bytes().clone();
        self.alice.ua.handle_input(now, flow, bytes);
        self.run_ms(1);
    }

    pub fn flow(&self) -> FlowId {
        FlowId(self.last_connection)
    }

    fn send(&mut self, from: Side, flow: FlowId, bytes: &Bytes) {
        self.peer(from).sent.push(bytes.clone());
        if self.connection != Some(flow.0) {
            return;
        }
        let reliable = self.network.transport.is_reliable();
        let copies = if !reliable && self.random(100) < self.network.repeat_percent {
            2
        } else {
            1
        };
        for _ in 0..copies {
            if !reliable && self.random(100) < self.network.loss_percent {
                continue;
            }
            let jitter = if reliable {
                0
            } else {
                self.random(self.network.jitter)
            };
            self.sequence += 1;
            let at = self.now.as_millis() + self.network.latency + jitter;
            let packet = Packet {
                to: from.other(),
                connection: flow.0,
                bytes: bytes.clone(),
            };
            self.wire.insert((at, self.sequence), packet);
        }
    }

    /// Takes out what both have to say now.
    fn drain(&mut self) {
        for side in [Side::Alice, Side::Bob] {
            loop {
                match self.peer(side).ua.poll_output() {
                    Output::Transmit { flow, bytes } => self.send(side, flow, &bytes),
                    Output::Event(event) => self.on_event(side, event),
                    Output::Timeout(at) => {
                        self.peer(side).wake = at;
                        break;
                    }
                }
            }
        }
    }

    fn on_event(&mut self, side: Side, event: Event) {
        if let Event::Request { tx, request, .. } = &event
            && side == Side::Bob
            && self.registrar
            && *request.method() == Method::Register
        {
            return self.register(*tx, &request.clone());
        }
        let refreshed = matches!(
            event,
            Event::Session {
                event: SessionEvent::Refreshed { .. },
                ..
            }
        );
        if !refreshed || self.refreshes {
            self.peer(side).events.push(event);
        }
    }

    /// A registrar that grants 600 s for the right password.
    fn register(&mut self, tx: ServerTxId, request: &Request) {
        let answers = request.headers().authorization().unwrap();
        let verdict = answers.first().map(|answer| {
            let key = Key::password(self.password.clone());
            self.verifier.verify(
                self.now,
                answer,
                request.method(),
                request.uri(),
                request.body(),
                &key,
            )
        });
        let now = self.now;
        let (status, headers) = match verdict {
            Some(Verdict::Good { .. }) => {
                let contact = request
                    .headers()
                    .get(&HeaderName::Contact)
                    .unwrap()
                    .into_owned();
                (
                    StatusCode::OK,
                    vec![
                        (HeaderName::Contact, contact),
                        (HeaderName::Expires, "600".into()),
                    ],
                )
            }
            other => {
                self.sequence += 1;
                let stale = other == Some(Verdict::Stale);
                let challenges = self.verifier.challenges(now, self.sequence, stale);
                let fields = challenges
                    .iter()
                    .map(|challenge| (HeaderName::WwwAuthenticate, challenge.to_string()));
                (StatusCode::UNAUTHORIZED, fields.collect())
            }
        };
        self.bob.ua.respond(now, tx, status, headers, None).unwrap();
    }

    /// The next instant at which something happens.
    fn next_instant(&self) -> Option<Instant> {
        let packet = self
            .wire
            .first_key_value()
            .map(|((at, _), _)| Instant::from_millis(*at));
        [packet, self.alice.wake, self.bob.wake]
            .into_iter()
            .flatten()
            .min()
    }

    /// Lets this much time pass.
    pub fn run_for(&mut self, duration: Duration) {
        let end = self.now + duration;
        self.drain();
        while let Some(at) = self.next_instant().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            let now = self.now;
            while let Some(entry) = self
                .wire
                .first_entry()
                .filter(|entry| entry.key().0 <= now.as_millis())
            {
                let packet = entry.remove();
                if self.connection == Some(packet.connection) {
                    self.peer(packet.to).ua.handle_input(
                        now,
                        FlowId(packet.connection),
                        packet.bytes,
                    );
                }
                self.drain();
            }
            for side in [Side::Alice, Side::Bob] {
                self.peer(side).ua.handle_timeout(now);
            }
            self.drain();
        }
        self.now = end;
    }

    pub fn run_ms(&mut self, millis: u64) {
        self.run_for(Duration::from_millis(millis));
    }

    /// Both have nothing to wait for any more.
    pub fn assert_nothing_left(&mut self) {
        self.drain();
        assert_eq!(
            (self.alice.wake, self.bob.wake),
            (None, None),
            "timers left over"
        );
    }

    pub fn invitation(&self) -> Invite {
        Invite {
            target: uri("sip:bob@bob.test"),
            from: NameAddr::parse("\"Alice\" <sip:alice@bob.test>").unwrap(),
            to: NameAddr::parse("<sip:bob@bob.test>").unwrap(),
            contact: uri(&format!(
                "sip:alice@alice{}.invalid;transport=ws",
                self.last_connection
            )),
            headers: Vec::new(),
            route: Vec::new(),
            offer: Some(sdp("alice1")),
            credentials: Some(Credentials::password("alice", "open sesame")),
        }
    }

    pub fn registration(&self) -> Register {
        Register {
            registrar: uri("sip:bob.test"),
            aor: NameAddr::parse("<sip:alice@bob.test>").unwrap(),
            contact_user: "alice".into(),
            instance: "urn:uuid:00000000-0000-4000-8000-000000000001".into(),
            reg_id: 1,
            expires: 600,
            credentials: Some(Credentials::password("alice", "open sesame")),
            headers: Vec::new(),
        }
    }

    pub fn subscription(&self) -> Subscribe {
        Subscribe {
            target: uri("sip:carol@bob.test"),
            from: NameAddr::parse("<sip:alice@bob.test>").unwrap(),
            to: NameAddr::parse("<sip:carol@bob.test>").unwrap(),
            contact_user: "alice".into(),
            event: Package {
                package: "presence".into(),
                id: None,
            },
            accept: vec!["application/pidf+xml".into()],
            expires: 600,
            headers: Vec::new(),
            credentials: Some(Credentials::password("alice", "open sesame")),
        }
    }

    pub fn publication(&self, body: &str) -> Publish {
        Publish {
            target: uri("sip:alice@bob.test"),
            from: NameAddr::parse("<sip:alice@bob.test>").unwrap(),
            event: "presence".into(),
            content_type: "text/plain".into(),
            body: body.as_bytes().to_vec(),
            expires: 600,
            headers: Vec::new(),
            credentials: Some(Credentials::password("alice", "open sesame")),
        }
    }

    /// Alice subscribes; returns her subscription.
    pub fn subscribe(&mut self) -> SubscriptionId {
        let (flow, subscription) = (self.flow(), self.subscription());
        self.alice.ua.subscribe(self.now, flow, subscription)
    }

    /// The last subscription that Bob was told of.
    pub fn subscribed(&mut self) -> NotifierId {
        let found = self.bob.events.iter().rev().find_map(|event| match event {
            Event::Subscribed { id, .. } => Some(*id),
            _ => None,
        });
        found.expect("somebody subscribed to Bob")
    }

    /// Bob accepts the last subscription for ten minutes, and tells this state.
    pub fn accept_and_notify(&mut self, body: &str) -> NotifierId {
        let (now, id) = (self.now, self.subscribed());
        let ua = &mut self.bob.ua;
        ua.accept_subscription(now, id, Duration::from_secs(600))
            .unwrap();
        ua.notify(now, id, "text/plain", body.into()).unwrap();
        id
    }

    /// Bob tells another state.
    pub fn notify(&mut self, id: NotifierId, body: &str) {
        let now = self.now;
        self.bob
            .ua
            .notify(now, id, "text/plain", body.into())
            .unwrap();
    }

    /// A subscription of Alice's that stands: hers, and Bob's side of it.
    pub fn watch(&mut self) -> (SubscriptionId, NotifierId) {
        let a = self.subscribe();
        self.run_ms(100);
        let b = self.accept_and_notify("first");
        self.run_ms(100);
        assert_eq!(self.alice.story(), ["active 600", "notified first"]);
        self.bob.events.clear();
        (a, b)
    }

    /// Alice asks the far end of her call to call Carol.
    pub fn refer(&mut self, session: SessionId) -> ReferralId {
        let refer = Refer {
            to: ReferTo::new(NameAddr::parse("<sip:carol@bob.test>").unwrap()),
            referred_by: NameAddr::parse("\"Alice\" <sip:alice@bob.test>").ok(),
            headers: Vec::new(),
        };
        self.alice.ua.refer(self.now, session, refer).unwrap()
    }

    /// A call in which Alice referred Bob, and Bob accepted: their sessions, and Bob's side of the REFER.
    pub fn referring(&mut self) -> (SessionId, SessionId, ReferredId) {
        let (a, b) = self.talk();
        self.refer(a);
        self.run_ms(50);
        let referred = self.referred();
        self.bob.ua.accept_refer(self.now, referred).unwrap();
        self.run_ms(100);
        assert_eq!(self.alice.story(), ["refer accepted", "refer 100"]);
        assert_eq!(self.bob.story(), ["referred to sip:carol@bob.test"]);
        (a, b, referred)
    }

    /// The last REFER that Bob was told of.
    pub fn referred(&mut self) -> ReferredId {
        let found = self.bob.events.iter().rev().find_map(|event| match event {
            Event::Referred { id, .. } => Some(*id),
            _ => None,
        });
        found.expect("somebody referred Bob")
    }

    /// Bob tells what became of it.
    pub fn progress(&mut self, id: ReferredId, status: u16) {
        let (now, status) = (self.now, StatusCode::new(status).unwrap());
        let fragment = Fragment::new(status);
        self.bob.ua.refer_progress(now, id, fragment).unwrap();
    }

    /// Alice calls; returns her session.
    pub fn call(&mut self) -> SessionId {
        let (flow, invitation) = (self.flow(), self.invitation());
        self.alice.ua.invite(self.now, flow, invitation)
    }

    /// The session that rings at Bob.
    pub fn ringing(&mut self) -> SessionId {
        let found = self.bob.events.iter().find_map(|event| match event {
            Event::Invited { session, .. } => Some(*session),
            _ => None,
        });
        found.expect("Bob was invited")
    }

    /// A call that stands: the sessions of both.
    pub fn talk(&mut self) -> (SessionId, SessionId) {
        let a = self.call();
        self.run_ms(100);
        let b = self.ringing();
        self.bob
            .ua
            .progress(self.now, b, StatusCode::RINGING, None, Vec::new())
            .unwrap();
        self.run_ms(100);
        self.bob
            .ua
            .accept(self.now, b, sdp("bob1"), Vec::new())
            .unwrap();
        self.run_ms(1000);
        assert_eq!(self.alice.ua.session(a).unwrap().state_name(), "confirmed");
        assert_eq!(self.bob.ua.session(b).unwrap().state_name(), "confirmed");
        self.alice.events.clear();
        self.bob.events.clear();
        (a, b)
    }
}

impl Peer {
    /// The session events in order, and forgets them.
    pub fn story(&mut self) -> Vec<String> {
        std::mem::take(&mut self.events).iter().map(say).collect()
    }

    /// Start lines of what was sent, and forgets it.
    pub fn lines(&mut self) -> Vec<String> {
        std::mem::take(&mut self.sent)
            .iter()
            .map(start_line)
            .collect()
    }

    /// How often a request of this method, or a response of this status, was sent.
    pub fn sent_count(&self, start: &str) -> usize {
        self.sent
            .iter()
            .filter(|bytes| start_line(bytes).starts_with(start))
            .count()
    }

    /// The last request of this method that was sent.
    pub fn last_request(&self, method: &str) -> Request {
        let bytes = self
            .sent
            .iter()
            .rev()
            .find(|bytes| start_line(bytes).starts_with(method))
            .expect("sent");
        request(bytes)
    }

    /// The last response of this status that was sent.
    pub fn last_response(&self, status: u16) -> Response {
        let start = format!("SIP/2.0 {status}");
        let bytes = self
            .sent
            .iter()
            .rev()
            .find(|bytes| start_line(bytes).starts_with(&start))
            .expect("sent");
        match parse_datagram((*bytes).clone(), &Limits::DEFAULT).unwrap() {
            Message::Response(response) => response,
            Message::Request(_) => panic!("a request"),
        }
    }
}

pub fn request(bytes: &Bytes) -> Request {
    match parse_datagram(bytes.clone(), &Limits::DEFAULT).unwrap() {
        Message::Request(request) => request,
        Message::Response(_) => panic!("a response"),
    }
}

pub fn start_line(bytes: &Bytes) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.lines().next().unwrap_or_default().to_string()
}

fn session_name(sdp: &str) -> String {
    let line = sdp
        .lines()
        .find(|line| line.starts_with("s="))
        .unwrap_or("s=?");
    line[2..].to_string()
}

/// An event in few words.
pub fn say(event: &Event) -> String {
    match event {
        Event::Session { event, .. } => say_session(event),
        Event::Invited { offer, .. } => {
            format!(
                "invited{}",
                offer
                    .as_deref()
                    .map(|sdp| format!(" {}", session_name(sdp)))
                    .unwrap_or_default()
            )
        }
        Event::Registration { event, .. } => match event {
            RegistrationEvent::Registered { expires, first } => {
                format!(
                    "registered {}{}",
                    expires.as_secs(),
                    if *first { " first" } else { "" }
                )
            }
            RegistrationEvent::Refused {
                status, retry_at, ..
            } => {
                format!("register refused {status}{}", say_retry(*retry_at))
            }
            RegistrationEvent::Unregistered => "unregistered".into(),
        },
        Event::Subscription { event, .. } => say_subscription(event),
        Event::Subscribed { request, .. } => {
            let event = request.headers().event().unwrap().unwrap();
            format!("subscribed {event}")
        }
        Event::Notifier { event, .. } => match event {
            NotifierEvent::Refreshed => "refreshed".into(),
            NotifierEvent::Ended => "subscriber gone".into(),
        },
        Event::Referral { event, .. } => say_referral(event),
        Event::Referred { session, refer, .. } => {
            let within = if session.is_some() { "" } else { " outside" };
            format!("referred{within} to {}", refer.target())
        }
        Event::Publication { event, .. } => match event {
            PublicationEvent::Published { expires, body_of } => {
                format!("published {body_of} for {}", expires.as_secs())
            }
            PublicationEvent::Refused {
                status, retry_at, ..
            } => format!("publication refused {status}{}", say_retry(*retry_at)),
            PublicationEvent::Unpublished => "unpublished".into(),
        },
        Event::Request { request, .. } => format!("request {}", request.method()),
        Event::Response { response, .. } => match response {
            Ok(response) => format!("response {}", response.status()),
            Err(_) => "response timeout".into(),
        },
        Event::FlowFailed { .. } => "flow failed".into(),
        Event::Malformed { answered, .. } => format!("malformed, answered {answered}"),
    }
}

fn say_retry(retry_at: Option<Instant>) -> &'static str {
    if retry_at.is_some() {
        ", again"
    } else {
        ", for good"
    }
}

fn say_referral(event: &ReferralEvent) -> String {
    match event {
        ReferralEvent::Accepted { followed: true } => "refer accepted".into(),
        ReferralEvent::Accepted { followed: false } => "refer accepted, not followed".into(),
        ReferralEvent::Refused { status, .. } => format!("refer refused {status}"),
        ReferralEvent::Progress { fragment } => format!("refer {}", fragment.status),
        ReferralEvent::Ended { reason } => {
            format!("refer ended {}", reason.as_deref().unwrap_or("-"))
        }
    }
}

fn say_subscription(event: &SubscriptionEvent) -> String {
    match event {
        SubscriptionEvent::Active { expires } => format!("active {}", expires.as_secs()),
        SubscriptionEvent::Notify { state, body, .. } => {
            let word = match state.state {
                Subscription::Active => "notified",
                Subscription::Pending => "notified (pending)",
                Subscription::Terminated => "notified (terminated)",
            };
            format!("{word} {}", String::from_utf8_lossy(body))
        }
        SubscriptionEvent::Failed {
            status, retry_at, ..
        } => format!("subscription failed {status}{}", say_retry(*retry_at)),
        SubscriptionEvent::Ended { reason } => {
            format!("subscription ended {}", reason.as_deref().unwrap_or("-"))
        }
    }
}

fn say_session(event: &SessionEvent) -> String {
    match event {
        SessionEvent::Provisional { status, sdp, .. } => match sdp {
            Some(sdp) => format!("{status} {}", session_name(sdp)),
            None => status.to_string(),
        },
        SessionEvent::Answered { sdp, .. } => {
            format!(
                "answered {}",
                sdp.as_deref().map_or("-".into(), session_name)
            )
        }
        SessionEvent::Established => "established".into(),
        SessionEvent::Refreshed { request } => format!("refreshed {}", request.method()),
        SessionEvent::Offer { sdp } => format!("offer {}", session_name(sdp)),
        SessionEvent::OfferWanted => "offer wanted".into(),
        SessionEvent::OfferAnswered { sdp } => format!("offer answered {}", session_name(sdp)),
        SessionEvent::OfferRefused {
            status,
            retry_after,
        } => {
            format!(
                "offer refused {status}{}",
                if retry_after.is_some() { ", again" } else { "" }
            )
        }
        SessionEvent::Uncertain { why } => format!("uncertain {why:?}"),
        SessionEvent::Ended { by, .. } => match by {
            EndedBy::Local => "ended by us".into(),
            EndedBy::Remote => "ended by them".into(),
            EndedBy::Refused { status, .. } => format!("ended by {status}"),
            EndedBy::Cancelled => "ended by CANCEL".into(),
            EndedBy::Timeout => "ended by silence".into(),
        },
    }
}
