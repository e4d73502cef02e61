//! The scripted server's side of working states and presence: it keeps the agent's state as the embedded call
//! centre does, and knows what colleagues are doing.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use alo_api::working::{AFTER_CALL_WORK, AVAILABLE};
use alo_sip::header::HeaderName;
use alo_sip::message::Request;
use alo_sip::presence::{Activity, Presence, QueueLoad};
use alo_sip::status::StatusCode;
use alo_sip::time::Instant;
use alo_sip::ua::{NotifierEvent, NotifierId, ServerTxId};

use super::server::Server;
use crate::language::Millis;

/// The agent's own extension.
pub(super) const OWN: &str = "101";

/// What the server holds for true of the agent.
#[derive(Debug, Clone)]
pub(super) struct Own {
    pub(super) state: String,
    pub(super) name: Option<String>,
    pub(super) since: Millis,
    pub(super) until: Option<Millis>,
    pub(super) next: Option<(String, Option<String>)>,
}

/// What the server does about presence.
#[derive(Debug)]
pub(super) struct PresenceService {
    pub(super) own: Own,
    /// Colleagues: their phone, their state, and since when.
    pub(super) people: BTreeMap<String, (Activity, String, Millis)>,
    /// How busy the queues are.
    pub(super) queues: BTreeMap<String, QueueLoad>,
    /// Packages that are refused, and how.
    pub(super) refused: BTreeMap<&'static str, StatusCode>,
    /// What PUBLISH is answered with.
    pub(super) publish_status: StatusCode,
    /// The next PUBLISH is refused (400).
    pub(super) refuses_next: bool,
    /// It refused to tell at one time or another.
    kept_silent: bool,
    /// What is told of everybody instead of a document of the call centre.
    pub(super) foreign: Option<String>,
    /// Takes PUBLISH, and does nothing about it.
    pub(super) deaf: bool,
    /// Who is subscribed to what: extension and package.
    pub(super) notifiers: BTreeMap<NotifierId, (String, String)>,
    /// Entity tags of the publications, and when each expires.
    publications: BTreeMap<String, Millis>,
    /// Working states that came by PUBLISH, in order.
    pub(super) published: Vec<String>,
    /// How many SUBSCRIBEs to each extension began something.
    pub(super) asked: BTreeMap<String, u32>,
    tags: u64,
}

impl PresenceService {
    pub(super) fn new() -> Self {
        Self {
            own: Own {
                state: AVAILABLE.into(),
                name: None,
                since: 1_000_000,
                until: None,
                next: None,
            },
            people: BTreeMap::new(),
            queues: BTreeMap::new(),
            refused: BTreeMap::new(),
            publish_status: StatusCode::OK,
            refuses_next: false,
            kept_silent: false,
            foreign: None,
            deaf: false,
            notifiers: BTreeMap::new(),
            publications: BTreeMap::new(),
            published: Vec::new(),
            asked: BTreeMap::new(),
            tags: 0,
        }
    }

    /// Everything that does not outlive the process.
    pub(super) fn restart(&mut self, now: Millis) {
        self.notifiers.clear();
        self.publications.clear();
        self.own.since = now;
        self.own.state = AVAILABLE.into();
        (self.own.name, self.own.until, self.own.next) = (None, None, None);
    }

    /// Whether the phone may take this for the agent's state because the server took it by PUBLISH, and would not
    /// tell at the time, or told other things.
    pub(super) fn was_believed(&self, state: &String) -> bool {
        self.foreign.is_some() || self.kept_silent && self.published.contains(state)
    }

    /// How many publications there are.
    pub(super) fn publications(&self, now: Millis) -> usize {
        let expire = self.publications.values();
        expire.filter(|expires| **expires > now).count()
    }

    /// Who is watched, besides the agent itself.
    pub(super) fn watched(&self) -> BTreeSet<&str> {
        let others = self.notifiers.values().filter(|(who, _)| who != OWN);
        others.map(|(who, _)| who.as_str()).collect()
    }

