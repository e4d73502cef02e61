//! Reading a session description line by line.

use core::fmt;

use super::media::{Codec, Direction, Fingerprint, Media, MediaKind, STATIC};

/// More media lines than a description of a call has.
const MOST_MEDIA: usize = 64;

/// There are no more payload types (RFC 3551 3): further formats of a media line are passed over. Each
/// attribute is looked for among the formats, so that there must be an end to them.
const MOST_FORMATS: usize = 128;

/// Why a text is no session description.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SdpError {
    /// It does not begin with `v=0` (RFC 8866 5.1).
    Version,
    /// A line is no `letter=value`.
    Line {
        /// Which, counted from 1.
        line: usize,
    },
    /// No origin line, or one that is malformed (RFC 8866 5.2).
    Origin,
    /// A media line is malformed (RFC 8866 5.14).
    Media {
        /// Which line, counted from 1.
        line: usize,
    },
    /// More media lines than any call has.
    TooManyMedia,
}

impl fmt::Display for SdpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version => f.write_str("session description does not begin with v=0"),
            Self::Line { line } => write!(f, "line {line} of the session description is malformed"),
            Self::Origin => f.write_str("session description without a proper origin"),
            Self::Media { line } => write!(
                f,
                "media line {line} of the session description is malformed"
            ),
            Self::TooManyMedia => f.write_str("session description with too many media"),
        }
    }
}

impl core::error::Error for SdpError {}

/// The origin line: who made the session, and which version of it this is (RFC 8866 5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin<'a> {
    /// The user name, `-` where there is none.
    pub username: &'a str,
    /// The session id.
    pub session_id: &'a str,
    /// The version; a description that changes anything counts it up (RFC 3264 8).
    pub version: &'a str,
    /// The address.
    pub address: &'a str,
}

/// A session description.
///
/// ```
/// use alo_sip::sdp::{Direction, Sdp};
///
/// let text = "v=0\r\no=- 1 2 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\n\
///             m=audio 4000 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\na=sendonly\r\n";
/// let sdp = Sdp::parse(text)?;
/// let audio = sdp.audio().expect("there is a media line of audio");
/// assert_eq!(audio.direction, Direction::SendOnly);
/// assert_eq!(audio.telephone_event().map(|event| event.payload), Some(101));
/// # Ok::<(), alo_sip::sdp::SdpError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Sdp<'a> {
    origin: Origin<'a>,
    media: Vec<Media<'a>>,
    ice_lite: bool,
}

/// What the session says for every media line that does not say otherwise.
#[derive(Default)]
struct Defaults<'a> {
    direction: Direction,
    connection: Option<&'a str>,
    fingerprint: Option<Fingerprint<'a>>,
    setup: Option<&'a str>,
    ice_ufrag: Option<&'a str>,
}

impl<'a> Sdp<'a> {
    /// Reads a description; lines may end with a line feed alone.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &'a str) -> Result<Self, SdpError> {
        let mut lines = text
            .lines()
            .map(|line| line.trim_end_matches('\r'))
            .enumerate();
        if lines.next().map(|(_, line)| line) != Some("v=0") {
            return Err(SdpError::Version);
        }
        let (mut origin, mut media, mut defaults, mut ice_lite) =
            (None, Vec::new(), Defaults::default(), false);
        for (at, line) in lines.filter(|(_, line)| !line.is_empty()) {
            let (kind, value) = split_line(line).ok_or(SdpError::Line { line: at + 1 })?;
            let full = media.len() == MOST_MEDIA;
            match (kind, media.last_mut()) {
                ('o', None) => origin = Some(read_origin(value).ok_or(SdpError::Origin)?),
                ('m', _) if full => return Err(SdpError::TooManyMedia),
                ('m', _) => media
                    .push(read_media(value, &defaults).ok_or(SdpError::Media { line: at + 1 })?),
                ('c', None) => defaults.connection = value.split(' ').nth(2),
                ('c', Some(current)) => current.connection = value.split(' ').nth(2),
                ('a', None) => {
                    ice_lite |= value == "ice-lite";
                    defaults.attribute(value);
                }
                ('a', Some(current)) => attribute(current, value),
                _ => {}
            }
        }
        media.iter_mut().for_each(finish);
        Ok(Self {
            origin: origin.ok_or(SdpError::Origin)?,
            media,
            ice_lite,
        })
    }

    /// The origin.
    #[must_use]
    pub const fn origin(&self) -> Origin<'a> {
        self.origin
    }

    /// The media lines in order, refused ones too.
    #[must_use]
    pub fn media(&self) -> &[Media<'a>] {
        &self.media
    }

    /// The first audio line that is not refused.
    #[must_use]
    pub fn audio(&self) -> Option<&Media<'a>> {
        self.first(MediaKind::Audio)
    }

    /// The first video line that is not refused.
    #[must_use]
    pub fn video(&self) -> Option<&Media<'a>> {
        self.first(MediaKind::Video)
    }

    /// Whether the writer does ICE only as far as a server has to (RFC 8445 2.5).
    #[must_use]
    pub const fn is_ice_lite(&self) -> bool {
        self.ice_lite
    }

    fn first(&self, kind: MediaKind) -> Option<&Media<'a>> {
        self.media
            .iter()
            .find(|media| media.kind == kind && !media.is_rejected())
    }
}

