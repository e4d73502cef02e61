//! Subscriptions of a user agent, and its verbs for them.

use super::acts;
use super::agent::UserAgent;
use super::tables::{Account, DialogOwner, SubscriptionEntry};
use crate::ids::{FlowId, SubscriptionId};
use crate::subscription::{Subscribe, Subscription, SubscriptionStep};
use crate::time::Instant;

impl UserAgent {
    /// Subscribe to the state of somebody else, refresh, and subscribe anew where the notifier loses or ends
    /// it, until [`unsubscribe`](UserAgent::unsubscribe), or until it is refused for good.
    pub fn subscribe(
        &mut self,
        now: Instant,
        flow: FlowId,
        subscribe: Subscribe,
    ) -> SubscriptionId {
        self.now = now;
        let id = SubscriptionId(self.tables.next_id());
        let contact = self.contact_uri(flow, Some(&subscribe.contact_user));
        let credentials = subscribe.credentials.clone();
        let entry = SubscriptionEntry {
            subscription: Subscription::new(subscribe, contact),
            flow,
            tag: String::new(),
        };
        self.tables.subscriptions.insert(id, entry);
        if let Some(credentials) = credentials {
            self.begin_account(Account::Subscription(id), flow, credentials);
        }
        self.with_subscription(id, |subscription, step| subscription.go("asked for", step));
        id
    }

    /// End a subscription: [`Ended`](super::SubscriptionEvent::Ended) follows at once; what is left to do on
    /// the wire is done by the user agent alone.
    pub fn unsubscribe(&mut self, now: Instant, id: SubscriptionId) {
        self.now = now;
        self.with_subscription(id, Subscription::leave);
    }

    /// Subscribe at once instead of at the scheduled instant, or again after a refusal.
    pub fn subscribe_now(&mut self, now: Instant, id: SubscriptionId) {
        self.now = now;
        self.with_subscription(id, |subscription, step| subscription.go("asked for", step));
    }

    /// One step of a subscription, and what it asks for.
    pub(super) fn with_subscription(
        &mut self,
        id: SubscriptionId,
        run: impl FnOnce(&mut Subscription, &mut SubscriptionStep<'_>),
    ) {
        let Some(flow) = self.tables.subscriptions.get(&id).map(|entry| entry.flow) else {
            return;
        };
        let reachable = self.is_open(flow);
        let Some(entry) = self.tables.subscriptions.get_mut(&id) else {
            return;
        };
        let mut step = acts::step(&self.config, self.now, reachable, &mut self.rng);
        run(&mut entry.subscription, &mut step);
        let acts = step.acts;
        if entry.tag != entry.subscription.local_tag() {
            // Another dialog took the place of the last one, whose NOTIFYs meet nobody from now on.
            let tag = String::from(entry.subscription.local_tag());
            let old = core::mem::replace(&mut entry.tag, tag.clone());
            self.tables.tags.remove(&old);
            self.tables.tags.insert(tag, DialogOwner::Subscription(id));
        }
        if self.carry_out(id, flow, acts) {
            self.forget_subscription(id);
        }
    }

    fn forget_subscription(&mut self, id: SubscriptionId) {
        if let Some(entry) = self.tables.subscriptions.remove(&id) {
            self.tables.tags.remove(&entry.tag);
            self.forget_account(Account::Subscription(id));
            self.forget_flow(entry.flow);
        }
    }

    /// Subscriptions move: the notifiers learn the new contact.
    pub(super) fn move_subscriptions(&mut self, old: FlowId, new: FlowId) {
        let all = self.tables.subscriptions.iter();
        let moved: Vec<(SubscriptionId, String)> = all
            .filter(|(_, entry)| entry.flow == old)
            .map(|(id, entry)| (*id, String::from(entry.subscription.contact_user())))
            .collect();
        for (id, user) in moved {
            let contact = self.contact_uri(new, Some(&user));
            if let Some(entry) = self.tables.subscriptions.get_mut(&id) {
                entry.flow = new;
            }
            self.with_subscription(id, |subscription, step| subscription.moved(contact, step));
        }
    }
}
