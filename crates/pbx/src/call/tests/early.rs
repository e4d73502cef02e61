//! What is heard before anybody answers, and after nobody did.

use super::*;
use crate::hunt::Why;
use crate::media::Tone;

fn telephone(leg: LegId, number: &str) -> Branch {
    Branch {
        leg,
        person: Person::Number(number.into()),
        endpoint: Endpoint::Sip(Leg::outgoing(leg, LegKind::Rtp, patience())),
    }
}

fn call_out() -> Story {
    let mut story = Story::begin(vec![telephone(AN, "+84900000001")]);
    story.look();
    story
}

/// An's side is described before it answers, and rings where it says so.
fn described(story: &mut Story, sdp: &str, rings: bool) {
    let sdp = sdp.into();
    story.sip(AN, SipEvent::EarlyMedia { sdp, rings });
}

/// An's side is described before it answers, and is heard.
fn speaks_early(story: &mut Story, sdp: &str) {
    described(story, sdp, false);
    story.feed(AN, leg::Input::MediaPath(true));
}

#[test]
fn a_network_that_describes_its_media_and_sends_none_leaves_the_ringback_to_us() {
    let mut story = call_out();
    described(&mut story, "early", true);
    let ring = (CALLER, SipAction::Ring);
    assert_eq!(story.sip_actions(), [ring], "the phone plays ringback");
    // Once the network speaks, it is heard.
    story.feed(AN, leg::Input::MediaPath(true));
    let progress = (CALLER, SipAction::Progress("answer".into()));
    assert_eq!(story.sip_actions(), [progress]);
    assert_eq!(story.call.hearing(CALLER), Source::Leg(AN));
}

#[test]
fn an_answered_caller_hears_ringback_until_the_network_speaks() {
    let mut story = Story::queue();
    story.enter(Next::Hunt {
        branches: vec![telephone(AN, "+84900000001")],
        ring: Duration::from_secs(50),
        music: MusicId("sales".into()),
        meanwhile: Meanwhile::Ringback,
    });
    described(&mut story, "early", false);
    assert_eq!(story.call.hearing(CALLER), Source::Tone(Tone::Ringback));
    story.feed(AN, leg::Input::MediaPath(true));
    assert_eq!(story.call.hearing(CALLER), Source::Leg(AN));
}

#[test]
fn media_that_comes_before_its_description_is_taken_is_heard_then() {
    let mut story = call_out();
    story.feed(AN, leg::Input::MediaPath(true));
    described(&mut story, "early", false);
    let progress = (CALLER, SipAction::Progress("answer".into()));
    assert_eq!(story.sip_actions(), [progress]);
}

#[test]
fn what_the_network_says_before_it_answers_is_heard() {
    let mut story = call_out();
    speaks_early(&mut story, "early");
    let outputs = story.look();
    let action = SipAction::Progress("answer".into());
    assert!(outputs.contains(&Output::Sip {
        leg: CALLER,
        action
    }));
    assert_eq!(told(&outputs), [(CALLER, Source::Leg(AN))]);
    // The same answer stands in the 200, and nothing that is heard changes.
    story.sip(AN, SipEvent::Answered(Some("early".into())));
    let outputs = story.look();
    let action = SipAction::Accept("answer".into());
    assert!(outputs.contains(&Output::Sip {
        leg: CALLER,
        action
    }));
    assert!(outputs.contains(&Output::Talking));
    assert_eq!(told(&outputs), [(AN, Source::Leg(CALLER))]);
}

#[test]
fn a_description_that_is_another_in_the_200_is_taken_too() {
    let mut story = call_out();
    speaks_early(&mut story, "early");
    story.look();
    story.sip(AN, SipEvent::Answered(Some("final".into())));
    assert!(story.look().contains(&Output::Talking));
    assert_eq!(story.hearing(AN), (Source::Leg(AN), Source::Leg(CALLER)));
}

#[test]
fn after_an_announcement_of_the_network_the_caller_is_told_the_status() {
    let mut story = call_out();
    speaks_early(&mut story, "early");
    story.look();
    story.sip(AN, SipEvent::Refused(404));
    let outputs = story.look();
    assert!(matches!(over(&outputs), Some(Outcome::Refused(refusal)) if refusal.status == 404));
    assert!(outputs.iter().any(|output| matches!(
        output,
        Output::Sip {
            leg: CALLER,
            action: SipAction::Reject(_)
        }
    )));
}

