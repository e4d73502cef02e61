//! Things that happen in the wrong moment, and small things that belong to no story of their own.

use alo_sip::header::{HeaderName, Reason};
use alo_sip::status::StatusCode;

use super::world::World;
use crate::io::{Ask, Input, MediaEvent, MicrophoneState, SocketEvent};
use crate::language::{
    Command, Device, DeviceKind, Devices, Outcome, Phase, Quality, Reachability, Secret, SignIn,
    Trouble,
};
use crate::phone::Refusal;

fn reachability(world: &World) -> Reachability {
    world.phone.state().reachability.clone()
}

#[test]
fn a_call_is_answered_while_the_websocket_is_away() {
    let mut world = World::ready(1);
    let (call, _) = world.rings("102");
    world.net.up = false;
    world.drop_socket();
    world.run(1000);
    world.answer(&call);
    world.run(3000);
    assert_eq!(world.call(&call).phase, Phase::Answering);
    world.net.up = true;
    world.run(10_000);
    assert!(world.is_talking(&call), "{:?}", world.call(&call).phase);
    assert!(world.microphone(&call));
}

#[test]
fn a_call_dialled_in_the_moment_the_websocket_goes_leaves_later() {
    let mut world = World::ready(2);
    let call = world.dial("102");
    world.drop_socket();
    world.run(500);
    assert_eq!(world.call(&call).phase, Phase::Dialing);
    world.run(3000);
    assert!(world.is_talking(&call));
}

#[test]
fn signing_in_again_while_signing_out() {
    let mut world = World::ready(3);
    world.command(Command::SignOut).unwrap();
    world.sign_in();
    world.run(1000);
    assert_eq!(reachability(&world), Reachability::Ready);
    assert!(world.server.registered);
}

#[test]
fn a_server_that_does_not_confirm_the_sign_out_is_left_all_the_same() {
    let mut world = World::ready(4);
    world.net.black_hole = true;
    world.command(Command::SignOut).unwrap();
    world.run(1000);
    assert!(world.server.flow.is_some());
    world.run(1500);
    assert!(world.server.flow.is_none());
    assert!(world.phone.timers().is_empty());
}

#[test]
fn a_websocket_that_neither_opens_nor_fails_is_given_up() {
    let mut world = World::new(5);
    world.net.latency = 20_000;
    world.sign_in();
    world.run(10_100);
    let down = |world: &World| {
        matches!(
            reachability(world),
            Reachability::NotReachable {
                why: Trouble::ServerDown,
                ..
            }
        )
    };
    assert!(down(&world));
    world.net.latency = 10;
    world.run(20_000);
    assert_eq!(reachability(&world), Reachability::Ready);
}

#[test]
fn late_news_of_an_old_websocket_and_of_old_calls_change_nothing() {
    let mut world = World::ready(6);
    let call = world.dial("busy");
    world.run(200);
    world
        .command(Command::DismissCall { call: call.clone() })
        .unwrap();
    let before = world.phone.state().clone();
    world.input(Input::Socket(SocketEvent::Opened));
    let ask = Ask(1);
    world.input(Input::Media(MediaEvent::AnswerApplied {
        call: call.clone(),
        ask,
    }));
    world.input(Input::Media(MediaEvent::LocalDescription {
        call: call.clone(),
        ask,
        sdp: "v=0".into(),
    }));
    world.input(Input::Media(MediaEvent::CallMicrophone {
        call: call.clone(),
        state: MicrophoneState::Broken,
    }));
    world.input(Input::Media(MediaEvent::DigitsSent { call, ask }));
    assert_eq!(*world.phone.state(), before);
}

#[test]
fn the_network_that_comes_back_under_an_open_websocket_is_tried_out() {
    let mut world = World::ready(7);
    world.net.black_hole = true;
    world.input(Input::Socket(SocketEvent::NetworkOnline));
    world.run(34_000);
    assert!(
        world.sockets_opened.len() > 1,
        "nobody answered the REGISTER: the WebSocket is dead"
    );
    world.net.black_hole = false;
    world.run(60_000);
    assert_eq!(reachability(&world), Reachability::Ready);
}

