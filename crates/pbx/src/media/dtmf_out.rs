//! Digits that are sent as RFC 4733 events.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::digits::{Digit, Digits, Key};

/// A packet of a running event goes out this often (RFC 4733 section 2.5.1.2 lets the sender
/// choose; this is what audio has).
const PACE: Duration = Duration::from_millis(20);

/// The packet that ends an event is sent so many times (RFC 4733 section 2.5.1.4).
const ENDS: u8 = 3;

/// Silence after a digit; what detects tones behind a gateway wants 50 ms at least.
const GAP: Duration = Duration::from_millis(80);

/// How long `,` waits.
const PAUSE: Duration = Duration::from_secs(2);

/// Shortest digit that every receiver detects, and the longest that fits into the 16 bits of one
/// segment at 48 kHz.
const DURATION_MS: std::ops::RangeInclusive<u16> = 60..=1300;

/// At most so many digits wait.
const MOST: usize = 128;

/// -10 dBm0, the level that telephones send.
const VOLUME: u8 = 10;

/// One packet of an event, to be sent now. It says which digit: no `Debug`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct EventPacket {
    /// Payload (RFC 4733 section 2.3).
    pub(super) payload: [u8; 4],
    /// Whether this is the first packet of the event, which has the marker.
    pub(super) first: bool,
    /// Length of the event so far, in units of the clock.
    pub(super) samples: u32,
}

/// What is being done.
#[derive(Debug, Clone, Copy)]
enum State {
    Idle,
    /// An event runs: packets sent so far, of so many before the end.
    Event {
        digit: Digit,
        sent: u32,
        of: u32,
        next: Instant,
    },
    /// The end was sent so many times.
    Ending {
        digit: Digit,
        of: u32,
        sent: u8,
        next: Instant,
    },
    /// Between digits.
    Gap {
        until: Instant,
    },
    /// A pause: audio goes on.
    Pause {
        until: Instant,
    },
}

/// Sends digits one after the other at the right pace.
pub(super) struct DigitSender {
    queue: VecDeque<(Key, u32)>,
    state: State,
    clock: u32,
}

impl DigitSender {
    /// A sender that has nothing to do; the clock is that of the negotiated telephone-event.
    pub(super) fn new(clock: u32) -> Self {
        Self {
            queue: VecDeque::new(),
            state: State::Idle,
            clock,
        }
    }

    /// Another telephone-event from now on.
    pub(super) fn set_clock(&mut self, clock: u32) {
        self.clock = clock;
    }

    /// Adds digits behind those that wait; more than there is room for are dropped.
    pub(super) fn push(&mut self, digits: &Digits, duration_ms: u16) {
        let ms = duration_ms.clamp(*DURATION_MS.start(), *DURATION_MS.end());
        let packets = u32::from(ms).div_ceil(PACE.as_millis() as u32);
        let room = MOST.saturating_sub(self.queue.len());
        self.queue
            .extend(digits.keys().take(room).map(|key| (key, packets)));
    }

    /// Whether audio is to be held back now.
    pub(super) fn holds_audio_back(&self) -> bool {
        match self.state {
            State::Event { .. } | State::Ending { .. } | State::Gap { .. } => true,
            State::Idle | State::Pause { .. } => {
                matches!(self.queue.front(), Some((Key::Digit(_), _)))
                    && matches!(self.state, State::Idle)
            }
        }
    }

    /// Whether this is the silence after a digit.
    pub(super) fn is_between(&self) -> bool {
        matches!(self.state, State::Gap { .. })
    }

    /// Whether all digits are out.
    pub(super) fn is_idle(&self) -> bool {
        matches!(self.state, State::Idle) && self.queue.is_empty()
    }

    /// When to poll again; `None` when there is nothing to do.
    pub(super) fn deadline(&self, now: Instant) -> Option<Instant> {
        match self.state {
            State::Idle if self.queue.is_empty() => None,
            State::Idle => Some(now),
            State::Event { next, .. } | State::Ending { next, .. } => Some(next),
            State::Gap { until } | State::Pause { until } => Some(until),
        }
    }

    /// The packet that is due, if one is.
    pub(super) fn poll(&mut self, now: Instant) -> Option<EventPacket> {
        loop {
            match self.state {
                State::Idle => self.take_next(now)?,
                State::Gap { until } | State::Pause { until } => {
                    if now < until {
                        return None;
                    }
                    self.state = State::Idle;
                    // The last one is over: whoever asks sees that all are out.
                    self.queue.front()?;
                }
                State::Event { next, .. } | State::Ending { next, .. } if now < next => {
                    return None;
                }
                State::Event {
                    digit,
                    sent,
                    of,
                    next,
                } => return Some(self.event(digit, sent, of, next, now)),
                State::Ending {
                    digit,
                    of,
                    sent,
                    next,
                } => return Some(self.ending(digit, of, sent, next, now)),
            }
        }
    }

    fn take_next(&mut self, now: Instant) -> Option<()> {
        let (key, of) = self.queue.pop_front()?;
        self.state = match key {
            Key::Digit(digit) => State::Event {
                digit,
                sent: 0,
                of,
                next: now,
            },
            Key::Pause => State::Pause { until: now + PAUSE },
        };
        Some(())
    }

