//! The caller's side: from INVITE to the ACK of its 2xx (RFC 3261 13.2).

use super::act::{Act, Asked, Profile, SessionTimer, Step, sdp_body};
use super::event::{EndedBy, SessionEvent};
use super::interval::Interval;
use super::invite::Invite;
use super::machine::{Session, read, sdp_of};
use super::state::{Agreed, By, Early, Exchange, Peer, State};
use crate::dialog::{Dialog, Draft};
use crate::header::{HeaderName, Reason};
use crate::ids::{FlowId, SessionId};
use crate::message::{Request, Response};
use crate::method::Method;
use crate::rng::Rng;
use crate::status::StatusCode;
use crate::text::Text;
use crate::uri::NameAddr;

/// More forks of a call than anybody rings; what further ones say is not kept.
pub(crate) const MOST_FORKS: usize = 32;

/// The first INVITE as a draft (RFC 3261 13.2.1).
pub(crate) fn first_invite(invite: &Invite, profile: &Profile, rng: &mut Rng) -> Draft {
    let contact = NameAddr::new(invite.contact.clone()).as_text().to_string();
    let mut draft = Draft {
        method: Method::Invite,
        target: invite.target.clone(),
        routes: invite
            .route
            .iter()
            .map(|route| route.as_text().clone())
            .collect(),
        from: invite.from.with_tag(&rng.token()).as_text().clone(),
        to: invite.to.without_tag().as_text().clone(),
        call_id: Text::from(rng.token() + &rng.token()),
        cseq: 1,
        headers: vec![
            (HeaderName::Contact, contact),
            (HeaderName::Allow, profile.allow.clone()),
            (HeaderName::Supported, profile.supported.clone()),
        ],
        body: invite.offer.as_deref().map(sdp_body),
    };
    if let Some(interval) = profile.session_expires {
        draft.push(HeaderName::SessionExpires, interval.as_secs().to_string());
    }
    draft.headers.extend(invite.headers.iter().cloned());
    draft
}

impl Exchange {
    /// Where our first INVITE leaves it.
    fn of_first_invite(offer: Option<String>) -> Self {
        let by = By::FirstInvite;
        offer.map_or(Self::NotOffered, |sdp| Self::Offered { by, sdp })
    }
}

impl Session {
    /// A session whose first INVITE is about to be sent.
    pub(crate) fn calling(
        id: SessionId,
        flow: FlowId,
        draft: &Draft,
        invite: Request,
        offer: Option<String>,
    ) -> Self {
        let contact = draft
            .headers
            .iter()
            .find(|(name, _)| *name == HeaderName::Contact);
        let local_tag = NameAddr::from_text(draft.from.clone()).ok();
        Self {
            id,
            flow,
            invite,
            call_id: draft.call_id.clone(),
            local_tag: Text::from(
                local_tag
                    .as_ref()
                    .and_then(NameAddr::tag)
                    .unwrap_or_default(),
            ),
            contact: contact.map(|(_, value)| value.clone()).unwrap_or_default(),
            state: State::Calling,
            exchange: Exchange::of_first_invite(offer),
            agreed: Agreed::default(),
            deferred: None,
            informing: None,
            interval: Interval::default(),
            peer: Peer::default(),
            unacked: None,
            open_request: None,
            trouble: None,
            ack: None,
        }
    }

    /// A response to the first INVITE.
    pub(super) fn on_invite_response(&mut self, response: &Response, step: &mut Step<'_>) {
        let status = response.status();
        if status.is_success() {
            self.on_invite_success(response, step);
        } else if status.is_failure() {
            self.on_invite_refused(response, step);
        } else {
            match &self.state {
                // 9.1: now the CANCEL may go out.
                State::CancelWanted { .. } => self.cancel_now("provisional response", step),
                State::Calling | State::Proceeding { .. } => self.on_provisional(response, step),
                _ => {}
            }
        }
    }

    /// Sends the CANCEL that was waiting.
    fn cancel_now(&mut self, why: &'static str, step: &mut Step<'_>) {
        if let State::CancelWanted { reason } = self.take_state() {
            let kept = reason.clone();
            self.set_state(State::Cancelling { reason: kept }, why);
            self.cancel(reason, step);
        }
    }

