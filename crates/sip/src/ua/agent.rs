//! The verbs of a [`UserAgent`].

use std::collections::VecDeque;

use bytes::Bytes;

use super::checks;
use super::config::{Config, FlowInfo, OutOfDialog};
use super::error::{RequestError, RespondError};
use super::event::Output;
use super::servers::ServerEntry;
use super::tables::{Account, Flow, FlowState, Owner, RegistrationEntry, Tables};
use super::timers::Timers;
use crate::auth::DigestClient;
use crate::dialog::{Body, Draft, HeaderFields};
use crate::header::Reason;
use crate::ids::{FlowId, RegistrationId, RequestId, ServerTxId, SessionId, TxId};
use crate::method::Method;
use crate::registration::{Register, Registration};
use crate::rng::Rng;
use crate::session::{Asked, Invite, Profile, Reply, Session, SessionError, Step, first_invite};
use crate::status::StatusCode;
use crate::text::Text;
use crate::time::Instant;

/// A SIP user agent without I/O; the [module documentation](crate::ua) says how to drive it.
#[derive(Debug)]
pub struct UserAgent {
    pub(super) config: Config,
    pub(super) profile: Profile,
    pub(super) rng: Rng,
    /// The last instant that was handed in.
    pub(super) now: Instant,
    pub(super) out: VecDeque<Output>,
    pub(super) timers: Timers,
    pub(super) tables: Tables,
}

impl UserAgent {
    /// A user agent without flows. All its randomness (tags, branches, back-off) comes from `seed`, which the
    /// caller draws from the operating system, and tells and uses nowhere else.
    pub fn new(config: Config, seed: [u8; 32]) -> Self {
        let mut config = config;
        if config.is_server() {
            for method in [Method::Register, Method::Subscribe, Method::Publish] {
                if !config.allow.contains(&method) {
                    config.allow.push(method);
                }
            }
        }
        let profile = Profile {
            t1: config.t1,
            t2: config.t2,
            allow: checks::allow(&config),
            supported: config.supported.join(", "),
            session_expires: config.session_expires,
            min_session_expires: config.min_session_expires,
        };
        Self {
            config,
            profile,
            rng: Rng::new("user agent", &seed),
            now: Instant::ZERO,
            out: VecDeque::new(),
            timers: Timers::default(),
            tables: Tables::default(),
        }
    }

    /// A flow can be used from now on.
    pub fn flow_opened(&mut self, now: Instant, flow: FlowId, info: FlowInfo) {
        self.now = now;
        self.tables.flows.insert(
            flow,
            Flow {
                info,
                state: FlowState::Open,
                transactions: None,
            },
        );
        self.schedule_ping(flow);
    }

    /// Lets a flow have more (or fewer) server transactions than
    /// [`TransactionLimits::per_flow`](super::TransactionLimits::per_flow): one that carries the calls of many,
    /// and comes from somebody who is known. Over datagrams each INVITE that was accepted takes one for 32 s
    /// (RFC 6026 7.1), so that the limit is one of calls a second too.
    pub fn set_transactions_per_flow(&mut self, flow: FlowId, most: usize) {
        if let Some(flow) = self.tables.flows.get_mut(&flow) {
            flow.transactions = Some(most);
        }
    }

    /// A flow is gone. Everything that lives longer than a request survives, and waits for
    /// [`rebind`](UserAgent::rebind), or for the far end to come back over another flow; a call that is being set up is not given up meanwhile.
    /// Answers to requests that belong to no session are not kept for it.
    pub fn flow_closed(&mut self, now: Instant, flow: FlowId) {
        self.now = now;
        self.close(flow);
        for answered in self.tables.servers.answered_strays(flow) {
            self.forget_server(answered);
        }
        self.pause_sessions(flow);
        self.forget_flow(flow);
    }

    /// Everything of `old`, open transactions included, moves to `new`; unanswered requests are sent again.
    /// `old` counts as closed from now on.
    pub fn rebind(&mut self, now: Instant, old: FlowId, new: FlowId) {
        self.now = now;
        if old == new {
            return;
        }
        self.close(old);
        self.move_transactions(old, new);
        let registrations: Vec<RegistrationId> = self.registrations_on(old);
        for id in registrations {
            let entry = self.tables.registrations.get(&id);
            let user = entry
                .and_then(|entry| entry.registration.contact_user())
                .map(String::from);
            let contact = self.contact_uri(new, user.as_deref());
            if let Some(entry) = self.tables.registrations.get_mut(&id) {
                entry.flow = new;
            }
            self.with_registration(id, |registration, step| registration.moved(contact, step));
        }
        self.move_sessions(old, new);
        self.move_remnants(old, new);
        self.move_subscriptions(old, new);
        self.move_notifiers(old, new);
        self.move_publications(old, new);
        self.move_usages(new);
        self.forget_flow(old);
    }

