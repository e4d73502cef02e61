//! What is recorded of calls.

use std::time::Duration;

use super::world::{SALES, SUPPORT, World};
use crate::config::{Config, Overflow, Strategy};
use crate::media::{MediaError, MediaEvent};
use crate::records::{CallRecord, Direction, EndedBy, OfferEnd, Seconds, Step};

/// A path in short: what, who or where, from when to when.
pub(super) fn path(record: &CallRecord) -> Vec<String> {
    let end = |from: Seconds, long: Seconds| {
        let (from, long) = (from.0.as_secs(), long.0.as_secs());
        format!("{from}..{}", from + long)
    };
    record
        .path
        .iter()
        .map(|step| match step {
            Step::Ivr { tree, at_s, for_s } => format!("ivr {tree} {}", end(*at_s, *for_s)),
            Step::Queue { queue, at_s, for_s } => format!("queue {queue} {}", end(*at_s, *for_s)),
            Step::Offer {
                who,
                how,
                at_s,
                for_s,
            } => format!("offer {who} {how:?} {}", end(*at_s, *for_s)),
            Step::Talk { with, at_s, for_s } => format!("talk {with} {}", end(*at_s, *for_s)),
            Step::Transfer {
                by,
                to,
                kind,
                how,
                at_s,
                for_s,
                recall,
                fallback,
            } => {
                let times = end(*at_s, *for_s);
                let mut text = format!("transfer {by} {to} {kind:?} {how:?} {times}");
                text.extend(recall.map(|recall| format!(" recall {recall:?}")));
                text.extend(fallback.as_ref().map(|to| format!(" fallback {to}")));
                text
            }
            Step::Apology { at_s, for_s } => format!("apology {}", end(*at_s, *for_s)),
        })
        .collect()
}

/// The one call that is over.
fn only(world: &World) -> &CallRecord {
    assert_eq!(world.records.len(), 1);
    &world.records[0]
}

fn seconds(seconds: u64) -> Seconds {
    Seconds(Duration::from_secs(seconds))
}

#[test]
fn a_call_that_waits_is_declined_and_is_answered() {
    let mut world = World::shift(&["101", "102"], |_| {});
    world.call("guest-1", SALES);
    world.seconds(3);
    world.decline("101", 603);
    world.seconds(4);
    let session = world.answer("102");
    world.seconds(60);
    world.hang_up("102", session);
    let record = only(&world);
    assert_eq!(record.direction, Direction::In);
    assert_eq!((&*record.caller, &*record.called), ("guest-1", SALES));
    assert_eq!(record.hotline.as_deref(), Some(SALES));
    assert_eq!(record.answered_by.as_deref(), Some("102"));
    assert_eq!((record.wait_s, record.talk_s), (seconds(7), seconds(60)));
    assert_eq!(record.ended_by, EndedBy::Called);
    assert_eq!(record.reason, "the called side hung up");
    assert_eq!(
        path(record),
        [
            "queue sales 0..7",
            "offer 101 Declined 0..3",
            "offer 102 Answered 3..7",
            "talk 102 7..67"
        ]
    );
}

#[test]
fn all_ring_and_one_answers() {
    let all = |config: &mut Config| config.queues[0].strategy = Strategy::RingAll;
    let mut world = World::shift(&["101", "102"], all);
    let call = world.call("guest-1", SALES);
    world.seconds(2);
    world.answer("101");
    world.seconds(5);
    world.hang_up("guest-1", call);
    let record = only(&world);
    assert_eq!(record.ended_by, EndedBy::Caller);
    assert_eq!(
        path(record),
        [
            "queue sales 0..2",
            "offer 101 Answered 0..2",
            "offer 102 AnsweredElsewhere 0..2",
            "talk 101 2..7"
        ]
    );
}

#[test]
fn a_customer_who_gave_up_in_the_queue() {
    let mut world = World::shift(&["101"], |_| {});
    let call = world.call("guest-1", SALES);
    world.seconds(31);
    world.hang_up("guest-1", call);
    let record = only(&world);
    assert_eq!((record.wait_s, record.talk_s), (seconds(31), seconds(0)));
    assert_eq!(record.ended_by, EndedBy::Caller);
    assert_eq!(record.reason, "the caller gave up");
    assert_eq!(record.answered_by, None);
    assert_eq!(
        path(record),
        [
            "queue sales 0..31",
            "offer 101 NoAnswer 0..20",
            "offer 101 CallerGone 25..31"
        ]
    );
}

#[test]
fn from_a_menu_to_a_queue_to_another_and_an_apology() {
    let mut world = World::shift(&[], |config| {
        let support = config.queues.iter_mut().find(|queue| queue.id == "support");
        let support = support.unwrap();
        support.max_wait = Some(Duration::from_secs(30));
        support.overflow = Overflow::Apology(vec!["goodbye-vi".into()]);
        support.announce = None;
    });
    world.call("guest-1", SUPPORT);
    world.seconds(4);
    world.press("guest-1", '3');
    world.seconds(5);
    world.press("guest-1", '#');
    world.press("guest-1", '2');
    world.seconds(31);
    world.spoken("guest-1");
    let record = only(&world);
    assert_eq!(record.ended_by, EndedBy::Server);
    assert_eq!(record.wait_s, seconds(30), "menus are no waiting");
    let path = path(record);
    assert_eq!(path[0], "ivr main 0..4");
    assert_eq!(path[1], "ivr after-hours 4..9");
    assert!(path[2].starts_with("ivr main 9.."), "{path:?}");
    assert_eq!(path[3], "queue support 10..40");
    assert!(path[4].starts_with("apology 40.."), "{path:?}");
    assert_eq!(path.len(), 5);
}

