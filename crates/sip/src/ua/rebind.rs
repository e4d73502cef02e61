//! A flow closes, and another one takes over (RFC 5626 4.4.1: a failed flow is replaced).

use super::agent::UserAgent;
use super::config::Role;
use super::tables::{FlowState, Owner};
use super::timers::Timer;
use crate::ids::{FlowId, RegistrationId, SessionId, TxId};
use crate::session::{Asked, Session, SessionTimer};
use crate::transaction::{ClientInput, TxTimer};

impl UserAgent {
    /// Whether a flow is there, and open.
    pub(super) fn is_open(&self, flow: FlowId) -> bool {
        self.tables
            .flows
            .get(&flow)
            .is_some_and(|flow| flow.state != FlowState::Closed)
    }

    /// Nothing goes out over this flow any more, and what still comes over it leads nobody back to it.
    pub(super) fn close(&mut self, flow: FlowId) {
        self.timers.stop(Timer::Ping(flow));
        self.timers.stop(Timer::Pong(flow));
        if let Some(known) = self.tables.flows.get_mut(&flow) {
            known.state = FlowState::Closed;
        }
    }

    /// Whether a call that nobody hung up waits for another flow.
    pub(super) fn is_paused(&self, id: SessionId) -> bool {
        self.tables
            .sessions
            .get(&id)
            .is_some_and(|entry| !entry.session.is_over() && !self.is_open(entry.session.flow()))
    }

    /// Whether a first INVITE waits for another flow.
    ///
    /// Departs from RFC 3261 17.1.1.2, whose timer B counts silence: while the flow is closed nobody can
    /// be heard, and a call that is being set up is not given up for it.
    pub(super) fn is_paused_invite(&self, id: TxId) -> bool {
        self.tables.clients.entries.get(&id).is_some_and(|entry| {
            let Owner::Session(session, Asked::Invite) = entry.owner else {
                return false;
            };
            let sessions = &self.tables.sessions;
            let wanted = sessions
                .get(&session)
                .is_some_and(|entry| !entry.session.is_over());
            wanted && !self.is_open(entry.flow)
        })
    }

    /// A flow closed: time does not count for the calls over it that are being set up.
    pub(super) fn pause_sessions(&mut self, flow: FlowId) {
        let sessions = self.tables.sessions.iter();
        let paused = sessions
            .filter(|(id, entry)| entry.session.flow() == flow && self.is_paused(**id))
            .flat_map(|(id, _)| {
                let timers = SessionTimer::PAUSED_WITH_FLOW;
                timers.map(|timer| Timer::Session(*id, timer))
            });
        let clients = self.tables.clients.entries.iter();
        let invites = clients
            .filter(|(id, entry)| entry.flow == flow && self.is_paused_invite(**id))
            .map(|(id, _)| Timer::Client(*id, TxTimer::B));
        let stopped: Vec<Timer> = paused.chain(invites).collect();
        for timer in stopped {
            self.timers.stop(timer);
        }
    }

    /// A call was hung up: if its INVITE was waiting for another flow, there is an end to that.
    pub(super) fn give_up_in_time(&mut self, id: SessionId) {
        let session = self.tables.sessions.get(&id);
        let Some(invite) = session.and_then(|entry| entry.invite) else {
            return;
        };
        let timer = Timer::Client(invite, TxTimer::B);
        let entry = self.tables.clients.entries.get(&invite);
        if let Some(entry) = entry.filter(|entry| entry.machine.is_calling())
            && !self.timers.is_running(timer)
        {
            let after = self.timing(entry.flow).give_up();
            self.timers.start(timer, self.now + after);
        }
    }

    /// The dialog follows its peer to the flow that it uses now.
    pub(super) fn learn_flow(&mut self, id: SessionId, flow: FlowId) {
        let Some(old) = self
            .tables
            .sessions
            .get(&id)
            .map(|entry| entry.session.flow())
        else {
            return self.remnant_learns_flow(id, flow);
        };
        if old != flow && self.is_open(flow) {
            if let Some(entry) = self.tables.sessions.get_mut(&id) {
                entry.session.set_flow(flow);
            }
            self.resend_of(id, flow);
            self.with_session(id, Session::resume);
            self.usages_came_back(id);
            self.forget_flow(old);
        }
    }

    /// What was asked in this session over the flow of before may have been lost with it, though it looked
    /// open: it is sent again, and the far end's transactions see to it that nothing is done twice.
    fn resend_of(&mut self, id: SessionId, flow: FlowId) {
        let clients = self.tables.clients.entries.iter_mut();
        let lost = clients.filter(|(_, entry)| {
            let own = matches!(entry.owner, Owner::Session(of, asked) if of == id && asked != Asked::Invite);
            own && entry.flow != flow && !entry.machine.is_answered()
        });
        let lost: Vec<TxId> = lost
            .map(|(tx, entry)| {
                entry.flow = flow;
                *tx
            })
            .collect();
        for tx in lost {
            self.step_client(tx, ClientInput::Resend);
        }
    }

    /// The registrations over a flow.
    pub(super) fn registrations_on(&self, flow: FlowId) -> Vec<RegistrationId> {
        let on_flow = self
            .tables
            .registrations
            .iter()
            .filter(|(_, entry)| entry.flow == flow);
        on_flow.map(|(id, _)| *id).collect()
    }

    /// Transactions move; requests without a final answer are sent again, except REGISTER and
    /// SUBSCRIBE, which are written anew for the new flow, and the INVITE of a call that was hung up.
    pub(super) fn move_transactions(&mut self, old: FlowId, new: FlowId) {
        let received: Vec<TxId> = self.tables.servers.on_flow(old).collect();
        for id in received {
            self.tables.servers.set_flow(id, new);
        }
        let mut open: Vec<TxId> = Vec::new();
        for (id, entry) in self
            .tables
            .clients
            .entries
            .iter_mut()
            .filter(|(_, entry)| entry.flow == old)
        {
            entry.flow = new;
            let again = match entry.owner {
                Owner::Registration(_) | Owner::Subscription(_) => false,
                // A call that was hung up neither rings anew nor changes; its CANCEL or BYE is sent again.
                Owner::Session(session, Asked::Invite | Asked::Reinvite | Asked::RefreshInvite) => {
                    self.tables
                        .sessions
                        .get(&session)
                        .is_some_and(|entry| !entry.session.is_over())
                }
                _ => true,
            };
            if again && !entry.machine.is_answered() {
                open.push(*id);
            }
        }
        for id in open {
            self.step_client(id, ClientInput::Resend);
        }
    }

    /// Sessions move; a phone lets the far ends know.
    pub(super) fn move_sessions(&mut self, old: FlowId, new: FlowId) {
        let hosts = |flow| {
            self.tables
                .flows
                .get(&flow)
                .map(|flow| flow.info.sent_by.clone())
        };
        let (old_host, new_host) = (hosts(old), hosts(new));
        let on_flow = self
            .tables
            .sessions
            .iter()
            .filter(|(_, entry)| entry.session.flow() == old);
        let moved: Vec<SessionId> = on_flow.map(|(id, _)| *id).collect();
        for id in moved {
            if let Some(entry) = self.tables.sessions.get_mut(&id) {
                entry.session.set_flow(new);
                if let (Some(old_host), Some(new_host)) = (&old_host, &new_host) {
                    entry.session.move_contact(old_host, new_host);
                }
            }
            let announce = self.config.role == Role::Phone;
            self.with_session(id, |session, step| session.on_new_flow(announce, step));
        }
    }
}
