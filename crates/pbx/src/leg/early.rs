//! How a leg comes up, which may be heard before that (early media, RFC 3960).

use super::change::Change;
use super::{End, Event, Leg, Output, SipAction, State};
use crate::media::{LegKind, MediaError};
use crate::media_io::MediaRequest;

/// What of an outgoing leg is heard before it is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Early {
    /// Nothing.
    No,
    /// The media server takes this description.
    Applying(String),
    /// What comes under this description, once something comes: many a network sends a description and
    /// leaves the ringback to us.
    Heard(String),
}

/// What the answer goes out in that the media server makes for an incoming leg.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reply {
    /// A 183.
    Early,
    /// The 200.
    Final,
}

impl Leg {
    /// Outgoing: the far end speaks before it answers.
    pub(super) fn early_media(&mut self, sdp: String) -> Vec<Output> {
        // Browsers do not, and the media server takes one answer only to an offer of WebRTC. The first
        // description counts: later ones are of other forks.
        let first = matches!(self.state, State::Calling { early: Early::No });
        if self.kind != LegKind::Rtp || !first {
            return Vec::new();
        }
        let early = Early::Applying(sdp.clone());
        self.set_state(State::Calling { early }, "early media");
        vec![self.set_answer(sdp)]
    }

    /// Outgoing: a 200. Whoever answers has won only when the media is right: otherwise the others
    /// ring on.
    pub(super) fn answered(&mut self, sdp: String) -> Vec<Output> {
        let State::Calling { early } = &self.state else {
            return Vec::new();
        };
        match early {
            Early::No => {
                self.set_state(State::Joining { then: None }, "answered");
                vec![self.set_answer(sdp)]
            }
            Early::Applying(early) => {
                let then = (*early != sdp).then_some(sdp);
                self.set_state(State::Joining { then }, "answered");
                Vec::new()
            }
            Early::Heard(early) if *early == sdp => self.is_joined(),
            Early::Heard(_) => {
                self.set_state(State::Joining { then: None }, "answered otherwise");
                vec![self.set_answer(sdp)]
            }
        }
    }

    /// Outgoing: the media server took an answer, or did not.
    pub(super) fn answer_taken(&mut self, result: Result<(), MediaError>) -> Vec<Output> {
        if let Err(error) = &result {
            tracing::warn!(leg = self.id.0, %error, "no media");
        }
        match (&mut self.state, result) {
            (State::Joining { then }, result) => match (then.take(), result) {
                (Some(sdp), _) => vec![self.set_answer(sdp)],
                (None, Ok(())) => self.is_joined(),
                (None, Err(error)) => self.fail(End::from(&error)),
            },
            (State::Calling { early }, Ok(())) => {
                if let Early::Applying(sdp) = early {
                    let early = Early::Heard(std::mem::take(sdp));
                    self.set_state(State::Calling { early }, "heard early");
                    return self.speaks_early();
                }
                Vec::new()
            }
            // What cannot be heard early may still be heard later.
            (State::Calling { early }, Err(_)) => {
                *early = Early::No;
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    /// Outgoing: tells that there is something to hear before the answer, where there is.
    pub(super) fn speaks_early(&self) -> Vec<Output> {
        let heard = matches!(
            &self.state,
            State::Calling {
                early: Early::Heard(_)
            }
        );
        if heard && self.reach.has_media() {
            return vec![Output::Event(Event::Early)];
        }
        Vec::new()
    }

    fn is_joined(&mut self) -> Vec<Output> {
        let change = Change::None;
        self.set_state(State::Up { change }, "connected");
        vec![Output::Event(Event::Answered), Output::Event(Event::Up)]
    }

    /// Incoming: to be connected, and its answer is made already, or about to be.
    pub(super) fn answer_early(&mut self) -> Vec<Output> {
        match &mut self.state {
            State::Answering { reply } => {
                *reply = Reply::Final;
                Vec::new()
            }
            State::Early { answer } => {
                let sdp = std::mem::take(answer);
                self.accepted(sdp)
            }
            _ => Vec::new(),
        }
    }

    /// Incoming: the media server made the answer.
    pub(super) fn answer_made(&mut self, reply: Reply, sdp: String) -> Vec<Output> {
        match reply {
            Reply::Final => self.accepted(sdp),
            Reply::Early => {
                let answer = sdp.clone();
                self.set_state(State::Early { answer }, "hears early");
                vec![
                    Output::Sip(SipAction::Progress(sdp)),
                    Output::Event(Event::Early),
                ]
            }
        }
    }

    fn accepted(&mut self, sdp: String) -> Vec<Output> {
        let change = Change::None;
        self.set_state(State::Up { change }, "connected");
        vec![
            Output::Sip(SipAction::Accept(sdp)),
            Output::Event(Event::Up),
        ]
    }

    fn set_answer(&self, sdp: String) -> Output {
        Output::Media(MediaRequest::SetAnswer { leg: self.id, sdp })
    }
}
