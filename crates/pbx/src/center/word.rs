//! The word of the server: who is at the other end of a call now, and what is heard there.
//!
//! A phone knows whom it called, or who called it. What becomes of the call after that happens here,
//! so it is told: by an UPDATE without an offer (RFC 3311), whose `P-Asserted-Identity` (RFC 3325) names
//! who is there, and whose header fields of [`alo_api::header`] say the rest. Each has the whole word:
//! what is absent is not so.
//!
//! A word is said when it is another one than the last, once for all that one input brought about. The
//! INVITE said the first one to whoever was called, and the 200 to whoever called. Guests are told what
//! they hear and nothing else: customers are not told the names of agents. The phone network is told
//! nothing, and neither is a phone that does not allow UPDATE.

use std::collections::BTreeSet;

use alo_api::{header, plays};
use alo_sip::header::HeaderName;
use alo_sip::time::Instant;
use alo_sip::ua::{Invite, SessionError, SessionEvent};
use alo_sip::uri::NameAddr;

use super::Center;
use super::active::{Active, CallId};
use super::asked::{Origin, Who};
use super::ringing::{Fields, fields};
use super::transfer::Place;
use crate::call::{Person, Plays, Situation};
use crate::media::LegId;

/// What a phone is told, as its header fields have it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Word {
    who: Option<String>,
    plays: Option<&'static str>,
    with: Option<String>,
    about: Option<String>,
}

impl Word {
    fn fields(&self) -> Fields {
        let who = self.who.clone();
        let who = who.map(|who| (HeaderName::PAssertedIdentity, who));
        let rest = fields(
            [
                (header::PLAYS, self.plays.map(str::to_owned)),
                (header::WITH, self.with.clone()),
                (header::ABOUT, self.about.clone()),
            ]
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?))),
        );
        who.into_iter().chain(rest).collect()
    }

    /// What of it is for a guest.
    fn for_a_guest(self) -> Self {
        Self {
            plays: self.plays,
            ..Self::default()
        }
    }
}

/// What the phone of a leg was told, and who is at it.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// Whoever called; of others the call knows.
    pub(super) caller: Option<Origin>,
    guest: bool,
    /// It does not allow UPDATE.
    deaf: bool,
    /// It did not answer something.
    doubted: bool,
    /// The last word; `None` where it may not have arrived.
    word: Option<Word>,
}

impl Told {
    /// Of somebody who calls, and knows whom he dialled.
    pub(super) fn caller(origin: &Origin, dialled: Option<&NameAddr>) -> Self {
        let guest = origin.who == Who::Guest;
        let dialled = dialled.filter(|_| !guest);
        Self {
            caller: Some(origin.clone()),
            guest,
            word: Some(Word {
                who: dialled.map(NameAddr::to_string),
                ..Word::default()
            }),
            ..Self::default()
        }
    }

    /// The INVITE is sent: it says who calls, and what about.
    pub(super) fn invited(&mut self, invite: &Invite) {
        let about = HeaderName::from_static(header::ABOUT);
        let about = invite.headers.iter().find(|(name, _)| *name == about);
        self.word = Some(Word {
            who: Some(invite.from.to_string()),
            plays: Some(plays::VOICE),
            with: None,
            about: about.map(|(_, about)| about.clone()),
        });
    }

    /// The phone was away: what it was told last may not have reached it.
    pub(super) fn was_away(&mut self) {
        self.word = None;
    }
}

impl Center {
    /// A phone that did not answer something, an UPDATE say, and is heard again is told everything again.
    pub(super) fn note_doubt(&mut self, leg: LegId, event: &SessionEvent) {
        let Some(info) = self.legs.get_mut(&leg) else {
            return;
        };
        match event {
            SessionEvent::Uncertain { .. } => info.told.doubted = true,
            SessionEvent::Established if std::mem::take(&mut info.told.doubted) => {
                info.told.was_away();
            }
            _ => {}
        }
    }

    /// A call comes into a tree, or leaves it.
    pub(super) fn is_in_tree(&mut self, id: CallId, tree: Option<String>) {
        if let Some(active) = self.calls.get_mut(&id) {
            active.tree = tree;
        }
    }

    /// Tells phones what is new to them in the calls that changed; says whether there was anything. What
    /// cannot be told now is told when the next input is handled.
    pub(super) fn tell_words(&mut self, now: Instant) -> bool {
        let mut sent = false;
        let mut due = std::mem::take(&mut self.words_due);
        due.extend(self.about_calls_that_are_over(&due));
        for id in due {
            let legs = self.calls.get(&id).map(|active| active.call.legs());
            let legs: Vec<_> = legs.into_iter().flatten().collect();
            for leg in legs {
                match self.tell_word(now, id, leg) {
                    Ok(told) => sent |= told,
                    Err(error) => {
                        tracing::debug!(leg = leg.0, %error, "told later");
                        self.words_due.insert(id);
                    }
                }
            }
        }
        sent
    }

    /// The calls in which somebody is consulted about a customer who is gone.
    fn about_calls_that_are_over(&self, changed: &BTreeSet<CallId>) -> Vec<CallId> {
        if changed.iter().all(|id| self.calls.contains_key(id)) {
            return Vec::new();
        }
        let about = |active: &Active| active.about.as_ref().map(|about| about.call);
        let calls = self.calls.iter();
        let calls =
            calls.filter(|(_, active)| about(active).is_some_and(|of| changed.contains(&of)));
        calls.map(|(id, _)| *id).collect()
    }

