//! Calls in progress: what their machines want is carried out on the user agent.

use std::fmt;
use std::time::Duration;

use alo_sip::time::Instant;
use alo_sip::ua::{FlowId, Invite, SessionId};
use tracing::Span;

use super::asked::Origin;
use super::ringing::Fields;
use super::transfer::Transfer;
use super::trunk::NetworkRefusal;
use super::word::Told;
use super::{Center, Output, records};
use crate::acd::{self, CallKey};
use crate::call::{self, Call, Engagement, Person};
use crate::leg;
use crate::logging::Shown;
use crate::media::LegId;
use crate::peer::Peer;
use crate::records::Track;

/// Number of a call, as the log has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct CallId(pub(super) u64);

impl fmt::Display for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A call in progress.
#[derive(Debug)]
pub(super) struct Active {
    pub(super) call: Call,
    /// Everything that is logged of the call is inside of it.
    pub(super) span: Span,
    /// Where the caller is, if it is a guest.
    pub(super) guest: Option<Peer>,
    /// Who it is that others are rung for: the caller, or whoever stays when he has left.
    pub(super) origin: Origin,
    /// His leg.
    pub(super) origin_leg: LegId,
    /// The caller has left it to those whom he had called.
    pub(super) caller_left: bool,
    /// A transfer of it that is under way.
    pub(super) transfer: Option<Transfer>,
    /// What phones are told that ring for it: who transferred it, and what he wrote.
    pub(super) introduction: Fields,
    /// The customer whom a colleague is consulted about in it.
    pub(super) about: Option<About>,
    /// Id of the queue that it waits in, or was answered out of.
    pub(super) queue: Option<String>,
    /// Id of the last queue that it came to, whose music it keeps.
    pub(super) last_queue: Option<String>,
    /// How long it waited in queues that it has left.
    pub(super) waited: Duration,
    pub(super) answered: Option<Answered>,
    /// Id of the tree that it is in.
    pub(super) tree: Option<String>,
    /// Who is rung directly, or was.
    pub(super) rung: Option<String>,
    /// What will be recorded of it.
    pub(super) track: Track,
    /// The agents who have to do with it, as they were counted last.
    pub(super) counted: Vec<(String, Engagement)>,
    /// Why the phone network did not connect it.
    pub(super) network_refusal: Option<NetworkRefusal>,
}

/// Who answered a call.
#[derive(Debug)]
pub(super) struct Answered {
    at: Instant,
    /// Extension, where it was an agent...
    agent: Option<String>,
    /// ... and name, for the phones that rang too.
    pub(super) name: Option<String>,
}

/// A customer whom a colleague is consulted about (RFC 4538). He is gone when his call is.
#[derive(Debug)]
pub(super) struct About {
    /// His call.
    pub(super) call: CallId,
    /// Who he is.
    pub(super) who: Origin,
}

impl Active {
    pub(super) fn new(
        call: Call,
        span: Span,
        origin: Origin,
        guest: Option<Peer>,
        track: Track,
    ) -> Self {
        Self {
            origin_leg: call.stays(),
            caller_left: false,
            call,
            span,
            guest,
            origin,
            transfer: None,
            introduction: Vec::new(),
            about: None,
            queue: None,
            last_queue: None,
            waited: Duration::ZERO,
            answered: None,
            tree: None,
            rung: None,
            track,
            counted: Vec::new(),
            network_refusal: None,
        }
    }

    /// Whether it waits in a queue, and nobody has answered.
    pub(super) fn waits(&self) -> bool {
        self.queue.is_some() && self.answered.is_none()
    }

    /// Extension of the agent who has it, or had it last.
    pub(super) fn agent(&self) -> Option<&str> {
        self.answered.as_ref()?.agent.as_deref()
    }

    /// It leaves its queue, or the agent who had it out of there: what the distribution has to know.
    pub(super) fn leaves_queue(&mut self, id: CallId) -> Option<acd::Input> {
        let agent = self.answered.take().and_then(|answered| answered.agent);
        let queue = self.queue.take()?;
        let call = CallKey(id.0);
        Some(match agent {
            Some(agent) => acd::Input::Ended {
                agent,
                queue: Some(queue),
            },
            None => acd::Input::Leave { call },
        })
    }

    /// The agent who had it out of its queue has left, and others go on in it.
    pub(super) fn leaves_queue_to_others(&mut self, id: CallId) -> Option<acd::Input> {
        let since = self.answered.as_ref().map(|answered| answered.at);
        let input = self.leaves_queue(id);
        self.answered = since.map(|at| Answered {
            at,
            agent: None,
            name: None,
        });
        input
    }
}

/// What is known of a leg besides what its call knows.
#[derive(Debug)]
pub(super) struct LegInfo {
    pub(super) call: CallId,
    pub(super) session: Option<SessionId>,
    /// The connection that its phone is on; none for a simulated phone.
    pub(super) flow: Option<FlowId>,
    /// Whether that connection is open.
    pub(super) open: bool,
    /// The INVITE to send, without its offer.
    pub(super) invite: Option<Invite>,
    /// What its phone was told.
    pub(super) told: Told,
}

impl Center {
    /// Hands an input to the call of a leg.
    pub(super) fn feed(&mut self, now: Instant, leg: LegId, input: leg::Input) {
        let Some(info) = self.legs.get(&leg) else {
            return;
        };
        let id = info.call;
        if let Some(active) = self.calls.get_mut(&id) {
            let span = active.span.clone();
            let _entered = span.enter();
            let outputs = active.call.step(now, leg, input);
            self.carry_out(now, id, outputs);
        }
    }

