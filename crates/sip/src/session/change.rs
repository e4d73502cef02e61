//! Changes of a session: offers of both sides after the first (RFC 3261 14, RFC 3311, RFC 3264).

use core::time::Duration;

use super::act::{Act, Asked, Reply, SessionTimer, Step, Usage, sdp_body};
use super::caller::ack_draft;
use super::error::SessionError;
use super::event::SessionEvent;
use super::machine::{Session, read, sdp_of};
use super::state::{Agreed, By, Exchange, Reliable, State};
use crate::header::{HeaderName, RetryAfter};
use crate::ids::TxId;
use crate::message::{Request, Response};
use crate::method::Method;
use crate::status::StatusCode;

/// What carries an offer of the application.
fn carrier(asked: Asked) -> By {
    if asked == Asked::Reinvite {
        By::Reinvite
    } else {
        By::Other
    }
}

/// How an offer can go out now.
enum Way {
    Now(Method, Asked),
    /// After the ACK or refresh that is awaited.
    Later,
}

impl Session {
    /// Offers a change.
    pub(crate) fn offer(&mut self, sdp: String, step: &mut Step<'_>) -> Result<(), SessionError> {
        if self.deferred.is_some() {
            return Err(SessionError::Pending(self.id));
        }
        match self.way_out()? {
            Way::Now(method, asked) => self.send_offer(method, asked, sdp, step),
            Way::Later => self.deferred = Some(sdp),
        }
        Ok(())
    }

    /// 14.1: no INVITE while another transaction of an INVITE is open in either direction; UPDATE
    /// before the answer (RFC 3311 5.1).
    fn way_out(&self) -> Result<Way, SessionError> {
        match (&self.state, &self.exchange) {
            (State::Confirmed { .. }, Exchange::Refreshing) => Ok(Way::Later),
            (State::Confirmed { .. } | State::Answered { .. }, Exchange::Stable)
                if self.unacked.is_some() =>
            {
                Ok(Way::Later)
            }
            (State::Confirmed { .. }, Exchange::Stable) => {
                Ok(Way::Now(Method::Invite, Asked::Reinvite))
            }
            (
                State::Ringing {
                    reliable: Reliable::Open { .. },
                    ..
                },
                Exchange::Stable,
            ) => Ok(Way::Later),
            (State::Proceeding { .. } | State::Ringing { .. }, Exchange::Stable)
                if self.peer.updates() =>
            {
                Ok(Way::Now(Method::Update, Asked::Update))
            }
            (State::Confirmed { .. } | State::Answered { .. } | State::AnswerWanted { .. }, _)
            | (
                State::Proceeding { .. },
                Exchange::Offered { .. }
                | Exchange::Received { .. }
                | Exchange::AnswerInPrack { .. },
            )
            | (
                State::Ringing { .. },
                Exchange::Offered { .. }
                | Exchange::Received { by: By::Other, .. }
                | Exchange::OfferedInResponse { .. },
            ) => Err(SessionError::Pending(self.id)),
            _ => Err(self.wrong_state()),
        }
    }

    fn send_offer(&mut self, method: Method, asked: Asked, sdp: String, step: &mut Step<'_>) {
        let headers = self.own_headers(step.profile);
        let Some(dialog) = self.state.offer_dialog() else {
            return;
        };
        let mut draft = dialog.draft(method);
        draft.headers = headers;
        self.interval.demand(&mut draft);
        draft.body = Some(sdp_body(&sdp));
        self.exchange = Exchange::Offered {
            by: carrier(asked),
            sdp,
        };
        step.push(Act::Send(asked, draft));
    }

    /// Sends the answer to the call, or the offer, that was waiting, if it can go out now.
    pub(super) fn flush_deferred(&mut self, step: &mut Step<'_>) {
        self.flush_accept(step);
        if self.deferred.is_some()
            && let Ok(Way::Now(method, asked)) = self.way_out()
            && let Some(sdp) = self.deferred.take()
        {
            self.send_offer(method, asked, sdp, step);
        }
    }

