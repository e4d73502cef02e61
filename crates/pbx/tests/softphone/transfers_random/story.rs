//! One random story: what happens in it, and its end.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use alo_pbx::config::{Config, PhoneBehaviour, Strategy};
use alo_phone::language::{Command, Digits, Millis};

use super::buttons;
use super::checks::Checks;
use super::tally::Tally;
use crate::world::{CUSTOMER, OTHER, Pace, Rng, Who, World, demo, is_guest};

/// Nothing has stirred for so long: what is told has arrived, and what was refused was tried again.
const CALM: Millis = 6_000;

/// What went wrong, and how it came to that.
pub(super) struct Failure {
    pub(super) what: String,
    pub(super) log: Vec<String>,
}

/// A story in progress.
pub(super) struct Story {
    pub(super) world: World,
    seed: u64,
    people: Vec<Who>,
    pub(super) checks: Checks,
    /// Keys that could be pressed a moment ago.
    stale: Vec<(Who, Command)>,
    log: Vec<String>,
    began: Millis,
}

/// How many steps the story of this seed has.
pub(super) fn steps(seed: u64) -> usize {
    let mut rng = Rng::new(seed ^ 0x5eed);
    usize::try_from(8 + rng.below(40)).unwrap_or(8)
}

/// Tells the story of this seed, without those steps, and at most so many.
pub(super) fn tell(
    seed: u64,
    steps: usize,
    without: &BTreeSet<usize>,
    traced: bool,
) -> Result<Tally, Failure> {
    let mut story = Story::begin(seed);
    if traced {
        story.world.trace = Some(Vec::new());
    }
    let told = story.told(steps, without);
    let end = told.and_then(|()| story.end());
    match end {
        Ok(()) => Ok(story.tally()),
        Err(what) => Err(Failure {
            what,
            log: story.whole_log(),
        }),
    }
}

impl Story {
    fn begin(seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        let config = rng
            .pick(configs())
            .unwrap_or_else(|| Arc::new(demo().clone()));
        let mut world = World::of(config, seed);
        let mut people = vec!["101", "102", CUSTOMER];
        if rng.one_in(2) {
            people.push("103");
        }
        if rng.one_in(3) {
            people.push(OTHER);
        }
        let mut checks = Checks::default();
        for who in &people {
            world.opens_tab(who, pace(&mut rng));
            checks.opens(who);
        }
        world.run(3_000);
        if rng.one_in(3) {
            world.studio_pace = (rng.below(30), rng.below(200));
        }
        let began = world.now();
        Self {
            world,
            seed,
            people,
            checks,
            stale: Vec::new(),
            log: Vec::new(),
            began,
        }
    }

    fn told(&mut self, steps: usize, without: &BTreeSet<usize>) -> Result<(), String> {
        for step in 0..steps {
            if without.contains(&step) {
                continue;
            }
            let mut rng = Rng::new(self.seed.wrapping_mul(0x1_0001).wrapping_add(step as u64));
            rng.next();
            let pause = pause(&mut rng);
            self.wait(pause)?;
            if step == 0 {
                self.dials(&mut rng, CUSTOMER);
            } else if step < 3 {
                self.presses(&mut rng);
            } else {
                self.happens(&mut rng);
            }
            self.checks.step(&self.world)?;
        }
        Ok(())
    }

    fn happens(&mut self, rng: &mut Rng) {
        let Some(who) = rng.pick(&self.people) else {
            return;
        };
        // In one of three nothing goes wrong but what people do.
        let kinds = if self.seed.is_multiple_of(3) { 76 } else { 100 };
        match rng.below(kinds) {
            0..=57 => self.presses(rng),
            58..=62 => self.presses_late(rng),
            63..=70 => {
                let customers: Vec<_> = self.guests().collect();
                if let Some(customer) = rng.pick(&customers) {
                    self.dials(rng, customer);
                }
            }
            71..=72 if !is_guest(who) => self.dials(rng, who),
            73..=75 => self.menu(rng),
            76..=79 => self.loses_socket(rng, who),
            80..=82 => self.network(rng, who),
            83..=84 => self.closes(rng, who),
            85..=88 => self.opens(rng, who),
            89..=91 if self.world.is_there(who) => {
                let count = 1 + rng.below(5);
                self.note(|| format!("{who}: {count} old messages arrive again"));
                self.world.repeat(who, usize::try_from(count).unwrap_or(1));
            }
            92..=94 if self.world.is_there(who) => {
                let pace = pace(rng);
                self.note(|| format!("{who}: {pace:?}"));
                self.world.set_pace(who, pace);
            }
            95..=96 => {
                self.world.studio_pace = (rng.below(100), rng.below(1_500));
                let pace = self.world.studio_pace;
                self.note(|| format!("the media server takes {pace:?}"));
            }
            _ => self.presses(rng),
        }
    }

