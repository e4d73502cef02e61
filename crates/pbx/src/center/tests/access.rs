//! Who may do what, and how much of it.

use std::time::Duration;

use alo_sip::ua::{FlowId, RegistrationEvent};
use bytes::Bytes;

use super::super::Output;
use super::super::invites::user;
use super::world::{SALES, World};
use crate::config::Config;

#[test]
fn an_agent_on_his_own_connection_is_not_challenged_again() {
    let mut world = World::with(&["101", "102"]);
    let before = world.challenges;
    world.call("101", "102");
    assert_eq!(world.phone("102").called.len(), 1);
    assert_eq!(world.challenges, before);
}

#[test]
fn registrations_are_refreshed_for_hours_with_a_nonce_that_runs_out() {
    let mut world = World::with(&["101"]);
    let first = world.challenges;
    world.wait(Duration::from_secs(3 * 3600));
    assert!(world.center.registrar.is_bound("101", FlowId(1)));
    assert!(world.challenges > first, "the nonce ran out in between");
    assert!(matches!(
        world.phone("101").registered,
        Some(RegistrationEvent::Registered { .. })
    ));
}

#[test]
fn who_guesses_passwords_is_not_listened_to_and_then_cut_off() {
    let mut world = World::new();
    world.add("101");
    let flow = world.phone("101").flow;
    for n in 0..10 {
        assert_eq!(world.refused("101", &format!("guess-{n}")), 401);
    }
    world.register("101", "alo-101");
    assert!(world.center.registrar.reachable("101").next().is_none());
    // Bình is in the same office.
    world.add("102");
    world.sign_in("102");
    for _ in 0..18 {
        world.register("101", "guess");
        assert_eq!(world.closed, []);
    }
    world.register("101", "guess");
    assert_eq!(world.closed, [flow]);
    // A minute later An has found the note with the password.
    world.wait(Duration::from_secs(60));
    world.add("101");
    world.sign_in("101");
}

#[test]
fn what_is_no_sip_again_and_again_is_no_phone() {
    let mut world = World::with(&["101"]);
    let flow = world.phone("101").flow;
    for _ in 0..19 {
        world.garbage("101");
    }
    assert_eq!(world.closed, []);
    world.garbage("101");
    assert_eq!(world.closed, [flow]);

    // But a call is not taken from anybody for it.
    let (mut world, outgoing, _) = World::talking();
    let flow = world.phone("101").flow;
    for _ in 0..100 {
        world.garbage("101");
    }
    assert_eq!(world.closed, []);
    world.hang_up("101", outgoing);
    world.garbage("101");
    assert_eq!(world.closed, [flow]);
}

#[test]
fn a_connection_that_was_told_to_close_is_not_listened_to() {
    let mut world = World::with(&["101"]);
    let (now, flow) = (world.now, world.phone("101").flow);
    for _ in 0..20 {
        let bytes = Bytes::from_static(b"nonsense\r\n\r\n");
        world.center.received(now, flow, bytes);
    }
    // What it had sent before it noticed.
    world
        .center
        .received(now, flow, Bytes::from_static(b"\r\n\r\n"));
    let mut pongs = 0;
    loop {
        match world.center.poll_output() {
            Output::Timeout(_) => break,
            Output::Transmit { bytes, .. } => pongs += usize::from(&bytes[..] == b"\r\n"),
            _ => {}
        }
    }
    assert_eq!(pongs, 0);
}

#[test]
fn guests_leave_room_for_others_and_for_one_another() {
    for change in [
        |config: &mut Config| config.calls.max_guest_calls = 2,
        |config: &mut Config| config.calls.guest_calls_per_address = 2,
        |config: &mut Config| config.calls.guest_invites_per_minute = 2,
    ] {
        let mut world = World::shift(&["101"], change);
        world.add("guest-2");
        world.add("guest-3");
        let first = world.call("guest-1", SALES);
        world.call("guest-2", SALES);
        world.call("guest-3", SALES);
        assert_eq!(world.phone("guest-3").refusal(), 503);
        assert_eq!(world.phone("guest-2").answered.len(), 1, "it waits");
        // An agent has room all the same; and soon a guest has.
        world.add("102");
        world.sign_in("102");
        let calls = world.phone("101").called.len();
        world.call("102", "101");
        assert_eq!(world.phone("101").called.len(), calls + 1);
        world.hang_up("guest-1", first);
        world.now += Duration::from_secs(31);
        world.call("guest-3", SALES);
        assert_eq!(world.phone("guest-3").answered.len(), 1);
    }
}

#[test]
fn a_guest_has_one_call_at_a_time() {
    let mut world = World::with(&["101"]);
    world.add("guest-1");
    world.call("guest-1", SALES);
    assert_eq!(world.phone("101").called.len(), 1);
    world.call("guest-1", SALES);
    assert_eq!(world.phone("guest-1").refusal(), 486);
    assert_eq!(world.phone("101").called.len(), 1);
}

#[test]
fn a_guest_is_shown_as_what_fits_on_a_screen() {
    const LONG: &str = concat!(
        "guest-",
        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
    );
    let mut world = World::with(&["101"]);
    world.add(LONG);
    world.call(LONG, SALES);
    let from = world.phone("101").invites[0].headers().from().unwrap();
    assert_eq!(user(from.unwrap().uri()), &LONG[..64]);
}