    /// Tells the phone of a leg how its call stands, where that is new to it.
    fn tell_word(&mut self, now: Instant, id: CallId, leg: LegId) -> Result<bool, SessionError> {
        let Some(word) = self.word(id, leg) else {
            return Ok(false);
        };
        let Some(info) = self.legs.get_mut(&leg) else {
            return Ok(false);
        };
        let (Some(session), true) = (info.session, info.open && !info.told.deaf) else {
            return Ok(false);
        };
        if info.told.word.as_ref() == Some(&word) {
            return Ok(false);
        }
        match self.ua.update(now, session, word.fields()) {
            Ok(()) => {
                info.told.word = Some(word);
                Ok(true)
            }
            Err(SessionError::NotAllowed(_)) => {
                info.told.deaf = true;
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// What the 200 to a caller's INVITE says of what he hears.
    pub(super) fn first_word(&mut self, leg: LegId) -> Fields {
        let id = self.legs.get(&leg).map(|info| info.call);
        let word = id.and_then(|id| self.word(id, leg));
        let plays = word.and_then(|word| word.plays).unwrap_or(plays::VOICE);
        let Some(info) = self.legs.get_mut(&leg) else {
            return Vec::new();
        };
        info.told.word.get_or_insert_default().plays = Some(plays);
        let said = Some(plays).filter(|plays| *plays != plays::VOICE);
        fields(said.map(|plays| (header::PLAYS, plays.to_owned())))
    }

    /// How a call stands for a leg; `None` where it is told nothing, or is between two stages.
    fn word(&self, id: CallId, leg: LegId) -> Option<Word> {
        let active = self.calls.get(&id)?;
        let info = self.legs.get(&leg)?;
        let agent = matches!(active.call.person(leg), Some(Person::Agent(_)));
        if !agent && !info.told.guest {
            return None;
        }
        let situation = active.call.situation(leg)?;
        let word = Word {
            plays: Some(played(active, &situation)?),
            about: self.about(active, leg),
            ..self.others(active, leg, &situation)
        };
        Some(if agent { word } else { word.for_a_guest() })
    }

    /// Who is at the other end, and who else.
    fn others(&self, active: &Active, leg: LegId, situation: &Situation) -> Word {
        let mut with = situation.with.clone();
        // A customer before colleagues.
        with.sort_by_key(|leg| matches!(active.call.person(*leg), Some(Person::Agent(_))));
        let people = with.iter().filter_map(|leg| self.who_is_at(active, *leg));
        let mut people = people.filter_map(|who| self.place_address(&who));
        if with.is_empty() {
            let stays = leg == active.call.stays();
            let place = place(active, situation.plays).filter(|_| stays);
            let address = place.and_then(|place| self.place_address(&self.place_named(place)));
            return Word {
                who: address.map(|address| address.to_string()),
                ..Word::default()
            };
        }
        let first = people.next();
        let rest: Vec<_> = people.map(|address| address.to_string()).collect();
        Word {
            who: first.map(|first| first.to_string()),
            with: (!rest.is_empty()).then(|| rest.join(", ")),
            ..Word::default()
        }
    }

    /// The customer whom a colleague is consulted about, as that one is told.
    fn about(&self, active: &Active, leg: LegId) -> Option<String> {
        let about = active.about.as_ref().filter(|_| leg != active.origin_leg)?;
        let address = self.place_address(&caller(&about.who))?;
        let address = if self.calls.contains_key(&about.call) {
            address
        } else {
            address.with_param("gone", None)
        };
        Some(address.to_string())
    }

    /// Who is at a leg of a call.
    fn who_is_at(&self, active: &Active, leg: LegId) -> Option<Place> {
        let caller = self
            .legs
            .get(&leg)
            .and_then(|info| info.told.caller.as_ref().map(caller));
        let person = || active.call.person(leg);
        caller.or_else(|| Some(self.place_of(person()?)))
    }

    /// An agent, a queue or a tree, or a number.
    fn place_named(&self, user: &str) -> Place {
        let config = &self.config;
        let agent = config.agent(user).map(|agent| &agent.name);
        let queue = || config.queue(user).map(|queue| &queue.name);
        let tree = || config.ivr(user).map(|ivr| &ivr.name);
        let name = agent.or_else(queue).or_else(tree);
        Place {
            user: user.to_owned(),
            name: name.cloned().unwrap_or_default(),
        }
    }
}

/// Whoever calls.
fn caller(origin: &Origin) -> Place {
    Place {
        user: origin.user.clone(),
        name: origin.name.clone(),
    }
}

/// What is heard, in the words of [`plays`]; `None` between two stages.
fn played(active: &Active, situation: &Situation) -> Option<&'static str> {
    Some(match situation.plays {
        Plays::Voice => plays::VOICE,
        Plays::Music => plays::MUSIC,
        Plays::Announcement => plays::ANNOUNCEMENT,
        Plays::Ringing => plays::RINGING,
        // A menu waits for a key.
        Plays::Nothing if active.tree.is_some() => plays::ANNOUNCEMENT,
        Plays::Nothing if situation.with.is_empty() => return None,
        Plays::Nothing => plays::VOICE,
    })
}

/// Where somebody is who talks with nobody: the id of the queue or tree, or whom he rings.
fn place(active: &Active, plays: Plays) -> Option<&str> {
    let queue = active.queue.as_deref().filter(|_| active.waits());
    let rung = active.rung.as_deref();
    // Who hears an apology rings nobody any more.
    let rung = rung.filter(|_| plays != Plays::Announcement);
    queue.or(active.tree.as_deref()).or(rung)
}
