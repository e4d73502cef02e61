//! Calls in virtual time: what happens to the legs goes in, what SIP and media are to do comes out.

mod early;
mod moving;

use std::time::Duration;

use super::*;
use crate::config::Config;
use crate::leg::{Leg, Patience, SipAction, SipEvent};
use crate::media::{Allow, Digit, LegKind, MediaError};
use crate::media_io::{MediaDone, MediaRequest};
use crate::simulated::Phone;

const CALLER: LegId = LegId(1);
const AN: LegId = LegId(2);
const BINH: LegId = LegId(3);

fn at(seconds: u64) -> Instant {
    Instant::from_millis(seconds * 1000)
}

fn patience() -> Patience {
    Patience {
        media: Duration::from_secs(30),
        signalling: Duration::from_secs(20),
    }
}

fn phone(leg: LegId, person: &str) -> Branch {
    Branch {
        leg,
        person: Person::Agent(person.into()),
        endpoint: Endpoint::Sip(Leg::outgoing(leg, LegKind::WebRtc, patience())),
    }
}

/// A call, the time, and what it wanted since last looked at.
struct Story {
    call: Call,
    now: Instant,
    wanted: Vec<Output>,
    /// The media server can do nothing with the answer of this leg.
    broken: Option<LegId>,
}

impl Story {
    /// Agent 109 calls, and it goes there.
    fn of(next: Next) -> Self {
        Self::by(CALLER, Some(Person::Agent("109".into())), next)
    }

    /// Somebody calls, and it goes there.
    fn by(caller: LegId, person: Option<Person>, next: Next) -> Self {
        let mut call = Call::new(Caller {
            id: caller,
            leg: Leg::incoming(caller, LegKind::WebRtc, patience(), "offer".into()),
            person,
        });
        let wanted = call.enter(at(0), next);
        let mut story = Self {
            call,
            now: at(0),
            wanted,
            broken: None,
        };
        story.media();
        story
    }

    fn begin(branches: Vec<Branch>) -> Self {
        Self::of(Next::Hunt {
            branches,
            ring: Duration::from_secs(30),
            music: MusicId("sales".into()),
            meanwhile: Meanwhile::Ringback,
        })
    }

    /// Waits in a queue.
    fn queue() -> Self {
        let music = MusicId("sales".into());
        Self::of(Next::Queue { music })
    }

    /// Waits in a queue, and An and Bình ring.
    fn hotline() -> Self {
        let mut story = Self::queue();
        story.offer(vec![phone(AN, "101"), phone(BINH, "102")]);
        story
    }

    fn offer(&mut self, branches: Vec<Branch>) {
        let outputs = self.call.offer(self.now, branches);
        self.wanted.extend(outputs);
        self.media();
    }

    fn enter(&mut self, next: Next) {
        let outputs = self.call.enter(self.now, next);
        self.wanted.extend(outputs);
        self.media();
    }

    fn withdraw(&mut self, agent: &str, why: Why) {
        let outputs = self.call.withdraw(self.now, agent, why);
        self.wanted.extend(outputs);
        self.media();
    }

    fn engagement(&self, agent: &str) -> Option<Engagement> {
        let mut engaged = self.call.engaged();
        engaged.find(|(who, _)| *who == agent).map(|(_, how)| how)
    }

    /// The caller and An talk.
    fn talking() -> Self {
        let mut story = Self::begin(vec![phone(AN, "101")]);
        story.sip(AN, SipEvent::Ringing);
        story.sip(AN, SipEvent::Answered(Some("answer".into())));
        story.look();
        story
    }

    fn feed(&mut self, leg: LegId, input: leg::Input) {
        let outputs = self.call.step(self.now, leg, input);
        self.wanted.extend(outputs);
        self.media();
    }

    fn sip(&mut self, leg: LegId, event: SipEvent) {
        self.feed(leg, leg::Input::Sip(event));
    }

    fn wait(&mut self, seconds: u64) {
        self.now += Duration::from_secs(seconds);
        let outputs = self.call.timeout(self.now);
        self.wanted.extend(outputs);
        self.media();
    }

    /// The media server does at once what it is asked for.
    fn media(&mut self) {
        let mut at = 0;
        while at < self.wanted.len() {
            let Output::Media(request) = &self.wanted[at] else {
                at += 1;
                continue;
            };
            let done = match request {
                MediaRequest::CreateOffer { leg, allow, .. } => MediaDone::Offer {
                    leg: *leg,
                    result: Ok(if *allow == Allow::BOTH {
                        "offer".into()
                    } else {
                        "sendonly".into()
                    }),
                },
                MediaRequest::AcceptOffer { leg, .. } => MediaDone::Answer {
                    leg: *leg,
                    result: Ok("answer".into()),
                },
                MediaRequest::SetAnswer { leg, .. } => MediaDone::AnswerSet {
                    leg: *leg,
                    result: if self.broken == Some(*leg) {
                        Err(MediaError::NoCommonCodec(*leg))
                    } else {
                        Ok(())
                    },
                },
                _ => {
                    at += 1;
                    continue;
                }
            };
            self.wanted.remove(at);
            let outputs = self
                .call
                .step(self.now, done.leg(), leg::Input::Media(done));
            self.wanted.extend(outputs);
        }
    }

