//! [`CallRef`], what a view holds of one call.

use std::sync::Arc;

use alo_api::Directory;
use alo_phone::language::{Call, CallActions, CallId, Command};
use leptos::prelude::*;

use super::model::party::{name_of, number_of, title_of};
use super::model::stage::find;
use super::{PhoneHandle, use_phone};
use crate::i18n::{Catalogue, I18n, fill, use_i18n};

/// One thing that can be done with a call: its place among the actions.
pub type Action = fn(&CallActions) -> &Option<Command>;

/// One call as a view holds it: who is at the other end, how it stands, and what can be done. When
/// the call has left the state, nothing is known any more and nothing can be done.
#[derive(Clone, Copy)]
pub struct CallRef {
    phone: PhoneHandle,
    i18n: I18n,
    call: Memo<Option<Call>>,
    /// The name of the other end, where it has one.
    pub name: Memo<Option<String>>,
    /// Its name, else its number, else a word for somebody without either.
    pub title: Memo<String>,
    /// Its number, where it has one that says anything.
    pub number: Memo<Option<String>>,
}

impl CallRef {
    /// The call of that id.
    pub fn of(id: CallId) -> CallRef {
        let phone = use_phone();
        CallRef::new(Memo::new(move |_| {
            phone.state.with(|state| find(state, &id).cloned())
        }))
    }

    /// Whichever call that is.
    pub fn new(call: Memo<Option<Call>>) -> CallRef {
        let phone = use_phone();
        let i18n = use_i18n();
        let remote = Memo::new(move |_| call.with(|call| Some(call.as_ref()?.remote.clone())));
        let told = move |directory: Arc<Directory>| {
            remote.with(|remote| Some(title_of(remote.as_ref()?, &directory, i18n.words())))
        };
        CallRef {
            phone,
            i18n,
            call,
            name: Memo::new(move |_| {
                let directory = phone.directory.get();
                remote.with(|remote| name_of(remote.as_ref()?, &directory))
            }),
            title: Memo::new(move |_| told(phone.directory.get()).unwrap_or_default()),
            number: Memo::new(move |_| remote.with(|remote| number_of(remote.as_ref()?))),
        }
    }

    /// Something of the call.
    pub fn with<T>(self, part: impl FnOnce(&Call) -> T) -> Option<T> {
        self.call.with(|call| call.as_ref().map(part))
    }

    /// Whether something is true of the call.
    pub fn is(self, part: impl FnOnce(&Call) -> bool) -> bool {
        self.with(part).unwrap_or_default()
    }

    /// Something of the call in words.
    pub fn told<T>(
        self,
        tell: impl FnOnce(&Call, &Directory, &'static Catalogue) -> T,
    ) -> Option<T> {
        let directory = self.phone.directory.get();
        self.with(|call| tell(call, &directory, self.i18n.words()))
    }

    /// A text with the other end's title in its place `{who}`.
    pub fn named(self, text: fn(&'static Catalogue) -> &'static str) -> String {
        fill(text(self.i18n.words()), &[("who", &self.title.get())])
    }

    /// Whether something can be done now.
    pub fn can(self, action: Action) -> bool {
        self.is(|call| action(&call.actions).is_some())
    }

    /// Whether it cannot: what disables its control.
    pub fn cannot(self, action: Action) -> Signal<bool> {
        Signal::derive(move || !self.can(action))
    }

    /// Does it, if it can be done when it is asked for.
    pub fn run(self, action: Action) -> impl Fn(()) + Copy + Send + Sync + 'static {
        move |()| {
            let command = untrack(|| self.with(|call| action(&call.actions).clone()));
            self.phone.ask(command.flatten());
        }
    }
}
