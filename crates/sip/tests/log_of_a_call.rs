//! What the log of a registration and a call shows: states, and no secret, number or digit.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test fails as the test does"
)]

#[cfg(target_arch = "wasm32")]
#[macro_use]
extern crate alo_wasm_test;

mod support;

use std::fmt::{Debug, Write as _};
use std::sync::{Arc, Mutex};

use alo_sip::header::{HeaderName, UserToUser};
use alo_sip::sipfrag::Fragment;
use alo_sip::status::StatusCode;
use alo_sip::ua::{Event, Refer};
use tracing::field::{Field, Visit};
use tracing::{Id, Metadata, Subscriber, span};

use support::{Network, Pair, sdp, uri};

/// Keeps every event at every level as one line.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<String>>);

impl Visit for Log {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = write!(self.0.lock().unwrap(), "{field}={value:?} ");
    }
}

impl Subscriber for Log {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &span::Attributes<'_>) -> Id {
        span.record(&mut self.clone());
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &span::Record<'_>) {
        values.record(&mut self.clone());
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        event.record(&mut self.clone());
        self.0.lock().unwrap().push('\n');
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[test]
fn a_log_shows_states_and_nothing_secret() {
    let log = Log::default();
    tracing::subscriber::with_default(log.clone(), || {
        let mut pair = Pair::new(Network::websocket(), 1);
        let (flow, registration) = (pair.flow(), pair.registration());
        let shown = format!("{registration:?}");
        assert!(!shown.contains("open sesame"), "{shown}");
        pair.alice.ua.register(pair.now, flow, registration);
        let mut invitation = pair.invitation();
        invitation.target = uri("sip:+84901234567@bob.test");
        let shown = format!("{invitation:?}");
        assert!(
            !shown.contains("+84901234567") && !shown.contains("open sesame"),
            "{shown}"
        );
        let a = pair.alice.ua.invite(pair.now, flow, invitation);
        pair.run_ms(200);
        let b = pair.ringing();
        pair.bob
            .ua
            .accept(pair.now, b, sdp("bob1"), Vec::new())
            .unwrap();
        pair.run_ms(200);
        let digits = b"Signal=7\r\nDuration=160\r\n".to_vec();
        pair.alice
            .ua
            .info(pair.now, a, "application/dtmf-relay", digits)
            .unwrap();
        pair.run_ms(200);
        let invited = pair
            .bob
            .events
            .iter()
            .find(|event| matches!(event, Event::Invited { .. }));
        assert!(!format!("{:?}", invited.unwrap()).contains("+84901234567"));
        pair.alice.ua.hang_up(pair.now, a, None).unwrap();
        pair.run_ms(200);
        assert!(!format!("{:?}", pair.alice.ua).contains("open sesame"));
    });
    let text = log.0.lock().unwrap().clone();
    for expected in [
        "\"ringing\"",
        "\"confirmed\"",
        "\"registered\"",
        "\"leaving\"",
    ] {
        assert!(text.contains(expected), "{expected} is missing in\n{text}");
    }
    for secret in ["open sesame", "+84901234567", "Signal=7", "Digest "] {
        assert!(!text.contains(secret), "{secret} is in the log");
    }
}

#[test]
fn a_log_of_subscriptions_and_publications_shows_states_and_no_bodies() {
    let log = Log::default();
    tracing::subscriber::with_default(log.clone(), || {
        let mut pair = Pair::new(Network::websocket(), 1);
        let (_, b) = pair.watch();
        pair.notify(b, "away with the fairies");
        let (flow, publication) = (pair.flow(), pair.publication("lunch with Cường"));
        let shown = format!("{publication:?} {:?}", pair.subscription());
        assert!(!shown.contains("open sesame"), "{shown}");
        let id = pair.alice.ua.publish(pair.now, flow, publication);
        pair.run_ms(200);
        pair.alice.ua.unpublish(pair.now, id);
        pair.disconnect();
        pair.connect();
        pair.run_ms(200);
        assert!(!format!("{:?}", pair.alice.ua).contains("open sesame"));
    });
    let text = log.0.lock().unwrap().clone();
    for expected in [
        "\"active\"",
        "\"refreshing\"",
        "\"running\"",
        "\"publishing\"",
    ] {
        assert!(text.contains(expected), "{expected} is missing in\n{text}");
    }
    for secret in ["open sesame", "fairies", "Cường", "carol"] {
        assert!(!text.contains(secret), "{secret} is in the log");
    }
}

#[test]
fn a_log_of_a_referral_shows_states_and_no_note() {
    let log = Log::default();
    let note = UserToUser::from_text("wants his money back", 600);
    tracing::subscriber::with_default(log.clone(), || {
        let mut pair = Pair::new(Network::websocket(), 1);
        let field = || vec![(HeaderName::UserToUser, note.to_string())];
        let (a, b) = pair.talk();
        let refer = Refer {
            to: "<sip:+84901234567@bob.test>".parse().unwrap(),
            referred_by: "\"Lan Lan\" <sip:+84907654321@bob.test>".parse().ok(),
            headers: field(),
        };
        let mut invitation = pair.invitation();
        invitation.headers = field();
        let shown = format!("{refer:?} {invitation:?} {note:?}");
        pair.alice.ua.refer(pair.now, a, refer).unwrap();
        pair.run_ms(1);
        let shown = format!("{shown} {:?}", pair.alice.ua);
        pair.run_ms(50);
        let shown = format!("{shown} {:?}", pair.bob.events);
        for secret in [
            &note.to_string()[..20],
            "wants",
            "+84901234567",
            "+84907654321",
        ] {
            assert!(!shown.contains(secret), "{secret} is in {shown}");
        }
        let referred = pair.referred();
        let ua = &mut pair.bob.ua;
        ua.accept_refer(pair.now, referred).unwrap();
        ua.hang_up(pair.now, b, None).unwrap();
        pair.run_ms(200);
        let answered = Fragment::new(StatusCode::OK).with(HeaderName::To, "<sip:carol@bob.test>");
        let ua = &mut pair.bob.ua;
        ua.refer_progress(pair.now, referred, answered).unwrap();
        pair.run_ms(200);
        let shown = format!("{:?} {:?}", pair.alice.events, pair.bob.ua);
        assert!(!shown.contains("carol"), "{shown}");
    });
    let text = log.0.lock().unwrap().clone();
    for expected in ["\"asked\"", "\"followed\"", "\"ending\""] {
        assert!(text.contains(expected), "{expected} is missing in\n{text}");
    }
    for secret in [&note.to_string()[..20], "money", "+84901234567", "carol"] {
        assert!(!text.contains(secret), "{secret} is in the log");
    }
}
