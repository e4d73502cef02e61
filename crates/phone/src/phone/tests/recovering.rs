//! A lost WebSocket, an interrupted media path, a server that forgot the call.

use alo_sip::ua::{SessionEvent, SessionTrouble};

use super::world::World;
use crate::io::{ConnectionState, Input, SocketEvent};
use crate::language::{CallId, Change, Event, Outcome, Phase, Reachability, RecoveryKind, Sound};

fn talking(seed: u64) -> (World, CallId) {
    let mut world = World::ready(seed);
    let call = world.dial("102");
    world.run(1500);
    assert!(world.is_talking(&call));
    (world, call)
}

fn recovery(world: &World, call: &CallId) -> Option<RecoveryKind> {
    world.call(call).recovery.map(|recovery| recovery.kind)
}

#[test]
fn a_call_survives_a_lost_websocket() {
    let (mut world, call) = talking(1);
    world.net.up = false;
    world.drop_socket();
    assert_eq!(recovery(&world, &call), Some(RecoveryKind::Signalling));
    world.run(45_000);
    assert!(world.is_talking(&call) && world.microphone(&call));
    assert_eq!(world.call(&call).hearing.to_remote, Sound::Voice);
    world.net.up = true;
    world.run(40_000);
    assert_eq!(world.phone.state().reachability, Reachability::Ready);
    assert_eq!(recovery(&world, &call), None);
    world.hold(&call, true);
    world.run(500);
    assert!(matches!(
        world.call(&call).hold,
        Change::Confirmed { on: true, .. }
    ));
    let session = world.last_session();
    world.server(|server, now| server.act(now, super::server::Act::HangUp(session)));
    world.run(200);
    assert_eq!(
        world.outcome(&call),
        Some(Outcome::HungUpThere),
        "the BYE found the new way"
    );
}

#[test]
fn hanging_up_without_websocket_ends_here_at_once_and_there_later() {
    let (mut world, call) = talking(2);
    world.net.up = false;
    world.drop_socket();
    world.run(40_000);
    world.hang_up(&call);
    assert_eq!(world.outcome(&call), Some(Outcome::HungUpHere));
    assert!(world.engine.legs.is_empty());
    world.run(20_000);
    assert_eq!(world.server.calls.len(), 1);
    world.net.up = true;
    world.run(40_000);
    assert!(world.server.calls.is_empty(), "the BYE came late");
}

#[test]
fn a_hold_without_websocket_cuts_the_microphone_and_is_confirmed_later() {
    let (mut world, call) = talking(3);
    world.net.up = false;
    world.drop_socket();
    world.run(1000);
    world.hold(&call, true);
    assert!(!world.microphone(&call));
    world.run(35_000);
    assert!(matches!(
        world.call(&call).hold,
        Change::Requested { on: true, .. }
    ));
    world.net.up = true;
    world.run(40_000);
    assert!(matches!(
        world.call(&call).hold,
        Change::Confirmed { on: true, .. }
    ));
    assert!(world.phone.state().notices.is_empty());
}

#[test]
fn a_hold_on_its_way_when_the_websocket_goes_is_confirmed_later() {
    for delay in 0..45 {
        let (mut world, call) = talking(4);
        world.hold(&call, true);
        world.run(delay);
        world.drop_socket();
        world.run(60_000);
        assert!(
            matches!(world.call(&call).hold, Change::Confirmed { on: true, .. }),
            "{delay}: {:?}",
            world.call(&call).hold
        );
        assert!(!world.microphone(&call));
        assert!(world.is_talking(&call));
    }
}

#[test]
fn a_call_that_rings_when_the_websocket_goes_can_still_be_answered() {
    let mut world = World::ready(5);
    let (call, _) = world.rings("102");
    world.drop_socket();
    world.run(2000);
    world.answer(&call);
    world.run(1000);
    assert!(world.is_talking(&call));
}

#[test]
fn a_dialled_call_survives_the_websocket() {
    let mut world = World::ready(6);
    let call = world.dial("102");
    world.run(300);
    world.drop_socket();
    world.run(60_000);
    assert!(world.is_talking(&call), "{:?}", world.call(&call).phase);
}

#[test]
fn a_short_interruption_of_the_media_heals_by_itself() {
    let (mut world, call) = talking(7);
    world.connection(&call, ConnectionState::Disconnected);
    assert_eq!(recovery(&world, &call), Some(RecoveryKind::Media));
    assert_eq!(world.call(&call).hearing.from_remote, Sound::Interrupted);
    world.run(3000);
    world.connection(&call, ConnectionState::Connected);
    assert_eq!(recovery(&world, &call), None);
    world.run(10_000);
    assert_eq!(world.engine.legs[&call].restarts, 0);
}

#[test]
fn a_long_interruption_restarts_ice() {
    let (mut world, call) = talking(8);
    world.connection(&call, ConnectionState::Disconnected);
    world.run(3900);
    assert_eq!(world.engine.legs[&call].restarts, 0);
    world.run(500);
    assert_eq!(world.engine.legs[&call].restarts, 1);
    assert_eq!(recovery(&world, &call), None, "connected again");
    assert_eq!(world.call(&call).hearing.to_remote, Sound::Voice);
}

