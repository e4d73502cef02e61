//! Publication of one's own state (RFC 3903): Alice publishes, and Bob's application keeps it.

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
use alo_sip::message::Request;
use alo_sip::status::StatusCode;
use alo_sip::ua::{Event, PublicationEvent, PublicationId};

use support::{Network, Pair};

fn pair() -> Pair {
    Pair::new(Network::websocket(), 1)
}

fn publish(pair: &mut Pair, body: &str) -> PublicationId {
    let (flow, publication) = (pair.flow(), pair.publication(body));
    let id = pair.alice.ua.publish(pair.now, flow, publication);
    pair.run_ms(50);
    id
}

/// Bob answers the PUBLISH that came last, with this tag and lifetime; returns it.
fn answer(pair: &mut Pair, status: StatusCode, tag: &str, expires: u32) -> Request {
    let Some(Event::Request { tx, request, .. }) = pair.bob.events.pop() else {
        panic!("no PUBLISH came")
    };
    let fields = vec![
        (HeaderName::SipETag, tag.to_owned()),
        (HeaderName::Expires, expires.to_string()),
    ];
    pair.bob
        .ua
        .respond(pair.now, tx, status, fields, None)
        .unwrap();
    pair.run_ms(50);
    request
}

fn field(request: &Request, name: &HeaderName) -> Option<String> {
    request.headers().get(name).map(|value| value.into_owned())
}

fn kind(request: &Request) -> (Option<String>, String) {
    let body = String::from_utf8_lossy(request.body()).into_owned();
    (field(request, &HeaderName::SipIfMatch), body)
}

#[test]
fn a_state_is_published_refreshed_changed_and_removed() {
    let mut pair = pair();
    let id = publish(&mut pair, "lunch");
    let first = answer(&mut pair, StatusCode::OK, "t1", 600);
    assert_eq!(kind(&first), (None, "lunch".into()));
    assert_eq!(
        field(&first, &HeaderName::Event).as_deref(),
        Some("presence")
    );
    assert_eq!(pair.alice.story(), ["published 1 for 600"]);

    pair.run_for(Duration::from_secs(450));
    let refresh = answer(&mut pair, StatusCode::OK, "t2", 600);
    assert_eq!(kind(&refresh), (Some("t1".into()), String::new()));
    assert_eq!(pair.alice.story(), ["published 1 for 600"]);

    pair.alice.ua.republish(pair.now, id, b"available".to_vec());
    pair.run_ms(50);
    let change = answer(&mut pair, StatusCode::OK, "t3", 600);
    assert_eq!(kind(&change), (Some("t2".into()), "available".into()));
    assert_eq!(pair.alice.story(), ["published 2 for 600"]);

    pair.alice.ua.unpublish(pair.now, id);
    pair.run_ms(50);
    let removal = answer(&mut pair, StatusCode::OK, "t4", 0);
    assert_eq!(kind(&removal), (Some("t3".into()), String::new()));
    assert_eq!(field(&removal, &HeaderName::Expires).as_deref(), Some("0"));
    assert_eq!(pair.alice.story(), ["unpublished"]);
}

/// A publication of a state that the server has, with the tag `t1`.
fn published(body: &str) -> (Pair, PublicationId) {
    let mut pair = pair();
    let id = publish(&mut pair, body);
    answer(&mut pair, StatusCode::OK, "t1", 600);
    assert_eq!(pair.alice.story(), ["published 1 for 600"]);
    (pair, id)
}

fn republish(pair: &mut Pair, id: PublicationId, body: &str) {
    pair.alice.ua.republish(pair.now, id, body.into());
}

fn run(pair: &mut Pair, seconds: u64) {
    pair.run_for(Duration::from_secs(seconds));
}

#[test]
fn what_is_chosen_while_one_is_under_way_waits_and_the_newest_wins() {
    let mut pair = pair();
    let id = publish(&mut pair, "lunch");
    republish(&mut pair, id, "break");
    republish(&mut pair, id, "available");
    pair.run_ms(50);
    assert_eq!(pair.alice.sent_count("PUBLISH"), 1);
    answer(&mut pair, StatusCode::OK, "t1", 600);
    let last = answer(&mut pair, StatusCode::OK, "t2", 600);
    assert_eq!(kind(&last), (Some("t1".into()), "available".into()));
    assert_eq!(
        pair.alice.story(),
        ["published 1 for 600", "published 3 for 600"]
    );
}

#[test]
fn a_server_that_lost_it_is_told_anew() {
    let (mut pair, _) = published("lunch");
    run(&mut pair, 451);
    let gone = StatusCode::CONDITIONAL_REQUEST_FAILED;
    let refresh = answer(&mut pair, gone, "", 600);
    assert_eq!(kind(&refresh), (Some("t1".into()), String::new()));
    let anew = answer(&mut pair, StatusCode::OK, "t9", 600);
    assert_eq!(kind(&anew), (None, "lunch".into()));
    assert_eq!(pair.alice.story(), ["published 1 for 600"]);
}

