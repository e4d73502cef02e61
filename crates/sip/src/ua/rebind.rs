//! A flow takes over from another one (RFC 5626 4.4.1: a failed flow is replaced).

use super::agent::UserAgent;
use super::config::Role;
use super::tables::Owner;
use crate::ids::{FlowId, RegistrationId, SessionId, TxId};
use crate::session::Asked;
use crate::transaction::ClientInput;

impl UserAgent {
    /// The registrations over a flow.
    pub(super) fn registrations_on(&self, flow: FlowId) -> Vec<RegistrationId> {
        let on_flow = self
            .tables
            .registrations
            .iter()
            .filter(|(_, entry)| entry.flow == flow);
        on_flow.map(|(id, _)| *id).collect()
    }

    /// Transactions move; requests without a final answer are sent again, except REGISTER, which is
    /// written anew for the new flow, and the INVITE of a call that was hung up.
    pub(super) fn move_transactions(&mut self, old: FlowId, new: FlowId) {
        for entry in self
            .tables
            .servers
            .entries
            .values_mut()
            .filter(|entry| entry.flow == old)
        {
            entry.flow = new;
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
                Owner::Registration(_) => false,
                // A call that was hung up does not ring anew; its CANCEL is sent again.
                Owner::Session(session, Asked::Invite) => self
                    .tables
                    .sessions
                    .get(&session)
                    .is_some_and(|entry| !entry.session.is_over()),
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
