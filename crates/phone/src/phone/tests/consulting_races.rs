//! Consultations that cross something: everything that can happen in the same instant, two calls that become
//! one, and far ends behind a proxy.

use alo_sip::status::StatusCode;

use super::consulting::{consulting, is_plain};
use super::handing_over::is_target;
use super::world::World;
use crate::language::{AfterFailure, ChangeKind, Outcome, Phase, Sound, TransferFailure, Trouble};

#[test]
fn behind_a_proxy_one_that_still_rings_is_rung_again() {
    let (mut world, customer, _) = World::with_customer_behind_a_proxy(5);
    let asked = world.consult(&customer, "declines");
    world.run(300);
    world.press_complete(&asked);
    assert!(is_target(world.outcome(&asked), "declines"));
    assert!(world.transferred().attended);
    world.run(50);
    let refer = world.server.transfers.asked.last().unwrap().refer.clone();
    assert_eq!((refer.replaces, refer.join), (None, None));
    world.run(1500);
    let declined = (TransferFailure::Declined, AfterFailure::StillHere);
    assert_eq!(world.failure(), Some(declined));
    assert!(world.microphone(&customer), "taken back");
    assert!(is_plain(&world, &customer));
}

#[test]
fn behind_a_proxy_two_that_talk_are_put_together_by_the_customers_phone() {
    let (mut world, customer, _) = World::with_customer_behind_a_proxy(6);
    let asked = world.consult(&customer, "rings-on");
    world.run(1500);
    assert_eq!(world.call(&asked).actions.merge, None);
    world.press_complete(&asked);
    world.run(1000);
    assert!(world.is_held(&customer) && !world.microphone(&asked));
    let refer = world.server.transfers.asked.last().unwrap().refer.clone();
    assert!(refer.replaces.is_some());
    world.is_told(StatusCode::OK);
    assert!(is_target(world.outcome(&customer), "rings-on"));
    assert!(is_target(world.outcome(&asked), "rings-on"));
}

#[test]
fn behind_a_proxy_a_customer_of_whom_nothing_more_is_told_stays_held_whatever_the_colleague_does() {
    // The colleague's phone ends the consultation before it is given up, and after it.
    for before in [true, false] {
        let (mut world, customer, _) = World::with_customer_behind_a_proxy(7);
        let asked = world.consult(&customer, "rings-on");
        world.run(1500);
        let other = world.last_session();
        world.press_complete(&asked);
        world.run(1000);
        if before {
            world.customer_hangs_up(other);
            world.run(250_000);
        } else {
            world.run(250_000);
            world.customer_hangs_up(other);
            world.run(1000);
        }
        assert_eq!(world.stages_told().last(), Some(&"unfollowed"));
        assert!(before || is_target(world.outcome(&asked), "rings-on"));
        assert!(world.is_held(&customer) && !world.microphone(&customer));
        assert_eq!(world.troubles().len(), 1, "{:?}", world.troubles());
        assert!(is_plain(&world, &customer));
        // It is said for as long as the customer waits.
        let take_back = world.call(&customer).actions.toggle_hold.clone();
        assert_eq!(world.command(take_back.unwrap()), Ok(()));
        world.run(1000);
        assert!(!world.is_held(&customer));
        assert_eq!(world.troubles().len(), 1);
        world.run(20_000);
        assert_eq!(world.troubles(), []);
    }
}

#[test]
fn answered_in_the_same_instant_as_completed() {
    let (mut world, customer, _) = World::with_customer(9);
    let asked = world.consult(&customer, "102");
    world.run_until("it rings", |world| {
        matches!(world.call(&asked).phase, Phase::RemoteRinging { .. })
    });
    world.run(490);
    world.press_complete(&asked);
    world.run(1000);
    assert!(is_target(world.outcome(&customer), "102"));
    assert!(
        is_target(world.outcome(&asked), "102"),
        "{:?}",
        world.outcome(&asked)
    );
    world.over_in(0);
}

#[test]
fn the_colleague_hangs_up_in_the_same_instant_as_completed() {
    let (mut world, [customer, asked], [_, other]) = consulting(10);
    world.customer_hangs_up(other);
    world.press_complete(&customer);
    world.run(300);
    assert_eq!(world.outcome(&asked), Some(Outcome::HungUpThere));
    assert!(world.failure().is_some(), "{:?}", world.stage());
    assert!(world.microphone(&customer), "back by itself");
    assert!(is_plain(&world, &customer));
    assert_eq!(
        world.troubles().len(),
        1,
        "told once: {:?}",
        world.troubles()
    );
}

