//! What the rest of the call centre sees of the media server.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use super::codec::AudioCodec;
use super::digits::Digit;

/// Names a leg; chosen by the caller, and not used again for another leg.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LegId(pub u64);

impl fmt::Display for LegId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How media gets to the far end of a leg and from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LegKind {
    /// ICE and DTLS-SRTP, all legs through one port: a browser.
    WebRtc,
    /// RTP as telephones and their networks speak it (RFC 3551), on ports of the leg's own.
    Rtp,
}

/// How the media server is set up.
#[derive(Debug, Clone)]
pub struct MediaConfig {
    /// Address of the one UDP socket of all WebRTC legs; port 0 takes any.
    pub bind: SocketAddr,
    /// Addresses to offer as host candidates; empty: those of the interfaces, loopback included
    /// (a browser on the same machine may have nothing else).
    pub advertise: Vec<IpAddr>,
    /// A folder of Ogg Opus files; where it has one of the wanted name (`music-NAME.opus`,
    /// `prompt-NAME.opus`), it stands in for the built-in one.
    pub prompts: Option<PathBuf>,
    /// Legs to the telephone network; `None`: there are none.
    pub rtp: Option<RtpConfig>,
}

impl Default for MediaConfig {
    fn default() -> Self {
        Self {
            bind: SocketAddr::from(([0, 0, 0, 0], 0)),
            advertise: Vec::new(),
            prompts: None,
            rtp: None,
        }
    }
}

/// How legs to the telephone network are set up.
#[derive(Debug, Clone)]
pub struct RtpConfig {
    /// Address of this machine that their sockets are bound to.
    pub address: IpAddr,
    /// Address that the far end is told to send to; of the same family as `address`.
    pub advertise: IpAddr,
    /// Ports for them: each leg takes an even one for RTP and the odd one above it for RTCP
    /// (RFC 3550 section 11).
    pub ports: RangeInclusive<u16>,
    /// Codecs that are offered and taken, best first.
    pub codecs: Vec<AudioCodec>,
    /// [`MediaEvent::Disconnected`] is told after so long without a packet of a far end that is to
    /// send. Far ends that send nothing while nobody speaks are silent for many seconds.
    pub quiet: Duration,
}

impl Default for RtpConfig {
    fn default() -> Self {
        Self {
            address: Ipv4Addr::UNSPECIFIED.into(),
            advertise: Ipv4Addr::LOCALHOST.into(),
            ports: 16_384..=24_383,
            codecs: vec![AudioCodec::Pcma, AudioCodec::Pcmu, AudioCodec::Opus],
            quiet: Duration::from_secs(20),
        }
    }
}

/// Which ways audio may flow, seen from the server; narrows what the far end asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allow {
    /// The server may send to the far end.
    pub send: bool,
    /// The far end may send to the server.
    pub recv: bool,
}

impl Allow {
    /// Both ways.
    pub const BOTH: Self = Self {
        send: true,
        recv: true,
    };
}

/// Name of hold music: that of a queue, or `default`. An unknown name plays `default`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MusicId(pub String);

/// Name of a spoken prompt.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PromptId(pub String);

/// Whether a prompt starts again at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// It is played once, then [`MediaEvent::PromptEnded`] and silence.
    Once,
    /// It is played until something else is to be heard.
    Forever,
}

/// Call progress tones of the Vietnamese network, all of 425 Hz.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tone {
    /// The far end rings: 1 s on, 4 s off.
    Ringback,
    /// The far end is busy: 0.5 s on, 0.5 s off.
    Busy,
    /// The network has no way: 0.25 s on, 0.25 s off.
    Congestion,
}

/// What a leg hears.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Nothing.
    Silence,
    /// What this other leg says: relayed where both have the same codec, else transcoded.
    Leg(LegId),
    /// Hold music, over and over. Heard again after something else that was no other music, it is where it
    /// would be by now.
    Music(MusicId),
    /// A call progress tone.
    Tone(Tone),
    /// A spoken prompt.
    Prompt(PromptId, Repeat),
    /// Spoken prompts, one after the other without a pause, once; then [`MediaEvent::PromptEnded`]
    /// and silence. Those that there are none of are left out.
    Prompts(Vec<PromptId>),
    /// What the leg itself says.
    Echo,
    /// The sum of these: who talks together hears everybody else so. Each is decoded once, however
    /// many hear it, and who hears the same shares one encoding. The leg itself is only heard where it
    /// is in the list. One that pauses or is gone is silent and leaves the others as they are; a prompt
    /// or music that several hear is at the same place for all. [`Source::Mix`] in it stands for what is in
    /// that; of one source it is that source, of none silence. [`MediaEvent::PromptEnded`] is told when
    /// the last of the prompts in it that are played once has ended.
    Mix(Vec<Source>),
}

