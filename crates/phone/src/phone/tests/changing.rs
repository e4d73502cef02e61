//! Hold, mute, digits: changes of a call that stands.

use core::time::Duration;

use alo_sip::status::StatusCode;
use alo_sip::ua::SessionEvent;

use super::engine::{Keys, sdp};
use super::server::Server;
use super::world::World;
use crate::io::{ConnectionState, Direction};
use crate::language::{CallId, Change, ChangeKind, Command, Event, RecoveryKind, Sound, Trouble};
use crate::phone::Refusal;
use crate::phone::line::Exchange;

fn talking(seed: u64) -> (World, CallId) {
    let mut world = World::ready(seed);
    let call = world.dial("102");
    world.run(1500);
    assert!(world.is_talking(&call));
    (world, call)
}

fn mute(world: &mut World, call: &CallId, muted: bool) {
    let call = call.clone();
    world.command(Command::SetMute { call, muted }).unwrap();
}

fn phone_direction(world: &World) -> Option<Direction> {
    world.server.calls[&world.last_session()].phone_direction
}

fn notices(world: &World) -> Vec<Trouble> {
    let notices = world.phone.state().notices.iter();
    notices.map(|notice| notice.trouble.clone()).collect()
}

#[test]
fn hold_cuts_the_microphone_at_once_and_is_shown_when_confirmed() {
    let (mut world, call) = talking(1);
    world.hold(&call, true);
    assert!(!world.microphone(&call), "cut off with the click");
    assert!(matches!(
        world.call(&call).hold,
        Change::Requested { on: true, .. }
    ));
    assert_eq!(world.call(&call).hearing.to_remote, Sound::Muted);
    world.run(200);
    assert!(matches!(
        world.call(&call).hold,
        Change::Confirmed { on: true, .. }
    ));
    assert_eq!(world.call(&call).hearing.to_remote, Sound::Music);
    assert_eq!(phone_direction(&world), Some(Direction::SendOnly));
    world.hold(&call, false);
    assert!(!world.microphone(&call), "not before it is confirmed");
    assert_eq!(world.call(&call).hearing.to_remote, Sound::Music);
    world.run(200);
    assert!(world.microphone(&call));
    assert_eq!(world.call(&call).hearing.to_remote, Sound::Voice);
    assert_eq!(phone_direction(&world), Some(Direction::SendRecv));
    let held: Vec<_> = world
        .events
        .iter()
        .filter_map(|event| match event {
            Event::CallHeld { held, .. } => Some(*held),
            _ => None,
        })
        .collect();
    assert_eq!(held, [true, false]);
}

#[test]
fn clicks_faster_than_the_wire_end_where_the_last_one_says() {
    let (mut world, call) = talking(2);
    for held in [true, false, true, false, true, false] {
        world.hold(&call, held);
        world.run(7);
    }
    world.run(2000);
    assert!(matches!(
        world.call(&call).hold,
        Change::Confirmed { on: false, .. }
    ));
    assert_eq!(phone_direction(&world), Some(Direction::SendRecv));
    assert!(world.microphone(&call));
}

#[test]
fn a_refused_hold_is_a_notice_and_keeps_the_microphone_off() {
    let (mut world, call) = talking(3);
    world.server.refuse_offers = vec![StatusCode::NOT_ACCEPTABLE_HERE];
    world.hold(&call, true);
    world.run(500);
    let shown = world.call(&call);
    assert!(matches!(shown.hold, Change::Confirmed { on: false, .. }));
    assert!(shown.muted && !world.microphone(&call));
    assert_eq!(
        notices(&world),
        [Trouble::ChangeRefused {
            what: ChangeKind::Hold,
            status: 488
        }]
    );
    mute(&mut world, &call, false);
    assert!(world.microphone(&call));
    world.run(10_000);
    assert!(world.is_talking(&call), "the call goes on");
}

#[test]
fn a_refused_resume_leaves_the_call_held() {
    let (mut world, call) = talking(3);
    world.hold(&call, true);
    world.run(200);
    world.server.refuse_offers = vec![StatusCode::SERVER_INTERNAL_ERROR];
    world.hold(&call, false);
    world.run(500);
    assert!(matches!(
        world.call(&call).hold,
        Change::Confirmed { on: true, .. }
    ));
    assert_eq!(
        notices(&world),
        [Trouble::ChangeRefused {
            what: ChangeKind::Resume,
            status: 500
        }]
    );
    world.run(3000);
    world.hold(&call, false);
    world.run(500);
    assert!(world.microphone(&call));
}