    /// 9.1: no final response within 64*T1 after the CANCEL; the INVITE is given up.
    pub(super) fn on_cancel_unanswered(&mut self, step: &mut Step<'_>) {
        if matches!(self.state, State::Cancelling { .. }) {
            step.push(Act::Abandon);
            self.finish("CANCEL without effect", step);
        } else {
            self.abandon_change(step);
        }
    }

    /// A new flow took over while a CANCEL was waiting for a provisional response.
    ///
    /// Departs from RFC 3261 9.1: the CANCEL goes out at once. The INVITE went over the old flow and is
    /// not sent again, so the CANCEL cannot overtake it.
    pub(super) fn cancel_on_new_flow(&mut self, step: &mut Step<'_>) {
        self.cancel_now("new flow", step);
    }

    pub(super) fn cancel(&self, reason: Option<Reason>, step: &mut Step<'_>) {
        step.push(Act::Cancel(reason));
        step.push(Act::Start(
            SessionTimer::CancelUnanswered,
            step.profile.give_up(),
        ));
    }

    /// 1xx (13.2.2.1); reliable ones are acknowledged by PRACK (RFC 3262 4).
    fn on_provisional(&mut self, response: &Response, step: &mut Step<'_>) {
        if matches!(self.state, State::Calling) {
            let none = State::Proceeding {
                early: Vec::new(),
                exchanged_with: None,
            };
            self.set_state(none, "provisional response");
        }
        if response.status() == StatusCode::TRYING {
            return;
        }
        let sdp = sdp_of(response.headers(), response.body());
        let early = self.early_of(response);
        let not_offered = matches!(self.exchange, Exchange::NotOffered);
        if let Some(index) = early {
            if !self.take_reliable(index, response, sdp.as_deref(), step) {
                return;
            }
            self.peer.learn(response.headers());
            if let (State::Proceeding { early, .. }, Some(sdp)) = (&mut self.state, &sdp) {
                early[index].sdp = Some(sdp.clone());
            }
        }
        let offered = not_offered && matches!(self.exchange, Exchange::AnswerInPrack { .. });
        let shown = sdp.clone().filter(|_| !offered);
        step.tell(SessionEvent::Provisional {
            status: response.status(),
            sdp: shown,
            response: response.clone(),
        });
        if let (true, Some(sdp)) = (offered, sdp) {
            step.tell(SessionEvent::Offer { sdp });
        }
    }

    /// The early dialog of a provisional response, made where it is new (12.1.2); it comes to stand
    /// last. `None` where the response makes none, or there are too many.
    fn early_of(&mut self, response: &Response) -> Option<usize> {
        let made = Dialog::of_caller(&self.invite, response).ok()?;
        let State::Proceeding { early, .. } = &mut self.state else {
            return None;
        };
        if made.remote_tag().is_empty() {
            return None;
        }
        match early
            .iter()
            .position(|known| known.dialog.remote_tag() == made.remote_tag())
        {
            Some(at) => {
                let known = early.remove(at);
                early.push(known);
            }
            None if early.len() == MOST_FORKS => return None,
            None => early.push(Early {
                dialog: made,
                rseq: None,
                sdp: None,
            }),
        }
        Some(early.len() - 1)
    }

    /// 2xx (13.2.2.4).
    fn on_invite_success(&mut self, response: &Response, step: &mut Step<'_>) {
        match &self.state {
            State::Calling | State::Proceeding { .. } => self.answered(response, step),
            // 9.1, 15.1.1: the 2xx was faster than the CANCEL: it is acknowledged and hung up.
            State::CancelWanted { reason } | State::Cancelling { reason } => {
                // Its far end has to learn by the BYE what the CANCEL could not tell (RFC 3326).
                step.push(Act::Stray(response.clone(), reason.clone()));
                self.finish("answered after all", step);
            }
            // 13.2.2.4: a repeated 2xx has its ACK repeated; one of another fork is hung up.
            state => {
                let ours = state
                    .dialog()
                    .is_some_and(|dialog| Some(dialog.remote_tag()) == to_tag(response).as_deref());
                if !ours {
                    step.push(Act::Stray(response.clone(), None));
                } else if !matches!(state, State::AnswerWanted { .. }) {
                    self.repeat_ack(response, step);
                }
            }
        }
    }

