//! One call, from the first ring to the end.

use alo_sip::header::HeaderName;
use alo_sip::method::Method;

use super::world::World;
use crate::io::{MicrophoneState, Tone};
use crate::language::{CallDirection, Command, Event, Outcome, Phase, Sound, Trouble};
use crate::phone::Refusal;

#[test]
fn dial_ring_answer_talk_hang_up() {
    let mut world = World::ready(1);
    let call = world.dial("102");
    assert_eq!(world.call(&call).phase, Phase::Dialing);
    assert_eq!(world.call(&call).direction, CallDirection::Outgoing);
    world.run(100);
    let ringing = Phase::RemoteRinging { early_media: false };
    assert_eq!(world.call(&call).phase, ringing);
    assert_eq!(world.call(&call).hearing.from_remote, Sound::Ringback);
    assert_eq!(world.engine.tone, Some(Tone::Ringback));
    assert!(!world.microphone(&call), "nobody listens before the answer");
    world.run(1000);
    assert!(world.is_talking(&call));
    assert_eq!(world.engine.tone, None);
    assert!(world.microphone(&call));
    assert_eq!(world.call(&call).hearing.to_remote, Sound::Voice);
    assert_eq!(world.call(&call).hearing.from_remote, Sound::Voice);
    world.run(5000);
    world.hang_up(&call);
    assert_eq!(world.outcome(&call), Some(Outcome::HungUpHere));
    assert!(world.engine.legs.is_empty());
    world.run(100);
    assert!(world.server.calls.is_empty(), "the BYE arrived");
    let Phase::Ended { talked, .. } = world.call(&call).phase else {
        panic!("ended")
    };
    assert!(talked.is_some_and(|ms| (5000..6500).contains(&ms)));
    world.run(8000);
    assert!(world.phone.state().calls.is_empty());
}

#[test]
fn the_invite_leaves_as_soon_as_the_offer_is_made() {
    let mut world = World::ready(1);
    world.dial("102");
    world.run(world.engine.takes + world.net.latency);
    assert_eq!(world.server.heard.last(), Some(&Method::Invite));
}

#[test]
fn the_chosen_hotline_is_on_the_wire() {
    let mut world = World::ready(1);
    world
        .command(Command::Dial {
            target: "+84 900 000 001".into(),
            hotline: Some("+842873001001".into()),
            video: false,
        })
        .unwrap();
    world.run(100);
    assert_eq!(world.server.last_hotline.as_deref(), Some("+842873001001"));
    let call = &world.phone.state().calls[0];
    assert_eq!(call.remote.number, "+84900000001");
    assert_eq!(call.hotline.as_deref(), Some("+842873001001"));
}

#[test]
fn every_refusal_says_why() {
    for (who, outcome) in [
        ("busy", Outcome::Busy),
        ("nobody", Outcome::UnknownNumber),
        ("declines", Outcome::DeclinedThere),
        ("away", Outcome::Unavailable),
        ("late", Outcome::NoAnswer),
        (
            "forbidden",
            Outcome::Refused {
                status: 403,
                reason: "Forbidden".into(),
            },
        ),
    ] {
        let mut world = World::ready(2);
        let call = world.dial(who);
        world.run(1500);
        assert_eq!(world.outcome(&call), Some(outcome), "{who}");
        assert_eq!(world.engine.tone, Some(Tone::Busy), "{who}");
        assert!(world.engine.legs.is_empty());
        world.run(3000);
        assert_eq!(world.engine.tone, None, "{who}: the beeps end");
    }
}

#[test]
fn a_call_that_is_given_up_before_the_answer_is_cancelled() {
    let mut world = World::ready(3);
    let call = world.dial("never");
    world.run(1000);
    world.hang_up(&call);
    assert_eq!(world.outcome(&call), Some(Outcome::Cancelled));
    world.run(200);
    assert!(world.server.calls.is_empty(), "the CANCEL arrived");
}

#[test]
fn a_cancel_that_crosses_the_answer_ends_the_call_there_too() {
    let mut world = World::ready(3);
    let call = world.dial("at-once");
    // The 200 leaves the server 20 ms after the INVITE came; the CANCEL meets it on the way.
    world.run(world.engine.takes + world.net.latency + 21);
    world.hang_up(&call);
    world.run(1000);
    assert_eq!(world.outcome(&call), Some(Outcome::Cancelled));
    assert!(world.server.calls.is_empty());
}

