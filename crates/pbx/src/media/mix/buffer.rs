//! Packets of one source in their order, and how long before their time they come.
//!
//! A packet should be there a little before it is to be heard: the least of these margins within a second
//! is the delay that nobody needs. Where it is more than that, the source is played a little faster, and
//! slower where it is less; so the delay follows the network, and clocks that differ do no harm.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::time::{Duration, Instant};

use super::frame::FRAME;
use crate::media::codec::Payload;

/// Farther apart than this it is another stream.
const MOST_STEP: u64 = 500;

/// At most so many packets wait.
const MOST_WAITING: usize = 50;

/// More lost packets in a row than this are a pause.
const MOST_LOST: u64 = 10;

/// Margins are looked at this often: each second.
const WINDOW: u32 = 50;

/// Fewer packets in that time tell nothing.
const ENOUGH: u32 = 10;

/// The least margin is kept between these.
const LEAST: Duration = Duration::from_millis(18);
const MOST: Duration = Duration::from_millis(38);

/// Above this it is much too long.
const FAR: Duration = Duration::from_millis(60);

/// Samples more or fewer in each frame, 0.6 %; and much more, 2.5 %.
const A_LITTLE: isize = 6;
const MUCH: isize = 24;

/// What comes next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// A packet.
    Packet(Payload),
    /// A packet is missing, so many samples long, and this is the one after it where that is there.
    Lost(usize, Option<Payload>),
    /// Nothing is there.
    Dry,
}

/// One packet; its length is in samples at 48 kHz, and none where there is nothing to be heard.
#[derive(Debug)]
struct Waiting {
    payload: Payload,
    samples: usize,
}

/// Packets that were not heard yet.
#[derive(Debug)]
pub(super) struct Buffer {
    waiting: BTreeMap<u64, Waiting>,
    /// Which one is next.
    next: u64,
    /// Samples that wait.
    samples: usize,
    /// Length of the last packet.
    length: usize,
    /// The least margin of this second, and of how many packets.
    margin: Duration,
    seen: u32,
    frames: u32,
    adjust: isize,
}

impl Buffer {
    /// Nothing came yet; this is the first packet that will.
    pub(super) fn new(next: u64) -> Self {
        Self {
            waiting: BTreeMap::new(),
            next,
            samples: 0,
            length: FRAME,
            margin: Duration::MAX,
            seen: 0,
            frames: 0,
            adjust: 0,
        }
    }

    /// Whether this number is of another stream.
    pub(super) fn is_strange(&self, seq: u64) -> bool {
        self.next.abs_diff(seq) > MOST_STEP
    }

    /// Whether its turn is over.
    pub(super) fn is_late(&self, seq: u64) -> bool {
        seq < self.next
    }

    /// Everything up to this one has had its turn.
    pub(super) fn pass(&mut self, seq: u64) {
        if seq >= self.next {
            *self = Self::new(seq + 1);
        }
    }

    /// Takes a packet. Without those that wait here it would be heard at `play`.
    pub(super) fn put(
        &mut self,
        now: Instant,
        play: Instant,
        seq: u64,
        samples: usize,
        payload: Payload,
    ) {
        if self.is_late(seq) || self.waiting.len() >= MOST_WAITING {
            return;
        }
        self.length = samples;
        let newest = self.waiting.last_key_value();
        let after = newest.map_or(self.next, |(newest, _)| newest + 1);
        if seq >= after {
            let missing = (seq - after).min(MOST_LOST) as usize * samples;
            let margin = play + time(self.samples + missing);
            let margin = margin.saturating_duration_since(now);
            self.margin = self.margin.min(margin);
            self.seen += 1;
        }
        if let Entry::Vacant(place) = self.waiting.entry(seq) {
            place.insert(Waiting { payload, samples });
            self.samples += samples;
        }
    }

    /// A packet in which there is nothing to be heard.
    pub(super) fn skip(&mut self, seq: u64) {
        if self.is_late(seq) || self.is_strange(seq) || self.waiting.len() >= MOST_WAITING {
            return;
        }
        self.waiting.entry(seq).or_insert_with(|| Waiting {
            payload: Payload::from([]),
            samples: 0,
        });
    }

