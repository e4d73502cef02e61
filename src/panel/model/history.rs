//! Calls that were made and taken, kept from events.

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
    /// The queue that it came from, where the server said so.
    pub queue: Option<String>,
    /// The number of the hotline that it came in by or went out from.
    pub hotline: Option<String>,
    /// When it began here.
    pub began: Millis,
    /// How long the customer had waited in the queue before it began here, where the server said so.
    pub waited_before: Option<Millis>,
    /// How it stands.
    pub standing: Standing,
}

/// How a call stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It rings, here or there.
    Rings,
    /// The two are joined.
    Joined {
        /// From the beginning to the answer.
        rang: Millis,
    },
    /// It is over.
    Over {
        /// Why.
        outcome: Outcome,
        /// From the beginning to the answer, or to the end where there was none.
        rang: Millis,
        /// Talk time in milliseconds; `None` if it was never answered.
        talked: Option<Millis>,
    },
    /// The page went away while it went on.
    CutOff,
}

impl Entry {
    /// How long the customer waited until somebody answered, or until nobody did: in the queue, and
    /// while it rang here. Only of a call from a queue whose server said how long.
    pub fn waited(&self) -> Option<Millis> {
        let before = self.waited_before?;
        match self.standing {
            Standing::Joined { rang } | Standing::Over { rang, .. } => Some(before + rang),
            Standing::Rings | Standing::CutOff => None,
        }
    }

    /// Talk time, of a call that is over and was answered.
    pub fn talked(&self) -> Option<Millis> {
        match self.standing {
            Standing::Over { talked, .. } => talked,
            _ => None,
        }
    }

    /// Whether the call goes on.
    pub fn is_now(&self) -> bool {
        matches!(self.standing, Standing::Rings | Standing::Joined { .. })
    }
}

/// The calls of one account, newest first. The newest [`CallHistory::KEPT`] are kept.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CallHistory {
    entries: Vec<Entry>,
}

impl CallHistory {
    /// So many calls are kept.
    pub const KEPT: usize = 500;

    /// Newest first.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Takes note of an event. The entry that is new or has changed, if one is.
    pub fn note(&mut self, event: &Event, now: Millis) -> Option<&Entry> {
        match event {
            Event::CallIncoming {
                call,
                remote,
                hotline,
                queue,
            } => {
                let queue = queue.clone().unwrap_or_default();
                let waited = queue.waited_s.map(|seconds| Millis::from(seconds) * 1000);
                Some(self.begin(Entry {
                    call: call.clone(),
                    direction: CallDirection::Incoming,
                    remote: remote.clone(),
                    queue: queue.name,
                    hotline: hotline.clone().or(queue.called),
                    began: now,
                    waited_before: waited,
                    standing: Standing::Rings,
                }))
            }
            Event::CallPlaced {
                call,
                remote,
                hotline,
            } => Some(self.begin(Entry {
                call: call.clone(),
                direction: CallDirection::Outgoing,
                remote: remote.clone(),
                queue: None,
                hotline: hotline.clone(),
                began: now,
                waited_before: None,
                standing: Standing::Rings,
            })),
            Event::CallAnswered { call, rang } => {
                self.change(call, Standing::Joined { rang: *rang })
            }
            Event::CallEnded {
                call,
                outcome,
                rang,
                talked,
            } => self.change(
                call,
                Standing::Over {
                    outcome: outcome.clone(),
                    rang: *rang,
                    talked: *talked,
                },
            ),
            _ => None,
        }
    }

    /// Takes in the calls that were kept before. One that is here already stays as it is here; one
    /// that has no end lost it with its page.
    pub fn take_in(&mut self, kept: impl IntoIterator<Item = Entry>) {
        for mut entry in kept {
            if entry.is_now() {
                entry.standing = Standing::CutOff;
            }
            if self.entries.iter().all(|here| here.call != entry.call) {
                self.entries.push(entry);
            }
        }
        self.entries
            .sort_by_key(|entry| std::cmp::Reverse(entry.began));
        self.entries.truncate(Self::KEPT);
    }

