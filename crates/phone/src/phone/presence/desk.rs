//! [`Desk`]: the subscriptions and the publication of an agent, and the two machines that they feed.

use std::collections::BTreeMap;

use alo_sip::header;
use alo_sip::presence::{DIALOG_INFO, PIDF};
use alo_sip::time::Instant;
use alo_sip::ua::{
    FlowId, PublicationEvent, PublicationId, Publish, Subscribe, SubscriptionEvent, SubscriptionId,
    UserAgent,
};
use alo_sip::uri::{NameAddr, Uri};

use super::news::Watched;
use super::people::{self, Package, PeopleMachine};
use super::reading;
use super::working::{self, WorkingMachine};
use crate::language::{Event, Millis, PersonPresence, Trouble, Working, WorkingState};
use crate::phone::PhoneConfig;
use crate::phone::account::Account;
use crate::phone::text::clean;

/// Seconds that a subscription lasts between two refreshes.
const SUBSCRIBE_FOR_S: u32 = 600;

/// Who is subscribed to.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Whose {
    Own,
    Of(String, Package),
}

/// What the rest of the phone is to do.
#[derive(Debug)]
pub(crate) enum DeskNews {
    Event(Event),
    Trouble(Trouble),
}

/// What a desk works with while it handles one input.
pub(crate) struct Tools<'a> {
    pub(crate) now: Millis,
    pub(crate) config: &'a PhoneConfig,
    pub(crate) account: &'a Account,
    pub(crate) ua: &'a mut UserAgent,
    pub(crate) flow: Option<FlowId>,
}

/// What an agent says and hears of working states and colleagues, from signing in to signing out.
#[derive(Debug)]
pub(crate) struct Desk {
    working: WorkingMachine,
    people: PeopleMachine,
    subscriptions: BTreeMap<SubscriptionId, Whose>,
    publication: Option<PublicationId>,
}

impl Desk {
    pub(crate) fn new(config: &PhoneConfig, account: &Account) -> Self {
        let rules = people::Rules {
            most: config.limits.watched,
            longest: config.limits.text,
            settle: config.times.watch_settle,
            grace: config.times.watch_grace,
        };
        Self {
            working: WorkingMachine::new(),
            people: PeopleMachine::new(rules, account.user()),
            subscriptions: BTreeMap::new(),
            publication: None,
        }
    }

    /// Connected, and registered over this connection.
    pub(crate) fn reachable(&mut self, tools: &mut Tools<'_>) -> Vec<DeskNews> {
        self.run_people(tools, people::Input::Reachable);
        self.run_working(tools, working::Input::Reachable)
    }

    /// The connection, or the registration over it, is gone.
    pub(crate) fn away(&mut self, tools: &mut Tools<'_>) {
        self.run_people(tools, people::Input::Away);
        self.run_working(tools, working::Input::Away);
    }

    /// The agent chooses a working state.
    pub(crate) fn choose(&mut self, tools: &mut Tools<'_>, state: WorkingState) -> Vec<DeskNews> {
        self.run_working(tools, working::Input::Choose(state))
    }

    /// These colleagues are on the screen.
    pub(crate) fn watch(&mut self, tools: &mut Tools<'_>, extensions: Vec<String>) {
        self.run_people(tools, people::Input::Watch(extensions));
    }

    pub(crate) fn pass_time(&mut self, tools: &mut Tools<'_>) -> Vec<DeskNews> {
        self.run_people(tools, people::Input::Timeout);
        self.run_working(tools, working::Input::Timeout)
    }

    /// The user agent tells of a subscription.
    pub(crate) fn on_subscription(
        &mut self,
        tools: &mut Tools<'_>,
        id: SubscriptionId,
        event: SubscriptionEvent,
    ) -> Vec<DeskNews> {
        let Some(whose) = self.subscriptions.get(&id).cloned() else {
            return vec![];
        };
        self.forget_if_over(tools, id, &event);
        let longest = tools.config.limits.text;
        match whose {
            Whose::Own => reading::of_own(tools.now, event, longest)
                .map(|news| self.run_working(tools, working::Input::Watched(news)))
                .unwrap_or_default(),
            Whose::Of(extension, package) => {
                if let Some(news) = reading::of_person(tools.now, package, event, longest) {
                    self.run_people(tools, people::Input::Watched(extension, news));
                }
                vec![]
            }
        }
    }

    /// A subscription that was refused for good would wait in the user agent for another try that nobody
    /// wants.
    fn forget_if_over(
        &mut self,
        tools: &mut Tools<'_>,
        id: SubscriptionId,
        event: &SubscriptionEvent,
    ) {
        match event {
            SubscriptionEvent::Failed { retry_at: None, .. } => {
                self.subscriptions.remove(&id);
                tools.ua.unsubscribe(tools.instant(), id);
            }
            SubscriptionEvent::Ended { .. } => {
                self.subscriptions.remove(&id);
            }
            _ => {}
        }
    }

    /// The user agent tells of the publication.
    pub(crate) fn on_publication(
        &mut self,
        tools: &mut Tools<'_>,
        id: PublicationId,
        event: PublicationEvent,
    ) -> Vec<DeskNews> {
        if self.publication != Some(id) {
            return vec![];
        }
        let input = match event {
            PublicationEvent::Published { body_of, .. } => {
                working::Input::Published { bodies: body_of }
            }
            PublicationEvent::Refused {
                status,
                reason,
                retry_at,
                body_of,
            } => working::Input::NotPublished {
                bodies: body_of,
                status,
                reason: clean(&reason, tools.config.limits.text),
                again: retry_at.is_some(),
            },
            PublicationEvent::Unpublished => return vec![],
        };
        self.run_working(tools, input)
    }

