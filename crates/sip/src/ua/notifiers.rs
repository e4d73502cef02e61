//! Subscriptions of others: how they are found, and how many come over a flow.

use std::collections::{BTreeMap, BTreeSet};

use crate::ids::{FlowId, NotifierId};
use crate::notifier::Notifier;
use crate::uri::Uri;

/// Subscriptions of others, by name and by flow.
#[derive(Debug, Default)]
pub(super) struct Notifiers {
    entries: BTreeMap<NotifierId, Notifier>,
    flows: BTreeMap<FlowId, BTreeSet<NotifierId>>,
}

impl Notifiers {
    pub(super) fn get(&self, id: NotifierId) -> Option<&Notifier> {
        self.entries.get(&id)
    }

    pub(super) fn get_mut(&mut self, id: NotifierId) -> Option<&mut Notifier> {
        self.entries.get_mut(&id)
    }

    pub(super) fn insert(&mut self, id: NotifierId, notifier: Notifier) {
        self.flows.entry(notifier.flow()).or_default().insert(id);
        self.entries.insert(id, notifier);
    }

    pub(super) fn remove(&mut self, id: NotifierId) -> Option<Notifier> {
        let notifier = self.entries.remove(&id)?;
        self.leave(notifier.flow(), id);
        Some(notifier)
    }

    fn leave(&mut self, flow: FlowId, id: NotifierId) {
        if let Some(here) = self.flows.get_mut(&flow) {
            here.remove(&id);
            if here.is_empty() {
                self.flows.remove(&flow);
            }
        }
    }

    /// One is reached over another flow from now on.
    pub(super) fn set_flow(&mut self, id: NotifierId, flow: FlowId, contact: &Uri) {
        let Some(notifier) = self.entries.get_mut(&id) else {
            return;
        };
        let old = notifier.flow();
        notifier.set_flow(flow, contact);
        self.leave(old, id);
        self.flows.entry(flow).or_default().insert(id);
    }

    /// How many there are over a flow.
    pub(super) fn count(&self, flow: FlowId) -> usize {
        self.flows.get(&flow).map_or(0, BTreeSet::len)
    }

    /// Those over a flow.
    pub(super) fn on_flow(&self, flow: FlowId) -> Vec<NotifierId> {
        let here = self.flows.get(&flow);
        here.map(|here| here.iter().copied().collect())
            .unwrap_or_default()
    }
}
