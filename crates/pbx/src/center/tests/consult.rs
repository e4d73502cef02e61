//! A colleague is asked about a customer: complete, merge, and whoever leaves meanwhile.

use alo_api::header;
use alo_sip::header::{HeaderName, Replaces};
use alo_sip::ua::{Invite, SessionId};
use alo_sip::uri::{NameAddr, Uri};

use super::transfers::music;
use super::world::{SALES, SDP, World};
use crate::acd;
use crate::media::Source;

/// A customer, whom An holds, and Bình, whose phone rings for An: the sessions of An.
fn asking() -> (World, SessionId, SessionId) {
    let (mut world, _, customer) = World::with_customer(&["102", "103"]);
    world.hold("101", customer, true);
    assert_eq!(world.hears("guest-1"), music("sales"));
    let colleague = world.consult("101", customer, "102");
    world.ring("102");
    (world, customer, colleague)
}

/// An and Bình talk, and the customer hears music.
fn asked() -> (World, SessionId, SessionId) {
    let (mut world, customer, colleague) = asking();
    world.answer("102");
    assert_eq!(world.hears("guest-1"), music("sales"));
    (world, customer, colleague)
}

/// How many calls there are.
fn calls(world: &World) -> usize {
    world.center.calls.len()
}

#[test]
fn who_is_asked_sees_who_asks_and_about_whom() {
    let (world, _, _) = asking();
    assert!(world.caller_shown("102").contains("<sip:101@"));
    let about = HeaderName::from_static(header::ABOUT);
    let about = world.invited_with("102", &about).unwrap();
    assert_eq!(about, "\"Lan\" <sip:guest-1@alo.local>");
    assert!(world.invited_with("102", &HeaderName::UserToUser).is_some());
}

#[test]
fn complete_and_the_customer_and_the_colleague_talk() {
    let (mut world, customer, colleague) = asked();
    world.complete("101", customer, colleague);
    world.hear_each_other("guest-1", "102");
    let over: Vec<_> = world
        .phone("101")
        .ended
        .iter()
        .map(|(over, _)| *over)
        .collect();
    assert_eq!(over, [customer, colleague]);
    assert_eq!(world.phone("101").reason(), Some("Transferred"));
    assert_eq!(
        world.told_of("101"),
        [
            "accepted",
            "100 Trying",
            "200 OK \"Bình Trần\" <sip:102@alo.local>"
        ]
    );
    assert_eq!(
        (world.does("101"), world.does("102")),
        (acd::Phone::Idle, acd::Phone::InCall)
    );
    let state = world.center.agent_view("101").unwrap().state;
    assert_eq!(state, "after-call-work");
    assert_eq!(calls(&world), 1);
    assert_eq!(
        world.records.len(),
        1,
        "that of the call with the colleague"
    );
    let binh = *world.phone("102").taken.last().unwrap();
    // He is of the customer's call now, and can transfer him on.
    world.refer("102", binh, "103");
    assert!(world.caller_shown("103").contains("\"Lan\" <sip:guest-1@"));
    world.answer("103");
    world.hear_each_other("guest-1", "103");
    let guest = world.phone("guest-1").begun[0];
    world.hang_up("guest-1", guest);
    world.is_clean();
}

#[test]
fn complete_while_the_colleague_holds_is_music_until_he_takes_the_customer() {
    let (mut world, customer, colleague) = asked();
    let binh = *world.phone("102").taken.last().unwrap();
    world.hold("102", binh, true);
    world.complete("101", customer, colleague);
    assert_eq!(world.hears("guest-1"), music("sales"));
    world.hold("102", binh, false);
    world.hear_each_other("guest-1", "102");
}

#[test]
fn complete_while_the_colleague_rings() {
    let (mut world, customer, colleague) = asking();
    world.complete("101", customer, colleague);
    assert_eq!(
        world.told_of("101"),
        ["accepted", "100 Trying", "180 Ringing"]
    );
    assert_eq!(world.phone("101").ended.len(), 2);
    assert_eq!(world.phone("101").refusal(), 487);
    assert_eq!(world.does("101"), acd::Phone::Idle);
    assert_eq!(world.hears("guest-1"), music("sales"));
    assert_eq!(world.ringing(&["102"]), ["102"]);
    world.answer("102");
    world.hear_each_other("guest-1", "102");
    assert_eq!(
        world.told_of("101"),
        ["200 OK \"Bình Trần\" <sip:102@alo.local>"]
    );
}

