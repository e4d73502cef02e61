//! Who rings for one call, and who gets it.
//!
//! A plain hunt: all branches ring at the same time, the first that answers has the call, all others
//! stop. One person may have several branches (tabs); declining in one tab is declining.
//!
//! A hunt with an end is a call to somebody: it is lost when all refused, or after so long. One
//! without is a customer who waits in a queue: people are added and taken away as the distribution
//! has it, and whoever does not take the call is told of.

use std::collections::BTreeMap;

use alo_sip::time::Instant;

use crate::media::LegId;

/// What happens to a hunt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// A branch rings.
    Ringing(LegId),
    /// A branch answered.
    Answered(LegId),
    /// A branch was refused, with this status.
    Refused(LegId, u16),
    /// The caller gave up.
    Cancel,
    /// Time passed.
    Timeout,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// The first branch rings: the caller is told.
    Ringing,
    /// This branch has the call.
    Won(LegId),
    /// This branch stops ringing.
    Stop(LegId, Why),
    /// Without an end: this person refused, by the last of the branches; the status that tells most.
    Out {
        /// Who.
        person: String,
        /// With this status.
        status: u16,
    },
    /// With an end: nobody has it.
    Lost {
        /// Why.
        verdict: Verdict,
        /// Whether any phone rang.
        rang: bool,
    },
}

/// Why a branch stops ringing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Somebody else answered.
    AnsweredElsewhere,
    /// The same person declined in another tab.
    DeclinedElsewhere,
    /// The caller gave up.
    CallerGone,
    /// It rang long enough.
    NoAnswer,
}

/// Why nobody has the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Nobody answered in time.
    NoAnswer,
    /// All refused; the status that tells most.
    Refused(u16),
}

/// The state of a hunt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Searching { rung: bool },
    Over,
}

/// A hunt.
#[derive(Debug)]
pub struct Hunt {
    state: State,
    /// Branches that have not refused, with the person that each belongs to.
    branches: BTreeMap<LegId, String>,
    /// `None`: without an end.
    until: Option<Instant>,
    /// Of each person the refusal that tells most so far.
    refusals: BTreeMap<String, u16>,
}

impl Hunt {
    /// Over these branches (leg and person), until then.
    pub fn new(branches: impl IntoIterator<Item = (LegId, String)>, until: Instant) -> Self {
        Self {
            state: State::Searching { rung: false },
            branches: branches.into_iter().collect(),
            until: Some(until),
            refusals: BTreeMap::new(),
        }
    }

    /// Over whoever is added, without an end.
    #[must_use]
    pub fn without_end() -> Self {
        Self {
            state: State::Searching { rung: false },
            branches: BTreeMap::new(),
            until: None,
            refusals: BTreeMap::new(),
        }
    }

    /// One more branch. Says whether it may still ring.
    pub fn add(&mut self, leg: LegId, person: String) -> bool {
        let searching = matches!(self.state, State::Searching { .. });
        if searching {
            self.branches.insert(leg, person);
        }
        searching
    }

    /// Goes on until then, for somebody else.
    #[must_use]
    pub fn carried_over(mut self, until: Instant) -> Self {
        self.until = Some(until);
        self
    }

    /// A person is not asked any more.
    pub fn withdraw(&mut self, person: &str, why: Why) -> Vec<Output> {
        self.refusals.remove(person);
        self.stop_person(person, why)
    }

