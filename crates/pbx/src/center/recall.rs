//! Nobody is lost: where a customer goes whom nobody has taken.
//!
//! A transfer to an agent or a number that comes to nothing comes back to whoever asked for it, if he can
//! take a call; else it goes to a place for that, and on from there by the rules of that place. A phone
//! of an agent or a number that is gone for good leaves its customer to that place, too.

use std::sync::Arc;

use alo_api::header;
use alo_sip::time::Instant;

use super::active::{Active, CallId};
use super::going::{APOLOGY, Manner};
use super::ringing::fields;
use super::transfer::{Failure, Place, Stage, Then, Transfer};
use super::{Center, records};
use crate::call::{Meanwhile, Person};
use crate::config::{Config, Destination};
use crate::leg::Refusal;
use crate::logging::Shown;
use crate::routing::{self, Route};

impl Center {
    /// Nobody of those who were rung took it.
    pub(super) fn unanswered(&mut self, now: Instant, id: CallId, refusal: Refusal, rang: bool) {
        let Some(active) = self.calls.get_mut(&id) else {
            return;
        };
        let how = records::offer_end(refusal.status);
        if let Some(who) = active.rung.take() {
            active.track.offer_over(now, &who, how);
        }
        match active.transfer.as_ref().map(|transfer| transfer.stage) {
            Some(Stage::Tried) => self.came_to_nothing(now, id, &Failure::of(refusal.status, rang)),
            Some(Stage::Recalled) => {
                active.track.recall_over(how);
                self.fall_back(now, id, None);
            }
            Some(Stage::FallenBack) => {
                active.transfer = None;
                let queue = waiting_place(&self.config, active);
                match queue {
                    Some(queue) => self.go_to_queue(now, id, &queue),
                    None => self.refuse(now, id, refusal),
                }
            }
            Some(Stage::Handed) | None => self.refuse(now, id, refusal),
        }
    }

    /// The target of a transfer does not take it.
    fn came_to_nothing(&mut self, now: Instant, id: CallId, failure: &Failure) {
        let Some(active) = self.calls.get_mut(&id) else {
            return;
        };
        active.track.transfer_over(now, failure.end());
        if self.recall(now, id, failure).is_none() {
            self.fall_back(now, id, Some(failure));
        }
    }

    /// Rings whoever asked for a transfer; nothing where he cannot take a call.
    fn recall(&mut self, now: Instant, id: CallId, failure: &Failure) -> Option<()> {
        let active = self.calls.get(&id)?;
        let transfer = active.transfer.as_ref()?;
        let (by, to) = (transfer.by.clone(), transfer.to.clone());
        let origin = active.origin.clone();
        if self.is_engaged(&by) {
            tracing::info!(by, "cannot be given the call back: busy");
            return None;
        }
        let config = Arc::clone(&self.config);
        let rung = self.rung(&Route::Agent(config.agent(&by)?)).ok()?;
        let from = self.place_address(&to)?;
        let returned = format!("{from};status={}", failure.status.code());
        let manner = Manner {
            ring: config.transfer.recall,
            meanwhile: Meanwhile::Music,
            fields: fields([(header::RETURNED, returned)]),
        };
        let next = self.hunt(id, &origin, rung.phones, manner).ok()?;
        tracing::info!(by, status = failure.status.code(), "comes back");
        self.tell_failure(now, id, failure, Then::Returns);
        let active = self.calls.get_mut(&id)?;
        active
            .transfer
            .as_mut()?
            .set_stage(Stage::Recalled, failure.reason);
        active.track.recalled();
        self.note_rung(now, id, Some(by));
        self.enter(now, id, next);
        Some(())
    }

    /// Whether an agent talks, calls, is rung or offered a call.
    fn is_engaged(&self, agent: &str) -> bool {
        let mut calls = self.calls.values();
        calls.any(|active| active.call.engaged().any(|(who, _)| who == agent))
    }