    /// What was wanted since the last look.
    fn look(&mut self) -> Vec<Output> {
        std::mem::take(&mut self.wanted)
    }

    /// What SIP was to do since the last look.
    fn sip_actions(&mut self) -> Vec<(LegId, SipAction)> {
        let sip = |output| match output {
            Output::Sip { leg, action } => Some((leg, action)),
            _ => None,
        };
        self.look().into_iter().filter_map(sip).collect()
    }

    /// What each side hears.
    fn hearing(&self, other: LegId) -> (Source, Source) {
        (self.call.hearing(CALLER), self.call.hearing(other))
    }
}

fn music() -> Source {
    Source::Music(MusicId("sales".into()))
}

fn hold(story: &mut Story, leg: LegId, holds: bool) {
    let sdp = "offer".into();
    story.sip(leg, SipEvent::Offer { sdp, holds });
}

/// Phones take what they are offered.
fn settle(story: &mut Story) {
    for (leg, action) in story.sip_actions() {
        if let SipAction::Offer(_) = action {
            story.sip(leg, SipEvent::OfferAnswered("answer".into()));
        }
    }
}

fn over(outputs: &[Output]) -> Option<&Outcome> {
    match outputs.last() {
        Some(Output::Over(outcome)) => Some(outcome),
        _ => None,
    }
}

#[test]
fn two_people_hear_each_other() {
    let mut story = Story::begin(vec![phone(AN, "101")]);
    assert_eq!(
        story.sip_actions(),
        [(AN, SipAction::Invite("offer".into()))]
    );
    story.sip(AN, SipEvent::Ringing);
    assert_eq!(story.sip_actions(), [(CALLER, SipAction::Ring)]);
    assert_eq!(story.hearing(AN), (Source::Silence, Source::Silence));
    story.sip(AN, SipEvent::Answered(Some("answer".into())));
    let outputs = story.look();
    let accept = SipAction::Accept("answer".into());
    assert!(outputs.contains(&Output::Sip {
        leg: CALLER,
        action: accept
    }));
    assert!(outputs.contains(&Output::Talking));
    for (leg, source) in [(CALLER, Source::Leg(AN)), (AN, Source::Leg(CALLER))] {
        assert!(told(&outputs).contains(&(leg, source)));
    }
}

#[test]
fn the_loser_of_a_hunt_learns_that_it_was_answered_elsewhere() {
    let mut story = Story::hotline();
    story.look();
    assert_eq!(story.engagement("102"), Some(Engagement::Offered));
    assert_eq!(story.engagement("109"), Some(Engagement::Talks));
    story.sip(BINH, SipEvent::Answered(Some("answer".into())));
    let actions = story.sip_actions();
    assert!(actions.contains(&(AN, SipAction::HangUp(HangUp::AnsweredElsewhere))));
    assert_eq!(story.engagement("101"), None, "An is free at once");
    assert_eq!(story.engagement("102"), Some(Engagement::Talks));
}

#[test]
fn two_answer_in_the_same_instant_and_one_has_the_call() {
    let mut story = Story::hotline();
    story.sip(AN, SipEvent::Answered(Some("answer".into())));
    story.look();
    story.sip(BINH, SipEvent::Answered(Some("answer".into())));
    assert_eq!(story.look(), [], "the second was sent away before");
    assert_eq!(story.hearing(AN), (Source::Leg(AN), Source::Leg(CALLER)));
}

#[test]
fn one_person_who_is_busy_or_declines_is_told_as_it_is() {
    for (status, told) in [
        (486, 486),
        (603, 603),
        (480, 480),
        (487, 480),
        (500, 500),
        (302, 480),
        (401, 480),
        (407, 480),
    ] {
        let mut story = Story::begin(vec![phone(AN, "101")]);
        story.sip(AN, SipEvent::Refused(status));
        let outputs = story.look();
        let Some(Outcome::Refused(refusal)) = over(&outputs) else {
            panic!("{outputs:?}");
        };
        assert_eq!(refusal.status, told);
    }
}

#[test]
fn nobody_answers_in_time() {
    let mut story = Story::begin(vec![phone(AN, "101")]);
    story.look();
    assert_eq!(story.call.next_timeout(), Some(at(30)));
    story.wait(30);
    let outputs = story.look();
    let stop = SipAction::HangUp(HangUp::NoAnswer);
    assert!(outputs.contains(&Output::Sip {
        leg: AN,
        action: stop
    }));
    assert!(matches!(over(&outputs), Some(Outcome::Refused(refusal)) if refusal.status == 480));
}