    /// Forgets all calls but those that go on.
    pub fn clear(&mut self) {
        self.entries.retain(Entry::is_now);
    }

    /// Where the history is full: when its oldest call began. What is older is to be kept nowhere.
    pub fn begins(&self) -> Option<Millis> {
        let is_full = self.entries.len() >= Self::KEPT;
        self.entries.last().filter(|_| is_full).map(|it| it.began)
    }

    fn begin(&mut self, entry: Entry) -> &Entry {
        self.entries.insert(0, entry);
        self.entries.truncate(Self::KEPT);
        &self.entries[0]
    }

    /// Changes a call, where there is such a one.
    fn change(&mut self, call: &CallId, standing: Standing) -> Option<&Entry> {
        let mut entries = self.entries.iter_mut();
        let entry = entries.find(|entry| entry.call == *call)?;
        entry.standing = standing;
        Some(entry)
    }
}

/// What kind of entry it is, for its icon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// It goes on.
    Now,
    /// Called from outside, and nothing went wrong.
    Incoming,
    /// Called from here, and answered.
    Outgoing,
    /// Nobody took it here, or anywhere.
    Missed,
    /// Called from here, and not answered.
    NotReached,
}

/// The kind of an entry.
pub fn kind(entry: &Entry) -> Kind {
    let talked = entry.talked().is_some();
    match (&entry.standing, entry.direction) {
        (Standing::Rings | Standing::Joined { .. }, _) => Kind::Now,
        (_, CallDirection::Incoming) if is_missed(entry) => Kind::Missed,
        (_, CallDirection::Incoming) => Kind::Incoming,
        (Standing::Over { outcome, .. }, CallDirection::Outgoing)
            if !talked && *outcome != Outcome::Cancelled =>
        {
            Kind::NotReached
        }
        (_, CallDirection::Outgoing) => Kind::Outgoing,
    }
}

