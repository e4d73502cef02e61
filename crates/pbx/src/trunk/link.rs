//! Whether the phone network can be reached.
//!
//! With a registration the registrar's answers say so; with an IP peer, OPTIONS do, every half minute
//! (RFC 3261 section 11), and more often while nothing is answered.

use std::fmt;
use std::time::Duration;

use alo_sip::time::Instant;

/// How often a peer that answers is asked.
const ASK_EVERY: Duration = Duration::from_secs(30);
/// How often one that does not is.
const ASK_AGAIN: Duration = Duration::from_secs(5);
/// How long a registration rests that the user agent does not try again by itself (a wrong password):
/// the provider may have been at fault.
const REGISTER_AGAIN: Duration = Duration::from_secs(300);

/// How the way to the phone network is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// Nobody has answered yet.
    Unknown,
    /// It can be used.
    Up,
    /// It cannot, and why.
    Down(String),
}

impl Health {
    /// Whether calls are tried: also while nothing is known yet, since an answer takes its time.
    #[must_use]
    pub fn takes_calls(&self) -> bool {
        !matches!(self, Self::Down(_))
    }
}

impl fmt::Display for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("unknown"),
            Self::Up => f.write_str("up"),
            Self::Down(why) => write!(f, "down: {why}"),
        }
    }
}

/// What happens to the link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// There is an address of the peer to send to.
    Opened,
    /// There is none any more.
    Closed,
    /// An OPTIONS was answered with this status; none: not at all.
    Answered(Option<u16>),
    /// The registrar has taken the registration.
    Registered,
    /// It has not, or did not answer.
    NotRegistered {
        /// Status; 408 where nothing came back.
        status: u16,
        /// Reason phrase as it came.
        reason: String,
        /// Whether the user agent tries again by itself.
        tried_again: bool,
    },
    /// Time passed.
    Timeout,
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// Send an OPTIONS.
    Ask,
    /// Begin the registration.
    Register,
    /// Try it again.
    RegisterAgain,
    /// [`Link::health`] says something else than before.
    Changed,
}

/// Where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// No address.
    Closed,
    /// The user agent registers, and refreshes and tries again by itself.
    Registering,
    /// The user agent has given up; tried again then.
    Refused { until: Instant },
    /// An OPTIONS is out.
    Asking,
    /// The next one goes out then.
    Resting { until: Instant },
}

/// The link to one peer.
#[derive(Debug)]
pub struct Link {
    registers: bool,
    /// The registration has been begun.
    begun: bool,
    state: State,
    health: Health,
}

impl Link {
    /// To a peer with which one registers, or not.
    #[must_use]
    pub fn new(registers: bool) -> Self {
        Self {
            registers,
            begun: false,
            state: State::Closed,
            health: Health::Unknown,
        }
    }

    /// How it is.
    #[must_use]
    pub fn health(&self) -> &Health {
        &self.health
    }

    /// When it wants to be woken.
    #[must_use]
    pub fn next_timeout(&self) -> Option<Instant> {
        match self.state {
            State::Resting { until } | State::Refused { until } => Some(until),
            _ => None,
        }
    }

    /// Something happened.
    pub fn step(&mut self, now: Instant, input: Input) -> Vec<Output> {
        match (self.state, input) {
            (State::Closed, Input::Opened) if self.registers => {
                self.set_state(State::Registering, "there is an address");
                // One that was begun moves to the new address by itself, but not where it had been
                // given up; and this state waits for an answer.
                let begun = std::mem::replace(&mut self.begun, true);
                vec![if begun {
                    Output::RegisterAgain
                } else {
                    Output::Register
                }]
            }
            (State::Closed, Input::Opened) => self.ask("there is an address"),
            (State::Resting { until }, Input::Timeout) if until <= now => self.ask("it is time"),
            (State::Refused { until }, Input::Timeout) if until <= now => {
                self.set_state(State::Registering, "it is time");
                vec![Output::RegisterAgain]
            }
            (_, Input::Closed) => {
                self.set_state(State::Closed, "no address");
                self.set_health(Health::Down("its address is not known".into()))
            }
            (State::Asking, Input::Answered(status)) => self.answered(now, status),
            (State::Registering, Input::Registered) => self.set_health(Health::Up),
            (
                State::Registering,
                Input::NotRegistered {
                    status,
                    reason,
                    tried_again,
                },
            ) => {
                if !tried_again {
                    let until = now + REGISTER_AGAIN;
                    self.set_state(State::Refused { until }, "for good, it says");
                }
                let why = match status {
                    408 => "it does not answer".into(),
                    _ => format!("registration refused: {status} {reason}"),
                };
                self.set_health(Health::Down(why))
            }
            _ => Vec::new(),
        }
    }

