//! A line to search a list with.

use leptos::{ev, html, prelude::*};

use super::{Icon, icons, row_window};
use crate::i18n::Text;

/// A search field above a [`RowWindow`](super::RowWindow). The arrow down and Enter go to the first
/// row: nothing is done before it was seen which one that is.
#[component]
pub fn SearchField(
    /// The accessible name, shown as long as nothing is typed.
    label: Text,
    /// Whether it is a text box like any other, for whoever looks for one.
    #[prop(optional)]
    plain: bool,
    /// What is searched for.
    value: RwSignal<String>,
    /// The field.
    input: NodeRef<html::Input>,
    /// The frame of the rows.
    rows: NodeRef<html::Div>,
) -> impl IntoView {
    let keys = move |event: ev::KeyboardEvent| {
        let goes_on = matches!(event.key().as_str(), "ArrowDown" | "Enter");
        // Enter, while a letter is being composed, ends that.
        if goes_on && !event.is_composing() && row_window::enter(rows) {
            event.prevent_default();
        }
    };
    view! {
        <label class="search">
            <Icon icon=icons::SEARCH/>
            <input
                type=if plain { "text" } else { "search" }
                inputmode="search"
                aria-label=label
                placeholder=label
                autocomplete="off"
                node_ref=input
                prop:value=value
                on:input=move |event| value.set(event_target_value(&event))
                on:keydown=keys
            />
        </label>
    }
}
