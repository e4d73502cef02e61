//! Subscriptions of others, and the verbs of a user agent for them.

use core::time::Duration;

use super::acts;
use super::agent::UserAgent;
use super::checks;
use super::event::{Event, Output};
use super::incoming::to_tag;
use super::tables::DialogOwner;
use crate::dialog::{Dialog, HeaderFields};
use crate::header::HeaderName;
use crate::ids::{FlowId, NotifierId, SubscriptionId, TxId};
use crate::message::Request;
use crate::method::Method;
use crate::notifier::{Notifier, NotifierStep, SubscriptionError};
use crate::session::Reply;
use crate::status::StatusCode;
use crate::time::Instant;
use crate::uri::Uri;

impl UserAgent {
    /// Accept a subscription (200), for as long as was asked for, and for at most `expires`, each refresh
    /// too. The application then notifies the state at once (RFC 6665 4.2.1.2).
    ///
    /// # Errors
    /// No such subscription, or it was accepted already.
    pub fn accept_subscription(
        &mut self,
        now: Instant,
        id: NotifierId,
        expires: Duration,
    ) -> Result<(), SubscriptionError> {
        self.notifier_verb(now, id, |notifier, step| notifier.accept(expires, step))
    }

    /// Refuse a subscription (300 to 699): 403, 404, 423 with `Min-Expires`, 489. A 489 gets the
    /// `Allow-Events` of [`Config::events`](super::Config::events) where `headers` has none. Nothing is told
    /// of the subscription afterwards.
    ///
    /// # Errors
    /// No such subscription, it was accepted already, or a status that refuses nothing.
    pub fn reject_subscription(
        &mut self,
        now: Instant,
        id: NotifierId,
        status: StatusCode,
        headers: HeaderFields,
    ) -> Result<(), SubscriptionError> {
        let told = |(name, _): &(HeaderName, String)| *name == HeaderName::AllowEvents;
        let mut reply = Reply::new(status);
        if status == StatusCode::BAD_EVENT && !headers.iter().any(told) {
            reply = reply.with_events(&self.config);
        }
        reply.headers.extend(headers);
        self.notifier_verb(now, id, |notifier, step| {
            notifier.reject(status, reply.headers, step)
        })
    }

    /// Tell the state to a subscriber. One NOTIFY is under way for each subscription at a time; a newer body
    /// takes the place of one that waits. Over a closed flow nothing is sent: when the subscriber comes back,
    /// [`Refreshed`](super::NotifierEvent::Refreshed) is told.
    ///
    /// # Errors
    /// No such subscription, or it was not accepted yet.
    pub fn notify(
        &mut self,
        now: Instant,
        id: NotifierId,
        content_type: &str,
        body: Vec<u8>,
    ) -> Result<(), SubscriptionError> {
        let body = (String::from(content_type), body);
        self.notifier_verb(now, id, |notifier, step| notifier.notify(body, step))
    }

    /// End a subscription: a last NOTIFY tells why (`deactivated`, `rejected`, `noresource`, ...; RFC 6665
    /// 4.1.3 says what the subscriber does then) and, with a body, the last state.
    /// [`Ended`](super::NotifierEvent::Ended) follows at once.
    ///
    /// # Errors
    /// No such subscription, or it was not accepted yet.
    pub fn end_subscription(
        &mut self,
        now: Instant,
        id: NotifierId,
        reason: &str,
        body: Option<(String, Vec<u8>)>,
    ) -> Result<(), SubscriptionError> {
        self.notifier_verb(now, id, |notifier, step| {
            if notifier.expires_at().is_none() {
                return Err(SubscriptionError::NotAccepted);
            }
            notifier.finish(reason, body, "ended", step);
            Ok(())
        })
    }

    /// Look at a subscription of somebody else.
    pub fn notifier(&self, id: NotifierId) -> Option<&Notifier> {
        self.tables.notifiers.get(id).filter(|it| it.is_open())
    }

