//! Customers who wait, and the agents who are offered them.

use std::time::Duration;

use alo_api::header;
use alo_sip::ua::EndedBy;

use super::world::{SALES, World};
use crate::acd;
use crate::config::{Config, Destination, Overflow, Strategy};
use crate::media::{MusicId, PromptId, Source, Tone};

fn music(name: &str) -> Source {
    Source::Music(MusicId(name.into()))
}

fn prompts(names: &[&str]) -> Source {
    Source::Prompts(names.iter().map(|name| PromptId((*name).into())).collect())
}

fn ring_all(config: &mut Config) {
    config.queues[0].strategy = Strategy::RingAll;
}

#[test]
fn a_customer_is_answered_at_once_hears_that_queues_music_and_then_the_agent() {
    let mut world = World::shift(&["101"], |_| {});
    let customer = world.call("guest-1", SALES);
    assert_eq!(world.phone("guest-1").answered, [customer]);
    assert_eq!(world.hears("guest-1"), music("sales"));
    assert_eq!(world.ringing(&["101"]), ["101"]);
    let an = world.phone("101");
    assert_eq!(an.told(header::QUEUE).as_deref(), Some("Sales"));
    assert_eq!(an.told(header::CALLED).as_deref(), Some(SALES));
    assert_eq!(an.told(header::WAITING).as_deref(), Some("0"));
    assert_eq!(an.told(header::WAITED).as_deref(), Some("0"));
    assert_eq!(an.told(header::ANSWER_WITHIN).as_deref(), Some("20"));
    let session = world.answer("101");
    let (an, guest) = (world.leg("101"), world.leg("guest-1"));
    assert_eq!(world.hears("guest-1"), Source::Leg(an));
    assert_eq!(world.hears("101"), Source::Leg(guest));
    world.hang_up("101", session);
    world.is_clean();
}

#[test]
fn with_nobody_signed_in_a_customer_waits_and_has_who_comes_first() {
    let mut world = World::shift(&[], |_| {});
    world.call("guest-1", SALES);
    world.seconds(25);
    assert_eq!(world.hears("guest-1"), music("sales"));
    world.add("101");
    world.sign_in("101");
    assert_eq!(world.ringing(&["101"]), ["101"]);
    let waited = world.phone("101").told(header::WAITED);
    assert_eq!(waited.as_deref(), Some("25"));
}

#[test]
fn a_call_of_which_no_invite_can_be_written_ends_and_is_no_fault_of_the_agents() {
    let mut world = World::shift(&[], |_| {});
    world.call("guest-1", SALES);
    let active = world.center.calls.values_mut().next().unwrap();
    active.origin.user = String::new();
    world.add("101");
    world.sign_in("101");
    assert_eq!(
        world.hears("guest-1"),
        prompts(&["apology-vi", "apology-en"])
    );
    world.spoken("guest-1");
    world.is_clean();
    // An has missed nothing, and has the next at once.
    world.add("guest-2");
    world.call("guest-2", SALES);
    assert_eq!(world.ringing(&["101"]), ["101"]);
}

#[test]
fn everybody_is_busy_and_who_is_free_again_has_the_next_at_once() {
    let mut world = World::shift(&["101"], |config| {
        config.queues[0].wrap_up = Duration::ZERO;
    });
    world.call("guest-1", SALES);
    let first = world.answer("101");
    for guest in ["guest-2", "guest-3"] {
        world.add(guest);
        world.call(guest, SALES);
        assert_eq!(world.hears(guest), music("sales"));
    }
    assert!(world.ringing(&["101"]).is_empty());
    world.seconds(10);
    world.hang_up("101", first);
    assert_eq!(world.ringing(&["101"]), ["101"]);
    let an = world.phone("101");
    assert_eq!(an.told(header::WAITING).as_deref(), Some("1"));
    assert_eq!(an.told(header::WAITED).as_deref(), Some("10"));
}

#[test]
fn after_a_call_of_a_queue_there_is_work_before_the_next() {
    let mut world = World::shift(&["101"], |_| {});
    world.call("guest-1", SALES);
    let session = world.answer("101");
    world.hang_up("101", session);
    world.call("guest-1", SALES);
    let view = world.center.agent_view("101").unwrap();
    assert_eq!(view.state, "after-call-work");
    world.seconds(14);
    assert!(world.ringing(&["101"]).is_empty());
    world.seconds(1);
    assert_eq!(world.ringing(&["101"]), ["101"]);
}