    fn guests(&self) -> impl Iterator<Item = Who> + '_ {
        let here = |who: &Who| is_guest(who) && self.world.is_there(who);
        self.people.iter().copied().filter(here)
    }

    /// Somebody presses a key that is there.
    fn presses(&mut self, rng: &mut Rng) {
        let all = self.people.iter().copied();
        let here = all.filter(|who| self.world.is_there(who));
        let keys = |who: Who| buttons::of(self.world.state(who));
        let mut keyed: Vec<_> = here.map(|who| (who, keys(who))).collect();
        keyed.retain(|(_, keys)| !keys.is_empty());
        // A customer has one button and seldom presses it.
        keyed.retain(|(who, _)| !is_guest(who) || rng.one_in(6));
        for (who, keys) in &keyed {
            let keys = keys.iter().map(|(key, _)| (*who, key.clone()));
            self.stale.extend(keys);
        }
        let old = self.stale.len().saturating_sub(60);
        self.stale.drain(..old);
        // Whoever has a call in hand does more than whoever has not.
        let busy =
            |(_, keys): &&(Who, Vec<(Command, u64)>)| keys.iter().any(|(_, weight)| *weight > 3);
        let most: Vec<_> = keyed.iter().filter(busy).cloned().collect();
        let from = if most.is_empty() || rng.one_in(4) {
            &keyed
        } else {
            &most
        };
        if let Some((who, keys)) = rng.pick(from)
            && let Some(key) = buttons::press(rng, &keys)
        {
            let key = buttons::fill(rng, who, key);
            self.does(who, key);
        }
    }

    /// Somebody presses what was there a moment ago.
    fn presses_late(&mut self, rng: &mut Rng) {
        if let Some((who, key)) = rng.pick(&self.stale)
            && self.world.is_there(who)
        {
            let key = buttons::fill(rng, who, key);
            self.note(|| format!("{who} (late)"));
            self.does(who, key);
        }
    }

    pub(super) fn does(&mut self, who: Who, command: Command) {
        self.note(|| format!("{who} {}", short(&command)));
        if let Command::HangUp { call } = &command {
            self.checks.hangs_up(&self.world, who, call);
        }
        // It may be refused: the moment has passed.
        let done = self.world.tries(who, command);
        if let Err(refusal) = done {
            self.note(|| format!("    refused: {refusal}"));
        }
    }

    fn dials(&mut self, rng: &mut Rng, who: Who) {
        let busy = is_guest(who) && !self.world.calls(who).is_empty();
        if self.world.is_there(who) && !busy {
            let dial = buttons::dial(rng, who);
            self.does(who, dial);
        }
    }

    /// A customer in a menu presses a key.
    fn menu(&mut self, rng: &mut Rng) {
        let customers: Vec<_> = self.guests().collect();
        let Some(customer) = rng.pick(&customers) else {
            return;
        };
        let calls = self.world.calls(customer);
        if let Some(call) = calls.first() {
            let digits = Digits(rng.below(4).to_string());
            let call = call.id.clone();
            self.does(customer, Command::SendDigits { call, digits });
        }
    }

    fn loses_socket(&mut self, rng: &mut Rng, who: Who) {
        if self.world.is_there(who) {
            let (phone, center) = (rng.below(4_000), rng.below(6_000));
            self.note(|| {
                format!("{who} loses the connection, sees it in {phone}, the server in {center}")
            });
            self.world.lose_socket(who, phone, center);
        }
    }

    fn network(&mut self, rng: &mut Rng, who: Who) {
        if !self.world.is_there(who) {
            return;
        }
        let online = rng.one_in(2);
        self.note(|| format!("{who} has a network: {online}"));
        self.world.set_online(who, online);
        if !online {
            self.world.lose_socket(who, 0, rng.below(6_000));
        }
    }

    fn closes(&mut self, rng: &mut Rng, who: Who) {
        if self.world.is_there(who) && (!is_guest(who) || rng.one_in(3)) {
            let seen = if rng.one_in(2) { 0 } else { rng.below(8_000) };
            self.note(|| format!("{who} closes the tab, which is seen in {seen}"));
            if !super::NOBODY_IS_LOST {
                for call in self.world.calls(who) {
                    let call = call.id.clone();
                    self.checks.hangs_up(&self.world, who, &call);
                }
            }
            self.world.close_tab(who, seen);
        }
    }

    fn opens(&mut self, rng: &mut Rng, who: Who) {
        if !self.world.is_there(who) {
            self.note(|| format!("{who} opens a tab"));
            self.checks.opens(who);
            self.world.opens_tab(who, pace(rng));
        }
    }

    /// Time passes, and all that must be so is so.
    pub(super) fn wait(&mut self, millis: Millis) -> Result<(), String> {
        let end = self.world.now() + millis;
        while self.world.step_until(end) {
            self.checks.step(&self.world)?;
        }
        self.world.wait_until(end);
        self.checks.step(&self.world)?;
        if self.world.quiet_for() >= CALM {
            self.checks.calm(&self.world)?;
        }
        Ok(())
    }

    pub(super) fn note(&mut self, line: impl FnOnce() -> String) {
        let at = self.world.now();
        let line = format!("{:>7} {}", at.saturating_sub(self.began), line());
        if let Some(trace) = &mut self.world.trace {
            trace.push(format!("{:>9} == {line}", at - 1_000_000));
        }
        self.log.push(line);
    }

    fn whole_log(mut self) -> Vec<String> {
        let mut log = self.world.trace.take().unwrap_or(self.log);
        for who in self.world.people() {
            for call in self.world.calls(who) {
                let leg = self.world.leg_of(who, &call.id);
                let source = leg.and_then(|leg| self.world.told(leg).cloned());
                log.push(format!(
                    "{who} {} {:?} hold {:?} {:?} leg {leg:?} hears {source:?}",
                    call.remote.number, call.phase, call.hold, call.hearing
                ));
            }
        }
        log
    }
}

