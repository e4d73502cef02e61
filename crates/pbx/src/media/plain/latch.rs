//! Where the far end is: where its description says, until its packets show where they really come
//! from (symmetric RTP, RFC 4961), since a telephone behind a NAT does not know its own address.
//!
//! Nothing proves who sent a packet, so a new source is believed once after each negotiation and then
//! no more: whoever guesses the port in the middle of a call neither hears it nor is heard. Packets
//! from the very address that was described are believed at any time; and a stream that falls silent
//! and goes on from elsewhere is followed, as when a NAT gives a telephone another port: its number
//! (SSRC) is random, and known only to who hears it.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::packet::Packet;

/// A stream is followed to another source after so long a silence; while it goes on, a copy of it
/// from elsewhere is none of it.
const MOVES: Duration = Duration::from_millis(300);

/// Whether a source is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing came since the last negotiation that was believed. One from elsewhere than described
    /// is told from noise by two packets that follow each other (RFC 3550 section A.1).
    Open(Option<Stranger>),
    /// Packets come from where packets go to: the stream, and when it was heard last.
    Latched(u32, Instant),
}

/// Who sent a packet that is not believed yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stranger {
    source: SocketAddr,
    ssrc: u32,
    seq: u16,
}

/// Where packets go, and from where they are taken.
#[derive(Debug)]
pub(super) struct Latch {
    described: Option<SocketAddr>,
    destination: Option<SocketAddr>,
    state: State,
}

impl Latch {
    /// Nothing is known.
    pub(super) fn new() -> Self {
        Self {
            described: None,
            destination: None,
            state: State::Open(None),
        }
    }

    /// What a new description says. Where it says what the last one did, packets go on to where they
    /// went: a far end that only listens could not show its address again.
    pub(super) fn negotiated(&mut self, described: Option<SocketAddr>) {
        if described != self.described {
            self.described = described;
            self.destination = described;
        }
        self.state = State::Open(None);
    }

    /// Where packets go.
    pub(super) fn destination(&self) -> Option<SocketAddr> {
        self.destination
    }

    /// Whether this packet, which is a proper one, is the far end's.
    pub(super) fn admits(&mut self, now: Instant, source: SocketAddr, packet: &Packet<'_>) -> bool {
        let is_known = [self.destination, self.described].contains(&Some(source));
        match self.state {
            State::Latched(ssrc, heard) if !is_known => {
                let moved = ssrc == packet.ssrc && now >= heard + MOVES;
                if !moved {
                    return false;
                }
            }
            State::Open(before) if !is_known => {
                let stranger = Stranger {
                    source,
                    ssrc: packet.ssrc,
                    seq: packet.seq,
                };
                let follows = before.is_some_and(|before| {
                    let seq = before.seq.wrapping_add(1);
                    stranger == Stranger { seq, ..before }
                });
                if !follows {
                    self.state = State::Open(Some(stranger));
                    return false;
                }
            }
            _ => {}
        }
        self.destination = Some(source);
        self.state = State::Latched(packet.ssrc, now);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(port: u16) -> SocketAddr {
        SocketAddr::from(([192, 0, 2, 7], port))
    }

    fn packet(seq: u16, ssrc: u32) -> Packet<'static> {
        Packet {
            pt: 0,
            seq,
            timestamp: 0,
            ssrc,
            payload: &[],
        }
    }

    fn described(port: u16) -> Latch {
        let mut latch = Latch::new();
        latch.negotiated(Some(at(port)));
        latch
    }

    #[test]
    fn the_described_address_is_believed_at_once_and_keeps_others_out() {
        let now = Instant::now();
        let mut latch = described(4000);
        assert_eq!(latch.destination(), Some(at(4000)));
        assert!(latch.admits(now, at(4000), &packet(1, 1)));
        for seq in 0..10 {
            assert!(!latch.admits(now, at(6666), &packet(seq, 2)));
        }
        assert_eq!(latch.destination(), Some(at(4000)));
    }

    #[test]
    fn an_address_behind_a_nat_is_believed_after_two_packets_in_a_row() {
        let now = Instant::now();
        let mut latch = described(4000);
        assert!(!latch.admits(now, at(61_000), &packet(65_535, 1)));
        assert_eq!(latch.destination(), Some(at(4000)));
        assert!(latch.admits(now, at(61_000), &packet(0, 1)));
        assert_eq!(latch.destination(), Some(at(61_000)));
    }

    #[test]
    fn a_stream_that_goes_on_from_elsewhere_after_a_silence_is_followed() {
        let start = Instant::now();
        let (early, late) = (start + MOVES / 2, start + MOVES);
        let mut latch = described(4000);
        assert!(latch.admits(start, at(4000), &packet(1, 7)));
        assert!(!latch.admits(early, at(4444), &packet(2, 7)), "a copy");
        assert!(
            !latch.admits(late, at(6666), &packet(2, 8)),
            "not the stream"
        );
        assert!(latch.admits(late, at(4444), &packet(2, 7)));
        assert_eq!(latch.destination(), Some(at(4444)));
    }

    #[test]
    fn noise_is_never_believed() {
        let now = Instant::now();
        let mut latch = described(4000);
        for n in 0..2000u16 {
            assert!(
                !latch.admits(now, at(n), &packet(n, 1)),
                "all from elsewhere"
            );
            assert!(!latch.admits(now, at(1), &packet(n.wrapping_mul(77), 1)));
            assert!(!latch.admits(now, at(1), &packet(n, u32::from(n))));
        }
        assert!(latch.admits(now, at(4000), &packet(1, 1)));
    }

    #[test]
    fn the_described_address_is_believed_also_late() {
        let now = Instant::now();
        let mut latch = described(4000);
        assert!(!latch.admits(now, at(6666), &packet(1, 1)));
        assert!(latch.admits(now, at(6666), &packet(2, 1)));
        assert!(latch.admits(now, at(4000), &packet(9, 5)));
        assert!(!latch.admits(now, at(6666), &packet(3, 1)));
        assert_eq!(latch.destination(), Some(at(4000)));
    }

    #[test]
    fn the_same_description_again_leaves_the_way_as_it_is() {
        let now = Instant::now();
        let mut latch = described(4000);
        latch.admits(now, at(61_000), &packet(1, 1));
        latch.admits(now, at(61_000), &packet(2, 1));
        latch.negotiated(Some(at(4000)));
        assert_eq!(latch.destination(), Some(at(61_000)));
        assert!(latch.admits(now, at(61_000), &packet(3, 1)));
        // Another one does not.
        latch.negotiated(Some(at(4002)));
        assert_eq!(latch.destination(), Some(at(4002)));
        latch.negotiated(None);
        assert_eq!(latch.destination(), None);
    }
}