#[test]
fn two_answer_in_the_same_instant_and_get_one_call_between_them() {
    let mut world = World::shift(&["101", "102"], ring_all);
    world.call("guest-1", SALES);
    assert_eq!(world.ringing(&["101", "102"]), ["101", "102"]);
    // Both answers are on their way before the centre sees one.
    let now = world.now;
    for user in ["101", "102"] {
        let phone = world.phone(user);
        let session = *phone.called.last().unwrap();
        let sdp = super::world::SDP.to_owned();
        phone.ua.accept(now, session, sdp, Vec::new()).unwrap();
    }
    world.settle();
    let an = world.leg("101");
    assert_eq!(world.hears("guest-1"), Source::Leg(an));
    assert!(world.phone("101").ended.is_empty());
    let binh = world.phone("102");
    assert_eq!(binh.ended.len(), 1);
    assert_eq!(binh.reason(), Some("Answered by An Nguyễn"));
    let view = world.center.agent_view("102").unwrap();
    assert_eq!(view.phone, acd::Phone::Idle);
}

#[test]
fn the_loser_learns_who_answered() {
    let mut world = World::shift(&["101", "102"], ring_all);
    world.call("guest-1", SALES);
    world.answer("102");
    let an = world.phone("101");
    assert!(matches!(an.ended[..], [(_, EndedBy::Cancelled)]));
    assert_eq!(an.reason(), Some("Answered by Bình Trần"));
}

#[test]
fn who_declines_has_peace_and_the_next_agent_has_the_call() {
    let mut world = World::shift(&["101", "102"], |_| {});
    world.call("guest-1", SALES);
    assert_eq!(world.ringing(&["101", "102"]), ["101"]);
    world.decline("101", 603);
    assert_eq!(world.ringing(&["101", "102"]), ["102"]);
    assert_eq!(world.hears("guest-1"), music("sales"));
    world.answer("102");
    assert_eq!(world.phone("101").called.len(), 1);
}

#[test]
fn declining_in_one_tab_stops_the_other() {
    let mut world = World::shift(&["101"], |_| {});
    let now = world.now;
    world.add("101-tab");
    world.register_as("101-tab", "101");
    assert_eq!(world.now, now);
    world.call("guest-1", SALES);
    assert_eq!(world.ringing(&["101", "101-tab"]), ["101", "101-tab"]);
    world.decline("101", 603);
    assert!(world.ringing(&["101", "101-tab"]).is_empty());
    assert_eq!(world.phone("101-tab").reason(), Some("Declined elsewhere"));
}

#[test]
fn who_lets_it_ring_is_passed_by_and_after_three_times_not_available() {
    let mut world = World::shift(&["101"], |config| {
        config.queues[0].announce = None;
        config.queues[0].max_wait = None;
    });
    world.call("guest-1", SALES);
    for rung in 1..=3 {
        assert_eq!(world.phone("101").called.len(), rung);
        world.seconds(20);
        assert!(world.ringing(&["101"]).is_empty());
        assert_eq!(world.phone("101").reason(), Some("No answer"));
        world.seconds(5);
    }
    assert_eq!(world.phone("101").called.len(), 3);
    let view = world.center.agent_view("101").unwrap();
    assert_eq!(view.state, "not-available");
    assert_eq!(world.hears("guest-1"), music("sales"), "still");
}

#[test]
fn a_customer_who_hangs_up_frees_the_agent_at_once() {
    let mut world = World::shift(&["101"], |_| {});
    world.add("guest-2");
    let first = world.call("guest-1", SALES);
    world.call("guest-2", SALES);
    world.hang_up("guest-1", first);
    let an = world.phone("101");
    assert!(matches!(an.ended[..], [(_, EndedBy::Cancelled)]));
    assert_eq!(an.called.len(), 2, "the next rings");
    world.answer("101");
    let an = world.leg("101");
    assert_eq!(world.hears("guest-2"), Source::Leg(an));
}

