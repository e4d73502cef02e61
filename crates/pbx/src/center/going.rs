//! Where a call goes, and where it goes on to.

use std::sync::Arc;
use std::time::Duration;

use alo_api::header;
use alo_sip::time::Instant;

use super::Center;
use super::active::CallId;
use super::asked::Origin;
use super::requests::percent_encode;
use super::ringing::{Fields, Ringer, RingingPhone, fields};
use crate::acd;
use crate::call::{Meanwhile, Next, Person};
use crate::config::{Config, Destination, Overflow};
use crate::leg::Refusal;
use crate::media::{MusicId, PromptId};
use crate::routing::{self, Route};
use crate::simulated::Phone;

/// What a caller is told, in words, whom nobody is left to be put through to.
pub(super) const APOLOGY: [&str; 2] = ["apology-vi", "apology-en"];

/// The network itself says when nobody answers; it is waited for a little longer than that.
const NETWORK_GRACE: Duration = Duration::from_secs(5);

/// Who is rung.
#[derive(Debug)]
pub(super) struct Rung {
    /// All phones of one person; none where nobody is rung.
    pub(super) phones: Vec<Ringer>,
    /// For how long.
    pub(super) ring: Duration,
}

impl Rung {
    /// Extension or number.
    pub(super) fn who(&self) -> Option<String> {
        Some(self.phones.first()?.person.name().to_owned())
    }
}

/// How somebody is rung.
#[derive(Debug)]
pub(super) struct Manner {
    /// For how long.
    pub(super) ring: Duration,
    /// What is heard until somebody answers.
    pub(super) meanwhile: Meanwhile,
    /// What the phones are told besides.
    pub(super) fields: Fields,
}

impl Center {
    /// Lets a call go where it is to go.
    pub(super) fn go(&mut self, now: Instant, id: CallId, route: &Route<'_>) {
        let config = Arc::clone(&self.config);
        match route {
            Route::Hotline(hotline) => self.go_to(now, id, &hotline.to),
            Route::Queue(queue) => self.go_to_queue(now, id, &queue.id),
            Route::Ivr(ivr) => {
                let tree = ivr.id.clone();
                self.enter(now, id, Next::Ivr { config, tree });
            }
            Route::Agent(_) | Route::Phone(_) | Route::Trunk(_) | Route::Echo => {
                let rung = self.rung(route);
                match rung.and_then(|rung| self.ring(now, id, rung)) {
                    Ok(next) => self.enter(now, id, next),
                    Err(refusal) => self.refuse(now, id, refusal),
                }
            }
        }
    }

    /// Lets a call go on to a destination of the configuration.
    pub(super) fn go_to(&mut self, now: Instant, id: CallId, to: &Destination) {
        let config = Arc::clone(&self.config);
        match routing::destination(&config, to) {
            Some(route) => self.go(now, id, &route),
            None => self.refuse(now, id, refusal(404, "There is no such number")),
        }
    }

    /// A call has waited long enough.
    pub(super) fn overflow(&mut self, now: Instant, id: CallId, to: Overflow, waited: Duration) {
        // Somebody may have answered in the same instant.
        let Some(active) = self.calls.get_mut(&id).filter(|active| active.waits()) else {
            return;
        };
        active.waited = waited;
        match to {
            Overflow::To(to) => self.go_to(now, id, &to),
            Overflow::Apology(prompts) => self.apologise(now, id, prompts),
        }
    }

    /// Nobody could be reached: an unanswered caller is refused, another is told so.
    pub(super) fn refuse(&mut self, now: Instant, id: CallId, refusal: Refusal) {
        let answered = self.calls.get(&id).map(|active| active.call.is_answered());
        match answered {
            Some(false) => self.enter(now, id, Next::Refuse(refusal)),
            Some(true) => self.apologise(now, id, APOLOGY.map(String::from).to_vec()),
            None => {}
        }
    }

    pub(super) fn apologise(&mut self, now: Instant, id: CallId, prompts: Vec<String>) {
        let prompts = prompts.into_iter().map(PromptId).collect();
        self.enter(now, id, Next::Apology(prompts));
    }

    pub(super) fn go_to_queue(&mut self, now: Instant, id: CallId, queue: &str) {
        let music = self.config.queue(queue).map(|queue| queue.music.clone());
        let Some(active) = self.calls.get_mut(&id) else {
            return;
        };
        active.rung = None;
        let music = MusicId(music.unwrap_or_else(|| "default".into()));
        self.track(id, |track| track.queue(now, queue));
        self.enter(now, id, Next::Queue { music });
        // He may be gone already.
        let Some(active) = self.calls.get_mut(&id) else {
            return;
        };
        active.queue = Some(queue.to_owned());
        active.last_queue = Some(queue.to_owned());
        let waited = active.waited;
        self.tell_acd(acd::Input::Enter {
            call: acd::CallKey(id.0),
            queue: queue.to_owned(),
            waited,
        });
        self.tell_transfer(now, id);
    }