fn split_line(line: &str) -> Option<(char, &str)> {
    let (kind, value) = line.split_once('=')?;
    let mut letters = kind.chars();
    let letter = letters.next().filter(char::is_ascii_lowercase)?;
    letters.next().is_none().then_some((letter, value))
}

/// `o=username id version nettype addrtype address`
fn read_origin(value: &str) -> Option<Origin<'_>> {
    let mut words = value.split(' ');
    let (username, session_id, version) = (words.next()?, words.next()?, words.next()?);
    let address = words.nth(2)?;
    Some(Origin {
        username,
        session_id,
        version,
        address,
    })
}

/// `m=media port["/" count] protocol format *format`
fn read_media<'a>(value: &'a str, defaults: &Defaults<'a>) -> Option<Media<'a>> {
    let mut words = value.split(' ');
    let (kind, port, protocol) = (words.next()?, words.next()?, words.next()?);
    let port = port.split('/').next()?.parse().ok()?;
    let formats: Vec<&str> = words
        .filter(|word| !word.is_empty())
        .take(MOST_FORMATS)
        .collect();
    Some(Media {
        kind: MediaKind::of(kind),
        name: kind,
        port,
        protocol,
        codecs: formats
            .iter()
            .filter_map(|format| static_codec(format))
            .collect(),
        formats,
        direction: defaults.direction,
        mid: None,
        connection: defaults.connection,
        fingerprint: defaults.fingerprint,
        setup: defaults.setup,
        ice_ufrag: defaults.ice_ufrag,
        rtcp_mux: false,
        bundle_only: false,
    })
}

/// A format as a codec: by its number, or nameless until `rtpmap` tells.
fn static_codec(format: &str) -> Option<Codec<'_>> {
    let payload = format.parse().ok().filter(|payload| *payload < 128)?;
    let known = STATIC.iter().find(|(number, _, _)| *number == payload);
    let (name, clock) = known.map_or(("", 0), |(_, name, clock)| (*name, *clock));
    Some(Codec {
        payload,
        name,
        clock,
        channels: 1,
        fmtp: None,
    })
}

fn fingerprint(value: &str) -> Option<Fingerprint<'_>> {
    value
        .split_once(' ')
        .map(|(hash, value)| Fingerprint { hash, value })
}

impl<'a> Defaults<'a> {
    fn attribute(&mut self, line: &'a str) {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        match name {
            "fingerprint" => self.fingerprint = fingerprint(value),
            "setup" => self.setup = Some(value),
            "ice-ufrag" => self.ice_ufrag = Some(value),
            _ => self.direction = Direction::of_attribute(name).unwrap_or(self.direction),
        }
    }
}

