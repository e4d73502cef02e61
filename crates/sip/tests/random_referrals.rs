//! Random runs: Alice and Bob call each other's attention to others (REFER) in calls that come and go, over
//! a network that delays, loses, repeats and reorders, and breaks now and then. Everything comes from a seed.
//!
//! Whatever happens, it holds that
//! * nothing is told of a REFER after its end, of either side,
//! * what is told of it never goes back to an older state,
//! * once the network is good, who asked knows the outcome of every REFER that was taken, whether the call
//!   is over or not,
//! * when all calls are over, no timer is left: there is nothing to wait for.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test fails as the test does"
)]

#[cfg(target_arch = "wasm32")]
#[macro_use]
extern crate alo_wasm_test;

mod support;

use std::collections::{BTreeMap, BTreeSet};

use alo_sip::sipfrag::Fragment;
use alo_sip::status::StatusCode;
use alo_sip::ua::{Event, Refer, ReferralEvent, ReferralId, ReferredId, SessionEvent, SessionId};

use support::{Network, Pair, Side};

/// A REFER as its asking side knows it.
#[derive(Default, Debug)]
struct Asking {
    /// The user part of its target, by which the other side's is known to be of it.
    name: u64,
    /// The last state that was told, and whether it was the last at all.
    told: u64,
    outcome: Option<u64>,
    over: bool,
    unwanted: bool,
}

/// A REFER as its asked side knows it.
struct Asked {
    name: u64,
    state: u64,
}

struct Run {
    pair: Pair,
    seed: u64,
    sessions: BTreeSet<(bool, SessionId)>,
    asking: BTreeMap<(bool, ReferralId), Asking>,
    asked: BTreeMap<(bool, ReferredId), Asked>,
    /// Outcomes by name, as they were told by the asked side.
    outcomes: BTreeMap<u64, u64>,
    state: u64,
}

const fn is_alice(side: Side) -> bool {
    matches!(side, Side::Alice)
}

impl Run {
    fn new(seed: u64) -> Self {
        let network = match seed % 3 {
            0 => Network::websocket(),
            1 => Network::udp(),
            _ => Network::bad_udp(),
        };
        Run {
            pair: Pair::new(network, seed.wrapping_mul(0x9E37_79B9) + 1),
            seed,
            sessions: BTreeSet::new(),
            asking: BTreeMap::new(),
            asked: BTreeMap::new(),
            outcomes: BTreeMap::new(),
            state: 0,
        }
    }

    /// Lets time pass, and both applications do what they do at once.
    fn pass(&mut self, millis: u64) {
        self.pair.run_ms(millis);
        loop {
            let mut quiet = true;
            for side in [Side::Alice, Side::Bob] {
                for event in std::mem::take(&mut self.pair.peer(side).events) {
                    quiet = false;
                    self.on_event(side, event);
                }
            }
            if quiet {
                return;
            }
            self.pair.run_ms(0);
        }
    }

    fn on_event(&mut self, side: Side, event: Event) {
        let (now, seed) = (self.pair.now, self.seed);
        match event {
            Event::Invited { session, .. } => {
                let ua = &mut self.pair.peer(side).ua;
                ua.accept(now, session, support::sdp("bob1"), Vec::new())
                    .unwrap();
                self.sessions.insert((is_alice(side), session));
            }
            Event::Session { id, event } => match event {
                SessionEvent::Answered { .. } => {
                    self.sessions.insert((is_alice(side), id));
                }
                SessionEvent::Ended { .. } => {
                    self.sessions.remove(&(is_alice(side), id));
                }
                SessionEvent::Uncertain { .. } => {
                    let ua = &mut self.pair.peer(side).ua;
                    let _ = ua.hang_up(now, id, None);
                }
                _ => {}
            },
            Event::Referral { id, event } => self.on_referral((is_alice(side), id), event),
            Event::Referred { id, refer, .. } => {
                let name = refer.target().user().unwrap().parse().unwrap();
                let refused = self.pair.random(6) == 0;
                let ua = &mut self.pair.peer(side).ua;
                if refused {
                    ua.reject_refer(now, id, StatusCode::DECLINE, Vec::new())
                        .unwrap();
                } else {
                    ua.accept_refer(now, id).unwrap();
                    let asked = Asked { name, state: 0 };
                    self.asked.insert((is_alice(side), id), asked);
                }
            }
            other => panic!("seed {seed}: {other:?}"),
        }
    }