    /// A response to an offer of the application.
    pub(super) fn on_offer_response(
        &mut self,
        asked: Asked,
        response: &Response,
        step: &mut Step<'_>,
    ) {
        let status = response.status();
        if status.is_provisional() {
            return self.await_change(asked, step);
        }
        if asked == Asked::Reinvite && self.was_acknowledged(response) {
            return self.repeat_ack(response, step);
        }
        let Some(local) = self.open_offer(asked) else {
            // 13.2.2.4: a repeated 2xx has its ACK repeated.
            return if status.is_success() {
                self.repeat_ack(response, step);
            };
        };
        Self::change_over(asked, step);
        if status.is_success() {
            self.take_success(asked, response, step);
            self.exchange = Exchange::Stable;
            match sdp_of(response.headers(), response.body()) {
                // Hung up in the meantime: acknowledged, and nothing more.
                _ if self.is_over() => {}
                Some(remote) => {
                    self.agreed = Agreed {
                        local: Some(local),
                        remote: Some(remote.clone()),
                    };
                    step.tell(SessionEvent::OfferAnswered { sdp: remote });
                }
                None => self.offer_refused(StatusCode::NOT_ACCEPTABLE_HERE, None, step),
            }
        } else if status == StatusCode::SESSION_INTERVAL_TOO_SMALL
            && self.lengthen_interval(response)
        {
            self.exchange = Exchange::Stable;
            let method = if asked == Asked::Reinvite {
                Method::Invite
            } else {
                Method::Update
            };
            self.send_offer(method, asked, local, step);
            return;
        } else {
            self.exchange = Exchange::Stable;
            let retry_after = match status {
                StatusCode::REQUEST_PENDING => Some(self.glare_draw(step)),
                _ => read::<RetryAfter>(response.headers(), &HeaderName::RetryAfter)
                    .map(|after| Duration::from_secs(after.seconds.into())),
            };
            self.offer_refused(status, retry_after, step);
            self.doubt(Usage::Session, status, step);
        }
        self.flush_deferred(step);
    }

    /// Our offer, if this is the request that carries it.
    fn open_offer(&self, asked: Asked) -> Option<String> {
        match &self.exchange {
            Exchange::Offered { by, sdp } if *by == carrier(asked) => Some(sdp.clone()),
            _ => None,
        }
    }

    /// A re-INVITE was answered provisionally, and its transaction waits for ever (17.1.1.2). The final
    /// response is awaited for 64*T1 from the last provisional one, as that of any other request is.
    pub(super) fn await_change(&self, asked: Asked, step: &mut Step<'_>) {
        let invite = matches!(asked, Asked::Reinvite | Asked::RefreshInvite);
        if invite && !self.is_over() {
            step.push(Act::Start(
                SessionTimer::ChangeUnanswered,
                step.profile.give_up(),
            ));
        }
    }

    /// A re-INVITE has its final response, or will have none.
    pub(super) fn change_over(asked: Asked, step: &mut Step<'_>) {
        if matches!(asked, Asked::Reinvite | Asked::RefreshInvite) {
            step.push(Act::Stop(SessionTimer::ChangeUnanswered));
            step.push(Act::Stop(SessionTimer::CancelUnanswered));
        }
    }

    /// The re-INVITE that is open, if one is.
    const fn open_reinvite(&self) -> Option<Asked> {
        match &self.exchange {
            Exchange::Offered {
                by: By::Reinvite, ..
            } => Some(Asked::Reinvite),
            Exchange::Refreshing => Some(Asked::RefreshInvite),
            _ => None,
        }
    }

    /// 9.1: a re-INVITE without final response is taken back.
    pub(super) fn on_change_unanswered(&mut self, step: &mut Step<'_>) {
        if self.open_reinvite().is_some() && !self.is_over() {
            self.cancel(None, step);
        }
    }

    /// 9.1: not even that was answered within 64*T1; the re-INVITE is given up.
    pub(super) fn abandon_change(&mut self, step: &mut Step<'_>) {
        if let Some(asked) = self.open_reinvite() {
            step.push(Act::Abandon);
            self.on_timeout(asked, step);
        }
    }

    fn offer_refused(
        &self,
        status: StatusCode,
        retry_after: Option<Duration>,
        step: &mut Step<'_>,
    ) {
        if !self.is_over() {
            step.tell(SessionEvent::OfferRefused {
                status,
                retry_after,
            });
        }
    }

    pub(super) fn lengthen_interval(&mut self, response: &Response) -> bool {
        read(response.headers(), &HeaderName::MinSe)
            .is_some_and(|seconds| self.interval.lengthen(seconds))
    }