    fn notifier_verb(
        &mut self,
        now: Instant,
        id: NotifierId,
        run: impl FnOnce(&mut Notifier, &mut NotifierStep<'_>) -> Result<(), SubscriptionError>,
    ) -> Result<(), SubscriptionError> {
        self.now = now;
        if self.notifier(id).is_none() {
            return Err(SubscriptionError::Unknown(id));
        }
        self.with_notifier(id, run)
            .unwrap_or(Err(SubscriptionError::Unknown(id)))
    }

    /// One step of the subscription of somebody else, and what it asks for.
    pub(super) fn with_notifier<R>(
        &mut self,
        id: NotifierId,
        run: impl FnOnce(&mut Notifier, &mut NotifierStep<'_>) -> R,
    ) -> Option<R> {
        let flow = self.tables.notifiers.get(id)?.flow();
        let reachable = self.is_open(flow);
        let notifier = self.tables.notifiers.get_mut(id)?;
        let mut step = acts::step(&self.config, self.now, reachable, &mut self.rng);
        let result = run(notifier, &mut step);
        let acts = step.acts;
        if self.carry_out(id, flow, acts)
            && let Some(notifier) = self.tables.notifiers.remove(id)
        {
            self.tables.tags.remove(notifier.local_tag());
            self.forget_flow(flow);
        }
        Some(result)
    }

    /// A SUBSCRIBE outside any dialog (RFC 6665 4.2.1).
    pub(super) fn on_subscribe(&mut self, tx: TxId, flow: FlowId, request: Request) {
        let event = match checks::subscribed_event(&self.config, &request) {
            Ok(event) => event,
            Err(refusal) => return self.reply(tx, &refusal),
        };
        if self.is_full(flow) {
            return self.refuse_subscription(tx, flow);
        }
        let Some(tag) = self.tables.servers.get(tx).map(|entry| entry.tag.clone()) else {
            return;
        };
        let Ok(dialog) = Dialog::of_callee(&request, &tag) else {
            return self.reply(tx, &Reply::new(StatusCode::BAD_REQUEST));
        };
        let id = NotifierId(self.tables.next_id());
        let target = request.target().ok();
        let user = target.as_ref().and_then(Uri::user);
        let contact = self.contact_uri(flow, user.as_deref());
        let notifier = Notifier::asked((id, flow, tx), event, &request, dialog, &contact);
        self.tables.tags.insert(tag, DialogOwner::Notifier(id));
        self.tables.notifiers.insert(id, notifier);
        self.out
            .push_back(Output::Event(Event::Subscribed { id, flow, request }));
    }

    fn is_full(&self, flow: FlowId) -> bool {
        self.tables.notifiers.count(flow) >= self.config.max_notifiers_per_flow
    }

    /// RFC 3261 21.5.4
    fn refuse_subscription(&mut self, tx: TxId, flow: FlowId) {
        tracing::debug!(flow = flow.0, "no room for another subscription");
        let after = (self.config.t1 * 64).as_secs().max(1);
        let full = Reply::new(StatusCode::SERVICE_UNAVAILABLE)
            .with(HeaderName::RetryAfter, after.to_string());
        self.reply(tx, &full);
    }

    /// NOTIFY in the dialog of a subscription of ours, SUBSCRIBE in that of somebody else's. False where the
    /// request is neither.
    pub(super) fn on_event_request(&mut self, tx: TxId, flow: FlowId, request: &Request) -> bool {
        let owner = to_tag(request).and_then(|tag| self.tables.tags.get(&tag).copied());
        match (owner, request.method()) {
            (Some(DialogOwner::Subscription(id)), Method::Notify) => {
                self.on_notify(tx, id, request)
            }
            (Some(DialogOwner::Notifier(id)), Method::Subscribe) => {
                self.on_resubscribe(tx, flow, id, request)
            }
            _ => false,
        }
    }

    fn on_notify(&mut self, tx: TxId, id: SubscriptionId, request: &Request) -> bool {
        let call_id = request.headers().call_id().ok().flatten();
        let entry = self.tables.subscriptions.get(&id);
        let ours =
            entry.is_some_and(|entry| call_id.as_deref() == Some(entry.subscription.call_id()));
        if ours {
            self.with_subscription(id, |subscription, step| {
                subscription.on_notify(tx, request, step);
            });
        }
        ours
    }

    fn on_resubscribe(
        &mut self,
        tx: TxId,
        flow: FlowId,
        id: NotifierId,
        request: &Request,
    ) -> bool {
        let headers = request.headers();
        let call_id = headers.call_id().ok().flatten().unwrap_or_default();
        let from = headers.from().ok().flatten();
        let from_tag = from
            .as_ref()
            .and_then(|from| from.tag())
            .unwrap_or_default();
        let notifier = self.tables.notifiers.get_mut(id);
        let Some(notifier) = notifier.filter(|it| it.is_in_dialog(&call_id, from_tag)) else {
            return false;
        };
        let (old, user) = (notifier.flow(), notifier.contact_user());
        if old != flow && self.is_full(flow) {
            self.refuse_subscription(tx, flow);
            return true;
        }
        if old != flow && self.is_open(flow) {
            // The subscriber comes back over another flow.
            let contact = self.contact_uri(flow, user.as_deref());
            if let Some(notifier) = self.tables.notifiers.get_mut(id) {
                notifier.came_back();
            }
            self.tables.notifiers.set_flow(id, flow, &contact);
            self.forget_flow(old);
        }
        self.with_notifier(id, |notifier, step| {
            notifier.on_subscribe(tx, request, step);
        });
        true
    }

    /// Subscriptions of others move.
    pub(super) fn move_notifiers(&mut self, old: FlowId, new: FlowId) {
        for id in self.tables.notifiers.on_flow(old) {
            let user = self
                .tables
                .notifiers
                .get(id)
                .and_then(Notifier::contact_user);
            let contact = self.contact_uri(new, user.as_deref());
            self.tables.notifiers.set_flow(id, new, &contact);
            self.with_notifier(id, Notifier::moved);
        }
    }
}
