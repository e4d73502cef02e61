//! REFERs of a user agent and its verbs for them (RFC 3515), and the dialogs of sessions that are over.

use super::acts;
use super::agent::UserAgent;
use super::tables::Account;
use super::usages::{Remnant, Usage};
use crate::dialog::{HeaderFields, Place};
use crate::ids::{FlowId, ReferralId, SessionId};
use crate::referral::{Refer, Referral, ReferralStep, Referred};
use crate::session::{Session, SessionError};
use crate::time::Instant;

impl UserAgent {
    /// Ask the far end of a session to call somebody else: REFER in its dialog. What becomes of it is told by
    /// [`ReferralEvent`](super::ReferralEvent)s, also after the session is over.
    ///
    /// # Errors
    /// No such session, or it was not answered yet; [`SessionError::TooMany`] where so many are open already.
    pub fn refer(
        &mut self,
        now: Instant,
        session: SessionId,
        refer: Refer,
    ) -> Result<ReferralId, SessionError> {
        self.now = now;
        let asking = |usage: &&Usage| matches!(usage, Usage::Asking(_));
        let open = self.tables.usages.of(session).iter().filter(asking).count();
        let most = self.config.refers.per_session;
        let id = ReferralId(self.tables.next_id());
        let flow = self.tables.flow_of(session);
        let reachable = flow.is_some_and(|flow| self.is_open(flow));
        let entry = self.tables.sessions.get_mut(&session);
        let entry = entry.filter(|entry| !entry.session.is_over());
        let (Some(entry), Some(flow)) = (entry, flow) else {
            return Err(SessionError::Unknown(session));
        };
        let mut place = entry.session.place_to_refer()?;
        if open >= most {
            return Err(SessionError::TooMany(session));
        }
        let mut step = acts::step(&self.config, self.now, reachable, &mut self.rng);
        let referral = Referral::ask((id, session), refer, &mut place, &mut step);
        let acts = step.acts;
        self.tables.usages.add_asking(id, referral);
        self.carry_out((id, session), flow, acts);
        Ok(id)
    }

    /// Nobody wants to know any more what becomes of a REFER: nothing is told of it from now on, and the far
    /// end is told to keep it to itself (SUBSCRIBE with `Expires: 0`).
    pub fn stop_following(&mut self, now: Instant, id: ReferralId) {
        self.now = now;
        self.with_referral(id, Referral::leave);
    }

    /// Tell the far end something in the header fields of an UPDATE without description (RFC 3311): who is
    /// there now, for example. It is no offer, and goes out whatever offers are open. One goes out at a time:
    /// while it is not answered the latest waits, and takes the place of those before it, so that each has to
    /// say everything.
    ///
    /// # Errors
    /// No such session, or it has no dialog yet; [`SessionError::NotAllowed`] where the far end said in its
    /// `Allow` that it does not know UPDATE.
    pub fn update(
        &mut self,
        now: Instant,
        session: SessionId,
        headers: HeaderFields,
    ) -> Result<(), SessionError> {
        self.verb(now, session, |session, step| session.inform(headers, step))
    }

    /// One step of a REFER of this side, and what it asks for.
    pub(super) fn with_referral<R>(
        &mut self,
        id: ReferralId,
        run: impl FnOnce(&mut Referral, &mut Place<'_>, &mut ReferralStep<'_>) -> R,
    ) -> Option<R> {
        let session = self.tables.usages.asking.get(&id)?.session();
        let flow = self.tables.flow_of(session)?;
        let reachable = self.is_open(flow);
        let tables = &mut self.tables;
        let referral = tables.usages.asking.get_mut(&id)?;
        let mut step = acts::step(&self.config, self.now, reachable, &mut self.rng);
        let place = match tables.sessions.get_mut(&session) {
            Some(entry) => entry.session.place(referral.remote_tag()),
            None => {
                let left = tables.usages.remnants.get_mut(&session)?;
                left.place(referral.remote_tag())
            }
        };
        let result = match place {
            Some(mut place) => Some(run(referral, &mut place, &mut step)),
            None => {
                referral.lose_place(&mut step);
                None
            }
        };
        let acts = step.acts;
        if self.carry_out((id, session), flow, acts) {
            self.forget_usage(Usage::Asking(id));
        }
        result
    }

