//! Transfers of customers who call over the trunk, and to numbers behind it.

use alo_api::header;
use alo_sip::header::HeaderName;
use alo_sip::status::StatusCode;
use alo_sip::ua::SessionId;

use super::transfers::music;
use super::trunk::{MOBILE, PROVIDER, TRUNK};
use super::world::{SDP, World};
use crate::media::{MediaEvent, Source};

const OTHER: &str = "+84907654321";

/// Mai calls from her mobile, and talks with An: her session at the provider, and his.
fn mai_and_an() -> (World, SessionId, SessionId) {
    let mut world = World::with_trunk(TRUNK, &["101"]);
    let mai = world.comes_in("\"Mai\" <sip:0901234567@192.0.2.1>", "02873001001", &[]);
    let an = world.answer("101");
    world.flows();
    (world, mai, an)
}

/// The leg of whoever stays in the only call.
fn stays(world: &World) -> crate::media::LegId {
    let (_, active) = world.center.calls.first_key_value().unwrap();
    active.call.stays()
}

fn hears(world: &World) -> Source {
    world.hears[&stays(world)].clone()
}

#[test]
fn a_number_is_called_from_the_hotline_that_the_customer_had_called() {
    let (mut world, mai, an) = mai_and_an();
    world.refer("101", an, "0907 654 321");
    assert_eq!(hears(&world), music("sales"));
    let provider = world.phone(PROVIDER);
    let invite = provider.invites.last().unwrap();
    assert_eq!(invite.target().unwrap().user().unwrap(), OTHER);
    let from = invite.headers().from().unwrap().unwrap();
    assert_eq!(from.uri().user().unwrap(), "+842873001001");
    for kept in [HeaderName::ReferredBy, HeaderName::UserToUser] {
        assert!(!invite.headers().has(&kept), "{kept} is for colleagues");
    }
    world.told_of("101");

    // The network speaks, and the customer hears music all the same.
    let (now, session) = (world.now, *world.phone(PROVIDER).called.last().unwrap());
    let progress = StatusCode::SESSION_PROGRESS;
    let ua = &mut world.phone(PROVIDER).ua;
    ua.progress(now, session, progress, Some(SDP.into()), Vec::new())
        .unwrap();
    world.settle();
    world.flows();
    assert_eq!(hears(&world), music("sales"));
    assert_eq!(world.told_of("101"), ["180 Ringing"]);
    world.answer(PROVIDER);
    assert!(matches!(hears(&world), Source::Leg(_)));
    assert_eq!(
        world.told_of("101"),
        [format!("200 OK <sip:{OTHER}@alo.local>")]
    );
    world.hang_up(PROVIDER, mai);
    world.is_clean();
}

#[test]
fn a_number_that_is_busy_sends_the_customer_back_with_her_number() {
    let (mut world, _, an) = mai_and_an();
    world.refer("101", an, OTHER);
    world.provider_refuses(StatusCode::BUSY_HERE, &[]);
    world.nobody_is_lost();
    assert_eq!(
        world.told_of("101").last().unwrap(),
        "486 Busy Here returns"
    );
    assert!(world.caller_shown("101").contains(MOBILE));
    let returned = world.phone("101").told(header::RETURNED).unwrap();
    assert_eq!(returned, format!("<sip:{OTHER}@alo.local>;status=486"));
    world.answer("101");
    let (an, mai) = (world.leg("101"), stays(&world));
    assert_eq!(world.hears("101"), Source::Leg(mai));
    assert_eq!(hears(&world), Source::Leg(an));
}

#[test]
fn a_network_that_cannot_be_reached_refuses_a_transfer_at_once() {
    let (mut world, _, an) = mai_and_an();
    for _ in 0..2 {
        let now = world.now;
        let flow = world.phone(PROVIDER).flow;
        world.center.flow_closed(now, flow);
    }
    world.settle();
    world.refer("101", an, OTHER);
    let told = world.told_of("101");
    assert_eq!(told, ["refused 503"], "{told:?}");
    assert!(world.phone("101").ended.is_empty(), "the call is as it was");
}

#[test]
fn a_colleague_has_the_customer_and_his_browser_dies() {
    let (mut world, _, an) = mai_and_an();
    let leg = world.leg("101");
    world.cut("101");
    let now = world.now;
    let lost = MediaEvent::Disconnected(leg);
    world.center.media_event(now, &lost);
    world.settle();
    world.pass(31);
    assert_eq!(
        hears(&world),
        music("sales"),
        "{an:?} is gone, and she is not"
    );
    assert!(world.phone(PROVIDER).ended.is_empty());
}
