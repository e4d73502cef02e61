//! One leg of a call: a SIP session and its media, joined.
//!
//! Above, a call sees a leg that rings, is up, holds, presses keys and ends; below, offers travel
//! between SIP and the media server. At most one request to the media server that has a result is
//! under way at a time.
//!
//! **Hold** is answered here and not passed on: media is anchored in the server, so the far end of a
//! hold hears music through the media that it has, and gets no re-INVITE.
//!
//! **A lost connection** ends nothing by itself. A leg that is up waits for its phone to come back as
//! long as media flows; once both are gone for [`Patience::media`], it ends.

use std::time::Duration;

use alo_sip::time::Instant;

use crate::media::{Allow, Digit, Digits, LegId, Source};
use crate::media_io::{MediaDone, MediaRequest};

/// How long a digit sounds where the far end does not say.
const DIGIT_MS: u16 = 160;

/// How long a leg waits for what is lost.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// A leg that is up: with neither connection nor media.
    pub media: Duration,
    /// A leg that is not up: without connection.
    pub signalling: Duration,
}

/// What happens to a leg.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// Call it (outgoing).
    Dial,
    /// Tell it that the far end rings (incoming).
    Ring,
    /// Connect it (incoming).
    Answer,
    /// Refuse it (incoming).
    Reject(Refusal),
    /// End it, whatever its state.
    HangUp(HangUp),
    /// What it is to hear.
    Hear(Source),
    /// Send it a digit.
    Digit(Digit, u16),
    /// From SIP.
    Sip(SipEvent),
    /// From the media server.
    Media(MediaDone),
    /// The media path came up, or is interrupted.
    MediaPath(bool),
    /// The far end pressed a key.
    Pressed(Digit, u16),
    /// A digit is out.
    DigitSent,
    /// The far end takes no telephone-event.
    DigitsRefused,
    /// The connection is open again, or gone.
    Connection(bool),
    /// Time passed.
    Timeout,
}

/// What SIP tells of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SipEvent {
    /// Outgoing: 180 or the like.
    Ringing,
    /// Outgoing: 200, with its SDP.
    Answered(Option<String>),
    /// Outgoing: a final refusal.
    Refused(u16),
    /// An offer in the session, and whether it puts this side on hold.
    Offer {
        /// SDP.
        sdp: String,
        /// Whether the far end wants to hear nothing (`sendonly`, `inactive`).
        holds: bool,
    },
    /// A re-INVITE without an offer.
    OfferWanted,
    /// The answer to an offer of [`SipEvent::OfferWanted`].
    OfferAnswered(String),
    /// It is over, and why.
    Ended(End),
    /// The far end does not know the session any more.
    Forgotten,
}

/// What a session is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SipAction {
    /// Send the INVITE with this offer.
    Invite(String),
    /// 180.
    Ring,
    /// 200 with this answer.
    Accept(String),
    /// A final refusal.
    Reject(Refusal),
    /// CANCEL or BYE, as the state wants it.
    HangUp(HangUp),
    /// Answer the open offer.
    Answer(String),
    /// Refuse the open offer with 488; the session goes on.
    RefuseOffer,
    /// A digit in an INFO.
    Info(Digit, u16),
}

/// A refusal: the status and what it means here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Status code.
    pub status: u16,
    /// For people.
    pub text: String,
}

/// Why a leg is told to end, as its far end learns it (RFC 3326).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HangUp {
    /// The other side of the call hung up.
    OtherSide,
    /// Somebody else answered.
    AnsweredElsewhere,
    /// The same person declined in another tab.
    DeclinedElsewhere,
    /// The caller gave up.
    CallerGone,
    /// It rang long enough.
    NoAnswer,
    /// The call cannot go on.
    Failure,
}

/// What a leg tells its call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Outgoing: it rings.
    Ringing,
    /// Outgoing: somebody took it.
    Answered,
    /// Audio can flow.
    Up,
    /// The far end holds the call, or took it back ([`Leg::holds`] says which).
    HoldChanged,
    /// The far end pressed a key.
    Pressed(Digit, u16),
    /// Outgoing: it was refused with this status. The last event.
    Refused(u16),
    /// It ended. The last event.
    Ended(End),
}

