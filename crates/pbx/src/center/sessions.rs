//! What a leg's session is to do, and what happened to it.

use std::time::Duration;

use alo_sip::header::{HeaderName, Reason};
use alo_sip::sdp::Sdp;
use alo_sip::status::StatusCode;
use alo_sip::time::Instant;
use alo_sip::ua::{EndedBy, SessionError, SessionEvent, SessionId, SessionTrouble};

use super::Center;
use crate::leg::{self, End, HangUp, Refusal, SipAction, SipEvent};
use crate::media::{Digit, LegId};

/// When an offer is made again that met one of the far end.
const OFFER_AGAIN: Duration = Duration::from_secs(1);

/// When an offer is made again that was not answered, unless the phone is heard before.
const UNHEARD_AGAIN: Duration = Duration::from_secs(30);

impl Center {
    /// Why a leg is ended, as its phone is told (RFC 3326).
    fn reason(&self, leg: LegId, why: HangUp) -> Option<Reason> {
        match why {
            HangUp::OtherSide | HangUp::CallerGone => None,
            HangUp::AnsweredElsewhere => {
                let elsewhere = Reason::completed_elsewhere();
                let info = self.legs.get(&leg);
                let active = info.and_then(|info| self.calls.get(&info.call));
                let by = active.and_then(|active| active.answered.as_ref()?.name.as_ref());
                Some(match by {
                    Some(name) => Reason {
                        text: Some(format!("Answered by {name}")),
                        ..elsewhere
                    },
                    None => elsewhere,
                })
            }
            HangUp::DeclinedElsewhere => {
                Some(Reason::sip(StatusCode::DECLINE, "Declined elsewhere"))
            }
            HangUp::NoAnswer => Some(Reason::sip(StatusCode::REQUEST_TIMEOUT, "No answer")),
            HangUp::Stopping => {
                let status = StatusCode::SERVICE_UNAVAILABLE;
                Some(Reason::sip(status, "The call centre stops"))
            }
            HangUp::Nobody => {
                let status = StatusCode::TEMPORARILY_UNAVAILABLE;
                Some(Reason::sip(status, "Nobody can take the call"))
            }
            // RFC 3326 names statuses of SIP; nothing failed.
            HangUp::Transferred => Some(Reason::sip(StatusCode::OK, "Transferred")),
            HangUp::Merged => Some(Reason::sip(StatusCode::OK, "Merged")),
            HangUp::Replaced => Some(Reason::sip(StatusCode::OK, "Replaced")),
            HangUp::Failure => {
                let status = StatusCode::SERVER_INTERNAL_ERROR;
                Some(Reason::sip(status, "The call cannot go on"))
            }
        }
    }

    /// What a session does for its leg.
    pub(super) fn act(&mut self, now: Instant, leg: LegId, action: SipAction) {
        if let SipAction::Invite(offer) = action {
            self.invite(now, leg, offer);
            return;
        }
        let Some(session) = self.legs.get(&leg).and_then(|info| info.session) else {
            return;
        };
        let result = match action {
            SipAction::Invite(_) => Ok(()),
            SipAction::Ring => {
                let ringing = StatusCode::RINGING;
                self.ua.progress(now, session, ringing, None, Vec::new())
            }
            SipAction::Progress(sdp) => {
                let progress = StatusCode::SESSION_PROGRESS;
                self.ua
                    .progress(now, session, progress, Some(sdp), Vec::new())
            }
            SipAction::Accept(sdp) => {
                let fields = self.first_word(leg);
                self.ua.accept(now, session, sdp, fields)
            }
            SipAction::Reject(refusal) => {
                let (refusal, headers) = self.in_words_of_the_network(leg, refusal);
                self.reject(now, session, &refusal, headers)
            }
            SipAction::HangUp(why) => {
                let reason = self.reason(leg, why);
                self.ua.hang_up(now, session, reason)
            }
            SipAction::Answer(sdp) => {
                let answered = self.ua.answer(now, session, sdp);
                if answered.is_err() {
                    // The far end took its request back in between: nothing comes of what it asked.
                    let refused = SipEvent::OfferRefused { retry_after: None };
                    self.feed(now, leg, leg::Input::Sip(refused));
                }
                answered
            }
            SipAction::Offer(sdp) => {
                let offered = self.ua.offer(now, session, sdp);
                if offered.is_err() {
                    // The far end's own offer came in between: tried again after it.
                    let refused = SipEvent::OfferRefused {
                        retry_after: Some(OFFER_AGAIN),
                    };
                    self.feed(now, leg, leg::Input::Sip(refused));
                }
                offered
            }
            SipAction::RefuseOffer => {
                let status = StatusCode::NOT_ACCEPTABLE_HERE;
                self.ua.reject_offer(now, session, status)
            }
            SipAction::PostponeOffer => {
                let status = StatusCode::REQUEST_PENDING;
                self.ua.reject_offer(now, session, status)
            }
            SipAction::Info(digit, duration) => self.send_info(now, session, digit, duration),
        };
        if let Err(error) = result {
            // The far end was faster: what it did comes as an event.
            tracing::debug!(leg = leg.0, %error, "not carried out");
        }
    }