    /// Whether anybody may still answer.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.state == State::Over
    }

    /// When it wants to be woken.
    #[must_use]
    pub fn next_timeout(&self) -> Option<Instant> {
        let searching = matches!(self.state, State::Searching { .. });
        self.until.filter(|_| searching)
    }

    /// Something happened.
    pub fn step(&mut self, now: Instant, input: Input) -> Vec<Output> {
        match (self.state, input) {
            (State::Over, _) => Vec::new(),
            (State::Searching { rung: false }, Input::Ringing(leg))
                if self.branches.contains_key(&leg) =>
            {
                self.set_state(State::Searching { rung: true }, "a branch rings");
                vec![Output::Ringing]
            }
            (State::Searching { .. }, Input::Ringing(_)) => Vec::new(),
            (State::Searching { .. }, Input::Answered(leg)) => self.answered(leg),
            (State::Searching { rung }, Input::Refused(leg, status)) => {
                self.refused(leg, status, rung)
            }
            (State::Searching { .. }, Input::Cancel) => {
                self.set_state(State::Over, "the caller gave up");
                self.stop_all(Why::CallerGone)
            }
            (State::Searching { rung: rang }, Input::Timeout)
                if self.until.is_some_and(|until| now >= until) =>
            {
                self.set_state(State::Over, "it rang long enough");
                let mut outputs = self.stop_all(Why::NoAnswer);
                let verdict = Verdict::NoAnswer;
                outputs.push(Output::Lost { verdict, rang });
                outputs
            }
            (State::Searching { .. }, Input::Timeout) => Vec::new(),
        }
    }

    fn answered(&mut self, leg: LegId) -> Vec<Output> {
        if self.branches.remove(&leg).is_none() {
            return Vec::new();
        }
        self.set_state(State::Over, "a branch answered");
        let mut outputs = vec![Output::Won(leg)];
        outputs.extend(self.stop_all(Why::AnsweredElsewhere));
        outputs
    }

    fn refused(&mut self, leg: LegId, status: u16, rang: bool) -> Vec<Output> {
        let Some(person) = self.branches.remove(&leg) else {
            return Vec::new();
        };
        let refusals = &mut self.refusals;
        let best = *refusals
            .entry(person.clone())
            .and_modify(|best| *best = better(*best, status))
            .or_insert(status);
        let mut outputs = Vec::new();
        if is_personal(status) {
            outputs = self.stop_person(&person, Why::DeclinedElsewhere);
        }
        if self.until.is_none() {
            if !self.branches.values().any(|other| *other == person) {
                self.refusals.remove(&person);
                let status = best;
                outputs.push(Output::Out { person, status });
            }
        } else if self.branches.is_empty() {
            let best = self.refusals.values().copied().reduce(better);
            self.set_state(State::Over, "all refused");
            let verdict = Verdict::Refused(best.unwrap_or(status));
            outputs.push(Output::Lost { verdict, rang });
        }
        outputs
    }

    fn stop_person(&mut self, person: &str, why: Why) -> Vec<Output> {
        let mut outputs = Vec::new();
        self.branches.retain(|leg, other| {
            let same = other == person;
            if same {
                outputs.push(Output::Stop(*leg, why));
            }
            !same
        });
        outputs
    }

    fn stop_all(&mut self, why: Why) -> Vec<Output> {
        let branches = std::mem::take(&mut self.branches);
        branches
            .into_keys()
            .map(|leg| Output::Stop(leg, why))
            .collect()
    }

    fn set_state(&mut self, new: State, reason: &str) {
        tracing::trace!(old = ?self.state, ?new, reason, "hunt");
        self.state = new;
    }
}

/// Whether a refusal is the person's own decision, which holds for all his tabs.
fn is_personal(status: u16) -> bool {
    status == 486 || (600..700).contains(&status)
}

