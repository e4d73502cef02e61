//! Requests and responses on their way out.

use core::net::SocketAddr;

use bytes::Bytes;

use super::agent::UserAgent;
use super::config::Transport;
use super::event::Output;
use super::servers::ServerEntry;
use super::tables::{ClientEntry, FlowState, Owner, client_key};
use super::timers::Timer;
use crate::dialog::{Draft, HeaderFields};
use crate::header::{HeaderName, Reason};
use crate::ids::{FlowId, SessionId, TxId};
use crate::message::{self, Request, RequestBuilder, ResponseBuilder};
use crate::method::Method;
use crate::session::{Asked, Reply, SessionTimer};
use crate::status::StatusCode;
use crate::transaction::{Client, ClientInput, Effect, Effects, ServerInput, Timing, TxTimer};
use crate::uri::Uri;

impl UserAgent {
    /// Sends bytes, if the flow is open; what is lost is sent again over its replacement.
    pub(super) fn transmit(&mut self, flow: FlowId, bytes: Bytes) {
        match self.tables.flows.get(&flow) {
            Some(known) if known.state != FlowState::Closed => {
                self.out.push_back(Output::Transmit { flow, bytes });
            }
            _ => tracing::debug!(flow = flow.0, "not sent: the flow is closed"),
        }
    }

    /// Where what comes over a flow comes from (RFC 3261 18.2.1, RFC 3581).
    pub(super) fn source(&self, flow: FlowId) -> Option<SocketAddr> {
        self.tables.flows.get(&flow)?.info.remote
    }

    /// The timing of transactions over a flow.
    pub(super) fn timing(&self, flow: FlowId) -> Timing {
        let reliable = self
            .tables
            .flows
            .get(&flow)
            .is_none_or(|flow| flow.info.transport.is_reliable());
        Timing {
            t1: self.config.t1,
            t2: self.config.t2,
            t4: self.config.t4,
            reliable,
        }
    }

    /// A new `Via` value for a flow (RFC 3261 18.1.1, RFC 3581), and its branch.
    fn via(&mut self, flow: FlowId) -> (String, String) {
        let branch = [crate::header::MAGIC_COOKIE, &self.rng.token()].concat();
        let (transport, sent_by) = match self.tables.flows.get(&flow) {
            Some(flow) => (flow.info.transport, flow.info.sent_by.as_str()),
            None => (Transport::Ws, "closed.invalid"),
        };
        let rport = if transport == Transport::Udp {
            ";rport"
        } else {
            ""
        };
        (
            [
                "SIP/2.0/",
                transport.as_str(),
                " ",
                sent_by,
                ";branch=",
                &branch,
                rport,
            ]
            .concat(),
            branch,
        )
    }

    /// The contact URI of this side on a flow (RFC 7118 5: `transport=ws`, also over TLS).
    ///
    /// Over TLS: departs from RFC 3261 26.2.2, which prefers `sips:` to `transport=tls`. A `sips:` contact
    /// asks for TLS on every hop and is refused in a dialog whose other URIs are `sip:` (RFC 5630 3.1.4).
    pub(super) fn contact_uri(&self, flow: FlowId, user: Option<&str>) -> Uri {
        let (transport, sent_by) = match self.tables.flows.get(&flow) {
            Some(flow) => (flow.info.transport, flow.info.sent_by.as_str()),
            None => (Transport::Ws, "closed.invalid"),
        };
        let user = user.filter(|user| !user.is_empty());
        let uri = Uri::sip(user, sent_by).or_else(|_| Uri::sip(user, "unknown.invalid"));
        let uri = uri.expect("a legal host, and no user part or one that is escaped");
        match transport {
            Transport::Udp => uri,
            Transport::Tcp => uri.with_param("transport", Some("tcp")),
            Transport::Tls => uri.with_param("transport", Some("tls")),
            Transport::Ws | Transport::Wss => uri.with_param("transport", Some("ws")),
        }
    }

    /// Sends a request in a new client transaction.
    pub(super) fn send(&mut self, owner: Owner, flow: FlowId, draft: Draft, tries: u8) -> TxId {
        let credentials = self.credentials(owner, &draft);
        let (via, branch) = self.via(flow);
        let request = draft.build(&via, &self.config.user_agent, &credentials);
        let id = TxId(self.tables.next_id());
        if let Owner::Session(session, asked) = owner {
            self.note_sent(id, session, asked, &request, draft.cseq);
        }
        self.start_client(
            id,
            client_key(&branch, &draft.method),
            owner,
            flow,
            request,
            Some(draft),
            tries,
        );
        id
    }

