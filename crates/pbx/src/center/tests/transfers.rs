//! What stories of transfers are told with.

use alo_api::header;
use alo_sip::header::{HeaderName, ReferTo, UserToUser};
use alo_sip::ua::{Event, Invite, Refer, ReferralEvent, SessionId};
use alo_sip::uri::{NameAddr, Uri};

use super::super::active::Active;
use super::world::{SALES, SDP, World};
use crate::acd;
use crate::call::{Person, Plays};
use crate::media::{LegId, MusicId, Source};

pub(super) fn music(name: &str) -> Source {
    Source::Music(MusicId(name.into()))
}

fn address(user: &str) -> NameAddr {
    NameAddr::new(Uri::sip(Some(user), "alo.local").unwrap())
}

impl World {
    /// Agents, and a customer who came through the queue of sales and talks with An: his session, and hers.
    pub(super) fn with_customer(agents: &[&'static str]) -> (Self, SessionId, SessionId) {
        let mut world = Self::shift(&["101"], |_| {});
        let customer = world.call_as(("guest-1", "Lan"), SALES);
        let an = world.answer("101");
        for agent in agents {
            world.add(agent);
            world.sign_in(agent);
        }
        world.flows();
        world.hear_each_other("guest-1", "101");
        (world, customer, an)
    }

    /// The media of all flow.
    pub(super) fn flows(&mut self) {
        for leg in self.open_media.clone() {
            let connected = crate::media::MediaEvent::Connected(leg);
            self.center.media_event(self.now, &connected);
        }
        self.settle();
    }

    /// A REFER, with a note; its answer and what it comes to are told by [`Self::told_of`].
    pub(super) fn refer(&mut self, user: &str, session: SessionId, to: &str) {
        self.refer_to(user, session, ReferTo::new(address(to)));
    }

    pub(super) fn refer_to(&mut self, user: &str, session: SessionId, to: ReferTo) {
        let now = self.now;
        let note = UserToUser::from_text("Muốn đổi máy", 256).to_string();
        let refer = Refer {
            to,
            referred_by: Some(address(user)),
            headers: vec![(HeaderName::UserToUser, note)],
        };
        self.phone(user).ua.refer(now, session, refer).unwrap();
        self.settle();
        self.nobody_is_lost();
    }

    /// An INVITE about the customer of another call.
    pub(super) fn consult(&mut self, user: &str, about: SessionId, target: &str) -> SessionId {
        let now = self.now;
        let uri = Uri::sip(Some(target), "alo.local").unwrap();
        let phone = self.phone(user);
        let note = UserToUser::from_text("Lan hỏi giá", 256).to_string();
        let dialog = phone.ua.target_dialog(about).unwrap().to_string();
        let invite = Invite {
            target: uri.clone(),
            from: address(user),
            to: NameAddr::new(uri),
            contact: Uri::sip(Some(user), "tab.invalid").unwrap(),
            headers: vec![
                (HeaderName::TargetDialog, dialog),
                (HeaderName::UserToUser, note),
            ],
            route: Vec::new(),
            offer: Some(SDP.into()),
            credentials: None,
        };
        let session = phone.ua.invite(now, phone.flow, invite);
        phone.begun.push(session);
        self.settle();
        self.nobody_is_lost();
        session
    }

    /// REFER in the call with the customer, with Replaces of that with the colleague.
    pub(super) fn complete(&mut self, user: &str, customer: SessionId, colleague: SessionId) {
        let replaces = self.phone(user).ua.replaces(colleague);
        assert!(replaces.is_some(), "it has a dialog");
        let to = ReferTo {
            replaces,
            ..ReferTo::new(address("102"))
        };
        self.refer_to(user, customer, to);
    }

    /// REFER in the call with the customer, with Join of that with the colleague.
    pub(super) fn merge(&mut self, user: &str, customer: SessionId, colleague: SessionId) {
        let join = self.phone(user).ua.join(colleague);
        assert!(join.is_some(), "it has a dialog");
        let to = ReferTo {
            join,
            ..ReferTo::new(address("102"))
        };
        self.refer_to(user, customer, to);
    }

    /// What this phone was told of its transfers since it was asked last.
    pub(super) fn told_of(&mut self, user: &str) -> Vec<String> {
        let mut told = Vec::new();
        self.phone(user).events.retain(|event| {
            let Event::Referral { event, .. } = event else {
                return true;
            };
            told.push(match event {
                ReferralEvent::Accepted { .. } => "accepted".into(),
                ReferralEvent::Refused { status, .. } => format!("refused {}", status.code()),
                ReferralEvent::Ended { .. } => "ended".into(),
                ReferralEvent::Progress { fragment } => {
                    let then = fragment.get(&HeaderName::from_static(header::THEN));
                    let to = fragment.get(&HeaderName::To);
                    let (code, reason) = (fragment.status.code(), &fragment.reason);
                    let more = then.or(to).map(|more| format!(" {more}"));
                    format!("{code} {reason}{}", more.unwrap_or_default())
                }
            });
            false
        });
        told
    }

    /// What the phone of an agent is doing, as presence shows it.
    pub(super) fn does(&self, agent: &str) -> acd::Phone {
        self.center.agent_view(agent).unwrap().phone
    }

    /// These two hear each other and nobody else.
    #[track_caller]
    pub(super) fn hear_each_other(&mut self, one: &str, other: &str) {
        let (one_leg, other_leg) = (self.leg(one), self.leg(other));
        assert_eq!(self.hears(one), Source::Leg(other_leg), "{one}");
        assert_eq!(self.hears(other), Source::Leg(one_leg), "{other}");
        self.nobody_is_lost();
    }

    /// Somebody whose phone is a simulated one, by number, hears and is heard by this phone.
    #[track_caller]
    pub(super) fn hears_number(&mut self, user: &str) {
        let hears = self.hears(user);
        assert!(matches!(hears, Source::Prompt(..)), "{hears:?}");
        self.nobody_is_lost();
    }

    /// Seconds pass, and nobody is lost at any time.
    pub(super) fn pass(&mut self, seconds: u64) {
        for _ in 0..seconds {
            self.seconds(1);
            self.nobody_is_lost();
        }
    }

    /// Every customer who is connected talks with somebody, or hears music or what a menu says; and what
    /// the media server plays to him is what his call has for him.
    #[track_caller]
    pub(super) fn nobody_is_lost(&self) {
        for active in self.center.calls.values() {
            for leg in active.call.legs().collect::<Vec<_>>() {
                self.is_not_lost(active, leg);
            }
        }
    }

    #[track_caller]
    fn is_not_lost(&self, active: &Active, leg: LegId) {
        let agent = matches!(active.call.person(leg), Some(Person::Agent(_)));
        let Some(situation) = active.call.situation(leg).filter(|_| !agent) else {
            return;
        };
        let cared_for = match situation.plays {
            Plays::Voice => !situation.with.is_empty(),
            Plays::Music | Plays::Announcement | Plays::Ringing => true,
            // A menu waits for a key.
            Plays::Nothing => active.tree.is_some(),
        };
        assert!(cared_for, "{leg:?}: {situation:?} in {active:?}");
        let simulated = self.center.legs[&leg].flow.is_none();
        if !simulated {
            let hears = self.hears.get(&leg).cloned().unwrap_or(Source::Silence);
            assert_eq!(hears, active.call.hearing(leg), "{leg:?}");
            if let Source::Leg(heard) = hears {
                assert!(self.open_media.contains(&heard), "{heard:?} is closed");
            }
        }
    }

    /// What the last INVITE to this phone said of who calls.
    pub(super) fn caller_shown(&self, user: &str) -> String {
        let invite = self.phones[user].invites.last().expect("it was rung");
        invite
            .headers()
            .get(&HeaderName::From)
            .map_or_else(String::new, |from| {
                let from = from.to_string();
                from.split(";tag").next().unwrap_or_default().to_owned()
            })
    }

    /// A header field of the last INVITE to this phone.
    pub(super) fn invited_with(&self, user: &str, name: &HeaderName) -> Option<String> {
        let invite = self.phones[user].invites.last()?;
        invite.headers().get(name).map(|value| value.to_string())
    }
}