#[test]
fn the_caller_gives_up_and_nothing_rings_on() {
    let mut story = Story::hotline();
    story.look();
    story.sip(CALLER, SipEvent::Ended(End::HungUp));
    let outputs = story.look();
    for leg in [AN, BINH] {
        let action = SipAction::HangUp(HangUp::CallerGone);
        assert!(outputs.contains(&Output::Sip { leg, action }));
        let close = MediaRequest::Close { leg };
        assert!(
            outputs.contains(&Output::Media(close)),
            "no media is left behind"
        );
    }
    assert_eq!(over(&outputs), Some(&Outcome::Abandoned(End::HungUp)));
}

#[test]
fn hold_and_resume_from_either_side_and_from_both() {
    let mut story = Story::talking();
    let (to_an, to_caller) = (Source::Leg(CALLER), Source::Leg(AN));
    hold(&mut story, CALLER, true);
    settle(&mut story);
    assert_eq!(story.hearing(AN), (to_caller.clone(), music()));
    hold(&mut story, AN, true);
    settle(&mut story);
    assert_eq!(story.hearing(AN), (music(), music()));
    hold(&mut story, CALLER, false);
    settle(&mut story);
    assert_eq!(story.hearing(AN), (music(), to_an.clone()));
    hold(&mut story, AN, false);
    settle(&mut story);
    assert_eq!(story.hearing(AN), (to_caller, to_an));
}

/// What legs were told to hear since the last look; phones take what they are offered.
fn heard(story: &mut Story) -> Vec<(LegId, Source)> {
    let outputs = story.look();
    for output in &outputs {
        if let Output::Sip {
            leg,
            action: SipAction::Offer(_),
        } = output
        {
            story.sip(*leg, SipEvent::OfferAnswered("answer".into()));
        }
    }
    told(&outputs)
}

/// What legs are told to hear.
fn told(outputs: &[Output]) -> Vec<(LegId, Source)> {
    let hear = |output: &Output| match output {
        Output::Media(MediaRequest::Hear { leg, source, .. }) => Some((*leg, source.clone())),
        _ => None,
    };
    outputs.iter().filter_map(hear).collect()
}

#[test]
fn the_hold_of_one_side_does_not_start_the_other_sides_music_again() {
    let mut story = Story::talking();
    hold(&mut story, CALLER, true);
    assert_eq!(heard(&mut story), [(AN, music())]);
    hold(&mut story, AN, true);
    assert_eq!(heard(&mut story), [(CALLER, music())]);
    hold(&mut story, AN, false);
    assert_eq!(heard(&mut story), [(CALLER, Source::Leg(AN))]);
}

#[test]
fn who_waits_for_an_agent_whose_phone_is_lost_hears_music() {
    let mut story = Story::talking();
    for leg in [CALLER, AN] {
        story.feed(leg, leg::Input::MediaPath(true));
    }
    story.feed(AN, leg::Input::Connection(false));
    story.feed(AN, leg::Input::MediaPath(false));
    // Nobody holds: the customer's phone is told nothing.
    let outputs = story.look();
    assert_eq!(outputs.len(), 1);
    assert_eq!(told(&outputs), [(CALLER, music())]);
    story.feed(AN, leg::Input::MediaPath(true));
    assert_eq!(heard(&mut story), [(CALLER, Source::Leg(AN))]);
    // An agent who waits for a customer knows what it is that he does not hear.
    story.call.parties.get_mut(&CALLER).unwrap().person = None;
    story.feed(CALLER, leg::Input::Connection(false));
    story.feed(CALLER, leg::Input::MediaPath(false));
    assert_eq!(heard(&mut story), []);
}

#[test]
fn an_agent_whose_phone_forgot_the_call_is_heard_as_long_as_media_flows() {
    let mut story = Story::talking();
    for leg in [CALLER, AN] {
        story.feed(leg, leg::Input::MediaPath(true));
    }
    story.sip(AN, SipEvent::Forgotten);
    story.wait(300);
    assert_eq!(story.look(), []);
    assert_eq!(story.hearing(AN), (Source::Leg(AN), Source::Leg(CALLER)));
    story.feed(AN, leg::Input::MediaPath(false));
    assert_eq!(story.hearing(AN), (music(), Source::Leg(CALLER)));
    story.wait(30);
    let outputs = story.look();
    assert_eq!(over(&outputs), Some(&Outcome::EndedByOther(End::Lost)));
}

