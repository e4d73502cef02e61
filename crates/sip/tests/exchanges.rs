//! Stories of offers and answers that cross, of forks, and of changes that nobody answers.

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
use alo_sip::status::StatusCode;
use alo_sip::ua::{Config, Event, Role, SessionError, SessionId};

use support::{Network, Pair, sdp};

const HALF_MINUTE: Duration = Duration::from_secs(31);

/// Fields of a reliable provisional response.
const RELIABLY: [(HeaderName, &str); 3] = [
    (HeaderName::Require, "100rel"),
    (HeaderName::RSeq, "1"),
    (HeaderName::Allow, "INVITE, ACK, BYE, PRACK, UPDATE"),
];

fn pair() -> Pair {
    Pair::new(Network::websocket(), 7)
}

/// Alice calls, and what the far ends say is written by hand. Her session, and her INVITE.
fn calling(pair: &mut Pair) -> (SessionId, Request) {
    let a = pair.call();
    pair.run_ms(1);
    pair.black_hole();
    (a, pair.alice.last_request("INVITE"))
}

/// Bob rings with early media, which was acknowledged.
fn early_media(pair: &mut Pair) -> (SessionId, SessionId) {
    let a = pair.call();
    pair.run_ms(100);
    let b = pair.ringing();
    let (status, early) = (StatusCode::SESSION_PROGRESS, Some(sdp("bob1")));
    pair.bob
        .ua
        .progress(pair.now, b, status, early, Vec::new())
        .unwrap();
    pair.run_ms(100);
    pair.alice.events.clear();
    pair.bob.events.clear();
    (a, b)
}

fn hand_to_bob(pair: &mut Pair, request: &Request) {
    let (now, flow) = (pair.now, pair.flow());
    pair.bob
        .ua
        .handle_input(now, flow, request.as_bytes().clone());
    pair.run_ms(1);
}

/// The CANCEL of an INVITE.
fn cancel_of(invite: &Request) -> Request {
    let headers = invite.headers();
    let mut cancel = RequestBuilder::new(Method::Cancel, &invite.target().unwrap());
    for name in [
        HeaderName::Via,
        HeaderName::From,
        HeaderName::To,
        HeaderName::CallId,
    ] {
        cancel = cancel.header(&name, headers.get(&name).unwrap());
    }
    let seq = headers.cseq().unwrap().unwrap().seq;
    cancel
        .header(HeaderName::CSeq, format!("{seq} CANCEL"))
        .build()
}

#[test]
fn an_open_update_is_not_taken_for_the_invite_when_the_call_is_answered() {
    let mut pair = pair();
    let (a, invite) = calling(&mut pair);
    pair.answer_alice(&invite, 183, "b", &RELIABLY, Some("bob1"));
    pair.alice.ua.offer(pair.now, a, sdp("alice2")).unwrap();
    pair.run_ms(1);
    let update = pair.alice.last_request("UPDATE");
    pair.answer_alice(&invite, 200, "b", &[], None);
    assert_eq!(pair.alice.story(), ["183 bob1", "answered bob1"]);
    pair.answer_alice(&update, 200, "b", &[], Some("bob2"));
    assert_eq!(pair.alice.story(), ["offer answered bob2"]);
}

#[test]
fn a_call_is_not_accepted_while_an_update_is_open() {
    let mut pair = pair();
    let (a, b) = early_media(&mut pair);
    pair.alice.ua.offer(pair.now, a, sdp("alice2")).unwrap();
    pair.run_ms(100);
    let accept = |pair: &mut Pair| pair.bob.ua.accept(pair.now, b, sdp("bob2"), Vec::new());
    assert_eq!(accept(&mut pair), Err(SessionError::Pending(b)));
    pair.bob.ua.answer(pair.now, b, sdp("bob2")).unwrap();
    accept(&mut pair).unwrap();
    pair.run_ms(100);
    assert_eq!(pair.alice.story(), ["offer answered bob2", "answered bob2"]);
    assert_eq!(pair.bob.story(), ["offer alice2", "established"]);
}

