//! One call: a caller, those who ring for it, and then two who talk.
//!
//! A call owns its legs. What comes in is for one of them; what comes out is for SIP and the media
//! server. What each side hears is derived from the legs alone ([`Call::hearing`]): the other side's
//! voice, or music while the other side holds, or is an agent whose phone is lost.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use alo_sip::time::Instant;

use crate::hunt::{self, Hunt, Verdict, Why};
use crate::leg::{self, End, Event, HangUp, Leg, Refusal, SipAction};
use crate::media::{LegId, MusicId, Source};
use crate::media_io::MediaRequest;
use crate::simulated::{self, Phone};

/// One end of a call.
#[derive(Debug)]
pub enum Endpoint {
    /// A phone that speaks SIP.
    Sip(Leg),
    /// A phone of the simulated network.
    Phone(Phone),
}

/// Somebody who rings for a call.
#[derive(Debug)]
pub struct Branch {
    /// Its leg.
    pub leg: LegId,
    /// Extension or number; several branches may be one person.
    pub person: String,
    /// The phone.
    pub endpoint: Endpoint,
}

/// How a call begins.
#[derive(Debug)]
pub struct Plan {
    /// The leg of the caller, who has sent an INVITE.
    pub caller: Leg,
    /// Its id.
    pub caller_id: LegId,
    /// Extension of the caller, where it is an agent.
    pub caller_person: Option<String>,
    /// Who rings; not empty.
    pub branches: Vec<Branch>,
    /// For how long.
    pub ring: Duration,
    /// What somebody who waits hears.
    pub music: MusicId,
    /// Whether the branches stand for a group, whose members' own refusals say nothing to the caller.
    pub group: bool,
}

/// What a call wants.
#[derive(Debug, PartialEq, Eq)]
pub enum Output {
    /// Of the session of a leg.
    Sip {
        /// The leg.
        leg: LegId,
        /// What it is to do.
        action: SipAction,
    },
    /// Of the media server.
    Media(MediaRequest),
    /// A leg is over and will not be heard of again.
    Left(LegId),
    /// It goes to this leg.
    Answered(LegId),
    /// Both sides can hear each other.
    Talking,
    /// It is over. The last output.
    Over(Outcome),
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The caller gave up before anybody answered.
    Abandoned,
    /// Nobody took it.
    Refused(Refusal),
    /// It was answered, and the caller's side ended it.
    EndedByCaller(End),
    /// It was answered, and the other side ended it.
    EndedByOther(End),
    /// The call centre stopped.
    Stopped,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (who, end) = match self {
            Self::Abandoned => return f.write_str("the caller gave up"),
            Self::Stopped => return f.write_str("the call centre stopped"),
            Self::Refused(refusal) => return write!(f, "{}: {}", refusal.status, refusal.text),
            Self::EndedByCaller(end) => ("the caller", end),
            Self::EndedByOther(end) => ("the called side", end),
        };
        match end {
            End::HungUp => write!(f, "{who} hung up"),
            End::Gone => write!(f, "{who} does not answer"),
            End::Lost => write!(f, "{who} was lost for too long"),
            End::Media => write!(f, "{who} has no media in common"),
        }
    }
}

/// Where a call stands.
#[derive(Debug)]
enum State {
    Ringing(Hunt),
    /// Somebody answered; the media is being joined.
    Joining {
        other: LegId,
        up: Vec<LegId>,
    },
    Talking {
        other: LegId,
    },
    Over,
}

/// A call.
#[derive(Debug)]
pub struct Call {
    caller: LegId,
    endpoints: BTreeMap<LegId, Endpoint>,
    people: BTreeMap<LegId, String>,
    /// What legs were told to hear: told again, music would start from its beginning.
    told: BTreeMap<LegId, Source>,
    music: MusicId,
    group: bool,
    state: State,
}

impl Call {
    /// Begins: everybody is rung.
    #[must_use]
    pub fn begin(now: Instant, plan: Plan) -> (Self, Vec<Output>) {
        let who = |branch: &Branch| (branch.leg, branch.person.clone());
        let hunt = Hunt::new(plan.branches.iter().map(who), now + plan.ring);
        let mut people: BTreeMap<_, _> = plan.branches.iter().map(who).collect();
        people.extend(plan.caller_person.map(|person| (plan.caller_id, person)));
        let branches: Vec<_> = plan.branches.iter().map(|branch| branch.leg).collect();
        let mut endpoints: BTreeMap<_, _> = plan
            .branches
            .into_iter()
            .map(|branch| (branch.leg, branch.endpoint))
            .collect();
        endpoints.insert(plan.caller_id, Endpoint::Sip(plan.caller));
        let mut call = Self {
            caller: plan.caller_id,
            endpoints,
            people,
            told: BTreeMap::new(),
            music: plan.music,
            group: plan.group,
            state: State::Ringing(hunt),
        };
        let mut outputs = Vec::new();
        for leg in branches {
            call.drive(now, leg, leg::Input::Dial, &mut outputs);
        }
        (call, outputs)
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
        let legs: Vec<_> = self.endpoints.keys().copied().collect();
        for leg in legs {
            self.drive(now, leg, leg::Input::Timeout, &mut outputs);
        }
        self.hunt(now, hunt::Input::Timeout, &mut outputs);
        outputs
    }

