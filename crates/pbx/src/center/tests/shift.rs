//! A shift of a call centre whose people do what comes into their heads, from a seed. After everything
//! that happens, what must always be so is looked at.

use std::collections::BTreeMap;
use std::time::Duration;

use super::super::distribution::Engaged;
use super::world::{SALES, SUPPORT, World};
use crate::acd;
use crate::call::Engagement;
use crate::config::Strategy;
use crate::media::Source;

const AGENTS: [&str; 4] = ["101", "102", "103", "104"];
const GUESTS: [&str; 12] = [
    "guest-1", "guest-2", "guest-3", "guest-4", "guest-5", "guest-6", "guest-7", "guest-8",
    "guest-9", "guest-10", "guest-11", "guest-12",
];
const DIALLED: [&str; 8] = [
    "sales",
    "main",
    "101",
    "103",
    "+84900000001",
    "+84900000002",
    "+84900000006",
    "4711",
];

/// Numbers that look like chance, the same ones for the same seed (xorshift).
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }

    fn one_of<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len() as u64) as usize]
    }

    fn percent(&mut self, chance: u64) -> bool {
        self.below(100) < chance
    }
}

struct Shift {
    world: World,
    chance: Chance,
    /// How many calls were begun.
    begun: usize,
}

impl Shift {
    fn begin(seed: u64) -> Self {
        let mut world = World::changed(|config| {
            config.calls.guest_invites_per_minute = 10_000;
            for queue in &mut config.queues {
                queue.max_wait = Some(Duration::from_secs(90));
            }
            config.queues[0].strategy = Strategy::RoundRobin;
        });
        for phone in AGENTS.into_iter().chain(GUESTS) {
            world.add(phone);
        }
        for agent in AGENTS {
            world.sign_in(agent);
        }
        Self {
            world,
            chance: Chance(seed),
            begun: 0,
        }
    }

    /// The call that this phone is in, whoever began it.
    fn talks(&mut self, user: &str) -> Option<alo_sip::ua::SessionId> {
        let phone = self.world.phone(user);
        let sessions = phone.taken.iter().chain(&phone.begun);
        let mut open =
            sessions.filter(|session| phone.ended.iter().all(|(over, _)| over != *session));
        open.next_back().copied()
    }

    fn something_happens(&mut self) {
        if self.chance.percent(40) {
            let guest = self.chance.one_of(&GUESTS);
            self.guest(guest);
        } else {
            let agent = self.chance.one_of(&AGENTS);
            self.agent(agent);
        }
        let pause = 200 + self.chance.below(2500);
        self.world.wait(Duration::from_millis(pause));
    }

    fn guest(&mut self, guest: &'static str) {
        let Some(session) = self.talks(guest) else {
            self.begun += 1;
            let number = self.chance.one_of(&[SALES, SALES, SUPPORT]);
            self.world.call(guest, number);
            return;
        };
        if self.chance.percent(12) {
            self.world.hang_up(guest, session);
        } else if self.chance.percent(50) {
            let key = self.chance.one_of(&['0', '1', '2', '3', '9', '*', '#']);
            self.world.press(guest, key);
        } else if matches!(self.world.hears(guest), Source::Prompts(_)) {
            self.world.spoken(guest);
        }
    }

    fn agent(&mut self, agent: &'static str) {
        if !self.world.phone(agent).connected {
            if self.chance.percent(50) {
                self.world.connect(agent);
                self.world.sign_in(agent);
            }
            return;
        }
        if self.chance.percent(3) {
            self.world.cut(agent);
        } else if self.chance.percent(5) {
            let state = self
                .chance
                .one_of(&["available", "lunch-break", "available"]);
            self.world.center.tell_acd(acd::Input::Choose {
                agent: agent.into(),
                state: state.into(),
            });
        } else if !self.world.ringing(&[agent]).is_empty() {
            let last = *self.world.phone(agent).called.last().unwrap();
            let phone = self.world.phone(agent);
            let known = phone.ended.iter().any(|(over, _)| *over == last);
            if known || phone.taken.contains(&last) {
                return;
            }
            match self.chance.below(10) {
                0 => self.world.decline(agent, 603),
                1 => self.world.decline(agent, 486),
                2..=7 => {
                    self.world.answer(agent);
                }
                _ => {}
            }
        } else if let Some(session) = self.talks(agent) {
            if self.chance.percent(40) {
                self.world.hang_up(agent, session);
            }
        } else if self.chance.percent(20) {
            self.begun += 1;
            let to = self.chance.one_of(&DIALLED);
            self.world.call(agent, to);
        }
    }

    /// What must always be so.
    fn check(&self) {
        let center = &self.world.center;
        let mut offered: BTreeMap<&str, u32> = BTreeMap::new();
        let mut engaged: BTreeMap<String, Engaged> = BTreeMap::new();
        for active in center.calls.values() {
            for (agent, engagement) in active.call.engaged() {
                if engagement == Engagement::Offered {
                    *offered.entry(agent).or_default() += 1;
                } else {
                    engaged.entry(agent.into()).or_default().add(engagement);
                }
            }
        }
        // Nobody is counted wrong, for ever busy or for ever free.
        assert_eq!(center.engaged, engaged);
        let twice = offered.iter().find(|(_, calls)| **calls > 1);
        assert_eq!(twice, None, "somebody is offered two calls");
        // What is heard is what the stages say; simulated phones have no ears.
        for (leg, info) in center.legs.iter().filter(|(_, info)| info.flow.is_some()) {
            let call = &center.calls[&info.call].call;
            let told = self.world.hears.get(leg).unwrap_or(&Source::Silence);
            assert_eq!(*told, call.hearing(*leg), "leg {leg}");
        }
        // A record for each call that is over, and none for one that is not.
        assert_eq!(self.world.records.len() + center.calls.len(), self.begun);
    }

    fn end(mut self) {
        for user in AGENTS.into_iter().chain(GUESTS) {
            while let Some(session) = self.talks(user) {
                self.world.hang_up(user, session);
            }
        }
        self.world.seconds(60);
        self.check();
        self.world.is_clean();
        for queue in ["sales", "support", "vip", "anyone"] {
            assert_eq!(self.world.center.acd.queue(queue).unwrap().waiting, 0);
        }
        let ids: std::collections::BTreeSet<_> =
            self.world.records.iter().map(|record| &record.id).collect();
        assert_eq!(ids.len(), self.begun, "each with an id of its own");
    }
}

#[test]
fn whatever_people_do_nothing_is_lost_and_nobody_is_forgotten() {
    for seed in 1..=6u64 {
        let mut shift = Shift::begin(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        for _ in 0..1000 {
            shift.something_happens();
            shift.check();
        }
        let talked = shift.world.records.iter();
        let talked = talked.filter(|record| record.answered_by.is_some()).count();
        assert!(talked > 20, "seed {seed}: {talked} calls were answered");
        shift.end();
    }
}
