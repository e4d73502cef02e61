//! A leg to the telephone network: plain RTP on ports of its own (RFC 3550, RFC 3551).
//!
//! `packet`, `formats`, `latch` and `negotiate` are pure; `ports` opens sockets; [`Plain`] is the
//! leg's transport made of them.

mod formats;
mod latch;
mod negotiate;
mod packet;
mod ports;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use formats::Format;
use latch::Latch;
use negotiate::{Negotiation, Terms};
use packet::{Header, Packet, Sequence};
pub(super) use ports::Ports;
use ports::Sockets;

use super::api::{Allow, LegId, MediaError};
use super::codec::AudioPacket;
use super::net::Inbox;
use super::outlet::Outgoing;
use super::transport::{Came, EventPacketIn, Spoken};

/// Where there is nothing to wait for, it is looked at this often.
const IDLE: Duration = Duration::from_secs(60);

/// Whether packets come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Path {
    /// None came yet, or none for too long.
    Down,
    /// They come; the last one came then, or was not to come before then.
    Up(Instant),
}

/// The transport of a leg to the telephone network.
pub(super) struct Plain {
    leg: LegId,
    sockets: Sockets,
    port: u16,
    ssrc: u32,
    quiet: Duration,
    negotiation: Negotiation,
    latch: Latch,
    sequence: Option<Sequence>,
    path: Path,
    came: Vec<Came>,
    /// Room for the packet that is sent.
    buffer: Vec<u8>,
}

impl Plain {
    /// Opens the ports.
    pub(super) fn open(
        leg: LegId,
        ports: &mut Ports,
        random: [u8; 12],
    ) -> Result<Self, MediaError> {
        let (port, sockets) = ports.open(leg)?;
        let config = ports.config();
        let [s0, s1, s2, s3, session @ ..] = random;
        // 63 bits at most: some read it as a signed number.
        let session = u64::from_be_bytes(session) >> 1;
        let local = SocketAddr::new(config.advertise, port);
        Ok(Self {
            leg,
            sockets,
            port,
            ssrc: u32::from_be_bytes([s0, s1, s2, s3]),
            quiet: config.quiet,
            negotiation: Negotiation::new(leg, config.codecs.clone(), local, session),
            latch: Latch::new(),
            sequence: None,
            path: Path::Down,
            came: Vec::new(),
            buffer: Vec::new(),
        })
    }

    /// The even port, by which its sockets are known.
    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// Takes an offer and makes the answer.
    pub(super) fn accept_offer(
        &mut self,
        now: Instant,
        offer: &str,
        allow: Allow,
    ) -> Result<String, MediaError> {
        let answer = self.negotiation.accept_offer(offer, allow)?;
        self.agreed(now);
        Ok(answer)
    }

    /// Makes an offer.
    pub(super) fn create_offer(&mut self, allow: Allow) -> Result<String, MediaError> {
        self.negotiation.create_offer(allow)
    }

    /// Takes the answer to it, or another answer to the same offer.
    pub(super) fn set_answer(&mut self, now: Instant, answer: &str) -> Result<(), MediaError> {
        if self.negotiation.set_answer(answer)? {
            self.agreed(now);
        }
        Ok(())
    }

    /// Takes it back.
    pub(super) fn cancel_offer(&mut self) {
        self.negotiation.cancel_offer();
    }

    fn agreed(&mut self, now: Instant) {
        let Some(terms) = self.negotiation.terms() else {
            return;
        };
        self.latch.negotiated(terms.far);
        if let Path::Up(last) = &mut self.path {
            // A far end that was on hold had nothing to send.
            *last = now;
        }
    }

    /// What was agreed upon.
    pub(super) fn spoken(&self) -> Option<Spoken> {
        self.negotiation.terms().map(|terms| Spoken {
            codec: terms.codec,
            event_clock: terms.event.map(|(_, clock)| clock),
        })
    }

    /// Whether what is written reaches the far end, as far as is known here.
    pub(super) fn sends(&self) -> bool {
        self.latch.destination().is_some()
            && self.negotiation.terms().is_some_and(|terms| terms.sends)
    }

