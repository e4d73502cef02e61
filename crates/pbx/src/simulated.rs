//! A phone of the simulated phone network: no SIP, no media of its own, only manners.

use std::time::Duration;

use alo_sip::time::Instant;

use crate::config::{Network, PhoneBehaviour, SimulatedNumber};
use crate::leg::{End, Event};
use crate::media::{PromptId, Repeat, Source};

/// What happens to a simulated phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// It is called.
    Dial,
    /// The other side hung up or gave up.
    HangUp,
    /// Time passed.
    Timeout,
}

/// Where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Idle,
    Ringing { until: Instant },
    Up { until: Option<Instant> },
    Over,
}

/// A simulated phone.
#[derive(Debug)]
pub struct Phone {
    behaviour: PhoneBehaviour,
    rings: Duration,
    stays: Duration,
    says: String,
    state: State,
}

impl Phone {
    /// The phone of this number.
    #[must_use]
    pub fn new(number: &SimulatedNumber, network: &Network) -> Self {
        let rings = match number.behaviour {
            PhoneBehaviour::NoAnswer => network.no_answer,
            _ => network.ring * number.rings,
        };
        Self {
            behaviour: number.behaviour,
            rings,
            stays: number.stays,
            says: number.says.clone(),
            state: State::Idle,
        }
    }

    /// The echo test: answers at once.
    #[must_use]
    pub fn echo() -> Self {
        Self {
            behaviour: PhoneBehaviour::Echoes,
            rings: Duration::ZERO,
            stays: Duration::ZERO,
            says: String::new(),
            state: State::Idle,
        }
    }

    /// What it is heard saying.
    #[must_use]
    pub fn voice(&self) -> Source {
        match (self.state, self.behaviour) {
            (State::Up { .. }, PhoneBehaviour::Echoes) => Source::Echo,
            (State::Up { .. }, _) => Source::Prompt(PromptId(self.says.clone()), Repeat::Forever),
            _ => Source::Silence,
        }
    }

    /// When it wants to be woken.
    #[must_use]
    pub fn next_timeout(&self) -> Option<Instant> {
        match self.state {
            State::Ringing { until } => Some(until),
            State::Up { until } => until,
            State::Idle | State::Over => None,
        }
    }

    /// Something happened.
    pub fn step(&mut self, now: Instant, input: Input) -> Vec<Event> {
        match (self.state, input) {
            (State::Idle, Input::Dial) => self.dialled(now),
            (State::Ringing { until }, Input::Timeout) if now >= until => self.rung(now),
            (State::Up { until: Some(until) }, Input::Timeout) if now >= until => {
                self.set_state(State::Over, "hangs up");
                vec![Event::Ended(End::HungUp)]
            }
            (_, Input::HangUp) => {
                self.set_state(State::Over, "the other side hung up");
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    fn dialled(&mut self, now: Instant) -> Vec<Event> {
        if self.rings.is_zero() {
            return self.rung(now);
        }
        let until = now + self.rings;
        self.set_state(State::Ringing { until }, "rings");
        vec![Event::Ringing]
    }

    /// It has rung as often as it does.
    fn rung(&mut self, now: Instant) -> Vec<Event> {
        let status = match self.behaviour {
            PhoneBehaviour::Speaks | PhoneBehaviour::Echoes | PhoneBehaviour::HangsUp => {
                let leaves = self.behaviour == PhoneBehaviour::HangsUp;
                let until = leaves.then(|| now + self.stays);
                self.set_state(State::Up { until }, "answers");
                return vec![Event::Answered, Event::Up];
            }
            PhoneBehaviour::Busy => 486,
            PhoneBehaviour::Declines => 603,
            PhoneBehaviour::NoAnswer => 480,
        };
        self.set_state(State::Over, "does not take the call");
        vec![Event::Refused(status)]
    }

    fn set_state(&mut self, new: State, reason: &str) {
        tracing::debug!(old = ?self.state, ?new, reason, "simulated phone");
        self.state = new;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn at(seconds: u64) -> Instant {
        Instant::from_millis(seconds * 1000)
    }

    fn phone(last_digit: u8) -> Phone {
        let config = Config::demo().unwrap();
        let number = format!("+8490000000{last_digit}");
        Phone::new(config.simulated(&number).unwrap(), &config.network)
    }

    #[test]
    fn one_answers_after_two_rings_and_speaks() {
        let mut phone = phone(1);
        assert_eq!(phone.step(at(0), Input::Dial), [Event::Ringing]);
        assert_eq!(phone.voice(), Source::Silence);
        assert_eq!(
            phone.next_timeout(),
            Some(at(4)),
            "two rings of two seconds"
        );
        assert_eq!(
            phone.step(at(4), Input::Timeout),
            [Event::Answered, Event::Up]
        );
        assert!(matches!(phone.voice(), Source::Prompt(_, Repeat::Forever)));
        assert_eq!(phone.next_timeout(), None);
    }

    #[test]
    fn two_is_busy_at_once() {
        assert_eq!(phone(2).step(at(0), Input::Dial), [Event::Refused(486)]);
    }

    #[test]
    fn three_rings_until_the_network_gives_up() {
        let mut phone = phone(3);
        phone.step(at(0), Input::Dial);
        assert_eq!(phone.step(at(44), Input::Timeout), []);
        assert_eq!(phone.step(at(45), Input::Timeout), [Event::Refused(480)]);
    }

    #[test]
    fn four_declines_after_a_ring() {
        let mut phone = phone(4);
        phone.step(at(0), Input::Dial);
        assert_eq!(phone.step(at(2), Input::Timeout), [Event::Refused(603)]);
    }

    #[test]
    fn five_echoes() {
        let mut phone = phone(5);
        phone.step(at(0), Input::Dial);
        phone.step(at(2), Input::Timeout);
        assert_eq!(phone.voice(), Source::Echo);
    }

    #[test]
    fn six_hangs_up_after_five_seconds() {
        let mut phone = phone(6);
        phone.step(at(0), Input::Dial);
        phone.step(at(2), Input::Timeout);
        assert_eq!(phone.next_timeout(), Some(at(7)));
        assert_eq!(
            phone.step(at(7), Input::Timeout),
            [Event::Ended(End::HungUp)]
        );
    }

    #[test]
    fn a_caller_who_gives_up_is_not_answered() {
        let mut phone = phone(1);
        phone.step(at(0), Input::Dial);
        assert_eq!(phone.step(at(1), Input::HangUp), []);
        assert_eq!(phone.step(at(4), Input::Timeout), []);
    }
}
