//! Signing in, being reachable, and saying honestly when not.

use alo_sip::method::Method;
use alo_sip::status::StatusCode;

use super::world::World;
use crate::io::{Input, MicrophoneState, SocketEvent};
use crate::language::{Check, Command, Event, Outcome, Reachability, Secret, SignIn, Trouble};
use crate::phone::Refusal;

fn reachability(world: &World) -> Reachability {
    world.phone.state().reachability.clone()
}

fn registers(world: &World) -> usize {
    let heard = world.server.heard.iter();
    heard.filter(|method| **method == Method::Register).count()
}

#[test]
fn signing_in_connects_registers_and_is_ready() {
    let mut world = World::new(1);
    assert_eq!(reachability(&world), Reachability::SignedOut);
    assert_eq!(world.phone.state().dial, None);
    world.sign_in();
    assert!(matches!(
        reachability(&world),
        Reachability::Connecting { .. }
    ));
    world.run(300);
    assert_eq!(reachability(&world), Reachability::Ready);
    let checks = world.phone.state().checks.clone();
    assert_eq!(
        [
            checks.socket,
            checks.registration,
            checks.microphone,
            checks.sound
        ],
        [Check::Good; 4]
    );
    assert!(world.phone.state().dial.is_some());
    let signed_in = Event::SignedIn {
        extension: "101".into(),
    };
    assert_eq!(world.events[0], signed_in);
    assert_eq!(registers(&world), 1);
}

#[test]
fn the_registration_is_refreshed_in_time_and_the_flow_kept_alive() {
    let mut world = World::ready(2);
    world.run(3_600_000);
    assert!(registers(&world) >= 12);
    assert_eq!(reachability(&world), Reachability::Ready);
    assert_eq!(world.sockets_opened.len(), 1);
}

#[test]
fn a_wrong_password_is_told_and_not_hammered() {
    let mut world = World::new(3);
    world.server.register_status = StatusCode::UNAUTHORIZED;
    world.sign_in();
    world.run(600_000);
    let wrong = Reachability::NotReachable {
        why: Trouble::WrongPassword,
        retry_at: None,
    };
    assert_eq!(reachability(&world), wrong);
    assert!(registers(&world) <= 2, "{}", registers(&world));
    assert_eq!(world.phone.state().actions.retry, None);
    world.drop_socket();
    world.run(60_000);
    assert!(registers(&world) <= 2, "not even after a reconnection");
    world.server.register_status = StatusCode::OK;
    world.sign_in();
    world.run(500);
    assert_eq!(reachability(&world), Reachability::Ready);
}

#[test]
fn an_account_that_is_not_allowed_is_told() {
    let mut world = World::new(3);
    world.server.register_status = StatusCode::FORBIDDEN;
    world.sign_in();
    world.run(1000);
    let Reachability::NotReachable { why, .. } = reachability(&world) else {
        panic!("not reachable")
    };
    let reason = "Forbidden".into();
    assert_eq!(
        why,
        Trouble::NotAllowed {
            status: 403,
            reason
        }
    );
}

#[test]
fn a_registrar_in_trouble_is_tried_again() {
    let mut world = World::new(4);
    world.server.register_status = StatusCode::SERVICE_UNAVAILABLE;
    world.sign_in();
    world.run(1000);
    let Reachability::NotReachable { why, retry_at } = reachability(&world) else {
        panic!("not reachable")
    };
    assert!(matches!(
        why,
        Trouble::RegistrationFailed { status: 503, .. }
    ));
    assert!(retry_at.is_some_and(|at| at > world.now));
    assert_eq!(world.phone.state().actions.retry, Some(Command::RetryNow));
    world.server.register_status = StatusCode::OK;
    world.command(Command::RetryNow).unwrap();
    world.run(200);
    assert_eq!(reachability(&world), Reachability::Ready);
}

