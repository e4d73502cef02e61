//! What the views hold of the phone: state, time, and a way to ask.

use std::sync::Arc;

use alo_api::Directory;
use alo_phone::language::{Call, CallId, Command, Millis, State};
use leptos::prelude::*;

use super::model::history::SessionHistory;
use super::model::stage::find;

/// The phone as the views see it, from the context. A page makes it of its engine.
#[derive(Clone, Copy)]
pub struct PhoneHandle {
    /// What the phone shows.
    pub state: Signal<Arc<State>>,
    /// The time by the phone's clock.
    pub now: Signal<Millis>,
    /// Asks the phone for something.
    pub send: Callback<Command>,
    /// Colleagues and hotlines.
    pub directory: Signal<Arc<Directory>>,
    /// Why the directory is not there, if so.
    pub directory_failed: Signal<bool>,
    /// The calls since the page was opened.
    pub history: Signal<Arc<SessionHistory>>,
}

/// The phone, from the context.
pub fn use_phone() -> PhoneHandle {
    expect_context::<PhoneHandle>()
}

impl PhoneHandle {
    /// A part of the state that notifies only when it changed.
    pub fn select<T>(self, part: fn(&State) -> T) -> Memo<T>
    where
        T: PartialEq + Send + Sync + 'static,
    {
        Memo::new(move |_| self.state.with(|state| part(state)))
    }

    /// A call, as long as it is in the state.
    pub fn call(self, id: CallId) -> Memo<Option<Call>> {
        Memo::new(move |_| self.state.with(|state| find(state, &id).cloned()))
    }

    /// Asks for an action if there is one.
    pub fn ask(self, action: Option<Command>) {
        if let Some(command) = action {
            self.send.run(command);
        }
    }

    /// Whether an action is not there: what disables its control.
    pub fn lacks(
        self,
        action: impl Fn() -> Option<Command> + Send + Sync + 'static,
    ) -> Signal<bool> {
        Signal::derive(move || action().is_none())
    }
}
