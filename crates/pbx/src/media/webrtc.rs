//! One WebRTC peer connection: str0m in RTP mode, ICE-lite.

use std::net::SocketAddr;
use std::time::Instant;

use str0m::change::{SdpAnswer, SdpOffer, SdpPendingOffer};
use str0m::config::DtlsCert;
use str0m::format::{Codec, FormatParams};
use str0m::media::{Direction, Frequency, MediaKind, Mid, Pt};
use str0m::net::{DatagramRecv, Protocol, Receive};
use str0m::rtp::{Extension, RtpPacket, RtpWrite};
use str0m::{Candidate, Event, IceConnectionState, Input, Output, Rtc};

use super::api::{Allow, LegId, MediaError};
use super::codec::{AudioCodec, AudioPacket};
use super::net::{Datagram, Net};
use super::outlet::Outgoing;
use super::sdp;
use super::transport::{Came, EventPacketIn, Spoken};

/// Payload type that is offered for telephone-event; an answer may have another.
const EVENT_PT: u8 = 110;

/// Highest event that is offered: digits and flash (RFC 4733 section 3.2).
const EVENT_MAX: u8 = 16;

/// str0m has something new at the same instant at most so often; more is a loop.
const MOST_ROUNDS: u32 = 64;

/// An own offer that waits for its answer.
struct Offered {
    pending: SdpPendingOffer,
    mid: Mid,
    /// Direction before it, where the line was there.
    before: Option<Direction>,
}

/// What was negotiated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Negotiated {
    /// What is sent.
    codec: AudioCodec,
    pt: Pt,
    /// Telephone-event: payload type and clock.
    event: Option<(Pt, u32)>,
}

/// A peer connection.
pub(super) struct WebRtc {
    leg: LegId,
    rtc: Rtc,
    mid: Option<Mid>,
    offered: Option<Offered>,
    negotiated: Option<Negotiated>,
    connected: bool,
    /// When str0m wants to be called.
    wake: Instant,
}

impl WebRtc {
    /// A peer connection that offers or answers at these addresses. `event_clock` is the clock of
    /// telephone-event: a browser is offered one only, or it takes the slowest.
    pub(super) fn new(
        leg: LegId,
        now: Instant,
        cert: DtlsCert,
        candidates: &[SocketAddr],
        event_clock: Frequency,
    ) -> Self {
        let mut config = Rtc::builder()
            .set_rtp_mode(true)
            .set_ice_lite(true)
            .set_dtls_cert(cert)
            .clear_codecs()
            .enable_opus(true, false)
            .enable_pcmu(true, false)
            .enable_pcma(true, false)
            .clear_extension_map()
            // So that who is silent need not be decoded (RFC 6464).
            .set_extension(1, Extension::AudioLevel)
            .set_extension(4, Extension::RtpMid);
        config.codec_config().add_config(
            Pt::new_with_value(EVENT_PT),
            None,
            Codec::Tele,
            event_clock,
            None,
            FormatParams {
                telephone_event_max: Some(EVENT_MAX),
                ..FormatParams::default()
            },
        );
        let mut rtc = config.build(now);
        for address in candidates {
            if let Ok(candidate) = Candidate::host(*address, Protocol::Udp) {
                rtc.add_local_candidate(candidate);
            }
        }
        Self {
            leg,
            rtc,
            mid: None,
            offered: None,
            negotiated: None,
            connected: false,
            wake: now,
        }
    }

    /// Takes an offer, narrowed to what is allowed, and makes the answer.
    pub(super) fn accept_offer(&mut self, offer: &str, allow: Allow) -> Result<String, MediaError> {
        let mid = self.audio_mid(offer)?;
        let offer = SdpOffer::from_sdp_string(&sdp::narrow(offer, allow))
            .map_err(|error| self.bad(&error))?;
        // Where this is glare, the own offer is gone (str0m drops it).
        self.offered = None;
        let answer = self
            .rtc
            .sdp_api()
            .accept_offer(offer)
            .map_err(|error| self.bad(&error))?;
        self.mid = Some(mid);
        self.negotiate()?;
        Ok(answer.to_sdp_string())
    }

    /// Makes an offer with this direction.
    pub(super) fn create_offer(&mut self, allow: Allow) -> Result<String, MediaError> {
        if self.offered.is_some() {
            return Err(MediaError::OfferPending(self.leg));
        }
        let wanted = direction(allow);
        let before = self
            .mid
            .and_then(|mid| self.rtc.media(mid))
            .map(|media| media.direction());
        let mut changes = self.rtc.sdp_api();
        let mid = match (self.mid, before) {
            (Some(mid), Some(before)) => {
                if before == wanted {
                    // str0m makes no offer where nothing changes: there and back is a change.
                    changes.set_direction(mid, turned(wanted));
                }
                changes.set_direction(mid, wanted);
                mid
            }
            _ => changes.add_media(MediaKind::Audio, wanted, None, None, None),
        };
        let Some((offer, pending)) = changes.apply() else {
            return Err(MediaError::OfferPending(self.leg));
        };
        self.offered = Some(Offered {
            pending,
            mid,
            before,
        });
        Ok(offer.to_sdp_string())
    }

