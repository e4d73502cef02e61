//! A busy day: ten thousand calls, two hundred agents, eight queues, from a seed. After every step an
//! account of its own ([`ledger`]) says whether what the machine did was right.

mod ledger;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use alo_sip::time::Instant;

use self::ledger::Ledger;
use crate::acd::{Acd, CallKey, Input, Miss, Output, WithdrawReason};
use crate::config::{Config, Destination, Overflow};

const AGENTS: u64 = 200;
const CALLS: u64 = 10_000;
/// The length of the day: calls come faster than they can be taken at its peak.
const DAY: u64 = 8 * 3_600_000;

/// SplitMix64: a day is told by its seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % below
    }

    fn between(&mut self, from: u64, to: u64) -> u64 {
        from + self.roll(to - from)
    }
}

/// What somebody is going to do.
#[derive(Debug, Clone)]
enum Plan {
    Call(u64),
    HangUp(u64),
    Answer(u64, String),
    Refuse(u64, String, Miss),
    End(String, String),
    Choose(String, &'static str),
    Reachable(String, bool),
    Busy(String, u32, bool),
}

struct Day {
    acd: Acd,
    ledger: Ledger,
    dice: Dice,
    now: Instant,
    plans: BTreeMap<(Instant, u64), Plan>,
    planned: u64,
    steps: u64,
}

/// Eight queues: each strategy twice, agents in two or three of them each.
fn file(dice: &mut Dice) -> String {
    let mut file = String::new();
    let mut members: Vec<Vec<String>> = vec![Vec::new(); 8];
    for agent in 0..AGENTS {
        let extension = format!("{}", 1000 + agent);
        let _ = write!(
            file,
            "[[agent]]\nextension = \"{extension}\"\nname = \"x\"\npassword = \"x\"\n"
        );
        for _ in 0..3 {
            let queue = dice.roll(8) as usize;
            if !members[queue].contains(&extension) {
                members[queue].push(extension.clone());
            }
        }
    }
    let strategies = ["longest-idle", "ring-all", "round-robin", "fewest-calls"];
    for (index, members) in members.iter().enumerate() {
        let _ = write!(
            file,
            "[[queue]]\nid = \"q{index}\"\nagents = {members:?}\nstrategy = \"{}\"\npriority = {}\n\
             ring_seconds = {}\nwrap_up_seconds = {}\nmisses = {}\n",
            strategies[index % 4],
            dice.roll(3),
            dice.between(10, 30),
            dice.roll(40),
            dice.roll(5),
        );
        // Every other queue is patient, and the last but one overflows into the last.
        if index % 2 == 0 {
            let to = if index == 6 {
                "overflow = { queue = \"q7\" }\n"
            } else {
                ""
            };
            let _ = write!(file, "max_wait_seconds = {}\n{to}", dice.between(20, 120));
            file.push_str("announce = { every_seconds = 15 }\n");
        }
    }
    file
}

impl Day {
    fn new(seed: u64) -> Self {
        let mut dice = Dice(seed);
        let text = file(&mut dice);
        let config = Config::parse("day.toml", &text).unwrap_or_else(|error| panic!("{error}"));
        let config = Arc::new(config);
        let mut day = Self {
            acd: Acd::new(Arc::clone(&config)),
            ledger: Ledger::new(config),
            dice,
            now: Instant::ZERO,
            plans: BTreeMap::new(),
            planned: 0,
            steps: 0,
        };
        for call in 0..CALLS {
            // Two thirds of the calls come in the middle third of the day.
            let third = DAY / 3;
            let at = if day.dice.roll(3) < 2 {
                day.dice.between(third, 2 * third)
            } else {
                day.dice.roll(DAY)
            };
            day.plan(at, Plan::Call(call));
        }
        for agent in 0..AGENTS {
            let extension = format!("{}", 1000 + agent);
            let at = day.dice.roll(1_800_000);
            day.plan(at, Plan::Reachable(extension, true));
        }
        day
    }