    /// The next stage of a call begins.
    pub(super) fn enter(&mut self, now: Instant, id: CallId, next: Next) {
        if let Some(active) = self.calls.get_mut(&id) {
            let span = active.span.clone();
            let _entered = span.enter();
            self.acd_inputs.extend(active.leaves_queue(id));
            active.tree = None;
            tracing::info!(to = %next, "goes on");
            let outputs = active.call.enter(now, next);
            self.carry_out(now, id, outputs);
        }
    }

    /// Whom a route rings; nobody where it leads to a queue, a tree or a hotline.
    pub(super) fn rung(&self, route: &Route<'_>) -> Result<Rung, Refusal> {
        let network = |number: &str, phone| Rung {
            phones: vec![Ringer {
                person: Person::Number(number.to_owned()),
                phone,
            }],
            ring: self.config.network.no_answer + NETWORK_GRACE,
        };
        Ok(match route {
            Route::Agent(agent) => {
                let phones = self.phones_of(&agent.extension);
                if phones.is_empty() {
                    let text = format!("{} is not signed in", agent.extension);
                    return Err(refusal(480, &text));
                }
                let ring = self.config.calls.ring;
                Rung { phones, ring }
            }
            Route::Phone(number) => {
                let phone = Phone::new(number, &self.config.network);
                network(&number.number, RingingPhone::Simulated(phone))
            }
            Route::Trunk(number) => {
                let phone = RingingPhone::Trunk {
                    number: number.clone(),
                };
                network(number, phone)
            }
            Route::Echo => network(routing::ECHO, RingingPhone::Simulated(Phone::echo())),
            Route::Hotline(_) | Route::Queue(_) | Route::Ivr(_) => Rung {
                phones: Vec::new(),
                ring: self.config.calls.ring,
            },
        })
    }

    /// Rings somebody for a call that comes there.
    fn ring(&mut self, now: Instant, id: CallId, rung: Rung) -> Result<Next, Refusal> {
        let gone = || refusal(487, "The call is over");
        let active = self.calls.get(&id).ok_or_else(gone)?;
        let origin = active.origin.clone();
        let manner = Manner {
            ring: rung.ring,
            meanwhile: Meanwhile::Ringback,
            fields: active.introduction.clone(),
        };
        let who = rung.who();
        let next = self.hunt(id, &origin, rung.phones, manner)?;
        self.note_rung(now, id, who);
        Ok(next)
    }

    /// Lets phones ring for a call, for whoever `origin` is. Nothing of it has changed yet but that there
    /// are legs.
    pub(super) fn hunt(
        &mut self,
        id: CallId,
        origin: &Origin,
        phones: Vec<Ringer>,
        manner: Manner,
    ) -> Result<Next, Refusal> {
        let queue = self.calls.get(&id);
        let queue = queue.and_then(|active| active.last_queue.as_deref());
        let music = music_of(&self.config, queue, origin.hotline());
        let mut fields = direct(manner.ring, origin.called.as_deref());
        fields.extend(manner.fields);
        let branches = self.branches(id, origin, phones, &fields)?;
        Ok(Next::Hunt {
            branches,
            ring: manner.ring,
            music,
            meanwhile: manner.meanwhile,
        })
    }

    /// Notes who is rung for a call.
    pub(super) fn note_rung(&mut self, now: Instant, id: CallId, who: Option<String>) {
        if let (Some(active), Some(who)) = (self.calls.get_mut(&id), who) {
            active.rung = Some(who.clone());
            active.track.put_through(now);
            active.track.offered(now, &who);
        }
    }
}

/// The music of a call: that of the queue which it came through, or that of its hotline.
fn music_of(config: &Config, queue: Option<&str>, hotline: Option<&str>) -> MusicId {
    let queue = queue.and_then(|queue| config.queue(queue));
    let hotline = || hotline.and_then(|number| config.hotline(number));
    let queue = queue.or_else(|| config.music_queue(hotline()?));
    MusicId(queue.map_or("default", |queue| &queue.music).to_owned())
}

/// What a phone is told that is called by somebody, and not out of a queue: how long it rings, and the
/// hotline that was called.
fn direct(ring: Duration, called: Option<&str>) -> Fields {
    let within = (header::ANSWER_WITHIN, ring.as_secs().to_string());
    let called = called.map(|number| (header::CALLED, number.to_owned()));
    fields([within].into_iter().chain(called))
}

/// What a phone is told that is offered a call out of a queue of this name.
pub(super) fn offered(
    name: &str,
    ring: Duration,
    called: Option<&str>,
    facts: Option<acd::Facts>,
) -> Fields {
    let mut fields = direct(ring, called);
    fields.extend(self::fields([(header::QUEUE, percent_encode(name))]));
    if let Some(facts) = facts {
        fields.extend(self::fields([
            (header::WAITING, facts.waiting.to_string()),
            (header::WAITED, facts.waited.as_secs().to_string()),
        ]));
    }
    fields
}

pub(super) fn refusal(status: u16, text: &str) -> Refusal {
    Refusal {
        status,
        text: text.into(),
    }
}
