//! What an agent is doing, as the documents of RFC 3863 and RFC 4235 say it, and back.

use std::time::Duration;

use alo_api::working;
use alo_sip::presence::{Activity, DialogEntry, DialogInfo, DialogState, Direction, Presence};
use alo_sip::time::Instant;

use crate::acd::{AgentView, Phone};

/// What is known of an agent at an instant, as somebody sees it. Two that are equal look the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// Id of the working state.
    pub state: String,
    /// Its name.
    pub name: String,
    /// Since when what is shown is so, where that is known.
    pub since: Option<Instant>,
    /// Until when the working state lasts by itself (after-call work).
    pub until: Option<Instant>,
    /// The state that follows: id and name.
    pub next: Option<(String, String)>,
    /// The phone.
    pub phone: Phone,
}

impl Snapshot {
    /// As the agent himself sees it: all of it, and since when he is in his working state.
    #[must_use]
    pub fn of_oneself(agent: AgentView) -> Self {
        Self {
            state: agent.state,
            name: agent.name,
            since: Some(agent.since),
            until: agent.until,
            next: agent.next,
            phone: agent.phone,
        }
    }

    /// As a colleague sees it: not what the agent plans, nor how long the after-call work lasts; and
    /// since when the phone does what it does, where that is what counts.
    #[must_use]
    pub fn of_a_colleague(agent: AgentView) -> Self {
        let since = match agent.phone {
            Phone::Idle => Some(agent.since).max(agent.phone_since),
            Phone::Offline | Phone::Ringing | Phone::InCall => agent.phone_since,
        };
        Self {
            since,
            until: None,
            next: None,
            ..Self::of_oneself(agent)
        }
    }

    /// As a busy lamp sees it: the phone and nothing else.
    #[must_use]
    pub fn of_a_lamp(agent: &AgentView) -> Self {
        Self {
            state: String::new(),
            name: String::new(),
            since: None,
            until: None,
            next: None,
            phone: match agent.phone {
                Phone::Offline => Phone::Idle,
                phone => phone,
            },
        }
    }

    /// As a presence document of this entity (`sip:101@alo.local`).
    #[must_use]
    pub fn presence(&self, now: Instant, entity: &str) -> Presence {
        let seconds = |span: Duration| (span.as_millis() + 500) as u64 / 1000;
        Presence {
            entity: entity.to_owned(),
            open: self.phone != Phone::Offline,
            activity: self.activity(),
            state: Some(self.state.clone()),
            note: Some(self.name.clone()),
            next: self.next.as_ref().map(|(id, _)| id.clone()),
            next_note: self.next.as_ref().map(|(_, name)| name.clone()),
            for_s: self.since.map(|since| (now - since).as_secs()),
            left_s: self.until.map(|until| seconds(until - now)),
            queue: None,
        }
    }

    fn activity(&self) -> Activity {
        match (self.phone, self.state.as_str()) {
            (Phone::InCall, _) => Activity::OnThePhone,
            (Phone::Ringing, _) => Activity::Ringing,
            (_, working::AVAILABLE) => Activity::None,
            (_, working::LUNCH_BREAK) => Activity::Meal,
            (_, working::SHORT_BREAK) => Activity::Break,
            (_, working::AFTER_CALL_WORK) => Activity::Working,
            (_, working::NOT_AVAILABLE) => Activity::Away,
            _ => Activity::Other,
        }
    }

    /// As a document for busy lamps. What the dialogs are to which somebody belongs is not told: one
    /// stands for all.
    #[must_use]
    pub fn dialogs(&self, entity: &str, version: u32) -> DialogInfo {
        let state = match self.phone {
            Phone::Offline | Phone::Idle => None,
            Phone::Ringing => Some(DialogState::Early),
            Phone::InCall => Some(DialogState::Confirmed),
        };
        DialogInfo {
            entity: entity.to_owned(),
            version,
            full: true,
            dialogs: state
                .map(|state| DialogEntry {
                    id: "1".into(),
                    direction: Some(Direction::Recipient),
                    state,
                })
                .into_iter()
                .collect(),
        }
    }
}

