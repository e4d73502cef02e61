//! Carries out what sessions and registrations ask for, and brings them responses and timeouts.

use super::acts;
use super::agent::UserAgent;
use super::config::Config;
use super::event::{Event, Output};
use super::incoming::PING;
use super::tables::{Account, ClientEntry, DialogOwner, FlowState, Owner, SessionEntry};
use super::timers::Timer;
use crate::auth::Credentials;
use crate::dialog::{Dialog, Draft};
use crate::header::{HeaderName, Reason};
use crate::ids::{FlowId, RegistrationId, SessionId, TxId};
use crate::message::Response;
use crate::method::Method;
use crate::registration::{Registration, RegistrationStep, RegistrationTimer};
use crate::retry::BackOff;
use crate::session::{
    Act, Asked, MOST_FORKS, RequestTimeout, Session, SessionTimer, Step, ack_draft,
};
use crate::transaction::{ClientInput, ServerInput, TxTimer};

use core::time::Duration;

use bytes::Bytes;

/// How long a pong is awaited (RFC 5626 4.4.1).
const PONG_WAIT: Duration = Duration::from_secs(10);

/// No flow is kept alive more often than this.
const SHORTEST_KEEP_ALIVE: Duration = Duration::from_secs(1);

impl UserAgent {
    /// A session begins.
    pub(super) fn insert_session(
        &mut self,
        id: SessionId,
        session: Session,
        credentials: Option<Credentials>,
    ) {
        let flow = session.flow();
        self.tables
            .tags
            .insert(String::from(session.local_tag()), DialogOwner::Session(id));
        self.tables.sessions.insert(
            id,
            SessionEntry {
                session,
                invite: None,
            },
        );
        if let Some(credentials) = credentials {
            self.begin_account(Account::Session(id), flow, credentials);
        }
    }

