//! Who is offered what.

use super::world::{World, at};
use crate::acd::{Facts, Miss, QueueView};
use std::time::Duration;

const NONE: [&str; 0] = [];

#[test]
fn the_longest_idle_agent_is_offered_the_call() {
    let mut world = World::new("wrap_up_seconds = 0");
    assert_eq!(world.enter(1), ["1 rings 101"], "all the same: by the list");
    world.answer(1, "101");
    assert_eq!(world.enter(2), ["2 rings 102"]);
    world.answer(2, "102");
    world.until(150);
    world.end("102");
    world.until(160);
    world.end("101");
    for (call, rings) in [(3, "103"), (4, "104"), (5, "105"), (6, "102"), (7, "101")] {
        assert_eq!(world.enter(call), [format!("{call} rings {rings}")]);
    }
    assert_eq!(world.enter(8), NONE, "nobody is left");
    assert_eq!(world.queue().waiting, 6, "those that ring wait too");
}

#[test]
fn an_agent_who_lets_it_ring_is_followed_by_the_next() {
    let mut world = World::new("ring_seconds = 20");
    assert_eq!(world.enter(1), ["1 rings 101"]);
    assert_eq!(world.until(119), NONE);
    let said = world.until(120);
    assert_eq!(said, ["1 off 101: no answer", "1 rings 102"]);
    let rest: Vec<_> = ["102", "103", "104"]
        .into_iter()
        .zip(["103", "104", "105"])
        .collect();
    for (number, (from, to)) in rest.into_iter().enumerate() {
        let said = world.until(140 + 20 * number as u64);
        assert_eq!(
            said,
            [format!("1 off {from}: no answer"), format!("1 rings {to}")]
        );
    }
    // Everybody has let it ring once: it goes round again.
    assert_eq!(world.until(200), ["1 off 105: no answer", "1 rings 101"]);
}

#[test]
fn who_declines_is_left_alone_for_a_moment_and_asked_last() {
    let mut world = World::new("agents = [\"101\", \"102\"]");
    world.enter(1);
    assert_eq!(world.refuse(1, "101", Miss::Declined), ["1 rings 102"]);
    assert_eq!(world.enter(2), NONE, "101 has just declined");
    assert_eq!(world.until(104), NONE);
    assert_eq!(world.until(105), ["2 rings 101"]);
    assert_eq!(world.refuse(2, "101", Miss::Declined), NONE);
    assert_eq!(world.refuse(1, "102", Miss::Declined), NONE);
    assert_eq!(world.until(110), ["1 rings 101", "2 rings 102"]);
}

#[test]
fn a_phone_that_cannot_be_reached_does_not_hold_the_call_up() {
    let mut world = World::new("");
    world.enter(1);
    assert_eq!(world.refuse(1, "101", Miss::Unreachable), ["1 rings 102"]);
    assert_eq!(
        world.reachable("102", false),
        ["1 off 102: unreachable", "1 rings 103"],
    );
    assert_eq!(world.answer(1, "102"), NONE, "it is too late for that");
    assert_eq!(world.answer(1, "103"), NONE);
    assert_eq!(world.queue().waiting, 0);
}

#[test]
fn all_are_rung_and_the_first_to_answer_has_it() {
    let mut world = World::new("strategy = \"ring-all\"\nagents = [\"103\", \"102\", \"101\"]");
    assert_eq!(world.enter(1), ["1 rings 101+102+103"]);
    assert_eq!(world.enter(2), NONE);
    // In the same instant: the first wins, and the other is told who did.
    let said = world.answer(1, "102");
    assert_eq!(
        said,
        [
            "1 off 101: answered by 102",
            "1 off 103: answered by 102",
            "2 rings 101+103",
        ],
        "and those who lost are rung for the next"
    );
    assert_eq!(world.answer(1, "103"), NONE);
    assert!(world.acd.offered(crate::acd::CallKey(2), "103"));
    assert_eq!(world.answer(2, "103"), ["2 off 101: answered by 103"]);
}

