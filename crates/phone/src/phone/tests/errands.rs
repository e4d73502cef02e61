//! What other user agents ask of this phone: to call somebody else (REFER), to let another call take the place
//! of one (Replaces).

use alo_sip::header::HeaderName;
use alo_sip::method::Method;
use alo_sip::ua::{ReferralEvent, SessionId};

use super::world::World;
use crate::io::Direction;
use crate::language::{CallId, Command, Introduced, Outcome, Phase, Trouble};

impl World {
    fn is_referred(&mut self, session: SessionId, to: &str) {
        self.server(|server, now| server.refer_phone(now, session, to));
        self.run(60);
    }

    /// How the last REFER to the phone was answered.
    fn refusal(&self) -> Option<u16> {
        match self.server.transfers.followed.last() {
            Some(ReferralEvent::Refused { status, .. }) => Some(status.code()),
            _ => None,
        }
    }

    /// Statuses that the server was told, in order.
    fn notified(&self) -> Vec<u16> {
        let told = self.server.transfers.followed.iter();
        let told = told.filter_map(|event| match event {
            ReferralEvent::Progress { fragment } => Some(fragment.status.code()),
            _ => None,
        });
        told.collect()
    }

    /// Another call comes that is to take the place of this one.
    fn is_replaced(&mut self, session: SessionId, early_only: bool, offer: bool) -> SessionId {
        let mut replaces = self.server.ua.replaces(session).unwrap();
        replaces.early_only = early_only;
        self.is_replaced_by(&replaces.to_string(), offer)
    }

    fn is_replaced_by(&mut self, replaces: &str, offer: bool) -> SessionId {
        let headers = vec![
            (HeaderName::Replaces, replaces.to_owned()),
            (HeaderName::ReferredBy, "\"Bình\" <sip:102@alo.test>".into()),
        ];
        let session =
            self.server(|server, now| server.call_phone(now, "+84907", headers, offer).unwrap());
        self.run(300);
        session
    }

    fn shown(&self) -> Vec<&CallId> {
        self.phone
            .state()
            .calls
            .iter()
            .map(|call| &call.id)
            .collect()
    }
}

#[test]
fn a_phone_that_is_sent_elsewhere_goes_and_says_so() {
    let (mut world, call, session) = World::with_customer(1);
    world.is_referred(session, "<sip:102@alo.test>");
    let new = world.phone.state().calls.last().unwrap().id.clone();
    assert_ne!(new, call);
    let told = world.troubles();
    assert!(matches!(&told[..], [Trouble::SentElsewhere { by, to }]
        if by.number == "+84901234567" && to.number == "102"));
    world.run(200);
    assert!(world.is_held(&call), "until somebody answers");
    let invite = world.server.transfers.last_invite.clone().unwrap();
    let by = invite.headers().referred_by().unwrap();
    assert_eq!(by.uri().as_str(), "sip:+84901@alo.test");
    world.run(1000);
    assert!(world.microphone(&new));
    assert_eq!(world.outcome(&call), Some(Outcome::HungUpThere));
    assert_eq!(world.notified(), [100, 180, 200]);
}

#[test]
fn a_phone_that_finds_nobody_elsewhere_comes_back() {
    for (to, status) in [("nobody", 404), ("busy", 486), ("declines", 603)] {
        let (mut world, call, session) = World::with_customer(2);
        world.is_referred(session, &["<sip:", to, "@alo.test>"].concat());
        world.run(2000);
        assert!(world.microphone(&call) && !world.is_held(&call));
        assert_eq!(world.notified().last(), Some(&status), "{to}");
        assert!(world.phone.transfers.is_empty());
    }
}

#[test]
fn who_is_muted_is_muted_elsewhere_too() {
    let (mut world, call, session) = World::with_customer(3);
    let mute = world.call(&call).actions.toggle_mute.clone().unwrap();
    world.command(mute).unwrap();
    world.is_referred(session, "<sip:102@alo.test>");
    world.run(1500);
    let new = world.phone.state().calls.last().unwrap().id.clone();
    assert!(world.is_talking(&new) && !world.microphone(&new));
}