#[test]
fn complete_while_the_colleague_rings_who_does_not_take_it() {
    for declines in [true, false] {
        let (mut world, customer, colleague) = asking();
        world.complete("101", customer, colleague);
        world.told_of("101");
        if declines {
            world.decline("102", 603);
            assert_eq!(world.told_of("101"), ["603 Decline returns"]);
        } else {
            world.pass(20);
            assert_eq!(world.told_of("101"), ["480 No Answer returns"]);
        }
        assert_eq!(world.ringing(&["101", "102"]), ["101"]);
        let returned = world.phone("101").told(header::RETURNED).unwrap();
        assert!(returned.starts_with("\"Bình Trần\" <sip:102@"));
        world.answer("101");
        world.hear_each_other("guest-1", "101");
    }
}

#[test]
fn a_number_is_asked_and_completed() {
    let (mut world, _, customer) = World::with_customer(&[]);
    world.hold("101", customer, true);
    let number = world.consult("101", customer, "+84900000001");
    world.pass(4);
    world.hears_number("101");
    assert_eq!(world.hears("guest-1"), music("sales"));
    world.complete("101", customer, number);
    world.hears_number("guest-1");
    assert_eq!(
        world.told_of("101").last().unwrap(),
        "200 OK <sip:+84900000001@alo.local>"
    );
}

#[test]
fn merge_and_all_three_hear_each_other() {
    let (mut world, customer, colleague) = asked();
    world.hold("101", customer, false);
    world.hold("101", colleague, true);
    world.merge("101", customer, colleague);
    assert_eq!(world.phone("101").reason(), Some("Merged"));
    let told = world.told_of("101");
    assert_eq!(
        told.last().unwrap(),
        "200 OK \"Bình Trần\" <sip:102@alo.local>"
    );
    let legs = ["guest-1", "101", "102"].map(|who| (who, world.leg(who)));
    for (who, own) in legs {
        let others = legs.iter().map(|(_, leg)| *leg).filter(|leg| *leg != own);
        let mut heard: Vec<_> = others.map(Source::Leg).collect();
        let Source::Mix(mut mix) = world.hears(who) else {
            panic!("{who} hears {:?}", world.hears(who));
        };
        heard.sort_by_key(|source| format!("{source:?}"));
        mix.sort_by_key(|source| format!("{source:?}"));
        assert_eq!(mix, heard, "{who}");
    }
    assert_eq!(
        (world.does("101"), world.does("102")),
        (acd::Phone::InCall, acd::Phone::InCall)
    );
    assert_eq!(calls(&world), 1);
    // A transfer out of a meeting is none.
    world.refer("101", customer, "103");
    assert_eq!(world.told_of("101"), ["refused 403"]);

    world.hang_up("101", customer);
    world.hear_each_other("guest-1", "102");
    assert_eq!(
        world.center.agent_view("101").unwrap().state,
        "after-call-work"
    );
    let binh = *world.phone("102").taken.last().unwrap();
    world.hang_up("102", binh);
    assert_eq!(world.phone("guest-1").ended.len(), 1);
    world.is_clean();
}

#[test]
fn a_meeting_that_the_colleague_or_the_customer_leaves_goes_on() {
    for customer_leaves in [false, true] {
        let (mut world, customer, colleague) = asked();
        world.hold("101", customer, false);
        world.merge("101", customer, colleague);
        if customer_leaves {
            let guest = world.phone("guest-1").begun[0];
            world.hang_up("guest-1", guest);
            world.hear_each_other("101", "102");
        } else {
            let binh = *world.phone("102").taken.last().unwrap();
            world.hang_up("102", binh);
            world.hear_each_other("guest-1", "101");
        }
        world.hang_up("101", customer);
        world.is_clean();
    }
}

#[test]
fn nobody_is_merged_who_has_not_answered() {
    let (mut world, customer, colleague) = asking();
    world.merge("101", customer, colleague);
    assert_eq!(world.told_of("101"), ["refused 403"]);
    assert_eq!(world.ringing(&["102"]), ["102"]);
}

#[test]
fn the_colleague_leaves_and_the_customer_is_taken_back() {
    let (mut world, customer, _) = asked();
    let binh = *world.phone("102").taken.last().unwrap();
    world.hang_up("102", binh);
    world.hold("101", customer, false);
    world.hear_each_other("guest-1", "101");
}

