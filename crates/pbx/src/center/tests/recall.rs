//! Transfers that come to nothing, and customers who are never lost.

use alo_api::header;
use alo_sip::header::Reason;
use alo_sip::status::StatusCode;
use alo_sip::ua::EndedBy;

use super::transfers::music;
use super::world::{SALES, World};
use crate::acd;
use crate::config::Destination;
use crate::media::{MediaEvent, Source};

/// A customer whom An transfers to Bình, whose phone rings.
fn transferred(agents: &[&'static str]) -> World {
    let (mut world, _, an) = World::with_customer(agents);
    world.refer("101", an, "102");
    world.ring("102");
    assert_eq!(world.told_of("101").last().unwrap(), "180 Ringing");
    world
}

/// What An's phone was told of a transfer that comes back, with this status.
fn returned(world: &mut World) -> String {
    let an = world.phone("101");
    an.told(header::RETURNED).expect("it comes back")
}

#[test]
fn it_comes_back_when_the_target_is_busy_or_declines() {
    for (status, told) in [(486, "486 Busy Here returns"), (603, "603 Decline returns")] {
        let mut world = transferred(&["102"]);
        world.decline("102", status);
        world.nobody_is_lost();
        assert_eq!(world.told_of("101"), [told]);
        assert_eq!(world.hears("guest-1"), music("sales"));
        assert_eq!(world.ringing(&["101", "102"]), ["101"]);
        assert_eq!(world.does("101"), acd::Phone::Ringing);
        let from = format!("\"Bình Trần\" <sip:102@alo.local>;status={status}");
        assert_eq!(returned(&mut world), from);
        assert!(world.caller_shown("101").contains("<sip:guest-1@"));
        let an = world.answer("101");
        world.hear_each_other("guest-1", "101");
        assert_eq!(world.does("101"), acd::Phone::InCall);
        world.hang_up("101", an);
        world.is_clean();
    }
}

#[test]
fn a_colleague_does_not_come_into_the_queue_of_customers() {
    let mut world = World::with(&["101", "102", "103"]);
    let chi = world.call("101", "103");
    world.answer("103");
    world.refer("101", chi, "102");
    world.call("101", "+84900000003");
    world.decline("102", 603);
    assert_eq!(world.told_of("101").last().unwrap(), "603 Decline");
    assert!(matches!(world.hears("103"), Source::Prompts(_)));
    assert_eq!(world.center.acd.queue("sales").unwrap().waiting, 0);
}

#[test]
fn it_comes_back_when_nobody_answers() {
    let mut world = transferred(&["102"]);
    world.pass(19);
    assert_eq!(world.ringing(&["101", "102"]), ["102"]);
    world.pass(2);
    assert_eq!(world.told_of("101"), ["480 No Answer returns"]);
    assert_eq!(world.ringing(&["101", "102"]), ["101"]);
    assert!(returned(&mut world).ends_with(";status=480"));
}

#[test]
fn it_comes_back_when_the_target_dies_while_it_rings() {
    let mut world = transferred(&["102"]);
    world.cut("102");
    world.pass(21);
    assert_eq!(world.told_of("101"), ["480 No Answer returns"]);
    world.answer("101");
    world.hear_each_other("guest-1", "101");
}

#[test]
fn it_comes_back_from_a_number_that_is_busy() {
    let (mut world, _, an) = World::with_customer(&[]);
    world.refer("101", an, "+84900000002");
    assert_eq!(
        world.told_of("101"),
        ["accepted", "100 Trying", "486 Busy Here returns"]
    );
    assert_eq!(
        returned(&mut world),
        "<sip:+84900000002@alo.local>;status=486"
    );
    world.answer("101");
    world.hear_each_other("guest-1", "101");
}

#[test]
fn a_customer_whom_the_agent_had_called_comes_back_too() {
    let mut world = World::with(&["101", "102"]);
    let an = world.call("101", "+84900000001");
    world.pass(4);
    world.refer("101", an, "102");
    world.decline("102", 603);
    world.answer("101");
    world.hears_number("101");
}

#[test]
fn whoever_is_gone_or_busy_by_then_is_not_rung_and_the_customer_goes_on() {
    for busy in [false, true] {
        let mut world = transferred(&["102", "103"]);
        if busy {
            world.call("101", "103");
        } else {
            world.cut("101");
        }
        world.decline("102", 486);
        world.nobody_is_lost();
        assert_eq!(world.hears("guest-1"), music("sales"), "in its queue");
        if busy {
            let told = world.told_of("101");
            assert_eq!(told, ["486 Busy Here \"Sales\" <sip:sales@alo.local>"]);
        }
        world.pass(6);
        let rung = world.ringing(&["102", "103"]);
        let rung = if busy { "102" } else { rung[0] };
        world.answer(rung);
        world.hear_each_other("guest-1", rung);
    }
}

#[test]
fn a_recall_that_is_not_taken_ends_in_the_fallback() {
    for declines in [true, false] {
        let mut world = transferred(&["102"]);
        world.decline("102", 486);
        if declines {
            world.decline("101", 603);
        } else {
            world.pass(21);
        }
        assert_eq!(world.ringing(&["101"]), Vec::<&str>::new());
        assert_eq!(world.hears("guest-1"), music("sales"));
        assert_eq!(world.ringing(&["102"]), ["102"], "he is of that queue");
    }
}

#[test]
fn where_nobody_is_at_all_the_customer_waits_in_the_fallback_queue() {
    let mut world = transferred(&["102"]);
    world.cut("101");
    world.decline("102", 486);
    world.cut("102");
    world.pass(200);
    assert!(world.phone("guest-1").ended.is_empty());
    world.add("104");
    world.sign_in("104");
    world.answer("104");
    world.hear_each_other("guest-1", "104");
}

#[test]
fn the_fallback_of_the_file_stands_above_the_queue_and_below_it_is_one_all_the_same() {
    let mut world = World::shift(&["101"], |config| {
        config.transfer.fallback = Some(Destination::Agent("103".into()));
    });
    world.call("guest-1", SALES);
    let an = world.answer("101");
    for agent in ["102", "103"] {
        world.add(agent);
        world.sign_in(agent);
    }
    world.refer("101", an, "102");
    world.call("101", "+84900000003");
    world.told_of("101");
    world.decline("102", 486);
    assert_eq!(
        world.told_of("101"),
        ["486 Busy Here \"Chi Lê\" <sip:103@alo.local>"]
    );
    assert_eq!(world.ringing(&["103"]), ["103"]);
    assert_eq!(world.hears("guest-1"), music("sales"));
    world.decline("103", 603);
    world.nobody_is_lost();
    assert_eq!(world.hears("guest-1"), music("sales"), "in the queue");
}

#[test]
fn a_customer_who_hangs_up_meanwhile_ends_it() {
    // While the target rings.
    let mut world = transferred(&["102"]);
    let customer = world.phone("guest-1").begun[0];
    world.hang_up("guest-1", customer);
    assert_eq!(world.told_of("101"), ["487 Customer Hung Up"]);
    assert_eq!(world.ringing(&["102"]), Vec::<&str>::new());
    world.is_clean();
    // While it comes back.
    let mut world = transferred(&["102"]);
    world.decline("102", 486);
    let customer = world.phone("guest-1").begun[0];
    world.hang_up("guest-1", customer);
    assert_eq!(world.ringing(&["101"]), Vec::<&str>::new());
    world.is_clean();
    // In a queue.
    let (mut world, customer, an) = World::with_customer(&[]);
    world.refer("101", an, "vip");
    world.hang_up("guest-1", customer);
    assert_eq!(world.told_of("101").last().unwrap(), "487 Customer Hung Up");
    world.is_clean();
    // In the fallback.
    let mut world = transferred(&["102"]);
    world.cut("101");
    world.decline("102", 486);
    let customer = world.phone("guest-1").begun[0];
    world.hang_up("guest-1", customer);
    world.is_clean();
}

#[test]
fn an_agent_whose_phone_dies_leaves_the_customer_to_the_others() {
    let (mut world, _, an) = World::with_customer(&["102"]);
    let leg = world.leg("101");
    world.cut("101");
    let now = world.now;
    world
        .center
        .media_event(now, &MediaEvent::Disconnected(leg));
    world.settle();
    assert_eq!(world.hears("guest-1"), music("sales"), "at once");
    world.pass(31);
    assert_eq!(world.hears("guest-1"), music("sales"));
    assert_eq!(world.ringing(&["102"]), ["102"]);
    world.answer("102");
    world.hear_each_other("guest-1", "102");
    assert_ne!(world.does("101"), acd::Phone::InCall, "{an:?} is over");
}

#[test]
fn an_agent_who_hangs_up_ends_the_call() {
    let (mut world, customer, an) = World::with_customer(&["102"]);
    world.hang_up("101", an);
    let ended = &world.phone("guest-1").ended;
    assert!(matches!(ended[..], [(over, EndedBy::Remote)] if over == customer));
    world.is_clean();
}

#[test]
fn an_agent_who_signs_out_leaves_the_customer_to_the_others() {
    let (mut world, _, an) = World::with_customer(&["102"]);
    let left = Reason::sip(StatusCode::TEMPORARILY_UNAVAILABLE, "Signed out");
    world.hang_up_because("101", an, Some(left));
    assert_eq!(world.hears("guest-1"), music("sales"));
    assert_eq!(world.ringing(&["102"]), ["102"]);
    world.answer("102");
    world.hear_each_other("guest-1", "102");
    // Between colleagues it is the end of the call.
    let mut world = World::with(&["101", "102"]);
    let an = world.call("101", "102");
    let binh = world.answer("102");
    let left = Reason::sip(StatusCode::TEMPORARILY_UNAVAILABLE, "Signed out");
    world.hang_up_because("101", an, Some(left));
    let ended = &world.phone("102").ended;
    assert!(matches!(ended[..], [(over, EndedBy::Remote)] if over == binh));
    world.is_clean();
}

#[test]
fn the_record_says_what_became_of_it() {
    let mut world = transferred(&["102"]);
    world.decline("102", 486);
    let an = world.answer("101");
    world.pass(3);
    world.hang_up("101", an);
    let record = serde_json::to_value(&world.records[0]).unwrap();
    let steps = record["path"].as_array().unwrap();
    let transfer = steps
        .iter()
        .find(|step| step["step"] == "transfer")
        .unwrap();
    assert_eq!(transfer["by"], "101");
    assert_eq!(transfer["to"], "102");
    assert_eq!(transfer["how"], "busy");
    assert_eq!(transfer["recall"], "answered");
}
