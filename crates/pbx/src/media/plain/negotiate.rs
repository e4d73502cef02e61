//! Offers and answers of a leg to the telephone network (RFC 3264). Pure: text in, text out, and
//! the terms that were agreed upon.

use std::fmt::Write;
use std::net::{IpAddr, SocketAddr};

use alo_sip::sdp::{Direction, Media, MediaKind, Sdp};

use super::formats::{Format, Formats};
use crate::media::api::{Allow, LegId, MediaError};
use crate::media::codec::AudioCodec;

/// Packets of so many milliseconds are asked for.
const PTIME: u32 = 20;

/// What was agreed upon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Terms {
    /// What is sent, and its payload type.
    pub(super) codec: AudioCodec,
    pub(super) pt: u8,
    /// Telephone-event that is sent: payload type and clock.
    pub(super) event: Option<(u8, u32)>,
    /// What may come.
    pub(super) incoming: Formats,
    /// Where the far end is by its own account; `None` where it takes nothing.
    pub(super) far: Option<SocketAddr>,
    /// Whether audio is sent to it.
    pub(super) sends: bool,
    /// Whether audio is taken from it.
    pub(super) receives: bool,
}

/// The own offer.
enum Offer {
    /// There is none, or it is over.
    None,
    /// It waits for its answer.
    Waits(Offered),
    /// It was answered by a provisional response maybe, so that another answer may come.
    Answered(Offered),
}

#[derive(Clone)]
struct Offered {
    allow: Allow,
    formats: Formats,
}

/// One line of the session, for as long as it lasts (RFC 3264 section 8).
#[derive(Debug, Clone, PartialEq, Eq)]
enum Line {
    /// The audio; its transport.
    Audio(String),
    /// Something else, or audio that cannot be had: kind, transport, and one of its formats.
    Refused(String, String, String),
}

/// The descriptions of one leg.
pub(super) struct Negotiation {
    leg: LegId,
    codecs: Vec<AudioCodec>,
    local: SocketAddr,
    /// Session id, and version of the last description.
    session: u64,
    version: u64,
    /// The last description, to tell whether one is new.
    last: String,
    lines: Vec<Line>,
    rtcp_mux: bool,
    offer: Offer,
    /// Payload types that were described by either side.
    numbers: Formats,
    terms: Option<Terms>,
}

impl Negotiation {
    /// Nothing was said yet. `local` is what the far end is told to send to.
    pub(super) fn new(
        leg: LegId,
        codecs: Vec<AudioCodec>,
        local: SocketAddr,
        session: u64,
    ) -> Self {
        Self {
            leg,
            codecs,
            local,
            session,
            version: 0,
            last: String::new(),
            lines: vec![Line::Audio("RTP/AVP".to_owned())],
            rtcp_mux: false,
            offer: Offer::None,
            numbers: Formats::default(),
            terms: None,
        }
    }

    /// What was agreed upon.
    pub(super) fn terms(&self) -> Option<&Terms> {
        self.terms.as_ref()
    }

    /// Makes an offer.
    pub(super) fn create_offer(&mut self, allow: Allow) -> Result<String, MediaError> {
        if matches!(self.offer, Offer::Waits(_)) {
            return Err(MediaError::OfferPending(self.leg));
        }
        let formats = Formats::offer(&self.codecs, &self.numbers);
        for (number, format) in formats.iter() {
            self.numbers.add(number, format);
        }
        let text = self.describe(&formats, Direction::of(allow.send, allow.recv));
        self.offer = Offer::Waits(Offered { allow, formats });
        Ok(text)
    }

    /// Takes the last offer back.
    pub(super) fn cancel_offer(&mut self) {
        if matches!(self.offer, Offer::Waits(_)) {
            self.offer = Offer::None;
        }
    }

