//! SUBSCRIBE: who wants to know what an agent is doing, or how a queue stands, and telling it
//! (RFC 6665, RFC 3856, RFC 4235).
//!
//! Only agents are told of them: whoever asks has registered over that connection, or shows that he
//! knows a password. A phone that comes back on another connection keeps its subscriptions, since its
//! registration moves them ([`super::registrations`]).

use std::time::Duration;

use alo_sip::header::HeaderName;
use alo_sip::message::Request;
use alo_sip::presence::{DIALOG_INFO, PIDF, QueueLoad};
use alo_sip::status::StatusCode;
use alo_sip::time::Instant;
use alo_sip::ua::{FlowId, NotifierEvent, NotifierId};

use super::Center;
use super::access::Denied;
use super::invites::{GUEST, user};
use crate::presence::watchers::{News, Package, Watcher};

/// The event packages that can be subscribed to.
pub(super) const EVENTS: [&str; 2] = ["presence", "dialog"];

/// Longest subscription that is granted. The shortest is that of registrations.
const LONGEST: Duration = Duration::from_secs(3600);

/// Why a request is not taken for an agent's.
#[derive(Debug)]
pub(super) enum NotAnAgent {
    /// It does not say whose it is.
    Unreadable,
    /// It is a guest's.
    Guest,
    /// It has not been shown.
    Denied(Denied),
}

impl NotAnAgent {
    /// The status that it is answered with, and the header fields.
    pub(super) fn answer(self) -> (StatusCode, Vec<(HeaderName, String)>) {
        match self {
            Self::Unreadable => (StatusCode::BAD_REQUEST, Vec::new()),
            Self::Guest => (StatusCode::FORBIDDEN, Vec::new()),
            Self::Denied(denied) => denied.answer(),
        }
    }
}

/// What a SUBSCRIBE wants.
#[derive(Debug)]
enum Wanted {
    /// To watch an agent.
    Agent(Watcher),
    /// To watch the queue of this id.
    Queue(String),
}

impl Center {
    /// Extension of the agent who sent a request: who registered over this connection, or shows that
    /// he knows the password.
    ///
    /// # Errors
    /// Where it is nobody's, or not shown.
    pub(super) fn agent_who_asks(
        &mut self,
        now: Instant,
        flow: FlowId,
        request: &Request,
    ) -> Result<String, NotAnAgent> {
        let from = request.headers().from().ok().flatten();
        let from = from.ok_or(NotAnAgent::Unreadable)?;
        let sender = user(from.uri());
        if sender.starts_with(GUEST) {
            return Err(NotAnAgent::Guest);
        }
        if !self.registrar.is_bound(&sender, flow) {
            let proved = self.prove(now, flow, request, &sender);
            proved.map_err(NotAnAgent::Denied)?;
        }
        Ok(sender)
    }

    /// Extension of the agent whom the Request-URI names; `None` where it names none.
    pub(super) fn agent_named(&self, request: &Request) -> Option<String> {
        let agent = self.config.agent(&self.user_named(request)?)?;
        Some(agent.extension.clone())
    }

    /// Id of the queue whom the Request-URI names; `None` where it names none.
    fn queue_named(&self, request: &Request) -> Option<String> {
        let queue = self.config.queue(&self.user_named(request)?)?;
        Some(queue.id.clone())
    }

    /// The user of this domain whom the Request-URI names.
    fn user_named(&self, request: &Request) -> Option<String> {
        let target = request.target().ok()?;
        let here = target.host_str().eq_ignore_ascii_case(&self.config.domain);
        here.then(|| user(&target))
    }

    /// A SUBSCRIBE that begins a subscription.
    pub(super) fn subscribed(
        &mut self,
        now: Instant,
        id: NotifierId,
        flow: FlowId,
        request: &Request,
    ) {
        let result = match self.wanted(now, flow, request) {
            Ok(wanted) => {
                let accepted = self.ua.accept_subscription(now, id, LONGEST);
                if accepted.is_ok() {
                    tracing::debug!(id = id.0, ?wanted, "subscribed");
                    match wanted {
                        Wanted::Agent(watcher) => self.watchers.add(id, watcher),
                        Wanted::Queue(queue) => self.queue_watchers.add(id, &queue),
                    }
                }
                accepted
            }
            Err((status, headers)) => {
                tracing::debug!(
                    flow = flow.0,
                    status = status.code(),
                    "subscription refused"
                );
                self.ua.reject_subscription(now, id, status, headers)
            }
        };
        if let Err(error) = result {
            tracing::debug!(%error, "too late for an answer");
        }
    }

