//! Who hears whom in plain calls, held and swapped.

use alo_phone::language::Command;

use crate::world::{CUSTOMER, OTHER, Pace, SALES, SUPPORT, World};

const THREE: [&str; 3] = ["101", "102", CUSTOMER];

#[test]
fn a_customer_hears_music_until_an_agent_answers() {
    let mut world = World::with(&["101", CUSTOMER]);
    world.dials(CUSTOMER, SALES);
    assert_eq!(world.matrix(&["101", CUSTOMER]), ["-", "music"]);
    world.takes("101");
    assert_eq!(world.matrix(&["101", CUSTOMER]), [CUSTOMER, "101"]);
    world.hangs_up("101");
    assert_eq!(world.matrix(&["101", CUSTOMER]), ["-", "-"]);
}

#[test]
fn whoever_is_held_hears_music_and_is_not_heard() {
    let mut world = World::with(&["101", CUSTOMER]);
    let call = world.talks_with_customer("101", CUSTOMER);
    world.holds("101", &call, true);
    assert_eq!(world.matrix(&["101", CUSTOMER]), ["-", "music"]);
    world.holds("101", &call, false);
    assert_eq!(world.matrix(&["101", CUSTOMER]), [CUSTOMER, "101"]);
}

#[test]
fn of_two_calls_one_talks_and_the_other_hears_music() {
    let mut world = World::with(&["101", "102", CUSTOMER]);
    let first = world.talks_with_customer("101", CUSTOMER);
    world.dials("101", "102");
    assert_eq!(world.matrix(&THREE), ["tone", "-", "music"]);
    world.takes("102");
    assert_eq!(world.matrix(&THREE), ["102", "101", "music"]);
    world.swaps("101", &first);
    assert_eq!(world.matrix(&THREE), [CUSTOMER, "music", "101"]);
}

#[test]
fn a_number_is_heard_and_hears_music_when_it_is_held() {
    let mut world = World::with(&["101"]);
    world.dials("101", "0900000001");
    world.run(5_000);
    assert_eq!(world.sounds("101"), "+84900000001");
}

#[test]
fn a_customer_who_loses_the_connection_keeps_the_call() {
    let mut world = World::with(&["101", CUSTOMER]);
    world.talks_with_customer("101", CUSTOMER);
    world.set_online(CUSTOMER, false);
    world.lose_socket(CUSTOMER, 0, 3_000);
    world.run(20_000);
    assert_eq!(world.matrix(&["101", CUSTOMER]), [CUSTOMER, "101"]);
    world.set_online(CUSTOMER, true);
    world.run(20_000);
    world.hangs_up(CUSTOMER);
    assert_eq!(world.calls("101").len(), 0);
}

#[test]
fn two_customers_wait_while_one_agent_talks() {
    let mut world = World::with(&["101", CUSTOMER, OTHER]);
    world.talks_with_customer("101", CUSTOMER);
    world.dials(OTHER, SUPPORT);
    let heard = world.matrix(&["101", CUSTOMER, OTHER]);
    assert_eq!(heard, [CUSTOMER, "101", "says"]);
}

#[test]
fn a_hold_that_comes_before_the_media_server_is_ready_is_made_up_for() {
    let mut world = World::with(&["101", CUSTOMER]);
    world.dials(CUSTOMER, SALES);
    world.studio_pace = (900, 0);
    let call = world.ringing("101");
    let answer = call.clone();
    world.command(
        "101",
        Command::Answer {
            call: answer,
            video: false,
        },
    );
    world.run(20);
    world.holds("101", &call, true);
    world.run(8_000);
    assert_eq!(world.matrix(&["101", CUSTOMER]), ["-", "music"]);
}

#[test]
fn hold_and_back_over_a_slow_network_are_not_mixed_up() {
    let mut world = World::with(&["101", CUSTOMER]);
    let call = world.talks_with_customer("101", CUSTOMER);
    let slow = Pace {
        latency: 400,
        ..Pace::default()
    };
    world.set_pace("101", slow);
    world.holds("101", &call, true);
    world.holds("101", &call, false);
    world.run(5_000);
    assert_eq!(world.matrix(&["101", CUSTOMER]), [CUSTOMER, "101"]);
    assert!(!world.call("101", &call).held_by_remote);
}

#[test]
fn what_was_told_while_the_connection_was_gone_is_told_again() {
    let mut world = World::with(&["101", CUSTOMER]);
    let call = world.talks_with_customer("101", CUSTOMER);
    world.holds("101", &call, true);
    world.lose_socket(CUSTOMER, 2_000, 5_000);
    world.holds("101", &call, false);
    world.run(9_000);
    assert_eq!(world.matrix(&["101", CUSTOMER]), [CUSTOMER, "101"]);
    assert!(!world.call(CUSTOMER, &world.line(CUSTOMER)).held_by_remote);
}

#[test]
fn a_phone_that_is_away_for_long_is_told_when_it_is_back() {
    let mut world = World::with(&["101", CUSTOMER]);
    let call = world.talks_with_customer("101", CUSTOMER);
    world.holds("101", &call, true);
    world.set_online(CUSTOMER, false);
    world.lose_socket(CUSTOMER, 0, 0);
    world.holds("101", &call, false);
    world.run(60_000);
    world.set_online(CUSTOMER, true);
    world.run(8_000);
    assert_eq!(world.matrix(&["101", CUSTOMER]), [CUSTOMER, "101"]);
}