    /// Signing out: ends everything at the server. The publication whose end is yet to be confirmed.
    pub(crate) fn leave(&mut self, now: Millis, ua: &mut UserAgent) -> Option<PublicationId> {
        let instant = Instant::from_millis(now);
        for id in std::mem::take(&mut self.subscriptions).into_keys() {
            ua.unsubscribe(instant, id);
        }
        let publication = self.publication.take()?;
        ua.unpublish(instant, publication);
        Some(publication)
    }

    fn run_working(&mut self, tools: &mut Tools<'_>, input: working::Input) -> Vec<DeskNews> {
        let mut news = Vec::new();
        for output in self.working.step(tools.now, input) {
            match output {
                working::Output::Watch => self.watch_own(tools),
                working::Output::Publish(state) => self.publish(tools, &state),
                working::Output::Republish(state) => self.republish(tools, &state),
                working::Output::Unpublish => {
                    if let Some(id) = self.publication.take() {
                        tools.ua.unpublish(tools.instant(), id);
                    }
                }
                working::Output::Changed(working) => {
                    news.push(DeskNews::Event(Event::WorkingChanged { working }));
                }
                working::Output::Trouble(trouble) => news.push(DeskNews::Trouble(trouble)),
            }
        }
        news
    }

    fn watch_own(&mut self, tools: &mut Tools<'_>) {
        let own = tools.account.own_presence();
        if let Some(id) = tools.subscribe(own, Package::Presence) {
            self.subscriptions.insert(id, Whose::Own);
        }
    }

    fn publish(&mut self, tools: &mut Tools<'_>, state: &WorkingState) {
        let Some(flow) = tools.flow else { return };
        let (target, from) = tools.account.own_presence();
        let body = reading::to_publish(&target.to_string(), state).into_bytes();
        let publish = Publish {
            target,
            from,
            event: reading::PRESENCE.into(),
            content_type: PIDF.into(),
            body,
            // Who closes the tab is not at lunch for an hour.
            expires: tools.config.register_expires_s,
            headers: vec![],
            credentials: tools.account.credentials(),
        };
        self.publication = Some(tools.ua.publish(tools.instant(), flow, publish));
    }

    fn republish(&mut self, tools: &mut Tools<'_>, state: &WorkingState) {
        let Some(id) = self.publication else { return };
        let (target, _) = tools.account.own_presence();
        let body = reading::to_publish(&target.to_string(), state).into_bytes();
        tools.ua.republish(tools.instant(), id, body);
    }

    fn run_people(&mut self, tools: &mut Tools<'_>, input: people::Input) {
        let mut inputs = vec![input];
        while let Some(input) = inputs.pop() {
            for output in self.people.step(tools.now, input) {
                match output {
                    people::Output::Subscribe(extension, package) => {
                        let whose = tools.account.presence_of(&extension);
                        match whose.and_then(|whose| tools.subscribe(whose, package)) {
                            Some(id) => {
                                let whose = Whose::Of(extension, package);
                                self.subscriptions.insert(id, whose);
                            }
                            // Not an address: nobody can tell anything about it.
                            None => inputs.push(people::Input::Watched(extension, Watched::Ended)),
                        }
                    }
                    people::Output::Unsubscribe(extension) => self.unsubscribe(tools, &extension),
                }
            }
        }
    }

    fn unsubscribe(&mut self, tools: &mut Tools<'_>, extension: &str) {
        let of_them = |whose: &Whose| matches!(whose, Whose::Of(other, _) if other == extension);
        let (over, kept) = std::mem::take(&mut self.subscriptions)
            .into_iter()
            .partition(|(_, whose)| of_them(whose));
        self.subscriptions = kept;
        let over: BTreeMap<_, _> = over;
        for id in over.into_keys() {
            tools.ua.unsubscribe(tools.instant(), id);
        }
    }

    /// Why this desk wakes up, and when.
    pub(crate) fn timers(&self) -> [Option<Millis>; 2] {
        [self.working.wakes_at(), self.people.wakes_at()]
    }

    pub(crate) fn working(&self) -> Working {
        self.working.view()
    }

    pub(crate) fn is_offered(&self) -> bool {
        self.working.is_offered()
    }

    pub(crate) fn is_wrapping_up(&self) -> bool {
        self.working.is_wrapping_up()
    }

    pub(crate) fn people(&self) -> Vec<PersonPresence> {
        self.people.view(self.working.seen())
    }

    /// How many subscriptions the server may be keeping for this phone.
    #[cfg(test)]
    pub(crate) fn subscriptions(&self) -> usize {
        self.subscriptions.len()
    }
}

impl Tools<'_> {
    fn instant(&self) -> Instant {
        Instant::from_millis(self.now)
    }

    fn subscribe(
        &mut self,
        (target, to): (Uri, NameAddr),
        package: Package,
    ) -> Option<SubscriptionId> {
        let (package, accept) = match package {
            Package::Presence => (reading::PRESENCE, PIDF),
            Package::Dialog => (reading::DIALOG, DIALOG_INFO),
        };
        let subscribe = Subscribe {
            target,
            from: self.account.aor(),
            to,
            contact_user: self.account.contact_user().to_owned(),
            event: header::Event {
                package: package.to_owned(),
                id: None,
            },
            accept: vec![accept.to_owned()],
            expires: SUBSCRIBE_FOR_S,
            headers: vec![],
            credentials: self.account.credentials(),
        };
        let now = self.instant();
        Some(self.ua.subscribe(now, self.flow?, subscribe))
    }
}
