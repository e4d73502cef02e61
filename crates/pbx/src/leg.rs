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
//! **A lost connection** ends nothing by itself, and neither does *doubt*: a phone that answers 481,
//! or does not answer what it had to. A leg that is up waits for its phone to come back as long as
//! media flows; once media is gone for [`Patience::media`] with one of the others, it ends. The next
//! sign that the phone knows the session ends the doubt.

mod hold;
mod io;
mod reach;

pub use io::{End, Event, HangUp, Input, Output, Patience, Refusal, SipAction, SipEvent};

use alo_sip::time::Instant;

use crate::media::{Digit, Digits, KeyRate, LegId};
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
    Answering {
        /// Whether the offer holds.
        holds: bool,
        /// What the answer tells of the other side's hold.
        told: bool,
    },
    /// The media server makes an offer.
    Offering(Why),
    /// That offer is out.
    Offered(Why),
    /// The media server takes the answer to it.
    Applying(Why),
}

/// Why an offer is made in a leg that is up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Why {
    /// The far end asked for one (a re-INVITE without an offer).
    Asked,
    /// The other side of the call holds, or does no more.
    Hold(bool),
}

/// One leg.
#[derive(Debug)]
pub struct Leg {
    id: LegId,
    patience: Patience,
    state: State,
    holds: bool,
    other_side: hold::OtherSide,
    reach: reach::Reach,
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
            other_side: hold::OtherSide::default(),
            reach: reach::Reach::default(),
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
            (_, Input::DigitsSent(count)) => {
                self.digits.drain(..self.digits.len().min(count));
                Vec::new()
            }
            (State::Up { .. }, Input::Pressed(digit, duration)) if self.keys.admits(now) => {
                vec![Output::Event(Event::Pressed(digit, duration))]
            }
            (_, Input::OtherSideHolds(holds)) => {
                self.other_side.holds(holds);
                self.tell_hold()
            }
            (_, Input::Sip(event)) => self.sip(now, event),
            (_, Input::Media(done)) => self.media(done),
            (_, Input::MediaPath(good)) => {
                self.reach.media(now, good);
                Vec::new()
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
        if event.is_sign_of_life() {
            self.reach.trust();
        }
        match (&self.state, event) {
            (State::Calling, SipEvent::Ringing) => vec![Output::Event(Event::Ringing)],
            (State::Calling, SipEvent::Answered(Some(sdp))) => {
                // Whoever answers has won only when the media is right: otherwise the others ring on.
                self.set_state(State::Joining, "answered");
                let leg = self.id;
                vec![Output::Media(MediaRequest::SetAnswer { leg, sdp })]
            }
            // RFC 3261 section 13.2.1: the answer to our offer is in a reliable response; a 200
            // without it is no answer to anything.
            (State::Calling, SipEvent::Answered(None)) => self.fail(),
            (State::Calling | State::Offering, SipEvent::Refused(status)) => {
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

    /// Offers and answers of the far end in a leg that is up.
    fn offered(&mut self, now: Instant, change: Change, event: SipEvent) -> Vec<Output> {
        let (change, why, output) = match (change, event) {
            (Change::None, SipEvent::Offer { sdp, holds }) => {
                let told = self.other_side.is_holding();
                let change = Change::Answering { holds, told };
                (change, "offer of the far end", self.accept_offer(sdp))
            }
            (Change::None, SipEvent::OfferWanted) => (
                Change::Offering(Why::Asked),
                "the far end wants an offer",
                self.create_offer(),
            ),
            (Change::Offered(why), SipEvent::OfferAnswered(sdp)) => {
                let leg = self.id;
                let set = Output::Media(MediaRequest::SetAnswer { leg, sdp });
                (Change::Applying(why), "answer of the far end", set)
            }
            (Change::Offered(why), SipEvent::OfferRefused { retry_after }) => {
                return self.offer_refused(now, why, retry_after);
            }
            // The far end took its offer back (RFC 3261 section 9): what it offered is not so.
            (Change::Answering { .. }, SipEvent::OfferRefused { .. }) => {
                let change = Change::Answering {
                    holds: self.holds,
                    told: self.other_side.is_told(),
                };
                self.set_state(State::Up { change }, "offer taken back");
                return Vec::new();
            }
            (_, SipEvent::OfferAnswered(_) | SipEvent::OfferRefused { .. }) => return Vec::new(),
            // RFC 3261 section 14.2: one change at a time; the far end tries again.
            _ => return vec![Output::Sip(SipAction::PostponeOffer)],
        };
        self.set_state(State::Up { change }, why);
        vec![output]
    }

    fn media(&mut self, done: MediaDone) -> Vec<Output> {
        match (&self.state, done) {
            (
                State::Offering,
                MediaDone::Offer {
                    result: Ok(sdp), ..
                },
            ) => {
                self.set_state(State::Calling, "offer made");
                vec![Output::Sip(SipAction::Invite(sdp))]
            }
            (
                State::Answering,
                MediaDone::Answer {
                    result: Ok(sdp), ..
                },
            ) => {
                self.set_state(
                    State::Up {
                        change: Change::None,
                    },
                    "connected",
                );
                vec![
                    Output::Sip(SipAction::Accept(sdp)),
                    Output::Event(Event::Up),
                ]
            }
            (State::Joining, MediaDone::AnswerSet { result: Ok(()), .. }) => {
                self.set_state(
                    State::Up {
                        change: Change::None,
                    },
                    "connected",
                );
                vec![Output::Event(Event::Answered), Output::Event(Event::Up)]
            }
            (State::Up { change }, done) => self.changed(*change, done),
            (
                _,
                MediaDone::Offer {
                    result: Err(error), ..
                }
                | MediaDone::Answer {
                    result: Err(error), ..
                },
            )
            | (
                _,
                MediaDone::AnswerSet {
                    result: Err(error), ..
                },
            ) => {
                tracing::warn!(leg = self.id.0, %error, "no media");
                self.fail()
            }
            _ => Vec::new(),
        }
    }

    /// A result of the media server in a leg that is up.
    fn changed(&mut self, change: Change, done: MediaDone) -> Vec<Output> {
        let (next, mut outputs) = match (change, done) {
            (
                Change::Answering { holds, told },
                MediaDone::Answer {
                    result: Ok(sdp), ..
                },
            ) => {
                let mut outputs = vec![Output::Sip(SipAction::Answer(sdp))];
                self.other_side.was_told(told);
                if self.holds != holds {
                    self.holds = holds;
                    outputs.push(Output::Event(Event::HoldChanged));
                }
                (Change::None, outputs)
            }
            (
                Change::Offering(why),
                MediaDone::Offer {
                    result: Ok(sdp), ..
                },
            ) => {
                let action = match why {
                    Why::Asked => SipAction::Answer(sdp),
                    Why::Hold(_) => SipAction::Offer(sdp),
                };
                (Change::Offered(why), vec![Output::Sip(action)])
            }
            (
                Change::Offering(Why::Hold(holds)),
                MediaDone::Offer {
                    result: Err(error), ..
                },
            ) => {
                tracing::warn!(leg = self.id.0, %error, "no offer for a hold");
                self.other_side.was_told(holds);
                (Change::None, Vec::new())
            }
            (
                Change::Answering { .. } | Change::Offering(Why::Asked),
                MediaDone::Answer {
                    result: Err(error), ..
                }
                | MediaDone::Offer {
                    result: Err(error), ..
                },
            ) => {
                tracing::warn!(leg = self.id.0, %error, "offer not taken");
                (Change::None, vec![Output::Sip(SipAction::RefuseOffer)])
            }
            (Change::Applying(why), MediaDone::AnswerSet { .. }) => {
                if let Why::Hold(holds) = why {
                    self.other_side.was_told(holds);
                }
                (Change::None, Vec::new())
            }
            (change, _) => (change, Vec::new()),
        };
        self.set_state(State::Up { change: next }, "media changed");
        outputs.extend(self.tell_hold());
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
        let outgoing = matches!(
            self.state,
            State::Offering | State::Calling | State::Joining
        );
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
            allow: self.other_side.allow(),
        })
    }

    fn accept_offer(&self, sdp: String) -> Output {
        Output::Media(MediaRequest::AcceptOffer {
            leg: self.id,
            sdp,
            allow: self.other_side.allow(),
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
        State::Calling => "calling",
        State::Joining => "joining",
        State::Invited { .. } => "invited",
        State::Answering => "answering",
        State::Up {
            change: Change::None,
        } => "up",
        State::Up { .. } => "changing",
        State::Over => "over",
    }
}

#[cfg(test)]
mod tests;