    fn document(&self, now: Millis, who: &str, package: &str) -> Option<(&'static str, String)> {
        let for_s = |since: Millis| Some(now.saturating_sub(since) / 1000);
        let entity = format!("sip:{who}@alo.test");
        if let Some(foreign) = self.foreign.clone().filter(|_| package == "presence") {
            return Some(("application/pidf+xml", foreign));
        }
        let presence = if who == OWN {
            Presence {
                entity,
                open: true,
                activity: Activity::None,
                state: Some(self.own.state.clone()),
                note: self.own.name.clone(),
                next: self.own.next.as_ref().map(|(id, _)| id.clone()),
                next_note: self.own.next.as_ref().and_then(|(_, name)| name.clone()),
                for_s: for_s(self.own.since),
                left_s: self.own.until.map(|until| until.saturating_sub(now) / 1000),
                queue: None,
            }
        } else {
            let known = self.people.get(who);
            let (activity, state, since) =
                known.cloned().unwrap_or((Activity::None, String::new(), 0));
            if package == "dialog" {
                return Some((
                    "application/dialog-info+xml",
                    dialog_info(&entity, activity),
                ));
            }
            Presence {
                entity,
                open: known.is_some(),
                activity,
                state: known.map(|_| state),
                note: None,
                next: None,
                next_note: None,
                for_s: known.and_then(|_| for_s(since)),
                left_s: None,
                queue: self.queues.get(who).copied(),
            }
        };
        Some(("application/pidf+xml", presence.to_pidf()))
    }
}

fn dialog_info(entity: &str, activity: Activity) -> String {
    let state = match activity {
        Activity::OnThePhone => "confirmed",
        Activity::Ringing => "early",
        _ => "terminated",
    };
    format!(
        "<?xml version=\"1.0\"?><dialog-info xmlns=\"urn:ietf:params:xml:ns:dialog-info\" version=\"1\" \
         state=\"full\" entity=\"{entity}\"><dialog id=\"a\" direction=\"recipient\"><state>{state}</state>\
         </dialog></dialog-info>"
    )
}

impl Server {
    pub(super) fn on_subscribed(&mut self, now: Millis, id: NotifierId, request: &Request) {
        let instant = Instant::from_millis(now);
        let event = request.headers().event().unwrap().unwrap();
        let who = request.target().unwrap().user().unwrap().into_owned();
        let service = &mut self.presence;
        *service.asked.entry(who.clone()).or_default() += 1;
        if let Some(status) = service.refused.get(event.package.as_str()) {
            let _ = self.ua.reject_subscription(instant, id, *status, vec![]);
            service.kept_silent = true;
            return;
        }
        let accepted = self
            .ua
            .accept_subscription(instant, id, Duration::from_secs(600));
        if accepted.is_ok() {
            service.notifiers.insert(id, (who, event.package));
            self.notify(now, id);
        }
    }

    pub(super) fn on_notifier(&mut self, now: Millis, id: NotifierId, event: NotifierEvent) {
        match event {
            NotifierEvent::Refreshed => self.notify(now, id),
            NotifierEvent::Ended => {
                self.presence.notifiers.remove(&id);
            }
        }
    }

    fn notify(&mut self, now: Millis, id: NotifierId) {
        let Some((who, package)) = self.presence.notifiers.get(&id) else {
            return;
        };
        if let Some((kind, body)) = self.presence.document(now, who, package) {
            let body = body.into_bytes();
            let _ = self.ua.notify(Instant::from_millis(now), id, kind, body);
        }
    }

    /// Tells everybody who watches this extension.
    pub(super) fn tell(&mut self, now: Millis, who: &str) {
        let of_them = self.presence.notifiers.iter();
        let of_them = of_them.filter(|(_, (watched, _))| watched == who);
        let ids: Vec<_> = of_them.map(|(id, _)| *id).collect();
        for id in ids {
            self.notify(now, id);
        }
    }

