//! The calls since the page was opened, kept from events.

use alo_phone::language::{CallDirection, CallId, Event, Millis, Outcome, Party};

/// One call that was made or taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The call.
    pub call: CallId,
    /// Who called whom.
    pub direction: CallDirection,
    /// The other end.
    pub remote: Party,
    /// When it began.
    pub began: Millis,
    /// Whether the two were joined.
    pub answered: bool,
    /// How it ended; `None` while it goes on.
    pub end: Option<End>,
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct End {
    /// Why.
    pub outcome: Outcome,
    /// Talk time in milliseconds; `None` if it was never answered.
    pub talked: Option<Millis>,
}

/// Newest first. A page that stays open for days keeps the newest [`SessionHistory::KEPT`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SessionHistory {
    entries: Vec<Entry>,
}

impl SessionHistory {
    /// So many calls are kept.
    pub const KEPT: usize = 50;

    /// Newest first.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Takes note of an event; `true` if something changed.
    pub fn note(&mut self, event: &Event, now: Millis) -> bool {
        match event {
            Event::CallIncoming { call, remote } => {
                self.begin(call, remote, CallDirection::Incoming, now);
                true
            }
            Event::CallPlaced { call, remote } => {
                self.begin(call, remote, CallDirection::Outgoing, now);
                true
            }
            Event::CallAnswered { call } => self.change(call, |entry| entry.answered = true),
            Event::CallEnded {
                call,
                outcome,
                talked,
            } => self.change(call, |entry| {
                entry.end = Some(End {
                    outcome: outcome.clone(),
                    talked: *talked,
                });
            }),
            _ => false,
        }
    }

    fn begin(&mut self, call: &CallId, remote: &Party, direction: CallDirection, now: Millis) {
        self.entries.insert(
            0,
            Entry {
                call: call.clone(),
                direction,
                remote: remote.clone(),
                began: now,
                answered: false,
                end: None,
            },
        );
        self.entries.truncate(Self::KEPT);
    }

    /// Whether there was such a call to change.
    fn change(&mut self, call: &CallId, change: impl FnOnce(&mut Entry)) -> bool {
        let entry = self.entries.iter_mut().find(|entry| entry.call == *call);
        entry.map(change).is_some()
    }
}

/// What kind of entry it is, for icon and word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Talked, called from outside.
    Incoming,
    /// Talked, called from here.
    Outgoing,
    /// Nobody took it here.
    Missed,
    /// Declined here.
    Declined,
    /// Somebody else took it.
    Elsewhere,
    /// Called from here, and not talked.
    NotReached,
    /// Rings here.
    Ringing,
    /// Called from here, and not answered yet.
    Calling,
    /// The two are joined.
    InProgress,
}

impl Kind {
    /// Whether the call is not over.
    pub fn is_now(self) -> bool {
        matches!(self, Kind::Ringing | Kind::Calling | Kind::InProgress)
    }
}

/// The kind of an entry.
pub fn kind(entry: &Entry) -> Kind {
    let Some(end) = &entry.end else {
        return match entry.direction {
            _ if entry.answered => Kind::InProgress,
            CallDirection::Incoming => Kind::Ringing,
            CallDirection::Outgoing => Kind::Calling,
        };
    };
    match (&end.outcome, entry.direction, end.talked) {
        (Outcome::AnsweredElsewhere { .. }, ..) => Kind::Elsewhere,
        (Outcome::Declined, ..) => Kind::Declined,
        (_, CallDirection::Incoming, None) => Kind::Missed,
        (_, CallDirection::Outgoing, None) => Kind::NotReached,
        (_, CallDirection::Incoming, Some(_)) => Kind::Incoming,
        (_, CallDirection::Outgoing, Some(_)) => Kind::Outgoing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(name: &str) -> CallId {
        CallId(name.into())
    }

    fn incoming(name: &str) -> Event {
        Event::CallIncoming {
            call: id(name),
            remote: Party::default(),
        }
    }

    fn ended(name: &str, outcome: Outcome, talked: Option<Millis>) -> Event {
        Event::CallEnded {
            call: id(name),
            outcome,
            talked,
        }
    }

    #[test]
    fn a_call_is_one_entry_from_ring_to_end() {
        let mut history = SessionHistory::default();
        assert!(history.note(&incoming("a"), 1_000));
        assert_eq!(kind(&history.entries()[0]), Kind::Ringing);
        assert!(history.note(&Event::CallAnswered { call: id("a") }, 3_000));
        assert_eq!(kind(&history.entries()[0]), Kind::InProgress);
        assert!(history.note(&ended("a", Outcome::HungUpHere, Some(4_000)), 9_000));
        assert_eq!(history.entries().len(), 1);
        assert_eq!(history.entries()[0].began, 1_000);
        assert_eq!(kind(&history.entries()[0]), Kind::Incoming);
    }

    #[test]
    fn a_call_taken_by_somebody_else_is_not_missed() {
        let mut history = SessionHistory::default();
        history.note(&incoming("a"), 1_000);
        history.note(
            &ended("a", Outcome::AnsweredElsewhere { by: None }, None),
            2_000,
        );
        assert_eq!(kind(&history.entries()[0]), Kind::Elsewhere);
        history.note(&incoming("b"), 3_000);
        history.note(&ended("b", Outcome::Missed, None), 4_000);
        assert_eq!(kind(&history.entries()[0]), Kind::Missed);
    }

    #[test]
    fn the_end_of_an_unknown_call_changes_nothing() {
        let mut history = SessionHistory::default();
        assert!(!history.note(&ended("x", Outcome::Busy, None), 1_000));
        assert!(!history.note(&Event::ConnectionLost, 1_000));
    }

    #[test]
    fn old_entries_make_room() {
        let mut history = SessionHistory::default();
        for number in 0..=SessionHistory::KEPT {
            history.note(&incoming(&number.to_string()), 1_000);
        }
        assert_eq!(history.entries().len(), SessionHistory::KEPT);
        assert_eq!(history.entries()[0].call, id("50"));
    }
}
