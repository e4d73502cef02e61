//! REFER with far ends that no user agent of this crate made: NOTIFY too early, twice, out of order, of
//! nothing, broken, or not at all (RFC 3515, RFC 6665).

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
use alo_sip::message::{Request, RequestBuilder};
use alo_sip::method::Method;
use alo_sip::sipfrag;
use alo_sip::status::StatusCode;
use alo_sip::ua::SessionId;
use bytes::Bytes;

use support::{Network, Pair};

fn pair() -> Pair {
    Pair::new(Network::websocket(), 1)
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn status(code: u16) -> StatusCode {
    StatusCode::new(code).unwrap()
}

/// A NOTIFY to Alice in the dialog of a call, that no user agent made; returns the status of its answer.
fn note(pair: &mut Pair, a: SessionId, seq: u32, fields: &[(HeaderName, &str)], body: &str) -> u16 {
    let dialog = pair.alice.ua.dialog_id(a).unwrap();
    let bytes = raw_note(&dialog, seq, fields, body);
    send(pair, &bytes)
}

fn raw_note(
    dialog: &alo_sip::header::DialogId,
    seq: u32,
    fields: &[(HeaderName, &str)],
    body: &str,
) -> Bytes {
    let branch = format!("z9hG4bKnote{seq}{}", body.len());
    let mut notify = RequestBuilder::new(Method::Notify, &support::uri("sip:alice@alice1.invalid"))
        .header(
            HeaderName::Via,
            format!("SIP/2.0/WSS bob.test;branch={branch}"),
        )
        .header(
            HeaderName::From,
            format!("<sip:bob@bob.test>;tag={}", dialog.remote_tag),
        )
        .header(
            HeaderName::To,
            format!("<sip:alice@bob.test>;tag={}", dialog.local_tag),
        )
        .header(HeaderName::CallId, &dialog.call_id)
        .header(HeaderName::CSeq, format!("{seq} NOTIFY"))
        .header(HeaderName::Contact, "<sip:bob@bob.test>");
    for (name, value) in fields {
        notify = notify.header(name, value);
    }
    if !body.is_empty() {
        notify = notify.body(sipfrag::CONTENT_TYPE, body.to_owned());
    }
    notify.build().as_bytes().clone()
}

/// What Alice answers to a message.
fn send(pair: &mut Pair, bytes: &Bytes) -> u16 {
    let before = pair.alice.sent.len();
    let (now, flow) = (pair.now, pair.flow());
    pair.alice.ua.handle_input(now, flow, bytes.clone());
    pair.run_ms(1);
    let answer = support::start_line(&pair.alice.sent[before]);
    answer["SIP/2.0 ".len()..][..3].parse().unwrap()
}

/// The event of the last REFER that Alice sent.
fn event_of_refer(pair: &Pair) -> String {
    let refer = pair.alice.last_request("REFER");
    format!("refer;id={}", refer.headers().cseq().unwrap().unwrap().seq)
}

#[test]
fn notify_comes_before_the_answer() {
    let mut pair = pair();
    let (a, _) = pair.talk();
    pair.refer(a);
    pair.run_ms(1);
    let event = event_of_refer(&pair);
    let fields = [
        (HeaderName::Event, event.as_str()),
        (HeaderName::SubscriptionState, "active;expires=60"),
    ];
    assert_eq!(
        note(&mut pair, a, 1, &fields, "SIP/2.0 100 Trying\r\n"),
        200
    );
    assert_eq!(pair.alice.story(), ["refer accepted", "refer 100"]);
    let referred = {
        pair.run_ms(50);
        pair.referred()
    };
    pair.bob.ua.accept_refer(pair.now, referred).unwrap();
    pair.run_ms(50);
    assert!(pair.alice.story().is_empty());
}

#[test]
fn what_was_told_before_is_not_told_again() {
    let mut pair = pair();
    let (a, _, _) = pair.referring();
    let event = event_of_refer(&pair);
    let fields = [
        (HeaderName::Event, event.as_str()),
        (HeaderName::SubscriptionState, "active;expires=60"),
    ];
    let ringing = "SIP/2.0 180 Ringing\r\n";
    assert_eq!(note(&mut pair, a, 10, &fields, ringing), 200);
    // The same again, the same in another NOTIFY, and an older one.
    assert_eq!(note(&mut pair, a, 10, &fields, ringing), 200);
    assert_eq!(note(&mut pair, a, 11, &fields, ringing), 200);
    assert_eq!(
        note(&mut pair, a, 9, &fields, "SIP/2.0 100 Trying\r\n"),
        500
    );
    assert_eq!(pair.alice.story(), ["refer 180"]);
}

#[test]
fn what_tells_no_status_is_answered_and_told_as_nothing() {
    let mut pair = pair();
    let (a, _, _) = pair.referring();
    let event = event_of_refer(&pair);
    let state = (HeaderName::SubscriptionState, "active;expires=60");
    let fields = [(HeaderName::Event, event.as_str()), state.clone()];
    for (seq, body) in [(10, ""), (11, "hello"), (12, "INVITE sip:a@b SIP/2.0\r\n")] {
        assert_eq!(note(&mut pair, a, seq, &fields, body), 200, "{body:?}");
    }
    // Of another REFER, of no event, without state.
    let other = [(HeaderName::Event, "refer;id=77"), state.clone()];
    assert_eq!(note(&mut pair, a, 13, &other, ""), 481);
    assert_eq!(note(&mut pair, a, 14, &fields[..1], ""), 400);
    assert!(pair.alice.story().is_empty());
    // Without a number it is of the first one (RFC 3515 2.4.6).
    let plain = [(HeaderName::Event, "refer"), state];
    assert_eq!(note(&mut pair, a, 15, &plain, "SIP/2.0 180 Ringing"), 200);
    assert_eq!(pair.alice.story(), ["refer 180"]);
}

#[test]
fn the_far_end_ends_it_without_an_outcome() {
    let mut pair = pair();
    let (a, _, _) = pair.referring();
    let event = event_of_refer(&pair);
    let fields = [
        (HeaderName::Event, event.as_str()),
        (HeaderName::SubscriptionState, "terminated;reason=giveup"),
    ];
    assert_eq!(note(&mut pair, a, 10, &fields, ""), 200);
    assert_eq!(pair.alice.story(), ["refer ended giveup"]);
    assert_eq!(note(&mut pair, a, 11, &fields, ""), 481);
}

#[test]
fn a_bye_overtakes_the_notify_before_it() {
    let mut pair = pair();
    let (a, _, _) = pair.referring();
    let event = event_of_refer(&pair);
    let dialog = pair.alice.ua.dialog_id(a).unwrap();
    let fields = [
        (HeaderName::Event, event.as_str()),
        (HeaderName::SubscriptionState, "active;expires=60"),
    ];
    let bye = raw_note(&dialog, 20, &[], "");
    let bye = String::from_utf8_lossy(&bye).replace("NOTIFY", "BYE");
    assert_eq!(send(&mut pair, &Bytes::from(bye)), 200);
    let ringing = raw_note(&dialog, 19, &fields, "SIP/2.0 180 Ringing\r\n");
    assert_eq!(send(&mut pair, &ringing), 200);
    assert_eq!(pair.alice.story(), ["ended by them", "refer 180"]);
    // A second BYE, and other requests of a call, meet none.
    for method in ["BYE", "INFO", "INVITE", "OPTIONS"] {
        let late = raw_note(&dialog, 30, &[], "");
        let late = String::from_utf8_lossy(&late).replace("NOTIFY", method);
        assert_eq!(send(&mut pair, &Bytes::from(late)), 481, "{method}");
    }
}

#[test]
fn it_expires_where_it_cannot_be_refreshed() {
    let mut pair = pair();
    let (a, _, _) = pair.referring();
    let event = event_of_refer(&pair);
    let fields = [
        (HeaderName::Event, event.as_str()),
        (HeaderName::SubscriptionState, "active;expires=60"),
    ];
    assert_eq!(note(&mut pair, a, 10, &fields, ""), 200);
    let dialog = pair.alice.ua.dialog_id(a).unwrap();
    pair.black_hole();
    // Somebody answers the SUBSCRIBE who knows no such method.
    pair.run_for(seconds(48));
    let subscribe = pair.alice.last_request("SUBSCRIBE");
    pair.answer_alice(&subscribe, 489, &dialog.remote_tag, &[], None);
    assert!(pair.alice.story().is_empty());
    pair.run_for(seconds(20));
    assert_eq!(pair.alice.story(), ["refer ended -"]);
}

#[test]
fn it_ends_where_the_far_end_lost_it() {
    let mut pair = pair();
    let (a, _, _) = pair.referring();
    let event = event_of_refer(&pair);
    let fields = [
        (HeaderName::Event, event.as_str()),
        (HeaderName::SubscriptionState, "active;expires=60"),
    ];
    assert_eq!(note(&mut pair, a, 10, &fields, ""), 200);
    let dialog = pair.alice.ua.dialog_id(a).unwrap();
    pair.black_hole();
    pair.run_for(seconds(48));
    let subscribe = pair.alice.last_request("SUBSCRIBE");
    pair.answer_alice(&subscribe, 481, &dialog.remote_tag, &[], None);
    assert_eq!(pair.alice.story(), ["refer ended -"]);
    assert!(pair.alice.ua.session(a).is_some());
}

#[test]
fn no_notify_comes_at_all() {
    let mut pair = pair();
    let (a, _) = pair.talk();
    pair.black_hole();
    pair.refer(a);
    pair.run_ms(1);
    let refer = pair.alice.last_request("REFER");
    let dialog = pair.alice.ua.dialog_id(a).unwrap();
    pair.answer_alice(&refer, 202, &dialog.remote_tag, &[], None);
    assert_eq!(pair.alice.story(), ["refer accepted"]);
    pair.run_for(seconds(40));
    assert_eq!(pair.alice.story(), ["refer ended -"]);
}

#[test]
fn a_challenged_refer_is_known_by_the_number_of_its_last_try() {
    let mut pair = pair();
    let (a, _) = pair.talk();
    let flow = pair.flow();
    pair.black_hole();
    pair.refer(a);
    pair.run_ms(1);
    let first = pair.alice.last_request("REFER");
    let dialog = pair.alice.ua.dialog_id(a).unwrap();
    let challenge = pair.verifier.challenges(pair.now, 1, false)[0].to_string();
    let fields = [(HeaderName::ProxyAuthenticate, challenge.as_str())];
    pair.connection = Some(flow.0);
    pair.answer_alice(&first, 407, &dialog.remote_tag, &fields, None);
    pair.run_ms(100);
    let referred = pair.referred();
    pair.bob.ua.accept_refer(pair.now, referred).unwrap();
    pair.run_ms(100);
    assert_eq!(pair.alice.story(), ["refer accepted", "refer 100"]);
    let notify = pair.bob.last_request("NOTIFY");
    let event = notify
        .headers()
        .get(&HeaderName::Event)
        .unwrap()
        .into_owned();
    assert_eq!(event, event_of_refer(&pair));
    let seq = |request: &Request| request.headers().cseq().unwrap().unwrap().seq;
    assert_eq!(seq(&pair.alice.last_request("REFER")), seq(&first) + 1);
}

#[test]
fn a_notify_that_the_far_end_cannot_take_now_is_told_again() {
    let mut pair = pair();
    let (_, b, referred) = pair.referring();
    pair.black_hole();
    pair.progress(referred, 200);
    pair.run_ms(1);
    for (code, field) in [(500, None), (503, Some("5"))] {
        let notify = pair.bob.last_request("NOTIFY");
        let sent = pair.bob.sent_count("NOTIFY");
        let mut answer = alo_sip::message::ResponseBuilder::reply_to(&notify, status(code));
        if let Some(after) = field {
            answer = answer.header(HeaderName::RetryAfter, after);
        }
        let (now, flow) = (pair.now, pair.flow());
        let bytes = answer.build().as_bytes().clone();
        pair.bob.ua.handle_input(now, flow, bytes);
        pair.run_for(seconds(30));
        assert_eq!(pair.bob.sent_count("NOTIFY"), sent + 1, "{code}");
    }
    let notify = pair.bob.last_request("NOTIFY");
    assert_eq!(notify.body(), b"SIP/2.0 200 OK\r\n");
    assert!(pair.bob.ua.session(b).is_some());
}
