//! What must be so after every step.

use std::collections::{BTreeMap, BTreeSet};

use alo_pbx::media::{LegId, Repeat, Source};
use alo_phone::language::{Call, CallId, Event, Millis, Outcome, Phase, Sound};

use crate::world::{Heard, Who, World, is_guest};

/// For so long a customer may hear nothing: media is slow, or a menu waits for a key.
const SILENCE: Millis = 12_000;
/// So long after somebody hung up the other end is told.
const TOLD_WITHIN: Millis = 15_000;
/// The same where a connection was away: a BYE waits for it.
const TOLD_LATE: Millis = 400_000;
/// A phone and the call centre may think differently of a call for so long.
const DIFFERENT: Millis = 60_000;

/// Why a customer's call may end though he did not hang up.
#[derive(Debug, Clone)]
struct Reason {
    at: Millis,
    what: String,
}

/// What is known of one customer.
#[derive(Debug, Default)]
struct Customer {
    /// Events of the phone that were looked at.
    seen: usize,
    /// Since when there is nobody and nothing to be heard.
    silent: Option<Millis>,
    reasons: Vec<Reason>,
}

/// Everything that has to be remembered from one step to the next.
#[derive(Debug, Default)]
pub(super) struct Checks {
    customers: BTreeMap<Who, Customer>,
    /// Since when phone and call centre do not agree that there is this call.
    ghosts: BTreeMap<(Who, CallId), Millis>,
    /// When a connection was away last.
    away: BTreeMap<Who, Millis>,
    away_last: Millis,
    /// With which customers a leg has to do: also where both hold each other, and nothing shows it.
    joined: BTreeMap<LegId, Vec<Who>>,
}

impl Checks {
    /// A new tab: what its phone tells begins anew.
    pub(super) fn opens(&mut self, who: Who) {
        self.customers.insert(who, Customer::default());
    }

    /// Somebody presses the key that ends this call.
    pub(super) fn hangs_up(&mut self, world: &World, who: Who, call: &CallId) {
        let mut customers = Vec::new();
        if let Some(leg) = world.leg_of(who, call) {
            customers.extend(self.joined.get(&leg).cloned().unwrap_or_default());
            customers.extend(joined(world, leg));
        }
        let calls = world.calls(who);
        let answered = |of: &&&Call| {
            of.id == *call && matches!(of.phase, Phase::Answering | Phase::Talking { .. })
        };
        if customers.is_empty() && calls.iter().find(answered).is_some() {
            // It cannot be seen yet who that is.
            customers.extend(world.people().into_iter().filter(|who| is_guest(who)));
        }
        for customer in customers {
            let reason = Reason {
                at: world.now(),
                what: format!("{who} hung up"),
            };
            self.customers
                .entry(customer)
                .or_default()
                .reasons
                .push(reason);
        }
    }

    /// Everything that must be so now.
    pub(super) fn step(&mut self, world: &World) -> Result<(), String> {
        let now = world.now();
        for who in world.people() {
            if !world.is_connected(who) {
                self.away.insert(who, now);
                self.away_last = now;
            }
            let reached = world.microphones(who);
            if reached.len() > 1 {
                return Err(format!("the microphone of {who} reaches {reached:?}"));
            }
            if is_guest(who) {
                self.customer(world, who)?;
            }
            self.ghosts(world, who)?;
        }
        for (leg, _) in world.legs() {
            let customers = joined(world, leg);
            if !customers.is_empty() {
                self.joined.insert(leg, customers);
            }
        }
        Ok(())
    }

    fn customer(&mut self, world: &World, who: Who) -> Result<(), String> {
        let now = world.now();
        let away = self.away_last;
        // He was given up before he was ever connected.
        let unheard = self.away.get(who).is_some_and(|at| now - at < 10_000);
        let customer = self.customers.entry(who).or_default();
        let events = world.events(who);
        let new = events.get(customer.seen..).unwrap_or_default();
        customer.seen = events.len();
        for event in new {
            if let Event::CallEnded {
                outcome, talked, ..
            } = event
                && !(unheard && talked.is_some_and(|talked| talked < 5_000))
            {
                customer.ended(now, away, outcome, *talked)?;
            }
        }
        let calls = world.calls(who);
        let talks = calls
            .iter()
            .find(|call| matches!(call.phase, Phase::Talking { .. }));
        let leg = talks.and_then(|call| world.leg_of(who, &call.id));
        let source = leg.and_then(|leg| world.told(leg));
        customer.note(now, source);
        // What the call centre has ended, and the phone does not know of yet, is not silence.
        let ended = leg.is_some() && source.is_none();
        // He may hold the call himself.
        let holds = talks.is_none_or(|call| call.hold.is_on() || call.hold.is_pending());
        if holds || ended || !world.is_connected(who) {
            customer.silent = None;
            return Ok(());
        }
        if source.is_some_and(|source| is_something(world, source)) {
            customer.silent = None;
            return Ok(());
        }
        let since = *customer.silent.get_or_insert(now);
        if now - since > SILENCE {
            return Err(format!("{who} is left alone with {source:?}"));
        }
        Ok(())
    }

