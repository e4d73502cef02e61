//! A leg: a transport, what it hears, and the digits that come from it.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::api::{Allow, LegId, MediaError, MediaEvent, MusicId, Turn};
use super::codec::{AudioCodec, AudioPacket, Payload};
use super::digits::{Digit, Digits, KeyRate};
use super::dtmf_in::{DigitReceiver, EventPayload};
use super::net::{Datagram, Inbox, Net};
use super::outlet::{Feed, Happened, Outgoing, Outlet};
use super::transport::{Came, EventPacketIn, Transport};

/// ICE and DTLS have so long to come up, after both descriptions are there, before it is told that
/// they did not.
const COME_UP: Duration = Duration::from_secs(30);

/// Addresses of the far end that are remembered: those of all its networks, and more.
const MOST_ADDRESSES: usize = 32;

/// State of the way to the far end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Link {
    /// An offer or an answer is missing.
    Negotiating,
    /// Coming up, and late from this time on.
    Connecting(Instant),
    /// Media flows.
    Up,
    /// It did not come up, or is interrupted. It has all the time of the call to come back: a phone
    /// that lost its network signals an ICE restart when it has another, whenever that is.
    Down,
}

/// One leg.
pub(super) struct Leg {
    id: LegId,
    transport: Transport,
    outlet: Outlet,
    /// Of what it hears.
    turn: Turn,
    /// The music that it heard last, and since when.
    music: Option<(MusicId, Instant)>,
    digits: DigitReceiver,
    event_clock: u32,
    rate: KeyRate<Instant>,
    link: Link,
    /// Where authenticated datagrams came from, the newest last.
    addresses: VecDeque<SocketAddr>,
}

/// What came from a leg, for others.
pub(super) enum FromLeg {
    /// Audio, for those who hear it.
    Audio(LegId, AudioPacket),
    /// A packet that they do not hear, and that is no loss.
    Skip { leg: LegId, ssrc: u32, seq: u64 },
    /// Something to tell.
    Event(MediaEvent),
}

impl Leg {
    /// A leg that hears nothing yet.
    pub(super) fn new(id: LegId, transport: Transport, outlet: Outlet) -> Self {
        Self {
            id,
            transport,
            outlet,
            turn: Turn::default(),
            music: None,
            digits: DigitReceiver::default(),
            event_clock: 48_000,
            rate: KeyRate::default(),
            link: Link::Negotiating,
            addresses: VecDeque::new(),
        }
    }

    /// Takes an offer and makes the answer.
    pub(super) fn accept_offer(
        &mut self,
        now: Instant,
        offer: &str,
        allow: Allow,
    ) -> Result<String, MediaError> {
        let answer = self.transport.accept_offer(now, offer, allow)?;
        self.agreed(now);
        Ok(answer)
    }

    /// Makes an offer.
    pub(super) fn create_offer(&mut self, allow: Allow) -> Result<String, MediaError> {
        self.transport.create_offer(allow)
    }

    /// Takes the answer to it.
    pub(super) fn set_answer(&mut self, now: Instant, answer: &str) -> Result<(), MediaError> {
        self.transport.set_answer(now, answer)?;
        self.agreed(now);
        Ok(())
    }

    /// Takes it back.
    pub(super) fn cancel_offer(&mut self) {
        self.transport.cancel_offer();
    }

    /// An offer met its answer.
    fn agreed(&mut self, now: Instant) {
        if let Some(spoken) = self.transport.spoken() {
            self.outlet.negotiated(spoken.codec, spoken.event_clock);
            self.event_clock = spoken.event_clock.unwrap_or(self.event_clock);
        }
        self.link = match self.link {
            Link::Negotiating | Link::Connecting(_) if self.transport.is_to_come_up() => {
                Link::Connecting(now + COME_UP)
            }
            Link::Connecting(_) => Link::Negotiating,
            link => link,
        };
    }

    /// Which leg it hears, if one.
    pub(super) fn hears(&self) -> Option<LegId> {
        self.outlet.hears()
    }

