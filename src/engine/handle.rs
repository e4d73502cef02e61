//! [`Engine`], the handle that the views hold.

use std::rc::Rc;
use std::sync::Arc;

use alo_api::AppConfig;
use alo_phone::language::{Call, Command, Event, Millis, State};
use alo_phone::phone::Refusal;
use leptos::prelude::*;

use super::Words;
use super::core::Core;
use crate::platform::clock;

/// The running phone. A cheap handle: views read [`state`](Self::state) and call
/// [`send`](Self::send), nothing else.
#[derive(Clone, Copy)]
pub struct Engine {
    core: StoredValue<Rc<Core>, LocalStorage>,
    state: Signal<Arc<State>>,
    now: Signal<Millis>,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").finish_non_exhaustive()
    }
}

/// The engine that the app has put into the context.
///
/// # Panics
/// Where the app has put none there: a fault of the app.
pub fn use_engine() -> Engine {
    expect_context::<Engine>()
}

impl Engine {
    /// Starts a phone in the current reactive owner. When that is disposed, everything the phone
    /// holds is released: calls, socket, microphone, timers, listeners.
    ///
    /// Whoever was signed in before this tab was reloaded is signed in again.
    pub fn start(config: AppConfig) -> Engine {
        let state = ArcRwSignal::new(Arc::new(State::default()));
        let now = ArcRwSignal::new(clock::now());
        let core = Core::start(config, state.clone(), now.clone());
        let engine = Engine {
            core: StoredValue::new_local(core),
            state: state.into(),
            now: now.into(),
        };
        on_cleanup(move || {
            engine.with(Core::end);
        });
        engine
    }

    /// What the phone shows.
    pub fn state(&self) -> Signal<Arc<State>> {
        self.state
    }

    /// Asks the phone for something; why it is refused, where it is at once. What becomes of it is seen
    /// in the state.
    pub fn send(&self, command: Command) -> Option<Refusal> {
        self.with(|core| core.command(command)).flatten()
    }

    /// The person is about to place a call: types a number, or points at a button that calls. What can
    /// be done before the click is done now, so that the call leaves with it; the microphone stays
    /// closed. Forgotten after half a minute, and by [`expect_no_call`](Self::expect_no_call).
    ///
    /// To be called by what a person does, and not when a field gets the focus by itself: while a call
    /// is expected, a peer connection is open.
    pub fn expect_call(&self) {
        self.with(|core| core.expect_call(true));
    }

    /// No call is expected any more: the number was deleted, or the pointer went away.
    pub fn expect_no_call(&self) {
        self.with(|core| core.expect_call(false));
    }

    /// The time by the phone's clock. Ticks twice a second while something on the screen counts
    /// (a call, a retry), and stands still else.
    pub fn now(&self) -> Signal<Millis> {
        self.now
    }

    /// Calls `f` with every event until the current reactive owner is disposed.
    pub fn events(&self, f: impl Fn(&Event) + 'static) {
        let engine = *self;
        if let Some(id) = engine.with(|core| core.subscribe(f)) {
            on_cleanup(move || {
                engine.with(|core| core.unsubscribe(id));
            });
        }
    }

    /// Announces calls that ring here outside the page (notification while the page is hidden,
    /// flashing title) in these words, until the current reactive owner is disposed.
    pub fn announce(&self, words: impl Fn(&Call) -> Words + 'static) {
        let engine = *self;
        engine.with(|core| core.attention().set_wording(Some(Rc::new(words))));
        on_cleanup(move || {
            engine.with(|core| core.attention().set_wording(None));
        });
    }

    /// `None` when the owner of the phone was disposed.
    fn with<T>(&self, f: impl FnOnce(&Core) -> T) -> Option<T> {
        // Out of the arena first: what `f` does may read signals and stored values.
        let core = self.core.try_get_value()?;
        Some(f(&core))
    }
}
