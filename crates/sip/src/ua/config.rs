//! What a user agent is told: its own settings, its flows, and what to send.

use core::net::SocketAddr;
use core::time::Duration;

use crate::auth::Credentials;
use crate::bounds::Limits;
use crate::dialog::{Body, HeaderFields};
use crate::method::Method;
use crate::uri::{NameAddr, Uri};

/// What kind of element this user agent is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A phone: answers REGISTER and PUBLISH with 405 by itself, and SUBSCRIBE with 489 unless its event
    /// package is in [`Config::events`].
    Phone,
    /// A server: every method of [`Config::allow`], REGISTER and PUBLISH included, is delivered to the
    /// application, and so are subscriptions to any event package.
    Server,
}

/// How many server transactions there may be at a time. Each is kept for 32 s (64*T1) after its answer, so
/// that a request that comes again is answered by the same: without a limit anybody could fill the memory.
///
/// Above it, an answered transaction is forgotten for a new one, the oldest first; where none is answered,
/// the new request is answered by 503, which needs no transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TransactionLimits {
    /// Over one flow; 256.
    pub per_flow: usize,
    /// Over all flows together; 16384.
    pub in_all: usize,
}

impl Default for TransactionLimits {
    fn default() -> Self {
        TransactionLimits {
            per_flow: 256,
            in_all: 16_384,
        }
    }
}

/// How many REFERs may be open at a time, each until what became of it was told: without a limit anybody
/// could fill the memory. Above it a REFER is answered by 503, and one of this side is not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReferLimits {
    /// In one dialog, and of each side; 8.
    pub per_session: usize,
    /// Of the far ends over one flow; 64.
    pub per_flow: usize,
}

impl Default for ReferLimits {
    fn default() -> Self {
        ReferLimits {
            per_session: 8,
            per_flow: 64,
        }
    }
}

/// Settings of a user agent.
#[derive(Debug, Clone)]
pub struct Config {
    /// `User-Agent` of requests and `Server` of responses.
    pub user_agent: String,
    /// Methods answered or delivered; all others are refused with 405 or 501.
    pub allow: Vec<Method>,
    /// Option tags told in `Supported` and accepted in `Require`.
    pub supported: Vec<String>,
    /// Event packages that others can subscribe to here (RFC 6665); told in `Allow-Events`.
    pub events: Vec<String>,
    /// How many subscriptions of others there may be over one flow; 256. Above it SUBSCRIBE is answered by
    /// 503.
    pub max_notifiers_per_flow: usize,
    /// Bounds on REFERs.
    pub refers: ReferLimits,
    /// Content types of bodies that an application takes outside INVITE; told in `Accept`.
    pub accept: Vec<String>,
    /// Estimate of the round trip (RFC 3261 17.1.1.1); 500 ms.
    pub t1: Duration,
    /// Longest interval between retransmissions (RFC 3261 17.1.2.2); 4 s.
    pub t2: Duration,
    /// Longest time that a message stays in the network (RFC 3261 17.1.2.2); 5 s.
    pub t4: Duration,
    /// Session interval that is asked for in INVITE (RFC 4028); `None`: only what the far end asks for.
    pub session_expires: Option<Duration>,
    /// Smallest session interval that is accepted (RFC 4028 5; at least 90 s).
    pub min_session_expires: Duration,
    /// First waiting time after a failed registration, subscription or publication; doubles with each failure (RFC 5626 4.5).
    pub register_retry_base: Duration,
    /// Longest waiting time after one of these failed.
    pub register_retry_max: Duration,
    /// Bounds on received messages.
    pub limits: Limits,
    /// Bounds on server transactions.
    pub transactions: TransactionLimits,
    /// Phone or server.
    pub role: Role,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            user_agent: String::from("Alo"),
            allow: vec![
                Method::Invite,
                Method::Ack,
                Method::Bye,
                Method::Cancel,
                Method::Prack,
                Method::Update,
                Method::Info,
                Method::Options,
                Method::Message,
                Method::Refer,
                Method::Subscribe,
                Method::Notify,
            ],
            supported: ["100rel", "timer", "outbound"].map(String::from).to_vec(),
            events: Vec::new(),
            max_notifiers_per_flow: 256,
            refers: ReferLimits::default(),
            accept: vec![String::from("application/sdp")],
            t1: Duration::from_millis(500),
            t2: Duration::from_secs(4),
            t4: Duration::from_secs(5),
            session_expires: Some(Duration::from_secs(1800)),
            min_session_expires: Duration::from_secs(90),
            register_retry_base: Duration::from_secs(2),
            register_retry_max: Duration::from_secs(120),
            limits: Limits::default(),
            transactions: TransactionLimits::default(),
            role: Role::Phone,
        }
    }
}

/// Transport of a flow, as a `Via` names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// Datagrams: requests and responses are retransmitted.
    Udp,
    /// A stream, cut into messages by the application.
    Tcp,
    /// TLS over TCP.
    Tls,
    /// A WebSocket (RFC 7118).
    Ws,
    /// A WebSocket over TLS (RFC 7118).
    Wss,
}

impl Transport {
    /// Whether the transport itself repeats what is lost (RFC 3261 17).
    pub fn is_reliable(self) -> bool {
        self != Transport::Udp
    }

    /// As written in `Via`.
    pub fn as_str(self) -> &'static str {
        match self {
            Transport::Udp => "UDP",
            Transport::Tcp => "TCP",
            Transport::Tls => "TLS",
            Transport::Ws => "WS",
            Transport::Wss => "WSS",
        }
    }
}

/// What a user agent has to know of a flow.
#[derive(Debug, Clone)]
pub struct FlowInfo {
    /// Its transport.
    pub transport: Transport,
    /// `host` or `host:port` for `Via`; a browser takes a random name below `.invalid` (RFC 7118 5).
    pub sent_by: String,
    /// Address of the peer, where known: fills in `received` and `rport` (RFC 3261 18.2.1, RFC 3581).
    pub remote: Option<SocketAddr>,
    /// Client side: how often a ping (CRLF CRLF) is sent. A pong (CRLF) that does not come within
    /// 10 s is reported as [`Event::FlowFailed`](super::Event::FlowFailed) (RFC 5626 4.4.1, RFC 7118 6).
    pub keep_alive: Option<Duration>,
}

/// A request outside any dialog.
#[derive(Debug, Clone)]
pub struct OutOfDialog {
    /// Any but INVITE, ACK, CANCEL and BYE, which belong to sessions.
    pub method: Method,
    /// Request-URI.
    pub target: Uri,
    /// `From`, without tag.
    pub from: NameAddr,
    /// `To`.
    pub to: NameAddr,
    /// Further header fields.
    pub headers: HeaderFields,
    /// Body with its content type.
    pub body: Option<Body>,
    /// Digest credentials, where a challenge is to be answered.
    pub credentials: Option<Credentials>,
}