    fn plan(&mut self, in_millis: u64, plan: Plan) {
        let at = self.now + Duration::from_millis(in_millis);
        self.planned += 1;
        self.plans.insert((at, self.planned), plan);
    }

    fn run(&mut self) {
        loop {
            let next = self.plans.keys().next().copied();
            let due = self.acd.next_timeout();
            match (next, due) {
                (None, None) => break,
                (Some(key), due) if due.is_none_or(|due| key.0 <= due) => {
                    self.now = key.0;
                    let plan = self.plans.remove(&key).unwrap();
                    self.carry_out(plan);
                }
                (_, Some(due)) => {
                    self.now = due;
                    self.step(Input::Timeout);
                }
                (Some(_), None) => unreachable!("a plan without a timeout is carried out"),
            }
        }
    }

    fn carry_out(&mut self, plan: Plan) {
        match plan {
            Plan::Call(call) => {
                let queue = format!("q{}", self.dice.roll(8));
                let patience = self.dice.between(5_000, 600_000);
                self.plan(patience, Plan::HangUp(call));
                self.enter(call, queue, Duration::ZERO);
            }
            Plan::HangUp(call) => {
                self.step(Input::Leave {
                    call: CallKey(call),
                });
            }
            Plan::Answer(call, agent) => {
                let won = self.acd.offered(CallKey(call), &agent);
                self.step(Input::Answered {
                    call: CallKey(call),
                    agent: agent.clone(),
                });
                if won {
                    let queue = self.ledger.queue_of(call);
                    let talk = self.dice.between(20_000, 400_000);
                    self.plan(talk, Plan::End(agent.clone(), queue));
                    if self.dice.roll(8) == 0 {
                        let during = self.dice.roll(talk);
                        self.plan(during, Plan::Choose(agent, "short-break"));
                    }
                }
            }
            Plan::Refuse(call, agent, how) => {
                self.step(Input::Refused {
                    call: CallKey(call),
                    agent,
                    how,
                });
            }
            Plan::End(agent, queue) => self.end(agent, queue),
            Plan::Choose(agent, state) => {
                if state != "available" && state != "after-call-work" {
                    let away = self.dice.between(60_000, 1_800_000);
                    self.plan(away, Plan::Choose(agent.clone(), "available"));
                }
                self.step(Input::Choose {
                    agent,
                    state: state.into(),
                });
            }
            Plan::Reachable(agent, reachable) => {
                self.life_of(&agent, reachable);
                self.step(Input::Reachable { agent, reachable });
            }
            Plan::Busy(agent, calls, ringing) => {
                self.step(Input::Busy {
                    agent,
                    calls,
                    ringing,
                });
            }
        }
    }

    fn enter(&mut self, call: u64, queue: String, waited: Duration) {
        self.step(Input::Enter {
            call: CallKey(call),
            queue,
            waited,
        });
    }

    /// A call of a queue ends, and the agent does this or that next.
    fn end(&mut self, agent: String, queue: String) {
        self.step(Input::Ended {
            agent: agent.clone(),
            queue: Some(queue),
        });
        let soon = self.dice.roll(30_000);
        match self.dice.roll(12) {
            0 => self.plan(soon, Plan::Choose(agent, "lunch-break")),
            1 => self.plan(soon, Plan::Choose(agent, "after-call-work")),
            2 | 3 => self.plan(soon, Plan::Choose(agent, "available")),
            4 => {
                let length = self.dice.between(1_000, 60_000);
                self.plan(soon, Plan::Busy(agent.clone(), 0, true));
                self.plan(soon + 3_000, Plan::Busy(agent.clone(), 1, false));
                self.plan(soon + 3_000 + length, Plan::Busy(agent, 0, false));
            }
            5 => {
                self.plan(soon, Plan::Reachable(agent.clone(), false));
                let away = self.dice.roll(200_000);
                self.plan(soon + away, Plan::Reachable(agent, true));
            }
            _ => {}
        }
    }