#[test]
fn the_callees_own_update_has_to_be_answered_first_too() {
    let mut pair = pair();
    let (a, b) = early_media(&mut pair);
    pair.bob.ua.offer(pair.now, b, sdp("bob2")).unwrap();
    pair.run_ms(100);
    let accept = |pair: &mut Pair| pair.bob.ua.accept(pair.now, b, sdp("bob2"), Vec::new());
    assert_eq!(accept(&mut pair), Err(SessionError::Pending(b)));
    pair.alice.ua.answer(pair.now, a, sdp("alice2")).unwrap();
    pair.run_ms(100);
    accept(&mut pair).unwrap();
    pair.run_ms(100);
    assert_eq!(pair.alice.story(), ["offer bob2", "answered bob2"]);
}

#[test]
fn a_call_that_was_accepted_waits_for_the_answer_to_an_offer_in_the_prack() {
    let mut pair = pair();
    pair.call();
    pair.run_ms(100);
    let b = pair.ringing();
    let (status, early) = (StatusCode::SESSION_PROGRESS, Some(sdp("bob1")));
    pair.bob
        .ua
        .progress(pair.now, b, status, early, Vec::new())
        .unwrap();
    pair.bob
        .ua
        .accept(pair.now, b, sdp("bob1"), Vec::new())
        .unwrap();
    pair.run_ms(21);
    let prack = pair.alice.last_request("PRACK");
    let prack = prack.to_builder().body("application/sdp", sdp("alice2"));
    hand_to_bob(&mut pair, &prack.build());
    assert_eq!(pair.bob.story(), ["invited alice1", "offer alice2"]);
    assert_eq!(pair.bob.sent_count("SIP/2.0 200"), 0);
    pair.bob.ua.answer(pair.now, b, sdp("bob2")).unwrap();
    pair.run_ms(1);
    // To the PRACK, and to the INVITE.
    assert_eq!(pair.bob.sent_count("SIP/2.0 200"), 2);
}

#[test]
fn a_call_that_is_refused_leaves_no_update_without_an_answer() {
    let mut pair = pair();
    let (a, b) = early_media(&mut pair);
    pair.alice.ua.offer(pair.now, a, sdp("alice2")).unwrap();
    pair.run_ms(100);
    pair.bob
        .ua
        .reject(pair.now, b, StatusCode::BUSY_HERE, Vec::new())
        .unwrap();
    pair.run_ms(1);
    assert_eq!(pair.bob.sent_count("SIP/2.0 487"), 1);
}

#[test]
fn a_fork_that_answers_counts_with_its_own_description() {
    for description in [Some("fork2"), None] {
        let mut pair = pair();
        let (_, invite) = calling(&mut pair);
        pair.answer_alice(&invite, 183, "one", &RELIABLY, Some("fork1"));
        pair.answer_alice(&invite, 183, "two", &[], Some("fork2"));
        pair.answer_alice(&invite, 200, "two", &[], description);
        assert_eq!(
            pair.alice.story(),
            ["183 fork1", "183 fork2", "answered fork2"]
        );
    }
}

#[test]
fn an_update_of_a_fork_that_did_not_answer_is_refused_and_forgotten() {
    let mut pair = pair();
    let (a, invite) = calling(&mut pair);
    pair.answer_alice(&invite, 183, "one", &RELIABLY, Some("fork1"));
    pair.alice.ua.offer(pair.now, a, sdp("alice2")).unwrap();
    pair.run_ms(1);
    let update = pair.alice.last_request("UPDATE");
    pair.answer_alice(&invite, 200, "two", &[], Some("fork2"));
    // Of no use any more.
    pair.answer_alice(&update, 200, "one", &[], Some("fork1b"));
    assert_eq!(pair.alice.story(), ["183 fork1", "answered fork2"]);
    // And what is offered next is answered as usual.
    pair.alice.ua.offer(pair.now, a, sdp("alice3")).unwrap();
    pair.run_ms(1);
    let reinvite = pair.alice.last_request("INVITE");
    pair.answer_alice(&reinvite, 200, "two", &[], Some("fork2b"));
    assert_eq!(pair.alice.story(), ["offer answered fork2b"]);
}

#[test]
fn offers_go_to_the_fork_that_the_exchange_is_with() {
    let mut pair = pair();
    let (a, invite) = calling(&mut pair);
    pair.answer_alice(&invite, 183, "one", &RELIABLY, Some("fork1"));
    pair.answer_alice(&invite, 180, "two", &[], None);
    pair.alice.ua.offer(pair.now, a, sdp("alice2")).unwrap();
    pair.run_ms(1);
    let update = pair.alice.last_request("UPDATE");
    assert_eq!(update.headers().to().unwrap().unwrap().tag(), Some("one"));
}

