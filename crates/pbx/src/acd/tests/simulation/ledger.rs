//! An account of its own of what every agent does and every call waits for, kept from the inputs and
//! outputs alone, and compared with what the machine says.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use alo_sip::time::Instant;

use crate::acd::{Acd, CallKey, Input, Miss, Output, REST, WithdrawReason};
use crate::config::{Config, Destination, Overflow, Queue, Strategy};

/// How calls ended, and what else happened.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Ends {
    pub(super) answered: usize,
    pub(super) abandoned: usize,
    pub(super) overflowed: usize,
    pub(super) lost_races: usize,
    pub(super) put_away: usize,
}

impl Ends {
    pub(super) fn in_all(self) -> usize {
        self.answered + self.abandoned + self.overflowed
    }
}

/// A person, as an observer in the room would keep his account.
#[derive(Debug)]
struct Person {
    online: bool,
    away_since: Instant,
    state: String,
    next: Option<String>,
    wrap_until: Option<(Instant, String)>,
    owed: Option<String>,
    offer: Option<u64>,
    talks: bool,
    calls: u32,
    ringing: bool,
    rests_until: Instant,
    idle_since: Instant,
    misses: u32,
    taken: BTreeMap<String, u32>,
}

/// A call that waits.
#[derive(Debug)]
struct Waiting {
    queue: String,
    offers: BTreeSet<String>,
    /// Who did not take it since it began to ring.
    passed: BTreeSet<usize>,
    missed: BTreeMap<String, u32>,
    entered: Instant,
}

pub(super) struct Ledger {
    config: Arc<Config>,
    people: Vec<Person>,
    /// The places of a queue's agents in `people`.
    members: BTreeMap<String, Vec<usize>>,
    /// How many wait in a queue.
    counts: BTreeMap<String, usize>,
    /// No after-call work ends before then.
    quiet_until: Instant,
    waiting: BTreeMap<u64, Waiting>,
    /// Calls that no phone rings for, by queue.
    unrung: BTreeMap<String, BTreeSet<u64>>,
    queues: BTreeMap<u64, String>,
    ended: BTreeSet<u64>,
    ends: Ends,
    /// Refusals told in this step, by agent: the machine's own are told by Withdraw.
    turn: BTreeMap<String, usize>,
}

impl Ledger {
    pub(super) fn new(config: Arc<Config>) -> Self {
        let person = |_| Person {
            online: false,
            away_since: Instant::ZERO,
            state: "available".into(),
            next: None,
            wrap_until: None,
            owed: None,
            offer: None,
            talks: false,
            calls: 0,
            ringing: false,
            rests_until: Instant::ZERO,
            idle_since: Instant::ZERO,
            misses: 0,
            taken: BTreeMap::new(),
        };
        let members = config.queues.iter().map(|queue| {
            let places = queue.agents.iter().map(|agent| place(agent));
            (queue.id.clone(), places.collect())
        });
        let queues = config.queues.iter();
        let unrung = queues.map(|queue| (queue.id.clone(), BTreeSet::new()));
        Self {
            people: config.agents.iter().map(person).collect(),
            members: members.collect(),
            counts: BTreeMap::new(),
            quiet_until: Instant::ZERO,
            waiting: BTreeMap::new(),
            unrung: unrung.collect(),
            queues: BTreeMap::new(),
            ended: BTreeSet::new(),
            ends: Ends::default(),
            turn: BTreeMap::new(),
            config,
        }
    }

    pub(super) fn ends(&self) -> Ends {
        self.ends
    }

    /// The queue that a call was in last.
    pub(super) fn queue_of(&self, call: u64) -> String {
        self.queues[&call].clone()
    }

    fn queue(&self, id: &str) -> &Queue {
        self.config.queue(id).unwrap()
    }

    fn person(&mut self, agent: &str) -> &mut Person {
        &mut self.people[place(agent)]
    }