#[test]
fn devices_and_quality_are_shown_as_they_are_told() {
    let mut world = World::ready(8);
    let devices = Devices {
        microphones: vec![Device {
            id: "m1".into(),
            label: "Headset".into(),
        }],
        ..Devices::default()
    };
    world.input(Input::Media(MediaEvent::Devices(devices.clone())));
    assert_eq!(world.phone.state().devices, devices);
    let choose = Command::ChooseDevice {
        kind: DeviceKind::Microphone,
        id: Some("m1".into()),
    };
    world.command(choose).unwrap();
    let call = world.dial("102");
    world.run(1500);
    let quality = Quality {
        bars: 3,
        round_trip: Some(40),
        lost_per_mille: 2,
        jitter: 5,
    };
    let told = MediaEvent::Quality {
        call: call.clone(),
        quality,
    };
    world.input(Input::Media(told));
    assert_eq!(world.call(&call).quality, Some(quality));
    world.hang_up(&call);
    assert_eq!(world.call(&call).quality, None);
}

#[test]
fn a_notice_can_be_dismissed_once() {
    let mut world = World::ready(9);
    world.engine.fail_next = true;
    world.dial("102");
    world.run(100);
    let notice = world.phone.state().notices[0].id;
    world.command(Command::DismissNotice { notice }).unwrap();
    assert!(world.phone.state().notices.is_empty());
    assert_eq!(
        world.command(Command::DismissNotice { notice }),
        Err(Refusal::NoSuchNotice(notice))
    );
}

#[test]
fn the_cause_of_the_telephone_network_decides_the_outcome() {
    let mut world = World::ready(10);
    let call = world.dial("never");
    world.run(300);
    let session = world.last_session();
    world.server(|server, now| {
        let cause = Reason {
            protocol: "Q.850".into(),
            cause: Some(17),
            text: None,
        };
        let headers = vec![(HeaderName::Reason, cause.to_string())];
        let status = StatusCode::SERVER_INTERNAL_ERROR;
        let now = alo_sip::time::Instant::from_millis(now);
        server.ua.reject(now, session, status, headers).unwrap();
    });
    world.run(100);
    assert_eq!(world.outcome(&call), Some(Outcome::Busy));
}

#[test]
fn a_server_that_never_answers_an_invite_is_no_far_end_that_did_not_answer() {
    let mut world = World::ready(11);
    world.net.swallows = Some("INVITE ");
    let call = world.dial("102");
    world.run(33_000);
    assert_eq!(world.sockets_opened.len(), 1, "the rest gets through");
    if let Some(outcome) = world.outcome(&call) {
        assert!(matches!(outcome, Outcome::Refused { status: 408, .. }));
    } else {
        panic!("{:?}", world.call(&call).phase);
    }
}

#[test]
fn an_extension_of_another_domain_signs_in_there() {
    let mut world = World::new(12);
    let sign_in = Command::SignIn(SignIn {
        extension: " 101@other.test ".into(),
        name: None,
        password: Some(Secret("x".into())),
    });
    world.command(sign_in).unwrap();
    world.run(300);
    assert_eq!(reachability(&world), Reachability::Ready);
    let account = world.phone.state().account.clone().unwrap();
    assert_eq!(account.extension, "101@other.test");
}

#[test]
fn commands_for_calls_that_are_in_another_state_are_refused() {
    let mut world = World::ready(13);
    let call = world.dial("102");
    let not_now = || Err(Refusal::NotNow(call.clone()));
    let hold = Command::SetHold {
        call: call.clone(),
        held: true,
    };
    assert_eq!(world.command(hold), not_now());
    let answer = Command::Answer {
        call: call.clone(),
        video: false,
    };
    assert_eq!(world.command(answer), not_now());
    let swap = Command::SwapTo { call: call.clone() };
    assert_eq!(world.command(swap), not_now());
    let dismiss = Command::DismissCall { call: call.clone() };
    assert_eq!(world.command(dismiss), not_now());
    assert!(world.command(Command::HangUp { call }).is_ok());
}
