//! Stories of two user agents: one scenario each, named as a sentence.

#[cfg(target_arch = "wasm32")]
#[macro_use]
extern crate alo_wasm_test;

mod support;

use std::time::Duration;

use alo_sip::header::{HeaderName, Reason};
use alo_sip::message::{Request, ResponseBuilder};
use alo_sip::method::Method;
use alo_sip::status::StatusCode;
use alo_sip::ua::{
    Config, Event, FlowInfo, OutOfDialog, RequestError, Role, SessionError, SessionEvent,
    SessionId, Transport,
};
use alo_sip::uri::NameAddr;

use support::{Network, Pair, sdp, uri};

const MINUTE: Duration = Duration::from_secs(60);

fn pair() -> Pair {
    Pair::new(Network::websocket(), 7)
}

#[test]
fn a_call_is_made_and_hung_up() {
    let mut pair = pair();
    let a = pair.call();
    pair.run_ms(50);
    let b = pair.ringing();
    assert_eq!(pair.bob.story(), ["invited alice1"]);
    pair.bob
        .ua
        .progress(pair.now, b, StatusCode::RINGING, None, Vec::new())
        .unwrap();
    pair.run_ms(50);
    pair.bob
        .ua
        .accept(pair.now, b, sdp("bob1"), Vec::new())
        .unwrap();
    pair.run_ms(100);
    assert_eq!(pair.alice.story(), ["180", "answered bob1"]);
    assert_eq!(pair.bob.story(), ["established"]);
    pair.alice.ua.hang_up(pair.now, a, None).unwrap();
    pair.run_ms(100);
    assert_eq!(pair.alice.story(), ["ended by us"]);
    assert_eq!(pair.bob.story(), ["ended by them"]);
    let methods: Vec<String> = pair
        .alice
        .lines()
        .iter()
        .map(|line| line.split(' ').next().unwrap().to_string())
        .collect();
    assert_eq!(methods, ["INVITE", "ACK", "BYE"]);
}

#[test]
fn the_callee_hangs_up_with_a_reason() {
    let mut pair = pair();
    let (_, b) = pair.talk();
    pair.bob
        .ua
        .hang_up(pair.now, b, Some(Reason::completed_elsewhere()))
        .unwrap();
    pair.run_ms(100);
    let Some(Event::Session {
        event: SessionEvent::Ended { reason, .. },
        ..
    }) = pair.alice.events.last()
    else {
        panic!("{:?}", pair.alice.story());
    };
    assert!(reason.as_ref().unwrap().is_completed_elsewhere());
}

#[test]
fn a_call_leaves_no_timer() {
    for network in [Network::websocket(), Network::udp()] {
        let mut pair = Pair::new(network, 3);
        let (a, _) = pair.talk();
        pair.alice.ua.hang_up(pair.now, a, None).unwrap();
        pair.run_for(MINUTE);
        pair.disconnect();
        pair.assert_nothing_left();
    }
}

#[test]
fn cancel_stops_the_ringing() {
    let mut pair = pair();
    let a = pair.call();
    pair.run_ms(100);
    pair.bob.events.clear();
    pair.alice
        .ua
        .hang_up(pair.now, a, Some(Reason::completed_elsewhere()))
        .unwrap();
    pair.run_ms(100);
    assert_eq!(pair.alice.story(), ["ended by us"]);
    let Some(Event::Session {
        event: SessionEvent::Ended { reason, .. },
        ..
    }) = pair.bob.events.last()
    else {
        panic!("{:?}", pair.bob.story());
    };
    assert!(reason.as_ref().unwrap().is_completed_elsewhere());
    assert_eq!(pair.bob.sent_count("SIP/2.0 487"), 1);
    assert_eq!(pair.alice.sent_count("ACK"), 1);
}

#[test]
fn cancel_waits_for_a_provisional_response() {
    let mut pair = pair();
    let a = pair.call();
    pair.alice.ua.hang_up(pair.now, a, None).unwrap();
    pair.run_ms(5);
    assert_eq!(pair.alice.sent_count("CANCEL"), 0);
    pair.run_ms(200);
    assert_eq!(pair.alice.sent_count("CANCEL"), 1);
    assert_eq!(pair.bob.story(), ["invited alice1", "ended by CANCEL"]);
    pair.run_for(MINUTE);
    pair.disconnect();
    pair.assert_nothing_left();
}

#[test]
fn a_call_that_was_hung_up_does_not_ring_anew_over_a_new_flow() {
    // Before any response, while it rings, and after the CANCEL was given up.
    for (rings, away) in [(5, 5), (100, 5), (100, 100)] {
        let mut pair = pair();
        let a = pair.call();
        pair.run_ms(rings);
        pair.disconnect();
        pair.alice.ua.hang_up(pair.now, a, None).unwrap();
        pair.run_for(Duration::from_secs(away));
        pair.alice.sent.clear();
        pair.connect();
        pair.run_for(MINUTE);
        assert_eq!(pair.alice.sent_count("INVITE"), 0);
        let cancelled = pair
            .bob
            .story()
            .iter()
            .any(|event| event == "ended by CANCEL");
        assert_eq!(
            cancelled,
            rings == 100 && away == 5,
            "rings {rings}, away {away}"
        );
        pair.run_for(MINUTE);
        let left = pair.alice.ua.session(a).is_some();
        assert!(!left);
    }
}

#[test]
fn cancel_races_answer() {
    let mut pair = pair();
    let a = pair.call();
    pair.run_ms(100);
    let b = pair.ringing();
    pair.bob
        .ua
        .accept(pair.now, b, sdp("bob1"), Vec::new())
        .unwrap();
    pair.alice.ua.hang_up(pair.now, a, None).unwrap();
    pair.run_ms(1000);
    assert_eq!(pair.alice.story(), ["ended by us"]);
    assert_eq!(
        pair.bob.story(),
        ["invited alice1", "established", "ended by them"]
    );
    assert_eq!(
        (pair.alice.sent_count("ACK"), pair.alice.sent_count("BYE")),
        (1, 1)
    );
    pair.run_for(MINUTE);
    pair.disconnect();
    pair.assert_nothing_left();
}

#[test]
fn late_200_is_acked_and_byed() {
    let mut pair = Pair::new(Network::udp(), 5);
    let a = pair.call();
    pair.alice.ua.hang_up(pair.now, a, None).unwrap();
    // The 200 comes before any provisional response that would have let the CANCEL out.
    pair.run_ms(20);
    let b = pair.ringing();
    pair.bob
        .ua
        .accept(pair.now, b, sdp("bob1"), Vec::new())
        .unwrap();
    pair.run_ms(1000);
    assert!(pair.alice.sent_count("ACK") >= 1);
    assert_eq!(pair.alice.sent_count("BYE"), 1);
    assert_eq!(pair.bob.story().last().unwrap(), "ended by them");
}

