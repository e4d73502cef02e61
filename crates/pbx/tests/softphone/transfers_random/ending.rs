//! The end of a story: everybody ends what there is, nothing is left, and the next call finds its way.

use alo_phone::language::{Command, WorkingState};

use super::story::Story;
use crate::world::{CUSTOMER, Pace, SALES, Who, is_guest};

/// So often everybody ends what there is, at the end: a number that was sent to a menu presses no key, and
/// comes to a queue only when the menu gives it up.
const ROUNDS: usize = 260;

impl Story {
    /// Everybody comes back, and ends what there is: nothing is left.
    pub(super) fn end(&mut self) -> Result<(), String> {
        self.note(|| "the end".into());
        for who in self.world.people() {
            self.world.set_online(who, true);
            self.world.set_pace(who, Pace::default());
        }
        self.world.studio_pace = (0, 0);
        self.wait(9_000)?;
        self.all_come()?;
        for _ in 0..ROUNDS {
            self.ends_one_round()?;
            if self.is_over() {
                break;
            }
        }
        self.wait(240_000)?;
        for who in self.world.people() {
            let state = self.world.state(who);
            if !state.calls.is_empty() || !state.transfers.is_empty() {
                return Err(format!(
                    "{who} still has {:?} {:?}",
                    state.calls, state.transfers
                ));
            }
        }
        if let Some((leg, open)) = self.world.legs().next() {
            return Err(format!("leg {leg} is left: {open:?}"));
        }
        let left = self.world.left_over();
        if !left.is_empty() {
            return Err(format!("left over: {left}"));
        }
        self.next_call()
    }

    /// Whoever has to end what there is has a tab.
    fn all_come(&mut self) -> Result<(), String> {
        for who in ["101", CUSTOMER] {
            if !self.world.is_there(who) {
                self.checks.opens(who);
                self.world.opens_tab(who, Pace::default());
            }
        }
        self.wait(3_000)
    }

    /// Customers hang up; agents take what rings, as a number may wait that nobody hangs up for, and end it.
    fn ends_one_round(&mut self) -> Result<(), String> {
        for who in self.world.people() {
            if is_guest(who) {
                self.ends_all(who);
            } else {
                self.is_available(who);
            }
        }
        self.wait(1_000)?;
        for who in self.world.people() {
            if self.world.rings(who) {
                let call = self.world.ringing(who);
                self.does(who, Command::Answer { call, video: false });
            }
        }
        self.wait(2_000)?;
        for who in self.world.people() {
            self.ends_all(who);
        }
        self.wait(2_000)
    }

    fn is_over(&self) -> bool {
        let people = self.world.people();
        let talks = people.iter().any(|who| !self.world.calls(who).is_empty());
        !talks && self.world.legs().next().is_none() && self.world.left_over().is_empty()
    }

    fn is_available(&mut self, who: Who) {
        let state = WorkingState {
            id: "available".into(),
            name: None,
        };
        // After-call work comes first.
        let _ = self.world.tries(who, Command::SetWorking { state });
    }

    fn ends_all(&mut self, who: Who) {
        let calls = self.world.calls(who);
        let calls: Vec<_> = calls.into_iter().map(|call| call.id.clone()).collect();
        for call in calls {
            self.does(who, Command::HangUp { call });
        }
    }

    /// Whoever is available now is offered the next call: nobody is thought to be busy for ever.
    fn next_call(&mut self) -> Result<(), String> {
        self.all_come()?;
        for who in self.world.people() {
            if !is_guest(who) {
                self.is_available(who);
            }
        }
        self.wait(60_000)?;
        let dial = Command::Dial {
            target: SALES.into(),
            hotline: None,
            video: false,
        };
        self.does(CUSTOMER, dial);
        self.wait(3_000)?;
        let agents = ["101", "102"];
        if !agents
            .iter()
            .any(|who| self.world.is_there(who) && self.world.rings(who))
        {
            return Err(format!(
                "nobody is offered the next call: {:?} {:?}",
                self.world.state("101").working,
                self.world.calls(CUSTOMER)
            ));
        }
        self.ends_all(CUSTOMER);
        self.wait(3_000)
    }
}
