//! Random runs: two user agents do whatever they can, over a network that delays, loses, repeats and
//! reorders, and breaks now and then. Everything comes from a seed.
//!
//! Whatever happens, it holds that
//! * each session that began has exactly one end, and nothing is told of it afterwards,
//! * both sides agree: after everything ended, neither has a session left,
//! * no timer is left: there is nothing to wait for.

#[cfg(target_arch = "wasm32")]
#[macro_use]
extern crate alo_wasm_test;

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use alo_sip::header::Reason;
use alo_sip::method::Method;
use alo_sip::status::StatusCode;
use alo_sip::ua::{Event, SessionEvent, SessionId, SessionTrouble};

use support::{Network, Pair, Side, say, sdp};

/// What a side knows of its sessions.
#[derive(Default)]
struct Book {
    /// Sessions that began, and not ended.
    open: BTreeSet<SessionId>,
    ended: BTreeSet<SessionId>,
    /// Sessions that ring here.
    ringing: BTreeSet<SessionId>,
    /// Offers that wait for an answer.
    offers: BTreeMap<SessionId, ()>,
}

impl Book {
    fn note(&mut self, events: &[Event], at: &str) {
        for event in events {
            match event {
                Event::Invited { session, .. } => {
                    assert!(self.open.insert(*session), "{at}: {session:?} began twice");
                    self.ringing.insert(*session);
                }
                Event::Session {
                    id,
                    event: session_event,
                } => {
                    assert!(
                        !self.ended.contains(id),
                        "{at}: {} after the end of {id:?}",
                        say(event)
                    );
                    assert!(
                        self.open.contains(id),
                        "{at}: {} of an unknown session",
                        say(event)
                    );
                    match session_event {
                        SessionEvent::Ended { .. } => {
                            self.open.remove(id);
                            self.ended.insert(*id);
                            self.ringing.remove(id);
                            self.offers.remove(id);
                        }
                        SessionEvent::Offer { .. } | SessionEvent::OfferWanted => {
                            self.offers.insert(*id, ());
                        }
                        _ => {}
                    }
                }
                _ => {}
            }
        }
    }
}