#[test]
fn the_offer_of_another_fork_is_answered_in_the_ack() {
    let mut pair = pair();
    let (flow, mut invitation) = (pair.flow(), pair.invitation());
    invitation.offer = None;
    let a = pair.alice.ua.invite(pair.now, flow, invitation);
    pair.run_ms(1);
    pair.black_hole();
    let invite = pair.alice.last_request("INVITE");
    pair.answer_alice(&invite, 183, "one", &RELIABLY, Some("fork1"));
    pair.answer_alice(&invite, 183, "two", &RELIABLY, Some("fork2"));
    // One at a time: the second one is acknowledged, and not answered.
    assert_eq!(pair.alice.story(), ["183", "offer fork1", "183 fork2"]);
    pair.alice.ua.answer(pair.now, a, sdp("alice1")).unwrap();
    pair.answer_alice(&invite, 200, "two", &[], Some("fork2"));
    assert_eq!(pair.alice.story(), ["answered fork2"]);
    assert_eq!(pair.alice.sent_count("ACK"), 0);
    pair.alice.ua.answer(pair.now, a, sdp("alice2")).unwrap();
    pair.run_ms(1);
    assert_eq!(
        pair.alice.last_request("ACK").body(),
        sdp("alice2").as_bytes()
    );
}

#[test]
fn more_forks_than_anybody_rings_are_not_kept() {
    let mut pair = pair();
    let (_, invite) = calling(&mut pair);
    for fork in 0..40 {
        pair.answer_alice(&invite, 183, &format!("f{fork}"), &RELIABLY, None);
    }
    assert_eq!(pair.alice.sent_count("PRACK"), 32);
    pair.answer_alice(&invite, 200, "f0", &[], Some("bob1"));
    for fork in 1..40 {
        pair.answer_alice(&invite, 200, &format!("f{fork}"), &[], Some("bob1"));
    }
    assert_eq!(pair.alice.sent_count("BYE"), 32);
}

#[test]
fn a_reinvite_that_is_only_tried_is_taken_back_and_given_up() {
    let mut pair = pair();
    let (a, _) = pair.talk();
    pair.black_hole();
    pair.alice.ua.offer(pair.now, a, sdp("hold")).unwrap();
    pair.run_ms(1);
    let reinvite = pair.alice.last_request("INVITE");
    pair.answer_alice(&reinvite, 100, "b", &[], None);
    pair.run_for(HALF_MINUTE);
    assert_eq!(pair.alice.sent_count("CANCEL"), 0);
    pair.run_ms(2_000);
    assert_eq!(pair.alice.sent_count("CANCEL"), 1);
    assert!(pair.alice.story().is_empty());
    pair.run_for(HALF_MINUTE);
    assert_eq!(
        pair.alice.story(),
        ["offer refused 408", "uncertain TimedOut408"]
    );
    pair.alice.ua.offer(pair.now, a, sdp("hold")).unwrap();
}

#[test]
fn a_reinvite_that_is_answered_late_is_not_taken_back() {
    let mut pair = pair();
    let (a, b) = pair.talk();
    pair.alice.ua.offer(pair.now, a, sdp("video")).unwrap();
    // Bob asks somebody, and says so now and then.
    for _ in 0..3 {
        pair.run_for(Duration::from_secs(25));
        let reinvite = pair.alice.last_request("INVITE");
        pair.answer_alice(&reinvite, 180, "x", &[], None);
    }
    pair.bob.ua.answer(pair.now, b, sdp("ok")).unwrap();
    pair.run_for(Duration::from_secs(100));
    assert_eq!(pair.alice.story(), ["offer answered ok"]);
    assert_eq!(pair.alice.sent_count("CANCEL"), 0);
}

#[test]
fn a_refresh_that_is_only_tried_is_taken_back_and_given_up() {
    let mut pair = without_update();
    let (a, _) = pair.talk();
    pair.black_hole();
    pair.run_for(Duration::from_secs(900));
    let refresh = pair.alice.last_request("INVITE");
    pair.answer_alice(&refresh, 100, "b", &[], None);
    pair.alice.ua.offer(pair.now, a, sdp("hold")).unwrap();
    pair.run_for(HALF_MINUTE * 2 + Duration::from_secs(4));
    assert_eq!(pair.alice.sent_count("CANCEL"), 1);
    assert_eq!(pair.alice.story(), ["uncertain RefreshFailed"]);
    // What waited for it goes out.
    assert_eq!(
        pair.alice.last_request("INVITE").body(),
        sdp("hold").as_bytes()
    );
}

