//! Random runs: Alice subscribes and publishes, Bob accepts, refuses, tells, ends and forgets, over a
//! network that delays, loses, repeats and reorders, and breaks now and then. Everything comes from a seed.
//!
//! Whatever happens, it holds that
//! * nothing is told of a subscription after its end, of either side, and of a publication after its removal,
//! * what a subscriber is told never goes back to an older state of the same dialog,
//! * once the network is good, every subscription that was not refused has one notifier and its last state,
//!   and every publication is known with its last body,
//! * when all of it is ended, no timer is left: there is nothing to wait for.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test fails as the test does"
)]

#[cfg(target_arch = "wasm32")]
#[macro_use]
extern crate alo_wasm_test;

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use alo_sip::header::HeaderName;
use alo_sip::message::Request;
use alo_sip::method::Method;
use alo_sip::status::StatusCode;
use alo_sip::ua::{
    Event, NotifierEvent, NotifierId, PublicationEvent, PublicationId, SubscriptionEvent,
    SubscriptionId,
};

use support::{Network, Pair};

/// What Alice knows of a subscription of hers.
#[derive(Default)]
struct Watched {
    /// The `id` of its event, by which Bob's side is known to be of it.
    name: String,
    told: Option<u64>,
    refused: bool,
}

fn keys<K: Copy, V>(map: &BTreeMap<K, V>) -> Vec<K> {
    map.keys().copied().collect()
}

