//! Changes of a call that stands: hold, taking back, ICE restart, refresh. One at a time in a
//! dialog; what is wanted waits, and what was refused for now is tried again by itself.

use alo_sip::status::StatusCode;
use alo_sip::ua::SessionError;
use core::time::Duration;

use super::far::FarMedia;
use super::negotiation::{Delta, Exchange, Owed};
use super::path::Path;
use super::record::Line;
use crate::io::MediaRequest;
use crate::language::{ChangeKind, Event, Millis, Trouble};
use crate::phone::context::Context;

/// After a refusal that says neither 491 nor how long to wait.
const BACK_OFF: Millis = 2_000;
/// An answer to an offer that takes longer (a far end that only says 100 can take for ever) is told.
const LATE: Millis = 32_000;
/// A far end that wants to be left in peace for longer is asked all the same: somebody waits here.
const LONGEST_BACK_OFF: Millis = 10_000;
/// So often a change is tried again when the far end asks to come back later.
const PATIENCE: u32 = 5;

impl Line {
    /// Starts the next change, if there is one and nothing else is open in the dialog.
    pub(super) fn change_when_possible(&mut self, cx: &mut Context<'_>) {
        let restart = self.path.wants_restart(cx.now);
        if let Exchange::BackingOff { until, .. } = self.negotiation.exchange
            && cx.now >= until
        {
            self.negotiation.exchange = Exchange::Idle;
        }
        if !cx.ready || !self.may_change() || !self.may_offer(restart) {
            return;
        }
        // Taking back waits at the gate until the other calls are held.
        let take_back_waits = self.gate.is_some() && !self.hold.wanted();
        let hold = if take_back_waits {
            self.hold.confirmed()
        } else {
            self.hold.wanted()
        };
        let refresh = self.negotiation.out_of_step || self.dialog.wants_refresh(cx.now);
        if hold == self.hold.confirmed() && !restart && !refresh {
            return;
        }
        if restart {
            self.path.restarted(cx.now);
        }
        self.dialog.retried(cx.now);
        self.negotiation.out_of_step = false;
        self.make_offer(cx, Delta { hold, restart }, restart);
    }

    /// The media engine is asked for the offer of a change.
    fn make_offer(&mut self, cx: &mut Context<'_>, delta: Delta, ice_restart: bool) {
        self.negotiation.exchange = Exchange::Making(delta);
        let ask = self.negotiation.asked(Owed::Offer, cx.media_due());
        cx.media(MediaRequest::CreateOffer {
            call: self.id.clone(),
            ask,
            wants: self.wants(delta.hold),
            ice_restart,
        });
    }

    /// The call goes on over a new peer connection: the one of before is closed.
    pub(super) fn begin_anew(&mut self, cx: &mut Context<'_>) {
        self.close_media(cx);
        self.path = Path::Opening { since: cx.now };
        self.path.begin_again(cx.now, cx.now);
        self.path.restarted(cx.now);
        let hold = self.hold.wanted();
        let restart = true;
        // What is new needs no ICE restart.
        self.make_offer(cx, Delta { hold, restart }, false);
    }

    /// The call stands, and the far end knows it.
    pub(super) fn may_change(&self) -> bool {
        self.is_talking() && !self.dialog.is_gone()
    }

    /// No offer or answer is open. A new network path is not to wait for as long as a refused change
    /// does.
    pub(super) fn may_offer(&self, restart: bool) -> bool {
        let free = match self.negotiation.exchange {
            Exchange::Idle => true,
            Exchange::BackingOff { firm, .. } => restart && !firm,
            _ => false,
        };
        free && self.negotiation.is_settled()
    }

    /// The media engine made the offer of a change: it goes out as a re-INVITE.
    pub(super) fn send_offer(&mut self, cx: &mut Context<'_>, sdp: String) {
        let (Exchange::Making(delta), Some(session)) = (self.negotiation.exchange, self.session)
        else {
            return;
        };
        match cx.ua.offer(cx.instant(), session, sdp) {
            Ok(()) => {
                self.negotiation.exchange = Exchange::Sent {
                    delta,
                    disturbed: cx.flow.is_none(),
                    late_at: Some(cx.now + LATE),
                };
            }
            Err(error) => {
                tracing::debug!(call = %self.id.0, %error, "offer not sent");
                self.roll_back(cx);
                let pause = match error {
                    SessionError::Pending(_) => BACK_OFF / 4,
                    _ => BACK_OFF,
                };
                self.back_off(cx.now + pause, false);
            }
        }
    }