    /// A session learns which transaction its INVITE has, and an INVITE what came after it.
    fn note_sent(
        &mut self,
        id: TxId,
        session: SessionId,
        asked: Asked,
        request: &Request,
        seq: u32,
    ) {
        let Some(entry) = self.tables.sessions.get_mut(&session) else {
            return;
        };
        match asked {
            Asked::Invite => {
                entry.invite = Some(id);
                let request = request.clone();
                self.with_session(session, |session, step| session.sent(request, step));
            }
            Asked::Reinvite | Asked::RefreshInvite => {
                entry.invite = Some(id);
                // What came before a challenge is no response to this one.
                let timer = SessionTimer::ChangeUnanswered;
                self.timers.stop(Timer::Session(session, timer));
            }
            _ => {
                let invite = entry
                    .invite
                    .and_then(|invite| self.tables.clients.entries.get_mut(&invite));
                if let Some(invite) = invite {
                    invite.last_seq = invite.last_seq.max(seq);
                }
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of the new entry")]
    fn start_client(
        &mut self,
        id: TxId,
        key: String,
        owner: Owner,
        flow: FlowId,
        request: Request,
        draft: Option<Draft>,
        tries: u8,
    ) {
        let mut effects = Effects::new();
        let machine = Client::start(request, self.timing(flow), &mut effects);
        let entry = ClientEntry {
            machine,
            flow,
            owner,
            draft,
            tries,
            last_seq: 0,
            strays: Vec::new(),
        };
        self.tables.clients.entries.insert(id, entry);
        self.tables.clients.branches.insert(key, id);
        self.client_effects(id, effects);
    }

    /// One step of a client transaction. Returns whether its user has to see the response.
    pub(super) fn step_client(&mut self, id: TxId, input: ClientInput<'_>) -> bool {
        let mut effects = Effects::new();
        if let Some(entry) = self.tables.clients.entries.get_mut(&id) {
            entry.machine.step(input, &mut effects);
        }
        let deliver = effects.contains(&Effect::Deliver);
        if !deliver {
            self.client_effects(id, effects);
            return false;
        }
        // The user sees the response before the transaction may be forgotten.
        effects.retain(|effect| *effect != Effect::Deliver);
        let done = effects.iter().position(|effect| *effect == Effect::Done);
        if let Some(done) = done {
            effects.remove(done);
        }
        self.client_effects(id, effects);
        if let ClientInput::Response(response) = input {
            self.on_client_response(id, response);
        }
        if done.is_some() {
            self.client_effects(id, vec![Effect::Done]);
        }
        true
    }

    /// Forgets a client transaction that nobody waits for any more.
    pub(super) fn abandon(&mut self, id: TxId) {
        self.client_effects(id, vec![Effect::Done]);
    }

    fn client_effects(&mut self, id: TxId, effects: Effects) {
        for effect in effects {
            match effect {
                Effect::Send(bytes) => {
                    if let Some(flow) = self.tables.clients.entries.get(&id).map(|entry| entry.flow)
                    {
                        self.transmit(flow, bytes);
                    }
                }
                Effect::Start(TxTimer::B, _) if self.is_paused_invite(id) => {}
                Effect::Start(timer, after) => self
                    .timers
                    .start(Timer::Client(id, timer), self.now + after),
                Effect::Stop(timer) => self.timers.stop(Timer::Client(id, timer)),
                Effect::Deliver => {}
                Effect::GaveUp => self.on_client_timeout(id),
                Effect::Done => {
                    self.timers
                        .stop_range(Timer::Client(id, TxTimer::A), Timer::Client(id, TxTimer::M));
                    if let Some(entry) = self.tables.clients.remove(id) {
                        self.forget_flow(entry.flow);
                        if let Some(account) = entry.owner.account() {
                            self.forget_account(account);
                        }
                    }
                }
            }
        }
    }

    /// Sends the CANCEL of a session's INVITE (RFC 3261 9.1).
    pub(super) fn send_cancel(&mut self, session: SessionId, reason: Option<Reason>) {
        let Some(invite) = self
            .tables
            .sessions
            .get(&session)
            .and_then(|entry| entry.invite)
        else {
            return;
        };
        let Some(entry) = self.tables.clients.entries.get(&invite) else {
            return;
        };
        let flow = entry.flow;
        let Some((key, request)) = cancel_of(entry.machine.request(), reason) else {
            return;
        };
        let id = TxId(self.tables.next_id());
        self.start_client(id, key, Owner::Cancel, flow, request, None, 0);
    }

    /// Sends an ACK of a 2xx, with the credentials of its INVITE (RFC 3261 13.2.2.4).
    pub(super) fn send_ack(
        &mut self,
        flow: FlowId,
        ack: &Draft,
        invite: Option<&Request>,
    ) -> Bytes {
        let mut credentials = HeaderFields::new();
        if let Some(invite) = invite {
            for name in [HeaderName::Authorization, HeaderName::ProxyAuthorization] {
                for value in invite.headers().all(&name) {
                    credentials.push((name.clone(), value.into_owned()));
                }
            }
        }
        let (via, _) = self.via(flow);
        let ack = ack.build(&via, &self.config.user_agent, &credentials);
        let bytes = ack.as_bytes().clone();
        self.transmit(flow, bytes.clone());
        bytes
    }

    /// Responds to a request (RFC 3261 8.2.6).
    pub(super) fn reply(&mut self, id: TxId, reply: &Reply) {
        let Some(entry) = self.tables.servers.get(id) else {
            return;
        };
        let Some(request) = entry.request() else {
            return tracing::debug!("answered already");
        };
        let to_tag = (reply.status != StatusCode::TRYING).then_some(entry.tag.as_str());
        let invite = *request.method() == Method::Invite;
        let mut builder = ResponseBuilder::reply(
            request,
            reply.status,
            &message::Reply {
                to_tag,
                source: self.source(entry.flow()),
                reason: None,
            },
        );
        if reply.status.code() > 100 && reply.status.code() < 300 {
            // 12.1.1
            builder = builder.copy(request, &HeaderName::RecordRoute);
        }
        for (name, value) in &reply.headers {
            builder = builder.header(name, value);
        }
        if !self.config.user_agent.is_empty() && reply.status != StatusCode::TRYING {
            builder = builder.header(HeaderName::Server, &self.config.user_agent);
        }
        if let Some((content_type, bytes)) = &reply.body {
            builder = builder.body(content_type, bytes.clone());
        }
        let bytes = builder.build().as_bytes().clone();
        let reliable = reply
            .headers
            .iter()
            .any(|(name, _)| *name == HeaderName::RSeq);
        if invite
            && (reliable || reply.status.is_success())
            && let Some(entry) = self.tables.servers.get_mut(id)
        {
            entry.repeated = Some(bytes.clone());
        }
        self.step_server(id, ServerInput::Respond(reply.status, bytes));
    }

    /// Sends the 2xx or the reliable provisional response again.
    pub(super) fn repeat(&mut self, id: TxId) {
        if let Some(entry) = self.tables.servers.get(id)
            && let Some(bytes) = entry.repeated.clone()
        {
            let flow = entry
                .session
                .and_then(|session| self.tables.sessions.get(&session));
            let flow = flow.map_or(entry.flow(), |entry| entry.session.flow());
            self.transmit(flow, bytes);
        }
    }

    /// One step of a server transaction. Returns whether its user has to see the ACK.
    pub(super) fn step_server(&mut self, id: TxId, input: ServerInput) -> bool {
        let mut effects = Effects::new();
        self.tables.servers.step(id, input, &mut effects);
        let mut deliver = false;
        for effect in effects {
            match effect {
                Effect::Send(bytes) => {
                    if let Some(flow) = self.tables.servers.get(id).map(ServerEntry::flow) {
                        self.transmit(flow, bytes);
                    }
                }
                Effect::Start(timer, after) => self
                    .timers
                    .start(Timer::Server(id, timer), self.now + after),
                Effect::Stop(timer) => self.timers.stop(Timer::Server(id, timer)),
                Effect::Deliver => deliver = true,
                Effect::GaveUp => {}
                Effect::Done => self.forget_server(id),
            }
        }
        deliver
    }

    /// Forgets a server transaction, its timers with it.
    pub(super) fn forget_server(&mut self, id: TxId) {
        self.timers
            .stop_range(Timer::Server(id, TxTimer::A), Timer::Server(id, TxTimer::M));
        self.tables.servers.remove(id);
    }

    /// Forgets a closed flow that nothing waits for.
    pub(super) fn forget_flow(&mut self, flow: FlowId) {
        let closed = self
            .tables
            .flows
            .get(&flow)
            .is_some_and(|flow| flow.state == FlowState::Closed);
        if closed && !self.tables.uses(flow) {
            self.tables.flows.remove(&flow);
        }
    }
}

/// The CANCEL of an INVITE (RFC 3261 9.1): same branch, and everything that routes it.
fn cancel_of(invite: &Request, reason: Option<Reason>) -> Option<(String, Request)> {
    let headers = invite.headers();
    let via = headers.via().ok().flatten()?;
    let key = client_key(via.branch()?, &Method::Cancel);
    let cseq = headers.cseq().ok().flatten()?.seq;
    let mut cancel = RequestBuilder::new(Method::Cancel, &invite.target().ok()?)
        .header(HeaderName::Via, &via)
        .header(HeaderName::MaxForwards, 70);
    for route in headers.all(&HeaderName::Route) {
        cancel = cancel.header(HeaderName::Route, route);
    }
    for name in [HeaderName::From, HeaderName::To, HeaderName::CallId] {
        cancel = cancel.header(&name, headers.get(&name)?);
    }
    cancel = cancel.header(HeaderName::CSeq, format_args!("{cseq} CANCEL"));
    if let Some(reason) = reason {
        cancel = cancel.header(HeaderName::Reason, reason);
    }
    Some((key, cancel.build()))
}