    fn on_referral(&mut self, id: (bool, ReferralId), event: ReferralEvent) {
        let seed = self.seed;
        let asking = self.asking.get_mut(&id).expect("a REFER");
        assert!(
            !asking.over && !asking.unwanted,
            "seed {seed}: {event:?} after the end of {asking:?}"
        );
        match event {
            ReferralEvent::Accepted { followed } => assert!(followed, "seed {seed}"),
            ReferralEvent::Refused { .. } => asking.over = true,
            ReferralEvent::Ended { .. } => panic!("seed {seed}: {event:?} of {asking:?}"),
            ReferralEvent::Progress { fragment } => {
                let state = fragment.reason.parse().unwrap_or(0);
                assert!(state >= asking.told, "seed {seed}: {state} {asking:?}");
                asking.told = state;
                if fragment.is_final() {
                    asking.over = true;
                    asking.outcome = Some(state);
                }
            }
        }
    }

    fn pick<K: Copy>(&mut self, all: &[K]) -> Option<K> {
        let at = self.pair.random(all.len() as u64) as usize;
        all.get(at).copied()
    }

    /// Another state of a REFER is told.
    fn tell(&mut self, id: (bool, ReferredId), last: bool) {
        self.state += 1;
        let (now, state) = (self.pair.now, self.state);
        let code = match (last, state % 3) {
            (true, 0) => 603,
            (true, _) => 200,
            (false, _) => 180,
        };
        let fragment = Fragment::new(StatusCode::new(code).unwrap()).with_reason(state.to_string());
        let side = if id.0 { Side::Alice } else { Side::Bob };
        let told = self.pair.peer(side).ua.refer_progress(now, id.1, fragment);
        let asked = self.asked.get_mut(&id).unwrap();
        asked.state = state;
        if last {
            if told.is_ok() {
                self.outcomes.insert(asked.name, state);
            }
            self.asked.remove(&id);
        }
    }

    /// One thing that somebody could do.
    fn act(&mut self) {
        let now = self.pair.now;
        let sessions: Vec<_> = self.sessions.iter().copied().collect();
        match self.pair.random(14) {
            0 | 1 if self.sessions.len() < 4 => {
                self.pair.call();
            }
            2..=4 => {
                if let Some((alice, session)) = self.pick(&sessions) {
                    self.refer(alice, session);
                }
            }
            5..=8 => {
                let asked: Vec<_> = self.asked.keys().copied().collect();
                if let Some(id) = self.pick(&asked) {
                    let last = self.pair.random(3) == 0;
                    self.tell(id, last);
                }
            }
            9 | 10 => {
                if let Some((alice, session)) = self.pick(&sessions) {
                    let side = if alice { Side::Alice } else { Side::Bob };
                    let ua = &mut self.pair.peer(side).ua;
                    let _ = ua.hang_up(now, session, None);
                }
            }
            11 => {
                let asking: Vec<_> = self.asking.keys().copied().collect();
                if let Some(id) = self.pick(&asking)
                    && self.pair.random(4) == 0
                {
                    let side = if id.0 { Side::Alice } else { Side::Bob };
                    self.pair.peer(side).ua.stop_following(now, id.1);
                    self.asking.get_mut(&id).unwrap().unwanted = true;
                }
            }
            12 if self.pair.random(3) == 0 && self.pair.network.transport.is_reliable() => {
                self.pair.disconnect();
                let away = self.pair.random(60_000);
                self.pass(away);
                self.pair.connect();
            }
            _ => {}
        }
    }

    fn refer(&mut self, alice: bool, session: SessionId) {
        self.state += 1;
        let name = self.state;
        let refer = Refer {
            to: format!("<sip:{name}@bob.test>").parse().unwrap(),
            referred_by: None,
            headers: Vec::new(),
        };
        let (now, side) = (self.pair.now, if alice { Side::Alice } else { Side::Bob });
        if let Ok(id) = self.pair.peer(side).ua.refer(now, session, refer) {
            let asking = Asking {
                name,
                ..Asking::default()
            };
            self.asking.insert((alice, id), asking);
        }
    }

    fn run(mut self) -> usize {
        let seed = self.seed;
        for _ in 0..150 {
            self.act();
            let wait = self.pair.random(3000);
            self.pass(wait);
        }
        // The network is good again, and every REFER comes to its end.
        self.pair.network.loss_percent = 0;
        for _ in 0..90 {
            self.pass(1000);
        }
        for id in self.asked.keys().copied().collect::<Vec<_>>() {
            self.tell(id, true);
        }
        for _ in 0..90 {
            self.pass(1000);
        }
        for asking in self.asking.values().filter(|asking| !asking.unwanted) {
            assert!(asking.over, "seed {seed}: {asking:?}");
            let told = self.outcomes.get(&asking.name);
            assert_eq!(asking.outcome.as_ref(), told, "seed {seed}: {asking:?}");
        }
        let now = self.pair.now;
        for (alice, session) in std::mem::take(&mut self.sessions) {
            let side = if alice { Side::Alice } else { Side::Bob };
            let _ = self.pair.peer(side).ua.hang_up(now, session, None);
        }
        self.pass(1_000_000);
        self.pair.disconnect();
        self.pair.assert_nothing_left();
        self.outcomes.len()
    }
}