#[test]
fn a_failed_path_restarts_at_once_and_again_until_it_works() {
    let (mut world, call) = talking(9);
    world.engine.no_path = true;
    world.connection(&call, ConnectionState::Failed);
    world.run(100);
    assert_eq!(world.engine.legs[&call].restarts, 1);
    let retry_at = world.call(&call).recovery.unwrap().retry_at;
    assert!(retry_at.is_some_and(|at| at > world.now));
    world.run(60_000);
    let restarts = world.engine.legs[&call].restarts;
    assert!((3..=5).contains(&restarts), "{restarts}");
    assert!(world.is_talking(&call), "the call is not over");
    world.engine.no_path = false;
    world.run(31_000);
    assert_eq!(recovery(&world, &call), None);
}

#[test]
fn a_hold_and_a_restart_share_one_offer() {
    let (mut world, call) = talking(10);
    world.connection(&call, ConnectionState::Failed);
    world.hold(&call, true);
    world.run(1000);
    assert_eq!(world.engine.legs[&call].restarts, 1);
    assert!(matches!(
        world.call(&call).hold,
        Change::Confirmed { on: true, .. }
    ));
    assert_eq!(world.call(&call).hearing.to_remote, Sound::Music);
}

#[test]
fn both_the_websocket_and_the_media_go_and_come_back() {
    let (mut world, call) = talking(11);
    world.net.up = false;
    world.drop_socket();
    world.connection(&call, ConnectionState::Disconnected);
    world.run(20_000);
    assert_eq!(world.engine.legs[&call].restarts, 0, "nobody would hear it");
    world.net.up = true;
    world.run(40_000);
    assert_eq!(recovery(&world, &call), None);
    assert!(world.engine.legs[&call].restarts >= 1);
    assert!(world.is_talking(&call));
}

#[test]
fn a_server_that_forgot_the_call_is_told_and_the_audio_goes_on() {
    let (mut world, call) = talking(12);
    world.drop_socket();
    world.server.restart(world.now);
    world.run(2000);
    assert_eq!(recovery(&world, &call), Some(RecoveryKind::Session));
    world.run(600_000);
    assert!(world.is_talking(&call), "as long as it is heard");
    assert_eq!(world.call(&call).actions.toggle_hold, None);
    world.connection(&call, ConnectionState::Disconnected);
    world.run(5000);
    assert!(world.is_talking(&call));
    world.run(20_000);
    let over = |event: &Event| matches!(event, Event::CallEnded { outcome: Outcome::HungUpThere, call: ended, .. } if *ended == call);
    assert!(world.events.iter().any(over));
    assert!(world.phone.state().calls.is_empty());
}

#[test]
fn an_audio_that_comes_back_keeps_a_forgotten_call() {
    let (mut world, call) = talking(13);
    world.drop_socket();
    world.server.restart(world.now);
    world.run(2000);
    world.connection(&call, ConnectionState::Disconnected);
    world.run(9000);
    world.connection(&call, ConnectionState::Connected);
    world.run(60_000);
    assert!(world.is_talking(&call));
    world.hang_up(&call);
    assert_eq!(world.outcome(&call), Some(Outcome::HungUpHere));
}

#[test]
fn sessions_are_refreshed_for_hours() {
    let (mut world, call) = talking(14);
    world.run(3 * 3_600_000);
    assert!(world.is_talking(&call));
    assert_eq!(recovery(&world, &call), None);
}

#[test]
fn media_that_never_comes_up_is_shown_and_mended() {
    for incoming in [false, true] {
        let mut world = World::ready(15);
        world.engine.no_path = true;
        let call = if incoming {
            let (call, _) = world.rings("102");
            world.answer(&call);
            call
        } else {
            world.dial("at-once")
        };
        world.run(4_500);
        assert!(world.is_talking(&call));
        assert_eq!(world.engine.legs[&call].restarts, 0);
        world.run(1_500);
        assert_eq!(recovery(&world, &call), Some(RecoveryKind::Media));
        assert_eq!(world.call(&call).hearing.from_remote, Sound::Interrupted);
        assert_eq!(world.engine.legs[&call].restarts, 1);
        world.engine.no_path = false;
        world.run(6_000);
        assert_eq!(recovery(&world, &call), None);
        assert_eq!(world.call(&call).hearing.to_remote, Sound::Voice);
    }
}

#[test]
fn a_path_that_only_the_phone_took_for_broken_is_mended() {
    let (mut world, call) = talking(16);
    world.hold(&call, true);
    world.run(world.engine.takes + 1);
    world.engine.fail_next = true;
    world.run(45);
    assert_eq!(recovery(&world, &call), Some(RecoveryKind::Media));
    world.run(1_000);
    assert_eq!(recovery(&world, &call), None);
    assert!(world.is_talking(&call));
}

