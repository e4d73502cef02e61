//! Blind transfers: to a colleague, a number, a queue, an IVR tree; and everything that can go wrong.

use alo_sip::status::StatusCode;

use super::handing_over::{is_target, target};
use super::world::World;
use crate::language::{
    AfterFailure, Command, Outcome, Sound, TransferFailure, TransferStage, Trouble,
};
use crate::phone::Refusal;

#[test]
fn the_agent_is_free_at_once_and_sees_how_it_goes_on() {
    let (mut world, call, _) = World::with_customer(1);
    world.transfer(&call, "102");
    assert!(!world.microphone(&call), "cut off at the click");
    assert_eq!(world.call(&call).hearing.from_remote, Sound::Nothing);
    assert_eq!(world.stage(), TransferStage::Asked);
    assert_eq!(world.transferred().dismiss, None);
    world.run(150);
    assert!(is_target(world.outcome(&call), "102"));
    assert!(world.phone.state().dial.is_some());
    world.run(1000);
    let TransferStage::Done { by: Some(by), .. } = world.stage() else {
        panic!("{:?}", world.stage());
    };
    assert_eq!(by.name.as_deref(), Some("Bình Trần"));
    let told = world.stages_told();
    assert_eq!(told, ["asked", "trying", "ringing", "done"]);
    assert_eq!(world.troubles(), []);
    world.over_in(0);
}

#[test]
fn the_server_is_told_who_asks_where_it_goes_and_why() {
    let (mut world, call, session) = World::with_customer(2);
    let note = "Khách hỏi hoá đơn tháng mười một".to_owned();
    world
        .command(Command::Transfer {
            call,
            target: target("+84 (90) 000-0001"),
            note: Some(note.clone()),
        })
        .unwrap();
    world.run(100);
    let asked = world.server.transfers.asked.last().unwrap();
    assert_eq!(asked.session, session);
    assert_eq!(asked.note, Some(note));
    let target = asked.refer.target();
    assert_eq!(target.as_str(), "sip:+84900000001@alo.test");
    let by = asked.by.as_ref().unwrap();
    assert_eq!(by.uri().as_str(), "sip:101@alo.test");
    assert_eq!(by.display().as_deref(), Some("An Nguyễn"));
}

#[test]
fn a_note_of_256_bytes_goes_and_one_of_257_does_not() {
    let (mut world, call, _) = World::with_customer(3);
    // Three bytes a letter.
    let long = ["ế".repeat(85), "ab".to_owned()].concat();
    assert_eq!(long.len(), 257);
    let command = |note: &str| Command::Transfer {
        call: call.clone(),
        target: target("102"),
        note: Some(note.to_owned()),
    };
    assert_eq!(world.command(command(&long)), Err(Refusal::NoteTooLong));
    assert!(world.microphone(&call), "nothing changed");
    assert!(world.phone.state().transfers.is_empty());
    let fits = &long[..256];
    world.command(command(fits)).unwrap();
    world.run(100);
    let asked = world.server.transfers.asked.last().unwrap();
    assert_eq!(asked.note.as_deref(), Some(fits));
}

#[test]
fn what_is_no_address_is_refused_before_anything_happens() {
    let (mut world, call, _) = World::with_customer(4);
    for to in ["", "  ", "sip:", "a b@c d", "tel:"] {
        assert_eq!(world.try_transfer(&call, to), Err(Refusal::NotANumber));
    }
    assert!(world.microphone(&call));
    assert!(world.server.transfers.asked.is_empty());
}

#[test]
fn a_queue_takes_its_time_and_an_ivr_tree_none() {
    let (mut world, call, _) = World::with_customer(5);
    world.transfer(&call, "sales");
    world.run(3000);
    let waits = ["asked", "trying", "waiting", "ringing", "waiting"];
    let told = world.stages_told();
    assert_eq!(told[..5], waits);
    assert_eq!(told[5..], ["ringing", "done"]);
    let (mut world, call, _) = World::with_customer(5);
    world.transfer(&call, "menu");
    world.run(300);
    assert!(matches!(world.stage(), TransferStage::Done { .. }));
}

#[test]
fn a_refusal_changes_nothing() {
    let cases = [
        ("nobody", TransferFailure::UnknownTarget),
        ("offline", TransferFailure::Unreachable),
    ];
    for (to, why) in cases {
        let (mut world, call, _) = World::with_customer(6);
        world.transfer(&call, to);
        world.run(200);
        let then = AfterFailure::StillHere;
        assert_eq!(world.failure(), Some((why.clone(), then.clone())));
        assert!(world.microphone(&call) && !world.is_held(&call));
        let target = target(to);
        let transfer = world.transferred().id;
        let trouble = Trouble::TransferFailed {
            transfer,
            target,
            why,
            then,
        };
        assert_eq!(world.troubles(), [trouble]);
        assert!(world.call(&call).actions.transfer.is_some());
        world.hang_up(&call);
        assert_eq!(world.outcome(&call), Some(Outcome::HungUpHere));
    }
}

#[test]
fn every_refusal_leaves_the_customer_here() {
    for status in [400, 403, 405, 408, 481, 488, 500, 503, 603, 606] {
        let (mut world, call, session) = World::with_customer(7);
        let status = StatusCode::new(status).unwrap();
        world.server.transfers.refuse = vec![status];
        world.transfer(&call, "102");
        world.run(2_000);
        let (why, then) = world.failure().expect("it failed");
        assert_eq!(then, AfterFailure::StillHere, "{why:?}");
        assert!(
            world.is_talking(&call) && world.microphone(&call),
            "{status}"
        );
        world.customer_hangs_up(session);
        world.run(100);
        assert_eq!(world.outcome(&call), Some(Outcome::HungUpThere));
    }
}

#[test]
fn who_was_held_or_muted_before_a_refused_transfer_is_so_after_it() {
    let (mut world, call, _) = World::with_customer(8);
    world.hold(&call, true);
    world.run(300);
    world.transfer(&call, "nobody");
    world.run(300);
    assert!(world.is_held(&call) && !world.microphone(&call));
    world.hold(&call, false);
    world.run(300);
    let mute = world.call(&call).actions.toggle_mute.clone().unwrap();
    world.command(mute).unwrap();
    world.transfer(&call, "nobody");
    world.run(300);
    assert!(world.call(&call).muted && !world.microphone(&call));
}

#[test]
fn pressed_twice_it_is_asked_once() {
    let (mut world, call, _) = World::with_customer(9);
    world.transfer(&call, "102");
    let actions = world.call(&call).actions.clone();
    let refused = Err(Refusal::NotNow(call.clone()));
    assert_eq!(world.try_transfer(&call, "103"), refused);
    assert_eq!((actions.transfer, actions.consult), (None, None));
    assert_eq!((actions.toggle_hold, actions.send_digits), (None, None));
    assert!(actions.hang_up.is_some());
    world.run(1000);
    assert_eq!(world.server.transfers.asked.len(), 1);
}
