//! Transfers, from the key that is pressed to who hears whom: what works.

use alo_phone::language::{
    AfterFailure, Call, CallId, Command, Consultation, Introduced, Outcome, Phase, Sound,
    TransferFailure, TransferStage, Trouble,
};

use crate::desk::{agent, number, queue, tree};
use crate::world::{CUSTOMER, OTHER, Pace, SUPPORT, World};

const THREE: [&str; 3] = ["101", "102", CUSTOMER];
/// An and Bình talk, and so on: who hears whom of the three.
const WITH_AN: [&str; 3] = [CUSTOMER, "-", "101"];
const WITH_BINH: [&str; 3] = ["-", CUSTOMER, "102"];
const WAITS: [&str; 3] = ["-", "-", "music"];

/// An talks with the customer; Bình and Chi are there.
fn an_talks() -> (World, CallId) {
    let mut world = World::with(&["101", "102", "103", CUSTOMER]);
    let call = world.talks_with_customer("101", CUSTOMER);
    assert_eq!(world.matrix(&THREE), WITH_AN);
    (world, call)
}

/// An has called Bình about the customer, and Bình took the call.
fn an_asks_binh() -> (World, CallId, CallId) {
    let (mut world, call) = an_talks();
    let asked = world.consults("101", &call, agent("102"), Some("đổi vé"));
    world.takes("102");
    assert_eq!(world.matrix(&THREE), ["102", "101", "music"]);
    (world, call, asked)
}

fn introduction(call: &Call) -> &Introduced {
    &call.introduction.as_ref().expect("it was brought here").how
}

#[test]
fn a_blind_transfer_rings_the_colleague_and_frees_the_agent_at_once() {
    let (mut world, call) = an_talks();
    world.transfers("101", &call, agent("102"), Some("đổi vé 12/4"));
    assert_eq!(world.matrix(&THREE), WAITS);
    assert_eq!(world.calls("101"), Vec::<&Call>::new());
    assert_eq!(
        world.outcome("101", &call),
        Outcome::Transferred {
            target: agent("102")
        }
    );
    assert!(matches!(world.stage("101"), TransferStage::Ringing { .. }));
    let rings = world.calls("102")[0].clone();
    let introduction = rings.introduction.clone().expect("it was brought");
    assert_eq!(introduction.note.as_deref(), Some("đổi vé 12/4"));
    let Introduced::Transferred { by } = introduction.how else {
        panic!("{introduction:?}");
    };
    assert_eq!(
        (by.name.as_deref(), by.number.as_str()),
        (Some("An Nguyễn"), "101")
    );
    assert!(
        rings.remote.number.starts_with("guest-"),
        "{:?}",
        rings.remote
    );
    world.takes("102");
    assert_eq!(world.matrix(&THREE), WITH_BINH);
    let TransferStage::Done { by: Some(by), .. } = world.stage("101") else {
        panic!("{:?}", world.stage("101"));
    };
    assert_eq!(by.name.as_deref(), Some("Bình Trần"));
    world.run(20_000);
    assert_eq!(world.state("101").transfers, []);
}

#[test]
fn a_blind_transfer_to_a_number_is_called_and_heard() {
    let (mut world, call) = an_talks();
    world.transfers("101", &call, number("0900000001"), None);
    assert_eq!(world.matrix(&["101", CUSTOMER]), ["-", "music"]);
    world.run(6_000);
    assert_eq!(world.sounds(CUSTOMER), "+84900000001");
    assert!(matches!(world.stage("101"), TransferStage::Done { .. }));
}

#[test]
fn a_blind_transfer_to_a_queue_waits_there_and_is_distributed() {
    let (mut world, call) = an_talks();
    world.busy("102");
    world.transfers("101", &call, queue("support"), None);
    assert_eq!(world.matrix(&THREE), WAITS);
    assert!(matches!(world.stage("101"), TransferStage::Waiting { .. }));
    world.available("102");
    assert!(world.rings("102"));
    world.takes("102");
    assert_eq!(world.matrix(&THREE), WITH_BINH);
    assert!(matches!(world.stage("101"), TransferStage::Done { .. }));
}