    /// The far end agreed.
    pub(super) fn on_offer_answered(&mut self, cx: &mut Context<'_>, sdp: String) {
        let owed = match self.negotiation.exchange {
            Exchange::Sent { delta, .. } => {
                self.confirm_hold(cx, delta.hold);
                Owed::Change
            }
            // Their re-INVITE, or the INVITE itself, had no offer; ours was in the 200.
            Exchange::Given { first: false } => Owed::Change,
            Exchange::Given { first: true } => Owed::First,
            _ => return,
        };
        self.negotiation.exchange = match owed {
            Owed::Change => Exchange::Applying,
            _ => Exchange::Idle,
        };
        self.negotiation.refusals = 0;
        self.dialog.heard_from();
        let far = FarMedia::read(&sdp);
        // An answer to `sendonly` cannot say whether the far end holds too (RFC 6337, section 5.3).
        if !self.hold.confirmed() {
            self.note_far_media(&far);
        }
        let ask = self.negotiation.asked(owed, cx.media_due());
        cx.media(MediaRequest::SetAnswer {
            call: self.id.clone(),
            ask,
            sdp,
            provisional: false,
        });
    }

    /// The far end refused, or did not answer: the call goes on as it was.
    pub(super) fn on_offer_refused(
        &mut self,
        cx: &mut Context<'_>,
        status: StatusCode,
        retry_after: Option<Duration>,
    ) {
        let (delta, disturbed) = match self.negotiation.exchange {
            Exchange::Sent {
                delta, disturbed, ..
            } => (delta, disturbed),
            Exchange::Given { first } => return self.on_offer_unused(cx, first),
            _ => return self.on_offer_withdrawn(cx),
        };
        self.roll_back(cx);
        // An offer that the far end does not answer is taken back by the user agent, and then is.
        let status = if status == StatusCode::REQUEST_TERMINATED {
            StatusCode::REQUEST_TIMEOUT
        } else {
            status
        };
        let unheard = status == StatusCode::REQUEST_TIMEOUT && (disturbed || !cx.ready);
        // RFC 3261, section 14.1: glare is nobody's fault, and is tried again until it is over.
        let glare = status == StatusCode::REQUEST_PENDING;
        let later = retry_after.filter(|_| self.negotiation.refusals < PATIENCE || glare);
        if unheard || glare || later.is_some() {
            self.negotiation.refusals += 1;
            let pause = later.map_or(BACK_OFF, |pause| {
                let pause = Millis::try_from(pause.as_millis()).unwrap_or(BACK_OFF);
                pause.min(LONGEST_BACK_OFF)
            });
            self.back_off(cx.now + pause, glare);
            return;
        }
        self.change_refused(cx, delta, status.code());
        self.back_off(cx.now + BACK_OFF, false);
    }

    /// The far end asked for an offer, and has no answer to the one it got: the call goes on as it
    /// was. One that has no media yet tries again with an offer of its own.
    fn on_offer_unused(&mut self, cx: &mut Context<'_>, first: bool) {
        self.roll_back(cx);
        let until = cx.now + BACK_OFF;
        if first {
            self.path.begin_again(cx.now, until);
        }
        self.back_off(until, true);
    }

    /// The far end took back what it had offered, or asked for, before it was answered.
    fn on_offer_withdrawn(&mut self, cx: &mut Context<'_>) {
        if self.negotiation.withdrawn() {
            cx.media(MediaRequest::Rollback {
                call: self.id.clone(),
            });
        }
    }

    /// A change is given up: the person is told, and asks again who wants to.
    pub(super) fn change_refused(&mut self, cx: &mut Context<'_>, delta: Delta, status: u16) {
        let kind = if delta.hold != self.hold.confirmed() {
            if self.hold.wanted() == delta.hold {
                self.hold.give_up();
            }
            if delta.hold {
                // They asked not to be heard; that much can be kept without the far end.
                self.set_muted(cx, true);
                ChangeKind::Hold
            } else {
                ChangeKind::Resume
            }
        } else if delta.restart {
            ChangeKind::IceRestart
        } else {
            // A mere refresh: the recovery state tells it.
            return;
        };
        self.gate = None;
        cx.trouble(&self.id, Trouble::ChangeRefused { what: kind, status });
    }