    /// Whether this is the 2xx of an INVITE that was acknowledged before, because the ACK is late (13.2.2.4): no
    /// answer to what was asked since.
    pub(super) fn was_acknowledged(&self, response: &Response) -> bool {
        let cseq = response.headers().cseq().ok().flatten();
        let last = self.ack.as_ref().map(|(last, _)| *last);
        response.status().is_success() && cseq.is_some_and(|cseq| Some(cseq.seq) <= last)
    }

    /// The ACK of a 2xx again.
    pub(super) fn repeat_ack(&self, response: &Response, step: &mut Step<'_>) {
        let seq = response
            .headers()
            .cseq()
            .ok()
            .flatten()
            .map(|cseq| cseq.seq);
        if let Some((cseq, bytes)) = &self.ack
            && seq == Some(*cseq)
        {
            step.push(Act::Again(bytes.clone()));
        }
    }

    /// The exchange is again as our first INVITE left it: what was agreed on was with somebody else.
    pub(super) fn restart_exchange(&mut self, step: &mut Step<'_>) {
        self.refuse_open_offer(step);
        self.agreed = Agreed::default();
        self.exchange =
            Exchange::of_first_invite(sdp_of(self.invite.headers(), self.invite.body()));
    }

    /// The first 2xx.
    fn answered(&mut self, response: &Response, step: &mut Step<'_>) {
        let tag = to_tag(response).unwrap_or_default();
        let (early, exchanged_with) = match self.take_state() {
            State::Proceeding {
                early,
                exchanged_with,
            } => {
                let same = |early: &Early| early.dialog.remote_tag() == tag;
                (early.into_iter().find(same), exchanged_with)
            }
            _ => (None, None),
        };
        if exchanged_with.is_some_and(|fork| fork != tag) {
            // 13.2.2.4: another fork answers, and its own answer to the INVITE is what counts.
            self.restart_exchange(step);
        }
        let preview = early.as_ref().and_then(|early| early.sdp.clone());
        let dialog = match early {
            Some(mut early) => {
                early.dialog.confirm(response);
                Ok(early.dialog)
            }
            None => Dialog::of_caller(&self.invite, response),
        };
        let Ok(mut dialog) = dialog else {
            // No dialog can be made of it: nothing can be sent there.
            self.state = State::Calling;
            step.end(EndedBy::Timeout, None);
            return self.finish("2xx without dialog", step);
        };
        self.peer.learn(response.headers());
        self.interval.agreed_as_caller(response, step);
        let sdp = sdp_of(response.headers(), response.body());
        match core::mem::replace(&mut self.exchange, Exchange::Stable) {
            Exchange::Offered {
                by: By::FirstInvite,
                sdp: local,
            } => {
                let remote = sdp.or(preview);
                self.agreed = Agreed {
                    local: Some(local),
                    remote,
                };
            }
            // 13.2.2.4: the 2xx brings the offer, and the ACK the answer.
            Exchange::NotOffered if sdp.is_some() => {
                self.exchange = Exchange::AnswerInAck {
                    sdp: sdp.clone().unwrap_or_default(),
                };
                self.set_state(State::AnswerWanted { dialog }, "2xx with offer");
                step.tell(SessionEvent::Answered {
                    sdp,
                    response: response.clone(),
                });
                return;
            }
            Exchange::NotOffered => {}
            // RFC 3264 4: what an UPDATE or PRACK has open, its own answer ends.
            other => self.exchange = other,
        }
        let ack = ack_draft(&mut dialog, &self.invite);
        self.set_state(State::Confirmed { dialog }, "2xx");
        step.push(Act::Ack(Asked::Invite, ack));
        step.tell(SessionEvent::Answered {
            sdp: self.agreed.remote.clone(),
            response: response.clone(),
        });
        self.flush_deferred(step);
    }

