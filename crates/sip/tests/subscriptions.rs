//! Event subscriptions between two user agents (RFC 6665): Alice watches, and Bob tells.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test fails as the test does"
)]

#[cfg(target_arch = "wasm32")]
#[macro_use]
extern crate alo_wasm_test;

mod support;

use std::time::Duration;

use alo_sip::auth::{Key, Verdict};
use alo_sip::header::HeaderName;
use alo_sip::method::Method;
use alo_sip::status::StatusCode;
use alo_sip::ua::{Config, Event, Role, SubscriptionError};

use support::{Network, Pair};

fn pair() -> Pair {
    Pair::new(Network::websocket(), 1)
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// The `Subscription-State` of the last NOTIFY that Bob sent.
fn last_state(pair: &Pair) -> String {
    let last = pair.bob.last_request("NOTIFY");
    let state = last.headers().get(&HeaderName::SubscriptionState);
    state.unwrap().into_owned()
}

#[test]
fn a_watcher_is_told_the_state_and_each_change_of_it() {
    let mut pair = pair();
    let (_, b) = pair.watch();
    pair.notify(b, "second");
    pair.run_ms(100);
    assert_eq!(pair.alice.story(), ["notified second"]);
    let notifier = pair.bob.ua.notifier(b).unwrap();
    assert_eq!(notifier.event().to_string(), "presence");
    assert_eq!(notifier.flow(), pair.flow());
    assert!(notifier.expires_at().unwrap() > pair.now);
}

#[test]
fn who_unsubscribes_is_told_nothing_any_more() {
    let mut pair = pair();
    let (a, b) = pair.watch();
    pair.alice.ua.unsubscribe(pair.now, a);
    pair.run_ms(0);
    assert_eq!(pair.alice.story(), ["subscription ended -"]);
    pair.run_ms(200);
    assert_eq!(pair.alice.story(), [""; 0]);
    assert_eq!(pair.bob.story(), ["subscriber gone"]);
    assert!(pair.bob.ua.notifier(b).is_none());
    assert_eq!(last_state(&pair), "terminated;reason=timeout");
    let subscribe = pair.alice.last_request("SUBSCRIBE");
    assert_eq!(subscribe.headers().expires(), Some(0));
    // And nothing is left of it at either side.
    pair.run_for(seconds(60));
    pair.disconnect();
    pair.assert_nothing_left();
}

#[test]
fn a_subscription_is_refreshed_before_it_expires() {
    let mut pair = pair();
    let (_, b) = pair.watch();
    pair.run_for(seconds(460));
    assert_eq!(pair.alice.story(), ["active 600"]);
    assert_eq!(pair.bob.story(), ["refreshed"]);
    pair.notify(b, "third");
    pair.run_for(seconds(300));
    assert_eq!(pair.alice.story(), ["notified third"]);
    assert!(pair.bob.ua.notifier(b).is_some());
    pair.run_for(seconds(3600));
    let told = pair.bob.story();
    assert!(told.len() > 5 && told.iter().all(|told| told == "refreshed"));
}

#[test]
fn a_notifier_grants_less_than_is_asked_for_and_not_more() {
    let mut pair = pair();
    pair.subscribe();
    pair.run_ms(100);
    let (now, id) = (pair.now, pair.subscribed());
    let ua = &mut pair.bob.ua;
    ua.accept_subscription(now, id, seconds(100)).unwrap();
    assert_eq!(
        ua.notifier(id).unwrap().expires_at(),
        Some(now + seconds(100))
    );
    ua.notify(now, id, "text/plain", b"x".to_vec()).unwrap();
    pair.run_ms(100);
    assert_eq!(pair.alice.story(), ["active 100", "notified x"]);
    pair.run_for(seconds(80));
    assert_eq!(pair.alice.story(), ["active 100"]);

    let mut pair = pair;
    pair.subscribe();
    pair.run_ms(100);
    let (now, id) = (pair.now, pair.subscribed());
    pair.bob
        .ua
        .accept_subscription(now, id, seconds(3600))
        .unwrap();
    pair.run_ms(100);
    assert_eq!(pair.alice.story(), ["active 600"]);
}

#[test]
fn states_that_follow_each_other_closely_are_told_as_the_newest() {
    let mut pair = pair();
    let (_, b) = pair.watch();
    for state in ["second", "third", "fourth", "fifth"] {
        pair.notify(b, state);
    }
    pair.run_ms(500);
    assert_eq!(pair.alice.story(), ["notified second", "notified fifth"]);
    assert_eq!(pair.bob.sent_count("NOTIFY"), 3);
}

#[test]
fn a_subscription_of_a_server_that_wants_a_proof() {
    let mut pair = pair();
    pair.subscribe();
    pair.run_ms(100);
    let challenge = pair.verifier.challenges(pair.now, 1, false)[0].to_string();
    let refused = pair.subscribed();
    pair.bob
        .ua
        .reject_subscription(
            pair.now,
            refused,
            StatusCode::UNAUTHORIZED,
            vec![(HeaderName::WwwAuthenticate, challenge)],
        )
        .unwrap();
    assert!(pair.bob.ua.notifier(refused).is_none());
    pair.run_ms(100);
    let request = pair.alice.last_request("SUBSCRIBE");
    let answers = request.headers().authorization().unwrap();
    let verdict = pair.verifier.verify(
        pair.now,
        &answers[0],
        request.method(),
        request.uri(),
        request.body(),
        &Key::password("open sesame"),
    );
    assert!(matches!(verdict, Verdict::Good { .. }));
    pair.accept_and_notify("first");
    pair.run_ms(100);
    assert_eq!(pair.alice.story(), ["active 600", "notified first"]);
    // The refresh brings the proof along.
    pair.run_for(seconds(460));
    assert_eq!(pair.alice.story(), ["active 600"]);
    assert_eq!(pair.alice.sent_count("SUBSCRIBE"), 3);
}

#[test]
fn who_is_registered_subscribes_with_the_proof_of_before() {
    let mut pair = pair();
    let (flow, registration) = (pair.flow(), pair.registration());
    pair.alice.ua.register(pair.now, flow, registration);
    pair.run_ms(200);
    let challenge = pair.verifier.challenges(pair.now, 7, false)[0].to_string();
    pair.subscribe();
    pair.run_ms(100);
    let (now, id) = (pair.now, pair.subscribed());
    let fields = vec![(HeaderName::WwwAuthenticate, challenge)];
    pair.bob
        .ua
        .reject_subscription(now, id, StatusCode::UNAUTHORIZED, fields)
        .unwrap();
    pair.run_ms(100);
    // The second one, and a publication, are proved without being asked.
    pair.subscribe();
    let publication = pair.publication("lunch");
    pair.alice.ua.publish(pair.now, flow, publication);
    pair.run_ms(0);
    for method in ["SUBSCRIBE", "PUBLISH"] {
        let request = pair.alice.last_request(method);
        assert!(
            request.headers().has(&HeaderName::Authorization),
            "{method}"
        );
    }
}

#[test]
fn a_refusal_is_for_good_or_tried_again() {
    for (status, again) in [
        (489, false),
        (403, false),
        (404, false),
        (405, false),
        (501, false),
        (603, false),
        (480, true),
        (500, true),
        (503, true),
    ] {
        let mut pair = pair();
        let a = pair.subscribe();
        pair.run_ms(100);
        let (now, id) = (pair.now, pair.subscribed());
        let status = StatusCode::new(status).unwrap();
        pair.bob
            .ua
            .reject_subscription(now, id, status, Vec::new())
            .unwrap();
        pair.run_ms(100);
        let told = if again { "again" } else { "for good" };
        assert_eq!(
            pair.alice.story(),
            [format!("subscription failed {status}, {told}")]
        );
        pair.run_for(seconds(3));
        let tries = pair.alice.sent_count("SUBSCRIBE");
        assert_eq!(tries, if again { 2 } else { 1 }, "{status}");
        if !again {
            pair.alice.ua.subscribe_now(pair.now, a);
            pair.run_ms(100);
            pair.accept_and_notify("after all");
            pair.run_ms(100);
            assert_eq!(pair.alice.story(), ["active 600", "notified after all"]);
        }
    }
}

#[test]
fn a_server_that_is_told_to_come_back_later_is_left_alone_until_then() {
    let mut pair = pair();
    pair.subscribe();
    pair.run_ms(100);
    let (now, id) = (pair.now, pair.subscribed());
    pair.bob
        .ua
        .reject_subscription(
            now,
            id,
            StatusCode::SERVICE_UNAVAILABLE,
            vec![(HeaderName::RetryAfter, "60".into())],
        )
        .unwrap();
    pair.run_for(seconds(59));
    assert_eq!(pair.alice.sent_count("SUBSCRIBE"), 1);
    pair.run_for(seconds(8));
    assert_eq!(pair.alice.sent_count("SUBSCRIBE"), 2);
}

#[test]
fn a_server_that_wants_a_longer_lifetime_gets_it() {
    let mut pair = pair();
    pair.subscribe();
    pair.run_ms(100);
    let (now, id) = (pair.now, pair.subscribed());
    pair.bob
        .ua
        .reject_subscription(
            now,
            id,
            StatusCode::INTERVAL_TOO_BRIEF,
            vec![(HeaderName::MinExpires, "1800".into())],
        )
        .unwrap();
    pair.run_ms(100);
    assert_eq!(pair.alice.story(), [""; 0]);
    let subscribe = pair.alice.last_request("SUBSCRIBE");
    assert_eq!(subscribe.headers().expires(), Some(1800));
}

#[test]
fn each_try_at_a_server_that_fails_waits_longer() {
    let mut pair = pair();
    pair.subscribe();
    let mut waits = Vec::new();
    for _ in 0..8 {
        pair.run_ms(100);
        let (now, id) = (pair.now, pair.subscribed());
        let status = StatusCode::SERVER_INTERNAL_ERROR;
        pair.bob
            .ua
            .reject_subscription(now, id, status, Vec::new())
            .unwrap();
        pair.bob.events.clear();
        while pair.bob.events.is_empty() {
            pair.run_ms(100);
        }
        waits.push((pair.now - now).as_secs());
    }
    assert!(waits[0] <= 2, "{waits:?}");
    assert!(waits[3] >= 8, "{waits:?}");
    assert!(waits[7] >= 60 && waits[7] <= 121, "{waits:?}");
}

#[test]
fn a_notifier_that_lost_the_subscription_is_subscribed_to_anew() {
    let mut pair = pair();
    let (_, b) = pair.watch();
    // Bob's application forgets it, and Alice does not hear that.
    let connection = pair.connection;
    pair.black_hole();
    let now = pair.now;
    pair.bob
        .ua
        .end_subscription(now, b, "deactivated", None)
        .unwrap();
    pair.run_for(seconds(40));
    pair.connection = connection;
    pair.bob.events.clear();
    pair.run_for(seconds(420));
    // The refresh was answered by 481, and a new subscription began.
    assert_eq!(pair.bob.sent_count("SIP/2.0 481"), 1);
    assert_eq!(pair.bob.story(), ["subscribed presence"]);
}

#[test]
fn a_notifier_that_was_started_anew_is_subscribed_to_anew() {
    let mut pair = pair();
    pair.watch();
    let connection = pair.connection;
    pair.black_hole();
    pair.run_for(seconds(460));
    pair.connection = connection;
    pair.run_for(seconds(33));
    // 32 s after the refresh nothing had come back.
    assert_eq!(pair.bob.story().last().unwrap(), "subscribed presence");
    pair.bob.events.clear();
}

#[test]
fn a_subscription_that_nobody_refreshes_expires() {
    let mut pair = pair();
    let (_, b) = pair.watch();
    pair.black_hole();
    pair.run_for(seconds(599));
    assert_eq!(pair.bob.story(), [""; 0]);
    pair.run_for(seconds(2));
    assert_eq!(pair.bob.story(), ["subscriber gone"]);
    assert_eq!(last_state(&pair), "terminated;reason=timeout");
    let now = pair.now;
    assert_eq!(
        pair.bob.ua.notify(now, b, "text/plain", Vec::new()),
        Err(SubscriptionError::Unknown(b))
    );
}

#[test]
fn a_subscriber_that_is_gone_ends_the_subscription() {
    // It does not know the subscription any more.
    let mut pair = pair();
    let (a, b) = pair.watch();
    let connection = pair.connection;
    pair.black_hole();
    pair.alice.ua.unsubscribe(pair.now, a);
    pair.run_for(seconds(40));
    pair.connection = connection;
    pair.notify(b, "second");
    pair.run_ms(200);
    assert_eq!(pair.alice.sent_count("SIP/2.0 481"), 1);
    assert_eq!(pair.bob.story(), ["subscriber gone"]);
    pair.disconnect();
    pair.assert_nothing_left();

    // Or it does not answer.
    let mut pair = self::pair();
    let (_, b) = pair.watch();
    pair.black_hole();
    pair.notify(b, "second");
    pair.run_for(seconds(33));
    assert_eq!(pair.bob.story(), ["subscriber gone"]);
}

#[test]
fn the_application_of_the_notifier_ends_it_with_a_last_word() {
    for (reason, story) in [
        (
            "rejected",
            &["notified (terminated) last", "subscription ended rejected"][..],
        ),
        (
            "noresource",
            &[
                "notified (terminated) last",
                "subscription ended noresource",
            ],
        ),
        (
            "invariant",
            &["notified (terminated) last", "subscription ended invariant"],
        ),
        ("deactivated", &["notified (terminated) last"]),
        ("probation", &["notified (terminated) last"]),
    ] {
        let mut pair = pair();
        let (_, b) = pair.watch();
        // A NOTIFY is under way: the last one comes after it.
        pair.notify(b, "second");
        pair.notify(b, "third");
        let now = pair.now;
        let body = Some((String::from("text/plain"), b"last".to_vec()));
        pair.bob.ua.end_subscription(now, b, reason, body).unwrap();
        pair.run_ms(0);
        assert_eq!(pair.bob.story(), ["subscriber gone"]);
        pair.run_ms(200);
        let told = pair.alice.story();
        assert_eq!(told[0], "notified second");
        assert_eq!(told[1..], *story, "{reason}");
        let again = pair.bob.story();
        let at_once = reason == "deactivated";
        assert_eq!(again.len(), usize::from(at_once), "{reason}");
    }
}

#[test]
fn a_last_notify_without_a_body_of_its_own_tells_what_waited() {
    let mut pair = pair();
    let (_, b) = pair.watch();
    pair.notify(b, "second");
    pair.notify(b, "third");
    let now = pair.now;
    pair.bob
        .ua
        .end_subscription(now, b, "noresource", None)
        .unwrap();
    pair.run_ms(200);
    assert_eq!(
        pair.alice.story(),
        [
            "notified second",
            "notified (terminated) third",
            "subscription ended noresource"
        ]
    );
}

#[test]
fn a_notifier_that_ends_each_subscription_makes_no_storm() {
    let mut pair = pair();
    pair.subscribe();
    for _ in 0..600 {
        pair.run_ms(100);
        let events = std::mem::take(&mut pair.bob.events);
        for event in events {
            if let Event::Subscribed { id, .. } = event {
                let now = pair.now;
                let ua = &mut pair.bob.ua;
                ua.accept_subscription(now, id, seconds(600)).unwrap();
                ua.notify(now, id, "text/plain", b"x".to_vec()).unwrap();
                ua.end_subscription(now, id, "deactivated", None).unwrap();
            }
        }
    }
    // In a minute.
    let tries = pair.alice.sent_count("SUBSCRIBE");
    assert!((3..10).contains(&tries), "{tries}");
}

#[test]
fn who_unsubscribes_before_the_answer_leaves_nothing() {
    let mut pair = pair();
    let a = pair.subscribe();
    pair.run_ms(30);
    pair.alice.ua.unsubscribe(pair.now, a);
    pair.run_ms(0);
    assert_eq!(pair.alice.story(), ["subscription ended -"]);
    pair.accept_and_notify("first");
    pair.bob.events.clear();
    pair.run_ms(200);
    // The NOTIFY met nobody, and its 481 ended what the SUBSCRIBE had made.
    assert_eq!(pair.alice.sent_count("SIP/2.0 481"), 1);
    assert_eq!(pair.bob.story(), ["subscriber gone"]);
    assert_eq!(pair.alice.story(), [""; 0]);
    pair.disconnect();
    pair.assert_nothing_left();
}

#[test]
fn who_unsubscribes_while_a_refresh_is_under_way() {
    let mut pair = pair();
    let (a, _) = pair.watch();
    let before = pair.alice.sent_count("SUBSCRIBE");
    while pair.alice.sent_count("SUBSCRIBE") == before {
        pair.run_ms(5);
    }
    pair.alice.ua.unsubscribe(pair.now, a);
    pair.run_ms(200);
    assert_eq!(pair.alice.story(), ["subscription ended -"]);
    assert_eq!(pair.bob.story(), ["refreshed", "subscriber gone"]);
    pair.run_for(seconds(60));
    pair.disconnect();
    pair.assert_nothing_left();
}

#[test]
fn both_end_it_in_the_same_instant() {
    let mut pair = pair();
    let (a, b) = pair.watch();
    let now = pair.now;
    pair.alice.ua.unsubscribe(now, a);
    pair.bob
        .ua
        .end_subscription(now, b, "noresource", None)
        .unwrap();
    pair.run_for(seconds(60));
    assert_eq!(pair.alice.story(), ["subscription ended -"]);
    assert_eq!(pair.bob.story(), ["subscriber gone"]);
    pair.disconnect();
    pair.assert_nothing_left();
}

#[test]
fn a_refresh_meets_the_end_of_the_subscription() {
    let mut pair = pair();
    let (_, b) = pair.watch();
    let before = pair.alice.sent_count("SUBSCRIBE");
    while pair.alice.sent_count("SUBSCRIBE") == before {
        pair.run_ms(5);
    }
    let now = pair.now;
    pair.bob
        .ua
        .end_subscription(now, b, "noresource", None)
        .unwrap();
    pair.run_for(seconds(60));
    // The refresh was answered by 481, and whichever came first, there is one end.
    let told = pair.alice.story();
    assert!(
        told == ["notified (terminated) ", "subscription ended noresource"],
        "{told:?}"
    );
}

#[test]
fn a_subscription_follows_its_phone_to_another_flow() {
    let mut pair = pair();
    let (_, b) = pair.watch();
    pair.disconnect();
    pair.notify(b, "lost");
    pair.run_for(seconds(60));
    assert_eq!(pair.alice.story(), [""; 0]);
    assert_eq!(pair.bob.story(), [""; 0]);
    pair.connect();
    pair.run_ms(100);
    assert_eq!(pair.alice.story(), ["active 600"]);
    assert_eq!(pair.bob.story(), ["refreshed"]);
    assert_eq!(pair.bob.ua.notifier(b).unwrap().flow(), pair.flow());
    pair.notify(b, "found");
    pair.run_ms(100);
    assert_eq!(pair.alice.story(), ["notified found"]);
    let notify = pair.bob.last_request("NOTIFY");
    assert!(notify.uri().contains("alice2.invalid"), "{}", notify.uri());
}

#[test]
fn a_notify_that_was_under_way_when_the_flow_closed_costs_nothing() {
    let mut pair = pair();
    let (_, b) = pair.watch();
    pair.notify(b, "second");
    pair.run_ms(5);
    pair.disconnect();
    pair.run_for(seconds(10));
    pair.connect();
    pair.run_ms(100);
    pair.notify(b, "third");
    // Long after the first one gave up.
    pair.run_for(seconds(60));
    assert_eq!(pair.alice.story(), ["active 600", "notified third"]);
    assert_eq!(pair.bob.story(), ["refreshed"]);
}

#[test]
fn a_subscription_that_expired_while_there_was_no_flow_begins_anew() {
    let mut pair = pair();
    let (_, b) = pair.watch();
    pair.disconnect();
    pair.run_for(seconds(700));
    assert_eq!(pair.alice.story(), [""; 0]);
    assert_eq!(pair.bob.story(), ["subscriber gone"]);
    assert!(pair.bob.ua.notifier(b).is_none());
    pair.connect();
    pair.run_ms(100);
    assert_eq!(pair.bob.story(), ["subscribed presence"]);
}

#[test]
fn a_subscription_that_began_without_a_flow_waits_for_one() {
    let mut pair = pair();
    pair.disconnect();
    let a = pair.subscribe();
    pair.run_for(seconds(100));
    assert_eq!(pair.alice.story(), [""; 0]);
    pair.connect();
    pair.run_ms(100);
    assert_eq!(pair.bob.story(), ["subscribed presence"]);
    pair.disconnect();
    pair.alice.ua.unsubscribe(pair.now, a);
    pair.run_ms(0);
    assert_eq!(pair.alice.story(), ["subscription ended -"]);
}

#[test]
fn a_server_that_moves_a_subscription_tells_the_full_state_again() {
    let mut pair = pair();
    let (_, b) = pair.watch();
    let (old, new) = (pair.flow(), alo_sip::ua::FlowId(77));
    let info = alo_sip::ua::FlowInfo {
        transport: alo_sip::ua::Transport::Wss,
        sent_by: "elsewhere.test".into(),
        remote: None,
        keep_alive: None,
    };
    pair.bob.ua.flow_opened(pair.now, new, info);
    pair.bob.ua.rebind(pair.now, old, new);
    pair.run_ms(0);
    assert_eq!(pair.bob.story(), ["refreshed"]);
    pair.notify(b, "again");
    pair.run_ms(0);
    let notify = pair.bob.last_request("NOTIFY");
    let contact = notify.headers().contact().unwrap().unwrap();
    assert_eq!(contact.uri().host_str(), "elsewhere.test");
}

#[test]
fn the_present_state_alone_can_be_asked_for() {
    let mut pair = pair();
    let (flow, mut subscription) = (pair.flow(), pair.subscription());
    subscription.expires = 0;
    pair.alice.ua.subscribe(pair.now, flow, subscription);
    pair.run_ms(100);
    pair.accept_and_notify("now");
    pair.run_ms(100);
    assert_eq!(
        pair.alice.story(),
        [
            "active 0",
            "notified (terminated) now",
            "subscription ended timeout"
        ]
    );
    assert_eq!(pair.bob.story(), ["subscribed presence", "subscriber gone"]);
    pair.run_for(seconds(60));
    pair.disconnect();
    pair.assert_nothing_left();
}

#[test]
fn a_phone_knows_no_event_packages_but_those_it_is_told() {
    let answered = |events: &[&str]| {
        let config = Config {
            events: events.iter().map(|event| String::from(*event)).collect(),
            ..Config::default()
        };
        let mut pair = Pair::with_configs(Network::websocket(), 1, Config::default(), config);
        pair.subscribe();
        pair.run_ms(100);
        pair
    };
    let mut pair = answered(&["dialog", "message-summary"]);
    assert_eq!(pair.bob.story(), [""; 0]);
    assert_eq!(pair.alice.story(), ["subscription failed 489, for good"]);
    let refusal = pair.bob.last_response(489);
    let events = refusal.headers().get(&HeaderName::AllowEvents).unwrap();
    assert_eq!(events, "dialog, message-summary");
    assert_eq!(answered(&["presence"]).bob.story(), ["subscribed presence"]);
}

#[test]
fn a_refused_package_comes_with_those_there_are() {
    let bob = Config {
        role: Role::Server,
        events: vec!["presence".into()],
        ..Config::default()
    };
    let mut pair = Pair::with_configs(Network::websocket(), 1, Config::default(), bob);
    pair.subscribe();
    pair.run_ms(100);
    let (now, id) = (pair.now, pair.subscribed());
    let ua = &mut pair.bob.ua;
    assert_eq!(
        ua.reject_subscription(now, id, StatusCode::OK, Vec::new()),
        Err(SubscriptionError::NotARefusal(StatusCode::OK))
    );
    assert_eq!(
        ua.notify(now, id, "text/plain", Vec::new()),
        Err(SubscriptionError::NotAccepted)
    );
    assert_eq!(
        ua.end_subscription(now, id, "rejected", None),
        Err(SubscriptionError::NotAccepted)
    );
    ua.reject_subscription(now, id, StatusCode::BAD_EVENT, Vec::new())
        .unwrap();
    pair.run_ms(100);
    let refusal = pair.bob.last_response(489);
    assert_eq!(
        refusal.headers().get(&HeaderName::AllowEvents).unwrap(),
        "presence"
    );
}

#[test]
fn nobody_fills_the_memory_with_subscriptions() {
    let bob = Config {
        role: Role::Server,
        max_notifiers_per_flow: 3,
        ..Config::default()
    };
    let mut pair = Pair::with_configs(Network::websocket(), 1, Config::default(), bob);
    let mut last = None;
    for _ in 0..3 {
        last = Some(pair.subscribe());
        pair.run_ms(100);
        pair.accept_and_notify("x");
    }
    pair.run_ms(100);
    pair.alice.events.clear();
    pair.subscribe();
    pair.run_ms(100);
    assert_eq!(pair.alice.story(), ["subscription failed 503, again"]);
    // Where one ends there is room for another.
    pair.alice.ua.unsubscribe(pair.now, last.unwrap());
    pair.bob.events.clear();
    pair.run_for(seconds(60));
    assert_eq!(pair.bob.story(), ["subscriber gone", "subscribed presence"]);
}

#[test]
fn a_subscription_in_the_dialog_of_a_call_is_the_calls() {
    let mut pair = pair();
    let (a, b) = pair.talk();
    let fields = vec![(HeaderName::Event, String::from("conference"))];
    pair.alice
        .ua
        .request(pair.now, a, Method::Subscribe, fields, None)
        .unwrap();
    pair.run_ms(50);
    let Some(Event::Request { session, .. }) = pair.bob.events.pop() else {
        panic!("no SUBSCRIBE")
    };
    assert_eq!(session, Some(b));
}

#[test]
fn subscriptions_stand_over_a_network_that_loses_and_reorders() {
    for seed in 0..20 {
        let mut pair = Pair::new(Network::bad_udp(), seed);
        let a = pair.subscribe();
        let mut b = None;
        for second in 0..1200 {
            pair.run_for(seconds(1));
            for event in std::mem::take(&mut pair.bob.events) {
                match event {
                    Event::Subscribed { id, .. } => {
                        let now = pair.now;
                        let ua = &mut pair.bob.ua;
                        ua.accept_subscription(now, id, seconds(600)).unwrap();
                        pair.notify(id, "new");
                        b = Some(id);
                    }
                    _ => assert_eq!(support::say(&event), "refreshed", "seed {seed}"),
                }
            }
            if let Some(id) = b
                && second % 7 == 0
            {
                pair.notify(id, &second.to_string());
            }
        }
        pair.run_for(seconds(10));
        let told = pair.alice.story();
        // 1197 is the last number that 7 divides.
        assert_eq!(told.last().unwrap(), "notified 1197", "seed {seed}");
        let numbers = told
            .iter()
            .filter_map(|told| told.strip_prefix("notified "));
        let numbers: Vec<u32> = numbers.filter_map(|number| number.parse().ok()).collect();
        assert!(numbers.is_sorted(), "seed {seed}: {numbers:?}");
        pair.alice.ua.unsubscribe(pair.now, a);
        pair.run_for(seconds(100));
        assert_eq!(pair.alice.story(), ["subscription ended -"], "seed {seed}");
        assert_eq!(pair.bob.story(), ["subscriber gone"], "seed {seed}");
        pair.run_for(seconds(100));
        pair.disconnect();
        pair.assert_nothing_left();
    }
}