struct Run {
    pair: Pair,
    books: [Book; 2],
    seed: u64,
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
            books: Default::default(),
            seed,
        }
    }

    fn note(&mut self) {
        for side in [Side::Alice, Side::Bob] {
            let events = std::mem::take(&mut self.pair.peer(side).events);
            for event in &events {
                // INFO and the like are answered at once.
                if let Event::Request { tx, .. } = event {
                    let now = self.pair.now;
                    let _ =
                        self.pair
                            .peer(side)
                            .ua
                            .respond(now, *tx, StatusCode::OK, Vec::new(), None);
                }
            }
            self.books[side as usize].note(&events, &format!("seed {}, {side:?}", self.seed));
            self.decide(side, &events);
        }
        // What was decided comes out.
        self.pair.run_ms(0);
        let silent = self.pair.alice.events.is_empty() && self.pair.bob.events.is_empty();
        if !silent {
            self.note();
        }
    }

    /// What an application does with a call in doubt: it asks whether the far end still knows it, and
    /// hangs up when it does not.
    fn decide(&mut self, side: Side, events: &[Event]) {
        let now = self.pair.now;
        let ua = &mut self.pair.peer(side).ua;
        for event in events {
            let Event::Session {
                id,
                event: SessionEvent::Uncertain { why },
            } = event
            else {
                continue;
            };
            // The session may be over since then.
            let _ = match why {
                SessionTrouble::Gone481 => ua.hang_up(now, *id, None),
                _ => ua
                    .request(now, *id, Method::Options, Vec::new(), None)
                    .map(|_| ()),
            };
        }
    }

    fn pick(&mut self, from: &[SessionId]) -> Option<SessionId> {
        let at = self.pair.random(from.len() as u64) as usize;
        from.get(at).copied()
    }

    /// One thing that a person could do.
    fn act(&mut self) {
        let side = if self.pair.random(2) == 0 {
            Side::Alice
        } else {
            Side::Bob
        };
        let now = self.pair.now;
        let open: Vec<SessionId> = self.books[side as usize].open.iter().copied().collect();
        let ringing: Vec<SessionId> = self.books[side as usize].ringing.iter().copied().collect();
        let offers: Vec<SessionId> = self.books[side as usize].offers.keys().copied().collect();
        let name = sdp(&format!("n{}", self.pair.random(1000)));
        let draw = self.pair.random(15);
        match draw {
            0 | 1 if self.books[0].open.len() < 3 => {
                let id = self.pair.call();
                self.books[0].open.insert(id);
            }
            2 => {
                if let Some(id) = self.pick(&ringing) {
                    let early = (self.pair.random(2) == 0).then_some(name);
                    let _ = self.pair.peer(side).ua.progress(
                        now,
                        id,
                        StatusCode::SESSION_PROGRESS,
                        early,
                        Vec::new(),
                    );
                }
            }
            3 | 4 => {
                if let Some(id) = self.pick(&ringing) {
                    let _ = self.pair.peer(side).ua.accept(now, id, name, Vec::new());
                }
            }
            5 => {
                if let Some(id) = self.pick(&ringing) {
                    let _ =
                        self.pair
                            .peer(side)
                            .ua
                            .reject(now, id, StatusCode::BUSY_HERE, Vec::new());
                }
            }
            6 | 7 => {
                if let Some(id) = self.pick(&open) {
                    let _ = self.pair.peer(side).ua.offer(now, id, name);
                }
            }
            8..=10 => {
                if let Some(id) = self.pick(&offers) {
                    self.books[side as usize].offers.remove(&id);
                    let _ = self.pair.peer(side).ua.answer(now, id, name);
                }
            }
            11 => {
                if let Some(id) = self.pick(&offers) {
                    self.books[side as usize].offers.remove(&id);
                    let _ = self.pair.peer(side).ua.reject_offer(
                        now,
                        id,
                        StatusCode::NOT_ACCEPTABLE_HERE,
                    );
                }
            }
            12 => {
                if let Some(id) = self.pick(&open) {
                    let reason = (self.pair.random(2) == 0).then(Reason::completed_elsewhere);
                    self.pair
                        .peer(side)
                        .ua
                        .hang_up(now, id, reason)
                        .expect("an open session");
                }
            }
            13 => {
                if let Some(id) = self.pick(&open) {
                    let _ =
                        self.pair
                            .peer(side)
                            .ua
                            .request(now, id, Method::Info, Vec::new(), None);
                }
            }
            14 if self.pair.random(4) == 0 && self.pair.network.transport.is_reliable() => {
                self.pair.disconnect();
                let away = self.pair.random(8000);
                self.pair.run_ms(away);
                self.note();
                self.pair.connect();
            }
            _ => {}
        }
    }

    /// Call-IDs of the calls that stand.
    fn confirmed(&mut self, side: Side) -> BTreeSet<String> {
        let open = self.books[side as usize].open.clone();
        let ua = &self.pair.peer(side).ua;
        let sessions = open.into_iter().filter_map(|id| ua.session(id));
        let standing = sessions.filter(|session| session.state_name() == "confirmed");
        standing
            .map(|session| session.call_id().to_string())
            .collect()
    }

    fn run(mut self) -> usize {
        for _ in 0..120 {
            self.act();
            let wait = self.pair.random(400);
            self.pair.run_ms(wait);
            self.note();
        }
        // The network is good again: what is open has to settle, and both sides see the same calls.
        self.pair.network.loss_percent = 0;
        for _ in 0..3 {
            // What is decided about calls in doubt takes its time too.
            self.pair.run_for(Duration::from_secs(70));
            self.note();
        }
        let (alice, bob) = (self.confirmed(Side::Alice), self.confirmed(Side::Bob));
        assert_eq!(alice, bob, "seed {}: calls of both sides", self.seed);
        // Everybody hangs up, and time passes.
        for side in [Side::Alice, Side::Bob] {
            for id in self.books[side as usize].open.clone() {
                let now = self.pair.now;
                self.pair
                    .peer(side)
                    .ua
                    .hang_up(now, id, None)
                    .expect("an open session");
            }
        }
        self.pair.run_for(Duration::from_secs(200));
        self.note();
        for (side, book) in [Side::Alice, Side::Bob].into_iter().zip(&self.books) {
            assert!(
                book.open.is_empty(),
                "seed {}: {side:?} still has {:?}",
                self.seed,
                book.open
            );
        }
        self.pair.disconnect();
        self.pair.assert_nothing_left();
        self.books[0].ended.len()
    }
}

#[test]
fn whatever_happens_both_sides_come_to_the_same_end() {
    let runs = if cfg!(target_arch = "wasm32") {
        15
    } else {
        120
    };
    let sessions: usize = (0..runs).map(|seed| Run::new(seed).run()).sum();
    assert!(
        sessions as u64 > 3 * runs,
        "only {sessions} sessions: the runs do too little"
    );
}