#[test]
fn a_change_of_a_call_that_was_hung_up_is_not_waited_for() {
    let mut pair = pair();
    let (a, _) = pair.talk();
    pair.black_hole();
    pair.alice.ua.offer(pair.now, a, sdp("hold")).unwrap();
    pair.run_ms(1);
    let reinvite = pair.alice.last_request("INVITE");
    pair.answer_alice(&reinvite, 100, "b", &[], None);
    pair.alice.ua.hang_up(pair.now, a, None).unwrap();
    pair.run_for(HALF_MINUTE * 3);
    assert_eq!(pair.alice.story(), ["ended by us"]);
    let kept = format!("{:?}", pair.alice.ua);
    assert!(!kept.contains("ClientEntry"), "{kept}");
}

#[test]
fn a_reinvite_that_is_taken_back_is_answered_by_487() {
    let mut pair = pair();
    let (a, b) = pair.talk();
    pair.alice.ua.offer(pair.now, a, sdp("video")).unwrap();
    pair.run_ms(100);
    let cancel = cancel_of(&pair.alice.last_request("INVITE"));
    hand_to_bob(&mut pair, &cancel);
    assert_eq!(pair.bob.story(), ["offer video", "offer refused 487"]);
    assert_eq!(pair.bob.sent_count("SIP/2.0 487"), 1);
    assert!(pair.bob.ua.answer(pair.now, b, sdp("ok")).is_err());
    pair.run_ms(100);
    assert_eq!(pair.alice.story(), ["offer refused 487"]);
    // The session is as it was, for both.
    pair.bob.ua.offer(pair.now, b, sdp("bob2")).unwrap();
    pair.run_ms(100);
    assert_eq!(pair.alice.story(), ["offer bob2"]);
}

#[test]
fn an_offer_that_waited_for_an_ack_goes_out_when_none_comes() {
    let mut pair = pair();
    let (a, b) = pair.talk();
    pair.bob.ua.offer(pair.now, b, sdp("bob2")).unwrap();
    pair.run_ms(100);
    pair.black_hole();
    pair.alice.ua.answer(pair.now, a, sdp("alice2")).unwrap();
    pair.alice.ua.offer(pair.now, a, sdp("hold")).unwrap();
    pair.alice.sent.clear();
    pair.run_for(HALF_MINUTE);
    assert_eq!(pair.alice.sent_count("INVITE"), 0);
    pair.run_ms(1_500);
    assert_eq!(pair.alice.sent_count("INVITE"), 1);
    assert_eq!(pair.alice.story(), ["offer bob2", "uncertain TimedOut408"]);
}

fn without_update() -> Pair {
    let config = |role| {
        let mut config = Config {
            role,
            user_agent: String::new(),
            ..Config::default()
        };
        config.allow.retain(|method| *method != Method::Update);
        config
    };
    let (alice, bob) = (config(Role::Phone), config(Role::Server));
    Pair::with_configs(Network::websocket(), 7, alice, bob)
}

#[test]
fn an_offer_that_waited_for_a_refresh_goes_out_when_it_is_not_answered() {
    let mut pair = without_update();
    let (a, _) = pair.talk();
    pair.black_hole();
    pair.run_for(Duration::from_secs(900));
    pair.alice.ua.offer(pair.now, a, sdp("hold")).unwrap();
    pair.run_for(Duration::from_secs(33));
    assert_eq!(pair.alice.story(), ["uncertain RefreshFailed"]);
    assert_eq!(
        pair.alice.last_request("INVITE").body(),
        sdp("hold").as_bytes()
    );
}

