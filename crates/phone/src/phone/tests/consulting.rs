//! Asking somebody about a customer first: consult, complete, merge, swap, back.

use alo_sip::header::HeaderName;
use alo_sip::status::StatusCode;
use alo_sip::ua::SessionId;

use super::handing_over::{is_target, target};
use super::server::Act;
use super::world::World;
use crate::language::{
    AfterFailure, CallId, Command, Consultation, Outcome, Phase, Sound, TargetKind, TransferStage,
    TransferTarget, Trouble,
};
use crate::phone::Refusal;

impl World {
    pub(super) fn try_consult(
        &mut self,
        call: &CallId,
        target: TransferTarget,
        note: Option<&str>,
    ) -> Result<(), Refusal> {
        self.command(Command::Consult {
            call: call.clone(),
            target,
            note: note.map(String::from),
        })
    }

    pub(super) fn consult(&mut self, call: &CallId, to: &str) -> CallId {
        self.try_consult(call, target(to), None).unwrap();
        self.phone.state().calls.last().unwrap().id.clone()
    }

    pub(super) fn press_complete(&mut self, call: &CallId) {
        let complete = self.call(call).actions.complete_transfer.clone();
        self.command(complete.expect("it can be completed"))
            .unwrap();
    }

    pub(super) fn press_merge(&mut self, call: &CallId) {
        let merge = self.call(call).actions.merge.clone();
        self.command(merge.expect("it can be merged")).unwrap();
    }

    pub(super) fn press_back(&mut self, call: &CallId) {
        let back = self.call(call).actions.back_to_customer.clone();
        self.command(back.expect("there is a way back")).unwrap();
    }

    pub(super) fn swap_to(&mut self, call: &CallId) {
        let swap = self.call(call).actions.swap_to.clone();
        self.command(swap.expect("it can be swapped to")).unwrap();
        self.run(300);
    }
}

/// A customer waits while 102 is talked to: the world, the two calls, and their sessions at the server.
pub(super) fn consulting(seed: u64) -> (World, [CallId; 2], [SessionId; 2]) {
    let (mut world, customer, session) = World::with_customer(seed);
    let asked = world.consult(&customer, "102");
    world.run(1500);
    assert!(world.microphone(&asked));
    let other = world.last_session();
    (world, [customer, asked], [session, other])
}

pub(super) fn is_plain(world: &World, call: &CallId) -> bool {
    let call = world.call(call);
    let actions = &call.actions;
    call.consultation.is_none()
        && (
            &actions.complete_transfer,
            &actions.merge,
            &actions.back_to_customer,
        ) == (&None, &None, &None)
}

#[test]
fn the_customer_hears_music_while_the_colleague_is_asked() {
    let (mut world, customer, _) = World::with_customer(1);
    world
        .try_consult(&customer, target("102"), Some("Khách VIP"))
        .unwrap();
    assert!(!world.microphone(&customer));
    let asked = world.phone.state().calls.last().unwrap().id.clone();
    world.run(1500);
    assert!(world.is_held(&customer) && world.microphone(&asked));
    assert_eq!(world.call(&customer).hearing.to_remote, Sound::Music);
    assert_eq!(world.call(&asked).remote.name.as_deref(), Some("Bình"));
    let consulted = asked.clone();
    let role = Some(Consultation::Customer { consulted });
    assert_eq!(world.call(&customer).consultation, role);
    let role = Some(Consultation::Consulted {
        customer: customer.clone(),
    });
    assert_eq!(world.call(&asked).consultation, role);
    let invite = world.server.transfers.last_invite.clone().unwrap();
    let about = invite
        .headers()
        .target_dialog()
        .expect("it says about which");
    let (call_id, local, remote) = (&about.call_id, &about.local_tag, &about.remote_tag);
    let found = world.server.ua.find_dialog(call_id, local, remote);
    assert!(found.is_some() && found != Some(world.last_session()));
    let note = invite.headers().user_to_user().and_then(|data| data.text());
    assert_eq!(note.as_deref(), Some("Khách VIP"));
    assert!(!invite.headers().has(&HeaderName::ReferredBy));
}