#[test]
fn abandoned_in_the_queue() {
    let mut world = World::shift(&[], |_| {});
    let call = world.call("guest-1", SALES);
    world.seconds(8);
    world.hang_up("guest-1", call);
    world.is_clean();
    let queue = world.center.acd.queue("sales").unwrap();
    assert_eq!(queue.waiting, 0);
    world.add("101");
    world.sign_in("101");
    assert!(world.phone("101").called.is_empty());
}

#[test]
fn an_agents_phone_is_lost_while_it_rings_and_the_next_has_the_call() {
    let mut world = World::shift(&["101", "102"], |_| {});
    world.call("guest-1", SALES);
    assert_eq!(world.ringing(&["102"]), Vec::<&str>::new());
    world.cut("101");
    assert_eq!(world.ringing(&["102"]), ["102"]);
    world.answer("102");
    let binh = world.leg("102");
    assert_eq!(world.hears("guest-1"), Source::Leg(binh));
}

#[test]
fn who_waits_is_told_so_at_an_interval_and_then_hears_music_again() {
    let mut world = World::shift(&[], |_| {});
    world.call("guest-1", SALES);
    world.seconds(40);
    let hold = prompts(&[
        "please-hold-vi",
        "you-are-number-vi",
        "number-1-vi",
        "please-hold-en",
        "you-are-number-en",
        "number-1-en",
    ]);
    assert_eq!(world.hears("guest-1"), hold);
    world.spoken("guest-1");
    assert_eq!(world.hears("guest-1"), music("sales"));
    world.seconds(40);
    assert_eq!(world.hears("guest-1"), hold);
    // Somebody answers into the midst of it.
    world.add("101");
    world.sign_in("101");
    world.answer("101");
    let an = world.leg("101");
    assert_eq!(world.hears("guest-1"), Source::Leg(an));
    world.spoken("guest-1");
    let told = world.hears("guest-1");
    assert_eq!(told, Source::Silence, "only the media server said so");
}

#[test]
fn too_long_in_one_queue_is_another_queue_with_its_music_and_then_an_apology() {
    let mut world = World::shift(&[], |config| {
        config.queues[0].announce = None;
    });
    let call = world.call("guest-1", SALES);
    world.seconds(300);
    assert_eq!(world.hears("guest-1"), music("default"));
    world.seconds(100);
    world.add("101");
    world.sign_in("101");
    let an = world.phone("101");
    assert_eq!(an.told(header::QUEUE).as_deref(), Some("Anyone free"));
    assert_eq!(an.told(header::WAITED).as_deref(), Some("400"), "in all");
    world.decline("101", 603);
    world.cut("101");
    world.seconds(200);
    assert_eq!(
        world.hears("guest-1"),
        prompts(&["apology-vi", "apology-en"])
    );
    assert!(world.phone("guest-1").ended.is_empty());
    world.spoken("guest-1");
    let guest = world.phone("guest-1");
    assert!(matches!(guest.ended[..], [(id, EndedBy::Remote)] if id == call));
    assert_eq!(guest.reason(), Some("Nobody can take the call"));
    world.seconds(40);
    world.is_clean();
}

#[test]
fn an_apology_that_nobody_hears_ends_all_the_same() {
    let mut world = World::shift(&[], |config| {
        config.queues[0].max_wait = Some(Duration::from_secs(1));
        config.queues[0].overflow = Overflow::Apology(vec!["goodbye-en".into()]);
    });
    world.call("guest-1", SALES);
    world.seconds(1);
    assert_eq!(world.hears("guest-1"), prompts(&["goodbye-en"]));
    world.seconds(120);
    assert_eq!(world.phone("guest-1").ended.len(), 1);
}

fn overflows_to(world: &mut World) {
    world.call("guest-1", SALES);
    world.seconds(10);
}

fn to(destination: Destination) -> impl FnOnce(&mut Config) {
    move |config| {
        config.queues[0].max_wait = Some(Duration::from_secs(10));
        config.queues[0].agents = vec!["104".into()];
        config.queues[0].overflow = Overflow::To(destination);
    }
}

#[test]
fn overflow_to_a_number_which_is_called_and_heard() {
    let number = Destination::Number("+84900000001".into());
    let mut world = World::shift(&[], to(number));
    overflows_to(&mut world);
    assert_eq!(world.hears("guest-1"), Source::Tone(Tone::Ringback));
    world.seconds(4);
    assert!(matches!(world.hears("guest-1"), Source::Prompt(..)));
}