    /// ACK where it was an INVITE, new target, and new session interval of a 2xx in the dialog.
    pub(super) fn take_success(&mut self, asked: Asked, response: &Response, step: &mut Step<'_>) {
        let seq = response
            .headers()
            .cseq()
            .ok()
            .flatten()
            .map(|cseq| cseq.seq);
        self.peer.learn(response.headers());
        let invite = matches!(asked, Asked::Reinvite | Asked::RefreshInvite);
        if let Some(dialog) = self.state.dialog_mut() {
            dialog.refresh_target(response.headers());
            if let (true, Some(seq)) = (invite, seq) {
                let mut ack = ack_draft(dialog, &self.invite);
                ack.cseq = seq;
                step.push(Act::Ack(asked, ack));
            }
        }
        if !self.is_over() {
            self.interval.agreed_as_caller(response, step);
            self.certain(step);
        }
    }

    /// 14.1: who made the Call-ID waits 2.1 to 4 s, the other one 0 to 2 s, in units of 10 ms.
    pub(super) fn glare_draw(&self, step: &mut Step<'_>) -> Duration {
        let units = if self.is_caller() {
            210 + step.rng.below(191)
        } else {
            step.rng.below(201)
        };
        Duration::from_millis(units * 10)
    }

    /// An offer of the application was not answered in time.
    pub(super) fn on_offer_timeout(&mut self, asked: Asked, step: &mut Step<'_>) {
        if self.open_offer(asked).is_some() {
            Self::change_over(asked, step);
            self.exchange = Exchange::Stable;
            self.offer_refused(StatusCode::REQUEST_TIMEOUT, None, step);
            self.doubt(Usage::Session, StatusCode::REQUEST_TIMEOUT, step);
            self.flush_deferred(step);
        }
    }

    /// re-INVITE (14.2).
    pub(super) fn on_reinvite(&mut self, tx: TxId, request: &Request, step: &mut Step<'_>) {
        if self.unacked.is_some() && !matches!(self.exchange, Exchange::OfferedInResponse { .. }) {
            // The far end has the 2xx, or it would not go on: its ACK was lost.
            self.acknowledged(None, step);
        }
        if !matches!(self.state, State::Confirmed { .. }) {
            return self.refuse_busy(tx, step);
        }
        if !self.take_interval(tx, request, step) {
            return;
        }
        let sdp = sdp_of(request.headers(), request.body());
        match (&self.exchange, sdp) {
            (Exchange::Stable, Some(sdp))
                if self.agreed.remote.as_ref() == Some(&sdp) && self.agreed.local.is_some() =>
            {
                // RFC 4028 7.4, RFC 3264 8: nothing changes, it only refreshes the session.
                let local = self.agreed.local.clone().unwrap_or_default();
                self.take_target(request, step);
                self.answer_request(tx, By::Reinvite, request, &local, step);
            }
            (Exchange::Stable, Some(sdp)) => {
                self.take_target(request, step);
                self.exchange = Exchange::Received {
                    tx,
                    by: By::Reinvite,
                    sdp: sdp.clone(),
                };
                self.open_request = Some(request.clone());
                step.tell(SessionEvent::Offer { sdp });
            }
            (Exchange::Stable, None) => {
                self.take_target(request, step);
                self.exchange = Exchange::Wanted {
                    tx,
                    by: By::Reinvite,
                };
                self.open_request = Some(request.clone());
                step.tell(SessionEvent::OfferWanted);
            }
            _ => self.refuse_busy(tx, step),
        }
    }

    /// UPDATE (RFC 3311 5.2).
    pub(super) fn on_update(&mut self, tx: TxId, request: &Request, step: &mut Step<'_>) {
        if !self.take_interval(tx, request, step) {
            return;
        }
        let fork = self.state.exchanges_with(&from_tag(request));
        match (&self.exchange, sdp_of(request.headers(), request.body())) {
            (_, None) => {
                self.take_target(request, step);
                let reply = Reply {
                    headers: self.own_headers(step.profile),
                    ..Reply::new(StatusCode::OK)
                };
                self.reply_with_interval(tx, reply, request, step);
            }
            (Exchange::Stable, Some(sdp)) if fork => {
                self.take_target(request, step);
                self.exchange = Exchange::Received {
                    tx,
                    by: By::Other,
                    sdp: sdp.clone(),
                };
                self.open_request = Some(request.clone());
                step.tell(SessionEvent::Offer { sdp });
            }
            _ => self.refuse_busy(tx, step),
        }
    }