fn attribute<'a>(media: &mut Media<'a>, line: &'a str) {
    let (name, value) = line.split_once(':').unwrap_or((line, ""));
    match name {
        "rtpmap" => {
            if let Some((codec, name, clock, channels)) = rtpmap(media, value) {
                (codec.name, codec.clock, codec.channels) = (name, clock, channels);
            }
        }
        "fmtp" => {
            if let Some((codec, fmtp)) = of_payload(media, value) {
                codec.fmtp = Some(fmtp);
            }
        }
        "mid" => media.mid = Some(value),
        "fingerprint" => media.fingerprint = fingerprint(value),
        "setup" => media.setup = Some(value),
        "ice-ufrag" => media.ice_ufrag = Some(value),
        "rtcp-mux" => media.rtcp_mux = true,
        "bundle-only" => media.bundle_only = true,
        _ => media.direction = Direction::of_attribute(name).unwrap_or(media.direction),
    }
}

/// `payload SP rest`, with the codec of that payload type.
fn of_payload<'m, 'a>(
    media: &'m mut Media<'a>,
    value: &'a str,
) -> Option<(&'m mut Codec<'a>, &'a str)> {
    let (payload, rest) = value.split_once(' ')?;
    let payload: u8 = payload.parse().ok()?;
    let codec = media
        .codecs
        .iter_mut()
        .find(|codec| codec.payload == payload)?;
    Some((codec, rest))
}

/// `payload SP name "/" clock ["/" channels]`
fn rtpmap<'m, 'a>(
    media: &'m mut Media<'a>,
    value: &'a str,
) -> Option<(&'m mut Codec<'a>, &'a str, u32, u8)> {
    let (codec, rest) = of_payload(media, value)?;
    let mut parts = rest.split('/');
    let (name, clock) = (parts.next()?, parts.next()?.parse().ok()?);
    let channels = parts
        .next()
        .and_then(|channels| channels.parse().ok())
        .unwrap_or(1);
    Some((codec, name, clock, channels))
}