    /// What comes next.
    pub(super) fn take(&mut self) -> Next {
        loop {
            if let Some(packet) = self.waiting.remove(&self.next) {
                self.next += 1;
                self.samples -= packet.samples;
                if packet.samples == 0 {
                    continue;
                }
                return Next::Packet(packet.payload);
            }
            let Some((first, _)) = self.waiting.first_key_value() else {
                return Next::Dry;
            };
            if first - self.next > MOST_LOST {
                self.next = *first;
                continue;
            }
            self.next += 1;
            let after = self.waiting.get(&self.next);
            let after = after.filter(|after| after.samples > 0);
            return Next::Lost(self.length, after.map(|after| after.payload.clone()));
        }
    }

    /// Lets the oldest packets go, undecoded, for as long as so many samples remain.
    pub(super) fn shed(&mut self, remain: usize) {
        while let Some((first, packet)) = self.waiting.first_key_value()
            && self.samples - packet.samples >= remain
        {
            self.next = first + 1;
            self.samples -= packet.samples;
            self.waiting.pop_first();
        }
    }

    /// Samples that wait.
    pub(super) fn samples(&self) -> usize {
        self.samples
    }

    /// Length of the last packet in samples.
    pub(super) fn length(&self) -> usize {
        self.length
    }

    /// A frame is taken: how many samples more than its own it is to be made of.
    pub(super) fn adjust(&mut self) -> isize {
        self.frames += 1;
        if self.frames >= WINDOW {
            self.adjust = match self.margin {
                _ if self.seen < ENOUGH => 0,
                margin if margin > FAR => MUCH,
                margin if margin > MOST => A_LITTLE,
                margin if margin < LEAST => -A_LITTLE,
                _ => 0,
            };
            self.margin = Duration::MAX;
            (self.seen, self.frames) = (0, 0);
        }
        self.adjust
    }
}

/// How long so many samples are.
pub(super) fn time(samples: usize) -> Duration {
    Duration::from_micros(samples as u64 * 1000 / 48)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payload(n: u64) -> Payload {
        Payload::from([n as u8])
    }

    fn filled(packets: &[u64]) -> Buffer {
        let now = Instant::now();
        let mut buffer = Buffer::new(1);
        for n in packets {
            buffer.put(now, now, *n, 960, payload(*n));
        }
        buffer
    }

    #[test]
    fn packets_come_out_in_order_and_once() {
        let mut buffer = filled(&[1, 3, 2, 2, 4]);
        assert_eq!(buffer.samples(), 4 * 960);
        for n in 1..=4 {
            assert_eq!(buffer.take(), Next::Packet(payload(n)));
        }
        assert_eq!(buffer.take(), Next::Dry);
        buffer.put(Instant::now(), Instant::now(), 3, 960, payload(3));
        assert_eq!((buffer.take(), buffer.samples()), (Next::Dry, 0));
    }

    #[test]
    fn a_loss_is_told_with_the_packet_that_may_know_of_it() {
        let mut buffer = filled(&[1, 4]);
        buffer.take();
        assert_eq!(buffer.take(), Next::Lost(960, None));
        assert_eq!(buffer.take(), Next::Lost(960, Some(payload(4))));
        assert_eq!(buffer.take(), Next::Packet(payload(4)));
    }

    #[test]
    fn what_is_shed_is_the_oldest_and_all_but_what_is_to_remain() {
        let now = Instant::now();
        let mut buffer = Buffer::new(1);
        for n in 1..=50 {
            buffer.put(now, now, n, 5_760, payload(n));
        }
        buffer.shed(4_800);
        assert_eq!(buffer.samples(), 5_760, "120 ms of six seconds");
        assert_eq!(buffer.take(), Next::Packet(payload(50)));
        let mut buffer = filled(&[1, 2, 3]);
        buffer.skip(4);
        buffer.shed(1_000);
        assert_eq!(buffer.take(), Next::Packet(payload(2)));
    }

    #[test]
    fn a_digit_between_is_no_loss_and_a_long_gap_is_a_pause() {
        let mut buffer = filled(&[1, 4]);
        buffer.skip(2);
        buffer.skip(3);
        buffer.take();
        assert_eq!(buffer.take(), Next::Packet(payload(4)));
        buffer.put(Instant::now(), Instant::now(), 40, 960, payload(40));
        assert_eq!(buffer.take(), Next::Packet(payload(40)));
    }
}
