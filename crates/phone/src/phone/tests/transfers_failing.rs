//! Blind transfers that go wrong, cross other things, or are followed in vain; and far ends behind a proxy.

use alo_api::header;
use alo_sip::header::HeaderName;
use alo_sip::status::StatusCode;

use super::handing_over::is_target;
use super::server::Act;
use super::transfer_server::ReferAct;
use super::world::World;
use crate::language::{
    AfterFailure, Command, Outcome, Sound, TransferFailure, TransferStage, Trouble,
};
use crate::phone::Refusal;

#[test]
fn a_customer_who_comes_back_is_announced_and_one_who_does_not_too() {
    let (mut world, call, _) = World::with_customer(10);
    world.transfer(&call, "busy");
    world.run(500);
    let returns = (TransferFailure::Busy, AfterFailure::Returns);
    assert_eq!(world.failure(), Some(returns));
    let (mut world, call, _) = World::with_customer(10);
    world.transfer(&call, "away");
    world.run(1500);
    let (why, then) = world.failure().unwrap();
    assert_eq!(why, TransferFailure::NoAnswer);
    let AfterFailure::Elsewhere { place: Some(place) } = then else {
        panic!("{then:?}");
    };
    assert_eq!(place.name.as_deref(), Some("Sales"));
    assert_eq!(world.troubles().len(), 1);
    world.over_in(0);
}

#[test]
fn that_a_customer_comes_back_is_said_until_he_is_answered_or_gone() {
    for answers in [true, false] {
        let (mut world, call, _) = World::with_customer(30);
        world.transfer(&call, "busy");
        world.run(500);
        let from = "<sip:busy@alo.test>;status=486".to_owned();
        let headers = vec![(HeaderName::from_static(header::RETURNED), from)];
        let (back, session) = world.rings_with("+84901234567", headers, true);
        assert_eq!(world.troubles().len(), 1, "it rings");
        if answers {
            world.answer(&back);
        } else {
            world.server(|server, now| server.act(now, Act::GiveUp(session)));
        }
        world.run(1000);
        assert_eq!(world.troubles(), []);
        assert!(world.phone.state().transfers.is_empty());
        if !answers {
            continue;
        }
        // Somebody else is sent on meanwhile, and comes back too.
        let (second, _) = world.rings("+84902");
        world.answer(&second);
        world.run(1000);
        world.transfer(&second, "busy");
        world.run(500);
        assert_eq!(world.troubles().len(), 1, "that one is not answered yet");
    }
}

#[test]
fn what_came_to_nothing_is_not_told_for_ever() {
    let (mut world, call, _) = World::with_customer(31);
    world.transfer(&call, "away");
    world.run(1500);
    assert_eq!(world.troubles().len(), 1);
    world.run(world.phone.config.times.notice_shown);
    assert_eq!(world.troubles(), []);
    let (second, _) = world.rings("+84902");
    world.answer(&second);
    world.run(1000);
    world.transfer(&second, "busy");
    world.run(500);
    assert_eq!(world.troubles().len(), 1);
    world.command(Command::SignOut).unwrap();
    assert_eq!(world.troubles(), [], "it is about an agent who went");
}

#[test]
fn the_customer_hangs_up_while_the_refer_is_out() {
    let (mut world, call, session) = World::with_customer(11);
    world.server.transfers.refuse = vec![StatusCode::CALL_DOES_NOT_EXIST];
    world.transfer(&call, "102");
    world.customer_hangs_up(session);
    world.run(300);
    assert_eq!(world.outcome(&call), Some(Outcome::HungUpThere));
    let (why, then) = world.failure().expect("it failed");
    assert_eq!(why, TransferFailure::CustomerHungUp);
    assert_eq!(then, AfterFailure::Unknown);
    assert_eq!(world.troubles(), []);
    world.over_in(0);
}

#[test]
fn the_customer_hangs_up_on_the_way() {
    let (mut world, call, _) = World::with_customer(12);
    world.transfer(&call, "gone");
    world.run(1000);
    let (why, _) = world.failure().expect("it failed");
    assert_eq!(why, TransferFailure::CustomerHungUp);
    assert_eq!(world.troubles(), []);
}

#[test]
fn the_bye_comes_before_the_202() {
    let (mut world, call, session) = World::with_customer(13);
    world.transfer(&call, "rings-on");
    world.run(12);
    let leave = ReferAct::Leave(session, "Transferred");
    world.server(|server, now| server.refer_act(now, leave));
    world.run_until("the BYE", |world| world.outcome(&call).is_some());
    assert_eq!(world.stage(), TransferStage::Asked);
    assert!(is_target(world.outcome(&call), "rings-on"));
    world.run(500);
    assert!(matches!(world.stage(), TransferStage::Ringing { .. }));
    world.is_told(StatusCode::OK);
    assert!(matches!(world.stage(), TransferStage::Done { .. }));
}