    /// One step of a session, and what it asks for.
    pub(super) fn with_session<R>(
        &mut self,
        id: SessionId,
        run: impl FnOnce(&mut Session, &mut Step<'_>) -> R,
    ) -> Option<R> {
        let entry = self.tables.sessions.get_mut(&id)?;
        let mut step = Step::new(&self.profile, &mut self.rng);
        let result = run(&mut entry.session, &mut step);
        let acts = step.acts;
        for act in acts {
            self.perform(id, act);
        }
        Some(result)
    }

    fn perform(&mut self, id: SessionId, act: Act) {
        let Some(entry) = self.tables.sessions.get(&id) else {
            return;
        };
        let flow = entry.session.flow();
        match act {
            Act::Send(asked, draft) => {
                self.send(Owner::Session(id, asked), flow, draft, 0);
            }
            Act::Cancel(reason) => self.send_cancel(id, reason),
            Act::Abandon => {
                if let Some(invite) = entry.invite {
                    self.abandon(invite);
                }
            }
            Act::Ack(asked, draft) => self.perform_ack(id, asked, &draft),
            Act::Again(bytes) => self.transmit(flow, bytes),
            Act::Stray(response, reason) => {
                if let Some(invite) = entry.invite {
                    self.hang_up_stray(id, invite, &response, reason);
                }
            }
            Act::Reply(tx, reply) => self.reply(tx, &reply),
            Act::Repeat(tx) => self.repeat(tx),
            // The flow that takes over starts it.
            Act::Start(timer, _)
                if SessionTimer::PAUSED_WITH_FLOW.contains(&timer) && self.is_paused(id) => {}
            Act::Start(timer, after) => self
                .timers
                .start(Timer::Session(id, timer), self.now + after),
            Act::Stop(timer) => self.timers.stop(Timer::Session(id, timer)),
            Act::Tell(event) => self
                .out
                .push_back(Output::Event(Event::Session { id, event })),
            Act::Forget => self.forget_session(id),
        }
    }

    fn perform_ack(&mut self, id: SessionId, asked: Asked, draft: &Draft) {
        let Some(entry) = self.tables.sessions.get(&id) else {
            return;
        };
        let flow = entry.session.flow();
        let invite = match asked {
            Asked::Invite => Some(entry.session.invite().clone()),
            _ => entry
                .invite
                .and_then(|invite| self.tables.clients.entries.get(&invite))
                .map(|entry| entry.machine.request().clone()),
        };
        let bytes = self.send_ack(flow, draft, invite.as_ref());
        if let Some(entry) = self.tables.sessions.get_mut(&id) {
            entry.session.acked(draft.cseq, bytes);
        }
    }

    fn forget_session(&mut self, id: SessionId) {
        let (first, last) = (SessionTimer::Repeat2xx, SessionTimer::CancelUnanswered);
        self.timers
            .stop_range(Timer::Session(id, first), Timer::Session(id, last));
        let session = self.tables.sessions.get(&id).map(|entry| &entry.session);
        if session.is_some_and(|session| !session.leaves_dialog()) {
            self.drop_usages(id);
        }
        if let Some(entry) = self.tables.sessions.remove(&id) {
            if let Some(invite) = entry.invite {
                self.step_client(invite, ClientInput::Unwanted);
            }
            let (flow, tag) = (
                entry.session.flow(),
                String::from(entry.session.local_tag()),
            );
            if self.keep_remnant(id, entry.session) {
                self.usages_go_on(id);
            } else {
                self.tables.tags.remove(&tag);
            }
            self.forget_account(Account::Session(id));
            self.forget_flow(flow);
        }
    }

    /// Acknowledges a 2xx that nobody wants and ends its dialog (13.2.2.4).
    fn hang_up_stray(
        &mut self,
        id: SessionId,
        invite_tx: TxId,
        response: &Response,
        reason: Option<Reason>,
    ) {
        let tag = response
            .headers()
            .to()
            .ok()
            .flatten()
            .and_then(|to| to.tag().map(String::from))
            .unwrap_or_default();
        let Some(entry) = self.tables.clients.entries.get(&invite_tx) else {
            return;
        };
        let (flow, invite, last_seq) =
            (entry.flow, entry.machine.request().clone(), entry.last_seq);
        if let Some((_, ack)) = entry.strays.iter().find(|(known, _)| *known == tag) {
            let ack = ack.clone();
            return self.transmit(flow, ack);
        }
        if entry.strays.len() == MOST_FORKS {
            return;
        }
        let Ok(mut dialog) = Dialog::of_caller(&invite, response) else {
            return;
        };
        let ack = ack_draft(&mut dialog, &invite);
        let bytes = self.send_ack(flow, &ack, Some(&invite));
        if let Some(entry) = self.tables.clients.entries.get_mut(&invite_tx) {
            entry.strays.push((tag, bytes));
        }
        dialog.advance_to(last_seq);
        let mut bye = dialog.draft(Method::Bye);
        if let Some(reason) = reason {
            bye.push(HeaderName::Reason, reason.to_string());
        }
        self.send(Owner::Stray(id), flow, bye, 0);
    }

    /// A response that the user of a client transaction has to see.
    pub(super) fn on_client_response(&mut self, tx: TxId, response: &Response) {
        let Some(entry) = self.tables.clients.entries.get(&tx) else {
            return;
        };
        let (owner, cseq) = (entry.owner, seq_of(entry));
        if matches!(response.status().code(), 401 | 407) && self.authenticate(tx, response) {
            return;
        }
        match owner {
            Owner::Session(session, asked) => {
                self.on_session_response(tx, session, asked, response);
            }
            Owner::Registration(registration) => {
                self.with_registration(registration, |registration, step| {
                    registration.on_response(response, step);
                });
            }
            Owner::Subscription(id) => {
                let entry = self.tables.clients.entries.get(&tx);
                let Some(request) = entry.map(|entry| entry.machine.request().clone()) else {
                    return;
                };
                self.with_subscription(id, |subscription, step| {
                    subscription.on_response(&request, response, step);
                });
            }
            Owner::Notifier(id) => {
                self.with_notifier(id, |notifier, step| {
                    notifier.on_response(cseq, response, step);
                });
            }
            Owner::Publication(id) => {
                self.with_publication(id, |publication, step| {
                    publication.on_response(response, step);
                });
            }
            Owner::Referral(id, _) => {
                self.with_referral(id, |it, place, step| {
                    it.on_response(cseq, response, place, step);
                });
            }
            Owner::Referred(id, _) => {
                self.with_referred(id, |it, place, step| {
                    it.on_response(cseq, response, place, step);
                });
            }
            Owner::Request(request) if response.status().is_final() => {
                let response = Ok(response.clone());
                self.out.push_back(Output::Event(Event::Response {
                    id: request,
                    session: None,
                    response,
                }));
            }
            Owner::Request(_) | Owner::Cancel | Owner::Stray(_) => {}
        }
    }

    fn on_session_response(&mut self, tx: TxId, id: SessionId, asked: Asked, response: &Response) {
        if let (Asked::App(request, _), true) = (asked, response.status().is_final()) {
            let response = Ok(response.clone());
            self.out.push_back(Output::Event(Event::Response {
                id: request,
                session: Some(id),
                response,
            }));
        }
        if asked == Asked::Invite && !self.tables.sessions.contains_key(&id) {
            // 13.2.2.4: a 2xx of a fork after the session ended.
            if response.status().is_success() {
                self.hang_up_stray(id, tx, response, None);
            }
            return;
        }
        self.with_session(id, |session, step| {
            session.on_response(asked, response, step);
        });
    }

    /// A client transaction gave up.
    pub(super) fn on_client_timeout(&mut self, id: TxId) {
        let Some(entry) = self.tables.clients.entries.get(&id) else {
            return;
        };
        let (owner, cseq) = (entry.owner, seq_of(entry));
        match owner {
            Owner::Session(session, asked) => {
                if let Asked::App(id, _) = asked {
                    let response = Err(RequestTimeout);
                    self.out.push_back(Output::Event(Event::Response {
                        id,
                        session: Some(session),
                        response,
                    }));
                }
                self.with_session(session, |session, step| session.on_timeout(asked, step));
            }
            Owner::Registration(registration) => {
                self.with_registration(registration, |registration, step| {
                    registration.on_timeout(cseq, step);
                });
            }
            Owner::Subscription(id) => {
                self.with_subscription(id, |subscription, step| {
                    subscription.on_timeout(cseq, step);
                });
            }
            Owner::Notifier(id) => {
                self.with_notifier(id, |notifier, step| notifier.on_timeout(cseq, step));
            }
            Owner::Publication(id) => {
                self.with_publication(id, |publication, step| publication.on_timeout(cseq, step));
            }
            Owner::Referral(id, _) => {
                self.with_referral(id, |it, _, step| it.on_timeout(cseq, step));
            }
            Owner::Referred(id, _) => {
                self.with_referred(id, |it, _, _| it.on_timeout(cseq));
            }
            Owner::Request(id) => {
                let response = Err(RequestTimeout);
                self.out.push_back(Output::Event(Event::Response {
                    id,
                    session: None,
                    response,
                }));
            }
            Owner::Cancel | Owner::Stray(_) => {}
        }
    }

    /// One step of a registration, and what it asks for.
    pub(super) fn with_registration(
        &mut self,
        id: RegistrationId,
        run: impl FnOnce(&mut Registration, &mut RegistrationStep<'_>),
    ) {
        let Some(flow) = self.tables.registrations.get(&id).map(|entry| entry.flow) else {
            return;
        };
        let reachable = self.is_open(flow);
        let Some(entry) = self.tables.registrations.get_mut(&id) else {
            return;
        };
        let mut step = acts::step(&self.config, self.now, reachable, &mut self.rng);
        run(&mut entry.registration, &mut step);
        let acts = step.acts;
        if self.carry_out(id, flow, acts) {
            self.tables.registrations.remove(&id);
            self.forget_account(Account::Registration(id));
            self.forget_account(Account::Calls(id));
            self.forget_flow(flow);
        }
    }

    /// A timer fired.
    pub(super) fn on_timer(&mut self, timer: Timer) {
        tracing::trace!(?timer, "wake-up");
        match timer {
            Timer::Client(id, timer) => {
                self.step_client(id, ClientInput::Timer(timer));
            }
            // RFC 6026 7.1: timer L. Departs from it: as long as the ACK is awaited, which is longer where
            // the flow changed, a repeated INVITE is not taken for a new call.
            Timer::Server(id, TxTimer::L) if self.awaits_ack(id) => {
                let after = self.config.t1 * 64;
                self.timers.start(timer, self.now + after);
            }
            Timer::Server(id, timer) => {
                self.step_server(id, ServerInput::Timer(timer));
            }
            Timer::Session(id, timer) => {
                self.with_session(id, |session, step| session.on_timer(timer, step));
            }
            Timer::Registration(id, RegistrationTimer::Refresh) => {
                self.with_registration(id, |registration, step| registration.go("refresh", step));
            }
            Timer::Registration(id, RegistrationTimer::Retry) => {
                self.with_registration(id, |registration, step| {
                    registration.go("another try", step);
                });
            }
            Timer::Subscription(id, timer) => {
                self.with_subscription(id, |subscription, step| {
                    subscription.on_timer(timer, step);
                });
            }
            Timer::Notifier(id, timer) => {
                self.with_notifier(id, |notifier, step| notifier.on_timer(timer, step));
            }
            Timer::Publication(id, timer) => {
                self.with_publication(id, |publication, step| publication.on_timer(timer, step));
            }
            Timer::Referral(id, timer) => {
                self.with_referral(id, |it, place, step| it.on_timer(timer, place, step));
            }
            Timer::Referred(id, timer) => {
                self.with_referred(id, |it, place, step| it.on_timer(timer, place, step));
            }
            Timer::Ping(flow) => self.ping(flow),
            Timer::Pong(flow) => self.on_pong_missing(flow),
        }
    }

    /// Whether the session of a received INVITE waits for the ACK of its 2xx.
    fn awaits_ack(&self, id: TxId) -> bool {
        let entry = self.tables.servers.get(id);
        let session = entry.and_then(|entry| self.tables.sessions.get(&entry.session?));
        session.is_some_and(|entry| entry.session.awaits_ack(id))
    }

    /// Starts the next keep-alive: after 80 to 100 % of the interval (RFC 5626 4.4), which is at least
    /// a second.
    pub(super) fn schedule_ping(&mut self, flow: FlowId) {
        let interval = self
            .tables
            .flows
            .get(&flow)
            .and_then(|flow| flow.info.keep_alive);
        if let Some(interval) = interval {
            let interval = interval.max(SHORTEST_KEEP_ALIVE);
            let millis = u64::try_from(interval.as_millis()).unwrap_or(u64::MAX);
            let draw = millis - self.rng.below(millis / 5 + 1);
            self.timers
                .start(Timer::Ping(flow), self.now + Duration::from_millis(draw));
        }
    }

    fn ping(&mut self, flow: FlowId) {
        self.transmit(flow, Bytes::from_static(PING));
        let reliable = self
            .tables
            .flows
            .get(&flow)
            .is_some_and(|flow| flow.info.transport.is_reliable());
        // The first ping that is not answered counts, however soon the next one goes out.
        let pong = Timer::Pong(flow);
        if reliable && !self.timers.is_running(pong) {
            self.timers.start(pong, self.now + PONG_WAIT);
        }
        self.schedule_ping(flow);
    }

    /// RFC 5626 4.4.1: the flow failed. Where the peer never answered a keep-alive it may not know
    /// them (RFC 7118 6 makes no server answer), and nothing follows from its silence.
    fn on_pong_missing(&mut self, flow: FlowId) {
        if self
            .tables
            .flows
            .get(&flow)
            .is_some_and(|flow| flow.state == FlowState::Answering)
        {
            self.timers.stop(Timer::Ping(flow));
            self.out
                .push_back(Output::Event(Event::FlowFailed { flow }));
        }
    }
}

/// Sequence number of the request of a client transaction; CANCEL has none of its own.
fn seq_of(entry: &ClientEntry) -> u32 {
    entry.draft.as_ref().map_or(0, |draft| draft.cseq)
}

impl BackOff {
    /// The waiting times of a user agent.
    pub(super) const fn of(config: &Config) -> Self {
        Self {
            base: config.register_retry_base,
            max: config.register_retry_max,
        }
    }
}