#[test]
fn a_200_that_crosses_the_cancel_is_told_why_it_is_hung_up_on() {
    let mut pair = Pair::new(Network::udp(), 5);
    let a = pair.call();
    pair.run_ms(100);
    let b = pair.ringing();
    pair.alice
        .ua
        .hang_up(pair.now, a, Some(Reason::completed_elsewhere()))
        .unwrap();
    pair.bob
        .ua
        .accept(pair.now, b, sdp("bob1"), Vec::new())
        .unwrap();
    pair.run_ms(1000);
    assert_eq!(pair.bob.story().last().unwrap(), "ended by them");
    let bye = pair.alice.last_request("BYE");
    let reasons = bye.headers().reasons();
    assert!(reasons.iter().any(Reason::is_completed_elsewhere));
}

#[test]
fn a_refusal_is_told_with_its_status() {
    let mut pair = pair();
    pair.call();
    pair.run_ms(100);
    let b = pair.ringing();
    pair.bob
        .ua
        .reject(pair.now, b, StatusCode::BUSY_HERE, Vec::new())
        .unwrap();
    pair.run_ms(100);
    assert_eq!(pair.alice.story(), ["ended by 486"]);
    assert_eq!(pair.bob.story(), ["invited alice1", "ended by us"]);
}

#[test]
fn nobody_answers_the_invite() {
    let mut pair = pair();
    pair.black_hole();
    pair.call();
    pair.run_for(MINUTE);
    assert_eq!(pair.alice.story(), ["ended by silence"]);
    pair.disconnect();
    pair.assert_nothing_left();
}

#[test]
fn a_200_without_ack_leaves_the_call_in_doubt() {
    let mut pair = pair();
    pair.call();
    pair.run_ms(100);
    let b = pair.ringing();
    pair.black_hole();
    pair.bob
        .ua
        .accept(pair.now, b, sdp("bob1"), Vec::new())
        .unwrap();
    pair.run_for(MINUTE);
    assert_eq!(
        pair.bob.story(),
        ["invited alice1", "established", "uncertain TimedOut408"]
    );
    // The application decides; a BYE waits for nothing any more.
    pair.bob.ua.hang_up(pair.now, b, None).unwrap();
    pair.run_ms(1);
    assert_eq!(pair.bob.sent_count("BYE"), 1);
}

#[test]
fn hold_and_resume() {
    let mut pair = pair();
    let (a, b) = pair.talk();
    for name in ["hold", "resume"] {
        pair.alice.ua.offer(pair.now, a, sdp(name)).unwrap();
        pair.run_ms(100);
        assert_eq!(pair.bob.story(), [format!("offer {name}")]);
        pair.bob.ua.answer(pair.now, b, sdp("ok")).unwrap();
        pair.run_ms(100);
        assert_eq!(pair.alice.story(), ["offer answered ok"]);
    }
    // And the other way round.
    pair.bob.ua.offer(pair.now, b, sdp("bob2")).unwrap();
    pair.run_ms(100);
    pair.alice.ua.answer(pair.now, a, sdp("alice2")).unwrap();
    pair.run_ms(100);
    assert_eq!(pair.bob.story(), ["offer answered alice2"]);
    assert_eq!(pair.alice.story(), ["offer bob2"]);
}

#[test]
fn hold_during_reinvite_has_to_wait() {
    let mut pair = pair();
    let (a, b) = pair.talk();
    pair.bob.ua.offer(pair.now, b, sdp("bob2")).unwrap();
    pair.run_ms(100);
    assert_eq!(
        pair.alice.ua.offer(pair.now, a, sdp("hold")),
        Err(SessionError::Pending(a))
    );
    pair.alice.ua.answer(pair.now, a, sdp("alice2")).unwrap();
    // The ACK is still on its way: the offer waits for it by itself.
    pair.alice.ua.offer(pair.now, a, sdp("hold")).unwrap();
    assert_eq!(
        pair.alice.ua.offer(pair.now, a, sdp("again")),
        Err(SessionError::Pending(a))
    );
    pair.run_ms(100);
    assert_eq!(pair.bob.story(), ["offer answered alice2", "offer hold"]);
}

#[test]
fn glare_is_resolved_by_backing_off() {
    let mut pair = pair();
    let (a, b) = pair.talk();
    pair.alice.ua.offer(pair.now, a, sdp("alice2")).unwrap();
    pair.bob.ua.offer(pair.now, b, sdp("bob2")).unwrap();
    pair.run_ms(200);
    let draw = |events: &[Event]| match events {
        [
            Event::Session {
                event:
                    SessionEvent::OfferRefused {
                        status,
                        retry_after,
                    },
                ..
            },
        ] => {
            assert_eq!(*status, StatusCode::REQUEST_PENDING);
            retry_after.unwrap()
        }
        other => panic!("{other:?}"),
    };
    // RFC 3261 14.1: who made the Call-ID waits longer.
    let (caller, callee) = (draw(&pair.alice.events), draw(&pair.bob.events));
    assert!((2100..=4000).contains(&caller.as_millis()), "{caller:?}");
    assert!(callee.as_millis() <= 2000, "{callee:?}");
    pair.alice.events.clear();
    pair.bob.events.clear();
    pair.run_for(callee);
    pair.bob.ua.offer(pair.now, b, sdp("bob2")).unwrap();
    pair.run_ms(30);
    assert_eq!(pair.alice.story(), ["offer bob2"]);
    pair.alice.ua.answer(pair.now, a, sdp("ok")).unwrap();
    pair.run_for(caller);
    pair.alice.ua.offer(pair.now, a, sdp("alice2")).unwrap();
    pair.run_ms(100);
    assert_eq!(pair.bob.story(), ["offer answered ok", "offer alice2"]);
}

#[test]
fn a_second_reinvite_before_the_answer_gets_500() {
    let mut pair = pair();
    let (a, b) = pair.talk();
    pair.alice.ua.offer(pair.now, a, sdp("alice2")).unwrap();
    pair.run_ms(100);
    // The far end breaks the rule: the same re-INVITE with the next number and another branch.
    let again = String::from_utf8(pair.alice.last_request("INVITE").as_bytes().to_vec()).unwrap();
    let again = again
        .replace("CSeq: 2 INVITE", "CSeq: 3 INVITE")
        .replace("branch=z9hG4bK", "branch=z9hG4bKx");
    let flow = pair.flow();
    pair.bob.ua.handle_input(pair.now, flow, again.into());
    pair.run_ms(1);
    assert!(
        pair.bob
            .last_response(500)
            .headers()
            .has(&HeaderName::RetryAfter)
    );
    pair.bob.ua.answer(pair.now, b, sdp("ok")).unwrap();
    pair.run_ms(100);
    assert_eq!(pair.alice.story(), ["offer answered ok"]);
}