#[test]
fn the_person_may_hang_up_on_whoever_is_called_then() {
    let (mut world, call, session) = World::with_customer(4);
    world.is_referred(session, "<sip:never@alo.test>");
    world.run(500);
    let new = world.phone.state().calls.last().unwrap().id.clone();
    world.hang_up(&new);
    world.run(500);
    assert!(world.microphone(&call));
    assert_eq!(world.notified().last(), Some(&487));
}

#[test]
fn the_asker_hangs_up_before_anybody_answers() {
    let (mut world, call, session) = World::with_customer(5);
    world.is_referred(session, "<sip:102@alo.test>");
    world.customer_hangs_up(session);
    world.run(1500);
    assert_eq!(world.outcome(&call), Some(Outcome::HungUpThere));
    let new = world.phone.state().calls.last().unwrap().id.clone();
    assert!(world.microphone(&new));
    assert!(world.phone.transfers.is_empty());
}

#[test]
fn only_a_single_call_that_talks_is_sent_elsewhere() {
    let (mut world, call, session) = World::with_customer(6);
    let (second, _) = world.rings("+84902");
    world.is_referred(session, "<sip:102@alo.test>");
    assert_eq!(world.refusal(), Some(603), "another call rings");
    world.command(Command::Decline { call: second }).unwrap();
    world.transfer(&call, "unheard");
    world.is_referred(session, "<sip:102@alo.test>");
    assert_eq!(world.refusal(), Some(603), "it is being transferred");
    assert_eq!(world.phone.state().calls.len(), 2);
    assert_eq!(world.troubles(), []);
}

#[test]
fn who_put_the_call_on_hold_is_sent_nowhere() {
    let (mut world, call, session) = World::with_customer(21);
    world.hold(&call, true);
    world.is_referred(session, "<sip:102@alo.test>");
    assert_eq!(world.refusal(), Some(603));
    world.run(2000);
    assert!(world.is_held(&call) && !world.microphone(&call));
    assert_eq!(world.shown(), [&call]);
}

#[test]
fn a_guest_is_sent_nowhere() {
    let mut world = World::new(22);
    world.sign_in_as_guest();
    world.run(300);
    let call = world.dial("102");
    world.run(1500);
    let session = world.last_session();
    world.is_referred(session, "<sip:102@alo.test>");
    assert_eq!(world.refusal(), Some(603));
    assert_eq!(world.shown(), [&call]);
}

#[test]
fn no_far_end_gives_somebody_else_a_name() {
    let (mut world, _, session) = World::with_customer(23);
    world.is_referred(session, "\"Bình Trần\" <sip:1900123@alo.test>");
    let remote = world.phone.state().calls.last().unwrap().remote.clone();
    assert_eq!((remote.name, &*remote.number), (None, "1900123"));
    let told = world.troubles();
    assert!(
        matches!(&told[..], [Trouble::SentElsewhere { to, .. }] if to.name.is_none()),
        "{told:?}"
    );
}

#[test]
fn what_is_no_call_is_not_placed() {
    for (to, status) in [
        ("<sip:102@elsewhere.example>", 603),
        ("<sip:102@alo.test:5099>", 603),
        ("<sip:102@alo.test;method=BYE>", 603),
        ("<sip:102@alo.test;method=SUBSCRIBE>", 603),
        ("<sip:102@alo.test?Join=a%3Bto-tag%3D1%3Bfrom-tag%3D2>", 603),
        ("<http://example.com/>", 416),
        ("<mailto:a@example.com>", 416),
    ] {
        let (mut world, call, session) = World::with_customer(7);
        world.is_referred(session, to);
        assert_eq!(world.refusal(), Some(status), "{to}");
        assert_eq!(world.shown(), [&call]);
        assert!(world.microphone(&call));
    }
}

#[test]
fn what_cannot_be_read_is_refused_as_often_as_it_comes() {
    let (mut world, call, session) = World::with_customer(20);
    for to in [
        "<sip:102@alo.test?Replaces=garbage>",
        "<sip:102@alo.test?Replaces=%00%0d%0a>",
        "<sip:102@alo.test",
        "",
        "\u{1}\u{2}",
    ] {
        for _ in 0..10 {
            let headers = vec![(HeaderName::ReferTo, to.to_owned())];
            let _ = world.server(|server, now| {
                let instant = alo_sip::time::Instant::from_millis(now);
                server
                    .ua
                    .request(instant, session, Method::Refer, headers, None)
            });
            world.run(10);
        }
        world.run(100);
        assert_eq!(world.shown(), [&call], "{to}");
        assert!(world.microphone(&call));
    }
    assert_eq!(world.troubles(), []);
    assert!(world.phone.transfers.is_empty());
}

