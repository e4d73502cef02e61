//! The callee's side: from INVITE to its ACK (RFC 3261 13.3).

use super::act::{Act, Reply, SessionTimer, Step};
use super::error::SessionError;
use super::event::{EndedBy, SessionEvent, SessionTrouble};
use super::interval::Interval;
use super::machine::{Session, lists, read, sdp_of};
use super::state::{Agreed, By, Exchange, Peer, Reliable, State, Unacked};
use crate::dialog::{Dialog, HeaderFields};
use crate::header::HeaderName;
use crate::ids::{FlowId, SessionId, TxId};
use crate::message::Request;
use crate::status::StatusCode;
use crate::text::Text;

impl Exchange {
    /// Where the far end's first INVITE leaves it.
    pub(super) fn of_their_invite(tx: TxId, invite: &Request) -> Self {
        let by = By::FirstInvite;
        match sdp_of(invite.headers(), invite.body()) {
            Some(sdp) => Self::Received { tx, by, sdp },
            None => Self::Wanted { tx, by },
        }
    }

    /// Whether an offer of UPDATE or PRACK is open, whoever made it.
    const fn is_change(&self) -> bool {
        matches!(
            self,
            Self::Offered { by: By::Other, .. }
                | Self::Received { by: By::Other, .. }
                | Self::Wanted { by: By::Other, .. }
        )
    }
}

impl Session {
    /// A session whose first INVITE just came.
    pub(crate) fn ringing(
        (id, flow, tx): (SessionId, FlowId, TxId),
        invite: Request,
        dialog: Dialog,
        contact: String,
    ) -> Self {
        let mut peer = Peer::default();
        peer.learn(invite.headers());
        let exchange = Exchange::of_their_invite(tx, &invite);
        Self {
            id,
            flow,
            invite,
            call_id: Text::from(dialog.call_id()),
            local_tag: Text::from(dialog.local_tag()),
            contact,
            state: State::Ringing {
                tx,
                dialog,
                reliable: Reliable::Idle { rseq: None },
                accept: None,
            },
            exchange,
            agreed: Agreed::default(),
            deferred: None,
            informing: None,
            interval: Interval::default(),
            peer,
            unacked: None,
            open_request: None,
            trouble: None,
            ack: None,
        }
    }

    /// The SDP of the first INVITE.
    pub(crate) fn first_offer(&self) -> Option<String> {
        match &self.exchange {
            Exchange::Received { sdp, .. } => Some(sdp.clone()),
            _ => None,
        }
    }

    /// Headers of the application, without those of the own ones that they replace.
    fn with_headers(&self, mut reply: Reply, headers: HeaderFields, step: &Step<'_>) -> Reply {
        reply.headers = self.own_headers(step.profile);
        reply
            .headers
            .retain(|(name, _)| !headers.iter().any(|(other, _)| other == name));
        reply.headers.extend(headers);
        reply
    }

    /// Answers provisionally (13.3.1.1); reliably where `sdp` is given and the caller can (RFC 3262 3).
    pub(crate) fn progress(
        &mut self,
        status: StatusCode,
        sdp: Option<String>,
        headers: HeaderFields,
        step: &mut Step<'_>,
    ) -> Result<(), SessionError> {
        let State::Ringing { tx, reliable, .. } = &self.state else {
            return Err(self.wrong_state());
        };
        if !status.is_provisional() || status == StatusCode::TRYING {
            return Err(SessionError::WrongStatus(status.code()));
        }
        let tx = *tx;
        let open = matches!(reliable, Reliable::Open { .. });
        let required = lists(self.invite.headers(), &HeaderName::Require, "100rel");
        let reliably = self.peer.rel && (sdp.is_some() || required) && !open;
        let mut reply = self.with_headers(Reply::new(status), headers, step);
        if reliably {
            reply = self.make_reliable(reply, step);
        }
        let sdp = sdp.filter(|_| !matches!(self.exchange, Exchange::Wanted { .. }) || reliably);
        if let Some(sdp) = sdp {
            reply = reply.with_sdp(&sdp);
            match &self.exchange {
                Exchange::Received {
                    sdp: offer,
                    by: By::FirstInvite,
                    ..
                } if reliably => {
                    self.agreed = Agreed {
                        remote: Some(offer.clone()),
                        local: Some(sdp),
                    };
                    self.exchange = Exchange::Stable;
                }
                Exchange::Wanted { .. } => self.exchange = Exchange::OfferedInResponse { sdp },
                _ => {}
            }
        }
        step.reply(tx, reply);
        Ok(())
    }