#[test]
fn a_server_that_is_down_at_the_start_is_told_and_found_later() {
    let mut world = World::new(5);
    world.net.up = false;
    world.sign_in();
    world.run(10_000);
    let Reachability::NotReachable { why, retry_at } = reachability(&world) else {
        panic!("not reachable")
    };
    assert_eq!(why, Trouble::ServerDown);
    assert!(retry_at.is_some());
    assert_eq!(world.phone.state().checks.socket, Check::Bad);
    let attempts = world.sockets_opened.len();
    assert!((4..=7).contains(&attempts), "{attempts}");
    world.net.up = true;
    world.run(40_000);
    assert_eq!(reachability(&world), Reachability::Ready);
}

#[test]
fn the_connection_comes_back_by_itself() {
    let mut world = World::ready(6);
    world.drop_socket();
    assert!(matches!(
        reachability(&world),
        Reachability::Reconnecting {
            retry_at: Some(_),
            ..
        }
    ));
    assert_eq!(world.phone.state().dial, None);
    world.run(1000);
    assert_eq!(reachability(&world), Reachability::Ready);
    let of_connection =
        |event: &&Event| matches!(event, Event::ConnectionLost | Event::ConnectionBack);
    let news: Vec<_> = world.events.iter().filter(of_connection).cloned().collect();
    assert_eq!(news, [Event::ConnectionLost, Event::ConnectionBack]);
}

#[test]
fn the_network_coming_back_or_the_person_ends_the_wait() {
    for by_hand in [true, false] {
        let mut world = World::ready(7);
        world.net.up = false;
        world.drop_socket();
        world.run(120_000);
        world.net.up = true;
        let before = world.sockets_opened.len();
        if by_hand {
            world.command(Command::RetryNow).unwrap();
        } else {
            world.input(Input::Socket(SocketEvent::NetworkOnline));
        }
        world.run(200);
        assert_eq!(world.sockets_opened.len(), before + 1);
        assert_eq!(reachability(&world), Reachability::Ready);
    }
}

#[test]
fn a_connection_that_died_in_silence_is_noticed_and_replaced() {
    let mut world = World::ready(8);
    // A server that never answered a keep-alive may not know them.
    world.run(60_000);
    world.net.black_hole = true;
    world.run(40_000);
    assert!(world.sockets_opened.len() > 1);
    world.net.black_hole = false;
    world.run(60_000);
    assert_eq!(reachability(&world), Reachability::Ready);
}

#[test]
fn no_microphone_is_not_ready() {
    for (microphone, trouble) in [
        (MicrophoneState::Denied, Trouble::MicrophoneDenied),
        (MicrophoneState::Missing, Trouble::MicrophoneMissing),
        (MicrophoneState::Broken, Trouble::MicrophoneBroken),
    ] {
        let mut world = World::new(9);
        world.engine.microphone = microphone;
        world.sign_in();
        world.run(500);
        let why = Reachability::NotReachable {
            why: trouble,
            retry_at: None,
        };
        assert_eq!(reachability(&world), why);
        assert_eq!(world.phone.state().checks.microphone, Check::Bad);
        world.engine.microphone = MicrophoneState::Ready;
        let mend = world.phone.state().actions.enable_devices.clone().unwrap();
        world.command(mend).unwrap();
        world.run(100);
        assert_eq!(reachability(&world), Reachability::Ready);
        assert_eq!(world.phone.state().actions.enable_devices, None);
    }
}

#[test]
fn blocked_sound_is_not_ready_but_rings_on_screen() {
    let mut world = World::new(10);
    world.engine.sound = false;
    world.sign_in();
    world.run(500);
    let why = Reachability::NotReachable {
        why: Trouble::SoundBlocked,
        retry_at: None,
    };
    assert_eq!(reachability(&world), why);
    let (call, _) = world.rings("102");
    assert!(world.call(&call).actions.answer.is_some());
}

#[test]
fn signing_out_ends_the_calls_unregisters_and_closes() {
    let mut world = World::ready(11);
    let call = world.dial("102");
    world.run(1500);
    world.command(Command::SignOut).unwrap();
    assert_eq!(world.outcome(&call), Some(Outcome::HungUpHere));
    assert_eq!(world.phone.state().account, None);
    assert_eq!(reachability(&world), Reachability::SignedOut);
    world.run(500);
    assert!(world.server.calls.is_empty());
    assert_eq!(registers(&world), 2);
    assert!(world.server.flow.is_none(), "the WebSocket is closed");
    world.run(10_000);
    assert!(world.phone.timers().is_empty());
    assert_eq!(world.events.last(), Some(&Event::SignedOut));
    world.sign_in();
    world.run(500);
    assert_eq!(reachability(&world), Reachability::Ready);
}