#[test]
fn a_refused_offer_leaves_the_call_as_it_was() {
    let mut pair = pair();
    let (a, b) = pair.talk();
    pair.alice.ua.offer(pair.now, a, sdp("video")).unwrap();
    pair.run_ms(100);
    pair.bob
        .ua
        .reject_offer(pair.now, b, StatusCode::NOT_ACCEPTABLE_HERE)
        .unwrap();
    pair.run_ms(100);
    assert_eq!(pair.alice.story(), ["offer refused 488"]);
    assert_eq!(pair.alice.ua.session(a).unwrap().state_name(), "confirmed");
    pair.alice.ua.offer(pair.now, a, sdp("hold")).unwrap();
    pair.run_ms(100);
    assert_eq!(pair.bob.story(), ["offer video", "offer hold"]);
}

#[test]
fn hanging_up_answers_an_open_reinvite() {
    let mut pair = pair();
    let (a, b) = pair.talk();
    pair.alice.ua.offer(pair.now, a, sdp("alice2")).unwrap();
    pair.run_ms(100);
    pair.bob.ua.hang_up(pair.now, b, None).unwrap();
    pair.run_ms(100);
    assert_eq!(pair.bob.sent_count("SIP/2.0 487"), 1);
    assert_eq!(pair.alice.story().last().unwrap(), "ended by them");
    pair.run_for(MINUTE);
    pair.disconnect();
    pair.assert_nothing_left();
}

#[test]
fn both_hang_up_at_once() {
    let mut pair = pair();
    let (a, b) = pair.talk();
    pair.alice.ua.hang_up(pair.now, a, None).unwrap();
    pair.bob.ua.hang_up(pair.now, b, None).unwrap();
    pair.run_for(MINUTE);
    assert_eq!(pair.alice.story(), ["ended by us"]);
    assert_eq!(pair.bob.story(), ["ended by us"]);
    assert_eq!(
        (
            pair.alice.sent_count("SIP/2.0 200"),
            pair.bob.sent_count("BYE")
        ),
        (1, 1)
    );
}

#[test]
fn a_callee_that_hangs_up_at_once_waits_for_the_ack() {
    let mut pair = pair();
    pair.call();
    pair.run_ms(100);
    let b = pair.ringing();
    pair.bob
        .ua
        .accept(pair.now, b, sdp("bob1"), Vec::new())
        .unwrap();
    pair.bob.ua.hang_up(pair.now, b, None).unwrap();
    pair.run_ms(30);
    assert_eq!(pair.bob.sent_count("BYE"), 0);
    pair.run_ms(100);
    assert_eq!(pair.bob.sent_count("BYE"), 1);
    assert_eq!(pair.alice.story(), ["answered bob1", "ended by them"]);
}

#[test]
fn early_media_is_answered_reliably() {
    let mut pair = Pair::new(Network::udp(), 11);
    pair.call();
    pair.run_ms(100);
    let b = pair.ringing();
    pair.bob
        .ua
        .progress(
            pair.now,
            b,
            StatusCode::SESSION_PROGRESS,
            Some(sdp("bob1")),
            Vec::new(),
        )
        .unwrap();
    // The 200 waits for the PRACK (RFC 3262 3).
    pair.bob
        .ua
        .accept(pair.now, b, sdp("bob1"), Vec::new())
        .unwrap();
    assert_eq!(pair.bob.sent_count("SIP/2.0 200"), 0);
    pair.run_ms(1000);
    assert_eq!(pair.alice.sent_count("PRACK"), 1);
    assert_eq!(pair.alice.story(), ["183 bob1", "answered bob1"]);
    assert!(pair.bob.last_response(200).body().is_empty());
    assert_eq!(pair.bob.story(), ["invited alice1", "established"]);
}

#[test]
fn a_lost_reliable_provisional_response_is_repeated() {
    let mut pair = Pair::new(Network::udp(), 11);
    pair.call();
    pair.run_ms(100);
    let b = pair.ringing();
    pair.network.loss_percent = 100;
    pair.bob
        .ua
        .progress(
            pair.now,
            b,
            StatusCode::SESSION_PROGRESS,
            Some(sdp("bob1")),
            Vec::new(),
        )
        .unwrap();
    pair.run_ms(400);
    pair.network.loss_percent = 0;
    pair.run_ms(2000);
    assert_eq!(pair.alice.story(), ["183 bob1"]);
    assert_eq!(pair.bob.sent_count("SIP/2.0 183"), 2);
}

#[test]
fn an_early_session_is_changed_by_update() {
    let mut pair = pair();
    let a = pair.call();
    pair.run_ms(100);
    let b = pair.ringing();
    pair.bob
        .ua
        .progress(
            pair.now,
            b,
            StatusCode::SESSION_PROGRESS,
            Some(sdp("bob1")),
            Vec::new(),
        )
        .unwrap();
    pair.run_ms(100);
    pair.alice.ua.offer(pair.now, a, sdp("alice2")).unwrap();
    pair.run_ms(100);
    pair.bob.ua.answer(pair.now, b, sdp("bob2")).unwrap();
    pair.run_ms(100);
    assert_eq!(pair.alice.story(), ["183 bob1", "offer answered bob2"]);
    assert_eq!(pair.alice.sent_count("UPDATE"), 1);
    pair.bob
        .ua
        .accept(pair.now, b, sdp("bob2"), Vec::new())
        .unwrap();
    pair.run_ms(100);
    assert_eq!(pair.alice.story(), ["answered bob2"]);
}

#[test]
fn an_invite_without_offer_is_answered_in_the_ack() {
    let mut pair = pair();
    let (flow, mut invitation) = (pair.flow(), pair.invitation());
    invitation.offer = None;
    let a = pair.alice.ua.invite(pair.now, flow, invitation);
    pair.run_ms(100);
    let b = pair.ringing();
    pair.bob
        .ua
        .accept(pair.now, b, sdp("bob1"), Vec::new())
        .unwrap();
    pair.run_ms(100);
    assert_eq!(pair.alice.story(), ["answered bob1"]);
    assert_eq!(pair.alice.sent_count("ACK"), 0);
    pair.alice.ua.answer(pair.now, a, sdp("alice1")).unwrap();
    pair.run_ms(100);
    assert_eq!(
        pair.bob.story(),
        ["invited", "offer answered alice1", "established"]
    );
    pair.run_for(MINUTE);
    assert_eq!(pair.alice.ua.session(a).unwrap().state_name(), "confirmed");
}

