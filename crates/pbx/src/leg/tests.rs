//! Legs in virtual time.

use std::time::Duration;

use super::*;
use crate::media::{Allow, LegKind, MediaError};

const LEG: LegId = LegId(7);

fn at(seconds: u64) -> Instant {
    Instant::from_millis(seconds * 1000)
}

fn patience() -> Patience {
    Patience {
        media: Duration::from_secs(30),
        signalling: Duration::from_secs(20),
    }
}

fn five() -> Digit {
    Digit::from_char('5').unwrap()
}

fn answer(result: Result<&str, MediaError>) -> Input {
    Input::Media(MediaDone::Answer {
        leg: LEG,
        result: result.map(String::from),
    })
}

fn offer(holds: bool) -> Input {
    Input::Sip(SipEvent::Offer {
        sdp: "offer".into(),
        holds,
    })
}

fn close() -> Output {
    Output::Media(MediaRequest::Close { leg: LEG })
}

/// A leg of somebody who called and was connected at second 0.
fn connected() -> Leg {
    let mut leg = Leg::incoming(LEG, LegKind::WebRtc, patience(), "offer".into());
    leg.step(at(0), Input::Answer);
    let outputs = leg.step(at(0), answer(Ok("answer")));
    assert_eq!(outputs[0], Output::Sip(SipAction::Accept("answer".into())));
    assert_eq!(outputs[1], Output::Event(Event::Up));
    leg.step(at(0), Input::MediaPath(true));
    leg
}

#[test]
fn a_leg_that_calls_offers_rings_is_answered_and_is_up() {
    let mut leg = Leg::outgoing(LEG, LegKind::WebRtc, patience());
    let outputs = leg.step(at(0), Input::Dial);
    assert!(matches!(
        outputs[..],
        [Output::Media(MediaRequest::CreateOffer { .. })]
    ));
    let made = MediaDone::Offer {
        leg: LEG,
        result: Ok("offer".into()),
    };
    let outputs = leg.step(at(0), Input::Media(made));
    assert_eq!(outputs, [Output::Sip(SipAction::Invite("offer".into()))]);
    let outputs = leg.step(at(1), Input::Sip(SipEvent::Ringing));
    assert_eq!(outputs, [Output::Event(Event::Ringing)]);
    let outputs = leg.step(at(2), Input::Sip(SipEvent::Answered(Some("answer".into()))));
    assert!(matches!(
        outputs[..],
        [Output::Media(MediaRequest::SetAnswer { .. })]
    ));
    let set = MediaDone::AnswerSet {
        leg: LEG,
        result: Ok(()),
    };
    assert_eq!(
        leg.step(at(2), Input::Media(set)),
        [Output::Event(Event::Answered), Output::Event(Event::Up)]
    );
}

#[test]
fn a_hold_is_told_when_it_was_answered_and_only_then() {
    let mut leg = connected();
    let outputs = leg.step(at(1), offer(true));
    assert!(matches!(
        outputs[..],
        [Output::Media(MediaRequest::AcceptOffer { .. })]
    ));
    assert!(!leg.holds());
    let outputs = leg.step(at(1), answer(Ok("recvonly")));
    let answered = Output::Sip(SipAction::Answer("recvonly".into()));
    assert_eq!(outputs, [answered, Output::Event(Event::HoldChanged)]);
    assert!(leg.holds());
    leg.step(at(2), offer(false));
    leg.step(at(2), answer(Ok("sendrecv")));
    assert!(!leg.holds());
}

#[test]
fn an_ice_restart_is_answered_and_changes_no_hold() {
    let mut leg = connected();
    leg.step(at(1), offer(false));
    let outputs = leg.step(at(1), answer(Ok("new")));
    assert_eq!(outputs, [Output::Sip(SipAction::Answer("new".into()))]);
}

#[test]
fn an_offer_that_the_media_server_refuses_leaves_the_call_as_it_was() {
    let mut leg = connected();
    leg.step(at(1), offer(true));
    let outputs = leg.step(at(1), answer(Err(MediaError::NoCommonCodec(LEG))));
    assert_eq!(outputs, [Output::Sip(SipAction::RefuseOffer)]);
    assert!(!leg.holds());
    let outputs = leg.step(at(2), Input::Digit(five(), 100));
    assert!(matches!(
        outputs[..],
        [Output::Media(MediaRequest::SendDigits { .. })]
    ));
}

