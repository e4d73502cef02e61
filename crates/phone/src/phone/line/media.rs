//! What the media engine tells about one call.

use alo_sip::status::StatusCode;

use super::capture::Capture;
use super::negotiation::{Exchange, Owed};
use super::path::Path;
use super::record::{Answering, Line, Stage};
use crate::io::{Ask, ConnectionState, MediaError, MediaRequest, MicrophoneState};
use crate::language::{Outcome, Trouble};
use crate::phone::context::Context;

/// What to tell about a microphone that is not to be had.
pub(crate) fn microphone_trouble(state: MicrophoneState) -> Option<Trouble> {
    match state {
        MicrophoneState::Ready | MicrophoneState::Unknown => None,
        MicrophoneState::Denied => Some(Trouble::MicrophoneDenied),
        MicrophoneState::Missing => Some(Trouble::MicrophoneMissing),
        MicrophoneState::Broken => Some(Trouble::MicrophoneBroken),
    }
}

/// Why something that the media engine owed does not come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cause {
    /// There is no microphone.
    Microphone,
    /// The descriptions do not fit.
    Description,
    /// It did not answer.
    Silence,
}

impl Line {
    /// An offer or answer was made.
    pub(crate) fn on_description(&mut self, cx: &mut Context<'_>, ask: Ask, sdp: String) {
        match self.negotiation.paid(ask) {
            Some(Owed::FirstOffer) => match &mut self.stage {
                Stage::Preparing { offer, .. } => *offer = Some(sdp),
                Stage::Answering(_) => {
                    self.accept(cx, sdp);
                    self.negotiation.exchange = Exchange::Given { first: true };
                }
                stage => tracing::debug!(stage = stage.name(), "offer out of place"),
            },
            Some(Owed::FirstAnswer) => self.accept(cx, sdp),
            Some(Owed::Successor) => self.succeed(cx, sdp),
            Some(Owed::Offer) => self.send_offer(cx, sdp),
            Some(Owed::Answer(far)) => self.send_answer(cx, sdp, &far),
            Some(Owed::OfferOnDemand) => self.send_offer_on_demand(cx, sdp),
            Some(Owed::Early | Owed::First | Owed::Change) | None => {}
        }
    }

    /// An answer is in force.
    pub(crate) fn on_applied(&mut self, ask: Ask) {
        if self.negotiation.paid(ask) == Some(Owed::Change) {
            self.negotiation.exchange = Exchange::Idle;
        }
    }

    /// A request failed.
    pub(crate) fn on_media_failed(&mut self, cx: &mut Context<'_>, ask: Ask, error: MediaError) {
        self.negotiation.person_answered(cx.media_due());
        let Some(owed) = self.negotiation.paid(ask) else {
            return;
        };
        let (trouble, cause) = match error {
            MediaError::Microphone(state) => {
                let trouble = microphone_trouble(state).unwrap_or(Trouble::MicrophoneBroken);
                (trouble, Cause::Microphone)
            }
            MediaError::Description(detail) | MediaError::State(detail) => {
                let detail = crate::phone::text::clean(&detail, cx.config.limits.text);
                (Trouble::MediaFailed { detail }, Cause::Description)
            }
        };
        self.on_unpaid(cx, owed, trouble, cause);
    }

    /// The media engine did not answer in time.
    pub(super) fn on_media_late(&mut self, cx: &mut Context<'_>, owed: Owed) {
        let trouble = Trouble::MediaFailed {
            detail: "the media engine did not answer".into(),
        };
        self.on_unpaid(cx, owed, trouble, Cause::Silence);
    }

    /// What was owed does not come.
    fn on_unpaid(&mut self, cx: &mut Context<'_>, owed: Owed, trouble: Trouble, cause: Cause) {
        let outcome = if cause == Cause::Microphone {
            Outcome::NoMicrophone
        } else {
            Outcome::MediaFailed
        };
        match owed {
            // Nothing that the caller could do anything about: it rings on.
            Owed::FirstAnswer | Owed::FirstOffer
                if cause != Cause::Description
                    && !matches!(self.stage, Stage::Preparing { .. }) =>
            {
                cx.trouble(&self.id, trouble);
                self.ring_on(cx);
            }
            Owed::FirstAnswer => {
                cx.trouble(&self.id, trouble);
                self.refuse(cx, StatusCode::NOT_ACCEPTABLE_HERE, outcome);
            }
            Owed::FirstOffer | Owed::First => {
                cx.trouble(&self.id, trouble);
                self.end(cx, outcome, "media not set up");
            }
            Owed::Offer => {
                cx.trouble(&self.id, trouble);
                if let Exchange::Making(delta) = self.negotiation.exchange {
                    self.roll_back(cx);
                    self.change_refused(cx, delta, StatusCode::NOT_ACCEPTABLE_HERE.code());
                }
            }
            Owed::Answer(_) | Owed::OfferOnDemand => {
                // The far end's offer, or ours, may be in force already.
                cx.media(MediaRequest::Rollback {
                    call: self.id.clone(),
                });
                self.refuse_far_offer(cx, StatusCode::NOT_ACCEPTABLE_HERE);
            }
            Owed::Change => {
                self.roll_back(cx);
                cx.trouble(&self.id, trouble);
                // Both ends may think differently of the media now: a restart brings them together.
                self.path
                    .report(cx.now, cx.config.times.media_grace, ConnectionState::Failed);
            }
            Owed::Successor => self.cannot_succeed(cx, trouble),
            Owed::Early => {}
        }
    }

    /// The browser asks the person for the microphone.
    pub(crate) fn on_awaiting_person(&mut self) {
        self.negotiation.await_person();
    }

    /// What this call has of the microphone changed.
    pub(crate) fn on_microphone(&mut self, cx: &mut Context<'_>, state: MicrophoneState) {
        self.negotiation.person_answered(cx.media_due());
        if !self.is_live() || self.path == Path::Closed || !self.capture.report(state) {
            return;
        }
        if let Some(trouble) = microphone_trouble(state) {
            cx.trouble(&self.id, trouble);
        }
        match self.stage {
            // Nobody is to be called by somebody who cannot speak.
            Stage::Preparing { .. } | Stage::Inviting(_) => {
                self.end(cx, Outcome::NoMicrophone, "microphone did not open");
            }
            Stage::Answering(Answering::Waiting { .. } | Answering::Describing { .. }) => {
                self.ring_on(cx);
            }
            // The two of them are joined: hearing the far end is better than losing it.
            Stage::Answering(Answering::Accepted { .. }) | Stage::Talking { .. } => {}
            Stage::Ringing { .. } | Stage::Ended { .. } => {}
        }
    }

    /// State of the media path.
    pub(crate) fn on_connection(&mut self, cx: &mut Context<'_>, state: ConnectionState) {
        let before = self.path;
        self.path.report(cx.now, cx.config.times.media_grace, state);
        if before == self.path {
            return;
        }
        if self.path != Path::Up {
            self.quality = None;
        }
        if before.broken_since().is_none() && self.path.broken_since().is_some() {
            // What took the media away may have taken the WebSocket too.
            cx.doubt_socket();
        }
    }

    /// Whether what is spoken here reaches the media engine's track of this call.
    pub(crate) fn is_captured(&self) -> bool {
        self.capture == Capture::Open
    }
}