    /// Takes the answer to the last offer.
    pub(super) fn set_answer(&mut self, answer: &str) -> Result<(), MediaError> {
        let offered = self.offered.take().ok_or(MediaError::NoOffer(self.leg))?;
        let answer = SdpAnswer::from_sdp_string(answer).map_err(|error| self.bad(&error))?;
        self.rtc
            .sdp_api()
            .accept_answer(offered.pending, answer)
            .map_err(|error| self.bad(&error))?;
        self.mid = Some(offered.mid);
        self.negotiate()
    }

    /// Takes the last offer back.
    pub(super) fn cancel_offer(&mut self) {
        let Some(offered) = self.offered.take() else {
            return;
        };
        if let Some(before) = offered.before {
            // str0m changes the direction when it makes the offer. Not applied: nothing to send.
            self.rtc.sdp_api().set_direction(offered.mid, before);
        }
    }

    /// What was agreed to be sent, where there was an offer and an answer.
    pub(super) fn spoken(&self) -> Option<Spoken> {
        self.negotiated.map(|negotiated| Spoken {
            codec: negotiated.codec,
            event_clock: negotiated.event.map(|(_, clock)| clock),
        })
    }

    /// Whether it is of use any more.
    pub(super) fn is_alive(&self) -> bool {
        self.rtc.is_alive()
    }

    /// Whether what is written reaches the far end, as far as is known here.
    pub(super) fn sends(&self) -> bool {
        self.connected
            && self
                .mid
                .and_then(|mid| self.rtc.media(mid))
                .is_some_and(|media| media.direction().is_sending())
    }

    /// When to call [`handle_timeout`](Self::handle_timeout).
    pub(super) fn wake(&self) -> Instant {
        self.wake
    }

    /// The user name fragment of this side (RFC 8445 section 5.3); new after each ICE restart.
    pub(super) fn ufrag(&mut self) -> String {
        self.rtc.direct_api().local_ice_credentials().ufrag
    }

    /// Whether a datagram is for this one.
    pub(super) fn accepts(&self, now: Instant, datagram: &Datagram<'_>) -> bool {
        receive(datagram).is_some_and(|receive| self.rtc.accepts(&Input::Receive(now, receive)))
    }

    /// Takes a datagram.
    pub(super) fn handle_datagram(&mut self, now: Instant, datagram: &Datagram<'_>) {
        if let Some(receive) = receive(datagram) {
            self.input(Input::Receive(now, receive));
        }
    }

    /// Time passed.
    pub(super) fn handle_timeout(&mut self, now: Instant) {
        self.input(Input::Timeout(now));
    }

    fn input(&mut self, input: Input<'_>) {
        if let Err(error) = self.rtc.handle_input(input) {
            tracing::debug!(leg = self.leg.0, %error, "datagram refused");
        }
    }

    /// Writes one packet. To be followed by [`drain`](Self::drain).
    pub(super) fn write(&mut self, now: Instant, out: Outgoing) {
        let (Some(mid), Some(negotiated)) = (self.mid, self.negotiated) else {
            return;
        };
        let pt = match negotiated.event {
            Some((pt, _)) if out.event => pt,
            _ if out.event => return,
            _ => negotiated.pt,
        };
        let mut api = self.rtc.direct_api();
        let Some(stream) = api.stream_tx_by_mid(mid, None) else {
            return;
        };
        let stamp = out.stamp;
        stream.write_rtp(
            RtpWrite::new(pt, stamp.seq.into(), stamp.timestamp, now, out.payload)
                .marker(stamp.marker),
        );
    }

    /// Carries out what str0m has to say, until it has nothing more. Every mutation is to be
    /// followed by this.
    pub(super) fn drain(&mut self, now: Instant, net: &Net, mut came: impl FnMut(Came)) {
        for _ in 0..MOST_ROUNDS {
            match self.rtc.poll_output() {
                Ok(Output::Timeout(wake)) if wake <= now && self.rtc.is_alive() => {
                    self.input(Input::Timeout(now));
                }
                Ok(Output::Timeout(wake)) => {
                    self.wake = wake;
                    return;
                }
                Ok(Output::Transmit(transmit)) => {
                    net.send(transmit.source, transmit.destination, &transmit.contents);
                }
                Ok(Output::Event(event)) => {
                    if let Some(what) = self.event(event) {
                        came(what);
                    }
                }
                Err(error) => {
                    tracing::debug!(leg = self.leg.0, %error, "peer connection broken");
                    self.rtc.disconnect();
                }
            }
        }
        self.wake = now + std::time::Duration::from_millis(1);
    }