    fn invite(&mut self, now: Instant, leg: LegId, offer: String) {
        let Some(info) = self.legs.get_mut(&leg) else {
            return;
        };
        let (Some(mut invite), Some(flow)) = (info.invite.take(), info.flow) else {
            return;
        };
        invite.offer = Some(offer);
        info.told.invited(&invite);
        let session = self.ua.invite(now, flow, invite);
        info.session = Some(session);
        self.sessions.insert(session, leg);
    }

    fn send_info(
        &mut self,
        now: Instant,
        session: SessionId,
        digit: Digit,
        duration: u16,
    ) -> Result<(), SessionError> {
        let body = format!("Signal={}\r\nDuration={duration}\r\n", digit.as_char());
        let sent = self
            .ua
            .info(now, session, super::requests::DTMF_RELAY, body.into_bytes());
        sent.map(|_request| ())
    }

    /// Refuses an INVITE and says why, in words, in a `Warning` (RFC 3261 section 20.43).
    pub(super) fn reject(
        &mut self,
        now: Instant,
        session: SessionId,
        refusal: &Refusal,
        mut headers: Vec<(HeaderName, String)>,
    ) -> Result<(), SessionError> {
        let status = StatusCode::new(refusal.status).unwrap_or(StatusCode::SERVER_INTERNAL_ERROR);
        let warning = format!("399 {} \"{}\"", self.config.domain, refusal.text);
        headers.push((HeaderName::from_static("Warning"), warning));
        self.ua.reject(now, session, status, headers)
    }

    /// What happened to a session, for its leg.
    pub(super) fn session_event(&mut self, now: Instant, session: SessionId, event: SessionEvent) {
        let Some(leg) = self.sessions.get(&session).copied() else {
            return;
        };
        self.note_network_refusal(leg, &event);
        self.note_doubt(leg, &event);
        let event = match event {
            SessionEvent::Provisional {
                sdp: Some(sdp),
                status,
                ..
            } => SipEvent::EarlyMedia {
                sdp,
                rings: status == StatusCode::RINGING,
            },
            SessionEvent::Provisional { sdp: None, .. } => SipEvent::Ringing,
            SessionEvent::Answered { sdp, .. } => SipEvent::Answered(sdp),
            SessionEvent::Offer { sdp } => SipEvent::Offer {
                holds: holds(&sdp),
                sdp,
            },
            SessionEvent::OfferWanted => SipEvent::OfferWanted,
            SessionEvent::OfferAnswered { sdp } => SipEvent::OfferAnswered(sdp),
            SessionEvent::Ended { by, reason } => match by {
                EndedBy::Local => return,
                EndedBy::Refused { status, .. } => SipEvent::Refused(status.code()),
                // What phones say as they sign out (RFC 3326).
                EndedBy::Remote if reason.is_some_and(|it| it.cause == Some(480)) => {
                    SipEvent::Ended(End::Left)
                }
                EndedBy::Remote | EndedBy::Cancelled => SipEvent::Ended(End::HungUp),
                EndedBy::Timeout => SipEvent::Ended(End::Gone),
            },
            // The phone may be on its way back; the leg's own patience decides.
            SessionEvent::Uncertain { why } => match why {
                SessionTrouble::Gone481 => SipEvent::Forgotten,
                SessionTrouble::RefreshFailed | SessionTrouble::TimedOut408 => SipEvent::Unheard,
            },
            SessionEvent::OfferRefused {
                status,
                retry_after,
            } => {
                // Nobody refused it: the phone may be on its way back.
                let unheard = status == StatusCode::REQUEST_TIMEOUT;
                let retry_after = retry_after.or(unheard.then_some(UNHEARD_AGAIN));
                SipEvent::OfferRefused { retry_after }
            }
            SessionEvent::Established | SessionEvent::Refreshed { .. } => SipEvent::Heard,
        };
        self.feed(now, leg, leg::Input::Sip(event));
    }

    /// A phone did something in its session, so it knows it.
    pub(super) fn heard(&mut self, now: Instant, session: Option<SessionId>) {
        let leg = session.and_then(|session| self.sessions.get(&session).copied());
        if let Some(leg) = leg {
            self.feed(now, leg, leg::Input::Sip(SipEvent::Heard));
        }
    }
}

/// Whether an offer puts this side on hold: its audio does not want to receive
/// (RFC 3264 section 8.4). What cannot be read is left to the media server to refuse.
fn holds(sdp: &str) -> bool {
    let Ok(sdp) = Sdp::parse(sdp) else {
        return false;
    };
    sdp.audio().is_some_and(|audio| !audio.direction.receives())
}