    /// Something is about to be told to the machine.
    pub(super) fn before(&mut self, now: Instant, input: &Input) {
        match input {
            Input::Enter { call, queue, .. } => {
                assert!(!self.ended.contains(&call.0) && !self.waiting.contains_key(&call.0));
                self.queues.insert(call.0, queue.clone());
                self.unrung.get_mut(queue).unwrap().insert(call.0);
                *self.counts.entry(queue.clone()).or_default() += 1;
                let waiting = Waiting {
                    queue: queue.clone(),
                    offers: BTreeSet::new(),
                    passed: BTreeSet::new(),
                    missed: BTreeMap::new(),
                    entered: now,
                };
                self.waiting.insert(call.0, waiting);
            }
            Input::Leave { call } => {
                if self.forget(call.0).is_some() {
                    self.ends.abandoned += 1;
                    self.ended.insert(call.0);
                }
            }
            Input::Answered { call, agent } => self.answered(*call, agent),
            Input::Refused { call, agent, how } => {
                if self.people[place(agent)].offer == Some(call.0) {
                    self.person(agent).offer = None;
                    self.missed(now, call.0, agent, *how);
                }
            }
            Input::Reachable { agent, reachable } => self.reachable(now, agent, *reachable),
            Input::Choose { agent, state } => self.choose(now, agent, state),
            Input::Busy {
                agent,
                calls,
                ringing,
            } => {
                let person = self.person(agent);
                if person.calls > 0 && *calls == 0 {
                    person.idle_since = now;
                }
                (person.calls, person.ringing) = (*calls, *ringing);
                self.settle(now, agent);
            }
            Input::Ended { agent, queue } => {
                let person = self.person(agent);
                assert!(person.talks, "the day ends only calls that are");
                person.talks = false;
                person.idle_since = now;
                person.owed = queue.clone();
                self.settle(now, agent);
            }
            Input::Timeout => {}
        }
        // After-call work that ends by itself in this instant ends after what was done.
        if self.quiet_until > now {
            return;
        }
        let people = self.people.iter().enumerate();
        let wraps =
            people.filter_map(|(place, person)| Some((place, person.wrap_until.as_ref()?.0)));
        let (over, on): (Vec<_>, Vec<_>) = wraps.partition(|(_, until)| *until <= now);
        // After-call work that begins takes a second at least.
        let soon = now + std::time::Duration::from_secs(1);
        self.quiet_until = on
            .iter()
            .map(|(_, until)| *until)
            .min()
            .unwrap_or(soon)
            .min(soon);
        for (agent, until) in over {
            let person = &mut self.people[agent];
            person.wrap_until = None;
            person.idle_since = until;
            self.settle(now, &(FIRST + agent).to_string());
        }
    }

    fn answered(&mut self, call: CallKey, agent: &str) {
        if self.people[place(agent)].offer != Some(call.0) {
            self.ends.lost_races += 1;
            return;
        }
        let waiting = self.forget(call.0).unwrap();
        assert!(self.ended.insert(call.0), "it is answered twice");
        self.ends.answered += 1;
        let person = self.person(agent);
        person.offer = None;
        person.talks = true;
        person.misses = 0;
        *person.taken.entry(waiting.queue).or_default() += 1;
    }

    fn reachable(&mut self, now: Instant, agent: &str, reachable: bool) {
        let person = self.person(agent);
        if reachable && !person.online {
            if (now - person.away_since).as_secs() >= 60 {
                person.idle_since = now;
            }
        } else if !reachable && person.online {
            person.away_since = now;
        }
        person.online = reachable;
    }

    fn choose(&mut self, now: Instant, agent: &str, state: &str) {
        let person = self.person(agent);
        let in_call = person.talks || person.calls > 0 || person.offer.is_some();
        if state == "after-call-work" {
            if let Some((_, queue)) = person.wrap_until.clone() {
                let for_ = self.queue(&queue).wrap_up;
                self.person(agent).wrap_until = Some((now + for_, queue));
            }
            return;
        }
        person.misses = 0;
        if person.wrap_until.is_none() && person.state == state {
            person.next = None;
        } else if in_call {
            person.next = Some(state.into());
        } else {
            person.wrap_until = None;
            person.state = state.into();
            person.next = None;
            person.idle_since = now;
        }
        self.settle(now, agent);
    }

