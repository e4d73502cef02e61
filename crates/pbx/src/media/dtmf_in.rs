//! Digits that arrive as RFC 4733 events: one report per key press.

use std::time::{Duration, Instant};

use super::digits::Digit;

/// A key whose packets stop without an end packet counts as released after this time.
const GIVEN_UP: Duration = Duration::from_millis(250);

/// A packet with a timestamp that is older than the last one's by less than this is an old
/// packet; by more, the sender started anew. In seconds.
const OLD_S: u32 = 10;

/// Payload of an event packet (RFC 4733 section 2.3). It says which digit: no `Debug`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct EventPayload {
    pub(super) event: u8,
    pub(super) end: bool,
    pub(super) duration: u16,
}

impl EventPayload {
    /// Reads the first event of a payload; more of them only occur in redundant formats.
    pub(super) fn parse(payload: &[u8]) -> Option<Self> {
        let [event, flags, high, low, ..] = *payload else {
            return None;
        };
        Some(Self {
            event,
            end: flags & 0x80 != 0,
            duration: u16::from_be_bytes([high, low]),
        })
    }
}

/// A digit whose key was released.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pressed {
    pub(super) digit: Digit,
    pub(super) duration_ms: u16,
}

/// A key that is held.
#[derive(Clone, Copy)]
struct Held {
    event: u8,
    /// Timestamp of the segment that runs (RFC 4733 section 2.5.1.3), and how long it is.
    timestamp: u32,
    duration: u16,
    /// Length of the segments before it.
    before: u32,
    heard: Instant,
}

/// Makes key presses of event packets.
#[derive(Default)]
pub(super) struct DigitReceiver {
    held: Option<Held>,
    /// Timestamp and event of the last one reported.
    reported: Option<(u32, u8)>,
}

impl DigitReceiver {
    /// Takes a packet with this RTP timestamp, of this clock. At most two keys are reported: one
    /// whose end packets were all lost, and this one.
    pub(super) fn receive(
        &mut self,
        now: Instant,
        clock: u32,
        timestamp: u32,
        packet: EventPayload,
    ) -> [Option<Pressed>; 2] {
        if self.is_old(clock, timestamp, packet.event) {
            return [None, None];
        }
        let mut lost_end = None;
        match &mut self.held {
            Some(held) if held.event == packet.event && held.timestamp == timestamp => {
                held.duration = held.duration.max(packet.duration);
                held.heard = now;
            }
            // The next segment of a long press begins where the one before ended.
            Some(held)
                if held.event == packet.event
                    && timestamp == held.timestamp.wrapping_add(u32::from(held.duration))
                    && held.duration == u16::MAX =>
            {
                held.before += u32::from(held.duration);
                held.timestamp = timestamp;
                held.duration = packet.duration;
                held.heard = now;
            }
            _ => {
                lost_end = self.release(clock);
                self.held = Some(Held {
                    event: packet.event,
                    timestamp,
                    duration: packet.duration,
                    before: 0,
                    heard: now,
                });
            }
        }
        let pressed = packet.end.then(|| self.release(clock)).flatten();
        [lost_end, pressed]
    }

    /// Whether this packet is of a key that was reported, or older.
    fn is_old(&self, clock: u32, timestamp: u32, event: u8) -> bool {
        let Some((last, last_event)) = self.reported else {
            return false;
        };
        let behind = last.wrapping_sub(timestamp);
        (behind == 0 && event == last_event) || (1..clock * OLD_S).contains(&behind)
    }

    /// Reports the held key, if any; events that are not digits are passed over.
    fn release(&mut self, clock: u32) -> Option<Pressed> {
        let held = self.held.take()?;
        self.reported = Some((held.timestamp, held.event));
        let ticks = u64::from(held.before) + u64::from(held.duration);
        let ms = ticks * 1000 / u64::from(clock);
        Some(Pressed {
            digit: Digit::from_event(held.event)?,
            duration_ms: u16::try_from(ms).unwrap_or(u16::MAX),
        })
    }