#[test]
fn a_browser_is_not_heard_before_it_answers() {
    let mut story = Story::begin(vec![phone(AN, "101")]);
    story.look();
    speaks_early(&mut story, "early");
    assert_eq!(story.look(), []);
}

#[test]
fn early_media_that_cannot_be_used_loses_nothing() {
    let mut story = call_out();
    story.broken = Some(AN);
    speaks_early(&mut story, "nonsense");
    assert_eq!(story.look(), []);
    story.broken = None;
    story.sip(AN, SipEvent::Answered(Some("answer".into())));
    assert!(story.look().contains(&Output::Talking));
}

#[test]
fn a_caller_who_gives_up_in_early_media() {
    let mut story = call_out();
    speaks_early(&mut story, "early");
    story.look();
    story.sip(CALLER, SipEvent::Ended(End::HungUp));
    let outputs = story.look();
    assert_eq!(over(&outputs), Some(&Outcome::Abandoned(End::HungUp)));
    assert!(outputs.contains(&Output::Left(AN)));
}

#[test]
fn an_answered_caller_hears_the_network_without_another_answer() {
    let mut story = Story::queue();
    story.look();
    let next = Next::Hunt {
        branches: vec![telephone(AN, "+84900000001")],
        ring: Duration::from_secs(50),
        music: MusicId("sales".into()),
        meanwhile: Meanwhile::Ringback,
    };
    story.enter(next);
    assert_eq!(story.call.hearing(CALLER), Source::Tone(Tone::Ringback));
    story.look();
    speaks_early(&mut story, "early");
    let outputs = story.look();
    assert_eq!(outputs.len(), 1);
    assert_eq!(told(&outputs), [(CALLER, Source::Leg(AN))]);
    story.sip(AN, SipEvent::Refused(486));
    let outputs = story.look();
    assert!(
        matches!(&outputs[..], [.., Output::Unanswered { refusal, .. }] if refusal.status == 486)
    );
    story.enter(Next::Apology(vec![PromptId("sorry".into())]));
    let turn = story.look().iter().find_map(|output| match output {
        Output::Media(MediaRequest::Hear { turn, .. }) => Some(*turn),
        _ => None,
    });
    story.feed(CALLER, leg::Input::PromptEnded(turn.unwrap()));
    assert_eq!(over(&story.look()), Some(&Outcome::Apologised));
}

#[test]
fn an_offer_is_taken_back_and_somebody_else_is_offered_the_call() {
    let mut story = Story::hotline();
    story.look();
    story.withdraw("101", Why::NoAnswer);
    let action = SipAction::HangUp(HangUp::NoAnswer);
    assert_eq!(story.sip_actions(), [(AN, action)]);
    story.sip(BINH, SipEvent::Refused(603));
    let outputs = story.look();
    assert!(outputs.contains(&Output::Missed {
        agent: "102".into(),
        status: 603
    }));
    assert_eq!(over(&outputs), None, "the customer waits on");
    story.offer(vec![phone(LegId(9), "103")]);
    story.sip(LegId(9), SipEvent::Answered(Some("answer".into())));
    assert!(story.look().contains(&Output::Talking));
}

#[test]
fn a_customer_goes_elsewhere_from_the_midst_of_a_call() {
    let mut story = Story::hotline();
    story.sip(AN, SipEvent::Answered(Some("answer".into())));
    hold(&mut story, AN, true);
    settle(&mut story);
    let music = MusicId("vip".into());
    story.enter(Next::Queue { music });
    let outputs = story.look();
    let action = SipAction::HangUp(HangUp::OtherSide);
    assert!(outputs.contains(&Output::Sip { leg: AN, action }));
    let vip = Source::Music(MusicId("vip".into()));
    assert_eq!(told(&outputs), [(CALLER, vip)]);
    let back = |output: &Output| {
        matches!(
            output,
            Output::Sip {
                leg: CALLER,
                action: SipAction::Offer(_)
            }
        )
    };
    assert!(outputs.iter().any(back), "he is no longer held");
}
