//! Digits of one call: RFC 4733 events through the media, INFO where the far end has none.

use std::collections::VecDeque;

use alo_sip::ua::RequestId;

use crate::language::{Digits, Millis};

/// How this far end gets its digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Way {
    /// RFC 4733 events, a whole batch at a time.
    #[default]
    Media,
    /// INFO with `application/dtmf-relay`, one digit at a time.
    Info,
}

/// What is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Doing {
    #[default]
    Nothing,
    /// The media engine sends so many.
    Events(usize),
    /// An INFO waits for its answer.
    Info(RequestId),
    /// A pause among digits.
    Pause { until: Millis },
}

/// What is to be done next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Hand these to the media engine.
    Events(Digits),
    /// Send this one by INFO, and say so by [`DigitSender::info_sent`].
    Info(char),
}

/// The digits of one call, in order.
#[derive(Default)]
pub(crate) struct DigitSender {
    queue: VecDeque<char>,
    way: Way,
    doing: Doing,
}

impl std::fmt::Debug for DigitSender {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DigitSender({} wait)", self.queue.len())
    }
}

impl DigitSender {
    /// Takes what a person pressed; what is no digit is dropped. Whether all of it found room.
    pub(crate) fn push(&mut self, digits: &Digits, most: usize) -> bool {
        let mut fits = true;
        for digit in digits.0.chars().map(|c| c.to_ascii_uppercase()) {
            if !matches!(digit, '0'..='9' | '*' | '#' | 'A'..='D' | ',') {
                continue;
            }
            fits = self.queue.len() < most;
            if !fits {
                break;
            }
            self.queue.push_back(digit);
        }
        fits
    }

    /// What can be done now.
    pub(crate) fn step(&mut self, now: Millis, pause: Millis) -> Option<Step> {
        if let Doing::Pause { until } = self.doing
            && now >= until
        {
            self.doing = Doing::Nothing;
        }
        if self.doing != Doing::Nothing {
            return None;
        }
        if self.queue.front() == Some(&',') {
            self.queue.pop_front();
            self.doing = Doing::Pause { until: now + pause };
            return None;
        }
        match self.way {
            Way::Media => {
                let count = self.queue.iter().take_while(|digit| **digit != ',').count();
                let batch: String = self.queue.drain(..count).collect();
                (!batch.is_empty()).then(|| {
                    self.doing = Doing::Events(count);
                    Step::Events(Digits(batch))
                })
            }
            Way::Info => self.queue.pop_front().map(Step::Info),
        }
    }

    /// The INFO went out.
    pub(crate) fn info_sent(&mut self, request: RequestId) {
        self.doing = Doing::Info(request);
    }

    /// The media engine sent its batch.
    pub(crate) fn events_sent(&mut self) {
        if matches!(self.doing, Doing::Events(_)) {
            self.doing = Doing::Nothing;
        }
    }

    /// The far end has no telephone-event: these come back, and all others go by INFO.
    pub(crate) fn events_refused(&mut self, digits: &Digits) {
        if matches!(self.doing, Doing::Events(_)) {
            self.doing = Doing::Nothing;
            self.way = Way::Info;
            digits
                .0
                .chars()
                .rev()
                .for_each(|d| self.queue.push_front(d));
        }
    }

    /// An INFO was answered; whether it was one of these.
    pub(crate) fn info_answered(&mut self, request: RequestId) -> bool {
        let ours = self.doing == Doing::Info(request);
        if ours {
            self.doing = Doing::Nothing;
        }
        ours
    }

    /// Gives up what waits.
    pub(crate) fn clear(&mut self) {
        self.queue.clear();
        self.doing = Doing::Nothing;
    }

    /// Digits that are not yet known to be out.
    pub(crate) fn pending(&self) -> usize {
        let out = match self.doing {
            Doing::Events(count) => count,
            Doing::Info(_) => 1,
            Doing::Nothing | Doing::Pause { .. } => 0,
        };
        out + self.queue.iter().filter(|digit| **digit != ',').count()
    }

    /// Whether the media engine owes an answer.
    pub(crate) fn awaits_engine(&self) -> bool {
        matches!(self.doing, Doing::Events(_))
    }

    /// When the pause is over.
    pub(crate) fn wakes_at(&self) -> Option<Millis> {
        match self.doing {
            Doing::Pause { until } => Some(until),
            _ => None,
        }
    }
}

/// Body of an INFO that carries one digit: `application/dtmf-relay`, as telephone systems have it
/// (there is no RFC; RFC 6086 calls such use legacy).
pub(crate) fn dtmf_relay(digit: char) -> Vec<u8> {
    let mut body = String::from("Signal=");
    body.push(digit);
    body.push_str("\r\nDuration=160\r\n");
    body.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digits(text: &str) -> Digits {
        Digits(text.into())
    }

    #[test]
    fn a_comma_parts_two_batches_by_a_pause() {
        let mut sender = DigitSender::default();
        assert!(sender.push(&digits("12 ,3x"), 64));
        assert_eq!(sender.pending(), 3);
        assert_eq!(sender.step(0, 2000), Some(Step::Events(digits("12"))));
        assert_eq!(sender.step(10, 2000), None);
        sender.events_sent();
        assert_eq!(sender.step(20, 2000), None);
        assert_eq!(sender.wakes_at(), Some(2020));
        assert_eq!(sender.step(2020, 2000), Some(Step::Events(digits("3"))));
        sender.events_sent();
        assert_eq!(sender.pending(), 0);
    }

    #[test]
    fn refused_events_go_one_by_one_by_info_in_order() {
        let mut sender = DigitSender::default();
        sender.push(&digits("45"), 64);
        let Some(Step::Events(batch)) = sender.step(0, 2000) else {
            panic!("events first")
        };
        sender.push(&digits("6"), 64);
        sender.events_refused(&batch);
        for (n, expected) in ['4', '5', '6'].into_iter().enumerate() {
            assert_eq!(sender.step(0, 2000), Some(Step::Info(expected)));
            sender.info_sent(RequestId(n as u64));
            assert_eq!(sender.step(0, 2000), None);
            assert!(sender.info_answered(RequestId(n as u64)));
        }
        assert_eq!(sender.step(0, 2000), None);
    }

    #[test]
    fn no_more_digits_wait_than_the_limit() {
        let mut sender = DigitSender::default();
        assert!(!sender.push(&digits("12345"), 4));
        assert_eq!(sender.pending(), 4);
    }

    #[test]
    fn the_debug_text_has_no_digits() {
        let mut sender = DigitSender::default();
        sender.push(&digits("987"), 64);
        let shown = format!("{sender:?} {:?}", digits("987"));
        assert!(!shown.contains('9') && !shown.contains('8'));
    }
}