#[test]
fn a_hold_that_is_taken_back_before_it_is_answered_is_none() {
    let mut leg = connected();
    leg.step(at(1), offer(true));
    let retry_after = None;
    leg.step(at(1), Input::Sip(SipEvent::OfferRefused { retry_after }));
    let outputs = leg.step(at(1), answer(Ok("recvonly")));
    // There is nothing left to answer; the user agent knows.
    assert_eq!(outputs, [Output::Sip(SipAction::Answer("recvonly".into()))]);
    assert!(!leg.holds());
    leg.step(at(2), offer(true));
    leg.step(at(2), answer(Ok("recvonly")));
    assert!(leg.holds(), "and the next one counts");
}

#[test]
fn a_caller_without_a_common_codec_is_refused() {
    let mut leg = Leg::incoming(LEG, LegKind::WebRtc, patience(), "offer".into());
    leg.step(at(0), Input::Answer);
    let outputs = leg.step(at(0), answer(Err(MediaError::NoCommonCodec(LEG))));
    assert!(
        matches!(&outputs[0], Output::Sip(SipAction::Reject(refusal)) if refusal.status == 488)
    );
    assert_eq!(
        outputs[1..],
        [close(), Output::Event(Event::Ended(End::Media))]
    );
}

#[test]
fn cancel_while_the_answer_is_made() {
    let mut leg = Leg::incoming(LEG, LegKind::WebRtc, patience(), "offer".into());
    leg.step(at(0), Input::Answer);
    let outputs = leg.step(at(0), Input::Sip(SipEvent::Ended(End::HungUp)));
    assert_eq!(outputs, [close(), Output::Event(Event::Ended(End::HungUp))]);
    assert_eq!(leg.step(at(0), answer(Ok("late"))), []);
}

#[test]
fn digits_go_as_info_to_a_phone_without_telephone_event() {
    let mut leg = connected();
    leg.step(at(1), Input::Digit(five(), 0));
    let info = [Output::Sip(SipAction::Info(five(), DIGIT_MS))];
    assert_eq!(leg.step(at(1), Input::DigitsRefused), info);
    assert_eq!(
        leg.step(at(2), Input::Digit(five(), 0)),
        info,
        "from now on at once"
    );
}

#[test]
fn digits_that_are_out_are_not_sent_again() {
    let mut leg = connected();
    leg.step(at(1), Input::Digit(five(), 0));
    leg.step(at(1), Input::Digit(five(), 0));
    leg.step(at(2), Input::DigitsSent(2));
    assert_eq!(leg.step(at(3), Input::DigitsRefused), []);
}

#[test]
fn a_flood_of_keys_is_cut_short() {
    let mut leg = connected();
    let mut pressed = 0;
    for _ in 0..100 {
        pressed += leg.step(at(1), Input::Pressed(five(), 100)).len();
    }
    assert_eq!(pressed, 25);
    assert_eq!(leg.step(at(2), Input::Pressed(five(), 100)).len(), 1);
}

/// How a phone comes into doubt.
fn doubts() -> [Input; 2] {
    [SipEvent::Forgotten, SipEvent::Unheard].map(Input::Sip)
}

#[test]
fn a_phone_in_doubt_is_kept_as_long_as_media_flows() {
    for doubt in doubts() {
        let mut leg = connected();
        assert_eq!(leg.step(at(10), doubt.clone()), []);
        assert_eq!(leg.next_timeout(), None);
        assert_eq!(leg.step(at(1000), Input::Timeout), []);
        let lost = leg.step(at(1000), Input::MediaPath(false));
        assert_eq!(lost, [Output::Event(Event::LossChanged)]);
        assert!(leg.is_lost());
        assert_eq!(leg.step(at(1029), Input::Timeout), []);
        let outputs = leg.step(at(1030), Input::Timeout);
        let ended = Output::Event(Event::Ended(End::Lost));
        assert_eq!(outputs.last(), Some(&ended), "{doubt:?}");
    }
}

#[test]
fn the_first_of_doubt_and_lost_connection_counts() {
    let mut leg = connected();
    leg.step(at(5), Input::MediaPath(false));
    assert!(!leg.is_lost(), "the phone may restart ICE");
    leg.step(at(10), Input::Sip(SipEvent::Unheard));
    leg.step(at(15), Input::Connection(false));
    leg.step(at(16), Input::Sip(SipEvent::Forgotten));
    assert_eq!(leg.next_timeout(), Some(at(40)));
}