#[test]
fn a_telephone_number_is_called_like_any_other() {
    let (mut world, _, session) = World::with_customer(8);
    world.is_referred(session, "<tel:+84900000001;phone-context=x>");
    world.run(200);
    let invite = world.server.transfers.last_invite.clone().unwrap();
    assert_eq!(invite.uri(), "sip:+84900000001@alo.test");
}

#[test]
fn the_dialog_that_is_to_be_replaced_there_is_named_there() {
    let (mut world, _, session) = World::with_customer(9);
    let to = "<sip:102@alo.test?Replaces=a%40b%3Bto-tag%3D1%3Bfrom-tag%3D2>";
    world.is_referred(session, to);
    world.run(200);
    let invite = world.server.transfers.last_invite.clone().unwrap();
    let replaces = invite.headers().replaces().unwrap();
    assert_eq!((&*replaces.call_id, &*replaces.to_tag), ("a@b", "1"));
}

#[test]
fn a_flood_of_askers_is_no_flood_of_calls() {
    let (mut world, call, session) = World::with_customer(10);
    let mut ask = |times: u32, pause| {
        for _ in 0..times {
            // The user agent of the server may refuse to ask so often.
            let to = "<sip:nobody@alo.test>";
            world.server(|server, now| server.try_refer_phone(now, session, to));
            world.run(pause);
        }
        let heard = world.server.heard.iter();
        heard.filter(|method| **method == Method::Invite).count()
    };
    assert_eq!(ask(20, 1000), 2, "two in a minute");
    assert_eq!(ask(10, 61_000), 3, "and few in one conversation");
    assert!(world.microphone(&call));
    assert_eq!(world.refusal(), Some(603));
}

#[test]
fn a_call_that_is_replaced_goes_on_as_the_same_call() {
    for offer in [true, false] {
        let (mut world, call, session) = World::with_customer(11);
        let new = world.is_replaced(session, false, offer);
        world.run(700);
        assert_eq!(world.shown(), [&call], "one call that goes on");
        assert!(world.is_talking(&call) && world.microphone(&call));
        assert_eq!(world.call(&call).remote.number, "+84907");
        let introduction = world.call(&call).introduction.clone().unwrap();
        assert!(matches!(introduction.how, Introduced::Transferred { by } if by.number == "102"));
        assert!(
            !world.server.calls.contains_key(&session),
            "the old one is over"
        );
        assert!(world.server.calls[&new].answered);
        assert_eq!(world.engine.tone, None);
        assert_eq!(world.troubles(), []);
        world.hold(&call, true);
        world.run(300);
        assert!(world.is_held(&call));
        world.customer_hangs_up(new);
        world.run(300);
        assert_eq!(world.outcome(&call), Some(Outcome::HungUpThere));
    }
}

#[test]
fn who_was_muted_or_held_is_so_after_it_too() {
    let (mut world, call, session) = World::with_customer(12);
    let mute = world.call(&call).actions.toggle_mute.clone().unwrap();
    world.command(mute).unwrap();
    let new = world.is_replaced(session, false, true);
    assert!(world.call(&call).muted && !world.microphone(&call));
    let unmute = world.call(&call).actions.toggle_mute.clone().unwrap();
    world.command(unmute).unwrap();
    world.hold(&call, true);
    world.run(300);
    let last = world.is_replaced(new, false, true);
    assert!(world.is_held(&call) && !world.microphone(&call));
    let direction = world.server.calls[&last].phone_direction;
    assert_eq!(direction, Some(Direction::SendOnly));
    world.hold(&call, false);
    world.run(300);
    assert!(world.microphone(&call));
}

