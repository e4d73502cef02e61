//! The calls of whoever is signed in: noted from the phone's events, kept in the browser.

use std::rc::Rc;
use std::sync::Arc;

use alo_phone::language::{Event, Millis};
use leptos::prelude::*;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;

use crate::engine::Engine;
use crate::panel::HistoryHandle;
use crate::panel::model::history::{CallHistory, Entry};
use crate::platform::{Task, page};
use crate::storage::CallStore;

/// Keeps the calls of every account that signs in, each apart from the others, until the current
/// reactive owner is disposed. `domain` is that of the accounts; empty: the page's own.
///
/// What was kept is shown when the server has confirmed who this is, and not before: a mistyped
/// extension is to show nobody's calls.
pub(super) fn keep_history(engine: Engine, domain: String) -> HistoryHandle {
    let keeper = Keeper {
        calls: RwSignal::new(Arc::default()),
        is_kept: RwSignal::new(true),
        store: StoredValue::new_local(None),
        opening: StoredValue::new_local(None),
    };
    engine.events(move |event| match event {
        Event::SignedIn { extension } => keeper.open(account(extension, &domain)),
        Event::SignedOut => keeper.close(),
        event => keeper.note(event, engine.now().get_untracked()),
    });
    HistoryHandle {
        calls: keeper.calls.into(),
        is_kept: keeper.is_kept.into(),
        clear: Callback::new(move |()| keeper.clear()),
    }
}

/// `101@alo.example`.
fn account(extension: &str, domain: &str) -> String {
    if extension.contains('@') {
        extension.to_owned()
    } else if domain.is_empty() {
        format!("{extension}@{}", page::host())
    } else {
        format!("{extension}@{domain}")
    }
}

#[derive(Clone, Copy)]
struct Keeper {
    calls: RwSignal<Arc<CallHistory>>,
    is_kept: RwSignal<bool>,
    /// `None` while nobody is signed in, until it is open, and where the browser keeps nothing.
    store: StoredValue<Option<Rc<CallStore>>, LocalStorage>,
    opening: StoredValue<Option<Task>, LocalStorage>,
}

impl Keeper {
    fn open(self, account: String) {
        let opening = Task::spawn(async move {
            if self.take_over(account).await.is_err() {
                self.is_kept.set(false);
            }
        });
        self.opening.set_value(Some(opening));
    }

    /// What is kept joins what this page has noted meanwhile.
    async fn take_over(self, account: String) -> Result<(), JsValue> {
        let store = CallStore::open(account).await?;
        let kept = store.load().await?;
        let here = self.calls.get_untracked();
        for entry in here.entries() {
            self.settle(store.keep(entry));
        }
        self.change(|history| history.take_in(kept));
        self.store.set_value(Some(Rc::new(store)));
        self.is_kept.set(true);
        self.make_room();
        Ok(())
    }

    /// The next one to sign in is somebody else, perhaps.
    fn close(self) {
        self.opening.set_value(None);
        self.store.set_value(None);
        self.calls.set(Arc::default());
    }

    fn note(self, event: &Event, now: Millis) {
        let mut history = (*self.calls.get_untracked()).clone();
        let Some(entry) = history.note(event, now) else {
            return;
        };
        self.keep(entry);
        self.calls.set(Arc::new(history));
        if matches!(event, Event::CallIncoming { .. } | Event::CallPlaced { .. }) {
            self.make_room();
        }
    }

    fn clear(self) {
        self.change(CallHistory::clear);
        if let Some(store) = self.store.get_value() {
            self.settle(store.forget(None));
        }
        for entry in self.calls.get_untracked().entries() {
            self.keep(entry);
        }
    }

    /// Has what is older than the oldest call shown forgotten in the store, too.
    fn make_room(self) {
        let begins = self.calls.with_untracked(|history| history.begins());
        if let (Some(store), Some(begins)) = (self.store.get_value(), begins) {
            self.settle(store.forget(Some(begins)));
        }
    }

    fn keep(self, entry: &Entry) {
        if let Some(store) = self.store.get_value() {
            self.settle(store.keep(entry));
        }
    }

    fn change(self, change: impl FnOnce(&mut CallHistory)) {
        let mut history = (*self.calls.get_untracked()).clone();
        change(&mut history);
        self.calls.set(Arc::new(history));
    }

    /// Waits for the browser, and says so where it keeps no more.
    fn settle(self, work: impl Future<Output = Result<(), JsValue>> + 'static) {
        spawn_local(async move {
            if work.await.is_err() {
                // The page may have been left meanwhile.
                let _left = self.is_kept.try_set(false);
            }
        });
    }
}
