//! Digits of one call: RFC 4733 events through the media, INFO where the far end has none.

use std::collections::VecDeque;

use alo_sip::ua::RequestId;

use crate::io::Ask;
use crate::language::{Digits, Millis};

/// How long one RFC 4733 event and the gap after it take.
const EVENT: Millis = 170;
/// For the media engine to say what became of a batch, over the time that the events take. It gives
/// up earlier itself; this is for one that does not.
const SILENCE: Millis = 4_000;
/// So often in a row a batch of which nothing could be sent is tried again.
const STALLS: u32 = 2;

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
    /// The media engine sends so many, and should have told by then.
    Events {
        ask: Ask,
        count: usize,
        until: Millis,
    },
    /// An INFO waits for its answer.
    Info(RequestId),
    /// A pause among digits.
    Pause { until: Millis },
}

/// What is to be done next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Hand these to the media engine.
    Events { ask: Ask, digits: Digits },
    /// Send this one by INFO, and say so by [`DigitSender::info_sent`].
    Info(char),
}

/// The digits of one call, in order.
#[derive(Default)]
pub(crate) struct DigitSender {
    queue: VecDeque<char>,
    way: Way,
    doing: Doing,
    asks: u64,
    /// Batches in a row of which nothing was sent.
    stalls: u32,
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

