//! Colleagues, what they are doing, and one click from a call.

use std::sync::Arc;

use leptos::prelude::*;

use super::dial_view::own_extension;
use super::listing::listing;
use super::model::people::{listed, watched};
use super::nothing_found::NothingFound;
use super::person::Person;
use super::{use_panel_ui, use_phone};
use crate::components::{RowWindow, SearchField};
use crate::i18n::t;

/// The section that lists colleagues.
#[component]
pub(super) fn PeopleView() -> impl IntoView {
    let phone = use_phone();
    let search = RwSignal::new(String::new());
    let shown = RwSignal::new(0..0);
    let in_use = RwSignal::new(false);
    let (frame, input) = (NodeRef::new(), NodeRef::new());
    let rows = listing(phone, search, in_use, Arc::new(listed));
    let found = Memo::new(move |_| rows.with(|rows| !rows.is_empty()));
    let own = phone.select(own_extension);
    let watches = Memo::new(move |_| rows.with(|rows| watched(rows, shown.get(), &own.get())));
    use_panel_ui().watching.watch(phone, watches);
    view! {
        <div class="people-view">
            <SearchField label=t(|w| w.search_people) value=search input rows=frame/>
            <Show
                when=move || found.get()
                fallback=move || view! {
                    <NothingFound
                        is_empty=phone.has_none(|all| all.agents.is_empty())
                        empty=t(|w| w.no_people)
                    />
                }
            >
                <RowWindow
                    label=t(|w| w.people)
                    rows
                    found_by=search
                    row=|extension| view! { <Person extension/> }.into_any()
                    shown
                    in_use
                    frame
                    search=input
                />
            </Show>
        </div>
    }
}
