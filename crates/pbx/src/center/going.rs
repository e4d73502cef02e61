//! Where a call goes, and where it goes on to.

use std::sync::Arc;
use std::time::Duration;

use alo_api::header;
use alo_sip::time::Instant;

use super::active::CallId;
use super::requests::percent_encode;
use super::ringing::{Fields, Ringer, RingingPhone, fields};
use super::{Center, records};
use crate::acd;
use crate::call::{Next, Person};
use crate::config::{Config, Destination, Overflow};
use crate::leg::Refusal;
use crate::media::{MusicId, PromptId};
use crate::routing::{self, Route};
use crate::simulated::Phone;

/// What a caller is told, in words, whom nobody is left to be put through to.
const APOLOGY: [&str; 2] = ["apology-vi", "apology-en"];

/// The network itself says when nobody answers; it is waited for a little longer than that.
const NETWORK_GRACE: Duration = Duration::from_secs(5);

impl Center {
    /// Lets a call go where it is to go.
    pub(super) fn go(&mut self, now: Instant, id: CallId, route: &Route<'_>) {
        let config = Arc::clone(&self.config);
        let next = match route {
            Route::Hotline(hotline) => return self.go_to(now, id, &hotline.to),
            Route::Queue(queue) => return self.go_to_queue(now, id, &queue.id),
            Route::Ivr(ivr) => Ok(Next::Ivr {
                config: Arc::clone(&config),
                tree: ivr.id.clone(),
            }),
            Route::Agent(agent) => self.ring_agent(now, id, &agent.extension),
            Route::Phone(number) => {
                let phone = Phone::new(number, &config.network);
                self.ring_number(now, id, &number.number, RingingPhone::Simulated(phone))
            }
            Route::Trunk(number) => {
                let number = number.clone();
                let phone = RingingPhone::Trunk {
                    number: number.clone(),
                };
                self.ring_number(now, id, &number, phone)
            }
            Route::Echo => self.ring_number(
                now,
                id,
                routing::ECHO,
                RingingPhone::Simulated(Phone::echo()),
            ),
        };
        match next {
            Ok(next) => self.enter(now, id, next),
            Err(refusal) => self.refuse(now, id, refusal),
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

    /// Nobody of those who were rung took it.
    pub(super) fn unanswered(&mut self, now: Instant, id: CallId, refusal: Refusal) {
        if let Some(active) = self.calls.get_mut(&id)
            && let Some(who) = active.rung.take()
        {
            let how = records::offer_end(refusal.status);
            self.track(id, |track| track.offer_over(now, &who, how));
        }
        self.refuse(now, id, refusal);
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

    fn apologise(&mut self, now: Instant, id: CallId, prompts: Vec<String>) {
        let prompts = prompts.into_iter().map(PromptId).collect();
        self.enter(now, id, Next::Apology(prompts));
    }

    fn go_to_queue(&mut self, now: Instant, id: CallId, queue: &str) {
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
    }

    /// The next stage of a call begins.
    fn enter(&mut self, now: Instant, id: CallId, next: Next) {
        if let Some(active) = self.calls.get_mut(&id) {
            let span = active.span.clone();
            let _entered = span.enter();
            self.acd_inputs.extend(active.leaves_queue(id));
            tracing::info!(to = %next, "goes on");
            let outputs = active.call.enter(now, next);
            self.carry_out(now, id, outputs);
        }
    }

    fn ring_agent(&mut self, now: Instant, id: CallId, extension: &str) -> Result<Next, Refusal> {
        let phones = self.phones_of(extension);
        if phones.is_empty() {
            let text = format!("{extension} is not signed in");
            return Err(refusal(480, &text));
        }
        self.ring_phones((now, id), phones, self.config.calls.ring)
    }

    fn ring_number(
        &mut self,
        now: Instant,
        id: CallId,
        number: &str,
        phone: RingingPhone,
    ) -> Result<Next, Refusal> {
        let ringer = Ringer {
            person: Person::Number(number.to_owned()),
            phone,
        };
        let ring = self.config.network.no_answer + NETWORK_GRACE;
        self.ring_phones((now, id), vec![ringer], ring)
    }

    fn ring_phones(
        &mut self,
        (now, id): (Instant, CallId),
        phones: Vec<Ringer>,
        ring: Duration,
    ) -> Result<Next, Refusal> {
        let gone = || refusal(487, "The call is over");
        let active = self.calls.get(&id).ok_or_else(gone)?;
        let music = music_of(
            &self.config,
            active.last_queue.as_deref(),
            active.origin.hotline(),
        );
        let origin = active.origin.clone();
        let fields = direct(ring, origin.called.as_deref());
        let who = phones.first().map(|phone| phone.person.name().to_owned());
        let branches = self.branches(id, &origin, phones, &fields)?;
        if let (Some(active), Some(who)) = (self.calls.get_mut(&id), who) {
            active.rung = Some(who.clone());
            self.track(id, |track| {
                track.put_through(now);
                track.offered(now, &who);
            });
        }
        Ok(Next::Hunt {
            branches,
            ring,
            music,
        })
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

fn refusal(status: u16, text: &str) -> Refusal {
    Refusal {
        status,
        text: text.into(),
    }
}
