//! What the media engine tells about one call.

use alo_sip::status::StatusCode;

use super::negotiation::{Exchange, Owed};
use super::path::Path;
use super::record::{Line, Stage};
use crate::io::{ConnectionState, MediaError, MicrophoneState};
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

impl Line {
    /// An offer or answer was made.
    pub(crate) fn on_description(&mut self, cx: &mut Context<'_>, sdp: String) {
        match self.negotiation.description() {
            Some(Owed::FirstOffer) => match &mut self.stage {
                Stage::Preparing { offer, .. } => *offer = Some(sdp),
                Stage::Answering(_) => {
                    self.accept(cx, sdp);
                    self.negotiation.exchange = Exchange::Given { first: true };
                }
                stage => tracing::debug!(stage = stage.name(), "offer out of place"),
            },
            Some(Owed::FirstAnswer) => self.accept(cx, sdp),
            Some(Owed::Offer) => self.send_offer(cx, sdp),
            Some(Owed::Answer(far)) => self.send_answer(cx, sdp, &far),
            Some(Owed::OfferOnDemand) => self.send_offer_on_demand(cx, sdp),
            Some(Owed::Early | Owed::First | Owed::Change) | None => {}
        }
    }

    /// An answer is in force.
    pub(crate) fn on_applied(&mut self) {
        if self.negotiation.applied() == Some(Owed::Change) {
            self.negotiation.exchange = Exchange::Idle;
        }
    }

    /// A request failed, or was not answered in time.
    pub(crate) fn on_media_failed(&mut self, cx: &mut Context<'_>, error: MediaError) {
        let Some(owed) = self.negotiation.failed() else {
            if self.digits.awaits_engine() {
                self.digits.clear();
                cx.trouble(&self.id, Trouble::DigitsNotSent);
            }
            return;
        };
        let (trouble, outcome) = explain(error, cx.config.limits.text);
        match owed {
            Owed::FirstAnswer | Owed::FirstOffer
                if outcome == Outcome::NoMicrophone
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
                    self.negotiation.exchange = Exchange::Idle;
                    self.change_refused(cx, delta, 488);
                }
            }
            Owed::Answer(_) | Owed::OfferOnDemand => {
                self.refuse_far_offer(cx, StatusCode::NOT_ACCEPTABLE_HERE);
            }
            Owed::Change => {
                self.roll_back(cx);
                cx.trouble(&self.id, trouble);
                // Both ends may think differently of the media now: a restart brings them together.
                self.path
                    .report(cx.now, cx.config.times.media_grace, ConnectionState::Failed);
            }
            Owed::Early => {}
        }
    }

    /// State of the media path.
    pub(crate) fn on_connection(&mut self, cx: &Context<'_>, state: ConnectionState) {
        let before = self.path;
        self.path.report(cx.now, cx.config.times.media_grace, state);
        if before != self.path && self.path != Path::Up {
            self.quality = None;
        }
    }
}

fn explain(error: MediaError, longest: usize) -> (Trouble, Outcome) {
    let detail = match error {
        MediaError::Microphone(state) => {
            let trouble = microphone_trouble(state).unwrap_or(Trouble::MicrophoneBroken);
            return (trouble, Outcome::NoMicrophone);
        }
        MediaError::Description(detail) | MediaError::State(detail) => detail,
    };
    let detail = crate::phone::text::clean(&detail, longest);
    (Trouble::MediaFailed { detail }, Outcome::MediaFailed)
}