/// Why a leg ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The far end hung up, or took its call back.
    HungUp,
    /// The far end did not acknowledge or does not know the session.
    Gone,
    /// Connection and media were lost for too long.
    Lost,
    /// Offer and answer do not fit.
    Media,
}

/// Where a leg stands.
#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    /// Outgoing, not called yet.
    Idle,
    /// Outgoing: the media server makes the offer.
    Offering,
    /// Outgoing: the INVITE is out.
    Calling,
    /// Outgoing: it was answered; the media server takes the answer.
    Joining,
    /// Incoming: nobody answered yet.
    Invited { offer: String },
    /// Incoming: the media server makes the answer.
    Answering,
    /// Audio can flow.
    Up { change: Change },
    /// Over.
    Over,
}

/// A change of the media under way in a leg that is up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    None,
    /// The media server answers the far end's offer.
    Answering { holds: bool },
    /// The media server makes an offer that the far end asked for.
    Offering,
    /// That offer is out.
    Offered,
    /// The media server takes the answer to it.
    Applying,
}

/// One leg.
#[derive(Debug)]
pub struct Leg {
    id: LegId,
    patience: Patience,
    state: State,
    holds: bool,
    /// Since when the connection is gone.
    connection_lost: Option<Instant>,
    /// Since when there is no media, where there was some or should be.
    media_lost: Option<Instant>,
    /// Digits on their way as telephone-events, oldest first, in case the far end takes none.
    digits: Vec<(Digit, u16)>,
    /// The far end takes no telephone-event.
    digits_by_info: bool,
}

/// What a leg wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// From SIP.
    Sip(SipAction),
    /// From the media server.
    Media(MediaRequest),
    /// To tell its call.
    Event(Event),
}

impl Leg {
    /// A leg that calls somebody.
    #[must_use]
    pub fn outgoing(id: LegId, patience: Patience) -> Self {
        Self::new(id, patience, State::Idle)
    }

    /// A leg of somebody who calls, with this offer.
    #[must_use]
    pub fn incoming(id: LegId, patience: Patience, offer: String) -> Self {
        Self::new(id, patience, State::Invited { offer })
    }

    fn new(id: LegId, patience: Patience, state: State) -> Self {
        Self {
            id,
            patience,
            state,
            holds: false,
            connection_lost: None,
            media_lost: None,
            digits: Vec::new(),
            digits_by_info: false,
        }
    }

