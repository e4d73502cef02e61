//! What the views hold of the phone: state, time, and a way to ask.

use std::sync::Arc;

use alo_api::Directory;
use alo_phone::language::{Command, Millis, PersonPresence, State};
use alo_phone::phone::Refusal;
use leptos::prelude::*;

use super::model::history::CallHistory;
use super::model::people::presence_of;

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
    /// Asks the phone for something; why it is refused, where it is at once. What becomes of it is
    /// seen in the state.
    pub send: Callback<Command, Option<Refusal>>,
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

    /// What is known of a colleague, or of a queue.
    pub(super) fn presence_of(self, id: String) -> Memo<Option<PersonPresence>> {
        Memo::new(move |_| {
            self.state
                .with(|state| presence_of(&state.people, &id).cloned())
        })
    }

    /// Whether the directory has nothing of a kind.
    pub(super) fn has_none(self, none: fn(&Directory) -> bool) -> Signal<bool> {
        Signal::derive(move || self.directory.with(|all| none(all)))
    }

    /// Asks for an action if there is one.
    pub fn ask(self, action: Option<Command>) {
        if let Some(command) = action {
            self.send.run(command);
        }
    }
}