    /// One datagram or one WebSocket message arrived.
    pub fn handle_input(&mut self, now: Instant, flow: FlowId, bytes: Bytes) {
        self.now = now;
        self.on_bytes(flow, bytes);
    }

    /// The instant of [`Output::Timeout`] has come (harmless when early).
    pub fn handle_timeout(&mut self, now: Instant) {
        self.now = now;
        while let Some(timer) = self.timers.due(now) {
            self.on_timer(timer);
        }
    }

    /// What to do next; to be called until it returns [`Output::Timeout`].
    pub fn poll_output(&mut self) -> Output {
        match self.out.pop_front() {
            Some(output) => output,
            None => Output::Timeout(self.timers.next()),
        }
    }

    /// Register, refresh, and try again after failures until [`unregister`](UserAgent::unregister).
    pub fn register(&mut self, now: Instant, flow: FlowId, register: Register) -> RegistrationId {
        self.now = now;
        let id = RegistrationId(self.tables.next_id());
        let contact = self.contact_uri(flow, Some(&register.contact_user));
        if let Some(credentials) = register.credentials.clone() {
            self.tables
                .accounts
                .insert(Account::Registration(id), DigestClient::new(credentials));
        }
        let registration = Registration::new(register, contact, &mut self.rng);
        self.tables
            .registrations
            .insert(id, RegistrationEntry { registration, flow });
        self.with_registration(id, |registration, step| registration.go("asked for", step));
        id
    }

    /// Remove the binding; [`RegistrationEvent::Unregistered`](super::RegistrationEvent::Unregistered) follows.
    pub fn unregister(&mut self, now: Instant, id: RegistrationId) {
        self.now = now;
        self.with_registration(id, Registration::remove);
    }

    /// Register at once instead of at the scheduled instant.
    pub fn register_now(&mut self, now: Instant, id: RegistrationId) {
        self.now = now;
        self.with_registration(id, |registration, step| registration.go("asked for", step));
    }

    /// Call somebody.
    pub fn invite(&mut self, now: Instant, flow: FlowId, invite: Invite) -> SessionId {
        self.now = now;
        let id = SessionId(self.tables.next_id());
        let draft = first_invite(&invite, &self.profile, &mut self.rng);
        let request = draft.build("SIP/2.0/WS unsent.invalid", "", &HeaderFields::new());
        let session = Session::calling(id, flow, &draft, request, invite.offer);
        self.insert_session(id, session, invite.credentials);
        self.send(Owner::Session(id, Asked::Invite), flow, draft, 0);
        id
    }

    /// Answer a call provisionally (101 to 199); reliably (RFC 3262) where the caller supports it and `sdp` is given.
    ///
    /// # Errors
    /// No such session, not an unanswered incoming call, or not a provisional status.
    pub fn progress(
        &mut self,
        now: Instant,
        session: SessionId,
        status: StatusCode,
        sdp: Option<String>,
        headers: HeaderFields,
    ) -> Result<(), SessionError> {
        self.verb(now, session, |session, step| {
            session.progress(status, sdp, headers, step)
        })
    }

    /// Answer a call: 200, repeated until the ACK comes. `sdp` answers the offer of the INVITE, or is the offer
    /// where the INVITE had none.
    ///
    /// # Errors
    /// No such session, or not an unanswered incoming call; [`SessionError::Pending`] while the offer of an UPDATE
    /// or PRACK is open, whoever made it.
    pub fn accept(
        &mut self,
        now: Instant,
        session: SessionId,
        sdp: String,
        headers: HeaderFields,
    ) -> Result<(), SessionError> {
        self.verb(now, session, |session, step| {
            session.accept(sdp, headers, step)
        })
    }

    /// Refuse a call (300 to 699). [`Ended`](super::SessionEvent::Ended) by `Local` follows.
    ///
    /// # Errors
    /// No such session, not an unanswered incoming call, or not a refusal.
    pub fn reject(
        &mut self,
        now: Instant,
        session: SessionId,
        status: StatusCode,
        headers: HeaderFields,
    ) -> Result<(), SessionError> {
        self.verb(now, session, |session, step| {
            session.reject(status, headers, step)
        })
    }

    /// End a session whatever its state: CANCEL, BYE, or 480. [`Ended`](super::SessionEvent::Ended) by `Local` follows at once;
    /// what is left to do on the wire is done by the user agent alone.
    ///
    /// # Errors
    /// No such session.
    pub fn hang_up(
        &mut self,
        now: Instant,
        session: SessionId,
        reason: Option<Reason>,
    ) -> Result<(), SessionError> {
        self.verb(now, session, |session, step| {
            session.hang_up(reason, step);
            Ok(())
        })?;
        self.give_up_in_time(session);
        Ok(())
    }