#[test]
fn an_invite_without_offer_is_answered_in_the_prack() {
    let mut pair = pair();
    let (flow, mut invitation) = (pair.flow(), pair.invitation());
    invitation.offer = None;
    let a = pair.alice.ua.invite(pair.now, flow, invitation);
    pair.run_ms(100);
    let b = pair.ringing();
    pair.bob
        .ua
        .progress(
            pair.now,
            b,
            StatusCode::SESSION_PROGRESS,
            Some(sdp("bob1")),
            Vec::new(),
        )
        .unwrap();
    pair.run_ms(100);
    assert_eq!(pair.alice.story(), ["183", "offer bob1"]);
    pair.alice.ua.answer(pair.now, a, sdp("alice1")).unwrap();
    pair.run_ms(100);
    assert_eq!(pair.bob.story(), ["invited", "offer answered alice1"]);
    pair.bob
        .ua
        .accept(pair.now, b, sdp("bob1"), Vec::new())
        .unwrap();
    pair.run_ms(100);
    assert_eq!(pair.alice.story(), ["answered bob1"]);
    assert_eq!(pair.bob.story(), ["established"]);
}

#[test]
fn a_reinvite_without_offer_asks_for_one() {
    let mut pair = pair();
    let (_, b) = pair.talk();
    // Alice's user agent never sends one: written by hand.
    let hold = String::from_utf8(pair.alice.last_request("INVITE").as_bytes().to_vec()).unwrap();
    let ack = pair.alice.last_request("ACK");
    let to = ack.headers().get(&HeaderName::To).unwrap().into_owned();
    let head = hold.split("\r\n\r\n").next().unwrap();
    let lines: Vec<String> = head
        .lines()
        .filter(|line| !line.starts_with("Content-"))
        .map(|line| match line.split(':').next().unwrap() {
            "To" => format!("To: {to}"),
            "CSeq" => "CSeq: 2 INVITE".into(),
            "Via" => line.replace("branch=z9hG4bK", "branch=z9hG4bKx"),
            _ => line.to_string(),
        })
        .collect();
    let flow = pair.flow();
    let message = |lines: &[String]| lines.join("\r\n") + "\r\nContent-Length: 0\r\n\r\n";
    pair.bob
        .ua
        .handle_input(pair.now, flow, message(&lines).into());
    pair.run_ms(1);
    assert_eq!(pair.bob.story(), ["offer wanted"]);
    pair.bob.ua.answer(pair.now, b, sdp("bob2")).unwrap();
    pair.run_ms(1);
    assert!(!pair.bob.last_response(200).body().is_empty());
    let body = sdp("alice2");
    let mut lines: Vec<String> = lines
        .iter()
        .map(|line| {
            line.replace("CSeq: 2 INVITE", "CSeq: 2 ACK")
                .replace("INVITE sip", "ACK sip")
        })
        .collect();
    lines[0] = lines[0].replace("INVITE", "ACK");
    let via = lines
        .iter_mut()
        .find(|line| line.starts_with("Via"))
        .unwrap();
    *via = via.replace("branch=z9hG4bKx", "branch=z9hG4bKy");
    let ack = format!(
        "{}\r\nContent-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{body}",
        lines.join("\r\n"),
        body.len()
    );
    pair.bob.ua.handle_input(pair.now, flow, ack.into());
    pair.run_ms(1);
    assert_eq!(pair.bob.story(), ["offer answered alice2"]);
}

#[test]
fn flow_lost_in_call_then_rebound() {
    let mut pair = pair();
    let (a, b) = pair.talk();
    pair.disconnect();
    pair.run_for(Duration::from_secs(25));
    assert_eq!((pair.alice.story(), pair.bob.story()), (vec![], vec![]));
    pair.connect();
    pair.run_ms(200);
    // The UPDATE told Bob the new flow: he can hang up.
    pair.bob.ua.hang_up(pair.now, b, None).unwrap();
    pair.run_ms(200);
    assert_eq!(pair.alice.story(), ["ended by them"]);
    assert!(pair.alice.ua.session(a).is_none());
    let contact = pair
        .alice
        .last_request("UPDATE")
        .headers()
        .get(&HeaderName::Contact)
        .unwrap()
        .into_owned();
    assert!(contact.contains("alice2.invalid"), "{contact}");
}

#[test]
fn hanging_up_while_the_flow_is_lost_is_told_later() {
    let mut pair = pair();
    let (a, _) = pair.talk();
    pair.disconnect();
    pair.alice.ua.hang_up(pair.now, a, None).unwrap();
    pair.run_for(Duration::from_secs(10));
    assert_eq!(pair.alice.story(), ["ended by us"]);
    pair.connect();
    pair.run_ms(200);
    assert_eq!(pair.bob.story(), ["ended by them"]);
    pair.run_for(MINUTE);
    pair.disconnect();
    pair.assert_nothing_left();
}

#[test]
fn an_invite_that_was_lost_with_its_flow_is_sent_again() {
    let mut pair = pair();
    pair.call();
    pair.run_ms(5);
    pair.disconnect();
    pair.run_for(Duration::from_secs(5));
    pair.connect();
    pair.run_ms(100);
    assert_eq!(pair.bob.story(), ["invited alice1"]);
    assert_eq!(pair.alice.sent_count("INVITE"), 2);
}

#[test]
fn a_reinvite_over_a_new_flow_is_not_a_new_one() {
    let mut pair = pair();
    let (a, b) = pair.talk();
    pair.alice.ua.offer(pair.now, a, sdp("hold")).unwrap();
    pair.run_ms(30);
    assert_eq!(pair.bob.story(), ["offer hold"]);
    pair.disconnect();
    pair.bob.ua.answer(pair.now, b, sdp("ok")).unwrap();
    pair.connect();
    pair.run_ms(2000);
    assert_eq!(pair.bob.story(), Vec::<String>::new());
    assert_eq!(pair.alice.story(), ["offer answered ok"]);
}

