//! The microphone of a call: opened late, refused, lost and found, and a person who is asked for it.

use alo_sip::method::Method;

use super::engine::{Engine, Opening};
use super::server::Act;
use super::world::World;
use crate::io::{Input, MediaEvent, MicrophoneState, Tone};
use crate::language::{CallId, Change, Command, Outcome, Phase, Sound, Trouble};

fn talking(seed: u64) -> (World, CallId) {
    let mut world = World::ready(seed);
    let call = world.dial("102");
    world.run(1500);
    assert!(world.is_talking(&call));
    (world, call)
}

fn notices(world: &World) -> Vec<Trouble> {
    let notices = world.phone.state().notices.iter();
    notices.map(|notice| notice.trouble.clone()).collect()
}

#[test]
fn a_microphone_that_does_not_open_after_all_takes_the_call_back() {
    let mut world = World::ready(1);
    world.engine.opening = Opening::Fails(MicrophoneState::Broken);
    let call = world.dial("102");
    world.run(100);
    assert_eq!(world.server.heard.last(), Some(&Method::Invite));
    assert_eq!(world.outcome(&call), Some(Outcome::NoMicrophone));
    assert_eq!(notices(&world), [Trouble::MicrophoneBroken]);
    assert!(world.engine.legs.is_empty());
    world.run(200);
    assert!(world.server.calls.is_empty(), "nobody is rung in vain");
}

#[test]
fn the_far_end_is_not_said_to_hear_what_nothing_captures() {
    let mut world = World::ready(2);
    let (call, _) = world.rings("102");
    world.engine.opening = Opening::Fails(MicrophoneState::Broken);
    world.answer(&call);
    world.run(1000);
    assert!(world.is_talking(&call), "the customer is not lost");
    assert_eq!(world.call(&call).hearing.to_remote, Sound::Nothing);
    assert_eq!(world.call(&call).hearing.from_remote, Sound::Voice);
    assert_eq!(notices(&world), [Trouble::MicrophoneBroken]);
    world.command(Command::EnableDevices).unwrap();
    world.media(Engine::microphone_is_back);
    world.run(100);
    assert_eq!(world.call(&call).hearing.to_remote, Sound::Voice);
    assert!(world.microphone(&call));
    assert_eq!(notices(&world), []);
}

#[test]
fn a_microphone_that_fails_before_the_answer_is_sent_lets_it_ring_on() {
    let mut world = World::ready(3);
    let (call, _) = world.rings("102");
    world.answer(&call);
    world.run(5);
    world.input(Input::Media(MediaEvent::CallMicrophone {
        call: call.clone(),
        state: MicrophoneState::Missing,
    }));
    assert!(matches!(world.call(&call).phase, Phase::Ringing { .. }));
    assert_eq!(world.engine.tone, Some(Tone::Ringing));
    world.run(2);
    world.answer(&call);
    // The answer that was being made before is not taken for this one.
    world.run(4);
    assert_eq!(world.call(&call).phase, Phase::Answering);
    assert!(!world.phone.lines[0].is_joined());
    world.run(1000);
    assert!(world.is_talking(&call) && world.microphone(&call));
}

#[test]
fn a_microphone_that_is_unplugged_is_told_and_comes_back_when_plugged_in() {
    let (mut world, call) = talking(4);
    world.media(|engine, now| engine.microphone_goes(now, MicrophoneState::Missing));
    world.run(100);
    assert!(world.is_talking(&call));
    assert_eq!(world.call(&call).hearing.to_remote, Sound::Nothing);
    assert_eq!(notices(&world), [Trouble::MicrophoneMissing]);
    world.run(60_000);
    assert!(world.is_talking(&call));
    world.media(Engine::microphone_is_back);
    world.run(100);
    assert_eq!(world.call(&call).hearing.to_remote, Sound::Voice);
    assert_eq!(notices(&world), []);
}

#[test]
fn a_microphone_that_goes_while_it_rings_there_takes_the_call_back() {
    let mut world = World::ready(5);
    let call = world.dial("never");
    world.run(500);
    world.media(|engine, now| engine.microphone_goes(now, MicrophoneState::Missing));
    world.run(200);
    assert_eq!(world.outcome(&call), Some(Outcome::NoMicrophone));
    assert!(world.server.calls.is_empty());
}