#[test]
fn calls_of_agents() {
    let mut world = World::shift(&["101"], |_| {});
    world.call("101", "+84900000002");
    let record = world.records.pop().unwrap();
    assert_eq!(record.direction, Direction::Out);
    assert_eq!(record.status, Some(486));
    assert_eq!(record.ended_by, EndedBy::Called);
    assert_eq!(record.caller_name.as_deref(), Some("An Nguyễn"));
    assert_eq!(record.hotline.as_deref(), Some(SALES));
    assert_eq!(path(&record), ["offer +84900000002 Busy 0..0"]);

    world.call("101", "102");
    let record = world.records.pop().unwrap();
    assert_eq!(record.direction, Direction::Internal);
    assert_eq!(
        (record.status, record.ended_by),
        (Some(480), EndedBy::Server)
    );
    assert_eq!(record.reason, "102 is not signed in");
    assert!(record.path.is_empty());

    world.call("101", "4711");
    let record = world.records.pop().unwrap();
    assert_eq!(record.status, Some(404));
    assert_eq!(record.called, "4711");
    assert_eq!(world.records, []);
}

#[test]
fn a_call_for_which_there_is_no_room() {
    let mut world = World::shift(&["101"], |config| config.calls.max_calls = 1);
    world.call("guest-1", SALES);
    world.call("101", "+84900000002");
    let record = world.records.pop().unwrap();
    assert_eq!(record.direction, Direction::Out);
    assert_eq!(record.ended_by, EndedBy::Server);
    assert_eq!(
        (record.status, &*record.reason),
        (Some(503), "Too many calls")
    );
    world.add("guest-2");
    world.call("guest-2", SALES);
    let record = only(&world);
    assert_eq!((record.status, &*record.called), (Some(503), SALES));
    assert_eq!(record.hotline.as_deref(), Some(SALES));
}

#[test]
fn a_caller_whose_audio_cannot_be_taken_has_not_given_up() {
    let ways: [(fn(_) -> _, u16, &str); 3] = [
        (
            MediaError::NoCommonCodec,
            488,
            "No audio codec or transport in common",
        ),
        (
            MediaError::NoPort,
            503,
            "No room for the audio of one more call",
        ),
        (
            MediaError::TooManyLegs,
            503,
            "No room for the audio of one more call",
        ),
    ];
    for (error, status, text) in ways {
        let mut world = World::shift(&["101"], |_| {});
        world.no_media = Some(error);
        world.call("guest-1", SALES);
        assert_eq!(world.phone("guest-1").refusal(), status);
        let record = only(&world);
        assert_eq!(record.ended_by, EndedBy::Server);
        assert_eq!((record.status, &*record.reason), (Some(status), text));
        world.is_clean();
    }
}

#[test]
fn a_direct_call_that_nobody_answers() {
    let mut world = World::shift(&["101", "102"], |_| {});
    world.call("101", "102");
    world.seconds(31);
    let record = only(&world);
    assert_eq!(record.status, Some(480));
    assert_eq!(record.wait_s, seconds(30));
    assert_eq!(path(record), ["offer 102 NoAnswer 0..30"]);
}

#[test]
fn an_overflow_to_a_number_that_does_not_answer() {
    let mut world = World::shift(&[], |config| {
        config.queues[0].max_wait = Some(Duration::from_secs(10));
        let number = crate::config::Destination::Number("+84900000003".into());
        config.queues[0].overflow = Overflow::To(number);
    });
    world.call("guest-1", SALES);
    world.seconds(56);
    world.spoken("guest-1");
    let record = only(&world);
    assert_eq!(record.ended_by, EndedBy::Server);
    assert_eq!(
        path(record)[..2],
        ["queue sales 0..10", "offer +84900000003 NoAnswer 10..55"]
    );
}

#[test]
fn a_stop_is_recorded_too() {
    let mut world = World::shift(&["101"], |_| {});
    world.call("guest-1", SALES);
    world.answer("101");
    world.add("guest-2");
    world.call("guest-2", SALES);
    let now = world.now;
    world.center.stop(now);
    world.settle();
    assert_eq!(world.records.len(), 2);
    for record in &world.records {
        assert_eq!(record.ended_by, EndedBy::Server);
        assert_eq!(record.reason, "the call centre stopped");
    }
}

#[test]
fn a_customer_who_is_lost_while_waiting_is_waited_for_and_then_given_up() {
    let mut world = World::shift(&[], |_| {});
    world.call("guest-1", SALES);
    let leg = world.leg("guest-1");
    let now = world.now;
    world.center.media_event(now, &MediaEvent::Connected(leg));
    world.cut("guest-1");
    world.seconds(35);
    assert_eq!(world.records, [], "he hears the music");
    let now = world.now;
    world.center.media_event(now, &MediaEvent::Failed(leg));
    world.seconds(30);
    let record = only(&world);
    assert_eq!(record.ended_by, EndedBy::Caller);
    assert_eq!(record.wait_s, seconds(65));
}

#[test]
fn an_offer_that_a_lost_phone_misses() {
    let mut world = World::shift(&["101", "102"], |_| {});
    let call = world.call("guest-1", SALES);
    world.seconds(2);
    world.cut("101");
    world.hang_up("guest-1", call);
    let offers: Vec<_> = only(&world)
        .path
        .iter()
        .filter_map(|step| match step {
            Step::Offer { how, .. } => Some(*how),
            _ => None,
        })
        .collect();
    assert_eq!(offers, [OfferEnd::Unreachable, OfferEnd::CallerGone]);
}