#[test]
fn registration_is_confirmed_and_refreshed() {
    let mut pair = pair();
    let (flow, registration) = (pair.flow(), pair.registration());
    let id = pair.alice.ua.register(pair.now, flow, registration);
    pair.run_ms(200);
    assert_eq!(pair.alice.story(), ["registered 600 first"]);
    let contact = pair
        .alice
        .last_request("REGISTER")
        .headers()
        .get(&HeaderName::Contact)
        .unwrap()
        .into_owned();
    assert!(
        contact.contains("+sip.instance=\"<urn:uuid:") && contact.contains("reg-id=1"),
        "{contact}"
    );
    pair.run_for(Duration::from_secs(600));
    assert_eq!(pair.alice.story(), ["registered 600"]);
    pair.alice.ua.unregister(pair.now, id);
    pair.run_ms(200);
    assert_eq!(pair.alice.story(), ["unregistered"]);
    assert_eq!(
        pair.alice.last_request("REGISTER").headers().expires(),
        Some(0)
    );
    pair.run_for(MINUTE);
    pair.disconnect();
    pair.assert_nothing_left();
}

#[test]
fn wrong_password_is_not_tried_again() {
    let mut pair = pair();
    pair.password = "another".into();
    let (flow, registration) = (pair.flow(), pair.registration());
    let id = pair.alice.ua.register(pair.now, flow, registration);
    pair.run_for(Duration::from_secs(3600));
    assert_eq!(pair.alice.story(), ["register refused 401, for good"]);
    assert_eq!(pair.alice.sent_count("REGISTER"), 2);
    // The person tries again: once more, and no more.
    pair.alice.ua.register_now(pair.now, id);
    pair.run_for(Duration::from_secs(3600));
    assert_eq!(pair.alice.story(), ["register refused 401, for good"]);
    assert!(pair.alice.sent_count("REGISTER") <= 4);
}

#[test]
fn a_stale_nonce_is_replaced_without_a_word() {
    let mut pair = pair();
    pair.verifier = pair.verifier.clone().with_lifetime(Duration::from_secs(10));
    let (flow, registration) = (pair.flow(), pair.registration());
    pair.alice.ua.register(pair.now, flow, registration);
    pair.run_for(Duration::from_secs(3000));
    let story = pair.alice.story();
    assert!(
        story.len() >= 6 && story.iter().all(|event| event.starts_with("registered")),
        "{story:?}"
    );
}

#[test]
fn registration_backs_off_while_the_registrar_fails() {
    let mut pair = pair();
    pair.registrar = false;
    let (flow, registration) = (pair.flow(), pair.registration());
    pair.alice.ua.register(pair.now, flow, registration);
    let mut instants = Vec::new();
    for _ in 0..3000 {
        pair.run_ms(100);
        for event in std::mem::take(&mut pair.bob.events) {
            let Event::Request { tx, .. } = event else {
                panic!("{event:?}")
            };
            instants.push(pair.now.as_millis());
            pair.bob
                .ua
                .respond(
                    pair.now,
                    tx,
                    StatusCode::SERVER_INTERNAL_ERROR,
                    Vec::new(),
                    None,
                )
                .unwrap();
        }
    }
    let waits: Vec<u64> = instants.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(waits.len() >= 4 && waits.len() < 20, "{waits:?}");
    assert!(waits[0] >= 1000 && waits[0] < 2300, "{waits:?}");
    assert!(waits.iter().all(|wait| *wait <= 120_300), "{waits:?}");
    assert!(*waits.last().unwrap() >= 16_000, "{waits:?}");
    assert!(
        pair.alice
            .story()
            .iter()
            .all(|event| event == "register refused 500, again")
    );
}

#[test]
fn too_brief_a_registration_asks_for_longer() {
    let mut pair = pair();
    pair.registrar = false;
    let (flow, mut registration) = (pair.flow(), pair.registration());
    registration.expires = 60;
    pair.alice.ua.register(pair.now, flow, registration);
    for (status, headers) in [
        (
            StatusCode::INTERVAL_TOO_BRIEF,
            vec![(HeaderName::MinExpires, "1800".to_string())],
        ),
        (
            StatusCode::OK,
            vec![(HeaderName::Expires, "1800".to_string())],
        ),
    ] {
        pair.run_ms(100);
        let Some(Event::Request { tx, .. }) = pair.bob.events.pop() else {
            panic!("no REGISTER")
        };
        pair.bob
            .ua
            .respond(pair.now, tx, status, headers, None)
            .unwrap();
    }
    pair.run_ms(100);
    assert_eq!(pair.alice.story(), ["registered 1800 first"]);
}

#[test]
fn the_registrar_says_when_to_come_back() {
    let mut pair = pair();
    pair.registrar = false;
    let (flow, registration) = (pair.flow(), pair.registration());
    pair.alice.ua.register(pair.now, flow, registration);
    pair.run_ms(100);
    let Some(Event::Request { tx, .. }) = pair.bob.events.pop() else {
        panic!("no REGISTER")
    };
    let headers = vec![(HeaderName::RetryAfter, "45 (restarting)".to_string())];
    pair.bob
        .ua
        .respond(pair.now, tx, StatusCode::SERVICE_UNAVAILABLE, headers, None)
        .unwrap();
    pair.run_for(Duration::from_secs(44));
    assert_eq!(pair.alice.sent_count("REGISTER"), 1);
    // And up to a tenth later, so that not all phones come back at once.
    pair.run_for(Duration::from_secs(6));
    assert_eq!(pair.alice.sent_count("REGISTER"), 2);
}

#[test]
fn the_registrar_neither_calls_phones_every_moment_nor_sends_them_away_for_good() {
    // Retry-After, and when at the earliest and at the latest the phone comes back.
    for (said, earliest, latest) in [("0", 1_000, 2_500), ("4000000000", 3_600_000, 3_960_500)] {
        let mut pair = pair();
        pair.registrar = false;
        let (flow, registration) = (pair.flow(), pair.registration());
        pair.alice.ua.register(pair.now, flow, registration);
        pair.run_ms(100);
        let Some(Event::Request { tx, .. }) = pair.bob.events.pop() else {
            panic!("no REGISTER")
        };
        let headers = vec![(HeaderName::RetryAfter, said.to_string())];
        pair.bob
            .ua
            .respond(pair.now, tx, StatusCode::SERVICE_UNAVAILABLE, headers, None)
            .unwrap();
        pair.run_ms(earliest);
        assert_eq!(pair.alice.sent_count("REGISTER"), 1, "{said}: too early");
        pair.run_ms(latest - earliest);
        assert!(pair.alice.sent_count("REGISTER") >= 2, "{said}: too late");
    }
}

#[test]
fn a_contact_without_user_follows_its_flow() {
    let mut pair = pair();
    let (flow, mut registration) = (pair.flow(), pair.registration());
    registration.contact_user = String::new();
    pair.alice.ua.register(pair.now, flow, registration);
    pair.run_ms(200);
    pair.disconnect();
    pair.connect();
    pair.run_ms(200);
    assert_eq!(
        pair.alice.story(),
        ["registered 600 first", "registered 600"]
    );
}