    /// The far end offers a change: answered at once, in the direction that our own hold implies.
    pub(super) fn on_far_offer(&mut self, cx: &mut Context<'_>, sdp: String) {
        if !self.takes_offers() {
            self.refuse_far_offer(cx, StatusCode::REQUEST_PENDING);
            return;
        }
        self.yield_to_far_end(cx);
        let far = FarMedia::read(&sdp);
        let ask = self.negotiation.asked(Owed::Answer(far), cx.media_due());
        cx.media(MediaRequest::AcceptOffer {
            call: self.id.clone(),
            ask,
            sdp,
            wants: self.wants(self.hold.confirmed()),
        });
    }

    /// The far end asks for our offer (RFC 3261, section 14.2).
    pub(super) fn on_offer_wanted(&mut self, cx: &mut Context<'_>) {
        if !self.takes_offers() {
            self.refuse_far_offer(cx, StatusCode::REQUEST_PENDING);
            return;
        }
        self.yield_to_far_end(cx);
        let ask = self.negotiation.asked(Owed::OfferOnDemand, cx.media_due());
        cx.media(MediaRequest::CreateOffer {
            call: self.id.clone(),
            ask,
            wants: self.wants(self.hold.confirmed()),
            ice_restart: false,
        });
    }

    /// The peer connection is in a state in which an offer can be taken.
    fn takes_offers(&self) -> bool {
        self.is_joined()
            && !matches!(
                self.negotiation.exchange,
                Exchange::Sent { .. } | Exchange::Given { .. }
            )
    }

    /// Our own offer is still in the making: theirs was first.
    fn yield_to_far_end(&mut self, cx: &mut Context<'_>) {
        if matches!(self.negotiation.exchange, Exchange::Making(_)) {
            self.negotiation.abandon_offer();
            self.roll_back(cx);
        }
    }

    /// The media engine made the answer to the far end's offer.
    pub(super) fn send_answer(&mut self, cx: &mut Context<'_>, sdp: String, far: &FarMedia) {
        let Some(session) = self.session else { return };
        match cx.ua.answer(cx.instant(), session, sdp) {
            Ok(()) => {
                self.note_far_media(far);
                self.dialog.heard_from();
            }
            Err(error) => {
                tracing::debug!(call = %self.id.0, %error, "answer not sent");
                self.negotiation.out_of_step = true;
            }
        }
    }

    /// The media engine made the offer that the far end asked for.
    pub(super) fn send_offer_on_demand(&mut self, cx: &mut Context<'_>, sdp: String) {
        let Some(session) = self.session else { return };
        match cx.ua.answer(cx.instant(), session, sdp) {
            Ok(()) => self.negotiation.exchange = Exchange::Given { first: false },
            Err(error) => {
                tracing::debug!(call = %self.id.0, %error, "offer not given");
                self.roll_back(cx);
            }
        }
    }

    pub(super) fn refuse_far_offer(&mut self, cx: &mut Context<'_>, status: StatusCode) {
        if let Some(session) = self.session
            && let Err(error) = cx.ua.reject_offer(cx.instant(), session, status)
        {
            tracing::debug!(call = %self.id.0, %error, "no offer to refuse");
        }
    }

    /// What the far end's SDP says of it, once it is in force.
    pub(super) fn note_far_media(&mut self, far: &FarMedia) {
        self.held_by_remote = far.holds;
        self.video.possible = far.video;
        self.video.receiving = far.sends_video && self.video.sending;
    }

    fn confirm_hold(&mut self, cx: &mut Context<'_>, held: bool) {
        if self.hold.confirm(cx.now, held) {
            cx.event(Event::CallHeld {
                call: self.id.clone(),
                held,
            });
            if !held {
                cx.notices.taken_back(cx.now, &self.id);
            }
        }
    }

    pub(super) fn roll_back(&mut self, cx: &mut Context<'_>) {
        self.negotiation.exchange = Exchange::Idle;
        cx.media(MediaRequest::Rollback {
            call: self.id.clone(),
        });
    }

    fn back_off(&mut self, until: Millis, firm: bool) {
        self.negotiation.exchange = Exchange::BackingOff { until, firm };
    }

    /// The WebSocket went away: what is on its way may be lost.
    pub(crate) fn disturb(&mut self) {
        if let Exchange::Sent { disturbed, .. } = &mut self.negotiation.exchange {
            *disturbed = true;
        }
    }
}