    /// The call centre stops: everybody is hung up on.
    pub fn stop(&mut self, now: Instant) -> Vec<Output> {
        let mut outputs = Vec::new();
        let legs: Vec<_> = self.endpoints.keys().copied().collect();
        for leg in legs {
            self.drop_leg(now, leg, HangUp::Stopping, &mut outputs);
        }
        self.over(Outcome::Stopped, &mut outputs);
        outputs
    }

    /// When it wants to be woken.
    #[must_use]
    pub fn next_timeout(&self) -> Option<Instant> {
        let legs = self
            .endpoints
            .values()
            .filter_map(|endpoint| match endpoint {
                Endpoint::Sip(leg) => leg.next_timeout(),
                Endpoint::Phone(phone) => phone.next_timeout(),
            });
        let hunt = match &self.state {
            State::Ringing(hunt) => hunt.next_timeout(),
            _ => None,
        };
        legs.chain(hunt).min()
    }

    /// Whether this person is busy with it: calls, or talks. Who only rings can still take another.
    #[must_use]
    pub fn occupies(&self, person: &str) -> bool {
        let rings = |leg: &LegId| matches!(self.state, State::Ringing(_)) && *leg != self.caller;
        let mut people = self.people.iter();
        people.any(|(leg, other)| other == person && !rings(leg))
    }

    /// Whose leg this is, where it is a person's.
    #[must_use]
    pub fn person(&self, leg: LegId) -> Option<&str> {
        self.people.get(&leg).map(String::as_str)
    }

    /// What this leg hears now.
    #[must_use]
    pub fn hearing(&self, leg: LegId) -> Source {
        let Some(from) = self.opposite(leg) else {
            return Source::Silence;
        };
        // Who waits for an agent whose phone is lost is not to think that the call is.
        let waits_for = |far: &Leg| far.is_lost() && self.people.contains_key(&from);
        match self.endpoints.get(&from) {
            Some(Endpoint::Sip(far)) if far.holds() || waits_for(far) => {
                Source::Music(self.music.clone())
            }
            Some(Endpoint::Sip(_)) => Source::Leg(from),
            Some(Endpoint::Phone(phone)) => phone.voice(),
            None => Source::Silence,
        }
    }

    /// Whether the other side holds this leg.
    fn is_held(&self, leg: LegId) -> bool {
        let from = self
            .opposite(leg)
            .and_then(|from| self.endpoints.get(&from));
        matches!(from, Some(Endpoint::Sip(far)) if far.holds())
    }

