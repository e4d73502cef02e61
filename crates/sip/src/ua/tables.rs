//! What a user agent keeps: flows, transactions, dialogs, registrations, publications, and who owns what.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::config::FlowInfo;
use super::notifiers::Notifiers;
use super::servers::Servers;
use super::usages::Usages;
use crate::auth::DigestClient;
use crate::dialog::Draft;
use crate::ids::{
    FlowId, NotifierId, PublicationId, ReferralId, ReferredId, RegistrationId, RequestId,
    SessionId, SubscriptionId, TxId,
};
use crate::message::{Request, Response};
use crate::method::Method;
use crate::publication::Publication;
use crate::registration::Registration;
use crate::session::{Asked, Session};
use crate::subscription::Subscription;
use crate::transaction::Client;

/// A flow, open or waiting for its replacement.
#[derive(Debug)]
pub(super) struct Flow {
    pub(super) info: FlowInfo,
    pub(super) state: FlowState,
    /// How many server transactions there may be over it, where that is not as for all.
    pub(super) transactions: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FlowState {
    /// In use; whether the peer answers keep-alives is not known yet.
    Open,
    /// In use, and the peer answered a keep-alive.
    Answering,
    /// Gone; what used it waits for another one.
    Closed,
}

/// Whose client transaction it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    Session(SessionId, Asked),
    Registration(RegistrationId),
    Subscription(SubscriptionId),
    /// NOTIFY.
    Notifier(NotifierId),
    Publication(PublicationId),
    /// REFER, and the SUBSCRIBE after it, in the dialog of this session.
    Referral(ReferralId, SessionId),
    /// NOTIFY of a REFER, in the dialog of this session.
    Referred(ReferredId, SessionId),
    Request(RequestId),
    /// CANCEL: nobody waits for its answer.
    Cancel,
    /// BYE of a fork that nobody wants.
    Stray(SessionId),
}

/// Whose credentials are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Account {
    Session(SessionId),
    Registration(RegistrationId),
    /// Nobody's: what new sessions and requests of a registration begin with.
    Calls(RegistrationId),
    Subscription(SubscriptionId),
    Publication(PublicationId),
    Request(RequestId),
}

impl Owner {
    pub(super) const fn account(self) -> Option<Account> {
        match self {
            Self::Session(id, _)
            | Self::Stray(id)
            | Self::Referral(_, id)
            | Self::Referred(_, id) => Some(Account::Session(id)),
            Self::Registration(id) => Some(Account::Registration(id)),
            Self::Subscription(id) => Some(Account::Subscription(id)),
            Self::Publication(id) => Some(Account::Publication(id)),
            Self::Request(id) => Some(Account::Request(id)),
            Self::Notifier(_) | Self::Cancel => None,
        }
    }
}

/// Whose a dialog is. Another usage of the dialog of a session (RFC 5057), as the subscription that a REFER
/// makes, is the session's, also after its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DialogOwner {
    Session(SessionId),
    Subscription(SubscriptionId),
    Notifier(NotifierId),
}

/// A client transaction.
#[derive(Debug)]
pub(super) struct ClientEntry {
    pub(super) machine: Client,
    pub(super) flow: FlowId,
    pub(super) owner: Owner,
    /// For another try; CANCEL has none.
    pub(super) draft: Option<Draft>,
    /// How often it was sent with credentials.
    pub(super) tries: u8,
    /// The highest sequence number in early dialogs of this INVITE (PRACK, UPDATE): a BYE comes after it.
    pub(super) last_seq: u32,
    /// ACKs of 2xx that nobody wants, by the tag of the fork.
    pub(super) strays: Vec<(String, Bytes)>,
}

/// Client transactions, found by branch.
#[derive(Debug, Default)]
pub(super) struct Clients {
    pub(super) entries: BTreeMap<TxId, ClientEntry>,
    pub(super) branches: BTreeMap<String, TxId>,
}

impl Clients {
    /// The transaction that a response belongs to (RFC 3261 17.1.3): by branch and method.
    pub(super) fn matching(&self, response: &Response) -> Option<TxId> {
        let via = response.headers().via().ok().flatten()?;
        let id = *self.branches.get(&client_key(
            via.branch()?,
            &response.headers().cseq().ok().flatten()?.method,
        ))?;
        Some(id)
    }

    pub(super) fn remove(&mut self, id: TxId) -> Option<ClientEntry> {
        let entry = self.entries.remove(&id)?;
        if let Some(key) = request_key(entry.machine.request()) {
            self.branches.remove(&key);
        }
        Some(entry)
    }
}

/// CANCEL has the branch of its INVITE.
pub(super) fn client_key(branch: &str, method: &Method) -> String {
    let cancel = if *method == Method::Cancel { "!" } else { "" };
    [branch, cancel].concat()
}

/// [`client_key`] of a request that is sent.
pub(super) fn request_key(request: &Request) -> Option<String> {
    let via = request.headers().via().ok().flatten()?;
    Some(client_key(via.branch()?, request.method()))
}

/// A session with what the user agent keeps for it.
#[derive(Debug)]
pub(super) struct SessionEntry {
    pub(super) session: Session,
    /// The last INVITE of ours, first or later.
    pub(super) invite: Option<TxId>,
}

/// A registration with its flow.
#[derive(Debug)]
pub(super) struct RegistrationEntry {
    pub(super) registration: Registration,
    pub(super) flow: FlowId,
}

/// A subscription with its flow.
#[derive(Debug)]
pub(super) struct SubscriptionEntry {
    pub(super) subscription: Subscription,
    pub(super) flow: FlowId,
    /// The tag that it is found by.
    pub(super) tag: String,
}

/// A publication with its flow.
#[derive(Debug)]
pub(super) struct PublicationEntry {
    pub(super) publication: Publication,
    pub(super) flow: FlowId,
}

/// Everything that has an owner.
#[derive(Debug, Default)]
pub(super) struct Tables {
    pub(super) flows: BTreeMap<FlowId, Flow>,
    pub(super) clients: Clients,
    pub(super) servers: Servers,
    pub(super) sessions: BTreeMap<SessionId, SessionEntry>,
    /// Dialogs by their local tag.
    pub(super) tags: BTreeMap<String, DialogOwner>,
    pub(super) registrations: BTreeMap<RegistrationId, RegistrationEntry>,
    pub(super) subscriptions: BTreeMap<SubscriptionId, SubscriptionEntry>,
    pub(super) notifiers: Notifiers,
    pub(super) publications: BTreeMap<PublicationId, PublicationEntry>,
    pub(super) usages: Usages,
    pub(super) accounts: BTreeMap<Account, DigestClient>,
    last_id: u64,
}

impl Tables {
    /// A number that was not used before.
    pub(super) const fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    /// The flow that reaches the far end of a session, or of what is left of it.
    pub(super) fn flow_of(&self, session: SessionId) -> Option<FlowId> {
        match self.sessions.get(&session) {
            Some(entry) => Some(entry.session.flow()),
            None => self.usages.remnants.get(&session).map(|left| left.flow),
        }
    }

    /// Whether anything waits for this flow.
    pub(super) fn uses(&self, flow: FlowId) -> bool {
        self.sessions
            .values()
            .any(|entry| entry.session.flow() == flow)
            || self.registrations.values().any(|entry| entry.flow == flow)
            || self.subscriptions.values().any(|entry| entry.flow == flow)
            || self.notifiers.count(flow) > 0
            || self.usages.remnants.values().any(|left| left.flow == flow)
            || self.publications.values().any(|entry| entry.flow == flow)
            || self
                .clients
                .entries
                .values()
                .any(|entry| entry.flow == flow)
    }
}