#[test]
fn a_server_that_does_not_answer_leaves_the_customer_here() {
    let (mut world, call, _) = World::with_customer(14);
    world.transfer(&call, "unheard");
    world.run(20_000);
    assert_eq!(world.stage(), TransferStage::Asked);
    assert!(!world.microphone(&call));
    world.run(15_000);
    let (why, then) = world.failure().expect("it failed");
    assert!(matches!(why, TransferFailure::Refused { status: 408, .. }));
    assert_eq!(then, AfterFailure::StillHere);
    assert!(world.microphone(&call));
    world.over_in(0);
}

#[test]
fn a_202_and_nothing_more() {
    let (mut world, call, _) = World::with_customer(15);
    world.transfer(&call, "mute");
    world.run(1000);
    assert!(is_target(world.outcome(&call), "mute"));
    assert_eq!(world.stage(), TransferStage::Trying);
    world.run(250_000);
    assert_eq!(world.stages_told().last(), Some(&"unfollowed"));
    world.over_in(0);
}

#[test]
fn the_person_hangs_up_while_it_is_asked() {
    let (mut world, call, _) = World::with_customer(16);
    world.transfer(&call, "102");
    world.hang_up(&call);
    world.run(50);
    assert_eq!(world.outcome(&call), Some(Outcome::HungUpHere));
    world.run(60_000);
    let told = world.stages_told();
    assert!(["done", "failed", "unfollowed"].contains(told.last().unwrap()));
    world.over_in(0);
}

#[test]
fn a_refer_that_crosses_a_request_is_sent_again() {
    let (mut world, call, _) = World::with_customer(17);
    world.server.transfers.refuse = vec![StatusCode::REQUEST_PENDING; 2];
    world.transfer(&call, "102");
    world.run(1000);
    assert_eq!(world.stage(), TransferStage::Asked);
    world.run(15_000);
    assert_eq!(world.stages_told(), ["asked", "trying", "ringing", "done"]);
    assert_eq!(world.server.transfers.asked.len(), 3);
}

#[test]
fn a_hold_on_its_way_is_no_obstacle() {
    let (mut world, call, _) = World::with_customer(18);
    world.server.refuse_offers = vec![StatusCode::REQUEST_PENDING];
    world.hold(&call, true);
    world.run(25);
    world.transfer(&call, "102");
    world.run(1000);
    assert!(is_target(world.outcome(&call), "102"));
    assert!(matches!(world.stage(), TransferStage::Done { .. }));
}

#[test]
fn a_second_customer_rings_meanwhile_and_is_talked_to() {
    let (mut world, call, _) = World::with_customer(19);
    let (second, _) = world.rings("+84902");
    world.transfer(&call, "nobody");
    world.answer(&second);
    world.run(1500);
    let (_, then) = world.failure().expect("it failed");
    assert_eq!(then, AfterFailure::StillHere);
    assert!(world.microphone(&second), "the person is there by now");
    assert!(world.is_held(&call));
    assert!(matches!(
        world.troubles()[..],
        [Trouble::TransferFailed {
            then: AfterFailure::Waits,
            ..
        }]
    ));
}

#[test]
fn the_websocket_goes_between_refer_and_202_and_comes_back() {
    let (mut world, call, _) = World::with_customer(20);
    world.transfer(&call, "102");
    world.run(5);
    world.drop_socket();
    world.run(100_000);
    let told = world.stages_told();
    assert!(
        ["done", "failed"].contains(told.last().unwrap()),
        "{told:?}"
    );
    if told.last() == Some(&"failed") {
        assert!(world.is_talking(&call), "the customer is not lost");
    }
}

#[test]
fn the_websocket_goes_while_it_rings_and_comes_back() {
    let (mut world, call, _) = World::with_customer(21);
    world.transfer(&call, "rings-on");
    world.run(300);
    assert!(matches!(world.stage(), TransferStage::Ringing { .. }));
    world.drop_socket();
    world.run(5_000);
    world.is_told(StatusCode::OK);
    assert!(
        matches!(world.stage(), TransferStage::Done { .. }),
        "{:?}",
        world.stage()
    );
}

#[test]
fn the_websocket_goes_for_good() {
    for after in [5, 300] {
        let (mut world, call, _) = World::with_customer(22);
        world.transfer(&call, "rings-on");
        world.run(after);
        world.net.up = false;
        world.drop_socket();
        world.run(400_000);
        let told = world.stages_told();
        let last = told.last().unwrap();
        assert!(["failed", "unfollowed"].contains(last), "{told:?}");
        world.over_in(0);
    }
}