/// Which of the things that a leg was told to hear, one after the other: given by whoever tells it, and
/// told back when that came to its end. Of two that follow each other on a leg it must not be the same.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Turn(pub u64);

/// What the media server tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MediaEvent {
    /// Media flows: ICE and DTLS are up (again), or packets come from the telephone network.
    Connected(LegId),
    /// Media did not come up in time, or is interrupted. The leg is kept as it is until it is closed,
    /// and goes on when the far end restarts ICE or its packets come again, however late.
    Disconnected(LegId),
    /// The far end pressed a key; told once per key, when it is released.
    Digit {
        /// The leg.
        leg: LegId,
        /// The key.
        digit: Digit,
        /// How long it was held.
        duration_ms: u16,
    },
    /// No digit waits any more.
    DigitsSent {
        /// The leg.
        leg: LegId,
        /// How many digits went out since this was told last, of however many
        /// [`Media::send_digits`](super::Media::send_digits).
        count: usize,
    },
    /// The far end of this leg takes no telephone-event: none of the digits were sent.
    DigitsRefused(LegId),
    /// The prompt, or the last of them, came to its end ([`Repeat::Once`]), or there is none of
    /// that name. It may cross with a [`Media::hear`](super::Media::hear) that is under way: the turn
    /// says what it is that ended.
    PromptEnded(LegId, Turn),
    /// The far end closed DTLS, as a browser does at once whose tab is closed, or broke its rules.
    /// Nothing opens the leg again; its number is kept until [`Media::close`](super::Media::close).
    Failed(LegId),
}

/// Why the media server did not start.
#[derive(Debug)]
pub enum MediaStartError {
    /// The UDP socket could not be opened.
    Bind(SocketAddr, std::io::Error),
    /// No codec is set for legs by RTP.
    NoCodec,
    /// There is no even port with the one above it among those for RTP.
    NoPorts(RangeInclusive<u16>),
    /// The addresses for RTP, own and advertised, are of different families.
    Families(IpAddr, IpAddr),
    /// No address to offer as a candidate was found.
    NoAddress,
    /// No certificate for DTLS could be made.
    Certificate,
    /// The thread could not be started.
    Thread(std::io::Error),
    /// A file of prompts or music is broken.
    Prompts(PathBuf, String),
}

impl fmt::Display for MediaStartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bind(at, error) => write!(f, "UDP {at} for media cannot be opened: {error}"),
            Self::NoCodec => f.write_str("no codec is set for RTP"),
            Self::NoPorts(ports) => write!(
                f,
                "ports {} to {} for RTP are not one pair, an even one and the next",
                ports.start(),
                ports.end()
            ),
            Self::Families(own, advertised) => {
                write!(f, "{own} cannot be reached as {advertised} by RTP")
            }
            Self::NoAddress => f.write_str("no network address to offer for media was found"),
            Self::Certificate => f.write_str("no certificate for DTLS could be made"),
            Self::Thread(error) => write!(f, "the media thread cannot be started: {error}"),
            Self::Prompts(path, why) => write!(f, "{}: {why}", path.display()),
        }
    }
}

impl std::error::Error for MediaStartError {}

/// Why an offer or answer was not carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MediaError {
    /// There is no such leg.
    UnknownLeg(LegId),
    /// There are as many legs as there may be.
    TooManyLegs(LegId),
    /// The SDP cannot be read, or does not fit what was negotiated before.
    Sdp {
        /// The leg.
        leg: LegId,
        /// What is wrong with it, for the log.
        why: String,
    },
    /// The SDP has no audio codec that is spoken here.
    NoCommonCodec(LegId),
    /// An answer, and no offer that waits for one.
    NoOffer(LegId),
    /// An own offer of this leg waits for its answer.
    OfferPending(LegId),
    /// No port is free for a leg to the telephone network.
    NoPort(LegId),
    /// There are no legs to the telephone network: [`MediaConfig::rtp`] is not set.
    NoRtp(LegId),
    /// The media server has stopped.
    Stopped,
}

impl fmt::Display for MediaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownLeg(leg) => write!(f, "there is no leg {leg}"),
            Self::TooManyLegs(leg) => write!(f, "no room for leg {leg}"),
            Self::Sdp { leg, why } => write!(f, "the SDP of leg {leg} is not usable: {why}"),
            Self::NoCommonCodec(leg) => write!(f, "leg {leg} has no codec that is spoken here"),
            Self::NoOffer(leg) => write!(f, "leg {leg} has no offer that waits for an answer"),
            Self::OfferPending(leg) => write!(f, "leg {leg} waits for the answer to its offer"),
            Self::NoPort(leg) => write!(f, "no RTP port is free for leg {leg}"),
            Self::NoRtp(leg) => write!(f, "leg {leg} is by RTP, which is not set up"),
            Self::Stopped => f.write_str("the media server has stopped"),
        }
    }
}

impl std::error::Error for MediaError {}