    /// Hands an input to a leg, and what comes out of it on.
    fn drive(&mut self, now: Instant, leg: LegId, input: leg::Input, outputs: &mut Vec<Output>) {
        let made = match self.endpoints.get_mut(&leg) {
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
            Event::Ringing => self.hunt(now, hunt::Input::Ringing(leg), outputs),
            Event::Answered => self.hunt(now, hunt::Input::Answered(leg), outputs),
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
                if let Some(other) = self.opposite(leg) {
                    let input = leg::Input::Digit(digit, duration);
                    self.drive(now, other, input, outputs);
                }
            }
            Event::Refused(status) => {
                self.leave(leg, outputs);
                if let State::Ringing(_) = self.state {
                    self.hunt(now, hunt::Input::Refused(leg, status), outputs);
                } else {
                    self.ended(now, leg, End::Media, outputs);
                }
            }
            Event::Ended(end) => {
                self.leave(leg, outputs);
                self.ended(now, leg, end, outputs);
            }
        }
    }

    fn hunt(&mut self, now: Instant, input: hunt::Input, outputs: &mut Vec<Output>) {
        let State::Ringing(hunt) = &mut self.state else {
            return;
        };
        for output in hunt.step(now, input) {
            match output {
                hunt::Output::Ringing => {
                    self.drive(now, self.caller, leg::Input::Ring, outputs);
                }
                hunt::Output::Won(leg) => {
                    self.set_state(
                        State::Joining {
                            other: leg,
                            up: Vec::new(),
                        },
                        "answered",
                    );
                    outputs.push(Output::Answered(leg));
                    self.drive(now, self.caller, leg::Input::Answer, outputs);
                }
                hunt::Output::Stop(leg, why) => self.drop_leg(now, leg, hang_up(why), outputs),
                hunt::Output::Lost(verdict) => self.lost(now, verdict, outputs),
            }
        }
    }

    /// A leg can hear and be heard.
    fn up(&mut self, now: Instant, leg: LegId, outputs: &mut Vec<Output>) {
        let State::Joining { other, up } = &mut self.state else {
            return;
        };
        up.push(leg);
        let other = *other;
        if up.contains(&self.caller) && up.contains(&other) {
            self.set_state(State::Talking { other }, "both sides are up");
            outputs.push(Output::Talking);
            self.hear(now, outputs);
        }
    }

    /// Tells both sides what they hear now, where that changed, and whether they are held.
    fn hear(&mut self, now: Instant, outputs: &mut Vec<Output>) {
        let State::Talking { other } = self.state else {
            return;
        };
        for leg in [self.caller, other] {
            let source = self.hearing(leg);
            if self.told.get(&leg) != Some(&source) {
                self.told.insert(leg, source.clone());
                self.drive(now, leg, leg::Input::Hear(source), outputs);
            }
            let held = self.is_held(leg);
            self.drive(now, leg, leg::Input::OtherSideHolds(held), outputs);
        }
    }

    /// Nobody takes the call.
    fn lost(&mut self, now: Instant, verdict: Verdict, outputs: &mut Vec<Output>) {
        let refusal = self.refusal(verdict);
        let input = leg::Input::Reject(refusal.clone());
        self.drive(now, self.caller, input, outputs);
        self.leave(self.caller, outputs);
        self.over(Outcome::Refused(refusal), outputs);
    }

    fn refusal(&self, verdict: Verdict) -> Refusal {
        let (status, text) = match verdict {
            Verdict::NoAnswer => (480, "Nobody answered"),
            Verdict::Refused(_) if self.group => (480, "Nobody took the call"),
            Verdict::Refused(486) => (486, "Busy"),
            Verdict::Refused(status @ 600..700) => (status, "The call was declined"),
            Verdict::Refused(408 | 480 | 487) => (480, "Nobody answered"),
            // A phone that wants the call elsewhere, or a password of us: nothing that the caller
            // could do anything about (RFC 3261 section 16.7, step 6 for 401 and 407).
            Verdict::Refused(300..=399 | 401 | 407) => (480, "The call was not taken"),
            Verdict::Refused(status) => (status, "The call was refused"),
        };
        Refusal {
            status,
            text: text.into(),
        }
    }

    /// A leg ended by itself.
    fn ended(&mut self, now: Instant, leg: LegId, end: End, outputs: &mut Vec<Output>) {
        let by_caller = leg == self.caller;
        match &self.state {
            State::Over => {}
            State::Ringing(_) if by_caller => {
                self.hunt(now, hunt::Input::Cancel, outputs);
                self.over(Outcome::Abandoned, outputs);
            }
            State::Ringing(_) => self.hunt(now, hunt::Input::Refused(leg, 480), outputs),
            State::Joining { other, .. } | State::Talking { other } => {
                let rest = if by_caller { *other } else { self.caller };
                let why = if end == End::HungUp {
                    HangUp::OtherSide
                } else {
                    HangUp::Failure
                };
                self.drop_leg(now, rest, why, outputs);
                let outcome = if by_caller {
                    Outcome::EndedByCaller(end)
                } else {
                    Outcome::EndedByOther(end)
                };
                self.over(outcome, outputs);
            }
        }
    }

    /// Ends a leg from this side.
    fn drop_leg(&mut self, now: Instant, leg: LegId, why: HangUp, outputs: &mut Vec<Output>) {
        self.drive(now, leg, leg::Input::HangUp(why), outputs);
        self.leave(leg, outputs);
    }

    fn leave(&mut self, leg: LegId, outputs: &mut Vec<Output>) {
        self.people.remove(&leg);
        self.told.remove(&leg);
        if self.endpoints.remove(&leg).is_some() {
            outputs.push(Output::Left(leg));
        }
    }

    fn over(&mut self, outcome: Outcome, outputs: &mut Vec<Output>) {
        self.set_state(State::Over, "over");
        self.people.clear();
        outputs.push(Output::Over(outcome));
    }

    /// Who hears this leg.
    fn opposite(&self, leg: LegId) -> Option<LegId> {
        match self.state {
            State::Talking { other } if leg == self.caller => Some(other),
            State::Talking { other } if leg == other => Some(self.caller),
            _ => None,
        }
    }

    fn set_state(&mut self, new: State, reason: &str) {
        tracing::debug!(old = name(&self.state), new = name(&new), reason);
        self.state = new;
    }
}

fn name(state: &State) -> &'static str {
    match state {
        State::Ringing(_) => "ringing",
        State::Joining { .. } => "joining",
        State::Talking { .. } => "talking",
        State::Over => "over",
    }
}

fn hang_up(why: Why) -> HangUp {
    match why {
        Why::AnsweredElsewhere => HangUp::AnsweredElsewhere,
        Why::DeclinedElsewhere => HangUp::DeclinedElsewhere,
        Why::CallerGone => HangUp::CallerGone,
        Why::NoAnswer => HangUp::NoAnswer,
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
