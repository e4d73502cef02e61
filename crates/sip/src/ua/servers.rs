//! Server transactions of a user agent: how they are found, and how many there may be.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;

use super::config::TransactionLimits;
use crate::header::{HeaderName, Via};
use crate::ids::{FlowId, SessionId, TxId};
use crate::message::Request;
use crate::method::Method;
use crate::transaction::{Effects, Server, ServerInput, Timing};

/// A server transaction.
#[derive(Debug)]
pub(super) struct ServerEntry {
    machine: Server,
    flow: FlowId,
    /// To be answered; what was answered is only repeated, and keeps nothing of its request but `facts`.
    request: Option<Request>,
    facts: Option<Facts>,
    /// Tag that responses put into `To`.
    pub(super) tag: String,
    pub(super) session: Option<SessionId>,
    /// The response that is repeated by its user: the 2xx, or a reliable provisional one.
    pub(super) repeated: Option<Bytes>,
    key: String,
    merge_key: Option<String>,
}

impl ServerEntry {
    /// A transaction whose request just came.
    pub(super) fn new(
        request: Request,
        flow: FlowId,
        timing: Timing,
        tag: String,
        key: String,
        merge_key: Option<String>,
    ) -> Self {
        Self {
            machine: Server::new(*request.method() == Method::Invite, timing),
            flow,
            facts: Facts::of(&request),
            request: Some(request),
            tag,
            session: None,
            repeated: None,
            key,
            merge_key,
        }
    }

    pub(super) const fn flow(&self) -> FlowId {
        self.flow
    }

    /// The request, as long as it is not answered.
    pub(super) const fn request(&self) -> Option<&Request> {
        self.request.as_ref()
    }

    /// Whether a final response was sent.
    pub(super) fn is_answered(&self) -> bool {
        self.machine.is_answered()
    }

    /// Whether a request that has the branch of this one is of the same call and sequence number.
    ///
    /// The branch stands in every response and may be seen on its way; alone it is no proof of being the
    /// sender of the first request, and so no reason to answer over another flow.
    pub(super) fn is_of(&self, other: &Request) -> bool {
        self.facts == Facts::of(other)
    }
}

/// What all requests of a transaction have in common, and nobody sees in passing but the two ends.
#[derive(Debug, PartialEq, Eq)]
struct Facts {
    // Copies: a piece of the message would keep the whole of it.
    call_id: String,
    from_tag: Option<String>,
    seq: u32,
}

impl Facts {
    /// `None` where something is missing; `check` has read all three.
    fn of(request: &Request) -> Option<Self> {
        let headers = request.headers();
        let from = headers.from().ok().flatten()?;
        Some(Self {
            call_id: String::from(&headers.call_id().ok().flatten()?[..]),
            from_tag: from.tag().map(String::from),
            seq: headers.cseq().ok().flatten()?.seq,
        })
    }
}

/// The transactions of one flow.
#[derive(Debug, Default)]
struct OnFlow {
    all: BTreeSet<TxId>,
    spent: BTreeSet<TxId>,
}

/// Server transactions, found by what their requests have in common with repetitions.
#[derive(Debug, Default)]
pub(super) struct Servers {
    entries: BTreeMap<TxId, ServerEntry>,
    keys: BTreeMap<String, TxId>,
    /// Requests outside dialogs, to find those that came by two ways (RFC 3261 8.2.2.2).
    merged: BTreeMap<String, TxId>,
    flows: BTreeMap<FlowId, OnFlow>,
    /// Those of all flows that can be forgotten where room is wanted.
    spent: BTreeSet<TxId>,
}

/// Whether there is room for another transaction.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Room {
    Free,
    /// If this one is forgotten.
    Without(TxId),
    None,
}

impl Servers {
    pub(super) fn get(&self, id: TxId) -> Option<&ServerEntry> {
        self.entries.get(&id)
    }

    pub(super) fn get_mut(&mut self, id: TxId) -> Option<&mut ServerEntry> {
        self.entries.get_mut(&id)
    }

    /// The transaction of a [`server_key`].
    pub(super) fn find(&self, key: &str) -> Option<TxId> {
        self.keys.get(key).copied()
    }

    /// Whether a request of this [`merge_key`] came before.
    pub(super) fn is_merged(&self, merge_key: &str) -> bool {
        self.merged.contains_key(merge_key)
    }

