//! One media line with its attributes.

use core::fmt;

/// What kind of media a line is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MediaKind {
    /// `m=audio`
    Audio,
    /// `m=video`
    Video,
    /// Any other: `application`, `message`, `image`, ...
    Other,
}

impl MediaKind {
    pub(super) fn of(word: &str) -> Self {
        match word {
            "audio" => Self::Audio,
            "video" => Self::Video,
            _ => Self::Other,
        }
    }
}

/// Which way media flow, seen from who wrote the description (RFC 8866 6.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Direction {
    /// Both ways, and where nothing is said.
    #[default]
    SendRecv,
    /// From the writer only: the writer holds.
    SendOnly,
    /// To the writer only.
    RecvOnly,
    /// Neither.
    Inactive,
}

impl Direction {
    /// The direction of two switches.
    #[must_use]
    pub const fn of(sends: bool, receives: bool) -> Self {
        match (sends, receives) {
            (true, true) => Self::SendRecv,
            (true, false) => Self::SendOnly,
            (false, true) => Self::RecvOnly,
            (false, false) => Self::Inactive,
        }
    }

    /// Whether the writer sends.
    #[must_use]
    pub const fn sends(self) -> bool {
        matches!(self, Self::SendRecv | Self::SendOnly)
    }

    /// Whether the writer wants to receive.
    #[must_use]
    pub const fn receives(self) -> bool {
        matches!(self, Self::SendRecv | Self::RecvOnly)
    }

    /// The same, seen from the other side.
    #[must_use]
    pub const fn reversed(self) -> Self {
        Self::of(self.receives(), self.sends())
    }

    pub(super) fn of_attribute(name: &str) -> Option<Self> {
        Some(match name {
            "sendrecv" => Self::SendRecv,
            "sendonly" => Self::SendOnly,
            "recvonly" => Self::RecvOnly,
            "inactive" => Self::Inactive,
            _ => return None,
        })
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SendRecv => "sendrecv",
            Self::SendOnly => "sendonly",
            Self::RecvOnly => "recvonly",
            Self::Inactive => "inactive",
        })
    }
}

/// A payload type and what it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Codec<'a> {
    /// Payload type, 0 to 127.
    pub payload: u8,
    /// Encoding name: `opus`, `PCMU`, `telephone-event`.
    pub name: &'a str,
    /// Clock rate in hertz.
    pub clock: u32,
    /// Channels; 1 where nothing is said.
    pub channels: u8,
    /// Format parameters as written.
    pub fmtp: Option<&'a str>,
}

impl Codec<'_> {
    /// Whether this is the encoding, without case.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }
}

/// The hash of a certificate (RFC 8122 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint<'a> {
    /// The hash function: `sha-256`.
    pub hash: &'a str,
    /// The hash as written.
    pub value: &'a str,
}

/// One media line with what belongs to it.
#[derive(Debug, Clone)]
pub struct Media<'a> {
    /// What kind.
    pub kind: MediaKind,
    /// The kind as written: `audio`, `application`.
    pub name: &'a str,
    /// The port; 0 for a line that is refused or only bundled.
    pub port: u16,
    /// The transport: `UDP/TLS/RTP/SAVPF`, `RTP/AVP`.
    pub protocol: &'a str,
    /// The formats as written, best first.
    pub formats: Vec<&'a str>,
    /// Which way the media flow; that of the session where the line says nothing.
    pub direction: Direction,
    /// What the formats stand for, best first; those that nothing is known of are left out.
    pub codecs: Vec<Codec<'a>>,
    /// The name of the line (RFC 5888).
    pub mid: Option<&'a str>,
    /// `host` or address of the connection line that counts here.
    pub connection: Option<&'a str>,
    /// The certificate hash that counts here.
    pub fingerprint: Option<Fingerprint<'a>>,
    /// `actpass`, `active`, `passive`.
    pub setup: Option<&'a str>,
    /// The ICE user name that counts here; it changes with an ICE restart (RFC 8445 9).
    pub ice_ufrag: Option<&'a str>,
    /// RTCP may come to the port of RTP (RFC 5761 5.1.1).
    pub rtcp_mux: bool,
    /// The line lives in the transport of another one (RFC 9143 6).
    pub bundle_only: bool,
}

impl<'a> Media<'a> {
    /// Whether the line is refused (RFC 3264 6).
    #[must_use]
    pub const fn is_rejected(&self) -> bool {
        self.port == 0 && !self.bundle_only
    }

    /// Whether this encoding is among the formats.
    #[must_use]
    pub fn has_codec(&self, name: &str) -> bool {
        self.codecs.iter().any(|codec| codec.is(name))
    }

    /// How digits can be sent as events (RFC 4733), if they can: the first such format, its clock rate being
    /// that of the best codec where there is a choice.
    #[must_use]
    pub fn telephone_event(&self) -> Option<&Codec<'a>> {
        let mut events = self
            .codecs
            .iter()
            .filter(|codec| codec.is("telephone-event"));
        let clock = self
            .codecs
            .iter()
            .find(|codec| !codec.is("telephone-event"))
            .map(|codec| codec.clock);
        let first = events.clone().next();
        events.find(|event| Some(event.clock) == clock).or(first)
    }
}

/// Payload types that need no `rtpmap` (RFC 3551 6).
pub(super) const STATIC: [(u8, &str, u32); 8] = [
    (0, "PCMU", 8000),
    (3, "GSM", 8000),
    (8, "PCMA", 8000),
    (9, "G722", 8000),
    (13, "CN", 8000),
    (15, "G728", 8000),
    (18, "G729", 8000),
    (34, "H263", 90_000),
];