    /// Whether the far end holds the call.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.holds
    }

    /// When it wants to be woken.
    #[must_use]
    pub fn next_timeout(&self) -> Option<Instant> {
        let connection = self.connection_lost?;
        match self.state {
            State::Over => None,
            State::Up { .. } => Some(connection.max(self.media_lost?) + self.patience.media),
            _ => Some(connection + self.patience.signalling),
        }
    }

    /// Something happened.
    pub fn step(&mut self, now: Instant, input: Input) -> Vec<Output> {
        match (&self.state, input) {
            (State::Over, _) => Vec::new(),
            (State::Idle, Input::Dial) => {
                self.set_state(State::Offering, "dialled");
                vec![self.create_offer()]
            }
            (State::Invited { .. }, Input::Ring) => vec![Output::Sip(SipAction::Ring)],
            (State::Invited { offer }, Input::Answer) => {
                let sdp = offer.clone();
                self.set_state(State::Answering, "to be connected");
                vec![self.accept_offer(sdp)]
            }
            (State::Invited { .. } | State::Answering, Input::Reject(refusal)) => {
                self.set_state(State::Over, "rejected");
                vec![Output::Sip(SipAction::Reject(refusal)), self.close()]
            }
            (_, Input::HangUp(why)) => self.hang_up(why),
            (_, Input::Hear(source)) => vec![Output::Media(MediaRequest::Hear {
                leg: self.id,
                source,
            })],
            (State::Up { .. }, Input::Digit(digit, duration)) => vec![self.send(digit, duration)],
            (State::Up { .. }, Input::DigitsRefused) => self.digits_refused(),
            (_, Input::DigitSent) => {
                self.digits.drain(..self.digits.len().min(1));
                Vec::new()
            }
            (State::Up { .. }, Input::Pressed(digit, duration)) => {
                vec![Output::Event(Event::Pressed(digit, duration))]
            }
            (_, Input::Sip(event)) => self.sip(event),
            (_, Input::Media(done)) => self.media(now, done),
            (_, Input::MediaPath(good)) => {
                self.media_lost = if good { None } else { self.media_lost.or(Some(now)) };
                Vec::new()
            }
            (_, Input::Connection(good)) => {
                self.connection_lost = if good { None } else { self.connection_lost.or(Some(now)) };
                Vec::new()
            }
            (_, Input::Timeout) if self.next_timeout().is_some_and(|at| at <= now) => {
                let mut outputs = self.hang_up(HangUp::Failure);
                outputs.push(Output::Event(Event::Ended(End::Lost)));
                outputs
            }
            _ => Vec::new(),
        }
    }

    fn sip(&mut self, event: SipEvent) -> Vec<Output> {
        match (&self.state, event) {
            (State::Calling, SipEvent::Ringing) => vec![Output::Event(Event::Ringing)],
            (State::Calling, SipEvent::Answered(Some(sdp))) => {
                self.set_state(State::Joining, "answered");
                let leg = self.id;
                vec![
                    Output::Event(Event::Answered),
                    Output::Media(MediaRequest::SetAnswer { leg, sdp }),
                ]
            }
            // RFC 3261 section 13.2.1: the answer to our offer is in a reliable response; a 200
            // without it is no answer to anything.
            (State::Calling, SipEvent::Answered(None)) => self.fail(),
            (State::Calling | State::Offering, SipEvent::Refused(status)) => {
                self.set_state(State::Over, "refused");
                vec![self.close(), Output::Event(Event::Refused(status))]
            }
            (State::Up { change: Change::None }, SipEvent::Offer { sdp, holds }) => {
                let change = Change::Answering { holds };
                self.set_state(State::Up { change }, "offer of the far end");
                vec![self.accept_offer(sdp)]
            }
            (State::Up { change: Change::None }, SipEvent::OfferWanted) => {
                let change = Change::Offering;
                self.set_state(State::Up { change }, "the far end wants an offer");
                vec![self.create_offer()]
            }
            (State::Up { change: Change::Offered }, SipEvent::OfferAnswered(sdp)) => {
                let change = Change::Applying;
                self.set_state(State::Up { change }, "answer of the far end");
                let leg = self.id;
                vec![Output::Media(MediaRequest::SetAnswer { leg, sdp })]
            }
            (_, SipEvent::Offer { .. } | SipEvent::OfferWanted) => {
                vec![Output::Sip(SipAction::RefuseOffer)]
            }
            (_, SipEvent::Ended(end)) => {
                self.set_state(State::Over, "the far end ended it");
                vec![self.close(), Output::Event(Event::Ended(end))]
            }
            (_, SipEvent::Forgotten) => {
                let mut outputs = self.hang_up(HangUp::Failure);
                outputs.push(Output::Event(Event::Ended(End::Gone)));
                outputs
            }
            _ => Vec::new(),
        }
    }

    fn media(&mut self, now: Instant, done: MediaDone) -> Vec<Output> {
        match (&self.state, done) {
            (State::Offering, MediaDone::Offer { result: Ok(sdp), .. }) => {
                self.set_state(State::Calling, "offer made");
                vec![Output::Sip(SipAction::Invite(sdp))]
            }
            (State::Answering, MediaDone::Answer { result: Ok(sdp), .. }) => {
                self.set_state(State::Up { change: Change::None }, "connected");
                // Until ICE is up there is no media that could be lost later.
                self.media_lost = Some(now);
                vec![Output::Sip(SipAction::Accept(sdp)), Output::Event(Event::Up)]
            }
            (State::Joining, MediaDone::AnswerSet { result: Ok(()), .. }) => {
                self.set_state(State::Up { change: Change::None }, "connected");
                self.media_lost = Some(now);
                vec![Output::Event(Event::Up)]
            }
            (State::Up { change }, done) => self.changed(*change, done),
            (_, MediaDone::Offer { result: Err(error), .. } | MediaDone::Answer { result: Err(error), .. })
            | (_, MediaDone::AnswerSet { result: Err(error), .. }) => {
                tracing::warn!(leg = self.id.0, %error, "no media");
                self.fail()
            }
            _ => Vec::new(),
        }
    }

    /// A result of the media server in a leg that is up.
    fn changed(&mut self, change: Change, done: MediaDone) -> Vec<Output> {
        let (next, outputs) = match (change, done) {
            (Change::Answering { holds }, MediaDone::Answer { result: Ok(sdp), .. }) => {
                let mut outputs = vec![Output::Sip(SipAction::Answer(sdp))];
                if self.holds != holds {
                    self.holds = holds;
                    outputs.push(Output::Event(Event::HoldChanged));
                }
                (Change::None, outputs)
            }
            (Change::Offering, MediaDone::Offer { result: Ok(sdp), .. }) => {
                (Change::Offered, vec![Output::Sip(SipAction::Answer(sdp))])
            }
            (
                Change::Answering { .. } | Change::Offering,
                MediaDone::Answer { result: Err(error), .. }
                | MediaDone::Offer { result: Err(error), .. },
            ) => {
                tracing::warn!(leg = self.id.0, %error, "offer not taken");
                (Change::None, vec![Output::Sip(SipAction::RefuseOffer)])
            }
            (Change::Applying, MediaDone::AnswerSet { .. }) => (Change::None, Vec::new()),
            (change, _) => (change, Vec::new()),
        };
        self.set_state(State::Up { change: next }, "media changed");
        outputs
    }

    fn hang_up(&mut self, why: HangUp) -> Vec<Output> {
        let has_session = !matches!(self.state, State::Idle | State::Offering);
        self.set_state(State::Over, "hung up here");
        let mut outputs = Vec::new();
        if has_session {
            outputs.push(Output::Sip(SipAction::HangUp(why)));
        }
        outputs.push(self.close());
        outputs
    }

    /// The media server and the far end do not come together.
    fn fail(&mut self) -> Vec<Output> {
        let outgoing = matches!(self.state, State::Offering | State::Calling);
        let mut outputs = if self.state == State::Answering {
            let refusal = Refusal {
                status: 488,
                text: "No audio codec or transport in common".into(),
            };
            self.set_state(State::Over, "no media");
            vec![Output::Sip(SipAction::Reject(refusal)), self.close()]
        } else {
            self.hang_up(HangUp::Failure)
        };
        outputs.push(Output::Event(if outgoing {
            Event::Refused(488)
        } else {
            Event::Ended(End::Media)
        }));
        outputs
    }

    fn send(&mut self, digit: Digit, duration: u16) -> Output {
        let duration = if duration == 0 { DIGIT_MS } else { duration };
        if self.digits_by_info {
            return Output::Sip(SipAction::Info(digit, duration));
        }
        self.digits.push((digit, duration));
        Output::Media(MediaRequest::SendDigits {
            leg: self.id,
            digits: Digits::from(digit),
            duration_ms: duration,
        })
    }

    fn digits_refused(&mut self) -> Vec<Output> {
        self.digits_by_info = true;
        let digits = std::mem::take(&mut self.digits);
        let info = |(digit, duration)| Output::Sip(SipAction::Info(digit, duration));
        digits.into_iter().map(info).collect()
    }

    fn create_offer(&self) -> Output {
        Output::Media(MediaRequest::CreateOffer {
            leg: self.id,
            allow: Allow::BOTH,
        })
    }

    fn accept_offer(&self, sdp: String) -> Output {
        Output::Media(MediaRequest::AcceptOffer {
            leg: self.id,
            sdp,
            allow: Allow::BOTH,
        })
    }

    fn close(&self) -> Output {
        Output::Media(MediaRequest::Close { leg: self.id })
    }

    fn set_state(&mut self, new: State, reason: &str) {
        tracing::debug!(leg = self.id.0, old = name(&self.state), new = name(&new), reason);
        self.state = new;
    }
}