#[test]
fn a_blind_transfer_to_a_menu_is_heard_there_and_done_at_once() {
    let (mut world, call) = an_talks();
    world.transfers("101", &call, tree("main"), None);
    assert_eq!(world.matrix(&["101", CUSTOMER]), ["-", "says"]);
    assert!(matches!(world.stage("101"), TransferStage::Done { .. }));
    world.types(CUSTOMER, "1");
    assert_eq!(world.sounds(CUSTOMER), "music", "he chose Sales");
}

/// The customer is back at An, who is told why, and takes him.
fn comes_back(mut world: World, why: TransferFailure) {
    assert_eq!(world.sounds(CUSTOMER), "music");
    let back = world.ringing("101");
    let Introduced::Returned { why: told, .. } = introduction(world.call("101", &back)) else {
        panic!("{:?}", world.call("101", &back).introduction);
    };
    assert_eq!(*told, why);
    let TransferStage::Failed {
        why: told, then, ..
    } = world.stage("101")
    else {
        panic!("{:?}", world.stage("101"));
    };
    assert_eq!((told, then), (why, AfterFailure::Returns));
    world.takes("101");
    assert_eq!(world.matrix(&THREE), WITH_AN);
    world.hangs_up("101");
    assert_eq!(world.sounds(CUSTOMER), "-");
}

#[test]
fn a_busy_number_brings_the_customer_back() {
    let (mut world, call) = an_talks();
    world.transfers("101", &call, number("0900000002"), None);
    comes_back(world, TransferFailure::Busy);
}

#[test]
fn a_colleague_who_declines_brings_the_customer_back() {
    let (mut world, call) = an_talks();
    world.transfers("101", &call, agent("102"), None);
    world.declines("102");
    comes_back(world, TransferFailure::Declined);
}

#[test]
fn a_colleague_who_does_not_answer_brings_the_customer_back() {
    let (mut world, call) = an_talks();
    world.transfers("101", &call, agent("102"), None);
    world.run(21_000);
    assert!(!world.rings("102"));
    comes_back(world, TransferFailure::NoAnswer);
}

#[test]
fn a_colleague_whose_browser_dies_brings_the_customer_back() {
    let (mut world, call) = an_talks();
    world.transfers("101", &call, agent("102"), None);
    world.close_tab("102", 0);
    world.run(21_000);
    assert!(world.rings("101"));
    assert_eq!(world.sounds(CUSTOMER), "music");
}

/// The transfer is refused at once, and An is still with the customer.
fn is_still_here(world: &World, call: &CallId, why: &TransferFailure) {
    assert_eq!(world.matrix(&THREE), WITH_AN);
    let then = AfterFailure::StillHere;
    let told = world.state("101").notices.iter().any(|notice| {
        matches!(&notice.trouble, Trouble::TransferFailed { why: told, then: now, .. }
            if told == why && *now == then)
    });
    assert!(told, "{:?}", world.state("101").notices);
    let call = world.call("101", call);
    assert!(matches!(call.phase, Phase::Talking { .. }));
    assert!(call.actions.transfer.is_some());
}

#[test]
fn a_colleague_who_is_not_signed_in_is_refused_at_once() {
    let (mut world, call) = an_talks();
    world.transfers("101", &call, agent("104"), None);
    is_still_here(&world, &call, &TransferFailure::Unreachable);
}

#[test]
fn a_target_that_does_not_exist_is_refused_at_once() {
    for target in [queue("nowhere"), tree("nowhere"), number("199")] {
        let (mut world, call) = an_talks();
        world.transfers("101", &call, target, None);
        is_still_here(&world, &call, &TransferFailure::UnknownTarget);
    }
}

#[test]
fn an_agent_who_talks_again_is_not_rung_and_the_customer_falls_back() {
    let (mut world, call) = an_talks();
    world.transfers("101", &call, agent("102"), None);
    world.dials("101", "103");
    world.takes("103");
    world.declines("102");
    assert!(!world.rings("101"));
    assert_eq!(world.sounds(CUSTOMER), "music");
    let TransferStage::Failed { then, .. } = world.stage("101") else {
        panic!("{:?}", world.stage("101"));
    };
    assert!(matches!(then, AfterFailure::Elsewhere { .. }), "{then:?}");
    world.run(1_000);
    assert!(world.rings("102"), "Sales offers it to whoever is free");
}

