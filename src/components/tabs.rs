//! A row of tabs.

use icondata_core::Icon as IconData;
use leptos::{ev, html, prelude::*};

use super::Icon;
use super::roving::{focus_child, moved};
use crate::i18n::Text;

/// One tab.
#[derive(Clone, Copy)]
pub struct Tab<T: 'static> {
    /// What it stands for.
    pub value: T,
    /// The word on it.
    pub label: Text,
    /// The icon above the word.
    pub icon: IconData,
}

/// The row. Arrow keys move along it, as they do in every tab list (WAI-ARIA).
#[component]
pub fn Tabs<T>(
    /// The accessible name of the row.
    #[prop(into)]
    label: Text,
    /// The tabs.
    tabs: Vec<Tab<T>>,
    /// The one that is open.
    #[prop(into)]
    open: Signal<T>,
    /// Id of the element that shows what the tab stands for.
    panel: &'static str,
    /// One was opened.
    #[prop(into)]
    on_open: Callback<T>,
) -> impl IntoView
where
    T: Copy + PartialEq + Send + Sync + 'static,
{
    let row = NodeRef::<html::Div>::new();
    let values: Vec<T> = tabs.iter().map(|tab| tab.value).collect();
    let keys = move |event: ev::KeyboardEvent| {
        let at = values
            .iter()
            .position(|value| *value == open.get_untracked());
        let arrows = ["ArrowLeft", "ArrowRight"];
        let Some(next) = moved(&event.key(), arrows, at, values.len()) else {
            return;
        };
        event.prevent_default();
        on_open.run(values[next]);
        if let Some(row) = row.get_untracked() {
            focus_child(&row, next);
        }
    };
    view! {
        <div class="tabs" role="tablist" aria-label=label node_ref=row on:keydown=keys>
            {tabs
                .into_iter()
                .map(|Tab { value, label, icon }| {
                    let is_open = move || open.get() == value;
                    view! {
                        <button
                            type="button"
                            role="tab"
                            class="tabs__tab"
                            aria-selected=move || is_open().to_string()
                            aria-controls=panel
                            tabindex=move || if is_open() { "0" } else { "-1" }
                            on:click=move |_| on_open.run(value)
                        >
                            <Icon icon/>
                            <span>{label}</span>
                        </button>
                    }
                })
                .collect_view()}
        </div>
    }
}