#[test]
fn the_customer_hangs_up_in_the_same_instant_as_completed() {
    let (mut world, [customer, asked], [session, _]) = consulting(11);
    world.customer_hangs_up(session);
    world.press_complete(&asked);
    world.run(300);
    assert_eq!(world.outcome(&customer), Some(Outcome::HungUpThere));
    let (why, _) = world.failure().expect("it failed");
    assert_eq!(why, TransferFailure::CustomerHungUp);
    assert!(world.microphone(&asked) && is_plain(&world, &asked));
    let told = world.troubles();
    assert!(
        matches!(told[..], [Trouble::CustomerHungUp { .. }]),
        "{told:?}"
    );
}

#[test]
fn all_three_talk() {
    let (mut world, [customer, asked], [session, _]) = consulting(20);
    world.press_merge(&asked);
    assert_eq!(world.call(&asked).actions.merge, None);
    assert_eq!(world.call(&asked).actions.complete_transfer, None);
    assert!(
        world.microphone(&asked),
        "as before until the server did it"
    );
    world.run(500);
    assert_eq!(world.outcome(&asked), Some(Outcome::Merged));
    assert!(world.microphone(&customer) && !world.is_held(&customer));
    let word = [
        ("P-Asserted-Identity", "\"Lan\" <sip:+84901234567@alo.test>"),
        (alo_api::header::WITH, "\"Bình\" <sip:102@alo.test>"),
    ];
    world.server(|server, now| server.says(now, session, &word));
    world.run(50);
    let call = world.call(&customer);
    assert_eq!(call.others[0].number, "102");
    assert_eq!(call.hearing.from_remote, Sound::Everybody);
    assert_eq!(call.hearing.to_remote, Sound::Voice);
    assert_eq!(world.troubles(), []);
    assert!(
        world.phone.state().transfers.is_empty(),
        "nobody was sent anywhere"
    );
    assert!(is_plain(&world, &customer));
}

#[test]
fn who_is_muted_when_two_calls_become_one_stays_muted() {
    let (mut world, [customer, asked], _) = consulting(21);
    let mute = world.call(&asked).actions.toggle_mute.clone().unwrap();
    world.command(mute).unwrap();
    world.press_merge(&customer);
    world.run(500);
    assert!(world.call(&customer).muted && !world.microphone(&customer));
}

#[test]
fn a_refused_merge_leaves_two_calls() {
    let (mut world, [customer, asked], _) = consulting(22);
    world.server.transfers.refuse = vec![StatusCode::SERVICE_UNAVAILABLE];
    world.press_merge(&asked);
    world.run(300);
    assert!(world.microphone(&asked) && world.is_held(&customer));
    let refused = Trouble::ChangeRefused {
        what: ChangeKind::Merge,
        status: 503,
    };
    assert_eq!(world.troubles(), [refused]);
    world.press_merge(&asked);
    world.run(300);
    assert_eq!(world.outcome(&asked), Some(Outcome::Merged));
}

#[test]
fn one_of_them_hangs_up_while_two_calls_become_one() {
    let (mut world, [customer, asked], [session, _]) = consulting(23);
    world.press_merge(&asked);
    world.customer_hangs_up(session);
    world.run(300);
    assert_eq!(world.outcome(&customer), Some(Outcome::HungUpThere));
    world.run(60_000);
    assert!(world.phone.transfers.is_empty());
    let (mut world, [customer, asked], [_, other]) = consulting(24);
    world.press_merge(&asked);
    world.customer_hangs_up(other);
    world.run(300);
    assert_eq!(world.outcome(&asked), Some(Outcome::HungUpThere));
    assert!(world.microphone(&customer));
    let told = world.troubles();
    assert!(
        matches!(told[..], [Trouble::ConsultationEnded { .. }]),
        "{told:?}"
    );
    world.run(60_000);
    assert!(world.phone.transfers.is_empty());
}

#[test]
fn who_is_left_of_two_calls_that_were_to_become_one_has_a_call_like_any_other() {
    let (mut world, customer, session) = World::with_customer(25);
    let asked = world.consult(&customer, "never-joins");
    world.run(1500);
    let other = world.last_session();
    world.press_merge(&asked);
    world.run(300);
    assert!(world.call(&asked).actions.merge.is_none(), "it was taken");
    world.customer_hangs_up(session);
    world.run(60_000);
    assert!(world.call(&asked).actions.transfer.is_some());
    world.customer_hangs_up(other);
    world.run(300);
    assert_eq!(world.outcome(&asked), Some(Outcome::HungUpThere));
    assert!(world.phone.transfers.is_empty());
}