#[test]
fn who_becomes_free_is_rung_with_the_others() {
    let mut world = World::new("strategy = \"ring-all\"\nagents = [\"101\", \"102\", \"103\"]");
    world.choose("103", "short-break");
    assert_eq!(world.enter(1), ["1 rings 101+102"]);
    assert_eq!(world.refuse(1, "101", Miss::Declined), NONE);
    assert_eq!(world.choose("103", "available"), ["1 rings 103"]);
    // 101 has declined this call, and is not rung for it again while others are.
    assert_eq!(world.until(119), NONE);
    assert_eq!(
        world.until(120),
        [
            "1 off 102: no answer",
            "1 off 103: no answer",
            "1 rings 101"
        ],
        "but when nobody took it",
    );
}

#[test]
fn round_robin_goes_by_the_list() {
    let mut world = World::new(
        "strategy = \"round-robin\"\nwrap_up_seconds = 0\nagents = [\"103\", \"101\", \"105\"]",
    );
    for (call, rings) in [(1, "103"), (2, "101"), (3, "105"), (4, "103"), (5, "101")] {
        assert_eq!(world.enter(call), [format!("{call} rings {rings}")]);
        world.answer(call, rings);
        world.end(rings);
    }
    world.choose("105", "lunch-break");
    assert_eq!(
        world.enter(6),
        ["6 rings 103"],
        "who is away is passed over"
    );
}

#[test]
fn fewest_calls_counts_calls_of_this_queue() {
    let mut world = World::empty(
        "[[queue]]\nid = \"q\"\nstrategy = \"fewest-calls\"\nwrap_up_seconds = 0\n\
         [[queue]]\nid = \"other\"\nagents = [\"102\"]\nwrap_up_seconds = 0\n",
    );
    world.reachable("101", true);
    world.reachable("102", true);
    for call in [1, 2] {
        world.enter_to(call, "other", 0);
        world.answer(call, "102");
        world.end("102");
    }
    for (call, rings) in [(3, "101"), (4, "102"), (5, "101"), (6, "102")] {
        assert_eq!(world.enter(call), [format!("{call} rings {rings}")]);
        world.answer(call, rings);
        world.until(100 + call * 10);
        world.end(rings);
    }
}

#[test]
fn the_queue_with_the_higher_priority_goes_first_and_time_of_before_counts() {
    let mut world = World::empty(
        "[[queue]]\nid = \"low\"\n[[queue]]\nid = \"also\"\n[[queue]]\nid = \"vip\"\npriority = 5\n",
    );
    world.enter_to(1, "low", 0);
    world.until(110);
    world.enter_to(2, "also", 60);
    world.until(120);
    world.enter_to(3, "vip", 0);
    assert_eq!(world.reachable("101", true), ["3 rings 101"]);
    assert_eq!(world.reachable("102", true), ["2 rings 102"]);
    assert_eq!(world.reachable("103", true), ["1 rings 103"]);
}

#[test]
fn a_caller_who_hangs_up_frees_the_agent_at_once() {
    let mut world = World::new("agents = [\"101\"]");
    world.enter(1);
    world.enter(2);
    assert_eq!(world.leave(1), ["1 off 101: caller gone", "2 rings 101"]);
    assert_eq!(world.leave(2), ["2 off 101: caller gone"]);
    assert_eq!(world.answer(2, "101"), NONE);
    let free = QueueView {
        waiting: 0,
        free_agents: 1,
    };
    assert_eq!(world.queue(), free);
    assert_eq!(world.leave(7), NONE, "a call that never waited");
}

#[test]
fn who_loses_a_race_keeps_the_place_of_the_longest_idle() {
    let mut world = World::new("agents = [\"101\", \"102\"]");
    world.until(200);
    world.enter(1);
    world.leave(1);
    assert_eq!(world.enter(2), ["2 rings 101"]);
}

#[test]
fn who_is_in_another_call_is_offered_nothing() {
    let mut world = World::new("agents = [\"101\", \"102\"]");
    world.busy("101", 1, false);
    world.busy("102", 0, true);
    assert_eq!(
        world.enter(1),
        NONE,
        "one calls out, at the other a colleague rings"
    );
    assert_eq!(world.busy("102", 0, false), ["1 rings 102"]);
    assert_eq!(
        world.busy("102", 1, false),
        NONE,
        "an offer stands until it is over"
    );
    assert_eq!(world.busy("101", 0, false), NONE);
    assert_eq!(world.enter(2), ["2 rings 101"]);
}

