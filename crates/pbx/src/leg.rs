//! One leg of a call: a SIP session and its media, joined.
//!
//! Above, a call sees a leg that rings, is up, holds, presses keys and ends; below, offers travel
//! between SIP and the media server. At most one request to the media server that has a result is
//! under way at a time.
//!
//! **Hold** is answered here, and the other side hears music at once: media is anchored in the server.
//! So that its phone says so, it gets an offer that is `sendonly` (RFC 3264 section 8.4), which is
//! tried again after glare and given up when it is refused: the music plays all the same.
//!
//! **Early media**: a far end of the phone network that speaks before it answers (183 with SDP, RFC 3960)
//! is heard from its first packet on, and a caller can be given something to hear before the answer. The answer of a description
//! is made once: that of the 183 stands in the 200 too (RFC 3261 section 13.2.1).
//!
//! **A lost connection** ends nothing by itself, and neither does *doubt*: a phone that answers 481,
//! or does not answer what it had to. A leg that is up waits for its phone to come back as long as
//! media flows; once media is gone for [`Patience::media`] with one of the others, it ends. The next
//! sign that the phone knows the session ends the doubt.

mod change;
mod early;
mod hold;
mod io;
mod reach;

pub use io::{End, Event, HangUp, Input, Output, Patience, Refusal, SipAction, SipEvent};

use alo_sip::time::Instant;

use self::change::Change;
use self::early::{Early, Reply};
use crate::media::{Digit, Digits, KeyRate, LegId, LegKind, Turn};
use crate::media_io::{MediaDone, MediaRequest};

/// How long a digit sounds where the far end does not say.
const DIGIT_MS: u16 = 160;

/// Where a leg stands.
#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    /// Outgoing, not called yet.
    Idle,
    /// Outgoing: the media server makes the offer.
    Offering,
    /// Outgoing: the INVITE is out.
    Calling { early: Early },
    /// Outgoing: it was answered; the media server takes the answer.
    Joining {
        /// It is still busy with an earlier one; this one comes then.
        then: Option<String>,
    },
    /// Incoming: nobody answered yet.
    Invited { offer: String },
    /// Incoming: the media server makes the answer.
    Answering { reply: Reply },
    /// Incoming: the caller hears before anybody answered.
    Early { answer: String },
    /// Audio can flow.
    Up { change: Change },
    /// Over.
    Over,
}

/// One leg.
#[derive(Debug)]
pub struct Leg {
    id: LegId,
    kind: LegKind,
    patience: Patience,
    state: State,
    holds: bool,
    other_side: hold::OtherSide,
    reach: reach::Reach,
    /// Of what it was told to hear last.
    turn: Turn,
    /// Keys of the far end, however they come.
    keys: KeyRate<Instant>,
    /// Digits on their way as telephone-events, oldest first, in case the far end takes none.
    digits: Vec<(Digit, u16)>,
    /// The far end takes no telephone-event.
    digits_by_info: bool,
}

impl Leg {
    /// A leg that calls somebody.
    #[must_use]
    pub fn outgoing(id: LegId, kind: LegKind, patience: Patience) -> Self {
        Self::new(id, kind, patience, State::Idle)
    }

    /// A leg of somebody who calls, with this offer.
    #[must_use]
    pub fn incoming(id: LegId, kind: LegKind, patience: Patience, offer: String) -> Self {
        Self::new(id, kind, patience, State::Invited { offer })
    }

    fn new(id: LegId, kind: LegKind, patience: Patience, state: State) -> Self {
        Self {
            id,
            kind,
            patience,
            state,
            holds: false,
            other_side: hold::OtherSide::default(),
            reach: reach::Reach::default(),
            turn: Turn::default(),
            keys: KeyRate::default(),
            digits: Vec::new(),
            digits_by_info: false,
        }
    }

