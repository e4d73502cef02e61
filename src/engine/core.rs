//! The loop that drives the phone; see `alo_phone` for its four steps.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::{Rc, Weak};
use std::sync::Arc;

use alo_api::AppConfig;
use alo_phone::io::{Input, Output, SocketEvent};
use alo_phone::language::{Command, Event, Millis, Reachability, State};
use alo_phone::phone::{Phone, PhoneConfig, Refusal};
use gloo::timers::callback::Timeout;
use leptos::prelude::{ArcRwSignal, Set};

use super::attention::Attention;
use super::lifecycle::Lifecycle;
use super::ticker::Ticker;
use crate::media::{MediaConfig, MediaEngine};
use crate::platform::{clock, page, random};
use crate::signaling::{self, Signaling};

/// A browser takes no longer timer than this (HTML, section 8.7); the phone may be asked too early.
const LONGEST_TIMER: Millis = i32::MAX as Millis;

/// How long the screen waits for something more urgent, in milliseconds: a frame, which nobody sees.
const SCREEN_WAITS_MS: u32 = 16;

type Subscriber = Rc<dyn Fn(&Event)>;

/// What is to be shown and told.
#[derive(Default)]
struct News {
    state_changed: bool,
    events: Vec<Event>,
}

impl News {
    fn is_empty(&self) -> bool {
        !self.state_changed && self.events.is_empty()
    }
}

/// The phone and everything around it. Dropping it releases all of it.
pub(crate) struct Core {
    phone: RefCell<Phone>,
    /// What came while the loop was running: an output can cause an input.
    inbox: RefCell<VecDeque<Input>>,
    running: Cell<bool>,
    /// Why the last command was refused.
    refusal: RefCell<Option<Refusal>>,
    signaling: Signaling,
    media: MediaEngine,
    timer: RefCell<Option<Timeout>>,
    news: RefCell<News>,
    /// The news are shown then.
    later: RefCell<Option<Timeout>>,
    state: ArcRwSignal<Arc<State>>,
    ticker: Ticker,
    attention: Attention,
    lifecycle: Lifecycle,
    subscribers: RefCell<Vec<(u64, Subscriber)>>,
    next_subscriber: Cell<u64>,
    this: Weak<Core>,
}

impl Core {
    /// A phone that nobody is signed in to, or whoever was before the page was reloaded.
    pub(crate) fn start(
        config: AppConfig,
        state: ArcRwSignal<Arc<State>>,
        now: ArcRwSignal<Millis>,
    ) -> Rc<Self> {
        let lifecycle = Lifecycle::begin();
        let url = signaling::resolve(&config.sip_url);
        let phone = Phone::new(
            phone_config(&config, &url, lifecycle.instance()),
            random::seed(),
        );
        let core = Rc::new_cyclic(|this: &Weak<Core>| Core {
            phone: RefCell::new(phone),
            inbox: RefCell::default(),
            running: Cell::new(false),
            refusal: RefCell::default(),
            signaling: Signaling::new(url, input_to(this, Input::Socket)),
            media: MediaEngine::new(
                MediaConfig {
                    ice_servers: config.ice_servers,
                    gathering_cap_ms: config.ice_gathering_cap_ms,
                },
                input_to(this, Input::Media),
            ),
            timer: RefCell::default(),
            news: RefCell::default(),
            later: RefCell::default(),
            state,
            ticker: Ticker::new(now),
            attention: Attention::default(),
            lifecycle,
            subscribers: RefCell::default(),
            next_subscriber: Cell::new(0),
            this: this.clone(),
        });
        core.lifecycle.listen(&core.this);
        if let Some(sign_in) = core.lifecycle.sign_in() {
            core.input(Input::Command(Command::SignIn(sign_in)));
        }
        core
    }

    /// A person asks for something. Why it is refused; `None` where it is carried out, and where it
    /// waits until the loop, which runs already, comes to it.
    pub(crate) fn command(&self, command: Command) -> Option<Refusal> {
        self.lifecycle.asked(&command);
        self.refusal.take();
        self.input(Input::Command(command));
        self.refusal.take()
    }

    /// Something happened. May be called from within the loop.
    ///
    /// What phone, socket and media engine tell each other comes first; the screen, and whoever
    /// listens, learn of it when there is nothing more to do. They see the state that is then.
    pub(crate) fn input(&self, input: Input) {
        self.inbox.borrow_mut().push_back(input);
        self.turn(false);
    }

    fn turn(&self, overdue: bool) {
        if self.running.replace(true) {
            return;
        }
        loop {
            while let Some(input) = self.next_input() {
                self.hand_in(input);
                self.drain();
            }
            if !self.show(overdue) {
                break;
            }
        }
        self.running.set(false);
    }

    fn next_input(&self) -> Option<Input> {
        self.inbox.borrow_mut().pop_front()
    }

    fn hand_in(&self, input: Input) {
        let now = clock::now();
        let mut phone = self.phone.borrow_mut();
        if clock::has_slept() {
            self.media.expect_no_call();
            phone.handle_input(now, Input::Socket(SocketEvent::NetworkOnline));
        }
        match input {
            Input::Command(command) => {
                match phone.command(now, command.clone()) {
                    Ok(()) => self.lifecycle.saw(&command),
                    Err(refusal) => *self.refusal.borrow_mut() = Some(refusal),
                }
                if command == Command::SignOut {
                    self.media.expect_no_call();
                }
            }
            input => phone.handle_input(now, input),
        }
    }