    /// Answers with 200 (13.3.1.4), after the PRACK where a description waits for it (RFC 3262 3).
    pub(crate) fn accept(
        &mut self,
        sdp: String,
        headers: HeaderFields,
        step: &mut Step<'_>,
    ) -> Result<(), SessionError> {
        let change = self.exchange.is_change();
        match &mut self.state {
            State::Ringing { accept: None, .. } if change => Err(SessionError::Pending(self.id)),
            State::Ringing {
                accept: accept @ None,
                reliable: Reliable::Open { .. },
                ..
            } => {
                *accept = Some((sdp, headers));
                Ok(())
            }
            State::Ringing { accept: None, .. } => {
                self.send_accept(&sdp, headers, step);
                Ok(())
            }
            _ => Err(self.wrong_state()),
        }
    }

    /// Sends the 200 that was waiting, if nothing is in its way any more: no PRACK (RFC 3262 3), and no
    /// offer in it or in an UPDATE (RFC 3264 4).
    pub(super) fn flush_accept(&mut self, step: &mut Step<'_>) {
        if self.exchange.is_change() {
            return;
        }
        if let State::Ringing {
            reliable: Reliable::Idle { .. },
            accept,
            ..
        } = &mut self.state
            && let Some((sdp, headers)) = accept.take()
        {
            self.send_accept(&sdp, headers, step);
        }
    }

    /// The 200 to the first INVITE.
    pub(super) fn send_accept(&mut self, sdp: &str, headers: HeaderFields, step: &mut Step<'_>) {
        let (tx, dialog) = match self.take_state() {
            State::Ringing { tx, dialog, .. } => (tx, dialog),
            other => return self.state = other,
        };
        let mut reply = self.with_headers(Reply::new(StatusCode::OK), headers, step);
        match core::mem::replace(&mut self.exchange, Exchange::Stable) {
            Exchange::Received {
                by: By::FirstInvite,
                sdp: offer,
                ..
            } => {
                self.agreed = Agreed {
                    local: Some(sdp.to_owned()),
                    remote: Some(offer),
                };
                reply = reply.with_sdp(sdp);
            }
            Exchange::Wanted {
                by: By::FirstInvite,
                ..
            } => {
                self.exchange = Exchange::OfferedInResponse {
                    sdp: sdp.to_owned(),
                };
                reply = reply.with_sdp(sdp);
            }
            // The answer went out in a reliable provisional response: no second one.
            other => self.exchange = other,
        }
        self.interval
            .agree_as_callee(self.invite.headers(), self.peer.timer, &mut reply, step);
        self.set_state(State::Answered { dialog }, "accepted");
        let cseq = self
            .invite
            .headers()
            .cseq()
            .ok()
            .flatten()
            .map_or(0, |cseq| cseq.seq);
        self.await_ack(tx, cseq, step);
        step.reply(tx, reply);
    }

    /// A 2xx to an INVITE is about to be sent: it is repeated until the ACK comes (13.3.1.4).
    pub(super) fn await_ack(&mut self, tx: TxId, cseq: u32, step: &mut Step<'_>) {
        self.unacked = Some(Unacked {
            tx,
            cseq,
            interval: step.profile.t1,
        });
        step.push(Act::Start(SessionTimer::Repeat2xx, step.profile.t1));
        step.push(Act::Start(SessionTimer::AckMissing, step.profile.give_up()));
    }

    /// The 2xx again, at intervals that double up to T2 (13.3.1.4).
    pub(super) fn repeat_2xx(&mut self, step: &mut Step<'_>) {
        if let Some(unacked) = &mut self.unacked {
            unacked.interval = (unacked.interval * 2).min(step.profile.t2);
            step.push(Act::Repeat(unacked.tx));
            step.push(Act::Start(SessionTimer::Repeat2xx, unacked.interval));
        }
    }

