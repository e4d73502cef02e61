//! The way to the phone network, and the call records.

use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use super::Password;

/// A SIP trunk over UDP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trunk {
    /// Host name or IP address, and port, of the provider's SIP server.
    pub address: (String, u16),
    /// Own address and port for SIP.
    pub bind: SocketAddr,
    /// Domain in From and To.
    pub domain: String,
    /// Whether to register with the provider; else it knows this server by its address.
    pub register: bool,
    /// What the provider's challenges are answered with (digest).
    pub account: Option<TrunkAccount>,
    /// How long a registration is asked for.
    pub expires: Duration,
    /// Addresses that calls are taken from, beside those that `address` stands for.
    pub peers: Vec<IpAddr>,
    /// Codecs, the preferred one first; not empty, each once.
    pub codecs: Vec<Codec>,
    /// UDP ports for RTP.
    pub rtp_ports: RangeInclusive<u16>,
    /// Address that the provider is told, for SIP and RTP; `None`: that of the interface.
    pub advertise: Option<IpAddr>,
    /// Where the hotline stands that a call goes out from.
    pub caller_id: CallerId,
    /// How numbers are written to the provider.
    pub numbers: NumberFormat,
}

/// Account with a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrunkAccount {
    /// User name: the user part of the registered address, and the name in digest authentication.
    pub username: String,
    /// Password.
    pub password: Password,
}

/// An audio codec of the trunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Codec {
    /// RFC 7587.
    Opus,
    /// G.711 A-law.
    Pcma,
    /// G.711 µ-law.
    Pcmu,
}

/// Which header field tells the provider the calling number. With all but [`CallerId::From`] the
/// account is in From, where there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallerId {
    /// From (RFC 3261).
    From,
    /// P-Asserted-Identity (RFC 3325).
    PAssertedIdentity,
    /// P-Preferred-Identity (RFC 3325).
    PPreferredIdentity,
    /// Remote-Party-ID, which never became an RFC and which many providers take.
    RemotePartyId,
}

/// How numbers are written to the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumberFormat {
    /// `+84900000001`.
    E164,
    /// `84900000001`.
    Digits,
    /// `0900000001`, and `00` before those of other countries.
    National,
}

/// Call records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Records {
    /// File that they are appended to; `None`: there are none.
    pub file: Option<PathBuf>,
    /// When they are safe.
    pub sync: SyncPolicy,
}

/// When records are on the disk for certain (`fdatasync`), whatever happens to the machine. A killed
/// process loses nothing that was written, under either policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SyncPolicy {
    /// After every record, or every few that ended at the same time.
    Every,
    /// At this interval.
    Interval(Duration),
}