struct Run {
    pair: Pair,
    seed: u64,
    watched: BTreeMap<SubscriptionId, Watched>,
    ended: BTreeSet<SubscriptionId>,
    /// Bob's: of whom, and what was told last.
    notifiers: BTreeMap<NotifierId, (String, u64)>,
    gone: BTreeSet<NotifierId>,
    /// States grow.
    state: u64,
    published: BTreeMap<PublicationId, (u64, Vec<u8>)>,
    confirmed: BTreeMap<PublicationId, u64>,
    /// What Bob keeps: bodies by tag.
    store: BTreeMap<String, Vec<u8>>,
    kind: bool,
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
            watched: BTreeMap::new(),
            ended: BTreeSet::new(),
            notifiers: BTreeMap::new(),
            gone: BTreeSet::new(),
            state: 0,
            published: BTreeMap::new(),
            confirmed: BTreeMap::new(),
            store: BTreeMap::new(),
            kind: false,
        }
    }

    /// Lets time pass, and both applications do what they do at once.
    fn pass(&mut self, millis: u64) {
        self.pair.run_ms(millis);
        loop {
            let alice = std::mem::take(&mut self.pair.alice.events);
            let bob = std::mem::take(&mut self.pair.bob.events);
            if alice.is_empty() && bob.is_empty() {
                return;
            }
            for event in alice {
                self.at_alice(event);
            }
            for event in bob {
                self.at_bob(event);
            }
            self.pair.run_ms(0);
        }
    }

    fn at_alice(&mut self, event: Event) {
        let seed = self.seed;
        match event {
            Event::Subscription { id, event } => {
                assert!(
                    !self.ended.contains(&id),
                    "seed {seed}: {event:?} after the end"
                );
                let watched = self.watched.get_mut(&id).expect("a subscription");
                match event {
                    SubscriptionEvent::Active { .. } => watched.refused = false,
                    SubscriptionEvent::Notify { body, .. } => {
                        if let Ok(state) = String::from_utf8_lossy(&body).parse() {
                            watched.told = Some(state);
                        }
                    }
                    SubscriptionEvent::Failed { retry_at, .. } => {
                        watched.refused = retry_at.is_none();
                    }
                    SubscriptionEvent::Ended { .. } => {
                        self.watched.remove(&id);
                        self.ended.insert(id);
                    }
                }
            }
            Event::Publication { id, event } => {
                assert!(self.published.contains_key(&id), "seed {seed}: {event:?}");
                match event {
                    PublicationEvent::Published { body_of, .. } => {
                        self.confirmed.insert(id, body_of);
                    }
                    PublicationEvent::Refused { .. } => {}
                    PublicationEvent::Unpublished => {
                        self.published.remove(&id);
                    }
                }
            }
            other => panic!("seed {seed}: {other:?}"),
        }
    }

    fn at_bob(&mut self, event: Event) {
        let seed = self.seed;
        match event {
            Event::Subscribed { id, request, .. } => {
                let name = request.headers().event().unwrap().unwrap().id.unwrap();
                let now = self.pair.now;
                let draw = if self.kind { 9 } else { self.pair.random(10) };
                if draw < 2 {
                    let status = [StatusCode::SERVER_INTERNAL_ERROR, StatusCode::FORBIDDEN];
                    let status = status[draw as usize];
                    let ua = &mut self.pair.bob.ua;
                    ua.reject_subscription(now, id, status, Vec::new()).unwrap();
                    return;
                }
                let ua = &mut self.pair.bob.ua;
                ua.accept_subscription(now, id, Duration::from_secs(120))
                    .unwrap();
                self.notifiers.insert(id, (name, 0));
                self.tell(id);
            }
            Event::Notifier { id, event } => {
                assert!(
                    !self.gone.contains(&id),
                    "seed {seed}: {event:?} after the end"
                );
                assert!(self.notifiers.contains_key(&id), "seed {seed}: {event:?}");
                match event {
                    NotifierEvent::Refreshed => self.tell(id),
                    NotifierEvent::Ended => {
                        self.notifiers.remove(&id);
                        self.gone.insert(id);
                        assert!(self.pair.bob.ua.notifier(id).is_none());
                    }
                }
            }
            Event::Request { tx, request, .. } => {
                assert_eq!(*request.method(), Method::Publish);
                let (status, tag) = self.keep(&request);
                let fields = vec![
                    (HeaderName::SipETag, tag),
                    (HeaderName::Expires, "120".into()),
                ];
                let now = self.pair.now;
                self.pair
                    .bob
                    .ua
                    .respond(now, tx, status, fields, None)
                    .unwrap();
            }
            other => panic!("seed {seed}: {other:?}"),
        }
    }

    fn tell(&mut self, id: NotifierId) {
        self.state += 1;
        let (now, state) = (self.pair.now, self.state);
        let body = state.to_string().into_bytes();
        let ua = &mut self.pair.bob.ua;
        // What asks for it may stand in the queue before the end.
        if ua.notifier(id).is_some() {
            ua.notify(now, id, "text/plain", body).unwrap();
            self.notifiers.get_mut(&id).unwrap().1 = state;
        }
    }

    /// What a server does with a PUBLISH (RFC 3903 6), which loses one now and then.
    fn keep(&mut self, request: &Request) -> (StatusCode, String) {
        if !self.kind && self.pair.random(10) == 0 {
            return (StatusCode::SERVICE_UNAVAILABLE, String::new());
        }
        let mut body = request.body().to_vec();
        if let Some(tag) = request.headers().get(&HeaderName::SipIfMatch) {
            let Some(known) = self.store.remove(&*tag) else {
                return (StatusCode::CONDITIONAL_REQUEST_FAILED, String::new());
            };
            if body.is_empty() {
                body = known;
            }
        }
        self.state += 1;
        let tag = format!("t{}", self.state);
        if request.headers().expires() != Some(0) {
            self.store.insert(tag.clone(), body);
        }
        (StatusCode::OK, tag)
    }

    fn pick<K: Copy>(&mut self, all: &[K]) -> Option<K> {
        let at = self.pair.random(all.len() as u64) as usize;
        all.get(at).copied()
    }

    /// One thing that somebody could do.
    fn act(&mut self) {
        let now = self.pair.now;
        match self.pair.random(12) {
            0 | 1 if self.watched.len() < 4 => self.subscribe(),
            2 => {
                if let Some(id) = self.pick(&keys(&self.watched)) {
                    self.pair.alice.ua.unsubscribe(now, id);
                }
            }
            3..=6 => {
                if let Some(id) = self.pick(&keys(&self.notifiers)) {
                    self.tell(id);
                }
            }
            7 => {
                if let Some(id) = self.pick(&keys(&self.notifiers)) {
                    let reasons = ["deactivated", "probation", "noresource", "timeout"];
                    let reason = reasons[self.pair.random(4) as usize];
                    let ua = &mut self.pair.bob.ua;
                    ua.end_subscription(now, id, reason, None).unwrap();
                }
            }
            8 => self.publish(),
            9 if self.pair.random(4) == 0 => self.store.clear(),
            10 => {
                if let Some(id) = self.pick(&keys(&self.published))
                    && self.pair.random(3) == 0
                {
                    self.pair.alice.ua.unpublish(now, id);
                }
            }
            11 if self.pair.random(3) == 0 && self.pair.network.transport.is_reliable() => {
                self.pair.disconnect();
                let away = self.pair.random(60_000);
                self.pass(away);
                self.pair.connect();
            }
            _ => {}
        }
    }

    fn subscribe(&mut self) {
        let (now, flow, mut subscription) =
            (self.pair.now, self.pair.flow(), self.pair.subscription());
        self.state += 1;
        let name = format!("s{}", self.state);
        subscription.event.id = Some(name.clone());
        subscription.expires = 120;
        let id = self.pair.alice.ua.subscribe(now, flow, subscription);
        let watched = Watched {
            name,
            ..Watched::default()
        };
        self.watched.insert(id, watched);
    }

    fn publish(&mut self) {
        self.state += 1;
        let (now, flow) = (self.pair.now, self.pair.flow());
        let body = format!("b{}", self.state);
        let first = self.published.keys().next().copied();
        match first.filter(|_| self.pair.random(3) > 0) {
            Some(id) => {
                let (handed_in, last) = self.published.get_mut(&id).unwrap();
                *handed_in += 1;
                *last = body.clone().into_bytes();
                let ua = &mut self.pair.alice.ua;
                ua.republish(now, id, body.into_bytes());
            }
            None if self.published.len() < 3 => {
                let mut publication = self.pair.publication(&body);
                publication.expires = 120;
                let id = self.pair.alice.ua.publish(now, flow, publication);
                self.published.insert(id, (1, body.into_bytes()));
            }
            None => {}
        }
    }

    fn run(mut self) -> usize {
        let seed = self.seed;
        for _ in 0..150 {
            self.act();
            let wait = self.pair.random(3000);
            self.pass(wait);
        }
        // The network is good again, and so is Bob.
        self.pair.network.loss_percent = 0;
        self.kind = true;
        for _ in 0..400 {
            self.pass(1000);
        }
        for id in keys(&self.notifiers) {
            self.tell(id);
        }
        for _ in 0..40 {
            self.pass(1000);
        }
        // What Bob told last arrives; whatever else happens meanwhile, he tells nothing more.
        self.pair.run_ms(300);
        for event in std::mem::take(&mut self.pair.alice.events) {
            self.at_alice(event);
        }
        for watched in self.watched.values().filter(|watched| !watched.refused) {
            let sides = self.notifiers.values();
            let told: Vec<u64> = sides
                .filter(|(name, _)| *name == watched.name)
                .map(|(_, told)| *told)
                .collect();
            assert_eq!(
                told,
                [watched.told.unwrap()],
                "seed {seed}: {}",
                watched.name
            );
        }
        let standing = self.watched.values().filter(|watched| !watched.refused);
        assert_eq!(self.notifiers.len(), standing.count(), "seed {seed}");
        for (id, (handed_in, body)) in &self.published {
            // Removed on the way, and nobody could tell the server.
            if let Some(confirmed) = self.confirmed.get(id) {
                assert_eq!(confirmed, handed_in, "seed {seed}");
                assert!(self.store.values().any(|kept| kept == body), "seed {seed}");
            }
        }
        self.end(seed);
        self.ended.len() + self.gone.len()
    }

    fn end(&mut self, seed: u64) {
        let now = self.pair.now;
        for id in keys(&self.watched) {
            self.pair.alice.ua.unsubscribe(now, id);
        }
        for id in keys(&self.published) {
            self.pair.alice.ua.unpublish(now, id);
        }
        self.pass(70_000);
        assert!(self.watched.is_empty(), "seed {seed}");
        assert!(self.published.is_empty(), "seed {seed}");
        assert!(self.notifiers.is_empty(), "seed {seed}");
        self.pass(70_000);
        self.pair.disconnect();
        self.pair.assert_nothing_left();
    }
}

#[test]
fn whatever_happens_watchers_know_the_last_state() {
    let runs = if cfg!(target_arch = "wasm32") { 6 } else { 45 };
    let ends: usize = (0..runs).map(|seed| Run::new(seed).run()).sum();
    assert!(
        ends as u64 > 10 * runs,
        "only {ends} ends: the runs do too little"
    );
}
