//! Reliable provisional responses, both sides (RFC 3262).

use super::act::{Act, Asked, Reply, SessionTimer, Step, sdp_body};
use super::event::{EndedBy, SessionEvent};
use super::machine::{Session, lists, read, sdp_of};
use super::state::{Agreed, By, Exchange, Reliable, State};
use crate::header::{HeaderName, RAck};
use crate::ids::TxId;
use crate::message::{Request, Response};
use crate::method::Method;
use crate::status::StatusCode;

impl Session {
    /// Caller: takes a provisional response in order and acknowledges it (RFC 3262 4). Returns
    /// whether it is to be shown: not where it is a repetition, or one before it is missing.
    pub(super) fn take_reliable(
        &mut self,
        index: usize,
        response: &Response,
        sdp: Option<&str>,
        step: &mut Step<'_>,
    ) -> bool {
        let headers = response.headers();
        let rseq = read::<u32>(headers, &HeaderName::RSeq);
        let Some(rseq) = rseq.filter(|_| lists(headers, &HeaderName::Require, "100rel")) else {
            return true;
        };
        let State::Proceeding {
            early,
            exchanged_with,
        } = &mut self.state
        else {
            return false;
        };
        let early = &mut early[index];
        if early.rseq.is_some_and(|last| rseq != last.wrapping_add(1)) {
            return false;
        }
        early.rseq = Some(rseq);
        let cseq = self
            .invite
            .headers()
            .cseq()
            .ok()
            .flatten()
            .map_or(1, |cseq| cseq.seq);
        let rack = format!("{rseq} {cseq} INVITE");
        match (&self.exchange, sdp) {
            // RFC 3262 5: the answer came reliably; the exchange is complete.
            (
                Exchange::Offered {
                    by: By::FirstInvite,
                    sdp: local,
                },
                Some(remote),
            ) => {
                *exchanged_with = Some(early.dialog.remote_tag().to_owned());
                self.agreed = Agreed {
                    local: Some(local.clone()),
                    remote: Some(remote.to_owned()),
                };
                self.exchange = Exchange::Stable;
            }
            // RFC 3262 5: the response brings the offer, and the PRACK the answer.
            (Exchange::NotOffered, Some(offer)) => {
                let remote_tag = early.dialog.remote_tag().to_owned();
                *exchanged_with = Some(remote_tag.clone());
                self.exchange = Exchange::AnswerInPrack {
                    remote_tag,
                    rack,
                    sdp: offer.to_owned(),
                };
                return true;
            }
            _ => {}
        }
        let mut prack = early.dialog.draft(Method::Prack);
        prack.push(HeaderName::RAck, rack);
        step.push(Act::Send(Asked::Prack, prack));
        true
    }

    /// Caller: the answer to the offer of a provisional response goes out in the PRACK.
    pub(super) fn answer_in_prack(
        &mut self,
        tag: &str,
        rack: String,
        offer: String,
        sdp: String,
        step: &mut Step<'_>,
    ) {
        if let Some(dialog) = self.state.dialog_of(tag) {
            let mut prack = dialog.draft(Method::Prack);
            prack.push(HeaderName::RAck, rack);
            prack.body = Some(sdp_body(&sdp));
            step.push(Act::Send(Asked::Prack, prack));
        }
        self.agreed = Agreed {
            local: Some(sdp),
            remote: Some(offer),
        };
        self.exchange = Exchange::Stable;
    }

    /// Callee: makes a provisional response reliable (RFC 3262 3). Returns the response.
    pub(super) fn make_reliable(&mut self, reply: Reply, step: &mut Step<'_>) -> Reply {
        let State::Ringing { reliable, .. } = &mut self.state else {
            return reply;
        };
        let rseq = match reliable {
            Reliable::Idle { rseq: Some(last) } => last.wrapping_add(1),
            // 3: the first value is drawn from 1 to 2**31 - 1.
            _ => 1 + u32::try_from(step.rng.below(1 << 30)).unwrap_or(0),
        };
        *reliable = Reliable::Open {
            rseq,
            interval: step.profile.t1,
        };
        Self::await_prack(step);
        reply
            .with(HeaderName::Require, "100rel")
            .with(HeaderName::RSeq, rseq.to_string())
    }