    /// Takes an offer and makes the answer; an own offer that waits is over (glare).
    pub(super) fn accept_offer(&mut self, offer: &str, allow: Allow) -> Result<String, MediaError> {
        let sdp = Sdp::parse(offer).map_err(|error| self.bad(&error.to_string()))?;
        let (at, media, chosen) = self.choose(&sdp)?;
        let far = self.far(media)?;
        let lines = self.lines(&sdp, at)?;
        // What is in the answer is what is sent, under the same numbers (RFC 3264 section 6.1).
        let (pt, format) = chosen;
        let Format::Audio(codec) = format else {
            return Err(MediaError::NoCommonCodec(self.leg));
        };
        let offered = Formats::of(media);
        let event = event_of(&offered, codec);
        let mut answer = Formats::default();
        answer.add(pt, format);
        if let Some((pt, clock)) = event {
            answer.add(pt, Format::Event(clock));
        }
        let sends = allow.send && media.direction.receives();
        let receives = allow.recv && media.direction.sends();
        self.offer = Offer::None;
        self.lines = lines;
        self.rtcp_mux = media.rtcp_mux;
        // Where a number has another meaning than before, it is the far end's that counts.
        let before = std::mem::replace(&mut self.numbers, offered.clone());
        before.iter().for_each(|(pt, f)| self.numbers.add(pt, f));
        self.terms = Some(Terms {
            codec,
            pt,
            event,
            incoming: offered,
            far,
            sends,
            receives,
        });
        Ok(self.describe(&answer, Direction::of(sends, receives)))
    }

    /// Takes the answer to the own offer, or another one to the same; says whether it is new.
    pub(super) fn set_answer(&mut self, answer: &str) -> Result<bool, MediaError> {
        let (Offer::Waits(offered) | Offer::Answered(offered)) = &self.offer else {
            return Err(MediaError::NoOffer(self.leg));
        };
        let offered = offered.clone();
        let sdp = Sdp::parse(answer).map_err(|error| self.bad(&error.to_string()))?;
        let at = self.audio_at();
        let media = sdp
            .media()
            .get(at)
            .filter(|media| media.kind == MediaKind::Audio && !media.is_rejected())
            .filter(|media| is_spoken(media))
            .ok_or_else(|| self.bad("audio was refused"))?;
        let answered = Formats::of(media);
        // Only what was offered can be agreed upon, whatever the answer says.
        let codec = answered
            .codec()
            .filter(|codec| offered.formats.number(Format::Audio(*codec)).is_some());
        let codec = codec.ok_or(MediaError::NoCommonCodec(self.leg))?;
        let pt = answered
            .number(Format::Audio(codec))
            .ok_or(MediaError::NoCommonCodec(self.leg))?;
        let event = event_of(&answered, codec)
            .filter(|(_, clock)| offered.formats.number(Format::Event(*clock)).is_some());
        // It is to use the numbers of the offer; some use their own for what they send, too.
        let mut incoming = offered.formats.clone();
        for (pt, format) in answered.iter() {
            incoming.also(pt, format);
        }
        let terms = Terms {
            codec,
            pt,
            event,
            incoming,
            far: self.far(media)?,
            sends: offered.allow.send && media.direction.receives(),
            receives: offered.allow.recv && media.direction.sends(),
        };
        let is_first = matches!(self.offer, Offer::Waits(_));
        let is_new = self.terms.as_ref() != Some(&terms);
        self.offer = Offer::Answered(offered);
        self.rtcp_mux &= media.rtcp_mux;
        self.terms = Some(terms);
        Ok(is_first || is_new)
    }

    /// The audio line to be had of an offer: which, and the codec that is liked best here.
    fn choose<'s, 'a>(
        &self,
        sdp: &'s Sdp<'a>,
    ) -> Result<(usize, &'s Media<'a>, (u8, Format)), MediaError> {
        let mut spoken = sdp
            .media()
            .iter()
            .enumerate()
            .filter(|(_, media)| media.kind == MediaKind::Audio && !media.is_rejected())
            .filter(|(_, media)| is_spoken(media))
            .peekable();
        if spoken.peek().is_none() {
            return Err(self.bad("no audio by RTP/AVP"));
        }
        spoken
            .find_map(|(at, media)| {
                let offered = Formats::of(media);
                let format = self.codecs.iter().copied().map(Format::Audio);
                let mut common = format.filter_map(|f| Some((offered.number(f)?, f)));
                Some((at, media, common.next()?))
            })
            .ok_or(MediaError::NoCommonCodec(self.leg))
    }