/// Whether somebody called and nobody answered: neither here nor elsewhere, and it was not declined.
pub fn is_missed(entry: &Entry) -> bool {
    entry.direction == CallDirection::Incoming
        && match &entry.standing {
            Standing::Over {
                outcome, talked, ..
            } => {
                talked.is_none()
                    && !matches!(
                        outcome,
                        Outcome::AnsweredElsewhere { .. } | Outcome::Declined
                    )
            }
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use alo_api::QueueFacts;

    use super::*;

    fn id(name: &str) -> CallId {
        CallId(name.into())
    }

    fn incoming(name: &str) -> Event {
        Event::CallIncoming {
            call: id(name),
            remote: Party::default(),
            hotline: None,
            queue: None,
        }
    }

    fn ended(name: &str, outcome: Outcome, talked: Option<Millis>) -> Event {
        Event::CallEnded {
            call: id(name),
            outcome,
            rang: 2_000,
            talked,
        }
    }

    fn kind_after(events: &[Event]) -> Kind {
        let mut history = CallHistory::default();
        for event in events {
            history.note(event, 1_000);
        }
        assert_eq!(history.entries().len(), 1);
        kind(&history.entries()[0])
    }

    #[test]
    fn a_call_is_one_entry_from_ring_to_end() {
        let mut history = CallHistory::default();
        assert!(history.note(&incoming("a"), 1_000).is_some());
        assert!(history.entries()[0].is_now());
        let answered = Event::CallAnswered {
            call: id("a"),
            rang: 2_000,
        };
        let entry = history.note(&answered, 3_000).expect("the call");
        assert_eq!(entry.standing, Standing::Joined { rang: 2_000 });
        history.note(&ended("a", Outcome::HungUpHere, Some(4_000)), 9_000);
        let entry = &history.entries()[0];
        assert_eq!((entry.began, entry.talked()), (1_000, Some(4_000)));
        assert_eq!(kind(entry), Kind::Incoming);
    }

    #[test]
    fn a_queue_call_has_its_queue_and_the_whole_wait() {
        let mut history = CallHistory::default();
        let event = Event::CallIncoming {
            call: id("a"),
            remote: Party::default(),
            hotline: None,
            queue: Some(QueueFacts {
                name: Some("Sales".into()),
                waited_s: Some(84),
                called: Some("+842873001001".into()),
                ..QueueFacts::default()
            }),
        };
        let entry = history.note(&event, 1_000).expect("an entry");
        assert_eq!(entry.waited(), None, "it still waits");
        assert_eq!(entry.hotline.as_deref(), Some("+842873001001"));
        let end = ended("a", Outcome::Missed, None);
        let entry = history.note(&end, 3_000).expect("an entry");
        assert_eq!(entry.waited(), Some(86_000));
        assert_eq!(entry.queue.as_deref(), Some("Sales"));
    }

    #[test]
    fn what_others_answer_or_this_agent_declines_is_not_missed() {
        let elsewhere = Outcome::AnsweredElsewhere { by: None };
        for (outcome, expected) in [
            (elsewhere, Kind::Incoming),
            (Outcome::Declined, Kind::Incoming),
            (Outcome::Missed, Kind::Missed),
            (Outcome::NoMicrophone, Kind::Missed),
        ] {
            let events = [incoming("a"), ended("a", outcome, None)];
            assert_eq!(kind_after(&events), expected, "{events:?}");
        }
        let placed = Event::CallPlaced {
            call: id("a"),
            remote: Party::default(),
            hotline: None,
        };
        let busy = [placed.clone(), ended("a", Outcome::Busy, None)];
        assert_eq!(kind_after(&busy), Kind::NotReached);
        let cancelled = [placed, ended("a", Outcome::Cancelled, None)];
        assert_eq!(kind_after(&cancelled), Kind::Outgoing);
    }

    #[test]
    fn the_end_of_an_unknown_call_changes_nothing() {
        let mut history = CallHistory::default();
        let unknown = ended("x", Outcome::Busy, None);
        assert_eq!(history.note(&unknown, 1_000), None);
        assert_eq!(history.note(&Event::ConnectionLost, 1_000), None);
    }

    #[test]
    fn old_entries_make_room() {
        let mut history = CallHistory::default();
        for number in 0..=CallHistory::KEPT as u64 {
            assert_eq!(history.begins(), None, "there is room");
            history.note(&incoming(&number.to_string()), 1_000 + number);
            if number + 1 == CallHistory::KEPT as u64 {
                break;
            }
        }
        assert_eq!(history.begins(), Some(1_000));
        history.note(&incoming("new"), 9_000);
        assert_eq!(history.entries().len(), CallHistory::KEPT);
        assert_eq!(history.begins(), Some(1_001));
        assert_eq!(history.entries()[0].call, id("new"));
    }

    #[test]
    fn what_was_kept_before_joins_what_is_new() {
        let mut before = CallHistory::default();
        before.note(&incoming("old"), 1_000);
        before.note(&ended("old", Outcome::Missed, None), 2_000);
        before.note(&incoming("cut off"), 3_000);
        before.note(&incoming("here"), 4_000);
        let mut history = CallHistory::default();
        history.note(&incoming("here"), 4_000);
        history.take_in(before.entries().to_vec());
        let calls: Vec<&str> = history
            .entries()
            .iter()
            .map(|it| it.call.0.as_str())
            .collect();
        assert_eq!(calls, ["here", "cut off", "old"]);
        assert!(history.entries()[0].is_now(), "it goes on in this page");
        assert_eq!(history.entries()[1].standing, Standing::CutOff);
        history.clear();
        assert_eq!(history.entries().len(), 1, "the call that goes on stays");
    }
}