    fn ask(&mut self, why: &str) -> Vec<Output> {
        self.set_state(State::Asking, why);
        vec![Output::Ask]
    }

    /// Any answer shows that somebody is there, whatever he thinks of OPTIONS; only 503 says that
    /// he takes nothing, and 408 is what a proxy says for nobody.
    fn answered(&mut self, now: Instant, status: Option<u16>) -> Vec<Output> {
        let health = match status {
            None | Some(408) => Health::Down("it does not answer".into()),
            Some(503) => Health::Down("it takes no calls (503)".into()),
            Some(_) => Health::Up,
        };
        let rest = if health == Health::Up {
            ASK_EVERY
        } else {
            ASK_AGAIN
        };
        let until = now + rest;
        self.set_state(State::Resting { until }, "answered, or not");
        self.set_health(health)
    }

    fn set_health(&mut self, health: Health) -> Vec<Output> {
        if self.health == health {
            return Vec::new();
        }
        match &health {
            Health::Down(why) => tracing::warn!(why, "the phone network cannot be reached"),
            _ => tracing::info!("the phone network can be reached"),
        }
        self.health = health;
        vec![Output::Changed]
    }

    fn set_state(&mut self, new: State, reason: &str) {
        tracing::debug!(old = ?self.state, ?new, reason, "trunk");
        self.state = new;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Instant {
        Instant::from_millis(seconds * 1000)
    }

    #[test]
    fn a_peer_is_asked_again_and_again_and_is_up_while_it_answers() {
        let mut link = Link::new(false);
        assert!(link.health().takes_calls(), "it has not had its time yet");
        assert_eq!(link.step(at(0), Input::Opened), [Output::Ask]);
        // What it thinks of OPTIONS does not matter.
        assert_eq!(
            link.step(at(1), Input::Answered(Some(405))),
            [Output::Changed]
        );
        assert_eq!(*link.health(), Health::Up);
        assert_eq!(link.next_timeout(), Some(at(31)));
        assert_eq!(link.step(at(30), Input::Timeout), []);
        assert_eq!(link.step(at(31), Input::Timeout), [Output::Ask]);
        assert_eq!(link.step(at(63), Input::Answered(None)), [Output::Changed]);
        assert!(!link.health().takes_calls());
        assert_eq!(link.step(at(68), Input::Timeout), [Output::Ask]);
        assert_eq!(
            link.step(at(69), Input::Answered(Some(200))),
            [Output::Changed]
        );
        assert_eq!(*link.health(), Health::Up);
    }

    #[test]
    fn a_registration_is_begun_once_and_its_answers_count() {
        let mut link = Link::new(true);
        assert_eq!(link.step(at(0), Input::Opened), [Output::Register]);
        let refused = Input::NotRegistered {
            status: 403,
            reason: "Forbidden".into(),
            tried_again: true,
        };
        assert_eq!(link.step(at(1), refused.clone()), [Output::Changed]);
        assert_eq!(link.step(at(2), refused), [], "nothing new");
        let said = link.health().to_string();
        assert_eq!(said, "down: registration refused: 403 Forbidden");
        assert_eq!(link.step(at(3), Input::Registered), [Output::Changed]);
        assert_eq!(link.step(at(4), Input::Closed), [Output::Changed]);
        assert_eq!(link.step(at(5), Input::Opened), [Output::RegisterAgain]);
        assert_eq!(link.step(at(6), Input::Registered), [Output::Changed]);
        assert_eq!(*link.health(), Health::Up);
    }

    #[test]
    fn a_registration_that_is_refused_for_good_is_tried_again_later() {
        let mut link = Link::new(true);
        link.step(at(0), Input::Opened);
        let wrong = Input::NotRegistered {
            status: 401,
            reason: "Unauthorized".into(),
            tried_again: false,
        };
        assert_eq!(link.step(at(1), wrong), [Output::Changed]);
        assert_eq!(link.next_timeout(), Some(at(301)));
        assert_eq!(link.step(at(301), Input::Timeout), [Output::RegisterAgain]);
        assert_eq!(link.step(at(302), Input::Registered), [Output::Changed]);
    }
}
