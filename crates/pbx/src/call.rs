//! One call: somebody who stays, and what he goes through.
//!
//! A call owns its legs. What comes in is for one of them; what comes out is for SIP and the media
//! server. One leg is that of whoever stays: the caller at first. It goes from stage to stage without being
//! touched: he walks through IVR trees, waits in a queue, is put through to somebody who rings, talks, is told
//! that nobody can be reached. Which stage comes next is decided outside ([`Call::enter`]), by whoever knows
//! the configuration.
//!
//! People leave a call and come to it ([`Call::release`], [`Call::give`], [`Call::take`]): when a caller
//! leaves whom he had called, it is that one who stays from then on. Three and more who talk are a meeting.
//!
//! What each side hears is derived from the stage and the legs alone ([`Call::hearing`]): music in a queue,
//! what is said there, the other side's voice, or music while the other side holds, or is an agent
//! whose phone is lost.
//!
//! Whoever waits in a queue is answered first; whoever is put straight through to somebody is answered
//! by him, and hears before that what a phone network has to say ([early media](crate::leg)).

mod advance;
mod ending;
mod hearing;
mod io;
mod moving;
mod stage;

pub use hearing::{Plays, Situation};
pub use io::{Branch, Caller, Endpoint, Meanwhile, Next, Outcome, Output, Person};
pub use moving::Given;

use std::collections::BTreeMap;

use alo_sip::time::Instant;

use self::ending::Ended;
use self::stage::Stage;
use crate::hunt::{self, Why};
use crate::ivr;
use crate::leg::{self, End, Event, HangUp};
use crate::media::{LegId, MusicId, PromptId, Source};
use crate::simulated;

/// A leg, and what its call knows of it.
#[derive(Debug)]
struct Party {
    person: Option<Person>,
    endpoint: Endpoint,
    ready: Ready,
    /// It rings.
    rings: bool,
    /// Once it is up, it takes the place of this leg, which is of the same person.
    replaces: Option<LegId>,
    /// What it was told to hear: told again, music would start from its beginning.
    told: Source,
}

impl Party {
    fn new(person: Option<Person>, endpoint: Endpoint) -> Self {
        Self {
            person,
            endpoint,
            ready: Ready::No,
            rings: false,
            replaces: None,
            told: Source::Silence,
        }
    }
}

/// Whether audio flows on a leg.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ready {
    No,
    /// Though nobody has answered.
    Early,
    Up,
}

/// How somebody has to do with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Engagement {
    /// He is offered it out of a queue.
    Offered,
    /// His phone rings.
    Rings,
    /// He calls, or talks.
    Talks,
}

/// A call.
#[derive(Debug)]
pub struct Call {
    /// Whoever goes through it all: the caller, or, when he has left, whom he had called.
    stays: LegId,
    parties: BTreeMap<LegId, Party>,
    /// What somebody who waits hears.
    music: MusicId,
    stage: Stage,
    /// Who came last from another call to whoever stays, and when.
    brought: Option<(LegId, Instant)>,
}

impl Call {
    /// Begins, and does nothing until it is told what comes [next](Self::enter).
    #[must_use]
    pub fn new(caller: Caller) -> Self {
        let party = Party::new(caller.person, Endpoint::Sip(caller.leg));
        Self {
            stays: caller.id,
            parties: BTreeMap::from([(caller.id, party)]),
            music: MusicId("default".into()),
            stage: Stage::Open,
            brought: None,
        }
    }

    /// Goes on to another stage with the caller, from whatever stage; everybody else has to leave.
    pub fn enter(&mut self, now: Instant, next: Next) -> Vec<Output> {
        let mut outputs = Vec::new();
        if !matches!(self.stage, Stage::Over) {
            self.leave_others(now, &mut outputs);
            self.begin(now, next, &mut outputs);
            self.hear(now, &mut outputs);
        }
        outputs
    }

    /// Offers the call out of its queue to more people.
    pub fn offer(&mut self, now: Instant, branches: Vec<Branch>) -> Vec<Output> {
        let mut outputs = Vec::new();
        if matches!(self.stage, Stage::Queue { .. }) {
            self.ring(now, branches, &mut outputs);
        }
        outputs
    }

    /// Takes an offer back.
    pub fn withdraw(&mut self, now: Instant, agent: &str, why: Why) -> Vec<Output> {
        let mut outputs = Vec::new();
        if let Stage::Queue { offers, .. } = &mut self.stage {
            let made = offers.withdraw(agent, why);
            self.hunted(now, made, &mut outputs);
        }
        outputs
    }

    /// Says something to whoever waits in a queue.
    pub fn announce(&mut self, now: Instant, prompts: Vec<PromptId>) -> Vec<Output> {
        let mut outputs = Vec::new();
        let up = self.is_up(self.stays);
        let spoken = self.says(now, prompts);
        if let Stage::Queue { says, .. } = &mut self.stage
            && up
        {
            *says = Some(spoken);
            self.hear(now, &mut outputs);
        }
        outputs
    }