#[test]
fn only_people_and_numbers_are_asked() {
    let (mut world, customer, _) = World::with_customer(2);
    for kind in [TargetKind::Queue, TargetKind::Ivr] {
        let target = TransferTarget {
            kind,
            ..target("sales")
        };
        let refused = world.try_consult(&customer, target, None);
        assert_eq!(refused, Err(Refusal::NotANumber));
    }
    let long = "x".repeat(257);
    let refused = world.try_consult(&customer, target("102"), Some(&long));
    assert_eq!(refused, Err(Refusal::NoteTooLong));
    assert!(world.microphone(&customer));
    assert_eq!(world.phone.state().calls.len(), 1);
}

#[test]
fn completed_while_talking_the_agent_is_out_of_both_calls() {
    for pressed_in in [0, 1] {
        let (mut world, calls, [session, other]) = consulting(3);
        world.press_complete(&calls[pressed_in]);
        assert!(calls.iter().all(|call| !world.microphone(call)));
        assert_eq!(world.stage(), TransferStage::Asked);
        assert!(world.transferred().attended);
        world.run(300);
        for call in &calls {
            assert!(
                is_target(world.outcome(call), "102"),
                "{:?}",
                world.outcome(call)
            );
        }
        assert_eq!(world.stages_told(), ["asked", "trying", "done"]);
        let asked = world.server.transfers.asked.last().unwrap();
        assert_eq!(asked.session, session);
        assert_eq!(asked.refer.target().as_str(), "sip:102@alo.test");
        assert!(asked.refer.replaces.is_some());
        assert!(!world.server.calls.contains_key(&other));
        assert_eq!(world.troubles(), []);
        world.over_in(0);
    }
}

#[test]
fn completed_while_it_rings_the_call_is_transferred_too() {
    let (mut world, customer, _) = World::with_customer(4);
    let asked = world.consult(&customer, "never");
    assert_eq!(
        world.call(&asked).actions.complete_transfer,
        None,
        "only dialled"
    );
    let too_early = world.command(Command::CompleteTransfer {
        call: asked.clone(),
    });
    assert_eq!(too_early, Err(Refusal::NotNow(asked.clone())));
    world.run(300);
    assert!(matches!(
        world.call(&asked).phase,
        Phase::RemoteRinging { .. }
    ));
    assert_eq!(world.call(&asked).actions.merge, None, "nobody talks yet");
    world.press_complete(&customer);
    assert_eq!(world.engine.tone, None, "no ringing tone for what is left");
    world.run(300);
    assert!(is_target(world.outcome(&customer), "never"));
    assert!(
        is_target(world.outcome(&asked), "never"),
        "{:?}",
        world.outcome(&asked)
    );
}

#[test]
fn completed_with_the_colleague_on_hold() {
    let (mut world, [customer, asked], _) = consulting(7);
    world.swap_to(&customer);
    assert!(world.microphone(&customer) && world.is_held(&asked));
    world.press_complete(&asked);
    assert!(!world.microphone(&customer));
    world.run(300);
    assert!(is_target(world.outcome(&customer), "102"));
    assert!(is_target(world.outcome(&asked), "102"));
}

#[test]
fn a_refused_completion_leaves_the_agent_with_whom_he_talked() {
    let (mut world, [customer, asked], _) = consulting(8);
    world.server.transfers.refuse = vec![StatusCode::FORBIDDEN];
    world.press_complete(&asked);
    world.run(300);
    assert!(world.microphone(&asked) && world.is_held(&customer));
    let (_, then) = world.failure().expect("it failed");
    assert_eq!(then, AfterFailure::StillHere);
    assert_eq!(world.troubles().len(), 1);
    world.press_complete(&asked);
    world.run(300);
    assert!(is_target(world.outcome(&customer), "102"));
}

#[test]
fn the_customer_hangs_up_while_the_colleague_is_asked() {
    let (mut world, [_, asked], [session, _]) = consulting(12);
    world.customer_hangs_up(session);
    world.run(200);
    assert!(world.microphone(&asked) && is_plain(&world, &asked));
    let told = world.troubles();
    assert!(
        matches!(&told[..], [Trouble::CustomerHungUp { customer, answered: true, .. }]
        if customer.number == "+84901234567")
    );
    assert!(world.call(&asked).actions.transfer.is_some());
}