    /// What it hears from now on.
    pub(super) fn hear(&mut self, feed: Feed, turn: Turn) {
        self.turn = turn;
        self.outlet.hear(feed);
    }

    /// What it hears is gone.
    pub(super) fn hear_nothing(&mut self) {
        self.outlet.hear(Feed::Silence);
    }

    /// Which of the things that it was told to hear this is.
    pub(super) fn turn(&self) -> Turn {
        self.turn
    }

    /// How far this music is: it goes on while something else is heard, as long as that is no other
    /// music.
    pub(super) fn music_at(&mut self, now: Instant, music: MusicId) -> Duration {
        match &self.music {
            Some((known, since)) if *known == music => now.saturating_duration_since(*since),
            _ => {
                self.music = Some((music, now));
                Duration::ZERO
            }
        }
    }

    /// In which codec it is to get a mix now.
    pub(super) fn mixes(&self) -> Option<AudioCodec> {
        self.outlet.mixes().filter(|_| self.transport.sends())
    }

    /// The next 20 ms of its mix.
    pub(super) fn hear_mixed(
        &mut self,
        now: Instant,
        net: &Net,
        payload: Payload,
        outbox: &mut Vec<Outgoing>,
        out: &mut Vec<FromLeg>,
    ) {
        self.outlet
            .mixed(now, payload, &mut |packet| outbox.push(packet));
        self.write(now, net, outbox, out);
    }

    /// Sends digits; `false` where the far end takes none.
    pub(super) fn send_digits(&mut self, digits: &Digits, duration_ms: u16) -> bool {
        self.outlet.send_digits(digits, duration_ms)
    }

    /// Whether a datagram is for this leg.
    pub(super) fn accepts(&self, now: Instant, datagram: &Datagram<'_>) -> bool {
        self.transport.accepts(now, datagram)
    }

    /// By which name a far end that is not known yet asks for this leg (RFC 8445 section 7.2.2).
    pub(super) fn ufrag(&mut self) -> Option<String> {
        self.transport.ufrag()
    }

    /// The port that is its own.
    pub(super) fn port(&self) -> Option<u16> {
        self.transport.port()
    }

    /// Remembers an address of the far end; says which other one is forgotten for it.
    pub(super) fn comes_from(&mut self, address: SocketAddr) -> Option<SocketAddr> {
        self.addresses.retain(|known| *known != address);
        self.addresses.push_back(address);
        if self.addresses.len() > MOST_ADDRESSES {
            self.addresses.pop_front()
        } else {
            None
        }
    }

    /// Takes a datagram. To be followed by [`drain`](Self::drain).
    pub(super) fn handle_datagram(&mut self, now: Instant, datagram: &Datagram<'_>) {
        self.transport.handle_datagram(now, datagram);
    }

    /// Reads its own sockets; `true` where there may be more. To be followed by
    /// [`drain`](Self::drain).
    pub(super) fn read(&mut self, now: Instant, rtcp: bool, inbox: &mut Inbox) -> bool {
        self.transport.read(now, rtcp, inbox)
    }

    /// When to call [`handle_timeout`](Self::handle_timeout).
    pub(super) fn deadline(&self, now: Instant) -> Instant {
        let mut deadline = self.transport.wake(now);
        if self.transport.sends() {
            deadline = deadline.min(self.outlet.deadline(now));
        }
        if let Link::Connecting(late) = self.link {
            deadline = deadline.min(late);
        }
        self.digits
            .deadline()
            .map_or(deadline, |digits| deadline.min(digits))
    }

