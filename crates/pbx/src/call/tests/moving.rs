//! People leave calls, go from one to another, and meet.

use super::*;

/// An's leg of the call in which he asks Bình.
const ASKS: LegId = LegId(5);
const CHI: LegId = LegId(4);

/// A customer without an account and An talk.
fn with_customer() -> Story {
    let next = Next::Hunt {
        branches: vec![phone(AN, "101")],
        ring: Duration::from_secs(30),
        music: MusicId("sales".into()),
        meanwhile: Meanwhile::Ringback,
    };
    let mut story = Story::by(CALLER, None, next);
    answer(&mut story, AN);
    assert_eq!(story.hearing(AN), (Source::Leg(AN), Source::Leg(CALLER)));
    story
}

/// An calls Bình, whose phone rings.
fn asking() -> Story {
    let next = Next::Hunt {
        branches: vec![phone(BINH, "102")],
        ring: Duration::from_secs(30),
        music: MusicId("default".into()),
        meanwhile: Meanwhile::Ringback,
    };
    let an = Some(Person::Agent("101".into()));
    let mut story = Story::by(ASKS, an, next);
    story.sip(BINH, SipEvent::Ringing);
    story
}

fn answer(story: &mut Story, leg: LegId) {
    story.sip(leg, SipEvent::Answered(Some("answer".into())));
}

impl Story {
    fn do_with(&mut self, act: impl FnOnce(&mut Call, Instant) -> Vec<Output>) {
        let outputs = act(&mut self.call, self.now);
        self.wanted.extend(outputs);
        self.media();
    }

    fn release(&mut self, leg: LegId) {
        self.do_with(|call, now| call.release(now, leg, HangUp::Transferred));
    }

    fn ring_for_customer(&mut self, branches: Vec<Branch>) {
        self.enter(Next::Hunt {
            branches,
            ring: Duration::from_secs(20),
            music: MusicId("sales".into()),
            meanwhile: Meanwhile::Music,
        });
    }

    fn give(&mut self, leaver: LegId) -> Given {
        let (given, outputs) = self
            .call
            .give(self.now, leaver, HangUp::Transferred)
            .unwrap();
        self.wanted.extend(outputs);
        self.media();
        given
    }

    fn take(&mut self, given: Given) {
        self.do_with(|call, now| call.take(now, given, Duration::from_secs(20)));
    }

    /// An, Bình and the customer talk.
    fn meeting() -> Self {
        let (mut story, mut asked) = (with_customer(), asking());
        answer(&mut asked, BINH);
        let given = asked.give(ASKS);
        story.do_with(|call, now| call.admit(now, given));
        story
    }
}

/// What SIP is to do, offers left aside.
fn done(story: &mut Story) -> Vec<(LegId, SipAction)> {
    let mut actions = story.sip_actions();
    actions.retain(|(_, action)| !matches!(action, SipAction::Offer(_)));
    actions
}

fn bye(leg: LegId, why: HangUp) -> (LegId, SipAction) {
    (leg, SipAction::HangUp(why))
}

#[test]
fn who_transfers_is_out_and_the_customer_hears_music_until_somebody_answers() {
    let mut story = with_customer();
    story.look();
    story.release(AN);
    assert_eq!(done(&mut story), [bye(AN, HangUp::Transferred)]);
    assert_eq!(story.engagement("101"), None);
    story.ring_for_customer(vec![phone(BINH, "102")]);
    assert_eq!(story.call.hearing(CALLER), music());
    story.sip(BINH, SipEvent::Ringing);
    assert_eq!(story.call.hearing(CALLER), music(), "no ringing tone");
    assert!(story.call.rings());
    answer(&mut story, BINH);
    assert_eq!(
        story.hearing(BINH),
        (Source::Leg(BINH), Source::Leg(CALLER))
    );
    assert!(!story.call.rings());
    let invite = SipAction::Invite("offer".into());
    assert_eq!(
        done(&mut story),
        [(BINH, invite)],
        "nothing to the customer"
    );
}

#[test]
fn whom_the_caller_had_called_stays_when_he_transfers_him() {
    let mut story = Story::talking();
    story.release(CALLER);
    assert_eq!(story.call.stays(), AN);
    assert!(story.call.is_answered());
    story.ring_for_customer(vec![phone(BINH, "102")]);
    assert_eq!(story.call.hearing(AN), music());
    story.sip(BINH, SipEvent::Refused(486));
    let outputs = story.look();
    let Some(Output::Unanswered { refusal, rang }) = outputs.last() else {
        panic!("{outputs:?}");
    };
    assert_eq!((refusal.status, *rang), (486, false));
    story.ring_for_customer(vec![phone(CHI, "103")]);
    answer(&mut story, CHI);
    assert_eq!(story.call.hearing(AN), Source::Leg(CHI));
    assert_eq!(story.call.hearing(CHI), Source::Leg(AN));
    story.sip(AN, SipEvent::Ended(End::HungUp));
    assert_eq!(done(&mut story).last(), Some(&bye(CHI, HangUp::OtherSide)));
}