    /// A call that only one of the two knows.
    fn ghosts(&mut self, world: &World, who: Who) -> Result<(), String> {
        let now = world.now();
        let away = self.away.get(who).is_some_and(|at| now - at < 1_000);
        let mut here = BTreeSet::new();
        for call in world.calls(who) {
            if matches!(call.phase, Phase::Talking { .. })
                && world
                    .leg_of(who, &call.id)
                    .is_none_or(|leg| world.told(leg).is_none())
            {
                here.insert(call.id.clone());
            }
        }
        self.ghosts
            .retain(|(whose, call), _| *whose != who || (!away && here.contains(call)));
        for call in here.into_iter().filter(|_| !away) {
            let since = *self.ghosts.entry((who, call)).or_insert(now);
            if now - since > DIFFERENT {
                return Err(format!(
                    "{who} thinks that there is a call, the call centre does not"
                ));
            }
        }
        Ok(())
    }

    /// What the phones show of who hears whom, once all messages have arrived.
    pub(super) fn calm(&self, world: &World) -> Result<(), String> {
        for who in world.people() {
            if !world.is_connected(who) {
                continue;
            }
            for call in world.calls(who) {
                let settled = call.recovery.is_none() && !call.hold.is_pending();
                if matches!(call.phase, Phase::Talking { .. }) && settled {
                    agrees(world, who, call)?;
                }
            }
        }
        Ok(())
    }
}

impl Customer {
    /// Notes what will be a reason for the end of the call.
    fn note(&mut self, now: Millis, source: Option<&Source>) {
        let what = match source {
            Some(Source::Prompts(prompts)) => {
                let last = |id: &str| id.starts_with("apology") || id.starts_with("goodbye");
                prompts
                    .iter()
                    .any(|prompt| last(&prompt.0))
                    .then(|| "the apology".to_owned())
            }
            // Whoever has the number may hang up.
            Some(Source::Prompt(number, Repeat::Forever)) => Some(format!("{} left", number.0)),
            _ => None,
        };
        if let Some(what) = what {
            self.reasons.retain(|reason| reason.what != what);
            self.reasons.push(Reason { at: now, what });
        }
    }

    fn ended(
        &mut self,
        now: Millis,
        away: Millis,
        outcome: &Outcome,
        talked: Option<Millis>,
    ) -> Result<(), String> {
        let reasons = std::mem::take(&mut self.reasons);
        if matches!(outcome, Outcome::HungUpHere | Outcome::Cancelled) || talked.is_none() {
            return Ok(());
        }
        let good = reasons.iter().any(|reason| {
            let late = away + TOLD_WITHIN >= reason.at;
            now - reason.at <= if late { TOLD_LATE } else { TOLD_WITHIN }
        });
        if *outcome == Outcome::HungUpThere && good {
            return Ok(());
        }
        Err(format!(
            "the customer was lost: {outcome:?}; known: {reasons:?}"
        ))
    }
}

/// Whether that is a person who is there, or something that one hears while one waits.
fn is_something(world: &World, source: &Source) -> bool {
    match source {
        Source::Leg(leg) => world.at_leg(*leg).is_some(),
        Source::Mix(all) => all.iter().any(|one| is_something(world, one)),
        Source::Silence => false,
        _ => true,
    }
}

/// Legs in what is heard.
fn legs_in(source: &Source) -> Vec<LegId> {
    match source {
        Source::Leg(leg) => vec![*leg],
        Source::Mix(all) => all.iter().flat_map(legs_in).collect(),
        _ => Vec::new(),
    }
}