    /// Carries out everything that the phone wants.
    fn drain(&self) {
        loop {
            let output = self.phone.borrow_mut().poll_output();
            match output {
                Output::Socket(request) => self.signaling.carry_out(request),
                Output::Media(request) => self.media.carry_out(request),
                Output::StateChanged => self.news.borrow_mut().state_changed = true,
                Output::Event(event) => self.news.borrow_mut().events.push(event),
                Output::Timeout(at) => return self.wake_at(at),
            }
        }
    }

    fn wake_at(&self, at: Option<Millis>) {
        let timer = at.map(|at| {
            let wait = at.saturating_sub(clock::now()).min(LONGEST_TIMER);
            let this = self.this.clone();
            Timeout::new(wait as u32, move || {
                if let Some(core) = this.upgrade() {
                    core.input(Input::Timeout);
                }
            })
        });
        *self.timer.borrow_mut() = timer;
    }

    /// Shows and tells what is new; whether that was done. Drawing takes longer than an offer: while
    /// one is being made, on which a call waits, the screen waits for it, but not for long: of the time
    /// from the click to the INVITE, or to the 200, this saves half.
    fn show(&self, overdue: bool) -> bool {
        if self.news.borrow().is_empty() {
            return false;
        }
        if self.media.is_negotiating() && !overdue && !page::is_hidden() {
            self.show_later();
            return false;
        }
        self.later.take();
        self.publish(self.news.take());
        true
    }

    fn show_later(&self) {
        if self.later.borrow().is_some() {
            return;
        }
        let this = self.this.clone();
        let later = Timeout::new(SCREEN_WAITS_MS, move || {
            if let Some(core) = this.upgrade() {
                core.turn(true);
            }
        });
        *self.later.borrow_mut() = Some(later);
    }

    /// The state is published before the events, so that whoever hears an event sees what came of it.
    fn publish(&self, news: News) {
        let News {
            state_changed,
            events,
        } = news;
        if state_changed {
            let state = Arc::new(self.phone.borrow().state().clone());
            if matches!(state.reachability, Reachability::Reconnecting { .. }) {
                // Over the network of before.
                self.media.expect_no_call();
            }
            self.ticker.update(&state);
            self.attention.update(&state);
            self.lifecycle.update(&state);
            self.state.set(state);
        }
        for event in &events {
            self.tell(event);
        }
    }

    fn tell(&self, event: &Event) {
        // A subscriber may subscribe or leave while it is told.
        let all: Vec<Subscriber> = self
            .subscribers
            .borrow()
            .iter()
            .map(|(_, f)| Rc::clone(f))
            .collect();
        for subscriber in all {
            subscriber(event);
        }
    }

    /// Tells `f` every event, until [`unsubscribe`](Self::unsubscribe).
    pub(crate) fn subscribe(&self, f: impl Fn(&Event) + 'static) -> u64 {
        let id = self.next_subscriber.get();
        self.next_subscriber.set(id + 1);
        self.subscribers.borrow_mut().push((id, Rc::new(f)));
        id
    }

    /// Ends a subscription.
    pub(crate) fn unsubscribe(&self, id: u64) {
        self.subscribers.borrow_mut().retain(|(it, _)| *it != id);
    }

    /// Announces calls that ring.
    pub(crate) fn attention(&self) -> &Attention {
        &self.attention
    }

    /// The person is about to place a call, or is no longer.
    pub(crate) fn expect_call(&self, expected: bool) {
        if expected {
            self.media.expect_call();
        } else {
            self.media.expect_no_call();
        }
    }

    /// The network is another one, or the machine was somewhere else: what was prepared is of no use.
    pub(crate) fn network_changed(&self) {
        self.media.expect_no_call();
        self.input(Input::Socket(SocketEvent::NetworkOnline));
    }

    /// What outlives a reload.
    pub(crate) fn lifecycle(&self) -> &Lifecycle {
        &self.lifecycle
    }

    /// Whether the page is seen has changed.
    pub(crate) fn look_around(&self) {
        self.with_state(|state| self.attention.update(state));
    }

    /// Reads the state as it is now.
    pub(crate) fn with_state<T>(&self, f: impl FnOnce(&State) -> T) -> T {
        f(self.phone.borrow().state())
    }

    /// Hangs up, signs out and goes silent; what is left is released with the last handle.
    pub(crate) fn end(&self) {
        self.lifecycle.end();
        self.attention.set_wording(None);
        self.subscribers.take();
        self.input(Input::Command(Command::SignOut));
        self.timer.take();
        self.later.take();
    }
}

/// A way in for events, that does not keep the phone alive.
fn input_to<T: 'static>(core: &Weak<Core>, input: fn(T) -> Input) -> impl Fn(T) + use<T> {
    let core = core.clone();
    move |event| {
        if let Some(core) = core.upgrade() {
            core.input(input(event));
        }
    }
}

fn phone_config(config: &AppConfig, url: &str, instance: &str) -> PhoneConfig {
    let domain = if config.sip_domain.is_empty() {
        page::host()
    } else {
        config.sip_domain.clone()
    };
    PhoneConfig {
        secure: signaling::is_secure(url),
        register_expires_s: config.register_expires_s,
        ..PhoneConfig::new(domain, instance)
    }
}