/// The working state that a published document wishes for: Alo's own word, where `knows` it, or what the
/// activities of another phone come to. `None` where it says nothing that could be carried out.
#[must_use]
pub fn wish(presence: &Presence, knows: impl Fn(&str) -> bool) -> Option<String> {
    if let Some(id) = &presence.state {
        return knows(id).then(|| id.clone());
    }
    let state = match presence.activity {
        _ if !presence.open => working::NOT_AVAILABLE,
        Activity::None => working::AVAILABLE,
        Activity::Meal => working::LUNCH_BREAK,
        Activity::Break => working::SHORT_BREAK,
        Activity::Away | Activity::Busy | Activity::Working | Activity::Other => {
            working::NOT_AVAILABLE
        }
        // What the phone is doing is known here, and is no choice.
        Activity::OnThePhone | Activity::Ringing => return None,
    };
    Some(state.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Instant {
        Instant::from_millis(seconds * 1000)
    }

    /// An is at lunch since 10, will be available next, and talks since 40.
    fn view() -> AgentView {
        AgentView {
            state: working::LUNCH_BREAK.into(),
            name: "Lunch break".into(),
            since: at(10),
            until: None,
            next: Some((working::AVAILABLE.into(), "Available".into())),
            phone: Phone::InCall,
            phone_since: Some(at(40)),
        }
    }

    fn published(state: Option<&str>, activity: Activity) -> Presence {
        Presence {
            entity: "sip:101@alo.local".into(),
            open: true,
            activity,
            state: state.map(Into::into),
            note: None,
            next: None,
            next_note: None,
            for_s: None,
            left_s: None,
            queue: None,
        }
    }

    #[test]
    fn oneself_a_colleague_and_a_lamp_see_different_things() {
        let own = Snapshot::of_oneself(view()).presence(at(50), "sip:101@alo.local");
        assert_eq!(
            (own.for_s, own.next.as_deref()),
            (Some(40), Some("available"))
        );
        assert_eq!((own.open, own.activity), (true, Activity::OnThePhone));
        let other = Snapshot::of_a_colleague(view()).presence(at(50), "sip:101@alo.local");
        assert_eq!((other.for_s, other.next), (Some(10), None));
        assert_eq!(other.note.as_deref(), Some("Lunch break"));
        let lamp = Snapshot::of_a_lamp(&view()).dialogs("sip:101@alo.local", 3);
        assert_eq!(lamp.activity(), Activity::OnThePhone);
        let offline = AgentView {
            phone: Phone::Offline,
            ..view()
        };
        let offline = Snapshot::of_a_colleague(offline).presence(at(50), "sip:101@alo.local");
        assert!(!offline.open);
        let never = AgentView {
            phone: Phone::Offline,
            phone_since: None,
            ..view()
        };
        let never = Snapshot::of_a_colleague(never).presence(at(50), "sip:101@alo.local");
        assert_eq!((never.open, never.for_s), (false, None));
    }

    #[test]
    fn after_call_work_is_counted_down() {
        let view = AgentView {
            state: working::AFTER_CALL_WORK.into(),
            phone: Phone::Idle,
            until: Some(at(80)),
            ..view()
        };
        let own = Snapshot::of_oneself(view).presence(at(50), "sip:101@alo.local");
        assert_eq!((own.activity, own.left_s), (Activity::Working, Some(30)));
    }

    #[test]
    fn what_phones_publish_becomes_a_working_state() {
        let wish =
            |state, activity| super::wish(&published(state, activity), |id| id == "training");
        assert_eq!(
            wish(Some("training"), Activity::None).as_deref(),
            Some("training")
        );
        assert_eq!(wish(Some("holiday"), Activity::None), None);
        assert_eq!(wish(None, Activity::Meal).as_deref(), Some("lunch-break"));
        assert_eq!(wish(None, Activity::None).as_deref(), Some("available"));
        assert_eq!(wish(None, Activity::OnThePhone), None);
        let closed = Presence {
            open: false,
            ..published(None, Activity::None)
        };
        assert_eq!(
            super::wish(&closed, |_| true).as_deref(),
            Some("not-available")
        );
    }
}