    /// A call waits no more, and whoever it rang at is free.
    fn forget(&mut self, call: u64) -> Option<Waiting> {
        let waiting = self.waiting.remove(&call)?;
        self.unrung.get_mut(&waiting.queue).unwrap().remove(&call);
        *self.counts.get_mut(&waiting.queue).unwrap() -= 1;
        Some(waiting)
    }

    fn missed(&mut self, now: Instant, call: u64, agent: &str, how: Miss) {
        let waiting = self.waiting.get_mut(&call).unwrap();
        assert!(waiting.offers.remove(agent));
        *waiting.missed.entry(agent.to_owned()).or_default() += 1;
        waiting.passed.insert(place(agent));
        let queue = waiting.queue.clone();
        if waiting.offers.is_empty() {
            waiting.passed.clear();
            self.unrung.get_mut(&queue).unwrap().insert(call);
        }
        let limit = self.queue(&queue).misses;
        let person = self.person(agent);
        person.rests_until = now + REST;
        person.idle_since = now + REST;
        person.misses += u32::from(how == Miss::NoAnswer);
        let too_many = limit > 0 && person.misses >= limit;
        if too_many {
            person.misses = 0;
            if person.next.is_none() && person.state != "not-available" {
                person.state = "not-available".into();
                person.idle_since = now;
                self.ends.put_away += 1;
            }
        }
        self.settle(now, agent);
    }

    /// What was put off until a person is out of calls.
    fn settle(&mut self, now: Instant, agent: &str) {
        let person = self.person(agent);
        if person.talks || person.calls > 0 || person.offer.is_some() {
            return;
        }
        let owed = person.owed.take();
        if let Some(next) = person.next.take() {
            if person.state != next || person.wrap_until.is_some() {
                person.idle_since = now;
            }
            person.state = next;
            person.wrap_until = None;
        } else if let Some(queue) = owed {
            let for_ = self.queue(&queue).wrap_up;
            if !for_.is_zero() {
                self.person(agent).wrap_until = Some((now + for_, queue));
            }
        }
    }

    /// The machine wants something done.
    pub(super) fn happened(&mut self, now: Instant, output: &Output, acd: &Acd) {
        match output {
            Output::Offer { call, agents, .. } => self.offered(now, *call, agents),
            Output::Withdraw { call, agent, why } => {
                let offer = self.person(agent).offer.take();
                assert_eq!(offer, Some(call.0), "an offer ends that was not made");
                match why {
                    WithdrawReason::NoAnswer => self.missed(now, call.0, agent, Miss::NoAnswer),
                    WithdrawReason::Unreachable => {
                        self.missed(now, call.0, agent, Miss::Unreachable);
                    }
                    WithdrawReason::CallerGone | WithdrawReason::AnsweredElsewhere { .. } => {
                        assert!(self.ended.contains(&call.0), "the call still waits");
                        self.settle(now, agent);
                    }
                }
            }
            Output::Overflow { call, to, .. } => {
                let waiting = self.forget(call.0).expect("it did not wait");
                assert!(waiting.offers.is_empty(), "torn away from a ringing phone");
                if !matches!(to, Overflow::To(Destination::Queue(_))) {
                    self.ends.overflowed += 1;
                    self.ended.insert(call.0);
                }
            }
            Output::Announce { call, .. } => {
                assert!(self.waiting.contains_key(&call.0), "nobody listens");
            }
            Output::Changed { agent } => {
                let view = acd.agent(agent).unwrap();
                let person = &self.people[place(agent)];
                match &person.wrap_until {
                    Some((until, _)) => {
                        assert_eq!(view.state, "after-call-work");
                        assert_eq!(view.until, Some(*until), "after-call work of {agent}");
                    }
                    None => assert_eq!(view.state, person.state, "{agent}"),
                }
            }
        }
    }

