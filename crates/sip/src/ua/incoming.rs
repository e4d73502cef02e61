//! Messages on their way in (RFC 3261 8.2, 17.1.3, 17.2.3, 18.2).

use bytes::Bytes;

use super::agent::UserAgent;
use super::checks;
use super::config::Role;
use super::event::{Event, Output};
use super::servers::{Room, ServerEntry, merge_key, server_key};
use super::tables::{DialogOwner, FlowState, Owner};
use super::timers::Timer;
use crate::dialog::Dialog;
use crate::header::{HeaderName, Via};
use crate::ids::{FlowId, ServerTxId, SessionId, TxId};
use crate::message::{
    Message, ParseError, Reply as MessageReply, Request, Response, ResponseBuilder, parse_datagram,
};
use crate::method::Method;
use crate::session::{Reply, Session};
use crate::status::StatusCode;
use crate::transaction::{ClientInput, ServerInput};
use crate::uri::NameAddr;

/// A keep-alive of the client, and what answers it (RFC 5626 4.4.1, RFC 7118 6).
pub(super) const PING: &[u8] = b"\r\n\r\n";
pub(super) const PONG: &[u8] = b"\r\n";

impl UserAgent {
    pub(super) fn on_bytes(&mut self, flow: FlowId, bytes: Bytes) {
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return self.on_keep_alive(flow, &bytes);
        }
        let message = parse_datagram(bytes, &self.config.limits).and_then(|message| {
            message.check()?;
            Ok(message)
        });
        match message {
            Ok(Message::Request(request)) => self.on_request(flow, request),
            Ok(Message::Response(response)) => self.on_response(flow, &response),
            Err(error) => self.on_malformed(flow, error),
        }
    }

    /// CRLF CRLF is answered by CRLF over connections (RFC 5626 3.5.1); over UDP it keeps a NAT open.
    fn on_keep_alive(&mut self, flow: FlowId, bytes: &[u8]) {
        let Some(known) = self.tables.flows.get_mut(&flow) else {
            return;
        };
        match bytes {
            PING if known.info.transport.is_reliable() => {
                self.transmit(flow, Bytes::from_static(PONG));
            }
            PONG if known.state != FlowState::Closed => {
                known.state = FlowState::Answering;
                self.timers.stop(Timer::Pong(flow));
            }
            _ => {}
        }
    }

    /// What cannot be processed is refused without a transaction (RFC 3261 8.2.7).
    fn on_malformed(&mut self, flow: FlowId, error: ParseError) {
        let answered = error.rejection.is_some();
        if let Some(rejection) = &error.rejection {
            let tag = self.rng.token();
            let reply = MessageReply {
                to_tag: Some(&tag),
                source: self.source(flow),
                reason: None,
            };
            let bytes = rejection.response(&reply).as_bytes().clone();
            self.transmit(flow, bytes);
        }
        self.out.push_back(Output::Event(Event::Malformed {
            flow,
            error,
            answered,
        }));
    }

    fn on_response(&mut self, flow: FlowId, response: &Response) {
        // 8.1.3.3: more than one Via means that it came to the wrong place.
        if !response.headers().vias().is_ok_and(|vias| vias.len() == 1) {
            return;
        }
        match self.tables.clients.matching(response) {
            Some(id) => {
                self.answered_over(flow, id);
                self.step_client(id, ClientInput::Response(response));
            }
            None => tracing::debug!(status = response.status().code(), "response to nothing"),
        }
    }

    fn on_request(&mut self, flow: FlowId, request: Request) {
        // `check` has read the Via.
        let Ok(Some(via)) = request.headers().via() else {
            return;
        };
        let key = server_key(&request, &via, request.method());
        if let Some(id) = self.tables.servers.find(&key) {
            return self.on_repeated(flow, id, &request);
        }
        match request.method() {
            Method::Ack => self.on_ack(flow, &request),
            _ if !self.make_room(flow) => self.refuse_full(flow, &request),
            Method::Cancel => self.on_cancel(flow, &request, &via, key),
            _ => {
                let merge_key = merge_key(&request).filter(|_| to_tag(&request).is_none());
                let merged = merge_key
                    .as_ref()
                    .is_some_and(|key| self.tables.servers.is_merged(key));
                let id = self.new_server(flow, &request, key, merge_key.filter(|_| !merged));
                if merged {
                    // 8.2.2.2
                    return self.reply(id, &Reply::new(StatusCode::LOOP_DETECTED));
                }
                self.on_new_request(id, flow, request);
            }
        }
    }

    /// Makes room for another server transaction, if that can be.
    fn make_room(&mut self, flow: FlowId) -> bool {
        let mut limits = self.config.transactions;
        let own = self
            .tables
            .flows
            .get(&flow)
            .and_then(|flow| flow.transactions);
        limits.per_flow = own.unwrap_or(limits.per_flow);
        match self.tables.servers.room(flow, limits) {
            Room::Free => {}
            // Departs from RFC 3261 17.2.2, see `Server::is_spent`.
            Room::Without(id) => self.forget_server(id),
            Room::None => return false,
        }
        true
    }

    /// 503 without a transaction (8.2.7, 21.5.4): everything that could be forgotten later waits for an
    /// answer, and for at most 64*T1 after it.
    fn refuse_full(&mut self, flow: FlowId, request: &Request) {
        tracing::debug!(flow = flow.0, "no room for another request");
        let tag = self.rng.token();
        let reply = MessageReply {
            to_tag: Some(&tag),
            source: self.source(flow),
            reason: None,
        };
        let after = self.timing(flow).give_up().as_secs().max(1);
        let refusal = ResponseBuilder::reply(request, StatusCode::SERVICE_UNAVAILABLE, &reply)
            .header(HeaderName::RetryAfter, after)
            .build();
        self.transmit(flow, refusal.as_bytes().clone());
    }

    /// A request of a known transaction: a repetition, or the ACK of its INVITE (17.2.1).
    fn on_repeated(&mut self, flow: FlowId, id: TxId, request: &Request) {
        if let Some(entry) = self.tables.servers.get(id) {
            if !entry.is_of(request) {
                return tracing::debug!("another request has the branch of this one");
            }
            let session = entry.session;
            if self.is_open(flow) {
                self.tables.servers.set_flow(id, flow);
            }
            if let Some(session) = session {
                self.learn_flow(session, flow);
            }
        }
        let ack = *request.method() == Method::Ack;
        if self.step_server(
            id,
            if ack {
                ServerInput::Ack
            } else {
                ServerInput::Repeated
            },
        ) {
            self.on_ack(flow, request);
        }
    }

    fn new_server(
        &mut self,
        flow: FlowId,
        request: &Request,
        key: String,
        merge_key: Option<String>,
    ) -> TxId {
        let id = TxId(self.tables.next_id());
        let (timing, tag) = (self.timing(flow), self.rng.token());
        let entry = ServerEntry::new(request.clone(), flow, timing, tag, key, merge_key);
        self.tables.servers.insert(id, entry);
        id
    }

    /// The session of a request in a dialog: its `To` tag is ours (12.2.2).
    fn session_of(&mut self, request: &Request) -> Option<(SessionId, String)> {
        let DialogOwner::Session(id) = *self.tables.tags.get(&to_tag(request)?)? else {
            return None;
        };
        let entry = self.tables.sessions.get_mut(&id)?;
        let call_id = request.headers().call_id().ok().flatten()?;
        let from = request.headers().from().ok().flatten()?;
        let remote_tag = String::from(from.tag().unwrap_or_default());
        let ours = entry.session.call_id() == &call_id[..] && entry.session.has_dialog(&remote_tag);
        ours.then_some((id, remote_tag))
    }

    /// ACK of a 2xx.
    fn on_ack(&mut self, flow: FlowId, request: &Request) {
        if let Some((id, _)) = self.session_of(request) {
            self.learn_flow(id, flow);
            self.with_session(id, |session, step| session.on_ack(request, step));
        }
    }

    /// CANCEL (9.2): matches the INVITE that has everything but the method in common.
    fn on_cancel(&mut self, flow: FlowId, request: &Request, via: &Via, key: String) {
        let id = self.new_server(flow, request, key, None);
        let servers = &self.tables.servers;
        let found = servers.find(&server_key(request, via, &Method::Invite));
        let found = found.and_then(|id| Some((id, servers.get(id)?)));
        let Some((invite_tx, invite)) = found.filter(|(_, invite)| invite.is_of(request)) else {
            return self.reply(id, &Reply::new(StatusCode::CALL_DOES_NOT_EXIST));
        };
        let (tag, session) = (invite.tag.clone(), invite.session);
        if self.is_open(flow) {
            // The CANCEL may come over the flow that replaced the one of the INVITE.
            self.tables.servers.set_flow(invite_tx, flow);
        }
        if let Some(entry) = self.tables.servers.get_mut(id) {
            // 9.2: the tag is that of the response to the INVITE.
            entry.tag = tag;
        }
        self.reply(id, &Reply::new(StatusCode::OK));
        if let Some(session) = session {
            self.learn_flow(session, flow);
            self.with_session(session, |session, step| {
                session.on_cancel(invite_tx, request, step);
            });
        }
    }

    /// A request that was not seen before: checks in the order of RFC 3261 8.2, then its method.
    fn on_new_request(&mut self, id: TxId, flow: FlowId, request: Request) {
        if let Some(refusal) = checks::refuse(&self.config, &request) {
            return self.reply(id, &refusal);
        }
        if to_tag(&request).is_some() {
            if let Some((session, remote_tag)) = self.session_of(&request) {
                return self.on_dialog_request(id, flow, session, &remote_tag, request);
            }
            if self.on_event_request(id, flow, &request)
                || self.on_remnant_request(id, flow, &request)
            {
                return;
            }
            if checks::needs_dialog(request.method()) {
                return self.reply(id, &Reply::new(StatusCode::CALL_DOES_NOT_EXIST));
            }
        } else if checks::never_outside(request.method()) {
            return self.reply(id, &Reply::new(StatusCode::CALL_DOES_NOT_EXIST));
        }
        match request.method() {
            Method::Options => self.reply(id, &checks::options(&self.config)),
            Method::Invite => self.on_invite(id, flow, request),
            Method::Subscribe => self.on_subscribe(id, flow, request),
            Method::Refer => self.on_refer(id, flow, None, request),
            _ => self.deliver(id, None, flow, request),
        }
    }

    fn deliver(&mut self, id: TxId, session: Option<SessionId>, flow: FlowId, request: Request) {
        let tx = ServerTxId(id.0);
        self.out.push_back(Output::Event(Event::Request {
            tx,
            session,
            flow,
            request,
        }));
    }

    /// A response that came over another flow than its request went: the peer moved there.
    fn answered_over(&mut self, flow: FlowId, id: TxId) {
        let open = self.is_open(flow);
        if let Some(entry) = self.tables.clients.entries.get_mut(&id)
            && open
            && entry.flow != flow
        {
            entry.flow = flow;
            if let Owner::Session(session, _)
            | Owner::Referral(_, session)
            | Owner::Referred(_, session) = entry.owner
            {
                self.learn_flow(session, flow);
            }
        }
    }

    fn on_dialog_request(
        &mut self,
        id: TxId,
        flow: FlowId,
        session: SessionId,
        remote_tag: &str,
        request: Request,
    ) {
        self.learn_flow(session, flow);
        if let Some(entry) = self.tables.servers.get_mut(id) {
            entry.session = Some(session);
        }
        if *request.method() == Method::Options {
            return self.reply(id, &checks::options(&self.config));
        }
        if self.on_usage_request(id, session, remote_tag, &request) {
            return;
        }
        if *request.method() == Method::Invite {
            self.reply(id, &Reply::new(StatusCode::TRYING));
        }
        let for_application = self
            .with_session(session, |session, step| {
                session.on_request(id, &request, remote_tag, step)
            })
            .unwrap_or(false);
        if for_application && *request.method() == Method::Refer {
            self.on_refer(id, flow, Some((session, remote_tag)), request);
        } else if for_application {
            self.deliver(id, Some(session), flow, request);
        }
    }

    /// A call comes in (13.3.1).
    fn on_invite(&mut self, tx: TxId, flow: FlowId, request: Request) {
        if let Some(refusal) = checks::refuse_invite(&self.config, &request) {
            return self.reply(tx, &refusal);
        }
        let Some(tag) = self.tables.servers.get(tx).map(|entry| entry.tag.clone()) else {
            return;
        };
        let Ok(dialog) = Dialog::of_callee(&request, &tag) else {
            return self.reply(tx, &Reply::new(StatusCode::BAD_REQUEST));
        };
        self.reply(tx, &Reply::new(StatusCode::TRYING));
        let id = SessionId(self.tables.next_id());
        let target = request.target().ok();
        let user = target.as_ref().and_then(crate::uri::Uri::user);
        let contact = NameAddr::new(self.contact_uri(flow, user.as_deref()))
            .as_text()
            .to_string();
        let session = Session::ringing((id, flow, tx), request.clone(), dialog, contact);
        let offer = session.first_offer();
        self.insert_session(id, session, None);
        if let Some(entry) = self.tables.servers.get_mut(tx) {
            entry.session = Some(id);
        }
        self.out.push_back(Output::Event(Event::Invited {
            session: id,
            flow,
            request,
            offer,
        }));
    }
}

/// The tag of `To`.
pub(super) fn to_tag(request: &Request) -> Option<String> {
    let to = request.headers().to().ok().flatten()?;
    to.tag().map(String::from)
}

impl super::config::Config {
    /// Whether REGISTER and other requests to a server are delivered.
    pub(super) const fn is_server(&self) -> bool {
        matches!(self.role, Role::Server)
    }
}