/// What can be said only when all lines of a medium were read.
fn finish(media: &mut Media<'_>) {
    media.codecs.retain(|codec| !codec.name.is_empty());
    // RFC 3264 8.4: before there were directions, the null address meant hold. With ICE it only means
    // that candidates are still to come (RFC 8839 4.3.1).
    let is_null = media
        .connection
        .is_some_and(|address| address == "0.0.0.0" || address == "::");
    if is_null && media.ice_ufrag.is_none() {
        media.direction = Direction::of(media.direction.sends(), false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BROWSER: &str = "v=0\r\no=- 4611731400430051336 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n\
        a=group:BUNDLE 0 1\r\na=msid-semantic: WMS\r\n\
        m=audio 9 UDP/TLS/RTP/SAVPF 111 0 8 110\r\nc=IN IP4 0.0.0.0\r\na=ice-ufrag:F7gI\r\na=ice-pwd:x9cml\r\n\
        a=fingerprint:sha-256 75:74\r\na=setup:actpass\r\na=mid:0\r\na=sendrecv\r\na=rtcp-mux\r\n\
        a=rtpmap:111 opus/48000/2\r\na=fmtp:111 minptime=10;useinbandfec=1\r\na=rtpmap:110 telephone-event/48000\r\n\
        m=video 0 UDP/TLS/RTP/SAVPF 96\r\na=bundle-only\r\na=mid:1\r\na=recvonly\r\na=rtpmap:96 VP8/90000\r\n";

    #[test]
    fn the_offer_of_a_browser() {
        let sdp = Sdp::parse(BROWSER).unwrap();
        assert_eq!(sdp.origin().version, "2");
        let audio = sdp.audio().unwrap();
        assert!(audio.rtcp_mux && audio.name == "audio");
        // The null address of a browser is no hold.
        assert_eq!(audio.direction, Direction::SendRecv);
        assert_eq!(
            (audio.mid, audio.ice_ufrag, audio.setup),
            (Some("0"), Some("F7gI"), Some("actpass"))
        );
        assert_eq!(
            audio.fingerprint,
            Some(Fingerprint {
                hash: "sha-256",
                value: "75:74"
            })
        );
        let names: Vec<_> = audio
            .codecs
            .iter()
            .map(|codec| (codec.payload, codec.name, codec.clock))
            .collect();
        assert_eq!(
            names,
            [
                (111, "opus", 48000),
                (0, "PCMU", 8000),
                (8, "PCMA", 8000),
                (110, "telephone-event", 48000)
            ]
        );
        assert_eq!(
            (audio.codecs[0].channels, audio.codecs[0].fmtp),
            (2, Some("minptime=10;useinbandfec=1"))
        );
        assert_eq!(audio.telephone_event().unwrap().payload, 110);
        let video = sdp.video().unwrap();
        assert!(!video.is_rejected() && !video.rtcp_mux);
        assert_eq!(video.direction, Direction::RecvOnly);
    }

    #[test]
    fn hold_in_every_way_that_is_met() {
        let with = |line: &str, session: &str| {
            let text =
                format!("v=0\no=- 1 1 IN IP4 a\ns=-\n{session}t=0 0\nm=audio 4 RTP/AVP 8\n{line}");
            Sdp::parse(&text).unwrap().audio().unwrap().direction
        };
        assert_eq!(with("", ""), Direction::SendRecv);
        assert_eq!(with("a=sendonly\n", ""), Direction::SendOnly);
        assert_eq!(with("", "a=inactive\n"), Direction::Inactive);
        assert_eq!(with("a=sendrecv\n", "a=inactive\n"), Direction::SendRecv);
        assert_eq!(with("c=IN IP4 0.0.0.0\n", ""), Direction::SendOnly);
        assert_eq!(with("", "c=IN IP4 0.0.0.0\n"), Direction::SendOnly);
        assert_eq!(Direction::SendOnly.reversed(), Direction::RecvOnly);
    }

    #[test]
    fn events_at_the_clock_of_the_best_codec() {
        let text = "v=0\no=- 1 1 IN IP4 a\ns=-\nt=0 0\nm=audio 4 RTP/AVP 111 101 102\na=rtpmap:111 opus/48000/2\n\
                    a=rtpmap:101 telephone-event/8000\na=rtpmap:102 telephone-event/48000\n";
        assert_eq!(
            Sdp::parse(text)
                .unwrap()
                .audio()
                .unwrap()
                .telephone_event()
                .unwrap()
                .payload,
            102
        );
    }

    #[test]
    fn formats_beyond_all_payload_types_are_passed_over() {
        let formats = " 0".repeat(5000);
        let text = format!("v=0\no=- 1 1 IN IP4 a\ns=-\nt=0 0\nm=audio 4 RTP/AVP{formats}\n");
        let sdp = Sdp::parse(&text).unwrap();
        let audio = sdp.audio().unwrap();
        assert_eq!((audio.formats.len(), audio.codecs.len()), (128, 128));
    }

    #[test]
    fn a_refused_line_is_no_audio() {
        let text = "v=0\no=- 1 1 IN IP4 a\ns=-\nt=0 0\nm=audio 0 RTP/AVP 0\n";
        let sdp = Sdp::parse(text).unwrap();
        assert!(sdp.audio().is_none());
        assert!(sdp.media()[0].is_rejected());
    }

    #[test]
    fn what_is_no_description() {
        let error = |text| Sdp::parse(text).err();
        assert_eq!(error(""), Some(SdpError::Version));
        assert_eq!(error("v=1\n"), Some(SdpError::Version));
        assert_eq!(error("v=0\ns=-\n"), Some(SdpError::Origin));
        assert_eq!(
            error("v=0\no=- 1 1 IN IP4 a\nhello\n"),
            Some(SdpError::Line { line: 3 })
        );
        assert_eq!(
            error("v=0\no=- 1 1 IN IP4 a\nm=audio x RTP/AVP 0\n"),
            Some(SdpError::Media { line: 3 })
        );
        let many = "v=0\no=- 1 1 IN IP4 a\n".to_owned() + &"m=audio 1 RTP/AVP 0\n".repeat(100);
        assert_eq!(error(&many), Some(SdpError::TooManyMedia));
    }
}