#[test]
fn a_phone_that_shows_that_it_knows_the_session_is_in_doubt_no_more() {
    let answered = SipEvent::OfferAnswered("answer".into());
    let signs = [SipEvent::Heard, SipEvent::OfferWanted, answered].map(Input::Sip);
    for sign in signs.into_iter().chain([offer(false)]) {
        let mut leg = connected();
        leg.step(at(1), Input::Sip(SipEvent::Unheard));
        leg.step(at(2), Input::MediaPath(false));
        assert!(leg.is_lost());
        let outputs = leg.step(at(3), sign.clone());
        let back = Output::Event(Event::LossChanged);
        assert_eq!(outputs.last(), Some(&back), "{sign:?}");
        assert_eq!(leg.next_timeout(), None, "{sign:?}");
    }
}

#[test]
fn a_phone_that_comes_back_without_knowing_the_session_is_still_in_doubt() {
    let mut leg = connected();
    leg.step(at(1), Input::Sip(SipEvent::Forgotten));
    leg.step(at(2), Input::Connection(false));
    leg.step(at(2), Input::MediaPath(false));
    leg.step(at(3), Input::Connection(true));
    assert!(leg.is_lost());
    assert_eq!(leg.next_timeout(), Some(at(32)));
}

#[test]
fn a_phone_that_forgets_a_call_that_was_never_up_is_let_go() {
    let mut leg = Leg::outgoing(LEG, LegKind::WebRtc, patience());
    leg.step(at(0), Input::Dial);
    leg.step(at(0), offer_made("offer"));
    let outputs = leg.step(at(1), Input::Sip(SipEvent::Forgotten));
    let ended = Output::Event(Event::Ended(End::Gone));
    assert_eq!(outputs.last(), Some(&ended));
}

#[test]
fn a_call_outlives_its_connection_as_long_as_media_flows() {
    let mut leg = connected();
    leg.step(at(10), Input::Connection(false));
    assert_eq!(leg.next_timeout(), None);
    assert_eq!(leg.step(at(1000), Input::Timeout), []);
    leg.step(at(1001), Input::Connection(true));
    let outputs = leg.step(at(1002), Input::HangUp(HangUp::OtherSide));
    assert_eq!(
        outputs[0],
        Output::Sip(SipAction::HangUp(HangUp::OtherSide))
    );
}

#[test]
fn with_media_dead_too_it_ends_after_thirty_seconds() {
    let mut leg = connected();
    leg.step(at(10), Input::Connection(false));
    leg.step(at(40), Input::MediaPath(false));
    leg.step(at(45), Input::MediaPath(false));
    assert_eq!(leg.next_timeout(), Some(at(70)));
    assert_eq!(leg.step(at(69), Input::Timeout), []);
    let outputs = leg.step(at(70), Input::Timeout);
    assert_eq!(
        outputs.last(),
        Some(&Output::Event(Event::Ended(End::Lost)))
    );
}

#[test]
fn media_that_comes_back_saves_it() {
    let mut leg = connected();
    leg.step(at(10), Input::Connection(false));
    leg.step(at(11), Input::MediaPath(false));
    leg.step(at(30), Input::MediaPath(true));
    assert_eq!(leg.next_timeout(), None);
}

#[test]
fn a_caller_who_is_away_while_it_rings_is_given_up_sooner() {
    let mut leg = Leg::incoming(LEG, LegKind::WebRtc, patience(), "offer".into());
    leg.step(at(3), Input::Connection(false));
    assert_eq!(leg.next_timeout(), Some(at(23)));
    let outputs = leg.step(at(23), Input::Timeout);
    assert_eq!(outputs[0], Output::Sip(SipAction::HangUp(HangUp::Failure)));
}

#[test]
fn an_offer_that_the_far_end_asks_for_is_made_and_its_answer_taken() {
    let mut leg = connected();
    let outputs = leg.step(at(1), Input::Sip(SipEvent::OfferWanted));
    assert!(matches!(
        outputs[..],
        [Output::Media(MediaRequest::CreateOffer { .. })]
    ));
    let made = MediaDone::Offer {
        leg: LEG,
        result: Ok("own".into()),
    };
    let outputs = leg.step(at(1), Input::Media(made));
    assert_eq!(outputs, [Output::Sip(SipAction::Answer("own".into()))]);
    // Until that is done, another offer has to wait.
    assert_eq!(
        leg.step(at(1), offer(true)),
        [Output::Sip(SipAction::PostponeOffer)]
    );
    let outputs = leg.step(at(1), Input::Sip(SipEvent::OfferAnswered("theirs".into())));
    assert!(matches!(
        outputs[..],
        [Output::Media(MediaRequest::SetAnswer { .. })]
    ));
    let set = MediaDone::AnswerSet {
        leg: LEG,
        result: Ok(()),
    };
    leg.step(at(1), Input::Media(set));
    let outputs = leg.step(at(2), offer(false));
    assert!(matches!(
        outputs[..],
        [Output::Media(MediaRequest::AcceptOffer { .. })]
    ));
}