    /// A packet of a running event (RFC 4733 section 2.5.1.2); the last is the first end.
    fn event(
        &mut self,
        digit: Digit,
        sent: u32,
        of: u32,
        next: Instant,
        now: Instant,
    ) -> EventPacket {
        let sent = sent + 1;
        let next = later(next, now);
        let end = sent >= of;
        self.state = if end {
            State::Ending {
                digit,
                of: sent,
                sent: 1,
                next,
            }
        } else {
            State::Event {
                digit,
                sent,
                of,
                next,
            }
        };
        self.packet(digit, sent, end, sent == 1)
    }

    /// The end again (RFC 4733 section 2.5.1.4).
    fn ending(
        &mut self,
        digit: Digit,
        of: u32,
        sent: u8,
        next: Instant,
        now: Instant,
    ) -> EventPacket {
        let sent = sent + 1;
        self.state = if sent >= ENDS {
            State::Gap { until: now + GAP }
        } else {
            State::Ending {
                digit,
                of,
                sent,
                next: later(next, now),
            }
        };
        self.packet(digit, of, true, false)
    }

    fn packet(&self, digit: Digit, packets: u32, end: bool, first: bool) -> EventPacket {
        let samples = packets * self.clock / 1000 * PACE.as_millis() as u32;
        let duration = u16::try_from(samples).unwrap_or(u16::MAX).to_be_bytes();
        let flags = if end { 0x80 | VOLUME } else { VOLUME };
        EventPacket {
            payload: [digit.event(), flags, duration[0], duration[1]],
            first,
            samples,
        }
    }
}

/// The next packet's time; a late one does not make the next ones hurry.
fn later(next: Instant, now: Instant) -> Instant {
    (next + PACE).max(now + PACE / 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::dtmf_in::{DigitReceiver, EventPayload};

    fn run(sender: &mut DigitSender, start: Instant) -> Vec<(Duration, EventPacket)> {
        let mut now = start;
        let mut out = Vec::new();
        while let Some(deadline) = sender.deadline(now) {
            now = deadline;
            while let Some(packet) = sender.poll(now) {
                out.push((now - start, packet));
            }
        }
        out
    }

    #[test]
    fn a_digit_is_paced_and_its_end_is_sent_three_times() {
        let mut sender = DigitSender::new(48_000);
        assert!(sender.is_idle());
        sender.push(&Digits::parse("7").unwrap(), 100);
        assert!(sender.holds_audio_back());
        let out = run(&mut sender, Instant::now());
        let at: Vec<_> = out.iter().map(|(at, _)| at.as_millis()).collect();
        assert_eq!(at, [0, 20, 40, 60, 80, 100, 120]);
        let durations: Vec<_> = out
            .iter()
            .map(|(_, p)| u16::from_be_bytes([p.payload[2], p.payload[3]]))
            .collect();
        assert_eq!(durations, [960, 1920, 2880, 3840, 4800, 4800, 4800]);
        let ends: Vec<_> = out.iter().map(|(_, p)| p.payload[1] & 0x80 != 0).collect();
        assert_eq!(ends, [false, false, false, false, true, true, true]);
        assert_eq!(out.iter().filter(|(_, p)| p.first).count(), 1);
        assert!(out.iter().all(|(_, p)| p.payload[0] == 7));
        assert!(sender.is_idle());
        assert!(!sender.holds_audio_back());
    }

    #[test]
    fn digits_sent_are_digits_received() {
        let mut sender = DigitSender::new(8_000);
        sender.push(&Digits::parse("11*#D").unwrap(), 5);
        let start = Instant::now();
        let mut receiver = DigitReceiver::default();
        let mut heard = String::new();
        let mut timestamp = 0;
        for (at, packet) in run(&mut sender, start) {
            if packet.first {
                timestamp = at.as_millis() as u32 * 8;
            }
            let payload = EventPayload::parse(&packet.payload).unwrap();
            for pressed in receiver
                .receive(start + at, 8_000, timestamp, payload)
                .into_iter()
                .flatten()
            {
                assert_eq!(pressed.duration_ms, 60, "the shortest");
                heard.push(pressed.digit.as_char());
            }
        }
        assert_eq!(heard, "11*#D");
    }

    #[test]
    fn audio_goes_on_in_a_pause() {
        let mut sender = DigitSender::new(48_000);
        sender.push(&Digits::parse(",3").unwrap(), 100);
        let start = Instant::now();
        assert!(sender.poll(start).is_none());
        assert!(!sender.holds_audio_back());
        assert_eq!(sender.deadline(start), Some(start + PAUSE));
        assert!(sender.poll(start + PAUSE).is_some());
        assert!(sender.holds_audio_back());
    }

    #[test]
    fn the_queue_is_bounded() {
        let mut sender = DigitSender::new(48_000);
        let many = Digits::parse(&"1".repeat(10_000)).unwrap();
        sender.push(&many, 100);
        sender.push(&many, 100);
        assert_eq!(sender.queue.len(), MOST);
    }
}