    fn event(&mut self, event: Event) -> Option<Came> {
        match event {
            Event::RtpPacket(packet) => self.packet(packet),
            Event::Connected => self.up(),
            Event::IceConnectionStateChange(IceConnectionState::Disconnected) => {
                std::mem::take(&mut self.connected).then_some(Came::Down)
            }
            Event::IceConnectionStateChange(state)
                if state.is_connected() && self.rtc.is_connected() =>
            {
                self.up()
            }
            _ => None,
        }
    }

    fn up(&mut self) -> Option<Came> {
        let was = std::mem::replace(&mut self.connected, true);
        (!was).then_some(Came::Up)
    }

    /// Sorts a packet by its payload type, which means something in this peer connection only.
    fn packet(&self, packet: RtpPacket) -> Option<Came> {
        let pt = packet.header.payload_type;
        let spec = self
            .rtc
            .codec_config()
            .params()
            .iter()
            .find(|params| params.pt() == pt)?
            .spec();
        let (ssrc, seq) = (*packet.header.ssrc, *packet.seq_no);
        let timestamp = packet.header.timestamp;
        let level = packet.header.ext_vals.audio_level;
        let payload = packet.payload;
        Some(match spec.codec {
            Codec::Tele => Came::Event(EventPacketIn {
                clock: spec.clock_rate.get(),
                ssrc,
                seq,
                timestamp,
                payload,
            }),
            codec => Came::Audio(AudioPacket {
                codec: audio_codec(codec)?,
                ssrc,
                seq,
                timestamp,
                level,
                payload,
            }),
        })
    }

    /// Reads what an offer and its answer agreed upon: the first codec that the far end named
    /// (RFC 3264 section 6.1), and the telephone-event that goes with it.
    fn negotiate(&mut self) -> Result<(), MediaError> {
        let none = MediaError::NoCommonCodec(self.leg);
        let mid = self.mid.ok_or_else(|| none.clone())?;
        let media = self.rtc.media(mid).ok_or_else(|| none.clone())?;
        let params = self.rtc.codec_config().params();
        let agreed = || {
            media
                .remote_pts()
                .iter()
                .filter_map(|pt| params.iter().find(|params| params.pt() == *pt))
        };
        let (pt, codec) = agreed()
            .find_map(|params| Some((params.pt(), audio_codec(params.spec().codec)?)))
            .ok_or(none)?;
        let event = agreed()
            .find(|params| params.spec().codec == Codec::Tele)
            .map(|params| (params.pt(), params.spec().clock_rate.get()));
        self.negotiated = Some(Negotiated { codec, pt, event });
        Ok(())
    }

    /// The name of the audio line.
    fn audio_mid(&self, sdp: &str) -> Result<Mid, MediaError> {
        let line = sdp::audio_line(sdp).ok_or(MediaError::NoCommonCodec(self.leg))?;
        line.mid.map(Mid::from).ok_or_else(|| MediaError::Sdp {
            leg: self.leg,
            why: "the audio line has no a=mid".to_owned(),
        })
    }

    fn bad(&self, error: &impl std::fmt::Display) -> MediaError {
        MediaError::Sdp {
            leg: self.leg,
            why: error.to_string(),
        }
    }
}

/// What str0m makes of a datagram; `None` where it is nothing that WebRTC has.
fn receive<'a>(datagram: &Datagram<'a>) -> Option<Receive<'a>> {
    Some(Receive {
        proto: Protocol::Udp,
        source: datagram.source,
        destination: datagram.destination,
        contents: DatagramRecv::try_from(datagram.bytes).ok()?,
    })
}

fn audio_codec(codec: Codec) -> Option<AudioCodec> {
    match codec {
        Codec::Opus => Some(AudioCodec::Opus),
        Codec::PCMU => Some(AudioCodec::Pcmu),
        Codec::PCMA => Some(AudioCodec::Pcma),
        _ => None,
    }
}

fn direction(allow: Allow) -> Direction {
    match (allow.send, allow.recv) {
        (true, true) => Direction::SendRecv,
        (true, false) => Direction::SendOnly,
        (false, true) => Direction::RecvOnly,
        (false, false) => Direction::Inactive,
    }
}

/// A direction that differs, and sends as this one does, so that nothing that waits is lost.
fn turned(direction: Direction) -> Direction {
    match direction {
        Direction::SendRecv => Direction::SendOnly,
        Direction::SendOnly => Direction::SendRecv,
        Direction::RecvOnly => Direction::Inactive,
        Direction::Inactive => Direction::RecvOnly,
    }
}