#[test]
fn a_phone_claims_only_what_it_can() {
    let mut pair = pair();
    let (flow, registration) = (pair.flow(), pair.registration());
    pair.alice.ua.register(pair.now, flow, registration);
    pair.run_ms(1);
    let register = pair.alice.last_request("REGISTER");
    let supported = register.headers().get(&HeaderName::Supported).unwrap();
    assert_eq!(supported, "path, outbound");
}

#[test]
fn a_reconnected_phone_registers_its_new_flow() {
    let mut pair = pair();
    let (flow, registration) = (pair.flow(), pair.registration());
    pair.alice.ua.register(pair.now, flow, registration);
    pair.run_ms(200);
    pair.disconnect();
    pair.run_for(Duration::from_secs(5));
    pair.connect();
    pair.run_ms(200);
    assert_eq!(
        pair.alice.story(),
        ["registered 600 first", "registered 600"]
    );
    let contact = pair
        .alice
        .last_request("REGISTER")
        .headers()
        .get(&HeaderName::Contact)
        .unwrap()
        .into_owned();
    assert!(contact.contains("alice2.invalid"), "{contact}");
}

#[test]
fn every_request_of_a_call_answers_challenges() {
    let mut pair = pair();
    pair.call();
    pair.run_ms(100);
    let b = pair.ringing();
    let challenge = pair.verifier.challenges(pair.now, 1, false)[0].to_string();
    let fields = vec![(HeaderName::ProxyAuthenticate, challenge)];
    pair.bob
        .ua
        .reject(
            pair.now,
            b,
            StatusCode::PROXY_AUTHENTICATION_REQUIRED,
            fields,
        )
        .unwrap();
    pair.bob.events.clear();
    pair.run_ms(100);
    let b = pair.ringing();
    assert!(
        pair.alice
            .last_request("INVITE")
            .headers()
            .has(&HeaderName::ProxyAuthorization)
    );
    assert_eq!(pair.alice.story(), Vec::<String>::new());
    pair.bob
        .ua
        .accept(pair.now, b, sdp("bob1"), Vec::new())
        .unwrap();
    pair.run_ms(100);
    assert_eq!(pair.alice.story(), ["answered bob1"]);
    // 22.1: the ACK has the credentials of its INVITE; later requests answer at once.
    assert!(
        pair.alice
            .last_request("ACK")
            .headers()
            .has(&HeaderName::ProxyAuthorization)
    );
    let a = SessionId(alice_session(&pair));
    pair.alice
        .ua
        .info(
            pair.now,
            a,
            "application/dtmf-relay",
            b"Signal=1\r\nDuration=160\r\n".to_vec(),
        )
        .unwrap();
    pair.run_ms(100);
    assert!(
        pair.alice
            .last_request("INFO")
            .headers()
            .has(&HeaderName::ProxyAuthorization)
    );
}

#[test]
fn a_challenged_bye_is_sent_again_with_credentials() {
    let mut pair = pair();
    let (a, _) = pair.talk();
    pair.alice.ua.hang_up(pair.now, a, None).unwrap();
    pair.run_ms(1);
    let bye = pair.alice.last_request("BYE");
    let challenge = pair.verifier.challenges(pair.now, 1, false)[1].to_string();
    let refusal = ResponseBuilder::reply_to(&bye, StatusCode::UNAUTHORIZED)
        .header(HeaderName::WwwAuthenticate, challenge)
        .build();
    let flow = pair.flow();
    pair.alice
        .ua
        .handle_input(pair.now, flow, refusal.as_bytes().clone());
    pair.run_ms(100);
    let again = pair.alice.last_request("BYE");
    assert!(again.headers().has(&HeaderName::Authorization));
    let seq = |request: &Request| request.headers().cseq().unwrap().unwrap().seq;
    assert_eq!(seq(&again), seq(&bye) + 1);
    pair.run_for(MINUTE);
    pair.disconnect();
    pair.assert_nothing_left();
}

/// Alice's only session.
fn alice_session(pair: &Pair) -> u64 {
    (1..20)
        .find(|id| pair.alice.ua.session(SessionId(*id)).is_some())
        .expect("a session")
}

#[test]
fn info_and_message_reach_the_application() {
    let mut pair = pair();
    let (a, b) = pair.talk();
    pair.alice
        .ua
        .info(
            pair.now,
            a,
            "application/dtmf-relay",
            b"Signal=1\r\nDuration=160\r\n".to_vec(),
        )
        .unwrap();
    pair.run_ms(50);
    let Some(Event::Request { tx, session, .. }) = pair.bob.events.pop() else {
        panic!("no INFO")
    };
    assert_eq!(session, Some(b));
    pair.bob
        .ua
        .respond(pair.now, tx, StatusCode::OK, Vec::new(), None)
        .unwrap();
    assert!(
        pair.bob
            .ua
            .respond(pair.now, tx, StatusCode::OK, Vec::new(), None)
            .is_err()
    );
    let text = Some(("text/plain".to_string(), "chào".as_bytes().to_vec()));
    pair.alice
        .ua
        .request(pair.now, a, Method::Message, Vec::new(), text)
        .unwrap();
    pair.run_ms(50);
    let Some(Event::Request { tx, request, .. }) = pair.bob.events.pop() else {
        panic!("no MESSAGE")
    };
    assert_eq!(request.body(), "chào".as_bytes());
    pair.bob
        .ua
        .respond(
            pair.now,
            tx,
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Vec::new(),
            None,
        )
        .unwrap();
    pair.run_ms(50);
    assert_eq!(pair.alice.story(), ["response 200", "response 415"]);
}

#[test]
fn a_dialog_that_the_far_end_forgot_is_uncertain_not_over() {
    let mut pair = pair();
    let (a, _) = pair.talk();
    // Bob's server restarted.
    let (network, now) = (pair.network, pair.now);
    let fresh = Pair::new(network, 99);
    pair.bob = fresh.bob;
    pair.alice.ua.offer(now, a, sdp("hold")).unwrap();
    pair.run_ms(200);
    assert_eq!(
        pair.alice.story(),
        ["offer refused 481", "uncertain Gone481"]
    );
    pair.alice.ua.hang_up(pair.now, a, None).unwrap();
    pair.run_ms(200);
    assert_eq!(pair.alice.story(), ["ended by us"]);
    pair.run_for(MINUTE);
    pair.disconnect();
    pair.assert_nothing_left();
}