#[test]
fn a_microphone_that_goes_is_not_taken_for_a_hold_that_failed() {
    let (mut world, call) = talking(6);
    world.hold(&call, true);
    world.run(5);
    world.media(|engine, now| engine.microphone_goes(now, MicrophoneState::Broken));
    world.run(500);
    assert!(matches!(
        world.call(&call).hold,
        Change::Confirmed { on: true, .. }
    ));
    assert_eq!(world.call(&call).hearing.to_remote, Sound::Music);
    assert_eq!(notices(&world), [Trouble::MicrophoneBroken]);
}

#[test]
fn a_muted_call_without_microphone_says_that_it_is_muted() {
    let (mut world, call) = talking(7);
    let mute = |muted| Command::SetMute {
        call: call.clone(),
        muted,
    };
    world.command(mute(true)).unwrap();
    world.media(|engine, now| engine.microphone_goes(now, MicrophoneState::Broken));
    world.run(100);
    assert_eq!(world.call(&call).hearing.to_remote, Sound::Muted);
    world.command(mute(false)).unwrap();
    assert_eq!(world.call(&call).hearing.to_remote, Sound::Nothing);
}

#[test]
fn whoever_takes_long_to_allow_the_microphone_still_places_the_call() {
    let mut world = World::ready(8);
    world.engine.opening = Opening::Asks(90_000);
    let call = world.dial("102");
    world.run(89_000);
    assert_eq!(world.call(&call).phase, Phase::Dialing);
    world.run(3_000);
    assert!(world.is_talking(&call) && world.microphone(&call));
    assert_eq!(notices(&world), []);
}

#[test]
fn whoever_takes_long_to_allow_the_microphone_still_answers_the_call() {
    let mut world = World::ready(9);
    let (call, session) = world.rings("102");
    world.engine.opening = Opening::Asks(90_000);
    world.answer(&call);
    world.run(89_000);
    assert_eq!(world.call(&call).phase, Phase::Answering);
    assert!(world.server.calls.contains_key(&session));
    world.run(2_000);
    assert!(world.is_talking(&call) && world.microphone(&call));
}

#[test]
fn whoever_says_no_is_told_and_it_rings_on() {
    let mut world = World::ready(10);
    let (call, _) = world.rings("102");
    world.engine.opening = Opening::Asks(30_000);
    world.engine.microphone = MicrophoneState::Denied;
    world.answer(&call);
    world.run(31_000);
    assert!(matches!(world.call(&call).phase, Phase::Ringing { .. }));
    assert_eq!(notices(&world), [Trouble::MicrophoneDenied]);
}

#[test]
fn a_caller_who_gives_up_while_the_person_is_asked_is_missed() {
    let mut world = World::ready(11);
    let (call, session) = world.rings("102");
    world.engine.opening = Opening::Asks(30_000);
    world.answer(&call);
    world.run(10_000);
    world.server(|server, now| server.act(now, Act::HangUp(session)));
    world.run(100);
    assert_eq!(world.outcome(&call), Some(Outcome::Missed));
    assert!(world.engine.legs.is_empty());
}

#[test]
fn the_deadline_runs_again_once_the_person_has_answered() {
    let mut world = World::ready(12);
    world.engine.opening = Opening::Asks(30_000);
    world.engine.takes = 1_000_000;
    let call = world.dial("102");
    world.run(44_000);
    assert_eq!(world.call(&call).phase, Phase::Dialing);
    world.run(2_000);
    assert_eq!(world.outcome(&call), Some(Outcome::MediaFailed));
}

#[test]
fn a_media_engine_that_makes_no_answer_lets_the_call_ring_on() {
    let mut world = World::ready(13);
    let (call, session) = world.rings("102");
    world.engine.takes = 1_000_000;
    world.answer(&call);
    world.run(16_000);
    assert!(matches!(world.call(&call).phase, Phase::Ringing { .. }));
    assert!(world.server.calls.contains_key(&session), "not refused");
    world.engine.takes = 10;
    world.answer(&call);
    world.run(1000);
    assert!(world.is_talking(&call));
}