#[test]
fn a_simulated_phone_that_was_called_stays_and_waits_in_a_queue() {
    let config = Config::demo().unwrap();
    let number = config.simulated("+84900000001").unwrap();
    let customer = Branch {
        leg: AN,
        person: Person::Number(number.number.clone()),
        endpoint: Endpoint::Phone(Phone::new(number, &config.network)),
    };
    let mut story = Story::begin(vec![customer]);
    story.wait(4);
    let speaks = story.call.hearing(CALLER);
    story.release(CALLER);
    let music = MusicId("vip".into());
    story.enter(Next::Queue { music });
    story.offer(vec![phone(BINH, "102")]);
    assert!(story.call.is_answered());
    answer(&mut story, BINH);
    assert_eq!(
        story.hearing(BINH).1,
        speaks,
        "it speaks with whoever has it"
    );
    story.sip(BINH, SipEvent::Ended(End::HungUp));
    assert!(matches!(
        over(&story.look()),
        Some(Outcome::EndedByOther(_))
    ));
}

#[test]
fn hold_is_told_anew_when_somebody_else_comes() {
    let mut story = with_customer();
    hold(&mut story, AN, true);
    settle(&mut story);
    assert_eq!(story.call.hearing(CALLER), music());
    story.release(AN);
    story.ring_for_customer(vec![phone(BINH, "102")]);
    let offers = story.sip_actions();
    assert!(
        offers.contains(&(CALLER, SipAction::Offer("offer".into()))),
        "held no more, and hears music: {offers:?}"
    );
    story.sip(CALLER, SipEvent::OfferAnswered("answer".into()));
    answer(&mut story, BINH);
    hold(&mut story, CALLER, true);
    assert_eq!(story.call.hearing(BINH), music());
}

#[test]
fn complete_joins_the_other_sides() {
    let (mut story, mut asked) = (with_customer(), asking());
    hold(&mut story, AN, true);
    settle(&mut story);
    answer(&mut asked, BINH);
    story.look();
    asked.look();
    let given = asked.give(ASKS);
    assert_eq!(given.legs().collect::<Vec<_>>(), [BINH]);
    assert_eq!(given.person().map(Person::name), Some("102"));
    let outputs = asked.look();
    assert_eq!(over(&outputs), Some(&Outcome::Joined));
    assert!(!outputs.contains(&Output::Left(BINH)), "it lives on");
    story.release(AN);
    story.take(given);
    assert_eq!(
        story.hearing(BINH),
        (Source::Leg(BINH), Source::Leg(CALLER))
    );
    let outputs = story.look();
    assert!(outputs.contains(&Output::Answered(BINH)) && outputs.contains(&Output::Talking));
    for (leg, source) in [(CALLER, Source::Leg(BINH)), (BINH, Source::Leg(CALLER))] {
        assert!(told(&outputs).contains(&(leg, source)));
    }
}

#[test]
fn complete_while_the_other_rings_lets_him_ring_for_the_customer() {
    let (mut story, mut asked) = (with_customer(), asking());
    story.look();
    asked.look();
    let given = asked.give(ASKS);
    let actions = done(&mut asked);
    assert!(
        matches!(&actions[..], [(ASKS, SipAction::Reject(refusal))] if refusal.status == 487),
        "{actions:?}"
    );
    story.release(AN);
    story.take(given);
    assert!(story.call.rings());
    assert_eq!(story.call.hearing(CALLER), music());
    assert_eq!(story.engagement("102"), Some(Engagement::Rings));
    assert_eq!(story.call.next_timeout(), Some(at(20)));
    answer(&mut story, BINH);
    assert_eq!(
        story.hearing(BINH),
        (Source::Leg(BINH), Source::Leg(CALLER))
    );
}

#[test]
fn one_who_rings_for_the_customer_and_does_not_answer() {
    let (mut story, mut asked) = (with_customer(), asking());
    let given = asked.give(ASKS);
    story.release(AN);
    story.take(given);
    story.look();
    story.wait(20);
    let outputs = story.look();
    let Some(Output::Unanswered { refusal, rang }) = outputs.last() else {
        panic!("{outputs:?}");
    };
    assert_eq!((refusal.status, *rang), (480, true));
    assert!(outputs.contains(&Output::Sip {
        leg: BINH,
        action: SipAction::HangUp(HangUp::NoAnswer)
    }));
}