#[test]
fn a_returned_call_that_nobody_takes_falls_back() {
    let (mut world, call) = an_talks();
    world.transfers("101", &call, agent("103"), None);
    world.declines("103");
    assert!(world.rings("101"));
    world.run(21_000);
    assert_eq!(world.sounds(CUSTOMER), "music");
    assert!(world.rings("102") || world.rings("101"), "out of the queue");
}

#[test]
fn an_agent_whose_tab_is_closed_is_not_waited_for() {
    let (mut world, call) = an_talks();
    world.transfers("101", &call, agent("103"), None);
    world.close_tab("101", 0);
    assert_eq!(world.sounds(CUSTOMER), "music");
    world.declines("103");
    world.run(1_000);
    assert!(world.rings("102"), "out of the queue");
    world.takes("102");
    assert_eq!(world.matrix(&["102", CUSTOMER]), [CUSTOMER, "102"]);
}

#[test]
fn a_customer_who_hangs_up_meanwhile_stops_the_ringing() {
    let (mut world, call) = an_talks();
    world.transfers("101", &call, agent("102"), None);
    world.hangs_up(CUSTOMER);
    assert!(!world.rings("102"));
    let TransferStage::Failed { why, .. } = world.stage("101") else {
        panic!("{:?}", world.stage("101"));
    };
    assert_eq!(why, TransferFailure::CustomerHungUp);
    world.run(30_000);
    assert!(!world.rings("101"));
}

#[test]
fn a_transfer_that_is_told_twice_is_made_once() {
    let (mut world, call) = an_talks();
    let transfer = world.transfer_command(&call, agent("102"), None);
    world.set_pace(
        "101",
        Pace {
            latency: 100,
            ..Default::default()
        },
    );
    world.command("101", transfer.clone());
    assert!(world.tries("101", transfer).is_err());
    world.repeat("101", 1);
    world.run(1_000);
    world.cut("101");
    world.run(2_000);
    world.repeat("101", 6);
    world.run(1_000);
    assert_eq!(world.calls("102").len(), 1);
    world.takes("102");
    assert_eq!(world.matrix(&THREE), WITH_BINH);
}

#[test]
fn an_attended_transfer_leaves_the_two_together() {
    let (mut world, call, asked) = an_asks_binh();
    let customer = world.call("101", &call);
    let consulted = asked.clone();
    assert_eq!(
        customer.consultation,
        Some(Consultation::Customer { consulted })
    );
    assert_eq!(customer.hearing.to_remote, Sound::Music);
    let at_binh = world.calls("102")[0];
    let introduction = at_binh.introduction.clone().expect("told about whom");
    assert_eq!(introduction.note.as_deref(), Some("đổi vé"));
    assert!(matches!(
        introduction.how,
        Introduced::Consults { gone: false, .. }
    ));
    world.completes("101", &asked);
    assert_eq!(world.matrix(&THREE), WITH_BINH);
    assert_eq!(world.calls("101"), Vec::<&Call>::new());
    let at_binh = world.calls("102")[0];
    assert!(
        at_binh.remote.number.starts_with("guest-"),
        "{:?}",
        at_binh.remote
    );
    assert_eq!(at_binh.hearing.from_remote, Sound::Voice);
    world.hangs_up("102");
    assert_eq!(world.sounds(CUSTOMER), "-");
}

#[test]
fn a_transfer_is_completed_while_the_colleague_still_rings() {
    let (mut world, call) = an_talks();
    let asked = world.consults("101", &call, agent("102"), None);
    world.completes("101", &asked);
    assert_eq!(world.matrix(&THREE), WAITS);
    assert_eq!(world.calls("101"), Vec::<&Call>::new());
    assert!(world.rings("102"));
    world.takes("102");
    assert_eq!(world.matrix(&THREE), WITH_BINH);
}

#[test]
fn a_ringing_colleague_who_declines_after_all_brings_the_customer_back() {
    let (mut world, call) = an_talks();
    let asked = world.consults("101", &call, agent("102"), None);
    world.completes("101", &asked);
    world.declines("102");
    comes_back(world, TransferFailure::Declined);
}

