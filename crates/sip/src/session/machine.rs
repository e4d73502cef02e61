//! The session itself: what it keeps, how it is looked at, and where its inputs go.

use bytes::Bytes;

use super::act::{Act, Asked, Profile, Reply, SessionTimer, Step, Usage};
use super::error::SessionError;
use super::event::{SessionEvent, SessionTrouble};
use super::interval::Interval;
use super::state::{Agreed, Exchange, Peer, State, Unacked};
use crate::dialog::{Body, Dialog, Draft, HeaderFields};
use crate::header::HeaderName;
use crate::ids::{FlowId, RequestId, SessionId, TxId};
use crate::message::{Headers, Request, Response};
use crate::method::Method;
use crate::status::StatusCode;
use crate::text::Text;
use crate::uri::Uri;

/// An INVITE session, from the first INVITE to its end.
#[derive(Debug)]
pub struct Session {
    pub(super) id: SessionId,
    pub(super) flow: FlowId,
    /// As sent last, or as received.
    pub(super) invite: Request,
    pub(super) call_id: Text,
    pub(super) local_tag: Text,
    /// `Contact` value of this side.
    pub(super) contact: String,
    pub(super) state: State,
    pub(super) exchange: Exchange,
    pub(super) agreed: Agreed,
    /// An offer of the application that waits for an ACK or a refresh.
    pub(super) deferred: Option<String>,
    /// An UPDATE that tells something is under way, and the next one waits for its end.
    pub(super) informing: Option<Option<HeaderFields>>,
    pub(super) interval: Interval,
    pub(super) peer: Peer,
    pub(super) unacked: Option<Unacked>,
    /// The re-INVITE, UPDATE or PRACK whose offer waits for the answer.
    pub(super) open_request: Option<Request>,
    /// What the application was told to be wrong, until the far end is heard.
    pub(super) trouble: Option<SessionTrouble>,
    /// The last ACK, for repeated 2xx, with the sequence number of its INVITE.
    pub(super) ack: Option<(u32, Bytes)>,
}

/// A header field value, read as what it is.
pub(super) fn read<T: core::str::FromStr>(headers: &Headers, name: &HeaderName) -> Option<T> {
    headers.get(name)?.parse().ok()
}

/// Whether a list of tokens has this one.
pub(super) fn lists(headers: &Headers, name: &HeaderName, token: &str) -> bool {
    headers
        .list(name)
        .any(|element| element.trim().eq_ignore_ascii_case(token))
}

/// The session description in a message. Names in it need not be UTF-8 (RFC 8866 6.10), and nothing
/// that is read of it is a name.
pub(crate) fn sdp_of(headers: &Headers, body: &[u8]) -> Option<String> {
    if body.is_empty() {
        return None;
    }
    let content_type = headers.get(&HeaderName::ContentType)?;
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/sdp") {
        return None;
    }
    Some(String::from_utf8_lossy(body).into_owned())
}

impl Peer {
    /// Learns from `Allow`, `Supported` and `Require` of a request or 2xx of the far end.
    pub(super) fn learn(&mut self, headers: &Headers) {
        if headers.get(&HeaderName::Allow).is_some() {
            let known = headers
                .list(&HeaderName::Allow)
                .any(|method| method.trim() == "UPDATE");
            self.update = Some(known);
        }
        let says = |tag| {
            lists(headers, &HeaderName::Supported, tag) || lists(headers, &HeaderName::Require, tag)
        };
        self.rel |= says("100rel");
        self.timer |= says("timer");
    }
}

impl Session {
    /// `Call-ID` of the dialog.
    #[must_use]
    pub fn call_id(&self) -> &str {
        &self.call_id
    }

    /// Tag of this side.
    #[must_use]
    pub fn local_tag(&self) -> &str {
        &self.local_tag
    }

    /// Tag of the far end, once known.
    #[must_use]
    pub fn remote_tag(&self) -> Option<&str> {
        self.state.dialog().map(Dialog::remote_tag)
    }

    /// Where requests in the dialog go, once known.
    #[must_use]
    pub fn remote_target(&self) -> Option<&Uri> {
        self.state.dialog().map(Dialog::target)
    }