    /// 14.2, RFC 3311 5.2: 491 while an offer of ours is open, 500 while one of theirs is.
    fn refuse_busy(&self, tx: TxId, step: &mut Step<'_>) {
        let reply = match &self.exchange {
            Exchange::Received { .. } | Exchange::Wanted { .. } => {
                let seconds = step.rng.below(11);
                Reply::new(StatusCode::SERVER_INTERNAL_ERROR)
                    .with(HeaderName::RetryAfter, seconds.to_string())
            }
            _ => Reply::new(StatusCode::REQUEST_PENDING),
        };
        step.reply(tx, reply);
    }

    /// A re-INVITE or UPDATE is taken: what it says of the far end counts, and is told.
    fn take_target(&mut self, request: &Request, step: &mut Step<'_>) {
        step.tell(SessionEvent::Refreshed {
            request: request.clone(),
        });
        self.peer.learn(request.headers());
        if let Some(dialog) = self.state.dialog_of(&from_tag(request)) {
            dialog.refresh_target(request.headers());
        }
    }

    /// Answers an offer, or gives the offer that was wanted.
    pub(crate) fn answer(&mut self, sdp: String, step: &mut Step<'_>) -> Result<(), SessionError> {
        match core::mem::replace(&mut self.exchange, Exchange::Stable) {
            Exchange::Received { tx, by, sdp: offer } if by != By::FirstInvite => {
                self.agreed = Agreed {
                    local: Some(sdp.clone()),
                    remote: Some(offer),
                };
                self.answer_open(tx, by, &sdp, step);
            }
            Exchange::Wanted { tx, by } if by != By::FirstInvite => {
                self.exchange = Exchange::OfferedInResponse { sdp: sdp.clone() };
                self.answer_open(tx, by, &sdp, step);
            }
            Exchange::AnswerInAck { sdp: offer } => self.answer_in_ack(offer, sdp, step),
            Exchange::AnswerInPrack {
                remote_tag,
                rack,
                sdp: offer,
            } => {
                self.answer_in_prack(&remote_tag, rack, offer, sdp, step);
            }
            other => {
                self.exchange = other;
                return Err(self.wrong_state());
            }
        }
        Ok(())
    }

    fn answer_open(&mut self, tx: TxId, by: By, sdp: &str, step: &mut Step<'_>) {
        if let Some(request) = self.open_request.take() {
            self.answer_request(tx, by, &request, sdp, step);
        }
        self.flush_deferred(step);
    }

    /// 200 with a description to a re-INVITE, UPDATE or PRACK.
    fn answer_request(
        &mut self,
        tx: TxId,
        by: By,
        request: &Request,
        sdp: &str,
        step: &mut Step<'_>,
    ) {
        let headers = self.own_headers(step.profile);
        let reply = Reply {
            headers,
            ..Reply::new(StatusCode::OK)
        }
        .with_sdp(sdp);
        if by == By::Reinvite {
            let cseq = request
                .headers()
                .cseq()
                .ok()
                .flatten()
                .map_or(0, |cseq| cseq.seq);
            self.await_ack(tx, cseq, step);
        }
        self.reply_with_interval(tx, reply, request, step);
    }

    fn reply_with_interval(
        &mut self,
        tx: TxId,
        mut reply: Reply,
        request: &Request,
        step: &mut Step<'_>,
    ) {
        if *request.method() != Method::Prack {
            self.interval
                .agree_as_callee(request.headers(), self.peer.timer, &mut reply, step);
        }
        step.reply(tx, reply);
    }

    /// Refuses an offer: the session goes on as it was (14.2).
    pub(crate) fn reject_offer(
        &mut self,
        status: StatusCode,
        step: &mut Step<'_>,
    ) -> Result<(), SessionError> {
        match &self.exchange {
            _ if !status.is_failure() => Err(SessionError::WrongStatus(status.code())),
            Exchange::Received { tx, by, .. } | Exchange::Wanted { tx, by }
                if *by != By::FirstInvite =>
            {
                step.reply(*tx, Reply::new(status));
                self.exchange = Exchange::Stable;
                self.open_request = None;
                self.flush_deferred(step);
                Ok(())
            }
            _ => Err(self.wrong_state()),
        }
    }
}

/// The tag of `From`; empty where there is none (RFC 2543).
fn from_tag(request: &Request) -> String {
    let from = request.headers().from().ok().flatten();
    from.and_then(|from| from.tag().map(String::from))
        .unwrap_or_default()
}