    /// When to look again.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.held.map(|held| held.heard + GIVEN_UP)
    }

    /// Reports a key whose packets stopped.
    pub(super) fn handle_timeout(&mut self, now: Instant, clock: u32) -> Option<Pressed> {
        if self.deadline()? > now {
            return None;
        }
        self.release(clock)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLOCK: u32 = 48_000;

    fn packet(digit: char, duration: u16, end: bool) -> EventPayload {
        EventPayload {
            event: Digit::from_char(digit).unwrap().event(),
            end,
            duration,
        }
    }

    fn pressed(digit: char, duration_ms: u16) -> Option<Pressed> {
        Some(Pressed {
            digit: Digit::from_char(digit).unwrap(),
            duration_ms,
        })
    }

    #[test]
    fn a_key_press_is_reported_once_though_its_end_is_sent_three_times() {
        let mut receiver = DigitReceiver::default();
        let now = Instant::now();
        for duration in [960, 1920, 2880] {
            let none = receiver.receive(now, CLOCK, 1000, packet('5', duration, false));
            assert_eq!(none, [None, None]);
        }
        let end = packet('5', 4800, true);
        assert_eq!(
            receiver.receive(now, CLOCK, 1000, end),
            [None, pressed('5', 100)]
        );
        assert_eq!(receiver.receive(now, CLOCK, 1000, end), [None, None]);
        assert_eq!(receiver.receive(now, CLOCK, 1000, end), [None, None]);
        let late = packet('5', 2880, false);
        assert_eq!(receiver.receive(now, CLOCK, 1000, late), [None, None]);
        assert_eq!(receiver.deadline(), None, "nothing is held");
    }

    #[test]
    fn the_same_key_twice_is_two_presses() {
        let mut receiver = DigitReceiver::default();
        let now = Instant::now();
        let end = packet('#', 4800, true);
        assert_eq!(
            receiver.receive(now, CLOCK, 1000, end),
            [None, pressed('#', 100)]
        );
        assert_eq!(
            receiver.receive(now, CLOCK, 11_000, end),
            [None, pressed('#', 100)]
        );
    }

    #[test]
    fn a_key_whose_end_was_lost_is_reported_by_the_next_or_by_time() {
        let mut receiver = DigitReceiver::default();
        let now = Instant::now();
        receiver.receive(now, CLOCK, 1000, packet('1', 960, false));
        let next = receiver.receive(now, CLOCK, 9000, packet('2', 960, false));
        assert_eq!(next, [pressed('1', 20), None]);
        assert_eq!(receiver.handle_timeout(now + GIVEN_UP / 2, CLOCK), None);
        assert_eq!(
            receiver.handle_timeout(now + GIVEN_UP, CLOCK),
            pressed('2', 20)
        );
        assert_eq!(receiver.handle_timeout(now + GIVEN_UP * 2, CLOCK), None);
    }

    #[test]
    fn a_press_longer_than_a_segment_is_one_press() {
        let mut receiver = DigitReceiver::default();
        let now = Instant::now();
        receiver.receive(now, CLOCK, 500, packet('9', u16::MAX, false));
        let next = 500 + u32::from(u16::MAX);
        receiver.receive(now, CLOCK, next, packet('9', 960, false));
        let end = receiver.receive(now, CLOCK, next, packet('9', 9600, true));
        assert_eq!(end, [None, pressed('9', 1565)]);
    }

    #[test]
    fn what_is_not_a_digit_is_passed_over() {
        let mut receiver = DigitReceiver::default();
        let flash = EventPayload::parse(&[16, 0x8a, 0x12, 0xc0]).unwrap();
        assert!(flash.end);
        assert_eq!(flash.duration, 4800);
        assert_eq!(
            receiver.receive(Instant::now(), CLOCK, 1, flash),
            [None, None]
        );
        assert!(EventPayload::parse(&[1, 2, 3]).is_none());
        assert!(EventPayload::parse(&[]).is_none());
    }
}