    /// Forgets a REFER, and what is left of its session where nothing else lives in its dialog.
    pub(super) fn forget_usage(&mut self, usage: Usage) {
        let Some(session) = self.tables.usages.remove(usage) else {
            return;
        };
        if !self.tables.usages.of(session).is_empty() {
            return;
        }
        if let Some(left) = self.tables.usages.remnants.remove(&session) {
            self.tables.tags.remove(left.dialog.local_tag());
            self.forget_account(Account::Session(session));
            self.forget_flow(left.flow);
        }
    }

    /// A session is over: its dialog lives on while a REFER lives in it (RFC 5057 4.1). Returns whether it
    /// does.
    pub(super) fn keep_remnant(&mut self, id: SessionId, session: Session) -> bool {
        if self.tables.usages.of(id).is_empty() {
            return false;
        }
        let flow = session.flow();
        let (dialog, contact) = session.into_rest();
        let Some(dialog) = dialog else {
            return false;
        };
        let remnant = Remnant {
            dialog,
            flow,
            contact,
        };
        self.tables.usages.remnants.insert(id, remnant);
        true
    }

    /// A session is over without a dialog, and so is what lived in it: an early one (RFC 3261 12.3).
    pub(super) fn drop_usages(&mut self, id: SessionId) {
        for usage in self.tables.usages.of(id).to_vec() {
            match usage {
                Usage::Asking(id) => self.with_referral(id, |_, _, _| {}),
                Usage::Asked(id) => self.with_referred(id, |_, _, _| {}),
            };
        }
    }

    /// The far end of a dialog whose session is over came over another flow.
    pub(super) fn remnant_learns_flow(&mut self, id: SessionId, flow: FlowId) {
        let open = self.is_open(flow);
        let Some(left) = self.tables.usages.remnants.get_mut(&id) else {
            return;
        };
        let old = left.flow;
        if old != flow && open {
            left.flow = flow;
            self.usages_came_back(id);
            self.forget_flow(old);
        }
    }

    /// The far end of a dialog came over another flow: it is told what it may have missed, and asked what this
    /// side missed.
    pub(super) fn usages_came_back(&mut self, id: SessionId) {
        for usage in self.tables.usages.of(id).to_vec() {
            match usage {
                Usage::Asking(id) => self.with_referral(id, Referral::came_back),
                Usage::Asked(id) => self.with_referred(id, Referred::came_back),
            };
        }
    }

    /// Nothing else is under way in a dialog any more.
    pub(super) fn usages_go_on(&mut self, id: SessionId) {
        for usage in self.tables.usages.of(id).to_vec() {
            if let Usage::Asked(id) = usage {
                self.with_referred(id, |it, place, step| it.moved(place, step));
            }
        }
    }

    /// Dialogs whose sessions are over move.
    pub(super) fn move_remnants(&mut self, old: FlowId, new: FlowId) {
        let host = |flow| {
            self.tables
                .flows
                .get(&flow)
                .map(|flow| flow.info.sent_by.clone())
        };
        let (old_host, new_host) = (host(old), host(new));
        let all = self.tables.usages.remnants.values_mut();
        for left in all.filter(|left| left.flow == old) {
            left.flow = new;
            if let (Some(old_host), Some(new_host)) = (&old_host, &new_host) {
                left.contact = left.contact.replacen(old_host.as_str(), new_host, 1);
            }
        }
    }

    /// What lives in dialogs goes on over the flow that took over.
    pub(super) fn move_usages(&mut self, new: FlowId) {
        let sessions = self.tables.usages.sessions();
        let moved: Vec<Usage> = sessions
            .filter(|(session, _)| self.tables.flow_of(*session) == Some(new))
            .flat_map(|(_, usages)| usages.iter().copied())
            .collect();
        for usage in moved {
            match usage {
                Usage::Asking(id) => {
                    self.with_referral(id, |it, place, step| it.moved(place, step));
                }
                Usage::Asked(id) => {
                    self.with_referred(id, |it, place, step| it.moved(place, step));
                }
            }
        }
    }
}