#[test]
fn signing_out_meanwhile_leaves_nothing_behind() {
    for after in [5, 300] {
        let (mut world, call, _) = World::with_customer(23);
        world.transfer(&call, "rings-on");
        world.run(after);
        world.command(Command::SignOut).unwrap();
        assert_eq!(world.stages_told().last(), Some(&"unfollowed"));
        assert!(world.phone.transfers.is_empty());
        world.run(20_000);
        assert!(world.phone.timers().is_empty());
        assert!(world.server.calls.is_empty());
    }
}

#[test]
fn one_that_is_followed_no_more_is_off_the_screen() {
    let (mut world, call, _) = World::with_customer(24);
    world.transfer(&call, "waits-on");
    world.run(500);
    let dismiss = world.transferred().dismiss.clone().unwrap();
    world.command(dismiss.clone()).unwrap();
    assert!(world.phone.state().transfers.is_empty());
    assert_eq!(world.stages_told().last(), Some(&"unfollowed"));
    let id = match &dismiss {
        Command::DismissTransfer { transfer } => *transfer,
        other => panic!("{other:?}"),
    };
    assert_eq!(world.command(dismiss), Err(Refusal::NoSuchTransfer(id)));
    world.is_told(StatusCode::OK);
    assert!(world.phone.state().transfers.is_empty());
}

#[test]
fn many_are_followed_and_the_oldest_goes_first() {
    let mut world = World::with_config(25, |config| config.limits.transfers = 3);
    world.sign_in();
    world.run(300);
    for _ in 0..5 {
        let (call, _) = world.rings("+84901");
        world.answer(&call);
        world.run(1000);
        world.transfer(&call, "waits-on");
        world.run(300);
    }
    let ids: Vec<_> = world
        .phone
        .state()
        .transfers
        .iter()
        .map(|one| one.id)
        .collect();
    assert_eq!(ids, [3, 4, 5]);
}

#[test]
fn a_guest_transfers_nobody() {
    let mut world = World::new(26);
    world.sign_in_as_guest();
    world.run(300);
    let call = world.dial("102");
    world.run(1500);
    let actions = world.call(&call).actions.clone();
    assert_eq!((actions.transfer, actions.consult), (None, None));
    let refused = Err(Refusal::NotNow(call.clone()));
    assert_eq!(world.try_transfer(&call, "103"), refused);
}

#[test]
fn behind_a_proxy_the_customer_is_held_and_let_go_when_the_target_answers() {
    let (mut world, call, _) = World::with_customer_behind_a_proxy(27);
    world.transfer(&call, "rings-on");
    world.run(1500);
    assert!(world.is_held(&call) && !world.microphone(&call));
    assert_eq!(world.call(&call).hearing.to_remote, Sound::Music);
    assert_eq!(world.call(&call).actions.toggle_hold, None);
    assert_eq!(world.transferred().dismiss, None, "it hangs on the answer");
    world.is_told(StatusCode::OK);
    assert!(is_target(world.outcome(&call), "rings-on"));
    assert!(world.transferred().dismiss.is_some());
}

#[test]
fn behind_a_proxy_a_customer_whose_transfer_fails_is_taken_back() {
    let (mut world, call, _) = World::with_customer_behind_a_proxy(28);
    world.transfer(&call, "declines");
    world.run(2000);
    let still_here = (TransferFailure::Declined, AfterFailure::StillHere);
    assert_eq!(world.failure(), Some(still_here));
    assert!(world.microphone(&call) && !world.is_held(&call));
    let told = world.troubles();
    let then = AfterFailure::StillHere;
    assert!(matches!(&told[..], [Trouble::TransferFailed { then: it, .. }] if *it == then));
}

#[test]
fn behind_a_proxy_a_customer_of_whom_nothing_is_told_stays_held() {
    let (mut world, call, session) = World::with_customer_behind_a_proxy(29);
    world.transfer(&call, "rings-on");
    let silent = world.phone.config.times.transfer_silent;
    world.run(silent + 1000);
    assert_eq!(world.stages_told().last(), Some(&"unfollowed"));
    assert_eq!(world.troubles().len(), 1);
    world.run(90_000);
    assert!(world.is_held(&call) && !world.microphone(&call));
    world.hold(&call, false);
    world.run(500);
    assert!(world.microphone(&call));
    world.customer_hangs_up(session);
    world.run(200);
    assert_eq!(world.outcome(&call), Some(Outcome::HungUpThere));
}

#[test]
fn behind_a_proxy_a_customer_who_hangs_up_on_the_way_hung_up() {
    let (mut world, call, session) = World::with_customer_behind_a_proxy(30);
    world.transfer(&call, "rings-on");
    world.run(1500);
    world.customer_hangs_up(session);
    world.run(200);
    assert_eq!(world.outcome(&call), Some(Outcome::HungUpThere));
    world.is_told(StatusCode::REQUEST_TERMINATED);
    let (why, _) = world.failure().expect("it failed");
    assert_eq!(why, TransferFailure::CustomerHungUp);
}