    /// Who wants to know what, or what to answer instead (RFC 6665 section 4.2.1.1).
    fn wanted(
        &mut self,
        now: Instant,
        flow: FlowId,
        request: &Request,
    ) -> Result<Wanted, (StatusCode, Vec<(HeaderName, String)>)> {
        let plain = |status| (status, Vec::new());
        if self.is_trunk(flow) {
            return Err(plain(StatusCode::FORBIDDEN));
        }
        let event = request.headers().event().ok().flatten();
        let package = event.and_then(|event| Package::named(&event.package));
        let package = package.ok_or_else(|| {
            let allowed = (HeaderName::AllowEvents, EVENTS.join(", "));
            (StatusCode::BAD_EVENT, vec![allowed])
        })?;
        // Before anything is said about who there is.
        let by = self
            .agent_who_asks(now, flow, request)
            .map_err(NotAnAgent::answer)?;
        let wanted = match (package, self.agent_named(request)) {
            (_, Some(agent)) => Wanted::Agent(Watcher { by, agent, package }),
            (Package::Presence, None) => {
                let queue = self.queue_named(request);
                Wanted::Queue(queue.ok_or(plain(StatusCode::NOT_FOUND))?)
            }
            // A queue has no phone that a lamp could show.
            (Package::Dialog, None) => return Err(plain(StatusCode::NOT_FOUND)),
        };
        let document = match package {
            Package::Presence => PIDF,
            Package::Dialog => DIALOG_INFO,
        };
        let accept = request.headers().accept().ok().flatten();
        if accept.is_some_and(|types| !types.iter().any(|kind| kind.accepts(document))) {
            return Err(plain(StatusCode::NOT_ACCEPTABLE));
        }
        let least = self.config.registrations.min_expires;
        let expires = request.headers().expires().map(u64::from);
        // None at all is a fetch (RFC 6665 section 4.4.3).
        if expires.is_some_and(|seconds| seconds > 0 && seconds < least.as_secs()) {
            let least = least.as_secs().to_string();
            let headers = vec![(HeaderName::from_static("Min-Expires"), least)];
            return Err((StatusCode::INTERVAL_TOO_BRIEF, headers));
        }
        Ok(wanted)
    }

    /// News of a subscription.
    pub(super) fn notifier_event(&mut self, id: NotifierId, event: NotifierEvent) {
        match event {
            NotifierEvent::Refreshed => {
                self.watchers.refreshed(id);
                self.queue_watchers.refreshed(id);
            }
            NotifierEvent::Ended => {
                self.watchers.remove(id);
                self.queue_watchers.remove(id);
            }
        }
    }

    /// There may be news of an agent: his state, or his phone.
    pub(super) fn presence_changed(&mut self, _now: Instant, agent: &str) {
        self.watchers.changed(agent);
    }

    /// Tells everybody what is new; says whether there was anything.
    pub(super) fn tell_watchers(&mut self, now: Instant) -> bool {
        let news = {
            let (watchers, acd) = (&mut self.watchers, &self.acd);
            watchers.due(|agent| acd.agent(agent))
        };
        for news in &news {
            self.tell_watcher(now, news);
        }
        let told_of_queues = self.tell_of_queues(now);
        !news.is_empty() || told_of_queues
    }

    fn tell_of_queues(&mut self, now: Instant) -> bool {
        let news = {
            let (watchers, acd) = (&mut self.queue_watchers, &self.acd);
            watchers.due(now, |queue| {
                let view = acd.queue(queue)?;
                Some(QueueLoad {
                    waiting: view.waiting,
                    free: view.free_agents,
                })
            })
        };
        for news in &news {
            let document = news.presence(&self.config.domain).to_pidf();
            self.notify(now, news.to, PIDF, document);
        }
        !news.is_empty()
    }

    fn tell_watcher(&mut self, now: Instant, news: &News<NotifierId>) {
        let entity = format!("sip:{}@{}", news.watcher.agent, self.config.domain);
        let (kind, body) = match news.watcher.package {
            Package::Presence => (PIDF, news.snapshot.presence(now, &entity).to_pidf()),
            Package::Dialog => {
                let dialogs = news.snapshot.dialogs(&entity, news.version);
                (DIALOG_INFO, dialogs.to_xml())
            }
        };
        self.notify(now, news.to, kind, body);
    }

    fn notify(&mut self, now: Instant, to: NotifierId, kind: &str, body: String) {
        if let Err(error) = self.ua.notify(now, to, kind, body.into_bytes()) {
            tracing::debug!(id = to.0, %error, "not notified");
        }
    }
}