    pub(super) fn on_publish(&mut self, now: Millis, tx: ServerTxId, request: &Request) {
        let instant = Instant::from_millis(now);
        let headers = request.headers();
        let tag = headers.get(&HeaderName::SipIfMatch);
        let publications = &mut self.presence.publications;
        publications.retain(|_, expires| *expires > now);
        let tag = tag.as_deref();
        let known = tag.map(|tag| publications.contains_key(tag));
        let mut status = self.presence.publish_status;
        if std::mem::take(&mut self.presence.refuses_next) {
            status = StatusCode::BAD_REQUEST;
        }
        let mut answer = vec![];
        let body = Presence::parse(request.body()).ok();
        if status.is_success() && known == Some(false) {
            status = StatusCode::CONDITIONAL_REQUEST_FAILED;
        }
        if status.is_success() {
            if let Some(tag) = tag {
                self.presence.publications.remove(tag);
            }
            self.presence.tags += 1;
            let tag = format!("tag{}", self.presence.tags);
            let expires = headers.expires().unwrap_or(300);
            if expires > 0 {
                let until = now + u64::from(expires) * 1000;
                self.presence.publications.insert(tag.clone(), until);
            }
            answer.push((HeaderName::SipETag, tag));
            answer.push((HeaderName::Expires, expires.to_string()));
        }
        let _ = self.ua.respond(instant, tx, status, answer, None);
        if let Some(presence) = body.filter(|_| status.is_success() && !self.presence.deaf) {
            let state = presence.state.unwrap();
            self.presence.published.push(state.clone());
            self.choose(now, &state, presence.note);
        }
    }

    /// The agent's wish, as the embedded call centre takes it: during a call it comes next.
    fn choose(&mut self, now: Millis, state: &str, name: Option<String>) {
        let wrapping_up = self.presence.own.state == AFTER_CALL_WORK;
        if state == AFTER_CALL_WORK && wrapping_up {
            return self.wrap_up(now, 30);
        }
        if self.is_in_call() {
            self.presence.own.next = Some((state.to_owned(), name));
            self.tell(now, OWN);
        } else {
            self.put_into(now, state, name);
        }
    }

    /// Ends the subscriptions to this extension, as a server does that is about to go.
    pub(super) fn give_up(&mut self, now: Millis, who: &str) {
        let notifiers = std::mem::take(&mut self.presence.notifiers);
        let (over, kept) = notifiers
            .into_iter()
            .partition(|(_, (watched, _))| watched == who);
        self.presence.notifiers = kept;
        let over: BTreeMap<_, _> = over;
        for id in over.into_keys() {
            let instant = Instant::from_millis(now);
            let _ = self.ua.end_subscription(instant, id, "deactivated", None);
        }
    }

    fn is_in_call(&self) -> bool {
        self.calls.values().any(|far| far.answered)
    }

    /// The agent is in this state now.
    pub(super) fn put_into(&mut self, now: Millis, state: &str, name: Option<String>) {
        let own = &mut self.presence.own;
        if own.state != state {
            own.since = now;
        }
        own.state = state.to_owned();
        (own.name, own.until, own.next) = (name, None, None);
        self.tell(now, OWN);
    }

    /// A queue call is over: after-call work for so many seconds from now.
    pub(super) fn wrap_up(&mut self, now: Millis, seconds: u64) {
        let own = &mut self.presence.own;
        if own.state != AFTER_CALL_WORK {
            own.since = now;
        }
        own.state = AFTER_CALL_WORK.into();
        own.name = None;
        own.until = Some(now + seconds * 1000);
        self.tell(now, OWN);
    }

    /// What is due: the next state when the call is over, the end of after-call work. Whether anything was.
    pub(super) fn presence_is_due(&mut self, now: Millis) -> bool {
        let own = &self.presence.own;
        let wrapped_up = own.until.is_some_and(|until| now >= until);
        let free = own.next.is_some() && own.until.is_none() && !self.is_in_call();
        if !wrapped_up && !free {
            return false;
        }
        let next = self.presence.own.next.take();
        let (state, name) = next.unwrap_or_else(|| (AVAILABLE.into(), None));
        self.put_into(now, &state, name);
        true
    }

    /// When after-call work ends.
    pub(super) fn presence_wakes_at(&self) -> Option<Millis> {
        self.presence.own.until
    }

    /// A colleague's phone or state changes; `None`: signs out.
    pub(super) fn colleague(&mut self, now: Millis, who: &str, is: Option<(Activity, &str)>) {
        match is {
            Some((activity, state)) => {
                let is = (activity, state.to_owned(), now);
                self.presence.people.insert(who.to_owned(), is);
            }
            None => {
                self.presence.people.remove(who);
            }
        }
        self.tell(now, who);
    }
}