    /// A customer goes where those go whom nobody has taken.
    fn fall_back(&mut self, now: Instant, id: CallId, failure: Option<&Failure>) {
        let config = Arc::clone(&self.config);
        let Some(active) = self.calls.get(&id) else {
            return;
        };
        let stays = active.call.person(active.call.stays());
        // A colleague is nobody for the queues of customers.
        let places = match stays {
            Some(Person::Agent(_)) => Vec::new(),
            _ => fallbacks(&config, active),
        };
        let mut places = places.into_iter();
        let reached = places.find_map(|to| {
            let route = routing::destination(&config, &to)?;
            let route = past_hotline(&config, route)?;
            let rung = self.rung(&route).ok()?;
            Some((route, rung))
        });
        let place = reached.as_ref().map(|(route, _)| place(route));
        if let Some(failure) = failure {
            self.tell_failure(now, id, failure, Then::Goes(place.as_ref()));
        }
        let Some(active) = self.calls.get_mut(&id) else {
            return;
        };
        let (Some((route, rung)), Some(place)) = (reached, place) else {
            active.transfer = None;
            let prompts = APOLOGY.map(String::from).to_vec();
            return self.apologise(now, id, prompts);
        };
        tracing::info!(to = %Shown::new(&place.user, &config.log), "falls back");
        active.track.fallback(&place.user);
        if rung.phones.is_empty() {
            active.transfer = None;
            return self.go(now, id, &route);
        }
        if let Some(transfer) = &mut active.transfer {
            transfer.set_stage(Stage::FallenBack, "nobody took it");
        }
        let origin = active.origin.clone();
        let manner = Manner {
            ring: rung.ring,
            meanwhile: Meanwhile::Music,
            fields: active.introduction.clone(),
        };
        let who = rung.who();
        match self.hunt(id, &origin, rung.phones, manner) {
            Ok(next) => {
                self.note_rung(now, id, who);
                self.enter(now, id, next);
            }
            Err(refusal) => self.unanswered(now, id, refusal, false),
        }
    }

    /// The phone of an agent, or of a number, is gone for good, and his customer is left.
    pub(super) fn stranded(&mut self, now: Instant, id: CallId, who: &str) {
        self.follow_who_stays(id);
        let Some(active) = self.calls.get_mut(&id) else {
            return;
        };
        self.acd_inputs.extend(active.leaves_queue(id));
        let to = Place {
            user: who.to_owned(),
            name: String::new(),
        };
        active.transfer = Some(Transfer::new(None, who, to, Stage::FallenBack));
        self.fall_back(now, id, None);
    }
}

/// Where a call goes that nobody has taken, the best first.
fn fallbacks(config: &Config, active: &Active) -> Vec<Destination> {
    let last = active.last_queue.clone().map(Destination::Queue);
    let hotline = active.origin.hotline();
    let hotline = hotline.and_then(|number| config.hotline(number));
    let first = config.queues.first();
    let set = config.transfer.fallback.clone();
    let places = set.into_iter().chain(last);
    let places = places.chain(hotline.map(|hotline| hotline.to.clone()));
    let first = first.map(|queue| Destination::Queue(queue.id.clone()));
    places.chain(first).collect()
}

/// Id of the queue for those who found nobody at the place for those whom nobody has taken.
fn waiting_place(config: &Config, active: &Active) -> Option<String> {
    let places = fallbacks(config, active).into_iter();
    let mut queues = places.filter_map(|to| match to {
        Destination::Queue(id) => Some(id),
        _ => None,
    });
    queues.find(|id| config.queue(id).is_some())
}

/// Where a route leads in the end; nowhere where hotlines lead to each other.
pub(super) fn past_hotline<'a>(config: &'a Config, route: Route<'a>) -> Option<Route<'a>> {
    match route {
        Route::Hotline(hotline) => routing::destination(config, &hotline.to)
            .filter(|route| !matches!(route, Route::Hotline(_))),
        route => Some(route),
    }
}

/// What a route leads to.
pub(super) fn place(route: &Route<'_>) -> Place {
    let (user, name) = match route {
        Route::Agent(agent) => (agent.extension.as_str(), agent.name.as_str()),
        Route::Hotline(hotline) => (hotline.number.as_str(), hotline.name.as_str()),
        Route::Queue(queue) => (queue.id.as_str(), queue.name.as_str()),
        Route::Ivr(ivr) => (ivr.id.as_str(), ivr.name.as_str()),
        Route::Phone(phone) => (phone.number.as_str(), ""),
        Route::Trunk(number) => (number.as_str(), ""),
        Route::Echo => (routing::ECHO, ""),
    };
    Place {
        user: user.to_owned(),
        name: name.to_owned(),
    }
}