#[test]
fn signing_in_as_somebody_else_starts_over_unless_calls_are_in_progress() {
    let mut world = World::ready(12);
    let call = world.dial("102");
    world.run(1500);
    let other = Command::SignIn(SignIn {
        extension: "103".into(),
        name: None,
        password: Some(Secret("alo-103".into())),
    });
    assert_eq!(world.command(other.clone()), Err(Refusal::CallsInProgress));
    world.hang_up(&call);
    world.command(other).unwrap();
    world.run(500);
    assert_eq!(reachability(&world), Reachability::Ready);
    let account = world.phone.state().account.clone().unwrap();
    assert_eq!(account.extension, "103");
}

#[test]
fn a_guest_dials_without_registering() {
    let mut world = World::new(13);
    world.sign_in_as_guest();
    world.run(200);
    assert_eq!(reachability(&world), Reachability::Ready);
    assert_eq!(registers(&world), 0);
    assert!(world.phone.state().account.clone().unwrap().guest);
    let call = world.dial("+842873001001");
    world.run(1500);
    assert!(world.is_talking(&call));
    world.drop_socket();
    world.run(2000);
    assert_eq!(reachability(&world), Reachability::Ready);
    world.hang_up(&call);
    world.run(200);
    assert!(world.server.calls.is_empty());
    assert_eq!(registers(&world), 0);
}

#[test]
fn nothing_to_retry_and_nobody_to_sign_out_is_said() {
    let mut world = World::new(14);
    assert_eq!(world.command(Command::SignOut), Err(Refusal::SignedOut));
    assert_eq!(
        world.command(Command::RetryNow),
        Err(Refusal::NothingToRetry)
    );
    let dial = Command::Dial {
        target: "102".into(),
        hotline: None,
        video: false,
    };
    assert_eq!(world.command(dial.clone()), Err(Refusal::SignedOut));
    world.sign_in();
    assert_eq!(world.command(dial), Err(Refusal::NotConnected));
    let nobody = Command::SignIn(SignIn {
        extension: String::new(),
        name: None,
        password: Some(Secret("x".into())),
    });
    assert_eq!(world.command(nobody), Err(Refusal::NotAnAccount));
}

#[test]
fn a_refusal_after_it_worked_is_taken_for_a_registrar_in_trouble() {
    let mut world = World::ready(15);
    let call = world.dial("102");
    world.run(1500);
    world.server.register_status = StatusCode::NOT_FOUND;
    world.drop_socket();
    world.run(2_000);
    let Reachability::NotReachable { why, retry_at } = reachability(&world) else {
        panic!("not reachable")
    };
    assert!(matches!(why, Trouble::NotAllowed { status: 404, .. }));
    assert!(retry_at.is_some_and(|at| at > world.now));
    assert_eq!(world.phone.state().actions.retry, Some(Command::RetryNow));
    assert_eq!(world.call(&call).recovery, None, "calls can be signalled");
    world.hold(&call, true);
    world.run(300);
    assert!(world.call(&call).hold.is_on());
    let before = registers(&world);
    world.run(90_000);
    assert_eq!(registers(&world), before + 3, "every half minute");
    world.server.register_status = StatusCode::OK;
    world.command(Command::RetryNow).unwrap();
    world.run(200);
    assert_eq!(reachability(&world), Reachability::Ready);
}

#[test]
fn a_late_bye_does_not_wait_for_a_registrar_that_refuses() {
    let mut world = World::ready(16);
    let call = world.dial("102");
    world.run(1500);
    world.net.up = false;
    world.drop_socket();
    world.run(5_000);
    world.hang_up(&call);
    world.server.register_status = StatusCode::FORBIDDEN;
    world.net.up = true;
    world.run(10_000);
    assert!(world.server.calls.is_empty(), "the BYE arrived");
    assert_ne!(reachability(&world), Reachability::Ready);
}