fn holds_elsewhere(leg: &mut Leg, seconds: u64, holds: bool) -> Vec<Output> {
    leg.step(at(seconds), Input::OtherSideHolds(holds))
}

fn offer_made(sdp: &str) -> Input {
    Input::Media(MediaDone::Offer {
        leg: LEG,
        result: Ok(sdp.into()),
    })
}

fn answer_set() -> Input {
    Input::Media(MediaDone::AnswerSet {
        leg: LEG,
        result: Ok(()),
    })
}

fn create_offer(recv: bool) -> Output {
    Output::Media(MediaRequest::CreateOffer {
        leg: LEG,
        kind: LegKind::WebRtc,
        allow: Allow { send: true, recv },
    })
}

#[test]
fn the_phone_is_told_that_the_other_side_holds_and_that_it_does_no_more() {
    let mut leg = connected();
    assert_eq!(holds_elsewhere(&mut leg, 1, true), [create_offer(false)]);
    let offered = leg.step(at(1), offer_made("sendonly"));
    assert_eq!(offered, [Output::Sip(SipAction::Offer("sendonly".into()))]);
    // Taken back before the phone has answered: told as soon as it has.
    assert_eq!(holds_elsewhere(&mut leg, 2, false), []);
    leg.step(
        at(2),
        Input::Sip(SipEvent::OfferAnswered("recvonly".into())),
    );
    assert_eq!(leg.step(at(2), answer_set()), [create_offer(true)]);
    leg.step(at(2), offer_made("sendrecv"));
    leg.step(
        at(3),
        Input::Sip(SipEvent::OfferAnswered("sendrecv".into())),
    );
    assert_eq!(leg.step(at(3), answer_set()), []);
}

#[test]
fn after_glare_the_hold_is_told_again() {
    let mut leg = connected();
    holds_elsewhere(&mut leg, 1, true);
    assert_eq!(
        leg.step(at(1), offer(false)),
        [Output::Sip(SipAction::PostponeOffer)]
    );
    leg.step(at(1), offer_made("sendonly"));
    let retry_after = Some(Duration::from_secs(2));
    let refused = leg.step(at(2), Input::Sip(SipEvent::OfferRefused { retry_after }));
    assert_eq!(
        refused,
        [Output::Media(MediaRequest::CancelOffer { leg: LEG })]
    );
    assert_eq!(leg.next_timeout(), Some(at(4)));
    assert_eq!(leg.step(at(3), Input::Timeout), []);
    assert_eq!(leg.step(at(4), Input::Timeout), [create_offer(false)]);
    assert_eq!(leg.next_timeout(), None);
}

#[test]
fn a_phone_that_takes_no_hold_is_left_alone() {
    let mut leg = connected();
    holds_elsewhere(&mut leg, 1, true);
    leg.step(at(1), offer_made("sendonly"));
    let retry_after = None;
    leg.step(at(2), Input::Sip(SipEvent::OfferRefused { retry_after }));
    assert_eq!(leg.next_timeout(), None);
    assert_eq!(holds_elsewhere(&mut leg, 3, true), []);
}

#[test]
fn an_offer_of_a_phone_that_is_held_is_answered_with_the_hold() {
    let mut leg = connected();
    holds_elsewhere(&mut leg, 1, true);
    leg.step(at(1), offer_made("sendonly"));
    leg.step(
        at(1),
        Input::Sip(SipEvent::OfferAnswered("recvonly".into())),
    );
    leg.step(at(1), answer_set());
    let outputs = leg.step(at(2), offer(false));
    let allow = Allow {
        send: true,
        recv: false,
    };
    assert!(matches!(
        &outputs[..],
        [Output::Media(MediaRequest::AcceptOffer { allow: a, .. })] if *a == allow
    ));
}