#[test]
fn glare_backs_off_and_is_tried_again_by_itself() {
    let (mut world, call) = talking(4);
    world.server.refuse_offers = vec![StatusCode::REQUEST_PENDING; 3];
    world.hold(&call, true);
    world.run(500);
    assert!(matches!(
        world.call(&call).hold,
        Change::Requested { on: true, .. }
    ));
    world.run(15_000);
    assert!(matches!(
        world.call(&call).hold,
        Change::Confirmed { on: true, .. }
    ));
    assert_eq!(notices(&world), []);
}

#[test]
fn both_ends_hold_in_the_same_moment() {
    for delay in 0..40 {
        let (mut world, call) = talking(5);
        let session = world.last_session();
        world.hold(&call, true);
        world.run(delay);
        world.server(|server, now| server.offer(now, session, Direction::SendOnly));
        world.run(20_000);
        let shown = world.call(&call);
        assert!(
            matches!(shown.hold, Change::Confirmed { on: true, .. }),
            "{delay}"
        );
        assert!(world.is_talking(&call), "{delay}");
        assert!(!world.microphone(&call), "{delay}");
        assert_eq!(notices(&world), [], "{delay}");
    }
}

#[test]
fn the_far_end_holds_and_takes_back() {
    let (mut world, call) = talking(6);
    let session = world.last_session();
    world.server(|server, now| server.offer(now, session, Direction::SendOnly));
    world.run(200);
    assert!(world.call(&call).held_by_remote);
    assert_eq!(world.call(&call).hearing.from_remote, Sound::Music);
    assert_eq!(world.call(&call).hearing.to_remote, Sound::Nothing);
    world.server(|server, now| server.offer(now, session, Direction::SendRecv));
    world.run(200);
    assert!(!world.call(&call).held_by_remote);
    assert_eq!(world.call(&call).hearing.from_remote, Sound::Voice);
    assert_eq!(world.call(&call).hearing.to_remote, Sound::Voice);
}

#[test]
fn an_offer_of_the_far_end_does_not_end_our_hold() {
    let (mut world, call) = talking(7);
    world.hold(&call, true);
    world.run(200);
    let session = world.last_session();
    world.server(|server, now| server.offer(now, session, Direction::SendRecv));
    world.run(200);
    assert_eq!(phone_direction(&world), Some(Direction::SendOnly));
    assert!(matches!(
        world.call(&call).hold,
        Change::Confirmed { on: true, .. }
    ));
    assert!(!world.microphone(&call));
}

#[test]
fn an_unanswered_hold_is_told_and_can_be_asked_for_again() {
    let (mut world, call) = talking(8);
    world.server.ignore_offers = true;
    world.hold(&call, true);
    world.run(31_000);
    assert!(matches!(
        world.call(&call).hold,
        Change::Requested { on: true, .. }
    ));
    world.run(2_000);
    let unanswered = Trouble::ChangeRefused {
        what: ChangeKind::Hold,
        status: 408,
    };
    assert_eq!(notices(&world), [unanswered]);
    assert!(!world.microphone(&call), "they asked not to be heard");
    let recovery = world.call(&call).recovery.expect("being mended");
    assert_eq!(recovery.kind, RecoveryKind::Session);
    world.server(Server::wakes_up);
    world.run(10_000);
    assert_eq!(world.call(&call).recovery, None);
    world.hold(&call, true);
    world.run(500);
    assert!(matches!(
        world.call(&call).hold,
        Change::Confirmed { on: true, .. }
    ));
    assert!(world.is_talking(&call));
}