#[test]
fn early_media_is_heard_instead_of_the_ringback_tone() {
    let mut world = World::ready(4);
    let call = world.dial("early");
    world.run(200);
    let early = Phase::RemoteRinging { early_media: true };
    assert_eq!(world.call(&call).phase, early);
    assert_eq!(world.call(&call).hearing.from_remote, Sound::EarlyMedia);
    assert_eq!(world.engine.tone, None);
    assert!(!world.microphone(&call));
    world.press(&call, "1");
    world.run(1000);
    assert_eq!(world.engine.digits, ["1"]);
    assert!(world.is_talking(&call));
    assert!(world.microphone(&call));
}

#[test]
fn an_incoming_call_rings_is_answered_and_joined() {
    let mut world = World::ready(5);
    let facts = [
        ("X-Alo-Queue", "B%C3%A1n%20h%C3%A0ng"),
        ("X-Alo-Waiting", "3"),
        ("X-Alo-Waited", "40"),
        ("X-Alo-Called", "+842873001001"),
        ("X-Alo-Answer-Within", "20"),
    ]
    .map(|(name, value)| (HeaderName::from_static(name), value.to_owned()));
    let (call, _) = world.rings_with("+84901234567", facts.to_vec(), true);
    let shown = world.call(&call);
    let Phase::Ringing { answer_by } = shown.phase else {
        panic!("rings")
    };
    assert!(answer_by.is_some_and(|by| by > world.now + 19_000 && by < world.now + 20_000));
    assert_eq!(shown.remote.number, "+84901234567");
    assert_eq!(shown.remote.name.as_deref(), Some("Khách hàng"));
    let queue = shown.queue.clone().unwrap();
    assert_eq!(queue.name.as_deref(), Some("Bán hàng"));
    assert_eq!((queue.waiting, queue.waited_s), (Some(3), Some(40)));
    assert_eq!(shown.hotline.as_deref(), Some("+842873001001"));
    assert_eq!(world.engine.tone, Some(Tone::Ringing));
    assert_eq!(world.phone.state().focus.as_ref(), Some(&call));
    world.answer(&call);
    assert_eq!(world.engine.tone, None, "ringing stops with the click");
    assert_eq!(world.call(&call).phase, Phase::Answering);
    world.run(500);
    assert!(world.is_talking(&call));
    assert!(world.microphone(&call));
    assert_eq!(world.call(&call).hearing.to_remote, Sound::Voice);
}

#[test]
fn an_incoming_call_without_offer_gets_ours() {
    let mut world = World::ready(5);
    let (call, _) = world.rings_with("102", vec![], false);
    world.answer(&call);
    world.run(500);
    assert!(world.is_talking(&call));
    assert_eq!(world.call(&call).hearing.to_remote, Sound::Voice);
    world.hold(&call, true);
    world.run(500);
    assert_eq!(world.call(&call).hearing.to_remote, Sound::Music);
}

#[test]
fn a_declined_call_is_refused_and_is_no_missed_one() {
    let mut world = World::ready(6);
    let (call, _) = world.rings("102");
    world
        .command(Command::Decline { call: call.clone() })
        .unwrap();
    assert_eq!(world.outcome(&call), Some(Outcome::Declined));
    assert_eq!(world.engine.tone, None);
    world.run(100);
    assert!(world.server.calls.is_empty());
}

#[test]
fn a_call_that_the_caller_gives_up_is_missed() {
    let mut world = World::ready(6);
    let (call, session) = world.rings("102");
    world.server(|server, now| server.act(now, super::server::Act::HangUp(session)));
    world.run(100);
    assert_eq!(world.outcome(&call), Some(Outcome::Missed));
    assert_eq!(world.engine.tone, None);
}

#[test]
fn a_call_that_somebody_else_answers_is_not_missed() {
    let mut world = World::ready(6);
    let (call, session) = world.rings("102");
    world.server(|server, now| server.answered_elsewhere(now, session));
    world.run(100);
    assert_eq!(
        world.outcome(&call),
        Some(Outcome::AnsweredElsewhere { by: None })
    );
    assert_eq!(world.engine.tone, None);
}

#[test]
fn an_answer_that_came_second_is_no_talk_that_the_customer_ended() {
    let mut world = World::ready(6);
    let (call, session) = world.rings("102");
    world.answer(&call);
    world.run(500);
    // The server had another answer already: its CANCEL crossed ours, and a BYE says so.
    world.server(|server, now| server.answered_elsewhere(now, session));
    world.run(100);
    assert_eq!(
        world.outcome(&call),
        Some(Outcome::AnsweredElsewhere { by: None })
    );
}