#[test]
fn nothing_is_given_by_a_queue_or_a_call_of_others() {
    let mut waits = Story::queue();
    assert!(!waits.call.can_give(CALLER));
    assert!(
        waits
            .call
            .give(at(0), CALLER, HangUp::Transferred)
            .is_none()
    );
    let mut talks = Story::talking();
    talks.look();
    assert!(talks.call.give(at(0), BINH, HangUp::Transferred).is_none());
    talks.release(BINH);
    assert_eq!(talks.look(), []);
    assert_eq!(talks.hearing(AN), (Source::Leg(AN), Source::Leg(CALLER)));
}

#[test]
fn three_in_a_meeting_hear_the_two_others() {
    let story = Story::meeting();
    let mix = |one, other| Source::Mix(vec![Source::Leg(one), Source::Leg(other)]);
    for (leg, hears) in [
        (CALLER, mix(AN, BINH)),
        (AN, mix(CALLER, BINH)),
        (BINH, mix(CALLER, AN)),
    ] {
        assert_eq!(story.call.hearing(leg), hears);
        let situation = story.call.situation(leg).unwrap();
        assert_eq!(situation.plays, Plays::Voice);
        assert_eq!(situation.with.len(), 2);
    }
    for agent in ["101", "102"] {
        assert_eq!(story.engagement(agent), Some(Engagement::Talks));
    }
}

#[test]
fn who_holds_a_meeting_hears_nothing_and_the_others_go_on_without_music() {
    let mut story = Story::meeting();
    settle(&mut story);
    hold(&mut story, AN, true);
    assert_eq!(story.call.hearing(AN), Source::Silence);
    assert_eq!(story.call.hearing(CALLER), Source::Leg(BINH));
    assert_eq!(story.call.hearing(BINH), Source::Leg(CALLER));
    settle(&mut story);
    hold(&mut story, BINH, true);
    assert_eq!(story.call.hearing(CALLER), music(), "all others hold");
}

#[test]
fn a_meeting_of_two_is_a_call_again_whoever_left() {
    for (leaves, one, other) in [(AN, CALLER, BINH), (BINH, CALLER, AN), (CALLER, AN, BINH)] {
        for end in [End::HungUp, End::Lost] {
            let mut story = Story::meeting();
            story.look();
            story.sip(leaves, SipEvent::Ended(end));
            assert_eq!(story.call.hearing(one), Source::Leg(other));
            assert_eq!(story.call.hearing(other), Source::Leg(one));
            assert_eq!(story.call.opposite(one), Some(other));
            let outputs = story.look();
            let parted = |output: &Output| matches!(output, Output::Parted(_));
            assert!(outputs.iter().any(parted));
            story.sip(one, SipEvent::Ended(End::HungUp));
            assert!(over(&story.look()).is_some());
        }
    }
}

#[test]
fn everybody_in_a_meeting_is_hung_up_on_when_the_call_centre_stops() {
    let mut story = Story::meeting();
    story.look();
    story.do_with(Call::stop);
    assert_eq!(done(&mut story).len(), 3);
}

#[test]
fn a_customer_whose_agent_is_lost_is_left_to_the_centre() {
    for end in [End::Lost, End::Gone, End::Media, End::NoRoom] {
        let mut story = with_customer();
        story.look();
        story.sip(AN, SipEvent::Ended(end));
        let an = Person::Agent("101".to_owned());
        assert_eq!(story.look().last(), Some(&Output::Stranded(an)));
        let music = MusicId("sales".into());
        story.enter(Next::Queue { music });
        assert_eq!(story.call.hearing(CALLER), self::music());
        assert_eq!(story.sip_actions(), [], "the customer's leg is not touched");
    }
}

#[test]
fn colleagues_and_agents_whose_customer_is_lost_are_not_kept() {
    let mut colleagues = Story::talking();
    colleagues.sip(AN, SipEvent::Ended(End::Lost));
    assert_eq!(
        over(&colleagues.look()),
        Some(&Outcome::EndedByOther(End::Lost))
    );
    let mut story = with_customer();
    story.sip(CALLER, SipEvent::Ended(End::Lost));
    assert_eq!(
        over(&story.look()),
        Some(&Outcome::EndedByCaller(End::Lost))
    );
}