#[test]
fn a_call_is_not_given_up_because_nobody_answers() {
    let (mut world, call) = talking(17);
    world.server.ignore_offers = true;
    world.engine.no_path = true;
    world.connection(&call, ConnectionState::Failed);
    let why = SessionTrouble::TimedOut408;
    world.wire_tells(&call, SessionEvent::Uncertain { why });
    world.run(120_000);
    assert!(world.is_talking(&call), "it may well be there");
    assert!(recovery(&world, &call).is_some());
}

#[test]
fn a_forgotten_call_is_not_given_up_while_nobody_can_be_asked() {
    let (mut world, call) = talking(18);
    world.net.up = false;
    let why = SessionTrouble::Gone481;
    world.wire_tells(&call, SessionEvent::Uncertain { why });
    world.drop_socket();
    world.connection(&call, ConnectionState::Failed);
    world.run(60_000);
    assert!(world.is_talking(&call));
    world.net.up = true;
    world.run(6_000);
    world.connection(&call, ConnectionState::Connected);
    world.run(60_000);
    assert!(world.is_talking(&call), "the audio came back in time");
}

#[test]
fn an_answered_call_without_ack_is_kept_while_it_is_heard() {
    let mut world = World::ready(19);
    let (call, _) = world.rings("102");
    world.net.swallows = Some("ACK ");
    world.answer(&call);
    world.run(31_000);
    assert_eq!(world.call(&call).phase, Phase::Answering);
    assert_eq!(world.call(&call).hearing.to_remote, Sound::Voice);
    world.run(2_000);
    assert!(world.is_talking(&call));
    assert_eq!(recovery(&world, &call), Some(RecoveryKind::Session));
    world.net.swallows = None;
    world.run(10_000);
    assert!(world.is_talking(&call));
    assert_eq!(recovery(&world, &call), None);
}

#[test]
fn a_call_dialled_over_a_dead_websocket_leaves_over_the_next_one() {
    let mut world = World::ready(20);
    world.run(60_000);
    world.net.black_hole = true;
    let call = world.dial("102");
    world.run(6_000);
    assert_eq!(world.sockets_opened.len(), 1);
    world.net.black_hole = false;
    world.run(100);
    assert_eq!(world.sockets_opened.len(), 2, "nothing came for 6 s");
    world.run(2_000);
    assert!(world.is_talking(&call));
}

#[test]
fn a_bye_over_a_dead_websocket_gets_there_over_the_next_one() {
    let (mut world, call) = talking(21);
    world.net.black_hole = true;
    world.hang_up(&call);
    world.run(5_990);
    world.net.black_hole = false;
    world.run(500);
    assert!(world.server.calls.is_empty());
}

#[test]
fn an_interrupted_path_and_a_new_network_have_the_websocket_tried_out() {
    for online in [false, true] {
        let (mut world, call) = talking(22);
        world.run(10_000);
        world.net.black_hole = true;
        if online {
            world.input(Input::Socket(SocketEvent::NetworkOnline));
        } else {
            world.connection(&call, ConnectionState::Disconnected);
        }
        world.run(2_900);
        assert_eq!(world.sockets_opened.len(), 1);
        world.run(200);
        assert_eq!(world.sockets_opened.len(), 2);
        assert!(recovery(&world, &call).is_some());
    }
}

#[test]
fn a_websocket_that_is_alive_survives_being_tried_out() {
    let (mut world, call) = talking(23);
    world.connection(&call, ConnectionState::Disconnected);
    world.run(1_000);
    world.connection(&call, ConnectionState::Connected);
    world.input(Input::Socket(SocketEvent::NetworkOnline));
    world.run(60_000);
    assert_eq!(world.sockets_opened.len(), 1);
    assert_eq!(recovery(&world, &call), None);
}

#[test]
fn a_guest_whose_network_changes_has_the_websocket_tried_out_too() {
    let mut world = World::new(24);
    world.sign_in_as_guest();
    world.run(200);
    let call = world.dial("102");
    world.run(12_000);
    world.input(Input::Socket(SocketEvent::NetworkOnline));
    world.run(10_000);
    assert_eq!(world.sockets_opened.len(), 1, "even a refusal is an answer");
    world.net.black_hole = true;
    world.input(Input::Socket(SocketEvent::NetworkOnline));
    world.run(3_100);
    assert_eq!(world.sockets_opened.len(), 2);
    world.net.black_hole = false;
    world.run(8_000);
    assert!(world.is_talking(&call));
}

#[test]
fn while_there_is_a_call_the_server_is_looked_for_every_few_seconds() {
    let (mut world, _) = talking(25);
    world.net.up = false;
    world.drop_socket();
    world.run(60_000);
    let gaps = world
        .sockets_opened
        .windows(2)
        .map(|pair| pair[1] - pair[0]);
    assert!(gaps.skip(1).all(|gap| gap < 4_000));
    assert!(world.sockets_opened.len() > 15);
}