#[test]
fn the_session_is_refreshed_by_update() {
    let mut pair = pair();
    let (a, _) = pair.talk();
    pair.run_for(Duration::from_secs(1800));
    assert_eq!(
        pair.alice.sent_count("UPDATE"),
        2,
        "the caller refreshes at half of 1800 s"
    );
    assert_eq!((pair.alice.story(), pair.bob.story()), (vec![], vec![]));
    assert!(pair.alice.ua.session(a).is_some());
}

#[test]
fn the_callee_refreshes_for_a_caller_that_cannot() {
    let mut alice = Config {
        user_agent: String::new(),
        session_expires: None,
        ..Config::default()
    };
    alice.supported.retain(|tag| tag != "timer");
    let bob = Config {
        role: Role::Server,
        user_agent: String::new(),
        ..Config::default()
    };
    let mut pair = Pair::with_configs(Network::websocket(), 7, alice, bob);
    let (flow, mut invitation) = (pair.flow(), pair.invitation());
    // A proxy on the way asks for it (RFC 4028 8.1).
    invitation
        .headers
        .push((HeaderName::SessionExpires, "120".into()));
    pair.alice.ua.invite(pair.now, flow, invitation);
    pair.run_ms(100);
    let b = pair.ringing();
    pair.bob
        .ua
        .accept(pair.now, b, sdp("bob1"), Vec::new())
        .unwrap();
    pair.run_ms(100);
    let agreed = pair
        .bob
        .last_response(200)
        .headers()
        .session_expires()
        .unwrap()
        .unwrap();
    assert_eq!(agreed.to_string(), "120;refresher=uas");
    pair.run_for(MINUTE);
    assert_eq!(pair.bob.sent_count("UPDATE"), 1);
}

/// Half of the interval that is agreed on, and as long as nobody answers a refresh.
const UNTIL_DOUBT: Duration = Duration::from_secs(900 + 40);

#[test]
fn a_caller_without_session_timers_that_vanishes_is_noticed() {
    let mut alice = Config {
        user_agent: String::new(),
        session_expires: None,
        ..Config::default()
    };
    alice.supported.retain(|tag| tag != "timer");
    let bob = Config {
        role: Role::Server,
        user_agent: String::new(),
        ..Config::default()
    };
    let mut pair = Pair::with_configs(Network::websocket(), 7, alice, bob);
    pair.talk();
    let headers = pair.bob.last_response(200).headers().clone();
    let agreed = headers.session_expires().unwrap().unwrap();
    assert_eq!(agreed.to_string(), "1800;refresher=uas");
    assert_eq!(headers.get(&HeaderName::Require), None);
    // It answers, and again: the call goes on, however long.
    pair.run_for(Duration::from_secs(1850));
    assert_eq!(pair.bob.sent_count("UPDATE"), 2);
    assert_eq!((pair.alice.story(), pair.bob.story()), (vec![], vec![]));
    pair.black_hole();
    pair.run_for(UNTIL_DOUBT);
    assert_eq!(pair.bob.story(), ["uncertain RefreshFailed"]);
}

#[test]
fn a_callee_without_session_timers_that_vanishes_is_noticed() {
    let mut pair = pair();
    pair.call();
    pair.run_ms(1);
    pair.black_hole();
    let invite = pair.alice.last_request("INVITE");
    pair.answer_alice(&invite, 200, "b", &[], Some("bob1"));
    assert_eq!(pair.alice.story(), ["answered bob1"]);
    pair.run_for(Duration::from_secs(901));
    let refresh = pair.alice.last_request("INVITE");
    assert_eq!(refresh.body(), sdp("alice1").as_bytes());
    pair.answer_alice(&refresh, 200, "b", &[], Some("bob1"));
    pair.run_for(Duration::from_secs(60));
    assert_eq!(pair.alice.story(), Vec::<String>::new());
    pair.run_for(UNTIL_DOUBT);
    assert_eq!(pair.alice.story(), ["uncertain RefreshFailed"]);
}

#[test]
fn the_session_is_refreshed_by_reinvite_without_update() {
    let without_update = |role| {
        let mut config = Config {
            role,
            user_agent: String::new(),
            ..Config::default()
        };
        config.allow.retain(|method| *method != Method::Update);
        config
    };
    let mut pair = Pair::with_configs(
        Network::websocket(),
        7,
        without_update(Role::Phone),
        without_update(Role::Server),
    );
    pair.talk();
    pair.alice.sent.clear();
    pair.run_for(Duration::from_secs(1000));
    assert_eq!(pair.alice.sent_count("INVITE"), 1);
    assert_eq!(pair.alice.sent_count("ACK"), 1);
    let refresh = pair.alice.last_request("INVITE");
    assert_eq!(refresh.body(), sdp("alice1").as_bytes());
    // Nobody sees it: the description is unchanged.
    assert_eq!((pair.alice.story(), pair.bob.story()), (vec![], vec![]));
}

#[test]
fn a_refused_refresh_is_tried_again() {
    let mut pair = pair();
    pair.talk();
    // Bob's server restarted.
    pair.bob = Pair::new(pair.network, 99).bob;
    pair.run_for(Duration::from_secs(1000));
    assert_eq!(pair.alice.story(), ["uncertain Gone481"]);
    assert_eq!(pair.alice.sent_count("UPDATE"), 1);
    pair.run_for(Duration::from_secs(450));
    assert_eq!(pair.alice.sent_count("UPDATE"), 2);
}

#[test]
fn a_session_that_is_not_refreshed_is_uncertain_not_over() {
    let mut pair = pair();
    let (a, b) = pair.talk();
    pair.disconnect();
    pair.run_for(Duration::from_secs(2000));
    assert!(
        pair.alice
            .story()
            .iter()
            .any(|event| event == "uncertain RefreshFailed")
    );
    assert!(
        pair.bob
            .story()
            .iter()
            .any(|event| event == "uncertain RefreshFailed")
    );
    assert!(pair.alice.ua.session(a).is_some() && pair.bob.ua.session(b).is_some());
}

#[test]
fn too_short_an_interval_is_lengthened() {
    let config = |seconds, min| Config {
        session_expires: Some(Duration::from_secs(seconds)),
        min_session_expires: Duration::from_secs(min),
        user_agent: String::new(),
        ..Config::default()
    };
    let mut pair = Pair::with_configs(Network::websocket(), 7, config(100, 90), config(1800, 600));
    pair.talk();
    assert_eq!(pair.bob.sent_count("SIP/2.0 422"), 1);
    let agreed = pair
        .bob
        .last_response(200)
        .headers()
        .session_expires()
        .unwrap()
        .unwrap();
    assert_eq!(agreed.seconds, 600);
}