    /// Whether another one may come over this flow. What can be forgotten goes oldest first: of this flow, and
    /// only where nothing of it can, and the user agent is full, of another one.
    pub(super) fn room(&self, flow: FlowId, limits: TransactionLimits) -> Room {
        let here = self.flows.get(&flow);
        let (all, oldest) = here.map_or((0, None), |here| (here.all.len(), here.spent.first()));
        let oldest = if all >= limits.per_flow {
            oldest
        } else if self.entries.len() >= limits.in_all {
            oldest.or_else(|| self.spent.first())
        } else {
            return Room::Free;
        };
        oldest.map_or(Room::None, |id| Room::Without(*id))
    }

    pub(super) fn insert(&mut self, id: TxId, entry: ServerEntry) {
        self.keys.insert(entry.key.clone(), id);
        if let Some(key) = &entry.merge_key {
            self.merged.insert(key.clone(), id);
        }
        self.flows.entry(entry.flow).or_default().all.insert(id);
        self.entries.insert(id, entry);
    }

    pub(super) fn remove(&mut self, id: TxId) {
        if let Some(entry) = self.entries.remove(&id) {
            self.keys.remove(&entry.key);
            if let Some(key) = entry.merge_key {
                self.merged.remove(&key);
            }
            self.leave(entry.flow, id);
            self.spent.remove(&id);
        }
    }

    fn leave(&mut self, flow: FlowId, id: TxId) {
        if let Some(here) = self.flows.get_mut(&flow) {
            here.all.remove(&id);
            here.spent.remove(&id);
            if here.all.is_empty() {
                self.flows.remove(&flow);
            }
        }
    }

    /// One step of a transaction.
    pub(super) fn step(&mut self, id: TxId, input: ServerInput, effects: &mut Effects) {
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        entry.machine.step(input, effects);
        if entry.machine.is_answered() {
            entry.request = None;
        }
        if entry.machine.is_spent() && self.spent.insert(id) {
            self.flows.entry(entry.flow).or_default().spent.insert(id);
        }
    }

    /// A transaction is answered over another flow from now on.
    pub(super) fn set_flow(&mut self, id: TxId, flow: FlowId) {
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        let old = core::mem::replace(&mut entry.flow, flow);
        if old != flow {
            self.leave(old, id);
            let here = self.flows.entry(flow).or_default();
            here.all.insert(id);
            if self.spent.contains(&id) {
                here.spent.insert(id);
            }
        }
    }

    /// The transactions over a flow.
    pub(super) fn on_flow(&self, flow: FlowId) -> impl Iterator<Item = TxId> + '_ {
        let here = self.flows.get(&flow);
        here.into_iter().flat_map(|here| here.all.iter().copied())
    }

    /// Those over a flow that were answered and belong to no session.
    pub(super) fn answered_strays(&self, flow: FlowId) -> Vec<TxId> {
        let is_stray = |id: &TxId| {
            self.get(*id)
                .is_some_and(|entry| entry.is_answered() && entry.session.is_none())
        };
        self.on_flow(flow).filter(is_stray).collect()
    }
}

/// What identifies the transaction of a request (RFC 3261 17.2.3); ACK as INVITE.
///
/// Branch, `sent-by` and method; of a request of RFC 2543, whose branch means nothing: the whole
/// topmost `Via`, Request-URI, `From`, `Call-ID` and sequence number.
pub(super) fn server_key(request: &Request, via: &Via, method: &Method) -> String {
    let method = if *method == Method::Ack {
        &Method::Invite
    } else {
        method
    };
    let port = via.port().map(|port| port.to_string()).unwrap_or_default();
    let host = via.host_str().to_ascii_lowercase();
    if via.has_rfc3261_branch() {
        return [
            via.branch().unwrap_or_default(),
            &host,
            &port,
            method.as_str(),
        ]
        .join("|");
    }
    let headers = request.headers();
    let value = |name: &HeaderName| headers.get(name).unwrap_or_default().into_owned();
    let seq = headers
        .cseq()
        .ok()
        .flatten()
        .map_or(0, |cseq| cseq.seq)
        .to_string();
    let (from, call_id) = (value(&HeaderName::From), value(&HeaderName::CallId));
    [
        &via.to_string(),
        request.uri(),
        &from,
        &call_id,
        &seq,
        method.as_str(),
    ]
    .join("|")
}

/// `From` tag, `Call-ID` and `CSeq`: the same in a request that came by two ways (RFC 3261 8.2.2.2).
pub(super) fn merge_key(request: &Request) -> Option<String> {
    let headers = request.headers();
    let from = headers.from().ok().flatten()?;
    let call_id = headers.call_id().ok().flatten()?;
    let cseq = headers.get(&HeaderName::CSeq)?;
    Some([from.tag()?, &call_id, &cseq].join("|"))
}