    fn offered(&mut self, now: Instant, call: CallKey, agents: &[String]) {
        let waiting = &self.waiting[&call.0];
        let queue = self.config.queue(&waiting.queue).unwrap();
        for agent in agents {
            assert!(queue.agents.contains(agent), "{agent} is not of this queue");
            assert!(
                is_free(now, &self.people[place(agent)]),
                "{agent} is not free at {now:?}: {:?}",
                self.people[place(agent)]
            );
        }
        let free = queue.agents.iter().enumerate();
        let free: Vec<_> = free
            .filter(|(_, agent)| is_free(now, &self.people[place(agent)]))
            .collect();
        let missed = |agent: &String| waiting.missed.get(agent).copied().unwrap_or(0);
        let count = queue.agents.len();
        let last = self.turn.get(&queue.id).copied();
        let turn = |place: usize| last.map_or(place, |last| (place + count - last - 1) % count);
        let taken = |agent: &String| self.people[place(agent)].taken.get(&queue.id).copied();
        let idle = |agent: &String| self.people[place(agent)].idle_since;
        let expected = match queue.strategy {
            Strategy::RingAll => None,
            Strategy::LongestIdle => free.iter().min_by_key(|(_, a)| (missed(a), idle(a))),
            Strategy::FewestCalls => free
                .iter()
                .min_by_key(|(_, a)| (missed(a), taken(a).unwrap_or(0), idle(a))),
            Strategy::RoundRobin => free.iter().min_by_key(|(p, a)| (missed(a), turn(*p))),
        };
        match expected {
            Some((place, expected)) => {
                assert_eq!(
                    agents,
                    std::slice::from_ref(*expected),
                    "{:?}",
                    queue.strategy
                );
                self.turn.insert(queue.id.clone(), *place);
            }
            None if waiting.offers.is_empty() => {
                assert_eq!(agents.len(), free.len(), "not all are rung");
            }
            None => {}
        }
        for agent in agents {
            self.person(agent).offer = Some(call.0);
        }
        let waiting = self.waiting.get_mut(&call.0).unwrap();
        waiting.offers.extend(agents.iter().cloned());
        self.unrung.get_mut(&waiting.queue).unwrap().remove(&call.0);
    }

    /// Where all are rung for a call, who becomes free is rung too.
    fn all_ring(&self, now: Instant, queue: &Queue) {
        let members = self.members[&queue.id].iter();
        let free: Vec<_> = members
            .filter(|place| is_free(now, &self.people[**place]))
            .collect();
        if free.is_empty() {
            return;
        }
        let calls = self.waiting.values().filter(|call| call.queue == queue.id);
        for call in calls {
            let overdue = queue
                .max_wait
                .is_some_and(|most| now >= call.entered + most);
            let left_out = free.iter().any(|place| !call.passed.contains(place));
            assert!(
                overdue || !left_out,
                "somebody is free, and not rung for {call:?}"
            );
        }
    }

    /// A step is over.
    pub(super) fn after(&self, now: Instant, acd: &Acd) {
        for (queue, calls) in self.unrung.iter().filter(|(_, calls)| !calls.is_empty()) {
            for place in &self.members[queue] {
                let free = is_free(now, &self.people[*place]);
                assert!(
                    !free,
                    "{calls:?} wait in {queue}, and one is free at {now:?}: {place}"
                );
            }
        }
        for queue in &self.config.queues {
            if queue.strategy == Strategy::RingAll {
                self.all_ring(now, queue);
            }
        }
        for (queue, count) in &self.counts {
            assert_eq!(acd.queue(queue).unwrap().waiting as usize, *count);
        }
    }
}

/// The extension of the first agent; the others follow.
const FIRST: usize = 1000;

fn place(agent: &str) -> usize {
    agent.parse::<usize>().unwrap() - FIRST
}

fn is_free(now: Instant, person: &Person) -> bool {
    // The likeliest reasons first: a busy day asks this millions of times.
    if person.talks || person.offer.is_some() || person.wrap_until.is_some() || !person.online {
        return false;
    }
    let quiet = person.calls == 0 && !person.ringing && person.next.is_none();
    quiet && person.rests_until <= now && person.state == "available"
}
