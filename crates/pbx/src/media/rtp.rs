//! Numbers of one outgoing RTP stream (RFC 3550 section 5.1), whatever is sent on it.
//!
//! A leg hears one stream with one SSRC for its whole life. What is heard changes (another leg, hold
//! music, a prompt, digits), the stream does not: sequence numbers go on without a gap that was no
//! loss, and timestamps go on with the time that passed. So the jitter buffer of the listener sees
//! a sender that now and then paused, and neither throws anything away nor waits.
//!
//! [`Numbering`] hands out the numbers; [`Relay`] maps the packets of a source onto them.

use std::time::{Duration, Instant};

/// A pause of the source that is longer than what its timestamps say by this much, or a timestamp
/// that runs away by this much, is a new start: 2 s.
const RUNAWAY: Duration = Duration::from_secs(2);

/// A step in the source's sequence numbers that is larger than this is a new start, not a loss.
const MAX_STEP: u64 = 500;

/// A packet of a new source that comes earlier than this before its time is left out, so that
/// timestamps do not run ahead of time with every switch.
const EARLY: Duration = Duration::from_millis(3);

/// A packet made here that is late by less than this is late; by more, there was a pause.
pub(super) const LATE: Duration = Duration::from_millis(100);

/// Numbers of a packet that is to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// Sequence number, counted on beyond 65535.
    pub seq: u64,
    /// RTP timestamp, in units of the codec's clock.
    pub timestamp: u32,
    /// RFC 3551 section 4.1: the first packet after a silence, here after a switch.
    pub marker: bool,
}

/// The packet with the highest sequence number so far.
#[derive(Debug, Clone, Copy)]
struct Last {
    seq: u64,
    timestamp: u32,
    samples: u32,
    at: Instant,
    /// Whether it belongs to an RFC 4733 event; what comes next then goes by the time that passed.
    event: bool,
}

/// Hands out the numbers of one outgoing stream.
#[derive(Debug)]
pub struct Numbering {
    clock: u32,
    first: (u64, u32),
    last: Option<Last>,
}

impl Numbering {
    /// A stream that starts with these numbers (random ones, RFC 3550 section 5.1; the sequence
    /// number below 32768, so that SRTP's rollover counter starts at 0 on both sides).
    #[must_use]
    pub fn new(clock: u32, seq: u16, timestamp: u32) -> Self {
        Self {
            clock,
            first: (u64::from(seq & 0x7fff), timestamp),
            last: None,
        }
    }

    /// The codec's clock in Hz.
    #[must_use]
    pub fn clock(&self) -> u32 {
        self.clock
    }

    /// Another codec from now on.
    pub fn set_clock(&mut self, clock: u32) {
        if let Some(last) = &mut self.last
            && clock != self.clock
        {
            last.samples = rescale(last.samples, self.clock, clock);
        }
        self.clock = clock;
    }

    /// When the audio sent so far will have been played; `None` before the first packet.
    #[must_use]
    pub fn due(&self) -> Option<Instant> {
        let last = self.last?;
        Some(last.at + ticks_to_time(last.samples, self.clock))
    }

    /// Numbers of the next packet of a stream that is made here, `samples` long. Timestamps go on
    /// where the packet before ended, unless so much time passed that there was a pause.
    pub fn next(&mut self, now: Instant, samples: u32, marker: bool) -> Stamp {
        let stamp = self.peek(now, marker, false);
        self.sent(now, stamp, samples);
        stamp
    }

    /// Numbers of the first packet of another stream that is made here, which has a pace of its own:
    /// they go by the time that passed. `None` where the packet would come too early after the one before
    /// and is to be left out.
    pub fn join(&mut self, now: Instant, samples: u32) -> Option<Stamp> {
        if self.due().is_some_and(|due| now + EARLY < due) {
            return None;
        }
        let stamp = self.peek(now, true, true);
        self.sent(now, stamp, samples);
        Some(stamp)
    }

    /// The numbers that the next packet would have; `by_time` where it has no connection with the
    /// one before.
    fn peek(&self, now: Instant, marker: bool, by_time: bool) -> Stamp {
        let Some(last) = self.last else {
            let (seq, timestamp) = self.first;
            return Stamp {
                seq,
                timestamp,
                marker: true,
            };
        };
        let passed = now.saturating_duration_since(last.at);
        let pause = passed > ticks_to_time(last.samples, self.clock) + LATE;
        let step = if pause || by_time || last.event {
            time_to_ticks(passed, self.clock).max(u64::from(last.samples)) as u32
        } else {
            last.samples
        };
        Stamp {
            seq: last.seq + 1,
            timestamp: last.timestamp.wrapping_add(step),
            marker: marker || pause,
        }
    }

    /// Takes note of a packet.
    fn sent(&mut self, now: Instant, stamp: Stamp, samples: u32) {
        if self.last.is_none_or(|last| stamp.seq > last.seq) {
            self.last = Some(Last {
                seq: stamp.seq,
                timestamp: stamp.timestamp,
                samples,
                at: now,
                event: false,
            });
        }
    }