/// The customers who talk with this leg, or are held by it.
fn joined(world: &World, leg: LegId) -> Vec<Who> {
    let heard = world.told(leg).map(legs_in).unwrap_or_default();
    let hear = world
        .legs()
        .filter(|(_, other)| legs_in(&other.source).contains(&leg));
    let all = heard.into_iter().chain(hear.map(|(id, _)| id));
    let at = all.filter_map(|leg| Some(world.at_leg(leg)?.0));
    at.filter(|who| is_guest(who)).collect()
}

/// What the phone shows of this call agrees with what is so.
fn agrees(world: &World, who: Who, call: &Call) -> Result<(), String> {
    let fault = |what: &str| {
        Err(format!(
            "{who} shows {:?} (held {}, held by remote {}), but {what}; the source is {:?}",
            call.hearing,
            call.hold.is_on(),
            call.held_by_remote,
            world
                .leg_of(who, &call.id)
                .and_then(|leg| world.told(leg).cloned()),
        ))
    };
    let Some(leg) = world.leg_of(who, &call.id) else {
        return Ok(());
    };
    let source = world.told(leg);
    let held = call.hold.is_on();
    let heard = world.heard_in(who, &call.id);
    let from = match source {
        _ if held => Sound::Nothing,
        // Of three, one holds the two others, and is still one of them.
        Some(Source::Leg(_) | Source::Prompt(..)) if !call.others.is_empty() => Sound::Everybody,
        Some(Source::Leg(_) | Source::Prompt(..) | Source::Echo) => Sound::Voice,
        // Customers are not told of how many.
        Some(Source::Mix(all)) if all.len() > 1 && !is_guest(who) => Sound::Everybody,
        Some(Source::Mix(all)) if !all.is_empty() => Sound::Voice,
        Some(Source::Music(_)) => Sound::Music,
        Some(Source::Prompts(_)) => Sound::Announcement,
        Some(Source::Tone(_)) => Sound::Ringback,
        // A menu that waits for a key.
        Some(Source::Silence) if call.hearing.from_remote == Sound::Announcement => {
            Sound::Announcement
        }
        _ => Sound::Nothing,
    };
    let speaks = world.microphones(who).contains(&call.id);
    let listeners: Vec<_> = world
        .people()
        .into_iter()
        .filter(|other| world.hears(other, who))
        .collect();
    // Whoever is gone is waited for.
    let gone = |leg: &LegId| world.at_leg(*leg).is_none();
    let gone = source.is_some_and(|source| legs_in(source).iter().any(gone));
    let other = |heard: &Heard| matches!(heard, Heard::Voice(other) if other.starts_with('+'));
    let number = source == Some(&Source::Echo) || heard.iter().any(other);
    if held && !heard.is_empty() {
        return fault("hears it all the same");
    }
    if super::WORDS && from != call.hearing.from_remote {
        return fault(&format!("hears {from:?}"));
    }
    if call.hearing.from_remote == Sound::Music && matches!(from, Sound::Voice | Sound::Everybody) {
        return fault("hears a voice");
    }
    if !is_guest(who) && !names(world, call, source) {
        return fault(&format!("names {:?} and {:?}", call.remote, call.others));
    }
    match call.hearing.to_remote {
        Sound::Voice if !speaks => fault("does not speak"),
        Sound::Voice
            if super::WORDS && from == Sound::Voice && listeners.is_empty() && !number && !gone =>
        {
            fault("is heard by nobody")
        }
        Sound::Muted | Sound::Music if speaks => fault("speaks"),
        Sound::Nothing if speaks && !listeners.is_empty() => fault("is heard"),
        _ => Ok(()),
    }
}

/// Whether an agent's phone names everybody who is heard.
fn names(world: &World, call: &Call, source: Option<&Source>) -> bool {
    let shown: Vec<_> = call.others.iter().chain([&call.remote]).collect();
    let all: &[Source] = match source {
        Some(Source::Mix(all)) => all,
        Some(one @ (Source::Leg(_) | Source::Prompt(..))) => std::slice::from_ref(one),
        _ => return true,
    };
    all.len() <= shown.len()
        && all.iter().all(|one| {
            let named = |number: &str| match one {
                Source::Leg(leg) => match world.at_leg(*leg) {
                    Some((guest, _)) if is_guest(guest) => number.starts_with("guest-"),
                    Some((agent, _)) => number == agent,
                    None => true,
                },
                Source::Prompt(says, _) => says.0.ends_with(number.trim_start_matches(['0', '+'])),
                _ => true,
            };
            shown.iter().any(|party| named(&party.number))
        })
}