#[test]
fn a_change_that_meets_a_server_that_lost_it_is_published_whole() {
    let (mut pair, id) = published("lunch");
    republish(&mut pair, id, "available");
    pair.run_ms(50);
    let gone = StatusCode::CONDITIONAL_REQUEST_FAILED;
    answer(&mut pair, gone, "", 600);
    // And meanwhile something else was chosen.
    republish(&mut pair, id, "break");
    let anew = answer(&mut pair, StatusCode::OK, "t9", 600);
    assert_eq!(kind(&anew), (None, "available".into()));
    let last = answer(&mut pair, StatusCode::OK, "t10", 600);
    assert_eq!(kind(&last), (Some("t9".into()), "break".into()));
    assert_eq!(
        pair.alice.story(),
        ["published 2 for 600", "published 3 for 600"]
    );
}

#[test]
fn a_refusal_says_which_body_was_refused_and_the_next_one_is_sent() {
    let mut pair = pair();
    let id = publish(&mut pair, "no such state");
    republish(&mut pair, id, "lunch");
    answer(&mut pair, StatusCode::BAD_REQUEST, "", 600);
    let refused = pair.alice.events.iter().find_map(|event| match event {
        Event::Publication {
            event: PublicationEvent::Refused { body_of, .. },
            ..
        } => Some(*body_of),
        _ => None,
    });
    assert_eq!(refused, Some(1));
    let second = answer(&mut pair, StatusCode::FORBIDDEN, "", 600);
    assert_eq!(kind(&second), (None, "lunch".into()));
    let last = pair.alice.events.last();
    assert!(
        matches!(
            last,
            Some(Event::Publication {
                event: PublicationEvent::Refused { body_of: 2, .. },
                ..
            })
        ),
        "{last:?}"
    );
}

#[test]
fn a_first_publish_that_is_answered_by_412_is_refused() {
    let mut pair = pair();
    publish(&mut pair, "lunch");
    answer(&mut pair, StatusCode::CONDITIONAL_REQUEST_FAILED, "", 600);
    assert_eq!(pair.alice.story(), ["publication refused 412, for good"]);
    assert_eq!(pair.alice.sent_count("PUBLISH"), 1);
}

#[test]
fn a_server_without_publications_is_asked_again_when_something_else_is_chosen() {
    for status in [404, 405, 489, 501, 403] {
        let mut pair = pair();
        let id = publish(&mut pair, "lunch");
        let status = StatusCode::new(status).unwrap();
        answer(&mut pair, status, "", 600);
        let told = format!("publication refused {status}, for good");
        assert_eq!(pair.alice.story(), [&*told]);
        run(&mut pair, 1000);
        assert_eq!(pair.alice.sent_count("PUBLISH"), 1);
        republish(&mut pair, id, "available");
        pair.run_ms(50);
        answer(&mut pair, status, "", 600);
        assert_eq!(pair.alice.story(), [&*told]);
    }
}

#[test]
fn a_server_that_fails_is_tried_again_with_the_newest() {
    let mut pair = pair();
    let id = publish(&mut pair, "lunch");
    republish(&mut pair, id, "available");
    answer(&mut pair, StatusCode::SERVER_INTERNAL_ERROR, "", 600);
    assert_eq!(pair.alice.story(), ["publication refused 500, again"]);
    run(&mut pair, 3);
    let again = answer(&mut pair, StatusCode::OK, "t1", 600);
    assert_eq!(kind(&again), (None, "available".into()));
    assert_eq!(pair.alice.story(), ["published 2 for 600"]);
}

#[test]
fn a_choice_does_not_wait_for_the_next_try() {
    let mut pair = pair();
    let id = publish(&mut pair, "lunch");
    answer(&mut pair, StatusCode::SERVER_INTERNAL_ERROR, "", 600);
    republish(&mut pair, id, "available");
    pair.run_ms(50);
    let again = answer(&mut pair, StatusCode::OK, "t1", 600);
    assert_eq!(kind(&again), (None, "available".into()));
}

#[test]
fn a_server_that_wants_a_longer_lifetime_gets_it() {
    let mut pair = pair();
    publish(&mut pair, "lunch");
    let Some(Event::Request { tx, .. }) = pair.bob.events.pop() else {
        panic!("no PUBLISH")
    };
    let longer = vec![(HeaderName::MinExpires, "1800".into())];
    let status = StatusCode::INTERVAL_TOO_BRIEF;
    pair.bob
        .ua
        .respond(pair.now, tx, status, longer, None)
        .unwrap();
    pair.run_ms(100);
    let again = answer(&mut pair, StatusCode::OK, "t1", 1800);
    assert_eq!(again.headers().expires(), Some(1800));
    assert_eq!(pair.alice.story(), ["published 1 for 1800"]);
}

