//! Hold: what the person wants, and what the wire confirmed.

use crate::language::{Change, Millis};

/// Hold of one call, asked for and confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hold {
    wanted: bool,
    asked: Millis,
    confirmed: bool,
    since: Millis,
}

impl Hold {
    /// Not held since the beginning of the call.
    pub(crate) fn new(began: Millis) -> Self {
        Self {
            wanted: false,
            asked: began,
            confirmed: false,
            since: began,
        }
    }

    /// The person asks; whether that is something new.
    pub(crate) fn ask(&mut self, now: Millis, on: bool) -> bool {
        let new = self.wanted != on;
        if new {
            self.wanted = on;
            self.asked = now;
        }
        new
    }

    /// The wire confirmed a value; whether it changed.
    pub(crate) fn confirm(&mut self, now: Millis, on: bool) -> bool {
        let changed = self.confirmed != on;
        if changed {
            self.confirmed = on;
            self.since = now;
        }
        changed
    }

    /// What was asked for is given up; what the wire confirmed stays.
    pub(crate) fn give_up(&mut self) {
        self.wanted = self.confirmed;
    }

    pub(crate) fn wanted(&self) -> bool {
        self.wanted
    }

    pub(crate) fn confirmed(&self) -> bool {
        self.confirmed
    }

    /// Something is asked for that the wire has not confirmed.
    pub(crate) fn is_open(&self) -> bool {
        self.wanted != self.confirmed
    }

    /// Neither held nor about to be: the two of them may hear each other.
    pub(crate) fn is_off(&self) -> bool {
        !self.wanted && !self.confirmed
    }

    /// As the state shows it; `in_flight` is the value that the open re-INVITE would confirm.
    pub(crate) fn shown(&self, in_flight: Option<bool>) -> Change {
        if self.is_open() || in_flight.is_some_and(|on| on != self.confirmed) {
            Change::Requested {
                on: !self.confirmed,
                since: self.asked,
            }
        } else {
            Change::Confirmed {
                on: self.confirmed,
                since: self.since,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requested_until_the_wire_confirms() {
        let mut hold = Hold::new(5);
        assert_eq!(
            hold.shown(None),
            Change::Confirmed {
                on: false,
                since: 5
            }
        );
        assert!(hold.ask(7, true));
        assert!(!hold.ask(8, true));
        assert_eq!(hold.shown(None), Change::Requested { on: true, since: 7 });
        assert!(hold.confirm(9, true));
        assert_eq!(hold.shown(None), Change::Confirmed { on: true, since: 9 });
    }

    #[test]
    fn a_change_of_mind_is_still_shown_as_asked_for_while_the_first_is_on_the_wire() {
        let mut hold = Hold::new(0);
        hold.ask(1, true);
        hold.ask(2, false);
        assert!(!hold.is_open());
        assert_eq!(
            hold.shown(Some(true)),
            Change::Requested { on: true, since: 2 }
        );
    }
}
