//! Being called, up to the ACK.

use alo_sip::status::StatusCode;
use alo_sip::ua::SessionId;

use super::far::FarMedia;
use super::negotiation::Owed;
use super::path::Path;
use super::record::{About, Answering, Line, Stage};
use super::word::Word;
use crate::io::MediaRequest;
use crate::language::{CallDirection, CallId, Event, Introduction, Millis, Outcome, Party};
use crate::phone::context::Context;

/// Nobody lets a phone ring longer; a server that forgot the call must not make it ring for ever
/// (the proxy's timer C of RFC 3261, section 16.6, is as long).
const LONGEST_RING: Millis = 180_000;
/// The server may be a little late with its CANCEL.
const ANSWER_GRACE: Millis = 5_000;

/// An INVITE that came in, as far as a person is concerned.
#[derive(Debug)]
pub(crate) struct Invitation {
    pub(crate) session: SessionId,
    pub(crate) remote: Party,
    pub(crate) queue: Option<alo_api::QueueFacts>,
    /// Milliseconds that the offer lasts, where the server says so.
    pub(crate) lasts: Option<Millis>,
    pub(crate) offer: Option<String>,
    pub(crate) introduction: Option<Introduction>,
    /// The far end can make two calls one.
    pub(crate) joins: bool,
}

impl Line {
    /// Somebody calls: it rings here, and the caller is told so.
    pub(crate) fn ring(cx: &mut Context<'_>, id: CallId, invitation: Invitation) -> Self {
        let Invitation {
            session,
            remote,
            queue,
            lasts,
            offer,
            introduction,
            joins,
        } = invitation;
        let about = About {
            direction: CallDirection::Incoming,
            remote,
            hotline: queue.as_ref().and_then(|facts| facts.called.clone()),
            queue,
            began: cx.now,
            answer_by: lasts.map(|lasts| cx.now + lasts),
        };
        cx.event(Event::CallIncoming {
            call: id.clone(),
            remote: about.remote.clone(),
            hotline: about.hotline.clone(),
            queue: about.queue.clone(),
        });
        let far = offer.as_deref().map(FarMedia::read);
        let mut line = Self::new(id, about, Stage::Ringing { offer });
        line.session = Some(session);
        line.word = Word::new(introduction);
        line.word.meets(joins);
        line.video.possible = far.is_some_and(|far| far.video);
        if let Err(error) = cx
            .ua
            .progress(cx.instant(), session, StatusCode::RINGING, None, vec![])
        {
            tracing::debug!(%error, "180 not sent");
        }
        line
    }

    /// The person answers. The gate, if one was set, lets it go on.
    pub(crate) fn answer(&mut self, video: bool) {
        if let Stage::Ringing { offer } = &mut self.stage {
            let offer = offer.take();
            let waiting = Answering::Waiting { offer, video };
            self.set_stage(Stage::Answering(waiting), "answered here");
        }
    }

    /// The person declines, or nobody answers in time.
    pub(crate) fn refuse(&mut self, cx: &mut Context<'_>, status: StatusCode, outcome: Outcome) {
        if let Some(session) = self.session.take()
            && let Err(error) = cx.ua.reject(cx.instant(), session, status, vec![])
        {
            tracing::debug!(%error, "no call to refuse");
        }
        self.ended(cx, outcome, "refused here");
    }

    /// Asks the media engine for the answer, once the other calls are held.
    pub(super) fn describe_when_possible(&mut self, cx: &mut Context<'_>) {
        if self.gate.is_some() {
            return;
        }
        let Stage::Answering(step @ Answering::Waiting { .. }) = &mut self.stage else {
            return;
        };
        let Answering::Waiting { offer, video } =
            std::mem::replace(step, Answering::Describing { offer: None })
        else {
            return;
        };
        *step = Answering::Describing {
            offer: offer.clone(),
        };
        self.video.sending = video && self.video.possible;
        let Some(sdp) = offer else {
            // RFC 3261, section 13.3.1.4: an INVITE without offer gets ours in the 200.
            self.open_with_offer(cx);
            return;
        };
        self.path = Path::Opening { since: cx.now };
        self.note_far_media(&FarMedia::read(&sdp));
        let ask = self.negotiation.asked(Owed::FirstAnswer, cx.media_due());
        cx.media(MediaRequest::AcceptOffer {
            call: self.id.clone(),
            ask,
            sdp,
            wants: self.wants(false),
        });
    }

    /// The media engine made the description for our 200.
    pub(super) fn accept(&mut self, cx: &mut Context<'_>, sdp: String) {
        let Some(session) = self.session else { return };
        match cx.ua.accept(cx.instant(), session, sdp, vec![]) {
            Ok(()) => {
                let accepted = Answering::Accepted { acknowledged: None };
                self.set_stage(Stage::Answering(accepted), "200 sent");
            }
            Err(error) => {
                tracing::debug!(%error, "200 not sent");
                self.end(cx, Outcome::MediaFailed, "200 not sent");
            }
        }
    }

    /// The answer could not be made here: it rings on, and the person knows why.
    pub(super) fn ring_on(&mut self, cx: &mut Context<'_>) {
        self.close_media(cx);
        if let Stage::Answering(
            Answering::Describing { offer } | Answering::Waiting { offer, .. },
        ) = &mut self.stage
        {
            let stage = Stage::Ringing {
                offer: offer.take(),
            };
            self.set_stage(stage, "not answered after all");
        }
    }

    /// The ACK came, or will not come any more: the call stands.
    pub(super) fn acknowledged(&mut self, now: Millis) {
        if let Stage::Answering(Answering::Accepted { acknowledged }) = &mut self.stage {
            acknowledged.get_or_insert(now);
            self.path.expected(now);
        }
    }

    /// An answered call is joined when its ACK and its media are there; a media path that does
    /// not come up is shown as being mended rather than as a call that is still being answered.
    pub(super) fn join_when_acknowledged(&mut self, cx: &mut Context<'_>) {
        let Stage::Answering(Answering::Accepted {
            acknowledged: Some(at),
        }) = self.stage
        else {
            return;
        };
        if !self.path.is_opening() || cx.now >= at + cx.config.times.media_grace {
            self.join(cx, "acknowledged");
        }
    }

    /// Nobody answered, here or by making the answer, in the time that the caller waits.
    pub(super) fn rang_out(&self, now: Millis) -> bool {
        self.rings_until().is_some_and(|at| now >= at)
    }

    fn rings_until(&self) -> Option<Millis> {
        let longest = self.about.began + LONGEST_RING;
        match self.stage {
            Stage::Ringing { .. } => {
                Some(self.about.answer_by.map_or(longest, |by| by + ANSWER_GRACE))
            }
            // Somebody answered in time; the server says when that is too late after all.
            Stage::Answering(Answering::Waiting { .. } | Answering::Describing { .. }) => {
                Some(longest.max(self.about.answer_by.unwrap_or(0) + ANSWER_GRACE))
            }
            _ => None,
        }
    }

    /// When ringing, or waiting for the media of an acknowledged call, ends.
    pub(super) fn setup_deadline(&self, media_grace: Millis) -> Option<Millis> {
        match self.stage {
            Stage::Answering(Answering::Accepted {
                acknowledged: Some(at),
            }) if self.path.is_opening() => Some(at + media_grace),
            _ => self.rings_until(),
        }
    }
}
