//! How media gets to the far end of a leg and from it: one of the kinds of transport.

use std::sync::Arc;
use std::time::Instant;

use super::api::{Allow, MediaError};
use super::codec::{AudioCodec, AudioPacket};
use super::net::{Datagram, Inbox, Net};
use super::outlet::Outgoing;
use super::plain::Plain;
use super::webrtc::WebRtc;

/// How media gets to the far end and from it.
pub(super) enum Transport {
    /// ICE, DTLS-SRTP.
    WebRtc(Box<WebRtc>),
    /// RTP on ports of its own.
    Rtp(Box<Plain>),
}

/// What was agreed to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spoken {
    pub(super) codec: AudioCodec,
    /// Clock of telephone-event, where there is one.
    pub(super) event_clock: Option<u32>,
}

/// What came of feeding it.
pub(super) enum Came {
    /// Audio.
    Audio(AudioPacket),
    /// An RFC 4733 event packet.
    Event(EventPacketIn),
    /// A packet with nothing to be heard.
    Skip { ssrc: u32, seq: u64 },
    /// Media flows.
    Up,
    /// It is interrupted.
    Down,
}

/// An RFC 4733 event packet as it came.
pub(super) struct EventPacketIn {
    pub(super) clock: u32,
    pub(super) ssrc: u32,
    pub(super) seq: u64,
    pub(super) timestamp: u32,
    pub(super) payload: Arc<[u8]>,
}

impl Transport {
    /// Takes an offer and makes the answer.
    pub(super) fn accept_offer(
        &mut self,
        now: Instant,
        offer: &str,
        allow: Allow,
    ) -> Result<String, MediaError> {
        match self {
            Self::WebRtc(webrtc) => webrtc.accept_offer(offer, allow),
            Self::Rtp(plain) => plain.accept_offer(now, offer, allow),
        }
    }

    /// Makes an offer.
    pub(super) fn create_offer(&mut self, allow: Allow) -> Result<String, MediaError> {
        match self {
            Self::WebRtc(webrtc) => webrtc.create_offer(allow),
            Self::Rtp(plain) => plain.create_offer(allow),
        }
    }

    /// Takes the answer to it.
    pub(super) fn set_answer(&mut self, now: Instant, answer: &str) -> Result<(), MediaError> {
        match self {
            Self::WebRtc(webrtc) => webrtc.set_answer(answer),
            Self::Rtp(plain) => plain.set_answer(now, answer),
        }
    }

    /// Takes it back.
    pub(super) fn cancel_offer(&mut self) {
        match self {
            Self::WebRtc(webrtc) => webrtc.cancel_offer(),
            Self::Rtp(plain) => plain.cancel_offer(),
        }
    }

    /// What was agreed to be sent.
    pub(super) fn spoken(&self) -> Option<Spoken> {
        match self {
            Self::WebRtc(webrtc) => webrtc.spoken(),
            Self::Rtp(plain) => plain.spoken(),
        }
    }

    /// Whether something is to come, so that its absence is a fault.
    pub(super) fn is_to_come_up(&self) -> bool {
        match self {
            Self::WebRtc(_) => true,
            Self::Rtp(plain) => plain.receives(),
        }
    }

    /// Whether what is written reaches the far end, as far as is known here.
    pub(super) fn sends(&self) -> bool {
        match self {
            Self::WebRtc(webrtc) => webrtc.sends(),
            Self::Rtp(plain) => plain.sends(),
        }
    }

    /// Whether it can ever be of use again.
    pub(super) fn is_alive(&self) -> bool {
        match self {
            Self::WebRtc(webrtc) => webrtc.is_alive(),
            Self::Rtp(_) => true,
        }
    }

    /// By which name a far end that is not known yet asks for it on the port that all share.
    pub(super) fn ufrag(&mut self) -> Option<String> {
        match self {
            Self::WebRtc(webrtc) => Some(webrtc.ufrag()),
            Self::Rtp(_) => None,
        }
    }

    /// The port that is its own.
    pub(super) fn port(&self) -> Option<u16> {
        match self {
            Self::WebRtc(_) => None,
            Self::Rtp(plain) => Some(plain.port()),
        }
    }

    /// Whether a datagram that came to the port that all share is for this one.
    pub(super) fn accepts(&self, now: Instant, datagram: &Datagram<'_>) -> bool {
        match self {
            Self::WebRtc(webrtc) => webrtc.accepts(now, datagram),
            Self::Rtp(_) => false,
        }
    }

    /// Takes such a datagram. To be followed by [`drain`](Self::drain).
    pub(super) fn handle_datagram(&mut self, now: Instant, datagram: &Datagram<'_>) {
        if let Self::WebRtc(webrtc) = self {
            webrtc.handle_datagram(now, datagram);
        }
    }

    /// Reads its own sockets; `true` where there may be more. To be followed by
    /// [`drain`](Self::drain).
    pub(super) fn read(&mut self, now: Instant, rtcp: bool, inbox: &mut Inbox) -> bool {
        match self {
            Self::WebRtc(_) => false,
            Self::Rtp(plain) => plain.read(now, rtcp, inbox),
        }
    }

    /// When to call [`handle_timeout`](Self::handle_timeout).
    pub(super) fn wake(&self, now: Instant) -> Instant {
        match self {
            Self::WebRtc(webrtc) => webrtc.wake(),
            Self::Rtp(plain) => plain.wake(now),
        }
    }

    /// Time passed.
    pub(super) fn handle_timeout(&mut self, now: Instant) {
        match self {
            Self::WebRtc(webrtc) => webrtc.handle_timeout(now),
            Self::Rtp(plain) => plain.handle_timeout(now),
        }
    }

    /// Sends one packet. To be followed by [`drain`](Self::drain).
    pub(super) fn write(&mut self, now: Instant, out: Outgoing) {
        match self {
            Self::WebRtc(webrtc) => webrtc.write(now, out),
            Self::Rtp(plain) => plain.write(&out),
        }
    }

    /// Sends what it has to send, and hands out what came.
    pub(super) fn drain(&mut self, now: Instant, net: &Net, came: impl FnMut(Came)) {
        match self {
            Self::WebRtc(webrtc) => webrtc.drain(now, net, came),
            Self::Rtp(plain) => plain.drain(came),
        }
    }
}