#[test]
fn the_colleague_hangs_up_and_the_customer_is_back() {
    let (mut world, [customer, asked], [_, other]) = consulting(13);
    world.customer_hangs_up(other);
    world.run(500);
    assert!(world.microphone(&customer) && !world.is_held(&customer));
    assert!(is_plain(&world, &customer));
    let told = world.troubles();
    assert!(matches!(
        &told[..],
        [Trouble::ConsultationEnded {
            outcome: Outcome::HungUpThere,
            back: true,
            ..
        }]
    ));
    assert_eq!(world.outcome(&asked), Some(Outcome::HungUpThere));
}

#[test]
fn the_customer_hangs_up_while_the_colleague_rings() {
    let (mut world, customer, session) = World::with_customer(32);
    let asked = world.consult(&customer, "102");
    world.run(150);
    assert!(!world.is_talking(&asked));
    world.customer_hangs_up(session);
    world.run(20);
    let told = world.troubles();
    assert!(
        matches!(
            &told[..],
            [Trouble::CustomerHungUp {
                answered: false,
                ..
            }]
        ),
        "{told:?}"
    );
}

#[test]
fn a_colleague_who_hangs_up_on_somebody_who_is_elsewhere_leaves_the_customer_held() {
    let (mut world, [customer, _], [_, other]) = consulting(33);
    let (third, _) = world.rings("+84902");
    world.answer(&third);
    world.run(1000);
    world.customer_hangs_up(other);
    world.run(500);
    assert!(world.microphone(&third) && world.is_held(&customer));
    let told = world.troubles();
    assert!(
        matches!(&told[..], [Trouble::ConsultationEnded { back: false, .. }]),
        "{told:?}"
    );
}

#[test]
fn who_is_muted_when_the_colleague_hangs_up_stays_muted() {
    let (mut world, [customer, asked], [_, other]) = consulting(14);
    let mute = world.call(&asked).actions.toggle_mute.clone().unwrap();
    world.command(mute).unwrap();
    world.customer_hangs_up(other);
    world.run(500);
    assert!(!world.is_held(&customer));
    assert!(world.call(&customer).muted && !world.microphone(&customer));
}

#[test]
fn who_put_both_on_hold_is_not_heard_when_one_of_them_hangs_up() {
    for colleague in [true, false] {
        let (mut world, [customer, asked], [session, other]) = consulting(26);
        world.hold(&asked, true);
        world.run(300);
        world.customer_hangs_up(if colleague { other } else { session });
        world.run(500);
        let left = if colleague { &customer } else { &asked };
        assert!(world.is_held(left) && !world.microphone(left));
        assert!(is_plain(&world, left));
        assert_eq!(world.troubles().len(), 1, "it is told");
        world.hold(left, false);
        world.run(300);
        assert!(world.microphone(left));
    }
}

#[test]
fn a_colleague_who_waits_when_the_customer_hangs_up_is_taken_back() {
    let (mut world, [customer, asked], [session, _]) = consulting(27);
    world.swap_to(&customer);
    assert!(world.is_held(&asked));
    world.customer_hangs_up(session);
    world.run(500);
    assert!(world.microphone(&asked) && !world.is_held(&asked));
    let told = world.troubles();
    assert!(matches!(&told[..], [Trouble::CustomerHungUp { with, .. }] if with.number == "102"));
}

#[test]
fn a_colleague_who_cannot_be_reached_costs_the_customer_little() {
    for (to, outcome) in [
        ("nobody", Outcome::UnknownNumber),
        ("busy", Outcome::Busy),
        ("declines", Outcome::DeclinedThere),
        ("away", Outcome::Unavailable),
    ] {
        let (mut world, customer, _) = World::with_customer(15);
        world.consult(&customer, to);
        world.run(2000);
        assert!(world.microphone(&customer), "{to}");
        let told = world.troubles();
        assert!(
            matches!(&told[..], [Trouble::ConsultationEnded { outcome: ended, .. }] if *ended == outcome),
            "{told:?}"
        );
    }
}