#[test]
fn who_waits_too_long_overflows_with_all_the_time_that_he_waited() {
    let mut world = World::empty(
        "[[queue]]\nid = \"q\"\nmax_wait_seconds = 60\noverflow = { queue = \"r\" }\n\
         [[queue]]\nid = \"r\"\nmax_wait_seconds = 30\n",
    );
    world.enter(1);
    assert_eq!(world.until(159), NONE);
    assert_eq!(world.until(160), ["1 overflows to Queue(\"r\") after 60"]);
    assert_eq!(world.acd.facts(crate::acd::CallKey(1), at(160)), None);
    world.enter_to(1, "r", 60);
    world.until(170);
    let facts = Facts {
        waiting: 0,
        waited: Duration::from_secs(70),
    };
    assert_eq!(
        world.acd.facts(crate::acd::CallKey(1), world.now),
        Some(facts)
    );
    let said = world.until(200);
    assert_eq!(said, ["1 overflows to apology-vi+apology-en after 90"]);
    assert_eq!(world.acd.next_timeout(), None, "nothing is left behind");
}

#[test]
fn a_ringing_phone_may_be_answered_when_the_time_is_up() {
    let mut world =
        World::new("max_wait_seconds = 30\nring_seconds = 20\nagents = [\"101\", \"102\"]");
    world.enter(1);
    world.until(120);
    assert_eq!(world.until(139), NONE, "102 rings until 140");
    assert_eq!(world.answer(1, "102"), NONE);
    // And where nobody does, it goes then, and rings at nobody else.
    let mut world =
        World::new("max_wait_seconds = 30\nring_seconds = 20\nagents = [\"101\", \"102\"]");
    world.enter(1);
    world.until(120);
    assert_eq!(
        world.until(300),
        [
            "1 off 102: no answer",
            "1 overflows to apology-vi+apology-en after 40"
        ],
    );
}

#[test]
fn an_answer_in_the_last_instant_counts() {
    let mut world = World::new("ring_seconds = 20\nagents = [\"101\"]");
    world.enter(1);
    world.now = at(120);
    assert_eq!(world.answer(1, "101"), NONE);
    assert_eq!(world.queue().waiting, 0);
}

#[test]
fn who_waits_is_told_his_place_but_not_while_a_phone_rings() {
    let mut world = World::new(
        "announce = { every_seconds = 30, prompts = \"please-hold-en\" }\nring_seconds = 45\nagents = [\"101\"]",
    );
    world.choose("101", "lunch-break");
    world.enter(1);
    world.until(110);
    world.enter(2);
    assert_eq!(world.until(130), ["1 hears please-hold-en as 1"]);
    assert_eq!(world.until(140), ["2 hears please-hold-en as 2"]);
    assert_eq!(world.choose("101", "available"), ["1 rings 101"]);
    assert_eq!(world.until(180), ["2 hears please-hold-en as 2"]);
    // What was due at 160 is made up for when 101 has not answered.
    assert_eq!(
        world.until(185),
        ["1 off 101: no answer", "1 hears please-hold-en as 1"],
    );
}

#[test]
fn the_place_is_spoken_up_to_the_tenth() {
    let mut world = World::new(
        "announce = { every_seconds = 30, prompts = [\"please-hold-en\", \"position-en\"] }\nagents = [\"101\"]",
    );
    world.reachable("101", false);
    for call in 1..=11 {
        world.enter(call);
    }
    let said = world.until(130);
    assert_eq!(
        said[0],
        "1 hears please-hold-en+you-are-number-en+number-1-en as 1"
    );
    assert_eq!(
        said[9],
        "10 hears please-hold-en+you-are-number-en+number-10-en as 10"
    );
    assert_eq!(said[10], "11 hears please-hold-en as 11");
}

#[test]
fn a_call_that_enters_anew_leaves_where_it_was() {
    let mut world =
        World::empty("[[queue]]\nid = \"q\"\n[[queue]]\nid = \"r\"\nagents = [\"102\"]\n");
    world.reachable("101", true);
    assert_eq!(world.enter(1), ["1 rings 101"]);
    assert_eq!(world.enter_to(1, "r", 5), ["1 off 101: caller gone"]);
    assert_eq!(world.queue().waiting, 0);
    assert_eq!(
        world.enter_to(1, "no such queue", 9),
        ["1 overflows to  after 9"],
        "nobody is left in a queue that is not there"
    );
}