    /// Something happened to one of its legs.
    pub fn step(&mut self, now: Instant, leg: LegId, input: leg::Input) -> Vec<Output> {
        let mut outputs = Vec::new();
        self.drive(now, leg, input, &mut outputs);
        outputs
    }

    /// Time passed.
    pub fn timeout(&mut self, now: Instant) -> Vec<Output> {
        let mut outputs = Vec::new();
        let legs: Vec<_> = self.parties.keys().copied().collect();
        for leg in legs {
            self.drive(now, leg, leg::Input::Timeout, &mut outputs);
        }
        self.hunt(now, hunt::Input::Timeout, &mut outputs);
        self.walk(now, ivr::Input::Timeout, &mut outputs);
        if self
            .stage
            .spoken()
            .is_some_and(|spoken| spoken.is_late(now))
        {
            self.spoken(now, &mut outputs);
        }
        outputs
    }

    /// The call centre stops: everybody is hung up on.
    pub fn stop(&mut self, now: Instant) -> Vec<Output> {
        let mut outputs = Vec::new();
        let legs: Vec<_> = self.parties.keys().copied().collect();
        for leg in legs {
            self.drop_leg(now, leg, HangUp::Stopping, &mut outputs);
        }
        self.over(now, Outcome::Stopped, &mut outputs);
        outputs
    }

    /// When it wants to be woken.
    #[must_use]
    pub fn next_timeout(&self) -> Option<Instant> {
        let legs = self
            .parties
            .values()
            .filter_map(|party| match &party.endpoint {
                Endpoint::Sip(leg) => leg.next_timeout(),
                Endpoint::Phone(phone) => phone.next_timeout(),
            });
        legs.chain(self.stage.next_timeout()).min()
    }

    /// The agents who have to do with it.
    pub fn engaged(&self) -> impl Iterator<Item = (&str, Engagement)> {
        self.parties.iter().filter_map(|(leg, party)| {
            let Some(Person::Agent(agent)) = &party.person else {
                return None;
            };
            let engagement = match self.stage {
                Stage::Hunt { .. } if *leg != self.stays => Engagement::Rings,
                Stage::Queue { .. } if *leg != self.stays => Engagement::Offered,
                _ => Engagement::Talks,
            };
            Some((agent.as_str(), engagement))
        })
    }

    /// Who is at this leg, where it is not just anybody.
    #[must_use]
    pub fn person(&self, leg: LegId) -> Option<&Person> {
        self.parties.get(&leg)?.person.as_ref()
    }

    /// Whose leg stays when others come and go.
    #[must_use]
    pub fn stays(&self) -> LegId {
        self.stays
    }

    /// Whether whoever stays is connected, or about to be.
    #[must_use]
    pub fn is_answered(&self) -> bool {
        self.has_answered(self.stays)
    }

    fn has_answered(&self, leg: LegId) -> bool {
        match self.parties.get(&leg).map(|party| (&party.endpoint, party)) {
            Some((Endpoint::Sip(leg), _)) => leg.is_answered(),
            Some((Endpoint::Phone(_), party)) => party.ready == Ready::Up,
            None => false,
        }
    }

    /// Whether anybody's phone rings in it.
    #[must_use]
    pub fn rings(&self) -> bool {
        self.parties
            .values()
            .any(|party| party.rings && party.ready != Ready::Up)
    }

    fn is_up(&self, leg: LegId) -> bool {
        let party = self.parties.get(&leg);
        party.is_some_and(|party| party.ready == Ready::Up)
    }

    /// Hands an input to a leg, and what comes out of it on.
    fn drive(&mut self, now: Instant, leg: LegId, input: leg::Input, outputs: &mut Vec<Output>) {
        let made = match self.parties.get_mut(&leg).map(|party| &mut party.endpoint) {
            None => return,
            Some(Endpoint::Sip(sip)) => sip.step(now, input),
            Some(Endpoint::Phone(phone)) => {
                let Some(input) = for_phone(&input) else {
                    return;
                };
                let events = phone.step(now, input);
                events.into_iter().map(leg::Output::Event).collect()
            }
        };
        for output in made {
            match output {
                leg::Output::Sip(action) => outputs.push(Output::Sip { leg, action }),
                leg::Output::Media(request) => outputs.push(Output::Media(request)),
                leg::Output::Event(event) => self.event(now, leg, event, outputs),
            }
        }
    }