#[test]
fn a_call_that_the_server_forgot_does_not_ring_for_ever() {
    let mut world = World::ready(6);
    let (call, _) = world.rings("102");
    world.server.restart(world.now);
    world.run(200_000);
    let missed = |event: &Event| matches!(event, Event::CallEnded { outcome: Outcome::Missed, call: ended, .. } if *ended == call);
    assert!(world.events.iter().any(missed));
}

#[test]
fn the_far_end_hangs_up() {
    let mut world = World::ready(7);
    let call = world.dial("102");
    world.run(1500);
    let session = world.last_session();
    world.server(|server, now| server.act(now, super::server::Act::HangUp(session)));
    world.run(100);
    assert_eq!(world.outcome(&call), Some(Outcome::HungUpThere));
    assert!(world.engine.legs.is_empty());
}

#[test]
fn without_a_microphone_no_call_is_made() {
    let mut world = World::ready(8);
    world.engine.microphone = MicrophoneState::Denied;
    let call = world.dial("102");
    world.run(100);
    assert_eq!(world.outcome(&call), Some(Outcome::NoMicrophone));
    assert!(!world.server.heard.contains(&Method::Invite));
    let notice = &world.phone.state().notices[0];
    assert_eq!(notice.trouble, Trouble::MicrophoneDenied);
    assert_eq!(notice.call.as_ref(), Some(&call));
}

#[test]
fn answering_without_a_microphone_says_why_and_rings_on() {
    let mut world = World::ready(8);
    let (call, _) = world.rings("102");
    world.engine.microphone = MicrophoneState::Missing;
    world.answer(&call);
    world.run(100);
    assert!(matches!(world.call(&call).phase, Phase::Ringing { .. }));
    assert_eq!(
        world.phone.state().notices[0].trouble,
        Trouble::MicrophoneMissing
    );
    world.engine.microphone = MicrophoneState::Ready;
    world.command(Command::EnableDevices).unwrap();
    world.run(50);
    assert!(world.phone.state().notices.is_empty(), "mended");
    world.answer(&call);
    world.run(500);
    assert!(world.is_talking(&call));
}

#[test]
fn media_that_cannot_be_set_up_ends_the_call_with_the_reason() {
    let mut world = World::ready(9);
    world.engine.fail_next = true;
    let call = world.dial("102");
    world.run(100);
    assert_eq!(world.outcome(&call), Some(Outcome::MediaFailed));
    let (call, _) = world.rings("102");
    world.engine.fail_next = true;
    world.answer(&call);
    world.run(100);
    assert_eq!(world.outcome(&call), Some(Outcome::MediaFailed));
    assert!(world.server.calls.is_empty(), "488 was sent");
}

#[test]
fn a_media_engine_that_never_answers_does_not_hang_the_phone() {
    let mut world = World::ready(9);
    world.engine.takes = 1_000_000;
    let call = world.dial("102");
    world.run(16_000);
    assert_eq!(world.outcome(&call), Some(Outcome::MediaFailed));
}

#[test]
fn what_cannot_be_dialled_is_refused() {
    let mut world = World::ready(10);
    let mut dial = |target: &str| {
        world.command(Command::Dial {
            target: target.into(),
            hotline: None,
            video: false,
        })
    };
    assert_eq!(dial("   "), Err(Refusal::NotANumber));
    assert_eq!(dial("sip:"), Err(Refusal::NotANumber));
    assert_eq!(dial("@alo.test"), Err(Refusal::NotANumber));
    assert_eq!(dial("tel:+84-900-000-001;ext=5"), Ok(()));
    assert_eq!(dial("sip:102@alo.test"), Ok(()));
    assert_eq!(dial("an.nguyen@alo.test"), Ok(()));
    assert_eq!(dial("*43#"), Ok(()));
    assert_eq!(dial("103"), Err(Refusal::TooManyCalls));
    let numbers: Vec<_> = world
        .phone
        .state()
        .calls
        .iter()
        .map(|call| call.remote.number.clone())
        .collect();
    assert_eq!(numbers, ["+84900000001", "102", "an.nguyen", "*43#"]);
}

#[test]
fn one_call_more_than_fits_is_told_busy() {
    let mut world = World::ready(11);
    for user in ["1", "2", "3", "4"] {
        world.rings(user);
    }
    assert_eq!(world.phone.state().dial, None);
    let refused = world
        .server(|server, now| server.call_phone(now, "5", vec![], true))
        .unwrap();
    world.run(200);
    assert_eq!(world.phone.state().calls.len(), 4);
    assert!(!world.server.calls.contains_key(&refused));
}