    /// The answer to the offer of a 2xx goes out in the ACK.
    pub(super) fn answer_in_ack(&mut self, offer: String, sdp: String, step: &mut Step<'_>) {
        if let State::AnswerWanted { mut dialog } = self.take_state() {
            let mut ack = ack_draft(&mut dialog, &self.invite);
            ack.body = Some(sdp_body(&sdp));
            self.agreed = Agreed {
                local: Some(sdp),
                remote: Some(offer),
            };
            self.exchange = Exchange::Stable;
            self.set_state(State::Confirmed { dialog }, "answered in the ACK");
            step.push(Act::Ack(Asked::Invite, ack));
            self.flush_deferred(step);
        }
    }

    /// 300 to 699 (13.2.2.2, 13.2.2.3).
    fn on_invite_refused(&mut self, response: &Response, step: &mut Step<'_>) {
        match &self.state {
            State::Calling | State::Proceeding { .. } => {
                if response.status() == StatusCode::SESSION_INTERVAL_TOO_SMALL
                    && let Some(seconds) = read(response.headers(), &HeaderName::MinSe)
                    && self.interval.lengthen(seconds)
                    && let Some(mut draft) = draft_of(&self.invite)
                {
                    // RFC 4028 7.3: the same INVITE again with the longer interval.
                    self.interval.demand(&mut draft);
                    step.push(Act::Send(Asked::Invite, draft));
                    return;
                }
                step.end(
                    EndedBy::Refused {
                        status: response.status(),
                        reason: String::from(response.reason()),
                        response: response.clone(),
                    },
                    read(response.headers(), &HeaderName::Reason),
                );
                self.finish("refused", step);
            }
            State::CancelWanted { .. } | State::Cancelling { .. } => {
                self.finish("refused after hang-up", step);
            }
            _ => {}
        }
    }

    /// Nothing came at all (13.2.2: as a 408).
    pub(super) fn on_invite_timeout(&mut self, step: &mut Step<'_>) {
        match &self.state {
            State::Calling | State::Proceeding { .. } => {
                step.end(EndedBy::Timeout, None);
                self.finish("no response", step);
            }
            State::CancelWanted { .. } | State::Cancelling { .. } => {
                self.finish("no response", step);
            }
            _ => {}
        }
    }
}

/// The tag of `To`.
pub(super) fn to_tag(response: &Response) -> Option<String> {
    let to = response.headers().to().ok().flatten()?;
    to.tag().map(String::from)
}

/// The ACK of a 2xx: the sequence number of the INVITE (13.2.2.4).
pub(crate) fn ack_draft(dialog: &mut Dialog, invite: &Request) -> Draft {
    let mut ack = dialog.draft(Method::Ack);
    if let Ok(Some(cseq)) = invite.headers().cseq() {
        ack.cseq = cseq.seq;
    }
    ack
}

/// A draft that repeats a request that was sent, with the next sequence number and without
/// credentials.
pub(super) fn draft_of(request: &Request) -> Option<Draft> {
    let headers = request.headers();
    let text = |name: &HeaderName| {
        headers
            .get(name)
            .map(|value| Text::from(value.as_ref()))
            .unwrap_or_default()
    };
    let copied = [
        HeaderName::Via,
        HeaderName::MaxForwards,
        HeaderName::Route,
        HeaderName::From,
        HeaderName::To,
        HeaderName::CallId,
        HeaderName::CSeq,
        HeaderName::Authorization,
        HeaderName::ProxyAuthorization,
        HeaderName::UserAgent,
        HeaderName::ContentType,
        HeaderName::ContentLength,
    ];
    let content_type = headers
        .get(&HeaderName::ContentType)
        .map(std::borrow::Cow::into_owned);
    let cseq = headers.cseq().ok().flatten().map_or(1, |cseq| cseq.seq);
    Some(Draft {
        method: request.method().clone(),
        target: request.target().ok()?,
        routes: headers
            .list(&HeaderName::Route)
            .map(|route| Text::from(route.as_ref()))
            .collect(),
        from: text(&HeaderName::From),
        to: text(&HeaderName::To),
        call_id: text(&HeaderName::CallId),
        cseq: cseq + 1,
        headers: headers
            .iter()
            .filter(|(name, _)| !copied.contains(name))
            .map(|(name, value)| (name, value.into_owned()))
            .collect(),
        body: content_type.map(|content_type| (content_type, request.body().to_vec())),
    })
}
