//! On or off.

use leptos::prelude::*;

use crate::i18n::Text;

/// A switch with its word.
#[component]
pub fn Switch(
    /// The word.
    #[prop(into)]
    label: Text,
    /// Whether it is on.
    #[prop(into)]
    on: Signal<bool>,
    /// It was switched.
    #[prop(into)]
    on_change: Callback<bool>,
) -> impl IntoView {
    view! {
        <label class="switch">
            <span>{label}</span>
            <input
                type="checkbox"
                role="switch"
                prop:checked=on
                on:change=move |event| on_change.run(event_target_checked(&event))
            />
        </label>
    }
}