    /// Begins an RFC 4733 event: all its packets have the timestamp of its start.
    pub fn start_event(&self, now: Instant) -> EventStart {
        EventStart {
            timestamp: self.peek(now, true, true).timestamp,
            at: now,
        }
    }

    /// Numbers of the next packet of an RFC 4733 event, which is `samples` long so far. What
    /// follows the event has a timestamp after its end.
    pub fn next_of_event(&mut self, start: EventStart, samples: u32, marker: bool) -> Stamp {
        let stamp = Stamp {
            seq: self.peek(start.at, marker, false).seq,
            timestamp: start.timestamp,
            marker,
        };
        self.sent(start.at, stamp, samples);
        if let Some(last) = &mut self.last {
            last.event = true;
        }
        stamp
    }
}

/// Where an RFC 4733 event begins.
#[derive(Debug, Clone, Copy)]
pub struct EventStart {
    timestamp: u32,
    at: Instant,
}

/// What an incoming packet says about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    /// Sequence number, counted on beyond 65535.
    pub seq: u64,
    /// RTP timestamp, already in units of the outgoing clock.
    pub timestamp: u32,
    /// Length, in units of the outgoing clock.
    pub samples: u32,
}

/// How the numbers of the source become those of the outgoing stream.
#[derive(Debug, Clone, Copy)]
struct Mapping {
    /// Added to the source's sequence numbers.
    seq: u64,
    /// Added to the source's timestamps.
    timestamp: u32,
    /// First of the source that is relayed; what is older came before the switch.
    oldest: u64,
    /// Highest of the source so far.
    highest: u64,
}

/// Maps the packets of one source onto an outgoing stream, loss and order preserved.
#[derive(Debug, Default)]
pub struct Relay {
    mapping: Option<Mapping>,
}

impl Relay {
    /// A relay that has seen nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What comes next has no connection with what came before: another source, or something else
    /// was sent meanwhile.
    pub fn cut(&mut self) {
        self.mapping = None;
    }

    /// The numbers that this packet goes on with; `None` where it is to be left out.
    pub fn forward(&mut self, out: &mut Numbering, now: Instant, packet: Arrival) -> Option<Stamp> {
        if self
            .mapping
            .is_some_and(|map| packet.seq < map.oldest && map.oldest - packet.seq <= MAX_STEP)
        {
            return None;
        }
        if !self.goes_on(out, now, packet) {
            return self.start(out, now, packet);
        }
        let map = self.mapping.as_mut()?;
        map.highest = map.highest.max(packet.seq);
        let stamp = Stamp {
            seq: packet.seq.wrapping_add(map.seq),
            timestamp: packet.timestamp.wrapping_add(map.timestamp),
            marker: false,
        };
        out.sent(now, stamp, packet.samples);
        Some(stamp)
    }

    /// A packet of the source that is not relayed (an RFC 4733 event): it leaves no gap.
    pub fn skip(&mut self, seq: u64) {
        if let Some(map) = &mut self.mapping
            && seq == map.highest + 1
        {
            map.highest = seq;
            map.oldest = map.oldest.max(seq + 1);
            map.seq = map.seq.wrapping_sub(1);
        }
    }

    /// Whether the mapping made at the start still fits this packet.
    fn goes_on(&self, out: &Numbering, now: Instant, packet: Arrival) -> bool {
        let (Some(map), Some(last)) = (self.mapping, out.last) else {
            return false;
        };
        if packet.seq.abs_diff(map.highest) > MAX_STEP {
            return false;
        }
        let mapped = packet.timestamp.wrapping_add(map.timestamp);
        let moved = i64::from(mapped.wrapping_sub(last.timestamp) as i32);
        let passed = time_to_ticks(now.saturating_duration_since(last.at), out.clock) as i64;
        (moved - passed).unsigned_abs() < time_to_ticks(RUNAWAY, out.clock)
    }

    /// Joins the source to what was sent before it.
    fn start(&mut self, out: &mut Numbering, now: Instant, packet: Arrival) -> Option<Stamp> {
        if out.due().is_some_and(|due| now + EARLY < due) {
            return None;
        }
        let stamp = out.peek(now, true, true);
        self.mapping = Some(Mapping {
            seq: stamp.seq.wrapping_sub(packet.seq),
            timestamp: stamp.timestamp.wrapping_sub(packet.timestamp),
            oldest: packet.seq,
            highest: packet.seq,
        });
        out.sent(now, stamp, packet.samples);
        Some(stamp)
    }
}

/// How many ticks of this clock pass in this time.
fn time_to_ticks(time: Duration, clock: u32) -> u64 {
    (time.as_micros() * u128::from(clock) / 1_000_000) as u64
}

/// How long this many ticks are.
fn ticks_to_time(ticks: u32, clock: u32) -> Duration {
    Duration::from_micros(u64::from(ticks) * 1_000_000 / u64::from(clock))
}

/// Ticks of one clock in ticks of another.
pub(super) fn rescale(ticks: u32, from: u32, to: u32) -> u32 {
    (u64::from(ticks) * u64::from(to) / u64::from(from)) as u32
}

#[cfg(test)]
mod tests;