    /// Offer a change: re-INVITE, or UPDATE while the call is not answered.
    ///
    /// # Errors
    /// [`SessionError::Pending`] while another offer is open, whoever made it.
    pub fn offer(
        &mut self,
        now: Instant,
        session: SessionId,
        sdp: String,
    ) -> Result<(), SessionError> {
        self.verb(now, session, |session, step| session.offer(sdp, step))
    }

    /// Answer [`Offer`](super::SessionEvent::Offer) or [`OfferWanted`](super::SessionEvent::OfferWanted), or the offer of a 200 to an INVITE without offer.
    ///
    /// # Errors
    /// No such session, or no offer to answer.
    pub fn answer(
        &mut self,
        now: Instant,
        session: SessionId,
        sdp: String,
    ) -> Result<(), SessionError> {
        self.verb(now, session, |session, step| session.answer(sdp, step))
    }

    /// Refuse an offer (488, ...): the session goes on as it was.
    ///
    /// # Errors
    /// No such session, or no offer to refuse.
    pub fn reject_offer(
        &mut self,
        now: Instant,
        session: SessionId,
        status: StatusCode,
    ) -> Result<(), SessionError> {
        self.verb(now, session, |session, step| {
            session.reject_offer(status, step)
        })
    }

    /// Send INFO in the dialog (RFC 6086).
    ///
    /// # Errors
    /// No such session, or it has no dialog yet.
    pub fn info(
        &mut self,
        now: Instant,
        session: SessionId,
        content_type: &str,
        body: Vec<u8>,
    ) -> Result<RequestId, SessionError> {
        let body = Some((content_type.to_owned(), body));
        self.request(now, session, Method::Info, HeaderFields::new(), body)
    }

    /// Send any other request in the dialog (MESSAGE, NOTIFY, ...). For REFER there is
    /// [`refer`](UserAgent::refer).
    ///
    /// # Errors
    /// No such session, or it has no dialog yet, or the method belongs to the session itself.
    pub fn request(
        &mut self,
        now: Instant,
        session: SessionId,
        method: Method,
        headers: HeaderFields,
        body: Option<Body>,
    ) -> Result<RequestId, SessionError> {
        let id = RequestId(self.tables.next_id());
        self.verb(now, session, |session, step| {
            session.request(id, method, headers, body, step)
        })?;
        Ok(id)
    }

    /// Send a request outside any dialog; [`Event::Response`](super::Event::Response) follows.
    ///
    /// # Errors
    /// The method is one that belongs to sessions.
    pub fn send_request(
        &mut self,
        now: Instant,
        flow: FlowId,
        request: OutOfDialog,
    ) -> Result<RequestId, RequestError> {
        self.now = now;
        let of_sessions = [Method::Invite, Method::Ack, Method::Cancel, Method::Bye];
        if of_sessions.contains(&request.method) {
            return Err(RequestError::WrongMethod(request.method));
        }
        let id = RequestId(self.tables.next_id());
        if let Some(credentials) = request.credentials {
            self.begin_account(Account::Request(id), flow, credentials);
        }
        let draft = Draft {
            method: request.method,
            target: request.target,
            routes: Vec::new(),
            from: request.from.with_tag(&self.rng.token()).as_text().clone(),
            to: request.to.as_text().clone(),
            call_id: Text::from(self.rng.token() + &self.rng.token()),
            cseq: 1,
            headers: request.headers,
            body: request.body,
        };
        self.send(Owner::Request(id), flow, draft, 0);
        Ok(id)
    }

    /// Answer an [`Event::Request`](super::Event::Request).
    ///
    /// # Errors
    /// It was answered already, or is too old.
    pub fn respond(
        &mut self,
        now: Instant,
        tx: ServerTxId,
        status: StatusCode,
        headers: HeaderFields,
        body: Option<Body>,
    ) -> Result<(), RespondError> {
        self.now = now;
        let id = TxId(tx.0);
        if self
            .tables
            .servers
            .get(id)
            .is_none_or(ServerEntry::is_answered)
        {
            return Err(RespondError::Unknown(tx));
        }
        self.reply(
            id,
            &Reply {
                status,
                headers,
                body,
            },
        );
        Ok(())
    }

    /// Look at a session.
    pub fn session(&self, session: SessionId) -> Option<&Session> {
        let entry = self.tables.sessions.get(&session)?;
        Some(&entry.session).filter(|session| !session.is_over())
    }

    /// A verb of a session that the application knows.
    pub(super) fn verb<R>(
        &mut self,
        now: Instant,
        id: SessionId,
        run: impl FnOnce(&mut Session, &mut Step<'_>) -> Result<R, SessionError>,
    ) -> Result<R, SessionError> {
        self.now = now;
        if self.session(id).is_none() {
            return Err(SessionError::Unknown(id));
        }
        self.with_session(id, run)
            .unwrap_or(Err(SessionError::Unknown(id)))
    }
}