#[test]
fn the_customer_leaves_and_the_two_go_on() {
    let (mut world, customer, colleague) = asked();
    let guest = world.phone("guest-1").begun[0];
    world.hang_up("guest-1", guest);
    world.hear_each_other("101", "102");
    let ended: Vec<_> = world
        .phone("101")
        .ended
        .iter()
        .map(|(over, _)| *over)
        .collect();
    assert_eq!(ended, [customer]);
    world.hang_up("101", colleague);
    world.is_clean();
}

#[test]
fn calls_of_others_are_not_taken() {
    let (mut world, customer, colleague) = asked();
    for agent in ["103", "104"] {
        if agent == "104" {
            world.add(agent);
            world.sign_in(agent);
        }
    }
    let other = world.call("103", "104");
    world.answer("104");
    let to = |replaces| alo_sip::header::ReferTo {
        replaces: Some(replaces),
        ..alo_sip::header::ReferTo::new(NameAddr::parse("<sip:102@alo.local>").unwrap())
    };
    // The dialog of somebody else, as he would name it himself.
    let foreign = world.phone("103").ua.replaces(other).unwrap();
    world.refer_to("101", customer, to(foreign));
    assert_eq!(world.told_of("101"), ["refused 403"]);
    let own = world.phone("101").ua.replaces(customer).unwrap();
    world.refer_to("101", customer, to(own));
    assert_eq!(world.told_of("101"), ["refused 403"]);
    let unknown = Replaces {
        call_id: "nobody".into(),
        to_tag: "a".into(),
        from_tag: "b".into(),
        early_only: false,
    };
    world.refer_to("101", customer, to(unknown));
    assert_eq!(world.told_of("101"), ["refused 481"]);
    world.complete("101", customer, colleague);
    world.hear_each_other("guest-1", "102");
    world.hear_each_other("103", "104");
}

#[test]
fn a_customer_whom_the_agent_had_called_is_completed_too() {
    let mut world = World::with(&["101", "102"]);
    let customer = world.call("101", "+84900000001");
    world.pass(4);
    world.hold("101", customer, true);
    let colleague = world.consult("101", customer, "102");
    let about = HeaderName::from_static(header::ABOUT);
    let about = world.invited_with("102", &about).unwrap();
    assert_eq!(about, "<sip:+84900000001@alo.local>");
    let binh = world.answer("102");
    world.complete("101", customer, colleague);
    world.hears_number("102");
    assert_eq!(world.does("101"), acd::Phone::Idle);
    world.pass(2);
    world.hang_up("102", binh);
    world.is_clean();
}

#[test]
fn a_colleague_who_had_called_himself_is_given_the_customer() {
    let (mut world, _, customer) = World::with_customer(&["102"]);
    world.hold("101", customer, true);
    let binh = world.call("102", "101");
    let colleague = world.answer("101");
    world.complete("101", customer, colleague);
    world.hear_each_other("guest-1", "102");
    world.pass(2);
    world.hang_up("102", binh);
    world.is_clean();
}

#[test]
fn a_customer_who_is_given_to_the_other_call_is_still_who_he_is() {
    let (mut world, customer, colleague) = asked();
    world.complete("101", colleague, customer);
    world.hear_each_other("guest-1", "102");
    world.pass(2);
    let binh = *world.phone("102").taken.last().unwrap();
    world.refer("102", binh, "103");
    assert_eq!(world.ringing(&["101", "103"]), ["103"]);
    assert!(world.caller_shown("103").contains("\"Lan\" <sip:guest-1@"));
    let chi = world.phone("103");
    assert_eq!(chi.told(header::CALLED).as_deref(), Some(SALES));
    assert_eq!(world.hears("guest-1"), music("sales"));
    let active = world.center.calls.values().next().unwrap();
    assert_eq!(active.last_queue.as_deref(), Some("sales"));
    assert!(active.guest.is_some() && active.about.is_none());
}

#[test]
fn nobody_is_left_with_an_echo() {
    let (mut world, _, customer) = World::with_customer(&[]);
    world.refer("101", customer, "*43");
    assert_eq!(world.told_of("101"), ["refused 404"]);
    let echo = world.consult("101", customer, "*43");
    for (customer, echo) in [(customer, echo), (echo, customer)] {
        world.complete("101", customer, echo);
        assert_eq!(world.told_of("101"), ["refused 403"]);
    }
}