    /// No ACK within 64*T1.
    ///
    /// Departs from RFC 3261 13.3.1.4, which ends the call with BYE: the media may well flow, above all
    /// where the flow changed and the ACK was lost with the old one. The session stands, in doubt, and
    /// the application decides.
    pub(super) fn on_ack_missing(&mut self, step: &mut Step<'_>) {
        self.unacked = None;
        step.push(Act::Stop(SessionTimer::Repeat2xx));
        if let State::ByeAfterAck { reason, .. } = &mut self.state {
            // 15: the BYE has waited for it long enough.
            let reason = reason.take();
            return self.leave(reason, "no ACK", step);
        }
        if matches!(self.exchange, Exchange::OfferedInResponse { .. }) {
            self.exchange = Exchange::Stable;
            step.tell(SessionEvent::OfferRefused {
                status: StatusCode::REQUEST_TIMEOUT,
                retry_after: None,
            });
        }
        self.establish("no ACK", step);
        self.uncertain(SessionTrouble::TimedOut408, step);
        self.flush_deferred(step);
    }

    /// The answered call stands.
    fn establish(&mut self, why: &'static str, step: &mut Step<'_>) {
        if let State::Answered { .. } = self.state
            && let State::Answered { dialog } = self.take_state()
        {
            self.set_state(State::Confirmed { dialog }, why);
            step.tell(SessionEvent::Established);
        }
    }

    /// ACK of a 2xx.
    pub(crate) fn on_ack(&mut self, request: &Request, step: &mut Step<'_>) {
        let seq = request.headers().cseq().ok().flatten().map(|cseq| cseq.seq);
        if self
            .unacked
            .as_ref()
            .is_none_or(|unacked| Some(unacked.cseq) != seq)
        {
            return;
        }
        let sdp = sdp_of(request.headers(), request.body());
        self.acknowledged(sdp, step);
    }

    /// The 2xx arrived: its ACK came, or a later request shows it.
    pub(super) fn acknowledged(&mut self, sdp: Option<String>, step: &mut Step<'_>) {
        self.unacked = None;
        step.push(Act::Stop(SessionTimer::Repeat2xx));
        step.push(Act::Stop(SessionTimer::AckMissing));
        if let State::ByeAfterAck { reason, .. } = &mut self.state {
            // 15: now the BYE may go out.
            let reason = reason.take();
            return self.leave(reason, "ACK", step);
        }
        if let Exchange::OfferedInResponse { sdp: local } = &self.exchange {
            let local = local.clone();
            self.exchange = Exchange::Stable;
            match sdp {
                Some(remote) => {
                    self.agreed = Agreed {
                        local: Some(local),
                        remote: Some(remote.clone()),
                    };
                    step.tell(SessionEvent::OfferAnswered { sdp: remote });
                }
                None => step.tell(SessionEvent::OfferRefused {
                    status: StatusCode::NOT_ACCEPTABLE_HERE,
                    retry_after: None,
                }),
            }
        }
        self.establish("ACK", step);
        self.flush_deferred(step);
    }

    /// Refuses the INVITE (13.3.1.3).
    pub(crate) fn reject(
        &mut self,
        status: StatusCode,
        headers: HeaderFields,
        step: &mut Step<'_>,
    ) -> Result<(), SessionError> {
        let State::Ringing { tx, .. } = &self.state else {
            return Err(self.wrong_state());
        };
        if !status.is_failure() {
            return Err(SessionError::WrongStatus(status.code()));
        }
        step.reply(
            *tx,
            Reply {
                status,
                headers,
                body: None,
            },
        );
        step.end(EndedBy::Local, None);
        self.finish("rejected", step);
        Ok(())
    }

    /// CANCEL of the INVITE in this transaction came (9.2); it was answered already. After the final
    /// response it has no effect.
    pub(crate) fn on_cancel(&mut self, invite: TxId, cancel: &Request, step: &mut Step<'_>) {
        match (&self.state, &self.exchange) {
            (State::Ringing { tx, .. }, _) if *tx == invite => {
                step.reply(invite, Reply::new(StatusCode::REQUEST_TERMINATED));
                step.end(
                    EndedBy::Cancelled,
                    read(cancel.headers(), &HeaderName::Reason),
                );
                self.finish("cancelled", step);
            }
            // 9.2, 14.2: the far end takes its re-INVITE back, and the session stays as it was.
            (_, Exchange::Received { tx, by, .. } | Exchange::Wanted { tx, by })
                if *tx == invite && *by == By::Reinvite =>
            {
                self.refuse_open_offer(step);
                step.tell(SessionEvent::OfferRefused {
                    status: StatusCode::REQUEST_TERMINATED,
                    retry_after: None,
                });
                self.flush_deferred(step);
            }
            _ => {}
        }
    }
}