    /// Where a description says that its writer is.
    fn far(&self, media: &Media<'_>) -> Result<Option<SocketAddr>, MediaError> {
        let address: IpAddr = media
            .connection
            .and_then(|address| address.parse().ok())
            .ok_or_else(|| self.bad("its connection is no IP address"))?;
        if address.is_ipv4() != self.local.is_ipv4() || address.is_multicast() {
            return Err(self.bad("its connection is an address that cannot be sent to"));
        }
        Ok((!address.is_unspecified()).then(|| SocketAddr::new(address, media.port)))
    }

    /// All lines of an offer, of which this one is taken.
    fn lines(&self, sdp: &Sdp<'_>, taken: usize) -> Result<Vec<Line>, MediaError> {
        let line = |(at, media): (usize, &Media<'_>)| {
            let format = media.formats.first().copied().unwrap_or("0");
            let words = [media.name, media.protocol, format];
            if !words.iter().all(|word| is_token(word)) {
                return Err(self.bad("a media line with unprintable characters"));
            }
            let [name, protocol, format] = words.map(str::to_owned);
            Ok(if at == taken {
                Line::Audio(protocol)
            } else {
                Line::Refused(name, protocol, format)
            })
        };
        sdp.media().iter().enumerate().map(line).collect()
    }

    fn audio_at(&self) -> usize {
        let is_audio = |line: &Line| matches!(line, Line::Audio(_));
        self.lines.iter().position(is_audio).unwrap_or(0)
    }

    /// Writes a description; its version is new where anything is (RFC 3264 section 8).
    fn describe(&mut self, formats: &Formats, direction: Direction) -> String {
        let text = self.write(formats, direction);
        if text == self.last {
            return text;
        }
        self.version += 1;
        self.last = self.write(formats, direction);
        self.last.clone()
    }

    fn write(&self, formats: &Formats, direction: Direction) -> String {
        let address = self.local.ip();
        let family = if address.is_ipv4() { "IP4" } else { "IP6" };
        let mut text = format!(
            "v=0\r\no=- {} {} IN {family} {address}\r\ns=-\r\nc=IN {family} {address}\r\nt=0 0\r\n",
            self.session, self.version
        );
        for line in &self.lines {
            // Writing to a `String` cannot fail.
            let _ = match line {
                Line::Audio(protocol) => {
                    write!(text, "m=audio {} {protocol}", self.local.port())
                }
                Line::Refused(name, protocol, format) => {
                    write!(text, "m={name} 0 {protocol} {format}\r\n")
                }
            };
            if matches!(line, Line::Audio(_)) {
                self.write_audio(&mut text, formats, direction);
            }
        }
        text
    }

    /// The rest of the audio line, and its attributes.
    fn write_audio(&self, text: &mut String, formats: &Formats, direction: Direction) {
        for (pt, _) in formats.iter() {
            let _ = write!(text, " {pt}");
        }
        text.push_str("\r\n");
        for (pt, format) in formats.iter() {
            text.push_str(&format.attributes(pt));
        }
        let _ = write!(text, "a=ptime:{PTIME}\r\na={direction}\r\n");
        if self.rtcp_mux {
            text.push_str("a=rtcp-mux\r\n");
        }
    }

    fn bad(&self, why: &str) -> MediaError {
        MediaError::Sdp {
            leg: self.leg,
            why: why.to_owned(),
        }
    }
}

/// Whether a line is of a transport that is spoken here: without encryption, with feedback messages
/// or without (they are RTCP, and not waited for).
fn is_spoken(media: &Media<'_>) -> bool {
    ["RTP/AVP", "RTP/AVPF"].contains(&media.protocol)
}

/// The telephone-event that goes with a codec: payload type and clock.
fn event_of(formats: &Formats, codec: AudioCodec) -> Option<(u8, u32)> {
    let clock = formats.event_clock(codec)?;
    Some((formats.number(Format::Event(clock))?, clock))
}

/// Whether a word of the far end may be written back.
fn is_token(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests;