#[test]
fn the_telephone_network_says_why_it_did_not_put_the_call_through() {
    let mut world = World::ready(15);
    for (target, outcome) in [
        ("gateway-busy", Outcome::Busy),
        ("congested", Outcome::NetworkFailed { status: 503 }),
    ] {
        let call = world.dial(target);
        world.run(1_000);
        assert_eq!(world.outcome(&call), Some(outcome));
    }
}

#[test]
fn facts_that_cannot_be_read_do_not_hurt_the_call() {
    let odd = [
        ["", "-1", "soon", "\u{202e}", "0"],
        ["%", "99999999999999", "40 s", "%ff%00", "4294967295"],
        ["%C3", "1.5", "", "<script>", "99999999999"],
    ];
    for values in odd {
        let mut world = World::ready(12);
        let names = [
            "X-Alo-Queue",
            "X-Alo-Waiting",
            "X-Alo-Waited",
            "X-Alo-Called",
            "X-Alo-Answer-Within",
        ];
        let facts = names.map(HeaderName::from_static).into_iter().zip(values);
        let facts = facts
            .map(|(name, value)| (name, value.to_owned()))
            .collect();
        let (call, _) = world.rings_with("102", facts, true);
        let queue = world.call(&call).queue.clone().unwrap_or_default();
        assert_eq!((queue.waiting, queue.waited_s), (None, None), "{values:?}");
        assert_eq!(queue.answer_within_s, None);
        world.run(60_000);
        let ringing = Phase::Ringing { answer_by: None };
        assert_eq!(world.call(&call).phase, ringing, "{values:?}");
        world.answer(&call);
        world.run(500);
        assert!(world.is_talking(&call));
    }
}

#[test]
fn the_events_of_a_call_say_what_a_history_keeps() {
    let mut world = World::ready(14);
    let facts = [
        ("X-Alo-Queue", "Sales"),
        ("X-Alo-Waited", "40"),
        ("X-Alo-Called", "+842873001001"),
    ]
    .map(|(name, value)| (HeaderName::from_static(name), value.to_owned()));
    let (call, _) = world.rings_with("+84901234567", facts.to_vec(), true);
    world.run(3_000);
    world.answer(&call);
    world.run(10_000);
    world.hang_up(&call);
    let of_call =
        |event: &&Event| !matches!(event, Event::SignedIn { .. } | Event::WorkingChanged { .. });
    let told: Vec<_> = world.events.iter().filter(of_call).collect();
    let [
        Event::CallIncoming { hotline, queue, .. },
        Event::CallAnswered {
            rang: until_answer, ..
        },
        Event::CallEnded {
            outcome: Outcome::HungUpHere,
            rang,
            talked: Some(talked),
            ..
        },
    ] = told.as_slice()
    else {
        panic!("{told:?}")
    };
    assert_eq!(hotline.as_deref(), Some("+842873001001"));
    let queue = queue.clone().unwrap();
    assert_eq!(queue.name.as_deref(), Some("Sales"));
    assert_eq!(queue.waited_s, Some(40));
    assert!((3_000..4_000).contains(rang), "{rang}");
    assert_eq!(until_answer, rang);
    assert!((9_000..10_000).contains(talked), "{talked}");
    let missed = world.dial("never");
    world.run(5_000);
    world.hang_up(&missed);
    let Some(Event::CallEnded {
        rang: 5_000,
        talked: None,
        ..
    }) = world.events.last()
    else {
        panic!("{:?}", world.events.last())
    };
}

#[test]
fn names_from_the_network_are_bounded_and_harmless() {
    let mut world = World::ready(12);
    let long = "\u{202e}".to_owned() + &"x".repeat(5000);
    let facts = vec![(HeaderName::from_static("X-Alo-Queue"), long)];
    let (call, _) = world.rings_with("102", facts, true);
    let name = world.call(&call).queue.clone().unwrap().name.unwrap();
    assert_eq!(name, "x".repeat(120));
}

#[test]
fn ended_calls_can_be_dismissed() {
    let mut world = World::ready(13);
    let call = world.dial("busy");
    world.run(500);
    world
        .command(Command::DismissCall { call: call.clone() })
        .unwrap();
    assert!(world.phone.state().calls.is_empty());
    assert_eq!(world.engine.tone, None);
    assert_eq!(
        world.command(Command::HangUp { call: call.clone() }),
        Err(Refusal::NoSuchCall(call))
    );
}
