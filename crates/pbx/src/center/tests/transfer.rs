//! Blind transfers: to an agent, a number, a queue, a tree; and those that are refused.

use alo_api::header;
use alo_sip::header::{HeaderName, UserToUser};
use alo_sip::method::Method;
use alo_sip::ua::EndedBy;

use super::transfers::music;
use super::world::{SALES, SUPPORT, World};
use crate::acd;
use crate::media::Source;

/// The simulated number that answers after four seconds and speaks.
const SPEAKS: &str = "+84900000001";

#[test]
fn to_an_agent_who_is_shown_the_customer_and_what_was_written() {
    let (mut world, customer, an) = World::with_customer(&["102"]);
    world.asked.clear();
    world.refer("101", an, "102");
    assert!(matches!(world.phone("101").ended[..], [(over, EndedBy::Remote)] if over == an));
    assert_eq!(world.phone("101").reason(), Some("Transferred"));
    assert_eq!(world.does("101"), acd::Phone::Idle, "free at once");
    let state = world.center.agent_view("101").unwrap().state;
    assert_eq!(state, "after-call-work", "the call was of a queue");
    assert_eq!(world.told_of("101"), ["accepted", "100 Trying"]);
    assert_eq!(world.hears("guest-1"), music("sales"));

    assert_eq!(world.ringing(&["101", "102"]), ["102"]);
    assert_eq!(world.does("102"), acd::Phone::Ringing);
    assert!(world.caller_shown("102").contains("\"Lan\" <sip:guest-1@"));
    let by = world.invited_with("102", &HeaderName::ReferredBy).unwrap();
    assert_eq!(by, "\"An Nguyễn\" <sip:101@alo.local>");
    let note = world.invited_with("102", &HeaderName::UserToUser).unwrap();
    let note: UserToUser = note.parse().unwrap();
    assert_eq!(note.text().as_deref(), Some("Muốn đổi máy"));
    let binh = world.phone("102");
    assert_eq!(binh.told(header::CALLED).as_deref(), Some(SALES));
    assert_eq!(binh.told(header::ANSWER_WITHIN).as_deref(), Some("20"));

    world.ring("102");
    assert_eq!(world.told_of("101"), ["180 Ringing"]);
    let binh = world.answer("102");
    world.hear_each_other("guest-1", "102");
    assert_eq!(
        world.told_of("101"),
        ["200 OK \"Bình Trần\" <sip:102@alo.local>"]
    );
    assert_eq!(world.does("102"), acd::Phone::InCall);
    let guest = world.phone("guest-1").flow;
    let mut asked = world.asked.iter().filter(|(flow, _)| *flow == guest);
    assert!(
        asked.all(|(_, method)| *method == Method::Update),
        "the customer's phone is told what it hears, and asked for nothing"
    );
    world.hang_up("102", binh);
    assert!(matches!(world.phone("guest-1").ended[..], [(over, _)] if over == customer));
    world.is_clean();
    assert_eq!(world.records.len(), 1, "one call, one record");
    assert_eq!(world.records[0].answered_by.as_deref(), Some("102"));
}

#[test]
fn to_a_number_that_is_called_from_the_hotline() {
    let (mut world, customer, an) = World::with_customer(&[]);
    world.refer("101", an, "0900 000 001");
    let told = world.told_of("101");
    assert_eq!(told, ["accepted", "100 Trying", "180 Ringing"]);
    assert_eq!(world.hears("guest-1"), music("sales"), "no ringing tone");
    world.pass(4);
    world.hears_number("guest-1");
    let done = format!("200 OK <sip:{SPEAKS}@alo.local>");
    assert_eq!(world.told_of("101"), [done]);
    world.hang_up("guest-1", customer);
    world.is_clean();
}

#[test]
fn to_a_queue_and_by_its_rules() {
    let (mut world, _, an) = World::with_customer(&[]);
    world.refer("101", an, "vip");
    assert_eq!(
        world.told_of("101"),
        ["accepted", "100 Trying", "182 Queued"]
    );
    assert_eq!(world.hears("guest-1"), music("vip"));
    world.add("102");
    world.sign_in("102");
    assert_eq!(world.ringing(&["102"]), ["102"]);
    assert_eq!(
        world.phone("102").told(header::QUEUE).as_deref(),
        Some("VIP")
    );
    assert!(world.invited_with("102", &HeaderName::ReferredBy).is_some());
    world.ring("102");
    assert_eq!(world.told_of("101"), ["180 Ringing"]);
    world.decline("102", 603);
    assert_eq!(world.told_of("101"), ["182 Queued"]);
    world.pass(6);
    world.answer("102");
    world.hear_each_other("guest-1", "102");
    assert_eq!(
        world.told_of("101").last().map(String::as_str),
        Some("200 OK \"Bình Trần\" <sip:102@alo.local>")
    );
}