#[test]
fn a_call_that_rings_there_is_picked_up_by_somebody_else() {
    let mut world = World::ready(13);
    let call = world.dial("never");
    world.run(300);
    let session = world.last_session();
    world.is_replaced(session, true, true);
    world.run(500);
    assert!(world.is_talking(&call) && world.microphone(&call));
    assert_eq!(world.call(&call).remote.number, "+84907");
}

#[test]
fn nothing_is_replaced_that_is_not_there() {
    let (mut world, call, session) = World::with_customer(14);
    let (ringing, second) = world.rings("+84902");
    for (replaces, status) in [
        ("nothing@nowhere;to-tag=1;from-tag=2".to_owned(), 481),
        (
            world.server.ua.replaces(session).unwrap().to_string() + ";early-only",
            486,
        ),
        (world.server.ua.replaces(second).unwrap().to_string(), 481),
        ("garbage".to_owned(), 400),
    ] {
        let new = world.is_replaced_by(&replaces, true);
        assert!(!world.server.calls.contains_key(&new), "{replaces}");
        assert_eq!(
            world.server.transfers.refused_calls.last(),
            Some(&status),
            "{replaces}"
        );
        assert_eq!(world.shown(), [&call, &ringing]);
        assert!(world.microphone(&call));
    }
}

#[test]
fn a_call_that_is_being_transferred_is_not_replaced() {
    let (mut world, call, session) = World::with_customer_behind_a_proxy(15);
    world.transfer(&call, "rings-on");
    world.run(300);
    world.is_replaced(session, false, true);
    assert_eq!(world.server.transfers.refused_calls, [603]);
}

#[test]
fn the_new_dialog_is_taken_back_and_the_old_one_goes_on() {
    let (mut world, call, session) = World::with_customer(16);
    world.engine.takes = 500;
    let new = world.is_replaced(session, false, true);
    world.customer_hangs_up(new);
    world.run(3000);
    assert_eq!(world.shown(), [&call]);
    assert!(world.is_talking(&call), "{:?}", world.call(&call).phase);
    world.run(5_000);
    assert!(world.microphone(&call));
    assert_eq!(world.call(&call).recovery, None, "over a new path");
    assert!(world.server.calls.contains_key(&session));
}

#[test]
fn who_leaves_before_the_new_dialog_stands_refuses_it() {
    for (signs_out, status) in [(false, 603), (true, 480)] {
        let (mut world, call, session) = World::with_customer(24);
        world.engine.takes = 500;
        let new = world.is_replaced(session, false, true);
        if signs_out {
            world.command(Command::SignOut).unwrap();
        } else {
            world.hang_up(&call);
        }
        world.run(300);
        assert_eq!(world.server.transfers.refused_calls, [status]);
        assert!(!world.server.calls.contains_key(&new));
        world.run(2000);
        assert_eq!(world.outcome(&call), Some(Outcome::HungUpHere));
    }
}

#[test]
fn the_old_dialog_ends_before_the_new_one_stands() {
    let (mut world, call, session) = World::with_customer(17);
    world.engine.takes = 200;
    let new = world.is_replaced(session, false, true);
    world.customer_hangs_up(session);
    world.run(1500);
    assert!(world.is_talking(&call) && world.microphone(&call));
    assert!(world.server.calls.contains_key(&new));
}

#[test]
fn the_media_of_the_new_dialog_cannot_be_set_up() {
    let (mut world, call, session) = World::with_customer(18);
    world.engine.fail_next = true;
    let new = world.is_replaced(session, false, true);
    world.run(6_000);
    assert!(!world.server.calls.contains_key(&new));
    assert!(world.is_talking(&call) && world.microphone(&call));
    assert_eq!(world.call(&call).recovery, None);
    assert!(matches!(
        world.troubles()[..],
        [Trouble::MediaFailed { .. }]
    ));
}

#[test]
fn signing_out_while_on_an_errand_ends_it() {
    let (mut world, _, session) = World::with_customer(19);
    world.is_referred(session, "<sip:never@alo.test>");
    world.command(Command::SignOut).unwrap();
    assert!(world.phone.transfers.is_empty());
    world.run(20_000);
    assert!(world.server.calls.is_empty());
    let ended = |call: &crate::language::Call| matches!(call.phase, Phase::Ended { .. });
    assert!(world.phone.state().calls.iter().all(ended));
}