    fn event(&mut self, now: Instant, leg: LegId, event: Event, outputs: &mut Vec<Output>) {
        match event {
            Event::Ringing => {
                if let Some(party) = self.parties.get_mut(&leg) {
                    party.rings = true;
                }
                self.hunt(now, hunt::Input::Ringing(leg), outputs);
            }
            Event::Answered => self.hunt(now, hunt::Input::Answered(leg), outputs),
            Event::Early => self.early(now, leg, outputs),
            Event::Up => self.up(now, leg, outputs),
            Event::HoldChanged => {
                tracing::info!(leg = leg.0, "hold changed");
                self.hear(now, outputs);
            }
            Event::LossChanged => {
                tracing::info!(leg = leg.0, "the phone is lost, or back");
                self.hear(now, outputs);
            }
            Event::Pressed(digit, duration) => {
                if leg == self.stays {
                    self.walk(now, ivr::Input::Digit(digit), outputs);
                }
                for other in self.partners(leg) {
                    let input = leg::Input::Digit(digit, duration);
                    self.drive(now, other, input, outputs);
                }
            }
            Event::PromptEnded => {
                if let Some(party) = self.parties.get_mut(&leg) {
                    party.told = Source::Silence;
                }
                if leg == self.stays {
                    self.spoken(now, outputs);
                }
            }
            Event::Refused(_) | Event::Ended(_) if self.is_replacement(leg) => {
                self.leave(leg, outputs);
            }
            Event::Refused(status) => {
                let person = self.leave(leg, outputs);
                if self.stage.hunt().is_some() {
                    self.hunt(now, hunt::Input::Refused(leg, status), outputs);
                } else {
                    let end = End::Media;
                    self.ended(now, Ended { leg, end, person }, outputs);
                }
            }
            Event::Ended(end) => {
                let person = self.leave(leg, outputs);
                if self.succeeded(now, leg, outputs) {
                    return;
                }
                self.ended(now, Ended { leg, end, person }, outputs);
            }
        }
    }

    /// A leg can be heard, or hear, though nobody has answered.
    fn early(&mut self, now: Instant, leg: LegId, outputs: &mut Vec<Output>) {
        if let Some(party) = self.parties.get_mut(&leg) {
            party.ready = Ready::Early;
        }
        if leg != self.stays {
            self.drive(now, self.stays, leg::Input::Early, outputs);
        }
        if let Stage::Hunt {
            meanwhile: Meanwhile::Music,
            ..
        } = self.stage
        {
            // Not heard, it is a ringing tone like any other.
            return self.event(now, leg, Event::Ringing, outputs);
        }
        self.hear(now, outputs);
    }

    /// A leg can hear and be heard.
    fn up(&mut self, now: Instant, leg: LegId, outputs: &mut Vec<Output>) {
        if let Some(party) = self.parties.get_mut(&leg) {
            party.ready = Ready::Up;
            if let Some(old) = party.replaces.take() {
                return self.replaced(now, (old, leg), outputs);
            }
        }
        match self.stage {
            Stage::Joining { other } if self.is_up(self.stays) && self.is_up(other) => {
                self.set_stage(Stage::Talking { other }, "both sides are up");
                outputs.push(Output::Talking);
            }
            // Both sides begin to hear at the same time.
            Stage::Joining { .. } => return,
            _ => {}
        }
        self.hear(now, outputs);
    }

    /// Tells all what they hear now, where that changed, and whether they are held.
    fn hear(&mut self, now: Instant, outputs: &mut Vec<Output>) {
        // Whoever decides what comes next tells it before these outputs are carried out to their end.
        if matches!(self.stage, Stage::Open) {
            return;
        }
        let ready = |(leg, party): (&LegId, &Party)| (party.ready != Ready::No).then_some(*leg);
        let legs: Vec<_> = self.parties.iter().filter_map(ready).collect();
        for leg in legs {
            let source = self.hearing(leg);
            if let Some(party) = self.parties.get_mut(&leg)
                && party.told != source
            {
                party.told = source.clone();
                self.drive(now, leg, leg::Input::Hear(source), outputs);
            }
            let held = self.is_held(leg);
            self.drive(now, leg, leg::Input::OtherSideHolds(held), outputs);
        }
    }

    /// Ends a leg from this side.
    fn drop_leg(&mut self, now: Instant, leg: LegId, why: HangUp, outputs: &mut Vec<Output>) {
        self.drive(now, leg, leg::Input::HangUp(why), outputs);
        self.leave(leg, outputs);
    }

    /// A leg is no more in the call; says who was at it.
    fn leave(&mut self, leg: LegId, outputs: &mut Vec<Output>) -> Option<Person> {
        let party = self.parties.remove(&leg)?;
        outputs.push(Output::Left(leg));
        party.person
    }

    fn set_stage(&mut self, new: Stage, reason: &str) {
        tracing::debug!(old = self.stage.name(), new = new.name(), reason);
        self.stage = new;
    }
}

/// What of a leg's inputs a simulated phone understands.
fn for_phone(input: &leg::Input) -> Option<simulated::Input> {
    match input {
        leg::Input::Dial => Some(simulated::Input::Dial),
        leg::Input::HangUp(_) => Some(simulated::Input::HangUp),
        leg::Input::Timeout => Some(simulated::Input::Timeout),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