/// A key without the names of calls.
fn short(command: &Command) -> String {
    let text = format!("{command:?}");
    let mut out = String::new();
    let mut rest = text.as_str();
    while let Some(place) = rest.find("CallId(\"") {
        let id = &rest[place + 8..];
        out.push_str(&rest[..place]);
        out.push_str(id.get(..3).unwrap_or_default());
        rest = id.split_once("\")").map_or("", |(_, rest)| rest);
    }
    out.push_str(rest);
    out
}

fn pause(rng: &mut Rng) -> Millis {
    match rng.below(12) {
        0..=3 => rng.below(150),
        4..=7 => rng.below(1_500),
        8..=9 => rng.below(6_000),
        10 => 6_000 + rng.below(6_000),
        _ => rng.below(45_000),
    }
}

fn pace(rng: &mut Rng) -> Pace {
    let slow = |rng: &mut Rng, most: u64| if rng.one_in(2) { 0 } else { rng.below(most) };
    Pace {
        latency: slow(rng, 120),
        jitter: slow(rng, 400),
        media: slow(rng, 60),
        media_jitter: slow(rng, 900),
    }
}

/// The demo with each way of distributing calls.
fn configs() -> &'static [Arc<Config>] {
    static CONFIGS: OnceLock<Vec<Arc<Config>>> = OnceLock::new();
    CONFIGS.get_or_init(|| {
        let ways = [
            Strategy::LongestIdle,
            Strategy::RingAll,
            Strategy::RoundRobin,
        ];
        let of = |way: &Strategy| {
            let mut config = demo().clone();
            config.calls.guest_invites_per_minute = 1_000;
            // Two numbers that were left together do not talk for ever.
            for phone in &mut config.network.numbers {
                if matches!(
                    phone.behaviour,
                    PhoneBehaviour::Speaks | PhoneBehaviour::Echoes
                ) {
                    phone.behaviour = PhoneBehaviour::HangsUp;
                    phone.stays = Duration::from_secs(180);
                }
            }
            if let Some(queue) = config.queues.iter_mut().find(|queue| queue.id == "sales") {
                queue.strategy = *way;
            }
            Arc::new(config)
        };
        ways.iter().map(of).collect()
    })
}
