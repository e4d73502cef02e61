//! One caller's way through the IVR trees.
//!
//! A walk says what is to be played and, in the end, where the call goes. A key ends the prompts that
//! play (barge-in); when they end by themselves, a key is waited for, and then they are said again.
//! Wrong keys and time-outs count as attempts, and after the tree's number of them the caller goes to
//! its fallback. A caller who goes from tree to tree and back for ever is bounded too.

use std::sync::Arc;
use std::time::Duration;

use alo_sip::time::Instant;

use crate::config::{Config, Destination, Ivr, IvrAction};
use crate::media::Digit;

/// More menus than this are said to nobody.
const MOST_MENUS: u32 = 60;

/// Prompts whose end is not told within this time have ended.
const LONGEST_PROMPTS: Duration = Duration::from_secs(300);

/// What happens on a walk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// The caller pressed a key.
    Digit(Digit),
    /// The prompts of the last [`Output::Play`] are over.
    PromptEnded,
    /// Time passed.
    Timeout,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Prompts are to be played, one after the other, in place of those that play.
    Play(Vec<String>),
    /// The walk is over; the call goes there, and prompts that play are ended. Never a tree: walks go
    /// on to those by themselves.
    Go(Destination),
    /// The walk is over: these prompts are to be spoken, and the call ended.
    Apologise(Vec<String>),
}

/// Where a walk is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Prompts play; at the latest they are over then.
    Playing {
        until: Instant,
    },
    /// A key is waited for.
    Listening {
        until: Instant,
    },
    Over,
}

/// One caller's way.
#[derive(Debug)]
pub struct Walk {
    config: Arc<Config>,
    /// Ids of the trees that led here, the one he is in last.
    trees: Vec<String>,
    /// Wrong keys and time-outs in this tree.
    attempts: u32,
    /// How many menus were said.
    menus: u32,
    state: State,
}

impl Walk {
    /// Begins in the tree of this id.
    #[must_use]
    pub fn begin(now: Instant, config: Arc<Config>, tree: &str) -> (Self, Vec<Output>) {
        let mut walk = Self {
            config,
            trees: Vec::new(),
            attempts: 0,
            menus: 0,
            state: State::Over,
        };
        let outputs = walk.enter(now, tree);
        (walk, outputs)
    }

    /// When it wants to be woken.
    #[must_use]
    pub fn next_timeout(&self) -> Option<Instant> {
        match self.state {
            State::Playing { until } | State::Listening { until } => Some(until),
            State::Over => None,
        }
    }

    /// Id of the tree that the caller is in, or ended in.
    #[must_use]
    pub fn tree(&self) -> Option<&str> {
        self.trees.last().map(String::as_str)
    }

    /// Something happened.
    pub fn step(&mut self, now: Instant, input: Input) -> Vec<Output> {
        match (self.state, input) {
            (State::Over, _) => Vec::new(),
            (_, Input::Digit(digit)) => self.pressed(now, digit),
            (State::Playing { .. }, Input::PromptEnded) => {
                self.listen(now);
                Vec::new()
            }
            (State::Playing { until }, Input::Timeout) if now >= until => {
                self.listen(now);
                Vec::new()
            }
            (State::Listening { until }, Input::Timeout) if now >= until => self.failed(now, false),
            (_, Input::PromptEnded | Input::Timeout) => Vec::new(),
        }
    }

    fn here(&self) -> Option<&Ivr> {
        self.config.ivr(self.trees.last()?)
    }

    fn pressed(&mut self, now: Instant, digit: Digit) -> Vec<Output> {
        let action = self.here().and_then(|tree| tree.keys.get(&digit)).cloned();
        match action {
            None => self.failed(now, true),
            Some(IvrAction::To(Destination::Ivr(tree))) => self.enter(now, &tree),
            Some(IvrAction::To(to)) => self.go(to),
            Some(IvrAction::Repeat) => self.say(now, Vec::new()),
            Some(IvrAction::Back) => {
                if self.trees.len() > 1 {
                    self.trees.pop();
                    self.attempts = 0;
                }
                self.say(now, Vec::new())
            }
        }
    }

    /// A wrong key, or none.
    fn failed(&mut self, now: Instant, wrong: bool) -> Vec<Output> {
        let Some(tree) = self.here() else {
            return self.apologise();
        };
        if self.attempts + 1 < tree.attempts {
            let before = if wrong {
                tree.wrong.clone()
            } else {
                Vec::new()
            };
            self.attempts += 1;
            return self.say(now, before);
        }
        match tree.fallback.clone() {
            Some(Destination::Ivr(tree)) => self.enter(now, &tree),
            Some(to) => self.go(to),
            None => self.apologise(),
        }
    }

    fn enter(&mut self, now: Instant, tree: &str) -> Vec<Output> {
        // A tree that is entered again is gone back to: the way back never has circles.
        match self.trees.iter().position(|passed| passed == tree) {
            Some(index) => self.trees.truncate(index + 1),
            None => self.trees.push(tree.to_owned()),
        }
        self.attempts = 0;
        self.say(now, Vec::new())
    }

    /// Says the menu of this tree, after these prompts.
    fn say(&mut self, now: Instant, before: Vec<String>) -> Vec<Output> {
        self.menus += 1;
        let Some(tree) = self.here().filter(|_| self.menus <= MOST_MENUS) else {
            return self.apologise();
        };
        let mut prompts = before;
        prompts.extend(tree.prompts.iter().cloned());
        let until = now + LONGEST_PROMPTS;
        self.set_state(State::Playing { until }, "the menu is said");
        vec![Output::Play(prompts)]
    }

    fn listen(&mut self, now: Instant) {
        let timeout = self.here().map_or(Duration::ZERO, |tree| tree.timeout);
        let until = now + timeout;
        self.set_state(State::Listening { until }, "the prompts are over");
    }

    fn go(&mut self, to: Destination) -> Vec<Output> {
        self.set_state(State::Over, "it leads on");
        vec![Output::Go(to)]
    }

    fn apologise(&mut self) -> Vec<Output> {
        let apology = self.here().map(|tree| tree.apology.clone());
        self.set_state(State::Over, "nothing useful was pressed");
        vec![Output::Apologise(apology.unwrap_or_default())]
    }

    fn set_state(&mut self, new: State, reason: &str) {
        tracing::debug!(tree = self.tree(), old = ?self.state, ?new, reason, "IVR");
        self.state = new;
    }
}

#[cfg(test)]
mod tests;
