//! REFERs of both sides by the sessions in whose dialogs they live, and the dialogs whose sessions are over
//! (RFC 5057).

use std::collections::BTreeMap;

use crate::dialog::{Dialog, Place};
use crate::ids::{FlowId, ReferralId, ReferredId, SessionId};
use crate::referral::{Referral, Referred};

/// A usage of the dialog of a session, besides the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Usage {
    /// A REFER of this side.
    Asking(ReferralId),
    /// One of the far end.
    Asked(ReferredId),
}

/// A dialog without a session: what is left of one that is over, or what a REFER outside of any made. It is
/// found as the dialog of its session is.
#[derive(Debug)]
pub(super) struct Remnant {
    pub(super) dialog: Dialog,
    pub(super) flow: FlowId,
    /// `Contact` value of this side.
    pub(super) contact: String,
}

impl Remnant {
    pub(super) fn place(&mut self, remote_tag: &str) -> Option<Place<'_>> {
        (self.dialog.remote_tag() == remote_tag).then_some(Place {
            dialog: &mut self.dialog,
            contact: &self.contact,
            alone: true,
        })
    }
}

/// REFERs, and where they live.
#[derive(Debug, Default)]
pub(super) struct Usages {
    pub(super) asking: BTreeMap<ReferralId, Referral>,
    pub(super) asked: BTreeMap<ReferredId, Referred>,
    /// By the session whose dialog it is, oldest first; no list is empty.
    by_session: BTreeMap<SessionId, Vec<Usage>>,
    /// Dialogs by the name of the session that they had; each has a usage.
    pub(super) remnants: BTreeMap<SessionId, Remnant>,
}

impl Usages {
    /// The usages of the dialog of a session, oldest first.
    pub(super) fn of(&self, session: SessionId) -> &[Usage] {
        self.by_session.get(&session).map_or(&[], Vec::as_slice)
    }

    /// The sessions whose dialogs have usages.
    pub(super) fn sessions(&self) -> impl Iterator<Item = (SessionId, &[Usage])> {
        let all = self.by_session.iter();
        all.map(|(session, usages)| (*session, usages.as_slice()))
    }

    pub(super) fn add_asking(&mut self, id: ReferralId, referral: Referral) {
        self.add(referral.session(), Usage::Asking(id));
        self.asking.insert(id, referral);
    }

    pub(super) fn add_asked(&mut self, id: ReferredId, referred: Referred) {
        self.add(referred.session(), Usage::Asked(id));
        self.asked.insert(id, referred);
    }

    fn add(&mut self, session: SessionId, usage: Usage) {
        self.by_session.entry(session).or_default().push(usage);
    }

    /// Forgets a usage; returns the session whose dialog it was of.
    pub(super) fn remove(&mut self, usage: Usage) -> Option<SessionId> {
        let session = match usage {
            Usage::Asking(id) => self.asking.remove(&id)?.session(),
            Usage::Asked(id) => self.asked.remove(&id)?.session(),
        };
        if let Some(usages) = self.by_session.get_mut(&session) {
            usages.retain(|other| *other != usage);
            if usages.is_empty() {
                self.by_session.remove(&session);
            }
        }
        Some(session)
    }

    /// The REFER of this side that a NOTIFY in the dialog is of; one that names none is of the oldest.
    pub(super) fn find_asking(
        &self,
        session: SessionId,
        remote_tag: &str,
        id: Option<&str>,
    ) -> Option<ReferralId> {
        self.of(session).iter().find_map(|usage| match usage {
            Usage::Asking(usage) => {
                let referral = self.asking.get(usage)?;
                referral.is_of(remote_tag, id).then_some(*usage)
            }
            Usage::Asked(_) => None,
        })
    }

    /// The REFER of the far end that a SUBSCRIBE in the dialog is of.
    pub(super) fn find_asked(
        &self,
        session: SessionId,
        remote_tag: &str,
        id: Option<&str>,
    ) -> Option<ReferredId> {
        self.of(session).iter().find_map(|usage| match usage {
            Usage::Asked(usage) => {
                let referred = self.asked.get(usage)?;
                referred.is_of(remote_tag, id).then_some(*usage)
            }
            Usage::Asking(_) => None,
        })
    }
}
