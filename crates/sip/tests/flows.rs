//! Stories of flows that close and are replaced, and of strangers who would like to be the next one.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test fails as the test does"
)]

#[cfg(target_arch = "wasm32")]
#[macro_use]
extern crate alo_wasm_test;

mod support;

use std::time::Duration;

use alo_sip::header::HeaderName;
use alo_sip::message::{Request, ResponseBuilder};
use alo_sip::method::Method;
use alo_sip::status::StatusCode;
use alo_sip::ua::{FlowId, FlowInfo, SessionId, Transport};
use bytes::Bytes;

use support::{Network, Pair, sdp};

const MINUTE: Duration = Duration::from_secs(60);
const STRANGER: FlowId = FlowId(99);

fn pair() -> Pair {
    Pair::new(Network::websocket(), 7)
}

/// Alice's call rings at Bob: the sessions of both.
fn ringing(pair: &mut Pair) -> (SessionId, SessionId) {
    let a = pair.call();
    pair.run_ms(100);
    let b = pair.ringing();
    pair.bob.events.clear();
    (a, b)
}

fn accept(pair: &mut Pair, b: SessionId) {
    let now = pair.now;
    pair.bob.ua.accept(now, b, sdp("bob1"), Vec::new()).unwrap();
}

fn early_media(pair: &mut Pair, b: SessionId) {
    let (now, status) = (pair.now, StatusCode::SESSION_PROGRESS);
    pair.bob
        .ua
        .progress(now, b, status, Some(sdp("bob1")), Vec::new())
        .unwrap();
}

/// Nobody keeps anything of a request or a call.
fn assert_nothing_kept(pair: &mut Pair) {
    pair.disconnect();
    pair.assert_nothing_left();
    for kept in [&pair.alice.ua, &pair.bob.ua] {
        let kept = format!("{kept:?}");
        assert!(
            !kept.contains("SessionEntry") && !kept.contains("ClientEntry"),
            "{kept}"
        );
    }
}

#[test]
fn a_call_that_was_answered_while_the_flow_was_away_stands_when_it_is_back() {
    let mut pair = pair();
    let (a, b) = ringing(&mut pair);
    pair.disconnect();
    accept(&mut pair, b);
    // Longer than anything is waited for, and longer than the INVITE is remembered otherwise.
    pair.run_for(MINUTE * 3);
    assert!(pair.alice.story().is_empty() && pair.bob.story().is_empty());
    pair.connect();
    pair.run_ms(200);
    assert_eq!(pair.alice.story(), ["answered bob1"]);
    assert_eq!(pair.bob.story(), ["established"]);
    pair.alice.ua.hang_up(pair.now, a, None).unwrap();
    pair.run_for(MINUTE);
    assert_eq!(pair.bob.story(), ["ended by them"]);
    assert_nothing_kept(&mut pair);
}

#[test]
fn a_call_whose_ack_was_lost_with_the_flow_stands_when_it_is_back() {
    let mut pair = pair();
    let (_, b) = ringing(&mut pair);
    accept(&mut pair, b);
    pair.run_ms(30);
    assert_eq!(pair.alice.story(), ["answered bob1"]);
    pair.disconnect();
    pair.run_for(MINUTE);
    assert!(pair.bob.story().is_empty());
    pair.connect();
    pair.run_ms(200);
    assert_eq!(pair.bob.story(), ["established"]);
}

#[test]
fn a_call_without_ack_after_a_change_of_flow_is_in_doubt_not_over() {
    let mut pair = pair();
    let (_, b) = ringing(&mut pair);
    pair.disconnect();
    accept(&mut pair, b);
    pair.run_for(MINUTE);
    pair.connect();
    pair.run_ms(30);
    pair.black_hole();
    pair.run_for(MINUTE);
    assert_eq!(pair.bob.story(), ["established", "uncertain TimedOut408"]);
    assert_eq!(pair.bob.ua.session(b).unwrap().state_name(), "confirmed");
}

#[test]
fn a_call_is_not_given_up_while_its_flow_is_away() {
    let mut pair = pair();
    pair.call();
    pair.run_ms(5);
    pair.disconnect();
    pair.run_for(MINUTE * 5);
    assert!(pair.alice.story().is_empty());
    pair.connect();
    pair.run_ms(100);
    assert_eq!(pair.bob.story(), ["invited alice1"]);
}

#[test]
fn a_call_over_a_flow_that_is_away_goes_out_with_the_next_one() {
    let mut pair = pair();
    pair.disconnect();
    pair.call();
    pair.run_for(MINUTE);
    pair.connect();
    pair.run_ms(100);
    assert_eq!(pair.bob.story(), ["invited alice1"]);
    // And from then on, silence counts again.
    pair.alice.events.clear();
    let mut pair = self::pair();
    pair.disconnect();
    pair.call();
    pair.run_for(MINUTE);
    pair.connect();
    pair.black_hole();
    pair.run_for(MINUTE);
    assert_eq!(pair.alice.story(), ["ended by silence"]);
}

