//! Several calls at once.

use alo_sip::status::StatusCode;

use super::world::World;
use crate::io::Tone;
use crate::language::{CallId, Change, Command, Outcome, Phase, Sound};

fn is_held(world: &World, call: &CallId) -> bool {
    matches!(world.call(call).hold, Change::Confirmed { on: true, .. })
}

/// One call that talks, and a second one that rings.
fn talking_and_ringing(seed: u64) -> (World, CallId, CallId) {
    let mut world = World::ready(seed);
    let first = world.dial("102");
    world.run(1500);
    let (second, _) = world.rings("+84901234567");
    (world, first, second)
}

#[test]
fn a_second_call_knocks_softly() {
    let (world, first, second) = talking_and_ringing(1);
    assert_eq!(world.engine.tone, Some(Tone::CallWaiting));
    assert_eq!(world.phone.state().focus.as_ref(), Some(&second));
    assert!(world.microphone(&first), "the first call goes on");
}

#[test]
fn answering_a_second_call_holds_the_first_before() {
    let (mut world, first, second) = talking_and_ringing(2);
    world.answer(&second);
    assert!(!world.microphone(&first));
    assert_eq!(world.engine.legs.len(), 1, "the answer waits for the hold");
    world.run_until("the first is held", |world| is_held(world, &first));
    world.run(500);
    assert!(world.is_talking(&second) && world.microphone(&second));
    assert_eq!(world.call(&first).hearing.to_remote, Sound::Music);
    assert_eq!(world.phone.state().focus.as_ref(), Some(&second));
}

#[test]
fn an_answer_does_not_wait_for_ever_for_the_hold() {
    let (mut world, first, second) = talking_and_ringing(3);
    world.server.ignore_offers = true;
    world.answer(&second);
    world.run(1900);
    assert!(!world.microphone(&second));
    world.run(600);
    assert!(world.microphone(&second));
    assert!(!world.microphone(&first));
    assert_eq!(world.call(&first).hearing.from_remote, Sound::Nothing);
    assert_eq!(world.call(&first).hearing.to_remote, Sound::Muted);
}

#[test]
fn swap_and_swap_back() {
    let (mut world, first, second) = talking_and_ringing(4);
    world.answer(&second);
    world.run(500);
    assert_eq!(world.call(&second).actions.swap_to, None);
    for _ in 0..3 {
        for (to, from) in [(&first, &second), (&second, &first)] {
            let swap = world.call(to).actions.swap_to.clone().unwrap();
            world.command(swap).unwrap();
            assert!(!world.microphone(from));
            world.run(500);
            assert!(is_held(&world, from));
            assert!(world.microphone(to) && !is_held(&world, to));
        }
    }
}

#[test]
fn taking_one_back_holds_the_other() {
    let (mut world, first, second) = talking_and_ringing(5);
    world.answer(&second);
    world.run(500);
    world.hold(&first, false);
    world.run(500);
    assert!(world.microphone(&first));
    assert!(is_held(&world, &second));
}

#[test]
fn dialling_while_talking_holds_first() {
    let mut world = World::ready(6);
    let first = world.dial("102");
    world.run(1500);
    let second = world.dial("103");
    assert!(!world.microphone(&first));
    world.run(1500);
    assert!(is_held(&world, &first));
    assert!(world.is_talking(&second) && world.microphone(&second));
    world.hang_up(&second);
    world.run(300);
    assert!(is_held(&world, &first), "nobody is taken back by surprise");
    world.hold(&first, false);
    world.run(300);
    assert!(world.microphone(&first));
}

#[test]
fn an_outgoing_call_that_is_answered_while_another_is_talked_to_is_held_at_once() {
    let mut world = World::ready(7);
    let first = world.dial("102");
    world.run(100);
    let (second, _) = world.rings("103");
    world.answer(&second);
    world.run(2000);
    assert!(world.is_talking(&first) && is_held(&world, &first));
    assert!(world.microphone(&second));
}

#[test]
fn a_refused_hold_does_not_join_the_two_calls() {
    let (mut world, first, second) = talking_and_ringing(8);
    world.server.refuse_offers = vec![StatusCode::NOT_ACCEPTABLE_HERE];
    world.answer(&second);
    world.run(1000);
    assert!(world.microphone(&second));
    assert!(!world.microphone(&first));
    assert!(world.call(&first).muted);
    assert_eq!(world.call(&first).hearing.from_remote, Sound::Nothing);
    world
        .command(Command::SwapTo {
            call: first.clone(),
        })
        .unwrap();
    world.run(500);
    assert_eq!(world.call(&first).hearing.from_remote, Sound::Voice);
    assert!(!world.microphone(&first), "muted until asked");
}

#[test]
fn the_other_call_ends_while_the_answer_waits_for_its_hold() {
    let (mut world, first, second) = talking_and_ringing(9);
    world.server.ignore_offers = true;
    world.answer(&second);
    world.run(50);
    world.hang_up(&first);
    world.run(500);
    assert!(world.is_talking(&second), "no reason to wait any longer");
}

#[test]
fn the_second_caller_gives_up_while_the_first_is_being_held() {
    let (mut world, first, second) = talking_and_ringing(10);
    world.server.ignore_offers = true;
    world.answer(&second);
    world.run(50);
    let session = world.last_session();
    world.server(|server, now| server.act(now, super::server::Act::HangUp(session)));
    world.run(500);
    assert!(matches!(
        world.outcome(&second),
        Some(Outcome::Missed | Outcome::HungUpThere)
    ));
    assert!(world.is_talking(&first));
}

#[test]
fn ringing_goes_on_for_the_one_that_still_rings() {
    let mut world = World::ready(11);
    let (first, _) = world.rings("1");
    let (second, _) = world.rings("2");
    assert_eq!(world.engine.tone, Some(Tone::Ringing));
    world.answer(&first);
    assert_eq!(world.engine.tone, Some(Tone::CallWaiting));
    world.run(500);
    world.command(Command::Decline { call: second }).unwrap();
    assert_eq!(world.engine.tone, None);
    assert!(matches!(world.call(&first).phase, Phase::Talking { .. }));
}

#[test]
fn a_dialled_call_is_talked_to_after_the_other_one_ended() {
    let mut world = World::ready(12);
    let first = world.dial("102");
    world.run(100);
    let (second, _) = world.rings("103");
    world.answer(&second);
    world.run(200);
    world.hang_up(&second);
    world.run(1000);
    assert!(world.is_talking(&first) && world.microphone(&first));
    assert!(!is_held(&world, &first));
}
