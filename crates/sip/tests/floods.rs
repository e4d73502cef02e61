//! Stories of peers that send more than anybody needs: what is kept of it is bounded, and nobody else notices.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test fails as the test does"
)]

#[cfg(target_arch = "wasm32")]
#[macro_use]
extern crate alo_wasm_test;

mod support;

use std::sync::Arc;
use std::time::Duration;

use alo_sip::status::StatusCode;
use alo_sip::ua::{Config, Event, FlowId, FlowInfo, Role, SessionId, TransactionLimits, Transport};

use bytes::Bytes;
use support::{Network, Pair, sdp};

const MINUTE: Duration = Duration::from_secs(60);
const FLOODER: FlowId = FlowId(99);
const PER_FLOW: usize = 8;
const IN_ALL: usize = 20;

/// Bob keeps few transactions; somebody else has a flow to him.
fn pair_on(transport: Transport) -> Pair {
    let config = |role, transactions| Config {
        role,
        transactions,
        user_agent: String::new(),
        ..Config::default()
    };
    let few = TransactionLimits {
        per_flow: PER_FLOW,
        in_all: IN_ALL,
    };
    let network = Network {
        transport,
        ..Network::websocket()
    };
    let alice = config(Role::Phone, TransactionLimits::default());
    let mut pair = Pair::with_configs(network, 7, alice, config(Role::Server, few));
    open(&mut pair, FLOODER, transport);
    pair
}

fn pair() -> Pair {
    pair_on(Transport::Wss)
}

fn open(pair: &mut Pair, flow: FlowId, transport: Transport) {
    let info = FlowInfo {
        transport,
        sent_by: "bob.test:5060".into(),
        remote: None,
        keep_alive: None,
    };
    pair.bob.ua.flow_opened(pair.now, flow, info);
}

fn request(method: &str, number: usize, field: &str) -> String {
    format!(
        "{method} sip:bob@bob.test SIP/2.0\r\nVia: SIP/2.0/WSS f.invalid;branch=z9hG4bK{number}\r\n\
         Max-Forwards: 70\r\nFrom: <sip:f@f.invalid>;tag=f{number}\r\nTo: <sip:bob@bob.test>\r\n\
         Call-ID: c{number}\r\nCSeq: 1 {method}\r\nContact: <sip:f@f.invalid>\r\n\
         {field}\r\nContent-Length: 0\r\n\r\n"
    )
}

/// A request comes over this flow.
fn send(pair: &mut Pair, flow: FlowId, method: &str, number: usize, field: &str) {
    let bytes = request(method, number, field).into();
    pair.bob.ua.handle_input(pair.now, flow, bytes);
    pair.run_ms(0);
}

/// A request of the flooder's, and what Bob says to it at once.
fn answer(pair: &mut Pair, method: &str, number: usize) -> String {
    pair.bob.sent.clear();
    send(pair, FLOODER, method, number, "Subject: long");
    pair.bob.lines().concat()
}

/// How many transactions Bob keeps.
fn kept(pair: &Pair) -> usize {
    format!("{:?}", pair.bob.ua).matches("ServerEntry").count()
}

/// The call that rings at Bob is answered and hung up.
fn assert_undisturbed(pair: &mut Pair, a: SessionId, b: SessionId) {
    // Alice asks again, as she would after a change of flow: it is still the same call.
    let invite = pair.alice.last_request("INVITE").as_bytes().clone();
    let (now, flow) = (pair.now, pair.flow());
    pair.bob.ua.handle_input(now, flow, invite);
    pair.bob.ua.accept(now, b, sdp("bob1"), Vec::new()).unwrap();
    pair.run_ms(100);
    assert_eq!(pair.alice.story(), ["answered bob1"]);
    pair.alice.ua.hang_up(pair.now, a, None).unwrap();
    pair.run_ms(100);
    assert!(pair.bob.ua.session(b).is_none());
}

#[test]
fn a_flood_of_options_is_answered_and_not_remembered() {
    for transport in [Transport::Wss, Transport::Udp] {
        let mut pair = pair_on(transport);
        for number in 0..200 {
            let answered = answer(&mut pair, "OPTIONS", number);
            assert_eq!(answered, "SIP/2.0 200 OK");
        }
        assert_eq!(kept(&pair), PER_FLOW);
        pair.run_for(MINUTE);
        assert_eq!(kept(&pair), 0);
    }
}

