//! What the views hold of the phone: state, time, and a way to ask.

use std::sync::Arc;

use alo_api::Directory;
use alo_phone::language::{Command, Millis, State};
use leptos::prelude::*;

use super::model::history::CallHistory;

/// Whether colleagues and hotlines are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DirectoryState {
    /// They are on their way, or not yet asked for.
    Loading,
    /// They could not be loaded.
    Failed,
    /// They are there, even if there are none.
    There,
}

/// The phone as the views see it, from the context. A page makes it of its engine.
#[derive(Clone, Copy)]
pub struct PhoneHandle {
    /// What the phone shows.
    pub state: Signal<Arc<State>>,
    /// The time by the phone's clock.
    pub now: Signal<Millis>,
    /// Asks the phone for something.
    pub send: Callback<Command>,
    /// Says that a call is about to be placed, or no longer is: what can be made ready is.
    pub expect_call: Callback<bool>,
    /// Colleagues and hotlines; empty until they are there.
    pub directory: Signal<Arc<Directory>>,
    /// Whether they are there.
    pub directory_state: Signal<DirectoryState>,
    /// Loads them again.
    pub load_directory: Callback<()>,
    /// The calls of the account.
    pub history: HistoryHandle,
}

/// The calls of the account, and what can be done with them.
#[derive(Clone, Copy)]
pub struct HistoryHandle {
    /// The calls.
    pub calls: Signal<Arc<CallHistory>>,
    /// Whether the browser keeps them; else they are gone with the page.
    pub is_kept: Signal<bool>,
    /// Forgets all that are over.
    pub clear: Callback<()>,
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

    /// Whether no call can be placed now.
    pub fn cannot_dial(self) -> Signal<bool> {
        self.select(|state| state.dial.is_none()).into()
    }

    /// Asks for an action if there is one.
    pub fn ask(self, action: Option<Command>) {
        if let Some(command) = action {
            self.send.run(command);
        }
    }
}