    /// Time passed: sends what is due. `outbox` is room to work in.
    pub(super) fn handle_timeout(
        &mut self,
        now: Instant,
        net: &Net,
        outbox: &mut Vec<Outgoing>,
        out: &mut Vec<FromLeg>,
    ) {
        if self.transport.wake(now) <= now {
            self.transport.handle_timeout(now);
        }
        let (id, turn) = (self.id, self.turn);
        if self.transport.sends() {
            self.outlet
                .poll(now, &mut |packet| outbox.push(packet), &mut |happened| {
                    out.push(FromLeg::Event(match happened {
                        Happened::ClipEnded => MediaEvent::PromptEnded(id, turn),
                        Happened::DigitsSent(count) => MediaEvent::DigitsSent { leg: id, count },
                    }));
                });
        }
        if let Some(pressed) = self.digits.handle_timeout(now, self.event_clock) {
            self.key(now, pressed.digit, pressed.duration_ms, out);
        }
        self.write(now, net, outbox, out);
        self.drain(now, net, out);
        if let Link::Connecting(late) = self.link
            && late <= now
        {
            tracing::info!(leg = id.0, "the media path does not come up");
            self.link = Link::Down;
            out.push(FromLeg::Event(MediaEvent::Disconnected(id)));
        }
    }

    /// A packet of a leg that this one may hear.
    pub(super) fn hear_packet(
        &mut self,
        now: Instant,
        net: &Net,
        from: LegId,
        packet: &AudioPacket,
        outbox: &mut Vec<Outgoing>,
        out: &mut Vec<FromLeg>,
    ) {
        if !self.transport.sends() {
            return;
        }
        self.outlet
            .packet(now, from, packet, &mut |packet| outbox.push(packet));
        self.write(now, net, outbox, out);
    }

    /// A packet of a leg that this one may hear which is not relayed.
    pub(super) fn skip_packet(&mut self, from: LegId, ssrc: u32, seq: u64) {
        self.outlet.skip(from, ssrc, seq);
    }

    /// Sends the packets of the outbox.
    fn write(
        &mut self,
        now: Instant,
        net: &Net,
        outbox: &mut Vec<Outgoing>,
        out: &mut Vec<FromLeg>,
    ) {
        for packet in outbox.drain(..) {
            self.transport.write(now, packet);
            self.drain(now, net, out);
        }
    }

    /// Sends what the transport has to send, and sorts what came.
    pub(super) fn drain(&mut self, now: Instant, net: &Net, out: &mut Vec<FromLeg>) {
        let Self {
            id,
            transport,
            digits,
            rate,
            link,
            ..
        } = self;
        transport.drain(now, net, |came| match came {
            Came::Audio(packet) => out.push(FromLeg::Audio(*id, packet)),
            Came::Event(packet) => {
                out.push(FromLeg::Skip {
                    leg: *id,
                    ssrc: packet.ssrc,
                    seq: packet.seq,
                });
                receive_digit(*id, digits, rate, now, &packet, out);
            }
            Came::Skip { ssrc, seq } => out.push(FromLeg::Skip {
                leg: *id,
                ssrc,
                seq,
            }),
            Came::Up => {
                *link = Link::Up;
                out.push(FromLeg::Event(MediaEvent::Connected(*id)));
            }
            Came::Down => {
                *link = Link::Down;
                out.push(FromLeg::Event(MediaEvent::Disconnected(*id)));
            }
        });
    }

    /// Whether it can ever be of use again.
    pub(super) fn is_alive(&self) -> bool {
        self.transport.is_alive()
    }

    fn key(&mut self, now: Instant, digit: Digit, duration_ms: u16, out: &mut Vec<FromLeg>) {
        if self.rate.admits(now) {
            out.push(FromLeg::Event(MediaEvent::Digit {
                leg: self.id,
                digit,
                duration_ms,
            }));
        }
    }
}

/// Makes key presses of an event packet.
fn receive_digit(
    leg: LegId,
    digits: &mut DigitReceiver,
    rate: &mut KeyRate<Instant>,
    now: Instant,
    packet: &EventPacketIn,
    out: &mut Vec<FromLeg>,
) {
    let Some(payload) = EventPayload::parse(&packet.payload) else {
        return;
    };
    let pressed = digits.receive(now, packet.clock, packet.timestamp, payload);
    for pressed in pressed.into_iter().flatten() {
        if rate.admits(now) {
            out.push(FromLeg::Event(MediaEvent::Digit {
                leg,
                digit: pressed.digit,
                duration_ms: pressed.duration_ms,
            }));
        }
    }
}