#[test]
fn to_a_tree_where_the_customer_presses_keys() {
    let (mut world, _, an) = World::with_customer(&["102"]);
    world.refer("101", an, "main");
    assert_eq!(
        world.told_of("101"),
        [
            "accepted",
            "100 Trying",
            "200 OK \"Main menu\" <sip:main@alo.local>"
        ]
    );
    assert!(matches!(world.hears("guest-1"), Source::Prompts(_)));
    world.spoken("guest-1");
    world.press("guest-1", '1');
    assert_eq!(world.hears("guest-1"), music("sales"));
    world.answer("102");
    world.hear_each_other("guest-1", "102");
    assert_eq!(world.told_of("101"), Vec::<String>::new());
}

#[test]
fn to_a_hotline_that_leads_to_a_tree() {
    let (mut world, _, an) = World::with_customer(&[]);
    world.refer("101", an, SUPPORT);
    let told = world.told_of("101");
    assert_eq!(
        told.last().unwrap(),
        "200 OK \"Main menu\" <sip:main@alo.local>"
    );
}

#[test]
fn a_customer_whom_the_agent_had_called() {
    let mut world = World::with(&["101", "102"]);
    let an = world.call("101", SPEAKS);
    world.pass(4);
    world.hears_number("101");
    world.refer("101", an, "102");
    assert_eq!(world.does("101"), acd::Phone::Idle);
    assert_eq!(
        world.caller_shown("102"),
        format!("<sip:{SPEAKS}@alo.local>")
    );
    assert_eq!(
        world.phone("102").told(header::CALLED).as_deref(),
        Some(SALES)
    );
    let binh = world.answer("102");
    world.hears_number("102");
    world.refer("102", binh, "vip");
    assert_eq!(world.told_of("102").last().unwrap(), "182 Queued");
    let offered = world.ringing(&["101", "102"]);
    assert_eq!(offered.len(), 1, "somebody of the queue");
    world.answer(offered[0]);
    world.hears_number(offered[0]);
}

#[test]
fn a_colleague_is_transferred_too() {
    let mut world = World::with(&["101", "102", "103"]);
    let an = world.call("101", "102");
    let binh = world.answer("102");
    world.refer("102", binh, "103");
    assert!(world.caller_shown("103").contains("<sip:101@"));
    world.decline("103", 486);
    assert_eq!(
        world.told_of("102").last().unwrap(),
        "486 Busy Here returns"
    );
    assert_eq!(world.hears("101"), music("sales"));
    let binh = world.answer("102");
    world.hear_each_other("101", "102");
    world.hang_up("102", binh);
    assert!(matches!(world.phone("101").ended[..], [(over, _)] if over == an));
    world.is_clean();
}

#[test]
fn what_cannot_be_is_refused_at_once_and_nothing_has_changed() {
    let (mut world, _, an) = World::with_customer(&["102"]);
    for (to, status) in [("999", 404), ("103", 480), ("101", 486), ("nobody", 404)] {
        world.refer("101", an, to);
        assert_eq!(world.told_of("101"), [format!("refused {status}")], "{to}");
        world.hear_each_other("guest-1", "101");
    }
    assert!(world.phone("101").ended.is_empty());
    assert_eq!(world.ringing(&["102"]), Vec::<&str>::new());
}

#[test]
fn customers_transfer_nobody_and_nobody_is_transferred_who_waits() {
    let (mut world, customer, an) = World::with_customer(&["102"]);
    world.refer("guest-1", customer, "102");
    assert_eq!(world.told_of("guest-1"), ["refused 403"]);
    world.hear_each_other("guest-1", "101");
    world.hang_up("101", an);
    let waits = world.call("101", "vip");
    world.refer("101", waits, "102");
    assert_eq!(world.told_of("101"), ["refused 403"]);
    assert!(
        world
            .phone("101")
            .ended
            .iter()
            .all(|(over, _)| *over != waits)
    );
}