fn name(state: &State) -> &'static str {
    match state {
        State::Idle => "idle",
        State::Offering => "offering",
        State::Calling => "calling",
        State::Joining => "joining",
        State::Invited { .. } => "invited",
        State::Answering => "answering",
        State::Up { change: Change::None } => "up",
        State::Up { .. } => "changing",
        State::Over => "over",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::MediaError;

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
        let mut leg = Leg::incoming(LEG, patience(), "offer".into());
        leg.step(at(0), Input::Answer);
        let outputs = leg.step(at(0), answer(Ok("answer")));
        assert_eq!(outputs[0], Output::Sip(SipAction::Accept("answer".into())));
        assert_eq!(outputs[1], Output::Event(Event::Up));
        leg.step(at(0), Input::MediaPath(true));
        leg
    }

    #[test]
    fn a_leg_that_calls_offers_rings_is_answered_and_is_up() {
        let mut leg = Leg::outgoing(LEG, patience());
        let outputs = leg.step(at(0), Input::Dial);
        assert!(matches!(outputs[..], [Output::Media(MediaRequest::CreateOffer { .. })]));
        let made = MediaDone::Offer {
            leg: LEG,
            result: Ok("offer".into()),
        };
        let outputs = leg.step(at(0), Input::Media(made));
        assert_eq!(outputs, [Output::Sip(SipAction::Invite("offer".into()))]);
        let outputs = leg.step(at(1), Input::Sip(SipEvent::Ringing));
        assert_eq!(outputs, [Output::Event(Event::Ringing)]);
        let outputs = leg.step(at(2), Input::Sip(SipEvent::Answered(Some("answer".into()))));
        assert_eq!(outputs[0], Output::Event(Event::Answered));
        assert!(matches!(outputs[1], Output::Media(MediaRequest::SetAnswer { .. })));
        let set = MediaDone::AnswerSet {
            leg: LEG,
            result: Ok(()),
        };
        assert_eq!(leg.step(at(2), Input::Media(set)), [Output::Event(Event::Up)]);
    }

    #[test]
    fn a_hold_is_told_when_it_was_answered_and_only_then() {
        let mut leg = connected();
        let outputs = leg.step(at(1), offer(true));
        assert!(matches!(outputs[..], [Output::Media(MediaRequest::AcceptOffer { .. })]));
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
        assert!(matches!(outputs[..], [Output::Media(MediaRequest::SendDigits { .. })]));
    }

    #[test]
    fn a_caller_without_a_common_codec_is_refused() {
        let mut leg = Leg::incoming(LEG, patience(), "offer".into());
        leg.step(at(0), Input::Answer);
        let outputs = leg.step(at(0), answer(Err(MediaError::NoCommonCodec(LEG))));
        assert!(matches!(&outputs[0], Output::Sip(SipAction::Reject(refusal)) if refusal.status == 488));
        assert_eq!(outputs[1..], [close(), Output::Event(Event::Ended(End::Media))]);
    }

    #[test]
    fn cancel_while_the_answer_is_made() {
        let mut leg = Leg::incoming(LEG, patience(), "offer".into());
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
        assert_eq!(leg.step(at(2), Input::Digit(five(), 0)), info, "from now on at once");
    }

    #[test]
    fn digits_that_are_out_are_not_sent_again() {
        let mut leg = connected();
        leg.step(at(1), Input::Digit(five(), 0));
        leg.step(at(2), Input::DigitSent);
        assert_eq!(leg.step(at(3), Input::DigitsRefused), []);
    }

    #[test]
    fn a_call_outlives_its_connection_as_long_as_media_flows() {
        let mut leg = connected();
        leg.step(at(10), Input::Connection(false));
        assert_eq!(leg.next_timeout(), None);
        assert_eq!(leg.step(at(1000), Input::Timeout), []);
        leg.step(at(1001), Input::Connection(true));
        let outputs = leg.step(at(1002), Input::HangUp(HangUp::OtherSide));
        assert_eq!(outputs[0], Output::Sip(SipAction::HangUp(HangUp::OtherSide)));
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
        assert_eq!(outputs.last(), Some(&Output::Event(Event::Ended(End::Lost))));
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
        let mut leg = Leg::incoming(LEG, patience(), "offer".into());
        leg.step(at(3), Input::Connection(false));
        assert_eq!(leg.next_timeout(), Some(at(23)));
        let outputs = leg.step(at(23), Input::Timeout);
        assert_eq!(outputs[0], Output::Sip(SipAction::HangUp(HangUp::Failure)));
    }
}