    /// Whether the far end is to send.
    pub(super) fn receives(&self) -> bool {
        self.negotiation.terms().is_some_and(|terms| terms.receives)
    }

    /// When to call [`handle_timeout`](Self::handle_timeout).
    pub(super) fn wake(&self, now: Instant) -> Instant {
        match self.path {
            Path::Up(last) if self.receives() => last + self.quiet,
            _ => now + IDLE,
        }
    }

    /// Time passed.
    pub(super) fn handle_timeout(&mut self, now: Instant) {
        if let Path::Up(last) = self.path
            && self.receives()
            && now >= last + self.quiet
        {
            tracing::info!(leg = self.leg.0, "no RTP comes any more");
            self.path = Path::Down;
            self.came.push(Came::Down);
        }
    }

    /// Reads one system call's worth of packets, or throws away as many of RTCP; `true` where there
    /// may be more. To be followed by [`drain`](Self::drain).
    pub(super) fn read(&mut self, now: Instant, rtcp: bool, inbox: &mut Inbox) -> bool {
        if rtcp {
            return self
                .sockets
                .rtcp
                .receive(inbox)
                .is_some_and(Inbox::may_be_more);
        }
        let Some(count) = self.sockets.rtp.receive(inbox) else {
            return false;
        };
        for read in inbox.read(count) {
            for datagram in read.datagrams() {
                self.datagram(now, read.from, datagram);
            }
        }
        Inbox::may_be_more(count)
    }

    /// Sorts a datagram. What is no packet of the far end is passed over without a word: anybody can
    /// send anything here.
    fn datagram(&mut self, now: Instant, source: SocketAddr, datagram: &[u8]) {
        let (Some(packet), Some(terms)) = (Packet::parse(datagram), self.negotiation.terms())
        else {
            return;
        };
        let Some(format) = terms.incoming.incoming(packet.pt) else {
            return;
        };
        if !self.latch.admits(now, source, &packet) {
            return;
        }
        let seq = match &mut self.sequence {
            Some(sequence) => sequence.next(&packet),
            None => {
                let first = self.sequence.insert(Sequence::begin(&packet));
                Some(first.highest())
            }
        };
        if let Some(seq) = seq {
            let came = sort(terms, format, &packet, seq);
            if self.path == Path::Down {
                self.came.push(Came::Up);
            }
            self.path = Path::Up(now);
            self.came.extend(came);
        }
    }

    /// Sends one packet.
    pub(super) fn write(&mut self, out: &Outgoing) {
        let (Some(terms), Some(destination)) = (self.negotiation.terms(), self.latch.destination())
        else {
            return;
        };
        let pt = match terms.event {
            Some((pt, _)) if out.event => pt,
            _ if out.event => return,
            _ => terms.pt,
        };
        let header = Header {
            pt,
            marker: out.stamp.marker,
            // RTP counts to 65535.
            seq: out.stamp.seq as u16,
            timestamp: out.stamp.timestamp,
            ssrc: self.ssrc,
        };
        header.write(&out.payload, &mut self.buffer);
        self.sockets.rtp.send(None, destination, &self.buffer);
    }

    /// Hands out what came.
    pub(super) fn drain(&mut self, came: impl FnMut(Came)) {
        self.came.drain(..).for_each(came);
    }
}

/// What a packet of the far end is; `None` where it is not to be heard.
fn sort(terms: &Terms, format: Format, packet: &Packet<'_>, seq: u64) -> Option<Came> {
    let (ssrc, timestamp) = (packet.ssrc, packet.timestamp);
    Some(match format {
        Format::Audio(_) if !terms.receives => return None,
        Format::Audio(codec) => Came::Audio(AudioPacket {
            codec,
            ssrc,
            seq,
            timestamp,
            level: None,
            payload: Arc::from(packet.payload),
        }),
        Format::Event(clock) => Came::Event(EventPacketIn {
            clock,
            ssrc,
            seq,
            timestamp,
            payload: Arc::from(packet.payload),
        }),
        Format::ComfortNoise => Came::Skip { ssrc, seq },
    })
}

#[cfg(test)]
mod tests;