    /// Time passed for a call.
    pub(super) fn call_timeout(&mut self, now: Instant, id: CallId) {
        if let Some(active) = self.calls.get_mut(&id) {
            let span = active.span.clone();
            let _entered = span.enter();
            let outputs = active.call.timeout(now);
            self.carry_out(now, id, outputs);
        }
    }

    /// Carries out what a call wants.
    pub(super) fn carry_out(&mut self, now: Instant, id: CallId, outputs: Vec<call::Output>) {
        for output in outputs {
            match output {
                call::Output::Sip { leg, action } => self.act(now, leg, action),
                call::Output::Media(request) => self.outputs.push_back(Output::Media(request)),
                call::Output::Left(leg) => self.forget(leg),
                call::Output::Answered(leg) => self.answered(now, id, leg),
                call::Output::Talking => tracing::info!("talking"),
                call::Output::Missed { agent, status } => self.missed(now, id, agent, status),
                call::Output::Menu(tree) => {
                    tracing::info!(tree, "hears a menu");
                    self.is_in_tree(id, Some(tree.clone()));
                    self.track(id, |track| track.ivr(now, &tree));
                    self.transferred_to_menu(now, id);
                }
                call::Output::Apology => {
                    self.is_in_tree(id, None);
                    self.track(id, |track| track.apology(now));
                    self.transfer_found_nobody(now, id);
                }
                call::Output::Go(to) => self.go_to(now, id, &to),
                call::Output::Unanswered { refusal, rang } => {
                    self.unanswered(now, id, refusal, rang);
                }
                call::Output::Stranded(person) => self.stranded(now, id, person.name()),
                call::Output::Parted(person) => self.parted(id, person.as_ref()),
                call::Output::Replaced { old, new } => self.leg_replaced(id, old, new),
                call::Output::Over(outcome) => self.over(now, id, &outcome),
            }
        }
        self.count(id);
        self.words_due.insert(id);
        self.tell_transfer(now, id);
    }

    /// Notes something for the record of a call.
    pub(super) fn track(&mut self, id: CallId, note: impl FnOnce(&mut Track)) {
        if let Some(active) = self.calls.get_mut(&id) {
            note(&mut active.track);
        }
    }

    fn answered(&mut self, now: Instant, id: CallId, leg: LegId) {
        let Some(active) = self.calls.get_mut(&id) else {
            return;
        };
        let person = active.call.person(leg).cloned();
        let by = person.as_ref().map_or("", Person::name);
        tracing::info!(by = %Shown::new(by, &self.config.log), "answered");
        active.track.answered(now, by);
        let agent = match &person {
            Some(Person::Agent(extension)) => Some(extension.clone()),
            _ => None,
        };
        let known = agent.as_deref().and_then(|agent| self.config.agent(agent));
        active.answered = Some(Answered {
            at: now,
            name: known.map(|agent| agent.name.clone()),
            agent: agent.clone(),
        });
        active.introduction.clear();
        let transfer = active.transfer.take();
        self.transfer_answered(now, transfer, person.as_ref());
        let active = self.calls.get(&id);
        let queue = active.and_then(|active| active.queue.as_ref());
        if let (Some(agent), Some(_)) = (agent, queue) {
            let call = CallKey(id.0);
            self.tell_acd(acd::Input::Answered { call, agent });
        }
    }

    fn over(&mut self, now: Instant, id: CallId, outcome: &call::Outcome) {
        let Some(mut active) = self.calls.remove(&id) else {
            return;
        };
        let answered = active.answered.as_ref();
        let talked = answered.map(|answered| (now - answered.at).as_secs());
        let network = active.network_refusal.as_ref();
        let explained = network.and_then(|network| network.explained(outcome));
        let mut outcome = explained.unwrap_or_else(|| outcome.clone());
        if active.caller_left {
            outcome = outcome.without_the_caller();
        }
        tracing::info!(%outcome, talked_seconds = talked, "over");
        if let (call::Outcome::Refused(refusal), Some(who)) = (&outcome, &active.rung) {
            let how = records::offer_end(refusal.status);
            active.track.offer_over(now, who, how);
        }
        self.acd_inputs.extend(active.leaves_queue(id));
        if let Some(transfer) = active.transfer.take() {
            self.transfer_ended(now, &transfer, &outcome);
        }
        self.record(now, active.track, &outcome);
        self.forget_legs(id);
        self.recount(&active.counted, &[]);
    }

    /// Forgets what is left of the legs of a call.
    pub(super) fn forget_legs(&mut self, id: CallId) {
        let legs = self.legs.iter().filter(|(_, info)| info.call == id);
        let legs: Vec<_> = legs.map(|(leg, _)| *leg).collect();
        for leg in legs {
            self.forget(leg);
        }
    }

    fn forget(&mut self, leg: LegId) {
        let info = self.legs.remove(&leg);
        if let Some(session) = info.and_then(|info| info.session) {
            self.sessions.remove(&session);
        }
    }

    /// How many legs are on this connection.
    pub(super) fn legs_on(&self, flow: FlowId) -> usize {
        let here = |info: &&LegInfo| info.flow == Some(flow);
        self.legs.values().filter(here).count()
    }

    /// Notices phones that are on another connection than before.
    pub(super) fn follow_flows(&mut self, now: Instant) {
        let mut back = Vec::new();
        for (leg, info) in &mut self.legs {
            let Some(session) = info.session.and_then(|session| self.ua.session(session)) else {
                continue;
            };
            let flow = Some(session.flow());
            if flow != info.flow {
                info.flow = flow;
                info.open = true;
                info.told.was_away();
                back.push(*leg);
            }
        }
        for leg in back {
            tracing::info!(leg = leg.0, "the phone is on another connection");
            self.feed(now, leg, leg::Input::Connection(true));
        }
    }
}