#[test]
fn what_was_written_to_a_colleague_who_does_not_answer_goes_to_whoever_does() {
    let (mut world, customer, colleague) = asking();
    world.complete("101", customer, colleague);
    world.call("101", "+84900000003");
    world.decline("102", 603);
    world.pass(6);
    let rung = world.ringing(&["102", "103"]);
    assert_eq!(rung.len(), 1);
    let note = world.invited_with(rung[0], &HeaderName::UserToUser);
    assert!(note.is_some());
    let by = world
        .invited_with(rung[0], &HeaderName::ReferredBy)
        .unwrap();
    assert_eq!(by, "\"An Nguyễn\" <sip:101@alo.local>");
}

#[test]
fn a_number_and_a_fourth_are_merged() {
    let (mut world, _, customer) = World::with_customer(&["102"]);
    let number = world.consult("101", customer, "+84900000001");
    world.pass(4);
    world.merge("101", customer, number);
    let (an, guest) = (world.leg("101"), world.leg("guest-1"));
    let Source::Mix(heard) = world.hears("guest-1") else {
        panic!("{:?}", world.hears("guest-1"));
    };
    assert!(heard.contains(&Source::Leg(an)) && heard.len() == 2);
    let colleague = world.consult("101", customer, "102");
    world.answer("102");
    world.merge("101", customer, colleague);
    let Source::Mix(heard) = world.hears("102") else {
        panic!("{:?}", world.hears("102"));
    };
    assert!(heard.contains(&Source::Leg(an)) && heard.contains(&Source::Leg(guest)));
    assert_eq!(heard.len(), 3, "and the number");
    world.hang_up("101", customer);
    let Source::Mix(heard) = world.hears("102") else {
        panic!("{:?}", world.hears("102"));
    };
    assert_eq!(heard.len(), 2);
}

#[test]
fn nobody_seems_free_while_he_goes_from_one_call_to_another() {
    let (mut world, customer, colleague) = asked();
    world.cut("103");
    world.add("guest-2");
    world.call("guest-2", SALES);
    assert_eq!(world.ringing(&["101", "102"]), Vec::<&str>::new());
    let rung = world.phone("102").called.len();
    world.complete("101", customer, colleague);
    assert_eq!(world.phone("102").called.len(), rung, "he is in a call");
    world.pass(14);
    assert_eq!(world.ringing(&["101", "102"]), Vec::<&str>::new());
    world.pass(2);
    assert_eq!(world.ringing(&["101", "102"]), ["101"], "after her work");
}

impl World {
    /// An INVITE that takes the place of a call.
    fn takes_over(&mut self, tab: &str, account: &str, replaces: &Replaces) -> SessionId {
        let now = self.now;
        let phone = self.phone(tab);
        let uri = Uri::sip(Some("guest-1"), "alo.local").unwrap();
        let invite = Invite {
            target: uri.clone(),
            from: NameAddr::new(Uri::sip(Some(account), "alo.local").unwrap()),
            to: NameAddr::new(uri),
            contact: Uri::sip(Some(account), "tab.invalid").unwrap(),
            headers: vec![(HeaderName::Replaces, replaces.to_string())],
            route: Vec::new(),
            offer: Some(SDP.into()),
            credentials: None,
        };
        let session = phone.ua.invite(now, phone.flow, invite);
        phone.begun.push(session);
        self.settle();
        self.nobody_is_lost();
        session
    }
}

#[test]
fn an_agent_takes_his_call_to_another_tab_and_nobody_elses() {
    let (mut world, _, an) = World::with_customer(&["102"]);
    let replaces = world.phone("101").ua.replaces(an).unwrap();
    world.add("201");
    world.register_as("201", "101");
    world.takes_over("102", "102", &replaces);
    assert_eq!(world.phone("102").refusal(), 403);
    let early = Replaces {
        early_only: true,
        ..replaces.clone()
    };
    world.takes_over("201", "101", &early);
    assert_eq!(world.phone("201").refusal(), 486);
    let unknown = Replaces {
        call_id: "nobody".into(),
        ..replaces.clone()
    };
    world.takes_over("201", "101", &unknown);
    assert_eq!(world.phone("201").refusal(), 481);
    world.hear_each_other("guest-1", "101");

    let goes_on = world.takes_over("201", "101", &replaces);
    world.hear_each_other("guest-1", "201");
    assert!(matches!(world.phone("101").ended[..], [(over, _)] if over == an));
    assert_eq!(world.does("101"), acd::Phone::InCall);
    // It is the call of the queue still.
    world.hang_up("201", goes_on);
    assert_eq!(
        world.center.agent_view("101").unwrap().state,
        "after-call-work"
    );
    world.is_clean();
    assert_eq!(world.records.len(), 1);
    assert_eq!(world.records[0].called, SALES);
}