#[test]
fn back_to_the_customer_at_any_time() {
    for after in [0, 40, 300, 1500] {
        let (mut world, customer, _) = World::with_customer(16);
        let asked = world.consult(&customer, "102");
        world.run(after);
        world.press_back(&customer);
        world.run(600);
        assert!(
            world.microphone(&customer) && !world.is_held(&customer),
            "{after}"
        );
        assert!(world.outcome(&asked).is_some());
        assert_eq!(world.troubles(), [], "as asked for");
        assert!(is_plain(&world, &customer));
        world.run(1000);
        assert_eq!(world.server.calls.len(), 1);
    }
}

#[test]
fn hanging_up_on_the_colleague_is_a_way_back_too() {
    let (mut world, [customer, asked], _) = consulting(17);
    world.hang_up(&asked);
    world.run(500);
    assert!(world.microphone(&customer));
    assert_eq!(world.troubles(), []);
}

#[test]
fn hanging_up_on_the_customer_leaves_the_colleague() {
    let (mut world, [customer, asked], _) = consulting(18);
    world.hang_up(&customer);
    world.run(500);
    assert!(world.microphone(&asked) && is_plain(&world, &asked));
    assert_eq!(world.troubles(), []);
}

#[test]
fn swapped_again_and_again() {
    let (mut world, [customer, asked], _) = consulting(19);
    for _ in 0..3 {
        for (to, from) in [(&customer, &asked), (&asked, &customer)] {
            world.swap_to(to);
            assert!(world.microphone(to) && !world.microphone(from));
            assert!(world.is_held(from));
            assert!(world.call(to).actions.complete_transfer.is_some());
        }
    }
    for call in [&customer, &asked, &customer] {
        let swap = Command::SwapTo { call: call.clone() };
        let _ = world.command(swap);
    }
    world.run(3000);
    assert!(world.microphone(&customer) && !world.microphone(&asked));
    world.press_complete(&customer);
    world.run(500);
    assert!(is_target(world.outcome(&customer), "102"));
}

#[test]
fn nobody_is_asked_where_no_call_fits_any_more() {
    let mut world = World::with_config(25, |config| config.limits.calls = 1);
    world.sign_in();
    world.run(300);
    let (customer, _) = world.rings("+84901");
    world.answer(&customer);
    world.run(1000);
    let actions = world.call(&customer).actions.clone();
    assert_eq!(actions.consult, None);
    assert!(actions.transfer.is_some());
    let refused = world.try_consult(&customer, target("102"), None);
    assert_eq!(refused, Err(Refusal::NotNow(customer)));
}

#[test]
fn a_third_call_is_not_cut_off_when_the_colleague_hangs_up() {
    let (mut world, [customer, _], [_, other]) = consulting(26);
    let (third, _) = world.rings("+84903");
    world.answer(&third);
    world.run(1500);
    assert!(world.microphone(&third));
    world.server(|server, now| server.act(now, Act::HangUp(other)));
    world.run(500);
    assert!(world.microphone(&third) && world.is_held(&customer));
    assert_eq!(world.troubles().len(), 1);
}

#[test]
fn without_websocket_nothing_is_offered_that_could_not_be_done() {
    let (mut world, [customer, asked], _) = consulting(27);
    world.net.up = false;
    world.drop_socket();
    world.run(100);
    for call in [&customer, &asked] {
        let actions = &world.call(call).actions;
        assert_eq!((&actions.complete_transfer, &actions.merge), (&None, &None));
        assert_eq!((&actions.transfer, &actions.consult), (&None, &None));
    }
    world.press_back(&customer);
    assert!(world.outcome(&asked).is_some());
    world.net.up = true;
    world.run(10_000);
    assert!(world.microphone(&customer) && !world.is_held(&customer));
    assert_eq!(world.server.calls.len(), 1);
}

#[test]
fn signing_out_ends_both_calls_and_what_was_asked() {
    let (mut world, [_, asked], _) = consulting(28);
    world.press_complete(&asked);
    world.command(Command::SignOut).unwrap();
    world.run(20_000);
    assert!(world.phone.transfers.is_empty());
    assert!(world.phone.timers().is_empty());
    assert!(world.server.calls.is_empty());
}