#[test]
fn an_interval_of_a_second_is_not_believed() {
    let mut pair = pair();
    pair.call();
    pair.run_ms(1);
    pair.black_hole();
    let invite = pair.alice.last_request("INVITE");
    let fields = [
        (HeaderName::SessionExpires, "1;refresher=uac"),
        (HeaderName::Allow, "INVITE, ACK, BYE, UPDATE"),
    ];
    pair.answer_alice(&invite, 200, "b", &fields, Some("bob1"));
    pair.run_for(Duration::from_secs(44));
    assert_eq!(pair.alice.sent_count("UPDATE"), 0);
    pair.run_for(Duration::from_secs(2));
    assert_eq!(pair.alice.sent_count("UPDATE"), 1);
}

/// Alice's flow opens anew with this interval of keep-alives.
fn keep_alive(pair: &mut Pair, interval: Duration) {
    let info = FlowInfo {
        transport: Transport::Wss,
        sent_by: "alice1.invalid".into(),
        remote: None,
        keep_alive: Some(interval),
    };
    let (now, flow) = (pair.now, pair.flow());
    pair.alice.ua.flow_opened(now, flow, info);
}

#[test]
fn a_ping_in_between_does_not_hide_that_nothing_is_answered() {
    let mut pair = pair();
    keep_alive(&mut pair, Duration::from_secs(5));
    pair.run_for(Duration::from_secs(12));
    pair.black_hole();
    pair.run_for(Duration::from_secs(16));
    assert_eq!(pair.alice.story(), ["flow failed"]);
}

#[test]
fn no_flow_is_pinged_more_often_than_once_a_second() {
    let mut pair = pair();
    keep_alive(&mut pair, Duration::ZERO);
    pair.run_for(Duration::from_secs(10));
    assert!((9..=13).contains(&pair.alice.sent.len()));
}

#[test]
fn a_silent_connection_is_reported() {
    let mut pair = pair();
    pair.run_for(Duration::from_secs(40));
    assert!(
        pair.bob.sent.iter().any(|bytes| &bytes[..] == b"\r\n"),
        "Bob answers keep-alives"
    );
    pair.black_hole();
    pair.run_for(Duration::from_secs(45));
    assert_eq!(pair.alice.story(), ["flow failed"]);
}

#[test]
fn requests_are_repeated_over_datagrams_until_answered() {
    let mut pair = Pair::new(
        Network {
            loss_percent: 100,
            ..Network::udp()
        },
        5,
    );
    pair.call();
    pair.run_for(MINUTE);
    // 17.1.1.2: at 0, 0.5, 1.5, 3.5, 7.5, 15.5 and 31.5 s.
    assert_eq!(pair.alice.sent_count("INVITE"), 7);
    assert_eq!(pair.alice.story(), ["ended by silence"]);
    pair.assert_nothing_left();
}

#[test]
fn a_second_fork_that_answers_is_hung_up() {
    let mut pair = pair();
    let (_, _) = pair.talk();
    let ok = pair.bob.last_response(200);
    let tag = ok
        .headers()
        .to()
        .unwrap()
        .unwrap()
        .tag()
        .unwrap()
        .to_string();
    let other = String::from_utf8(ok.as_bytes().to_vec())
        .unwrap()
        .replace(&tag, "anotherfork");
    let flow = pair.flow();
    pair.alice
        .ua
        .handle_input(pair.now, flow, other.clone().into());
    pair.run_ms(1);
    assert_eq!(
        (pair.alice.sent_count("ACK"), pair.alice.sent_count("BYE")),
        (2, 1)
    );
    // Its 200 again: the ACK again, and no second BYE.
    pair.alice.ua.handle_input(pair.now, flow, other.into());
    pair.run_ms(1);
    assert_eq!(
        (pair.alice.sent_count("ACK"), pair.alice.sent_count("BYE")),
        (3, 1)
    );
    assert!(pair.alice.story().is_empty());
}

#[test]
fn a_request_that_came_by_two_ways_is_refused_once() {
    let mut pair = pair();
    pair.call();
    pair.run_ms(100);
    let other = String::from_utf8(pair.alice.last_request("INVITE").as_bytes().to_vec()).unwrap();
    let other = other.replace("branch=z9hG4bK", "branch=z9hG4bKother");
    let flow = pair.flow();
    pair.bob.ua.handle_input(pair.now, flow, other.into());
    pair.run_ms(1);
    assert_eq!(pair.bob.sent_count("SIP/2.0 482"), 1);
    assert_eq!(pair.bob.story(), ["invited alice1"]);
}

#[test]
fn requests_of_sessions_are_not_sent_outside_of_them() {
    let mut pair = pair();
    for method in [Method::Invite, Method::Ack, Method::Cancel, Method::Bye] {
        let request = OutOfDialog {
            method: method.clone(),
            target: uri("sip:bob@bob.test"),
            from: NameAddr::parse("<sip:alice@bob.test>").unwrap(),
            to: NameAddr::parse("<sip:bob@bob.test>").unwrap(),
            headers: Vec::new(),
            body: None,
            credentials: None,
        };
        let flow = pair.flow();
        assert_eq!(
            pair.alice.ua.send_request(pair.now, flow, request),
            Err(RequestError::WrongMethod(method))
        );
    }
    pair.run_ms(1);
    assert!(pair.alice.sent.is_empty());
}

#[test]
fn a_contact_over_tls_says_so() {
    let tls = Network {
        transport: Transport::Tls,
        ..Network::websocket()
    };
    let mut pair = Pair::new(tls, 7);
    pair.talk();
    let ok = pair.bob.last_response(200);
    let contact = ok.headers().get(&HeaderName::Contact).unwrap();
    assert_eq!(contact, "<sip:bob@bob.test:5060;transport=tls>");
}

#[test]
fn a_description_with_a_name_that_is_no_utf_8_is_an_offer() {
    let mut pair = pair();
    pair.call();
    pair.run_ms(1);
    let invite = pair.alice.last_request("INVITE");
    let mut body = sdp("Ana").into_bytes();
    let name = body.iter().position(|byte| *byte == b'A').unwrap();
    body[name] = 0xc1;
    let latin = invite
        .to_builder_without(&[HeaderName::ContentType])
        .body("application/sdp", body)
        .build()
        .as_bytes()
        .clone();
    let flow = pair.flow();
    pair.bob.ua.handle_input(pair.now, flow, latin);
    pair.run_ms(1);
    assert!(matches!(
        pair.bob.events[..],
        [Event::Invited { offer: Some(_), .. }]
    ));
}

#[test]
fn a_user_agent_does_not_show_its_randomness() {
    let shown = format!("{:?}", pair().alice.ua);
    assert!(shown.contains("rng: Rng(..)"), "{shown}");
}