#[test]
fn whatever_happens_who_asked_knows_what_became_of_it() {
    let runs = if cfg!(target_arch = "wasm32") { 6 } else { 60 };
    let outcomes: usize = (0..runs).map(|seed| Run::new(seed).run()).sum();
    assert!(
        outcomes as u64 > 10 * runs,
        "only {outcomes} outcomes: the runs do too little"
    );
}

/// A message as somebody might send it who wants to do harm, or has a fault.
fn twisted(pair: &mut Pair, message: &str) -> String {
    let mut lines: Vec<String> = message.lines().map(String::from).collect();
    for _ in 0..=pair.random(3) {
        let at = pair.random(lines.len() as u64) as usize;
        let line = lines[at].clone();
        let other = pair.random(30).to_string();
        match pair.random(8) {
            0 => drop(lines.remove(at)),
            1 => lines.insert(at, line),
            2 => lines[at] = line.replace(|c: char| c.is_ascii_digit(), &other),
            3 => lines[at] = line.replace("active", "terminated"),
            4 => lines[at] = line.replace("NOTIFY", ["SUBSCRIBE", "BYE", "REFER"][at % 3]),
            5 => lines[at] = line.replace(';', ";;"),
            6 => lines[at] = line.chars().rev().collect(),
            _ => lines[at] = line.replace(' ', ""),
        }
        if lines.is_empty() {
            break;
        }
    }
    // Another transaction each time.
    let branch = pair.random(1 << 30);
    let text = lines.join("\r\n") + "\r\n\r\n";
    text.replace("branch=z9hG4bK", &format!("branch=z9hG4bK{branch}x"))
}

#[test]
fn nothing_that_a_far_end_says_of_a_refer_does_harm() {
    let runs = if cfg!(target_arch = "wasm32") { 5 } else { 60 };
    for seed in 0..runs {
        let mut pair = Pair::new(Network::websocket(), seed * 3 + 1);
        let (a, b) = pair.talk();
        pair.refer(a);
        pair.run_ms(50);
        let referred = pair.referred();
        pair.bob.ua.accept_refer(pair.now, referred).unwrap();
        pair.bob.ua.update(pair.now, b, Vec::new()).unwrap();
        pair.run_ms(50);
        if seed % 2 == 0 {
            pair.bob.ua.hang_up(pair.now, b, None).unwrap();
        }
        pair.run_ms(50);
        let text = |bytes: &bytes::Bytes| String::from_utf8_lossy(bytes).into_owned();
        let to_bob: Vec<String> = pair.alice.sent.iter().map(text).collect();
        let to_alice: Vec<String> = pair.bob.sent.iter().map(text).collect();
        for _ in 0..150 {
            let alice = pair.random(2) == 0;
            let (side, all) = match alice {
                true => (Side::Alice, &to_alice),
                false => (Side::Bob, &to_bob),
            };
            let at = pair.random(all.len() as u64) as usize;
            let bytes = twisted(&mut pair, &all[at]).into();
            let (now, flow) = (pair.now, pair.flow());
            pair.peer(side).ua.handle_input(now, flow, bytes);
            let wait = pair.random(2000);
            pair.run_ms(wait);
            for event in std::mem::take(&mut pair.peer(side).events) {
                let ua = &mut pair.peer(side).ua;
                match event {
                    Event::Referred { id, .. } => {
                        let _ = ua.accept_refer(now, id);
                    }
                    Event::Invited { session, .. } => {
                        let _ = ua.reject(now, session, StatusCode::BUSY_HERE, Vec::new());
                    }
                    Event::Request { tx, .. } => {
                        let _ = ua.respond(now, tx, StatusCode::OK, Vec::new(), None);
                    }
                    Event::Subscribed { id, .. } => {
                        let _ = ua.reject_subscription(now, id, StatusCode::BAD_EVENT, Vec::new());
                    }
                    _ => {}
                }
            }
        }
        let now = pair.now;
        let _ = pair.alice.ua.hang_up(now, a, None);
        let _ = pair.bob.ua.hang_up(now, b, None);
        let _ = pair
            .bob
            .ua
            .refer_progress(now, referred, Fragment::new(StatusCode::OK));
        pair.run_ms(10_000_000);
        pair.disconnect();
        pair.run_ms(10_000_000);
        pair.assert_nothing_left();
    }
}
