//! Carries out what registrations, subscriptions, notifiers and publications ask for.

use core::convert::Infallible;
use core::time::Duration;

use super::agent::UserAgent;
use super::config::Config;
use super::event::{Event, Output};
use super::tables::Owner;
use super::timers::Timer;
use crate::ids::{
    FlowId, NotifierId, PublicationId, ReferralId, ReferredId, RegistrationId, SessionId,
    SubscriptionId,
};
use crate::notifier::{NotifierEvent, NotifierTimer};
use crate::publication::{PublicationEvent, PublicationTimer};
use crate::referral::{ReferralEvent, ReferralTimer, ReferredTimer};
use crate::registration::{RegistrationEvent, RegistrationTimer};
use crate::retry::BackOff;
use crate::rng::Rng;
use crate::session::Reply;
use crate::step::{Act, Step};
use crate::subscription::{SubscriptionEvent, SubscriptionTimer};
use crate::time::Instant;

/// Something with a machine of its own, by its name.
pub(super) trait Actor: Copy {
    type Timer;
    type Event;
    /// The first and the last of its timers.
    const TIMERS: [Self::Timer; 2];
    /// Whose its client transactions are.
    fn owner(self) -> Owner;
    fn timer(self, timer: Self::Timer) -> Timer;
    fn event(self, event: Self::Event) -> Event;
}

macro_rules! actors {
    ($($id:ident: $owner:ident, $timer:ident $first:ident to $last:ident, $event:ident;)*) => {
        $(impl Actor for $id {
            type Timer = $timer;
            type Event = $event;
            const TIMERS: [$timer; 2] = [$timer::$first, $timer::$last];

            fn owner(self) -> Owner {
                Owner::$owner(self)
            }

            fn timer(self, timer: $timer) -> Timer {
                Timer::$owner(self, timer)
            }

            fn event(self, event: $event) -> Event {
                Event::$owner { id: self, event }
            }
        })*
    };
}

actors! {
    RegistrationId: Registration, RegistrationTimer Refresh to Retry, RegistrationEvent;
    SubscriptionId: Subscription, SubscriptionTimer Refresh to Retry, SubscriptionEvent;
    NotifierId: Notifier, NotifierTimer Expire to Again, NotifierEvent;
    PublicationId: Publication, PublicationTimer Refresh to Retry, PublicationEvent;
}

/// A REFER of this side, in the dialog of a session.
impl Actor for (ReferralId, SessionId) {
    type Timer = ReferralTimer;
    type Event = ReferralEvent;
    const TIMERS: [ReferralTimer; 2] = [ReferralTimer::Refresh, ReferralTimer::NotHeard];

    fn owner(self) -> Owner {
        Owner::Referral(self.0, self.1)
    }

    fn timer(self, timer: ReferralTimer) -> Timer {
        Timer::Referral(self.0, timer)
    }

    fn event(self, event: ReferralEvent) -> Event {
        Event::Referral { id: self.0, event }
    }
}

/// A REFER of the far end, in the dialog of a session.
impl Actor for (ReferredId, SessionId) {
    type Timer = ReferredTimer;
    type Event = Infallible;
    const TIMERS: [ReferredTimer; 2] = [ReferredTimer::Expire, ReferredTimer::Again];

    fn owner(self) -> Owner {
        Owner::Referred(self.0, self.1)
    }

    fn timer(self, timer: ReferredTimer) -> Timer {
        Timer::Referred(self.0, timer)
    }

    fn event(self, event: Infallible) -> Event {
        match event {}
    }
}

/// A step of a machine whose flow is open or not.
pub(super) fn step<'a, T, E>(
    config: &Config,
    now: Instant,
    reachable: bool,
    rng: &'a mut Rng,
) -> Step<'a, T, E> {
    Step {
        now,
        reachable,
        give_up: config.t1 * 64,
        back_off: BackOff::of(config),
        rng,
        acts: Vec::new(),
    }
}

impl UserAgent {
    /// Returns whether the machine can be forgotten; its timers are stopped then.
    pub(super) fn carry_out<A: Actor>(
        &mut self,
        actor: A,
        flow: FlowId,
        acts: Vec<Act<A::Timer, A::Event>>,
    ) -> bool {
        let mut forget = false;
        for act in acts {
            match act {
                Act::Send(draft) => {
                    self.send(actor.owner(), flow, draft, 0);
                }
                Act::Answer(tx, status, headers) => {
                    let mut reply = Reply::new(status);
                    reply.headers = headers;
                    self.reply(tx, &reply);
                }
                Act::Start(timer, after) => {
                    self.timers.start(actor.timer(timer), self.now + after);
                }
                Act::Stop(timer) => self.timers.stop(actor.timer(timer)),
                Act::StopAll => self.stop_timers(actor),
                Act::KeepAlive(interval) => self.keep_alive_every(flow, interval),
                Act::Tell(event) => self.out.push_back(Output::Event(actor.event(event))),
                Act::Forget => {
                    self.stop_timers(actor);
                    forget = true;
                }
            }
        }
        forget
    }

    /// Pings a flow at least so often.
    fn keep_alive_every(&mut self, flow: FlowId, interval: Duration) {
        if let Some(flow) = self.tables.flows.get_mut(&flow)
            && flow.info.keep_alive.is_some_and(|own| own > interval)
        {
            flow.info.keep_alive = Some(interval);
        }
    }

    fn stop_timers<A: Actor>(&mut self, actor: A) {
        let [first, last] = A::TIMERS.map(|timer| actor.timer(timer));
        self.timers.stop_range(first, last);
    }
}