    /// Name of the state, for logs.
    #[must_use]
    pub const fn state_name(&self) -> &'static str {
        self.state.name()
    }

    /// The INVITE, as it was sent last or received first.
    #[must_use]
    pub const fn invite(&self) -> &Request {
        &self.invite
    }

    /// The flow that requests in the dialog go over.
    #[must_use]
    pub const fn flow(&self) -> FlowId {
        self.flow
    }

    /// Whether the application was told of the end.
    #[must_use]
    pub(crate) const fn is_over(&self) -> bool {
        matches!(
            self.state,
            State::CancelWanted { .. }
                | State::Cancelling { .. }
                | State::ByeAfterAck { .. }
                | State::Leaving { .. }
                | State::Ended { .. }
        )
    }

    /// Another flow is used from now on.
    pub(crate) const fn set_flow(&mut self, flow: FlowId) {
        self.flow = flow;
    }

    /// The contact of this side follows its flow.
    pub(crate) fn move_contact(&mut self, old_host: &str, new_host: &str) {
        if old_host != new_host {
            self.contact = self.contact.replacen(old_host, new_host, 1);
        }
    }

    pub(super) fn set_state(&mut self, new: State, why: &'static str) {
        tracing::debug!(
            session = self.id.0,
            old = self.state.name(),
            new = new.name(),
            why,
            "session"
        );
        self.state = new;
    }

    /// Takes the state out to move what is in it; [`Session::set_state`] must follow.
    pub(super) const fn take_state(&mut self) -> State {
        let from = self.state.name();
        core::mem::replace(&mut self.state, State::Moving { from })
    }

    pub(super) const fn wrong_state(&self) -> SessionError {
        SessionError::WrongState {
            id: self.id,
            state: self.state.name(),
        }
    }

    /// Over: forgets the session, and leaves no request of the far end without an answer.
    pub(super) fn finish(&mut self, why: &'static str, step: &mut Step<'_>) {
        self.refuse_open_offer(step);
        let dialog = self.take_state().into_dialog();
        self.set_state(State::Ended { dialog }, why);
        step.push(Act::Forget);
    }

    /// `Contact`, `Allow` and `Supported`: what each INVITE, UPDATE and their 2xx tell.
    pub(super) fn own_headers(&self, profile: &Profile) -> HeaderFields {
        vec![
            (HeaderName::Contact, self.contact.clone()),
            (HeaderName::Allow, profile.allow.clone()),
            (HeaderName::Supported, profile.supported.clone()),
        ]
    }

    /// The first INVITE was sent, for the first time, or again with credentials or a longer interval.
    pub(crate) fn sent(&mut self, invite: Request, step: &mut Step<'_>) {
        self.invite = invite;
        if matches!(self.state, State::Proceeding { .. }) {
            // 9.1, 12.3: what came before the refusal counts no more, neither early dialogs nor that a
            // CANCEL might go out.
            self.set_state(State::Calling, "sent again");
            self.restart_exchange(step);
        }
    }

    /// The ACK that was asked for was sent.
    pub(crate) fn acked(&mut self, cseq: u32, bytes: Bytes) {
        self.ack = Some((cseq, bytes));
    }

    /// The sequence number of the next try of a request.
    pub(crate) fn next_seq(&mut self, draft: &Draft) -> u32 {
        match self.state.dialog_mut() {
            Some(dialog) if draft.method != Method::Invite || draft.cseq <= dialog.local_seq() => {
                dialog.next_seq()
            }
            _ => draft.cseq + 1,
        }
    }

    /// A response to a request of this session.
    pub(crate) fn on_response(&mut self, asked: Asked, response: &Response, step: &mut Step<'_>) {
        match asked {
            Asked::Invite => self.on_invite_response(response, step),
            Asked::Reinvite | Asked::Update => self.on_offer_response(asked, response, step),
            Asked::RefreshInvite | Asked::RefreshUpdate => {
                self.on_refresh_response(asked, response, step);
            }
            Asked::Inform => self.on_inform_response(response, step),
            Asked::Prack => {}
            Asked::Bye if response.status().is_final() => self.finish("BYE answered", step),
            Asked::Bye => {}
            Asked::App(_, usage) if response.status().is_final() => {
                self.doubt(usage, response.status(), step);
            }
            Asked::App(..) => {}
        }
    }

    /// A request of this session was not answered in time.
    pub(crate) fn on_timeout(&mut self, asked: Asked, step: &mut Step<'_>) {
        match asked {
            Asked::Invite => self.on_invite_timeout(step),
            Asked::Reinvite | Asked::Update => self.on_offer_timeout(asked, step),
            Asked::RefreshInvite | Asked::RefreshUpdate => {
                self.on_refresh_timeout(asked, step);
            }
            Asked::Inform => self.on_inform_timeout(step),
            Asked::Prack => {}
            Asked::Bye => self.finish("BYE not answered", step),
            // RFC 5057 5.2: as a 408.
            Asked::App(_, usage) => self.doubt(usage, StatusCode::REQUEST_TIMEOUT, step),
        }
    }

    /// 481 and 408 put the dialog in doubt, where they answer a request that belongs to the session:
    /// of another usage they only end that one (RFC 5057 5.1).
    ///
    /// Departs from RFC 3261 12.2.1.2, which ends the dialog: after a server restart or a change of
    /// network the media can well go on, so the application decides.
    pub(super) fn doubt(&mut self, usage: Usage, status: StatusCode, step: &mut Step<'_>) {
        if self.is_over() || usage == Usage::Subscription {
            return;
        }
        let why = match status {
            StatusCode::CALL_DOES_NOT_EXIST => SessionTrouble::Gone481,
            StatusCode::REQUEST_TIMEOUT => SessionTrouble::TimedOut408,
            _ => return,
        };
        self.uncertain(why, step);
    }

    /// Something is wrong; the application decides.
    pub(super) fn uncertain(&mut self, why: SessionTrouble, step: &mut Step<'_>) {
        self.trouble = Some(why);
        step.tell(SessionEvent::Uncertain { why });
    }

    /// The far end showed that it knows the session: what was in doubt is not any more.
    pub(super) fn certain(&mut self, step: &mut Step<'_>) {
        if !self.is_over() && self.trouble.take().is_some() {
            step.tell(SessionEvent::Established);
        }
    }

    /// Whether a 2xx in this transaction waits for its ACK.
    pub(crate) fn awaits_ack(&self, tx: TxId) -> bool {
        self.unacked
            .as_ref()
            .is_some_and(|unacked| unacked.tx == tx)
    }

    /// Whether a dialog of this session has this remote tag.
    pub(crate) fn has_dialog(&self, remote_tag: &str) -> bool {
        self.state.has_dialog(remote_tag)
    }

    /// A request in the dialog, other than ACK and CANCEL. Returns whether it is for the application.
    pub(crate) fn on_request(
        &mut self,
        tx: TxId,
        request: &Request,
        remote_tag: &str,
        step: &mut Step<'_>,
    ) -> bool {
        let seq = request
            .headers()
            .cseq()
            .ok()
            .flatten()
            .map_or(0, |cseq| cseq.seq);
        let Some(dialog) = self.state.dialog_of(remote_tag) else {
            step.reply(tx, Reply::new(StatusCode::CALL_DOES_NOT_EXIST));
            return false;
        };
        if !dialog.take_seq(seq) {
            // 12.2.2: out of order.
            step.reply(tx, Reply::new(StatusCode::SERVER_INTERNAL_ERROR));
            return false;
        }
        if *request.method() != Method::Bye {
            self.certain(step);
        }
        match request.method() {
            Method::Bye => self.on_bye(tx, request, step),
            _ if self.is_over() => step.reply(tx, Reply::new(StatusCode::CALL_DOES_NOT_EXIST)),
            Method::Invite => self.on_reinvite(tx, request, step),
            Method::Update => self.on_update(tx, request, step),
            Method::Prack => self.on_prack(tx, request, step),
            _ => return true,
        }
        false
    }

    /// One of the timers fired.
    pub(crate) fn on_timer(&mut self, timer: SessionTimer, step: &mut Step<'_>) {
        match timer {
            SessionTimer::Repeat2xx => self.repeat_2xx(step),
            SessionTimer::AckMissing => self.on_ack_missing(step),
            SessionTimer::RepeatReliable => self.repeat_reliable(step),
            SessionTimer::PrackMissing => self.on_prack_missing(step),
            SessionTimer::Refresh => self.refresh(step),
            SessionTimer::NotRefreshed => self.on_not_refreshed(step),
            SessionTimer::ChangeUnanswered => self.on_change_unanswered(step),
            SessionTimer::CancelUnanswered => self.on_cancel_unanswered(step),
        }
    }

    /// A request of the application in the dialog.
    pub(crate) fn request(
        &mut self,
        id: RequestId,
        method: Method,
        headers: HeaderFields,
        body: Option<Body>,
        step: &mut Step<'_>,
    ) -> Result<(), SessionError> {
        let own = [
            Method::Invite,
            Method::Ack,
            Method::Bye,
            Method::Cancel,
            Method::Prack,
            Method::Update,
        ];
        if self.is_over() || own.contains(&method) {
            return Err(self.wrong_state());
        }
        let wrong_state = self.wrong_state();
        let usage = Usage::of(&method);
        let contact = matches!(method, Method::Refer | Method::Subscribe | Method::Notify);
        let mut draft = self.state.dialog_mut().ok_or(wrong_state)?.draft(method);
        if contact && !headers.iter().any(|(name, _)| *name == HeaderName::Contact) {
            draft.push(HeaderName::Contact, self.contact.clone());
        }
        draft.headers.extend(headers);
        draft.body = body;
        step.push(Act::Send(Asked::App(id, usage), draft));
        Ok(())
    }
}