    /// What can be done now. `flows`: whether the far end would get what the media carries.
    pub(crate) fn step(&mut self, now: Millis, pause: Millis, flows: bool) -> Option<Step> {
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
            Way::Media if !flows => None,
            Way::Media => {
                let count = self.queue.iter().take_while(|digit| **digit != ',').count();
                let batch: String = self.queue.drain(..count).collect();
                (!batch.is_empty()).then(|| {
                    self.asks += 1;
                    let ask = Ask(self.asks);
                    let until = now + EVENT * count as Millis + SILENCE;
                    self.doing = Doing::Events { ask, count, until };
                    let digits = Digits(batch);
                    Step::Events { ask, digits }
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
    pub(crate) fn events_sent(&mut self, ask: Ask) {
        if self.events_over(ask).is_some() {
            self.stalls = 0;
        }
    }

    /// The far end has no telephone-event: these come back, and all others go by INFO.
    pub(crate) fn events_refused(&mut self, ask: Ask, digits: &Digits) {
        if self.events_over(ask).is_some() {
            self.way = Way::Info;
            self.put_back(digits);
        }
    }

    /// The media engine came to a stop: these come back, and are sent again. Whether there is hope
    /// in that.
    pub(crate) fn events_left(&mut self, ask: Ask, digits: &Digits) -> bool {
        let Some(count) = self.events_over(ask) else {
            return true;
        };
        let none_sent = digits.0.chars().count() >= count;
        self.stalls = if none_sent { self.stalls + 1 } else { 0 };
        self.put_back(digits);
        self.stalls < STALLS
    }

    /// The batch of this request is over; how many digits it had.
    fn events_over(&mut self, over: Ask) -> Option<usize> {
        match self.doing {
            Doing::Events { ask, count, .. } if ask == over => {
                self.doing = Doing::Nothing;
                Some(count)
            }
            _ => None,
        }
    }

    fn put_back(&mut self, digits: &Digits) {
        for digit in digits.0.chars().rev() {
            self.queue.push_front(digit);
        }
    }

    /// The media engine should have told what became of its batch.
    pub(crate) fn is_overdue(&self, now: Millis) -> bool {
        matches!(self.doing, Doing::Events { until, .. } if now >= until)
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
        self.stalls = 0;
    }

    /// Digits that are not yet known to be out.
    pub(crate) fn pending(&self) -> usize {
        let out = match self.doing {
            Doing::Events { count, .. } => count,
            Doing::Info(_) => 1,
            Doing::Nothing | Doing::Pause { .. } => 0,
        };
        out + self.queue.iter().filter(|digit| **digit != ',').count()
    }

    /// When a pause is over (of use only where digits can be taken), or the media engine is late.
    pub(crate) fn wakes_at(&self, taken: bool) -> Option<Millis> {
        match self.doing {
            Doing::Pause { until } => taken.then_some(until),
            Doing::Events { until, .. } => Some(until),
            Doing::Nothing | Doing::Info(_) => None,
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

    /// The batch that goes to the media engine now.
    fn events(sender: &mut DigitSender, now: Millis) -> Option<(Ask, String)> {
        match sender.step(now, 2000, true)? {
            Step::Events { ask, digits } => Some((ask, digits.0)),
            Step::Info(_) => None,
        }
    }

    #[test]
    fn a_comma_parts_two_batches_by_a_pause() {
        let mut sender = DigitSender::default();
        assert!(sender.push(&digits("12 ,3x"), 64));
        assert_eq!(sender.pending(), 3);
        let (ask, batch) = events(&mut sender, 0).unwrap();
        assert_eq!(batch, "12");
        assert_eq!(sender.step(10, 2000, true), None);
        sender.events_sent(ask);
        assert_eq!(sender.step(20, 2000, true), None);
        assert_eq!(sender.wakes_at(true), Some(2020));
        let (ask, batch) = events(&mut sender, 2020).unwrap();
        assert_eq!(batch, "3");
        sender.events_sent(ask);
        assert_eq!(sender.pending(), 0);
    }

    #[test]
    fn refused_events_go_one_by_one_by_info_in_order() {
        let mut sender = DigitSender::default();
        sender.push(&digits("45"), 64);
        let (ask, batch) = events(&mut sender, 0).unwrap();
        sender.push(&digits("6"), 64);
        sender.events_refused(ask, &Digits(batch));
        for (n, expected) in ['4', '5', '6'].into_iter().enumerate() {
            assert_eq!(sender.step(0, 2000, false), Some(Step::Info(expected)));
            sender.info_sent(RequestId(n as u64));
            assert_eq!(sender.step(0, 2000, true), None);
            assert!(sender.info_answered(RequestId(n as u64)));
        }
        assert_eq!(sender.step(0, 2000, true), None);
    }

    #[test]
    fn digits_wait_until_the_media_carries_them() {
        let mut sender = DigitSender::default();
        sender.push(&digits("7"), 64);
        assert_eq!(sender.step(0, 2000, false), None);
        assert_eq!(events(&mut sender, 5).unwrap().1, "7");
    }

    #[test]
    fn digits_that_came_to_a_stop_are_sent_again_as_long_as_some_get_through() {
        let mut sender = DigitSender::default();
        sender.push(&digits("123"), 64);
        let (ask, _) = events(&mut sender, 0).unwrap();
        assert!(sender.events_left(ask, &digits("23")));
        assert!(sender.events_left(ask, &digits("23")), "told only once");
        let (ask, batch) = events(&mut sender, 0).unwrap();
        assert_eq!(batch, "23");
        assert!(sender.events_left(ask, &digits("23")));
        let (ask, batch) = events(&mut sender, 0).unwrap();
        assert_eq!(batch, "23");
        assert!(!sender.events_left(ask, &digits("23")), "nothing goes");
    }

    #[test]
    fn a_media_engine_that_never_tells_is_not_waited_for() {
        let mut sender = DigitSender::default();
        sender.push(&digits("123"), 64);
        let (ask, _) = events(&mut sender, 0).unwrap();
        let until = sender.wakes_at(false).unwrap();
        assert!(!sender.is_overdue(until - 1) && sender.is_overdue(until));
        sender.clear();
        sender.push(&digits("4"), 64);
        let (next, _) = events(&mut sender, until).unwrap();
        sender.events_sent(ask);
        assert_eq!(sender.pending(), 1, "late news of the batch before");
        sender.events_sent(next);
        assert_eq!(sender.pending(), 0);
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