#[test]
fn a_call_that_was_hung_up_while_its_flow_is_away_is_forgotten() {
    for rings in [5, 100] {
        let mut pair = pair();
        let a = pair.call();
        pair.run_ms(rings);
        pair.disconnect();
        pair.run_for(MINUTE);
        pair.alice.ua.hang_up(pair.now, a, None).unwrap();
        for b in (1..9).map(SessionId) {
            let _ = pair.bob.ua.hang_up(pair.now, b, None);
        }
        pair.run_for(MINUTE * 2);
        assert_eq!(pair.alice.story(), ["ended by us"]);
        assert_nothing_kept(&mut pair);
    }
}

#[test]
fn an_answered_call_that_was_hung_up_while_its_flow_is_away_is_forgotten() {
    let mut pair = pair();
    let (a, b) = ringing(&mut pair);
    pair.disconnect();
    accept(&mut pair, b);
    pair.run_for(MINUTE);
    pair.bob.ua.hang_up(pair.now, b, None).unwrap();
    pair.alice.ua.hang_up(pair.now, a, None).unwrap();
    pair.run_for(MINUTE * 2);
    assert_nothing_kept(&mut pair);
}

#[test]
fn early_media_waits_for_the_flow_to_come_back() {
    let mut pair = pair();
    let (_, b) = ringing(&mut pair);
    pair.disconnect();
    early_media(&mut pair, b);
    pair.run_for(MINUTE * 3);
    assert!(pair.bob.story().is_empty());
    pair.connect();
    pair.run_ms(200);
    assert_eq!(pair.alice.story(), ["183 bob1"]);
    assert_eq!(pair.alice.sent_count("PRACK"), 1);
    accept(&mut pair, b);
    pair.run_ms(200);
    assert_eq!(pair.alice.story(), ["answered bob1"]);
    assert_eq!(pair.bob.story(), ["established"]);
}

#[test]
fn who_answered_is_not_turned_away_for_a_missing_prack() {
    let mut pair = pair();
    let (_, b) = ringing(&mut pair);
    let connection = pair.connection;
    pair.black_hole();
    early_media(&mut pair, b);
    accept(&mut pair, b);
    pair.run_for(Duration::from_secs(33));
    assert!(pair.bob.story().is_empty());
    // Nobody knows whether the 183 came: the answer is in the 200 too.
    assert_eq!(pair.bob.last_response(200).body(), sdp("bob1").as_bytes());
    pair.connection = connection;
    pair.run_for(Duration::from_secs(5));
    assert_eq!(pair.alice.story(), ["answered bob1"]);
    assert_eq!(pair.bob.story(), ["established"]);
}

#[test]
fn a_call_that_nobody_answered_ends_without_prack() {
    let mut pair = pair();
    let (_, b) = ringing(&mut pair);
    pair.black_hole();
    early_media(&mut pair, b);
    pair.run_for(Duration::from_secs(33));
    assert_eq!(pair.bob.story(), ["ended by silence"]);
    assert_eq!(pair.bob.sent_count("SIP/2.0 504"), 1);
}

/// A request of Alice's with another sequence number and branch, as she could have sent it.
fn another(request: &Request, seq: u32) -> Bytes {
    let text = String::from_utf8(request.as_bytes().to_vec()).unwrap();
    let old = request.headers().cseq().unwrap().unwrap().seq;
    text.replace(&format!("CSeq: {old} "), &format!("CSeq: {seq} "))
        .replace("branch=z9hG4bK", "branch=z9hG4bKlate")
        .into()
}

#[test]
fn late_messages_of_the_old_flow_pull_nobody_back() {
    let mut pair = pair();
    let (a, b) = pair.talk();
    let old = pair.flow();
    let info = |pair: &mut Pair| {
        let now = pair.now;
        pair.alice
            .ua
            .info(now, a, "text/plain", vec![b'1'])
            .unwrap();
        pair.run_ms(50);
    };
    info(&mut pair);
    let sent_before = pair.alice.last_request("INFO");
    // The phone is on another connection; the old one was not closed yet.
    pair.connect();
    let new = pair.flow();
    pair.bob.ua.rebind(pair.now, old, new);
    pair.run_ms(100);
    assert_eq!(pair.bob.ua.session(b).unwrap().flow(), new);
    // A new request, and a repeated one.
    let late = another(&sent_before, 50);
    for bytes in [late, sent_before.as_bytes().clone()] {
        pair.bob.ua.handle_input(pair.now, old, bytes);
        pair.run_ms(1);
        assert_eq!(pair.bob.ua.session(b).unwrap().flow(), new);
    }
    // A response.
    pair.bob.ua.offer(pair.now, b, sdp("bob2")).unwrap();
    pair.run_ms(50);
    pair.alice.ua.answer(pair.now, a, sdp("alice2")).unwrap();
    pair.black_hole();
    pair.run_ms(1);
    let ok = pair.alice.last_response(200).as_bytes().clone();
    pair.bob.ua.handle_input(pair.now, old, ok);
    pair.run_ms(1);
    assert_eq!(pair.bob.story().last().unwrap(), "offer answered alice2");
    assert_eq!(pair.bob.ua.session(b).unwrap().flow(), new);
}