    /// Whether the far end holds the call.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.holds
    }

    /// Whether it was up and nobody is there now: there is no media, and it is not certain either
    /// that the phone is still in the call.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        self.is_up() && self.lost_at().is_some()
    }

    /// Whether it is connected, or about to be: a caller can no longer be refused.
    #[must_use]
    pub fn is_answered(&self) -> bool {
        let reply = Reply::Final;
        self.is_up() || self.state == State::Answering { reply }
    }

    fn is_up(&self) -> bool {
        matches!(self.state, State::Up { .. })
    }

    /// When it wants to be woken.
    #[must_use]
    pub fn next_timeout(&self) -> Option<Instant> {
        let lost = self.lost_at();
        lost.into_iter().chain(self.other_side.retry_at()).min()
    }

    /// When it ends unless the phone or media come back.
    fn lost_at(&self) -> Option<Instant> {
        match self.state {
            State::Over => None,
            State::Up { .. } => self.reach.lost_at(self.patience),
            _ => self.reach.lost_before_up_at(self.patience),
        }
    }

    /// Something happened.
    pub fn step(&mut self, now: Instant, input: Input) -> Vec<Output> {
        let was_lost = self.is_lost();
        let mut outputs = self.take(now, input);
        if self.is_up() && self.is_lost() != was_lost {
            outputs.push(Output::Event(Event::LossChanged));
        }
        outputs
    }

    fn take(&mut self, now: Instant, input: Input) -> Vec<Output> {
        match (&self.state, input) {
            (State::Over, _) => Vec::new(),
            (State::Idle, Input::Dial) => {
                self.set_state(State::Offering, "dialled");
                vec![self.create_offer()]
            }
            (State::Invited { .. }, Input::Ring) => vec![Output::Sip(SipAction::Ring)],
            (State::Invited { offer }, Input::Answer) => {
                let sdp = offer.clone();
                let reply = Reply::Final;
                self.set_state(State::Answering { reply }, "to be connected");
                vec![self.accept_offer(sdp)]
            }
            (State::Invited { offer }, Input::Early) => {
                let sdp = offer.clone();
                let reply = Reply::Early;
                self.set_state(State::Answering { reply }, "to hear before it is answered");
                vec![self.accept_offer(sdp)]
            }
            (State::Answering { .. } | State::Early { .. }, Input::Answer) => self.answer_early(),
            (
                State::Invited { .. } | State::Answering { .. } | State::Early { .. },
                Input::Reject(refusal),
            ) => {
                self.set_state(State::Over, "rejected");
                vec![Output::Sip(SipAction::Reject(refusal)), self.close()]
            }
            (_, Input::HangUp(why)) => self.hang_up(why),
            (_, Input::Hear(source)) => {
                self.turn.0 += 1;
                vec![Output::Media(MediaRequest::Hear {
                    leg: self.id,
                    source,
                    turn: self.turn,
                })]
            }
            (State::Up { .. }, Input::Digit(digit, duration)) => vec![self.send(digit, duration)],
            (State::Up { .. }, Input::DigitsRefused) => self.digits_refused(),
            (_, Input::DigitsSent(count)) => {
                self.digits.drain(..self.digits.len().min(count));
                Vec::new()
            }
            (State::Up { .. }, Input::Pressed(digit, duration)) if self.keys.admits(now) => {
                vec![Output::Event(Event::Pressed(digit, duration))]
            }
            // The end of what it was told to hear before may come when that is past.
            (_, Input::PromptEnded(turn)) if turn == self.turn => {
                vec![Output::Event(Event::PromptEnded)]
            }
            (_, Input::OtherSideHolds(holds)) => {
                self.other_side.holds(holds);
                self.tell_hold()
            }
            (_, Input::Sip(event)) => self.sip(now, event),
            (_, Input::Media(done)) => self.media(done),
            (_, Input::MediaPath(good)) => {
                let flowed = self.reach.has_media();
                self.reach.media(now, good);
                if flowed {
                    return Vec::new();
                }
                self.speaks_early()
            }
            (_, Input::Connection(good)) => {
                self.reach.connection(now, good);
                Vec::new()
            }
            (_, Input::Timeout) if self.lost_at().is_some_and(|at| at <= now) => {
                let mut outputs = self.hang_up(HangUp::Failure);
                outputs.push(Output::Event(Event::Ended(End::Lost)));
                outputs
            }
            (State::Up { .. }, Input::Timeout) if self.other_side.retry_is_due(now) => {
                self.tell_hold()
            }
            _ => Vec::new(),
        }
    }

    fn sip(&mut self, now: Instant, event: SipEvent) -> Vec<Output> {
        if event.is_sign_of_life() && self.reach.trust() {
            self.other_side.retry_now(now);
        }
        match (&self.state, event) {
            (State::Calling { .. }, SipEvent::Ringing) => vec![Output::Event(Event::Ringing)],
            (State::Calling { .. }, SipEvent::EarlyMedia { sdp, rings }) => {
                let ringing = rings.then_some(Output::Event(Event::Ringing));
                let early = self.early_media(sdp);
                ringing.into_iter().chain(early).collect()
            }
            (State::Calling { .. }, SipEvent::Answered(Some(sdp))) => self.answered(sdp),
            // RFC 3261 section 13.2.1: the answer to our offer is in a reliable response; a 200
            // without it is no answer to anything.
            (State::Calling { .. }, SipEvent::Answered(None)) => self.fail(End::Media),
            (State::Calling { .. } | State::Offering, SipEvent::Refused(status)) => {
                self.set_state(State::Over, "refused");
                vec![self.close(), Output::Event(Event::Refused(status))]
            }
            (
                State::Up { change },
                event @ (SipEvent::Offer { .. }
                | SipEvent::OfferWanted
                | SipEvent::OfferAnswered(_)
                | SipEvent::OfferRefused { .. }),
            ) => {
                let change = *change;
                self.offered(now, change, event)
            }
            // The media server has yet to take the answer; RFC 3261 section 14.2: the far end tries again.
            (State::Joining { .. }, SipEvent::Offer { .. } | SipEvent::OfferWanted) => {
                vec![Output::Sip(SipAction::PostponeOffer)]
            }
            (_, SipEvent::Offer { .. } | SipEvent::OfferWanted) => {
                vec![Output::Sip(SipAction::RefuseOffer)]
            }
            (_, SipEvent::Ended(end)) => {
                self.set_state(State::Over, "the far end ended it");
                vec![self.close(), Output::Event(Event::Ended(end))]
            }
            // Departs from RFC 3261 section 12.2.1.2, which ends the dialog: people talk.
            (State::Up { .. }, why @ (SipEvent::Forgotten | SipEvent::Unheard)) => {
                tracing::info!(leg = self.id.0, ?why, "in doubt: media decides");
                self.reach.doubt(now);
                Vec::new()
            }
            (_, SipEvent::Forgotten) => {
                let mut outputs = self.hang_up(HangUp::Failure);
                outputs.push(Output::Event(Event::Ended(End::Gone)));
                outputs
            }
            _ => Vec::new(),
        }
    }

    fn media(&mut self, done: MediaDone) -> Vec<Output> {
        match (&self.state, done) {
            (
                State::Offering,
                MediaDone::Offer {
                    result: Ok(sdp), ..
                },
            ) => {
                let early = Early::No;
                self.set_state(State::Calling { early }, "offer made");
                vec![Output::Sip(SipAction::Invite(sdp))]
            }
            (
                State::Answering { reply },
                MediaDone::Answer {
                    result: Ok(sdp), ..
                },
            ) => {
                let reply = *reply;
                self.answer_made(reply, sdp)
            }
            (
                State::Calling { .. } | State::Joining { .. },
                MediaDone::AnswerSet { result, .. },
            ) => self.answer_taken(result),
            (State::Up { change }, done) => self.changed(*change, done),
            (
                _,
                MediaDone::Offer {
                    result: Err(error), ..
                }
                | MediaDone::Answer {
                    result: Err(error), ..
                },
            ) => {
                tracing::warn!(leg = self.id.0, %error, "no media");
                self.fail(End::from(&error))
            }
            _ => Vec::new(),
        }
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
    fn fail(&mut self, end: End) -> Vec<Output> {
        let outgoing = matches!(
            self.state,
            State::Offering | State::Calling { .. } | State::Joining { .. }
        );
        let refusal = end.refusal();
        let status = refusal.as_ref().map_or(488, |refusal| refusal.status);
        let mut outputs = match (&self.state, refusal) {
            (State::Answering { .. }, Some(refusal)) => {
                self.set_state(State::Over, "no media");
                vec![Output::Sip(SipAction::Reject(refusal)), self.close()]
            }
            _ => self.hang_up(HangUp::Failure),
        };
        outputs.push(Output::Event(if outgoing {
            Event::Refused(status)
        } else {
            Event::Ended(end)
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
            allow: self.other_side.allow(),
            kind: self.kind,
        })
    }

    fn accept_offer(&self, sdp: String) -> Output {
        Output::Media(MediaRequest::AcceptOffer {
            leg: self.id,
            sdp,
            allow: self.other_side.allow(),
            kind: self.kind,
        })
    }

    fn close(&self) -> Output {
        Output::Media(MediaRequest::Close { leg: self.id })
    }

    fn set_state(&mut self, new: State, reason: &str) {
        tracing::debug!(
            leg = self.id.0,
            old = name(&self.state),
            new = name(&new),
            reason
        );
        self.state = new;
    }
}

fn name(state: &State) -> &'static str {
    match state {
        State::Idle => "idle",
        State::Offering => "offering",
        State::Calling { early: Early::No } => "calling",
        State::Calling { .. } => "heard early",
        State::Joining { .. } => "joining",
        State::Invited { .. } => "invited",
        State::Answering { .. } => "answering",
        State::Early { .. } => "early",
        State::Up {
            change: Change::None,
        } => "up",
        State::Up { .. } => "changing",
        State::Over => "over",
    }
}

#[cfg(test)]
mod tests;
