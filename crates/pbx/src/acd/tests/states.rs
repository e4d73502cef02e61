//! Working states, and what presence shows.

use super::world::{World, at};
use crate::acd::{Input, Miss, Output, Phone};

const NONE: [&str; 0] = [];

/// State, what follows, and the phone.
fn shown(world: &World, agent: &str) -> (String, Option<String>, Phone) {
    let view = world.agent(agent);
    (view.state, view.next.map(|(id, _)| id), view.phone)
}

fn is(state: &str, next: Option<&str>, phone: Phone) -> (String, Option<String>, Phone) {
    (state.into(), next.map(String::from), phone)
}

#[test]
fn after_a_call_there_is_after_call_work_with_an_end() {
    let mut world = World::new("wrap_up_seconds = 15\nagents = [\"101\"]");
    world.enter(1);
    assert_eq!(shown(&world, "101"), is("available", None, Phone::Ringing));
    world.answer(1, "101");
    assert_eq!(shown(&world, "101"), is("available", None, Phone::InCall));
    world.until(130);
    assert_eq!(world.end("101"), NONE);
    assert_eq!(
        shown(&world, "101"),
        is("after-call-work", None, Phone::Idle)
    );
    assert_eq!(world.agent("101").name, "After-call work");
    assert_eq!(world.agent("101").until, Some(at(145)));
    assert_eq!(world.agent("101").since, at(130));
    world.enter(2);
    assert_eq!(world.until(144), NONE);
    assert_eq!(world.until(145), ["2 rings 101"]);
    assert_eq!(world.agent("101").since, at(145));
}

#[test]
fn after_call_work_is_had_once_more_or_ended_early() {
    let mut world = World::new("wrap_up_seconds = 15\nagents = [\"101\"]");
    world.enter(1);
    world.answer(1, "101");
    world.end("101");
    world.enter(2);
    world.until(110);
    world.choose("101", "after-call-work");
    assert_eq!(world.agent("101").until, Some(at(125)));
    assert_eq!(world.agent("101").since, at(100), "it is the same work");
    assert_eq!(world.until(124), NONE);
    assert_eq!(world.choose("101", "available"), ["2 rings 101"]);
    assert!(
        world.acd.next_timeout() > Some(at(125)),
        "its end is not waited for any more"
    );
}

#[test]
fn after_call_work_cannot_be_had_without_a_call() {
    let mut world = World::new("agents = [\"101\"]");
    assert_eq!(world.choose("101", "after-call-work"), NONE);
    assert_eq!(shown(&world, "101"), is("available", None, Phone::Idle));
    world.choose("101", "no such state");
    assert_eq!(shown(&world, "101"), is("available", None, Phone::Idle));
    assert!(world.acd.knows_state("lunch-break") && !world.acd.knows_state("no such state"));
}

#[test]
fn a_state_chosen_during_a_call_holds_when_it_ends() {
    let mut world = World::new("agents = [\"101\"]");
    world.enter(1);
    world.answer(1, "101");
    world.choose("101", "lunch-break");
    assert_eq!(
        shown(&world, "101"),
        is("available", Some("lunch-break"), Phone::InCall)
    );
    world.until(160);
    world.end("101");
    assert_eq!(shown(&world, "101"), is("lunch-break", None, Phone::Idle));
    assert_eq!(world.agent("101").since, at(160));
    assert_eq!(world.enter(2), NONE);
}

#[test]
fn a_choice_during_a_call_is_taken_back_by_choosing_what_holds() {
    let mut world = World::new("agents = [\"101\"]");
    world.enter(1);
    world.answer(1, "101");
    world.choose("101", "lunch-break");
    world.choose("101", "available");
    assert_eq!(shown(&world, "101"), is("available", None, Phone::InCall));
    world.end("101");
    assert_eq!(
        shown(&world, "101"),
        is("after-call-work", None, Phone::Idle)
    );
}

#[test]
fn a_break_chosen_while_it_rings_lets_the_call_ring_out() {
    let mut world = World::new("agents = [\"101\", \"102\"]");
    world.enter(1);
    assert_eq!(world.choose("101", "short-break"), NONE);
    assert_eq!(
        shown(&world, "101"),
        is("available", Some("short-break"), Phone::Ringing)
    );
    assert_eq!(world.until(120), ["1 off 101: no answer", "1 rings 102"]);
    assert_eq!(shown(&world, "101"), is("short-break", None, Phone::Idle));
}

#[test]
fn a_direct_call_makes_busy_and_has_no_after_call_work() {
    let mut world = World::new("agents = [\"101\"]");
    world.busy("101", 0, true);
    assert_eq!(shown(&world, "101"), is("available", None, Phone::Ringing));
    world.busy("101", 1, false);
    world.choose("101", "short-break");
    assert_eq!(
        shown(&world, "101"),
        is("available", Some("short-break"), Phone::InCall)
    );
    world.busy("101", 0, false);
    assert_eq!(shown(&world, "101"), is("short-break", None, Phone::Idle));
    world.choose("101", "available");
    world.busy("101", 1, false);
    world.busy("101", 0, false);
    assert_eq!(shown(&world, "101"), is("available", None, Phone::Idle));
    assert_eq!(world.enter(1), ["1 rings 101"]);
}