#[test]
fn overflow_to_a_number_that_is_busy_is_an_apology() {
    let number = Destination::Number("+84900000002".into());
    let mut world = World::shift(&[], to(number));
    overflows_to(&mut world);
    assert_eq!(
        world.hears("guest-1"),
        prompts(&["apology-vi", "apology-en"])
    );
    world.spoken("guest-1");
    world.is_clean();
}

#[test]
fn overflow_to_an_agent_who_is_there_or_is_not() {
    let agent = || Destination::Agent("101".into());
    let mut world = World::shift(&["101"], to(agent()));
    overflows_to(&mut world);
    assert_eq!(world.hears("guest-1"), Source::Tone(Tone::Ringback));
    let told = world.phone("101").told(header::CALLED);
    assert_eq!(told.as_deref(), Some(SALES));
    world.answer("101");
    let an = world.leg("101");
    assert_eq!(world.hears("guest-1"), Source::Leg(an));

    let mut world = World::shift(&[], to(agent()));
    overflows_to(&mut world);
    assert_eq!(
        world.hears("guest-1"),
        prompts(&["apology-vi", "apology-en"])
    );
}

#[test]
fn overflow_to_a_menu() {
    let mut world = World::shift(&[], to(Destination::Ivr("after-hours".into())));
    overflows_to(&mut world);
    let menu = prompts(&["after-hours-vi", "after-hours-en"]);
    assert_eq!(world.hears("guest-1"), menu);
    world.press("guest-1", '0');
    assert_eq!(world.hears("guest-1"), music("default"));
}

#[test]
fn an_agent_dials_a_queue_and_is_not_offered_his_own_call() {
    let mut world = World::shift(&["101", "102"], |_| {});
    world.call("101", "sales");
    assert_eq!(world.hears("101"), music("sales"));
    assert_eq!(world.ringing(&["101", "102"]), ["102"]);
    let binh = world.phone("102");
    assert_eq!(binh.told(header::QUEUE).as_deref(), Some("Sales"));
    assert_eq!(binh.told(header::CALLED), None);
}

#[test]
fn an_agent_who_is_called_directly_is_offered_nothing() {
    let mut world = World::shift(&["101", "102"], |_| {});
    let direct = world.call("102", "101");
    world.call("guest-1", SALES);
    assert_eq!(world.phone("101").called.len(), 1, "the call of Bình");
    assert_eq!(world.phone("102").called.len(), 0, "he calls");
    world.answer("101");
    world.hang_up("102", direct);
    let rung = world.ringing(&["101", "102"]);
    assert_eq!(rung.len(), 1, "{rung:?}");
    // A direct call is no call of a queue: there is no work after it.
    let view = world.center.agent_view("101").unwrap();
    assert_eq!(view.state, "available");
}

#[test]
fn when_it_stops_who_waits_is_hung_up_on_and_nobody_rings() {
    let mut world = World::shift(&["101"], |config| {
        config.queues[0].wrap_up = Duration::ZERO;
    });
    world.call("guest-1", SALES);
    world.answer("101");
    world.add("guest-2");
    world.call("guest-2", SALES);
    let now = world.now;
    world.center.stop(now);
    world.settle();
    for user in ["guest-1", "guest-2"] {
        let guest = world.phone(user);
        assert!(matches!(guest.ended[..], [(_, EndedBy::Remote)]));
        assert_eq!(guest.reason(), Some("The call centre stops"));
    }
    assert_eq!(world.phone("101").called.len(), 1);
    world.is_clean();
}

#[test]
fn after_a_restart_phones_come_back_and_calls_are_taken() {
    let mut world = World::shift(&["101"], |_| {});
    world.call("guest-1", SALES);
    world.answer("101");
    world.restart();
    assert_eq!(
        world.center.agent_view("101").unwrap().phone,
        acd::Phone::Offline
    );
    world.connect("101");
    world.sign_in("101");
    assert_eq!(
        world.center.agent_view("101").unwrap().phone,
        acd::Phone::Idle
    );
    world.add("guest-2");
    world.call("guest-2", SALES);
    assert_eq!(world.ringing(&["101"]), ["101"]);
}