    /// What somebody who has just signed in will do in the next hours; who was put to Not available
    /// comes back.
    fn life_of(&mut self, agent: &str, reachable: bool) {
        if !reachable || self.now.as_millis() > DAY {
            return;
        }
        for _ in 0..2 {
            let later = self.dice.between(600_000, 7_200_000);
            self.plan(later, Plan::Choose(agent.to_owned(), "available"));
        }
    }

    fn step(&mut self, input: Input) {
        self.steps += 1;
        self.ledger.before(self.now, &input);
        let outputs = self.acd.step(self.now, input);
        for output in &outputs {
            self.ledger.happened(self.now, output, &self.acd);
        }
        self.ledger.after(self.now, &self.acd);
        let due = self.acd.next_timeout();
        assert!(
            due.is_none_or(|due| due > self.now),
            "it is woken for what is past"
        );
        for output in outputs {
            self.react(output);
        }
    }

    /// What people do about it.
    fn react(&mut self, output: Output) {
        match output {
            Output::Offer { call, agents, ring } => {
                let ring = u64::try_from(ring.as_millis()).unwrap();
                for agent in agents {
                    self.phone_rings(call.0, agent, ring);
                }
            }
            Output::Overflow {
                call,
                to: Overflow::To(Destination::Queue(queue)),
                waited,
            } => self.enter(call.0, queue, waited),
            // The answer is on its way when the phone is told to stop.
            Output::Withdraw {
                call,
                agent,
                why: WithdrawReason::NoAnswer,
            } if self.dice.roll(20) == 0 => self.plan(5, Plan::Answer(call.0, agent)),
            _ => {}
        }
    }

    fn phone_rings(&mut self, call: u64, agent: String, ring: u64) {
        // Answers fall on whole seconds, so that two of them fall on the same instant at times.
        let seconds = 1 + self.dice.roll(ring / 1000);
        let (at, soon) = (seconds * 1000, self.dice.roll(2_000));
        let refuse = |how| Plan::Refuse(call, agent.clone(), how);
        match self.dice.roll(100) {
            0..78 => self.plan(at, Plan::Answer(call, agent)),
            78..84 => self.plan(at, refuse(Miss::Declined)),
            84..87 => self.plan(soon, refuse(Miss::Unreachable)),
            87..89 => self.plan(soon, refuse(Miss::Busy)),
            89..91 => self.plan(at, refuse(Miss::NoAnswer)),
            91..93 => {
                self.plan(soon, Plan::Reachable(agent.clone(), false));
                self.plan(soon + 30_000, Plan::Reachable(agent, true));
            }
            93..95 => self.plan(soon, Plan::Choose(agent, "lunch-break")),
            // The others let it ring.
            _ => {}
        }
    }
}

#[test]
fn ten_thousand_calls_end_as_they_should() {
    for seed in [1, 2, 20_261] {
        let mut day = Day::new(seed);
        day.run();
        let ends = day.ledger.ends();
        assert_eq!(
            ends.in_all(),
            CALLS as usize,
            "seed {seed}: a call has no end"
        );
        // The day was one in which everything happened.
        assert!(ends.answered > 5_000, "seed {seed}: {ends:?}");
        assert!(
            ends.abandoned > 300 && ends.overflowed > 300,
            "seed {seed}: {ends:?}"
        );
        assert!(
            ends.lost_races > 100 && ends.put_away > 5,
            "seed {seed}: {ends:?}"
        );
        assert!(
            day.acd.calls.is_empty(),
            "seed {seed}: a call was forgotten"
        );
        assert_eq!(
            day.acd.timers.len(),
            0,
            "seed {seed}: a timer was forgotten"
        );
        assert!(day.steps > 30_000);
    }
}