#[test]
fn mute_is_local_and_outlives_a_hold() {
    let (mut world, call) = talking(9);
    mute(&mut world, &call, true);
    assert!(!world.microphone(&call));
    assert_eq!(world.call(&call).hearing.to_remote, Sound::Muted);
    assert_eq!(world.call(&call).hearing.from_remote, Sound::Voice);
    world.hold(&call, true);
    world.run(200);
    world.hold(&call, false);
    world.run(200);
    assert!(world.call(&call).muted);
    assert!(!world.microphone(&call), "never unmuted by itself");
    mute(&mut world, &call, false);
    assert!(world.microphone(&call));
}

#[test]
fn a_call_can_be_muted_before_it_is_answered() {
    let mut world = World::ready(9);
    let call = world.dial("102");
    mute(&mut world, &call, true);
    world.run(1500);
    assert!(world.is_talking(&call));
    assert!(!world.microphone(&call));
}

#[test]
fn digits_go_through_the_media_with_pauses() {
    let (mut world, call) = talking(10);
    world.press(&call, "12,3#");
    assert_eq!(world.call(&call).digits_pending, 4);
    world.run(500);
    assert_eq!(world.engine.digits, ["12"]);
    world.run(3000);
    assert_eq!(world.engine.digits, ["12", "3#"]);
    world.run(500);
    assert_eq!(world.call(&call).digits_pending, 0);
}

#[test]
fn digits_go_one_by_one_by_info_where_there_is_no_telephone_event() {
    let (mut world, call) = talking(11);
    world.engine.keys = Keys::Refused;
    world.press(&call, "5,*7");
    world.run(5000);
    let expected = ["5", "*", "7"].map(|digit| format!("Signal={digit}\r\nDuration=160\r\n"));
    assert_eq!(world.server.infos, expected);
    assert_eq!(world.call(&call).digits_pending, 0);
    assert!(world.engine.digits.is_empty());
}

#[test]
fn digits_that_nobody_takes_are_told() {
    let (mut world, call) = talking(12);
    world.engine.keys = Keys::Refused;
    world.server.info_status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
    world.press(&call, "123");
    world.run(500);
    assert_eq!(notices(&world), [Trouble::DigitsNotSent]);
    assert_eq!(world.server.infos.len(), 1);
    assert_eq!(world.call(&call).digits_pending, 0);
}

#[test]
fn more_digits_than_fit_are_refused() {
    let (mut world, call) = talking(13);
    let many = Command::SendDigits {
        call: call.clone(),
        digits: crate::language::Digits("1".repeat(1000)),
    };
    assert_eq!(
        world.command(many),
        Err(Refusal::TooManyDigits(call.clone()))
    );
    world.run(30_000);
    assert_eq!(world.call(&call).digits_pending, 0);
}

#[test]
fn the_browser_cannot_make_the_offer_of_a_hold() {
    let (mut world, call) = talking(14);
    world.engine.fail_next = true;
    world.hold(&call, true);
    world.run(500);
    assert!(world.is_talking(&call));
    assert!(!world.microphone(&call));
    assert!(world.call(&call).muted);
}

#[test]
fn digits_that_came_to_a_stop_go_on_where_they_stopped() {
    let (mut world, call) = talking(15);
    world.engine.keys = Keys::StopsAfter(1);
    world.press(&call, "123");
    world.run(10_000);
    assert_eq!(world.engine.digits, ["1", "2", "3"]);
    assert_eq!(world.call(&call).digits_pending, 0);
    assert_eq!(notices(&world), []);
}

#[test]
fn digits_that_do_not_go_are_refused_and_do_not_hang() {
    for keys in [Keys::StopsAfter(0), Keys::Swallowed] {
        let (mut world, call) = talking(16);
        world.engine.keys = keys;
        world.press(&call, "12");
        world.run(6_000);
        assert_eq!(notices(&world), [Trouble::DigitsNotSent]);
        assert_eq!(world.call(&call).digits_pending, 0);
        world.engine.keys = Keys::Sent;
        world.press(&call, "3");
        world.run(500);
        assert_eq!(world.engine.digits, ["3"]);
    }
}

#[test]
fn digits_wait_for_a_media_path_that_is_away() {
    let (mut world, call) = talking(17);
    world.connection(&call, ConnectionState::Disconnected);
    world.press(&call, "5");
    world.run(2_000);
    assert!(world.engine.digits.is_empty());
    world.connection(&call, ConnectionState::Connected);
    world.run(500);
    assert_eq!(world.engine.digits, ["5"]);
}