    /// Callee: a reliable provisional response is repeated until its PRACK comes (RFC 3262 3).
    pub(super) fn await_prack(step: &mut Step<'_>) {
        step.push(Act::Start(SessionTimer::RepeatReliable, step.profile.t1));
        step.push(Act::Start(
            SessionTimer::PrackMissing,
            step.profile.give_up(),
        ));
    }

    /// Callee: the provisional response again, at doubling intervals (RFC 3262 3).
    pub(super) fn repeat_reliable(&mut self, step: &mut Step<'_>) {
        if let State::Ringing {
            tx,
            reliable: Reliable::Open { interval, .. },
            ..
        } = &mut self.state
        {
            *interval *= 2;
            step.push(Act::Repeat(*tx));
            step.push(Act::Start(SessionTimer::RepeatReliable, *interval));
        }
    }

    /// Callee: nobody acknowledges the provisional response: 5xx (RFC 3262 3).
    ///
    /// Departs from RFC 3262 3 where the call was accepted: who answered is not turned away because of a
    /// message that was only on the way there. The 200 goes out, and has its description again.
    pub(super) fn on_prack_missing(&mut self, step: &mut Step<'_>) {
        let State::Ringing {
            tx,
            reliable,
            accept,
            ..
        } = &mut self.state
        else {
            return;
        };
        let tx = *tx;
        let Some((sdp, headers)) = accept.take() else {
            step.reply(tx, Reply::new(StatusCode::SERVER_TIMEOUT));
            step.end(EndedBy::Timeout, None);
            return self.finish("no PRACK", step);
        };
        if let Reliable::Open { rseq, .. } = *reliable {
            *reliable = Reliable::Idle { rseq: Some(rseq) };
        }
        step.push(Act::Stop(SessionTimer::RepeatReliable));
        self.refuse_open_offer(step);
        self.exchange = Exchange::of_their_invite(tx, &self.invite);
        self.send_accept(&sdp, headers, step);
    }

    /// Callee: PRACK (RFC 3262 3).
    pub(super) fn on_prack(&mut self, tx: TxId, request: &Request, step: &mut Step<'_>) {
        let rack = read::<RAck>(request.headers(), &HeaderName::RAck);
        let State::Ringing { reliable, .. } = &mut self.state else {
            return step.reply(tx, Reply::new(StatusCode::CALL_DOES_NOT_EXIST));
        };
        let cseq = self
            .invite
            .headers()
            .cseq()
            .ok()
            .flatten()
            .map(|cseq| cseq.seq);
        let fits = |rseq: u32| {
            rack.as_ref()
                .is_some_and(|rack| rack.rseq == rseq && Some(rack.cseq.seq) == cseq)
        };
        match *reliable {
            Reliable::Open { rseq, .. } if fits(rseq) => {
                *reliable = Reliable::Idle { rseq: Some(rseq) };
            }
            _ => return step.reply(tx, Reply::new(StatusCode::CALL_DOES_NOT_EXIST)),
        }
        step.push(Act::Stop(SessionTimer::RepeatReliable));
        step.push(Act::Stop(SessionTimer::PrackMissing));
        self.take_prack_sdp(tx, request, step);
        self.flush_deferred(step);
    }

    /// The description in a PRACK: the answer to an offer of ours, or an offer (RFC 3262 5).
    fn take_prack_sdp(&mut self, tx: TxId, request: &Request, step: &mut Step<'_>) {
        let sdp = sdp_of(request.headers(), request.body());
        match (&self.exchange, sdp) {
            (Exchange::OfferedInResponse { sdp: local }, Some(remote)) => {
                self.agreed = Agreed {
                    local: Some(local.clone()),
                    remote: Some(remote.clone()),
                };
                self.exchange = Exchange::Stable;
                step.reply(tx, Reply::new(StatusCode::OK));
                step.tell(SessionEvent::OfferAnswered { sdp: remote });
            }
            (Exchange::Stable, Some(sdp)) => {
                self.exchange = Exchange::Received {
                    tx,
                    by: By::Other,
                    sdp: sdp.clone(),
                };
                self.open_request = Some(request.clone());
                step.tell(SessionEvent::Offer { sdp });
            }
            _ => step.reply(tx, Reply::new(StatusCode::OK)),
        }
    }
}
