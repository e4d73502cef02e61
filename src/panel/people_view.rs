//! Colleagues, what they are doing, and one click from a call.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use alo_api::{Directory, DirectoryAgent};
use alo_phone::language::Command;
use leptos::prelude::*;

use super::dial_view::own_extension;
use super::model::people::{listed, note_available, watched};
use super::person::Person;
use super::{DirectoryState, PhoneHandle, use_phone};
use crate::components::{Button, Icon, RowWindow, icons};
use crate::i18n::t;

/// Whoever scrolls does not stop at every row: the phone watches those on the screen when they have
/// been there for so long.
const SETTLED: Duration = Duration::from_millis(250);

/// The colleagues in their order, and what that was worked out of.
#[derive(Clone)]
struct Order {
    directory: Arc<Directory>,
    wanted: String,
    agents: Arc<Vec<DirectoryAgent>>,
}

/// The section that lists colleagues.
#[component]
pub(super) fn PeopleView() -> impl IntoView {
    let phone = use_phone();
    let search = RwSignal::new(String::new());
    let shown = RwSignal::new(0..0);
    let in_use = RwSignal::new(false);
    let nobody = move || phone.directory.with(|all| all.agents.is_empty());
    let agents = order(phone, search.into(), in_use.into());
    let found = Memo::new(move |_| agents.with(|agents| !agents.is_empty()));
    let own = phone.select(own_extension);
    let watches =
        Memo::new(move |_| agents.with(|agents| watched(agents, shown.get(), &own.get())));
    watch_people(phone, watches);
    view! {
        <div class="people-view">
            <label class="search">
                <Icon icon=icons::SEARCH/>
                <input
                    type="search"
                    aria-label=t(|w| w.search_people)
                    placeholder=t(|w| w.search_people)
                    autocomplete="off"
                    prop:value=search
                    on:input=move |event| search.set(event_target_value(&event))
                />
            </label>
            <Show
                when=move || found.get()
                fallback=move || view! {
                    <div class="empty">
                        <Icon icon=icons::PEOPLE/>
                        {move || match phone.directory_state.get() {
                            DirectoryState::Loading => {
                                view! { <p>{t(|w| w.directory_loading)}</p> }.into_any()
                            }
                            DirectoryState::Failed => view! {
                                <p role="alert">{t(|w| w.directory_failed)}</p>
                                <Button
                                    label=t(|w| w.try_again)
                                    on_press=move |()| phone.load_directory.run(())
                                />
                            }
                            .into_any(),
                            DirectoryState::There if nobody() => {
                                view! { <p>{t(|w| w.no_people)}</p> <p>{t(|w| w.no_people_hint)}</p> }.into_any()
                            }
                            DirectoryState::There => view! {
                                <p role="status">{t(|w| w.nobody_found)}</p>
                                <p>{t(|w| w.nobody_found_hint)}</p>
                            }
                            .into_any(),
                        }}
                    </div>
                }
            >
                <RowWindow
                    label=t(|w| w.people)
                    rows=agents
                    found_by=search
                    row=|agent| view! { <Person agent/> }.into_any()
                    shown
                    in_use
                />
            </Show>
        </div>
    }
}

/// Whom the search finds, in their order. While somebody is at work with the rows, no row changes
/// its place because of what a colleague does.
fn order(
    phone: PhoneHandle,
    search: Signal<String>,
    in_use: Signal<bool>,
) -> Signal<Arc<Vec<DirectoryAgent>>> {
    let people = phone.select(|state| state.people.clone());
    let available = Memo::new(move |before: Option<&BTreeSet<String>>| {
        let mut available = before.cloned().unwrap_or_default();
        people.with(|people| note_available(&mut available, people));
        available
    });
    let order = RwSignal::new(None::<Order>);
    // A fold over time, which a memo cannot be: its value is compared as a whole.
    Effect::new(move || {
        let (directory, wanted) = (phone.directory.get(), search.get());
        let same = order.with_untracked(|order| {
            order.as_ref().is_some_and(|order| {
                order.wanted == wanted && Arc::ptr_eq(&order.directory, &directory)
            })
        });
        if same && in_use.get() {
            return;
        }
        let agents = available.with(|available| listed(&directory, &wanted, available));
        let moved = order
            .with_untracked(|order| order.as_ref().is_none_or(|order| *order.agents != agents));
        if !same || moved {
            order.set(Some(Order {
                directory,
                wanted,
                agents: Arc::new(agents),
            }));
        }
    });
    Signal::derive(move || {
        order.with(|order| {
            order
                .as_ref()
                .map(|order| Arc::clone(&order.agents))
                .unwrap_or_default()
        })
    })
}

/// Has the phone watch these colleagues once they have stayed for a moment, and nobody when the
/// current reactive owner is disposed.
fn watch_people(phone: PhoneHandle, watches: Memo<Vec<String>>) {
    let timer = StoredValue::new(None::<TimeoutHandle>);
    let stop = move || {
        if let Some(timer) = timer.try_update_value(Option::take).flatten() {
            timer.clear();
        }
    };
    Effect::new(move |before: Option<()>| {
        let extensions = watches.get();
        stop();
        let ask = move || {
            let extensions = extensions.clone();
            phone.send.run(Command::WatchPeople { extensions });
        };
        if before.is_none() {
            ask();
        } else {
            timer.set_value(set_timeout_with_handle(ask, SETTLED).ok());
        }
    });
    on_cleanup(move || {
        stop();
        let extensions = Vec::new();
        phone.send.run(Command::WatchPeople { extensions });
    });
}