#[test]
fn an_offer_that_was_asked_for_and_not_used_is_taken_back() {
    let (mut world, call) = talking(18);
    world.wire_tells(&call, SessionEvent::OfferWanted);
    world.run(world.engine.takes);
    world.phone.lines[0].negotiation.exchange = Exchange::Given { first: false };
    let refused = SessionEvent::OfferRefused {
        status: StatusCode::REQUEST_TIMEOUT,
        retry_after: None,
    };
    world.wire_tells(&call, refused);
    world.hold(&call, true);
    world.run(3_000);
    assert!(world.call(&call).hold.is_on(), "changes go on");
}

#[test]
fn a_first_offer_that_was_not_used_is_made_anew() {
    let mut world = World::ready(19);
    let (call, _) = world.rings("102");
    world.net.swallows = Some("ACK ");
    let line = &mut world.phone.lines[0];
    assert!(line.is_ringing());
    world.answer(&call);
    world.run(200);
    world.net.swallows = None;
    world.phone.lines[0].negotiation.exchange = Exchange::Given { first: true };
    let refused = SessionEvent::OfferRefused {
        status: StatusCode::NOT_ACCEPTABLE_HERE,
        retry_after: None,
    };
    world.wire_tells(&call, refused);
    world.wire_tells(&call, SessionEvent::Established);
    assert!(world.is_talking(&call));
    let recovery = world
        .call(&call)
        .recovery
        .expect("the media is set up anew");
    assert_eq!(recovery.kind, RecoveryKind::Media);
    world.run(10_000);
    assert_eq!(world.engine.legs[&call].restarts, 1);
    assert_eq!(world.call(&call).recovery, None);
}

#[test]
fn an_answer_that_cannot_be_made_leaves_the_call_as_it_was() {
    let (mut world, call) = talking(20);
    let session = world.last_session();
    world.engine.fail_next = true;
    world.server(|server, now| server.offer(now, session, Direction::SendOnly));
    world.run(500);
    assert!(!world.call(&call).held_by_remote);
    world.hold(&call, true);
    world.run(500);
    assert!(world.call(&call).hold.is_on(), "their offer was taken back");
}

#[test]
fn an_offer_that_is_taken_back_while_it_is_answered_has_both_ends_agree_anew() {
    let (mut world, call) = talking(21);
    let offer = SessionEvent::Offer {
        sdp: sdp(Direction::SendOnly),
    };
    world.wire_tells(&call, offer);
    let withdrawn = SessionEvent::OfferRefused {
        status: StatusCode::REQUEST_TERMINATED,
        retry_after: None,
    };
    world.wire_tells(&call, withdrawn);
    assert_eq!(world.engine.legs[&call].direction, Direction::RecvOnly);
    world.run(1_000);
    assert_eq!(world.engine.legs[&call].direction, Direction::SendRecv);
    assert_eq!(world.call(&call).hearing.to_remote, Sound::Voice);
    assert_eq!(notices(&world), []);
}

#[test]
fn a_far_end_that_is_busy_for_a_minute_is_asked_again_sooner() {
    let (mut world, call) = talking(22);
    world.server.ignore_offers = true;
    world.hold(&call, true);
    world.run(100);
    let busy = SessionEvent::OfferRefused {
        status: StatusCode::SERVICE_UNAVAILABLE,
        retry_after: Some(Duration::from_secs(60)),
    };
    world.wire_tells(&call, busy);
    let Exchange::BackingOff { until, .. } = world.phone.lines[0].negotiation.exchange else {
        panic!("backs off")
    };
    assert_eq!(until, world.now + 10_000);
}

#[test]
fn a_lost_path_does_not_wait_for_a_refused_hold() {
    let (mut world, call) = talking(23);
    world.server.refuse_offers = vec![StatusCode::SERVER_INTERNAL_ERROR];
    world.hold(&call, true);
    world.run(100);
    assert!(matches!(
        world.phone.lines[0].negotiation.exchange,
        Exchange::BackingOff { firm: false, .. }
    ));
    world.connection(&call, ConnectionState::Failed);
    world.run(50);
    assert_eq!(world.engine.legs[&call].restarts, 1);
}