#[test]
fn an_agent_goes_on_at_another_phone() {
    let mut story = with_customer();
    story.look();
    let new = Caller {
        id: CHI,
        leg: Leg::incoming(CHI, LegKind::WebRtc, patience(), "offer".into()),
        person: Some(Person::Agent("101".into())),
    };
    story.do_with(|call, now| call.replace(now, AN, new));
    assert_eq!(story.hearing(CHI), (Source::Leg(CHI), Source::Leg(CALLER)));
    assert_eq!(
        story.sip_actions(),
        [
            (CHI, SipAction::Accept("answer".into())),
            bye(AN, HangUp::Replaced)
        ]
    );
    story.sip(CHI, SipEvent::Ended(End::HungUp));
    assert_eq!(
        over(&story.look()),
        Some(&Outcome::EndedByOther(End::HungUp))
    );
}

/// An's other phone has called to take over, and is not up yet.
fn takes_over(story: &mut Story) -> Vec<Output> {
    let new = Caller {
        id: CHI,
        leg: Leg::incoming(CHI, LegKind::WebRtc, patience(), "offer".into()),
        person: Some(Person::Agent("101".into())),
    };
    let wanted = story.call.replace(story.now, AN, new);
    story.look();
    assert_eq!(story.call.replacement_of(AN), Some(CHI));
    wanted
}

#[test]
fn who_leaves_a_phone_before_the_other_one_is_up_is_waited_for() {
    for end in [End::HungUp, End::Left, End::Lost] {
        let mut story = with_customer();
        let wanted = takes_over(&mut story);
        story.sip(AN, SipEvent::Ended(end));
        let replaced = Output::Replaced { old: AN, new: CHI };
        assert!(story.look().contains(&replaced));
        story.do_with(|_, _| wanted);
        assert_eq!(story.hearing(CHI), (Source::Leg(CHI), Source::Leg(CALLER)));
        assert_eq!(story.engagement("101"), Some(Engagement::Talks));

        let mut story = Story::meeting();
        let wanted = takes_over(&mut story);
        story.sip(AN, SipEvent::Ended(end));
        story.do_with(|_, _| wanted);
        assert_eq!(story.call.partners(CHI), [CALLER, BINH]);
    }
}

#[test]
fn the_other_phone_of_whoever_transfers_is_out_too() {
    let mut story = with_customer();
    takes_over(&mut story);
    story.release(AN);
    assert_eq!(story.engagement("101"), None);
}

#[test]
fn a_customer_whose_number_fails_is_left_to_the_centre_and_not_when_it_hangs_up() {
    let number = || Person::Number("+84900000001".into());
    for (end, stranded) in [(End::Gone, true), (End::Lost, true), (End::HungUp, false)] {
        let mut branch = phone(BINH, "102");
        branch.person = number();
        let mut story = with_customer();
        story.release(AN);
        story.ring_for_customer(vec![branch]);
        answer(&mut story, BINH);
        story.look();
        story.sip(BINH, SipEvent::Ended(end));
        let is = story.look().last() == Some(&Output::Stranded(number()));
        assert_eq!(is, stranded, "{end:?}");
    }
}

#[test]
fn a_customer_who_waits_and_is_lost_has_not_given_up() {
    let mut story = with_customer();
    story.release(AN);
    story.ring_for_customer(vec![phone(BINH, "102")]);
    story.sip(CALLER, SipEvent::Ended(End::Lost));
    assert_eq!(over(&story.look()), Some(&Outcome::Abandoned(End::Lost)));
}

#[test]
fn whoever_waits_for_lost_agents_in_a_meeting_hears_music() {
    let mut story = Story::meeting();
    settle(&mut story);
    for (agent, hears) in [(AN, Source::Leg(BINH)), (BINH, music())] {
        story.feed(agent, leg::Input::MediaPath(true));
        story.feed(agent, leg::Input::Connection(false));
        story.feed(agent, leg::Input::MediaPath(false));
        assert_eq!(story.call.hearing(CALLER), hears);
    }
}

#[test]
fn a_phone_that_does_not_come_up_takes_nobodys_place() {
    let mut story = with_customer();
    let new = Caller {
        id: CHI,
        leg: Leg::incoming(CHI, LegKind::WebRtc, patience(), "offer".into()),
        person: Some(Person::Agent("101".into())),
    };
    let _media_is_never_ready = story.call.replace(story.now, AN, new);
    story.look();
    story.sip(CHI, SipEvent::Ended(End::HungUp));
    assert_eq!(story.look().last(), Some(&Output::Left(CHI)));
    assert_eq!(story.hearing(AN), (Source::Leg(AN), Source::Leg(CALLER)));
}