/// Which of two refusals tells the caller more: a person's decision before a 4xx that only says
/// that a phone is away, before a fault of a server (after RFC 3261 section 16.7, step 6).
fn better(a: u16, b: u16) -> u16 {
    let rank = |status: u16| match status {
        600..700 => 0,
        486 => 1,
        400..500 if status != 408 && status != 480 => 2,
        408 | 480 => 3,
        _ => 4,
    };
    if rank(b) < rank(a) { b } else { a }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: LegId = LegId(1);
    const B: LegId = LegId(2);
    const B_TAB: LegId = LegId(3);

    fn at(seconds: u64) -> Instant {
        Instant::from_millis(seconds * 1000)
    }

    /// An (one tab) and Bình (two tabs) ring for thirty seconds.
    fn hunt() -> Hunt {
        let branches = [(A, "101"), (B, "102"), (B_TAB, "102")];
        Hunt::new(branches.map(|(leg, who)| (leg, who.into())), at(30))
    }

    #[test]
    fn the_caller_hears_of_ringing_once() {
        let mut hunt = hunt();
        assert_eq!(hunt.step(at(1), Input::Ringing(B)), [Output::Ringing]);
        assert_eq!(hunt.step(at(1), Input::Ringing(A)), []);
    }

    #[test]
    fn the_first_answer_wins_and_the_others_stop() {
        let mut hunt = hunt();
        let outputs = hunt.step(at(4), Input::Answered(B));
        let elsewhere = |leg| Output::Stop(leg, Why::AnsweredElsewhere);
        assert_eq!(outputs, [Output::Won(B), elsewhere(A), elsewhere(B_TAB)]);
        assert_eq!(hunt.next_timeout(), None);
    }

    #[test]
    fn two_answers_in_the_same_instant_get_one_call() {
        let mut hunt = hunt();
        assert_eq!(hunt.step(at(4), Input::Answered(A))[0], Output::Won(A));
        assert_eq!(hunt.step(at(4), Input::Answered(B)), []);
        assert_eq!(hunt.step(at(4), Input::Refused(B, 487)), []);
    }

    #[test]
    fn declining_in_one_tab_is_declining() {
        let mut hunt = hunt();
        let outputs = hunt.step(at(2), Input::Refused(B, 603));
        assert_eq!(outputs, [Output::Stop(B_TAB, Why::DeclinedElsewhere)]);
        let outputs = hunt.step(at(3), Input::Refused(A, 480));
        let verdict = Verdict::Refused(603);
        assert_eq!(
            outputs,
            [Output::Lost {
                verdict,
                rang: false
            }]
        );
    }

    #[test]
    fn a_tab_that_is_away_leaves_the_other_ringing() {
        let mut hunt = hunt();
        assert_eq!(hunt.step(at(2), Input::Refused(B, 480)), []);
        assert_eq!(
            hunt.step(at(3), Input::Answered(B_TAB))[0],
            Output::Won(B_TAB)
        );
    }

    #[test]
    fn nobody_answers() {
        let mut hunt = hunt();
        assert_eq!(hunt.step(at(29), Input::Timeout), []);
        let outputs = hunt.step(at(30), Input::Timeout);
        assert_eq!(outputs.len(), 4);
        assert_eq!(outputs[0], Output::Stop(A, Why::NoAnswer));
        let verdict = Verdict::NoAnswer;
        assert_eq!(
            outputs[3],
            Output::Lost {
                verdict,
                rang: false
            }
        );
    }

    #[test]
    fn the_caller_gives_up() {
        let mut hunt = hunt();
        let outputs = hunt.step(at(3), Input::Cancel);
        assert_eq!(
            outputs,
            [A, B, B_TAB].map(|leg| Output::Stop(leg, Why::CallerGone))
        );
        assert_eq!(hunt.step(at(4), Input::Answered(A)), []);
    }

    #[test]
    fn in_a_queue_people_come_and_go_and_nothing_is_lost() {
        let mut hunt = Hunt::without_end();
        assert_eq!(hunt.next_timeout(), None);
        for (leg, person) in [(A, "101"), (B, "102"), (B_TAB, "102")] {
            assert!(hunt.add(leg, person.into()));
        }
        assert_eq!(hunt.step(at(2), Input::Refused(B, 480)), []);
        let out = |person: &str, status| Output::Out {
            person: person.into(),
            status,
        };
        assert_eq!(
            hunt.step(at(2), Input::Refused(B_TAB, 603)),
            [out("102", 603)]
        );
        assert_eq!(
            hunt.withdraw("101", Why::NoAnswer),
            [Output::Stop(A, Why::NoAnswer)]
        );
        assert!(hunt.add(B, "102".into()));
        assert_eq!(hunt.step(at(900), Input::Timeout), []);
        assert_eq!(hunt.step(at(900), Input::Answered(B)), [Output::Won(B)]);
        assert!(!hunt.add(A, "101".into()), "it is taken");
    }

    #[test]
    fn the_refusal_that_tells_most() {
        assert_eq!(better(480, 486), 486);
        assert_eq!(better(486, 603), 603);
        assert_eq!(better(488, 500), 488);
        assert_eq!(better(500, 480), 480);
    }
}
