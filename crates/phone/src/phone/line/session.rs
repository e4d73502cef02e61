//! What the wire tells about one call, and the passing of time.

use alo_sip::method::Method;
use alo_sip::status::StatusCode;
use alo_sip::ua::{RequestId, SessionEvent, SessionTrouble};

use super::negotiation::Exchange;
use super::outcome::outcome;
use super::path::Path;
use super::record::{Line, Stage};
use crate::language::{Millis, Outcome};
use crate::phone::Times;
use crate::phone::context::Context;

/// Why a call wakes up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LineTimer {
    /// The other calls are not held yet: go on without.
    Gate,
    /// It rang long enough, or the media of an answered call does not come.
    Setup,
    /// The media engine does not answer.
    MediaRequest,
    /// The far end does not answer an offer.
    Answer,
    /// A refused change is tried again.
    BackOff,
    /// The media path has been away, or has not come up, for long enough; or ICE is restarted.
    Path,
    /// An uncertain dialog is refreshed.
    Refresh,
    /// Neither dialog nor media came back.
    GiveUp,
    /// A pause among digits is over, or they should have been sent by now.
    Digits,
    /// An ended call leaves the screen.
    Vanish,
}

impl Line {
    /// An event of the session.
    pub(crate) fn on_session(&mut self, cx: &mut Context<'_>, event: SessionEvent) {
        match event {
            event if self.successor().is_some() => self.on_replaced_session(cx, &event),
            SessionEvent::Provisional { .. } | SessionEvent::Answered { .. } => {
                self.on_invite_event(cx, event);
            }
            SessionEvent::Established => {
                self.acknowledged(cx.now);
                self.dialog.heard_from();
            }
            SessionEvent::Refreshed { request } => self.on_refreshed(cx, &request),
            SessionEvent::Offer { sdp } => self.on_far_offer(cx, sdp),
            SessionEvent::OfferWanted => self.on_offer_wanted(cx),
            SessionEvent::OfferAnswered { sdp } => self.on_offer_answered(cx, sdp),
            SessionEvent::OfferRefused {
                status,
                retry_after,
            } => self.on_offer_refused(cx, status, retry_after),
            SessionEvent::Uncertain { why } => {
                // Silence says nothing about the far end while the WebSocket is away.
                if cx.ready || why == SessionTrouble::Gone481 {
                    self.dialog.trouble(cx.now, why);
                }
            }
            SessionEvent::Ended { by, reason } => {
                if self.is_live() {
                    let outcome = outcome(self, by, reason.as_ref(), cx.config.limits.text);
                    self.ended(cx, outcome, "over on the wire");
                }
            }
        }
    }

    /// The final answer to a request of ours in the dialog; `None`: there was none.
    pub(crate) fn on_response(
        &mut self,
        cx: &mut Context<'_>,
        request: RequestId,
        status: Option<StatusCode>,
    ) {
        if self.dialog.probed(request) {
            match status {
                // RFC 3261, section 12.2.1.2 would end the dialog here; see the crate's rule for
                // calls whose media still flows.
                Some(StatusCode::CALL_DOES_NOT_EXIST) => {
                    self.dialog.trouble(cx.now, SessionTrouble::Gone481);
                }
                Some(StatusCode::REQUEST_TIMEOUT) | None => {
                    if cx.ready {
                        self.dialog.trouble(cx.now, SessionTrouble::TimedOut408);
                    }
                }
                Some(_) => self.dialog.answered(),
            }
        } else if self.digits.info_answered(request) {
            self.info_answered(cx, status);
        }
    }

    /// The WebSocket and the registration are back: shows the server the new way to this call, and
    /// sees whether it still knows it.
    pub(crate) fn probe(&mut self, cx: &mut Context<'_>) {
        let Some(session) = self.session.filter(|_| self.has_dialog()) else {
            return;
        };
        match cx
            .ua
            .request(cx.instant(), session, Method::Options, vec![], None)
        {
            Ok(request) => self.dialog.probing(request),
            Err(error) => tracing::debug!(call = %self.id.0, %error, "not probed"),
        }
    }

    /// Does what can be done now.
    pub(crate) fn advance(&mut self, cx: &mut Context<'_>) {
        if !self.is_live() {
            return;
        }
        self.pass_time(cx);
        self.invite_when_possible(cx);
        self.describe_when_possible(cx);
        self.join_when_acknowledged(cx);
        self.change_when_possible(cx);
        self.press_keys(cx);
    }

    fn pass_time(&mut self, cx: &mut Context<'_>) {
        self.path.tick(cx.now, self.is_talking());
        while let Some(owed) = self.negotiation.late(cx.now) {
            self.on_media_late(cx, owed);
        }
        if self.negotiation.answer_is_late(cx.now) && cx.ready {
            self.dialog.trouble(cx.now, SessionTrouble::TimedOut408);
        }
        if self.rang_out(cx.now) {
            self.refuse(cx, StatusCode::TEMPORARILY_UNAVAILABLE, Outcome::Missed);
        }
        if self.digits.is_overdue(cx.now) {
            self.give_digits_up(cx);
        }
        // While nobody can be asked, nobody can say that it is gone for good.
        let alive = !cx.ready || self.path == Path::Up || self.path.is_opening();
        let patience = cx.config.times.lost_session;
        self.dialog.media_is(cx.now, alive, patience);
        if self.dialog.is_hopeless(cx.now) {
            // Departs from the rule that only BYE, a refusal or the person ends a call: the
            // server does not know it any more, and nobody is heard.
            self.end(cx, Outcome::HungUpThere, "neither dialog nor media");
        }
    }

    /// Every wake-up that this call needs, with its reason.
    pub(crate) fn timers(
        &self,
        ready: bool,
        times: &Times,
    ) -> impl Iterator<Item = (LineTimer, Millis)> {
        let vanish = match self.stage {
            Stage::Ended { at, .. } => Some(at + times.ended_shown),
            _ => None,
        };
        let back_off = match self.negotiation.exchange {
            Exchange::BackingOff { until, .. } => Some(until),
            _ => None,
        };
        let free = ready && self.may_change();
        let restart = self
            .path
            .restart_at()
            .filter(|_| free && self.may_offer(true));
        let path = self.path.ticks_at(self.is_talking()).or(restart);
        let refresh = self
            .dialog
            .retry_at()
            .filter(|_| free && self.may_offer(false));
        let all = [
            (LineTimer::Gate, self.gate),
            (LineTimer::Setup, self.setup_deadline(times.media_grace)),
            (LineTimer::MediaRequest, self.negotiation.due()),
            (LineTimer::Answer, self.negotiation.answer_due()),
            (LineTimer::BackOff, back_off),
            (LineTimer::Path, path),
            (LineTimer::Refresh, refresh),
            (LineTimer::GiveUp, self.dialog.give_up_at()),
            (LineTimer::Digits, self.digits.wakes_at(self.takes_digits())),
            (LineTimer::Vanish, vanish),
        ];
        all.into_iter()
            .filter_map(|(timer, at)| at.map(|at| (timer, at)))
    }
}