#[test]
fn a_publication_of_a_server_that_wants_a_proof() {
    let mut pair = pair();
    publish(&mut pair, "lunch");
    let Some(Event::Request { tx, .. }) = pair.bob.events.pop() else {
        panic!("no PUBLISH")
    };
    let challenge = pair.verifier.challenges(pair.now, 1, false)[0].to_string();
    let fields = vec![(HeaderName::WwwAuthenticate, challenge)];
    let status = StatusCode::UNAUTHORIZED;
    pair.bob
        .ua
        .respond(pair.now, tx, status, fields, None)
        .unwrap();
    pair.run_ms(100);
    let proved = answer(&mut pair, StatusCode::OK, "t1", 600);
    assert!(proved.headers().has(&HeaderName::Authorization));
    assert_eq!(kind(&proved), (None, "lunch".into()));
    assert_eq!(pair.alice.story(), ["published 1 for 600"]);
}

#[test]
fn a_publication_lives_on_over_another_flow() {
    let (mut pair, id) = published("lunch");
    pair.disconnect();
    republish(&mut pair, id, "available");
    run(&mut pair, 60);
    assert_eq!(pair.alice.story(), [""; 0]);
    pair.connect();
    pair.run_ms(50);
    let last = answer(&mut pair, StatusCode::OK, "t2", 600);
    assert_eq!(kind(&last), (Some("t1".into()), "available".into()));
    assert_eq!(pair.alice.story(), ["published 2 for 600"]);
    // Where nothing changed, the server is asked whether it still knows.
    pair.disconnect();
    pair.connect();
    pair.run_ms(50);
    let refresh = answer(&mut pair, StatusCode::OK, "t3", 600);
    assert_eq!(kind(&refresh), (Some("t2".into()), String::new()));
}

#[test]
fn a_publish_that_was_under_way_when_the_flow_closed_is_sent_again() {
    let mut pair = pair();
    let (flow, publication) = (pair.flow(), pair.publication("lunch"));
    pair.alice.ua.publish(pair.now, flow, publication);
    pair.run_ms(5);
    pair.disconnect();
    run(&mut pair, 5);
    pair.connect();
    pair.run_ms(50);
    answer(&mut pair, StatusCode::OK, "t1", 600);
    assert_eq!(pair.alice.story(), ["published 1 for 600"]);
    // And when it was too long away to be heard of, it is published anew.
    let id = publish(&mut pair, "second");
    pair.disconnect();
    pair.bob.events.clear();
    run(&mut pair, 100);
    assert_eq!(pair.alice.story(), [""; 0]);
    pair.connect();
    pair.run_ms(50);
    let newest = pair.alice.last_request("PUBLISH");
    assert_eq!(kind(&newest), (None, "second".into()));
    pair.alice.ua.unpublish(pair.now, id);
}

#[test]
fn what_is_removed_while_it_is_published_is_removed_after_that() {
    let mut pair = pair();
    let id = publish(&mut pair, "lunch");
    pair.alice.ua.unpublish(pair.now, id);
    pair.run_ms(50);
    assert_eq!(pair.alice.sent_count("PUBLISH"), 1);
    answer(&mut pair, StatusCode::OK, "t1", 600);
    let removal = answer(&mut pair, StatusCode::OK, "t2", 0);
    assert_eq!(removal.headers().expires(), Some(0));
    assert_eq!(kind(&removal), (Some("t1".into()), String::new()));
    assert_eq!(pair.alice.story(), ["unpublished"]);
    run(&mut pair, 60);
    pair.disconnect();
    pair.assert_nothing_left();
}

#[test]
fn what_no_server_has_is_removed_at_once() {
    // Refused, without a flow, or not answered.
    let mut pair = pair();
    let id = publish(&mut pair, "lunch");
    answer(&mut pair, StatusCode::FORBIDDEN, "", 600);
    pair.alice.ua.unpublish(pair.now, id);
    pair.run_ms(0);
    assert_eq!(pair.alice.story().last().unwrap(), "unpublished");

    let (mut pair, id) = published("lunch");
    pair.disconnect();
    pair.alice.ua.unpublish(pair.now, id);
    pair.run_ms(0);
    assert_eq!(pair.alice.story(), ["unpublished"]);
    pair.run_for(Duration::from_secs(40));
    pair.assert_nothing_left();

    let (mut pair, id) = published("lunch");
    pair.black_hole();
    pair.alice.ua.unpublish(pair.now, id);
    run(&mut pair, 33);
    assert_eq!(pair.alice.story(), ["unpublished"]);
}

#[test]
fn a_server_that_gives_no_tag_is_published_to_anew() {
    let mut pair = pair();
    publish(&mut pair, "lunch");
    let Some(Event::Request { tx, .. }) = pair.bob.events.pop() else {
        panic!("no PUBLISH")
    };
    pair.bob
        .ua
        .respond(pair.now, tx, StatusCode::OK, Vec::new(), None)
        .unwrap();
    run(&mut pair, 455);
    let again = answer(&mut pair, StatusCode::OK, "t1", 600);
    assert_eq!(kind(&again), (None, "lunch".into()));
}

#[test]
fn a_phone_takes_no_publications() {
    use alo_sip::ua::Config;
    let mut pair = Pair::with_configs(
        Network::websocket(),
        1,
        Config::default(),
        Config::default(),
    );
    publish(&mut pair, "lunch");
    pair.run_ms(50);
    assert_eq!(pair.bob.story(), [""; 0]);
    assert_eq!(pair.alice.story(), ["publication refused 405, for good"]);
}