#[test]
fn of_two_who_are_talked_to_in_turn_the_other_hears_music() {
    let (mut world, call, asked) = an_asks_binh();
    world.swaps("101", &call);
    assert_eq!(world.matrix(&THREE), [CUSTOMER, "music", "101"]);
    world.swaps("101", &asked);
    assert_eq!(world.matrix(&THREE), ["102", "101", "music"]);
    world.swaps("101", &call);
    world.completes("101", &asked);
    assert_eq!(world.matrix(&THREE), WITH_BINH);
}

#[test]
fn all_three_hear_each_other_and_go_on_when_one_leaves() {
    let (mut world, call, asked) = an_asks_binh();
    world.merges("101", &asked);
    let all = ["102+customer", "101+customer", "101+102"];
    assert_eq!(world.matrix(&THREE), all);
    let merged = world.call("101", &call);
    assert_eq!(merged.hearing.from_remote, Sound::Everybody);
    assert_eq!(merged.others.len(), 1, "{:?}", merged.others);
    assert_eq!(world.outcome("101", &asked), Outcome::Merged);
    world.hangs_up("101");
    assert_eq!(world.matrix(&THREE), WITH_BINH);
    assert_eq!(world.calls("102")[0].others, []);
    world.hangs_up("102");
    assert_eq!(world.sounds(CUSTOMER), "-");
}

#[test]
fn of_three_the_colleague_leaves_and_two_go_on() {
    let (mut world, _, asked) = an_asks_binh();
    world.merges("101", &asked);
    world.hangs_up("102");
    assert_eq!(world.matrix(&THREE), WITH_AN);
}

#[test]
fn of_three_the_customer_leaves_and_nobody_is_held_for_him() {
    let (mut world, _, asked) = an_asks_binh();
    world.merges("101", &asked);
    world.hangs_up(CUSTOMER);
    world.run(1_000);
    assert_eq!(world.matrix(&THREE), ["102", "101", "-"]);
}

#[test]
fn back_to_the_customer_drops_the_colleague() {
    let (mut world, _, asked) = an_asks_binh();
    world.backs("101", &asked);
    assert_eq!(world.matrix(&THREE), WITH_AN);
    assert_eq!(world.calls("102"), Vec::<&Call>::new());
    let told = |trouble: &Trouble| matches!(trouble, Trouble::ConsultationEnded { .. });
    assert!(!world.is_told("101", told), "he did it himself");
}

#[test]
fn a_colleague_who_hangs_up_leaves_the_agent_with_the_customer() {
    let (mut world, _, _) = an_asks_binh();
    world.hangs_up("102");
    assert_eq!(world.matrix(&THREE), WITH_AN);
    let told = |trouble: &Trouble| matches!(trouble, Trouble::ConsultationEnded { .. });
    assert!(world.is_told("101", told));
}

#[test]
fn a_colleague_who_declines_to_be_asked_leaves_the_agent_with_the_customer() {
    let (mut world, call) = an_talks();
    world.consults("101", &call, agent("102"), None);
    assert_eq!(world.sounds(CUSTOMER), "music");
    world.declines("102");
    assert_eq!(world.matrix(&THREE), WITH_AN);
}

#[test]
fn a_customer_who_hangs_up_leaves_the_two_who_talk_about_him() {
    let (mut world, _, _) = an_asks_binh();
    world.hangs_up(CUSTOMER);
    assert_eq!(world.matrix(&THREE), ["102", "101", "-"]);
    let told = |trouble: &Trouble| matches!(trouble, Trouble::CustomerHungUp { .. });
    assert!(world.is_told("101", told));
    let at_binh = introduction(world.calls("102")[0]);
    assert!(
        matches!(at_binh, Introduced::Consults { gone: true, .. }),
        "{at_binh:?}"
    );
    let actions = &world.calls("101")[0].actions;
    assert_eq!((&actions.complete_transfer, &actions.merge), (&None, &None));
}