#[test]
fn cancel_waits_for_a_provisional_response_to_the_second_try() {
    let mut pair = pair();
    let (a, first) = calling(&mut pair);
    pair.answer_alice(&first, 180, "b", &[], None);
    let challenge = pair.verifier.challenges(pair.now, 1, false)[0].to_string();
    let fields = [(HeaderName::ProxyAuthenticate, challenge.as_str())];
    pair.answer_alice(&first, 407, "b", &fields, None);
    assert_eq!(pair.alice.sent_count("INVITE"), 2);
    let second = pair.alice.last_request("INVITE");
    pair.alice.ua.hang_up(pair.now, a, None).unwrap();
    pair.run_ms(1);
    assert_eq!(pair.alice.sent_count("CANCEL"), 0);
    pair.answer_alice(&second, 100, "b", &[], None);
    assert_eq!(pair.alice.sent_count("CANCEL"), 1);
}

#[test]
fn a_refused_request_of_a_subscription_says_nothing_of_the_call() {
    for (method, doubtful) in [
        (Method::Subscribe, false),
        (Method::Notify, false),
        (Method::Info, true),
    ] {
        let mut pair = pair();
        let (a, _) = pair.talk();
        for status in [StatusCode::CALL_DOES_NOT_EXIST, StatusCode::REQUEST_TIMEOUT] {
            pair.alice
                .ua
                .request(pair.now, a, method.clone(), Vec::new(), None)
                .unwrap();
            pair.run_ms(50);
            let Some(Event::Request { tx, .. }) = pair.bob.events.pop() else {
                panic!("no {method}")
            };
            pair.bob
                .ua
                .respond(pair.now, tx, status, Vec::new(), None)
                .unwrap();
            pair.run_ms(50);
            let doubted = pair.alice.story().len() == 2;
            assert_eq!(doubted, doubtful, "{method} {status}");
        }
        // And when nothing comes at all.
        pair.black_hole();
        pair.alice
            .ua
            .request(pair.now, a, method.clone(), Vec::new(), None)
            .unwrap();
        pair.run_for(Duration::from_secs(33));
        assert_eq!(pair.alice.story().len() == 2, doubtful, "{method}");
    }
}

/// Bob's server hears Alice no more, and she him, until something comes back.
fn in_doubt(pair: &mut Pair) -> Option<u64> {
    let connection = pair.connection;
    pair.black_hole();
    pair.run_for(Duration::from_secs(900) + HALF_MINUTE + Duration::from_secs(5));
    assert_eq!(pair.alice.story().pop().unwrap(), "uncertain RefreshFailed");
    connection
}

#[test]
fn a_refresh_that_is_answered_ends_the_doubt() {
    for mut pair in [pair(), without_update()] {
        pair.talk();
        let connection = in_doubt(&mut pair);
        pair.connection = connection;
        pair.run_for(Duration::from_secs(450));
        assert_eq!(pair.alice.story().pop().unwrap(), "established");
        // Once: the next refresh is nothing new.
        pair.run_for(Duration::from_secs(3600));
        assert!(!pair.alice.story().contains(&"established".into()));
    }
}

#[test]
fn a_late_refresh_of_the_far_end_ends_the_doubt() {
    let mut pair = pair();
    pair.talk();
    in_doubt(&mut pair);
    // Bob waited for hers, and is as much in doubt.
    pair.run_for(Duration::from_secs(900));
    assert!(pair.bob.story().contains(&"uncertain RefreshFailed".into()));
    let update = pair.alice.last_request("UPDATE");
    hand_to_bob(&mut pair, &update);
    assert_eq!(pair.bob.story(), ["established"]);
}

#[test]
fn a_request_of_the_far_end_ends_the_doubt() {
    let mut pair = pair();
    let (_, b) = pair.talk();
    let connection = in_doubt(&mut pair);
    pair.connection = connection;
    pair.alice.events.clear();
    let body = b"1".to_vec();
    pair.bob.ua.info(pair.now, b, "text/plain", body).unwrap();
    pair.run_ms(50);
    assert_eq!(pair.alice.story(), ["established", "request INFO"]);
}

#[test]
fn a_call_that_the_far_end_does_not_know_stays_in_doubt() {
    let mut pair = pair();
    let (a, _) = pair.talk();
    let info = |pair: &mut Pair, status| {
        let sent = pair.alice.ua.info(pair.now, a, "text/plain", Vec::new());
        sent.unwrap();
        pair.run_ms(1);
        let info = pair.alice.last_request("INFO");
        pair.answer_alice(&info, status, "b", &[], None);
    };
    info(&mut pair, 481);
    info(&mut pair, 200);
    let story = pair.alice.story();
    assert!(!story.contains(&"established".into()), "{story:?}");
}
