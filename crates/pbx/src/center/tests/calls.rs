//! Calls between two phones, and phones that are lost.

use std::time::Duration;

use alo_sip::ua::EndedBy;

use super::world::{SALES, SDP, World};
use crate::media::MediaEvent;

#[test]
fn nothing_is_left_of_calls_however_they_end() {
    let (mut world, outgoing, _) = World::talking();
    assert_eq!(world.open_media.len(), 2);
    world.hang_up("101", outgoing);
    world.is_clean();

    let given_up = world.call("101", "102");
    world.hang_up("101", given_up);
    world.is_clean();

    for unknown in ["105", "103", "+84900000002"] {
        world.call("101", unknown);
        world.is_clean();
    }

    world.call("101", "102");
    world.wait(Duration::from_secs(31));
    assert_eq!(world.phone("101").refusal(), 480);
    world.is_clean();

    let hotline = world.call("101", SALES);
    assert_eq!(world.phone("102").called.len(), 4);
    world.hang_up("101", hotline);
    world.wait(Duration::from_secs(60));
    world.is_clean();
}

#[test]
fn a_phone_that_goes_away_for_good_is_forgotten() {
    let mut world = World::with(&["101", "102"]);
    world.cut("102");
    world.call("101", "102");
    assert_eq!(world.phone("101").refusal(), 480, "away: does not ring");
    world.wait(Duration::from_secs(301));
    assert!(
        world.center.registrar.next_timeout().is_some(),
        "101 is there"
    );
    assert_eq!(world.center.registrar.reachable("102").count(), 0);
}

#[test]
fn a_call_waits_minutes_for_its_phone_as_long_as_media_flows() {
    let (mut world, _, incoming) = World::talking();
    world.cut("102");
    world.wait(Duration::from_secs(180));
    assert!(world.phone("101").ended.is_empty());
    world.connect("102");
    let now = world.now;
    let phone = world.phone("102");
    let registration = phone.registration.unwrap();
    phone.ua.register_now(now, registration);
    world.settle();
    world.hang_up("102", incoming);
    assert!(matches!(
        world.phone("101").ended[..],
        [(_, EndedBy::Remote)]
    ));
    world.is_clean();
}

#[test]
fn a_call_without_connection_and_media_ends_after_thirty_seconds() {
    let (mut world, outgoing, _) = World::talking();
    let bound = world.center.sessions.values().copied().collect::<Vec<_>>();
    world.cut("102");
    let now = world.now;
    let lost = bound
        .into_iter()
        .find(|leg| !world.center.legs[leg].open)
        .unwrap();
    world.center.media_event(now, &MediaEvent::Failed(lost));
    world.wait(Duration::from_secs(29));
    assert!(world.phone("101").ended.is_empty());
    world.wait(Duration::from_secs(2));
    assert!(matches!(world.phone("101").ended[..], [(id, EndedBy::Remote)] if id == outgoing));
    world.is_clean();
}

#[test]
fn a_caller_who_is_gone_while_it_rings_stops_the_ringing() {
    let mut world = World::with(&["101", "102"]);
    world.call("101", "102");
    world.cut("101");
    world.wait(Duration::from_secs(21));
    let ended = &world.phone("102").ended;
    assert!(matches!(ended[..], [(_, EndedBy::Cancelled)]), "{ended:?}");
    world.is_clean();
}

#[test]
fn a_tab_that_comes_back_while_it_rings_still_rings_and_answers() {
    let mut world = World::with(&["101", "102"]);
    let outgoing = world.call("101", "102");
    world.cut("102");
    world.wait(Duration::from_secs(3));
    world.connect("102");
    let now = world.now;
    let phone = world.phone("102");
    let registration = phone.registration.unwrap();
    phone.ua.register_now(now, registration);
    world.settle();
    world.answer("102");
    assert_eq!(world.phone("101").answered, [outgoing]);
}

#[test]
fn a_phone_that_forgot_the_call_is_heard_as_long_as_media_flows() {
    let (mut world, outgoing, _) = World::talking();
    world.forget("102");
    // An holds: the centre tells Bình's phone, which answers 481.
    let now = world.now;
    let hold = SDP.replace("sendrecv", "sendonly");
    world.phone("101").ua.offer(now, outgoing, hold).unwrap();
    world.settle();
    world.wait(Duration::from_secs(120));
    assert!(world.phone("101").ended.is_empty());
    assert_eq!(world.center.calls.len(), 1);
    // Bình's leg was the first to need a description.
    let (now, binh) = (world.now, world.open_media[0]);
    world.center.media_event(now, &MediaEvent::Failed(binh));
    world.wait(Duration::from_secs(29));
    assert!(world.phone("101").ended.is_empty());
    world.wait(Duration::from_secs(2));
    assert!(matches!(world.phone("101").ended[..], [(id, EndedBy::Remote)] if id == outgoing));
    world.wait(Duration::from_secs(60));
    world.is_clean();
}

#[test]
fn a_phone_that_never_acknowledges_is_heard_as_long_as_media_flows() {
    let mut world = World::with(&["101", "102"]);
    world.call("101", "102");
    // What the centre sends from now on does not arrive at An, and no ACK comes back.
    world.phone("101").connected = false;
    world.answer("102");
    for leg in world.open_media.clone() {
        let now = world.now;
        world.center.media_event(now, &MediaEvent::Connected(leg));
    }
    world.wait(Duration::from_secs(120));
    assert!(world.phone("102").ended.is_empty());
    assert_eq!(world.center.calls.len(), 1);
}

#[test]
fn when_it_stops_everybody_is_hung_up_on_and_nobody_comes_in() {
    let (mut world, outgoing, incoming) = World::talking();
    world.add("103");
    world.sign_in("103");
    let waiting = world.call("103", SALES);
    let now = world.now;
    assert!(world.center.stop(now));
    world.settle();
    for (user, session) in [("101", outgoing), ("102", incoming)] {
        let ended = &world.phone(user).ended;
        assert!(matches!(ended[..], [(id, EndedBy::Remote)] if id == session));
    }
    let ended = &world.phone("103").ended;
    assert!(matches!(ended[..], [(id, EndedBy::Remote)] if id == waiting));
    world.is_clean();
    world.call("103", "102");
    assert_eq!(world.phone("103").refusal(), 503);
    assert!(!world.center.stop(now), "there is no call any more");
}
