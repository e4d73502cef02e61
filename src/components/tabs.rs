//! A row of tabs.

use icondata_core::Icon as IconData;
use leptos::{ev, html, prelude::*};

use super::Icon;
use super::roving::{focus_child, moved};
use crate::i18n::Text;

/// One tab.
#[derive(Clone, Copy)]
pub struct Tab {
    /// The word on it.
    pub label: Text,
    /// The icon above the word.
    pub icon: Option<IconData>,
}

/// The row. Arrow keys move along it, as they do in every tab list (WAI-ARIA).
#[component]
pub fn Tabs(
    /// The accessible name of the row.
    #[prop(into)]
    label: Text,
    /// The tabs.
    tabs: Vec<Tab>,
    /// The place of the one that is open.
    #[prop(into)]
    open: Signal<usize>,
    /// Id of the element that shows what the tab stands for.
    panel: &'static str,
    /// The one at this place was opened.
    #[prop(into)]
    on_open: Callback<usize>,
) -> impl IntoView {
    let row = NodeRef::<html::Div>::new();
    let count = tabs.len();
    let keys = move |event: ev::KeyboardEvent| {
        let arrows = ["ArrowLeft", "ArrowRight"];
        let Some(next) = moved(&event.key(), arrows, Some(open.get_untracked()), count) else {
            return;
        };
        event.prevent_default();
        on_open.run(next);
        if let Some(row) = row.get_untracked() {
            focus_child(&row, next);
        }
    };
    view! {
        <div class="tabs" role="tablist" aria-label=label node_ref=row on:keydown=keys>
            {tabs
                .into_iter()
                .enumerate()
                .map(|(at, Tab { label, icon })| {
                    let is_open = move || open.get() == at;
                    view! {
                        <button
                            type="button"
                            role="tab"
                            class="tabs__tab"
                            aria-selected=move || is_open().to_string()
                            aria-controls=panel
                            tabindex=move || if is_open() { "0" } else { "-1" }
                            on:click=move |_| on_open.run(at)
                        >
                            {icon.map(|icon| view! { <Icon icon/> })}
                            <span>{label}</span>
                        </button>
                    }
                })
                .collect_view()}
        </div>
    }
}