#[test]
fn a_transfer_that_is_told_twice_is_done_once() {
    let (mut world, _, an) = World::with_customer(&["102", "103"]);
    let now = world.now;
    for to in ["102", "103"] {
        let address = alo_sip::uri::NameAddr::parse(&format!("<sip:{to}@alo.local>")).unwrap();
        let refer = alo_sip::ua::Refer {
            to: alo_sip::header::ReferTo::new(address),
            referred_by: None,
            headers: Vec::new(),
        };
        world.phone("101").ua.refer(now, an, refer).unwrap();
    }
    world.settle();
    assert_eq!(world.ringing(&["102", "103"]), ["102"]);
    let told = world.told_of("101");
    assert_eq!(
        told.iter().filter(|told| *told == "accepted").count(),
        1,
        "{told:?}"
    );
    assert!(
        told.iter().any(|told| told.starts_with("refused")),
        "{told:?}"
    );
    world.answer("102");
    world.hear_each_other("guest-1", "102");
}

#[test]
fn two_colleagues_who_transfer_each_other_in_the_same_instant() {
    let (mut world, outgoing, incoming) = World::talking();
    for agent in ["103", "104"] {
        world.add(agent);
        world.sign_in(agent);
    }
    let now = world.now;
    for (user, session, to) in [("101", outgoing, "103"), ("102", incoming, "104")] {
        let address = alo_sip::uri::NameAddr::parse(&format!("<sip:{to}@alo.local>")).unwrap();
        let refer = alo_sip::ua::Refer {
            to: alo_sip::header::ReferTo::new(address),
            referred_by: None,
            headers: Vec::new(),
        };
        world.phone(user).ua.refer(now, session, refer).unwrap();
    }
    world.settle();
    assert_eq!(world.told_of("101")[0], "accepted");
    assert_eq!(world.told_of("102"), ["refused 491"]);
    assert_eq!(world.hears("102"), music("sales"));
    world.answer("103");
    world.hear_each_other("102", "103");
}

#[test]
fn when_the_call_centre_stops_all_is_over() {
    let (mut world, _, an) = World::with_customer(&["102"]);
    world.refer("101", an, "102");
    world.told_of("101");
    let now = world.now;
    world.center.stop(now);
    world.settle();
    assert_eq!(world.told_of("101"), ["503 Service Unavailable"]);
    assert_eq!(world.phone("guest-1").ended.len(), 1);
    world.is_clean();
}

#[test]
fn who_does_not_want_to_know_is_told_nothing() {
    let (mut world, _, an) = World::with_customer(&["102"]);
    let now = world.now;
    let address = alo_sip::uri::NameAddr::parse("<sip:102@alo.local>").unwrap();
    let refer = alo_sip::ua::Refer {
        to: alo_sip::header::ReferTo::new(address),
        referred_by: None,
        headers: vec![(HeaderName::ReferSub, "false".into())],
    };
    world.phone("101").ua.refer(now, an, refer).unwrap();
    world.settle();
    world.answer("102");
    world.hear_each_other("guest-1", "102");
    assert_eq!(world.told_of("101"), ["accepted"]);
}

#[test]
fn a_queue_that_sends_a_customer_away_in_the_end_says_so() {
    let mut world = World::shift(&["101"], |config| {
        let mut queues = config.queues.iter_mut();
        let support = queues.find(|queue| queue.id == "support").unwrap();
        support.agents = vec!["104".into()];
        support.announce = None;
    });
    let customer = world.call("guest-1", SALES);
    let an = world.answer("101");
    world.refer("101", an, "support");
    world.pass(301);
    assert!(
        matches!(world.hears("guest-1"), Source::Prompts(_)),
        "an apology"
    );
    assert_eq!(
        world.told_of("101"),
        ["accepted", "100 Trying", "182 Queued", "480 Unavailable"]
    );
    world.spoken("guest-1");
    assert!(matches!(world.phone("guest-1").ended[..], [(over, _)] if over == customer));
    world.is_clean();
}

#[test]
fn a_customer_who_holds_is_music_to_whoever_has_him() {
    let (mut world, customer, an) = World::with_customer(&["102"]);
    world.hold("guest-1", customer, true);
    assert_eq!(world.hears("101"), music("sales"));
    world.refer("101", an, "102");
    world.answer("102");
    assert_eq!(world.hears("102"), music("sales"));
    world.hold("guest-1", customer, false);
    world.hear_each_other("guest-1", "102");
}