#[test]
fn after_call_work_begins_when_the_last_call_is_over_whoever_tells_first() {
    for other_first in [false, true] {
        let mut world = World::new("wrap_up_seconds = 15\nagents = [\"101\"]");
        world.enter(1);
        world.busy("101", 1, false);
        world.answer(1, "101");
        world.enter(2);
        if other_first {
            world.busy("101", 0, false);
            world.end("101");
        } else {
            world.end("101");
            world.until(130);
            assert_eq!(world.agent("101").phone, Phone::InCall);
            world.busy("101", 0, false);
        }
        assert_eq!(
            shown(&world, "101"),
            is("after-call-work", None, Phone::Idle)
        );
        let end = if other_first { 115 } else { 145 };
        assert_eq!(world.until(end - 1), NONE);
        assert_eq!(world.until(end), ["2 rings 101"]);
    }
}

#[test]
fn after_call_work_goes_back_to_what_was_before() {
    let mut world = World::new("wrap_up_seconds = 15\nagents = [\"101\"]");
    world.choose("101", "not-available");
    // A colleague hands him a call of the queue.
    world.busy("101", 1, false);
    world.end("101");
    world.busy("101", 0, false);
    assert_eq!(
        shown(&world, "101"),
        is("after-call-work", Some("not-available"), Phone::Idle)
    );
    world.until(115);
    assert_eq!(shown(&world, "101"), is("not-available", None, Phone::Idle));
}

#[test]
fn who_lets_too_many_calls_ring_is_put_to_not_available() {
    let mut world = World::new("misses = 2\nring_seconds = 10\nagents = [\"101\", \"102\"]");
    world.choose("102", "lunch-break");
    world.enter(1);
    assert_eq!(world.until(110), ["1 off 101: no answer"]);
    assert_eq!(
        world.until(115),
        ["1 rings 101"],
        "he is asked again after a moment"
    );
    assert_eq!(world.until(125), ["1 off 101: no answer"]);
    assert_eq!(shown(&world, "101"), is("not-available", None, Phone::Idle));
    assert_eq!(world.until(400), NONE);
    assert_eq!(world.choose("101", "available"), ["1 rings 101"]);
}

#[test]
fn answering_and_declining_are_no_misses() {
    let mut world =
        World::new("misses = 2\nring_seconds = 10\nwrap_up_seconds = 0\nagents = [\"101\"]");
    world.enter(1);
    world.until(115);
    world.answer(1, "101");
    world.end("101");
    world.enter(2);
    world.until(130);
    assert_eq!(
        world.agent("101").state,
        "available",
        "one miss, an answer, one miss"
    );
    for _ in 0..5 {
        world.refuse(2, "101", Miss::Declined);
        world.until(world.now.as_millis() / 1000 + 5);
    }
    assert_eq!(world.agent("101").state, "available");
    let mut world = World::new("misses = 0\nring_seconds = 10\nagents = [\"101\"]");
    world.enter(1);
    world.until(1000);
    assert_eq!(world.agent("101").state, "available", "0 is never");
}

#[test]
fn a_state_survives_a_lost_connection_but_not_the_night() {
    let mut world = World::new("agents = [\"101\"]");
    world.choose("101", "training-not-known");
    world.choose("101", "lunch-break");
    world.reachable("101", false);
    assert_eq!(
        shown(&world, "101"),
        is("lunch-break", None, Phone::Offline)
    );
    world.until(1900);
    world.reachable("101", true);
    assert_eq!(shown(&world, "101"), is("lunch-break", None, Phone::Idle));
    assert_eq!(world.agent("101").since, at(100));
    world.reachable("101", false);
    world.until(1900 + 4 * 3600);
    world.reachable("101", true);
    assert_eq!(shown(&world, "101"), is("available", None, Phone::Idle));
    assert_eq!(world.agent("101").since, world.now);
}

#[test]
fn a_call_goes_on_while_its_phone_is_lost() {
    let mut world = World::new("wrap_up_seconds = 15\nagents = [\"101\"]");
    world.enter(1);
    world.answer(1, "101");
    world.reachable("101", false);
    assert_eq!(shown(&world, "101"), is("available", None, Phone::InCall));
    world.end("101");
    assert_eq!(
        shown(&world, "101"),
        is("after-call-work", None, Phone::Offline)
    );
    world.enter(2);
    assert_eq!(world.until(150), NONE);
    assert_eq!(world.reachable("101", true), ["2 rings 101"]);
}

#[test]
fn an_own_state_has_its_name_and_is_offered_nothing() {
    let mut world = World::empty(
        "[[queue]]\nid = \"q\"\n[[working_state]]\nid = \"training\"\nname = \"Đào tạo\"\n",
    );
    world.reachable("101", true);
    assert_eq!(
        world.agent("101").since,
        at(100),
        "Available since he signed in"
    );
    world.choose("101", "training");
    assert_eq!(world.agent("101").name, "Đào tạo");
    assert_eq!(world.enter(1), NONE);
}

#[test]
fn changes_are_told_once_and_only_where_something_changed() {
    let mut world = World::new("agents = [\"101\", \"102\"]");
    let changed = |outputs: Vec<Output>| -> Vec<String> {
        let agents = outputs.into_iter().filter_map(|output| match output {
            Output::Changed { agent } => Some(agent),
            _ => None,
        });
        agents.collect()
    };
    let choose = |state: &str| Input::Choose {
        agent: "101".into(),
        state: state.into(),
    };
    let now = world.now;
    assert_eq!(changed(world.acd.step(now, choose("lunch-break"))), ["101"]);
    assert_eq!(changed(world.acd.step(now, choose("lunch-break"))), NONE);
    assert_eq!(changed(world.acd.step(now, choose("nonsense"))), NONE);
    assert_eq!(changed(world.acd.step(now, choose("available"))), ["101"]);
    let unknown = Input::Reachable {
        agent: "999".into(),
        reachable: true,
    };
    assert_eq!(changed(world.acd.step(now, unknown)), NONE);
}