#[test]
fn a_number_is_asked_and_the_customer_left_with_it() {
    let (mut world, call) = an_talks();
    let asked = world.consults("101", &call, number("0900000001"), None);
    world.run(5_000);
    assert_eq!(world.matrix(&["101", CUSTOMER]), ["+84900000001", "music"]);
    world.completes("101", &asked);
    assert_eq!(world.matrix(&["101", CUSTOMER]), ["-", "+84900000001"]);
    world.hangs_up(CUSTOMER);
}

#[test]
fn an_agent_whose_tab_is_closed_while_he_talks_leaves_the_customer_to_the_queue() {
    let (mut world, _) = an_talks();
    world.close_tab("101", 0);
    assert_eq!(world.sounds(CUSTOMER), "music");
    world.run(35_000);
    assert_eq!(world.sounds(CUSTOMER), "music");
    assert!(world.rings("102"));
    world.takes("102");
    assert_eq!(world.matrix(&["102", CUSTOMER]), [CUSTOMER, "102"]);
}

#[test]
fn an_agent_whose_tab_is_closed_while_he_asks_leaves_the_customer_to_the_queue() {
    let (mut world, _, _) = an_asks_binh();
    world.close_tab("101", 0);
    world.run(35_000);
    assert_eq!(world.sounds(CUSTOMER), "music");
    world.run(30_000);
    assert!(world.rings("102"), "{:?}", world.calls("102"));
}

#[test]
fn a_colleague_whose_browser_dies_while_asked_leaves_the_agent_with_the_customer() {
    let (mut world, _, _) = an_asks_binh();
    world.close_tab("102", 0);
    world.run(35_000);
    assert_eq!(world.matrix(&["101", CUSTOMER]), [CUSTOMER, "101"]);
}

#[test]
fn a_colleague_whose_browser_dies_afterwards_leaves_the_customer_to_the_queue() {
    let (mut world, _, asked) = an_asks_binh();
    world.completes("101", &asked);
    world.close_tab("102", 0);
    assert_eq!(world.sounds(CUSTOMER), "music");
    world.run(60_000);
    assert!(world.rings("101"), "{:?}", world.state("101").working);
}

#[test]
fn of_three_the_agents_tab_is_closed_and_the_others_go_on() {
    let (mut world, _, asked) = an_asks_binh();
    world.merges("101", &asked);
    world.close_tab("101", 0);
    world.run(1_000);
    assert!(world.hears("102", CUSTOMER) && world.hears(CUSTOMER, "102"));
    world.run(40_000);
    assert_eq!(world.matrix(&["102", CUSTOMER]), [CUSTOMER, "102"]);
}

#[test]
fn a_colleague_who_hangs_up_as_the_transfer_is_completed_leaves_the_customer_to_the_queue() {
    let (mut world, _, asked) = an_asks_binh();
    let slow = Pace {
        latency: 100,
        ..Pace::default()
    };
    world.set_pace("102", slow);
    let call = world.line("102");
    world.command("102", Command::HangUp { call });
    world.completes("101", &asked);
    assert_eq!(world.matrix(&THREE), WAITS);
    world.run(2_000);
    assert!(world.rings("101") || world.rings("102"));
}

#[test]
fn a_menu_leads_to_a_colleague_and_on_to_another() {
    let mut world = World::with(&["101", "102", "103", OTHER]);
    world.dials(OTHER, SUPPORT);
    world.types(OTHER, "1");
    world.takes("101");
    let call = world.line("101");
    world.transfers("101", &call, agent("102"), None);
    world.takes("102");
    let call = world.line("102");
    world.transfers("102", &call, agent("103"), None);
    world.takes("103");
    let heard = world.matrix(&["101", "102", "103", OTHER]);
    assert_eq!(heard, ["-", "-", OTHER, "103"]);
    let Introduced::Transferred { by } = introduction(world.calls("103")[0]) else {
        panic!("{:?}", world.calls("103"));
    };
    assert_eq!(by.number, "102");
}

#[test]
fn of_three_one_holds_and_one_is_lost_and_the_customer_hears_music() {
    let (mut world, _, asked) = an_asks_binh();
    world.merges("101", &asked);
    let held = world.line("102");
    world.holds("102", &held, true);
    assert_eq!(world.matrix(&THREE), [CUSTOMER, "-", "101"]);
    world.close_tab("101", 0);
    assert_eq!(world.sounds(CUSTOMER), "music");
}
