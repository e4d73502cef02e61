//! NOTIFY and SUBSCRIBE of far ends that no user agent of this crate made: too early, forked, out of order,
//! of nobody, broken (RFC 6665).

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
use alo_sip::message::{Request, RequestBuilder, ResponseBuilder};
use alo_sip::method::Method;
use alo_sip::status::StatusCode;
use alo_sip::ua::SubscriptionId;
use bytes::Bytes;

use support::{Network, Pair, uri};

const ACTIVE: &str = "active;expires=600";

/// Alice, whose SUBSCRIBE nobody answers but the test.
fn subscribing() -> (Pair, SubscriptionId, Request) {
    let mut pair = Pair::new(Network::websocket(), 1);
    pair.black_hole();
    let id = pair.subscribe();
    pair.run_ms(1);
    let subscribe = pair.alice.last_request("SUBSCRIBE");
    (pair, id, subscribe)
}

/// Who tells what, in which order.
struct Note<'a> {
    tag: &'a str,
    seq: u32,
    fields: &'a [(HeaderName, &'a str)],
}

/// A NOTIFY to the subscriber that sent this SUBSCRIBE; returns the status of its answer.
fn notify(pair: &mut Pair, subscribe: &Request, note: &Note<'_>) -> u16 {
    let headers = subscribe.headers();
    let (from, to) = (headers.from().unwrap(), headers.to().unwrap());
    let to = to.unwrap().without_tag().with_tag(note.tag);
    let branch = format!("z9hG4bKraw{}{}{}", note.tag, note.seq, pair.now.as_millis());
    let mut notify = RequestBuilder::new(Method::Notify, &uri("sip:alice@alice1.invalid"))
        .header(
            HeaderName::Via,
            format!("SIP/2.0/WS bob.test;branch={branch}"),
        )
        .header(HeaderName::From, to)
        .header(HeaderName::To, from.unwrap())
        .header(HeaderName::CallId, headers.call_id().unwrap().unwrap())
        .header(HeaderName::CSeq, format!("{} NOTIFY", note.seq))
        .header(HeaderName::Contact, format!("<sip:{}@bob.test>", note.tag));
    for (name, value) in note.fields {
        notify = notify.header(name, value);
    }
    let notify = notify.body("text/plain", note.tag.to_owned()).build();
    send(pair, notify.as_bytes())
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

fn presence(state: &str) -> [(HeaderName, &str); 2] {
    [
        (HeaderName::Event, "presence"),
        (HeaderName::SubscriptionState, state),
    ]
}

/// A NOTIFY of presence.
fn tell(pair: &mut Pair, subscribe: &Request, tag: &str, seq: u32, state: &str) -> u16 {
    let fields = presence(state);
    let fields = &fields;
    notify(pair, subscribe, &Note { tag, seq, fields })
}

/// 200 to a SUBSCRIBE.
fn take(pair: &mut Pair, subscribe: &Request, tag: &str) {
    let fields = [(HeaderName::Expires, "600")];
    pair.answer_alice(subscribe, 200, tag, &fields, None);
}

/// A subscription that stands.
fn watching() -> (Pair, SubscriptionId, Request) {
    let (mut pair, id, subscribe) = subscribing();
    take(&mut pair, &subscribe, "b");
    assert_eq!(tell(&mut pair, &subscribe, "b", 1, ACTIVE), 200);
    assert_eq!(pair.alice.story(), ["active 600", "notified b"]);
    (pair, id, subscribe)
}

fn run(pair: &mut Pair, seconds: u64) {
    pair.run_for(Duration::from_secs(seconds));
}

#[test]
fn the_first_notify_may_come_before_the_answer() {
    let (mut pair, id, subscribe) = subscribing();
    assert_eq!(tell(&mut pair, &subscribe, "b", 5, ACTIVE), 200);
    assert_eq!(pair.alice.story(), ["notified b"]);
    take(&mut pair, &subscribe, "b");
    assert_eq!(pair.alice.story(), ["active 600"]);
    // No NOTIFY is waited for any more; the dialog is that of the NOTIFY.
    run(&mut pair, 40);
    assert_eq!(pair.alice.story(), [""; 0]);
    pair.alice.ua.unsubscribe(pair.now, id);
    pair.run_ms(1);
    let last = pair.alice.last_request("SUBSCRIBE");
    assert_eq!(last.uri(), "sip:b@bob.test");
    assert_eq!(last.headers().to().unwrap().unwrap().tag(), Some("b"));
    assert_eq!(last.headers().cseq().unwrap().unwrap().seq, 2);
}

#[test]
fn of_a_forked_subscribe_one_subscription_is_kept() {
    // The first NOTIFY decides, whichever fork the answer came from.
    let (mut pair, _, subscribe) = subscribing();
    assert_eq!(tell(&mut pair, &subscribe, "one", 1, ACTIVE), 200);
    assert_eq!(tell(&mut pair, &subscribe, "two", 1, ACTIVE), 481);
    take(&mut pair, &subscribe, "two");
    assert_eq!(tell(&mut pair, &subscribe, "one", 2, ACTIVE), 200);
    assert_eq!(tell(&mut pair, &subscribe, "two", 2, ACTIVE), 481);
    assert_eq!(
        pair.alice.story(),
        ["notified one", "active 600", "notified one"]
    );
    // Or the answer, where it came first.
    let (mut pair, _, subscribe) = subscribing();
    take(&mut pair, &subscribe, "one");
    assert_eq!(tell(&mut pair, &subscribe, "two", 1, ACTIVE), 481);
    assert_eq!(tell(&mut pair, &subscribe, "one", 1, ACTIVE), 200);
    assert_eq!(pair.alice.story(), ["active 600", "notified one"]);
}

#[test]
fn a_notify_that_was_overtaken_is_refused() {
    let (mut pair, _, subscribe) = watching();
    assert_eq!(tell(&mut pair, &subscribe, "b", 7, ACTIVE), 200);
    pair.run_ms(5);
    assert_eq!(tell(&mut pair, &subscribe, "b", 6, ACTIVE), 500);
    assert_eq!(tell(&mut pair, &subscribe, "b", 8, ACTIVE), 200);
    assert_eq!(pair.alice.story(), ["notified b", "notified b"]);
}

#[test]
fn a_notify_that_comes_twice_is_told_once() {
    let (mut pair, _, subscribe) = watching();
    let fields = presence(ACTIVE);
    let note = Note {
        tag: "b",
        seq: 2,
        fields: &fields,
    };
    // The same instant makes the same branch.
    let now = pair.now;
    assert_eq!(notify(&mut pair, &subscribe, &note), 200);
    pair.now = now;
    assert_eq!(notify(&mut pair, &subscribe, &note), 200);
    assert_eq!(pair.alice.story(), ["notified b"]);
}

#[test]
fn a_notify_of_nobody_is_refused() {
    let (mut pair, _, subscribe) = watching();
    let other = |name: &HeaderName, from: &str, to: &str| {
        let value = subscribe.headers().get(name).unwrap().replace(from, to);
        let rest = subscribe.to_builder_without(std::slice::from_ref(name));
        rest.header(name, value).build()
    };
    let call_id = subscribe.headers().call_id().unwrap().unwrap();
    let unknown = other(&HeaderName::CallId, &call_id, "another");
    assert_eq!(tell(&mut pair, &unknown, "b", 2, ACTIVE), 481);
    let from = subscribe.headers().from().unwrap().unwrap();
    let unknown = other(&HeaderName::From, from.tag().unwrap(), "another");
    assert_eq!(tell(&mut pair, &unknown, "b", 3, ACTIVE), 481);
    assert_eq!(pair.alice.story(), [""; 0]);
}

#[test]
fn a_broken_notify_is_refused_and_changes_nothing() {
    let (mut pair, _, subscribe) = watching();
    let event = |value| (HeaderName::Event, value);
    let state = |value| (HeaderName::SubscriptionState, value);
    let broken = [
        (vec![state(ACTIVE)], 489),
        (vec![event("presence")], 400),
        (vec![event(""), state(ACTIVE)], 400),
        (vec![event("pre sence"), state(ACTIVE)], 400),
        (vec![event("presence;id=\"x"), state(ACTIVE)], 400),
        (vec![event("dialog"), state(ACTIVE)], 481),
        (vec![event("presence;id=7"), state(ACTIVE)], 481),
        (vec![event("presence"), state("")], 400),
        (vec![event("presence"), state("active;expires=x")], 400),
        (
            vec![event("presence"), state("active;expires=99999999999")],
            400,
        ),
        (
            vec![event("presence"), state("active"), state("active")],
            400,
        ),
    ];
    for (seq, (fields, status)) in (2..).zip(broken) {
        let fields = &fields;
        let note = Note {
            tag: "b",
            seq,
            fields,
        };
        let answer = notify(&mut pair, &subscribe, &note);
        assert_eq!(answer, status, "{fields:?}");
    }
    pair.alice.events.clear();
    assert_eq!(tell(&mut pair, &subscribe, "b", 50, "active"), 200);
    // An unknown state counts as pending.
    assert_eq!(tell(&mut pair, &subscribe, "b", 51, "strange"), 200);
    assert_eq!(pair.alice.story(), ["notified b", "notified (pending) b"]);
}

#[test]
fn an_answer_without_a_notify_is_no_subscription() {
    let (mut pair, _, subscribe) = subscribing();
    take(&mut pair, &subscribe, "b");
    run(&mut pair, 31);
    assert_eq!(pair.alice.story(), ["active 600"]);
    run(&mut pair, 2);
    assert_eq!(pair.alice.story(), ["subscription failed 408, again"]);
    run(&mut pair, 2);
    assert_eq!(pair.alice.sent_count("SUBSCRIBE"), 2);
}

#[test]
fn each_reason_for_the_end_has_its_own_consequence() {
    // The reason, what is told of it, and after how many seconds Alice subscribes anew.
    for (state, ended, again) in [
        ("terminated;reason=rejected", Some("rejected"), None),
        ("terminated;reason=noresource", Some("noresource"), None),
        ("terminated;reason=invariant", Some("invariant"), None),
        ("terminated;reason=deactivated", None, Some(0..=0)),
        ("terminated;reason=timeout", None, Some(0..=0)),
        ("terminated;reason=probation", None, Some(1..=2)),
        (
            "terminated;reason=probation;retry-after=30",
            None,
            Some(30..=33),
        ),
        ("terminated;reason=giveup", None, Some(1..=2)),
        ("terminated;reason=giveup;retry-after=9", None, Some(9..=10)),
        ("terminated", None, Some(1..=2)),
        ("terminated;reason=whatever", None, Some(1..=2)),
        // A year is too long.
        (
            "terminated;reason=giveup;retry-after=31536000",
            None,
            Some(3600..=3960),
        ),
    ] {
        let (mut pair, _, subscribe) = watching();
        assert_eq!(tell(&mut pair, &subscribe, "b", 2, state), 200);
        let mut told = vec![String::from("notified (terminated) b")];
        told.extend(ended.map(|reason| format!("subscription ended {reason}")));
        assert_eq!(pair.alice.story(), told, "{state}");
        // What comes afterwards is of nobody.
        assert_eq!(tell(&mut pair, &subscribe, "b", 3, ACTIVE), 481);
        let mut waited = 0;
        while pair.alice.sent_count("SUBSCRIBE") < 2 && waited < 5000 {
            run(&mut pair, 1);
            waited += 1;
        }
        match again {
            Some(after) => assert!(after.contains(&waited), "{state}: {waited}"),
            None => {
                assert_eq!(waited, 5000, "{state}");
                pair.disconnect();
                pair.run_ms(0);
                assert_eq!(pair.alice.wake, None);
            }
        }
    }
}

#[test]
fn a_lifetime_that_a_notify_shortens_is_refreshed_sooner() {
    let (mut pair, _, subscribe) = watching();
    tell(&mut pair, &subscribe, "b", 2, "active;expires=100");
    run(&mut pair, 60);
    assert_eq!(pair.alice.sent_count("SUBSCRIBE"), 1);
    run(&mut pair, 20);
    assert_eq!(pair.alice.sent_count("SUBSCRIBE"), 2);
}

#[test]
fn notifies_do_not_put_the_refresh_off() {
    let (mut pair, _, subscribe) = watching();
    for seq in 0..470 {
        let left = format!("active;expires={}", 598 - seq);
        run(&mut pair, 1);
        tell(&mut pair, &subscribe, "b", 2 + seq, &left);
    }
    assert_eq!(pair.alice.sent_count("SUBSCRIBE"), 2);
}

/// The last SUBSCRIBE of Alice's, which is a refresh.
fn refresh(pair: &mut Pair) -> Request {
    run(pair, 455);
    assert_eq!(pair.alice.sent_count("SUBSCRIBE"), 2);
    pair.alice.last_request("SUBSCRIBE")
}

#[test]
fn a_refresh_that_fails_for_now_leaves_the_subscription() {
    let (mut pair, _, subscribe) = watching();
    let request = refresh(&mut pair);
    let later = [(HeaderName::RetryAfter, "20")];
    pair.answer_alice(&request, 503, "b", &later, None);
    assert_eq!(pair.alice.story(), [""; 0]);
    assert_eq!(tell(&mut pair, &subscribe, "b", 2, "active"), 200);
    assert_eq!(pair.alice.story(), ["notified b"]);
    run(&mut pair, 19);
    assert_eq!(pair.alice.sent_count("SUBSCRIBE"), 2);
    run(&mut pair, 4);
    let request = pair.alice.last_request("SUBSCRIBE");
    assert_eq!(request.headers().cseq().unwrap().unwrap().seq, 3);
    take(&mut pair, &request, "b");
    assert_eq!(pair.alice.story(), ["active 600"]);
}

#[test]
fn a_refresh_that_fails_until_the_end_begins_anew() {
    let (mut pair, _, first) = watching();
    for _ in 0..60 {
        run(&mut pair, 10);
        let request = pair.alice.last_request("SUBSCRIBE");
        if request.headers().to().unwrap().unwrap().tag().is_some() {
            pair.answer_alice(&request, 500, "b", &[], None);
        }
    }
    run(&mut pair, 10);
    let last = pair.alice.last_request("SUBSCRIBE");
    let call_id = |request: &Request| request.headers().call_id().unwrap().unwrap().to_string();
    assert_ne!(call_id(&last), call_id(&first));
    assert_eq!(last.headers().to().unwrap().unwrap().tag(), None);
}

#[test]
fn a_refresh_that_is_refused_ends_it_or_begins_anew() {
    for (status, story) in [
        (481, None),
        (408, None),
        (404, Some("subscription failed 404, for good")),
        (403, Some("subscription failed 403, for good")),
        (489, Some("subscription failed 489, for good")),
        (480, Some("subscription failed 480, again")),
    ] {
        let (mut pair, _, _) = watching();
        let request = refresh(&mut pair);
        pair.answer_alice(&request, status, "b", &[], None);
        let story: Vec<&str> = story.into_iter().collect();
        assert_eq!(pair.alice.story(), story);
        let tries = pair.alice.sent_count("SUBSCRIBE");
        assert_eq!(tries, if story.is_empty() { 3 } else { 2 }, "{status}");
    }
}

#[test]
fn a_refresh_wants_a_longer_lifetime() {
    let (mut pair, _, _) = watching();
    let request = refresh(&mut pair);
    let longer = [(HeaderName::MinExpires, "1200")];
    pair.answer_alice(&request, 423, "b", &longer, None);
    let request = pair.alice.last_request("SUBSCRIBE");
    assert_eq!(request.headers().expires(), Some(1200));
    assert_eq!(request.headers().to().unwrap().unwrap().tag(), Some("b"));
    // One that is not longer is no way out.
    pair.answer_alice(&request, 423, "b", &longer, None);
    assert_eq!(pair.alice.sent_count("SUBSCRIBE"), 3);
    run(&mut pair, 3);
    assert_eq!(pair.alice.sent_count("SUBSCRIBE"), 4);
}

#[test]
fn an_answer_to_an_older_subscribe_counts_no_more() {
    let (mut pair, _, _) = watching();
    let request = refresh(&mut pair);
    pair.connection = None;
    let old = pair.flow();
    pair.alice.ua.flow_closed(pair.now, old);
    pair.connect();
    pair.run_ms(1);
    assert_eq!(pair.alice.sent_count("SUBSCRIBE"), 3);
    pair.answer_alice(&request, 481, "b", &[], None);
    assert_eq!(pair.alice.sent_count("SUBSCRIBE"), 3);
    assert_eq!(pair.alice.story(), [""; 0]);
}

#[test]
fn the_last_notify_is_waited_for_as_long_as_timer_n() {
    let (mut pair, id, subscribe) = watching();
    pair.alice.ua.unsubscribe(pair.now, id);
    pair.run_ms(1);
    let request = pair.alice.last_request("SUBSCRIBE");
    // A state that crosses the end on its way is taken, and nobody hears of it.
    assert_eq!(tell(&mut pair, &subscribe, "b", 2, ACTIVE), 200);
    let fields = [(HeaderName::Expires, "0")];
    pair.answer_alice(&request, 200, "b", &fields, None);
    let end = "terminated;reason=timeout";
    assert_eq!(tell(&mut pair, &subscribe, "b", 3, end), 200);
    assert_eq!(tell(&mut pair, &subscribe, "b", 4, end), 481);
    assert_eq!(pair.alice.story(), ["subscription ended -"]);

    let (mut pair, id, subscribe) = watching();
    pair.alice.ua.unsubscribe(pair.now, id);
    run(&mut pair, 33);
    assert_eq!(tell(&mut pair, &subscribe, "b", 2, ACTIVE), 481);
}

#[test]
fn a_notify_without_a_dialog_is_for_the_application() {
    let (mut pair, _, subscribe) = subscribing();
    let from = subscribe.headers().from().unwrap().unwrap();
    let without = subscribe
        .to_builder_without(&[HeaderName::From])
        .header(HeaderName::From, from.without_tag())
        .build();
    let fields = [
        (HeaderName::Event, "message-summary"),
        (HeaderName::SubscriptionState, "active"),
    ];
    let (now, before) = (pair.now, pair.alice.sent.len());
    let headers = without.headers();
    let notify = RequestBuilder::new(Method::Notify, &uri("sip:alice@alice1.invalid"))
        .header(HeaderName::Via, "SIP/2.0/WS bob.test;branch=z9hG4bKmwi")
        .header(HeaderName::From, "<sip:bob.test>;tag=mwi")
        .header(HeaderName::To, headers.from().unwrap().unwrap())
        .header(HeaderName::CallId, "mwi")
        .header(HeaderName::CSeq, "1 NOTIFY")
        .headers(fields)
        .build();
    let flow = pair.flow();
    pair.alice
        .ua
        .handle_input(now, flow, notify.as_bytes().clone());
    pair.run_ms(1);
    assert_eq!(pair.alice.sent.len(), before);
    assert_eq!(pair.alice.story(), ["request NOTIFY"]);
}

/// A SUBSCRIBE of nobody's to Bob; returns the status of his answer, if he gives one.
fn subscribe(pair: &mut Pair, to: &str, seq: u32, fields: &[(HeaderName, &str)]) -> Option<u16> {
    let branch = format!("z9hG4bKraw{seq}");
    let request = RequestBuilder::new(Method::Subscribe, &uri("sip:carol@bob.test"))
        .header(
            HeaderName::Via,
            format!("SIP/2.0/WS alice1.invalid;branch={branch}"),
        )
        .header(HeaderName::From, "<sip:alice@bob.test>;tag=raw")
        .header(HeaderName::To, to)
        .header(HeaderName::CallId, "raw")
        .header(HeaderName::CSeq, format!("{seq} SUBSCRIBE"))
        .header(HeaderName::Contact, "<sip:alice@alice1.invalid>")
        .headers(fields.iter().cloned())
        .build();
    let before = pair.bob.sent.len();
    let (now, flow) = (pair.now, pair.flow());
    pair.bob
        .ua
        .handle_input(now, flow, request.as_bytes().clone());
    pair.run_ms(0);
    let answer = support::start_line(pair.bob.sent.get(before)?);
    answer["SIP/2.0 ".len()..][..3].parse().ok()
}

#[test]
fn a_broken_subscribe_is_refused() {
    let mut pair = Pair::new(Network::websocket(), 1);
    pair.black_hole();
    let to = "<sip:carol@bob.test>";
    let event = |value| (HeaderName::Event, value);
    assert_eq!(subscribe(&mut pair, to, 1, &[]), Some(489));
    assert_eq!(subscribe(&mut pair, to, 2, &[event("a b")]), Some(400));
    assert_eq!(subscribe(&mut pair, to, 3, &[event(";id=1")]), Some(400));
    let twice = [event("presence"), event("dialog")];
    assert_eq!(subscribe(&mut pair, to, 4, &twice), Some(400));
    let gone = "<sip:carol@bob.test>;tag=gone";
    assert_eq!(
        subscribe(&mut pair, gone, 5, &[event("presence")]),
        Some(481)
    );
    pair.bob
        .events
        .retain(|event| !matches!(event, alo_sip::ua::Event::Malformed { .. }));
    assert_eq!(pair.bob.story(), [""; 0]);
    assert_eq!(subscribe(&mut pair, to, 6, &[event("presence")]), None);
    assert_eq!(pair.bob.story(), ["subscribed presence"]);
}

#[test]
fn a_refresh_that_does_not_fit_is_refused() {
    let mut pair = Pair::new(Network::websocket(), 1);
    pair.black_hole();
    let event = |value| (HeaderName::Event, value);
    let to = "<sip:carol@bob.test>";
    subscribe(&mut pair, to, 10, &[event("presence;id=1")]);
    pair.accept_and_notify("x");
    pair.run_ms(0);
    let taken = pair.bob.last_response(200);
    let to = taken.headers().to().unwrap().unwrap().to_string();
    pair.bob.events.clear();
    for (seq, fields, status) in [
        (9, vec![event("presence;id=1")], 500),
        (10, vec![event("presence;id=1")], 200),
        (11, vec![event("presence")], 481),
        (12, vec![event("dialog;id=1")], 481),
        (13, vec![], 489),
        (14, vec![event("=")], 400),
        (15, vec![event("presence;id=1")], 200),
        (16, vec![event("presence;id=1")], 200),
    ] {
        assert_eq!(
            subscribe(&mut pair, &to, seq, &fields),
            Some(status),
            "{seq}"
        );
    }
    // 10 was the first one again: a repetition, and nothing new.
    assert_eq!(pair.bob.story(), ["refreshed", "refreshed"]);
}

#[test]
fn a_subscriber_that_wants_to_be_told_later_is_told_later() {
    for (status, later, told) in [
        (503, Some("30"), "refreshed"),
        (481, Some("30"), "subscriber gone"),
        (500, None, "subscriber gone"),
    ] {
        let mut pair = Pair::new(Network::websocket(), 1);
        pair.black_hole();
        let fields = [(HeaderName::Event, "presence")];
        subscribe(&mut pair, "<sip:carol@bob.test>", 1, &fields);
        pair.accept_and_notify("x");
        pair.run_ms(0);
        pair.bob.events.clear();
        let notify = pair.bob.last_request("NOTIFY");
        let status = StatusCode::new(status).unwrap();
        let mut refusal = ResponseBuilder::reply_to(&notify, status);
        if let Some(later) = later {
            refusal = refusal.header(HeaderName::RetryAfter, later);
        }
        let (now, flow) = (pair.now, pair.flow());
        let bytes = refusal.build().as_bytes().clone();
        pair.bob.ua.handle_input(now, flow, bytes);
        if told == "refreshed" {
            run(&mut pair, 29);
            assert_eq!(pair.bob.story(), [""; 0]);
            run(&mut pair, 5);
        }
        pair.run_ms(0);
        assert_eq!(pair.bob.story(), [told]);
    }
}