/// A message as its connection hands it over, which knows whether anybody still has a part of it.
struct Received(Arc<Vec<u8>>);

impl AsRef<[u8]> for Received {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

#[test]
fn of_a_request_that_was_answered_only_the_answer_is_kept() {
    let mut pair = pair();
    let message = Arc::new(request("MESSAGE", 1, "Subject: long").into_bytes());
    let bytes = Bytes::from_owner(Received(message.clone()));
    pair.bob.ua.handle_input(pair.now, FLOODER, bytes);
    pair.run_ms(0);
    let Some(Event::Request { tx, request, .. }) = pair.bob.events.pop() else {
        panic!("no MESSAGE")
    };
    drop(request);
    assert!(Arc::strong_count(&message) > 1, "it has to be answered");
    let (now, status) = (pair.now, StatusCode::OK);
    pair.bob
        .ua
        .respond(now, tx, status, Vec::new(), None)
        .unwrap();
    assert_eq!((kept(&pair), Arc::strong_count(&message)), (1, 1));
}

#[test]
fn a_flow_that_carries_the_calls_of_many_may_have_more() {
    let mut pair = pair_on(Transport::Udp);
    let invite = |pair: &mut Pair, number| answer(pair, "INVITE", number);
    pair.bob.ua.set_transactions_per_flow(FLOODER, PER_FLOW + 4);
    for number in 0..PER_FLOW + 4 {
        assert_eq!(invite(&mut pair, number), "SIP/2.0 100 Trying");
    }
    let refused = invite(&mut pair, 100);
    assert_eq!(refused, "SIP/2.0 503 Service Unavailable");
    assert_eq!(kept(&pair), PER_FLOW + 4);
}

#[test]
fn the_last_answers_are_repeated_in_a_flood() {
    let mut pair = pair();
    for number in 0..200 {
        answer(&mut pair, "OPTIONS", number);
    }
    answer(&mut pair, "MESSAGE", 200);
    let Some(Event::Request { tx, .. }) = pair.bob.events.pop() else {
        panic!("no MESSAGE")
    };
    let (now, status) = (pair.now, StatusCode::ACCEPTED);
    pair.bob
        .ua
        .respond(now, tx, status, Vec::new(), None)
        .unwrap();
    for number in 201..207 {
        answer(&mut pair, "OPTIONS", number);
    }
    // It comes again: Bob says the same, and his application hears nothing.
    assert_eq!(answer(&mut pair, "MESSAGE", 200), "SIP/2.0 202 Accepted");
    assert!(pair.bob.events.is_empty());
}

#[test]
fn a_flood_on_one_flow_does_not_disturb_a_call_on_another() {
    let mut pair = pair();
    let a = pair.call();
    pair.run_ms(100);
    let b = pair.ringing();
    for method in ["OPTIONS", "CANCEL", "MESSAGE", "INVITE"] {
        for number in 0..200 {
            answer(&mut pair, method, number);
        }
    }
    assert_eq!(kept(&pair), PER_FLOW + 1);
    assert_undisturbed(&mut pair, a, b);
}

#[test]
fn a_flood_over_many_flows_does_not_disturb_a_call() {
    // The second kind is refused, and nobody acknowledges it.
    for (method, field) in [("OPTIONS", "Subject: x"), ("INVITE", "Require: nothing")] {
        let mut pair = pair();
        for number in 0..200 {
            let flow = FlowId(100 + (number / PER_FLOW) as u64);
            open(&mut pair, flow, Transport::Wss);
            send(&mut pair, flow, method, number, field);
        }
        assert_eq!(kept(&pair), IN_ALL);
        let a = pair.call();
        pair.run_ms(100);
        let b = pair.ringing();
        assert_undisturbed(&mut pair, a, b);
        assert_eq!(kept(&pair), IN_ALL);
    }
}

#[test]
fn who_has_too_many_requests_unanswered_is_told_to_come_back() {
    let mut pair = pair();
    for number in 0..PER_FLOW {
        assert_eq!(answer(&mut pair, "INVITE", number), "SIP/2.0 100 Trying");
    }
    let ringing = pair.ringing();
    pair.bob.events.clear();
    for method in ["OPTIONS", "INVITE", "CANCEL"] {
        let refused = answer(&mut pair, method, 100);
        assert_eq!(refused, "SIP/2.0 503 Service Unavailable");
    }
    send(&mut pair, FLOODER, "OPTIONS", 101, "Subject: x");
    let refusal = pair.bob.last_response(503);
    let after = refusal.headers().retry_after().unwrap().unwrap();
    assert_eq!(after.seconds, 32);
    assert!(refusal.headers().to().unwrap().unwrap().tag().is_some());
    assert_eq!(kept(&pair), PER_FLOW);
    assert!(pair.bob.events.is_empty());
    // What is known is still answered; and when one is, there is room.
    assert_eq!(answer(&mut pair, "INVITE", 0), "SIP/2.0 100 Trying");
    let (now, status) = (pair.now, StatusCode::BUSY_HERE);
    pair.bob
        .ua
        .reject(now, ringing, status, Vec::new())
        .unwrap();
    pair.run_ms(0);
    assert_eq!(answer(&mut pair, "OPTIONS", 100), "SIP/2.0 200 OK");
}

#[test]
fn a_flow_that_closes_leaves_nothing() {
    let mut pair = pair();
    for method in ["OPTIONS", "CANCEL", "SUBSCRIBE"] {
        for number in 0..200 {
            answer(&mut pair, method, number);
        }
    }
    for number in 0..3 {
        send(&mut pair, FLOODER, "INVITE", number, "Require: nothing");
    }
    assert_eq!(kept(&pair), PER_FLOW);
    pair.bob.ua.flow_closed(pair.now, FLOODER);
    let shown = format!("{:?}", pair.bob.ua);
    assert!(
        !shown.contains("ServerEntry") && !shown.contains("99"),
        "{shown}"
    );
    pair.run_ms(0);
    assert_eq!(pair.bob.wake, None);
}

#[test]
fn what_was_answered_is_counted_where_its_flow_went() {
    let mut pair = pair();
    for number in 0..PER_FLOW {
        answer(&mut pair, "OPTIONS", number);
    }
    let new = FlowId(100);
    open(&mut pair, new, Transport::Wss);
    pair.bob.ua.rebind(pair.now, FLOODER, new);
    send(&mut pair, new, "OPTIONS", 100, "Subject: x");
    assert_eq!(pair.bob.lines().pop().unwrap(), "SIP/2.0 200 OK");
    assert_eq!(kept(&pair), PER_FLOW);
    pair.bob.ua.flow_closed(pair.now, new);
    assert_eq!(kept(&pair), 0);
}

#[test]
fn a_flood_of_refers_fills_no_memory() {
    let mut pair = pair();
    let (a, _) = pair.talk();
    let flood = |pair: &mut Pair, numbers: std::ops::Range<usize>| {
        let mut accepted = 0;
        for number in numbers {
            send(pair, FLOODER, "REFER", number, "Refer-To: <sip:c@bob.test>");
            for event in std::mem::take(&mut pair.bob.events) {
                if let Event::Referred { id, .. } = event {
                    accepted += 1;
                    pair.bob.ua.accept_refer(pair.now, id).unwrap();
                }
            }
        }
        accepted
    };
    assert_eq!(flood(&mut pair, 0..200), 64);
    assert!(pair.bob.sent_count("SIP/2.0 503") >= 136);
    // It is only the flooder who is refused.
    pair.refer(a);
    pair.run_ms(100);
    pair.referred();
    // Nobody answers its NOTIFYs, and nobody asks for more: there is room again.
    pair.run_for(MINUTE * 20);
    pair.bob.events.clear();
    assert_eq!(flood(&mut pair, 300..310), 10);
    pair.bob.ua.flow_closed(pair.now, FLOODER);
    pair.run_for(MINUTE * 20);
    assert!(!format!("{:?}", pair.bob.ua).contains("Remnant {"));
}