#[test]
fn a_late_response_of_the_old_flow_leads_no_cancel_there() {
    let mut pair = pair();
    let old = pair.flow();
    let invitation = pair.invitation();
    let b = pair.bob.ua.invite(pair.now, old, invitation);
    pair.run_ms(30);
    let invite = pair.bob.last_request("INVITE");
    // Alice's 100 is on its way while her phone moves to another connection.
    pair.black_hole();
    pair.connect();
    let new = pair.flow();
    pair.bob.ua.rebind(pair.now, old, new);
    let trying = ResponseBuilder::reply_to(&invite, StatusCode::TRYING).build();
    let late = trying.as_bytes().clone();
    pair.bob.ua.handle_input(pair.now, old, late);
    pair.bob.ua.hang_up(pair.now, b, None).unwrap();
    pair.run_ms(200);
    assert_eq!(pair.alice.story(), ["invited alice1", "ended by CANCEL"]);
}

#[test]
fn a_late_cancel_of_the_old_flow_is_answered_over_the_new_one() {
    let mut pair = pair();
    let (a, b) = ringing(&mut pair);
    let old = pair.flow();
    pair.alice.ua.hang_up(pair.now, a, None).unwrap();
    pair.run_ms(1);
    let cancel = pair.alice.last_request("CANCEL").as_bytes().clone();
    pair.black_hole();
    pair.connect();
    let new = pair.flow();
    pair.bob.ua.rebind(pair.now, old, new);
    pair.bob.ua.handle_input(pair.now, old, cancel);
    pair.run_ms(100);
    assert_eq!(pair.bob.story(), ["ended by CANCEL"]);
    assert!(pair.bob.ua.session(b).is_none());
    // The 487 came to her over the new flow.
    assert_eq!(pair.alice.sent_count("ACK"), 1);
}

/// Somebody else has a connection to Bob, and saw a message of Alice's: it is sent again from there, with
/// another value in the place of one of hers.
fn forge(pair: &mut Pair, request: &Request, name: &HeaderName, method: &str) {
    let now = pair.now;
    let info = FlowInfo {
        transport: Transport::Wss,
        sent_by: "bob.test:5060".into(),
        remote: None,
        keep_alive: None,
    };
    pair.bob.ua.flow_opened(now, STRANGER, info);
    let value = request.headers().get(name).unwrap().into_owned();
    let guessed = match *name {
        HeaderName::CSeq => value.replace('1', "7"),
        HeaderName::From => value.replace("tag=", "tag=x"),
        _ => String::from("guessed"),
    };
    let text = String::from_utf8(request.as_bytes().to_vec()).unwrap();
    let text = text.replace(&value, &guessed).replace("INVITE", method);
    pair.bob.ua.handle_input(now, STRANGER, text.into());
    pair.run_ms(1);
}

#[test]
fn a_branch_alone_moves_no_transaction_to_another_flow() {
    for name in [HeaderName::CallId, HeaderName::From, HeaderName::CSeq] {
        let mut pair = pair();
        let (_, b) = ringing(&mut pair);
        let invite = pair.alice.last_request("INVITE");
        forge(&mut pair, &invite, &name, "INVITE");
        assert_eq!(pair.bob.ua.session(b).unwrap().flow(), pair.flow());
        accept(&mut pair, b);
        pair.run_ms(100);
        assert_eq!(pair.alice.story(), ["answered bob1"], "{name:?}");
    }
}

#[test]
fn a_branch_alone_cancels_nothing() {
    for name in [HeaderName::CallId, HeaderName::From, HeaderName::CSeq] {
        let mut pair = pair();
        let (_, b) = ringing(&mut pair);
        let invite = pair.alice.last_request("INVITE");
        forge(&mut pair, &invite, &name, "CANCEL");
        assert!(pair.bob.story().is_empty(), "{name:?}");
        assert_eq!(pair.bob.sent_count("SIP/2.0 481"), 1);
        accept(&mut pair, b);
        pair.run_ms(100);
        assert_eq!(pair.alice.story(), ["answered bob1"], "{name:?}");
    }
}

#[test]
fn the_same_request_over_another_flow_is_followed() {
    let mut pair = pair();
    let (_, b) = ringing(&mut pair);
    let invite = pair.alice.last_request("INVITE");
    assert_eq!(*invite.method(), Method::Invite);
    forge(&mut pair, &invite, &HeaderName::Allow, "INVITE");
    assert_eq!(pair.bob.ua.session(b).unwrap().flow(), STRANGER);
}