#[test]
fn everybody_is_hung_up_on_when_the_call_centre_stops() {
    for mut story in [Story::hotline(), Story::talking()] {
        story.look();
        let legs: Vec<_> = story.call.parties.keys().copied().collect();
        let outputs = story.call.stop(story.now);
        for leg in legs {
            let action = SipAction::HangUp(HangUp::Stopping);
            assert!(outputs.contains(&Output::Sip { leg, action }));
            assert!(outputs.contains(&Output::Media(MediaRequest::Close { leg })));
        }
        assert_eq!(over(&outputs), Some(&Outcome::Stopped));
        assert_eq!(story.call.next_timeout(), None);
    }
}

#[test]
fn who_is_held_is_told_so_and_hears_music_before_that() {
    let mut story = Story::talking();
    hold(&mut story, CALLER, true);
    assert_eq!(story.hearing(AN).1, music());
    let offers = |actions: Vec<(LegId, SipAction)>| -> Vec<_> {
        let offer = |(leg, action)| match action {
            SipAction::Offer(sdp) => Some((leg, sdp)),
            _ => None,
        };
        actions.into_iter().filter_map(offer).collect()
    };
    assert_eq!(offers(story.sip_actions()), [(AN, "sendonly".into())]);
    story.sip(AN, SipEvent::OfferAnswered("recvonly".into()));
    hold(&mut story, CALLER, false);
    assert_eq!(offers(story.sip_actions()), [(AN, "offer".into())]);
}

#[test]
fn digits_reach_the_other_side() {
    let mut story = Story::talking();
    let five = Digit::from_char('5').unwrap();
    story.feed(AN, leg::Input::Pressed(five, 200));
    assert!(matches!(
        story.look()[..],
        [Output::Media(MediaRequest::SendDigits {
            leg: CALLER,
            duration_ms: 200,
            ..
        })]
    ));
}

#[test]
fn either_side_hangs_up() {
    for (leg, other, outcome) in [
        (CALLER, AN, Outcome::EndedByCaller(End::HungUp)),
        (AN, CALLER, Outcome::EndedByOther(End::HungUp)),
    ] {
        let mut story = Story::talking();
        story.sip(leg, SipEvent::Ended(End::HungUp));
        let outputs = story.look();
        let action = SipAction::HangUp(HangUp::OtherSide);
        assert!(outputs.contains(&Output::Sip { leg: other, action }));
        assert_eq!(over(&outputs), Some(&outcome));
        assert_eq!(story.call.next_timeout(), None);
    }
}

#[test]
fn a_phone_that_lost_connection_and_media_ends_the_call_with_a_reason() {
    let mut story = Story::talking();
    for leg in [CALLER, AN] {
        story.feed(leg, leg::Input::MediaPath(true));
    }
    story.feed(AN, leg::Input::Connection(false));
    story.wait(300);
    assert_eq!(story.look(), [], "media flows: the call goes on");
    story.feed(AN, leg::Input::MediaPath(false));
    story.wait(30);
    let outputs = story.look();
    assert_eq!(over(&outputs), Some(&Outcome::EndedByOther(End::Lost)));
}

#[test]
fn the_simulated_phone_speaks_and_is_put_on_hold() {
    let config = Config::demo().unwrap();
    let number = config.simulated("+84900000001").unwrap();
    let branch = Branch {
        leg: AN,
        person: Person::Number(number.number.clone()),
        endpoint: Endpoint::Phone(Phone::new(number, &config.network)),
    };
    let mut story = Story::begin(vec![branch]);
    assert_eq!(story.sip_actions(), [(CALLER, SipAction::Ring)]);
    story.wait(4);
    assert!(matches!(story.call.hearing(CALLER), Source::Prompt(..)));
    hold(&mut story, CALLER, true);
    story.sip(CALLER, SipEvent::Ended(End::HungUp));
    let outputs = story.look();
    assert_eq!(over(&outputs), Some(&Outcome::EndedByCaller(End::HungUp)));
}

#[test]
fn the_echo_answers_at_once() {
    let branch = Branch {
        leg: AN,
        person: Person::Number("*43".into()),
        endpoint: Endpoint::Phone(Phone::echo()),
    };
    let mut story = Story::begin(vec![branch]);
    assert_eq!(
        story.sip_actions(),
        [(CALLER, SipAction::Accept("answer".into()))]
    );
    assert_eq!(story.call.hearing(CALLER), Source::Echo);
}

#[test]
fn a_phone_whose_media_is_broken_does_not_take_the_customer_from_the_others() {
    let mut story = Story::hotline();
    story.broken = Some(AN);
    story.sip(AN, SipEvent::Ringing);
    story.sip(AN, SipEvent::Answered(Some("nonsense".into())));
    let outputs = story.look();
    assert!(
        !outputs
            .iter()
            .any(|output| matches!(output, Output::Over(_)))
    );
    assert!(!outputs.contains(&Output::Left(BINH)), "Bình rings on");
    story.sip(BINH, SipEvent::Answered(Some("answer".into())));
    assert!(story.look().contains(&Output::Talking));
}
